"""Wrong lines in the derivations of the Gaussian KL, the overlap and the likelihoods."""

import math

import scipy.stats
import sympy
import torch
import torch.nn.functional as F
from torch import Tensor

from course_pkg.derivation.chain import Wrong
from course_pkg.equations.elbo import gaussian, likelihoods
from course_pkg.equations.elbo.gaussian import MU, SIGMA, Gaussians, Pair
from course_pkg.equations.elbo.likelihoods import Codes, Images

# The Gaussian KL -------------------------------------------------------------------------------

HALF = sympy.Rational(1, 2)
GAUSSIAN_KL_1D = gaussian.GAUSSIAN_KL_1D.with_wrong(
    1,
    Wrong(
        "the entropy of a Gaussian is the logarithm of sigma, and the divergence adds it",
        r"\log \sigma - \frac{1}{2} + \frac{1}{2} \mathbb{E}\left[z^2\right]",
        lambda _: sympy.log(SIGMA) - HALF + (MU**2 + SIGMA**2) / 2,
    ),
    Wrong(
        "the second moment is the variance",
        r"-\log \sigma - \frac{1}{2} + \frac{1}{2} \sigma^2",
        lambda _: -sympy.log(SIGMA) - HALF + SIGMA**2 / 2,
    ),
).with_wrong(
    2,
    Wrong(
        "the logarithm of sigma squared is that of sigma",
        r"\frac{1}{2}\left(\mu^2 + \sigma^2 - 1 - \log \sigma\right)",
        lambda _: (MU**2 + SIGMA**2 - 1 - sympy.log(SIGMA)) / 2,
    ),
)


def squares(w: Gaussians) -> Tensor:
    mu, log_var, _ = w
    return mu**2 + log_var.exp() - 1 - log_var


GAUSSIAN_KL = gaussian.GAUSSIAN_KL.with_wrong(
    0,
    Wrong(
        "from the prior to the posterior or back, it is one divergence",
        r"D_{\mathrm{KL}}\left(\mathcal{N}(0, I) \,\|\, \mathcal{N}(\mu, \mathrm{diag}\, \sigma^2)\right)",
        lambda w: 0.5 * ((1 + w[0] ** 2) / w[1].exp() - 1 + w[1]).sum(1),
    ),
).with_wrong(
    1,
    Wrong(
        "a mean over latents, as losses are averaged",
        r"\frac{1}{2 d} \sum_{j=1}^{d} \left(\mu_j^2 + \sigma_j^2 - 1 - \log \sigma_j^2\right)",
        lambda w: 0.5 * squares(w).mean(1),
    ),
    Wrong(
        "the one half belongs to the densities and cancels",
        r"\sum_{j=1}^{d} \left(\mu_j^2 + \sigma_j^2 - 1 - \log \sigma_j^2\right)",
        lambda w: squares(w).sum(1),
    ),
    Wrong(
        "the network's log variance is a logarithm of sigma",
        r"\frac{1}{2} \sum_{j=1}^{d} \left(\mu_j^2 + \sigma_j^4 - 1 - 2 \log \sigma_j^2\right)",
        lambda w: 0.5 * (w[0] ** 2 + (2 * w[1]).exp() - 1 - 2 * w[1]).sum(1),
    ),
)

# Overlap of two posteriors ----------------------------------------------------------------------


def normal_tail(w: Pair, share: float, power: int = 1) -> Tensor:
    a, b, log_var, _ = w
    distance = ((a - b) / (0.5 * log_var).exp() ** power).norm()
    return torch.as_tensor(scipy.stats.norm.cdf(-share * distance.item()))


EQUAL_WIDTHS = gaussian.EQUAL_WIDTHS.with_wrong(
    1,
    Wrong(
        "the code must come as far as the other mean",
        r"\Phi\left(-\frac{\|\mu - \mu'\|}{\sigma}\right)",
        lambda w: normal_tail(w, 1.0),
    ),
    Wrong(
        "the two codes' noises add, so their widths do as squares",
        r"\Phi\left(-\frac{\|\mu - \mu'\|}{\sqrt{2}\, \sigma}\right)",
        lambda w: normal_tail(w, 1 / math.sqrt(2)),
    ),
    Wrong(
        "it is the other side of the midpoint that counts",
        r"\Phi\left(\frac{\|\mu - \mu'\|}{2 \sigma}\right)",
        lambda w: normal_tail(w, -0.5),
    ),
)

