"""DC-IGN: a batch in which one factor moves, and its latents alone may tell the images apart.

Kulkarni et al. (2015), "Deep Convolutional Inverse Graphics Network", section 3.2. It is supervised: somebody chose the
images, and says which factor moves.
"""

import torch
from torch import Tensor

from course_pkg.elbo import GaussianModel, Likelihood, bernoulli_log_likelihood
from course_pkg.models.posteriors import Gaussian


def dc_ign(
    model: GaussianModel,
    batch: tuple[Tensor, Tensor],
    generator: torch.Generator | None = None,
    log_likelihood: Likelihood = bernoulli_log_likelihood,
) -> dict[str, Tensor]:
    """reconstruction (B,), kl (B, d), invariance (B, d): of images, and the latents that the moving factor owns (1, d).

    All other latents are *clamped*: the decoder sees their mean over the batch in place of mu and of log_var, and no
    slope of the reconstruction comes back through it. What comes back is the difference from that mean, at the price of
    `invariance`: half the squared difference, whose slope it is. The rate is that of the posterior itself.
    """
    x, owned = batch
    q = model.encode(x)
    means = [part.detach().mean(0, keepdim=True) for part in q]
    mu, log_var = (torch.where(owned, part, mean) for part, mean in zip(q, means, strict=True))
    away = torch.stack([(part - mean).square() for part, mean in zip(q, means, strict=True)]).sum(0)
    return {
        "reconstruction": -log_likelihood(x, model.decode(Gaussian(mu, log_var).sample(generator))),
        "kl": q.kl(),
        "invariance": torch.where(owned, 0.0, 0.5 * away),
    }
