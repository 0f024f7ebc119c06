"""Wrong lines about the constrained VAE, its best encoder and its price."""

import torch
from torch import Tensor

from course_pkg.derivation.chain import Wrong
from course_pkg.equations.kkt import comparing, constraint, encoder, price
from course_pkg.equations.kkt.comparing import Menu
from course_pkg.equations.kkt.encoder import Priced
from course_pkg.worlds import expect, kl


def likelihood(w: Priced) -> Tensor:
    return expect(w.table.log_q_z_given_x, w.table.log_p_x_given_z)


def divergence(w: Priced) -> Tensor:
    return kl(w.table.log_q_z_given_x, w.table.log_p_z)


def log_normaliser(w: Priced) -> Tensor:
    return torch.logsumexp(w.table.log_p_z + w.table.log_p_x_given_z / w.beta, -1)


def tilted_by(w: Priced, power: Tensor) -> Tensor:
    return (w.table.log_p_z + w.table.log_p_x_given_z * power).softmax(-1)


L_BETA = r"\mathcal{L}_\beta(x)"

LOWER_BOUND = encoder.LOWER_BOUND.with_wrong(
    1,
    Wrong(
        "the bracket has a minus in front, so epsilon keeps it",
        r"\mathcal{L}_\beta(x) - \beta \epsilon",
        lambda w: likelihood(w) - w.beta * divergence(w) - w.beta * w.eps,
    ),
    Wrong(
        "beta weighs the divergence; epsilon is only moved",
        r"\mathcal{L}_\beta(x) + \epsilon",
        lambda w: likelihood(w) - w.beta * divergence(w) + w.eps,
    ),
).with_wrong(
    2,
    Wrong("beta epsilon is a constant and may be dropped", L_BETA, relation="="),
    Wrong("what is dropped was taken off, so the rest is larger", L_BETA, relation=r"\le"),
)
BETA_BOUND = encoder.BETA_BOUND.with_wrong(
    1,
    Wrong("the evidence is what the encoder makes of it", r"\mathcal{L}(x)", relation=r"\le"),
).with_wrong(
    2,
    Wrong("a larger beta makes the objective larger", L_BETA, relation=r"\le"),
    Wrong(
        "what beta adds to the divergence is gained",
        r"\mathcal{L}(x) + (\beta - 1)\, D_{\mathrm{KL}}\left(q_\phi(z \mid x) \,\|\, p(z)\right)",
        lambda w: likelihood(w) + (w.beta - 2) * divergence(w),
    ),
)
COMPLETED = encoder.COMPLETED.with_wrong(
    1,
    Wrong(
        "the divergence comes back with its own weight of one",
        r"\beta \log Z_\beta(x) - D_{\mathrm{KL}}\left(q_\phi(z \mid x) \,\|\, q_\beta(z \mid x)\right)",
        lambda w: w.beta * log_normaliser(w) - kl(w.table.log_q_z_given_x, tilted_by(w, 1 / w.beta).log()),
    ),
    Wrong(
        "the normaliser's logarithm enters as it is",
        r"\log Z_\beta(x) - \beta\, D_{\mathrm{KL}}\left(q_\phi(z \mid x) \,\|\, q_\beta(z \mid x)\right)",
        lambda w: log_normaliser(w) - w.beta * kl(w.table.log_q_z_given_x, tilted_by(w, 1 / w.beta).log()),
    ),
    Wrong(
        "the best encoder is the truth, so it stands first",
        r"\beta \log Z_\beta(x) - \beta\, D_{\mathrm{KL}}\left(q_\beta(z \mid x) \,\|\, q_\phi(z \mid x)\right)",
        lambda w: w.beta * log_normaliser(w) - w.beta * kl(tilted_by(w, 1 / w.beta).log(), w.table.log_q_z_given_x),
    ),
).with_wrong(
    2,
    Wrong("a lower bound, as the ELBO is one", r"\beta \log Z_\beta(x)", relation=r"\ge"),
)
OPTIMAL = encoder.OPTIMAL.with_wrong(
    1,
    Wrong(
        "the best encoder is the posterior, at any price",
        r"p_\theta(z \mid x)",
        lambda w: tilted_by(w, torch.ones_like(w.beta)),
    ),
    Wrong(
        "the likelihood is raised to the power beta",
        r"\frac{p(z)\, p_\theta(x \mid z)^{\beta}}{\int p(z)\, p_\theta(x \mid z)^{\beta}\, dz}",
        lambda w: tilted_by(w, w.beta),
    ),
)

# What a rate buys ---------------------------------------------------------------------------------

