"""A derivation holds, or says which line does not, on which world, by how much; a check that is blind is refused."""

import html
import inspect
import math
import re
import statistics
from dataclasses import replace

import numpy as np
import pytest
import sympy
import torch

from course_pkg.derivation import (
    GRIDS,
    TABLES,
    BrokenStep,
    Definition,
    Derivation,
    Step,
    UnusableStep,
    Worlds,
    Wrong,
    normal,
)
from course_pkg.derivation.agreement import ALPHA, EXACT, MONTE_CARLO, PROVED, Agreement, Estimate
from course_pkg.derivation.breaker import outcomes
from course_pkg.derivation.chain import LINE, STRICT
from course_pkg.worlds import LinearGaussianWorld, TabularWorld

PAIRS = Worlds("pairs", lambda seed: torch.tensor([1.0 + seed, 2.0], dtype=torch.float64), count=3, tolerance=1e-9)
EQUAL_PAIR = lambda seed: torch.tensor([2.0, 2.0], dtype=torch.float64)


def squared_sum(w):
    return w.sum() ** 2


SUM = Derivation(
    "binomial",
    (
        Step("(a + b)^2", squared_sum, "by definition"),
        Step("a^2 + 2ab + b^2", lambda w: w.square().sum() + 2 * w.prod(), "multiply out", also={"torch": squared_sum}),
        Step("4ab", lambda w: 4 * w.prod(), "means", relation=r"\ge", tight=EQUAL_PAIR),
    ),
    worlds=(PAIRS,),
    follows=("axioms",),
)


def broken(derivation, seed=0):
    with pytest.raises(BrokenStep) as caught:
        derivation.check(seed)
    return caught.value


# A derivation that holds --------------------------------------------------------------------------


def test_a_derivation_that_holds_gives_a_row_for_every_line():
    report = SUM.check()
    assert report.label == "binomial" and report.worlds == "3 pairs"
    assert tuple(row.step for row in report.rows) == SUM.steps
    equal, larger = Agreement(EXACT, 1e-9, 0.0), Agreement(EXACT, 1e-9, 0.0)
    assert [row.agreements for row in report.rows] == [(), (equal,), (larger,)]
    assert report.agreements == (equal,)


def test_the_worst_residual_of_each_line_over_all_worlds_is_kept():
    """Line i is off by i * w / 1e5; worlds are 1, 2, 3 and the limit is 1e-4, relative to 1 + i * w / 1e5 or so."""
    kind = Worlds("numbers", lambda s: torch.tensor(s + 1.0, dtype=torch.float64), count=3, tolerance=1e-4)
    line = lambda i: Step(str(i), lambda w: 1 + i * w / 1e5)
    report = Derivation("drift", (line(0), line(1), line(2)), worlds=(kind,)).check()
    worst = [max((w / 1e5) / (1 + i * w / 1e5) for w in (1, 2, 3)) for i in (1, 2)]
    assert [row.residual for row in report.rows] == pytest.approx([0.0, *worst])
    assert report.residual == pytest.approx(max(worst))


def test_worlds_are_drawn_from_consecutive_seeds():
    seen = []
    kinds = tuple(
        Worlds(name, lambda s, name=name: seen.append((name, s)) or torch.tensor(float(s)), n)
        for name, n in (("a", 2), ("b", 3))
    )
    line = Step("1", lambda w: w)
    Derivation("seeds", (line, line), worlds=kinds).check(7)
    assert seen == [("a", 7), ("a", 8), ("b", 7), ("b", 8), ("b", 9)]
    seen.clear()
    Derivation("seeds", (line, line), worlds=kinds).check()
    assert seen[0] == ("a", 0)


def test_every_limit_that_a_line_was_judged_by_is_shown_once():
    loose = Worlds("loose", PAIRS.draw, 2, 1e-4)
    exact = lambda w: torch.tensor([3.0], dtype=torch.float64)
    noisy = lambda w: Estimate(torch.tensor([3.25], dtype=torch.float64), torch.tensor([1.0], dtype=torch.float64), 9)
    report = Derivation("d", (Step("a", exact), Step("b", exact, also={"m": noisy})), worlds=(PAIRS, loose)).check()
    sampled, *exact = report.rows[1].agreements
    assert (sampled.kind, sampled.observed) == (MONTE_CARLO, 0.25) and 4 < sampled.allowed < 7
    assert exact == [Agreement(EXACT, 1e-9, 0.0), Agreement(EXACT, 1e-4, 0.0)]
    assert report.rows[1].text.startswith(f"allowed {sampled.allowed:.1f} std. errors, observed 0.2; allowed 1e-09, ")
    assert report.agreements == report.rows[1].agreements
    assert report.residual == 0.0, "a line judged by its error bar has no residual in nats"
    assert report.worlds == "3 pairs and 2 loose"


