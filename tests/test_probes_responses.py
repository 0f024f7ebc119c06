"""By which law and how strongly an answer follows an argument, where it ends, and at which values it is right."""

import math

import pytest
import torch

from course_pkg.grading import Case
from course_pkg.grading.probes.ladder import _banded, _listed, ladder
from course_pkg.grading.probes.limits import FAR, NEAR, SHARP, _sharpened, _times, end, limits, paths, sharper
from course_pkg.grading.probes.responses import law, responses
from probing import asking, drawn, said, scalars, tensor

FACTORS = (1.13, 1.3, 0.87)


def told(probe, right, answer, cases=None, **more):
    return said(probe(asking(scalars() if cases is None else cases, right, answer, **more)))


# --- laws -------------------------------------------------------------------------------------------------------------


def read(f, x=(2.0, 3.0), factors=FACTORS, side=1):
    rows = [tensor([f(k * v) for v in x]) for k in (1.0, *factors)]
    other = [torch.zeros(len(x)).double() for _ in rows]
    return law(list(zip(*((other, rows) if side else (rows, other)), strict=True)), side, factors)


READ = {
    "in proportion to {}": lambda x: 3 * x,
    "with the square of {}": lambda x: x**2,
    "with the cube of {}": lambda x: -(x**3),
    "with the fourth power of {}": lambda x: x**4,
    "with the root of {}": lambda x: x**0.5,
    "with one over {}": lambda x: 1 / x,
    "with one over the square of {}": lambda x: x**-2,
    "with one over the root of {}": lambda x: x**-0.5,
    "on a straight line in {}": lambda x: x - 2.0,
    "with the logarithm of {}": math.log,
    "on a straight line in one over {}": lambda x: 1 + 1 / x,
    "on a straight line in the square of {}": lambda x: 1 - x**2,
    "not at all": lambda x: 7.0,
    "": lambda x: x + x**2,
}


@pytest.mark.parametrize(("says", "f"), READ.items(), ids=READ)
def test_the_law_that_numbers_follow(says, f):
    assert read(f) == read(f, side=0) == says
    if says:
        assert read(lambda x: f(x) + 0.01 * x**5) == ""
    assert read(lambda x: 0.0 if f(x) == 7.0 else 1e-15 * f(x)) == "not at all"  # rounding


def test_a_law_where_a_number_is_zero_or_turns_its_sign():
    assert read(lambda x: x - 2.0, x=(2.0, 2.0)) == "on a straight line in {}"
    assert read(lambda x: 2.5 - x, x=(2.4, 1.0)) == "on a straight line in {}"
    assert read(lambda x: 1e-3 * x, x=(2.0, 3.0)) == "in proportion to {}"
    assert read(lambda x: 1e-10 * x + 5e-7 * (x > 2.5)) == ""


RESPONSES = {
    "two laws": (lambda a, b: a**2, lambda a, b: a, [("response", "it should go with the square of `a`, and yours goes "
                                                      "in proportion to `a`")]),
    "one law": (lambda a, b: a**2, lambda a, b: a + a**3, [
        ("response", "it should go with the square of `a`, and yours does not")]),
    "no law": (lambda a, b: a + a**3, lambda a, b: a**2, [
        ("response", "yours goes with the square of `a`, and what is right does not")]),
    "the same law": (lambda a, b: a**2, lambda a, b: 3.3 * a**2, [
        ("response", "where `a` changes, yours changes by about 3.3 times what it should")]),
    "thrice": (lambda a, b: a + a**2, lambda a, b: 3 * (a + a**2) + 1, [
        ("response", "where `a` changes, yours changes by exactly three times what it should")]),
    "the other way": (lambda a, b: a + a**2, lambda a, b: 7 - a - a**2, [
        ("response", "where `a` changes, yours changes by exactly as much as it should, the other way")]),
    "as much": (lambda a, b: a + a**2, lambda a, b: a + a**2 + 1, []),
    "hardly more": (lambda a, b: a + a**2, lambda a, b: 1.00002 * (a + a**2) + 1, [
        ("response", "where `a` changes, yours changes by about 1 times what it should")]),
    "hardly at all": (lambda a, b: a**2, lambda a, b: 2e-5 * a**2 + 1, [("response", "it should go with the square of "
                      "`a`, and yours goes on a straight line in the square of `a`")]),
    "one stands still": (lambda a, b: a**2, lambda a, b: 3.0, [
        ("strength", "it follows `a` too weakly in every case")]),
    "too weakly": (lambda a, b: math.exp(a) + a, lambda a, b: math.exp(0.5 * a) + a, [
        ("strength", "it follows `a` too weakly in every case")]),
    "too strongly": (lambda a, b: math.exp(0.5 * a) + a, lambda a, b: math.exp(a) + a, [
        ("strength", "it follows `a` too strongly in every case")]),
    "more, but not in per cent": (lambda a, b: math.exp(a) + a, lambda a, b: 2 * (math.exp(a) + a) + 0.01 * a**4, []),
    "rises": (lambda a, b: math.exp(a) + a, lambda a, b: math.exp(-a), [
        ("response", "where `a` grows, what is right rises, and yours falls")]),
    "falls": (lambda a, b: math.exp(-a), lambda a, b: math.exp(a) + a, [
        ("response", "where `a` grows, what is right falls, and yours rises")]),
    "either way": (lambda a, b: math.exp(a * (b - 2.6)), lambda a, b: math.exp(-1.1 * a * (b - 2.6)), [
        ("response", "where `a` grows, what is right moves the other way"),
        ("response", "where `b` grows, what is right rises, and yours falls")]),
}  # fmt: skip


