"""What an answer does when it is asked again: calls that differ, arguments without effect, what an error follows."""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from course_pkg.grading.evidence import Parts, Trials, agrees, by_reference
from course_pkg.grading.plain import finite
from course_pkg.grading.probes.structure import whole
from course_pkg.grading.question import Case
from course_pkg.grading.relations import Relation, same


def behaviour(trials: Trials, entries: Sequence[str]) -> list[Relation]:
    """All that a few more calls tell; nothing where no one can be asked."""
    wrong = [t.case for t in trials.all if any(e in t.got and not agrees(t.got[e], t.right[e], 1e-4) for e in entries)]
    if not trials.again or not trials.question.reference or not wrong:
        return []
    case = next((c for c in wrong if c.rung != "hand"), wrong[0])  # the error can be asked only where there is one
    first, second = trials.again([case, case])
    if not first or any(not finite(v) for v in first.values()):
        return []
    if first.keys() == second.keys() and any(not same(first[k], second[k], 1e-12) for k in first):
        return [Relation("random", "two calls on the same input differ: the answer draws at random, or remembers")]
    broken = [
        Relation("symmetry", f"it should {s.text}, and does not")
        for s in trials.question.symmetries
        if not _follows(trials.again([replace(case, arguments={**case.arguments, **s.change(case.arguments)})])[0],
                        {e: s.then(case.arguments, first[e]) for e in entries})
    ]  # fmt: skip
    asked = _errors(trials, case, entries)
    idle = [r for name, what in asked.items() if what == "idle" for r in _idle(trials, name, entries, wrong)]
    if "idle" in asked.values() or all(whole(t.right[e]) for t in trials.all for e in entries):
        return broken + idle
    # An error that does not follow an argument in one case may do so in another: a second one is asked.
    other = next((c for c in reversed(wrong) if c.rung != "hand" and c is not case), case)
    again = _errors(trials, other, entries)
    spared = [f"`{n}`" for n, what in asked.items() if what == "spared" and again.get(n) == "spared"]
    touched = [f"`{n}`" for n, what in asked.items() if f"`{n}`" not in spared]
    broken += special(trials, entries, wrong)
    if spared and touched:
        text = f"the error changes with {', '.join(touched)} and not with {', '.join(spared)}"
        return [*broken, Relation("error", f"{text}: what stands with the latter alone is right")]
    if spared and len(wrong) == len([t for t in trials.all if t.case.counts]):
        return [*broken, Relation("error", "the error depends on no number that comes in, only on the shapes")]
    return broken


def _errors(trials: Trials, case: Case, entries: Sequence[str]) -> dict[str, str]:
    """What each argument that the right answer follows does to an answer: nothing (idle), or its error follows the
    argument (touched), or does not (spared)."""
    assert trials.again
    right = by_reference(trials.question, case)
    first, found = trials.again([case])[0], {}
    if not set(entries) <= first.keys():
        return {}
    for name in case.arguments:
        others = changed(case, name)
        theirs = [by_reference(trials.question, other) for other in others]
        if not any(moved(t, right, entries) for t in theirs):
            continue  # the right answer does not see the change either
        mine = trials.again(others)
        if all(m.keys() == first.keys() and not moved(m, first, entries) for m in mine):
            found[name] = "idle"
        elif all(v.keys() >= set(entries) for v in (*mine[:2], *theirs[:2])):
            apart = [k for k in (0, 1, -1) if mine[k].keys() >= set(entries) and theirs[k].keys() >= set(entries)]
            errors = [difference(mine[k], theirs[k], entries) for k in apart]
            still = all(same(e, difference(first, right, entries), 1e-7, 1e-7) for e in errors)
            found[name] = "spared" if still else "touched"
    return found


