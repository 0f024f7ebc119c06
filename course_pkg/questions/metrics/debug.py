"""A vote counter with four faults: a question of the chapter `metrics`."""

from collections import Counter

import numpy as np
import torch
from torch import Tensor

from course_pkg.grading import Case, Question, Symmetry, Wrong
from course_pkg.questions.metrics.tables import mixtures, seeded
from course_pkg.questions.shared import at_least, at_most, numbers

GIVEN = ("fixed", "images", "test_fixed", "test_images")


def votes_of(factors: Tensor, n: int, samples: int, g: torch.Generator) -> tuple[Tensor, Tensor]:
    """Which factor is fixed (n,), and the rows (n, samples) of images that share its setting."""
    fixed = torch.randint(factors.shape[1], (n,), generator=g)
    alike = [[(column == s).nonzero()[:, 0] for s in range(int(column.max()) + 1)] for column in factors.T]
    rows, settings = [], factors.tolist()
    for k in fixed.tolist():
        same = alike[k][settings[int(torch.randint(len(factors), (), generator=g))][k]]
        rows.append(same[torch.randint(len(same), (samples,), generator=g)])
    return fixed, torch.stack(rows)


def vote_cases(seed: int) -> tuple[Case, ...]:
    def case(rung: str, s: int, sizes: tuple[int, ...], latents: int, votes: int, dead: bool = False) -> Case:
        table = mixtures(s, sizes, latents, 120, noise=0.6)
        g = seeded(s + 50)
        if dead:
            table["codes"][:, 0] = 2.0
        drawn = (*votes_of(table["factors"], votes, 6, g), *votes_of(table["factors"], 2 * votes, 6, g))
        given = {"codes": table["codes"], **dict(zip(GIVEN, drawn, strict=True))}
        sizes_ = {"votes": votes, "test votes": 2 * votes, "latents": latents, "factors": len(sizes)}
        return Case(rung, given, sizes_)

    codes = numbers([[0.0, 0.0], [0.0, 9.0], [1.0, 0.0], [1.0, 8.0]])
    rows = torch.tensor([[0, 1], [2, 3], [0, 2], [0, 2]])
    tests = torch.tensor([[0, 1], [0, 2], [2, 3], [1, 3]])
    values = (torch.tensor([0, 0, 1, 1]), rows, torch.tensor([0, 1, 0, 0]), tests)
    hand = {"codes": codes, **dict(zip(GIVEN, values, strict=True))}
    told = "codes {codes}; factors fixed {fixed}, images {images}; then factors {test_fixed}, images {test_images}"
    return (
        Case("hand", hand, {"votes": 4, "test votes": 4, "latents": 2, "factors": 2}, told),
        case("random", seed + 1, (3, 4, 2), 4, 60),
        case("random", seed + 2, (4, 5, 3), 5, 90),
        case("random", seed + 5, (6, 3), 4, 41),
        case("oracle", seed + 3, (5, 2, 4, 3), 6, 80),
        case("trap", seed + 4, (4, 3, 3), 4, 70, dead=True),
    )


def winners(
    codes: Tensor, images: Tensor, drawn: Tensor, scale: str = "whole", still: bool = False, most: bool = False
) -> Tensor:
    """The latents that win. drawn: the images of the first votes, for a unit that is taken over these."""
    whole = codes.var(0, correction=0)
    alive = whole > 0
    within = codes[images].var(1, correction=0)
    if scale == "drawn":
        whole = codes[drawn.flatten()].var(0, correction=0)
    if scale in ("whole", "drawn"):
        within = within / torch.where(alive, whole, 1.0)
    elif scale == "deviation":
        within = within / torch.where(alive, whole, 1.0).sqrt()
    if not still:
        within = torch.where(alive, within, -torch.inf if most else torch.inf)
    return within.argmax(1) if most else within.argmin(1)


def count(winner: Tensor, fixed: Tensor, factors: int, latents: int) -> Tensor:
    """Votes, (K, d)."""
    return torch.bincount(fixed * latents + winner, minlength=factors * latents).view(factors, latents)


