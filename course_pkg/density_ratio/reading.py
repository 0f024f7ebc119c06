"""What one logit tells about two densities: divergences, bounds, and whether it is the logarithm of a ratio at all.

T = log p1 / p0 is what a classifier's logit estimates; p1 is the law of codes, p0 that of shuffled ones. In nats.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from course_pkg.tables import Table


@dataclass(frozen=True)
class Reading:
    """What a logit says on codes of both kinds; each value has a standard error of the same name in `errors`.

    plug_in      E_1 T: KL(p1 || p0) if T is exact; no bound in either direction if it is not
    reverse      -E_0 T: KL(p0 || p1) if T is exact
    donsker      E_1 T - log E_0 e^T: at most KL(p1 || p0), for every T; a constant added to T cancels
    nwj          E_1 T - E_0 e^T + 1: at most that
    mass         E_0 e^T: 1 if T is exact, or else e^T is no ratio of densities
    mass_back    E_1 e^-T: the same from the other side
    surprise     the cross-entropy: log 2 - JSD if T is exact
    accuracy     of the better guess: (1 + TV) / 2 if T is exact
    """

    plug_in: float
    reverse: float
    donsker: float
    nwj: float
    mass: float
    mass_back: float
    surprise: float
    accuracy: float
    errors: dict[str, float]

    @property
    def table(self) -> Table:
        rows = [(name, f"{getattr(self, name):.3f}", f"± {error:.3f}") for name, error in self.errors.items()]
        return Table(("reading", "value", "standard error"), rows)

    def __repr__(self) -> str:
        return repr(self.table)

    def _repr_html_(self) -> str:
        return self.table._repr_html_()


def read(log_ratio: Tensor, log_ratio_perm: Tensor) -> Reading:
    """All readings of logits on codes of p1 (n,) and of p0 (m,): ones that the logit was not fitted to.

    Errors are those of means of independent codes (delta method for the logarithm); they know nothing of the error of
    T. ValueError for other shapes and for fewer than two of either.
    """
    if log_ratio.ndim != 1 or log_ratio_perm.ndim != 1 or min(len(log_ratio), len(log_ratio_perm)) < 2:
        came = f"{tuple(log_ratio.shape)} and {tuple(log_ratio_perm.shape)}"
        raise ValueError(f"expected logits (n,) and (m,) of two codes or more each, got {came}")
    one, zero = log_ratio.double(), log_ratio_perm.double()
    mean = lambda t: t.mean().item()
    error = lambda t: t.std().item() / math.sqrt(len(t))
    up, back = zero.exp(), (-one).exp()
    guesses = ((one > 0).double(), (zero <= 0).double())
    surprises = (F.softplus(-one), F.softplus(zero))
    mass = mean(up)
    relative = (zero - zero.logsumexp(0) + math.log(len(zero))).exp()  # e^T over its mean, where that is no double
    errors = {
        "plug_in": error(one),
        "reverse": error(zero),
        "donsker": math.hypot(error(one), error(relative)),
        "nwj": math.hypot(error(one), error(up)),
        "mass": error(up),
        "mass_back": error(back),
        "surprise": math.hypot(*map(error, surprises)) / 2,
        "accuracy": math.hypot(*map(error, guesses)) / 2,
    }
    return Reading(
        plug_in=mean(one),
        reverse=-mean(zero),
        donsker=mean(one) - (zero.logsumexp(0).item() - math.log(len(zero))),
        nwj=mean(one) - mass + 1,
        mass=mass,
        mass_back=mean(back),
        surprise=sum(map(mean, surprises)) / 2,
        accuracy=sum(map(mean, guesses)) / 2,
        errors=errors,
    )


def logits(weights: Tensor, features: Tensor) -> Tensor:
    """A linear logit, the constant first: (k + 1,) and (n, k) -> (n,)."""
    return weights[0] + features @ weights[1:]


def fit_logit(features: Tensor, features_perm: Tensor, ridge: float = 1e-6, steps: int = 100) -> Tensor:
    """Logistic regression by Newton's method: weights (k + 1,), the constant first, that tell (n, k) from (m, k).

    ridge: half the weight of the squared coefficients beside a *sum* of surprises; without it, two sets that a plane
    separates have no answer. A step is halved until the loss falls. ValueError for other shapes.
    """
    if features.ndim != 2 or features_perm.ndim != 2 or features.shape[1] != features_perm.shape[1]:
        came = f"{tuple(features.shape)} and {tuple(features_perm.shape)}"
        raise ValueError(f"expected features (n, k) and (m, k), got {came}")
    x = torch.cat([features, features_perm])
    x = torch.cat([torch.ones_like(x[:, :1]), x], 1)
    y = torch.cat([x.new_ones(len(features)), x.new_zeros(len(features_perm))])
    penalty = torch.full((x.shape[1],), 2 * ridge, dtype=x.dtype, device=x.device)

    def loss(w: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(x @ w, y, reduction="sum") + 0.5 * (penalty * w * w).sum()

    w = torch.zeros_like(penalty)
    for _ in range(steps):
        p = (x @ w).sigmoid()
        slope = x.mT @ (p - y) + penalty * w
        step = torch.linalg.solve(x.mT @ (x * (p * (1 - p))[:, None]) + penalty.diag(), slope)
        here = loss(w)
        while not bool(loss(w - step) <= here) and bool(step.abs().max() > 1e-12):
            step = step / 2
        w = w - step
        if bool(step.abs().max() < 1e-10 * (1 + w.abs().max())):
            break
    return w


def waymarks(z: Tensor, z_perm: Tensor, shares: list[float]) -> list[Tensor]:
    """Codes on the way from one law to another, in small steps: sqrt(1 - a^2) z + a z', for each share a. (n, d) each.

    A classifier between neighbours has an easy task, and the log ratio of the ends is the sum of theirs. Rhodes, Xu and
    Gutmann (2020), "Telescoping density-ratio estimation", eq. 6. ValueError for other shapes and shares outside 0..1.
    """
    if z.shape != z_perm.shape or not all(0 <= a <= 1 for a in shares):
        came = f"{tuple(z.shape)}, {tuple(z_perm.shape)} and {shares}"
        raise ValueError(f"expected codes of one shape and shares from 0 to 1, got {came}")
    return [math.sqrt(1 - a * a) * z + a * z_perm for a in shares]
