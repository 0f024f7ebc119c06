"""How many pixels are white, how many orientations differ, what a comparison shows: equations of the page `data`."""

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import scipy.optimize
import scipy.stats
import torch
from numpy.typing import NDArray
from torch import Tensor

from course_pkg.data.polygons import ELLIPSE, HEART, SHAPES, SQUARE, R, draw, outline
from course_pkg.derivation.agreement import Estimate
from course_pkg.derivation.chain import Definition, Derivation, Step, Worlds
from course_pkg.worlds import Symbols


def shoelace(corners: NDArray) -> float:
    (x, y), (next_x, next_y) = corners.T, np.roll(corners, -1, axis=0).T
    return abs((x * next_y - y * next_x).sum()) / 2


def corners_of(w: NDArray) -> Symbols:
    """u_1 to u_J, and u_1 again."""
    return Symbols(numbers={"J": float(len(w))}, arrays={"u_{j,c}": ("j c", torch.from_numpy(np.vstack([w, w[:1]])))})


POLYGONS = Worlds("polygons", lambda seed: np.random.default_rng(seed).normal(size=(4 + seed, 2)), symbols=corners_of)
AREA = Definition(
    label="data-area",
    latex=r"A(u) := \frac{1}{2} \left|\sum_{j=1}^{J} \left(u_{j,1}\, u_{j+1,2} - u_{j,2}\, u_{j+1,1}\right)\right|",
    symbol="A(u)",
    meaning="area of the polygon with corners u_1 to u_J, after which u_1 comes again (the shoelace formula)",
    code="equations.data.counts.shoelace",
    judge=lambda w: torch.tensor(shoelace(w), dtype=torch.float64),
    worlds=POLYGONS,
)


class Pose(NamedTuple):
    """A shape, a scale and an orientation; and a seed for the places where it is put."""

    shape: int
    scale: float
    orientation: float
    seed: int


def random_pose(seed: int) -> Pose:
    rng = np.random.default_rng(seed)
    return Pose(SHAPES[seed % 3], rng.uniform(0.5, 1), rng.uniform(0, 2 * np.pi), seed)


def scaled(pose: Pose) -> Symbols:
    """The corners, the scale, and D pixels."""
    corners = corners_of(outline(pose.shape))
    return replace(corners, numbers={**corners.numbers, "s": pose.scale, "D": 64.0**2})


def white_pixels(pose: Pose) -> Estimate:
    rng = np.random.default_rng(pose.seed)
    n = 2000
    values = np.column_stack([np.tile([pose.shape, pose.scale, pose.orientation], (n, 1)), rng.uniform(0, 1, (n, 2))])
    return Estimate.of(torch.from_numpy(draw(values).sum(axis=(1, 2), dtype=np.float64)))


WHITE = Derivation(
    label="data-white",
    steps=(
        Step(
            r"\mathbb{E}_{v_0}\left[\sum_{i=1}^{D} x_i\right]",
            white_pixels,
            "over places drawn at random; each of the 2,000 is filled and counted",
        ),
        Step(
            r"D\, s^2 A(u)",
            lambda pose: torch.tensor(64**2 * pose.scale**2 * shoelace(outline(pose.shape)), dtype=torch.float64),
            "a centre is as likely to be hit as the polygon is large; turning does not change an area",
        ),
    ),
    source="linearity of expectation",
    worlds=(
        Worlds(
            "random sprites of 64 x 64 pixels",
            random_pose,
            6,
            symbols=scaled,
        ),
    ),
    follows=("data-place", "data-area"),
)


def random_scale(seed: int) -> float:
    return np.random.default_rng(seed).uniform(0.5, 1)


def trapezoids(corners: NDArray) -> float:
    x, y = corners.T
    return abs(((np.roll(x, -1) - x) * (np.roll(y, -1) + y)).sum()) / 2


