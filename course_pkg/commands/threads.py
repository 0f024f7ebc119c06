"""On how many threads the command line trains: on those that are free when it starts.

Several threads wait for one another at every layer, so that one that shares its processor with other work holds up
all. Beside a busy core one thread is quicker than two on two processors. Sums on another number of threads differ in
the last digits: a run that goes on takes the number with which it began.
"""

import os
from pathlib import Path

import psutil
import torch

from course_pkg.training import checkpoint

MOMENT = 0.3  # seconds
SLACK = 0.3  # of a processor: what a desk at rest does beside


def free_processors(seconds: float = MOMENT) -> int:
    """How many of the processors that this process may use are left free by the others, one at least: now."""
    idle = sum(100 - busy for busy in psutil.cpu_percent(seconds, percpu=True)) / 100
    return max(1, min(allowed(), int(idle + SLACK)))


def allowed() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def choose_threads(folder: Path) -> str:
    """Set torch's threads for a run in this folder. Returns what was chosen, and why, in one line.

    The caller's OMP_NUM_THREADS stays; a run that goes on takes its last number. ValueError for a damaged checkpoint.
    """
    path = folder / checkpoint.NAME
    if os.environ.get("OMP_NUM_THREADS"):
        return f"threads: {torch.get_num_threads()} (OMP_NUM_THREADS)"
    if path.exists():
        _, sessions = checkpoint.of_a_run(path, checkpoint.note(path))
        torch.set_num_threads(min(allowed(), sessions[-1]["threads"]))
        return f"threads: {torch.get_num_threads()}, as before"
    torch.set_num_threads(free_processors())
    return f"threads: {torch.get_num_threads()} of {os.cpu_count()} processors are free (OMP_NUM_THREADS sets another)"
