"""Tables of codes and factors, for the questions of the chapter `metrics`."""

import itertools

import torch
from torch import Tensor


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def mixtures(seed: int, sizes: tuple[int, ...], latents: int, images: int, noise: float = 0.4) -> dict[str, Tensor]:
    """Codes (N, d) that mix the factors (N, K), a random sample of settings; each latent has another scale."""
    g = seeded(seed)
    factors = torch.stack([torch.randint(n, (images,), generator=g) for n in sizes], 1)
    factors[: max(sizes)] = torch.stack([torch.arange(max(sizes)) % n for n in sizes], 1)  # every setting occurs
    mix = torch.randn(len(sizes), latents, generator=g, dtype=torch.float64)
    codes = (factors.double() / torch.tensor(sizes)) @ mix
    codes = codes + noise * torch.randn(images, latents, generator=g, dtype=torch.float64)
    scale = (1.5 * torch.randn(latents, generator=g, dtype=torch.float64)).exp()
    return {"codes": scale * codes, "factors": factors}


def grid(*sizes: int) -> Tensor:
    """Every combination of settings, (N, K)."""
    return torch.tensor(list(itertools.product(*map(range, sizes))))


def disorder(share: Tensor, axis: int) -> Tensor:
    """The entropy of shares along an axis, nats."""
    return -torch.special.xlogy(share, share).sum(axis)
