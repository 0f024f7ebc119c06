"""Another shape, an answer that is almost a slip, and a relation that only the wrong numbers have."""

import math

import pytest
import torch

from course_pkg.grading import Case, Wrong
from course_pkg.grading.evidence import Trials
from course_pkg.grading.probes.almost import nearly
from course_pkg.grading.probes.partly import partly
from course_pkg.grading.probes.shapes import reshaped, widened
from probing import drawn, question, tensor, trial, trials

# --- shapes -----------------------------------------------------------------------------------------------------------

ROWS = [drawn(n, n) for n in (3, 4)]
TABLES = [drawn(n, n, m) for n, m in ((3, 4), (5, 2))]
SQUARES = [drawn(n, n, n) for n in (3, 4)]
CUBES = [drawn(n, n, 2, n) for n in (3, 4)]
NUMBERS = [drawn(n, 1) for n in (1, 5)]
stacked = lambda v, axis: torch.stack([v, drawn(9, *v.shape)], axis)
STEP, ONE_OF = (
    "its {} over axis {} is right: that step is missing",
    "the right numbers are there, one of several along axis {}",
)
SHAPES = {
    "squeezed": (lambda v: v[:, None], ROWS, "the right numbers, with an axis of length one too much: squeeze it"),
    "turned": (lambda v: v.T, TABLES, "the right numbers, rows and columns exchanged"),
    "mean": (lambda v: v.mean(), ROWS, "the mean of the right numbers"),
    "sum": (lambda v: v.sum(), ROWS, "the sum of the right numbers"),
    "without the first": (lambda v: v[1:], ROWS, "the right numbers without the first"),
    "without the last": (lambda v: v[:-1], ROWS, "the right numbers without the last"),
    "mean of columns": (lambda v: v.mean(0), TABLES, "the mean of each column of the right numbers"),
    "mean of rows": (lambda v: v.mean(1), TABLES, "the mean of each row of the right numbers"),
    "sum of columns": (lambda v: v.sum(0), TABLES, "the sum of each column of the right numbers"),
    "sum of rows": (lambda v: v.sum(1), TABLES, "the sum of each row of the right numbers"),
    "first": (lambda v: v[0], ROWS, "the first of the right numbers"),
    "last": (lambda v: v[-1], ROWS, "the last of the right numbers"),
    "a sum along 0": (lambda v: torch.stack([v - 1, 0 * v + 1]), ROWS, STEP.format("sum", 0)),
    "a sum along 1": (lambda v: torch.stack([v - 1, 0 * v + 1], 1), ROWS, STEP.format("sum", 1)),
    "a mean along 0": (lambda v: torch.stack([v - 1, v + 1]), ROWS, STEP.format("mean", 0)),
    "the first of several": (lambda v: stacked(v, 0), ROWS, ONE_OF.format(0)),
    "the first along 1": (lambda v: stacked(v, 1), ROWS, ONE_OF.format(1)),
    "the last of several": (lambda v: stacked(v, 0).flip(0), ROWS, ONE_OF.format(0)),
    "crossed": (lambda v: torch.where(torch.eye(len(v)) > 0, v, v + drawn(1, len(v), len(v))), ROWS,
                "the right numbers are there, where the indices of axes 0 and 1 are the same: these two go together, "
                "and were crossed"),
    "all summed": (lambda v: v.expand(2, 3) / 6 + tensor([[1, 2, -3], [-2, 0, 2]]), NUMBERS,
                   "the sum of all its numbers is right: that step is missing"),
    "all averaged": (lambda v: v.expand(2, 3) + tensor([[1, 2, -3], [-2, 0, 2]]), NUMBERS,
                     "the mean of all its numbers is right: that step is missing"),
    "nothing known": (lambda v: v[:, None] ** 2, ROWS, ""),
}  # fmt: skip


@pytest.mark.parametrize(("change", "right", "says"), SHAPES.values(), ids=SHAPES)
def test_another_shape_in_words(change, right, says):
    right = [v.squeeze() if "all its numbers" in says else v for v in right]
    pairs = [(change(v), v) for v in right]
    assert reshaped(pairs, 1e-6) == says
    assert reshaped(pairs[:1], 1e-6) == reshaped([pairs[0], (pairs[1][0] + 1e-3, pairs[1][1])], 1e-6) == ""
    # Cases without numbers are left out.
    none = [(None, right[0]), (tensor([]), right[0]), (tensor([math.nan, 1.0]), right[0])]
    assert reshaped([*none, *pairs], 1e-6) == says and reshaped([*none, pairs[0]], 1e-6) == ""


