"""What a question, a case and a verdict are; what is known of a case, and a case in words."""

import math
from types import SimpleNamespace

import pytest
import torch

from course_pkg.grading import Case, Question, Wrong
from course_pkg.grading.calling import Outcome
from course_pkg.grading.evidence import (
    Trials,  # fmt: skip
    agrees,
    by_reference,
    by_slip,
    drawn,
    expected,
    facts,
    parts_of,
    quantity,
    tables,
    where,
)
from course_pkg.grading.plain import Recorded, encode, key
from course_pkg.grading.question import KINDS, RUNGS, SYMPTOMS, words
from course_pkg.grading.verdict import WORDS, Shown, Verdict, number, tell, told_apart, vector
from probing import question, tensor, trial

# --- what is known of a case ------------------------------------------------------------------------------------------


def test_the_named_numbers_of_a_case():
    case = Case("random", {"n": 4, "a": 0.5, "b": 3, "flag": True, "seed": 7, "hidden": 9, "w": "x"},
                {"n": 4, "images": 2, "few": 1})  # fmt: skip
    assert facts(case) == {"`n`": 4.0, "the number of images": 2.0, "the number of few": 1.0, "`n` less one": 3.0,
                           "the number of images less one": 1.0, "`a`": 0.5, "`b`": 3.0}  # fmt: skip
    assert all(type(v) is float for v in facts(case).values())
    assert facts(Case("random", {"n": 4.0}, {"n": 4})) == {"the number of n": 4.0, "the number of n less one": 3.0}
    given = {"x": tensor([1.0]), "k": torch.tensor([1]), "a": 0.5, "n": 3, "w": "x", "f": torch.ones(1)}
    found = tables(Case("random", given))
    assert list(found) == ["x", "a", "f"] and all(v.dtype == torch.float64 for v in found.values())
    assert [quantity(v) for v in (0.5, 1, True, "a", torch.tensor([True]))] == [True, False, False, False, False]


def test_trials_with_numbers_can_be_compared():
    rows = [trial([1.0], [2.0]), trial([1.0], [2.0, 3.0]), trial({"x": [1.0]}, [2.0]), trial([math.nan], [2.0]),
            trial([1.0], [math.inf])]  # fmt: skip
    found = Trials(question(), rows)
    assert found.comparable("") == rows[:1] and found.rounding == 1e-6 and found.again is None
    pair = rows[0].pair("")
    assert pair.got.tolist() == [1.0] and pair.right.tolist() == [2.0]
    sized = trial([1.0], [2.0], {"images": 3}, a=0.5).pair("")
    assert sized.facts["the number of images"] == 3 and sized.tables["a"] == 0.5


def test_the_numbers_of_an_outcome():
    assert parts_of(Outcome("value", encode(1.5)))[""].item() == 1.5
    assert parts_of(Outcome("exception", encode(1.5))) == parts_of(Outcome("value", "a word")) == {}


def test_what_is_expected():
    asked = question(
        lambda a: 2 * a, oracle=lambda a: 2 * a + 1e-12, cases=lambda seed: (Case("random", {"a": seed + 0.5}),)
    )
    assert drawn(asked, 3) is drawn(asked, 3) and drawn(asked, 4) is not drawn(asked, 3)
    by = lambda rung, q=asked: expected(q, Case(rung, {"a": 0.5}))[""].item()
    assert by("oracle") == 1.0 + 1e-12 and by("random") == by("trap") == 1.0
    assert by("oracle", question(lambda a: 2 * a)) == 1.0  # without an oracle
    assert by_reference(question(lambda a: {}["x"]), Case("random", {"a": 0.5})) == {}
    given = {"x": tensor([1.0]), "some": [1.0]}

    def spoils(x, some):
        x += 1
        some.append(7)
        return x

    assert by_slip(question(), spoils, Case("random", given))[""].tolist() == [2.0]
    assert given["x"].tolist() == [1.0] and given["some"] == [1.0]
    known = Recorded({key({"a": 0.5}): {"status": "value", "value": 3.0}})
    assert by_slip(question(), known, Case("random", {"a": 0.5}))[""].item() == 3.0
    assert by_slip(question(), known, Case("random", {"a": 0.7})) == {}