EXACT_PRICE = constraint.EXACT_PRICE.with_wrong(
    1,
    Wrong(
        "one price, of one nat, does for every x",
        r"\log p_\theta(x) + \epsilon",
        lambda w: torch.logsumexp(w.table.log_p_z + w.table.log_p_x_given_z, -1) + w.eps,
    ),
    Wrong(
        "with its price, epsilon nats are worth epsilon",
        r"\mathbb{E}_{p(z)}\left[\log p_\theta(x \mid z)\right] + \epsilon",
        lambda w: expect(w.table.log_p_z.expand_as(w.table.log_p_x_given_z), w.table.log_p_x_given_z) + w.eps,
    ),
)
AVERAGE = constraint.AVERAGE.with_wrong(
    1,
    Wrong(
        "a budget for each adds up to the budget on average",
        r"\max_{q:\, R \le \epsilon}"
        r" \mathbb{E}_{p(x)} \mathbb{E}_{q(z \mid x)}\left[\log p_\theta(x \mid z)\right]",
        relation="=",
    ),
    Wrong(
        "what holds for each is the weaker demand, and so the better optimum",
        r"\max_{q:\, R \le \epsilon}"
        r" \mathbb{E}_{p(x)} \mathbb{E}_{q(z \mid x)}\left[\log p_\theta(x \mid z)\right]",
        relation=r"\ge",
    ),
)
SLOPE = price.SLOPE.with_wrong(
    1,
    Wrong("a price is positive", r"\beta", lambda w: w.beta),
    Wrong("beta weighs the rate, so a nat of rate buys one over beta", r"-\frac{1}{\beta}", lambda w: -1 / w.beta),
)


def spread(w: Priced, power: Tensor) -> Tensor:
    q = tilted_by(w, power)
    mean = (q * w.table.log_p_x_given_z).sum(-1, keepdim=True)
    return w.table.log_p_x.exp() @ (q * (w.table.log_p_x_given_z - mean).square()).sum(-1)


VARIANCE = r"\mathbb{E}_{p(x)}\left[\mathrm{Var}_{q_\beta(z \mid x)}\left[\log p_\theta(x \mid z)\right]\right]"
CURVATURE = price.CURVATURE.with_wrong(
    1,
    Wrong(
        "the slope of 1 / beta brings a square",
        rf"-\frac{{1}}{{\beta^2}}\, {VARIANCE}",
        lambda w: -spread(w, 1 / w.beta) / w.beta**2,
    ),
    Wrong(
        "a variance is positive, so the rate rises",
        rf"\frac{{1}}{{\beta^3}}\, {VARIANCE}",
        lambda w: spread(w, 1 / w.beta) / w.beta**3,
    ),
    Wrong(
        "the variance is that of the posterior, at any price",
        r"-\frac{1}{\beta^3}\,"
        r" \mathbb{E}_{p(x)}\left[\mathrm{Var}_{p_\theta(z \mid x)}\left[\log p_\theta(x \mid z)\right]\right]",
        lambda w: -spread(w, torch.ones_like(w.beta)) / w.beta**3,
    ),
)
PRIOR_VARIANCE = r"\mathbb{E}_{p(x)}\left[\mathrm{Var}_{p(z)}\left[\log p_\theta(x \mid z)\right]\right]"
SMALL_RATES = price.SMALL_RATES.with_wrong(
    1,
    Wrong(
        "a rate grows with the square of 1 / beta, with a factor of one half",
        rf"\frac{{1}}{{2}} {PRIOR_VARIANCE}",
        lambda w: spread(w, 0 * w.beta) / 2,
    ),
    Wrong(
        "at a large price the variance is still that of the posterior",
        r"\mathbb{E}_{p(x)}\left[\mathrm{Var}_{p_\theta(z \mid x)}\left[\log p_\theta(x \mid z)\right]\right]",
        lambda w: spread(w, torch.ones_like(w.beta)),
    ),
)


def saved(w: Menu) -> Tensor:
    return w.rate[comparing.chosen(w, False)] - w.rate[comparing.chosen(w, True)]


SECANT = comparing.SECANT.with_wrong(
    1,
    Wrong("saving rate must pay at the lower price", r"\mathcal{D}_2 - \mathcal{D}_1", relation=r"\ge"),
    Wrong("between two optima distortion costs what rate is worth", r"\mathcal{D}_2 - \mathcal{D}_1", relation="="),
).with_wrong(
    2,
    Wrong(
        "the mean of both prices is what is paid",
        r"\frac{\beta_1 + \beta_2}{2} \left(R_1 - R_2\right)",
        lambda w: (w.low + w.high) / 2 * saved(w),
    ),
)
