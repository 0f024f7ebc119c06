"""Wrong answers that give what a student's gave, in every case within rounding: those of a catalogue, and the right
answer to other arguments."""

import itertools
from collections.abc import Callable, Mapping, Sequence
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


def widened(trials: Trials) -> Trials:
    """With one number that came for many written into each of their places."""
    wide = lambda v, like: v.expand(like.shape) if v.numel() == 1 and v.ndim <= like.ndim else v
    all_ = [
        replace(t, got={k: wide(v, t.right[k]) if k in t.right else v for k, v in t.got.items()}) for t in trials.all
    ]
    return replace(trials, all=all_)


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
OF_COUNTS = ("`{}` were one less", "`{}` were one more", "`{}` were twice as much", "`{}` were half as much",
             "`{}` were squared")  # fmt: skip


def as_if(trials: Trials, entry: str) -> Relation | None:
    """The right answer to a question with one argument changed, or two exchanged, in every case."""
    there = sorted(trials.comparable(entry), key=lambda t: t.case.rung == "hand")
    given = there[0].case.arguments
    numbers = [n for n, v in given.items() if quantity(v) and n not in there[0].case.sizes]
    plain = not any(isinstance(v, Tensor | str | list) for v in given.values())  # then no count is a length of a table
    whole = [
        n for n, v in given.items() if isinstance(v, int) and not isinstance(v, bool) and n not in ("seed", "hidden")
    ]
    counts = [n for n in whole if plain or n not in there[0].case.sizes]
    tries: list[tuple[str, Callable[[Mapping[str, Any]], Mapping[str, Any]]]] = []
    for name in numbers + counts:
        changes = CHANGES if name in numbers else {text: CHANGES[text] for text in OF_COUNTS}
        tries += [(text.format(name), partial(_one_changed, name, f)) for text, f in changes.items()]
    for one, other in [*itertools.combinations(numbers, 2), *itertools.combinations(counts, 2)]:
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


# What it does where something is changed that comes in ------------------------------------------------------------

PROBES: dict[str, Callable[[Any], Any]] = {
    "is doubled": lambda v: 2 * v,
    "has one added": lambda v: v + 1,
    "changes sign": lambda v: -v,
    "is cubed": lambda v: v**3,
    "comes in reversed order": lambda v: v.flip(0),
}
TIMES = {0.25: "a quarter", 0.5: "half", 1.0: "the same", 2.0: "twice as much", 4.0: "four times as much",
         8.0: "eight times"}  # fmt: skip


def probed(trials: Trials, entries: Sequence[str], seen: str = "") -> list[Relation]:
    """What is right stays, changes, rises or vanishes where one argument is changed, and the answer does otherwise.

    Found in three cases at once, by asking the answer and the reference. seen: what was said already.
    """
    off = lambda t: any(e in t.got and not agrees(t.got[e], t.right[e], 1e-4) for e in entries)
    cases = [t for t in trials.all if off(t) and t.got.keys() >= set(entries)]
    cases = sorted(cases, key=lambda t: (t.case.rung == "hand", t.case.rung == "trap"))[:3]
    if len(cases) < 2 or not trials.again:
        return []
    given = cases[0].case.arguments
    plain = not any(isinstance(v, Tensor | str) for v in given.values())
    names = [
        n for n, v in given.items() if quantity(v) or (plain and isinstance(v, int) and n not in ("seed", "hidden"))
    ]
    found: list[Relation] = []
    for name in (n for n in names if f"`{n}`" not in seen):
        probes = {**PROBES, "is zero": lambda v: 0 * v}
        if isinstance(given[name], int):  # no count is below zero
            probes = {what: probes[what] for what in ("is doubled", "has one added")}
        told = (_probe(trials, cases, entries, name, *probe) for probe in probes.items())
        found += [r for r in told if r][:1]
    return found[:2]


def _probe(trials: Trials, cases: Sequence[Trial], entries: Sequence[str], name: str, what: str, f: Callable) -> Any:
    """What one change of one argument tells; None where nothing, or where it cannot be made."""
    said = set()
    for t in cases:
        try:
            value = f(t.case.arguments[name])
            value = float(value) if isinstance(t.case.arguments[name], float) else value
            other = Case(t.case.rung, {**t.case.arguments, name: value}, t.case.sizes)
        except (ValueError, TypeError, AttributeError, OverflowError, IndexError):
            return None
        theirs = parts_of(call_answer(trials.question.reference, [other], trials.question.call)[0])
        assert trials.again
        mine = trials.again([other])[0]
        if any(not values.keys() >= set(entries) for values in (theirs, mine)):
            return None
        right, changed, got, here = (
            torch.cat([v[e].flatten() for e in entries]) for v in (t.right, theirs, t.got, mine)
        )
        if right.shape != changed.shape or got.shape != here.shape or not all(map(finite, (right, changed, got, here))):
            return None
        said.add(_reaction(right, changed, got, here, what))
    text = said.pop() if len(said) == 1 else ""
    rungs = {t.case.rung for t in cases}
    if text and rungs == {"trap"}:  # elsewhere the answer may be right, or as near as need be
        text += ", in a trap"
    return Relation("symmetry", f"where `{name}` {what}, {text}") if text else None


def _reaction(right: Tensor, theirs: Tensor, got: Tensor, mine: Tensor, what: str) -> str:
    """How the right numbers and the answer's react, where they do so differently."""
    if what == "is zero":
        zero = [bool((v.abs() < 1e-12).all()) for v in (theirs, mine)]
        return (
            ""
            if zero[0] == zero[1]
            else f"it should {'' if zero[0] else 'not '}be zero, and is{' not' if zero[0] else ''}"
        )
    stays = [same(a, b, 1e-9, 1e-12) for a, b in ((right, theirs), (got, mine))]
    if stays[0] != stays[1]:
        return f"it should {'stay the same' if stays[0] else 'change'}, and does not"
    if right.numel() > 1 or stays[0]:
        return ""
    if bool((theirs - right) * (mine - got) < 0):
        return f"it should {'rise' if bool(theirs > right) else 'fall'}, and does the opposite"
    times = [
        next((t for k, t in TIMES.items() if same(b, k * a, 1e-6, 0)), "") for a, b in ((right, theirs), (got, mine))
    ]
    return f"it should be {times[0]}, and is {times[1]}" if all(times) and times[0] != times[1] else ""


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
