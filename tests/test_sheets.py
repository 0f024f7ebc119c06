"""The students' sheets: made from the worked pages, clean when untouched; a student build gives nothing away."""

import html
import importlib
import re
import shutil
import subprocess
import sys
from functools import cache

import jupytext
import nbformat
import pytest

from helpers import ROOT, environment, tool

CHAPTERS = [path.stem for path in sorted((ROOT / "solutions").glob("*.md"))]
each_chapter = pytest.mark.parametrize("chapter", CHAPTERS)


sheets = tool("sheets")
build = tool("build")


def text(folder, chapter):
    return (ROOT / folder / f"{chapter}.md").read_text("utf-8")


def cells(folder, chapter):
    return nbformat.read(ROOT / folder / f"{chapter}.ipynb", 4).cells


# --- from one source --------------------------------------------------------------------------------------------------


def test_there_are_sheets():
    assert CHAPTERS


@each_chapter
def test_the_sheet_is_made_from_the_worked_page(chapter):
    assert text("exercises", chapter) == sheets.sheet(text("solutions", chapter)), "run `make notebooks`"


@each_chapter
def test_every_question_is_on_both_pages(chapter):
    for question in importlib.import_module(f"course_pkg.questions.{chapter}").QUESTIONS:
        for folder in ("exercises", "solutions"):
            page = text(folder, chapter)
            assert re.search(rf"^## \d+\. {re.escape(question.title)}\n\n{re.escape(question.line)}\n", page, re.M), (
                f"{folder}/{chapter}.md: expected a section '{question.title}' with the line\n{question.line}"
            )
            assert re.search(rf"^(def|class) {question.name}\(", page, re.M) and f"check({question.name}" in page


@each_chapter
def test_the_order_of_the_page_is_that_of_the_questions(chapter):
    titles = [question.title for question in importlib.import_module(f"course_pkg.questions.{chapter}").QUESTIONS]
    assert re.findall(r"^## \d+\. (.*)$", text("exercises", chapter), re.M) == titles


@each_chapter
def test_the_page_says_how_long_it_takes(chapter):
    questions = importlib.import_module(f"course_pkg.questions.{chapter}").QUESTIONS
    assert f"{sum(question.minutes for question in questions)} minutes" in text("exercises", chapter)


@each_chapter
def test_an_untouched_sheet_runs_clean_and_ends_with_its_progress(chapter):
    questions = importlib.import_module(f"course_pkg.questions.{chapter}").QUESTIONS
    code = [cell for cell in cells("exercises", chapter) if cell.cell_type == "code"]
    said = {question.name: "" for question in questions}
    for cell in code:
        for out in cell.outputs:
            assert out.output_type != "error"
            shown = out.get("text") or out.data["text/plain"]
            for name in said:
                said[name] += shown if f"check({name}" in cell.source else ""
    for name, shown in said.items():
        assert shown.startswith(f"{name}: not started") and "holds" not in shown and "committed" not in shown, shown
    total = sum(question.points for question in questions)
    last = code[-1].outputs[-1].data["text/plain"]
    assert last.startswith(f"0 of {len(questions)} questions, 0 of {total} points")


@each_chapter
def test_the_worked_page_answers_everything(chapter):
    questions = importlib.import_module(f"course_pkg.questions.{chapter}").QUESTIONS
    last = [cell for cell in cells("solutions", chapter) if cell.cell_type == "code"][-1].outputs[-1].data["text/plain"]
    assert last.startswith(f"{len(questions)} of {len(questions)} questions")


def test_what_is_cleared():
    worked = (
        "def f(x):\n    ### BEGIN SOLUTION\n    y = x\n\n    return y\n    ### END SOLUTION\n\n"
        "check(f)\n### BEGIN HIDDEN TESTS\nassert f(1)\n### END HIDDEN TESTS"
    )
    assert sheets.cleared(worked) == "def f(x):\n    raise NotImplementedError\n\ncheck(f)"
    two = worked + "\ndef g():\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION"
    assert sheets.cleared(two).count("raise NotImplementedError") == 2


@pytest.mark.parametrize(
    "bad",
    [
        "### BEGIN SOLUTION\nx = 1",
        "x = 1\n### END SOLUTION",
        "### BEGIN SOLUTION\n### BEGIN SOLUTION\nx\n### END SOLUTION\n### END SOLUTION",
        "### BEGIN SOLUTION\nx = 1\n### END HIDDEN TESTS",
    ],
)
def test_a_marker_without_its_partner_is_refused(bad):
    with pytest.raises(sheets.BadMarkers):
        sheets.cleared(bad)


