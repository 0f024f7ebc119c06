"""Batches in which exactly one factor moves: what a trainer sees who may ask for such images, and is told which."""

from collections.abc import Sequence

import torch
from torch import Tensor


class OneMoves:
    """Draws a factor, an image, and n of the images that differ from it in that factor alone, itself among them.

    images (N, ...); factors (N, K): the settings of each image; owned (K, d): which latents each factor owns; shares
    (K,): how often each moves, in any unit. A call gives the images (n, ...) and the owned latents of the factor that
    moved, (1, d). They are drawn with replacement. Raises ValueError for tables that do not fit.
    """

    def __init__(self, images: Tensor, factors: Tensor, owned: Tensor, shares: Sequence[float], device: torch.device):
        n, K = factors.shape
        if len(images) != n or len(owned) != K or len(shares) != K or not K:
            raise ValueError(
                f"expected {K} factors of {len(images)} images, one or more, with as many rows of owned latents and "
                f"shares, got {tuple(factors.shape)}, {tuple(owned.shape)} and {len(shares)}"
            )
        if min(shares) < 0 or not sum(shares) > 0:
            raise ValueError(f"expected shares of 0 or more, not all 0, got {list(shares)}")
        self.images, self.owned = images.to(device), owned.to(device)
        self.ends = torch.tensor(shares, dtype=torch.float64).cumsum(0).float().to(device)
        # For each factor the images in an order in which those that agree in all others are neighbours, factor after
        # factor; and where each such group begins.
        orders, starts = zip(*(neighbours(factors, k) for k in range(K)), strict=True)
        self.order = torch.cat(orders).to(device)
        begin = [k * n + start for k, start in enumerate(starts)]
        self.starts = torch.cat([*begin, torch.tensor([K * n])]).to(device)

    def places(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """The factor that moves, (1,), and the places of the n images in the set."""
        device, total = self.order.device, len(self.images)
        u = torch.rand(n + 1, generator=generator, device=device)
        factor = torch.searchsorted(self.ends, u[:1] * self.ends[-1:], right=True).clamp_max(len(self.ends) - 1)
        place = factor * total + torch.randint(total, (1,), generator=generator, device=device)
        group = torch.searchsorted(self.starts, place, right=True) - 1
        first, many = self.starts[group], self.starts[group + 1] - self.starts[group]
        return factor, self.order[first + torch.minimum((u[1:] * many).long(), many - 1)]

    def __call__(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        factor, places = self.places(n, generator)
        return self.images[places], self.owned[factor]


def neighbours(factors: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """An order (N,) in which images that differ in factor k alone stand together, and where each group begins, (G,)."""
    key = torch.zeros(len(factors), dtype=torch.long)
    for j in range(factors.shape[1]):
        if j != k:
            key = (key * (int(factors[:, j].max()) + 1) + factors[:, j]).unique(return_inverse=True)[1]
    order = key.argsort(stable=True)
    new = key[order].diff(prepend=torch.tensor([-1])) > 0
    return order, new.nonzero().flatten()
