"""Arrays that are computed once, kept in a file, and mapped into memory from then on.

The file is a header (a line of text, then the SHA-256 of what follows) and the bytes. It is written under
another name and gets its own only when complete, so a reader sees all of it or nothing; a lock, which the
system drops when its holder dies, lets one process build while others wait.
"""

import hashlib
import math
import os
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout
from platformdirs import user_cache_dir
from tqdm import tqdm

MAGIC = b"course_pkg array 1\n"
HEADER = 64  # MAGIC, the 32 bytes of the SHA-256, zeros
WAIT = 600.0  # seconds that a process waits for another one that builds the same file


def folder() -> Path:
    """Where computed data is kept: DISENTANGLE_CACHE, or the user's cache folder of the system."""
    return Path(os.environ.get("DISENTANGLE_CACHE") or user_cache_dir("disentangle-course")).absolute()


def stored(
    path: Path,
    shape: tuple[int, ...],
    blocks: Callable[[], Iterable[np.ndarray]],
    n_blocks: int,
    doing: str = "drawing",
) -> np.ndarray:
    """The uint8 array of `shape` kept at `path`, mapped into memory; computed and written if it is not there.

    blocks: gives the array piece by piece along its first axis; n_blocks: how many, for the progress bar that says
    what it is `doing`.
    The map is private: what is written into it never reaches the file. Raises OSError where the file cannot
    be written or is not the expected one (it is then left as it is).
    """
    size = math.prod(shape)
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{path}.lock", timeout=WAIT):
                if not path.exists():  # nobody built it while we waited
                    _write(path, size, tqdm(blocks(), f"{doing} {path.name}", n_blocks, leave=False))
    except Timeout as error:
        raise OSError(f"another process has held {path}.lock for {WAIT:.0f} s: end it, or wait") from error
    except OSError as error:
        raise OSError(
            f"cannot keep {size / 1e6:.0f} MB at {path} ({error.strerror or error}): make room or grant access "
            "there, or name another folder in the environment variable DISENTANGLE_CACHE"
        ) from error
    _check(path, size)
    return np.memmap(path, np.uint8, mode="c", offset=HEADER, shape=shape)


def _write(path: Path, size: int, blocks: Iterable[np.ndarray]) -> None:
    part = Path(f"{path}.part")  # one left over from a build that was killed is overwritten
    digest, written = hashlib.sha256(), 0
    try:
        with open(part, "wb") as file:
            file.write(bytes(HEADER))
            for block in blocks:
                digest.update(block.tobytes())
                written += file.write(block.tobytes())
            if written != size:
                raise ValueError(f"expected {size} bytes for {path.name}, got {written}")
            file.seek(0)
            file.write(MAGIC + digest.digest())
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def _check(path: Path, size: int) -> None:
    """OSError unless the file has the right length, the header, and the bytes that were once written."""
    remedy = f"delete {path} and run again: it is then made anew"
    found = path.stat().st_size
    if found != HEADER + size:
        raise OSError(f"{path} has {found} bytes, expected {HEADER + size}; {remedy}")
    with open(path, "rb") as file:
        header = file.read(HEADER)
        if not header.startswith(MAGIC):
            raise OSError(f"{path} is not a file of this course (it starts {header[:16]!r}); {remedy}")
        if hashlib.file_digest(file, "sha256").digest() != header[len(MAGIC) : len(MAGIC) + 32]:
            raise OSError(f"{path} is damaged (its checksum does not fit); {remedy}")
