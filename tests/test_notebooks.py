"""What a notebook's stored outputs depend on: `make notebooks` executes it again where any of that changed."""

import json
import re
import subprocess
import sys

import nbformat
import pytest

from helpers import ROOT, environment, tool

notebooks = tool("notebooks")
FILES = {
    "course_pkg/__init__.py": "",
    "course_pkg/runs/__init__.py": "from course_pkg.runs.start import run",
    "course_pkg/runs/start.py": "",
    "course_pkg/runs/systems/__init__.py": "import pkgutil",
    "course_pkg/runs/systems/vae.py": "from course_pkg.elbo import terms",
    "course_pkg/elbo.py": "",
    "course_pkg/kkt.py": "",
    "course_pkg/grading/sheet.py": "",
    "course_pkg/questions/elbo.py": "from course_pkg import kkt",
    "course_pkg/show/page.css": "",
    "requirements.txt": "",
}
FACTS = {"seconds": 5, "measured": {"day": "2026-01-02", "on": "a machine"}}
SYSTEM, SHEET = "from course_pkg.runs.systems import SYSTEMS", "from course_pkg.grading.sheet import Sheet"


@pytest.fixture
def tree(tmp_path, monkeypatch):
    monkeypatch.setattr(notebooks, "ROOT", tmp_path)
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def key(source):
    cells = [nbformat.v4.new_code_cell(source, metadata={}, id="a")]
    return notebooks.fingerprint(nbformat.v4.new_notebook(cells=cells))


@pytest.mark.parametrize(
    "source, changed, renewed",
    [
        (SYSTEM, "course_pkg/runs/systems/vae.py", True),
        (SYSTEM, "course_pkg/runs/systems/joint.py", True),  # a new one
        (SYSTEM, "course_pkg/elbo.py", True),  # what a system imports
        (SYSTEM, "course_pkg/runs/start.py", True),  # what the room above it imports
        (SYSTEM, "course_pkg/show/page.css", True),
        (SYSTEM, "requirements.txt", True),
        (SYSTEM, "course_pkg/kkt.py", False),
        (SYSTEM, "course_pkg/questions/elbo.py", False),
        (SHEET, "course_pkg/questions/elbo.py", True),
        (SHEET, "course_pkg/kkt.py", True),  # what a question imports
        (SHEET, "course_pkg/runs/systems/vae.py", False),
        ("from course_pkg import kkt", "course_pkg/kkt.py", True),
        ("import course_pkg.kkt as k", "course_pkg/kkt.py", True),
        ("from course_pkg import kkt", "course_pkg/elbo.py", False),
    ],
)
def test_stored_outputs_are_renewed_when_what_stands_behind_them_changes(tree, source, changed, renewed):
    before = key(source)
    assert key(source) == before
    with (tree / changed).open("a", encoding="utf-8") as file:
        file.write("\nchanged = True\n")
    assert (key(source) != before) is renewed


def test_another_cell_is_another_notebook(tree):
    assert key(SYSTEM) != key(f"{SYSTEM}\nSYSTEMS")


def test_whatever_the_package_finds_by_place_is_followed():
    """But for old names and the verbs of the command line, on which no page stands."""
    finds = re.compile(r"pkgutil|import_module|__import__|spec_from_file")
    files = [path for path in (ROOT / "course_pkg").rglob("*.py") if finds.search(path.read_text("utf-8"))]
    named = {path.relative_to(ROOT).as_posix() for path in files}
    assert named - {"course_pkg/__init__.py", "course_pkg/__main__.py"} == set(notebooks.BY_PLACE)
    for patterns in notebooks.BY_PLACE.values():
        assert all(any(ROOT.glob(pattern)) for pattern in patterns), f"{patterns} match nothing"


@pytest.mark.parametrize(
    "measured, stored, kept", [(3.2, None, 4), (0.1, None, 1), (7.9, 4, 4), (8.1, 4, 9), (2.0, 4, 4), (0.9, 4, 1)]
)
def test_seconds_are_noted_anew_only_where_they_are_off_by_a_factor_of_two(measured, stored, kept):
    assert notebooks.seconds_to_keep(measured, stored) == kept


