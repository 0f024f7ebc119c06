"""Figures that a reader moves: in a page with no kernel, and in a notebook with one.

Each figure is one JavaScript module (`kl.js`, `rate.js`, ...) that knows nothing of where it runs. A page gets it
inside plain HTML, so it works offline and from a file: `kl_figure()`, `latent_figure()`, `lessons_figure()`,
`rate_figure()`, `bottleneck_figure()`, and those of `worlds`. A notebook with a kernel gets the same module as a widget
with traits: `explorer(model)`, `kl_explorer()`, `rate_explorer()`, `bottleneck_explorer()`, and those of `worlds`.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from torch import Tensor

from course_pkg.models.weights import lesson
from course_pkg.show.live.lessons import latent_figure, lessons_figure
from course_pkg.show.live.page import Figure, module, style
from course_pkg.show.live.strips import strip
from course_pkg.show.live.worlds import (
    batch_explorer,
    batch_figure,
    cascade_explorer,
    cascade_figure,
    mmd_explorer,
    mmd_figure,
    scores_explorer,
    scores_figure,
    shuffle_explorer,
    shuffle_figure,
    turn_explorer,
    turn_figure,
)

if TYPE_CHECKING:
    from course_pkg.show.live.widgets import BottleneckExplorer, KLExplorer, LatentExplorer, RateExplorer

__all__ = [
    "Figure",
    "batch_explorer",
    "batch_figure",
    "bottleneck_explorer",
    "bottleneck_figure",
    "cascade_explorer",
    "cascade_figure",
    "explorer",
    "kl_explorer",
    "kl_figure",
    "latent_figure",
    "lessons_figure",
    "mmd_explorer",
    "mmd_figure",
    "module",
    "rate_explorer",
    "rate_figure",
    "scores_explorer",
    "scores_figure",
    "shuffle_explorer",
    "shuffle_figure",
    "style",
    "turn_explorer",
    "turn_figure",
]


def kl_figure(mu_q: float = 1.0, log_var_q: float = -1.0, mu_p: float = 0.0, log_var_p: float = 0.0) -> Figure:
    """Two Gaussians to drag, both divergences between them in nats, and the integrand of either."""
    state = {"mu_q": mu_q, "log_var_q": log_var_q, "mu_p": mu_p, "log_var_p": log_var_p, "over": "q"}
    return Figure("kl", state, "A live figure: the two divergences between two Gaussians, q and p.")


def bottleneck_figure(p_y: Sequence[float] = (0.04, 0.12, 0.45, 0.55, 0.88, 0.96), beta: float = 0.1) -> Figure:
    """Six equally likely values of x and a bit y: which of them share a code at a price, and the information plane.

    p_y: p(y = 1 | x) of each x, between .01 and .99; beta: the price, from .001 to 1, of beta I(x; z) - I(z; y).
    Raises ValueError outside these.
    """
    if not p_y or not all(0.01 <= p <= 0.99 for p in p_y) or not 1e-3 <= beta <= 1:
        raise ValueError(f"expected probabilities from .01 to .99 and a beta from .001 to 1, got {[*p_y]} and {beta}")
    words = f"A live figure: {len(p_y)} values of x, the codes that they share at a price, and the information plane."
    return Figure("bottleneck", {"p_y": [*p_y], "beta": beta}, words)


def bottleneck_explorer(**state: Any) -> "BottleneckExplorer":
    """`bottleneck_figure` as a widget: p_y and beta are traits."""
    from course_pkg.show.live.widgets import BottleneckExplorer

    return BottleneckExplorer(**state)


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
    model: Any, image: Tensor | None = None, images: Tensor | None = None, logits: bool = True
) -> "LatentExplorer":
    """Sliders for the latents of a model, decoded in the browser; the trait `z` follows them, and moves them.

    image (1, C, H, W): where to start (else at zero). images (N, C, H, W): what to measure the KL of each latent
    on, by which they are then ordered. logits: False for a decoder that gives means. The weights are copied
    when the widget is made: after more training make another. Raises ValueError for layers it does not know.
    """
    from course_pkg.show.live.widgets import LatentExplorer

    return LatentExplorer.of(model, image, images, logits)
