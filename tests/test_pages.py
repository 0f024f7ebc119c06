"""Every page of the book: its text and its notebook say the same, every cell was run, every figure has words."""

import ast
import importlib
import math
import re
from types import SimpleNamespace

import jupytext
import nbformat
import pytest
import yaml
from IPython.core.inputtransformer2 import TransformerManager
from jupytext.compare import NotebookDifference, compare_notebooks

from helpers import ROOT

FOLDERS = ("book", "exercises", "solutions")


def files(ending):
    found = (path for folder in FOLDERS for path in (ROOT / folder).rglob(f"*{ending}"))
    return sorted(path for path in found if ".ipynb_checkpoints" not in path.parts)


def name(path):
    return path.relative_to(ROOT).as_posix()


def toc(node):
    """Every file that the table of contents names."""
    if isinstance(node, dict):
        named = [node[key] for key in ("file", "root") if key in node]
        return named + [entry for value in node.values() for entry in toc(value)]
    return [entry for part in node for entry in toc(part)] if isinstance(node, list) else []


NOTEBOOKS = files(".ipynb")
TEXTS = [path for path in files(".md") if "kernelspec:" in path.read_text("utf-8").split("\n---", 1)[0]]
CONTENTS = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
TOC = toc(CONTENTS)
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=name)


