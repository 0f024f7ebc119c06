"""Maps that keep the prior: of the plane, and of bits. Questions of the chapter `identifiability`."""

import itertools
import math

import numpy as np
import scipy.stats
import torch
from torch import Tensor

from course_pkg.grading import Case, Question, Symmetry, Wrong
from course_pkg.questions.shared import bits as in_bits
from course_pkg.questions.shared import numbers

NORMAL = torch.distributions.Normal(0.0, 1.0)

# Mixing ----------------------------------------------------------------------------------------------------


def points(seed: int) -> tuple[Case, ...]:
    def case(rung: str, u: Tensor, angle: float, told: str = "") -> Case:
        return Case(rung, {"u": u, "angle": angle}, {"points": len(u)}, told)

    g = torch.Generator().manual_seed(seed)
    draw = lambda n: 0.02 + 0.96 * torch.rand(n, 2, generator=g, dtype=torch.float64)
    half = NORMAL.cdf(torch.tensor([[1.0, 0.0], [1.0, 2.0]], dtype=torch.float64))
    return (
        case("hand", half, math.pi / 2, "u {u}; {angle:turn}"),
        case("random", draw(5), 0.6),
        case("oracle", draw(3), math.pi / 4),
        case("trap", draw(4), -2.5),
    )


def turn(angle: float) -> Tensor:
    c, s = math.cos(angle), math.sin(angle)
    return numbers([[c, -s], [s, c]])


def mixing(u: Tensor, angle: float) -> Tensor:
    return NORMAL.cdf(NORMAL.icdf(u) @ turn(angle).mT)


def by_polar(u: Tensor, angle: float) -> Tensor:
    """In polar coordinates, and by scipy."""
    y = scipy.stats.norm.ppf(u.numpy())
    radius, at = np.hypot(y[:, 0], y[:, 1]), np.arctan2(y[:, 1], y[:, 0]) + angle
    return torch.from_numpy(scipy.stats.norm.cdf(np.stack([radius * np.cos(at), radius * np.sin(at)], 1)))


MIXING = Question(
    name="mixed_uniform",
    kind="implement",
    title="A map that nobody sees",
    points=2,
    difficulty=2,
    importance=5,
    minutes=15,
    returns="numbers between 0 and 1, (N, 2)",
    relation="m(u) = Phi(Q Phi^-1(u)), with Q a turn of the plane by the angle, counter-clockwise",
    cases=points,
    reference=mixing,
    oracle=by_polar,
    wrong=(
        Wrong(
            "the square itself turned",
            lambda u, angle: (u - 0.5) @ turn(angle).mT + 0.5,
            "turned itself, the square sticks out of the square: make each number normal first.",
            (lambda u, angle: ((u - 0.5) @ turn(angle).mT) % 1, lambda u, angle: u @ turn(angle).mT),
        ),
        Wrong(
            "turned the other way, by Q transposed",
            lambda u, angle: NORMAL.cdf(NORMAL.icdf(u) @ turn(angle)),
            "points are rows: Q y for each of them is y @ Q transposed.",
        ),
        Wrong(
            "the last step left out, so that the numbers stay normal",
            lambda u, angle: NORMAL.icdf(u) @ turn(angle).mT,
            "the last step is left out: it makes each of the normal numbers uniform again.",
        ),
        Wrong(
            "Phi where its inverse belongs",
            lambda u, angle: NORMAL.cdf(NORMAL.cdf(u) @ turn(angle).mT),
            "the first step goes from uniform to normal: the inverse of Phi.",
        ),
        Wrong(
            "an angle read in degrees",
            lambda u, angle: mixing(u, math.radians(angle)),
            "the angle comes in radians, not in degrees.",
        ),
        Wrong(
            "a reflection in place of a rotation",
            lambda u, angle: NORMAL.cdf(NORMAL.icdf(u) @ (turn(angle) @ torch.diag(numbers([1.0, -1.0]))).mT),
            "you have a reflection: it keeps the prior as well, but the determinant of a rotation is 1.",
        ),
        Wrong(
            "logistic numbers, which are not round",
            lambda u, angle: (u.logit() @ turn(angle).mT).sigmoid(),
            "logistic numbers are no longer independent after a turn. Only a normal law in all directions is round.",
        ),
    ),
    symmetries=(
        Symmetry(
            "become one less each where u is replaced by 1 - u",
            lambda g: {"u": 1 - g["u"]},
            lambda given, value: 1 - value,
        ),
    ),
    hints={
        "not started": "torch.distributions.Normal has cdf and icdf.",
        "exception": "u is (N, 2), angle a number in radians.",
        "shape": "return one row for each row of u: (N, 2).",
        "different": "compute one point by hand: u = Phi(1), Phi(0) and a quarter turn.",
    },
)