@pytest.mark.parametrize(("right", "answer", "says"), RESPONSES.values(), ids=RESPONSES)
def test_how_it_follows_an_argument(right, answer, says):
    assert told(responses, right, answer) == says


def test_one_number_of_times_is_steady_by_its_own_size():
    right = lambda a, b: math.exp(a) + a
    about = lambda times, off: [t for _, t in told(responses, right, lambda a, b: times * right(a, b) + off * a * a)
                                if "changes by about" in t]  # fmt: skip
    assert about(0.013, 0) == ["where `a` changes, yours changes by about 0.013 times what it should"]
    assert about(0.013, 2e-6) == about(13.0, 2e-3) == about(2e-5, 0) == [] != about(13.0, 2e-5)


def test_laws_are_asked_of_two_cases_and_of_numbers_that_are_no_counts():
    right, answer, says = RESPONSES["two laws"]
    assert told(responses, right, answer, scalars(2)) == says and told(responses, right, answer, scalars(1)) == []
    counts = [Case("random", {"a": float(a), "b": 1.5}) for a in (1, 2, 3)]
    assert told(responses, lambda a, b: a**2, lambda a, b: a + 0.5, counts) == []  # what is right is a count
    # A law that one case follows and another does not is none.
    assert told(responses, lambda a, b: a**2 if b > 2 else a, lambda a, b: a**3 + a, [
        Case("random", {"a": 1.5, "b": 3.0}), Case("random", {"a": 1.7, "b": 1.5})]) == [
            ("strength", "it follows `a` too strongly in every case")]  # fmt: skip


def test_counts_are_asked_where_nothing_is_a_table():
    cases = [Case("random", {"n": n, "seed": 3, "flag": True}) for n in (2, 3, 5)]
    right, answer = (lambda n, seed, flag: n**2 / 3), (lambda n, seed, flag: n / 3 + 0.1)
    says = [("response", "it should go with the square of `n`, and yours goes on a straight line in `n`")]
    assert told(responses, right, answer, cases) == says
    for other in (tensor([1.0, 2.0]), "word"):
        given = [Case("random", {**c.arguments, "x": other}) for c in cases]
        take = lambda f: lambda x, **k: f(**k)
        assert told(responses, take(right), take(answer), given) == []


def test_shares_are_not_asked_beyond_one():
    seen = []
    cases = [Case("random", {"a": a}) for a in (0.9, 0.95, 0.99)]
    says = told(responses, lambda a: a**2 / 3, lambda a: seen.append(a) or a / 3 + 0.1, cases)
    assert says == [("response", "it should go with the square of `a`, and yours goes on a straight line in `a`")]
    assert max(seen) < 1


def rows(k=3):
    return [Case("random", {"p": drawn(s, 3, 4 + s).softmax(1)}) for s in range(k)]


def test_probabilities_are_nudged():
    h = lambda p: -(p * p.log()).sum()
    assert told(responses, h, lambda p: 2 * h(p) + 1, rows()) == [
        ("response", "where `p` changes, yours changes by exactly twice what it should")]  # fmt: skip
    assert told(responses, h, lambda p: h(p) + 1, rows()) == told(responses, h, lambda p: p.max(), rows()) == []


