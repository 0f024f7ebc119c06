"""Arrays that are computed once, kept in a file, and mapped into memory from then on.

The file is a header (a line of text, then the SHA-256 of what follows) and the bytes. It is written under
another name and gets its own only when complete, so a reader sees all of it or nothing; a lock, which the
system drops when its holder dies, lets one process build while others wait.

A file that is made shorter while it is mapped ends the process that reads beyond its end (a bus error), and nothing
can be done about it then: `check_whole` sees it before an array is handed out again. To delete it does no harm.
"""

import contextlib
import errno
import hashlib
import math
import os
import socket
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO

import numpy as np
from filelock import FileLock, Timeout
from platformdirs import user_cache_dir
from tqdm import tqdm

MAGIC = b"course_pkg array 1\n"
HEADER = 64  # MAGIC, the 32 bytes of the SHA-256, zeros
WAIT = 600.0  # seconds that a process waits for another one that builds the same file
NO_LOCKS = {errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL}  # what network file systems answer


def folder() -> Path:
    """Where computed data is kept: DISENTANGLE_CACHE, or the user's cache folder of the system."""
    return Path(os.environ.get("DISENTANGLE_CACHE") or user_cache_dir("disentangle-course")).absolute()


@contextlib.contextmanager
def held(path: Path, wait: float) -> Iterator[bool]:
    """Hold the lock at `path` meanwhile. True; False, with a warning, where its file system knows no locks.

    wait: seconds to wait for another holder, -1 for any number. Raises filelock's Timeout after that, OSError where
    the lock's file cannot be made.
    """
    lock = FileLock(path, timeout=wait)
    try:
        lock.acquire()
    except OSError as error:  # Timeout is one too, and has no number
        if error.errno not in NO_LOCKS:
            raise
        warnings.warn(
            f"the file system of {path} has no locks ({error.strerror}): going on without. Two processes at once may "
            "do the same work; a folder on a local disk has locks",
            stacklevel=3,
        )
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


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
    be written or is not the expected one (it is then left as it is); what `blocks` raises goes through as it is.
    """
    size = math.prod(shape)
    with _keeping(path, size):
        missing = not path.exists()
        if missing:
            path.parent.mkdir(parents=True, exist_ok=True)
    if missing:
        with contextlib.ExitStack() as stack:
            with _keeping(path, size):
                alone = stack.enter_context(held(Path(f"{path}.lock"), WAIT))
            if not path.exists():  # nobody built it while we waited
                _write(path, size, tqdm(blocks(), f"{doing} {path.name}", n_blocks, leave=False), alone)
    _check(path, size)
    return np.memmap(path, np.uint8, mode="c", offset=HEADER, shape=shape)


def check_whole(path: Path, size: int) -> None:
    """OSError unless the file has as many bytes as when it was mapped. One that was deleted still stands in memory."""
    with contextlib.suppress(FileNotFoundError):
        found = path.stat().st_size
        if found != HEADER + size:
            raise OSError(
                f"{path} has {found} bytes, expected {HEADER + size}; delete {path} and run again: it is then made anew"
            )


@contextlib.contextmanager
def _keeping(path: Path, size: int) -> Iterator[None]:
    """Say of the system's refusals what they stopped, and what to do."""
    try:
        yield
    except Timeout as error:
        raise OSError(f"another process has held {path}.lock for {WAIT:.0f} s: end it, or wait") from error
    except OSError as error:
        raise OSError(
            f"cannot keep {size / 1e6:.0f} MB at {path} ({error.strerror or error}): make room or grant access "
            "there, or name another folder in the environment variable DISENTANGLE_CACHE"
        ) from error


def _write(path: Path, size: int, blocks: Iterable[np.ndarray], alone: bool) -> None:
    # One left over from a build that was killed is overwritten. Without a lock each process writes into its own.
    part = Path(f"{path}.part" if alone else f"{path}.{socket.gethostname()}-{os.getpid()}.part")
    digest, written = hashlib.sha256(), 0
    with contextlib.ExitStack() as stack:
        with _keeping(path, size):
            file = open(part, "wb")
            stack.callback(part.unlink, missing_ok=True)
            stack.callback(_close, file)
            file.write(bytes(HEADER))
        for block in blocks:  # its errors are no errors of the cache
            digest.update(block.tobytes())
            with _keeping(path, size):
                written += file.write(block.tobytes())
        if written != size:
            raise ValueError(f"expected {size} bytes for {path.name}, got {written}")
        with _keeping(path, size):
            file.seek(0)
            file.write(MAGIC + digest.digest())
            file.flush()
            os.fsync(file.fileno())
            os.replace(part, path)


def _close(file: IO[bytes]) -> None:
    with contextlib.suppress(OSError):  # all that matters was synchronised, or has failed and was told
        file.close()


def _check(path: Path, size: int) -> None:
    """OSError unless the file has the right length, the header, and the bytes that were once written."""
    remedy = f"delete {path} and run again: it is then made anew"
    check_whole(path, size)
    with open(path, "rb") as file:
        header = file.read(HEADER)
        if not header.startswith(MAGIC):
            raise OSError(f"{path} is not a file of this course (it starts {header[:16]!r}); {remedy}")
        if hashlib.file_digest(file, "sha256").digest() != header[len(MAGIC) : len(MAGIC) + 32]:
            raise OSError(f"{path} is damaged (its checksum does not fit); {remedy}")
