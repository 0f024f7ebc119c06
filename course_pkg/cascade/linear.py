"""Graded prices on a linear VAE, where all is known: Gaussian data, a diagonal posterior, a price for each latent.

The cheapest latent holds the largest eigenvalue at the optimum; other orders are valleys that a descent may end in, and
latents that open one after the other do not. In nats, constants of the likelihood included.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy.optimize import minimize
from torch import Tensor

from course_pkg.worlds import LOG_2PI

CLOSED = 1000.0  # a price at which no latent of these models says anything


def cost(eigenvalue: Tensor, price: Tensor, variance: Tensor | float) -> Tensor:
    """What a direction of that variance costs at best, coded by one latent at a price a nat. Any shapes that broadcast.

    c(l, b) = min(l, b s^2) / (2 s^2) + b max(0, log(l / (b s^2)) / 2): what is left of it, and what is said of it.
    """
    left = torch.minimum(eigenvalue, price * variance)
    return left / (2 * variance) + price * 0.5 * (eigenvalue / left).log()


@dataclass(frozen=True)
class Weights:
    """A linear VAE of D pixels and d latents: encoder V (D, d), decoder W (D, d), log variances (d,)."""

    V: Tensor
    W: Tensor
    log_var: Tensor

    @classmethod
    def random(cls, pixels: int, latents: int, generator: torch.Generator | None = None) -> "Weights":
        """A start: weights of standard deviation 0.3, posteriors of half the prior's variance."""
        V, W = 0.3 * torch.randn(2, pixels, latents, generator=generator, dtype=torch.float64)
        return cls(V, W, torch.full((latents,), -math.log(2), dtype=torch.float64))

    def flat(self) -> Tensor:
        return torch.cat([self.V.flatten(), self.W.flatten(), self.log_var])

    def unflattened(self, flat: Tensor) -> "Weights":
        V, W, log_var = flat.split([self.V.numel(), self.W.numel(), self.log_var.numel()])
        return Weights(V.view_as(self.V), W.view_as(self.W), log_var)


def loss(weights: Weights, covariance: Tensor, prices: Tensor, variance: float) -> Tensor:
    """D + sum_j b_j R_j of Gaussian data with mean 0 and a Gaussian likelihood of that variance. ()."""
    V, W, log_var = weights.V, weights.W, weights.log_var
    pixels = len(covariance)
    rest = torch.eye(pixels, dtype=covariance.dtype) - W @ V.mT
    error = torch.trace(rest @ covariance @ rest.mT) + (W.square() * log_var.exp()).sum()
    rates = 0.5 * ((V * (covariance @ V)).sum(0) + log_var.exp() - 1 - log_var)
    return 0.5 * (pixels * (LOG_2PI + math.log(variance)) + error / variance) + (prices * rates).sum()


def slopes(weights: Weights, covariance: Tensor, prices: Tensor, variance: float) -> Weights:
    """The derivatives of `loss` by each weight, in closed form: a descent asks for some hundred of them."""
    V, W, width = weights.V, weights.W, weights.log_var.exp()
    said = covariance @ V
    missed = said - (W @ V.mT) @ said  # what the codes say of the pixels, less what the decoder makes of it
    of_encoder = prices * said - (covariance @ W - said @ (W.mT @ W)) / variance
    of_decoder = (W * width - missed) / variance
    return Weights(of_encoder, of_decoder, 0.5 * (W.square().sum(0) * width / variance + prices * (width - 1)))


def fit(start: Weights, covariance: Tensor, prices: Tensor, variance: float) -> Weights:
    """Where L-BFGS comes to rest from a start."""

    def value(flat: np.ndarray) -> tuple[float, np.ndarray]:
        here = start.unflattened(torch.from_numpy(flat))
        return (
            loss(here, covariance, prices, variance).item(),
            slopes(here, covariance, prices, variance).flat().numpy(),
        )

    options = {"maxiter": 3000, "maxfun": 10_000, "maxcor": 50, "ftol": 0.0, "gtol": 1e-11}
    found = minimize(value, start.flat().numpy(), jac=True, method="L-BFGS-B", options=options)
    return start.unflattened(torch.from_numpy(found.x))


def open_in_turn(
    start: Weights,
    covariance: Tensor,
    prices: Tensor,
    variance: float,
    closed: float = CLOSED,
    nudge: float = 1e-3,
    generator: torch.Generator | None = None,
) -> list[Weights]:
    """The same descent, latent by latent: those whose turn is to come cost `closed`. Where it rests after each opening.

    nudge: the standard deviation of what is added to all weights at an opening, since a silent latent has no slope.
    """
    found = []
    for opened in range(1, len(prices) + 1):
        now = torch.where(torch.arange(len(prices)) < opened, prices, closed)
        moved = start.flat() + nudge * torch.randn(start.flat().shape, generator=generator, dtype=torch.float64)
        start = fit(start.unflattened(moved), covariance, now, variance)
        found.append(start)
    return found


def order(weights: Weights, directions: Tensor) -> list[int]:
    """Which of the directions (D, n), columns of length 1, each latent decodes to most. d numbers."""
    return (directions.mT @ weights.W).abs().argmax(0).tolist()


def curvature(weights: Weights, covariance: Tensor, prices: Tensor, variance: float) -> Tensor:
    """The eigenvalues of the loss's second derivatives at these weights, the smallest first. (2 D d + d,)."""
    at = lambda flat: loss(weights.unflattened(flat), covariance, prices, variance)
    return torch.linalg.eigvalsh(torch.autograd.functional.hessian(at, weights.flat()))


def pairing_costs(eigenvalues: Tensor, prices: Tensor, variance: float, orders: Sequence[Sequence[int]]) -> Tensor:
    """What each order costs, order[j] the direction of latent j: the sum of c over latents. (orders,)."""
    return torch.stack([cost(eigenvalues[list(order)], prices, variance).sum() for order in orders])
