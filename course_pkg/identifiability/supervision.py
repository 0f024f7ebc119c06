"""What pairs and labels buy, and how many of them: linear codes, where both have closed forms."""

import torch
from torch import Tensor


def pair_columns(differences: Tensor) -> Tensor:
    """The directions (n, K) of K factors, of length 1, from a pair of images for each that differ in it alone: (K,
    n)."""
    return (differences / differences.norm(dim=-1, keepdim=True)).mT


def shared_directions(differences: Tensor) -> Tensor:
    """The direction (d,) that no difference (m, d) of images that share a factor has: the code of the shared factor.

    d - 1 independent differences are enough. ValueError for fewer.
    """
    m, d = differences.shape
    if m < d - 1:
        raise ValueError(f"expected {d - 1} differences or more to leave one direction of {d}, got {m}")
    return torch.linalg.svd(differences).Vh[-1]


def learnt_from_labels(z: Tensor, y: Tensor, z_test: Tensor) -> Tensor:
    """What least squares with a constant predicts at z_test (t, d), from codes z (n, d) and labels y (n, K): (t, K).

    With d labels or fewer, the solution of least norm. No ridge: this is what is to be shown.
    """
    ones = lambda t: torch.cat([torch.ones_like(t[:, :1]), t], 1)
    return ones(z_test) @ torch.linalg.lstsq(ones(z), y, driver="gelsd").solution


def label_risk(labels: int, latents: int, noise: float) -> float:
    """The mean squared error of least squares from so many labels and standard normal codes, on new images.

    noise: the variance of the label that no line in the codes explains. noise (n + 1)(n - 2) / (n (n - d - 2)), Stein
    (1960); ValueError below d + 3 labels, where it has no mean.
    """
    n, d = labels, latents
    if n < d + 3:
        raise ValueError(f"expected {d + 3} labels or more for {d} latents, got {n}: with fewer the mean is infinite")
    return noise * (n + 1) * (n - 2) / (n * (n - d - 2))
