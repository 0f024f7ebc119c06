"""The judge's words, one situation after the other: what is said of it, and what is not said one step beside it."""

import math
from dataclasses import replace

import pytest
import torch

from course_pkg.grading import Case, Condition, Question, Wrong
from course_pkg.grading.calling import Outcome, call_answer
from course_pkg.grading.evidence import drawn
from course_pkg.grading.judging import ENDLESS, called, hint, judge
from course_pkg.grading.plain import NotPlain, Recorded, encode, key
from course_pkg.grading.question import RUNGS
from course_pkg.grading.verdict import GENERAL
from probing import tensor

FORMS = (("hand", 2.0, 3.0), ("random", 1.3, 2.1), ("random", 0.7, 1.9), ("oracle", 1.1, 0.6), ("trap", 2.3, 1.7))


def cases(seed):
    shift = seed / 7
    return tuple(Case(r, {"a": a + shift * (r != "hand"), "b": b}, told="a is {a}" if r == "hand" else "")
                 for r, a, b in FORMS)  # fmt: skip


SLIPS = {"added": lambda a, b: a + b, "a squared": lambda a, b: a * a, "of b alone": lambda a, b: b + 0.25,
         "a difference": lambda a, b: a - b, "a quotient": lambda a, b: a / b}  # fmt: skip
HINTS = {"not started": "begin", "different": "look again", "hand": "do it by hand", "exception": "read the line"}
AREA = Question(
    "area", kind="derive", title="t", points=2, difficulty=1, importance=1, minutes=1, returns="one\n number",
    relation="it is\n a product", cases=cases, reference=lambda a, b: a * b, oracle=lambda a, b: b * a,
    wrong=tuple(Wrong(n, f, f"it is\n {n}") for n, f in SLIPS.items()), hints=HINTS)  # fmt: skip


def outcome(answer, case):
    try:
        given = {n: v.clone() if isinstance(v, torch.Tensor) else v for n, v in case.arguments.items()}
        return Outcome("value", encode(answer(**given)))
    except NotPlain as error:
        return Outcome("type", detail=error.kind)
    except Exception as error:
        return Outcome("exception", detail=f"{type(error).__name__}: {error}", line="the line")


def judged(answer, asked=AREA, seed=0, again=True):
    ask = lambda some: [outcome(answer, case) for case in some]
    return judge(asked, ask(drawn(asked, seed)), seed, ask if again else None)


def rows(found):
    return [*found.rows]


def text(found, what):
    return dict(found.rows).get(what, "")


FIRST = ("rung", "1 of 4, a case done by hand: a is 2")

# --- before any number ------------------------------------------------------------------------------------------------


def test_a_verdict_on_all_cases_alike():
    assert AREA.reference and judged(AREA.reference).rows == (
        ("checked", "5 cases of seed 0: a case done by hand; random shapes; an independent oracle; a trap"),
        ("holds", "it is a product"))  # fmt: skip
    found = judged(AREA.reference, seed=3, again=False)
    assert (found.question, found.status, found.earned, found.points) == ("area", "holds", 2, 2)
    assert "5 cases of seed 3: " in text(found, "checked")
    single = judged(lambda a, b: torch.tensor(a * b, dtype=torch.float32) * (1 + 1e-5))
    assert rows(single)[1] == ("precision", "single; right as far as that goes") and single.earned == 2
    assert judged(lambda a, b: tensor(a * b) * (1 + 1e-5)).status == "different"
    assert judged(lambda a, b: torch.tensor(a * b, dtype=torch.float32) * (1 + 5e-5)).status == "different"
    one = replace(AREA, kind="experiment", cases=lambda seed: cases(seed)[1:2])
    assert text(judged(one.reference, one), "checked") == "1 case of seed 0: random shapes"
    rough = replace(AREA, tolerance=1e-3)
    assert judged(lambda a, b: a * b * (1 + 5e-4), rough).status == "holds"
    assert judged(lambda a, b: torch.tensor(a * b * (1 + 5e-4)), rough).status == "holds"


def test_one_outcome_a_case():
    with pytest.raises(ValueError, match=r"^area: expected 5 outcomes, one a case, got 4$"):
        judge(AREA, [Outcome("missing")] * 4)


