"""What a training step pays for the rate when the price is no constant: prices, and schedules that move them.

A price is what `training.train` takes as a weight: it maps the term averaged over the batch (a scalar, or (d,) for a
term with a value for each latent) and the step to a scalar of the loss, in nats. A schedule maps a step to a number.
Nothing here reads a tensor back to the host.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

Schedule = Callable[[int], float]


@dataclass(frozen=True)
class Linear:
    """From `start` at step 0 in a straight line to `end` at step `steps`, and constant from there on."""

    start: float
    end: float
    steps: int

    def __call__(self, step: int) -> float:
        return self.start + (self.end - self.start) * min(step / self.steps, 1.0)


def constant(value: float) -> Schedule:
    """The same number at every step."""
    return Linear(value, value, 1)


def linear(start: float, end: float, steps: int) -> Schedule:
    """The schedule `Linear`. ValueError for fewer than one step, or where an end is not finite."""
    if steps < 1 or not (math.isfinite(start) and math.isfinite(end)):
        raise ValueError(f"expected finite ends and at least one step, got {start} to {end} in {steps}")
    return Linear(start, end, steps)


def check_gamma(gamma: float) -> None:
    """Raise ValueError unless gamma is positive and finite."""
    if not 0 < gamma < math.inf:
        raise ValueError(f"expected a positive, finite gamma, got {gamma}")


@dataclass(frozen=True)
class Capacity:
    """gamma * abs(KL - C(step)): the KL is held at C from both sides. Burgess et al. (2018), eq. 8."""

    gamma: float
    schedule: Schedule

    def __post_init__(self) -> None:
        check_gamma(self.gamma)

    def __call__(self, value: Tensor, step: int) -> Tensor:
        return self.gamma * (value.sum() - self.schedule(step)).abs()


@dataclass(frozen=True)
class Hinge:
    """gamma * max(0, KL - C(step)): the KL may be smaller than C for nothing, and larger at a price."""

    gamma: float
    schedule: Schedule

    def __post_init__(self) -> None:
        check_gamma(self.gamma)

    def __call__(self, value: Tensor, step: int) -> Tensor:
        return self.gamma * (value.sum() - self.schedule(step)).clamp_min(0.0)


@dataclass(frozen=True)
class Annealed:
    """beta(step) * KL: a beta-VAE whose beta moves."""

    schedule: Schedule

    def __call__(self, value: Tensor, step: int) -> Tensor:
        return self.schedule(step) * value.sum()
