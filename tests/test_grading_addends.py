"""Which addend is wrong, which numbers of a few, which words: what is said of each, and when nothing is."""

import math

import pytest
import torch

from course_pkg.grading import Case
from course_pkg.grading.addends import (
    _flat,
    _grouped,
    _parallel,
    _part,
    _share,
    _weight,
    by_position,
    by_words,
    combined,
    counted,
    exchanged,
    mixed,
    related,
    scaled,
)
from course_pkg.grading.relations import Pair
from course_pkg.questions.shared import numbers
from probing import told
from test_probes import scalars, tables, trials

# --- how often a term enters, in words --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weight", "own", "foreign"),
    [
        (1.0, "", "the rate enters, and should not"),
        (1.00009, "", "the rate enters, and should not"),
        (0.9998, "the rate enters 0.9998 times", "the rate enters 0.9998 times, and should not"),
        (0.0, "the rate is missing", ""),
        (0.9e-4, "the rate is missing", ""),
        (-0.9e-4, "the rate is missing", ""),
        (1.1e-4, "the rate enters 0.00011 times", "the rate enters 0.00011 times, and should not"),
        (-1.0, "the rate enters with the wrong sign", "the rate enters with a minus, and should not"),
        (-1.00009, "the rate enters with the wrong sign", "the rate enters with a minus, and should not"),
        (-1.0002, "the rate enters -1 times", "the rate enters -1 times, and should not"),
        (2.0, "the rate enters twice", "the rate enters twice, and should not"),
        (2.0001, "the rate enters twice", "the rate enters twice, and should not"),
        (0.5, "the rate enters by half", "the rate enters by half, and should not"),
        (-0.5, "the rate enters by minus a half", "the rate enters by minus a half, and should not"),
        (-0.123456, "the rate enters -0.1235 times", "the rate enters -0.1235 times, and should not"),
    ],
)
def test_how_often_a_term_enters(weight, own, foreign):
    assert _weight("the rate", weight) == own
    assert _weight("~the rate", weight) == foreign


@pytest.mark.parametrize(
    ("name", "weight", "says"),
    [
        ("the rate", 1.0, "plus the rate"), ("the rate", -1.0, "less the rate"),
        ("the rate", 2.0, "plus twice the rate"),
        ("the rate", -0.5, "less half of the rate"), ("the rate", 3.0, ""), ("~the rate", 1.0, "plus the rate"),
        ("minus the rate", 1.0, "less the rate"), ("minus the rate", -2.0, "plus twice the rate"),
        ("~minus the rate", 1.0, "less the rate"), ("the rate", 1.00009, "plus the rate"), ("the rate", 1.0002, ""),
    ],
)  # fmt: skip
def test_an_addend_with_its_sign(name, weight, says):
    assert _part(name, weight) == says


@pytest.mark.parametrize(
    ("weights", "says"),
    [
        ([1.0, 1.0], ""), ([1.000009, 0.999991], ""), ([2.0], ""),  # one case shows nothing
        ([1.0, 1.00002], "the rate enters by another weight in each case"),
        ([0.0, 9e-7], "the rate is missing"), ([0.0, 2e-6], "the rate enters by too little in each case"),
        ([1.1, 3.0], "the rate enters by too much in each case"),
        ([0.2, 0.9], "the rate enters by too little in each case"),
        ([-0.2, 0.9], "the rate enters by another weight in each case"),
        ([0.2, 1.0], "the rate enters by another weight in each case"),
        ([1.0, 2.0], "the rate enters by another weight in each case"),
        ([0.9, 1.1], "the rate enters by another weight in each case"),
    ],
)  # fmt: skip
def test_how_much_of_a_part_enters(weights, says):
    assert _share("the rate", weights) == says


def test_addends_that_are_multiples_of_each_other_are_added_up():
    a, b = numbers([1.0, 2.0, 0.0]), numbers([0.0, 1.0, 1.0])
    found = _grouped({"one": a, "minus two": -3 * a, "other": b, "three": 0.5 * a})
    assert list(found) == ["other", "one, with two,, with three,"]
    assert torch.equal(found["other"], b) and torch.allclose(found["one, with two,, with three,"], -1.5 * a)
    assert _parallel(a, a) and _parallel(a, -2 * a) and not _parallel(a, b) and not _parallel(a, 0 * a)
    assert _parallel(a, a + numbers([0.0, 0.0, 1e-6])) and not _parallel(a, a + numbers([0.0, 0.0, 1e-3]))
    assert not _parallel(numbers([1.0, 0.0]), numbers([1.0, 1.0]))


