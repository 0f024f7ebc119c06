"""Grade a whole class of generated submissions with one command, compare every mark and message, and measure.

PYTHONPATH=. .venv/bin/python tests/bench/classroom.py FOLDER [--students 200] [--jobs 2]
"""

import argparse
import resource
import subprocess
import sys
import time
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "classroom")]

from klass import SEED, differences, students  # noqa: E402
from students import hand_in  # noqa: E402

from course_pkg.classroom.results import read_results  # noqa: E402
from helpers import environment  # noqa: E402


def main(argv):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--students", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args(argv)
    torch.set_num_threads(1)
    handed, out, known = options.folder / "in", options.folder / "out", {}
    for student, sheet, made, kind, facts in students(options.students):
        hand_in(handed, student, sheet, made)
        known[student] = (kind, facts)
    command = [sys.executable, "-m", "course_pkg", "grade", handed, "-o", out, "--seed", str(SEED)]
    began = time.monotonic()
    subprocess.run([*command, "--jobs", str(options.jobs)], check=False, env=environment())
    took = time.monotonic() - began
    given = [s for s in read_results(out / "results.json").submissions if s.file]
    bad = {s.student: found for s in given if (found := differences(s, *known[s.student]))}
    for student, found in bad.items():
        print(student, known[student][0], *found, sep="\n  ")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    inside = sorted(s.seconds for s in given)
    print(
        f"{len(given)} submissions in {took:.0f} s with {options.jobs} jobs, {took / len(given):.2f} s each; "
        f"a submission {inside[len(inside) // 2]:.2f} s at the median, {inside[-1]:.1f} s at most; "
        f"largest process {peak:.2f} GiB; {len(bad)} not as expected"
    )
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
