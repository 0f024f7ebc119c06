"""The small files of a run's folder: each is replaced at once, or stays as it was."""

import json
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from filelock import Timeout

from course_pkg.data.cache import held

TASK, ROW, ERROR, LOG, LOCK = "task.json", "row.json", "error.json", "log.txt", "lock"
TASK_KEYS = MappingProxyType({"task": dict, "shape": list})


def read(path: Path, keys: Mapping[str, type] = MappingProxyType({})) -> dict[str, Any]:
    """What a JSON file of a run holds: these keys among others. ValueError where it is missing or damaged."""
    try:
        held = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ValueError(f"expected the folder of a run, found no {path.name} in {path.parent}") from None
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is damaged ({error}): move its folder away to start anew") from error
    except OSError as error:
        raise OSError(f"cannot read {path} ({error.strerror or error}): move it away, or grant access") from error
    wrong = [key for key, kind in keys.items() if not isinstance(held, dict) or not isinstance(held.get(key), kind)]
    if not isinstance(held, dict) or wrong:
        cause = f"it lacks {', '.join(wrong)}" if isinstance(held, dict) else f"it holds a {type(held).__name__}"
        raise ValueError(f"{path} is damaged ({cause}): move its folder away to start anew")
    return held


def read_or_tell(path: Path, keys: Mapping[str, type] = MappingProxyType({})) -> dict[str, Any] | None:
    """As `read`, but None where there is no file, and None with a warning where it is damaged: it is then made anew."""
    if not path.exists():
        return None
    try:
        return read(path, keys)
    except ValueError as error:
        warnings.warn(f"{str(error).split(': move')[0]}: it is made anew", stacklevel=3)
        return None


def read_task(folder: Path) -> dict[str, Any]:
    """The task of a run's folder and the shape of its images. ValueError where it holds none, or a damaged one."""
    return read(folder / TASK, TASK_KEYS)


def write_json(path: Path, value: Any) -> None:
    """Replace a JSON file at once."""
    replace(path, json.dumps(value, indent=1) + "\n")


def replace(path: Path, text: str) -> None:
    """Replace a file at once, or leave it as it was: OSError. After a power cut there is the one or the other."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with open(part, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise OSError(f"cannot write {path} ({error.strerror or error}): make room or grant access there") from error


def make_folder(folder: Path) -> None:
    """Make the folder where it is not there yet. OSError that says what stands in the way."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OSError(
            f"cannot use {folder} as a folder ({error.strerror or error}): name another one, or move away what is there"
        ) from error


@contextmanager
def locked(folder: Path, wait: float) -> Iterator[None]:
    """Be the one process that works in this folder. BlockingIOError where another one is, for longer than `wait`.

    Where the file system has no locks, a warning says so, and nothing keeps others out.
    """
    path = folder / LOCK
    with ExitStack() as stack:
        try:
            stack.enter_context(held(path, wait))
        except Timeout as error:
            told = f"{folder}: another process is training there: wait for it, or stop it"
            raise BlockingIOError(told) from error
        except OSError as error:
            why = error.strerror or error
            raise OSError(f"cannot lock {path} ({why}): move it away, or grant access there") from error
        yield


def log(folder: Path, line: str) -> None:
    """Add a line to what happened in this folder, with the time and the process."""
    try:
        file = open(folder / LOG, "a", encoding="utf-8")
    except OSError as error:
        why = error.strerror or error
        raise OSError(f"cannot write {folder / LOG} ({why}): move it away, or grant access there") from error
    with file:
        file.write(f"{datetime.now().isoformat(timespec='seconds')} process {os.getpid()}: {line}\n")
