"""The sheet in a notebook: which question an answer answers, what is committed, shown and counted."""

import gzip
import json
import sys
from types import SimpleNamespace

import pytest
import torch

from course_pkg.grading import Case, Question, Wrong, sheet
from course_pkg.grading.plain import encode, key
from course_pkg.grading.question import RUNGS
from course_pkg.grading.sheet import Sheet, from_record, questions_of


def cases(seed):
    return tuple(Case(rung, {"a": 1.5 + k + seed}) for k, rung in enumerate(RUNGS))


def slips(*answers):
    return tuple(Wrong(f"slip {k}", f, f"message {k}") for k, f in enumerate(answers))


PLAIN = {"title": "t", "difficulty": 1, "importance": 1, "minutes": 1, "returns": "one number", "relation": "it holds",
         "hints": {"not started": "begin", "different": "look"}}  # fmt: skip
TWICE = Question("twice", kind="derive", points=2, cases=cases, reference=lambda a: 2 * a, oracle=lambda a: a + a,
                 wrong=slips(
    lambda a: a, lambda a: 3 * a, lambda a: -a, lambda a: a * a, lambda a: 1 / a), **PLAIN)  # fmt: skip
GUESS = Question("guess", kind="experiment", points=3, cases=lambda seed: (Case("hand", {}),), reference=lambda: 7.0,
                 oracle=lambda: 7.0, wrong=slips(lambda: 1.0, lambda: 2.0, lambda: 3.0, lambda: 4.0, lambda: 5.0),
                 **PLAIN)  # fmt: skip
RULE = Question("rule", kind="experiment", points=1, cases=cases, reference=lambda a: a / 2, oracle=lambda a: a - a / 2,
                wrong=TWICE.wrong, **PLAIN)  # fmt: skip


@pytest.fixture(autouse=True)
def shown(monkeypatch):
    """A chapter of three questions; what is displayed is kept."""
    monkeypatch.setitem(sys.modules, "course_pkg.questions.small", SimpleNamespace(QUESTIONS=(TWICE, GUESS, RULE)))
    kept = []
    monkeypatch.setattr(sheet, "display", kept.append)
    return kept


def fails():
    raise ValueError("no picture" + "!" * 900)


# --- which question ---------------------------------------------------------------------------------------------------


def test_an_answer_is_found_by_its_name():
    def twice(a):
        return 2 * a

    small = Sheet("small")
    assert list(small.questions) == ["twice", "guess", "rule"] and (small.seed, small.seconds) == (0, sheet.SECONDS)
    assert small.verdicts == small.committed == {}
    found = small.check(twice)
    assert found.status == "holds" and small.verdicts == {"twice": found}
    other = lambda a: 2 * a
    assert small.check(other, question="twice").status == "holds"
    assert small.check(twice, question="rule").status != "holds"  # what is said goes before the name
    assert small.check(None, question="twice").status == "missing"


def test_an_answer_is_found_by_the_name_that_holds_it():
    small = Sheet("small")
    holder = SimpleNamespace(f_locals={"twice": max, "guess": min}, f_globals={"rule": sum})
    named = lambda answer: small._named(answer, holder)
    assert [named(f) for f in (max, min, sum)] == ["twice", "guess", "rule"] and named(abs) == "abs"
    assert named(lambda a: a) == "<lambda>" and named(SimpleNamespace()) == ""

    def rule(a):
        return a

    holder.f_locals["twice"] = rule
    assert named(rule) == "rule"  # its own name goes before


def test_what_is_no_answer_is_refused():
    small = Sheet("small")
    with pytest.raises(
        TypeError, match=r"^check takes the function itself, as in check\(f\), not what it returns; got 3\.0$"
    ):
        small.check(3.0, question="twice")
    with pytest.raises(TypeError) as error:
        small.check("x" * 200)
    assert str(error.value).endswith("got '" + "x" * 79)
    says = r'say which it answers, as in check\(answer, question="twice"\)'
    there = "there are twice, guess, rule"
    with pytest.raises(
        ValueError, match=rf"^no question of this sheet is called 'abs'; {there}\. If it answers one of them, {says}$"
    ):
        small.check(abs)
    nameless = [lambda a: 2 * a]
    with pytest.raises(
        ValueError, match=rf"^this answer has no name \(a lambda, a partial, an object has none\): {says}; {there}$"
    ):
        small.check(nameless[0])
    assert small.verdicts == {}


