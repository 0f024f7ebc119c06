"""The parts of the rate with no batch in them: the aggregate posterior is summed over every image of the set.

    R = I(x; z) + TC + sum_j D_j
    I = E log q(z|x) / q(z),   TC = E log q(z) / prod_j q(z_j),   D_j = KL(q(z_j) || p(z_j))

q(z) and each q(z_j) are mixtures of all N posteriors, without approximation; only the average over codes is a sample,
and its standard error stands beside it. Chen et al. (2018), eq. 2, with the exact mixture in place of their estimate.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from course_pkg.elbo import gaussian_kl, reparameterise, same_shape
from course_pkg.tables import Table
from course_pkg.total_correlation.estimators import log_densities
from course_pkg.worlds import LOG_2PI

CODES = 8  # compared with a block of images at a time
IMAGES = 16_384  # in a block: CODES x IMAGES densities, half a megabyte, stay in the processor's cache


@dataclass(frozen=True)
class RateSplit:
    """What a rate is made of, in nats: each part and its standard error (the rate has none: it is a closed form).

    rate, information, tc: (); dimwise: (d,), one a latent; errors: the same shapes, by name; codes: the number drawn.
    """

    rate: Tensor
    information: Tensor
    tc: Tensor
    dimwise: Tensor
    errors: dict[str, Tensor]
    codes: int

    @property
    def table(self) -> Table:
        total = self.dimwise.sum()
        rows = [
            ("R, the rate", f"{self.rate:.3f}", "exact"),
            ("I(x; z)", f"{self.information:.3f}", f"± {self.errors['information']:.3f}"),
            ("TC", f"{self.tc:.3f}", f"± {self.errors['tc']:.3f}"),
            ("sum of D_j", f"{total:.3f}", f"± {self.errors['dimwise_sum']:.3f}"),
        ]
        return Table(
            ("part", "nats", "standard error"), rows, f"The rate, split over every image with {self.codes} codes"
        )

    def __repr__(self) -> str:
        return str(self.table)

    def _repr_html_(self) -> str:
        return self.table._repr_html_()


def log_mixtures(z: Tensor, mu: Tensor, log_var: Tensor) -> tuple[Tensor, Tensor]:
    """log q(z) (S,) and log q(z_j) (S, d) at codes z (S, d): mixtures of all N posteriors mu, log_var (N, d). Nats.

    Time grows with S N d; memory does not: a block of codes meets a block of images, and log-sum-exps are carried on.
    """
    same_shape(mu=mu, log_var=log_var)
    if z.ndim != 2 or mu.ndim != 2 or z.shape[1] != mu.shape[1]:
        raise ValueError(f"expected codes (S, d) and posteriors (N, d), got {tuple(z.shape)} and {tuple(mu.shape)}")
    d, n = mu.shape[1], len(mu)
    joint, single = z.new_full((len(z),), -math.inf), z.new_full((len(z), d), -math.inf)
    for images in torch.arange(n).split(IMAGES):
        block = slice(int(images[0]), int(images[-1]) + 1)
        means, scale = mu[block].T.contiguous(), (-0.5 * log_var[block]).exp().T.contiguous()  # (d, images)
        height = -0.5 * (LOG_2PI + log_var[block].T)
        for codes in torch.arange(len(z)).split(CODES):
            part = slice(int(codes[0]), int(codes[-1]) + 1)
            total = torch.zeros(len(codes), len(images), dtype=z.dtype, device=z.device)
            for j in range(d):  # one latent at a time: what is held is codes x images
                log_q = height[j] - 0.5 * ((z[part, j, None] - means[j]) * scale[j]).square()
                total += log_q
                single[part, j] = torch.logaddexp(single[part, j], log_q.logsumexp(1))
            joint[part] = torch.logaddexp(joint[part], total.logsumexp(1))
    return joint - math.log(n), single - math.log(n)


def log_own(z: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    """log q(z|x) of each code under its own posterior, (S, d) each -> (S,), rounded as in `log_mixtures`.

    What counts is the difference of the two: where a posterior is narrower than the last digit of its mean, too.
    """
    return (-0.5 * (LOG_2PI + log_var + ((z - mu) * (-0.5 * log_var).exp()).square())).sum(1)


@torch.no_grad()
def exact_split(mu: Tensor, log_var: Tensor, codes: int = 500, generator: torch.Generator | None = None) -> RateSplit:
    """The rate of N equally likely images and its three parts. mu, log_var (N, d). In nats.

    codes: how many are drawn, each of an image drawn anew; the errors shrink with its root. About half a minute for 500
    codes of ten latents over 737,280 images on one core. Posteriors narrower than the last digit of their mean need
    float64: in float32 their codes are the means, and each such latent adds up to half a nat to its D_j.

    Raises ValueError for posteriors of other shapes, one code, and widths that the type cannot divide by.
    """
    same_shape(mu=mu, log_var=log_var)
    if mu.ndim != 2:
        raise ValueError(f"expected posteriors (N, d) of N images, got {tuple(mu.shape)}")
    if codes < 2:
        raise ValueError(f"expected 2 codes or more, got {codes}: an error bar takes two")
    which = torch.randint(len(mu), (codes,), generator=generator, device=mu.device)
    z = reparameterise(mu[which], log_var[which], generator)
    own = log_own(z, mu[which], log_var[which])
    log_q, log_q_j = log_mixtures(z, mu, log_var)
    dimwise = log_q_j + 0.5 * (LOG_2PI + z.square())
    draws = {"information": own - log_q, "tc": log_q - log_q_j.sum(1), "dimwise": dimwise}
    return averaged(draws, gaussian_kl(mu, log_var))


@torch.no_grad()
def read_split(
    mu: Tensor, log_var: Tensor, own: float, codes: int = 500, generator: torch.Generator | None = None
) -> RateSplit:
    """What a batch of B images reads of the same parts, with an image's own weight `own` (see `own_weights`).

    mu, log_var (B, d) of the batch; the codes are drawn of its images. `split_kl`, for batches of any size: what is
    held is a few codes by B images. The errors are those of the average over codes of this batch, and say nothing of
    other batches; the rate is the batch's own. Raises what `exact_split` raises, and ValueError unless 0 <= own <= 1.
    """
    same_shape(mu=mu, log_var=log_var)
    if mu.ndim != 2 or len(mu) < 2:
        raise ValueError(f"expected posteriors (B, d) of 2 images or more, got {tuple(mu.shape)}")
    if codes < 2 or not 0 <= own <= 1:
        raise ValueError(f"expected 2 codes or more and a share from 0 to 1, got {codes} and {own:g}")
    which = torch.randint(len(mu), (codes,), generator=generator, device=mu.device)
    z = reparameterise(mu[which], log_var[which], generator)
    draws: dict[str, list[Tensor]] = {"information": [], "tc": [], "dimwise": []}
    for part in torch.arange(codes, device=mu.device).split(CODES):
        log_q = log_densities(z[part], mu, log_var)
        weights = mu.new_full((len(part), len(mu)), (1 - own) / (len(mu) - 1))
        weights = weights.scatter(1, which[part, None], own).log()
        joint = (weights + log_q.sum(2)).logsumexp(1)
        single = (weights[:, :, None] + log_q).logsumexp(1)
        mine = log_q.sum(2).gather(1, which[part, None])[:, 0]
        draws["information"].append(mine - joint)
        draws["tc"].append(joint - single.sum(1))
        draws["dimwise"].append(single + 0.5 * (LOG_2PI + z[part].square()))
    return averaged({name: torch.cat(values) for name, values in draws.items()}, gaussian_kl(mu, log_var))


def averaged(draws: dict[str, Tensor], kl: Tensor) -> RateSplit:
    """From the prices of each code: information, tc (S,), dimwise (S, d), and the KL of each image and latent."""
    if not all(values.isfinite().all() for values in draws.values()):
        raise ValueError(
            f"expected posteriors whose width the type can divide by, got densities that are not finite in "
            f"{kl.dtype}: give them in float64"
        )
    draws = {**draws, "dimwise_sum": draws["dimwise"].sum(1)}
    codes = len(draws["tc"])
    errors = {name: values.std(0) / math.sqrt(codes) for name, values in draws.items()}
    means = {name: values.mean(0) for name, values in draws.items()}
    return RateSplit(kl.sum(1).mean(), means["information"], means["tc"], means["dimwise"], errors, codes)
