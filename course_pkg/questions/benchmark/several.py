"""Several tests at once: a question of the chapter `benchmark`."""

from itertools import combinations

import torch
from torch import Tensor

from course_pkg.grading import Case, Question, Symmetry, Wrong
from course_pkg.questions.shared import at_least, at_most, numbers


def tests(seed: int) -> tuple[Case, ...]:
    case = lambda rung, p, told="": Case(rung, {"p": p}, {"tests": len(p)}, told)
    u = torch.rand(8, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return (
        case("hand", numbers([0.04, 0.01, 0.03]), "p {p}"),
        case("random", 0.001 + 0.2 * u[:5]),
        case("oracle", torch.cat([0.5 + 0.5 * u[:3], 0.01 * u[3:5]])),
        case("trap", torch.cat([0.030 + 0.001 * u[5:8], numbers([0.7, 0.0023])])),
    )


def corrected(p: Tensor) -> Tensor:
    return stepped(p, lambda k, n: n - k)


def stepped(p: Tensor, factor, keep: bool = True, cap: bool = True, back: bool = True) -> Tensor:
    """Each p, smallest first, times its factor; `keep`: never below the one before it."""
    order = p.argsort()
    scaled = p[order] * numbers([float(factor(k, len(p))) for k in range(len(p))])
    scaled = scaled.cummax(0).values if keep else scaled
    scaled = scaled.clamp_max(1) if cap else scaled
    return scaled[order.argsort()] if back else scaled


def by_closure(p: Tensor) -> Tensor:
    """Of all sets of tests that hold this one the largest of size times smallest p (Marcus et al., 1976)."""
    n, values = len(p), p.tolist()
    of = lambda s: min(1.0, len(s) * min(values[k] for k in s))
    sets = [s for size in range(1, n + 1) for s in combinations(range(n), size)]
    return numbers([max(of(s) for s in sets if k in s) for k in range(n)])


def from_the_largest(p: Tensor) -> Tensor:
    order = p.argsort(descending=True)
    scaled = p[order] * torch.arange(1, len(p) + 1, dtype=p.dtype)
    return scaled.cummin(0).values.clamp_max(1)[order.argsort()]


def of_discoveries(p: Tensor) -> Tensor:
    """Benjamini and Hochberg (1995): k over the rank, from the largest down."""
    order = p.argsort(descending=True)
    scaled = p[order] * len(p) / torch.arange(len(p), 0, -1, dtype=p.dtype)
    return scaled.cummin(0).values.clamp_max(1)[order.argsort()]


CORRECTED = Question(
    name="corrected",
    kind="implement",
    title="Several questions to one table",
    points=2,
    difficulty=2,
    importance=4,
    minutes=15,
    returns="p-values (k,), each as it counts among all k",
    relation="Holm: the j-th smallest of k p-values, j from 1, times k - j + 1, not below a smaller one's, at most 1",
    cases=tests,
    reference=corrected,
    oracle=by_closure,
    wrong=(
        Wrong("as they are", lambda p: p.clone(), "these are the p as they are: nothing was corrected."),
        Wrong(
            "every p times the number of tests",
            lambda p: stepped(p, lambda k, n: n),
            "every p times the number of tests is Bonferroni's rule: it holds, and gives power away.",
        ),
        Wrong(
            "a larger p below a smaller one",
            lambda p: stepped(p, lambda k, n: n - k, keep=False),
            "a larger p comes out below a smaller one: it may not be called before that one.",
        ),
        Wrong(
            "no limit at 1",
            lambda p: stepped(p, lambda k, n: n - k, cap=False),
            "a p is no more than 1: there is a limit to set.",
        ),
        Wrong(
            "sorted and left so",
            lambda p: stepped(p, lambda k, n: n - k, back=False),
            "you have left them sorted: give them back in the order in which they came.",
        ),
        Wrong(
            "from the largest down",
            from_the_largest,
            "from the largest down is Hochberg's rule, which needs more than Holm's of how tests depend.",
        ),
        Wrong(
            "the share of false calls",
            of_discoveries,
            "that bounds the share of false calls among all calls, by Benjamini and Hochberg. Holm bounds whether "
            "there is any.",
        ),
        Wrong(
            "the rank counted from the wrong end",
            lambda p: stepped(p, lambda k, n: k + 1),
            "the smallest p has the largest factor: you count the rank from the other end.",
        ),
    ),
    conditions=(at_least(0.0, "a p is never negative"), at_most(1.0, "a p is at most 1")),
    symmetries=(
        Symmetry(
            "follow where the tests come in another order", lambda g: {"p": g["p"].flip(0)}, lambda g, v: v.flip(0)
        ),
    ),
    hints={
        "not started": "argsort, multiply by k, k - 1, ..., 1, then cummax.",
        "exception": "p is a vector (k,).",
        "shape": "return as many numbers as there are tests.",
        "trap": "three of these are nearly equal: the second of them may not come out below the first.",
        "different": "with .04, .01 and .03 the smallest comes to .03 and both others to .06.",
    },
)
