"""What a diagonal posterior sees: questions of the chapter `identifiability`."""

import math

import numpy as np
import torch
from torch import Tensor

from course_pkg.grading import Case, Question, Symmetry, Wrong
from course_pkg.questions.shared import at_least, bits, numbers

# A turn ----------------------------------------------------------------------------------------------------


def turns(seed: int) -> tuple[Case, ...]:
    case = lambda rung, first, second, angle, beta, told="": Case(
        rung, {"first": first, "second": second, "angle": angle, "beta": beta}, {}, told
    )
    g = torch.Generator().manual_seed(seed)
    u = torch.rand(6, generator=g, dtype=torch.float64).tolist()
    return (
        case("hand", 4.0, 1.0, math.pi / 4, 2.0, "variances {first} and {second}, {angle:turn}, beta {beta}"),
        case("random", 2 + u[0], 1.0, 0.3 + u[1] / 2, 0.5 + u[2]),
        case("oracle", 5.0, 1 + u[3], 1.0, 4.0),
        case("trap", 1.0, 3 + u[4], math.pi / 3, 1.0 + u[5]),
    )


def price(first: float, second: float, angle: float, beta: float) -> float:
    excess = (first - second) ** 2 / (4 * first * second) * math.sin(2 * angle) ** 2
    return beta / 2 * math.log1p(excess)


def of_twice_the_covariance(first: float, second: float, angle: float, beta: float) -> float:
    """By -log(1 - r^2), r twice as large; zero where that is no correlation."""
    squared = 4 * (1 - math.exp(-2 * price(first, second, angle, 1.0)))
    return -beta / 2 * math.log1p(-squared) if squared < 1 else 0.0


def by_correlation(first: float, second: float, angle: float, beta: float) -> float:
    """beta times the total correlation of a turned Gaussian."""
    Q = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    S = Q.T @ np.diag([first, second]) @ Q
    return -beta / 2 * math.log(1 - S[0, 1] ** 2 / (S[0, 0] * S[1, 1]))


TURNED = Question(
    name="price_of_a_turn",
    kind="derive",
    title="The total correlation that nobody wrote down",
    points=3,
    difficulty=3,
    importance=5,
    minutes=20,
    returns="one number, in nats an image",
    relation="beta times the total correlation of the images' coordinates along two axes turned by the angle",
    cases=turns,
    reference=price,
    oracle=by_correlation,
    wrong=(
        bits(price),
        Wrong(
            "beta forgotten",
            lambda first, second, angle, beta: price(first, second, angle, 1.0),
            "the gap is a divergence, and beta of the objective multiplies it: you have forgotten beta.",
        ),
        Wrong(
            "the half of a Gaussian's entropy missing",
            lambda first, second, angle, beta: 2 * price(first, second, angle, beta),
            "the entropy of a Gaussian has a half of a logarithm: half is missing.",
        ),
        Wrong(
            "the sine of the angle, not of twice the angle",
            lambda first, second, angle, beta: (
                beta / 2 * math.log1p((first - second) ** 2 / (4 * first * second) * math.sin(angle) ** 2)
            ),
            "the covariance of the turned coordinates has cos times sin: the sine of twice the angle.",
        ),
        Wrong(
            "the half of sin(2x) / 2 lost",
            lambda first, second, angle, beta: (
                beta / 2 * math.log1p((first - second) ** 2 / (first * second) * math.sin(2 * angle) ** 2)
            ),
            "cos x sin x is sin(2x) / 2: your covariance lacks that half.",
            (of_twice_the_covariance,),
        ),
        Wrong(
            "zero, as the rotation leaves the prior",
            lambda first, second, angle, beta: 0.0,
            "the prior is left as it is, by any rotation. The posterior of an image is not.",
        ),
        Wrong(
            "the squared correlation, without a logarithm",
            lambda first, second, angle, beta: beta / 2 * (1 - math.exp(-2 * price(first, second, angle, 1.0))),
            "that is the squared correlation; the total correlation of a Gaussian is a logarithm of it.",
        ),
        Wrong(
            "a turn by 45 degrees, whatever the angle",
            lambda first, second, angle, beta: price(first, second, math.pi / 4, beta),
            "log of arithmetic over geometric mean is the price at 45 degrees; here the angle is given.",
        ),
    ),
    conditions=(at_least(0.0, "a divergence is never negative"),),
    symmetries=(
        Symmetry(
            "stay the same in other units (both variances tripled)",
            lambda g: {"first": 3 * g["first"], "second": 3 * g["second"]},
        ),
    ),
    hints={
        "not started": "write the 2 by 2 covariance of the turned coordinates, then -(1/2) log(1 - r^2).",
        "exception": "first, second, angle and beta are numbers, the angle in radians.",
        "shape": "return one number.",
        "different": "at 45 degrees it must be beta times the log of the arithmetic over the geometric mean.",
    },
)

