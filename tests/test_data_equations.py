"""The equations of the page on data hold, and the slips that lie near them do not."""

import math

import numpy as np
import pytest
import torch

from course_pkg.data.polygons import R
from course_pkg.derivation import Derivation
from course_pkg.equations import data as equations
from course_pkg.equations.data import counts, pixels


@pytest.mark.parametrize(
    "equation", [e for e in equations.EQUATIONS if isinstance(e, Derivation)], ids=lambda e: e.label
)
@pytest.mark.parametrize("seed", [0, 1000])
def test_every_derivation_holds(equation, seed):
    assert len(equation.check(seed).rows) == len(equation.steps)


def tensor(value):
    return torch.tensor(value, dtype=torch.float64)


def all_edges(corners):
    """Counts the edges that lie to the left, whether or not they pass the centre's height."""
    a, b = corners - pixels.centres()[:, None], np.roll(corners, -1, axis=0) - pixels.centres()[:, None]
    return torch.from_numpy(((a[..., 0] < 0) & (b[..., 0] < 0)).sum(1) % 2).double()


def signed_turns(corners):
    """Without the bars: the outlines of the course go around the other way when seen with y downwards."""
    a, b = corners - pixels.centres()[:, None], np.roll(corners, -1, axis=0) - pixels.centres()[:, None]
    return -torch.from_numpy(np.arctan2(pixels.cross_products(corners), (a * b).sum(-1)).sum(1) / (2 * np.pi))


@pytest.mark.parametrize(
    ("derivation", "step", "slip"),
    [
        (equations.PIXEL, 1, all_edges),
        (equations.PIXEL, 3, signed_turns),
        (equations.WHITE, 1, lambda pose: tensor(64**2 * pose.scale * counts.shoelace(counts.outline(pose.shape)))),
        (equations.SQUARE_AREA, 1, lambda s: tensor(s**2 * R**2)),
        (equations.ELLIPSE_AREA, 1, lambda s: tensor(math.pi * s**2 * R**2)),
        (equations.HEART_AREA, 1, lambda s: tensor(45 * math.pi / 58 * s**2 * R**2)),
        (equations.ORIENTATIONS, 1, lambda n: 2 * math.pi / n * torch.arange(39).double() / 40),
        (equations.NONE_DIFFERS, 1, lambda n: tensor(3 / n)),
        (equations.NONE_DIFFERS, 1, lambda n: tensor(1 - 0.95 ** (1 / n))),
    ],
)
def test_a_slip_breaks_its_line(derivation, step, slip):
    assert derivation.replace(step, value=slip).breaks().number == step
