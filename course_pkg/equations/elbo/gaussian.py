"""The Gaussian KL four ways, and the overlap of two Gaussians: equations of the chapter `elbo`."""

import functools

import numpy as np
import scipy.integrate
import scipy.stats
import sympy
import torch
from torch import Tensor

from course_pkg.derivation.agreement import Estimate
from course_pkg.derivation.chain import Definition, Derivation, Step, Worlds
from course_pkg.elbo import (
    gaussian_kl,
    gaussian_log_prob,
    posterior_overlap,
    reparameterise,
)
from course_pkg.worlds import TabularWorld

# The Gaussian KL -------------------------------------------------------------------------------

Z, MU, SIGMA = sympy.Symbol("z", real=True), sympy.Symbol("mu", real=True), sympy.Symbol("sigma", positive=True)


def sympy_log_normal(mean: sympy.Expr, sd: sympy.Expr) -> sympy.Expr:
    return -sympy.log(2 * sympy.pi * sd**2) / 2 - (Z - mean) ** 2 / (2 * sd**2)


@functools.cache
def sympy_kl_integral() -> sympy.Expr:
    q, p = sympy_log_normal(MU, SIGMA), sympy_log_normal(sympy.Integer(0), sympy.Integer(1))
    return sympy.simplify(sympy.integrate(sympy.exp(q) * sympy.expand(q - p), (Z, -sympy.oo, sympy.oo)))


def sympy_moments(_: object) -> sympy.Expr:
    second_moment = MU**2 + SIGMA**2
    return -sympy.log(SIGMA) - sympy.Rational(1, 2) + second_moment / 2


def sympy_closed_form(_: object) -> sympy.Expr:
    return (MU**2 + SIGMA**2 - 1 - sympy.log(SIGMA**2)) / 2


PROOF = Worlds("symbolic proof (sympy)", lambda seed: None, count=1)
GAUSSIAN_KL_1D = Derivation(
    label="elbo-gaussian-kl-1d",
    steps=(
        Step(
            r"\int \mathcal{N}(z; \mu, \sigma^2) \log \frac{\mathcal{N}(z; \mu, \sigma^2)}{\mathcal{N}(z; 0, 1)}\, dz",
            lambda _: sympy_kl_integral(),
            "the KL divergence of one latent",
        ),
        Step(
            r"-\log \sigma - \frac{1}{2} + \frac{1}{2} \mathbb{E}\left[z^2\right]",
            sympy_moments,
            "the normalisers cancel but for the logarithm of sigma; the second moment is mu squared plus sigma squared",
        ),
        Step(
            r"\frac{1}{2}\left(\mu^2 + \sigma^2 - 1 - \log \sigma^2\right)",
            sympy_closed_form,
            "the second moment put in",
        ),
    ),
    source="Kingma and Welling (2014), appendix B",
    worlds=(PROOF,),
    follows=("notation-kl",),
)

Gaussians = tuple[Tensor, Tensor, torch.Generator]


def random_gaussians(seed: int) -> Gaussians:
    """Means and log variances of four images with three latents each, and a generator for their samples."""
    g = torch.Generator().manual_seed(seed)
    mu, log_var = torch.randn(2, 4, 3, generator=g, dtype=torch.float64)
    return mu, log_var, g


def kl_torch(w: Gaussians) -> Tensor:
    q = torch.distributions.Normal(w[0], (0.5 * w[1]).exp())
    return torch.distributions.kl_divergence(q, torch.distributions.Normal(0.0, 1.0)).sum(1)


def kl_quadrature(w: Gaussians) -> Tensor:
    def one(mu: float, log_var: float) -> float:
        q, p = scipy.stats.norm(mu, np.exp(log_var / 2)), scipy.stats.norm()
        f = lambda z: q.pdf(z) * (q.logpdf(z) - p.logpdf(z))
        return scipy.integrate.quad(f, *q.interval(1 - 1e-15))[0]

    return torch.as_tensor(np.vectorize(one)(w[0].numpy(), w[1].numpy())).sum(1)


def kl_monte_carlo(w: Gaussians) -> Estimate:
    mu, log_var, g = w
    z = reparameterise(mu.expand(20_000, 4, 3), log_var.expand(20_000, 4, 3), g)
    zero = torch.zeros_like(mu)
    return Estimate.of(gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zero, zero))


