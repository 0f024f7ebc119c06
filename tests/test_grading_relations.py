"""How wrong numbers relate to the right ones: what each search finds, with which words, and the near misses that must
not be told."""

import math
import warnings

import pytest
import torch

from course_pkg.grading import relations
from course_pkg.grading.relations import (
    Pair,
    best_names,
    by_constant,
    by_factor,
    by_offset,
    explained,
    explaining,
    monomials,
    offsets,
    ratios,
    same,
    steady,
    which_agree,
)
from course_pkg.questions.shared import numbers

INF, NAN = math.inf, math.nan
TINY = 2.0**-20  # rounding, about 1e-6, without rounding of its own

# --- which numbers agree ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("a", "b", "floor", "agree"),
    [
        (4.0, 3.0, 0.0, True),  # a quarter of the larger one, on the border
        (3.0, 4.0, 0.0, True),
        (-4.0, -3.0, 0.0, True),
        (-3.0, -4.0, 0.0, True),
        (4.0, 2.9, 0.0, False),
        (2.9, 4.0, 0.0, False),
        (1.0, -1.0, 0.0, False),
        (1.0, 0.0, 0.75, True),  # and so much beside
        (1.0, 0.0, 0.5, False),
        (INF, 1.0, 0.0, True),  # the caller asks whether they are finite
        (NAN, NAN, 9.0, False),
    ],
)
def test_which_numbers_agree_within_a_quarter(a, b, floor, agree):
    assert which_agree(numbers([a, 1.0]), numbers([b, 1.0]), 0.25, floor).tolist() == [agree, True]


def test_tiny_numbers_agree_by_a_floor_of_their_own():
    for agree in (which_agree, same):
        near = [bool(agree(numbers(v), numbers(0.0), 0.0)) for v in (0.0, 0.9e-9, -0.9e-9, 1.1e-9, -1.1e-9)]
        assert near == [True, True, True, False, False]
        assert bool(agree(numbers(1.1e-9), numbers(0.0), 0.0, 2e-9))


@pytest.mark.parametrize(("a", "b"), [([1.0], 1.0), ([1.0, 1.0], [1.0]), ([INF], [1.0]), ([1.0], [INF]), ([INF], [INF]),
                                      ([NAN], [NAN]), ([1.0, 2.0], [1.0, 3.0])])  # fmt: skip
def test_what_is_not_the_same(a, b):
    assert not same(numbers(a), numbers(b), 0.25)
    assert same(numbers([1.0, 4.0]), numbers([1.0, 3.0]), 0.25)


# --- the same in every case -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("got", "kind", "text"),
    [
        ([[0.0, 0.0], [0.0]], "zero", "zero in every case"),
        ([[9e-13], [-9e-13]], "zero", "zero in every case"),
        ([[1e-12], [1e-12]], "constant", "1e-12 in every case, whatever comes in"),
        ([[-0.12345678], [-0.12345678]], "constant", "-0.123457 in every case, whatever comes in"),
        ([[0.0, 0.0], [0.0, 1.0]], None, None),
        ([[2.0], [2.0, 2.0 + 1e-15]], None, None),
        ([[0.25]], "constant", "0.25 in every case, whatever comes in"),
    ],
)
def test_a_number_that_never_changes(got, kind, text):
    found = by_constant([Pair(numbers(v), numbers(v) + 1) for v in got], TINY)
    assert (found and (found.kind, found.text)) == (kind and (kind, text))


# --- one factor in each case ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "is_steady"),
    [([], False), ([3.0], True), ([0.0], True), ([1.0, 1 + 10 / 1024], True), ([1.0, 1 + 10.5 / 1024], False),
     ([1.0, 1 - 10.5 / 1024], False), ([-1.0, -1 - 10 / 1024], True), ([-1.0, -1 - 10.5 / 1024], False),
     ([2.0, 2 + 20 / 1024], True), ([2.0, 2 + 21 / 1024], False), ([0.0, 1e-12], True), ([0.0, 1.1e-12], False),
     ([1.0, 1.0, 1.0, 1.1], False), ([1.0, 2.0, 1.0], False), ([1.0, NAN], False)],
)  # fmt: skip
def test_how_steady_a_ratio_must_be(values, is_steady):
    assert steady(numbers(values), 2.0**-10) is is_steady


