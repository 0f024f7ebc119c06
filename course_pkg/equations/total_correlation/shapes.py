"""Total correlations that can be computed, and what covariances see of them: equations of `total_correlation`."""

import itertools
import math
from dataclasses import dataclass

import scipy.integrate
import torch
from torch import Tensor
from torch.distributions import Categorical, MixtureSameFamily, MultivariateNormal

from course_pkg.derivation.agreement import Estimate
from course_pkg.derivation.chain import Definition, Derivation, Step, Worlds, Wrong
from course_pkg.total_correlation import clusters, gaussian_tc, total_and_dual, turned_square
from course_pkg.worlds import LOG_2PI, Symbols, TabularWorld

TC_LATEX = r"\mathrm{TC}(z)"

# A square that turns -------------------------------------------------------------------------------

Turned = tuple[Tensor, torch.Generator]


def angle_of(seed: int) -> Turned:
    """An angle from 0 to 45 degrees, in radians, and a generator for codes of the square."""
    g = torch.Generator().manual_seed(seed)
    return math.pi / 4 * torch.rand((), generator=g, dtype=torch.float64), g


def side_density(v: Tensor, angle: Tensor) -> Tensor:
    """Density of cos(t) u - sin(t) u', both uniform from 0 to 1: the length of the u' that reach v, over cos t."""
    c, s = angle.cos(), angle.sin()
    return ((c - v) / s).clamp(0, 1).sub((-v / s).clamp(0, 1)) / c


def square_by_samples(w: Turned) -> Estimate:
    angle, g = w
    u, v = torch.rand(2, 20_000, generator=g, dtype=torch.float64)
    first = side_density(angle.cos() * u - angle.sin() * v, angle).log()
    second = side_density(angle.cos() * v + angle.sin() * (u - 1), angle).log()
    return Estimate.of(-first - second)


def square_by_quadrature(w: Turned) -> Tensor:
    angle = w[0]
    c, s = angle.cos().item(), angle.sin().item()

    def surprise(v: float) -> float:
        p = side_density(torch.tensor(v, dtype=torch.float64), angle).item()
        return -p * math.log(p) if p > 0 else 0.0

    ends = (-s, 0.0, c - s, c)
    pieces = [scipy.integrate.quad(surprise, a, b, epsabs=1e-12)[0] for a, b in itertools.pairwise(ends)]
    return torch.tensor(2 * sum(pieces), dtype=torch.float64)


SQUARE = Derivation(
    label="total_correlation-square",
    steps=(
        Step(TC_LATEX, square_by_samples, "codes drawn from the turned square"),
        Step(
            "2 H(z_1) - H(z)",
            square_by_quadrature,
            "both coordinates have the same density, a trapezoid; the square's area is one, so that H(z) is zero",
            wrong=(
                Wrong(
                    "both coordinates have the same entropy, so that one of them is enough",
                    "H(z_1) - H(z)",
                    lambda w: square_by_quadrature(w) / 2,
                ),
            ),
        ),
        Step(
            r"\tan \alpha + 2 \log \cos \alpha",
            lambda w: turned_square(w[0]),
            "the entropy of a trapezoid: its flat part is one over the cosine high, its slopes add half the tangent",
            wrong=(
                Wrong("the coordinates are not correlated, so they repeat nothing", "0", lambda w: 0 * w[0]),
                Wrong(
                    "it is smooth at zero, like a variance",
                    r"-2 \log \cos \alpha",
                    lambda w: -2 * w[0].cos().log(),
                ),
            ),
        ),
    ),
    worlds=(Worlds("angles, 20 000 samples", angle_of, 8, 1e-9, symbols=lambda w: Symbols(numbers={r"\alpha": w[0]})),),
    follows=("notation-total-correlation", "notation-entropy"),
)

# What covariances see ------------------------------------------------------------------------------


