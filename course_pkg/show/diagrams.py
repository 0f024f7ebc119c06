"""Concepts of the book as drawings: made by code, in the colours of the quantities."""

from collections.abc import Sequence

import torch
from matplotlib.axes import Axes
from matplotlib.patches import Circle, Ellipse

from course_pkg.kkt.axes import turned
from course_pkg.show.figures import COLOURS, INK, arrow, bell, box, canvas


def encoder_decoder(axes: Axes, output: str = "64\ncoins") -> None:
    """A VAE from image to image: what each net takes and gives, and the two comparisons that make its loss.

    output: what the decoder gives.
    """
    canvas(axes, 10, 4.3)
    box(axes, 0.65, 2.9, "image\n$x$", 1.1, 1.1)
    box(axes, 2.6, 2.9, "encoder\n$q_\\phi(z\\,|\\,x)$", 1.75, 1.1, "posterior")
    box(axes, 5.1, 2.9, "code\n$z$", 0.9, 1.1)
    box(axes, 7.2, 2.9, "decoder\n$p_\\theta(x\\,|\\,z)$", 1.75, 1.1, "reconstruction")
    box(axes, 9.35, 2.9, output, 1.15, 1.1)
    for start, end in ((1.2, 1.72), (5.55, 6.32), (8.08, 8.77)):
        arrow(axes, (start, 2.9), (end, 2.9))
    arrow(axes, (3.48, 2.9), (4.65, 2.9), "sample")
    axes.plot([0.65, 0.65, 9.35, 9.35], [3.45, 3.95, 3.95, 3.45], color=COLOURS["reconstruction"], linewidth=1.6)
    axes.text(5.1, 4.02, "reconstruction: how probable is $x$ given $z$?", ha="center", va="bottom", fontsize=9)
    bell(axes, 2.5, 0.75, 0.16, 0.9, "posterior")
    bell(axes, 5.1, 0.75, 0.5, 0.5, "prior")
    arrow(axes, (2.55, 2.35), (2.5, 1.75))
    axes.text(2.5, 0.62, "posterior of\nthis image", ha="center", va="top", fontsize=9)
    axes.text(5.1, 0.62, "prior\n$p(z)$", ha="center", va="top", fontsize=9)
    axes.plot([3.05, 3.7], [1.05, 1.05], color=COLOURS["rate"], linewidth=1.6)
    axes.text(3.38, 1.13, "rate", ha="center", va="bottom", fontsize=9)


def evidence_bar(axes: Axes, reconstruction: float, rate: float, evidence: float) -> None:
    """One length cut in two ways, in nats an image: what the loss counts, and what it is made of.

    reconstruction and rate: the terms of -ELBO; evidence: log p(x), which is negative. Their gap is what is left.
    """
    total = reconstruction + rate
    rows = [
        ("loss counts", [("reconstruction", reconstruction, "reconstruction"), ("rate", rate, "rate")]),
        ("is made of", [("\u2212log evidence", -evidence, "prior"), ("gap", total + evidence, "posterior")]),
    ]
    for y, (_, parts) in zip((1, 0), rows, strict=True):
        left = 0.0
        for words, length, quantity in parts:
            colour = COLOURS[quantity]
            axes.barh(y, length, left=left, height=0.5, color=colour, alpha=0.25, edgecolor=colour, linewidth=1.6)
            narrow = length < 0.18 * total
            place, where = (left + length, "right") if narrow else (left + length / 2, "center")
            axes.text(
                place,
                y + (0.31 if narrow else 0),
                f"{words} {length:.1f}",
                ha=where,
                va="bottom" if narrow else "center",
            )
            left += length
    axes.set(
        yticks=[1, 0], yticklabels=["the loss\ncounts", "which is\nmade of"], xlabel="nats per image", ylim=(-0.4, 1.65)
    )
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)


def reparameterisation(axes: Sequence[Axes]) -> None:
    """Two ways to draw z: inside the path of the gradient, and beside it."""
    for ax, title in zip(axes, ("drawn inside: no way back", "drawn beside: a way back"), strict=True):
        canvas(ax, 4.8, 4.4)
        ax.set_title(title)
        box(ax, 2.8, 0.45, "encoder", 1.7, 0.7, "posterior")
        box(ax, 2.8, 3.95, "decoder, loss", 2.3, 0.7, "reconstruction")
    inside, beside = axes
    box(inside, 2.8, 2.2, "$z \\sim N(\\mu, \\sigma^2)$", 2.3, 0.8)
    arrow(inside, (2.6, 0.8), (2.6, 1.8))
    arrow(inside, (2.6, 2.6), (2.6, 3.6))
    arrow(inside, (3.1, 3.6), (3.1, 2.6), dashed=True)
    inside.text(3.1, 1.3, "×", ha="center", va="center", fontsize=14, color=COLOURS["rate"])
    inside.text(3.25, 1.3, "stops", ha="left", va="center", fontsize=9)
    box(beside, 2.8, 2.2, "$z = \\mu + \\sigma\\varepsilon$", 1.9, 0.8)
    box(beside, 0.95, 1.2, "$\\varepsilon \\sim N(0, 1)$", 1.8, 0.7, "prior")
    arrow(beside, (1.15, 1.55), (1.83, 2.1))
    arrow(beside, (2.6, 0.8), (2.6, 1.8))
    arrow(beside, (2.6, 2.6), (2.6, 3.6))
    arrow(beside, (3.1, 3.6), (3.1, 2.6), dashed=True)
    arrow(beside, (3.1, 1.8), (3.1, 0.8), dashed=True)
    beside.text(3.25, 1.3, "gradient of\n$\\mu$ and $\\sigma$", ha="left", va="center", fontsize=9)


