"""What graded prices do to a linear VAE: equations of the chapter `cascade`."""

import itertools
import math
from typing import NamedTuple

import numpy as np
import scipy.optimize
import torch
from torch import Tensor

from course_pkg.cascade import linear
from course_pkg.derivation.chain import Definition, Derivation, Step, Worlds, Wrong
from course_pkg.worlds import Symbols
from course_pkg.worlds.kinds import numbers

COST = Definition(
    label="cascade-cost",
    latex=r"g(\ell, b) := \frac{\min(\ell, b s^2)}{2 s^2} + \frac{b}{2} \max\left(0, \log \frac{\ell}{b s^2}\right)",
    symbol=r"g(\ell, b)",
    meaning="least cost of a direction of variance l, coded by a latent at price b: what is left of it, what is said",
    code="cascade.linear.cost",
    judge=lambda w: linear.cost(w[0], w[1], w[2].item() ** 2),
    worlds=Worlds(
        "directions, prices and pixels",
        numbers((0.1, 3), (0.5, 3), (0.4, 1.2)),
        symbols=lambda w: Symbols(numbers={r"\ell": w[0], "b": w[1], "s": w[2]}),
    ),
)


class Graded(NamedTuple):
    """Variances of the data along the axes, falling; prices of the latents, rising; the pixels' variance."""

    eigenvalues: Tensor
    prices: Tensor
    variance: float


def graded(seed: int, directions: int = 3) -> Graded:
    """One direction more than latents. Every latent says something at every price: no cost is at the corner."""
    g = torch.Generator().manual_seed(seed)
    factors = 1.6 + torch.rand(directions, generator=g, dtype=torch.float64)
    eigenvalues = factors.flip(0).cumprod(0).flip(0)  # the least of them 1.6 or more
    steps = 0.15 + 0.3 * torch.rand(directions - 1, generator=g, dtype=torch.float64)
    return Graded(eigenvalues, 0.7 + steps.cumsum(0), 0.3 + 0.3 * torch.rand((), generator=g).item())


def graded_symbols(w: Graded) -> Symbols:
    return Symbols(
        numbers={"s": math.sqrt(w.variance), "d": float(len(w.prices)), "D": float(len(w.eigenvalues))},
        arrays={r"\lambda_j": ("j", w.eigenvalues), "b_j": ("j", w.prices)},
    )


def trained(w: Graded) -> Tensor:
    """The least loss that L-BFGS finds from a start at each order of the latents."""
    found = []
    pixels, latents = len(w.eigenvalues), len(w.prices)
    for order in itertools.permutations(range(latents)):
        axes = torch.eye(pixels, dtype=torch.float64)[:, list(order)] / 2
        start = linear.Weights(axes, axes, torch.zeros(latents, dtype=torch.float64))
        ends = linear.fit(start, w.eigenvalues.diag(), w.prices, w.variance)
        found.append(linear.loss(ends, w.eigenvalues.diag(), w.prices, w.variance))
    return torch.stack(found).min()


def searched(eigenvalue: float, price: float, variance: float) -> float:
    """The least of what is left and what is said of one direction, by scipy: how much of it is left."""
    both = lambda share: eigenvalue * math.exp(-share) / (2 * variance) + price * share / 2
    found = scipy.optimize.minimize_scalar(both, bounds=(0, 30), method="bounded", options={"xatol": 1e-12})
    return min(found.fun, both(0.0))


def best_pairing(w: Graded) -> Tensor:
    """Directions to latents or to none: a linear assignment of costs that are found one by one."""
    own, left = w.eigenvalues.tolist(), [value / (2 * w.variance) for value in w.eigenvalues.tolist()]
    table = np.array([[searched(value, b, w.variance) for b in w.prices.tolist()] for value in own])
    table = np.concatenate([table, np.array(left)[:, None]], 1)  # one direction is left to nobody
    constant = len(own) / 2 * math.log(2 * math.pi * w.variance)
    return torch.tensor(constant + table[scipy.optimize.linear_sum_assignment(table)].sum())


def in_order(w: Graded, prices: Tensor | None = None) -> Tensor:
    """The closed form, with the prices in the order that is given."""
    d, s2 = len(w.prices), w.variance
    height = len(w.eigenvalues) / 2 * math.log(2 * math.pi * s2)
    coded = linear.cost(w.eigenvalues[:d], w.prices if prices is None else prices, s2).sum()
    return height + coded + w.eigenvalues[d:].sum() / (2 * s2)


