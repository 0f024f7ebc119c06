"""What a text of a question says in a word that has an opposite is so, and its opposite is not."""

import re

import pytest

from claims import CLAIMS, besides, texts
from sides import SIDES
from test_grading import QUESTIONS, each_question
from test_grading_sides import OF_ANOTHER_THING
from told import DECLARED, DONE, TO_DO, TOLD
from wording import FORMULA, OPPOSITES, SHARED, WATCHED, Told

CHAPTER = {question.name: chapter for chapter, question in QUESTIONS}
WATCHED_QUESTIONS = [pytest.param(q, id=f"{c}: {q.name}") for c, q in QUESTIONS if c in DONE]


def claims_of(question):
    """The claims of a question, and those of slips that many have."""
    told = texts(question)
    shared = {phrase: claim for phrase, claim in SHARED.items() if any(phrase in text for text in told)}
    return (shared if CHAPTER[question.name] in DONE else {}) | TOLD.get(question.name, {})


def unclaimed(question, found):
    """The words of these texts that have an opposite, and that nothing claims or declares; claims that none says."""
    claims, declared = claims_of(question), DECLARED.get(question.name, {})
    count = {phrase: sum(phrase in text for text in dict.fromkeys(found)) for phrase in (*claims, *declared)}
    wrong = [f"{phrase!r} is claimed, and {n} texts say it, not one" for phrase, n in count.items() if n != 1]
    known = (*claims, *declared, *SIDES.get(question.name, ()), *CLAIMS.get(question.name, ()), *OF_ANOTHER_THING)
    messages = found[len(question.hints) : len(question.hints) + len(question.wrong)]
    for text in found:
        rest = WATCHED.findall(besides(text, known))
        rest += FORMULA.findall(besides(text, known)) if text in messages else []
        wrong += [f"{said!r} in {text!r}: claim it in tests/told_*.py with how it is computed" for said in rest]
    return wrong


@each_question
def test_what_is_told_is_so(question):
    for phrase, claim in claims_of(question).items():
        seen = Told(question, phrase)
        assert claim.holds(seen), f"{question.name}: {phrase!r} is not so"
        assert not claim.opposite(seen), f"{question.name}: {phrase!r}: its claim holds for the opposite, too"


@pytest.mark.parametrize("question", WATCHED_QUESTIONS)
def test_words_with_an_opposite_are_claimed(question):
    found = unclaimed(question, texts(question))
    assert not found, f"{question.name}: " + "\n".join(found)


@pytest.mark.parametrize("question", WATCHED_QUESTIONS)
def test_a_word_exchanged_for_its_opposite_is_seen(question):
    found = texts(question)
    told = (*SIDES.get(question.name, ()), *CLAIMS.get(question.name, ()), *OF_ANOTHER_THING)
    for i, text in enumerate(found):
        for word, other in {*OPPOSITES.items(), *((b, a) for a, b in OPPOSITES.items())}:
            turned = re.sub(rf"(?<![\w`.]){word}(?![\w(])", other, text) if word in text else text
            kept = all(phrase in turned for phrase in told if phrase in text)  # else the tests of those see it
            if turned != text and kept:
                assert unclaimed(question, [*found[:i], turned, *found[i + 1 :]]), f"{word} for {other} in {text!r}"


def test_every_claim_is_of_a_question():
    assert TOLD.keys() | DECLARED.keys() <= CHAPTER.keys()
    assert sorted(DONE + TO_DO) == sorted(set(CHAPTER.values()))
