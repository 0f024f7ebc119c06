"""Relations number by number: a function of the right number, another order, a table of the case, and what a whole case
has in common. Each with its words, and the near misses that it must not be told of."""

import math

import pytest
import torch

from course_pkg.grading.functions import (
    WAYS,
    _telling,
    _ways,
    by_complement,
    by_function,
    by_order,
    by_table,
    by_table_alone,
    by_what_a_case_shares,
    fitted_to,
    named_relation,
    relation,
    unnamed_relation,
)
from course_pkg.grading.relations import Pair
from course_pkg.questions.shared import numbers
from probing import told

NAN = math.nan
TINY = 1e-6
RIGHT = [torch.linspace(0.3, 2.1, n, dtype=torch.float64) * (1 + n) for n in (3, 5, 4)]


def paired(change, right=None):
    return [Pair(change(v), v) for v in right or RIGHT]


# --- when there is enough to tell -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("right", "off", "enough"),
    [
        ([[0.5, 1.5], [2.5]], 1.0, True),
        ([[0.5, 1.5, 2.5]], 1.0, False),  # one case
        ([[0.5], [2.5]], 1.0, False),  # two numbers
        ([[0.5, 1.5], [2.5]], 0.0, False),  # nothing is wrong
        ([[0.5, 1.5], [2.5]], 4e-7, False),
        ([[1.0, 2.0], [3.0]], 0.5, False),  # counts
        ([[1.0, 2.0], [3.5]], 0.5, True),
    ],
)
def test_how_much_must_be_there(right, off, enough):
    pairs = paired(lambda v: v + off, [numbers(v) for v in right])
    assert _telling(pairs, TINY) is enough
    assert (relation(pairs, TINY) is None) is not enough
    if not enough:
        assert named_relation(pairs, TINY) is None and unnamed_relation(pairs, TINY) is None


def test_a_single_wrong_case_is_enough():
    pairs = [Pair(RIGHT[0], RIGHT[0]), Pair(RIGHT[1] + 0.1, RIGHT[1])]
    assert _telling(pairs, TINY)


@pytest.mark.parametrize(
    ("change", "kind", "has_name"),
    [(lambda v: 0 * v, "zero", True), (lambda v: 2 * v, "factor", True), (lambda v: v**2, "power", True),
     (lambda v: v.flip(0), "order", True), (lambda v: v + 0.5, "offset", True), (lambda v: v * v[0], "factor", False),
     (lambda v: v + 0.3, "offset", False)],
)  # fmt: skip
def test_what_has_a_name_is_told_first(change, kind, has_name):
    found, named = relation(paired(change), TINY), named_relation(paired(change), TINY)
    assert found.kind == kind
    assert found == (named if has_name else unnamed_relation(paired(change), TINY)) and (named is not None) is has_name


# --- what a whole case has in common ----------------------------------------------------------------------------------

ALWAYS = "what it should be: a factor is missing or too much"
EACH = "another in another: something that a whole case has in common is missing or too much"
WHERE = "the same everywhere: a constant is wrong or missing"
SINGLE = [numbers([v]) for v in (0.5, 1.5, 2.5, 4.5)]
TABLE = [torch.rand(n, m, generator=torch.Generator().manual_seed(n), dtype=torch.float64) for n, m in ((3, 2), (2, 4))]
FACTOR = ("factor", f"what it should be but for one factor in each case, {EACH}")
OFFSET = ("offset", f"off by one number in each case, {EACH}")


def lined(axis):
    return ("factor", f"what it should be but for one factor in each {axis}: what is it divided by?")


