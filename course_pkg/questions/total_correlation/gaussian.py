"""The dual of a Gaussian: a question of the chapter `total_correlation`."""

import math

import torch
from torch import Tensor

from course_pkg.grading import Case, Question, Symmetry, Wrong
from course_pkg.questions.shared import at_least, bits, half_missing, normals, numbers
from course_pkg.total_correlation import gaussian_tc

# The dual of a Gaussian ---------------------------------------------------------------------------


def covariance_cases(seed: int) -> tuple[Case, ...]:
    def case(rung: str, covariance: Tensor, told: str = "", counts: bool = True) -> Case:
        return Case(rung, {"covariance": covariance}, {"latents": len(covariance)}, told, counts)

    def draw(s: int, d: int) -> Tensor:
        A = normals(s, 1, d, d)[0]
        return A @ A.mT + 0.3 * torch.eye(d, dtype=torch.float64)

    scale = torch.diag(numbers([1e-3, 1.0, 40.0, 1.0]))
    hand = numbers([[1, 0, 0], [0, 2, 1], [0, 1, 2]])
    return (
        case("hand", hand, "latents of covariance {covariance}"),
        case("random", draw(seed + 1, 4)),
        case("random", draw(seed + 2, 3).diagonal().diag(), counts=False),
        case("oracle", draw(seed + 3, 5)),
        case("trap", scale @ draw(seed + 4, 4) @ scale),
    )


def dual(covariance: Tensor) -> Tensor:
    return 0.5 * (torch.linalg.inv(covariance).diagonal().log().sum() + torch.logdet(covariance))


def dual_by_minors(covariance: Tensor) -> Tensor:
    """Entropies of a Gaussian without latent j, and of the whole: along its axes, as torch.distributions has them."""

    def entropy(kept: list[int]) -> Tensor:
        variances = torch.linalg.eigvalsh(covariance[kept][:, kept])
        return torch.distributions.Normal(0.0, variances.sqrt()).entropy().sum()

    d = len(covariance)
    without = [entropy([k for k in range(d) if k != j]) for j in range(d)]
    return torch.stack(without).sum() - (d - 1) * entropy(list(range(d)))


def leaving(covariance: Tensor, j: int) -> Tensor:
    """The covariance of all latents but one."""
    kept = [k for k in range(len(covariance)) if k != j]
    return covariance[kept][:, kept]


def in_pairs(covariance: Tensor) -> Tensor:
    """The mutual informations of all pairs, added."""
    width = covariance.diagonal().sqrt()
    squared = (covariance / torch.outer(width, width)).square()
    return -0.25 * torch.log1p(-squared.fill_diagonal_(0.0)).sum()


def dual_terms(given):
    covariance = given["covariance"]
    inverse = torch.linalg.inv(covariance).diagonal()
    return {
        "": {
            "half of the log determinant": 0.5 * torch.logdet(covariance),
            "half of the logarithms of the inverse's diagonal": 0.5 * inverse.log().sum(),
            "~half of the logarithms of the variances": 0.5 * covariance.diagonal().log().sum(),
        }
    }


DUAL = Question(
    name="gaussian_dual",
    kind="implement",
    title="The dual of a Gaussian",
    points=3,
    difficulty=3,
    importance=2,
    minutes=20,
    returns="one number",
    relation="the sum over j of H(z without j) less (d - 1) H(z), of a Gaussian with that covariance, in nats",
    cases=covariance_cases,
    reference=dual,
    oracle=dual_by_minors,
    wrong=(
        Wrong("TC for its dual", gaussian_tc, "that compares the variances with the determinant: TC, not its dual."),
        Wrong(
            "the sign",
            lambda covariance: -dual(covariance),
            "the sign is turned: no dual total correlation is negative.",
        ),
        half_missing(dual, "the entropy of a Gaussian has a 1/2 before the log determinant."),
        Wrong(
            "one over the variance for a diagonal entry",
            lambda covariance: 0.5 * (torch.logdet(covariance) - covariance.diagonal().log().sum()),
            "one over the variance is less than that diagonal entry of the inverse, which leaves out all the rest.",
        ),
        Wrong(
            "d times the whole entropy",
            lambda covariance: (
                dual(covariance) - 0.5 * (torch.logdet(covariance) + len(covariance) * (1 + math.log(2 * math.pi)))
            ),
            "the whole entropy comes off d - 1 times, not d times.",
            also=(lambda covariance: dual(covariance) - 0.5 * torch.logdet(covariance),),
        ),
        Wrong(
            "the whole entropy once",
            lambda covariance: (
                dual(covariance)
                + (len(covariance) - 2)
                * 0.5
                * (torch.logdet(covariance) + len(covariance) * (1 + math.log(2 * math.pi)))
            ),
            "the whole entropy comes off d - 1 times, not once.",
            also=(lambda covariance: dual(covariance) + 0.5 * (len(covariance) - 2) * torch.logdet(covariance),),
        ),
        Wrong(
            "the variances of each given the rest, upside down",
            lambda covariance: 0.5 * (torch.logdet(covariance) - torch.linalg.inv(covariance).diagonal().log().sum()),
            "a diagonal entry of the inverse is one over the variance given the rest: yours is upside down.",
        ),
        Wrong(
            "total correlations of all but one, added",
            lambda covariance: sum(gaussian_tc(leaving(covariance, j)) for j in range(len(covariance))),
            "you added total correlations, each of all but one latent. What is added are their entropies.",
        ),
        Wrong(
            "pairs of latents",
            in_pairs,
            "informations of pairs, added, miss what a latent shares with several together.",
        ),
        bits(dual),
    ),
    terms=dual_terms,
    conditions=(at_least(0.0, "a dual total correlation is never negative"),),
    symmetries=(
        Symmetry("stay the same in other units of a code", lambda g: {"covariance": 9 * g["covariance"]}),
        Symmetry(
            "stay the same where latents come in another order",
            lambda g: {"covariance": g["covariance"].flip(0).flip(1)},
        ),
    ),
    hints={
        "not started": "the entropy of d latents is half of log det + d (1 + log 2 pi); write it for d - 1 of them.",
        "exception": "torch.logdet and torch.linalg.inv take the covariance as it is.",
        "type": "return one number.",
        "shape": "add over latents: one number.",
        "hand": "the first latent is free; the other two have determinant 3 and precisions 2/3.",
        "trap": "units: one latent is a thousandth of the others. The answer must not care.",
        "different": "all constants cancel. What is left are determinants with one latent left out, and the whole one.",
    },
)
