"""One step of a bottleneck with two dials, and when its first cluster splits: questions of the chapter `bottleneck`."""

import math
from collections.abc import Callable

import numpy as np
import scipy.special
import torch
from torch import Tensor

from course_pkg.grading.bottleneck.chains import coded, dirichlet, pairs, safe
from course_pkg.grading.draws import numbers
from course_pkg.grading.question import Case, Question, Wrong

# One step -----------------------------------------------------------------------------------------


def step_cases(seed: int) -> tuple[Case, ...]:
    def case(rung: str, p_x: Tensor, encoder: Tensor, p_y: Tensor, beta: float, alpha: float, told: str = "") -> Case:
        arguments = {"p_x": p_x, "encoder": encoder, "p_y_given_x": p_y, "beta": beta, "alpha": alpha}
        return Case(rung, arguments, {"values of x": len(p_x), "values of z": encoder.shape[1]}, told)

    def draw(s: int, x: int, z: int, y: int) -> tuple[Tensor, Tensor, Tensor]:
        return dirichlet(s, x), dirichlet(s + 10, x, z), dirichlet(s + 20, x, y)

    quarters = numbers([[0.75, 0.25], [0.25, 0.75]])
    told = "two x, one half each; encoder and p(y|x) both 3/4 and 1/4, then 1/4 and 3/4; beta 2, alpha 1"
    p_x, encoder, p_y = draw(seed + 3, 4, 4, 4)
    encoder[:, 2] = 0  # a code that nobody uses
    p_y[0, 1:] = 0  # and a y that is certain
    p_y[0, 0] = 1
    return (
        case("hand", numbers([0.5, 0.5]), quarters, quarters, 2.0, 1.0, told),
        case("random", *draw(seed + 1, 5, 3, 4), 3.0, 0.5),
        case("random", *draw(seed + 5, 4, 4, 2), 1.5, 1.0),
        case("oracle", *draw(seed + 2, 4, 3, 5), 2.0, 0.7),
        case("trap", p_x, encoder / encoder.sum(1, keepdim=True), p_y, 40.0, 0.02),
    )


def scores(q_z: Tensor, distance: Tensor, beta: float, alpha: float) -> Tensor:
    return (q_z.log() - beta * distance) / alpha


def step(score: Callable = scores, axis: int = 1, weigh: bool = True, turned: bool = False) -> Callable:
    """An answer: which score is normalised along which axis, from which tables."""

    def answer(p_x: Tensor, encoder: Tensor, p_y_given_x: Tensor, beta: float, alpha: float) -> Tensor:
        tables = coded(p_x if weigh else torch.ones_like(p_x) / len(p_x), encoder, p_y_given_x)
        q_z, p_y_given_z = tables["p_xz"].sum(0), tables["p_y_given_z"]
        distance = pairs(safe(p_y_given_z), safe(p_y_given_x)).T if turned else pairs(p_y_given_x, safe(p_y_given_z))
        return score(q_z, distance, beta, alpha).softmax(axis)

    return answer


def step_by_scipy(p_x: Tensor, encoder: Tensor, p_y_given_x: Tensor, beta: float, alpha: float) -> Tensor:
    """One x and one z at a time, from Bayes' rule; a code that nobody uses stays so."""
    p, q, p_y = p_x.numpy(), encoder.numpy(), p_y_given_x.numpy()
    log_new = np.full(q.shape, -np.inf)
    for z in range(q.shape[1]):
        mass = sum(p[x] * q[x, z] for x in range(len(p)))
        if mass > 0:
            guess = sum(p[x] * q[x, z] * p_y[x] for x in range(len(p))) / mass
            for x in range(len(p)):
                log_new[x, z] = math.log(mass) / alpha - beta / alpha * scipy.special.rel_entr(p_y[x], guess).sum()
    return torch.from_numpy(np.exp(log_new - scipy.special.logsumexp(log_new, axis=1, keepdims=True)))


def joint_kept(p_x: Tensor, **rest: Tensor | float) -> Tensor:
    return p_x[:, None] * step()(p_x=p_x, **rest)


