"""Disentanglement and completeness of a table of weights: a question of the chapter `metrics`."""

import math

import numpy as np
import scipy.stats
import torch
from torch import Tensor

from course_pkg.grading import Case, Question, Symmetry, Wrong
from course_pkg.questions.metrics.tables import disorder, seeded
from course_pkg.questions.shared import numbers


def weights_of(seed: int) -> tuple[Case, ...]:
    def draw(s: int, k: int, d: int) -> Tensor:
        return torch.rand(k, d, generator=seeded(s), dtype=torch.float64) ** 3

    def case(rung: str, weights: Tensor, told: str = "") -> Case:
        return Case(rung, {"weights": weights}, {"factors": len(weights), "latents": weights.shape[1]}, told)

    idle = draw(seed + 4, 3, 5)
    idle[:, 2] = 0
    return (
        case("hand", numbers([[3.0, 0.0, 1.0], [0.0, 2.0, 1.0]]), "weights with a row for each factor: {weights}"),
        case("random", draw(seed + 1, 4, 6)),
        case("random", draw(seed + 2, 5, 3)),
        case("oracle", draw(seed + 3, 3, 8)),
        case("trap", idle),
    )


def dci(
    weights: Tensor,
    weighed: bool = True,
    bases: tuple[bool, bool] = (True, True),
    squared: bool = False,
    base: float = 0.0,
    factors_weighed: bool = False,
    ratio: float = 1.0,
) -> dict[str, Tensor]:
    """D and C. weighed, factors_weighed: by their weight; bases: each in its own base; base: one for both;
    ratio: of the unit of the logarithms below to that above."""
    w = weights.square() if squared else weights
    k, d = w.shape
    of_latent, of_factor = w.sum(0), w.sum(1, keepdim=True)
    logs = [math.log(k if bases[0] else d), math.log(d if bases[1] else k)]
    logs = [v * ratio for v in ([base, base] if base else logs)]
    each = 1 - disorder(w / of_latent.clamp_min(1e-300), 0) / logs[0]
    share = of_latent / of_latent.sum() if weighed else torch.full_like(of_latent, 1 / d)
    importance = of_factor[:, 0] / of_factor.sum() if factors_weighed else torch.full_like(of_factor[:, 0], 1 / k)
    complete = 1 - disorder(w / of_factor, 1) / logs[1]
    return {"D": (each * share).sum(), "C": (complete * importance).sum()}


def dci_by_scipy(weights: Tensor) -> dict[str, float]:
    w = weights.numpy()
    used = w[:, w.sum(0) > 0]
    spread = scipy.stats.entropy(used, base=len(w), axis=0)
    of_factor = scipy.stats.entropy(w, base=w.shape[1], axis=1)
    return {"D": float(np.average(1 - spread, weights=used.sum(0))), "C": float(1 - of_factor.mean())}


def whole_table(weights: Tensor, both: bool = False) -> dict[str, Tensor]:
    """Each column's, or each row's too, entropy of shares of the whole table's weight, which do not sum to one."""
    shares = weights / weights.sum()
    each = 1 - disorder(shares, 0) / math.log(len(weights))
    complete = (1 - disorder(shares, 1) / math.log(weights.shape[1])).mean()
    return {"D": (each * shares.sum(0)).sum(), "C": complete if both else dci(weights)["C"]}


def exchanged(weights: Tensor) -> dict[str, Tensor]:
    found = dci(weights)
    return {"D": found["C"], "C": found["D"]}


DCI = Question(
    name="disentangled_and_complete",
    kind="implement",
    title="D and C of a table of weights",
    points=3,
    difficulty=3,
    importance=3,
    minutes=25,
    returns='{"D": one number, "C": one number}',
    relation="D: one less the entropy of a latent's weights over factors, in units of log K, latents counted by their "
    "weight. C: the same of a factor's weights over latents, in units of log d, factors counted alike",
    cases=weights_of,
    reference=dci,
    oracle=dci_by_scipy,
    wrong=(
        Wrong(
            "latents count alike",
            lambda weights: dci(weights, weighed=False),
            "D counts a latent by its share of all weights: one that nobody leans on must not matter.",
        ),
        Wrong(
            "D and C exchanged",
            exchanged,
            "D asks whether a latent serves one factor, so its entropy is over factors; C is the other way round.",
        ),
        Wrong(
            "entropies in nats",
            lambda weights: dci(weights, base=1.0),
            "divide the entropies by log K and by log d: spread evenly, both scores must be 0.",
        ),
        Wrong(
            "entropies in bits",
            lambda weights: dci(weights, base=math.log(2)),
            "entropies in bits are in units of log 2. Take log K and log d: spread evenly, both scores must be 0.",
        ),
        Wrong(
            "each in the other's unit",
            lambda weights: dci(weights, bases=(False, False)),
            "an entropy over factors is at most log K, one over latents at most log d. You divided by the other.",
        ),
        Wrong(
            "factors counted by their weight",
            lambda weights: dci(weights, factors_weighed=True),
            "C counts factors alike: a factor that is hard to predict, with small weights, matters as much.",
        ),
        Wrong(
            "squared weights",
            lambda weights: dci(weights, squared=True),
            "weights are sizes of coefficients, not squares. Squares make every mixture look cleaner.",
        ),
        Wrong(
            "an entropy in bits over a natural logarithm",
            lambda weights: dci(weights, ratio=math.log(2)),
            "your entropy is in bits and the log K below it natural: both in one unit, then the ratio has none.",
        ),
        Wrong(
            "all weights made shares of one table",
            whole_table,
            "a latent's weights are made shares by its own sum; you divided by the sum of the whole table.",
            (lambda weights: whole_table(weights, both=True),),
        ),
        Wrong(
            "the entropies themselves, not one less them",
            lambda weights: {name: 1 - v for name, v in dci(weights).items()},
            "an entropy is the disorder: the scores are one less it.",
        ),
    ),
    symmetries=(
        Symmetry("stay the same where all weights are doubled", lambda g: {"weights": 2 * g["weights"]}),
        Symmetry("stay the same where the latents come in another order", lambda g: {"weights": g["weights"].flip(1)}),
    ),
    hints={
        "not started": "divide each column by its sum, and take the entropy of each column; then the same with rows.",
        "exception": "weights has a row a factor and a column a latent.",
        "not finite": "0 log 0 is 0: torch.special.xlogy. A latent without any weight counts nothing.",
        "trap": "one latent has no weight at all.",
        "different": "of the hand case: the first two latents serve one factor each, the third both alike.",
    },
)
