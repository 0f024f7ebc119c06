"""Two estimators of one gradient, and what the second pays: equations of the chapter `elbo`."""

import numpy as np
import scipy.stats
import torch
from torch import Tensor

from course_pkg.derivation.agreement import Estimate
from course_pkg.derivation.chain import Definition, Derivation, Step, Worlds
from course_pkg.elbo import pathwise_gradient, score_function_gradient
from course_pkg.worlds import Symbols

# The gradient of an expectation -----------------------------------------------------------------

# A world is f(z) = a z^2 + b z + c sin z under N(mu, sigma^2): wiggly, and with a known mean.
Function = tuple[Tensor, Tensor, torch.Generator]
FUNCTIONS = Worlds("wiggly functions, by Gauss-Hermite quadrature", lambda s: random_function(s), count=10)
SAMPLES = 200_000  # squared scores have long tails: with a tenth of it, their false alarms exceed the declared rate


def random_function(seed: int) -> Function:
    """Coefficients (a, b, c) and (mu, log_var), and a generator."""
    g = torch.Generator().manual_seed(seed)
    return torch.randn(3, generator=g, dtype=torch.float64), torch.randn(2, generator=g, dtype=torch.float64), g


def apply(coefficients: Tensor, z: Tensor) -> Tensor:
    a, b, c = coefficients
    return a * z**2 + b * z + c * z.sin()


def gauss_hermite(parameters: Tensor) -> tuple[Tensor, Tensor]:
    """Nodes z and weights that integrate against N(mu, sigma^2)."""
    nodes, weights = (torch.as_tensor(v) for v in np.polynomial.hermite_e.hermegauss(80))
    mu, log_var = parameters
    return mu + (0.5 * log_var).exp() * nodes, weights / weights.sum()


def slope_of_mean(w: Function) -> Tensor:
    """E f = a (mu^2 + sigma^2) + b mu + c sin(mu) exp(-sigma^2 / 2), differentiated by autograd."""
    (a, b, c), log_var = w[0], w[1][1]
    mu = w[1][0].clone().requires_grad_()
    mean = a * (mu**2 + log_var.exp()) + b * mu + c * mu.sin() * (-0.5 * log_var.exp()).exp()
    return torch.autograd.grad(mean, mu)[0]


def mean_of_slope(w: Function) -> Tensor:
    z, weights = gauss_hermite(w[1])
    a, b, c = w[0]
    return (weights * (2 * a * z + b + c * z.cos())).sum()


def mean_of_scored(w: Function) -> Tensor:
    z, weights = gauss_hermite(w[1])
    return (weights * apply(w[0], z) * (z - w[1][0]) / w[1][1].exp()).sum()


def pathwise_samples(w: Function) -> Estimate:
    mu, log_var = w[1][:, None]
    eps = mu.new_empty(SAMPLES, 1).normal_(generator=w[2])
    return Estimate.of(pathwise_gradient(lambda z: apply(w[0], z[:, 0]), mu, log_var, eps).squeeze(1))


def score_samples(w: Function) -> Estimate:
    mu, log_var = w[1][:, None]
    eps = mu.new_empty(SAMPLES, 1).normal_(generator=w[2])
    return Estimate.of(score_function_gradient(lambda z: apply(w[0], z[:, 0]), mu, log_var, eps).squeeze(1))


GRADIENT = Derivation(
    label="elbo-gradient",
    steps=(
        Step(
            r"\frac{\partial}{\partial \mu} \mathbb{E}_{z \sim \mathcal{N}(\mu, \sigma^2)}\left[f(z)\right]",
            slope_of_mean,
            "what a training step needs: the slope of an average",
        ),
        Step(
            r"\mathbb{E}_{\varepsilon \sim \mathcal{N}(0, 1)}\left[f'(\mu + \sigma \varepsilon)\right]",
            mean_of_slope,
            "reparameterise: z is a function of mu and of a noise that does not depend on mu",
            also={"Monte Carlo": pathwise_samples},
        ),
        Step(
            r"\mathbb{E}_{z \sim \mathcal{N}(\mu, \sigma^2)}\left[f(z)\, \frac{z - \mu}{\sigma^2}\right]",
            mean_of_scored,
            "or differentiate the density: its slope is the density times the slope of its logarithm",
            also={"Monte Carlo, by scores": score_samples},
        ),
    ),
    source="Kingma and Welling (2014), section 2.4; Williams (1992)",
    worlds=(FUNCTIONS,),
)

