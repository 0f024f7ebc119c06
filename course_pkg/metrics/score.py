"""What every metric takes and gives: a table of codes beside a table of factors, and a score that shows itself."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from course_pkg.tables import Table


@dataclass(frozen=True)
class Score:
    """A metric's answer.

    value: from 0 to 1; spread: its standard error from the metric's own draws, which says nothing about another
    training seed: 0 where nothing was drawn, None where one run cannot tell (`repeated` can); settings: what was
    chosen; table (K, d): what the answer was read from, a row a factor and a column a latent (votes, weights, nats:
    `means` says which); further: other numbers of the same metric.
    """

    name: str
    value: float
    spread: float | None
    settings: Mapping[str, Any]
    table: Tensor
    means: str
    further: Mapping[str, float] = field(default_factory=dict)

    def __float__(self) -> float:
        return self.value

    def __repr__(self) -> str:
        spread = f" ± {self.spread:.3f}" if self.spread else " ± ?" if self.spread is None else ""
        further = "".join(f", {name} {value:.3f}" for name, value in self.further.items())
        chosen = ", ".join(f"{name}={value}" for name, value in self.settings.items())
        return f"{self.name} {self.value:.3f}{spread}{further} ({chosen})"

    def _repr_html_(self) -> str:
        head = ["factor", *(f"z{j}" for j in range(self.table.shape[1]))]
        rows = [[k, *(f"{v:.3g}" for v in row)] for k, row in enumerate(self.table.tolist())]
        return Table(head, rows, f"{self!r}: {self.means}")._repr_html_()


def repeated(metric: Callable[[torch.Generator], Score], draws: int = 5, seed: int = 0) -> Score:
    """The mean of a score over as many runs, each with a generator of its own (seeds seed, seed + 1, ...).

    spread: the standard error of that mean; further: `one run`, the standard deviation of a single run, beside the
    means of the metric's other numbers; the table is averaged too. Raises ValueError for fewer than two draws.
    """
    if draws < 2:
        raise ValueError(f"expected two draws or more, for one alone has no spread, got {draws}")
    runs = [metric(torch.Generator().manual_seed(seed + k)) for k in range(draws)]
    values = torch.tensor([run.value for run in runs], dtype=torch.float64)
    further = {name: sum(run.further[name] for run in runs) / draws for name in runs[0].further}
    deviation = values.std().item()
    table = torch.stack([run.table for run in runs]).mean(0)
    further["one run"] = deviation
    first = runs[0]
    settings = {**first.settings, "runs": draws}
    return Score(first.name, values.mean().item(), deviation / math.sqrt(draws), settings, table, first.means, further)


@dataclass(frozen=True)
class Measured:
    """Codes and factors that were looked at once, for all metrics alike.

    codes (N, d), float64; factors (N, K), settings 0 .. size - 1; discrete (d,): which columns hold names, not
    quantities (0.0, 1.0, 2.0 of a categorical code); active (d,): which columns a metric may use.
    """

    codes: Tensor
    factors: Tensor
    discrete: Tensor
    active: Tensor

    @property
    def sizes(self) -> tuple[int, ...]:
        return tuple(int(size) + 1 for size in self.factors.amax(0))


def measured(codes: Tensor, factors: Tensor, active: Tensor | None = None, discrete: Tensor | None = None) -> Measured:
    """Codes (N, d) and factors (N, K), checked. On the device of the codes.

    Any factor data will do: a full grid, a sample of it, dependent factors. Fewer latents than factors are allowed (a
    metric says what that costs), and a latent that is constant never wins.

    Raises ValueError for other shapes or lengths, no images, codes that are not finite, factors that are not whole
    numbers from 0, a factor with a single setting, and codes that are constant in every active column.
    """
    if codes.ndim != 2 or factors.ndim != 2 or len(codes) != len(factors):
        shapes = f"{tuple(codes.shape)} and {tuple(factors.shape)}"
        raise ValueError(f"expected codes (N, d) and factors (N, K) of the same N images, got {shapes}")
    if not codes.numel() or not factors.numel():
        raise ValueError(f"expected at least one image, latent and factor, got {len(codes)} images")
    if not torch.isfinite(codes).all():
        bad = (~torch.isfinite(codes)).any(1)
        raise ValueError(
            f"{int(bad.sum())} of {len(codes)} codes are not finite, the first of image {int(bad.int().argmax())}"
        )
    if factors.is_floating_point() or int(factors.min()) < 0:
        raise ValueError(
            f"expected settings as whole numbers from 0, got {factors.dtype}, the least {factors.min().item()}"
        )
    factors = factors.long().to(codes.device)
    single = [k for k in range(factors.shape[1]) if (factors[:, k] == factors[0, k]).all()]
    if single:
        raise ValueError(f"factor {single[0]} has one setting only, so that no code can tell it: leave its column out")
    masks = []
    for name, mask, default in (("active", active, True), ("discrete", discrete, False)):
        mask = torch.full((codes.shape[1],), default) if mask is None else mask
        if mask.shape != (codes.shape[1],) or mask.dtype != torch.bool:
            raise ValueError(
                f"expected {name} as a mask of {codes.shape[1]} booleans, got {tuple(mask.shape)} {mask.dtype}"
            )
        masks.append(mask.to(codes.device))
    moving = (codes != codes[0]).any(0)
    if not (masks[0] & moving).any():
        raise ValueError("every active latent is constant over the images: there is nothing to measure")
    return Measured(codes.double(), factors, masks[1], masks[0] & moving)


def chosen(m: Measured) -> str:
    """The latents that were looked at, for a score's settings."""
    return "all" if m.active.all() else ",".join(f"z{j}" for j in m.active.nonzero()[:, 0].tolist())


def spread_of(codes: Tensor, discrete: Tensor) -> Tensor:
    """How far apart the codes (..., L, d) lie: the variance of a quantity, Gini's of names. Shape (..., d).

    Gini's: the chance that two of the images have different names. Both are zero for equal codes.
    """
    out = codes.var(-2, correction=1)
    for j in discrete.nonzero()[:, 0].tolist():
        names = codes[..., j].unique(return_inverse=True)[1]
        share = torch.nn.functional.one_hot(names).double().mean(-2)
        out[..., j] = 1 - share.square().sum(-1)
    return out
