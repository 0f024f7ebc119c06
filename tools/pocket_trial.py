"""The trial from which the pocket protocol was chosen, on seeds that the study does not use.

    .venv/bin/python tools/pocket_trial.py [first|second] [--folder FOLDER]

First: the same half minute of one thread spent in three ways, at the prices 1, 4 and 16. The way with the lowest
objective at the published price of 4 is taken. Second: every other row once, the way that was taken, to see that it
trains, what it costs, and that its scores leave room. Writes course_pkg/benchmark/trial.json.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import torch

from course_pkg.benchmark.kept import FOLDER, write_table
from course_pkg.benchmark.protocols import PROTOCOLS, rows
from course_pkg.benchmark.study import study
from course_pkg.training.checkpoint import provenance

SEED = 100  # the study's are 0 to 9
WAYS = {
    "batches of 64, rate 1e-3": {"batch_size": 64, "steps": 10_000, "lr": 1e-3},
    "batches of 64, rate 5e-4": {"batch_size": 64, "steps": 10_000, "lr": 5e-4},
    "batches of 128, rate 1e-3": {"batch_size": 128, "steps": 7_000, "lr": 1e-3},
}
PRICES = {"vae": 1.0, "beta-vae-4": 4.0, "beta-vae-16": 16.0}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("part", choices=["first", "second"])
    parser.add_argument("--folder", type=Path, default=Path("trial"))
    options = parser.parse_args()
    pocket, found = PROTOCOLS["pocket"], []
    for way, settings in WAYS.items():
        here = replace(pocket, common={**pocket.common, **settings})
        for run in study(here, list(PRICES), [SEED], options.folder / way.replace(" ", "-").replace(",", "")):
            objective = pocket.common["pixel_weight"] * run["distortion"] + PRICES[run["row"]] * run["rate"]
            found.append({"way": way, "objective": round(objective, 3), **run})
            print(way, run["row"], found[-1]["objective"], run, flush=True)
    if options.part == "second":
        others = [name for name in rows(pocket) if name not in PRICES]
        for run in study(pocket, others, [SEED], options.folder / "chosen"):
            found.append({"way": "as the protocol", **run})
            print(run, flush=True)
    card = {
        "why": __doc__.split("\n\n")[2], "seed": SEED, "ways": WAYS, "common": dict(pocket.common),
        "command": ".venv/bin/python tools/pocket_trial.py second", **provenance(torch.device("cpu")),
    }  # fmt: skip
    write_table(FOLDER / "trial.json", card, found)


if __name__ == "__main__":
    main()
