"""A row of the table that nobody trained, by hand: a question of the chapter `benchmark`."""

import torch
from torch import Tensor

from course_pkg.grading import Case, Question, Symmetry, Wrong
from course_pkg.questions.shared import numbers


def pictures(seed: int) -> tuple[Case, ...]:
    """Grey pictures whose last rows are black, so that they can be moved down by one."""

    def case(rung: str, s: int, n: int, side: int, scale: float = 1.0) -> Case:
        g = torch.Generator().manual_seed(1000 * seed + s)
        images = torch.rand(n, side, side, generator=g, dtype=torch.float64) ** 3
        images[:, -2:] = 0
        images[:, :, : side // 3] *= 0.1
        return Case(rung, {"images": scale * images}, {"images": n, "side": side})

    hand = numbers([[[0.0, 1.0, 0.0], [0.0, 0.5, 0.5], [0.0, 0.0, 0.0]]])
    return (
        Case("hand", {"images": hand}, {"images": 1, "side": 3}, "one picture, row by row: {images}"),
        case("random", 1, 3, 6),
        case("random", 2, 2, 9),
        case("oracle", 3, 4, 5),
        case("trap", 4, 3, 8, 16.0),
    )


def centre(images: Tensor, weigh=lambda x: x, whole=lambda x: x.sum((1, 2)), start: float = 0.0) -> Tensor:
    """Row and column (n, 2) of the mean pixel. weigh: what a pixel counts; whole: by what it is divided."""
    x = weigh(images)
    at = torch.arange(x.shape[1], dtype=x.dtype) + start
    return torch.stack([(x.sum(2) * at).sum(1), (x.sum(1) * at).sum(1)], 1) / whole(x)[:, None]


def pixel_by_pixel(images: Tensor) -> list[list[float]]:
    found = []
    for picture in images.tolist():
        pixels = [(i, j, grey) for i, row in enumerate(picture) for j, grey in enumerate(row)]
        total = sum(grey for *_, grey in pixels)
        found.append([sum(p[axis] * p[2] for p in pixels) / total for axis in (0, 1)])
    return found


def brightest(images: Tensor) -> Tensor:
    at = images.flatten(1).argmax(1)
    return torch.stack([at // images.shape[2], at % images.shape[2]], 1).double()


CENTRE = Question(
    name="centre_of_white",
    kind="implement",
    title="A method of your own",
    points=2,
    difficulty=1,
    importance=4,
    minutes=20,
    returns="codes (images, 2): the row and the column",
    relation="the mean row and the mean column of a picture's pixels, each pixel counted by how white it is",
    cases=pictures,
    reference=centre,
    oracle=pixel_by_pixel,
    wrong=(
        Wrong(
            "row and column exchanged",
            lambda images: centre(images).flip(1),
            "the row comes first, then the column: you have them exchanged.",
        ),
        Wrong(
            "sums, not divided by the white",
            lambda images: centre(images, whole=lambda x: torch.ones_like(x[:, 0, 0])),
            "these sums are not divided by the white of the picture: a larger shape would lie further down.",
        ),
        Wrong(
            "divided by all pixels, black ones as well",
            lambda images: centre(images, whole=lambda x: torch.full_like(x[:, 0, 0], x[0].numel())),
            "you divided by all pixels, black ones as well: divide by how much white there is.",
        ),
        Wrong(
            "white or not, a half and above",
            lambda images: centre(images, weigh=lambda x: (x >= 0.5 * x.amax((1, 2), keepdim=True)).double()),
            "grey counts as much as it is white: you cut it at a half.",
            (lambda images: centre(images, weigh=lambda x: (x >= 0.5).double()),),
        ),
        Wrong(
            "rows counted from 1",
            lambda images: centre(images, start=1.0),
            "rows and columns are counted from 0 here.",
        ),
        Wrong(
            "the brightest pixel alone",
            brightest,
            "the brightest pixel is one of many: take the mean over all.",
        ),
        Wrong(
            "grey squared",
            lambda images: centre(images, weigh=lambda x: x.square()),
            "a pixel counts by how white it is: you squared that.",
        ),
        Wrong(
            "in units of the side",
            lambda images: centre(images) / images.shape[1],
            "the centre is counted in pixels: you divided by the side.",
        ),
        Wrong(
            "from the middle of the picture",
            lambda images: centre(images, start=-(images.shape[1] - 1) / 2),
            "you count from the middle of the picture. As a code that is as good; here the first row is 0.",
        ),
    ),
    symmetries=(
        Symmetry("stay the same where all grey is doubled", lambda g: {"images": 2 * g["images"]}),
        Symmetry(
            "follow where the pictures are moved down by one",
            lambda g: {"images": g["images"].roll(1, 1)},
            lambda g, v: v + numbers([1.0, 0.0]),
        ),
    ),
    hints={
        "not started": "images.sum(2) is how much white each row has: times its number, summed, over the whole.",
        "exception": "images are (n, side, side), with values of zero and above.",
        "shape": "return (n, 2): torch.stack([row, column], 1).",
        "trap": "white need not be 1 here.",
        "different": "try the picture by hand: how much white is in each row, how much in each column?",
    },
)
