"""Where the judge's rules begin and end: how near is right, how much must be there before something is told, and which
advice belongs to what was found."""

import json

import pytest
import torch

from course_pkg.classroom.record import recorded
from course_pkg.grading import Case, Wrong
from course_pkg.grading.addends import combined
from course_pkg.grading.calling import Outcome, call_answer
from course_pkg.grading.clock import Endless, Stopped, within
from course_pkg.grading.evidence import Trials, agrees, drawn
from course_pkg.grading.functions import relation
from course_pkg.grading.judging import judge
from course_pkg.grading.plain import NotPlain, parts
from course_pkg.grading.probes.almost import nearly
from course_pkg.grading.probes.asking import Asking
from course_pkg.grading.probes.behaviour import behaviour
from course_pkg.grading.probes.changes import probed
from course_pkg.grading.probes.shapes import reshaped
from course_pkg.grading.probes.structure import structure
from course_pkg.grading.relations import Pair, Relation
from course_pkg.grading.sheet import Sheet, from_record
from course_pkg.grading.verdict import Verdict
from course_pkg.questions.shared import numbers
from test_grading import BY_NAME, remade
from test_probes import scalars, trials

# --- what is near enough ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("right", "off", "near"), [(1.0, 0.9e-6, True), (1.0, 1.5e-6, False), (0.01, 0.9e-6, True),
                                                    (50.0, 45e-6, True), (50.0, 55e-6, False)])  # fmt: skip
def test_the_tolerance_is_relative_above_one_and_absolute_below(right, off, near):
    for sign in (1, -1):
        assert agrees(numbers([sign * (right + off)]), numbers([sign * right]), 1e-6) is near
        assert agrees(numbers([sign * (right - off)]), numbers([sign * right]), 1e-6) is near


# --- how much must be there -------------------------------------------------------------------------------------------


def test_one_case_alone_shows_no_relation_of_shapes():
    pair = (numbers([[1.0, 2.0]]), numbers([1.0, 2.0]))
    assert reshaped([pair], 1e-6) == "" != reshaped([pair, pair], 1e-6)


def test_two_indices_of_three_that_were_crossed():
    cubes = [torch.randn(n, 4, n, generator=torch.Generator().manual_seed(n), dtype=torch.float64) for n in (2, 3)]
    assert "the indices of axes 0 and 2 are the same" in reshaped([(c, c.diagonal(0, 0, 2)) for c in cubes], 1e-6)


def added(given):
    """The named addends of a sum of two numbers."""
    return {"": {"the first": numbers(given["a"]), "the second": numbers(given["b"])}}


def test_no_addend_is_to_blame_where_all_enter_once():
    right = lambda a, b: a + b
    told = lambda answer: combined(trials(scalars, right, answer, terms=added), "")
    assert told(right) is None
    assert told(lambda a, b: a + 2 * b).text == "the second enters twice"
    assert told(lambda a, b: a).text == "the second is missing"
    assert told(lambda a, b: a - b).text == "the second enters with the wrong sign"


@pytest.mark.parametrize(("times", "says"), [(1.0, "too much by exactly `x`"), (-1.0, "too little by exactly `x`"),
                                             (-0.5, "too little by exactly half of `x`")])  # fmt: skip
def test_a_table_that_was_added_or_taken_off(times, says):
    drawn_ = [torch.randn(2, n, generator=torch.Generator().manual_seed(n), dtype=torch.float64) for n in (3, 4, 5)]
    pairs = [Pair(v[0] + times * v[1], v[0], {}, {"x": v[1]}) for v in drawn_]
    assert says in relation(pairs, 1e-6).text


@pytest.mark.parametrize(("x", "enough"), [([-1.0, -2.0, 1.5, 2.5], True), ([-1.0, -2.0, 1.5], False),
                                           ([-1.0, 1.5, 2.5], False)])  # fmt: skip
