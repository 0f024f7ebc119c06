"""Rate against distortion, and beta as the slope between them: equations of the chapter `kkt`."""

from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from course_pkg.derivation import Definition, Derivation, Step, Worlds
from course_pkg.elbo import bernoulli_log_likelihood, gaussian_kl
from course_pkg.equations.elbo.likelihoods import Codes, random_codes
from course_pkg.equations.kkt.encoder import Priced, random_price
from course_pkg.kkt import rate_and_distortion
from course_pkg.worlds import TabularWorld, expect, kl

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
    follows=("kkt-distortion-rate", "kkt-optimal-encoder"),
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
            r"-\frac{1}{\beta^3}\, \mathbb{E}_{p(x)}\left[\mathrm{Var}_{q_\beta(z \mid x)}\left[\log p_\theta(x \mid z)\right]\right]",
            lambda w: -spread(w, w.beta) / w.beta**3,
            "tilting by 1/beta: the slope of a mean is a variance",
        ),
    ),
    worlds=(Worlds("tables with a price", random_price, tolerance=2e-7),),
    follows=("kkt-tilted", "notation-rate"),
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
    follows=("kkt-curvature",),
)

# Any family of encoders -------------------------------------------------------------------------


class Menu(NamedTuple):
    """Rates and distortions of 40 encoders, which are all there is, and two prices, the first the smaller."""

    rate: Tensor
    distortion: Tensor
    low: Tensor
    high: Tensor


def random_menu(seed: int) -> Menu:
    """40 random encoders of one table, from the prior to the one it was drawn with and beyond: no convex set."""
    w = TabularWorld.random(seed)
    g = torch.Generator().manual_seed(seed)
    other = torch.randn(40, *w.log_q_z_given_x.shape, generator=g, dtype=torch.float64)
    heat = 6 * torch.rand(40, 1, 1, generator=g, dtype=torch.float64)
    log_q = (w.log_p_z + heat * (w.log_p_x_given_z + 0.2 * other)).log_softmax(-1)
    low, more = torch.rand(2, generator=g, dtype=torch.float64)
    distortion = -expect(w.log_p_x, expect(log_q, w.log_p_x_given_z))
    return Menu(expect(w.log_p_x, kl(log_q, w.log_p_z)), distortion, 0.1 + low, 0.1 + low + 2 * more)


def chosen(w: Menu, high: bool) -> int:
    """The global optimum at a price. Among equals: the smallest rate at the high one, the largest at the low one."""
    cost = w.distortion + (w.high if high else w.low) * w.rate
    equals = (cost < cost.min() + 1e-12).nonzero().flatten().tolist()
    return (min if high else max)(equals, key=lambda k: w.rate[k].item())


def saved(w: Menu) -> Tensor:
    return w.rate[chosen(w, False)] - w.rate[chosen(w, True)]


def tie(seed: int) -> Menu:
    """Both prices at the one where two encoders are equally good."""
    w = random_menu(seed)
    first = chosen(w, True)
    cheaper = w.rate > w.rate[first] + 1e-9
    steep = (w.distortion[first] - w.distortion) / (w.rate - w.rate[first])
    price = steep[cheaper].max()
    return w._replace(low=price, high=price)


SECANT = Derivation(
    label="kkt-secant",
    steps=(
        Step(
            r"\beta_1 \left(R_1 - R_2\right)",
            lambda w: w.low * saved(w),
            "the rate that the higher price saves, at the lower price",
        ),
        Step(
            r"\mathcal{D}_2 - \mathcal{D}_1",
            lambda w: w.distortion[chosen(w, True)] - w.distortion[chosen(w, False)],
            "the first is a global optimum at its price: to move to the second does not pay. Equal where they tie",
            r"\le",
            tight=tie,
        ),
        Step(
            r"\beta_2 \left(R_1 - R_2\right)",
            lambda w: w.high * saved(w),
            "the second is a global optimum at its price: to move back does not pay. Equal where they tie",
            r"\le",
            tight=tie,
        ),
    ),
    worlds=(Worlds("menus of 40 encoders", random_menu),),
    follows=("kkt-distortion", "notation-rate"),
)

# Papers that count differently --------------------------------------------------------------------

NORMALISED_BETA = Definition(
    label="kkt-normalised-beta",
    latex=r"\beta_{\mathrm{norm}} := \beta\, \frac{d}{D}",
    symbol=r"\beta_{\mathrm{norm}}",
    meaning="normalised beta: what a program that averages over pixels and over latents must call beta",
    code="kkt.normalised_beta",
    source="Higgins et al. (2017), section 2",
)


def loss_of_means(w: Codes) -> Tensor:
    """At beta = 4: torch's defaults, means over everything."""
    x, logits, mu, log_var = w
    normalised = 4.0 * mu.shape[1] / x[0].numel()
    q = torch.distributions.Normal(mu, (0.5 * log_var).exp())
    divergence = torch.distributions.kl_divergence(q, torch.distributions.Normal(0.0, 1.0))
    return F.binary_cross_entropy_with_logits(logits, x) + normalised * divergence.mean()


def loss_of_sums(w: Codes) -> Tensor:
    x, logits, mu, log_var = w
    loss = -bernoulli_log_likelihood(x, logits) + 4.0 * gaussian_kl(mu, log_var).sum(1)
    return loss.mean() / x[0].numel()


NORMALISED = Derivation(
    label="kkt-normalised",
    steps=(
        Step(
            r"\frac{1}{D} \sum_{i=1}^{D} \left(-\log p_\theta(x_i \mid z)\right)"
            r" + \beta_{\mathrm{norm}} \frac{1}{d} \sum_{j=1}^{d} D_{\mathrm{KL}}\left(q_\phi(z_j \mid x) \,\|\, p(z_j)\right)",
            loss_of_means,
            "means over pixels, and over latents",
        ),
        Step(
            r"\frac{1}{D} \left[-\log p_\theta(x \mid z)"
            r" + \beta\, D_{\mathrm{KL}}\left(q_\phi(z \mid x) \,\|\, p(z)\right)\right]",
            loss_of_sums,
            "factor out 1 / D: what is left of d and D is what the definition put in",
        ),
    ),
    source="Higgins et al. (2017), section 2",
    worlds=(Worlds("random images and codes", random_codes, 10),),
    follows=("kkt-normalised-beta", "elbo-means"),
)
