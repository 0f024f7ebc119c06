"""What stands before a product and reaches to its end: logarithms, sums, integrals, averages, the larger of two."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from course_pkg.reading.arrays import element, length, norm, square
from course_pkg.reading.model import Axes, Scope, call_of, letter_of
from course_pkg.reading.named import ELEMENTWISE, Named, total
from course_pkg.reading.nodes import (
    Differential,
    Fraction,
    Group,
    Node,
    Operation,
    Product,
    Sum,
    Symbol,
    Unreadable,
    simple,
)
from course_pkg.reading.searches import search

if TYPE_CHECKING:
    from course_pkg.reading.reader import Reader

DIVERGENCE = r"D_{\mathrm{KL}}"
FUNCTIONS: dict[str, Callable[[Named], Named]] = {
    r"\exp": Named.exp,
    **ELEMENTWISE,
    r"\det": lambda value: Named((), square(value).logdet(), True),
    r"\operatorname{tr}": lambda value: Named((), square(value).trace()),
    r"\norm": norm,
    "!": lambda value: Named(value.axes, (value.values + 1).lgamma(), True),
}


def operation(reader: "Reader", node: Operation, scope: Scope) -> Named:
    held = element(reader, node, scope)
    if held is not None:
        return held
    if node.name in FUNCTIONS:
        return function(reader, node, scope)
    if node.name == r"\log" and not node.below:
        return reader.power(reader.value(node.body, scope).logarithm, node.above, scope)
    if node.name == r"\int":
        return integral(reader, node, scope)
    if node.name == r"\sum":
        return summed(reader, node, scope)
    if node.name == r"\prod":
        return multiplied(reader, node, scope)
    if node.name in (r"\mathbb{E}", r"\mathrm{Var}", r"\mathrm{Pr}"):
        return average(reader, node, scope)
    if node.name in (r"\max", r"\min") and not node.below:
        return extreme(reader, node, scope)
    return search(reader, node, scope)


def function(reader: "Reader", node: Operation, scope: Scope) -> Named:
    """Of the brackets, or the fraction, that follow; without either, of the whole product."""
    first, *rest = node.body.factors
    in_brackets = isinstance(first, Fraction) or (isinstance(first, Group) and first.kind in ("round", "square"))
    above = first.above if isinstance(first, Group) and in_brackets else ()
    inside: Node = replace(first, above=()) if isinstance(first, Group) else first
    inside = inside if in_brackets else node.body
    value = FUNCTIONS[node.name](reader.value(inside, scope))
    value = reader.power(value, (*node.above, *above), scope)
    return value * reader.product(tuple(rest), scope) if in_brackets and rest else value


def over(value: Named, axes: Axes, what: str) -> Named:
    """The sum over axes. Raises Unreadable where nothing depends on one of them."""
    try:
        return value.sum(axes)
    except KeyError as missing:
        raise Unreadable(f"{what} over {missing.args[0]}, on which nothing in it depends") from missing


# Over the values of a variable -------------------------------------------------------------------------


def integral(reader: "Reader", node: Operation, scope: Scope) -> Named:
    """The integral to the dz at the end of what follows: a sum, on tables."""
    body, letter = without_differential(node.body)
    if letter is None or letter not in scope.variables:
        raise Unreadable("an integral over something that no table has")
    return over(reader.value(body, scope), scope.variables[letter], "an integral")


def without_differential(node: Product) -> tuple[Product, str | None]:
    """A product without the dz at its end, be it inside a logarithm there; and the letter."""
    *first, last = node.factors
    if isinstance(last, Differential):
        return Product(tuple(first)), last.letter
    if isinstance(last, Operation):
        body, letter = without_differential(last.body)
        return Product((*first, replace(last, body=body))), letter
    return node, None


def summed(reader: "Reader", node: Operation, scope: Scope) -> Named:
    """Over all values of a variable (sum_x), or over an index (sum_j, sum_{j=1}^d)."""
    axes = reader.axes(node.below[0], scope) if len(node.below) == 1 and not node.above else None
    if axes is not None:
        return over(reader.value(node.body, scope), axes, "a sum")
    values = [reader.value(node.body, inner) for inner in steps(reader, node, scope)]
    return total([(1, v) for v in values]) if values else Named.of(0.0)


def multiplied(reader: "Reader", node: Operation, scope: Scope) -> Named:
    result = Named.of(1.0)
    for inner in steps(reader, node, scope):
        result = result * reader.value(node.body, inner)
    return result


def steps(reader: "Reader", node: Operation, scope: Scope) -> Iterator[Scope]:
    """The scopes of an index that runs from its lower to its upper bound; without bounds, as far as there are values.

    Several may run at once: k, j over all pairs, i \\ne j over those of two that differ.
    """
    below = simple(node.below[0]) if len(node.below) == 1 else None
    if isinstance(below, Group) and below.between == ("=",) and len(node.above) == 1:
        indices = [letter_of(below.parts[0])]
        first, last = (reader.value(n, scope).whole for n in (below.parts[1], node.above[0]))
        ranges = [range(first, last + 1)]
    else:
        apart = isinstance(below, Group) and below.between == (r"\ne",)
        listed = isinstance(below, Group) and (apart or set(below.between) == {","})
        indices = [letter_of(n) for n in (below.parts if listed and isinstance(below, Group) else node.below)]
        ranges = [range(1, reach(reader, i, node) + 1) for i in indices if i]
    if any(i is None or i.below for i in indices) or len(ranges) != len(indices):
        raise Unreadable("a sum whose index has neither the form j nor j=1 to d")
    for values in itertools.product(*ranges):
        if not (isinstance(below, Group) and below.between == (r"\ne",) and values[0] == values[1]):
            new = {str(i): Named.of(float(k)) for i, k in zip(indices, values, strict=True)}
            yield replace(scope, numbers={**scope.numbers, **new})


def reach(reader: "Reader", index: Symbol, node: Operation) -> int:
    found = 0 if node.above else length(reader, index, node.body)
    if not found:
        raise Unreadable(f"a sum over {index}, of which no table says how many there are")
    return found


# Averages --------------------------------------------------------------------------------------------


def average(reader: "Reader", node: Operation, scope: Scope) -> Named:
    """E, Var or Pr under a distribution, of the brackets that follow; without brackets, of the whole product."""
    if len(node.below) != 1 or node.above:
        raise Unreadable(f"{node.name} that does not say under which distribution")
    weights, axes, inner = drawn(reader, node.below[0], scope)
    first, *rest = node.body.factors
    in_brackets = isinstance(first, Group) and first.kind in ("square", "round")
    what: Node = first if in_brackets else node.body
    if node.name == r"\mathrm{Pr}":
        result = over(weights * event(reader, what, inner), axes, "a probability")
    else:
        function = reader.value(what, inner)
        result = expected(reader, weights, function, axes)
        if node.name == r"\mathrm{Var}":
            off = function - result
            result = expected(reader, weights, off * off, axes)
    return result * reader.product(tuple(rest), scope) if in_brackets and rest else result


def heads(reader: "Reader", node: Node, scope: Scope) -> Axes:
    """The axes that a distribution, or a product of some, is of."""
    node = simple(node)
    found: list[str] = []
    if isinstance(node, Operation) and node.name == r"\prod":
        for inner in steps(reader, node, scope):
            found += heads(reader, node.body, inner)
    elif isinstance(node, Symbol) and str(node) in scope.tables:
        found += scope.variables["z"]
    elif isinstance(node, (Fraction, Sum)):  # a mixture is of what its parts are of
        return heads(reader, node.top if isinstance(node, Fraction) else node.terms[0][1], scope)
    elif isinstance(node, Product):
        for head, group in zip(node.factors, node.factors[1:], strict=False):
            if isinstance(head, Symbol) and isinstance(group, Group):
                found += reader.all_axes(call_of(head, group).of, scope)
    if not found:
        raise Unreadable("an average over something that is no distribution of a table")
    return tuple(found)


def drawn(reader: "Reader", below: Node, scope: Scope) -> tuple[Named, Axes, Scope]:
    """The distribution of an average, the axes that it is of, and the scope of what is averaged.

    Written q(z), z ~ q(z), or z_1, ..., z_K ~ q(z) for K independent samples.
    """
    below = simple(below)
    if not isinstance(below, Group):
        return reader.value(below, scope), heads(reader, below, scope), scope
    *variables, law = below.parts
    if not below.between or below.between[-1] != r"\sim":
        raise Unreadable("an average under something that is neither q(z) nor z ~ q(z)")
    weights, axes = reader.value(law, scope), heads(reader, law, scope)
    if len(variables) == 1:
        if reader.axes(variables[0], scope) != axes:
            raise Unreadable("a sample that is not drawn from a distribution of its own variable")
        return weights, axes, scope
    sample, dots, end = (letter_of(v) for v in (variables[0], variables[len(variables) // 2], variables[-1]))
    if not (sample and end and dots and dots.name == r"\ldots" and len(end.below) == 1):
        raise Unreadable(r"samples that are not written z_1, \ldots, z_K")
    count = reader.value(end.below[0], scope).whole
    joint, found = Named.of(1.0), list[str]()
    for k in range(1, count + 1):
        names = {a: f"{a}#{k}" for a in axes}
        joint, found = joint * weights.renamed(names), [*found, *names.values()]
    return joint, tuple(found), replace(scope, copies={**scope.copies, sample.name: count})


def expected(reader: "Reader", weights: Named, function: Named, axes: Axes) -> Named:
    """By the book's definition of the expectation, with the two tables in the place of p(z) and f(z)."""
    d = reader.operator(r"\mathbb{E}")
    law = simple(d.symbol.below[0])
    assert isinstance(law, Product) and isinstance(law.factors[0], Symbol)
    variables = {**reader.start.variables, "z": axes}
    return reader.value(d.body, Scope(variables, tables={str(law.factors[0]): weights, "f": function}))


