"""A trained encoder as a noisy channel: what it can carry, what it carries, and what its rate pays for besides.

Shapes: means and log variances mu, log_var (N, d) of N images; the population is these N images, equally likely.
"""

import math

import torch
from torch import Tensor

from course_pkg.elbo import gaussian_log_prob, reparameterise, same_shape
from course_pkg.worlds.checks import check_within

CHUNK = 256  # codes compared with all images at a time


def log_aggregate(z: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    """log q(z), q(z) the mixture of all N posteriors, at points z (S, d). Shape (S,), nats.

    ValueError for numbers that are not finite, here and below.
    """
    same_shape(mu=mu, log_var=log_var)
    check_within(z=z, mu=mu, log_var=log_var)
    rows = [gaussian_log_prob(part[:, None], mu, log_var).logsumexp(1) for part in z.split(CHUNK)]
    return torch.cat(rows) - math.log(len(mu))


def information_samples(mu: Tensor, log_var: Tensor, draws: int, generator: torch.Generator | None) -> Tensor:
    """log q(z|x) / q(z) at `draws` codes of every image: their mean is I(x; z). Shape (draws, N), nats.

    Unbiased, since the mixture is summed over all N images. I(x; z) is at most log N.
    """
    if draws < 1:
        raise ValueError(f"expected at least one draw, got {draws}")
    found = []
    for _ in range(draws):
        z = reparameterise(mu, log_var, generator)
        found.append(gaussian_log_prob(z, mu, log_var) - log_aggregate(z, mu, log_var))
    return torch.stack(found)


def channel_capacity(mu: Tensor, log_var: Tensor) -> Tensor:
    """log(1 + signal / noise) / 2 of each latent: the most that means of this variance can say. (N, d) -> (d,), nats.

    The noise is the geometric mean of the variances: what bounds the information where widths differ from image to
    image (the entropy of the noise is the mean of the log widths). Shannon (1948).
    """
    same_shape(mu=mu, log_var=log_var)
    check_within(mu=mu, log_var=log_var)
    signal = mu.var(0, correction=0) + log_var.exp().mean(0)
    return 0.5 * (signal.log() - log_var.mean(0))