# --- cases and clocks -------------------------------------------------------------------------------------------------


def test_the_seed_and_the_clock_are_the_sheets(monkeypatch):
    asked = []
    real = sheet.call_answer

    def watched(answer, some, call, *rest, **more):
        asked.append(([c.arguments["a"] for c in some], call, rest, more))
        return real(answer, some, call, *rest, **more)

    monkeypatch.setattr(sheet, "call_answer", watched)
    assert (
        Sheet("small", 3, 5.0)
        .check(lambda a: 2 * a + a.bit_length() if a == 0 else 2 * a + 0.1 * a**3, question="twice")
        .earned
        == 0
    )
    assert asked[0] == ([4.5, 5.5, 6.5, 7.5], "function", ({}, 5.0), {})
    assert asked[1][0][0] == 1.5 + 1 + 3 + 101 and asked[1][1:] == ("function", (), {"seconds": 2.0})
    asked.clear()
    Sheet("small", seconds=0.5).check(lambda a: 2 * a + 0.1 * a**3, question="twice")
    assert asked[0][2] == ({}, 0.5) and asked[1][3] == {"seconds": 0.5}


# --- what follows -----------------------------------------------------------------------------------------------------


def test_what_follows_is_shown_where_the_answer_holds(shown):
    small = Sheet("small")
    then = lambda: shown.append("ran") or "a picture"
    assert "but" not in dict(small.check(lambda a: 2 * a, question="twice", then=then).rows)
    assert shown == ["ran", "a picture"]
    for answer in (lambda a: a, lambda a: torch.tensor(2 * a, dtype=torch.float32), None):
        small.check(answer, question="twice", then=then)
    assert shown == ["ran", "a picture"]  # wrong, or of too few digits
    found = small.check(lambda a: 2 * a, question="twice", then=fails)
    assert found.status == "holds" and found.earned == 2 and small.verdicts["twice"] is found
    text = dict(found.rows)["but"]
    assert text.startswith("what follows cannot use it: it calls twice(a), in that order, and goes on with tensors. "
                           "ValueError: no picture!!")  # fmt: skip
    assert text.count("!") == 400 - len("ValueError: no picture") and found.rows[0][0] == "checked"


def test_an_experiment_follows_a_prediction(shown, capsys):
    small = Sheet("small")
    said = lambda answer, question="guess", **more: (small.check(answer, question=question, **more).status,
                                                     capsys.readouterr().out)  # fmt: skip
    line = "committed before the experiment runs: "
    assert said(lambda: 7, experiment=lambda: "a plot") == ("holds", f"{line}7\n") and shown == ["a plot"]
    assert said(lambda: 7.0) == ("holds", f"{line}7\n") and shown == ["a plot"]
    assert said(lambda: 1.23456789)[1] == f"{line}1.23457, not the 7 that was first committed\n"
    assert said(lambda: 7.0)[1] == f"{line}7\n"  # the first one stays
    assert said(lambda a: a / 2, "rule") == ("holds", f"{line}a rule\n")
    assert said(lambda a: a / 3, "rule")[1] == f"{line}a rule, not the rule that was first committed\n"
    assert small.committed["guess"] == (["7"], "7") and small.committed["rule"][1] == "a rule"
    found, text = said(lambda: 7.0, experiment=fails)
    assert found == "holds" and "the experiment stopped, with this answer in it: ValueError: no picture!" in text
    # Without numbers nothing is committed, nor where it is no experiment or there is no answer.
    other = Sheet("small")
    for answer, question in ((lambda: {"x": 1.0}, "guess"), (lambda: "x", "guess"), (lambda a: 2 * a, "twice")):
        other.check(answer, question=question)
    assert other.committed == {} and line not in capsys.readouterr().out
    ran = []
    stops = lambda a: a / 2 if a < 3 else fails()
    other.check(stops, question="rule", experiment=lambda: ran.append(1))
    other.check(lambda a: a, question="twice", experiment=lambda: ran.append(1))
    assert ran == [] and other.committed == {}


# --- progress ---------------------------------------------------------------------------------------------------------


