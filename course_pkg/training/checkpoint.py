"""A run in one file that a crash cannot tear: safetensors, written under another name, renamed when complete."""

import hashlib
import json
import os
import platform
import signal
import subprocess
import threading
from collections.abc import Iterable, Mapping, Set
from pathlib import Path
from types import FrameType
from typing import Any, Self

import numpy
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load, save
from torch import Tensor

FORMAT = "course_pkg checkpoint 2"
OLDER = ("course_pkg checkpoint 1",)
NAME = "checkpoint.safetensors"


def provenance(device: torch.device) -> dict[str, Any]:
    """What made a number: versions, device, threads, and the revision of the course (with + where it was changed)."""
    command = ["git", "describe", "--always", "--dirty=+", "--exclude=*"]
    try:
        done = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, encoding="utf-8")
        revision = done.stdout.strip()
    except OSError:  # no git on this machine
        revision = ""
    return {
        "course": revision or "not a git checkout",
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": numpy.__version__,
        "system": f"{platform.system()} {platform.machine()}",
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else device.type,
        "threads": torch.get_num_threads(),
    }


def digest(tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 over names, types, shapes and bytes, in the order of the names."""
    total = hashlib.sha256()
    for name in sorted(tensors):
        value = tensors[name].detach().cpu().contiguous()
        total.update(f"{name} {value.dtype} {tuple(value.shape)}\n".encode())
        total.update(value.flatten().view(torch.uint8).numpy().tobytes())
    return total.hexdigest()


def seal(note: str, tensors: str) -> str:
    """SHA-256 over the note and the digest of the tensors: a note is checked without its tensors."""
    return hashlib.sha256(f"{FORMAT}\n{tensors}\n{note}".encode()).hexdigest()


def write(path: Path, tensors: Mapping[str, Tensor], note: Mapping[str, Any]) -> None:
    """Replace the file by these tensors and this note (anything JSON holds) at once, or leave it as it was: OSError."""
    held = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    text, total = json.dumps(note), digest(held)
    data = save(held, {"format": FORMAT, "note": text, "tensors": total, "sha256": seal(text, total)})
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(part, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError as error:
        part.unlink(missing_ok=True)
        before = "the one before it is whole, the same call goes on from it" if path.exists() else "none was kept"
        raise OSError(
            f"cannot keep a checkpoint of {len(data) / 1e6:.1f} MB at {path} ({error.strerror or error}): make room or "
            f"grant access, or name another folder; {before}"
        ) from error


def damaged(path: Path, cause: str) -> ValueError:
    """The error that says what is wrong with the file and what to do."""
    return ValueError(f"{path} is damaged or no checkpoint ({cause}): move it away to start anew")


def about(path: Path) -> dict[str, str]:
    """What stands before the tensors. ValueError for a file that is damaged or is none of ours."""
    try:
        with safe_open(path, "pt") as file:
            found = file.metadata() or {}
    except SafetensorError as error:
        raise damaged(path, str(error)) from error
    except OSError as error:
        raise OSError(f"cannot read {path} ({error.strerror or error}): grant access, or move it away") from error
    if found.get("format") in OLDER:
        raise ValueError(
            f"{path} is of an earlier version of this course (its format is {found['format']!r}, this one reads "
            f"{FORMAT!r}): name another folder, or move it away to start anew"
        )
    if found.get("format") != FORMAT:
        raise ValueError(f"{path} holds no checkpoint of this course (expected format {FORMAT!r}): name another folder")
    if seal(found.get("note", ""), found.get("tensors", "")) != found.get("sha256"):
        raise damaged(path, "the checksum of its note differs")
    return found


def note(path: Path) -> dict[str, Any]:
    """The note alone, under its checksum: the tensors are not read. ValueError as `about`."""
    held = json.loads(about(path)["note"])
    if not isinstance(held, dict):
        raise damaged(path, f"its note is a {type(held).__name__}, expected named entries")
    return held


def read(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The tensors, on the CPU, and the note. ValueError for a file that is damaged or is none of ours."""
    held, found, tensors = note(path), about(path), load(path.read_bytes())
    if digest(tensors) != found["tensors"]:
        raise damaged(path, "the checksum of its tensors differs")
    return tensors, held


def of_a_run(path: Path, held: Mapping[str, Any]) -> tuple[int, list[Any]]:
    """The step and the provenance in a note of a run. ValueError where it lacks what a run goes on from."""
    kinds = {"step": int, "settings": dict, "provenance": list, "holds": list}
    wrong = [key for key, kind in kinds.items() if not isinstance(held.get(key), kind)]
    if wrong:
        raise damaged(path, f"its note lacks {', '.join(wrong)}, or holds another kind there")
    return held["step"], held["provenance"]


def check_tensors(
    path: Path, tensors: Mapping[str, Tensor], wanted: Mapping[str, Tensor], names: Iterable[str], infinite: Set[str]
) -> None:
    """Raise ValueError unless the file holds these names, what is wanted with its shape and type, and finite numbers.

    infinite: the names of what may be infinite, but not NaN.
    """
    if lacks := sorted({*wanted, *names} - tensors.keys()):
        raise damaged(path, f"it lacks {shown(lacks)}")
    if more := sorted(name for name in tensors.keys() - wanted.keys() if not name.startswith("history.")):
        raise damaged(path, f"it holds {shown(more)}, which this run has not")
    for name, like in wanted.items():
        right = tensors[name].shape == like.shape or (name == "steps" and tensors[name].ndim == 1)
        if not right or tensors[name].dtype != like.dtype:
            found = f"{tuple(tensors[name].shape)} of {tensors[name].dtype}"
            raise damaged(path, f"{name} is {found}, expected {tuple(like.shape)} of {like.dtype}")
    lines = {name: len(value) if value.ndim else 0 for name, value in tensors.items() if name.startswith("history.")}
    if bad := sorted(name for name, n in lines.items() if n != len(tensors["steps"]) - 1):
        raise damaged(path, f"{shown(bad)}: not a line for each of the {len(tensors['steps']) - 1} logged steps")
    if bad := not_finite(tensors, infinite):
        raise damaged(path, f"not finite: {shown(bad)}")


def not_finite(tensors: Mapping[str, Tensor], infinite: Set[str] = frozenset()) -> list[str]:
    """The names of weights, moments and states of prices that hold NaN or infinity, of those in `infinite` only NaN."""
    some = {name: value for name, value in tensors.items() if name.startswith(("net.", "price.", "adam."))}
    bad = {name: value.isnan() if name in infinite else ~value.isfinite() for name, value in some.items()}
    return sorted(name for name, where in bad.items() if where.any())


def shown(names: list[str]) -> str:
    """Some names, and how many more there are."""
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def leaves(settings: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """What stands in dicts within dicts, by dotted names."""
    out: dict[str, Any] = {}
    for key, value in settings.items():
        name = f"{above}{key}"
        out |= leaves(value, f"{name}.") if isinstance(value, Mapping) and value else {name: value}
    return out


def same_settings(path: Path, there: Mapping[str, Any], here: Mapping[str, Any]) -> None:
    """Raise ValueError that names each setting in which the run in the file is not the run that was asked for."""
    there, here = leaves(there), leaves(here)
    differ = [
        f"{key} is {there.get(key)} there and {here.get(key)} here"
        for key in sorted({*there, *here})
        if there.get(key) != here.get(key)
    ]
    if differ:
        raise ValueError(f"{path} holds another run ({'; '.join(differ)}): name another folder, or ask for that run")


class Patience:
    """Inside `with`, Ctrl-C (or a cluster's SIGTERM) only sets `asked`, so that a step is never torn; twice stops."""

    def __init__(self) -> None:
        self.asked = False
        self.before: dict[signal.Signals, Any] = {}

    def ask(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():  # Python lets no other thread listen
            self.before = {s: signal.signal(s, self.ask) for s in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)
