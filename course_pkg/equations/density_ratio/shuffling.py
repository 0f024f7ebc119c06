"""What a shuffled code is, and what that does to the reading: equations of the chapter `density_ratio`."""

import math

import torch
from torch import Tensor

from course_pkg import density_ratio
from course_pkg.derivation.agreement import Estimate
from course_pkg.derivation.chain import Definition, Derivation, Step, Worlds, Wrong
from course_pkg.equations.density_ratio.classifier import both
from course_pkg.worlds import Symbols, TabularWorld

SHUFFLED = Definition(
    label="density_ratio-shuffled",
    latex=r"m_B(z) := \mathbb{E}_{z^{(1)}, \ldots, z^{(B)} \sim q}\left[\frac{1}{B^d} \sum_{i_1, \ldots, i_d = 1}^{B}"
    r" \prod_{j=1}^{d} \delta\left(z_j - z_j^{(i_j)}\right)\right]",
    symbol=r"m_B(z)",
    meaning="law of a shuffled code: each latent comes from any of the B codes of a batch, with equal chances",
    code="density_ratio.shuffled_law",
    source="Kim and Mnih (2018), Algorithm 1",
)
Batches = tuple[TabularWorld, int, torch.Generator]
DRAWN = 2000  # batches that permute_dims shuffles


def with_shuffled(world: Batches) -> Symbols:
    """The world's tables, the law of shuffled codes, and the size of a batch."""
    w, batch, _ = world
    shuffled = {"m_B(z)": ("z", density_ratio.shuffled_law(w.log_aggregate_posterior(), w.latents, batch))}
    return Symbols(w.symbols().logs | shuffled, {"B": float(batch)}, w.latents)


def of(latents: tuple[int, ...], sizes: tuple[int, ...]) -> Worlds:
    """Tables of these latents, with batches of these sizes in turn."""
    draw = lambda s: (TabularWorld.random(s, latents), sizes[s % len(sizes)], torch.Generator().manual_seed(s))
    name = f"tables of {len(latents)} latents, batches of {min(sizes)} to {max(sizes)}"
    return Worlds(name, draw, 6, symbols=with_shuffled)


TWO, THREE = of((2, 3), (2, 3, 4)), of((2, 2, 2), (2, 3))


