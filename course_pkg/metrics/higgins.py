"""The metric of Higgins et al.: how well a linear classifier names the factor that two images share.

Higgins et al. (2017), "beta-VAE", section 3. A point draws a factor k and L pairs of images that share its setting, and
averages |z_1 - z_2| over the pairs: a latent that holds factor k alone shows nothing there. A linear softmax classifier
is to name k from the averages; its accuracy on further points is the score.
"""

import math
from typing import Literal

import torch
import torch.nn.functional as F
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from course_pkg.metrics.score import Measured, Score, chosen, measured

BLOCK = 4_000_000  # codes looked at at once


def higgins(
    codes: Tensor,
    factors: Tensor,
    generator: torch.Generator | None = None,
    pairs: int = 64,
    points: int = 10_000,
    test_points: int = 5_000,
    standardise: bool = True,
    by: Literal["solver", "adagrad"] = "solver",
    active: Tensor | None = None,
    discrete: Tensor | None = None,
) -> Score:
    """The accuracy of the classifier on `test_points` further points. codes (N, d), factors (N, K).

    pairs: L, and as the numbers of points as in public code; standardise: every latent's average to mean 0 and
    variance 1 before it is classified (without it the answer depends on the scale of the codes and on when one
    stops); by: "solver", to the optimum of the negative log likelihood with a weak penalty, or "adagrad", as the
    paper writes it (rate 0.01, from zero, all points at once), until no gradient is above 1e-3 or for 10,000 steps:
    `further` says how many. Names (discrete) differ by 0 or 1. spread: the binomial standard error. Raises
    ValueError as `measured` does, no pairs or points, one factor.
    """
    if min(pairs, points, test_points) < 1 or by not in ("solver", "adagrad"):
        told = f"pairs={pairs}, points={points}, test_points={test_points}, by={by!r}"
        raise ValueError(f"expected 1 or more of each, and by='solver' or by='adagrad', got {told}")
    m = measured(codes, factors, active, discrete)
    if m.factors.shape[1] < 2:
        raise ValueError("expected two factors or more: with one there is nothing for the classifier to name")
    z, k = differences(m, points + test_points, pairs, generator)
    if standardise:
        mean, scale = z[:points].mean(0), z[:points].std(0, correction=0)
        z = (z - mean) / torch.where(scale > 0, scale, 1.0)
    fit = solved if by == "solver" else descended
    weight, bias, steps = fit(z[:points], k[:points], m.factors.shape[1])
    right = (z[points:] @ weight.T + bias).argmax(1) == k[points:]
    value = right.double().mean().item()
    settings = {
        "L": pairs, "points": points, "scored on": test_points, "by": by,
        "standardised": standardise, "latents": chosen(m),
    }  # fmt: skip
    spread = math.sqrt(value * (1 - value) / test_points)
    return Score("Higgins", value, spread, settings, weight, "weights of the classifier", {"steps": steps})


def differences(m: Measured, n: int, pairs: int, generator: torch.Generator | None) -> tuple[Tensor, Tensor]:
    """n points: the average |z_1 - z_2| over pairs that share factor k, (n, active latents zero elsewhere), and k (n,).

    Each pair has its own setting of the factor, as often as it occurs; the rest of both images is free.
    """
    device, d = m.codes.device, m.codes.shape[1]
    which = torch.randint(m.factors.shape[1], (n,), generator=generator, device=device)
    out = torch.zeros(n, d, dtype=torch.float64, device=device)
    for k in range(m.factors.shape[1]):
        order = m.factors[:, k].argsort(stable=True)
        count = torch.bincount(m.factors[:, k], minlength=m.sizes[k])
        start = count.cumsum(0) - count
        for rows in (which == k).nonzero()[:, 0].split(max(1, BLOCK // (pairs * d))):
            first = torch.randint(len(m.codes), (len(rows), pairs), generator=generator, device=device)
            setting = m.factors[first, k]
            u = torch.rand(len(rows), pairs, generator=generator, device=device, dtype=torch.float64)
            second = order[start[setting] + (u * count[setting]).long()]
            apart = (m.codes[first] - m.codes[second]).abs()
            apart[..., m.discrete] = (apart[..., m.discrete] > 0).double()
            out[rows] = apart.mean(1)
    out[:, ~m.active] = 0
    return out, which


def solved(z: Tensor, k: Tensor, classes: int) -> tuple[Tensor, Tensor, float]:
    """Weights (K, d) and bias (K,) of the softmax classifier at its optimum (scikit-learn's L-BFGS, C = 1e4)."""
    fitted = LogisticRegression(C=1e4, max_iter=2000).fit(z.cpu().numpy(), k.cpu().numpy())
    weight, bias = z.new_zeros(classes, z.shape[1]), z.new_full((classes,), -math.inf)
    seen = torch.as_tensor(fitted.classes_, device=z.device)
    coefficients = torch.as_tensor(fitted.coef_, device=z.device)
    intercept = torch.as_tensor(fitted.intercept_, device=z.device)
    if len(seen) == 2:  # then it keeps one row, the second class against the first
        coefficients = torch.cat([torch.zeros_like(coefficients), coefficients])
        intercept = torch.cat([torch.zeros_like(intercept), intercept])
    weight[seen], bias[seen] = coefficients, intercept
    return weight, bias, float(fitted.n_iter_.max())


def descended(
    z: Tensor, k: Tensor, classes: int, rate: float = 1e-2, enough: float = 1e-3, most: int = 10_000
) -> tuple[Tensor, Tensor, float]:
    """Weights (K, d) and bias (K,) by Adagrad on the negative log likelihood, and the steps that it took."""
    weight = z.new_zeros(classes, z.shape[1]).requires_grad_()
    bias = z.new_zeros(classes).requires_grad_()
    optimiser = torch.optim.Adagrad([weight, bias], lr=rate)
    step = 0
    for step in range(1, most + 1):
        optimiser.zero_grad(set_to_none=True)
        F.cross_entropy(z @ weight.T + bias, k).backward()
        optimiser.step()
        if step % 100 == 0 and max(part.grad.abs().max() for part in (weight, bias) if part.grad is not None) < enough:
            break
    return weight.detach(), bias.detach(), float(step)
