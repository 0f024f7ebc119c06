"""What a wrong answer may be multiplied by or off by: the named numbers of the cases, their powers and products."""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

import numpy as np

POWERS = {1: "{}", -1: "one over {}", 2: "the square of {}", -2: "one over the square of {}", 0.5: "the root of {}",
          -0.5: "one over the root of {}", 3: "the cube of {}", -3: "one over the cube of {}"}  # fmt: skip
Named = tuple[int, str, list[float]]  # how complicated, what it is called, its value in each case


@lru_cache(maxsize=64)  # the same for every answer to a question
def products(facts: tuple[tuple[tuple[str, float], ...], ...]) -> tuple[list[Named], np.ndarray]:
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


def varied(values: Sequence[float]) -> bool:
    """Whether the numbers differ, so that they say more than a constant."""
    return len({v for v in values if not math.isnan(v)}) > 1