def alike(status, asked=AREA, **more):
    found = judge(asked, [Outcome(status, **more)] * 5)
    assert (found.question, found.status, found.earned, found.points) == ("area", status, 0, 2)
    return rows(found)


def test_what_did_not_begin():
    assert alike("not started") == [("hint", "begin")]
    assert alike("missing") == [("expected", "a function or class called area")]
    assert alike("arguments", detail="too few") == [("arguments", "too few")]
    more = replace(AREA, hints={**HINTS, "missing": "call it area", "arguments": "take\n two"})
    assert alike("missing", more)[1] == ("hint", "call it area")
    assert alike("arguments", more, detail="too few") == [("arguments", "too few"), ("hint", "take two")]
    some = [Outcome("not started"), *(outcome(AREA.reference, c) for c in cases(0)[1:])]
    found = judge(AREA, some)
    assert found.status == "exception" and text(found, "error") == "NotImplementedError on some inputs"
    assert "your line" not in dict(found.rows) and found.rows[0] == (
        "rung",
        "1 of 4, a case done by hand: a is 2 (what holds: random shapes, an independent oracle, a trap)",
    )


def test_an_answer_that_stops():
    found = judged(lambda a, b: {}["x"])
    assert (found.status, found.earned, found.points, found.slip) == ("exception", 0, 2, "")
    assert rows(found) == [FIRST, ("error", "KeyError: 'x'"), ("your line", "the line"), ("hint", "read the line")]
    named = judged(lambda a, b: nothing_of_that_name)  # noqa: F821
    assert rows(named)[-1] == ("hint", GENERAL["name"])
    assert rows(judged(lambda a, b: math.log(0 * a)))[-1] == ("hint", GENERAL["domain"])
    assert rows(judged(lambda a, b: a / 0))[-1] == ("hint", GENERAL["domain"])
    assert rows(judged(lambda a, b: int("x")))[-1] == ("hint", "read the line")
    arguments = judge(AREA, [outcome(AREA.reference, cases(0)[0]), *[Outcome("arguments", detail="too few")] * 4])
    assert arguments.status == "exception" and text(arguments, "error") == "too few"


def test_an_answer_that_does_not_end():
    ended = [outcome(AREA.reference, c) for c in cases(0)[:1]]
    found = judge(AREA, [*ended, Outcome("endless", detail="no answer after 2 seconds"), *[Outcome("not tried")] * 3])
    assert rows(found) == [("rung", "2 of 4, random shapes (what holds: a case done by hand)"),
                           ("clock", "no answer after 2 seconds"), ("hint", GENERAL["endless"])]  # fmt: skip
    assert found.status == "endless" and found.earned == 0
    later = judge(AREA, [Outcome("not tried"), *[Outcome("endless")] * 4])
    assert text(later, "clock") == "not tried, after one that did not end"


# --- another type or shape --------------------------------------------------------------------------------------------


def test_another_type():
    returns = lambda answer, asked=AREA: (judged(answer, asked).status, text(judged(answer, asked), "returns"))
    assert returns(lambda a, b: None) == ("type", "nothing: is a return missing?; expected one number")
    some = "nothing here, and something in other cases: which way through it ends without a return?"
    assert returns(lambda a, b: a * b if a < 1.5 else None) == ("type", f"{some}; expected one number")
    assert returns(lambda a, b: "x") == ("type", "str, neither a tensor nor a number; expected one number")
    assert returns(lambda a, b: object()) == ("type", "object, neither a tensor nor a number; expected one number")
    assert returns(lambda a, b: {"x": a * b}) == ("type", "other entries: a dict and with x; expected one number")
    two = replace(AREA, reference=lambda a, b: {"x": a, "y": b}, oracle=lambda a, b: {"x": a, "y": b}, wrong=tuple(
        Wrong(n, lambda a, b: {"x": 0.0, "y": 0.0}, n) for n in "vwxyz"))  # fmt: skip
    assert returns(lambda a, b: a, two) == ("type", "other entries: without x, y; expected one number")
    assert (
        returns(lambda a, b: {"x": a, "z": b, "w": a}, two)[1]
        == "other entries: without y and with z, w; expected one number"
    )
    assert rows(judged(lambda a, b: None))[:1] == [FIRST] and "hint" not in dict(judged(lambda a, b: None).rows)


