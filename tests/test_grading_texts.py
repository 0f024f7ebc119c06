"""What a student is told belongs to what it is told of: messages to their slips, hints to their symptoms, cases to
their purpose. Two texts that were exchanged by mistake are noticed."""

import itertools
import re

import pytest

from course_pkg.grading.calling import call_answer
from course_pkg.grading.evidence import parts_of
from course_pkg.grading.judging import agree, expected
from test_grading import QUESTIONS, each_question
from ties import exchangeable, marks

# What a hint of each symptom speaks of. Not here: first steps (not started, hand, random, different), which are one
# advice in several depths, and traps, which say what is special about a case.
SHAPES = r"\(\w+,|shape|three numbers come in|takes nothing|the error"
SPEAKS = {
    "shape": r"\bone (number|row|price|value|multiplier)\b|single number|\b(sum|count|return|path)\b|flatten|axes",
    "type": r"\breturn\b|\bcount\b",
    "not finite": r"zero|logarithm|divide|infinity|exp\(|\b0\b|nats lie|lie many widths",
    "slope": r"detach|slope",
    "order": r"order|begins",
}


def fits(question, symptom, hint):
    """Whether a hint speaks of this symptom; None where any advice would."""
    if symptom == "exception":
        names = "|".join(map(re.escape, question.cases(0)[0].arguments))
        return bool(re.search(rf"{SHAPES}|\b({names})\b" if names else SHAPES, hint))
    return bool(re.search(SPEAKS[symptom], hint.lower())) if symptom in SPEAKS else None


@each_question
def test_no_two_messages_could_be_exchanged(question):
    names, messages = zip(*((w.name, w.message) for w in question.wrong), strict=True)
    untied = [n for n, m in zip(names, messages, strict=True) if not marks(n) & marks(m)]
    assert not untied, f"{untied} of {question.name}: a slip's name and its message share no word: use one of its words"
    pairs = exchangeable(names, messages)
    assert not pairs, f"{pairs} of {question.name}: their messages fit either name: put a word of each into its name"


@each_question
def test_a_hint_speaks_of_its_symptom_and_no_two_could_be_exchanged(question):
    hints = {s: h for s, h in question.hints.items() if fits(question, s, h) is not None}
    astray = {s: h for s, h in hints.items() if not fits(question, s, h)}
    assert not astray, f"{question.name}: what has this to do with that symptom? {astray}"
    for one, other in itertools.combinations(hints, 2):
        either = fits(question, one, hints[other]) and fits(question, other, hints[one])
        assert not either or hints[one] == hints[other], f"{question.name}: {one} and {other} could be exchanged"


@each_question
def test_each_case_that_counts_tells_something(question):
    for case in question.cases(0):
        right = expected(question, case)
        answers = [call_answer(w.answer, [case], question.call)[0] for w in question.wrong]
        wrong = [not agree(parts_of(answer), right, question.tolerance) for answer in answers]
        assert any(wrong) or not case.counts, f"{question.name}: no named slip fails at {case.rung}, {case.arguments}"


def test_exchanged_messages_are_seen():
    seen = total = 0
    for _, question in QUESTIONS:
        names, messages = ([w.name for w in question.wrong], [w.message for w in question.wrong])
        for i, j in itertools.combinations(range(len(names)), 2):
            swapped = [*messages]
            swapped[i], swapped[j] = messages[j], messages[i]
            seen += (names[i], names[j]) in exchangeable(names, swapped)
            total += 1
    assert seen == total > 1000


@pytest.mark.parametrize(
    ("names", "texts", "found"),
    [
        (("a mean over images", "a mean over latents"), ("the images were averaged", "latents add their nats"), False),
        (("a mean over images", "a mean over latents"), ("latents add their nats", "the images were averaged"), True),
        (("the sign", "a factor"), ("the logarithm", "the root"), True),  # nothing in common: either would do
    ],
)
def test_what_is_exchangeable(names, texts, found):
    assert bool(exchangeable(names, texts)) == found
