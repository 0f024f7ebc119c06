"""Derivations as data: each line has its LaTeX, its relation to the line above, a function that computes it
from a world, and the reason. Checking one evaluates every line on many random worlds.

What a line's value may be, and when two values agree, is told in `course_pkg.derivation.agreement`.
"""

import dataclasses
import inspect
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from course_pkg.derivation.agreement import compare, difference, show
from course_pkg.tables import Table, folded, typeset
from course_pkg.worlds.kinds import GRIDS, TABLES, Worlds

RELATIONS = ("=", r"\ge", r"\le")
LINE = 220  # characters of LaTeX that fit on a page's line
STRICT = 1e-3  # an inequality must be strict by more than this on some world


@dataclass(frozen=True)
class Definition:
    """An equation that introduces the symbol on its left: nothing to check but that it is used as written."""

    label: str
    latex: str
    symbol: str
    meaning: str
    code: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        if not normal(self.latex).startswith(normal(self.symbol) + " :="):
            raise ValueError(
                f"definition {self.label}: expected LaTeX that starts '{self.symbol} :=', got {self.latex}"
            )


@dataclass(frozen=True)
class Step:
    """One line. `value` computes it from a world; `also` names independent ways to compute the same line.

    An inequality needs `tight`, which draws a world where the two sides are equal.
    """

    latex: str
    value: Callable[[Any], Any]
    reason: str = ""
    relation: str = "="
    also: dict[str, Callable[[Any], Any]] = field(default_factory=dict)
    tight: Callable[[int], Any] | None = None

    def __post_init__(self) -> None:
        if self.relation not in RELATIONS:
            raise ValueError(f"step {self.latex}: expected a relation among {RELATIONS}, got {self.relation!r}")
        if self.relation != "=" and self.tight is None:
            raise ValueError(f"step {self.latex}: an inequality needs `tight`, a world where equality holds")

    def code(self) -> str:
        """The source of everything that computes this line, so that a reader can judge it."""
        return "\n".join(textwrap.dedent(inspect.getsource(f)) for f in (self.value, *self.also.values())).strip()


class BrokenStep(AssertionError):
    """A step whose relation does not hold. Carries what a reader needs to see why."""

    def __init__(self, label: str, number: int, what: str, left: "Side", right: "Side", world: str, seed: int):
        self.label, self.number, self.what = label, number, what
        self.left, self.right, self.world, self.seed = left.value, right.value, world, seed
        relation = right.step.relation if right.step is not left.step else "="
        self.table = Table(
            head=("broken", f"step {number}: {what}"),
            rows=(
                ("left", typeset(left.step.latex)),
                ("right", typeset(f"{relation} {right.step.latex}")),
                ("reason", right.step.reason or "none given"),
                ("left is", show(left.value)),
                ("right is", show(right.value)),
                ("found on", f"{world}, seed {seed}"),
            ),
            caption=f"{label} is broken",
            css="derivation broken",
        )
        super().__init__(str(self.table))

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return self.table._repr_html_()


class Side(NamedTuple):
    """One side of a comparison: the line it belongs to, and its value on a world."""

    step: Step
    value: Any


@dataclass(frozen=True)
class Row:
    """What checking found for one line: the worst residual over all worlds, and the limit it stayed under."""

    step: Step
    residual: float
    limit: str


@dataclass(frozen=True)
class Report:
    """A derivation that held, line by line. Shows itself as a table in a notebook and as text in a terminal."""

    label: str
    rows: tuple[Row, ...]
    worlds: str

    @property
    def residual(self) -> float:
        """The worst of the exact comparisons; Monte Carlo lines are judged by their error bars instead."""
        return max(row.residual for row in self.rows)

    @property
    def table(self) -> Table:
        rows = []
        for i, row in enumerate(self.rows):
            formula = typeset((row.step.relation + " " if i else "") + row.step.latex)
            rows.append((i, formula, row.step.reason, row.limit))
        caption = f"{self.label} holds: checked on {self.worlds}"
        notes = [folded(row.step.code()) for row in self.rows]
        return Table(("line", "step", "reason", "worst residual"), rows, caption, "derivation", notes)

    def __repr__(self) -> str:  # formulae are long: in a terminal each line of the table takes two
        lines = [f"{self.label} holds: checked on {self.worlds}"]
        for i, row in enumerate(self.rows):
            formula = (row.step.relation + " " if i else "") + row.step.latex
            lines += [f"{i:>3}  {formula}", f"     {row.limit:<12} {row.step.reason}"]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return self.table._repr_html_()


