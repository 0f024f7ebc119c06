"""The metric of Kim and Mnih: fix a factor, and see which latent then moves least.

Kim and Mnih (2018), "Disentangling by Factorising", section 4. A vote draws a factor, one of its settings and L images
that share it; the latent whose variance, over its variance in the whole set, is least gets the vote. Each latent then
stands for the factor that most of its votes come from, and the score is the share of votes that say so.
"""

import math

import torch
from torch import Tensor

from course_pkg.metrics.score import Measured, Score, chosen, measured, spread_of

BLOCK = 4_000_000  # codes looked at at once: what is held does not grow with the votes


def kim_mnih_exact(
    codes: Tensor, factors: Tensor, active: Tensor | None = None, discrete: Tensor | None = None, normalise: bool = True
) -> Score:
    """The score as L and the number of votes grow without bound: a function of the code table, with no seed.

    A vote for factor k at setting v goes to argmin_j Var(z_j | f_k = v) / Var(z_j), however narrowly it wins: noise
    does not score 1/K here but what luck gives to so many settings (0.46 for ten latents on dSprites). codes (N, d),
    factors (N, K); a setting counts as often as it occurs, each factor 1/K. Raises ValueError as `measured` does.
    """
    m = measured(codes, factors, active, discrete)
    votes = torch.zeros(m.factors.shape[1], m.codes.shape[1], dtype=torch.float64, device=codes.device)
    scale = whole_spread(m) if normalise else torch.ones_like(m.codes[0])
    for k, size in enumerate(m.sizes):
        count, within = within_settings(m, k, size)
        winner = (within / scale).masked_fill(~m.active, math.inf).argmin(1)
        votes[k].index_add_(0, winner, count / len(m.codes))
    settings = {"L": "infinite", "normalised": normalise, "latents": chosen(m)}
    return Score("Kim-Mnih", majority(votes, votes), 0.0, settings, votes, "share of a factor's votes")


def kim_mnih(
    codes: Tensor,
    factors: Tensor,
    generator: torch.Generator | None = None,
    votes: int = 800,
    samples: int = 100,
    test_votes: int | None = None,
    active: Tensor | None = None,
    discrete: Tensor | None = None,
    normalise: bool = True,
) -> Score:
    """The score by drawn votes, as published: `votes` of them, each from `samples` images (L).

    test_votes: how many further votes to score the majority on; None scores it on the votes that made it, which favours
    it (chance is then above 1/K). codes (N, d), factors (N, K). spread: the binomial standard error of what was scored.
    Raises ValueError as `measured` does, for fewer than two samples (one image has no variance) and for no votes.
    """
    if samples < 2 or votes < 1 or (test_votes is not None and test_votes < 1):
        told = f"samples={samples}, votes={votes}, test_votes={test_votes}"
        raise ValueError(f"expected two samples or more (one image has no variance) and one vote or more, got {told}")
    m = measured(codes, factors, active, discrete)
    scale = whole_spread(m) if normalise else torch.ones_like(m.codes[0])
    made = drawn_votes(m, scale, votes, samples, generator)
    scored = made if test_votes is None else drawn_votes(m, scale, test_votes, samples, generator)
    value, n = majority(made, scored), votes if test_votes is None else test_votes
    settings = {
        "L": samples, "votes": votes, "scored on": "the same" if test_votes is None else f"{test_votes} others",
        "normalised": normalise, "latents": chosen(m),
    }  # fmt: skip
    return Score("Kim-Mnih", value, math.sqrt(value * (1 - value) / n), settings, made, "votes")


def majority(made: Tensor, scored: Tensor) -> float:
    """The share of votes `scored` (K, d) that name the factor which most of their latent's votes `made` (K, d) name."""
    factor = made.argmax(0)
    return (scored.gather(0, factor[None]).sum() / scored.sum()).item()


def whole_spread(m: Measured) -> Tensor:
    """The spread of each latent over the whole set, (d,); 1 where it is constant (it never wins)."""
    variance = m.codes.var(0, correction=0)
    for j in m.discrete.nonzero()[:, 0].tolist():
        share = m.codes[:, j].unique(return_counts=True)[1].double() / len(m.codes)
        variance[j] = 1 - share.square().sum()
    return torch.where(m.active, variance, 1.0)


def within_settings(m: Measured, k: int, size: int) -> tuple[Tensor, Tensor]:
    """How many images have each setting of factor k, (size,), and the spread of the latents among them, (size, d)."""
    setting, d = m.factors[:, k], m.codes.shape[1]
    count = torch.bincount(setting, minlength=size).double()
    rows = lambda values: torch.zeros(size, d, dtype=torch.float64, device=values.device).index_add_(0, setting, values)
    mean = rows(m.codes) / count.clamp_min(1)[:, None]
    spread = rows((m.codes - mean[setting]).square()) / count.clamp_min(1)[:, None]
    for j in m.discrete.nonzero()[:, 0].tolist():
        name = m.codes[:, j].unique(return_inverse=True)[1]
        cells = torch.bincount(setting * (name.max() + 1) + name, minlength=size * int(name.max() + 1)).view(size, -1)
        spread[:, j] = 1 - (cells / count.clamp_min(1)[:, None]).square().sum(1)
    return count, spread


def drawn_votes(m: Measured, scale: Tensor, n: int, samples: int, generator: torch.Generator | None) -> Tensor:
    """Votes of n draws, (K, d): a factor, a setting as often as it occurs, and `samples` images that share it."""
    k_all, device = m.factors.shape[1], m.codes.device
    votes = torch.zeros(k_all, m.codes.shape[1], dtype=torch.float64, device=device)
    which = torch.randint(k_all, (n,), generator=generator, device=device)
    anchor = torch.randint(len(m.codes), (n,), generator=generator, device=device)
    u = torch.rand(n, samples, generator=generator, device=device, dtype=torch.float64)
    for k in range(k_all):
        order = m.factors[:, k].argsort(stable=True)
        count = torch.bincount(m.factors[:, k], minlength=m.sizes[k])
        start = count.cumsum(0) - count
        mine = which == k
        setting = m.factors[anchor[mine], k]
        for part in torch.arange(len(setting), device=device).split(max(1, BLOCK // (samples * len(scale)))):
            at = start[setting[part], None] + (u[mine][part] * count[setting[part], None]).long()
            spread = spread_of(m.codes[order[at]], m.discrete) / scale
            winner = spread.masked_fill(~m.active, math.inf).argmin(1)
            votes[k].index_add_(0, winner, torch.ones_like(winner, dtype=torch.float64))
    return votes
