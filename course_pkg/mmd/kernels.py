"""Kernels: how alike two points are, and so, implicitly, which features of a cloud are averaged.

A kernel takes points x (..., n, d) and y (..., m, d) and gives (..., n, m). Both of the course are 1 at distance 0 and
characteristic: two laws with the same mean feature are the same law (Sriperumbudur et al. 2010).
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

Kernel = Callable[[Tensor, Tensor], Tensor]


def squared_distances(x: Tensor, y: Tensor) -> Tensor:
    """|x_i - y_j|^2, (..., n, m), never below 0. ValueError where the points have other widths."""
    if x.ndim < 2 or y.ndim < 2 or x.shape[-1] != y.shape[-1]:
        raise ValueError(f"expected points (n, d) and (m, d) of one width d, got {tuple(x.shape)} and {tuple(y.shape)}")
    cross = x @ y.transpose(-1, -2)
    return (x.square().sum(-1)[..., :, None] + y.square().sum(-1)[..., None, :] - 2 * cross).clamp_min(0)


def rbf(h: float) -> Kernel:
    """exp(-r^2 / 2 h^2): Gaussian weights on the features of every order. ValueError unless h is above 0."""
    check_width(h)
    return lambda x, y: (squared_distances(x, y) / (-2 * h * h)).exp()


def imq(c: float) -> Kernel:
    """C / (C + r^2), the inverse multiquadric: it still falls, slowly, far away. ValueError unless C is above 0."""
    check_width(c)
    return lambda x, y: c / (c + squared_distances(x, y))


def check_width(width: float) -> None:
    if not (math.isfinite(width) and width > 0):
        raise ValueError(f"expected a kernel's width above 0, got {width}")


def taylor_features(x: Tensor, h: float, orders: int) -> Tensor:
    """The first features of `rbf(h)` on a line: exp(-x^2 / 2 h^2) (x / h)^n / sqrt(n!), points (N,) -> (N, orders).

    The sum of their products over all orders is the kernel. ValueError for fewer than one order.
    """
    check_width(h)
    if orders < 1:
        raise ValueError(f"expected one order or more, got {orders}")
    n = torch.arange(orders, dtype=x.dtype, device=x.device)
    u = x[:, None] / h
    return u**n * (-0.5 * u.square() - 0.5 * torch.lgamma(n + 1)).exp()


def fourier_features(
    count: int, d: int, h: float, generator: torch.Generator | None = None
) -> Callable[[Tensor], Tensor]:
    """A map phi with E phi(x).phi(y) = exp(-|x - y|^2 / 2 h^2): cosines and sines of `count` drawn frequencies.

    Both samples must go through the same map: features of other frequencies have nothing in common. Points (n, d) ->
    (n, 2 count). Rahimi and Recht (2007).
    """
    check_width(h)
    if count < 1 or d < 1:
        raise ValueError(f"expected one frequency and one dimension or more, got {count} and {d}")
    device = generator.device if generator else None
    frequencies = torch.randn(d, count, generator=generator, device=device, dtype=torch.float64) / h

    def phi(x: Tensor) -> Tensor:
        angle = x @ frequencies.to(x)
        return torch.cat([angle.cos(), angle.sin()], -1) / math.sqrt(count)

    return phi


def median_distance(x: Tensor, y: Tensor) -> float:
    """The median distance between two points of the joint sample: the usual guess at a width, blind to fine structure.

    x (n, d), y (m, d). ValueError where more than half of the distances are 0.
    """
    joint = torch.cat([x, y])
    apart = torch.pdist(joint)
    median = apart.median().item()
    if not median > 0:
        raise ValueError("more than half of the points coincide, so that their median distance, 0, is no width")
    return median