def test_the_telling_ones_come_first():
    right, answer = (lambda a, b: math.exp(0.5 * a) + a + b**2), (lambda a, b: math.exp(a) + a + 3 * b**2)
    found = told(responses, right, answer)
    assert found[0][0] == "response" and "`b`" in found[0][1]


# --- limits -----------------------------------------------------------------------------------------------------------


def ends(f, steps=NEAR):
    values = f if isinstance(f, list) else [f(k) for k in steps]
    return end([v if isinstance(v, torch.Tensor) else tensor([v]) for v in values], steps)


ENDS = {
    "proportion": (lambda k: 3 * k, NEAR, "goes to zero in proportion"),
    "square": (lambda k: -(k**2), NEAR, "goes to zero with the square"),
    "root": (lambda k: k**0.5, NEAR, "goes to zero with the root"),
    "root at last": (lambda k: k**0.5 + 0.05 * k, NEAR, "goes to zero with the root"),
    "third root": (lambda k: k ** (1 / 3), NEAR, ""),
    "cube": (lambda k: k**3, NEAR, "goes to zero with the cube"),
    "fourth": (lambda k: k**3.99, NEAR, "goes to zero with the fourth power"),
    "vanished on the way": (lambda k: k**4 if k > 2e-4 else 0.0, NEAR, "goes to zero with the fourth power"),
    "vanished at once": (lambda k: k if k > 2e-2 else 0.0, NEAR, "goes to zero"),
    "vanished and back": ([1.0, 2.0, 0.0, 0.0], NEAR, ""),
    "no known power": (lambda k: k**1.3, NEAR, "goes to zero"),
    "one over it": (lambda k: 1 / k, FAR, "goes to zero like one over it"),
    "one over its square": (lambda k: 7 / k**2, FAR, "goes to zero like one over its square"),
    "one over its root": (lambda k: k**-0.5, FAR, "goes to zero like one over its root"),
    "a power of certainty": (lambda k: math.exp(-9 * k), SHARP, "goes to zero"),
    "zero": (lambda k: 1e-15, NEAR, "is zero"),
    "settles": (lambda k: 2 + k, NEAR, "settles at another number than zero"),
    "settles from below": (lambda k: -2 + 3 * k, NEAR, "settles at another number than zero"),
    "constant": (lambda k: 2.0, NEAR, "settles at another number than zero"),
    "settles far away": (lambda k: 1 - 1 / k, FAR, "settles at another number than zero"),
    "logarithm": (math.log, NEAR, "grows without bound"),
    "power": (lambda k: 1 / k, NEAR, "grows without bound"),
    "root grows": (lambda k: k**0.5, FAR, "grows without bound"),
    "square grows": (lambda k: k**2, FAR, "grows without bound"),
    "falls without bound": (lambda k: -k, FAR, "grows without bound"),
    "fourth grows": (lambda k: k**4, FAR, "grows without bound"),
    "no power": (lambda k: k**1.4, FAR, ""),
    "slow to zero": (lambda k: 1 / math.log(1 / k), NEAR, ""),
    "to and fro": ([1.0, -2.0, 1.0, -2.0], NEAR, ""),
    "two numbers": ([tensor([v, 2 * v]) for v in (1e2, 1e4, 1e6)], FAR, "grows without bound"),
    "one of two": ([tensor([v, 1.0]) for v in (1e2, 1e4, 1e6)], FAR, ""),
    "one of two settles": ([tensor([v, 1.0]) for v in (1.1, 1.01, 1.001, 1.0001)], NEAR,
                           "settles at another number than zero"),
}  # fmt: skip


@pytest.mark.parametrize(("f", "steps", "says"), ENDS.values(), ids=ENDS)
def test_where_numbers_end(f, steps, says):
    assert ends(f, steps) == says


def limited(right, answer, cases=None, **more):
    return told(limits, right, answer, cases, **more)