def cells(path):
    """(number among the code cells, cell) of every code cell that holds something."""
    code = [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
    return [(number, cell) for number, cell in enumerate(code, 1) if cell.source.strip()]


def test_there_are_notebooks():
    assert NOTEBOOKS, "no notebook found: the rules below would hold of nothing"


@pytest.mark.parametrize("path", TEXTS, ids=name)
def test_every_text_has_its_notebook(path):
    assert path.with_suffix(".ipynb").exists(), f"{name(path)} was never executed: run `make notebooks`"


@each_notebook
def test_text_and_notebook_are_equal(path):
    text = path.with_suffix(".md")
    assert text.exists(), f"{name(path)} has no text beside it: make it with `jupytext --to md:myst {name(path)}`"
    try:
        compare_notebooks(jupytext.read(text, fmt="md:myst"), jupytext.read(path), fmt="md:myst")
    except NotebookDifference as difference:
        pytest.fail(f"{name(text)} and {name(path)} differ: run `make notebooks`\n{difference}", pytrace=False)


@each_notebook
def test_every_cell_was_run(path):
    # nbval passes a cell that was never run, without comparing anything.
    unrun = [number for number, cell in cells(path) if not cell.execution_count]
    assert not unrun, f"{name(path)}: code cells {unrun} were never run: run `make notebooks`"
    order = [cell.execution_count for _, cell in cells(path)]
    assert order == list(range(1, len(order) + 1)), f"{name(path)}: not run from top to bottom: run `make notebooks`"


@each_notebook
def test_no_cell_ends_in_a_semicolon(path):
    # In nbval's kernel a last semicolon hides nothing: the cell would show more there than in the book.
    ends = [number for number, cell in cells(path) if cell.source.rstrip().endswith(";")]
    assert not ends, f"{name(path)}: code cells {ends} end in a semicolon: write `_ = ...` to show nothing"


@each_notebook
def test_no_error_is_stored(path):
    broken = [number for number, cell in cells(path) if any(out.output_type == "error" for out in cell.outputs)]
    assert not broken, f"{name(path)}: code cells {broken} end in an error: catch it and show its message instead"


@each_notebook
def test_every_figure_has_words(path):
    silent = []
    for number, cell in cells(path):
        drawn = any(kind.startswith("image/") for out in cell.outputs for kind in out.get("data", {}))
        image = cell.metadata.get("mystnb", {}).get("image", {})
        if drawn and not str(image.get("alt", "")).strip():
            silent.append(number)
    assert not silent, (
        f"{name(path)}: the figures of code cells {silent} have no alt text: "
        'put `mystnb: {image: {alt: "what one sees"}}` into the cell\'s header'
    )


# The form of a page. A page that is not written in it yet stands here; one that is may not go back.
BEFORE_THE_FORM = set[str]()
FORMED = [path for path in NOTEBOOKS if path.parent.name == "book" and path.stem not in BEFORE_THE_FORM]
each_formed = pytest.mark.parametrize("path", FORMED, ids=name)
FOLDED = {"hide-input", "hide-cell", "remove-input", "remove-cell"}


def test_only_pages_that_are_there_are_excused_from_the_form():
    pages = {path.stem for path in NOTEBOOKS if path.parent.name == "book"}
    assert pages >= BEFORE_THE_FORM, "a page that is gone"
    assert FORMED, "the rules of the form would hold of nothing"


@each_formed
def test_every_figure_has_a_number_and_a_caption(path):
    names = []
    for number, cell in cells(path):
        if any(kind.startswith("image/") for out in cell.outputs for kind in out.get("data", {})):
            figure = cell.metadata.get("mystnb", {}).get("figure", {})
            where = f"{name(path)}, code cell {number}"
            assert str(figure.get("caption", "")).strip(), f"{where}: expected `mystnb: {{figure: {{name, caption}}}}`"
            assert figure.get("name", "").startswith(f"fig-{path.stem}-"), f"{where}: call it fig-{path.stem}-..."
            drawn = [kind for out in cell.outputs for kind in out.get("data", {})]
            assert "image/png" not in drawn, f"{where}: call figures.style() first: a PNG keeps its white ground"
            names.append(figure["name"])
    assert len(names) == len(set(names)), f"{name(path)}: two figures of one name"


@each_formed
def test_every_figure_is_spoken_of(path):
    text = path.with_suffix(".md").read_text("utf-8")
    for figure in re.findall(rf"name: (fig-{path.stem}-[\w-]+)", text):
        assert f"`{figure}`" in text, f"{name(path)}: {{numref}}`{figure}` stands nowhere in its text"


@each_formed
def test_what_only_draws_or_only_asserts_is_folded(path):
    for number, cell in cells(path):
        plain = TransformerManager().transform_cell(cell.source)  # %env and !command are calls
        tags, body = set(cell.metadata.get("tags", [])), ast.parse(plain).body
        draws = any(kind.startswith("image/") for out in cell.outputs for kind in out.get("data", {}))
        asserts = not cell.outputs and all(isinstance(line, ast.Assert) for line in body)
        prepares = not cell.outputs and isinstance(body[-1], ast.Assert) and not {"hide-cell"} & tags
        where = f"{name(path)}, code cell {number}"
        assert not draws or tags & FOLDED, f"{where} draws a figure: tag it hide-input"
        assert not asserts or "hide-cell" in tags, f"{where} only asserts: tag it hide-cell"
        assert not prepares or len(body) > 2, f"{where} computes one thing and asserts it: tag it hide-cell"


@pytest.mark.parametrize("entry", TOC)
def test_every_entry_of_the_contents_exists(entry):
    path = ROOT / entry
    assert path.is_file() or path.with_name(path.name + ".md").is_file(), f"_toc.yml names {entry}, which is not there"
    if path.suffix == "":
        notebook = path.with_name(path.name + ".ipynb")
        assert not notebook.exists(), f"_toc.yml must name {entry}.ipynb with its ending: the .md has no outputs"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_every_notebook_is_in_the_contents(path):
    assert name(path) in TOC, f"{name(path)} is not in _toc.yml: readers would not find it"


def test_a_build_executes_nothing():
    config = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    assert config["execute"]["execute_notebooks"] == "off", "the book must show the outputs that nbval repeats"


def test_the_api_reference_finds_every_room_by_its_place(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "book" / "_ext"))
    api = importlib.import_module("api_pages")
    found = api.modules(ROOT / "course_pkg")
    rooms = {
        path.stem for path in (ROOT / "course_pkg").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert set(found) == {room for room in rooms if room[0] != "_"}
    assert list(found).index("worlds") < list(found).index("derivation") < list(found).index("commands")
    package = tmp_path / "a_package"
    for name, text in {
        "__init__": "",
        "top": "from a_package.low import f",
        "low/__init__": "",
        "low/part": "",
    }.items():
        (package / f"{name}.py").parent.mkdir(parents=True, exist_ok=True)
        (package / f"{name}.py").write_text(text, "utf-8")
    assert api.modules(package) == {"low": ["a_package.low", "a_package.low.part"], "top": ["a_package.top"]}
    assert "{course-rooms}" in (ROOT / "book" / "api.md").read_text("utf-8")


def test_each_room_has_a_page_of_the_api_that_the_contents_find(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "book" / "_ext"))
    api = importlib.import_module("api_pages")
    (tmp_path / "book" / "api").mkdir(parents=True)
    (tmp_path / "book" / "api" / "a_room_that_was.md").touch()
    api.write_pages(SimpleNamespace(srcdir=tmp_path), None)
    pages = {path.stem: path.read_text("utf-8") for path in (tmp_path / "book" / "api").iterdir()}
    assert set(pages) == set(api.modules(ROOT / "course_pkg"))
    assert all(f"{{course-room}} {room}\n" in text for room, text in pages.items())
    entry = next(e for p in CONTENTS["parts"] for e in p["chapters"] if e["file"] == "book/api")
    assert entry["sections"] == [{"glob": "book/api/*"}]
    quiz = importlib.import_module("course_pkg.show").quiz.quiz
    assert api.address(quiz) == "api/show.html#course_pkg.show.quiz.quiz"


