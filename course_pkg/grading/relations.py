"""How wrong numbers relate to the right ones, case by case: one factor or one offset in each case, with its name."""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

LOG_2PI = math.log(2 * math.pi)
CONSTANTS = {
    1.0: "", 2.0: "twice", 0.5: "half of", 4.0: "four times", 0.25: "a quarter of", 3.0: "three times", -1.0: "minus",
    -2.0: "minus twice", -0.5: "minus half of", 1 / math.log(2): "1 / log 2 times", math.log(2): "log 2 times",
    math.sqrt(2): "the root of two times", math.sqrt(0.5): "one over the root of two times", math.pi: "pi times",
    1 / math.pi: "one over pi times", math.sqrt(math.pi): "the root of pi times",
    1 / math.sqrt(math.pi): "one over the root of pi times", math.sqrt(2 / math.pi): "the root of 2 / pi times",
    math.sqrt(math.pi / 2): "the root of pi / 2 times", 100.0: "a hundred times", 0.01: "a hundredth of",
    -1 / math.log(2): "minus 1 / log 2 times", math.e: "e times", 1 / math.e: "1/e times",
    math.pi / 4: "pi / 4 times", 4 / math.pi: "4 / pi times",
}  # fmt: skip
OFFSETS = {
    1.0: "1", 0.5: "1/2", 2.0: "2", math.log(2): "log 2", 0.5 * math.log(2): "log 2 / 2", LOG_2PI: "log(2 pi)",
    LOG_2PI / 2: "log(2 pi) / 2", (LOG_2PI + 1) / 2: "log(2 pi e) / 2", math.log(math.pi): "log pi",
    math.log(math.pi) / 2: "log(pi) / 2", 0.25: "1/4", 1.5: "3/2", 2 * math.log(2): "2 log 2",
}  # fmt: skip
SIGNED = {sign * size: text for size, text in OFFSETS.items() for sign in (1, -1)}
POWERS = {1: "{}", -1: "one over {}", 2: "the square of {}", -2: "one over the square of {}", 0.5: "the root of {}",
          -0.5: "one over the root of {}", 3: "the cube of {}", -3: "one over the cube of {}"}  # fmt: skip
Named = tuple[int, str, list[float]]  # how complicated, what it is called, its value in each case


@dataclass(frozen=True)
class Pair:
    """The numbers of one entry of one case: what came, what is right, and the named numbers of the case."""

    got: Tensor
    right: Tensor
    facts: Mapping[str, float] = field(default_factory=dict)
    tables: Mapping[str, Tensor] = field(default_factory=dict)


KINDS = {"as if", "condition", "constant", "departs", "error", "factor", "grid", "near", "no effect", "offset", "order",
         "piece", "place", "power", "random", "response", "sign", "special", "strength", "symmetry", "terms", "two",
         "whole", "zero"}  # fmt: skip


@dataclass(frozen=True)
class Relation:
    """What was found: a kind, by which a hint is chosen, and the sentence. Raises ValueError for another kind."""

    kind: str
    text: str

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"relation: expected a kind among {', '.join(sorted(KINDS))}, got {self.kind!r}")


def which_agree(a: Tensor, b: Tensor, rounding: float, floor: float = 1e-9) -> Tensor:
    """Which numbers agree within rounding, relative but for tiny numbers."""
    return (a - b).abs() <= rounding * torch.maximum(a.abs(), b.abs()) + floor


def same(a: Tensor, b: Tensor, rounding: float, floor: float = 1e-9) -> bool:
    """Whether every number agrees within rounding, relative but for tiny numbers."""
    if a.shape != b.shape or not bool(which_agree(a, b, rounding, floor).all()):
        return False  # as nearly always, and where there is a NaN
    return bool(torch.isfinite(a).all() and torch.isfinite(b).all())


def by_constant(pairs: Sequence[Pair], rounding: float) -> Relation | None:
    values = torch.cat([p.got.flatten() for p in pairs])
    if bool((values.abs() < 1e-12).all()):
        return Relation("zero", "zero in every case")
    if bool((values == values[0]).all()):
        return Relation("constant", f"{values[0].item():.6g} in every case, whatever comes in")
    return None


# One factor or offset in each case ----------------------------------------------------------------


def steady(values: Tensor, rounding: float) -> bool:
    return values.numel() > 0 and bool((values - values[0]).abs().max() <= 10 * rounding * values[0].abs() + 1e-12)


