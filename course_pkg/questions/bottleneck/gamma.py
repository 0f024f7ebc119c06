"""What a gamma that is too small holds instead of C: a question of the chapter `bottleneck`."""

import math
from collections.abc import Callable

import scipy.optimize
import torch
from torch import Tensor

from course_pkg.grading import Case, Condition, Question, Symmetry, Wrong
from course_pkg.questions.shared import level, numbers


def gamma_cases(seed: int) -> tuple[Case, ...]:
    def case(
        rung: str, variances: Tensor, sigma: float, gamma: float, capacity: float, told: str = "", counts: bool = True
    ) -> Case:
        arguments = {"variances": variances, "sigma": sigma, "gamma": gamma, "capacity": capacity}
        return Case(rung, arguments, {"directions": len(variances)}, told, counts)

    def draw(s: int, n: int) -> Tensor:
        g = torch.Generator().manual_seed(s)
        return 0.2 + 3 * torch.rand(n, generator=g, dtype=torch.float64) ** 2

    told = "variances {variances}, a width of {sigma}, gamma {gamma}, and a C of {capacity} nats"
    one, two, three, four = draw(seed + 1, 8), draw(seed + 2, 6), draw(seed + 3, 10), draw(seed + 4, 7)
    return (
        case("hand", numbers([8.0, 2.0, 0.5]), 0.5, 8.0, 0.5, told),
        case("random", one, 0.7, 1.3, 0.1 * float(spending(one, 1.3 * 0.49))),
        case("random", two, 0.6, 1.7, 0.3 + float(spending(two, 1.7 * 0.36))),
        case("oracle", three, 0.45, 2.1, 0.5 * float(spending(three, 2.1 * 0.2025))),
        case("trap", four, 0.5, 1.1 * float(four.max()) / 0.25, 0.0, counts=False),
        case("trap", 100 * four, 7.0, 0.9, 0.7 * float(spending(100 * four, 0.9 * 49))),
    )


def spending(variances: Tensor, price: Tensor | float) -> Tensor:
    """The nats that pay at a price, in squared units of a pixel: half the logarithm of each variance over it."""
    return 0.5 * (variances / price).clamp_min(1.0).log().sum()


def held(variances: Tensor, sigma: float, gamma: float, capacity: float) -> Tensor:
    return spending(variances, gamma * sigma**2).clamp_min(capacity)


def held_by_slope(variances: Tensor, sigma: float, gamma: float, capacity: float) -> float:
    """Above C a nat costs gamma and saves the level over sigma squared: go up until it no longer pays."""
    saves = lambda nats: float(level(variances, nats)) / sigma**2 - gamma
    if saves(capacity) <= 0:
        return capacity
    return float(scipy.optimize.brentq(saves, capacity, capacity + 200.0, xtol=1e-12))


def given(f: Callable) -> Callable:
    return lambda variances, sigma, gamma, capacity: f(variances, sigma, gamma, capacity)


HELD = Question(
    name="held_by_gamma",
    kind="implement",
    title="What does a small gamma hold?",
    points=3,
    difficulty=4,
    importance=3,
    minutes=25,
    returns="one number",
    relation="the total of nats at which reconstruction + gamma |KL - C| is least, each direction with its best share",
    cases=gamma_cases,
    reference=held,
    oracle=held_by_slope,
    wrong=(
        Wrong(
            "C held by any gamma",
            given(lambda v, s, g, c: c + 0 * v.sum()),
            "gamma holds C only if it is larger than what the next nat would save there.",
        ),
        Wrong(
            "a beta-VAE of beta = gamma, as if there were no C",
            given(lambda v, s, g, c: spending(v, g * s**2)),
            "that is a beta-VAE of beta = gamma. Below C a nat saves errors and penalty at once: nothing stays there.",
        ),
        Wrong(
            "a KL that ends below C",
            given(lambda v, s, g, c: spending(v, g * s**2).clamp_max(c)),
            "a penalty that is too weak is overrun, and nats help the reconstruction: the KL ends above C, not below.",
        ),
        Wrong(
            "the half is missing",
            given(lambda v, s, g, c: (2 * spending(v, g * s**2)).clamp_min(c)),
            "a direction of variance v that is left with the error D has half of log(v / D) nats.",
        ),
        Wrong(
            "sigma is not squared",
            given(lambda v, s, g, c: spending(v, g * s).clamp_min(c)),
            "a variance is compared with gamma times sigma squared.",
        ),
        Wrong(
            "an error in nats that is not divided by sigma squared",
            given(lambda v, s, g, c: spending(v, g).clamp_min(c)),
            "gamma is a price in nats; an error becomes nats only when it is divided by sigma squared.",
        ),
        Wrong(
            "negative nats",
            given(lambda v, s, g, c: (0.5 * (v / (g * s**2)).log().sum()).clamp_min(c)),
            "a direction whose variance is below the price has no nats, not a negative number of them.",
        ),
        Wrong(
            "C and the nats that pay, counted twice",
            given(lambda v, s, g, c: c + spending(v, g * s**2)),
            "the nats that pay at this price are counted from zero: those of C are among them.",
        ),
        Wrong(
            "1 + gamma: the ELBO's own rate above C too",
            given(lambda v, s, g, c: spending(v, (1 + g) * s**2).clamp_min(c)),
            "the KL stands inside the absolute value alone: above C a nat costs gamma, not 1 + gamma.",
        ),
        Wrong(
            "bits for nats",
            given(lambda v, s, g, c: (spending(v, g * s**2) / math.log(2)).clamp_min(c)),
            "that is in bits. This course counts in nats: the natural logarithm.",
        ),
    ),
    conditions=(
        Condition("the KL is not below C", lambda a, f: (a["capacity"] - f[""]).clamp_min(0)),
        Condition(
            "one more nat saves no more than gamma",
            lambda a, f: (level(a["variances"], float(f[""].clamp_min(0))) / a["sigma"] ** 2 - a["gamma"]).clamp_min(0),
        ),
    ),
    symmetries=(
        Symmetry(
            "stay the same in other units of the pixels (variances times 4, sigma times 2)",
            lambda g: {"variances": 4 * g["variances"], "sigma": 2 * g["sigma"]},
        ),
        Symmetry("follow where the directions come in another order", lambda g: {"variances": g["variances"].flip(0)}),
    ),
    hints={
        "not started": "stand at C, and ask what one more nat would save, and what it would cost.",
        "exception": "variances is a tensor, sigma, gamma and capacity are numbers.",
        "shape": "one number: the KL of all directions together.",
        "trap": "with a gamma beyond every direction's worth and C = 0, what is bought?",
        "condition": "above C a nat costs gamma, below it saves gamma: what does each direction buy at that price?",
        "different": "two cases: gamma is large enough to hold C, or nats pay beyond it. When does which hold?",
    },
)
