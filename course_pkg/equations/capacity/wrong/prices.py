"""Wrong lines about what a price buys, and about a rate held at a capacity."""

import torch
from torch import Tensor

from course_pkg.derivation.chain import Wrong
from course_pkg.equations.bottleneck.worlds import Pair
from course_pkg.equations.capacity import frontier, prices
from course_pkg.equations.capacity.frontier import Directions, Regression


def sizes(w: Regression) -> Tensor:
    return (w[0].mT @ w[1]).abs()


SOFT = frontier.SOFT.with_wrong(
    1,
    Wrong(
        "a threshold is hard: what passes it keeps its size",
        r"\sum_{i:\, |u_i^\top a| > \lambda} |u_i^\top a|",
        lambda w: sizes(w)[sizes(w) > w[2]].sum(),
    ),
    Wrong(
        "the slope of the square brings a factor of two",
        r"\sum_i \max\left(0,\, |u_i^\top a| - \frac{\lambda}{2}\right)",
        lambda w: (sizes(w) - w[2] / 2).clamp_min(0).sum(),
    ),
)


def bought(w: Directions) -> Tensor:
    variances, sigma, gamma, _ = w
    return (0.5 * (variances / (gamma * sigma**2)).log()).clamp_min(0).sum()


EXACT_PENALTY = prices.EXACT_PENALTY.with_wrong(
    1,
    Wrong(
        "a penalty holds the rate at C, whatever gamma",
        "C",
        lambda w: w[3],
    ),
    Wrong(
        "the rate stops at C: the smaller of the two",
        r"\min\left(C,\, R^*(\gamma)\right)",
        lambda w: torch.minimum(w[3], bought(w)),
    ),
)


def slope_at(w: Pair, factor: float) -> Tensor:
    """The slope of D + factor gamma R for gamma = 1000 beta, over gamma."""
    p_y_given_x = w.joint / w.joint.sum(1, keepdim=True)
    value = factor * (w.encoder / w.prior).log() - p_y_given_x @ w.decoder.log().mT / (1000 * w.beta)
    return value[:, :, None] - value[:, None]


NO_BARS = prices.NO_BARS.with_wrong(
    1,
    Wrong(
        "the capacity, 25 nats here, stays in the slope: the rate counts 1 - C times",
        r"\nabla_{\phi} \left[\mathcal{D} + \gamma\, (1 - C)\, R\right]",
        lambda w: slope_at(w, -24.0),
    ),
    Wrong(
        "below C the rate is rewarded",
        r"\nabla_{\phi} \left[\mathcal{D} - \gamma R\right]",
        lambda w: slope_at(w, -1.0),
    ),
)
