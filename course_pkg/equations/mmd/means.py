"""Distances of mean features, and the features of the RBF kernel: equations of the chapter `mmd`."""

import itertools

import numpy as np
import torch
from scipy.special import gammaln
from sklearn.metrics.pairwise import rbf_kernel
from torch import Tensor

from course_pkg.derivation.chain import Definition, Derivation, Step, Worlds, Wrong
from course_pkg.mmd import Kernel, mmd2, rbf, taylor_features
from course_pkg.worlds import Symbols
from course_pkg.worlds.kinds import numbers

MEAN_FEATURE = Definition(
    label="mmd-mean-feature",
    latex=r"\mu_P := \mathbb{E}_{x \sim P}\left[\varphi(x)\right]",
    symbol=r"\mu_P",
    meaning="mean feature (embedding) of a law P",
)

# The kernel trick -------------------------------------------------------------------------------

Laws = tuple[Tensor, Tensor, Tensor, Tensor]


def two_laws(seed: int, d: int = 2) -> Laws:
    """Two discrete laws: four points (4, d) and their probabilities, five and theirs."""
    g = torch.Generator().manual_seed(seed)
    draw = lambda n: (torch.randn(n, d, generator=g, dtype=torch.float64), torch.rand(n, generator=g).double())
    (x, p), (y, q) = draw(4), draw(5)
    return x, p / p.sum(), y, q / q.sum()


def polynomial(x: Tensor, y: Tensor) -> Tensor:
    """(1 + x.y)^2, whose features can be written down."""
    return (1 + x @ y.T).square()


def features(x: Tensor) -> Tensor:
    """Of that kernel, in the plane: all products of two of (1, x_1, x_2)."""
    one = torch.cat([torch.ones(len(x), 1, dtype=x.dtype), x], 1)
    return (one[:, :, None] * one[:, None]).flatten(1)


PAIRS_OF_SAMPLES = Worlds(
    "pairs of samples, k = (1 + x.y)^2",
    lambda seed: two_laws(seed)[::2],
    symbols=lambda w: Symbols(
        arrays={rf"\mu_{name}": ("", features(points).mean(0)) for name, points in zip("PQ", w, strict=True)}
    ),
)
MMD = Definition(
    label="mmd-mmd",
    latex=r"\mathrm{MMD}(P, Q) := \|\mu_P - \mu_Q\|",
    symbol=r"\mathrm{MMD}(P, Q)",
    meaning="maximum mean discrepancy: the distance of two mean features",
    code="mmd.mmd2",
    source="Gretton et al. (2012), lemma 4",
    judge=lambda w: mmd2(polynomial, w[0], w[1], biased=True).sqrt(),
    worlds=PAIRS_OF_SAMPLES,
)


def distance_of_means(w: Laws) -> Tensor:
    x, p, y, q = w
    return (p @ features(x) - q @ features(y)).square().sum()


def quadratic_form(w: Laws, kernel: Kernel = polynomial) -> Tensor:
    """One table for all points, P's with positive weights and Q's with negative ones."""
    x, p, y, q = w
    points, weights = torch.cat([x, y]), torch.cat([p, -q])
    return weights @ kernel(points, points) @ weights


def inner_products(w: Laws) -> Tensor:
    x, p, y, q = w
    a, b = p @ features(x), q @ features(y)
    return a @ a + b @ b - 2 * a @ b


def kernel_means(w: Laws, cross: float = -2.0) -> Tensor:
    x, p, y, q = w
    return p @ polynomial(x, x) @ p + q @ polynomial(y, y) @ q + cross * (p @ polynomial(x, y) @ q)


def pair_by_pair(w: Laws) -> Tensor:
    x, p, y, q = (t.tolist() for t in w)
    pairs = lambda a, pa, b, pb: sum(
        u * v * (1 + s[0] * t[0] + s[1] * t[1]) ** 2
        for (s, u), (t, v) in itertools.product(zip(a, pa, strict=True), zip(b, pb, strict=True))
    )
    return torch.tensor(pairs(x, p, x, p) + pairs(y, q, y, q) - 2 * pairs(x, p, y, q), dtype=torch.float64)


def same_point(w: Laws) -> Tensor:
    x, p, y, q = w
    return p @ polynomial(x, x).diagonal() + q @ polynomial(y, y).diagonal() - 2 * (p @ polynomial(x, y) @ q)


MEANS = r"\mathbb{E}_{x, x' \sim P}\left[k(x, x')\right] + \mathbb{E}_{y, y' \sim Q}\left[k(y, y')\right]"
CROSS = r"\mathbb{E}_{x \sim P, y \sim Q}\left[k(x, y)\right]"
KERNEL_TRICK = Derivation(
    label="mmd-kernel-trick",
    steps=(
        Step(r"\mathrm{MMD}^2(P, Q)", distance_of_means, "definition", also={"one quadratic form": quadratic_form}),
        Step(
            r"\mu_P^\top \mu_P + \mu_Q^\top \mu_Q - 2 \mu_P^\top \mu_Q",
            inner_products,
            "the square of a difference",
            wrong=(
                Wrong(
                    "the squares of both, and one product",
                    r"\mu_P^\top \mu_P + \mu_Q^\top \mu_Q - \mu_P^\top \mu_Q",
                    lambda w: 0.5 * (inner_products(w) + kernel_means(w, 0.0)),
                ),
                Wrong(
                    "a difference of squares",
                    r"\mu_P^\top \mu_P - \mu_Q^\top \mu_Q",
                    lambda w: w[1] @ polynomial(w[0], w[0]) @ w[1] - w[3] @ polynomial(w[2], w[2]) @ w[3],
                ),
            ),
        ),
        Step(
            MEANS + r" - 2\, " + CROSS,
            kernel_means,
            "a product of two means is the mean of the products of independent draws, and k(x, y) is that product",
            also={"pair by pair": pair_by_pair},
            wrong=(
                Wrong(
                    "the two draws of one law are one and the same",
                    r"\mathbb{E}_{x \sim P}\left[k(x, x)\right] + \mathbb{E}_{y \sim Q}\left[k(y, y)\right] - 2\, "
                    + CROSS,
                    same_point,
                ),
                Wrong("the cross term is alike, and adds", MEANS + r" + 2\, " + CROSS, lambda w: kernel_means(w, 2.0)),
            ),
        ),
    ),
    source="Gretton et al. (2012), lemma 6",
    worlds=(
        Worlds(
            "pairs of laws on points, k = (1 + x.y)^2",
            two_laws,
            symbols=lambda w: Symbols(
                arrays={r"\mu_P": ("", w[1] @ features(w[0])), r"\mu_Q": ("", w[3] @ features(w[2]))}
            ),
        ),
    ),
    follows=("mmd-mean-feature", "mmd-mmd"),
)

