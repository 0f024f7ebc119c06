"""Does a hinge separate the paths of the latents? Trains what the page `capacity` compares, and keeps it.

    .venv/bin/python tools/hinge_paths.py

Small sprites (16 x 16), six latents, a capacity ramped from 0.5 to 12 nats over 3,000 steps: |R - C| and the hinge, at
two weights, from 30 seeds each; and |R - C| with the capacity fixed at 12 nats. Writes each latent's KL against the
step, and what the codes say at the end, to course_pkg/bottleneck/hinge.json. About 15 CPU minutes.
"""

import json
import time
from pathlib import Path

import torch
from tqdm import tqdm

from course_pkg import bottleneck, elbo
from course_pkg.bottleneck import factors
from course_pkg.models.networks import mlp
from course_pkg.training import train

TARGET = Path(__file__).resolve().parents[1] / "course_pkg" / "bottleneck" / "hinge.json"
STEPS, EVERY, SEEDS, START, END, IMAGES = 3000, 50, 30, 0.5, 12.0, 20_000
RAMP = bottleneck.linear(START, END, STEPS)
PENALTIES = {
    "|R - C|": lambda gamma: bottleneck.Capacity(gamma, RAMP),
    "hinge": lambda gamma: bottleneck.Hinge(gamma, RAMP),
    "fixed": lambda gamma: bottleneck.Capacity(gamma, bottleneck.constant(END)),
}
CASES = [(30.0, "|R - C|"), (30.0, "hinge"), (1000.0, "|R - C|"), (1000.0, "hinge"), (30.0, "fixed")]


def run(price, seed, images):
    """One training: the KL of each latent (n, 6), reconstruction (n,), and the information of 2,000 images' codes."""
    model = mlp(shape=(1, 16, 16), latents=6, hidden=200, seed=seed)
    log = train(
        model, elbo.negative_elbo, images, steps=STEPS, weights={"kl": price}, seed=seed, device="cpu",
        log_every=EVERY, progress=False,
    )  # fmt: skip
    with torch.no_grad():
        mu, log_var = model.encode(images[:2000])
    said = bottleneck.information_samples(mu, log_var, 2, torch.Generator().manual_seed(0)).mean().item()
    rate = elbo.gaussian_kl(mu, log_var).sum(1).mean().item()
    return {
        "kl": [[round(v, 3) for v in row] for row in log["kl"].tolist()],
        "reconstruction": [round(v, 2) for v in log["reconstruction"].tolist()],
        "rate": round(rate, 3),
        "information": round(said, 3),
    }


def main():
    torch.set_num_threads(1)
    images, _ = factors.sprites(IMAGES, side=16, seed=0)
    started, runs = time.process_time(), []
    cases = [(gamma, name, seed) for gamma, name in CASES for seed in range(SEEDS)]
    for gamma, name, seed in tqdm(cases, unit="run"):
        runs.append({"gamma": gamma, "penalty": name, "seed": seed, **run(PENALTIES[name](gamma), seed, images)})
    card = {
        "command": "python tools/hinge_paths.py",
        "images": f"{IMAGES} sprites of 16 x 16, seed 0",
        "steps": STEPS, "log_every": EVERY, "batch_size": 64, "lr": 1e-3, "capacity": [START, END], "seeds": SEEDS,
        "cpu_seconds": round(time.process_time() - started),
    }  # fmt: skip
    lines = ",\n".join(json.dumps(r, separators=(",", ":")) for r in runs)
    TARGET.write_text(f'{{\n"card": {json.dumps(card)},\n"runs": [\n{lines}\n]\n}}\n', "utf-8")


if __name__ == "__main__":
    main()
