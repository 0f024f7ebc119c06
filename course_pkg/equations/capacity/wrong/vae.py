"""Wrong lines about the rate of a VAE and its two gaps."""

import torch
from torch import Tensor

from course_pkg.derivation.chain import Wrong
from course_pkg.equations.capacity import vae
from course_pkg.equations.capacity.vae import BETAS
from course_pkg.worlds import LinearGaussianWorld, TabularWorld, entropy, expect, kl


def information(w: TabularWorld) -> Tensor:
    q_z = torch.logsumexp(w.log_p_x[:, None] + w.log_q_z_given_x, 0)
    return expect(w.log_p_x, expect(w.log_q_z_given_x, w.log_q_z_given_x - q_z))


def aggregate(w: TabularWorld) -> Tensor:
    return torch.logsumexp(w.log_p_x[:, None] + w.log_q_z_given_x, 0)


def rate(w: TabularWorld) -> Tensor:
    return expect(w.log_p_x, kl(w.log_q_z_given_x, w.log_p_z))


def distortion(w: TabularWorld) -> Tensor:
    return -expect(w.log_p_x, expect(w.log_q_z_given_x, w.log_p_x_given_z))


def decoder_gap(w: TabularWorld) -> Tensor:
    return distortion(w) - entropy(w.log_p_x) + information(w)


SAME = vae.SAME.with_wrong(
    1,
    Wrong("information is symmetric: both cancel", "0", lambda w: 0 * BETAS),
    Wrong(
        "what is gained is weighed by beta as well",
        r"(\beta + 1)\, I(x; z)",
        lambda w: (BETAS + 1) * information(w),
    ),
)
BETA_VAE = vae.BETA_VAE.with_wrong(
    1,
    Wrong(
        "the prior's gap is paid once",
        r"H(x) + (\beta - 1)\, I(x; z) + G_p + G_\theta",
        lambda w: entropy(w.log_p_x) + (BETAS - 1) * information(w) + kl(aggregate(w), w.log_p_z) + decoder_gap(w),
    ),
    Wrong(
        "the rate is the information",
        r"H(x) + (\beta - 1)\, I(x; z) + G_\theta",
        lambda w: entropy(w.log_p_x) + (BETAS - 1) * information(w) + decoder_gap(w),
    ),
    Wrong(
        "beta weighs all that is said",
        r"H(x) + \beta\, I(x; z) + \beta\, G_p + G_\theta",
        lambda w: entropy(w.log_p_x) + BETAS * information(w) + BETAS * kl(aggregate(w), w.log_p_z) + decoder_gap(w),
    ),
)
RATE_GAP = vae.RATE_GAP.with_wrong(
    1,
    Wrong(
        "the prior is what codes should be, so the divergence starts from it",
        r"I(x; z) + D_{\mathrm{KL}}\left(p(z) \,\|\, q_\phi(z)\right)",
        lambda w: information(w) + kl(w.log_p_z, aggregate(w)),
    ),
    Wrong(
        "what does not fit the prior is lost to the rate",
        r"I(x; z) - G_p",
        lambda w: information(w) - kl(aggregate(w), w.log_p_z),
    ),
).with_wrong(
    2,
    Wrong("the rate is the information that the codes hold", "I(x; z)", relation="="),
)


def moments(w: LinearGaussianWorld) -> tuple[Tensor, Tensor]:
    return w.V @ w.m + w.c, w.V @ w.C @ w.V.mT + w.S


def divergence(mean: Tensor, S: Tensor) -> Tensor:
    return 0.5 * (torch.trace(S) + mean @ mean - len(mean) - torch.logdet(S))


RATE_GAP_GAUSSIAN = vae.RATE_GAP_GAUSSIAN.with_wrong(
    1,
    Wrong(
        "the codes are centred",
        r"D_{\mathrm{KL}}\left(\mathcal{N}(0,\, V \Sigma_x V^\top + S) \,\|\, \mathcal{N}(0, I)\right)",
        lambda w: divergence(torch.zeros_like(w.c), moments(w)[1]),
    ),
    Wrong(
        "the codes of all data are as wide as those of one",
        r"D_{\mathrm{KL}}\left(\mathcal{N}(V m + c,\, S) \,\|\, \mathcal{N}(0, I)\right)",
        lambda w: divergence(moments(w)[0], w.S),
    ),
    Wrong(
        "the noise of the codes averages out",
        r"D_{\mathrm{KL}}\left(\mathcal{N}(V m + c,\, V \Sigma_x V^\top) \,\|\, \mathcal{N}(0, I)\right)",
        lambda w: divergence(moments(w)[0], moments(w)[1] - w.S),
    ),
)
SANDWICH = vae.SANDWICH.with_wrong(
    1,
    Wrong("a rate is a bound on what must be said", "I(x; z)", relation=r"\le"),
).with_wrong(
    2,
    Wrong(
        "what is not distortion is information",
        r"H(x) - \mathcal{D}",
        relation="=",
    ),
    Wrong(
        "distortion is a loss and is added",
        r"H(x) + \mathcal{D}",
        lambda w: entropy(w.log_p_x) + distortion(w),
    ),
)
CEILING = vae.CEILING.with_wrong(
    1,
    Wrong(
        "the gap is the whole rate",
        "R",
        rate,
    ),
).with_wrong(
    2,
    Wrong(
        "N images are told apart by N nats",
        "R - N",
        lambda w: rate(w) - len(w.log_p_x),
    ),
    Wrong("N images do need log N nats, so that is what codes say", r"R - \log N", relation="="),
)
