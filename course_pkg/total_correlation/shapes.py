"""Total correlations that are known: of a turned square, of clusters, of Gaussians, of tables. All in nats."""

import math

import torch
from torch import Tensor

from course_pkg.worlds import entropy
from course_pkg.worlds.tabular import expect, product


def turned_square(angle: Tensor) -> Tensor:
    """TC of a uniform square turned by an angle, in radians, from 0 to pi / 4: tan t + 2 log cos t. Any shape.

    Its two coordinates are never correlated. At pi / 4 it is 1 - log 2. Raises ValueError outside that range.
    """
    if ((angle < 0) | (angle > math.pi / 4 + 1e-9)).any():
        raise ValueError(f"expected angles from 0 to pi / 4 (45 degrees), got {angle.min():g} to {angle.max():g}")
    return angle.tan() + 2 * angle.cos().log()


def gaussian_tc(covariance: Tensor) -> Tensor:
    """TC of a Gaussian (..., d, d): (sum_j log Sigma_jj - log det Sigma) / 2. Of other codes, what covariances see.

    Neither a bound from below nor one from above: see `clusters` for both. Infinite where a latent is a combination
    of others.
    """
    return 0.5 * (covariance.diagonal(dim1=-2, dim2=-1).log().sum(-1) - torch.logdet(covariance))


def clusters(means: Tensor, step: float = 0.3) -> tuple[Tensor, Tensor]:
    """(TC, Gaussian TC) of equally likely clusters of unit width. means (m, d), d of 3 or less.

    Densities on a grid of cells that are `step` wide: a sum over Gaussians that are wider than three cells is exact to
    seven digits or more. Raises ValueError for other d: a grid grows with the power d.
    """
    d = means.shape[1]
    if d > 3:
        raise ValueError(f"expected clusters of 3 latents or fewer, got {d}: draw codes instead")
    reach = means.abs().max().item() + 8
    axis = torch.arange(-reach, reach + step, step, dtype=means.dtype)
    single = torch.exp(-0.5 * (axis - means[:, :, None]).square())  # (m, d, points)
    single = single / single.sum(2, keepdim=True)
    joint = single[:, 0]
    for j in range(1, d):
        joint = (joint[:, :, None] * single[:, j, None]).flatten(1)
    log_joint = joint.mean(0).log()
    marginals = single.mean(0).log()
    covariance = torch.eye(d, dtype=means.dtype) + torch.cov(means.T, correction=0).reshape(d, d)
    return expect(log_joint, log_joint - product(marginals)), gaussian_tc(covariance)


def total_and_dual(log_joint: Tensor) -> tuple[Tensor, Tensor]:
    """(TC, dual TC) of a table of log probabilities (k_1, ..., k_d).

    TC = sum_j H(z_j) - H(z); dual TC = sum_j H(z without j) - (d - 1) H(z) (Han, 1978). Of three copies of a bit the
    first is the larger, of three bits whose parity is fixed the second.
    """
    d, whole = log_joint.ndim, entropy(log_joint.flatten())
    alone = [log_joint.logsumexp([k for k in range(d) if k != j]) if d > 1 else log_joint for j in range(d)]
    without = [log_joint.logsumexp(j).flatten() for j in range(d)]
    total = torch.stack([entropy(table) for table in alone]).sum() - whole
    return total, torch.stack([entropy(table) for table in without]).sum() - (d - 1) * whole