@pytest.mark.parametrize(
    ("cases", "found"),
    [
        ([([2.0, 4.0], [1.0, 2.0]), ([3.0], [1.0])], [2.0, 3.0]),
        ([([2.0, 0.0], [1.0, 0.0]), ([3.0], [1.0])], [2.0, 3.0]),  # zeros stay zero
        ([([2.0, 1e-8], [1.0, 0.0]), ([3.0], [1.0])], [2.0, 3.0]),
        ([([2.0, 2e-8], [1.0, 0.0]), ([3.0], [1.0])], None),
        ([([2.0, -2e-8], [1.0, 0.0]), ([3.0], [1.0])], None),
        ([([2.0, 0.0], [1.0, 1e-9]), ([3.0], [1.0])], [2.0, 3.0]),  # no more than zero
        ([([2.0, 0.0], [1.0, 2e-9]), ([3.0], [1.0])], None),
        ([([2.0, 0.0], [1.0, -2e-9]), ([3.0], [1.0])], None),
        ([([2.0, 4.1], [1.0, 2.0]), ([3.0], [1.0])], None),  # another within the case
        ([([0.0], [0.0]), ([2.0], [1.0]), ([-3.0], [1.0])], [NAN, 2.0, -3.0]),
        ([([0.0], [0.0]), ([2.0], [1.0])], None),  # one case alone
        ([([2.0], [1.0])], None),
        ([([0.0], [1.0]), ([2.0], [1.0]), ([2.0], [1.0])], None),  # nought times it is no factor
    ],
)
def test_the_ratio_of_each_case(cases, found):
    said = ratios([Pair(numbers(got), numbers(right)) for got, right in cases], TINY)
    assert said == found or (said is not None and str(said) == str(found))


def test_the_named_numbers_and_what_is_made_of_them():
    """All that two facts give: the level, by which the simplest is chosen; the words; the value in both cases."""
    facts = [{"the number of rows": 4.0, "`b`": -0.5}, {"the number of rows": 2.0, "`b`": 0.25}]
    found = {name: (level, values) for level, name, values in relations._products(facts)}
    alone = {
        "the number of rows": (1, [4.0, 2.0]),
        "one over the number of rows": (1, [0.25, 0.5]),
        "the square of the number of rows": (2, [16.0, 4.0]),
        "one over the square of the number of rows": (2, [1 / 16, 0.25]),
        "the root of the number of rows": (2, [2.0, math.sqrt(2)]),
        "one over the root of the number of rows": (2, [0.5, math.sqrt(0.5)]),
        "the cube of the number of rows": (2, [64.0, 8.0]),
        "one over the cube of the number of rows": (2, [1 / 64, 1 / 8]),
        "`b`": (1, [-0.5, 0.25]),
        "one over `b`": (1, [-2.0, 4.0]),
        "the square of `b`": (2, [0.25, 1 / 16]),
        "one over the square of `b`": (2, [4.0, 16.0]),
        "the root of `b`": (2, [NAN, 0.5]),  # no root below zero
        "one over the root of `b`": (2, [NAN, 2.0]),
        "the cube of `b`": (2, [-1 / 8, 1 / 64]),
        "one over the cube of `b`": (2, [-8.0, 64.0]),
        "one more than the number of rows": (2, [5.0, 3.0]),
        "one over one more than the number of rows": (2, [1 / 5, 1 / 3]),
        "the number of rows over one more than it": (3, [4 / 5, 2 / 3]),
        "one more than the number of rows, over the number of rows,": (3, [5 / 4, 3 / 2]),
        "the logarithm of the number of rows": (3, [math.log(4), math.log(2)]),
        "one over the logarithm of the number of rows": (3, [1 / math.log(4), 1 / math.log(2)]),
    }
    both = {
        "the number of rows times `b`": (3, [-2.0, 0.5]),
        "the number of rows over `b`": (3, [-8.0, 8.0]),
        "the number of rows times the square of `b`": (4, [1.0, 1 / 8]),
        "the number of rows over the square of `b`": (4, [16.0, 32.0]),
        "`b` over the number of rows": (3, [-1 / 8, 1 / 8]),
        "one over the number of rows times one over `b`": (3, [-0.5, 2.0]),
        "the square of `b` over the number of rows": (4, [1 / 16, 1 / 32]),
        "one over the number of rows times one over the square of `b`": (4, [1.0, 8.0]),
        "the square of the number of rows times `b`": (4, [-8.0, 1.0]),
        "the square of the number of rows over `b`": (4, [-32.0, 16.0]),
        "the square of the number of rows times the square of `b`": (5, [4.0, 0.25]),
        "the square of the number of rows over the square of `b`": (5, [64.0, 64.0]),
        "`b` over the square of the number of rows": (4, [-1 / 32, 1 / 16]),
        "one over the square of the number of rows times one over `b`": (4, [-1 / 8, 1.0]),
        "the square of `b` over the square of the number of rows": (5, [1 / 64, 1 / 64]),
        "one over the square of the number of rows times one over the square of `b`": (5, [0.25, 4.0]),
    }
    assert found.keys() == alone.keys() | both.keys()
    for name, (level, values) in (alone | both).items():
        assert found[name][0] == level, name
        assert found[name][1] == pytest.approx(values, rel=1e-12, nan_ok=True), name


