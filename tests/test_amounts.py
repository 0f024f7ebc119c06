"""A count, a share, a multiple in words is what its line of the table says, and none can be changed or exchanged."""

import re
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest

from amounts import QUIZZES, Amount, Page, places, read, told
from helpers import ROOT
from judges import DEFINED, READ, SPOKEN, Asserts, ByHand, Declared, Is, Lists, Sets, Shows, first
from sentences import problems

TABLES = {
    page: (table, f"tests/{module.__name__}.py")
    for module in (import_module(path.stem) for path in sorted(Path(__file__).parent.glob("amounts_*.py")))
    for page, table in module.TABLES.items()
}
FOLDERS = [path for folder in ("book", "solutions") for path in sorted((ROOT / folder).glob("*.md"))]
PAGES = [*FOLDERS, ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
TEXTS = [*PAGES, ROOT / "book/glossary.yml", *sorted(QUIZZES.glob("*.md"))]
IN_FOLDER = ("solutions", "quiz")


def name(page):
    return f"{page.parent.name}/{page.stem}" if page.parent.name in IN_FOLDER else page.name.removesuffix(".md")


PATHS = {name(path): path for path in TEXTS}


def line_of(path, key):
    """Where a key stands in the page's own text."""
    words = re.search(r"\s+".join(map(re.escape, key.split())), text := path.read_text("utf-8"))
    return text.count("\n", 0, words.start()) + 1 if words else 0


def wrong(page, table, where="page.md", file="tests/amounts_x.py", line=lambda key: 1):
    """What is wrong with the amounts of a page."""
    found = told(page, table)
    judge = lambda entry, key: next(filter(None, (entry.problem(amount, page) for amount in found[key])), "")
    return problems({key: [line(key)] * len(there) for key, there in found.items()}, table, where, file, judge)


@pytest.mark.parametrize("path", TEXTS, ids=name)
def test_an_amount_in_words_is_what_its_table_says(path):
    table, file = TABLES.get(name(path), ({}, "a table of tests/amounts_work.py"))
    found = wrong(read(path), table, str(path.relative_to(ROOT)), file, lambda key: line_of(path, key))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("path", [PATHS[page] for page in TABLES], ids=name)
def test_what_is_computed_would_see_another_number(path):
    """One more, half as much, a tenth of it: as far off as the entry's own rounding lets it see."""
    (table, _), page = TABLES[name(path)], read(path)
    blind = []
    for key, (amount, *_) in told(page, table).items():
        if not isinstance(entry := table[key], Declared):
            near = max(amount.near, getattr(entry, "near", 0.0))
            factors = (3 / 4, 4 / 3) if near <= 0.12 else (1 / 2, 2) if near <= 0.3 else (1 / 10, 10)
            others = [by * amount.value for by in factors] if near else [amount.value - 1, amount.value + 1]
            blind += [f"{key}: {n:g}" for n in others if not entry.problem(replace(amount, value=n), page)]
    assert not blind, f"judged as well as the right one, in {TABLES[name(path)][1]}: {blind}"


@pytest.mark.parametrize("page", TABLES)
def test_no_two_amounts_can_be_exchanged(page):
    """What stands around an amount is of that amount alone: so one in another's place is unknown."""
    around, (table, _) = {}, TABLES[page]
    for key, (amount, *_) in told(read(PATHS[page]), table).items():
        around.setdefault(key.replace(amount.words, "..."), []).append(key)
    assert not (same := [keys for keys in around.values() if len(keys) > 1]), f"give them more words: {same}"


# What is an amount, and what judges one -----------------------------------------------------------


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("In four runs each has one factor. In three, posX", [4, 3]),
        ("All eight choices move the total correlation, and five the information.", [8, 5]),
        ("Three of the ten other seeds, three of 8 by 8, one of three codes", [3, 10, 1]),
        ("two runs, forty runs, in four dimensions, seven of its ten latents", [7]),
        ("gamma less a quarter, half of log 4, a quarter of log 4", [1 / 4, 1 / 2, 1 / 4]),
        ("two thirds of it, by less than a hundred-thousandth; one half", [2 / 3, 1e-5, 1 / 2]),
        ("the third row, a third latent, the other half of it, half learnt, a half-turn", []),
        ("seven times that of a, twice as high, half as dear", [7, 2, 1 / 2]),
        ("a dozen more, two dozen more, ten times in all, it comes twice", [12, 24]),
        ("a few hundredths of a nat", [0.04]),
        ("without the third that one may leave out, a few images in a thousand, two in a million", [1 / 3, 4e-3, 2e-6]),
        ("Two of the faults, and no two of them; one of the faults; two of its latents", [2, 2]),
        (
            "more than six nats, at most two, no more than five times as many, less than three tenths, by one label",
            [6, 2, 5, 0.3, 1],
        ),
    ],
)
def test_amounts_of_a_sentence(sentence, expected):
    assert [amount.value for *_, amount in sorted(places(sentence, False))] == pytest.approx(expected)


PAGE = Page(
    (("Half of the runs fail, and three seeds of these.", False), ("It stands at about 9 nats.", True)),
    ("len(failed) / 10 == 0.5", "seeds == [0, 1, 2]"),
    "nats = 9.2",
    frozenset({27.0, 3.0}),
)
TABLE = {
    "Half of the runs": Asserts("== 0.5"),
    "three seeds": Lists("seeds == [0, 1, 2]"),
    "about 9": Sets("nats = 9.2"),
}


def test_a_page_as_it_is_told():
    assert not wrong(PAGE, TABLE)


@pytest.mark.parametrize(
    ("right", "slipped", "seen"),
    [
        ("Half", "A third", "page.md, line 1: 'A third of the runs': is it right? Then say in tests/amounts_x.py"),
        ("three", "four", "is it right?"),
        ("about 9", "about 8", "is it right?"),
        ("runs fail", "starts fail", "'Half of the runs': no longer there"),
        ("these", "these three seeds", "2 times, in tests/amounts_x.py 1"),
    ],
)
def test_a_changed_sentence_is_seen(right, slipped, seen):
    texts = tuple((text.replace(right, slipped), caption) for text, caption in PAGE.texts)
    assert any(seen in problem for problem in wrong(replace(PAGE, texts=texts), TABLE))


@pytest.mark.parametrize(
    ("entry", "value", "right"),
    [
        (Asserts("== 0.5"), 1 / 2, True), (Asserts("== 0.5"), 1 / 3, False), (Asserts("== 0.25"), 1 / 2, False),
        (Asserts("failed) / 10 == 0.5", first), 10, True), (Lists("seeds == [0, 1, 2]", holding="1"), 1, True),
        (Sets("nats = 9.2"), 9, True), (Sets("nats = 9"), 9, False), (Shows(27.0, 3.0, of=lambda a, b: a / b), 9, True),
        (Shows(28.0), 28, False), (Is(lambda: 3), 3, True), (Is(lambda: 3), 4, False),
        (ByHand("first_split", lambda s: 1 / s.hand.error), 4, True), (Declared(READ, "x"), 7, True),
        (Declared(SPOKEN, ""), 7, False), (Declared("because", "x"), 7, False), (Declared(DEFINED, "x"), 7, True),
    ],
)  # fmt: skip
def test_judges(entry, value, right):
    assert (not entry.problem(Amount(value, 0.1), PAGE)) == right
