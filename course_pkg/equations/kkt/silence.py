"""The beta at which a decoder falls silent: an equation of the chapter `kkt`.

One side is the Hessian of the loss of a VAE with one latent, by torch, at the point where nothing is said; the other is
an eigenvalue of the data.
"""

import itertools
from typing import NamedTuple

import numpy as np
import scipy.linalg
import scipy.optimize
import torch
import torch.nn.functional as F
from torch import Tensor

from course_pkg.derivation.chain import Derivation, Step, Worlds


class Pixels(NamedTuple):
    """All 16 black-and-white images of four pixels, how probable each is, and the widths of Gaussian pixels or none."""

    x: Tensor
    weights: Tensor
    width: Tensor | None


def coins(seed: int) -> Pixels:
    g = torch.Generator().manual_seed(seed)
    x = torch.tensor(list(itertools.product((0.0, 1.0), repeat=4)), dtype=torch.float64)
    pull = torch.randn(4, 4, generator=g, dtype=torch.float64)  # of pixels on one another, so that some go together
    energy = ((x - 0.5) @ pull * (x - 0.5)).sum(1) + 0.3 * torch.randn(16, generator=g, dtype=torch.float64)
    return Pixels(x, (2 * energy).softmax(0), None)


def gaussian_pixels(seed: int) -> Pixels:
    g = torch.Generator().manual_seed(seed)
    return coins(seed)._replace(width=0.3 + torch.rand(4, generator=g, dtype=torch.float64))


def moments(w: Pixels) -> tuple[Tensor, Tensor]:
    mean = w.weights @ w.x
    centred = w.x - mean
    return mean, centred.mT @ (w.weights[:, None] * centred)


def terms(w: Pixels, y: Tensor) -> Tensor:
    """D and R of one latent: z = v . (x - mean) + width eps, logits or means b + W z; eps by quadrature. (2,)."""
    mean, _ = moments(w)
    v, W, b, log_s = y[:4], y[4:8], y[8:12], y[12]
    eps, share = (torch.as_tensor(a) for a in np.polynomial.hermite_e.hermegauss(12))
    mu = (w.x - mean) @ v
    z = mu[:, None] + (0.5 * log_s).exp() * eps
    out = b + z[..., None] * W
    x = w.x[:, None].expand_as(out)
    if w.width is None:
        pixels = F.binary_cross_entropy_with_logits(out, x, reduction="none")
    else:
        pixels = (x - out).square() / (2 * w.width**2)
    rate = 0.5 * (mu.square() + log_s.exp() - 1 - log_s)
    return torch.stack([w.weights @ (pixels.sum(-1) @ share / share.sum()), w.weights @ rate])


def last_descent(w: Pixels) -> Tensor:
    """The beta from which on no direction leads down from silence: the least curvature there is then 0."""
    mean, _ = moments(w)
    silent = torch.zeros(13, dtype=torch.float64)
    silent[8:12] = mean.logit() if w.width is None else mean

    of_distortion, of_rate = torch.func.hessian(lambda y: terms(w, y))(silent)
    least = lambda beta: torch.linalg.eigvalsh(of_distortion + beta * of_rate)[0].item()
    return torch.tensor(scipy.optimize.brentq(least, 1e-3, 100, xtol=1e-13), dtype=torch.float64)


def noise(w: Pixels) -> Tensor:
    mean, _ = moments(w)
    return mean * (1 - mean) if w.width is None else w.width**2


def largest_eigenvalue(w: Pixels) -> Tensor:
    _, covariance = moments(w)
    half = noise(w).rsqrt().diag()
    return torch.linalg.eigvalsh(half @ covariance @ half)[-1]


def by_scipy(w: Pixels) -> Tensor:
    """The generalised eigenvalue problem C v = lambda N v."""
    pencil = moments(w)[1].numpy(), noise(w).diag().numpy()
    return torch.tensor(scipy.linalg.eigh(*pencil, eigvals_only=True)[-1])


SILENCE = Derivation(
    label="kkt-silence",
    steps=(
        Step(
            r"\min\left\{\beta : \nabla^2 \left(\mathcal{D} + \beta R\right) \ge 0\right\}",
            last_descent,
            "the curvature at the silent model: no direction leads down any more",
        ),
        Step(
            r"\lambda_{\max}\left(N^{-1/2}\, C\, N^{-1/2}\right)",
            largest_eigenvalue,
            "to second order a code of small size saves its covariance with the pixels, in units of their noise",
            also={"scipy": by_scipy},
        ),
    ),
    worlds=(
        Worlds("coins of four pixels", coins, 10, 1e-9),
        Worlds("Gaussian pixels", gaussian_pixels, 10, 1e-9),
    ),
    follows=("kkt-distortion", "notation-rate"),
)
