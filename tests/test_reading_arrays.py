"""Formulas of numbers and arrays: indices, orders, bounds, vectors and matrices, against torch; and what is refused."""

import math
import re
from dataclasses import replace

import pytest
import torch

from course_pkg.derivation import Definition, Derivation, Step, Worlds
from course_pkg.derivation.typeset import evaluate, in_order, read_definition, read_line
from course_pkg.reading import Unreadable
from course_pkg.reading import evaluate as evaluate_by_definitions
from course_pkg.worlds import Symbols, TabularWorld
from course_pkg.worlds.kinds import numbers

G = torch.Generator().manual_seed(0)
C, A, M, x, y = (torch.randn(*n, generator=G, dtype=torch.float64) for n in ((3, 4), (2, 3), (3, 3), (3,), (3,)))
WORLD = Symbols(
    numbers={"n": 4.0, "t": 0.3, r"\beta": 2.0},
    arrays={
        "C_{kj}": ("k j", C), "A": ("", A), "M": ("", M), "x": ("", x), "y": ("", y), "I": ("", torch.eye(3)),
        "x_i": ("i", x), "k(x_i, y_j)": ("i j", torch.outer(x, y)), r"\beta_i": ("i", x.exp()),
    },
)  # fmt: skip
TABLE = TabularWorld.random(3, latents=(2, 3, 2), x=4)


@pytest.mark.parametrize(
    "latex, expected",
    [
        ("C_{2 3}", C[1, 2]),
        (r"\sum_{k, j} C_{kj}", C.sum()),
        (r"\sum_k C_{k1}", C[:, 0].sum()),
        (r"\sum_{k=1}^{2} C_{k, n - 1}", None),
        (r"\max_k C_{k2}", C[:, 1].max()),
        (r"\sum_j \min_k C_{kj}", C.amin(0).sum()),
        (r"\operatorname*{arg\,min}_j C_{1j}", C[0].argmin() + 1.0),
        (r"\operatorname*{arg\,max}_j C_{1j}", C[0].argmax() + 1.0),
        ("C_{3(1)} - C_{3(2)}", C[2].sort(descending=True).values[:2] @ torch.tensor([1.0, -1.0]).double()),
        ("C_{(2)1}", C[:, 0].sort(descending=True).values[1]),
        (r"\sum_{i, j} k(x_i, y_j)", x.sum() * y.sum()),
        (r"\sum_{i \ne j} k(x_i, y_j)", x.sum() * y.sum() - x @ y),
        (r"x_i^2", x.square()),
        (r"\beta_2 + \beta", x[1].exp() + 2),
        (r"A x", A @ x),
        (r"x^\top M y", x @ M @ y),
        (r"x^\top \left(M + \beta I\right)^{-1} y", x @ torch.linalg.solve(M + 2 * torch.eye(3), y)),
        (r"M^\top M", M.mT @ M),
        (r"\det\left(M^\top M\right)^{1/2}", M.det().abs()),
        (r"\|x - y\|^2", (x - y).square().sum()),
        (
            r"\begin{pmatrix} \cos t \\ \sin^2 t \end{pmatrix}",
            torch.tensor([math.cos(0.3), math.sin(0.3) ** 2], dtype=torch.float64),
        ),
        (r"\begin{pmatrix} 1 & 2 & t \end{pmatrix} x", torch.tensor([1, 2, 0.3], dtype=torch.float64) @ x),
        (r"2 \sin\frac{\pi}{6}\, n", torch.tensor(4.0)),
        (r"\frac{n!}{2!} + \exp(0)", torch.tensor(13.0)),
    ],
)
def test_arrays_agree_with_torch(latex, expected):
    if expected is None:  # a comma between two indices is another way to write: no array is written so
        with pytest.raises(Unreadable, match=r"gives C_\{"):
            evaluate(latex, WORLD)
        return
    found = evaluate(latex, WORLD)
    if found.ndim == 2 and found.shape[0] == 1:
        found = found[0]
    assert torch.allclose(found.squeeze(), expected.double().squeeze(), rtol=1e-10)


