"""Wrong answers that give what a student's gave, in every case within rounding: those of a catalogue, and the right
answer to other arguments."""

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import Tensor

from course_pkg.grading.calling import call_answer
from course_pkg.grading.evidence import Parts, Trial, Trials, agrees, parts_of, quantity
from course_pkg.grading.plain import finite
from course_pkg.grading.question import Case, Question, Wrong
from course_pkg.grading.relations import Relation, same


def named_slips(trials: Trials) -> list[Wrong]:
    """The wrong answers of the catalogue that give what the student's gave, in every case and entry, within rounding.

    Where the entries are computed apart, each may have its slip: then the entries that a slip gets wrong must agree.
    """
    found: list[tuple[int, Wrong]] = []
    explained: set[str] = set()
    order = list(trials.all[0].right)
    for wrong in trials.question.wrong:
        entries = next((e for e in (matches(trials, form) for form in wrong.forms) if e), set())
        if entries and not entries & explained:
            found.append((min(order.index(e) for e in entries), wrong))
            explained |= entries
        if found and not trials.question.independent:
            break
    return [wrong for _, wrong in sorted(found, key=lambda pair: pair[0])]


def nearly(trials: Trials) -> list[Wrong]:
    """The slips that give the same in every case that is no trap; none where those are too few to tell."""
    plain = [t for t in trials.all if t.case.rung != "trap"]
    return named_slips(replace(trials, all=plain)) if 4 <= len(plain) < len(trials.all) else []


def matches(trials: Trials, answer: Callable) -> set[str]:
    """The entries in which this slip is found; none where it is not, or where any number contradicts it."""
    question, entries = trials.question, set(trials.all[0].right)
    bad: set[str] = set()
    pairs = []
    # The cases by hand come last: they tell the fewest answers apart, and most slips are ruled out by one case.
    for t in sorted(trials.all, key=lambda t: t.case.rung == "hand"):
        theirs = parts_of(call_answer(answer, [t.case], question.call)[0])
        bad |= {k for k, v in theirs.items() if k in t.right and not agrees(v, t.right[k], question.tolerance)}
        pairs.append((t, theirs))
        if _contradicts(
            t.got, theirs, bad - set(question.derived) if question.independent else entries, trials.rounding
        ):
            return set()
    if question.independent:
        entries = bad - set(question.derived) or bad | {s for e in bad for s in question.derived[e]}
    if any(_contradicts(t.got, theirs, entries, trials.rounding) for t, theirs in pairs):
        return set()
    there = [(t, theirs) for t, theirs in pairs if entries <= theirs.keys()]
    told = [(t, theirs) for t, theirs in there if all(e in t.got and finite(t.got[e]) for e in entries)]
    seen = any(not agrees(theirs[e], t.right[e], question.tolerance) for t, theirs in told for e in entries)
    return entries if seen and 2 * len(told) >= len(there) else set()


def _contradicts(got: Parts, theirs: Parts, entries: set[str], rounding: float) -> bool:
    """Whether a finite number that came is not what the slip gives."""
    for entry in entries:
        mine, other = got.get(entry), theirs.get(entry)
        if mine is not None and finite(mine) and (other is None or not same(mine, other, rounding)):
            return True
    return False


# The right answer to something else -----------------------------------------------------------------

CHANGES: dict[str, Callable[[Any], Any]] = {
    "`{}` were squared": lambda v: v**2,
    "`{}` were its root": lambda v: v**0.5,
    "`{}` were twice as much": lambda v: 2 * v,
    "`{}` were half as much": lambda v: v / 2,
    "`{}` were minus itself": lambda v: -v,
    "`{}` were zero": lambda v: 0 * v,
    "`{}` were one": lambda v: 0 * v + 1,
    "`{}` were one over itself": lambda v: 1 / v,
    "`{}` were its mean, everywhere": lambda v: v.mean() + 0 * v,
    "`{}` were exp of itself": lambda v: v.exp(),
    "`{}` were log of itself": lambda v: v.log(),
    "`{}` were one less": lambda v: v - 1,
    "`{}` were one more": lambda v: v + 1,
}