def thermostat(axes: Axes) -> None:
    """A multiplier that finds itself: the loss pays a price for the rate, and the rate moves the price."""
    canvas(axes, 10, 4.4)
    box(axes, 2.1, 3.3, "encoder and decoder\nlower $D + \\beta\\,(R - \\varepsilon)$", 3.7, 1.2, "reconstruction")
    box(axes, 7.9, 3.3, "rate $R$\nof the batch", 2.2, 1.2, "rate")
    box(axes, 7.9, 0.8, "above $\\varepsilon$, or below?", 3.5, 0.9)
    box(axes, 2.1, 0.8, "$\\beta$ rises, or falls,\nbut not below 0", 3.3, 1.2, "prior")
    arrow(axes, (3.95, 3.3), (6.8, 3.3), "makes")
    arrow(axes, (7.9, 2.7), (7.9, 1.25))
    arrow(axes, (6.15, 0.8), (3.75, 0.8), "moves")
    arrow(axes, (2.1, 1.4), (2.1, 2.7))
    axes.text(2.3, 2.05, "is the price", ha="left", va="center", fontsize=9)


def turned_axes(axes: Sequence[Axes], widths: tuple[float, float] = (0.2, 0.7), angle: float = 0.6) -> None:
    """One posterior on two pairs of axes: what a Gaussian with independent latents can follow, and what it cannot.

    widths: standard deviations of the posterior along its own axes; angle: the turn of the second panel.
    """
    own = torch.tensor(widths, dtype=torch.float64).square().reciprocal().diag()
    for ax, title, by in zip(axes, ("its own axes", "axes turned"), (0.0, angle), strict=True):
        precision = turned(own, by)
        values, vectors = torch.linalg.eigh(precision)
        tilt = torch.rad2deg(torch.atan2(vectors[1, 0], vectors[0, 0])).item()
        long, short = (4 * values.rsqrt()).tolist()  # two standard deviations to each side
        ax.add_patch(Circle((0, 0), 2, fill=False, linestyle=":", edgecolor=COLOURS["prior"]))
        ax.add_patch(Ellipse((0, 0), long, short, angle=tilt, facecolor=COLOURS["posterior"], alpha=0.3))
        ax.add_patch(Ellipse((0, 0), long, short, angle=tilt, fill=False, edgecolor=COLOURS["posterior"]))
        best = (4 * precision.diagonal().rsqrt()).tolist()
        ax.add_patch(Ellipse((0, 0), *best, fill=False, linestyle="--", edgecolor=INK, linewidth=1.6))
        ax.set(title=title, xlim=(-2.3, 2.3), ylim=(-2.3, 2.3), aspect="equal", xticks=[], yticks=[])
        ax.set(xlabel="$z_1$", ylabel="$z_2$")


def training_step(axes: Axes) -> None:
    """One step of the loop: a batch, its terms, what each costs, a loss, a step of every player."""
    canvas(axes, 10, 4.4)
    box(axes, 0.95, 3.2, "batch\n$x$", 1.3, 1.1)
    box(axes, 3.35, 3.2, "objective", 1.9, 1.1, "posterior")
    box(axes, 6.35, 3.2, "terms,\none an image", 2.2, 1.1, "reconstruction")
    box(axes, 9.05, 3.2, "means", 1.4, 1.1)
    for start, end in ((1.6, 2.4), (4.3, 5.25), (7.45, 8.35)):
        arrow(axes, (start, 3.2), (end, 3.2))
    box(axes, 9.05, 0.8, "prices", 1.4, 0.9, "rate")
    box(axes, 6.35, 0.8, "loss", 1.4, 0.9)
    box(axes, 2.7, 0.8, "Adam, for each player\nits own weights", 3.4, 1.1)
    arrow(axes, (9.05, 2.65), (9.05, 1.25))
    arrow(axes, (8.35, 0.8), (7.05, 0.8), "sum")
    arrow(axes, (5.65, 0.8), (4.4, 0.8), "slope")
    arrow(axes, (8.5, 2.65), (7.2, 1.85), dashed=True)
    axes.text(7.1, 1.85, "logged, before any price", ha="right", va="center", fontsize=9)
