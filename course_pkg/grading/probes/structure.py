"""What the pattern of wrong numbers says, which conditions they do not meet, and last their size."""

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from course_pkg.grading.evidence import Trial, Trials, agrees
from course_pkg.grading.plain import finite
from course_pkg.grading.question import Case
from course_pkg.grading.relations import Relation, same

NEAR = 2e-2  # of a number: nearer than that, in every case, is an approximation


def structure(trials: Trials, entry: str, tolerance: float) -> list[Relation]:
    """What the pattern of the wrong numbers says."""
    there = trials.comparable(entry)
    telling = [t for t in there if t.case.counts]  # where it is zero for a trivial reason, being right tells nothing
    found = _mixture(there, entry, trials.rounding) or _whole(there, entry) + _counted(there, entry, tolerance)
    found += _sizes_of_one(there, entry, tolerance) + _bounds(telling, entry, tolerance)
    found += _departs(there, entry, tolerance) + _split_by(there, entry, tolerance) + _times(telling, entry)
    wrong = [t for t in there if not agrees(t.got[entry], t.right[entry], tolerance)]
    if tolerance < 1e-3 and wrong:
        gap = max(_distance(t.got[entry], t.right[entry]) for t in wrong)
        if gap < NEAR and len(there) > 1:
            found.append(Relation("near", f"near in every case and exact in none of {len(wrong)}: within "
                                  f"{max(100 * gap, 1e-4):.1g} percent. An approximation (few steps or samples, a "
                                  "grid, an epsilon, single precision), or a term that is small here"))  # fmt: skip
    return found


PLACES = ("first", "second", "third", "fourth")
WEIGHTS = {0.0: "", 0.5: "half of the ", 1.0: "the ", 2.0: "twice the "}


def _mixture(there: Sequence[Trial], entry: str, rounding: float) -> list[Relation]:
    """Where every case has the same few numbers: each of them made of the right ones, in the same way in every case."""
    lengths = {len(t.right[entry]) if t.right[entry].ndim == 1 else 0 for t in there}
    k = max(lengths, default=0)
    if len(lengths) != 1 or not 2 <= k <= len(PLACES) or len(there) < k + 3:
        return []
    right, got = (torch.stack([getattr(t, side)[entry] for t in there]) for side in ("right", "got"))
    values = torch.linalg.svdvals(right / right.abs().amax(0).clamp_min(1e-12))
    weights = torch.linalg.lstsq(right, got).solution
    plain = (2 * weights).round() / 2
    known = bool(torch.isin(plain.abs(), torch.tensor(list(WEIGHTS), dtype=plain.dtype)).all())
    if values[-1] < 1e-4 or not known or not same(right @ plain, got, 10 * rounding):
        return []
    said = [f"your {PLACES[j]} is {_sum(plain[:, j].tolist())}" for j in range(k)]
    return [Relation("order", f"made of the right numbers: {', '.join(said)} of them")]


def _sum(weights: Sequence[float]) -> str:
    """So much of each right number, in words: those that are added first."""
    named = [(w, WEIGHTS[abs(w)] + place) for w, place in zip(weights, PLACES, strict=False) if w]
    added, less = ([text for w, text in named if (w > 0) == up] for up in (True, False))
    first = " plus ".join(added) if added else f"minus {less.pop(0)}" if less else "none"
    return first + "".join(f" less {text}" for text in less)


def _distance(got: Tensor, right: Tensor) -> float:
    size = torch.maximum(got.abs(), right.abs()).clamp_min(1e-3 * float(right.abs().max()) + 1e-12)
    return float(((got - right).abs() / size).max())


def whole(v: Tensor) -> bool:
    return bool((v == v.round()).all())


def _whole(there: Sequence[Trial], entry: str) -> list[Relation]:
    right, got = ([whole(getattr(t, side)[entry]) for t in there] for side in ("right", "got"))
    if len(there) > 1 and all(right) and not all(got) and all(_from_arguments(t, entry) for t in there):
        return [Relation("condition", "other numbers than came in, and each should be one of those")]
    if len(there) > 1 and all(right) and not all(got):
        return [Relation("condition", "not a whole number, and it should be one")]
    if len(there) > 2 and all(got) and not any(right):
        return [Relation("whole", "whole numbers in every case, and it should be none")]
    return []


def _from_arguments(t: Trial, entry: str) -> bool:
    """Whether each right number is one of the numbers that are arguments."""
    return set(t.right[entry].flatten().tolist()) <= {float(v) for v in _floats(t.case)}


DRAWS = sorted(k * 10**e for k in (1, 2, 4, 5) for e in range(2, 6))


def _counted(there: Sequence[Trial], entry: str, tolerance: float) -> list[Relation]:
    """Whole multiples of one over a round number, as near as so many draws come, where what is right is none."""
    got, right = (torch.cat([getattr(t, side)[entry].flatten() for t in there]) for side in ("got", "right"))
    blur = 3e-7 if tolerance > 1e-5 else 1e-9
    multiples = lambda v, n: bool(((v * n - (v * n).round()).abs() < blur * n).all())
    for n in DRAWS if got.numel() > 9 and float(got.abs().max()) < 100 else ():
        if float((got - right).abs().max()) < 5 / n**0.5 and multiples(got, n) and not multiples(right, n):
            return [
                Relation("grid", f"whole multiples of 1 / {n} in every case: a grid, a rounding, or so many draws?")
            ]
    return []


