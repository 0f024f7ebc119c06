"""The three sprites of dSprites as filled polygons: square, ellipse, heart.

Lengths are in units of the image's side, x to the right, y downwards, (0, 0) the upper left corner. The
constants were measured on images of the release: Matthey, Higgins, Hassabis, Lerchner, "dSprites:
Disentanglement testing Sprites dataset", https://github.com/google-deepmind/dsprites-dataset, 2017.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

R = 0.15  # base radius: 9.6 of 64 pixels
SNAP = 256  # corners are rounded to 1/256 of a pixel, as a graphics card does

SQUARE, ELLIPSE, HEART = 1, 2, 3  # the release counts shapes from 1
SHAPES = (SQUARE, ELLIPSE, HEART)


def outline(shape: int) -> NDArray[np.float64]:
    """Corners `(V, 2)` of one sprite about its own origin, at scale 1 and orientation 0."""
    if shape == SQUARE:
        return R * np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
    if shape == ELLIPSE:
        t = 2 * np.pi * np.arange(100) / 100
        return np.stack([1.33 * R * np.cos(t), R / 1.33 * np.sin(t)], axis=1)
    if shape == HEART:
        t = 2 * np.pi * np.arange(150) / 150
        height = (13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)) / 14.5 + 0.15
        return np.stack([R * np.sin(t) ** 3, -R * height], axis=1)
    raise ValueError(f"outline: expected shape 1 (square), 2 (ellipse) or 3 (heart), got {shape}")


def place(
    corners: NDArray, scale: NDArray, orientation: NDArray, pos_x: NDArray, pos_y: NDArray
) -> NDArray[np.float64]:
    """Corners `(V, 2)` scaled, turned counter-clockwise, moved: `(n, V, 2)`.

    The others are `(n,)`: scale, orientation in radians, positions in [0, 1],
    where 0 and 1 put the sprite's origin at 1/4 and 3/4 of the image.
    """
    x, y = corners.T
    cos = (scale * np.cos(orientation))[:, None]
    sin = (scale * np.sin(orientation))[:, None]
    placed_x = 0.25 + 0.5 * pos_x[:, None] + cos * x + sin * y
    placed_y = 0.25 + 0.5 * pos_y[:, None] - sin * x + cos * y
    return np.stack([placed_x, placed_y], axis=-1)


def fill(corners: NDArray, size: int, snap: int = SNAP) -> NDArray[np.uint8]:
    """Images `(n, size, size)` of 0 and 1 of the polygons `(n, V, 2)`.

    A pixel is 1 where its centre lies inside: an odd number of edges passes
    to its left. All is integer arithmetic in 1/snap pixel (snap is even). A
    centre exactly on an edge is inside at the left and the bottom of the
    polygon, outside at the right and the top.
    """
    n, v, _ = corners.shape
    x, y = np.moveaxis(np.rint(snap * size * corners).astype(np.int64), -1, 0)
    next_x, next_y = np.roll(x, -1, axis=1), np.roll(y, -1, axis=1)

    # Each edge from its upper end (x, y) to its lower end (x + dx, y + dy).
    falls = y <= next_y
    dx = np.where(falls, next_x - x, x - next_x).ravel()
    dy = np.abs(next_y - y).ravel()
    x, y = np.where(falls, x, next_x).ravel(), np.minimum(y, next_y).ravel()

    # The rows it crosses: with a centre, snap * row + half, beyond y and at
    # most y + dy.
    half = snap // 2
    first = np.clip((y - half) // snap + 1, 0, size)
    after = np.clip((y + dy - half) // snap + 1, 0, size)

    # One entry for every crossing of an edge with a row.
    crossings = after - first
    edge = np.repeat(np.arange(n * v), crossings)
    before = np.repeat(np.cumsum(crossings) - crossings, crossings)
    row = first[edge] + np.arange(len(edge)) - before
    x, y, dx, dy = x[edge], y[edge], dx[edge], dy[edge]

    # It crosses at x + (centre - y) dx / dy. The first pixel with its centre
    # there or to the right:
    beyond = (x - half) * dy + (snap * row + half - y) * dx
    column = np.clip(-(-beyond // (snap * dy)), 0, size)

    # Each crossing inverts all pixels of its row from that column on.
    inverts = np.zeros((n, size, size + 1), np.uint8)
    np.bitwise_xor.at(inverts, (edge // v, row, column), np.uint8(1))
    return np.bitwise_xor.accumulate(inverts, axis=2)[:, :, :size]


def draw(values: ArrayLike, size: int = 64) -> NDArray[np.uint8]:
    """Images `(n, size, size)` of 0 and 1 of sprites `(n, 5)`: shape, scale, orientation, posX, posY.

    Any values, not only the released ones: shape 1, 2 or 3, scale > 0 (released: 0.5 to 1), orientation in
    radians, positions (released: 0 to 1). What falls outside the image is cut off. Raises ValueError for
    another shape of `values`, another sprite, a scale of 0 or less, or a value that is not finite.
    """
    sprites = np.asarray(values, dtype=np.float64)
    if size < 1:
        raise ValueError(f"draw: expected a size of 1 pixel or more, got {size}")
    if sprites.ndim != 2 or sprites.shape[1] != 5:
        raise ValueError(f"draw: expected (n, 5) values (shape, scale, orientation, posX, posY), got {sprites.shape}")
    for wrong, expected in [
        (~np.isfinite(sprites).all(axis=1), "finite values"),
        (~np.isin(sprites[:, 0], SHAPES), "shape 1 (square), 2 (ellipse) or 3 (heart)"),
        (sprites[:, 1] <= 0, "a scale above 0"),
    ]:
        if wrong.any():
            where = int(wrong.argmax())
            raise ValueError(f"draw: expected {expected}, got {sprites[where].tolist()} in row {where}")

    images = np.zeros((len(sprites), size, size), np.uint8)
    for start in range(0, len(sprites), 1024):  # a block at a time keeps the memory small
        block = sprites[start : start + 1024]
        for shape in SHAPES:
            chosen = np.flatnonzero(block[:, 0] == shape)
            images[start + chosen] = fill(place(outline(shape), *block[chosen, 1:].T), size)
    return images
