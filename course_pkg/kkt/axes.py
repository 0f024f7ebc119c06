"""What a posterior with independent latents pays for the axes that it stands on, in nats per image."""

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


def turned(precision: Tensor, angle: float, pair: tuple[int, int] = (0, 1)) -> Tensor:
    """Q' precision Q: the same posterior, seen along axes of which two are turned by an angle. (..., d, d)."""
    i, j = pair
    Q = torch.eye(precision.shape[-1], dtype=precision.dtype, device=precision.device)
    Q[i, i] = Q[j, j] = math.cos(angle)
    Q[i, j], Q[j, i] = -math.sin(angle), math.sin(angle)
    return Q.mT @ precision @ Q
