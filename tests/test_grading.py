"""Questions as data: complete, or refused; every named slip told apart; nothing accepted without proof."""

import importlib
import inspect
import json
import pkgutil
import re
from functools import cache

import pytest
import torch

from course_pkg import questions
from course_pkg.grading import Case, Question, Sheet, Wrong
from course_pkg.grading.calling import Outcome, call_answer
from course_pkg.grading.evidence import drawn, expected, parts_of
from course_pkg.grading.judging import agree, judge
from course_pkg.grading.plain import NotPlain, decode, encode, parts
from course_pkg.grading.verdict import WORDS
from helpers import ROOT

SEEDS = (0, 11)
FIVE = (0, 11, 23, 37, 59)
CHAPTERS = {
    m.name: importlib.import_module(f"course_pkg.questions.{m.name}").QUESTIONS
    for m in pkgutil.iter_modules(questions.__path__)
    if m.ispkg
}
ELBO = CHAPTERS["elbo"]  # what the engine's own tests try it on
BY_NAME = {question.name: question for question in ELBO}
QUESTIONS = [(chapter, question) for chapter, questions in CHAPTERS.items() for question in questions]
each_question = pytest.mark.parametrize("question", [pytest.param(q, id=f"{c}: {q.name}") for c, q in QUESTIONS])
each_wrong = pytest.mark.parametrize(
    ("question", "wrong"), [pytest.param(q, w, id=f"{c}: {q.name}: {w.name}") for c, q in QUESTIONS for w in q.wrong]
)
each_seed = pytest.mark.parametrize("seed", SEEDS)


def verdict(question, answer, seed=0, **clock):
    """What is told of an answer that can be asked again; clock: seconds=, for each time that it is called."""
    again = lambda cases: call_answer(answer, cases, question.call, **clock)
    first = call_answer(answer, drawn(question, seed), question.call, question.trains, **clock)
    return judge(question, first, seed, again)


@cache
def told(question, answer):
    """The verdict on an answer of the catalogue, which needs no clock."""
    return verdict(question, answer, seconds=None)


def given(question, answer, seed=0):
    """What an answer of the catalogue gives."""
    return call_answer(answer, drawn(question, seed), question.call, seconds=None)


def row(found, what):
    return dict(found.rows).get(what, "")


def instead(question, value):
    """Outcomes of the reference with every value replaced, as an answer that computes `value` would give."""
    outcomes = given(question, question.reference)
    return [Outcome("value", encode(value(decode(outcome.value)))) for outcome in outcomes]


# --- the catalogue ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_chapter_asks_enough(chapter):
    kinds = {question.kind for question in CHAPTERS[chapter]}
    assert len(CHAPTERS[chapter]) >= 8 and kinds == {"derive", "implement", "debug", "experiment"}
    assert len({question.name for question in CHAPTERS[chapter]}) == len(CHAPTERS[chapter])


def test_every_chapter_of_questions_has_a_page():
    assert set(CHAPTERS) == {path.stem for path in (ROOT / "solutions").glob("*.md")}


@each_seed
@each_question
def test_the_reference_gets_full_marks(question, seed):
    found = verdict(question, question.reference, seed)
    assert (found.status, found.earned) == ("holds", question.points), found


@each_seed
@each_question
def test_the_oracle_agrees_on_every_case(question, seed):
    for case, outcome in zip(drawn(question, seed), given(question, question.reference, seed), strict=True):
        assert agree(parts_of(outcome), parts(question.oracle(**case.arguments)), question.tolerance), case.rung


@each_question
def test_the_oracle_is_another_way(question):
    code = inspect.getsource(question.oracle)
    assert not re.search(r"\breference\b", code) and question.oracle is not question.reference
    name = getattr(question.reference, "__name__", "")
    assert name == "<lambda>" or not re.search(rf"\b{name}\(", code), f"the oracle of {question.name} calls the answer"


