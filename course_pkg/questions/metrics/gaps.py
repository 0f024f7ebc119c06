"""The best latent less the second best: a question of the chapter `metrics`."""

import numpy as np
import scipy.stats
import torch
from torch import Tensor

from course_pkg.grading import Case, Question, Symmetry, Wrong
from course_pkg.questions.metrics.tables import grid, mixtures
from course_pkg.questions.shared import at_least, at_most, numbers


def for_sap(seed: int) -> tuple[Case, ...]:
    def case(rung: str, given: dict[str, Tensor], told: str = "") -> Case:
        (images, latents), factors = given["codes"].shape, given["factors"].shape[1]
        sizes = {"images": images, "latents": latents, "factors": factors}
        return Case(rung, given, sizes, told)

    hand = {"codes": numbers([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 2.0]]), "factors": grid(2, 2)}
    told = "the codes {codes} with the factors {factors}, a row an image"
    dead = mixtures(seed + 4, (3, 5), 3, 50)
    dead["codes"][:, 2] = -1.5
    return (
        case("hand", hand, told),
        case("random", mixtures(seed + 1, (3, 4), 4, 80)),
        case("random", mixtures(seed + 2, (2, 6, 3), 5, 120)),
        case("oracle", mixtures(seed + 3, (4, 4, 5), 3, 100)),
        case("trap", dead),
    )


def correlations(codes: Tensor, factors: Tensor) -> Tensor:
    """(K, d), 0 where a latent is constant."""
    f, z = (part.double() - part.double().mean(0) for part in (factors, codes))
    scale = f.norm(dim=0)[:, None] * z.norm(dim=0)
    return torch.where(scale > 1e-9 * codes.abs().max(), (f.T @ z) / scale.clamp_min(1e-300), 0.0)


def sap_by_regression(codes: Tensor, factors: Tensor) -> float:
    """R squared of scipy's lines, one latent at a time."""
    gaps = []
    for f in factors.T.numpy():
        found = [scipy.stats.linregress(z, f).rvalue ** 2 if np.ptp(z) > 0 else 0.0 for z in codes.T.numpy()]
        second, best = sorted(found)[-2:]
        gaps.append(best - second)
    return float(np.mean(gaps))


def gap(table: Tensor) -> Tensor:
    best = table.topk(2, dim=1).values
    return best[:, 0] - best[:, 1]


def best_less_others(table: Tensor) -> Tensor:
    best = table.amax(1)
    return best - (table.sum(1) - best) / (table.shape[1] - 1)


def by_correlations(f):
    return lambda codes, factors: f(correlations(codes, factors))


SAP = Question(
    name="separated_predictability",
    kind="implement",
    title="The best latent less the second best",
    points=2,
    difficulty=2,
    importance=3,
    minutes=15,
    returns="one number",
    relation="SAP: the squared correlation of a factor with its best latent less that with the second best, averaged "
    "over "
    "factors; a constant latent correlates with nothing",
    cases=for_sap,
    reference=by_correlations(lambda r: gap(r.square()).mean()),
    oracle=sap_by_regression,
    wrong=(
        Wrong(
            "correlations not squared",
            by_correlations(lambda r: gap(r.abs()).mean()),
            "the gap is between squared correlations, the shares of variance that a line explains.",
        ),
        Wrong(
            "not squared, and sorted with the sign",
            by_correlations(lambda r: gap(r).mean()),
            "a latent that falls with a factor tells it as well as one that rises: square before you sort.",
        ),
        Wrong(
            "best less worst",
            by_correlations(lambda r: (r.square().amax(1) - r.square().amin(1)).mean()),
            "the second best latent is what the best one is compared with, not the worst.",
        ),
        Wrong(
            "how well the best predicts",
            by_correlations(lambda r: r.square().amax(1).mean()),
            "that is how well the best latent predicts. A representation in which two latents do it alike must get 0.",
        ),
        Wrong(
            "the gap along the factors",
            by_correlations(lambda r: gap(r.square().T).mean()),
            "that is the gap of each latent between its factors, which is modularity. SAP compares latents.",
        ),
        Wrong(
            "best less mean",
            by_correlations(lambda r: (r.square().amax(1) - r.square().mean(1)).mean()),
            "the best latent is compared with the second best, not with the average latent.",
        ),
        Wrong(
            "added over factors",
            by_correlations(lambda r: gap(r.square()).sum()),
            "average over factors: with more of them the score must not grow.",
        ),
        Wrong(
            "the largest gap, no average",
            by_correlations(lambda r: gap(r.square()).max()),
            "every factor counts: average the gaps, so that a factor which nobody holds lowers the score.",
        ),
        Wrong(
            "best less the mean of the others",
            by_correlations(lambda r: best_less_others(r.square()).mean()),
            "the best is compared with the second best alone, not with the mean of all others.",
        ),
        Wrong(
            "one best latent for all factors",
            by_correlations(lambda r: gap(r.square().mean(0, keepdim=True)).mean()),
            "the best latent is another one for each factor: take the gap first, the average over factors then.",
        ),
        Wrong(
            "a gap relative to the best",
            by_correlations(lambda r: (gap(r.square()) / r.square().amax(1)).mean()),
            "SAP is a plain difference; relative to the best, a factor that nobody holds may score well.",
        ),
        Wrong(
            "the square of a difference",
            by_correlations(lambda r: gap(r.abs()).square().mean()),
            "a difference of squares is asked for: you took the square of a difference of correlations.",
        ),
    ),
    conditions=(at_least(0.0, "a gap is not negative"), at_most(1.0, "a gap is at most one")),
    symmetries=(
        Symmetry("stay the same where the latents are mirrored", lambda g: {"codes": -g["codes"]}),
        Symmetry("stay the same where settings are counted from 10 on", lambda g: {"factors": g["factors"] + 10}),
    ),
    hints={
        "not started": "subtract means from both tables; their product over the two norms is the table of "
        "correlations.",
        "exception": "factors are whole numbers: factors.double() before you subtract a mean.",
        "shape": "one number: the mean over factors. topk(2, dim=1) of the table gives each factor its two best "
        "latents.",
        "not finite": "a constant latent has the norm zero. Put zero in its place.",
        "trap": "one of the latents is constant.",
        "different": "print the table of squared correlations: no entry is above one.",
    },
)
