"""What says that a formula inside a sentence is right.

A formula with structure, such as $(n - 1) / \\sqrt{n}$, and every display without a label stand in the table of their
page (inline_book.py, inline_solutions.py) with one of these, and with how often they stand there:

    At(function)      it is read as it is typeset, at drawn numbers, and compared with the function, whose arguments are
                      its letters: sigma is \\sigma; what has another name in Python is in LETTERS
    On(function)      the same on tables: a drawn p(x, y) and an encoder; further arguments are numbers
    In("elbo-gap")    it stands so in that numbered equation, which has a check of its own
    NAME              it is a symbol of the page `notation`
    Is("a name")      said in words, where nothing can be computed
"""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import torch

from course_pkg import reading
from course_pkg.derivation import Definition, normal
from course_pkg.derivation.typeset import everything, in_order
from course_pkg.equations import notation
from course_pkg.equations.bottleneck.worlds import random_pair
from course_pkg.worlds import Symbols
from helpers import generator

# What makes a formula more than a letter with an index; two matrices side by side are a product, in one order.
STRUCTURE = re.compile(
    r"\\(?:frac|sum|prod|log|exp|sqrt|mid|operatorname|math(?:bb|rm)|cdot|max|min|,)(?![a-z])|[-+^/=<>(|]"
    r"|(?<![\\A-Za-z{])[A-Z](?:'|_\w)? ?[A-Z](?![A-Za-z])"
)
LETTERS = {
    "T_z": "T(z)",
    "H_x": "H(x)",
    "H_z": "H(z)",
    "H_zx": r"H(z \mid x)",
    "I_zy": "I(z; y)",
    "q_bar": r"\bar{q}",
    "lambda_": r"\lambda",
}
CALLED = re.compile(r"(p\^x) (?=\()")  # a power, and no distribution of what is in the brackets: once times one
BAR = re.compile(r"(\w)\|(\w)")  # p(y|z), which the book's numbered equations write p(y \mid z)
SEEDS = range(3)


@dataclass(frozen=True)
class In:
    label: str
    times: int = 1

    def problem(self, latex: str) -> str:
        if self.label not in lines():
            return f"there is no equation {self.label}"
        own = normal(latex)
        whole = (
            r"(?<![\w+\-] ){}(?! ?[\^_+\-])" if re.search(r"[+-]", own) else "{}"
        )  # a sum is no part of a longer one
        found = re.search(whole.replace("{}", re.escape(own)), lines()[self.label])
        return "" if found else f"the equation {self.label} does not hold it"


@dataclass(frozen=True)
class Name:
    times: int = 1

    def problem(self, latex: str) -> str:
        return "" if normal(latex) in names() else "the page `notation` has no such symbol"


@dataclass(frozen=True)
class Is:
    words: str
    times: int = 1

    def problem(self, latex: str) -> str:
        return "" if self.words else "say what it is"


@dataclass(frozen=True)
class At:
    """`draws`: values of a letter, one after another, where it is no number from .2 to .9; `off` is relative."""

    function: Callable[..., Any]
    times: int = 1
    draws: dict[str, Any] = field(default_factory=dict)
    off: float = 1e-9

    def problem(self, latex: str) -> str:
        for seed in SEEDS:
            values = drawn(self.function, self.draws, seed)
            found = reading.evaluate(plain(latex), symbols_of(values), ()).value
            if told := differs(found, self.function(**values), self.off):
                return f"{told} at {values}"
        return ""


@dataclass(frozen=True)
class On:
    function: Callable[..., Any]
    times: int = 1

    def problem(self, latex: str) -> str:
        for seed in SEEDS:
            pair = random_pair(seed)
            values = drawn(self.function, {"w": [pair]}, seed)
            own, given = symbols_of({k: v for k, v in values.items() if k != "w"}), tables(pair)
            symbols = Symbols(given.logs, {**given.numbers, **own.numbers})
            found = reading.evaluate(plain(latex), symbols, in_order("bottleneck", (), everything())).value
            if told := differs(found, self.function(**values), 1e-9):
                return f"{told} on drawn tables"
        return ""


NAME = Name()


def plain(latex: str) -> str:
    return BAR.sub(r"\1 \\mid \2", CALLED.sub(r"\1 1 ", re.sub(r"(?<=\d)\{,\}(?=\d)", "", latex)))


def drawn(function: Callable[..., Any], draws: dict[str, Any], seed: int) -> dict[str, Any]:
    """A value for every argument of a function: the seed-th of those given, or a number from .2 to .9."""
    g, found = generator(seed), {}
    for name in inspect.signature(function).parameters:
        number = 0.2 + 0.7 * torch.rand((), generator=g, dtype=torch.float64)
        found[name] = draws[name][seed % len(draws[name])] if name in draws else number
    return found


def symbols_of(values: dict[str, Any]) -> Symbols:
    """Numbers as numbers; what has dimensions, or stands for a call, as an array, with the index that is written."""
    numbers, arrays = {}, {}
    for name, value in values.items():
        latex = LETTERS.get(name, name if len(name) == 1 or "_" in name else "\\" + name)
        if isinstance(value, torch.Tensor) and (value.ndim or "(" in latex):
            arrays[latex] = ("j" if latex.endswith("_j") else "", value)
        else:
            numbers[latex] = float(value)
    return Symbols(numbers=numbers, arrays=arrays)


def tables(pair: Any) -> Symbols:
    """The tables of a pair, and what a solution calls q(z | x), p(y | z), q(x | z) and p(x | z)."""
    seen = pair.encoder.mT @ pair.joint
    codes = pair.encoder * pair.joint.sum(1)[:, None]
    logs = {
        r"q(z \mid x)": ("x z", pair.encoder.log()),
        r"p(y \mid z)": ("z y", (seen / seen.sum(1, keepdim=True)).log()),
        r"q(x \mid z)": ("x z", (codes / codes.sum(0)).log()),
        r"p(x \mid z)": ("x z", (codes / codes.sum(0)).log()),
        "q(z)": ("z", codes.sum(0).log()),
    }
    given = pair.symbols()
    return Symbols(given.logs | logs, given.numbers)


def differs(found: torch.Tensor, expected: Any, off: float) -> str:
    expected = torch.as_tensor(expected, dtype=torch.float64)
    if found.shape == expected.shape and torch.allclose(found, expected, rtol=off, atol=1e-12):
        return ""
    return f"as it is typeset it is {found.tolist()}, it should be {expected.tolist()}"


@cache
def lines() -> dict[str, str]:
    """{label: LaTeX} of every numbered equation."""
    return {e.label: normal(e.latex if isinstance(e, Definition) else e.latex()) for _, e in everything()}


@cache
def names() -> set[str]:
    """The symbols of the page `notation`, those of a row one by one."""
    given = {normal(part) for s in notation.SYMBOLS for part in (s.latex, *re.split(r", (?![^(]*\))", s.latex))}
    return given | {normal(e.symbol) for _, e in everything() if isinstance(e, Definition)}
