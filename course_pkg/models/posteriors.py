"""What an encoder says about an image: a posterior over its code, Gaussian, categorical, or both side by side.

A posterior has d *columns*, one a latent, and its decoder takes w numbers: one for a Gaussian latent, one a value for a
categorical one. Everything is per image (B, ...) and in nats; priors are N(0, 1), and all values equally likely.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, NamedTuple, Protocol, TypeVar

import torch
from torch import Tensor

from course_pkg.worlds import LOG_2PI


class Posterior(Protocol):
    """What the course asks of a posterior. Its tensors are the fields of a dataclass, each (B, k)."""

    @property
    def values(self) -> tuple[int, ...]:
        """Of each column (d,): how many values it can take, 0 for a continuum."""

    def kl(self) -> Tensor:
        """D_KL(q(z|x) || p(z)) of each latent, in nats. (B, d)."""

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        """A code as the decoder takes it, differentiable where training needs it. (B, w)."""

    def codes(self, sample: bool = False, generator: torch.Generator | None = None) -> Tensor:
        """A code as a metric sees it, a column a latent: the mean, or the number of the likeliest value. (B, d).

        sample: one drawn from the posterior instead.
        """

    def as_input(self, codes: Tensor) -> Tensor:
        """Such codes (B, d) as the decoder takes them. (B, w)."""

    def log_prob(self, codes: Tensor) -> Tensor:
        """log q(code|x) of each latent: of a density, or of a value's probability. (B, d)."""


class Codes(NamedTuple):
    """What a metric sees of a set of images: columns (N, d), and which of them hold the number of a value (d,)."""

    columns: Tensor
    discrete: Tensor


def same_shape(**tensors: Tensor) -> None:
    """Raise ValueError unless all tensors have one shape: broadcasting would hide a wrong one."""
    shapes = {name: tuple(t.shape) for name, t in tensors.items()}
    if len(set(shapes.values())) > 1:
        raise ValueError("expected one shape for all, got " + ", ".join(f"{n} {s}" for n, s in shapes.items()))


def gaussian_kl(mu: Tensor, log_var: Tensor) -> Tensor:
    """D_KL(N(mu, diag(exp(log_var))) || N(0, I)) of each latent, in nats. (B, d) -> (B, d).

    log_var is log sigma^2, not log sigma. Kingma and Welling (2014), appendix B.
    """
    same_shape(mu=mu, log_var=log_var)
    return 0.5 * (mu**2 + log_var.exp() - 1 - log_var)