def named(*facts):
    return [name for _, name, _ in relations._products(facts)]


def test_which_numbers_have_names():
    assert "one more than `n`" in named({"`n`": 1.0}, {"`n`": 2.0})
    assert "one more than `n`" not in named({"`n`": 1.5}, {"`n`": 2.0})  # no count
    assert "one more than `n`" not in named({"`n`": 0.0}, {"`n`": 2.0})
    assert "one more than `n` less one" not in named({"`n` less one": 1.0}, {"`n` less one": 2.0})
    assert not any("logarithm" in n for n in named({"`n`": 3.0}, {"`n`": 2.0}))  # of lengths alone
    size = "the number of rows"
    assert f"the logarithm of {size}" in named({size: 2.0}, {size: 3.0})
    assert f"the logarithm of {size}" not in named({size: 1.0}, {size: 3.0})  # log 1 is zero
    assert not any("logarithm" in n for n in named({f"{size} less one": 3.0}, {f"{size} less one": 2.0}))
    assert named({"`a`": 1.0}, {"`b`": 1.0}) == []  # of every case, or of none
    assert len(named({"`a`": 1.5})) == 8


def test_a_length_that_is_an_argument_has_the_name_of_the_argument():
    facts = [{"the number of rows": n, "`n`": n, "the number of columns": 2 * n} for n in (2.0, 3.0)]
    said = named(*facts)
    assert "`n`" in said and "the number of columns" in said
    assert not any("the number of rows" in name for name in said)


def test_powers_that_a_number_has():
    values = {name: v for _, name, v in relations._products([{"`b`": 0.0}, {"`b`": -4.0}, {"`b`": 4.0}])}
    there = {name: [not math.isnan(v) for v in of] for name, of in values.items()}
    assert there == {
        "`b`": [True, True, True], "the square of `b`": [True, True, True], "the cube of `b`": [True, True, True],
        "one over `b`": [False, True, True], "one over the square of `b`": [False, True, True],
        "one over the cube of `b`": [False, True, True],
        "the root of `b`": [True, False, True], "one over the root of `b`": [False, False, True],
    }  # fmt: skip


def test_what_is_too_large_for_a_number_is_none():
    facts = [{"`a`": a, "`b`": 2e200, "the number of rows": 0.0} for a in (1e200, 3e200)]
    found = {name: v for _, name, v in relations._products(facts)}
    assert str(found["the square of `a`"]) == "[nan, nan]" and found["`a` times `b`"] == [math.inf, math.inf]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tried = list(monomials([Pair(numbers(1.0), numbers(1.0), f) for f in facts], [1.0, 3.0], TINY))
    assert "`a`" in [name for _, name, _ in tried]


