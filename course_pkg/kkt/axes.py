"""What a posterior with independent latents pays for the axes that it stands on, in nats per image."""

import itertools
import math
from collections.abc import Sequence

import torch
from torch import Tensor

from course_pkg.elbo import GaussianModel
from course_pkg.models.posteriors import reparameterise


def diagonal_gap(precision: Tensor) -> Tensor:
    """D_KL(q || N(m, precision^-1)) of the best q with independent latents, in nats. (..., d, d) -> (...,).

    Half of sum_j log precision_jj - log det precision, and 0 only where the precision is diagonal. Bishop (2006),
    section 10.1.2.
    """
    return 0.5 * (precision.diagonal(dim1=-2, dim2=-1).log().sum(-1) - torch.logdet(precision))


def code_precision(
    model: GaussianModel, x: Tensor, latents: Sequence[int], beta: float, generator: torch.Generator, draws: int = 4
) -> Tensor:
    """I + F / beta around the code of each image of x (B, ...), for n of the latents: (B, n, n), in float64.

    F is the mean, over draws of the code, of the Fisher information of Bernoulli pixels, J' diag(p (1 - p)) J, where J
    is the slope of the logits. The best Gaussian q at this price, of any covariance, has this precision, but for the
    curvature of the logits, which is left out (Opper and Archambeau 2009). The encoder must give a diagonal Gaussian.
    """
    mu, log_var = (t.detach() for t in model.encode(x))
    information = torch.zeros(len(x), len(latents), len(latents), dtype=torch.float64, device=x.device)
    for _ in range(draws):
        z, slopes = reparameterise(mu, log_var, generator), []
        for latent in latents:
            along = torch.zeros_like(z)
            along[:, latent] = 1
            logits, slope = torch.func.jvp(model.decode, (z,), (along,))  # type: ignore[misc]
            slopes.append(slope.detach().flatten(1).double())
        p, J = logits.detach().flatten(1).double().sigmoid(), torch.stack(slopes, 1)
        information += (J * (p * (1 - p))[:, None]) @ J.mT / draws
    return torch.eye(len(latents), dtype=torch.float64, device=x.device) + information / beta


def turn(angle: float, pair: tuple[int, int], like: Tensor) -> Tensor:
    """The matrix (d, d) that turns two of d axes by an angle, of the size, type and device of `like` (..., d, d)."""
    i, j = pair
    Q = torch.eye(like.shape[-1], dtype=like.dtype, device=like.device)
    Q[i, i] = Q[j, j] = math.cos(angle)
    Q[i, j], Q[j, i] = -math.sin(angle), math.sin(angle)
    return Q


def turned(precision: Tensor, angle: float, pair: tuple[int, int] = (0, 1)) -> Tensor:
    """Q' precision Q: the same posterior, seen along axes of which two are turned by an angle. (..., d, d)."""
    Q = turn(angle, pair, precision)
    return Q.mT @ precision @ Q


def best_axes(precision: Tensor, sweeps: int = 6) -> Tensor:
    """Q (d, d) for which the mean of diagonal_gap(Q' precision Q) is least, precision (B, d, d).

    Common principal components (Flury and Gautschi 1986): one pair of axes after another is turned by the angle that is
    best for it, sought on a grid of half degrees, then of a fiftieth. A local optimum, as theirs.
    """
    d = precision.shape[-1]
    Q = torch.eye(d, dtype=precision.dtype, device=precision.device)
    degree = math.pi / 180
    for _ in range(sweeps):
        for pair in itertools.combinations(range(d), 2):
            angle = 0.0
            for width, step in ((45.0, 0.5), (0.5, 0.02)):
                tried = [angle + k * step * degree for k in range(-round(width / step), round(width / step) + 1)]
                gaps = [diagonal_gap(turned(Q.mT @ precision @ Q, a, pair)).mean().item() for a in tried]
                angle = tried[gaps.index(min(gaps))]
            Q = Q @ turn(angle, pair, Q)
    return Q