def test_crossed_axes_that_are_not_the_first():
    assert "axes 0 and 2 are" in reshaped([(c, c.diagonal(0, 0, 2)) for c in CUBES], 1e-6)
    assert "axes 1 and 2 are" in reshaped([(c.transpose(0, 1), c.diagonal(0, 0, 2)) for c in CUBES], 1e-6)
    assert reshaped([(c, c.diagonal(1, 0, 2)) for c in CUBES], 1e-6) == ""
    assert reshaped([(v, v.diagonal(0, 0, 1)) for v in TABLES], 1e-6) == ""  # not square


def test_one_number_is_written_into_each_place():
    rows = [trial([2.0], [1.0, 2.0]), trial(tensor(3.0), [[1.0], [2.0]]), trial([[2.0]], [1.0, 2.0]),
            trial([4.0, 5.0], [1.0, 2.0, 3.0]), trial({"x": [1.0]}, [1.0, 2.0])]  # fmt: skip
    found = [t.got for t in widened(Trials(question(), rows)).all]
    assert [f.get("", torch.zeros(0)).tolist() for f in found] == [[2, 2], [[3], [3]], [[2]], [4, 5], []]
    assert found[4]["x"].tolist() == [1.0]


# --- almost a slip ----------------------------------------------------------------------------------------------------


def kinds(*values, trap=(5.0,), hand=()):
    rungs = [*((v, "hand") for v in hand), *((v, "random") for v in values), *((v, "trap") for v in trap)]
    return [Case(rung, {"a": v}) for v, rung in rungs]


SQUARED = Wrong("squared", lambda a: a**2, "look at the power")
FOUR = (1.5, 2.5, 3.5, 4.5)


def almost(answer, cases, *more, right=lambda a: a):
    text, found = nearly(trials(cases, right, answer, wrong=(*more, SQUARED)))
    return text if [w.name for w in found] == ["squared"] else "" if not found else None


def test_a_slip_but_for_a_trap():
    but = lambda a: a**2 if a != 5.0 else 77.0
    assert almost(but, kinds(*FOUR)) == "but for a trap exactly"
    assert almost(but, kinds(*FOUR[:3])) == ""  # too few are left
    assert almost(lambda a: a**2 if a not in (5.0, 2.5) else 77.0, kinds(*FOUR)) == ""


def test_a_slip_where_nothing_is_zero():
    but = lambda a: a**2 if a else 77.0
    text = "where nothing that comes in is zero, exactly"
    assert almost(but, kinds(*FOUR, 0.0)) == almost(but, kinds(*FOUR, 0.0, trap=())) == text
    assert almost(but, kinds(*FOUR[:3], 0.0, trap=())) == ""
    tables = lambda *special: [Case("random", {"x": tensor([v, 1.0])}) for v in (*FOUR, *special)]
    squares = Wrong("squares", lambda x: (x**2).sum(), "look")
    named = lambda *special: nearly(trials(tables(*special), lambda x: x.clamp_min(-9).sum(), lambda x:
                                    (x**2).sum() if bool((x.isfinite() & (x != 0)).all()) else x.sum() * 0 + 7.0,
                                    wrong=(squares,)))  # fmt: skip
    assert [(t, len(w)) for t, w in (named(0.0), named(-0.0))] == [(text, 1)] * 2
    assert named(-math.inf)[1] == [squares]
    finite = lambda a: a**2 if math.isfinite(a) else 77.0  # a float may be the logarithm of a probability of zero
    for value, says in ((-math.inf, text), (math.inf, "")):
        assert almost(finite, kinds(*FOUR, value, trap=()), right=lambda a: max(min(a, 9.0), -9.0)) == says
    words = [Case("random", {"a": v, "how": "0", "n": 0}) for v in FOUR]
    squared = Wrong("squared", lambda a, how, n: a**2, "look")
    assert nearly(trials([*words, Case("random", {"a": 0.0, "how": "0", "n": 0})], lambda a, how, n: a,
                         lambda a, how, n: a**2 if a else 9.0, wrong=(squared,)))[1] == [squared]  # fmt: skip


DIGITS = "to within 0.01 percent of its largest number"


