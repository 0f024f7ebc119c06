"""Traversals as small pictures inside a page: sixteen greys, half size, a data address each."""

import base64
import io
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from course_pkg.models.networks import VAE

SILENT = 0.05  # nats: a latent below it moves nothing that one could see
GREYS = 16


def png(image: Tensor) -> str:
    """A picture (H, W), values in [0, 1], as the address of a PNG with sixteen greys."""
    levels = (image.clamp(0, 1) * (GREYS - 1)).round().to(torch.uint8)
    picture = Image.frombytes("P", (image.shape[1], image.shape[0]), bytes(levels.flatten().tolist()))
    picture.putpalette([level * 255 // (GREYS - 1) for level in range(GREYS) for _ in range(3)])
    held = io.BytesIO()
    picture.save(held, "PNG", optimize=True, bits=4)
    return "data:image/png;base64," + base64.b64encode(held.getvalue()).decode("ascii")


def in_words(image: Tensor) -> str:
    """How much of a picture (H, W) is white, and where: for readers who cannot see it."""
    mass = image.sum().item()
    if mass < 1:
        return "black"
    height, width = image.shape
    right = (image.sum(0) @ torch.arange(width).to(image)).item() / mass - (width - 1) / 2
    down = (image.sum(1) @ torch.arange(height).to(image)).item() / mass - (height - 1) / 2
    place = [
        f"{abs(right):.0f} pixel{'' if f'{abs(right):.0f}' == '1' else 's'} {'right' if right > 0 else 'left'} of",
        f"{abs(down):.0f} {'below' if down > 0 else 'above'}",
    ]
    return f"{mass / image.numel():.1%} white, its centre {' and '.join(place)} the middle"


@torch.no_grad()
def strip(
    model: VAE, kl: Sequence[float], start: Sequence[float], span: float = 3.0, tiles: int = 9
) -> list[dict[str, Any]]:
    """A row for each latent of more than SILENT nats, high to low: it moves over [-span, span], the others stay.

    kl (latents,) in nats; start (latents,) is where the others are held. Each row: name, src, alt.
    """
    rows = []
    for rank, j in enumerate(sorted(range(model.latents), key=lambda k: -kl[k])):
        if kl[j] <= SILENT:
            break
        z = torch.tensor([list(start)] * tiles)
        z[:, j] = torch.linspace(-span, span, tiles)
        images = model.decode(z).sigmoid().mean(1)
        small = F.avg_pool2d(images[:, None], 2)[:, 0]
        row = F.pad(small, (0, 1), value=0.5).permute(1, 0, 2).flatten(1)[:, :-1]  # a grey line between two tiles
        alt = f"At \u2212{span:g}: {in_words(images[0])}. At {span:g}: {in_words(images[-1])}."
        rows.append({"name": f"latent {rank + 1} ({kl[j]:.2f} nats)", "src": png(row), "alt": alt})
    return rows