def test_the_usual_worlds_are_tables_and_gaussians_on_a_grid():
    assert Derivation("d", SUM.steps).worlds == (TABLES, GRIDS)
    assert (TABLES.name, TABLES.count, TABLES.tolerance) == ("tables", 20, 1e-11)
    assert (GRIDS.name, GRIDS.count, GRIDS.tolerance) == ("linear-Gaussian worlds on a grid", 3, 1e-11)
    assert isinstance(TABLES.draw(0), TabularWorld)


def test_a_gaussian_on_a_grid_has_five_points_of_its_own_data():
    """Squared Mahalanobis distances of the data are chi-square: 40 worlds of 5 points, mean 2, standard error .14."""
    distances = []
    for seed in range(40):
        table, world = GRIDS.draw(seed), LinearGaussianWorld.random(seed)
        assert len(table.log_p_x) == 6 and len(table.latents) == 2
        x = points_of(table, world)
        r = x - world.m
        distances.append((r @ torch.linalg.inv(world.C) * r).sum(1))
    assert torch.cat(distances).mean().item() == pytest.approx(2, abs=5 * 0.14)
    assert torch.equal(GRIDS.draw(3).log_q_z_given_x, GRIDS.draw(3).log_q_z_given_x)


def points_of(table, world):
    """The x of a table, read off its encoder: E_q[z] = V x + c."""
    spacing = len(table.log_p_z) ** 0.5
    q = table.log_q_z_given_x[:-1].exp()
    axes = [m.exp() for m in table.log_marginals(table.log_p_z)]
    assert len(axes[0]) == spacing
    centre = torch.arange(len(axes[0]), dtype=torch.float64) - (len(axes[0]) - 1) / 2
    step = 1 / (axes[0] * centre**2).sum().sqrt()  # the prior has variance one, which gives the grid its unit
    z = torch.cartesian_prod(step * centre, step * centre)
    return (q @ z - world.c) @ torch.linalg.inv(world.V).mT


def test_oracles_are_the_worlds_and_the_other_ways():
    assert SUM.oracles() == ["pairs", "torch"]


# How a report shows itself ------------------------------------------------------------------------


def test_a_report_in_a_terminal():
    assert repr(SUM.check()) == (
        "binomial holds on 3 pairs: allowed 1e-09, observed 0\n"
        "  0  (a + b)^2\n"
        "     by definition\n"
        "  1  = a^2 + 2ab + b^2\n"
        "     multiply out | allowed 1e-09, observed 0\n"
        "  2  \\ge 4ab\n"
        "     means | allowed 1e-09, observed 0"
    )
    assert repr(SUM.replace(0, reason="").check()).splitlines()[1:3] == ["  0  (a + b)^2", "  1  = a^2 + 2ab + b^2"]


def test_a_report_in_a_page_is_one_line_that_opens_to_typeset_lines_and_their_code():
    shown = SUM.check()._repr_html_()
    assert shown.startswith(
        '<details class="check"><summary>Holds on 3 pairs: allowed 1e-09, observed 0</summary>'
        '<table class="derivation"><caption>binomial</caption>'
    )
    assert '<th scope="col">step</th><th scope="col">reason</th><th scope="col">check</th>' in shown
    for formula in ("(a + b)^2", "= a^2 + 2ab + b^2", r"\ge 4ab"):
        assert rf'<td><span class="math">\({formula}\)</span></td>' in shown
    assert "<td>multiply out</td><td>allowed 1e-09, observed 0</td>" in shown
    assert shown.count("<details><summary>code</summary><pre>") == 3
    assert "def squared_sum(w):\n    return w.sum() ** 2</pre>" in shown


def test_the_code_of_a_line_is_that_of_its_value_and_of_its_other_ways():
    code = SUM.steps[1].code()
    first, second = inspect.getsource(SUM.steps[1].value).strip(), inspect.getsource(squared_sum).strip()
    assert code == f"{first}\n\n{second}" and code.startswith("Step(")


# A line that does not hold ------------------------------------------------------------------------


