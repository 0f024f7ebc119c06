"""What two printed rows say of their difference, and what they could show: questions of the chapter `benchmark`."""

import math
from collections.abc import Callable
from statistics import NormalDist

import torch
from scipy import optimize, stats
from torch import Tensor

from course_pkg.grading import Case, Question, Symmetry, Wrong
from course_pkg.questions.shared import at_least, numbers

# Welch's interval ------------------------------------------------------------------------------------------


def printed(seed: int) -> tuple[Case, ...]:
    def case(rung: str, mean: list[float], sd: list[float], n: list[int], told: str = "") -> Case:
        return Case(rung, {"mean": numbers(mean), "sd": numbers(sd), "n": torch.tensor(n)}, {"rows": 2}, told)

    u = torch.rand(8, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).tolist()
    return (
        case("hand", [3.0, 1.0], [1.0, 1.0], [2, 2], "mean {mean}, deviation {sd}, seeds {n}"),
        case("random", [82 + u[0], 74 + u[1]], [0.9 + u[2], 7.7], [10, 10]),
        case("random", [0.6 + u[3], 0.5], [0.1, 0.1 + 0.2 * u[4]], [5, 12]),
        case("oracle", [20 * u[5], 3.0], [2 + u[6], 6.0], [10, 4]),
        case("trap", [81.0 + u[7], 74.0], [9.0 + u[0], 2.0], [3, 10]),
    )


def error_of(sd: Tensor, n: Tensor) -> Tensor:
    return (sd.square() / n).sum().sqrt()


def freedom(sd: Tensor, n: Tensor) -> float:
    """Welch's degrees of freedom."""
    v = sd.square() / n
    return float(v.sum() ** 2 / (v.square() / (n - 1)).sum())


def between(error: Callable = error_of, df: Callable | None = freedom, tail: float = 0.025, turned: bool = False):
    """An answer. df: of sd and n; None for the normal law."""

    def answer(mean: Tensor, sd: Tensor, n: Tensor) -> Tensor:
        away = stats.norm.isf(tail) if df is None else stats.t.isf(tail, df(sd, n))
        gap = mean[1] - mean[0] if turned else mean[0] - mean[1]
        return gap + numbers([-1.0, 1.0]) * float(away) * error(sd, n)

    return answer


def by_rejection(mean: Tensor, sd: Tensor, n: Tensor) -> Tensor:
    """Where the test of a difference stops to say no: its p-value, as SciPy has it, is .05."""
    a, b = ([float(v[i]) for v in (mean, sd, n)] for i in (0, 1))
    p = lambda d: stats.ttest_ind_from_stats(a[0] - d, *a[1:], *b, equal_var=False).pvalue - 0.05
    gap, far = a[0] - b[0], 100 * (a[1] + b[1])
    return numbers([optimize.brentq(p, gap - far, gap, xtol=1e-12), optimize.brentq(p, gap, gap + far, xtol=1e-12)])


def pooled(sd: Tensor, n: Tensor) -> Tensor:
    variance = ((n - 1) * sd.square()).sum() / (n - 1).sum()
    return (variance * (1 / n).sum()).sqrt()


both = lambda sd, n: int(n.sum()) - 2

INTERVAL = Question(
    name="difference_between",
    kind="implement",
    title="From here to there",
    points=2,
    difficulty=2,
    importance=5,
    minutes=20,
    returns="the lower and the upper end (2,)",
    relation="the 95 percent interval of the first mean less the second, by Welch: each row has its own deviation",
    cases=printed,
    reference=between(),
    oracle=by_rejection,
    wrong=(
        Wrong(
            "one pooled variance",
            between(pooled, both),
            "one pooled variance is Student's, for rows of one spread. Each row has its own here.",
        ),
        Wrong(
            "the freedom of both rows added",
            between(df=both),
            "n - 1 of both rows added is what equal spreads would give; Welch's number is lower.",
        ),
        Wrong(
            "the freedom of the smaller sample",
            between(df=lambda sd, n: int(n.min()) - 1),
            "n - 1 of the smaller sample is on the safe side, and wider than Welch's interval.",
        ),
        Wrong(
            "the normal law for Student's t",
            between(df=None),
            "the deviations are estimates of few runs: take Student's t, not the normal law.",
        ),
        Wrong(
            "all of the level in one tail",
            between(tail=0.05),
            "the interval has two ends: half of the level is in one tail, half in the other.",
        ),
        Wrong(
            "errors added, not their squares",
            between(lambda sd, n: (sd / n.sqrt()).sum()),
            "independent errors add by their squares. The sum of errors asks whether two intervals overlap.",
        ),
        Wrong(
            "the deviation of a run for that of a mean",
            between(lambda sd, n: sd.square().sum().sqrt()),
            "sd is the deviation of a run; that of a mean is smaller by the root of n.",
        ),
        Wrong(
            "n for its root",
            between(lambda sd, n: (sd / n).square().sum().sqrt()),
            "the error of a mean falls with the root of n, not with n.",
        ),
        Wrong(
            "a deviation for a variance",
            between(lambda sd, n: (sd / n).sum().sqrt()),
            "sd is a deviation: its square, the variance, is divided by n.",
        ),
        Wrong(
            "the second less the first, a sign",
            between(turned=True),
            "it is the first less the second: you have the other sign.",
        ),
    ),
    symmetries=(
        Symmetry("stay the same where both means are higher by one", lambda g: {"mean": g["mean"] + 1}),
        Symmetry(
            "double in other units (means and deviations doubled)",
            lambda g: {"mean": 2 * g["mean"], "sd": 2 * g["sd"]},
            lambda g, v: 2 * v,
        ),
    ),
    hints={
        "not started": "v = sd squared over n for each row. The error is the root of their sum; then degrees of "
        "freedom, then scipy.stats.t.ppf.",
        "exception": "mean, sd and n are tensors (2,), the two rows.",
        "shape": "return both ends, of shape (2,).",
        "trap": "the row with the larger spread has the fewer seeds.",
        "different": "of equal spreads and equal n the degrees of freedom are those of both rows added.",
    },
)

