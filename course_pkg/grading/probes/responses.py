"""How an answer follows an argument, beside how the right one does: by which law, and how strongly."""

import math
from collections.abc import Callable, Sequence
from operator import mul

import torch
from torch import Tensor

from course_pkg.grading.evidence import Trial
from course_pkg.grading.probes.asking import MOST, Asking, numbers
from course_pkg.grading.probes.behaviour import normalised, nudged
from course_pkg.grading.probes.structure import whole
from course_pkg.grading.relations import CONSTANTS, Relation

FACTORS = (1.13, 1.3, 0.87)  # small enough to stay in the domain of most arguments
SHARES = (0.87, 0.7, 0.95)  # of what must not pass 1
STEADY = 1e-6
NUDGES = (0.2, -0.1, 0.35)  # of probabilities: by how much they are made uneven
COUNTS = (2, 3, 4)  # times what a count was
HIDDEN = ("seed", "hidden")
Row = tuple[Tensor, Tensor]  # right, got
POWERS = {1.0: "in proportion to {}", 2.0: "with the square of {}", 3.0: "with the cube of {}",
          4.0: "with the fourth power of {}", 0.5: "with the root of {}", -1.0: "with one over {}",
          -2.0: "with one over the square of {}", -0.5: "with one over the root of {}"}  # fmt: skip


def responses(asking: Asking) -> list[Relation]:
    """What is told of each argument: at most one sentence, the most telling that is true of every case asked."""
    trials = asking.wrong()
    if len(trials) < 2 or all(whole(t.right[e]) for t in asking.trials.all for e in asking.entries):
        return []  # a count does not follow what is changed a little
    found = []
    for name, value in numbers(trials[0].case):
        if not asking.real(name):
            continue
        if isinstance(value, Tensor) and normalised(value):
            found += _of_table(asking, trials, name)
        else:
            found += _of_number(asking, trials, name, SHARES if asking.share(name) else FACTORS)
    given = trials[0].case.arguments
    counts = [n for n, v in given.items() if isinstance(v, int) and not isinstance(v, bool) and n not in HIDDEN]
    if not any(isinstance(v, Tensor | str | list) for v in given.values()):  # then no count is a length of a table
        for name in counts:
            found += _of_number(asking, trials, name, COUNTS)
    return sorted(found, key=lambda r: r.kind != "response")


def _of_number(asking: Asking, trials: Sequence[Trial], name: str, factors: Sequence[float]) -> list[Relation]:
    """Of an argument that may be any number."""
    say = lambda tables: _ratio(tables, name) or _laws(tables, name, factors) or _strength(tables, name, factors)
    return _in_all(asking, trials, lambda trial: _table(asking, trial, name, factors, mul), say)


def _of_table(asking: Asking, trials: Sequence[Trial], name: str) -> list[Relation]:
    """Of probabilities: they are nudged, and made more and more certain."""
    return _in_all(
        asking, trials, lambda trial: _table(asking, trial, name, NUDGES, _nudge), lambda tables: _ratio(tables, name)
    )


def _in_all(asking: Asking, trials: Sequence[Trial], ask: Callable, say: Callable) -> list[Relation]:
    """What a few cases tell, where the further wrong cases tell the same; those in which what is right stands still
    tell nothing."""
    tables = [table for table in map(ask, trials) if table]
    said = say(tables) if len(tables) == len(trials) else None
    if not said:
        return []
    further = [table for table in map(ask, asking.wrong(most=None)[MOST:]) if table and _moved(table)]
    again = say([*tables, *further]) if further else said
    return [said] if again and again.text == said.text else []


def _moved(table: Sequence[Row]) -> bool:
    right, _ = _moves([table])
    return float(right.abs().max()) > 1e-9


def _nudge(strength: float, value: Tensor) -> Tensor:
    return nudged(value, strength)


def _table(asking: Asking, trial: Trial, name: str, by: Sequence[float], change: Callable) -> list[Row] | None:
    """The numbers of the case as it stands, then after each change; None where one cannot be asked."""
    rows = [asking.both(trial.case)]
    value = trial.case.arguments[name]
    rows += [asking.both(trial.case, **{name: change(k, value)}) for k in by]
    flat = [row.flat(asking.entries) for row in rows if row]
    fits = len(flat) == len(rows) and all(r.shape == flat[0][0].shape for r, _ in flat)
    return flat if fits else None


def _moves(tables: Sequence[Sequence[Row]]) -> tuple[Tensor, Tensor]:
    """By how much the right numbers and those that came are moved, over all changes."""
    right = torch.cat([r - table[0][0] for table in tables for r, _ in table[1:]])
    got = torch.cat([g - table[0][1] for table in tables for _, g in table[1:]])
    return right, got