def test_a_product_with_a_length_of_nought():
    sizes = {f"the number of {n}": v for n, v in (("a", 2.0), ("b", 4.0), ("c", 0.0))}
    found = {name: v for _, name, v in relations._products([sizes])}
    a, b, c = sizes
    assert found[f"{a} times {b} times {c}"] == [0.0] and str(found[f"{a} times {b} times one over {c}"]) == "[nan]"


def test_three_and_four_lengths_multiplied():
    sizes = {f"the number of {n}": v for n, v in (("a", 2.0), ("b", 4.0), ("c", 8.0), ("d", 16.0))}
    found = {name: (level, v) for level, name, v in relations._products([sizes, sizes, {**sizes, "`e`": 3.0}])}
    a, b, c, d = sizes
    assert found[f"{a} times {b} times {c}"] == (7, [64.0] * 3)
    assert found[f"one over {a} times {b} times one over {d}"] == (7, [1 / 8] * 3)
    assert found[f"{a} times {b} times one over {c} times {d}"] == (8, [16.0] * 3)
    three, four = (sum(name.count(" times ") == k - 1 for name in found if "square" not in name) for k in (3, 4))
    assert (three, four) == (4 * 8, 16)
    plain = {name.replace("the number of ", "`") + "`": v for name, v in sizes.items()}
    assert all(name.count(" times ") < 2 for name in named(plain, plain))  # of lengths alone


def test_the_one_that_divides_comes_last():
    said = relations._product
    assert said((1, "a"), (-1, "b")) == said((-1, "b"), (1, "a")) == "a over b"
    assert said((-2, "a"), (2, "b")) == "the square of b over the square of a"
    assert said((2, "a"), (1, "b")) == "the square of a times b"
    assert said((-1, "a"), (-2, "b")) == "one over a times one over the square of b"
    assert said((1, "a"), (-1, "b less one")) == "a times one over b less one"
    assert said((-1, "a"), (1, "b less one")) == "one over a times b less one"


def test_all_that_may_explain_is_tried_and_nearly_nothing_else():
    facts = [{"`a`": a, "`b`": b} for a, b in ((2.0, 7.0), (3.0, 5.0), (5.0, 3.5))]
    pairs = [Pair(numbers(1.0), numbers(1.0), f) for f in facts]
    every = list(monomials(pairs, [NAN, NAN, 1.0], TINY))
    assert len(every) == 8 + 8 + 4 + 16  # where fewer than two are known nothing is ruled out
    assert every == list(monomials(pairs, [NAN, NAN, NAN], TINY))
    for _, name, values in every:
        for times in (1.0, -0.5):
            tried = [n for _, n, _ in monomials(pairs, [times * v for v in values], TINY)]
            assert name in tried and len(tried) <= 2, name
            tried = [n for _, n, _ in monomials(pairs, [NAN, *[times * v for v in values[1:]]], TINY)]
            assert name in tried and len(tried) <= 2, name
    off = lambda by: [n for _, n, _ in monomials(pairs, [2.0, 3.0 * (1 + by), 5.0], TINY)]
    assert off(40 * TINY) == off(-40 * TINY) == ["`a`"] and off(80.5 * TINY) == off(-80.5 * TINY) == []
    near = lambda by: [n for _, n, _ in monomials(pairs, [2.0 + by, 3.0, 5.0], TINY, floor=0.01)]
    assert len(list(monomials(pairs, [2.0, 3.0, 5.0], 0.0))) == 1  # and what is exact, exactly
    assert "`a`" in near(0.03) and "`a`" in near(-0.03) and "`a`" not in near(0.04)


def test_of_what_differs_alone():
    facts = [{"`same`": 2.0, "`n`": n} for n in (2.0, 3.0)]
    said = [name for _, name, _ in monomials([Pair(numbers(1.0), numbers(1.0), f) for f in facts], [NAN, NAN], TINY)]
    assert "`n`" in said and "`same`" not in said


