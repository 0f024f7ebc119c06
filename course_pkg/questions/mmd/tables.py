"""Estimates from tables of the kernel: questions of the chapter `mmd`."""

import torch
from torch import Tensor

from course_pkg.grading import Case, Question, Symmetry, Wrong
from course_pkg.questions.shared import negated, numbers


def table(x: Tensor, y: Tensor) -> Tensor:
    """exp(-r^2 / 2) of all pairs, (n, m)."""
    return torch.exp(-0.5 * (x[:, None] - y).square().sum(-1))


def draw(seed: int, n: int, d: int = 2) -> Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


# The unbiased estimate ----------------------------------------------------------------------------------


def three_tables(seed: int) -> tuple[Case, ...]:
    def case(rung: str, x: Tensor, y: Tensor, steep: float = 1.0) -> Case:
        given = {"k_xx": steep * table(x, x), "k_yy": steep * table(y, y), "k_xy": steep * table(x, y)}
        return Case(rung, given, {"points x": len(x), "points y": len(y)})

    half, fifth, tenth = (numbers([[1.0, v], [v, 1.0]]) for v in (0.5, 0.2, 0.1))
    hand = {"k_xx": half, "k_yy": fifth, "k_xy": tenth - 0.9 * torch.eye(2).double()}
    told = "k_xx with rows {k_xx}; k_yy with rows {k_yy}; k_xy with rows {k_xy}"
    same = draw(seed + 4, 6)
    return (
        Case("hand", hand, {"points x": 2, "points y": 2}, told),
        case("random", draw(seed + 1, 5), draw(seed + 2, 4) + 0.5),
        case("oracle", draw(seed + 3, 7), draw(seed + 5, 3) - 1),
        case("trap", same, same.flip(0) + 0.01),
        case("trap", draw(seed + 6, 5), draw(seed + 7, 3), steep=2.5),
    )


def from_tables(k_xx: Tensor, k_yy: Tensor, k_xy: Tensor) -> Tensor:
    n, m = k_xy.shape
    within = lambda k, count: (k.sum() - k.trace()) / (count * (count - 1))
    return within(k_xx, n) + within(k_yy, m) - 2 * k_xy.mean()


def entry_by_entry(k_xx: Tensor, k_yy: Tensor, k_xy: Tensor) -> float:
    unlike = lambda k: [v for i, row in enumerate(k.tolist()) for j, v in enumerate(row) if i != j]
    average = lambda values: sum(values) / len(values)
    return average(unlike(k_xx)) + average(unlike(k_yy)) - 2 * average(k_xy.flatten().tolist())


def with_within(within, cross=lambda k: 2 * k.mean()):
    return lambda k_xx, k_yy, k_xy: within(k_xx) + within(k_yy) - cross(k_xy)


def off(k: Tensor) -> Tensor:
    return k.sum() - k.trace()


def pairs(k: Tensor) -> int:
    return len(k) * (len(k) - 1)


def three_terms(given):
    k_xx, k_yy, k_xy = given["k_xx"], given["k_yy"], given["k_xy"]
    return {
        "": {
            "the mean over unlike points of x": off(k_xx) / pairs(k_xx),
            "the mean over unlike points of y": off(k_yy) / pairs(k_yy),
            "minus twice the mean of the cross table": -2 * k_xy.mean(),
        }
    }


UNBIASED = Question(
    name="unbiased_mmd2",
    kind="implement",
    title="Without the diagonal",
    points=2,
    difficulty=2,
    importance=5,
    minutes=15,
    returns="one number, which may be negative",
    relation="the unbiased estimate of MMD^2: no point is compared with itself",
    cases=three_tables,
    reference=from_tables,
    oracle=entry_by_entry,
    wrong=(
        Wrong(
            "each point compared with itself, too",
            with_within(lambda k: k.mean()),
            "that is the biased estimate: it compares each point with itself, too.",
        ),
        Wrong(
            "n - 1 for n (n - 1)",
            with_within(lambda k: off(k) / (len(k) - 1)),
            "there are n (n - 1) pairs of unlike points in a sample of n, not n - 1.",
        ),
        Wrong(
            "entries taken out of the sum, not of the count",
            with_within(lambda k: off(k) / len(k) ** 2),
            "you took n entries out of the sum; take them out of the count, too.",
        ),
        Wrong(
            "a row of ones taken off every row",
            with_within(lambda k: (k - k.diagonal()).sum() / pairs(k)),
            "k - k.diag() subtracts the diagonal as a row, from every row. torch.diag(k.diag()) is a matrix.",
        ),
        Wrong(
            "the cross table once, not twice: 2 E k(x, y)",
            with_within(lambda k: off(k) / pairs(k), lambda k: k.mean()),
            "the square of a difference has twice the product: 2 E k(x, y).",
        ),
        Wrong(
            "the diagonal of the cross table is left out",
            with_within(
                lambda k: off(k) / pairs(k),
                lambda k: 2 * (k.sum() - k.diagonal().sum()) / (k.numel() - min(k.shape)),
            ),
            "x_i and y_i are two independent points like any other pair: the cross table is used whole.",
        ),
        negated(
            from_tables,
            "within the samples the kernel counts for, between them against.",
            "the kernel against within the samples: the sign",
        ),
        Wrong(
            "never negative, as if the estimate were not unbiased",
            lambda k_xx, k_yy, k_xy: from_tables(k_xx, k_yy, k_xy).clamp_min(0),
            "the estimate is unbiased because it may be negative. Where nothing differs it is so more often than not.",
        ),
        Wrong(
            "MMD for MMD^2, a root",
            lambda k_xx, k_yy, k_xy: from_tables(k_xx, k_yy, k_xy).abs().sqrt(),
            "that is MMD, a root: asked for is MMD^2. The estimate may be negative, and then it has no root.",
        ),
        Wrong(
            "each pair once above, twice in the count",
            with_within(lambda k: off(k) / pairs(k) / 2),
            "n (n - 1) counts each pair twice, i j and j i; a sum over i < j has it once.",
        ),
        Wrong(
            "the number of x for the number of y",
            lambda k_xx, k_yy, k_xy: off(k_xx) / pairs(k_xx) + off(k_yy) / pairs(k_xx) - 2 * k_xy.mean(),
            "y has a number of points of its own, m: take its pairs by m (m - 1), not by the number of x.",
        ),
        Wrong(
            "n taken off, as if the kernel were 1 at distance 0",
            with_within(lambda k: (k.sum() - len(k)) / pairs(k)),
            "not every kernel is 1 at distance 0, so n is not what to take off: it is the trace.",
        ),
    ),
    terms=three_terms,
    symmetries=(
        Symmetry(
            "stay the same where the points of x come in another order",
            lambda g: {"k_xx": g["k_xx"].flip(0, 1), "k_xy": g["k_xy"].flip(0)},
        ),
    ),
    hints={
        "not started": "three averages: of unlike points within x, of unlike points within y, of all pairs x, y.",
        "exception": "k_xx is (n, n), k_yy (m, m), k_xy (n, m); n and m may differ.",
        "shape": "return one number.",
        "trap": "two samples are nearly the same: the answer is negative; another kernel is not 1 at distance 0.",
        "different": "count the entries that each of your three sums has.",
    },
)
