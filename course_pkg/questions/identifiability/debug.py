"""Pairs of images that share factors, averaged: a question of the chapter `identifiability`."""

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from course_pkg.grading import Case, Condition, Question, Wrong
from course_pkg.questions.shared import numbers

NAMES = ("mu", "log_var")


def pairs(seed: int) -> tuple[Case, ...]:
    def case(rung: str, mu: Tensor, log_var: Tensor, told: str = "") -> Case:
        return Case(rung, {"mu": mu, "log_var": log_var}, {"latents": mu.shape[1]}, told)

    g = torch.Generator().manual_seed(seed)
    draw = lambda *shape: torch.randn(shape, generator=g, dtype=torch.float64)
    # One divergence lies between half of the largest and the midpoint, another between the midpoint and the mean.
    apart = numbers([1.5, 3.0, -2.9, 2.8, -2.33, 2.5])
    return (
        case(
            "hand",
            numbers([[0.0, 1.0], [2.0, 1.0]]),
            numbers([[0.0, 0.0], [0.0, math.log(3)]]),
            "means {mu}, log variances {log_var}",
        ),
        case("random", draw(2, 5), draw(2, 5) - 1),
        case("oracle", draw(2, 3), 0.5 * draw(2, 3)),
        case("trap", torch.stack([t := draw(6), t + 0.1 * draw(6)]), 2 * draw(2, 6)),
        case("trap", torch.stack([m := draw(6), m + apart + 0.004 * draw(6)]), 0.004 * draw(2, 6)),
    )


def divergence(mu: Tensor, log_var: Tensor, first: int = 1) -> Tensor:
    """D_KL of one image's posterior from the other's, latent by latent."""
    a, b = first, 1 - first
    ratio = (log_var[a] - log_var[b]).exp()
    return 0.5 * (ratio + (mu[a] - mu[b]).square() / log_var[b].exp() - 1 - (log_var[a] - log_var[b]))


def _above_mean(delta: Tensor) -> Tensor:
    """1 for latents above the mean of the divergences, 0 for those below: their midpoint parts them."""
    return (delta >= delta.mean()).double()


def _from_half(delta: Tensor) -> Tensor:
    """The same for half of the largest divergence."""
    return (delta >= delta.amax() / 2).double()


def _from_median(delta: Tensor) -> Tensor:
    """The same for the middle one of the divergences, the lower of two."""
    return (delta >= delta.median()).double()


def unlike(given: Mapping[str, Tensor], found: Mapping[str, Tensor]) -> Tensor:
    """1 for latents that are made one and should not be, or the other way round."""
    made_one = (found["mu"][0] - found["mu"][1]).abs() < 1e-9
    delta = divergence(given["mu"], given["log_var"])
    return (made_one != (delta < (delta.amax() + delta.amin()) / 2)).double() * (given["mu"][0] != given["mu"][1])


def averaged(mu: Tensor, log_var: Tensor, delta: Tensor | None = None, below: bool = True, **other: Tensor) -> Tensor:
    delta = divergence(mu, log_var) if delta is None else delta
    middle = (delta.amax() + delta.amin()) / 2
    shared = delta < middle if below else delta >= middle
    mean = other.get("mean", mu.mean(0))
    width = other.get("width", log_var.exp().mean(0).log())
    return torch.stack([torch.where(shared, mean, mu), torch.where(shared, width, log_var)])


def mended(mu: Tensor, log_var: Tensor) -> dict[str, Tensor]:
    return dict(zip(NAMES, averaged(mu, log_var), strict=True))


def latent_by_latent(mu: Tensor, log_var: Tensor) -> dict[str, list[list[float]]]:
    """In plain numbers, with torch's own divergence."""
    normal = lambda i, j: torch.distributions.Normal(mu[i, j], log_var[i, j].exp().sqrt())
    d = mu.shape[1]
    delta = [torch.distributions.kl_divergence(normal(1, j), normal(0, j)).item() for j in range(d)]
    middle = min(delta) + (max(delta) - min(delta)) / 2
    out = {"mu": mu.tolist(), "log_var": log_var.tolist()}
    for j in range(d):
        if delta[j] < middle:
            for i in (0, 1):
                out["mu"][i][j] = sum(mu[:, j].tolist()) / 2
                out["log_var"][i][j] = math.log(sum(math.exp(v) for v in log_var[:, j].tolist()) / 2)
    return out


