"""A text is read together with what it is told of, a message with what its slip gives, and both are kept: a message
that came to another slip, or a text that says something else, is to be read again."""

import itertools
import json
from dataclasses import replace
from functools import cache

from helpers import ROOT, tool
from test_grading import QUESTIONS, each_question

read = tool("texts")
given = cache(read.of)
KEPT = json.loads((ROOT / "tests" / "texts.json").read_text("utf-8"))


def moved(found, kept):
    """What to say of each text that is not told of what it was told of when it was read."""
    return [
        f"{text!r} is told of {found.get(text, 'nothing: it is gone')}, and was read of {kept.get(text, 'nothing')}"
        for text in {**found, **kept}
        if text not in kept or text not in found or not read.alike(found[text], kept[text])
    ]


@each_question
def test_a_text_is_told_of_what_it_was_read_of(question):
    said = "\n".join(moved(given(question), KEPT.get(question.name, {})))
    assert not said, (
        f"{question.name}: {said}\nRead whether each says what its slip does, or what is so, then run tools/texts.py "
        "(what each slip gives in each case, the one by hand first, goes to tests/texts.json)"
    )


@each_question
def test_two_slips_whose_messages_were_exchanged_are_seen(question):
    found = {text: of for text, of in given(question).items() if of.startswith("slip: ")}
    assert len(found) == len(question.wrong), f"{question.name}: two slips have one message"
    same = [pair for pair in itertools.combinations(found, 2) if read.alike(*map(found.get, pair))]
    assert not same, f"{question.name}: {same} stand at slips that give the same numbers: tell them apart by a case"


@each_question
def test_two_terms_whose_names_were_exchanged_are_seen(question):
    found = {text: of for text, of in given(question).items() if of.startswith("term: ")}
    assert bool(found) == bool(question.terms)
    entry = lambda text: text.rpartition(": ")[0]
    pairs = (pair for pair in itertools.combinations(found, 2) if entry(pair[0]) == entry(pair[1]))
    same = [pair for pair in pairs if read.alike(*map(found.get, pair))]
    assert not same, f"{question.name}: {same} name terms that give the same numbers"


def test_no_other_question_is_kept():
    assert [*KEPT] == [question.name for _, question in QUESTIONS]


def test_a_message_that_came_to_another_slip_or_says_something_else_is_seen():
    question = next(question for _, question in QUESTIONS if question.name == "p_value")
    one, other, *rest = question.wrong
    kept = KEPT["p_value"]
    turned = (replace(one, message=other.message), replace(other, message=one.message), *rest)
    assert len(moved(read.of(replace(question, wrong=turned)), kept)) == 2
    reworded = (replace(one, message=one.message.replace("too often", "too seldom")), other, *rest)
    assert len(moved(read.of(replace(question, wrong=reworded)), kept)) == 2  # one is new, one is gone
    assert not moved(given(question), kept)


def test_rounding_is_no_change():
    assert read.alike("slip: 0.25, nan, 100000", "slip: 0.250001, nan, 100001")
    different = [("0.25, 1", "0.26, 1"), ("0.25", "0.25, 1"), ("nan", "1"), ("1, 2", "1, -2")]
    assert not any(read.alike(f"slip: {one}", f"slip: {other}") for one, other in different)
    assert not read.alike("hint, shape: 1", "hint, trap: 1")
