"""What stands inside a sentence, between two dollar signs, is right, and so is a display without a label (those with
one have checks of their own): see inline.py."""

import itertools
import re
from collections import defaultdict

import pytest

import sentences
from course_pkg.derivation import normal
from course_pkg.derivation.mathematics import DISPLAY, INLINE
from course_pkg.reading import Unreadable
from course_pkg.show.quiz import FOLDER
from helpers import ROOT
from inline import STRUCTURE, At, In, Is, Name
from inline_book import BOOK
from inline_solutions import SOLUTIONS

CODE = re.compile(r"(?ms)^```.*?^```$")  # but for its captions and alt texts, which are sentences
TABLES = {"book": ("inline_book.py", BOOK), "solutions": ("inline_solutions.py", SOLUTIONS)}
PAGES = [f"{folder}/{p.stem}" for folder in TABLES for p in sorted((ROOT / folder).glob("*.md"))]


def formulas(text):
    """{formula: its lines} of a page's text: those of sentences that have structure, and unlabelled displays."""
    blank = lambda match: re.sub(r"[^\n]", " ", match[0])
    line = lambda match: text.count("\n", 0, match.start()) + 1
    told = lambda match: "\n".join(x if re.match(r" *(caption|alt):", x) else "" for x in match[0].split("\n"))
    text, found = CODE.sub(told, text), defaultdict(list)
    for match in DISPLAY.finditer(text):
        if not match["label"]:
            found[normal(match["latex"])].append(line(match))
    text = DISPLAY.sub(blank, text)
    for match in INLINE.finditer(text):
        latex = normal(match["latex"])
        if STRUCTURE.search(latex):
            found[latex].append(line(match))
    return found


def problems(page, text, table, file):
    """What of a page's formulas the table does not know, or knows another way."""
    return sentences.problems(formulas(text), table, f"{page}.md", f"tests/{file}", wrong)


def wrong(entry, latex):
    try:
        return entry.problem(latex)
    except Unreadable as why:
        return f"it cannot be read: {why}"


@pytest.mark.parametrize("page", PAGES)
def test_every_formula_in_a_sentence_is_right(page):
    folder, stem = page.split("/")
    file, tables = TABLES[folder]
    found = problems(page, (ROOT / f"{page}.md").read_text("utf-8"), tables.get(stem, {}), file)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("page", PAGES)
def test_a_table_is_in_the_order_of_its_page(page):
    """So that a message can tell where something stood that is gone."""
    folder, stem = page.split("/")
    found = formulas((ROOT / f"{page}.md").read_text("utf-8"))
    known = [key for key in TABLES[folder][1].get(stem, {}) if key in found]
    late = [b for a, b in itertools.pairwise(known) if found[a][0] > found[b][0]]
    assert not late, f"in tests/{TABLES[folder][0]}, move up to where they stand on {page}.md: {late}"


def test_no_table_is_of_a_page_that_is_not_there():
    assert {f"{folder}/{stem}" for folder, (_, tables) in TABLES.items() for stem in tables} <= {*PAGES}


def test_quizzes_and_glossary_hold_none():
    texts = [ROOT / "book" / "glossary.yml", *sorted(FOLDER.glob("*.md"))]
    found = {path.name: formulas(path.read_text("utf-8")) for path in texts}
    assert not any(found.values()), f"add them to TABLES, or write them in words: {found}"


SAID = """A law $p(x,
y)$, and at most $(n - 1) / \\sqrt{n}$.

> A batch larger than $e^I$, and a letter $x_i$.

$$n
n$$

$$x^2$$ (a-label)
```{code-cell} ipython3
---
mystnb:
  figure:
    caption: The law $p(x, y)$.
---
"$e^2$"
```
"""
TABLE = {
    "p(x, y)": Name(2),
    r"(n - 1) / \sqrt{n}": At(lambda n: n**0.5 - n**-0.5),
    "e^I": Is("as large as that"),
    "n n": At(lambda n: n * n),
}


def test_sentences_quotes_and_captions_are_read_and_code_is_not():
    assert formulas(SAID) == {"p(x, y)": [1, 14], r"(n - 1) / \sqrt{n}": [2], "e^I": [4], "n n": [6]}
    assert not problems("a", SAID, TABLE, "b")


@pytest.mark.parametrize(
    ("right", "slipped", "seen"),
    [
        (r"\sqrt{n}", r"\sqrt{n - 1}", r"a.md, line 2: '(n - 1) / \sqrt{n - 1}': is it right?"),
        ("e^I", "2^I", "a.md, line 4: '2^I': is it right?"),
        ("x_i", "p(x, y)", "a.md, line 1, 4, 14: 'p(x, y)': 3 times, in tests/b 2"),
        ("e^I", "x", "a.md, line 2 to 6: 'e^I': no longer there"),
        ("$(n - 1) / \\sqrt{n}$", "$n$", r"a.md, line 1 to 4: '(n - 1) / \sqrt{n}': no longer there"),
        ("n\nn", "n\nm", "a.md, line 6: 'n m': is it right?"),
    ],
)
def test_a_slip_is_seen_with_its_place(right, slipped, seen):
    assert any(told.startswith(seen) for told in problems("a", SAID.replace(right, slipped), TABLE, "b"))


@pytest.mark.parametrize(
    ("latex", "found"),
    [
        ("W Q", True),
        ("W_1 Q", True),
        ("UU'", True),
        ("L'L", True),
        ("D(z)", True),
        ("W", False),
        (r"\text{KL}", False),
        ("x_N", False),
    ],
)
def test_two_matrices_side_by_side_are_a_product(latex, found):
    assert bool(STRUCTURE.search(latex)) == found


def test_a_product_in_the_other_order_is_seen():
    assert not wrong(BOOK["identifiability"]["W Q"], "W Q")
    assert wrong(BOOK["identifiability"]["W Q"], "Q W"), "in page and table alike"


def test_a_slip_in_page_and_table_is_seen():
    assert wrong(TABLE[r"(n - 1) / \sqrt{n}"], r"(n - 1) / \sqrt{n - 1}").startswith("as it is typeset it is")
    assert wrong(In("notation-kl"), r"\log p(z)") and not wrong(In("notation-kl"), "q(z)")
    assert wrong(Name(), "p(x, z, y)") and not wrong(Name(), "p(x, y)")
    assert wrong(At(lambda n: n), r"n + \oops").startswith("it cannot be read")