LIMITS = {
    "orders": (lambda a, b: 1 - math.cos(a), lambda a, b: math.sin(a), [
        ("response", "where `a` is nearly zero, what is right goes to zero with the square, and yours goes to zero in "
         "proportion")]),
    "four times": (lambda a, b: math.log1p(a * a), lambda a, b: 4 * math.sin(a) ** 2, [
        ("response", "where `a` is nearly zero, yours is four times what it should be")]),
    "as it should": (lambda a, b: math.log1p(a * a), lambda a, b: math.sin(a) ** 2, [
        ("special", "nearly right where `a` is nearly zero")]),
    "one like the other": (lambda a, b: a * (1 + a), lambda a, b: a**1.3, []),
    "settles": (lambda a, b: math.log1p(a) + 0.1, lambda a, b: 2 * a / (1 + a) + 0.37, [
        ("response", "where `a` is very large, what is right grows without bound, and yours settles at another number "
         "than zero")]),
    "a count at the end": (lambda a, b: 1 + a / 3, lambda a, b: 1 + a**2, [
        ("special", "nearly right where `a` is nearly zero")]),
}  # fmt: skip


@pytest.mark.parametrize(("right", "answer", "says"), LIMITS.values(), ids=LIMITS)
def test_how_the_ends_compare(right, answer, says):
    assert limited(right, answer) == says
    assert limited(right, answer, scalars(1)) == []


SPREAD = [*scalars(3), Case("random", {"a": 1.1, "b": 5.5})]


def test_what_another_case_contradicts_is_no_end():
    """In three cases the answer has an end of its own, in a fourth that of what is right, or a third one."""
    right = lambda a, b: 1 - math.cos(a)
    odd = lambda other: lambda a, b: math.sin(a) if b < 5 else other(a)
    at_zero = lambda f, cases: [text for _, text in limited(right, odd(f), cases) if "`a` is nearly zero" in text]
    assert at_zero(math.sin, SPREAD) == at_zero(math.sin, SPREAD[:3]) != []
    assert at_zero(lambda a: 2 * right(a, 0) + a**3, SPREAD) == []
    assert at_zero(lambda a: math.cos(a) + 0.5, SPREAD) == []
    half = lambda a, b: right(a, b) / 2 if b < 5 else 2 * right(a, b)
    assert "half of" in limited(right, half, SPREAD[:3])[0][1] and not any(
        "`a`" in t for _, t in limited(right, half, SPREAD)
    )


def test_a_law_that_a_further_case_has_not_is_not_told():
    """Three cases show a law, a fourth another one; where what is right stands still, no case tells anything."""
    of_a = lambda right, answer, cases: [text for _, text in told(responses, right, answer, cases) if "`a`" in text]
    square = lambda a, b: a**2
    odd = lambda f: lambda a, b: a if b < 5 else f(a)
    assert of_a(square, odd(lambda a: a), SPREAD) == of_a(square, odd(lambda a: a**3), SPREAD[:3]) != []
    assert of_a(square, odd(lambda a: a**3), SPREAD) == []
    stronger = lambda a, b: math.exp(a) + a if b < 5 else math.exp(0.2 * a) + a
    assert of_a(lambda a, b: math.exp(0.5 * a) + a, stronger, SPREAD[:3]) == [
        "it follows `a` too strongly in every case"
    ]
    assert of_a(lambda a, b: math.exp(0.5 * a) + a, stronger, SPREAD) == []
    still = lambda a, b: a**2 if b < 5 else 1.0
    assert of_a(still, lambda a, b: a if b < 5 else 7.0, SPREAD) == of_a(square, lambda a, b: a, SPREAD) != []


def test_the_first_case_says_whether_others_are_asked():
    seen = []
    right = lambda a, b: a + b * b
    answer = lambda a, b: seen.append(a) or 1.3 * right(a, b)  # by no known number of times
    a = asking(scalars(), right, answer)
    seen.clear()
    assert limits(a) == [] and len(seen) == 2 * (len(NEAR) + len(FAR))  # both arguments, both ways, one case
    seen.clear()
    assert limits(asking(scalars(), right, lambda a, b: seen.append(a) or 2 * right(a, b))) != []
    assert len(seen) == len(scalars()) + 4 * 2 * (len(NEAR) + len(FAR))  # three cases, and the fourth agrees


def test_one_entry_of_two_is_named():
    right = lambda a, b: {"x": a * b + 1.5, "y": 1 - math.cos(a)}
    answer = lambda a, b: {"x": a * b + 1.7, "y": math.sin(a)}
    found = limited(right, answer, entries=("x", "y"))
    assert found[0] == ("response", "y: where `a` is nearly zero, what is right goes to zero with the square, and "
                        "yours goes to zero in proportion")  # fmt: skip


