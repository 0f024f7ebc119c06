"""Which numbers are wrong, and which cases: told where it is so in every case, and silent one number aside."""

import math

import pytest
import torch

from course_pkg.grading import Case
from course_pkg.grading.evidence import Trials
from course_pkg.grading.probes import located
from course_pkg.grading.probes.places import _facts, misplaced, mistaken_cases
from probing import drawn, question, said, tensor, trial, trials

# --- which numbers ----------------------------------------------------------------------------------------------------


def told(mark, shapes=((4, 3), (5, 2), (3, 6)), **columns):
    """What is told of an answer that is wrong where mark(index, arguments) is so; columns draw the arguments."""
    rows = []
    for k, shape in enumerate(shapes):
        right = drawn(k, *shape) + 9
        arguments = {name: f(k, shape) for name, f in columns.items()}
        off = mark(tuple(torch.meshgrid(*map(torch.arange, shape), indexing="ij")), arguments)
        rows.append(trial(right + off.expand(shape).double(), right, **arguments))
    return said(misplaced(Trials(question(), rows), ""))


exactly = lambda words, word="wrong": [("place", f"{word} exactly {words}, and nowhere else")]
SQUARES = ((3, 3), (4, 4), (5, 5))
LISTS = ((5,), (6,), (4,))
MARKS = {
    "first row": (lambda i, a: i[0] == 0, {}, "in the first row"),
    "last row": (lambda i, a: i[0] == i[0].max(), {}, "in the last row"),
    "first column": (lambda i, a: i[1] == 0, {}, "in the first column"),
    "last column": (lambda i, a: i[1] == i[1].max(), {}, "in the last column"),
    "diagonal": (lambda i, a: i[0] == i[1], {"shapes": SQUARES}, "on the diagonal"),
    "above": (lambda i, a: i[0] < i[1], {"shapes": SQUARES}, "above the diagonal"),
    "below": (lambda i, a: i[0] > i[1], {"shapes": SQUARES}, "below the diagonal"),
    "first": (lambda i, a: i[0] == 0, {"shapes": LISTS}, "in the first number"),
    "last": (lambda i, a: i[0] == i[0].max(), {"shapes": LISTS}, "in the last number"),
}


@pytest.mark.parametrize(("mark", "more", "says"), MARKS.values(), ids=MARKS)
def test_a_place_in_words(mark, more, says):
    assert told(mark, **more) == exactly(says)
    assert told(lambda i, a: ~mark(i, a), **more) == exactly(says, "right")


sparse = lambda k, shape: drawn(k + 20, *shape) * (drawn(k + 30, *shape) > 0)
full = lambda k, shape: drawn(k + 20, *shape)
large = lambda k, shape: drawn(k + 20, *shape) + 0.75
logs = lambda k, shape: torch.where(drawn(k + 30, *shape) > 0, drawn(k + 20, *shape) - 5, -torch.inf)
TABLES = {
    "is zero": (lambda x: x == 0, sparse),
    "is below zero": (lambda x: x < 0, full),
    "is above one": (lambda x: x > 1, large),
    "is below one half": (lambda x: x < 0.5, large),
    "is -inf": (lambda x: x == -torch.inf, logs),
    "is the largest": (lambda x: x == x.max(), full),
    "is the smallest": (lambda x: x == x.min(), full),
    "is above its mean": (lambda x: x > x.mean(), large),
    "is the largest of its row": (lambda x: x == x.amax(1, keepdim=True), full),
    "is the largest of its column": (lambda x: x == x.amax(0, keepdim=True), full),
}


@pytest.mark.parametrize(("test", "draw"), TABLES.values(), ids=TABLES)
def test_a_place_by_what_stands_there(test, draw):
    says = next(text for text, (t, _) in TABLES.items() if t is test)
    beside = {"is -inf": " or where `x` is the smallest"}.get(says, "")
    assert told(lambda i, a: test(a["x"]), x=draw) == exactly(f"where `x` {says}{beside}")
    if says == "is zero":
        assert told(lambda i, a: a["x"] != 0, x=draw) == exactly("where `x` is not zero")


def test_a_table_of_counts_has_a_mean_as_well():
    counts = lambda k, shape: torch.arange(math.prod(shape)).reshape(shape) % 3 - 1
    assert told(lambda i, a: a["x"] == 0, x=counts) == exactly("where `x` is zero")


def test_a_list_has_no_rows():
    """The largest of a row is told of a table of the answer's own shape."""
    found = told(lambda i, a: a["x"] == a["x"].max(), LISTS, x=full)
    assert found == exactly("where `x` is the largest")


