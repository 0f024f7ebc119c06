"""A latent that is dead: a question of the chapter `total_correlation`."""

import math

import torch
from torch import Tensor

from course_pkg.grading import Case, Question, Symmetry, Wrong
from course_pkg.questions.shared import at_least, bits, half_missing, numbers
from course_pkg.total_correlation import gaussian_tc

NAMES = ("spread", "width", "eps")


def dead_cases(seed: int) -> tuple[Case, ...]:
    def case(rung: str, *values: float, told: str = "") -> Case:
        return Case(rung, dict(zip(NAMES, values, strict=True)), {"latents": 2}, told)

    draws = (0.2 + torch.rand(3, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)).tolist()
    return (
        case("hand", 3.0, 1.0, 1 / 3, told="spread {spread}, width {width}, eps {eps}"),
        case("random", *draws[0]),
        case("oracle", *draws[1]),
        case("trap", 5 * draws[2][0], 0.1 * draws[2][1], 2 * draws[2][2]),
    )


def squared_correlation(spread: float, width: float, eps: float, noise: float = 1.0) -> float:
    covariance = eps * spread**2
    return covariance**2 / ((spread**2 + width**2) * ((eps * spread) ** 2 + noise))


def from_rho(squared: float) -> float:
    return -0.5 * math.log1p(-squared)


def dead(spread: float, width: float, eps: float) -> float:
    return from_rho(squared_correlation(spread, width, eps))


def still(spread: float, width: float, eps: float) -> float:
    """The second variance without the part of its mean; NaN where that makes a correlation above one."""
    squared = (eps * spread**2) ** 2 / (spread**2 + width**2)
    return from_rho(squared) if squared < 1 else math.nan


def dead_by_matrix(spread: float, width: float, eps: float) -> Tensor:
    """From the 2 x 2 covariance of the samples, means and noise added."""
    mean = numbers([spread, eps * spread])
    return gaussian_tc(torch.outer(mean, mean) + torch.diag(numbers([width**2, 1.0])))


DEAD_LATENT = Question(
    name="tc_with_dead_latent",
    kind="derive",
    title="A latent that is not in use",
    points=2,
    difficulty=3,
    importance=3,
    minutes=20,
    returns="one number",
    relation="the Gaussian TC of codes z_1 ~ N(m, width^2), z_2 ~ N(eps m, 1), where m ~ N(0, spread^2) is the image's",
    cases=dead_cases,
    reference=dead,
    oracle=dead_by_matrix,
    wrong=(
        Wrong(
            "noise of the prior left out",
            lambda spread, width, eps: from_rho(squared_correlation(spread, width, eps, 0.0)),
            "the dead latent has the noise of the prior, width 1, which you left out.",
        ),
        Wrong(
            "a dead latent that stands still: its variance is 1",
            still,
            "the dead latent's variance is not 1 alone: its mean does not stand still, and adds (eps spread)^2.",
        ),
        Wrong(
            "one width for both",
            lambda spread, width, eps: from_rho(squared_correlation(spread, width, eps, width**2)),
            "you took one width for both latents; that of the second is 1.",
        ),
        Wrong(
            "the posterior of the first is a point",
            lambda spread, width, eps: from_rho(squared_correlation(spread, 0.0, eps)),
            "the first latent's posterior is no point: codes vary by its width too.",
        ),
        Wrong(
            "the noise of the first carried over",
            lambda spread, width, eps: from_rho(squared_correlation(math.hypot(spread, width), 0.0, eps)),
            "the mean of the second follows the mean of the first, not its code: the first latent's noise is not in "
            "the covariance.",
        ),
        Wrong(
            "a correlation for its square",
            lambda spread, width, eps: from_rho(math.sqrt(squared_correlation(spread, width, eps))),
            "TC of two Gaussian latents is -log(1 - rho^2) / 2, with the square.",
        ),
        half_missing(dead, "TC of two Gaussian latents is -log(1 - rho^2) / 2: the half is missing."),
        Wrong(
            "the covariance for the correlation",
            lambda spread, width, eps: 0.5 * math.log1p((eps * spread**2) ** 2),
            "divide the covariance by both standard deviations; and the logarithm is of 1 - rho^2.",
        ),
        Wrong(
            "the width for the variance",
            lambda spread, width, eps: from_rho(squared_correlation(spread, math.sqrt(width), eps)),
            "you added the width where its square, the variance, belongs.",
        ),
        Wrong(
            "eps not squared in the variance",
            lambda spread, width, eps: from_rho(
                (eps * spread**2) ** 2 / ((spread**2 + width**2) * (eps * spread**2 + 1))
            ),
            "the second mean is eps times the first, so its variance has eps squared.",
        ),
        Wrong(
            "zero, as at an eps of zero",
            lambda spread, width, eps: 0.0,
            "it is zero only at an eps of zero: as long as eps is not, a mean that follows tells of the first latent.",
        ),
        bits(dead),
    ),
    symmetries=(
        Symmetry(
            "stay the same in other units of the first latent (spread and width doubled, eps halved)",
            lambda g: {"spread": 2 * g["spread"], "width": 2 * g["width"], "eps": g["eps"] / 2},
        ),
    ),
    conditions=(at_least(0.0, "a total correlation is never negative"),),
    hints={
        "not started": "write the covariance of z_1 and z_2, then both variances: each is that of a mean plus noise.",
        "exception": "spread, width and eps are numbers: math.log will do.",
        "type": "return one number.",
        "shape": "return one number.",
        "hand": "variances 9 + 1 and 1 + 1, covariance 3: the squared correlation is 9/20.",
        "not finite": "without noise the squared correlation is 1, and the logarithm that of zero.",
        "different": "rho^2 = covariance^2 over the product of the variances, each with its noise.",
    },
)
