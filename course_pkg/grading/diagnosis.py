"""How a wrong value relates to the right one, in words that give neither away: a ratio, an offset, a share."""

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction

import torch
from torch import Tensor

from course_pkg.grading.plain import finite

Pair = tuple[Tensor | None, Tensor, Mapping[str, int]]  # what was given, what is right, the sizes of the case
FACTORS = {
    "minus what it should be: a sign": -1.0,
    "twice what it should be": 2.0,
    "half of what it should be": 0.5,
    "minus twice what it should be": -2.0,
    "minus half of what it should be": -0.5,
    "four times what it should be": 4.0,
    "a quarter of what it should be": 0.25,
    "1 / log 2 times what it should be: bits, not nats": 1 / math.log(2),
}
OFFSETS = {
    "1/2": 0.5, "1": 1.0, "log 2": math.log(2), "log(2 pi)": math.log(2 * math.pi),
    "log(2 pi) / 2": math.log(2 * math.pi) / 2, "log(2 pi e) / 2": math.log(2 * math.pi * math.e) / 2,
}  # fmt: skip


def close(got: Tensor, right: Tensor, tolerance: float) -> bool:
    """Whether every number agrees. A comparison with NaN is false, so NaN never agrees; infinity never does either."""
    if got.shape != right.shape or not finite(got):
        return False
    size = torch.maximum(got.abs(), right.abs()).clamp_min(1.0)
    return bool(((got - right).abs() <= tolerance * size).all())


def comparable(pairs: Sequence[Pair], tolerance: float) -> list[tuple[Tensor, Tensor, Mapping[str, int]]]:
    """The pairs with one shape and finite numbers that disagree."""
    found = [(got, right, sizes) for got, right, sizes in pairs if got is not None and got.shape == right.shape]
    return [p for p in found if torch.isfinite(p[0]).all() and not close(p[0], p[1], tolerance)]


def relation_between(pairs: Sequence[Pair], first: int, tolerance: float) -> str:
    """What the wrong values have in common: named where a number has a name. `first` is the case to fall back on."""
    apart = comparable(pairs, tolerance)
    return by_ratio(apart) or by_offset(apart) or by_share(*pairs[first][:2], tolerance)


def steady(values: Tensor) -> bool:
    """Whether the numbers are one number."""
    return values.numel() > 0 and bool((values - values[0]).abs().max() <= 1e-6 * values[0].abs().clamp_min(1e-3))


def by_ratio(apart: Sequence[tuple[Tensor, Tensor, Mapping[str, int]]]) -> str:
    ratios, names = [], []
    for got, right, sizes in apart:
        there = right.abs() > 1e-9
        ratio = (got[there] / right[there]).flatten()
        if not steady(ratio) or not torch.allclose(got[~there], right[~there], atol=1e-9):
            return ""
        ratios.append(ratio[0].item())
        names.append(factors(ratios[-1], sizes))
    if not ratios or ratios[0] == 0:
        return ""
    common = sorted(set.intersection(*names), key=lambda name: (name not in FACTORS, name))
    values = ", ".join(dict.fromkeys(fraction(r) for r in ratios))
    if common:
        return "exactly " + common[0].format(values=values)
    if "," not in values and sum(right.numel() for _, right, _ in apart) > 1:
        return f"always {values} times what it should be: a factor is missing or too much"
    return ""


def factors(ratio: float, sizes: Mapping[str, int]) -> set[str]:
    """What this ratio may be called. A size of one says nothing against a name that holds elsewhere."""
    found = {name for name, factor in FACTORS.items() if math.isclose(ratio, factor, rel_tol=1e-6)}
    for name, n in sizes.items():
        if math.isclose(ratio * n, 1, rel_tol=1e-6):
            text = "of what it should be: was a mean taken where a sum belongs?"
            found.add(f"one over the number of {name} ({{values}}) {text}")
        if math.isclose(ratio, n, rel_tol=1e-6):
            text = "times what it should be: was a sum taken too often, or an index left out?"
            found.add(f"the number of {name} ({{values}}) {text}")
    return found


def fraction(value: float) -> str:
    """1/48 rather than 0.0208333, where it is one."""
    exact = Fraction(value).limit_denominator(100_000)
    simple = math.isclose(exact, value, rel_tol=1e-9) and min(abs(exact.numerator), exact.denominator) == 1
    return str(exact) if simple else f"{value:.4g}"


def by_offset(apart: Sequence[tuple[Tensor, Tensor, Mapping[str, int]]]) -> str:
    offsets, names = [], []
    for got, right, sizes in apart:
        offset = (got - right).flatten()
        if not steady(offset):
            return ""
        o, here = offset[0].item(), set()
        for name, constant in OFFSETS.items():
            for size, n in {"": 1, **sizes}.items():
                if math.isclose(abs(o), constant * n, rel_tol=1e-6):
                    here.add(f"{name}" + (f" for each of the {size}" if size else ""))
        for size, n in sizes.items():
            if n > 1 and math.isclose(abs(o), math.log(n), rel_tol=1e-6):
                here.add(f"the logarithm of the number of {size}")
        offsets.append(o)
        names.append(here)
    if sum(right.numel() for _, right, _ in apart) < 2:
        return ""
    common = set.intersection(*names)
    many = "too much" if offsets[0] > 0 else "too little"
    if common:
        return f"{many} by exactly {sorted(common, key=len)[0]}: a constant is wrong or missing"
    if len({f"{o:.6g}" for o in offsets}) == 1:
        return f"{many} by {abs(offsets[0]):.4g}, the same everywhere: a constant is wrong or missing"
    return ""


def by_share(got: Tensor | None, right: Tensor, tolerance: float) -> str:
    """The largest difference, and how many entries are right."""
    if got is None or got.shape != right.shape:
        return "nothing that could be compared"
    size = torch.maximum(got.abs(), right.abs()).clamp_min(1.0)
    fine = int(((got - right).abs() <= tolerance * size).sum())
    side = "too large" if (got >= right).all() else "too small" if (got <= right).all() else "on both sides"
    if got.count_nonzero() == 0:  # the difference would be the right value
        return "zero"
    share = f"; {fine} of {got.numel()} entries are right" if got.numel() > 1 else ""
    return f"the largest difference is {(got - right).abs().max().item():.4g} ({side}{share})"
