"""Turn the text of the pages (X.md) into executed notebooks (X.ipynb): `make notebooks`.

    .venv/bin/python tools/notebooks.py [--all | --time | --longest-first] [PAGE.md ...]

The .md is the text that people review and edit; the .ipynb beside it is made from it and carries the outputs
that the book shows. Edits made in an .ipynb are lost unless jupytext has brought them into the .md.

A notebook is executed when its code changed, or when a module that it imports did; a change of prose only
renews the text. The outputs hold nothing that differs from run to run (no times, no random ids), so running
everything again (--all) leaves no difference on the same machine. How long a notebook took stands in its metadata,
in seconds of a processor, which do not grow where a machine is busy, with the day and the machine. They are kept
until they are off by a factor of two, or measured anew (--time, which keeps the stored outputs).
What the assertions of an executed page left open goes to tests/margins.json (tools/margins.py).
"""

import argparse
import ast
import hashlib
import json
import math
import os
import platform
import re
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import jupytext
import nbformat
from jupytext.compare import compare_notebooks
from nbclient import NotebookClient
from tqdm import tqdm

TOOLS = Path(__file__).resolve().parent
sys.path.insert(0, str(TOOLS))
import margins  # noqa: E402
from margins_notes import keep  # noqa: E402

ROOT = TOOLS.parent
FOLDERS = ("book", "exercises", "solutions")
RECORD = ROOT / "_build" / "notebooks.json"  # what each notebook was executed with, and how long it took
CELL_TIMEOUT = 600  # seconds, as in `make test`: an end that no busy machine comes to
# For the kernels, as in `make test`: one thread (sums in another order differ in the last digit), no progress
# bars (they hold times).
KERNEL_ENV = {**os.environ, "OMP_NUM_THREADS": "1", "TQDM_DISABLE": "1"}
# What finds its parts by their place or name, not by an import: what stands on it depends on all of these.
EVERYTHING = ("course_pkg/**/*.py", *(f"{folder}/**/*.md" for folder in FOLDERS))
BY_PLACE = {
    "course_pkg/bugs/gallery.py": ("course_pkg/bugs/*.py",),
    "course_pkg/classroom/box/worker.py": ("course_pkg/**/*.py",),
    "course_pkg/classroom/grade.py": ("course_pkg/questions/**/*.py",),
    "course_pkg/derivation/pages.py": EVERYTHING,
    "course_pkg/derivation/typeset.py": ("course_pkg/equations/**/*.py",),
    "course_pkg/grading/sheet.py": ("course_pkg/questions/**/*.py",),
    "course_pkg/runs/systems/__init__.py": ("course_pkg/runs/systems/*.py",),
}
LANGUAGE = {"name": "python", "file_extension": ".py", "pygments_lexer": "ipython3"}
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def pages():
    """Every .md that is the text of a notebook."""
    found = (path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.md")))
    return [path for path in found if ".ipynb_checkpoints" not in path.parts and is_notebook(path)]


def is_notebook(path):
    head = path.read_text(encoding="utf-8").split("\n---", 1)[0]
    return head.startswith("---") and "jupytext:" in head and "kernelspec:" in head


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def inputs(notebook):
    return [(cell.source, cell.metadata) for cell in code(notebook)]


def imported(source):
    """The files of course_pkg that this source imports, and those of the packages above them."""
    lines = [line for line in source.splitlines() if not line.lstrip().startswith(("%", "!", "?"))]
    try:
        tree = ast.parse("\n".join(lines))
    except SyntaxError:
        return []
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.update([node.module, *(f"{node.module}.{alias.name}" for alias in node.names)])
    parts = [name.split(".") for name in names if name.split(".")[0] == "course_pkg"]
    paths = {ROOT.joinpath(*name[:k]) for name in parts for k in range(1, len(name) + 1)}
    both = [file for path in paths for file in (path.with_suffix(".py"), path / "__init__.py")]
    return [file for file in both if file.exists()]


def fingerprint(notebook):
    """A hash of all that can change the outputs: the code, the modules behind it, their data, the pins."""
    behind, todo = set(), [file for cell in code(notebook) for file in imported(cell.source)]
    while todo:
        file = todo.pop()
        if file not in behind:
            behind.add(file)
            todo += imported(file.read_text(encoding="utf-8")) if file.suffix == ".py" else []
            for pattern in BY_PLACE.get(file.relative_to(ROOT).as_posix(), ()):
                todo += ROOT.glob(pattern)
    data = [p for p in (ROOT / "course_pkg").rglob("*") if p.is_file() and p.suffix not in (".py", ".pyc")]
    digest = hashlib.sha256(json.dumps(inputs(notebook)).encode())
    for file in sorted(behind | set(data) | {ROOT / "requirements.txt"}):
        digest.update(file.relative_to(ROOT).as_posix().encode() + file.read_bytes())
    return digest.hexdigest()[:20]


def name_cells(notebook):
    """Cell ids from the content: a random id would change the file at every run."""
    seen: dict[str, int] = {}
    for cell in notebook.cells:
        key = hashlib.sha256((cell.cell_type + cell.source).encode()).hexdigest()[:8]
        seen[key] = seen.get(key, 0) + 1
        cell.id = key if seen[key] == 1 else f"{key}-{seen[key]}"


def execute(notebook, page, bar):
    """Run every cell in a fresh kernel, in the folder of the page; raises on the first cell that fails.

    Returns what the page's assertions left open.
    """
    cells = code(notebook)

    def show(cell, cell_index):
        if cell.cell_type == "code":
            first = next((line for line in cell.source.splitlines() if line.strip()), "")
            bar.set_description_str(f"{page.stem} cell {cells.index(cell) + 1} of {len(cells)}")
            bar.set_postfix_str(first[:50])

    def done(cell, cell_index):
        bar.update(cell.cell_type == "code")

    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT,
        startup_timeout=CELL_TIMEOUT,
        record_timing=False,
        coalesce_streams=True,
        kernel_name="python3",
        # no warning, per kernel, that it talks over TCP
        extra_arguments=["--log-level=40", "--InteractiveShellApp.extra_extensions=margins"],
        resources={"metadata": {"path": str(page.parent)}},
        on_cell_start=show,
        on_cell_complete=done,
    )
    with tempfile.TemporaryDirectory() as folder:
        notes, path = Path(folder) / "notes.json", os.pathsep.join([str(TOOLS), os.environ.get("PYTHONPATH", "")])
        client.execute(env={**KERNEL_ENV, "PYTHONPATH": path, margins.FILE: str(notes)})
        left_open = json.loads(notes.read_text("utf-8")) if notes.exists() else {}
    strip_noise(notebook)
    return left_open


