"""A world where x and z take finitely many values, so that every integral is a sum."""

import functools
import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from course_pkg.worlds.symbols import Symbols


def expect(log_p: Tensor, values: Tensor) -> Tensor:
    """E_p[values], the sum over the last axis of p * values, with 0 * anything = 0 (so that 0 log 0 = 0)."""
    p = log_p.exp()
    return torch.where(p > 0, p * values, torch.zeros_like(p)).sum(-1)


def kl(log_p: Tensor, log_q: Tensor) -> Tensor:
    """D_KL(p || q) of two tables of log probabilities (..., K), in nats. Shape (...,)."""
    return expect(log_p, log_p - log_q)


def entropy(log_p: Tensor) -> Tensor:
    """H(p) of a table of log probabilities (..., K), in nats. Shape (...,)."""
    return expect(log_p, -log_p)


def product(tables: Iterable[Tensor]) -> Tensor:
    """The joint table of independent latents, the last fastest, from tables of log probabilities (k_j,)."""
    return functools.reduce(lambda left, right: (left[:, None] + right).reshape(-1), tables)


@dataclass(frozen=True)
class TabularWorld:
    """Finite x (X values) and z (a product of d finite latents, K = k_1 * ... * k_d values).

    log_p_z (K,)              the prior, any joint table over the latents, the last latent fastest
    log_p_x_given_z (X, K)    the likelihood: each column sums to one over x
    log_q_z_given_x (X, K)    the encoder: each row sums to one over z
    log_p_x (X,)              the data distribution, which need not be the model's evidence
    latents (k_1, ..., k_d)   how many values each latent takes

    Raises ValueError where a shape disagrees or a table is not a distribution (within 1e-9).
    """

    log_p_z: Tensor
    log_p_x_given_z: Tensor
    log_q_z_given_x: Tensor
    log_p_x: Tensor
    latents: tuple[int, ...]

    def __post_init__(self) -> None:
        K, X = math.prod(self.latents), len(self.log_p_x)
        tables = {
            "log_p_z": (self.log_p_z, (K,), 0),
            "log_p_x_given_z": (self.log_p_x_given_z, (X, K), 0),
            "log_q_z_given_x": (self.log_q_z_given_x, (X, K), 1),
            "log_p_x": (self.log_p_x, (X,), 0),
        }
        for name, (table, shape, axis) in tables.items():
            if tuple(table.shape) != shape:
                raise ValueError(f"{name}: expected shape {shape}, got {tuple(table.shape)}")
            worst = (table.exp().sum(axis) - 1).abs().max().item()
            if not worst < 1e-9:
                raise ValueError(f"{name}: expected probabilities that sum to one, off by {worst:.2g}")

    @classmethod
    def random(
        cls, seed: int, latents: tuple[int, ...] = (2, 3), x: int = 4, factorised_prior: bool = True
    ) -> "TabularWorld":
        """Every table from Dirichlet(1), by exponentials that are normalised; x is the number of its values."""
        g = torch.Generator().manual_seed(seed)
        K = math.prod(latents)

        def table(*shape: int, axis: int = -1) -> Tensor:
            e = -torch.rand(shape, generator=g, dtype=torch.float64).clamp_min(1e-12).log()
            return (e / e.sum(axis, keepdim=True)).log()

        log_p_z = table(K)
        if factorised_prior:
            log_p_z = product(map(table, latents))
        return cls(log_p_z, table(x, K, axis=0), table(x, K), table(x), latents)

    def with_exact_encoder(self) -> "TabularWorld":
        """The same world with q(z|x) = p_theta(z|x): the ELBO's gap closes."""
        return replace(self, log_q_z_given_x=self.log_posterior())

    def symbols(self) -> Symbols:
        """Its four tables under the names that the book gives them."""
        tables = {
            r"p(x)": ("x", self.log_p_x),
            r"p(z)": ("z", self.log_p_z),
            r"p_\theta(x \mid z)": ("x z", self.log_p_x_given_z),
            r"q_\phi(z \mid x)": ("x z", self.log_q_z_given_x),
        }
        return Symbols(tables, latents=self.latents)

    # Per x, shape (X,) -------------------------------------------------------------------------

    def log_evidence(self) -> Tensor:
        """log p_theta(x), the prior-weighted sum of the likelihood."""
        return torch.logsumexp(self.log_p_x_given_z + self.log_p_z, 1)

    def log_posterior(self) -> Tensor:
        """log p_theta(z|x) by Bayes' rule, shape (X, K)."""
        return self.log_p_x_given_z + self.log_p_z - self.log_evidence()[:, None]

    def expected_log_likelihood(self) -> Tensor:
        """E_q(z|x)[log p_theta(x|z)]."""
        return expect(self.log_q_z_given_x, self.log_p_x_given_z)

    def kl(self) -> Tensor:
        """D_KL(q(z|x) || p(z)), what one x pays."""
        return kl(self.log_q_z_given_x, self.log_p_z)

    def elbo(self) -> Tensor:
        """Expected log-likelihood minus KL."""
        return self.expected_log_likelihood() - self.kl()

    def gap(self) -> Tensor:
        """D_KL(q(z|x) || p_theta(z|x)), what the ELBO misses."""
        return kl(self.log_q_z_given_x, self.log_posterior())

    # Averaged over the data, scalars (shape (d,) where said) -----------------------------------

    def rate(self) -> Tensor:
        """E_p(x) D_KL(q(z|x) || p(z))."""
        return expect(self.log_p_x, self.kl())

    def log_aggregate_posterior(self) -> Tensor:
        """log q(z), q(z) = sum_x p(x) q(z|x), shape (K,)."""
        return torch.logsumexp(self.log_p_x[:, None] + self.log_q_z_given_x, 0)

    def log_marginals(self, log_joint: Tensor) -> list[Tensor]:
        """The marginals of a table over z (K,): d tables of shape (k_j,)."""
        joint = log_joint.reshape(self.latents)
        d = len(self.latents)
        return [joint.logsumexp([i for i in range(d) if i != j]) if d > 1 else joint for j in range(d)]

    def entropy_x(self) -> Tensor:
        """H(x) of the data distribution."""
        return entropy(self.log_p_x)

    def entropy_z(self) -> Tensor:
        """H(z) of the aggregate posterior."""
        return entropy(self.log_aggregate_posterior())

    def entropy_z_given_x(self) -> Tensor:
        """H(z|x), the encoder's entropy averaged over the data."""
        return expect(self.log_p_x, entropy(self.log_q_z_given_x))

    def mutual_information(self) -> Tensor:
        """I_q(x; z), from the joint p(x) q(z|x) and the product of its marginals."""
        return expect(self.log_p_x, kl(self.log_q_z_given_x, self.log_aggregate_posterior()))

    def total_correlation(self) -> Tensor:
        """D_KL(q(z) || prod_j q(z_j)), from the two tables."""
        log_q = self.log_aggregate_posterior()
        return kl(log_q, product(self.log_marginals(log_q)))

    def dimension_wise_kl(self) -> Tensor:
        """D_KL(q(z_j) || p(z_j)) of each latent, shape (d,)."""
        q, p = self.log_marginals(self.log_aggregate_posterior()), self.log_marginals(self.log_p_z)
        return torch.stack([*map(kl, q, p)])
