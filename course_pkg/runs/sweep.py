"""Many runs, each in its own folder: what is done stays done, what was cut off goes on, what fails is told.

The runs go through joblib, one thread each, on the cores of this machine (`n_jobs`) or wherever the surrounding
`joblib.parallel_config` sends them: with its Dask backend, the nodes of a cluster that share the folder.
"""

import csv
import io
import itertools
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import torch
from joblib import Parallel, delayed, effective_n_jobs
from tqdm import tqdm

from course_pkg.runs.files import ERROR, ROW, make_folder, read, replace, write_json
from course_pkg.runs.start import in_turns, run
from course_pkg.runs.task import checked, run_name
from course_pkg.tables import printable
from course_pkg.training.turns import Run, driven

TABLE = "results.csv"


def tasks(systems: Mapping[str, Mapping[str, Any]] | Iterable[str], **common: Any) -> list[dict[str, Any]]:
    """Every combination: of each system with its own settings, and of the common ones; a list is one after another.

    `tasks({"beta-vae": {"beta": [1, 4]}, "vae": {}}, data="digits", seed=range(3))` are nine. Raises ValueError as
    `runs.checked` does, and for two tasks that would share a folder.
    """
    named = systems if isinstance(systems, Mapping) else {system: {} for system in systems}
    found = []
    for system, own in named.items():
        settings = {**common, **own}
        each = [v if isinstance(v, Iterable) and not isinstance(v, str) else [v] for v in settings.values()]
        found += [checked({"system": system, **dict(zip(settings, v, strict=True))}) for v in itertools.product(*each)]
    names = [run_name(task) for task in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"two tasks would share the folder {twice[0]}: they differ in nothing, or in steps alone")
    return found


def sweep(
    tasks: Sequence[Mapping[str, Any]],
    folder: str | Path,
    n_jobs: int | None = None,
    save_every: int = 1000,
    progress: bool = True,
    then: Callable[[Path], None] | None = None,
) -> list[dict[str, Any]]:
    """Train all tasks, each in `folder` under its own name. Returns the rows of the whole folder, also in results.csv.

    The same call goes on after any stop: a finished run is only read, a started one goes on from its checkpoint. A run
    that fails is a row with its `error`, and is tried again by the next call. A task that another sweep is training on
    the same folder comes last: then it is done, or taken over. A table that cannot be written is told and tried again
    after each run, and an OSError only in the end. n_jobs: how many at once, -1 for every core, None for
    what `joblib.parallel_config` says, else one. then: what is done in a run's folder once the run is, by the same
    process (to measure it, say), at every sweep; what it raises is the run's error. Raises ValueError for a wrong task,
    before anything is trained.
    """
    folder, todo = Path(folder), [checked(task) for task in tasks]
    make_folder(folder)
    if n_jobs == 0 or isinstance(n_jobs, bool) or not isinstance(n_jobs, int | None):
        raise ValueError(f"n_jobs: expected how many runs at once, or -1 for one a core, got {n_jobs!r}")
    if n_jobs is not None:  # no more processes than runs
        n_jobs = min(effective_n_jobs(n_jobs), max(len(todo), 1))
    parallel = Parallel(n_jobs=n_jobs, return_as="generator_unordered")
    try:
        for wait in (0.0, -1.0):
            jobs = [delayed(attempt)(task, folder / run_name(task), save_every, wait, then) for task in todo]
            bar = tqdm(total=len(jobs), desc="runs", unit="run", **({} if progress else {"disable": True}))
            left = []
            with bar, closing(parallel(jobs)) as ended:
                for busy, task in ended:
                    left += [task] * busy
                    bar.update()
                    try:
                        write(folder)
                    except OSError as error:  # no reason to stop: the rows are kept, and the table is tried again
                        warnings.warn(str(error), stacklevel=2)
            if not (todo := left):
                break
    finally:
        write(folder)
    return rows(folder)


def attempt(
    task: Mapping[str, Any], folder: Path, save_every: int, wait: float, then: Callable[[Path], None] | None = None
) -> tuple[bool, Mapping[str, Any]]:
    """Run one task on one thread, keep what went wrong. Whether another process is training it, and the task."""
    try:
        with one_thread():
            run(task, folder, save_every, progress=False, wait=wait)
            if then is not None:
                then(folder)
                (folder / ERROR).unlink(missing_ok=True)
    except BlockingIOError:
        return True, task
    except Exception as error:  # of any kind: it belongs to this run, and the others go on
        keep_error(task, folder, error)
    return False, task


def side_by_side(tasks: Sequence[Mapping[str, Any]], folder: str | Path, save_every: int = 1000) -> None:
    """Train all tasks in turns, a step each, in one process: for one GPU that is too large for one run.

    Folders, checkpoints and errors are those of `sweep`, which goes on from them. A step is one CUDA graph where its
    system can be (`training.captured`). Ctrl-C lets every run keep its step.
    """
    make_folder(Path(folder))
    driven([_turns(checked(task), Path(folder) / run_name(task), save_every) for task in tasks])


def _turns(task: Mapping[str, Any], folder: Path, save_every: int) -> Run[None]:
    try:
        yield from in_turns(task, folder, save_every, progress=False, captured=True)
    except Exception as error:  # of any kind: it belongs to this run, and the others go on
        keep_error(task, folder, error)


def keep_error(task: Mapping[str, Any], folder: Path, error: Exception) -> None:
    """What went wrong, in the folder of its run."""
    make_folder(folder)
    write_json(folder / ERROR, {**task, "error": f"{type(error).__name__}: {error}"})


@contextmanager
def one_thread() -> Iterator[None]:
    """Torch computes on one thread meanwhile: others have the other cores."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def rows(folder: str | Path) -> list[dict[str, Any]]:
    """What is known of every run in the folder, by name: its row, or its task and its error. Unfinished ones: none.

    A file that is damaged is that run's error, until the run is made anew.
    """
    found = []
    for path in sorted(Path(folder).iterdir()):
        file = next((path / name for name in (ROW, ERROR) if (path / name).exists()), None)
        if file is not None:
            try:
                found.append({"run": path.name, **read(file)})
            except (ValueError, OSError) as error:
                found.append({"run": path.name, "error": f"{type(error).__name__}: {error}"})
    return found


def write(folder: Path) -> None:
    """Replace results.csv, one row a run, at once. A cell is empty where a run has no such setting or term.

    OSError where it cannot be replaced: a program that shows tables may hold it open.
    """
    table = rows(folder)
    names = list(dict.fromkeys(name for row in table for name in row))
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(map(cell, names))
    out.writerows([cell(row.get(name)) for name in names] for row in table)
    try:
        replace(folder / TABLE, text.getvalue())
    except OSError as error:
        raise OSError(
            f"{error}, or close the program that has it open; every run is kept, the same call writes it"
        ) from error


def cell(value: Any) -> Any:
    """A value as a spreadsheet may have it: a text that it would take for a formula begins with an apostrophe."""
    if value is None or isinstance(value, (int, float)):
        return value
    shown = printable(str(value))
    return f"'{shown}" if shown.lstrip()[:1] in tuple("=+-@\uff1d\uff0b\uff0d\uff20") else shown