@dataclass(frozen=True)
class Derivation:
    """A chain of lines under one label. `follows` names the labels that it uses."""

    label: str
    steps: tuple[Step, ...]
    source: str = ""
    worlds: tuple[Worlds, ...] = (TABLES, GRIDS)
    follows: tuple[str, ...] = ()

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

    def oracles(self) -> list[str]:
        """The kinds of world and the further ways in which the lines were computed."""
        return [w.name for w in self.worlds] + [name for step in self.steps for name in step.also]

    def check(self, seed: int = 0) -> Report:
        """Evaluate every line on every world (seeds from `seed` on). Raises BrokenStep at the first that fails."""
        worst = [0.0] * len(self.steps)
        limits: list[list[str]] = [[] for _ in self.steps]
        strict = [False] * len(self.steps)
        for kind in self.worlds:
            for s in range(seed, seed + kind.count):
                world = kind.draw(s)
                above: Side | None = None
                for i, step in enumerate(self.steps):
                    here = Side(step, step.value(world))
                    pairs = [("=", Side(step, f(world)), here, f"computed by {name}") for name, f in step.also.items()]
                    if above:
                        pairs.append((step.relation, above, here, "the relation fails"))
                    for relation, left, right, what in pairs:
                        residual, text = self._compare(i, relation, left, right, what, kind, s)
                        limits[i] += [text] if text not in limits[i] else []
                        worst[i] = max(worst[i], residual) if text.startswith("<") else worst[i]
                    if above and step.tight:
                        strict[i] |= bool((difference(above.value, here.value).abs() > STRICT).any())
                        tight = step.tight(s)
                        left, right = Side(above.step, above.step.value(tight)), Side(step, step.value(tight))
                        self._compare(i, "=", left, right, "no equality where it was promised", kind, s)
                    above = here
        for i, step in enumerate(self.steps):
            if step.tight and not strict[i]:
                what = "an inequality that was never strict: say ="
                raise BrokenStep(
                    self.label, i, what, Side(self.steps[i - 1], "equal"), Side(step, "equal"), "all", seed
                )
        rows = (Row(step, worst[i], ", ".join(limits[i])) for i, step in enumerate(self.steps))
        return Report(self.label, tuple(rows), self._count())

    def breaks(self, seed: int = 0) -> BrokenStep:
        """Check a derivation that is meant to fail, and return the error. Raises AssertionError if it holds."""
        try:
            report = self.check(seed)
        except BrokenStep as broken:
            return broken
        raise AssertionError(f"expected a broken step, but every line holds: {report}")

    def _compare(
        self, i: int, relation: str, left: Side, right: Side, what: str, kind: Worlds, seed: int
    ) -> tuple[float, str]:
        residual, limit, text = compare(relation, left.value, right.value, kind.tolerance, self._comparisons())
        if not residual <= limit:
            raise BrokenStep(self.label, i, what, left, right, kind.name, seed)
        return residual, text

    def _comparisons(self) -> int:
        """How many comparisons share the false-alarm rate (each of at most 100 numbers)."""
        lines = sum(1 + len(step.also) for step in self.steps)
        return 100 * lines * sum(kind.count for kind in self.worlds)

    def _count(self) -> str:
        return " and ".join(f"{kind.count} {kind.name}" for kind in self.worlds)


def normal(latex: str) -> str:
    """LaTeX with all runs of white space made one space."""
    return re.sub(r"\s+", " ", latex).strip()
