"""Likelihoods that the package does not export: questions of the chapter `elbo`."""

import math

import scipy.optimize
import torch
from torch import Tensor

from course_pkg.elbo import bernoulli_log_likelihood
from course_pkg.grading.draws import normals, numbers
from course_pkg.grading.question import Case, Question, Wrong
from course_pkg.worlds import LOG_2PI


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
        case("hand", *hand, told="one pixel of value 1, p is 3/4"),
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

CONTINUOUS_BERNOULLI = Question(
    name="continuous_bernoulli",
    kind="implement",
    title="The missing normaliser of grey pixels",
    points=4,
    difficulty=4,
    importance=4,
    minutes=25,
    returns="one number an image, shape (images,)",
    relation="the coins' log-likelihood plus log C(p) for each pixel, summed over pixels and channels, in nats",
    cases=grey_cases,
    reference=right_grey,
    oracle=grey_by_torch,
    wrong=(
        Wrong(
            "no normaliser",
            bernoulli_log_likelihood,
            "these are coins: on grey pixels their density does not integrate to one.",
        ),
        Wrong(
            "one normaliser for all pixels",
            grey(lambda c: c.mean((1, 2))),
            "the normaliser entered once an image; there is one for each pixel.",
        ),
        Wrong(
            "the sign of the normaliser",
            grey(lambda c: -c.sum((1, 2))),
            "coins lose probability on grey values (they integrate to less than one), so C is larger than one.",
        ),
        Wrong(
            "a 2 is missing in C",
            grey(lambda c: (c - math.log(2)).sum((1, 2))),
            "at p = 1/2 the density is flat: 1/2 at every x, so C must be 2 there. Yours is 1.",
        ),
        Wrong(
            "a mean over pixels",
            lambda x, logits: right_grey(x, logits) / pixels_of(x),
            "you averaged over pixels; pixels are independent given z, so their nats add.",
        ),
        Wrong(
            "channels are left out",
            lambda x, logits: right_grey(x, logits) / x.shape[1],
            "you averaged over channels; a colour image has a number for each pixel and channel.",
        ),
        Wrong(
            "a loss for a likelihood",
            lambda x, logits: -right_grey(x, logits),
            "binary_cross_entropy is minus a log-likelihood; the question asks for the log-likelihood.",
        ),
        Wrong(
            "a mean over images",
            lambda x, logits: right_grey(x, logits).mean(),
            "return one number an image; the training loop averages over images.",
        ),
        Wrong(
            "the batch is summed",
            lambda x, logits: right_grey(x, logits).sum(),
            "you summed over the images too, so that the loss would grow with the batch.",
        ),
    ),
    hints={
        "exception": "x and logits have one shape, and so have all quantities of a pixel.",
        "shape": "x and logits are (images, channels, rows, columns); .flatten(1).sum(1) keeps the images.",
        "not finite": "at p = 1/2 the formula is 0 / 0. Its limit there is log 2; near it use 2 (1 + l^2 / 12).",
        "trap": "some logits are exactly zero, some nearly, some are large.",
        "different": "in logits l, 1 - 2p is -tanh(l / 2), and artanh undoes the tanh.",
    },
    tolerance=1e-5,
)

# A width for each image ---------------------------------------------------------------------------


def width_cases(seed: int) -> tuple[Case, ...]:
    def case(rung: str, x: Tensor, mean: Tensor, *, told: str = "") -> Case:
        return Case(rung, {"x": x, "mean": mean}, sizes_of(x), told)

    x, mean = normals(seed + 3, 2, 3, 1, 4, 4)
    scale = numbers([1e-3, 1.0, 30.0]).reshape(3, 1, 1, 1)
    hand = numbers([[[[2.0, -2.0]]]]), numbers([[[[0.0, 0.0]]]])
    return (
        case("hand", *hand, told="two pixels, each off by 2"),
        case("random", *normals(seed + 1, 2, 3, 3, 2, 4)),
        case("oracle", *normals(seed + 2, 2, 2, 3, 3, 3)),
        case("trap", mean + scale * x, mean),
    )


