"""Runs that take turns give what each gives alone, stop together, and do not fall with one that fails."""

import os
import signal

import pytest
import torch

from course_pkg import elbo
from course_pkg.models import networks
from course_pkg.runs import load, run
from course_pkg.runs.files import ERROR, read
from course_pkg.runs.sweep import side_by_side
from course_pkg.runs.task import checked, run_name
from course_pkg.training import train
from course_pkg.training.captured import uncapturable
from course_pkg.training.loop import in_steps
from course_pkg.training.turns import driven

TASK = {"system": "vae", "data": "digits", "steps": 12, "batch_size": 8, "latents": 2, "device": "cpu"}


def weights(model):
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def counted(n, seen, name):
    yield
    for k in range(n):
        seen.append((name, k))
        if (yield):
            return f"{name} stopped"
    return name


def test_they_take_turns_and_each_returns_in_its_place():
    seen = []
    assert driven([counted(2, seen, "a"), counted(3, seen, "b")]) == ["a", "b"]
    assert seen == [("a", 0), ("b", 0), ("a", 1), ("b", 1), ("b", 2)]


def test_what_one_raises_is_raised_when_the_others_have_ended():
    def fails():
        yield
        yield
        raise ZeroDivisionError("mine")

    seen = []
    with pytest.raises(ZeroDivisionError, match="mine"):
        driven([fails(), counted(3, seen, "b")])
    assert len(seen) == 3


def interrupts():
    yield
    os.kill(os.getpid(), signal.SIGINT)
    return (yield)


def test_ctrl_c_asks_every_run_to_stop_after_its_step():
    before = signal.getsignal(signal.SIGINT)
    seen = []
    assert driven([interrupts(), counted(5, seen, "b")]) == [True, "b stopped"]
    assert seen == [("b", 0)]
    assert signal.getsignal(signal.SIGINT) is before


def test_ctrl_c_ends_at_once_what_keeps_nothing():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # processes that run tests may listen to nothing
    try:
        with pytest.raises(KeyboardInterrupt):
            driven([interrupts(), counted(5, [], "b")], patient=False)
    finally:
        signal.signal(signal.SIGINT, before)


def test_ctrl_c_ends_at_once_what_is_not_ready():
    """One that waits for a lock or draws its images has no step to keep."""

    def waits():
        os.kill(os.getpid(), signal.SIGINT)
        yield

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            driven([waits(), counted(5, [], "b")])
    finally:
        signal.signal(signal.SIGINT, before)


def test_runs_in_turns_are_the_runs_alone(tmp_path):
    """On a CPU to the last bit: each draws from a generator of its own."""
    tasks = [checked({**TASK, "seed": seed}) for seed in range(2)]
    side_by_side(tasks, tmp_path)
    for task in tasks:
        run(task, tmp_path / "alone" / run_name(task), progress=False)
        mine, other = (load(place / run_name(task))[0] for place in (tmp_path, tmp_path / "alone"))
        assert torch.equal(weights(mine), weights(other))


def test_a_run_that_fails_is_told_in_its_folder_and_the_others_are_done(tmp_path):
    wild = checked({**TASK, "lr": 1e9, "steps": 60})
    side_by_side([wild, checked(TASK)], tmp_path)
    assert "stopped being finite" in read(tmp_path / run_name(wild) / ERROR)["error"]
    assert load(tmp_path / run_name(TASK))[1]["steps"] == 12


def test_training_says_what_cannot_be_captured():
    """The CPU has no graphs: the message says so before a step is done."""
    model, x = networks.mlp((1, 4, 4), 2, hidden=5), torch.zeros(8, 1, 4, 4)
    with pytest.raises(ValueError, match="captured: expected a CUDA device, got cpu: leave it out"):
        train(model, elbo.negative_elbo, x, steps=2, batch_size=4, device="cpu", captured=True, progress=False)


@pytest.mark.parametrize(
    "prices, scheduled, told",
    [
        ({"kl": 4.0}, False, ""),
        ({"kl": 4.0}, True, "a schedule says what is open"),
        ({"kl": lambda mean, step: mean}, False, "the price of model.kl is a function of the step"),
    ],
)
def test_what_python_decides_at_each_step_is_not_captured(prices, scheduled, told):
    found = uncapturable(torch.device("cuda"), prices, None, scheduled)
    assert found.endswith(told) and bool(found) == bool(told)


def test_train_is_in_steps_to_the_end():
    x = torch.rand(8, 1, 4, 4, generator=torch.Generator().manual_seed(0))
    ends = []
    for whole in (train, lambda *args, **options: driven([in_steps(*args, **options)])[0]):
        model = networks.mlp((1, 4, 4), 2, hidden=5)
        history = whole(model, elbo.negative_elbo, x, steps=3, batch_size=4, device="cpu", progress=False)
        ends.append((history.steps, weights(model)))
    assert ends[0][0] == ends[1][0] == [3] and torch.equal(ends[0][1], ends[1][1])
