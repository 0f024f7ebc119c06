"""The mutual information gap: how much more the best latent says about a factor than the second best.

Chen, Li, Grosse and Duvenaud (2018), "Isolating Sources of Disentanglement in VAEs", eq. 6.
"""

import torch
from torch import Tensor

from course_pkg.metrics.information import mutual_information
from course_pkg.metrics.score import Score, chosen, measured


def mig(
    codes: Tensor, factors: Tensor, bins: int | None = 20, active: Tensor | None = None, discrete: Tensor | None = None
) -> Score:
    """The gap between the two largest I(f_k; z_j), over H(f_k), averaged over factors. codes (N, d), factors (N, K).

    bins: cells of equal width for a quantity, as public code has them; None counts every value by itself, on which any
    invertible map of one latent does nothing, and any rotation everything. With one latent the second best says 0.
    Raises ValueError as `measured` does, and for fewer than two bins.
    """
    m = measured(codes, factors, active, discrete)
    information, of_factor = mutual_information(m, bins)
    second = torch.zeros_like(information[:, :1])
    best = torch.cat([information, second], 1).topk(2, dim=1).values
    gaps = (best[:, 0] - best[:, 1]) / of_factor
    further = {f"factor {k}": gap for k, gap in enumerate(gaps.tolist())}
    settings = {"bins": bins, "latents": chosen(m)}
    return Score("MIG", gaps.mean().item(), 0.0, settings, information, "mutual information in nats", further)