def area_of(label: str, shape: int, left: str, closed: str, factor: float, reason: str) -> Derivation:
    """The area of one sprite at a random scale: summed over its corners, and in closed form."""
    return Derivation(
        label=label,
        steps=(
            Step(
                left,
                lambda s: torch.tensor(shoelace(s * outline(shape)), dtype=torch.float64),
                "corner by corner",
                also={"trapezoids": lambda s: torch.tensor(trapezoids(s * outline(shape)), dtype=torch.float64)},
            ),
            Step(closed, lambda s: torch.tensor(factor * s**2 * R**2, dtype=torch.float64), reason),
        ),
        worlds=(Worlds("random scales", random_scale, tolerance=1e-13, symbols=lambda s: Symbols(numbers={"s": s})),),
        follows=("data-radius", "data-area"),
    )


SQUARE_AREA = area_of(
    "data-square-area",
    SQUARE,
    r"A(s\, u_{\text{square}})",
    r"4\, s^2 r^2",
    4.0,
    "its sides are twice the base radius",
)
ELLIPSE_AREA = area_of(
    "data-ellipse-area",
    ELLIPSE,
    r"A(s\, u_{\text{ellipse}})",
    r"50 \sin\left(\frac{\pi}{50}\right) s^2 r^2",
    50 * math.sin(math.pi / 50),
    "100 equal triangles; stretching by 1.33 one way and shrinking the other keeps their area",
)
HEART_AREA = area_of(
    "data-heart-area",
    HEART,
    r"A(s\, u_{\text{heart}})",
    r"\frac{75}{58} \left(39 \sin\frac{\pi}{75} + 2 \sin\frac{3 \pi}{75}\right) s^2 r^2",
    75 / 58 * (39 * math.sin(math.pi / 75) + 2 * math.sin(3 * math.pi / 75)),
    "the cube of the sine has waves 1 and 3, so of the four cosines only those two count",
)

# What the orientations of a symmetric sprite are.

SYMMETRIES = (1, 2, 4)  # turns that leave the heart, the ellipse, the square as they are


def symmetry(seed: int) -> int:
    return SYMMETRIES[seed % 3]


def remainders(n: int) -> Tensor:
    """In units of a 39 n-th of a full turn, where nothing is rounded."""
    return 2 * math.pi * torch.tensor(sorted(n * k % 39 for k in range(39))).double() / (39 * n)


ORIENTATIONS = Derivation(
    label="data-orientations",
    steps=(
        Step(
            r"\left\{\frac{2 \pi k}{39} \bmod \frac{2 \pi}{n} : k = 0, \ldots, 38\right\}",
            lambda n: (2 * math.pi * torch.arange(39).double() / 39).remainder(2 * math.pi / n).sort().values,
            "a sprite that looks the same n times in a full turn forgets whole n-th turns",
            also={"whole numbers": remainders},
        ),
        Step(
            r"\left\{\frac{2 \pi}{n} \cdot \frac{j}{39} : j = 0, \ldots, 38\right\}",
            lambda n: 2 * math.pi / n * torch.arange(39).double() / 39,
            "39 shares no factor with 1, 2 or 4, so k n runs through all remainders",
        ),
    ),
    worlds=(Worlds("symmetries 1, 2 and 4", symmetry, 3),),
)

# What follows from a comparison that finds no difference.


def number_compared(seed: int) -> int:
    return int(np.random.default_rng(seed).integers(10, 5000))


def largest_share(n: int) -> Tensor:
    root = scipy.optimize.brentq(lambda share: (1 - share) ** n - 0.05, 0, 1, xtol=1e-15)
    return torch.tensor(root, dtype=torch.float64)


NONE_DIFFERS = Derivation(
    label="data-none-differs",
    steps=(
        Step(
            r"\max\left\{\eta : (1 - \eta)^n \ge 0.05\right\}",
            largest_share,
            "the largest share of wrong images that still leaves n right ones a chance of 5 percent",
            also={"scipy, Clopper and Pearson": lambda n: torch.tensor(scipy.stats.beta.ppf(0.95, 1, n))},
        ),
        Step(r"1 - 0.05^{1/n}", lambda n: torch.tensor(1 - 0.05 ** (1 / n), dtype=torch.float64), "take the n-th root"),
    ),
    source="Clopper and Pearson (1934)",
    worlds=(Worlds("numbers of images", number_compared, symbols=lambda n: Symbols(numbers={"n": float(n)})),),
)