def ratios(pairs: Sequence[Pair], rounding: float) -> list[float] | None:
    """got / right of each case, where it is one number and zeros stay zero; NaN for a case of zeros."""
    found = []
    for p in pairs:
        there = p.right.abs() > 1e-9
        if bool((p.got[~there].abs() > 1e-8).any()):
            return None
        ratio = (p.got[there] / p.right[there]).flatten()
        if ratio.numel() and not steady(ratio, rounding):
            return None
        found.append(ratio[0].item() if ratio.numel() else math.nan)
    known = [r for r in found if not math.isnan(r)]
    return found if len(known) > 1 and all(known) else None


def monomials(pairs: Sequence[Pair], wanted: Sequence[float], rounding: float, floor: float = 0.0) -> Iterator[Named]:
    """Powers of a fact and products of two that differ from case to case, and may be what is wanted but for a constant:
    of thousands nearly all are ruled out at once, by the constants that the first two cases ask for."""
    named, values = _monomials(tuple(tuple(p.facts.items()) for p in pairs))
    known = [(values[:, i], w) for i, w in enumerate(wanted) if not math.isnan(w)][:2]
    if len(known) < 2:
        return iter(named)
    (v, w), (other, wish) = known
    with np.errstate(all="ignore"):  # what is too large for a number, or none, is no constant
        near = 80 * rounding * np.maximum(abs(w * other), abs(wish * v)) + 2 * floor * (abs(v) + abs(other))
        return itertools.compress(named, abs(w * other - wish * v) <= near)


@lru_cache(maxsize=64)  # the same for every answer to a question
def _monomials(facts: tuple[tuple[tuple[str, float], ...], ...]) -> tuple[list[Named], np.ndarray]:
    found = [found for found in _products([dict(f) for f in facts]) if varied(found[2])]
    return found, np.array([values for *_, values in found]).reshape(len(found), len(facts))


def _products(facts: Sequence[Mapping[str, float]]) -> Iterator[Named]:
    names = [n for n in facts[0] if all(n in f for f in facts)]
    shown = [[f[n] for f in facts] for n in names if n.startswith("`")]  # the same thing has the name of the argument
    names = [n for n in names if n.startswith("`") or [f[n] for f in facts] not in shown]
    value = lambda name, power: [_power(f[name], power) for f in facts]
    for name in names:
        for power, text in POWERS.items():
            yield (abs(power) != 1) + 1, text.format(name), value(name, power)
    for name in names:
        if "less one" not in name and all(f[name] > 0 and f[name].is_integer() for f in facts):
            more = [f[name] + 1 for f in facts]
            yield 2, f"one more than {name}", more
            yield 2, f"one over one more than {name}", [1 / m for m in more]
            yield 3, f"{name} over one more than it", [f[name] / m for f, m in zip(facts, more, strict=True)]
            yield 3, f"one more than {name}, over {name},", [m / f[name] for f, m in zip(facts, more, strict=True)]
        if name.startswith("the number of ") and "less one" not in name and all(f[name] > 1 for f in facts):
            logs = [math.log(f[name]) for f in facts]
            yield 3, f"the logarithm of {name}", logs
            yield 3, f"one over the logarithm of {name}", [1 / v for v in logs]
    for one, other in itertools.combinations(names, 2):
        for i, j in itertools.product((1, -1, 2, -2), repeat=2):
            both = [a * b for a, b in zip(value(one, i), value(other, j), strict=True)]
            yield 3 + (abs(i) != 1) + (abs(j) != 1), _product((i, one), (j, other)), both
    sizes = [name for name in names if name.startswith("the number of ")]
    for count in (3, 4):
        for some in itertools.combinations(sizes, count):
            for powers in itertools.product((1, -1), repeat=count):
                text = " times ".join(POWERS[i].format(name) for i, name in zip(powers, some, strict=True))
                values = [math.prod(_power(f[n], i) for i, n in zip(powers, some, strict=True)) for f in facts]
                yield 4 + count, text, values


def _product(*factors: tuple[float, str]) -> str:
    """Powers of two facts multiplied, in words: the one that divides comes last."""
    (i, one), (j, other) = sorted(factors, reverse=True)
    if i > 0 > j and "less one" not in one + other:  # a over b less one could be read in two ways
        return f"{POWERS[i].format(one)} over {POWERS[-j].format(other)}"
    return " times ".join(POWERS[power].format(name) for power, name in factors)


def _power(number: float, power: float) -> float:
    """NaN where there is none, as of a root below zero, and where it is too large for a number."""
    try:
        return math.pow(number, power)
    except (ValueError, OverflowError):
        return math.nan


