"""The width of the decoder and beta: one parameter where it is fixed, two where it is learnt. Of the chapter `kkt`."""

import math
from typing import NamedTuple

import numpy as np
import scipy.optimize
import torch
from torch import Tensor

from course_pkg.derivation.chain import Derivation, Step, Worlds
from course_pkg.equations.kkt.linear import Data, random_data, random_data_of_learnt_variance, spectrum, trained
from course_pkg.kkt import critical_betas, learnt_variance


class Codes(NamedTuple):
    """Images, the decoder's means for them, the divergences, sigma^2 and beta."""

    x: Tensor
    mean: Tensor
    kl: Tensor
    variance: Tensor
    beta: Tensor


def random_codes(seed: int) -> Codes:
    g = torch.Generator().manual_seed(seed)
    x, mean = torch.randn(2, 6, 5, generator=g, dtype=torch.float64)
    kl, (variance, beta) = (
        torch.rand(6, generator=g, dtype=torch.float64),
        torch.rand(2, generator=g, dtype=torch.float64),
    )
    return Codes(x, mean, kl, 0.1 + variance, 0.1 + 4 * beta)


def scaled_loss(w: Codes) -> Tensor:
    log_p = torch.distributions.Normal(w.mean, w.variance.sqrt()).log_prob(w.x).sum(1)
    normaliser = w.x.shape[1] / 2 * (2 * math.pi * w.variance).log()
    return w.variance * (-log_p + w.beta * w.kl - normaliser)


ONE_PARAMETER = Derivation(
    label="kkt-one-parameter",
    steps=(
        Step(
            r"\sigma^2 \left[-\log \mathcal{N}(x; f_\theta(z), \sigma^2 I)"
            r" + \beta\, D_{\mathrm{KL}}\left(q_\phi(z \mid x) \,\|\, p(z)\right)"
            r" - \frac{D}{2} \log (2 \pi \sigma^2)\right]",
            scaled_loss,
            "a fixed sigma: no weight feels the normaliser or the factor in front",
        ),
        Step(
            r"\frac{1}{2} \|x - f_\theta(z)\|^2"
            r" + \beta \sigma^2\, D_{\mathrm{KL}}\left(q_\phi(z \mid x) \,\|\, p(z)\right)",
            lambda w: 0.5 * (w.x - w.mean).square().sum(1) + w.beta * w.variance * w.kl,
            "only the product of beta and sigma squared is left",
        ),
    ),
    source="Lucas et al. (2019); Rybkin et al. (2021)",
    worlds=(Worlds("random images and codes", random_codes),),
    follows=("elbo-gaussian-likelihood", "notation-kl"),
)


def fixed_point(w: Data, beta: float | None = None) -> float:
    """sigma^2 that is the mean squared error of a pixel, where what is encoded is left with beta sigma^2: by scipy."""
    values, beta = w.eigenvalues.numpy(), w.beta.item() if beta is None else beta

    def excess(s: float) -> float:
        kept = np.minimum(values[: w.latents], beta * s).sum()
        return s - (kept + values[w.latents :].sum()) / len(values)

    low = 1e-9 if w.latents == len(values) else 0.0
    return scipy.optimize.brentq(excess, low, 2 * values[0], xtol=1e-15)


LEARNT = Worlds("linear VAEs that learn sigma, trained by L-BFGS", random_data_of_learnt_variance, 8, 3e-7)
LEARNT_VARIANCE = Derivation(
    label="kkt-learnt-variance",
    steps=(
        Step(
            r"\operatorname*{arg\,min}_{\sigma^2} \min_{\theta, \phi} \left\{\mathcal{D} + \beta R\right\}",
            lambda w: trained(w, learn=True).variance,
            "all weights and sigma, trained",
            also={"a fixed point, by scipy": lambda w: torch.tensor(fixed_point(w)).double()},
        ),
        Step(
            r"\min_{k \le d,\, \beta k < D} \frac{1}{D - \beta k} \sum_{j=k+1}^{D} \lambda_j",
            lambda w: learnt_variance(w.eigenvalues, w.beta.item(), w.latents),
            "the slope in sigma vanishes at the root of a maximum of lines, one for each number k of latents in use",
        ),
    ),
    source="Tipping and Bishop (1999) at beta = 1",
    worlds=(LEARNT,),
    follows=("kkt-linear-optimum", "elbo-optimal-sigma", "kkt-distortion", "notation-rate"),
)


def last_betas(w: Data) -> Tensor:
    """For each latent, the beta at which its eigenvalue meets beta sigma^2: a root, by scipy, of a root."""
    meets = lambda beta, value: value - beta * fixed_point(w, beta)
    roots = [scipy.optimize.brentq(meets, 0.05, 30, args=(v,), xtol=1e-13) for v in w.eigenvalues[: w.latents].tolist()]
    return torch.tensor(roots, dtype=torch.float64)


CRITICAL = Derivation(
    label="kkt-critical-beta",
    steps=(
        Step(
            r"\sup\left\{\beta : R_j > 0\right\}",
            last_betas,
            "the last beta at which latent j is in use, sigma learnt",
        ),
        Step(
            r"\frac{D \lambda_j}{\sum_{i=1}^{D} \min(\lambda_i, \lambda_j)}",
            lambda w: critical_betas(w.eigenvalues)[: w.latents],
            "latent j falls where beta sigma squared is its eigenvalue, sigma squared the mean error at that moment",
        ),
    ),
    worlds=(Worlds("spectra, by scipy's root finder", random_data, symbols=spectrum),),
    follows=("kkt-learnt-variance", "kkt-linear-rates", "kkt-latent-rate"),
)