ROWS = tuple(Case(r, {"x": tensor(v)}) for r, v in zip(("hand", "random", "oracle", "trap"), (
    [1.5, 2.5], [0.3, 0.7, 2.2], [1.1, 3.3, 0.4, 0.9], [2.7, 1.6, 0.2]), strict=True))  # fmt: skip
TABLE_SLIPS = {"a cube": lambda x: x**3, "a root": lambda x: x.sqrt(), "a sum": lambda x: x.sum().expand(len(x)),
               "a first": lambda x: x[:1], "a half": lambda x: 0.123 * x + x.cos()}  # fmt: skip
SQUARES = replace(AREA, name="squares", returns="as many", relation="squares", cases=lambda seed: ROWS,
                  reference=lambda x: x**2, oracle=lambda x: x * x,
                  wrong=tuple(Wrong(n, f, f"it is {n}") for n, f in TABLE_SLIPS.items()))  # fmt: skip


def test_another_shape():
    found = judged(lambda x: (x**2)[:, None], SQUARES)
    assert found.status == "shape" and rows(found)[1:3] == [
        ("returns", "shape (2, 1); expected as many"),
        ("observed", "the right numbers, with an axis of length one too much: squeeze it")]  # fmt: skip
    slip = judged(lambda x: x[:1], SQUARES)
    assert slip.slip == "a first" and slip.status == "shape" and ("slip", "a first: it is a first") in slip.rows
    # One number that came for many is a slip as well, where it stands for all.
    wide = judged(lambda x: x.sum(), SQUARES)
    assert wide.slip == "a sum" and "observed" not in dict(wide.rows)
    mean = judged(lambda x: (x**2).mean(), SQUARES)
    assert not mean.slip and text(mean, "observed") == "the mean of the right numbers"
    none = judged(lambda x: (x**2 + 0.3)[:, None], SQUARES)
    assert "observed" not in dict(none.rows) and none.status == "shape" and not none.slip
    pair = replace(SQUARES, reference=lambda x: {"u": x**2, "v": x}, oracle=lambda x: {"u": x**2, "v": x},
                   wrong=tuple(Wrong(n, lambda x: {"u": x, "v": x}, n) for n in "vwxyz"))  # fmt: skip
    found = judged(lambda x: {"u": (x**2)[:, None], "v": x}, pair)
    assert text(found, "returns").startswith("u: shape (2, 1)") and text(found, "observed").startswith("u: the right")


def test_numbers_that_are_not_finite():
    one = lambda x: torch.where(torch.arange(len(x)) == 0, math.nan, x**2)
    found = judged(one, SQUARES)
    assert found.status == "not finite" and text(found, "returns") == (
        "NaN or infinity in 1 of 2 numbers; the others are right")  # fmt: skip
    assert text(found, "hint") == GENERAL["not finite"] and "observed" not in dict(found.rows)
    other = judged(lambda x: torch.where(torch.arange(len(x)) == 0, math.inf, x**2 + 1), SQUARES)
    assert text(other, "returns") == "NaN or infinity in 1 of 2 numbers"
    assert text(judged(lambda x: x * math.nan, SQUARES), "returns") == "NaN or infinity in 2 of 2 numbers"
    some = judged(lambda x: x * math.nan if len(x) == 2 else 2 * x**2, SQUARES)
    assert text(some, "observed").startswith("where numbers came, exactly twice what it should be")
    wild = judged(lambda x: x * math.nan if len(x) == 2 else x**2 + x.sin() * x, SQUARES)
    assert text(wild, "observed") == "where numbers came, they are wrong in 9 of 9 cases: this is not all"
    part = judged(lambda x: x * math.nan if len(x) == 2 else x**2 + x.sin() * x * (len(x) == 4), SQUARES, again=False)
    assert text(part, "observed") == "where numbers came, they are wrong in 1 of 3 cases: this is not all"


# --- another value ----------------------------------------------------------------------------------------------------