def strip_noise(notebook):
    """Remove what differs from run to run."""
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            # The id of a widget's model is random; a page shows its widgets as plain HTML.
            output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)
            if output.get("output_type") == "stream":  # where a warning names its cell by a temporary file
                output.text = re.sub(r"\S*/ipykernel_\d+/\d+\.py", "<cell>", output.text)


def keep_outputs(notebook, stored):
    """The stored outputs in the new text; only for equal code cells."""
    for source, target in zip(code(stored), code(notebook), strict=True):
        target.outputs, target.execution_count = source.outputs, source.execution_count


def seconds_to_keep(measured, stored):
    """Whole seconds for the metadata: those that are stored, unless they are off by a factor of two."""
    rounded = max(1, math.ceil(measured))
    return stored if stored and stored / 2 <= rounded <= 2 * stored else rounded


def processor_seconds():
    """Of all child processes that have ended: the kernels, and what they started."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measured(now):
    """When and on what a notebook was timed, for its metadata."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:  # as on macOS
        lines = []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    processor = f"{os.cpu_count()} processors ({names[0] if names else platform.processor() or 'unnamed'})"
    system = f"{platform.system()} {platform.machine()}"
    return {
        "day": now.date().isoformat(),
        "on": f"{system}, {processor}, Python {platform.python_version()}, PyTorch {version('torch')}",
    }


def note_time(notebook, seconds, anew):
    """Seconds into the metadata, with day and machine, where they are new."""
    stored = notebook.metadata.get("seconds")
    notebook.metadata["seconds"] = seconds_to_keep(seconds, None if anew else stored)
    if anew or notebook.metadata["seconds"] != stored:
        notebook.metadata["measured"] = measured(datetime.now(UTC))


def write(notebook, target):
    """Write beside the target, then swap: a stopped run leaves the old notebook whole."""
    name_cells(notebook)
    notebook.metadata["language_info"] = LANGUAGE
    text = jupytext.writes(notebook, fmt="ipynb")
    if not target.exists() or target.read_text(encoding="utf-8") != text:
        partial = target.with_suffix(".partial")
        partial.write_text(text, encoding="utf-8")
        os.replace(partial, target)


