"""The case that a sheet asks to do on paper is the question's case by hand, number by number, and what a solution's
"By hand: ..." comes to is the reference's answer to it."""

import math
import re
from fractions import Fraction

import pytest
from scipy.stats import t as student

from claims import Subject
from endings import ENDINGS, HAND
from helpers import ROOT
from numerals import COMMENT
from test_grading import QUESTIONS

PAPER = re.compile(r"On paper first: (.*?)(?=\n\n|\n```|\Z)", re.S)
COUNT = "- - two three four five six seven eight nine ten".split()
NUMBER = re.compile(r"(?<![\w.^])-?(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+)(?:/\d+)?(?!\w|\.\d)")
# What a sheet tells in another way than the case's own words, or in another order, and how it follows from the case.
WORKED_OUT = {
    "variance_of_the_rest": lambda s: {2 * s.hand.mean - s.hand.best, s.hand.mean},  # the others lie as far below
    "difference_between": lambda s: {round(float(student.ppf(0.975, 2 * int(s.hand.n[0]) - 2)), 3)},
    "same_optimum": lambda s: {math.sqrt(s.hand.pixels)},
    "continuous_bernoulli": lambda s: {float(s.hand.logits.sigmoid())},
    "labels_enough": lambda s: {s.hand.more},
    "judges_agree": lambda s: {*s.hand.first.mean(1).tolist(), *s.hand.second.mean(1).tolist()},
    "kkt_values": lambda s: {1.0, 2.0},  # of the constraint, which is the same in every case
    "mean_distance": lambda s: {float(s.hand.variances.max() / s.hand.variances.min())},
    "separated_predictability": lambda s: {0.0, 1.0},  # the factors, by their numbers and one after the other
    "columns_contrast": lambda s: {0.0, 1.0, 2.0},  # columns in place of rows
    "middle_of_each_image": lambda s: {0.0, 1.0},  # the codes in place of their tables
}
# Counts that the case by hand does not tell: two of the four slips, 1/4, 1/6 for each of three, four codes, 3/5.
COUNTS = {
    "mended_report": "four",
    "first_split": "four",
    "lost_by_greed": "three",
    "score_of_votes": "four",
    "price_of_truth": "three",
}


def numbers_of(text):
    """The numbers of a text, in its order."""
    return [float(Fraction(n.replace(",", ""))) for n in NUMBER.findall(text.replace("−", "-").replace("$", " "))]


def counts_of(text):
    return [word for word in re.findall(r"[a-z]+", text) if word in COUNT]


def untold(question, paper):
    """What a sheet's case on paper says that the question's case by hand does not, or says elsewhere: the numbers of
    the one are those of the other, in their order, but for some that are left out."""
    subject = Subject(question)
    hand = subject.cases[0]
    same = lambda a, b: math.isclose(a, b, rel_tol=1e-9)
    own = [float(n) for n in WORKED_OUT.get(question.name, lambda s: ())(subject)]
    rest, wrong = numbers_of(hand.text), []
    for n in numbers_of(paper):
        at = next((i for i, known in enumerate(rest) if same(known, n)), None)
        if any(same(n, k) for k in own):
            continue
        if at is None:
            wrong.append(n)
        else:
            rest = rest[at + 1 :]
    told = (*hand.sizes.values(), *numbers_of(hand.text))
    known = {*counts_of(hand.text), *(COUNT[int(n)] for n in told if n in range(len(COUNT)))}
    return wrong + [word for word in counts_of(paper) if word not in known | {COUNTS.get(question.name)}]


def papers():
    """(chapter, name of a question, its case on paper) of the worked pages."""
    return [(chapter, name, found[1]) for chapter, name, _, text in asked() if (found := PAPER.search(text))]


def asked():
    """(chapter, name of a question, the line of its heading, its text) of the worked pages."""
    for page in sorted((ROOT / "solutions").glob("*.md")):
        names, text = {q.name for c, q in QUESTIONS if c == page.stem}, page.read_text("utf-8")
        for match in re.finditer(r"(?ms)^## .*?(?=^## |\Z)", text):
            defined = (n for n in re.findall(r"^(?:def|class) (\w+)", match[0], re.M) if n in names)
            if name := next(defined, None):
                gone = lambda comment: "\n" * comment[0].count("\n")
                yield page.stem, name, text.count("\n", 0, match.start()) + 1, COMMENT.sub(gone, match[0])


def ends():
    """(chapter, name of a question, line, what its solution says by hand)."""
    for chapter, name, line, text in asked():
        for match in HAND.finditer(text):
            yield chapter, name, line + text.count("\n", 0, match.start()), " ".join(match[0].split())


def wrong_end(name, said):
    if name not in ENDINGS:
        return "say in tests/endings.py which of its numbers are the answer"
    return ENDINGS[name].problem(said, Subject(next(q for _, q in QUESTIONS if q.name == name)))


@pytest.mark.parametrize(("chapter", "name", "paper"), [pytest.param(*p, id=": ".join(p[:2])) for p in papers()])
def test_a_case_on_paper_is_the_case_by_hand(chapter, name, paper):
    question = next(q for c, q in QUESTIONS if (c, q.name) == (chapter, name))
    wrong = untold(question, paper)
    told = Subject(question).cases[0].text
    assert not wrong, f"solutions/{chapter}.md, {name}: {wrong} in {paper!r}; the case by hand is {told!r}"


def test_cases_on_paper_are_found():
    assert len([*papers()]) > 40
    question = lambda name: next(q for _, q in QUESTIONS if q.name == name)
    nearest, counted = question("nearest_point"), question("what_each_says")
    assert untold(nearest, "the limit 3, a is (2, 2)") and not untold(nearest, "a is (2, 2)")
    assert not untold(counted, "counts 1, 1 in the first row, 3, 1 in the second")
    assert untold(counted, "counts 1, 1 in the first row, 2, 1 in the second") == [2.0]
    assert untold(counted, "counts 3, 1 in the first row, 1, 1 in the second") == [1.0, 1.0]
    assert untold(question("least_cost"), "four images, two values") == ["four"]


@pytest.mark.parametrize(("chapter", "name", "line", "said"), [pytest.param(*e, id=": ".join(e[:2])) for e in ends()])
def test_what_is_done_by_hand_ends_with_the_answer(chapter, name, line, said):
    wrong = wrong_end(name, said)
    assert not wrong, f"solutions/{chapter}.md, line {line}, {name}: {wrong} (tests/endings.py)"


def test_every_ending_is_on_a_page():
    assert (gone := {*ENDINGS} - {name for _, name, *_ in ends()}) == set(), f"take from tests/endings.py {gone}"