@each_wrong
def test_a_named_slip_gets_nothing_and_its_own_message(question, wrong):
    for seed in FIVE:
        found = judge(question, given(question, wrong.answer, seed), seed) if seed else told(question, wrong.answer)
        shown = repr(found)
        assert found.earned == 0 and found.status in ("slip", "shape"), f"seed {seed}: {shown}"
        assert found.slip == wrong.name, f"seed {seed}: {shown}"
        assert re.sub(r"\s+", " ", wrong.message) in row(found, "slip")
        assert not any(w.message in shown for w in question.wrong if w is not wrong)


@pytest.mark.parametrize(
    ("question", "wrong", "form"),
    [pytest.param(q, w, f, id=f"{c}: {q.name}: {w.name}") for c, q in QUESTIONS for w in q.wrong for f in w.also],
)
@pytest.mark.parametrize("seed", FIVE)
def test_another_form_of_a_slip_gets_the_same_message(question, wrong, form, seed):
    found = judge(question, given(question, form, seed), seed)
    assert found.earned == 0 and found.slip == wrong.name, found


@each_seed
@each_question
def test_the_cases_tell_all_answers_apart(question, seed):
    cases = [case for case in drawn(question, seed) if case.counts]
    forms = {f"{w.name}, {i}": form for w in question.wrong for i, form in enumerate(w.forms)}
    answers = {"the right one": question.reference, **forms}
    values = {n: [parts_of(o) for o in call_answer(f, cases, question.call, seconds=None)] for n, f in answers.items()}
    names = list(values)
    for i, one in enumerate(names):
        for other in names[:i]:
            pairs = zip(values[one], values[other], strict=True)
            assert not all(agree(a, b, question.tolerance) for a, b in pairs), f"{one} and {other} give the same"


@each_question
def test_a_case_that_is_easy_earns_nothing(question):
    # Zero everywhere, the answer of a net that says nothing, is right on no case that counts.
    for case in drawn(question, 0):
        right = expected(question, case)
        zero = {name: torch.zeros_like(value) for name, value in right.items()}
        assert not (case.counts and agree(zero, right, question.tolerance)), case.rung
    assert judge(question, instead(question, zeros)).earned == 0


def zeros(value):
    return {k: zeros(v) for k, v in value.items()} if isinstance(value, dict) else torch.as_tensor(value) * 0.0


@each_question
def test_cases_are_plain_data_and_come_from_the_seed(question):
    first, again, other = (json.dumps([encode(dict(c.arguments)) for c in question.cases(seed)]) for seed in (3, 3, 4))
    assert first == again
    assert first != other or not question.cases(0)[0].arguments
    assert json.dumps(encode(decode(json.loads(first)[0]))) == json.dumps(json.loads(first)[0])


@each_question
def test_outcomes_can_cross_to_another_process(question):
    outcomes = given(question, question.reference)
    carried = [Outcome(**json.loads(json.dumps(vars(outcome)))) for outcome in outcomes]
    assert judge(question, carried) == judge(question, outcomes)
    json.dumps(judge(question, carried).as_dict())


def test_an_answer_cannot_change_what_another_case_sees():
    question = BY_NAME["kl_between_gaussians"]
    before = json.dumps([encode(dict(c.arguments)) for c in question.cases(0)])
    cases = question.cases(0)

    def spoils(mu_q, log_var_q, mu_p, log_var_p):
        for tensor in (mu_q, log_var_q, mu_p, log_var_p):
            tensor.zero_()
        return mu_q.sum(1)

    call_answer(spoils, cases)
    assert json.dumps([encode(dict(c.arguments)) for c in cases]) == before


# --- what is refused --------------------------------------------------------------------------------------------------

GOOD = BY_NAME["kl_between_gaussians"]
OPTIONAL = ("call", "tolerance", "name", "conditions", "symmetries", "terms", "trains", "independent", "derived")
FIELDS = [name for name in Question.__dataclass_fields__ if name not in OPTIONAL]


