"""Images per second of training: the package against the plain loop, in turns, so that noise hits both alike."""

from functools import partial

import ours
import pytest
import torch
from crew import KINDS, THREADS
from watch import Watch

BATCH, LATENTS, STEPS = 64, 10, 10


@pytest.mark.parametrize("threads", THREADS)
@pytest.mark.parametrize("system", ours.SYSTEMS)
def test_step(system, threads, crew, in_turns):
    asked = {"system": system, "batch": BATCH, "latents": LATENTS, "steps": STEPS}
    runs = {kind: partial(crew(kind, threads), **asked) for kind in KINDS}
    flop = runs["ours"](flop=True)["flop"]
    in_turns(runs, system=system, threads=threads, images=STEPS * BATCH, flop=STEPS * flop)


@pytest.mark.parametrize("threads", THREADS)
@pytest.mark.parametrize("kind", ["float32 product", "float32 convolution", "bfloat16 product"])
def test_peak(kind, threads, device, in_turns):
    """What the machine reaches at best: products of 2,048 by 2,048, and a convolution of 256 channels."""
    watch = Watch(device)
    if kind == "float32 convolution":
        x = torch.randn(16, 256, 32, 32, device=device).to(memory_format=torch.channels_last)
        w = torch.randn(256, 256, 3, 3, device=device).to(memory_format=torch.channels_last)
        run, flop = lambda: torch.nn.functional.conv2d(x, w, padding=1), 2 * 16 * 256 * 256 * 9 * 32 * 32
    else:
        a = torch.randn(2048, 2048, device=device, dtype=getattr(torch, kind.split()[0]))
        run, flop = lambda: a @ a, 2 * 2048**3

    def timed():
        torch.set_num_threads(threads)
        watch.start()
        run()
        return watch.stop()

    in_turns({"peak": timed}, kind=kind, threads=threads, flop=flop)
