"""A fraction in words, "seven times that", "a dozen" and the small numbers of captions are what something says.

What an assertion of their own section says needs no more; the rest is in shares.py. Halves, tenths, twice and the like
stand in every other assertion, so they are always there.
"""

import ast
import math
import re
from collections import defaultdict
from functools import cache

import pytest

from course_pkg.data import dsprites
from helpers import ROOT
from numerals import COMMENT, LARGE, SKIPPED, WORDS, Section, sections
from shares import SHARES
from test_counted import GUIDES, name, said
from test_counted import PAGES as CHAPTERS

ONE_OF = {word: n for n, word in enumerate("half third quarter fifth sixth seventh eighth ninth tenth".split(), 2)}
ONE_OF |= {"hundredth": 100, "thousandth": 1000, "millionth": 10**6}
ONE_OF |= {"ten-thousandth": 10**4, "hundred-thousandth": 10**5}
PARTS = "|".join([*ONE_OF][1:])
TIMES = WORDS | LARGE | {"a hundred": 100, "a thousand": 1000}
MANY = "|".join(sorted(({*TIMES} - {"zero", "one"}), key=len, reverse=True))
MEASURED = ("less", "than", "plus", "minus", "about", "by", "is", "to", "of", "at", "nearly", "almost", "and a", "or")
# "The third row" and "a third latent" are ordinals; of "the other half" the sentence before tells.
SHARE = re.compile(
    rf"(?<![\w-])(?:(?:one|a) half|(?:{'|'.join(f'(?<={word} )' for word in MEASURED)})half"
    r"|(?<!other )(?<!first )(?<!second )(?<!each )half(?= (?:an?|of|its|the)\b)"
    rf"|(?:one|a) (?:{PARTS})(?= (?:of|or|more|above|below|too|perhaps|is|over|turn|at)\b|[.,;:)]|$)"
    rf"|(?:few|{MANY}) (?:{PARTS})s)(?![\w-])(?! (?:as|way)\b)",
    re.I,
)
MULTIPLE = re.compile(
    rf"(?<![\w-])(?:(?:{MANY}) times(?= (?:as|that|the|what|more|larger|log)\b| \$)|doubles?(?= the\b)"
    r"|twice(?= (?:as|that|the|what|its|one)\b)|half as(?= \w)|(?:\w+ )?dozen)(?![\w-])",
    re.I,
)
SMALL = re.compile(r"(?<![\w-])(?:about|near|at|between|above|below) [2-9](?![\w]|[.,]\d| ?[×%])")
READING = re.compile(r"A first reading may leave out[^:]*")  # an estimate by its nature
EVERYWHERE = {2, 10, 0.5, 0.1, 0.01, 0.001}
SEVERAL = re.compile(r"(?<![\w.,])(?:\d{1,3}(?:,\d{3})+|\d{3,})(?![\d,]*\d)(?! (?:by|×) \d)")
SETTING = re.compile(rf"(?<![\w-])({'|'.join(dsprites.NAMES)}) (\d+)(?!\d)( the largest)?", re.I)
PAGES = [*CHAPTERS, GUIDES[0]]
WHAT_TO_DO = "is it right? Then say in tests/shares.py which assertion of the page says so, or what it is"


def words(match):
    """The words of a match, every half by one name."""
    found = match[0].lower().replace("one ", "a ", 1)
    return "half" if found == "a half" else found


def value(found):
    """The number that they say; of a few, none."""
    *first, last = found.removeprefix("a ").split() if "times" not in found else found.rsplit(" ", 1)
    if last == "times":
        return TIMES[first[0]]
    if last == "dozen":
        return 12 * TIMES.get(" ".join(first), 1)
    if found in ("twice", "double", "doubles", "half as"):
        return 0.5 if found == "half as" else 2
    if last.isdigit():
        return int(last)
    part = last if last in ONE_OF else last.removesuffix("s")
    return (TIMES.get(first[0], math.nan) if first else 1) / ONE_OF[part]


@cache
def texts(page):
    """(section, text, whether it is a caption or alt text) of all that a reader reads."""
    plain = lambda text: READING.sub(" ", " ".join(SKIPPED.sub(" ", COMMENT.sub(" ", text)).split()))
    return [(here, plain(text), where != "text") for here in sections(page) for text, where in here.prose]


def shares(page):
    """{words: the sections and surroundings of the places where they stand}."""
    found = defaultdict(list)
    for section, text, beside in texts(page):
        for pattern in (SHARE, MULTIPLE, *([SMALL] if beside else ())):
            for match in pattern.finditer(text):
                around = f"{text[max(match.start() - 30, 0) : match.start()]}>{match[0]}<{text[match.end() :][:20]}"
                found[words(match)].append((section, f"in '{section.title}': {around}"))
    return found


@cache
def facts(assertion):
    """The numbers of an assertion, also 2 / 3, and the bounds that it sets."""
    nodes = [*ast.walk(ast.parse(assertion))]
    sums = {constant(node) for node in nodes if isinstance(node, ast.BinOp)}
    chains = {(constant(n.left), constant(n.comparators[-1])) for n in nodes if isinstance(n, ast.Compare)}
    return said(assertion) | sums - {None}, {bounds for bounds in chains if None not in bounds}


