"""What a question is: data that can be refused, drawn, answered and judged, for one reader or for a class."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from course_pkg.grading.plain import NotPlain, encode
from course_pkg.grading.verdict import tell, told_apart

KINDS = ("derive", "implement", "debug", "experiment")
RUNGS = {
    "hand": "a case done by hand",
    "random": "random shapes",
    "oracle": "an independent oracle",
    "trap": "a trap",
}
# What a hint may answer to: a kind of failure, what was found in the numbers, or the only rung that does not hold.
FOUND = ("sign", "factor", "offset", "power", "order", "terms", "near", "random", "no effect", "constant", "zero",
         "condition", "error", "symmetry", "as if", "departs", "whole", "grid")  # fmt: skip
FAILED = ("not started", "missing", "arguments", "exception", "endless", "type", "shape", "not finite", "different")
SYMPTOMS = (*FAILED, "changed", "slope", *FOUND, *RUNGS)
LEAST = 5  # named slips of a question


@dataclass(frozen=True, eq=False)  # what is known of a case is kept for this one, not for its equal
class Case:
    """One input. `arguments` are plain data (numbers, text, tensors); `rung` says what kind of case it is.

    sizes: the lengths that a slip may divide or multiply by, such as {"latents": 5}.
    told: the case in words, where the student may see it (those done by hand): a template that takes its numbers from
    the arguments and sizes, see `telling`.
    counts: False where a trivial answer is right too, such as a KL of zero; such a case earns nothing.
    """

    rung: str
    arguments: Mapping[str, Any]
    sizes: Mapping[str, int] = field(default_factory=dict)
    told: str = ""
    counts: bool = True

    def __post_init__(self) -> None:
        if self.rung not in RUNGS:
            raise ValueError(f"case: expected a rung among {', '.join(RUNGS)}, got {self.rung!r}")
        try:
            encode(dict(self.arguments))
        except NotPlain as error:
            raise ValueError(f"case {self.rung}: arguments are plain data; {error}") from None
        if told_apart(self.told):
            raise ValueError(
                f"case {self.rung}: {told_apart(self.told)!r} in what is told is not made from its numbers"
            )

    @property
    def text(self) -> str:
        """What the student may read of it."""
        return words(tell(self.told, self.arguments, self.sizes))


@dataclass(frozen=True)
class Wrong:
    """A plausible wrong answer: the slip's name, an answer that makes it, and what to tell a student who made it.

    also: the same slip in other forms, such as n and n - 1 in a variance that should not be one. A form is found by its
    numbers alone, so the message must be true of each, and of every other code that gives the same numbers.
    """

    name: str
    answer: Callable
    message: str
    also: tuple[Callable, ...] = ()

    @property
    def forms(self) -> tuple[Callable, ...]:
        return (self.answer, *self.also)


@dataclass(frozen=True)
class Condition:
    """What any right answer meets, and what a wrong one may miss. `text` says it as "the rows sum to one".

    residual(arguments, answer) is zero where it holds; the answer is a dict of entries, {"": value} where it is one.
    """

    text: str
    residual: Callable[[Mapping[str, Any], Mapping[str, Tensor]], Tensor]


@dataclass(frozen=True)
class Symmetry:
    """A change of what comes in that any right answer follows in a known way, such as other units.

    change(arguments) gives the arguments that change; then(arguments, value) what the value must become.
    """

    text: str
    change: Callable[[Mapping[str, Any]], Mapping[str, Any]]
    then: Callable[[Mapping[str, Any], Tensor], Tensor] = lambda given, value: value


@dataclass(frozen=True, eq=False)
class Question:
    """A question. Raises ValueError, naming everything that is missing, where the entry is not complete.

    name: of the function or class to write             returns: what it gives back, with shapes
    relation: what must hold, in words                  cases: from a seed, plain data
    reference: the right answer                         oracle: the same by an independent way
    wrong: five or more named wrong answers             hints: what to say, by symptom (SYMPTOMS)
    call: how the answer is called, by name (calling.CALLS)
    tolerance: relative to the larger side, absolute below one
    conditions: what the answer should meet, each with a residual; symmetries: what it should follow
    terms: of each entry, named addends: the right value is the sum of those whose name does not begin with "~"
    trains: of an entry, the arguments whose derivatives must be right as well, where the question is about training
    independent: whether the entries are computed apart, so that each may have its slip; derived: from which
    others an entry follows
    """

    name: str
    kind: str = ""
    title: str = ""
    points: int = 0
    difficulty: int = 0
    importance: int = 0
    minutes: int = 0
    returns: str = ""
    relation: str = ""
    cases: Callable[[int], tuple[Case, ...]] | None = None
    reference: Callable | None = None
    oracle: Callable | None = None
    wrong: tuple[Wrong, ...] = ()
    hints: Mapping[str, str] = field(default_factory=dict)
    call: str = "function"
    tolerance: float = 1e-6
    conditions: tuple[Condition, ...] = ()
    symmetries: tuple[Symmetry, ...] = ()
    terms: Callable[[Mapping[str, Any]], Mapping[str, Mapping[str, Tensor]]] | None = None
    trains: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    independent: bool = False
    derived: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        expect = {
            "a name that Python can use": self.name.isidentifier(),
            f"a kind among {', '.join(KINDS)}": self.kind in KINDS,
            "a title": self.title,
            "points, 1 or more": self.points >= 1,
            "difficulty 1-5": self.difficulty in range(1, 6),
            "importance 1-5": self.importance in range(1, 6),
            "minutes": self.minutes >= 1,
            "what it returns": self.returns,
            "the relation that must hold": self.relation,
            "cases(seed)": self.cases,
            "a reference": self.reference,
            "an independent oracle": self.oracle,
            f"{LEAST} named wrong answers (there are {len(self.wrong)})": len({w.name for w in self.wrong}) >= LEAST,
            "a message for each wrong answer, no two alike": all(w.name and w.message for w in self.wrong)
            and len({w.message for w in self.wrong}) == len(self.wrong),
            "a hint": self.hints and all(self.hints.values()),
            "a first step for who has not started": "not started" in self.hints,
            f"hints for symptoms among {', '.join(SYMPTOMS)}": set(self.hints) <= set(SYMPTOMS),
        }
        missing = [what for what, there in expect.items() if not there]
        if self.cases:
            missing += self._lacking(self.cases(0))
        if missing:
            raise ValueError(f"question {self.name or '(no name)'}: expected {'; '.join(missing)}")

    def _lacking(self, cases: tuple[Case, ...]) -> list[str]:
        """What its cases lack: something that counts; each rung, in order, unless it is one prediction."""
        rungs = list(dict.fromkeys(case.rung for case in cases))
        if not any(case.counts for case in cases):
            return ["a case that counts"]
        if rungs != list(RUNGS) and not (self.kind == "experiment" and len(cases) == 1):
            return [f"cases of all four rungs in order ({', '.join(RUNGS)}), got {', '.join(rungs)}"]
        return []

    @property
    def line(self) -> str:
        """What a sheet says under the title."""
        points = f"{self.points} point{'s' if self.points > 1 else ''}"
        return (
            f"*{self.kind}* · {points} · difficulty {self.difficulty} of 5 · importance {self.importance} of 5 · "
            f"{self.minutes} minutes"
        )


def words(text: str) -> str:
    """Text that was broken over lines in the source, on one line."""
    return re.sub(r"\s+", " ", text).strip()
