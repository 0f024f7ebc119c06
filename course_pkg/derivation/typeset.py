"""The typeset LaTeX of a line as one more way to compute it, and as the judge of definitions.

A line of a derivation whose worlds are tables, or numbers and arrays, is evaluated as it is read, by
`course_pkg.reading`, and compared with its function. What a symbol means there is what its definition says; so a
definition is judged by every line that reads it, by the code that it names, by a function on worlds of its own, and,
where it defines a distribution, by the rules of probability.
"""

import importlib
import pkgutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from course_pkg import reading
from course_pkg.derivation.agreement import Agreement, compare, mean, show, worst
from course_pkg.derivation.chain import Definition, Derivation
from course_pkg.reading import Search, Unreadable
from course_pkg.worlds import Symbols, TabularWorld
from course_pkg.worlds.kinds import Worlds

FEW = 5  # worlds of each kind on which a line is read
ROUNDING = 1e-10  # what is read adds in another order


def evaluate(latex: str, world: Any, page: str = "", where: dict[str, str] | None = None) -> Tensor:
    """The value of a formula in the book's notation on a world of tables, in nats: one number, or one for each x.

    A symbol is what its definition says; `page` names the chapter whose definitions come first, `where` says what a
    symbol stands for here, as in `Derivation`. Raises Unreadable, with the reason, for what the grammar has no rule
    for, and for symbols that neither the world nor a definition gives.

    >>> evaluate(r"\\log p_\\theta(x) - \\mathcal{L}(x)", TabularWorld.random(0)).min() > 0
    tensor(True)
    """
    symbols = world if isinstance(world, Symbols) else Worlds("", lambda seed: world).symbols_of(world)
    if symbols is None:
        raise Unreadable(f"expected a world of tables, got a {type(world).__name__}")
    return reading.evaluate(latex, symbols, in_order(page, (), everything()), where).value


def everything() -> list[tuple[str, Any]]:
    """(page, equation) of every room of `course_pkg.equations`, the notation first."""
    rooms = pkgutil.iter_modules(importlib.import_module("course_pkg.equations").__path__)
    names = sorted((room.name for room in rooms), key=lambda name: (name != "notation", name))
    modules = ((name, importlib.import_module(f"course_pkg.equations.{name}")) for name in names)
    return [(name, equation) for name, module in modules for equation in module.EQUATIONS]


@dataclass(frozen=True)
class Read:
    """A line or a definition that was evaluated as it is typeset; or why it was not.

    `used` are the labels of the definitions that gave its symbols, `direct` of those that it names itself. `on_tables`
    is false where its worlds, or its symbols, are neither tables nor arrays. `problem` says where the value is another
    one than the function's.
    """

    reason: str = ""
    on_tables: bool = True
    used: frozenset[str] = frozenset()
    direct: frozenset[str] = frozenset()
    agreements: tuple[Agreement, ...] = ()
    judges: tuple[str, ...] = ()
    problem: str = ""

    @property
    def read(self) -> bool:
        return not self.reason


def in_order(page: str, follows: Sequence[str], equations: Iterable[tuple[str, Any]]) -> list[Definition]:
    """The definitions of the book as one line sees them: first what it follows from, then its page's, then the rest."""
    found = [(p, e) for p, e in equations if isinstance(e, Definition)]
    return [e for _, e in sorted(found, key=lambda pe: (pe[1].label not in follows, pe[0] != page))]


def expanded(value: Tensor, like: Any) -> Tensor:
    """A number beside a line that gives one for each x: the same for all of them."""
    shape = mean(like).shape
    return value.expand(shape) if value.ndim == 0 else value


def read_lines(derivation: Derivation, definitions: Sequence[Definition], seed: int = 0) -> list[Read]:
    """Every line of a derivation, in order, evaluated as it is typeset and compared with its function."""
    return [read_line(derivation, i, definitions, seed) for i in range(len(derivation.steps))]


