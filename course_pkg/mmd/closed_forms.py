"""What the estimates would read off infinite samples of Gaussians: oracles for everything that is drawn."""

import math

import scipy.integrate
import torch
from torch import Tensor

from course_pkg.mmd.kernels import check_width


def gaussian_mean(h: float, delta: Tensor, covariance: Tensor) -> Tensor:
    """E exp(-|x - y|^2 / 2 h^2), () , where x - y is Gaussian with mean delta (d,) and this covariance (d, d).

    det(I + S / h^2)^(-1/2) exp(-delta' (S + h^2 I)^-1 delta / 2), S = S_x + S_y for independent x and y.
    """
    check_width(h)
    eye = torch.eye(len(delta), dtype=delta.dtype, device=delta.device)
    spread = covariance + h * h * eye
    scale = (eye + covariance / (h * h)).det().rsqrt()
    return scale * (-0.5 * delta @ torch.linalg.solve(spread, delta)).exp()


def gaussian_mmd2(h: float, mean: Tensor, covariance: Tensor, mean_y: Tensor, covariance_y: Tensor) -> Tensor:
    """MMD^2 between two Gaussians under `rbf(h)`, (). Means (d,), covariances (d, d); zeros: a single point."""
    zero = torch.zeros_like(mean)
    within = gaussian_mean(h, zero, 2 * covariance) + gaussian_mean(h, zero, 2 * covariance_y)
    return within - 2 * gaussian_mean(h, mean - mean_y, covariance + covariance_y)


def imq_gaussian_mean(c: float, delta: Tensor, variances: Tensor) -> float:
    """E C / (C + |x - y|^2) where x - y has mean delta (d,) and independent variances (d,), by one integral.

    1 / (C + r^2) is the integral of exp(-s (C + r^2)) over s, and under the integral every dimension is a Gaussian.
    """
    check_width(c)
    d2, v = delta.double().square().tolist(), variances.double().tolist()

    def inner(s: float) -> float:
        logs = (-0.5 * math.log1p(2 * s * b) - s * a / (1 + 2 * s * b) for a, b in zip(d2, v, strict=True))
        return c * math.exp(-s * c + sum(logs))

    return scipy.integrate.quad(inner, 0, math.inf, epsabs=1e-13, limit=200)[0]


def null_variance(h: float, d: int, n: int) -> float:
    """Var of the unbiased MMD^2 of two samples of n points of N(0, I_d) under `rbf(h)`.

    4 s / n (n - 1) + 4 s / n^2, with s the variance of the doubly centred kernel k(x, y), in closed form.
    """
    check_width(h)
    a = 1 / (h * h)
    square = (1 + 4 * a) ** (-d / 2)  # E k^2
    mean = (1 + 2 * a) ** (-d / 2)  # E k
    row = (1 + a) ** -d * (1 + 2 / (1 + h * h)) ** (-d / 2)  # E (E k(x, .))^2
    s = square - 2 * row + mean**2
    return 4 * s / (n * (n - 1)) + 4 * s / n**2


def gaussian_hsic(h: float, rho: float) -> float:
    """HSIC of two standard Gaussians with correlation rho under `rbf(h)`: MMD^2 of the pair and its product."""
    pair = torch.tensor([[1.0, rho], [rho, 1.0]], dtype=torch.float64)
    zero, eye = torch.zeros(2, dtype=torch.float64), torch.eye(2, dtype=torch.float64)
    return gaussian_mmd2(h, zero, pair, zero, eye).item()
