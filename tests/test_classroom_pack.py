"""The class pack: nothing of an answer in it, `check` works in it, and what it says is what the course itself says."""

import ast
import gzip
import html
import json
import re
import shutil
import subprocess
import sys
import zipfile
from functools import cache

import nbformat
import pytest

from course_pkg.__main__ import main
from course_pkg.classroom.catalogue import contents
from course_pkg.classroom.pack import TEACHERS, assign
from course_pkg.classroom.record import record_bytes
from course_pkg.grading.calling import call_answer
from course_pkg.grading.judging import judge
from course_pkg.grading.sheet import from_record, questions_of
from helpers import ROOT, environment, tool
from test_sheets import CHAPTERS, LETTERS, bare, cells, worked_lines

SHEETS = ("cascade", "identifiability")  # of which the pack of these tests holds a record


def code_lines(path):
    """The lines of the functions and classes of a file: what an answer's code is, without the words beside it."""
    tree = ast.parse(path.read_text("utf-8"))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            node.value = ""  # words: a case as it is told, a message
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found |= {bare(line) for line in ast.unparse(node).splitlines()[1:]}
    return {line for line in found if len(line) >= LETTERS}


@pytest.fixture(scope="module")
def secrets():
    """Every line of a worked page and of a reference that neither the sheets, the book nor the package shows anyway."""
    places = [*(ROOT / "exercises").glob("*.md"), *(ROOT / "book").glob("*.md")]
    places += [p for p in (ROOT / "course_pkg").rglob("*.py") if "questions" not in p.parts]
    public = "".join(bare(p.read_text("utf-8")) for p in places)
    public += "".join(bare(ast.unparse(ast.parse(p.read_text("utf-8")))) for p in places if p.suffix == ".py")
    lines = {line for chapter in CHAPTERS for line in worked_lines(chapter)}
    lines |= {line for p in (ROOT / "course_pkg" / "questions").rglob("*.py") for line in code_lines(p)}
    return frozenset(line for line in lines if line not in public)


