"""Priors other than a Gaussian: questions of the chapter `elbo`."""

import math

import scipy.integrate
import torch
from torch import Tensor

from course_pkg.elbo import gaussian_kl, gaussian_log_prob
from course_pkg.grading.draws import normals, numbers
from course_pkg.grading.question import Case, Question, Wrong

# Laplace ------------------------------------------------------------------------------------------

HALF_NORMAL = math.sqrt(2 / math.pi)


def laplace_cases(seed: int) -> tuple[Case, ...]:
    def case(rung: str, tensors: list[Tensor], *, told: str = "") -> Case:
        sizes = dict(zip(("images", "latents"), tensors[0].shape, strict=True))
        return Case(rung, dict(zip(("mu", "log_var"), tensors, strict=True)), sizes, told)

    far, wide = normals(seed + 3, 2, 4, 4)
    return (
        case("hand", [numbers([[0.0]]), numbers([[2 * math.log(2)]])], told="one latent, mean 0, width 2"),
        case("random", normals(seed + 1, 2, 3, 5)),
        case("oracle", normals(seed + 2, 2, 2, 3)),
        case("trap", [8 * far - 5, wide - 6]),
    )


def mean_absolute(mu: Tensor, log_var: Tensor) -> Tensor:
    """E|z|, the mean of a folded Gaussian."""
    sigma = (0.5 * log_var).exp()
    return sigma * HALF_NORMAL * (-0.5 * (mu / sigma) ** 2).exp() + mu * torch.erf(mu / sigma / math.sqrt(2))


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


KL_TO_LAPLACE = Question(
    name="kl_to_laplace",
    kind="implement",
    title="A prior with a peak",
    points=4,
    difficulty=4,
    importance=3,
    minutes=25,
    returns="one number an image, shape (images,)",
    relation="minus the entropy of q, plus log 2, plus the mean of |z| under q, summed over latents, in nats",
    cases=laplace_cases,
    reference=lambda mu, log_var: against_laplace(mu, log_var).sum(1),
    oracle=against_laplace_by_quadrature,
    wrong=(
        Wrong(
            "|mu| for the mean of |z|",
            lambda mu, log_var: against_laplace(mu, log_var, lambda m, v: m.abs()).sum(1),
            "the mean of |z| is larger than |mu|: around zero both sides count as positive.",
        ),
        Wrong(
            "the mean of |z| for mean zero",
            lambda mu, log_var: against_laplace(mu, log_var, lambda m, v: (0.5 * v).exp() * HALF_NORMAL).sum(1),
            "sigma sqrt(2 / pi) is the mean of |z| only where mu is zero.",
        ),
        Wrong(
            "log_var read as log sigma",
            lambda mu, log_var: against_laplace(mu, 2 * log_var).sum(1),
            "the argument is log sigma squared: sigma is exp(log_var / 2).",
        ),
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
        Wrong(
            "a mean over images",
            lambda mu, log_var: against_laplace(mu, log_var).sum(1).mean(),
            "return one number an image; the training loop averages over images.",
        ),
    ),
    hints={
        "exception": "mu and log_var have one shape, and every step works on each number alone until the sum.",
        "shape": "every latent has its own number; sum them over axis 1.",
        "not finite": "some posteriors lie many widths from zero; torch.erf is safe there.",
        "random": "split the mean of |z| at zero, or look up the mean of a folded Gaussian.",
        "trap": "some means are negative, and far from zero.",
        "different": "check the three parts one by one: entropy, log 2, mean of |z|.",
    },
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
    told = "z is 1, q of mean 0 and width 2, components at 1 and -1"
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

MIXTURE_RATE = Question(
    name="mixture_rate",
    kind="implement",
    title="A prior of many bumps, from one sample",
    points=3,
    difficulty=3,
    importance=4,
    minutes=20,
    returns="one number an image, shape (images,)",
    relation="log q(z|x) minus the logarithm of the mean of the components' densities at z",
    cases=mixture_cases,
    reference=right_rate,
    oracle=mixture_rate_by_torch,
    wrong=(
        Wrong(
            "the mean of the logarithms",
            mixture(lambda a: a.mean(1)),
            "you averaged log densities. The prior averages densities; its logarithm comes after, and is larger.",
        ),
        Wrong(
            "the weights 1/K are missing",
            mixture(lambda a: a.logsumexp(1)),
            "K densities, added, integrate to K. Each has the weight 1/K, so log K must be subtracted.",
        ),
        Wrong(
            "the nearest bump alone",
            mixture(lambda a: a.max(1).values - math.log(a.shape[1])),
            "you kept the largest component; the others have their share of the density too.",
        ),
        Wrong(
            "a product of the components",
            mixture(lambda a: a.sum(1)),
            "adding log densities multiplies the densities; a mixture adds them.",
        ),
        Wrong(
            "log_var read as log sigma",
            lambda z, mu, log_var, means: right_rate(z, mu, 2 * log_var, means),
            "the encoder gives log sigma squared: q's variance is exp(log_var).",
        ),
        Wrong(
            "the package's standard prior",
            lambda z, mu, log_var, means: right_rate(z, mu, log_var, torch.zeros_like(means)),
            "the means of the components do not enter your prior.",
        ),
        Wrong(
            "the sign",
            lambda **k: -right_rate(**k),
            "a rate is log q minus log p: what the code says that the prior did not.",
        ),
        Wrong(
            "a mean over latents",
            lambda z, mu, log_var, means: right_rate(z, mu, log_var, means) / z.shape[1],
            "log densities of independent latents add; nothing is divided by their number.",
        ),
        Wrong(
            "a mean over images",
            lambda **k: right_rate(**k).mean(),
            "return one number an image; the training loop averages over images.",
        ),
    ),
    hints={
        "shape": "z[:, None] has shape (images, 1, latents) and meets means (components, latents).",
        "exception": "z[:, None] has shape (images, 1, latents) and meets means (components, latents).",
        "not finite": "far from every bump each density is zero in float64; logsumexp works with the logarithms.",
        "different": "log q(z|x) first, then the K log densities, then logsumexp, then log K.",
    },
)
