"""What two printed rows say of their difference: a question of the chapter `benchmark`."""

from collections.abc import Callable

import torch
from scipy import optimize, stats
from torch import Tensor

from course_pkg.grading import Case, Question, Symmetry, Wrong
from course_pkg.questions.shared import numbers

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
            "the freedom cut to a whole number",
            between(df=lambda sd, n: int(freedom(sd, n))),
            "Welch's number of degrees of freedom need not be a whole number: scipy takes it as it is.",
            also=(between(df=lambda sd, n: round(freedom(sd, n))),),
        ),
        Wrong(
            "squares over the sizes, not one less",
            between(df=lambda sd, n: float(error_of(sd, n) ** 4 / ((sd.square() / n).square() / n).sum())),
            "Welch divides each squared v by one less than the size: you divided by the size itself.",
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
