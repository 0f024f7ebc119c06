"""Where a text says that only one of several names does a thing, exactly that one does it."""

import re

import torch

from course_pkg.cascade import objectives
from course_pkg.runs.systems import SYSTEMS
from helpers import ROOT, generator
from test_amounts import PAGES
from test_systems import fitted

ONLY = re.compile(r"\bonly `([\w-]+)` ([^.;:|]+)")


def assigns(system, monkeypatch):
    """Whether a step of the system solves an assignment, which is done on the host."""
    asked = []
    solve = objectives.assign
    with monkeypatch.context() as patched:
        patched.setattr(objectives, "assign", lambda *given: asked.append(1) or solve(*given))
        fitted(system, torch.rand(20, 1, 3, 3, generator=generator()).round(), steps=1, batch_size=10)
    return bool(asked)


# {what only one does: (all names of its kind, whether one of them does it)}
DOES = {"does, since it assigns values on the host": (SYSTEMS, assigns)}


def sentences():
    """Each that says so: its page, the name, and what only that one does."""
    for path in PAGES:
        for found, does in ONLY.findall(" ".join(path.read_text("utf-8").split())):
            yield path.relative_to(ROOT).as_posix(), found, does.strip()


def test_only_the_one_that_is_named_does_it(monkeypatch):
    told = [*sentences()]
    for page, found, does in told:
        assert does in DOES, f"{page}: 'only `{found}` {does}': say in DOES of tests/test_only.py who does it"
        names, holds = DOES[does]
        doing = [name for name in names if holds(name, monkeypatch)]
        assert doing == [found], f"{page}: 'only `{found}` {does}': that is so of {doing}"
    assert {does for *_, does in told} == {*DOES}, "what no text says any more goes out of DOES"