def covariance(seed: int) -> Tensor:
    root = torch.randn(3, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return root @ root.T + torch.eye(3, dtype=torch.float64)


COVARIANCES = Worlds(
    "covariances",
    covariance,
    symbols=lambda w: Symbols(numbers={"d": 3.0}, arrays={r"\Sigma": ("", w), r"\Sigma_{ij}": ("i j", w)}),
)

GAUSSIAN = Definition(
    label="total_correlation-gaussian",
    latex=r"\mathrm{TC}_\Sigma := \frac{1}{2} \left(\sum_{j=1}^{d} \log \Sigma_{jj} - \log \det \Sigma\right)",
    symbol=r"\mathrm{TC}_\Sigma",
    meaning="Gaussian total correlation: that of a Gaussian with the codes' covariance Sigma",
    code="total_correlation.gaussian_tc",
    judge=gaussian_tc,
    worlds=COVARIANCES,
)
NEGENTROPY = Definition(
    label="total_correlation-negentropy",
    latex=r"J(z) := D_{\mathrm{KL}}\left(q_\phi(z) \,\|\, \mathcal{N}(\mu_z, \Sigma)\right)",
    symbol="J(z)",
    meaning="negentropy: how far codes of mean mu_z and covariance Sigma are from that Gaussian",
    source="Comon (1994)",
)


@dataclass(frozen=True)
class Clusters:
    """Equally likely clusters of unit width, and a generator for their codes. means (m, d)."""

    means: Tensor
    generator: torch.Generator

    def joint(self) -> MixtureSameFamily:
        eye = torch.eye(self.means.shape[1], dtype=self.means.dtype)
        alike = Categorical(logits=torch.zeros(len(self.means), dtype=self.means.dtype))
        return MixtureSameFamily(alike, MultivariateNormal(self.means, eye))

    def single(self, j: int) -> "Clusters":
        return Clusters(self.means[:, j : j + 1], self.generator)

    def covariance(self) -> Tensor:
        d = self.means.shape[1]
        spread = (self.means - self.means.mean(0)).mT @ (self.means - self.means.mean(0)) / len(self.means)
        return torch.eye(d, dtype=self.means.dtype) + spread


def three_clusters(seed: int) -> Clusters:
    g = torch.Generator().manual_seed(seed)
    return Clusters(2 * torch.randn(3, 2, generator=g, dtype=torch.float64), g)


def negentropy(w: Clusters) -> Tensor:
    """By a fine grid: the entropy of the Gaussian less that of the clusters."""
    d = w.means.shape[1]
    reach = w.means.abs().max().item() + 9
    axis = torch.arange(-reach, reach, 0.25, dtype=w.means.dtype)
    z = torch.cartesian_prod(*[axis] * d).reshape(-1, d)
    log_q = w.joint().log_prob(z)
    entropy = -(log_q.exp() * log_q).sum() * 0.25**d
    return 0.5 * (torch.logdet(w.covariance()) + d * (1 + LOG_2PI)) - entropy


def cardoso(w: Clusters) -> Tensor:
    return gaussian_tc(w.covariance()) + negentropy(w) - negentropy(w.single(0)) - negentropy(w.single(1))


def clusters_by_samples(w: Clusters) -> Estimate:
    z = w.means[torch.randint(len(w.means), (20_000,), generator=w.generator)]
    z = z + torch.randn(z.shape, generator=w.generator, dtype=z.dtype)
    singles = sum(w.single(j).joint().log_prob(z[:, j : j + 1]) for j in range(2))
    return Estimate.of(w.joint().log_prob(z) - singles)


def gaussian_part(w: Clusters) -> Tensor:
    return gaussian_tc(w.covariance())


CARDOSO = Derivation(
    label="total_correlation-cardoso",
    steps=(
        Step(TC_LATEX, lambda w: clusters(w.means, 0.2)[0], "definition", also={"Monte Carlo": clusters_by_samples}),
        Step(
            r"\mathrm{TC}_\Sigma + J(z) - \sum_{j=1}^{d} J(z_j)",
            cardoso,
            "every entropy is that of its Gaussian less a negentropy",
            wrong=(
                Wrong("what is not correlated is independent", r"\mathrm{TC}_\Sigma", gaussian_part),
                Wrong(
                    "what is not Gaussian adds dependence, in the code as in its latents",
                    r"\mathrm{TC}_\Sigma + J(z) + \sum_{j=1}^{d} J(z_j)",
                    lambda w: cardoso(w) + 2 * (negentropy(w.single(0)) + negentropy(w.single(1))),
                ),
            ),
        ),
    ),
    source="Cardoso (2003)",
    worlds=(Worlds("three clusters, 20 000 samples", three_clusters, count=6, tolerance=1e-7),),
    follows=("notation-total-correlation", "total_correlation-gaussian", "total_correlation-negentropy"),
)


def three_latents(seed: int) -> TabularWorld:
    return TabularWorld.random(seed, latents=(2, 3, 2))


DUAL = Definition(
    label="total_correlation-dual",
    latex=r"\mathrm{DTC}(z) := \sum_{j=1}^{d} H(z_{\neq j}) - (d - 1)\, H(z)",
    symbol=r"\mathrm{DTC}(z)",
    meaning="dual total correlation; z with latent j left out is written with an unequal sign",
    code="total_correlation.total_and_dual",
    source="Han (1978)",
    judge=lambda w: total_and_dual(w.log_aggregate_posterior().reshape(w.latents))[1],
    worlds=Worlds("tables of three latents", three_latents, symbols=TabularWorld.symbols),
)
