"""The maps that mix, counted: on grids, and on bits, where they can be as bad as can be. Chapter `identifiability`."""

import itertools
import math
from typing import NamedTuple

import numpy as np
import torch
from sklearn.metrics import mutual_info_score
from torch import Tensor

from course_pkg.derivation.chain import Derivation, Step, Worlds
from course_pkg.identifiability import invertible
from course_pkg.worlds import Symbols


class Grid(NamedTuple):
    """k settings of each of K factors."""

    k: int
    K: int


def some_grid(seed: int) -> Grid:
    return Grid(*((2, 2), (4, 1), (2, 3), (3, 1))[seed % 4])


def one_by_one(w: Grid) -> Tensor:
    """All permutations, each asked whether every new factor depends on one old one."""
    cells = w.k**w.K
    grid = np.array(list(itertools.product(range(w.k), repeat=w.K)))
    every = np.array(list(itertools.permutations(range(cells))))
    new = grid[every].reshape(-1, *[w.k] * w.K, w.K)  # permutation, old factors, new factor
    kept = np.ones(len(every), bool)
    for j in range(w.K):
        moves = [np.ptp(new[..., j], axis=i + 1).reshape(len(every), -1).any(1) for i in range(w.K)]
        kept &= np.stack(moves).sum(0) == 1
    return torch.tensor(kept.mean(), dtype=torch.float64)


def by_moves(w: Grid) -> Tensor:
    """What swaps of two settings of a factor, and of two factors, can reach."""
    cells = list(itertools.product(range(w.k), repeat=w.K))
    place = {cell: n for n, cell in enumerate(cells)}
    moves = []
    for j, a in itertools.product(range(w.K), range(w.k - 1)):
        swap = {a: a + 1, a + 1: a}
        moves.append([place[(*c[:j], swap.get(c[j], c[j]), *c[j + 1 :])] for c in cells])
    for j in range(w.K - 1):
        moves.append([place[(*c[:j], c[j + 1], c[j], *c[j + 2 :])] for c in cells])
    seen = {tuple(range(len(cells)))}
    edge = list(seen)
    while edge:
        edge = list({tuple(p[n] for n in move) for p in edge for move in moves}.difference(seen))
        seen |= set(edge)
    return torch.tensor(len(seen) / math.factorial(len(cells)), dtype=torch.float64)


def counted(w: Grid, kept: int) -> Tensor:
    return torch.tensor(kept / math.factorial(w.k**w.K), dtype=torch.float64)


COUNT = Derivation(
    label="identifiability-count",
    steps=(
        Step(
            r"P_{\mathrm{axes}}",
            one_by_one,
            "all permutations of the cells of a small grid: every new factor moves with one old one alone",
            also={"all that swaps can reach": by_moves},
        ),
        Step(
            r"\frac{K!\, (k!)^K}{\left(k^K\right)!}",
            lambda w: counted(w, math.factorial(w.K) * math.factorial(w.k) ** w.K),
            "factors may change places, and each may reorder its k settings",
        ),
    ),
    worlds=(Worlds("grids", some_grid, 4, symbols=lambda w: Symbols(numbers={"k": float(w.k), "K": float(w.K)})),),
    follows=("identifiability-kept",),
)


# Bits ----------------------------------------------------------------------------------------------------------------


def some_matrix(seed: int) -> Tensor:
    """A matrix of three rows, invertible modulo 2; any of 168."""
    return invertible(3)[(53 * seed + 7) % 168].double()


def added(A: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """The three bits of all eight cells, and their sums modulo 2."""
    f = np.array(list(itertools.product((0, 1), repeat=3)))
    return f, f @ A.numpy().astype(int).T % 2


def by_counts(A: Tensor) -> Tensor:
    f, z = added(A)
    said = torch.zeros(3, 3, dtype=torch.float64)
    for i, j in itertools.product(range(3), repeat=2):
        p = np.array([[np.mean((z[:, i] == a) & (f[:, j] == b)) for b in (0, 1)] for a in (0, 1)])
        said[i, j] = sum(v * math.log(v / (p[a].sum() * p[:, b].sum())) for (a, b), v in np.ndenumerate(p) if v)
    return said


def by_scikit_learn(A: Tensor) -> Tensor:
    f = np.array([[n >> 2, n >> 1 & 1, n & 1] for n in range(8)])
    z = np.bitwise_xor.reduce(f[:, None] & A.numpy().astype(int), axis=2)
    return torch.tensor(
        [[mutual_info_score(z[:, i], f[:, j]) for j in range(3)] for i in range(3)], dtype=torch.float64
    )


BITS = Derivation(
    label="identifiability-bits",
    steps=(
        Step(
            r"I(z_i'; f_j)",
            by_counts,
            "new bits are sums, modulo 2, of fair old ones: row i of A says of which",
            also={"scikit-learn": by_scikit_learn},
        ),
        Step(
            r"\delta(A_i - e_j) \log 2",
            lambda A: (A[:, None] == torch.eye(3, dtype=torch.float64)).all(-1).double() * math.log(2),
            "a sum with one more fair bit is fair, whatever the others are",
        ),
    ),
    worlds=(Worlds("invertible sums of three bits", some_matrix),),
)
