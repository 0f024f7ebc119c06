"""What several files of tests use: where the checkout is, the environment of a process, randomness by seed, equality
within an error bar, chains whose lines are computed once, and what a quiz says."""

import importlib.util
import os
import re
import time
from dataclasses import fields, is_dataclass, replace
from functools import cache, wraps
from pathlib import Path

import torch

from course_pkg import elbo
from course_pkg.show.quiz import FOLDER

ROOT = Path(__file__).resolve().parents[1]
EXACT = {"rtol": 1e-12, "atol": 1e-12}  # float64 sums of a few hundred terms of size up to about 10 keep 13 digits


# What says where things stand on this machine, which change `make mutate` tries, and as which processor PyTorch reckons
# (a process that goes on with another's numbers must reckon alike); the rest of the caller's variables could change
# what a process does.
PLACES = ("PATH", "HOME", "TMPDIR", "SYSTEMROOT", "DISENTANGLE_CACHE", "MUTANT_UNDER_TEST", "ATEN_CPU_CAPABILITY")
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


def holds_a_generator(world):
    """Whether a generator is among its parts: each line uses it up, so that no two lines see the same world."""
    parts = [getattr(world, f.name) for f in fields(world)] if is_dataclass(world) else world
    inner = parts if isinstance(parts, (tuple, list)) else ()
    return isinstance(world, torch.Generator) or any(map(holds_a_generator, inner))


def once(function):
    """The same function, computed once on each world. The worlds are kept, so that no other gets the id of one."""
    found = {}

    @wraps(function)
    def value(world):
        if id(world) not in found:
            found[id(world)] = world, function(world)
        return found[id(world)][1]

    return value


def remembered(chain):
    """The same chain, with each world drawn once and each line computed once on it: for tests that change one line
    after another. Where a world holds a generator, the chain as it is."""
    if any(holds_a_generator(kind.draw(0)) for kind in chain.worlds):
        return chain
    steps = [
        replace(
            step,
            value=once(step.value),
            also={name: once(way) for name, way in step.also.items()},
            tight=step.tight and cache(step.tight),
        )
        for step in chain.steps
    ]
    return replace(chain, steps=tuple(steps), worlds=tuple(replace(k, draw=cache(k.draw)) for k in chain.worlds))


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
