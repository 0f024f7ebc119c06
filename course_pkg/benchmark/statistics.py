"""What ten seeds can say: intervals, two means beside each other, the smallest difference that so few can see.

Samples are numbers of independent runs. Everything is two-sided, at a level of 0.05 where none is named.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import optimize, stats


class Sample(NamedTuple):
    """A mean, the sample standard deviation (with n - 1), and of how many: what a paper prints."""

    mean: float
    sd: float
    n: int


class Contrast(NamedTuple):
    """A difference, its interval, Welch's or Student's t with its degrees of freedom, and the two-sided p."""

    difference: float
    low: float
    high: float
    t: float
    df: float
    p: float


def sample(values: Sequence[float]) -> Sample:
    """The three numbers of some values. ValueError for fewer than two, which have no spread, or not finite ones."""
    x = np.asarray(values, dtype=float)
    if x.ndim != 1 or len(x) < 2 or not np.isfinite(x).all():
        raise ValueError(f"expected two finite numbers or more, got {list(values)}")
    return Sample(float(x.mean()), float(x.std(ddof=1)), len(x))


def contrast(difference: float, error: float, df: float, level: float) -> Contrast:
    """A difference with its standard error as a Contrast. ValueError for an error of 0: nothing was measured."""
    if not error > 0:
        raise ValueError("expected values that differ: with a standard error of 0 there is no t")
    half = float(stats.t.ppf(1 - level / 2, df)) * error
    t = difference / error
    return Contrast(difference, difference - half, difference + half, t, df, float(2 * stats.t.sf(abs(t), df)))


def mean_interval(values: Sequence[float], level: float = 0.05) -> Contrast:
    """The mean of independent values against 0, Student's t. ValueError as `sample`, and for values all alike."""
    s = sample(values)
    return contrast(s.mean, s.sd / math.sqrt(s.n), s.n - 1, level)


def welch(a: Sample, b: Sample, level: float = 0.05) -> Contrast:
    """a's mean less b's, of two independent samples whose spreads may differ. Welch (1947)."""
    va, vb = a.sd**2 / a.n, b.sd**2 / b.n
    if va + vb == 0:
        raise ValueError("expected values that differ: with a standard error of 0 there is no t")
    df = (va + vb) ** 2 / (va**2 / (a.n - 1) + vb**2 / (b.n - 1))
    return contrast(a.mean - b.mean, math.sqrt(va + vb), df, level)


def bootstrap_interval(
    values: Sequence[float], seed: int, draws: int = 10_000, level: float = 0.05
) -> tuple[float, float]:
    """The mean's percentile interval: values drawn again with replacement. Too narrow for few values. Efron (1979)."""
    x = np.asarray(values, dtype=float)
    sample(x.tolist())
    drawn = np.random.default_rng(seed).integers(len(x), size=(draws, len(x)))
    low, high = np.quantile(x[drawn].mean(1), [level / 2, 1 - level / 2])
    return float(low), float(high)


def sd_interval(n: int, level: float = 0.05) -> tuple[float, float]:
    """By which factors the true standard deviation may differ from that of n normal values. ValueError for n < 2."""
    if n < 2:
        raise ValueError(f"expected two values or more, got {n}")
    low, high = stats.chi2.ppf([1 - level / 2, level / 2], n - 1)
    return math.sqrt((n - 1) / low), math.sqrt((n - 1) / high)


# What n can see ---------------------------------------------------------------------------------------------------


def power(effect: float, sd: float, n: int, level: float = 0.05, paired: bool = False) -> float:
    """How often a true difference above 0 is found, with its sign, by a two-sided test.

    Of two means of n values each with that standard deviation, or of one mean of n values (paired).
    """
    if n < 2 or not sd > 0:
        raise ValueError(f"expected two values or more and a standard deviation above 0, got {n} and {sd:g}")
    df = n - 1 if paired else 2 * (n - 1)
    shift = effect / (sd * math.sqrt((1 if paired else 2) / n))
    edge = stats.t.ppf(1 - level / 2, df)
    return float(stats.nct.sf(edge, df, shift))


def smallest_effect(sd: float, n: int, wanted: float = 0.8, level: float = 0.05, paired: bool = False) -> float:
    """The smallest true difference that is found with that power, in the unit of sd; `power`'s arguments."""
    most = sd
    while power(most, sd, n, level, paired) < wanted:
        most *= 2
    return float(optimize.brentq(lambda effect: power(effect, sd, n, level, paired) - wanted, 0, most))


