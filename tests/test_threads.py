"""How many threads the command line trains on: free processors, the caller's number, the run's own."""

import os
from types import SimpleNamespace

import pytest
import torch

from course_pkg.commands import threads, train
from course_pkg.training import checkpoint

SMALL = "vae --data digits --latents 2 --steps 3 --batch-size 8 --device cpu".split()


@pytest.fixture(autouse=True)
def machine(monkeypatch):
    """Four processors whose loads a test states; the number of threads afterwards is what it was."""
    before = torch.get_num_threads()
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1, 2, 3}, raising=False)
    state = SimpleNamespace(loads=[0, 0, 0, 0])
    monkeypatch.setattr(threads.psutil, "cpu_percent", lambda seconds, percpu: list(state.loads))
    yield state
    torch.set_num_threads(before)


@pytest.mark.parametrize(
    "loads, free",
    [
        ([0, 0, 0, 0], 4),
        ([10, 5, 5, 5], 4),  # a desk at rest
        ([100, 0, 0, 0], 3),
        ([25, 25, 25, 25], 3),  # one process that wanders
        ([100, 100, 60, 0], 1),
        ([100, 100, 100, 100], 1),  # never none
    ],
)
def test_threads_are_the_processors_that_others_leave_free(machine, loads, free):
    machine.loads = loads
    assert threads.free_processors() == free


def test_no_more_threads_than_processors_that_this_process_may_use(machine, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {2}, raising=False)
    assert threads.free_processors() == 1


def test_the_callers_number_stays(machine, monkeypatch, tmp_path):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    torch.set_num_threads(3)
    assert "OMP_NUM_THREADS" in threads.choose_threads(tmp_path) and torch.get_num_threads() == 3


def test_a_run_goes_on_with_the_number_of_threads_with_which_it_began(machine, tmp_path, capsys):
    """A sum on other threads has other last digits: what is free now must not change the bits of a run."""
    folder = tmp_path / "run"
    machine.loads = [100, 100, 0, 0]
    assert train.main([*SMALL, "--folder", str(folder)]) == 0
    assert "threads: 2 of" in capsys.readouterr().out
    assert checkpoint.note(folder / checkpoint.NAME)["provenance"][0]["threads"] == 2
    machine.loads = [0, 0, 0, 0]
    assert threads.choose_threads(folder) == "threads: 2, as before" and torch.get_num_threads() == 2
