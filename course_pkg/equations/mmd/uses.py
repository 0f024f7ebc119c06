"""MMD in a loss, and against independence: equations of the chapter `mmd`."""

import itertools
import math

import numpy as np
import scipy.stats
import torch
from torch import Tensor

from course_pkg.derivation.agreement import Estimate
from course_pkg.derivation.chain import Definition, Derivation, Step, Worlds, Wrong
from course_pkg.mmd import gaussian_mmd2, hsic, rbf
from course_pkg.worlds import TabularWorld, kl

# InfoVAE ------------------------------------------------------------------------------------------

Priced = tuple[TabularWorld, float, float]


def priced(seed: int) -> Priced:
    """A table, alpha and lambda."""
    g = torch.Generator().manual_seed(seed)
    alpha, lam = (torch.rand(2, generator=g) * 3).tolist()
    return TabularWorld.random(seed), alpha, lam


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


KL_Q = r"D_{\mathrm{KL}}\left(q_\phi(z) \,\|\, p(z)\right)"
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
    worlds=(Worlds("tables with two prices", priced),),
    follows=("notation-rate", "notation-mutual-information", "notation-aggregate-posterior", "notation-kl"),
)

OBJECTIVE = Definition(
    label="mmd-vae",
    latex=r"\mathcal{L}_{\mathrm{MMD}} := \mathbb{E}_{p(x)} \mathbb{E}_{q_\phi(z \mid x)}"
    r"\left[\log p_\theta(x \mid z)\right] - \lambda\, \mathrm{MMD}^2\left(q_\phi(z), p(z)\right)",
    symbol=r"\mathcal{L}_{\mathrm{MMD}}",
    meaning="what MMD-VAE maximises: not one image's number, but that of the whole set",
    code="mmd.mmd_vae",
    source="Zhao et al. (2017)",
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

# Independence ---------------------------------------------------------------------------------------

HSIC = Definition(
    label="mmd-hsic",
    latex=r"\mathrm{HSIC}(x, y) := \mathrm{MMD}^2\left(p(x, y), p(x)\, p(y)\right)",
    symbol=r"\mathrm{HSIC}(x, y)",
    meaning="Hilbert-Schmidt independence criterion: MMD squared from independence; its kernel is k(x, x') l(y, y')",
    code="mmd.hsic",
    source="Gretton et al. (2005)",
)
Joint = tuple[Tensor, Tensor, Tensor]


def joint(seed: int) -> Joint:
    """Three points x, four points y on lines, and how often each pair occurs (3, 4), in whole numbers."""
    g = torch.Generator().manual_seed(seed)
    x, y = torch.randn(3, generator=g, dtype=torch.float64), torch.randn(4, generator=g, dtype=torch.float64)
    return x, y, torch.randint(1, 6, (3, 4), generator=g).double()


def tables(w: Joint) -> tuple[Tensor, Tensor, Tensor]:
    k = lambda s: rbf(1.0)(s[:, None], s[:, None])
    return k(w[0]), k(w[1]), w[2] / w[2].sum()


def pairs_and_products(w: Joint) -> Tensor:
    """One quadratic form over all twelve pairs: the joint law less the product of its marginals."""
    k, l, p = tables(w)
    weights = (p - p.sum(1)[:, None] * p.sum(0)).flatten()
    return weights @ torch.from_numpy(np.kron(k.numpy(), l.numpy())) @ weights


def of_a_sample(w: Joint) -> Tensor:
    """The pairs written out as often as they occur: then the law is a sample."""
    rows = [(a, b) for i, j in itertools.product(range(3), range(4)) for a, b in [(w[0][i], w[1][j])] * int(w[2][i, j])]
    x, y = (torch.stack(side)[:, None] for side in zip(*rows, strict=True))
    bell = lambda a, b: (-0.5 * (a - b.T).square()).exp()
    return hsic((bell, bell), x, y)


def three_means(w: Joint, cross: float = -2.0, product: float = 1.0) -> Tensor:
    k, l, p = tables(w)
    a, b = p.sum(1), p.sum(0)
    together = torch.einsum("ij,ik,jl,kl->", p, k, l, p)
    return together + product * (a @ k @ a) * (b @ l @ b) + cross * torch.einsum("ij,i,j->", p, k @ a, l @ b)


BOTH = r"\mathbb{E}\left[k(x, x')\, l(y, y')\right]"
APART = r"\mathbb{E}\left[k(x, x')\right] \mathbb{E}\left[l(y, y')\right]"
MIXED = r"\mathbb{E}_{x, y}\left[\mathbb{E}_{x'}\left[k(x, x')\right] \mathbb{E}_{y'}\left[l(y, y')\right]\right]"
HSIC_MEANS = Derivation(
    label="mmd-hsic-means",
    steps=(
        Step(r"\mathrm{HSIC}(x, y)", pairs_and_products, "definition", also={"as a sample": of_a_sample}),
        Step(
            rf"{BOTH} + {APART} - 2\, {MIXED}",
            three_means,
            "the kernel trick; under independence the mean of a product is the product of the means",
            wrong=(
                Wrong(
                    "a covariance of kernels: the mean of the product less the product of the means",
                    rf"{BOTH} - {APART}",
                    lambda w: three_means(w, 0.0, -1.0),
                ),
                Wrong(
                    "the cross term counts once",
                    rf"{BOTH} + {APART} - {MIXED}",
                    lambda w: three_means(w, -1.0),
                ),
            ),
        ),
    ),
    source="Gretton et al. (2005), lemma 1",
    worlds=(Worlds("laws of pairs of points", joint),),
    follows=("mmd-hsic", "mmd-kernel-trick"),
)
