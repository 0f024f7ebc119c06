"""When two values agree. A value is one of

* a tensor: compared within a tolerance, relative to the larger side (absolute below one);
* an `Estimate` (Monte Carlo mean and standard error): compared within a quantile that keeps the false-alarm
  rate of the whole check, over all its comparisons and fresh seeds, at `ALPHA` or less;
* a sympy expression: the difference is simplified to zero, a proof rather than a test.
"""

import math
import statistics
from dataclasses import dataclass
from typing import Any

import sympy
import torch
from torch import Tensor

ALPHA = 1e-4  # false alarms of one whole Monte Carlo check, if its seeds were drawn afresh


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


def compare(relation: str, left: Any, right: Any, tolerance: float, comparisons: int) -> tuple[float, float, str]:
    """The residual of `left relation right`, the limit it must not exceed, and how to print that limit."""
    if isinstance(left, sympy.Basic):
        return (0.0 if sympy.simplify(left - right) == 0 else math.inf), 0.0, "proved"
    error = sum(value.error**2 for value in (left, right) if isinstance(value, Estimate))
    signed = difference(left, right)
    excess = {"=": signed.abs(), r"\ge": -signed, r"\le": signed}[relation]
    if isinstance(error, Tensor):
        quantile = statistics.NormalDist().inv_cdf(1 - ALPHA / (2 * comparisons))
        error = torch.where(error > 0, error.sqrt(), math.nan)  # no spread: nothing was measured, accept nothing
        return (excess / error).max().item(), quantile, f"{quantile:.1f} std. errors"
    size = torch.maximum(mean(left).abs(), mean(right).abs()).clamp_min(1.0)
    return (excess / size).max().item(), tolerance, f"< {tolerance:.0e}"


def mean(value: Any) -> Tensor:
    """The tensor, or the estimate's mean."""
    return value.mean if isinstance(value, Estimate) else torch.as_tensor(value)


def difference(left: Any, right: Any) -> Tensor:
    """left - right; shapes must agree, so that nothing is broadcast into agreement."""
    a, b = mean(left), mean(right)
    if a.shape != b.shape:
        raise ValueError(f"two lines disagree in shape: {tuple(a.shape)} and {tuple(b.shape)}")
    return a - b


def show(value: Any) -> str:
    """A value as an error message prints it: a few numbers, or the expression."""
    if isinstance(value, Estimate):
        return f"{show(value.mean)} ± {show(value.error)}"
    if isinstance(value, Tensor):
        numbers = [f"{v:.6g}" for v in value.flatten()[:4].tolist()]
        return "[" + ", ".join(numbers) + (", ...]" if value.numel() > 4 else "]")
    return str(value)
