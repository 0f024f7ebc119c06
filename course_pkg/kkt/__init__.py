"""Constrained optimisation, and beta as the price of a nat: the conditions, the exact optima, and dual ascent.

The problem is always written as a minimisation: minimise f(y) subject to g_i(y) <= 0, with a multiplier beta_i for each
constraint. For a VAE, f is the distortion -E log p(x|z), the one constraint is rate <= eps, and its multiplier is beta.
All quantities are in nats per image.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from course_pkg.models.networks import check_latents, check_type, seeded
from course_pkg.models.posteriors import Gaussian
from course_pkg.worlds import LOG_2PI, expect, kl
from course_pkg.worlds.checks import check_within, known


@dataclass(frozen=True)
class Problem:
    """Minimise objective(y), a scalar, subject to constraints(y) <= 0, shape (m,); both differentiable in y (n,)."""

    objective: Callable[[Tensor], Tensor]
    constraints: Callable[[Tensor], Tensor]

    def lagrangian(self, y: Tensor, beta: Tensor) -> Tensor:
        """f(y) + sum_i beta_i g_i(y), a scalar. beta (m,)."""
        return self.objective(y) + beta @ self.constraints(y)

    def conditions(self, y: Tensor, beta: Tensor) -> dict[str, Tensor]:
        """How far each of the four conditions is from holding at (y, beta): zero where it holds, never negative.

        Karush (1939), Kuhn and Tucker (1951). Raises ValueError unless there is one multiplier for each constraint.
        """
        y = y.detach().requires_grad_()
        g = self.constraints(y)
        if g.shape != beta.shape:
            raise ValueError(f"expected one multiplier for each constraint, {tuple(g.shape)}, got {tuple(beta.shape)}")
        slope = torch.autograd.grad(self.lagrangian(y, beta), y)[0]
        return {
            "stationarity": slope.abs().max(),
            "primal feasibility": g.detach().clamp_min(0).max(),
            "dual feasibility": (-beta).clamp_min(0).max(),
            "complementary slackness": (beta * g.detach()).abs().max(),
        }


# A fixed decoder and a free encoder, on tables: the convex case ----------------------------------------


def check_log_probabilities(*tables: Tensor) -> None:
    """Raise ValueError for NaN or +infinity, which no logarithm of a probability or of a density is."""
    for table in tables:
        if known(table) and not (table < torch.inf).all():
            raise ValueError(f"expected log probabilities, got {'NaN' if table.isnan().any() else 'infinity'}")


def tilted_encoder(log_p_z: Tensor, log_p_x_given_z: Tensor, beta: float | Tensor) -> Tensor:
    """log q(z|x), q proportional to p(z) p(x|z)^(1/beta): the encoder that is best at this price. (X, K) -> (X, K).

    beta is one number, or one for each x (X,). At beta = 0 the limit: the prior on the likeliest z. ValueError below.
    """
    beta = torch.as_tensor(beta, dtype=log_p_z.dtype, device=log_p_z.device)
    if known(beta) and not (beta >= 0).all():
        raise ValueError(f"expected a price of 0 or more, got {beta[~(beta >= 0)][0].item():g}")
    check_log_probabilities(log_p_z, log_p_x_given_z)
    short = log_p_x_given_z - log_p_x_given_z.amax(-1, keepdim=True)
    price = beta[..., None]
    tilt = torch.where(short < 0, short / price, torch.zeros_like(short))
    return (log_p_z + tilt).log_softmax(-1)


def rate_and_distortion(log_p_z: Tensor, log_p_x_given_z: Tensor, beta: float | Tensor) -> tuple[Tensor, Tensor]:
    """KL(q(z|x) || p(z)) and -E_q log p(x|z) of the best encoder at this price, for each x. Both (X,)."""
    log_q = tilted_encoder(log_p_z, log_p_x_given_z, beta)
    return kl(log_q, log_p_z), -expect(log_q, log_p_x_given_z)


def price_of_rate(log_p_z: Tensor, log_p_x_given_z: Tensor, eps: float, log_p_x: Tensor | None = None) -> Tensor:
    """The multiplier of the constraint: the smallest beta >= 0 whose best encoder keeps to the rate eps.

    With log_p_x (X,) the constraint is on the average and there is one beta, a scalar; without, it is on every x and
    there is one for each, (X,). Zero where the constraint is not active. For eps = 0 no multiplier is large enough:
    infinity, unless the decoder ignores z. Raises ValueError for eps < 0, which no encoder keeps to, and for NaN.
    """
    if not eps >= 0:
        raise ValueError(f"expected a rate of 0 or more, got {eps:g}: no divergence is negative")

    def rate(beta: Tensor) -> Tensor:
        each = rate_and_distortion(log_p_z, log_p_x_given_z, beta)[0]
        return each if log_p_x is None else expect(log_p_x, each)

    free = rate(log_p_z.new_zeros(()))
    low, high = torch.full_like(free, -60.0), torch.full_like(free, 60.0)  # of log beta
    for _ in range(70):
        middle = (low + high) / 2
        too_much = rate(middle.exp()) > eps
        low, high = torch.where(too_much, middle, low), torch.where(too_much, high, middle)
    beta = torch.where(free > eps, high.exp(), torch.zeros_like(free))
    return torch.where((free > 0) & (beta.new_tensor(eps) == 0), torch.inf, beta)


def normalised_beta(beta: float, latents: int, pixels: int) -> float:
    """beta d / D: what a program must call beta that averages over pixels and over latents. Higgins et al. (2017)."""
    check_within(0.0, beta=beta)
    check_within(1.0, latents=latents, pixels=pixels)
    return beta * latents / pixels


# A linear decoder of Gaussian data, all weights free: not convex, and solved -----------------------------


def latent_rates(eigenvalues: Tensor, beta: float, variance: float | Tensor) -> Tensor:
    """Rate of each latent at the optimum of a linear VAE: log(lambda_i / (beta sigma^2)) / 2, or 0 below. (d,) -> (d,).

    eigenvalues are the d largest of the data's covariance, variance is sigma^2 of the decoder. ValueError, here and
    below, for eigenvalues below 0, a price or a variance that is not above 0, and what is not finite.
    """
    check_within(0.0, eigenvalues=eigenvalues)
    check_within(0.0, strict=True, beta=beta, variance=variance)
    return (0.5 * (eigenvalues / (beta * variance)).log()).clamp_min(0)


def check_descending(eigenvalues: Tensor, latents: int) -> None:
    """Raise ValueError unless these are a covariance's, high to low. What a solver rounds to just below 0 passes."""
    if eigenvalues.ndim != 1 or not 0 <= latents <= len(eigenvalues):
        raise ValueError(f"expected eigenvalues (D,) and 0 to D latents, got {tuple(eigenvalues.shape)} and {latents}")
    check_within(eigenvalues=eigenvalues)
    check_within(0.0, eigenvalues=torch.where(eigenvalues > -1e-6 * eigenvalues.amax(), eigenvalues.abs(), eigenvalues))
    if known(eigenvalues) and (eigenvalues.diff() > 0).any():
        raise ValueError("expected eigenvalues in descending order: give eigenvalues.sort(descending=True).values")