def test_two_arguments_side_by_side():
    other = lambda k, shape: drawn(k + 40, *shape)
    assert told(lambda i, a: a["x"] > a["y"], x=full, y=other) == exactly("where `x` is larger than `y`")
    assert told(lambda i, a: a["x"] < a["y"], x=full, y=other) == exactly("where `x` is smaller than `y`")
    number = lambda k, shape: 0.3 + k / 10
    assert told(lambda i, a: a["x"] > a["n"], x=full, n=number) == exactly("where `x` is larger than `n`")
    assert told(lambda i, a: a["x"] > a["n"], x=full, n=lambda *_: tensor([0.3])) == exactly(
        "where `x` is larger than `n`")  # fmt: skip
    assert told(lambda i, a: a["x"] > 1, x=large, flag=lambda *_: True, word=lambda *_: "one", some=lambda *_: [1]) == (
        exactly("where `x` is above one"))  # fmt: skip
    assert told(lambda i, a: a["x"] > 1, flag=lambda *_: True, x=large) == exactly("where `x` is above one")
    assert told(lambda i, a: (i[0] + i[1]) % 2 == 0, n=number, m=lambda *_: 3) == []  # the same everywhere


def test_an_argument_with_a_number_for_each_row_or_column():
    by_row, by_column = lambda k, s: drawn(k + 20, s[0]), lambda k, s: drawn(k + 20, s[1])
    shapes = ((6, 4), (5, 7), (4, 6))
    assert told(lambda i, a: a["x"][:, None] < 0, shapes, x=by_row) == exactly("where `x` is below zero")
    assert told(lambda i, a: a["x"][None] < 0, shapes, x=by_column) == exactly("where `x` is below zero")
    # Of a square it cannot be told whether it is rows or columns.
    assert told(lambda i, a: a["x"][:, None] < 0, ((4, 4), (5, 5)), x=by_row) == []
    further = lambda k, s: drawn(k + 20, s[0], s[1], 2)  # more numbers than there are places
    assert told(lambda i, a: a["x"][..., 0] < 0, shapes, x=further) == []


def test_how_many_cases_and_numbers_a_place_needs():
    first = lambda i, a: i[0] == 0
    assert told(first, LISTS[:1]) == told(first, LISTS[:2]) == [] != told(first, LISTS)  # wrong in one, two, three
    assert told(lambda i, a: i[0] != 0, ((2,), (3,))) == []  # right in two numbers
    assert told(lambda i, a: i[0] < 0) == told(lambda i, a: i[0] >= 0) == []
    assert told(lambda i, a: (i[0] == 0) if len(i[0]) > 4 else i[0] == i[0].max()) == []
    # Where each case has one number there is no place; a case without numbers is left out.
    assert told(lambda i, a: i[0] == 0, ((1,),) * 6) == [] and told(first, (*LISTS, (1,))) == told(first, LISTS)
    rows = [trial(tensor([9.0, *range(k)]), tensor([7.0, *range(k)])) for k in (3, 4, 5)]
    assert said(misplaced(Trials(question(), [*rows, trial([1.0], [1.0, 2.0])]), "")) == exactly("in the first number")
    assert said(misplaced(Trials(question(tolerance=9.0), rows), "")) == []
    rows = [trial(tensor([700.00005, 9, *range(k)]), tensor([700.0, 7, *range(k)])) for k in (3, 4, 5)]
    assert said(misplaced(Trials(question(), rows), "")) == []  # by a relative tolerance the first is right


def test_two_marks_that_say_the_same_are_both_told():
    """Of three marks two are told."""
    rising = lambda k, shape: torch.arange(shape[0]).double() - 1
    assert told(lambda i, a: i[0] == i[0].max(), LISTS, x=rising) == exactly(
        "in the last number or where `x` is the largest")  # fmt: skip
    both = {"x": rising, "y": lambda k, shape: torch.arange(shape[0]).double() - 7}
    assert told(lambda i, a: i[0] == i[0].max(), LISTS, **both) == exactly(
        "in the last number or where `x` is the largest")  # fmt: skip


