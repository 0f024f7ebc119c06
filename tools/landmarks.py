"""Every metric of the landmarks and of four lessons, on all images of dSprites: what the chapter `metrics` compares.

    .venv/bin/python tools/landmarks.py

Writes course_pkg/metrics/landmarks.json. About ten CPU minutes where the lessons' codes are not in the cache yet.
"""

import json
import time

import torch
from tqdm import tqdm

from course_pkg.data import dsprites
from course_pkg.metrics import dci, higgins, infomec, kim_mnih, kim_mnih_exact, mig, repeated, sap
from course_pkg.metrics.higgins import differences
from course_pkg.metrics.landmarks import FILE, as_shown, moments, on_a_circle
from course_pkg.metrics.score import measured
from course_pkg.models.networks import burgess
from course_pkg.models.weights import lesson
from course_pkg.runs.represent import posteriors

LESSONS = ("beta-1", "beta-4", "tc", "factor")
SAMPLES = (4, 8, 16, 32, 64, 128, 256, 512, 1024)
DRAWS = 5


def blocks(function, size=16_384):
    """A function of the images, a block at a time, in their order."""
    every = torch.arange(dsprites.TOTAL)
    return torch.cat([function(dsprites.images(part)) for part in tqdm(every.split(size), leave=False)])


def projections(directions=10):
    along = torch.randn(4096, directions, generator=torch.Generator().manual_seed(0))
    return blocks(lambda images: images.flatten(1).float() @ along)


def of(score):
    """A score as it is kept."""
    out = {"value": round(score.value, 4)}
    if score.spread:
        out["spread"] = round(score.spread, 4)
    out |= {name: round(v, 4) for name, v in score.further.items()}
    return out


def scores(codes, factors):
    """Every metric at its published settings: the mean of five runs where it draws."""
    often = lambda metric: of(repeated(metric, DRAWS))
    return {
        "exact": of(kim_mnih_exact(codes, factors)),
        "10,000 + 5,000 votes, L 64": often(lambda g: kim_mnih(codes, factors, g, 10_000, 64, 5_000)),
        "800 votes, L 100, own": often(lambda g: kim_mnih(codes, factors, g)),
        "Higgins": often(lambda g: higgins(codes, factors, g)),
        "Higgins, raw": of(higgins(codes, factors, torch.Generator().manual_seed(0), standardise=False)),
        "MIG": of(mig(codes, factors)),
        "SAP": of(sap(codes, factors)),
        "SAP, accuracy": often(lambda g: sap(codes, factors, "accuracy", g)),
        "DCI": often(lambda g: dci(codes, factors, generator=g)),
        "InfoMEC": of(infomec(codes, factors, generator=torch.Generator().manual_seed(0))),
    }


def choices(codes, q, factors, kl):
    """What one model's score depends on."""
    g = lambda: torch.Generator().manual_seed(0)
    alive, moving = torch.tensor(kl) > 0.1, codes.std(0) >= 0.05
    one = q.codes(True, g()).double()
    m = measured(codes, factors)
    apart, which = differences(m, 20_000, 64, g())
    share = torch.stack([apart[which == k].mean(0) for k in range(5)])
    gaussian = lambda z: -0.5 * torch.linalg.slogdet(torch.corrcoef(z.T))[1].item()
    return {
        "KL above 0.1": of(kim_mnih_exact(codes, factors, active=alive)),
        "std of 0.05 or more": of(kim_mnih_exact(codes, factors, active=moving)),
        "latents of KL above 0.1": int(alive.sum()),
        "latents of std 0.05 or more": int(moving.sum()),
        "not normalised": of(kim_mnih_exact(codes, factors, normalise=False)),
        "one sample of each posterior": of(kim_mnih_exact(one, factors)),
        "by L": {str(n): of(kim_mnih(codes, factors, g(), 10_000, n, 5_000)) for n in SAMPLES},
        "by L, own votes": {str(n): of(kim_mnih(codes, factors, g(), 800, n)) for n in SAMPLES},
        "Higgins, Adagrad, raw": of(higgins(codes, factors, g(), standardise=False, by="adagrad")),
        "Higgins, KL above 0.1": of(higgins(codes, factors, g(), active=alive)),
        "MIG, 10 bins": of(mig(codes, factors, 10)),
        "MIG, 50 bins": of(mig(codes, factors, 50)),
        "MIG, one sample": of(mig(one, factors)),
        "mean difference by fixed factor": [[round(v, 5) for v in row] for row in share.tolist()],
        "deviation of each latent": [round(v, 5) for v in codes.std(0).tolist()],
        "KL of each latent": kl,
        "Gaussian TC of means": round(gaussian(codes[:, alive]), 4),
        "Gaussian TC of samples": round(gaussian(one[:, alive]), 4),
    }


def main():
    torch.set_num_threads(1)
    started = time.process_time()
    factors = dsprites.factors(torch.arange(dsprites.TOTAL))
    labels = factors.double() / (torch.tensor(dsprites.SIZES).double() - 1)
    ready = {
        "labels": lambda: labels,
        "orientation on a circle": lambda: on_a_circle(factors),
        "orientation as shown, radians": lambda: as_shown(factors, share=False),
        "orientation as shown, share": lambda: as_shown(factors, share=True),
        "six moments": lambda: blocks(moments),
        "scale and position alone": lambda: labels[:, [1, 3, 4]],
        "untrained net": lambda: posteriors(burgess(seed=0).eval(), "dsprites", "cpu").codes(False, torch.Generator()),
        "random projections": projections,
        "noise": lambda: torch.randn(dsprites.TOTAL, 10, generator=torch.Generator().manual_seed(0)),
    }
    found, chosen = {}, {}
    for name, make in tqdm(ready.items()):
        found[name] = scores(make().double(), factors)
        print(name, {k: v["value"] for k, v in found[name].items()}, flush=True)
    for name in tqdm(LESSONS):
        model, card = lesson(name)
        q = posteriors(model, "dsprites", "cpu")
        codes = q.mu.double()
        found[name] = scores(codes, factors)
        chosen[name] = choices(codes, q, factors, card["kl"])
        print(name, {k: v["value"] for k, v in found[name].items()}, chosen[name], flush=True)
    card = {
        "command": "python tools/landmarks.py",
        "images": "all 737,280 of dSprites, as the course draws them",
        "draws": f"where a metric draws, the mean of {DRAWS} runs, seeds from 0; `one run` is their deviation",
        "lessons": {name: lesson(name)[1]["sha256"] for name in LESSONS},
        "cpu_seconds": round(time.process_time() - started),
    }  # fmt: skip
    parts = {"scores": found, "choices": chosen}
    rows = lambda part: ",\n".join(f"  {json.dumps(name)}: {json.dumps(row)}" for name, row in part.items())
    body = ",\n".join(f' "{name}": {{\n{rows(part)}\n }}' for name, part in parts.items())
    FILE.write_text(f'{{\n "card": {json.dumps(card)},\n{body}\n}}\n', "utf-8")


if __name__ == "__main__":
    main()
