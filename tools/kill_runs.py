"""Kill real runs at random moments, start them again, and see that they end with the bits of a run never stopped.

    .venv/bin/python tools/kill_runs.py [--kills N] [--steps N] [--data NAME] [--seed N]

SIGKILL, which nothing can catch, to a VAE, a FactorVAE and one whose beta is a multiplier (the net of Burgess et al. on
dSprites, the discriminator of Kim and Mnih; a small net on the digits with `--data digits`), at moments drawn anew for
each start. A checkpoint is written every few steps, so that moments fall into writing, too. Ends with 1 where a
hash differs.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from course_pkg.training import checkpoint

SYSTEMS = ("vae", "factor-vae", "constraint")


def start(system, folder, options):
    """The command that a user would give, in a process of its own, on one thread."""
    command = [
        sys.executable, "-m", "course_pkg", "train", system, "--steps", str(options.steps), "--batch-size", "16",
        "--data", options.data, "--device", "cpu", "--save-every", "3", "--folder", str(folder),
    ]  # fmt: skip
    env = {**os.environ, "OMP_NUM_THREADS": "1", "TQDM_DISABLE": "1"}
    return subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, encoding="utf-8")


def at(folder):
    """The step of the checkpoint, 0 before there is one. Reading it is also the check that it is whole."""
    path = folder / checkpoint.NAME
    return checkpoint.read(path)[1]["step"] if path.exists() else 0


def ended(process):
    errors = process.communicate()[1]
    if process.returncode:
        sys.exit(f"a run failed: {errors}")


def killed(system, folder, options, moments):
    """Start it; kill it so many seconds after its first step of this session is done, `kills` times; let it end."""
    for kill in range(1, options.kills + 1):
        before, process = at(folder), start(system, folder, options)
        while at(folder) == before:
            if process.poll() is not None:
                sys.exit(f"the run ended before it could be killed: more --steps. {process.communicate()[1]}")
            time.sleep(0.02)
        seconds = moments.uniform(0, options.seconds)
        time.sleep(seconds)
        process.kill()
        process.communicate()
        print(f"{system}: kill {kill}, {seconds:.3f} s after a checkpoint; whole at step {at(folder)}", flush=True)
    ended(start(system, folder, options))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=5, help="of each run (default: %(default)s)")
    parser.add_argument("--steps", type=int, default=120, help="of each run (default: %(default)s)")
    parser.add_argument("--data", default="dsprites", help="what is trained on (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=1.0, help="the longest wait (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=None, help="of the moments (default: other ones each time)")
    options = parser.parse_args()
    moments, differ = random.Random(options.seed), 0
    with tempfile.TemporaryDirectory() as place:
        for system in SYSTEMS:
            whole, torn = Path(place) / f"{system}-whole", Path(place) / f"{system}-killed"
            ended(start(system, whole, options))
            killed(system, torn, options, moments)
            hashes = [checkpoint.digest(checkpoint.read(path / checkpoint.NAME)[0]) for path in (whole, torn)]
            same = hashes[0] == hashes[1]
            differ += not same
            print(f"{system}: never stopped {hashes[0]}\n{system}: killed {options.kills:>2}    {hashes[1]}")
            print(f"{system}: {'the same bits' if same else 'DIFFERENT BITS'}", flush=True)
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
