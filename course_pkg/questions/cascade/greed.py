"""What a greedy choice of bits loses: a question of the chapter `cascade`."""

import itertools
import math

import torch
from torch import Tensor

from course_pkg.grading import Case, Question, Wrong
from course_pkg.questions.shared import at_least, bits, numbers


def likely(seed: int) -> tuple[Case, ...]:
    def case(rung: str, s: int, told: str = "") -> Case:
        g = torch.Generator().manual_seed(s)
        rest = 1 + 0.3 * torch.rand(3, generator=g, dtype=torch.float64)
        return Case(rung, {"p_x": torch.cat([numbers([0.5]), 0.5 * rest / rest.sum()])}, {"images": 4}, told)

    hand = Case("hand", {"p_x": numbers([3, 1, 1, 1]) / 6}, {"images": 4}, "{images:word} images, of probability {p_x}")
    return hand, case("random", seed + 1), case("oracle", seed + 2), case("trap", seed + 3)


def joined(p_x: Tensor) -> Tensor:
    """What two images of the last three say of each other's place once they share both bits: the least of three."""
    loss = lambda a, b: torch.special.xlogy(a + b, a + b) - torch.special.xlogy(a, a) - torch.special.xlogy(b, b)
    return torch.stack([loss(p_x[i], p_x[j]) for i, j in ((1, 2), (1, 3), (2, 3))]).min()


def by_every_pair_of_bits(p_x: Tensor) -> float:
    codes = list(itertools.product((0, 1), repeat=4))

    def said(*bits_: tuple[int, ...]) -> float:
        chance: dict[tuple[int, ...], float] = {}
        for x, p in enumerate(p_x.tolist()):
            key = tuple(code[x] for code in bits_)
            chance[key] = chance.get(key, 0.0) + p
        return -sum(p * math.log(p) for p in chance.values())

    first = max(codes, key=said)
    return max(said(a, b) for a in codes for b in codes) - max(said(first, b) for b in codes)


def of_bits(p_x: Tensor) -> Tensor:
    return -torch.special.xlogy(p_x, p_x).sum()


GREED = Question(
    name="lost_by_greed",
    kind="experiment",
    title="What greed loses",
    points=3,
    difficulty=3,
    importance=4,
    minutes=25,
    returns="one number, in nats",
    relation="what two bits say of four images at most, less what they say if the first is chosen alone, the best one, "
    "and then the second; the first image has probability 1/2",
    cases=likely,
    reference=joined,
    oracle=by_every_pair_of_bits,
    wrong=(
        Wrong(
            "nothing lost, as with principal components",
            lambda p_x: torch.zeros((), dtype=torch.float64),
            "principal components are nested, bits of a table are not: after the first bit three images share a cell.",
        ),
        Wrong(
            "a third of log 2, always",
            lambda p_x: p_x.new_tensor(math.log(2) / 3),
            "a third of log 2 is right for three equal images. These three are not quite equal.",
        ),
        Wrong(
            "what the greedy code says, not what is lost",
            lambda p_x: of_bits(p_x) - joined(p_x),
            "that is what the greedy code says. Asked is how much less that is.",
        ),
        Wrong(
            "what the best code says",
            lambda p_x: of_bits(p_x),
            "that is what the best code says, all four images apart. Subtract what greed finds.",
        ),
        Wrong(
            "all three images in one cell, no second bit",
            lambda p_x: joined(p_x) + (of_bits(p_x) - joined(p_x) - math.log(2)),
            "the second bit tells one of the three apart: two of them stay in one cell, not all three.",
        ),
        Wrong(
            "the two likeliest kept together",
            lambda p_x: (
                torch.special.xlogy(*[p_x[1:].sort(descending=True).values[:2].sum()] * 2)
                - torch.special.xlogy(*[p_x[1:].sort(descending=True).values[:2]] * 2).sum()
            ),
            "greed keeps together the pair that costs least, not the likeliest two.",
        ),
        Wrong(
            "three images that are alike, as on paper",
            lambda p_x: of_bits(p_x) - torch.tensor(0.5 * math.log(2) + 0.5 * math.log(6) - math.log(2) / 3),
            "on paper the three images are alike, a sixth each. In general each has its own probability.",
        ),
        bits(joined),
    ),
    conditions=(at_least(0.0, "greed never says more than the best code"),),
    hints={
        "not started": "which first bit says most, if one image has half of the probability? What is in each cell?",
        "exception": "p_x is a tensor of four probabilities, the first of them 1/2.",
        "shape": "one number is left.",
        "type": "return one number.",
        "trap": "of three pairs, one costs least.",
        "different": "images in one cell lose the entropy of which of them it is, weighed by how likely the cell is.",
    },
)
