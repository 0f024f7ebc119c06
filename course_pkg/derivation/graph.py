"""What follows from what, drawn: each equation to the right of those that it uses."""

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from course_pkg.derivation.chain import Definition, Derivation


def depths(equations: dict[str, Definition | Derivation]) -> dict[str, int]:
    """How many steps each label lies below the definitions. Raises ValueError where labels run in a circle."""
    depth: dict[str, int] = {}

    def visit(label: str, path: tuple[str, ...]) -> int:
        if label in path:
            raise ValueError(f"equations follow from one another in a circle: {' -> '.join((*path, label))}")
        if label not in depth:
            above = getattr(equations.get(label), "follows", ())
            depth[label] = 1 + max((visit(a, (*path, label)) for a in above), default=-1)
        return depth[label]

    for label in equations:
        visit(label, ())
    return depth


def follows_graph(equations: dict[str, Definition | Derivation]) -> Figure:
    """Labels in columns by depth, lines from what is used to what uses it. A definition's box is white and square."""
    depth = depths(equations)
    columns = [[label for label in equations if depth[label] == d] for d in range(max(depth.values()) + 1)]
    tallest = max(map(len, columns))
    place = {
        label: (float(d), -(i + 0.5) * tallest / len(column))
        for d, column in enumerate(columns)
        for i, label in enumerate(column)
    }
    figure, axes = plt.subplots(figsize=(2.6 * len(columns), 0.36 * tallest), layout="constrained")
    for label, equation in equations.items():
        x, y = place[label]
        for above in getattr(equation, "follows", ()):
            axes.plot([place[above][0], x], [place[above][1], y], color="#999999", linewidth=1, zorder=1)
        box = {"boxstyle": "round,pad=0.3", "facecolor": "#d8ecf8", "edgecolor": "#444444"}
        if isinstance(equation, Definition):
            box |= {"boxstyle": "square,pad=0.3", "facecolor": "white"}
        axes.text(x, y, label, ha="center", va="center", fontsize=8, bbox=box, zorder=2)
    axes.set(xlim=(-0.5, len(columns) - 0.5), ylim=(-tallest, 0))
    axes.axis("off")
    return figure