def remade(**changes):
    return Question(**{**{name: getattr(GOOD, name) for name in Question.__dataclass_fields__}, **changes})


@pytest.mark.parametrize("name", FIELDS)
def test_an_entry_that_lacks_something_is_refused(name):
    kept = {field: getattr(GOOD, field) for field in FIELDS if field != name}
    with pytest.raises(ValueError, match=r"question kl_between_gaussians: expected .+") as error:
        Question(name="kl_between_gaussians", **kept)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"difficulty": 6}, "difficulty 1-5"),
        ({"importance": 0}, "importance 1-5"),
        ({"wrong": GOOD.wrong[:4]}, r"5 named wrong answers \(there are 4\)"),
        ({"hints": {"different": "look"}}, "a first step for who has not started"),
        ({"wrong": (*GOOD.wrong, Wrong("silent", GOOD.reference, ""))}, "a message for each"),
        ({"hints": {"not started": ""}}, "a hint"),
        ({"hints": {"not started": "go", "weather": "rain"}}, "hints for symptoms among"),
        ({"kind": "essay"}, "a kind among"),
        ({"cases": lambda seed: GOOD.cases(seed)[:1]}, "all four rungs in order"),
        ({"cases": lambda seed: tuple(c for c in GOOD.cases(seed) if not c.counts)}, "a case that counts"),
        ({"name": "two words"}, "a name that Python can use"),
    ],
)
def test_a_bad_entry_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        remade(**changes)


def test_all_that_is_missing_is_named_at_once():
    with pytest.raises(ValueError, match=r"importance 1-5; minutes"):
        remade(minutes=0, importance=0)


def test_a_case_that_is_no_plain_data_is_refused():
    with pytest.raises(ValueError, match="plain data"):
        Case("hand", {"x": object()})
    with pytest.raises(ValueError, match="a rung among"):
        Case("easy", {})


def test_what_plain_data_hold():
    value = {"a": [1, 2.5, "x", None, True], "b": torch.tensor([[1.0, float("nan")]])}
    back = decode(json.loads(json.dumps(encode(value))))
    assert back["a"] == value["a"] and torch.equal(back["b"].isnan(), value["b"].isnan())
    assert decode(encode(torch.ones(2).half())).dtype == torch.float64
    for odd in (object(), {1: 2}, torch.ones(2) * 1j):
        with pytest.raises(NotPlain):
            encode(odd)


# --- the order of feedback --------------------------------------------------------------------------------------------


def test_missing():
    found = verdict(GOOD, None)
    assert found.status == "missing" and "kl_between_gaussians" in row(found, "expected")


@each_question
def test_a_blank_is_not_started(question):
    def stub(*args, **kwargs):
        raise NotImplementedError

    found = verdict(question, stub)
    assert (found.status, found.earned) == ("not started", 0)


def test_only_the_students_own_stub_is_not_started():
    def not_in_torch(mu_q, **rest):
        return torch.nn.Module()(mu_q)  # raises NotImplementedError inside torch

    found = verdict(GOOD, not_in_torch)
    assert found.status == "exception" and "NotImplementedError" in row(found, "error")

    def half_done(mu_q, log_var_q, mu_p, log_var_p):
        if len(mu_q) > 1:
            raise NotImplementedError
        return GOOD.reference(mu_q, log_var_q, mu_p, log_var_p)

    assert verdict(GOOD, half_done).status == "exception"


def test_an_exception_shows_the_students_own_line():
    def fails(mu_q, log_var_q, mu_p, log_var_p):
        mixed = torch.cat([mu_q, mu_q[0]])  # this line
        return mixed

    found = verdict(GOOD, fails)
    assert found.status == "exception" and row(found, "your line").endswith("# this line")
    assert "hint" in dict(found.rows)
    assert __file__ not in repr(found), "no path"


