"""How threads wait, alone and beside one busy core: turning, asleep, or turning a little first, and one thread."""

import subprocess
import sys
from contextlib import contextmanager
from functools import partial

import pytest

BATCH, LATENTS, STEPS = 64, 10, 10


@contextmanager
def busy_cores(n):
    """So many processes that do nothing but take time."""
    processes = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(n)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


@pytest.mark.parametrize("busy", [0, 1])
def test_waiting(busy, crew, most, in_turns):
    asked = {"system": "beta-vae", "batch": BATCH, "latents": LATENTS, "steps": STEPS}
    workers = {"1 thread": crew("ours", 1)}
    workers |= {f"{most} threads, {way}": crew(f"ours, a thread {way}", most) for way in ("turns", "sleeps")}
    workers[f"{most} threads, ours"] = crew("ours", most)
    with busy_cores(busy):
        in_turns({name: partial(one, **asked) for name, one in workers.items()}, images=STEPS * BATCH, busy=busy)
