"""The four conditions on problems that one can solve by hand: questions of the chapter `kkt`."""

import numpy as np
import scipy.optimize
import torch
from torch import Tensor

from course_pkg.grading import Case, Condition, Question, Symmetry, Wrong
from course_pkg.questions.shared import at_least, at_most, normals, numbers

# The nearest point of a half-space ----------------------------------------------------------------


def half_spaces(seed: int) -> tuple[Case, ...]:
    def case(rung: str, a: Tensor, normal: Tensor, limit: float, told: str = "") -> Case:
        return Case(rung, {"a": a, "normal": normal, "limit": limit}, {"dimensions": len(a)}, told)

    def draw(rung: str, s: int, n: int, excess: float) -> Case:
        a, normal = normals(s, 2, n)
        return case(rung, a, normal, float(a @ normal) - excess)

    return (
        case(
            "hand",
            numbers([2.0, 2.0]),
            numbers([1.0, 1.0]),
            2.0,
            "a is {a:vector}, the normal {normal:vector}, the limit {limit}",
        ),
        draw("random", seed + 1, 3, 1.7),
        draw("random", seed + 2, 6, 4.1),
        draw("oracle", seed + 3, 5, 2.3),
        draw("trap", seed + 4, 4, -1.3),
    )


def projected(multiplier, x=lambda a, normal, u: a - u * normal):
    """An answer: the multiplier from (excess, squared length of the normal), and the point that belongs to it."""

    def answer(a: Tensor, normal: Tensor, limit: float) -> dict[str, Tensor]:
        u = multiplier(normal @ a - limit, normal @ normal)
        return {"x": x(a, normal, u), "multiplier": u}

    return answer


def nearest_by_nnls(a: Tensor, normal: Tensor, limit: float) -> dict[str, Tensor]:
    """The dual problem, least squares with one unknown that may not be negative, by scipy."""
    w, excess = normal.numpy(), (normal @ a).item() - limit
    u = scipy.optimize.nnls(w[:, None], excess * w / (w @ w))[0]
    return {"x": a - torch.from_numpy(u * w), "multiplier": torch.from_numpy(u).squeeze()}


nearest = projected(lambda excess, length: (excess / length).clamp_min(0))

NEAREST_POINT = Question(
    name="nearest_point",
    kind="implement",
    title="A wall, and the force that it exerts",
    points=2,
    difficulty=2,
    importance=5,
    minutes=15,
    returns='a dict: "x", shape (dimensions,), and "multiplier", one number',
    relation="x minimises half the squared distance to a where normal . x <= limit; with the multiplier u of "
    "normal . x - limit <= 0, x - a + u normal = 0, u >= 0 and u (normal . x - limit) = 0",
    cases=half_spaces,
    reference=nearest,
    oracle=nearest_by_nnls,
    wrong=(
        Wrong(
            "a wall that pulls: a negative multiplier",
            projected(lambda excess, length: excess / length),
            "where a already satisfies the inequality nothing is to be done: the multiplier may not be negative. You "
            "solved the problem with an equality.",
        ),
        Wrong(
            "an absolute value where a difference belongs",
            projected(lambda excess, length: (excess / length).abs()),
            "where a already satisfies the inequality nothing is to be done. An absolute value pushes it off.",
        ),
        Wrong(
            "the step along a normal that has not length one",
            projected(lambda excess, length: excess.clamp_min(0)),
            "a step of u along the normal changes normal . x by u times the normal's squared length: divide by it.",
        ),
        Wrong(
            "the normal's length for its square: it enters twice",
            projected(lambda excess, length: excess.clamp_min(0) / length.sqrt()),
            "the normal enters twice, in the step and in the product: divide by its length squared.",
            also=(  # the step alone is right
                projected(
                    lambda excess, length: excess.clamp_min(0) / length.sqrt(), lambda a, w, u: a - u * w / w.norm()
                ),
            ),
        ),
        Wrong(
            "a multiplier without the half",
            projected(lambda excess, length: 2 * (excess / length).clamp_min(0), lambda a, w, u: a - 0.5 * u * w),
            "the objective is half the squared distance, with the gradient x - a. Yours is twice as steep, and so is "
            "its multiplier.",
        ),
        Wrong(
            "the sign of u in the Lagrangian",
            projected(lambda excess, length: -(excess / length).clamp_min(0), lambda a, w, u: a + u * w),
            "for a minimum under g(x) <= 0 the Lagrangian is f + u g, and u is not negative.",
        ),
        Wrong(
            "the step away from the wall",
            projected(lambda excess, length: (excess / length).clamp_min(0), lambda a, w, u: a + u * w),
            "x - a + u normal = 0: the step goes against the normal, which points out of what is allowed.",
        ),
        Wrong(
            "the constraint is ignored",
            projected(lambda excess, length: 0 * excess, lambda a, w, u: a),
            "that is the minimum without the constraint; check normal . x <= limit.",
        ),
    ),
    conditions=(
        Condition(
            "normal . x is the limit at most (primal feasibility)",
            lambda g, f: (g["normal"] @ f["x"] - g["limit"]).clamp_min(0),
        ),
        Condition("x - a + u normal = 0 (stationarity)", lambda g, f: f["x"] - g["a"] + f["multiplier"] * g["normal"]),
        at_least(0.0, "u is not negative (dual feasibility)", "multiplier"),
        Condition(
            "u (normal . x - limit) = 0 (slackness)", lambda g, f: f["multiplier"] * (g["normal"] @ f["x"] - g["limit"])
        ),
    ),
    hints={
        "not started": "draw the case by hand: a, the wall, and the arrow from a to the nearest point of it.",
        "exception": "a and normal are vectors, limit is a number; normal @ a is their product.",
        "type": 'return {"x": ..., "multiplier": ...}.',
        "not finite": "divide by the squared length of the normal, never by the excess.",
        "random": "the normal need not have length one.",
        "trap": "is the constraint active here?",
        "different": "write down stationarity, put x into the constraint as an equality, and solve for the multiplier.",
    },
)