def test_an_addend_is_as_long_as_the_answer():
    like = torch.zeros(2, 3, dtype=torch.float32)
    assert _flat(numbers(2.0), like).tolist() == [2.0] * 6
    assert _flat(torch.tensor([1.0, 2.0, 3.0]), like).tolist() == [1.0, 2.0, 3.0] * 2
    assert _flat(torch.tensor(1), like).dtype == torch.float64


# --- one fit to all cases ---------------------------------------------------------------------------------------------

NAMED = {"the first": lambda a, b: a, "the second": lambda a, b: b, "minus the product": lambda a, b: -a * b}


def terms(**more):
    """The addends of a + b - a b, and others by name."""
    return lambda given: {"": {n.replace("_", " "): numbers(f(**given)) for n, f in {**NAMED, **more}.items()}}


def of_terms(answer, named=None, search=combined, right=lambda a, b: a + b - a * b, cases=scalars):
    return told(search(trials(cases, right, answer, terms=named or terms()), ""))


COMBINED = [
    (lambda a, b: a + b - a * b, None),
    (lambda a, b: a + b, "minus the product is missing"),
    (lambda a, b: a + b + a * b, "minus the product enters with the wrong sign"),
    (lambda a, b: 2 * a + b / 2 - a * b, "the first enters twice; the second enters by half"),
    (lambda a, b: 2 * a + b / 2 + 3 * a * b,
     "the first enters twice; the second enters by half; minus the product enters -3 times"),
    (lambda a, b: a + b - a * b * b, None),
    (lambda a, b: a + b - a * b + 0.01, None),
    (lambda a, b: (a + b - a * b) * (1 + 3e-6), None),  # rounding
]  # fmt: skip


@pytest.mark.parametrize(("answer", "says"), COMBINED)
def test_which_addend_is_wrong(answer, says):
    assert of_terms(answer) == (says and ("terms", says))


def test_what_should_not_enter():
    named = terms(**{"~a_root": lambda a, b: math.sqrt(a)})
    assert of_terms(lambda a, b: a + b - a * b, named) is None
    assert of_terms(lambda a, b: a + b - a * b + math.sqrt(a), named) == ("terms", "a root enters, and should not")
    twice = lambda a, b: 2 * a + 2 * b - 2 * a * b + 2 * math.sqrt(a)
    made = "yours is made of twice the first, plus twice the second, less twice the product, plus twice"
    assert of_terms(twice, named) == ("terms", f"{made} a root")
    assert of_terms(lambda a, b: 3 * a + 2 * b - 2 * a * b + 2 * math.sqrt(a), named) is None  # three times is no part
    named = terms(**{"~a_root": lambda a, b: math.sqrt(a), "its_square": lambda a, b: a * a})
    one_right = lambda a, b: 2 * a + 2 * b - 2 * a * b + a * a + math.sqrt(a)
    assert of_terms(one_right, named)[1].count(" enters") == 4  # four are wrong, and one is right
    all_wrong = lambda a, b: 2 * a + 2 * b - 2 * a * b + 2 * a * a
    assert of_terms(all_wrong, named) == ("terms", f"{made} its square")


def test_seven_that_are_wrong_say_nothing():
    powers = {f"power_{k}": lambda a, b, k=k: a**k / math.factorial(k) for k in range(2, 7)}
    right = lambda a, b: a + b - a * b + sum(f(a, b) for f in powers.values())
    cases = lambda seed: tuple(c for s in range(4) for c in scalars(4 * seed + s))
    off = lambda n: of_terms(lambda a, b: right(a, b) + sum(f(a, b) for f in [*NAMED.values(), *powers.values()][:n]),
                             terms(**powers), right=right, cases=cases)  # fmt: skip
    assert off(3)[1].count("enters twice") == 3
    assert off(4)[1].count("enters twice") == 4
    assert off(6)[1].startswith("yours is made of twice the first") and off(7) is None


