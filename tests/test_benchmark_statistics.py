"""What ten seeds can say: closed forms, simulation with its own error bar, and the published table's own numbers.

Error bars. Closed forms to 1e-9. Simulated rates over 4,000 draws lie within 4.5 standard errors of what is claimed.
"""

import math

import numpy as np
import pytest
from scipy import stats

from course_pkg.benchmark.published import ACCURACIES, EVALUATIONS, SCORES, SEEDS, VOTES
from course_pkg.benchmark.statistics import (
    Sample,
    as_share,
    at_equal,
    best_of,
    bootstrap_interval,
    furthest,
    holm,
    mean_interval,
    power,
    sample,
    sd_interval,
    seeds_needed,
    share_of_shares,
    smallest_effect,
    spearman,
    welch,
)

DRAWS = 4_000


def within(share, expected, draws=DRAWS):
    return abs(share - expected) < 4.5 * math.sqrt(expected * (1 - expected) / draws)


# Two means ----------------------------------------------------------------------------------------------------------


def test_welch_with_equal_spreads_and_sizes_is_students_test():
    """t = d / (s sqrt(2 / n)), and the degrees of freedom are all 2 n - 2."""
    found = welch(Sample(5.0, 2.0, 8), Sample(3.0, 2.0, 8))
    assert found.t == pytest.approx(2 / (2 * math.sqrt(2 / 8)), abs=1e-12) and found.df == pytest.approx(14, abs=1e-9)
    assert found.low < 2 < found.high and found.difference - found.low == pytest.approx(found.high - 2, abs=1e-12)


def test_welch_of_a_mean_known_exactly_is_the_test_of_the_other_alone():
    """With a standard deviation of 0 on one side the other's n - 1 are left."""
    values = [0.3, 1.2, 0.7, 2.0]
    alone, beside = mean_interval(values), welch(sample(values), Sample(0.0, 0.0, 50))
    assert beside == pytest.approx(alone, abs=1e-12) and beside.df == pytest.approx(3, abs=1e-12)


def test_of_two_values_the_interval_is_a_closed_form():
    """Student's t with one degree of freedom is Cauchy's: p = 1 - 2 atan(t) / pi."""
    found = mean_interval([1.0, 3.0])
    assert found.t == pytest.approx(2.0) and found.p == pytest.approx(1 - 2 * math.atan(2) / math.pi, abs=1e-12)


def test_intervals_hold_what_they_claim():
    draws = np.random.default_rng(0).normal(1.0, [[2.0]], size=(DRAWS, 10))
    held = np.mean([low <= 1 <= high for _, low, high, *_ in map(mean_interval, draws)])
    assert within(held, 0.95)


def test_the_bootstrap_of_ten_values_is_too_narrow():
    """Its variance is the plug-in one, (n - 1) / n of the usual, and its quantiles are the normal's."""
    values = np.random.default_rng(1).normal(size=10)
    low, high = bootstrap_interval(values, seed=0, draws=200_000)
    width = 2 * 1.96 * values.std() / math.sqrt(10)
    assert high - low == pytest.approx(width, rel=0.03)
    _, a, b, *_ = mean_interval(values)
    assert high - low < 0.85 * (b - a)
    assert bootstrap_interval(values, seed=0) == bootstrap_interval(values, seed=0)


def test_three_seeds_know_little_of_their_spread():
    assert sd_interval(3) == pytest.approx((0.52, 6.28), abs=0.01)
    assert sd_interval(10) == pytest.approx((0.69, 1.83), abs=0.01)
    # Of two values the squared distance is chi-squared with one degree of freedom: a normal's square.
    assert sd_interval(2)[0] == pytest.approx(1 / stats.norm.ppf(0.9875), abs=1e-9)


@pytest.mark.parametrize("values", [[1.0], [], [1.0, math.nan], [[1.0, 2.0]]])
def test_no_spread_no_sample(values):
    with pytest.raises(ValueError, match="expected two finite numbers or more"):
        sample(values)


def test_equal_values_have_no_t():
    for call in (lambda: mean_interval([1.0, 1.0]), lambda: welch(Sample(1, 0, 3), Sample(2, 0, 3))):
        with pytest.raises(ValueError, match="standard error of 0"):
            call()


