"""Slopes by differences and by torch, and optima that are looked for: what a formula asks for without saying how."""

from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from course_pkg.reading.arrays import length
from course_pkg.reading.model import Scope, base, call_of, letter_of
from course_pkg.reading.named import Named
from course_pkg.reading.nodes import Fraction, Group, Node, Number, Operation, Product, Search, Symbol, simple

if TYPE_CHECKING:
    from course_pkg.reading.reader import Reader

SLOPES = ("d", r"\partial")


def is_slope(node: Fraction) -> bool:
    """Both parts begin with the same d, and say of what and by what."""
    both = (node.top, node.bottom)
    starts = [n.factors[0] for n in both if isinstance(n, Product) and len(n.factors) > 1]
    return len(starts) == 2 and starts[0] == starts[1] and isinstance(starts[0], Symbol) and str(starts[0]) in SLOPES


def slope(reader: "Reader", node: Fraction, scope: Scope) -> Named:
    """dA/db for a number b, by differences; dA/dq(z|x) for a table that the world holds, by torch."""
    assert isinstance(node.top, Product) and isinstance(node.bottom, Product)
    what, by = Product(node.top.factors[1:]), node.bottom.factors[1:]
    if len(by) == 2 and isinstance(by[0], Symbol) and isinstance(by[1], Group):
        return slope_by_table(reader, what, by[0], by[1], scope)
    name = str(simple(by[0])) if len(by) == 1 else ""
    at = reader.laws.numbers.get(name)
    if at is None or at.axes:
        raise Search(f"a slope by {name or 'more than one symbol'}, which is no number of the world")
    h = 1e-3 * at.values.abs().item()

    def moved(step: float) -> Named:
        return reader.varied(name, at + step).value(what, scope)

    wide, narrow = (((moved(s) - moved(-s)) / (2 * s)) for s in (h, h / 2))
    return (narrow * 4.0 - wide) / 3.0  # Richardson: what is left is of fourth order


def slope_by_table(reader: "Reader", what: Node, symbol: Symbol, group: Group, scope: Scope) -> Named:
    call = call_of(symbol, group)
    of, given = reader.all_axes(call.of, scope), reader.all_axes(call.given, scope)
    own = reader.laws.held(call.name, of, given)
    if own is None:
        raise Search(f"a slope by {call.name}, which is no table of the world")
    leaf = own.data.clone().requires_grad_()
    value = reader.varied((call.name, of, given), Named(own.axes, leaf, True)).value(what, scope)
    if value.axes:
        raise Search("a slope of more than one number by a table")
    found = torch.autograd.grad(value.values, leaf)[0] / own.values
    return Named(own.axes, found).renamed({base(a): a for a in (*of, *given)})


def search(reader: "Reader", node: Operation, scope: Scope) -> Named:
    """max, min and where they are, over an index; max and min over a number of 0 or more, for each x."""
    values = over_index(reader, node, scope)
    if values:
        return values
    below = simple(node.below[0]) if len(node.below) == 1 and not node.above else None
    if isinstance(below, Group) and below.between == (r"\ge",) and simple(below.parts[1]) == Number(0):
        name = str(simple(below.parts[0]))
        if node.name in (r"\min", r"\max") and name in reader.laws.numbers:
            return best_number(reader, name, 1 if node.name == r"\min" else -1, node.body, scope)
    reader.value(node.body, scope)  # only what can be read but for the search waits for one
    raise Search(f"{node.name} asks for a search that is not made here")


def over_index(reader: "Reader", node: Operation, scope: Scope) -> Named | None:
    """The best value over an index that arrays have, or its place, counted from 1; nothing where it is no index."""
    index = letter_of(node.below[0]) if len(node.below) == 1 and not node.above else None
    which, _, sign = node.name.removeprefix("\\").removeprefix("operatorname*{").removesuffix("}").rpartition("m")
    if index is None or index.below or sign not in ("in", "ax"):
        return None
    places = range(1, 1 + length(reader, index, node.body))
    if not places:
        return None
    scopes = [replace(scope, numbers={**scope.numbers, str(index): Named.of(float(k))}) for k in places]
    values = [reader.value(node.body, inner) for inner in scopes]
    if any(v.axes for v in values):
        raise Search(f"{node.name} of more than one number")
    data = torch.stack([v.values for v in values]) * (1 if sign == "ax" else -1)
    best = int(data.argmax())
    return Named.of(best + 1.0) if which == "arg" else values[best]


def best_number(reader: "Reader", name: str, sign: int, body: Node, scope: Scope) -> Named:
    """The least value of a convex function over numbers of 0 or more, for each x, by golden sections of their logs."""
    ratio = (5**0.5 - 1) / 2
    x = reader.laws.given_shape("x")
    low, high = (torch.full((x,), bound, dtype=torch.float64) for bound in (-25.0, 10.0))

    def at(log: torch.Tensor) -> torch.Tensor:
        value = reader.varied(name, Named(("x",), log, True)).value(body, scope)
        if value.axes != ("x",):
            raise Search("a best number of something that is not one number for each x")
        return sign * value.values

    for _ in range(90):
        a, b = high - ratio * (high - low), low + ratio * (high - low)
        left = at(a) < at(b)
        low, high = torch.where(left, low, a), torch.where(left, b, high)
    return Named(("x",), sign * at((low + high) / 2))
