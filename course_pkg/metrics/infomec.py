"""InfoM, InfoC, InfoE: modularity, compactness and explicitness, read from mutual information.

Hsu, Dorrell, Whittington, Wu and Finn (2023), "Disentanglement via Latent Quantization", section 4. With
NMI_kj = I(f_k; z_j) / H(f_k): a latent is modular if one factor has all of its NMI, a factor compact if one latent has.
"""

import numpy as np
import scipy.sparse
import scipy.special
import torch
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from course_pkg.metrics.information import binned, mutual_information
from course_pkg.metrics.score import Measured, Score, chosen, measured


def infomec(
    codes: Tensor,
    factors: Tensor,
    bins: int | None = 20,
    generator: torch.Generator | None = None,
    train: int = 10_000,
    test: int = 5_000,
    active: Tensor | None = None,
    discrete: Tensor | None = None,
) -> Score:
    """value: InfoM; further: InfoC, InfoE, and `silent`, how many latents say nothing. codes (N, d), factors (N, K).

    Public code divides 0 by 0 for a latent that says nothing (a parity, say), and for the compactness of a single
    latent. Here a silent latent takes no part in InfoM and is counted, and one latent is compact: InfoC is 1 where it
    says anything. InfoE: 1 - the cross-entropy of a logistic regression from the binned codes, one-hot, on held-out
    images, over that of the shares alone; it alone draws, so that InfoM has no spread. Raises ValueError as `measured`
    does, and for fewer than two bins.
    """
    m = measured(codes, factors, active, discrete)
    information, of_factor = mutual_information(m, bins)
    nmi = (information / of_factor[:, None])[:, m.active]
    says = nmi.sum(0) > 1e-12
    modular, compact = largest_share(nmi[:, says], 0), largest_share(nmi[nmi.sum(1) > 1e-12], 1)
    further = {
        "InfoC": compact, "InfoE": explicitness(m, bins, generator, train, test), "silent": int((~says).sum()),
    }  # fmt: skip
    settings = {"bins": bins, "train": train, "test": test, "latents": chosen(m)}
    return Score("InfoM", modular, 0.0, settings, information, "mutual information in nats", further)


def largest_share(nmi: Tensor, axis: int) -> float:
    """The largest share along an axis of length n, averaged, so that equal shares are 0 and one alone is 1."""
    n = nmi.shape[axis]
    if nmi.numel() == 0:
        return 0.0
    if n == 1:
        return 1.0
    share = (nmi.amax(axis) / nmi.sum(axis)).mean().item()
    return (share - 1 / n) / (1 - 1 / n)


def explicitness(m: Measured, bins: int | None, generator: torch.Generator | None, train: int, test: int) -> float:
    """1 - cross-entropy over that of the shares, averaged over factors; at least 0."""
    drawn = torch.randint(len(m.codes), (train + test,), generator=generator, device=m.codes.device)
    cells, f = binned(m, bins)[drawn][:, m.active].cpu(), m.factors[drawn].cpu().numpy()
    one_hot = torch.cat([torch.nn.functional.one_hot(column) for column in cells.T], 1).numpy().astype(np.float64)
    one_hot = scipy.sparse.csr_matrix(one_hot)  # ten ones a row: a tenth of the work
    scores = []
    for k in range(f.shape[1]):
        seen, place = np.unique(f[:train, k], return_inverse=True)
        known = np.isin(f[train:, k], seen)  # a setting that was not trained on has no share to compare with
        fitted = LogisticRegression(C=1e3, max_iter=300, tol=1e-3).fit(one_hot[:train], f[:train, k])
        logit = fitted.decision_function(one_hot[train:][known])
        logit = np.stack([np.zeros_like(logit), logit], 1) if logit.ndim == 1 else logit
        target = np.searchsorted(seen, f[train:, k][known])
        cross = -scipy.special.log_softmax(logit, axis=1)[np.arange(len(target)), target].mean()
        share = np.bincount(place) / train
        scores.append(max(0.0, 1 - cross / -np.log(share[target]).mean()))
    return float(np.mean(scores))
