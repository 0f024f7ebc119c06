"""MNIST from the reader's own copy of the four files (idx format, gzipped or not).

The set: LeCun, Cortes, Burges, "The MNIST database of handwritten digits", 1998. The format: two zero bytes,
the type (8: unsigned byte), the number of axes, each axis as a big-endian 32-bit integer, then the bytes.
"""

import gzip
import zlib
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from course_pkg.data.factors import FactorData


def mnist(folder: str | Path, train: bool = True) -> FactorData:
    """The 60,000 training or 10,000 test digits: images float32 `(n, 1, 28, 28)`, one factor "digit".

    folder: holds `train-images-idx3-ubyte.gz`, `train-labels-idx1-ubyte.gz` (or `t10k-...` for the test
    digits), or the same without `.gz`. Raises FileNotFoundError where one is missing, ValueError where one is
    not what its name says.
    """
    part = "train" if train else "t10k"
    images = torch.from_numpy(_read(Path(folder), f"{part}-images-idx3-ubyte", axes=3))
    labels = torch.from_numpy(_read(Path(folder), f"{part}-labels-idx1-ubyte", axes=1)).long()
    if len(images) != len(labels):
        raise ValueError(f"{folder}: expected as many labels as images, got {len(labels)} and {len(images)}")
    if len(labels) and labels.max() > 9:
        raise ValueError(f"{folder}: expected labels 0 .. 9, got {int(labels.max())}")
    return FactorData(("digit",), (range(10),), lambda indices: images[indices].unsqueeze(1) / 255, labels.unsqueeze(1))


def _read(folder: Path, name: str, axes: int) -> NDArray[np.uint8]:
    paths = [folder / f"{name}.gz", folder / name]
    path = next((path for path in paths if path.is_file()), None)
    if path is None:
        found = sorted(p.name for p in folder.iterdir())[:8] if folder.is_dir() else "no such folder"
        raise FileNotFoundError(f"MNIST: expected {name}.gz or {name} in {folder}, found {found or 'nothing'}")
    data = path.read_bytes()
    try:
        data = gzip.decompress(data) if path.suffix == ".gz" else data
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(f"{path}: damaged or cut short ({error}): copy it again") from error
    start = bytes([0, 0, 8, axes])
    if data[:4] != start or len(data) < 4 + 4 * axes:
        raise ValueError(f"{path}: expected an idx file that starts {start!r}, got {data[:4]!r}")
    shape = np.frombuffer(data, ">u4", axes, offset=4).astype(int)
    values = np.frombuffer(bytearray(data), np.uint8, offset=4 + 4 * axes)
    if len(values) != shape.prod():
        raise ValueError(f"{path}: expected {shape.prod()} values of shape {shape.tolist()}, got {len(values)}")
    return values.reshape(shape)
