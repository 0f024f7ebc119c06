"""Asking an answer and the reference the same further question."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from course_pkg.grading.calling import Outcome
from course_pkg.grading.evidence import Parts, Trial, Trials, agrees, by_reference, parts_of, quantity
from course_pkg.grading.plain import finite, key
from course_pkg.grading.question import Case

PATIENCE = 5.0  # seconds of a processor for all further questions to an answer; ten times as long on the wall's clock
MOST = 3  # cases that a probe asks about: a sentence is told where it is true of each of them


def patient(ask: Callable[[Sequence[Case]], list[Outcome]]) -> Callable[[Sequence[Case]], list[Parts]]:
    """The numbers that an answer gives; none once it has not ended, or has taken long."""
    spent, worked = 0.0, time.process_time()

    def over() -> bool:
        """A machine that others use does not change what is told; an answer that only waits is given up as well."""
        return spent >= PATIENCE and (spent >= 10 * PATIENCE or time.process_time() - worked >= PATIENCE)

    def again(cases: Sequence[Case]) -> list[Parts]:
        nonlocal spent
        began = time.monotonic()
        outcomes = ask(cases) if not over() else []
        spent += time.monotonic() - began
        spent += 10 * PATIENCE * any(outcome.status == "endless" for outcome in outcomes)
        return [parts_of(o) for o in outcomes] or [{} for _ in cases]

    return again


@dataclass(frozen=True)
class Both:
    """What is right and what came, to one case."""

    right: Parts
    got: Parts

    def flat(self, entries: Sequence[str]) -> tuple[Tensor, Tensor]:
        """All numbers of these entries in a row: right, got."""
        right, got = (torch.cat([v[e].flatten() for e in entries]) for v in (self.right, self.got))
        return right, got


@dataclass(frozen=True)
class Asking:
    """The answer and the reference of a question, to be asked again; `entries` are those that are wrong.

    known: what was asked, as several probes ask a case as it stands, doubled or at zero, and an answer may be slow.
    """

    trials: Trials
    entries: Sequence[str]
    known: dict[str, Both | None] = field(default_factory=dict)

    def wrong(self, most: int | None = MOST) -> list[Trial]:
        """A few cases in which the answer is wrong, or all: those that most can be learnt from first."""
        off = [t for t in self.trials.all if self.off(t)]
        return sorted(off, key=lambda t: (t.case.rung == "hand", t.case.rung == "trap"))[:most]

    def off(self, t: Trial) -> bool:
        there = t.got.keys() >= set(self.entries)
        return there and any(not agrees(t.got[e], t.right[e], self.trials.question.tolerance) for e in self.entries)

    def real_answers(self) -> bool:
        """Whether the right answers are other than whole numbers."""
        return any(not bool((t.right[e] == t.right[e].round()).all()) for t in self.trials.all for e in self.entries)

    def share(self, name: str) -> bool:
        """Whether an argument lies between 0 and 1 in every case, so that nothing beyond 1 is asked of it."""
        return all(_share(t.case.arguments.get(name)) for t in self.trials.all)

    def real(self, name: str) -> bool:
        """Whether an argument has other than whole numbers: a table of counts, or of zeros and ones, has no others."""
        values = [t.case.arguments.get(name) for t in self.trials.all]
        return any(not isinstance(v, Tensor) or not bool((v == v.round()).all()) for v in values)

    def one_sign(self, name: str) -> bool:
        """Whether an argument has numbers of one sign alone in all cases, so that the other is not asked of it."""
        values = [t.case.arguments.get(name) for t in self.trials.all]
        there = [torch.as_tensor(v) for v in values if isinstance(v, Tensor | int | float)]
        return any(all(bool((sign * v >= 0).all()) for v in there) for sign in (1, -1))

    def both(self, case: Case, **changed: Any) -> Both | None:
        """The numbers of both; None where one of them gives none, not all, or not finite ones."""
        arguments = {**case.arguments, **changed}
        for name, value in changed.items():  # a number of Python stays one
            if isinstance(case.arguments[name], float):
                arguments[name] = float(value)
        known = key(arguments)
        if known not in self.known:
            self.known[known] = self._ask(replace(case, arguments=arguments, told=""))
        return self.known[known]

    def _ask(self, other: Case) -> Both | None:
        assert self.trials.again
        found = by_reference(self.trials.question, other)
        if not self.whole(found):
            return None
        mine = self.trials.again([other])[0]
        fits = self.whole(mine) and all(mine[e].shape == found[e].shape for e in self.entries)
        return Both(found, mine) if fits else None

    def whole(self, found: Mapping[str, Tensor]) -> bool:
        return all(e in found and finite(found[e]) for e in self.entries)


def _share(value: Any) -> bool:
    if not isinstance(value, Tensor | float):
        return False
    table = torch.as_tensor(value)
    return bool(((table >= 0) & (table <= 1)).all())


def numbers(case: Case) -> Iterator[tuple[str, Any]]:
    """The arguments that are quantities: real numbers, and tensors of them; no counts."""
    for name, value in case.arguments.items():
        if quantity(value) and name not in case.sizes:
            yield name, value
