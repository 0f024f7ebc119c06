"""Make the lessons that take no quarter of an hour of training: PCA, ICA, and two runs of the pocket study.

    .venv/bin/python tools/fit_lesson.py [pca | ica | mlp | info-gan ...] [--folder FOLDER] [--runs RUNS]

PCA is fitted in closed form, ICA by FastICA, to images of 64 pixels a side. `mlp` is the row vae of the pocket study,
on small images, trained as its protocol says, and `info-gan` the row of that name: in 12,000 steps of the other lessons
the critic told all of its pictures from large images, and it drew one pattern (seed 0). Scored and kept as
`tools/train_lesson.py` does. A minute each.
"""

import argparse
import time
from pathlib import Path

import torch
from train_lesson import EIGHT_BITS, LATENTS, SEED, called, measured, net_of

from course_pkg.benchmark.protocols import PROTOCOLS, rows, task_of
from course_pkg.data import dsprites
from course_pkg.models.baselines import ica, pca
from course_pkg.models.weights import FOLDER, keep, rounded
from course_pkg.runs.start import load, run

IMAGES = 20_000  # at random, five times as many as there are pixels: all of them are 12 GB
FITTED = {"pca": "fitted in closed form", "ica": "fitted by FastICA"}
RUNS = {
    "mlp": ("vae", "vae of dense layers: two of 256 each way"),
    "info-gan": ("info-gan", "info-gan: dense layers, two of 256 for the generator and two for its critic"),
}
NAMES = (*FITTED, *RUNS)


def fitted(name, images=IMAGES, seed=SEED):
    """PCA or ICA of that many images, and what its card says of how it came about."""
    x = dsprites.images(dsprites.factor_data().sample(images, torch.Generator().manual_seed(seed)))[:, None].float()
    model = pca(x, LATENTS) if name == "pca" else ica(x, LATENTS, seed)
    what = f"{name}: {LATENTS} linear components of dSprites as the course draws it"
    return model, {"what": what, "fitted": f"{FITTED[name]} to {images:,} images"}


def of_the_study(name, runs, steps=None, seed=SEED):
    """The first run of a row of the pocket study, and what its card says of how it came about."""
    protocol, (row, what) = PROTOCOLS["pocket"].at(steps), RUNS[name]
    task = task_of(protocol, rows(protocol)[row], seed)
    folder = runs / f"{name}-{protocol.steps}"
    run(task, folder)
    what = f"{what}, on the small images of the pocket study, whose row {row} it is"
    told = {"steps": task["steps"], "batch": task["batch_size"], "learning rate": task["lr"]}
    return load(folder)[0], {"what": what, **told}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help=f"which (default: all): {', '.join(NAMES)}")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where to write (default: %(default)s)")
    parser.add_argument("--runs", type=Path, default=Path("_build/lessons"), help="checkpoints (default: %(default)s)")
    options = parser.parse_args()
    unknown = sorted(set(options.names) - set(NAMES))
    if unknown:
        parser.error(f"expected {', '.join(NAMES)}, got {', '.join(unknown)}")
    torch.set_num_threads(1)
    for name in options.names or NAMES:
        began = time.process_time()
        model, told = fitted(name) if name in FITTED else of_the_study(name, options.runs)
        minutes = round((time.process_time() - began) / 60, 1)
        bits = 8 if name in EIGHT_BITS else 16
        model = rounded(model, bits)
        command = f"OMP_NUM_THREADS=1 .venv/bin/python tools/fit_lesson.py {name}"
        card = {
            **called(name),
            **told,
            "command": command,
            "seed": SEED,
            "cpu minutes": minutes,
            **net_of(model),
            "bits": bits,
        }
        keep(name, model, {**card, **measured(model)}, options.folder)
        print(name, {key: value for key, value in card.items() if key != "command"}, flush=True)


if __name__ == "__main__":
    main()
