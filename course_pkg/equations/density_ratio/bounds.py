"""Two Gaussian latents, and two bounds: equations of the chapter `density_ratio`."""

import math

import numpy as np
import torch
from torch import Tensor

from course_pkg import density_ratio
from course_pkg.derivation.chain import Derivation, Step, Worlds, Wrong
from course_pkg.equations.density_ratio.classifier import both, log_ratio
from course_pkg.worlds import Symbols, TabularWorld, expect, kl
from course_pkg.worlds.kinds import gaussian_grid

# Two Gaussian latents -------------------------------------------------------------------------------

AXIS = torch.linspace(-9.0, 9.0, 721, dtype=torch.float64)


def correlation(seed: int) -> Tensor:
    return 0.1 + 0.8 * torch.rand((), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def by_quadrature(rho: Tensor) -> Tensor:
    """In the coordinates in which q is independent: z = A u."""
    u = torch.cartesian_prod(AXIS[::3], AXIS[::3])
    weight = (-0.5 * u.square().sum(1)).softmax(0)
    A = torch.linalg.cholesky(torch.stack([torch.ones_like(rho), rho, rho, torch.ones_like(rho)]).reshape(2, 2))
    return (weight * density_ratio.gaussian_log_ratio(u @ A.mT, float(rho))).sum()


def by_nodes(rho: Tensor) -> Tensor:
    """The same by Gauss and Hermite, from the densities of torch.distributions."""
    points, weight = (torch.from_numpy(v) for v in np.polynomial.hermite_e.hermegauss(20))
    u, weights = torch.cartesian_prod(points, points), torch.outer(weight, weight).flatten() / (2 * math.pi)
    C = torch.stack([torch.ones_like(rho), rho, rho, torch.ones_like(rho)]).reshape(2, 2)
    q = torch.distributions.MultivariateNormal(torch.zeros(2, dtype=torch.float64), C)
    z = u @ torch.linalg.cholesky(C).mT
    alone = torch.distributions.Normal(torch.zeros((), dtype=torch.float64), 1.0).log_prob(z).sum(1)
    return (weights * (q.log_prob(z) - alone)).sum()


GAUSSIAN = Derivation(
    label="density_ratio-gaussian",
    steps=(
        Step(
            r"\mathbb{E}_{\mathcal{N}(0, C)}\left[T^*(z)\right]",
            by_quadrature,
            "two latents of variance one and correlation rho",
            also={"Gauss-Hermite nodes": by_nodes},
        ),
        Step(
            r"-\frac{1}{2} \log (1 - \rho^2)",
            lambda rho: -0.5 * torch.log1p(-(rho**2)),
            "half the logarithm of the variances over the determinant",
            wrong=(
                Wrong("the determinant is 1 - rho", r"-\frac{1}{2} \log (1 - \rho)", lambda r: -0.5 * torch.log1p(-r)),
                Wrong("no half", r"-\log (1 - \rho^2)", lambda r: -torch.log1p(-(r**2))),
            ),
        ),
    ),
    worlds=(Worlds("correlations", correlation, symbols=lambda w: Symbols(numbers={r"\rho": w})),),
    follows=("density_ratio-log-ratio", "density_ratio-reading"),
)

# Bounds ---------------------------------------------------------------------------------------------

Guessed = tuple[TabularWorld, Tensor]


def guessed(w: TabularWorld, seed: int) -> Guessed:
    """A world and a logit that is not its log ratio."""
    g = torch.Generator().manual_seed(seed)
    return w, log_ratio(w) + 0.5 * torch.randn(len(w.log_p_z), generator=g, dtype=torch.float64)


def exact_logit(seed: int) -> Guessed:
    w = TabularWorld.random(seed)
    return w, log_ratio(w)


def donsker(world: Guessed) -> Tensor:
    (log_q, log_bar), T = both(world[0]), world[1]
    return expect(log_q, T) - (log_bar + T).logsumexp(0)


def nwj(world: Guessed) -> Tensor:
    (log_q, log_bar), T = both(world[0]), world[1]
    return expect(log_q, T) - expect(log_bar, T.exp()) + 1


BOUNDS = Derivation(
    label="density_ratio-bounds",
    steps=(
        Step(r"\mathrm{TC}(z)", lambda world: kl(*both(world[0])), "definition"),
        Step(
            r"\mathbb{E}_{q(z)}\left[T(z)\right] - \log \mathbb{E}_{\bar{q}(z)}\left[e^{T(z)}\right]",
            donsker,
            "what is missing is a divergence, from the density that T and the product make. Equal at the log ratio",
            relation=r"\ge",
            tight=exact_logit,
            wrong=(
                Wrong(
                    "a better fit reads more than the truth",
                    r"\mathbb{E}_{q(z)}\left[T(z)\right] - \log \mathbb{E}_{\bar{q}(z)}\left[e^{T(z)}\right]",
                    relation=r"\le",
                ),
                Wrong(
                    "a constant may be added to the logit, and the second mean is one anyway",
                    r"\mathbb{E}_{q(z)}\left[T(z) + 1\right]",
                    lambda world: expect(both(world[0])[0], world[1] + 1),
                ),
            ),
        ),
        Step(
            r"\mathbb{E}_{q(z)}\left[T(z)\right] - \mathbb{E}_{\bar{q}(z)}\left[e^{T(z)}\right] + 1",
            nwj,
            "a logarithm is at most its argument less one. Equal at the log ratio",
            relation=r"\ge",
            tight=exact_logit,
            wrong=(
                Wrong(
                    "the one is left out",
                    r"\mathbb{E}_{q(z)}\left[T(z)\right] - \mathbb{E}_{\bar{q}(z)}\left[e^{T(z)}\right]",
                    lambda world: nwj(world) - 1,
                ),
            ),
        ),
    ),
    source="Donsker and Varadhan (1983); Nguyen, Wainwright and Jordan (2010)",
    worlds=(
        Worlds("tables, a guess each", lambda s: guessed(TabularWorld.random(s), s)),
        Worlds("Gaussians on a grid, a guess each", lambda s: guessed(gaussian_grid(s), s), 3),
    ),
    follows=(
        "notation-total-correlation",
        "density_ratio-log-ratio",
        "density_ratio-product",
    ),
)
