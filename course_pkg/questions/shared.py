"""What the questions of several chapters compute."""

import torch
from torch import Tensor


def level(variances: Tensor, capacity: float, half: float = 0.5) -> Tensor:
    """The water level: half the logarithm of v / level, added over the variances above it, is the capacity.

    With the n largest in use it is their geometric mean times exp(-2 C / n); n is right where the level is above
    the next variance. Of all n the right one gives the highest level.
    """
    logs = variances.clamp_min(1e-300).sort(descending=True).values.log()
    n = torch.arange(1, len(logs) + 1, dtype=logs.dtype)
    return ((logs.cumsum(0) - capacity / half) / n).max().exp()
