"""A study: every row of a protocol at every seed, trained, measured, and gathered in one table.

A folder holds a folder for each run. The same call goes on after any stop: what is done is read, what was cut goes on,
what failed is tried again. Runs go through `runs.sweep`, on the cores of this machine or on a Dask cluster.
"""

import subprocess
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from joblib import Parallel, delayed
from torch import Tensor

from course_pkg.benchmark import contrasts
from course_pkg.benchmark.generated import of_generated
from course_pkg.benchmark.measure import of_model
from course_pkg.benchmark.protocols import Protocol, ordered, rows
from course_pkg.benchmark.untrained import untrained
from course_pkg.data.named import Images, factors_of, named
from course_pkg.runs.files import ERROR, ROW, make_folder, read, read_or_tell, write_json
from course_pkg.runs.start import load
from course_pkg.runs.sweep import one_thread, side_by_side, sweep
from course_pkg.runs.task import run_name
from course_pkg.training import checkpoint

SCORES, GENERATED = "scores.json", "generated.json"


def study(
    protocol: Protocol, names: Sequence[str], seeds: Sequence[int], folder: Path, n_jobs: int | None = 1,
    save_every: int = 2_000, pictures: bool = False, abreast: int = 0,
) -> list[dict[str, Any]]:  # fmt: skip
    """Train and measure what is not done yet; returns the table, a row a run, by row and seed.

    Systems come first, seed by seed over all of them, so that a study that is cut has whole seeds; then what nobody
    trains. pictures: look also at what each model makes by itself. abreast: so many runs of a row are trained in turns
    by this process, before anything is measured (`runs.sweep.side_by_side`); 0 for none. names: of `names_of`.
    ValueError for others, before anything runs.
    """
    check_names(protocol, names)
    make_folder(folder)
    todo = [task for _, _, task in ordered(protocol, list(names), list(seeds))]
    for name in names if abreast else []:
        mine = [task for row, _, task in ordered(protocol, [name], list(seeds))]
        for k in range(0, len(mine), abreast):
            side_by_side(mine[k : k + abreast], folder, save_every)
    if todo:
        sweep(todo, folder, n_jobs, save_every, then=partial(measure_run, images=protocol.images))
    loose = untrained(protocol)
    again = [(name, seed) for name in names if name in loose for seed in (seeds if loose[name].varies else seeds[:1])]
    if pictures:
        done = [folder / run_name(task) for task in todo if (folder / run_name(task) / SCORES).exists()]
        Parallel(n_jobs=n_jobs)(delayed(measure_generated)(place, protocol.images) for place in done)
    Parallel(n_jobs=n_jobs)(delayed(measure_untrained)(protocol, name, seed, folder) for name, seed in again)
    return table(protocol, names, seeds, folder)


def names_of(protocol: Protocol) -> list[str]:
    """The rows of a protocol: those that are not trained by it, then the systems."""
    return [*untrained(protocol), *rows(protocol)]


def check_names(protocol: Protocol, names: Sequence[str]) -> None:
    """Raise ValueError unless all are rows of the protocol."""
    known = names_of(protocol)
    if unknown := [name for name in names if name not in known]:
        raise ValueError(f"no row is called {', '.join(unknown)}; there are {', '.join(known)}")


def measure_run(folder: Path, images: str) -> None:
    """Score the run of a folder on the set of that name, unless its scores are those of this very checkpoint."""
    keep(folder, SCORES, of_model, images)


def measure_generated(folder: Path, images: str) -> None:
    """Look at what the model of a folder makes by itself, unless that was done of this very checkpoint."""
    keep(folder, GENERATED, of_generated, images)