def seeds_needed(effect: float, sd: float, wanted: float = 0.8, level: float = 0.05) -> int:
    """How many seeds a side show that difference with that power. ValueError where there is no difference."""
    if not effect > 0:
        raise ValueError(f"expected a difference above 0, got {effect:g}: nothing finds none")
    n = 2
    while power(effect, sd, 2 * n, level) < wanted:
        n *= 2
    low, high = n, 2 * n  # the power grows with n
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if power(effect, sd, middle, level) >= wanted else (middle + 1, high)
    return low


def holm(p: Sequence[float]) -> list[float]:
    """p-values of several tests, corrected: each as the level at which it would still be called. Holm (1979)."""
    order, out, most = sorted(range(len(p)), key=lambda k: p[k]), [0.0] * len(p), 0.0
    for rank, k in enumerate(order):
        most = max(most, min(1.0, (len(p) - rank) * p[k]))
        out[k] = most
    return out


# Curves and ranks -------------------------------------------------------------------------------------------------


def at_equal(x: Sequence[float], y: Sequence[float], where: float) -> float:
    """A family's y at a given x, by straight lines between its members: what a comparison at equal rate takes.

    x in any order. ValueError where `where` lies outside the family: nothing is extrapolated.
    """
    order = np.argsort(x)
    xs, ys = np.asarray(x, dtype=float)[order], np.asarray(y, dtype=float)[order]
    if len(xs) < 2 or len(xs) != len(ys) or not (np.diff(xs) > 0).all():
        raise ValueError(f"expected two members or more at different x, got x {list(x)} and y {list(y)}")
    if not xs[0] <= where <= xs[-1]:
        raise ValueError(f"expected a place between {xs[0]:g} and {xs[-1]:g}, where the family is, got {where:g}")
    return float(np.interp(where, xs, ys))


def spearman(a: Sequence[float], b: Sequence[float], level: float = 0.05) -> tuple[float, float, float]:
    """The rank correlation and its interval, by Fisher's z with the variance of Bonett and Wright (2000).

    ValueError for fewer than four pairs, and where one of the two is constant.
    """
    if len(a) != len(b) or len(a) < 4 or len(set(a)) < 2 or len(set(b)) < 2:
        raise ValueError(f"expected four pairs or more, neither side constant, got {len(a)} and {len(b)}")
    rho = float(stats.spearmanr(a, b).statistic)
    edge = 1 - 1e-12
    z = math.atanh(min(max(rho, -edge), edge))
    half = stats.norm.ppf(1 - level / 2) * math.sqrt((1 + rho**2 / 2) / (len(a) - 3))
    return rho, math.tanh(z - half), math.tanh(z + half)


# What cannot be -----------------------------------------------------------------------------------------------------


def furthest(n: int) -> float:
    """How many sample standard deviations the largest of n numbers is above their mean, at most: (n - 1) / sqrt(n).

    Samuelson (1968), "How Deviant Can You Be?". A best score further away is not of the numbers that were averaged.
    """
    if n < 2:
        raise ValueError(f"expected two numbers or more, got {n}")
    return (n - 1) / math.sqrt(n)


def as_share(percent: float, votes: int, digits: int = 2) -> int | None:
    """The k for which 100 k / votes prints as that number, as Python rounds it; None where there is none."""
    near = round(percent * votes / 100)
    found = (k for k in range(max(0, near - 1), near + 2) if round(100 * k / votes, digits) == percent)
    return next(found, None)


def share_of_shares(votes: int, digits: int = 2) -> float:
    """How many of the numbers from 0 to 100 with so many digits print a share of that many votes: chance."""
    return len({round(100 * k / votes, digits) for k in range(votes + 1)}) / (100 * 10**digits + 1)


def best_of(share: float, votes: int, evaluations: int) -> float:
    """What the best of several evaluations is expected to read where each counts `votes` independent votes.

    The mean of the largest of binomial shares, exactly.
    """
    counts = np.arange(votes + 1)
    below = stats.binom.cdf(counts, votes, share) ** evaluations
    return float((1 - below[:-1]).sum() / votes)
