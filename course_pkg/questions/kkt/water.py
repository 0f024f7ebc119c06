"""Nats shared among Gaussian directions: questions of the chapter `kkt`."""

import math

import scipy.optimize
import torch
from torch import Tensor

from course_pkg.grading import Case, Condition, Question, Symmetry, Wrong
from course_pkg.questions.shared import at_least, at_most, level, numbers


def draw(seed: int, n: int) -> Tensor:
    g = torch.Generator().manual_seed(seed)
    return 0.05 + torch.rand(n, generator=g, dtype=torch.float64) ** 2


# The beta that spends a budget --------------------------------------------------------------------


def budgets(seed: int) -> tuple[Case, ...]:
    def case(rung: str, variances: Tensor, sigma: float, rate: float, told: str = "") -> Case:
        return Case(rung, {"variances": variances, "sigma": sigma, "rate": rate}, {"directions": len(variances)}, told)

    top = (one := 1e4 * draw(seed + 4, 9)).sort(descending=True).values
    told = "variances {variances}, a width of {sigma}, a budget of {rate} nats"
    return (
        case("hand", numbers([4.0, 1.0, 0.25]), 0.5, math.log(4), told),
        case("random", draw(seed + 1, 6), 0.4, 1.1),
        case("random", draw(seed + 2, 12), 0.7, 2.0),
        case("random", draw(seed + 5, 7), 0.01, 1.3),  # a beta of thousands, and one below one hundredth
        case("random", 0.01 * draw(seed + 6, 7), 0.9, 1.3),
        case("oracle", draw(seed + 3, 8), 0.3, 1.6),
        case("trap", one, 12.0, 0.25 * float((top[0] / top[1]).log())),
    )


def beta_by_brentq(variances: Tensor, sigma: float, rate: float) -> float:
    values = variances.tolist()

    def excess(log_beta: float) -> float:
        return sum(max(0.0, 0.5 * (math.log(v / sigma**2) - log_beta)) for v in values) - rate

    highest = math.log(max(values) / sigma**2)
    return math.exp(scipy.optimize.brentq(excess, highest - 2 * rate - 1e-9, highest, xtol=1e-13))


def spending(f):
    """An answer from the level at a changed budget."""
    return lambda variances, sigma, rate: f(variances, sigma, rate)


def overspent(given, found) -> Tensor:
    """What the rates add up to at the answer's beta, less the budget."""
    price = found[""].clamp_min(1e-12) * given["sigma"] ** 2
    return 0.5 * (given["variances"] / price).clamp_min(1).log().sum() - given["rate"]


BETA_FOR_RATE = Question(
    name="beta_for_rate",
    kind="implement",
    title="A beta for a budget",
    points=3,
    difficulty=3,
    importance=4,
    minutes=30,
    returns="one number",
    relation="the sum over directions of max(0, log(variance / (beta sigma^2)) / 2) is the given rate",
    cases=budgets,
    reference=spending(lambda v, s, r: level(v, r) / s**2),
    oracle=beta_by_brentq,
    wrong=(
        Wrong(
            "every direction is on",
            spending(lambda v, s, r: (v.log().mean() - 2 * r / len(v)).exp() / s**2),
            "you shared the budget among all directions. One whose variance is below the level would have a negative "
            "rate.",
        ),
        Wrong(
            "the largest direction alone",
            spending(lambda v, s, r: v.max() * math.exp(-2 * r) / s**2),
            "the largest direction need not take the whole budget: its price falls until the next one is worth it.",
        ),
        Wrong(
            "the error left, beta sigma^2, for the price",
            spending(lambda v, s, r: level(v, r)),
            "that is beta sigma^2, the error left in every direction that is on.",
        ),
        Wrong(
            "sigma is not squared",
            spending(lambda v, s, r: level(v, r) / s),
            "variances are compared with beta times sigma squared.",
        ),
        Wrong(
            "the half is missing",
            spending(lambda v, s, r: level(v, r / 2) / s**2),
            "a direction's rate is half of a logarithm: a nat divides its error by e squared.",
        ),
        Wrong(
            "bits for nats",
            spending(lambda v, s, r: level(v, r * math.log(2)) / s**2),
            "the budget is in nats, so the logarithm is the natural one.",
        ),
        Wrong(
            "a higher price buys more nats",
            spending(lambda v, s, r: s**2 / level(v, r)),
            "a higher price buys fewer nats; yours falls as the budget falls.",
        ),
    ),
    conditions=(Condition("at your beta the rates of all directions add up to the budget", overspent),),
    symmetries=(
        Symmetry(
            "stay the same in other units of the pixels (variances times 4, sigma times 2)",
            lambda g: {"variances": 4 * g["variances"], "sigma": 2 * g["sigma"]},
        ),
        Symmetry("follow where the directions come in another order", lambda g: {"variances": g["variances"].flip(0)}),
    ),
    hints={
        "not started": "guess a beta for the case by hand, and add up the rates. Too much? Then a higher beta.",
        "exception": "variances is a tensor in any order, sigma and rate are numbers.",
        "type": "return one number.",
        "shape": "one number: the beta that all directions share.",
        "not finite": "take logarithms of variances, which are above zero, before any sum of exponentials.",
        "random": "guess how many are on, solve for beta, and check the guess; or bisect.",
        "trap": "the variances are in no order, their unit is large, and only one direction is on.",
        "different": "with k directions on, their rates are a sum of k logarithms: solve it for beta.",
    },
)

# The price under free bits ------------------------------------------------------------------------