def _ratio(tables: Sequence[Sequence[Row]], name: str) -> Relation | None:
    """Moved by one number of times as much as it should be, whatever the change and the case."""
    right, got = _moves(tables)
    size = float(right.abs().max())
    there = right.abs() > 1e-6 * size
    if size < 1e-9 or int(there.sum()) < 4 or bool((got[~there].abs() > 1e-5 * size).any()):
        return None
    ratio = got[there] / right[there]
    middle = float(ratio.median())
    if (
        bool((ratio - middle).abs().max() > 1e-5 * max(abs(middle), 1e-3))
        or abs(middle) < 1e-4
        or abs(middle - 1) < 1e-5
    ):
        return None
    named = (f"exactly {t}" for c, t in CONSTANTS.items() if math.isclose(c, middle, rel_tol=1e-5))
    text = next(named, f"about {middle:.3g} times")
    if text == "exactly minus":
        return Relation(
            "response", f"where `{name}` changes, yours changes by exactly as much as it should, the other way"
        )
    return Relation("response", f"where `{name}` changes, yours changes by {text} what it should")


def law(table: Sequence[Row], side: int, factors: Sequence[float]) -> str:
    """How the numbers follow a factor: a power of it, on a straight line in it, in one over it or in its logarithm."""
    base = table[0][side]
    moved = [row[side] for row in table[1:]]
    size = float(base.abs().max())
    if all(float((m - base).abs().max()) <= 1e-9 * max(size, 1e-3) for m in moved):
        return "not at all"
    if bool((base.abs() > 1e-9).all()) and all(bool((m / base > 0).all()) for m in moved):
        powers = torch.stack([(m / base).log() / math.log(f) for m, f in zip(moved, factors, strict=True)])
        for power, text in POWERS.items():
            if float((powers - power).abs().max()) < STEADY:
                return text
    lines = {"on a straight line in {}": lambda f: f - 1, "with the logarithm of {}": math.log,
             "on a straight line in one over {}": lambda f: 1 / f - 1,
             "on a straight line in the square of {}": lambda f: f * f - 1}  # fmt: skip
    for text, x in lines.items():
        slopes = torch.stack([(m - base) / x(f) for m, f in zip(moved, factors, strict=True)])
        if float((slopes - slopes[0]).abs().max()) < STEADY * float(slopes.abs().max()):
            return text
    return ""


def _laws(tables: Sequence[Sequence[Row]], name: str, factors: Sequence[float]) -> Relation | None:
    """The laws by which both follow an argument, where they are simple and not the same."""
    right, got = ({law(table, side, factors) for table in tables} for side in (0, 1))
    if len(right) != 1 or len(got) != 1 or right == got:
        return None
    one, other = right.pop(), got.pop()
    if "not at all" in (one, other) or not (one or other):
        return None
    shown = f"`{name}`"
    if one and other:
        return Relation("response", f"it should go {one.format(shown)}, and yours goes {other.format(shown)}")
    if one:
        return Relation("response", f"it should go {one.format(shown)}, and yours does not")
    return Relation("response", f"yours goes {other.format(shown)}, and what is right does not")


def _strength(tables: Sequence[Sequence[Row]], name: str, factors: Sequence[float]) -> Relation | None:
    """Always too strongly, too weakly or the wrong way; of one number, which has a way."""
    right, got = _moves(tables)
    if any(len(table[0][0]) != 1 for table in tables) or bool((right.abs() < 1e-9).any()):
        return None
    ratio = got / right
    low, high = float(ratio.min()), float(ratio.max())
    ups = [bool((t[1][0] - t[0][0])[0] * (factors[0] - 1) > 0) for t in tables]
    if high < 0:
        way = "rises, and yours falls" if all(ups) else "falls, and yours rises"
        way = way if len(set(ups)) == 1 else "moves the other way"
        return Relation("response", f"where `{name}` grows, what is right {way}")
    # In per cent of itself it must be the same way: a factor in front moves any answer more, and is no slip of this.
    shares = [[float(m[side] / t[0][side]) - 1 for t in tables for m in t[1:]] for side in (0, 1)]
    share = [b / a if a else math.nan for a, b in zip(*shares, strict=True)]
    much, little = low > 1.05 and min(share) > 1.05, 0 <= low <= high < 0.95 and max(share) < 0.95
    way = "strongly" if much else "weakly" if little else ""
    return Relation("strength", f"it follows `{name}` too {way} in every case") if way else None
