"""What the pattern of wrong numbers says, and what an answer does when it is asked again."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from course_pkg.grading.calling import call_answer
from course_pkg.grading.evidence import Trial, Trials, agrees
from course_pkg.grading.plain import finite
from course_pkg.grading.question import Case, Question
from course_pkg.grading.relations import Relation, same

NEAR = 2e-2  # of a number: nearer than that, in every case, is an approximation


def structure(trials: Trials, entry: str, tolerance: float) -> list[Relation]:
    """What the pattern of the wrong numbers says."""
    there = trials.comparable(entry)
    found = _whole(there, entry) + _sizes_of_one(there, entry, tolerance) + _bounds(there, entry, tolerance)
    wrong = [t for t in there if not agrees(t.got[entry], t.right[entry], tolerance)]
    if tolerance < 1e-3 and wrong:
        gap = max(_distance(t.got[entry], t.right[entry]) for t in wrong)
        if gap < NEAR and len(there) > 1:
            found.append(Relation("near", f"near in every case and exact in none of {len(wrong)}: within "
                                  f"{max(100 * gap, 1e-4):.1g} percent. An approximation (few steps or samples, a "
                                  "grid, an epsilon, single precision), or a term that is small here"))  # fmt: skip
    return found


def _distance(got: Tensor, right: Tensor) -> float:
    size = torch.maximum(got.abs(), right.abs()).clamp_min(1e-3 * float(right.abs().max()) + 1e-12)
    return float(((got - right).abs() / size).max())


def _whole(there: Sequence[Trial], entry: str) -> list[Relation]:
    whole = lambda v: bool((v == v.round()).all())
    if len(there) > 1 and all(whole(t.right[entry]) for t in there) and not all(whole(t.got[entry]) for t in there):
        return [Relation("condition", "not a whole number, and it should be one")]
    return []


def _sizes_of_one(there: Sequence[Trial], entry: str, tolerance: float) -> list[Relation]:
    """Right where a size is one and wrong where it is not: what is summed, averaged or indexed along it."""
    state = [(t.case.sizes, agrees(t.got[entry], t.right[entry], tolerance)) for t in there]
    for name in there[0].case.sizes if there else ():
        if all((sizes.get(name, 1) == 1) == fine for sizes, fine in state) and len({fine for _, fine in state}) == 2:
            return [Relation("factor", f"right where the number of {name} is one, wrong wherever it is more")]
    return []


def _bounds(there: Sequence[Trial], entry: str, tolerance: float) -> list[Relation]:
    """Wrong exactly where a number stops at a bound."""
    got, right = (torch.cat([getattr(t, side)[entry].flatten() for t in there] or [torch.zeros(0)])
                  for side in ("got", "right"))  # fmt: skip
    size = torch.maximum(got.abs(), right.abs()).clamp_min(1.0)
    off = (got - right).abs() > tolerance * size
    if int(off.sum()) < 2 or int((~off).sum()) < 2:
        return []
    g, r = got[off], right[off]
    steady = lambda v: bool((v - v[0]).abs().max() < 1e-9)
    if bool((r.abs() < 1e-9).all()):
        return [Relation("condition", "wrong only where it should be zero")]
    if bool((g.abs() < 1e-9).all()):
        return [Relation("condition", "wrong only where yours is zero")]
    if steady(r):
        return [Relation("condition", "wrong only where the right one stands at a bound: is a limit missing?")]
    if steady(g):
        return [Relation("condition", f"wherever it is wrong, yours stands at {g[0].item():.4g}: is there a limit that "
                         "should not be?")]  # fmt: skip
    if bool((r < 0).all()) and bool((right[~off] >= 0).all()):
        return [Relation("condition", "right wherever it should be zero or more, wrong wherever it should be less")]
    return []


# Behaviour: asked of the answer again ---------------------------------------------------------------


def behaviour(trials: Trials, entries: Sequence[str]) -> list[Relation]:
    """Two calls that differ; an argument that has no effect, though it should."""
    if not trials.again:
        return []
    case = next((t.case for t in trials.all if t.case.rung == "random"), trials.all[0].case)
    first, second = trials.again([case, case])
    if first.keys() == second.keys() and any(not same(first[k], second[k], 1e-12) for k in first if finite(first[k])):
        return [Relation("random", "two calls on the same input differ: the answer draws at random, or remembers")]
    found = []
    for name in case.arguments:
        others = changed(case, name)
        if not others or not first:
            continue
        given = trials.again(others)
        idle = all(g.keys() == first.keys() and all(torch.equal(g[k], first[k]) for k in entries) for g in given)
        if idle and matters(trials.question, case, others, entries):
            found.append(Relation("no effect", f"`{name}` has no effect on it, and should"))
    return found


def changed(case: Case, name: str) -> list[Case]:
    """The case with another value of one argument, in two ways; none for text and for what only draws weights."""
    value = case.arguments[name]
    others: list[Any]
    if isinstance(value, Tensor) and value.is_floating_point() and value.numel() > 1:
        others = [value.roll(1, -1).flip(0), value.flip(-1)] if value.ndim > 1 else [value.flip(0), value.roll(1)]
    elif isinstance(value, float):
        others = [1.07 * value + 0.01, 0.93 * value]
    elif isinstance(value, int) and name not in ("seed", "hidden"):
        others = [value + 1, value + 2]
    else:
        return []
    return [Case(case.rung, {**case.arguments, name: other}, case.sizes) for other in others]


def matters(question: Question, case: Case, others: Sequence[Case], entries: Sequence[str]) -> bool:
    """Whether the right answer sees the change."""
    found = [o.value for o in call_answer(question.reference, [case, *others], question.call)]
    return any(value != found[0] for value in found[1:])