ENCODER_STEP = Question(
    name="encoder_step",
    kind="implement",
    title="A step with two dials",
    points=4,
    difficulty=4,
    importance=4,
    minutes=25,
    returns="the new encoder, rows that sum to one, shape (X, Z)",
    relation="the new q(z|x) is proportional to exp((log q(z) - beta KL(p(y|x) || p(y|z))) / alpha), each x by itself",
    cases=step_cases,
    reference=step(),
    oracle=step_by_scipy,
    wrong=(
        Wrong(
            "the divergence the other way round",
            step(turned=True),
            "y is drawn given x: the average inside is over p(y|x), and the code's guess p(y|z) stands below it.",
        ),
        Wrong(
            "q(z) left out",
            step(lambda q, d, b, a: -b * d / a),
            "a code that is used more is cheaper: its logarithm belongs into the exponent.",
        ),
        Wrong(
            "alpha on the divergence only",
            step(lambda q, d, b, a: q.log() - b * d / a),
            "alpha divides the whole exponent, log q(z) too.",
        ),
        Wrong(
            "alpha on q(z) only",
            step(lambda q, d, b, a: q.log() / a - b * d),
            "alpha divides the whole exponent, the divergence too.",
        ),
        Wrong(
            "alpha left out",
            step(lambda q, d, b, a: q.log() - b * d),
            "that is the plain bottleneck, alpha one.",
        ),
        Wrong(
            "the other beta",
            step(lambda q, d, b, a: (q.log() - d / b) / a),
            "in this convention beta multiplies what the code must keep; dividing by it is the beta of a VAE.",
        ),
        Wrong(
            "every x counted alike",
            step(weigh=False),
            "q(z) and p(y|z) are averages over p(x): an x that comes often pulls its code towards itself.",
        ),
        Wrong(
            "columns that sum to one",
            step(axis=0),
            "an encoder is a distribution over codes for each x: normalise over z, axis 1.",
        ),
        Wrong(
            "the joint",
            lambda **k: joint_kept(**k),
            "you multiplied by p(x): asked for is q(z|x), whose rows sum to one.",
        ),
        Wrong(
            "the sign of the divergence",
            step(lambda q, d, b, a: (q.log() + b * d) / a),
            "a code whose guess is far from p(y|x) must become less likely, not more.",
        ),
        Wrong(
            "the nearest code",
            step(lambda q, d, b, a: 1e4 * (q.log() - b * d)),
            "you gave everything to the best code: that is the limit of a small alpha.",
        ),
    ),
    hints={
        "exception": "first q(z) (Z,), then p(y|z) (Z, Y) by Bayes' rule, then the divergence of each x from each z.",
        "shape": "one row for each x, one column for each code.",
        "not finite": "0 log 0 is 0, a code that nobody uses has no p(y|z); use softmax, exp alone underflows.",
        "trap": "one code is never used and must stay so, one y is certain, and beta / alpha is 2000.",
        "different": "print q(z), p(y|z) and the divergences for the case by hand, and compare each with your paper.",
    },
)

# When does it split? ------------------------------------------------------------------------------


def split_cases(seed: int) -> tuple[Case, ...]:
    g = torch.Generator().manual_seed(seed)
    draws = (0.02 + 0.4 * torch.rand(3, generator=g).double()).tolist()

    def case(rung: str, error: float, told: str = "") -> Case:
        return Case(rung, {"error": error}, {}, told)

    return (
        case("hand", 0.25, "one answer in four is wrong"),
        case("random", draws[0]),
        case("random", draws[1]),
        case("oracle", draws[2]),
        case("trap", 0.9, "nine answers in ten are wrong"),
    )


def binary_entropy(e: float) -> float:
    return -e * math.log(e) - (1 - e) * math.log(1 - e)


def split_by_correlation(error: float) -> float:
    """One over the square of the largest correlation of a function of x with a function of y, from the joint table."""
    joint = np.array([[1 - error, error], [error, 1 - error]]) / 2
    weighed = joint / np.sqrt(np.outer(joint.sum(1), joint.sum(0)))
    return float(np.linalg.svd(weighed, compute_uv=False)[1] ** -2)


FIRST_SPLIT = Question(
    name="first_split",
    kind="experiment",
    title="When does the code begin to speak?",
    points=3,
    difficulty=4,
    importance=4,
    minutes=20,
    returns="one number",
    relation="the beta above which the best code of I(x; z) - beta I(z; y) is no longer silent",
    cases=split_cases,
    reference=lambda error: 1 / (1 - 2 * error) ** 2,
    oracle=split_by_correlation,
    wrong=(
        Wrong(
            "as soon as beta is above one",
            lambda error: 1.0,
            "below one nothing can speak, since I(z; y) is at most I(x; z). A noisy y is worth less than that.",
        ),
        Wrong(
            "the root of it",
            lambda error: 1 / abs(1 - 2 * error),
            "very near: 1 - 2 error is how far a small step of the code moves y. Information is quadratic in it.",
        ),
        Wrong(
            "where copying x pays",
            lambda error: math.log(2) / (math.log(2) - binary_entropy(error)),
            "there a full copy of x breaks even. A code that whispers breaks even earlier: its nats are better spent.",
        ),
        Wrong(
            "one over the share of right answers",
            lambda error: 1 / (1 - error),
            "with a fair coin for an answer half are right, and no beta is large enough.",
        ),
        Wrong(
            "one over the information in nats",
            lambda error: 1 / (math.log(2) - binary_entropy(error)),
            "beta compares two informations: their ratio has no unit.",
        ),
        Wrong(
            "the fourth power",
            lambda error: (1 - 2 * error) ** -4,
            "y sees the code through one noisy channel, not through two.",
        ),
    ),
    hints={
        "exception": "error is a number between 0 and 1; return a number.",
        "type": "return a number.",
        "shape": "return a number.",
        "trap": "a witness who always lies is as good as one who never does.",
        "different": "take a code that says x with probability 1/2 + e: expand both informations for small e.",
    },
)
