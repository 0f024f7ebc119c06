"""On what scale do trained latents repeat one another? Exact total correlations for the chapter `density_ratio`.

    .venv/bin/python tools/factor_resolution.py

Three lessons, every image of dSprites, noise of growing width added to each code: the aggregate posterior stays a
mixture of Gaussians, and is summed over all 737,280 of them. Writes course_pkg/density_ratio/resolution.json. A few CPU
minutes, and one more for each lesson whose images were not encoded before.
"""

import json
import time
from pathlib import Path

import torch
from tqdm import tqdm

from course_pkg.models.weights import lesson
from course_pkg.runs.represent import posteriors
from course_pkg.total_correlation import exact_split
from course_pkg.training.checkpoint import provenance

TARGET = Path(__file__).resolve().parents[1] / "course_pkg" / "density_ratio" / "resolution.json"
TAUS, CODES, IN_USE = (0.0, 0.02, 0.05, 0.1, 0.2), 400, 0.5  # nats
FEWER = (0.0, 0.05, 0.2)  # for the models beside it
PAIRS = {"x and y": ("posX", "posY"), "x and scale": ("posX", "scale"), "y and scale": ("posY", "scale")}


def cases():
    """(model, which latents in words, their numbers, tau) of everything that is summed."""
    for name in ("factor", "tc", "beta-4"):
        _, card = lesson(name)
        used = [j for j, nats in enumerate(card["kl"]) if nats > IN_USE]
        yield from ((name, "in use", used, tau) for tau in (TAUS if name == "factor" else FEWER))
        if name == "factor":
            holder = lambda factor: max(range(len(card["kl"])), key=card["r_squared"][factor].__getitem__)  # noqa: B023
            yield from ((name, words, [holder(f) for f in pair], 0.0) for words, pair in PAIRS.items())
            yield name, "all ten", list(range(card["latents"])), 0.0


def main():
    torch.set_num_threads(1)
    began, rows, found = time.process_time(), [], {}
    for name, words, which, tau in tqdm(list(cases()), unit="sum"):
        if name not in found:
            found = {name: posteriors(lesson(name)[0], "dsprites")}
        mu, log_var = (t[:, which].clone() for t in found[name])
        split = exact_split(mu, (log_var.exp() + tau**2).log(), CODES, torch.Generator().manual_seed(0))
        tc, error = round(split.tc.item(), 4), round(split.errors["tc"].item(), 4)
        rows.append({"model": name, "latents": words, "which": which, "tau": tau, "tc": tc, "error": error})
    card = {
        "what": f"total correlation in nats, every image of dSprites in the mixture, {CODES} codes, seed 0",
        "command": "python tools/factor_resolution.py",
        "weights": {name: lesson(name)[1]["sha256"] for name in ("factor", "tc", "beta-4")},
        "cpu_seconds": round(time.process_time() - began),
        **provenance(torch.device("cpu")),
    }
    lines = ",\n".join(f"  {json.dumps(row)}" for row in rows)
    TARGET.write_text(f'{{\n "card": {json.dumps(card)},\n "rows": [\n{lines}\n ]\n}}\n', "utf-8")


if __name__ == "__main__":
    main()
