"""The evidence lower bound: its terms, its two derivations, its gradient, and what its likelihoods assume.

Shapes: images x (B, C, H, W) or (B, D); a Gaussian posterior's mu, log_var (B, d); z (B, d). Every term is summed over
pixels or latents and returned per image, in nats: a mean over pixels would be another objective.
Convention: `reconstruction` is -E_q[log p(x|z)], so that both terms of the loss are to be minimised.
"""

import math
from collections.abc import Callable
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

# The KL of a Gaussian and its sample stand with the posterior: they are this chapter's, and found here too.
from course_pkg.models.posteriors import Gaussian, Posterior, reparameterise, same_shape
from course_pkg.models.posteriors import gaussian_kl as gaussian_kl
from course_pkg.worlds import LOG_2PI


class Model(Protocol):
    """What an objective may ask of a network: nothing about its layers."""

    def encode(self, x: Tensor) -> Posterior: ...

    def decode(self, z: Tensor) -> Tensor: ...


class GaussianModel(Protocol):
    """A model whose posterior is Gaussian: what an estimator needs that asks for the density of a code."""

    def encode(self, x: Tensor) -> Gaussian: ...

    def decode(self, z: Tensor) -> Tensor: ...


def _readable(t: Tensor) -> bool:
    """Whether its numbers may be looked at without a wait for a device: on the CPU, and not while it is compiled."""
    return t.device.type == "cpu" and not torch.compiler.is_compiling()