def floors(seed: int) -> tuple[Case, ...]:
    def case(rung: str, variances: Tensor, sigma: float, floor: float, told: str = "") -> Case:
        arguments = {"variances": variances, "sigma": sigma, "floor": floor}
        return Case(rung, arguments, {"directions": len(variances)}, told)

    told = "variances {variances}, a width of {sigma}, a floor of {floor} nats"
    return (
        case("hand", numbers([16.0, 2.0]), 1.0, math.log(2), told),
        case("random", draw(seed + 1, 5), 0.3, 0.3),
        case("random", draw(seed + 2, 9), 0.2, 0.6),
        case("oracle", draw(seed + 3, 7), 0.35, 0.2),
        case("trap", draw(seed + 4, 6), 0.45, 0.0),
    )


def slope(variances: Tensor, sigma: float, rate: float | Tensor) -> Tensor:
    """What a little more rate saves, for its size: minus the derivative of variance exp(-2 rate) / (2 sigma^2)."""
    return variances * torch.exp(torch.as_tensor(-2.0 * rate, dtype=variances.dtype)) / sigma**2


def price_by_search(variances: Tensor, sigma: float, floor: float) -> Tensor:
    """Minimise each direction's loss over its rate by scipy, and take the slope of its error there."""

    def best(v: float) -> float:
        def loss(r: float) -> float:
            return v * math.exp(-2 * r) / (2 * sigma**2) + max(floor, r)

        if loss(0.0) <= loss(1e-6):
            return 0.0
        return float(scipy.optimize.minimize_scalar(loss, bounds=(0, 8), options={"xatol": 1e-11}, method="bounded").x)

    rates = numbers([best(v) for v in variances.tolist()])
    return slope(variances, sigma, rates)


FREE_BITS = Question(
    name="price_under_free_bits",
    kind="derive",
    title="What free bits cost",
    points=3,
    difficulty=4,
    importance=3,
    minutes=30,
    returns="one number a direction, shape (directions,)",
    relation="at the best rate of each direction, minus the slope of variance exp(-2 rate) / (2 sigma^2) in the rate, "
    "where the loss counts max(floor, rate)",
    cases=floors,
    reference=lambda variances, sigma, floor: slope(variances, sigma, floor).clamp_max(1),
    oracle=price_by_search,
    wrong=(
        Wrong(
            "the price one, at the floor too",
            lambda variances, sigma, floor: torch.ones_like(variances),
            "one is the price above the floor. At the floor itself the slope of the maximum is anything from 0 to 1.",
        ),
        Wrong(
            "the rates for the prices",
            lambda variances, sigma, floor: (0.5 * (variances / sigma**2).log()).clamp_min(floor),
            "those are the best rates; the price is what the next nat saves at such a rate.",
        ),
        Wrong(
            "a whole nat, not the slope",
            lambda variances, sigma, floor: slope(variances, sigma, floor).clamp_max(1) * (1 - math.exp(-2)) / 2,
            "you let a whole nat pass: a price is the slope, what a very small part of a nat saves for its size.",
        ),
        Wrong(
            "nothing below the floor",
            lambda variances, sigma, floor: (slope(variances, sigma, floor) > 1).to(variances.dtype),
            "below the floor nats are free, so no direction stays there: it goes up to the floor, where the next "
            "nat still saves something.",
        ),
        Wrong(
            "beyond the floor no next nat that saves more than one",
            lambda variances, sigma, floor: slope(variances, sigma, floor),
            "a direction whose next nat saves more than one goes beyond the floor, until it saves exactly one.",
        ),
        Wrong(
            "e, not e squared, for each nat",
            lambda variances, sigma, floor: slope(variances, sigma, floor / 2).clamp_max(1),
            "each nat divides a direction's error by e squared, not by e.",
        ),
        Wrong(
            "the floor's nats are not counted",
            lambda variances, sigma, floor: slope(variances, sigma, 0.0).clamp_max(1),
            "that is the price at the best rate without a floor. The floor's worth of nats is already there.",
        ),
        Wrong(
            "sigma is not squared",
            lambda variances, sigma, floor: (slope(variances, sigma, floor) * sigma).clamp_max(1),
            "an error is measured in units of sigma squared.",
        ),
        Wrong(
            "the half of the likelihood twice",
            lambda variances, sigma, floor: (slope(variances, sigma, floor) / 2).clamp_max(1),
            "the derivative of exp(-2 rate) has a factor of two, which the half in front cancels.",
        ),
        Wrong(
            "at least one: a direction at its floor would buy more",
            lambda variances, sigma, floor: slope(variances, sigma, floor).clamp_min(1),
            "a direction at its floor saves less than one with its next nat, or it would buy it.",
        ),
    ),
    conditions=(
        at_least(0.0, "a nat never costs less than nothing"),
        at_most(1.0, "no direction stops where its next nat saves more than the one it costs"),
    ),
    symmetries=(
        Symmetry(
            "stay the same in other units of the pixels (variances times 4, sigma times 2)",
            lambda g: {"variances": 4 * g["variances"], "sigma": 2 * g["sigma"]},
        ),
        Symmetry(
            "follow where the directions come in another order",
            lambda g: {"variances": g["variances"].flip(0)},
            lambda g, v: v.flip(0),
        ),
    ),
    hints={
        "not started": "draw the loss of one direction over its rate: where is it flat, where has it a kink?",
        "exception": "variances is a tensor, sigma and floor are numbers.",
        "shape": "one price for each direction.",
        "not finite": "nothing is divided by but sigma squared.",
        "trap": "with a floor of zero there are no free bits: what do silent latents have for a price?",
        "different": "two kinds of direction: those that stop at the floor, and those that go beyond it.",
    },
    tolerance=1e-5,
)