def test_a_broken_step_names_the_line_both_values_the_world_and_the_seed():
    error = broken(SUM.replace(1, value=lambda w: w.square().sum(), also={}), seed=4)
    assert (error.label, error.number, error.what, error.world, error.seed) == (
        "binomial", 1, "the relation fails", "pairs", 4,
    )  # fmt: skip
    assert (error.left.item(), error.right.item()) == (49.0, 29.0)
    assert str(error).splitlines() == [
        "binomial is broken",
        "broken    step 1: the relation fails",
        "left      (a + b)^2",
        "right     = a^2 + 2ab + b^2",
        "reason    multiply out",
        "left is   [49]",
        "right is  [29]",
        "off by    0.41, allowed 1e-09",
        "found on  pairs, seed 4",
    ]
    assert repr(error) == str(error)


def test_a_broken_step_in_a_page():
    shown = broken(SUM.replace(2, value=lambda w: 9 * w.prod(), reason="a < b"))._repr_html_()
    assert shown.startswith('<table class="derivation broken"><caption>binomial is broken</caption>')
    assert r'<td><span class="math">\(\ge 4ab\)</span></td>' in shown and "<td>a &lt; b</td>" in shown


def test_a_broken_step_without_a_reason_says_so():
    assert "reason    none given" in str(broken(SUM.replace(1, value=lambda w: w.sum(), also={}, reason="")))


def test_a_world_that_breaks_only_at_a_later_seed_is_found():
    late = lambda w: squared_sum(w) + (w[0] > 2.5)
    error = broken(SUM.replace(0, value=late))
    assert error.seed == 2 and error.number == 1


def test_the_second_kind_of_world_is_checked_too():
    other = Worlds("others", lambda s: torch.tensor([-1.0, 1.0], dtype=torch.float64), 1)
    absolute = SUM.replace(1, value=lambda w: w.abs().sum() ** 2, also={})
    absolute = Derivation("absolute", absolute.steps[:2], worlds=(PAIRS, other))
    assert broken(absolute).world == "others"


def test_a_broken_oracle_is_named_and_shown_beside_its_own_line():
    error = broken(SUM.replace(1, also={"torch": squared_sum, "pen": lambda w: w.sum()}))
    assert error.what == "computed by pen" and error.number == 1
    assert "left      a^2 + 2ab + b^2\nright     = a^2 + 2ab + b^2\n" in str(error)
    assert (error.left.item(), error.right.item()) == (3.0, 9.0)


def test_an_oracle_of_an_inequality_must_agree_not_only_be_larger():
    larger = SUM.replace(2, also={"larger": lambda w: 4 * w.prod() + 1})
    assert broken(larger).what == "computed by larger"
    assert "right     = 4ab" in str(broken(larger))


@pytest.mark.parametrize("relation, factor", [(r"\ge", 1.01), (r"\le", 0.99)])
def test_an_inequality_the_wrong_way_round_is_broken(relation, factor):
    steps = (Step("a", lambda w: w), Step("b", lambda w: factor * w, relation=relation, tight=lambda s: torch.zeros(2)))
    assert broken(Derivation("d", steps, worlds=(PAIRS,))).what == "the relation fails"


def test_an_inequality_that_holds_both_ways_round():
    steps = (Step("a", lambda w: w.prod()), Step("b", lambda w: (w.sum() / 2) ** 2, relation=r"\le", tight=EQUAL_PAIR))
    assert Derivation("means", steps, worlds=(PAIRS,)).check().rows[1].agreements == (Agreement(EXACT, 1e-9, 0.0),)


def test_an_inequality_that_is_not_tight_where_promised_is_refused():
    error = broken(SUM.replace(2, tight=lambda s: torch.tensor([2.0, 2.1], dtype=torch.float64)), seed=3)
    assert (error.what, error.number, error.seed, error.world) == ("no equality where it was promised", 2, 3, "pairs")
    assert (error.left.item(), error.right.item()) == pytest.approx((16.81, 16.8))


def test_equality_is_looked_for_on_every_seed():
    tight = lambda s: torch.tensor([2.0, 2.0 + (s == 2)], dtype=torch.float64)
    assert broken(SUM.replace(2, tight=tight)).seed == 2


