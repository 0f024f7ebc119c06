"""At which values of an argument an answer is right: what a guard, a band or a cut-off does beyond its bounds."""

import itertools
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from course_pkg.grading.evidence import Trial
from course_pkg.grading.probes.asking import Asking, numbers
from course_pkg.grading.probes.behaviour import normalised
from course_pkg.grading.probes.structure import whole
from course_pkg.grading.relations import Relation

SIZES = (0.001, 0.01, 0.1, 0.5, 1.0, 3.0, 10.0, 30.0)
LADDER = (*(-s for s in reversed(SIZES)), 0.0, *SIZES)
SHARE = (0.0, 0.001, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 0.999, 1.0)
LEAST = 2  # values at which it is right, and at which it is wrong, before these are told
SWITCHES = 3  # between right and wrong, as one goes up in size: more is no band


def ladder(asking: Asking) -> list[Relation]:
    """One argument at which values it is right, and at which wrong, the same in two cases."""
    trials = asking.wrong()[:2]
    if len(trials) < 2 or all(whole(t.right[e]) for t in asking.trials.all for e in asking.entries):
        return []
    for name, value in numbers(trials[0].case):
        if (isinstance(value, Tensor) and normalised(value)) or not asking.real(name):
            continue
        values = SHARE if asking.share(name) else [v for v in LADDER if v > 0 or not _positive(asking, name)]
        states = _states(asking, trials[0], name, values)
        fine = [v for v, right in states.items() if right]
        if min(len(fine), len(states) - len(fine)) < LEAST or not _banded(states):
            continue
        if _states(asking, trials[1], name, values) == states:
            which = f"every number of `{name}`" if isinstance(value, Tensor) else f"`{name}`"
            wrong = [v for v in states if v not in fine]
            few, word, other = (wrong, "wrong", "right") if len(wrong) <= len(fine) else (fine, "right", "wrong")
            rest = f"{len(states) - len(few)} that were tried, from {min(states):g} to {max(states):g}"
            return [Relation("place", f"{word} where {which} is {_listed(few)}, {other} at the other {rest}")]
    return []


def _positive(asking: Asking, name: str) -> bool:
    values = [torch.as_tensor(t.case.arguments[name]) for t in asking.trials.all]
    return all(bool((v > 0).all()) for v in values)


def _states(asking: Asking, trial: Trial, name: str, values: Sequence[float]) -> dict[float, bool]:
    """Whether it is right with the argument at each of these values, where both give numbers."""
    found = {}
    for v in values:
        both = asking.both(trial.case, **{name: _at(v, trial.case.arguments[name])})
        if both:
            found[v] = not asking.off(Trial(trial.case, both.got, both.right))
    return found


def _at(v: float, value: Any) -> Any:
    return torch.full_like(value, v) if isinstance(value, Tensor) else v


def _banded(states: dict[float, bool]) -> bool:
    """Whether, on each side of zero, right and wrong change a few times only."""
    sides = ([s for v, s in states.items() if v >= 0], [s for v, s in states.items() if v <= 0])
    return all(sum(a != b for a, b in itertools.pairwise(side)) <= SWITCHES for side in sides)


def _listed(values: Sequence[float]) -> str:
    """Values in words, those of both signs once."""
    sizes = [v for v in values if v > 0 and -v in values]
    one = [f"{v:g}" for v in values if abs(v) not in sizes]
    both = "plus or minus " + _or([f"{v:g}" for v in sizes]) if sizes else ""
    return ", or ".join(filter(None, [_or(one), both]))


def _or(texts: Sequence[str]) -> str:
    return " or ".join(filter(None, [", ".join(texts[:-1]), *texts[-1:]]))
