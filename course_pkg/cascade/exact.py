"""The parts of the rate of a code that is part number, part value: over every image, nothing estimated but the average.

R = I(x; z, d) + TC(z, d) + sum_j KL(q(z_j) || p(z_j)) + KL(q(d) || uniform)
"""

import math

import torch
from torch import Tensor

from course_pkg.models.posteriors import Both, Categorical, Gaussian
from course_pkg.total_correlation.exact import RateSplit, averaged, log_mixtures, log_own
from course_pkg.worlds import LOG_2PI

FAR = 1e3  # how far a latent of width 1 is where a value never comes: exp(-FAR^2 / 2) is 0


def value_information(q: Categorical) -> Tensor:
    """I(x; d) = H(d) - H(d|x) of N equally likely images, in nats: for a hard code the entropy of its use. ()."""
    log_q = q.logits.log_softmax(1)
    share = log_q.exp().mean(0)
    given = torch.special.xlogy(log_q.exp(), log_q.exp()).sum(1).mean()
    return given - torch.special.xlogy(share, share).sum()


@torch.no_grad()
def mixed_split(q: Both, codes: int = 500, generator: torch.Generator | None = None) -> RateSplit:
    """The rate of d numbers and a value of N equally likely images, and its parts; dimwise (d + 1,), the value last.

    `exact_split`, for the posterior of `Relaxed` and `Assigned`: the value is drawn by its probabilities, not relaxed.
    Raises ValueError for a posterior of another kind, and for fewer than two codes.
    """
    if not (isinstance(q.first, Gaussian) and isinstance(q.second, Categorical)):
        raise ValueError(
            f"expected numbers and then a value, got {type(q.first).__name__} and {type(q.second).__name__}"
        )
    if codes < 2:
        raise ValueError(f"expected 2 codes or more, got {codes}: an error bar takes two")
    mu, log_var = q.first
    log_value = q.second.logits.log_softmax(1)
    which = torch.randint(len(mu), (codes,), generator=generator, device=mu.device)
    z = Gaussian(mu[which], log_var[which]).sample(generator)
    value = Categorical(log_value[which]).codes(True, generator).long()
    own = log_own(z, mu[which], log_var[which]) + log_value[which].gather(1, value)[:, 0]
    joint, single = own.new_zeros(codes), z.new_zeros(codes, z.shape[1] + 1)
    for k in value.unique().tolist():
        # The chance of value k given an image is the height of a bell of width 1 as far away as its logarithm says: one
        # Gaussian latent more, looked at in 0.
        here = (value[:, 0] == k).nonzero()[:, 0]
        away = (-2 * log_value[:, k : k + 1]).clamp_min(0).sqrt().clamp_max(FAR)
        at = torch.cat([z[here], z.new_zeros(len(here), 1)], 1)
        mixtures = log_mixtures(at, torch.cat([mu, away], 1), torch.cat([log_var, torch.zeros_like(away)], 1))
        joint[here], single[here] = mixtures
    joint, single[:, -1] = joint + 0.5 * LOG_2PI, single[:, -1] + 0.5 * LOG_2PI
    log_prior = torch.cat([-0.5 * (LOG_2PI + z.square()), z.new_full((codes, 1), -math.log(log_value.shape[1]))], 1)
    draws = {"information": own - joint, "tc": joint - single.sum(1), "dimwise": single - log_prior}
    return averaged(draws, q.kl())
