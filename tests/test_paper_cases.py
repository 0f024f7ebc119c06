"""The case that a sheet asks to do on paper is the question's case by hand, number by number."""

import math
import re
from fractions import Fraction

import pytest
from scipy.stats import t as student

from claims import Subject
from helpers import ROOT
from numerals import COMMENT
from test_grading import QUESTIONS

PAPER = re.compile(r"On paper first: (.*?)(?=\n\n|\n```|\Z)", re.S)
NUMBER = re.compile(r"(?<![\w.^])-?(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+)(?:/\d+)?(?!\w|\.\d)")
# What a sheet tells in another way than the case's own words, and how it follows from the case.
WORKED_OUT = {
    "variance_of_the_rest": lambda s: {2 * s.hand.mean - s.hand.best},  # the other runs lie as far below
    "difference_between": lambda s: {round(float(student.ppf(0.975, 2 * int(s.hand.n[0]) - 2)), 3)},
    "same_optimum": lambda s: {math.sqrt(s.hand.pixels)},
    "continuous_bernoulli": lambda s: {float(s.hand.logits.sigmoid())},
    "labels_enough": lambda s: {s.hand.more},
    "judges_agree": lambda s: {*s.hand.first.mean(1).tolist(), *s.hand.second.mean(1).tolist()},
    "kkt_values": lambda s: {1.0, 2.0},  # of the constraint, which is the same in every case
    "mean_distance": lambda s: {float(s.hand.variances.max() / s.hand.variances.min())},
}


def numbers_of(text):
    found = NUMBER.findall(text.replace("−", "-").replace("$", " "))
    return {float(Fraction(n.replace(",", ""))) for n in found}


def untold(question, paper):
    """The numbers of a sheet's case on paper that are not those of the question's case by hand."""
    subject = Subject(question)
    hand = subject.cases[0]
    known = numbers_of(hand.text) | {float(n) for n in hand.sizes.values()}
    known |= {float(n) for n in WORKED_OUT.get(question.name, lambda s: ())(subject)}
    return sorted(n for n in numbers_of(paper) if not any(math.isclose(n, k, rel_tol=1e-9) for k in known))


def papers():
    """(chapter, name of a question, its case on paper) of the worked pages."""
    for page in sorted((ROOT / "solutions").glob("*.md")):
        for section in re.split(r"(?m)^## ", page.read_text("utf-8"))[1:]:
            paper, names = PAPER.search(COMMENT.sub("", section)), {q.name for c, q in QUESTIONS if c == page.stem}
            asked = next((n for n in re.findall(r"^(?:def|class) (\w+)", section, re.M) if n in names), None)
            if paper and asked:
                yield page.stem, asked, paper[1]


@pytest.mark.parametrize(("chapter", "name", "paper"), [pytest.param(*p, id=": ".join(p[:2])) for p in papers()])
def test_a_case_on_paper_is_the_case_by_hand(chapter, name, paper):
    question = next(q for c, q in QUESTIONS if (c, q.name) == (chapter, name))
    wrong = untold(question, paper)
    told = Subject(question).cases[0].text
    assert not wrong, f"solutions/{chapter}.md, {name}: {wrong} in {paper!r}; the case by hand is {told!r}"


def test_cases_on_paper_are_found():
    assert len([*papers()]) > 40
    question = next(q for _, q in QUESTIONS if q.name == "nearest_point")
    assert untold(question, "the limit 3, a is (2, 2)") == [3.0] and not untold(question, "the limit 2")