# What n can see -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("paired", [False, True])
def test_the_smallest_visible_effect_is_seen_four_times_in_five(paired):
    effect, rng = smallest_effect(1.0, 10, paired=paired), np.random.default_rng(2)
    assert effect == pytest.approx(0.996 if paired else 1.325, abs=0.001)
    a, b = rng.normal(effect, 1, (DRAWS, 10)), rng.normal(0, 1, (DRAWS, 10))
    tests = stats.ttest_1samp(a, 0, axis=1) if paired else stats.ttest_ind(a, b, axis=1)
    assert within(np.mean((tests.pvalue < 0.05) & (tests.statistic > 0)), 0.8)


def test_power_at_no_effect_is_half_the_level_and_grows():
    assert power(0.0, 1.0, 10) == pytest.approx(0.025, abs=1e-9)
    assert power(0.0, 1.0, 10, level=0.01, paired=True) == pytest.approx(0.005, abs=1e-9)
    assert power(1.0, 1.0, 5) < power(1.0, 1.0, 10) < power(2.0, 1.0, 10) < power(2.0, 1.0, 10, paired=True)


def test_many_seeds_follow_the_normal_law():
    """2 (1.96 + 0.84)^2 / d^2 a side."""
    quantiles = stats.norm.ppf(0.975) + stats.norm.ppf(0.8)
    assert seeds_needed(0.1, 1.0) == pytest.approx(2 * quantiles**2 / 0.01, abs=2)
    n = seeds_needed(0.7, 1.0)
    assert power(0.7, 1.0, n) >= 0.8 > power(0.7, 1.0, n - 1)
    with pytest.raises(ValueError, match="expected a difference above 0"):
        seeds_needed(0.0, 1.0)


def test_holm_lets_few_through_and_keeps_the_family_at_its_level():
    assert holm([0.01, 0.04]) == pytest.approx([0.02, 0.04]) and holm([0.04, 0.03]) == pytest.approx([0.06, 0.06])
    assert holm([0.5, 0.001, 0.2]) == pytest.approx([0.5, 0.003, 0.4])
    p = np.random.default_rng(3).uniform(size=(DRAWS, 2))
    wrong = np.mean([min(holm(row)) < 0.05 for row in p])
    assert within(wrong, 1 - 0.975**2)


# Curves and ranks ---------------------------------------------------------------------------------------------------


def test_at_equal_takes_a_line_between_members_and_nothing_beyond():
    assert at_equal([9.0, 5.0, 7.0], [0.2, 0.8, 0.6], 6.0) == pytest.approx(0.7)
    assert at_equal([9.0, 5.0], [0.2, 0.8], 9.0) == 0.2
    with pytest.raises(ValueError, match=r"between 5 and 9, where the family is, got 4\.9"):
        at_equal([9.0, 5.0], [0.2, 0.8], 4.9)
    with pytest.raises(ValueError, match="at different x"):
        at_equal([5.0, 5.0], [0.2, 0.8], 5.0)


def test_rank_correlation_knows_order_alone():
    x = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    assert spearman(x, np.exp(x))[0] == pytest.approx(1) and spearman(x, [-v for v in x])[0] == pytest.approx(-1)
    rho, low, high = spearman([1, 2, 3, 4, 5], [2, 1, 4, 3, 5])
    assert rho == pytest.approx(1 - 6 * 4 / (5 * 24)) and low < rho < high  # 1 - 6 sum d^2 / n (n^2 - 1)
    half = stats.norm.ppf(0.975) * math.sqrt((1 + 0.8**2 / 2) / 2)
    assert (low, high) == pytest.approx((math.tanh(math.atanh(0.8) - half), math.tanh(math.atanh(0.8) + half)))
    assert low < 0, "five pairs say nothing of a rank correlation of 0.8"
    with pytest.raises(ValueError, match="four pairs or more"):
        spearman([1, 2, 3], [1, 2, 3])


