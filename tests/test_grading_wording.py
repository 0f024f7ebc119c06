"""What a text of a question says in a word that has an opposite is so, and its opposite is not."""

import itertools
import re

import pytest

from claims import CLAIMS, besides, texts
from opposites import FORMULA, OPPOSITES, TWO_SIDES, watched
from sayings import OF_HINTS, OF_SLIPS, said
from sides import SIDES
from test_grading import QUESTIONS, each_question
from test_grading_sides import OF_ANOTHER_THING
from told import DECLARED, DONE, TO_DO, TOLD
from wording import SHARED, Told

CHAPTER = {question.name: chapter for chapter, question in QUESTIONS}
WATCHED_QUESTIONS = [pytest.param(q, id=f"{c}: {q.name}") for c, q in QUESTIONS if c in DONE]


def claims_of(question):
    """The claims of a question, and those of slips that many have."""
    told = texts(question)
    shared = {phrase: claim for phrase, claim in SHARED.items() if any(phrase in text for text in told)}
    return (shared if CHAPTER[question.name] in DONE else {}) | TOLD.get(question.name, {})


def known(question):
    """The phrases of a question that are computed, or declared, anywhere."""
    own = (claims_of(question), DECLARED.get(question.name, ()), SIDES.get(question.name, ()))
    return [*itertools.chain(*own, CLAIMS.get(question.name, ()), OF_ANOTHER_THING)]


def one_sided(question, found):
    """The phrases "A, not B" and the like in which a word of one of the two sides stands in nothing that is claimed."""
    wrong = []
    for text, sayings in zip(found, sayings_of(question), strict=True):
        phrases = [*known(question), *(match[0] for match, _ in said(text, sayings))]
        held = {i for p in phrases for m in re.finditer(re.escape(p), text) for i in range(*m.span())}
        for match in TWO_SIDES.finditer(text):
            if any(text[i].isalnum() and i not in held for i in range(*match.span())):
                wrong.append(f"{match[0]!r} in {text!r} has two sides: claim both in tests/told_two_sides.py")
    return wrong


def unclaimed(question, found):
    """The words of these texts that have an opposite, and that nothing claims or declares; claims that none says."""
    claims, declared = claims_of(question), DECLARED.get(question.name, {})
    count = {phrase: sum(phrase in text for text in dict.fromkeys(found)) for phrase in (*claims, *declared)}
    wrong = [f"{phrase!r} is claimed, and {n} texts say it, not one" for phrase, n in count.items() if n != 1]
    for text, sayings in zip(found, sayings_of(question), strict=True):
        rest = besides(text, known(question))
        rest = besides(rest, [match[0] for match, _ in said(rest, sayings)])
        words = watched(question.name).findall(rest) + FORMULA.findall(rest)
        wrong += [f"{word!r} in {text!r}: claim it in tests/told_*.py with how it is computed" for word in words]
    return wrong


def sayings_of(question):
    """The set phrases of each text: of slips in their messages, of the right answer in all others."""
    kinds = [OF_HINTS] * len(question.hints) + [OF_SLIPS] * len(question.wrong)
    return kinds + [OF_HINTS] * (len(texts(question)) - len(kinds))


def untrue(question, found):
    """The set phrases of these texts that are not so; what a claim of the question says is left to that."""
    claims, wrong = claims_of(question), []
    for text, sayings in zip(found, sayings_of(question), strict=True):
        for match, claim in said(besides(text, claims), sayings):
            seen = Told(question, text)
            if not claim.holds(seen):
                wrong.append(f"{match[0]!r} in {text!r} is not so")
            elif claim.opposite(seen):
                wrong.append(f"{match[0]!r} in {text!r} would hold of its opposite, too")
    return wrong


@each_question
def test_what_is_told_is_so(question):
    told = texts(question)
    for phrase, claim in claims_of(question).items():
        assert any(phrase in text for text in told), f"{question.name}: no text says {phrase!r}, which is claimed"
        seen = Told(question, phrase)
        assert claim.holds(seen), f"{question.name}: {phrase!r} is not so"
        assert not claim.opposite(seen), f"{question.name}: {phrase!r}: its claim holds for the opposite, too"


@each_question
def test_a_set_phrase_is_so(question):
    found = untrue(question, texts(question))
    assert not found, f"{question.name}: " + "\n".join(found)


@pytest.mark.parametrize("question", WATCHED_QUESTIONS)
def test_words_with_an_opposite_are_claimed(question):
    found = unclaimed(question, texts(question))
    assert not found, f"{question.name}: " + "\n".join(found)


@each_question
def test_of_two_sides_both_are_claimed(question):
    found = one_sided(question, texts(question))
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