def reparameterise(mu: Tensor, log_var: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """A sample z = mu + sigma * eps of N(mu, sigma^2), differentiable in both. (B, d) -> (B, d)."""
    same_shape(mu=mu, log_var=log_var)
    eps = torch.empty_like(mu).normal_(generator=generator)
    return mu + (0.5 * log_var).exp() * eps


@dataclass(frozen=True)
class Gaussian:
    """N(mu, diag(exp(log_var))), (B, d) each. It unpacks: `mu, log_var = model.encode(x)`."""

    mu: Tensor
    log_var: Tensor

    def __post_init__(self) -> None:
        same_shape(mu=self.mu, log_var=self.log_var)
        check_columns("mu and log_var (B, d)", self.mu)

    def __iter__(self) -> Iterator[Tensor]:
        return iter((self.mu, self.log_var))

    @property
    def values(self) -> tuple[int, ...]:
        return (0,) * self.mu.shape[1]

    def kl(self) -> Tensor:
        return gaussian_kl(self.mu, self.log_var)

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        return reparameterise(self.mu, self.log_var, generator)

    def codes(self, sample: bool = False, generator: torch.Generator | None = None) -> Tensor:
        return self.sample(generator) if sample else self.mu

    def as_input(self, codes: Tensor) -> Tensor:
        check_codes(codes, self)
        return codes

    def log_prob(self, codes: Tensor) -> Tensor:
        check_codes(codes, self)
        return -0.5 * (LOG_2PI + self.log_var + (codes - self.mu) ** 2 / self.log_var.exp())


@dataclass(frozen=True)
class Categorical:
    """One latent with K values, whose probabilities are softmax(logits), (B, K). Its decoder takes K numbers.

    A sample is one-hot; at a *temperature* it is relaxed, softmax((logits + Gumbel noise) / temperature), and
    differentiable: Jang et al. (2017), Maddison et al. (2017). Its largest entry has the same law at any temperature.
    The KL is that of the values themselves: log K less the entropy, never that of the relaxed sample.
    """

    logits: Tensor
    temperature: float | None = None

    def __post_init__(self) -> None:
        check_columns("logits (B, K)", self.logits)
        if self.temperature is not None and not 0 < self.temperature < math.inf:
            raise ValueError(f"expected a temperature above 0, or None for one-hot samples, got {self.temperature}")

    @classmethod
    def assigned(cls, index: Tensor, values: int, dtype: torch.dtype | None = None) -> "Categorical":
        """Each image at one value, index (B,), out of `values`, as an assignment leaves it: log K nats an image.

        A number that there is not costs nan nats, which the loop reports: to look for it here would make a device wait.
        """
        if index.ndim != 1 or index.dtype != torch.long:
            raise ValueError(f"expected whole numbers (B,), got {index.dtype} {tuple(index.shape)}")
        return cls(one_hot(index[:, None], values, dtype or torch.get_default_dtype()).log())

    @property
    def values(self) -> tuple[int, ...]:
        return (self.logits.shape[1],)

    def kl(self) -> Tensor:
        log_p = self.logits.log_softmax(1)
        log_p = log_p.clamp_min(torch.finfo(log_p.dtype).min)  # a value that never comes costs 0, not 0 * inf
        return (log_p.exp() * (log_p + math.log(self.logits.shape[1]))).sum(1, keepdim=True)

    def perturbed(self, generator: torch.Generator | None) -> Tensor:
        """The logits with Gumbel noise: the largest is at a value as often as its probability says. (B, K)."""
        return self.logits - torch.empty_like(self.logits).exponential_(generator=generator).log()

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        if self.temperature is None:
            return self.as_input(self.codes(True, generator))
        return (self.perturbed(generator) / self.temperature).softmax(1)

    def codes(self, sample: bool = False, generator: torch.Generator | None = None) -> Tensor:
        scores = self.perturbed(generator) if sample else self.logits
        return scores.argmax(1, keepdim=True).to(scores.dtype)

    def as_input(self, codes: Tensor) -> Tensor:
        check_codes(codes, self)
        return one_hot(codes, self.logits.shape[1], self.logits.dtype)

    def log_prob(self, codes: Tensor) -> Tensor:
        check_codes(codes, self)
        return self.logits.log_softmax(1).gather(1, codes.long())


@dataclass(frozen=True)
class Both:
    """Two posteriors of the same images, independent given the image: the columns of the first, then the second's."""

    first: Posterior
    second: Posterior

    def __post_init__(self) -> None:
        sizes = [next(tensors(part)).shape[0] for part in (self.first, self.second)]
        if sizes[0] != sizes[1]:
            raise ValueError(f"expected two posteriors of the same images, got one of {sizes[0]} and one of {sizes[1]}")

    @property
    def values(self) -> tuple[int, ...]:
        return self.first.values + self.second.values

    def kl(self) -> Tensor:
        return torch.cat([self.first.kl(), self.second.kl()], 1)

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        return torch.cat([self.first.sample(generator), self.second.sample(generator)], 1)

    def codes(self, sample: bool = False, generator: torch.Generator | None = None) -> Tensor:
        return torch.cat([self.first.codes(sample, generator), self.second.codes(sample, generator)], 1)

    def as_input(self, codes: Tensor) -> Tensor:
        check_codes(codes, self)
        first, second = codes.split([len(self.first.values), len(self.second.values)], 1)
        return torch.cat([self.first.as_input(first), self.second.as_input(second)], 1)

    def log_prob(self, codes: Tensor) -> Tensor:
        check_codes(codes, self)
        first, second = codes.split([len(self.first.values), len(self.second.values)], 1)
        return torch.cat([self.first.log_prob(first), self.second.log_prob(second)], 1)


def check_columns(what: str, tensor: Tensor) -> None:
    """Raise ValueError unless the tensor has images and columns, and at least one column."""
    if tensor.ndim != 2 or tensor.shape[1] == 0:
        raise ValueError(f"expected {what}, a row an image, got {tuple(tensor.shape)}")


def check_codes(codes: Tensor, posterior: Posterior) -> None:
    """Raise ValueError unless there is a column for each latent."""
    if codes.ndim != 2 or codes.shape[1] != len(posterior.values):
        raise ValueError(f"expected codes (B, {len(posterior.values)}), got {tuple(codes.shape)}")


def one_hot(codes: Tensor, values: int, dtype: torch.dtype) -> Tensor:
    """Numbers of values (B, 1) as rows of one 1 each. (B, values); a number that there is not gives a row of 0."""
    return (codes == torch.arange(values, device=codes.device)).to(dtype)


def discrete(posterior: Posterior) -> Tensor:
    """Which columns of the codes hold the number of a value, not a quantity. (d,), on the CPU."""
    return torch.tensor(posterior.values) > 0


# A posterior as a table ---------------------------------------------------------------------------------

P = TypeVar("P", bound=Any)


def tensors(posterior: Any) -> Iterator[Tensor]:
    """The tensors that a posterior is made of, in the order of its fields, each (B, k)."""
    for field in fields(posterior):
        value = getattr(posterior, field.name)
        if isinstance(value, Tensor):
            yield value
        elif is_dataclass(value):
            yield from tensors(value)


def packed(posterior: Posterior) -> Tensor:
    """A posterior as one table, a row an image: what a file can hold. (B, columns of all its tensors)."""
    return torch.cat(list(tensors(posterior)), 1)


def unpacked(table: Tensor, like: P) -> P:
    """The posterior of the kind of `like` that such a table came from."""
    parts = iter(table.split([part.shape[1] for part in tensors(like)], 1))

    def filled(posterior: Any) -> Any:
        held = {field.name: getattr(posterior, field.name) for field in fields(posterior)}
        new = {
            name: next(parts) if isinstance(value, Tensor) else filled(value)
            for name, value in held.items()
            if isinstance(value, Tensor) or is_dataclass(value)
        }
        return replace(posterior, **new)

    return filled(like)
