"""Figures that a reader moves: in a page with no kernel, and in a notebook with one.

Each figure is one JavaScript module (`kl.js`, `rate.js`, ...) that knows nothing of where it runs. A page gets it
inside plain HTML, so it works offline and from a file: `kl_figure()`, `latent_figure()`, `rate_figure()`,
`bottleneck_figure()`, `scores_figure()`, `mmd_figure()`, `turn_figure()`. A notebook with a kernel gets the same module
as a widget with traits: `explorer(model)`, `kl_explorer()`, `rate_explorer()`, `bottleneck_explorer()`,
`scores_explorer()`.
"""

import base64
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from course_pkg.models.networks import VAE
from course_pkg.models.weights import lesson
from course_pkg.show.live.decoder import latent_state
from course_pkg.show.live.strips import strip

if TYPE_CHECKING:
    from course_pkg.show.live.widgets import (
        BottleneckExplorer,
        KLExplorer,
        LatentExplorer,
        RateExplorer,
        ScoresExplorer,
    )

FOLDER = Path(__file__).parent


@cache
def module(name: str) -> str:
    """The JavaScript of a figure: what all figures share, then its own."""
    return "\n".join((FOLDER / f"{part}.js").read_text("utf-8") for part in ("common", name))


@cache
def style(name: str = "") -> str:
    """The style that all figures share, then a figure's own where it has a file of its own."""
    own = FOLDER / f"{name}.css"
    return (FOLDER / "live.css").read_text("utf-8") + (own.read_text("utf-8") if name and own.exists() else "")


@dataclass(frozen=True)
class Figure:
    """A figure for a page: its module, where it starts, and what to say where no script runs."""

    name: str
    state: Mapping[str, Any]
    words: str

    def __repr__(self) -> str:
        return f"{self.words} It moves where this page is opened in a browser."

    def _repr_html_(self) -> str:
        state = json.dumps(dict(self.state)).replace("<", "\\u003c")  # no </script> inside the script
        return (
            f"<style>{style(self.name)}</style>"
            f'<live-{self.name}><p class="without-script">{self.words} It moves where scripts may run.</p>'
            f'<script type="application/json">{state}</script></live-{self.name}>'
            f'<script type="module">{module(self.name)}\ndefine("live-{self.name}", render);</script>'
        )


def kl_figure(mu_q: float = 1.0, log_var_q: float = -1.0, mu_p: float = 0.0, log_var_p: float = 0.0) -> Figure:
    """Two Gaussians to drag, both divergences between them in nats, and the integrand of either."""
    state = {"mu_q": mu_q, "log_var_q": log_var_q, "mu_p": mu_p, "log_var_p": log_var_p, "over": "q"}
    return Figure("kl", state, "A live figure: the two divergences between two Gaussians, q and p.")


def latent_figure(name: str = "beta-4") -> Figure:
    """The latents of a lesson's trained model, decoded in the page. Its weights travel with the page."""
    model, card = lesson(name)
    weights, state = latent_state(model, kl=card["kl"], starts=card["starts"])
    state["weights"] = base64.b64encode(weights).decode("ascii")
    words = f"A live figure: a slider for each of {model.latents} latents, and the picture that they decode to."
    return Figure("latents", state, words)


def bottleneck_figure(p_y: Sequence[float] = (0.04, 0.12, 0.45, 0.55, 0.88, 0.96), beta: float = 0.1) -> Figure:
    """Six equally likely values of x and a bit y: which of them share a code at a price, and the information plane.

    p_y: p(y = 1 | x) of each x, between .01 and .99; beta: the price, from .001 to 1, of beta I(x; z) - I(z; y).
    Raises ValueError outside these.
    """
    if not p_y or not all(0.01 <= p <= 0.99 for p in p_y) or not 1e-3 <= beta <= 1:
        raise ValueError(f"expected probabilities from .01 to .99 and a beta from .001 to 1, got {[*p_y]} and {beta}")
    words = f"A live figure: {len(p_y)} values of x, the codes that they share at a price, and the information plane."
    return Figure("bottleneck", {"p_y": [*p_y], "beta": beta}, words)