def test_too_few_numbers_for_a_fit():
    few = lambda n: lambda seed: scalars(seed)[:n] if seed == 0 else ()
    assert of_terms(lambda a, b: a + b, cases=few(5)) == ("terms", "minus the product is missing")
    assert of_terms(lambda a, b: a + b, cases=few(4)) is None


def test_addends_that_cannot_be_told_apart():
    assert of_terms(lambda a, b: a + b, terms(nothing=lambda a, b: 0.0)) is None
    assert of_terms(lambda a, b: a + b, terms(both=lambda a, b: a + b)) is None
    assert of_terms(lambda a, b: a + b, terms(both=lambda a, b: a + b + 1e-3 * b * b)) is not None
    tiny = terms(**{"~a_root": lambda a, b: 1e-9 * math.sqrt(a)})  # another unit is no reason
    assert of_terms(lambda a, b: a + b, tiny) == ("terms", "minus the product is missing")


def test_no_addends_are_named():
    assert of_terms(lambda a, b: a, lambda given: {"other": {"a": numbers(1.0)}}) is None
    for search in (combined, scaled, mixed):
        assert search(trials(scalars, lambda a, b: a + b, lambda a, b: a), "") is None
    assert of_terms(lambda a, b: a, lambda given: {"other": {"a": numbers(1.0)}}, search=scaled) is None
    assert of_terms(lambda a, b: a, lambda given: {"other": {"a": numbers(1.0)}}, search=mixed) is None


def test_where_an_addend_is_infinite_it_may_not_enter_and_the_others_must_do():
    def cases(seed):
        return (*scalars(seed), Case("trap", {"a": 0.0, "b": 2.0}, {}))

    log = lambda a: math.log(a) if a else -math.inf
    named = terms(**{"~a_logarithm": lambda a, b: log(a)})
    right = lambda a, b: a + b - a * b
    said = lambda answer: of_terms(answer, named, cases=cases)
    assert said(lambda a, b: a + b) == ("terms", "minus the product is missing")
    assert said(lambda a, b: a + b + (a == 0)) is None  # another there
    assert said(lambda a, b: a + b + (log(a) if a else 0.0)) is None  # infinite where it enters
    assert said(right) is None


# --- one addend by a factor, parts in other shares --------------------------------------------------------------------


def named_by_size(seed):
    g = torch.Generator().manual_seed(seed)
    draw = lambda: (1 + torch.rand(2, generator=g, dtype=torch.float64)).tolist()
    return tuple(Case("random", dict(zip("ab", draw(), strict=True)), {"images": n}) for n in (3, 4, 6))


def sized(change, search=scaled, cases=named_by_size, named=None):
    given = {(c.arguments["a"], c.arguments["b"]): c.sizes for seed in (0, 101) for c in cases(seed)}
    return of_terms(lambda a, b: change(a, b, given[a, b]["images"]), search=search, cases=cases, named=named)


def test_a_single_addend_with_a_wrong_factor():
    but = "all would be right but for {}, which is exactly {} what it should be"
    assert sized(lambda a, b, n: a / n + b - a * b) == ("terms", but.format(
        "the first", "one over the number of images times") + ": was a mean taken where a sum belongs?")  # fmt: skip
    assert sized(lambda a, b, n: a + b - n**2 * a * b) == ("terms", but.format(
        "minus the product", "the square of the number of images times"))  # fmt: skip
    assert sized(lambda a, b, n: a + 3 * b - a * b) == ("terms", but.format("the second", "three times"))
    assert sized(lambda a, b, n: a + b - a * b) is None
    assert sized(lambda a, b, n: n * a + n * b - a * b) is None
    assert sized(lambda a, b, n: a + n * b - a * b, cases=lambda seed: named_by_size(seed)[: 2 - bool(seed)]) is None
    four = sized(lambda a, b, n: a + n * b - a * b, cases=lambda seed: named_by_size(seed)[:2])
    assert four and "the second" in four[1]


def test_a_foreign_addend_has_no_factor():
    named = terms(**{"~a_root": lambda a, b: math.sqrt(a)})
    assert sized(lambda a, b, n: a + b - a * b + (n - 1) * math.sqrt(a), named=named) is None


