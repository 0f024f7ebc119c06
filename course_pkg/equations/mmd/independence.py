"""MMD between pairs and pairs put together at random: equations of the chapter `mmd`."""

import itertools

import numpy as np
import torch
from torch import Tensor

from course_pkg.derivation.chain import Definition, Derivation, Step, Worlds, Wrong
from course_pkg.mmd import hsic, rbf
from course_pkg.worlds import Symbols

Joint = tuple[Tensor, Tensor, Tensor]


def joint(seed: int) -> Joint:
    """Three points x, four points y on lines, and how often each pair occurs (3, 4), in whole numbers."""
    g = torch.Generator().manual_seed(seed)
    x, y = torch.randn(3, generator=g, dtype=torch.float64), torch.randn(4, generator=g, dtype=torch.float64)
    return x, y, torch.randint(1, 6, (3, 4), generator=g).double()


def tables(w: Joint) -> tuple[Tensor, Tensor, Tensor]:
    k = lambda s: rbf(1.0)(s[:, None], s[:, None])
    return k(w[0]), k(w[1]), w[2] / w[2].sum()


def pairs_and_products(w: Joint) -> Tensor:
    """One quadratic form over all twelve pairs: the joint law less the product of its marginals."""
    k, l, p = tables(w)
    weights = (p - p.sum(1)[:, None] * p.sum(0)).flatten()
    return weights @ torch.from_numpy(np.kron(k.numpy(), l.numpy())) @ weights


def of_a_sample(w: Joint) -> Tensor:
    """The pairs written out as often as they occur: then the law is a sample."""
    rows = [(a, b) for i, j in itertools.product(range(3), range(4)) for a, b in [(w[0][i], w[1][j])] * int(w[2][i, j])]
    x, y = (torch.stack(side)[:, None] for side in zip(*rows, strict=True))
    bell = lambda a, b: (-0.5 * (a - b.T).square()).exp()
    return hsic((bell, bell), x, y)


JOINTS = Worlds(
    "laws of pairs",
    joint,
    symbols=lambda w: Symbols(arrays={r"\mathrm{MMD}^2\left(p(x, y), p(x)\, p(y)\right)": ("", pairs_and_products(w))}),
)
HSIC = Definition(
    label="mmd-hsic",
    latex=r"\mathrm{HSIC}(x, y) := \mathrm{MMD}^2\left(p(x, y), p(x)\, p(y)\right)",
    symbol=r"\mathrm{HSIC}(x, y)",
    meaning="Hilbert-Schmidt independence criterion: MMD squared from independence; its kernel is k(x, x') l(y, y')",
    code="mmd.hsic",
    source="Gretton et al. (2005)",
    judge=of_a_sample,
    worlds=JOINTS,
)


def three_means(w: Joint, cross: float = -2.0, product: float = 1.0) -> Tensor:
    k, l, p = tables(w)
    a, b = p.sum(1), p.sum(0)
    together = torch.einsum("ij,ik,jl,kl->", p, k, l, p)
    return together + product * (a @ k @ a) * (b @ l @ b) + cross * torch.einsum("ij,i,j->", p, k @ a, l @ b)


BOTH = r"\mathbb{E}\left[k(x, x')\, l(y, y')\right]"
ROW_MEAN = Definition(
    label="mmd-row-mean",
    latex=r"\bar{k}(x) := \mathbb{E}_{x'}\left[k(x, x')\right]",
    symbol=r"\bar{k}(x)",
    meaning="mean of a kernel between a point and a law",
)
APART = r"\mathbb{E}\left[\bar{k}(x)\right] \mathbb{E}\left[\bar{l}(y)\right]"
MIXED = r"\mathbb{E}\left[\bar{k}(x)\, \bar{l}(y)\right]"
HSIC_MEANS = Derivation(
    label="mmd-hsic-means",
    steps=(
        Step(r"\mathrm{HSIC}(x, y)", pairs_and_products, "definition", also={"as a sample": of_a_sample}),
        Step(
            rf"{BOTH} + {APART} - 2\, {MIXED}",
            three_means,
            "the kernel trick; under independence the mean of a product is the product of the means",
            wrong=(
                Wrong(
                    "a covariance of kernels: the mean of the product less the product of the means",
                    rf"{BOTH} - {APART}",
                    lambda w: three_means(w, 0.0, -1.0),
                ),
                Wrong(
                    "the cross term counts once",
                    rf"{BOTH} + {APART} - {MIXED}",
                    lambda w: three_means(w, -1.0),
                ),
            ),
        ),
    ),
    source="Gretton et al. (2005), lemma 1",
    worlds=(Worlds("laws of pairs of points", joint),),
    follows=("mmd-hsic", "mmd-kernel-trick", "mmd-row-mean"),
)