def test_a_slip_but_for_the_last_digits():
    off = lambda by: lambda a: a**2 * (1 + by)
    assert almost(off(9e-5), kinds(*FOUR)) == almost(off(-9e-5), kinds(*FOUR)) == DIGITS
    assert almost(off(1.2e-4), kinds(*FOUR)) == ""
    assert almost(off(9e-5), kinds(*FOUR[:3])) == DIGITS and almost(off(9e-5), kinds(*FOUR[:2])) == ""
    # What it gives must be far from what is right in each case that counts.
    assert almost(off(9e-5), kinds(*FOUR, 1.005)) == "" and almost(off(9e-5), kinds(*FOUR, 1.02)) == DIGITS
    trivial = [*kinds(*FOUR), Case("random", {"a": 1.0}, counts=False)]
    assert almost(off(9e-5), trivial) == DIGITS
    assert almost(lambda a: tensor([a**2 * 1.00009]), kinds(*FOUR)) == ""  # another shape
    assert almost(lambda a: {"x": a**2 * 1.00009}, kinds(*FOUR)) == ""
    assert almost(lambda a: a**2 * 1.00009 if a != 2.5 else math.nan, kinds(*FOUR)) == ""
    also = Wrong("other", lambda a: a + 70, "look", (lambda a: a**2,))
    assert [w.name for w in nearly(trials(kinds(*FOUR), lambda a: a, off(9e-5), wrong=(also,)))[1]] == ["other"]


def test_the_largest_number_says_how_near():
    rows = [Case("random", {"x": drawn(k, 3) + tensor([40.0, 0, 0])}) for k in range(4)]
    cubed = Wrong("cubed", lambda x: x**3, "look")
    told = lambda by: nearly(trials(rows, lambda x: x, lambda x: x**3 + by, wrong=(cubed,)))[1]
    assert told(2.0) == [cubed] and told(-2.0) == [cubed] and told(20.0) == []


# --- a relation of the wrong numbers alone ----------------------------------------------------------------------------


def part(change, numbers=6, rows=3, where=lambda v: v > 0, right=None):
    tables = right or [drawn(k, numbers) + tensor([3.5] * 2 + [-3.5] * 2 + [0.0] * (numbers - 4)) for k in range(rows)]
    found = partly(Trials(question(), [trial(torch.where(where(v), change(v), v), v) for v in tables]), "")
    return found and (found.kind, found.text)


def test_what_the_wrong_numbers_have_in_common():
    assert part(lambda v: 2 * v) == ("factor", "where it is wrong, exactly twice what it should be")
    assert part(lambda v: v**2) == ("power", "where it is wrong, exactly the square of what it should be")
    assert part(lambda v: v + 1) == (
        "offset",
        "where it is wrong, too much by exactly 1: a constant is wrong or missing",
    )
    assert part(lambda v: v + v.cos()) is None
    assert part(lambda v: 0 * v + 7.5) is None  # it stands still


def test_the_sizes_of_a_case_may_explain_it():
    rows = [(n, tensor([1.5, 2.5, -1.5, -2.5]) * n) for n in (2, 3, 5)]
    sized = [trial(torch.where(v > 0, n * v, v), v, {"images": n}) for n, v in rows]
    found = partly(Trials(question(), sized), "")
    assert found and found.text.startswith("where it is wrong, exactly the number of images times what it should be")


def test_how_many_must_be_wrong_and_right():
    few = lambda wrong, right, *more: [tensor([*wrong, *(-r for r in right)]), *map(tensor, more)]
    twice = lambda tables: part(lambda v: 2 * v, right=tables)
    assert twice(few([1.5, 2.5], [1.5, 2.5], [3.5, 4.5, -1.25, -3.5])) is not None
    assert twice(few([1.5, 2.5], [1.5, 2.5], [3.5, -1.25, -3.5])) is None  # three are wrong
    assert twice(few([1.5, 2.5], [1.5, 2.5], [3.5, 4.5, -1.25])) is None  # three are right
    assert twice(few([1.5, 2.5], [1.5, 2.5], [3.5, 4.5, -1.25, 0.0])) is None  # a zero is right by itself
    assert twice(few([1.5, 2.5, 3.5, 4.5], [1.5, 2.5], [-1.25, -3.5])) is None  # wrong in one case
    assert twice(few([1.0, 2.0], [1.5, 2.5], [3.0, 4.0, -1.25, -3.5])) is None  # counts
    assert partly(Trials(question(), [trial([1.5, 2.5], [1.5, 2.5])]), "") is None
