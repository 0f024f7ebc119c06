"""What the page `capacity` loads instead of training: it is what the tools train, and a short run has the same form."""

import json

import pytest
import torch

from course_pkg.bottleneck import factors
from helpers import ROOT, tool

FOLDER = ROOT / "course_pkg" / "bottleneck"


@pytest.fixture(scope="module")
def images():
    return factors.sprites(200, side=16, seed=0)[0]


def kept(name):
    return json.loads((FOLDER / name).read_text("utf-8"))


def form(run):
    """What a training gave, by its shape; which training it was is left out."""
    return {key: torch.tensor(run[key]).shape for key in run.keys() - {"gamma", "penalty", "seed", "steps"}}


def test_the_long_ramp_is_what_its_tool_trains(images):
    made, tools = kept("long_ramp.json"), tool("long_ramp")
    card = made["card"]
    assert (card["gamma"], card["capacity"], card["lr"]) == (tools.GAMMA, [0.0, tools.END], tools.LR)
    assert [run["steps"] for run in made["runs"]] == list(tools.STEPS)
    short = tools.run(tools.POINTS, images)
    assert all(short.keys() == run.keys() and form(short) == form(run) for run in made["runs"])
    assert short["information"] <= torch.tensor(200.0).log() + 1e-6 and short["rate"] > 0


def test_the_hinge_runs_are_what_their_tool_trains(images, monkeypatch):
    made, tools = kept("hinge.json"), tool("hinge_paths")
    assert (made["card"]["steps"], made["card"]["seeds"]) == (tools.STEPS, tools.SEEDS)
    cases = {(run["gamma"], run["penalty"], run["seed"]) for run in made["runs"]}
    assert cases == {(*case, seed) for case in tools.CASES for seed in range(tools.SEEDS)}
    assert len(cases) == len(made["runs"])
    monkeypatch.setattr(tools, "STEPS", tools.STEPS // tools.EVERY)
    monkeypatch.setattr(tools, "EVERY", 1)
    short = tools.run(tools.PENALTIES["hinge"](30.0), 0, images)
    assert all(form(short) == form(run) for run in made["runs"])
