"""How wrong numbers relate to the right ones, number by number: a function, an order, a table of the case.

`relation` looks through all kinds, also those of `relations`, from the simplest on. One is told only where it holds for
every number of every case that can be compared, within rounding.
"""

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from course_pkg.grading.relations import (
    Pair,
    Relation,
    by_constant,
    by_factor,
    by_offset,
    explained,
    offsets,
    ratios,
    same,
    which_agree,
)

Search = Callable[[Sequence[Pair], float], Relation | None]


def relation(pairs: Sequence[Pair], rounding: float) -> Relation | None:
    """The simplest relation that all pairs have; None where there is none or where too little is there to tell."""
    return named_relation(pairs, rounding) or unnamed_relation(pairs, rounding)


def named_relation(pairs: Sequence[Pair], rounding: float) -> Relation | None:
    """The simplest relation that has a name."""
    if not _telling(pairs, rounding):
        return None
    searches: list[Search] = [by_constant, by_factor, by_function, by_order, by_offset, by_complement, by_table]
    return next((found for search in searches if (found := search(pairs, rounding))), None)


def unnamed_relation(pairs: Sequence[Pair], rounding: float) -> Relation | None:
    """A factor or constant that a case has in common and that nothing explains."""
    return by_what_a_case_shares(pairs, rounding) if _telling(pairs, rounding) else None


def _telling(pairs: Sequence[Pair], rounding: float) -> bool:
    """Whether there is enough to tell a relation from."""
    numbers = sum(p.right.numel() for p in pairs)
    if len(pairs) < 2 or numbers < 3 or all(same(p.got, p.right, rounding) for p in pairs):
        return False
    return not all(bool((p.right == p.right.round()).all()) for p in pairs)  # counts agree by chance too often


# Something that a case has in common ------------------------------------------------------------


def by_what_a_case_shares(pairs: Sequence[Pair], rounding: float) -> Relation | None:
    """One factor or constant, without a name."""
    found = ratios(pairs, rounding)
    many = any(p.right.numel() > 1 for p in pairs)
    if found:
        if explained([next(r for r in found if not math.isnan(r))] * len(found), found, rounding):
            size = f"{next(r for r in found if not math.isnan(r)):.4g} times" if many else "the same number of times"
            return Relation("factor", f"always {size} what it should be: a factor is missing or too much")
        if sum(p.right.numel() > 1 and not same(p.got, p.right, rounding) for p in pairs) > 1:
            return Relation("factor", "what it should be but for one factor in each case, another in another: "
                            "something that a whole case has in common is missing or too much")  # fmt: skip
    found = offsets(pairs, rounding)
    if found and explained([found[0]] * len(found), found, rounding):
        side = "too much" if found[0] > 0 else "too little"
        return Relation("offset", f"{side} by {f'{abs(found[0]):.4g}, ' if many else ''}the same everywhere: "
                        "a constant is wrong or missing")  # fmt: skip
    if found and sum(p.right.numel() > 1 and not same(p.got, p.right, rounding) for p in pairs) > 1:
        return Relation("offset", "off by one number in each case, another in another: something that a whole case has "
                        "in common is missing or too much")  # fmt: skip
    wrong = [p for p in pairs if p.right.ndim == 2 and min(p.right.shape) > 1]
    for axis, line in ((1, "row"), (0, "column")):
        telling = sum(_uneven(p, axis) for p in wrong) > 1  # where all numbers of a line are one, any factor is one
        if telling and len(wrong) == len(pairs) and all(_scaled(p, axis, rounding) for p in wrong):
            return Relation("factor", f"what it should be but for one factor in each {line}: what is it divided by?")
    return None


def _uneven(p: Pair, axis: int) -> bool:
    """Whether there is a wrong line of numbers that differ."""
    off = (p.got - p.right).abs().amax(axis) > 1e-9
    return bool((off & (p.right.amax(axis) - p.right.amin(axis) > 1e-9)).any())


def _scaled(p: Pair, axis: int, rounding: float) -> bool:
    a, b = p.got.sum(axis, keepdim=True), p.right.sum(axis, keepdim=True)
    return bool((a.abs() > 1e-12).all() and (b.abs() > 1e-12).all()) and same(p.got / a, p.right / b, 10 * rounding)


