"""Train the model whose latents a reader moves in the live figure, and write its weights and their card.

    .venv/bin/python tools/train_lesson.py [--folder FOLDER] [--quick]

One thread of a CPU, about a quarter of an hour. The same machine and the same PyTorch give the same bits; another
CPU adds in another order, and gives another model with about the same scores.
"""

import argparse
import time
from pathlib import Path

import torch
from sklearn.neighbors import KNeighborsRegressor

from course_pkg import elbo
from course_pkg.data import dsprites
from course_pkg.networks import burgess
from course_pkg.training import train
from course_pkg.weights import FOLDER, keep, rounded

SEED, LATENTS, BATCH = 0, 10, 32
# (steps, learning rate, weight of the KL). A dear code holds little: two positions and a size, each on an axis of
# its own. The last stage minimises the negative ELBO itself, and finds them in place.
STAGES = [(5000, 1e-3, 4.0), (8000, 1e-3, 4.0), (8000, 1e-3, 4.0), (6000, 1e-3, 1.0)]
QUICK = [(20, 1e-3, 4.0), (20, 1e-3, 1.0)]
SEEN, HELD_OUT = 8000, 4000  # images on which a factor is regressed on a latent, and judged
STARTS = {"a square": (0, 4, 3, 12, 19), "an ellipse": (1, 5, 14, 16, 16), "a heart": (2, 5, 0, 20, 13)}


def objective(model, packed, generator):
    """The chapter's own, on images that stay packed until they are drawn: unpacked, the set would fill 12 GB."""
    return elbo.negative_elbo(model, dsprites.unpack(packed).unsqueeze(1).float(), generator)


def train_model(stages):
    model = burgess(latents=LATENTS, seed=SEED).to(memory_format=torch.channels_last)  # half again as quick
    for stage, (steps, lr, weight) in enumerate(stages):
        history = train(
            model, objective, dsprites.packed(), steps=steps, weights={"kl": weight}, batch_size=BATCH, lr=lr,
            seed=SEED + stage, device="cpu", log_every=100,
        )  # fmt: skip
        reconstruction, kl = history["reconstruction"][-10:].mean(), history["kl"][-10:].mean(0)
        print(
            f"stage {stage + 1}: reconstruction {reconstruction:.1f}, KL {[round(v, 2) for v in kl.tolist()]}",
            flush=True,
        )
    return rounded(model)


def targets(indices):
    """What to predict from one latent: {factor: (which images, numbers (n, k))}.

    An orientation counts up to the symmetry of its shape: hearts by the angle, ellipses by twice the angle.
    """
    shape, angle = dsprites.factors(indices)[:, 0], dsprites.values(indices)[:, 2:3]
    circle = lambda t: torch.cat([t.cos(), t.sin()], 1)
    every = torch.ones(len(indices), dtype=torch.bool)
    single = {
        name: (every, dsprites.factors(indices)[:, [k]].double())
        for name, k in (("scale", 1), ("posX", 3), ("posY", 4))
    }
    return {
        **single,
        "shape": (every, torch.nn.functional.one_hot(shape, 3).double()),
        "orientation of ellipses": (shape == 1, circle(2 * angle)),
        "orientation of hearts": (shape == 2, circle(angle)),
    }


def r_squared(latent, target):
    """How well one latent alone predicts a factor, on images that were held out: 50 nearest neighbours on a line."""
    cut = len(latent) * SEEN // (SEEN + HELD_OUT)
    model = KNeighborsRegressor(50 if cut > 100 else 5).fit(latent[:cut, None], target[:cut])
    left = (target[cut:] - torch.from_numpy(model.predict(latent[cut:, None]))).square().mean()
    return 1 - (left / (target[cut:] - target[cut:].mean(0)).square().mean()).item()


@torch.no_grad()
def scores(model, seen=SEEN, held_out=HELD_OUT):
    """The terms of the ELBO, the KL of each latent in nats, and which factor each latent alone predicts."""
    data, generator = dsprites.factor_data(), torch.Generator().manual_seed(SEED)
    indices = data.sample(seen + held_out, generator)
    terms, means = [], []
    for part in indices.split(500):
        terms.append(elbo.negative_elbo(model, data.images(part), generator))
        means.append(model.represent(data.images(part)))
    codes, kl = torch.cat(means), torch.cat([t["kl"] for t in terms])
    table = {
        name: [round(r_squared(codes[which, k].double(), target[which]), 2) for k in range(model.latents)]
        for name, (which, target) in targets(indices).items()
    }
    return {
        "reconstruction": round(torch.cat([t["reconstruction"] for t in terms]).mean().item(), 2),
        "rate": round(kl.sum(1).mean().item(), 2),
        "kl": [round(value, 3) for value in kl.mean(0).tolist()],
        "r_squared": table,
    }


@torch.no_grad()
def starts(model):
    """Codes of three images, to two decimals: where the figure's buttons lead."""
    codes = {
        name: model.represent(dsprites.images(dsprites.index([factors]))[:, None].float())
        for name, factors in STARTS.items()
    }
    return {name: [round(value, 2) for value in code[0].tolist()] for name, code in codes.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where to write (default: %(default)s)")
    parser.add_argument("--quick", action="store_true", help="a few steps only, to see that it runs")
    options = parser.parse_args()
    torch.set_num_threads(1)
    stages, began = QUICK if options.quick else STAGES, time.process_time()
    model = train_model(stages)
    minutes = (time.process_time() - began) / 60
    card = {
        "what": "burgess(latents=10) trained on dSprites as the course draws it; Bernoulli pixels",
        "command": "OMP_NUM_THREADS=1 .venv/bin/python tools/train_lesson.py",
        "seed": SEED,
        "batch": BATCH,
        "stages (steps, learning rate, weight of the KL)": stages,
        "cpu minutes": round(minutes, 1),
        "torch": torch.__version__,
        **scores(model),
        "starts": starts(model),
    }
    keep("dsprites", model, card, options.folder)
    print((options.folder / "dsprites.json").read_text("utf-8"))


if __name__ == "__main__":
    main()
