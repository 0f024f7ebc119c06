"""How far the unbiased estimate strays where nothing differs, and how often a test cries: equations of `mmd`."""

import itertools
import math

import torch
from torch import Tensor

from course_pkg.derivation.agreement import Estimate
from course_pkg.derivation.chain import Definition, Derivation, Step, Worlds, Wrong
from course_pkg.equations.mmd.samples import every, three_points
from course_pkg.mmd import mmd2, permutation_test, rbf
from course_pkg.mmd.permutation import Verdict
from course_pkg.worlds import Symbols

One = tuple[Tensor, Tensor, int, int]


def one_law(seed: int) -> One:
    """A law on two or three points, how many points a sample has, and a seed."""
    n = 2 + seed % 2
    x, p, *_ = three_points(seed)
    points = x if n == 2 else x[:2]
    law = p[: len(points)]
    return points, law / law.sum(), n, seed


def variance_enumerated(w: One) -> Tensor:
    x, p, n, _ = w
    both = itertools.product(every(x, p, n), repeat=2)
    rows = [(u * v, mmd2(rbf(1.0), a, b)) for (a, u), (b, v) in both]
    weights, values = torch.tensor([r[0] for r in rows], dtype=torch.float64), torch.stack([r[1] for r in rows])
    return weights @ values.square()  # the mean of U is 0 where both samples are of one law


def s2(w: One, row: float = 2.0) -> Tensor:
    x, p, _, _ = w
    k = rbf(1.0)(x[:, None], x[:, None])
    return p @ k.square() @ p - row * p @ (k @ p).square() + (p @ k @ p).square()


def centred_table(w: One) -> Tensor:
    """The same: the table with its row and column means taken off, squared."""
    x, p, n, _ = w
    k = (-0.5 * (x[:, None] - x).square()).exp()
    flat = k - (k @ p)[:, None] - (p @ k)[None] + p @ k @ p
    return (4 / (n * (n - 1)) + 4 / n**2) * (p @ flat.square() @ p)


def law_symbols(w: One) -> Symbols:
    return Symbols(numbers={"n": float(w[2]), "s": s2(w).sqrt()})


NULL_VARIANCE = Derivation(
    label="mmd-null-variance",
    steps=(
        Step(r"\mathrm{Var}\left[U\right]", variance_enumerated, "over all pairs of samples of n points of one law"),
        Step(
            r"\left(\frac{4}{n (n - 1)} + \frac{4}{n^2}\right) s^2",
            lambda w: (4 / (w[2] * (w[2] - 1)) + 4 / w[2] ** 2) * s2(w),
            "U is a sum of pairs whose centred kernels are uncorrelated; each pair within counts twice, for its order",
            also={"the centred table": centred_table},
            wrong=(
                Wrong(
                    "the pairs between the samples are their own mean",
                    r"\frac{4}{n (n - 1)} s^2",
                    lambda w: 4 / (w[2] * (w[2] - 1)) * s2(w),
                ),
                Wrong(
                    "the variance of a mean falls as 1 / n",
                    r"\frac{4}{n} s^2",
                    lambda w: 4 / w[2] * s2(w),
                ),
                Wrong(
                    "a pair within a sample counts once",
                    r"\left(\frac{2}{n (n - 1)} + \frac{4}{n^2}\right) s^2",
                    lambda w: (2 / (w[2] * (w[2] - 1)) + 4 / w[2] ** 2) * s2(w),
                ),
            ),
        ),
    ),
    source="Gretton et al. (2012), theorem 12",
    worlds=(Worlds("laws on two or three points, all pairs of samples", one_law, count=4, symbols=law_symbols),),
    follows=("mmd-unbiased", "mmd-centred-square"),
)

# The level of a permutation test ----------------------------------------------------------------------


def permuted(seed: int) -> Verdict:
    g = torch.Generator().manual_seed(seed)
    x, y = torch.randn(2, 5, 1, generator=g, dtype=torch.float64)
    return permutation_test(rbf(1.0), x, y, 7 + seed, g)


def as_large(seed: int) -> Symbols:
    """b, counted, and M."""
    found = permuted(seed)
    return Symbols(numbers={"b": (found.null >= found.mmd2 - 1e-12).sum().double(), "M": float(len(found.null))})


TESTS = Worlds("permutation tests", lambda seed: seed, symbols=as_large)

P_VALUE = Definition(
    label="mmd-p-value",
    latex=r"p_M := \frac{b + 1}{M + 1}",
    symbol="p_M",
    meaning="p-value of a permutation test: b of M permutations gave as large a value",
    code="mmd.permutation_test",
    source="Phipson and Smyth (2010)",
    judge=lambda w: torch.tensor(permuted(w).p_value, dtype=torch.float64),
    worlds=TESTS,
)
Test = tuple[int, float, int]


def a_test(seed: int) -> Test:
    """How many permutations, the level asked for, a seed."""
    g = torch.Generator().manual_seed(seed)
    return int(torch.randint(5, 21, (), generator=g)), 0.5 + 0.4 * torch.rand((), generator=g).item(), seed


def ranks_counted(w: Test) -> Tensor:
    """Every number b of permuted values that are as large, from 0 to M, is equally likely."""
    m, alpha, _ = w
    return torch.tensor([(b + 1) / (m + 1) <= alpha for b in range(m + 1)]).double().mean()


def ranks_drawn(w: Test) -> Estimate:
    """M + 1 draws of one law, the first of which is the observed one."""
    m, alpha, seed = w
    values = torch.randn(5_000, m + 1, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    b = (values[:, 1:] >= values[:, :1]).sum(1)
    return Estimate.of(((b + 1) / (m + 1) <= alpha).double())


def share(value: float) -> Tensor:
    return torch.tensor(value, dtype=torch.float64)


def level_symbols(w: Test) -> Symbols:
    return Symbols(numbers={"M": float(w[0]), r"\alpha": w[1]})


LEVEL = Derivation(
    label="mmd-level",
    steps=(
        Step(
            r"\mathrm{Pr}\left[\frac{b + 1}{M + 1} \le \alpha\right]",
            ranks_counted,
            "how often a test rejects that compares two samples of one law",
            also={"Monte Carlo": ranks_drawn},
        ),
        Step(
            r"\frac{\lfloor \alpha (M + 1) \rfloor}{M + 1}",
            lambda w: share(math.floor(w[1] * (w[0] + 1)) / (w[0] + 1)),
            "the observed value has each of the M + 1 ranks equally often",
            wrong=(
                Wrong(
                    "b of M permutations, so b / M is the probability (ten public libraries)",
                    r"\frac{\lfloor \alpha M \rfloor + 1}{M + 1}",
                    lambda w: share((math.floor(w[1] * w[0]) + 1) / (w[0] + 1)),
                ),
                Wrong("a test at level alpha rejects at alpha", r"\alpha", lambda w: share(w[1])),
                Wrong(
                    "ranks are counted out of M",
                    r"\frac{\lfloor \alpha M \rfloor}{M}",
                    lambda w: share(math.floor(w[1] * w[0]) / w[0]),
                ),
            ),
        ),
    ),
    source="Phipson and Smyth (2010)",
    worlds=(Worlds("numbers of permutations and levels", a_test, symbols=level_symbols),),
)
