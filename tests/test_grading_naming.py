"""Which slip of the catalogue an answer makes, and for which other arguments it would be right: named where every
number agrees, and not where one does not."""

import math
from types import SimpleNamespace

import pytest
import torch

from course_pkg.grading import Case
from course_pkg.grading.naming import (
    CHANGES,
    PAIRS,
    _all_changed,
    _both_exp,
    _by_another,
    _contradicts,
    _exchanged,
    _one_changed,
    as_if,
    matches,
    named_slips,
    nothing,
    scaled_slips,
)
from course_pkg.questions.shared import numbers
from probing import told
from test_probes import scalars, trials


def slip(name, *forms):
    return SimpleNamespace(name=name, answer=forms[0], forms=forms, message=f"look at {name}.")


def asked(right, answer, wrong=(), cases=scalars, independent=False, derived=None):
    found = trials(cases, right, answer, wrong)
    found.question.independent = independent
    found.question.derived = derived or {}
    return found


# --- slips of the catalogue -------------------------------------------------------------------------------------------

SUM = lambda a, b: a + b
ROOT, PRODUCT = slip("root", lambda a, b: math.sqrt(a) + b), slip("product", lambda a, b: a * b)


def named(answer, wrong=(ROOT, PRODUCT), right=SUM, **more):
    return [w.name for w in named_slips(asked(right, answer, wrong, **more))]


def test_a_slip_is_named_where_every_number_agrees():
    assert named(lambda a, b: math.sqrt(a) + b) == ["root"]
    assert named(lambda a, b: a * b) == ["product"]
    assert named(lambda a, b: a * b * (1 + 5e-7)) == ["product"]  # within rounding
    assert named(lambda a, b: a * b * (1 + 5e-6)) == []
    assert named(SUM) == [] and named(lambda a, b: a - b) == []
    assert named(lambda a, b: a * b if b < 2.5 else a * b + 1) == []
    assert named(lambda a, b: a * b if a < 1 else a + b) == []  # in some of the cases


def test_one_slip_is_named_and_the_first_of_two_that_agree():
    twin = slip("twin", lambda a, b: b * a)
    assert named(lambda a, b: a * b, (PRODUCT, twin)) == ["product"]
    assert named(lambda a, b: a * b, (twin, PRODUCT)) == ["twin"]


def test_another_form_of_a_slip():
    forms = slip("mean", lambda a, b: (a + b) / 2, lambda a, b: (a + b) / 3)
    assert named(lambda a, b: (a + b) / 2, (forms,)) == named(lambda a, b: (a + b) / 3, (forms,)) == ["mean"]
    assert named(lambda a, b: (a + b) / 4, (forms,)) == []


def test_a_slip_that_gives_what_is_right_is_none():
    assert named(SUM, (slip("none", SUM),)) == []
    assert matches(asked(SUM, SUM), SUM) == set()


def test_what_is_not_finite_contradicts_nothing_but_half_must_be_there():
    def some(n):
        """As the slip, with no number from the n-th case on, of twelve."""
        cases = [c for seed in (0, 101) for c in scalars(seed)]
        there = {c.arguments["a"] for c in cases[:n]}
        return lambda a, b: a * b if a in there else math.nan

    assert named(some(12)) == named(some(6)) == ["product"] and named(some(5)) == []


def test_a_slip_that_raises_somewhere():
    fails = slip("fails", lambda a, b: a * b if a < 1.5 else 1 / 0)
    assert named(lambda a, b: a * b, (fails,)) == []  # it does not give what came
    assert named(lambda a, b: a * b if a < 1.5 else math.nan, (fails,)) == ["fails"]


def test_what_contradicts():
    one, other = {"x": numbers([1.0, 2.0])}, {"x": numbers([1.0, 2.1])}
    assert not _contradicts(one, one, {"x"}, 1e-6) and _contradicts(one, other, {"x"}, 1e-6)
    assert not _contradicts(one, other, set(), 1e-6) and not _contradicts(one, other, {"y"}, 1e-6)
    assert _contradicts(one, {}, {"x"}, 1e-6) and not _contradicts({}, one, {"x"}, 1e-6)
    assert not _contradicts({"x": numbers([1.0, math.nan])}, one, {"x"}, 1e-6)
    assert _contradicts({**one, "y": one["x"]}, {**one, "y": other["x"]}, {"x", "y"}, 1e-6)
    assert not _contradicts(one, other, {"x"}, 0.1)


