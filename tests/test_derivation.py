"""A derivation holds, or says which line does not, on which world, by how much; a check that is blind is refused."""

import inspect
import math
import re
import statistics

import pytest
import sympy
import torch

from course_pkg.derivation import GRIDS, TABLES, BrokenStep, Definition, Derivation, Step, Worlds, normal
from course_pkg.derivation.agreement import ALPHA, Estimate
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
    assert [row.limit for row in report.rows] == ["", "< 1e-09", "< 1e-09"]


def test_the_worst_residual_of_each_line_over_all_worlds_is_kept():
    """Line i is off by i * w / 100; worlds are 1, 2, 3 and the limit is .1, relative to 1 + i * w / 100 or so."""
    kind = Worlds("numbers", lambda s: torch.tensor(s + 1.0, dtype=torch.float64), count=3, tolerance=0.1)
    line = lambda i: Step(str(i), lambda w: 1 + i * w / 100)
    report = Derivation("drift", (line(0), line(1), line(2)), worlds=(kind,)).check()
    worst = [max((w / 100) / (1 + i * w / 100) for w in (1, 2, 3)) for i in (1, 2)]
    assert [row.residual for row in report.rows] == pytest.approx([0.0, *worst])
    assert report.residual == pytest.approx(max(worst))


def test_worlds_are_drawn_from_consecutive_seeds():
    seen = []
    kinds = tuple(
        Worlds(name, lambda s, name=name: seen.append((name, s)) or torch.tensor(1.0), n)
        for name, n in (("a", 2), ("b", 3))
    )
    line = Step("1", lambda w: w)
    Derivation("seeds", (line, line), worlds=kinds).check(7)
    assert seen == [("a", 7), ("a", 8), ("b", 7), ("b", 8), ("b", 9)]
    seen.clear()
    Derivation("seeds", (line, line), worlds=kinds).check()
    assert seen[0] == ("a", 0)


def test_every_limit_that_a_line_was_judged_by_is_shown_once():
    loose = Worlds("loose", PAIRS.draw, 2, 1e-3)
    exact = lambda w: torch.tensor([3.0], dtype=torch.float64)
    noisy = lambda w: Estimate(torch.tensor([3.1], dtype=torch.float64), torch.tensor([1.0], dtype=torch.float64), 9)
    report = Derivation("d", (Step("a", exact), Step("b", exact, also={"m": noisy})), worlds=(PAIRS, loose)).check()
    assert re.fullmatch(r"\d\.\d std\. errors, < 1e-09, < 1e-03", report.rows[1].limit)
    assert report.residual == 0.0, "a line judged by its error bar has no residual in nats"
    assert report.worlds == "3 pairs and 2 loose"


def test_the_usual_worlds_are_tables_and_gaussians_on_a_grid():
    assert Derivation("d", ()).worlds == (TABLES, GRIDS)
    assert (TABLES.name, TABLES.count, TABLES.tolerance) == ("tables", 20, 1e-11)
    assert (GRIDS.name, GRIDS.count, GRIDS.tolerance) == ("linear-Gaussian, on a grid", 3, 1e-11)
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
        "binomial holds: checked on 3 pairs\n"
        "  0  (a + b)^2\n"
        "                  by definition\n"
        "  1  = a^2 + 2ab + b^2\n"
        "     < 1e-09      multiply out\n"
        "  2  \\ge 4ab\n"
        "     < 1e-09      means"
    )


def test_a_report_in_a_page_has_typeset_lines_and_their_code():
    shown = SUM.check()._repr_html_()
    assert shown.startswith('<table class="derivation"><caption>binomial holds: checked on 3 pairs</caption>')
    assert '<th scope="col">step</th><th scope="col">reason</th><th scope="col">worst residual</th>' in shown
    for formula in ("(a + b)^2", "= a^2 + 2ab + b^2", r"\ge 4ab"):
        assert rf'<td><span class="math">\({formula}\)</span></td>' in shown
    assert "<td>multiply out</td><td>&lt; 1e-09</td>" in shown
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
    assert Derivation("means", steps, worlds=(PAIRS,)).check().rows[1].limit == "< 1e-09"


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
    assert "left is   equal\nright is  equal\n" in str(error)
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


def test_values_are_not_broadcast_into_agreement():
    with pytest.raises(ValueError, match=r"^two lines disagree in shape: \(2,\) and \(\)$"):
        SUM.replace(0, value=lambda w: w.sum().expand(2)).check()


# What is refused at construction ------------------------------------------------------------------


@pytest.mark.parametrize("relation", [r"\ge", r"\le"])
def test_an_inequality_without_a_case_of_equality_is_refused(relation):
    with pytest.raises(ValueError, match=r"^step x: an inequality needs `tight`, a world where equality holds$"):
        Step("x", squared_sum, relation=relation)


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
    assert "right is  [9] ± [1]" in str(broken(estimated(9.0)))


def test_a_proof_is_accepted_and_a_false_one_refused():
    x = sympy.Symbol("x", positive=True)
    symbolic = Worlds("symbols", lambda seed: None, 1)
    steps = (Step("a", lambda _: sympy.log(x**2)), Step("b", lambda _: 2 * sympy.log(x)))
    proof = Derivation("log", steps, worlds=(symbolic,))
    assert proof.check().rows[1].limit == "proved"
    error = broken(proof.replace(1, value=lambda _: sympy.log(2 * x)))
    assert "left is   log(x**2)\nright is  log(2*x)\n" in str(error)
