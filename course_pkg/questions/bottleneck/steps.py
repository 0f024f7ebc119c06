"""One step of a bottleneck with two dials: a question of the chapter `bottleneck`."""

import math
from collections.abc import Callable

import numpy as np
import scipy.special
import torch
from torch import Tensor

from course_pkg.grading import Case, Condition, Question, Symmetry, Wrong
from course_pkg.questions.bottleneck.codes import coded, dirichlet, pairs, safe
from course_pkg.questions.shared import ROWS, at_least, numbers


def step_cases(seed: int) -> tuple[Case, ...]:
    def case(rung: str, p_x: Tensor, encoder: Tensor, p_y: Tensor, beta: float, alpha: float, told: str = "") -> Case:
        arguments = {"p_x": p_x, "encoder": encoder, "p_y_given_x": p_y, "beta": beta, "alpha": alpha}
        return Case(rung, arguments, {"values of x": len(p_x), "values of z": encoder.shape[1]}, told)

    def draw(s: int, x: int, z: int, y: int) -> tuple[Tensor, Tensor, Tensor]:
        return dirichlet(s, x), dirichlet(s + 10, x, z), dirichlet(s + 20, x, y)

    quarters = numbers([[0.75, 0.25], [0.25, 0.75]])
    told = "p(x) {p_x}; encoder {encoder}; p(y|x) {p_y_given_x}; beta {beta}, alpha {alpha}"
    p_x, encoder, p_y = draw(seed + 3, 4, 4, 4)
    encoder[:, 2] = 0  # a code that nobody uses
    p_y[0, 1:] = 0  # and a y that is certain
    p_y[0, 0] = 1
    return (
        case("hand", numbers([0.5, 0.5]), quarters, quarters, 0.5, 1.0, told),
        case("random", *draw(seed + 1, 5, 3, 4), 0.3, 0.5),
        case("random", *draw(seed + 5, 4, 4, 2), 0.7, 1.0),
        case("oracle", *draw(seed + 2, 4, 3, 5), 0.4, 0.7),
        case("trap", p_x, encoder / encoder.sum(1, keepdim=True), p_y, 0.025, 0.02),
    )


def scores(q_z: Tensor, distance: Tensor, beta: float, alpha: float) -> Tensor:
    return (q_z.log() - distance / beta) / alpha


def step(
    score: Callable = scores, axis: int = 1, weigh: bool = True, turned: bool = False, softmax: bool = True
) -> Callable:
    """An answer: which score is normalised along which axis, from which tables."""

    def answer(p_x: Tensor, encoder: Tensor, p_y_given_x: Tensor, beta: float, alpha: float) -> Tensor:
        tables = coded(p_x if weigh else torch.ones_like(p_x) / len(p_x), encoder, p_y_given_x)
        q_z, p_y_given_z = tables["p_xz"].sum(0), tables["p_y_given_z"]
        distance = pairs(safe(p_y_given_z), safe(p_y_given_x)).T if turned else pairs(p_y_given_x, safe(p_y_given_z))
        found = score(q_z, distance, beta, alpha)
        return found.softmax(axis) if softmax else found.exp()

    return answer


def mixed_weights(codes: bool) -> Callable:
    """An answer in which p(x) weighs one of q(z) and p(y|z) only: q(z) if codes."""

    def answer(p_x: Tensor, encoder: Tensor, p_y_given_x: Tensor, beta: float, alpha: float) -> Tensor:
        right, alike = (coded(p, encoder, p_y_given_x) for p in (p_x, torch.ones_like(p_x) / len(p_x)))
        q_z, p_y = (right, alike) if codes else (alike, right)
        return scores(q_z["p_xz"].sum(0), pairs(p_y_given_x, safe(p_y["p_y_given_z"])), beta, alpha).softmax(1)

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
                log_new[x, z] = (
                    math.log(mass) / alpha - 1 / (alpha * beta) * scipy.special.rel_entr(p_y[x], guess).sum()
                )
    return torch.from_numpy(np.exp(log_new - scipy.special.logsumexp(log_new, axis=1, keepdims=True)))


def together(p_x: Tensor, encoder: Tensor, p_y_given_x: Tensor, beta: float, alpha: float) -> Tensor:
    """The step with p(y, z) in place of p(y|z)."""
    p_yz = (p_x[:, None] * encoder).T @ p_y_given_x
    return scores(p_x @ encoder, pairs(p_y_given_x, safe(p_yz)), beta, alpha).softmax(1)


