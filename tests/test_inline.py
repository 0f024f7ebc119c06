"""What stands inside a sentence, between two dollar signs, is right: see inline.py."""

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
    """{formula with structure: the lines on which it stands} of the sentences of a page's text."""
    blank = lambda match: re.sub(r"[^\n]", " ", match[0])
    told = lambda match: "\n".join(x if re.match(r" *(caption|alt):", x) else "" for x in match[0].split("\n"))
    text, found = DISPLAY.sub(blank, CODE.sub(told, text)), defaultdict(list)
    for match in INLINE.finditer(text):
        latex = normal(match["latex"])
        if STRUCTURE.search(latex):
            found[latex].append(text.count("\n", 0, match.start()) + 1)
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


def test_no_table_is_of_a_page_that_is_not_there():
    assert {f"{folder}/{stem}" for folder, (_, tables) in TABLES.items() for stem in tables} <= {*PAGES}


def test_quizzes_and_glossary_hold_none():
    texts = [ROOT / "book" / "glossary.yml", *sorted(FOLDER.glob("*.md"))]
    found = {path.name: formulas(path.read_text("utf-8")) for path in texts}
    assert not any(found.values()), f"add them to TABLES, or write them in words: {found}"


SAID = """A law $p(x,
y)$, and at most $(n - 1) / \\sqrt{n}$.

> A batch larger than $e^I$, and a letter $x_i$.
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
}


def test_sentences_quotes_and_captions_are_read_and_code_is_not():
    assert formulas(SAID) == {"p(x, y)": [1, 9], r"(n - 1) / \sqrt{n}": [2], "e^I": [4]}
    assert not problems("a", SAID, TABLE, "b")


@pytest.mark.parametrize(
    ("right", "slipped", "seen"),
    [
        (r"\sqrt{n}", r"\sqrt{n - 1}", r"a.md, line 2: '(n - 1) / \sqrt{n - 1}': is it right?"),
        ("e^I", "2^I", "a.md, line 4: '2^I': is it right?"),
        ("x_i", "p(x, y)", "a.md, line 1, 4, 9: 'p(x, y)': 3 times, in tests/b 2"),
        ("e^I", "x", "a.md: 'e^I': no longer there"),
    ],
)
def test_a_slip_is_seen_with_its_place(right, slipped, seen):
    assert any(told.startswith(seen) for told in problems("a", SAID.replace(right, slipped), TABLE, "b"))


def test_a_slip_in_page_and_table_is_seen():
    assert wrong(TABLE[r"(n - 1) / \sqrt{n}"], r"(n - 1) / \sqrt{n - 1}").startswith("as it is typeset it is")
    assert wrong(In("notation-kl"), r"\log p(z)") and not wrong(In("notation-kl"), "q(z)")
    assert wrong(Name(), "p(x, z, y)") and not wrong(Name(), "p(x, y)")
    assert wrong(At(lambda n: n), r"n + \oops").startswith("it cannot be read")
