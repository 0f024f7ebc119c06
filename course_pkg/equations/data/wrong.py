"""What readers may believe instead of the lines of `data`: each breaks its chain where it stands."""

import math
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from course_pkg.data.polygons import R, outline
from course_pkg.derivation.chain import Derivation, Wrong
from course_pkg.equations.data import counts, pixels
from course_pkg.equations.data.counts import Pose


def number(value: float) -> Tensor:
    return torch.tensor(value, dtype=torch.float64)


def edges_to_the_left(corners: NDArray) -> Tensor:
    """Edges with both ends to the left of a centre, at whatever height."""
    a, b = corners - pixels.centres()[:, None], np.roll(corners, -1, axis=0) - pixels.centres()[:, None]
    return torch.from_numpy(((a[..., 0] < 0) & (b[..., 0] < 0)).sum(1) % 2).double()


def corners_to_the_left(corners: NDArray) -> Tensor:
    return torch.from_numpy((corners[:, 0] < pixels.centres()[:, None, 0]).sum(1) % 2).double()


def signed_turns(corners: NDArray) -> Tensor:
    """Without the bars, and the other way round: each edge from its end to its start."""
    a, b = corners - pixels.centres()[:, None], np.roll(corners, -1, axis=0) - pixels.centres()[:, None]
    return -torch.from_numpy(np.arctan2(pixels.cross_products(corners), (a * b).sum(-1)).sum(1) / (2 * np.pi))


PIXEL = pixels.PIXEL.with_wrong(
    1,
    Wrong(
        "an edge passes to the left where both its ends do, at any height",
        r"\#\left\{j : \text{edge } j \text{ lies left of } o_i\right\} \bmod 2",
        edges_to_the_left,
    ),
    Wrong(
        "corners change inside to outside",
        r"\#\left\{j : v_j \text{ lies left of } o_i\right\} \bmod 2",
        corners_to_the_left,
    ),
).with_wrong(
    3,
    Wrong(
        "the way round does not matter, so the bars are not needed",
        r"\frac{1}{2 \pi} \sum_{j=1}^{J} \angle\left(v_{j+1} - o_i,\; v_j - o_i\right)",
        signed_turns,
    ),
)


def area(pose: Pose, power: int) -> Tensor:
    return number(64**2 * pose.scale**power * counts.shoelace(outline(pose.shape)))


WHITE = counts.WHITE.with_wrong(
    1,
    Wrong("twice the scale, twice the pixels", r"D\, s\, A(u)", lambda pose: area(pose, 1)),
    Wrong(
        "a side has 64 pixels",
        r"\sqrt{D}\, s^2 A(u)",
        lambda pose: area(pose, 2) / 64,
    ),
)


def square_times(factor: float, power: int = 2) -> Callable[[float], Tensor]:
    return lambda s: number(factor * s**power * R**2)


def of_area(derivation: Derivation, *wrong: tuple[str, str, Callable[[float], Tensor]]) -> Derivation:
    return derivation.with_wrong(1, *(Wrong(*parts) for parts in wrong))


SQUARE_AREA = of_area(
    counts.SQUARE_AREA,
    ("its sides are the base radius", r"s^2 r^2", square_times(1.0)),
    ("the radius reaches its corners", r"2\, s^2 r^2", square_times(2.0)),
    ("an area grows with the scale", r"4\, s r^2", square_times(4.0, 1)),
)
ELLIPSE_AREA = of_area(
    counts.ELLIPSE_AREA,
    ("it is an ellipse, not a polygon", r"\pi s^2 r^2", square_times(math.pi)),
    (
        "stretched by 1.33, it is larger by that",
        r"50 \cdot 1.33 \sin\left(\frac{\pi}{50}\right) s^2 r^2",
        square_times(50 * 1.33 * math.sin(math.pi / 50)),
    ),
)
HEART_AREA = of_area(
    counts.HEART_AREA,
    ("it is a curve, not a polygon", r"\frac{45 \pi}{58} s^2 r^2", square_times(45 * math.pi / 58)),
    (
        "the third wave averages out",
        r"\frac{75}{58} \cdot 39 \sin\frac{\pi}{75}\, s^2 r^2",
        square_times(75 / 58 * 39 * math.sin(math.pi / 75)),
    ),
)
ORIENTATIONS = counts.ORIENTATIONS.with_wrong(
    1,
    Wrong(
        "40 stored orientations are 40 steps",
        r"\left\{\frac{2 \pi}{n} \cdot \frac{j}{40} : j = 0, \ldots, 38\right\}",
        lambda n: 2 * math.pi / n * torch.arange(39).double() / 40,
    ),
    Wrong(
        "symmetry repeats orientations; it does not crowd them",
        r"\left\{2 \pi \cdot \frac{j}{39} : j = 0, \ldots, 38\right\}",
        lambda n: 2 * math.pi * torch.arange(39).double() / 39,
    ),
)
NONE_DIFFERS = counts.NONE_DIFFERS.with_wrong(
    1,
    Wrong("the rule of three is exact", r"\frac{3}{n}", lambda n: number(3 / n)),
    Wrong("the chance that is left is 95 percent", r"1 - 0.95^{1/n}", lambda n: number(1 - 0.95 ** (1 / n))),
)