def plan(page, record, everything):
    """(the notebook made from the text, its fingerprint, why it must be executed or None)"""
    notebook, target = jupytext.read(page, fmt="md:myst"), page.with_suffix(".ipynb")
    key, name = fingerprint(notebook), page.relative_to(ROOT).as_posix()
    stored = nbformat.read(target, 4) if target.exists() else None
    for fact in ("seconds", "measured"):
        if stored is not None and fact in stored.metadata:
            notebook.metadata[fact] = stored.metadata[fact]
    if everything:
        return notebook, key, "asked for"
    if stored is None:
        return notebook, key, "new"
    if inputs(stored) != inputs(notebook):
        return notebook, key, "its code changed"
    if any(c.source.strip() and not c.execution_count for c in code(stored)):
        return notebook, key, "a cell was never run"
    if name not in record:
        return notebook, key, "no record of its last run here"
    if record[name]["fingerprint"] != key:
        return notebook, key, "what it imports or reads changed"
    keep_outputs(notebook, stored)
    return notebook, key, None


def longest_first(found):
    """The notebooks of these pages, by the seconds that their metadata hold; one without a time may be long."""
    seconds = lambda target: nbformat.read(target, 4).metadata.get("seconds", math.inf)
    return sorted((page.with_suffix(".ipynb") for page in found), key=lambda target: (-seconds(target), target))


def failure(page, notebook, error):
    """What an author needs: which notebook, which cell, its source, the error."""
    cells = code(notebook)
    failed = [i for i, cell in enumerate(cells) if any(o.output_type == "error" for o in cell.outputs)]
    unfinished = [i for i, cell in enumerate(cells) if not cell.execution_count]  # a timeout, a dead kernel
    number = (failed + unfinished + [len(cells) - 1])[0]
    lines = [line for out in cells[number].outputs for line in out.get("traceback", [])] or [str(error)]
    text = "\n".join(ANSI.sub("", "\n".join(lines)).strip().splitlines()[-25:])
    return (
        f"\nFAILED {page.relative_to(ROOT)}, code cell {number + 1} of {len(cells)}:\n\n"
        f"{cells[number].source}\n\n{text}\n\n"
        "The stored notebook is unchanged. Mend the cell and run `make notebooks` again."
    )


def main(argv=None):
    parser = argparse.ArgumentParser(description="Execute the pages whose code, or whose modules, changed.")
    parser.add_argument("pages", nargs="*", type=Path, help="only these .md files (default: all)")
    parser.add_argument("--all", action="store_true", help="execute even what did not change")
    only = "execute, and note how long it took, when and on what: the stored outputs stay"
    parser.add_argument("--time", action="store_true", help=only)
    order = "execute nothing: name the notebooks, the longest first, for processes that share them"
    parser.add_argument("--longest-first", action="store_true", help=order)
    options = parser.parse_args(argv)
    record = json.loads(RECORD.read_text("utf-8")) if RECORD.exists() else {}
    chosen = [path.resolve().with_suffix(".md") for path in options.pages] or pages()
    if options.longest_first:
        print(*(target.relative_to(ROOT).as_posix() for target in longest_first(chosen)), sep="\n")
        return 0
    plans = [(page, *plan(page, record, options.all or options.time)) for page in chosen]
    total = sum(len(code(notebook)) for _, notebook, _, why in plans if why)
    no_bar = not total or not sys.stdout.isatty()  # in a log, a line for each notebook is enough
    with tqdm(total=total, unit="cell", disable=no_bar, file=sys.stdout, dynamic_ncols=True) as bar:
        for page, notebook, key, why in plans:
            name, started = page.relative_to(ROOT).as_posix(), time.perf_counter()
            used = processor_seconds()
            stored = nbformat.read(page.with_suffix(".ipynb"), 4) if options.time else None
            if stored is not None and inputs(stored) != inputs(notebook):
                print(f"{name}: expected a notebook of this text: run `make notebooks` first", file=sys.stderr)
                return 1
            if why:
                bar.write(f"{name}: executing ({why})")
                try:
                    left_open = execute(notebook, page, bar)
                except Exception as error:  # a failing cell, a timeout, a kernel that died
                    bar.close()
                    print(failure(page, notebook, error), file=sys.stderr)
                    return 1
                seconds = round(time.perf_counter() - started, 1)
                note_time(notebook, processor_seconds() - used, options.time)
                if stored is not None:
                    keep_outputs(notebook, stored)
                else:
                    record[name] = {"fingerprint": key, "seconds": seconds}
                    keep(ROOT / "tests" / "margins.json", name, left_open)
                bar.write(f"{name}: {seconds} s, {notebook.metadata['seconds']} s of a processor")
            write(notebook, page.with_suffix(".ipynb"))
            compare_notebooks(jupytext.read(page), jupytext.read(page.with_suffix(".ipynb")), fmt="md:myst")
            RECORD.parent.mkdir(exist_ok=True)
            RECORD.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n", "utf-8")
    executed = sum(1 for *_, why in plans if why)
    print(f"{executed} executed, {len(plans) - executed} unchanged")
    return 0


if __name__ == "__main__":
    sys.exit(main())
