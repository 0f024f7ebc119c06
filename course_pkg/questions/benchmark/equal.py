"""A system beside a family at its own information: a question of the chapter `benchmark`."""

from bisect import bisect_right

import numpy as np
import torch
from torch import Tensor

from course_pkg.grading import Case, Question, Symmetry, Wrong
from course_pkg.questions.shared import at_least, numbers

NAMES = ("family_information", "family_score", "information", "score")


def families(seed: int) -> tuple[Case, ...]:
    """A family whose score falls with what it says, in the order of its prices, and a system beside it."""

    def case(rung: str, s: int, seeds: int, members: int, low: float = 0.2, high: float = 0.8) -> Case:
        g = torch.Generator().manual_seed(1000 * seed + s)
        rand = lambda *shape: torch.rand(shape, generator=g, dtype=torch.float64)
        said = 11 - torch.arange(members) * 6 / (members - 1) + 0.5 * rand(seeds, members)
        place = low + (high - low) * rand(seeds)
        place[:2] = numbers([low, high])
        mine = said.amin(1) + place * (said.amax(1) - said.amin(1))
        scores = 0.4 + 0.8 / said + 0.2 * rand(seeds, members)
        given = dict(zip(NAMES, (said, scores, mine, 0.45 + 0.3 * rand(seeds)), strict=True))
        return Case(rung, given, {"seeds": seeds, "members": members})

    values = (
        numbers([[8.0, 4.0], [10.0, 6.0], [9.0, 5.0]]),
        numbers([[0.6, 0.8], [0.5, 0.7], [0.4, 0.6]]),
        numbers([5.0, 7.0, 9.5]),
        numbers([0.8, 0.66, 0.9]),
    )
    told = "family: information {family_information}, scores {family_score}; the other: {information}, {score}"
    return (
        Case("hand", dict(zip(NAMES, values, strict=True)), {"seeds": 3, "members": 2}, told),
        case("random", 1, 6, 4, -0.1),
        case("random", 2, 9, 6, 0.1, 1.2),
        case("random", 3, 5, 5, -0.2, 1.1),
        case("oracle", 4, 7, 6, 0.0, 1.15),
        case("trap", 5, 8, 6, -0.3, 1.3),
    )


def line(x: Tensor, y: Tensor, at: Tensor, beyond: bool = False) -> Tensor:
    """y at `at` for each seed, by straight lines; outside NaN, or the last of them continued."""
    x, order = x.sort(1)
    y = y.gather(1, order)
    k = torch.searchsorted(x, at[:, None]).clamp(1, x.shape[1] - 1)
    (x0, x1), (y0, y1) = ([t.gather(1, j)[:, 0] for j in (k - 1, k)] for t in (x, y))
    found = y0 + (y1 - y0) * (at - x0) / (x1 - x0)
    inside = (x[:, 0] <= at) & (at <= x[:, -1])
    return found if beyond else torch.where(inside, found, torch.nan)


def compared(of=line, sign: float = 1.0, over_all: bool = False, far: bool = False, ends: bool = True):
    """An answer. of: what a score is compared with, of the family and the place; far: those outside count, too;
    ends: those at an end count; over_all: the sum is divided by all seeds."""

    def answer(family_information: Tensor, family_score: Tensor, information: Tensor, score: Tensor) -> dict:
        above = sign * (score - of(family_information, family_score, information))
        low, high = family_information.amin(1), family_information.amax(1)
        counts = torch.ones_like(score).bool() if far else (low <= information) & (information <= high)
        if not ends:
            counts &= (information != low) & (information != high)
        n = int(counts.sum())
        return {"above": above[counts].sum() / (len(score) if over_all else n), "seeds": n}

    return answer


def clamped(x: Tensor, y: Tensor, at: Tensor) -> Tensor:
    return line(x, y, at.maximum(x.amin(1)).minimum(x.amax(1)))


def one_curve(x: Tensor, y: Tensor, at: Tensor) -> Tensor:
    mean = lambda t: t.mean(0).expand_as(t)
    return line(mean(x), mean(y), at, beyond=True)


def one_curve_and_its_ends(
    family_information: Tensor, family_score: Tensor, information: Tensor, score: Tensor
) -> dict:
    mean = lambda t: t.mean(0).expand_as(t)
    return compared()(mean(family_information), mean(family_score), information, score)


