"""A definition as a pattern: its symbol, what of it may be another in use, and its right-hand side."""

from dataclasses import dataclass
from functools import cache

from course_pkg.reading.model import call_of, letter_of
from course_pkg.reading.nodes import (
    Differential,
    Group,
    Node,
    Operation,
    Product,
    Symbol,
    Unreadable,
    children,
    simple,
    text,
)
from course_pkg.reading.parse import parse

VARIABLES = ("x", "y", "z")
INDICES = ("j", "k", "i", "K")


@dataclass(frozen=True)
class Pattern:
    """`symbol` or `symbol(group)`, and the right-hand side; `free` are the letters that the side leaves open."""

    label: str
    symbol: Symbol
    group: Group | None
    body: Node
    free: frozenset[str]


@cache
def pattern(label: str, symbol: str, latex: str) -> Pattern:
    """From a definition's symbol and LaTeX. Raises Unreadable where the grammar has no rule for either."""
    left, body = parse(symbol), parse(latex.split(":=", 1)[1])
    factors = left.factors if isinstance(left, Product) else (left,)
    group = factors[1] if len(factors) == 2 and isinstance(factors[1], Group) else None
    if isinstance(factors[0], Operation):  # the expectation: its brackets are its body
        operation = factors[0]
        inner = operation.body.factors[0]
        return Pattern(label, Symbol(operation.name, operation.below), inner if isinstance(inner, Group) else None,
                       body, frozenset())  # fmt: skip
    if not isinstance(factors[0], Symbol) or len(factors) != 1 + (group is not None):
        raise Unreadable(f"the left side of {label} is no symbol with arguments")
    return Pattern(label, factors[0], group, body, frozenset(letters(body) - bound(body)))


def letters(node: Node) -> set[str]:
    """All plain letters of a node: variables and indices."""
    own = {node.name} & {*VARIABLES, *INDICES} if isinstance(node, Symbol) else set()
    return own.union(*(letters(child) for child in children(node)))


def bound(node: Node) -> set[str]:
    """Letters over which a node sums or averages."""
    found = {node.letter} if isinstance(node, Differential) else set()
    if isinstance(node, Operation):
        for below in node.below:
            found |= heads(below)
    if isinstance(node, Product):
        for symbol, group in zip(node.factors, node.factors[1:], strict=False):
            if isinstance(symbol, Symbol) and text(symbol).startswith("D_") and isinstance(group, Group):
                found |= heads(group.parts[0])
    return found.union(*(bound(child) for child in children(node)))


def heads(node: Node) -> set[str]:
    """Letters that a distribution is of, or that stand as the index of a sum."""
    node = simple(node)
    if isinstance(node, Symbol):
        return {node.name} & {*VARIABLES, *INDICES}
    if isinstance(node, Group):
        several = set(node.between) <= {",", r"\ne"}  # i, j, or i and j that differ
        return set().union(*map(heads, node.parts)) if several else heads(node.parts[0])
    if isinstance(node, Product):
        found: set[str] = set()
        for symbol, group in zip(node.factors, node.factors[1:], strict=False):
            if isinstance(symbol, Symbol) and isinstance(group, Group):
                found |= {s.name for part in call_of(symbol, group).of if (s := letter_of(part))}
        return found
    return set()