SHARE = "{} enters by {} in each case"
MIXED = [
    (lambda x: x + x**2, None),
    (lambda x: x / 2 + x**2 * len(x),
     f"{SHARE.format('the table', 'too little')}; {SHARE.format('its square', 'too much')}"),
    (lambda x: x + x**2 * len(x), SHARE.format("its square", "too much")),
    (lambda x: x, "its square is missing"),
    (lambda x: x - x**2, SHARE.format("its square", "another weight")),
    (lambda x: x + 2 * x**3, None),
    (lambda x: x + x**2 * len(x) + 1e-3, None),
]  # fmt: skip


def in_shares(answer, cases=tables, **more):
    named = lambda given: {"": {"the table": given["x"], "its square": given["x"] ** 2, **{
        n: f(given["x"]) for n, f in more.items()}}}  # fmt: skip
    return told(mixed(trials(cases, lambda x: x + x**2, answer, terms=named), ""))


@pytest.mark.parametrize(("answer", "says"), MIXED)
def test_parts_by_their_own_weight_in_each_case(answer, says):
    assert in_shares(answer) == (says and ("terms", f"made of the right parts, but {says}"))


def test_what_is_no_part_is_left_out():
    wrong = lambda x: x / 2 + x**2 * len(x)
    foreign = in_shares(wrong, **{"~a cube": lambda x: x**3})
    assert foreign == in_shares(wrong)
    like = lambda answer: in_shares(answer, **{"minus half": lambda x: -x / 2})[1].removeprefix("made of the right ")
    assert like(wrong) == f"parts, but {SHARE.format('its square', 'too much')}"
    assert like(lambda x: x + x**2) == f"parts, but {SHARE.format('the table, with half,', 'too much')}"
    infinite = in_shares(wrong, **{"a logarithm": lambda x: x.log()})  # of what is below zero
    assert infinite is None
    assert in_shares(wrong, **{"both": lambda x: x + x**2}) is None  # cannot be told apart
    one = lambda seed: tables(seed)[:1] if seed == 0 else ()
    assert in_shares(wrong, one) is None  # one case


