"""What a text of a question says in words is tied to its code and to its other texts: the order of two names, the power
of what is divided by, a symbol that is introduced."""

import ast
import inspect
import re
import textwrap

import pytest

from claims import texts
from test_grading import each_question

# --- an order that is told is that of the code ----------------------------------------------------------------------

ORDERED = re.compile(r"\b(?:the first|first)\b(?P<one>.*?)\bsecond\b(?P<other>[^.;]*)")


def rows_of_names(source):
    """The names that stand in a row in code: what is unpacked or given together."""
    for node in ast.walk(ast.parse(textwrap.dedent(source))):
        if isinstance(node, ast.Tuple) and all(isinstance(part, ast.Name) for part in node.elts):
            yield [part.id for part in node.elts]
        if isinstance(node, ast.arguments):
            yield [argument.arg for argument in node.args]


def out_of_order(text, rows):
    """The two names that a text calls the first and the second, where the code has them the other way round alone."""
    names = {name for row in rows for name in row if len(name) > 1}
    for match in ORDERED.finditer(text):
        one, other = (next((w for w in re.findall(r"\w+", match[part]) if w in names), "") for part in ("one", "other"))
        together = [row for row in rows if one in row and other in row and one != other]
        if together and all(row.index(one) > row.index(other) for row in together):
            yield f"{one} before {other}, in {text!r}"


@each_question
def test_an_order_that_is_told_is_that_of_the_code(question):
    rows = [*rows_of_names(source_of(question))]
    found = [place for text in texts(question) for place in out_of_order(text, rows)]
    assert not found, f"{question.name}: {found}"


def source_of(question):
    """The code of the right answer."""
    try:
        return inspect.getsource(question.reference)
    except SyntaxError:
        return ""


# --- one quantity has one power -------------------------------------------------------------------------------------

DIVISOR = re.compile(r"\bdivid\w+ (?:\w+ )??by (?P<what>[^.,:;]{2,60})")
POWER = {"squared": 2, "square": 2, "root": 0.5}
PLAIN = (
    "the its it their a an of but in each all both only one two not never by over and then that what which for with"
).split()


def divisors(text):
    """(noun, its power) of what a text says to divide by: of several nouns the first."""
    for match in DIVISOR.finditer(text):
        what = re.split(r"\b(?:not|never|instead)\b", match["what"])[0]
        said = re.findall(r"[A-Za-z]+(?:\^2)?", what.replace("'s", ""))
        power = next((POWER[w] for w in said if w in POWER), 2 if any("^2" in w for w in said) else 1)
        nouns = [w.removesuffix("^2") for w in said if w not in POWER and w not in PLAIN]
        if nouns:
            yield nouns[0], power


def powers(found):
    """The nouns that are divided by with two powers, with the texts that say so."""
    said = {}
    for text in found:
        for noun, power in divisors(text):
            said.setdefault(noun, {}).setdefault(power, text)
    return {noun: by for noun, by in said.items() if len(by) > 1}


@each_question
def test_what_is_divided_by_has_one_power(question):
    twice = powers(texts(question))
    assert not twice, f"{question.name}: {twice}"


# --- a symbol that is introduced is used ----------------------------------------------------------------------------

INTRODUCED = re.compile(r"(?<=\w), ([B-HJ-Zb-hj-z])(?=: )")


def unused(text):
    """The symbols that a text introduces, a number of its own, m:, and does not use again."""
    return [symbol for symbol in INTRODUCED.findall(text) if len(re.findall(rf"\b{symbol}\b", text)) == 1]


@each_question
def test_a_symbol_that_is_introduced_is_used(question):
    found = {text: symbols for text in texts(question) if (symbols := unused(text))}
    assert not found, f"{question.name}: {found}"


# --- these see what they are for ------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["the first half is log_std, the second mu", "first comes log_std; the second is mu."])
def test_an_order_turned_round_is_seen(text):
    rows = [*rows_of_names("mu, log_std = out.chunk(2, 1)")]
    turned = text.replace("mu", "@").replace("log_std", "mu").replace("@", "log_std")
    assert [*out_of_order(text, rows)] and not [*out_of_order(turned, rows)]


def test_a_lost_power_is_seen():
    said = ["divide by its length squared", "a variance is divided by sigma^2"]
    assert not powers([*said, "divide by the squared length of the normal", "divide by sigma squared"])
    assert powers([*said, "divide by the length of the normal"]).keys() == {"length"}
    assert powers([*said, "it is divided by sigma"]).keys() == {"sigma"}


def test_a_symbol_left_alone_is_seen():
    assert unused("y has a number of points of its own, m: take its pairs by n (n - 1)") == ["m"]
    assert not unused("y has a number of points of its own, m: take its pairs by m (m - 1)")
