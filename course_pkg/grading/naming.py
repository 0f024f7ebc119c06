"""Wrong answers that give what a student's gave, in every case within rounding: those of a catalogue, and the right
answer to other arguments."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from torch import Tensor

from course_pkg.grading.evidence import Parts, Trial, Trials, agrees, by_reference, by_slip, quantity
from course_pkg.grading.plain import finite
from course_pkg.grading.question import Case, Question, Wrong, words
from course_pkg.grading.relations import Pair, Relation, by_factor, by_offset, offsets, ratios, same


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


def scaled_slips(trials: Trials, entry: str) -> Relation | None:
    """A slip of the catalogue times one number, or with one added, in every case: two slips at once."""
    there = sorted(trials.comparable(entry), key=lambda t: t.case.rung == "hand")
    for wrong in trials.question.wrong if len(there) >= 4 else ():
        pairs = []
        for t in there:
            theirs = by_slip(trials.question, wrong.answer, t.case)
            if entry not in theirs or theirs[entry].shape != t.got[entry].shape or not finite(theirs[entry]):
                break
            pairs.append(Pair(t.got[entry], theirs[entry]))
            if len(pairs) == 2 and not (ratios(pairs, trials.rounding) or offsets(pairs, trials.rounding)):
                break
        found = by_factor(pairs, trials.rounding) or by_offset(pairs, trials.rounding)
        if found and len(pairs) == len(there):
            text = found.text.replace("what it should be", "what this slip gives", 1)
            return Relation("two", f"two slips at once. {wrong.name}: {words(wrong.message)} And {text}")
    return None


def matches(trials: Trials, answer: Callable) -> set[str]:
    """The entries in which this slip is found; none where it is not, or where any number contradicts it."""
    question, entries, floor = trials.question, set(trials.all[0].right), nothing(trials.question)
    bad: set[str] = set()
    pairs = []
    # The cases by hand come last: they tell the fewest answers apart, and most slips are ruled out by one case.
    for t in sorted(trials.all, key=lambda t: t.case.rung == "hand"):
        theirs = by_slip(question, answer, t.case)
        bad |= {k for k, v in theirs.items() if k in t.right and not agrees(v, t.right[k], question.tolerance)}
        pairs.append((t, theirs))
        if _contradicts(
            t.got, theirs, bad - set(question.derived) if question.independent else entries, trials.rounding, floor
        ):
            return set()
    if question.independent:
        entries = bad - set(question.derived) or bad | {s for e in bad for s in question.derived[e]}
    if any(_contradicts(t.got, theirs, entries, trials.rounding, floor) for t, theirs in pairs):
        return set()
    there = [(t, theirs) for t, theirs in pairs if entries <= theirs.keys()]
    told = [(t, theirs) for t, theirs in there if all(e in t.got and finite(t.got[e]) for e in entries)]
    seen = any(not agrees(theirs[e], t.right[e], question.tolerance) for t, theirs in told for e in entries)
    return entries if seen and 2 * len(told) >= len(there) else set()


def _contradicts(got: Parts, theirs: Parts, entries: set[str], rounding: float, floor: float = 1e-9) -> bool:
    """Whether a finite number that came is not what the slip gives."""
    for entry in entries:
        mine, other = got.get(entry), theirs.get(entry)
        if mine is not None and finite(mine) and (other is None or not same(mine, other, rounding, floor)):
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
    "`{}` were its absolute value": lambda v: v.abs() if isinstance(v, Tensor) else abs(v),
    "`{}` were one less itself": lambda v: 1 - v,
    "`{}` had nothing below zero": lambda v: v.clamp_min(0),
    "`{}` had nothing above one": lambda v: v.clamp_max(1),
    "`{}` were its diagonal alone": lambda v: v.diagonal().diag(),
    "`{}` had zeros on its diagonal": lambda v: v - v.diagonal().diag(),
    "`{}` had its rows and columns exchanged": lambda v: v.mT if v.ndim > 1 else None,
    "`{}` came in reversed order": lambda v: v.flip(0),
    "the columns of `{}` came in reversed order": lambda v: v.flip(-1) if v.ndim > 1 else None,
    "`{}` had its own mean taken off": lambda v: v - v.mean(),
    "`{}` had the mean of each column taken off": lambda v: v - v.mean(0) if v.ndim > 1 else None,
    "`{}` had the mean of each row taken off": lambda v: v - v.mean(-1, keepdim=True) if v.ndim > 1 else None,
    "`{}` were divided by its deviation": lambda v: v / v.std(),
    "`{}` were normalised to sum to one": lambda v: v / v.sum(),
    "each row of `{}` were normalised to sum to one": lambda v: v / v.sum(-1, keepdim=True) if v.ndim > 1 else None,
    "each column of `{}` were normalised to sum to one": lambda v: v / v.sum(0, keepdim=True) if v.ndim > 1 else None,
    "`{}` were rounded": lambda v: v.round() if isinstance(v, Tensor) else float(round(v)),
    "`{}` were its largest, everywhere": lambda v: v.amax().expand_as(v),
    "`{}` were its first, everywhere": lambda v: v[:1].expand_as(v),
}
PAIRS: dict[str, Callable[[Any, Any], Any]] = {
    "`{}` times `{}`": lambda a, b: a * b, "`{}` over `{}`": lambda a, b: a / b, "`{}` plus `{}`": lambda a, b: a + b,
    "`{}` less `{}`": lambda a, b: a - b, "`{}` times the square of `{}`": lambda a, b: a * b**2,
    "`{}` over the square of `{}`": lambda a, b: a / b**2, "`{}` times the root of `{}`": lambda a, b: a * b**0.5,
    "`{}` over the root of `{}`": lambda a, b: a / b**0.5, "`{}` plus half of `{}`": lambda a, b: a + b / 2,
}  # fmt: skip
OF_COUNTS = ("`{}` were one less", "`{}` were one more", "`{}` were twice as much", "`{}` were half as much",
             "`{}` were squared")  # fmt: skip
ALIKE = {"`{}` were squared": "{} were squared", "`{}` were its root": "{} were their roots",
         "`{}` were log of itself": "{} were log of themselves"}  # fmt: skip


def nothing(question: Question) -> float:
    """What is next to nothing: where zero is right, a number that was iterated need not be nearer."""
    return min(max(1e-9, question.tolerance / 10), 1e-5)


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
    several = range(2, len(numbers) + 1) if len(numbers) < 4 else ()
    for names in itertools.chain.from_iterable(itertools.combinations(numbers, k) for k in several):
        both = " and ".join(f"`{name}`" for name in names)
        tries += [(says.format(both), partial(_all_changed, names, CHANGES[text])) for text, says in ALIKE.items()]
    least = 8 if all(bool((t.right[entry] == t.right[entry].round()).all()) for t in there) else 3
    if len(there) < least:
        return None
    by_two = [
        (f"`{one}` were {text.format(one, other)}", partial(_by_another, one, other, g))
        for one, other in itertools.permutations([*numbers, *whole] if len(numbers) + len(whole) < 5 else [], 2)
        if one in numbers + counts and not (isinstance(given[other], Tensor) and not isinstance(given[one], Tensor))
        for text, g in PAIRS.items()
    ]
    return _that_fits(trials, there, entry, tries) or _that_fits(trials, there, entry, by_two)


def _that_fits(trials: Trials, there: Sequence[Trial], entry: str, tries: Sequence[tuple[str, Callable]]) -> Any:
    """The change that gives what came, where only one of its argument does."""
    given = there[0].case.arguments
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
    value = f(given[name])
    if value is None or (isinstance(value, Tensor) and value.equal(given[name])):
        raise ValueError("no change")
    return {name: value}


def _all_changed(names: Sequence[str], f: Callable[[Any], Any], given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: f(given[name]) for name in names}


def _by_another(one: str, other: str, f: Callable[[Any, Any], Any], given: Mapping[str, Any]) -> dict[str, Any]:
    value = f(given[one], given[other])
    if isinstance(given[one], Tensor) and value.shape != given[one].shape:
        raise ValueError("another shape")
    if isinstance(given[one], int) and value != int(value):
        raise ValueError("no whole number")
    return {one: int(value) if isinstance(given[one], int) else value}


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
    except (
        ArithmeticError,
        ValueError,
        TypeError,
        AttributeError,
        RuntimeError,
        IndexError,
    ):  # a change that this has not
        return False
    found = by_reference(question, other)
    return entry in found and same(found[entry], t.got[entry], 10 * rounding, nothing(question))
