"""Does a definition's symbol fit what is written, and what do its letters then stand for?"""

from typing import TYPE_CHECKING

from course_pkg.reading.model import Scope, letter_of
from course_pkg.reading.parse import Group, Symbol, text
from course_pkg.reading.patterns import VARIABLES, Pattern

if TYPE_CHECKING:
    from course_pkg.reading.reader import Reader


def match(reader: "Reader", d: Pattern, symbol: Symbol, group: Group | None, scope: Scope) -> tuple[int, Scope] | None:
    """How many parts agree as they stand, and the scope for the definition's right-hand side."""
    own = d.symbol
    if (own.name, own.primes, len(own.below), own.above) != (
        symbol.name, symbol.primes, len(symbol.below), symbol.above,
    ) or (d.group is None) != (group is None):  # fmt: skip
        return None
    pairs = list(zip(own.below, symbol.below, strict=True))
    if d.group and group:
        if d.group.between != group.between or len(d.group.parts) != len(group.parts):
            return None
        arguments = list(zip(d.group.parts, group.parts, strict=True))
    else:
        arguments = []
    same, variables, numbers = 0, dict(reader.start.variables), dict(reader.start.numbers)
    for place, (mine, theirs) in enumerate([*pairs, *arguments]):
        letter = letter_of(mine)
        if place < len(pairs) and not (letter and str(letter) in d.free):
            if text(mine) != text(theirs):
                return None
            same += 1
            continue
        if letter is None:
            return None
        if letter.name in VARIABLES and not letter.below:
            axes = reader.axes(theirs, scope)
            if axes is None:
                return None
            variables[letter.name + "'" * letter.primes] = axes
            same += text(mine) == text(theirs)
        elif text(theirs) in scope.numbers or not letter_of(theirs):
            numbers[str(letter)] = reader.value(theirs, scope)
        elif place < len(pairs) or text(mine) != text(theirs):
            numbers[str(letter)] = reader.value(theirs, scope)
    return same, Scope(variables, numbers)
