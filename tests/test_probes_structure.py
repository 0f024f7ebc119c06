"""What the pattern of wrong numbers says: each sentence where it is true, and none where one thing is otherwise."""

import math

import pytest
import torch

from course_pkg.grading import Condition
from course_pkg.grading.evidence import Trials
from course_pkg.grading.probes.structure import conditions, size, structure
from probing import drawn, question, said, tensor, trial

OFF = 7.77  # far from everything, so that nothing is said of nearness


def told(rows, tolerance=1e-6, rounding=1e-6):
    return said(structure(Trials(question(), rows, rounding), "", tolerance))


def cases(got, right, arguments=(), **same):
    given = arguments or [{}] * len(right)
    return [trial(g, r, **same, **a) for g, r, a in zip(got, right, given, strict=True)]


# --- made of the right numbers ----------------------------------------------------------------------------------------

PAIRS = drawn(3, 5, 2)
MIXED = {
    "exchanged": ([[0, 1], [1, 0]], "your first is the second, your second is the first"),
    "added": ([[1, 1], [1, -1]], "your first is the first plus the second, your second is the first less the second"),
    "weighed": ([[0, 0.5], [2, 0]], "your first is twice the second, your second is half of the first"),
    "left out": ([[0, 0], [0, 1]], "your first is none, your second is the second"),
    "less alone": ([[0, 1], [-1, 0]], "your first is minus the second, your second is the first"),
    "less first": ([[-1, 1], [2, 0]], "your first is twice the second less the first, your second is the first"),
}


@pytest.mark.parametrize(("weights", "says"), MIXED.values(), ids=MIXED)
def test_what_the_numbers_are_made_of(weights, says):
    rows = cases(PAIRS @ tensor(weights), PAIRS)
    assert told(rows)[:1] == [("order", f"made of the right numbers: {says} of them")]
    others = (rows[:4], cases(PAIRS @ tensor(weights) + 1e-3, PAIRS), [*rows, trial([1.0, OFF], [1.0, 2.0])])
    assert not any("order" in dict(told(other)) for other in others)  # four cases; not exact; one that is not so


@pytest.mark.parametrize("k", [1, 2, 4, 5])
def test_two_to_four_numbers_are_told_apart(k):
    right = drawn(k, 9, k)
    found = told(cases(right.flip(1) if k > 1 else 3 * right, right))
    assert [text.startswith("made of") for kind, text in found if kind == "order"] == [True] * (k in (2, 4))
    if k == 4:
        assert (
            "your first is the fourth, your second is the third, your third is the second, your fourth" in found[0][1]
        )


def test_numbers_that_are_no_plain_mixture():
    assert told(cases(PAIRS @ tensor([[3.0, 0], [0, 1]]), PAIRS)) == []  # three times the first
    assert told(cases(PAIRS @ tensor([[0.25, 0], [1, 1]]), PAIRS)) == []
    tied = torch.stack([PAIRS[:, 0], 2 * PAIRS[:, 0]], 1)  # one could stand for the other
    assert told(cases(tied.flip(1), tied)) == []
    other = [*cases(PAIRS.flip(1), PAIRS), trial([1.0, OFF, 2.0], [1.0, 2.0, 3.0])]
    assert told(other) == []  # one case of another length


# --- whole numbers ----------------------------------------------------------------------------------------------------

NOT_WHOLE = ("condition", "not a whole number, and it should be one")
NO_FRACTION = ("whole", "whole numbers in every case, and it should be none")
CAME_IN = ("condition", "other numbers than came in, and each should be one of those")


def test_a_number_that_should_be_whole():
    rows = cases([[0.5], [3.0]], [[1.0], [2.0]])
    assert told(rows) == [NOT_WHOLE]
    assert told(rows[:1]) == []
    assert told(cases([[4.0], [3.0]], [[1.0], [2.0]])) == []
    assert told([*rows, trial([OFF], [1.5])]) == []


def test_a_number_that_should_be_one_of_those_that_came_in():
    given = [{"a": 1.0, "b": 7}, {"a": 2.0, "b": 9}]
    assert told(cases([[0.5], [3.0]], [[1.0], [9.0]], given)) == [CAME_IN]
    assert told(cases([[0.5], [3.0]], [[1.0], [8.0]], given)) == [NOT_WHOLE]
    assert told(cases([[0.5]], [[1.0]], given[:1])) == []  # one case