@pytest.mark.parametrize(
    ("values", "wanted", "keywords", "is_explained"),
    [
        ([1.0, 2.0], [1.0, 2.0], {}, True),
        ([1.0, 2.0], [3.0, 6.0], {"times": 3.0}, True),
        ([1.0, 2.0], [3.0, 6.1], {"times": 3.0}, False),
        ([1.0, 2.0], [3.1, 6.0], {"times": 3.0}, False),
        ([1.0, 2.0], [NAN, 6.0], {"times": 3.0}, True),  # where it is not known it proves nothing
        ([NAN, 2.0], [3.0, 6.0], {"times": 3.0}, False),
        ([1.0], [1 + 19 * TINY], {}, True),
        ([1.0], [1 + 21 * TINY], {}, False),
        ([0.0], [1e-9], {}, False),
        ([0.0], [1e-9], {"floor": 1e-9}, True),
        ([0.0], [2e-9], {"floor": 1e-9}, False),
    ],
)
def test_what_explains(values, wanted, keywords, is_explained):
    assert explained(values, wanted, TINY, **keywords) is is_explained


def test_the_constants_that_explain():
    constants = {1.0: "", 2.0: "twice", 2.00001: "nearly twice"}
    assert explaining(constants, [1.0, 3.0], [2.0, 6.0], TINY) == [(2.0, "twice"), (2.00001, "nearly twice")]
    assert explaining(constants, [1.0, 3.0], [2.0, 7.0], TINY) == []
    assert explaining(constants, [0.0, 1.0], [1e-9, 2.0], TINY) == []
    assert len(explaining(constants, [0.0, 1.0], [1e-9, 2.0], TINY, floor=1e-9)) == 2


def test_what_says_more_than_a_constant():
    assert relations.varied([1.0, 2.0]) and relations.varied([NAN, 1.0, 2.0])
    assert (
        not relations.varied([1.0, 1.0])
        and not relations.varied([NAN, 1.0])
        and not relations.varied([1.0])
        and not relations.varied([])
    )


def test_the_simplest_names():
    assert best_names([(2, "b"), (1, "a"), (3, "c")]) == "a"
    assert best_names([(2, "b"), (2, "a"), (2, "b"), (3, "c")]) == "b or a"


# --- factors and offsets in words -------------------------------------------------------------------------------------

RIGHT = [torch.linspace(0.3, 2.1, n, dtype=torch.float64) * (1 + n) for n in (3, 5, 4, 6)]
IMAGES, PIXELS, LESS = "the number of images", "the number of pixels", "the number of images less one"
BETA = "`beta`"
FACTS = [{IMAGES: i, PIXELS: p, LESS: i - 1, BETA: b}
         for i, p, b in ((3.0, 12.0, 0.55), (5.0, 24.0, 3.1), (4.0, 36.0, 1.7), (7.0, 10.0, 0.35))]  # fmt: skip
MEAN, SUM = ": was a mean taken where a sum belongs?", ": was a sum taken too often, or an index left out?"
LESS_ONE = ": which of the two belongs there, a number or one less?"
CONSTANT = ": a constant is wrong or missing"


def paired(change, cases=4):
    return [Pair(change(v, f), v, f) for v, f in list(zip(RIGHT, FACTS, strict=True))[:cases]]


