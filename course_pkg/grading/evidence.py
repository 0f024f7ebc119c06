"""What is known of an answer: each case with what came and what is right, and the named numbers of the case.

Everything that is said is measured on the numbers that came. A sentence that was found is true of them, or is not said.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import torch
from torch import Tensor

from course_pkg.grading.calling import CALLS, Outcome, call_answer
from course_pkg.grading.plain import NotPlain, Recorded, decode, encode, finite, parts
from course_pkg.grading.question import RUNGS, Case, Question
from course_pkg.grading.relations import Pair

Parts = dict[str, Tensor]
EXACT, SINGLE = 1e-6, 3e-5  # rounding of a number in double and in single precision


@dataclass(frozen=True)
class Trial:
    """One case with what came and what is right."""

    case: Case
    got: Parts
    right: Parts

    def pair(self, entry: str) -> Pair:
        return Pair(self.got[entry], self.right[entry], facts(self.case), tables(self.case))


@dataclass(frozen=True)
class Trials:
    """All cases, those of other seeds too; `rounding` is how near numbers that are the same may come."""

    question: Question
    all: Sequence[Trial]
    rounding: float = EXACT
    again: Callable[[Sequence[Case]], list[Parts]] | None = field(default=None)

    def comparable(self, entry: str) -> list[Trial]:
        """Those with finite numbers of the right shape in this entry."""
        there = [t for t in self.all if entry in t.got and t.got[entry].shape == t.right[entry].shape]
        return [t for t in there if finite(t.got[entry]) and finite(t.right[entry])]


def parts_of(outcome: Outcome) -> Parts:
    """The numbers of an outcome; none where it has no value or no numbers."""
    try:
        return parts(decode(outcome.value)) if outcome.status == "value" else {}
    except NotPlain:
        return {}


@lru_cache(maxsize=64)
def drawn(question: Question, seed: int) -> tuple[Case, ...]:
    """The cases of a seed: the same objects each time, so that what is known of them is computed once for a class."""
    assert question.cases
    return question.cases(seed)


@lru_cache(maxsize=4096)
def expected(question: Question, case: Case) -> Parts:
    """What the case should give, by the oracle on its rung and by the reference on the others."""
    if case.rung == "oracle" and question.oracle:
        return parts(question.oracle(**case.arguments))
    return by_reference(question, case)


def by_reference(question: Question, case: Case) -> Parts:
    """What the reference gives for any case."""
    assert question.reference
    return _own(question, question.reference, case)


@lru_cache(maxsize=4096)
def by_slip(question: Question, form: Callable, case: Case) -> Parts:
    """What a named slip gives for a case."""
    return _own(question, form, case)


def _own(question: Question, answer: Callable, case: Case) -> Parts:
    """What an answer of the course gives on its own copy of the arguments; nothing where it raises. Thousands are asked
    for a wrong answer, so neither a clock nor a comparison of the arguments stands around it."""
    if isinstance(answer, Recorded):
        return parts_of(call_answer(answer, [case])[0])
    copied = {n: v.clone() if isinstance(v, Tensor) else decode(encode(v)) for n, v in case.arguments.items()}
    try:
        return parts(decode(encode(CALLS[question.call](answer, copied))))
    except Exception:
        return {}


def facts(case: Case) -> dict[str, float]:
    """The numbers of a case that a slip may divide or multiply by, under the names that are told."""
    shown = lambda name: f"`{name}`" if isinstance(case.arguments.get(name), int) else f"the number of {name}"
    found = {shown(name): float(n) for name, n in case.sizes.items()}
    found |= {f"{shown(name)} less one": float(n - 1) for name, n in case.sizes.items() if n > 1}
    for name, value in case.arguments.items():
        if (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and name not in (*case.sizes, "seed", "hidden")
        ):
            found[f"`{name}`"] = float(value)
    return found


def tables(case: Case) -> dict[str, Tensor]:
    return {n: torch.as_tensor(v, dtype=torch.float64) for n, v in case.arguments.items() if quantity(v)}


def quantity(value: object) -> bool:
    """Whether an argument can be squared, halved, compared: a real number or a tensor of them, no names of settings."""
    return value.is_floating_point() if isinstance(value, Tensor) else isinstance(value, float)


def agrees(got: Tensor, right: Tensor, tolerance: float) -> bool:
    """Whether every number agrees. A comparison with NaN is false, so NaN never agrees; infinity never does either."""
    if got.shape != right.shape or not finite(got):
        return False
    size = torch.maximum(got.abs(), right.abs()).clamp_min(1.0)
    return bool(((got - right).abs() <= tolerance * size).all())


def where(cases: Sequence[Case], i: int, fine: Sequence[bool]) -> str:
    """Which rung of how many, the case in words where it is no secret, and the rungs that hold."""
    rungs = list(dict.fromkeys(case.rung for case in cases))
    told = f": {cases[i].text}" if cases[i].told else ""
    hold = [RUNGS[r] for r in rungs if all(f for c, f in zip(cases, fine, strict=True) if c.rung == r)]
    rest = f" (what holds: {', '.join(hold)})" if hold else ""
    return f"{rungs.index(cases[i].rung) + 1} of {len(rungs)}, {RUNGS[cases[i].rung]}{told}{rest}"