POINTS = Worlds(
    "points in space",
    lambda seed: torch.randn(2, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64),
    symbols=lambda w: Symbols(arrays={"z": ("", w[0]), r"\mu": ("", w[1])}),
)

BOWL = Definition(
    label="elbo-bowl",
    latex=r"b(z) := -\frac{1}{2} \|z - \mu\|^2",
    symbol="b(z)",
    meaning="a bowl around mu: a reward that falls off alike in every latent",
    judge=lambda w: -0.5 * sum((a - b) ** 2 for a, b in zip(*w.tolist(), strict=True)),
    worlds=POINTS,
)

Bowl = tuple[int, Tensor, torch.Generator]


def random_bowl(seed: int) -> Bowl:
    """One to eight latents, a sigma, a generator."""
    g = torch.Generator().manual_seed(seed)
    return 1 + seed % 8, torch.randn((), generator=g, dtype=torch.float64).exp(), g


BOWLS = Worlds(
    "bowls of one to eight latents", random_bowl, count=8, symbols=lambda w: Symbols(numbers={"d": float(w[0])})
)


def ratio_by_moments(w: Bowl) -> Tensor:
    d, sigma, _ = w  # the score's square is (sigma s e / 2)^2 with s = |eps|^2, and E[s^2 e^2] = E[s^3] / d
    score = sigma**2 / 4 * scipy.stats.chi2(d).moment(3) / d
    return score / sigma**2


def ratio_by_samples(w: Bowl) -> Estimate:
    d, sigma, g = w
    eps = sigma.new_empty(SAMPLES, d).normal_(generator=g)
    mu, log_var = sigma.new_zeros(d), (2 * sigma.log()).expand(d)
    score = score_function_gradient(lambda z: -0.5 * z.square().sum(1), mu, log_var, eps)[:, 0]
    return Estimate.of(score**2 / sigma**2)  # both estimators have mean zero here


VARIANCE_RATIO = Derivation(
    label="elbo-variance-ratio",
    steps=(
        Step(
            r"\frac{\mathrm{Var}\left[b(z)\, (z_1 - \mu_1) / \sigma^2\right]}"
            r"{\mathrm{Var}\left[\partial b(z) / \partial z_1\right]}",
            ratio_by_moments,
            "by the moments of a chi-square variable",
            also={"Monte Carlo": ratio_by_samples},
        ),
        Step(
            r"\frac{(d + 2)(d + 4)}{4}",
            lambda w: torch.tensor((w[0] + 2) * (w[0] + 4) / 4, dtype=torch.float64),
            "the reward sums over all latents, and each pays for the noise of the rest",
        ),
    ),
    worlds=(BOWLS,),
    follows=("elbo-gradient", "elbo-bowl"),
)


def centred_ratio_by_moments(w: Bowl) -> Tensor:
    """As `ratio_by_moments`, with s - d in the place of s: E[(s - d)^2 e_1^2] = E[(s - d)^2 s] / d."""
    d, sigma, _ = w
    first, second, third = (scipy.stats.chi2(d).moment(k) for k in (1, 2, 3))
    return sigma**2 / 4 * (third - 2 * d * second + d**2 * first) / d / sigma**2


def centred_ratio_by_samples(w: Bowl) -> Estimate:
    d, sigma, g = w
    eps = sigma.new_empty(SAMPLES, d).normal_(generator=g)
    mu, log_var = sigma.new_zeros(d), (2 * sigma.log()).expand(d)
    level = -0.5 * d * sigma**2
    score = score_function_gradient(lambda z: -0.5 * z.square().sum(1) - level, mu, log_var, eps)[:, 0]
    return Estimate.of(score**2 / sigma**2)


BASELINE = Derivation(
    label="elbo-baseline",
    steps=(
        Step(
            r"\frac{\mathrm{Var}\left[(b(z) - \mathbb{E}[b(z)])\, (z_1 - \mu_1) / \sigma^2\right]}"
            r"{\mathrm{Var}\left[\partial b(z) / \partial z_1\right]}",
            centred_ratio_by_moments,
            "by the moments of a chi-square variable",
            also={"Monte Carlo": centred_ratio_by_samples},
        ),
        Step(
            r"\frac{d + 4}{2}",
            lambda w: torch.tensor((w[0] + 4) / 2, dtype=torch.float64),
            "the level of the reward is gone; that it varies with the other latents is not",
        ),
    ),
    source="baselines: Williams (1992)",
    worlds=(BOWLS,),
    follows=("elbo-gradient", "elbo-bowl"),
)
