"""From a line's LaTeX and a world to a tensor, its dimensions in the order in which a line's function has them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from course_pkg.reading.arrays import length
from course_pkg.reading.model import Laws, base, call_in
from course_pkg.reading.named import Named
from course_pkg.reading.nodes import Symbol, Unreadable
from course_pkg.reading.parse import parse
from course_pkg.reading.patterns import Pattern, bound, letters, pattern
from course_pkg.reading.reader import Changed, Reader
from course_pkg.worlds.symbols import Symbols

LETTER = re.compile(r"[a-z]")


class Defined(Protocol):
    """What a definition must say of itself."""

    @property
    def label(self) -> str: ...
    @property
    def symbol(self) -> str: ...
    @property
    def latex(self) -> str: ...


class Formula(NamedTuple):
    """The value of a formula, the labels of the definitions that gave it, and those that it names itself."""

    value: Tensor
    used: frozenset[str]
    direct: frozenset[str]


def patterns(definitions: Sequence[Defined]) -> list[Pattern]:
    """All definitions that the grammar has a rule for: a line that needs another says that nothing gives its symbol."""
    found = (pattern_or_nothing(d.label, d.symbol, d.latex) for d in definitions)
    return [known for known in found if known is not None]


@cache
def pattern_or_nothing(label: str, symbol: str, latex: str) -> Pattern | None:
    """A definition's pattern, and none where there is no rule: every line asks for all of them."""
    try:
        return pattern(label, symbol, latex)
    except Unreadable:
        return None


def evaluate(
    latex: str, symbols: Symbols, definitions: Sequence[Defined], where: Mapping[str, str] | None = None
) -> Formula:
    """The value of a formula on tables, in nats. `where` says what a symbol stands for: {"q(z)": "p(z)"}, {"y": "x"}.

    Dimensions: x, y, z in this order (z flattened, the last latent fastest), then their copies z', then an index i or j
    that the formula leaves open. Raises Unreadable, with the reason, for what cannot be evaluated.
    """
    node = parse(latex)
    reader = reader_of(symbols, definitions, where or {})
    index = Symbol(min((letters(node) - bound(node)) & {"i", "j"}, default=""))
    d = reader.laws.numbers.get("d")
    count = d.whole if d and index.name == "j" else length(reader, index, node)
    if not count:
        return Formula(
            as_tensor(reader.value(node, reader.start), reader.laws), frozenset(reader.used), frozenset(reader.direct)
        )
    values = []
    for j in range(1, count + 1):
        scope = replace(reader.start, numbers={index.name: Named.of(float(j))})
        values.append(as_tensor(reader.value(node, scope), reader.laws))
    return Formula(torch.stack(values, -1), frozenset(reader.used), frozenset(reader.direct))


def reader_of(symbols: Symbols, definitions: Sequence[Defined], where: Mapping[str, str]) -> Reader:
    """A reader on one world. A letter may stand for another; a distribution for one that is evaluated first."""
    known = patterns(definitions)

    def vary(changes: dict[Changed, Named]) -> Reader:
        laws = Laws(symbols)
        for what, value in changes.items():
            if isinstance(what, str):
                laws.numbers[what] = value
            else:
                laws.replace(*what, value)
        same = {a: b for a, b in where.items() if LETTER.fullmatch(a)}
        reader = Reader(laws, known, same, lambda what, value: vary({**changes, what: value}))
        for name in where.keys() - same.keys():
            laws.give(name, reader.value(parse(where[name]), reader.start))
        return reader

    return vary({})


def by_the_rules(latex: str, symbols: Symbols) -> Tensor | None:
    """A distribution as a marginal or a conditional of the world's tables, no definition asked; or nothing."""
    try:
        call, reader = call_in(latex), Reader(Laws(symbols), [])
        of, given = (reader.all_axes(parts, reader.start) for parts in (call.of, call.given))
        found = reader.laws.implied(call.name, of, given)
    except Unreadable:
        return None
    return None if found is None else as_tensor(found, reader.laws)


def as_tensor(value: Named, laws: Laws) -> Tensor:
    """A named array with its dimensions in the order of a line's function; latents of one copy flattened into one."""
    data, axes = value.values, value.axes

    def place(axis: str) -> tuple[int, str, int]:
        own = base(axis)
        return (axis.count("'"), "z" if own in laws.latents else own, int(own[2:]) if own in laws.latents else 0)

    order = sorted(axes, key=lambda a: (place(a)[0], place(a)[1], place(a)[2]))
    data = data.permute([axes.index(a) for a in order])
    groups: list[tuple[tuple[int, str], int]] = []
    for axis, size in zip(order, data.shape, strict=True):
        key = place(axis)[:2]
        if groups and groups[-1][0] == key:
            groups[-1] = (key, groups[-1][1] * size)
        else:
            groups.append((key, size))
    return data.reshape([size for _, size in groups])
