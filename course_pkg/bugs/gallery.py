"""Several bugs at once: all of them by name, trained with no run done twice, in a table, and their logs in a figure."""

import html
import re
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from course_pkg.bugs.record import SYMPTOMS, Bug, Comparison, coloured
from course_pkg.bugs.trained import plain
from course_pkg.tables import Cell, Table, code


def every() -> dict[str, Bug]:
    """All bugs of the gallery, by name, in the order of the symptoms."""
    modules = [import_module(f"course_pkg.bugs.{found.name}") for found in iter_modules([str(Path(__file__).parent)])]
    bugs = {bug.name: bug for module in modules for bug in vars(module).values() if isinstance(bug, Bug)}
    return dict(sorted(bugs.items(), key=lambda item: list(SYMPTOMS).index(item[1].symptom)))


def compared(bugs: Iterable[Bug]) -> dict[str, Comparison]:
    """`compare()` of each, by name; the plain VAE that many have for their right lines is trained once."""
    return {bug.name: bug.compare(plain()[1] if bug.plain else None) for bug in bugs}


def short(number: float) -> str:
    """A number of a table: two digits after the point, a zero without a sign, or its size where it runs away."""
    return f"{number:.1e}" if abs(number) >= 1e4 else f"{number:z.2f}"


def in_code(words: str) -> str:
    """Words as HTML, what stands in backticks as code."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", html.escape(words))


def table(found: Iterable[Comparison], caption: str = "") -> Table:
    """A row a bug: where its log ends and a number that shows the harm, right lines first; the lines open below."""
    rows, notes = [], []
    for one in found:
        (right, wrong), bug = one.harm, one.bug
        ends = f"loss {short(one.right.loss[-1])} → {short(one.wrong.loss[-1])}"
        rows.append([code(bug.name), ends, f"{bug.number}: {short(right)} → {short(wrong)}"])
        told = [f"<p>{kind}: {seen.told}</p>" for kind, seen in zip(("Right", "Wrong"), one.verdicts, strict=True)]
        where = f"<p>Found in {bug.source}. Seen by a check with <code>{bug.by.__name__}</code>.</p>"
        inside = f"<summary>{in_code(bug.what)}</summary>{coloured(bug)}{where}{''.join(told)}"
        notes.append(Cell(bug.what, f"<details>{inside}</details>"))
    head = ["bug", "the end of the log, right → wrong", "what shows it, right → wrong"]
    return Table(head, rows, caption, "derivation gallery", notes)


def curves(found: Iterable[Comparison], columns: int = 2, height: float = 1.35) -> Figure:
    """The two logs of each bug, in panels of their own scales."""
    found = list(found)
    rows = -(-len(found) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(5, height * rows + 0.3), squeeze=False)
    for ax in axes.flat[len(found) :]:
        ax.axis("off")
    for ax, one in zip(axes.flat, found, strict=False):
        one.draw(ax)
        ax.set_xticks([0, 600])
    return figure
