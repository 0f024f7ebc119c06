"""Rate against distortion, and beta as the slope between them: equations of the chapter `kkt`."""

import numpy as np
import torch
from torch import Tensor

from course_pkg.derivation.chain import Definition, Derivation, Step, Worlds
from course_pkg.equations.kkt.encoder import Priced, random_price
from course_pkg.kkt import rate_and_distortion
from course_pkg.worlds import expect, kl

DISTORTION = Definition(
    label="kkt-distortion",
    latex=r"\mathcal{D} := -\mathbb{E}_{p(x)} \mathbb{E}_{q_\phi(z \mid x)}\left[\log p_\theta(x \mid z)\right]",
    symbol=r"\mathcal{D}",
    meaning="distortion: what the codes fail to say, in nats per image; the loss term reconstruction",
    source="Alemi et al. (2018)",
)
DISTORTION_RATE = Definition(
    label="kkt-distortion-rate",
    latex=r"\mathcal{D}^*(\epsilon) := \min_{q:\, R \le \epsilon} \mathcal{D}",
    symbol=r"\mathcal{D}^*(\epsilon)",
    meaning="the least distortion that a rate of epsilon allows",
    source="Shannon (1959)",
)


def curve(w: Priced, beta: Tensor) -> tuple[Tensor, Tensor]:
    """R and D of the tilted encoder, from its table."""
    t = w.table
    weights = (t.log_p_z + t.log_p_x_given_z / beta).exp()
    q = weights / weights.sum(-1, keepdim=True)
    p_x = t.log_p_x.exp()
    return p_x @ (q * (q.log() - t.log_p_z)).sum(-1), -p_x @ (q * t.log_p_x_given_z).sum(-1)


def slopes(w: Priced) -> tuple[Tensor, Tensor]:
    """dR / d beta and dD / d beta, by torch."""
    beta = w.beta.clone().requires_grad_()
    rate, distortion = curve(w, beta)
    return torch.autograd.grad(rate, beta, retain_graph=True)[0], torch.autograd.grad(distortion, beta)[0]


def slope_by_torch(w: Priced) -> Tensor:
    of_rate, of_distortion = slopes(w)
    return of_distortion / of_rate


def averages(w: Priced, beta: Tensor) -> tuple[Tensor, Tensor]:
    """R and D from the course's functions."""
    rate, distortion = rate_and_distortion(w.table.log_p_z, w.table.log_p_x_given_z, beta)
    return expect(w.table.log_p_x, rate), expect(w.table.log_p_x, distortion)


def slope_by_differences(w: Priced) -> Tensor:
    above, below = averages(w, w.beta * (1 + 1e-5)), averages(w, w.beta * (1 - 1e-5))
    return (above[1] - below[1]) / (above[0] - below[0])


PRICED = Worlds("tables with a price", random_price, tolerance=1e-7)
SLOPE = Derivation(
    label="kkt-slope",
    steps=(
        Step(
            r"\frac{d \mathcal{D}^*(R)}{d R}",
            slope_by_torch,
            "along the curve of the best encoders, beta runs",
            also={"differences": slope_by_differences},
        ),
        Step(r"-\beta", lambda w: -w.beta, "at an optimum, D + beta R does not change to first order"),
    ),
    source="Shannon (1959); Alemi et al. (2018)",
    worlds=(PRICED,),
    follows=("kkt-distortion-rate", "kkt-optimal-encoder", "notation-rate"),
)


def spread(w: Priced, beta: Tensor | float) -> Tensor:
    """E_p(x) Var[log p(x|z)] under the tilted encoder; under the prior at an infinite beta."""
    t = w.table
    q = (t.log_p_z + t.log_p_x_given_z / beta).softmax(-1)
    mean = (q * t.log_p_x_given_z).sum(-1, keepdim=True)
    return t.log_p_x.exp() @ (q * (t.log_p_x_given_z - mean).square()).sum(-1)


def rate_by_differences(w: Priced) -> Tensor:
    step = 1e-5 * w.beta
    return (averages(w, w.beta + step)[0] - averages(w, w.beta - step)[0]) / (2 * step)


CURVATURE = Derivation(
    label="kkt-curvature",
    steps=(
        Step(
            r"\frac{d R}{d \beta}",
            lambda w: slopes(w)[0],
            "of the tilted encoder",
            also={"differences": rate_by_differences},
        ),
        Step(
            r"-\frac{1}{\beta^3}\,"
            r" \mathbb{E}_{p(x)}\left[\mathrm{Var}_{q_\beta(z \mid x)}\left[\log p_\theta(x \mid z)\right]\right]",
            lambda w: -spread(w, w.beta) / w.beta**3,
            "tilting by 1/beta: the slope of a mean is a variance",
        ),
    ),
    worlds=(Worlds("tables with a price", random_price, tolerance=2e-7),),
    follows=(
        "kkt-tilted",
        "notation-rate",
        "notation-expectation",
    ),
    where={r"q_\phi(z \mid x)": r"q_\beta(z \mid x)"},
)


def small_rates_by_torch(w: Priced) -> Tensor:
    """2 beta^2 R is R over t^2 / 2 with t = 1 / beta: at t = 0, the second derivative."""
    t = torch.zeros((), dtype=torch.float64, requires_grad=True)
    log_q = (w.table.log_p_z + t * w.table.log_p_x_given_z).log_softmax(-1)
    rate = w.table.log_p_x.exp() @ (log_q.exp() * (log_q - w.table.log_p_z)).sum(-1)
    first = torch.autograd.grad(rate, t, create_graph=True)[0]
    return torch.autograd.grad(first, t)[0]


def small_rates_by_extrapolation(w: Priced) -> Tensor:
    """The mean of 2 beta^2 R at beta and at -beta is even in 1 / beta: a polynomial through four, taken at 0."""
    t = w.table
    points = 0.01 * torch.arange(1, 5, dtype=torch.float64)

    def one(s: float) -> float:
        q = (t.log_p_z + s * t.log_p_x_given_z).log_softmax(-1)
        return 2 * expect(t.log_p_x, kl(q, t.log_p_z)).item() / s**2

    values = [(one(s) + one(-s)) / 2 for s in points.tolist()]
    return torch.tensor(np.polyfit(points.square().numpy(), values, 3)[-1], dtype=torch.float64)


SMALL_RATES = Derivation(
    label="kkt-small-rates",
    steps=(
        Step(
            r"\lim_{\beta \to \infty} 2 \beta^2 R",
            small_rates_by_torch,
            "of the tilted encoder",
            also={"extrapolation": small_rates_by_extrapolation},
        ),
        Step(
            r"\mathbb{E}_{p(x)}\left[\mathrm{Var}_{p(z)}\left[\log p_\theta(x \mid z)\right]\right]",
            lambda w: spread(w, float("inf")),
            "the slope of the rate integrated from infinity, where the tilted encoder is the prior",
        ),
    ),
    worlds=(Worlds("tables with a price", random_price, tolerance=2e-7),),
    follows=(
        "kkt-curvature",
        "notation-rate",
        "notation-expectation",
    ),
)
