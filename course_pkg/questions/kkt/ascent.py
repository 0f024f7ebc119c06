"""An ascent in the multiplier that goes astray: a question of the chapter `kkt`."""

import math

import numpy as np
import torch
from torch import Tensor

from course_pkg.grading import Case, Condition, Question, Wrong
from course_pkg.questions.shared import PRICE, numbers
from course_pkg.worlds import TabularWorld, expect, kl


def paths(seed: int) -> tuple[Case, ...]:
    def case(rung: str, s: int, x: int, budget: float, start: float, lr: float, steps: int) -> Case:
        world = TabularWorld.random(s, (2, 2), x=x)
        arguments = {"log_data": world.log_p_x, "log_prior": world.log_p_z, "log_likelihood": world.log_p_x_given_z}
        numbers_ = {"budget": budget, "start": start, "lr": lr, "steps": steps}
        return Case(rung, {**arguments, **numbers_}, {"images": x, "latent values": 4, "steps": steps})

    hand = {
        "log_data": numbers([1.0]).log(),
        "log_prior": numbers([0.5, 0.5]).log(),
        "log_likelihood": numbers([[1.0, 1.0]]).log(),
        "budget": 0.5, "start": 2.0, "lr": 1.0, "steps": 5,
    }  # fmt: skip
    told = "a decoder that ignores z, so nothing is spent; budget {budget}, start {start}, lr {lr}, {steps:word} steps"
    return (
        Case("hand", hand, {"images": 1, "latent values": 2, "steps": 5}, told),
        case("random", seed + 1, 3, 0.15, 1.0, 1.5, 7),
        case("random", seed + 2, 5, 0.1, 0.3, 2.0, 6),
        case("oracle", seed + 3, 4, 0.12, 0.8, 1.0, 5),
        case("trap", seed + 4, 4, 2.5, 1.2, 0.25, 6),
        back_from_zero(seed + 5),
    )


