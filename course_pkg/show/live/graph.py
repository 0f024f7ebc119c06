"""The graph of the book's equations as a figure: one equation at a time, what it uses and what uses it."""

from typing import Any

from course_pkg.derivation.chain import Derivation
from course_pkg.derivation.pages import BookReport, Entry
from course_pkg.show.live.page import Figure


def graph_figure(report: BookReport, at: str) -> Figure:
    """All equations of a report, starting at one label. ValueError for a label that the book does not have."""
    labels = [e.label for e in report.entries]
    if at not in labels:
        raise ValueError(f"expected the label of an equation of the book, got {at!r}")
    return Figure("graph", {"nodes": [node(e, labels) for e in report.entries], "at": at}, "A graph to walk through.")


def node(entry: Entry, labels: list[str]) -> dict[str, Any]:
    """One equation: its page, its kind, how it is checked, and the places of those that it uses."""
    follows = entry.equation.follows if isinstance(entry.equation, Derivation) else ()
    how = f"Checked by: {entry.oracles}." if entry.oracles else ""
    return {
        "label": entry.label, "page": entry.page, "kind": entry.kind, "how": how,
        "uses": [labels.index(label) for label in follows],
    }  # fmt: skip
