"""What follows from what, drawn: each equation under those that it uses."""

import textwrap

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from course_pkg.derivation import Definition, Derivation


def depths(equations: dict[str, Definition | Derivation]) -> dict[str, int]:
    """How many steps each label lies below the definitions. Raises ValueError where labels run in a circle."""
    depth: dict[str, int] = {}

    def visit(label: str, path: tuple[str, ...]) -> int:
        if label in path:
            raise ValueError(f"equations follow from one another in a circle: {' -> '.join((*path, label))}")
        if label not in depth:
            above = getattr(equations[label], "follows", ())
            depth[label] = 1 + max((visit(a, (*path, label)) for a in above), default=-1)
        return depth[label]

    for label in equations:
        visit(label, ())
    return depth


def follows_graph(equations: dict[str, Definition | Derivation]) -> Figure:
    """Boxes in rows by depth, lines from what is used to what uses it. Definitions have square corners and no fill."""
    depth = depths(equations)
    rows = {d: [label for label in equations if depth[label] == d] for d in range(max(depth.values()) + 1)}
    widest = max(map(len, rows.values()))
    place = {
        label: ((i + 0.5) * widest / len(labels), -float(d))
        for d, labels in rows.items()
        for i, label in enumerate(labels)
    }
    figure, axes = plt.subplots(figsize=(1.15 * widest, 1.5 * len(rows)), layout="constrained")
    for label, equation in equations.items():
        x, y = place[label]
        for above in getattr(equation, "follows", ()):
            axes.plot([place[above][0], x], [place[above][1], y], color="#999999", linewidth=1, zorder=1)
        is_definition = isinstance(equation, Definition)
        box = {
            "boxstyle": "square,pad=0.3" if is_definition else "round,pad=0.3",
            "facecolor": "white" if is_definition else "#d8ecf8",
            "edgecolor": "#444444",
        }
        text = "\n".join(textwrap.wrap(label.replace("-", " "), 12))
        axes.text(x, y, text, ha="center", va="center", fontsize=8, bbox=box, zorder=2)
    axes.set(xlim=(0, widest), ylim=(-len(rows) + 0.4, 0.6))
    axes.axis("off")
    return figure
