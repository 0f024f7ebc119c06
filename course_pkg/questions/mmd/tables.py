"""Estimates from tables of the kernel: questions of the chapter `mmd`."""

import torch
from torch import Tensor

from course_pkg.grading import Case, Question, Symmetry, Wrong
from course_pkg.questions.shared import at_least, negated, numbers


def table(x: Tensor, y: Tensor) -> Tensor:
    """exp(-r^2 / 2) of all pairs, (n, m)."""
    return torch.exp(-0.5 * (x[:, None] - y).square().sum(-1))


def draw(seed: int, n: int, d: int = 2) -> Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


# The unbiased estimate ----------------------------------------------------------------------------------


def three_tables(seed: int) -> tuple[Case, ...]:
    def case(rung: str, x: Tensor, y: Tensor) -> Case:
        given = {"k_xx": table(x, x), "k_yy": table(y, y), "k_xy": table(x, y)}
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
        "trap": "the two samples of this case are nearly one and the same: the answer is negative.",
        "different": "count the entries that each of your three sums has.",
    },
)

# HSIC ------------------------------------------------------------------------------------------------------


def paired_tables(seed: int) -> tuple[Case, ...]:
    def case(rung: str, x: Tensor, y: Tensor, *, counts: bool = True) -> Case:
        return Case(rung, {"k": table(x, x), "l": table(y, y)}, {"pairs": len(x)}, counts=counts)

    hand = {"k": numbers([[1.0, 0.5], [0.5, 1.0]]), "l": numbers([[1.0, 0.2], [0.2, 1.0]])}
    x, noise = draw(seed + 1, 8), draw(seed + 2, 8)
    return (
        Case("hand", hand, {"pairs": 2}, "k with rows {k}, l with rows {l}"),
        case("random", x, x + 0.5 * noise),
        case("oracle", draw(seed + 3, 5), draw(seed + 4, 5, 3)),
        case("trap", draw(seed + 5, 9), 3 * draw(seed + 6, 9, 1)),
    )


def three_means(k: Tensor, l: Tensor) -> Tensor:
    return (k * l).mean() + k.mean() * l.mean() - 2 * (k.mean(1) * l.mean(1)).mean()


def by_centring(k: Tensor, l: Tensor) -> Tensor:
    n = len(k)
    h = torch.eye(n, dtype=k.dtype) - 1 / n
    return (h @ k @ h @ l).trace() / n**2


def hsic_terms(given):
    k, l = given["k"], given["l"]
    return {
        "": {
            "the mean of k l, entry by entry": (k * l).mean(),
            "the product of the means": k.mean() * l.mean(),
            "minus twice the mean product of the row means": -2 * (k.mean(1) * l.mean(1)).mean(),
        }
    }


HSIC = Question(
    name="hsic_of_tables",
    kind="implement",
    title="Independence from two tables",
    points=3,
    difficulty=3,
    importance=4,
    minutes=20,
    returns="one number",
    relation="the biased estimate of HSIC: MMD^2 between the pairs and all recombined pairs, kernel k l",
    cases=paired_tables,
    reference=three_means,
    oracle=by_centring,
    wrong=(
        Wrong(
            "large for independent pairs: what comes by chance stays",
            lambda k, l: (k * l).mean(),
            "that is large for independent pairs, too: what they would read by chance must come off.",
        ),
        Wrong(
            "the mean of the product less the product of the means, as if entries shared no rows",
            lambda k, l: (k * l).mean() - k.mean() * l.mean(),
            "the mean of the product less the product of the means leaves out that entries share their rows.",
        ),
        Wrong(
            "the product of a difference once, not twice",
            lambda k, l: three_means(k, l) + (k.mean(1) * l.mean(1)).mean(),
            "the square of a difference has twice the product.",
        ),
        Wrong(
            "divided by n - 1 squared: another convention",
            lambda k, l: three_means(k, l) * (len(k) / (len(k) - 1)) ** 2,
            "that is another convention, which is no MMD of the pairs; this estimate divides by n squared.",
        ),
        Wrong(
            "a matrix product: not multiplied entry by entry, the same i and j",
            lambda k, l: (k @ l).mean() + k.mean() * l.mean() - 2 * (k.mean(1) * l.mean(1)).mean(),
            "k(x_i, x_j) meets l(y_i, y_j), the same i and j: multiply entry by entry.",
        ),
        Wrong(
            "the distance, not its square",
            lambda k, l: three_means(k, l).clamp_min(0).sqrt(),
            "HSIC is the square of the distance.",
        ),
        Wrong(
            "the trace KHLH adds up, no mean",
            lambda k, l: three_means(k, l) * len(k) ** 2,
            "the trace of KHLH adds up n squared pairs; their mean is asked for.",
        ),
    ),
    conditions=(at_least(0.0, "a squared distance is not negative"),),
    terms=hsic_terms,
    symmetries=(
        Symmetry("stay the same where the two variables are exchanged", lambda g: {"k": g["l"], "l": g["k"]}),
        Symmetry(
            "stay the same where the pairs come in another order",
            lambda g: {"k": g["k"].flip(0, 1), "l": g["l"].flip(0, 1)},
        ),
    ),
    hints={
        "not started": "write the kernel trick for pairs (x, y) with the kernel k l: three means.",
        "exception": "k and l are (n, n), of the same n pairs.",
        "shape": "return one number.",
        "different": "for recombined pairs the mean of k l is the product of the means of k and of l.",
    },
)
