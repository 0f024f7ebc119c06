"""What an encoder of independent latents sees of a map that p(x) does not see, in nats an image.

In the linear case it is the gap of `kkt.axes`; as the decoder's noise goes to zero it is the contrast of independent
mechanism analysis (Gresele et al. 2021, Reizinger et al. 2022). On tables it is sought by coordinate ascent.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from course_pkg.kkt.axes import diagonal_gap
from course_pkg.worlds import TabularWorld


def linear_gap(W: Tensor, variance: float | Tensor, beta: float = 1.0) -> Tensor:
    """What the best diagonal Gaussian misses in a linear decoder W (..., n, d) with this noise, in nats: beta
    divergences.

    beta / 2 [sum_j log M_jj - log det M], M = I + W'W / (beta variance).
    """
    eye = torch.eye(W.shape[-1], dtype=W.dtype, device=W.device)
    return beta * diagonal_gap(eye + W.mT @ W / (beta * variance))


def column_contrast(W: Tensor) -> Tensor:
    """C_IMA of a Jacobian W (..., n, d): sum_j log |w_j| - log det(W'W) / 2, () or (...). 0 for columns at right
    angles.

    Gresele et al. (2021), definition 4.1. Infinite where the columns are dependent.
    """
    return diagonal_gap(W.mT @ W)


def noisy_bits(bits: int, flip: float) -> TabularWorld:
    """Uniform bits seen one by one, each wrong with probability `flip`; the encoder is the posterior, the data its own.

    ValueError unless flip is between 0 and a half, both excluded.
    """
    if not 0 < flip < 0.5:
        raise ValueError(f"expected a flip between 0 and 0.5, got {flip:g}: at 0 the noise is gone, at 0.5 the signal")
    f = torch.cartesian_prod(*[torch.arange(2)] * bits).reshape(-1, bits)
    wrong = (f[:, None] != f).sum(-1).double()
    log_x_given_z = wrong * math.log(flip) + (bits - wrong) * math.log1p(-flip)
    uniform = torch.full((2**bits,), -bits * math.log(2), dtype=torch.float64)
    table = TabularWorld(uniform, log_x_given_z, log_x_given_z.T, uniform, (2,) * bits)
    return table.with_exact_encoder()


def relabelled(world: TabularWorld, matrix: Tensor) -> TabularWorld:
    """The same world, its bits called otherwise: z' = A z modulo 2. p(x) is the same, and so is what an encoder of any
    shape reaches."""
    bits = len(world.latents)
    z = torch.cartesian_prod(*[torch.arange(2)] * bits).reshape(-1, bits)
    new = (z @ matrix.T) % 2
    place = (new * 2 ** torch.arange(bits - 1, -1, -1)).sum(1)  # where cell i goes
    back = place.argsort()
    return replace(
        world,
        log_p_z=world.log_p_z[back],
        log_p_x_given_z=world.log_p_x_given_z[:, back],
        log_q_z_given_x=world.log_q_z_given_x[:, back],
    )


def mean_field_gap(
    log_posterior: Tensor, latents: Sequence[int], starts: int = 20, sweeps: int = 300, seed: int = 0
) -> Tensor:
    """The least KL, in nats, of independent latents from each posterior (X, K): (X,). The last latent is the fastest.

    Coordinate ascent (Bishop 2006, section 10.1) from `starts` random ones and from the posterior's own mode; the
    problem is not convex, so the least of all ends is an upper bound of the gap, never one from below.
    """
    X, d = len(log_posterior), len(latents)
    table = log_posterior.reshape(X, 1, *latents).expand(X, starts + 1, *latents)
    g = torch.Generator().manual_seed(seed)
    mode = torch.stack(torch.unravel_index(log_posterior.argmax(1), tuple(latents)), 1)
    q = []
    for j, k in enumerate(latents):
        drawn = torch.rand(X, starts, k, generator=g, dtype=table.dtype)
        at_mode = torch.nn.functional.one_hot(mode[:, None, j], k).to(table.dtype)
        start = torch.cat([at_mode, drawn], 1) + 1e-3
        q.append(start / start.sum(-1, keepdim=True))
    letters = "abcdefgh"[:d]

    def along(skip: int) -> Tensor:
        """E log p over all latents but one: (X, starts + 1, k)."""
        others = [i for i in range(d) if i != skip]
        terms = ",".join([f"xs{letters}", *(f"xs{letters[i]}" for i in others)])
        return torch.einsum(f"{terms}->xs{letters[skip]}", table, *(q[i] for i in others))

    for _ in range(sweeps):
        for j in range(d):
            q[j] = along(j).softmax(-1)
    entropy = torch.stack([torch.special.entr(part).sum(-1) for part in q]).sum(0)
    return (-(q[0] * along(0)).sum(-1) - entropy).amin(1)