FACTORS = [
    (lambda v, f: 2 * v, "factor", "exactly twice what it should be"),
    (lambda v, f: -v, "sign", "exactly minus what it should be: a sign"),
    (lambda v, f: -2 * v, "factor", "exactly minus twice what it should be"),
    (lambda v, f: v / math.log(2), "factor", "exactly 1 / log 2 times what it should be: bits, not nats"),
    (lambda v, f: -v / math.log(2), "factor", "exactly minus 1 / log 2 times what it should be: bits, not nats"),
    (lambda v, f: v * math.log(2), "factor", "exactly log 2 times what it should be"),
    (lambda v, f: v / f[IMAGES], "factor", f"exactly one over {IMAGES} times what it should be{MEAN}"),
    (lambda v, f: v * f[IMAGES], "factor", f"exactly {IMAGES} times what it should be{SUM}"),
    (lambda v, f: v * f[LESS], "factor", f"exactly {LESS} times what it should be{LESS_ONE}"),
    (lambda v, f: v / f[IMAGES] * f[LESS], "factor",
     f"exactly one over {IMAGES} times {LESS} times what it should be{LESS_ONE}"),
    (lambda v, f: v * f[IMAGES] / f[PIXELS], "factor", f"exactly {IMAGES} over {PIXELS} times what it should be"),
    (lambda v, f: v * f[IMAGES] * f[PIXELS], "factor", f"exactly {IMAGES} times {PIXELS} times what it should be"),
    (lambda v, f: v / f[IMAGES] / f[PIXELS], "factor",
     f"exactly one over {IMAGES} times one over {PIXELS} times what it should be"),
    (lambda v, f: v * f[BETA], "factor", "exactly `beta` times what it should be"),
    (lambda v, f: v * f[IMAGES] ** 2, "factor", f"exactly the square of {IMAGES} times what it should be"),
    (lambda v, f: 2 * v * f[BETA], "factor", "exactly twice `beta` times what it should be"),
    (lambda v, f: math.pi * v / f[IMAGES] ** 0.5, "factor",
     f"exactly pi times one over the root of {IMAGES} times what it should be"),
    (lambda v, f: v, None, None),
    (lambda v, f: 1.001 * v, None, None),
    (lambda v, f: v * v[0], None, None),
    (lambda v, f: v + 1, None, None),
]  # fmt: skip


@pytest.mark.parametrize(("change", "kind", "text"), FACTORS)
def test_a_factor_in_words(change, kind, text):
    found = by_factor(paired(change), TINY)
    assert (found and (found.kind, found.text)) == (kind and (kind, text))


def test_a_factor_of_a_named_number_needs_three_cases_and_a_constant_two():
    assert by_factor(paired(lambda v, f: v * f[BETA], 2), TINY) is None
    assert by_factor(paired(lambda v, f: v * f[BETA], 3), TINY).text == "exactly `beta` times what it should be"
    assert by_factor(paired(lambda v, f: 3 * v, 2), TINY).text == "exactly three times what it should be"
    zeros = [Pair(numbers([0.0]), numbers([0.0]), f) for f in FACTS[:2]]
    assert by_factor([*zeros, *paired(lambda v, f: v * f[BETA])[2:]], TINY) is None  # of which two say nothing


def test_of_two_names_the_simplest_and_both_where_nothing_tells_them_apart():
    facts = [{IMAGES: i, PIXELS: i} for i in (3.0, 5.0, 4.0)]
    pairs = [Pair(v * f[IMAGES], v, f) for v, f in zip(RIGHT, facts, strict=False)]
    assert by_factor(pairs, TINY).text == f"exactly {IMAGES} or {PIXELS} times what it should be{SUM}"
    halved = [{IMAGES: i, PIXELS: 2 * i} for i in (3.0, 5.0, 4.0)]
    pairs = [Pair(v * f[PIXELS], v, f) for v, f in zip(RIGHT, halved, strict=False)]
    assert by_factor(pairs, TINY).text == f"exactly {PIXELS} times what it should be{SUM}"  # and not twice the other
    facts = [{"`a`": b * c * c / 2, "`b`": b, "`c`": c} for b, c in ((1.3, 0.7), (0.6, 1.9), (2.2, 1.1))]
    pairs = [Pair(2 * v * f["`a`"], v, f) for v, f in zip(RIGHT, facts, strict=False)]
    assert by_factor(pairs, TINY).text == "exactly twice `a` or `b` times the square of `c` times what it should be"