def divergence(reader: "Reader", group: Group, scope: Scope) -> Named:
    """By the book's definition, with the two distributions in the place of its own."""
    if group.between != (r"\|",):
        raise Unreadable(r"a divergence of other than two distributions divided by \|")
    first, second = group.parts
    of = heads(reader, first, scope)
    names = reader.operator(DIVERGENCE)
    assert names.group
    q, p = (str(part.factors[0]) for part in names.group.parts if isinstance(part, Product))
    tables = {q: reader.value(first, scope), p: reader.value(second, scope)}
    return reader.value(names.body, Scope({**reader.start.variables, "z": of}, tables=tables))


def event(reader: "Reader", node: Node, scope: Scope) -> Named:
    """One where a > b holds, else zero."""
    group = node if isinstance(node, Group) else None
    if group is None or group.between not in ((">",), ("<",)):
        raise Unreadable("a probability of something that is not a > b")
    left, right = (reader.value(part, scope) for part in group.parts)
    return left.above(right) if group.between == (">",) else right.above(left)


def extreme(reader: "Reader", node: Operation, scope: Scope) -> Named:
    """max(a, b) and min(a, b), and then the rest of the product."""
    group, *rest = node.body.factors
    if not isinstance(group, Group) or group.between != (",",):
        raise Unreadable(f"{node.name} of other than two things in brackets")
    left, right = (reader.value(part, scope) for part in group.parts)
    result = left.largest(right) if node.name == r"\max" else -((-left).largest(-right))
    return result * reader.product(tuple(rest), scope)
