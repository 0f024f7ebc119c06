"""A width that fits each image: a question of the chapter `elbo`."""

import math

import scipy.optimize
import torch
from torch import Tensor

from course_pkg.grading import Case, Question, Symmetry, Wrong
from course_pkg.questions.elbo.likelihoods import pixels_of, sizes_of
from course_pkg.questions.shared import (
    bits,
    images_averaged,
    mean_for_sum,
    negated,
    normals,
    numbers,
)
from course_pkg.worlds import LOG_2PI

# A width for each image ---------------------------------------------------------------------------


def width_cases(seed: int) -> tuple[Case, ...]:
    def case(rung: str, x: Tensor, mean: Tensor, *, told: str = "") -> Case:
        return Case(rung, {"x": x, "mean": mean}, sizes_of(x), told)

    x, mean = normals(seed + 3, 2, 3, 1, 4, 4)
    scale = numbers([1e-3, 1.0, 30.0]).reshape(3, 1, 1, 1)
    hand = numbers([[[[2.0, -2.0]]]]), numbers([[[[0.0, 0.0]]]])
    return (
        case("hand", *hand, told="{pixels:word} pixels, of values {x}, where the net says {mean}"),
        case("random", *normals(seed + 1, 2, 3, 3, 2, 4)),
        case("oracle", *normals(seed + 2, 2, 2, 3, 3, 3)),
        case("trap", mean + scale * x, mean),
    )


def squared(x: Tensor, mean: Tensor) -> Tensor:
    """The mean squared error of each image: its best variance."""
    return (x - mean).square().flatten(1).mean(1)


def fitted(x: Tensor, mean: Tensor) -> Tensor:
    return -0.5 * pixels_of(x) * (LOG_2PI + squared(x, mean).log() + 1)


def at_variance(x: Tensor, mean: Tensor, variance: Tensor) -> Tensor:
    return -0.5 * pixels_of(x) * (LOG_2PI + variance.log() + squared(x, mean) / variance)


def about_their_mean(x: Tensor, mean: Tensor, correction: int = 1) -> Tensor:
    return at_variance(x, mean, (x - mean).flatten(1).var(1, correction=correction))


def fitted_by_search(x: Tensor, mean: Tensor) -> Tensor:
    def worst(log_sigma: float, a: Tensor, b: Tensor) -> float:
        return -torch.distributions.Normal(b, math.exp(log_sigma)).log_prob(a).sum().item()

    found = [scipy.optimize.minimize_scalar(worst, args=pair, tol=1e-10).fun for pair in zip(x, mean, strict=True)]
    return -numbers(found)


def fitted_terms(given):
    x, mean = given["x"], given["mean"]
    half = 0.5 * pixels_of(x)
    return {
        "": {
            "minus half of log(2 pi) for each pixel": mean.new_full((len(x),), -half * LOG_2PI),
            "minus half of the logarithm of the best variance for each pixel": -half * squared(x, mean).log(),
            "the 1/2 that the error term leaves of each pixel": mean.new_full((len(x),), -half),
        }
    }


FITTED_WIDTH = Question(
    name="fitted_width",
    kind="implement",
    title="A width that fits each image",
    points=3,
    difficulty=3,
    importance=4,
    minutes=20,
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
            "log sigma for log sigma squared in the normaliser",
            lambda x, mean: -0.5 * pixels_of(x) * (LOG_2PI + 0.5 * squared(x, mean).log() + 1),
            "the mean squared error is sigma squared, and the normaliser holds log sigma squared, not log sigma.",
        ),
        Wrong(
            "the error term D / 2, divided by 2 sigma^2, is left out",
            lambda x, mean: fitted(x, mean) + 0.5 * pixels_of(x),
            "at the best width the squared error does not vanish: divided by 2 sigma^2 it leaves D / 2.",
        ),
        Wrong(
            "one width fitted to all images",
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
            "the spread of the residuals around their own mean",
            about_their_mean,
            "std and var take the residuals' own mean off first: the width is the spread around the net's mean.",
            also=(lambda x, mean: about_their_mean(x, mean, 0),),
        ),
        Wrong(
            "n - 1 pixels",
            lambda x, mean: at_variance(x, mean, squared(x, mean) * pixels_of(x) / (pixels_of(x) - 1)),
            "n - 1 makes a variance unbiased, not most likely; and no mean was fitted here: divide by the n pixels.",
            also=(lambda x, mean: fitted(x, mean) - 0.5 * pixels_of(x) * math.log(pixels_of(x) / (pixels_of(x) - 1)),),
        ),
        Wrong(
            "the width itself",
            lambda x, mean: squared(x, mean).sqrt(),
            "that is the width itself; the log-likelihood at that width is asked for.",
        ),
        Wrong(
            "the mean squared error, a variance",
            squared,
            "that is the mean squared error, the best variance; the log-likelihood at it is asked for.",
        ),
        Wrong(
            "2 pi is missing",
            lambda x, mean: fitted(x, mean) + 0.5 * pixels_of(x) * LOG_2PI,
            "without 2 pi it is no density; it drops out of a gradient, not out of a likelihood.",
        ),
        mean_for_sum(
            fitted,
            "pixels",
            lambda x, mean: pixels_of(x),
            "you averaged over pixels; the width is an average, the log-likelihood is a sum.",
        ),
        Wrong(
            "channels are left out",
            lambda x, mean: fitted(x, mean) / x.shape[1],
            "D counts rows times columns only; a colour image has D pixels for each channel.",
        ),
        negated(fitted, "the sign is that of a loss; the question asks for the log-likelihood."),
        bits(fitted),
        images_averaged(fitted),
    ),
    terms=fitted_terms,
    symmetries=(
        Symmetry(
            "lose D log 2 where all pixels are doubled: a width that fits doubles too",
            lambda g: {"x": 2 * g["x"], "mean": 2 * g["mean"]},
            lambda g, v: v - pixels_of(g["x"]) * math.log(2),
        ),
    ),
    hints={
        "not started": "fix the mean, and find the sigma at which the derivative of the log-likelihood vanishes.",
        "exception": "one width an image has the shape (images,); to meet pixels it needs (images, 1, 1, 1).",
        "shape": "flatten(1) gives (images, pixels); average over axis 1 for the width, and return (images,).",
        "hand": "first the width: the root of the mean squared error. Then two log densities, added.",
        "trap": "the images differ by orders of magnitude in their error. One has only one channel.",
        "different": "put sigma^2 = mean squared error into the Gaussian log-likelihood and count the pixels.",
    },
)
