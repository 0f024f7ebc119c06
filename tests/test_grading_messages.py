"""A message is read together with what its slip gives, and both are kept: a message that came to another slip, or that
says something else, is to be read again."""

import itertools
import json
from dataclasses import replace
from functools import cache

from helpers import ROOT, tool
from test_grading import QUESTIONS, each_question

messages = tool("messages")
given = cache(messages.of)
KEPT = json.loads((ROOT / "tests" / "messages.json").read_text("utf-8"))


def moved(found, kept):
    """What to say of each message whose slip does not give what it gave when the message was read."""
    return [
        f"{message!r} stands at a slip that gives {found.get(message, 'nothing: no slip has it')}, and was read of one "
        f"that gives {kept.get(message, 'nothing: it is new')}"
        for message in (*found, *(message for message in kept if message not in found))
        if message not in kept or message not in found or not messages.alike(found[message], kept[message])
    ]


@each_question
def test_a_message_is_that_of_the_slip_of_which_it_was_read(question):
    said = "\n".join(moved(given(question), KEPT.get(question.name, {})))
    assert not said, (
        f"{question.name}: {said}\nRead whether each says what its slip does, then run tools/messages.py (what each "
        "slip gives in each case, the one by hand first, goes to tests/messages.json)"
    )


@each_question
def test_two_slips_whose_messages_were_exchanged_are_seen(question):
    found = given(question)
    assert len(found) == len(question.wrong), f"{question.name}: two slips have one message"
    same = [pair for pair in itertools.combinations(found, 2) if messages.alike(*map(found.get, pair))]
    assert not same, f"{question.name}: {same} stand at slips that give the same numbers: tell them apart by a case"


def test_no_other_question_is_kept():
    assert [*KEPT] == [question.name for _, question in QUESTIONS]


def test_a_message_that_came_to_another_slip_or_says_something_else_is_seen():
    question = next(question for _, question in QUESTIONS if question.name == "p_value")
    one, other, *rest = question.wrong
    kept = KEPT["p_value"]
    turned = (replace(one, message=other.message), replace(other, message=one.message), *rest)
    assert len(moved(messages.of(replace(question, wrong=turned)), kept)) == 2
    reworded = (replace(one, message=one.message.replace("too often", "too seldom")), other, *rest)
    assert len(moved(messages.of(replace(question, wrong=reworded)), kept)) == 2  # one is new, one is gone
    assert not moved(given(question), kept)


def test_rounding_is_no_change():
    assert messages.alike("0.25, nan, 100000", "0.250001, nan, 100001")
    assert not messages.alike("0.25, 1", "0.26, 1") and not messages.alike("0.25", "0.25, 1")
    assert not messages.alike("nan", "1") and not messages.alike("1, 2", "1, -2")
