"""Is a capacity raised slowly enough filled with something? Trains what the page `capacity` compares, and keeps it.

    .venv/bin/python tools/long_ramp.py

Small sprites (16 x 16), ten latents, |R - C| with a gamma of 1,000 and C from 0 to 25 nats: over 100,000 steps, which
are the gamma and the ramp of Burgess et al. (2018), and over 8,000. Writes each latent's KL and the reconstruction
against the step, and what the codes say at the end, to course_pkg/bottleneck/long_ramp.json. About five CPU minutes.
"""

import json
import time
from pathlib import Path

import torch

from course_pkg import bottleneck, elbo
from course_pkg.bottleneck import factors
from course_pkg.models.networks import mlp
from course_pkg.training import train

TARGET = Path(__file__).resolve().parents[1] / "course_pkg" / "bottleneck" / "long_ramp.json"
GAMMA, END, IMAGES, LR, POINTS = 1000.0, 25.0, 20_000, 5e-4, 50
STEPS = (8_000, 100_000)


def run(steps, images):
    """One training: the KL of each latent (POINTS, 10), reconstruction (POINTS,), and what all images' codes say."""
    model = mlp(shape=(1, 16, 16), latents=10, hidden=200, seed=0)
    price = bottleneck.Capacity(GAMMA, bottleneck.linear(0.0, END, steps))
    log = train(
        model, elbo.negative_elbo, images, steps=steps, weights={"kl": price}, lr=LR, seed=0, device="cpu",
        log_every=steps // POINTS, progress=False,
    )  # fmt: skip
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        mu, log_var = model.encode(images)
        reconstruction = elbo.negative_elbo(model, images, generator)["reconstruction"].mean().item()
    said = bottleneck.information_samples(mu, log_var, 1, generator).mean().item()
    return {
        "steps": steps,
        "kl": [[round(v, 3) for v in row] for row in log["kl"].tolist()],
        "path": [round(v, 2) for v in log["reconstruction"].flatten().tolist()],
        "rate": round(elbo.gaussian_kl(mu, log_var).sum(1).mean().item(), 3),
        "information": round(said, 3),
        "reconstruction": round(reconstruction, 2),
    }


def main():
    torch.set_num_threads(1)
    images, _ = factors.sprites(IMAGES, side=16, seed=0)
    share = images.mean(0).clamp(1e-9, 1 - 1e-9)
    blank = -(torch.xlogy(share, share) + torch.xlogy(1 - share, 1 - share)).sum().item()
    started = time.process_time()
    runs = [run(steps, images) for steps in STEPS]
    card = {
        "command": "python tools/long_ramp.py",
        "images": f"{IMAGES} sprites of 16 x 16, seed 0",
        "gamma": GAMMA, "capacity": [0.0, END], "batch_size": 64, "lr": LR, "latents": 10,
        "distortion of the mean image": round(blank, 2),
        "cpu_seconds": round(time.process_time() - started),
    }  # fmt: skip
    lines = ",\n".join(json.dumps(r, separators=(",", ":")) for r in runs)
    TARGET.write_text(f'{{\n"card": {json.dumps(card)},\n"runs": [\n{lines}\n]\n}}\n', "utf-8")


if __name__ == "__main__":
    main()