def test_most_of_a_place_is_told_as_only_there():
    most = lambda i, a: (i[0] == 0) & (i[1] != 2)
    assert told(most, ((5, 6), (4, 6))) == [("place", "wrong only in the first row")]
    assert told(lambda i, a: ~most(i, a), ((5, 6), (4, 6))) == [("place", "right only in the first row")]
    # Two of six are too few, unless they are more than six in all; half of all numbers is no place.
    few = lambda i, a: (i[0] == 0) & (i[1] < 3)
    assert told(few, ((5, 6), (4, 6))) == [] != told(few, ((5, 6), (4, 6), (4, 6)))
    assert told(lambda i, a: (i[0] < i[1]) & ~((i[0] == 0) & (i[1] == 1)), ((4, 4), (5, 5))) == [
        ("place", "wrong only above the diagonal")]  # fmt: skip
    assert told(lambda i, a: (i[0] == 0) & (i[1] != 2), ((2, 6), (2, 5))) == [("place", "wrong only in the first row")]
    assert told(lambda i, a: (a["x"] > 1) & (i[0] > 0), ((5, 6), (4, 6)), x=large) == []  # by chance, of an argument


# --- which cases ------------------------------------------------------------------------------------------------------


def facts(sizes=None, **arguments):
    return {text for text, so in _facts(arguments, sizes or {}) if so}


def test_facts_of_numbers():
    assert facts(n=7) == {"`n` is odd"} and facts(n=8) == {"`n` is a multiple of four"} and facts(n=6) == set()
    assert facts(a=-0.5) == {"`a` is below zero", "`a` is below one"} and facts(a=1.5) == {"`a` is above one"}
    assert facts(a=0.0) == {"`a` is zero", "`a` is below one"} and facts(a=1.0) == set()
    assert facts(flag=True) == facts(word="7") == set()
    assert facts(n=7, word="a") == set()  # whether a count is odd is asked where all are counts
    assert facts(n=6, m=4) == {"`m` is a multiple of four", "`n` is larger than `m`", "`m` does not divide `n`",
                               "`n` does not divide `m`"}  # fmt: skip
    assert facts(n=2, m=4) == {"`m` is a multiple of four", "`n` is smaller than `m`", "`m` does not divide `n`"}
    assert facts(n=4, m=2) == {"`n` is a multiple of four", "`n` is larger than `m`", "`n` does not divide `m`"}
    assert facts(n=6, m=6) == {"`n` and `m` are the same"}
    assert facts(n=0, m=6) == {"`n` is a multiple of four", "`n` is smaller than `m`"}
    assert facts(n=6, m=0) == {"`m` is a multiple of four", "`n` is larger than `m`"}
    assert facts(a=1.0, b=1.0) == {"`a` and `b` are the same"}
    assert facts(a=2.0, n=3) == {"`a` is above one", "`a` is smaller than `n`"}
    assert facts({"images": 3, "n": 2}, n=2) == {"`n` is smaller than the number of images"}
    assert facts({"images": 1}, a=1.0) == {"`a` and the number of images are the same"}


RISES, FALLS = "`x` does not fall from the first on", "`x` does not rise from the first on"
NO_TOP = "the first of `x` is not the largest"


def test_facts_of_tables():
    assert facts(x=tensor([1.0, 2.0])) == {RISES, NO_TOP}
    assert facts(x=tensor([2.0, 1.0])) == {FALLS}
    assert facts(x=tensor([2.0, 1.0, 3.0])) == {RISES, FALLS, NO_TOP}
    assert facts(x=tensor([2.0, 2.0])) == {"`x` holds equal numbers"}
    assert facts(x=tensor([2.0, 0.0])) == {FALLS, "`x` holds a zero"}
    assert facts(x=tensor([2.0, -1.0])) == {FALLS, "`x` holds a number below zero"}
    assert facts(x=tensor([2.0])) == set()
    not_square = "`x` is not square"
    assert facts(x=tensor([[1.0, 2, 3]])) == {"`x` has more columns than rows", not_square}
    assert facts(x=tensor([[1.0], [2]])) == {"`x` has more rows than columns", not_square}
    zeros = {"`x` holds a zero", "`x` holds equal numbers"}
    assert facts(x=tensor([[0.0, 0], [1, 2]])) == {*zeros, "`x` has a row of zeros"}
    assert facts(x=tensor([[0.0, 1], [0, 2]])) == {*zeros, "`x` has a column of zeros"}
    assert facts(x=torch.tensor([3, 1])) == {FALLS}
    about = facts(x=tensor([2.0, 1.0]), a=1.5)
    assert about == {FALLS, "`a` is above one", "some of `x` are above `a`", "some of `x` are below `a`",
                     "the sum of `x` is above `a`"}  # fmt: skip
    assert facts(x=tensor([2.0, 1.0]), a=3.0) == {FALLS, "`a` is above one", "some of `x` are below `a`"}
    assert facts(x=tensor([2.0, 1.0]), a=1.0) == {FALLS, "some of `x` are above `a`", "the sum of `x` is above `a`"}


