"""Priors other than a Gaussian: questions of the chapter `elbo`."""

import math

import scipy.integrate
import torch
from torch import Tensor

from course_pkg.elbo import gaussian_kl
from course_pkg.grading import Case, Question, Symmetry, Wrong
from course_pkg.questions.shared import (
    DIVERGENCE,
    bits,
    images_averaged,
    log_sigma,
    normals,
    numbers,
)

# Laplace ------------------------------------------------------------------------------------------

HALF_NORMAL = math.sqrt(2 / math.pi)


def laplace_cases(seed: int) -> tuple[Case, ...]:
    def case(rung: str, tensors: list[Tensor], *, told: str = "") -> Case:
        sizes = dict(zip(("images", "latents"), tensors[0].shape, strict=True))
        return Case(rung, dict(zip(("mu", "log_var"), tensors, strict=True)), sizes, told)

    far, wide = normals(seed + 3, 2, 4, 4)
    return (
        case(
            "hand",
            [numbers([[0.0]]), numbers([[2 * math.log(2)]])],
            told="one latent, mean {mu}, width {log_var:width}",
        ),
        case("random", normals(seed + 1, 2, 3, 5)),
        case("oracle", normals(seed + 2, 2, 2, 3)),
        case("trap", [8 * far - 5, wide - 6]),
    )


def mean_absolute(mu: Tensor, log_var: Tensor) -> Tensor:
    """E|z|, the mean of a folded Gaussian."""
    sigma = (0.5 * log_var).exp()
    return sigma * HALF_NORMAL * (-0.5 * (mu / sigma) ** 2).exp() + mu * torch.erf(mu / sigma / math.sqrt(2))


def erf_of_widths(mu: Tensor, log_var: Tensor) -> Tensor:
    widths = mu / (0.5 * log_var).exp()
    return mean_absolute(mu, log_var) + mu * (torch.erf(widths) - torch.erf(widths / math.sqrt(2)))


def against_laplace(mu: Tensor, log_var: Tensor, size=mean_absolute) -> Tensor:
    """Of each latent: minus the Gaussian's entropy, plus log 2, plus the mean of |z|."""
    return -0.5 * (math.log(2 * math.pi * math.e) + log_var) + math.log(2) + size(mu, log_var)


def against_laplace_by_quadrature(mu: Tensor, log_var: Tensor) -> Tensor:
    def one(m: float, v: float) -> float:
        s = math.exp(v / 2)

        def integrand(z: float) -> float:
            log_q = -0.5 * (math.log(2 * math.pi) + v + (z - m) ** 2 / s**2)
            return math.exp(log_q) * (log_q - (-math.log(2) - abs(z)))

        return scipy.integrate.quad(integrand, m - 12 * s, m + 12 * s, points=[0, m], limit=200)[0]

    pairs = zip(mu.flatten().tolist(), log_var.flatten().tolist(), strict=True)
    return numbers([one(*pair) for pair in pairs]).reshape(mu.shape).sum(1)


def right_laplace(mu: Tensor, log_var: Tensor) -> Tensor:
    return against_laplace(mu, log_var).sum(1)


def laplace_terms(given):
    mu, log_var = given["mu"], given["log_var"]
    added = {
        "minus half of log_var": -0.5 * log_var,
        "the constants of each latent, log 2 and minus half of log(2 pi e),": torch.full_like(
            mu, math.log(2) - 0.5 * math.log(2 * math.pi * math.e)
        ),
        "the mean of |z|": mean_absolute(mu, log_var),
    }
    return {"": {name: term.sum(1) for name, term in added.items()}}


KL_TO_LAPLACE = Question(
    name="kl_to_laplace",
    kind="implement",
    title="A prior with a peak",
    points=4,
    difficulty=4,
    importance=3,
    minutes=35,
    returns="one number an image, shape (images,)",
    relation="the mean of log q(z) - log p(z) over samples of q, p the Laplace prior, summed over latents, in nats",
    cases=laplace_cases,
    reference=right_laplace,
    oracle=against_laplace_by_quadrature,
    wrong=(
        Wrong(
            "|mu| for the mean of |z|",
            lambda mu, log_var: against_laplace(mu, log_var, lambda m, v: m.abs()).sum(1),
            "the mean of |z| is larger than |mu|: around zero both sides count as positive.",
        ),
        Wrong(
            "sigma sqrt(2 / pi) for the mean of |z|",
            lambda mu, log_var: against_laplace(mu, log_var, lambda m, v: (0.5 * v).exp() * HALF_NORMAL).sum(1),
            "sigma sqrt(2 / pi) is the mean of |z| only where mu is zero.",
        ),
        Wrong(
            "erf without the root of two",
            lambda mu, log_var: against_laplace(mu, log_var, erf_of_widths).sum(1),
            "erf is the integral of exp(-t^2), without a half: it takes mu over sigma and over the root of two.",
        ),
        log_sigma(right_laplace, "log_var"),
        bits(right_laplace),
        Wrong(
            "log 2 is missing",
            lambda mu, log_var: (against_laplace(mu, log_var) - math.log(2)).sum(1),
            "the Laplace density is exp(-|z|) divided by 2, in every latent.",
        ),
        Wrong(
            "the sign of the entropy",
            lambda mu, log_var: (against_laplace(mu, log_var) + math.log(2 * math.pi * math.e) + log_var).sum(1),
            "the mean of log q is minus the entropy: a narrow q must cost more.",
        ),
        Wrong(
            "a mean over latents",
            lambda mu, log_var: against_laplace(mu, log_var).mean(1),
            "you averaged over latents; independent latents add their nats.",
        ),
        Wrong(
            "the package's Gaussian prior",
            lambda mu, log_var: gaussian_kl(mu, log_var).sum(1),
            "that is the divergence from a standard normal; the prior here has density exp(-|z|) / 2.",
        ),
        images_averaged(right_laplace),
    ),
    conditions=(DIVERGENCE,),
    terms=laplace_terms,
    symmetries=(Symmetry("stay the same where the means change their sign", lambda g: {"mu": -g["mu"]}),),
    hints={
        "not started": "the mean of log q you know. What is left is the mean of -log p, and in it that of |z|.",
        "exception": "mu and log_var have one shape, and every step works on each number alone until the sum.",
        "shape": "every latent has its own number; sum them over axis 1.",
        "not finite": "some posteriors lie many widths from zero; torch.erf is safe there.",
        "random": "split the mean of |z| at zero, or look up the mean of a folded Gaussian.",
        "trap": "some means are negative, and far from zero.",
        "different": "check the three parts one by one: entropy, log 2, mean of |z|.",
    },
)