# --- a build for students ---------------------------------------------------------------------------------------------

LETTERS = 24  # a shorter line says too little to be called a leak


def bare(words):
    """Letters and digits alone: white space, quotes, escapes and markup differ between the places of one text."""
    return re.sub(r"[\W_]+", "", words)


@cache
def worked_lines(chapter):
    """What only the worked page holds, line by line: its solutions, its hidden tests, its cells for the teacher."""
    page = text("solutions", chapter)
    marked = [match[0] for match in sheets.MARKED.finditer(page)]
    tagged = [c.source for c in jupytext.reads(page, fmt="md:myst").cells if "solution" in c.metadata.get("tags", [])]
    lines = {bare(line) for part in marked + tagged for line in part.splitlines() if "### " not in line}
    public = "".join(bare(path.read_text("utf-8")) for f in ("exercises", "book") for path in (ROOT / f).glob("*.md"))
    return {line for line in lines if len(line) >= LETTERS and line not in public}


def leaks(folder):
    """What a built book gives away: (file, what) of every worked line, worked page, marker or archive in it."""
    found = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and "vendor" not in p.parts):
        name = path.relative_to(folder).as_posix()
        if path.suffix in (".zip", ".gz", ".tar", ".whl"):
            found.append((name, "an archive that no one has looked into"))
        if path.suffix not in (".png", ".woff", ".woff2", ".ttf", ".inv", ".pickle"):
            found += [(name, what) for what in given_away(path.read_bytes(), path.suffix == ".html")]
            found += [(name, "a page of solutions/")] * name.startswith(("solutions/", "_sources/solutions/"))
    return found


@cache  # most files are the same for each leak that is planted
def given_away(data, markup):
    """The worked lines, names of worked pages and markers that a file holds."""
    raw = data.decode("utf-8", errors="replace")
    plain = html.unescape(re.sub(r"<[^>]*>", "", raw)) if markup else raw
    squeezed = {bare(text) for text in {raw, plain}}
    secrets = {line for chapter in CHAPTERS for line in worked_lines(chapter)}
    names = [f"solutions/{chapter}" for chapter in CHAPTERS] + ["### BEGIN SOLUTION", "### BEGIN HIDDEN"]
    found = [secret for secret in secrets if any(secret in text for text in squeezed)]
    return found + [w for w in names if w in raw or w in plain]


REPOSITORY = "https://github.com/someone/a-course"


@pytest.fixture(scope="module")
def student_book(tmp_path_factory):
    folder = tmp_path_factory.mktemp("student")
    command = [sys.executable, ROOT / "tools" / "build.py", "--student", "--to", folder.name]  # as `assign autumn`
    command += ["--repository", REPOSITORY, "--ref", "v9"]
    ran = subprocess.run(command, cwd=folder.parent, env=environment(), capture_output=True, encoding="utf-8")
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-2000:]
    return folder / "_build" / "html"


def test_there_is_something_to_keep():
    for chapter in CHAPTERS:
        questions = importlib.import_module(f"course_pkg.questions.{chapter}").QUESTIONS
        assert len(worked_lines(chapter)) >= 3 * len(questions), f"{chapter}: what of its answers could leak?"


def test_the_student_build_holds_no_worked_page(student_book):
    assert (student_book / "exercises" / f"{CHAPTERS[0]}.html").exists()
    assert (student_book / "searchindex.js").exists() and (student_book / "_sources").is_dir()
    assert leaks(student_book) == []