def pairs(seed, kinds=("random",), more=lambda k: {}):
    v = drawn(seed, 8, 2).tolist()
    return tuple(Case(kinds[k % len(kinds)], {"a": a, "b": b, **more(k)}) for k, (a, b) in enumerate(v))


def mistaken(answer, cases=pairs, seed=0, right=lambda a, b: a - b, **more):
    return said(mistaken_cases(trials(cases(seed), right, answer, cases=cases, **more), "", seed))


def just(words, word="wrong"):
    return [("place", f"{word} in just the cases where {words}")]


def test_which_cases_are_wrong():
    assert mistaken(lambda a, b: abs(a - b)) == just("`a` is smaller than `b`")
    assert mistaken(lambda a, b: a - b + (a > b)) == just("`a` is larger than `b`")
    assert mistaken(lambda a, b: max(a, 0.0) - b) == just("`a` is below zero")
    assert mistaken(lambda a, b: a - b + (b >= 0)) == just("`b` is below zero", "right")
    assert mistaken(lambda a, b: a - b) == mistaken(lambda a, b: a - b + 1) == []
    assert mistaken(lambda a, b: a - b + (abs(a) > 0.7)) == []


def test_cases_of_further_seeds_are_asked():
    seen = []

    def cases(seed):
        seen.append(seed)
        return pairs(seed, ("hand", "random", "oracle"))

    assert mistaken(lambda a, b: abs(a - b), cases, 5) == just("`a` is smaller than `b`")
    assert seen == [5, 1006, 1007, 1008]
    seen.clear()
    found = trials(cases(5), lambda a, b: a - b, lambda a, b: abs(a - b), cases=cases)
    assert said(located(found, "", 5)) == just("`a` is smaller than `b`") and seen == [5, 1006, 1007, 1008]
    rows = [trial(tensor([9.0, *range(k)]), tensor([7.0, *range(k)])) for k in (3, 4, 5)]
    assert said(located(Trials(found.question, rows, again=found.again), "", 5)) == exactly("in the first number")
    found = trials(cases(5), lambda a, b: a - b, lambda a, b: abs(a - b), cases=cases)
    asked = []
    again = found.again
    watched = Trials(found.question, found.all, again=lambda some: asked.extend(some) or again(some))
    assert mistaken_cases(watched, "", 5) and {c.rung for c in asked} == {"random", "oracle"}
    assert mistaken_cases(Trials(found.question, found.all), "", 5) == []
    assert mistaken_cases(Trials(question(found.question.reference), found.all, again=again), "", 5) == []


def test_three_cases_on_each_side_are_needed():
    def few(right, wrong):
        values = [*(-1.0 - k for k in range(wrong)), *(2.0 + k for k in range(right))]
        cases = lambda seed: tuple(Case("random", {"a": v}) for v in values) if seed == 0 else ()
        return mistaken(lambda a: abs(a), cases, right=lambda a: a)

    assert few(3, 3) == just("`a` is below zero or `a` is below one")
    assert few(2, 3) == few(3, 2) == []


def test_a_fact_must_vary_within_a_kind_of_case():
    signs = {"random": 1, "oracle": 1, "trap": -1}
    kinds = lambda seed: tuple(Case(r, {"a": s * (2 + k / 9)}) for k in range(3) for r, s in signs.items())
    assert mistaken(lambda a: abs(a), kinds, right=lambda a: a) == []
    mixed = lambda seed: (*kinds(seed), *(Case("random", {"a": -2.0 - k}) for k in range(3)))
    assert mistaken(lambda a: abs(a), mixed, right=lambda a: a) == just("`a` is below zero or `a` is below one")


def test_many_reasons_at_once_are_none():
    """Three facts that always hold together: any of them may be the reason."""
    cases = lambda seed: tuple(Case("random", {"a": v, "b": 0.0, "c": 0.0, "d": 0.0}) for v in drawn(seed, 8).tolist())
    assert mistaken(lambda a, b, c, d: abs(a), cases, right=lambda a, b, c, d: a) == []


def test_what_does_not_count_or_has_no_number_is_left_out():
    trivial = lambda seed: tuple(Case("random", c.arguments, counts=k % 4 != 0) for k, c in enumerate(pairs(seed)))
    answer = lambda a, b: abs(a - b) + (9 if a in {c.arguments["a"] for s in (0, 1001, 1002, 1003) for k, c in
                                                   enumerate(pairs(s)) if k % 4 == 0} else 0)  # fmt: skip
    assert mistaken(answer, trivial) == just("`a` is smaller than `b`")
    stops = lambda a, b: abs(a - b) if a > -1 else {}["x"]
    assert mistaken(stops) == just("`a` is smaller than `b`")
