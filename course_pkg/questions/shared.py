"""What the questions of several chapters share: random inputs, slips that can be made anywhere, conditions."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from course_pkg.grading import Condition, Wrong


def normals(seed: int, count: int, *shape: int) -> list[Tensor]:
    """That many standard normal tensors of one shape."""
    g = torch.Generator().manual_seed(seed)
    return [torch.randn(shape, generator=g, dtype=torch.float64) for _ in range(count)]


def numbers(values: list) -> Tensor:
    """A float64 tensor of given numbers."""
    return torch.tensor(values, dtype=torch.float64)


def level(variances: Tensor, capacity: float, half: float = 0.5) -> Tensor:
    """The water level: half the logarithm of v / level, added over the variances above it, is the capacity.

    With the n largest in use it is their geometric mean times exp(-2 C / n); n is right where the level is above
    the next variance. Of all n the right one gives the highest level.
    """
    logs = variances.clamp_min(1e-300).sort(descending=True).values.log()
    n = torch.arange(1, len(logs) + 1, dtype=logs.dtype)
    return ((logs.cumsum(0) - capacity / half) / n).max().exp()


# Slips that can be made in many questions: each from the right answer ----------------------------------------------


def changed(value: Any, f: Callable) -> Any:
    """f of a value, or of each entry of a dict."""
    return {name: f(v) for name, v in value.items()} if isinstance(value, dict) else f(value)


def after(reference: Callable, f: Callable) -> Callable:
    """An answer that does f to what is right."""
    return lambda **given: changed(reference(**given), f)


def bits(reference: Callable) -> Wrong:
    message = "that is in bits. This course counts in nats: the natural logarithm."
    return Wrong("bits for nats", after(reference, lambda v: v / math.log(2)), message)


def log_sigma(reference: Callable, *names: str, message: str = "") -> Wrong:
    """These arguments, log sigma squared, are taken for log sigma."""
    default = "log_var is log sigma squared, so sigma is exp(log_var / 2): the variance is exp(log_var)."
    answer = lambda **given: reference(**{**given, **{name: 2 * given[name] for name in names}})
    return Wrong("log_var read as log sigma", answer, message or default)


def half_missing(reference: Callable, message: str = "the exponent of a Gaussian has a 1/2.") -> Wrong:
    return Wrong("the exponent's 1/2 is missing", after(reference, lambda v: 2 * v), message)


def negated(reference: Callable, message: str, name: str = "the sign") -> Wrong:
    return Wrong(name, after(reference, lambda v: -v), message)


def mean_for_sum(reference: Callable, what: str, count: Callable[..., int], message: str) -> Wrong:
    """A mean over so many things, which should have been added."""
    return Wrong(f"a mean over {what}", lambda **given: reference(**given) / count(**given), message)


def images_averaged(reference: Callable) -> Wrong:
    message = "return one number an image; the training loop averages over images."
    return Wrong("a mean over images", after(reference, lambda v: v.mean()), message)


def batch_summed(reference: Callable) -> Wrong:
    message = "you added the images of the batch too: the result would grow with the batch. Keep the images apart."
    return Wrong("the batch is summed", after(reference, lambda v: v.sum()), message)


# Conditions ---------------------------------------------------------------------------------------------------------


def at_least(low: float, text: str, entry: str = "") -> Condition:
    return Condition(_of(entry, text), lambda given, found: found[entry].clamp_max(low) - low)


def at_most(high: float, text: str, entry: str = "") -> Condition:
    return Condition(_of(entry, text), lambda given, found: found[entry].clamp_min(high) - high)


def _of(entry: str, text: str) -> str:
    """A condition on one of several entries says which: another may have the same."""
    return f"{entry}: {text}" if entry else text


DIVERGENCE = at_least(0.0, "a divergence is never negative")
PRICE = at_least(0.0, "a multiplier of an inequality is never negative")
ROWS = Condition("each row sums to one", lambda given, found: found[""].sum(1) - 1)
WHOLE = Condition("the answer is a whole number", lambda given, found: found[""] - found[""].round())
