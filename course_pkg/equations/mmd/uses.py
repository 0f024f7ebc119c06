"""MMD in a loss: equations of the chapter `mmd`."""

import math
from dataclasses import replace

import numpy as np
import scipy.stats
import torch
from torch import Tensor

from course_pkg.derivation.agreement import Estimate
from course_pkg.derivation.chain import Definition, Derivation, Step, Worlds, Wrong
from course_pkg.mmd import gaussian_mmd2
from course_pkg.worlds import Symbols, TabularWorld, kl

# InfoVAE ------------------------------------------------------------------------------------------

Priced = tuple[TabularWorld, float, float]


def priced(seed: int) -> Priced:
    """A table, alpha and lambda."""
    g = torch.Generator().manual_seed(seed)
    alpha, lam = (torch.rand(2, generator=g) * 3).tolist()
    return TabularWorld.random(seed), alpha, lam


def with_prices(w: Priced) -> Symbols:
    return replace(w[0].symbols(), numbers={r"\alpha": w[1], r"\lambda": w[2]})


def from_prior(w: TabularWorld) -> Tensor:
    """KL(q(z) || p(z))."""
    return kl(w.log_aggregate_posterior(), w.log_p_z)


def as_written(w: Priced, own: float | None = None) -> Tensor:
    world, alpha, lam = w
    return (1 - alpha) * world.rate() + (alpha + lam - 1 if own is None else own) * from_prior(world)


def image_by_image(w: Priced) -> Tensor:
    """The rate as a sum over images and codes."""
    world, alpha, lam = w
    p_x, q = world.log_p_x.exp(), world.log_q_z_given_x.exp()
    aggregate = (p_x[:, None] * q).sum(0)
    rate = (p_x[:, None] * q * (q.log() - world.log_p_z)).sum()
    return (1 - alpha) * rate + (alpha + lam - 1) * (aggregate * (aggregate.log() - world.log_p_z)).sum()


def in_parts(w: Priced, information: float, divergence: float) -> Tensor:
    return information * w[0].mutual_information() + divergence * from_prior(w[0])


KL_Q = "D_z"
DIVERGENCE = Definition(
    label="mmd-divergence",
    latex=r"D_z := D_{\mathrm{KL}}\left(q_\phi(z) \,\|\, p(z)\right)",
    symbol="D_z",
    meaning="how far all codes together are from the prior, in nats",
    judge=from_prior,
)
INFOVAE = Derivation(
    label="mmd-infovae",
    steps=(
        Step(
            rf"(1 - \alpha)\, R + (\alpha + \lambda - 1)\, {KL_Q}",
            as_written,
            "what InfoVAE pays beside the reconstruction",
            also={"image by image": image_by_image},
        ),
        Step(
            rf"(1 - \alpha)\left(I(x; z) + {KL_Q}\right) + (\alpha + \lambda - 1)\, {KL_Q}",
            lambda w: in_parts(w, 1 - w[1], 1 - w[1]) + in_parts(w, 0.0, w[1] + w[2] - 1),
            "the rate is the information, and how far all codes together are from the prior",
            wrong=(
                Wrong(
                    "the rate is how far the codes are from the prior",
                    rf"(1 - \alpha)\, {KL_Q} + (\alpha + \lambda - 1)\, {KL_Q}",
                    lambda w: in_parts(w, 0.0, w[2]),
                ),
            ),
        ),
        Step(
            rf"(1 - \alpha)\, I(x; z) + \lambda\, {KL_Q}",
            lambda w: in_parts(w, 1 - w[1], w[2]),
            "the prices of the divergence add up to lambda",
            wrong=(
                Wrong(
                    "alpha is the price of the information",
                    rf"\alpha\, I(x; z) + \lambda\, {KL_Q}",
                    lambda w: in_parts(w, w[1], w[2]),
                ),
                Wrong(
                    "lambda weighs what stands in the loss, so it stays alpha + lambda - 1",
                    rf"(1 - \alpha)\, I(x; z) + (\alpha + \lambda - 1)\, {KL_Q}",
                    lambda w: in_parts(w, 1 - w[1], w[1] + w[2] - 1),
                ),
            ),
        ),
    ),
    source="Zhao et al. (2017)",
    worlds=(Worlds("tables with two prices", priced, symbols=with_prices),),
    follows=("notation-rate", "notation-mutual-information", "mmd-divergence"),
)

PRICED = Worlds(
    "tables with a price, and an MMD",
    priced,
    symbols=lambda w: replace(
        w[0].symbols(),
        numbers={r"\lambda": w[1]},
        arrays={r"\mathrm{MMD}^2\left(q_\phi(z), p(z)\right)": ("", torch.tensor(w[2]))},
    ),
)

