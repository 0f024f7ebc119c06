"""What a text of a question says in words is tied to its code and to its other texts: the order of two names, the power
of what is divided by, a symbol that is introduced, what is special about a trap."""

import ast
import inspect
import itertools
import math
import re
import textwrap

import pytest
import torch

from claims import texts
from course_pkg.grading import Case
from course_pkg.grading.evidence import by_reference
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


POWERS = re.compile(r"squar|\broot\b|\^2|quadratic")


@each_question
def test_a_slip_of_a_power_is_told_with_it(question):
    lost = [w.name for w in question.wrong if POWERS.search(w.name) and not POWERS.search(w.message)]
    assert not lost, f"{question.name}: {lost}: their messages say nothing of a square or a root"


# --- a symbol that is introduced is used ----------------------------------------------------------------------------

INTRODUCED = re.compile(r"(?<=\w), ([B-HJ-Zb-hj-z])(?=: )")


def unused(text):
    """The symbols that a text introduces, a number of its own, m:, and does not use again."""
    return [symbol for symbol in INTRODUCED.findall(text) if len(re.findall(rf"\b{symbol}\b", text)) == 1]


@each_question
def test_a_symbol_that_is_introduced_is_used(question):
    found = {text: symbols for text in texts(question) if (symbols := unused(text))}
    assert not found, f"{question.name}: {found}"


# --- a trap is one --------------------------------------------------------------------------------------------------


def magnitude(value):
    """The power of ten of a size, in halves: 1 and 3 are near, 1 and 10 are not."""
    return round(2 * math.log10(value)) / 2 if value > 0 and math.isfinite(value) else 0.0


def of_table(value):
    """The features of one argument, true or a number."""
    v = value.double().flatten()
    there = v[v.isfinite()]
    sizes = there.abs()[there != 0]
    lines = [value.double().flatten(0, -2), value.double().flatten(0, -2).T] if value.ndim > 1 else []
    found = {
        "zero": bool((v == 0).any() | v.isinf().any()),
        "negative": bool((there < 0).any()),
        "constant": value.ndim > 1 and value.is_floating_point() and bool((value == value[:1]).all(0).any()),
        "equal": len(there.unique()) < len(there),
        "unordered": value.ndim == 1 and bool((v.diff() < 0).any()) and bool((v.diff() > 0).any()),
        "square": value.ndim > 1 and value.shape[-1] == value.shape[-2],
        "whole": bool((there == there.round()).all()),
        "silent": len(lines) > 0 and any(bool((line == 0).all(0).any()) for line in lines),
    }
    if len(sizes):
        largest, least = sizes.max().item(), sizes.min().item()
        found |= {"large": magnitude(largest), "small": magnitude(least), "spread": magnitude(largest / least)}
        found |= {"above one": largest > 1, "mean": magnitude(sizes.mean().item()) * (1 if there.mean() > 0 else -1)}
    return found


def features(case):
    """All features of a case: of its numbers, each beside the others, and of its sizes."""
    numbers = {n: torch.as_tensor(v) for n, v in case.arguments.items() if isinstance(v, (int, float, torch.Tensor))}
    found = {(kind, name): value for name, v in numbers.items() for kind, value in of_table(v).items()}
    found |= {("text", n): v for n, v in case.arguments.items() if isinstance(v, str)}
    counts = {**{n: float(v) for n, v in numbers.items() if v.numel() == 1}, **case.sizes}
    for (one, a), (other, b) in itertools.combinations(counts.items(), 2):
        found["beside", one, other] = (a > b) - (a < b)
    return found


def special(trap, others):
    """The features of a trap that no other case has: a truth value, or a size beyond all of theirs."""
    mine, theirs = features(trap), [features(case) for case in others]
    found = set()
    for key, value in mine.items():
        rest = [f[key] for f in theirs if key in f]
        sized = isinstance(value, float)
        if rest and (not min(rest) <= value <= max(rest) if sized else value not in rest):
            found.add(key[0])
    return found


# What a hint of a trap says that it has, and the features that are it; sizes must lie beyond those of all other cases.
HAS = {
    r"\bconstant\b": {"constant"},
    r"\bno weight\b|\bnever (?:meet|occur|used)\b|\bstand still\b|\bsingle code\b": {"zero"},
    r"\bexactly zero\b|\bfloor of zero\b": {"zero"},
    r"\bin no order\b": {"unordered"},
    r"\bsquare\b": {"square"},
    r"\bequal to\b": {"equal"},
    r"\bnegative\b": {"negative"},
}
BEYOND = {
    r"\bunits?\b|\bunlike\b|\borders of magnitude\b": {"large", "small", "spread", "mean"},
    r"\bhundreds\b|\bfar\b|\bcheap\b|\bvery (?:rare|small)\b|\bis small\b": {
        "large", "small", "spread", "mean", "zero",
    },
}  # fmt: skip


def plain_traps(question):
    """What the hint of the traps says, and no trap has."""
    cases, hint = question.cases(0), question.hints.get("trap", "")
    others = [case for case in cases if case.rung != "trap"]
    traps = [case for case in cases if case.rung == "trap"]
    having = set().union(*({key[0] for key, value in features(trap).items() if value} for trap in traps))
    right = [part for trap in traps for part in by_reference(question, trap).values()]
    having |= {"negative"} if any(bool((part < 0).any()) for part in right) else set()  # of what comes out
    beyond = set().union(*(special(trap, others) for trap in traps))
    missing = [said for said, kinds in HAS.items() if re.search(said, hint) and not having & kinds]
    missing += [said for said, kinds in BEYOND.items() if re.search(said, hint) and not beyond & kinds]
    return [f"{hint!r}: no trap has {said}" for said in missing if traps and cases[0].arguments]


@each_question
def test_a_trap_has_what_its_hint_says(question):
    assert not plain_traps(question), f"{question.name}: {plain_traps(question)}"


def test_a_trap_that_is_none_is_seen():
    table = torch.arange(12.0).reshape(4, 3).cos()
    dead = table.clone()
    dead[:, 2] = -0.5
    case = lambda rung, codes: Case(rung, {"codes": codes}, {"images": 4})
    assert "constant" in special(case("trap", dead), [case("random", table)])
    assert not {"constant", "large", "zero"} & special(case("trap", table + 0.01), [case("random", table)])
    assert "large" in special(case("trap", 1000 * table), [case("random", table)])


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