def ways(*cases):
    a = asking(list(cases), lambda **k: 1.0, lambda **k: 2.0)
    return [(words, tuple(steps)) for words, steps, _ in paths(cases[0], a)]


def step(case, words, k):
    a = asking([case], lambda **k: 1.0, lambda **k: 2.0)
    return next(path(k) for w, _, path in paths(case, a) if w == words)


def test_the_ways_to_go_far():
    assert ways(Case("random", {"a": 1.5})) == [("`a` is nearly zero", NEAR), ("`a` is very large", FAR)]
    share = Case("random", {"a": 0.5})
    assert ways(share) == [("`a` is nearly zero", NEAR), ("`a` is nearly one", NEAR)]
    assert step(share, "`a` is nearly one", 0.1) == {"a": 0.95} and step(share, "`a` is nearly zero", 0.1) == {
        "a": 0.05
    }
    assert ways(Case("random", {"n": 3, "s": "word", "f": True})) == []
    assert ways(Case("random", {"x": tensor([1.0, 3.0])})) == []  # counts
    x = Case("random", {"x": tensor([1.5, 3.0])})
    assert ways(x) == [("`x` is nearly zero", NEAR), ("`x` is very large", FAR)]
    assert ways(Case("random", {"x": tensor([0.25, 0.5])})) == [("`x` is nearly zero", NEAR)]
    table = Case("random", {"x": tensor([[1.5, 3.0], [0.5, 2.0]])})
    alike = [("the rows of `x` are nearly alike", NEAR), ("the columns of `x` are nearly alike", NEAR)]
    assert ways(table) == [*ways(x), *alike]
    assert step(table, alike[0][0], 0.5)["x"].tolist() == [[1.25, 2.75], [0.75, 2.25]]
    assert step(table, alike[1][0], 0.5)["x"].tolist() == [[1.875, 2.625], [0.875, 1.625]]
    p = tensor([[0.25, 0.75], [0.5, 0.5]])
    sure = ("`p` is all but certain", SHARP)
    alike = [(words.replace("`x`", "`p`"), s) for words, s in alike]
    assert ways(Case("random", {"p": p})) == [sure, *alike] == ways(Case("random", {"p": p.log()}))
    assert torch.allclose(step(Case("random", {"p": p.log()}), alike[0][0], 0.5)["p"].exp(), tensor(
        [[0.3125, 0.6875], [0.4375, 0.5625]]))  # fmt: skip
    assert ways(Case("random", {"p": p[0]})) == [sure]
    both = ways(Case("random", {"p": p[0], "q": p[1]}))
    assert both[-1] == ("`p` and `q` are nearly the same", NEAR) and len(both) == 3
    assert step(Case("random", {"p": p[0], "q": p[1]}), both[-1][0], 0.5)["p"].tolist() == [0.375, 0.625]
    assert len(ways(Case("random", {"p": p[0], "q": tensor([2.5, 3.5])}))) == 3  # of two kinds
    assert len(ways(Case("random", {"p": p[0], "q": tensor([0.25, 0.25, 0.5])}))) == 2


def test_probabilities_that_are_all_but_certain():
    p = tensor([[0.25, 0.75], [0.5, 0.5]])
    assert torch.allclose(sharper(2, p), tensor([[0.1, 0.9], [0.5, 0.5]]))
    assert torch.allclose(sharper(2, p.log()).exp(), tensor([[0.1, 0.9], [0.5, 0.5]]))
    # The spread of their logarithms, sixty at the least, says how far.
    wide = tensor([1e-30, 1 - 1e-30]).log()
    assert torch.allclose(_sharpened("p", wide)(1.0)["p"], sharper(60 / float(wide[1] - wide[0]), wide))
    assert torch.allclose(_sharpened("p", p)(1.0)["p"], sharper(60 / max(1, math.log(3)), p))
    assert torch.allclose(_sharpened("p", tensor([0.5, 0.5, 0.0]))(1.0)["p"], tensor([0.5, 0.5, 0.0]))