def mmd_figure(points: int = 40, right: float = 1.0, up: float = 0.0, spread: float = 1.0, h: float = 1.0) -> Figure:
    """Two clouds in the plane, one to drag: the witness function, and what a permutation test says of them.

    points of each cloud, drawn by a fixed seed, 5 to 80; right, up: where the second lies, from -3 to 3; spread: its
    scale, from .2 to 2; h: the width of the RBF kernel, from .04 to 10. Raises ValueError outside these.
    """
    inside = 5 <= points <= 80 and max(abs(right), abs(up)) <= 3 and 0.2 <= spread <= 2 and 0.04 <= h <= 10
    if not inside:
        raise ValueError(
            "expected 5 to 80 points, a place from -3 to 3, a spread from .2 to 2 and a width from .04 to 10, got "
            f"{points}, ({right:g}, {up:g}), {spread:g} and {h:g}"
        )
    drawn = torch.randn(2, points, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    x, y = [[[round(v, 3) for v in point] for point in cloud] for cloud in drawn.tolist()]
    state = {"x": x, "y": y, "right": right, "up": up, "spread": spread, "log_h": math.log10(h)}
    words = f"A live figure: two clouds of {points} points, where a kernel sees them differ, and the test's verdict."
    return Figure("mmd", state, words)


def bottleneck_explorer(**state: Any) -> "BottleneckExplorer":
    """`bottleneck_figure` as a widget: p_y and beta are traits."""
    from course_pkg.show.live.widgets import BottleneckExplorer

    return BottleneckExplorer(**state)


def scores_figure(turn: float = 0.0) -> Figure:
    """Two factors in two latents, to turn, pack, duplicate, scramble and drop, and what five metrics say to it.

    turn: by how many degrees they are turned at first, from 0 to 90; ValueError outside.
    """
    if not 0 <= turn <= 90:
        raise ValueError(f"expected a turn from 0 to 90 degrees, got {turn:g}")
    state = {"turn": turn, "packed": False, "twice": False, "scrambled": False, "dropped": False}
    return Figure("scores", state, "A live figure: codes of two factors, and five scores that change with them.")


def scores_explorer(**state: Any) -> "ScoresExplorer":
    """`scores_figure` as a widget: turn, packed, twice, scrambled and dropped are traits."""
    from course_pkg.show.live.widgets import ScoresExplorer

    return ScoresExplorer(**state)


def turn_figure(turn: float = 20.0, rho: float = 0.0, ratio: float = 2.0, beta: float = 1.0) -> Figure:
    """A linear VAE of two factors whose latents are turned: p(x) stands still; the objective, TC and votes need not.

    turn in degrees, 0 to 90; rho, the factors' correlation, 0 to .9; ratio of their variances, 1 to 4; beta, 1 to 6.
    Raises ValueError outside these.
    """
    if not (0 <= turn <= 90 and 0 <= rho <= 0.9 and 1 <= ratio <= 4 and 1 <= beta <= 6):
        raise ValueError(
            "expected a turn from 0 to 90 degrees, a correlation from 0 to .9, a ratio from 1 to 4 and a beta from 1 "
            f"to 6, got {turn:g}, {rho:g}, {ratio:g} and {beta:g}"
        )
    words = "A live figure: latents of two factors to turn, and what p(x), the objective, TC and votes say to it."
    return Figure("turn", {"turn": turn, "rho": rho, "ratio": ratio, "beta": beta}, words)


def rate_state(
    eigenvalues: Tensor | Sequence[float], variance: float, beta: float, lessons: Mapping[float, str], start: str
) -> dict[str, Any]:
    values = [float(v) for v in eigenvalues]
    if not (values and all(v > 0 for v in [*values, variance, beta])):
        raise ValueError(
            f"expected eigenvalues, a variance and a beta above 0, got {values or 'none'}, {variance:g} and {beta:g}"
        )
    sweep = []
    for trained_at, name in sorted(lessons.items()):
        model, card = lesson(name)
        rows = strip(model, card["kl"], card["starts"][start])
        words = (
            f"Trained on dSprites at beta = {trained_at:g}: {len(rows)} of {model.latents} latents in use, "
            f"{card['rate']:.1f} nats. Each row moves one latent from \u22123 to 3 and holds the others at the code of "
            f"{start}."
        )
        sweep.append({"beta": trained_at, "words": words, "rows": rows})
    return {"eigenvalues": values, "variance": variance, "beta": beta, "sweep": sweep}


def rate_figure(
    eigenvalues: Tensor | Sequence[float] = (16.0, 8.0, 4.0, 2.0, 1.0),
    variance: float = 1.0,
    beta: float = 3.0,
    lessons: Mapping[float, str] | None = None,
    start: str = "a heart",
) -> Figure:
    """Distortion against rate of a linear VAE, its optimum at the beta of a slider, and the rate of each latent.

    eigenvalues of the data's covariance, one a latent; variance is sigma^2 of the decoder. lessons: {beta: the name of
    lesson weights}, whose traversals from `start` then follow the slider. Raises ValueError for a value that is not
    above 0, FileNotFoundError for an unknown lesson.
    """
    state = rate_state(eigenvalues, variance, beta, lessons or {}, start)
    return Figure("rate", state, "A live figure: the distortion of a linear VAE against its rate, at any beta.")


def rate_explorer(eigenvalues: Tensor | Sequence[float], variance: float, beta: float = 1.0) -> "RateExplorer":
    """`rate_figure` as a widget: the trait `beta` follows the slider, and moves it."""
    from course_pkg.show.live.widgets import RateExplorer

    return RateExplorer(**rate_state(eigenvalues, variance, beta, {}, ""))


def kl_explorer(**state: float) -> "KLExplorer":
    """`kl_figure` as a widget: mu_q, log_var_q, mu_p and log_var_p are traits; `kl()` is the course's own number."""
    from course_pkg.show.live.widgets import KLExplorer

    return KLExplorer(**state)


def explorer(
    model: VAE, image: Tensor | None = None, images: Tensor | None = None, logits: bool = True
) -> "LatentExplorer":
    """Sliders for the latents of a model, decoded in the browser; the trait `z` follows them, and moves them.

    image (1, C, H, W): where to start (else at zero). images (N, C, H, W): what to measure the KL of each latent
    on, by which they are then ordered. logits: False for a decoder that gives means. The weights are copied
    when the widget is made: after more training make another. Raises ValueError for layers it does not know.
    """
    from course_pkg.show.live.widgets import LatentExplorer

    return LatentExplorer.of(model, image, images, logits)
