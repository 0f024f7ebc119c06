"""How much a ratio varies, and bridges: equations of the chapter `density_ratio`."""

import numpy as np
import torch
from torch import Tensor

from course_pkg import density_ratio
from course_pkg.derivation.chain import Derivation, Step, Worlds, Wrong
from course_pkg.equations.density_ratio.bounds import AXIS, correlation
from course_pkg.worlds import LOG_2PI, Symbols, expect, kl

WIDE = torch.linspace(-16.0, 16.0, 1281, dtype=torch.float64)

# Noise ----------------------------------------------------------------------------------------------


def shift(seed: int) -> Tensor:
    return 0.2 + 1.6 * torch.rand((), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


SHIFTS = Worlds("shifts", shift, symbols=lambda m: Symbols(numbers={"m": m}))


def log_normal(z: Tensor, mean: Tensor) -> Tensor:
    return -0.5 * ((z - mean) ** 2 + LOG_2PI)


def variance(values: Tensor, log_p: Tensor) -> Tensor:
    p = log_p.softmax(0)
    return (p * (values - (p * values).sum()) ** 2).sum()


def noise_of_mass(m: Tensor) -> Tensor:
    ratio = (log_normal(WIDE, m) - log_normal(WIDE, 0 * m)).exp()
    return variance(ratio, log_normal(WIDE, 0 * m))


def moments_of_mass(m: Tensor) -> Tensor:
    """E_0 of the square of e^(m z - m^2 / 2), less the square of its mean, by nodes."""
    points, weight = (torch.from_numpy(v) for v in np.polynomial.hermite_e.hermegauss(60))
    ratio = (m * points - m**2 / 2).exp()
    weight = weight / weight.sum()
    return (weight * ratio**2).sum() - (weight * ratio).sum() ** 2


def divergence(m: Tensor) -> Tensor:
    p = log_normal(WIDE, m).softmax(0)
    return (p * (log_normal(WIDE, m) - log_normal(WIDE, 0 * m))).sum()


NOISE = Derivation(
    label="density_ratio-noise",
    steps=(
        Step(
            r"\mathrm{Var}_{z \sim \mathcal{N}(0, 1)}\left[\frac{\mathcal{N}(z; m, 1)}{\mathcal{N}(z; 0, 1)}\right]",
            noise_of_mass,
            "how much one draw of the exact ratio varies",
            also={"Gauss-Hermite nodes": moments_of_mass},
        ),
        Step(
            r"e^{m^2} - 1",
            lambda m: torch.expm1(m**2),
            "a log-normal variable",
            wrong=(
                Wrong("its logarithm has this variance", "m^2", lambda m: m**2),
                Wrong("the square is halved", r"e^{m^2 / 2} - 1", lambda m: torch.expm1(m**2 / 2)),
            ),
        ),
        Step(
            r"e^{2 D_{\mathrm{KL}}\left(\mathcal{N}(m, 1) \,\|\, \mathcal{N}(0, 1)\right)} - 1",
            lambda m: torch.expm1(2 * divergence(m)),
            "the divergence is half the square of the shift",
            wrong=(
                Wrong(
                    "the square of the shift is the divergence",
                    r"e^{D_{\mathrm{KL}}\left(\mathcal{N}(m, 1) \,\|\, \mathcal{N}(0, 1)\right)} - 1",
                    lambda m: torch.expm1(divergence(m)),
                ),
            ),
        ),
    ),
    worlds=(SHIFTS,),
    follows=("notation-kl",),
)
PLUG_IN_NOISE = Derivation(
    label="density_ratio-plug-in-noise",
    steps=(
        Step(
            r"\mathrm{Var}_{z \sim \mathcal{N}(m, 1)}\left["
            r"\log \frac{\mathcal{N}(z; m, 1)}{\mathcal{N}(z; 0, 1)}\right]",
            lambda m: variance(log_normal(WIDE, m) - log_normal(WIDE, 0 * m), log_normal(WIDE, m)),
            "how much one draw of the exact log ratio varies",
            also={"the slope of a line": lambda m: torch.as_tensor(float(m) * float(m), dtype=torch.float64)},
        ),
        Step(
            r"2 D_{\mathrm{KL}}\left(\mathcal{N}(m, 1) \,\|\, \mathcal{N}(0, 1)\right)",
            lambda m: 2 * divergence(m),
            "it is a line of slope m in z, and the divergence is half the square of m",
            wrong=(
                Wrong(
                    "as for the ratio itself",
                    r"e^{2 D_{\mathrm{KL}}\left(\mathcal{N}(m, 1) \,\|\, \mathcal{N}(0, 1)\right)} - 1",
                    lambda m: torch.expm1(2 * divergence(m)),
                ),
                Wrong(
                    "the variance is the mean",
                    r"D_{\mathrm{KL}}\left(\mathcal{N}(m, 1) \,\|\, \mathcal{N}(0, 1)\right)",
                    divergence,
                ),
            ),
        ),
    ),
    worlds=(SHIFTS,),
    follows=("notation-kl",),
)

# Bridges --------------------------------------------------------------------------------------------


def four_tables(seed: int) -> Tensor:
    """log p_0 to log p_3 (4, 6): any four densities."""
    g = torch.Generator().manual_seed(seed)
    return torch.randn(4, 6, generator=g, dtype=torch.float64).log_softmax(1)


def four_gaussians(seed: int) -> Tensor:
    """Four correlations falling to none, as densities on a grid (4, n)."""
    rho = correlation(seed) * torch.tensor([1.0, 0.8, 0.4, 0.0], dtype=torch.float64)
    z = torch.cartesian_prod(AXIS[::6], AXIS[::6])
    alone = -0.5 * z.square().sum(1)
    return torch.stack([(alone + density_ratio.gaussian_log_ratio(z, float(r))).log_softmax(0) for r in rho])


TELESCOPE = Derivation(
    label="density_ratio-telescope",
    steps=(
        Step(
            r"D_{\mathrm{KL}}\left(p_0(z) \,\|\, p_n(z)\right)",
            lambda p: kl(p[0], p[-1]),
            "from the first law to the last in one step",
        ),
        Step(
            r"\sum_{k=1}^{n} \mathbb{E}_{p_0(z)}\left[\log \frac{p_{k-1}(z)}{p_k(z)}\right]",
            lambda p: torch.stack([expect(p[0], p[k - 1] - p[k]) for k in range(1, len(p))]).sum(),
            "the logarithm of a product in which all but the ends cancel",
            wrong=(
                Wrong(
                    "each step is a divergence of its own",
                    r"\sum_{k=1}^{n} D_{\mathrm{KL}}\left(p_{k-1}(z) \,\|\, p_k(z)\right)",
                    lambda p: torch.stack([kl(p[k - 1], p[k]) for k in range(1, len(p))]).sum(),
                ),
                Wrong(
                    "each classifier is averaged over its own second deck",
                    r"\sum_{k=1}^{n} \mathbb{E}_{p_k(z)}\left[\log \frac{p_{k-1}(z)}{p_k(z)}\right]",
                    lambda p: torch.stack([expect(p[k], p[k - 1] - p[k]) for k in range(1, len(p))]).sum(),
                ),
            ),
        ),
    ),
    source="Rhodes et al. (2020), eq. 2",
    worlds=(Worlds("four tables", four_tables), Worlds("four Gaussians on a grid", four_gaussians, 3)),
    follows=("notation-kl",),
)