def off_by(gap):
    """An inequality whose sides differ by gap(world), and are equal on the tight world, zero."""
    steps = (
        Step("a", lambda w: w),
        Step("b", lambda w: w - gap(w), relation=r"\ge", tight=lambda s: torch.zeros(2, dtype=torch.float64)),
    )
    return Derivation("gap", steps, worlds=(PAIRS,))


def test_an_inequality_that_is_never_strict_is_refused():
    error = broken(off_by(lambda w: STRICT * w.sign() / 2), seed=5)
    assert (error.label, error.number, error.world, error.seed) == ("gap", 1, "all", 5)
    assert error.what == "an inequality that was never strict: say ="
    assert "left is   equal\nright is  equal\noff by    0.001 at most, on every world\n" in str(error)
    assert "left      a\nright     \\ge b\n" in str(error)


def test_one_number_on_one_world_makes_an_inequality_strict():
    off_by(lambda w: 2 * STRICT * torch.stack([(w[0] == 1).double(), torch.zeros(()).double()])).check()
    off_by(lambda w: 2 * STRICT * torch.stack([(w[0] == 3).double(), torch.zeros(()).double()])).check()


def test_strict_means_by_more_than_the_threshold():
    edge = Worlds("edges", lambda s: torch.tensor([STRICT], dtype=torch.float64), 1)
    tight = lambda s: torch.zeros(1, dtype=torch.float64)
    steps = (Step("a", lambda w: w), Step("b", torch.zeros_like, relation=r"\ge", tight=tight))
    assert broken(Derivation("edge", steps, worlds=(edge,))).what == "an inequality that was never strict: say ="


def test_nan_breaks_a_line():
    nan = SUM.replace(0, value=lambda w: w.sum() * math.nan)
    assert broken(nan).what == "the relation fails" and "left is   [nan]" in str(broken(nan))


# A line that cannot be compared -------------------------------------------------------------------


def unusable(derivation, seed=0):
    with pytest.raises(UnusableStep) as caught:
        derivation.check(seed)
    return caught.value


def raises(w):
    raise RuntimeError("no such thing")


def doubles_its_world(w):
    return w.mul_(2).sum() ** 2 / 4


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (lambda w: None, "expected a tensor, a number, an Estimate or a sympy expression, got None"),
        (lambda w: "49", "expected a tensor, a number, an Estimate or a sympy expression, got a str"),
        (lambda w: [49.0], "expected a tensor, a number, an Estimate or a sympy expression, got a list"),
        (lambda w: w > 0, "expected numbers, got [1, 1], which is true or false"),
        (lambda w: w.sum().expand(2), "two lines disagree in shape: () and (2,)"),
        (lambda w: sympy.Integer(49), "expected two expressions that are equal, got [9] = 49"),
        (raises, "raised RuntimeError: no such thing"),
        (lambda w: w + torch.zeros(3), "raised RuntimeError: The size of tensor a (2) must match"),
        (doubles_its_world, "expected a world that stays as it is, but this line changed it in place"),
    ],
)
def test_a_line_that_cannot_be_compared_is_named(value, problem):
    error = unusable(SUM.replace(1, value=value, also={}), seed=0)
    assert (error.label, error.number, error.way, error.world, error.seed) == ("binomial", 1, "", "pairs", 0)
    assert error.problem.startswith(problem)
    assert str(error).startswith(f"binomial, step 1, on pairs, seed 0: {problem}")
    with pytest.raises(UnusableStep):
        SUM.replace(1, value=value, also={}).breaks()


def test_a_further_way_that_cannot_be_compared_is_named():
    error = unusable(SUM.replace(1, also={"pen": raises}), seed=3)
    assert (error.way, error.seed) == ("computed by pen", 3) and isinstance(error.__cause__, RuntimeError)
    assert str(error) == "binomial, step 1, computed by pen, on pairs, seed 3: raised RuntimeError: no such thing"


def test_a_line_that_fails_where_equality_was_promised_is_named():
    picky = SUM.replace(2, value=lambda w: raises(w) if w[0] == w[1] and w[0] == 7 else 4 * w.prod())
    picky = picky.replace(2, tight=lambda seed: torch.tensor([7.0, 7.0], dtype=torch.float64))
    assert unusable(picky).way == "where equality was promised"


