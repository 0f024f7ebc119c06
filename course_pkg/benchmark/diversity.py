"""What a model draws, against the set it was to learn: how near, how much of the set, and the same from every seed?

The set is known image by image, so each drawn image is given to the nearest one, and what is counted are real images
and the settings of their factors. No classifier and no eye has a say.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import torch
from torch import Tensor

from course_pkg.data.named import Images
from course_pkg.identifiability import matched

DRAWN = 4_096  # images drawn from a model
BLOCK = 4_096  # images of the set that are compared at a time


@dataclass(frozen=True)
class Diversity:
    """What was drawn, by the nearest image of the set.

    distance: mean squared distance to it, over that of an image of the set to the mean image: 0 where only images of
    the set were drawn, and for the set itself. coverage: how many different images were nearest to some drawn one, over
    how many as many draws of the set itself would reach in the mean: 1 is the set's own, near 0 a collapse. entropies
    (K,): of the settings of each factor among the nearest, over that of the set: 1 is as diverse as the set; n draws
    underestimate a factor of s settings by about (s - 1) / 2n nats (Miller 1955).
    """

    distance: float
    coverage: float
    entropies: Tensor


def nearest(made: Tensor, source: Images) -> tuple[Tensor, Tensor]:
    """Of each image that was made (n, C, H, W) the nearest in the set: its place, and the squared distance, (n,) each.

    Of several as near, the first. ValueError for images of another shape.
    """
    if tuple(made.shape[1:]) != tuple(source.shape) or len(made) == 0:
        raise ValueError(f"expected images (n, {', '.join(map(str, source.shape))}), got {tuple(made.shape)}")
    flat = made.flatten(1)
    best, place = torch.full((len(made),), math.inf), torch.zeros(len(made), dtype=torch.long)
    for start in range(0, len(source.images), BLOCK):
        x = source.prepare(source.images[start : start + BLOCK]).flatten(1)
        # |a - b|^2 less |a|^2, which is the same for every b
        least, where = torch.addmm(x.square().sum(1), flat, x.mT, alpha=-2).min(1)
        better = least < best
        best, place = torch.where(better, least, best), torch.where(better, where + start, place)
    chosen = torch.cat([source.prepare(source.images[part]) for part in place.split(BLOCK)])
    return place, (flat - chosen.flatten(1)).square().sum(1)


def diversity(made: Tensor, source: Images, factors: Tensor) -> Diversity:
    """Of images that were made (n, C, H, W), as probabilities of white, beside the set and its factors (N, K)."""
    place, squares = nearest(made, source)
    return Diversity(squares.mean().item() / spread(source), coverage(place, len(factors)), evenness(place, factors))


def spread(source: Images) -> float:
    """The mean squared distance of an image of the set to the mean image."""
    total, squares = torch.zeros(math.prod(source.shape), dtype=torch.float64), 0.0
    for part in source.images.split(BLOCK):
        x = source.prepare(part).flatten(1).double()
        total, squares = total + x.sum(0), squares + x.square().sum().item()
    return squares / len(source.images) - (total / len(source.images)).square().sum().item()


def coverage(place: Tensor, total: int) -> float:
    """How many of the places (n,) differ, over how many of as many uniform draws out of `total` do in the mean."""
    return len(place.unique()) / (total * -math.expm1(len(place) * math.log1p(-1 / total)))


def evenness(place: Tensor, factors: Tensor) -> Tensor:
    """The entropy of each factor's settings among the places (n,), over that in the whole set (N, K). (K,).

    1 for a factor of a single setting.
    """
    of = lambda settings: torch.special.entr(settings.bincount().double() / len(settings)).sum()
    return torch.stack([of(column[place]) / of(column) if column.unique().numel() > 1 else torch.tensor(1.0).double()
                        for column in factors.mT])  # fmt: skip


def drawn_from(model: Any, n: int = DRAWN, seed: int = 0) -> Tensor:
    """Images (n, C, H, W) that a model draws by its own laws, as probabilities of white.

    By its `generate`, where it has one; else it decodes codes of the prior N(0, 1).
    """
    generator = torch.Generator().manual_seed(seed)
    if hasattr(model, "generate"):
        return model.generate(n, generator)
    with torch.no_grad():
        return model.decode(torch.randn(n, model.latents, generator=generator)).sigmoid()


def stability(codes: Sequence[Tensor], alike: Callable[[Tensor, Tensor], float] = matched) -> Tensor:
    """How alike the codes (N, d) of the same images are from seed to seed: one number a pair of seeds, 1 for the same.

    alike: of two tables of codes; by default the mean |correlation| of the latents of one with their partners in the
    other, each with one of its own. ValueError for a single seed.
    """
    if len(codes) < 2:
        raise ValueError(f"expected the codes of two seeds or more, got {len(codes)}")
    return torch.tensor([alike(a, b) for a, b in combinations(codes, 2)])