def as_if(trials: Trials, entry: str) -> Relation | None:
    """The right answer to a question with one argument changed, or two exchanged, in every case."""
    there = sorted(trials.comparable(entry), key=lambda t: t.case.rung == "hand")
    given = there[0].case.arguments
    numbers = [n for n, v in given.items() if quantity(v) and n not in there[0].case.sizes]
    tries: list[tuple[str, Callable[[Mapping[str, Any]], Mapping[str, Any]]]] = []
    for name in numbers:
        tries += [(text.format(name), partial(_one_changed, name, f)) for text, f in CHANGES.items()]
    for name, v in given.items():
        if isinstance(v, int) and not isinstance(v, bool) and name not in (*there[0].case.sizes, "seed", "hidden"):
            tries += [(f"`{name}` were one {word}", partial(_one_changed, name, f))
                      for word, f in (("more", lambda v: v + 1), ("less", lambda v: v - 1))]  # fmt: skip
    for one, other in itertools.combinations(numbers, 2):
        tries.append((f"`{one}` and `{other}` were exchanged", partial(_exchanged, one, other)))
        if isinstance(given[one], Tensor) and isinstance(given[other], Tensor):
            text = (
                f"`{one}` and `{other}` were exp of themselves: is a logarithm taken for a probability, or the reverse?"
            )
            tries.append((text, partial(_both_exp, one, other)))
    least = 8 if all(bool((t.right[entry] == t.right[entry].round()).all()) for t in there) else 3
    if len(there) < least:
        return None
    fit = [
        text for text, change in tries if all(_as(trials.question, t, entry, change, trials.rounding) for t in there)
    ]
    # Where two changes of one argument give the same, these cases do not tell what it is: zero is told, or nothing.
    zeros = [t for t in fit if t.endswith("were zero") and isinstance(given[t.split("`")[1]], float)]
    for text in zeros or fit:
        if zeros or sum(other.split("` were")[0] == text.split("` were")[0] for other in fit) == 1:
            return Relation("as if", f"exactly what is right if {text}")
    return None


def _one_changed(name: str, f: Callable[[Any], Any], given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: f(given[name])}


def _both_exp(one: str, other: str, given: Mapping[str, Any]) -> dict[str, Any]:
    return {one: given[one].exp(), other: given[other].exp()}


def _exchanged(one: str, other: str, given: Mapping[str, Any]) -> dict[str, Any]:
    return {one: given[other], other: given[one]}


def _as(question: Question, t: Trial, entry: str, change: Callable, rounding: float) -> bool:
    arguments = {**t.case.arguments}
    try:
        arguments |= change(arguments)
        arguments |= {n: float(v) for n, v in arguments.items() if isinstance(t.case.arguments[n], float)}
        other = Case(t.case.rung, arguments, t.case.sizes)
    except (ValueError, TypeError, AttributeError, ZeroDivisionError, OverflowError):  # a change that this has not
        return False
    found = parts_of(call_answer(question.reference, [other], question.call)[0])
    return entry in found and same(found[entry], t.got[entry], 10 * rounding)


# A case with other values of an argument ------------------------------------------------------------

SCALES = (1.07, 0.9, 2.0, 0.5, 10.0, 0.1)  # of a number: the first two are near, a count may need the others to move


def changed(case: Case, name: str) -> list[Case]:
    """The case with other values of one argument; none for text and for what only draws weights."""
    value = case.arguments[name]
    others: list[Any]
    if isinstance(value, Tensor) and value.is_floating_point():
        further = [10 * value, value / 10, value * value.abs()]
        others = [nudged(value, 0.2), nudged(value, -0.1), *([] if normalised(value) else further)]
    elif isinstance(value, float):
        others = [scale * value for scale in SCALES]
    elif isinstance(value, int) and name not in ("seed", "hidden"):
        others = [value + 1, value + 2, 2 * value + 3, 10 * value]
    else:
        return []
    return [Case(case.rung, {**case.arguments, name: other}, case.sizes) for other in others]


