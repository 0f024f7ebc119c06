"""MMD-VAE: the codes of a batch, all together, should look like the prior; no code by itself need do so.

Zhao, Song and Ermon (2017), "InfoVAE": there the rate costs 1 - alpha and the divergence of q(z) from p(z) costs
alpha + lambda - 1. MMD-VAE is alpha = 1: the rate has no price.
"""

import torch
from torch import Tensor

from course_pkg.elbo import Likelihood, Model, bernoulli_log_likelihood
from course_pkg.mmd.estimates import mmd2
from course_pkg.mmd.kernels import Kernel


def mmd_vae(
    model: Model,
    x: Tensor,
    generator: torch.Generator | None,
    kernel: Kernel,
    biased: bool = False,
    log_likelihood: Likelihood = bernoulli_log_likelihood,
) -> dict[str, Tensor]:
    """reconstruction (B,), kl (B, d), and mmd (B,): the batch's MMD^2 from as many draws of N(0, I), one for all.

    The rate is a term like any other: at price 0 it is only logged.

    The MMD^2 of a kernel that is 1 at distance 0 is at most 2, beside a reconstruction of a hundred nats: its price is
    what makes it count. biased=True draws codes together a little (V-statistic), whatever the price.
    """
    q = model.encode(x)
    z = q.sample(generator)
    prior = torch.empty_like(z).normal_(generator=generator)
    divergence = mmd2(kernel, z, prior, biased)
    return {"reconstruction": -log_likelihood(x, model.decode(z)), "kl": q.kl(), "mmd": divergence.expand(len(z))}
