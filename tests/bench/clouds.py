"""What an MMD squared costs: seconds beside a plain loop and scikit-learn's kernel, and memory as the samples grow.

    PYTHONPATH=tests/bench:. OMP_NUM_THREADS=1 python tests/bench/clouds.py [--largest 100000]

One thread, float64, two samples of n points in two dimensions, all ways in turns in one process. Memory: each count of
points in a fresh process, the most that it ever held less what it held before. All pairs of 100,000 points take some
minutes. Writes course_pkg/mmd/cost.json, which the chapter draws.
"""

import argparse
import json
import math
import subprocess
import sys
from pathlib import Path

import torch
from run import summary
from sklearn.metrics.pairwise import rbf_kernel
from tabulate import tabulate
from watch import Watch, machine

from course_pkg import mmd
from course_pkg.training import checkpoint

TARGET = Path(__file__).resolve().parents[2] / "course_pkg" / "mmd" / "cost.json"
CPU, H = torch.device("cpu"), 1.0
TURNS = 5
SPEED = {1_000: ("plain loop", "scikit-learn", "package"), 5_000: ("scikit-learn", "package")}
MEMORY = {"scikit-learn": (1_000, 2_000, 4_000, 8_000), "package": (1_000, 2_000, 4_000, 8_000, 20_000)}


def clouds(n):
    g = torch.Generator().manual_seed(0)
    return [torch.randn(n, 2, generator=g, dtype=torch.float64) for _ in range(2)]


def plain_loop(x, y):
    """The unbiased estimate as it stands in a book: one pair after the other, in Python."""
    k = lambda a, b: math.exp(-((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) / (2 * H * H))
    x, y = x.tolist(), y.tolist()
    n, m = len(x), len(y)
    own = lambda s: sum(k(a, b) for i, a in enumerate(s) for j, b in enumerate(s) if i != j)
    return own(x) / (n * (n - 1)) + own(y) / (m * (m - 1)) - 2 * sum(k(a, b) for a in x for b in y) / (n * m)


def with_scikit_learn(x, y):
    """The same from three whole tables."""
    x, y, gamma = x.numpy(), y.numpy(), 1 / (2 * H * H)
    n, m = len(x), len(y)
    xx, yy, xy = (rbf_kernel(a, b, gamma) for a, b in ((x, x), (y, y), (x, y)))
    return (xx.sum() - n) / (n * (n - 1)) + (yy.sum() - m) / (m * (m - 1)) - 2 * xy.mean()


WAYS = {
    "plain loop": plain_loop,
    "scikit-learn": with_scikit_learn,
    "package": lambda x, y: mmd.mmd2(mmd.rbf(H), x, y).item(),
}


def in_turns(n, names, turns=TURNS):
    """Seconds of each way, turn by turn, as `run.summary` puts them together; and the largest difference of values."""
    pair, rounds, values = clouds(n), {name: [] for name in names}, {}
    watch = Watch(CPU)
    for turn in range(turns + 1):
        for name in names:
            watch.start()
            values[name] = WAYS[name](*pair)
            took = watch.stop()
            if turn:  # the first warms up
                rounds[name].append(took)
    return {"points": n, "apart": float(max(values.values()) - min(values.values())), **summary(rounds)}


def most_held():
    """Megabytes that this process held at most since it last forgot (Linux)."""
    status = Path("/proc/self/status").read_text("utf-8")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) * 1024 / 1e6


def held(name, n):
    """Seconds, and megabytes that this process came to hold for one MMD squared, beyond what it held before."""
    WAYS[name](*clouds(100))
    pair, watch = clouds(n), Watch(CPU)
    Path("/proc/self/clear_refs").write_text("5", "utf-8")  # forget the most that was held: imports hold a lot
    before = most_held()
    watch.start()
    value = WAYS[name](*pair)
    took = watch.stop()
    megabytes = most_held() - before
    return {
        "way": name,
        "points": n,
        "megabytes": round(megabytes, 1),
        "cpu": round(took["cpu"], 2),
        "value": float(value),
    }


def apart(name, n):
    command = [sys.executable, __file__, "--held", name, str(n)]
    return json.loads(subprocess.run(command, capture_output=True, check=True, encoding="utf-8").stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--largest", type=int, default=100_000, help="points of the largest samples")
    parser.add_argument("--held", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.held:
        print(json.dumps(held(options.held[0], int(options.held[1]))))
        return
    card = {
        "command": "PYTHONPATH=tests/bench:. OMP_NUM_THREADS=1 python tests/bench/clouds.py",
        **machine(CPU),
        **checkpoint.provenance(CPU),
    }
    speed, memory = [in_turns(n, names) for n, names in SPEED.items()], []
    table = [
        [row["points"], name, f"{part['cpu']:.3f}", f"{part['cpu_ratio']:.2f}"]
        for row in speed
        for name, part in row["parts"].items()
    ]
    print(tabulate(table, ["points", "way", "CPU seconds", "package sooner by"]), flush=True)
    for name, n in [*((name, n) for name, sizes in MEMORY.items() for n in sizes), ("package", options.largest)]:
        memory.append(apart(name, n))
        print(memory[-1], flush=True)  # and written at once, so that what was measured stays if the time is up
        TARGET.write_text(json.dumps({"card": card, "speed": speed, "memory": memory}, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