def test_an_answer_with_other_arguments():
    found = verdict(GOOD, lambda mu, log_var: mu)
    assert found.status == "arguments" and "yours takes mu, log_var: no place for" in row(found, "arguments")
    found = verdict(GOOD, lambda mu_q, log_var_q, mu_p, log_var_p, prior: mu_q)
    assert found.status == "arguments" and "nothing is there for prior" in row(found, "arguments")


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (lambda v: None, "is a return missing"),
        (lambda v: "text", "str"),
        (lambda v: [[1.0], [1.0, 2.0]], "unequal parts"),
        (lambda v: ["a"], "str"),
        (lambda v: {"a": v}, "other entries"),
        (lambda v: True, "bool"),
    ],
)
def test_another_type(value, says):
    found = judge(GOOD, instead(GOOD, value))
    assert found.status == "type" and found.earned == 0 and says in row(found, "returns"), found


def test_another_shape():
    found = judge(GOOD, instead(GOOD, lambda v: v[:, None]))
    assert found.status == "shape" and "(1, 1)" in row(found, "returns") and "(images,)" in row(found, "returns")


@each_question
@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_nan_and_infinity_are_never_accepted(question, bad):
    def spoil(value):
        if isinstance(value, dict):
            return {name: spoil(v) for name, v in value.items()}
        return torch.as_tensor(value, dtype=torch.float64) * bad

    found = judge(question, instead(question, spoil))
    assert (found.status, found.earned) == ("not finite", 0), found


def test_one_nan_in_the_last_case_is_enough():
    outcomes = call_answer(GOOD.reference, GOOD.cases(0))
    value = decode(outcomes[-1].value)
    value[0] = float("nan")
    found = judge(GOOD, [*outcomes[:-1], Outcome("value", encode(value))])
    assert found.status == "not finite" and found.earned == 0 and "1 of 4" in row(found, "returns")


def test_an_empty_answer_proves_nothing():
    empty = Question(**{**vars(GOOD), "reference": lambda **k: torch.zeros(0), "oracle": lambda **k: torch.zeros(0)})
    assert verdict(empty, lambda **k: torch.zeros(0)).earned == 0


def test_an_easy_case_must_hold_too():
    cases, outcomes = GOOD.cases(0), call_answer(GOOD.reference, GOOD.cases(0))
    easy = next(i for i, case in enumerate(cases) if not case.counts)
    wrong = Outcome("value", encode(decode(outcomes[easy].value) + 1.0))
    assert judge(GOOD, [*outcomes[:easy], wrong, *outcomes[easy + 1 :]]).earned == 0


def test_the_oracle_judges_its_rung():
    # A reference that is wrong would fail there, whatever it says of itself.
    bad = remade(reference=GOOD.wrong[0].answer)
    found = verdict(bad, bad.reference)
    assert found.earned == 0 and "an independent oracle" in row(found, "rung")


def test_outcomes_must_be_one_a_case():
    with pytest.raises(ValueError, match="one a case"):
        judge(GOOD, [])


def test_single_precision_is_accepted():
    def single(**k):
        return GOOD.reference(**{name: v.double() for name, v in k.items()}).float()

    assert verdict(GOOD, single).status == "holds"


# --- what feedback may not say ----------------------------------------------------------------------------------------


def numbers(value):
    if isinstance(value, dict):
        return [n for v in value.values() for n in numbers(v)]
    if isinstance(value, torch.Tensor):
        return value.flatten().tolist()
    return [float(value)] if isinstance(value, int | float) else []


@pytest.mark.parametrize(
    ("question", "wrong"),
    [  # an experiment shows its own result
        pytest.param(q, w, id=f"{c}: {q.name}: {w.name}")
        for c, q in QUESTIONS
        for w in q.wrong
        if q.kind != "experiment"
    ],
)
def test_feedback_holds_no_input_and_no_expected_value(question, wrong):
    text = repr(told(question, wrong.answer))
    shown = {float(n) for n in re.findall(r"\d+\.\d{2,}", text)}
    hidden = [
        n
        for case in drawn(question, 0)
        for n in numbers(dict(case.arguments)) + numbers(expected(question, case))
        if case.rung != "hand" and n != round(n, 1)  # a case done by hand is no secret
    ]
    assert not [s for s in shown if any(f"{abs(n):.4g}" == f"{s:.4g}" for n in hidden)], text