def test_a_public_build_opens_its_notebooks_in_colab_and_in_binder(student_book):
    """From the branch on which it stands itself, with the package and the versions of the tag."""
    page = f"exercises/{CHAPTERS[0]}"
    links = re.findall(r'href="(https://[^"]*)"', (student_book / f"{page}.html").read_text("utf-8"))
    notebook = f"gh-pages/_sources/{page}.ipynb"
    assert f"https://colab.research.google.com/github/someone/a-course/blob/{notebook}" in links
    where, _, within = notebook.partition("/")
    assert f"https://mybinder.org/v2/gh/someone/a-course/{where}?urlpath=lab/tree/{within}" in links
    course = f"course_pkg @ git+{REPOSITORY}@v9"
    assert course in (student_book / "_sources" / f"{page}.ipynb").read_text("utf-8")
    first, *versions, last = (student_book / "binder" / "requirements.txt").read_text("utf-8").splitlines()
    assert first.startswith("--extra-index-url") and last == course
    assert versions == (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    assert (student_book / "binder" / "runtime.txt").read_text("utf-8") == "python-3.11\n"


@pytest.mark.parametrize(
    "arguments, expected",
    [
        (["--ref", "v1"], "--repository and --ref together"),
        (["--repository", REPOSITORY], "--repository and --ref together"),
        (["--repository", "git@github.com:o/n", "--ref", "v1"], "expected --repository https://github.com/OWNER/NAME"),
    ],
)
def test_a_public_build_without_its_address_says_what_was_expected(arguments, expected):
    command = [sys.executable, ROOT / "tools" / "build.py", *arguments]
    ran = subprocess.run(command, env=environment(), capture_output=True, encoding="utf-8")
    assert ran.returncode == 2 and expected in ran.stderr


def a_worked_cell(chapter):
    worked = [cell for cell in cells("solutions", chapter) if "### BEGIN SOLUTION" in cell.source]
    return worked[0].source.replace("### BEGIN SOLUTION", "").replace("### END SOLUTION", "")


def in_a_page(book, chapter):
    lines = "".join(f"<span>{html.escape(w)}</span> " for w in a_worked_cell(chapter).split(" "))
    page = book / "exercises" / f"{chapter}.html"
    page.write_text(page.read_text("utf-8").replace("</body>", f"<pre>{lines}</pre></body>"), "utf-8")


def in_the_sources(book, chapter):
    (book / "_sources" / "solutions").mkdir()
    shutil.copy(ROOT / "solutions" / f"{chapter}.ipynb", book / "_sources" / "solutions" / f"{chapter}.ipynb")


def in_a_download(book, chapter):
    path = book / "_sources" / "exercises" / f"{chapter}.ipynb"
    notebook = nbformat.read(path, 4)
    notebook.cells[2].source = a_worked_cell(chapter)
    nbformat.write(notebook, path)


def in_an_archive(book, chapter):
    (book / "_static" / "all.zip").write_bytes(b"PK")


def in_the_metadata(book, chapter):
    path = book / "_sources" / "exercises" / f"{chapter}.ipynb"
    notebook = nbformat.read(path, 4)
    notebook.cells[0].metadata["answer"] = a_worked_cell(chapter)
    nbformat.write(notebook, path)


def in_the_search_index(book, chapter):
    index = book / "searchindex.js"
    index.write_text(
        index.read_text("utf-8").replace('"docnames": [', f'"docnames": ["solutions/{chapter}", '), "utf-8"
    )


def in_an_output(book, chapter):
    prose = [c.source for c in cells("solutions", chapter) if "solution" in c.metadata.get("tags", [])]
    path = book / "_sources" / "exercises" / f"{chapter}.ipynb"
    notebook = nbformat.read(path, 4)
    code = next(cell for cell in notebook.cells if cell.cell_type == "code")
    code.outputs = [nbformat.v4.new_output("stream", text=prose[1])]
    nbformat.write(notebook, path)


@pytest.mark.parametrize(
    "plant",
    [in_a_page, in_the_sources, in_a_download, in_an_archive, in_the_metadata, in_the_search_index, in_an_output],
)
def test_a_leak_is_seen(student_book, tmp_path, plant):
    book = tmp_path / "book"
    ignore = shutil.ignore_patterns("_static", "_images")
    shutil.copytree(student_book, book, ignore=ignore)
    (book / "_static").mkdir()
    assert leaks(book) == []
    before = {path: path.read_bytes() for path in book.rglob("*") if path.is_file()}
    plant(book, CHAPTERS[0])
    changed = [p for p in book.rglob("*") if p.is_file() and before.get(p) != p.read_bytes()]
    assert changed and {name for name, _ in leaks(book)} == {p.relative_to(book).as_posix() for p in changed}


def test_the_contents_without_solutions():
    toc = {"root": "a", "parts": [{"chapters": [{"file": "solutions/x.ipynb"}]}, {"chapters": [{"file": "book/x"}]}]}
    assert build.without_solutions(toc) == {"root": "a", "parts": [{"chapters": [{"file": "book/x"}]}]}
