"""When two values agree, and by how much. A value is one of

* a tensor (or a plain number): compared within a tolerance, relative to the larger side (absolute below one);
* an `Estimate` (Monte Carlo mean and standard error): compared within a quantile that keeps the false-alarm
  rate of the whole check, over all its comparisons and fresh seeds, at `ALPHA` or less;
* a sympy expression: the difference is simplified to zero, a proof rather than a test.
"""

import math
import numbers
import statistics
from dataclasses import dataclass
from typing import Any

import sympy
import torch
from torch import Tensor

ALPHA = 1e-4  # false alarms of one whole Monte Carlo check, if its seeds were drawn afresh
EXACT, MONTE_CARLO, PROVED = "exact", "Monte Carlo", "proved"


@dataclass(frozen=True)
class Estimate:
    """A Monte Carlo mean and its standard error, of the same shape, from n samples."""

    mean: Tensor
    error: Tensor
    n: int

    @classmethod
    def of(cls, samples: Tensor) -> "Estimate":
        """From independent samples along the first axis."""
        n = len(samples)
        return cls(samples.mean(0), samples.std(0) / math.sqrt(n), n)


@dataclass(frozen=True)
class Agreement:
    """What a comparison observed, and what it allowed.

    kind is EXACT (both are differences, relative to the larger side or to one), MONTE_CARLO (both are numbers of
    standard errors) or PROVED (the observed is zero, or infinite where no proof was found). An inequality observes
    by how much it is crossed: below zero where there is room.
    """

    kind: str
    allowed: float
    observed: float

    @property
    def holds(self) -> bool:
        return self.observed <= self.allowed  # False where nan was observed

    def __str__(self) -> str:
        if self.kind == PROVED:
            return "proved" if self.holds else "not proved"
        observed = max(0.0, self.observed)
        if self.kind == MONTE_CARLO:
            return f"allowed {self.allowed:.1f} std. errors, observed {observed:.1f}"
        return f"allowed {self.allowed:.0e}, observed {rounded_up(observed)}"


def rounded_up(value: float) -> str:
    """A small number with one digit, never below itself: 3.1e-16 is printed as 4e-16."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    power = math.floor(math.log10(value))
    digit = math.ceil(round(value / 10.0**power, 9))
    return f"{digit * 10.0**power:.0e}"


def worst(agreements: list[Agreement]) -> tuple[Agreement, ...]:
    """The worst of each kind and limit, in the order in which they first came."""
    found: dict[tuple[str, float], Agreement] = {}
    for agreement in agreements:
        key = (agreement.kind, agreement.allowed)
        if key not in found or agreement.observed > found[key].observed:
            found[key] = agreement
    return tuple(found.values())


def compare(relation: str, left: Any, right: Any, tolerance: float, comparisons: int) -> Agreement:
    """Compare `left relation right`, one of `comparisons` that share the false-alarm rate.

    Raises TypeError where a value is none of the kinds above, or only one of the two is an expression, ValueError
    where the two disagree in shape or hold no number.
    """
    for value in (left, right):
        check_value(value)
    if isinstance(left, sympy.Basic) or isinstance(right, sympy.Basic):
        if relation != "=" or not (isinstance(left, sympy.Basic) and isinstance(right, sympy.Basic)):
            raise TypeError(f"expected two expressions that are equal, got {show(left)} {relation} {show(right)}")
        return Agreement(PROVED, 0.0, 0.0 if sympy.simplify(left - right) == 0 else math.inf)
    error = sum(value.error**2 for value in (left, right) if isinstance(value, Estimate))
    signed = difference(left, right)
    excess = {"=": signed.abs(), r"\ge": -signed, r"\le": signed}[relation]
    if isinstance(error, Tensor):
        quantile = statistics.NormalDist().inv_cdf(1 - ALPHA / (2 * comparisons))
        error = torch.where(error > 0, error.sqrt(), math.nan)  # no spread: nothing was measured, accept nothing
        return Agreement(MONTE_CARLO, quantile, (excess / error).max().item())
    size = torch.maximum(mean(left).abs(), mean(right).abs()).clamp_min(1.0)
    return Agreement(EXACT, tolerance, (excess / size).max().item())


def check_value(value: Any) -> None:
    """Raises TypeError unless a value can be compared."""
    if not isinstance(value, (Tensor, Estimate, sympy.Basic, numbers.Real)):
        came = "None" if value is None else f"a {type(value).__name__}"
        raise TypeError(f"expected a tensor, a number, an Estimate or a sympy expression, got {came}")
    if isinstance(value, bool) or (isinstance(value, Tensor) and value.dtype == torch.bool):
        raise TypeError(f"expected numbers, got {show(value)}, which is true or false")


def mean(value: Any) -> Tensor:
    """The tensor, or the estimate's mean."""
    return value.mean if isinstance(value, Estimate) else torch.as_tensor(value)


def difference(left: Any, right: Any) -> Tensor:
    """left - right; shapes must agree, so that nothing is broadcast into agreement."""
    a, b = mean(left), mean(right)
    if a.shape != b.shape:
        raise ValueError(f"two lines disagree in shape: {tuple(a.shape)} and {tuple(b.shape)}")
    if not a.numel():
        raise ValueError(f"expected numbers to compare, got none: both sides have shape {tuple(a.shape)}")
    return a - b


def show(value: Any) -> str:
    """A value as an error message prints it: a few numbers, or the expression."""
    if isinstance(value, Estimate):
        return f"{show(value.mean)} ± {show(value.error)}"
    if isinstance(value, Tensor):
        first = [f"{v:.6g}" for v in value.flatten()[:4].tolist()]
        return "[" + ", ".join(first) + (", ...]" if value.numel() > 4 else "]")
    return str(value)
