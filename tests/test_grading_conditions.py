"""A condition that speaks of the answer and its neighbours is missed by an answer one step beside the right one."""

import re

import pytest

from course_pkg.grading.calling import call_answer
from course_pkg.grading.evidence import drawn, parts_of
from course_pkg.questions.shared import WHOLE
from test_grading import QUESTIONS

# "at your number of points", "at one point less": one step further, and it is so no longer, or not yet.
NEIGHBOUR = re.compile(r"\byour\b|\bone (?:more|less|fewer|\w+ (?:more|less|fewer))\b")
PART = 1e-2  # of an answer that is no whole number, and so much where it is zero
SPOKEN = [
    pytest.param(q, condition, id=f"{chapter}: {q.name}: {condition.text}")
    for chapter, q in QUESTIONS
    for condition in q.conditions
    if NEIGHBOUR.search(condition.text)
]


def missed(question, condition, off):
    """In how many of the cases an answer misses a condition: the right one, of which one entry is off."""
    cases, counts = drawn(question, 0), set()
    answers = [parts_of(outcome) for outcome in call_answer(question.reference, cases, question.call, seconds=None)]
    for entry in answers[0]:
        turned = [{**answer, entry: off(answer[entry].double())} for answer in answers]
        found = [condition.residual(case.arguments, answer) for case, answer in zip(cases, turned, strict=True)]
        counts.add(sum(bool((value.abs() > question.tolerance).any()) for value in found))
    return max(counts), len(cases)


def steps(question):
    """The answers beside the right one: a whole number has a next one."""
    size = lambda v: 1.0 if WHOLE in question.conditions else PART * v.abs().clamp_min(1)
    return (lambda v: v + size(v)), (lambda v: v - size(v))


@pytest.mark.parametrize(("question", "condition"), SPOKEN)
def test_one_step_beside_the_right_answer_it_is_missed(question, condition):
    """In more than half of the cases: in some the limit is met exactly, or the answer is at the end of its range."""
    most, cases = max(missed(question, condition, off) for off in steps(question))
    assert most > cases / 2, f"{question.name}, {condition.text!r}: missed in {most} of {cases} cases one step off"


def test_a_condition_that_looks_two_steps_away_is_seen():
    question, condition = next(p.values for p in SPOKEN if p.values[1].text.startswith("at one label less"))
    late = lambda given, found: condition.residual(given, {"": found[""] - 1})
    turned = type(condition)(condition.text, late)
    assert max(missed(question, turned, off) for off in steps(question))[0] == 0
    assert missed(question, turned, lambda v: v + 2)[0] > 0
    assert missed(question, condition, lambda v: v)[0] == 0
