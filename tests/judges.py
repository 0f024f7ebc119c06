r"""What says that an amount in words is right (see amounts.py):

    Asserts("len(valleys) == 5")         an assertion of the page has these words; their number is the amount
    Asserts("0.3 < share < 0.4")         two bounds around it, close to each other
    Asserts("losses / 2", one_over)      what the numbers of the words come to, by a function of them
    Sets("range(3)")                     the same of all code of the page
    Lists("seen == [True, False]")       how long the list is, or what else is in brackets, of code or an assertion
    Lists(..., holding="True")           how many of its entries hold this
    Shows(27.59, 41.10, of=ratio)        the page's outputs show these numbers, and this is what they come to
    Equation("elbo-gap", r"\frac{1}{2}", ratio)    the numbered equation, which has a check of its own, has this LaTeX
    ByHand("best_channel", lambda s: s.right())     it is of that question's case by hand: see Subject in claims.py
    Is(lambda: 1 / len(SHAPES))          it is computed
    Declared(DEFINED, "in words")        nothing computes it: see Kind

`times` is how often it stands on the page; `near` is how far from the amount the number may lie, as a share of it.
"""

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any

from amounts import Amount, Page
from claims import Subject
from course_pkg.derivation import normal
from inline import lines
from test_grading import QUESTIONS

NUMBER = re.compile(r"(?<![\w.])\d[\d_]*(?:\.\d+)?(?:e-?\d+)?(?![\w.])")
CLOSE = 1.5  # two bounds, the upper one over the lower one


class Kind(Enum):
    DEFINED = "a definition, a plan or an example of the text's own: it is so because it is said"
    CITED = "a number of the source that the sentence cites"
    SPOKEN = "a way of speaking, an ordinal, an example"
    READ = "a measurement that no code of the page repeats: it was read off a figure, or made on one machine"


DEFINED, CITED, SPOKEN, READ = Kind


def one_over(number: float) -> float:
    return 1 / number


def first(number: float, *others: float) -> float:
    return number


def last(*numbers: float) -> float:
    return numbers[-1]


def length(*numbers: float) -> int:
    return len(numbers)


def middle(low: float, *others: float) -> float:
    return (low + others[-1]) / 2


def ratio(above: float, below: float) -> float:
    return above / below


@dataclass(frozen=True)
class Asserts:
    words: str
    of: Callable[..., float] | None = None
    times: int = 1
    near: float = 0.0

    def place(self, page: Page) -> tuple[str, bool]:
        return "assertion", any(quotes(self.words, text) for text in page.assertions)

    def problem(self, amount: Amount, page: Page) -> str:
        kind, there = self.place(page)
        if not there:
            return f"no {kind} of the page has {self.words!r}"
        numbers = [float(n.replace("_", "")) for n in NUMBER.findall(self.words)]
        if self.of is None and len(numbers) == 2:
            low, high = numbers
            around = low <= amount.value <= high <= CLOSE * low
            return "" if around else f"it is not between {low:g} and {high:g}, or these are not close"
        return differs(amount, self.of(*numbers) if self.of else one(numbers, self.words), self.near)


class Sets(Asserts):
    def place(self, page: Page) -> tuple[str, bool]:
        return "code", quotes(self.words, page.code)


@dataclass(frozen=True)
class Lists:
    words: str
    of: Callable[[int], float] = float
    holding: str = ""
    times: int = 1

    def problem(self, amount: Amount, page: Page) -> str:
        if not any(quotes(self.words, text) for text in (*page.assertions, page.code)):
            return f"neither code nor an assertion of the page has {self.words!r}"
        tree = ast.parse(re.split(r" (?:==|in|=) (?=[\[({])", self.words)[-1].strip(), mode="eval").body
        entries = [*map(ast.unparse, tree.values if isinstance(tree, ast.Dict) else tree.elts)]
        return differs(amount, self.of(sum(self.holding in entry for entry in entries)), 0.0)


@dataclass(frozen=True, init=False)
class Shows:
    numbers: tuple[float, ...]
    of: Callable[..., float] | None
    times: int
    near: float

    def __init__(self, *numbers: float, of: Any = None, times: int = 1, near: float = 0.0):
        for name, given in (("numbers", numbers), ("of", of), ("times", times), ("near", near)):
            object.__setattr__(self, name, given)

    def problem(self, amount: Amount, page: Page) -> str:
        if missing := [number for number in self.numbers if number not in page.shown]:
            return f"no output of the page shows {missing}"
        return differs(amount, self.of(*self.numbers) if self.of else one(self.numbers, "Shows"), self.near)


@dataclass(frozen=True)
class Equation:
    label: str
    latex: str
    of: Callable[..., float]
    times: int = 1

    def problem(self, amount: Amount, page: Page) -> str:
        if normal(self.latex) not in lines().get(self.label, ""):
            return f"the equation {self.label} does not hold {self.latex}"
        return differs(amount, self.of(*map(float, re.findall(r"\d+", self.latex))), 0.0)


@dataclass(frozen=True)
class ByHand:
    question: str
    value: Callable[[Subject], Any]
    times: int = 1
    near: float = 0.0

    def problem(self, amount: Amount, page: Page) -> str:
        return differs(amount, worth(self.value, subject(self.question)), self.near)


@cache
def worth(function: Callable[..., Any], *given: Any) -> float:
    return float(function(*given))


@cache
def subject(name: str) -> Subject:
    return Subject(next(question for _, question in QUESTIONS if question.name == name))


@dataclass(frozen=True)
class Is:
    function: Callable[[], Any]
    times: int = 1
    near: float = 0.0

    def problem(self, amount: Amount, page: Page) -> str:
        return differs(amount, worth(self.function), self.near)


@dataclass(frozen=True)
class Declared:
    kind: Kind
    words: str
    times: int = 1

    def problem(self, amount: Amount, page: Page) -> str:
        return "" if isinstance(self.kind, Kind) and self.words else "say of which kind it is, and what it is"


def quotes(words: str, text: str) -> bool:
    """Whether a text has these words, and not in the middle of a longer name or number."""
    before, after = r"(?<![\w.])" * words[0].isalnum(), r"(?![\w.])" * words[-1].isalnum()
    return bool(re.search(before + re.escape(words) + after, text))


def one(numbers: Any, words: str) -> float:
    if len(numbers) != 1:
        raise ValueError(f"expected one number in {words!r}, or `of`, a function of its numbers; got {numbers}")
    return numbers[0]


def differs(amount: Amount, number: float, near: float) -> str:
    return "" if amount.fits(number, near) else f"it says {amount.value:g}, it is {number:.4g}"
