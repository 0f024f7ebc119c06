"""From LaTeX to a tree of few kinds of nodes, by the grammar of `grammar.lark`."""

import re
from functools import cache
from pathlib import Path
from typing import Any

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedInput

from course_pkg.reading.nodes import (
    Absolute,
    Differential,
    Fraction,
    Group,
    Node,
    Number,
    Operation,
    Over,
    Product,
    Sum,
    Symbol,
    Unreadable,
    simple,
    terms,
    text,
)

GRAMMAR = (Path(__file__).parent / "grammar.lark").read_text("utf-8")
# What only places and sizes: no meaning is lost with it.
LAYOUT = re.compile(
    r"\\(?:left|right|[bB]igg?[lr]?|displaystyle|quad|qquad|cdot)(?![a-zA-Z])|\\[,;! ]|\\class\{[^}]*\}|~"
)  # fmt: skip
NAMES = re.compile(r"\\(tanh)(?![a-zA-Z])|\\mathrm\{(tr)\}")  # operators without a sign of their own in the grammar
NORM = re.compile(r"\\\|((?:(?!\\\|).)*)\\\|")
ABSOLUTE = re.compile(r"(?<!\\)\|([^|]*)(?<!\\)\|")


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

    def norm(self, c: list) -> Node:
        return Operation(r"\norm", (), (), Product((c[0],)))

    def floor(self, c: list) -> Node:
        return Operation(r"\floor", (), (), Product((c[0],)))

    def factorial(self, c: list) -> Node:
        return Operation("!", (), (), Product((c[0],)))

    def row(self, c: list) -> Node:
        return Group("row", tuple(c), (",",) * (len(c) - 1))

    def matrix(self, c: list) -> Node:
        return Group("matrix", tuple(c), (";",) * (len(c) - 1))

    def other(self, c: list) -> Node:
        return Group("other", (Symbol(r"\ne"), c[0]), ("",))

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
        if isinstance(atom, Group) and len(atom.parts) == 1 and isinstance(simple(atom.parts[0]), Symbol) and below:
            return Symbol(text(atom), below, above, primes)  # an entry of what has a subscript of its own
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


@cache
def parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", start="sum", transformer=Build())


def plain(latex: str) -> str:
    """LaTeX without what only places it; an absolute value, a length and a new row become commands."""
    shown = LAYOUT.sub(" ", latex.replace(r"\\", r" \row ")).replace(r"\neq", r"\ne")
    shown = shown.replace(r"\lfloor", r"\floor{").replace(r"\rfloor", "}")
    shown = NAMES.sub(r"\\operatorname{\1\2}", shown)
    return ABSOLUTE.sub(r"\\abs{\1}", NORM.sub(as_command, shown)).strip()


def as_command(length: re.Match) -> str:
    """A length; two bars that divide the arguments of two divergences enclose a bracket that is not closed."""
    inner = length[1]
    return rf"\norm{{{inner}}}" if all(inner.count(a) == inner.count(b) for a, b in ("()", "[]")) else length[0]


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
