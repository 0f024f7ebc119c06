"""Nets of a code that is part number, part kind: d Gaussian latents and one discrete latent of K values.

Both have the layers of `networks`, with another number of units where the code comes out and where it goes in.
`encode(x)` gives a `Both`; `decode(code)` takes codes (B, d + K), the numbers and then a one for the value, and gives
logits of the pixels (B, C, H, W). Both raise ValueError for images or codes of another size.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from course_pkg.models.networks import check_latents, check_type, halves
from course_pkg.models.posteriors import Both, Categorical, Codes, Gaussian, discrete


def check_values(values: int) -> None:
    """Raise ValueError for a discrete latent that has nothing to choose from."""
    if values < 2:
        raise ValueError(f"expected a discrete latent of two values or more, got {values}")


def check_image(x: Tensor, shape: tuple[int, ...], net: nn.Module) -> None:
    """Raise ValueError unless x are images of that shape, at least one, in the type of the net's weights."""
    if tuple(x.shape[1:]) != shape or len(x) == 0:
        raise ValueError(f"expected images (B, {', '.join(map(str, shape))}) with B > 0, got {tuple(x.shape)}")
    check_type(x, net)


def check_code(z: Tensor, latents: int, values: int) -> None:
    """Raise ValueError unless z is a code of d numbers and K places for the value, at least one."""
    if z.ndim != 2 or z.shape[1] != latents + values or len(z) == 0:
        raise ValueError(
            f"expected codes (B, {latents} + {values}) with B > 0, the numbers and then a one for the value, "
            f"got {tuple(z.shape)}"
        )


class Relaxed(nn.Module):
    """The encoder says mu, log_var and K logits; a sample of the value is relaxed at a temperature. Dupont (2018).

    The temperature is that of the authors' public code.
    """

    def __init__(
        self, shape: tuple[int, ...], latents: int, seed: int, values: int = 3, temperature: float = 0.67,
        layers: str | None = None,
    ):  # fmt: skip
        super().__init__()
        check_latents(latents)
        check_values(values)
        self.shape, self.latents, self.values, self.temperature = tuple(shape), latents, values, temperature
        self.encoder, self.decoder = halves(self.shape, 2 * latents + values, latents + values, seed, layers)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def encode(self, x: Tensor) -> Both:
        check_image(x, self.shape, self.encoder)
        mu, log_var, logits = self.encoder(x).tensor_split([self.latents, 2 * self.latents], 1)
        return Both(Gaussian(mu, log_var), Categorical(logits, self.temperature))

    def decode(self, z: Tensor) -> Tensor:
        check_code(z, self.latents, self.values)
        return self.decoder(z).unflatten(1, self.shape)

    @torch.no_grad()
    def represent(self, x: Tensor, sample: bool = False, generator: torch.Generator | None = None) -> Codes:
        """The codes of images, as a metric sees them: d means or samples, and the number of the value. (B, d + 1)."""
        q = self.encode(x)
        return Codes(q.codes(sample, generator), discrete(q))


class Assigned(nn.Module):
    """The encoder says mu and log_var alone; the value of an image is the one with which its pixels cost least.

    `encode` looks for it at the means, for each image by itself. Until the buffer `counts` is 1 the decoder sees zeros
    in place of the value, and all cost the same. The pixels are Bernoulli's. Jeong and Song (2019).
    """

    counts: Tensor

    def __init__(self, shape: tuple[int, ...], latents: int, seed: int, values: int = 3, layers: str | None = None):
        super().__init__()
        check_latents(latents)
        check_values(values)
        self.shape, self.latents, self.values = tuple(shape), latents, values
        self.register_buffer("counts", torch.zeros(()))
        self.encoder, self.decoder = halves(self.shape, 2 * latents, latents + values, seed, layers)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def gaussian(self, x: Tensor) -> Gaussian:
        """The posterior of the numbers alone: what the encoder says."""
        check_image(x, self.shape, self.encoder)
        return Gaussian(*self.encoder(x).chunk(2, 1))

    def encode(self, x: Tensor) -> Both:
        q = self.gaussian(x)
        return Both(q, Categorical.assigned(self.costs(x, q.mu).argmin(1), self.values, x.dtype))

    def decode(self, z: Tensor) -> Tensor:
        check_code(z, self.latents, self.values)
        numbers, value = z.split([self.latents, self.values], 1)
        return self.decoder(torch.cat([numbers, self.counts * value], 1)).unflatten(1, self.shape)

    def costs(self, x: Tensor, z: Tensor) -> Tensor:
        """-log p(x | z, k) of images x (B, C, H, W) at numbers z (B, d), for each value k, in nats. (B, K)."""
        rows = torch.eye(self.values, dtype=z.dtype, device=z.device)
        each = torch.cat([z.repeat_interleave(self.values, 0), rows.repeat(len(z), 1)], 1)
        target = x.repeat_interleave(self.values, 0)
        pixels = F.binary_cross_entropy_with_logits(self.decode(each), target, reduction="none")
        return pixels.flatten(1).sum(1).unflatten(0, (len(z), self.values))

    @torch.no_grad()
    def represent(self, x: Tensor, sample: bool = False, generator: torch.Generator | None = None) -> Codes:
        """The codes of images, as a metric sees them: d means or samples, and the number of the value. (B, d + 1)."""
        q = self.encode(x)
        return Codes(q.codes(sample, generator), discrete(q))
