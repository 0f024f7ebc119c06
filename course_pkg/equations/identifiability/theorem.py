"""Maps that keep the prior and mix what it is the prior of: equations of the chapter `identifiability`."""

import math
from typing import NamedTuple

import numpy as np
import scipy.stats
import torch
from torch import Tensor

from course_pkg.derivation.agreement import Estimate
from course_pkg.derivation.chain import Definition, Derivation, Step, Worlds
from course_pkg.identifiability import turned_uniform
from course_pkg.worlds import LinearGaussianWorld, Symbols

MAP = Definition(
    label="identifiability-map",
    latex=r"m(u) := \Phi\left(Q\, \Phi^{-1}(u)\right)",
    symbol=r"m(u)",
    meaning="uniform factors made normal one by one, turned, and made uniform again",
    code="identifiability.turned_uniform",
    source="Locatello et al. (2019), theorem 1, takes maps of this kind",
)
KEPT = Definition(
    label="identifiability-kept",
    latex=r"P_{\mathrm{axes}} := \mathrm{Pr}\left[\pi \text{ takes every factor to one factor}\right]",
    symbol=r"P_{\mathrm{axes}}",
    meaning="how often a permutation pi of the cells of a grid, drawn at random, keeps the axes",
    code="identifiability.keeps_axes",
)


# One p(x), two decoders ---------------------------------------------------------------------------------------------


class Turned(NamedTuple):
    """A linear decoder, a rotation of its latents, and an image."""

    world: LinearGaussianWorld
    Q: Tensor
    x: Tensor


def rotation(g: torch.Generator, d: int = 2) -> Tensor:
    return torch.linalg.qr(torch.randn(d, d, generator=g, dtype=torch.float64)).Q


def some_turned(seed: int) -> Turned:
    g = torch.Generator().manual_seed(seed)
    world = LinearGaussianWorld.random(seed)
    return Turned(world, rotation(g), world.b + torch.randn(2, generator=g, dtype=torch.float64))


def by_integral(w: Turned) -> Tensor:
    """log of the integral of p(z) p(x|z) over a grid of z, with the decoder W Q."""
    axis = torch.linspace(-9, 9, 241, dtype=torch.float64)
    z = torch.cartesian_prod(axis, axis)
    error = (w.x - w.world.b - z @ (w.world.W @ w.Q).mT) / w.world.s
    log_p = -0.5 * (z.square().sum(1) + error.square().sum(1)) - 2 * math.log(2 * math.pi) - 2 * w.world.s.log()
    return log_p.logsumexp(0) + 2 * (axis[1] - axis[0]).log()


def by_scipy(w: Turned) -> Tensor:
    W = (w.world.W @ w.Q).numpy()
    covariance = W @ W.T + w.world.s.item() ** 2 * np.eye(2)
    return torch.tensor(scipy.stats.multivariate_normal(w.world.b.numpy(), covariance).logpdf(w.x.numpy()))


def log_normal(w: Turned, covariance: Tensor) -> Tensor:
    r = w.x - w.world.b
    return -0.5 * (r @ torch.linalg.solve(covariance, r) + torch.logdet(covariance)) - math.log(2 * math.pi)


EVIDENCE = Derivation(
    label="identifiability-evidence",
    steps=(
        Step(
            r"\log p_\theta(x)",
            by_integral,
            "of a linear decoder with the matrix W Q, its latents turned",
            also={"scipy": by_scipy},
        ),
        Step(
            r"\log \mathcal{N}\left(x;\, b,\, W W^\top + \sigma^2 I\right)",
            lambda w: log_normal(w, w.world.W @ w.world.W.mT + w.world.s**2 * torch.eye(2, dtype=torch.float64)),
            "all Gaussian; Q times its transpose is the identity, so Q is gone",
        ),
    ),
    source="Tipping and Bishop (1999), section 3.2",
    worlds=(Worlds("linear decoders and rotations", some_turned, 10, 1e-9),),
)


# The map keeps the volume and mixes ----------------------------------------------------------------------------------


class Mapped(NamedTuple):
    """A point of the square and a rotation."""

    u: Tensor
    Q: Tensor


def some_point(seed: int) -> Mapped:
    g = torch.Generator().manual_seed(seed)
    u = 0.05 + 0.9 * torch.rand(3, generator=g, dtype=torch.float64)
    return Mapped(u, rotation(g, 3))


def volume(w: Mapped) -> Tensor:
    return torch.autograd.functional.jacobian(lambda u: turned_uniform(u, w.Q), w.u).det().abs()


def bells(w: Mapped) -> tuple[Tensor, Tensor]:
    """The normal density at each coordinate, before the turn and after."""
    y = scipy.stats.norm.ppf(w.u.numpy())
    before, after = (torch.from_numpy(scipy.stats.norm.pdf(v)) for v in (y, w.Q.numpy() @ y))
    return before, after


def by_bells(w: Mapped) -> Tensor:
    before, after = bells(w)
    return after.prod() / before.prod()


VOLUME = Derivation(
    label="identifiability-volume",
    steps=(
        Step(
            r"\left|\det \frac{\partial m(u)}{\partial u}\right|",
            volume,
            "at any point u; by automatic differentiation",
            also={"the slopes of Phi, by scipy": by_bells},
        ),
        Step(
            "1",
            lambda w: torch.ones((), dtype=torch.float64),
            "a rotation does not change a normal density, so what is uniform before is uniform after",
        ),
    ),
    source="Locatello et al. (2019), theorem 1",
    worlds=(Worlds("points and rotations", some_point),),
    follows=("identifiability-map",),
)


def some_plane(seed: int) -> Tensor:
    return rotation(torch.Generator().manual_seed(seed))


def by_sum(Q: Tensor) -> Tensor:
    """12 times the covariances of Phi(Q y) and Phi(y), by a trapezoid sum over the plane."""
    axis = torch.linspace(-9, 9, 361, dtype=torch.float64)
    y = torch.cartesian_prod(axis, axis)
    weight = torch.exp(-0.5 * y.square().sum(1))
    cdf = torch.distributions.Normal(0.0, 1.0).cdf
    return 12 * (cdf(y @ Q.mT) * (weight / weight.sum())[:, None]).mT @ cdf(y) - 3


def by_draws(Q: Tensor) -> Estimate:
    g = torch.Generator().manual_seed(int(1e6 * Q[0, 0].abs()))
    u = torch.rand(40_000, 2, generator=g, dtype=torch.float64)
    return Estimate.of(12 * turned_uniform(u, Q)[:, :, None] * u[:, None] - 3)


def entries(Q: Tensor) -> Symbols:
    return Symbols(arrays={"Q_{ij}": ("", Q)})


MIXED = Derivation(
    label="identifiability-mixed",
    steps=(
        Step(
            r"\mathrm{Corr}\left(m_i(u), u_j\right)",
            by_sum,
            "u uniform, so each of both has the variance 1/12",
            also={"40,000 draws": by_draws},
        ),
        Step(
            r"\frac{6}{\pi}\, \mathrm{arcsin}\left(\frac{Q_{ij}}{2}\right)",
            lambda Q: 6 / math.pi * (Q / 2).arcsin(),
            "the correlation of ranks of two normal variables whose correlation is Q_ij",
        ),
    ),
    source="Pearson (1907)",
    worlds=(Worlds("rotations of the plane", some_plane, 8, 1e-9, symbols=entries),),
    follows=("identifiability-map",),
)
