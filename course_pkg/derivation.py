"""Derivations as data: each line has its LaTeX, its relation to the line above, a function that computes it
from a world, and the reason. Checking one evaluates every line on many random worlds.

What a line's value may be, and when two values agree, is told in `course_pkg.compare`.
"""

import dataclasses
import html
import inspect
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch

from course_pkg.compare import compare, difference, show
from course_pkg.worlds import LinearGaussianWorld, TabularWorld

RELATIONS = {"=": "=", r"\ge": "≥", r"\le": "≤"}


@dataclass(frozen=True)
class Worlds:
    """A kind of world: its name, how to draw one from a seed, how many, and the relative tolerance there.

    The default tolerance is for float64 sums of up to 1e5 terms: 1e-15 each, and some cancellation.
    """

    name: str
    draw: Callable[[int], Any]
    count: int = 20
    tolerance: float = 1e-11


def gaussian_grid(seed: int) -> TabularWorld:
    """A linear-Gaussian world, tabulated at five points of its data: integrals over a continuous z."""
    world = LinearGaussianWorld.random(seed)
    g = torch.Generator().manual_seed(seed)
    x = world.m + torch.randn(5, len(world.m), generator=g, dtype=torch.float64) @ torch.linalg.cholesky(world.C).mT
    return world.tabulate(x)[0]


TABLES = Worlds("tables", TabularWorld.random)
GRIDS = Worlds("linear-Gaussian, on a grid", gaussian_grid, count=3)


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
            raise ValueError(f"step {self.latex}: expected a relation among {list(RELATIONS)}, got {self.relation!r}")
        if self.relation != "=" and self.tight is None:
            raise ValueError(f"step {self.latex}: an inequality needs `tight`, a world where equality holds")

    def code(self) -> str:
        """The source of everything that computes this line, so that a reader can judge it."""
        return "\n".join(textwrap.dedent(inspect.getsource(f)) for f in (self.value, *self.also.values())).strip()


class BrokenStep(AssertionError):
    """A step whose relation does not hold. Carries what a reader needs to see why."""

    def __init__(self, derivation: "Derivation", number: int, what: str, world: str, seed: int, left: Any, right: Any):
        self.number, self.world, self.seed, self.left, self.right = number, world, seed, left, right
        step = derivation.steps[number]
        super().__init__(
            f"{derivation.label}, step {number}: {what}\n"
            f"  above   {derivation.steps[max(number - 1, 0)].latex}\n"
            f"  {RELATIONS[step.relation]} here  {step.latex}\n"
            f"  values  {show(left)} and {show(right)}\n"
            f"  reason given: {step.reason or 'none'}\n"
            f"  world: {world}, seed {seed}"
        )


@dataclass(frozen=True)
class Row:
    """What checking found for one line: the worst residual over all worlds, and the limit it stayed under."""

    step: Step
    residual: float
    limit: str


@dataclass(frozen=True)
class Report:
    """A derivation that held, line by line. Shows itself as a table in a notebook and as text in a terminal."""

    derivation: "Derivation"
    rows: tuple[Row, ...]
    worlds: str

    @property
    def residual(self) -> float:
        """The worst of the exact comparisons; Monte Carlo lines are judged by their error bars instead."""
        return max(row.residual for row in self.rows)

    def __str__(self) -> str:
        lines = [f"{self.derivation.label}: {len(self.rows)} lines hold on {self.worlds}"]
        for i, row in enumerate(self.rows):
            sign = RELATIONS[row.step.relation] if i else " "
            lines.append(f"{i:>3} {sign} {row.step.latex}\n      {row.limit:<12} {row.step.reason}")
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{h}</th>' for h in ("", "step", "reason", "worst residual"))
        body = ""
        for i, row in enumerate(self.rows):
            latex = html.escape((row.step.relation + " " if i else "") + row.step.latex)
            code = f"<details><summary>code</summary><pre>{html.escape(row.step.code())}</pre></details>"
            body += (
                f'<tr><td>{i}</td><td class="step"><span class="math">\\({latex}\\)</span></td>'
                f"<td>{html.escape(row.step.reason)}{code}</td><td>{html.escape(row.limit)}</td></tr>"
            )
        caption = f"<caption>{self.derivation.label}: checked on {self.worlds}</caption>"
        return f'<table class="derivation">{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


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
        if len(rest) == 1:
            return f"{first.latex} {rest[0].relation} {rest[0].latex}"
        lines = [f"{first.latex} &{rest[0].relation} {rest[0].latex}"]
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
                above = None
                for i, step in enumerate(self.steps):
                    here = step.value(world)
                    pairs = [("=", here, other(world), f"computed by {name}") for name, other in step.also.items()]
                    if i:
                        pairs.append((step.relation, above, here, "the relation fails"))
                    for relation, left, right, what in pairs:
                        residual, limit, text = compare(relation, left, right, kind.tolerance, self._comparisons())
                        if not residual <= limit:
                            raise BrokenStep(self, i, what, kind.name, s, left, right)
                        if text not in limits[i]:
                            limits[i].append(text)
                        if text.startswith("<"):
                            worst[i] = max(worst[i], residual)
                    if step.relation != "=":
                        strict[i] = strict[i] or bool((difference(above, here).abs() > 1e-3).any())
                        self._check_tight(i, s, kind)
                    above = here
        for i, step in enumerate(self.steps):
            if step.relation != "=" and not strict[i]:
                raise BrokenStep(self, i, "never strict: say = if it is an equality", "all", seed, "equal", "equal")
        return Report(
            self, tuple(Row(*row) for row in zip(self.steps, worst, map(", ".join, limits), strict=True)), self._count()
        )

    def _check_tight(self, i: int, seed: int, kind: Worlds) -> None:
        world = self.steps[i].tight(seed)  # type: ignore[misc]
        left, right = self.steps[i - 1].value(world), self.steps[i].value(world)
        residual, limit, _ = compare("=", left, right, kind.tolerance, self._comparisons())
        if not residual <= limit:
            raise BrokenStep(self, i, "no equality where it was promised", "the tight world", seed, left, right)

    def _comparisons(self) -> int:
        """How many comparisons share the false-alarm rate (each of at most 100 numbers)."""
        lines = sum(1 + len(step.also) for step in self.steps)
        return 100 * lines * sum(kind.count for kind in self.worlds)

    def _count(self) -> str:
        return " and ".join(f"{kind.count} {kind.name}" for kind in self.worlds)


def normal(latex: str) -> str:
    """LaTeX with all runs of white space made one space."""
    return re.sub(r"\s+", " ", latex).strip()
