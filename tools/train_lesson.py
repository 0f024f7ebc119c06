"""Train the models that the chapters load, and write the weights and the card of each.

    .venv/bin/python tools/train_lesson.py [NAME ...] [--folder FOLDER] [--runs RUNS] [--steps STEPS] [--seen SEEN]

One thread of a CPU, a quarter of an hour each (FactorVAE, half an hour), or a GPU, a minute; a run that was stopped
goes on. The same machine and the same PyTorch give the same bits on a CPU; another one adds in another order, and gives
another model with about the same scores. The lessons that take a minute are in `tools/fit_lesson.py`.
"""

import argparse
import time
from dataclasses import replace
from pathlib import Path

import torch
from sklearn.neighbors import KNeighborsRegressor

from course_pkg import elbo
from course_pkg.bottleneck import factors
from course_pkg.data import dsprites, small
from course_pkg.data.named import named
from course_pkg.models.adversarial import Paired
from course_pkg.models.baselines import LinearCode
from course_pkg.models.channels import CHANNELS, FactorChannels
from course_pkg.models.mixed import Assigned, Relaxed
from course_pkg.models.weights import FOLDER, channels, keep, rounded
from course_pkg.runs.start import USUAL
from course_pkg.runs.systems import arguments
from course_pkg.training import train
from course_pkg.training.checkpoint import provenance

SEED, LATENTS, BATCH, STEPS, LR = 0, 10, 64, 12_000, 1e-3
# Kept in eight bits; the others in float16.
EIGHT_BITS = {
    "annealed", "beta-16", "beta-2", "capacity", "channels", "dc-ign", "hinge", "ica", "info-gan", "mlp", "pca"
}  # fmt: skip
SEEN, HELD_OUT = 8000, 4000  # images on which a factor is regressed on a latent, and judged
# What the list of all lessons calls each; a price where others have another.
TITLES = {
    **{f"beta-{beta}": f"beta-VAE, beta = {beta}" for beta in (1, 2, 4, 8, 16)},
    "annealed": "Annealed price, beta from 10 to 1",
    "capacity": "Capacity, absolute value",
    "hinge": "Capacity, hinge",
    "tc": "beta-TCVAE, beta = 6",
    "factor": "FactorVAE, gamma = 10",
    "mmd": "MMD-VAE",
    "cascade-c": "CascadeVAE-C",
    "cascade": "CascadeVAE",
    "joint": "JointVAE",
    "dc-ign": "DC-IGN",
    "info-gan": "InfoGAN, small images",
    "channels": "The true factors, through channels",
    "pca": "PCA",
    "ica": "ICA",
    "mlp": "VAE of dense layers, small images",
}
# What a latent is known to carry, or was told to, where the rest of the card cannot say it.
NAMES = {
    "channels": ["shape", "shape", "shape", "scale", "orientation", "orientation", "posX", "posY"],
    "dc-ign": [f"{factor}, told" for factor in ("scale", "orientation", "posX", "posY")],
}
# What the codes of a lesson are, where they are not those of an encoder that nobody told anything.
CODES = {
    "channels": "what the encoder is told of the factors, with noise; no image is encoded",
    "dc-ign": "four latents were told in training of a factor each, the others together of the shape",
    "info-gan": "the critic's guess at the code of an image; a picture is what the generator makes of it, at noise 0",
}
STARTS = {"a square": (0, 4, 3, 12, 19), "an ellipse": (1, 5, 14, 16, 16), "a heart": (2, 5, 0, 20, 13)}


