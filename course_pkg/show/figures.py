"""How every figure of a page looks: one colour a quantity, letters that a phone can show, no ground of its own.

A page calls `figures.style()` once, beside its imports. From then on a cell draws with matplotlib as usual. The
notebook holds each figure as SVG on a white plate, so that it can be read in any viewer. The book takes the plate away
and puts the colours of its theme in the place of those named here (`book/_ext/inline_figures.py`), so that a figure is
dark on light and light on dark, and its words are words.
"""

from typing import Any

import matplotlib
import numpy as np
from IPython.core.getipython import get_ipython
from matplotlib.axes import Axes
from matplotlib.patches import Ellipse, FancyBboxPatch
from matplotlib_inline.backend_inline import set_matplotlib_formats
from torch import Tensor

# The same seven colours as the book's style sheet (Okabe and Ito: told apart by colour-blind readers).
COLOURS = {
    "reconstruction": "#0072b2",
    "rate": "#d55e00",
    "information": "#009e73",
    "tc": "#e69f00",
    "dimwise": "#cc79a7",
    "prior": "#666666",
    "posterior": "#56b4e9",
}
INK = "#222221"  # becomes the colour of the page's letters
PLATE = "#fffffe"  # becomes transparent
# Inches. At 5 the letters, of 10 points, are 10 pixels high on a telephone (a column of 358 pixels).
WIDTH = 5.0

SETTINGS: dict[Any, Any] = {
    "figure.figsize": (WIDTH, 2.8),
    "figure.constrained_layout.use": True,
    "figure.constrained_layout.h_pad": 0.06,
    "figure.facecolor": PLATE,
    "axes.facecolor": "none",
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "font.size": 10,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "image.interpolation": "none",  # pixels as they are, at any size
    "svg.fonttype": "none",  # words stay words
    "svg.hashsalt": "figure",  # the same figure, the same bytes
}


def style() -> None:
    """Figures of this kernel from now on: in the book's colours and sizes, kept as SVG."""
    matplotlib.rcParams.update(SETTINGS)
    if get_ipython() is not None:
        set_matplotlib_formats("svg", bbox_inches=None, metadata={"Date": None})


def canvas(axes: Axes, width: float, height: float) -> Axes:
    """Axes for a diagram: from (0, 0) to (width, height), of one scale in both directions, with nothing around."""
    axes.set(xlim=(0, width), ylim=(0, height), aspect="equal")
    axes.axis("off")
    return axes


def box(
    axes: Axes, x: float, y: float, words: str, width: float = 1.6, height: float = 0.8, quantity: str = ""
) -> None:
    """A box of a diagram around (x, y). quantity: whose colour its frame has, and its ground faintly."""
    colour = COLOURS[quantity] if quantity else INK
    for face, alpha in ((colour if quantity else "none", 0.18), ("none", None)):
        shape = FancyBboxPatch(
            (x - width / 2, y - height / 2), width, height, boxstyle="round,pad=0,rounding_size=0.1",
            facecolor=face, edgecolor="none" if alpha else colour, alpha=alpha, linewidth=1.4,
        )  # fmt: skip
        axes.add_patch(shape)
    axes.text(x, y, words, ha="center", va="center")


def arrow(
    axes: Axes, start: tuple[float, float], end: tuple[float, float], words: str = "", dashed: bool = False
) -> None:
    """An arrow of a diagram, with words above its middle."""
    line = {"arrowstyle": "-|>", "color": INK, "linewidth": 1.2, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 12}
    axes.annotate("", end, start, arrowprops=line | {"linestyle": "--" if dashed else "-"})
    if words:
        axes.text((start[0] + end[0]) / 2, (start[1] + end[1]) / 2 + 0.12, words, ha="center", va="bottom", fontsize=9)


def draw_gaussian(axes: Axes, mu: Tensor, log_var: Tensor, colour: str, deviations: float = 2.0) -> None:
    """The ellipse of a diagonal Gaussian over two latents, at that many standard deviations."""
    width, height = (2 * deviations * (0.5 * log_var).exp()).tolist()
    axes.add_patch(Ellipse(tuple(mu.tolist()), width, height, fill=False, color=colour, linewidth=2))


def bell(axes: Axes, x: float, y: float, width: float, height: float, quantity: str) -> None:
    """A bell curve on a diagram: its foot at (x, y), its shoulders one `width` away."""
    t = np.linspace(-2.6, 2.6, 80)
    curve = y + height * np.exp(-(t**2) / 2)
    axes.plot(x + width * t, curve, color=COLOURS[quantity], linewidth=1.6)
    axes.fill_between(x + width * t, y, curve, color=COLOURS[quantity], alpha=0.18, linewidth=0)
