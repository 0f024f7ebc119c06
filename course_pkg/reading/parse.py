"""From LaTeX to a tree of few kinds of nodes, by the grammar of `grammar.lark`."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedInput

GRAMMAR = (Path(__file__).parent / "grammar.lark").read_text("utf-8")
# What only places and sizes: no meaning is lost with it.
LAYOUT = re.compile(
    r"\\(?:left|right|[bB]igg?[lr]?|displaystyle|quad|qquad|cdot)(?![a-zA-Z])|\\[,;! ]|\\class\{[^}]*\}|~"
)  # fmt: skip
ABSOLUTE = re.compile(r"(?<!\\)\|([^|]*)(?<!\\)\|")


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


class Build(Transformer):
    """Lark's tree made of these nodes."""

    def number(self, c: list) -> Node:
        return Number(float(c[0]))

    def symbol(self, c: list) -> Node:
        return Symbol(re.sub(r"\s", "", str(c[0])))

    def star(self, c: list) -> Node:
        return Symbol("*")

    def differential(self, c: list) -> Node:
        return Differential(str(c[0])[1:])

    def fraction(self, c: list) -> Node:
        return Fraction(c[0], c[1])

    def root(self, c: list) -> Node:
        return Group("braces", (c[0],), (), (Number(0.5),))

    def absolute(self, c: list) -> Node:
        return Absolute(c[0])

    def over(self, c: list) -> Node:
        return Over(c[0])

    def parts(self, c: list) -> Node:
        nodes = tuple(n for n in c if not isinstance(n, Token))
        return Group("parts", nodes, tuple(str(n) for n in c if isinstance(n, Token)))

    def round(self, c: list) -> Node:
        return Group("round", c[0].parts, c[0].between)

    def square(self, c: list) -> Node:
        return Group("square", c[0].parts, c[0].between)

    def curly(self, c: list) -> Node:
        return Group("curly", c[0].parts, c[0].between)

    def braces(self, c: list) -> Node:
        return Group("braces", (c[0],))

    def below(self, c: list) -> Any:
        return ("below", simple(c[0]))

    def above(self, c: list) -> Any:
        return ("above", simple(c[0]))

    def prime(self, c: list) -> Any:
        return ("prime", None)

    def script(self, c: list) -> Any:
        return c[0]

    def factor(self, c: list) -> Node:
        atom, scripts = c[0], c[1:]
        if not scripts:
            return atom
        below, above = (tuple(n for kind, n in scripts if kind == k) for k in ("below", "above"))
        primes = sum(kind == "prime" for kind, _ in scripts)
        if isinstance(atom, Symbol):
            return Symbol(atom.name, below, above, primes)
        if below or primes:
            raise Unreadable("only a symbol may have a subscript or a prime")
        if isinstance(atom, Group):
            return Group(atom.kind, atom.parts, atom.between, above)
        return Group("braces", (atom,), (), above)

    def factors(self, c: list) -> Any:
        return tuple(c)

    def operation(self, c: list) -> Node:
        scripts = c[1:-1]
        below, above = (tuple(n for kind, n in scripts if kind == k) for k in ("below", "above"))
        return Operation(re.sub(r"\s", "", str(c[0])), below, above, c[-1])

    def product(self, c: list) -> Node:
        return Product(tuple(n for part in c for n in (part if isinstance(part, tuple) else (part,))))

    def negative(self, c: list) -> Node:
        return Sum(((-1, c[0]),))

    def plus(self, c: list) -> Node:
        return Sum((*terms(c[0]), (1, c[1])))

    def minus(self, c: list) -> Node:
        return Sum((*terms(c[0]), (-1, c[1])))


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


@cache
def parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", start="sum", transformer=Build())


def plain(latex: str) -> str:
    """LaTeX without what only places it; an absolute value becomes a command."""
    return ABSOLUTE.sub(r"\\abs{\1}", LAYOUT.sub(" ", latex)).strip()


@cache
def parse(latex: str) -> Node:
    """The tree of a formula. Raises Unreadable where the grammar has no rule for it."""
    shown = plain(latex)
    try:
        return parser().parse(shown)  # type: ignore[return-value]
    except UnexpectedInput as error:
        at = getattr(error, "pos_in_stream", None)
        near = shown[at : at + 20] if isinstance(at, int) and at >= 0 else "its end"
        raise Unreadable(f"the grammar has no rule for {near!r}") from error
