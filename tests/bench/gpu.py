"""Images per second of every system on a GPU: the plain loop, a run as it is, as a CUDA graph, and ten graphs abreast.

    PYTHONPATH=. python tests/bench/gpu.py [--steps 400] [--abreast 10] [--keep FILE]

64 x 64 pixels, Burgess net, batch 64, float32 (convolutions in TF32, as PyTorch has it). A start costs nothing here:
the seconds of a long run less those of a short one.
"""

import argparse
import json
import time
from functools import partial
from pathlib import Path

import torch
from plain import Loop
from tabulate import tabulate
from watch import machine

from course_pkg.data import dsprites
from course_pkg.data.named import named
from course_pkg.runs.start import USUAL, built, given
from course_pkg.runs.systems import SYSTEMS
from course_pkg.runs.task import checked
from course_pkg.training import checkpoint
from course_pkg.training.captured import uncapturable
from course_pkg.training.loop import in_steps
from course_pkg.training.turns import driven

BATCH, SHORT = 64, 20
DEVICE = torch.device("cuda")


def one(system, source, steps, captured, seed):
    """A run of that many steps, not begun; None where it cannot be captured."""
    task = checked({"system": system, "data": "dsprites", "seed": seed})
    own = given(task, len(source.images), source.shape)
    make, _, _, draws = (own.pop(key, usual) for key, usual in USUAL.items())
    if captured and uncapturable(DEVICE, own.get("weights"), own.get("opponents"), "schedule" in own):
        return None
    data, prepare = draws(source, DEVICE)
    return in_steps(
        built(make, source.shape, task), own.pop("objective"), data, prepare=prepare, steps=steps, batch_size=BATCH,
        lr=1e-4, seed=seed, device=DEVICE, captured=captured, log_every=10**6, progress=False, **own,
    )  # fmt: skip


def ours(system, source, abreast, captured, steps):
    """Images per second of all runs together, or None."""
    seconds = []
    for n in (SHORT, steps + SHORT):
        runs = [one(system, source, n, captured, seed) for seed in range(abreast)]
        if None in runs:
            return None
        torch.cuda.synchronize()
        began = time.perf_counter()
        driven(runs)
        torch.cuda.synchronize()
        seconds.append(time.perf_counter() - began)
    return abreast * steps * BATCH / (seconds[1] - seconds[0])


def plain(system, images, steps):
    loop = Loop(system, images, BATCH, 10, DEVICE)
    for _ in range(SHORT):
        loop.step()
    torch.cuda.synchronize()
    began = time.perf_counter()
    for _ in range(steps):
        loop.step()
    torch.cuda.synchronize()
    return steps * BATCH / (time.perf_counter() - began)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--abreast", type=int, default=10)
    parser.add_argument("--systems", nargs="+", default=list(SYSTEMS))
    parser.add_argument("--keep", type=Path, help="write the numbers there")
    options = parser.parse_args()
    torch.set_num_threads(1)
    source = named("dsprites")
    source = source._replace(images=source.images.to(DEVICE))  # once: each run would take a copy of its own
    some = dsprites.unpack(dsprites.packed()[:: dsprites.TOTAL // 20_000])
    rows = []
    for system in options.systems:
        compared = system in ("beta-vae", "beta-tcvae", "factor-vae")
        ways = {
            "plain": partial(plain, system, some, options.steps // 4) if compared else None,
            "as it is": partial(ours, system, source, 1, False, options.steps),
            "captured": partial(ours, system, source, 1, True, 4 * options.steps),
            f"{options.abreast} captured": partial(ours, system, source, options.abreast, True, options.steps),
        }
        ours(system, source, 1, False, SHORT)  # libraries are loaded, kernels chosen
        found = {name: way and way() for name, way in ways.items()}
        rows.append({"system": system, **{name: value and round(value) for name, value in found.items()}})
        if options.keep:  # after each, so that what was measured stays if the time is up
            kept = {"machine": machine(DEVICE) | checkpoint.provenance(DEVICE), "rows": rows}
            options.keep.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
    print(tabulate(rows, headers="keys"))


if __name__ == "__main__":
    main()
