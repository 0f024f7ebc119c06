"""What a step is made of, and what it costs with other batches, latents, precisions and numbers of runs."""

import json
import os
import subprocess
import sys
from functools import partial

import ours
import plain
import psutil
import pytest
import torch
from crew import THREADS, some_sprites
from watch import Watch

from course_pkg.data import dsprites
from course_pkg.data.named import unpacked
from course_pkg.density_ratio import cross_entropy, factor_vae
from course_pkg.models.networks import burgess
from course_pkg.total_correlation import split_kl
from course_pkg.training import memory
from course_pkg.training.batches import Epochs

BATCH, LATENTS, IMAGES = 64, 10, 640  # IMAGES: in a repetition
BETA = {"system": "beta-vae", "batch": BATCH, "latents": LATENTS, "steps": IMAGES // BATCH}


@pytest.fixture(autouse=True)
def settled(most):
    """As in training on a CPU: freed memory is kept."""
    torch.set_num_threads(most)
    memory.keep_freed()


def timed(device, run):
    def once():
        watch = Watch(device)
        watch.start()
        run()
        return watch.stop()

    return once


@pytest.mark.parametrize("batch, latents", [(16, 10), (256, 10), (64, 2), (64, 50)])
def test_cost(batch, latents, crew, most, in_turns):
    other = partial(crew("ours", most), **{**BETA, "batch": batch, "latents": latents, "steps": -(-IMAGES // batch)})
    images = {"B = 64, d = 10": IMAGES, f"B = {batch}, d = {latents}": -(-IMAGES // batch) * batch}
    in_turns({"B = 64, d = 10": partial(crew("ours", most), **BETA), f"B = {batch}, d = {latents}": other}, 4,
             images=images)  # fmt: skip


def test_precision(crew, most, in_turns):
    mixed = partial(crew("ours", most), **BETA, precision="bfloat16")
    in_turns({"float32": partial(crew("ours", most), **BETA), "bfloat16": mixed}, images=IMAGES)


@pytest.mark.skipif("BENCH_COMPILED" not in os.environ, reason="compiling takes longer than all the rest")
def test_compiled(device, in_turns):
    """Compiled once, outside `train`, which would compile anew for each repetition."""
    loops = [ours.Loop("beta-vae", some_sprites(), BATCH, LATENTS, device) for _ in range(2)]
    loops[1].objective = torch.compile(loops[1].objective)
    steps = {"as it is": partial(loops[0].steps, 10), "compiled": partial(loops[1].steps, 10)}
    in_turns(steps, images=10 * BATCH)


def seen_twice(model, batches, generator, discriminator):
    """FactorVAE whose discriminator sees the codes once for each player, as in public code."""
    codes = []

    def once(z):
        codes.append((z, discriminator(z)))
        return codes[-1][1]

    terms = factor_vae(model, batches, generator, once)
    (z, _), (_, log_ratio_perm) = codes
    return {**terms, "cross_entropy": cross_entropy(discriminator(z.detach()), log_ratio_perm)}


def test_shared_forward(device, in_turns):
    """What it brings that the discriminator sees z once for both players; all else alike."""
    loops = [ours.Loop("factor-vae", some_sprites(), BATCH, LATENTS, device) for _ in range(2)]
    loops[0].objective = seen_twice
    in_turns({"seen twice": partial(loops[0].steps, 5), "seen once": partial(loops[1].steps, 5)}, images=5 * BATCH)


@pytest.mark.parametrize("batch", [64, 256])
def test_pairwise_densities(batch, device, in_turns):
    """beta-TCVAE's three prices and their gradients, from all pairs in a batch: (B, B, 10)."""
    codes = [torch.randn(batch, 10, device=device, requires_grad=True) for _ in range(3)]

    def run():
        for _ in range(10):
            sum(term.sum() for term in split_kl(*codes, 737_280).values()).backward()

    in_turns({f"B = {batch}": timed(device, run)}, images=10 * batch)


def test_encoding(device, in_turns):
    bits = some_sprites(IMAGES)
    images, here = dsprites.unpack(bits), bits.to(device)
    net, usual = burgess().to(device), plain.burgess(LATENTS).to(device)

    @torch.inference_mode()
    def mine():
        for batch in here.split(BATCH):
            net.encode(unpacked(batch))

    @torch.inference_mode()
    def plainly():
        for batch in images.split(BATCH):
            usual.encode(batch[:, None].float().to(device))

    in_turns({"plain net": timed(device, plainly), "package": timed(device, mine)}, images=IMAGES)


def test_batches(device, in_turns):
    """Only the data: a batch drawn, moved, unpacked, against the DataLoader's."""
    bits = some_sprites()
    epochs, generator = Epochs(bits, device), torch.Generator(device).manual_seed(0)
    batches = plain.Loop("beta-vae", dsprites.unpack(bits), BATCH, LATENTS, device).batches

    def mine():
        for _ in range(64):
            unpacked(epochs(BATCH, generator))

    def plainly():
        for _ in range(64):
            next(batches).to(device)

    in_turns({"DataLoader": timed(device, plainly), "Epochs": timed(device, mine)}, images=64 * BATCH)


WHOLE_SET = """
import json, time, psutil, torch
from course_pkg.training.batches import Epochs
from course_pkg.data import dsprites
from course_pkg.data.named import unpacked
before, start = psutil.Process().memory_info(), time.perf_counter()
bits = dsprites.packed()
opened = time.perf_counter() - start
epochs, generator = Epochs(bits, torch.device("cpu")), torch.Generator().manual_seed(0)
for _ in range(2000):
    unpacked(epochs(64, generator))
now = psutil.Process().memory_info()
own = [m.rss - getattr(m, "shared", 0) for m in (before, now)]
print(json.dumps({"open_s": opened, "rss_mb": (now.rss - before.rss) / 1e6, "own_mb": (own[1] - own[0]) / 1e6}))
"""


def test_reading(benchmark):
    """The whole of dSprites in a fresh process: opened and checked, then 128,000 images drawn from it."""

    def run():
        return json.loads(subprocess.run([sys.executable, "-c", WHOLE_SET], capture_output=True, check=True).stdout)

    benchmark.extra_info.update(benchmark.pedantic(run, rounds=1))


@pytest.mark.skipif(max(THREADS) < 2, reason="two runs at once want two processors, one run two threads")
def test_two_runs(crew, device, in_turns):
    """Two runs at once with one thread each, against one with two: images of all runs together, per second."""

    def together(workers):
        for worker in workers:
            worker.ask(BETA)
        seen = [worker.answer() for worker in workers]
        last = max(seen, key=lambda one: one["wall"])  # to it, the other worker is another process
        mates = sum(one["cpu"] for one in seen if one is not last) / last["wall"] / (psutil.cpu_count() or 1)
        rate = sum(IMAGES / one["wall"] for one in seen)
        return {
            "wall": IMAGES / rate,
            "cpu": sum(one["cpu"] for one in seen) / len(seen),
            "others": max(0.0, last["others"] - mates),
        }

    one, two = [crew("ours", 2)], [crew("ours", 1, k) for k in (0, 1)]
    in_turns({"one of 2 threads": lambda: together(one), "two of 1": lambda: together(two)}, 4, images=IMAGES)
