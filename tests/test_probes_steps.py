"""The steps that the probes are made of, each by itself: how near is the same, and which part of an answer is asked."""

import math
from types import SimpleNamespace

import pytest
import torch

from course_pkg.grading import Case
from course_pkg.grading.probes.alone import _enough, _given, _right
from course_pkg.grading.probes.asking import Both
from course_pkg.grading.probes.behaviour import (
    Special,
    _errors,
    _follows,
    _idle,
    _nonzero,
    _right_beside,
    difference,
    moved,
)
from course_pkg.grading.probes.ladder import _at, _positive, _states
from course_pkg.grading.probes.limits import FAR, NEAR, SHARP, _alike, _compare, _differs, _nearer, _order, _root, _walk
from course_pkg.grading.probes.pieces import _added, _hold, _select
from course_pkg.grading.probes.responses import _moves, _ratio, _strength
from probing import asking, drawn, said, scalars, tensor, told, trials


def parts(*values, **named):
    return {e: tensor(v) for e, v in {**({"": list(values)} if values else {}), **named}.items()}


# --- how near is the same ---------------------------------------------------------------------------------------------


def test_what_counts_as_moved():
    """To the last digits, and what is zero to far below them."""
    one = parts(2.0, 0.0)
    by = lambda first, second: moved(parts(2.0 + first, second), one, [""])
    assert not by(0, 0) and not by(1e-12, 0) and not by(0, 5e-16)
    assert by(1e-11, 0) and by(-1e-11, 0) and by(0, 5e-15) and by(0, math.nan)
    assert moved({}, one, [""]) and moved(parts(2.0), one, [""])  # no number, or another shape
    two = parts(u=[1.0], v=[2.0])
    assert moved(parts(u=[1.0], v=[3.0]), two, ["u", "v"]) and not moved(parts(u=[1.0], v=[3.0]), two, ["u"])
    assert moved(parts(u=[3.0], v=[2.0]), two, ["u", "v"]) and moved(parts(u=[1.0]), two, ["u", "v"])


def test_an_error_as_one_vector():
    got, right = parts(u=[3.0, 5.0], v=[[1.0], [2.0]]), parts(u=[1.0, 1.0], v=[[0.5], [4.0]])
    assert difference(got, right, ["u", "v"]).tolist() == [2, 4, 0.5, -2]
    assert difference(got, right, ["v", "u"]).tolist() == [0.5, -2, 2, 4] and len(difference(got, right, ["u"])) == 2
    other = {**right, "v": tensor([0.5, 4.0])}
    assert difference(got, other, ["u", "v"]).numel() == 0 and difference(got, other, ["u"]).tolist() == [2, 4]


def test_whether_a_value_follows():
    wanted = parts(u=[2.0], v=[0.0])
    assert _follows({}, wanted) and _follows(parts(u=[2.0 + 1e-6], v=[5e-9]), wanted)  # one that stops proves nothing
    assert not _follows(parts(u=[2.0]), wanted) and not _follows(parts(u=[2.0 + 3e-6], v=[0.0]), wanted)
    assert not _follows(parts(u=[2.0], v=[2e-8]), wanted) and not _follows(parts(u=[2.0], v=[math.nan]), wanted)


def test_a_right_answer_that_is_no_zero():
    assert _nonzero(parts(0.0, 2e-6), [""]) and not _nonzero(parts(0.0, 9e-7), [""]) and not _nonzero({}, [""])
    assert _nonzero(parts(-2e-6), [""]) and not _nonzero(parts(1.0, math.inf), [""])
    assert not _nonzero(parts(u=[1.0], v=[0.0]), ["u", "v"]) and _nonzero(parts(u=[1.0], v=[0.0]), ["u"])


# --- what an error follows --------------------------------------------------------------------------------------------


def errors(right, answer, cases=None, entries=("",), k=0):
    t = trials(scalars() if cases is None else cases, right, answer)
    return _errors(t, t.all[k].case, list(entries))


