"""What a learnt score stands beside: representations that nobody trained, and what every metric says of them.

The scores of `landmarks.json` were computed on all 737,280 images of dSprites, as the course draws them, by
`tools/landmarks.py`; its card says how.
"""

import json
import math
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

FILE = Path(__file__).with_name("landmarks.json")
TURNS = (4, 2, 1)  # how often a square, an ellipse and a heart look the same in a full turn


def moments(images: Tensor) -> Tensor:
    """Six numbers of an image that nobody has to learn: (n, 6), float64.

    images (n, H, W), any scale of grey. Centroid x and y, area, the angle of the longer axis (-pi/2 to pi/2),
    compactness (the trace of the second moments over the area), elongation (the longer axis' second moment less the
    shorter's, over their sum). Hu (1962), "Visual Pattern Recognition by Moment Invariants". Raises ValueError for
    other shapes and for an image that is black.
    """
    if images.ndim != 3:
        raise ValueError(f"expected images (n, H, W), got {tuple(images.shape)}")
    x = images.double()
    area = x.sum((1, 2))
    if not (area > 0).all():
        raise ValueError(f"image {int((area <= 0).int().argmax())} is black: it has no centroid")
    rows, columns = (torch.arange(n, dtype=torch.float64, device=x.device) for n in x.shape[1:])
    by_row, by_column = x.sum(2), x.sum(1)
    cy, cx = by_row @ rows / area, by_column @ columns / area
    yy = by_row @ rows.square() / area - cy.square()
    xx = by_column @ columns.square() / area - cx.square()
    xy = ((x @ columns) * rows).sum(1) / area - cx * cy
    longer = ((xx - yy).square() + 4 * xy.square()).clamp_min(0).sqrt()
    trace = xx + yy
    angle = 0.5 * torch.atan2(2 * xy, xx - yy)
    return torch.stack([cx, cy, area, angle, trace / area, longer / trace.clamp_min(1e-12)], 1)


def on_a_circle(factors: Tensor) -> Tensor:
    """The factors of dSprites (n, 5) as numbers, the orientation by cosine and sine of its angle: (n, 6), float64."""
    angle = factors[:, 2].double() * (2 * math.pi / 39)  # the last of the 40 is the first again
    return torch.cat([factors[:, :2].double(), angle.cos()[:, None], angle.sin()[:, None], factors[:, 3:].double()], 1)


def as_shown(factors: Tensor, share: bool) -> Tensor:
    """The factors of dSprites (n, 5) as numbers, the orientation as far as an image shows it, (n, 5), float64.

    A square looks the same after a quarter turn, an ellipse after half a turn. share: as a share of that period, else
    in radians.
    """
    turns = torch.tensor(TURNS, device=factors.device)[factors[:, 0]].double()
    part = (factors[:, 2].double() / 39 * turns).remainder(1)
    part = torch.where(part > 1 - 1e-9, 0.0, part)
    out = factors.double()
    out[:, 2] = part if share else 2 * math.pi * part / turns
    return out


@cache
def landmarks() -> dict[str, Any]:
    """The file as it is: its card, and by name of the representation the scores, each {"value", "spread", ...}."""
    return json.loads(FILE.read_text("utf-8"))
