"""The KL of the code, averaged over the data, is three prices: information, total correlation, dimension-wise KL.

    E KL(q(z|x) || p(z)) = I(x; z) + KL(q(z) || prod_k q(z_k)) + sum_k KL(q(z_k) || p(z_k))

The aggregate posterior q(z) is a mixture over all N images; a batch of B estimates it. Chen, Li, Grosse and Duvenaud
(2018), eq. 2 for the split, appendix C for the estimators. Densities are logs, in nats.
"""

import math

import torch
from torch import Tensor

from course_pkg.elbo import GaussianModel, Likelihood, bernoulli_log_likelihood, reparameterise, same_shape
from course_pkg.worlds import LOG_2PI


def log_densities(z: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    """log q(z_i,k | x_j) for every code i, image j and latent k. z (B, d), mu, log_var (n, d) -> (B, n, d)."""
    same_shape(mu=mu, log_var=log_var)
    if z.ndim != 2 or mu.ndim != 2 or z.shape[1] != mu.shape[1]:
        raise ValueError(f"expected codes (B, d) and posteriors (n, d), got {tuple(z.shape)} and {tuple(mu.shape)}")
    z, mu, log_var = z[:, None], mu[None], log_var[None]
    return -0.5 * (LOG_2PI + log_var + (z - mu).square() * (-log_var).exp())


def log_weights(batch: int, n: int, stratified: bool = True, like: Tensor | None = None) -> Tensor:
    """log w_ij, so that sum_j w_ij q(z_i | x_j) estimates q(z_i) from a batch that holds x_i. Shape (B, B).

    stratified: x_i itself counts 1/N, the others share the weight of the N - 1 images that z_i was not drawn from:
    unbiased for a batch drawn without replacement, exact for B = N. (Chen et al. give one of the others a weight of
    its own; the mean over which one it is, here, has the same expectation and less variance.) stratified=False: their
    weighted sampling, 1 / (N B) each, too small by the factor N where all images agree. ValueError unless 2 <= B <= N.
    """
    if not 2 <= batch <= n:
        raise ValueError(f"expected a batch of 2 or more, out of n images, got a batch of {batch} and n = {n}")
    device, dtype = (None, None) if like is None else (like.device, like.dtype)
    if not stratified:
        return torch.full((batch, batch), -math.log(n * batch), device=device, dtype=dtype)
    return own_weights(batch, 1 / n, like)


def own_weights(batch: int, own: float, like: Tensor | None = None) -> Tensor:
    """log weights (B, B): a code's own image counts `own`, from 0 to 1, the others share the rest alike.

    own = 1/N is stratified sampling, 1/B the batch as a data set of its own, 0 leaves the own image out. ValueError
    unless B is 2 or more and own a share.
    """
    if batch < 2 or not 0 <= own <= 1:
        raise ValueError(f"expected a batch of 2 or more and a share from 0 to 1, got {batch} and {own:g}")
    device, dtype = (None, None) if like is None else (like.device, like.dtype)
    weights = torch.full((batch, batch), (1 - own) / (batch - 1), device=device, dtype=dtype)
    return weights.fill_diagonal_(own).log()


def split_kl(z: Tensor, mu: Tensor, log_var: Tensor, n: int, stratified: bool = True) -> dict[str, Tensor]:
    """The three prices of each code, estimated from its batch: information (B,), tc (B,), dimwise (B, d), in nats.

    Their sum is log q(z|x) - log p(z) exactly, whatever the estimate of q(z): only the split is estimated. A single
    code's price may be negative; the averages are not, when they are exact. z, mu, log_var (B, d); n: the number of
    images in the data set.
    """
    return split_by(z, mu, log_var, log_weights(len(z), n, stratified, z))


def split_by(z: Tensor, mu: Tensor, log_var: Tensor, weights: Tensor) -> dict[str, Tensor]:
    """`split_kl` with any log weights (B, B): row i says how much each image counts for code i."""
    log_q = log_densities(z, mu, log_var)
    log_q_z = (weights + log_q.sum(2)).logsumexp(1)
    log_q_zk = (weights[:, :, None] + log_q).logsumexp(1)
    log_prior = -0.5 * (LOG_2PI + z.square())
    own = log_q.diagonal().sum(0)  # log q(z_i | x_i): the diagonal comes last, the latents first
    return {"information": own - log_q_z, "tc": log_q_z - log_q_zk.sum(1), "dimwise": log_q_zk - log_prior}


def beta_tcvae(
    model: GaussianModel,
    x: Tensor,
    generator: torch.Generator | None,
    n: int,
    stratified: bool = True,
    log_likelihood: Likelihood = bernoulli_log_likelihood,
) -> dict[str, Tensor]:
    """beta-TCVAE: reconstruction (B,), information (B,), tc (B,), dimwise (B, d). Its beta is the price of tc."""
    mu, log_var = model.encode(x)
    z = reparameterise(mu, log_var, generator)
    return {"reconstruction": -log_likelihood(x, model.decode(z)), **split_kl(z, mu, log_var, n, stratified)}
