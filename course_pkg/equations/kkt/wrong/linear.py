"""Wrong lines about the linear VAE, the width of its decoder, the silent model, and papers that count differently."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from course_pkg.derivation.chain import Wrong
from course_pkg.equations.elbo.likelihoods import Codes as ImageCodes
from course_pkg.equations.kkt import comparing, linear, silence, width
from course_pkg.equations.kkt.linear import Data
from course_pkg.equations.kkt.silence import Pixels
from course_pkg.equations.kkt.width import Codes


def rates(w: Data, level: Tensor) -> Tensor:
    return (0.5 * (w.eigenvalues[: w.latents] / level).log()).clamp_min(0)


RATES = linear.RATES.with_wrong(
    1,
    Wrong(
        "the logarithm may be negative",
        r"\frac{1}{2} \log \frac{\lambda_j}{\beta \sigma^2}",
        lambda w: 0.5 * (w.eigenvalues[: w.latents] / (w.beta * w.variance)).log(),
    ),
    Wrong(
        "signal and noise add, as in a channel",
        r"\frac{1}{2} \log \left(1 + \frac{\lambda_j}{\beta \sigma^2}\right)",
        lambda w: 0.5 * torch.log1p(w.eigenvalues[: w.latents] / (w.beta * w.variance)),
    ),
    Wrong(
        "beta weighs the rate and has no part in what the decoder leaves",
        r"\max\left(0, \frac{1}{2} \log \frac{\lambda_j}{\sigma^2}\right)",
        lambda w: rates(w, w.variance),
    ),
)


def cost(w: Data, paid: Tensor, kept: Tensor) -> Tensor:
    D, lost = len(w.eigenvalues), w.eigenvalues[w.latents :].sum()
    return D / 2 * (2 * math.pi * w.variance).log() + (kept + lost) / (2 * w.variance) + paid


HEAD = r"\frac{D}{2} \log (2 \pi \sigma^2) + \frac{1}{2 \sigma^2}"
REST = r"\sum_{j > d} \lambda_j"
COST = linear.COST.with_wrong(
    1,
    Wrong(
        "what has a latent is left without an error",
        rf"{HEAD} {REST} + \beta \sum_j R_j",
        lambda w: cost(w, w.beta * rates(w, w.beta * w.variance).sum(), 0 * w.beta),
    ),
    Wrong(
        "what has a latent is left with the decoder's own variance at most",
        rf"{HEAD} \left[\sum_{{j \le d}} \min(\lambda_j, \sigma^2) + {REST}\right] + \beta \sum_j R_j",
        lambda w: cost(
            w,
            w.beta * rates(w, w.beta * w.variance).sum(),
            torch.minimum(w.eigenvalues[: w.latents], w.variance).sum(),
        ),
    ),
    Wrong(
        "the rate is added once",
        rf"{HEAD} \left[\sum_{{j \le d}} \min(\lambda_j, \beta \sigma^2) + {REST}\right] + \sum_j R_j",
        lambda w: cost(
            w,
            rates(w, w.beta * w.variance).sum(),
            torch.minimum(w.eigenvalues[: w.latents], w.beta * w.variance).sum(),
        ),
    ),
)

# The width of the decoder -------------------------------------------------------------------------

KL = r"D_{\mathrm{KL}}\left(q_\phi(z \mid x) \,\|\, p(z)\right)"


def half_error(w: Codes) -> Tensor:
    return 0.5 * (w.x - w.mean).square().sum(1)


ONE_PARAMETER = width.ONE_PARAMETER.with_wrong(
    1,
    Wrong(
        "a narrower decoder weighs the divergence more",
        rf"\frac{{1}}{{2}} \|x - f_\theta(z)\|^2 + \frac{{\beta}}{{\sigma^2}}\, {KL}",
        lambda w: half_error(w) + w.beta / w.variance * w.kl,
    ),
    Wrong(
        "squared error is what is left of the Gaussian",
        rf"\|x - f_\theta(z)\|^2 + \beta \sigma^2\, {KL}",
        lambda w: 2 * half_error(w) + w.beta * w.variance * w.kl,
    ),
    Wrong(
        "sigma is fixed, so it has no influence",
        rf"\frac{{1}}{{2}} \|x - f_\theta(z)\|^2 + \beta\, {KL}",
        lambda w: half_error(w) + w.beta * w.kl,
    ),
)


def mean_left_out(w: Data, share: Tensor | float) -> Tensor:
    """sum of the eigenvalues left out over D - share k, k the latents in use at the learnt variance."""
    D, values = len(w.eigenvalues), w.eigenvalues
    found = [values[k:].sum() / (D - share * k) for k in range(w.latents + 1) if share * k < D]
    return torch.stack(found).min()


LEARNT_VARIANCE = width.LEARNT_VARIANCE.with_wrong(
    1,
    Wrong(
        "the learnt variance is that of probabilistic PCA, whatever beta",
        r"\min_{k \le d} \frac{1}{D - k} \sum_{j=k+1}^{D} \lambda_j",
        lambda w: mean_left_out(w, 1.0),
    ),
    Wrong(
        "the error that the d latents leave, over all pixels",
        r"\frac{1}{D} \sum_{j=d+1}^{D} \lambda_j",
        lambda w: w.eigenvalues[w.latents :].sum() / len(w.eigenvalues),
    ),
)


def critical(w: Data, level: str) -> Tensor:
    values, D = w.eigenvalues, len(w.eigenvalues)
    chosen = values[: w.latents]
    if level == "total":
        return D * chosen / values.sum()
    return torch.stack([v / values[values <= v].sum() * (values <= v).sum() for v in chosen])


CRITICAL = width.CRITICAL.with_wrong(
    1,
    Wrong(
        "latent j falls when its eigenvalue is the mean of all",
        r"\frac{D \lambda_j}{\sum_{i=1}^{D} \lambda_i}",
        lambda w: critical(w, "total"),
    ),
    Wrong(
        "only the eigenvalues that are no larger count",
        r"\frac{(D - j + 1) \lambda_j}{\sum_{i=j}^{D} \lambda_i}",
        lambda w: critical(w, "smaller"),
    ),
)


def covariance(w: Pixels) -> Tensor:
    centred = w.x - w.weights @ w.x
    return centred.mT @ (w.weights[:, None] * centred)


def noise(w: Pixels) -> Tensor:
    mean = w.weights @ w.x
    return mean * (1 - mean) if w.width is None else w.width**2


SILENCE = silence.SILENCE.with_wrong(
    1,
    Wrong(
        "the first latent speaks of the direction of largest variance",
        r"\lambda_{\max}(C)",
        lambda w: torch.linalg.eigvalsh(covariance(w))[-1],
    ),
    Wrong(
        "each pixel by itself: the one that moves most in units of its noise",
        r"\max_j \frac{C_{jj}}{N_{jj}}",
        lambda w: (covariance(w).diagonal() / noise(w)).max(),
    ),
)

# Papers that count differently --------------------------------------------------------------------


def sums(w: ImageCodes, beta: float) -> Tensor:
    x, logits, mu, log_var = w
    reconstruction = F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum((1, 2, 3))
    divergence = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(1)
    return (reconstruction + beta * divergence).mean() / x[0].numel()


LOSS = r"\frac{1}{D} \left[-\log p_\theta(x \mid z)"
NORMALISED = comparing.NORMALISED.with_wrong(
    1,
    Wrong(
        "beta is what the program calls it",
        rf"{LOSS} + \beta_{{\mathrm{{norm}}}}\, {KL}\right]",
        lambda w: sums(w, 4.0 * w[2].shape[1] / w[0][0].numel()),
    ),
    Wrong(
        "the normalisation divides by d and multiplies by D",
        rf"{LOSS} + \beta\, \frac{{D}}{{d}}\, {KL}\right]",
        lambda w: sums(w, 4.0 * w[0][0].numel() / w[2].shape[1]),
    ),
)
