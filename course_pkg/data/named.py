"""Data sets by name, as a training run takes them: images as bytes (or bits), and how they become pixels.

What the course draws or ships needs no path; the real sets are read from the reader's own copy, once, and kept as bytes
in the cache folder.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from course_pkg.data import cache, dsprites, pictures, small
from course_pkg.data.digits import binarised
from course_pkg.data.digits import factor_data as digit_factors
from course_pkg.data.factors import FactorData
from course_pkg.data.mnist import mnist
from course_pkg.data.release import factor_data

BLOCK = 512  # images read at a time
READING = 2  # how the files become pixels: counted up when that changes, so that nothing older is taken for it


class Images(NamedTuple):
    """images: uint8 (N, ...), on the CPU; prepare: some of them, on any device, as float32 pixels of that shape.

    name: what tells this set from any other, as a part of a file name. factors: the same images in the same order, by
    their factors; None for a set that comes without.
    """

    name: str
    images: Tensor
    prepare: Callable[[Tensor], Tensor]
    shape: tuple[int, ...]
    factors: FactorData | None = None


def unpacked(bits: Tensor) -> Tensor:
    """Images of packed bits (n, 64, 8) as pixels (n, 1, 64, 64)."""
    return dsprites.unpack(bits).unsqueeze(1).float()


def scaled(values: Tensor) -> Tensor:
    """Images of bytes as pixels in [0, 1], the same shape."""
    return values / 255


def state_of(path: str | Path) -> str:
    """A fingerprint of a file, or of all that is in a folder: every file's name, size and time, none of its bytes."""
    where, seen = Path(path).resolve(), set()
    digest = hashlib.sha256(os.fsencode(where))

    def add(file: str) -> None:
        found = os.stat(file)
        digest.update(os.fsencode(f"\n{file}\n{found.st_size} {found.st_mtime_ns}"))

    if where.is_file():
        add(str(where))
    for folder, folders, files in os.walk(where, followlinks=True):
        real = os.path.realpath(folder)
        folders[:] = [] if real in seen else sorted(name for name in folders if not pictures.hidden(name))
        seen.add(real)
        for file in sorted(name for name in files if not pictures.hidden(name)):
            if os.path.exists(os.path.join(folder, file)):  # not a link to nowhere
                add(os.path.join(folder, file))
    return digest.hexdigest()


def cached_images(name: str, path: str | Path, data: FactorData, packed: bool = False) -> Images:
    """The set read once into the cache: a byte a value, or a bit where `packed`. Read again where a file changed."""
    n, (_, *shape) = len(data), data.images([0]).shape
    key = hashlib.sha256(f"{READING} {state_of(path)} {n} {shape}".encode()).hexdigest()[:12]

    def blocks() -> Iterator[np.ndarray]:
        for images, _ in data.in_order(BLOCK):
            values = (images * (1 if packed else 255)).round().to(torch.uint8).numpy()
            yield np.packbits(values[:, 0], axis=-1) if packed else values

    size = (n, 64, 8) if packed else (n, *shape)
    values = cache.stored(cache.folder() / f"{name}-{key}", size, blocks, -(-n // BLOCK))
    pixels = unpacked if packed else scaled
    return Images(f"{name}-{key}", torch.from_numpy(values), pixels, tuple(shape), data if data.names else None)


def _digits() -> Images:
    data = digit_factors()
    images = (binarised(data.images(range(len(data)))) * 255).to(torch.uint8)
    return Images("digits", images, scaled, (1, 8, 8), data)


def _sprites() -> FactorData:
    return FactorData(dsprites.NAMES, dsprites.VALUES, lambda indices: dsprites.images(indices).unsqueeze(1).float())


def _small(places: Tensor | None = None) -> FactorData:
    """The small sprites, or those at some places of the set."""
    values = tuple(v[::step] for v, step in zip(dsprites.VALUES, small.EVERY.tolist(), strict=True))
    at = lambda indices: indices if places is None else places[indices]
    table = None if places is None else small.factors(places)
    return FactorData(small.NAMES, values, lambda indices: small.grey(small.images()[at(indices)]), table)


# Sets of ours with several factors, known without an image: those are read when one is asked for.
FACTORS: dict[str, Callable[[], FactorData]] = {
    "dsprites": _sprites,
    "dsprites-16": _small,
    "dsprites-16-sparse": lambda: _small(small.sparse()),
}


def _ours(name: str, images: Tensor, prepare: Callable[[Tensor], Tensor], side: int) -> Images:
    return Images(name, images, prepare, (1, side, side), FACTORS[name]())


OURS: dict[str, Callable[[], Images]] = {
    "dsprites": lambda: _ours("dsprites", dsprites.packed(), unpacked, 64),
    "digits": _digits,
    "dsprites-16": lambda: _ours("dsprites-16", small.images(), small.grey, small.SIDE),
    "dsprites-16-sparse": lambda: _ours("dsprites-16-sparse", small.images()[small.sparse()], small.grey, small.SIDE),
}


YOURS: dict[str, Callable[[str], Images]] = {
    "dsprites-file": lambda path: cached_images("dsprites-file", path, factor_data(path), packed=True),
    "mnist": lambda path: cached_images("mnist", path, mnist(path)),
    "chairs": lambda path: cached_images("chairs", path, pictures.chairs(path)),
    "celeba": lambda path: cached_images("celeba", path, pictures.celeba(path)),
    "faces": lambda path: cached_images("faces", path, pictures.faces(path)),
}


def named(name: str, path: str | Path | None = None) -> Images:
    """The set of that name; `path` is where the reader keeps it, for a set that the course may not hand out.

    Raises ValueError for an unknown name or a path too many or too few, OSError where files cannot be read or kept.
    """
    if name not in {*OURS, *YOURS}:
        raise ValueError(f"no data set is called {name!r}; there are {', '.join([*OURS, *YOURS])}")
    if name in OURS and path is not None:
        raise ValueError(f"data {name} takes no path, got {path}; from a path there are {', '.join(YOURS)}")
    if name in YOURS and path is None:
        raise ValueError(f"data {name} is read from your own copy: give its path")
    return OURS[name]() if path is None else YOURS[name](str(path))


def factors_of(name: str, path: str | Path | None = None, source: Images | None = None) -> Tensor:
    """The factors of every image of a set that has several, (N, K). ValueError for another set.

    source: that set, where it has been read already; else no image of ours is read, and a file of yours is read again.
    """
    if name not in (*FACTORS, "dsprites-file"):
        told = "have one factor only, the digit" if name == "digits" else "come without factors"
        there = ", ".join([*FACTORS, "dsprites-file"])
        raise ValueError(f"images of {name} {told}, so that nothing can be scored: there are {there}")
    own = FACTORS.get(name, lambda: factor_data(str(path)))
    data = own() if source is None or source.factors is None else source.factors
    return data.factors(torch.arange(len(data)))
