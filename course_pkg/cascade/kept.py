"""What the three systems of the chapter learnt on the whole of dSprites: the cards of every seed.

`tools/gather_lessons.py` gathered them into `dsprites.json`, from what `tools/train_lesson.py` and
`tools/split_lessons.py` wrote. The weights of seed 0 are in `models.weights`.
"""

import json
from pathlib import Path
from typing import Any

FILE, STARTS = (Path(__file__).with_name(f"{name}.json") for name in ("dsprites", "starts"))


def on_dsprites() -> dict[str, list[dict[str, Any]]]:
    """{system: its cards, by learning rate and seed}: settings, scores, the exact split, silent units of the encoder.

    A card says in `learning rate` and `seed` which run it is of, the second of a seed also in `run`; `lesson` in
    `models.weights` tells the same of seed 0.
    """
    cards: dict[str, list[dict[str, Any]]] = json.loads(FILE.read_text("utf-8"))
    return cards


def first_steps() -> list[dict[str, Any]]:
    """How JointVAE's lesson begins: `tools/joint_starts.py` changed one choice at a time, the `way`, for each `seed`.

    `steps`, and averaged over the fifty steps before each: `reconstruction`, what the pixels cost, and `kl`, the KL of
    the numbers, in nats an image.
    """
    runs: list[dict[str, Any]] = json.loads(STARTS.read_text("utf-8"))["runs"]
    return runs


def same_code(card: dict[str, Any]) -> bool:
    """Whether the encoder gave all images that the card looked at one code: a layer of it was silent for each of them.

    Where no unit of a layer speaks, what stands behind it sees the same numbers, whatever the image.
    """
    return any(silent == units for silent, units in card["silent"]["units"])


def parts_of_rate(card: dict[str, Any]) -> dict[str, float] | None:
    """information, tc and dimwise (the sum over latents of KL(q(z_j), p(z_j))), in nats; None where not summed.

    A code that is the same for every image needs no sum: it says nothing, its latents are independent, as each
    image's are, and so the rate is the sum of their own divergences.
    """
    if same_code(card):
        return {"information": 0.0, "tc": 0.0, "dimwise": card["rate"]}
    nats = card["split"]["nats"] if "split" in card else None
    return nats and {part: nats[part] for part in ("information", "tc", "dimwise")}
