"""MNIST from the reader's own copy of the four files (idx format, gzipped or not).

The set: LeCun, Cortes, Burges, "The MNIST database of handwritten digits", 1998. The format: two zero bytes,
the type (8: unsigned byte), the number of axes, each axis as a big-endian 32-bit integer, then the bytes.
"""

import gzip
import math
import re
import zlib
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from course_pkg.data.factors import FactorData
from course_pkg.data.pictures import hidden

DEPTH = 3  # folders below the given one that are searched


def mnist(folder: str | Path, train: bool = True) -> FactorData:
    """The 60,000 training or 10,000 test digits: images float32 `(n, 1, 28, 28)`, one factor "digit".

    folder: holds `train-images-idx3-ubyte.gz`, `train-labels-idx1-ubyte.gz` (or `t10k-...` for the test
    digits), or the same without `.gz`, also in folders below it, and with dots for dashes, as other sites hand them
    out. Whether a file is gzipped is seen by its first bytes. Raises FileNotFoundError where one is missing,
    ValueError where one is not what its name says, or where there are two that differ.
    """
    part = "train" if train else "t10k"
    images = torch.from_numpy(_read(Path(folder), f"{part}-images-idx3-ubyte", axes=3))
    labels = torch.from_numpy(_read(Path(folder), f"{part}-labels-idx1-ubyte", axes=1)).long()
    if not len(images):
        raise ValueError(f"{folder}: expected one image or more, got none")
    if len(images) != len(labels):
        raise ValueError(f"{folder}: expected as many labels as images, got {len(labels)} and {len(images)}")
    if labels.max() > 9:
        raise ValueError(f"{folder}: expected labels 0 .. 9, got {int(labels.max())}")
    return FactorData(("digit",), (range(10),), lambda indices: images[indices].unsqueeze(1) / 255, labels.unsqueeze(1))


def _read(folder: Path, name: str, axes: int) -> NDArray[np.uint8]:
    form = re.compile(name.replace("-", "[-._]") + r"(\.gz)?", re.IGNORECASE)
    inside = (path for depth in range(DEPTH + 1) for path in sorted(folder.glob("/".join("*" * (depth + 1)))))
    paths = [p for p in inside if form.fullmatch(p.name) and p.is_file() and not hidden(p, folder)]
    if not paths:
        found = sorted(p.name for p in folder.iterdir())[:8] if folder.is_dir() else "no such folder"
        raise FileNotFoundError(f"MNIST: expected {name}.gz or {name} in {folder}, found {found or 'nothing'}")
    values = _idx(paths[0], axes)
    for other in paths[1:]:
        if not np.array_equal(_idx(other, axes), values):
            raise ValueError(
                f"{folder}: expected one {name}, got two that differ, {paths[0]} and {other}: name the folder of one"
            )
    return values


def _idx(path: Path, axes: int) -> NDArray[np.uint8]:
    """The values of one file, gzipped or not, whatever its name says."""
    data = path.read_bytes()
    try:
        data = gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(f"{path}: damaged or cut short ({error}): copy it again") from error
    start = bytes([0, 0, 8, axes])
    if data[:4] != start or len(data) < 4 + 4 * axes:
        raise ValueError(f"{path}: expected an idx file that starts {start!r}, gzipped or not, got {data[:4]!r}")
    shape = np.frombuffer(data, ">u4", axes, offset=4).tolist()
    values = np.frombuffer(bytearray(data), np.uint8, offset=4 + 4 * axes)
    if len(values) != math.prod(shape):
        raise ValueError(f"{path}: expected {math.prod(shape)} values of shape {shape}, got {len(values)}")
    return values.reshape(shape)