def test_how_many_times_in_the_end():
    row = lambda *pairs: [(tensor(r), tensor(g)) for r, g in pairs]
    assert _times(row(([1.0], [2.0]), ([0.5], [1.0]))) == "twice"
    assert _times(row(([1.0], [1.99]), ([0.5], [1.0005]))) == "twice"
    assert _times(row(([1.0], [1.0]), ([0.5], [0.5]))) == ""
    assert _times(row(([1.0], [1.9]), ([0.5], [1.0]))) is None  # it has not settled
    assert _times(row(([1.0], [2.2]), ([0.5], [1.1]))) is None  # no known number
    assert _times(row(([1.0, 2.0], [2.0, 4.0]), ([0.5, 1.0], [1.0, 2.0]))) == "twice"
    assert _times(row(([1.0, 2.0], [2.0, 4.0]), ([0.5, 1.0], [1.0, 3.0]))) is None
    assert _times(row(([1.0], [2.0]), ([0.0], [0.0]))) is None and _times(row(([0.0], [0.0]), ([1.0], [2.0]))) is None
    assert _times(row(([1.0, 1.0], [0.01, 0.0105]), ([0.5, 0.5], [0.005, 0.00525]))) is None
    assert _times(row(([1.0], [-1.0]), ([0.5], [-0.5]))) == "minus"


def test_nearly_right_is_told_where_the_end_is_no_trivial_one():
    soft = lambda t: lambda x: (t * x).softmax(1)
    cases = [Case("random", {"x": drawn(s, 3, 4)}) for s in range(2)]
    assert "special" not in dict(limited(soft(1.0), soft(3.0), cases))
    up = lambda a, b: 1.3 + a / (1 + a)
    assert ("special", "nearly right where `a` is nearly zero") in limited(up, lambda a, b: 1.3 + math.sin(a))


def test_two_sentences_at_the_most_the_telling_first():
    right = lambda a, b, c: (1 - math.cos(a)) * (1 - math.cos(b)) * math.log1p(c * c)
    answer = lambda a, b, c: math.sin(a) * math.sin(b) * math.sin(c) ** 2
    found = limited(right, answer, scalars(c=1.3))
    assert [(kind, text[:12]) for kind, text in found] == [("response", "where `a` is"), ("response", "where `b` is")]
    first = lambda a, b, c: math.sin(a) ** 2 * math.sin(b) * 0.5 * (1 - math.cos(c))
    found = limited(lambda a, b, c: math.log1p(a * a) * (1 - math.cos(b)) * (1 - math.cos(c)), lambda a, b, c: first(
        a, b, c) * 2, scalars(c=1.3))  # fmt: skip
    assert [kind for kind, _ in found][:1] == ["response"]


# --- ladder -----------------------------------------------------------------------------------------------------------


def laddered(right, answer, cases=None):
    return told(ladder, right, answer, cases)


FROM = ", from {} to {}"
LADDERS = {
    "a cap": (lambda a, b: 1.1 * a, lambda a, b: 1.1 * min(a, 1.2), {"low": 1.3}, "wrong where `a` is 3, 10 or 30, "
              "right at the other 5 that were tried, from 0.001 to 30"),
    "a floor": (lambda a, b: 1.1 * a, lambda a, b: 1.1 * a if a < 0.3 else b, {"low": 1.3}, "right where `a` is 0.001, "
                "0.01 or 0.1, wrong at the other 5 that were tried, from 0.001 to 30"),
    "one value alone": (lambda a, b: 1.1 * a, lambda a, b: 1.1 * a if a < 20 else b, {"low": 20.3}, None),
}  # fmt: skip


@pytest.mark.parametrize(("right", "answer", "more", "says"), LADDERS.values(), ids=LADDERS)
def test_at_which_values_it_is_right(right, answer, more, says):
    assert laddered(right, answer, scalars(**more)) == ([("place", says)] if says else [])
    assert laddered(right, answer, scalars(1, **more)) == []


def test_two_values_and_the_second_argument():
    two = lambda a, b: 1.1 * b if b < 0.05 else a
    right = lambda a, b: 1.1 * b
    assert laddered(right, two, scalars(low=1.3)) == [
        ("place", "right where `b` is 0.001 or 0.01, wrong at the other 6 that were tried, from 0.001 to 30")
    ]
    assert laddered(right, lambda a, b: 1.1 * b if b < 0.005 else a, scalars(low=1.3)) == []  # one value