SUM = r"\frac{D}{2} \log (2 \pi s^2) + \sum_{j=1}^{d} g(\lambda_j, b_j) + \sum_{j=d+1}^{D} \frac{\lambda_j}{2 s^2}"
GRADED = Derivation(
    label="cascade-graded",
    steps=(
        Step(
            r"\min_{\theta, \phi} \left\{\mathcal{D} + \sum_{j=1}^{d} b_j R_j\right\}",
            trained,
            "over all weights of a linear VAE with a diagonal posterior, trained from a start at each order",
            also={"one direction at a time, and a linear assignment": best_pairing},
        ),
        Step(
            SUM,
            in_order,
            "the cheapest latent codes the direction of the largest variance, and so on",
            wrong=(
                Wrong(
                    "the dearest latent must hold the most, or it would not pay",
                    SUM.replace(r"g(\lambda_j, b_j)", r"g(\lambda_j, b_{d+1-j})"),
                    lambda w: in_order(w, w.prices.flip(0)),
                ),
                Wrong(
                    "only the average price counts",
                    SUM.replace(r"g(\lambda_j, b_j)", r"g(\lambda_j, \bar{b})"),
                    lambda w: in_order(w, w.prices.mean().expand(len(w.prices))),
                ),
            ),
        ),
    ),
    worlds=(Worlds("linear VAEs with graded prices", graded, 4, 3e-7),),
    follows=("cascade-cost", "kkt-distortion", "kkt-latent-rate", "kkt-linear-optimum"),
)


def exchanged(w: Graded) -> Tensor:
    """What it costs more to swap the first two latents."""
    one, two = w.eigenvalues[0], w.eigenvalues[1]
    cheap, dear = w.prices
    swapped = linear.cost(one, dear, w.variance) + linear.cost(two, cheap, w.variance)
    return swapped - linear.cost(one, cheap, w.variance) - linear.cost(two, dear, w.variance)


def exchange_searched(w: Graded) -> Tensor:
    (one, two, _), (cheap, dear) = w.eigenvalues.tolist(), w.prices.tolist()
    pairs = [(one, dear, 1), (two, cheap, 1), (one, cheap, -1), (two, dear, -1)]
    return torch.tensor(sum(sign * searched(value, b, w.variance) for value, b, sign in pairs), dtype=torch.float64)


def closed_exchange(w: Graded) -> Tensor:
    return (w.prices[1] - w.prices[0]) / 2 * (w.eigenvalues[0] / w.eigenvalues[1]).log()


def equal_prices(seed: int) -> Graded:
    w = graded(seed)
    return w._replace(prices=w.prices[:1].expand(2))


EXCHANGE = Derivation(
    label="cascade-exchange",
    steps=(
        Step(
            r"g(\lambda_1, b_2) + g(\lambda_2, b_1) - g(\lambda_1, b_1) - g(\lambda_2, b_2)",
            exchanged,
            "what two latents cost more with their directions exchanged",
            also={"each cost by scipy": exchange_searched},
        ),
        Step(
            r"\frac{b_2 - b_1}{2} \log \frac{\lambda_1}{\lambda_2}",
            closed_exchange,
            "while all four say something: what is left costs the same either way, what is said does not",
            wrong=(
                Wrong(
                    "directions count by their variance",
                    r"\frac{b_2 - b_1}{2} (\lambda_1 - \lambda_2)",
                    lambda w: (w.prices[1] - w.prices[0]) / 2 * (w.eigenvalues[0] - w.eigenvalues[1]),
                ),
                Wrong(
                    "a nat more for each factor of e in variance",
                    r"(b_2 - b_1) \log \frac{\lambda_1}{\lambda_2}",
                    lambda w: 2 * closed_exchange(w),
                ),
            ),
        ),
        Step(
            "0",
            lambda w: torch.zeros_like(w.eigenvalues[0]),
            "prices rise and variances fall. Equal where both prices are one",
            relation=r"\ge",
            tight=equal_prices,
            wrong=(
                Wrong("the optimum does not care which latent holds what", "0", relation="="),
                Wrong("the dear latent should hold the large direction", "0", relation=r"\le"),
            ),
        ),
    ),
    worlds=(Worlds("linear VAEs with graded prices", graded, 12, 1e-9, symbols=graded_symbols),),
    follows=("cascade-cost",),
)