def test_whole_numbers_that_should_be_none():
    rows = cases([[1.0], [-3.0], [9.0]], [[4.5], [2.5], [-1.5]])
    assert told(rows) == [NO_FRACTION]
    assert told(rows[:2]) == []
    assert told([*rows, trial([3.0], [9.0])]) == []
    assert told([*rows, trial([3.5], [9.5])]) == []


# --- so many draws ----------------------------------------------------------------------------------------------------

REAL = drawn(5, 12)


@pytest.mark.parametrize("n", [100, 1000, 50_000])
def test_multiples_of_one_over_a_round_number(n):
    counted = ("grid", f"whole multiples of 1 / {n} in every case: a grid, a rounding, or so many draws?")
    got = (REAL * n).round() / n
    rows = cases([got[:6], got[6:]], [REAL[:6], REAL[6:]])
    assert counted in told(rows)
    assert counted not in told(cases([got[:6], got[6:9]], [REAL[:6], REAL[6:9]]))  # nine numbers
    assert counted in told(cases([got[:6], got[6:10]], [REAL[:6], REAL[6:10]]))
    assert counted not in told(cases([got[:6] + 2e-9, got[6:]], [REAL[:6], REAL[6:]]))
    assert counted not in told(cases([got[:6], got[6:] + 6 / math.sqrt(n)], [REAL[:6], REAL[6:]]))
    assert counted not in told(cases([got[:6] + 2 / n, got[6:]], [got[:6], got[6:]]))  # what is right is counted too
    assert "grid" not in dict(told(cases([got[:6] + 100, got[6:] + 100], [REAL[:6] + 100, REAL[6:] + 100])))


def test_single_precision_blurs_a_multiple():
    got = (REAL * 1000).round() / 1000 + 2e-7
    rows = cases([got[:6], got[6:]], [REAL[:6], REAL[6:]])
    assert "grid" in dict(told(rows, 3e-5)) and "grid" not in dict(told(rows, 1e-6))


# --- a size of one ----------------------------------------------------------------------------------------------------


def sized(*states):
    """Cases with these sizes, right or wrong."""
    return [trial([1.0 + k / 3 + OFF * (not fine)], [1.0 + k / 3], sizes) for k, (sizes, fine) in enumerate(states)]


ONE = ("special", "right where the number of images is one, wrong wherever it is more")


def test_right_where_a_size_is_one():
    both = [({"images": 1, "d": 4}, True), ({"images": 3, "d": 1}, False), ({"images": 2, "d": 4}, False)]
    rows = [*both, ({"images": 1, "d": 5}, True)]
    assert told(sized(*rows)) == [ONE]
    assert told(sized(*both)) == []  # right once
    assert told(sized(*rows, ({"images": 1, "d": 3}, False))) == []
    assert told(sized(*rows, ({"images": 2, "d": 3}, True))) == []
    assert told(sized(*rows, ({"d": 3}, True))) == [ONE]  # where nothing has that name there is one
    assert told(sized(*rows, ({"d": 3}, False))) == []
    twins = [({**sizes, "rows": sizes["images"]}, fine) for sizes, fine in rows]
    assert told(sized(*twins)) == []  # two sizes are one at once
    assert told(sized(*[(sizes, False) for sizes, fine in rows if not fine])) == []


# --- so many times too large ------------------------------------------------------------------------------------------


def times(*ratios, right=1.1, more=()):
    return told([*(trial([r * (right + k / 9)], [right + k / 9]) for k, r in enumerate(ratios)), *more])


def test_how_many_times_too_large_or_small():
    assert times(2.0, 3.0, 2.5, 2.2, 5.0) == [("condition", "in every case 2 to 5 times too large")]
    assert times(0.5, 0.4, 0.45, 0.2, 0.3) == [("condition", "in every case 2 to 5 times too small")]
    assert times(2.0, 3.0, 2.5, 2.2, 5.0, right=-1.1) == [("condition", "in every case 2 to 5 times too large")]
    assert times(2.0, 3.0, 2.5, 2.2) == []  # four cases
    assert times(2.0, 3.0, 2.5, 2.2, 6.5) == []  # too far from each other
    assert times(2.0, 3.0, 2.5, 2.2, 0.4) == []
    assert times(1.4, 3.0, 2.5, 2.2, 3.5) == []  # not much
    assert times(1.55, 3.0, 2.5, 2.2, 3.5) == [("condition", "in every case 1.6 to 3.5 times too large")]
    assert times(2.0, 3.0, 2.5, 2.2, -2.5) == []
    assert times(2.0, 3.0, 2.5, 2.2, 0.0) == []
    assert times(2.0, 3.0, 2.5, 2.2, 5.0, more=[trial([1.0, OFF], [2.0, 3.0])]) == []  # some have several numbers
    assert times(2.0, 3.0, 2.5, 2.2, 5.0, more=[trial([OFF], [2.3], counts=False)]) == [
        ("condition", "in every case 2 to 5 times too large")]  # fmt: skip


