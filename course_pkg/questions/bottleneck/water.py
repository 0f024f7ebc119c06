"""Nats that go where they save most: questions of the chapter `bottleneck`."""

import math

import scipy.optimize
import torch
from torch import Tensor

from course_pkg.grading import Case, Condition, Question, Symmetry, Wrong
from course_pkg.questions.shared import at_least, level, numbers


def spectrum(seed: int, n: int) -> Tensor:
    """n variances, the largest some twenty times the smallest, in no order."""
    g = torch.Generator().manual_seed(seed)
    return (0.2 + 3 * torch.rand(n, generator=g, dtype=torch.float64) ** 2)[torch.randperm(n, generator=g)]


def shares(variances: Tensor, capacity: float) -> Tensor:
    return above(variances, level(variances, capacity))


def above(variances: Tensor, at: Tensor | float) -> Tensor:
    """Half the logarithm of each variance over the level, and nothing below it."""
    return 0.5 * (variances / at).clamp_min(1.0).log()


def scaled(rates: Tensor, capacity: float) -> Tensor:
    return capacity * rates / rates.sum()


# Which latent gets how many nats ------------------------------------------------------------------


def water_cases(seed: int) -> tuple[Case, ...]:
    def case(rung: str, variances: Tensor, capacity: float, told: str = "") -> Case:
        return Case(rung, {"variances": variances, "capacity": capacity}, {"directions": len(variances)}, told)

    told = "variances {variances}, and {capacity} nats"
    trap = 1e4 * spectrum(seed + 3, 6)
    trap[2] = 0.0  # a direction in which nothing happens
    return (
        case("hand", numbers([8.0, 2.0, 0.5]), math.log(4), told),
        case("random", spectrum(seed + 1, 9), 2.5),
        case("random", spectrum(seed + 2, 5), 12.0),
        case("oracle", spectrum(seed + 4, 12), 4.0),
        case("trap", trap, 1.5),
    )


def shares_by_bisection(variances: Tensor, capacity: float) -> Tensor:
    values = variances.tolist()
    nats = lambda log_level: [max(0.0, 0.5 * (math.log(v) - log_level)) if v > 0 else 0.0 for v in values]
    top = math.log(max(values))
    root = scipy.optimize.brentq(lambda t: sum(nats(t)) - capacity, top - 2 * capacity - 1, top, xtol=1e-13)
    return numbers(nats(root))


def no_floor(variances: Tensor, capacity: float) -> Tensor:
    """The same level for all directions, and negative nats where the variance lies below it."""
    rates = 0.5 * variances.clamp_min(1e-300).log()
    return rates + (capacity - rates.sum()) / len(rates)


def largest_only(variances: Tensor, capacity: float) -> Tensor:
    return capacity * (variances == variances.max()).double()


def uneven(given, found) -> Tensor:
    """How far apart the errors of the directions with nats are, relative to the largest."""
    left = (given["variances"] * (-2 * found[""].clamp(-300, 300)).exp())[found[""] > 1e-9]
    return (left.max() - left.min()) / left.max() if left.numel() else torch.zeros(1)


NATS_EACH = Question(
    name="nats_each",
    kind="experiment",
    title="Who gets the first nats?",
    points=4,
    difficulty=4,
    importance=5,
    minutes=35,
    returns="one number for each direction, not negative, shape (directions,)",
    relation="the nats add up to C, and every direction that has some is left with the same error",
    cases=water_cases,
    reference=shares,
    oracle=shares_by_bisection,
    wrong=(
        Wrong(
            "equal shares: a small variance gets as much",
            lambda variances, capacity: torch.full_like(variances, capacity / len(variances)),
            "a nat on a direction of small variance saves little: move it to a larger one.",
        ),
        Wrong(
            "all to one direction, none to another",
            largest_only,
            "each nat divides that error by e squared, so soon another direction has more left to save.",
        ),
        Wrong(
            "in proportion to the variance, without a logarithm: each nat saves as much as the one before",
            lambda variances, capacity: scaled(variances, capacity),
            "each further nat saves less than the one before: the law has a logarithm.",
        ),
        Wrong(
            "in proportion to the logarithm",
            lambda variances, capacity: scaled((1 + variances).log(), capacity),
            "a logarithm of what over what? The answer must not change with the units of the pixels.",
        ),
        Wrong(
            "in order from the largest",
            lambda variances, capacity: shares(variances, capacity).sort(descending=True).values,
            "right numbers in another order: give each direction its own, in the order in which they came.",
        ),
        Wrong(
            "a direction below the level gives nats back",
            no_floor,
            "a direction below the level would have to give nats back. It gets none, and the level rises.",
        ),
        Wrong(
            "negative nats cut off",
            lambda variances, capacity: no_floor(variances, capacity).clamp_min(0),
            "having cut off the negative ones you spend more than C: find the level anew without those directions.",
        ),
        Wrong(
            "cut off, then scaled",
            lambda variances, capacity: scaled(no_floor(variances, capacity).clamp_min(0), capacity),
            "scaling brings the sum back to C and unequal errors with it: find the level anew.",
        ),
        Wrong(
            "the half is missing",
            lambda variances, capacity: 2 * above(variances, level(variances, capacity, half=1.0)),
            "a direction of variance v, left with the error D, costs half of log(v / D).",
        ),
    ),
    conditions=(
        at_least(0.0, "no direction gives nats back"),
        Condition("the nats add up to C", lambda g, f: f[""].sum() - g["capacity"]),
        Condition("every direction that has nats is left with the same error", uneven),
    ),
    symmetries=(
        Symmetry("stay the same in other units of the pixels", lambda g: {"variances": 4 * g["variances"]}),
        Symmetry(
            "follow where the directions come in another order",
            lambda g: {"variances": g["variances"].flip(0)},
            lambda g, v: v.flip(0),
        ),
    ),
    hints={
        "not started": "give the case by hand its first nat: where does it save most? And the second?",
        "order": "give each direction its own nats, in the order in which they came.",
        "exception": "variances is a tensor (directions,), in any order; capacity a number. A variance may be zero.",
        "shape": "one number for each direction, in the order in which they came.",
        "not finite": "one direction may not vary at all: it gets no nats, and needs no logarithm.",
        "trap": "they come in any order, in any unit, and one may be zero.",
        "different": "choose a level D: any v above it costs half of log(v / D). Lower it until the sum is C.",
    },
    tolerance=1e-5,
)
