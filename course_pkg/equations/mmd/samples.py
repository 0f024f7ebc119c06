"""What samples say: the two estimates, their means and spread, and the level of a test: equations of `mmd`."""

import itertools
import math

import torch
from sklearn.metrics.pairwise import rbf_kernel
from torch import Tensor

from course_pkg.derivation.agreement import Estimate
from course_pkg.derivation.chain import Definition, Derivation, Step, Worlds, Wrong
from course_pkg.mmd import mmd2, rbf
from course_pkg.worlds import Symbols

# One sample: what V has more than U ---------------------------------------------------------------

Samples = tuple[Tensor, Tensor, float]


def samples(seed: int) -> Samples:
    """Samples of 3 to 6 points in the plane, and a width."""
    g = torch.Generator().manual_seed(seed)
    n, m = (int(v) for v in torch.randint(3, 7, (2,), generator=g))
    draw = lambda count: torch.randn(count, 2, generator=g, dtype=torch.float64)
    return draw(n), draw(m) + 0.3, 0.6 + torch.rand((), generator=g).item()


def kernels(w: Samples) -> Symbols:
    """The kernel of any two points, by scikit-learn."""
    x, y, h = w[0].numpy(), w[1].numpy(), w[2]
    k = lambda a, b: ("i j", torch.from_numpy(rbf_kernel(a, b, gamma=1 / (2 * h * h))))
    arrays = {"k(x_i, x_j)": k(x, x), "k(y_i, y_j)": k(y, y), "k(x_i, y_j)": k(x, y)}
    return Symbols(numbers={"n": float(len(x)), "m": float(len(y))}, arrays=arrays)


SAMPLES = Worlds("samples in the plane", samples, symbols=kernels)
BIASED = Definition(
    label="mmd-biased",
    latex=r"V := \frac{1}{n^2} \sum_{i,j} k(x_i, x_j) + \frac{1}{m^2} \sum_{i,j} k(y_i, y_j)"
    r" - \frac{2}{n m} \sum_{i,j} k(x_i, y_j)",
    symbol="V",
    meaning="biased estimate of MMD squared from n points x_i and m points y_j (V-statistic)",
    code="mmd.mmd2",
    source="Gretton et al. (2012), eq. 5",
    judge=lambda w: mmd2(rbf(w[2]), w[0], w[1], biased=True),
    worlds=SAMPLES,
)
UNBIASED = Definition(
    label="mmd-unbiased",
    latex=r"U := \frac{1}{n (n - 1)} \sum_{i \ne j} k(x_i, x_j) + \frac{1}{m (m - 1)} \sum_{i \ne j} k(y_i, y_j)"
    r" - \frac{2}{n m} \sum_{i,j} k(x_i, y_j)",
    symbol="U",
    meaning="unbiased estimate of MMD squared: no point is compared with itself (U-statistic)",
    code="mmd.mmd2",
    source="Gretton et al. (2012), eq. 3",
    judge=lambda w: mmd2(rbf(w[2]), w[0], w[1]),
    worlds=SAMPLES,
)


