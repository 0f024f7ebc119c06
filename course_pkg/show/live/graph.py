"""The graph of the book's equations as a figure: all of them, by page and by what checks each; then one equation,
what it uses and what uses it."""

from collections.abc import Sequence
from typing import Any

from course_pkg.derivation.agreement import EXACT, MONTE_CARLO, PROVED
from course_pkg.derivation.chain import Derivation
from course_pkg.derivation.graph import depths
from course_pkg.derivation.pages import BookReport, Entry
from course_pkg.show.live.page import Figure

# What checks an equation, as one sign and in words. A second way is one that a line names beside its function. One
# line is enough for either: the table of an equation says which of its lines were read, and why the others were not.
MARKS = {
    "defined": (":=", "a definition, not evaluated"),
    "evaluated": (":=", "a definition that is evaluated as it is typeset"),
    "compared": ("=", "bound: functions of the two sides agree"),
    "typeset": ("T", "bound, and a line or more evaluated as typeset"),
    "second": ("2", "bound, and a line or more computed in a second way"),
    "both": ("T2", "bound, lines evaluated as typeset, and lines computed in a second way"),
    "broken": ("!", "not checked"),
}
JUDGED = {EXACT: "equal but for rounding", MONTE_CARLO: "equal within standard errors", PROVED: "proved by sympy"}


def graph_figure(report: BookReport, at: str, pages: Sequence[str]) -> Figure:
    """All equations of a report, starting at one label; the map has a row for each page, in the order of `pages`.

    ValueError for a label that the book does not have, and where `pages` are not those of the report.
    """
    labels = [e.label for e in report.entries]
    if at not in labels:
        raise ValueError(f"expected the label of an equation of the book, got {at!r}")
    if sorted(pages) != sorted({e.page for e in report.entries}):
        raise ValueError(f"expected each page of the report once, got {', '.join(pages)}")
    depth = depths({e.label: e.equation for e in report.entries if e.equation})
    nodes = [{**node(e, labels), "depth": depth.get(e.label, 0)} for e in report.entries]
    state = {"nodes": nodes, "at": at, "pages": list(pages), "marks": MARKS}
    return Figure("graph", state, "A graph to walk through.")


def node(entry: Entry, labels: list[str]) -> dict[str, Any]:
    """One equation: its page, its kind, how it is checked, and the places of those that it uses."""
    follows = entry.equation.follows if isinstance(entry.equation, Derivation) else ()
    how = f"Checked on, or by: {entry.oracles}." if entry.oracles else ""
    return {
        "label": entry.label, "page": entry.page, "kind": entry.kind, "how": how, "mark": mark(entry),
        "by": oracles(entry), "uses": [labels.index(label) for label in follows],
    }  # fmt: skip


def mark(entry: Entry) -> str:
    """The name in MARKS of what checks an equation."""
    read = any(r.read and not r.problem for r in entry.reads)
    if entry.kind == "definition":
        return "evaluated" if read else "defined"
    if entry.kind != "bound" or not isinstance(entry.equation, Derivation):
        return "broken"
    second = any(step.also for step in entry.equation.steps)
    return {(False, False): "compared", (True, False): "typeset", (False, True): "second"}.get((read, second), "both")


def oracles(entry: Entry) -> list[tuple[str, str]]:
    """(what kind of oracle, its name) of all that checked an equation, each once."""
    found = [("judged", JUDGED[agreement.kind]) for agreement in entry.agreements]
    if isinstance(entry.equation, Derivation):
        found += [("on worlds", kind.name) for kind in entry.equation.worlds]
        found += [("a second way", name) for step in entry.equation.steps for name in step.also]
    return list(dict.fromkeys(found))