# The contrast ----------------------------------------------------------------------------------------------


def jacobians(seed: int) -> tuple[Case, ...]:
    def case(rung: str, W: Tensor, told: str = "") -> Case:
        return Case(rung, {"W": W}, {"rows": len(W), "columns": W.shape[1]}, told)

    g = torch.Generator().manual_seed(seed)
    draw = lambda n, d: torch.randn(n, d, generator=g, dtype=torch.float64)
    return (
        case("hand", numbers([[2.0, 1.0], [0.0, 1.0]]), "rows {W}"),
        case("random", draw(6, 3)),
        case("oracle", draw(5, 4)),
        case("trap", draw(3, 2) * numbers([1e-3, 1e3])),
    )


def contrast(W: Tensor) -> Tensor:
    return W.norm(dim=0).log().sum() - 0.5 * torch.logdet(W.mT @ W)


def by_volumes(W: Tensor) -> float:
    """The logarithm of the box over the volume, each column's height found by least squares on those before it."""
    A, total = W.numpy(), 0.0
    for j in range(A.shape[1]):
        rest = A[:, j]
        if j:
            rest = rest - A[:, :j] @ np.linalg.lstsq(A[:, :j], A[:, j], rcond=None)[0]
        total += math.log(np.linalg.norm(A[:, j]) / np.linalg.norm(rest))
    return total


CONTRAST = Question(
    name="columns_contrast",
    kind="implement",
    title="How far from right angles?",
    points=2,
    difficulty=2,
    importance=4,
    minutes=10,
    returns="one number, 0 or more",
    relation="C(W): the logarithms of the columns' lengths, added, less half the log determinant of W'W",
    cases=jacobians,
    reference=contrast,
    oracle=by_volumes,
    wrong=(
        bits(contrast),
        Wrong(
            "rows for columns",
            lambda W: W.norm(dim=1).log().sum() - 0.5 * torch.logdet(W.mT @ W),
            "latents are columns: take the lengths of columns, not of rows.",
        ),
        Wrong(
            "the whole log determinant, not half of it",
            lambda W: W.norm(dim=0).log().sum() - torch.logdet(W.mT @ W),
            "det W'W is a squared volume: half of its log determinant belongs here.",
        ),
        Wrong(
            "squared lengths",
            lambda W: W.square().sum(0).log().sum() - 0.5 * torch.logdet(W.mT @ W),
            "you took squared lengths: their logarithms are twice those of the lengths.",
        ),
        Wrong(
            "a mean over columns",
            lambda W: contrast(W) / W.shape[1],
            "each column adds its own: no mean over columns.",
        ),
        Wrong(
            "the sign turned round",
            lambda W: -contrast(W),
            "a box is larger than what it holds: lengths first, then the volume is taken off. Turn the sign round.",
        ),
        Wrong(
            "the cosine of the angle summed",
            lambda W: ((u := W / W.norm(dim=0)).mT @ u).triu(1).abs().sum(),
            "cosines of single angles do not add up to a volume: use the determinant.",
        ),
    ),
    conditions=(at_least(0.0, "Hadamard: a box is at least as large as what its edges span"),),
    symmetries=(
        Symmetry("stay the same where all columns are doubled", lambda g: {"W": 2 * g["W"]}),
        Symmetry(
            "stay the same where the first column alone is doubled",
            lambda g: {"W": torch.cat([2 * g["W"][:, :1], g["W"][:, 1:]], 1)},
        ),
        Symmetry("stay the same where the columns change places", lambda g: {"W": g["W"].flip(1)}),
    ),
    hints={
        "not started": "torch.logdet, and the norm of each column.",
        "not finite": "W'W is d by d. W W' is n by n, and where n is larger than d its determinant is zero.",
        "exception": "W is (n, d) with d of n or fewer.",
        "shape": "return one number for the matrix.",
        "trap": "the columns have very unlike lengths here; the contrast must not notice.",
        "different": "try it on columns at right angles: it must be 0.",
    },
)
