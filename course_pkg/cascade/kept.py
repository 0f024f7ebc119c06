"""What the three systems of the chapter learnt on the whole of dSprites: the cards of every seed.

`tools/gather_lessons.py` gathered them into `dsprites.json`, from what `tools/train_lesson.py` and
`tools/split_lessons.py` wrote. The weights of seed 0 are in `models.weights`.
"""

import json
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("dsprites.json")


def on_dsprites() -> dict[str, list[dict[str, Any]]]:
    """{system: its cards, by learning rate and seed}: settings, scores, the exact split, silent units of the encoder.

    A card says in `learning rate` and `seed` which run it is of; `lesson` in `models.weights` tells the same of seed 0.
    """
    cards: dict[str, list[dict[str, Any]]] = json.loads(FILE.read_text("utf-8"))
    return cards
