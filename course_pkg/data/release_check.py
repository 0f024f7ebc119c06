"""How the drawn dSprites differ from a released file: the check that everybody can run on his own copy."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from course_pkg.data import dsprites
from course_pkg.data.polygons import draw
from course_pkg.data.release import checked_settings, read_release


@dataclass
class Comparison:
    """What `check_release` found.

    total: images in the file; differing: those with any pixel unlike the drawn one; pixels: unlike pixels in
    all; most: in one image; values: rows of latents_values that are not the expected ones (by more than 1e-9);
    first: row in the file, index in the set, file's image and drawn image of the first that differs.
    """

    total: int = 0
    differing: int = 0
    pixels: int = 0
    most: int = 0
    values: int = 0
    first: tuple[int, int, np.ndarray, np.ndarray] | None = None

    def __str__(self) -> str:
        if not self.differing:
            return f"all {self.total:,} images are identical"
        assert self.first is not None
        row, index, *_ = self.first
        settings = dict(zip(dsprites.NAMES, dsprites.factors([index])[0].tolist(), strict=True))
        return (
            f"{self.differing:,} of {self.total:,} images differ, by {self.pixels:,} pixels in all and at most "
            f"{self.most:,} in one image; the first is row {row:,}, image {index:,} of the set: {settings}"
        )


def check_release(path: str | Path, progress: bool = False) -> Comparison:
    """Compare every image of a released file with the one drawn for the same `latents_classes`.

    Raises ReleaseError where the file is no dSprites release, OSError where it cannot be opened.
    """
    found = Comparison()
    for block in tqdm(read_release(path), "comparing", disable=not progress, leave=False, delay=1):
        index = dsprites.index(torch.from_numpy(checked_settings(path, block.classes)))
        expected = dsprites.values(index).numpy()
        drawn = draw(expected)
        unlike = (block.images != drawn).sum(axis=(1, 2))
        if unlike.any() and found.first is None:
            k = int(np.flatnonzero(unlike)[0])
            found.first = (found.total + k, int(index[k]), block.images[k].copy(), drawn[k])
        found.total += len(drawn)
        found.differing += int((unlike > 0).sum())
        found.pixels += int(unlike.sum())
        found.most = max(found.most, int(unlike.max()))
        close = np.isclose(block.values[:, 1:], expected, rtol=0, atol=1e-9).all(axis=1)
        found.values += int((~close | (block.values[:, 0] != 1)).sum())
    return found


def picture(found: Comparison, path: str | Path) -> None:
    """Save the first image that differs as a picture: the file's, the drawn one, and where they differ."""
    if found.first is None:
        raise ValueError("picture: expected a comparison that found a difference, got one that found none")
    row, index, theirs, drawn = found.first
    from matplotlib.figure import Figure  # only here: most calls draw nothing

    figure = Figure(figsize=(9, 3.4), layout="constrained")
    panels = {f"file, row {row:,}": theirs, f"drawn, image {index:,}": drawn, "unlike pixels": theirs != drawn}
    for axes, (title, image) in zip(figure.subplots(1, 3), panels.items(), strict=True):
        axes.imshow(image, cmap="gray", interpolation="nearest")
        axes.set(title=title, xticks=[], yticks=[])
    figure.savefig(path, dpi=120)
