"""The four conditions and duality, on projections onto polygons: equations of the chapter `kkt`.

Finding the point of a polygon that is nearest to a given one is convex, and so small that every optimum can be had with
no multiplier at all: it is the nearest feasible one among the projections onto every set of edges.
"""

import itertools
from dataclasses import dataclass

import numpy as np
import scipy.optimize
import torch
from torch import Tensor

from course_pkg.derivation.chain import Definition, Derivation, Step, Worlds
from course_pkg.kkt import Problem
from course_pkg.worlds import Symbols

DUAL = Definition(
    label="kkt-dual",
    latex=r"h(\beta) := \min_{y} \ell(y, \beta)",
    symbol=r"h(\beta)",
    meaning="dual function: the best that can be had at these prices",
    source="Boyd and Vandenberghe (2004), section 5.1",
)


@dataclass(frozen=True)
class Polygon:
    """Minimise |y - a|^2 / 2 subject to A y <= b. a (2,), A (3, 2) of unit rows, b (3,) above 0: the origin is inside.

    y (2,) is a point inside and beta (3,) are prices, for what is claimed of any such pair.
    """

    a: Tensor
    A: Tensor
    b: Tensor
    y: Tensor
    beta: Tensor

    @classmethod
    def random(cls, seed: int) -> "Polygon":
        g = torch.Generator().manual_seed(seed)
        points = 2 * torch.randn(4, 2, generator=g, dtype=torch.float64)
        b, share, beta = torch.rand(3, 3, generator=g, dtype=torch.float64).unbind()
        a, A = points[0], torch.nn.functional.normalize(points[1:], dim=1)
        y = 0.2 * share[0] * a / a.norm()
        return cls(a, A, 0.2 + b, y, beta)

    def objective(self, y: Tensor) -> Tensor:
        return 0.5 * (y - self.a).square().sum(-1)

    def constraints(self, y: Tensor) -> Tensor:
        return self.A @ y - self.b


PRICED_POLYGONS = Worlds(
    "polygons with prices",
    Polygon.random,
    symbols=lambda w: Symbols(
        arrays={
            "f(y)": ("", w.objective(w.y)),
            r"\beta_i": ("i", w.beta),
            "g_i(y)": ("i", w.constraints(w.y)),
        }
    ),
)
LAGRANGIAN = Definition(
    label="kkt-lagrangian",
    latex=r"\ell(y, \beta) := f(y) + \sum_{i} \beta_i\, g_i(y)",
    symbol=r"\ell(y, \beta)",
    meaning="Lagrangian: what is minimised, plus a price for each constraint",
    code="kkt.Problem",
    source="Lagrange; Karush (1939), Kuhn and Tucker (1951)",
    judge=lambda w: Problem(w.objective, w.constraints).lagrangian(w.y, w.beta),
    worlds=PRICED_POLYGONS,
)


def nearest(w: Polygon) -> Tensor:
    """The optimum y*, by trying every set of edges."""
    found = [w.a]
    for size in (1, 2):
        for edges in itertools.combinations(range(len(w.b)), size):
            A, b = w.A[list(edges)], w.b[list(edges)]
            found.append(w.a - torch.linalg.pinv(A) @ (A @ w.a - b))
    inside = [y for y in found if (w.constraints(y) < 1e-9).all()]
    return min(inside, key=lambda y: w.objective(y).item())


def nearest_scipy(w: Polygon) -> Tensor:
    found = scipy.optimize.minimize(
        lambda y: 0.5 * np.square(y - w.a.numpy()).sum(),
        np.zeros(2),
        jac=lambda y: y - w.a.numpy(),
        constraints={"type": "ineq", "fun": lambda y: w.b.numpy() - w.A.numpy() @ y, "jac": lambda y: -w.A.numpy()},
        method="SLSQP",
        options={"ftol": 1e-15},
    )
    return torch.as_tensor(found.x)


def dual_value(w: Polygon, beta: Tensor) -> Tensor:
    """h(beta): the Lagrangian at its lowest point in y, where the slope y - a + A^T beta is zero."""
    y = w.a - w.A.mT @ beta
    return w.objective(y) + beta @ w.constraints(y)