OFFSETS = [
    ([([2.0, 3.0], [1.0, 2.0]), ([3.0], [1.0])], [1.0, 2.0]),
    ([([0.5, 1.5], [1.0, 2.0]), ([1.0], [1.0])], [-0.5, 0.0]),
    ([([1.0], [1.0]), ([1.0], [1.0])], None),
    ([([2.0], [1.0])], None),
    ([([2.0, 3.1], [1.0, 2.0]), ([3.0], [1.0])], None),
    ([([2.0, 2.9], [1.0, 2.0]), ([3.0], [1.0])], None),
    ([([1e3 + 1, 1.0 + 0.5e-3], [1e3, 0.0]), ([3.0], [1.0])], [1.0, 2.0]),  # as far as the largest number is known
    ([([1e3 + 1, 1.0 + 2e-3], [1e3, 0.0]), ([3.0], [1.0])], None),
    ([([1e3 + 0.5e-3], [1e3]), ([3.0], [1.0])], [0.0, 2.0]),
    ([([1e3 + 2e-3], [1e3]), ([3.0], [1.0])], [2e-3, 2.0]),
    ([([0.9e-9, 0.0], [0.0, 0.0]), ([3.0], [1.0])], [0.9e-9, 2.0]),  # of tiny numbers as far as a thousandth
    ([([0.0, 1.1e-9], [0.0, 0.0]), ([3.0], [1.0])], None),
]


@pytest.mark.parametrize(("cases", "found"), OFFSETS)
def test_the_offset_of_each_case(cases, found):
    said = offsets([Pair(numbers(got), numbers(right)) for got, right in cases], 1e-6)
    assert said == (found and pytest.approx(found, abs=1e-12))


def test_an_offset_of_rounding_is_none():
    pairs = lambda *got: [Pair(numbers(got), numbers([4.0, 1.0])), Pair(numbers(3.0), numbers(1.0))]
    assert offsets(pairs(4.0, 1 + 4 / 1024), 2.0**-10) == [0.0, 2.0]  # on the border
    assert offsets(pairs(4.0, 1 + 4.5 / 1024), 2.0**-10) is None
    assert offsets([Pair(numbers(4 - 4 / 1024), numbers(4.0)), *pairs()[1:]], 2.0**-10) == [0.0, 2.0]
    assert offsets([Pair(numbers(4 - 4.5 / 1024), numbers(4.0)), *pairs()[1:]], 2.0**-10) == [-4.5 / 1024, 2.0]


ADDED = [
    (lambda v, f: v + 1, f"too much by exactly 1{CONSTANT}"),
    (lambda v, f: v - 0.5, f"too little by exactly 1/2{CONSTANT}"),
    (lambda v, f: v + f[BETA], f"too much by exactly `beta`{CONSTANT}"),
    (lambda v, f: v - f[BETA] / 2, f"too little by exactly 1/2 times `beta`{CONSTANT}"),
    (lambda v, f: v + f[IMAGES], f"too much by exactly 1 for each of the images{CONSTANT}"),
    (lambda v, f: v - math.log(2) * f[PIXELS], f"too little by exactly log 2 for each of the pixels{CONSTANT}"),
    (lambda v, f: v + f[IMAGES] * f[PIXELS], f"too much by exactly {IMAGES} times {PIXELS}{CONSTANT}"),
    (lambda v, f: v + 2 * f[IMAGES] * f[PIXELS], f"too much by exactly 2 times {IMAGES} times {PIXELS}{CONSTANT}"),
    (lambda v, f: v - math.log(f[BETA]), f"too little by exactly the logarithm of `beta`{CONSTANT}"),
    (lambda v, f: v + math.log(f[IMAGES] / f[BETA]),
     f"too much by exactly the logarithm of {IMAGES} over `beta`{CONSTANT}"),
    (lambda v, f: v + math.log(f[BETA] / f[IMAGES]),
     f"too little by exactly the logarithm of {IMAGES} over `beta`{CONSTANT}"),
    (lambda v, f: v + 0.5 * f[IMAGES] / f[BETA], f"too much by exactly 1/2 times {IMAGES} over `beta`{CONSTANT}"),
    (lambda v, f: v + f[IMAGES] / (f[IMAGES] + 1), f"too much by exactly {IMAGES} over one more than it{CONSTANT}"),
    (lambda v, f: v - f[LESS], f"too little by exactly 1 for each of the images less one{CONSTANT}"),
    (lambda v, f: v + 1.01, None),
    (lambda v, f: v + v[0] ** 2, None),
    (lambda v, f: v, None),
    (lambda v, f: 2 * v, None),
]  # fmt: skip