# Likelihoods -------------------------------------------------------------------------------------


def squared_error(w: Images) -> Tensor:
    return (w[0] - w[1]).square().sum((1, 2, 3))


GAUSSIAN_LIKELIHOOD = likelihoods.GAUSSIAN_LIKELIHOOD.with_wrong(
    1,
    Wrong(
        "one normaliser, for one picture",
        r"-\frac{1}{2} \log (2 \pi \sigma^2) - \frac{1}{2 \sigma^2} \|x - f_\theta(z)\|^2",
        lambda w: -0.5 * (2 * math.pi * w[2] ** 2).log() - squared_error(w) / (2 * w[2] ** 2),
    ),
    Wrong(
        "squared error is the Gaussian's logarithm: sigma is only a scale",
        r"-\frac{D}{2} \log (2 \pi \sigma^2) - \|x - f_\theta(z)\|^2",
        lambda w: -24 * (2 * math.pi * w[2] ** 2).log() - squared_error(w),
    ),
    Wrong(
        "the error is averaged over pixels",
        r"-\frac{D}{2} \log (2 \pi \sigma^2) - \frac{1}{2 \sigma^2 D} \|x - f_\theta(z)\|^2",
        lambda w: -24 * (2 * math.pi * w[2] ** 2).log() - squared_error(w) / (2 * w[2] ** 2 * 48),
    ),
)
OPTIMAL_SIGMA = likelihoods.OPTIMAL_SIGMA.with_wrong(
    1,
    Wrong(
        "the best variance is the whole squared error",
        r"\|x - f_\theta(z)\|^2",
        squared_error,
    ),
    Wrong(
        "an estimated variance is divided by one less",
        r"\frac{1}{D - 1} \|x - f_\theta(z)\|^2",
        lambda w: squared_error(w) / 47,
    ),
    Wrong(
        "the one half of the exponent stays",
        r"\frac{1}{2 D} \|x - f_\theta(z)\|^2",
        lambda w: squared_error(w) / 96,
    ),
)
BERNOULLI_LIKELIHOOD = likelihoods.BERNOULLI_LIKELIHOOD.with_wrong(
    1,
    Wrong(
        "a likelihood is minus a cross-entropy, and a cross-entropy is what is minimised",
        r"-\sum_{i=1}^{D} \left[x_i \log p_i + (1 - x_i) \log (1 - p_i)\right]",
        lambda w: F.binary_cross_entropy_with_logits(w[1], w[0], reduction="none").sum((1, 2, 3)),
    ),
    Wrong(
        "black pixels have nothing to explain",
        r"\sum_{i=1}^{D} x_i \log p_i",
        lambda w: (w[0] * F.logsigmoid(w[1])).sum((1, 2, 3)),
    ),
    Wrong(
        "a mean over pixels, as torch takes by default",
        r"\frac{1}{D} \sum_{i=1}^{D} \left[x_i \log p_i + (1 - x_i) \log (1 - p_i)\right]",
        lambda w: -F.binary_cross_entropy_with_logits(w[1], w[0], reduction="none").mean((1, 2, 3)),
    ),
)


def cross_entropy(w: Codes) -> Tensor:
    return F.binary_cross_entropy_with_logits(w[1], w[0], reduction="none").sum((1, 2, 3)).mean()


def divergence(w: Codes) -> Tensor:
    _, _, mu, log_var = w
    return 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(1).mean()


MEANS = likelihoods.MEANS.with_wrong(
    1,
    Wrong(
        "a mean is a sum with another learning rate: the two terms keep their weights",
        r"\frac{1}{D} \left[-\log p_\theta(x \mid z)"
        r" + D_{\mathrm{KL}}\left(q_\phi(z \mid x) \,\|\, p(z)\right)\right]",
        lambda w: (cross_entropy(w) + divergence(w)) / w[0][0].numel(),
    ),
    Wrong(
        "factoring out one over D leaves the divergence divided by D",
        r"\frac{1}{D} \left[-\log p_\theta(x \mid z)"
        r" + \frac{1}{D} D_{\mathrm{KL}}\left(q_\phi(z \mid x) \,\|\, p(z)\right)\right]",
        lambda w: (cross_entropy(w) + divergence(w) / w[0][0].numel()) / w[0][0].numel(),
    ),
)