def _idle(trials: Trials, name: str, entries: Sequence[str], wrong: Sequence[Case]) -> list[Relation]:
    """What is true of an argument that had no effect in one case: it has none in any, or in none that is wrong."""
    again = trials.again
    assert again

    def still(case: Case) -> bool:
        first, *others = again([case, *changed(case, name)])
        return all(entry in first for entry in entries) and not any(moved(o, first, entries) for o in others)

    if all(still(t.case) for t in trials.all[:6]):
        return [Relation("no effect", f"`{name}` has no effect on it, and should")]
    if all(still(case) for case in wrong):
        return [Relation("condition", f"in all {len(wrong)} cases that are wrong `{name}` has no effect, and should")]
    return []


def _follows(value: Parts, wanted: Parts) -> bool:
    """Whether it gives numbers that are as they should be; one that stops there proves nothing."""
    return not value or all(e in value and same(value[e], wanted[e], 1e-6, 1e-8) for e in wanted)


def difference(got: Parts, right: Parts, entries: Sequence[str]) -> Tensor:
    """What is wrong with an answer, as one vector; empty where the shapes differ."""
    if any(got[e].shape != right[e].shape for e in entries):
        return torch.zeros(0)
    return torch.cat([(got[e] - right[e]).flatten() for e in entries])


def moved(value: Parts, first: Parts, entries: Sequence[str]) -> bool:
    return any(e not in value or not same(value[e], first[e], 1e-12, 1e-15) for e in entries)


# A case with other values of an argument

SCALES = (1.07, 0.9, 2.0, 0.5, 10.0, 0.1)  # of a number: the first two are near, a count may need the others to move


def changed(case: Case, name: str) -> list[Case]:
    """The case with other values of one argument; none for text and for what only draws weights."""
    value = case.arguments[name]
    others: list[Any]
    if isinstance(value, Tensor) and value.is_floating_point():
        further = [10 * value, value / 10, value * value.abs()]
        turned = value.flatten().flip(0).reshape(value.shape)  # a small change may leave an order as it was
        others = [nudged(value, 0.2), nudged(value, -0.1), *([] if normalised(value) else further), turned]
    elif isinstance(value, float):
        others = [scale * value for scale in SCALES]
    elif isinstance(value, int) and name not in ("seed", "hidden"):
        others = [value + 1, value + 2, 2 * value + 3, 10 * value]
    else:
        return []
    return [Case(case.rung, {**case.arguments, name: other}, case.sizes) for other in others]


@dataclass(frozen=True)
class Special:
    """A special value of an argument: a named one, or that of another argument."""

    name: str
    value: str = ""
    other: str = ""

    @property
    def text(self) -> str:
        return f"`{self.name}` equals `{self.other}`" if self.other else f"`{self.name}` is {self.value}"


def special(trials: Trials, entries: Sequence[str], wrong: Sequence[Case]) -> list[Relation]:
    """At which special values of one argument an answer that is wrong becomes right, in two cases or more."""
    again, question = trials.again, trials.question
    if not again:
        return []
    tried = [dict(specials(case)) for case in [c for c in wrong if c.rung != "hand"][:4]]
    found = []
    for place in dict.fromkeys(p for those in tried for p in those):
        cases = [those[place] for those in tried if place in those]
        right = [by_reference(question, case) for case in cases]
        both = [(c, r) for c, r in zip(cases, right, strict=True) if _nonzero(r, entries)]
        mine = again([c for c, _ in both]) if len(both) > 1 else []
        fit = [all(e in m and agrees(m[e], r[e], question.tolerance) for e in entries)
               for m, (_, r) in zip(mine, both, strict=False)]  # fmt: skip
        if fit and all(fit) and not _right_beside(trials, entries, place, [c for c, _ in both]):
            found.append(place.text)
    return [Relation("special", f"right as soon as {' or '.join(found[:3])}")] if found else []


def _right_beside(trials: Trials, entries: Sequence[str], place: Special, cases: Sequence[Case]) -> bool:
    """Whether it is right a little beside that value of the argument as well, which then is no special one."""
    name = place.name
    if place.value not in ("one", "one half", "a quarter of pi") or isinstance(cases[0].arguments[name], int):
        return False
    beside = [replace(c, arguments={**c.arguments, name: 1.07 * c.arguments[name]}) for c in cases]
    right = [by_reference(trials.question, case) for case in beside]
    assert trials.again
    if not all(_nonzero(r, entries) for r in right):
        return False
    mine = trials.again(beside)
    return all(e in m and agrees(m[e], r[e], trials.question.tolerance) for m, r in zip(mine, right, strict=False)
               for e in entries)  # fmt: skip


