"""The numbers of course_pkg/show/quiz/identifiability.md: each is computed, and then looked for in the text."""

import math

import pytest
import torch

from course_pkg.identifiability import (
    best_angle,
    fully_mixed,
    invertible,
    label_risk,
    linear_gap,
    mean_field_gap,
    noisy_bits,
    relabelled,
)
from helpers import said


def test_the_correlation_of_the_map():
    of_both = 6 / math.pi * math.asin(math.sqrt(0.5) / 2)
    said(
        "identifiability",
        f"At 45 degrees each latent has a correlation of .{1000 * of_both:.0f} with both",
        "determinant is 1 at",
    )


def test_the_price_of_a_turn():
    c = math.sqrt(0.5)
    W = torch.tensor([3.9, 1.9], dtype=torch.float64).sqrt().diag() @ torch.tensor([[c, -c], [c, c]]).double()
    said("identifiability", f"Variances 4 and 2, turned by 45 degrees: {linear_gap(W, 0.1):.3f} nats")


def test_the_price_of_mixed_bits():
    A = invertible(3)[fully_mixed(invertible(3))][0]
    of = lambda flip: mean_field_gap(relabelled(noisy_bits(3, flip), A).log_posterior()[:1], (2, 2, 2)).item()
    said("identifiability", f"{of(0.1):.3f} nats an image", f"at .02 it is {of(0.02):.3f}, and without noise 0.")
    said("identifiability", "with probability .1.", "Log 2 for each bit")
    said("identifiability", f"-3 log .9 = {-3 * math.log(0.9):.3f}")


def test_the_angle_of_correlated_factors():
    off = f"{best_angle(0.2, 2.0).rad2deg():.1f} degrees off"
    said("identifiability", f"variance ratio of 2 and a correlation of .2 they are {off}", "0 it is 45 degrees off")
    assert best_angle(1e-6).rad2deg().item() == pytest.approx(45)


def test_bins_of_a_uniform():
    said("identifiability", "directions at 60 degrees")  # a case of the question's own
    said("identifiability", f"about .4 nats of either factor, of {math.log(20):.1f}.")


def test_where_the_mean_error_exists():
    assert label_risk(13, 10, 1.0) > 0
    with pytest.raises(ValueError, match="13 labels or more"):
        label_risk(12, 10, 1.0)
    said("identifiability", "At 12 the mean error still is infinite: it exists from d + 3 = 13 labels on")
    said(
        "identifiability",
        "label 11 images",
        "all 11:",
        "that 11 are",
        "ridge: 11 is",
        "noise of .3 the median",
        "even with 5, by",
    )
    said("identifiability", "With 20 labels R squared is about .8, with 100 about .91")
    assert 0.75 < 1 - label_risk(20, 10, 0.09 / 1.09) < 0.85 and 0.9 < 1 - label_risk(100, 10, 0.09 / 1.09) < 0.917