def test_progress():
    small = Sheet("small", 2)
    rows = lambda: [tuple(getattr(cell, "text", cell) for cell in row)[1:] for row in small.progress().rows]
    assert small.progress().caption == "0 of 3 questions, 0 of 6 points"
    assert tuple(small.progress().columns if hasattr(small.progress(), "columns") else small.progress().head) == (
        "question", "kind", "state", "cases", "points")  # fmt: skip
    assert rows() == [("derive", "not started", "", "0 of 2"), ("experiment", "not started", "", "0 of 3"),
                      ("experiment", "not started", "", "0 of 1")]  # fmt: skip
    small.check(lambda a: 2 * a, question="twice")
    small.check(lambda: 1.0, question="guess")
    small.check(None, question="rule")
    assert rows() == [("derive", "holds", "4 of seed 2", "2 of 2"),
                      ("experiment", "not yet: a known slip", "1 of seed 2", "0 of 3"),
                      ("experiment", "missing", "", "0 of 1")]  # fmt: skip
    proof = ". What holds was right on these cases, in this session; that is no proof"
    assert small.progress().caption == f"1 of 3 questions, 2 of 6 points{proof}"
    small.check(lambda: 7.0, question="guess")
    assert small.progress().caption == f"2 of 3 questions, 5 of 6 points{proof}"

    def stub(a):
        raise NotImplementedError

    small.check(stub, question="rule")
    assert rows()[2] == ("experiment", "not started", "", "0 of 1")
    assert ">twice</code>" in small.progress()._repr_html_()


# --- records ----------------------------------------------------------------------------------------------------------


def record(name="twice", seeds=(3,)):
    """What a class pack holds of the question: numbers, and no code."""
    forms = lambda f: {key(c.arguments): {"status": "value", "value": encode(f(**c.arguments))}
                       for seed in seeds for c in cases(seed)}  # fmt: skip
    plain = {**PLAIN, "kind": "derive", "points": 2}
    wrong = [
        {"name": w.name, "message": w.message, "forms": [forms(w.answer), forms(lambda a: a + 40)]} for w in TWICE.wrong
    ]
    given = {
        str(seed): [{"rung": c.rung, "arguments": encode(dict(c.arguments))} for c in cases(seed)] for seed in seeds
    }
    return {"name": name, "plain": plain, "cases": given, "wrong": wrong, "terms": None,
            "reference": forms(TWICE.reference), "oracle": forms(TWICE.oracle)}  # fmt: skip


def test_a_question_of_numbers_alone(monkeypatch):
    known = lambda **more: from_record({**record(seeds=(0, 3)), **more})
    made = known()
    assert (made.name, made.points, made.kind) == ("twice", 2, "derive")
    assert [c.arguments for c in made.cases(3)] == [c.arguments for c in cases(3)] and made.terms is None
    assert made.reference(a=4.5) == made.oracle(a=4.5) == 9.0
    assert [(w.name, w.message, len(w.forms)) for w in made.wrong] == [(w.name, w.message, 2) for w in TWICE.wrong]
    assert made.wrong[1].forms[0](a=4.5) == 13.5 and made.wrong[1].forms[1](a=4.5) == 44.5
    with pytest.raises(ValueError, match=r"^twice: only the cases of seed 0 are recorded here, not of 7$"):
        made.cases(7)
    terms = known(terms={key({"a": 4.5}): encode({"": {"half": 4.5}})}).terms
    assert terms({"a": 4.5}) == {"": {"half": 4.5}} and terms({"a": 1.0}) == {}


def test_a_class_pack_has_records_in_place_of_questions(monkeypatch, tmp_path):
    monkeypatch.setattr(sheet, "RECORDED", tmp_path)
    written = [record(name, (0,)) for name in ("twice", "again")]
    (tmp_path / "packed.json.gz").write_bytes(gzip.compress(json.dumps(written).encode()))
    assert [q.name for q in questions_of("packed")] == ["twice", "again"]
    assert Sheet("packed").check(lambda a: 2 * a, question="again").status == "holds"
    (tmp_path / "no name.json.gz").write_bytes(gzip.compress(b"[]"))
    monkeypatch.setitem(sys.modules, "course_pkg.questions.bare", SimpleNamespace())
    for chapter in ("no name", "nothing", "bare"):
        with pytest.raises(ValueError, match=f"^expected a chapter with questions, got '{chapter}'$"):
            questions_of(chapter)
    assert questions_of("small") == (TWICE, GUESS, RULE)