@pytest.mark.parametrize(
    "latex, why",
    [
        ("C_{4 1}", "an array whose index k runs from 1 to 3 has no 4"),
        ("C_{1t}", "an array whose index j runs from 1 to 4 has no 0.3"),
        (r"\sum_i C_{ii}", "an index i that runs to 3 and to 4 at once"),
        (r"\sum_i \beta", "a sum over i, of which no table says how many there are"),
        (r"\max_k \beta", r"\max asks for a search"),
        (r"\max_q \gamma", r"gives \gamma"),
        ("x y", "vectors or matrices that do not fit"),
        (r"\det A", "no square matrix"),
        (r"\|M\|", "the length of what is no vector"),
        ("M^3", "a vector or a matrix to the power of 3"),
        (r"\begin{pmatrix} 1 & 2 \\ 3 \end{pmatrix}", "rows are not equally many numbers"),
    ],
)
def test_what_does_not_fit_says_why(latex, why):
    with pytest.raises(Unreadable, match=re.escape(why)):
        evaluate(latex, WORLD)


def test_all_latents_but_one():
    q = TABLE.log_aggregate_posterior().exp().reshape(2, 3, 2)
    without = [q.sum(j) for j in range(3)]
    entropies = sum(-(p * p.log()).sum() for p in without)
    assert torch.allclose(evaluate(r"\sum_{j=1}^{d} H(z_{\neq j})", TABLE), entropies)


def test_an_array_with_other_dimensions_than_indices_is_refused():
    with pytest.raises(ValueError, match=r"C_\{kj\}: expected a dimension for each of \('k', 'j'\)"):
        evaluate("C_{1 1}", Symbols(arrays={"C_{kj}": ("k j", x)}))


# Definitions with worlds of their own ----------------------------------------------------------------

HALF = Definition(
    label="half",
    latex=r"\eta := \frac{\delta}{2}",
    symbol=r"\eta",
    meaning="a half",
    judge=lambda w: w[0] / 2,
    worlds=Worlds("numbers", numbers((0.5, 2)), 3, symbols=lambda w: Symbols(numbers={r"\delta": w[0]})),
)


def reading_of(definition):
    return read_definition(definition, in_order("", (), [("", definition)]), [])


def test_a_definition_is_judged_on_worlds_of_its_own():
    found = reading_of(HALF)
    assert found.read and found.judges == ("a function of its own",) and not found.problem
    wrong = reading_of(replace(HALF, latex=r"\eta := \frac{\delta}{3}"))
    assert re.match(r"half: what is typeset gives \[.*\], a function of its own \[.*\]: ", wrong.problem)


def test_where_its_worlds_lack_a_symbol_a_definition_is_a_problem():
    found = reading_of(replace(HALF, latex=r"\eta := \frac{\delta}{\kappa}"))
    assert found.problem.startswith("half, on numbers: neither a table nor a definition gives \\kappa")


def test_worlds_of_its_own_need_symbols_and_a_judge():
    for lacks in ({"judge": None}, {"worlds": Worlds("numbers", numbers((0.5, 2)))}):
        with pytest.raises(ValueError, match="definition half: worlds of its own need `symbols`, and a judge"):
            replace(HALF, **lacks)


def test_a_number_before_brackets_is_a_factor_whatever_a_definition_calls_so():
    function = Definition("other", r"m(u) := u^2", "m(u)", "")
    assert read_definition(HALF, in_order("", (), [("", function), ("", HALF)]), []).read
    formula = evaluate_by_definitions(r"m (m - 1)", Symbols(numbers={"m": 3.0}), [function]).value
    assert abs(formula - 6) < 1e-12


def test_what_worlds_give_does_not_judge_a_definition():
    kind = Worlds("given", numbers((0.5, 2)), symbols=lambda w: Symbols(numbers={r"\eta": w[0], r"\delta": w[0]}))
    free = replace(HALF, judge=None, worlds=None)
    found = read_definition(free, in_order("", (), [("", free)]), [kind])
    assert found.reason == "what it defines is given by these worlds"


def test_a_line_is_read_on_numbers_and_what_they_lack_is_bound_by_its_function():
    kind = Worlds("numbers", numbers((0.5, 2)), symbols=lambda w: Symbols(numbers={r"\delta": w[0]}))
    chain = Derivation(
        "d", (Step(r"\Gamma", lambda w: w[0] ** 2), Step(r"\delta^2", lambda w: w[0] ** 2)), worlds=(kind,)
    )
    first, second = (read_line(chain, i, []) for i in (0, 1))
    assert not first.read and not first.on_tables and second.read and second.on_tables and not second.problem
    wrong = read_line(chain.replace(1, latex=r"\delta^3"), 1, [])
    assert wrong.problem.startswith("d, line 1, on numbers, seed 0: what is typeset gives")