# An assertion can fail ------------------------------------------------------------------------------------

WIDE = 3  # of what is compared with no number: two measured values may lie so far apart and no further


def wide(source):
    """The comparisons `abs(a - b) < tolerance` of assertions whose tolerance lets everything pass: more than
    the number that is compared with, or more than WIDE."""
    code = TransformerManager().transform_cell(source)
    found = []
    for node in (n for a in ast.walk(ast.parse(code)) if isinstance(a, ast.Assert) for n in ast.walk(a.test)):
        if isinstance(node, ast.Compare) and isinstance(node.ops[-1], (ast.Lt, ast.LtE)):
            limit, inner = node.comparators[-1], [n for n in ast.walk(node.left) if isinstance(n, ast.BinOp)]
            apart = any(getattr(n.func, "id", getattr(n.func, "attr", "")) == "abs" for n in calls_of(node.left))
            if apart and inner and isinstance(limit, ast.Constant) and isinstance(limit.value, (int, float)):
                right = inner[0].right
                beside = abs(right.value) if isinstance(right, ast.Constant) and right.value else WIDE
                if limit.value > beside:
                    found.append(ast.unparse(node))
    return found


CLOSE = 0.01  # what allclose may leave, and of a written number a half: the size of arrays is not known here


def far_apart(source):
    """The calls of allclose, isclose and the like in assertions whose tolerance, absolute or relative, is none."""
    tree = ast.parse(TransformerManager().transform_cell(source))
    for call in (c for a in ast.walk(tree) if isinstance(a, ast.Assert) for c in calls_of(a.test)):
        written = [abs(v) for v in map(number, call.args) if not math.isnan(v)]
        for key in call.keywords:
            most = 0.5 * min(written) if key.arg == "abs_tol" and written else CLOSE
            if re.fullmatch(r"(abs_|rel_|a|r)tol", key.arg or "") and not number(key.value) <= most:
                yield f"{ast.unparse(call)}: {ast.unparse(key)}"


def calls_of(node):
    return [n for n in ast.walk(node) if isinstance(n, ast.Call)]


BAND, LEAST = 30, 1e-4  # how many times a band's upper end may be its lower one; what is no lower bound of a size


def loose(source):
    """What an assertion asks for that nearly everything meets: one of two things, a band so wide that it tells no size,
    more than next to nothing, a size or a count above a negative number, a tuple (which is never false)."""
    tree = ast.parse(TransformerManager().transform_cell(source))
    tests = [node.test for node in ast.walk(tree) if isinstance(node, ast.Assert)]
    for test in [*tests, *called(tests, tree)]:
        if isinstance(test, ast.Tuple) and test in tests:
            yield ast.unparse(test)
        together = isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And)
        for part in test.values if together else [test]:
            if isinstance(part, ast.BoolOp) and all(map(of_sizes, part.values)):  # an `or`
                yield ast.unparse(part)
            if not isinstance(part, ast.Compare):
                continue
            low, high = number(part.left), number(part.comparators[-1])
            rising = all(isinstance(op, (ast.Lt, ast.LtE)) for op in part.ops)
            band = len(part.ops) == 2 and rising and 0 < low and low * BAND < high
            least = len(part.ops) == 1 and isinstance(part.ops[0], (ast.Gt, ast.GtE)) and 0 < high < LEAST
            if band or least or (len(part.ops) == 1 and always(part.left, part.ops[0], part.comparators[0])):
                yield ast.unparse(part)


