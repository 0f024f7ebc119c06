"""The sprites as polygons, and which pixels a polygon covers: equations of the page `data`."""

import math

import numpy as np
import torch
from matplotlib.path import Path
from numpy.typing import NDArray
from torch import Tensor

from course_pkg.data.polygons import ELLIPSE, HEART, R, fill, outline, place
from course_pkg.derivation.chain import Definition, Derivation, Step, Worlds
from course_pkg.worlds import Symbols
from course_pkg.worlds.kinds import numbers

SOURCE = "Matthey et al. (2017), the images; the constants were measured on them"

RADIUS = Definition(
    label="data-radius",
    latex=r"r := 0.15",
    judge=lambda w: torch.tensor(R, dtype=torch.float64),
    symbol="r",
    meaning="base radius of the sprites, in units of the image's side",
    source=SOURCE,
)
ANGLES = Worlds(
    "corners of an ellipse", lambda seed: 7 + 13 * seed, symbols=lambda w: Symbols(numbers={"t": 2 * math.pi * w / 100})
)

ELLIPSE_CURVE = Definition(
    label="data-ellipse",
    latex=r"u_{\text{ellipse}}(t) := r \begin{pmatrix} 1.33 \cos t \\ \frac{\sin t}{1.33} \end{pmatrix}",
    symbol=r"u_{\text{ellipse}}(t)",
    meaning="outline of the ellipse, x to the right and y downwards; its corners are at 100 equal steps of t",
    code="data.polygons.outline",
    source=SOURCE,
    judge=lambda w: torch.from_numpy(outline(ELLIPSE)[w % 100]),
    worlds=ANGLES,
)
HEART_ANGLES = Worlds(
    "corners of a heart", lambda seed: 7 + 13 * seed, symbols=lambda w: Symbols(numbers={"t": 2 * math.pi * w / 150})
)

HEART_CURVE = Definition(
    label="data-heart",
    latex=r"u_{\text{heart}}(t) := r \begin{pmatrix} \sin^3 t \\ "
    r"-\frac{13 \cos t - 5 \cos 2t - 2 \cos 3t - \cos 4t}{14.5} - 0.15 \end{pmatrix}",
    symbol=r"u_{\text{heart}}(t)",
    meaning="outline of the heart, x to the right and y downwards; its corners are at 150 equal steps of t",
    code="data.polygons.outline",
    source=SOURCE,
    judge=lambda w: torch.from_numpy(outline(HEART)[w % 150]),
    worlds=HEART_ANGLES,
)


def placed(w: Tensor) -> Tensor:
    """The corner by the course's own function, whose positions run from 0 to 1 over half of the image."""
    corner, (scale, turn, x, y) = w[:2].numpy(), (w[i : i + 1].numpy() for i in range(2, 6))
    return torch.from_numpy(place(corner[None], scale, turn, x, y)[0, 0])


PLACES = Worlds(
    "corners and poses",
    numbers((-0.2, 0.2), (-0.2, 0.2), (0.5, 1), (0.2, 6), (0, 1), (0, 1)),
    symbols=lambda w: Symbols(
        numbers={"s": w[2], r"\alpha": w[3]}, arrays={"u": ("", w[:2]), "v_0": ("", 0.25 + 0.5 * w[4:])}
    ),
)

PLACE = Definition(
    label="data-place",
    latex=r"v := v_0 + s \begin{pmatrix} \cos \alpha & \sin \alpha \\ -\sin \alpha & \cos \alpha \end{pmatrix} u",
    symbol="v",
    meaning="corner in the image: u is the corner at home, s the scale, alpha the orientation, v_0 the centre",
    code="data.polygons.place",
    source=SOURCE,
    judge=placed,
    worlds=PLACES,
)


def sprite_without_ties(seed: int) -> NDArray[np.int64]:
    """Corners (V, 2) of a random sprite in 1/256 pixel of a 16 x 16 image, no edge through a pixel's centre."""
    rng = np.random.default_rng(seed)
    while True:
        pose = rng.uniform([0.5, 0, 0, 0], [1, 2 * np.pi, 1, 1])
        placed = place(outline(int(rng.integers(1, 4))), *pose[:, None])[0]
        corners = np.rint(256 * 16 * placed).astype(np.int64)
        if (cross_products(corners) != 0).all():
            return corners


def centres() -> NDArray[np.int64]:
    """The centres (256, 2) of a 16 x 16 image in 1/256 pixel, row by row."""
    columns, rows = np.meshgrid(np.arange(16), np.arange(16))
    return 256 * np.stack([columns.ravel(), rows.ravel()], axis=1) + 128


def cross_products(corners: NDArray) -> NDArray:
    """(256, V): for each centre and edge, twice the signed area of the triangle that they span."""
    a = corners - centres()[:, None]
    b = np.roll(corners, -1, axis=0) - centres()[:, None]
    return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]


def filled(corners: NDArray) -> Tensor:
    return torch.from_numpy(fill(corners[None] / (256 * 16), 16)[0].ravel()).double()


def inside_by_matplotlib(corners: NDArray) -> Tensor:
    return torch.from_numpy(Path(corners).contains_points(centres())).double()


def edges_passed(corners: NDArray, along: int) -> Tensor:
    """Parity of the edges that a ray from each centre meets, towards smaller values of one coordinate."""
    here, there = (c[:, 1 - along] for c in (corners, np.roll(corners, -1, axis=0)))
    level = centres()[:, None, 1 - along]
    spans = (here < level) != (there < level)
    # The edge lies on that side of the centre if it turns around the centre one way when it goes up, else the other.
    side = cross_products(corners) * np.sign(there - here) * (1 if along == 0 else -1)
    return torch.from_numpy((spans & (side > 0)).sum(1) % 2).double()


def turns(corners: NDArray) -> Tensor:
    """How often the outline goes around each centre: the angles of its edges as seen from there, added up."""
    a = corners - centres()[:, None]
    b = np.roll(corners, -1, axis=0) - centres()[:, None]
    angles = np.arctan2(cross_products(corners), (a * b).sum(-1))
    return torch.from_numpy(np.abs(angles.sum(1)) / (2 * np.pi))


PIXEL = Derivation(
    label="data-pixel",
    steps=(
        Step(r"x_i", filled, "as the course draws it", also={"matplotlib": inside_by_matplotlib}),
        Step(
            r"\#\left\{j : \text{edge } j \text{ passes to the left of } o_i\right\} \bmod 2",
            lambda corners: edges_passed(corners, along=0),
            "each edge passed changes inside to outside or back; far left is outside",
        ),
        Step(
            r"\#\left\{j : \text{edge } j \text{ passes above } o_i\right\} \bmod 2",
            lambda corners: edges_passed(corners, along=1),
            "any ray will do",
        ),
        Step(
            r"\frac{1}{2 \pi} \left|\sum_{j=1}^{J} \angle\left(v_j - o_i,\; v_{j+1} - o_i\right)\right|",
            turns,
            "the outline goes once around what it encloses, if it does not cross itself",
        ),
    ),
    source="Shimrat (1962)",
    worlds=(Worlds("random sprites", sprite_without_ties),),
    follows=("data-place",),
)