# --- a number of the case that tells right from wrong -----------------------------------------------------------------


def split(values, fine, rungs=("random", "oracle"), name="a", more=None):
    rows = []
    for k, (v, f) in enumerate(zip(values, fine, strict=True)):
        arguments = {**(more or {}), name: v}
        rows.append(trial([1.1 + k / 7 + (0 if f else (-1) ** k * OFF)], [1.1 + k / 7], rung=rungs[k % len(rungs)],
                          **arguments))  # fmt: skip
    return told(rows)


T, F = True, False
SPLIT = {
    "right at one": ([1.0, 0.3, 1.0, 0.4, 1.0, 2.0], [T, F, T, F, T, F], "right in just the cases where `a` is 1"),
    "wrong at zero": ([0.0, 0.3, 0.0, 0.4, 0.0, 2.0], [F, T, F, T, F, T], "wrong in just the cases where `a` is 0"),
    "no special value": ([3.0, 0.3, 3.0, 0.4, 3.0, 2.0], [T, F, T, F, T, F], ""),
    "wrong there once": ([1.0, 1.0, 1.0, 0.4, 1.0, 2.0], [T, F, T, F, T, F], ""),
    "the smallest": ([0.1, 0.3, 0.2, 0.4, 5.0, 2.0], [F, T, T, T, T, T],
                     "wrong in the case of the smallest `a` alone: what stops there?"),
    "the largest": ([0.1, 0.3, 0.2, 0.4, 5.0, 2.0], [T, T, T, T, F, T],
                    "wrong in the case of the largest `a` alone: what stops there?"),
    "one in the middle": ([0.1, 0.3, 0.2, 0.4, 5.0, 2.0], [T, F, T, T, T, T], ""),
    "one beside the same": ([0.1, 0.1, 0.2, 0.4, 5.0, 2.0], [F, T, T, T, T, T], ""),
    "one beside equals": ([0.1, 0.3, 0.3, 0.3, 0.3, 0.3], [F, T, T, T, T, T], ""),
    "small": ([0.1, 0.2, 0.3, 1.4, 1.5, 1.6], [F, F, F, T, T, T], "wrong in the cases of a small `a` and in no other"),
    "large": ([0.1, 0.2, 0.3, 1.4, 1.5, 1.6], [T, T, T, F, F, F], "wrong in the cases of a large `a` and in no other"),
    "small but for one": ([0.1, 0.2, 0.3, 1.4, 0.25, 1.6], [F, F, F, T, T, T], ""),
    "large but for one": ([0.1, 0.2, 0.3, 1.4, 1.5, 9.05], [F, F, F, T, T, F], ""),
    "two are few": ([0.1, 0.2, 0.2, 1.4, 1.5, 1.6], [F, F, F, T, T, T], ""),
    "in the middle": ([0.1, 0.9, 1.0, 1.1, 3.0, 3.1], [T, F, F, F, T, T],
                      "wrong where `a` is neither small nor large, and nowhere else"),
    "at both ends": ([0.1, 0.9, 1.0, 1.1, 3.0, 3.1], [F, T, T, T, F, F], ""),
    "five cases": ([0.1, 0.2, 0.3, 1.4, 1.5], [F, F, F, T, T], ""),
    "all wrong": ([0.1, 0.2, 0.3, 1.4, 1.5, 1.6], [F] * 6, ""),
}  # fmt: skip


@pytest.mark.parametrize(("values", "fine", "says"), SPLIT.values(), ids=SPLIT)
def test_a_number_that_tells_the_cases_apart(values, fine, says):
    assert split(values, fine) == ([("condition", says)] if says else [])


def test_what_a_kind_of_case_has_of_its_own_is_not_told():
    values, fine = [0.1, 0.2, 0.3, 1.4, 1.5, 1.6], [F, F, F, T, T, T]
    kinds = lambda *rungs: split(values, fine, rungs)
    assert kinds("random", "random", "random", "oracle", "oracle", "hand") == []  # the wrong ones are of one kind
    assert kinds("random", "oracle", "random", "oracle", "oracle", "oracle") == []  # and so are the right ones
    assert kinds("trap", "trap", "trap", "oracle", "random", "hand") == []
    assert split([0.0, 0.0, 2.0, 1.4, 1.5, 1.6], fine[:2] + [T] * 4, ("trap", "trap", *["random"] * 4)) == [
        ("condition", "wrong in just the cases where `a` is 0")]  # fmt: skip


