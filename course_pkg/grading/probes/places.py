"""Where an answer is wrong: which of its numbers, and which of the cases, by what these have in common."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from course_pkg.grading.evidence import Trial, Trials, agrees, expected
from course_pkg.grading.question import Case
from course_pkg.grading.relations import Relation

LEAST = 3  # numbers, or cases, that must be right and wrong before a pattern is told
Marks = dict[str, Tensor]


def misplaced(trials: Trials, entry: str) -> list[Relation]:
    """Wrong exactly where something holds of the place, or of an argument there, in all cases that can be compared."""
    there = [t for t in trials.comparable(entry) if t.right[entry].numel() > 1]
    if len(there) < 2:
        return []
    off = [_off(t, entry, trials.question.tolerance) for t in there]
    wrong, fine = sum(int(o.sum()) for o in off), sum(int((~o).sum()) for o in off)
    if wrong < LEAST or fine < LEAST:
        return []
    marks = [dict(_marks(t.case, t.right[entry].shape)) for t in there]
    shared = [name for name in marks[0] if all(name in m for m in marks)]
    # A mark that is everywhere or nowhere tells nothing: some case must have both.
    telling = [n for n in shared if sum(bool(m[n].any()) and not bool(m[n].all()) for m in marks) >= 2]
    for word, wanted in (("wrong", off), ("right", [~o for o in off])):
        exact = [n for n in telling if all(torch.equal(m[n], w) for m, w in zip(marks, wanted, strict=True))]
        if exact:
            return [Relation("place", f"{word} exactly {' or '.join(exact[:2])}, and nowhere else")]
    for word, wanted in (("wrong", off), ("right", [~o for o in off])):
        for n in (n for n in telling if not n.startswith("where")):  # of arguments many things may be so by chance
            inside = all(bool((m[n] | ~w).all()) for m, w in zip(marks, wanted, strict=True))
            area, hit = (sum(int(v.sum()) for v in vs) for vs in ([m[n] for m in marks], wanted))
            if inside and 2 * area <= wrong + fine and (3 * hit >= 2 * area or hit > 2 * LEAST):
                return [Relation("place", f"{word} only {n}")]
    return []


def _off(t: Trial, entry: str, tolerance: float) -> Tensor:
    got, right = t.got[entry], t.right[entry]
    return (got - right).abs() > tolerance * torch.maximum(got.abs(), right.abs()).clamp_min(1.0)


def _marks(case: Case, shape: torch.Size) -> Iterator[tuple[str, Tensor]]:
    """Every mark of a place, in words, with the places that have it."""
    index = torch.arange(shape.numel()).reshape(shape)
    if len(shape) == 1:
        yield "in the first number", index == 0
        yield "in the last number", index == shape[0] - 1
    if len(shape) == 2:
        row, column = index // shape[1], index % shape[1]
        for name, at, length in (("row", row, shape[0]), ("column", column, shape[1])):
            yield f"in the first {name}", at == 0
            yield f"in the last {name}", at == length - 1
        if shape[0] == shape[1]:
            yield "on the diagonal", row == column
            yield "above the diagonal", row < column
            yield "below the diagonal", row > column
    for name, table in _fitting(case, shape):
        yield from _of_table(name, table, shape)
    for (one, a), (other, b) in itertools.combinations(_fitting(case, shape), 2):
        yield f"where `{one}` is larger than `{other}`", (a > b).expand(shape)
        yield f"where `{one}` is smaller than `{other}`", (a < b).expand(shape)


def _of_table(name: str, table: Tensor, shape: torch.Size) -> Iterator[tuple[str, Tensor]]:
    if table.numel() == 1:
        return
    tests: dict[str, Callable[[Tensor], Tensor]] = {
        "is zero": lambda v: v == 0, "is not zero": lambda v: v != 0, "is below zero": lambda v: v < 0,
        "is above one": lambda v: v > 1, "is below one half": lambda v: v < 0.5, "is -inf": lambda v: v == -torch.inf,
        "is the largest": lambda v: v == v.amax(), "is the smallest": lambda v: v == v.amin(),
        "is above its mean": lambda v: v > v.mean(),
    }  # fmt: skip
    for text, test in tests.items():
        yield f"where `{name}` {text}", test(table).expand(shape)
    if len(shape) == 2 and table.shape == shape:
        yield f"where `{name}` is the largest of its row", table == table.amax(1, keepdim=True)
        yield f"where `{name}` is the largest of its column", table == table.amax(0, keepdim=True)


def _fitting(case: Case, shape: torch.Size) -> list[tuple[str, Tensor]]:
    """The arguments that have a number for each place: of the answer's shape, or one for each row or column of it."""
    found = []
    for name, value in case.arguments.items():
        if isinstance(value, bool) or not isinstance(value, int | float | Tensor):
            continue
        table = torch.as_tensor(value, dtype=torch.float64)
        if table.shape == shape or table.numel() == 1:
            found.append((name, table.reshape(shape if table.numel() > 1 else [])))
        elif len(shape) == 2 and shape[0] != shape[1] and table.shape == shape[:1]:
            found.append((name, table[:, None]))
        elif len(shape) == 2 and shape[0] != shape[1] and table.shape == shape[1:]:
            found.append((name, table[None]))
    return found