def texts(folder):
    """(name, text) of every file of a pack, those in archives too."""
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name, raw = path.relative_to(folder).as_posix(), path.read_bytes()
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                for inner in archive.namelist():
                    data = archive.read(inner)
                    yield inner, (gzip.decompress(data) if inner.endswith(".gz") else data).decode("utf-8", "replace")
        elif path.suffix not in (".safetensors", ".png", ".woff2"):
            yield name, (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8", "replace")


@cache  # a file of the pack is in its archive, too, and in the copy where each leak is planted
def given_away(text, secrets):
    """The lines that a text holds, as it stands or as it is shown."""
    squeezed = {bare(text.replace("\\n", "\n")), bare(html.unescape(re.sub(r"<[^>]*>", "", text)))}
    return [line for line in secrets if any(line in words for words in squeezed)]


def leaks(folder, secrets):
    """(file, what) of everything that gives an answer away."""
    found = []
    for name, text in texts(folder):
        found += [(name, line) for line in given_away(text, secrets)]
        found += [(name, word) for word in ("### BEGIN SOLUTION", "### BEGIN HIDDEN") if word in text
                  and not name.startswith("course_pkg/")]  # fmt: skip
        found += [(name, "a teacher's")] * ("questions/" in name or "solutions/" in name)
    return found


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pack") / "autumn"
    assign(folder, SHEETS, book=False)
    return folder


def test_there_is_something_to_keep(secrets):
    assert len(secrets) > 1000
    for chapter in CHAPTERS:
        for path in (ROOT / "course_pkg" / "questions" / chapter).glob("*.py"):
            assert path.name == "__init__.py" or code_lines(path) & secrets, f"{path}: what of it could leak?"


def test_the_pack_holds_no_answer(pack, secrets):
    assert {p.name for p in (pack / "sheets").iterdir()} == {f"{name}.ipynb" for name in SHEETS}
    assert leaks(pack.parent, secrets) == []  # the folder and the archive beside it
    for name in TEACHERS:
        assert (ROOT / "course_pkg" / name).exists() and not (pack / "course_pkg" / name).exists()


def test_the_book_is_built_into_a_folder_named_as_one_types_it(tmp_path, monkeypatch, capsys):
    """`assign autumn`, not /home/ada/autumn. What Sphinx would do is left out here: test_sheets does it."""
    build = tool("build")
    monkeypatch.setattr(build, "jupyter_book", lambda argv, **_: None)
    monkeypatch.chdir(tmp_path)
    assert build.main(["--student", "--to", "autumn.partial/build"]) == 0
    assert (tmp_path / "autumn.partial/build/_build/html/index.html").as_uri() in capsys.readouterr().out


def worked():
    cell = next(c.source for c in cells("solutions", "elbo") if "### BEGIN SOLUTION" in c.source)
    return "\n".join(line for line in cell.splitlines() if "### " not in line)


def in_the_readme(pack):
    with (pack / "README.md").open("a", encoding="utf-8") as file:
        file.write(worked())


def in_a_sheet(pack):
    path = pack / "sheets" / "cascade.ipynb"
    sheet = nbformat.read(path, 4)
    sheet.cells[3].metadata["answer"] = worked()
    nbformat.write(sheet, path)


def in_the_package(pack):
    shutil.copyfile(ROOT / "course_pkg" / "questions" / "elbo" / "kl.py", pack / "course_pkg" / "worlds" / "kl.py")


def in_a_record(pack):
    path = pack / "course_pkg" / "recorded" / "cascade.json.gz"
    record = json.loads(gzip.decompress(path.read_bytes()))
    record[0]["source"] = worked()
    path.write_bytes(gzip.compress(json.dumps(record).encode()))


def in_an_archive(pack):
    with zipfile.ZipFile(pack / "more.zip", "w") as to:
        to.write(ROOT / "solutions" / "elbo.md", "notes.md")


@pytest.mark.parametrize("plant", [in_the_readme, in_a_sheet, in_the_package, in_a_record, in_an_archive])
def test_a_leak_is_seen(pack, secrets, tmp_path, plant):
    copy = tmp_path / "copy"
    shutil.copytree(pack, copy, ignore=shutil.ignore_patterns("weights", "show", "equations", "reading"))
    plant(copy)
    assert leaks(copy, secrets)


# --- check, in the pack -----------------------------------------------------------------------------------------------


def run(pack, lines):
    """What a fresh Python says that has the pack, and nothing of the checkout: not by an editable install, either."""
    env = environment() | {"PYTHONPATH": str(pack)}
    alone = "import sys; sys.meta_path = [finder for finder in sys.meta_path if 'ditable' not in repr(finder)]"
    command = [sys.executable, "-c", "\n".join([alone, *lines])]
    done = subprocess.run(command, cwd=pack, env=env, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def source(notebook):
    """The code of a page, that shows what its last lines of `check` give."""
    code = [cell.source for cell in notebook if cell.cell_type == "code" and "%" not in cell.source[:1]]
    return ["import course_pkg; assert course_pkg.__file__.startswith(__import__('os').getcwd())", *code]


def test_an_untouched_sheet_and_a_worked_one(pack):
    sheet = nbformat.read(pack / "sheets" / "identifiability.ipynb", 4).cells
    asked = len(questions_of("identifiability"))
    assert f"0 of {asked} questions" in run(pack, [*source(sheet), "print(sheet.progress())"])
    solved = [*source(cells("solutions", "identifiability")), "print(sheet.progress())"]
    assert f"{asked} of {asked} questions" in run(pack, solved)


def test_the_questions_are_not_there_and_another_seed_is_refused(pack):
    said = run(pack, [
        "import importlib.util as u; print(u.find_spec('course_pkg.questions'), u.find_spec('course_pkg.classroom'))",
        "from course_pkg.__main__ import VERBS; print(sorted({'assign', 'export', 'train'} & set(VERBS)))",
        "from course_pkg.grading import Sheet",
        "for made in (lambda: Sheet('elbo'), lambda: Sheet('cascade', seed=5).check(lambda: 0, question='prices_at')):",
        "    try: made()",
        "    except ValueError as error: print(error)",
    ])  # fmt: skip
    assert said.splitlines()[:2] == ["None None", "['train']"]
    assert "expected a chapter with questions, got 'elbo'" in said and "only the cases of seed 0" in said


def told(question, answer):
    """The verdict's status, slip and rows but those of conditions, which the record lacks."""
    ask = lambda cases: call_answer(answer, cases, question.call)
    found = judge(question, call_answer(answer, question.cases(0), question.call, question.trains), 0, ask)
    return found.status, found.slip, [row for row in found.rows if row[0] not in ("met", "not met")]


# One of derivatives, one of entries that are judged apart, one of terms; all of them take a minute.
@pytest.mark.parametrize(
    "chapter, names",
    [("mmd", ["mended_term"]), ("cascade", ["relaxed_sample", "exchange_costs"]), ("identifiability", ["share"])],
)
def test_the_record_says_what_the_questions_say(chapter, names):
    found = questions_of(chapter)
    questions = [question for question in found if question.name in names]
    assert len(questions) == len(names)
    packed = record_bytes(questions)
    assert packed == record_bytes(questions)
    records = [from_record(record) for record in json.loads(gzip.decompress(packed))]
    for question, record in zip(questions, records, strict=True):
        assert (question.line, question.hints, question.tolerance) == (record.line, record.hints, record.tolerance)
        for answer in (question.reference, *(slip.answer for slip in question.wrong)):
            assert told(record, answer) == told(question, answer)
        assert told(record, question.reference)[0] == "holds"


def test_an_answer_that_no_catalogue_knows_gets_a_relation_or_a_hint_and_is_never_right():
    questions = questions_of("identifiability")
    records = [from_record(record) for record in json.loads(gzip.decompress(record_bytes(questions)))]
    for question, record in zip(questions, records, strict=True):
        odd = lambda question=question, **given: scaled(question.reference(**given))
        status, slip, rows = told(record, odd)
        assert status not in ("holds", "slip") and not slip and len(rows) > 1, (question.name, rows)


def scaled(value):
    return {k: scaled(v) for k, v in value.items()} if isinstance(value, dict) else value * 1.2345 + 0.678


# --- the command ------------------------------------------------------------------------------------------------------


def test_what_is_refused(tmp_path, capsys):
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "mine.txt").write_text("kept", "utf-8")
    assert main(["assign", str(tmp_path / "there"), "--no-book"]) == 2
    assert "is there already: name a new folder" in capsys.readouterr().err
    assert main(["assign", str(tmp_path / "new"), "--sheet", "physics"]) == 2
    assert f"no sheet physics; there are {', '.join(contents(ROOT, 'Exercises'))}" in capsys.readouterr().err
    with pytest.raises(ValueError, match="expected a checkout of the course"):
        assign(tmp_path / "new", root=tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["there"] and (tmp_path / "there" / "mine.txt").exists()


def test_the_readme_names_what_is_there(pack):
    text = (pack / "README.md").read_text("utf-8")
    assert "autumn.zip" in text and "{" not in text.replace("{name}", "") and "book/index.html" not in text
    for name in SHEETS:
        assert f"sheets/{name}.ipynb" in text
    pinned = (pack / "requirements.txt").read_text("utf-8")
    assert set(pinned.splitlines()) <= set((ROOT / "requirements.txt").read_text("utf-8").splitlines())
    assert re.search(r"^torch==", pinned, re.M) and re.search(r"^jupyterlab==", pinned, re.M) and "sphinx" not in pinned


def test_the_archive_is_the_same_bytes_every_time(pack, tmp_path):
    again = (
        assign(tmp_path / "autumn", SHEETS[:1], book=False),
        assign(tmp_path / "b" / "autumn", SHEETS[:1], book=False),
    )
    assert again[0].read_bytes() == again[1].read_bytes()
