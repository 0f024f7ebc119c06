"""Wrong lines in the derivations of the two gradients and of what the second pays."""

import torch
from torch import Tensor

from course_pkg.derivation.chain import Wrong
from course_pkg.equations.elbo import gradient
from course_pkg.equations.elbo.gradient import Bowl, Function, apply, gauss_hermite

# The gradient of an expectation -----------------------------------------------------------------


def slope_at_the_mean(w: Function) -> Tensor:
    (a, b, c), mu = w[0], w[1][0]
    return 2 * a * mu + b + c * mu.cos()


def scored(w: Function, power: int) -> Tensor:
    z, weights = gauss_hermite(w[1])
    return (weights * apply(w[0], z) * (z - w[1][0]) / (0.5 * power * w[1][1]).exp()).sum()


GRADIENT = gradient.GRADIENT.with_wrong(
    1,
    Wrong(
        "the slope of an average is the slope at the average",
        r"f'(\mu)",
        slope_at_the_mean,
    ),
    Wrong(
        "z holds sigma epsilon, so the chain rule brings a sigma",
        r"\mathbb{E}_{\varepsilon \sim \mathcal{N}(0, 1)}\left[\sigma f'(\mu + \sigma \varepsilon)\right]",
        lambda w: (0.5 * w[1][1]).exp() * gradient.mean_of_slope(w),
    ),
).with_wrong(
    2,
    Wrong(
        "the score is the standardised distance from the mean",
        r"\mathbb{E}_{z \sim \mathcal{N}(\mu, \sigma^2)}\left[f(z)\, \frac{z - \mu}{\sigma}\right]",
        lambda w: scored(w, 1),
    ),
    Wrong(
        "the exponent has a minus, so the score has one",
        r"-\mathbb{E}_{z \sim \mathcal{N}(\mu, \sigma^2)}\left[f(z)\, \frac{z - \mu}{\sigma^2}\right]",
        lambda w: -scored(w, 2),
    ),
)


def number(value: float) -> Tensor:
    return torch.tensor(value, dtype=torch.float64)


def with_a_baseline(w: Bowl) -> Tensor:
    """Var[(b - E b) score] over Var[z_1 - mu_1]: what a baseline leaves."""
    return number((w[0] + 4) / 2)


VARIANCE_RATIO = gradient.VARIANCE_RATIO.with_wrong(
    1,
    Wrong(
        "each latent pays for its own noise alone",
        r"\frac{15}{4}",
        lambda w: number(15 / 4),
    ),
    Wrong(
        "the noise of the others adds up, so the ratio is linear in their number (true with a baseline)",
        r"\frac{d + 4}{2}",
        with_a_baseline,
    ),
    Wrong(
        "the variances of d latents add: a factor of d",
        "d",
        lambda w: number(float(w[0])),
    ),
)

BASELINE = gradient.BASELINE.with_wrong(
    1,
    Wrong(
        "a constant changes no mean, so it changes no variance either",
        r"\frac{(d + 2)(d + 4)}{4}",
        lambda w: number((w[0] + 2) * (w[0] + 4) / 4),
    ),
    Wrong(
        "with its mean taken off, the reward is no noisier than its slope",
        "1",
        lambda w: number(1.0),
    ),
)