@each_question
def test_zero_does_not_read_off_the_expected_value(question):
    found = judge(question, instead(question, zeros))
    assert "largest difference" not in row(found, "observed")


def test_text_of_a_student_is_escaped():
    def nasty(**k):
        raise ValueError("<script>alert(1)</script>")

    page = verdict(GOOD, nasty)._repr_html_()
    assert "<code>raise ValueError" in page
    assert "<script>" not in page and "&lt;script&gt;" in page


def test_a_long_message_is_cut():
    def long(**k):
        raise ValueError("x" * 100_000)

    assert len(repr(verdict(GOOD, long))) < 2000


@each_question
def test_the_verdict_is_a_word_not_a_colour(question):
    for answer in (question.reference, question.wrong[0].answer, None):
        found = told(question, answer)
        page = found._repr_html_()
        assert WORDS[found.status] in page and WORDS[found.status] in repr(found)
        assert "all tests" not in page.lower()


@each_question
def test_an_exception_and_another_value_have_a_hint(question):
    assert {"exception", "different"} <= set(question.hints)


# --- the sheet --------------------------------------------------------------------------------------------------------


def test_a_sheet_knows_its_questions():
    sheet = Sheet("elbo")
    with pytest.raises(ValueError, match="no question of this sheet is called 'nothing'; there are kl_between"):
        sheet.check(lambda: 0, question="nothing")
    with pytest.raises(ValueError, match="a chapter with questions, got 'cooking'"):
        Sheet("cooking")


def test_progress_counts_what_holds():
    sheet = Sheet("elbo")
    total = sum(question.points for question in ELBO)
    assert sheet.progress().caption == f"0 of {len(ELBO)} questions, 0 of {total} points"
    sheet.check(GOOD.reference, question=GOOD.name)
    sheet.check(GOOD.wrong[0].answer, question="missing_from_weighted")
    assert sheet.progress().caption.startswith(f"1 of {len(ELBO)} questions, {GOOD.points} of {total} points. ")
    assert "no proof" in sheet.progress().caption and f"{len(GOOD.cases(0))} of seed 0" in repr(sheet.progress())
    sheet.check(GOOD.wrong[0].answer, question=GOOD.name)  # the last answer counts
    assert sheet.progress().caption.startswith("0 of")


def test_another_seed_draws_other_cases():
    assert Sheet("elbo", seed=5).check(GOOD.reference, question=GOOD.name).status == "holds"


def test_what_follows_is_shown_only_when_the_answer_holds(capsys):
    sheet, ran = Sheet("elbo"), []
    for answer in (GOOD.wrong[0].answer, GOOD.reference):
        sheet.check(answer, question=GOOD.name, then=lambda: ran.append(1))
    assert ran == [1]


def test_a_prediction_is_committed_before_the_experiment_runs(capsys):
    sheet, order = Sheet("elbo"), []

    def stub():
        raise NotImplementedError

    def experiment():
        order.append(capsys.readouterr().out)

    name = "ratio_with_baseline"
    assert sheet.check(stub, question=name, experiment=experiment).status == "not started"
    assert order == [], "no prediction, no experiment"
    assert (
        sheet.check(lambda: 90.0, question=name, experiment=experiment).slip == "no effect: the ratio with no baseline"
    )
    assert "committed before the experiment runs: 90\n" in order[0]
    assert sheet.check(lambda: 10.0, question=name, experiment=experiment).status == "holds"
    assert "10, not the 90 that was first committed" in order[1]
