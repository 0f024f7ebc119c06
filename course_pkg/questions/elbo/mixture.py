"""A prior of many bumps: a question of the chapter `elbo`."""

import math

import torch
from torch import Tensor

from course_pkg.elbo import gaussian_log_prob
from course_pkg.grading import Case, Question, Symmetry, Wrong
from course_pkg.questions.shared import (
    bits,
    images_averaged,
    log_sigma,
    mean_for_sum,
    negated,
    normals,
    numbers,
)

# A mixture, from one sample -----------------------------------------------------------------------


def mixture_cases(seed: int) -> tuple[Case, ...]:
    def case(rung: str, z: Tensor, mu: Tensor, log_var: Tensor, means: Tensor, *, told: str = "") -> Case:
        sizes = {"images": len(z), "latents": z.shape[1], "components": len(means)}
        return Case(rung, {"z": z, "mu": mu, "log_var": log_var, "means": means}, sizes, told)

    def draw(s: int, images: int, latents: int, components: int) -> list[Tensor]:
        return normals(s, 3, images, latents) + normals(s + 100, 1, components, latents)

    hand = [numbers([[1.0]]), numbers([[0.0]]), numbers([[2 * math.log(2)]]), numbers([[1.0], [-1.0]])]
    z, mu, log_var, means = draw(seed + 3, 4, 4, 3)
    told = "z is {z}, q of mean {mu} and width {log_var:width}, components at {means}"
    return (
        case("hand", *hand, told=told),
        case("random", *draw(seed + 1, 3, 5, 4)),
        case("oracle", *draw(seed + 2, 2, 3, 7)),
        case("trap", z + 60, mu + 60, log_var, means),
    )


def log_components(z: Tensor, means: Tensor) -> Tensor:
    """log N(z; m_k, I), shape (images, components)."""
    return gaussian_log_prob(z[:, None], means, torch.zeros_like(means))


def mixture(reduce, log_q=gaussian_log_prob):
    """An answer: log q minus what `reduce` makes of the components' log densities."""
    return lambda z, mu, log_var, means: log_q(z, mu, log_var) - reduce(log_components(z, means))


def log_mean(a: Tensor) -> Tensor:
    return a.logsumexp(1) - math.log(a.shape[1])


def mixture_rate_by_torch(z: Tensor, mu: Tensor, log_var: Tensor, means: Tensor) -> Tensor:
    D = torch.distributions
    weights = D.Categorical(torch.ones(len(means), dtype=z.dtype))
    prior = D.MixtureSameFamily(weights, D.Independent(D.Normal(means, torch.ones_like(means)), 1))
    return D.Independent(D.Normal(mu, (0.5 * log_var).exp()), 1).log_prob(z) - prior.log_prob(z)


right_rate = mixture(log_mean)


def mixture_terms(given):
    a = log_components(given["z"], given["means"])
    return {
        "": {
            "log q(z|x)": gaussian_log_prob(given["z"], given["mu"], given["log_var"]),
            "minus the logarithm of the sum of the components' densities": -a.logsumexp(1),
            "the log K of the weights": a.new_full((len(a),), math.log(a.shape[1])),
        }
    }


MIXTURE_RATE = Question(
    name="mixture_rate",
    kind="implement",
    title="A prior of many bumps, from one sample",
    points=3,
    difficulty=3,
    importance=4,
    minutes=30,
    returns="one number an image, shape (images,)",
    relation="log q(z|x) minus log p(z) at the sample z, p the mixture, summed over latents, in nats",
    cases=mixture_cases,
    reference=right_rate,
    oracle=mixture_rate_by_torch,
    wrong=(
        Wrong(
            "the mean of the log densities, not of the densities",
            mixture(lambda a: a.mean(1)),
            "you averaged log densities. The prior averages densities; its logarithm comes after, and is larger.",
        ),
        Wrong(
            "the weights 1/K are missing",
            mixture(lambda a: a.logsumexp(1)),
            "K densities, added, integrate to K. Each has the weight 1/K, so log K must be subtracted.",
        ),
        Wrong(
            "the largest component alone",
            mixture(lambda a: a.max(1).values - math.log(a.shape[1])),
            "you kept the largest component; the others have their share of the density too.",
        ),
        Wrong(
            "a product: log densities added",
            mixture(lambda a: a.sum(1)),
            "adding log densities multiplies the densities; a mixture adds them.",
        ),
        Wrong(
            "a mixture in each latent",
            lambda z, mu, log_var, means: (
                gaussian_log_prob(z, mu, log_var)
                - (log_mean(gaussian_log_prob(z[:, None, :, None], means[:, :, None], 0 * means[:, :, None]))).sum(1)
            ),
            "a component is one point in all latents: add over latents first; a mixture in each latent has K^d bumps.",
        ),
        log_sigma(right_rate, "log_var"),
        bits(right_rate),
        Wrong(
            "a prior without the components' means",
            lambda z, mu, log_var, means: right_rate(z, mu, log_var, torch.zeros_like(means)),
            "the means of the components do not enter your prior.",
        ),
        negated(right_rate, "the sign: a rate is log q minus log p, what the code says that the prior did not."),
        mean_for_sum(
            right_rate,
            "latents",
            lambda z, **rest: z.shape[1],
            "log densities of independent latents add; nothing is divided by their number.",
        ),
        images_averaged(right_rate),
    ),
    terms=mixture_terms,
    symmetries=(
        Symmetry(
            "stay the same where z, mu and all components move by one",
            lambda g: {n: g[n] + 1 for n in ("z", "mu", "means")},
        ),
    ),
    hints={
        "not started": "first log q(z|x) alone, one number an image; then the log density of z under one component.",
        "shape": "one number an image: add over latents, then over components inside the logarithm.",
        "exception": "z[:, None] has shape (images, 1, latents) and meets means (components, latents).",
        "not finite": "far from every bump each density is zero in float64; logsumexp works with the logarithms.",
        "different": "log q(z|x) first, then the K log densities, then logsumexp, then log K.",
    },
)