def loops(w: Samples, own: bool) -> Tensor:
    """Every pair by itself."""
    x, y, h = w[0].tolist(), w[1].tolist(), w[2]
    k = lambda a, b: math.exp(-((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) / (2 * h * h))
    pairs = lambda s: [k(a, b) for i, a in enumerate(s) for j, b in enumerate(s) if own or i != j]
    mean = lambda values: sum(values) / len(values)
    value = mean(pairs(x)) + mean(pairs(y)) - 2 * mean([k(a, b) for a in x for b in y])
    return torch.tensor(value, dtype=torch.float64)


def off_diagonal(w: Samples) -> tuple[float, float]:
    """The mean of the kernel over unlike points, of either sample."""
    k = lambda s: (rbf(w[2])(s, s).sum().item() - len(s)) / (len(s) * (len(s) - 1))
    return k(w[0]), k(w[1])


def u_and_the_rest(w: Samples) -> Tensor:
    a, b = off_diagonal(w)
    return mmd2(rbf(w[2]), w[0], w[1]) + (1 - a) / len(w[0]) + (1 - b) / len(w[1])


def with_degrees_of_freedom(w: Samples) -> Tensor:
    a, b = off_diagonal(w)
    return mmd2(rbf(w[2]), w[0], w[1]) + (1 - a) / (len(w[0]) - 1) + (1 - b) / (len(w[1]) - 1)


OFF_X = r"\frac{1}{n (n - 1)} \sum_{i \ne j} k(x_i, x_j)"
OFF_Y = r"\frac{1}{m (m - 1)} \sum_{i \ne j} k(y_i, y_j)"
V_AND_U = Derivation(
    label="mmd-v-and-u",
    steps=(
        Step(
            "V",
            lambda w: mmd2(rbf(w[2]), w[0], w[1], biased=True),
            "each point compared with itself, too",
            also={"pair by pair": lambda w: loops(w, own=True)},
        ),
        Step(
            rf"U + \frac{{1}}{{n}}\left(1 - {OFF_X}\right) + \frac{{1}}{{m}}\left(1 - {OFF_Y}\right)",
            u_and_the_rest,
            "n of the n squared pairs are a point and itself, where the kernel is 1",
            wrong=(
                Wrong(
                    "each point and itself adds 1, and nothing else changes",
                    r"U + \frac{1}{n} + \frac{1}{m}",
                    lambda w: mmd2(rbf(w[2]), w[0], w[1]) + 1 / len(w[0]) + 1 / len(w[1]),
                ),
                Wrong(
                    "the diagonal is a constant, which one may leave in",
                    "U",
                    lambda w: mmd2(rbf(w[2]), w[0], w[1]),
                ),
                Wrong(
                    "a sample has n - 1 degrees of freedom",
                    rf"U + \frac{{1}}{{n - 1}}\left(1 - {OFF_X}\right) + \frac{{1}}{{m - 1}}\left(1 - {OFF_Y}\right)",
                    with_degrees_of_freedom,
                ),
            ),
        ),
    ),
    worlds=(Worlds("pairs of samples", samples, symbols=kernels),),
    follows=("mmd-biased", "mmd-unbiased"),
)

# All samples: the means -----------------------------------------------------------------------------

Laws = tuple[Tensor, Tensor, Tensor, Tensor, int]
N, M = 2, 3  # points of the two samples, few enough to try all


def three_points(seed: int) -> Laws:
    """Two laws on three points of a line each, and a seed."""
    g = torch.Generator().manual_seed(seed)
    draw = lambda: (torch.randn(3, generator=g, dtype=torch.float64), torch.rand(3, generator=g).double() + 0.1)
    (x, p), (y, q) = draw(), draw()
    return x, p / p.sum(), y, q / q.sum(), seed


def every(points: Tensor, p: Tensor, n: int) -> list[tuple[Tensor, float]]:
    """All samples of n of these points, each with its probability."""
    return [(points[list(i)][:, None], p[list(i)].prod().item()) for i in itertools.product(range(len(p)), repeat=n)]


def enumerated(w: Laws, biased: bool) -> Tensor:
    x, p, y, q, _ = w
    pairs = itertools.product(every(x, p, N), every(y, q, M))
    return torch.stack([u * v * mmd2(rbf(1.0), a, b, biased) for (a, u), (b, v) in pairs]).sum()


def drawn(w: Laws) -> Estimate:
    x, p, y, q, seed = w
    g = torch.Generator().manual_seed(seed)
    pick = lambda points, law, n: points[torch.multinomial(law, 8000 * n, True, generator=g)].view(8000, n, 1)
    a, b = pick(x, p, N), pick(y, q, M)
    k = lambda s, t: (-0.5 * (s - t.transpose(1, 2)).square()).exp()  # (8000, n, n')
    return Estimate.of(k(a, a).mean((1, 2)) + k(b, b).mean((1, 2)) - 2 * k(a, b).mean((1, 2)))


def kernel_means(w: Laws) -> tuple[Tensor, Tensor, Tensor]:
    """E k within the first law, within the second, between the two."""
    x, p, y, q, _ = w
    k = lambda a, b: rbf(1.0)(a[:, None], b[:, None])
    return p @ k(x, x) @ p, q @ k(y, y) @ q, p @ k(x, y) @ q


def bias(w: Laws, left: float = 1.0) -> Tensor:
    a, b, _ = kernel_means(w)
    return (1 - left * a) / N + (1 - left * b) / M


def truth(w: Laws) -> Tensor:
    a, b, c = kernel_means(w)
    return a + b - 2 * c


REST = (
    r" + \frac{1}{n}\left(1 - \mathbb{E}\left[k(x, x')\right]\right)"
    r" + \frac{1}{m}\left(1 - \mathbb{E}\left[k(y, y')\right]\right)"
)
BIAS = Derivation(
    label="mmd-bias",
    steps=(
        Step(
            r"\mathbb{E}\left[V\right]",
            lambda w: enumerated(w, biased=True),
            "over all samples",
            also={"Monte Carlo": drawn},
        ),
        Step(
            r"\mathbb{E}\left[U\right]" + REST,
            lambda w: enumerated(w, biased=False) + bias(w),
            "what V has more, averaged: unlike points are independent",
            wrong=(
                Wrong(
                    "the bias is the diagonal",
                    r"\mathbb{E}\left[U\right] + \frac{1}{n} + \frac{1}{m}",
                    lambda w: enumerated(w, biased=False) + bias(w, 0.0),
                ),
            ),
        ),
        Step(
            r"\mathrm{MMD}^2(P, Q)" + REST,
            lambda w: truth(w) + bias(w),
            "U is unbiased: each of its sums is a mean over independent pairs",
            wrong=(
                Wrong(
                    "an average over all samples is the truth",
                    r"\mathrm{MMD}^2(P, Q)",
                    truth,
                ),
            ),
        ),
    ),
    source="Gretton et al. (2012), lemma 6",
    worlds=(Worlds("laws on three points, all samples of 2 and 3", three_points, count=3),),
    follows=("mmd-v-and-u", "mmd-kernel-trick", "mmd-biased", "mmd-unbiased", "mmd-mmd"),
)