def test_the_first_argument_that_tells_them_apart_is_named():
    values, fine = [0.1, 0.2, 0.3, 1.4, 1.5, 1.6], [F, F, F, T, T, T]
    for other in (3.3, "a word", 4):  # the same in every case, or no number
        assert split(values, fine, more={"b": other}) == [
            ("condition", "wrong in the cases of a small `a` and in no other")]  # fmt: skip
    traps = ("trap", "trap", *["random"] * 4)
    assert split([0.0, 0.0, 2.0, 1.4, 1.5, 1.6], [F, F, T, T, T, T], traps, more={"b": 3.3}) == [
        ("condition", "wrong in just the cases where `a` is 0")]  # fmt: skip
    assert split([7, 7, 7, 8, 8, 9], fine) == []  # a count is told by other means


# --- a sequence that departs ------------------------------------------------------------------------------------------

STEPS = tensor([1.5, 2.5, 3.5, 4.5, 5.5, 6.5])


def departing(*firsts, right=STEPS):
    rows = []
    for k, first in enumerate(firsts):
        got = (right + k).clone()
        got[first:] += OFF * (-1) ** torch.arange(len(got[first:])) * (1 + k / 3 + torch.arange(len(got[first:])))
        rows.append(trial(got, right + k))
    return [text for kind, text in told(rows) if kind == "departs"]


def test_a_sequence_that_is_right_for_some_steps():
    text = "right up to number {}, counted from one, and wrong from the next on: what changes there?"
    assert departing(2, 2, 2) == [text.format(2)] and departing(1, 1, 1) == [text.format(1)]
    assert departing(2, 2, 6) == [text.format(2)]  # a case that is right throughout
    assert departing(2, 2) == departing(0, 0, 0) == departing(2, 2, 3) == departing(0, 2, 2) == []
    assert departing(2, 2, 2, right=STEPS[:4]) == [] != departing(2, 2, 2, right=STEPS[:5])
    again = [trial(torch.cat([STEPS[:2], STEPS[2:3] + k, STEPS[3:]]), STEPS) for k in (1, 2, 3)]
    assert "departs" not in dict(told(again))  # it comes right again
    table = [trial(torch.cat([STEPS[:2], STEPS[2:] + k])[None], STEPS[None]) for k in (1, 2, 3)]
    assert "departs" not in dict(told(table))


# --- bounds -----------------------------------------------------------------------------------------------------------


def bounded(got, right, sizes=None, **arguments):
    return [text for kind, text in told([trial(got, right, sizes, **arguments)]) if kind in ("condition", "zero")]


