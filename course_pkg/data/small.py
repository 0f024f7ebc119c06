"""dSprites drawn smaller: 16 by 16 pixels, grey by the area that the sprite covers, on a thinner grid of all factors.

Every second orientation and position: 3 x 6 x 20 x 16 x 16 = 92,160 images, so few and so small that one core trains a
model on them, encodes them all and splits its rate exactly within a minute. A pixel counts how many of the 4 x 4 pixels
of the large image are white, 0 to 16: nothing is rounded.
"""

import math
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from course_pkg.data import cache, dsprites
from course_pkg.data.indexing import checked_indices, grid_factors, grid_index

SIDE, AREA = 16, 16  # pixels of a side; white pixels of the large image that a whole small one stands for
NAMES, SIZES = dsprites.NAMES, (3, 6, 20, 16, 16)
TOTAL = math.prod(SIZES)
EVERY = torch.tensor([1, 1, 2, 2, 2])  # a setting here is that many settings of the large set
# The settings of the sparse set: as far apart as in the whole one, with fewer between.
SPARSE = ((0, 1, 2), (0, 1, 2, 3, 4, 5), (0, 4, 8, 12, 16), (0, 5, 10, 15), (0, 5, 10, 15))
BLOCK = 1024


def factors(indices: Tensor | None = None) -> Tensor:
    """Settings (n, 5), int64, of the images (n,), or of all. IndexError outside 0 .. 92,159."""
    return grid_factors(checked_indices(torch.arange(TOTAL) if indices is None else indices, TOTAL), SIZES)


def sparse() -> Tensor:
    """The indices of the 1,440 images of the sparse set: every fourth orientation, four positions each way."""
    return grid_index(torch.cartesian_prod(*map(torch.tensor, SPARSE)), SIZES)


def images() -> Tensor:
    """All images as counts of white pixels, uint8 (92160, 16, 16), mapped from a file of 24 MB that is drawn once.

    Each call checks the file's length, as that of `dsprites.packed`.
    """
    path = cache.folder() / f"dsprites-{SIDE}x{SIDE}-counts"
    counts = _mapped(path)
    cache.check_whole(path, counts.numel())
    return counts


@lru_cache(maxsize=1)
def _mapped(path: Path) -> Tensor:
    return torch.from_numpy(cache.stored(path, (TOTAL, SIDE, SIDE), _blocks, TOTAL // BLOCK))


def in_large(indices: Tensor) -> Tensor:
    """The large images (n,) of which those small ones (n,) are drawn, as indices. IndexError as `factors`."""
    return dsprites.index(factors(indices) * EVERY)


def counts(large: Tensor) -> Tensor:
    """Images (n, 64, 64) of 0 and 1 as the white pixels of each area, uint8 (n, 16, 16)."""
    step = large.shape[1] // SIDE
    return large.unflatten(2, (SIDE, step)).unflatten(1, (SIDE, step)).sum((2, 4), dtype=torch.uint8)


def _blocks() -> Iterator[np.ndarray]:
    for part in torch.arange(TOTAL).split(BLOCK):
        yield counts(dsprites.images(in_large(part))).numpy()


def grey(counts: Tensor) -> Tensor:
    """Counts (n, 16, 16) as pixels (n, 1, 16, 16) in [0, 1]: the share of a pixel that is white."""
    return counts.unsqueeze(1) / AREA
