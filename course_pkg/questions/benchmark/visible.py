"""What two rows of a table could show: a question of the chapter `benchmark`."""

import math
from collections.abc import Callable
from statistics import NormalDist

import torch
from scipy import optimize

from course_pkg.grading import Case, Question, Symmetry, Wrong
from course_pkg.questions.shared import at_least


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
