"""What becomes of an answer where some of what comes in is left out, doubled, reordered or nudged alone."""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from course_pkg.grading.evidence import Trial
from course_pkg.grading.probes.alone import alone, axes_of, lengths, taken
from course_pkg.grading.probes.asking import Asking, Both
from course_pkg.grading.probes.behaviour import normalised
from course_pkg.grading.relations import Relation, same

FEW = 24  # entries of an argument that are nudged one by one


def pieces(asking: Asking) -> list[Relation]:
    """What is told of each length that arguments share, and of what in an argument has an effect."""
    trials = [t for t in asking.wrong() if any(isinstance(v, Tensor) for v in t.case.arguments.values())]
    if len(trials) < 2:
        return []
    found = [Relation("piece", text) for text in alone(asking, trials)]
    for word in lengths(trials[0].case):
        told = [_of_length(asking, t, word) for t in trials[:2]]
        found += [Relation("piece", text) for text in told[0] if all(text in other for other in told[1:])][:1]
    return found + _unseen(asking, trials[:2])


# One length ------------------------------------------------------------------------------------------


def _of_length(asking: Asking, trial: Trial, word: str) -> list[str]:
    """All that is true of one case: how it should go with these, and does not."""
    there = axes_of(trial.case, word)
    if not there:
        return []
    length, axes = there
    base = asking.both(trial.case)
    if not base:
        return []
    sums = any(normalised(trial.case.arguments[name]) for name in axes)
    along = {e: [k for k, n in enumerate(base.right[e].shape) if n == length] for e in asking.entries}
    every = torch.arange(length)
    ask = lambda index: asking.both(taken(trial.case, axes, index))
    told = []
    turned = ask(every.flip(0))
    if turned:
        follows = _hold(asking, base, turned, lambda v, e: _select(v, along[e], every.flip(0)))
        if follows == (True, False):
            what = "only reorder what comes out" if any(along.values()) else "change nothing"
            told.append(f"the {word} in another order should {what}, and do more")
    if sums:
        return told
    if any(along.values()):
        cut = ask(every[:-1])
        holds = lambda v, e: _select(v, along[e], every[:-1])
        if cut and all(along.values()) and _hold(asking, base, cut, holds) == (True, False):
            told.append(f"without the last of the {word} the others should stay as they are, and do not: "
                        "something is shared between them")  # fmt: skip
    else:
        told += _added(asking, base, ask(every[:1]), ask(every[1:]), word)
    doubled = ask(every.repeat(2)) if not any(along.values()) else None
    if doubled:
        states = [_times(v, w, asking.entries) for v, w in ((base.right, doubled.right), (base.got, doubled.got))]
        if states[0] and states[0] != states[1]:
            yours = f"is {states[1]}" if states[1] else "is not"
            told.append(f"where all {word} come twice, it should be {states[0]}, and {yours}")
    return told


def _added(asking: Asking, base: Both, first: Both | None, others: Both | None, word: str) -> list[str]:
    """Whether the answers to two lots add up where the right ones do."""
    if not first or not others:
        return []
    adds = lambda a, b, whole: all(same(a[e] + b[e], whole[e], 1e-8, 1e-10) for e in asking.entries)
    if not adds(first.right, others.right, base.right) or adds(first.got, others.got, base.got):
        return []
    return [f"over the {word} it should add up (what the first gives, and what the others give), and does not"]


def _select(v: Tensor, axes: Sequence[int], index: Tensor) -> Tensor:
    for axis in axes:
        v = v.index_select(axis, index)
    return v


def _hold(asking: Asking, base: Both, other: Both, f: Callable[[Tensor, str], Tensor]) -> tuple[bool, bool]:
    """Whether the right numbers, and those that came, become f of themselves."""
    fits = lambda after, wanted: after.shape == wanted.shape and same(after, wanted, 1e-8, 1e-10)
    holds = lambda before, after: all(fits(after[e], f(before[e], e)) for e in asking.entries)
    return holds(base.right, other.right), holds(base.got, other.got)


def _times(before: Mapping[str, Tensor], after: Mapping[str, Tensor], entries: Sequence[str]) -> str:
    if all(float(after[e].abs().max()) < 1e-9 for e in entries):
        return "zero"
    names = {1.0: "the same", 2.0: "twice as much", 0.5: "half as much", 4.0: "four times as much"}
    for k, text in names.items():
        if all(before[e].shape == after[e].shape and same(after[e], k * before[e], 1e-8, 1e-10) for e in entries):
            return text
    return ""


# What has an effect --------------------------------------------------------------------------------------


def _unseen(asking: Asking, trials: Sequence[Trial]) -> list[Relation]:
    """The entries of an argument that have no effect and should, or have one and should not."""
    found = []
    for name, value in trials[0].case.arguments.items():
        if not isinstance(value, Tensor) or not value.is_floating_point() or normalised(value) or not asking.real(name):
            continue
        told = [_effects(asking, t, name) for t in trials]
        found += [Relation("piece", f"of `{name}` {text}") for text in told[0] if text in told[-1]][:1]
    return found


def _effects(asking: Asking, trial: Trial, name: str) -> list[str]:
    value = trial.case.arguments[name]
    base = asking.both(trial.case)
    if not base or not 2 <= value.numel() <= FEW or not bool(value.isfinite().all()):
        return []
    moved: list[list[bool]] = [[], []]
    for k in range(value.numel()):
        nudge = value.flatten().clone()
        nudge[k] += 0.3 * nudge[k].abs() + 0.05
        there = asking.both(trial.case, **{name: nudge.reshape(value.shape)})
        if not there:
            return []
        for side, (before, after) in enumerate(((base.right, there.right), (base.got, there.got))):
            moved[side].append(any(not same(before[e], after[e], 1e-10, 1e-12) for e in asking.entries))
    right, got = (torch.tensor(m).reshape(value.shape) for m in moved)
    for wanted, text in ((right & ~got, "{} no effect, and should"), (got & ~right, "{} an effect, and should not")):
        if wanted.any() and not wanted.all():
            places = [where for where, mark in _named(value) if torch.equal(mark, wanted)]
            if places:
                return [f"{w} {text.format('have' if w.startswith(('all', 'the numbers')) else 'has')}" for w in places]
    return []


def _named(value: Tensor) -> list[tuple[str, Tensor]]:
    """Sets of places of a table, in words."""
    index = torch.arange(value.numel()).reshape(value.shape)
    found = []
    if value.ndim == 1:
        n = len(value)
        found = [("the first number", index == 0), ("the last number", index == n - 1),
                 ("all but the first", index > 0), ("all but the last", index < n - 1),
                 ("all but the first two", index > 1)]  # fmt: skip
    if value.ndim == 2:
        rows, columns = value.shape
        row, column = index // columns, index % columns
        found = [("the first row", row == 0), ("the first column", column == 0), ("the last row", row == rows - 1),
                 ("the last column", column == columns - 1), ("all rows but the first", row > 0),
                 ("all columns but the first", column > 0)]  # fmt: skip
        if rows == columns:
            found += [("the numbers off the diagonal", row != column), ("the numbers on the diagonal", row == column)]
            found += [
                ("the numbers above the diagonal", row < column),
                ("the numbers below the diagonal", row > column),
            ]
    found += [("all but the largest", value < value.max()), ("all but the smallest", value > value.min()),
              ("the largest number alone", value == value.max()), ("the smallest number alone", value == value.min()),
              ("all above zero", value > 0), ("all below zero", value < 0)]  # fmt: skip
    return found
