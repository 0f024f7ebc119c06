"""The price at which a silent code begins to speak: a question of the chapter `bottleneck`."""

import numpy as np
import torch
from torch import Tensor

from course_pkg.grading.bottleneck.codes import dirichlet
from course_pkg.grading.draws import numbers
from course_pkg.grading.question import Case, Question, Wrong
from course_pkg.worlds import entropy, kl


def split_cases(seed: int) -> tuple[Case, ...]:
    def case(rung: str, joint: Tensor, told: str = "", counts: bool = True) -> Case:
        return Case(rung, {"joint": joint}, {}, told, counts)

    def draw(s: int, x: int, y: int) -> Tensor:
        return dirichlet(s, x * y).reshape(x, y)

    bit = numbers([[3, 1], [1, 3]]) / 8
    shared = draw(seed + 4, 4, 4)
    shared[:1, 1:] = shared[1:, :1] = 0  # one x is told apart from the rest by y, without error
    independent = dirichlet(seed + 5, 3)[:, None] * dirichlet(seed + 6, 4)
    return (
        case("hand", bit, "a fair bit and its copy, wrong one time in four"),
        case("random", draw(seed + 1, 5, 3)),
        case("random", independent, counts=False),
        case("oracle", draw(seed + 2, 3, 4)),
        case("trap", shared / shared.sum()),
    )


def spectrum(joint: Tensor) -> Tensor:
    """The singular values of p(x, y) / sqrt(p(x) p(y)): one, then the correlations, high to low."""
    return torch.linalg.svdvals(joint / (joint.sum(1)[:, None] * joint.sum(0)).sqrt())


def split_by_walk(joint: Tensor) -> float:
    """The second eigenvalue of the walk from x to y and back: divided by beta, how a small change grows."""
    p = joint.numpy()
    there, back = p / p.sum(1, keepdims=True), (p / p.sum(0)).T
    return float(sorted(np.linalg.eigvals(there @ back).real)[-2])


def index_correlation(joint: Tensor) -> Tensor:
    """The squared correlation of the numbers of row and column."""
    centred = [torch.arange(n, dtype=joint.dtype) for n in joint.shape]
    a, b = (v - p @ v for v, p in zip(centred, (joint.sum(1), joint.sum(0)), strict=True))
    return (a @ joint @ b) ** 2 / ((joint.sum(1) @ a**2) * (joint.sum(0) @ b**2))


def informations(joint: Tensor) -> tuple[Tensor, Tensor]:
    """I(x; y) and H(x)."""
    p_x, p_y = joint.sum(1), joint.sum(0)
    return kl(joint.flatten().log(), (p_x[:, None] * p_y).flatten().log()), entropy(p_x.log())


FIRST_SPLIT = Question(
    name="first_split",
    kind="experiment",
    title="When does a code begin to speak?",
    points=4,
    difficulty=4,
    importance=4,
    minutes=25,
    returns="one number",
    relation="the beta below which a small change of the silent code lowers beta I(x; z) - I(z; y)",
    cases=split_cases,
    reference=lambda joint: spectrum(joint)[1] ** 2,
    oracle=split_by_walk,
    wrong=(
        Wrong(
            "as soon as beta is below one",
            lambda joint: 1.0,
            "above one nothing can speak, since I(z; y) is at most I(x; z). A noisy y is worth less than that.",
        ),
        Wrong(
            "the root of it",
            lambda joint: spectrum(joint)[1],
            "that is how far a small step of the code moves y. Informations are quadratic in it: square it.",
        ),
        Wrong(
            "where copying x pays",
            lambda joint: informations(joint)[0] / informations(joint)[1],
            "there a full copy of x breaks even. A code that whispers breaks even earlier: its nats are better spent.",
        ),
        Wrong(
            "the correlation of the labels",
            index_correlation,
            "values of x and y are names: your number changes when they are listed in another order.",
        ),
        Wrong(
            "the table not divided by its margins",
            lambda joint: torch.linalg.svdvals(joint)[1] ** 2,
            "a value that is rare has small entries and may matter as much: divide by the roots of p(x) and p(y).",
        ),
        Wrong(
            "all correlations together",
            lambda joint: (spectrum(joint)[1:] ** 2).sum(),
            "that sum is chi-square. The first split goes along one direction, the best one.",
        ),
        Wrong(
            "the weakest correlation",
            lambda joint: spectrum(joint)[-1] ** 2,
            "the direction that pays first is the one with the largest correlation.",
        ),
    ),
    hints={
        "exception": "joint is a float64 table (X, Y) of probabilities; return a number.",
        "shape": "return a number.",
        "trap": "here some event of x is known from y without error.",
        "different": "let q(z|x) = q(z) (1 + e f(x) g(z)), f, g of mean zero: both informations begin with e squared.",
    },
)
