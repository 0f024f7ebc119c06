"""Live figures of small worlds whose laws are known: two clouds, codes of two factors, a batch that reads its codes.

Each as a figure of a page and as a widget of a running notebook: the same arguments, and then the same state.
"""

import math
from typing import TYPE_CHECKING, Any

import torch

from course_pkg.show.live.page import Figure

if TYPE_CHECKING:
    from course_pkg.show.live.widgets import (
        BatchExplorer,
        CascadeExplorer,
        MMDExplorer,
        ScoresExplorer,
        ShuffleExplorer,
        TurnExplorer,
    )


SHUFFLED = 9  # the first batch of the shuffled ones: as on average, one of its rows is whole


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


def mmd_explorer(**start: Any) -> "MMDExplorer":
    """`mmd_figure` as a widget: right, up, spread and log_h, the logarithm of h to base 10, are traits."""
    from course_pkg.show.live.widgets import MMDExplorer

    return MMDExplorer(**mmd_figure(**start).state)


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


def turn_explorer(**start: Any) -> "TurnExplorer":
    """`turn_figure` as a widget: turn, rho, ratio and beta are traits."""
    from course_pkg.show.live.widgets import TurnExplorer

    return TurnExplorer(**turn_figure(**start).state)


def batch_figure(
    latents: int = 4, nats: float = 2.2, rho: float = 0.27, batch: int = 64, own: float | None = None
) -> Figure:
    """What a batch reads information and total correlation to be, beside the truth, of codes whose law is Gaussian.

    latents: d, 2 to 10; nats: what each says of its image, .2 to 4; rho: how the means of any two correlate, 0 to .99;
    batch: B, a power of 2 from 4 to 4,096; own: the weight w of a code's own image, up to 1 and at least 1/N, N the
    737,280 images of dSprites; 1/N without it. ValueError outside these.
    """
    smallest = 1 / 737_280
    own = smallest if own is None else own
    log2_batch = {2**k: k for k in range(2, 13)}.get(batch)
    inside = 2 <= latents <= 10 and 0.2 <= nats <= 4 and 0 <= rho <= 0.99 and smallest <= own <= 1
    if not inside or log2_batch is None:
        raise ValueError(
            "expected 2 to 10 latents of .2 to 4 nats, a correlation from 0 to .99, a batch that is a power of 2 from "
            f"4 to 4096 and a weight from 1/737280 to 1, got {latents}, {nats:g}, {rho:g}, {batch} and {own:g}"
        )
    state = {"latents": latents, "nats": nats, "rho": rho, "log2_batch": log2_batch, "log10_own": math.log10(own)}
    words = "A live figure: the information and total correlation of some codes, and what a batch reads them to be."
    return Figure("batch", {**state, "seed": 1}, words)


def batch_explorer(**start: Any) -> "BatchExplorer":
    """`batch_figure` as a widget: latents, nats, rho, log2_batch, log10_own and seed are traits."""
    from course_pkg.show.live.widgets import BatchExplorer

    return BatchExplorer(**batch_figure(**start).state)


def shuffle_figure(tc: float = 3.0, batch: int = 64, z1: float = 1.5, z2: float = 1.5) -> Figure:
    """Two Gaussian latents, a batch of codes and its shuffle, and what the best classifier of both makes of a place.

    tc: their total correlation, 0 to 8 nats; batch: B, a power of 2 from 2 to 1,024; (z1, z2): the place, each from
    -3 to 3. Raises ValueError outside these.
    """
    log2_batch = {2**k: k for k in range(1, 11)}.get(batch)
    if not (0 <= tc <= 8 and abs(z1) <= 3 and abs(z2) <= 3) or log2_batch is None:
        raise ValueError(
            "expected a total correlation from 0 to 8 nats, a batch that is a power of 2 from 2 to 1024 and a place "
            f"from -3 to 3 in both latents, got {tc:g}, {batch} and ({z1:g}, {z2:g})"
        )
    words = "A live figure: codes of two latents, the same codes shuffled, and how well the best classifier tells them."
    return Figure("shuffle", {"tc": tc, "log2_batch": log2_batch, "z1": z1, "z2": z2, "seed": SHUFFLED}, words)


def shuffle_explorer(**start: Any) -> "ShuffleExplorer":
    """`shuffle_figure` as a widget: tc, log2_batch, z1, z2 and seed are traits."""
    from course_pkg.show.live.widgets import ShuffleExplorer

    return ShuffleExplorer(**shuffle_figure(**start).state)


def cascade_figure(
    prices: tuple[float, float, float] = (1.0, 1.3, 1.6), start: int = 3, in_turn: bool = False
) -> Figure:
    """A linear VAE of three latents with a price each, trained from twelve starts: all at once, or one after the other.

    The world of the chapter: directions of variance 4, 2, 1 and .1, a decoder's variance of .3, its twelve starts.
    prices: from 1 to 3; start: the one that is shown, 1 to 12; in_turn: opened one after the other. ValueError outside.
    """
    if len(prices) != 3 or not all(1 <= price <= 3 for price in prices) or start not in range(1, 13):
        raise ValueError(f"expected three prices from 1 to 3 and a start from 1 to 12, got {[*prices]} and {start}")
    from course_pkg.cascade import linear  # brings scipy, a second of work that no other figure needs

    g, eigenvalues = torch.Generator(), [4.0, 2.0, 1.0, 0.1]
    rounded = lambda weights: [round(v, 4) for v in weights.flatten().tolist()]
    starts = [rounded(linear.Weights.random(4, 3, g.manual_seed(k)).W) for k in range(12)]
    nudges = [rounded(1e-3 * torch.randn(12, generator=g.manual_seed(100 + k))) for k in range(3)]
    world = {"starts": starts, "nudges": nudges, "eigenvalues": eigenvalues, "variance": 0.3}
    b1, b2, b3 = prices
    words = "A live figure: three latents at three prices, which of them gets which direction, and how training ends."
    state = {"b1": b1, "b2": b2, "b3": b3, "start": start, "step": 3000, "in_turn": in_turn, **world}
    return Figure("cascade", state, words)


def cascade_explorer(**start: Any) -> "CascadeExplorer":
    """`cascade_figure` as a widget: b1, b2, b3, start, step and in_turn are traits."""
    from course_pkg.show.live.widgets import CascadeExplorer

    return CascadeExplorer(**cascade_figure(**start).state)
