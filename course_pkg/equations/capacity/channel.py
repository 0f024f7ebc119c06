"""A latent as a noisy channel, and a code that costs and says nothing: equations of the page `capacity`."""

import math

import numpy as np
import scipy.special
import scipy.stats
import torch
from torch import Tensor

from course_pkg.bottleneck import channel_capacity
from course_pkg.derivation.chain import Definition, Derivation, Step, Worlds
from course_pkg.worlds import Symbols

Message = tuple[Tensor, Tensor, Tensor]


def random_message(seed: int) -> Message:
    """Five means, how often each is sent, and the width of the noise of each, all of unit size."""
    g = torch.Generator().manual_seed(seed)
    means = torch.randn(5, generator=g, dtype=torch.float64)
    often = torch.rand(5, generator=g, dtype=torch.float64)
    return means, often / often.sum(), 0.2 + 0.6 * torch.rand(5, generator=g, dtype=torch.float64)


def gaussian_message(seed: int) -> Message:
    """Means that are Gaussian (a fine grid), one width, and just the power that the noise leaves of one."""
    width = 0.2 + 0.6 * torch.rand((), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    spread = (1 - width**2).sqrt()
    means = torch.linspace(-9, 9, 241, dtype=torch.float64)
    often = (-0.5 * means**2).softmax(0)
    return spread * means, often, width.expand_as(means)


def information(w: Message) -> Tensor:
    """Entropy of the codes less the mean entropy of their noise, the former by a sum over a fine grid."""
    means, often, width = (v.numpy() for v in w)
    z, dz = np.linspace(means.min() - 9 * width.max(), means.max() + 9 * width.max(), 8001, retstep=True)
    density = scipy.stats.norm.pdf(z[:, None], means, width) @ often
    entropy = scipy.special.entr(density).sum() * dz
    return torch.tensor(entropy - often @ scipy.stats.norm(0, width).entropy(), dtype=torch.float64)


def of_power(w: Message) -> Tensor:
    means, often, width = w
    power = (often * means**2).sum() - (often * means).sum() ** 2
    return 0.5 * ((power + (often * width**2).sum()).log() - (often * (width**2).log()).sum())


def copies(w: Message) -> Tensor:
    """The course's function on two posteriors whose means have the mean and the variance of the message.

    Their variances have the arithmetic and the geometric mean of those of the message.
    """
    means, often, width = w
    centre = (often * means).sum()
    spread = (often * (means - centre) ** 2).sum().sqrt()
    mu = torch.stack([centre - spread, centre + spread])[:, None]
    arithmetic, geometric = (often * width**2).sum(), (2 * often * width.log()).sum().exp()
    apart = (arithmetic**2 - geometric**2).clamp_min(0).sqrt()
    return channel_capacity(mu, torch.stack([arithmetic - apart, arithmetic + apart])[:, None].log()).squeeze()


def price(w: Message) -> Tensor:
    means, often, width = w
    q, p = torch.distributions.Normal(means, width), torch.distributions.Normal(0.0, 1.0)
    return (often * torch.distributions.kl_divergence(q, p)).sum()


CHANNEL = Derivation(
    label="capacity-channel",
    steps=(
        Step("I(x; z_j)", information, "one latent: the image moves its mean, and its width"),
        Step(
            r"\frac{1}{2} \log \frac{\mathrm{Var}[\mu_j] + \mathbb{E}[\sigma_j^2]}{\exp \mathbb{E}[\log \sigma_j^2]}",
            of_power,
            "codes of this variance have at most a Gaussian's entropy; the noise has that of its mean log width",
            relation=r"\le",
            tight=gaussian_message,
            also={"two means of that power": copies},
        ),
        Step(
            r"\mathbb{E}_{p(x)}\left[D_{\mathrm{KL}}\left(q_\phi(z_j \mid x) \,\|\, p(z_j)\right)\right]",
            price,
            "equal where the codes have mean zero and the prior's variance of one",
            relation=r"\le",
            tight=gaussian_message,
        ),
    ),
    source="Shannon (1948), theorem 17",
    worlds=(Worlds("messages of five means", random_message, 20, 1e-10),),
    follows=("capacity-rate-gap", "notation-kl"),
)


def capacity_in_nats(seed: int) -> Tensor:
    """From 0.1 to 25 nats."""
    return 0.1 + 24.9 * torch.rand((), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def empty_variance(C: Tensor) -> float:
    """The variance below one at which a mean of zero costs C nats."""
    return -scipy.special.lambertw(-math.exp(-1 - 2 * C.item())).real


def quadrature(C: Tensor) -> Tensor:
    q = scipy.stats.norm(0, math.sqrt(empty_variance(C)))
    nodes, weights = np.polynomial.hermite_e.hermegauss(20)  # exact: the integrand is a square
    z = q.std() * nodes
    return torch.tensor(
        (weights * (q.logpdf(z) - scipy.stats.norm.logpdf(z))).sum() / weights.sum(), dtype=torch.float64
    )


def by_torch(C: Tensor) -> Tensor:
    q = torch.distributions.Normal(torch.zeros_like(C), torch.tensor(empty_variance(C), dtype=C.dtype).sqrt())
    return torch.distributions.kl_divergence(q, torch.distributions.Normal(torch.zeros_like(C), torch.ones_like(C)))


EMPTY_WIDTH = Definition(
    label="capacity-empty-width",
    latex=r"\sigma_C^2 := -W\left(-e^{-1 - 2 C}\right)",
    symbol=r"\sigma_C^2",
    meaning="the variance below one at which a code of mean zero costs C nats; W is Lambert's function",
)
CAPACITIES = Worlds("capacities from 0.1 to 25 nats", capacity_in_nats, 10, symbols=lambda C: Symbols(numbers={"C": C}))
EMPTY = Derivation(
    label="capacity-empty",
    steps=(
        Step(
            r"D_{\mathrm{KL}}\left(\mathcal{N}(0, \sigma_C^2) \,\|\, \mathcal{N}(0, 1)\right)",
            quadrature,
            "the same code for every image, mean zero, and a width that nothing needs",
            also={"torch.distributions": by_torch},
        ),
        Step("C", lambda C: C, "it costs C nats and says none"),
    ),
    worlds=(CAPACITIES,),
    follows=("elbo-gaussian-kl", "capacity-empty-width", "notation-kl"),
)