# The features of the RBF kernel -----------------------------------------------------------------

POINTS = Worlds(
    "points, widths and orders",
    numbers((0.3, 2), (0.5, 2), (1, 6)),
    symbols=lambda w: Symbols(numbers={"x": w[0], "h": w[1], "n": w[2].floor()}),
)

FEATURE = Definition(
    label="mmd-feature",
    latex=r"\varphi_n(x) := \frac{1}{\sqrt{n!}} \left(\frac{x}{h}\right)^n e^{-\frac{x^2}{2 h^2}}",
    symbol=r"\varphi_n(x)",
    meaning="feature of order n of the RBF kernel of width h, on a line",
    code="mmd.taylor_features",
    judge=lambda w: taylor_features(w[:1], w[1].item(), 6)[0, int(w[2])],
    worlds=POINTS,
)
Points = tuple[Tensor, Tensor, Tensor]
ORDERS = 120  # of points at most 4 widths out: what is left out is below 16^120 / 120!


def points(seed: int) -> Points:
    """Four numbers and five numbers within four widths of 0, and the width."""
    g = torch.Generator().manual_seed(seed)
    x, y = 8 * torch.rand(4, generator=g).double() - 4, 8 * torch.rand(5, generator=g).double() - 4
    h = 0.5 + torch.rand((), generator=g).double()
    return h * x, h * y, h


def kernel_table(w: Points) -> Tensor:
    return rbf(w[2].item())(w[0][:, None], w[1][:, None])


def by_sklearn(w: Points) -> Tensor:
    x, y, h = w
    return torch.from_numpy(rbf_kernel(x[:, None].numpy(), y[:, None].numpy(), 0.5 / h.item() ** 2))


def series(w: Points, sign: float = 1.0) -> Tensor:
    """The powers added up: exp(+-xy / h^2) as its series, times the two bells."""
    x, y, h = w
    t, n = (sign * x[:, None] * y / h**2).numpy(), np.arange(ORDERS)
    terms = np.sign(t)[..., None] ** n * np.exp(n * np.log(np.abs(t))[..., None] - gammaln(n + 1))
    bells = -0.5 * (x[:, None].square() + y.square()) / h**2
    return torch.from_numpy(terms.sum(-1)) * bells.exp()


def products_of_features(w: Points) -> Tensor:
    x, y, h = w
    return taylor_features(x, h.item(), ORDERS) @ taylor_features(y, h.item(), ORDERS).T


def unnormalised(w: Points) -> Tensor:
    """Features without the root of n factorial, as far as they stay finite: twenty orders."""
    x, y, h = w
    n = torch.arange(20, dtype=torch.float64)
    phi = lambda t: (t[:, None] / h) ** n * (-0.5 * (t[:, None] / h).square()).exp()
    return phi(x) @ phi(y).T


BELLS = r"e^{-x^2 / 2 h^2}\, e^{-y^2 / 2 h^2} \sum_{n=0}^{\infty} \frac{1}{n!} "
TAYLOR = Derivation(
    label="mmd-taylor",
    steps=(
        Step(
            r"e^{-(x - y)^2 / 2 h^2}",
            kernel_table,
            "the RBF kernel on a line",
            also={"scikit-learn": by_sklearn},
        ),
        Step(
            BELLS + r"\left(\frac{x y}{h^2}\right)^n",
            series,
            "the square multiplied out: two bells and exp(xy / h^2), which is its power series",
            wrong=(
                Wrong(
                    "the cross term keeps the minus",
                    BELLS + r"\left(\frac{-x y}{h^2}\right)^n",
                    lambda w: series(w, -1.0),
                ),
                Wrong(
                    "the half stays with the cross term",
                    BELLS + r"\left(\frac{x y}{2 h^2}\right)^n",
                    lambda w: series(w, 0.5),
                ),
            ),
        ),
        Step(
            r"\sum_{n=0}^{\infty} \varphi_n(x)\, \varphi_n(y)",
            products_of_features,
            "every term is one factor that knows x and one that knows y",
            wrong=(
                Wrong(
                    "the features need no root of a factorial",
                    r"\sum_{n=0}^{19} n!\, \varphi_n(x)\, \varphi_n(y)",
                    unnormalised,
                ),
            ),
        ),
    ),
    worlds=(Worlds("pairs of points on a line", points, tolerance=1e-9),),
    follows=("mmd-feature",),
)