# Points that satisfy all four and are no minima ----------------------------------------------------


def forms(seed: int) -> tuple[Case, ...]:
    def case(rung: str, s: int, eigenvalues: list[float], told: str = "", counts: bool = True) -> Case:
        n = len(eigenvalues)
        turn = torch.linalg.qr(normals(s, 1, n, n)[0]).Q if rung != "hand" else torch.eye(n, dtype=torch.float64)
        A = turn @ torch.diag(numbers(eigenvalues)) @ turn.mT
        return Case(rung, {"A": (A + A.mT) / 2}, {"dimensions": n}, told, counts)

    return (
        case("hand", seed, [-2.0, -1.0, 3.0], "A has the rows {A}"),
        case("random", seed + 1, [-3.1, -1.3, -0.4, 0.9, 2.2]),
        case("random", seed + 2, [0.7, 1.9, 2.8], counts=False),
        case("oracle", seed + 3, [-4.2, -0.6, 0.3, 1.1]),
        case("trap", seed + 4, [-2.7, -1.6, -0.8]),
    )


def kkt_values_of(keep=lambda v: v[v < 0], centre: bool = True, half: float = 0.5):
    def answer(A: Tensor) -> Tensor:
        values = half * keep(torch.linalg.eigvalsh(A))
        return torch.cat([values, values.new_zeros(1)]).sort().values if centre else values.sort().values

    return answer


def values_by_characteristic(A: Tensor) -> Tensor:
    """Eigenvalues as roots of the characteristic polynomial, its coefficients by Faddeev and LeVerrier."""
    a, coefficients, M = A.numpy(), [1.0], np.zeros(tuple(A.shape))
    for k in range(1, len(a) + 1):
        M = a @ M + coefficients[-1] * np.eye(len(a))
        coefficients.append(-np.trace(a @ M) / k)
    roots = np.roots(coefficients).real
    return torch.tensor(sorted([*(roots[roots < 0] / 2), 0.0]), dtype=torch.float64)


KKT_VALUES = Question(
    name="kkt_values",
    kind="implement",
    title="Points that pass, and are not the best",
    points=3,
    difficulty=4,
    importance=3,
    minutes=30,
    returns="the values of the objective at the points that satisfy all four conditions, ascending, shape (points,)",
    relation="x A x / 2 at each x with A x + u x = 0, |x| <= 1, u >= 0 and u (|x|^2 - 1) = 0; each value once",
    cases=forms,
    reference=kkt_values_of(),
    oracle=values_by_characteristic,
    wrong=(
        Wrong(
            "the centre, x = 0, is left out",
            kkt_values_of(centre=False),
            "at x = 0 the gradient vanishes and the constraint is not active: with multiplier 0 all four hold.",
        ),
        Wrong(
            "every eigenvector",
            kkt_values_of(lambda v: v),
            "an eigenvector on the sphere has the multiplier minus its eigenvalue. Where that is negative, dual "
            "feasibility fails: the sphere would have to pull.",
        ),
        Wrong(
            "every eigenvector, and no centre",
            kkt_values_of(lambda v: v, centre=False),
            "all of those are stationary on the sphere; some have a negative multiplier, and the centre is missing.",
        ),
        Wrong(
            "the minimum alone: the answer to the problem",
            kkt_values_of(lambda v: v[:1].clamp_max(0), centre=False),
            "that is the answer to the problem, not to the question: other points pass the four conditions too.",
        ),
        Wrong(
            "the diagonal for the eigenvalues",
            lambda A: torch.cat([A.diagonal()[A.diagonal() < 0] / 2, A.new_zeros(1)]).sort().values,
            "the diagonal of A holds its eigenvalues only where A is diagonal: see torch.linalg.eigvalsh.",
        ),
        Wrong(
            "values that stand there twice",
            kkt_values_of(lambda v: v[v < 0].repeat(2)),
            "v and -v are two points with one value: each value is asked for once, and yours stand there twice.",
        ),
        Wrong(
            "u is the eigenvalue, not minus it",
            kkt_values_of(lambda v: v[v > 0]),
            "A x + u x = 0 on an eigenvector says u is minus the eigenvalue, so the negative eigenvalues pass.",
        ),
        Wrong(
            "the half is missing",
            kkt_values_of(half=1.0),
            "the objective is half of x A x.",
        ),
        Wrong(
            "multipliers for values",
            lambda A: -2 * kkt_values_of()(A).flip(0),
            "those are the multipliers. The value at such a point is minus half of its multiplier.",
        ),
    ),
    conditions=(
        Condition("the values ascend", lambda g, f: (f[""][:-1] - f[""][1:]).clamp_min(0) if f[""].ndim else f[""] * 0),
        at_most(0.0, "no value is above that of the centre, 0"),
    ),
    symmetries=(Symmetry("double where A is doubled", lambda g: {"A": 2 * g["A"]}, lambda g, v: 2 * v),),
    hints={
        "not started": "write stationarity for the diagonal A of the case by hand: which x can satisfy it?",
        "exception": "torch.linalg.eigvalsh(A) gives the eigenvalues of a symmetric matrix, ascending.",
        "type": "return a tensor with one dimension.",
        "shape": "one value for each kind of point: those on the sphere, and is there one inside?",
        "not finite": "nothing is divided by here.",
        "trap": "no eigenvalue is positive here: where is the maximum of the objective, and does it pass?",
        "different": "first the points with u = 0, then those with |x| = 1; keep those with u >= 0 only.",
    },
)
