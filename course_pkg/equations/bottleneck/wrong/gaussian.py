"""Wrong lines about Gaussian pairs."""

import torch
from torch import Tensor

from course_pkg.derivation.chain import Wrong
from course_pkg.equations.bottleneck import gaussian
from course_pkg.equations.bottleneck.worlds import Gaussians


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