def named(**other):
    return lambda mu, log_var: dict(
        zip(NAMES, averaged(mu, log_var, **{k: f(mu, log_var) for k, f in other.items()}), strict=True)
    )


SHARED = Question(
    name="share",
    kind="debug",
    title="An average of one",
    points=3,
    difficulty=4,
    importance=4,
    minutes=30,
    returns="a dict: mu and log_var of both images after averaging, (2, d) each",
    relation="latents below the midpoint of the divergences have the mean of both means and of both variances",
    cases=pairs,
    reference=mended,
    oracle=latent_by_latent,
    wrong=(
        Wrong(
            "the second mean averaged with itself",
            named(mean=lambda mu, log_var: (mu[1] + mu[1]) / 2),
            "you average the second image's mean with itself: the first one is lost.",
        ),
        Wrong(
            "log variances averaged",
            named(width=lambda mu, log_var: log_var.mean(0)),
            "average the variances: the mean of their logarithms is the log of their geometric mean.",
        ),
        Wrong(
            "unlike latents averaged, those above the midpoint",
            lambda mu, log_var: dict(zip(NAMES, averaged(mu, log_var, below=False), strict=True)),
            "a latent that differs is one whose factor changed: average those below the midpoint, not above.",
        ),
        Wrong(
            "the divergence of the first from the second",
            named(delta=lambda mu, log_var: divergence(mu, log_var, 0)),
            "the divergence goes from the second image's posterior to the first's: here they are exchanged.",
        ),
        Wrong(
            "squared distances of means for divergences",
            named(delta=lambda mu, log_var: (mu[1] - mu[0]).square()),
            "a squared distance of means counts for more where the posterior is narrow: take the divergences.",
        ),
        Wrong(
            "all latents averaged",
            lambda mu, log_var: {
                "mu": mu.mean(0).expand_as(mu).clone(),
                "log_var": log_var.exp().mean(0).log().expand_as(log_var).clone(),
            },
            "not all latents: the two images would have one code.",
        ),
        Wrong(
            "the mean of the divergences for their midpoint",
            named(delta=lambda mu, log_var: _above_mean(divergence(mu, log_var))),
            "the bound is the midpoint of the largest and the smallest divergence; you took the mean of all.",
        ),
        Wrong(
            "a bound below the midpoint, such as half of the largest divergence",
            named(delta=lambda mu, log_var: _from_half(divergence(mu, log_var))),
            "your bound lies below the midpoint of largest and smallest divergence, as half of the largest does.",
        ),
        Wrong(
            "the median divergence for the midpoint",
            named(delta=lambda mu, log_var: _from_median(divergence(mu, log_var))),
            "the midpoint lies half way between the largest and the smallest divergence; you took the median of all.",
        ),
        Wrong(
            "nothing averaged",
            lambda mu, log_var: {"mu": mu.clone(), "log_var": log_var.clone()},
            "nothing is averaged: check which side of the midpoint is shared.",
        ),
        Wrong(
            "deviations averaged for variances",
            named(width=lambda mu, log_var: 2 * (log_var / 2).exp().mean(0).log()),
            "you averaged deviations: variances were asked for.",
        ),
    ),
    conditions=(Condition("just the latents below the midpoint of the divergences have one mean for both", unlike),),
    hints={
        "not started": "run the published lines on the case done by hand, and compare each entry.",
        "exception": "mu and log_var are (2, d): a row an image.",
        "type": "return a dict with mu and log_var.",
        "shape": "keep the axes of mu: (2, d).",
        "different": "print the divergences, the midpoint, the mask, then both averages.",
    },
)
