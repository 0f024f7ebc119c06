"""What Gaussians read under the RBF kernel: equations of the chapter `mmd`."""

import math

import numpy as np
import scipy.integrate
import scipy.stats
import torch
from torch import Tensor

from course_pkg.derivation.agreement import Estimate
from course_pkg.derivation.chain import Definition, Derivation, Step, Worlds, Wrong
from course_pkg.mmd import gaussian_mean, gaussian_mmd2, null_variance
from course_pkg.worlds import Symbols

# The mean of the kernel ---------------------------------------------------------------------------

Difference = tuple[float, Tensor, Tensor, int]


def difference(seed: int) -> Difference:
    """Width, mean (2,) and covariance (2, 2) of a difference of two points, and a seed."""
    g = torch.Generator().manual_seed(seed)
    root = torch.randn(2, 2, generator=g, dtype=torch.float64)
    delta = torch.randn(2, generator=g, dtype=torch.float64)
    return 0.8 + torch.rand((), generator=g).item(), delta, root @ root.T / 2, seed


NODES, WEIGHTS = (torch.from_numpy(a) for a in np.polynomial.hermite_e.hermegauss(100))


def by_quadrature(w: Difference) -> Tensor:
    """Gauss and Hermite's nodes in the plane, carried to the law of the difference."""
    h, delta, s, _ = w
    values, vectors = torch.linalg.eigh(s)
    grid = torch.cartesian_prod(NODES, NODES) * values.clamp_min(0).sqrt()
    weights = torch.outer(WEIGHTS, WEIGHTS).flatten() / (2 * math.pi)
    r = delta + grid @ vectors.T
    return (weights * (-r.square().sum(1) / (2 * h * h)).exp()).sum()