def test_what_each_argument_does_to_an_error():
    assert errors(lambda a, b: a + b, lambda a, b: a * a + b) == {"a": "touched", "b": "spared"}
    assert errors(lambda a, b: a * b, lambda a, b: a) == {"a": "touched", "b": "idle"}
    assert errors(lambda a, b: a, lambda a, b: a + b) == {"a": "spared"}  # the right answer does not follow `b`
    assert errors(lambda a, b: 1.5, lambda a, b: a + b) == {}
    assert errors(lambda a, b: a + b, lambda a, b: {}["x"]) == {}
    two = {"u": 1.0, "v": 1.0}
    state = lambda entries, **wrong: errors(lambda a, b: {"u": a, "v": a}, lambda a, b: {**two, **{
        e: f(a) for e, f in wrong.items()}}, entries=entries)  # fmt: skip
    assert state(["u", "v"], u=lambda a: a + 1, v=lambda a: a + 2) == {"a": "spared"}
    assert state(["u", "v"], u=lambda a: a + 1, v=lambda a: a * a) == {"a": "touched"}
    assert state(["u", "v"], u=lambda a: a + 1) == {"a": "touched"}  # the other stands still
    assert state(["u"]) == {"a": "idle"} and state(["u", "w"]) == {}


def test_an_error_is_still_to_some_digits():
    off = lambda by: errors(lambda a, b: a, lambda a, b: a + 1 + by * a)["a"]
    assert off(0) == off(1e-8) == "spared" and off(1e-6) == "touched"
    small = lambda by: errors(lambda a, b: a, lambda a, b: a + by * a * a)["a"]
    assert small(1e-8) == "spared" and small(1e-6) == "touched"


def test_where_an_answer_stops_the_rest_is_asked():
    """Near values decide; the last, which is far, is left out where the answer has none."""
    first = scalars()[0].arguments["a"]

    def between(low, high, beyond=None):
        answer = lambda a, b: a + 1 if low * first <= a <= high * first else beyond or {}["x"]
        return errors(lambda a, b: a, answer)

    assert between(0.8, 1.2) == {"a": "spared"} and between(1, 1.2) == between(0.8, 1) == {}
    assert between(0.2, 11, beyond=7.0) == {"a": "touched"}  # the last that is tried is a tenth


def test_an_argument_that_is_idle_in_all_cases_or_in_those_that_are_wrong():
    def idle(answer, wrong, cases=None):
        t = trials(scalars(8) if cases is None else cases, lambda a, b: a * b, answer)
        return said(_idle(t, "b", [""], [t.all[k].case for k in wrong]))

    firsts = sorted(c.arguments["a"] for c in scalars(8)[:6])
    none = [("no effect", "`b` has no effect on it, and should")]
    assert idle(lambda a, b: a, [0]) == none
    assert idle(lambda a, b: a if a in firsts else a * b, [0]) == none  # six cases are asked
    some = lambda a, b: a if a < firsts[3] else a * b
    still = [k for k, c in enumerate(scalars(8)) if c.arguments["a"] < firsts[3]]
    assert idle(some, still) == [
        ("condition", f"in all {len(still)} cases that are wrong `b` has no effect, and should")]  # fmt: skip
    assert idle(some, range(8)) == [] and idle(lambda a, b: {}["x"], [0]) == []


