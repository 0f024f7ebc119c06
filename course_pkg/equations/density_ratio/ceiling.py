"""What shuffling in batches does to the reading: equations of the chapter `density_ratio`."""

import math
from dataclasses import replace

import torch
from torch import Tensor

from course_pkg import density_ratio
from course_pkg.density_ratio import seen
from course_pkg.derivation.chain import Definition, Derivation, Step, Worlds, Wrong
from course_pkg.equations.density_ratio.classifier import both, log_ratio
from course_pkg.equations.density_ratio.divergences import independent
from course_pkg.equations.density_ratio.shuffling import THREE, TWO, Batches, mixture, written_out
from course_pkg.worlds import Symbols, TabularWorld, kl
from course_pkg.worlds.kinds import numbers


def shuffled(w: Tensor) -> Tensor:
    """The share of a code in batches of B: its latents come from one code, or from two."""
    return w[0] / w[3].floor() + (1 - 1 / w[3].floor()) * w[1] * w[2]


CODES = Worlds(
    "codes of two latents: q(z), q(z_1), q(z_2), B",
    numbers((0.05, 0.4), (0.4, 0.7), (0.4, 0.7), (2, 9)),
    symbols=lambda w: Symbols(arrays={"q(z)": ("", w[0]), "m_B(z)": ("", shuffled(w))}),
)

SEEN = Definition(
    label="density_ratio-seen",
    latex=r"T_B(z) := \log \frac{q(z)}{m_B(z)}",
    symbol="T_B(z)",
    meaning="what the best classifier of codes and codes shuffled in batches of B says",
    code="density_ratio.seen",
    judge=lambda w: seen((w[0] / (w[1] * w[2])).log(), int(w[3])),
    worlds=CODES,
)

# What it does to the reading ------------------------------------------------------------------------


def copies(seed: int) -> Batches:
    """Three latents of six values that nearly always repeat one another, and a batch of two or three."""
    g = torch.Generator().manual_seed(seed)
    slip = 0.01 + 0.04 * torch.rand(3, generator=g, dtype=torch.float64)
    eye, flat = torch.eye(6, dtype=torch.float64), torch.full((6, 6), 1 / 6, dtype=torch.float64)
    a, b, c = ((1 - s) * eye + s * flat for s in slip)
    table = (a[:, :, None, None] * b[:, None, :, None] * c[:, None, None, :]).reshape(6, -1).log()
    w = TabularWorld.random(seed, (6, 6, 6), x=6)
    even = torch.full((6,), -math.log(6), dtype=torch.float64)
    return replace(w, log_q_z_given_x=table, log_p_x=even), 2 + seed % 2, g


def alone(seed: int) -> Batches:
    """A batch of one code: nothing to shuffle with."""
    w, _, g = copies(seed)
    return w, 1, g


COPIES = Worlds("three latents that repeat one another, batches of 2 and 3", copies, 4)


def reading(world: Batches) -> Tensor:
    w, batch, _ = world
    log_q = w.log_aggregate_posterior()
    return kl(log_q, density_ratio.shuffled_law(log_q, w.latents, batch))


def limit(world: Batches) -> Tensor:
    w, batch, _ = world
    return torch.tensor((len(w.latents) - 1) * math.log(batch), dtype=torch.float64)


CEILING = Derivation(
    label="density_ratio-ceiling",
    steps=(
        Step(
            r"D_{\mathrm{KL}}\left(q(z) \,\|\, m_B(z)\right)",
            reading,
            "what the best classifier reads",
            also={"the mean of the best logit": lambda world: (world_q(world) * seen_by_sums(world)).sum()},
        ),
        Step(
            r"(d - 1) \log B",
            limit,
            "a row is whole in one case of B to the d - 1, so m_B is at least that share of q",
            relation=r"\le",
            tight=alone,
            wrong=(
                Wrong(
                    "the batch limits it, however many latents", r"\log B", lambda w: limit(w) / (len(w[0].latents) - 1)
                ),
                Wrong("with more codes the reading exceeds it", r"(d - 1) \log B", relation=r"\ge"),
            ),
        ),
    ),
    worlds=(COPIES, THREE),
    follows=("notation-expectation", "density_ratio-shuffled", "notation-kl"),
)


def world_q(world: Batches) -> Tensor:
    return world[0].log_aggregate_posterior().exp()


def seen_by_sums(world: Batches) -> Tensor:
    """log q / m_B, with m_B written out for three latents."""
    return world[0].log_aggregate_posterior() - written_out(world).log()


def shrunk(world: Batches) -> Tensor:
    return (1 - 1 / world[1]) * kl(*both(world[0]))


SHRINKS = Derivation(
    label="density_ratio-shrinks",
    steps=(
        Step(
            r"D_{\mathrm{KL}}\left(q(z) \,\|\, m_B(z)\right)",
            reading,
            "what the best classifier reads",
            also={"with the mixture of two": lambda w: kl(w[0].log_aggregate_posterior(), mixture(w).log())},
        ),
        Step(
            r"\left(1 - \frac{1}{B}\right) \mathrm{TC}(z)",
            shrunk,
            "two latents; a divergence is convex, so a mixture's is at most the mixture of the two, and one is zero",
            relation=r"\le",
            tight=lambda s: (independent(s), 2 + s % 3, torch.Generator()),
            wrong=(
                Wrong(
                    "a share 1/B of the codes is lost, no more",
                    r"\left(1 - \frac{1}{B}\right) \mathrm{TC}(z)",
                    relation="=",
                ),
                Wrong(
                    "shuffled codes are farther off than independent ones",
                    r"\mathrm{TC}(z)",
                    lambda w: kl(*both(w[0])),
                    relation=r"\ge",
                ),
            ),
        ),
    ),
    worlds=(TWO,),
    follows=(
        "notation-expectation",
        "density_ratio-row",
        "notation-total-correlation",
        "density_ratio-shuffled",
        "notation-kl",
    ),
)


def what_is_seen(world: Batches) -> Tensor:
    return world[0].log_aggregate_posterior() - mixture(world).log()


def solved(world: Batches) -> Tensor:
    B = world[1]
    return math.log(1 - 1 / B) - ((-what_is_seen(world)).exp() - 1 / B).log()


UNDONE = Derivation(
    label="density_ratio-undone",
    steps=(
        Step("T^*(z)", lambda world: log_ratio(world[0]), "definition"),
        Step(
            r"\log \left(1 - \frac{1}{B}\right) - \log \left(e^{-T_B(z)} - \frac{1}{B}\right)",
            solved,
            "two latents: divide the law of a row by q, and solve for the ratio",
            also={
                "density_ratio.undone": lambda w: density_ratio.undone(density_ratio.seen(log_ratio(w[0]), w[1]), w[1])
            },
            wrong=(
                Wrong(
                    "one factor mends it everywhere",
                    r"\frac{T_B(z)}{1 - 1 / B}",
                    lambda w: what_is_seen(w) / (1 - 1 / w[1]),
                ),
                Wrong(
                    "a constant mends it everywhere",
                    r"T_B(z) - \log \left(1 - \frac{1}{B}\right)",
                    lambda w: what_is_seen(w) - math.log(1 - 1 / w[1]),
                ),
            ),
        ),
    ),
    worlds=(TWO,),
    follows=("density_ratio-row", "density_ratio-seen", "density_ratio-log-ratio"),
)