@pytest.mark.parametrize(
    ("world", "change"),
    [
        (lambda s: np.ones(2), lambda w: w.__imul__(2)),
        (lambda s: (torch.ones(2), torch.ones(2)), lambda w: w[1].add_(1)),
        (lambda s: {"a": torch.ones(2)}, lambda w: w.update(a=torch.zeros(2))),
        (lambda s: [1.0, 2.0], lambda w: w.append(3.0)),
        (lambda s: TabularWorld.random(s), lambda w: w.log_p_z.data.add_(1)),
    ],
)
def test_a_world_that_is_changed_in_place_is_seen_whatever_it_is_made_of(world, change):
    one = lambda w: torch.ones(())
    changing = lambda w: (change(w), torch.ones(()))[1]
    kind = Worlds("mutable", world, 1)
    Derivation("d", (Step("a", one), Step("b", one)), worlds=(kind,)).check()
    error = unusable(Derivation("d", (Step("a", changing), Step("b", one)), worlds=(kind,)))
    assert error.number == 0 and "changed it in place" in error.problem


def test_worlds_that_are_all_the_same_are_refused():
    same = Worlds("equal pairs", EQUAL_PAIR, count=4)
    with pytest.raises(ValueError, match=r"^binomial: expected 4 equal pairs, got 4 times the same world$"):
        replace(SUM.replace(2, relation="=", tight=None), worlds=(PAIRS, same)).replace(2, value=squared_sum).check()


def test_a_generator_may_be_used_up():
    draw = lambda w: Estimate.of(torch.randn(100, generator=w))
    kind = Worlds("generators", lambda s: torch.Generator().manual_seed(s), 3)
    Derivation("d", (Step("a", draw), Step("b", draw)), worlds=(kind,)).check()


# What is refused at construction ------------------------------------------------------------------


@pytest.mark.parametrize("relation", [r"\ge", r"\le"])
def test_an_inequality_without_a_case_of_equality_is_refused(relation):
    with pytest.raises(ValueError, match=r"^step x: an inequality needs `tight`, a world where equality holds$"):
        Step("x", squared_sum, relation=relation)


@pytest.mark.parametrize("lines", [0, 1])
def test_a_derivation_needs_two_lines(lines):
    message = f"derivation d: expected two lines or more to compare, got {lines}"
    with pytest.raises(ValueError, match=f"^{message}$"):
        Derivation("d", SUM.steps[:lines])


def test_a_derivation_needs_worlds():
    with pytest.raises(ValueError, match=r"^derivation d: expected worlds to check it on, got none$"):
        Derivation("d", SUM.steps, worlds=())


def test_the_first_line_is_no_inequality():
    with pytest.raises(ValueError, match=r"^derivation d: the first line has no line above, so it can be no inequal"):
        Derivation("d", SUM.steps[::-1])


@pytest.mark.parametrize("count", [0, -1, 1.5, math.nan])
def test_worlds_are_one_or_more(count):
    with pytest.raises(ValueError, match=f"^empty: expected a count of one world or more, got {count}$"):
        Worlds("empty", PAIRS.draw, count)


@pytest.mark.parametrize("tolerance", [math.inf, math.nan, 1e9, STRICT, -1e-11])
def test_a_tolerance_that_lets_anything_pass_is_refused(tolerance):
    with pytest.raises(ValueError, match=r"^loose: expected a tolerance from 0 to below 0.001, got "):
        Worlds("loose", PAIRS.draw, 3, tolerance)
    Worlds("exact", PAIRS.draw, 3, 0.0)


def test_an_unknown_relation_is_refused():
    message = r"step x: expected a relation among ('=', '\\ge', '\\le'), got '\\approx'"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Step("x", squared_sum, relation=r"\approx", tight=EQUAL_PAIR)


def test_a_definition_starts_with_its_symbol():
    Definition("e", "H(z) :=\n  -E", "H(z)", "entropy")
    for latex in ("H(z) = -E", "E := H(z)", "H(z):= -E", " H(z)"):
        message = f"definition e: expected LaTeX that starts 'H(z) :=', got {latex}"
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            Definition("e", latex, "H(z)", "entropy")


def test_only_white_space_is_normalised():
    assert normal("  a \n\t b  c") == "a b c" and normal("aB \\, c") == "aB \\, c"


# Breaking and replacing ---------------------------------------------------------------------------


def test_replacing_a_line_leaves_the_derivation_as_it_was():
    changed = SUM.replace(2, reason="other", latex="4 a b")
    assert (changed.steps[2].reason, changed.steps[2].latex) == ("other", "4 a b")
    assert changed.steps[2].value is SUM.steps[2].value and SUM.steps[2].reason == "means"
    assert (changed.label, changed.worlds, changed.follows) == (SUM.label, SUM.worlds, SUM.follows)
    assert SUM.replace(0, latex="s").steps[0].latex == "s"