def back_from_zero(seed: int) -> Case:
    """Steps so large that beta falls to zero, comes back, and falls again."""
    worse = 2 + torch.rand(2, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    arguments = {
        "log_data": numbers([0.4, 0.6]).log(), "log_prior": numbers([0.5, 0.5]).log(),
        "log_likelihood": -torch.stack([worse, worse.flip(0)]) * numbers([[0, 1], [1, 0]]),
        "budget": 0.3, "start": 4.0, "lr": 20.0, "steps": 6,
    }  # fmt: skip
    return Case("trap", arguments, {"images": 2, "latent values": 2, "steps": 6})


def tilted(log_prior: Tensor, log_likelihood: Tensor, beta: float) -> Tensor:
    """log q, q proportional to p(z) p(x|z)^(1/beta). At beta = 0 the prior on the likeliest z."""
    short = log_likelihood - log_likelihood.amax(1, keepdim=True)
    tilt = torch.where(short < 0, short / beta, torch.zeros_like(short))
    return (log_prior + tilt).log_softmax(1)


def average(log_data: Tensor, log_q: Tensor, log_prior: Tensor) -> Tensor:
    return expect(log_data, kl(log_q, log_prior))


def ascent(rate=average, move=lambda beta, step: max(0.0, beta + step)):
    """An answer that measures the rate, or moves beta, in another way."""

    def answer(log_data, log_prior, log_likelihood, budget, start, lr, steps):
        path = [start]
        for _ in range(steps):
            now = rate(log_data, tilted(log_prior, log_likelihood, path[-1]), log_prior)
            path.append(float(move(path[-1], lr * float(now - budget))))
        return torch.tensor(path, dtype=torch.float64)

    return answer


def each_above(log_data, log_prior, log_likelihood, budget, start, lr, steps) -> Tensor:
    """The rate of each image above the budget, averaged."""
    above = lambda data, log_q, prior: budget + expect(data, (kl(log_q, prior) - budget).clamp_min(0))
    return ascent(rate=above)(log_data, log_prior, log_likelihood, budget, start, lr, steps)


def ascent_by_numpy(log_data, log_prior, log_likelihood, budget, start, lr, steps) -> Tensor:
    """Each rate from probabilities, by numpy."""
    data, prior, likelihood = (t.exp().numpy() for t in (log_data, log_prior, log_likelihood))
    path = [start]
    for _ in range(steps):
        beta, rate = path[-1], 0.0
        for p_x, row in zip(data, likelihood, strict=True):
            ratio = row / row.max()
            q = prior * (ratio ** (1 / beta) if beta > 0 else (ratio == 1).astype(float))
            q = q[q > 0] / q.sum(), prior[q > 0]
            rate += p_x * float((q[0] * np.log(q[0] / q[1])).sum())
        path.append(max(beta + lr * (rate - budget), 0.0))
    return numbers(path)


MENDED_ASCENT = Question(
    name="mended_ascent",
    kind="debug",
    title="An ascent that goes astray",
    points=3,
    difficulty=3,
    importance=4,
    minutes=30,
    returns="the path of beta, its start included, shape (steps + 1,)",
    relation="each step goes uphill in the multiplier of: the average over p(x) of KL(q(z|x) || p(z)) is at most the "
    "budget, at the q that is best for the present beta; a multiplier stays feasible",
    cases=paths,
    reference=ascent(),
    oracle=ascent_by_numpy,
    wrong=(
        Wrong(
            "the sign of the step: the price falls where it must rise",
            ascent(move=lambda beta, step: max(0.0, beta - step)),
            "where more is spent than the budget, the price must rise. Yours falls.",
        ),
        Wrong(
            "the sign of the step, and a price that may become negative",
            ascent(move=lambda beta, step: beta - step),
            "where more is spent than the budget the price must rise, and it may not become negative.",
        ),
        Wrong(
            "a negative price that pays for nats",
            ascent(move=lambda beta, step: beta + step),
            "where the budget is not used up the price falls to zero, no further. A negative one would pay for nats.",
        ),
        Wrong(
            "an absolute value for the projection",
            ascent(move=lambda beta, step: abs(beta + step)),
            "an absolute value turns a price that should be zero into one that is not; the projection is max(0, .).",
        ),
        Wrong(
            "a price that should exceed one",
            ascent(move=lambda beta, step: max(1.0, beta + step)),
            "a multiplier may be anything from zero on. That beta should exceed one is the answer to another question.",
        ),
        Wrong(
            "images that are not weighted",
            ascent(rate=lambda log_data, log_q, log_prior: kl(log_q, log_prior).mean()),
            "the budget is on the average over p(x), and here the images are not equally probable.",
        ),
        Wrong(
            "a sum over images",
            ascent(rate=lambda log_data, log_q, log_prior: kl(log_q, log_prior).sum()),
            "the budget is on the average over p(x), not on the sum over images.",
        ),
        Wrong(
            "logarithms for weights",
            ascent(rate=lambda log_data, log_q, log_prior: (log_data * kl(log_q, log_prior)).sum()),
            "you weighed the images by log p(x): those are logarithms; weights are probabilities.",
        ),
        Wrong(
            "steps of log beta",
            ascent(move=lambda beta, step: beta * math.exp(step)),
            "you moved log beta, by a factor a step: the step is added to beta itself, and zero can be reached.",
        ),
        Wrong(
            "a path that is one step late",
            lambda **given: torch.cat([(path := ascent()(**given))[:1], path[:-1]]),
            "the path is one step late: append beta after it has moved; start stands in the path already.",
        ),
        Wrong(
            "savings cut off: each image held on its own",
            each_above,
            "you cut off the savings of those that spend less: each is held on its own here, not their average.",
        ),
        Wrong(
            "ended for good at zero",
            ascent(move=lambda beta, step: max(0.0, beta + step) if beta > 0 else 0.0),
            "you ended for good where beta is zero. There the code is dear again: the next step leads up.",
        ),
        Wrong(
            "the divergence the other way round",
            ascent(rate=lambda log_data, log_q, log_prior: expect(log_data, kl(log_prior.expand_as(log_q), log_q))),
            "the rate is the divergence of q from the prior, averaged over q.",
        ),
    ),
    conditions=(
        Condition("the path begins at start", lambda given, found: found[""][:1] - given["start"]),
        PRICE,
    ),
    hints={
        "not started": "do the case by hand: what does the first step add to beta, and what stops the fifth?",
        "order": "the path begins with start itself; each step uses the beta before it.",
        "exception": "worlds.expect(log_p, values) averages over the last axis; beta is a number, best_q takes it.",
        "type": "return a tensor with one dimension: torch.tensor(path, dtype=torch.float64).",
        "shape": "the path has its start and one value for each step.",
        "not finite": "a price below zero has no best q: is beta kept at zero or above?",
        "hand": "the rate is 0 and the budget half a nat: by how much does beta move, and which way?",
        "trap": "the budget may be larger than any rate, and a large step may lead to zero and back.",
        "different": "three things can go wrong: what is averaged, which way beta moves, and where it may not go.",
    },
)