def gaussian_log_prob(z: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    """log N(z; mu, diag(exp(log_var))), summed over the last axis, in nats. (..., d) -> (...,).

    Leading axes broadcast; ValueError unless all have the same number of latents.
    """
    if not z.shape[-1:] == mu.shape[-1:] == log_var.shape[-1:]:
        raise ValueError(
            f"expected d latents in each, got shapes {tuple(z.shape)}, {tuple(mu.shape)} and {tuple(log_var.shape)}"
        )
    return -0.5 * (LOG_2PI + log_var + (z - mu) ** 2 / log_var.exp()).sum(-1)


def bernoulli_log_likelihood(x: Tensor, logits: Tensor) -> Tensor:
    """log p(x|z) = sum over pixels of x log p + (1 - x) log(1 - p), p = sigmoid(logits). (B, ...) -> (B,).

    Raises ValueError for pixels that are not floating-point numbers in [0, 1]. On another device than the CPU, where to
    look would be to wait, an image with pixels outside is NaN, and `train` stops at it.
    """
    same_shape(x=x, logits=logits)
    if not x.is_floating_point():
        raise ValueError(
            f"expected pixels in [0, 1] as floating-point numbers, got {x.dtype}: divide bytes by 255, turn booleans "
            "into floats"
        )
    log_likelihood = -F.binary_cross_entropy_with_logits(logits, x, reduction="none").flatten(1).sum(1)
    if not _readable(x):
        inside = ((x >= 0) & (x <= 1)).flatten(1).all(1)
        return torch.where(inside, log_likelihood, torch.nan)
    if x.numel():
        # Memory that is here: no device is asked. Of every batch, for what a function draws may change: 15 us at 8 x 8
        # pixels, 1 % of a step of the smallest net; at 64 x 64 one in 2,000.
        pixels = x.detach().float().numpy()
        low, high = pixels.min(), pixels.max()
        if not (low >= 0 and high <= 1):
            raise ValueError(
                f"a Bernoulli likelihood expects pixels in [0, 1], got {low:.4g} to {high:.4g}: scale them, "
                "or take a Gaussian likelihood, which takes any range"
            )
    return log_likelihood


def gaussian_log_likelihood(x: Tensor, mean: Tensor, sigma: float | Tensor) -> Tensor:
    """log N(x; mean, sigma^2 I), with the normaliser of all D pixels. (B, ...) -> (B,).

    Pixels of any range; sigma: one number, or one for each pixel (D,) or each image (B, 1), above 0 and finite, else
    ValueError (NaN where it is on another device than the CPU, to look would be to wait). In the type of x - mean.
    """
    same_shape(x=x, mean=mean)
    dtype = torch.result_type(x, mean)
    if not dtype.is_floating_point:
        raise ValueError(f"expected pixels or means as floating-point numbers, got {x.dtype} and {mean.dtype}")
    squares = (x.to(dtype) - mean).flatten(1).square()
    if isinstance(sigma, Tensor):
        if _readable(sigma) and not (torch.isfinite(sigma) & (sigma > 0)).all():
            low, high = sigma.min().item(), sigma.max().item()
            raise ValueError(f"expected a sigma above 0 and finite, got {low:g} to {high:g}")
    elif not 0 < sigma < math.inf:  # a number is judged without a tensor: a step of a small net would feel it
        raise ValueError(f"expected a sigma above 0 and finite, got {sigma:g}")
    sigma = torch.as_tensor(sigma, dtype=dtype, device=x.device)
    if sigma.ndim > 2 or any(n not in (1, m) for n, m in zip(sigma.shape[::-1], squares.shape[::-1], strict=False)):
        raise ValueError(
            f"expected sigma as one number, (D,) or (B, 1) for (B, D) {tuple(squares.shape)}, got shape "
            f"{tuple(sigma.shape)}"
        )
    return -0.5 * (squares / sigma**2 + 2 * sigma.log() + LOG_2PI).sum(1)


Likelihood = Callable[[Tensor, Tensor], Tensor]


def negative_elbo(
    model: Model,
    x: Tensor,
    generator: torch.Generator | None = None,
    log_likelihood: Likelihood = bernoulli_log_likelihood,
) -> dict[str, Tensor]:
    """The two terms of -ELBO from one sample of z: reconstruction (B,), kl (B, d), in nats per image."""
    q = model.encode(x)
    z = q.sample(generator)
    return {"reconstruction": -log_likelihood(x, model.decode(z)), "kl": q.kl()}


def importance_weighted(
    model: GaussianModel,
    x: Tensor,
    samples: int,
    generator: torch.Generator | None = None,
    log_likelihood: Likelihood = bernoulli_log_likelihood,
) -> Tensor:
    """One draw of the importance-weighted bound with that many samples, per image. Shape (B,).

    Burda et al. (2016), eq. 8. samples = 1 is the ELBO's own estimator; the bound tightens as it grows.
    """
    if samples < 1:
        raise ValueError(f"expected at least one sample, got {samples}")
    mu, log_var = model.encode(x)
    log_w = []
    for _ in range(samples):
        z = reparameterise(mu, log_var, generator)
        log_prior = gaussian_log_prob(z, torch.zeros_like(z), torch.zeros_like(z))
        log_w.append(log_likelihood(x, model.decode(z)) + log_prior - gaussian_log_prob(z, mu, log_var))
    return torch.stack(log_w).logsumexp(0) - math.log(samples)


def evidence_on_grid(
    model: Model,
    x: Tensor,
    log_likelihood: Likelihood = bernoulli_log_likelihood,
    reach: float = 6.0,
    points: int = 121,
) -> tuple[Tensor, Tensor, Tensor]:
    """log p(x) of a model with two latents by summing over a grid: the exact answer that the ELBO bounds.

    Returns log_evidence (B,), log_posterior (B, points^2) as probabilities of cells, and the grid z (points^2, 2).
    """
    if points < 2 or not 0 < reach < math.inf:
        raise ValueError(f"expected two points or more and a finite reach above 0, got {points} and {reach}")
    axis = torch.linspace(-reach, reach, points, dtype=x.dtype, device=x.device)
    z = torch.cartesian_prod(axis, axis)
    log_prior = gaussian_log_prob(z, torch.zeros_like(z), torch.zeros_like(z)) + 2 * (axis[1] - axis[0]).log()
    decoded = model.decode(z)
    log_joint = torch.stack([log_likelihood(image.expand_as(decoded), decoded) + log_prior for image in x])
    log_evidence = log_joint.logsumexp(1)
    return log_evidence, log_joint - log_evidence[:, None], z


def posterior_overlap(
    mu: Tensor,
    log_var: Tensor,
    other_mu: Tensor,
    other_log_var: Tensor,
    samples: int,
    generator: torch.Generator | None,
) -> Tensor:
    """How often a code drawn from q(z|x) is likelier under q(z|x') than under its own. (A, d), (B, d) -> (A, B).

    One half where the two posteriors agree, zero where they do not touch.
    """
    if samples < 1:
        raise ValueError(f"expected at least one sample, got {samples}")
    same_shape(other_mu=other_mu, other_log_var=other_log_var)
    if mu.ndim != 2 or other_mu.ndim != 2 or mu.shape[1] != other_mu.shape[1]:
        raise ValueError(f"expected (A, d) and (B, d), got {tuple(mu.shape)} and {tuple(other_mu.shape)}")
    count = torch.zeros(len(mu), len(other_mu), dtype=mu.dtype, device=mu.device)
    for _ in range(samples):
        z = reparameterise(mu, log_var, generator)
        own, other = gaussian_log_prob(z, mu, log_var), gaussian_log_prob(z[:, None], other_mu, other_log_var)
        count += (other > own[:, None]) + 0.5 * (other == own[:, None])
    return count / samples


def pathwise_gradient(f: Callable[[Tensor], Tensor], mu: Tensor, log_var: Tensor, eps: Tensor) -> Tensor:
    """d f(mu + sigma eps) / d mu for each eps (n, d): the reparameterised estimator. Shape (n, d)."""
    z = (mu + (0.5 * log_var).exp() * eps).detach().requires_grad_()
    return torch.autograd.grad(f(z).sum(), z)[0]


def score_function_gradient(f: Callable[[Tensor], Tensor], mu: Tensor, log_var: Tensor, eps: Tensor) -> Tensor:
    """f(z) d log q(z) / d mu = f(z) (z - mu) / sigma^2 for each eps (n, d). Williams (1992). Shape (n, d)."""
    sigma = (0.5 * log_var).exp()
    return f(mu + sigma * eps)[:, None] * eps / sigma
