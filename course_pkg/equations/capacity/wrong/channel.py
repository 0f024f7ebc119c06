"""Wrong lines about a latent as a channel, and a code that says nothing."""

import torch
from torch import Tensor

from course_pkg.derivation.chain import Wrong
from course_pkg.equations.capacity import channel
from course_pkg.equations.capacity.channel import Message


def power(w: Message) -> Tensor:
    means, often, _ = w
    return (often * means**2).sum() - (often * means).sum() ** 2


def noise(w: Message) -> Tensor:
    _, often, width = w
    return (often * width**2).sum()


CHANNEL = channel.CHANNEL.with_wrong(
    1,
    Wrong(
        "only the noise's share is lost: signal over noise",
        r"\frac{1}{2} \log \frac{\mathrm{Var}[\mu_j]}{\mathbb{E}[\sigma_j^2]}",
        lambda w: 0.5 * (power(w) / noise(w)).log(),
    ),
    Wrong(
        "a channel is used to its capacity",
        r"\frac{1}{2} \log \frac{\mathrm{Var}[\mu_j] + \mathbb{E}[\sigma_j^2]}{\exp \mathbb{E}[\log \sigma_j^2]}",
        relation="=",
    ),
).with_wrong(
    2,
    Wrong(
        "a latent cannot say more than it costs, so the capacity is its rate",
        r"\mathbb{E}_{p(x)}\left[D_{\mathrm{KL}}\left(q_\phi(z_j \mid x) \,\|\, p(z_j)\right)\right]",
        relation="=",
    ),
)


def half_log(C: Tensor) -> Tensor:
    """What the variance below one would be worth by its logarithm alone."""
    return -0.5 * torch.tensor(channel.empty_variance(C), dtype=C.dtype).log()


EMPTY = channel.EMPTY.with_wrong(
    1,
    Wrong(
        "it says nothing, so it costs nothing",
        "0",
        torch.zeros_like,
    ),
    Wrong(
        "the width alone is paid for: the logarithm of how narrow it is",
        r"-\frac{1}{2} \log \sigma_C^2",
        half_log,
    ),
)
