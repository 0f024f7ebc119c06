"""Wrong lines about the bottleneck's optimum, its slopes, and the binary symmetric channel, where it is solved."""

import math

import torch
from torch import Tensor

from course_pkg.derivation.chain import Wrong
from course_pkg.equations.bottleneck import fixed_points
from course_pkg.equations.bottleneck.fixed_points import Coins, global_minimum
from course_pkg.equations.bottleneck.worlds import Pair


def misfits(w: Pair, q: Tensor) -> Tensor:
    """d_z(x), (X, Z)."""
    p_x = w.joint.sum(1)
    p_y_given_x, q_z = w.joint / p_x[:, None], p_x @ q
    q_y_given_z = q.mT @ w.joint / q_z[:, None]
    return (p_y_given_x[:, None] * (p_y_given_x[:, None] / q_y_given_z).log()).sum(-1)


def exchange(cost: Tensor) -> Tensor:
    return cost[:, :, None] - cost[:, None]


def log_ratio(w: Pair) -> Tensor:
    return (w.encoder / (w.joint.sum(1) @ w.encoder)).log()


SLOPE = fixed_points.SLOPE.with_wrong(
    1,
    Wrong(
        "what predicts badly lowers the relevance, so its misfit has a minus",
        r"\beta \left[\log \frac{q_\phi(z \mid x)}{q_\phi(z)} - \log \frac{q_\phi(z' \mid x)}{q_\phi(z')}\right]"
        r" - d_z(x) + d_{z'}(x)",
        lambda w: exchange(w.beta * log_ratio(w) - misfits(w, w.encoder)),
    ),
    Wrong(
        "the marginal moves too little to matter",
        r"\beta \left[\log q_\phi(z \mid x) - \log q_\phi(z' \mid x)\right] + d_z(x) - d_{z'}(x)",
        lambda w: exchange(w.beta * w.encoder.log() + misfits(w, w.encoder)),
    ),
    Wrong(
        "the price weighs both",
        r"\beta \left[\log \frac{q_\phi(z \mid x)}{q_\phi(z)} - \log \frac{q_\phi(z' \mid x)}{q_\phi(z')}"
        r" + d_z(x) - d_{z'}(x)\right]",
        lambda w: w.beta * exchange(log_ratio(w) + misfits(w, w.encoder)),
    ),
)


def answered(w: Pair, factor: Tensor, weighed: bool = True) -> Tensor:
    q = global_minimum(w)
    start = (w.joint.sum(1) @ q).log() if weighed else torch.zeros(q.shape[1], dtype=q.dtype)
    return (start - misfits(w, q) * factor).softmax(-1)


SELF_CONSISTENT = fixed_points.SELF_CONSISTENT.with_wrong(
    1,
    Wrong(
        "the exponent holds the price itself",
        r"\frac{q_\phi(z)\, e^{-\beta\, d_z(x)}}{\sum_{z'} q_\phi(z')\, e^{-\beta\, d_{z'}(x)}}",
        lambda w: answered(w, w.beta),
    ),
    Wrong(
        "all codes start alike: the marginal cancels with the normaliser",
        r"\frac{e^{-d_z(x) / \beta}}{\sum_{z'} e^{-d_{z'}(x) / \beta}}",
        lambda w: answered(w, 1 / w.beta, weighed=False),
    ),
)


# The binary symmetric channel ----------------------------------------------------------------------


def h(p: Tensor) -> Tensor:
    return -(p * p.log() + (1 - p) * (1 - p).log())


def of_coins(w: Coins, both: Tensor) -> Tensor:
    _, crossover, beta = w
    return beta * (math.log(2) - h(crossover)) - (math.log(2) - h(both))


RATE_OF_COIN = r"\beta \left[\log 2 - h(\delta)\right]"
BINARY = fixed_points.BINARY.with_wrong(
    1,
    Wrong(
        "two channels flip as often as one and the other",
        rf"{RATE_OF_COIN} - \left[\log 2 - h(\delta + \kappa)\right]",
        lambda w: of_coins(w, w[0] + w[1]),
    ),
    Wrong(
        "both must flip for y to differ from z",
        rf"{RATE_OF_COIN} - \left[\log 2 - h(\delta \kappa)\right]",
        lambda w: of_coins(w, w[0] * w[1]),
    ),
    Wrong(
        "the fair bit's log 2 cancels",
        r"-\beta\, h(\delta) + h(\delta (1 - \kappa) + \kappa (1 - \delta))",
        lambda w: h(w[1] * (1 - w[0]) + w[0] * (1 - w[1])) - w[2] * h(w[1]),
    ),
)


def delta(w: Coins) -> Tensor:
    return fixed_points.iterated_coin(w)


BINARY_OPTIMUM = fixed_points.BINARY_OPTIMUM.with_wrong(
    1,
    Wrong(
        "the inner derivative is a constant",
        r"\mathrm{artanh}\left((1 - 2 \kappa)(1 - 2 \delta^*)\right)",
        lambda w: torch.atanh((1 - 2 * w[0]) * (1 - 2 * delta(w))),
    ),
    Wrong(
        "the slope of the second channel is that of the first, times its factor",
        r"(1 - 2 \kappa)\, \mathrm{artanh}(1 - 2 \delta^*)",
        lambda w: (1 - 2 * w[0]) * torch.atanh(1 - 2 * delta(w)),
    ),
)
