"""Does the order of two systems come again? A question of the chapter `benchmark`."""

import math

import numpy as np
import torch
from scipy import stats

from course_pkg.grading import Case, Question, Symmetry, Wrong
from course_pkg.questions.shared import at_least, at_most


def studies(seed: int) -> tuple[Case, ...]:
    case = lambda rung, gap, sd, n, told="": Case(rung, {"difference": gap, "sd": sd, "n": n}, {"seeds": n}, told)
    u = torch.rand(5, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).tolist()
    return (
        case("hand", 0.0, 1.0, 3, "difference {difference}, deviation {sd}, {n:word} seeds a side"),
        case("random", 0.5 + u[0], 2 + u[1], 4),
        case("oracle", 2 + u[2], 7.5, 10),
        case("trap", 0.3 + 0.1 * u[3], 0.9 + 0.1 * u[4], 3),
    )


def right(difference: float, sd: float, n: float) -> float:
    """How often one study has the true order: Phi of the difference over its standard error."""
    return 0.5 * math.erfc(-difference / (sd * math.sqrt(2 / n)) / math.sqrt(2))


def again(difference: float, sd: float, n: int) -> float:
    return agreeing(right(difference, sd, n))


def agreeing(p: float) -> float:
    return p**2 + (1 - p) ** 2


def by_integration(difference: float, sd: float, n: int) -> float:
    """The density of a study's difference, summed above 0 by Simpson's rule, and of two such studies."""
    error = math.sqrt(sd * sd / n + sd * sd / n)
    x, h = np.linspace(0, difference + 12 * error, 4001, retstep=True)
    y = np.exp(-((x - difference) ** 2) / (2 * error * error)) / (error * math.sqrt(2 * math.pi))
    above = h / 3 * (y[0] + 4 * y[1:-1:2].sum() + 2 * y[2:-1:2].sum() + y[-1])
    return float(1 - 2 * above * (1 - above))


AGAIN = Question(
    name="same_order",
    kind="experiment",
    title="Will the order come again?",
    points=2,
    difficulty=2,
    importance=5,
    minutes=15,
    returns="one number, a chance from a half to 1",
    relation="the chance that two independent studies, each of n seeds a side, put the two means in the same order",
    cases=studies,
    reference=again,
    oracle=by_integration,
    wrong=(
        Wrong(
            "one study has the true order",
            right,
            "that is how often one study has the true order. Two are asked for, and whether they agree.",
        ),
        Wrong(
            "both have the true order",
            lambda difference, sd, n: right(difference, sd, n) ** 2,
            "both may have the true order, or both the wrong one: then they agree, too.",
        ),
        Wrong(
            "a factor of two missing under the root: the error of one mean, or erf without its own",
            lambda difference, sd, n: again(difference, sd, 2 * n),
            "a factor of two is missing under the root. A difference of two means has twice the variance of one mean, "
            "and Phi(x) is (1 + erf(x / root of 2)) / 2.",
        ),
        Wrong(
            "the deviation of a run for that of a mean",
            lambda difference, sd, n: again(difference, sd, 1),
            "sd is the deviation of a run; that of a mean is smaller by the root of n.",
        ),
        Wrong(
            "n for its root",
            lambda difference, sd, n: again(difference, sd, n**2),
            "the error of a mean falls with the root of n, not with n.",
        ),
        Wrong(
            "Student's t for the normal law",
            lambda difference, sd, n: agreeing(float(stats.t.cdf(difference / sd * math.sqrt(n / 2), 2 * n - 2))),
            "Student's t is for a deviation that the runs themselves estimate: here the true one is given.",
        ),
        Wrong(
            "the studies disagree",
            lambda difference, sd, n: 1 - again(difference, sd, n),
            "that is how often the two studies disagree.",
        ),
    ),
    conditions=(
        at_least(0.5, "two coins of one kind agree at least half of the time"),
        at_most(1.0, "a chance is at most 1"),
    ),
    symmetries=(
        Symmetry(
            "stay the same in other units (difference and deviation doubled)",
            lambda g: {"difference": 2 * g["difference"], "sd": 2 * g["sd"]},
        ),
        Symmetry(
            "stay the same with the systems exchanged",
            lambda g: {"difference": -g["difference"]},
        ),
    ),
    hints={
        "not started": "the difference of two means of n is normal, with the variance 2 sd squared over n.",
        "exception": "difference and sd are numbers, n is a whole number.",
        "shape": "return one number.",
        "different": "without any true difference two studies agree half of the time.",
    },
)
