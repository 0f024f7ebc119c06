"""The value of a formula on tables. Numbers, tables and sums are all that is known here: an expectation, a divergence,
an information and every other symbol is what the book's definition of it says."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from course_pkg.reading.arrays import element, matrix, times, to_the, transposed
from course_pkg.reading.matching import match
from course_pkg.reading.model import Axes, Call, Laws, Scope, base, call_of, is_distribution, letter_of
from course_pkg.reading.named import Named, total
from course_pkg.reading.nodes import (
    Absolute,
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
    text,
)
from course_pkg.reading.operators import DIVERGENCE, divergence, operation
from course_pkg.reading.patterns import Pattern
from course_pkg.reading.searches import is_slope, slope

Changed = str | tuple[str, Axes, Axes]  # a number's symbol; a distribution's name, what it is of, what is given
Vary = Callable[[Changed, Named], "Reader"]
CONSTANTS = {r"\pi": math.pi, "e": math.e}


class Reader:
    """Evaluates trees on the laws of one world.

    `used` collects the labels of the definitions that were read, `direct` of those that the formula itself names;
    `vary` makes the reader of a world in which a number, or a table, is another.
    """

    def __init__(
        self,
        laws: Laws,
        definitions: Sequence[Pattern],
        aliases: dict[str, str] | None = None,
        vary: Vary | None = None,
    ):
        self.laws, self.definitions, self.used, self.vary = laws, definitions, set[str](), vary
        self.direct = set[str]()
        self.within: list[str] = []  # the definitions that are being read
        self.start = Scope({**laws.letters, **{a: laws.letters[b] for a, b in (aliases or {}).items()}})

    def varied(self, what: Changed, value: Named) -> "Reader":
        if self.vary is None:
            raise Unreadable("a world that cannot be varied")
        other = self.vary(what, value)
        other.used, other.direct, other.within = self.used, self.direct, self.within
        return other

    # Sums, products, fractions ----------------------------------------------------------------------

    def value(self, node: Node, scope: Scope) -> Named:
        node = simple(node)
        match node:
            case Number(value):
                return Named.of(value)
            case Symbol():
                return self.symbol(node, scope)
            case Fraction() if is_slope(node):
                return slope(self, node, scope)
            case Fraction(top, bottom):
                return self.value(top, scope) / self.value(bottom, scope)
            case Absolute(inner):
                return self.value(inner, scope).size()
            case Group("matrix", rows, _):
                return self.power(matrix(self, rows, scope), node.above, scope)
            case Group(_, (inner,), ()):
                return self.power(self.value(inner, scope), node.above, scope)
            case Sum(terms):
                return total([(sign, self.value(term, scope)) for sign, term in terms])
            case Product(factors):
                return self.product(factors, scope)
            case Operation():
                return operation(self, node, scope)
        raise Unreadable(f"{type(node).__name__.lower()} without a meaning of its own here")

    def power(self, value: Named, above: tuple[Node, ...], scope: Scope) -> Named:
        for exponent in above:
            if simple(exponent) == Symbol(r"\top"):
                value = transposed(value)
                continue
            power = self.value(exponent, scope)
            value = to_the(value, exponent, power) or value**power
        return value

    def product(self, factors: tuple[Node, ...], scope: Scope) -> Named:
        """From left to right; a symbol before brackets may be called with them."""
        result, i = Named.of(1.0), 0
        while i < len(factors):
            factor, divide = factors[i], isinstance(factors[i], Over)
            factor = simple(factor.factor if isinstance(factor, Over) else factor)
            after = factors[i + 1] if i + 1 < len(factors) else None
            called = self.call(factor, after, scope) if isinstance(after, Group) else None
            if called is not None:
                assert isinstance(after, Group)
                value = self.power(called, after.above, scope)
                i += 1
            else:
                value = self.value(factor, scope)
            result = result / value if divide else times(result, value)
            i += 1
        return result

    # Symbols and calls ------------------------------------------------------------------------------

    def symbol(self, node: Symbol, scope: Scope) -> Named:
        if (whole := str(node)) in scope.tables:
            return scope.tables[whole]
        held = None if whole in scope.numbers else element(self, node, scope)
        if held is not None:
            return held
        for numbers in (scope.numbers, self.laws.numbers):
            if whole in numbers:
                return numbers[whole]
        bare = str(replace(node, above=()))
        of_a_number = bare in {**scope.numbers, **self.laws.numbers} and node.above != (Symbol("*"),)
        found = None if of_a_number else self.defined(node, None, scope)
        if found is not None:
            return found
        if node.above:
            if node.name == "e" and not node.below:
                return self.value(node.above[0], scope).exp()
            return self.power(self.symbol(replace(node, above=()), scope), node.above, scope)
        if whole in CONSTANTS:
            return Named.of(CONSTANTS[whole])
        if whole == "d":
            return Named.of(float(len(self.laws.latents)))
        if whole == "N" and self.laws.of_codes:
            return Named.of(float(self.laws.of_codes.data.shape[self.laws.of_codes.axes.index("x")]))
        raise Unreadable(f"neither a table nor a definition gives {whole}")

    def call(self, head: Node, group: Group, scope: Scope) -> Named | None:
        """The value of head(group), or nothing where the two are factors."""
        numbers = {**scope.numbers, **self.laws.numbers}  # before brackets, these are factors
        if not isinstance(head, Symbol) or group.kind not in ("round", "square") or str(head) in numbers:
            return None
        held = element(self, Product((head, replace(group, above=()))), scope)
        if held is not None:
            return held
        if str(head) == DIVERGENCE:
            return divergence(self, group, scope)
        if head.name == "f" and "f" in scope.tables:
            return scope.tables["f"]
        if is_distribution(head) or self.laws.is_given(str(head)):
            return self.density(call_of(head, group), scope)
        found = self.defined(head, group, scope)
        if found is None and len(head.above) == 1 and isinstance(simple(head.above[0]), Number):  # f^2(x) is f(x)^2
            found = self.call(replace(head, above=()), group, scope)
            return found and self.power(found, head.above, scope)
        return found

    def axes(self, node: Node, scope: Scope) -> Axes | None:
        """The axes of a variable such as z, z', z_j or sample z_k; nothing where a node is no variable."""
        symbol = letter_of(node)
        if symbol is None or symbol.above:
            return None
        whole = symbol.name + "'" * symbol.primes
        if whole in scope.variables and symbol.primes:
            axes = scope.variables[whole]
        elif symbol.name in scope.variables:
            axes = tuple(a + "'" * symbol.primes for a in scope.variables[symbol.name])
        else:
            return None
        if symbol.below:
            but = symbol.below[0]  # all latents but one
            if isinstance(but, Group) and but.kind == "other" and symbol.name == "z":
                k = self.value(but.parts[1], scope).whole
                return tuple(a for place, a in enumerate(axes, 1) if place != k)
            if text(symbol.below[0]) not in scope.numbers and not isinstance(simple(symbol.below[0]), Number):
                raise Unreadable(f"no sum says what the index of {symbol} runs over")
            k = self.value(symbol.below[0], scope).whole
            if symbol.name in scope.copies:
                return tuple(f"{a}#{k}" for a in axes)
            if symbol.name != "z" or not 1 <= k <= len(axes):
                raise Unreadable(f"no table has {symbol}")
            return (axes[k - 1],)
        return axes

    def all_axes(self, nodes: Sequence[Node], scope: Scope) -> Axes:
        found: list[str] = []
        for node in nodes:
            axes = self.axes(node, scope)
            if axes is None:
                raise Unreadable("a distribution of something that is no variable of a table")
            found += axes
        return tuple(found)

    def density(self, call: Call, scope: Scope) -> Named:
        if call.name in scope.tables:
            return scope.tables[call.name]
        of, given = self.all_axes(call.of, scope), self.all_axes(call.given, scope)
        table = self.laws.table(call.name, of, given)
        if table is not None:
            return table
        for d in self.definitions:
            if d.group and is_distribution(d.symbol) and str(d.symbol) == call.name:
                other = call_of(d.symbol, d.group)
                inner = [self.all_axes(parts, self.start) for parts in (other.of, other.given)]
                if [set(map(base, of)), set(map(base, given))] == [set(axes) for axes in inner]:
                    names = {base(a): a for a in (*of, *given)}
                    return self.by(d, self.start).renamed(names)
        found = self.laws.implied(call.name, of, given)
        if found is None:
            raise Unreadable(f"neither a table nor a definition gives {call.name} of {', '.join((*of, *given))}")
        return found

    def operator(self, name: str) -> Pattern:
        for d in self.definitions:
            if d.symbol.name == name or str(d.symbol) == name:
                self.read(d)
                return d
        raise Unreadable(f"no definition gives {name}")

    # Definitions ------------------------------------------------------------------------------------

    def defined(self, symbol: Symbol, group: Group | None, scope: Scope) -> Named | None:
        """By the definition whose pattern fits with the fewest changes; nothing where none fits."""
        fits = []
        for d in self.definitions:
            matched = match(self, d, symbol, group, scope)
            if matched:
                fits.append((matched[0], d, matched[1]))
        if not fits:
            return None
        _, d, inner = max(fits, key=lambda fit: fit[0])
        if d.symbol.name == "H" and d.group and len(d.group.parts) == 1:  # of any p(z): here, of what z stands for
            law = self.laws.implied("q", inner.variables["z"], ())
            own = {a: f"of {a}" for a in inner.variables["z"]}  # so that nothing but p can be of this z
            inner = replace(inner, variables={"z": tuple(own.values())}, tables={"p": law.renamed(own)} if law else {})
        return self.by(d, inner)

    def read(self, d: Pattern) -> None:
        """Note a definition, and whether it is the formula's own symbol or one inside another definition."""
        self.used.add(d.label)
        if not self.within:
            self.direct.add(d.label)

    def by(self, d: Pattern, scope: Scope) -> Named:
        """A definition's right-hand side. Raises Unreadable where it leads back to itself."""
        if d.label in self.within:
            raise Unreadable(f"the definition {d.label} leads back to itself")
        self.read(d)
        self.within.append(d.label)
        try:
            return self.value(d.body, scope)
        finally:
            self.within.pop()