def test_right_a_little_beside_a_special_value():
    cases = [Case("random", {"a": 1.0, "b": b}) for b in (1.5, 2.5)]
    at_half = [Case("random", {**c.arguments, "a": 0.5}) for c in cases]

    def beside(answer, cases=cases, value="one", right=lambda a, b: a * b):
        t = trials(cases, right, answer)
        return _right_beside(t, [""], Special("a", value), cases)

    fine = lambda a, b: a * b
    assert beside(fine) and beside(fine, at_half, "one half") and beside(fine, at_half, "a quarter of pi")
    assert not beside(fine, value="zero") and not beside(fine, value="")  # there is nothing beside them
    assert not beside(lambda a, b: a**2 * b) and not beside(lambda a, b: a * b if b < 2 else a**2 * b)
    assert beside(lambda a, b: a * b if 1.06 < a < 1.08 else 7.0)  # seven hundredths
    assert not beside(fine, right=lambda a, b: 0.0) and not beside(lambda a, b: {}["x"])
    count = [Case("random", {"a": 1, "b": b}) for b in (1.5, 2.5)]
    assert not beside(fine, count)  # there is no count beside one


# --- pieces -----------------------------------------------------------------------------------------------------------

XY = SimpleNamespace(entries=["x", "y"])


def both(right, got):
    as_parts = lambda v: parts(**(v if isinstance(v, dict) else {"x": [v], "y": [1.0]}))
    return Both(as_parts(right), as_parts(got))


def test_what_should_add_up():
    text = "over the images it should add up (what the first gives, and what the others give), and does not"

    def added(whole=3.0, mine=4.0, first=(1.0, 1.0), others=(2.0, 2.0)):
        lots = [Both(parts(x=[r], y=[0.5]), parts(x=[g], y=[0.5])) for r, g in (first, others)]
        return _added(XY, both(whole, mine), *lots, "images")

    assert added() == [text] and added(mine=3.0) == [] == added(whole=4.0, mine=5.0)
    assert added(3 + 2e-8) == [text] == added(mine=3 + 1e-7) and added(3 + 1e-7) == [] == added(mine=3 + 2e-8)
    zero = lambda by: added(by, 4.0, (1.0, 1.0), (-1.0, 2.0))
    assert zero(5e-11) == [text] and zero(5e-10) == []
    assert _added(XY, both(3.0, 4.0), None, both(1.0, 1.0), "images") == [] == _added(
        XY, both(3.0, 4.0), both(1.0, 1.0), None, "images")  # fmt: skip
    lot = both({"x": [1.0], "y": [1.0]}, {"x": [1.0], "y": [1.0]})
    whole = lambda r, g: both({"x": [2.0], "y": [r]}, {"x": [2.0], "y": [g]})
    assert _added(XY, whole(2.0, 2.5), lot, lot, "images") == [text]  # one entry is enough
    assert _added(XY, whole(2.5, 2.5), lot, lot, "images") == []  # of what is right both add up


def test_numbers_that_become_a_function_of_themselves():
    swap = lambda v, e: v.flip(0) if e == "x" else v
    base = both({"x": [1.0, 2.0], "y": [3.0]}, {"x": [1.0, 0.0], "y": [3.0]})
    after = lambda right, got, y=3.0: both({"x": right, "y": [y]}, {"x": got, "y": [3.0]})
    held = lambda other: _hold(XY, base, other, swap)
    assert held(after([2.0, 1.0], [0.0, 1.0])) == (True, True) and held(after([2.0, 1.0], [1.0, 0.0])) == (True, False)
    assert held(after([1.0, 2.0], [0.0, 1.0])) == (False, True) == held(after([2.0, 1.0], [0.0, 1.0], 4.0))
    assert held(after([2.0 + 1e-8, 1.0], [5e-11, 1.0])) == (True, True)
    assert held(after([2.0 + 1e-7, 1.0], [5e-10, 1.0])) == (False, False)
    assert held(after([2.0], [0.0, 1.0])) == (False, True)


def test_a_selection_along_several_axes():
    v = drawn(0, 3, 2, 3)
    some = torch.tensor([2, 0])
    assert torch.equal(_select(v, [0, 2], some), v[[2, 0]][:, :, [2, 0]]) and _select(v, [], some) is v


# --- one is enough ----------------------------------------------------------------------------------------------------