def keep(folder: Path, name: str, measure: Callable[..., dict[str, Any]], images: str) -> None:
    """What is measured of a folder's model on that set, in the file of that name, unless it is of this checkpoint."""
    weights = checkpoint.digest(checkpoint.read(folder / checkpoint.NAME)[0])
    there = read_or_tell(folder / name)
    if there is not None and there.get("of") == weights:
        return
    model, task = load(folder)
    found = measure(model, *scored(images), task["seed"])
    write_json(folder / name, {"of": weights, "scored on": images, **found})


def scored(images: str) -> tuple[Images, Tensor]:
    """The set of that name and the factors of its images."""
    source = named(images)
    return source, factors_of(images, source=source)


def measure_untrained(protocol: Protocol, name: str, seed: int, folder: Path) -> None:
    """Score a row that nobody trains, once."""
    path = folder / f"{name},seed={seed}" / SCORES
    if read_or_tell(path) is None:
        make_folder(path.parent)
        layers = protocol.common.get("net", "burgess")
        with one_thread():
            found = untrained(protocol)[name].measure(*scored(protocol.images), seed, layers)
        write_json(path, {"scored on": protocol.images, **found})


def table(protocol: Protocol, names: Sequence[str], seeds: Sequence[int], folder: Path) -> list[dict[str, Any]]:
    """What is known of each run: row, seed, scores and seconds; or its error. What is not done is left out."""
    loose = untrained(protocol)
    places: list[tuple[str, int, Path, Mapping[str, Any]]] = [
        (name, seed, folder / f"{name},seed={seed}", {}) for name in names if name in loose for seed in seeds
    ]
    places += [
        (name, seed, folder / run_name(task), task) for name, seed, task in ordered(protocol, list(names), list(seeds))
    ]
    found = [told(name, seed, place, task) for name, seed, place, task in places if place.exists()]
    order = {name: k for k, name in enumerate(names_of(protocol))}
    return sorted((row for row in found if row), key=lambda row: (order[row["row"]], row["seed"]))


def last_change(file: str) -> str:
    """The commit that changed the file last; "not a git checkout" where there is none."""
    command = ["git", "log", "-1", "--format=%H %cI", "--", Path(file).name]
    try:
        done = subprocess.run(command, cwd=Path(file).parent, capture_output=True, encoding="utf-8")
    except OSError:  # no git on this machine
        return "not a git checkout"
    return done.stdout.strip() or "not a git checkout"


def card_of(name: str, protocol: Protocol, command: str) -> dict[str, Any]:
    """Where a table is from: the protocol with every setting of every row, the command, what made it."""
    settings = {row: {"system": one.system, **one.settings} for row, one in rows(protocol).items()}
    return {
        "protocol": name,
        "images": protocol.images,
        "common": dict(protocol.common),
        "rows": settings,
        "command": command,
        "comparisons written down in": last_change(contrasts.__file__),
        "gathered by": checkpoint.provenance(torch.device("cpu")),
    }


CLOCK = ("seconds", "cpu_seconds")
KEPT = ("seconds", "cpu_seconds", "images_per_second", "sessions", "made by torch", "made by course", "made by threads")


def told(name: str, seed: int, place: Path, task: Mapping[str, Any]) -> dict[str, Any] | None:
    """One row of the table, None for a run that is not done."""
    if (place / SCORES).exists():
        trained = read(place / ROW) if (place / ROW).exists() else {}
        # A clock of the last session alone is not what the run took. No images a second: an older row of a finished run
        # that was called again, which counted no session.
        last = trained.get("sessions", 1) > 1 or trained.get("images_per_second") == 0
        clock = CLOCK if last else ()
        kept = {key.replace("made by ", ""): trained[key] for key in KEPT if key in trained and key not in clock}
        made = read(place / GENERATED) if (place / GENERATED).exists() else {}
        scores = {k: v for k, v in {**read(place / SCORES), **made}.items() if k not in ("of", "scored on")}
        return {"row": name, "seed": seed, **kept, **scores}
    if (place / ERROR).exists():
        return {"row": name, "seed": seed, "error": read(place / ERROR)["error"]}
    return None