def test_agreement():
    """Relative to the larger side, absolute below one."""
    one = tensor([1.0, -2.0])
    assert agrees(one, one, 0.0) and not agrees(one, one[:1], 1.0)
    zero = lambda off: (
        agrees(tensor([5.0, 0.0]), tensor([5.0, off]), 1e-6) and agrees(tensor([off]), tensor([0.0]), 1e-6)
    )
    assert zero(9e-7) and zero(-9e-7) and not zero(2e-6) and not zero(-2e-6)
    for odd in (math.nan, math.inf):
        assert not agrees(tensor([odd]), tensor([odd]), 1.0)
    near = lambda a, b: agrees(tensor([a]), tensor([b]), 0.01)
    assert near(100.0, 101.0) and near(-101.0, -100.0) and not near(100.0, 101.1) and not near(101.1, 100.0)


def test_where_it_failed():
    cases = [Case("hand", {"a": 1.5}, told="a is\n {a}"), Case("random", {"a": 1.0}), Case("random", {"a": 2.0}),
             Case("trap", {"a": 3.0})]  # fmt: skip
    assert where(cases, 0, [False, True, True, True]) == (
        "1 of 3, a case done by hand: a is 3/2 (what holds: random shapes, a trap)")  # fmt: skip
    assert where(cases, 1, [True, False, True, False]) == "2 of 3, random shapes (what holds: a case done by hand)"
    assert where(cases, 3, [False] * 4) == "3 of 3, a trap"


# --- a question -------------------------------------------------------------------------------------------------------

ALL = tuple(Case(rung, {"a": 1.5}) for rung in RUNGS)
FULL = {"kind": "derive", "title": "t", "points": 1, "difficulty": 1, "importance": 5, "minutes": 1, "returns": "r",
        "relation": "it holds", "cases": lambda seed: ALL, "reference": abs, "oracle": abs,
        "wrong": tuple(Wrong(f"slip {k}", abs, f"message {k}") for k in range(5)),
        "hints": {"not started": "begin"}}  # fmt: skip
LACKS = {
    "kind": ("essay", "a kind among derive, implement, debug, experiment"),
    "title": ("", "a title"),
    "points": (0, "points, 1 or more"),
    "difficulty": (0, "difficulty 1-5"),
    "importance": (6, "importance 1-5"),
    "minutes": (0, "minutes"),
    "returns": ("", "what it returns"),
    "relation": ("", "the relation that must hold"),
    "cases": (None, "cases(seed)"),
    "reference": (None, "a reference"),
    "oracle": (None, "an independent oracle"),
}


@pytest.mark.parametrize(("field", "value", "says"), [(f, *v) for f, v in LACKS.items()], ids=LACKS)
def test_what_a_question_lacks_is_named_alone(field, value, says):
    with pytest.raises(ValueError) as error:
        Question("asked", **{**FULL, field: value})
    assert str(error.value) == f"question asked: expected {says}"
    assert LACKS.keys() <= FULL.keys() and Question("asked", **FULL).tolerance == 1e-6


def refused(name="asked", **changes):
    with pytest.raises(ValueError) as error:
        Question(name, **{**FULL, **changes})
    return str(error.value)


