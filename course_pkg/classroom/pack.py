"""The class pack: the sheets, the package without its questions, the book for students, and how to begin.

`check` works in it. Of the questions it holds numbers in place of code (`classroom.record`), so a known slip is named
as in the course itself, and no worked answer is there to be read.
"""

import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable, Iterable, Sequence
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import course_pkg
from course_pkg.classroom.catalogue import contents
from course_pkg.classroom.record import record_bytes
from course_pkg.grading.sheet import questions_of

ROOT = Path(str(course_pkg.__file__)).parents[1]
TEACHERS = ("questions", "classroom", "commands/classroom")  # of course_pkg, not in the pack
TOOLS = ("jupyterlab", "jupyterlab-myst", "ipykernel")
EPOCH = (2026, 1, 1, 0, 0, 0)  # the date of every file in the archive: the same pack is the same bytes


def assign(
    out: Path,
    sheets: Sequence[str] = (),
    book: bool = True,
    root: Path = ROOT,
    told: Callable[[str], None] = lambda text: None,
) -> Path:
    """Write the pack into a new folder `out`, and beside it `out`.zip. Returns the archive.

    sheets: which of them (default: all); book: with the book as HTML, without a worked page; told: hears what is done.
    Raises ValueError outside a checkout, for an unknown sheet, and where `out` is there already.
    """
    if not (root / "exercises").is_dir():
        raise ValueError(f"expected a checkout of the course, with exercises/ beside course_pkg/, found {root}")
    there = contents(root, "Exercises")
    unknown = [name for name in sheets if name not in there]
    if unknown:
        raise ValueError(f"no sheet {', '.join(unknown)}; there are {', '.join(there)}")
    archive = out.with_name(f"{out.name}.zip")
    for path in (out, archive):
        if path.is_file() or (path.is_dir() and any(path.iterdir())):
            raise ValueError(f"{path} is there already: name a new folder, or remove it")
    wanted = [name for name in there if name in sheets or not sheets]
    partial = out.with_name(f"{out.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        (partial / "sheets").mkdir(parents=True)
        for name in wanted:
            shutil.copyfile(root / "exercises" / f"{name}.ipynb", partial / "sheets" / f"{name}.ipynb")
        package(root, partial)
        (partial / "course_pkg" / "recorded").mkdir()
        for name in wanted:
            told(f"recording what answers give: {name}")
            record = record_bytes(questions_of(name))
            (partial / "course_pkg" / "recorded" / f"{name}.json.gz").write_bytes(record)
        if book:
            told("building the book without worked pages (a minute or two)")
            student_book(root, partial)
        (partial / "README.md").write_text(readme(out.name, wanted, book), "utf-8")
        if out.is_dir():
            out.rmdir()
        partial.rename(out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    zipped(out, archive)
    return archive


def package(root: Path, pack: Path) -> None:
    """course_pkg without what is a teacher's, its metadata and licences, and the pins of what runs it."""
    source, text = root / "course_pkg", (root / "pyproject.toml").read_text("utf-8")
    told = tomllib.loads(text)
    kinds = {".py", *(pattern.removeprefix("*") for pattern in told["tool"]["setuptools"]["package-data"]["*"])}
    for path in sorted(source.rglob("*")):
        name = path.relative_to(source).as_posix()
        if path.suffix in kinds and not any(name == t or name.startswith(f"{t}/") for t in TEACHERS):
            (pack / "course_pkg" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, pack / "course_pkg" / name)
    for name in ("LICENSE", "LICENSE-TEXT"):
        shutil.copyfile(root / name, pack / name)
    head = text.split("[tool.ruff]")[0].rstrip() + "\n"  # the rest is for who develops the course
    (pack / "pyproject.toml").write_text(head.replace('"*.safetensors"]', '"*.safetensors", "*.json.gz"]'), "utf-8")
    (pack / "requirements.txt").write_text(pins(root, [*told["project"]["dependencies"], *TOOLS]), "utf-8")


def pins(root: Path, wanted: Iterable[str]) -> str:
    """The lines of requirements.txt that these distributions need, and what those need."""
    lines = (root / "requirements.txt").read_text("utf-8").splitlines()
    pinned = {canonicalize_name(Requirement(line).name): line for line in lines if line[:1].isalnum()}
    found: set[str] = set()
    todo = [Requirement(text) for text in wanted]
    while todo:
        asked = todo.pop()
        name = canonicalize_name(asked.name)
        if name in found or (asked.marker and not asked.marker.evaluate({"extra": ""})):
            continue
        found.add(name)
        try:
            todo += [Requirement(text) for text in metadata.requires(name) or []]
        except metadata.PackageNotFoundError:
            continue
    return "\n".join(line for name, line in pinned.items() if name in found) + "\n"


def student_book(root: Path, pack: Path) -> None:
    """The book as HTML, without a worked page. Raises ValueError with what the build said where it fails."""
    work = pack / "build"
    command = [sys.executable, str(root / "tools" / "build.py"), "--student", "--to", str(work)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace")
    if done.returncode:
        raise ValueError(f"the book was not built:\n{(done.stdout + done.stderr)[-2000:]}")
    shutil.move(work / "_build" / "html", pack / "book")
    shutil.rmtree(work)


def zipped(folder: Path, archive: Path) -> None:
    """The folder as an archive, which unpacks into one of its name."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as to:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            info = zipfile.ZipInfo(f"{folder.name}/{path.relative_to(folder).as_posix()}", EPOCH)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            to.writestr(info, path.read_bytes())


def readme(name: str, sheets: Sequence[str], book: bool) -> str:
    """What a student reads first."""
    there = "".join(f"- `sheets/{sheet}.ipynb`\n" for sheet in sheets)
    text = (Path(__file__).parent / "student.md").read_text("utf-8")
    page = "Open `book/index.html` in a browser: the chapters, and the sheets to read. It needs no network.\n\n"
    return text.replace("{name}", name).replace("{sheets}\n", there).replace("{book}\n\n", page if book else "")