def enumerated(world: Batches) -> Tensor:
    """The law of the first shuffled row: every batch, and every choice of the rows that its latents come from."""
    w, batch, _ = world
    q = w.log_aggregate_posterior().exp()
    codes = torch.cartesian_prod(*[torch.arange(len(q))] * batch)  # (K^B, B)
    chance = q[codes].prod(1) / batch ** len(w.latents)
    steps = [math.prod(w.latents[j + 1 :]) for j in range(len(w.latents))]
    found = torch.zeros_like(q)
    for rows in torch.cartesian_prod(*[torch.arange(batch)] * len(w.latents)):
        parts = zip(rows, steps, w.latents, strict=True)
        cell = torch.stack([codes[:, i] // step % size * step for i, step, size in parts]).sum(0)
        found.index_add_(0, cell, chance)
    return found


def permuted(world: Batches) -> Estimate:
    """How often a row of the course's own permute_dims is each code: one mean a batch."""
    w, batch, g = world
    q = w.log_aggregate_posterior().exp()
    steps = torch.tensor([math.prod(w.latents[j + 1 :]) for j in range(len(w.latents))])
    codes = torch.multinomial(q, DRAWN * batch, replacement=True, generator=g)
    latents = codes[:, None] // steps % torch.tensor(w.latents)
    rows = [density_ratio.permute_dims(part, g) for part in latents.split(batch)]
    cells = (torch.cat(rows) * steps).sum(1).reshape(DRAWN, batch)
    return Estimate.of((cells[:, :, None] == torch.arange(len(q))).double().mean(1))


def mixture(world: Batches) -> Tensor:
    w, batch, _ = world
    log_q, log_bar = both(w)
    return log_q.exp() / batch + (1 - 1 / batch) * log_bar.exp()


def shares_exchanged(world: Batches) -> Tensor:
    w, batch, _ = world
    log_q, log_bar = both(w)
    return (1 - 1 / batch) * log_q.exp() + log_bar.exp() / batch


def only_product(world: Batches) -> Tensor:
    return both(world[0])[1].exp()


ROW = Derivation(
    label="density_ratio-row",
    steps=(
        Step(
            "m_B(z)",
            enumerated,
            "every batch, and every two rows that the latents may come from",
            also={f"permute_dims, {DRAWN} batches": permuted},
        ),
        Step(
            r"\frac{1}{B} q(z) + \left(1 - \frac{1}{B}\right) \bar{q}(z)",
            mixture,
            "two latents: both come from one row in one case of B",
            wrong=(
                Wrong("shuffling makes the latents independent", r"\bar{q}(z)", only_product),
                Wrong(
                    "most rows stay whole",
                    r"\left(1 - \frac{1}{B}\right) q(z) + \frac{1}{B} \bar{q}(z)",
                    shares_exchanged,
                ),
            ),
        ),
    ),
    worlds=(TWO,),
    follows=("density_ratio-shuffled", "density_ratio-product"),
)


def partitioned(world: Batches) -> Tensor:
    w, batch, _ = world
    return density_ratio.shuffled_law(w.log_aggregate_posterior(), w.latents, batch).exp()


def pairs_of(q: Tensor) -> Tensor:
    """The sum over the three pairs of latents of q(pair) q(third). q (a, b, c)."""
    return sum(q.sum(j, keepdim=True) * q.sum([k for k in range(3) if k != j], keepdim=True) for j in range(3))  # type: ignore[return-value]


def written_out(world: Batches, pairs: float = 1.0) -> Tensor:
    w, batch, _ = world
    log_q, log_bar = both(w)
    q, bar = log_q.exp(), log_bar.exp()
    two = pairs_of(q.reshape(w.latents)).reshape(-1)
    return q / batch**2 + pairs * (batch - 1) / batch**2 * two + (batch - 1) * (batch - 2) / batch**2 * bar


def as_for_two(world: Batches) -> Tensor:
    w, batch, _ = world
    log_q, log_bar = both(w)
    return log_q.exp() / batch**2 + (1 - 1 / batch**2) * log_bar.exp()


ROW_OF_THREE = Derivation(
    label="density_ratio-row-of-three",
    steps=(
        Step(
            "m_B(z)",
            enumerated,
            "every batch, and every three rows that the latents may come from",
            also={f"permute_dims, {DRAWN} batches": permuted},
        ),
        Step(
            r"\sum_{\pi} \frac{B (B - 1) \ldots (B - |\pi| + 1)}{B^d} \prod_{b \in \pi} q(z_b)",
            partitioned,
            "latents that come from one row form a block b of a partition; blocks are independent of each other",
        ),
        Step(
            r"\frac{1}{B^2} q(z) + \frac{B - 1}{B^2} \sum_{j=1}^{3} q(z_{\neq j})\, q(z_j)"
            r" + \frac{(B - 1)(B - 2)}{B^2} \bar{q}(z)",
            written_out,
            "three latents have five partitions: one of one block, three of two, one of three",
            wrong=(
                Wrong(
                    "either all latents come from one row, or all from others",
                    r"\frac{1}{B^2} q(z) + \left(1 - \frac{1}{B^2}\right) \bar{q}(z)",
                    as_for_two,
                ),
                Wrong(
                    "the three pairs share one case",
                    r"\frac{1}{B^2} q(z) + \frac{B - 1}{3 B^2} \sum_{j=1}^{3} q(z_{\neq j})\, q(z_j)"
                    r" + \frac{(B - 1)(B - 2)}{B^2} \bar{q}(z)",
                    lambda world: written_out(world, 1 / 3),
                ),
            ),
        ),
    ),
    worlds=(THREE,),
    follows=("density_ratio-shuffled", "density_ratio-product"),
)
