"""Wrong lines about a latent as a channel, Gaussian pairs, and what a price buys."""

import torch
from torch import Tensor

from course_pkg.derivation.chain import Wrong
from course_pkg.equations.bottleneck import channel, frontier, gaussian, prices
from course_pkg.equations.bottleneck.channel import Message
from course_pkg.equations.bottleneck.frontier import Directions, Regression
from course_pkg.equations.bottleneck.worlds import Gaussians

# A latent as a channel -----------------------------------------------------------------------------


def power(w: Message) -> Tensor:
    means, often, _ = w
    return (often * means**2).sum() - (often * means).sum() ** 2


CHANNEL = channel.CHANNEL.with_wrong(
    1,
    Wrong(
        "only the noise's share is lost: signal over noise",
        r"\frac{1}{2} \log \frac{\mathrm{Var}[\mu_j]}{\sigma_j^2}",
        lambda w: 0.5 * (power(w) / w[2] ** 2).log(),
    ),
    Wrong(
        "a channel is used to its capacity",
        r"\frac{1}{2} \log \left(1 + \frac{\mathrm{Var}[\mu_j]}{\sigma_j^2}\right)",
        relation="=",
    ),
).with_wrong(
    2,
    Wrong(
        "a latent cannot say more than it costs, so the capacity is its rate",
        r"\mathbb{E}_{p(x)}\left[D_{\mathrm{KL}}\left(q_\phi(z_j \mid x) \,\|\, p(z_j)\right)\right]",
        relation="=",
    ),
)


def half_log(C: Tensor) -> Tensor:
    """What the wider of the two variances would be worth without its square."""
    return -0.5 * torch.tensor(channel.empty_variance(C), dtype=C.dtype).log()


EMPTY = channel.EMPTY.with_wrong(
    1,
    Wrong(
        "it says nothing, so it costs nothing",
        "0",
        torch.zeros_like,
    ),
    Wrong(
        "the width alone is paid for: the logarithm of how narrow it is",
        r"-\frac{1}{2} \log \sigma_C^2",
        half_log,
    ),
)

# Gaussian pairs, and prices ------------------------------------------------------------------------


def correlations(w: Gaussians) -> Tensor:
    """Squared canonical correlations, high to low, as eigenvalues."""
    product = torch.linalg.solve(w.Sx, w.Sxy) @ torch.linalg.solve(w.Sy, w.Sxy.mT)
    return torch.linalg.eigvals(product).real.sort(descending=True).values


CANONICAL = gaussian.CANONICAL.with_wrong(
    1,
    Wrong(
        "correlations, not their squares",
        r"\rho_i",
        lambda w: correlations(w).sqrt(),
    ),
    Wrong(
        "what y leaves is the correlation",
        r"1 - \rho_i^2",
        lambda w: 1 - correlations(w),
    ),
)
CRITICAL = gaussian.CRITICAL.with_wrong(
    1,
    Wrong(
        "a correlation is a slope: the first one itself",
        r"\rho_1",
        lambda w: correlations(w)[0].sqrt(),
    ),
    Wrong(
        "all directions together",
        r"\frac{1}{3} \sum_i \rho_i^2",
        lambda w: correlations(w).mean(),
    ),
)


def logit(p: Tensor) -> Tensor:
    return (p / (1 - p)).log()


RATES = gaussian.RATES.with_wrong(
    1,
    Wrong(
        "no threshold: each direction by its logit",
        r"\frac{1}{2} \sum_i \left(\mathrm{logit}\, \rho_i^2 - \mathrm{logit}\, \beta\right)",
        lambda w: 0.5 * (logit(correlations(w)) - logit(w.beta)).sum(),
    ),
    Wrong(
        "water-filling compares logarithms",
        r"\frac{1}{2} \sum_i \max\left(0,\, \log \rho_i^2 - \log \beta\right)",
        lambda w: 0.5 * (correlations(w) / w.beta).log().clamp_min(0).sum(),
    ),
)
RELEVANCES = gaussian.RELEVANCES.with_wrong(
    1,
    Wrong(
        "what the best code says of y is all that there is to say",
        r"-\frac{1}{2} \sum_i \log (1 - \rho_i^2)",
        lambda w: -0.5 * torch.log1p(-correlations(w)).sum(),
    ),
    Wrong(
        "relevance is rate: the same threshold",
        r"\frac{1}{2} \sum_i \max\left(0,\, \mathrm{logit}\, \rho_i^2 - \mathrm{logit}\, \beta\right)",
        lambda w: 0.5 * (logit(correlations(w)) - logit(w.beta)).clamp_min(0).sum(),
    ),
)


def sizes(w: Regression) -> Tensor:
    return (w[0].mT @ w[1]).abs()


SOFT = frontier.SOFT.with_wrong(
    1,
    Wrong(
        "a threshold is hard: what passes it keeps its size",
        r"\sum_{i:\, |u_i^\top a| > \lambda} |u_i^\top a|",
        lambda w: sizes(w)[sizes(w) > w[2]].sum(),
    ),
    Wrong(
        "the slope of the square brings a factor of two",
        r"\sum_i \max\left(0,\, |u_i^\top a| - \frac{\lambda}{2}\right)",
        lambda w: (sizes(w) - w[2] / 2).clamp_min(0).sum(),
    ),
)


def bought(w: Directions) -> Tensor:
    variances, sigma, gamma, _ = w
    return (0.5 * (variances / (gamma * sigma**2)).log()).clamp_min(0).sum()


EXACT_PENALTY = prices.EXACT_PENALTY.with_wrong(
    1,
    Wrong(
        "a penalty holds the rate at C, whatever gamma",
        "C",
        lambda w: w[3],
    ),
    Wrong(
        "the rate stops at C: the smaller of the two",
        r"\min\left(C,\, R^*(\gamma)\right)",
        lambda w: torch.minimum(w[3], bought(w)),
    ),
)
