"""Correlated factors: questions of the chapter `identifiability`."""

import math

import numpy as np
import torch

from course_pkg.grading import Case, Question, Symmetry, Wrong
from course_pkg.questions.shared import at_least, bits


def correlations(seed: int) -> tuple[Case, ...]:
    case = lambda rung, rho, v, beta, told="": Case(rung, {"rho": rho, "v": v, "beta": beta}, {}, told)
    u = torch.rand(5, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).tolist()
    return (
        case("hand", 0.6, 1.0, 2.0, "a correlation of {rho}, equal variances, beta {beta}"),
        case("random", 0.3 + 0.3 * u[0], 1 + u[1], 1 + u[2]),
        case("oracle", -0.5, 2.0, 4.0),
        case("trap", 0.9 + 0.09 * u[3], 3.0 + u[4], 6.0),
    )


def truth(rho: float, v: float, beta: float) -> float:
    return -beta / 2 * math.log1p(-rho * rho)


def by_means(rho: float, v: float, beta: float) -> float:
    """beta log AM/GM for equal variances; for others the same, in units of the factors."""
    values = np.linalg.eigvalsh(np.array([[1.0, rho], [rho, 1.0]]))
    return beta * (math.log(values.mean()) - np.log(values).mean())


TRUTH = Question(
    name="price_of_truth",
    kind="derive",
    title="What the true axes cost",
    points=2,
    difficulty=3,
    importance=5,
    minutes=15,
    returns="one number, in nats an image",
    relation="what latents that are the factors cost more than the best axes, two factors at right angles",
    cases=correlations,
    reference=truth,
    oracle=by_means,
    wrong=(
        bits(truth),
        Wrong(
            "the half missing",
            lambda rho, v, beta: 2 * truth(rho, v, beta),
            "the total correlation of a Gaussian pair has a half in front, which is missing.",
        ),
        Wrong(
            "no price of beta",
            lambda rho, v, beta: truth(rho, v, 1.0),
            "every nat that the posterior misses costs beta: your price has no beta.",
        ),
        Wrong(
            "a negative price",
            lambda rho, v, beta: -truth(rho, v, beta),
            "log(1 - rho^2) is negative, and a price is not: the sign is missing.",
        ),
        Wrong(
            "rho for its square",
            lambda rho, v, beta: -beta / 2 * math.log1p(-abs(rho)),
            "it is 1 - rho^2: the square of rho, whose sign cannot matter.",
        ),
        Wrong(
            "the covariance for the correlation",
            lambda rho, v, beta: beta / 2 * math.log1p(rho * rho * v),
            "variances cancel in the price: rho is the correlation, not the covariance.",
        ),
        Wrong(
            "to the first order, rho^2 / 2",
            lambda rho, v, beta: beta / 2 * rho * rho,
            "rho^2 / 2 is right to the first order only: near 1 the logarithm grows without bound.",
        ),
        Wrong(
            "nothing, since these are the true factors",
            lambda rho, v, beta: 0.0,
            "the objective does not know which factors are true. Independent latents cannot follow their posterior.",
        ),
    ),
    conditions=(at_least(0.0, "no axes are better than the best"),),
    symmetries=(
        Symmetry("stay the same where the correlation changes its sign", lambda g: {"rho": -g["rho"]}),
        Symmetry("stay the same where v doubles", lambda g: {"v": 2 * g["v"]}),
    ),
    hints={
        "not started": "the price of axes is beta times the images' total correlation along them. Which is it here?",
        "exception": "rho, v and beta are numbers.",
        "shape": "return one number.",
        "trap": "the correlation is nearly 1: the price is far from rho squared over two.",
        "different": "along the factors the images have two variances and a covariance: which determinant is that?",
    },
)

# The best turn ---------------------------------------------------------------------------------------------


def pairs(seed: int) -> tuple[Case, ...]:
    case = lambda rung, rho, v, told="", counts=True: Case(rung, {"rho": rho, "v": v}, {}, told, counts)
    u = torch.rand(4, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).tolist()
    return (
        case("hand", 0.3, 1.0, "a correlation of {rho}, and a ratio of variances of {v}"),
        case("random", 0.2 + 0.5 * u[0], 1.2 + u[1]),
        case("oracle", 0.2, 2.0 + u[2]),
        case("trap", 0.1 + 0.2 * u[3], 0.5),
    )


def degrees_of(rho: float, v: float) -> float:
    return math.degrees(0.5 * math.atan2(2 * rho * math.sqrt(v), v - 1))


def by_vectors(rho: float, v: float) -> float:
    off = rho * math.sqrt(v)
    x, y = np.linalg.eigh(np.array([[v, off], [off, 1.0]]))[1][:, 1]
    return math.degrees(math.atan2(y, x)) % 180.0


BEST_TURN = Question(
    name="degrees_off",
    kind="experiment",
    title="How far off are the best axes?",
    points=2,
    difficulty=3,
    importance=4,
    minutes=15,
    returns="degrees, from 0 to 90 for a positive correlation",
    relation="the angle of the images' first principal axis from the factor with variance v (the other has 1)",
    cases=pairs,
    reference=degrees_of,
    oracle=by_vectors,
    wrong=(
        Wrong(
            "an arctangent of one quotient, wrong where v is below 1",
            lambda rho, v: 45.0 if v == 1 else math.degrees(0.5 * math.atan(2 * rho * math.sqrt(v) / (v - 1))),
            "where v is below 1 the arctangent of the quotient picks the smaller axis: use atan2.",
        ),
        Wrong(
            "not halved",
            lambda rho, v: 2 * degrees_of(rho, v),
            "that is twice the angle: the formula gives the tangent of 2 omega, to be halved.",
        ),
        Wrong(
            "radians",
            lambda rho, v: math.radians(degrees_of(rho, v)),
            "degrees were asked for, these are radians.",
        ),
        Wrong(
            "v without its square root",
            lambda rho, v: math.degrees(0.5 * math.atan2(2 * rho * v, v - 1)),
            "the covariance is rho times both deviations: the square root of v.",
        ),
        Wrong(
            "zero, the factor's own axis",
            lambda rho, v: 0.0,
            "the factor's own axis is best only without any correlation.",
        ),
        Wrong(
            "45 degrees at every ratio",
            lambda rho, v: 45.0,
            "45 degrees at equal variances alone. A larger ratio holds the axis closer to the stronger factor.",
        ),
        Wrong(
            "measured from the other factor",
            lambda rho, v: 90.0 - degrees_of(rho, v),
            "you measured from the other factor: v belongs to the first.",
        ),
        Wrong(
            "in proportion to the correlation",
            lambda rho, v: 45.0 * rho,
            "it is not in proportion: at equal variances any correlation at all turns by 45 degrees.",
        ),
    ),
    conditions=(at_least(0.0, "an angle from 0 on"),),
    symmetries=(
        Symmetry(
            "become 90 less itself where the two factors change places",
            lambda g: {"v": 1 / g["v"]},
            lambda given, value: 90 - value,
        ),
    ),
    hints={
        "not started": "write the covariance of the two factors, and predict first: what happens at v = 1?",
        "exception": "rho and v are numbers.",
        "shape": "return one number.",
        "trap": "here v is below 1: the other factor is the stronger one.",
        "different": "at v = 1 the answer is 45 for every positive rho.",
    },
)
