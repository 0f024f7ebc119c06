"""The small files of a run's folder: each is replaced at once, or stays as it was."""

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

TASK, ROW, ERROR, LOG = "task.json", "row.json", "error.json", "log.txt"


def read(path: Path) -> dict[str, Any]:
    """What a JSON file of a run holds. ValueError where it is missing or damaged."""
    try:
        return json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ValueError(f"expected the folder of a run, found no {path.name} in {path.parent}") from None
    except ValueError as error:
        raise ValueError(f"{path} is damaged ({error}): move its folder away to start anew") from error


def write_json(path: Path, value: Any) -> None:
    """Replace a JSON file at once."""
    replace(path, json.dumps(value, indent=1) + "\n")


def replace(path: Path, text: str) -> None:
    """Replace a file at once, or leave it as it was: OSError."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        part.write_text(text, "utf-8")
        os.replace(part, path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise OSError(f"cannot write {path} ({error.strerror or error}): make room or grant access there") from error


def log(folder: Path, line: str) -> None:
    """Add a line to what happened in this folder, with the time and the process."""
    with open(folder / LOG, "a", encoding="utf-8") as file:
        file.write(f"{datetime.now().isoformat(timespec='seconds')} process {os.getpid()}: {line}\n")