ZERO = "wrong only where it should be zero"
YOURS = "wrong only where yours is zero"
LIMIT = "wrong only where the right one stands at a bound: is a limit missing?"
STANDS = "wherever it is wrong, yours stands at {}: is there a limit that should not be?"
ALONE = "right only where it should be {}, wrong everywhere else"
BELOW = "right wherever it should be zero or more, wrong wherever it should be less"
BOUNDS = {
    "should be zero": ([0.3, -0.4, 1.5, 2.5], [0, 0, 1.5, 2.5], ZERO),
    "one should not": ([0.3, -0.4, 1.5, 2.5], [0, 0.1, 1.5, 2.5], ""),
    "one alone": ([0.3, 2.7, 1.5, 2.5], [0, 2.7, 1.5, 2.5], ""),
    "right once": ([0.3, 2.7, 1.5, 2.5], [0, 0, 1.5, 0], ""),
    "counts": ([0.3, 2.7, 1.0, 2.0], [0, 0, 1.0, 2.0], ""),
    "yours is zero": ([0, 0, 1.5, 2.5], [0.3, -0.4, 1.5, 2.5], YOURS),
    "one is not": ([0, 0.1, 1.5, 2.5], [0.3, -0.4, 1.5, 2.5], ""),
    "at one": ([1.3, 1.4, 0.5, 0.25], [1, 1, 0.5, 0.25], LIMIT),
    "at minus one": ([-1.3, -1.4, 0.5, 0.25], [-1, -1, 0.5, 0.25], LIMIT),
    "at no bound": ([1.3, 1.4, 0.5, 0.25], [0.9, 0.9, 0.5, 0.25], ""),
    "not steady": ([1.3, 1.4, 0.5, 0.25], [1, 1.1, 0.5, 0.25], ""),
    "right at one": ([1, 1, 2.3, 2.6], [1, 1, 1.4, 1.5], ALONE.format(1)),
    "right at one below": ([1, 1, 0.3, 0.6], [1, 1, 0.4, 0.5], ALONE.format(1)),
    "right at one between": ([1, 1, 0.3, 1.6], [1, 1, 0.4, 1.5], ""),
    "right at no bound": ([0.7, 0.7, 0.3, 0.6], [0.7, 0.7, 0.4, 0.5], ""),
    "stands at one": ([0.8, 0.8, 0.4, 0.5], [0.95, 1.2, 0.4, 0.5], STANDS.format("0.8")),
    "stands at two": ([0.8, 0.8, -0.3, -0.3, 0.4, 0.5], [0.95, 1.2, -0.6, -0.9, 0.4, 0.5],
                      STANDS.format("-0.3 or 0.8")),
    "stands at three": ([0.8, 0.8, -0.3, -0.3, 0.1, 0.4, 0.5], [0.95, 1.2, -0.6, -0.9, 0.7, 0.4, 0.5], ""),
    "stands once": ([0.8, 0.8, -0.3, 0.4, 0.5], [0.95, 1.2, -0.6, 0.4, 0.5], ""),
    "below zero": ([0.7, 0.3, 0, 0.25], [-0.4, -0.5, 0, 0.25], BELOW),
    "below zero and zero": ([0.7, 0.3, 0, 0], [-0.4, -0.5, 0, 0], ALONE.format(0)),
    "one below is right": ([0.7, 0.3, 0.1, -0.25], [-0.4, -0.5, 0.1, -0.25], ""),
    "one above is wrong": ([0.7, 0.3, 0.1, 0.25], [-0.4, 0.5, 0.1, 0.25], ""),
}  # fmt: skip


@pytest.mark.parametrize(("got", "right", "says"), BOUNDS.values(), ids=BOUNDS)
def test_where_a_number_stops_at_a_bound(got, right, says):
    assert bounded(got, right) == ([says] if says else [])


def test_a_bound_may_come_in():
    got, right = [2.4, 2.5, 0.5, 0.25], [2.25, 2.25, 0.5, 0.25]
    assert bounded(got, right) == [] and bounded(got, right, cap=2.25) == bounded(got, right, cap=-2.25) == [LIMIT]
    right = [3, 3, 0.5, 0.25]
    assert bounded(got, right) == [] and bounded(got, right, {"images": 3}) == [LIMIT]


def test_cases_that_do_not_count_tell_of_no_bound():
    rows = [trial([0.3, -0.4, 1.5, 2.5], [0, 0, 1.5, 2.5], counts=c) for c in (True, False)]
    assert told(rows[:1]) == [("condition", ZERO)] and told(rows[1:]) == []


# --- near -------------------------------------------------------------------------------------------------------------


def near(*gaps, tolerance=1e-6, right=1.5):
    found = told([trial([(right + k) * (1 + g)], [right + k]) for k, g in enumerate(gaps)], tolerance)
    assert all(text.endswith("single precision), or a term that is small here") for _, text in found)
    return [text.split(". An approximation")[0] for _, text in found]


def test_an_approximation():
    assert near(1e-2, -1e-3) == ["near in every case and exact in none of 2: within 1 percent"]
    assert near(1e-2, -1e-3, 0) == ["near in every case and exact in none of 2: within 1 percent"]
    assert near(3e-6, 2e-6) == ["near in every case and exact in none of 2: within 0.0003 percent"]
    assert near(1.2e-6, 1.3e-6, right=-3.5) == ["near in every case and exact in none of 2: within 0.0001 percent"]
    assert near(1.9e-2, 1e-3) != [] == near(2.1e-2, 1e-3) == near(1e-2) == near(1e-2, -1e-3, tolerance=1e-3)
    assert near(0, 0) == []


def test_a_number_beside_a_large_one_is_near_by_its_size():
    """Of a table, what is a thousandth of its largest number or less is measured by that."""
    assert told([trial([1000, 0.5 + k], [1000.0, 0.49 + k]) for k in (0, 0.02)])[0][0] == "near"
    assert told([trial([1000, 5.5 + k], [1000.0, 4.4 + k]) for k in (0, 0.02)]) == []


