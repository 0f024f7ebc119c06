"""Wrong lines about conditions and duality."""

import torch
from torch import Tensor

from course_pkg.derivation.chain import Wrong
from course_pkg.equations.kkt import conditions, duality
from course_pkg.equations.kkt.conditions import Polygon, best_prices, nearest


def held_back(w: Polygon) -> Tensor:
    return -w.A.mT @ best_prices(w)


def unpriced(w: Polygon) -> Tensor:
    """The sum over all edges, whether or not the point leans on them."""
    return w.A.sum(0)


SENSITIVITY = conditions.SENSITIVITY.with_wrong(
    1,
    Wrong(
        "more room lets f rise, so the price has a minus",
        r"-\beta_i",
        lambda w: -best_prices(w),
    ),
    Wrong(
        "a price is what a wall costs in all: price times its distance",
        r"\beta_i b_i",
        lambda w: best_prices(w) * w.b,
    ),
)
STATIONARITY = conditions.STATIONARITY.with_wrong(
    1,
    Wrong(
        "the slopes of f and of the constraints are equal, so no minus is left",
        r"-\sum_{i} \beta_i\, \nabla g_i(y^*)",
        held_back,
    ),
    Wrong(
        "at an optimum the slope of f vanishes",
        "0",
        lambda w: torch.zeros_like(w.a),
    ),
    Wrong(
        "every constraint pulls alike",
        r"\sum_{i} \nabla g_i(y^*)",
        unpriced,
    ),
)
PRIMAL = conditions.PRIMAL.with_wrong(
    1,
    Wrong("the optimum lies on the edge of every constraint", "0", relation="="),
    Wrong("a constraint holds where g is positive", "0", relation=r"\ge"),
)
DUAL_FEASIBILITY = conditions.DUAL_FEASIBILITY.with_wrong(
    1,
    Wrong("a constraint is a cost, so its multiplier is negative", "0", relation=r"\le"),
    Wrong("at the optimum no price is left to pay", "0", relation="="),
)
SLACKNESS = conditions.SLACKNESS.with_wrong(
    0,
    Wrong(
        "each of the two is zero: no room is left",
        r"g_i(y^*)",
        lambda w: w.constraints(nearest(w)),
    ),
    Wrong(
        "each of the two is zero: no price is left",
        r"\beta_i",
        best_prices,
    ),
)

WEAK_DUALITY = duality.WEAK_DUALITY.with_wrong(
    1,
    Wrong("a penalty only makes things worse: the Lagrangian lies above", r"\ell(y, \beta)", relation=r"\le"),
    Wrong(
        "room is a positive number, and its price is added",
        r"f(y) - \sum_{i} \beta_i\, g_i(y)",
        lambda w: w.objective(w.y) - w.beta @ w.constraints(w.y),
    ),
).with_wrong(
    2,
    Wrong("any prices will do: the dual is the Lagrangian", r"h(\beta)", relation="="),
)


def dual_at_wrong_sign(w: Polygon) -> Tensor:
    y = w.a + w.A.mT @ best_prices(w)
    return w.objective(y) + best_prices(w) @ w.constraints(y)


STRONG_DUALITY = duality.STRONG_DUALITY.with_wrong(
    1,
    Wrong(
        "without prices the problem is free: its lowest point",
        r"h(0)",
        lambda w: torch.zeros_like(w.b[0]),
    ),
    Wrong(
        "the best prices push the point along the constraint's slope, not against it",
        r"\ell\left(a + \sum_i \beta_i^* \nabla g_i, \beta^*\right)",
        dual_at_wrong_sign,
    ),
)
