"""Two encoder-decoder pairs under one protocol: `encode(x) -> Gaussian` and `decode(z) -> logits or means`."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from course_pkg.models.posteriors import Codes, Gaussian, discrete

Halves = tuple[nn.Sequential, nn.Sequential]  # an encoder and a decoder


def check_latents(latents: int) -> None:
    """Raise ValueError for a net without latents, before torch makes layers without weights."""
    if latents < 1:
        raise ValueError(f"expected at least one latent, got {latents}")


def check_sizes(**sizes: int) -> None:
    """Raise ValueError for layers without units, or no layer."""
    for name, size in sizes.items():
        if size < 1:
            raise ValueError(f"{name}: expected at least 1, got {size}")


def check_type(x: Tensor, net: nn.Module) -> None:
    """Raise ValueError unless the images have the type of the net's weights."""
    wanted = next((p.dtype for p in net.parameters()), x.dtype)
    if x.dtype != wanted:
        remedy = f"images.to({wanted})" if x.is_floating_point() else f"images.to({wanted}), divided by 255 where bytes"
        raise ValueError(f"expected images of the type of the weights, {wanted}, got {x.dtype}: give {remedy}")


class VAE(nn.Module):
    """An encoder that gives 2 * latents numbers, a decoder that takes latents numbers.

    encode: x (B, C, H, W) -> a Gaussian, mu and log_var (B, latents) each.  decode: z (B, latents) -> (B, C, H, W),
    with no final non-linearity: logits for a Bernoulli likelihood, means for a Gaussian one.
    Raises ValueError for an image or a latent of another size, images of another type than the weights, and for an
    empty batch.
    """

    def __init__(self, shape: tuple[int, ...], latents: int, encoder: nn.Module, decoder: nn.Module):
        super().__init__()
        check_latents(latents)
        self.shape, self.latents, self.encoder, self.decoder = tuple(shape), latents, encoder, decoder
        empty = [name for name, weight in self.named_parameters() if not weight.numel()]
        if empty:
            raise ValueError(f"expected layers with at least one unit, pixel and channel, got none in {empty[0]}")

    def encode(self, x: Tensor) -> Gaussian:
        if tuple(x.shape[1:]) != self.shape or len(x) == 0:
            raise ValueError(f"expected images (B, {', '.join(map(str, self.shape))}) with B > 0, got {tuple(x.shape)}")
        check_type(x, self.encoder)
        return Gaussian(*self.encoder(x).chunk(2, dim=1))

    def decode(self, z: Tensor) -> Tensor:
        if z.ndim != 2 or z.shape[1] != self.latents or len(z) == 0:
            raise ValueError(f"expected latents (B, {self.latents}) with B > 0, got {tuple(z.shape)}")
        return self.decoder(z).unflatten(1, self.shape)

    @torch.no_grad()
    def represent(self, x: Tensor, sample: bool = False, generator: torch.Generator | None = None) -> Codes:
        """The codes of images, as a metric sees them: means, or samples. columns (B, latents), none discrete."""
        q = self.encode(x)
        return Codes(q.codes(sample, generator), discrete(q))


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Layers draw their first weights from torch's global generator: seed it, and put it back afterwards."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def mlp_halves(shape: tuple[int, ...], out: int, into: int, hidden: int = 300, seed: int = 0) -> Halves:
    """The layers of `mlp`: an encoder of `out` numbers an image, and a decoder that takes `into` numbers."""
    pixels = math.prod(shape)
    with seeded(seed):
        encoder = nn.Sequential(nn.Flatten(), nn.Linear(pixels, hidden), nn.ReLU(), nn.Linear(hidden, out))
        decoder = nn.Sequential(nn.Linear(into, hidden), nn.ReLU(), nn.Linear(hidden, pixels))
    return encoder, decoder


def mlp(shape: tuple[int, ...], latents: int, hidden: int = 300, seed: int = 0) -> VAE:
    """The lecture's net for D pixels: D-300-2M and M-300-D, with a ReLU between."""
    check_latents(latents)
    return VAE(shape, latents, *mlp_halves(shape, 2 * latents, latents, hidden, seed))


class Up(nn.ConvTranspose2d):
    """A transposed convolution to twice the size that adds its bias afterwards: the same numbers, sooner.

    On a CPU the kernel for the gradients of weights and bias together takes 1.5 times (float32) to 5 times (bfloat16)
    as long as the one for the weights, and a sum takes next to nothing.
    """

    def __init__(self, channels: int, out: int):
        super().__init__(channels, out, 4, stride=2, padding=1)

    def forward(self, x: Tensor, output_size: list[int] | None = None) -> Tensor:
        y = F.conv_transpose2d(x, self.weight, None, stride=2, padding=1)
        return y + self.bias.to(y.dtype)[:, None, None]  # type: ignore[union-attr]


