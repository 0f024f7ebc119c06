"""Disentanglement, completeness, informativeness: what a model that predicts the factors leans on.

Eastwood and Williams (2018), "A Framework for the Quantitative Evaluation of Disentangled Representations", section 2.
A predictor of each factor gives a weight to each latent. D: does a latent serve one factor? C: does a factor need one
latent? I: are the factors predicted at all?
"""

import math
from typing import Literal

import numpy as np
import torch
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from course_pkg.metrics.score import Score, chosen, measured


def dci(
    codes: Tensor,
    factors: Tensor,
    by: Literal["linear", "boosted"] = "linear",
    generator: torch.Generator | None = None,
    train: int = 10_000,
    test: int = 5_000,
    active: Tensor | None = None,
    discrete: Tensor | None = None,
) -> Score:
    """value: D, averaged over latents by their weight; further: C, averaged over factors, and I, the test accuracy.

    by: "linear", a softmax regression on standardised codes, whose weights are the absolute coefficients summed over
    settings (blind to what a line cannot see); or "boosted", trees, whose weights are what the accuracy on held-out
    images loses when a latent is shuffled. codes (N, d), factors (N, K); names are taken as numbers. C depends on how
    many latents there are. `train` and `test` images as in public code. Raises ValueError as `measured` does, for
    another `by`, and where a draw of `train` images shows one setting of a factor only.
    """
    if by not in ("linear", "boosted"):
        raise ValueError(f"expected by='linear' or by='boosted', got {by!r}")
    m = measured(codes, factors, active, discrete)
    drawn = torch.randint(len(m.codes), (train + test,), generator=generator, device=m.codes.device)
    z, f = m.codes[drawn].cpu().numpy(), m.factors[drawn].cpu().numpy()
    columns = m.active.nonzero()[:, 0].tolist()
    z = z[:, columns]
    z = (z - z[:train].mean(0)) / np.where(z[:train].std(0) > 0, z[:train].std(0), 1.0)
    weights = torch.zeros(f.shape[1], m.codes.shape[1], dtype=torch.float64)
    accuracy = []
    for k in range(f.shape[1]):
        if len(np.unique(f[:train, k])) < 2:
            raise ValueError(f"{train} drawn images show one setting of factor {k} only: draw more")
        fit = linear if by == "linear" else boosted
        importance, score = fit(z[:train], f[:train, k], z[train:], f[train:, k])
        weights[k, columns] = torch.as_tensor(importance, dtype=torch.float64)
        accuracy.append(score)
    d, c = disentanglement(weights), completeness(weights)
    settings = {"by": by, "train": train, "test": test, "latents": chosen(m)}
    further = {"C": c, "I": float(np.mean(accuracy))}
    return Score("DCI: D", d, None, settings, weights, "weight of each latent", further)


def linear(z: np.ndarray, f: np.ndarray, z_test: np.ndarray, f_test: np.ndarray) -> tuple[np.ndarray, float]:
    fitted = LogisticRegression(max_iter=500).fit(z, f)
    return np.abs(fitted.coef_).sum(0), float(fitted.score(z_test, f_test))


def boosted(z: np.ndarray, f: np.ndarray, z_test: np.ndarray, f_test: np.ndarray) -> tuple[np.ndarray, float]:
    fitted = HistGradientBoostingClassifier(max_iter=50, random_state=0).fit(z, f)
    lost = permutation_importance(fitted, z_test, f_test, n_repeats=3, random_state=0).importances_mean
    return np.clip(lost, 0, None), float(fitted.score(z_test, f_test))


def disentanglement(weights: Tensor) -> float:
    """1 - the entropy of a latent's weights over factors, over log K; latents count by their weight. (K, d) -> ()."""
    total = weights.sum(0)
    if total.sum() == 0:
        return 0.0
    share = weights / total.clamp_min(1e-300)
    each = 1 - (-torch.special.xlogy(share, share)).sum(0) / math.log(max(len(weights), 2))
    return (each * total / total.sum()).sum().item()


def completeness(weights: Tensor) -> float:
    """1 - the entropy of a factor's weights over latents, over log d; factors count alike. (K, d) -> ().

    A factor that no latent has a weight for counts 0.
    """
    total = weights.sum(1, keepdim=True)
    share = weights / total.clamp_min(1e-300)
    each = 1 - (-torch.special.xlogy(share, share)).sum(1) / math.log(max(weights.shape[1], 2))
    return torch.where(total[:, 0] > 0, each, 0.0).mean().item()
