"""Numbers of another shape than asked for: what was summed, averaged, kept or turned."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace

from torch import Tensor

from course_pkg.grading.evidence import Trials
from course_pkg.grading.relations import same

SIMPLE: dict[str, Callable[[Tensor], Tensor]] = {
    "the right numbers, with an axis of length one too much: squeeze it": lambda g: g.squeeze(),
    "the right numbers, rows and columns exchanged": lambda g: g.mT if g.ndim > 1 else g,
}
LESS: dict[str, Callable[[Tensor], Tensor]] = {
    "the mean of the right numbers": lambda r: r.mean(),
    "the sum of the right numbers": lambda r: r.sum(),
    "the right numbers without the first": lambda r: r[1:] if r.ndim else r,
    "the right numbers without the last": lambda r: r[:-1] if r.ndim else r,
    "the mean of each column of the right numbers": lambda r: r.mean(0) if r.ndim > 1 else r,
    "the mean of each row of the right numbers": lambda r: r.mean(1) if r.ndim > 1 else r,
    "the sum of each column of the right numbers": lambda r: r.sum(0) if r.ndim > 1 else r,
    "the sum of each row of the right numbers": lambda r: r.sum(1) if r.ndim > 1 else r,
    "the first of the right numbers": lambda r: r[0] if r.ndim else r,
    "the last of the right numbers": lambda r: r[-1] if r.ndim else r,
}


def reshaped(pairs: Sequence[tuple[Tensor | None, Tensor]], rounding: float) -> str:
    """In words, where it holds for every case that gave a value; nothing where there is no such relation."""
    there = [(g, r) for g, r in pairs if g is not None and g.numel() and g.isfinite().all()]
    if len(there) < 2:
        return ""
    holds = lambda f, h=lambda r: r: all(same(f(g), h(r), rounding) for g, r in there)
    for text, f in SIMPLE.items():
        if holds(f):
            return text
    for text, f in LESS.items():
        if holds(lambda g: g, f):
            return text
    axes = min(g.ndim for g, _ in there)
    for axis in range(axes):
        for word, reduce in (("sum", lambda g, a=axis: g.sum(a)), ("mean", lambda g, a=axis: g.mean(a))):
            if holds(reduce):
                return f"its {word} over axis {axis} is right: that step is missing"
        for index in (0, -1):
            if holds(lambda g, a=axis, i=index: g.select(a, i)):
                return f"the right numbers are there, one of several along axis {axis}"
    for one, other in itertools.combinations(range(axes), 2):
        diagonal = lambda g, i=one, j=other: g.diagonal(0, i, j)
        if all(g.shape[one] == g.shape[other] for g, _ in there) and holds(diagonal):
            return (
                f"the right numbers are there, where the indices of axes {one} and {other} are the same: these two "
                "go together, and were crossed"
            )
    if holds(lambda g: g.sum()):
        return "the sum of all its numbers is right: that step is missing"
    if holds(lambda g: g.mean()):
        return "the mean of all its numbers is right: that step is missing"
    return ""


def widened(trials: Trials) -> Trials:
    """With one number that came for many written into each of their places."""
    wide = lambda v, like: v.expand(like.shape) if v.numel() == 1 and v.ndim <= like.ndim else v
    all_ = [
        replace(t, got={k: wide(v, t.right[k]) if k in t.right else v for k, v in t.got.items()}) for t in trials.all
    ]
    return replace(trials, all=all_)