# --- conditions -------------------------------------------------------------------------------------------------------

TO_ONE = Condition("the numbers sum to one", lambda given, v: v[""].sum() - given["total"])


def met(*rows, rounding=1e-6):
    return conditions(Trials(question(conditions=(TO_ONE,)), rows, rounding))


def test_conditions_are_missed_or_met():
    fine, off = trial([0.5, 0.5], [0.25, 0.75], total=1.0), trial([0.5, 0.25], [0.25, 0.75], total=1.0)
    worse = trial([0.5, 1.0], [0.25, 0.75], total=1.0)
    assert met(fine, fine) == ([], ["the numbers sum to one"])
    assert met(fine, off, worse) == (["the numbers sum to one: not so in 2 of 3 cases, by up to 0.5"], [])
    assert met(trial([0.5, 0.5 + 9e-5], [0.25, 0.75], total=1.0)) == ([], ["the numbers sum to one"])
    assert met(trial([0.5, 0.5 + 2e-4], [0.25, 0.75], total=1.0))[0] != []
    assert met(trial([0.5, 0.5 + 2e-4], [0.25, 0.75], total=1.0), rounding=3e-5)[0] == []
    # What has another shape, other entries or no numbers is not asked.
    none = [trial([1.0], [0.25, 0.75], total=1.0), trial({"x": [0.5, 0.6]}, [0.25, 0.75], total=1.0),
            trial([0.5, math.nan], [0.25, 0.75], total=1.0)]  # fmt: skip
    assert met(*none) == ([], []) and met(*none, off)[0] == [
        "the numbers sum to one: not so in 1 of 1 cases, by up to 0.25"]  # fmt: skip


def test_a_residual_without_end_has_no_size():
    ratio = Condition("the ratio is finite", lambda given, v: v[""][:1] / v[""][1:] - 1)
    rows = [trial([0.5, 0.0], [0.25, 0.75]), trial([0.5, 0.25], [0.25, 0.75])]
    assert conditions(Trials(question(conditions=(ratio,)), rows))[0] == ["the ratio is finite: not so in 2 of 2 cases"]
    empty = Condition("nothing is asked", lambda given, v: v[""][2:])
    assert conditions(Trials(question(conditions=(empty, ratio)), rows)) == (
        ["the ratio is finite: not so in 2 of 2 cases"], ["nothing is asked"])  # fmt: skip


# --- the size ---------------------------------------------------------------------------------------------------------

SIZE = {
    "one number": ([3.0], [2.0], "too large"),
    "one below": ([1.0], [2.0], "too small"),
    "both sides": ([1.0, 3.5], [2.0, 3.0], "the largest difference is 1, on both sides; 0 of 2 numbers are right"),
    "some right": ([2.0, 3.5], [2.0, 3.0], "the largest difference is 0.5, too large; 1 of 2 numbers are right"),
    "some small": ([2.0, 2.875], [2.0, 3.0], "the largest difference is 0.125, too small; 1 of 2 numbers are right"),
    "ranked": ([2.0, 5.0, 7.0, 9.0], [2.0, 3.0, 6.0, 7.5], "the largest difference is 2, too large; 1 of 4 numbers "
               "are right; larger where it should be larger"),
    "not ranked": ([2.0, 5.0, 9.5, 9.0], [2.0, 3.0, 6.0, 7.5], "the largest difference is 3.5, too large; 1 of 4 "
                   "numbers are right"),
    "three ranked": ([2.0, 5.0, 7.0], [2.0, 3.0, 6.0], "the largest difference is 2, too large; 1 of 3 numbers are "
                     "right"),
    "zeros": ([0.0, 0.0], [2.0, 3.0], "too small; 0 of 2 numbers are right"),
    "large ones": ([100.00005, 5.0], [100.0, 3.0], "the largest difference is 2, too large; 1 of 2 numbers are right"),
    "small ones": ([5e-7, 5.0], [0.0, 3.0], "the largest difference is 2, too large; 1 of 2 numbers are right"),
    "smaller than ones": ([2e-6, 5.0], [0.0, 3.0], "the largest difference is 2, too large; 0 of 2 numbers are right"),
}  # fmt: skip


@pytest.mark.parametrize(("got", "right", "says"), SIZE.values(), ids=SIZE)
def test_the_size_of_what_is_wrong(got, right, says):
    assert size({"": tensor(got)}, {"": tensor(right)}, "", 1e-6) == says