def test_a_named_slip():
    found = judged(SLIPS["added"])
    assert (found.status, found.slip, found.earned) == ("slip", "added", 0)
    true = ("observed", "`a` and a constant, nothing else: too much by exactly `b` for `a`")
    assert rows(found) == [FIRST, ("should hold", "it is a product"), true, ("slip", "added: it is added")]
    but = judged(lambda a, b: a + b if (a, b) != (2.3, 1.7) else 70.0, again=False)
    assert but.status == "different" and text(but, "observed") == (
        "but for a trap exactly what this slip gives: added: it is added")  # fmt: skip
    rough = judged(lambda a, b: (a + b) * 1.00005, again=False)
    assert text(rough, "observed").startswith(
        "to within 0.01 percent of its largest number what this slip gives: added"
    )


def test_what_is_observed_of_a_number():
    found = judged(lambda a, b: 2 * a * b)
    assert found.status == "different" and text(found, "observed") == "exactly twice what it should be"
    assert text(found, "hint") == GENERAL["factor"]
    wild = judged(lambda a, b: a * b + 3 + math.sin(37 * a) * math.cos(11 * b), again=False)
    assert text(wild, "observed") == "in 5 of 5 cases off, never too small; here too large"
    assert text(wild, "hint") == "do it by hand" and rows(wild)[1] == ("should hold", "it is a product")
    below = judged(lambda a, b: a * b - 3 + math.sin(37 * a) * math.cos(11 * b), again=False)
    assert text(below, "observed") == "in 5 of 5 cases off, never too large; here too small"
    mixed = judged(lambda a, b: a * b + 3 * math.sin(37 * a + 5), again=False)
    assert text(mixed, "observed") in ("too large", "too small")
    part = judged(lambda a, b: a * b + (3 + math.sin(37 * a)) * (a < 1.2), again=False)
    assert text(part, "observed") == "in 2 of 5 cases off, never too small; here too large"
    assert text(part, "hint") == "look again"
    many = judged(lambda x: x**2 + 1 + x.sin() * torch.arange(len(x)), SQUARES, again=False)
    assert text(many, "observed").startswith("the largest difference is ") and "never" not in text(many, "observed")


def test_conditions_are_told_beside_it():
    even = Condition("it is\n even", lambda given, v: v[""] % 2)
    low = Condition("it is below a hundred", lambda given, v: (v[""] - 100).clamp_min(0))
    asked = replace(AREA, conditions=(low, even))
    found = judged(lambda a, b: a * b + 3 + math.sin(37 * a) * math.cos(11 * b), asked, again=False)
    assert text(found, "not met").startswith("it is\n even: not so in 5 of 5 cases, by up to") and text(
        found, "met") == "it is below a hundred"  # fmt: skip
    fine = judged(lambda a, b: a * b + 3 + math.sin(37 * a), replace(AREA, conditions=(low,)), again=False)
    assert "met" not in dict(fine.rows) and "not met" not in dict(fine.rows)


BOTH = replace(
    AREA, reference=lambda a, b: {"u": a * b, "v": a + b}, oracle=lambda a, b: {"u": a * b, "v": a + b},
    wrong=tuple(Wrong(n, lambda a, b, k=k: {"u": k + a, "v": b}, n) for k, n in enumerate("vwxyz")))  # fmt: skip


def test_entries_are_named():
    found = judged(lambda a, b: {"u": 2 * a * b, "v": -a - b}, BOTH, again=False)
    assert text(found, "observed") == "u: exactly twice what it should be; v: exactly minus what it should be: a sign"
    one = judged(lambda a, b: {"u": a * b, "v": -a - b}, BOTH, again=False)
    assert (
        text(one, "observed") == "v: exactly minus what it should be: a sign" and text(one, "hint") == GENERAL["sign"]
    )
    derived = replace(BOTH, derived={"v": ("u",)})
    assert text(judged(lambda a, b: {"u": 2 * a * b, "v": -a - b}, derived, again=False), "observed") == (
        "u: exactly twice what it should be")  # fmt: skip
    assert "v: " in text(judged(lambda a, b: {"u": a * b, "v": -a - b}, derived, again=False), "observed")
    wild = lambda a, b: {"u": a * b + 3 * math.sin(37 * a + 5), "v": -a - b}
    assert text(judged(wild, BOTH, again=False), "observed") == "u: wrong; v: exactly minus what it should be: a sign"
    assert called("u") == "u: " and called("") == ""


