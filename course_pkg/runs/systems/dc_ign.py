"""Latents that are told their factor, by batches in which it alone moves."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

import torch
from torch import Tensor

from course_pkg.data.named import Images
from course_pkg.identifiability import dc_ign as terms
from course_pkg.training.moving import OneMoves


def dc_ign(
    latents: int,
    invariance: Annotated[float, "price of half a squared difference of a clamped latent from its mean", 0] = 0.01,
    rest: Annotated[str, "the factor that owns all latents which the others leave"] = "shape",
    share: Annotated[float, "batches in which that factor moves, for one of each other factor", 0] = 10.0,
) -> dict[str, Any]:
    """DC-IGN: one factor moves in a batch, and its latents alone may say how. Kulkarni et al. (2015), section 3.2.

    Supervised: every batch is chosen by its factors, and the net is told which of them moves. Each factor owns one
    latent, in the order of the set, and the factor `rest` those that are left. ValueError for a set without factors,
    without that factor, or with more factors than latents.
    """
    return {
        "objective": terms,
        "weights": {"invariance": invariance},
        "draws": partial(_drawn, latents=latents, rest=rest, share=share),
    }


def _drawn(
    source: Images, device: torch.device, latents: int, rest: str, share: float
) -> tuple[OneMoves, Callable[[tuple[Tensor, Tensor]], tuple[Tensor, Tensor]]]:
    """Batches of the set in which one factor moves, and what makes pixels of their images."""
    names = () if source.factors is None else source.factors.names
    if source.factors is None or rest not in names:
        told = f"has the factors {', '.join(names)}" if names else "comes without factors"
        raise ValueError(
            f"dc-ign is told which factor moves: expected a set with a factor {rest}, {source.name} {told}"
        )
    if latents < len(names):
        raise ValueError(
            f"dc-ign: each of {', '.join(names)} owns a latent: expected {len(names)} or more, got {latents}"
        )
    owners = [name for name in names if name != rest] + [rest] * (latents - len(names) + 1)
    owned = torch.tensor([[owner == name for owner in owners] for name in names])
    factors = source.factors.factors(torch.arange(len(source.images)))
    shares = [share if name == rest else 1.0 for name in names]
    return OneMoves(source.images, factors, owned, shares, device), partial(_pixels, prepare=source.prepare)


def _pixels(batch: tuple[Tensor, Tensor], prepare: Callable[[Tensor], Tensor]) -> tuple[Tensor, Tensor]:
    return prepare(batch[0]), batch[1]
