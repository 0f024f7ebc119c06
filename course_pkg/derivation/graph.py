"""What follows from what: how deep each equation lies, and how often the pages use one another's."""

from collections import Counter

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


def page_uses(equations: list[tuple[str, Definition | Derivation]]) -> Counter[tuple[str, str]]:
    """{(page, page that it uses): how often one of its equations follows from one there}."""
    home = {equation.label: page for page, equation in equations}
    return Counter((page, home[label]) for page, equation in equations for label in getattr(equation, "follows", ()))


def draw_page_uses(equations: list[tuple[str, Definition | Derivation]]) -> Figure:
    """A square for each pair of pages of which one uses the other, with the number; pages in the order given."""
    uses, pages = page_uses(equations), list(dict.fromkeys(page for page, _ in equations))
    figure, axes = plt.subplots(figsize=(5, 0.34 * len(pages) + 1.2))
    for (page, used), n in uses.items():
        x, y = pages.index(used), pages.index(page)
        axes.text(x, y, str(n), ha="center", va="center", fontsize=9, weight="bold" if x == y else "normal")
    places = range(len(pages))
    axes.set(xlim=(-0.6, len(pages) - 0.4), ylim=(len(pages) - 0.4, -0.6), xlabel="uses equations of")
    axes.set_xticks(places, pages, rotation=60, ha="right", rotation_mode="anchor")
    axes.set_yticks(places, pages)
    axes.set_xticks([p + 0.5 for p in places], minor=True)
    axes.set_yticks([p + 0.5 for p in places], minor=True)
    axes.grid(which="minor", linewidth=0.4, alpha=0.4)
    axes.tick_params(which="both", length=0)
    return figure