SHARED = [
    (lambda v: 0.3 * v, RIGHT, ("factor", f"always 0.3 times {ALWAYS}")),
    (lambda v: -1.23456 * v, RIGHT, ("factor", f"always -1.235 times {ALWAYS}")),
    (lambda v: 0.3 * v, SINGLE, ("factor", f"always the same number of times {ALWAYS}")),  # which would give it away
    (lambda v: 0.3 * v, [*SINGLE, RIGHT[0]], ("factor", f"always 0.3 times {ALWAYS}")),
    (lambda v: 0.3 * v, [numbers([0.0]), *RIGHT], ("factor", f"always 0.3 times {ALWAYS}")),
    (lambda v: v * v[0], RIGHT, FACTOR),
    (lambda v: v * v[0], SINGLE, None),  # any number is a multiple of any
    (lambda v: v * v[0], [SINGLE[0], RIGHT[0]], None),
    (lambda v: v * v[0], [SINGLE[0], *RIGHT[:2]], FACTOR),
    (lambda v: v * v[0], [v[:2] for v in RIGHT], FACTOR),
    (lambda v: v + v[0] ** 2, [v[:2] for v in RIGHT], OFFSET),
    (lambda v: v + 0.3, RIGHT, ("offset", f"too much by 0.3, {WHERE}")),
    (lambda v: v - 0.123456, RIGHT, ("offset", f"too little by 0.1235, {WHERE}")),
    (lambda v: v + 0.3, SINGLE, ("offset", f"too much by {WHERE}")),
    (lambda v: v + 0.3, [*SINGLE, RIGHT[0]], ("offset", f"too much by 0.3, {WHERE}")),
    (lambda v: v + v[0] ** 2, RIGHT, OFFSET),
    (lambda v: v + v[0] ** 2, SINGLE, None),
    (lambda v: v + v[0] ** 2, [SINGLE[0], RIGHT[0]], None),
    (lambda v: v + v[0] ** 2, [SINGLE[0], *RIGHT[:2]], OFFSET),
    (lambda v: v * v[:, :1], TABLE, lined("row")),
    (lambda v: v * v[:1], TABLE, lined("column")),
    (lambda v: v * v[:, :1] * v[:1], TABLE, None),
    (lambda v: v + v[:, :1], TABLE, None),
    (lambda v: v * v, [v[:, :1] for v in TABLE], None),  # a line of one number
    (lambda v: v * v[:, :1] if v.ndim == 2 else v, [*TABLE, RIGHT[0]], None),  # not of all cases
    (lambda v: v * v[:, :1] if len(v) == 3 else v, TABLE, None),  # in one case alone
    (lambda v: v * v[:, :1, :1], [v[:, :, None].expand(-1, -1, 2) ** torch.arange(1, 3) for v in TABLE], None),
]  # fmt: skip


@pytest.mark.parametrize(("change", "right", "says"), SHARED)
def test_what_a_whole_case_has_in_common(change, right, says):
    assert told(by_what_a_case_shares(paired(change, right), TINY)) == says


def test_a_factor_of_a_case_is_told_where_two_cases_with_more_than_one_number_are_wrong():
    right = [Pair(v, v) for v in RIGHT[:1]]
    assert by_what_a_case_shares([*right, Pair(2 * RIGHT[1], RIGHT[1])], TINY) is None
    assert told(by_what_a_case_shares([*right, *paired(lambda v: v * v[0], RIGHT[1:])], TINY)) == FACTOR
    assert by_what_a_case_shares([*right, Pair(2 + RIGHT[1], RIGHT[1])], TINY) is None
    assert told(by_what_a_case_shares([*right, *paired(lambda v: v + v[0] ** 2, RIGHT[1:])], TINY)) == OFFSET


def test_lines_whose_numbers_are_alike_tell_no_factor_of_each():
    flat = [v[:, :1].expand(-1, 3) for v in TABLE]  # in each row one number
    assert by_what_a_case_shares(paired(lambda v: v * v + 0.2, flat), TINY) is None
    some = [torch.cat([v[:, :1].expand(-1, 3), v[:1, :1] * numbers([[1.0, 2.0, 3.0]])]) for v in TABLE]
    wrong = lambda v: torch.cat([v[:-1] * v[:-1] + 0.2, v[-1:]])  # the last row differs, and is right
    assert by_what_a_case_shares(paired(wrong, some), TINY) is None
    wrong = lambda v: torch.cat([v[:-1] * v[:-1] + 0.2, 3 * v[-1:]])
    assert told(by_what_a_case_shares(paired(wrong, some), TINY)) == lined("row")


def test_a_line_that_sums_to_nought_has_no_factor():
    crossed = [torch.stack([v, -v], 1) for v in RIGHT]  # rows that sum to zero
    assert by_what_a_case_shares(paired(lambda v: v * v[:, :1], crossed), TINY) is None
    assert by_what_a_case_shares(paired(lambda v: v * (v[:, :1] > 2), TABLE), TINY) is None


