"""Derivations as data: each line has its LaTeX, its relation to the line above, a function that computes it
from a world, and the reason. Checking one evaluates every line on many random worlds.

What a line's value may be, and when two values agree, is told in `course_pkg.derivation.agreement`; how the lines
are evaluated and compared in `course_pkg.derivation.checking`.
"""

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from course_pkg.derivation.checking import check
from course_pkg.derivation.lines import RELATIONS, Definition, Step, Wrong, normal
from course_pkg.derivation.report import BrokenStep, Report, Row, UnusableStep
from course_pkg.worlds.kinds import GRIDS, STRICT, TABLES, Worlds

LINE = 220  # characters of LaTeX that fit on a page's line

__all__ = [
    "GRIDS",
    "LINE",
    "RELATIONS",
    "STRICT",
    "TABLES",
    "BrokenStep",
    "Definition",
    "Derivation",
    "Report",
    "Row",
    "Step",
    "UnusableStep",
    "Worlds",
    "Wrong",
    "normal",
]


@dataclass(frozen=True)
class Derivation:
    """A chain of lines under one label. `follows` names the labels that it uses; `where` says what a symbol of its
    lines stands for on its worlds, as LaTeX: {"q(z)": "p(z)"}, or another letter: {"y": "x"}.

    Raises ValueError where nothing would be checked: for fewer than two lines, or without worlds.
    """

    label: str
    steps: tuple[Step, ...]
    source: str = ""
    worlds: tuple[Worlds, ...] = (TABLES, GRIDS)
    follows: tuple[str, ...] = ()
    where: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.steps) < 2:
            raise ValueError(f"derivation {self.label}: expected two lines or more to compare, got {len(self.steps)}")
        if not self.worlds:
            raise ValueError(f"derivation {self.label}: expected worlds to check it on, got none")
        if self.steps[0].relation != "=":
            raise ValueError(f"derivation {self.label}: the first line has no line above, so it can be no inequality")

    def latex(self) -> str:
        """What the page shows under the label: one line, or an aligned chain."""
        first, *rest = self.steps
        if len(rest) == 1 and len(first.latex + rest[0].latex) < LINE:
            return f"{first.latex} {rest[0].relation} {rest[0].latex}"
        lines = [f"{first.latex} &{rest[0].relation} {rest[0].latex}"]
        if len(first.latex) >= LINE / 2:  # too wide to have the relation beside it
            lines = [f"&{first.latex}", f"&\\quad {rest[0].relation} {rest[0].latex}"]
        lines += [f"&{step.relation} {step.latex}" for step in rest[1:]]
        return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"

    def replace(self, number: int, **changes: Any) -> "Derivation":
        """The same derivation with one line changed: the reader's way to break it."""
        if not 0 <= number < len(self.steps):
            raise IndexError(f"{self.label}: expected a step from 0 to {len(self.steps) - 1}, got {number}")
        steps = list(self.steps)
        steps[number] = dataclasses.replace(steps[number], **changes)
        return dataclasses.replace(self, steps=tuple(steps))

    def with_wrong(self, number: int, *wrong: Wrong) -> "Derivation":
        """The same derivation, with what readers may believe instead of one line."""
        return self.replace(number, wrong=wrong)

    def wrong_lines(self) -> list[tuple[int, int]]:
        """(line, which) of every wrong line that this derivation carries, as `mistaken` takes them."""
        return [(i, k) for i, step in enumerate(self.steps) for k in range(len(step.wrong))]

    def mistaken(self, number: int, which: int = 0) -> "Derivation":
        """The derivation in which line `number` is its wrong line `which`: `.breaks()` says what that does.

        The further ways to compute the line are left out: they compute what it should be. Raises IndexError where
        there is no such line.
        """
        if not 0 <= number < len(self.steps) or not 0 <= which < len(self.steps[number].wrong):
            raise IndexError(f"{self.label}: expected a wrong line among {self.wrong_lines()}, got {(number, which)}")
        step, wrong = self.steps[number], self.steps[number].wrong[which]
        return self.replace(
            number,
            latex=wrong.latex,
            value=wrong.value or step.value,
            relation=wrong.relation or step.relation,
            reason=wrong.believed,
            also={},
        )

    def oracles(self) -> list[str]:
        """The kinds of world and the further ways in which the lines were computed."""
        return [w.name for w in self.worlds] + [name for step in self.steps for name in step.also]

    def check(self, seed: int = 0) -> Report:
        """Evaluate every line on every world (seeds from `seed` on).

        Raises BrokenStep at the first line that does not hold, UnusableStep at one that raises, gives no number or
        one of another shape, or changes its world, ValueError where all worlds of a kind are the same.
        """
        return check(self, seed)

    def breaks(self, seed: int = 0) -> BrokenStep:
        """Check a derivation that is meant to fail, and return the error. Raises AssertionError if it holds."""
        try:
            report = self.check(seed)
        except BrokenStep as broken:
            return broken
        raise AssertionError(f"expected a broken step, but every line holds: {report}")

    def comparisons(self) -> int:
        """How many comparisons share the false-alarm rate (each of at most 100 numbers)."""
        lines = sum(1 + len(step.also) for step in self.steps)
        return 100 * lines * sum(kind.count for kind in self.worlds)

    def counted(self) -> str:
        """The worlds and how many of each: "20 tables"."""
        return " and ".join(f"{kind.count} {kind.name}" for kind in self.worlds)
