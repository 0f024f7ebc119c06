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
    said("benchmark", f"{share:.3f}"[1:], f"{one:.3f}"[1:], f"{0.82 + one:.3f}"[1:], "two above")


def test_two_means():
    first, second = SCORES["FactorVAE, 10"], SCORES["CascadeVAE-C, 10"]
    found = welch(first.sample, second.sample)
    assert found.low < 0 < found.high and min(abs(found.low), found.high) > 1.6 and max(abs(found.low), found.high) < 3
    pooled = math.sqrt((first.sd**2 + second.sd**2) / 2)
    needed = seeds_needed(first.mean - second.mean, pooled)
    said(
        "benchmark",
        f"{first.mean} and {second.mean}",
        "p of the means is " + f"{found.p:.2f}"[1:],
        f"{needed} seeds a side",
    )
    said("benchmark", f"{first.away:.1f} deviations")


def test_a_third_look():
    assert 19 * 18 / 2 == 171 and 171 * 0.01 == pytest.approx(1.71)
    said("benchmark", "171 pairs", "about two")