# --- what is missing to one -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "right", "says"),
    [
        (lambda v: 1 - 2 * (1 - v), [[0.1, 0.9], [0.3]], "what is missing to one is exactly twice what it should be"),
        (lambda v: 1 - 2 * (1 - v), [[0.0, 1.0], [0.3]], "what is missing to one is exactly twice what it should be"),
        (lambda v: 1 - 2 * (1 - v), [[0.1, 1.1], [0.3]], None),  # no share
        (lambda v: 1 - 2 * (1 - v), [[0.1, -0.1], [0.3]], None),
        (lambda v: 2 - v, [[0.1, 0.9], [0.3]], None),  # a sign is another matter
        (lambda v: v**2, [[0.1, 0.9], [0.3]], None),
    ],
)
def test_one_factor_on_what_is_missing_to_one(change, right, says):
    found = by_complement(paired(change, [numbers(v) for v in right]), TINY)
    assert told(found) == (says and ("factor", says))


# --- a function of it, another order ----------------------------------------------------------------------------------

SIGNED = [v - 2.2 for v in RIGHT]  # some below zero
NUMBER = ", where that is a number"


@pytest.mark.parametrize(
    ("change", "right", "says"),
    [
        (lambda v: v**2, RIGHT, "exactly the square of what it should be"),
        (lambda v: 2 * v**2, RIGHT, "exactly twice the square of what it should be"),
        (lambda v: -v.log(), RIGHT, "exactly minus the logarithm of what it should be"),
        (lambda v: v.exp() / 2, RIGHT, "exactly half of the exponential of what it should be"),
        (lambda v: 1 - v, RIGHT, "exactly one minus what it should be"),
        (lambda v: v.clamp_min(0), SIGNED, "exactly what it should be, with everything below zero cut off"),
        (lambda v: v.clamp_min(1e-9).sqrt(), SIGNED[:2], f"exactly the root of what it should be{NUMBER}"),
        (lambda v: v**2 + math.inf * (v > 3), RIGHT, None),  # what came is none
        (lambda v: v.clamp_min(1e-9).sqrt(), [-v for v in SIGNED], None),  # of most it is none
        (lambda v: v**2.001, RIGHT, None),
        (lambda v: torch.cat([v[:1] ** 2 * 1.001, v[1:] ** 2]), RIGHT, None),
        (lambda v: torch.cat([v[:1] ** 2, v[1:] ** 3]), RIGHT, None),
    ],
)
def test_a_function_of_what_is_right(change, right, says):
    found = by_function(paired(change, right), TINY)
    assert told(found) == (says and ("power", says))


def test_a_function_that_half_of_the_numbers_have_is_not_told():
    right = [numbers([4.0, 9.0]), numbers([-1.0, -2.0])]
    got = [numbers([2.0, 3.0]), numbers([7.0, 7.0])]
    pairs = [Pair(g, r) for g, r in zip(got, right, strict=True)]
    assert by_function(pairs, TINY) is None
    found = by_function([*pairs, Pair(numbers([4.0]), numbers([16.0]))], TINY)
    assert found.text == f"exactly the root of what it should be{NUMBER}"


@pytest.mark.parametrize("off", [9e-6, -9e-6, 11e-6, -11e-6])
def test_how_near_a_function_must_come(off):
    near = by_function(paired(lambda v: v**2 * (1 + off)), TINY)
    assert (near is not None) is (abs(off) < 1e-5)
    near = by_order(paired(lambda v: v.flip(0) * (1 + off)), TINY)
    assert (near is not None) is (abs(off) < 1e-5)


ROLLED = "one step too {}: each number is its neighbour's"
MIXED_UP = [v[torch.randperm(len(v), generator=torch.Generator().manual_seed(1))] for v in RIGHT]
WIDE = [torch.rand(n, m, generator=torch.Generator().manual_seed(n), dtype=torch.float64) for n, m in ((3, 3), (2, 4))]


