"""Of what one, or a pair, is enough to make an answer right."""

import itertools
from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from course_pkg.grading.evidence import Trial, agrees
from course_pkg.grading.probes.asking import Asking, Both
from course_pkg.grading.probes.behaviour import normalised
from course_pkg.grading.question import Case

Axes = dict[str, list[int]]  # of each argument, the axes that have a length


def lengths(case: Case) -> dict[str, int]:
    """The lengths that have a name, and those of the rows and columns of a table that have none."""
    found = dict(case.sizes)
    for name, value in case.arguments.items():
        if isinstance(value, Tensor) and value.ndim == 2:
            for word, n in zip((f"rows of `{name}`", f"columns of `{name}`"), value.shape, strict=True):
                if n not in found.values():
                    found[word] = n
    return found


def axes_of(case: Case, word: str) -> tuple[int, Axes] | None:
    """Which axes of which arguments have this length; None where it is short, or another has the same."""
    length = lengths(case).get(word, 0)
    if length < 2 or [*lengths(case).values()].count(length) > 1 or word in case.arguments:
        return None
    found: Axes = {}
    for name, value in case.arguments.items():
        if isinstance(value, Tensor):
            axes = [k for k, n in enumerate(value.shape) if n == length]
            if axes:
                found[name] = axes
    return (length, found) if found else None


def taken(case: Case, axes: Axes, index: Tensor) -> Case:
    """The case with these indices along those axes."""
    arguments = dict(case.arguments)
    for name, along in axes.items():
        for axis in along:
            arguments[name] = arguments[name].index_select(axis, index)
    return replace(case, arguments=arguments)


def alone(asking: Asking, trials: Sequence[Trial]) -> list[str]:
    """Of what one, or a pair, is enough to make the answer right: what goes wrong, goes wrong between more."""
    found = []
    few = {"there is only one of the {}": 1, "there are only two of the {}": 2}
    for (text, n), word in itertools.product(few.items(), lengths(trials[0].case)):
        there = [(t, axes_of(t.case, word)) for t in trials]
        ends = lambda last, there=there, n=n: [
            taken(t.case, a[1], torch.arange(a[0])[-n:] if last else torch.arange(n)) for t, a in there
            if a and a[0] > n and not any(normalised(t.case.arguments[name]) for name in a[1])]  # fmt: skip
        found += [text.format(word)] if _enough(asking, ends(False)) and _enough(asking, ends(True)) else []
    found = found[:1] or _of_one_number(asking, trials)
    return [f"right as soon as {text}" for text in found]


def _of_one_number(asking: Asking, trials: Sequence[Trial]) -> list[str]:
    """The same for whole images: one number of each."""
    cut, others = [], []
    for t in trials:
        images = {n: v for n, v in t.case.arguments.items() if isinstance(v, Tensor) and v.ndim > 2}
        if images and len({v.shape for v in images.values()}) == 1 and not any(map(normalised, images.values())):
            axes = {n: list(range(1, v.ndim)) for n, v in images.items()}
            cut.append(taken(t.case, axes, torch.tensor([0])))
            last = {n: v[(slice(None), *[slice(-1, None)] * (v.ndim - 1))] for n, v in images.items()}
            others.append(replace(t.case, arguments={**t.case.arguments, **last}))
    return ["each has only one number"] if _enough(asking, cut) and _enough(asking, others) else []


def _enough(asking: Asking, cases: Sequence[Case]) -> bool:
    """Whether the answer is right in each of these cases, two or more, and not because every answer is."""
    asked = [(case, asking.both(case)) for case in cases]
    there = [(case, both) for case, both in asked if both]
    if len(there) < 2 or not all(_right(asking, both) for _, both in there):
        return False
    numbers = [both.flat(asking.entries)[0] for _, both in there]
    forced = bool(torch.cat(numbers).frac().eq(0).all()) and asking.real_answers()  # as 1, -1 for a correlation of two
    return (
        float(torch.cat(numbers).std()) > 1e-6
        and not forced
        and not any(_given(case, v) for (case, _), v in zip(there, numbers, strict=True))
    )


def _given(case: Case, numbers: Tensor) -> bool:
    """Whether all of these numbers stand in the arguments."""
    there = [v.flatten().double() for v in case.arguments.values() if isinstance(v, Tensor)]
    return bool(there) and bool(torch.isin(numbers, torch.cat(there)).all())


def _right(asking: Asking, both: Both) -> bool:
    """Whether the answer is right, where that is not zero, which many answers are there."""
    limit = asking.trials.question.tolerance
    return all(agrees(both.got[e], both.right[e], limit) and bool((both.right[e].abs() > 1e-6).any())
               for e in asking.entries)  # fmt: skip