def test_what_is_right_and_tells_something():
    a = asking(scalars(), lambda a, b: {"x": a, "y": b}, lambda a, b: {"x": a, "y": 2 * b}, entries=("x", "y"))
    assert _right(a, both(2.0, 2.0)) and not _right(a, both(2.0, 2.1)) and _right(a, both(2.0, 2.0 + 1e-6))
    assert not _right(a, both(2.0, 2.0 + 5e-6)) and not _right(a, both(9e-7, 9e-7)) and _right(a, both(-2e-6, -2e-6))
    assert not _right(a, both(0.0, 0.0))  # many answers are zero there
    rough = asking(scalars(), lambda a, b: a, lambda a, b: b, tolerance=0.1, entries=("x", "y"))
    assert _right(rough, both(2.0, 2.1))


def test_a_number_that_came_in_is_no_merit():
    case = Case("random", {"x": tensor([1.5, 2.5]), "n": torch.tensor([3]), "a": 7.0})
    assert _given(case, tensor([2.5])) and _given(case, tensor([2.5, 3.0])) and not _given(case, tensor([2.5, 2.0]))
    assert not _given(case, tensor([7.0])) and not _given(Case("random", {"a": 7.0}), tensor([7.0]))


def test_how_many_cases_are_enough():
    def enough(right, answer, cases, entries=("",)):
        return _enough(asking(cases, right, answer, entries), cases)

    good = lambda a, b: a * b
    assert enough(good, good, scalars(2)) and not enough(good, good, scalars(1))
    first = scalars()[0].arguments["a"]
    assert not enough(good, lambda a, b: a * b if a != first else 0.3, scalars())
    stops = lambda a, b: a * b if a != first else {}["x"]
    assert enough(good, stops, scalars(3)) and not enough(good, stops, scalars(2))  # who stops is not counted
    assert not enough(lambda a, b: 1.5, lambda a, b: 1.5, scalars())  # the same in each case
    assert not enough(lambda a, b: 1.5 + 1e-7 * a, lambda a, b: 1.5 + 1e-7 * a, scalars())
    tables = [Case("random", {"x": drawn(k, 3)}) for k in range(3)]
    assert not enough(lambda x: x.max(), lambda x: x.max(), tables) and enough(
        lambda x: x.sum(), lambda x: x.sum(), tables
    )
    # A whole number is forced by so few, where the answers of the question are none.
    counts = [Case("random", {"a": a, "b": 2.0}) for a in (1.0, 2.0)]
    assert not _enough(asking(scalars(), good, good), counts) and _enough(asking(counts, good, good), counts)


# --- limits -----------------------------------------------------------------------------------------------------------


def test_where_all_numbers_are_alike():
    assert _alike(tensor([1.0, 1.01])) and not _alike(tensor([1.0, 1.03])) and not _alike(tensor([1.0]))
    assert _alike(tensor([-100.0, -101.0])) and not _alike(tensor([0.01, -0.01]))


def test_a_ratio_that_has_settled():
    assert _nearer(tensor([2.0, -1.0]), tensor([2.03, -1.03])) and not _nearer(
        tensor([2.0, -1.0]), tensor([2.0, -1.05])
    )
    assert _nearer(tensor([-2.0]), tensor([-1.97])) and not _nearer(tensor([-2.0]), tensor([-1.95]))


def test_powers_that_vanish():
    root = lambda k: [s**k for s in NEAR]
    assert (
        _root(root(0.5), NEAR)
        and _root(root(0.55), NEAR)
        and not _root(root(0.65), NEAR)
        and not _root(root(0.35), NEAR)
    )
    assert not _root(root(0.5), FAR) and not _root([*root(0.5)[:3], 0.0], NEAR)
    assert not _root([1.0, 10**-0.5, 10**-1.02, 10**-1.59], NEAR)  # away from that power
    orders = {1.0: " in proportion", 2.0: " with the square", 0.5: " with the root", 3.0: " with the cube",
              4.0: " with the fourth power", 1.2: "", 1.09: " in proportion"}  # fmt: skip
    assert {k: _order([s**k for s in NEAR[-3:]], NEAR) for k in orders} == orders
    assert _order([1e-2, 1e-4, 1e-6], FAR) == " like one over it" and _order([1e-2, 1e-4, 1e-6], SHARP) == ""
    assert _order([1e-2, 1e-3], NEAR) == _order([], NEAR) == "" and _order([1e-2, 1e-3, 1e-5], NEAR) == ""