def test_slips_and_hints_that_are_refused():
    slips = FULL["wrong"]
    few, message = "5 named wrong answers (there are {})", "a message for each wrong answer, no two alike"
    start, a_hint = "a first step for who has not started", "a hint"
    assert refused(wrong=slips[:4]) == f"question asked: expected {few.format(4)}"
    assert refused(wrong=(*slips[:4], Wrong("slip 0", abs, "another"))) == f"question asked: expected {few.format(5)}"
    for odd in (Wrong("slip 9", abs, ""), Wrong("", abs, "m"), Wrong("slip 9", abs, "message 0")):
        assert refused(wrong=(*slips, odd)) == f"question asked: expected {message}"
    assert refused(hints={"not started": ""}) == f"question asked: expected {a_hint}"
    assert refused(hints={}) == f"question asked: expected {a_hint}; {start}"
    assert refused(hints={"sign": "look"}) == f"question asked: expected {start}"
    assert refused(hints={"not started": "a", "rain": "b"}) == (
        f"question asked: expected hints for symptoms among {', '.join(SYMPTOMS)}")  # fmt: skip
    assert refused("two words") == "question two words: expected a name that Python can use"
    assert refused("") == "question (no name): expected a name that Python can use"
    assert refused(points=0, minutes=0) == "question asked: expected points, 1 or more; minutes"
    assert Question("asked", **{**FULL, "hints": dict.fromkeys(SYMPTOMS, "look")}).hints
    assert [Question("asked", **{**FULL, "kind": k}).kind for k in KINDS] == [*KINDS]
    for level in (1, 5):
        assert Question("asked", **{**FULL, "difficulty": level, "importance": level})


def test_cases_that_are_refused():
    all_ = "cases of all four rungs in order (hand, random, oracle, trap), got "
    assert refused(cases=lambda s: ALL[:3]) == f"question asked: expected {all_}hand, random, oracle"
    assert refused(cases=lambda s: ALL[::-1]) == f"question asked: expected {all_}trap, oracle, random, hand"
    for kind, some in (("derive", ALL[:1]), ("experiment", ALL[:2])):
        assert all_ in refused(kind=kind, cases=lambda s, some=some: some)
    assert Question("asked", **{**FULL, "kind": "experiment", "cases": lambda s: ALL[:1]})
    assert Question("asked", **{**FULL, "cases": lambda s: (*ALL, ALL[3])})
    idle = [Case(r, {"a": 1.5}, counts=False) for r in RUNGS]
    assert refused(cases=lambda s: idle) == "question asked: expected a case that counts"
    assert Question("asked", **{**FULL, "cases": lambda s: (*ALL[:1], *idle[1:])})
    asked = []
    Question("asked", **{**FULL, "cases": lambda s: asked.append(s) or ALL})
    assert asked == [0]


def test_a_case_that_is_refused():
    with pytest.raises(ValueError, match=r"^case: expected a rung among hand, random, oracle, trap, got 'easy'$"):
        Case("easy", {})
    with pytest.raises(ValueError, match=r"^case hand: arguments are plain data; .*got object"):
        Case("hand", {"a": object()})
    with pytest.raises(ValueError, match=r"^case hand: 'half' in what is told is not made from its numbers$"):
        Case("hand", {"a": 1.0}, told="half of it")
    assert Case("hand", {"a": 1.5}, told="a  is\n{a}").text == "a is 3/2" and Case("hand", {}).sizes == {}


def test_the_line_of_a_question():
    assert Question("asked", **FULL).line == "*derive* · 1 point · difficulty 1 of 5 · importance 5 of 5 · 1 minutes"
    assert "· 2 points ·" in Question("asked", **{**FULL, "points": 2}).line
    assert words("  a\n  b \tc ") == "a b c"
    slip = Wrong("s", abs, "m", (round,))
    assert slip.forms == (abs, round) and Wrong("s", abs, "m").forms == (abs,)


# --- in words ---------------------------------------------------------------------------------------------------------