def special(trials: Trials, entries: Sequence[str], wrong: Sequence[Case]) -> list[Relation]:
    """At which special values of one argument an answer that is wrong becomes right, in two cases or more."""
    again, question = trials.again, trials.question
    if not again:
        return []
    texts = [dict(specials(case)) for case in [c for c in wrong if c.rung != "hand"][:4]]
    found = []
    for text in dict.fromkeys(t for those in texts for t in those):
        cases = [those[text] for those in texts if text in those]
        right = [parts_of(o) for o in call_answer(question.reference, cases, question.call)]
        both = [(c, r) for c, r in zip(cases, right, strict=True) if _tells(r, entries)]
        mine = again([c for c, _ in both]) if len(both) > 1 else []
        fit = [all(e in m and agrees(m[e], r[e], question.tolerance) for e in entries)
               for m, (_, r) in zip(mine, both, strict=False)]  # fmt: skip
        if fit and all(fit):
            found.append(text)
    return [Relation("special", f"right as soon as {' or '.join(found[:3])}")] if found else []


def _tells(right: Parts, entries: Sequence[str]) -> bool:
    """Whether a right answer is there and is not zero, which many answers are there."""
    return all(e in right and finite(right[e]) and bool((right[e].abs() > 1e-6).any()) for e in entries)


def specials(case: Case) -> Iterator[tuple[str, Case]]:
    """The case with one argument at a value at which a factor is one, a term zero, or two things the same."""
    tensors = {n: v for n, v in case.arguments.items() if isinstance(v, Tensor) and v.is_floating_point()}
    for name, v in case.arguments.items():
        tries: list[tuple[str, Any]] = []
        if isinstance(v, float):
            tries = [("zero", 0.0), ("one", 1.0)]
        elif isinstance(v, int) and not isinstance(v, bool) and name not in ("seed", "hidden"):
            tries = [("one", 1)]
        elif name in tensors and normalised(v):
            tries = [("the same everywhere", v.logsumexp(-1, keepdim=True).expand_as(v) - math.log(v.shape[-1])
                      if normalised(v).startswith("logs") else v.mean(-1, keepdim=True).expand_as(v))]  # fmt: skip
        elif name in tensors:
            tries = [("zero", torch.zeros_like(v)), ("one", torch.ones_like(v))]
            if v.ndim == 2 and v.shape[0] == v.shape[1]:
                tries.append(("diagonal", v.diagonal().diag()))
        for word, value in tries:
            if not (torch.equal(value, v) if isinstance(v, Tensor) else value == v):
                yield f"`{name}` is {word}", replace(case, arguments={**case.arguments, name: value})
    for one, other in itertools.combinations(tensors, 2):
        if tensors[one].shape == tensors[other].shape:
            equal = {**case.arguments, one: tensors[other]}
            yield f"`{one}` equals `{other}`", replace(case, arguments=equal)


def nudged(value: Tensor, strength: float) -> Tensor:
    """The numbers, each scaled by another factor; what sums to one, as it stands or as logarithms, still does so."""
    factor = 1 + strength * torch.linspace(0.5, 1.5, value.numel(), dtype=value.dtype).reshape(value.shape)
    new = torch.where(value.isinf(), value, value * factor)
    kind = normalised(value)
    if kind.startswith("logs"):
        return new.log_softmax(-1) if kind.endswith("rows") else new - new.flatten().logsumexp(0)
    return new / (new.sum(-1, keepdim=True) if kind.endswith("rows") else new.sum()) if kind else new


def normalised(value: Tensor) -> str:
    """What of a table sums to one: its rows or all of it, as it stands or as logarithms; nothing where none does."""
    one = lambda v: bool((v - 1).abs().max() < 1e-9)
    for name, there, p in (("logs", value <= 0, value.exp()), ("numbers", value >= 0, value)):
        if value.ndim and bool(there.all()) and (one(p.sum(-1)) or one(p.sum())):
            return f"{name}, {'rows' if one(p.sum(-1)) else 'all'}"
    return ""