def by_draws(w: Difference) -> Estimate:
    h, delta, s, seed = w
    z = torch.randn(20_000, 2, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    r = delta + z @ torch.linalg.cholesky(s).T
    return Estimate.of((-r.square().sum(1) / (2 * h * h)).exp())


def as_a_density(w: Difference) -> Tensor:
    """The kernel is a Gaussian but for its constant: what remains is a convolution, read at one point."""
    h, delta, s, _ = w
    law = scipy.stats.multivariate_normal(np.zeros(2), s.numpy() + h * h * np.eye(2))
    return torch.as_tensor(2 * math.pi * h * h * law.pdf(delta.numpy()))


def closed_form(w: Difference, half: float = 1.0, root: bool = True, wide: bool = True) -> Tensor:
    """The closed form; the arguments take a part of it away."""
    h, delta, s, _ = w
    eye = torch.eye(2, dtype=s.dtype)
    scale = (eye + s / (h * h)).det() ** (-0.5 if root else -1.0)
    spread = s + h * h * eye if wide else h * h * eye
    return scale * (-0.5 * half * delta @ torch.linalg.solve(spread, delta)).exp()


EYE = ("", torch.eye(2, dtype=torch.float64))
named = lambda w: Symbols(numbers={"h": w[0]}, arrays={r"\delta": ("", w[1]), "S": ("", w[2]), "I": EYE})
DET = r"\det\left(I + S / h^2\right)^{-1/2} "
GAUSSIAN_MEAN = Derivation(
    label="mmd-gaussian-mean",
    steps=(
        Step(
            r"\mathbb{E}_{r \sim \mathcal{N}(\delta, S)}\left[e^{-\|r\|^2 / 2 h^2}\right]",
            by_quadrature,
            "the mean of the RBF kernel, where the difference of the two points is Gaussian",
            also={"Monte Carlo": by_draws, "a convolution (scipy)": as_a_density},
        ),
        Step(
            DET + r"\exp\left(-\frac{1}{2}\, \delta^\top \left(S + h^2 I\right)^{-1} \delta\right)",
            lambda w: gaussian_mean(*w[:3]),
            "the kernel is a Gaussian of variance h squared without its constant; variances of a convolution add",
            wrong=(
                Wrong(
                    "the distance is measured in widths of the kernel",
                    DET + r"\exp\left(-\frac{\delta^\top \delta}{2 h^2}\right)",
                    lambda w: closed_form(w, wide=False),
                ),
                Wrong(
                    "a determinant of variances needs no root",
                    r"\det\left(I + S / h^2\right)^{-1} "
                    r"\exp\left(-\frac{1}{2}\, \delta^\top \left(S + h^2 I\right)^{-1} \delta\right)",
                    lambda w: closed_form(w, root=False),
                ),
                Wrong(
                    "the half of the exponent is in h already",
                    DET + r"\exp\left(-\delta^\top \left(S + h^2 I\right)^{-1} \delta\right)",
                    lambda w: closed_form(w, half=2.0),
                ),
            ),
        ),
    ),
    worlds=(Worlds("Gaussians in the plane, by quadrature", difference, 8, 1e-9, named),),
)

# The price of collapse ----------------------------------------------------------------------------

Collapse = tuple[int, float, int]
sizes = lambda w: Symbols(numbers={"d": float(w[0]), "h": w[1]})


def dimension_and_width(seed: int) -> Collapse:
    g = torch.Generator().manual_seed(seed)
    d = int(torch.randint(1, 9, (), generator=g))
    return d, (0.5 + torch.rand((), generator=g).item()) * d**0.5, seed


def number(value: float) -> Tensor:
    return torch.tensor(value, dtype=torch.float64)


def mean_of_kernel(d: int, h: float, times: float) -> float:
    """E exp(-times chi^2_d / 2 h^2), by one integral over the squared radius."""
    log_scale = (1 - d / 2) * math.log(2) - math.lgamma(d / 2)  # of the law of the radius
    f = lambda r: math.exp(log_scale + (d - 1) * math.log(r) - 0.5 * r * r * (1 + times / (h * h)))
    return scipy.integrate.quad(f, 0, 12, epsabs=1e-13, limit=200)[0]


def collapse_by_radius(w: Collapse) -> Tensor:
    d, h, _ = w
    return torch.tensor(1 - 2 * mean_of_kernel(d, h, 1) + mean_of_kernel(d, h, 2), dtype=torch.float64)


def collapse_by_draws(w: Collapse) -> Estimate:
    d, h, seed = w
    g = torch.Generator().manual_seed(seed)
    y, z = (torch.randn(20_000, d, generator=g, dtype=torch.float64) for _ in range(2))
    k = lambda r: (-r.square().sum(1) / (2 * h * h)).exp()
    return Estimate.of(1 - 2 * k(y) + k(y - z))


def collapse_of_zero_width(w: Collapse) -> Tensor:
    zero, eye = torch.zeros(w[0], dtype=torch.float64), torch.eye(w[0], dtype=torch.float64)
    return gaussian_mmd2(w[1], zero, torch.zeros_like(eye), zero, eye)


def price(w: Collapse, cross: float = -0.5, within: float = -0.5) -> Tensor:
    d, h, _ = w
    return number(1 - 2 * (1 + 1 / h**2) ** (cross * d) + (1 + 2 / h**2) ** (within * d))


COLLAPSE = Derivation(
    label="mmd-collapse",
    steps=(
        Step(
            r"1 - 2\, \mathbb{E}_{y \sim \mathcal{N}(0, I)}\left[k(0, y)\right]"
            r" + \mathbb{E}_{y, y' \sim \mathcal{N}(0, I)}\left[k(y, y')\right]",
            collapse_by_radius,
            "MMD squared between codes that are all 0 and the prior",
            also={"Monte Carlo": collapse_by_draws, "Gaussians, one of width zero": collapse_of_zero_width},
        ),
        Step(
            r"1 - 2 \left(1 + \frac{1}{h^2}\right)^{-d/2} + \left(1 + \frac{2}{h^2}\right)^{-d/2}",
            price,
            "the closed form, with covariances I and 2 I",
            wrong=(
                Wrong(
                    "the mean of the kernel, with no root",
                    r"1 - 2 \left(1 + \frac{1}{h^2}\right)^{-d} + \left(1 + \frac{2}{h^2}\right)^{-d}",
                    lambda w: price(w, -1, -1),
                ),
                Wrong(
                    "two draws of the prior are as far apart as one is from 0",
                    r"1 - \left(1 + \frac{1}{h^2}\right)^{-d/2}",
                    lambda w: number(1 - (1 + 1 / w[1] ** 2) ** (-w[0] / 2)),
                ),
                Wrong("it is no code, so it is as far away as can be", "2", lambda w: number(2.0)),
            ),
        ),
    ),
    worlds=(Worlds("dimensions and widths, by one integral", dimension_and_width, 10, 1e-9, sizes),),
    follows=("mmd-kernel-trick", "mmd-gaussian-mean"),
)

# The spread of the estimate where both samples are of the prior ---------------------------------------

CENTRED = Definition(
    label="mmd-centred-square",
    latex=r"s^2 := \mathbb{E}\left[k(x, x')^2\right] - 2\, \mathbb{E}_{x}\left[\mathbb{E}_{x'}\left[k(x, x')\right]^2"
    r"\right] + \mathbb{E}\left[k(x, x')\right]^2",
    symbol="s^2",
    meaning="variance of the kernel of two draws after its means by row and column are taken off",
)


def centred_square(w: Collapse) -> Tensor:
    """Each mean is a product over dimensions, and in one dimension a sum over nodes."""
    d, h, _ = w
    weights = WEIGHTS / WEIGHTS.sum()
    k = (-0.5 * (NODES[:, None] - NODES).square() / h**2).exp()
    row = k @ weights
    mean = lambda values: (weights @ values) ** d
    return mean(k.square() @ weights) - 2 * mean(row.square()) + mean(row) ** 2


def centred_by_draws(w: Collapse) -> Estimate:
    d, h, seed = w
    g = torch.Generator().manual_seed(seed)
    a, b, c, e = (torch.randn(20_000, d, generator=g, dtype=torch.float64) for _ in range(4))
    k = lambda x, y: (-(x - y).square().sum(1) / (2 * h * h)).exp()
    return Estimate.of(k(a, b).square() - 2 * k(a, b) * k(a, c) + k(a, b) * k(c, e))


def from_the_package(w: Collapse) -> Tensor:
    return number(null_variance(w[1], w[0], 7) / (4 / (7 * 6) + 4 / 49))


def centred(w: Collapse, row: float = 2.0) -> Tensor:
    d, a, h2 = w[0], 1 / w[1] ** 2, w[1] ** 2
    middle = (1 + a) ** -d * (1 + 2 / (1 + h2)) ** (-d / 2)
    return number((1 + 4 * a) ** (-d / 2) - row * middle + (1 + 2 * a) ** -d)


SQUARE, LAST = r"\left(1 + \frac{4}{h^2}\right)^{-d/2}", r"\left(1 + \frac{2}{h^2}\right)^{-d}"
MIDDLE = r"\left(1 + \frac{1}{h^2}\right)^{-d} \left(1 + \frac{2}{1 + h^2}\right)^{-d/2}"
CENTRED_GAUSSIAN = Derivation(
    label="mmd-centred-gaussian",
    steps=(
        Step(
            r"s^2",
            centred_square,
            "of the RBF kernel, for draws of N(0, I)",
            also={"Monte Carlo": centred_by_draws, "null_variance": from_the_package},
        ),
        Step(
            SQUARE + " - 2 " + MIDDLE + " + " + LAST,
            centred,
            "the squares of the kernel and of its row mean are again kernels, of other widths",
            wrong=(
                Wrong(
                    "the variance of the kernel", SQUARE + " - " + LAST, lambda w: centred(w, 0.0) - 2 * centred_mean(w)
                ),
                Wrong(
                    "the row means are taken off once",
                    SQUARE + " - " + MIDDLE + " + " + LAST,
                    lambda w: centred(w, 1.0),
                ),
            ),
        ),
    ),
    worlds=(Worlds("dimensions and widths, node by node", dimension_and_width, 10, 1e-9, sizes),),
    follows=("mmd-centred-square", "mmd-gaussian-mean"),
)


def centred_mean(w: Collapse) -> Tensor:
    """(E k)^2."""
    return number((1 + 2 / w[1] ** 2) ** -w[0])