TWO = lambda a, b: {"sum": numbers(a + b), "product": numbers(a * b), "both": numbers(a + b + a * b)}
IN_SUM = slip("in the sum", lambda a, b: {**TWO(a, b), "sum": numbers(a - b), "both": numbers(a - b + a * b)})
IN_PRODUCT = slip(
    "in the product", lambda a, b: {**TWO(a, b), "product": numbers(a / b), "both": numbers(a + b + a / b)}
)
IN_BOTH = slip("in both", lambda a, b: {**TWO(a, b), "both": numbers(a + b + 2 * a * b)})
WRONG = (IN_BOTH, IN_PRODUCT, IN_SUM)
DERIVED = {"both": ("sum", "product")}


def of_entries(answer, wrong=WRONG, independent=True, derived=DERIVED):
    return named(answer, wrong, TWO, independent=independent, derived=derived)


def test_a_slip_of_each_entry_in_the_order_of_the_entries():
    parts = lambda a, b: {"sum": numbers(a - b), "product": numbers(a / b), "both": numbers(a - b + a / b)}
    assert of_entries(parts) == ["in the sum", "in the product"]
    assert of_entries(parts, independent=False) == []
    assert of_entries(IN_SUM.answer) == ["in the sum"] == of_entries(IN_SUM.answer, independent=False)
    assert of_entries(IN_BOTH.answer) == ["in both"]
    assert of_entries(TWO) == []


def test_two_slips_of_one_entry_are_one():
    twin = slip("twin", IN_SUM.answer)
    assert of_entries(IN_SUM.answer, (IN_SUM, twin)) == ["in the sum"]
    assert of_entries(IN_SUM.answer, (twin, IN_SUM), independent=False) == ["twin"]


def test_an_entry_that_follows_from_others_is_wrong_by_itself_only_where_they_are_right():
    also_wrong = lambda a, b: {**IN_BOTH.answer(a, b), "product": numbers(7 * a)}
    assert of_entries(also_wrong) == []
    elsewhere = lambda a, b: {**IN_SUM.answer(a, b), "product": numbers(7 * a)}
    assert of_entries(elsewhere) == ["in the sum"]  # another entry, with a slip of its own
    assert of_entries(elsewhere, independent=False) == []


def test_an_entry_that_did_not_come():
    without = lambda a, b: {n: v for n, v in IN_SUM.answer(a, b).items() if n != "both"}
    assert of_entries(without) == ["in the sum"]
    assert of_entries(lambda a, b: {"product": numbers(a * b)}) == []


# --- two slips at once ------------------------------------------------------------------------------------------------


def scaled(answer, wrong=(ROOT, PRODUCT), cases=scalars):
    return told(scaled_slips(asked(SUM, answer, wrong, cases), ""))


def few(n):
    return lambda seed: scalars(seed)[:n] if seed == 0 else ()


def test_a_slip_times_a_number_or_with_one_added():
    head = "two slips at once. {0}: look at {0}. And {1}"
    assert scaled(lambda a, b: a * b / 2) == ("two", head.format("product", "exactly half of what this slip gives"))
    assert scaled(lambda a, b: a * b + 1) == (
        "two", head.format("product", "too much by exactly 1: a constant is wrong or missing"))  # fmt: skip
    assert scaled(lambda a, b: 2 * math.sqrt(a) + 2 * b) == (
        "two", head.format("root", "exactly twice what this slip gives"))  # fmt: skip
    assert scaled(lambda a, b: a * b * 1.3) is None  # a number without a name
    assert scaled(lambda a, b: a * b / 2 + (a > 1.5)) is None
    assert scaled(lambda a, b: math.sin(a * b)) is None


def test_four_cases_show_two_slips_and_every_one_must_be_there():
    half = lambda a, b: a * b / 2
    assert scaled(half, cases=few(4)) is not None and scaled(half, cases=few(3)) is None
    last = [c.arguments["a"] for c in scalars(101)][-1]
    lost = slip("lost", lambda a, b: a * b if a != last else 1 / 0)
    assert scaled(half, (lost,)) is None
    other_shape = slip("shape", lambda a, b: numbers([a * b]))
    assert scaled(half, (other_shape,)) is None
    endless = slip("endless", lambda a, b: a * b if a != last else math.inf)
    assert scaled(half, (endless,)) is None
    assert scaled(half, (lost, other_shape, endless, PRODUCT)) is not None


# --- the right answer to other arguments ------------------------------------------------------------------------------


