"""Writes the API page by place: `{course-api}` lists every module of course_pkg, so that a new one needs no edit.

Rooms come in the order of their imports (what others stand on comes first), modules of a room by name, and a name that
a package hands on is shown where it is defined. Of the equations and questions, which are content, only the rooms.
"""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx import addnodes
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

ROOT = Path(__file__).parents[2]
CONTENT = ("equations", "questions")  # shown on their pages; a student's book must not hold the answers


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


class CourseAPI(SphinxDirective):
    """A section for each room, with the members of its modules from their docstrings."""

    def run(self) -> list[nodes.Node]:
        found: list[nodes.Node] = []
        for room, names in modules(ROOT / "course_pkg").items():
            section = nodes.section(ids=[nodes.make_id(room)], names=[nodes.fully_normalize_name(room)])
            section += nodes.title(text=room)
            lines = ["```{eval-rst}"]
            for name in names:
                lines += [f".. automodule:: {name}", "   :members:", "   :ignore-module-all:", ""]
            lines.append("```")
            self.state.nested_parse(StringList(lines, source=self.env.docname), self.content_offset, section)
            if room not in CONTENT and not any(section.findall(addnodes.desc)):
                raise ExtensionError(f"expected functions or classes in course_pkg.{room}, found none")
            found.append(section)
        return found


def setup(app):
    app.add_directive("course-api", CourseAPI)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
