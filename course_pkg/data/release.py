"""The released dSprites file, from the reader's own copy: .npz or .hdf5, read block by block.

Nothing is unpickled: of the .npz only `imgs`, `latents_classes` and `latents_values` are read, and a member
that holds Python objects is refused. (The release's `metadata` holds some; it is not needed.)
"""

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
import torch

from course_pkg.data import dsprites
from course_pkg.data.factors import FactorData

EXPECTED = {  # name in the .npz: name in the .hdf5, kind of number, shape of one row
    "imgs": ("imgs", "u", (64, 64)),
    "latents_classes": ("latents/classes", "i", (6,)),
    "latents_values": ("latents/values", "f", (6,)),
}


class Block(NamedTuple):
    """Some images in the order of the file: uint8 `(n, 64, 64)`, their settings int64 and values float64 `(n, 6)`.

    The six factors are those of the release: color (constant), shape, scale, orientation, posX, posY.
    """

    images: np.ndarray
    classes: np.ndarray
    values: np.ndarray


class ReleaseError(ValueError):
    """The file is not a dSprites release; says what was expected and what was found."""


def read_release(path: str | Path, block: int = dsprites.BLOCK) -> Iterator[Block]:
    """The file's images and factors, `block` at a time. Raises ReleaseError, or OSError if it cannot be opened."""
    path = Path(path)
    with open(path, "rb") as file:
        start = file.read(8)
    if start.startswith(b"PK"):
        yield from _read_npz(path, block)
    elif start == b"\x89HDF\r\n\x1a\n":
        yield from _read_hdf5(path, block)
    else:
        raise ReleaseError(f"{path}: expected dSprites as .npz or .hdf5, got a file that starts {start!r}")


def factor_data(path: str | Path, device: str | torch.device = "cpu") -> FactorData:
    """The reader's own file behind the API that all sets share: images `(n, 1, 64, 64)`, kept packed in memory."""
    bits, settings = [], []
    for block in read_release(path):
        bits.append(np.packbits(block.images, axis=-1))
        settings.append(checked_settings(path, block.classes))
    packed = torch.from_numpy(np.concatenate(bits)).to(device)
    table = torch.from_numpy(np.concatenate(settings))
    in_order = len(table) == dsprites.TOTAL and torch.equal(dsprites.index(table), torch.arange(dsprites.TOTAL))
    return FactorData(
        dsprites.NAMES,
        dsprites.VALUES,
        lambda indices: dsprites.unpack(packed[indices.to(packed.device)]).unsqueeze(1).float(),
        None if in_order else table,
    )


def checked_settings(path: str | Path, classes: np.ndarray) -> np.ndarray:
    """Settings `(n, 5)` without the constant colour. ReleaseError where one does not exist."""
    wrong = ((classes < 0) | (classes >= (1, *dsprites.SIZES))).any(axis=1)
    if wrong.any():
        raise ReleaseError(
            f"{path}: expected latents_classes below {(1, *dsprites.SIZES)}, got {classes[wrong][0].tolist()}"
        )
    return classes[:, 1:]


def _checked_form(path: Path, forms: dict[str, tuple[tuple[int, ...], Any]]) -> int:
    """Number of images. ReleaseError unless the three arrays have the release's types and shapes."""
    for name, (_, kind, row) in EXPECTED.items():
        shape, dtype = forms[name]
        if dtype.kind != kind or tuple(shape[1:]) != row or (name == "imgs" and dtype != np.uint8):
            raise ReleaseError(
                f"{path}: expected {name} as {np.dtype('u1' if kind == 'u' else kind + '8')} "
                f"(N, {', '.join(map(str, row))}), got {dtype} {tuple(shape)}"
            )
    lengths = {name: shape[0] for name, (shape, _) in forms.items()}
    if len(set(lengths.values())) != 1 or not lengths["imgs"]:
        raise ReleaseError(f"{path}: expected as many images as factors, one or more, got {lengths}")
    return lengths["imgs"]


def _read_npz(path: Path, block: int) -> Iterator[Block]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.namelist()
            if missing := [name for name in EXPECTED if f"{name}.npy" not in members]:
                raise ReleaseError(f"{path}: expected arrays {list(EXPECTED)}, missing {missing} in {members}")
            streams = {name: archive.open(f"{name}.npy") for name in EXPECTED}
            forms = {name: _npy_form(path, name, stream) for name, stream in streams.items()}
            n = _checked_form(path, forms)
            for start in range(0, n, block):
                rows = min(block, n - start)
                yield _block(_npy_rows(path, streams[k], rows, forms[k]) for k in EXPECTED)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise ReleaseError(f"{path}: the .npz is damaged or cut short ({error}): copy it again") from error
    except RuntimeError as error:
        raise ReleaseError(f"{path}: the .npz is encrypted or packed in another way ({error}): copy it") from error


def _npy_form(path: Path, name: str, stream: IO[bytes]) -> tuple[tuple[int, ...], np.dtype]:
    try:
        version = np.lib.format.read_magic(stream)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = read(stream)
    except ValueError as error:
        raise ReleaseError(f"{path}: {name} is no numpy array ({error})") from error
    if dtype.hasobject or fortran or not shape:
        raise ReleaseError(f"{path}: expected {name} as rows of numbers, got {dtype} {shape}, fortran {fortran}")
    return shape, dtype


def _npy_rows(path: Path, stream: IO[bytes], rows: int, form: tuple[tuple[int, ...], np.dtype]) -> np.ndarray:
    (_, *row), dtype = form
    size = rows * int(np.prod(row)) * dtype.itemsize
    data = stream.read(size)
    if len(data) != size:
        raise ReleaseError(f"{path}: the .npz ends too early: copy it again")
    return np.frombuffer(data, dtype).reshape(rows, *row)


def _read_hdf5(path: Path, block: int) -> Iterator[Block]:
    try:
        import h5py  # only here: whoever has the .npz needs no h5py
    except ImportError as error:
        raise ReleaseError(f"{path}: reading .hdf5 needs h5py: pip install h5py, or use the .npz") from error
    try:
        with h5py.File(path) as file:
            arrays = {name: file.get(inside) for name, (inside, _, _) in EXPECTED.items()}
            if missing := [EXPECTED[name][0] for name, array in arrays.items() if array is None]:
                raise ReleaseError(f"{path}: missing {missing} in {list(file)}")
            n = _checked_form(path, {name: (array.shape, array.dtype) for name, array in arrays.items()})
            for start in range(0, n, block):
                yield _block(array[start : start + block] for array in arrays.values())
    except OSError as error:
        raise ReleaseError(f"{path}: the .hdf5 is damaged or cut short ({error}): copy it again") from error


def _block(arrays: Iterator[np.ndarray]) -> Block:
    images, classes, values = arrays
    return Block(images, classes.astype(np.int64), values.astype(np.float64))
