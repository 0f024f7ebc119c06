"""What a text of a question says of larger and smaller is so: computed from the answer that makes the slip, and from
the right one."""

import re

import pytest
import torch

from claims import besides, texts
from course_pkg.grading.question import words
from sides import SIDES, Seen, side
from test_grading import QUESTIONS, each_question

# What a message says of the answer itself must be claimed; what it says of another thing stands here.
TOO = re.compile(r"\btoo (?:small|large|few|many|low|high)\b")
OF_ANOTHER_THING = {
    "a logit that is too large everywhere": "the logit that came in",
    "and has a price too many": "an answer of another shape, with which nothing can be compared",
}


def problems(question, found):
    """The phrases of these texts that say a side which is not so, and the sides that nothing computes."""
    claims, wrong = SIDES.get(question.name, {}), []
    for phrase, holds in claims.items():
        if not any(phrase in text for text in found):
            wrong.append(f"{phrase!r} is claimed in SIDES, and no text says it")
        elif not holds(Seen(question, phrase)):
            wrong.append(f"{phrase!r} is not so")
    for text in found:
        rest = TOO.findall(besides(text, (*claims, *OF_ANOTHER_THING)))
        wrong += [f"{said!r} in {text!r}: claim it in SIDES with how it is computed" for said in rest]
    return wrong


@each_question
def test_a_side_that_is_told_is_that_of_the_numbers(question):
    found = problems(question, texts(question))
    assert not found, f"{question.name}: " + "\n".join(found)


def test_every_side_is_of_a_question():
    assert SIDES.keys() <= {question.name for _, question in QUESTIONS}


@pytest.mark.parametrize(
    ("name", "said", "turned"),
    [
        ("kl_between_gaussians", "stands above p's", "stands below p's"),
        ("missing_from_beta_vae", "F is the larger one", "F is the smaller one"),
        ("slope_factor", "the leak falls with", "the leak rises with"),
        ("p_value", "is too small for a level", "is too large for a level"),
    ],
)
def test_a_side_that_is_turned_is_seen(name, said, turned):
    question = next(q for _, q in QUESTIONS if q.name == name)
    found = texts(question)
    assert any(said in text for text in found) and problems(question, [text.replace(said, turned) for text in found])


def test_sides_are_told_from_no_side():
    one, other = [{"": torch.tensor([1.0, 2.0])}], [{"": torch.tensor([1.0, 3.0])}]
    assert (side(one, other), side(other, one), side(one, one)) == (-1, 1, 0)
    assert side([*one, *other], [*other, *one]) == 0, "on either side"


# A term is what its name says ---------------------------------------------------------------------------------


ENGLISH = {"own"}  # arguments that are words of any sentence, too


def changed(value):
    return value + 1 if isinstance(value, int) else 1.01 * value + 0.003


def idle(question):
    """The terms of the right answer whose names hold an argument that they do not depend on."""
    given = question.cases(0)[1].arguments
    numbers = {n for n, v in given.items() if isinstance(v, (int, float, torch.Tensor)) and not isinstance(v, bool)}
    before = question.terms(given)
    for argument in sorted(numbers - ENGLISH):
        after = question.terms({**given, argument: changed(given[argument])})
        for entry, terms in before.items():
            for name, value in terms.items():
                if argument in re.findall(r"\w+", name) and torch.equal(value, after[entry][name]):
                    yield f"{name!r} does not depend on {argument}"


@pytest.mark.parametrize("question", [pytest.param(q, id=f"{c}: {q.name}") for c, q in QUESTIONS if q.terms])
def test_a_term_depends_on_the_arguments_that_it_names(question):
    found = [*idle(question)]
    assert not found, f"{question.name}: {words('; '.join(found))}"
