"""The comparisons that were written down before the pocket study ran: how they are decided, on runs of a known law."""

import math

import numpy as np
import pytest

from course_pkg.benchmark import contrasts
from course_pkg.benchmark.contrasts import DENSE, FAMILY, LEVEL, OTHER, THIN, at_equal_information, verdicts
from course_pkg.benchmark.protocols import PROTOCOLS, rows
from course_pkg.benchmark.published import SCORES
from course_pkg.benchmark.statistics import smallest_effect, welch

RATES = dict(zip(FAMILY, (11.0, 10.0, 9.0, 8.0, 6.0, 5.0), strict=True))
SEEDS = range(10)


def runs_of(above, dense, rng=None, rate=7.0, sd=0.05, seeds=SEEDS):
    """Runs whose beta-VAEs lie on the line 1 - information / 20, FactorVAE `above` it, the sparse row `dense` below."""
    noise = (lambda: rng.normal(0, sd)) if rng else (lambda: 0.0)
    out = []
    for seed in seeds:
        family = {row: 1 - r / 20 + noise() for row, r in RATES.items()}
        out += [{"row": row, "seed": seed, "information": RATES[row], "kim_mnih": v} for row, v in family.items()]
        out += [{"row": OTHER, "seed": seed, "information": rate, "kim_mnih": 1 - rate / 20 + above + noise()}]
        out += [{"row": THIN, "seed": seed, "information": 7.0, "kim_mnih": 0.6 - dense + noise()}]
    return out


def test_at_equal_information_the_price_has_no_say():
    """On the family's own line the difference is what was put there, at any rate that the family reaches."""
    for rate in (5.0, 5.7, 7.0, 10.99):
        found, outside = at_equal_information(runs_of(0.1, 0, rate=rate))
        assert outside == () and list(found) == list(SEEDS)
        assert list(found.values()) == pytest.approx([0.1] * 10, abs=1e-12)


def test_nothing_is_extrapolated_and_no_seed_is_half_counted():
    assert at_equal_information(runs_of(0.1, 0, rate=11.5)) == ({}, tuple(SEEDS))
    lacking = [run for run in runs_of(0.1, 0) if (run["row"], run["seed"]) not in {("beta-vae-10", 3), (OTHER, 4)}]
    failed = [{**run, "error": "x", "kim_mnih": None} if run["seed"] == 5 else run for run in lacking]
    found, outside = at_equal_information(failed)
    assert list(found) == [0, 1, 2, 6, 7, 8, 9] and outside == ()


def test_a_verdict_has_a_sign_and_says_when_there_is_none():
    rng = np.random.default_rng(0)
    up = verdicts(runs_of(0.2, 0.2, rng))
    assert [v.said for v in up.values()] == ["as predicted"] * 2
    down = verdicts(runs_of(-0.2, -0.2, rng))
    assert [v.said for v in down.values()] == ["the contrary"] * 2
    assert all(v.n == 10 and v.outside == () and v.p >= v.found.p for v in (*up.values(), *down.values()))
    few = verdicts(runs_of(0.2, 0.2, rng, seeds=range(7)))
    assert {name: v.said for name, v in few.items()} == dict.fromkeys(few, "not decided: too few seeds"), "of 7 seeds"


def test_where_nothing_is_there_one_study_in_twenty_says_otherwise():
    """Of 1,000 studies without any difference, 5 % at most have a verdict: 4.5 standard errors."""
    rng = np.random.default_rng(1)
    wrong = [any(v.said != "not seen" for v in verdicts(runs_of(0, 0, rng)).values()) for _ in range(1000)]
    assert np.mean(wrong) < LEVEL + 4.5 * math.sqrt(LEVEL * (1 - LEVEL) / 1000)
    assert np.mean(wrong) > 0.02, "and not hardly any: the level is used"


def test_the_second_contrast_is_welchs_of_the_two_rows():
    rng = np.random.default_rng(2)
    runs = runs_of(0.0, 0.1, rng)
    by = {row: [run["kim_mnih"] for run in runs if run["row"] == row] for row in (DENSE, THIN)}
    found = verdicts(runs)["density of sampling"]
    a, b = (contrasts.sample(by[row]) for row in (DENSE, THIN))
    assert found.found == welch(a, b)
    assert found.visible == smallest_effect(math.sqrt((a.sd**2 + b.sd**2) / 2), 10, level=LEVEL / 2)


def test_what_the_text_says_of_ten_seeds():
    one, two = (smallest_effect(1.0, 10, level=LEVEL / 2, paired=paired) for paired in (True, False))
    text, sd = " ".join(contrasts.__doc__.split()), SCORES["beta-VAE, beta 4"].sd
    assert f"a mean difference of {one:.2f} standard deviations (1), a difference of two means of {two:.2f} (2)" in text
    assert f"deviation of a beta-VAE, {sd} points, that is {one * sd:.1f} and {two * sd:.1f} points" in text


def test_the_rows_that_are_compared_are_of_the_study():
    pocket = rows(PROTOCOLS["pocket"])
    assert {*FAMILY, OTHER, DENSE, THIN} <= set(pocket)
    assert [pocket[row].settings.get("beta", 1) for row in FAMILY] == [0.5, 1, 2, 4, 10, 16]
    assert pocket[THIN].settings == {**pocket[DENSE].settings, "data": "dsprites-16-sparse"}
