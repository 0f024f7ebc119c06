"""Two factors that go together: the axes that an encoder of independent latents prefers, and what the true ones cost.

The factors have unit variance and v, and a correlation; each moves the images along a direction of its own, at right
angles and equally far. The best linear model takes the principal axes of the images.
"""

import math

import torch
from torch import Tensor

from course_pkg.kkt.axes import diagonal_gap


def best_angle(rho: float | Tensor, v: float | Tensor = 1.0) -> Tensor:
    """The angle, in radians, of the first latent from the factor with variance v: atan2(2 rho sqrt v, v - 1) / 2.

    At v = 1 it is 45 degrees for every correlation but 0, where there is no angle (0 is given).
    """
    rho, v = (torch.as_tensor(t, dtype=torch.float64) for t in (rho, v))
    return 0.5 * torch.atan2(2 * rho * v.sqrt(), v - 1)


def price_of_the_factors(rho: float | Tensor, beta: float = 1.0) -> Tensor:
    """What latents that are the factors cost more than the best axes, in nats an image: -beta log(1 - rho^2) / 2.

    It is beta times the total correlation of the factors. ValueError unless -1 < rho < 1.
    """
    rho = torch.as_tensor(rho, dtype=torch.float64)
    if not (rho.abs() < 1).all():
        raise ValueError(f"expected correlations between -1 and 1, got {rho}")
    pair = torch.stack([torch.ones_like(rho), rho, rho, torch.ones_like(rho)], -1).unflatten(-1, (2, 2))
    return beta * diagonal_gap(pair)


def oblique(angle: float) -> tuple[Tensor, Tensor]:
    """Columns (2, 2) of length 1 at an angle, and the principal axes of what two unit factors do along them, in
    columns.

    The axes are unique unless the angle is a right one; every seed finds them, and each latent is half of each factor.
    """
    W = torch.tensor([[1.0, math.cos(angle)], [0.0, math.sin(angle)]], dtype=torch.float64)
    return W, torch.linalg.eigh(W @ W.mT).eigenvectors.flip(1)
