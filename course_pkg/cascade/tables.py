"""Codes so small that every information is a sum: how total correlation grows, and what maximising I does to it.

A joint law of images and latents is a tensor of probabilities, one axis each: p(x, z_1, ..., z_d) of shape
(X, k_1, ..., k_d). In nats.
"""

from collections.abc import Sequence

import torch
from torch import Tensor


def entropy(p: Tensor, *axes: int) -> Tensor:
    """H of some axes of a table of probabilities; of all without any. ()."""
    rest = [axis for axis in range(p.ndim) if axis not in axes] if axes else []
    kept = p.sum(rest) if rest else p
    return -torch.special.xlogy(kept, kept).sum()


def information(p: Tensor, one: Sequence[int], other: Sequence[int]) -> Tensor:
    """I between two groups of axes: H + H - H of both. ()."""
    return entropy(p, *one) + entropy(p, *other) - entropy(p, *one, *other)


def given(p: Tensor, one: Sequence[int], other: Sequence[int], known: int = 0) -> Tensor:
    """I between two groups of axes where the axis `known` is given. ()."""
    return information(p, [*one, known], [*other, known]) - entropy(p, known)


def summands(p: Tensor, order: Sequence[int]) -> Tensor:
    """I(earlier latents; the next) for each latent of an order from its second on, axes of the table. (d - 1,)."""
    return torch.stack([information(p, order[:i], [order[i]]) for i in range(1, len(order))])


def three_images(coin: float) -> Tensor:
    """Three images, two bits: z_1 says whether x is the first; z_2 tells the others apart, and tosses for the first.

    p(x, z_1, z_2) (3, 2, 2); coin: how often z_2 is 1 for the first image.
    """
    p = torch.zeros(3, 2, 2, dtype=torch.float64)
    p[0, 1] = torch.tensor([1 - coin, coin], dtype=torch.float64)
    p[1, 0, 0] = p[2, 0, 1] = 1
    return p / 3


def bits(p_x: Tensor, *codes: Sequence[int]) -> Tensor:
    """The law of images and of bits that are functions of them: codes[j][x] is bit j of image x. (X, 2, ..., 2)."""
    table = torch.zeros(len(p_x), *[2] * len(codes), dtype=p_x.dtype)
    for x, chance in enumerate(p_x):
        table[(x, *(code[x] for code in codes))] = chance
    return table


def assigned(p_z: Tensor, costs: Tensor) -> Tensor:
    """A code z drawn from q(z|x), and then the value that costs least for this image at this z: p(x, z, value).

    p_z (X, Z) the rows q(z|x), images equally likely; costs (X, Z, K). As CascadeVAE is trained, but for the batch.
    """
    chosen = torch.nn.functional.one_hot(costs.argmin(2), costs.shape[2]).to(p_z.dtype)
    return p_z[:, :, None] * chosen / len(p_z)