def test_further_cases_are_asked_of_a_wrong_answer():
    asked = []

    def ask(some):
        asked.append([(c.rung, c.arguments.get("a")) for c in some])
        return [outcome(lambda a, b: a * b + 3 * math.sin(37 * a + 5), case) for case in some]

    judge(AREA, ask(cases(0)), 0, ask)
    assert [r for r, _ in asked[1]] == ["random", "random", "oracle", "trap"]
    assert asked[1][0][1] == 1.3 + 101 / 7 and asked[2][0][1] == 1.3 + 202 / 7  # five numbers are few
    asked.clear()
    judge(AREA, ask(cases(4)), 4, ask)
    assert asked[1][0][1] == 1.3 + 105 / 7
    for status in ("endless", "type"):
        asked.clear()
        judge(AREA, [Outcome(status, detail="str"), *ask(cases(0))[1:]], 0, ask)
        assert len(asked) == 1  # what does not end, or is no number, is not asked again
    asked.clear()
    judge(AREA, [Outcome("exception", detail="E"), *ask(cases(0))[1:]], 0, ask)
    assert len(asked) == 3  # what stops is
    asked.clear()
    guess = replace(AREA, kind="experiment", reference=lambda: 1.0, oracle=lambda: 1.0,
                    cases=lambda seed: (Case("hand", {}),))  # fmt: skip
    judge(guess, [Outcome("value", encode(2.0))], 0, ask)
    assert asked == []  # a guess has no further cases
    many = replace(SQUARES, cases=lambda seed: tuple(Case(c.rung, {"x": torch.cat([c.arguments["x"]] * 2) + seed})
                                                     for c in ROWS))  # fmt: skip
    seen = []
    again = lambda some: seen.append(float(some[0].arguments["x"][0])) or [outcome(lambda x: x + 9.0, c) for c in some]
    judge(many, [outcome(lambda x: x + 9.0, c) for c in drawn(many, 0)], 0, again)
    assert seen[0] == pytest.approx(101.3) and not any(v == pytest.approx(202.3) for v in seen)  # 24 numbers are enough


def test_a_record_is_not_asked_for_what_it_does_not_hold():
    """In a class pack the reference is a record of some cases: those of further seeds, and no others."""
    wild = lambda a, b: a * b + 3 * math.sin(37 * a + 5)
    record = Recorded({key(c.arguments): {"status": "value", "value": encode(c.arguments["a"] * c.arguments["b"])}
                       for seed in (0, 101, 202) for c in cases(seed)})  # fmt: skip
    calls = []
    ask = lambda some: calls.append(len(some)) or [outcome(wild, case) for case in some]
    for asked, more in ((AREA, True), (replace(AREA, reference=record), False)):
        calls.clear()
        assert judge(asked, ask(drawn(asked, 0)), 0, ask).status == "different"
        assert calls[:3] == [5, 4, 4] and bool(calls[3:]) is more


# --- hints ------------------------------------------------------------------------------------------------------------


def test_the_hint_for_what_was_found():
    asked = replace(AREA, hints={**HINTS, "factor": "half\n of it", "trap": "think of the trap"})
    assert hint(asked, "sign", "factor", "different") == (("hint", "half of it"),)
    assert hint(asked, "sign", given=["sign"]) == (("hint", GENERAL["sign"]),) and hint(asked, "sign") == ()
    assert hint(asked, "factor", given=["factor"]) == (("hint", "half of it"),)  # the question's own first
    assert text(judged(lambda a, b: 2 * a * b, asked), "hint") == "half of it"
    trap = judged(lambda a, b: a * b + (1 + math.sin(a)) * (a == 2.3), asked, again=False)
    assert text(trap, "hint") == "think of the trap" and text(trap, "rung").startswith("4 of 4, a trap (what holds: ")
    stops = lambda a, b: a * b if a != 2.3 else {}["x"]
    assert text(judged(stops, asked, again=False), "hint") == "read the line"  # what happened goes before where
    bare = replace(asked, hints={"not started": "begin", "trap": "think of the trap", "random": "draw"})
    assert text(judged(stops, bare, again=False), "hint") == "think of the trap"
    one = replace(bare, kind="experiment", cases=lambda seed: cases(seed)[1:2])
    found = judged(lambda a, b: a * b + 3 + math.sin(a), one, again=False)
    assert "hint" not in dict(found.rows) and text(found, "observed") == "too large"  # of one case there is no rung
    # A pattern says where to look; what to do is said beside it.
    near = judged(lambda a, b: a * b * (1 + 1e-3 * math.sin(37 * a)), asked, again=False)
    assert [t for w, t in near.rows if w == "hint"] == [GENERAL["near"], "look again"]
    strong = judged(lambda a, b: -a * b, asked, again=False)
    assert [t for w, t in strong.rows if w == "hint"] == [GENERAL["sign"]]