def linear_optimum(eigenvalues: Tensor, beta: float, variance: float | Tensor, latents: int) -> tuple[Tensor, Tensor]:
    """Rate and distortion at the optimum of a linear VAE with a decoder of variance sigma^2. Scalars.

    eigenvalues (D,) of the data's covariance, in descending order; `latents` of them can be encoded. What is encoded
    is left with the error beta sigma^2, the rest keeps all its variance.
    """
    check_descending(eigenvalues, latents)
    check_within(0.0, strict=True, beta=beta, variance=variance)
    kept, lost = eigenvalues[:latents], eigenvalues[latents:]
    error = kept.clamp_max(beta * variance).sum() + lost.sum()
    variance = torch.as_tensor(variance, dtype=eigenvalues.dtype)
    distortion = 0.5 * (len(eigenvalues) * (LOG_2PI + variance.log()) + error / variance)
    return latent_rates(kept, beta, variance).sum(), distortion


def learnt_variance(eigenvalues: Tensor, beta: float, latents: int) -> Tensor:
    """sigma^2 at the optimum of a linear VAE that learns it too: the least of sum_{i>k} lambda_i / (D - beta k).

    k runs over the numbers of latents in use, 0 to `latents`, with beta k < D. At beta = 1 this is probabilistic PCA
    (Tipping and Bishop 1999). Zero, an optimum that is not attained, where `latents` = D and beta < 1. Scalar.
    """
    check_descending(eigenvalues, latents)
    check_within(0.0, strict=True, beta=beta)
    left = eigenvalues.sum() - torch.cat([eigenvalues.new_zeros(1), eigenvalues.cumsum(0)])[: latents + 1]
    room = len(eigenvalues) - beta * torch.arange(latents + 1, dtype=eigenvalues.dtype, device=eigenvalues.device)
    if latents == len(eigenvalues):
        left = torch.cat([left[:-1], left.new_zeros(1)])
    return torch.where(room > 0, left / room, torch.inf).min()


