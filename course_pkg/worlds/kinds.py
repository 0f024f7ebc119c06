"""Kinds of worlds to check an equation on: how to draw one from a seed, how many, and how exact its sums are."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from course_pkg.worlds.linear_gaussian import LinearGaussianWorld
from course_pkg.worlds.symbols import Symbols
from course_pkg.worlds.tabular import TabularWorld

STRICT = 1e-3  # an inequality must be strict by more than this on some world, so no tolerance may reach it


@dataclass(frozen=True)
class Worlds:
    """A kind of world: its name, how to draw one from a seed, how many, and the relative tolerance there.

    The default tolerance is for float64 sums of up to 1e5 terms: 1e-15 each, and some cancellation.
    `symbols` says what the symbols of a line stand for on a world, so that its LaTeX can be evaluated; a world with a
    method of this name needs none.
    Raises ValueError for a count below one and for a tolerance that would let anything pass.
    """

    name: str
    draw: Callable[[int], Any]
    count: int = 20
    tolerance: float = 1e-11
    symbols: Callable[[Any], Symbols] | None = None

    def symbols_of(self, world: Any) -> Symbols | None:
        """What a world's symbols stand for; nothing where they stand for no tables."""
        own = getattr(world, "symbols", None)
        return self.symbols(world) if self.symbols else own() if callable(own) else None

    def __post_init__(self) -> None:
        if not (isinstance(self.count, int) and self.count >= 1):
            raise ValueError(f"{self.name}: expected a count of one world or more, got {self.count}")
        if not 0 <= self.tolerance < STRICT:
            raise ValueError(f"{self.name}: expected a tolerance from 0 to below {STRICT:g}, got {self.tolerance:g}")


def numbers(*ranges: tuple[float, float]) -> Callable[[int], Tensor]:
    """How to draw a few numbers, each from its range."""
    low, high = (torch.tensor(ends, dtype=torch.float64) for ends in zip(*ranges, strict=True))

    def draw(seed: int) -> Tensor:
        share = torch.rand(len(ranges), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
        return low + (high - low) * share

    return draw


def gaussian_grid(seed: int) -> TabularWorld:
    """A linear-Gaussian world, tabulated at five points of its data: integrals over a continuous z."""
    world = LinearGaussianWorld.random(seed)
    g = torch.Generator().manual_seed(seed)
    x = world.m + torch.randn(5, len(world.m), generator=g, dtype=torch.float64) @ torch.linalg.cholesky(world.C).mT
    return world.tabulate(x)[0]


TABLES = Worlds("tables", TabularWorld.random)
GRIDS = Worlds("linear-Gaussian worlds on a grid", gaussian_grid, count=3)
