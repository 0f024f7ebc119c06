"""FactorVAE: the terms of its two players, and the shuffling that makes the second deck of codes.

Kim and Mnih (2018), "Disentangling by Factorising": section 3 and Algorithm 2. In nats.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from course_pkg.elbo import GaussianModel, Likelihood, bernoulli_log_likelihood


def permute_dims(z: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Each latent shuffled over the batch, on its own: codes with the same marginals and no tie. (B, d) -> (B, d)."""
    if z.ndim != 2 or len(z) < 2:
        raise ValueError(f"expected codes (B, d) with B of 2 or more, got {tuple(z.shape)}")
    order = torch.empty(z.shape, device=z.device).uniform_(generator=generator).argsort(0)
    return z.gather(0, order)


def cross_entropy(log_ratio: Tensor, log_ratio_perm: Tensor) -> Tensor:
    """What the classifier pays for a code and a shuffled one: the mean of its two surprises. (B,), (B,) -> (B,).

    Its logit estimates log q(z) - log prod_k q(z_k): as many codes come from the one as from the other. ValueError
    unless there are as many of both.
    """
    if log_ratio.ndim != 1 or log_ratio.shape != log_ratio_perm.shape:
        raise ValueError(
            f"expected logits (B,) and (B,), got {tuple(log_ratio.shape)} and {tuple(log_ratio_perm.shape)}"
        )
    return 0.5 * (F.softplus(-log_ratio) + F.softplus(log_ratio_perm))


def factor_vae(
    model: GaussianModel,
    batches: tuple[Tensor, Tensor],
    generator: torch.Generator | None,
    discriminator: Callable[[Tensor], Tensor],
    log_likelihood: Likelihood = bernoulli_log_likelihood,
) -> dict[str, Tensor]:
    """FactorVAE: reconstruction (B,), kl (B, d), tc (B,) for the model; cross_entropy (B,) for the discriminator.

    The shuffled codes come from the second batch, which must be independent of the first. The discriminator sees z
    once, for both players: the loop keeps its loss out of the encoder and the model's loss out of it.
    """
    x, other = batches
    q = model.encode(x)
    z = q.sample(generator)
    with torch.no_grad():
        z_perm = permute_dims(model.encode(other).sample(generator), generator)
    log_ratio = discriminator(z)
    return {
        "reconstruction": -log_likelihood(x, model.decode(z)),
        "kl": q.kl(),
        "tc": log_ratio,
        "cross_entropy": cross_entropy(log_ratio, discriminator(z_perm)),
    }
