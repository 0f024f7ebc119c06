"""The price at which a code begins to speak, where the answer is seen several times: a question of `bottleneck`."""

import math

import numpy as np
import torch
from torch import Tensor

from course_pkg.grading import Case, Question, Symmetry, Wrong
from course_pkg.questions.shared import at_least, at_most, numbers


def look_cases(seed: int) -> tuple[Case, ...]:
    def case(rung: str, error: float, looks: int, told: str = "") -> Case:
        return Case(rung, {"error": error, "looks": looks}, {"looks": looks}, told)

    draws = (0.08 + 0.1 * torch.rand(3, generator=torch.Generator().manual_seed(seed)).double()).tolist()
    return (
        case("hand", 0.25, 2, "{looks:word} looks, each wrong with probability {error}"),
        case("random", draws[0], 3),
        case("random", draws[1], 6),
        case("oracle", draws[2], 4),
        case("trap", 0.9, 5),
    )


def spectrum(joint: Tensor) -> Tensor:
    """The singular values of p(x, y) / sqrt(p(x) p(y)): one, then the correlations, high to low."""
    return torch.linalg.svdvals(joint / (joint.sum(1)[:, None] * joint.sum(0)).sqrt())


def seen(error: float, looks: int) -> Tensor:
    """p(x, y) of a fair bit and all it was seen as, (2, 2 ** looks)."""
    bit = numbers([[1 - error, error], [error, 1 - error]])
    table = numbers([[0.5], [0.5]])
    for _ in range(looks):
        table = (table[:, :, None] * bit[:, None, :]).flatten(1)
    return table


def split_of_looks(error: float, looks: int) -> float:
    """The mean square of what all looks together make of the bit, a number from -1 to 1: by how many say one."""
    total = 0.0
    for ones in range(looks + 1):
        yes, no = (e**ones * (1 - e) ** (looks - ones) for e in (1 - error, error))
        total += math.comb(looks, ones) * (yes - no) ** 2 / (2 * (yes + no))
    return total


def split_by_walk(error: float, looks: int) -> float:
    """The second eigenvalue of the walk from x to y and back: divided by beta, how a small change grows."""
    p = seen(error, looks).numpy()
    there, back = p / p.sum(1, keepdims=True), (p / p.sum(0)).T
    return float(sorted(np.linalg.eigvals(there @ back).real)[-2])


def majority(error: float, looks: int) -> float:
    """How often more than half of the looks are wrong; a draw counts for half."""
    wrong = [math.comb(looks, k) * error**k * (1 - error) ** (looks - k) for k in range(looks + 1)]
    return sum(p * (1.0 if 2 * k > looks else 0.5 if 2 * k == looks else 0.0) for k, p in enumerate(wrong))


def one(error: float) -> float:
    """The price with one look: the squared correlation of the bit and what is seen."""
    return (1 - 2 * error) ** 2


FIRST_SPLIT = Question(
    name="first_split",
    kind="experiment",
    title="What are more looks worth?",
    points=4,
    difficulty=4,
    importance=4,
    minutes=35,
    returns="one number",
    relation="the beta below which a faint code lowers beta I(x; z) - I(z; y), y all the looks together",
    cases=look_cases,
    reference=split_of_looks,
    oracle=split_by_walk,
    wrong=(
        Wrong(
            "the price with one look",
            lambda error, looks: one(error),
            "that is the price with one look. With more of them y says more about x, and speaking pays earlier.",
        ),
        Wrong(
            "every look says as much as the first: beyond one",
            lambda error, looks: looks * one(error),
            "a second look says partly what the first one said. Beyond one no price is ever paid, and yours may be.",
        ),
        Wrong(
            "every look says as much as the first, cutting at one",
            lambda error, looks: min(1.0, looks * one(error)),
            "cutting at one hides it: a second look says partly what the first one said.",
        ),
        Wrong(
            "each look takes its share of the rest",
            lambda error, looks: 1 - (1 - one(error)) ** looks,
            "near, and too good: that would be so if each look removed its share of the doubt by itself.",
        ),
        Wrong(
            "the power of all looks: it falls with every further one",
            lambda error, looks: one(error) ** looks,
            "a power of the looks falls with every further one, and a bit that is seen more often is known better.",
        ),
        Wrong(
            "as if the noise were Gaussian",
            lambda error, looks: looks * one(error) / (1 + (looks - 1) * one(error)),
            "right for one and two looks: that is how Gaussian noise averages. Three looks at a bit say another thing.",
        ),
        Wrong(
            "the vote",
            lambda error, looks: one(majority(error, looks)),
            "a vote throws away by how much it was won, and y holds that too.",
        ),
        Wrong(
            "wrong only if all are: two that differ do not cancel",
            lambda error, looks: one(error**looks),
            "nobody tells you which look is right: two that differ cancel.",
        ),
        Wrong(
            "the correlation, the root of it",
            lambda error, looks: math.sqrt(split_of_looks(error, looks)),
            "that is the correlation. Informations of a faint code are quadratic in it: square it.",
        ),
    ),
    conditions=(
        at_least(0.0, "a price of information is not negative"),
        at_most(1.0, "beyond a price of one no code ever pays: z cannot know more of y than it is charged for"),
    ),
    symmetries=(
        Symmetry("stay the same where every look says the opposite (1 - error)", lambda g: {"error": 1 - g["error"]}),
        Symmetry(
            "be (1 - 2 error)^2 with one look: the chapter's own case",
            lambda g: {"looks": 1},
            lambda g, v: torch.full_like(v, one(g["error"])),
        ),
    ),
    hints={
        "not started": "with two looks there are three things to have seen. What does each say about the bit?",
        "exception": "error is a number between 0 and 1, looks a whole number; return a number.",
        "type": "return a number.",
        "shape": "return a number.",
        "trap": "a witness who nearly always lies is as good as one who rarely does.",
        "different": "the best guess of x, as a number from -1 to 1, is its mean given all looks: average its square.",
    },
)