def tables_and_numbers(seed):
    g = torch.Generator().manual_seed(seed)
    draw = lambda *shape: 0.2 + torch.rand(*shape, generator=g, dtype=torch.float64)
    return tuple(Case("random", {"x": draw(n, n), "y": draw(n, n), "beta": 2 + draw(1).item()}, {}) for n in (2, 3))


CURVED = lambda x, y, beta: (beta * x.sin() + y.cos() * x).cumsum(0) + y[:1]


def instead(answer, right=CURVED, cases=tables_and_numbers):
    return told(as_if(asked(right, answer, cases=cases), ""))


def exactly(what):
    return ("as if", f"exactly what is right if {what}")


WOULD = {
    "`x` were squared": lambda x, y, beta: CURVED(x**2, y, beta),
    "`y` were its root": lambda x, y, beta: CURVED(x, y.sqrt(), beta),
    "`beta` were twice as much": lambda x, y, beta: CURVED(x, y, 2 * beta),
    "`beta` were zero": lambda x, y, beta: CURVED(x, y, 0.0),
    "`beta` were one": lambda x, y, beta: CURVED(x, y, 1.0),
    "`beta` were rounded": lambda x, y, beta: CURVED(x, y, round(beta)),
    "`x` had its rows and columns exchanged": lambda x, y, beta: CURVED(x.mT, y, beta),
    "`y` came in reversed order": lambda x, y, beta: CURVED(x, y.flip(0), beta),
    "the columns of `y` came in reversed order": lambda x, y, beta: CURVED(x, y.flip(1), beta),
    "`x` were its diagonal alone": lambda x, y, beta: CURVED(x.diagonal().diag(), y, beta),
    "`x` and `y` were exchanged": lambda x, y, beta: CURVED(y, x, beta),
    "`x` and `y` were exp of themselves: is a logarithm taken for a probability, or the reverse?":
        lambda x, y, beta: CURVED(x.exp(), y.exp(), beta),
    "`x` and `y` were squared": lambda x, y, beta: CURVED(x**2, y**2, beta),
    "`x` and `beta` were their roots": lambda x, y, beta: CURVED(x**0.5, y, beta**0.5),
    "`x` and `y` and `beta` were squared": lambda x, y, beta: CURVED(x**2, y**2, beta**2),
    "`x` were `x` times `y`": lambda x, y, beta: CURVED(x * y, y, beta),
    "`x` were `x` over `beta`": lambda x, y, beta: CURVED(x / beta, y, beta),
}  # fmt: skip


@pytest.mark.parametrize(("what", "answer"), WOULD.items(), ids=WOULD)
def test_for_which_arguments_it_would_be_right(what, answer):
    assert instead(answer) == exactly(what)


def test_next_to_nothing_is_nothing_where_the_question_lets_it_pass():
    assert (
        nothing(SimpleNamespace(tolerance=2e-5)) == pytest.approx(2e-6)
        and nothing(SimpleNamespace(tolerance=0.05)) == 1e-5
    )
    assert nothing(SimpleNamespace(tolerance=1e-12)) == 1e-9
    near, zero = {"": numbers([3e-7])}, {"": numbers([0.0])}
    assert not _contradicts(near, zero, {""}, 1e-6, 2e-6) and _contradicts(near, zero, {""}, 1e-6)


def test_for_no_arguments_it_would_be_right():
    assert instead(lambda x, y, beta: CURVED(x, y, beta) + 1) is None
    assert instead(lambda x, y, beta: CURVED(x, y, 3 * beta)) is None
    assert instead(lambda x, y, beta: CURVED(x**2, y, beta) * (1 + 9e-6)) == exactly("`x` were squared")
    assert instead(lambda x, y, beta: CURVED(x**2, y, beta) * (1 + 1.1e-5)) is None
    one_case = lambda x, y, beta: CURVED(x**2 if len(x) == 2 else x, y, beta)
    assert instead(one_case) is None


def test_where_two_changes_give_the_same_neither_is_told_but_zero_is():
    ones = lambda seed: tuple(Case("random", {"a": 1.0, "b": c.arguments["b"]}, {}) for c in scalars(seed))
    right = lambda a, b: a + math.sin(b)
    assert instead(lambda a, b: 2 + math.sin(b), right, ones) is None  # twice as much, or one more
    assert instead(lambda a, b: math.sin(b), right, ones) == exactly("`a` were zero")  # or one less
    assert instead(lambda a, b: 1 / 2 + math.sin(b), right, ones) == exactly("`a` were half as much")


