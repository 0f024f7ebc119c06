"""What was computed beforehand for the chapter: MMD-VAE on the whole of dSprites, and what an MMD squared costs.

`dsprites.json` holds the cards of three seeds as `tools/train_lesson.py` and `tools/split_lessons.py` wrote them; the
weights of seed 0 are in `models.weights`. `cost.json` is what `tests/bench/clouds.py` measured on one machine.
"""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


def on_dsprites() -> list[dict[str, Any]]:
    """The cards of MMD-VAE by seed: settings, scores, and the exact split of the rate in nats."""
    cards: list[dict[str, Any]] = json.loads((FOLDER / "dsprites.json").read_text("utf-8"))
    return cards


def cost() -> dict[str, Any]:
    """speed: seconds by ways and turns; memory: megabytes held by ways and counts of points; card: the machine."""
    measured: dict[str, Any] = json.loads((FOLDER / "cost.json").read_text("utf-8"))
    return measured
