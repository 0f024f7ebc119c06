"""Tables that show themselves as HTML in a notebook or a page, and as aligned text in a terminal."""

import html
from collections.abc import Sequence
from dataclasses import dataclass


def printable(text: str) -> str:
    """The text without what moves a terminal: escape sequences, control and direction characters are spelt out."""
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)


@dataclass(frozen=True)
class Cell:
    """A cell with two faces: plain text, and HTML that is trusted as it is."""

    text: str
    html: str


def typeset(latex: str) -> Cell:
    """LaTeX, typeset in a page and in a notebook."""
    return Cell(latex, f'<span class="math">\\({html.escape(latex)}\\)</span>')


def code(text: str) -> Cell:
    """A name in code, which may break after a dot or an underscore."""
    breakable = html.escape(text).replace("_", "_<wbr>").replace(".", ".<wbr>")
    return Cell(text, f"<code>{breakable}</code>" if text else "")


def folded(source: str) -> Cell:
    """Source code that opens on a click; a terminal does not show it."""
    return Cell("", opens("code", f"<pre>{html.escape(source)}</pre>") if source else "")


def opens(summary: str, inside: str, css: str = "") -> str:
    """HTML of one line of text that opens to more HTML."""
    kind = f' class="{css}"' if css else ""
    return f"<details{kind}><summary>{html.escape(summary)}</summary>{inside}</details>"


def link(text: str, address: str) -> Cell:
    """A link to another place of the book."""
    return Cell(text, f'<a href="{html.escape(address)}">{html.escape(text)}</a>')


def to_equation(label: str, page: str) -> Cell:
    """A link to an equation on its page. The place of a label is in small letters, with a - for each _."""
    return link(label, f"{page}.html#equation-{label.lower().replace('_', '-')}")


def in_turn(*cells: object) -> Cell:
    """Several cells as one, with commas."""
    each = [as_cell(cell) for cell in cells]
    return Cell(", ".join(cell.text for cell in each), ", ".join(cell.html for cell in each))


def as_cell(value: object) -> Cell:
    """A cell as it is, anything else as escaped text."""
    return value if isinstance(value, Cell) else Cell(str(value), html.escape(str(value)))


@dataclass(frozen=True)
class Table:
    """Rows under a head. `css` names the style of the table; a note stands below its row, over the whole width."""

    head: Sequence[str]
    rows: Sequence[Sequence[object]]
    caption: str = ""
    css: str = ""
    notes: Sequence[Cell] = ()

    def __repr__(self) -> str:
        lines = [[as_cell(v).text for v in row] for row in (self.head, *self.rows)]
        widths = [max(len(line[i]) for line in lines) for i in range(len(self.head))]
        text = ["  ".join(v.ljust(w) for v, w in zip(line, widths, strict=True)).rstrip() for line in lines]
        return "\n".join([self.caption, *text] if self.caption else text)

    def _repr_html_(self) -> str:
        caption = f"<caption>{html.escape(self.caption)}</caption>" if self.caption else ""
        head = "".join(f'<th scope="col">{html.escape(h)}</th>' for h in self.head)
        body = ""
        for i, row in enumerate(self.rows):
            body += "<tr>" + "".join(f"<td>{as_cell(v).html}</td>" for v in row) + "</tr>"
            if i < len(self.notes) and self.notes[i].html:
                body += f'<tr class="note"><td colspan="{len(self.head)}">{self.notes[i].html}</td></tr>'
        css = f' class="{self.css}"' if self.css else ""
        return f"<table{css}>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
