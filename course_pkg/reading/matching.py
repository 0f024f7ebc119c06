"""Does a definition's symbol fit what is written, and what do its letters then stand for?"""

from typing import TYPE_CHECKING

from course_pkg.reading.model import Call, Scope, is_distribution, letter_of
from course_pkg.reading.named import Named
from course_pkg.reading.nodes import Group, Symbol, text
from course_pkg.reading.patterns import INDICES, VARIABLES, Pattern

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
    same, variables, tables, numbers = 0, dict(reader.start.variables), dict[str, Named](), dict(reader.start.numbers)
    for place, (mine, theirs) in enumerate([*pairs, *arguments]):
        letter = letter_of(mine)
        if place < len(pairs) and not (letter and str(letter) in d.free):
            if text(mine) != text(theirs):
                return None
            same += 1
            continue
        if letter is None or (letter.name in INDICES and str(letter_of(theirs)) in VARIABLES):
            return None
        if is_distribution(letter) and place >= len(pairs):  # TV(q, p): any two distributions of the codes
            theirs_ = letter_of(theirs)
            if theirs_ is None or not is_distribution(theirs_):
                return None
            tables[str(letter)] = reader.density(Call(str(theirs_), (Symbol("z"),), ()), scope)
        elif letter.name in VARIABLES and not letter.below:
            axes = reader.axes(theirs, scope)
            if axes is None:
                return None
            variables[letter.name + "'" * letter.primes] = axes
            same += text(mine) == text(theirs)
        elif text(theirs) in scope.numbers or place < len(pairs) or text(mine) != text(theirs):
            numbers[str(letter)] = reader.value(theirs, scope)
        else:
            same += 1
    return same, Scope(variables, numbers, tables)
