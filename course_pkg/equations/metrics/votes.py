"""What votes come to when nothing is drawn: equations of the chapter `metrics`, each on tables of codes."""

import itertools
from typing import NamedTuple

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from course_pkg.derivation.chain import Derivation, Step, Worlds
from course_pkg.metrics import kim_mnih_exact
from course_pkg.worlds import Symbols


class Coded(NamedTuple):
    """Codes (N, d) and factors (N, K) of a few images, and a seed for what is drawn."""

    codes: Tensor
    factors: Tensor
    seed: int


def grid(*sizes: int) -> Tensor:
    """Every combination of settings, (N, K)."""
    return torch.tensor(list(itertools.product(*map(range, sizes))))


# Pairs and variances ------------------------------------------------------------------------------------------------


def some_codes(seed: int) -> Tensor:
    """Five codes of one latent: the images that share a setting."""
    return torch.randn(5, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def by_every_draw(z: Tensor, images: int = 3) -> Tensor:
    """The sample variance of three images, over all 125 ways to draw them."""
    drawn = np.array(list(itertools.product(z.tolist(), repeat=images)))
    return torch.tensor(drawn.var(axis=1, ddof=1).mean())


PAIRS = Derivation(
    label="metrics-pairs",
    steps=(
        Step(
            r"\mathbb{E}\left[\widehat{\mathrm{Var}}_L(z_j)\right]",
            by_every_draw,
            "over all ways to draw L images that share a setting, here with L = 3",
            also={"L = 4": lambda z: by_every_draw(z, 4)},
        ),
        Step(
            r"\mathrm{Var}(z_j \mid f_k = v)",
            lambda z: z.var(correction=0),
            "the sample variance, divided by L - 1, is unbiased at any L",
        ),
        Step(
            r"\frac{1}{2}\, \mathbb{E}\left[\left(z_j(x) - z_j(x')\right)^2\right]",
            lambda z: torch.tensor((np.subtract.outer(z.numpy(), z.numpy()) ** 2).mean() / 2),
            "two independent images: their variances add",
        ),
    ),
    worlds=(Worlds("sets of five codes", some_codes),),
    follows=("notation-expectation",),
)


# The limit of many images -------------------------------------------------------------------------------------------


def ratios(w: Coded, k: int, v: int) -> Tensor:
    """Var(z_j | f_k = v) / Var(z_j), (d,)."""
    return w.codes[w.factors[:, k] == v].var(0, correction=0) / w.codes.var(0, correction=0)


def settings(w: Coded) -> list[tuple[int, int, float]]:
    """(factor, setting, its share of the images) of every setting of every factor."""
    return [(k, v, (f == v).double().mean().item()) for k, f in enumerate(w.factors.T) for v in f.unique().tolist()]


def clear_codes(seed: int) -> Coded:
    """Random mixtures of three factors on 24 images, four latents; no vote is nearly a tie."""
    g = torch.Generator().manual_seed(seed)
    f = grid(2, 3, 4)
    while True:
        mix = torch.randn(3, 4, generator=g, dtype=torch.float64)
        noise = torch.randn(24, 4, generator=g, dtype=torch.float64)
        scale = torch.tensor([1.0, 3.0, 0.3, 1.0], dtype=torch.float64)
        w = Coded(scale * (f.double() @ mix + 0.5 * noise), f, seed)
        two = torch.stack([ratios(w, k, v).sort().values[:2] for k, v, _ in settings(w)])
        if (two[:, 0] < 0.9 * two[:, 1]).all():
            return w


def by_many_images(w: Coded, images: int = 20_000) -> Tensor:
    """A vote of 20,000 drawn images for each setting, weighed by how often the setting occurs."""
    g = torch.Generator().manual_seed(w.seed)
    votes = torch.zeros(w.factors.shape[1], w.codes.shape[1], dtype=torch.float64)
    for k, v, share in settings(w):
        rows = (w.factors[:, k] == v).nonzero()[:, 0]
        drawn = w.codes[rows[torch.randint(len(rows), (images,), generator=g)]]
        votes[k, (drawn.var(0) / w.codes.var(0, correction=0)).argmin()] += share
    return votes.amax(0).sum() / votes.sum()


def table(w: Coded) -> Tensor:
    """Which share of factor k's votes goes to latent j, (K, d)."""
    votes = torch.zeros(w.factors.shape[1], w.codes.shape[1], dtype=torch.float64)
    for k, v, share in settings(w):
        votes[k, ratios(w, k, v).argmin()] += share
    return votes


def package(w: Coded) -> Tensor:
    return torch.tensor(kim_mnih_exact(w.codes, w.factors).value, dtype=torch.float64)


EXACT = Derivation(
    label="metrics-exact",
    steps=(
        Step(r"\lim_{L \to \infty} S_{\mathrm{KM}}", by_many_images, "votes of 20,000 images, one for each setting"),
        Step(
            r"\frac{1}{K} \sum_{j=1}^{d} \max_k \sum_{v \,:\, w(k, v) = j} \mathrm{Pr}[f_k = v]",
            lambda w: table(w).amax(0).sum() / len(table(w)),
            "a sample variance of many images is the variance: the winner of a setting is always the same",
            also={"the package": package},
        ),
    ),
    worlds=(Worlds("tables of codes without ties", clear_codes, 10),),
    follows=("metrics-kim-mnih", "metrics-winner", "metrics-limit", "metrics-pairs"),
)


# Missing factors ----------------------------------------------------------------------------------------------------


def with_gaps(seed: int) -> Coded:
    """Two to four factors of two to four settings; all but some of them are codes, each alone in a latent."""
    g = torch.Generator().manual_seed(seed)
    of = lambda low, high: int(torch.randint(low, high, (), generator=g))
    k = of(2, 5)
    f = grid(*(of(2, 5) for _ in range(k)))
    kept = torch.randperm(k, generator=g)[: of(1, k)]
    return Coded(f[:, kept].double() * (0.5 + torch.rand(len(kept), generator=g, dtype=torch.float64)), f, seed)


def missing(w: Coded) -> tuple[int, int]:
    """How many factors there are, and how many of them no latent holds."""
    return w.factors.shape[1], w.factors.shape[1] - w.codes.shape[1]


GAPS = Worlds(
    "factors of which some are missing",
    with_gaps,
    symbols=lambda w: Symbols(numbers=dict(zip("Km", map(float, missing(w)), strict=True))),
)


def share(part: float, whole: float) -> Tensor:
    return torch.tensor(part / whole, dtype=torch.float64)


MISSING = Derivation(
    label="metrics-missing",
    steps=(
        Step(r"\lim_{L \to \infty} S_{\mathrm{KM}}", package, "codes are all factors but m, each alone in a latent"),
        Step(
            r"\frac{K - m}{K}",
            lambda w: share(missing(w)[0] - missing(w)[1], missing(w)[0]),
            "a latent can stand for one factor; votes for a missing one go to a latent that has another",
            also={"counted": lambda w: table(w).amax(0).sum() / len(table(w))},
        ),
    ),
    worlds=(GAPS,),
    follows=("metrics-kim-mnih", "metrics-exact"),
)


def mean_differences(w: Coded) -> Tensor:
    """The mean of |z_j - z_j'| over all pairs of images that share factor k, for every k: (K, d)."""
    apart = (w.codes[:, None] - w.codes).abs()
    rows = [apart[w.factors[:, k, None] == w.factors[:, k]].mean(0) for k in range(w.factors.shape[1])]
    return torch.stack(rows)


def told_apart(w: Coded) -> Tensor:
    """Of factors whose points are the same, one can be named."""
    return share(len({tuple(row) for row in (mean_differences(w) * 1e9).round().tolist()}), missing(w)[0])


def by_a_line(w: Coded) -> Tensor:
    """A softmax classifier, fitted to the points that many pairs give."""
    points = mean_differences(w).numpy() / w.codes.std(0).numpy()
    names = np.arange(len(points))
    fitted = LogisticRegression(C=1e6, max_iter=5000).fit(points, names)
    return torch.tensor(float(fitted.score(points, names)), dtype=torch.float64)


BY_ELIMINATION = Derivation(
    label="metrics-elimination",
    steps=(
        Step(
            r"\lim_{L \to \infty} \max_{\hat{k}} S_{\mathrm{H}}",
            told_apart,
            "all pairs: how many of the K points differ",
            also={"logistic regression": by_a_line},
        ),
        Step(
            r"\frac{K - m + 1}{K}",
            lambda w: share(missing(w)[0] - missing(w)[1] + 1, missing(w)[0]),
            "no latent is still: then it must be a missing factor, and among those one can only guess",
        ),
    ),
    worlds=(GAPS,),
    follows=("metrics-point", "metrics-higgins"),
)