def called(tests, tree):
    """What the functions of the cell give that its assertions call."""
    names = {node.id for test in tests for node in ast.walk(test) if isinstance(node, ast.Name)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
            if {target.id for target in node.targets if isinstance(target, ast.Name)} & names:
                yield node.value.body
        if isinstance(node, ast.FunctionDef) and node.name in names:
            yield from (step.value for step in ast.walk(node) if isinstance(step, ast.Return) and step.value)


SIZES = {"abs", "len", "count", "square", "var", "std", "norm"}
KEEP = {"max", "min", "mean", "sum", "item", "float", "double"}


def always(left, op, right):
    """Whether a size or a count is asked to lie above what it cannot lie below."""
    if isinstance(op, (ast.Lt, ast.LtE)):
        return always(right, ast.Gt() if isinstance(op, ast.Lt) else ast.GtE(), left)
    if not isinstance(op, (ast.Gt, ast.GtE)) or not is_size(left):
        return False
    negative = isinstance(right, ast.UnaryOp) and isinstance(right.op, ast.USub) and number(right.operand) >= 0
    return negative or (isinstance(op, ast.GtE) and number(right) == 0)


def is_size(node):
    """Whether an expression is a size or a count, or the largest, least, mean or sum of such."""
    if isinstance(node, ast.GeneratorExp):
        return is_size(node.elt)
    if not isinstance(node, ast.Call):
        return isinstance(node, ast.Compare)
    method = isinstance(node.func, ast.Attribute)
    function = getattr(node.func, "attr", getattr(node.func, "id", ""))
    within = node.func.value if method else node.args[0] if node.args else None
    return function in SIZES or (function in KEEP and is_size(within))


def of_sizes(node):
    """Whether it compares what is larger; an `or` with another question says of which the claim is."""
    return isinstance(node, ast.Compare) and all(isinstance(op, (ast.Lt, ast.LtE, ast.Gt, ast.GtE)) for op in node.ops)


def number(node):
    """A number that is written, or NaN."""
    value = node.value if isinstance(node, ast.Constant) else None
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else math.nan


@each_notebook
def test_no_assertion_lets_everything_pass(path):
    cells = [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
    found = [
        claim
        for cell in cells
        if "assert" in cell.source
        for claim in (*wide(cell.source), *loose(cell.source), *far_apart(cell.source))
    ]
    assert not found, f"{name(path)}: these see nothing or little, ask for what is claimed: {found}"


def test_a_wide_assertion_is_seen():
    assert wide("assert all(abs(a - b) < 1e8 for a, b in pairs), 'x'") == ["abs(a - b) < 100000000.0"]
    assert wide("assert (x - 2).abs().max() < 2.5") and not wide("assert abs(x - 20) < 4 and abs(a - b) < 1e-8")


def test_two_that_are_close_at_any_distance_are_seen():
    assert [*far_apart("assert allclose(a, b, rtol=1e-3, atol=1e3)")] == [
        "allclose(a, b, rtol=0.001, atol=1000.0): atol=1000.0"
    ]
    assert [*far_apart("assert math.isclose(x, 2.0, abs_tol=6)")] and [*far_apart("assert isclose(x, y, rel_tol=t)")]
    assert not [*far_apart("assert math.isclose(x, 2.0, abs_tol=0.6) and torch.allclose(a, b, atol=1e-5)")]


def test_a_loose_assertion_is_seen():
    assert [*loose("assert a < 1 or b < 2")] == ["a < 1 or b < 2"] and not [*loose("assert n == 'a' or b < 2")]
    assert [*loose("assert 1e-10 < x < 0.2 and y")] == ["1e-10 < x < 0.2"] and not [*loose("assert 1 < x < 20")]
    assert [*loose("assert abs(x) > -0.01")] == ["abs(x) > -0.01"] and [*loose("assert 0 <= x.abs().max().item()")]
    assert [*loose("assert min(abs(x) for x in xs) > -1")] and [*loose("assert (kept < 0.3).sum() >= 0")]
    assert not [*loose("assert (a - abs(b)).mean() > -0.01 and abs(x) > 0")]
    assert [*loose("assert (a == 7, b == 20)")] == ["(a == 7, b == 20)"] and not [*loose("assert (a, b) == (7, 20)")]
    assert [*loose("near = lambda x: abs(x) < 1 or abs(x - 2) < 1\nassert near(x)")] == ["abs(x) < 1 or abs(x - 2) < 1"]
    assert [*loose("def near(x):\n    return 0.001 < x < 2\nassert all(map(near, xs))")] == ["0.001 < x < 2"]
    assert [*loose("assert x > 1e-10")] and not [*loose("assert x > 0 and all(v > 1e-10 for v in y)")]