def test_seconds_of_a_notebook_stay_when_it_is_not_executed(tmp_path, monkeypatch):
    monkeypatch.setattr(notebooks, "ROOT", tmp_path)
    page = tmp_path / "a.md"
    head = "jupytext:\n  text_representation:\n    format_name: myst\nkernelspec:\n  name: python3\n  display_name: P"
    page.write_text(f"---\n{head}\n---\n\nText\n", "utf-8")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("Old")], metadata=dict(FACTS))
    nbformat.write(notebook, tmp_path / "a.ipynb")
    monkeypatch.setattr(notebooks, "fingerprint", lambda notebook: "same")
    renewed, _, why = notebooks.plan(page, {"a.md": {"fingerprint": "same"}}, False)
    assert why is None and FACTS.items() <= renewed.metadata.items()


@pytest.mark.parametrize("seconds, anew, noted", [(7.0, False, None), (9.0, False, 9), (5.0, True, 5), (6.5, True, 7)])
def test_the_day_and_the_machine_are_those_of_the_seconds(seconds, anew, noted):
    stored = {"seconds": 4, "measured": {"day": "then", "on": "there"}}
    notebook = nbformat.v4.new_notebook(metadata=stored)
    notebooks.note_time(notebook, seconds, anew)
    if noted:
        assert notebook.metadata["seconds"] == noted
        day, on = notebook.metadata["measured"]["day"], notebook.metadata["measured"]["on"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", day) and re.search(r" \d+ processors \(.+\), Python 3\.", on)
    else:
        assert notebook.metadata == stored


def test_a_notebook_can_be_timed_without_renewing_its_outputs(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(notebooks, "ROOT", tmp_path)
    monkeypatch.setattr(notebooks, "RECORD", tmp_path / "_build" / "record.json")
    monkeypatch.setattr(notebooks, "fingerprint", lambda notebook: "same")
    monkeypatch.setattr(notebooks, "processor_seconds", iter([10.0, 17.2, 20.0]).__next__)
    head = (ROOT / "book" / "teaching.md").read_text("utf-8").split("\n---", 1)[0]
    page = tmp_path / "a.md"
    page.write_text(f"{head}\n---\n\n```{{code-cell}} ipython3\nprint('new')\n```\n", "utf-8")
    old = nbformat.v4.new_output("stream", text="old\n")
    cell = nbformat.v4.new_code_cell("print('new')", outputs=[old], execution_count=1)
    nbformat.write(nbformat.v4.new_notebook(cells=[cell], metadata={"seconds": 9}), tmp_path / "a.ipynb")
    assert notebooks.main(["--time", str(page)]) == 0
    after = nbformat.read(tmp_path / "a.ipynb", 4)
    assert after.cells[0].outputs == [old] and json.loads(notebooks.RECORD.read_text("utf-8")) == {}
    assert after.metadata["seconds"] == 8 and set(after.metadata["measured"]) == {"day", "on"}
    page.write_text(page.read_text("utf-8").replace("'new'", "'newer'"), "utf-8")
    assert notebooks.main(["--time", str(page)]) == 1
    assert "a.md: expected a notebook of this text: run `make notebooks` first" in capsys.readouterr().err


def test_seconds_of_a_processor_are_those_of_what_was_started_and_has_ended():
    before = notebooks.processor_seconds()
    spin = "import time\nwhile time.process_time() < 1: pass"
    subprocess.run([sys.executable, "-c", spin], check=True, env=environment())
    assert notebooks.processor_seconds() - before > 0.9


def test_the_longest_notebook_starts_first_and_every_one_is_named(tmp_path, monkeypatch, capsys):
    """Two processes share the notebooks: a long one that came last would leave one of them idle."""
    monkeypatch.setattr(notebooks, "ROOT", tmp_path)
    for name, metadata in {"a": {"seconds": 5}, "b": {}, "c": {"seconds": 60}, "d": {"seconds": 5}}.items():
        nbformat.write(nbformat.v4.new_notebook(metadata=metadata), tmp_path / f"{name}.ipynb")
    monkeypatch.setattr(notebooks, "pages", lambda: [tmp_path / f"{name}.md" for name in "dcba"])
    assert notebooks.main(["--longest-first"]) == 0
    assert capsys.readouterr().out.split() == ["b.ipynb", "c.ipynb", "a.ipynb", "d.ipynb"]
