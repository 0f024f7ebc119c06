"""Split the rate of the models that the chapters load, over every image, and write the parts on their cards.

    .venv/bin/python tools/split_lessons.py [NAME ...] [--codes CODES] [--folder FOLDER]

The exact column of a card: rate, information, total correlation and the KL of each latent, in nats, each with the
standard error of its average over codes. A minute each for 600 codes, and two or three more where the model has not
encoded dSprites yet. Everything else on the card, and the weights, stay as they are.
"""

import argparse
import time
from pathlib import Path
from typing import Any

import torch

from course_pkg.bottleneck.factors import features
from course_pkg.cascade import contingency, mixed_split, unsupervised_accuracy, value_information
from course_pkg.data import dsprites
from course_pkg.models.channels import FactorChannels
from course_pkg.models.posteriors import tensors
from course_pkg.models.weights import FOLDER, add_to_card, data_of, lesson, lesson_names
from course_pkg.runs.represent import posteriors
from course_pkg.total_correlation import exact_split
from course_pkg.training.checkpoint import provenance

CODES, SEED = 600, 0


def rounded(values, digits):
    return [round(value, digits) for value in values.tolist()]


@torch.no_grad()
def column(model, data, codes=CODES, seed=SEED):
    """What the card says: {part: nats}, {part: standard error}, and how it came about."""
    # The factors' channels encode no image: every setting of the factors in its place.
    if isinstance(model, FactorChannels):
        q: Any = model.encode(features(dsprites.factors(torch.arange(dsprites.TOTAL))))
    else:
        q = posteriors(model, data, "cpu")
    begun, generator, more = time.process_time(), torch.Generator().manual_seed(seed), {}
    if hasattr(q, "second"):
        found = mixed_split(q, codes, generator)
        value = q.second.codes()[:, 0].long()
        share = value.bincount(minlength=q.second.logits.shape[1]) / len(value)
        more = {"value": {"nats": round(value_information(q.second).item(), 4), "shares": rounded(share, 4)}}
        if data == "dsprites":
            shapes = dsprites.factors(torch.arange(len(value)))[:, 0]
            accuracy = round(unsupervised_accuracy(value, shapes), 4)
            more["value"] |= {"of each shape": contingency(value, shapes).tolist(), "accuracy": accuracy}
    else:
        found = exact_split(q.mu.double(), q.log_var.double(), codes, generator)  # MMD-VAE's codes are narrow
    images = len(next(tensors(q)))
    parts = {"information": found.information, "tc": found.tc, "dimwise": found.dimwise.sum()}
    errors = {name: found.errors["dimwise_sum" if name == "dimwise" else name] for name in parts}
    short = lambda values: {name: round(value.item(), 3) + 0.0 for name, value in values.items()}  # no -0.0
    return {
        "nats": {"rate": round(found.rate.item(), 3), **short(parts)},
        "errors": short(errors),
        "latents": rounded(found.dimwise, 3),
        **more,
        "images": images,
        "codes": codes,
        "seed": seed,
        "cpu seconds": round(time.process_time() - begun),
        "command": "OMP_NUM_THREADS=1 .venv/bin/python tools/split_lessons.py",
        "course": provenance(torch.device("cpu"))["course"],
        "torch": torch.__version__,
    }


def main():
    names = lesson_names()
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", default=names, help=f"of {', '.join(names)} (default: all)")
    parser.add_argument("--codes", type=int, default=CODES)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    options = parser.parse_args()
    for name in options.names:
        model, _ = lesson(name, options.folder)
        found = column(model, data_of(name, options.folder), options.codes)
        found["command"] += f" {name}" + (f" --codes {options.codes}" if options.codes != CODES else "")
        add_to_card(name, {"split": found}, options.folder)
        print(name, found["nats"], found["errors"], f"{found['cpu seconds']} s", flush=True)


if __name__ == "__main__":
    main()