def test_a_limit_is_told_from_two_numbers_on_each_side(x, enough):
    case = Case("random", {"x": numbers(x)}, {})
    found = trials(lambda seed: (case,), lambda x: x.clamp_min(0), lambda x: x)
    said = structure(Trials(found.question, found.all[:1]), "", 1e-6)
    assert ("wrong only where it should be zero" in [r.text for r in said]) is enough


# --- whom it asks again -----------------------------------------------------------------------------------------------


def by_hand_too(seed):
    return (Case("hand", {"a": 3.0, "b": 1.0}, {}), *scalars(seed))


def test_only_cases_that_are_wrong_are_asked_again():
    off_by_hand = lambda a, b: a * b + (a == 3.0)
    found = trials(by_hand_too, lambda a, b: a * b, off_by_hand)
    assert {t.case.rung for t in Asking(found, [""]).wrong()} == {"hand"}
    assert ["changes with `a` and not with `b`" in r.text for r in behaviour(found, [""])] == [True]


def test_how_a_number_should_have_followed():
    text = [r.text for r in probed(Asking(trials(scalars, lambda a, b: a * b, lambda a, b: a**2 * b), [""]))]
    assert "where `a` is doubled, it should be twice as much, and is four times as much" in text
    assert probed(Asking(trials(scalars, lambda a, b: a * b, lambda a, b: 3 * a * b), [""])) == []


def test_a_slip_with_a_constant_of_few_digits_is_named_once():
    slips = [Wrong(name, answer, "look") for name, answer in
             [("three", lambda a, b: 3 * a * b), ("nearly three", lambda a, b: 3.00001 * a * b)]]  # fmt: skip
    text, found = nearly(trials(scalars, lambda a, b: a * b, lambda a, b: 3.00005 * a * b, wrong=slips))
    assert "percent" in text and [w.name for w in found] == ["three"]


def test_a_call_that_gave_itself_up_does_not_run_on():
    def gives_up():
        raise Stopped

    with pytest.raises(Endless) as error:
        within(60, gives_up)
    assert error.value.stopped


# --- what is said, and advised ----------------------------------------------------------------------------------------


def test_a_kind_that_no_advice_knows_is_refused():
    with pytest.raises(ValueError, match="a kind among"):
        Relation("weather", "rain")


def test_what_a_list_lacks_is_said():
    with pytest.raises(NotPlain, match="got a list of unequal parts"):
        parts([[1.0], [1.0, 2.0]])
    with pytest.raises(NotPlain, match="got str"):
        parts("a word")


def test_the_advice_for_what_an_answer_changes():
    question = remade(hints={"not started": "begin", "changed": "copy it first"})

    def writes(mu_q, log_var_q, mu_p, log_var_p):
        value = question.reference(mu_q, log_var_q, mu_p, log_var_p)
        mu_q.zero_()
        return value

    found = judge(question, call_answer(writes, drawn(question, 0), question.call))
    assert found.status == "changed" and ("hint", "copy it first") in found.rows


def test_the_state_is_told_in_a_table_with_a_head():
    shown = Sheet("elbo").progress()._repr_html_()
    assert all(f">{word}</th>" in shown for word in ("question", "kind", "state", "cases", "points"))
    mark = lambda status: Verdict("kl", status, 0, 1, (("rung", "1 of 4"),))._repr_html_()
    assert "derivation broken" in mark("different") and "derivation broken" not in mark("holds")


# --- from numbers alone -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["kl_between_gaussians", "MendedVAE"])
def test_a_record_judges_as_its_question_does(name):
    """What a class pack holds of a question gives the same verdict on right and wrong answers."""
    question = BY_NAME[name]
    alone = from_record(json.loads(json.dumps(recorded(question))))
    for answer in (question.reference, *(wrong.answer for wrong in question.wrong)):
        given = call_answer(answer, drawn(question, 0), question.call, question.trains)
        first, other = judge(question, given), judge(alone, given)
        assert (first.status, first.slip, first.earned) == (other.status, other.slip, other.earned), first
    with pytest.raises(ValueError, match="only the cases of seed 0"):
        alone.cases(7)
    assert judge(alone, [Outcome("missing") for _ in drawn(alone, 0)]).status == "missing"
