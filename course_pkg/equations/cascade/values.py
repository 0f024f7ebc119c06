"""What a code that counts costs, and who takes which value: equations of the chapter `cascade`."""

import itertools
import math
from typing import NamedTuple

import scipy.stats
import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from course_pkg.derivation.chain import Derivation, Step, Worlds, Wrong
from course_pkg.worlds import Symbols

# The rate of a hard code --------------------------------------------------------------------------------


class Hard(NamedTuple):
    """The value of each image (N,), how likely each image is (N,), and how many values there are."""

    value: Tensor
    p_x: Tensor
    values: int


def hard(seed: int) -> Hard:
    """Six images that are not equally likely, each at one of two to four values."""
    g = torch.Generator().manual_seed(seed)
    values = 2 + seed % 3
    p = torch.rand(6, generator=g, dtype=torch.float64) + 0.1
    return Hard(torch.randint(values, (6,), generator=g), p / p.sum(), values)


def rows(w: Hard) -> Tensor:
    return torch.nn.functional.one_hot(w.value, w.values).double()


def coded(w: Hard) -> Symbols:
    """How many images take each value, and what the code says and how its values are used."""
    images = torch.bincount(w.value, minlength=w.values).double()
    said = {"I(x; c)": ("", said_of_images(w)), "H(c)": ("", use(w)), "n_k": ("k", images)}
    return Symbols(numbers={"K": float(w.values), "B": float(len(w.value))}, arrays=said)


def rate_by_scipy(w: Hard) -> Tensor:
    uniform = [1 / w.values] * w.values
    q = [[float(k == value) for k in range(w.values)] for value in w.value.tolist()]
    return torch.as_tensor(sum(p * scipy.stats.entropy(row, uniform) for p, row in zip(w.p_x.tolist(), q, strict=True)))


def rate_by_sum(w: Hard) -> Tensor:
    q = rows(w)
    return (w.p_x[:, None] * torch.special.xlogy(q, q * w.values)).sum()


def use(w: Hard) -> Tensor:
    """The entropy of how often each value comes."""
    share = w.p_x @ rows(w)
    return -torch.special.xlogy(share, share).sum()


def said_of_images(w: Hard) -> Tensor:
    """I(x; c): an image's own row against how often its value comes, averaged over images."""
    share = torch.zeros(w.values, dtype=torch.float64).index_add(0, w.value, w.p_x)
    return -(w.p_x * share[w.value].log()).sum()


HARD = Derivation(
    label="cascade-hard",
    steps=(
        Step(
            r"\mathbb{E}_{p(x)}\left[D_{\mathrm{KL}}\left(q_\phi(c \mid x) \,\|\, p(c)\right)\right]",
            rate_by_sum,
            "an image has one value; before, all K were equally likely",
            also={"scipy's relative entropies": rate_by_scipy},
        ),
        Step(
            r"I(x; c) + \log K - H(c)",
            lambda w: said_of_images(w) + math.log(w.values) - use(w),
            "what the code says of the image, and how unevenly the values are used",
            wrong=(
                Wrong("the rate is what the code says", r"I(x; c)", said_of_images),
                Wrong(
                    "a value used more often costs more",
                    r"I(x; c) + \log K + H(c)",
                    lambda w: said_of_images(w) + math.log(w.values) + use(w),
                ),
            ),
        ),
        Step(
            r"\log K",
            lambda w: torch.tensor(math.log(w.values), dtype=torch.float64),
            "a code that is decided by the image says its own entropy",
            wrong=(Wrong("each image pays for its own value's chance", "H(c)", use),),
        ),
    ),
    worlds=(Worlds("codes of six images, a value each", hard, symbols=coded),),
    follows=("notation-kl", "notation-entropy", "notation-mutual-information"),
)

# Crowds ---------------------------------------------------------------------------------------------------


def pairs_counted(w: Hard) -> Tensor:
    values = w.value.tolist()
    return torch.tensor(float(sum(a == b for a, b in itertools.combinations(values, 2))), dtype=torch.float64)


def counts(w: Hard) -> Tensor:
    return w.value.bincount(minlength=w.values).double()


