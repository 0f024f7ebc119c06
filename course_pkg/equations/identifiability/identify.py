"""What identifies, and what only looks like it: equations of the chapter `identifiability`."""

import math
from typing import NamedTuple

import numpy as np
import scipy.linalg
import torch
from torch import Tensor

from course_pkg.derivation.agreement import Estimate
from course_pkg.derivation.chain import Definition, Derivation, Step, Worlds
from course_pkg.worlds import Symbols

HALF_WIDTH = Definition(
    label="identifiability-half-width",
    latex=r"h(x_1) := \frac{1}{\sqrt{2}} - |x_1|",
    symbol=r"h(x_1)",
    meaning="how far a unit square that stands on its corner reaches up and down at x_1",
)


def some_place(seed: int) -> Tensor:
    """A point of the square, turned by 45 degrees."""
    a, b = torch.rand(2, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) - 0.5
    return torch.stack([a - b, a + b]) / math.sqrt(2)


def between_the_edges(x: Tensor) -> Tensor:
    """Where a vertical line through the point enters and leaves the polygon of the four corners."""
    corners = (
        np.array([[0.5, 0.5], [-0.5, 0.5], [-0.5, -0.5], [0.5, -0.5]]) @ np.array([[1, 1], [-1, 1]]) / math.sqrt(2)
    )
    at, heights = x[0].item(), []
    for p, q in zip(corners, np.roll(corners, 1, axis=0), strict=True):
        if min(p[0], q[0]) <= at < max(p[0], q[0]):
            heights.append(p[1] + (at - p[0]) / (q[0] - p[0]) * (q[1] - p[1]))
    low, high = sorted(heights)
    return torch.tensor((x[1].item() - low) / (high - low))


def by_the_square(x: Tensor) -> Tensor:
    """The same line in the square's own coordinates: from which edge to which, and how far along."""
    a, b = (x[0] + x[1]) / math.sqrt(2), (x[1] - x[0]) / math.sqrt(2)
    below, above = torch.minimum(a, b) + 0.5, 0.5 - torch.maximum(a, b)
    return below / (below + above)


DARMOIS = Derivation(
    label="identifiability-darmois",
    steps=(
        Step(
            r"F(x_2 \mid x_1)",
            between_the_edges,
            "x is a uniform square, turned by 45 degrees; where a vertical line enters and leaves it",
            also={"in the square's coordinates": by_the_square},
        ),
        Step(
            r"\frac{x_2 + h(x_1)}{2\, h(x_1)}",
            lambda x: (x[1] + math.sqrt(0.5) - x[0].abs()) / (2 * (math.sqrt(0.5) - x[0].abs())),
            "at x_1 the square reaches from -h to h, and is uniform there",
        ),
    ),
    source="Darmois (1951); Hyvarinen and Pajunen (1999)",
    worlds=(
        Worlds("points of a turned square", some_place, symbols=lambda x: Symbols(numbers={"x_1": x[0], "x_2": x[1]})),
    ),
    follows=("identifiability-half-width",),
)


class Segments(NamedTuple):
    """A mixture, and the variances of its sources in two segments."""

    A: Tensor
    v: Tensor
    v_new: Tensor


def some_segments(seed: int) -> Segments:
    g = torch.Generator().manual_seed(seed)
    A = torch.randn(3, 3, generator=g, dtype=torch.float64) + 2 * torch.eye(3, dtype=torch.float64)
    v, v_new = 0.3 + 3 * torch.rand(2, 3, generator=g, dtype=torch.float64)
    return Segments(A, *(part[(v / v_new).argsort()] for part in (v, v_new)))


def by_numpy(w: Segments) -> Tensor:
    A, v, v_new = (t.numpy() for t in w)
    first, second = A @ np.diag(v) @ A.T, A @ np.diag(v_new) @ A.T
    return torch.from_numpy(np.sort(np.linalg.eigvals(first @ np.linalg.inv(second)).real))


def by_scipy(w: Segments) -> Tensor:
    half = (w.A * w.v.sqrt(), w.A * w.v_new.sqrt())
    return torch.from_numpy(scipy.linalg.eigvalsh(*((h @ h.mT).numpy() for h in half)))


def two_segments(w: Segments) -> Symbols:
    return Symbols(arrays={"v_i": ("i", w.v), "v_i'": ("i", w.v_new)})


RATIOS = Derivation(
    label="identifiability-ratios",
    steps=(
        Step(
            r"\lambda_i\left(\Sigma_1 \Sigma_2^{-1}\right)",
            by_numpy,
            "covariances of one mixture in two segments, whose sources have the variances v and v'",
            also={"the generalised problem, by scipy": by_scipy},
        ),
        Step(
            r"\frac{v_i}{v_i'}",
            lambda w: w.v / w.v_new,
            "the mixture stands on both sides and cancels; columns of A are the eigenvectors",
        ),
    ),
    worlds=(Worlds("mixtures in two segments", some_segments, 20, 1e-8, symbols=two_segments),),
)


class Labels(NamedTuple):
    """So many labels, so many codes, what no line explains, and a seed."""

    n: int
    d: int
    tau: Tensor
    seed: int


def some_labels(seed: int) -> Labels:
    g = torch.Generator().manual_seed(seed)
    d = int(torch.randint(2, 6, (), generator=g))
    n = d + int(torch.randint(9, 16, (), generator=g))
    return Labels(n, d, 0.3 + torch.rand((), generator=g, dtype=torch.float64), seed)


def by_designs(w: Labels) -> Estimate:
    """The mean over noise and new images in closed form, the labelled images drawn 4,000 times."""
    g = torch.Generator().manual_seed(w.seed)
    z = torch.cat([torch.ones(4000, w.n, 1), torch.randn(4000, w.n, w.d, generator=g)], 2).double()
    return Estimate.of(w.tau**2 * (1 + torch.linalg.inv(z.mT @ z).diagonal(dim1=1, dim2=2).sum(1)))


def by_fitting(w: Labels) -> Estimate:
    """Least squares by numpy's pseudo-inverse, fitted 8,000 times, asked for one new image each."""
    rng = np.random.default_rng(w.seed)
    z = np.concatenate([np.ones((8000, w.n + 1, 1)), rng.standard_normal((8000, w.n + 1, w.d))], 2)
    y = z @ np.arange(1, w.d + 2) + w.tau.item() * rng.standard_normal((8000, w.n + 1))
    fitted = (np.linalg.pinv(z[:, :-1]) @ y[:, :-1, None])[..., 0]
    return Estimate.of(torch.from_numpy((y[:, -1] - (z[:, -1] * fitted).sum(1)) ** 2))


def label_symbols(w: Labels) -> Symbols:
    return Symbols(numbers={"n": float(w.n), "d": float(w.d), r"\tau": w.tau})


LABELS = Derivation(
    label="identifiability-labels",
    steps=(
        Step(
            r"\mathbb{E}\left[(y - \hat{y})^2\right]",
            by_designs,
            "least squares with a constant, from n labels and d normal codes, on new images",
            also={"fitted to drawn labels": by_fitting},
        ),
        Step(
            r"\tau^2\, \frac{(n + 1)(n - 2)}{n (n - d - 2)}",
            lambda w: w.tau**2 * (w.n + 1) * (w.n - 2) / (w.n * (w.n - w.d - 2)),
            "the mean of an inverse Wishart matrix, which does not exist below n = d + 3",
        ),
    ),
    source="Stein (1960)",
    worlds=(Worlds("numbers of labels and codes", some_labels, 6, symbols=label_symbols),),
)
