"""What does gamma buy, and does the discriminator notice? Trains small FactorVAEs for the chapter `density_ratio`.

    .venv/bin/python tools/factor_gammas.py

Sprites of 16 x 16 pixels, six latents, two seeds at each price. Beside what the discriminator read at the end stands
the exact total correlation, summed over the images of the set. Writes course_pkg/density_ratio/gammas.json. About four
CPU minutes.
"""

import json
import time
from pathlib import Path

import torch
from tqdm import tqdm

from course_pkg.bottleneck import factors
from course_pkg.density_ratio import factor_vae
from course_pkg.models.networks import discriminator, mlp
from course_pkg.total_correlation import exact_split
from course_pkg.training import train
from course_pkg.training.checkpoint import provenance
from course_pkg.training.players import Player

TARGET = Path(__file__).resolve().parents[1] / "course_pkg" / "density_ratio" / "gammas.json"
GAMMAS, SEEDS, STEPS, IMAGES, EVERY, LAST = (0.0, 2.0, 10.0, 40.0), (0, 1), 4000, 20_000, 50, 20


def run(gamma, seed, images):
    """One training: the parts of the rate, exact; what the discriminator read over the last 1,000 steps."""
    model = mlp(shape=(1, 16, 16), latents=6, hidden=200, seed=seed)
    opponent = Player(discriminator(6, hidden=100, layers=3, seed=seed), {"cross_entropy": 1.0}, 5e-4, (0.5, 0.9))
    log = train(
        model, factor_vae, images, steps=STEPS, weights={"tc": gamma}, batches=2, seed=seed, device="cpu",
        opponents={"discriminator": opponent}, log_every=EVERY, progress=False,
    )  # fmt: skip
    with torch.no_grad():
        mu, log_var = model.encode(images)
        split = exact_split(mu, log_var, 800, torch.Generator().manual_seed(seed))
    shown = {
        "rate": split.rate,
        "information": split.information,
        "tc": split.tc,
        "error": split.errors["tc"],
        "dimwise": split.dimwise.sum(),
        "reads": log["tc"][-LAST:].mean(),
        "reconstruction": log["reconstruction"][-LAST:].mean(),
    }
    return {"gamma": gamma, "seed": seed, **{name: round(value.item(), 3) for name, value in shown.items()}}


def main():
    torch.set_num_threads(1)
    images, _ = factors.sprites(IMAGES, side=16, seed=0)
    began, runs = time.process_time(), []
    for seed, gamma in tqdm([(s, g) for s in SEEDS for g in GAMMAS], unit="run"):
        runs.append(run(gamma, seed, images))
        card = {
            "command": "python tools/factor_gammas.py",
            "images": f"{IMAGES} sprites of 16 x 16, seed 0",
            "steps": STEPS,
            "batch_size": 64,
            "discriminator": "3 layers of 100, Adam 5e-4 (0.5, 0.9)",
            "cpu_seconds": round(time.process_time() - began),
            **provenance(torch.device("cpu")),
        }
        lines = ",\n".join(f"  {json.dumps(row)}" for row in runs)
        TARGET.write_text(f'{{\n "card": {json.dumps(card)},\n "runs": [\n{lines}\n ]\n}}\n', "utf-8")


if __name__ == "__main__":
    main()