def best_prices(w: Polygon) -> Tensor:
    """The multipliers: h maximised over beta >= 0, by trying every set of prices that are not zero."""
    found = [torch.zeros_like(w.b)]
    for size in (1, 2):
        for edges in itertools.combinations(range(len(w.b)), size):
            A, beta = w.A[list(edges)], torch.zeros_like(w.b)
            beta[list(edges)] = torch.linalg.solve(A @ A.mT, A @ w.a - w.b[list(edges)])
            found += [beta] if (beta >= 0).all() else []
    return max(found, key=lambda beta: dual_value(w, beta).item())


def sensitivity(w: Polygon, step: float = 1e-5) -> Tensor:
    """-d f(y*) / d b_i by central differences: what the optimum gains where an edge is moved out."""
    slopes = []
    for move in step * torch.eye(len(w.b), dtype=w.b.dtype):
        out, back = (Polygon(w.a, w.A, w.b + sign * move, w.y, w.beta) for sign in (1, -1))
        slopes.append((back.objective(nearest(back)) - out.objective(nearest(out))) / (2 * step))
    return torch.stack(slopes)


def corner_of_all(seed: int) -> Polygon:
    """All three edges pass through the optimum."""
    w = Polygon.random(seed)
    y = w.y
    a = y + w.A.mT @ w.beta
    return Polygon(a, w.A, w.A @ y, y, w.beta)


def already_inside(seed: int) -> Polygon:
    """The point asked for is inside: no constraint matters."""
    w = Polygon.random(seed)
    return Polygon(w.y, w.A, w.b, w.y, w.beta)


POLYGONS = Worlds("nearest points of polygons", Polygon.random, tolerance=1e-7)
zero = lambda w: torch.zeros_like(w.b)

SENSITIVITY = Derivation(
    label="kkt-sensitivity",
    steps=(
        Step(
            r"-\frac{\partial}{\partial b_i} \min_{y:\, g(y) \le b} f(y)",
            sensitivity,
            "the optimum with one edge moved a little, by differences",
        ),
        Step(r"\beta_i", best_prices, "the prices at which the dual function is highest"),
    ),
    source="Boyd and Vandenberghe (2004), section 5.6",
    worlds=(POLYGONS,),
    follows=("kkt-dual",),
)
STATIONARITY = Derivation(
    label="kkt-stationarity",
    steps=(
        Step(r"-\nabla f(y^*)", lambda w: w.a - nearest(w), "", also={"scipy": lambda w: w.a - nearest_scipy(w)}),
        Step(
            r"\sum_{i} \beta_i\, \nabla g_i(y^*)",
            lambda w: w.A.mT @ sensitivity(w),
            "at the optimum the pull of f is held by the constraints that it leans on",
            also={"the dual's maximum": lambda w: w.A.mT @ best_prices(w)},
        ),
    ),
    source="Karush (1939); Kuhn and Tucker (1951)",
    worlds=(POLYGONS,),
    follows=("kkt-lagrangian", "kkt-sensitivity"),
)
PRIMAL = Derivation(
    label="kkt-primal-feasibility",
    steps=(
        Step(
            r"g_i(y^*)",
            lambda w: w.constraints(nearest(w)),
            "",
            also={"scipy": lambda w: w.constraints(nearest_scipy(w))},
        ),
        Step("0", zero, "y* keeps to the constraints. Equal where y* lies on the edge", r"\le", tight=corner_of_all),
    ),
    worlds=(POLYGONS,),
)
DUAL_FEASIBILITY = Derivation(
    label="kkt-dual-feasibility",
    steps=(
        Step(r"\beta_i", sensitivity, "", also={"the dual's maximum": best_prices}),
        Step("0", zero, "more room never hurts. Equal where it does not help either", r"\ge", tight=already_inside),
    ),
    worlds=(POLYGONS,),
    follows=("kkt-sensitivity",),
)
SLACKNESS = Derivation(
    label="kkt-slackness",
    steps=(
        Step(
            r"\beta_i\, g_i(y^*)",
            lambda w: sensitivity(w) * w.constraints(nearest(w)),
            "",
            also={"scipy, the dual's maximum": lambda w: best_prices(w) * w.constraints(nearest_scipy(w))},
        ),
        Step("0", zero, "room that is not used is worth nothing"),
    ),
    worlds=(POLYGONS,),
    follows=("kkt-sensitivity",),
)