def read_line(derivation: Derivation, number: int, definitions: Sequence[Definition], seed: int = 0) -> Read:
    step, agreements, used = derivation.steps[number], list[Agreement](), set[str]()
    comparisons = derivation.comparisons()
    on_tables = False
    for kind in derivation.worlds:
        for s in range(seed, seed + min(kind.count, FEW)):
            symbols = kind.symbols_of(kind.draw(s))
            if symbols is None:
                break
            on_tables = True
            try:
                formula = reading.evaluate(step.latex, symbols, definitions, derivation.where)
            except Unreadable as why:
                return Read(str(why), on_tables=bool(symbols.logs))  # arrays hold what some of the lines need
            used |= formula.used
            own = step.value(kind.draw(s))
            typeset = expanded(formula.value, own)
            place = f"{derivation.label}, line {number}, on {kind.name}, seed {s}"
            try:
                agreement = compare("=", own, typeset, max(kind.tolerance, ROUNDING), comparisons)
            except (TypeError, ValueError) as error:
                return Read(used=frozenset(used), problem=f"{place}: what is typeset gives another shape: {error}")
            if not agreement.holds:
                return Read(
                    used=frozenset(used), problem=f"{place}: {differs(typeset, own, formula.used)}: {step.latex}"
                )
            agreements.append(agreement)
    if not on_tables:
        return Read("its worlds are neither tables nor arrays", on_tables=False)
    return Read(used=frozenset(used), direct=formula.direct, agreements=worst(agreements))


def differs(typeset: Tensor, own: Any, used: Iterable[str]) -> str:
    return (
        f"what is typeset gives {show(typeset)}, its function {show(own)}. Correct the one that is wrong, or a "
        f"definition that the line reads ({', '.join(sorted(used)) or 'none'})"
    )


def read_definition(
    definition: Definition, definitions: Sequence[Definition], kinds: Sequence[Worlds], lines: int = 0
) -> Read:
    """A definition on worlds of its own, or on the first kind that has all of its symbols; and who judges it there.

    `lines` says how many lines of derivations were read by it, each of which judges it, too.
    """
    reasons: list[Unreadable] = []
    by_lines = (f"{lines} lines",) if lines else ()
    if definition.worlds:
        return read_on_its_own(definition, definitions, definition.worlds, by_lines)
    for kind in kinds:
        world = kind.draw(0)
        symbols = kind.symbols_of(world)
        if symbols is None:
            continue
        try:
            formula = reading.evaluate(definition.symbol, symbols, definitions)
        except Unreadable as why:
            reasons.append(why)
            continue
        if definition.label not in formula.used:
            reasons.append(Unreadable("what it defines is given by these worlds"))
            continue
        judges, problem = judged(definition, world, symbols, formula.value)
        return Read(used=formula.used, judges=(*judges, *by_lines), problem=problem)
    if lines:  # an operator, or one with a parameter: read where it is used
        return Read(judges=by_lines)
    search = next((r for r in reasons if isinstance(r, Search)), None)
    return Read(str(search or (reasons[0] if reasons else "no tables")), on_tables=search is not None)


def read_on_its_own(
    definition: Definition, definitions: Sequence[Definition], kind: Worlds, by_lines: tuple[str, ...]
) -> Read:
    """A definition on worlds that it brings: there it must be readable, and its judge agree on each of a few."""
    for seed in range(min(kind.count, FEW)):
        world = kind.draw(seed)
        symbols = kind.symbols_of(world)
        assert symbols
        try:
            formula = reading.evaluate(definition.symbol, symbols, definitions)
        except Unreadable as why:
            return Read(str(why), problem=f"{definition.label}, on {kind.name}: {why}: {definition.latex}")
        judges, problem = judged(definition, world, symbols, formula.value)
        if problem:
            break
    return Read(used=formula.used, judges=(*judges, *by_lines), problem=problem)


def judged(definition: Definition, world: Any, symbols: Symbols, value: Tensor) -> tuple[tuple[str, ...], str]:
    """The judges of a definition's value on a world, and what one of them objects to."""
    others: dict[str, Tensor] = {}
    owner, _, method = definition.code.rpartition(".")
    if owner == "TabularWorld" and isinstance(world, TabularWorld):
        given = getattr(world, method)()
        others[definition.code] = given.exp() if method.startswith("log_") else given
    if definition.judge:
        others["a function of its own"] = torch.as_tensor(definition.judge(world), dtype=torch.float64)
    implied = reading.by_the_rules(definition.symbol, symbols)
    if implied is not None:
        others["the rules of probability"] = implied
    for name, other in others.items():
        if value.shape != other.shape or not torch.allclose(value, other, rtol=1e-9, atol=1e-12):
            what = f"{definition.label}: what is typeset gives {show(value)}, {name} {show(other)}: {definition.latex}"
            return tuple(others), what
    return tuple(others), ""
