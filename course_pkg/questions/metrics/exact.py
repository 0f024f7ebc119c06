"""The score of Kim and Mnih without drawing: a question of the chapter `metrics`."""

from collections import defaultdict

import numpy as np
import torch
from torch import Tensor

from course_pkg.grading import Case, Question, Symmetry, Wrong
from course_pkg.questions.metrics.tables import grid, mixtures
from course_pkg.questions.shared import at_least, at_most, numbers


def tables(seed: int) -> tuple[Case, ...]:
    def case(rung: str, given: dict[str, Tensor], told: str = "") -> Case:
        sizes = {"latents": given["codes"].shape[1], "factors": given["factors"].shape[1]}
        return Case(rung, given, sizes, told)

    hand = {"codes": numbers([[0.0, 0.0], [0.0, 4.0], [1.0, 1.0], [1.0, 5.0]]), "factors": grid(2, 2)}
    told = "the codes {codes} with the factors {factors}, a row an image"
    dead = mixtures(seed + 4, (3, 4), 4, 60)
    dead["codes"][:, 1] = 0.5  # a latent that nobody uses
    return (
        case("hand", hand, told),
        case("random", mixtures(seed + 1, (2, 3, 4), 3, 90)),
        case("random", mixtures(seed + 2, (5, 2, 6, 3), 6, 200)),
        case("random", mixtures(seed + 5, (7, 8), 5, 150)),
        case("oracle", mixtures(seed + 3, (4, 4, 5), 7, 160)),
        case("trap", dead),
    )


def votes(
    codes: Tensor,
    factors: Tensor,
    scaled: bool = True,
    still: bool = False,
    alike: bool = False,
    most: bool = False,
    root: bool = False,
    one: bool = False,
    short: bool = False,
    moving: bool = False,
) -> Tensor:
    """The share of factor k's votes that go to latent j, (K, d).

    still: a constant latent wins; alike: settings count alike; most: the latent that moves most wins; root: divided by
    deviations; one: one winner for all settings; short: without the last; moving: none that is still in a setting.
    """
    whole = codes.var(0, correction=0)
    alive = whole > 0
    out = torch.zeros(factors.shape[1], codes.shape[1], dtype=codes.dtype)
    unit = torch.where(alive, whole.sqrt() if root else whole, 1.0) if scaled else torch.ones_like(whole)
    for k, f in enumerate(factors.T):
        settings = f.unique()
        inside = {v: codes[f == v].var(0, correction=0) for v in settings.tolist()}
        if one:
            mean = torch.stack([within * (f == v).double().mean() for v, within in inside.items()]).sum(0)
            inside = dict.fromkeys(inside, mean)
        for v in settings.tolist()[: -1 if short else None]:
            within = inside[v]
            ratio = within / unit
            if moving:
                ratio = torch.where(within > 0, ratio, torch.inf)
            if not still:
                ratio = torch.where(alive, ratio, -torch.inf if most else torch.inf)
            winner = ratio.argmax() if most else ratio.argmin()
            out[k, winner] += 1 / len(settings) if alike else (f == v).double().mean()
    return out