def test_the_interval_of_a_rank_correlation_holds():
    rng = np.random.default_rng(4)
    pairs = rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], size=(1000, 30))
    true = 6 / math.pi * math.asin(0.25)  # of ranks, for a normal pair of correlation 0.5
    held = [low <= true <= high for _, low, high in (spearman(*pair.T) for pair in pairs)]
    assert within(np.mean(held), 0.95, 1000)


# The published table ------------------------------------------------------------------------------------------------


def test_one_number_of_n_is_at_most_so_far_from_the_mean():
    """Samuelson's bound is met by one number apart from n - 1 equal ones, and by nothing is it passed."""
    for n in (2, 3, 10):
        apart = np.array([1.0] + [0.0] * (n - 1))
        assert (apart.max() - apart.mean()) / apart.std(ddof=1) == pytest.approx(furthest(n), abs=1e-12)
    x = np.random.default_rng(5).standard_cauchy((DRAWS, 10))
    assert ((x.max(1) - x.mean(1)) / x.std(1, ddof=1) <= furthest(10) + 1e-12).all()
    assert furthest(10) == pytest.approx(2.846, abs=0.001)


def test_two_rows_of_the_table_cannot_be_of_the_same_ten_runs():
    impossible = {name: round(row.away, 2) for name, row in SCORES.items() if not row.possible}
    assert impossible == {"FactorVAE, 10": 6.93, "JointVAE, 6": 3.33}
    assert all(row.possible for row in ACCURACIES.values()) and len(SCORES) == 10


def test_all_ten_best_scores_are_shares_of_800_votes():
    assert all(as_share(row.best, VOTES) is not None for row in SCORES.values())
    assert share_of_shares(VOTES) ** len(SCORES) < 2e-11, "by chance one number in twelve is"
    assert share_of_shares(VOTES) == 801 / 10_001 and share_of_shares(1, 0) == 2 / 101
    assert as_share(84.62, VOTES) == 677 and as_share(84.61, VOTES) is None
    assert as_share(100.0, VOTES) == VOTES and as_share(0.0, VOTES) == 0


def test_the_best_of_thirty_evaluations_flatters():
    found = [best_of(0.82, VOTES, EVALUATIONS), best_of(0.9, VOTES, EVALUATIONS), best_of(0.82, 5_000, EVALUATIONS)]
    assert found == pytest.approx([0.847, 0.921, 0.831], abs=5e-4)
    assert best_of(0.3, 50, 1) == pytest.approx(0.3, abs=1e-12) and best_of(0.5, 1, 2) == pytest.approx(0.75)
    drawn = np.random.default_rng(6).binomial(VOTES, 0.82, (DRAWS, EVALUATIONS)).max(1) / VOTES
    assert abs(drawn.mean() - found[0]) < 4.5 * drawn.std() / math.sqrt(DRAWS)


@pytest.mark.parametrize(
    "better, worse, p",
    [
        ("FactorVAE, 10", "beta-VAE, beta 4", 0.011),
        ("CascadeVAE-C, 10", "beta-VAE, beta 4", 0.016),
        ("CascadeVAE-C, 10", "FactorVAE, 10", 0.68),
        ("FactorVAE, 5", "CascadeVAE-C, 5", 0.65),
        ("CascadeVAE, 6", "FactorVAE, 10", 0.0007),
        ("CascadeVAE, 4", "FactorVAE, 10", 0.0033),
        ("CascadeVAE-C, 5", "JointVAE, 6", 0.002),
        ("beta-VAE, beta 4", "JointVAE, 6", 0.97),
    ],
)
def test_what_the_table_supports(better, worse, p):
    one, other = SCORES[better].sample, SCORES[worse].sample
    assert welch(one, other).p == pytest.approx(p, rel=0.1)


def test_how_many_seeds_its_open_questions_would_take():
    pooled = lambda a, b: math.sqrt((SCORES[a].sd ** 2 + SCORES[b].sd ** 2) / 2)
    gap = SCORES["FactorVAE, 10"].mean - SCORES["CascadeVAE-C, 10"].mean
    assert seeds_needed(gap, pooled("FactorVAE, 10", "CascadeVAE-C, 10")) == 449
    assert seeds_needed(3.0, math.sqrt((7.5**2 + 3**2) / 2)) == 58
    assert SEEDS < 58
