"""Wrong lines about what a diagonal encoder pays for its axes."""

import torch
from torch import Tensor

from course_pkg.derivation.chain import Wrong
from course_pkg.equations.kkt import axes
from course_pkg.equations.kkt.axes import Priced, Turn


def half_excess(w: Priced, beta: Tensor | float) -> Tensor:
    """(sum of the logarithms of the diagonal - log det) / 2 of I + W'W / (beta sigma^2)."""
    information = w.world.W.mT @ w.world.W / (beta * w.world.s**2)
    precision = torch.eye(len(information), dtype=information.dtype) + information
    return 0.5 * (precision.diagonal().log().sum() - torch.logdet(precision))


DIAGONAL = axes.DIAGONAL.with_wrong(
    1,
    Wrong("rate and distortion do not see a turn of the latents", "0", lambda w: torch.zeros_like(w.beta)),
    Wrong(
        "the encoder aims at the posterior of the model, whatever beta is",
        r"\frac{\beta}{2} \left[\sum_{j=1}^{d} \log (\Lambda_1)_{jj} - \log \det \Lambda_1\right]",
        lambda w: w.beta * half_excess(w, 1.0),
    ),
    Wrong(
        "the gap is a divergence, and counts once",
        r"\frac{1}{2} \left[\sum_{j=1}^{d} \log (\Lambda_\beta)_{jj} - \log \det \Lambda_\beta\right]",
        lambda w: half_excess(w, w.beta),
    ),
)


def turned(w: Turn, first: Tensor, second: Tensor) -> Tensor:
    return 0.5 * torch.log1p((first - second).square() / (4 * first * second) * (2 * w.angle).sin().square())


def own(w: Turn) -> Tensor:
    return turned(w, *w.data.eigenvalues[:2])


def above_water(w: Turn) -> Tensor:
    return w.data.beta * turned(w, *(w.data.eigenvalues[:2] - w.data.beta * w.data.variance))


TURN = axes.TURN.with_wrong(
    1,
    Wrong("a rotation leaves the prior as it is, and so the loss", "0", lambda w: torch.zeros_like(w.angle)),
    Wrong(
        "the price of a nat cancels, as the width does",
        r"\frac{1}{2} \log \left(1 + \frac{(\lambda_1 - \lambda_2)^2}{4 \lambda_1 \lambda_2} \sin^2 2 \omega\right)",
        own,
    ),
    Wrong(
        "what counts is how far the eigenvalues stand out of the water",
        r"\frac{\beta}{2} \log \left(1 + \frac{(\lambda_1 - \lambda_2)^2}"
        r"{4 (\lambda_1 - \beta \sigma^2) (\lambda_2 - \beta \sigma^2)} \sin^2 2 \omega\right)",
        above_water,
    ),
)
