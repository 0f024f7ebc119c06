"""A name of the package in backticks leads to its entry in the API: once a section, where the page's code imports it.

So `gaussian_kl` is a link on a page that says `from course_pkg.elbo import gaussian_kl`, and `metrics.mig` on one that
says `from course_pkg import metrics`. A whole name, `course_pkg.elbo.gaussian_kl`, is one on every page.
"""

import ast
import importlib
import inspect
import re
from collections.abc import Iterator

import said
from docutils import nodes
from sphinx.util.nodes import make_refnode

CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(.*?)^```\s*$", re.M | re.S)
NOT_PYTHON = re.compile(r"^(?:---\n.*?^---$|:[\w-]+:.*?$|[%!?].*?$)", re.M | re.S)
NAME = re.compile(r"([A-Za-z_][\w.]*\w)(?:\(\))?")


def imports(text: str) -> dict[str, object]:
    """{name: what it is} of all that the code cells of a page import from the package."""
    found: dict[str, object] = {}
    for cell in CELL.findall(text):
        for node in ast.walk(ast.parse(NOT_PYTHON.sub("", cell))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "course_pkg":
                for alias in node.names:
                    found[alias.asname or alias.name] = imported(node.module or "", alias.name)
    return found


def imported(module: str, name: str) -> object:
    package = importlib.import_module(module)
    return getattr(package, name) if hasattr(package, name) else importlib.import_module(f"{module}.{name}")


def whole_name(said_name: str, known: dict[str, object]) -> str:
    """course_pkg.elbo.gaussian_kl for gaussian_kl, by what a page imports; "" for what is no function or class."""
    first, *others = said_name.split(".")
    if first == "course_pkg":
        return said_name
    thing = known.get(first)
    for other in others:
        thing = getattr(thing, other, None)
    if not (inspect.isfunction(thing) or inspect.isclass(thing)):
        return ""
    return f"{thing.__module__}.{thing.__qualname__}"


def mentions(doctree: nodes.document) -> Iterator[tuple[nodes.literal, nodes.Element]]:
    """Each name in backticks that is in no heading and no link yet, and the section in which it stands."""
    for literal in doctree.findall(nodes.literal):
        above, section = literal.parent, None
        while above is not None and not isinstance(above, (nodes.reference, nodes.title)):
            section = section or (above if isinstance(above, (nodes.section, nodes.document)) else None)
            above = above.parent
        if above is None and section is not None:
            yield literal, section


def link(app, doctree, docname):
    if docname not in {page.name for page in said.pages()}:
        return
    objects = app.env.get_domain("py").objects
    known = imports((said.ROOT / f"{docname}.md").read_text("utf-8"))
    linked = set()
    for literal, section in list(mentions(doctree)):
        name = NAME.fullmatch(literal.astext())
        target = whole_name(name[1], known) if name else ""
        if target in objects and (target, id(section)) not in linked:
            linked.add((target, id(section)))
            there = objects[target]
            new = make_refnode(app.builder, docname, there.docname, there.node_id, literal.deepcopy(), target)
            literal.replace_self(new)


def setup(app):
    app.connect("doctree-resolved", link)
    return {"parallel_read_safe": True, "parallel_write_safe": True, "version": "1"}
