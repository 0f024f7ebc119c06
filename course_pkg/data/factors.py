"""What every data set of the course has in common: images, and the settings of their factors.

An image is known by its index. `FactorData` turns indices into images and into factors, and draws indices
at random: all factors free, some fixed, two of them dependent. So a metric that wants a batch with one
factor fixed, a training loop and a figure all ask the same object.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from course_pkg.data.indexing import (
    checked_factors,
    checked_indices,
    checked_setting,
    grid_factors,
    grid_index,
)


@dataclass(frozen=True)
class Dependence:
    """Two factors that are not drawn independently.

    `weights` are `(size of first, size of second)`: an image is drawn with a probability proportional to the
    weight of its two settings. A weight of 0 keeps that combination out, to hold it back for a test.
    """

    first: str
    second: str
    weights: Tensor


def correlated(first: str, second: str, sizes: tuple[int, int], width: float) -> Dependence:
    """A ridge: weight exp(-(a - b)^2 / (2 width^2)), where a and b are the settings rescaled to [0, 1].

    The smaller the width, the stronger the dependence. After Träuble et al., "On Disentangled
    Representations Learned from Correlated Data", ICML 2021.
    """
    if not width > 0:
        raise ValueError(f"correlated: expected a width above 0, got {width}")
    a, b = (torch.linspace(0, 1, size, dtype=torch.float64) for size in sizes)
    return Dependence(first, second, torch.exp(-((a[:, None] - b[None, :]) ** 2) / (2 * width**2)))


@dataclass(frozen=True)
class FactorData:
    """A set of N images with K discrete factors.

    `names` are those of the K factors; `values` say, factor by factor, what settings 0, 1, ... stand for.
    `look_up` turns int64 indices `(n,)` into float32 images `(n, C, H, W)` with values in [0, 1]. `table` holds
    the int64 factors `(N, K)`, or None where the images are the grid of all combinations in row-major order
    (the last factor runs fastest).
    """

    names: tuple[str, ...]
    values: tuple[Sequence | np.ndarray, ...]
    look_up: Callable[[Tensor], Tensor]
    table: Tensor | None = None

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of settings of each factor."""
        return tuple(len(settings) for settings in self.values)

    def __len__(self) -> int:
        return math.prod(self.sizes) if self.table is None else len(self.table)

    def images(self, indices: Any) -> Tensor:
        """Images `(n, C, H, W)`, float32 in [0, 1]. IndexError outside 0 .. N - 1."""
        return self.look_up(checked_indices(indices, len(self)))

    def factors(self, indices: Any) -> Tensor:
        """Settings `(n, K)`, int64. IndexError outside 0 .. N - 1."""
        places = checked_indices(indices, len(self))
        return grid_factors(places, self.sizes) if self.table is None else self.table[places]

    def index(self, factors: Any) -> Tensor:
        """Index `(n,)` of the image with settings `(n, K)`; of the first, where several have them.

        IndexError for a setting that does not exist, LookupError where no image has that combination.
        """
        wanted = checked_factors(factors, self.names, self.sizes)
        if self.table is None:
            return grid_index(wanted, self.sizes)
        same = [(self.table == row).all(dim=1) for row in wanted]
        for row, found in zip(wanted, same, strict=True):
            if not found.any():
                raise LookupError(f"no image has {dict(zip(self.names, row.tolist(), strict=True))}")
        return torch.tensor([int(found.int().argmax()) for found in same], dtype=torch.int64)

    def column(self, name: str) -> int:
        """Place of a factor among the names. KeyError for an unknown one."""
        if name not in self.names:
            raise KeyError(f"unknown factor {name!r}; this set has: {', '.join(self.names) or 'no factors'}")
        return self.names.index(name)

    def sample(
        self,
        n: int,
        generator: torch.Generator,
        fixed: Mapping[str, int] | None = None,
        dependent: Sequence[Dependence] = (),
    ) -> Tensor:
        """Indices `(n,)` drawn with replacement from the images that have the `fixed` settings.

        `fixed` holds settings by name, such as `{"shape": 2}`. `dependent` holds pairs of factors, each factor in
        one pair at most; without it every image that remains is equally likely. KeyError for an unknown factor,
        IndexError for an unknown setting, LookupError where no image remains.
        """
        if n < 0:
            raise ValueError(f"sample: expected n of 0 or more, got {n}")
        settings = {
            self.column(name): checked_setting(name, setting, self.sizes[self.column(name)])
            for name, setting in (fixed or {}).items()
        }
        pairs = self._checked_pairs(dependent)
        draw = self._sample_grid if self.table is None else self._sample_table
        return draw(n, generator, settings, pairs)

    def batches(
        self,
        batch_size: int,
        generator: torch.Generator,
        fixed: Mapping[str, int] | None = None,
        dependent: Sequence[Dependence] = (),
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Endless mini-batches: images `(batch_size, C, H, W)` and their factors, drawn as `sample` does."""
        if batch_size < 1:
            raise ValueError(f"batches: expected a batch of 1 image or more, got {batch_size}")
        while True:
            indices = self.sample(batch_size, generator, fixed, dependent)
            yield self.images(indices), self.factors(indices)

    def in_order(self, batch_size: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Every image once, in the order of the index: mini-batches of images and factors."""
        if batch_size < 1:
            raise ValueError(f"in_order: expected a batch of 1 image or more, got {batch_size}")
        for start in range(0, len(self), batch_size):
            indices = torch.arange(start, min(start + batch_size, len(self)))
            yield self.images(indices), self.factors(indices)

    def _checked_pairs(self, dependent: Sequence[Dependence]) -> list[tuple[int, int, Tensor]]:
        pairs = [(self.column(d.first), self.column(d.second), d.weights.double()) for d in dependent]
        columns = [column for first, second, _ in pairs for column in (first, second)]
        if len(set(columns)) < len(columns):
            raise ValueError(f"sample: a factor is in more than one pair: {[self.names[c] for c in columns]}")
        for first, second, weights in pairs:
            shape = (self.sizes[first], self.sizes[second])
            if tuple(weights.shape) != shape:
                raise ValueError(f"sample: expected weights of shape {shape}, got {tuple(weights.shape)}")
            if not (torch.isfinite(weights) & (weights >= 0)).all():
                raise ValueError("sample: expected weights of 0 or more, all finite")
        return pairs

    def _sample_grid(self, n: int, generator: torch.Generator, settings: Mapping[int, int], pairs: Sequence) -> Tensor:
        """Factor by factor: a fine grid has more images than fit in a list."""
        factors = torch.stack([torch.randint(size, (n,), generator=generator) for size in self.sizes], dim=1)
        for column, setting in settings.items():
            factors[:, column] = setting
        for first, second, weights in pairs:
            allowed = torch.ones_like(weights)
            for column, axis in [(first, 0), (second, 1)]:
                if column in settings:
                    chosen = torch.arange(weights.shape[axis]) == settings[column]
                    allowed *= chosen.unsqueeze(1 - axis)
            cell = _draw((weights * allowed).flatten(), n, generator)
            factors[:, first], factors[:, second] = cell // weights.shape[1], cell % weights.shape[1]
        return grid_index(factors, self.sizes)

    def _sample_table(self, n: int, generator: torch.Generator, settings: Mapping[int, int], pairs: Sequence) -> Tensor:
        assert self.table is not None
        weights = torch.ones(len(self.table), dtype=torch.float64)
        for column, setting in settings.items():
            weights *= self.table[:, column] == setting
        for first, second, joint in pairs:
            weights *= joint[self.table[:, first], self.table[:, second]]
        return _draw(weights, n, generator)


def _draw(weights: Tensor, n: int, generator: torch.Generator) -> Tensor:
    """n places drawn in proportion to `weights`, with replacement."""
    cumulated = weights.cumsum(0)
    if not len(weights) or cumulated[-1] <= 0:
        raise LookupError("sample: no image has the fixed settings with a weight above 0")
    u = torch.rand(n, generator=generator, dtype=torch.float64) * cumulated[-1]
    return torch.searchsorted(cumulated, u, right=True)  # the first place where cumulated > u
