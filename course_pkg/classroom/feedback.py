"""A page for each student: every question with its points, and what the check says of the answer.

One file of plain HTML without scripts, images or anything from elsewhere; it can be read aloud, printed and read in the
dark. It says what `check` says in the sheet: what should hold, how the numbers relate to it, which slip gives the same.
It holds no hidden input and no expected value. All text is escaped: part of it a student wrote.
"""

import re
from collections.abc import Sequence
from html import escape

from course_pkg.classroom.catalogue import titles_of
from course_pkg.classroom.results import Mark, Results, Submission
from course_pkg.tables import printable

STATUS = {
    "right": "right",
    "wrong": "not yet",
    "not started": "not started",
    "stopped": "stopped, not graded",
    "missing": "missing",
}
SIGN = {"right": "✓", "wrong": "✗", "not started": "○", "stopped": "!", "missing": "○"}
STYLE = """
:root { color-scheme: light dark; --ink: #1a1a1a; --page: #fff; --line: #767676; --soft: #f3f4f5; }
@media (prefers-color-scheme: dark) { :root { --ink: #f0f0f0; --page: #121212; --line: #8f8f8f; --soft: #222832; } }
body { font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page); margin: 2rem auto;
       max-width: 48rem; padding: 0 1rem; overflow-wrap: anywhere; }
table { border-collapse: collapse; margin: 1rem 0; }
caption { text-align: left; font-weight: bold; padding-bottom: .3rem; }
th, td { border: 1px solid var(--line); padding: .3rem .6rem; text-align: left; vertical-align: top; }
section.question { border-top: 1px solid var(--line); padding-top: .5rem; margin-top: 1.5rem; }
h3 { margin: .3rem 0; } dl { margin: .5rem 0; } dt { font-weight: bold; } dd { margin: 0 0 .5rem 1rem; }
pre, code { font-family: ui-monospace, monospace; } pre { background: var(--soft); padding: .5rem; overflow-x: auto; }
.note { border: 2px solid var(--line); padding: .5rem 1rem; }
@media print { body { margin: 0; max-width: none; } section.question { break-inside: avoid; }
               pre { white-space: pre-wrap; } }
"""
SAFETY = "default-src 'none'; style-src 'unsafe-inline'"


def text(words: str) -> str:
    """Text that anyone may have written, as HTML shows it: no markup, and no character that turns it round."""
    return escape(printable(words))


def prose(words: str) -> str:
    """The same, with what stands between backticks set as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", text(words))


def document(title: str, body: str, look: str = "") -> str:
    """A whole page that loads nothing: title and body are HTML already, `look` is added to STYLE."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{SAFETY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{STYLE}{look}</style>\n</head>\n<body>\n<main>\n{body}</main>\n"
        "</body>\n</html>\n"
    )


def table(caption: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table whose first column names its row. Cells are HTML already."""
    heads = "".join(f'<th scope="col">{name}</th>' for name in head)
    body = "".join(
        f'<tr><th scope="row">{row[0]}</th>' + "".join(f"<td>{cell}</td>" for cell in row[1:]) + "</tr>" for row in rows
    )
    return f"<table><caption>{caption}</caption><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>\n"


def page(results: Results, student: str) -> str:
    """The feedback of a student on all their sheets, as one HTML file."""
    mine = results.of(student)
    late = f"<p>Late work: {text(results.late)}.</p>" if results.late else ""
    open_ = (
        '<p class="note">These answers were run without a box (<code>--no-isolation</code>).</p>'
        if results.isolation == "none"
        else ""
    )
    title = f"Feedback for {text(student)}"
    all_ = table("All sheets", ("sheet", "state", "points", "of"), [_row(s) for s in mine])
    return document(title, f"<h1>{title}</h1>\n{open_}{late}{all_}{''.join(_sheet(s) for s in mine)}")


def number(value: float) -> str:
    return f"{value:.10g}"


def _row(s: Submission) -> tuple[str, ...]:
    """A sheet in the table at the top. No number stands where nothing was graded."""
    points = "not graded" if s.mark is None else number(s.mark)
    points += f" ({number(s.score)} less {number(s.penalty)} for lateness)" if s.score is not None and s.penalty else ""
    return text(s.sheet or s.file), s.status, points, number(s.maximum)


def _sheet(s: Submission) -> str:
    title = f"<h2>{text(s.sheet or s.file)}</h2>\n"
    if s.status == "not submitted":
        return title + "<p>Nothing was handed in.</p>\n"
    if s.status == "unreadable":
        return title + f"<p>The file {text(s.file)} could not be graded: {text(s.reason)}.</p>\n"
    at = f", dated {text(s.submitted.replace('T', ' '))}" if s.submitted else ""
    file = f"<p>What was graded: <code>{text(s.file)}</code>{at}.</p>\n"
    stopped = "<p>A question that had to be stopped has no points yet; your teacher sees which.</p>\n"
    titles = titles_of(s.sheet)
    questions = "".join(_question(s, m, titles.get(m.name, "")) for m in s.questions)
    return title + file + stopped * (s.status == "stopped") + questions


def _question(s: Submission, m: Mark, title: str) -> str:
    earned = "no points yet" if m.score is None else f"{number(m.score)} of {number(m.points)} points"
    rows = [line.partition(": ") for line in m.message.splitlines()]
    said = "".join(f"<dt>{text(what)}</dt><dd>{_value(what, value)}</dd>" for what, _, value in rows)
    name = escape(f"{s.sheet}-{m.name}")
    heading = (f"{text(title)}: " if title else "") + f"<code>{text(m.name)}</code>"
    return (
        f'<section class="question" aria-labelledby="{name}">\n<h3 id="{name}">{heading}</h3>\n'
        f'<p><span aria-hidden="true">{SIGN[m.status]}</span> <strong>{STATUS[m.status]}</strong>, {earned}</p>\n'
        + (f"<dl>{said}</dl>\n" if said else "")
        + "</section>\n"
    )


def _value(what: str, value: str) -> str:
    return f"<pre>{text(value)}</pre>" if what == "your line" else prose(value)