# What can be seen -------------------------------------------------------------------------------------------


def planned(seed: int) -> tuple[Case, ...]:
    case = lambda rung, sd, n, tests, power, told="": Case(
        rung, {"sd": sd, "n": n, "tests": tests, "power": power}, {"seeds": n, "tests": tests}, told
    )
    u = torch.rand(5, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).tolist()
    told = "deviation {sd}, {n:word} seeds a side, {tests:word} test, found with power {power}"
    return (
        case("hand", 1.0, 2, 1, 0.5, told),
        case("random", 0.1 + u[0], 10, 1, 0.7 + 0.2 * u[1]),
        case("random", 7 + u[2], 12, 2, 0.8),
        case("oracle", 3.0, 5, 3, 0.6 + 0.2 * u[3]),
        case("trap", 7.68, 10, 190, 0.9 + 0.05 * u[4]),
    )


def shown(
    error: Callable = lambda sd, n: sd * math.sqrt(2 / n),
    tail: Callable = lambda tests: 0.025 / tests,
    steps: Callable = lambda edge, more: edge + more,
):
    """An answer. steps: of the test's edge and of how far the power is from it, in errors."""
    z = NormalDist().inv_cdf
    return lambda sd, n, tests, power: error(sd, n) * steps(z(1 - tail(tests)), z(power))


def by_bisection(sd: float, n: int, tests: int, power: float) -> float:
    """The difference at which the chance of a value beyond the edge is the power, found by halving."""
    error = math.sqrt(sd**2 / n + sd**2 / n)
    above = lambda x: 0.5 * math.erfc(x / math.sqrt(2))
    root = lambda f: optimize.bisect(f, 0.0, 40.0, xtol=1e-13)
    edge = root(lambda x: 2 * above(x) - 0.05 / tests)
    return error * root(lambda x: above(edge - x) - power)


VISIBLE = Question(
    name="smallest_visible",
    kind="derive",
    title="What so few can see",
    points=2,
    difficulty=3,
    importance=5,
    minutes=15,
    returns="one number, in the units of sd",
    relation="the true difference of two means of n runs each that is called, with its sign, as often as the power "
    "says; sd is known, the level of .05 has two sides and is divided among the tests",
    cases=planned,
    reference=shown(),
    oracle=by_bisection,
    wrong=(
        Wrong(
            "the edge alone, the power left out",
            shown(steps=lambda edge, more: edge),
            "a true difference at the edge is called half of the time only: the power has been left out.",
        ),
        Wrong(
            "the power alone, without the edge",
            shown(steps=lambda edge, more: more),
            "that is how far above the edge the truth must be; the edge itself is missing, so you are without level.",
        ),
        Wrong(
            "the power subtracted, not added",
            shown(steps=lambda edge, more: edge - more),
            "to be found more often than not the truth lies above the edge: the power's part is added.",
        ),
        Wrong(
            "one mean with an error, the other without",
            shown(lambda sd, n: sd / math.sqrt(n)),
            "both means have an error: the variance of their difference is twice that of one.",
        ),
        Wrong(
            "the deviation of a run for that of a mean",
            shown(lambda sd, n: sd * math.sqrt(2)),
            "sd is the deviation of a run; that of a mean is smaller by the root of n.",
        ),
        Wrong(
            "n for its root",
            shown(lambda sd, n: sd * math.sqrt(2) / n),
            "the error falls with the root of n, not with n.",
        ),
        Wrong(
            "a level on one side",
            shown(tail=lambda tests: 0.05 / tests),
            "the test has two sides: half of the level is on one side.",
        ),
        Wrong(
            "the tests do not count",
            shown(tail=lambda tests: 0.025),
            "the level is divided by how many tests there are: here they do not count.",
        ),
        Wrong(
            "the level of all tests as a power of one",
            shown(tail=lambda tests: (1 - 0.95 ** (1 / tests)) / 2),
            "that is Sidak's level, for tests that are independent, a power of one test's. Divide it by their number.",
        ),
    ),
    conditions=(at_least(0.0, "a difference that can be seen is above zero"),),
    symmetries=(Symmetry("double where the deviation is doubled", lambda g: {"sd": 2 * g["sd"]}, lambda g, v: 2 * v),),
    hints={
        "not started": "draw two bells, one around zero, one around the difference. How far apart are edge and middle?",
        "exception": "sd and power are numbers, n and tests whole numbers.",
        "shape": "return one number.",
        "trap": "the level of a single test is very small here.",
        "different": "with a power of 1/2 the difference is the edge itself.",
    },
)
