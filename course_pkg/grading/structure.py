"""What the pattern of wrong numbers says, and what the answer does when it is asked again."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from course_pkg.grading.calling import call_answer
from course_pkg.grading.evidence import Parts, Trial, Trials, agrees, parts_of
from course_pkg.grading.naming import changed, special
from course_pkg.grading.plain import finite
from course_pkg.grading.question import Case
from course_pkg.grading.relations import Relation, same

NEAR = 2e-2  # of a number: nearer than that, in every case, is an approximation


def structure(trials: Trials, entry: str, tolerance: float) -> list[Relation]:
    """What the pattern of the wrong numbers says."""
    there = trials.comparable(entry)
    telling = [t for t in there if t.case.counts]  # where it is zero for a trivial reason, being right tells nothing
    found = _whole(there, entry) + _sizes_of_one(there, entry, tolerance) + _bounds(telling, entry, tolerance)
    found += _departs(there, entry, tolerance) + _split_by(there, entry, tolerance) + _times(telling, entry)
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


def whole(v: Tensor) -> bool:
    return bool((v == v.round()).all())


def _whole(there: Sequence[Trial], entry: str) -> list[Relation]:
    if len(there) > 1 and all(whole(t.right[entry]) for t in there) and not all(whole(t.got[entry]) for t in there):
        return [Relation("condition", "not a whole number, and it should be one")]
    return []


def _sizes_of_one(there: Sequence[Trial], entry: str, tolerance: float) -> list[Relation]:
    """Right where a size is one and wrong where it is not: what is summed, averaged or indexed along it."""
    state = [(t.case.sizes, agrees(t.got[entry], t.right[entry], tolerance)) for t in there]
    names = {n for sizes, _ in state for n in sizes}
    ones = [n for n in names if all((sizes.get(n, 1) == 1) == fine for sizes, fine in state)]
    if (
        len(ones) == 1 and len({fine for _, fine in state}) == 2 and sum(fine for _, fine in state) > 1
    ):  # where two sizes are one at once, neither is named
        return [Relation("factor", f"right where the number of {ones[0]} is one, wrong wherever it is more")]
    return []


def _times(there: Sequence[Trial], entry: str) -> list[Relation]:
    """How many times too large or too small a number is, where that is much and about the same in every case."""
    numbers = [(float(t.got[entry]), float(t.right[entry])) for t in there if t.right[entry].numel() == 1]
    if len(numbers) < max(5, len(there)) or any(g * r <= 0 for g, r in numbers):
        return []
    times = sorted(g / r for g, r in numbers)
    low, high = (times[0], times[-1]) if times[0] > 1 else (1 / times[-1], 1 / times[0])
    if low < 1.5 or high > 3 * low:
        return []
    side = "large" if times[0] > 1 else "small"
    return [Relation("condition", f"in every case {low:.2g} to {high:.2g} times too {side}")]


def _split_by(there: Sequence[Trial], entry: str, tolerance: float) -> list[Relation]:
    """A number of the case that tells the cases that are right from those that are not."""
    fine = [agrees(t.got[entry], t.right[entry], tolerance) for t in there]
    if len(set(fine)) < 2 or len(fine) < 6:
        return []
    for name in [n for n, v in there[0].case.arguments.items() if isinstance(v, float)]:
        good = [t.case.arguments[name] for t, f in zip(there, fine, strict=True) if f]
        bad = [t.case.arguments[name] for t, f in zip(there, fine, strict=True) if not f]
        for right_, wrong in ((good, bad), (bad, good)):
            if len(set(right_)) == 1 and right_[0] in (0.0, 1.0) and right_[0] not in wrong:
                word = "right" if right_ is good else "wrong"
                return [Relation("condition", f"{word} in just the cases where `{name}` is {right_[0]:g}")]
        if {t.case.rung for t, f in zip(there, fine, strict=True) if not f} == {"trap"}:
            continue  # what is special about a trap is told by its hint, not by what else it has
        if len(bad) == 1 and len(set(good)) > 1 and not min(good) <= bad[0] <= max(good):
            side = "smallest" if bad[0] < min(good) else "largest"
            return [Relation("condition", f"wrong in the case of the {side} `{name}` alone: what stops there?")]
        if min(len(good), len(bad)) > 1 and (max(bad) < min(good) or max(good) < min(bad)):
            side = "small" if max(bad) < min(good) else "large"
            return [Relation("condition", f"wrong in the cases of a {side} `{name}` and in no other")]
    return []


def _departs(there: Sequence[Trial], entry: str, tolerance: float) -> list[Relation]:
    """A sequence that is right for some steps, and then is not."""
    firsts = set()
    for t in there:
        got, right = t.got[entry], t.right[entry]
        if agrees(got, right, tolerance):
            continue
        if right.ndim != 1 or len(right) < 5:
            return []
        first = next(k for k in range(len(right)) if not agrees(got[k], right[k], tolerance))
        if any(agrees(g, r, tolerance) for g, r in zip(got[first:], right[first:], strict=True)):
            return []  # steps that follow each other do not come right again
        firsts.add(first)
    if len(firsts) != 1 or 0 in firsts or len(there) < 3:
        return []
    text = f"right up to number {firsts.pop()}, counted from one, and wrong from the next on: what changes there?"
    return [Relation("departs", text)]


def _bounds(there: Sequence[Trial], entry: str, tolerance: float) -> list[Relation]:
    """Wrong exactly where a number stops at a bound."""
    got, right = (torch.cat([getattr(t, side)[entry].flatten() for t in there] or [torch.zeros(0)])
                  for side in ("got", "right"))  # fmt: skip
    size = torch.maximum(got.abs(), right.abs()).clamp_min(1.0)
    off = (got - right).abs() > tolerance * size
    if int(off.sum()) < 2 or int((~off).sum()) < 2 or whole(right):
        return []  # among counts a few are equal by chance
    g, r, kept = got[off], right[off], right[~off]
    steady = lambda v: bool((v - v[0]).abs().max() < 1e-9)
    if bool((r.abs() < 1e-9).all()):
        return [Relation("condition", "wrong only where it should be zero")]
    if bool((g.abs() < 1e-9).all()):
        return [Relation("condition", "wrong only where yours is zero")]
    bounds = {0.0, 1.0, -1.0, *(abs(float(v)) for t in there for v in (*t.case.sizes.values(), *_floats(t.case)))}
    bound = lambda v: any(abs(abs(float(v[0])) - b) < 1e-9 for b in bounds)
    if steady(r) and bound(r):
        return [Relation("condition", "wrong only where the right one stands at a bound: is a limit missing?")]
    if steady(kept) and bound(kept) and bool((r > kept[0] + 1e-9).all() or (r < kept[0] - 1e-9).all()):
        at = f"{abs(kept[0].item()):g}" if kept[0].item() in (0.0, 1.0) else "at its bound"
        return [Relation("condition", f"right only where it should be {at}, wrong everywhere else")]
    if steady(g) and not steady(r):
        return [Relation("condition", f"wherever it is wrong, yours stands at {g[0].item():.4g}: is there a limit that "
                         "should not be?")]  # fmt: skip
    if bool((r < 0).all()) and bool((right[~off] >= 0).all()) and bool((right[~off] > 0).any()):
        return [Relation("condition", "right wherever it should be zero or more, wrong wherever it should be less")]
    return []


def _floats(case: Case) -> list[float]:
    return [v for v in case.arguments.values() if isinstance(v, int | float)]


# Behaviour: two calls that differ, arguments without effect, what an error depends on ---------------


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
    right = parts_of(call_answer(trials.question.reference, [case], trials.question.call)[0])
    first, found = trials.again([case])[0], {}
    if not set(entries) <= first.keys():
        return {}
    for name in case.arguments:
        others = changed(case, name)
        theirs = [parts_of(o) for o in call_answer(trials.question.reference, others, trials.question.call)]
        if not any(moved(t, right, entries) for t in theirs):
            continue  # the right answer does not see the change either
        mine = trials.again(others)
        if all(m.keys() == first.keys() and not moved(m, first, entries) for m in mine):
            found[name] = "idle"
        elif all(v.keys() >= set(entries) for v in (*mine[:2], *theirs[:2])):
            errors = [difference(m, t, entries) for m, t in zip(mine[:2], theirs[:2], strict=True)]
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
