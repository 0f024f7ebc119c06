"""What is open at a step: prices that fall latent by latent, and the step from which a discrete code counts.

A price is what `training.train` takes as a weight, a schedule what it calls before a step. Jeong and Song (2019),
"Learning Discrete and Continuous Factors of Data via Alternating Disentanglement", Algorithm 1.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from course_pkg.models.mixed import Assigned


def stage(step: int, every: int) -> int:
    """The stage that a step (1, 2, ...) is in, 0 for the first `every` steps."""
    return (step - 1) // every


@dataclass(frozen=True)
class Graded:
    """Latent k costs `high` nats a nat until its turn and `low` from then on: one more opens every `every` steps.

    The first is open from the first step. After `before` latents one stage opens none: it is the discrete code's.
    """

    low: float
    high: float
    every: int
    before: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.high < math.inf or self.every < 1:
            raise ValueError(
                f"expected prices 0 <= low <= high and a stage of one step or more, got low {self.low:g}, "
                f"high {self.high:g} and every {self.every}"
            )

    def opened(self, step: int) -> int:
        """How many latents are open at a step."""
        now = stage(step, self.every)
        return now + 1 if self.before is None or now < self.before else max(self.before, now)

    def prices(self, latents: int, step: int, like: Tensor | None = None) -> Tensor:
        """What a nat of each latent costs at a step. (d,), of the type and on the device of `like`."""
        dear = torch.full((latents,), self.high) if like is None else torch.full_like(like, self.high)
        dear[: self.opened(step)] = self.low
        return dear

    def __call__(self, value: Tensor, step: int) -> Tensor:
        return (self.prices(len(value), step, value.detach()) * value).sum()


@dataclass(frozen=True)
class CountsFrom:
    """The schedule of a discrete code that the decoder sees from that step on."""

    first: int

    def __call__(self, model: Assigned, step: int) -> None:
        model.counts.fill_(float(step >= self.first))
