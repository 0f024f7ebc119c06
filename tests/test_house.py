"""The house around the book: modules stay small and on their floors, colours can be read, imports are pinned."""

import ast
import importlib
import re
import shutil
import subprocess
import sys
import tomllib
from functools import cache
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import course_pkg
from helpers import ROOT, environment, tool

# --- Makefile ---------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")
def test_help_lists_every_target():
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.M)[1].split()
    shown = subprocess.run(
        ["make", "-C", ROOT, "help"], env=environment(), capture_output=True, encoding="utf-8", check=True
    ).stdout
    assert sorted(re.findall(r"^  make (\w+) +\S", shown, re.M)) == sorted(phony)


# --- colours: each word in a quantity's colour has a contrast of 4.5:1 on the page ------------------------------------

QUANTITIES = ("reconstruction", "rate", "information", "tc", "dimwise", "prior", "posterior")
PAGE = {"light": "#ffffff", "dark": "#121212"}  # the page of sphinx-book-theme
BOX = {"light": "#f3f4f5", "dark": "#222832"}  # boxes and code on it


def colours(theme):
    style = (ROOT / "book" / "_static" / "custom.css").read_text("utf-8")
    block = re.search(rf'html\[data-theme="{theme}"\] \{{(.*?)\}}', style, re.S)[1]
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))


def contrast(a, b):
    """WCAG 2.1: (lighter + 0.05) / (darker + 0.05) of the relative luminances."""

    def luminance(colour):
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    darker, lighter = sorted((luminance(a), luminance(b)))
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_that_of_the_standard():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)  # the well-known lightest grey that passes


@pytest.mark.parametrize("theme", PAGE)
def test_words_in_a_quantitys_colour_can_be_read(theme):
    found = colours(theme)
    for quantity in QUANTITIES:
        for ground in (PAGE[theme], BOX[theme]):
            ratio = contrast(found[f"q-{quantity}-text"], ground)
            assert ratio >= 4.5, f"--q-{quantity}-text on {ground} ({theme}): {ratio:.2f}:1, expected 4.5:1"


@pytest.mark.parametrize("theme", PAGE)
def test_links_can_be_read(theme):
    for ground in (PAGE[theme], BOX[theme]):
        assert contrast(colours(theme)["pst-color-link"], ground) >= 4.5


@pytest.mark.parametrize("theme", PAGE)
def test_colours_differ(theme):
    found = colours(theme)
    assert len({found[f"q-{quantity}"] for quantity in QUANTITIES}) == len(QUANTITIES)


# --- floors: a module imports only what stands below it ---------------------------------------------------------------

# Floor by floor, from the ground up; what stands on one floor does not import its neighbours, but for the ideas, each
# of which may import those before it in the book. A room is a file or a folder of course_pkg.
GROUND = (("tables", "worlds", "data"), ("reading",), ("derivation",), ("models",), ("training",))
PLANNED = (
    "elbo", "kkt", "bottleneck", "total_correlation", "density_ratio", "cascade", "mmd", "metrics", "identifiability",
)  # fmt: skip
CHAPTERS = next(part for part in yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))["parts"]
                if part["caption"] == "Chapters")["chapters"]  # fmt: skip
UPPER = (
    ("runs", "show", "equations", "grading"),
    ("questions",),
    ("benchmark", "bugs", "classroom"),
    ("commands",),
    ("__main__",),
)
# A chapter that nobody planned stands above those before it, where the table of contents has it; one that measures all
# others, `benchmark`, is a room above them.
ABOVE = {room for floor in UPPER for room in floor}
PAGES = [page for chapter in CHAPTERS if (page := Path(chapter["file"]).stem) not in ABOVE]
IDEAS = tuple(dict.fromkeys([*PLANNED, *PAGES]))
SECOND_PAGE_OF = {"capacity": "bottleneck"}  # a page of its own in equations/, whose idea is that of the first
FLOORS = (*GROUND, *((idea,) for idea in IDEAS), *UPPER)
LINES = 260
ENTRIES = 13  # of a room, ideas apart
MODULES = sorted((ROOT / "course_pkg").rglob("*.py"))