def nearest(x: Tensor, y: Tensor, at: Tensor) -> Tensor:
    return y.gather(1, (x - at[:, None]).abs().argmin(1, keepdim=True))[:, 0]


def unsorted(x: Tensor, y: Tensor, at: Tensor) -> Tensor:
    rows = zip(at.tolist(), x.numpy(), y.numpy(), strict=True)
    return numbers([float(np.interp(*row)) for row in rows])


def seed_by_seed(
    family_information: Tensor, family_score: Tensor, information: Tensor, score: Tensor
) -> dict[str, float]:
    """In plain numbers: the two members on either side, weighed by how near they are."""
    apart = []
    for xs, ys, x, y in zip(*(t.tolist() for t in (family_information, family_score, information, score)), strict=True):
        members = sorted(zip(xs, ys, strict=True))
        if members[0][0] <= x <= members[-1][0]:
            k = min(bisect_right([m[0] for m in members], x), len(members) - 1)
            (x0, y0), (x1, y1) = members[k - 1], members[k]
            apart.append(y - (y0 * (x1 - x) + y1 * (x - x0)) / (x1 - x0))
    return {"above": sum(apart) / len(apart), "seeds": len(apart)}


EQUAL = Question(
    name="above_the_family",
    kind="implement",
    title="At equal information",
    points=3,
    difficulty=3,
    importance=5,
    minutes=25,
    returns='{"above": one number, "seeds": a whole number}',
    relation="the mean, over the seeds whose system says no less and no more than its family, of its score less that "
    "of the family, joined by straight lines, at the same information; and how many these seeds are",
    cases=families,
    reference=compared(),
    oracle=seed_by_seed,
    wrong=(
        Wrong(
            "a system at an end left out",
            compared(ends=False),
            "a system that says as much as an end of its family counts: only one beyond is left out.",
        ),
        Wrong(
            "the family's end for what lies outside",
            compared(clamped, far=True),
            "outside of the family there is no comparison: np.interp goes on with its end, and you counted that.",
        ),
        Wrong(
            "lines that go on beyond the family",
            compared(lambda x, y, at: line(x, y, at, beyond=True), far=True),
            "your lines go on beyond the family: what no member says is a guess. Leave such seeds out.",
        ),
        Wrong(
            "one curve, the mean over seeds",
            compared(one_curve),
            "you took the mean of all seeds for one curve: each seed has a family of its own.",
            also=(one_curve_and_its_ends,),
        ),
        Wrong(
            "the nearest member alone",
            compared(nearest),
            "the nearest member says more or less than the system: join it to the next by a line.",
        ),
        Wrong(
            "the best member of the family",
            compared(lambda x, y, at: y.amax(1)),
            "the best member says something else: that compares two prices.",
        ),
        Wrong(
            "the mean of all members",
            compared(lambda x, y, at: y.mean(1)),
            "the mean of all members is the score of no information in particular.",
        ),
        Wrong(
            "members not sorted",
            compared(unsorted),
            "np.interp takes its places in rising order and does not complain: your members are not sorted.",
        ),
        Wrong(
            "the family less the system, a sign",
            compared(sign=-1.0),
            "it is the system's score less the family's: you have the other sign.",
        ),
        Wrong(
            "seeds outside counted as no difference",
            compared(over_all=True),
            "you divided by all seeds: those outside are then counted as no difference. They say nothing.",
        ),
        Wrong(
            "the plain scores, at any information",
            compared(lambda x, y, at: torch.zeros_like(at)),
            "these are the system's plain scores, beside nothing: take off the family's at its information.",
        ),
    ),
    symmetries=(
        Symmetry(
            "stay the same where the members come in another order",
            lambda g: {name: g[name].flip(1) for name in NAMES[:2]},
        ),
        Symmetry(
            "stay the same where information has another unit",
            lambda g: {NAMES[0]: 1.5 * g[NAMES[0]], NAMES[2]: 1.5 * g[NAMES[2]]},
        ),
    ),
    conditions=(at_least(0.0, "a number of seeds is not negative", "seeds"),),
    hints={
        "not started": "one seed: sort its members by what they say, find the two around the system, weigh them.",
        "exception": "family_information and family_score are (seeds, members), information and score (seeds,).",
        "shape": "return one number for the mean, and one for how many seeds there were.",
        "trap": "some systems say less than any member, some more.",
        "different": "print for each seed the information of its members, in order, and where the system lies.",
    },
)
