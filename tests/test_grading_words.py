"""Values that cross to another process, and numbers and sides in words."""

import json
import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import torch

from course_pkg.grading.calling import call_answer
from course_pkg.grading.evidence import drawn
from course_pkg.grading.judging import judge
from course_pkg.grading.plain import MANY, NotPlain, Recorded, decode, encode, finite, key, part, parts, single
from course_pkg.grading.verdict import Verdict, joined, number, tell, told_apart
from course_pkg.questions.shared import numbers
from test_grading import CHAPTERS, GOOD

# --- plain data -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (True, True), (np.bool_(False), False), (np.int64(7), 7), (Fraction(1, 4), 0.25), (Decimal("0.5"), 0.5),
        (np.float32(0.5), 0.5), (2**53 - 1, 2**53 - 1), (2**53, float(2**53)), (10**400, math.inf),
        (-(10**400), -math.inf), ((1, 2.0), [1, 2.0]), (None, None), ("word", "word"),
    ],
)  # fmt: skip
def test_a_number_of_any_kind_becomes_one_of_python(value, plain):
    found = encode(value)
    assert found == plain and type(found) is type(plain)
    json.dumps(found)


def test_a_tensor_keeps_its_kind_its_shape_and_its_numbers():
    for dtype in (torch.float64, torch.float32, torch.int64, torch.bool):
        value = torch.tensor([[1, 0, 1], [0, 1, 1]]).to(dtype)
        back = decode(json.loads(json.dumps(encode({"x": [value]}))))["x"][0]
        assert back.dtype == dtype and torch.equal(back, value)
    turned = np.arange(6.0).reshape(2, 3).T
    assert torch.equal(decode(encode(turned)), torch.as_tensor(turned.copy()))
    assert single(encode([{"x": torch.ones(2)}])) and not single(encode([{"x": numbers([1.0])}, 1.0]))


def test_what_is_no_answer_is_refused_by_its_name():
    many = torch.ones(MANY + 1)
    for value, kind in ((many, rf"a tensor of shape \({MANY + 1},\)"), (torch.eye(2).to_sparse(), "Tensor"),
                        (np.array(["a"]), "ndarray"), ({1, 2}, "set"), ([object()], "object")):  # fmt: skip
        with pytest.raises(NotPlain, match=f"got {kind}$"):
            encode(value)
    assert encode(many[1:])["shape"] == [MANY]


def test_numbers_are_taken_where_numbers_are():
    assert parts({"a": 1, "b": [1.0, 2]})["b"].tolist() == [1, 2] and list(parts(3)) == [""]
    for odd in (True, None, "3", [], [True]):
        with pytest.raises(NotPlain):
            part(odd)
    assert finite(numbers([1.0])) and not any(
        map(finite, (numbers([]), numbers([1.0, math.nan]), numbers([-math.inf])))
    )


def test_a_record_knows_its_cases_whatever_their_order():
    one, other = {"a": 1.0, "b": numbers([2.0])}, {"b": numbers([2.0]), "a": 1.0}
    assert key(one) == key(other) != key({**one, "a": 1.5})
    known = Recorded({key(one): {"status": "value", "value": 3.0}})
    assert known(**other) == 3.0
    with pytest.raises(KeyError):
        known(a=2.0, b=numbers([2.0]))
    given = call_answer(known, [type("Case", (), {"arguments": a})() for a in (one, {"a": 0.0})])
    assert [(o.status, o.value) for o in given] == [("value", 3.0), ("not tried", None)]


# --- in words ---------------------------------------------------------------------------------------------------------


def test_numbers_are_written_as_a_person_would():
    shown = {999_999.0: "999999", 1e6: "1000000", 0.5: "1/2", -0.375: "-3/8", 0.2: "0.2", 1 / 9: "0.1111",
             -math.log(2): "-log 2", math.log(16): "log 16", math.log(17): "2.833", 0.0: "0"}  # fmt: skip
    assert {v: number(v) for v in shown} == shown
    assert [joined(list(texts)) for texts in ("a", "ab", "abc")] == ["a", "a and b", "a, b and c"]


def test_a_case_is_told_in_each_way_that_a_template_knows():
    given = {"x": numbers([[1.0], [2.0], [0.5]]), "m": numbers([[1.0, 2.0], [3.0, 4.0]]), "t": math.pi / 2, "w": "sum",
             "v": numbers([0.0, math.log(4.0)])}  # fmt: skip
    told = lambda template: tell(template, given, {"latent pairs": 3, "images": 0})
    assert told("{x}; {x:vector}; {m}; {w}") == '1, 2 and 1/2; (1, 2, 1/2); (1, 2) and (3, 4); "sum"'
    assert told("{t:turn}; {v:exp}; {v:width}; {latent_pairs:word}; {images:word}") == (
        "1/4 of a full turn; 1 and 4; 1 and 2; three; no"
    )
    with pytest.raises(KeyError):
        told("{y}")


@pytest.mark.parametrize(("template", "found"), [("{x} and {n:word} of {m2}", ""), ("half of {x}", "half"),
                                                 ("x is 7", "7"), ("ten of {x}", "ten"), ("one of {x}, no other", ""),
                                                 ("a tenth part", "tenth"), ("often, attended", "")])  # fmt: skip
def test_a_number_that_is_not_of_the_case_is_found(template, found):
    assert told_apart(template) == found


def test_a_verdict_is_text_in_a_terminal_and_a_table_in_a_notebook():
    verdict = Verdict("kl", "different", 0, 3, (("rung", "1 of 4"), ("your line", "return x < 2")))
    assert repr(verdict) == "kl: not yet: another value\n  rung         1 of 4\n  your line    return x < 2"
    assert verdict.as_dict()["rows"] == (("rung", "1 of 4"), ("your line", "return x < 2"))
    assert "<code>return x &lt; 2</code>" in verdict._repr_html_() and "<code>1 of 4" not in verdict._repr_html_()
    right = Verdict("kl", "holds", 3, 3)
    assert repr(right) == "kl: holds, 3 of 3 points" and "holds" in right._repr_html_()


# --- on which side ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("way", "side"), [(1, "never too small; here too large"), (-1, "never too large; here too small")]
)
def test_the_side_of_one_number_is_told_over_all_cases(way, side):
    """Off by an amount that nothing names: what can be said is on which side, and in how many cases."""
    question = next(q for q in CHAPTERS["cascade"] if q.name == "missing_term")

    def off(p):
        return question.reference(p) + way * (0.731 + abs(math.sin(37 * p.square().sum())))

    found = dict(judge(question, call_answer(off, drawn(question, 0), question.call)).rows)
    assert side in found["observed"], found


def test_the_case_that_fails_first_is_the_one_that_is_told():
    """One wrong number in the last case: what holds is named, and the rung that does not."""
    cases = drawn(GOOD, 0)

    def answer(mu_q, log_var_q, mu_p, log_var_p):
        value = GOOD.reference(mu_q, log_var_q, mu_p, log_var_p)
        return value + 0.3 * torch.equal(mu_q, cases[-1].arguments["mu_q"])

    rung = dict(judge(GOOD, call_answer(answer, cases, GOOD.call)).rows)["rung"]
    assert (
        rung.startswith("4 of 4, a trap")
        and "what holds: a case done by hand, random shapes, an independent oracle" in rung
    )