def by_complement(pairs: Sequence[Pair], rounding: float) -> Relation | None:
    """One factor on what is missing to one, as where one takes an entropy in another unit off one."""
    shares = all(bool(((p.right >= 0) & (p.right <= 1)).all()) for p in pairs)
    less = [replace(p, got=1 - p.got, right=1 - p.right) for p in pairs]
    found = by_factor(less, rounding) if shares else None
    return Relation("factor", f"what is missing to one is {found.text}") if found and found.kind == "factor" else None


# A function of the right number, another order ----------------------------------------------------

FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "the square of what it should be": torch.square,
    "the root of what it should be": torch.sqrt,
    "the root of the size of what it should be": lambda v: v.abs().sqrt(),
    "one over what it should be: the other way up": torch.reciprocal,
    "one over the square of what it should be": lambda v: v**-2,
    "one over the root of what it should be": lambda v: v**-0.5,
    "the logarithm of what it should be": torch.log,
    "the logarithm to base two of what it should be": torch.log2,
    "minus the logarithm of what it should be": lambda v: -v.log(),
    "the exponential of what it should be": torch.exp,
    "the exponential of minus what it should be": lambda v: (-v).exp(),
    "the absolute value of what it should be": torch.abs,
    "the exponential of what it should be, less one": torch.expm1,
    "the logarithm of one plus what it should be": torch.log1p,
    "the sigmoid of what it should be": torch.sigmoid,
    "the tanh of what it should be": torch.tanh,
    "one minus what it should be": lambda v: 1 - v,
    "the root of one less the square of what it should be, as a sine is of a cosine": lambda v: (1 - v * v).sqrt(),
    "one less the root of one less the square of what it should be": lambda v: 1 - (1 - v * v).sqrt(),
    "what it should be, less one": lambda v: v - 1,
    "what it should be, rounded up": torch.ceil,
    "what it should be, rounded down": torch.floor,
    "what it should be, rounded": torch.round,
    "what it should be, rounded to two digits": lambda v: (100 * v).round() / 100,
    "what it should be, rounded to three digits": lambda v: (1000 * v).round() / 1000,
    "what it should be, with everything below zero cut off": lambda v: v.clamp_min(0),
    "what it should be, with everything above one cut off": lambda v: v.clamp_max(1),
    "what it should be, with everything below one raised to one": lambda v: v.clamp_min(1),
    "the odds p / (1 - p) of what it should be": lambda v: v / (1 - v),
    "x / (1 + x), where x is what it should be": lambda v: v / (1 + v),
    "x / (1 - x) of it the other way: 1 / (1 + x)": lambda v: 1 / (1 + v),
}
SCALES = {1.0: "", 2.0: "twice ", 0.5: "half of ", -1.0: "minus "}


def by_function(pairs: Sequence[Pair], rounding: float) -> Relation | None:
    got, right = (torch.cat([getattr(p, side).flatten() for p in pairs]) for side in ("got", "right"))
    values = torch.stack([f(right) for f in FUNCTIONS.values()])
    wanted = torch.cat([scale * values for scale in SCALES])  # (scales and functions, numbers): the plain ones first
    there = wanted.isfinite()  # one over zero is no number: what stands there proves nothing
    fine = (which_agree(got, wanted, 10 * rounding) & got.isfinite()) | ~there
    found = fine.all(1) & (2 * there.sum(1) > len(right))
    for before, name in itertools.compress(itertools.product(SCALES.values(), FUNCTIONS), found.tolist()):
        whole = bool(there[found][0].all())
        return Relation("power", f"exactly {before}{name}" + ("" if whole else ", where that is a number"))
    return None