@pytest.mark.parametrize("number", [-1, 3])
def test_a_line_that_is_not_there_cannot_be_replaced(number):
    with pytest.raises(IndexError, match=f"^binomial: expected a step from 0 to 2, got {number}$"):
        SUM.replace(number, reason="x")


def test_a_derivation_that_is_meant_to_break_gives_its_error():
    error = SUM.replace(1, value=lambda w: w.sum()).breaks(seed=2)
    assert isinstance(error, BrokenStep) and error.seed == 2
    assert SUM.replace(1, value=lambda w: w.sum()).breaks().seed == 0


def test_a_derivation_that_is_meant_to_break_and_holds_is_an_error():
    message = f"expected a broken step, but every line holds: {SUM.check()}"
    with pytest.raises(AssertionError, match=f"^{re.escape(message)}$") as caught:
        SUM.breaks()
    assert not isinstance(caught.value, BrokenStep)


# Wrong lines that a derivation carries -----------------------------------------------------------

LOST = Wrong("the square of a sum is the sum of the squares", "a^2 + b^2", lambda w: w.square().sum())
TURNED = Wrong("the product is the larger", "4ab", relation=r"\le")
SIGN = Wrong("b < 0, so it is subtracted", "(a - b)^2", lambda w: (w[0] - w[1]) ** 2)
FALLIBLE = SUM.with_wrong(0, SIGN).with_wrong(1, LOST).with_wrong(2, TURNED, replace(LOST, latex="a^2"))


def test_a_wrong_line_takes_the_place_of_its_line():
    assert FALLIBLE.wrong_lines() == [(0, 0), (1, 0), (2, 0), (2, 1)]
    changed = FALLIBLE.mistaken(1).steps[1]
    assert (changed.latex, changed.value, changed.reason) == (LOST.latex, LOST.value, LOST.believed)
    assert (changed.relation, changed.also) == ("=", {})
    turned = FALLIBLE.mistaken(2).steps[2]
    assert (turned.relation, turned.value, turned.latex) == (r"\le", SUM.steps[2].value, "4ab")
    assert FALLIBLE.mistaken(2, 1).steps[2].latex == "a^2"
    assert FALLIBLE.mistaken(1).steps[::2] == FALLIBLE.steps[::2]


def test_a_wrong_line_breaks_the_chain_and_the_chain_itself_holds():
    FALLIBLE.check()
    assert [FALLIBLE.mistaken(*place).breaks().number for place in FALLIBLE.wrong_lines()] == [1, 1, 2, 2]


@pytest.mark.parametrize("place", [(0, 1), (3, 0), (-1, 0), (2, 2), (2, -1)])
def test_a_wrong_line_that_is_not_there_cannot_be_believed(place):
    message = f"binomial: expected a wrong line among [(0, 0), (1, 0), (2, 0), (2, 1)], got {place}"
    with pytest.raises(IndexError, match=f"^{re.escape(message)}$"):
        FALLIBLE.mistaken(*place)


def test_a_wrong_line_differs_in_value_or_relation():
    with pytest.raises(ValueError, match=r"^wrong line x: expected a value or a relation that differs from the line's"):
        Wrong("nothing", "x")


def test_what_a_wrong_line_does_is_told_in_one_sentence():
    first, second, third, _ = outcomes(FALLIBLE, seed=1)
    assert first.text == (
        "Line 1 breaks on pairs, seed 1: the relation fails. Left is [0], right is [16]: off by 1, allowed 1e-09."
    )
    assert (second.line, second.which, second.broken.number) == (1, 0, 1)
    assert second.text.startswith(
        "Line 1 breaks on pairs, seed 1: the relation fails. Left is [16], right is [8]: off by "
    )
    assert third.relation == r"\le" and third.text.startswith("Line 2 breaks on pairs, seed 2: the relation fails.")


def test_a_wrong_line_that_breaks_nothing_is_an_error():
    with pytest.raises(AssertionError, match="every line holds"):
        outcomes(SUM.with_wrong(1, Wrong("the same", "x", squared_sum)))


