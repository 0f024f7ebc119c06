"""Independence from two tables of a kernel: a question of the chapter `mmd`."""

import torch
from torch import Tensor

from course_pkg.grading import Case, Question, Symmetry, Wrong
from course_pkg.questions.mmd.tables import draw, off, pairs, table
from course_pkg.questions.shared import at_least, numbers


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


def alone(k: Tensor) -> Tensor:
    """Without its diagonal."""
    return k - k.diagonal().diag()


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
        Wrong(
            "recombined pairs without themselves: no diagonal in any mean",
            lambda k, l: (
                off(k * l) / pairs(k)
                + off(k) * off(l) / pairs(k) ** 2
                - 2 * (alone(k).sum(1) * alone(l).sum(1)).sum() / (pairs(k) * (len(k) - 1))
            ),
            "you left the pairs of an image with itself out of the recombined ones, too, so no diagonal is in any "
            "mean. The biased estimate keeps them all.",
        ),
        Wrong(
            "the diagonals left out, as for the unbiased estimate",
            lambda k, l: off(k * l) / pairs(k) + off(k) * off(l) / pairs(k) ** 2 - 2 * (k.mean(1) * l.mean(1)).mean(),
            "the biased estimate is asked for: it keeps both diagonals in every mean.",
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
