"""What several files of tests use: where the checkout is, the environment of a process, randomness by seed, equality
within an error bar, and what a quiz says."""

import importlib.util
import os
import re
import time
from pathlib import Path

import torch

from course_pkg import elbo
from course_pkg.show.quiz import FOLDER

ROOT = Path(__file__).resolve().parents[1]
EXACT = {"rtol": 1e-12, "atol": 1e-12}  # float64 sums of a few hundred terms of size up to about 10 keep 13 digits


# What says where things stand on this machine, and which change `make mutate` tries; the rest of the caller's
# variables could change what a process does.
PLACES = ("PATH", "HOME", "TMPDIR", "SYSTEMROOT", "DISENTANGLE_CACHE", "MUTANT_UNDER_TEST")
RULES = {"OMP_NUM_THREADS": "1", "TQDM_DISABLE": "1", "MPLBACKEND": "Agg", "LC_ALL": "C.UTF-8", "PYTHONUTF8": "1"}


def environment(**more):
    """The whole environment of a process that a test starts: the same under any caller, but for where things stand.

    It imports this checkout and the tests' own modules. `more` is added, or replaces what is here.
    """
    places = {name: os.environ[name] for name in PLACES if name in os.environ}
    return {**places, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")]), **RULES, **more}


GUARD = 600  # seconds: what has not come by then, on any machine, does not come. Nothing is measured by it.


def wait_for(condition, process=None):
    """Until the condition holds, however long it takes. Red where `process` ended without it, or after GUARD."""
    end = time.monotonic() + GUARD
    while not condition():
        ended = process is not None and process.poll() is not None
        assert not ended or condition(), f"the process ended first: {process.stderr.read()}"
        assert time.monotonic() < end, f"it did not come within {GUARD} seconds"
        time.sleep(0.01)


def tool(name):
    """The module tools/NAME.py, which is no part of the package."""
    spec = importlib.util.spec_from_file_location(f"tool_{name}", ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def same(left, right, bound=EXACT):
    """left is right, which is made float64; within EXACT, or another `bound` that the test derives."""
    torch.testing.assert_close(torch.as_tensor(left), torch.as_tensor(right, dtype=torch.float64), **bound)


def said(quiz, *numbers):
    """The text of that quiz says every one of the numbers, which the caller computed."""
    text = re.sub(r"\s+", " ", (FOLDER / f"{quiz}.md").read_text("utf-8"))
    missing = [number for number in numbers if number not in text]
    assert not missing, f"the quiz {quiz} does not say {missing}"


def gaussian_gradients(sigma, beta):
    """Of the loss of five images with pixels of width sigma and the KL weighed by beta, by what the nets give out."""
    x, mean, kl = (torch.rand(5, 1, 8, 8, generator=generator(k), dtype=torch.float64) for k in range(3))
    mean.requires_grad_()
    kl.requires_grad_()
    loss = -elbo.gaussian_log_likelihood(x, mean, sigma).sum() + beta * kl.sum()
    return torch.cat([grad.flatten() for grad in torch.autograd.grad(loss, [mean, kl])])
