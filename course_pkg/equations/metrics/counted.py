"""What a mutual information gap says of the factors themselves: equations of the chapter `metrics`."""

import math
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from sklearn.metrics import mutual_info_score
from torch import Tensor

from course_pkg.derivation.chain import Derivation, Step, Worlds
from course_pkg.equations.metrics.votes import grid
from course_pkg.metrics import mig
from course_pkg.worlds import Symbols


class Binned(NamedTuple):
    """How many settings each of three factors has, and how many bins a latent is cut into."""

    sizes: tuple[int, ...]
    bins: int


def some_sizes(seed: int) -> Binned:
    g = torch.Generator().manual_seed(seed)
    return Binned(tuple(torch.randint(2, 13, (3,), generator=g).tolist()), int(torch.randint(3, 9, (), generator=g)))


def labels(w: Binned) -> tuple[Tensor, Tensor]:
    """The factors as codes, from 0 to 1, and as settings."""
    f = grid(*w.sizes)
    return f.double() / (torch.tensor(w.sizes) - 1), f


def by_scikit_learn(w: Binned) -> Tensor:
    z, f = (part.numpy() for part in labels(w))
    cells = np.minimum((z * w.bins).astype(int), w.bins - 1)
    gaps = []
    for k in range(3):
        said = sorted(mutual_info_score(f[:, k], cells[:, j]) for j in range(3))
        gaps.append((said[2] - said[1]) / math.log(w.sizes[k]))
    return torch.tensor(np.mean(gaps))


def cells_of(size: int, bins: int) -> Tensor:
    """The entropy of the bins of one factor, counted."""
    inside = Counter(min(v * bins // (size - 1), bins - 1) for v in range(size))
    p = torch.tensor([n / size for n in inside.values()], dtype=torch.float64)
    return -(p * p.log()).sum()


def mean_over_factors(w: Binned, part: Callable[[int], Tensor | float]) -> Tensor:
    return torch.stack([torch.as_tensor(part(n), dtype=torch.float64) for n in w.sizes]).mean()


LABELS = Derivation(
    label="metrics-mig-of-labels",
    steps=(
        Step(
            r"\mathrm{MIG}",
            lambda w: torch.tensor(mig(*labels(w), bins=w.bins).value, dtype=torch.float64),
            "codes are the factors themselves, from 0 to 1",
            also={"scikit-learn": by_scikit_learn},
        ),
        Step(
            r"\frac{1}{K} \sum_{k=1}^{K} \frac{H\left(\lfloor B f_k \rfloor\right)}{\log n_k}",
            lambda w: mean_over_factors(w, lambda n: cells_of(n, w.bins) / math.log(n)),
            "a latent says which of B cells its factor is in; the others say nothing",
        ),
    ),
    worlds=(Worlds("three factors and a number of bins", some_sizes, 10),),
    follows=("metrics-mig", "notation-entropy"),
)


# A circle in two latents --------------------------------------------------------------------------------------------


def quarters(seed: int) -> int:
    """How many settings an angle has: a multiple of four, from 8 on."""
    return 8 + 4 * (seed % 20)


def said(n: int, wave: Callable) -> Tensor:
    """I(f; a wave of f's angle), every value by itself: scikit-learn."""
    values = wave(2 * np.pi * np.arange(n) / n).round(9) + 0.0
    cells = np.unique(values, return_inverse=True)[1]
    return torch.tensor(mutual_info_score(np.arange(n), cells), dtype=torch.float64)


CIRCLE = Derivation(
    label="metrics-circle",
    steps=(
        Step(r"I(f_k; \cos \alpha)", lambda n: said(n, np.cos), "an angle alpha of n settings, a multiple of four"),
        Step(r"I(f_k; \sin \alpha)", lambda n: said(n, np.sin), "a quarter of a turn takes one to the other"),
        Step(
            r"\log n - \frac{n - 2}{n} \log 2",
            lambda n: torch.tensor(math.log(n) - (n - 2) / n * math.log(2), dtype=torch.float64),
            "a height on the circle is shared by two angles, but for the top and the bottom",
        ),
    ),
    worlds=(Worlds("circles", quarters, 12, symbols=lambda n: Symbols(numbers={"n": float(n)})),),
    follows=("notation-mutual-information",),
)