def deep_halves(shape: tuple[int, ...], out: int, into: int, hidden: int = 256, seed: int = 0) -> Halves:
    """Two layers of `hidden` ReLUs each way: an encoder of `out` numbers an image, a decoder that takes `into`."""
    pixels = math.prod(shape)

    def dense(n: int, m: int) -> list[nn.Module]:
        return [nn.Linear(n, m), nn.ReLU()]

    with seeded(seed):
        encoder = nn.Sequential(nn.Flatten(), *dense(pixels, hidden), *dense(hidden, hidden), nn.Linear(hidden, out))
        decoder = nn.Sequential(*dense(into, hidden), *dense(hidden, hidden), nn.Linear(hidden, pixels))
    return encoder, decoder


def burgess_halves(channels: int, out: int, into: int, seed: int = 0, side: int = 64) -> Halves:
    """The layers of `burgess`: an encoder of `out` numbers an image, and a decoder that takes `into` numbers.

    side: of the images, 64 in Burgess et al. (2018), or 32 or 16, with a convolution less each way for each halving.
    """
    depth = side.bit_length() - 3  # down to 4 x 4
    if side != 4 << depth or depth < 1:
        raise ValueError(f"expected images of 8, 16, 32 or 64 pixels a side for these layers, got {side}")

    def down(c: int) -> list[nn.Module]:
        return [nn.Conv2d(c, 32, 4, stride=2, padding=1), nn.ReLU()]

    def up(c: int) -> list[nn.Module]:
        return [nn.ReLU(), Up(32, c)]

    def dense(n: int, m: int) -> list[nn.Module]:
        return [nn.Linear(n, m), nn.ReLU()]

    with seeded(seed):
        encoder = nn.Sequential(
            *down(channels), *(part for _ in range(depth - 1) for part in down(32)), nn.Flatten(),
            *dense(512, 256), *dense(256, 256), nn.Linear(256, out),
        )  # fmt: skip
        decoder = nn.Sequential(
            *dense(into, 256), *dense(256, 256), nn.Linear(256, 512), nn.Unflatten(1, (32, 4, 4)),
            *(part for _ in range(depth - 1) for part in up(32)), *up(channels), nn.Flatten(),
        )  # fmt: skip
    return encoder, decoder


def halves(shape: tuple[int, ...], out: int, into: int, seed: int = 0, layers: str | None = None) -> Halves:
    """An encoder of `out` numbers an image of that shape, and a decoder that takes `into` numbers.

    layers: lecture (`mlp_halves`), deep (`deep_halves`) or burgess (`burgess_halves`); None takes burgess for 64 x 64
    pixels and lecture for others. ValueError for other names, and for images that burgess does not take.
    """
    kind = layers or ("burgess" if shape[1:] == (64, 64) else "lecture")
    if kind not in LAYERS:
        raise ValueError(f"no layers are called {layers!r}; there are {', '.join(LAYERS)}")
    if kind == "burgess" and (len(shape) != 3 or shape[1] != shape[2]):
        raise ValueError(f"expected square images for the layers burgess, got {shape}")
    if kind == "burgess":
        return burgess_halves(shape[0], out, into, seed, shape[1])
    return (mlp_halves if kind == "lecture" else deep_halves)(shape, out, into, seed=seed)


LAYERS = ("lecture", "deep", "burgess")


def burgess(channels: int = 1, latents: int = 10, seed: int = 0) -> VAE:
    """The net of Burgess et al. (2018) for 64 x 64 images: four convolutions of 32 channels, two layers of 256.

    Its weights lie with the channels last, and so will every image inside: the order in which convolutions are quick.
    """
    check_latents(latents)
    net = VAE((channels, 64, 64), latents, *burgess_halves(channels, 2 * latents, latents, seed))
    return net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


@torch.no_grad()
def silent_units(encoder: nn.Sequential, x: Tensor) -> list[tuple[int, int]]:
    """Of each layer of rectified units: how many are 0 for all images x (B, C, H, W), all over them, and of how many.

    A layer of which all are silent hands on the same numbers for every image, and so does whatever stands behind it.
    """
    found = []
    for layer in encoder:
        x = layer(x)
        if isinstance(layer, nn.ReLU):
            spoke = (x > 0).flatten(2).any(2) if x.ndim > 2 else x > 0
            found.append((int((~spoke.any(0)).sum()), spoke.shape[1]))
    return found


def discriminator(latents: int, hidden: int = 1000, layers: int = 5, seed: int = 0) -> nn.Sequential:
    """The classifier of Kim and Mnih (2018): five layers of 1,000 leaky ReLUs, here with one logit. (B, d) -> (B,)."""
    check_latents(latents)
    check_sizes(hidden=hidden, layers=layers)
    with seeded(seed):
        sizes = [latents, *[hidden] * layers]
        body = [part for n, m in pairwise(sizes) for part in (nn.Linear(n, m), nn.LeakyReLU(0.2))]
        return nn.Sequential(*body, nn.Linear(hidden, 1), nn.Flatten(0))
