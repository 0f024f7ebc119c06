"""A count in words is what an assertion of its page says, or what the table says that it is: see counted.py."""

import ast
import re
from collections import Counter

import pytest

from counted import COUNTED
from helpers import ROOT
from numerals import COMMENT, SKIPPED, WORDS, cells_of, sections

MANY = "three|four|five|six|seven|eight|nine|ten"
THINGS = "runs|seeds|choices|starts|trainings|orders|votes|looks|models|metrics"
USED = r"latents(?= (?:are|in use|carry|have left))"
COUNT = re.compile(
    rf"(?<![\w-])(?:(?:{MANY}) (?:(?!of\b)[\w-]+ )?(?:{THINGS})(?![\w-])"
    rf"|(?:{MANY}) (?:dead latents|{USED})|uses? (?:{MANY}) latents"
    rf"|(?:{MANY}) of (?:the|them|these|those|all|its|{MANY}|two)(?![\w-])"
    rf"|(?:two|{MANY}) at a time"
    rf"|(?:in|and|but|by|of|at) (?:{MANY})(?: (?:the|each)\b|(?=[.,;:)](?!\d))))",
    re.I,
)
PAGES = [path for folder in ("book", "solutions") for path in sorted((ROOT / folder).glob("*.md"))]
GUIDES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
name = lambda page: f"solutions/{page.stem}" if page.parent.name == "solutions" else page.stem
WHAT_TO_DO = "is it right? Then say in tests/counted.py which assertion of the page says so, or what it is"


def counts(page):
    """{words: how often} of a page's sentences, captions and alt texts."""
    texts = (SKIPPED.sub(" ", COMMENT.sub(" ", text)) for section in sections(page) for text, _ in section.prose)
    return Counter(match[0].lower() for text in texts for match in COUNT.finditer(" ".join(text.split())))


def asserted(page):
    """The assertions of a page's cells; of a guide, the commands that its sentences name, as tuples of words."""
    if page in GUIDES:
        commands = re.findall(r"`([^`\n]+)`", page.read_text("utf-8"))
        yield from (repr(tuple(int(x) if x.isdigit() else x for x in command.split())) for command in commands)
    for cell in cells_of(page):
        if cell["cell_type"] == "code":
            code = "".join(line for line in cell["source"] if not line.startswith(("%", "!")))
            yield from (ast.unparse(node.test) for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Assert))


def said(assertion):
    """The numbers of an assertion, how long its lists are, and how often they hold one thing."""
    nodes = [*ast.walk(ast.parse(assertion))]
    lists = [[*map(ast.dump, n.elts)] for n in nodes if isinstance(n, (ast.List, ast.Set, ast.Tuple))]
    lengths = {n for held in lists for n in (len(held), *Counter(held).values())}
    return lengths | {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, (int, float))}


def wrong(words, found, known, assertions):
    """What is wrong with a count that stands `found` times, or nothing."""
    source, times = known or ("", 0)
    if not source:
        return WHAT_TO_DO
    if found != times:
        return f"{found} times, in tests/counted.py {times}. If it is right, change it there"
    if source.startswith("is "):
        return ""
    number = next(WORDS[word] for word in words.split() if re.fullmatch(f"two|{MANY}", word))
    holding = [a for a in assertions if source in a]
    if not any(number in said(a) for a in holding):
        return f"no assertion of the page with {source!r} says {number}" + (f", but {holding[0]}" if holding else "")
    return ""


def line_of(page, words):
    text = re.sub(r"\s", " ", page.read_text("utf-8").lower())
    return page.read_text("utf-8").count("\n", 0, max(text.find(words), 0)) + 1


@pytest.mark.parametrize("page", [*PAGES, *GUIDES], ids=name)
def test_a_count_in_words_is_what_something_says(page):
    found, known, assertions = counts(page), COUNTED.get(name(page), {}), [*asserted(page)]
    told = [
        f"{page.relative_to(ROOT)}:{line_of(page, words)}: {words!r}: {problem}"
        for words in found | dict.fromkeys(known, 0)
        if (problem := wrong(words, found[words], known.get(words), assertions))
    ]
    assert not told, "\n".join(told)


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("In four runs each has one factor. In three, posX", ["four runs", "in three"]),
        ("All eight choices move the total correlation, and five the information.", ["eight choices", "and five the"]),
        ("Three of the ten other seeds, three of 8 by 8, one of three codes", ["three of the", "ten other seeds"]),
        ("two runs, forty runs, a run of `six runs`, in four dimensions, seven of its ten latents", ["seven of its"]),
    ],
)
def test_counts_of_a_sentence(sentence, words):
    assert [match[0].lower() for match in COUNT.finditer(SKIPPED.sub(" ", sentence))] == words


def test_a_count_without_its_assertion_is_seen():
    page = ["len(changed) == 8", "own_axis == [True, True, False]"]
    assert not wrong("eight choices", 1, ("len(changed)", 1), page) and not wrong(
        "three runs", 1, ("own_axis", 1), page
    )
    assert wrong("five choices", 1, None, page) == WHAT_TO_DO
    assert wrong("eight choices", 2, ("len(changed)", 1), page).startswith("2 times, in tests/counted.py 1")
    assert "says 9, but len(changed) == 8" in wrong("nine choices", 1, ("len(changed)", 1), page)
    assert "says 8" in wrong("eight choices", 1, ("len(kept)", 1), page)
