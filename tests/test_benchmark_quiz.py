"""The numbers of course_pkg/show/quiz/benchmark.md: each is computed, and then looked for in the text."""

import math

import numpy as np
import pytest

from course_pkg.benchmark.published import EVALUATIONS, SCORES, VOTES
from course_pkg.benchmark.statistics import best_of, furthest, seeds_needed, welch
from helpers import said


def test_a_best_that_is_too_far_away():
    assert (87 - 80) / 2 == 3.5 > furthest(10) * math.sqrt(10 / 9), "with either definition of the deviation"
    said("benchmark", "mean of 80", "deviation of 2", "best of 87", f"at most {furthest(10):.2f} sample", "it is 3.5")


def test_the_best_of_thirty():
    share = best_of(0.82, VOTES, EVALUATIONS)
    drawn = np.random.default_rng(0).binomial(800, 0.82, (20_000, 30)).max(1).mean() / 800
    assert share == pytest.approx(drawn, abs=3e-4)
    one = math.sqrt(0.82 * 0.18 / 800)
    assert (share - 0.82) / one == pytest.approx(2, abs=0.1)
    shown = {name: f"{value:.3f}"[1:] for name, value in {"one": one, "above": 0.82 + one, "right": 0.82}.items()}
    said("benchmark", f"{shown['right']}: each evaluation is right", f".{1000 * share:.0f} The mean of the largest")
    said("benchmark", f"{shown['above']}, since the standard deviation of one evaluation is {shown['one']}.")
    said(
        "benchmark",
        f"counts {VOTES} votes",
        "right 82 times in a hundred",
        f"counts of {VOTES}, over {VOTES}.",
        "two above",
    )


def test_two_means():
    first, second = SCORES["FactorVAE, 10"], SCORES["CascadeVAE-C, 10"]
    found = welch(first.sample, second.sample)
    assert found.low < 0 < found.high and min(abs(found.low), found.high) > 1.6 and max(abs(found.low), found.high) < 3
    pooled = math.sqrt((first.sd**2 + second.sd**2) / 2)
    needed = seeds_needed(first.mean - second.mean, pooled)
    said(
        "benchmark",
        f"means of {first.mean} and {second.mean} and deviations of .{100 * first.sd:.0f} and {second.sd}, ten seeds",
        "p of the means is " + f"{found.p:.2f}"[1:],
        "p is far from .05",
        f"{needed} seeds a side",
    )
    said("benchmark", f"with {first.away:.1f} deviations from mean to best")


def test_a_third_look():
    assert 19 * 18 / 2 == 171 and 171 * 0.01 == pytest.approx(1.71)
    said("benchmark", "at 171 pairs", "best of 171", "about two", "Of 171 true nulls")
    said("benchmark", "contrast has p = .01", "as it is: .01 is below .05", "a p of .01 or less")


def test_a_rule_that_was_changed():
    """A case of the question's own."""
    said("benchmark", "more than .1 nats, and a score falls from .65 to .58")