def squared(x: Tensor, mean: Tensor) -> Tensor:
    """The mean squared error of each image: its best variance."""
    return (x - mean).square().flatten(1).mean(1)


def fitted(x: Tensor, mean: Tensor) -> Tensor:
    return -0.5 * pixels_of(x) * (LOG_2PI + squared(x, mean).log() + 1)


def fitted_by_search(x: Tensor, mean: Tensor) -> Tensor:
    def worst(log_sigma: float, a: Tensor, b: Tensor) -> float:
        return -torch.distributions.Normal(b, math.exp(log_sigma)).log_prob(a).sum().item()

    found = [scipy.optimize.minimize_scalar(worst, args=pair, tol=1e-10).fun for pair in zip(x, mean, strict=True)]
    return -numbers(found)


FITTED_WIDTH = Question(
    name="fitted_width",
    kind="implement",
    title="A width that fits each image",
    points=3,
    difficulty=3,
    importance=4,
    minutes=15,
    returns="one number an image, shape (images,)",
    relation="the sum over pixels of log N(x; mean, sigma^2), at the sigma that makes it largest for that image",
    cases=width_cases,
    reference=fitted,
    oracle=fitted_by_search,
    wrong=(
        Wrong(
            "one normaliser for all pixels",
            lambda x, mean: -0.5 * (LOG_2PI + squared(x, mean).log() + pixels_of(x)),
            "the normaliser log(2 pi sigma^2) / 2 entered once; it is there for each pixel.",
        ),
        Wrong(
            "sigma for sigma squared",
            lambda x, mean: -0.5 * pixels_of(x) * (LOG_2PI + 0.5 * squared(x, mean).log() + 1),
            "the mean squared error is sigma squared, and the normaliser holds log sigma squared, not log sigma.",
        ),
        Wrong(
            "the error term is left out",
            lambda x, mean: fitted(x, mean) + 0.5 * pixels_of(x),
            "at the best width the squared error does not vanish: divided by 2 sigma^2 it leaves D / 2.",
        ),
        Wrong(
            "one width for the batch",
            lambda x, mean: (
                -0.5
                * (
                    pixels_of(x) * (LOG_2PI + (x - mean).square().mean().log())
                    + (x - mean).square().flatten(1).sum(1) / (x - mean).square().mean()
                )
            ),
            "you fitted one sigma to all images; each has its own here.",
        ),
        Wrong(
            "2 pi is missing",
            lambda x, mean: fitted(x, mean) + 0.5 * pixels_of(x) * LOG_2PI,
            "without 2 pi it is no density; it drops out of a gradient, not out of a likelihood.",
        ),
        Wrong(
            "a mean over pixels",
            lambda x, mean: fitted(x, mean) / pixels_of(x),
            "you averaged over pixels; the width is an average, the log-likelihood is a sum.",
        ),
        Wrong(
            "channels are left out",
            lambda x, mean: fitted(x, mean) / x.shape[1],
            "D counts rows times columns only; a colour image has D pixels for each channel.",
        ),
        Wrong(
            "the sign",
            lambda x, mean: -fitted(x, mean),
            "you returned a loss; the question asks for the log-likelihood.",
        ),
        Wrong(
            "a mean over images",
            lambda x, mean: fitted(x, mean).mean(),
            "return one number an image; the training loop averages over images.",
        ),
    ),
    hints={
        "exception": "one width an image has the shape (images,); to meet pixels it needs (images, 1, 1, 1).",
        "shape": "flatten(1) gives (images, pixels); average over axis 1 for the width, and return (images,).",
        "hand": "first the width: the root of the mean squared error. Then two log densities, added.",
        "trap": "the images differ by orders of magnitude in their error. One has only one channel.",
        "different": "put sigma^2 = mean squared error into the Gaussian log-likelihood and count the pixels.",
    },
)
