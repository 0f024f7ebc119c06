"""How many points it takes: a question of the chapter `mmd`."""

import math

import numpy as np
import torch
from torch import Tensor

from course_pkg.grading import Case, Condition, Question, Wrong
from course_pkg.questions.shared import WHOLE, at_least


def worlds(seed: int) -> tuple[Case, ...]:
    def case(rung: str, d: int, h: float, length: float, told: str = "") -> Case:
        return Case(rung, {"d": d, "h": h, "length": length}, {"dimensions": d}, told)

    g = torch.Generator().manual_seed(seed)
    u = torch.rand(4, generator=g, dtype=torch.float64).tolist()
    return (
        case("hand", 2, 2.0, 1.0, "a shift of length {length} in {d:word} dimensions, width {h}"),
        case("random", 5, 1.5 + u[0], 0.5 + 0.3 * u[1]),
        case("oracle", 3, 1.2 + u[2], 0.6),
        case("trap", 100, 10.0, 0.8 + 0.2 * u[3]),
        case("trap", 1, 1.0, 2.0),
    )


def closed(d: int, h: float, length: float) -> tuple[float, float]:
    """MMD^2 of the shift, and s^2."""
    a, h2 = 1 / h**2, h * h
    signal = 2 * (1 + 2 * a) ** (-d / 2) * -math.expm1(-(length**2) / (2 * (2 + h2)))
    row = (1 + a) ** -d * (1 + 2 / (1 + h2)) ** (-d / 2)
    return signal, (1 + 4 * a) ** (-d / 2) - 2 * row + (1 + 2 * a) ** -d


def least(signal: float, s2: float, deviations: float = 2.0, power: float = 0.5, within: float = 4.0) -> int:
    """The least n at which the signal is that many deviations, by bisection over whole numbers."""
    enough = lambda n: signal >= deviations * (s2 * (within / (n * (n - 1)) + 4 / n**2)) ** power
    low, high = 1, 2
    while not enough(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def points_needed(d: int, h: float, length: float) -> int:
    return least(*closed(d, h, length))


def in_deviations(d: int, h: float, length: float, n: int) -> float:
    """MMD^2 in deviations of U under the null, from n points each; infinite below two points."""
    signal, s2 = closed(d, h, length)
    return signal / math.sqrt(s2 * (4 / (n * (n - 1)) + 4 / n**2)) if n > 1 else math.inf


def too_few(given, found) -> Tensor:
    """By how much MMD^2 falls short of two deviations at the answer."""
    return torch.tensor(max(0.0, 2 - in_deviations(**given, n=round(found[""].item()))))


def too_many(given, found) -> Tensor:
    """By how much MMD^2 is still above two deviations at one point less."""
    n = round(found[""].item()) - 1
    return torch.tensor(max(0.0, in_deviations(**given, n=n) - 2) if n > 1 else 0.0)


def by_a_cubic(d: int, h: float, length: float) -> int:
    """4 (1 / n (n - 1) + 1 / n^2) = c, times n^2 (n - 1): c n^3 - c n^2 - 8 n + 4 = 0, the largest root."""
    grid = torch.linspace(-9, 9, 1441, dtype=torch.float64)
    weights = torch.exp(-0.5 * grid.square())
    weights = weights / weights.sum()
    k = torch.exp(-0.5 * (grid[:, None] - grid).square() / h**2)
    moved = torch.exp(-0.5 * (grid[:, None] - grid - length).square() / h**2)
    mean, one = float(weights @ k @ weights), float(weights @ moved @ weights)
    signal = 2 * mean ** (d - 1) * (mean - one)
    row = k @ weights
    s2 = float(weights @ k.square() @ weights) ** d - 2 * float(weights @ row.square()) ** d + mean ** (2 * d)
    c = (signal / 2) ** 2 / s2
    roots = np.roots([c, -c, -8, 4])
    return max(2, math.ceil(max(roots.real[abs(roots.imag) < 1e-9]) - 1e-7))


NEEDED = Question(
    name="points_needed",
    kind="experiment",
    title="How many points does it take?",
    points=3,
    difficulty=4,
    importance=4,
    minutes=30,
    returns="a whole number",
    relation="the least n at which MMD^2 between N(0, I) and N(delta, I) is two deviations of U or more under the null",
    cases=worlds,
    reference=points_needed,
    oracle=by_a_cubic,
    wrong=(
        Wrong(
            "one deviation",
            lambda d, h, length: least(*closed(d, h, length), deviations=1.0),
            "two deviations were asked for.",
        ),
        Wrong(
            "the variance for the deviation",
            lambda d, h, length: least(*closed(d, h, length), power=1.0),
            "MMD^2 is to be compared with a deviation, the root of the variance.",
        ),
        Wrong(
            "the pairs between the samples are left out",
            lambda d, h, length: math.ceil(
                0.5 + math.sqrt(0.25 + 4 * closed(d, h, length)[1] / (closed(d, h, length)[0] / 2) ** 2)
            ),
            "the cross term is a mean of random pairs, too: 4 s^2 / n^2 more.",
        ),
        Wrong(
            "a variance that falls like 1 / n",
            lambda d, h, length: math.ceil(8 * closed(d, h, length)[1] / (closed(d, h, length)[0] / 2) ** 2),
            "where the laws agree the variance of U falls like 1 / n^2.",
        ),
        Wrong(
            "h for h squared",
            lambda d, h, length: least(*closed(d, h**0.5, length)),
            "the kernel is exp(-r^2 / 2 h^2): h is its width, not its square.",
        ),
        Wrong(
            "the two halves of MMD^2 counted once",
            lambda d, h, length: least(closed(d, h, length)[0] / 2, closed(d, h, length)[1]),
            "MMD^2 is E k within x plus E k within y less twice the cross term: both within terms count.",
        ),
        Wrong(
            "one dimension's variance",
            lambda d, h, length: least(closed(d, h, length)[0], closed(1, h, length)[1]),
            "s^2 depends on the dimension: each of its three means is a power of d.",
        ),
        Wrong(
            "MMD, not squared",
            lambda d, h, length: least(closed(d, h, length)[0] ** 0.5, closed(d, h, length)[1]),
            "U estimates MMD squared, and so is its deviation: you compared MMD, the root, with it.",
        ),
        Wrong(
            "n^2 for n (n - 1)",
            lambda d, h, length: max(
                2, math.ceil(2 * math.sqrt(8 * closed(d, h, length)[1]) / closed(d, h, length)[0])
            ),
            "n^2 for n (n - 1) in the variance is right for large n; the least n may then be one too small.",
        ),
        Wrong(
            "one point's variance for that of two, in the exponent",
            lambda d, h, length: least(
                2 * (1 + 2 / h**2) ** (-d / 2) * -math.expm1(-(length**2) / (2 * (1 + h * h))), closed(d, h, length)[1]
            ),
            "the difference of two points has the variance 2, so the exponent is divided by 2 + h^2, not by 1 + h^2.",
        ),
    ),
    conditions=(
        WHOLE,
        at_least(2.0, "a sample has two points or more"),
        Condition("at your number of points MMD^2 is two deviations or more", too_few),
        Condition("at one point less it is not", too_many),
    ),
    hints={
        "not started": "both sides are closed forms of the chapter: write them, then try n = 2, 3, ...",
        "exception": "d is a whole number, h and length are numbers.",
        "type": "return a whole number.",
        "shape": "return a whole number.",
        "trap": "a hundred dimensions: your loop over n must go far enough; or few points: n (n - 1) is not n^2.",
        "different": "compute MMD^2 and the deviation at n = 100 apart, and compare with the chapter's table.",
    },
)