def kl_sympy(w: Gaussians) -> Tensor:
    f = sympy.lambdify((MU, SIGMA), sympy_kl_integral())
    return torch.as_tensor(f(w[0].numpy(), (0.5 * w[1]).exp().numpy())).sum(1)


def kl_closed_form(w: Gaussians) -> Tensor:
    return gaussian_kl(w[0], w[1]).sum(1)


GAUSSIAN_KL = Derivation(
    label="elbo-gaussian-kl",
    steps=(
        Step(
            r"D_{\mathrm{KL}}\left(\mathcal{N}(\mu, \mathrm{diag}\, \sigma^2) \,\|\, \mathcal{N}(0, I)\right)",
            kl_quadrature,
            "both factorise, so the logarithm of the ratio is a sum over latents",
            also={"Monte Carlo": kl_monte_carlo, "torch.distributions": kl_torch, "sympy": kl_sympy},
        ),
        Step(
            r"\frac{1}{2} \sum_{j=1}^{d} \left(\mu_j^2 + \sigma_j^2 - 1 - \log \sigma_j^2\right)",
            kl_closed_form,
            "one latent at a time",
        ),
    ),
    source="Kingma and Welling (2014), eq. 10",
    worlds=(Worlds("Gaussians, by scipy's quadrature", random_gaussians, count=5, tolerance=1e-10),),
    follows=("elbo-gaussian-kl-1d", "notation-kl"),
)

# Overlap of two posteriors ----------------------------------------------------------------------


def counted_overlap(w: TabularWorld) -> Tensor:
    """Every z is asked, for every pair of images."""
    q = w.log_q_z_given_x.exp()
    return torch.stack([torch.stack([mine[other > mine].sum() for other in q]) for mine in q])


OVERLAP = Definition(
    label="elbo-overlap",
    latex=r"O(x, x') := \mathrm{Pr}_{z \sim q_\phi(z \mid x)}\left[q_\phi(z \mid x') > q_\phi(z \mid x)\right]",
    symbol=r"O(x, x')",
    meaning="overlap: how often a code of x looks more like a code of x'",
    code="elbo.posterior_overlap",
    judge=counted_overlap,
)

Pair = tuple[Tensor, Tensor, Tensor, torch.Generator]


def random_pair(seed: int) -> Pair:
    """Two means with three latents, up to three sigma apart, one log variance for both, a generator.

    Farther apart the overlap is so rare that 4,000 samples may see none, and an error bar from none is no error bar.
    """
    g = torch.Generator().manual_seed(seed)
    a, way = torch.randn(2, 1, 3, generator=g, dtype=torch.float64)
    log_var = torch.randn((), generator=g, dtype=torch.float64)
    distance = torch.empty_like(log_var).uniform_(0, 3, generator=g) * (0.5 * log_var).exp()
    return a, a + distance * way / way.norm(), log_var.expand(1, 3), g


def overlap_by_samples(w: Pair) -> Estimate:
    a, b, log_var, g = w
    return Estimate.of(posterior_overlap(a.expand(4000, 3), log_var.expand(4000, 3), b, log_var, 1, g)[:, 0])


def overlap_of_equal_widths(w: Pair) -> Tensor:
    a, b, log_var, _ = w
    half = ((a - b) / (2 * (0.5 * log_var).exp())).norm()
    return torch.as_tensor(scipy.stats.norm.cdf(-half.item()))


EQUAL_WIDTHS = Derivation(
    label="elbo-overlap-equal-widths",
    steps=(
        Step(
            r"\mathrm{Pr}_{z \sim \mathcal{N}(\mu, \sigma^2 I)}\left["
            r"\mathcal{N}(z; \mu', \sigma^2 I) > \mathcal{N}(z; \mu, \sigma^2 I)\right]",
            overlap_by_samples,
            "counted",
        ),
        Step(
            r"\Phi\left(-\frac{\|\mu - \mu'\|}{2 \sigma}\right)",
            overlap_of_equal_widths,
            "only the part of the noise along the line between the means matters; the midpoint decides",
        ),
    ),
    worlds=(Worlds("pairs of Gaussians, 4 000 samples", random_pair, count=8),),
    follows=("elbo-overlap",),
)
