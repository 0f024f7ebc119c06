"""Two means beside each other: an equation of `benchmark`."""

import torch
from scipy import stats
from torch import Tensor

from course_pkg.derivation.chain import Definition, Worlds
from course_pkg.worlds import Symbols


def two_rows(seed: int) -> tuple[Tensor, Tensor]:
    """The scores of two systems, of seeds that have nothing in common."""
    g = torch.Generator().manual_seed(seed)
    a, b = (torch.randn(n, generator=g, dtype=torch.float64) for n in (3 + seed % 5, 4 + seed % 3))
    return a, 1 + 2 * b


def summed_up(rows: tuple[Tensor, Tensor]) -> Symbols:
    numbers: dict[str, Tensor | float] = {}
    for letter, x in zip("ab", rows, strict=True):
        numbers |= {rf"\bar{{{letter}}}": x.mean(), f"s_{letter}": x.std(), f"n_{letter}": float(len(x))}
    return Symbols(numbers=numbers)


def by_scipy(rows: tuple[Tensor, Tensor]) -> Tensor:
    a, b = (x.numpy() for x in rows)
    return torch.tensor(stats.ttest_ind(a, b, equal_var=False).statistic, dtype=torch.float64)


T = Definition(
    label="benchmark-t",
    latex=r"t := \frac{\bar{a} - \bar{b}}{\sqrt{s_a^2 / n_a + s_b^2 / n_b}}",
    symbol="t",
    meaning="the difference of two means in units of its standard error; the samples' spreads may differ",
    code="benchmark.statistics.welch",
    source="Welch (1947)",
    judge=by_scipy,
    worlds=Worlds("scores of two systems", two_rows, symbols=summed_up),
)
