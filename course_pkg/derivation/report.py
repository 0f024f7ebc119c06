"""What a check found: a report of a derivation that holds, a broken step, or a line that gave nothing to compare."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from course_pkg.derivation.agreement import EXACT, PROVED, Agreement, show, worst
from course_pkg.derivation.breaker import Outcome, breakable, choices
from course_pkg.derivation.lines import Step
from course_pkg.tables import Cell, Table, folded, opens, typeset


class Side(NamedTuple):
    """One side of a comparison: the line it belongs to, and its value on a world."""

    step: Step
    value: Any


class BrokenStep(AssertionError):
    """A step whose relation does not hold. Carries what a reader needs to see why."""

    def __init__(
        self, label: str, number: int, what: str, left: Side, right: Side, world: str, seed: int, agreement: Agreement
    ):
        self.label, self.number, self.what, self.agreement = label, number, what, agreement
        self.left, self.right, self.world, self.seed = left.value, right.value, world, seed
        self.off_by = off_by(agreement)
        relation = right.step.relation if right.step is not left.step else "="
        self.table = Table(
            head=("broken", f"step {number}: {what}"),
            rows=(
                ("left", typeset(left.step.latex)),
                ("right", typeset(f"{relation} {right.step.latex}")),
                ("reason", right.step.reason or "none given"),
                ("left is", show(left.value)),
                ("right is", show(right.value)),
                ("off by", self.off_by),
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


def off_by(agreement: Agreement) -> str:
    """By how much a relation fails, and what would have been let pass; or by how little its two sides differ."""
    if agreement.holds:
        return f"{agreement.allowed:g} at most, on every world"
    if agreement.kind == PROVED:
        return "no proof was found that the two are equal"
    if agreement.kind == EXACT:
        return f"{agreement.observed:.2g}, allowed {agreement.allowed:.0e}"
    return f"{agreement.observed:.0f} std. errors, allowed {agreement.allowed:.1f}"


class UnusableStep(ValueError):
    """A line that cannot be compared: it raised, gave no number, gave another shape, or changed its world."""

    def __init__(self, label: str, number: int, way: str, world: str, seed: int, problem: str):
        self.label, self.number, self.way, self.world, self.seed, self.problem = (
            label, number, way, world, seed, problem,
        )  # fmt: skip
        super().__init__(f"{label}, step {number}{way and ', ' + way}, on {world}, seed {seed}: {problem}")


@dataclass(frozen=True)
class Row:
    """One line of a derivation that held, and the worst of its comparisons of each kind and limit.

    The first line is compared with nothing but its own further ways: it may have no agreement.
    """

    step: Step
    agreements: tuple[Agreement, ...] = ()

    @property
    def residual(self) -> float:
        """The worst difference of the exact comparisons; Monte Carlo is judged by its error bars instead."""
        return max((max(0.0, a.observed) for a in self.agreements if a.kind == EXACT), default=0.0)

    @property
    def text(self) -> str:
        return "; ".join(map(str, self.agreements))


@dataclass(frozen=True)
class Report:
    """A derivation that held, line by line: one line that opens to a table in a page, text in a terminal."""

    label: str
    rows: tuple[Row, ...]
    worlds: str
    outcomes: Callable[[], list[Outcome]] = list  # what the wrong lines do, computed for a page alone

    @property
    def residual(self) -> float:
        """The worst of the exact comparisons."""
        return max(row.residual for row in self.rows)

    @property
    def agreements(self) -> tuple[Agreement, ...]:
        """The worst of each kind and limit over all lines."""
        return worst([agreement for row in self.rows for agreement in row.agreements])

    @property
    def text(self) -> str:
        return f"holds on {self.worlds}: " + "; ".join(map(str, self.agreements))

    def table(self, outcomes: list[Outcome]) -> Table:
        rows, notes = [], []
        for i, row in enumerate(self.rows):
            formula = typeset((row.step.relation + " " if i else "") + row.step.latex)
            rows.append((i, formula, row.step.reason, row.text))
            notes.append(Cell("", choices(i, outcomes) + folded(row.step.code()).html))
        return Table(("line", "step", "reason", "check"), rows, self.label, "derivation", notes)

    def __repr__(self) -> str:  # formulae are long: in a terminal each line of the table takes two
        lines = [f"{self.label} {self.text}"]
        for i, row in enumerate(self.rows):
            formula = (row.step.relation + " " if i else "") + row.step.latex
            below = " | ".join(part for part in (row.step.reason, row.text) if part)
            lines += [f"{i:>3}  {formula}", *([f"     {below}"] if below else [])]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        outcomes = self.outcomes()
        table = self.table(outcomes)._repr_html_()
        summary = self.text[0].upper() + self.text[1:]
        if not outcomes:
            return opens(summary, table, "check")
        return opens(f"{summary}. Open it to break it.", breakable(table), "check")