OBJECTIVE = Definition(
    label="mmd-vae",
    latex=r"\mathcal{L}_{\mathrm{MMD}} := \mathbb{E}_{p(x)} \mathbb{E}_{q_\phi(z \mid x)}"
    r"\left[\log p_\theta(x \mid z)\right] - \lambda\, \mathrm{MMD}^2\left(q_\phi(z), p(z)\right)",
    symbol=r"\mathcal{L}_{\mathrm{MMD}}",
    meaning="what MMD-VAE maximises: not one image's number, but that of the whole set",
    code="mmd.mmd_vae",
    source="Zhao et al. (2017)",
    judge=lambda w: w[0].log_p_x.exp() @ w[0].expected_log_likelihood() - w[1] * w[2],
    worlds=PRICED,
)

# Rotations ------------------------------------------------------------------------------------------

Turned = tuple[Tensor, Tensor, Tensor, float, int]


def turned(seed: int) -> Turned:
    """Mean (2,), covariance (2, 2), a rotation (2, 2), a width, a seed."""
    g = torch.Generator().manual_seed(seed)
    root, mean = torch.randn(2, 2, generator=g).double(), 1 + torch.rand(2, generator=g).double()
    t = 0.5 + torch.rand((), generator=g).item()
    turn = torch.tensor([[math.cos(t), -math.sin(t)], [math.sin(t), math.cos(t)]], dtype=torch.float64)
    return mean, root @ root.T / 2 + 0.1 * torch.eye(2, dtype=torch.float64), turn, 1 + t, seed


def to_the_prior(w: Turned, mean: Tensor, covariance: Tensor) -> Tensor:
    return gaussian_mmd2(w[3], mean, covariance, torch.zeros_like(mean), torch.eye(2, dtype=torch.float64))


def rotated(w: Turned) -> Tensor:
    """The kernel is 2 pi h^2 times a Gaussian density, so each mean is such a density at one point (scipy)."""
    m, c, o, h, _ = w
    turned_mean, turned_c, eye = o @ m, o @ c @ o.T, torch.eye(2, dtype=torch.float64)

    def mean(delta: Tensor, spread: Tensor) -> float:
        law = scipy.stats.multivariate_normal(np.zeros(2), (spread + h * h * eye).numpy())
        return 2 * math.pi * h * h * float(law.pdf(delta.numpy()))

    zero = torch.zeros_like(m)
    within = mean(zero, 2 * turned_c) + mean(zero, 2 * eye)
    return torch.tensor(within - 2 * mean(turned_mean, turned_c + eye), dtype=torch.float64)


def rotated_by_draws(w: Turned) -> Estimate:
    m, c, o, h, seed = w
    g = torch.Generator().manual_seed(seed)
    draw = lambda: torch.randn(20_000, 2, generator=g, dtype=torch.float64)
    code = lambda: (m + draw() @ torch.linalg.cholesky(c).T) @ o.T
    k = lambda r: (-r.square().sum(1) / (2 * h * h)).exp()
    return Estimate.of(k(code() - code()) + k(draw() - draw()) - 2 * k(code() - draw()))


ROTATED = r"\mathrm{MMD}^2\left(\mathcal{N}(O m, O S O^\top), \mathcal{N}(0, I)\right)"
ROTATION = Derivation(
    label="mmd-rotation",
    steps=(
        Step(ROTATED, rotated, "codes turned by a rotation O", also={"Monte Carlo": rotated_by_draws}),
        Step(
            r"\mathrm{MMD}^2\left(\mathcal{N}(m, S), \mathcal{N}(0, I)\right)",
            lambda w: to_the_prior(w, w[0], w[1]),
            "the kernel sees distances only, and the prior looks alike from everywhere",
            wrong=(
                Wrong(
                    "a rotation moves the mean and leaves the covariance",
                    r"\mathrm{MMD}^2\left(\mathcal{N}(O m, S), \mathcal{N}(0, I)\right)",
                    lambda w: to_the_prior(w, w[2] @ w[0], w[1]),
                ),
                Wrong(
                    "each latent is compared with its own prior, as if the codes had no covariances",
                    r"\mathrm{MMD}^2\left(\mathcal{N}(m, \mathrm{diag}\, S), \mathcal{N}(0, I)\right)",
                    lambda w: to_the_prior(w, w[0], w[1].diagonal().diag()),
                ),
            ),
        ),
    ),
    worlds=(Worlds("Gaussians of codes, turned", turned),),
    follows=("mmd-mmd",),
)