@pytest.mark.parametrize(
    ("change", "right", "says"),
    [
        (lambda v: v.flip(0), RIGHT, "the right numbers in reversed order"),
        (lambda v: v.flip(0), [numbers([1.0]), *RIGHT[:2]], "the right numbers in reversed order"),
        (lambda v: v.flip(0), [numbers([1.0]), RIGHT[0]], None),  # one case with an order
        (lambda v: v.flip(0) if len(v) > 1 else v + 1, [numbers([1.0]), *RIGHT[:2]], None),
        (lambda v: v.flip(0) if len(v) > 3 else v, RIGHT, "the right numbers in another order"),
        (lambda v: torch.cat([v[:1] + 9, v[:-1]]), RIGHT, ROLLED.format("late")),
        (lambda v: torch.cat([v[1:], v[:1] + 9]), RIGHT, ROLLED.format("early")),
        (lambda v: torch.cat([v[:1] + 9, v[:-1]]) * (1 + 9e-6), RIGHT, ROLLED.format("late")),
        (lambda v: torch.cat([v[:1] + 9, v[:-1]]) * (1 + 11e-6), RIGHT, None),
        (lambda v: torch.cat([v[:1] + 9, v[:-1]]) if len(v) > 3 else v, RIGHT, None),
        (lambda v: torch.cat([v[-1:], v[:-1]]), MIXED_UP, ROLLED.format("late")),
        (lambda v: v[[1, 0, *range(2, len(v))]], MIXED_UP, "the right numbers in another order"),
        (lambda v: v[[1, 0, *range(2, len(v))]] * (1 + 9e-6), MIXED_UP, "the right numbers in another order"),
        (lambda v: v[[1, 0, *range(2, len(v))]] * (1 + 11e-6), MIXED_UP, None),
        (lambda v: v.sort().values, MIXED_UP, "the right numbers, sorted from low to high"),
        (lambda v: v / v.sum(), RIGHT, "the right numbers, normalised to sum to one"),
        (lambda v: v.flip(-1), WIDE, "the columns in reversed order"),
        (lambda v: v.mT, [WIDE[0], WIDE[0] + 1], "rows and columns exchanged"),
        (lambda v: v[:, [1, 0, *range(2, v.shape[1])]], WIDE, None),
        (lambda v: v + 1, RIGHT, None),
    ],
)
def test_another_order(change, right, says):
    assert told(by_order(paired(change, right), TINY)) == (says and ("order", says))


# --- a table of the case ----------------------------------------------------------------------------------------------


def test_a_table_or_its_sum_over_what_the_answer_does_not_have():
    cube = torch.arange(24.0).reshape(2, 3, 4)
    fitted = lambda *shape: [(text, v.tolist()) for text, v in fitted_to(cube, torch.Size(shape))]
    assert fitted(2, 3, 4) == [("", cube.tolist())]
    assert fitted(2, 3) == [("the sum of ", cube.sum(2).tolist())]
    assert fitted(2) == [("the sum of ", cube.sum((1, 2)).tolist())]
    assert fitted() == [("the sum of ", cube.sum().tolist())]
    assert fitted(3) == fitted(3, 4) == fitted(2, 3, 4, 1) == fitted(2, 3, 5) == []


def test_half_of_each():
    mixed = lambda p, table: "half of what it should be and half of {}" in _ways(p, table, list(WAYS), TINY)
    p = Pair(numbers([2.0, 3.0]), numbers([1.0, 2.0]))
    assert mixed(p, numbers([3.0, 4.0])) and not mixed(p, numbers([3.0, 4.1]))
    near = lambda off: mixed(Pair(numbers(2 * (1 + off)), numbers(1.0)), numbers(3.0))
    assert near(9e-6) and not near(11e-6)


MADE = [torch.rand(n, 2, generator=torch.Generator().manual_seed(n), dtype=torch.float64) + 0.2 for n in (3, 5, 4)]
MISSING = ": a term is missing, or there twice"
ALONE = "and nothing else"
TABLES = [
    (lambda v, x: v * x, "factor", "`x` times what it should be, number by number"),
    (lambda v, x: v / x, "factor", "one over `x` times what it should be, number by number"),
    (lambda v, x: v * (x / 2).exp(), "factor", "exp(`x` / 2) times what it should be, number by number"),
    (lambda v, x: x, "terms", f"`x` {ALONE}"),
    (lambda v, x: x**-2, "terms", f"one over the square of `x` {ALONE}"),
    (lambda v, x: (v + x) / 2, "terms", "half of what it should be and half of `x`"),
    (lambda v, x: (v + x.log()) / 2, "terms", "half of what it should be and half of log `x`"),
    (lambda v, x: v + x, "terms", f"too much by exactly `x`{MISSING}"),
    (lambda v, x: v - x, "terms", f"too little by exactly `x`{MISSING}"),
    (lambda v, x: v + x / 2, "terms", f"too much by exactly half of `x`{MISSING}"),
    (lambda v, x: v - 2 * x, "terms", f"too little by exactly twice `x`{MISSING}"),
    (lambda v, x: v + x.exp() / 4, "terms", f"too much by exactly a quarter of exp(`x`){MISSING}"),
    (lambda v, x: 3 * x, "terms", f"exactly three times `x`, {ALONE}"),
    (lambda v, x: -x, "terms", f"exactly minus `x`, {ALONE}: a sign"),
    (lambda v, x: x + 1, "terms", "`x` and a constant, nothing else: too much by exactly 1 for `x`"),
    (lambda v, x: v + 3 * x, None, None),
    (lambda v, x: v + x + 0.1 * v * x, None, None),
    (lambda v, x: 1.3 * x, None, None),
]  # fmt: skip


