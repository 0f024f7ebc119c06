"""What a printed mean, deviation and best allow, and what the best of many evaluations is: equations of `benchmark`."""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from course_pkg.derivation.chain import Derivation, Step, Worlds, Wrong
from course_pkg.worlds import Symbols


def scores(seed: int) -> Tensor:
    """Some numbers, the one that is looked at first."""
    g = torch.Generator().manual_seed(seed)
    return torch.randn(2 + seed % 9, generator=g, dtype=torch.float64)


def others_equal(seed: int) -> Tensor:
    """All but the first are one number: then it is as far away as can be."""
    x = scores(seed)
    return torch.cat([x[:1], x[1:2].expand(len(x) - 1)])


def printed(x: Tensor) -> Symbols:
    numbers: dict[str, Tensor | float] = {"n": float(len(x)), r"\bar{x}": x.mean(), "s": x.std()}
    return Symbols(numbers=numbers, arrays={"x_i": ("i", x)})


RUNS = Worlds("scores of some runs", scores, symbols=printed)
FURTHEST = Derivation(
    label="benchmark-furthest",
    steps=(
        Step(
            r"\left(x_1 - \bar{x}\right)^2",
            lambda x: (x[0] - x.mean()) ** 2,
            "how far one score, the best say, is from the mean of all n",
        ),
        Step(
            r"\left(\sum_{i=2}^{n} \left(x_i - \bar{x}\right)\right)^2",
            lambda x: (x[1:] - x.mean()).sum() ** 2,
            "all deviations add up to zero",
            wrong=(
                Wrong(
                    "the others' deviations do not matter to it",
                    r"\sum_{i=2}^{n} \left(x_i - \bar{x}\right)^2",
                    lambda x: ((x[1:] - x.mean()) ** 2).sum(),
                ),
            ),
        ),
        Step(
            r"(n - 1) \sum_{i=2}^{n} \left(x_i - \bar{x}\right)^2",
            lambda x: (len(x) - 1) * ((x[1:] - x.mean()) ** 2).sum(),
            "the square of a mean is at most the mean of squares",
            relation=r"\le",
            tight=others_equal,
        ),
        Step(
            r"(n - 1) \left((n - 1) s^2 - \left(x_1 - \bar{x}\right)^2\right)",
            lambda x: (len(x) - 1) * ((len(x) - 1) * x.var() - (x[0] - x.mean()) ** 2),
            "s is the sample standard deviation, with n - 1",
            wrong=(
                Wrong(
                    "the others have all of the deviation",
                    r"(n - 1)^2 s^2",
                    lambda x: (len(x) - 1) ** 2 * x.var(),
                ),
            ),
        ),
    ),
    source="Samuelson (1968)",
    worlds=(RUNS,),
)


class Votes(NamedTuple):
    """How many votes an evaluation counts, how often one is right, and how many evaluations there are."""

    votes: int
    share: float
    evaluations: int


def evaluations(seed: int) -> Votes:
    g = torch.Generator().manual_seed(seed)
    votes, times = torch.randint(1, 7, (2,), generator=g).tolist()
    return Votes(votes, torch.rand((), generator=g, dtype=torch.float64).item(), min(times, 4))


def of_each_number(w: Votes) -> Tensor:
    """The chance that an evaluation counts 0, 1, ... right votes."""
    p = w.share
    return torch.tensor(
        [math.comb(w.votes, k) * p**k * (1 - p) ** (w.votes - k) for k in range(w.votes + 1)], dtype=torch.float64
    )


def over_all_outcomes(w: Votes) -> Tensor:
    """Every outcome of all evaluations, with its chance and its largest count."""
    each = of_each_number(w)
    outcomes = torch.cartesian_prod(*[torch.arange(w.votes + 1)] * w.evaluations).view(-1, w.evaluations)
    return (each[outcomes].prod(1) * outcomes.amax(1)).sum()


def by_cumulation(w: Votes) -> Tensor:
    below = of_each_number(w).cumsum(0)[:-1]
    return (1 - below**w.evaluations).sum()


BEST = Derivation(
    label="benchmark-best",
    steps=(
        Step(
            r"\mathbb{E}\left[\max_{1 \le m \le M} C_m\right]",
            over_all_outcomes,
            "the largest of M counts of right votes, each of V votes",
        ),
        Step(
            r"\sum_{v=0}^{V-1} \left(1 - \mathrm{Pr}[C \le v]^M\right)",
            by_cumulation,
            "a count is the number of v below it, and the largest is at most v where all are",
            wrong=(
                Wrong(
                    "the best of M is above v as often as M times one of them",
                    r"\sum_{v=0}^{V-1} M \left(1 - \mathrm{Pr}[C \le v]\right)",
                    lambda w: w.evaluations * (1 - of_each_number(w).cumsum(0)[:-1]).sum(),
                ),
                Wrong(
                    "the largest is above v where all of them are",
                    r"\sum_{v=0}^{V-1} \left(1 - \mathrm{Pr}[C \le v]\right)^M",
                    lambda w: ((1 - of_each_number(w).cumsum(0)[:-1]) ** w.evaluations).sum(),
                ),
            ),
        ),
    ),
    worlds=(Worlds("evaluations with a few votes", evaluations),),
)
