"""A page for each student: every question with its points, and what the check says of the answer.

One file of plain HTML without scripts, images or anything from elsewhere; it can be read aloud, printed and read in the
dark. It says what `check` says in the sheet: what should hold, how the numbers relate to it, which slip gives the same.
It holds no hidden input and no expected value. All text is escaped: part of it a student wrote.
"""

from html import escape

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


def page(results: Results, student: str) -> str:
    """The feedback of a student on all their sheets, as one HTML file."""
    mine = results.of(student)
    rows = "".join(_row(s) for s in mine)
    head = "".join(f'<th scope="col">{name}</th>' for name in ("sheet", "state", "points", "of"))
    late = f"<p>Late work: {text(results.late)}.</p>" if results.late else ""
    open_ = (
        '<p class="note">These answers were run without a box (<code>--no-isolation</code>).</p>'
        if results.isolation == "none"
        else ""
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{SAFETY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Feedback for {text(student)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>Feedback for {text(student)}</h1>\n{open_}{late}"
        f"<table><caption>All sheets</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>\n"
        + "".join(_sheet(s) for s in mine)
        + "</main>\n</body>\n</html>\n"
    )


def number(value: float) -> str:
    return f"{value:.10g}"


def _row(s: Submission) -> str:
    """A sheet in the table at the top. No number stands where nothing was graded."""
    points = "not graded" if s.mark is None else number(s.mark)
    points += f" ({number(s.score)} less {number(s.penalty)} for lateness)" if s.score is not None and s.penalty else ""
    name = text(s.sheet or s.file)
    return f'<tr><th scope="row">{name}</th><td>{s.status}</td><td>{points}</td><td>{number(s.maximum)}</td></tr>'


def _sheet(s: Submission) -> str:
    title = f"<h2>{text(s.sheet or s.file)}</h2>\n"
    if s.status == "not submitted":
        return title + "<p>Nothing was handed in.</p>\n"
    if s.status == "unreadable":
        return title + f"<p>The file {text(s.file)} could not be graded: {text(s.reason)}.</p>\n"
    stopped = "<p>A question that had to be stopped has no points yet; your teacher sees which.</p>\n"
    return title + stopped * (s.status == "stopped") + "".join(_question(s, m) for m in s.questions)


def _question(s: Submission, m: Mark) -> str:
    earned = "no points yet" if m.score is None else f"{number(m.score)} of {number(m.points)} points"
    rows = [line.partition(": ") for line in m.message.splitlines()]
    said = "".join(f"<dt>{text(what)}</dt><dd>{_value(what, value)}</dd>" for what, _, value in rows)
    name = escape(f"{s.sheet}-{m.name}")
    return (
        f'<section class="question" aria-labelledby="{name}">\n<h3 id="{name}"><code>{text(m.name)}</code></h3>\n'
        f'<p><span aria-hidden="true">{SIGN[m.status]}</span> <strong>{STATUS[m.status]}</strong>, {earned}</p>\n'
        + (f"<dl>{said}</dl>\n" if said else "")
        + "</section>\n"
    )


def _value(what: str, value: str) -> str:
    return f"<pre>{text(value)}</pre>" if what == "your line" else text(value)