def explained(
    values: Sequence[float], wanted: Sequence[float], rounding: float, times: float = 1.0, floor: float = 0.0
) -> bool:
    """Whether so many times the values are what is wanted, where that is known. Most are ruled out by the first."""
    for v, w in zip(values, wanted, strict=True):  # no generator: asked of each constant for thousands of monomials
        if not (math.isnan(w) or math.isclose(times * v, w, rel_tol=20 * rounding, abs_tol=floor)):
            return False
    return True


def explaining(constants: Mapping[float, str], values: Sequence[float], wanted: Sequence[float], rounding: float,
               floor: float = 0.0) -> list[tuple[float, str]]:  # fmt: skip
    """The constants, with their names, so many times which the values are what is wanted."""
    return [(c, text) for c, text in constants.items() if explained(values, wanted, rounding, c, floor)]


def varied(values: Sequence[float]) -> bool:
    """Whether the numbers differ, so that they say more than a constant."""
    return len({v for v in values if not math.isnan(v)}) > 1


def best_names(found: list[tuple[int, str]]) -> str:
    """The simplest names; more than one where nothing tells them apart."""
    least = min(level for level, _ in found)
    return " or ".join(dict.fromkeys(name for level, name in found if level == least))


def by_factor(pairs: Sequence[Pair], rounding: float) -> Relation | None:
    found = ratios(pairs, rounding)
    if not found:
        return None
    for constant, text in CONSTANTS.items():
        if explained([constant] * len(found), found, rounding) and constant != 1:
            unit = ": bits, not nats" if abs(constant) == 1 / math.log(2) else ""
            kind, sign = ("sign", ": a sign") if constant == -1 else ("factor", "")
            return Relation(kind, f"exactly {text} what it should be{unit}{sign}")
    named = []
    for level, name, values in monomials(pairs, found, rounding):
        for constant, text in explaining(CONSTANTS, values, found, rounding):
            named.append((level + 3 * (constant != 1), f"{text} {name}".strip()))
    if named and len([r for r in found if not math.isnan(r)]) > 2:
        name = best_names(named)
        why = ""
        if "less one" in name:
            why = ": which of the two belongs there, a number or one less?"
        elif all("the number of " in n and n.removeprefix("one over ") in pairs[0].facts for n in name.split(" or ")):
            mean = ": was a mean taken where a sum belongs?"
            why = mean if name.startswith("one over") else ": was a sum taken too often, or an index left out?"
        return Relation("factor", f"exactly {name} times what it should be{why}")
    return None


def offsets(pairs: Sequence[Pair], rounding: float) -> list[float] | None:
    """got - right of each case, where it is one number."""
    found = []
    for p in pairs:
        offset = (p.got - p.right).flatten()
        size = torch.maximum(p.got.abs(), p.right.abs()).max().item()
        if bool((offset - offset[0]).abs().max() > rounding * max(size, 1e-3)):
            return None
        found.append(offset[0].item() if abs(offset[0].item()) > rounding * size else 0.0)
    return found if len(found) > 1 and any(found) else None


def by_offset(pairs: Sequence[Pair], rounding: float) -> Relation | None:
    found = offsets(pairs, rounding)
    if not found:
        return None
    facts = [p.facts for p in pairs]
    bases = [(0, "", [1.0] * len(facts)), *monomials(pairs, found, rounding, floor=1e-9)]
    logs = [n for n in facts[0] if all(f.get(n, 0) > 0 for f in facts)]
    bases += [(2, f"the logarithm of {n}", [math.log(f[n]) for f in facts]) for n in logs]
    bases += [(4, f"the logarithm of {a} over {b}", [math.log(f[a] / f[b]) for f in facts])
              for a, b in itertools.combinations(logs, 2)]  # fmt: skip
    named = []
    for level, name, values in (base for base in bases if not base[1] or varied(base[2])):
        for signed, text in explaining(SIGNED, values, found, rounding, floor=1e-9):
            constant, side = abs(signed), "too much" if signed > 0 else "too little"
            each = name in facts[0] and name.startswith("the number of ")
            what = f"{text} for each of the {name[14:]}" if each else f"{text} times {name}" if name else text
            what = name if constant == 1 and name and not each else what
            named.append((level + (constant != 1), side, what))
    if not named or (len(pairs) < 3 and all(level > 1 for level, *_ in named)):
        return None
    least = min(level for level, *_ in named)
    what = " or ".join(dict.fromkeys(w for level, _, w in named if level == least))
    side = next(side for level, side, _ in named if level == least)
    return Relation("offset", f"{side} by exactly {what}: a constant is wrong or missing")
