"""A prediction about the biased estimate: a question of the chapter `mmd`."""

from collections.abc import Callable

import torch
from scipy.optimize import minimize_scalar

from course_pkg.grading import Case, Question, Wrong
from course_pkg.questions.shared import at_least


def settings(seed: int) -> tuple[Case, ...]:
    g = torch.Generator().manual_seed(seed)
    u = torch.rand(4, generator=g, dtype=torch.float64).tolist()
    case = lambda rung, d, h2, n, told="", counts=True: Case(
        rung, {"d": d, "h2": h2, "n": n}, {"codes": n, "latents": d}, told, counts
    )
    return (
        case("hand", 4, 4.0, 20, "{d} latents, h squared {h2}, batches of {n}"),
        case("random", 3, 1.0 + 2 * u[0], 32),
        case("oracle", 8, 4.0 + 4 * u[1], 24),
        case("trap", 10, 0.5 + 0.3 * u[2], 16),
        case("trap", 2, 2.0, 2),
        case("trap", 2, 6.0 + u[3], 2, counts=False),  # the codes are drawn to a point
    )


def mean_of_v(s: torch.Tensor, d: int, h2: float, n: int) -> torch.Tensor:
    within = (1 + 2 * s**2 / h2) ** (-d / 2)
    return within + (1 - within) / n - 2 * (1 + (1 + s**2) / h2) ** (-d / 2)


def best(d: int, h2: float, n: float, low: float = 0.0, high: float = 1.2) -> float:
    """Where the derivative by s^2 changes its sign, by bisection. Both terms are powers."""
    slope = lambda v: -(1 - 1 / n) * (1 + 2 * v / h2) ** (-d / 2 - 1) + (1 + (1 + v) / h2) ** (-d / 2 - 1)
    a, b = low**2, high**2
    for _ in range(200):
        middle = (a + b) / 2
        a, b = (middle, b) if slope(middle) < 0 else (a, middle)
    return ((a + b) / 2) ** 0.5


def best_of(f: Callable[[float], float]) -> float:
    """Where a function of the width is least, as near as its rounding allows."""
    return float(minimize_scalar(f, bounds=(0, 2), method="bounded", options={"xatol": 1e-9}).x)


def by_trying(d: int, h2: float, n: int) -> float:
    """The least of a fine grid, and a parabola through its three best; at zero there is none, the slope is."""
    s = torch.linspace(0, 1.2, 4801, dtype=torch.float64)
    values = mean_of_v(s, d, h2, n)
    i = int(values.argmin())
    if i == 0:
        return 0.0
    a, b, c = values[i - 1 : i + 2].tolist()
    return float(s[i]) + 0.5 * float(s[1] - s[0]) * (a - c) / (a - 2 * b + c)


SHRUNKEN = Question(
    name="shrunken_width",
    kind="experiment",
    title="How far the diagonal draws",
    points=3,
    difficulty=4,
    importance=4,
    minutes=30,
    returns="one number, the width s",
    relation="the s at which the mean of the biased estimate, n codes of N(0, s^2 I) and n of N(0, I), is least",
    cases=settings,
    reference=best,
    oracle=by_trying,
    tolerance=2e-5,
    wrong=(
        Wrong(
            "where the unbiased estimate is least: the diagonal a constant",
            lambda d, h2, n: 1.0,
            "that is where the unbiased estimate is least. The diagonal is no constant: see what else it changes.",
        ),
        Wrong(
            "h squared equal to d: the first order for that",
            lambda d, h2, n: 1 - 1 / n,
            "that is the first order, and only for h squared equal to d.",
        ),
        Wrong(
            "to first order in 1 / n, not the least value itself",
            lambda d, h2, n: 1 - (h2 + 2) / ((d + 2) * n),
            "right to first order in 1 / n. Batches are small: find the least value itself.",
        ),
        Wrong(
            "s squared for the width",
            lambda d, h2, n: best(d, h2, n) ** 2,
            "you gave s squared. The width is asked for.",
        ),
        Wrong(
            "n - 1 for n",
            lambda d, h2, n: best(d, h2, n - 1),
            "of n squared pairs n are a code and itself: a share of 1 / n.",
        ),
        Wrong(
            "the crossed pairs once, for twice",
            lambda d, h2, n: best_of(
                lambda s: (1 - 1 / n) * (h2 / (h2 + 2 * s**2)) ** (d / 2) - (h2 / (h2 + 1 + s**2)) ** (d / 2)
            ),
            "the crossed pairs, a code and a draw of the prior, come off twice, as in the square of a difference.",
        ),
        Wrong(
            "codes that may not draw together but apart",
            lambda d, h2, n: 2 - best(d, h2, n),
            "the diagonal costs nothing more and every other pair within counts for less: the codes may draw together.",
        ),
        Wrong(
            "the prior's diagonal, too",
            lambda d, h2, n: best(d, h2, n / 2),
            "the prior's own diagonal does not depend on s. Only that of the codes draws.",
        ),
    ),
    conditions=(at_least(0.0, "a width is not negative"),),
    hints={
        "not started": "write the mean of V as a function of s: within the codes, and between codes and prior.",
        "exception": "d and n are whole numbers, h2 is a number: h squared.",
        "type": "return one number.",
        "shape": "return one number.",
        "near": "a formula of first order in 1 / n will not do for small batches: minimise.",
        "different": "check at n = 1,000,000: the answer must be nearly 1.",
    },
)