def test_three_cases_tell_of_real_numbers_and_eight_of_counts():
    right = lambda a, b: math.sin(a) + b
    said = lambda n: instead(lambda a, b: math.sin(2 * a) + b, right, few(n))
    assert said(3) == exactly("`a` were twice as much") and said(2) is None

    def counted(n):
        return lambda seed: (
            tuple(Case("random", {"n": k, "m": k * k % 7}, {}) for k in range(3, 3 + n)) if seed == 0 else ()
        )

    fewer = lambda n: instead(lambda n, m: (n - 1) * m, lambda n, m: n * m, counted(n))
    assert fewer(8) == exactly("`n` were one less") and fewer(7) is None


def test_which_arguments_are_changed():
    def given(**arguments):
        sizes = arguments.pop("sizes", {})
        return lambda seed: tuple(Case("random", {**arguments, "a": c.arguments["a"], "n": 3 + i}, {
            name: 3 + i for name in sizes}) for i, c in enumerate(scalars(seed)))  # fmt: skip

    right = lambda a, n, **more: a**0.3 * math.log(n) + 0.1 * n
    less = lambda a, n, **more: right(a, n - 1)
    assert instead(less, right, given()) == exactly("`n` were one less")
    assert instead(less, right, given(sizes=["n"])) == exactly("`n` were one less")  # no table has its length
    assert instead(less, right, given(sizes=["n"], kind="sum")) is None
    assert instead(less, right, given(kind="sum")) == exactly("`n` were one less")
    for name, value, is_changed in (("step", 7, True), ("seed", 7, False), ("hidden", 7, False), ("step", True, False)):
        right = lambda a, n, name=name, **more: math.sin(a) * math.log(2 + more[name]) * n**0.1
        less = lambda a, n, name=name, right=right, **more: right(a, n, **{name: more[name] - 1})
        assert instead(less, right, given(**{name: value})) == (exactly("`step` were one less") if is_changed else None)


# --- the changes themselves -------------------------------------------------------------------------------------------


def test_a_change_that_changes_nothing_is_none():
    given = {"x": numbers([1.0, 2.0]), "b": 3.0}
    assert _one_changed("b", lambda v: v, given) == {"b": 3.0}
    assert _one_changed("x", torch.square, given)["x"].tolist() == [1.0, 4.0]
    for change in (lambda v: v, lambda v: v.clone(), lambda v: None):
        with pytest.raises(ValueError, match="no change"):
            _one_changed("x", change, given)
    assert _all_changed(["x", "b"], lambda v: v**2, given)["b"] == 9.0


def test_one_argument_by_another():
    given = {"x": numbers([1.0, 2.0]), "b": 3.0, "n": 4, "y": numbers([[1.0], [2.0]])}
    assert _by_another("b", "n", PAIRS["`{}` over `{}`"], given) == {"b": 0.75}
    assert _by_another("n", "b", PAIRS["`{}` times `{}`"], given) == {"n": 12}
    assert isinstance(_by_another("n", "b", PAIRS["`{}` times `{}`"], given)["n"], int)
    with pytest.raises(ValueError, match="no whole number"):
        _by_another("n", "b", PAIRS["`{}` over `{}`"], given)
    with pytest.raises(ValueError, match="another shape"):
        _by_another("x", "y", PAIRS["`{}` plus `{}`"], given)
    assert _exchanged("b", "n", given) == {"b": 4, "n": 3.0}
    assert [v.tolist() for v in _both_exp("x", "y", {"x": numbers(0.0), "y": numbers([0.0])}).values()] == [1.0, [1.0]]


def test_what_each_change_does_to_a_table():
    x = numbers([[1.0, -2.0], [3.0, 0.4]])
    does = {name.format("x"): f(x) for name, f in CHANGES.items()}
    assert does["`x` were its absolute value"].tolist() == [[1.0, 2.0], [3.0, 0.4]]
    assert CHANGES["`{}` were its absolute value"](-2.0) == 2.0 and CHANGES["`{}` were rounded"](2.6) == 3.0
    assert does["`x` had zeros on its diagonal"].tolist() == [[0.0, -2.0], [3.0, 0.0]]
    assert does["`x` had the mean of each row taken off"].sum(1).abs().max() < 1e-12
    assert does["`x` had the mean of each column taken off"].sum(0).abs().max() < 1e-12
    assert all(CHANGES[name](numbers([1.0, 2.0])) is None for name in CHANGES if "row" in name or "column" in name)