def counter(
    of: str = "test", made: str = "own", by_factor: bool = False, first: bool = False, last: bool = False, **how
):
    """An answer. of: which votes are scored, "test" or "own"; made: which make the majority, "own", "test" or "both";
    by_factor: factors name latents; first: no majority; last: of equal ones the last."""

    def answer(codes: Tensor, fixed: Tensor, images: Tensor, test_fixed: Tensor, test_images: Tensor) -> Tensor:
        k, d = int(max(fixed.max(), test_fixed.max())) + 1, codes.shape[1]
        own, tests = (
            count(winners(codes, rows, images, **how), of_rows, k, d)
            for rows, of_rows in ((images, fixed), (test_images, test_fixed))
        )
        votes = {"own": own, "test": tests, "both": own + tests}[made]
        scored_fixed, scored_images = (test_fixed, test_images) if of == "test" else (fixed, images)
        winner = winners(codes, scored_images, images, **how)
        if by_factor:
            right = votes.argmax(1)[scored_fixed] == winner
        else:
            named = (votes > 0).double().argmax(0) if first else votes.argmax(0)
            if last:
                named = k - 1 - votes.flip(0).argmax(0)
            right = named[winner] == scored_fixed
        return right.double().mean()

    return answer


def by_counters(codes: Tensor, fixed: Tensor, images: Tensor, test_fixed: Tensor, test_images: Tensor) -> float:
    """A vote at a time, in numpy and dictionaries."""
    z = codes.numpy()
    whole = {j: np.var(z[:, j]) for j in range(z.shape[1]) if np.ptp(z[:, j]) > 0}

    def winner(rows: Tensor) -> int:
        within = np.var(z[rows.numpy()], axis=0)
        return min(whole, key=lambda j: within[j] / whole[j])

    ballots: dict[int, Counter] = {}
    for k, rows in zip(fixed.tolist(), images, strict=True):
        ballots.setdefault(winner(rows), Counter())[k] += 1
    name = {j: min(c, key=lambda k: (-c[k], k)) for j, c in ballots.items()}
    right = [name.get(winner(rows), 0) == k for k, rows in zip(test_fixed.tolist(), test_images, strict=True)]
    return float(np.mean(right))


VOTES = Question(
    name="mended_votes",
    kind="debug",
    title="A vote counter with four faults",
    points=4,
    difficulty=3,
    importance=5,
    minutes=30,
    returns="one number",
    relation="the share of the test votes whose winner was given, by the majority of the first votes, the factor that "
    "was fixed; a latent without votes names factor 0, and of equal majorities the first counts",
    cases=vote_cases,
    reference=counter(),
    oracle=by_counters,
    wrong=(
        Wrong(
            "no division by the variance over all codes",
            counter(scale="none"),
            "divide each variance by the latent's variance over all codes, or the latent of the smallest scale wins.",
        ),
        Wrong(
            "divided by deviations",
            counter(scale="deviation"),
            "a variance over a deviation still has a unit, so a latent's scale still counts: divide by the variance.",
        ),
        Wrong(
            "its own votes scored",
            counter(of="own"),
            "you scored the votes that made the majority. They agree with it more often than new ones do.",
            also=(counter(made="test"),),
        ),
        Wrong(
            "a latent for each factor",
            counter(by_factor=True),
            "the majority is taken in each latent's column: a latent names a factor. You let each factor name a "
            "latent.",
        ),
        Wrong(
            "a constant latent wins",
            counter(still=True),
            "a latent that never moves has variance zero in every vote, and would win them all. It must win none.",
        ),
        Wrong(
            "the largest, not the least",
            counter(most=True),
            "the factor that is fixed is held by the latent that stands still: take the least.",
        ),
        Wrong(
            "the first factor that voted",
            counter(first=True),
            "a latent stands for the factor with the most votes, not for the first that has any.",
        ),
        Wrong(
            "the code on the sheet, still to be mended",
            counter(of="own", by_factor=True, scale="none"),
            "that is what the code on the sheet gives where it runs: scale, side and votes are still to be mended.",
        ),
        Wrong(
            "the test votes make the majority, too",
            counter(made="both"),
            "you counted the test votes into the majority that they are scored by: they must be new to it.",
        ),
        Wrong(
            "the unit of the images drawn",
            counter(scale="drawn"),
            "the unit is a latent's variance over all codes. You took it over the images that were drawn.",
        ),
        Wrong(
            "of equal majorities the last",
            counter(last=True),
            "where two factors have equal majorities the first counts: you let the last one name the latent.",
        ),
    ),
    conditions=(at_least(0.0, "a share is not negative"), at_most(1.0, "a share is at most one")),
    symmetries=(Symmetry("stay the same where the codes are in other units", lambda g: {"codes": 100 * g["codes"]}),),
    hints={
        "not started": "copy the handed-out function, and print its table of votes for two latents of different scale.",
        "exception": "codes[images] has the shape (votes, images of a vote, latents): the variance is along axis 1.",
        "shape": "one number: the mean of right and wrong over the test votes.",
        "not finite": "one latent may be constant: its variance over all codes is zero.",
        "trap": "one latent is constant.",
        "different": "four questions: in which unit, along which side, scored on which votes, and who never moves?",
    },
)