def critical_betas(eigenvalues: Tensor, variance: float | None = None) -> Tensor:
    """The beta at which each latent of a linear VAE falls silent. (D,) -> (D,), descending like the eigenvalues.

    lambda_j / sigma^2 for a decoder of that variance; D lambda_j / sum_i min(lambda_i, lambda_j) where it is learnt.
    """
    check_descending(eigenvalues, 0)
    if variance is not None:
        check_within(0.0, strict=True, variance=variance)
        return eigenvalues / variance
    return len(eigenvalues) * eigenvalues / torch.minimum(eigenvalues[:, None], eigenvalues).sum(1)


def silent_beta(x: Tensor) -> Tensor:
    """The beta from which on silence is a local optimum of any VAE with Bernoulli pixels, to second order. Scalar.

    It is the largest eigenvalue of the correlation matrix of the pixels of x (N, ...); constant pixels are left out.
    ValueError for pixels that are not finite floating-point numbers, or no image.
    """
    finite = x.device.type == "meta" or bool(x.isfinite().all())
    if x.ndim < 2 or not x.numel() or not x.is_floating_point() or not finite:
        raise ValueError(
            f"expected images (N, ...) of finite floating-point pixels, got {x.dtype} of shape {tuple(x.shape)}"
            + ("" if finite else " with NaN or infinity")
        )
    x = x.flatten(1)
    score = (x - x.mean(0)) / x.std(0, correction=0)
    score = torch.where(x.amax(0) > x.amin(0), score, torch.zeros_like(score))
    products = score @ score.mT if len(x) < x.shape[1] else score.mT @ score  # the same largest eigenvalue
    return torch.linalg.eigvalsh(products)[-1] / len(x)


class LinearVAE(nn.Module):
    """mu = V (x - m), one width for each latent, f(z) = W z + m: the VAE whose optimum is known. x (B, D), z (B, d)."""

    def __init__(self, pixels: int, latents: int, seed: int = 0):
        super().__init__()
        check_latents(latents)
        with seeded(seed):
            self.encoder, self.decoder = nn.Linear(pixels, latents), nn.Linear(latents, pixels)
        self.log_var = nn.Parameter(torch.zeros(latents))

    def encode(self, x: Tensor) -> Gaussian:
        check_type(x, self.encoder)
        mu = self.encoder(x)
        return Gaussian(mu, self.log_var.expand_as(mu))

    def decode(self, z: Tensor) -> Tensor:
        return self.decoder(z)


def linear_terms(model: LinearVAE, x: Tensor, variance: float | Tensor) -> dict[str, Tensor]:
    """The two terms of the loss with no sample: reconstruction (B,), kl (B, d), in nats.

    For a linear decoder the expected squared error is that of the mean code, plus what each latent's noise adds: its
    variance times the squared length of its column of W.
    """
    if not isinstance(variance, Tensor) or not variance.requires_grad:  # one that is learnt moves with every step
        check_within(0.0, strict=True, variance=variance)
    q = model.encode(x)
    variance = torch.as_tensor(variance, dtype=x.dtype)
    spread = q.log_var.exp() @ model.decoder.weight.square().sum(0)
    squares = (x - model.decode(q.mu)).square().sum(1) + spread
    reconstruction = 0.5 * (squares / variance + x.shape[1] * (LOG_2PI + variance.log()))
    return {"reconstruction": reconstruction, "kl": q.kl()}


# The constraint kept ------------------------------------------------------------------------------------


class DualAscent(nn.Module):
    """A price for the KL that keeps it at eps: beta rises while the KL is above, falls while it is below, down to 0.

    Give it to `train` as the weight of a term: called with the term's mean over a batch, in nats, it returns
    beta (KL - eps) and then moves beta by rate (KL - eps). Its state is the buffer `beta`. ValueError for eps or beta
    below 0, or a rate that is not above 0.
    """

    beta: Tensor

    def __init__(self, eps: float, rate: float, beta: float = 0.0):
        super().__init__()
        if not (0 <= eps < torch.inf and 0 <= beta < torch.inf and 0 < rate < torch.inf):
            raise ValueError(
                f"expected eps >= 0, beta >= 0 and rate > 0, all finite, got {eps:g}, {beta:g} and {rate:g}"
            )
        self.eps, self.rate, self.start = eps, rate, beta
        self.register_buffer("beta", torch.tensor(float(beta)))

    def forward(self, value: Tensor, step: int) -> Tensor:
        excess = value.sum() - self.eps
        cost = self.beta.clone() * excess
        with torch.no_grad():
            self.beta.add_(self.rate * excess.detach()).clamp_(min=0)
        return cost