def test_the_ends_of_all_cases_are_compared():
    row = lambda right, got: [(tensor([right(k)]), tensor([got(k)])) for k in NEAR]
    linear, square, twice = (lambda k: k), (lambda k: k * k), (lambda k: 2 * k)
    where = "`a` is nearly zero"
    compared = lambda *rows: said(_compare(rows, where, NEAR))
    one = row(square, linear)
    text = "where `a` is nearly zero, what is right goes to zero with the square, and yours goes to zero in proportion"
    assert compared(one, one) == [("response", text)] and _differs(one, NEAR)
    assert compared(one, row(linear, linear)) == [] == compared(one, row(square, square))
    assert compared(one, row(square, lambda k: k**1.3)) == []
    assert compared(row(square, lambda k: k**1.3)) == [] and not _differs(row(square, lambda k: k ** (1 / 3)), NEAR)
    scaled = row(linear, twice)
    assert compared(scaled, scaled) == [("response", "where `a` is nearly zero, yours is twice what it should be")]
    assert compared(scaled, row(linear, linear)) == [] and _differs(scaled, NEAR)
    same = row(lambda k: 1.3 + k, lambda k: 1.3 + 2 * k)
    assert compared(same, same) == [("special", "nearly right where `a` is nearly zero")] and _differs(same, NEAR)
    ended = lambda *v: list(zip(map(tensor, v), map(tensor, v), strict=True))
    last, before = ended([1.1], [1.01], [1.001], [1.0]), ended([1.1], [1.01], [1.0], [1.001])
    assert compared(last, last) == [] and compared(before, before) != []  # a count at the end is trivial
    zero = row(lambda k: 0.0, lambda k: 0.0)
    assert compared(zero, zero) == [] and not _differs(zero, NEAR)


def test_a_walk_ends_where_one_of_both_does():
    walk = lambda right, answer, steps=NEAR: _walk(
        asking(scalars(), right, answer), trials(scalars(), right, answer).all[0], lambda k: {"a": k}, steps
    )
    found = walk(lambda a, b: a, lambda a, b: a + b)
    assert found and [b.right[""].item() for b in found] == [*NEAR]
    assert walk(lambda a, b: a, lambda a, b: a if a > 1e-3 else {}["x"]) is None
    assert walk(lambda a, b: torch.ones(3 if a < 1e-3 else 2), lambda a, b: torch.zeros(3 if a < 1e-3 else 2)) is None


# --- responses --------------------------------------------------------------------------------------------------------


def table(right, got):
    """The numbers of a case as it stands, then after each change."""
    return [(tensor([r]), tensor([g])) for r, g in zip(right, got, strict=True)]


def test_by_how_much_numbers_move():
    right, got = _moves([table([1, 2, 4], [5, 5, 6]), table([10, 9], [1, 3])])
    assert right.tolist() == [1, 3, -1] and got.tolist() == [0, 1, 2]