# Bits ------------------------------------------------------------------------------------------------------


def matrices(seed: int) -> tuple[Case, ...]:
    def case(rung: str, A: Tensor, told: str = "") -> Case:
        return Case(rung, {"A": A}, {"bits": len(A)}, told)

    found: list[Tensor] = []
    g = torch.Generator().manual_seed(seed)
    while len(found) < 2:
        A = torch.randint(2, (4, 4), generator=g).double()
        mixed = (A.sum(1) > 1).sum()
        if round(torch.linalg.det(A).item()) % 2 and 0 < mixed < 4:
            found.append(A)
    return (
        case("hand", numbers([[1.0, 0.0], [1.0, 1.0]]), "A {A}: the second new bit is a sum"),
        case("random", found[0]),
        case("oracle", found[1]),
        case("trap", numbers([[0.0, 1.0, 0.0], [1.0, 1.0, 0.0], [1.0, 1.0, 1.0]])),
    )


def said(A: Tensor) -> Tensor:
    return math.log(2) * A * (A.sum(1, keepdim=True) == 1)


def by_counting(A: Tensor) -> list[list[float]]:
    """From the table of all bits."""
    M = A.int().tolist()
    cells = list(itertools.product((0, 1), repeat=len(M)))
    z = [[sum(a * b for a, b in zip(row, cell, strict=True)) % 2 for row in M] for cell in cells]

    def information(i: int, j: int) -> float:
        total = 0.0
        for a, b in itertools.product((0, 1), repeat=2):
            p = sum(code[i] == a and cell[j] == b for code, cell in zip(z, cells, strict=True)) / len(cells)
            total += p * math.log(4 * p) if p else 0.0
        return total

    return [[information(i, j) for j in range(len(M))] for i in range(len(M))]


BITS = Question(
    name="bits_said",
    kind="implement",
    title="What a sum of bits says",
    points=2,
    difficulty=3,
    importance=4,
    minutes=15,
    returns="a matrix (K, K) of nats: row i for new bit i, column j for old bit j",
    relation="I(z'_i; f_j) of fair independent bits f and z' = A f modulo 2",
    cases=matrices,
    reference=said,
    oracle=by_counting,
    wrong=(
        in_bits(said),
        Wrong(
            "every addend of a sum known",
            lambda A: math.log(2) * A,
            "a sum says nothing of an addend: every other addend hides it.",
        ),
        Wrong(
            "a bit shared among the terms",
            lambda A: math.log(2) * A / A.sum(1, keepdim=True),
            "information about single terms is not shared out: a bit among several terms leaves 0 for each.",
        ),
        Wrong(
            "the sums undone, by the inverse of A",
            lambda A: said((torch.linalg.inv(A) * torch.linalg.det(A)).round() % 2),
            "you took the inverse of A, which undoes the sums: rows of A itself say what a new bit is.",
        ),
        Wrong(
            "columns looked at for sums, not rows",
            lambda A: math.log(2) * A * (A.sum(0, keepdim=True) == 1),
            "the rows of A are the sums: it does not matter how many new bits (columns) an old one enters.",
        ),
        Wrong(
            "half of a bit",
            lambda A: math.log(2) * A * 0.5 ** (A.sum(1, keepdim=True) - 1),
            "not half of it: whatever one knows, the sum stays fair, and nothing of the bit is left.",
        ),
    ),
    hints={
        "not started": "take z2 = f1 + f2 modulo 2 and write the four cells of (z2, f1) on paper.",
        "exception": "A is (K, K), of zeros and ones.",
        "shape": "return a matrix with as many axes as A: (K, K).",
        "trap": "one row has a single one here; the others do not.",
        "different": "a row with one 1 copies a bit; all other rows hide each of their bits.",
    },
)