def test_a_case_needs_two_numbers_more_than_it_has_parts():
    def short(n):
        draw = lambda seed: torch.randn(n, 1, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
        return lambda seed: tuple(Case("random", {"x": draw(seed + k)}, {}) for k in (0, 1, 2))

    wrong = lambda x: x / 2 + x**2 * 3
    assert in_shares(wrong, short(4)) is not None and in_shares(wrong, short(3)) is None


# --- by position, by another entry, counts, words ---------------------------------------------------------------------


def triples(seed, n=3, count=2):
    g = torch.Generator().manual_seed(seed)
    draw = lambda: torch.rand(n, generator=g, dtype=torch.float64) + 0.3
    return tuple(Case("random", {"x": draw()}, {}) for _ in range(count))


def at(*changes):
    """Number k of `x` is changed by the k-th function."""
    return lambda x: torch.stack([f(v) for f, v in zip(changes, x, strict=True)])


same_, twice, odd = lambda v: v, lambda v: 2 * v, lambda v: v + (1e4 * v).round() % 7
OTHERS = "The others are right in every case"


def positioned(answer, cases=triples):
    return told(by_position(trials(cases, lambda x: x, answer), ""))


def test_which_of_a_few_numbers_are_wrong():
    assert positioned(at(same_, twice, same_)) == ("terms", f"number 2: exactly twice what it should be. {OTHERS}")
    assert positioned(at(odd, same_, twice)) == (
        "terms", f"number 1: wrong; number 3: exactly twice what it should be. {OTHERS}")  # fmt: skip
    assert positioned(at(twice, twice, twice)) is None  # all are wrong
    assert positioned(at(same_, same_, lambda v: v + (v > 1.2))) is not None  # in some of the cases


def test_where_places_say_nothing():
    said = lambda **shape: positioned(lambda x: torch.cat([2 * x[:1], x[1:]]), lambda seed: triples(seed, **shape))
    assert said(n=2) and said(n=6) and not said(n=1) and not said(n=7)
    assert said(count=2) and not said(count=1)  # of each of two seeds
    assert not positioned(lambda x: torch.cat([2 * x[:1], x[1:]]),
                          lambda seed: (*triples(seed), *triples(seed, n=4)))  # fmt: skip
    wide = lambda seed: tuple(Case("random", {"x": c.arguments["x"].reshape(2, 2)}, {}) for c in triples(seed, n=4))
    assert not positioned(lambda x: torch.cat([2 * x[:1], x[1:]]), wide)


def entries(answer, cases=scalars):
    right = lambda a, b: {"mu": numbers(a), "log_std": numbers(b)}
    return told(exchanged(trials(cases, right, answer), "mu"))


def test_the_right_numbers_of_another_entry():
    both = lambda a, b: {"mu": numbers(b), "log_std": numbers(a)}
    assert entries(both) == ("order", "the right numbers of log_std: entries changed places")
    one = lambda a, b: {"mu": numbers(b), "log_std": numbers(b)}
    assert entries(one) == ("order", "the right numbers of log_std: one quantity stands for two")
    assert entries(lambda a, b: {"mu": numbers(b)}) == (
        "order", "the right numbers of log_std: one quantity stands for two")  # fmt: skip
    assert entries(lambda a, b: {"mu": numbers(a), "log_std": numbers(b)}) is None
    assert entries(lambda a, b: {"mu": numbers(2 * b), "log_std": numbers(a)}) is None
    assert entries(lambda a, b: {"mu": numbers(b + (b > 2.5)), "log_std": numbers(a)}) is None
    assert entries(both, lambda seed: scalars(seed)[:1] if seed == 0 else ()) is None


COUNTS = [1.0, 2.0, 3.0, 5.0, 6.0, 7.0, 9.0, 10.0]


def counts(change, right=COUNTS):
    return told(counted([Pair(numbers(change(r)), numbers(r)) for r in right]))


def test_counts_that_are_off_by_the_same():
    assert counts(lambda r: r + 1) == ("offset", "1 too many in each of 8 cases")
    assert counts(lambda r: r - 2) == ("offset", "2 too few in each of 8 cases")
    assert counts(lambda r: 3 * r) == ("factor", "exactly 3 times what it should be in each of 8 cases")
    assert counts(lambda r: r / 2, [2 * r for r in COUNTS]) == (
        "factor", "exactly 0.5 times what it should be in each of 8 cases")  # fmt: skip
    assert counts(lambda r: 4.0) == ("constant", "4 in every case, whatever comes in")
    assert counts(lambda r: 2.0 ** math.ceil(math.log2(r))) == (
        "grid", "a power of two in every case: a search that doubles steps over what it looks for")  # fmt: skip
    assert counts(lambda r: 2.0 ** (math.ceil(math.log2(r)) % 3)) is not None
    assert counts(lambda r: 2.0 ** math.ceil(math.log2(r)) + (r == 6)) is None
    assert counts(lambda r: 2.0 ** math.ceil(math.log2(r)) * (r != 6)) is None  # nought is none
    assert counts(lambda r: r) is None
    assert counts(lambda r: r + 1 + (r == 6)) is None
    assert counts(lambda r: 3 * r + (r == 6)) is None


def test_when_counts_are_no_chance():
    more = lambda right: counts(lambda r: r + 1, right)
    assert more(COUNTS[:7]) is None  # fewer than eight
    assert more([1.0] * 5 + [2.0, 3.0, 4.0]) is None and more([1.0] * 4 + [2.0, 3.0, 4.0, 5.0]) is not None
    assert more([*COUNTS[:-1], 10.5]) is None  # no count
    assert counts(lambda r: r + 0.5) is None
    assert counts(lambda r: 3 * r, [0.0, *COUNTS]) is None  # nought times anything is nought
    assert counts(lambda r: 2.0 * (1 + (r > 3)), [2.0 ** (k % 6) for k in range(8)]) is None  # what is right is one too
    pair = Pair(numbers([2.0, 3.0]), numbers([1.0, 2.0]))
    assert counted([pair] * 8) is None and counted([]) is None


def worded(seed):
    u = 0.5 + 2 * torch.rand(12, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return tuple(Case("random", {"a": a, "kind": k, "way": w}, {}) for a, k, w in
                 zip(u.tolist(), ("sum", "mean", "none") * 4, ("up", "down") * 6, strict=True))  # fmt: skip


def by_word(wrong, change=lambda a: 2 * a, cases=worded):
    answer = lambda a, kind, way: change(a) if wrong(kind, way) else a
    return told(by_words(trials(cases, lambda a, kind, way: a, answer), ""))


def test_where_a_word_is_wrong():
    twice_ = "exactly twice what it should be"
    assert by_word(lambda kind, way: kind == "mean") == ("factor", f'where `kind` is "mean": {twice_}')
    assert by_word(lambda kind, way: way == "up", lambda a: a + (1e4 * a) // 1 % 7) == (
        "factor", 'where `way` is "up": wrong')  # fmt: skip
    assert by_word(lambda kind, way: kind == "mean" and way == "up") == (
        "factor", f'where `kind` is "mean" and `way` is "up": {twice_}')  # fmt: skip
    two = by_word(lambda kind, way: (kind, way) in (("mean", "up"), ("sum", "down")))
    assert sorted(two[1].split("; ")) == [f'where `kind` is "mean" and `way` is "up": {twice_}',
                                          f'where `kind` is "sum" and `way` is "down": {twice_}']  # fmt: skip
    assert by_word(lambda kind, way: True) is None and by_word(lambda kind, way: False) is None
    few = lambda seed: worded(seed)[:6] if seed == 0 else ()
    assert by_word(lambda kind, way: kind == "mean", cases=few) == ("factor", 'where `kind` is "mean": wrong')
    three = lambda seed: worded(seed)[:9] if seed == 0 else ()
    assert by_word(lambda kind, way: kind == "mean", cases=three) == ("factor", f'where `kind` is "mean": {twice_}')


def test_a_word_that_two_arguments_share():
    def cases(seed):
        u = 0.5 + 2 * torch.rand(9, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
        words = [(one, other) for one in ("l1", "l2", "l3") for other in ("l1", "l2", "l3")]
        return tuple(Case("random", {"a": a, "one": o, "other": t}, {}) for a, (o, t) in
                     zip(u.tolist(), words, strict=True))  # fmt: skip

    def said(wrong):
        answer = lambda a, one, other: 2 * a if wrong(one, other) else a
        return told(by_words(trials(cases, lambda a, one, other: a, answer), ""))

    assert said(lambda one, other: "l2" in (one, other)) == (
        "place", 'wrong wherever one of the words is "l2", right wherever none is')  # fmt: skip
    assert said(lambda one, other: (one == "l2") != (other == "l2")) == (
        "place", 'wrong wherever just one of the words is "l2", right wherever both or none are')  # fmt: skip
    assert said(lambda one, other: one == "l2") == ("factor", 'where `one` is "l2": exactly twice what it should be')
    assert said(lambda one, other: (one, other) == ("l2", "l2")) == (
        "factor", 'where `one` is "l2" and `other` is "l2": wrong')  # fmt: skip


def test_no_words_no_groups():
    assert by_words(trials(scalars, lambda a, b: a, lambda a, b: 2 * a), "") is None


# --- all of them, the simplest first ----------------------------------------------------------------------------------


def test_a_relation_of_all_cases():
    said = lambda answer, **more: told(related(trials(scalars, lambda a, b: a + b - a * b, answer, **more), ""))
    assert said(lambda a, b: 2 * (a + b - a * b)) == ("factor", "exactly twice what it should be")
    assert said(lambda a, b: 2 * a + b / 2 - a * b, terms=terms()) == (
        "terms", "the first enters twice; the second enters by half")  # fmt: skip
    assert said(lambda a, b: 0.3 * (a + b - a * b)) == (
        "factor", "always the same number of times what it should be: a factor is missing or too much")  # fmt: skip
    assert said(lambda a, b: math.sin(9 * a)) is None


def test_of_one_prediction_no_relation_is_told():
    def one(seed):
        return (Case("random", {}, {}), Case("oracle", {}, {}))

    def asked(kind, cases, right, answer):
        found = trials(cases, right, answer)
        found.question.kind = kind
        return told(related(found, ""))

    table = lambda: numbers([0.5, 1.5, 2.5])
    assert asked("experiment", one, table, lambda: 2 * table()) is None
    assert asked("implement", one, table, lambda: 2 * table()) == ("factor", "exactly twice what it should be")
    assert asked("experiment", scalars, lambda a, b: a, lambda a, b: 2 * a) == (
        "factor", "exactly twice what it should be")  # fmt: skip
