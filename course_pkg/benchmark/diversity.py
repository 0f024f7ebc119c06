"""What a model draws, against the set it was to learn: how much of the set, how evenly, and the same from every seed?

The set is known image by image, so each drawn image is given to the nearest one (`generated.nearest`), and what is
counted are real images and the settings of their factors. No classifier and no eye has a say.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import torch
from torch import Tensor

from course_pkg.benchmark.generated import nearest
from course_pkg.data.named import Images
from course_pkg.identifiability import matched


@dataclass(frozen=True)
class Diversity:
    """What was drawn, by the nearest image of the set.

    coverage: how many different images were nearest to some drawn one, over how many as many draws of the set itself
    would reach in the mean: 1 is the set's own, near 0 a collapse. entropies (K,): of the settings of each factor among
    the nearest, over that of the set: 1 is as diverse as the set; n draws underestimate a factor of s settings by about
    (s - 1) / 2n nats (Miller 1955). Neither says whether what was drawn looks like anything: `distance` does, the mean
    squared distance to the nearest image, over the mean square of an image; 0 where only images of the set were drawn.
    """

    distance: float
    coverage: float
    entropies: Tensor


def diversity(made: Tensor, source: Images, factors: Tensor) -> Diversity:
    """Of images that were made (n, C, H, W), as probabilities of white, beside the set and its factors (N, K).

    ValueError for images of another shape.
    """
    if tuple(made.shape[1:]) != tuple(source.shape) or len(made) == 0:
        raise ValueError(f"expected images (n, {', '.join(map(str, source.shape))}), got {tuple(made.shape)}")
    apart, place = nearest(made, source)
    size = sum(source.prepare(part).square().sum().item() for part in source.images.split(4_096)) / len(source.images)
    return Diversity(apart.mean().item() / size, coverage(place, len(factors)), evenness(place, factors))


def coverage(place: Tensor, total: int) -> float:
    """How many of the places (n,) differ, over how many of as many uniform draws out of `total` do in the mean."""
    return len(place.unique()) / (total * -math.expm1(len(place) * math.log1p(-1 / total)))


def evenness(place: Tensor, factors: Tensor) -> Tensor:
    """The entropy of each factor's settings among the places (n,), over that in the whole set (N, K). (K,).

    1 for a factor of a single setting.
    """
    of = lambda settings: torch.special.entr(settings.bincount().double() / len(settings)).sum()
    pairs = [(of(column[place]), of(column)) for column in factors.mT]
    return torch.stack([drawn / whole if whole > 0 else torch.ones_like(whole) for drawn, whole in pairs])


def stability(codes: Sequence[Tensor], alike: Callable[[Tensor, Tensor], float] = matched) -> Tensor:
    """How alike the codes (N, d) of the same images are from seed to seed: one number a pair of seeds, 1 for the same.

    alike: of two tables of codes; by default the mean |correlation| of the latents of one with their partners in the
    other, each with one of its own. ValueError for a single seed.
    """
    if len(codes) < 2:
        raise ValueError(f"expected the codes of two seeds or more, got {len(codes)}")
    return torch.tensor([alike(a, b) for a, b in combinations(codes, 2)])
