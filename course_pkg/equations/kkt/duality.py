"""What prices prove: weak and strong duality on projections onto polygons. Equations of the chapter `kkt`."""

import numpy as np
import scipy.optimize
import torch
from torch import Tensor

from course_pkg.derivation.chain import Derivation, Step
from course_pkg.equations.kkt.conditions import POLYGONS, Polygon, best_prices, dual_value, nearest, nearest_scipy


def saddle(seed: int) -> Polygon:
    """y and beta are the optima of the two problems."""
    w = Polygon.random(seed)
    return Polygon(w.a, w.A, w.b, nearest(w), best_prices(w))


def lagrangian(w: Polygon) -> Tensor:
    return w.objective(w.y) + w.beta @ w.constraints(w.y)


def lowest_by_scipy(w: Polygon) -> Tensor:
    value = lambda y: (lambda t: 0.5 * (t - w.a).square().sum() + w.beta @ (w.A @ t - w.b))(torch.as_tensor(y)).item()
    return torch.tensor(scipy.optimize.minimize(value, np.zeros(2), tol=1e-12).fun, dtype=w.a.dtype)


def highest_dual(w: Polygon) -> Tensor:
    lost = lambda beta: -dual_value(w, torch.as_tensor(beta)).item()
    found = scipy.optimize.minimize(lost, np.ones(3), bounds=[(0, None)] * 3, tol=1e-14)
    return torch.tensor(-found.fun, dtype=w.a.dtype)


WEAK_DUALITY = Derivation(
    label="kkt-weak-duality",
    steps=(
        Step(r"f(y)", lambda w: w.objective(w.y), "at a point that keeps to all constraints"),
        Step(
            r"\ell(y, \beta)",
            lagrangian,
            "prices of 0 or more times constraints of 0 or less. Equal where slackness holds",
            r"\ge",
            tight=saddle,
        ),
        Step(
            r"h(\beta)",
            lambda w: dual_value(w, w.beta),
            "no point is below the lowest. Equal where y is the lowest",
            r"\ge",
            tight=saddle,
            also={"scipy": lowest_by_scipy},
        ),
    ),
    source="Boyd and Vandenberghe (2004), section 5.2.2",
    worlds=(POLYGONS,),
    follows=("kkt-lagrangian", "kkt-dual"),
)
STRONG_DUALITY = Derivation(
    label="kkt-strong-duality",
    steps=(
        Step(
            r"\min_{y:\, g(y) \le 0} f(y)",
            lambda w: w.objective(nearest(w)),
            "",
            also={"scipy": lambda w: w.objective(nearest_scipy(w))},
        ),
        Step(
            r"\max_{\beta \ge 0} h(\beta)",
            highest_dual,
            "Slater: f and all g convex, and a point with room to every constraint",
            also={"every set of prices": lambda w: dual_value(w, best_prices(w))},
        ),
    ),
    source="Slater (1950); Boyd and Vandenberghe (2004), section 5.2.3",
    worlds=(POLYGONS,),
    follows=("kkt-weak-duality", "kkt-dual"),
)