def test_a_page_offers_the_wrong_lines_below_their_line():
    shown = FALLIBLE.check()._repr_html_()
    assert "observed 0. Open it to break it.</summary>" in shown and "<course-breaker>" in shown
    assert shown.count('<input type="radio" name="believed"') == 4
    for outcome in outcomes(FALLIBLE):
        assert f'value="{outcome.line}-{outcome.which}" data-breaks="{outcome.broken.number}"' in shown
        assert f'<p class="outcome">{html.escape(outcome.text)}</p>' in shown
    assert r'b &lt; 0, so it is subtracted: <span class="formula"><span class="math">\((a - b)^2\)</span>' in shown
    assert r'the larger: <span class="formula"><span class="math">\(\le 4ab\)</span>' in shown
    assert [f"in line {i}</summary>" in shown for i in range(3)] == [True] * 3
    assert "course-breaker" not in SUM.check()._repr_html_()


# The LaTeX that a page shows ----------------------------------------------------------------------


def chain(*lines):
    relations = ["=", "=", r"\ge", r"\le"]
    steps = [Step(line, squared_sum, relation=r, tight=EQUAL_PAIR) for line, r in zip(lines, relations, strict=False)]
    return Derivation("chain", tuple(steps)).latex()


def test_two_short_lines_are_one():
    assert chain("a", "b") == "a = b"
    assert chain("a" * 100, "b" * (LINE - 101)) == f"{'a' * 100} = {'b' * (LINE - 101)}"


def test_a_chain_is_aligned_at_its_relations():
    assert chain("a", "b", "c", "d") == "\\begin{aligned}\na &= b \\\\\n&\\ge c \\\\\n&\\le d\n\\end{aligned}"


def test_two_lines_too_long_for_one_are_aligned():
    b = "b" * (LINE - 100)
    assert chain("a" * 100, b) == f"\\begin{{aligned}}\n{'a' * 100} &= {b}\n\\end{{aligned}}"


def test_a_wide_first_line_stands_alone():
    wide, narrow = "a" * (LINE // 2), "a" * (LINE // 2 - 1)
    assert chain(wide, "b", "c") == f"\\begin{{aligned}}\n&{wide} \\\\\n&\\quad = b \\\\\n&\\ge c\n\\end{{aligned}}"
    assert chain(narrow, "b", "c") == f"\\begin{{aligned}}\n{narrow} &= b \\\\\n&\\ge c\n\\end{{aligned}}"


# Monte Carlo and proofs ---------------------------------------------------------------------------


def estimated(off, others=0):
    """Two lines, the second an estimate `off` standard errors from the first, on three worlds."""
    exact = lambda w: torch.zeros(1, dtype=torch.float64)
    value = lambda w: Estimate(torch.tensor([off], dtype=torch.float64), torch.ones(1, dtype=torch.float64), 99)
    steps = (Step("a", exact, also={str(i): exact for i in range(others)}), Step("b", value))
    return Derivation("sampled", steps, worlds=(PAIRS,))


@pytest.mark.parametrize("others", [0, 1, 5])
def test_the_false_alarms_are_shared_between_all_lines_and_worlds(others):
    """A hundred numbers for each of (2 + others) values on 3 worlds, two tails each, together 1e-4."""
    comparisons = 100 * (2 + others) * 3
    limit = -statistics.NormalDist().inv_cdf(ALPHA / comparisons / 2)
    estimated(limit - 1e-6, others).check()
    estimated(-limit + 1e-6, others).check()
    assert broken(estimated(limit + 1e-6, others)).number == 1
    assert broken(estimated(-limit - 1e-6, others)).number == 1


def test_a_broken_estimate_is_shown_with_its_error():
    error = broken(estimated(9.0))
    assert f"right is  [9] ± [1]\noff by    9 std. errors, allowed {error.agreement.allowed:.1f}\n" in str(error)


def test_a_proof_is_accepted_and_a_false_one_refused():
    x = sympy.Symbol("x", positive=True)
    symbolic = Worlds("symbols", lambda seed: None, 1)
    steps = (Step("a", lambda _: sympy.log(x**2)), Step("b", lambda _: 2 * sympy.log(x)))
    proof = Derivation("log", steps, worlds=(symbolic,))
    assert proof.check().rows[1].agreements == (Agreement(PROVED, 0.0, 0.0),)
    assert repr(proof.check()).splitlines()[0] == "log holds on 1 symbols: proved"
    error = broken(proof.replace(1, value=lambda _: sympy.log(2 * x)))
    assert "left is   log(x**2)\nright is  log(2*x)\noff by    no proof was found that the two" in str(error)
