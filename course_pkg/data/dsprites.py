"""dSprites, drawn from its geometry: 737,280 images of one white sprite on black, 64 by 64 pixels.

Every combination of a shape, 6 scales, 40 orientations and 32 by 32 positions occurs once, in row-major
order (posY runs fastest). The release also counts a colour, which is constant; it is left out here.

The set: Matthey, Higgins, Hassabis, Lerchner, "dSprites: Disentanglement testing Sprites dataset",
https://github.com/google-deepmind/dsprites-dataset, 2017.
"""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from course_pkg.data import cache
from course_pkg.data.factors import FactorData
from course_pkg.data.indexing import checked_factors, checked_indices, grid_factors, grid_index
from course_pkg.data.polygons import SHAPES, draw

NAMES = ("shape", "scale", "orientation", "posX", "posY")
SIZES = (3, 6, 40, 32, 32)
VALUES = (
    np.array(SHAPES, dtype=np.float64),  # 1 square, 2 ellipse, 3 heart
    np.linspace(0.5, 1, 6),
    np.linspace(0, 2 * np.pi, 40),  # the last orientation is the first one again
    np.linspace(0, 1, 32),
    np.linspace(0, 1, 32),
)
TOTAL = 737_280
BLOCK = 1024  # images drawn at a time: all positions of one sprite


def factors(indices: Any) -> Tensor:
    """Settings `(n, 5)`, int64, of the images `(n,)`. IndexError outside 0 .. 737,279."""
    return grid_factors(checked_indices(indices, TOTAL), SIZES)


def index(factors: Any) -> Tensor:
    """Indices `(n,)` of the settings `(n, 5)`: the inverse of `factors`. IndexError for a setting that is not."""
    return grid_index(checked_factors(factors, NAMES, SIZES), SIZES)


def values(indices: Any) -> Tensor:
    """Shape, scale, orientation (radians), posX and posY as released: float64 `(n, 5)` for images `(n,)`."""
    settings = factors(indices)
    return torch.stack([torch.from_numpy(v)[settings[:, k]] for k, v in enumerate(VALUES)], dim=1)


def images(indices: Any) -> Tensor:
    """Images `(n, 64, 64)`, uint8 of 0 and 1, out of the stored set. IndexError outside 0 .. 737,279."""
    return unpack(packed()[checked_indices(indices, TOTAL)])


def packed() -> Tensor:
    """The whole set with 8 pixels in a byte, uint8 `(737280, 64, 8)`, mapped from a file of 377 MB.

    The first call ever draws it (seconds; `cache.folder` says where it is kept), the first call of a process
    checks it, and each call its length. `packed().to("cuda")` keeps it on a GPU.
    """
    path = _path()
    bits = _mapped(path)
    cache.check_whole(path, bits.numel())
    return bits


def _path() -> Path:
    return cache.folder() / "dsprites-64x64-bits"


@lru_cache(maxsize=1)
def _mapped(path: Path) -> Tensor:
    return torch.from_numpy(cache.stored(path, (TOTAL, 64, 8), _blocks, TOTAL // BLOCK))


def _blocks() -> Iterator[np.ndarray]:
    for start in range(0, TOTAL, BLOCK):
        yield np.packbits(draw(values(torch.arange(start, start + BLOCK))), axis=-1)


def unpack(bits: Tensor) -> Tensor:
    """Bytes `(..., 8)` to pixels `(..., 64)` of 0 and 1, uint8, on any device: the first pixel is the highest bit."""
    shifts = torch.arange(7, -1, -1, dtype=torch.uint8, device=bits.device)
    return ((bits.unsqueeze(-1) >> shifts) & 1).flatten(-2)


def factor_data(device: str | torch.device = "cpu") -> FactorData:
    """The set behind the API that all sets share: images float32 `(n, 1, 64, 64)` on `device`."""
    path, bits = _path(), packed().to(device)

    def look_up(indices: Tensor) -> Tensor:
        if bits.device.type == "cpu":  # mapped still: the file may have been cut in the meantime
            cache.check_whole(path, bits.numel())
        return unpack(bits[indices.to(bits.device)]).unsqueeze(1).float()

    return FactorData(NAMES, VALUES, look_up)