def lessons(steps):
    """{name: (system, its settings)}: the same net, seed, images and steps for all."""
    betas = {f"beta-{beta:g}": ("beta-vae", {"beta": beta}) for beta in (1.0, 2.0, 4.0, 8.0, 16.0)}
    return {
        **betas,
        "capacity": ("capacity", {"gamma": 100.0, "start": 0.5, "end": 25.0, "over": steps * 2 // 3}),
        "hinge": ("hinge", {"gamma": 100.0, "start": 0.5, "end": 25.0, "over": steps * 2 // 3}),
        "tc": ("beta-tcvae", {"beta": 6.0}),
        "factor": ("factor-vae", {"gamma": 10.0}),
        "mmd": ("mmd-vae", {}),
        # The published ways, shortened as a lesson is: of 300,000 steps, 20,000 a stage, and of about 345,600, 300,000.
        "cascade-c": ("cascade-vae-c", {"low": 1.0, "every": max(steps // 15, 1)}),
        "cascade": ("cascade-vae", {"low": 1.0, "every": max(steps // 15, 1)}),
        "joint": ("joint-vae", {"over": max(steps * 125 // 144, 1)}),
        "annealed": ("annealed", {"start": 10.0, "over": max(steps // 3, 1)}),
        "dc-ign": ("dc-ign", {"invariance": 0.01}),
        "channels": ("factor-channels", {"start": 0.5, "end": 25.0, "over": steps * 2 // 3}),
    }


def asked_of(system, settings, facts):
    """What `train` is asked for by a system, or by the factors' channels, which encode no image."""
    if system != "factor-channels":
        return arguments(system, settings, facts)
    start, end, over = settings["start"], settings["end"], max(settings["over"], 1)

    def grow(model, step):
        model.capacity = start + (end - start) * min(step / over, 1)

    return {
        "objective": factors.objective,
        "schedule": grow,
        "net": lambda shape, latents, seed: channels(start, seed),
        "draws": lambda source, device: (torch.arange(dsprites.TOTAL)[:, None], lambda drawn: rows(drawn[:, 0])),
        "whole": lambda model: grow(model, over) or model,
    }


def rows(indices):
    """What the factors' channels take: the features of the images' factors, then the pixels (n, 8 + 4096)."""
    of = indices.cpu()
    told = factors.features(dsprites.factors(of))
    return torch.cat([told, dsprites.images(of).flatten(1).float()], 1).to(indices.device)


def draws_small(model):
    """Whether the model draws the small images of the pocket study."""
    return model.shape[1] == small.SIDE


def pictures(model, indices):
    """The images as large as the model draws them: those of the set, or grey small ones."""
    large = dsprites.images(indices)
    return small.grey(small.counts(large)) if draws_small(model) else large[:, None].float()


def taken(model, indices):
    """What the model encodes: the images, or what the factors' channels take."""
    return rows(indices) if isinstance(model, FactorChannels) else pictures(model, indices)


def chosen(model, n, generator):
    """n images at random out of those that the model knows, by their places in the large set."""
    if draws_small(model):
        return small.in_large(torch.randperm(small.TOTAL, generator=generator)[:n])
    return dsprites.factor_data().sample(n, generator)


def latents_of(name):
    """As many as the published rows have: six numbers beside a discrete code, ten without one."""
    return {"cascade": 6, "joint": 6, "channels": len(CHANNELS)}.get(name, LATENTS)


def lr_of(name):
    """Adam's learning rate: JointVAE has the one it was published with."""
    return 5e-4 if name == "joint" else LR


def train_model(system, steps, folder, latents=LATENTS, seed=SEED, device="cpu", lr=LR, bits=16):
    """The model as a file keeps it, on the CPU; its history; the seconds that it took, without an earlier session's."""
    source = named("dsprites")
    make, whole, _, draws = (system.pop(key, usual) for key, usual in USUAL.items())  # the card has scores of its own
    model = make(source.shape, latents, seed)
    images, prepare = draws(source, torch.device(device))
    others = [player.net for player in system.get("opponents", {}).values()]
    began = time.process_time()
    history = train(
        model, images=images, prepare=prepare, steps=steps, batch_size=BATCH, lr=lr, seed=seed,
        device=device, folder=folder, log_every=100, **system,
    )  # fmt: skip
    return rounded(whole(model, *others).cpu(), bits), history, time.process_time() - began


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


def unrelaxed(q):
    """The posterior with a discrete code, where it has one, that takes one value: a relaxed one bounds nothing."""
    return replace(q, second=replace(q.second, temperature=None)) if hasattr(q, "second") else q


def cost_name(model):
    """A linear code draws means, which may lie outside [0, 1] and are no probabilities of a pixel."""
    return "squared error" if isinstance(model, LinearCode) else "reconstruction"


def cost(model, x, drawn):
    """Of each image (n,), the nats of its pixels, a small one counted for all that it stands for; or the error."""
    if isinstance(model, LinearCode):
        return (x - drawn).square().flatten(1).sum(1)
    area = small.AREA if draws_small(model) else 1
    return -area * elbo.bernoulli_log_likelihood(x, drawn)


@torch.no_grad()
def scores(model, seen=SEEN, held_out=HELD_OUT):
    """The terms of the ELBO, the KL of each latent in nats, and which factor each latent alone predicts."""
    generator = torch.Generator().manual_seed(SEED)
    indices = chosen(model, seen + held_out, generator)
    terms, means = [], []
    for part in indices.split(500):
        x = pictures(model, part)
        q = unrelaxed(model.encode(taken(model, part)))
        terms.append({cost_name(model): cost(model, x, model.decode(q.sample(generator)).view_as(x)), "kl": q.kl()})
        means.append(q.codes())
    codes, kl = torch.cat(means), torch.cat([t["kl"] for t in terms])
    table = {
        name: [round(r_squared(codes[which, k].double(), target[which]), 2) for k in range(codes.shape[1])]
        for name, (which, target) in targets(indices).items()
    }
    return {
        cost_name(model): round(torch.cat([t[cost_name(model)] for t in terms]).mean().item(), 2),
        "rate": round(kl.sum(1).mean().item(), 2),
        "kl": [round(value, 3) for value in kl.mean(0).tolist()],
        "r_squared": table,
    }


def net_of(model):
    """What the card says of the net, so that it can be built again, and of data other than the whole set."""
    data = {"data": "dsprites-16"} if draws_small(model) else {}
    if isinstance(model, Relaxed):
        return {"net": "relaxed", "values": model.values, "temperature": model.temperature}
    if isinstance(model, Paired):
        return {"net": "paired", "values": model.values, "noise": model.generator.noise, **data}
    if isinstance(model, FactorChannels):
        return {"net": "channels", "capacity": model.capacity}
    if isinstance(model, LinearCode):
        return {"net": "linear"}
    if data:
        return {"net": "deep", **data}
    return {"net": "assigned", "values": model.values} if isinstance(model, Assigned) else {}


@torch.no_grad()
def starts(model):
    """Codes of three images, to two decimals: where the figure's buttons lead."""
    codes = {name: model.encode(taken(model, dsprites.index([setting]))).codes() for name, setting in STARTS.items()}
    return {name: [round(value, 2) for value in code[0].tolist()] for name, code in codes.items()}


def called(name):
    """What a card says to readers: the lesson's title, its codes and its latents, where these are more than numbers."""
    said = {"title": TITLES[name], "codes": CODES.get(name), "names": NAMES.get(name)}
    return {key: value for key, value in said.items() if value}


def measured(model, seen=SEEN, device="cpu"):
    """What a card says of the model as it is kept: who measured it, its scores, and the codes of three images."""
    found = scores(model, seen, seen * HELD_OUT // SEEN)
    return {**provenance(torch.device(device)), **found, "starts": starts(model)}


def path(history, every=5):
    """What was logged, thinned: each term against the step, averaged over as many lines of the log."""
    n = len(history.steps) // every * every
    mean = lambda values: values[:n].unflatten(0, (-1, every)).mean(1)
    table = {name: mean(history[name]) for name in history.terms}
    return {
        "steps": history.steps[every - 1 : n : every],
        **{name: [[round(v, 2) for v in row.flatten().tolist()] for row in table[name]] for name in table},
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help=f"which (default: all): {', '.join(lessons(STEPS))}")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where to write (default: %(default)s)")
    parser.add_argument("--runs", type=Path, default=Path("_build/lessons"), help="checkpoints (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=SEED, help="another one adds itself to the name")
    parser.add_argument("--device", default="cpu", help="cuda, mps or cpu (default: %(default)s)")
    parser.add_argument("--steps", type=int, default=STEPS, help="fewer, to see that it runs (default: %(default)s)")
    parser.add_argument("--seen", type=int, default=SEEN, help="fewer images to judge it by (default: %(default)s)")
    options = parser.parse_args()
    unknown = sorted(set(options.names) - set(lessons(STEPS)))
    if unknown:
        parser.error(f"no lesson is called {', '.join(unknown)}; there are {', '.join(lessons(STEPS))}")
    torch.set_num_threads(1)
    for name in options.names or lessons(STEPS):
        system, settings = lessons(options.steps)[name]
        latents, seed = latents_of(name), options.seed
        kept = name if seed == SEED else f"{name}-seed-{seed}"
        what = ", ".join([system, *(f"{key} {value:g}" for key, value in settings.items())])
        print(f"{kept}: {what}", flush=True)
        facts = {"images": dsprites.TOTAL, "shape": (1, 64, 64), "net": None, "latents": latents, "seed": seed}
        asked = asked_of(system, settings, facts)
        folder = options.runs / f"{kept}-{options.steps}"
        bits, lr = 8 if name in EIGHT_BITS else 16, lr_of(name)
        model, history, seconds = train_model(asked, options.steps, folder, latents, seed, options.device, lr, bits)
        card = {
            **called(name),
            "what": f"{what}: burgess(latents={latents}) on dSprites as the course draws it; Bernoulli pixels",
            "command": f"OMP_NUM_THREADS=1 .venv/bin/python tools/train_lesson.py {name}"
            + (f" --seed {seed}" if seed != SEED else "")
            + (f" --device {options.device}" if options.device != "cpu" else ""),
            "seed": seed,
            "steps": options.steps,
            "batch": BATCH,
            "learning rate": lr,
            "cpu minutes": round(seconds / 60, 1),
            **net_of(model),
            **({"bits": bits} if bits != 16 else {}),
            **measured(model, options.seen, options.device),
            "path": path(history),
        }
        keep(kept, model, card, options.folder)
        print({key: card[key] for key in ("reconstruction", "rate", "kl", "r_squared", "cpu minutes")}, flush=True)


if __name__ == "__main__":
    main()
