"""Gather what the cards of several lessons say into one file: the scores of seeds whose weights are not kept.

    .venv/bin/python tools/gather_lessons.py FOLDER [FOLDER ...] --to FILE [--of SYSTEM ...]

FOLDER holds weights and cards, as train_lesson.py writes them. Every card by system, learning rate and seed, without
what only a figure needs; and of each encoder, how many of its units are silent.
"""

import argparse
import json
from pathlib import Path

import torch

from course_pkg.data import dsprites
from course_pkg.models.networks import silent_units
from course_pkg.models.weights import lesson

LEFT_OUT = ("starts", "bytes", "sha256")
IMAGES, SEED = 1000, 0  # on which a unit is silent or not


def drawn(images=IMAGES, seed=SEED):
    chosen = torch.randint(dsprites.TOTAL, (images,), generator=torch.Generator().manual_seed(seed))
    return dsprites.images(chosen)[:, None].float()


def told(name, folder, x):
    """What a lesson's card says, and its silent units: [[how many, of how many], ...], a pair a layer."""
    model, card = lesson(name, folder)
    kept = {key: value for key, value in card.items() if key not in LEFT_OUT}
    return {**kept, "silent": {"units": silent_units(model.encoder, x), "images": len(x)}}


def gathered(folders, systems=(), images=IMAGES):
    """{system: [cards, by learning rate and seed]}: of all systems where none is named."""
    x, found = drawn(images), dict[str, list]()
    for folder in folders:
        for file in sorted(folder.glob("*.safetensors")):
            system = json.loads(file.with_suffix(".json").read_text("utf-8"))["what"].split(":")[0].split(",")[0]
            if not systems or system in systems:
                found.setdefault(system, []).append(told(file.stem, folder, x))
    return {name: sorted(found[name], key=lambda card: (card["learning rate"], card["seed"])) for name in sorted(found)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="with weights and cards")
    parser.add_argument("--to", type=Path, required=True, metavar="FILE", help="the file to write")
    parser.add_argument("--of", nargs="*", default=(), metavar="SYSTEM", help="of these systems only")
    options = parser.parse_args()
    rows = gathered(options.folders, options.of)
    systems = [
        f" {json.dumps(what)}: [\n" + ",\n".join(f"  {json.dumps(card)}" for card in cards) + "\n ]"
        for what, cards in rows.items()
    ]
    options.to.write_text("{\n" + ",\n".join(systems) + "\n}\n", "utf-8")
    print(f"{sum(map(len, rows.values()))} cards of {len(rows)} systems in {options.to}")


if __name__ == "__main__":
    main()
