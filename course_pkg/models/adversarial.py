"""A generator and its critic, who also guesses the code; and the two as one model that encodes and decodes.

A code has d numbers, and one value of K where `values` is K. Its law is uniform: numbers in [-sqrt 3, sqrt 3], of mean
0 and variance 1 (Chen et al. (2016) take the same law in another unit, [-1, 1]), values equally likely; the noise
beside it has that law too. ValueError for images or codes of another size, as in `mixed`.
"""

import math
from collections.abc import Iterable
from typing import Any, cast

import torch
from torch import Tensor, nn

from course_pkg.models.mixed import check_image
from course_pkg.models.networks import check_latents, halves
from course_pkg.models.posteriors import Both, Categorical, Codes, Gaussian, discrete, one_hot

EDGE = math.sqrt(3)  # of a uniform law of variance 1


def uniform(n: int, columns: int, like: Tensor, generator: torch.Generator | None) -> Tensor:
    """Numbers (n, columns) uniform in [-sqrt 3, sqrt 3], on the device and in the type of `like`."""
    return torch.empty(n, columns, dtype=like.dtype, device=like.device).uniform_(-EDGE, EDGE, generator=generator)


class Generator(nn.Module):
    """Makes logits of the pixels (B, C, H, W) from a code (B, d + K) and noise (B, m): the layers of a decoder."""

    def __init__(
        self, shape: tuple[int, ...], latents: int, seed: int, values: int = 0, noise: int = 62,
        layers: str | None = None,
    ):  # fmt: skip
        super().__init__()
        check_latents(latents)
        check_kinds(values)
        self.shape, self.latents, self.values, self.noise = tuple(shape), latents, values, noise
        self.body = halves(self.shape, 1, latents + values + noise, seed, layers)[1]
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def draw(self, n: int, generator: torch.Generator | None) -> Tensor:
        """Codes as a metric sees them, a column a latent: (n, d), or (n, d + 1) with the number of the value."""
        like = next(self.parameters())
        numbers = uniform(n, self.latents, like, generator)
        if not self.values:
            return numbers
        value = torch.randint(self.values, (n, 1), generator=generator, device=like.device)
        return torch.cat([numbers, value.to(like.dtype)], 1)

    def as_input(self, codes: Tensor) -> Tensor:
        """Such codes as the layers take them, a one for the value. (n, d + K)."""
        if not self.values:
            return codes
        return torch.cat([codes[:, : self.latents], one_hot(codes[:, self.latents :], self.values, codes.dtype)], 1)

    def forward(self, code: Tensor, generator: torch.Generator | None = None) -> Tensor:
        noise = uniform(len(code), self.noise, code, generator)
        return self.body(torch.cat([code, noise], 1)).unflatten(1, self.shape)

    def entropy(self) -> float:
        """Of a code, in nats: a density's for the numbers, so that only differences of it count."""
        return self.latents * math.log(2 * EDGE) + math.log(max(self.values, 1))


class Critic(nn.Module):
    """The layers of an encoder, whose last one says a logit of "real" and the posterior of the code: Q shares all."""

    def __init__(
        self, shape: tuple[int, ...], latents: int, seed: int, values: int = 0, layers: str | None = None
    ):  # fmt: skip
        super().__init__()
        check_latents(latents)
        check_kinds(values)
        self.shape, self.latents, self.values = tuple(shape), latents, values
        self.body = halves(self.shape, 1 + 2 * latents + values, 1, seed, layers)[0]
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(self, x: Tensor) -> tuple[Tensor, Gaussian | Both]:
        check_image(x, self.shape, self.body)
        said, mu, log_var, logits = self.body(x).tensor_split([1, 1 + self.latents, 1 + 2 * self.latents], 1)
        numbers = Gaussian(mu, log_var)
        return said[:, 0], Both(numbers, Categorical(logits)) if self.values else numbers


class Paired(nn.Module):
    """The two as one model: it encodes by the critic's guess and decodes by the generator, at noise 0."""

    def __init__(self, generator: Generator, critic: Critic):
        super().__init__()
        self.shape, self.latents, self.values = generator.shape, generator.latents, generator.values
        self.generator, self.critic = generator, critic

    @property
    def decoder(self) -> nn.Sequential:
        """The generator at noise 0, as layers that take the code alone: what `decode` does, for who looks at layers."""
        first, *rest = cast(Iterable[Any], self.generator.body)
        alone = nn.utils.skip_init(nn.Linear, self.latents + self.values, first.out_features)
        alone.weight = nn.Parameter(first.weight[:, : alone.in_features])
        alone.bias = first.bias
        return nn.Sequential(alone, *rest)

    def encode(self, x: Tensor) -> Gaussian | Both:
        return self.critic(x)[1]

    def decode(self, z: Tensor) -> Tensor:
        width = self.latents + self.values
        if z.ndim != 2 or z.shape[1] != width or len(z) == 0:
            raise ValueError(f"expected codes (B, {width}) with B > 0, got {tuple(z.shape)}")
        quiet = z.new_zeros(len(z), self.generator.noise)
        return self.generator.body(torch.cat([z, quiet], 1)).unflatten(1, self.shape)

    @torch.no_grad()
    def generate(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Images (n, C, H, W) as probabilities of white, from codes and noise by their laws."""
        code = self.generator.as_input(self.generator.draw(n, generator))
        return self.generator(code, generator).sigmoid()

    @torch.no_grad()
    def represent(self, x: Tensor, sample: bool = False, generator: torch.Generator | None = None) -> Codes:
        """The codes of images, as a metric sees them: the critic's means or samples. (B, d), or (B, d + 1)."""
        q = self.encode(x)
        return Codes(q.codes(sample, generator), discrete(q))


def check_kinds(values: int) -> None:
    """Raise ValueError for a discrete latent that has nothing to choose from; 0 is for none."""
    if values < 0 or values == 1:
        raise ValueError(f"expected a discrete latent of two values or more, or 0 for none, got {values}")