@pytest.mark.parametrize(("change", "text"), ADDED)
def test_an_offset_in_words(change, text):
    found = by_offset(paired(change), TINY)
    assert (found and (found.kind, found.text)) == (text and ("offset", text))


def test_of_two_cases_a_plain_offset_alone_is_told():
    assert by_offset(paired(lambda v, f: v + 1, 2), TINY).text == f"too much by exactly 1{CONSTANT}"
    assert by_offset(paired(lambda v, f: v + 0.5, 2), TINY).text == f"too much by exactly 1/2{CONSTANT}"
    assert by_offset(paired(lambda v, f: v + f[BETA], 2), TINY).text == f"too much by exactly `beta`{CONSTANT}"
    assert by_offset(paired(lambda v, f: v + f[BETA] / 2, 2), TINY) is None
    assert by_offset(paired(lambda v, f: v - math.log(f[BETA]), 2), TINY) is None
    assert by_offset(paired(lambda v, f: v - math.log(f[BETA]), 3), TINY) is not None


def test_an_offset_that_is_nought_in_a_case_has_a_name_all_the_same():
    for nought in (0.0, 5e-10):  # as good as
        facts = [{"`step`": s} for s in (nought, 0.5, 2.0)]
        found = by_offset([Pair(v + f["`step`"], v, f) for v, f in zip(RIGHT, facts, strict=False)], TINY)
        assert found.text == f"too much by exactly `step`{CONSTANT}"


def test_of_two_offsets_that_nothing_tells_apart_both_are_named():
    facts = [{"`a`": a, "`b`": a, "the number of rows": 2 * a} for a in (1.5, 2.5, 4.5)]
    found = by_offset([Pair(v + f["`a`"], v, f) for v, f in zip(RIGHT, facts, strict=False)], TINY)
    assert found.text == f"too much by exactly `a` or `b`{CONSTANT}"
    facts = [{"`a`": a, "`b`": 2 * math.log(a)} for a in (1.5, 2.5, 4.5)]
    found = by_offset([Pair(v + f["`b`"] / 2, v, f) for v, f in zip(RIGHT, facts, strict=False)], TINY)
    assert found.text == f"too much by exactly 1/2 times `b` or the logarithm of `a`{CONSTANT}"
    facts = [{"`a`": a, "`b`": b, "`c`": math.log(a / b) / d**2, "`d`": d}
             for a, b, d in ((1.5, 0.4, 1.2), (2.5, 0.7, 1.9), (4.5, 0.6, 0.8))]  # fmt: skip
    found = by_offset([Pair(v + f["`c`"] * f["`d`"] ** 2, v, f) for v, f in zip(RIGHT, facts, strict=False)], TINY)
    assert found.text == f"too much by exactly `c` times the square of `d` or the logarithm of `a` over `b`{CONSTANT}"


def test_the_numbers_of_a_logarithm_are_those_of_every_case_and_stand_as_in_the_first():
    facts = [{"`b`": 0.5, "`only`": 2.0, "`a`": 3.0}, {"`a`": 5.0, "`b`": 2.5}, {"`a`": 7.0, "`b`": 0.9, "`late`": 2.0}]
    found = by_offset([Pair(v + math.log(f["`a`"] / f["`b`"]), v, f) for v, f in zip(RIGHT, facts, strict=False)], TINY)
    assert found.text == f"too little by exactly the logarithm of `b` over `a`{CONSTANT}"


def test_a_kind_that_no_hint_knows_is_refused():
    with pytest.raises(ValueError, match=r"^relation: expected a kind among as if, condition,.*, zero, got 'weather'$"):
        relations.Relation("weather", "rain")
