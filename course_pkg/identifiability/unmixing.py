"""What does identify: shapes that are not Gaussian, and segments in which the factors vary differently."""

import math

import numpy as np
import scipy.linalg
import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from course_pkg.models.baselines import independent_components

__all__ = ["darmois", "independent_components", "matched", "segments"]


def matched(codes: Tensor, factors: Tensor) -> float:
    """The mean |correlation| of codes (N, d) with factors (N, K), each factor with a latent of its own (MCC).

    The assignment is the best there is (Hungarian). A constant latent correlates with nothing.
    """
    z, f = ((t - t.mean(0)) / t.std(0).clamp_min(1e-300) for t in (codes.double(), factors.double()))
    correlation = ((z.T @ f) / (len(z) - 1)).abs().nan_to_num().cpu().numpy()
    rows, columns = linear_sum_assignment(-correlation)
    return float(correlation[rows, columns].sum() / factors.shape[1])


def darmois(x: Tensor) -> Tensor:
    """Two independent uniform codes (N, 2) of a unit square, centred and turned by 45 degrees: x (N, 2).

    z1 = F(x1) and z2 = F(x2 | x1), in closed form: a triangle's distribution function, and the place within the
    diamond's width at x1. Invertible, and no factor: every pair of continuous variables has such codes (Darmois 1951,
    by way of Hyvarinen and Pajunen 1999).
    """
    reach = math.sqrt(0.5)
    x1, x2 = x.unbind(-1)
    half = reach - x1.abs()  # of the diamond's width at x1
    below = torch.where(x1 < 0, half.square(), 1 - half.square())
    return torch.stack([below, (x2 + half) / (2 * half)], -1)


def segments(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    """(ratios (d,), U (d, n)): what two covariances (n, n) of the same mixture say about it; codes are U x.

    Rows of U diagonalise both. Where all the factors' variances change in unlike ratios they are the factors, up to
    order and scale; equal ratios leave their plane free. Ratios ascend.
    """
    ratios, vectors = scipy.linalg.eigh(first.double().cpu().numpy(), second.double().cpu().numpy())
    return torch.from_numpy(np.ascontiguousarray(ratios)).to(first), torch.from_numpy(vectors.T.copy()).to(first)