def along(f: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    return lambda v: f(v) if v.ndim else v


ORDERS: dict[str, Callable[[Tensor], Tensor]] = {
    "the right numbers in reversed order": along(lambda v: v.flip(0)),
    "the right numbers, sorted from low to high": along(lambda v: v.sort(0).values),
    "the right numbers, sorted from high to low": along(lambda v: v.sort(0, descending=True).values),
    "rows and columns exchanged": lambda v: v.mT if v.ndim == 2 else v,
    "the columns in reversed order": lambda v: v.flip(-1) if v.ndim == 2 else v,
    "the running sums of the right numbers": along(lambda v: v.cumsum(0)),
    "the right numbers, normalised to sum to one": along(lambda v: v / v.sum()),
    "the mean of the right numbers, in every place": along(lambda v: v.mean().expand_as(v)),
    "the sum of the right numbers, in every place": along(lambda v: v.sum().expand_as(v)),
    "the right numbers, less their mean": along(lambda v: v - v.mean()),
    "the right numbers, less their largest": along(lambda v: v - v.max()),
}


def by_order(pairs: Sequence[Pair], rounding: float) -> Relation | None:
    many = [p for p in pairs if p.right.numel() > 1]
    if len(many) < 2:
        return None
    for name, f in ORDERS.items():
        if all(same(p.got, f(p.right), 10 * rounding) for p in pairs):
            return Relation("order", name)
    if all(p.right.ndim == 1 for p in many):
        for a, b, text in ((slice(1, None), slice(None, -1), "late"), (slice(None, -1), slice(1, None), "early")):
            if all(same(p.got[a], p.right[b], 10 * rounding) for p in many):
                return Relation("order", f"one step too {text}: each number is its neighbour's")
        if all(same(p.got.sort().values, p.right.sort().values, 10 * rounding) for p in pairs):
            return Relation("order", "the right numbers in another order")
    return None


# A table of the case, entry by entry ----------------------------------------------------------------

CHANGES: dict[str, Callable[[Tensor], Tensor]] = {
    "{}": lambda v: v, "one over {}": torch.reciprocal, "the square of {}": torch.square, "the root of {}": torch.sqrt,
    "exp({})": torch.exp, "exp(-{})": lambda v: (-v).exp(), "exp({} / 2)": lambda v: (v / 2).exp(),
    "the absolute value of {}": torch.abs, "one over the square of {}": lambda v: v**-2, "log {}": torch.log,
    "one over the root of {}": lambda v: v**-0.5,
}  # fmt: skip


def fitted_to(table: Tensor, shape: torch.Size) -> Iterator[tuple[str, Tensor]]:
    """The table, or its sum over what the answer does not have."""
    if table.shape == shape:
        yield "", table
    elif table.ndim > len(shape) and table.shape[: len(shape)] == shape:
        yield "the sum of ", table.flatten(len(shape)).sum(-1)


TIMES = "{} times what it should be, number by number"
WAYS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    TIMES: lambda right, table: right * table,
    "{} and nothing else": lambda right, table: table,
    "half of what it should be and half of {}": lambda right, table: 0.5 * (right + table),
} | {
    f"too {side} by exactly {of}{{}}: a term is missing, or there twice": lambda right, table, k=k: right + k * table
    for size, of in ((1.0, ""), (0.5, "half of "), (2.0, "twice "), (0.25, "a quarter of "))
    for side, k in (("much", size), ("little", -size))
}


def by_table(pairs: Sequence[Pair], rounding: float) -> Relation | None:
    """A factor or an addend that is a table of the case."""
    if sum(p.right.numel() for p in pairs) < 5:
        return None
    for name, (text, f) in itertools.product(pairs[0].tables, CHANGES.items()):
        sums, left = "", list(WAYS)
        for p in pairs:  # nearly always the first case leaves no way
            fitted = next(fitted_to(f(p.tables[name]), p.right.shape), None) if name in p.tables else None
            left = _ways(p, fitted[1], left, rounding) if fitted else []
            if not left:
                break
            sums = fitted[0] if fitted else ""
        way = next((way for way in left if not (sums and way == TIMES)), "")
        if way:
            return Relation("factor" if way == TIMES else "terms", way.format(sums + text.format(f"`{name}`")))
    return by_table_alone(pairs, rounding)


def _ways(p: Pair, table: Tensor, ways: Sequence[str], rounding: float) -> list[str]:
    """Those by which the table may enter in this case."""
    wanted = torch.stack([WAYS[way](p.right, table) for way in ways])
    fine = which_agree(p.got, wanted, 10 * rounding) & wanted.isfinite() & table.isfinite()
    return list(itertools.compress(ways, fine.reshape(len(ways), -1).all(1).tolist()))


def by_table_alone(pairs: Sequence[Pair], rounding: float) -> Relation | None:
    """A table of the case and nothing else, but for one factor or constant in each case."""
    for name in pairs[0].tables:
        if any(name not in p.tables or p.tables[name].shape != p.right.shape for p in pairs):
            continue
        bare = [Pair(p.got, p.tables[name], p.facts) for p in pairs]
        found = by_factor(bare, rounding)
        if found:
            return Relation("terms", found.text.replace("what it should be", f"`{name}`, and nothing else", 1))
        found = by_offset(bare, rounding)
        if found:
            return Relation("terms", f"`{name}` and a constant, nothing else: {found.text.split(':')[0]} for `{name}`")
    return None