def test_a_value_in_each_way():
    shown = lambda value, how="": format(Shown(value), how)
    assert shown("sum") == '"sum"' and shown(2) == "2" and shown(0.25) == "1/4" and shown(tensor([[[0.7]]])) == "0.7"
    assert (
        shown(math.log(3), "exp") == "3"
        and shown(math.log(4), "width") == "2"
        and shown(math.pi, "turn") == "1/2 of a full turn"
    )
    assert [shown(k, "word") for k in range(11)] == [
        "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]  # fmt: skip
    assert shown(tensor([1.0, 2.0])) == "1 and 2" and shown(tensor([1.0, 2.0]), "vector") == "(1, 2)"
    assert shown(tensor([[1.0, 2.0]])) == "1 and 2" and shown(tensor([[1.0], [2.0], [3.0]])) == "1, 2 and 3"
    assert shown(tensor([[1.0], [2.0]]), "vector") == "(1, 2)" and shown(tensor([1.0]), "vector") == "1"
    assert shown(tensor([[1.0, 2.0], [3.0, 4.0]])) == "(1, 2) and (3, 4)"
    assert shown(tensor([[[1.0, 2.0], [3.0, 4.0]], [[5, 6], [7, 8]]])) == "(1, 2), (3, 4), (5, 6) and (7, 8)"
    assert (
        shown(tensor([[0.0, math.log(4)]]), "exp") == "1 and 4"
        and shown(tensor([0.0, math.log(4)]), "width") == "1 and 2"
    )
    assert vector([1.0, 0.5]) == "(1, 1/2)" and shown([1.0, 2.0]) == "1 and 2"


def test_numbers_and_their_names():
    shown = {3.0: "3", -3.0: "-3", 1 / 8: "1/8", 7 / 8: "7/8", 2 / 7: "2/7", 1 / 9: "0.1111", 0.4: "0.4", 1.6: "1.6",
             math.log(2): "log 2", -math.log(3): "-log 3", math.log(16): "log 16", math.log(17): "2.833",
             0.123456: "0.1235", 1 / 3 + 1e-10: "0.3333", -1 / 3: "-1/3", math.log(2) + 1e-10: "0.6931"}  # fmt: skip
    assert {v: number(v) for v in shown} == shown


def test_a_template_with_its_sizes():
    assert tell("{a} of {latent_pairs:word}", {"a": 1.5}, {"latent pairs": 3}) == "3/2 of three"
    assert tell("{n}", {"n": 2}, {"n": 5}) == "2"  # an argument before a size
    assert told_apart("{n2} is {x:word}") == "" and told_apart("x2") == "2" and told_apart("two of {x}") == "two"
    assert (
        told_apart("one of no {x}") == "" and told_apart("thirds") == "thirds" and told_apart("third parts") == "third"
    )
    for word in ("half", "halves", "quarter", "quarters", "fifth", "eighth", "tenth", "ten", "nine"):
        assert told_apart(f"a {word} of it") == word


# --- a verdict --------------------------------------------------------------------------------------------------------


def test_a_verdict_in_text_and_as_a_table():
    plain = Verdict("kl", "not started", 0, 2)
    assert plain.headline == repr(plain) == "kl: not started"
    assert plain._repr_html_() == "<p><strong><code>kl</code></strong>: not started</p>"
    holds = Verdict("kl", "holds", 2, 2, (("checked", "4 cases"),))
    assert holds.headline == "kl: holds, 2 of 2 points"
    long = Verdict("kl", "slip", 0, 2, (("observed", "word " * 40), ("your line", "a < b")), "the slip")
    lines = repr(long).splitlines()
    assert lines[0] == "kl: not yet: a known slip" and lines[1].startswith("  observed     word word")
    assert lines[2].startswith(" " * 15 + "word") and not lines[2].startswith(" " * 16)
    assert max(map(len, lines)) <= 100 and lines[-1] == "  your line    a < b"
    html = long._repr_html_()
    assert "<code>a &lt; b</code>" in html and "<code>word" not in html and "derivation broken" in html
    assert ">check</th>" in html and ">what was found</th>" in html and long.headline in html
    for status in WORDS:
        shown = Verdict("kl", status, 0, 2, (("rung", "1"),))._repr_html_()
        assert ("derivation broken" in shown) is (status not in ("holds", "not started")) and WORDS[status] in shown
    assert long.as_dict() == {"question": "kl", "status": "slip", "earned": 0, "points": 2, "rows": long.rows,
                              "slip": "the slip"}  # fmt: skip
    assert SimpleNamespace(**plain.as_dict()).slip == ""
