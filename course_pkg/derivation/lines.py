"""What a page shows under a label is made of lines: a definition is one, a derivation has several."""

import inspect
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from course_pkg.worlds.kinds import Worlds

RELATIONS = ("=", r"\ge", r"\le")


@dataclass(frozen=True)
class Definition:
    """An equation that introduces the symbol on its left.

    Where it can be evaluated as it is typeset, something must judge it: the method of a world that `code` names, the
    lines of derivations that read it, or a `judge`, which computes the symbol from a world. Where no derivation's
    worlds have its symbols, it brings `worlds` of its own, whose `symbols` say what they stand for.
    """

    label: str
    latex: str
    symbol: str
    meaning: str
    code: str = ""
    source: str = ""
    judge: Callable[[Any], Any] | None = None
    worlds: Worlds | None = None

    def __post_init__(self) -> None:
        if self.worlds and not (self.judge and self.worlds.symbols):
            raise ValueError(f"definition {self.label}: worlds of its own need `symbols`, and a judge on them")
        if not normal(self.latex).startswith(normal(self.symbol) + " :="):
            raise ValueError(
                f"definition {self.label}: expected LaTeX that starts '{self.symbol} :=', got {self.latex}"
            )


@dataclass(frozen=True)
class Wrong:
    """What a reader could have believed instead of a line: in words, in LaTeX, and as a function of a world.

    Without a `value` the line's own is kept, and only its `relation` is another. Where the line stands, the chain must
    break: at the line itself (its neighbour, for the first line), or at line `at`, where only a later one notices.
    """

    believed: str
    latex: str
    value: Callable[[Any], Any] | None = None
    relation: str = ""
    at: int | None = None

    def __post_init__(self) -> None:
        if self.value is None and not self.relation:
            raise ValueError(f"wrong line {self.latex}: expected a value or a relation that differs from the line's")


@dataclass(frozen=True)
class Step:
    """One line. `value` computes it from a world; `also` names independent ways to compute the same line.

    An inequality needs `tight`, which draws a world where the two sides are equal. `wrong` holds plausible lines that
    do not hold: a page offers them to its reader.
    """

    latex: str
    value: Callable[[Any], Any]
    reason: str = ""
    relation: str = "="
    also: dict[str, Callable[[Any], Any]] = field(default_factory=dict)
    tight: Callable[[int], Any] | None = None
    wrong: tuple[Wrong, ...] = ()

    def __post_init__(self) -> None:
        if self.relation not in RELATIONS:
            raise ValueError(f"step {self.latex}: expected a relation among {RELATIONS}, got {self.relation!r}")
        if self.relation != "=" and self.tight is None:
            raise ValueError(f"step {self.latex}: an inequality needs `tight`, a world where equality holds")

    def code(self) -> str:
        """The source of everything that computes this line, so that a reader can judge it."""
        return "\n".join(textwrap.dedent(inspect.getsource(f)) for f in (self.value, *self.also.values())).strip()


def normal(latex: str) -> str:
    """LaTeX with all runs of white space made one space."""
    return re.sub(r"\s+", " ", latex).strip()
