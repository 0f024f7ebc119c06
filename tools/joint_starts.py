"""Why does a JointVAE in a hurry learn nothing? Trains its first steps with one choice changed at a time, and keeps it.

    OMP_NUM_THREADS=1 .venv/bin/python tools/joint_starts.py [--steps STEPS] [--to FILE]

The lesson `joint` of tools/train_lesson.py, at its published learning rate, for its first 1,000 steps, from two seeds:
as it is; with a hinge, for which nothing is paid below the capacity; at a fifth of its price; and with capacities that
grow as slowly as in the published run. Writes what the pixels cost and the KL of the numbers against the step, to
course_pkg/cascade/starts.json. About 15 CPU minutes on one thread, on which nothing but its digits depends.
"""

import argparse
import json
import math
import time
from functools import partial
from pathlib import Path

import torch
from tqdm import tqdm

from course_pkg import bottleneck
from course_pkg.cascade import joint_vae
from course_pkg.data.named import named
from course_pkg.models.mixed import Relaxed
from course_pkg.training import train
from course_pkg.training.checkpoint import provenance

TARGET = Path(__file__).resolve().parents[1] / "course_pkg" / "cascade" / "starts.json"
STEPS, EVERY, SEEDS, LR, BATCH, LATENTS, VALUES = 1000, 10, 2, 5e-4, 64, 6, 3
ENDS = {"kl": 40.0, "kl_discrete": math.log(VALUES)}
HURRY, PUBLISHED = 10_416, 300_000  # steps in which a capacity grows to its end
PRICE = 150.0
WAYS = {
    "as it is": lambda end: bottleneck.Capacity(PRICE, bottleneck.linear(0.0, end, HURRY)),
    "hinge": lambda end: bottleneck.Hinge(PRICE, bottleneck.linear(0.0, end, HURRY)),
    "a fifth of the price": lambda end: bottleneck.Capacity(PRICE / 5, bottleneck.linear(0.0, end, HURRY)),
    "slowly": lambda end: bottleneck.Capacity(PRICE, bottleneck.linear(0.0, end, PUBLISHED)),
}


def run(price, seed, source, steps):
    """One start: what the pixels cost and the KL of the numbers, nats, averaged over five lines of the log."""
    model = partial(Relaxed, values=VALUES, temperature=0.67)(source.shape, LATENTS, seed)
    history = train(
        model, joint_vae, source.images, prepare=source.prepare, steps=steps, batch_size=BATCH, lr=LR, seed=seed,
        weights={name: price(end) for name, end in ENDS.items()}, device="cpu", log_every=EVERY, progress=False,
    )  # fmt: skip
    five = lambda values: values.reshape(-1, 5, *values.shape[1:]).mean(1)
    return {
        "steps": history.steps[4::5],
        "reconstruction": [round(v, 1) for v in five(history["reconstruction"].flatten()).tolist()],
        "kl": [round(v, 2) for v in five(history["kl"].flatten(1).sum(1)).tolist()],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=STEPS, help="a multiple of 50 (default: %(default)s)")
    parser.add_argument("--to", type=Path, default=TARGET, metavar="FILE", help="(default: %(default)s)")
    options = parser.parse_args()
    torch.set_num_threads(1)
    source, began, runs = named("dsprites"), time.process_time(), []
    for seed in range(SEEDS):
        for way in tqdm(WAYS, desc=f"seed {seed}", unit="run"):
            runs.append({"way": way, "seed": seed, **run(WAYS[way], seed, source, options.steps)})
        card = {
            "command": "OMP_NUM_THREADS=1 .venv/bin/python tools/joint_starts.py",
            "steps": options.steps, "batch": BATCH, "learning rate": LR, "price": PRICE,
            "cpu minutes": round((time.process_time() - began) / 60, 1), **provenance(torch.device("cpu")),
        }  # fmt: skip
        lines = ",\n".join(json.dumps(r, separators=(",", ":")) for r in runs)
        options.to.write_text(f'{{\n"card": {json.dumps(card)},\n"runs": [\n{lines}\n]\n}}\n', "utf-8")


if __name__ == "__main__":
    main()