def _nonzero(right: Parts, entries: Sequence[str]) -> bool:
    """Whether a right answer is there and is not zero, which many answers are there."""
    return all(e in right and finite(right[e]) and bool((right[e].abs() > 1e-6).any()) for e in entries)


def specials(case: Case) -> Iterator[tuple[Special, Case]]:
    """The case with one argument at a value at which a factor is one, a term zero, or two things the same."""
    tensors = {n: v for n, v in case.arguments.items() if isinstance(v, Tensor) and v.is_floating_point()}
    for name, v in case.arguments.items():
        tries: list[tuple[str, Any]] = []
        if isinstance(v, float):
            tries = [("zero", 0.0), ("one", 1.0), ("one half", 0.5), ("a quarter of pi", math.pi / 4)]
        elif isinstance(v, int) and not isinstance(v, bool) and name not in ("seed", "hidden"):
            tries = [("one", 1), ("zero", 0)]
        elif name in tensors and normalised(v):
            tries = [("the same everywhere", renormalised(torch.ones_like(v), normalised(v)))]
        elif name in tensors:
            tries = [("zero", torch.zeros_like(v)), ("one", torch.ones_like(v))]
            if v.ndim == 2 and v.shape[0] == v.shape[1]:
                tries.append(("diagonal", v.diagonal().diag()))
        for word, value in tries:
            if not (torch.equal(value, v) if isinstance(v, Tensor) else value == v):
                yield Special(name, word), replace(case, arguments={**case.arguments, name: value})
    numbers = {n: v for n, v in case.arguments.items() if isinstance(v, int | float) and not isinstance(v, bool)}
    for one, other in itertools.combinations((n for n in numbers if n not in ("seed", "hidden")), 2):
        if type(numbers[one]) is type(numbers[other]) and numbers[one] != numbers[other]:
            equal = {**case.arguments, one: numbers[other]}
            yield Special(one, other=other), replace(case, arguments=equal)
    for one, other in itertools.combinations(tensors, 2):
        if tensors[one].shape == tensors[other].shape:
            equal = {**case.arguments, one: tensors[other]}
            yield Special(one, other=other), replace(case, arguments=equal)


def nudged(value: Tensor, strength: float) -> Tensor:
    """The numbers, each scaled by another factor; what sums to one, as it stands or as logarithms, still does so."""
    factor = 1 + strength * torch.linspace(0.5, 1.5, value.numel(), dtype=value.dtype).reshape(value.shape)
    new = torch.where(value.isinf(), value, value * factor)
    return renormalised(new, normalised(value))


def renormalised(new: Tensor, kind: str) -> Tensor:
    """Numbers that sum to one again, in the way that `normalised` found."""
    if not kind:
        return new
    axes = {"rows": (-1,), "all": tuple(range(new.ndim)), "each": tuple(range(1, new.ndim))}[kind.split(", ")[1]]
    return new - new.logsumexp(axes, keepdim=True) if kind.startswith("logs") else new / new.sum(axes, keepdim=True)


def normalised(value: Tensor) -> str:
    """What of a table sums to one: its rows, all of it or each of its first index; nothing where none does.

    As "numbers, rows" or, where logarithms stand there, "logs, rows".
    """
    one = lambda v: bool((v - 1).abs().max() < 1e-9)
    for name, there, p in (("logs", value <= 0, value.exp()), ("numbers", value >= 0, value)):
        if value.ndim and bool(there.all()):
            kinds = {"rows": (-1,), "all": tuple(range(value.ndim)), "each": tuple(range(1, value.ndim)) or (0,)}
            found = [kind for kind, axes in kinds.items() if one(p.sum(axes))]
            if found:
                return f"{name}, {found[0]}"
    return ""
