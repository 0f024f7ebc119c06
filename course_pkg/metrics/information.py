"""How much each latent says about each factor, counted: what MIG and InfoMEC are read from."""

import torch
from torch import Tensor

from course_pkg.metrics.score import Measured


def binned(m: Measured, bins: int | None) -> Tensor:
    """Codes as whole numbers, (N, d): names as they are, quantities in `bins` cells of equal width over their range.

    bins=None takes every distinct number for itself. ValueError for fewer than two bins.
    """
    if bins is not None and bins < 2:
        raise ValueError(f"expected 2 bins or more, or None for every value by itself, got {bins}")
    columns = []
    for j in range(m.codes.shape[1]):
        column = m.codes[:, j]
        if bins is None or m.discrete[j]:
            columns.append(column.unique(return_inverse=True)[1])
            continue
        low, high = column.min(), column.max()
        width = torch.where(high > low, high - low, 1.0)
        columns.append(((column - low) / width * bins).long().clamp_max(bins - 1))
    return torch.stack(columns, 1)


def entropy(counts: Tensor) -> Tensor:
    """The entropy of the shares along the last axis, nats."""
    share = counts.double() / counts.sum(-1, keepdim=True)
    return -torch.special.xlogy(share, share).sum(-1)


def mutual_information(m: Measured, bins: int | None) -> tuple[Tensor, Tensor]:
    """I(f_k; z_j) of the counts, (K, d), and H(f_k), (K,). In nats; a latent that is not active says nothing.

    From n images the estimate is high by about (cells of z - 1) (settings - 1) / 2n where the two are independent.
    """
    cells = binned(m, bins)
    k_all, d = m.factors.shape[1], m.codes.shape[1]
    out = torch.zeros(k_all, d, dtype=torch.float64, device=m.codes.device)
    of_factor = torch.stack([entropy(torch.bincount(m.factors[:, k])) for k in range(k_all)])
    for j in m.active.nonzero()[:, 0].tolist():
        of_code = entropy(torch.bincount(cells[:, j]))
        width = int(cells[:, j].max()) + 1
        for k in range(k_all):
            together = entropy(torch.bincount(m.factors[:, k] * width + cells[:, j]))
            out[k, j] = (of_factor[k] + of_code - together).clamp_min(0)
    return out, of_factor
