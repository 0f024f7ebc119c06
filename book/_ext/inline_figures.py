"""Figures and folds of notebook pages, as a reader meets them.

* A figure that a cell stored as SVG is put into the page itself, where it takes the colours of the theme: its ink
  becomes the colour of the letters, each quantity's colour the variable of the style sheet, its white plate nothing.
  `course_pkg/show/figures.py` names these colours. Its alt text becomes its name.
* The line that opens a folded cell says what is in it: code, or how many facts it asserts.
"""

import ast
import html
import re
from pathlib import Path

from docutils import nodes
from sphinx.errors import ExtensionError

from course_pkg.show.figures import COLOURS, INK, PLATE

PIXELS = 96 / 72  # of the screen, a point of the figure
SIZE = re.compile(r'<svg[^>]*?\bwidth="([\d.]+)pt"[^>]*?>|<svg[^>]*>')
ID = re.compile(r'\bid="([^"]+)"')
TEXT = re.compile(r"<text\b[^>]*>")


def themed(svg, alt, prefix):
    """The SVG of a figure as a part of an HTML page. `prefix` keeps its ids apart from those of other figures."""
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", body, flags=re.S)
    used = {name for pair in re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', body) for name in pair if name}
    body = ID.sub(lambda found: f'id="{prefix}-{found[1]}"' if found[1] in used else "", body)
    body = re.sub(r"url\(#", f"url(#{prefix}-", body)
    body = re.sub(r'href="#', f'href="#{prefix}-', body)
    for quantity, colour in COLOURS.items():
        variable = f"var(--q-{quantity}"
        body = TEXT.sub(lambda tag: tag[0].replace(colour, f"{variable}-text)"), body)  # noqa: B023 (called at once)
        body = body.replace(colour, f"{variable})")
    body = body.replace(INK, "currentColor").replace(PLATE, "none")
    head = body[: body.index(">") + 1]
    width, view = re.search(r'\bwidth="([\d.]+)pt"', head), re.search(r'viewBox="[^"]+"', head)
    if not width or not view:
        raise ExtensionError(f"a figure has no size in points: expected what matplotlib writes, got {head}")
    opening = (
        f'<svg class="figure" role="img" aria-label="{html.escape(alt)}" {view[0]} xmlns="http://www.w3.org/2000/svg" '
        f'xmlns:xlink="http://www.w3.org/1999/xlink" style="width: {float(width[1]) * PIXELS:.0f}px">'
    )
    return opening + body[len(head) :]


def inline(app, doctree, docname):
    """Put the SVG figures of a page into it."""
    if app.builder.format != "html":
        return
    for image in list(doctree.findall(nodes.image)):
        file = Path(app.srcdir) / image["uri"]
        if image["uri"].endswith(".svg") and "jupyter_execute" in image["uri"]:
            svg = themed(file.read_text(encoding="utf-8"), image.get("alt", ""), f"f{file.stem[:8]}")
            image.replace_self(nodes.raw("", svg, format="html"))


def facts(source):
    """How many assertions stand in a cell."""
    return sum(isinstance(node, ast.Assert) for node in ast.walk(ast.parse(source)))


def name_folds(app, doctree):
    """Say what a folded cell holds."""
    for cell in doctree.findall(nodes.container):
        if cell.get("nb_element") != "cell_code" or cell.get("hide_mode") not in ("all", "input"):
            continue
        code = next(cell.findall(nodes.literal_block), None)
        count = facts(code.astext()) if code is not None and cell["hide_mode"] == "all" else 0
        words = f"{count} fact{'s' * (count > 1)} asserted" if count else "code"
        cell["prompt_show"] = f"Show: {words}"
        cell["prompt_hide"] = f"Hide: {words}"


def setup(app):
    app.connect("doctree-read", name_folds)
    app.connect("doctree-resolved", inline)
    return {"parallel_read_safe": True, "parallel_write_safe": True, "version": "1"}
