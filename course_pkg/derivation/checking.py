"""Evaluate every line of a derivation on every world, and compare: what `Derivation.check` does, in parts.

On one world the lines are computed in order. Each is compared with the further ways to compute it, with the line
above, and, where it is an inequality, with the line above on a world where the two should be equal.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from course_pkg.derivation.agreement import EXACT, Agreement, check_value, compare, difference, worst
from course_pkg.derivation.breaker import outcomes
from course_pkg.derivation.report import BrokenStep, Report, Row, Side, UnusableStep
from course_pkg.worlds.kinds import STRICT, Worlds

if TYPE_CHECKING:
    from course_pkg.derivation.chain import Derivation

RELATION = "the relation fails"
EQUALITY = "no equality where it was promised"
TIGHT = "where equality was promised"
NEVER_STRICT = "an inequality that was never strict: say ="


@dataclass(frozen=True)
class Place:
    """Where a line is computed: on which world, from which seed."""

    label: str
    kind: Worlds
    seed: int

    def unusable(self, number: int, way: str, problem: str) -> UnusableStep:
        return UnusableStep(self.label, number, way, self.kind.name, self.seed, problem)


@dataclass(frozen=True)
class Comparison:
    """Two sides that should agree: `left relation right`, in line `number`; `what` fails where they do not."""

    number: int
    relation: str
    left: Side
    right: Side
    what: str


def check(derivation: "Derivation", seed: int) -> Report:
    """Compare all lines on all worlds.

    Raises BrokenStep at the first that fails, UnusableStep where none can, ValueError where all worlds are one.
    """
    found: list[list[Agreement]] = [[] for _ in derivation.steps]
    strict = {i for i, step in enumerate(derivation.steps) if step.tight is None}
    for kind in derivation.worlds:
        different = set()
        for s in range(seed, seed + kind.count):
            place, world = Place(derivation.label, kind, s), kind.draw(s)
            different.add(tuple(contents(world)))
            for comparison in comparisons(derivation, place, world):
                found[comparison.number].append(judge(derivation, comparison, place))
                if comparison.number not in strict and comparison.what == RELATION and is_strict(comparison):
                    strict.add(comparison.number)
        if kind.count > 1 and len(different) == 1 and any(different):
            came = f"{kind.count} times the same world"
            raise ValueError(f"{derivation.label}: expected {kind.count} {kind.name}, got {came}")
    for i in range(len(derivation.steps)):
        if i not in strict:
            raise never_strict(derivation, i, seed)
    rows = tuple(Row(step, worst(agreements)) for step, agreements in zip(derivation.steps, found, strict=True))
    return Report(derivation.label, rows, derivation.counted(), lambda: outcomes(derivation, seed))


def comparisons(derivation: "Derivation", place: Place, world: Any) -> Iterator[Comparison]:
    """All that is compared on one world, line by line: what comes after a failure is not computed."""
    above: Side | None = None
    for i, step in enumerate(derivation.steps):
        here = Side(step, evaluate(step.value, world, place, i))
        for name, function in step.also.items():
            other = Side(step, evaluate(function, world, place, i, f"computed by {name}"))
            yield Comparison(i, "=", other, here, f"computed by {name}")
        if above:
            yield Comparison(i, step.relation, above, here, RELATION)
        if above and step.tight:
            tight = step.tight(place.seed)
            left, right = (
                evaluate(side.step.value, tight, place, i, "where equality was promised") for side in (above, here)
            )
            yield Comparison(i, "=", Side(above.step, left), Side(step, right), EQUALITY)
        above = here


def evaluate(function: Callable[[Any], Any], world: Any, place: Place, number: int, way: str = "") -> Any:
    """A line's value on a world. Raises UnusableStep where there is none, or where the world is no longer the same."""
    before = contents(world)
    try:
        value = function(world)
        check_value(value)
    except Exception as error:
        problem = str(error) if isinstance(error, TypeError) and str(error).startswith("expected") else told(error)
        raise place.unusable(number, way, problem) from error
    if contents(world) != before:
        raise place.unusable(number, way, "expected a world that stays as it is, but this line changed it in place")
    return value


def told(error: Exception) -> str:
    return f"raised {type(error).__name__}: {error}"


def contents(world: Any) -> list[bytes]:
    """All numbers of a world, to see whether a line changed them. A generator is there to be used up."""
    if isinstance(world, torch.Tensor):
        return [world.detach().cpu().contiguous().numpy().tobytes()]
    if isinstance(world, np.ndarray):
        return [world.tobytes()]
    if isinstance(world, dict):
        return [part for value in world.values() for part in contents(value)]
    if isinstance(world, (tuple, list)):
        return [part for value in world for part in contents(value)]
    if is_dataclass(world):
        return [part for f in fields(world) for part in contents(getattr(world, f.name))]
    return [repr(world).encode()] if isinstance(world, (int, float, str)) else []


def judge(derivation: "Derivation", comparison: Comparison, place: Place) -> Agreement:
    """What a comparison observed. Raises BrokenStep where it does not hold, UnusableStep where it cannot be made."""
    number, relation, left, right, what = (
        comparison.number, comparison.relation, comparison.left, comparison.right, comparison.what,
    )  # fmt: skip
    try:
        agreement = compare(relation, left.value, right.value, place.kind.tolerance, derivation.comparisons())
    except (TypeError, ValueError) as error:
        raise place.unusable(number, "", str(error)) from error
    if not agreement.holds:
        raise BrokenStep(derivation.label, number, what, left, right, place.kind.name, place.seed, agreement)
    return agreement


def is_strict(comparison: Comparison) -> bool:
    return bool((difference(comparison.left.value, comparison.right.value).abs() > STRICT).any())


def never_strict(derivation: "Derivation", number: int, seed: int) -> BrokenStep:
    left, right = (Side(derivation.steps[i], "equal") for i in (number - 1, number))
    return BrokenStep(derivation.label, number, NEVER_STRICT, left, right, "all", seed, Agreement(EXACT, STRICT, 0.0))
