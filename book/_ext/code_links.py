"""A name of the package in a code cell leads to its entry in the API: once a cell, where the page imports it.

The links are put into the finished HTML, around the coloured names. The text stays as it is, so what the copy button
copies is the code and nothing else.
"""

import ast
import html
import inspect
import re
from collections.abc import Container, Iterator, Mapping

import api_links
import said

HEAD = r'<div class="cell_input[^>]*>\s*<div class="highlight-\w+ notranslate"><div class="highlight"><pre>'
CELL = re.compile(rf"({HEAD})(.*?)(?=</pre>)", re.S)
TAG = re.compile(r"(<[^>]*>)")


def written(code: str) -> str:
    """The text of highlighted code."""
    return html.unescape(TAG.sub("", code))


def parsed(text: str) -> ast.Module:
    """The syntax of a cell, each name where the text has it: blanks stand for what is no Python."""
    return ast.parse(api_links.NOT_PYTHON.sub(lambda other: " " * len(other[0]), text))


def bound(tree: ast.Module) -> Iterator[str]:
    """The names that a cell gives a meaning of its own: what it assigns, defines or takes as an argument."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg


def target(name: str, known: Mapping[str, object]) -> str:
    """The whole name of what a name in code means; "" for what is no function, class, method or module."""
    first, *others = name.split(".")
    thing = known.get(first)
    for other in others:
        thing = getattr(thing, other, None)
    if inspect.ismodule(thing):
        return thing.__name__
    if inspect.ismethod(thing):
        return f"{thing.__module__}.{thing.__qualname__}"
    return api_links.whole_name(name, dict(known)) if others or first in known else ""


def names(tree: ast.Module) -> Iterator[tuple[str, ast.expr | ast.alias]]:
    """Each dotted name, the longer before the shorter that it begins with, and where it stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from ((alias.asname or alias.name, alias) for alias in node.names)
        elif isinstance(node, (ast.Name, ast.Attribute)):
            if re.fullmatch(r"\w+(\.\w+)*", name := ast.unparse(node)):
                yield name, node


def places(text: str, known: Mapping[str, object], documented: Container[str]) -> Iterator[tuple[int, int, str]]:
    """(start, end, whole name) of the first place of each thing of the package in the text of a cell."""
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))

    def offset(line: int, column: int) -> int:  # ast counts bytes
        return starts[line - 1] + len(text[starts[line - 1] :].encode()[:column].decode())

    found = []
    for name, node in names(parsed(text)):
        whole = target(name, known)
        written_as = node.name if isinstance(node, ast.alias) else name
        start = offset(node.lineno, node.col_offset)
        if whole in documented and text.startswith(written_as, start):  # else it is broken over lines
            found.append((start, start + len(written_as), whole))
    seen, reached = set(), 0
    for start, end, whole in sorted(found, key=lambda place: (place[0], -place[1])):
        if start >= reached and whole not in seen:
            seen.add(whole)
            yield start, end, whole
        reached = max(reached, end)


def linked(code: str, known: Mapping[str, object], addresses: Mapping[str, str]) -> str:
    """Highlighted code with a link around each name that has an address."""
    pieces, opens, closes, at = TAG.split(code), dict[int, int](), dict[int, int](), 0
    for k in range(0, len(pieces), 2):  # texts; between them stand tags
        end = at + len(html.unescape(pieces[k]))
        if pieces[k] and pieces[k - 1].startswith("<span"):
            opens[at], closes[end] = k - 1, k + 1
        at = end
    for start, end, whole in places(written(code), known, addresses):
        if start in opens and end in closes:  # a name is coloured by itself
            link = f'<a class="api" href="{html.escape(addresses[whole])}" title="{whole}">'
            pieces[opens[start]] = link + pieces[opens[start]]
            pieces[closes[end]] += "</a>"
    return "".join(pieces)


def known_on(page: str) -> dict[str, object]:
    """{name: what it is} of what a page imports from the package and gives no other meaning anywhere."""
    text = (said.ROOT / f"{page}.md").read_text("utf-8")
    own = {name for cell in api_links.CELL.findall(text) for name in bound(parsed(cell))}
    return {name: thing for name, thing in api_links.imports(text).items() if name not in own}


def link(app, pagename, templatename, context, doctree):
    if app.builder.format != "html" or pagename not in {page.name for page in said.pages()} or "body" not in context:
        return
    if known := known_on(pagename):
        addresses = {
            name: f"{app.builder.get_relative_uri(pagename, there.docname)}#{there.node_id}"
            for name, there in app.env.get_domain("py").objects.items()
        }
        context["body"] = CELL.sub(lambda cell: cell[1] + linked(cell[2], known, addresses), context["body"])


def setup(app):
    app.connect("html-page-context", link)
    return {"parallel_read_safe": True, "parallel_write_safe": True, "version": "1"}
