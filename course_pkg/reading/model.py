"""What symbols stand for: every distribution that a world's tables imply, and the letters at a place of a formula."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from torch import Tensor

from course_pkg.reading.arrays import written
from course_pkg.reading.named import Named
from course_pkg.reading.nodes import Group, Node, Product, Symbol, Unreadable, simple, text
from course_pkg.reading.parse import parse
from course_pkg.worlds.symbols import Symbols

Axes = tuple[str, ...]


@dataclass(frozen=True)
class Scope:
    """What letters stand for at one place of a formula.

    variables: axes; numbers: values of indices and parameters; tables: distributions, by their names, and `f`, inside
    the definition of an operator; copies: letters of which several samples are drawn, and how many.
    """

    variables: dict[str, Axes]
    numbers: dict[str, Named] = field(default_factory=dict)
    tables: dict[str, Named] = field(default_factory=dict)
    copies: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """A distribution as it is written: its name, what it is of, and what is given."""

    name: str
    of: tuple[Node, ...]
    given: tuple[Node, ...]


def call_of(symbol: Symbol, group: Group) -> Call:
    """q(z, y | x): the parts before and after the bar. Raises Unreadable for parts divided otherwise."""
    bar = group.between.index(r"\mid") + 1 if r"\mid" in group.between else len(group.parts)
    if any(s != "," for i, s in enumerate(group.between) if i != bar - 1):
        raise Unreadable(f"{symbol}( ... ) of parts that are divided by neither a comma nor a bar")
    return Call(str(symbol), group.parts[:bar], group.parts[bar:])


def call_in(latex: str) -> Call:
    node = parse(latex)
    if isinstance(node, Product) and len(node.factors) == 2:
        symbol, group = node.factors
        if isinstance(symbol, Symbol) and isinstance(group, Group):
            return call_of(symbol, group)
    raise Unreadable(f"expected a distribution such as p(x), got {latex}")


def is_distribution(symbol: Symbol) -> bool:
    """p, q, and both with scripts or a bar."""
    return symbol.name in ("p", "q", r"\bar{p}", r"\bar{q}")


def base(axis: str) -> str:
    """The axis that a copy was made of: z_1' and z_1#2 are copies of z_1."""
    return axis.rstrip("'").split("#")[0]


class Laws:
    """Every distribution that the tables of a world imply: those given, and by the rules of probability the rest.

    The data and the encoder, p(x) or p(x, y) times q(z|x), give everything that is called q, and p of x and y. The
    prior and the decoder, p(z) times p(x|z) or p(y|z), give everything that is called p_theta, and p of latents.
    """

    def __init__(self, symbols: Symbols):
        self.latents: Axes = tuple(f"z_{j + 1}" for j in range(len(symbols.latents) or 1))
        self.letters: dict[str, Axes] = {"x": ("x",), "y": ("y",), "z": self.latents}
        self.shape = symbols.latents
        self.given: dict[tuple[str, frozenset[str], frozenset[str]], Named] = {}
        for latex, (axes, log) in symbols.logs.items():
            self.give(latex, self.named(axes, log))
        self.arrays = [written(latex, *array) for latex, array in symbols.arrays.items()]
        self.numbers = {text(parse(latex)): constant(latex, value) for latex, value in symbols.numbers.items()}

    def named(self, axes: str, log: Tensor) -> Named:
        """A table with the axes of these letters; one for each latent in the place of z."""
        names: list[str] = []
        shape: list[int] = []
        for letter, size in zip(axes.split(), log.shape, strict=True):
            names += self.letters[letter]
            shape += (self.shape or (size,)) if letter == "z" else (size,)
        return Named(tuple(names), log.reshape(shape), True)

    def give(self, latex: str, table: Named) -> None:
        """A table for what is written so: p(x), or q(z | x)."""
        call = call_in(latex)
        of, given = (
            frozenset(a for part in parts for a in self.letters.get(text(part), (text(part),)))
            for parts in (call.of, call.given)
        )
        self.given[call.name, of, given] = table

    def table(self, name: str, of: Axes, given: Axes) -> Named | None:
        """A table that the world holds, for axes that may be copies."""
        found = self.held(name, of, given)
        return found and found.renamed({base(a): a for a in (*of, *given)})

    def held(self, name: str, of: Axes, given: Axes) -> Named | None:
        """A table as the world holds it, its axes no copies."""
        return self.given.get((name, frozenset(map(base, of)), frozenset(map(base, given))))

    def replace(self, name: str, of: Axes, given: Axes, table: Named) -> None:
        """Another table in the place of one that is held."""
        self.given[name, frozenset(map(base, of)), frozenset(map(base, given))] = table

    def is_given(self, name: str) -> bool:
        """Whether a table of this name is held, be it called p, q or otherwise."""
        return any(name == held for held, _, _ in self.given)

    def given_shape(self, axis: str) -> int:
        """How many values a variable takes."""
        return next(t.data.shape[t.axes.index(axis)] for t in self.given.values() if axis in t.axes)

    @cached_property
    def of_codes(self) -> Named | None:
        data = self.pick("p", "xy") or self.pick("p", "x")
        encoder = self.table(r"q_{\phi}", self.latents, ("x",))
        return data * encoder if data and encoder else data

    @cached_property
    def of_model(self) -> Named | None:
        prior = self.table("p", self.latents, ())
        decoders = (self.table(r"p_{\theta}", (seen,), self.latents) for seen in "xy")
        decoder = next((d for d in decoders if d), None)
        return prior * decoder if prior and decoder else prior

    def pick(self, name: str, letters: Sequence[str]) -> Named | None:
        return self.table(name, tuple(letters), ())

    def implied(self, name: str, of: Axes, given: Axes) -> Named | None:
        """A marginal or a conditional of the joint law that the name belongs to; nothing where no law holds these."""
        bases = [base(a) for a in (*of, *given)]
        if len(set(bases)) < len(bases):
            raise Unreadable(f"{name} of two copies of one variable")
        if name in ("q", r"q_{\phi}") or (name == "p" and not any(b in self.latents for b in bases)):
            law = self.of_codes
        elif name == r"p_{\theta}" or (name == "p" and all(b in self.latents for b in bases)):
            law = self.of_model
        else:
            return None
        if law is None or not set(bases) <= set(law.axes):
            return None
        joint = law.sum(tuple(a for a in law.axes if a not in bases))
        if given:
            joint = joint / joint.sum(tuple(base(a) for a in of))
        return joint.renamed({base(a): a for a in (*of, *given)})


def constant(latex: str, value: Tensor | float) -> Named:
    """A number, or several at once, which then have an axis of their own."""
    data = value if isinstance(value, Tensor) else Named.of(value).values
    axes = (text(parse(latex)),) if data.ndim else ()
    return Named(axes, data.double().log(), True) if bool((data > 0).all()) else Named(axes, data.double())


def letter_of(node: Node) -> Symbol | None:
    """The symbol that a node is, if it is nothing more."""
    node = simple(node)
    return node if isinstance(node, Symbol) else None
