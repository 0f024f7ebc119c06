"""The table of a study as a file of the course: its card, and a line a run."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from course_pkg.runs.files import replace

FOLDER = Path(__file__).parent


def write_table(path: Path, card: Mapping[str, Any], table: Sequence[Mapping[str, Any]]) -> None:
    """Replace the file at once: the card, then one run a line, so that two versions can be compared."""
    lines = ",\n".join("  " + json.dumps(row) for row in table)
    replace(path, f'{{\n "card": {json.dumps(card, indent=2)},\n "runs": [\n{lines}\n ]\n}}\n')


@cache
def kept(name: str = "pocket", folder: Path = FOLDER) -> dict[str, Any]:
    """A kept study: {"card": how it was made, "runs": a dict a run}. FileNotFoundError where there is none yet."""
    path = folder / f"{name}.json"
    if not path.exists():
        raise FileNotFoundError(f"{path} is not there: `python -m course_pkg benchmark --protocol {name}` makes it")
    return json.loads(path.read_text("utf-8"))


def values(runs: Sequence[Mapping[str, Any]], row: str, column: str) -> list[float]:
    """What the runs of a row say in a column, by seed; runs without such a number are left out."""
    mine = sorted((run for run in runs if run["row"] == row and run.get(column) is not None), key=lambda r: r["seed"])
    return [run[column] for run in mine]