@pytest.mark.parametrize(("change", "kind", "text"), TABLES)
def test_a_table_of_the_case(change, kind, text):
    pairs = [Pair(change(v[:, 0], v[:, 1]), v[:, 0], {}, {"unused": v[:, 0] ** 1.3, "x": v[:, 1]}) for v in MADE]
    assert told(by_table(pairs, TINY)) == (kind and (kind, text))


def test_a_table_that_is_summed():
    pairs = lambda change: [Pair(change(v[:, 0], (v**2).sum(1)), v[:, 0], {}, {"x": v**2}) for v in MADE]
    assert by_table(pairs(lambda v, s: s), TINY).text == f"the sum of `x` {ALONE}"
    assert (
        by_table(pairs(lambda v, s: v - s / 2), TINY).text == f"too little by exactly half of the sum of `x`{MISSING}"
    )
    assert (
        by_table(pairs(lambda v, s: (v + s) / 2), TINY).text == "half of what it should be and half of the sum of `x`"
    )
    assert by_table(pairs(lambda v, s: v * s), TINY) is None  # a sum is no number of each


def test_what_a_table_must_be():
    pair = lambda v, **tables: Pair(v[:, 0] + v[:, 1], v[:, 0], {}, tables)
    assert by_table([pair(v, x=v[:, 1]) for v in MADE], TINY) is not None
    assert by_table([pair(MADE[0], x=MADE[0][:, 1]), pair(MADE[1])], TINY) is None  # not in every case
    assert by_table([pair(MADE[0]), pair(MADE[1], x=MADE[1][:, 1])], TINY) is None
    assert by_table([pair(v, x=v[:1, 1]) for v in MADE], TINY) is None  # of another shape
    assert by_table([pair(MADE[0], x=MADE[0][:, 1]), pair(MADE[1], x=MADE[1][:1, 1])], TINY) is None
    assert by_table([pair(v[:2], x=v[:2, 1]) for v in MADE[:2]], TINY) is None  # four numbers are too few
    assert by_table([pair(v[:2], x=v[:2, 1]) for v in MADE[:2]] + [pair(MADE[2][:1], x=MADE[2][:1, 1])], TINY)
    infinite = [pair(v, y=v[:, 1].clone().fill_(math.inf), x=v[:, 1]) for v in MADE]
    assert by_table(infinite, TINY).text == f"too much by exactly `x`{MISSING}"
    missing = [pair(v, **({"y": v[:, 1] ** 2} if i else {}), x=v[:, 1]) for i, v in enumerate(MADE)]
    assert by_table(missing[::-1], TINY).text == f"too much by exactly `x`{MISSING}"


@pytest.mark.parametrize("off", [9e-6, 11e-6])
def test_how_near_a_table_must_come(off):
    for change, text in ((lambda v, x: v * x, "number by number"), (lambda v, x: x, "nothing else"),
                         (lambda v, x: v - x, "too little")):  # fmt: skip
        pairs = [Pair(change(v[:, 0], v[:, 1]) * (1 + off), v[:, 0], {}, {"x": v[:, 1]}) for v in MADE]
        found = by_table(pairs, TINY)
        assert (found is not None and text in found.text and "exactly `x`, and" not in found.text) is (off < 1e-5)


def test_a_table_alone_with_a_named_factor_or_constant():
    facts = [{"`beta`": b} for b in (0.55, 3.1, 1.7)]
    pairs = lambda change: [Pair(change(v[:, 1], f), v[:, 0], f, {"other": v, "x": v[:, 1]})
                            for v, f in zip(MADE, facts, strict=True)]  # fmt: skip
    assert told(by_table_alone(pairs(lambda x, f: x * f["`beta`"]), TINY)) == (
        "terms", f"exactly `beta` times `x`, {ALONE}")  # fmt: skip
    assert told(by_table_alone(pairs(lambda x, f: x - f["`beta`"]), TINY)) == (
        "terms", "`x` and a constant, nothing else: too little by exactly `beta` for `x`")  # fmt: skip
    assert by_table_alone(pairs(lambda x, f: x**2), TINY) is None
    lacking = pairs(lambda x, f: x * f["`beta`"])
    assert by_table_alone([*lacking[:2], Pair(lacking[2].got, lacking[2].right, facts[2])], TINY) is None
