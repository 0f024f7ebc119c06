"""The separated attribute predictability: how much better the best latent predicts a factor than the second best.

Kumar, Sattigeri and Balakrishnan (2018), "Variational Inference of Disentangled Latent Concepts", section 3. Each
latent predicts each factor by itself, by a line: its R squared, or the accuracy of a linear classifier.
"""

from typing import Literal

import numpy as np
import torch
from sklearn.svm import LinearSVC
from torch import Tensor

from course_pkg.metrics.score import Measured, Score, chosen, measured


def sap(
    codes: Tensor,
    factors: Tensor,
    by: Literal["r2", "accuracy"] = "r2",
    generator: torch.Generator | None = None,
    train: int = 10_000,
    test: int = 5_000,
    active: Tensor | None = None,
    discrete: Tensor | None = None,
) -> Score:
    """The gap between the two best latents, averaged over factors. codes (N, d), factors (N, K).

    by: "r2", the squared correlation of a latent with the setting's number, over all images; or "accuracy", of a linear
    support vector machine (C = 0.01, balanced classes) on `train` drawn images, scored on `test` others, as public code
    has it. The first knows no other order of settings than their numbers; the second is not blind to the scale of the
    codes. Raises ValueError as `measured` does, and for another `by`.
    """
    if by not in ("r2", "accuracy"):
        raise ValueError(f"expected by='r2' or by='accuracy', got {by!r}")
    m = measured(codes, factors, active, discrete)
    table = squared_correlations(m) if by == "r2" else accuracies(m, generator, train, test)
    table[:, ~m.active] = 0
    best = torch.cat([table, torch.zeros_like(table[:, :1])], 1).topk(2, dim=1).values
    gaps = best[:, 0] - best[:, 1]
    settings = {"by": by, "latents": chosen(m)} | ({"train": train, "test": test} if by == "accuracy" else {})
    further = {f"factor {k}": gap for k, gap in enumerate(gaps.tolist())}
    spread = 0.0 if by == "r2" else None
    return Score("SAP", gaps.mean().item(), spread, settings, table, f"{by} of one latent alone", further)


def squared_correlations(m: Measured) -> Tensor:
    """The squared correlation of each factor with each latent, (K, d); 0 for a latent that is constant."""
    f, z = (part.double() - part.double().mean(0) for part in (m.factors, m.codes))
    scale = f.norm(dim=0)[:, None] * z.norm(dim=0)
    return torch.where(scale > 0, (f.T @ z) / scale.clamp_min(1e-300), 0.0).square()


def accuracies(m: Measured, generator: torch.Generator | None, train: int, test: int) -> Tensor:
    """The accuracy of a linear classifier of each factor on each active latent, (K, d), on images it has not seen."""
    drawn = torch.randint(len(m.codes), (train + test,), generator=generator, device=m.codes.device)
    z, f = m.codes[drawn].cpu().numpy(), m.factors[drawn].cpu().numpy()
    table = torch.zeros(f.shape[1], z.shape[1], dtype=torch.float64)
    for k in range(f.shape[1]):
        if len(np.unique(f[:train, k])) < 2:
            raise ValueError(f"{train} drawn images show one setting of factor {k} only: draw more")
        for j in m.active.nonzero()[:, 0].tolist():
            svm = LinearSVC(C=0.01, class_weight="balanced", dual=False)
            fitted = svm.fit(z[:train, [j]], f[:train, k])
            table[k, j] = float((fitted.predict(z[train:, [j]]) == f[train:, k]).mean())
    return table
