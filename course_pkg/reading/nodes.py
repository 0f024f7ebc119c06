"""The nodes of a formula's tree, and what can be asked of any of them."""

from collections.abc import Iterator
from dataclasses import dataclass, fields


class Unreadable(ValueError):
    """A formula that cannot be evaluated, and why."""


class Search(Unreadable):
    """One that could be evaluated only by a search, such as a minimum."""


@dataclass(frozen=True)
class Number:
    value: float


@dataclass(frozen=True)
class Symbol:
    """A letter or a named one, with its sub- and superscripts and primes."""

    name: str
    below: tuple["Node", ...] = ()
    above: tuple["Node", ...] = ()
    primes: int = 0

    def __str__(self) -> str:
        scripts = "".join(f"_{{{text(n)}}}" for n in self.below) + "".join(f"^{{{text(n)}}}" for n in self.above)
        return self.name + scripts + "'" * self.primes


@dataclass(frozen=True)
class Group:
    """What stands between brackets: parts, and what divides them; `above` is its power."""

    kind: str
    parts: tuple["Node", ...]
    between: tuple[str, ...] = ()
    above: tuple["Node", ...] = ()


@dataclass(frozen=True)
class Fraction:
    top: "Node"
    bottom: "Node"


@dataclass(frozen=True)
class Absolute:
    inner: "Node"


@dataclass(frozen=True)
class Differential:
    letter: str


@dataclass(frozen=True)
class Over:
    """A factor that is divided by: a / b."""

    factor: "Node"


@dataclass(frozen=True)
class Operation:
    """An operator before a product: a logarithm, a sum, an expectation."""

    name: str
    below: tuple["Node", ...]
    above: tuple["Node", ...]
    body: "Product"


@dataclass(frozen=True)
class Product:
    factors: tuple["Node", ...]


@dataclass(frozen=True)
class Sum:
    """Terms with their signs, +1 or -1."""

    terms: tuple[tuple[int, "Node"], ...]


Node = Number | Symbol | Group | Fraction | Absolute | Differential | Over | Operation | Product | Sum


def terms(node: Node) -> tuple[tuple[int, Node], ...]:
    return node.terms if isinstance(node, Sum) else ((1, node),)


def simple(node: Node) -> Node:
    """A node without wrappings that hold it alone: {x} is x."""
    if isinstance(node, Group) and node.kind in ("parts", "braces") and len(node.parts) == 1 and not node.above:
        return simple(node.parts[0])
    if isinstance(node, Product) and len(node.factors) == 1:
        return simple(node.factors[0])
    return node


def text(node: Node) -> str:
    """A node as text: equal for formulas that differ in spaces alone."""
    node = simple(node)
    match node:
        case Number(value):
            return f"{value:g}"
        case Product(factors):
            return " ".join(map(text, factors))
        case Group(_, parts, between):
            inner = "".join(text(part) + mark for part, mark in zip(parts, (*between, ""), strict=True))
            return f"({inner})" + "".join(f"^{{{text(n)}}}" for n in node.above)
        case Sum(terms):
            return "".join(("+" if sign > 0 else "-") + text(term) for sign, term in terms)
    return str(node)


def children(node: Node) -> Iterator[Node]:
    for f in fields(node):
        value = getattr(node, f.name)
        for part in value if isinstance(value, tuple) else (value,):
            part = part[1] if isinstance(part, tuple) else part
            if hasattr(part, "__dataclass_fields__"):
                yield part
