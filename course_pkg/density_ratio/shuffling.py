"""What a code is whose latents were shuffled over a batch: not quite a draw from the product of the marginals.

Each latent of a shuffled row comes from one of B rows, drawn on its own. Sometimes two latents come from the same row,
and then they are tied as before. So the best classifier reads KL(q || m_B), with m_B the law of such a row, and that is
at most (d - 1) log B, whatever the total correlation. In nats.
"""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

Blocks = tuple[tuple[int, ...], ...]


def partitions(latents: int) -> Iterator[Blocks]:
    """All ways to divide latents 0 .. d - 1 into blocks, each block and their list in rising order."""
    if latents == 0:
        yield ()
        return
    last = latents - 1
    for blocks in partitions(last):
        for k, block in enumerate(blocks):
            yield (*blocks[:k], (*block, last), *blocks[k + 1 :])
        yield (*blocks, (last,))


def check_batch(batch: int) -> None:
    if batch < 1:
        raise ValueError(f"expected a batch of one code or more, got {batch}")


def shuffled_law(log_q: Tensor, latents: tuple[int, ...], batch: int) -> Tensor:
    """log m_B, the law of a row of `permute_dims` where the batch is B independent codes of q. (K,) -> (K,).

    log_q: a table of log probabilities over d discrete latents, the last fastest. Latents whose rows coincide form a
    block of a partition: it has a share of B (B - 1) ... (B - blocks + 1) / B^d, and blocks are independent of each
    other. ValueError where the table has another size, or without a code.
    """
    check_batch(batch)
    if log_q.shape != (math.prod(latents),):
        raise ValueError(f"expected a table ({math.prod(latents)},) for latents {latents}, got {tuple(log_q.shape)}")
    d, q = len(latents), log_q.exp().reshape(latents)
    law = torch.zeros_like(q)
    for blocks in partitions(d):
        share = math.perm(batch, len(blocks)) / batch**d
        term = torch.ones_like(q)
        for block in blocks:
            others = [j for j in range(d) if j not in block]
            term = term * (q.sum(others, keepdim=True) if others else q)
        law = law + share * term
    return law.log().reshape(-1)


def ceiling(latents: int, batch: int) -> float:
    """(d - 1) log B: what no classifier of codes against shuffled codes can exceed, since m_B >= q / B^(d - 1)."""
    check_batch(batch)
    return (latents - 1) * math.log(batch)


def seen(log_ratio: Tensor, batch: int) -> Tensor:
    """Of two latents: log q / q-bar at a code, as the best classifier of shuffled batches sees it, log q / m_B.

    m_B = q / B + (1 - 1/B) q-bar, so it is never above log B. Any shape. ValueError without a code.
    """
    check_batch(batch)
    alone = math.log1p(-1 / batch) if batch > 1 else -math.inf
    return -torch.logaddexp(torch.full_like(log_ratio, -math.log(batch)), alone - log_ratio)


def undone(log_ratio: Tensor, batch: int) -> Tensor:
    """Of two latents: from log q / m_B back to log q / q-bar, the inverse of `seen`. Any shape.

    ValueError for a batch of one, which says nothing, and for a ratio of B or more, which no such classifier has.
    """
    if batch < 2:
        raise ValueError(f"expected a batch of 2 codes or more, got {batch}: alone, a shuffled code is the code")
    if not bool((log_ratio < math.log(batch)).all()):
        raise ValueError(
            f"expected log ratios below log {batch}, got {log_ratio.max():.4g}: an estimate must be capped"
        )
    return math.log1p(-1 / batch) + log_ratio - torch.log1p(-log_ratio.exp() / batch)


# Two Gaussian latents -----------------------------------------------------------------------------------------------


def gaussian_log_ratio(z: Tensor, rho: float) -> Tensor:
    """log q(z) / q(z_1) q(z_2) of two standard normal latents of correlation rho. (..., 2) -> (...)."""
    a, b = z[..., 0], z[..., 1]
    loss = 1 - rho**2
    return -0.5 * math.log(loss) - (rho**2 * (a**2 + b**2) - 2 * rho * a * b) / (2 * loss)


def gaussian_reading(tc: float, batch: int, points: int = 601) -> float:
    """KL(q || m_B) for two Gaussian latents of this total correlation: what the best classifier reads. Nats.

    A trapezoid sum in the two directions in which q is independent: there log q / q-bar is
    tc + rho (u^2 - v^2) / 2, u and v standard normal. ValueError below zero.
    """
    if tc < 0:
        raise ValueError(f"expected a total correlation of 0 or more, got {tc}")
    rho = math.sqrt(-math.expm1(-2 * tc))
    axis = torch.linspace(0, 9, points, dtype=torch.float64)
    weight = torch.exp(-(axis**2) / 2)
    weight[0] /= 2  # the even half of the trapezoid sum
    weight = weight / weight.sum()
    log_ratio = tc + rho * (axis[:, None] ** 2 - axis**2) / 2
    return float((weight[:, None] * weight * seen(log_ratio, batch)).sum())
