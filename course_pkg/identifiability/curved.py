"""A curved world of two factors, small enough to train in seconds: which coordinates does a VAE find on a surface?

Images are points of a smooth surface in ten dimensions. The decoder is a net, the noise small, and the encoder's
posterior has independent latents or, with a Cholesky factor, any covariance.
"""

import math
from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor, nn

from course_pkg.identifiability.loophole import column_contrast

PIXELS = 10
HALF = (1.0, 0.5)  # factors are uniform between plus and minus these


@cache
def surface_weights() -> tuple[Tensor, Tensor, Tensor]:
    """The numbers W (2, 12), b (12,) and B (12, 10) of the surface: drawn once."""
    g = torch.Generator().manual_seed(0)
    W, b = 0.7 * torch.randn(2, 12, generator=g), torch.randn(12, generator=g)
    return W, b, torch.randn(12, PIXELS, generator=g) / math.sqrt(12)


def surface(factors: Tensor) -> Tensor:
    """sin(f W + b) B: factors (..., 2) to images (..., 10), float32, the same surface at every call."""
    W, b, B = surface_weights()
    return (factors @ W + b).sin() @ B


def drawn(count: int, generator: torch.Generator) -> Tensor:
    """Factors (count, 2), float32."""
    return (2 * torch.rand(count, 2, generator=generator) - 1) * torch.tensor(HALF)


def net(before: int, after: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(before, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, after))


class Trained(NamedTuple):
    """encoder: images to means, log deviations and, with a full covariance, what stands below the diagonal."""

    encoder: nn.Sequential
    decoder: nn.Sequential
    loss: float


class Read(NamedTuple):
    """|correlation| of each factor (2,) with its latent; the mean contrast and |cosine| of the decoder's two slopes."""

    correlations: Tensor
    contrast: float
    cosine: float


def trained(full: bool, seed: int, steps: int = 4000, variance: float = 0.003, batch: int = 128) -> Trained:
    """A VAE of two latents by Adam, 2e-3 and in the last quarter 3e-4. full: the posterior may have any covariance.

    The loss, in nats an image and without the likelihood's constant, is the mean of the last 500 steps.
    """
    torch.manual_seed(seed)
    encoder, decoder = net(PIXELS, 5 if full else 4), net(2, PIXELS)
    g = torch.Generator().manual_seed(1000 + seed)
    optimiser = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=2e-3, fused=True)
    losses = []
    for step in range(steps):
        if step == 3 * steps // 4:
            optimiser.param_groups[0]["lr"] = 3e-4
        x = surface(drawn(batch, g))
        mu, log_sigma, *below = encoder(x).split([2, 2, 1] if full else [2, 2], 1)
        eps = torch.randn(batch, 2, generator=g)
        off = below[0][:, 0] if full else torch.zeros(batch)
        z = mu + log_sigma.exp() * eps + torch.stack([torch.zeros(batch), off * eps[:, 0]], 1)
        kl = 0.5 * ((mu.square() + (2 * log_sigma).exp() - 1 - 2 * log_sigma).sum(1) + off.square())
        loss = ((x - decoder(z)).square().sum(1) / (2 * variance) + kl).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.detach())
    return Trained(encoder, decoder, torch.stack(losses[-500:]).mean().item())


def read(model: Trained, count: int = 2000, seed: int = 0) -> Read:
    """What the trained model's means and slopes say, on so many new images."""
    f = drawn(count, torch.Generator().manual_seed(seed))
    z = model.encoder(surface(f))[:, :2].detach()
    correlation = torch.corrcoef(torch.cat([z, f], 1).T)[:2, 2:].abs()
    straight, crossed = correlation.diagonal(), correlation.flip(0).diagonal()
    J = torch.func.vmap(torch.func.jacrev(model.decoder))(z).detach()  # (count, 10, 2)
    u = J / J.norm(dim=1, keepdim=True)
    found = straight if straight.sum() > crossed.sum() else crossed
    return Read(found, column_contrast(J).mean().item(), (u[..., 0] * u[..., 1]).sum(1).abs().mean().item())
