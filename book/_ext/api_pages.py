"""Writes the pages of the API by place, one a room of course_pkg, so that a new room or module needs no edit.

`{course-rooms}` lists the rooms in the order of their imports: what others stand on comes first. The pages are written
into book/api, which no one edits: `{course-room} NAME` shows the modules of a room by name, and a name that a package
hands on is shown where it is defined. Of the equations and questions, which are content, only the rooms.
"""

import ast
import importlib
import inspect
from collections.abc import Callable
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx import addnodes
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

ROOT = Path(__file__).parents[2]
CONTENT = ("equations", "questions")  # shown on their pages; a student's book must not hold the answers
PAGE = """# course_pkg.{room}

```{{course-room}} {room}
```
"""


@cache  # asked by every page of the API, and it reads every file of the package
def modules(package: Path) -> dict[str, list[str]]:
    """{room: its modules, by their dotted names}, the rooms in the order of their imports.

    Names that begin with _ stay out. A room is a file or a folder right below the package.
    """
    rooms: dict[str, list[str]] = {}
    below: dict[str, set[str]] = {}
    for path in sorted(package.rglob("*.py"), key=lambda path: path.parent / (path.stem.replace("__init__", ""))):
        parts = [part for part in path.relative_to(package).with_suffix("").parts if part != "__init__"]
        if not parts or any(part.startswith("_") for part in parts):
            continue
        if parts[0] in CONTENT and len(parts) > 1:
            continue
        rooms.setdefault(parts[0], []).append(".".join([package.name, *parts]))
        below.setdefault(parts[0], set()).update(imported(path, package.name) - {parts[0]})
    order = TopologicalSorter({room: sorted(others) for room, others in below.items()}).static_order()
    return {room: rooms[room] for room in order if room in rooms}


def imported(path: Path, package: str) -> set[str]:
    """The rooms that a file imports."""
    names = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return {name.split(".")[1] for name in names if name.startswith(f"{package}.")}


def write_pages(app, config):
    """The page of every room, below book/api where `glob` of the table of contents finds it. What no room has goes."""
    folder = Path(app.srcdir) / "book" / "api"
    folder.mkdir(exist_ok=True)
    texts = {folder / f"{room}.md": PAGE.format(room=room) for room in modules(ROOT / "course_pkg")}
    for old in folder.iterdir():
        if old not in texts:
            old.unlink()
    for path, text in texts.items():
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")


def address(thing: Callable) -> str:
    """Where a function or class of the package stands, as seen from a page of book/."""
    return f"api/{thing.__module__.split('.')[1]}.html#{thing.__module__}.{thing.__qualname__}"


def first_line(thing: object, name: str) -> str:
    """The first paragraph of a docstring, on one line."""
    said_of = inspect.getdoc(thing)
    if not said_of:
        raise ExtensionError(f"expected a docstring of {name}, which an index shows")
    return " ".join(said_of.split("\n\n")[0].split()).replace("|", r"\|")


class Rooms(SphinxDirective):
    """A line for each room: a link to its page, and what the room says of itself first."""

    def run(self) -> list[nodes.Node]:
        lines = []
        for room in modules(ROOT / "course_pkg"):
            said = first_line(importlib.import_module(f"course_pkg.{room}"), f"course_pkg.{room}")
            lines += [f"{{doc}}`course_pkg.{room} <api/{room}>`", f": {said}", ""]
        box = nodes.container()
        self.state.nested_parse(StringList(lines, source=self.env.docname), self.content_offset, box)
        return box.children


class Room(SphinxDirective):
    """A room's modules, a section each, with their members from the docstrings."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        rooms, room = modules(ROOT / "course_pkg"), self.arguments[0]
        if room not in rooms:
            raise ExtensionError(f"expected one of the rooms {', '.join(rooms)}, got {room!r}")
        found: list[nodes.Node] = []
        for name in rooms[room]:
            box: nodes.Element = nodes.container()
            if name != f"course_pkg.{room}":
                box = nodes.section(ids=[nodes.make_id(name)], names=[nodes.fully_normalize_name(name)])
                box += nodes.title(text=name.removeprefix("course_pkg."))
            lines = ["```{eval-rst}", f".. automodule:: {name}", "   :members:", "   :ignore-module-all:", "", "```"]
            self.state.nested_parse(StringList(lines, source=self.env.docname), self.content_offset, box)
            found += [box] if isinstance(box, nodes.section) else box.children
        if room not in CONTENT and not any(any(node.findall(addnodes.desc)) for node in found):
            raise ExtensionError(f"expected functions or classes in course_pkg.{room}, found none")
        return found


def setup(app):
    app.add_directive("course-rooms", Rooms)
    app.add_directive("course-room", Room)
    app.connect("config-inited", write_pages, priority=100)  # before the table of contents is read
    return {"parallel_read_safe": True, "parallel_write_safe": True, "version": "2"}