def _sizes_of_one(there: Sequence[Trial], entry: str, tolerance: float) -> list[Relation]:
    """Right where a size is one and wrong where it is not: what is summed, averaged or indexed along it."""
    state = [(t.case.sizes, agrees(t.got[entry], t.right[entry], tolerance)) for t in there]
    names = {n for sizes, _ in state for n in sizes}
    ones = [n for n in names if all((sizes.get(n, 1) == 1) == fine for sizes, fine in state)]
    if (
        len(ones) == 1 and len({fine for _, fine in state}) == 2 and sum(fine for _, fine in state) > 1
    ):  # where two sizes are one at once, neither is named
        return [Relation("special", f"right where the number of {ones[0]} is one, wrong wherever it is more")]
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
        rungs = [{t.case.rung for t, f in zip(there, fine, strict=True) if f == side} for side in (True, False)]
        if min(len(set(good)), len(set(bad))) < 3 or min(map(len, rungs)) < 2:
            continue  # as well may it be what else these cases have in common
        if max(bad) < min(good) or max(good) < min(bad):
            side = "small" if max(bad) < min(good) else "large"
            return [Relation("condition", f"wrong in the cases of a {side} `{name}` and in no other")]
        if min(good) < min(bad) and max(bad) < max(good) and not any(min(bad) < v < max(bad) for v in good):
            return [Relation("condition", f"wrong where `{name}` is neither small nor large, and nowhere else")]
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
        return [Relation("zero", "wrong only where yours is zero")]
    bounds = {0.0, 1.0, -1.0, *(abs(float(v)) for t in there for v in (*t.case.sizes.values(), *_floats(t.case)))}
    bound = lambda v: any(abs(abs(float(v[0])) - b) < 1e-9 for b in bounds)
    if steady(r) and bound(r) and not steady(right):
        return [Relation("condition", "wrong only where the right one stands at a bound: is a limit missing?")]
    if steady(kept) and bound(kept) and bool((r > kept[0] + 1e-9).all() or (r < kept[0] - 1e-9).all()):
        return [Relation("condition", f"right only where it should be {kept[0].item():.6g}, wrong everywhere else")]
    stands = [g.min(), g.max()][: 2 - steady(g)]
    often = [int(((g - v).abs() < 1e-9).sum()) for v in stands]
    if not steady(r) and min(often) > 1 and sum(often) == len(g):
        at = " or ".join(f"{v.item():.4g}" for v in stands)
        return [Relation("condition", f"wherever it is wrong, yours stands at {at}: is there a limit that should not "
                         "be?")]  # fmt: skip
    if bool((r < 0).all()) and bool((kept >= 0).all()):
        return [Relation("condition", "right wherever it should be zero or more, wrong wherever it should be less")]
    return []


def _floats(case: Case) -> list[float]:
    return [v for v in case.arguments.values() if isinstance(v, int | float)]


# Conditions, and the size where nothing else is known


def conditions(trials: Trials) -> tuple[list[str], list[str]]:
    """What of the question's conditions the answer does not meet, and what it does."""
    missed, met = [], []
    for condition in trials.question.conditions:
        sizes = []
        for t in trials.all:
            if t.got.keys() == t.right.keys() and all(
                finite(t.got[k]) and t.got[k].shape == v.shape for k, v in t.right.items()
            ):
                left = condition.residual(t.case.arguments, t.got).double().abs()
                sizes.append(left.max().item() if left.numel() else 0.0)
        bad = [s for s in sizes if not s <= 100 * trials.rounding]
        if bad:
            worst = f", by up to {max(bad):.2g}" if all(map(math.isfinite, bad)) else ""
            missed.append(f"{condition.text}: not so in {len(bad)} of {len(sizes)} cases{worst}")
        elif sizes:
            met.append(condition.text)
    return missed, met


def size(got: Mapping[str, Tensor], right: Mapping[str, Tensor], entry: str, tolerance: float) -> str:
    """On which side, and how many numbers are right. Of one number no difference is told: it would be the answer."""
    g, r = got[entry], right[entry]
    side = "too large" if bool((g >= r).all()) else "too small" if bool((g <= r).all()) else "on both sides"
    if r.numel() == 1:
        return side
    fine = int(((g - r).abs() <= tolerance * torch.maximum(g.abs(), r.abs()).clamp_min(1.0)).sum())
    rank = g.flatten().argsort().equal(r.flatten().argsort()) and r.numel() > 3
    order = "; larger where it should be larger" if rank else ""
    largest = "" if not g.count_nonzero() else f"the largest difference is {(g - r).abs().max().item():.4g}, "
    return f"{largest}{side}; {fine} of {g.numel()} numbers are right{order}"