def room_of(path):
    return path.relative_to(ROOT / "course_pkg").parts[0].removesuffix(".py")


ROOMS = {room_of(module) for module in MODULES}


def rooms_imported(path):
    """The rooms of course_pkg that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path.name}: write `from course_pkg.x import y`, which says where x is"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        found |= {name.split(".")[1] for name in names if name.startswith("course_pkg.")}
    return found & ROOMS


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_floors_and_size(path):
    lines = len(path.read_text("utf-8").splitlines())
    assert lines < LINES, f"{path.name} has {lines} lines, expected fewer than {LINES}: divide it by its ideas"
    room = room_of(path)
    if room == "__init__":
        assert not rooms_imported(path), "course_pkg/__init__.py imports no room, so that importing one stays quick"
        return
    level = next((k for k, floor in enumerate(FLOORS) if room in floor), None)
    assert level is not None, f"{path.name} stands on no floor: add its room to FLOORS and to the design of the package"
    below = {room, *(other for floor in FLOORS[:level] for other in floor)}
    above = sorted(rooms_imported(path) - below)
    assert not above, f"{path.name} imports {above}, which stand on its floor or above it"


@pytest.mark.parametrize(
    "folder", sorted({path.parent for path in MODULES}), ids=lambda f: f.relative_to(ROOT).as_posix()
)
def test_a_room_is_small_enough_to_see(folder):
    """What is one entry a chapter (the ideas, and in equations/ and questions/) is not counted."""
    entries = {path.stem for path in folder.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    entries -= {"__init__", "__main__"}
    if folder.name in ("course_pkg", "equations", "questions"):
        entries -= {path.stem for path in (ROOT / "book").glob("*.md")} | set(IDEAS)
    assert len(entries) <= ENTRIES, f"{folder.name} holds {len(entries)} entries: {sorted(entries)}"


def test_engine_and_content_stand_apart():
    """A chapter's questions import no other chapter's, its equations only earlier ones, what judges them neither."""
    for wing in ("equations", "questions"):
        for path in sorted((ROOT / "course_pkg" / wing).rglob("*.py")):
            chapter = path.relative_to(ROOT / "course_pkg" / wing).parts[0].removesuffix(".py")
            idea = SECOND_PAGE_OF.get(chapter, chapter)
            before = IDEAS.index(idea) + (idea != chapter) if idea in IDEAS else 0
            earlier = IDEAS[:before] if wing == "equations" else ()
            allowed = {chapter, "notation", "shared", *earlier}
            others = set(re.findall(rf"course_pkg\.{wing}\.(\w+)", path.read_text("utf-8"))) - allowed
            assert not others, f"{path.relative_to(ROOT)} imports {wing} of {sorted(others)}"
    for engine in ("grading", "derivation"):
        for path in sorted((ROOT / "course_pkg" / engine).rglob("*.py")):
            assert not rooms_imported(path) & {"questions", "equations"}, f"{path.name} imports content"


def test_what_moved_is_found_under_its_old_name_and_is_the_same_module():
    for old, new in course_pkg.MOVED.items():
        assert importlib.import_module(f"course_pkg.{old}") is importlib.import_module(f"course_pkg.{new}"), old
    code = "import course_pkg.live.decoder as a, course_pkg.show.live.decoder as b; assert a is b and a.__spec__.origin"
    subprocess.run([sys.executable, "-c", code], env=environment(), check=True)


def test_the_course_itself_uses_no_old_name():
    old = "|".join(re.escape(name) for name in course_pkg.MOVED)
    used = re.compile(rf"course_pkg\.({old})\b|from course_pkg import [^\n]*\b({old})\b")
    pages = [path for folder in ("book", "exercises", "solutions") for path in (ROOT / folder).glob("*.md")]
    for path in [*MODULES, *(ROOT / "tests").rglob("*.py"), *(ROOT / "tools").glob("*.py"), *pages]:
        if path.name != "test_house.py":
            found = used.search(path.read_text("utf-8"))
            assert not found, f"{path.relative_to(ROOT)} says {found[0]}: name its place of today"


# --- packages: what the code imports is what a fresh clone installs ---------------------------------------------------


installed_by = cache(metadata.packages_distributions)  # it reads what every distribution holds


def distributions(folder):
    """{the distribution that holds it: a file that imports it} for every third-party import below a folder."""
    of_the_house = [path.stem for room in ("tests", "tools", "book/_ext") for path in (ROOT / room).rglob("*.py")]
    ours = {"course_pkg", *sys.stdlib_module_names, *of_the_house}
    found, installed = {}, installed_by()
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and not node.level else []
            for top in {name.split(".")[0] for name in names} - ours:
                holders = installed.get(top, [top])
                found[canonicalize_name(holders[0])] = path.relative_to(ROOT).as_posix()
    return found


# A peer to compare with: whoever measures it installs it, and the file says how. No clone needs it, no test imports it.
PEERS = {"pythae": "tests/bench/peers.py"}


@pytest.mark.parametrize("folder", ["course_pkg", "tests", "tools", "book/_ext"])
def test_every_import_is_pinned(folder):
    lines = [line for line in (ROOT / "requirements.txt").read_text("utf-8").splitlines() if re.match(r"\w", line)]
    pinned = {canonicalize_name(Requirement(line).name) for line in lines}
    missing = {name: path for name, path in distributions(folder).items() if name not in pinned}
    missing = {name: path for name, path in missing.items() if PEERS.get(name) != path}
    assert not missing, f"a fresh clone would lack {missing}: add them to requirements.txt"


def test_a_peer_is_told_of_where_it_is_missing():
    for name, path in PEERS.items():
        assert f"pip install {name}" in (ROOT / path).read_text("utf-8")


def test_what_the_package_imports_is_in_its_metadata():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = declared.get("optional-dependencies", {}).values()
    lines = [*declared["dependencies"], *(line for extra in extras for line in extra)]
    names = {canonicalize_name(Requirement(line).name) for line in lines}
    missing = {name: path for name, path in distributions("course_pkg").items() if name not in names}
    assert not missing, f"someone who installs only course_pkg would lack {missing}: add them to pyproject.toml"


# --- tests: the same on any machine, however busy, under any caller ---------------------------------------------------

CLOCKS = {
    "time",
    "perf_counter",
    "monotonic",
    "process_time",
    "thread_time",
    "perf_counter_ns",
    "monotonic_ns",
    "time_ns",
}
IN_THE_BROWSER = "performance" + ".now"  # in two pieces, so that this file does not hold it
STARTERS = {"run", "Popen", "call", "check_call", "check_output"}
PATIENT = 300  # seconds: an end that no machine reaches, however busy, if what it waits for comes at all
TESTS = [path for path in sorted((ROOT / "tests").rglob("*.py")) if "bench" not in path.parts]


def last_name(function):
    """By what name a call is made, without its owner: for nearly all calls that is enough to pass over them."""
    return getattr(function, "attr", getattr(function, "id", ""))


def of_the_machine(source):
    """What in a test's source depends on speed or on the caller's environment, each with its line."""
    found, tree = [], ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and IN_THE_BROWSER in node.value:
            found.append(f"{node.lineno}: reads a clock in the browser")
        if not isinstance(node, ast.Call):
            continue
        name, given = last_name(node.func), {keyword.arg: keyword.value for keyword in node.keywords}
        if name not in CLOCKS | STARTERS and "timeout" not in given:
            continue
        called = ast.unparse(node.func)
        owner = called.rpartition(".")[0]
        if name in CLOCKS and owner in ("time", "") and (owner or name != "time"):
            found.append(f"{node.lineno}: {called} reads a clock: count work instead, or measure it in tests/bench")
        if owner == "subprocess" and name in STARTERS and "env" not in given:
            found.append(f"{node.lineno}: {called} without env=: its process inherits what the caller has set")
        if owner == "subprocess" and "os.environ" in ast.unparse(given.get("env", ast.Constant(None))):
            found.append(f"{node.lineno}: {called} takes the caller's environment: start from helpers.environment()")
        limit = given.get("timeout")
        if isinstance(limit, ast.Constant) and limit.value is not None and limit.value < PATIENT:
            found.append(f"{node.lineno}: {called} waits for {limit.value} at most: helpers.GUARD is patient")
    return found


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.relative_to(ROOT / "tests").as_posix())
def test_no_test_depends_on_speed_or_on_the_callers_environment(path):
    found = of_the_machine(path.read_text("utf-8"))
    if path.name == "helpers.py":  # wait_for, which measures nothing
        found = [line for line in found if "time.monotonic" not in line]
    assert not found, f"{path.relative_to(ROOT)}: " + "; ".join(found)


@pytest.mark.parametrize(
    "source, told",
    [
        ("assert time.perf_counter() - start < 1", "reads a clock"),
        ("from time import monotonic\nmonotonic()", "reads a clock"),
        (f"page.evaluate('() => {IN_THE_BROWSER}()')", "in the browser"),
        ("subprocess.run(['true'])", "without env="),
        ("subprocess.Popen(command, env={**os.environ, 'A': '1'})", "the caller's environment"),
        ("subprocess.run(command, env=environment(), timeout=30)", "waits for 30"),
    ],
)
def test_what_depends_on_the_machine_is_found(source, told):
    assert [told in line for line in of_the_machine(source)] == [True]
    assert of_the_machine("subprocess.run(command, env=environment(A='1')); seconds = row['seconds']") == []


def test_tests_that_start_a_process_or_a_thread_are_found():
    """By what they do, by a helper of their file that does it, and by a fixture."""
    found = tool("repeat_tests").found
    sweeps, sheets = found(ROOT / "tests" / "test_sweep.py"), found(ROOT / "tests" / "test_sheets.py")
    assert "test_two_sweeps_on_one_folder_train_nothing_twice" in sweeps
    assert "test_the_same_call_runs_on_a_dask_cluster" in sweeps
    assert "test_every_combination_is_one_task" not in sweeps
    assert "test_the_student_build_holds_no_worked_page" in sheets and "test_what_is_cleared" not in sheets


# --- text: UTF-8 on every machine, whatever its locale says -----------------------------------------------------------

OF_BYTES = {"archive", "picture", "Image"}  # whose `open` gives bytes


def of_the_locale(source):
    """Where a source reads or writes text in the encoding that happens to be the caller's, each with its line."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name, given = last_name(node.func), {keyword.arg: keyword.value for keyword in node.keywords}
        if name not in {"read_text", "write_text", "open", *STARTERS}:
            continue
        owner = ast.unparse(node.func).rpartition(".")[0]
        modes = [given["mode"]] if "mode" in given else node.args[0 if owner else 1 :][:1]
        text = not any(not isinstance(mode, ast.Constant) or "b" in str(mode.value) for mode in modes)
        wrong = (
            (name == "read_text" and not node.args)
            or (name == "write_text" and len(node.args) < 2)
            or (name == "open" and owner not in {"os", *OF_BYTES} and text)
            or (owner == "subprocess" and {"text", "universal_newlines"} & given.keys())
        )
        if wrong and "encoding" not in given:
            found.append(f"{node.lineno}: {ast.unparse(node.func)} in the encoding of the caller: say utf-8")
    return found


SOURCES = [
    *MODULES,
    *(path for room in ("tests", "tools", "book/_ext") for path in sorted((ROOT / room).rglob("*.py"))),
]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_text_is_utf8_whatever_the_locale(path):
    found = of_the_locale(path.read_text("utf-8"))
    assert not found, f"{path.relative_to(ROOT)}: " + "; ".join(found)


@pytest.mark.parametrize(
    "source, wrong",
    [
        ("path.read_text()", True),
        ("path.read_text('utf-8')", False),
        ("path.write_text(text)", True),
        ("path.write_text(text, encoding='utf-8')", False),
        ("open(path)", True),
        ("open(path, 'w')", True),
        ("open(path, mode='a', encoding='utf-8')", False),
        ("open(path, 'rb')", False),
        ("path.open()", True),
        ("path.open('wb')", False),
        ("subprocess.run(command, env=environment(), text=True)", True),
        ("subprocess.run(command, env=environment(), encoding='utf-8')", False),
    ],
)
def test_what_depends_on_the_locale_is_found(source, wrong):
    assert bool(of_the_locale(source)) is wrong
