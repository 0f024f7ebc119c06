"""Processes that wait for work, so that whatever is compared runs in turns, each with threads and allocator its own.

As a script it is such a process: a line of JSON in says what to train and how many steps, a line out what it took.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any

import ours
import plain
import psutil
import torch
from watch import Watch

from course_pkg.data import dsprites
from course_pkg.training import memory

KEEPS = {
    "MALLOC_MMAP_THRESHOLD_": "1073741824", "MALLOC_TRIM_THRESHOLD_": "4294967296", "MALLOC_TOP_PAD_": "268435456",
}  # fmt: skip
CORES = psutil.cpu_count(logical=False) or 1
THREADS = sorted({int(n) for n in os.environ.get("BENCH_THREADS", f"{CORES},1").split(",")}, reverse=True)
WAITING = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")
WAYS = {  # of a thread to wait; without a way, as the course chooses
    "turns": {"GOMP_SPINCOUNT": "300000"},  # GNU OpenMP's own number
    "sleeps": {"OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "0"},
}
KINDS = ("plain", "plain, memory kept", "ours, memory given back", "ours")


def some_sprites(n: int = 4096) -> torch.Tensor:
    """Images of dSprites as bits (n, 64, 8), the same each time."""
    indices = torch.randperm(dsprites.TOTAL, generator=torch.Generator().manual_seed(0))[:n]
    return dsprites.packed()[indices]


class Worker:
    """One process of that script: `ask` gives it work, `answer` waits for what it says."""

    def __init__(self, kind: str, threads: int, device: torch.device, script: str = __file__):
        # Importing the course has set how idle threads wait; a plain loop's wait as PyTorch's do by themselves.
        env = {name: value for name, value in os.environ.items() if name not in {*KEEPS, *WAITING}}
        env |= WAYS.get("turns" if kind.startswith("plain") else kind.removeprefix("ours, a thread "), {})
        env |= {"OMP_NUM_THREADS": str(threads)} | (KEEPS if kind == "plain, memory kept" else {})
        command = [sys.executable, script, kind, str(device)]
        self.process = subprocess.Popen(
            command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        )

    def ask(self, work: Mapping[str, Any]) -> None:
        self.process.stdin.write(json.dumps(work) + "\n")
        self.process.stdin.flush()

    def answer(self) -> dict[str, float]:
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"a worker ended with {self.process.wait()}: see what it printed above")
        return json.loads(line)

    def __call__(self, **work: Any) -> dict[str, float]:
        self.ask(work)
        return self.answer()

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


class Plainly:
    """The plain loop, timed as `ours.Loop` is: one step more than asked for, the first of them not timed."""

    def __init__(self, system: str, bits: torch.Tensor, batch: int, latents: int, device: torch.device):
        self.loop = plain.Loop(system, dsprites.unpack(bits), batch, latents, device)

    def steps(self, n: int) -> dict[str, float]:
        watch = Watch(self.loop.device)
        self.loop.step()
        watch.start()
        for _ in range(n):
            self.loop.step()
        return watch.stop()


def work(kind: str, device: torch.device) -> None:
    bits, loops = some_sprites(), {}
    if kind == "ours, memory given back":
        memory.keep_freed = lambda: False
    make: Callable[..., Any] = Plainly if kind.startswith("plain") else ours.Loop
    for line in sys.stdin:
        asked = json.loads(line)
        steps, flop = asked.pop("steps"), asked.pop("flop", False)
        key = json.dumps(asked, sort_keys=True)
        if "precision" in asked:
            asked["precision"] = getattr(torch, asked["precision"])
        if key not in loops:
            loops[key] = make(bits=bits, device=device, **asked)
        loop = loops[key]
        print(json.dumps({"flop": loop.flop()} if flop else loop.steps(steps)), flush=True)


if __name__ == "__main__":
    work(sys.argv[1], torch.device(sys.argv[2]))
