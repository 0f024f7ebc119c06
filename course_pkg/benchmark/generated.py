"""What a model makes by itself, from codes of its prior: how near to images that there are, and how many kinds of them.

A generator that makes one perfect sprite is near and of one kind; one that makes fog is far. Both are measured against
as many images drawn from the set itself, which are at distance 0 and of all kinds.
"""

import math
from typing import Any

import torch
from torch import Tensor

from course_pkg.benchmark.measure import VOTES, rounded
from course_pkg.data import small
from course_pkg.data.named import Images

MADE = 2_000  # images
QUARTER = 4  # a kind is a shape, a scale and a quarter of the picture's width and height
BLOCK = 8_192


@torch.no_grad()
def from_prior(model: Any, n: int, generator: torch.Generator) -> Tensor:
    """n images (n, C, H, W) as the chance of white, from codes by the model's own law: a normal one, or its `generate`.

    A discrete value is drawn with equal chances.
    """
    if hasattr(model, "generate"):
        return model.generate(n, generator)
    code = torch.randn(n, model.latents, generator=generator)
    if values := getattr(model, "values", 0):
        value = torch.randint(values, (n,), generator=generator)
        code = torch.cat([code, torch.nn.functional.one_hot(value, values).to(code)], 1)
    return model.decode(code).sigmoid()


def nearest(made: Tensor, source: Images) -> tuple[Tensor, Tensor]:
    """Of each image made (n, C, H, W): the squared distance to the nearest of the set, and which that is. (n,) each."""
    flat = made.flatten(1)
    least, which = torch.full((len(flat),), math.inf), torch.zeros(len(flat), dtype=torch.long)
    for start in range(0, len(source.images), BLOCK):
        x = source.prepare(source.images[start : start + BLOCK]).flatten(1)
        apart = flat.square().sum(1, keepdim=True) - 2 * flat @ x.T + x.square().sum(1)
        here, place = apart.min(1)
        closer = here < least
        least, which = torch.where(closer, here, least), torch.where(closer, start + place, which)
    return least.clamp_min(0), which


def kinds(factors: Tensor) -> float:
    """How many kinds of sprite settings (n, 5) of the small set are of: e to the entropy of their shares."""
    shape, scale, _, x, y = factors.T
    cell = torch.stack([shape, scale, x // QUARTER, y // QUARTER], 1)
    share = cell.unique(dim=0, return_counts=True)[1].double() / len(factors)
    return math.exp(torch.special.entr(share).sum().item())


def of_generated(model: Any, source: Images, factors: Tensor, seed: int, n: int = MADE) -> dict[str, float]:
    """`made_distance`, the mean squared distance to the nearest image, over the mean square of an image; `made_kinds`,
    the number of kinds over that of as many images of the set: 0 and 1 for the set itself. Of small sprites."""
    if source.shape[-1] != small.SIDE:
        raise ValueError(f"expected the small sprites, of {small.SIDE} pixels a side, got {source.shape}")
    generator = torch.Generator().manual_seed(VOTES + seed)
    apart, which = nearest(from_prior(model, n, generator), source)
    real = torch.randint(len(source.images), (n,), generator=generator)
    size = source.prepare(source.images[real]).square().flatten(1).sum(1).mean()
    return {
        "made_distance": rounded((apart.mean() / size).item()),
        "made_kinds": rounded(kinds(factors[which]) / kinds(factors[real])),
    }