# Which cases --------------------------------------------------------------------------------------------


def mistaken_cases(trials: Trials, entry: str, seed: int) -> list[Relation]:
    """What tells the cases that are wrong from those that are right. Cases of further seeds are asked as well."""
    question = trials.question
    all_ = [t for t in trials.comparable(entry) if t.case.counts]
    state = [agrees(t.got[entry], t.right[entry], question.tolerance) for t in all_]
    if len(set(state)) < 2 or not trials.again or not question.cases:
        return []
    for further in range(1, 4):
        cases = [c for c in question.cases(seed + 1000 + further) if c.rung != "hand" and c.counts]
        for case, got in zip(cases, trials.again(cases), strict=True):
            t = Trial(case, got, expected(question, case))
            if entry in got and got[entry].shape == t.right[entry].shape:
                all_.append(t)
    state = [agrees(t.got[entry], t.right[entry], question.tolerance) for t in all_]
    if min(state.count(True), state.count(False)) < LEAST:
        return []
    facts = [dict(_facts(t.case.arguments, t.case.sizes)) for t in all_]
    shared = [n for n in facts[0] if all(n in f for f in facts)]
    # A kind of case differs from another in many ways: a fact is told that both is so and is not in cases of one kind.
    shared = [n for n in shared if _varies([(t.case.rung, f[n]) for t, f in zip(all_, facts, strict=True)])]
    for word, wanted in (("wrong", False), ("right", True)):
        exact = [n for n in shared if all(f[n] == (s == wanted) for f, s in zip(facts, state, strict=True))]
        if 0 < len(exact) < 3:  # where many things are so at once, none is told
            return [Relation("place", f"{word} in just the cases where {' or '.join(exact)}")]
    return []


def _varies(found: Sequence[tuple[str, bool]]) -> bool:
    """Whether a fact is so, and is not so, in a few cases each of the kinds that have both."""
    both = {rung for rung, so in found if so} & {rung for rung, so in found if not so}
    told = [so for rung, so in found if rung in both]
    return min(told.count(True), told.count(False)) >= LEAST


def _facts(arguments: Mapping[str, Any], sizes: Mapping[str, int]) -> Iterator[tuple[str, bool]]:
    """What may be so of a case, in words, and whether it is."""
    numbers = {
        f"`{n}`": float(v) for n, v in arguments.items() if isinstance(v, int | float) and not isinstance(v, bool)
    }
    counts = {f"`{n}`": v for n, v in arguments.items() if isinstance(v, int) and not isinstance(v, bool)}
    lengths = {f"the number of {n}": float(v) for n, v in sizes.items() if n not in arguments}
    whole = len(counts) == len(arguments)
    for name, v in numbers.items():
        if name in counts and whole:
            yield f"{name} is odd", v % 2 == 1
            yield f"{name} is a multiple of four", v % 4 == 0
        elif name not in counts:
            yield f"{name} is below zero", v < 0
            yield f"{name} is zero", v == 0
            yield f"{name} is below one", v < 1
            yield f"{name} is above one", v > 1
    for (one, a), (other, b) in itertools.combinations({**numbers, **lengths}.items(), 2):
        yield f"{one} is larger than {other}", a > b
        yield f"{one} is smaller than {other}", a < b
        yield f"{one} and {other} are the same", a == b
        if whole and one in counts and other in counts:
            yield f"{other} does not divide {one}", b != 0 and a % b != 0
            yield f"{one} does not divide {other}", a != 0 and b % a != 0
    for name, value in arguments.items():
        if isinstance(value, Tensor) and value.numel() > 1:
            yield from _of_tensor(f"`{name}`", value.double(), numbers)


def _of_tensor(name: str, v: Tensor, numbers: Mapping[str, float]) -> Iterator[tuple[str, bool]]:
    flat = v.flatten()
    yield f"{name} holds a zero", bool((v == 0).any())
    yield f"{name} holds a number below zero", bool((v < 0).any())
    yield f"{name} holds equal numbers", len(flat.unique()) < len(flat)
    if v.ndim == 1:
        yield f"{name} does not fall from the first on", not bool((v.diff() <= 0).all())
        yield f"{name} does not rise from the first on", not bool((v.diff() >= 0).all())
        yield f"the first of {name} is not the largest", bool(v[0] < v.max())
    if v.ndim == 2:
        yield f"{name} has more rows than columns", v.shape[0] > v.shape[1]
        yield f"{name} has more columns than rows", v.shape[0] < v.shape[1]
        yield f"{name} is not square", v.shape[0] != v.shape[1]
        yield f"{name} has a row of zeros", bool((v == 0).all(1).any())
        yield f"{name} has a column of zeros", bool((v == 0).all(0).any())
    for other, x in numbers.items():
        yield f"some of {name} are above {other}", bool((v > x).any())
        yield f"some of {name} are below {other}", bool((v < x).any())
        yield f"the sum of {name} is above {other}", bool(v.sum() > x)