CROWD = Derivation(
    label="cascade-crowd",
    steps=(
        Step(
            r"\sum_{k=1}^{K} \frac{n_k (n_k - 1)}{2}",
            lambda w: (counts(w) * (counts(w) - 1) / 2).sum(),
            "pairs of images at one value",
            also={"every pair": pairs_counted},
        ),
        Step(
            r"\frac{B^2}{2} \sum_{k=1}^{K} \left(\frac{n_k}{B}\right)^2 - \frac{B}{2}",
            lambda w: len(w.value) ** 2 / 2 * rows(w).mean(0).square().sum() - len(w.value) / 2,
            "a square of a share is how often two images drawn with replacement meet there",
            wrong=(
                Wrong(
                    "an image makes a pair with itself",
                    r"\frac{B^2}{2} \sum_{k=1}^{K} \left(\frac{n_k}{B}\right)^2",
                    lambda w: len(w.value) ** 2 / 2 * rows(w).mean(0).square().sum(),
                ),
                Wrong(
                    "of all pairs, the share that meets",
                    r"\frac{B (B - 1)}{2} \sum_{k=1}^{K} \left(\frac{n_k}{B}\right)^2",
                    lambda w: len(w.value) * (len(w.value) - 1) / 2 * rows(w).mean(0).square().sum(),
                ),
            ),
        ),
    ),
    worlds=(Worlds("codes of six images, a value each", hard, symbols=coded),),
)

# The assignment of least cost -----------------------------------------------------------------------------


class Batch(NamedTuple):
    """The cost of each image at each value (B, K), and the price of a pair."""

    costs: Tensor
    lam: float


def batch(seed: int) -> Batch:
    """Four or five images, two or three values, a price of about the gaps between them."""
    g = torch.Generator().manual_seed(seed)
    costs = torch.randn(4 + seed % 2, 2 + seed % 2, generator=g, dtype=torch.float64)
    return Batch(costs, 0.2 + 0.8 * torch.rand((), generator=g).item())


def price_of(w: Batch, chosen: tuple[int, ...]) -> float:
    crowd = [chosen.count(k) for k in range(w.costs.shape[1])]
    own = sum(w.costs[i, k].item() for i, k in enumerate(chosen))
    return own + w.lam * sum(n * (n - 1) for n in crowd) / 2


def every_assignment(w: Batch) -> Tensor:
    images, values = w.costs.shape
    return torch.tensor(
        min(price_of(w, chosen) for chosen in itertools.product(range(values), repeat=images)), dtype=torch.float64
    )


def value_by_value(w: Batch) -> Tensor:
    """The same by dynamic programming: after each image, the least cost of every way to have filled the values."""
    values = w.costs.shape[1]
    best = {(0,) * values: 0.0}
    for row in w.costs.tolist():
        following: dict[tuple[int, ...], float] = {}
        for filled, spent in best.items():
            for k in range(values):
                state = (*filled[:k], filled[k] + 1, *filled[k + 1 :])
                total = spent + row[k] + w.lam * filled[k]
                following[state] = min(following.get(state, math.inf), total)
        best = following
    return torch.tensor(min(best.values()), dtype=torch.float64)


def with_places(w: Batch) -> Tensor:
    """The linear assignment of images to places, the m-th place of a value for m prices more."""
    table = (w.costs[:, :, None] + w.lam * torch.arange(len(w.costs), dtype=torch.float64)).flatten(1).numpy()
    return torch.as_tensor(table[linear_sum_assignment(table)].sum())


def at_their_best(w: Batch, crowds: bool) -> Tensor:
    chosen = tuple(w.costs.argmin(1).tolist())
    return torch.tensor(price_of(w if crowds else w._replace(lam=0.0), chosen), dtype=torch.float64)


PLACES = Derivation(
    label="cascade-places",
    steps=(
        Step(
            r"\min_{a_1, \ldots, a_B} \left\{\sum_{i=1}^{B} u_{i a_i}"
            r" + \lambda \sum_{k=1}^{K} \frac{n_k \left(n_k - 1\right)}{2}\right\}",
            every_assignment,
            "over every assignment of a value to each image",
            also={"dynamic programming": value_by_value},
        ),
        Step(
            r"\min_{(a_i, m_i) \ne (a_j, m_j)} \left\{\sum_{i=1}^{B} u_{i a_i} + \lambda \sum_{i=1}^{B} m_i\right\}",
            with_places,
            "a value has places 0, 1, 2, ... for one image each: a linear assignment, which takes the cheap ones first",
            wrong=(
                Wrong(
                    "each image takes the value that suits it best, and the crowds cost what they cost",
                    r"\sum_{i=1}^{B} \min_k u_{ik} + \lambda \sum_{k=1}^{K} \frac{n_k \left(n_k - 1\right)}{2}",
                    lambda w: at_their_best(w, True),
                ),
                Wrong(
                    "the price of crowds is too small to matter",
                    r"\sum_{i=1}^{B} \min_k u_{ik}",
                    lambda w: at_their_best(w, False),
                ),
            ),
        ),
    ),
    source="Jeong and Song (2019), who solve it as a flow",
    worlds=(Worlds("batches of four and five", batch),),
)
