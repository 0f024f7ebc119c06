"""How the wrong numbers of an answer relate to what they should be, where others of it are right."""

from dataclasses import replace

import torch
from torch import Tensor

from course_pkg.grading.evidence import Trial, Trials
from course_pkg.grading.functions import by_function
from course_pkg.grading.relations import Pair, Relation, by_factor, by_offset, which_agree

PARTLY = "where it is wrong, "
LEAST = 4  # wrong numbers, and right ones, before it is told


def partly(trials: Trials, entry: str) -> Relation | None:
    """A relation that all wrong numbers have, in two cases or more; the right ones do not have it."""
    there = trials.comparable(entry)
    off = [~which_agree(t.got[entry], t.right[entry], trials.rounding) for t in there]
    wrong = [_these(t, entry, o) for t, o in zip(there, off, strict=True) if bool(o.any())]
    right = sum(int((~o & (t.right[entry].abs() > 1e-9)).sum()) for t, o in zip(there, off, strict=True))
    numbers = torch.cat([p.right for p in wrong]) if wrong else torch.zeros(0)
    if len(wrong) < 2 or len(numbers) < LEAST or right < LEAST or bool((numbers == numbers.round()).all()):
        return None
    if len(torch.cat([p.got for p in wrong]).unique()) == 1:
        return None  # where it stands still is told as such
    found = next((f for search in (by_factor, by_function, by_offset) if (f := search(wrong, trials.rounding))), None)
    return replace(found, text=PARTLY + found.text) if found else None


def _these(t: Trial, entry: str, off: Tensor) -> Pair:
    """These numbers of a case, in a row."""
    return Pair(t.got[entry][off].flatten(), t.right[entry][off].flatten(), t.pair(entry).facts)