def says(assertion, number, close=1.5):
    """Whether an assertion has a number, or bounds close around it."""
    known, bounds = facts(assertion)
    return any(math.isclose(number, x) for x in known) or any(a <= number <= b <= close * a for a, b in bounds)


def constant(node):
    """What an expression of numbers alone is worth."""
    kinds = (ast.Constant, ast.BinOp, ast.UnaryOp, ast.operator, ast.unaryop)
    if not all(isinstance(n, kinds) for n in ast.walk(node)):
        return None
    worth = eval(compile(ast.Expression(node), "<assertion>", "eval"))
    return worth if isinstance(worth, (int, float)) else None


def wrong(found, places, known, assertions):
    """What is wrong with words that stand at these places, known as (what says so, how often, ...); or nothing."""
    number = value(found)
    if not known:
        here = lambda section: number not in EVERYWHERE and any(says(a, number) for a in section.tests)
        return [f"{around}: {WHAT_TO_DO}" for section, around in places if not here(section)]
    if len(places) != sum(known[1::2]):
        told = "".join(f"\n    {around}" for _, around in places)
        return [f"{found!r}, {len(places)} times, in tests/shares.py {sum(known[1::2])}: are all right?{told}"]
    sources = [source for source in known[::2] if not source.startswith("is ")]
    named = lambda a: says(a, number, 2.5) or says(a, 1 / number)  # 10 * steps, or losses / 2
    silent = [source for source in sources if not any(source in a and named(a) for a in assertions)]
    return [f"{found!r}: no assertion of the page with {source!r} says {number:g}" for source in silent]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_share_or_a_multiple_is_what_something_says(page):
    found, known = shares(page), SHARES.get(name(page), {})
    assertions = dict.fromkeys(test for section, _, _ in texts(page) for test in section.tests)
    told = [
        f"{page.relative_to(ROOT)}, {problem}"
        for words_ in found | {key: [] for key in known}
        for problem in wrong(words_, found.get(words_, []), known.get(words_, ()), assertions)
    ]
    assert not told, "\n".join(told)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_large_number_stands_once_in_a_sentence(page):
    told = []
    for section, text, _ in texts(page):
        for sentence in re.split(r"(?<=[.;:!?])\s|\|", text):
            found = SEVERAL.findall(sentence)
            told += [f"'{section.title}': {n} twice in: {sentence}" for n in {*found} if found.count(n) > 1]
    assert not told, "one of them is another number, or the sentence can be divided:\n" + "\n".join(told)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_setting_of_a_factor_is_one_that_it_has(page):
    size = {factor.lower(): n for factor, n in zip(dsprites.NAMES, dsprites.SIZES, strict=True)}
    for section, text, _ in texts(page):
        for factor, setting, largest in SETTING.findall(text):
            last = size[factor.lower()] - 1
            assert int(setting) == last if largest else int(setting) <= last, f"{section.title}: {factor} {setting}"


# What is a share or a multiple, and what says one -----------------------------------------------------


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("$\\gamma$ less a quarter, half of log 4, a quarter of log 4", ["half", "a quarter", "a quarter"]),
        (
            "two thirds of it, by less than a hundred-thousandth; one half",
            ["two thirds", "a hundred-thousandth", "half"],
        ),
        ("the third row, a third latent, the other half of it, half learnt, a half-turn", []),
        ("seven times that of a, twice as high, half as dear", ["seven times", "twice", "half as"]),
        ("a dozen more, two dozen more, ten times in all, it comes twice", ["a dozen", "two dozen"]),
    ],
)
def test_shares_of_a_sentence(sentence, expected):
    found = [words(match) for pattern in (SHARE, MULTIPLE) for match in pattern.finditer(sentence)]
    assert sorted(found) == sorted(expected)


def test_shares_have_their_values():
    told = {"half": 1 / 2, "two thirds": 2 / 3, "a ten-thousandth": 1e-4, "seven times": 7, "a hundred times": 100}
    told |= {"a dozen": 12, "two dozen": 24, "twice": 2, "half as": 1 / 2, "about 9": 9, "six hundredths": 0.06}
    assert {found: value(found) for found in told} == pytest.approx(told)


@pytest.mark.parametrize(
    ("assertion", "number", "right"),
    [
        ("a > 7 * b", 7, True), ("a > 7 * b", 9, False), ("abs(a - 2 / 3) < 0.1", 2 / 3, True),
        ("0.3 < a < 0.4", 1 / 3, True), ("0.3 < a < 0.4", 1 / 2, False), ("0.1 < a < 0.9", 1 / 2, False),
    ],
)  # fmt: skip
def test_an_assertion_says_its_numbers_and_what_lies_close_between(assertion, number, right):
    assert says(assertion, number) == right


def test_a_share_that_nothing_says_is_seen():
    section = Section("s", tests=["a > 7 * b", "c < d / 2"])
    place = lambda found, known=(): wrong(found, [(section, "here")], known, section.tests)
    assert not place("seven times") and place("nine times") == [f"here: {WHAT_TO_DO}"]
    assert place("half") == [f"here: {WHAT_TO_DO}"], "a half is everywhere, so it is always named"
    assert not place("half", ("d / 2", 1)) and not place("half", ("is of the formula", 1))
    assert "1 times, in tests/shares.py 2" in place("half", ("d / 2", 2))[0]
    assert "says 0.333" in place("a third", ("d / 2", 1))[0]
