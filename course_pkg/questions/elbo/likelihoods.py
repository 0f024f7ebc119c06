"""Likelihoods that the package does not export: questions of the chapter `elbo`."""

import math

import torch
from torch import Tensor

from course_pkg.elbo import bernoulli_log_likelihood
from course_pkg.grading import Case, Question, Symmetry, Wrong
from course_pkg.questions.shared import (
    batch_summed,
    images_averaged,
    mean_for_sum,
    negated,
    normals,
    numbers,
)


def pixels_of(x: Tensor) -> int:
    return x[0].numel()


def sizes_of(x: Tensor) -> dict[str, int]:
    return {"images": len(x), "pixels": pixels_of(x), "channels": x.shape[1]}


# Grey pixels --------------------------------------------------------------------------------------


def grey_cases(seed: int) -> tuple[Case, ...]:
    def case(rung: str, x: Tensor, logits: Tensor, *, told: str = "") -> Case:
        return Case(rung, {"x": x, "logits": logits}, sizes_of(x), told)

    def draw(s: int, *shape: int) -> tuple[Tensor, Tensor]:
        raw, logits = normals(s, 2, *shape)
        return raw.sigmoid(), 2 * logits

    x, logits = draw(seed + 3, 2, 1, 3, 3)
    logits[:, :, 0] = numbers([0.0, 1e-9, -30.0])
    hand = numbers([1.0]).reshape(1, 1, 1, 1), numbers([math.log(3)]).reshape(1, 1, 1, 1)
    return (
        case("hand", *hand, told="one pixel of value {x}, its logit is {logits}"),
        case("random", *draw(seed + 1, 3, 3, 2, 4)),
        case("oracle", *draw(seed + 2, 2, 3, 4, 4)),
        case("trap", x, logits),
    )


def log_normaliser(logits: Tensor) -> Tensor:
    """log of l / tanh(l / 2), which is 2 (1 + l^2 / 12) near zero."""
    small = logits.abs() < 1e-3
    safe = torch.where(small, torch.ones_like(logits), logits)
    return torch.where(small, math.log(2) + logits**2 / 12, (safe / (safe / 2).tanh()).log())


def grey(weigh):
    """An answer: coins plus what `weigh` makes of each image's log normalisers (images, channels, rows * columns)."""
    return lambda x, logits: bernoulli_log_likelihood(x, logits) + weigh(log_normaliser(logits).flatten(2))


def grey_by_torch(x: Tensor, logits: Tensor) -> Tensor:
    return torch.distributions.ContinuousBernoulli(logits=logits).log_prob(x).sum((1, 2, 3))


right_grey = grey(lambda c: c.sum((1, 2)))


def grey_terms(given):
    x, logits = given["x"], given["logits"]
    return {
        "": {
            "the coins' log-likelihood": bernoulli_log_likelihood(x, logits),
            "the sum of log C over pixels": log_normaliser(logits).sum((1, 2, 3)),
            "~log 2 for each pixel": logits.new_full((len(x),), math.log(2) * pixels_of(x)),
        }
    }


CONTINUOUS_BERNOULLI = Question(
    name="continuous_bernoulli",
    kind="implement",
    title="The missing normaliser of grey pixels",
    points=4,
    difficulty=4,
    importance=4,
    minutes=35,
    returns="one number an image, shape (images,)",
    relation="the log-density of all numbers of an image, each on [0, 1] with integral one, in nats",
    cases=grey_cases,
    reference=right_grey,
    oracle=grey_by_torch,
    wrong=(
        Wrong(
            "no normaliser: coins on grey pixels",
            bernoulli_log_likelihood,
            "these are coins: on grey pixels their density does not integrate to one.",
        ),
        Wrong(
            "one normaliser for all pixels",
            grey(lambda c: c.mean((1, 2))),
            "the normaliser entered once an image; there is one for each pixel.",
        ),
        Wrong(
            "the sign: C less than one, coins lose no probability",
            grey(lambda c: -c.sum((1, 2))),
            "coins lose probability on grey values (they integrate to less than one), so C is larger than one.",
        ),
        Wrong(
            "C for log C",
            grey(lambda c: c.exp().sum((1, 2))),
            "you added C itself: the density is multiplied by C, so log C is added to its logarithm.",
        ),
        Wrong(
            "a 2 is missing in C",
            grey(lambda c: (c - math.log(2)).sum((1, 2))),
            "at p = 1/2 the coins' density is flat: 1/2 at every x, so C must be 2 there. Yours is 1.",
        ),
        mean_for_sum(
            right_grey,
            "pixels",
            lambda x, logits: pixels_of(x),
            "you averaged over pixels; pixels are independent given z, so their nats add.",
        ),
        Wrong(
            "channels are left out",
            lambda x, logits: right_grey(x, logits) / x.shape[1],
            "you averaged over channels; a colour image has a number for each pixel and channel.",
        ),
        negated(
            right_grey,
            "binary_cross_entropy is minus a log-likelihood; the question asks for the log-likelihood.",
            "a loss for a likelihood",
        ),
        images_averaged(right_grey),
        batch_summed(right_grey),
    ),
    terms=grey_terms,
    trains={"": ("logits",)},
    symmetries=(
        Symmetry(
            "stay the same where black and white are exchanged (1 - x, minus the logits)",
            lambda g: {"x": 1 - g["x"], "logits": -g["logits"]},
        ),
    ),
    hints={
        "not started": "log C is one more term for each pixel. Write it in p first, then in logits.",
        "slope": "both sides of a where have slopes, also at a logit of zero: give the unused side a safe input.",
        "exception": "x and logits have one shape, and so have all quantities of a pixel.",
        "shape": "sum over channels, rows and columns and keep the images apart: .flatten(1).sum(1).",
        "not finite": "at p = 1/2 the formula is 0 / 0. The limit of C there is 2; near it C is 2 (1 + l^2 / 12).",
        "trap": "some logits are exactly zero, some nearly, some are large.",
        "different": "in logits l, 1 - 2p is -tanh(l / 2), and artanh undoes the tanh.",
    },
    tolerance=1e-5,
)
