"""What stands before a product and reaches to its end: logarithms, sums, integrals, averages, the larger of two."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from course_pkg.reading.model import Axes, Scope, letter_of
from course_pkg.reading.named import Named, total
from course_pkg.reading.parse import Differential, Group, Node, Operation, Product, Symbol, Unreadable, simple
from course_pkg.reading.searches import search

if TYPE_CHECKING:
    from course_pkg.reading.reader import Reader

DIVERGENCE = r"D_{\mathrm{KL}}"


def operation(reader: "Reader", node: Operation, scope: Scope) -> Named:
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
    return total([(1, v) for v in values])


def multiplied(reader: "Reader", node: Operation, scope: Scope) -> Named:
    result = Named.of(1.0)
    for inner in steps(reader, node, scope):
        result = result * reader.value(node.body, inner)
    return result


def steps(reader: "Reader", node: Operation, scope: Scope) -> Iterator[Scope]:
    """The scopes of an index that runs from its lower to its upper bound; without bounds, over all latents."""
    below = simple(node.below[0]) if len(node.below) == 1 else None
    first, last = 1, len(reader.laws.latents)
    if isinstance(below, Group) and below.between == ("=",) and len(node.above) == 1:
        index = letter_of(below.parts[0])
        first, last = (int(reader.value(n, scope).values.item()) for n in (below.parts[1], node.above[0]))
    else:
        index = letter_of(node.below[0]) if len(node.below) == 1 and not node.above else None
        if index is not None and index.name != "j":
            raise Unreadable(f"a sum over {index}, of which no table says how many there are")
    if index is None or index.below:
        raise Unreadable("a sum whose index has neither the form j nor j=1 to d")
    for k in range(first, last + 1):
        yield replace(scope, numbers={**scope.numbers, str(index): Named.of(float(k))})


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


def drawn(reader: "Reader", below: Node, scope: Scope) -> tuple[Named, Axes, Scope]:
    """The distribution of an average, the axes that it is of, and the scope of what is averaged.

    Written q(z), z ~ q(z), or z_1, ..., z_K ~ q(z) for K independent samples.
    """
    below = simple(below)
    if not isinstance(below, Group):
        return reader.value(below, scope), reader.heads(below, scope), scope
    *variables, law = below.parts
    if not below.between or below.between[-1] != r"\sim":
        raise Unreadable("an average under something that is neither q(z) nor z ~ q(z)")
    weights, axes = reader.value(law, scope), reader.heads(law, scope)
    if len(variables) == 1:
        if reader.axes(variables[0], scope) != axes:
            raise Unreadable("a sample that is not drawn from a distribution of its own variable")
        return weights, axes, scope
    sample, dots, end = (letter_of(v) for v in (variables[0], variables[len(variables) // 2], variables[-1]))
    if not (sample and end and dots and dots.name == r"\ldots" and len(end.below) == 1):
        raise Unreadable(r"samples that are not written z_1, \ldots, z_K")
    count = int(reader.value(end.below[0], scope).values.item())
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
    of = reader.heads(first, scope)
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
