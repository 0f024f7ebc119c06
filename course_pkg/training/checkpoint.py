"""A run in one file that a crash cannot tear: safetensors, written under another name, renamed when complete."""

import hashlib
import json
import os
import platform
import signal
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Any, Self

import numpy
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load, save
from torch import Tensor

FORMAT = "course_pkg checkpoint 1"
NAME = "checkpoint.safetensors"


def provenance(device: torch.device) -> dict[str, Any]:
    """What made a number: versions, device, threads, and the revision of the course (with + where it was changed)."""
    command = ["git", "describe", "--always", "--dirty=+", "--exclude=*"]
    try:
        revision = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True).stdout.strip()
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
    """SHA-256 over names and bytes, in the order of the names."""
    total = hashlib.sha256()
    for name in sorted(tensors):
        total.update(name.encode())
        total.update(tensors[name].detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return total.hexdigest()


def write(path: Path, tensors: Mapping[str, Tensor], note: Mapping[str, Any]) -> None:
    """Replace the file by these tensors and this note (anything JSON holds) at once, or leave it as it was: OSError."""
    held = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    data = save(held, {"format": FORMAT, "note": json.dumps(note), "sha256": digest(held)})
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


def about(path: Path) -> dict[str, str]:
    """What stands before the tensors. ValueError for a file that is damaged or is none of ours."""
    try:
        with safe_open(path, "pt") as file:
            found = file.metadata() or {}
    except SafetensorError as error:
        raise ValueError(f"{path} is damaged or no checkpoint ({error}): move it away to start anew") from error
    if found.get("format") != FORMAT:
        raise ValueError(f"{path} holds no checkpoint of this course (expected format {FORMAT!r}): name another folder")
    return found


def note(path: Path) -> dict[str, Any]:
    """The note alone: the tensors are not read, nor their checksum compared. ValueError as `about`."""
    return json.loads(about(path)["note"])


def read(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The tensors, on the CPU, and the note. ValueError for a file that is damaged or is none of ours."""
    found, tensors = about(path), load(path.read_bytes())
    if digest(tensors) != found["sha256"]:
        raise ValueError(f"{path} is damaged (its checksum differs): move it away to start anew")
    return tensors, json.loads(found["note"])


def same_settings(path: Path, there: Mapping[str, Any], here: Mapping[str, Any]) -> None:
    """Raise ValueError that names each setting in which the run in the file is not the run that was asked for."""
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
