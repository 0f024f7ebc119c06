"""How many labels? A question of the chapter `identifiability`."""

import math

import numpy as np
import torch
from torch import Tensor

from course_pkg.grading import Case, Condition, Question, Wrong
from course_pkg.questions.shared import WHOLE, at_least

# Latents, and a `more` that 8 or 16 labels meet exactly, in floating point as well.
TIES = ((3, 1.25), (2, 0.6875), (4, 2.375), (7, 1.125), (6, 0.859375))


def settings(seed: int) -> tuple[Case, ...]:
    case = lambda rung, d, more, told="": Case(rung, {"d": d, "more": more}, {"latents": d}, told)
    u = torch.rand(3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).tolist()
    return (
        case("hand", 2, 1.0, "{d:word} latents; twice the error that no number of labels takes away"),
        case("random", 7, 0.3 + 0.2 * u[0]),
        case("oracle", 4, 0.5 + 0.4 * u[1]),
        case("trap", 30, 0.02 + 0.01 * u[2]),
        case("trap", *TIES[seed % len(TIES)]),
    )


def least(d: int, more: float, risk, start: int | None = None) -> int:
    """The least n from `start` on whose risk is at most 1 + more, by bisection: the risk falls there.

    Raises ValueError where no n has so small a risk.
    """
    if more < 1e-9:
        raise ValueError(f"expected more above 0, got {more}")
    low = d + 2 if start is None else start - 1
    high = low + 1
    while risk(high) > 1 + more:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if risk(middle) <= 1 + more else (middle, high)
    return high


def risk(n: int, d: int) -> float:
    """The mean error in units of what no line explains; infinite below d + 3 labels."""
    return (n + 1) * (n - 2) / (n * (n - d - 2)) if n > d + 2 else math.inf


def enough(d: int, more: float) -> int:
    return least(d, more, lambda n: risk(n, d))


def above(given, found) -> Tensor:
    """By how much the mean error at the answer is above the limit."""
    n = max(1, round(found[""].item()))
    return torch.tensor(max(0.0, risk(n, given["d"]) - 1 - given["more"]))


def too_good(given, found) -> Tensor:
    """By how much the mean error at one label less is still below the limit."""
    n = max(1, round(found[""].item()))
    return torch.tensor(max(0.0, 1 + given["more"] - risk(n - 1, given["d"])) if n > 1 else 0.0)


def by_a_quadratic(d: int, more: float) -> int:
    """(n + 1)(n - 2) = (1 + more) n (n - d - 2): the larger root, rounded up."""
    roots = np.roots([more, 1 - (1 + more) * (d + 2), 2])
    return math.ceil(max(roots.real) - 1e-9)


def other(risk):
    return lambda d, more: least(d, more, lambda n: risk(n, d))


ENOUGH = Question(
    name="labels_enough",
    kind="experiment",
    title="How many labels are enough?",
    points=3,
    difficulty=4,
    importance=4,
    minutes=25,
    returns="a whole number",
    relation="the least number of labels at which the mean squared error is at most (1 + more) times what no line "
    "explains",
    cases=settings,
    reference=enough,
    oracle=by_a_quadratic,
    wrong=(
        Wrong(
            "d + 1 labels, which suffice without noise",
            lambda d, more: d + 1,
            "with d + 1 labels the line goes through the noise: that suffices without noise only.",
        ),
        Wrong(
            "d + 3, the first number with a finite mean",
            lambda d, more: d + 3,
            "at d + 3 the mean error is finite, and large.",
        ),
        Wrong(
            "one label a coefficient: 1 + (d + 1) / n",
            other(lambda n, d: 1 + (d + 1) / n),
            "1 + (d + 1) / n is right for many labels only: a random design may be nearly singular.",
            also=(lambda d, more: least(d, more, lambda n: 1 + (d + 1) / n, 1),),
        ),
        Wrong(
            "no constant to be learnt",
            lambda d, more: least(d, more, lambda n: (n - 1) / (n - d - 1), d + 2),
            "the constant is learnt, too: one more coefficient.",
        ),
        Wrong(
            "the noise of the new label left out",
            lambda d, more: least(d, more, lambda n: (n + 1) * (n - 2) / (n * (n - d - 2)) - 1),
            "the error on a new image holds its own noise as well: it cannot be below 1.",
        ),
        Wrong(
            "one label too few",
            lambda d, more: enough(d, more) - 1,
            "one label more: at your number the error is still above the limit.",
        ),
        Wrong(
            "below the limit, where at most is asked for",
            lambda d, more: enough(d, more) + (risk(enough(d, more), d) == 1 + more),
            "at most, not below: where the mean error is the limit exactly, one label less than yours will do.",
        ),
        Wrong(
            "twice the latents",
            lambda d, more: 2 * d,
            "twice the latents is a rule of thumb: how many it takes depends on how close you want to come.",
        ),
    ),
    conditions=(
        WHOLE,
        at_least(4.0, "the mean error exists from d + 3 labels on"),
        Condition("at your number of labels the mean error is at most the limit", above),
        Condition("at one label less the mean error is above the limit", too_good),
    ),
    hints={
        "not started": "write the mean error as a function of n, and try n = d + 3, d + 4, ...",
        "exception": "d is a whole number, more a number above 0.",
        "type": "return a whole number.",
        "shape": "one number is asked for.",
        "trap": "thirty latents and a few percent: loop over n far enough; and a limit may be met exactly.",
        "different": "check that the answer is the first: at one less the error is above the limit.",
    },
)