def joint_kept(p_x: Tensor, **rest: Tensor | float) -> Tensor:
    return p_x[:, None] * step()(p_x=p_x, **rest)


ENCODER_STEP = Question(
    name="encoder_step",
    kind="implement",
    title="A step with two dials",
    points=4,
    difficulty=4,
    importance=4,
    minutes=35,
    returns="the new encoder, rows that sum to one, shape (X, Z)",
    relation="the sheet's formula, from the q(z) and p(y|z) of the encoder that came in; each row a distribution",
    cases=step_cases,
    reference=step(),
    oracle=step_by_scipy,
    wrong=(
        Wrong(
            "the code's guess inside: the divergence the other way round",
            step(turned=True),
            "y is drawn given x: the average inside is over p(y|x), and the code's guess p(y|z) stands below it.",
        ),
        Wrong(
            "log q(z) left out of the exponent: codes used more are no cheaper",
            step(lambda q, d, b, a: -d / b / a),
            "a code that is used more is cheaper: its logarithm belongs into the exponent.",
        ),
        Wrong(
            "alpha not on log q(z)",
            step(lambda q, d, b, a: q.log() - d / b / a),
            "alpha divides the whole exponent, log q(z) too.",
        ),
        Wrong(
            "alpha not on the divergence",
            step(lambda q, d, b, a: q.log() / a - d / b),
            "alpha divides the whole exponent, the divergence too.",
        ),
        Wrong(
            "y and z together, not y given z",
            together,
            "your p(y|z) is the probability of y and z together: divide by q(z), so that its rows sum to one.",
        ),
        Wrong(
            "the factor for each x left out: no sum of one",
            lambda p_x, encoder, p_y_given_x, beta, alpha: step(softmax=False)(p_x, encoder, p_y_given_x, beta, alpha),
            "the formula holds up to a factor for each x, which you left out: divide each row by its sum.",
        ),
        Wrong(
            "alpha is one: the plain bottleneck",
            step(lambda q, d, b, a: q.log() - d / b),
            "that is the plain bottleneck, alpha one.",
        ),
        Wrong(
            "the other beta",
            step(lambda q, d, b, a: (q.log() - b * d) / a),
            "here beta is the price of the rate, so a large one makes divergences count less: divide by it.",
        ),
        Wrong(
            "every x averaged alike, not by p(x)",
            step(weigh=False),
            "q(z) and p(y|z) are averages over p(x): an x that comes often pulls its code towards itself.",
            (mixed_weights(codes=False), mixed_weights(codes=True)),
        ),
        Wrong(
            "columns normalised, over x: not the axis of z",
            step(axis=0),
            "an encoder is a distribution over codes for each x: normalise over z, axis 1.",
        ),
        Wrong(
            "the joint, multiplied by p(x)",
            lambda **k: joint_kept(**k),
            "you multiplied by p(x): asked for is q(z|x), whose rows sum to one.",
        ),
        Wrong(
            "the sign: a far guess more likely",
            step(lambda q, d, b, a: (q.log() + d / b) / a),
            "a code whose guess is far from p(y|x) must become less likely, not more.",
        ),
        Wrong(
            "the nearest code",
            step(lambda q, d, b, a: 1e4 * (q.log() - d / b)),
            "you gave everything to the best code: that is the limit of a small alpha.",
        ),
    ),
    conditions=(
        ROWS,
        at_least(0.0, "a probability is not negative"),
        Condition(
            "a code that nobody uses stays unused",
            lambda g, f: (
                f[""][:, g["p_x"] @ g["encoder"] == 0] if bool((g["p_x"] @ g["encoder"] == 0).any()) else torch.zeros(1)
            ),
        ),
    ),
    symmetries=(
        Symmetry(
            "stay the same where the values of y are renamed", lambda g: {"p_y_given_x": g["p_y_given_x"].flip(1)}
        ),
    ),
    hints={
        "not started": "compute q(z) and p(y|z) of the case by hand; the rest is one line.",
        "exception": "first q(z) (Z,), then p(y|z) (Z, Y) by Bayes' rule, then the divergence of each x from each z.",
        "shape": "one row for each x, one column for each code.",
        "not finite": "0 log 0 is 0, a code that nobody uses has no p(y|z); use softmax, exp alone underflows.",
        "trap": "one code is never used and must stay so, one y is certain, and one over alpha beta is 2000.",
        "different": "print q(z), p(y|z) and the divergences for the case by hand, and compare each with your paper.",
    },
)