def by_loops(codes: Tensor, factors: Tensor) -> float:
    """Image by image: each gives its factors' votes, one over N K each, to the winners of its settings."""
    z, f = codes.numpy(), factors.numpy()
    table: dict[int, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    whole = np.array([np.mean((column - column.mean()) ** 2) for column in z.T])
    for k in range(f.shape[1]):
        winners = {}
        for v in set(f[:, k]):
            rows = z[f[:, k] == v]
            ratios = {j: np.var(rows[:, j]) / whole[j] for j in range(z.shape[1]) if whole[j] > 0}
            winners[v] = min(ratios, key=lambda j: ratios[j])
        for v in f[:, k]:
            table[winners[v]][k] += 1 / f.size
    return sum(max(column.values()) for column in table.values())


def column_best(table: Tensor) -> Tensor:
    return table.amax(0).sum() / len(table)


def settings_counted(codes: Tensor, factors: Tensor) -> Tensor:
    """Each setting of any factor is one vote."""
    won = votes(codes, factors, alike=True) * torch.tensor([[len(f.unique())] for f in factors.T])
    return won.amax(0).sum() / won.sum()


def by_votes(f, **how):
    return lambda codes, factors: f(votes(codes, factors, **how))


EXACT = Question(
    name="score_of_votes",
    kind="implement",
    title="Votes without dice",
    points=3,
    difficulty=3,
    importance=5,
    minutes=25,
    returns="one number",
    relation="Kim and Mnih's score in the limit of many images to a vote; a factor's settings count as often as they "
    "occur, and a constant latent wins nothing",
    cases=tables,
    reference=by_votes(column_best),
    oracle=by_loops,
    wrong=(
        Wrong(
            "no division by the whole variance",
            by_votes(column_best, scaled=False),
            "divide by the latent's variance over all images; without that the latent of the smallest scale wins.",
        ),
        Wrong(
            "the best latent of each factor",
            by_votes(lambda t: t.amax(1).mean()),
            "the maximum is over factors, in each latent's column: a latent stands for one factor. You took it along "
            "the "
            "row, so one latent may stand for several.",
        ),
        Wrong(
            "the majorities averaged",
            by_votes(lambda t: t.amax(0).mean()),
            "add the majorities of the latents and divide by all votes. A latent without votes then costs nothing.",
        ),
        Wrong(
            "a constant latent wins",
            by_votes(column_best, still=True),
            "a latent that is constant has no variance anywhere: zero over zero must not win. Leave it out.",
        ),
        Wrong(
            "settings count alike",
            by_votes(column_best, alike=True),
            "a setting is drawn as often as it occurs, and here some are rarer than others.",
        ),
        Wrong(
            "the largest ratio wins",
            by_votes(column_best, most=True),
            "with a factor fixed, the latent that holds it stands still: the least ratio wins, not the largest.",
        ),
        Wrong(
            "no votes lost",
            by_votes(lambda t: (t > 0).double().sum() / (t > 0).double().sum().clamp_min(1)),
            "that is 1 for everything. Votes for another factor than the majority's are lost.",
        ),
        Wrong(
            "divided by deviations",
            by_votes(column_best, root=True),
            "a variance divided by a deviation still has a unit: divide by the variance, so that scales cancel.",
        ),
        Wrong(
            "one winner for all settings of a factor",
            by_votes(column_best, one=True),
            "each setting has a winner of its own; you averaged over the settings, and let one latent win the factor.",
        ),
        Wrong(
            "the last setting left out",
            by_votes(column_best, short=True),
            "range(f.max()) ends one too early: the last setting's votes are left out.",
        ),
        Wrong(
            "a latent that is still within a setting left out",
            by_votes(column_best, moving=True),
            "to be still within a setting is what wins. Leave out what is still over all images, nothing else.",
        ),
        Wrong(
            "settings of all factors counted together",
            settings_counted,
            "each factor gets as many votes as another, however many settings: you counted all settings together.",
        ),
    ),
    conditions=(at_least(0.0, "a share is not negative"), at_most(1.0, "a share is at most one")),
    symmetries=(
        Symmetry("stay the same where the codes are in other units", lambda g: {"codes": 10 * g["codes"]}),
        Symmetry("stay the same where the latents come in another order", lambda g: {"codes": g["codes"].flip(1)}),
        Symmetry("stay the same where the factors come in another order", lambda g: {"factors": g["factors"].flip(1)}),
    ),
    hints={
        "not started": "one factor first: for each of its settings take the rows that have it, and their variances.",
        "exception": "factors[:, k] == v is a mask of images; take codes[mask], its variance along axis 0.",
        "shape": "one number: majorities of the columns, added, over the number of factors.",
        "not finite": "a constant latent gives zero over zero. Put infinity in its place before the argmin.",
        "trap": "one of the latents is constant.",
        "different": "print the table of votes: each of its rows must add to one.",
    },
)
