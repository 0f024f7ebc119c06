"""Gather what the cards of several lessons say into one file: the scores of seeds whose weights are not kept.

    .venv/bin/python tools/gather_lessons.py FOLDER [FOLDER ...] --to FILE [--of SYSTEM ...]

FOLDER holds weights and cards, as train_lesson.py writes them. Every card by system, learning rate and seed, without
what only a figure needs; of each encoder, how many of its units are silent; and of a discrete code what it says of
images and of shapes, on a sample: an encoder that looks for the best value takes long for all images.
"""

import argparse
import json
from pathlib import Path

import torch

from course_pkg.cascade import contingency, unsupervised_accuracy, value_information
from course_pkg.data import dsprites
from course_pkg.models.networks import silent_units
from course_pkg.models.posteriors import Categorical
from course_pkg.models.weights import lesson

LEFT_OUT = ("starts", "bytes", "sha256")
IMAGES, SAMPLE, SEED = 1000, 2000, 0  # on which a unit is silent or not; on which a value is looked at


def drawn(images=IMAGES, seed=SEED):
    """Images at random, and their shapes."""
    chosen = torch.randint(dsprites.TOTAL, (images,), generator=torch.Generator().manual_seed(seed))
    return dsprites.images(chosen)[:, None].float(), dsprites.factors(chosen)[:, 0]


@torch.no_grad()
def value_of(model, images=SAMPLE):
    """What the value says of an image in nats, how often each goes with each shape, and its accuracy, one-to-one."""
    x, shape = drawn(images)
    q = Categorical(torch.cat([model.encode(part).second.logits for part in x.split(100)]))
    value = q.codes()[:, 0].long()
    return {
        "images": images,
        "nats": round(value_information(q).item(), 4) + 0.0,
        "of each shape": contingency(value, shape).tolist(),
        "accuracy": round(unsupervised_accuracy(value, shape), 4),
    }


def told(name, folder, images=IMAGES, sample=SAMPLE):
    """What a lesson's card says; its silent units, [how many, of how many] a layer; what its value says, if any."""
    model, card = lesson(name, folder)
    found = {key: value for key, value in card.items() if key not in LEFT_OUT}
    found["silent"] = {"units": silent_units(model.encoder, drawn(images)[0]), "images": images}
    return found | ({"value": value_of(model, sample)} if hasattr(model, "values") else {})


def gathered(folders, systems=(), images=IMAGES, sample=SAMPLE):
    """{system: [cards, by learning rate and seed]}: of all systems where none is named. A seed that comes again, from a
    later folder, is `run` 2: on a GPU the same seed is another run."""
    found = dict[str, list]()
    for folder in folders:
        for file in sorted(folder.glob("*.safetensors")):
            system = json.loads(file.with_suffix(".json").read_text("utf-8"))["what"].split(":")[0].split(",")[0]
            if not systems or system in systems:
                found.setdefault(system, []).append(told(file.stem, folder, images, sample))
    which = lambda card: (card["learning rate"], card["seed"])
    for cards in found.values():
        for k, card in enumerate(cards):
            if (again := sum(which(before) == which(card) for before in cards[:k])) > 0:
                card["run"] = again + 1
    return {name: sorted(found[name], key=which) for name in sorted(found)}


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