def test_values_of_both_signs():
    cases = [Case("random", {"a": a, "b": b}) for a, b in ((1.7, 2.3), (-1.9, 2.9), (2.2, 3.1))]
    right = lambda a, b: 1.1 * a
    assert laddered(right, lambda a, b: 1.1 * max(min(a, 1.2), -1.2), cases) == [
        ("place", "wrong where `a` is plus or minus 3, 10 or 30, right at the other 11 that were tried, from -30 to 30")
    ]


def test_values_of_a_share_and_of_a_table():
    cases = [Case("random", {"a": a}) for a in (0.9, 0.95, 0.97)]
    assert laddered(lambda a: 1.1 * a, lambda a: 1.1 * min(a, 0.8), cases) == [
        ("place", "wrong where `a` is 0.9, 0.99, 0.999 or 1, right at the other 7 that were tried, from 0 to 1")
    ]
    tables = [Case("random", {"x": drawn(s, 3).abs() + 1.5}) for s in range(3)]
    assert laddered(lambda x: 1.1 * x.sum(), lambda x: 1.1 * x.clamp_max(1.2).sum(), tables) == [
        ("place", "wrong where every number of `x` is 3, 10 or 30, right at the other 5 that were tried, from 0.001 to "
         "30")]  # fmt: skip
    p = [Case("random", {"p": drawn(s, 3).softmax(0)}) for s in range(3)]
    assert laddered(lambda p: 1.1 * p.max(), lambda p: 1.1 * p.max().clamp_max(0.2), p) == []  # probabilities
    counts = [Case("random", {"x": tensor([1.0, k])}) for k in (2.0, 3.0)]
    assert laddered(lambda x: 1.1 * x.sum(), lambda x: 1.1 * x.clamp_max(1.2).sum(), counts) == []


def test_what_is_not_asked_hides_no_other_argument():
    """A table of counts, or of probabilities, that comes first."""
    for table in (tensor([1.0, 2.0]), tensor([0.25, 0.75])):
        cases = [Case("random", {"x": table, **c.arguments}) for c in scalars(low=1.3)]
        rest = lambda f: lambda x, a, b: f(a, b)
        right, answer, _, says = LADDERS["a cap"]
        assert ("place", says) in laddered(rest(right), rest(answer), cases)
        right, answer, says = RESPONSES["two laws"]
        assert told(responses, rest(right), rest(answer), cases) == says
        assert ways(Case("random", {"x": table, "a": 1.5}))[-2:] == ways(Case("random", {"a": 1.5}))
    x = {"x": tensor([1.5, 3.0])}
    assert ways(Case("random", {"a": 1.5, **x})) == [*ways(Case("random", {"a": 1.5})), *ways(Case("random", x))]


def test_the_same_values_in_two_cases():
    cases = [Case("random", {"a": 5.7, "b": b}) for b in (0.6, 4.1)]
    found = [text for _, text in laddered(lambda a, b: 1.1 * a, lambda a, b: 1.1 * min(a, b), cases)]
    assert not any("where `a` is" in text for text in found)  # the bound is another in each
    counts = [Case("random", {"a": 1.5 + k, "b": 1.0}) for k in range(3)]
    assert laddered(lambda a, b: math.floor(a), lambda a, b: min(math.floor(a), 1), counts) == []  # whole


def test_right_at_zero_alone_or_here_and_there_is_no_band():
    cases = [Case("random", {"a": a, "b": b}) for a, b in ((1.7, 2.3), (-1.9, 2.9))]
    assert laddered(lambda a, b: 1.1 * a, lambda a, b: 1.2 * a, cases) == []
    states = lambda text: dict(zip((-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0), (c == "+" for c in text), strict=True))
    assert _banded(states("+++-+++")) and _banded(states("+-+--+-")) and _banded(states("-+-+-+-"))
    many = {float(k): k % 2 == 0 for k in range(5)}
    assert not _banded(many) and not _banded({-k: s for k, s in many.items()}) and _banded(dict([*many.items()][:4]))


def test_values_in_words():
    assert _listed([3.0]) == "3" and _listed([1.0, 3.0]) == "1 or 3" and _listed([0.5, 1.0, 3.0]) == "0.5, 1 or 3"
    assert _listed([-3.0, -1.0, 0.0, 1.0, 3.0]) == "0, or plus or minus 1 or 3"
    assert _listed([-3.0, -1.0, 3.0, 10.0]) == "-1 or 10, or plus or minus 3"
    assert _listed([-3.0, 3.0]) == "plus or minus 3" and _listed([]) == ""
