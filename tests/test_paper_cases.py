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
    question = lambda name: next(q for _, q in QUESTIONS if q.name == name)
    nearest, counted = question("nearest_point"), question("what_each_says")
    assert untold(nearest, "the limit 3, a is (2, 2)") and not untold(nearest, "a is (2, 2)")
    assert not untold(counted, "counts 1, 1 in the first row, 3, 1 in the second")
    assert untold(counted, "counts 1, 1 in the first row, 2, 1 in the second") == [2.0]
    assert untold(counted, "counts 3, 1 in the first row, 1, 1 in the second") == [1.0, 1.0]
    assert untold(question("least_cost"), "four images, two values") == ["four"]