# --- right numbers ----------------------------------------------------------------------------------------------------


def writes(a=True):
    def answer(x, y):
        value = x * y
        if a:
            y += 1
        x += 1
        return value

    return answer


TENSORS = tuple(Case(r, {"x": tensor([1.5, 2.5]) + k, "y": tensor([0.5, 3.0]) + k}) for k, r in enumerate(RUNGS))
TRAINED = replace(AREA, name="trained", cases=lambda seed: TENSORS, reference=lambda x, y: x * y,
                  oracle=lambda x, y: y * x,
                  wrong=tuple(Wrong(n, lambda x, y, k=k: x + y + k, n) for k, n in enumerate("vwxyz")),
                  trains={"": ("x", "y")})  # fmt: skip


def test_an_answer_that_writes_to_what_it_is_given():
    plain = replace(TRAINED, trains={})
    run = lambda answer, asked=plain: judge(asked, call_answer(answer, TENSORS, "function", {}, seconds=None))
    found = run(writes())
    text_ = "right, but it writes to its argument x, y: whoever calls it finds other numbers there"
    assert (found.status, found.earned, found.points) == ("changed", 0, 2) and found.rows == (("side effect", text_),)
    assert rows(run(writes(False), replace(plain, hints={**HINTS, "changed": "copy"}))) == [
        ("side effect", text_.replace("x, y", "x")), ("hint", "copy")]  # fmt: skip


def slope(answer, asked=TRAINED):
    found = judge(asked, call_answer(answer, TENSORS, "function", asked.trains, seconds=None))
    assert found.earned == (2 if found.status == "holds" else 0)
    return (found.status, text(found, "slope"))


def test_derivatives_are_judged_as_well():
    assert slope(lambda x, y: x * y) == ("holds", "")
    cut = slope(lambda x, y: (x * y).detach())
    assert cut[0] == "slope" and cut[1].startswith(
        "the numbers are right, but nothing can be trained with them: somewhere the way back is cut, by item(), "
        "float(), detach(), no_grad() or numpy (")  # fmt: skip
    assert slope(lambda x, y: x * y.detach()) == (
        "slope", "the numbers are right, but y gets no gradient: somewhere the way back to it is cut")  # fmt: skip
    assert slope(lambda x, y: x * y + (x - x.detach())) == (
        "slope", "the numbers are right, but the derivative by x is not: a part of it is cut off (detach, item, "
        "no_grad, a clamp)")  # fmt: skip
    root = lambda x, y: x * y + (y - y.detach()).abs().sqrt()
    assert slope(root) == ("slope", "the numbers are right, but the derivative by y is not finite in a case done by "
                           f"hand: {ENDLESS}")  # fmt: skip
    assert slope(lambda x, y: x * y + 3e-5 * (x - x.detach()))[0] == "holds"
    assert slope(lambda x, y: x * y + 9e-4 * (x - x.detach()))[0] == "slope"
    assert slope(lambda x, y: (x * y).detach(), replace(TRAINED, trains={}))[0] == "holds"
    hinted = replace(TRAINED, hints={**HINTS, "slope": "keep the graph"})
    found = judge(hinted, call_answer(lambda x, y: x * y.detach(), TENSORS, "function", hinted.trains, seconds=None))
    assert rows(found)[-1] == ("hint", "keep the graph")