def test_one_number_of_times_as_much():
    ratio = lambda *tables: told(_ratio([table(*t) for t in tables], "a"))
    text = lambda how: ("response", f"where `a` changes, yours changes by {how}")
    steps = [1.0, 2.0, 4.0, 0.5]
    assert ratio((steps, [2 * s for s in steps]), (steps, [3 + 2 * s for s in steps])) == text(
        "exactly twice what it should"
    )
    assert ratio((steps, [-s for s in steps]), (steps, [1 - s for s in steps])) == text(
        "exactly as much as it should, the other way")  # fmt: skip
    assert ratio((steps, [2 * s for s in steps])) is None  # three changes
    assert ratio((steps, [2 * s for s in steps]), (steps, [3 * s for s in steps])) is None
    # Where the right one stands still, so must the other.
    still = ([1.0] * 4, [3.0] * 4)
    assert ratio((steps, [2 * s for s in steps]), (steps, [2 * s for s in steps]), still) is not None
    assert (
        ratio((steps, [2 * s for s in steps]), (steps, [2 * s for s in steps]), ([1.0] * 4, [3.0, 3.0, 3.1, 3.0]))
        is None
    )
    tiny = [1e-10 * s for s in steps]
    assert ratio((tiny, [2 * s for s in tiny]), (tiny, [2 * s for s in tiny])) is None  # it stands still


def test_how_strongly_one_number_follows():
    def strength(rights, gots, factors=(1.1, 0.9)):
        return told(_strength([table(r, g) for r, g in zip(rights, gots, strict=True)], "a", factors))

    up = ([1.0, 1.1, 0.9], [2.0, 2.3, 1.8])
    more, less = ([1.0, 1.3, 0.8], [2.0, 2.7, 1.5]), ([1.0, 1.05, 0.96], [2.0, 2.1, 1.95])
    assert strength(up, more) == ("strength", "it follows `a` too strongly in every case")
    assert strength(up, less) == ("strength", "it follows `a` too weakly in every case")
    assert strength(up, (more[0], less[1])) is None
    opposite = ([1.0, 0.9, 1.1], [2.0, 1.9, 2.1])
    assert strength(up, opposite) == ("response", "where `a` grows, what is right rises, and yours falls")
    assert strength(opposite, up) == ("response", "where `a` grows, what is right falls, and yours rises")
    assert strength(opposite, up, (0.9, 1.1)) == ("response", "where `a` grows, what is right rises, and yours falls")
    mixed = (up[0], opposite[1])
    assert strength(mixed, (opposite[0], up[1])) == ("response", "where `a` grows, what is right moves the other way")
    assert strength(([1.0, 1.1, 1.0], up[1]), more) is None  # it stands still once
    scaled = ([10.0, 11.1, 8.9], [20.0, 23.1, 17.9])  # ten times as large: in per cent about the same
    assert strength(up, scaled) is None
    assert _strength([[(tensor([1.0, 2.0]), tensor([1.0, 2.0]))] * 3] * 2, "a", (1.1, 0.9)) is None


# --- ladder -----------------------------------------------------------------------------------------------------------


def test_whether_it_is_right_at_each_value():
    right, answer = (lambda a, b: a * b), lambda a, b: min(a, 1.0) * b if a < 9 else {}["x"]
    a = asking(scalars(), right, answer)
    assert _states(a, a.trials.all[0], "a", (0.5, 1.0, 3.0, 10.0)) == {0.5: True, 1.0: True, 3.0: False}
    assert _at(2.0, 7.0) == 2.0 and _at(2.0, tensor([7.0, 8.0])).tolist() == [2, 2]
    positive = lambda *values: _positive(asking([Case("random", {"a": v}) for v in values], right, right), "a")
    assert positive(1.0, 2.0) and positive(tensor([1.0, 2.0])) and not positive(1.0, 0.0) and not positive(0.0, 1.0)
    assert not positive(tensor([1.0, 0.0]))


@pytest.mark.parametrize("entry", ["x", "y"])
def test_one_wrong_entry_makes_an_answer_wrong(entry):
    answer = lambda a, b: {"x": a, "y": b, entry: 7.0}
    a = asking(scalars(), lambda a, b: {"x": a, "y": b}, answer, entries=("x", "y"))
    assert not any(_states(a, a.trials.all[0], "a", (0.5, 1.0)).values())
