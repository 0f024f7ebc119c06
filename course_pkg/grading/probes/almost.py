"""Answers that are almost those of a named slip: but for a kind of case, or but for the last digits."""

import itertools
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from course_pkg.grading.evidence import Trial, Trials, by_slip
from course_pkg.grading.naming import named_slips
from course_pkg.grading.plain import finite
from course_pkg.grading.question import Wrong
from course_pkg.grading.relations import same

ROUGH, APART = 1e-4, 1e-2  # relative: as near as a constant of few digits comes, and how far from right that must be


def nearly(trials: Trials) -> tuple[str, list[Wrong]]:
    """The slips that give the same but for a kind of case, in words, or but for the last digits; none where what is
    left is too little to tell."""
    kinds: dict[str, Callable[[Trial], bool]] = {
        "but for a trap exactly": lambda t: t.case.rung != "trap",
        "where nothing that comes in is zero, exactly": lambda t: not any(map(_holds_zero, t.case.arguments.values())),
    }
    for text, plain in kinds.items():
        left = [t for t in trials.all if plain(t)]
        found = named_slips(replace(trials, all=left)) if 4 <= len(left) < len(trials.all) else []
        if found:
            return text, found
    few = (w for w in trials.question.wrong if any(_to_few_digits(trials, form) for form in w.forms))
    return "to within 0.01 percent of its largest number", list(itertools.islice(few, 1))


def _to_few_digits(trials: Trials, form: Callable) -> bool:
    """Whether each case has what this slip gives, but for the last digits; what is right must be far from it."""
    for t in trials.all:
        theirs = by_slip(trials.question, form, t.case)
        if theirs.keys() != t.got.keys() or any(v.shape != t.got[e].shape or not finite(v) for e, v in theirs.items()):
            return False
        for e, v in theirs.items():
            if not float((v - t.got[e]).abs().max()) <= ROUGH * float(v.abs().max()):
                return False
            if t.case.counts and same(v, t.right[e], 0.0, APART * float(v.abs().max())):
                return False
    return len(trials.all) >= 4


def _holds_zero(value: Any) -> bool:
    """Whether a number, or one of a table, is zero, or a probability of zero by its logarithm."""
    if isinstance(value, Tensor):
        return bool(((value == 0) | (value == -torch.inf)).any())
    return isinstance(value, float) and value in (0.0, -math.inf)
