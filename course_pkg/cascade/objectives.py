"""The terms of JointVAE and of CascadeVAE, in nats per image, from one sample of the code.

Dupont (2018), "Learning Disentangled Joint Continuous and Discrete Representations", eq. 7; Jeong and Song (2019),
Algorithm 1.
"""

import torch
from torch import Tensor

from course_pkg.cascade.assignment import assign
from course_pkg.elbo import bernoulli_log_likelihood
from course_pkg.models.mixed import Assigned, Relaxed
from course_pkg.models.posteriors import one_hot


def joint_vae(model: Relaxed, x: Tensor, generator: torch.Generator | None = None) -> dict[str, Tensor]:
    """reconstruction (B,), kl of the numbers (B, d), kl_discrete of the value (B, 1): each KL has a capacity."""
    q = model.encode(x)
    reconstruction = -bernoulli_log_likelihood(x, model.decode(q.sample(generator)))
    return {"reconstruction": reconstruction, "kl": q.first.kl(), "kl_discrete": q.second.kl()}


def cascade_vae(
    model: Assigned, x: Tensor, generator: torch.Generator | None = None, lam: float = 0.001
) -> dict[str, Tensor]:
    """reconstruction (B,) at the value that the batch's assignment gives each image, kl of the numbers (B, d).

    One sample of the numbers serves all values. The KL of the value is log K for every image whatever the assignment
    says: a constant, and no term. The assignment is solved on the host, without a gradient. lam as in the authors'
    public code.
    """
    q = model.gaussian(x)
    z = q.sample(generator)
    with torch.no_grad():
        chosen = assign(model.costs(x, z), lam)
    code = torch.cat([z, one_hot(chosen[:, None], model.values, z.dtype)], 1)
    return {"reconstruction": -bernoulli_log_likelihood(x, model.decode(code)), "kl": q.kl()}
