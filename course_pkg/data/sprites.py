"""dSprites at any density, at any size, in colour: the same geometry on other grids."""

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from course_pkg.data import dsprites
from course_pkg.data.factors import FactorData
from course_pkg.data.indexing import grid_factors
from course_pkg.data.polygons import draw


def sprites(
    shape: ArrayLike | None = None,
    scale: ArrayLike | None = None,
    orientation: ArrayLike | None = None,
    posX: ArrayLike | None = None,
    posY: ArrayLike | None = None,
    color: ArrayLike | None = None,
    size: int = 64,
) -> FactorData:
    """Every combination of the given values, drawn whenever it is asked for (some 10 us for 64 x 64 pixels).

    shape: some of 1, 2, 3; scale: above 0; orientation: in radians; posX, posY: in [0, 1] as released. Each is
    `(S,)`, the released values where it is left out. color `(S, 3)`: red, green and blue in [0, 1]; with it
    there is a first factor "color" and images are float32 `(n, 3, size, size)`, without it
    `(n, 1, size, size)`. Raises ValueError for values that cannot be drawn.

    >>> len(sprites(orientation=np.linspace(0, 2 * np.pi, 360, endpoint=False)))
    6635520
    """
    given = (shape, scale, orientation, posX, posY)
    values = tuple(
        released if own is None else _axis(name, own)
        for name, own, released in zip(dsprites.NAMES, given, dsprites.VALUES, strict=True)
    )
    longest = max(len(v) for v in values)
    draw(np.stack([np.resize(v, longest) for v in values], axis=1), size)  # complains at once, not when used

    def drawn(settings: Tensor) -> Tensor:
        sprite = np.stack([v[settings[:, k].numpy()] for k, v in enumerate(values)], axis=1)
        return torch.from_numpy(draw(sprite, size)).float().unsqueeze(1)

    sizes = [len(v) for v in values]
    if color is None:
        return FactorData(dsprites.NAMES, values, lambda indices: drawn(grid_factors(indices, sizes)))

    colors = _colors(color)
    paint = torch.as_tensor(colors, dtype=torch.float32)

    def coloured(indices: Tensor) -> Tensor:
        settings = grid_factors(indices, [len(colors), *sizes])
        return drawn(settings[:, 1:]) * paint[settings[:, 0], :, None, None]

    return FactorData(("color", *dsprites.NAMES), (colors, *values), coloured)


def tinted(images: Tensor, generator: torch.Generator) -> Tensor:
    """Images `(n, 1, H, W)` each in a random colour: `(n, 3, H, W)`, red, green, blue uniform in [0.5, 1].

    Here colour is no factor but a nuisance, as in "Color-dSprites" of Locatello et al., "Challenging Common
    Assumptions in the Unsupervised Learning of Disentangled Representations", ICML 2019.
    """
    if images.ndim != 4 or images.shape[1] != 1:
        raise ValueError(f"tinted: expected images of shape (n, 1, H, W), got {tuple(images.shape)}")
    color = 0.5 + 0.5 * torch.rand(len(images), 3, 1, 1, generator=generator)
    return images * color.to(images.device)


def _axis(name: str, values: ArrayLike) -> NDArray[np.float64]:
    axis = np.asarray(values, dtype=np.float64)
    if axis.ndim != 1 or not len(axis):
        raise ValueError(f"sprites: expected {name} as one or more values (S,), got shape {axis.shape}")
    return axis


def _colors(color: ArrayLike) -> NDArray[np.float64]:
    colors = np.asarray(color, dtype=np.float64)
    if colors.ndim != 2 or colors.shape[1] != 3 or not len(colors):
        raise ValueError(f"sprites: expected color as one or more rows (S, 3), got shape {colors.shape}")
    if not ((colors >= 0) & (colors <= 1)).all():
        raise ValueError(f"sprites: expected color in [0, 1], got {colors.min():g} to {colors.max():g}")
    return colors
