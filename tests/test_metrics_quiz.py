"""The numbers of course_pkg/show/quiz/metrics.md: each is computed, and then looked for in the text."""

import math
from itertools import pairwise

import pytest
import torch

from course_pkg.data import dsprites
from course_pkg.metrics import kim_mnih, kim_mnih_exact, mig, sap
from course_pkg.metrics.landmarks import landmarks
from helpers import generator, said


def test_a_turn_of_forty_degrees():
    f = torch.cartesian_prod(torch.arange(16), torch.arange(16))
    c, s = math.cos(math.radians(40)), math.sin(math.radians(40))
    z = (f.double() - 7.5) @ torch.tensor([[c, s], [-s, c]], dtype=torch.float64)
    assert kim_mnih_exact(z, f).value == 1.0
    assert all(kim_mnih(z, f, generator(), votes=200, samples=n).value == 1.0 for n in (6, 100))
    ratio, gap = f"{math.tan(math.radians(40)) ** 2:.2f}"[1:], f"{sap(z, f).value:.2f}"[1:]
    said(
        "metrics",
        "turned by 40 degrees",
        f"a ratio of {ratio}",
        "About .5, since",
        f"About {gap}, the cosine of 80 degrees",
    )


def test_six_factors_of_which_two_are_missing():
    """One missing factor of two is guessed right half of the time: 4 + 2/2 of 6."""
    assert 4 / 6 + 2 / 6 * (1 / 2) == pytest.approx(5 / 6)
    said("metrics", "5/6 and 4/6.", "Both 4/6.", "right half of the time")


def test_noise_on_its_own_votes():
    g = generator()
    cells = [torch.bincount(torch.randint(50, (800,), generator=g), minlength=50).view(5, 10) for _ in range(400)]
    own = torch.stack([c.amax(0).sum() / 800 for c in cells])
    held = torch.stack([b.gather(0, a.argmax(0)[None]).sum() / 800 for a, b in pairwise(cells)])
    assert abs(own.mean() - 0.26) < 0.002 and abs(held.mean() - 0.20) < 0.003
    said(
        "metrics",
        "gets .26",
        "six points above chance",
        "The 800 votes",
        "New votes read .20",
        "codes read .20",
        "From L, since 100",
    )


def test_silent_latents_speak():
    kept = landmarks()
    assert kept["choices"]["factor"]["latents of KL above 0.1"] == 3
    assert kept["choices"]["factor"]["KL above 0.1"]["value"] == 0.6
    assert round(kept["scores"]["factor"]["exact"]["value"], 2) == 0.83
    said("metrics", "ten latents of which three are used", ".60 with the seven silent latents", ".83 with them")


def test_labels_by_bins():
    f = torch.cartesian_prod(*(torch.arange(n) for n in dsprites.SIZES[1:]))[:: 32 * 32 // 2]
    assert mig(f.double()[:, :2], f[:, :2], 40).value > 1 - 1e-9
    value = landmarks()["scores"]["labels"]["MIG"]["value"]
    said(
        "metrics",
        f"each, get .{100 * value:.0f} on MIG with 20 bins",
        "With 40 bins the same labels get 1.",
        f"Because {dsprites.TOTAL:,} images",
        "32 positions or 40 orientations",
    )


def test_an_angle_in_two_latents():
    f = torch.arange(40)[:, None].repeat(1, 2)
    f[:, 1] %= 2  # another factor, so that there is a choice
    angle = f[:, 0].double() * (2 * math.pi / 40)
    z = torch.stack([angle.cos(), angle.sin()], 1).round(decimals=9) + 0.0
    assert mig(z, f[:, :1], None).value == pytest.approx(0, abs=1e-9)
    assert kim_mnih_exact(z, f[:, :1]).value == 1.0
    said("metrics", "the two latents say the same amount")
