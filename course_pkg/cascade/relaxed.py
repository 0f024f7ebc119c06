"""The relaxed sample of a discrete code (Gumbel-softmax, concrete): its density, and what a temperature does to it.

Jang et al. (2017); Maddison et al. (2017), definition 1.
"""

import math

import torch
from torch import Tensor


def relaxed(logits: Tensor, temperature: float, generator: torch.Generator | None = None) -> Tensor:
    """Samples of the simplex, softmax((logits + Gumbel noise) / temperature), differentiable in logits (..., K)."""
    noise = torch.empty_like(logits).exponential_(generator=generator).log()
    return ((logits - noise) / temperature).softmax(-1)


def log_density(y: Tensor, log_pi: Tensor, temperature: float) -> Tensor:
    """log q_tau(y) at points y (..., K) inside the simplex, with respect to its first K - 1 coordinates. (...,)."""
    k = y.shape[-1]
    height = math.lgamma(k) + (k - 1) * math.log(temperature)
    each = (log_pi - (temperature + 1) * y.log()).sum(-1)
    return height + each - k * (log_pi - temperature * y.log()).logsumexp(-1)
