"""What the questions of all chapters say of two sides, of which one is right: "X, not Y", "X in place of Y", and in
words that exchange such sides: against, strictly, at least, covariance."""

import math

import torch
from scipy import stats

from told_benchmark import interval
from told_identifiability import price
from told_identifiability_words import turned_covariance
from told_mmd import mmd2, unlike
from told_mmd_words import counted
from told_total_correlation import both_noises, leaving, rho, xlogy
from wording import Claim, fact, instead, right, same, slip

ratio = lambda q: torch.log(q.mean(0) / (q.mean(0).sum(1)[:, None] * q.mean(0).sum(0)))
normal = lambda observed, values: torch.special.ndtr(-(observed - values.mean()) / values.std())
determinant = lambda factor: factor.diagonal(dim1=1, dim2=2).square()
still = lambda codes: torch.cat([codes[:, :1] * 0 + 0.3, codes[:, 1:]], 1)
in_turns = lambda a: math.sin(2 * a)
dual = lambda covariance: 0.5 * (torch.logdet(covariance) + torch.linalg.inv(covariance).diagonal().log().sum())
doubled = lambda s, of: same(of(v=lambda v: 2 * v), of())

TOLD = {
    "difference_between": {
        "take Student's t, not the normal law": instead(interval(), interval(away=lambda sd, n: stats.norm.isf(0.025))),
    },
    "wasted_rate": {"the rate is at least the information": right(lambda right: right.abs())},
    "relaxed_sample": {
        "u lies strictly between 0 and 1": fact(
            lambda u: ((u > 0) & (u < 1)).all(), lambda u: ((u <= 0) | (u >= 1)).any()
        ),
    },
    "hard_code": {
        "against the prior, not the shares": instead(
            lambda share: math.log(len(share)), lambda share: -xlogy(share, share).sum(), "rate"
        ),
    },
    "shuffle_by": {
        "the keys decide the order, not the values": instead(
            lambda z, keys: z.gather(0, keys.argsort(0)), lambda z: z.sort(0).values
        ),
    },
    "codes_needed": {
        "the divergence is half of the square of the shift, not the shift": instead(
            lambda divergence, error: math.expm1(2 * divergence) / error**2,
            lambda divergence, error: math.expm1(divergence**2) / error**2,
        ),
    },
    "kl_full_covariance": {
        "you took the factor L itself for the covariance": slip(
            lambda mu, factor: (
                0.5 * (factor.diagonal(dim1=1, dim2=2).sum(1) + mu.square().sum(1) - mu.shape[1])
                - 0.5 * factor.logdet()
            )
        ),
        "multiply to zero in float64. Add logarithms instead": fact(
            lambda s: (
                min(determinant(c.arguments["factor"]).prod(1).min() for c in s.cases) == 0
                and all(a[""].isfinite().all() for a in s.answers())
            ),
            lambda s: min(determinant(c.arguments["factor"]).prod(1).min() for c in s.cases) > 0,
        ),
    },
    "price_of_a_turn": {
        "write the 2 by 2 covariance of the turned coordinates": right(turned_covariance(True), price(math.sin)),
        "the covariance of the turned coordinates": instead(price(in_turns), price(math.sin)),
        "your covariance lacks that half": instead(price(in_turns), price(lambda a: 2 * in_turns(a))),
    },
    "columns_contrast": {
        "a box is at least as large": fact(lambda right: right >= 0, lambda right: right < 0),
    },
    "price_of_truth": {
        "variances cancel in the price: rho is the correlation, not the covariance": Claim(
            lambda s: doubled(s, s.answers) and not doubled(s, s.slipped), lambda s: doubled(s, s.slipped)
        ),
    },
    "separated_predictability": {
        "a constant latent has the norm zero. Put zero in its place": fact(
            lambda s: all(a[""].isfinite().all() for a in s.answers(codes=still)),
            lambda s: any(not a[""].isfinite().all() for a in s.answers(codes=still)),
        ),
    },
    "diagonal_excess": {
        "one less the mean, not the mean itself": instead(
            lambda n, m, within_x, within_y: (1 - within_x) / n + (1 - within_y) / m,
            lambda n, m, within_x, within_y: within_x / n + within_y / m,
        ),
    },
    "p_value": {
        "ties must count against you: as large or larger": instead(
            counted(lambda v, o: v >= o), counted(lambda v, o: v > o)
        ),
        "the permuted values for a normal law with their mean and deviation. Count them instead": instead(
            counted(lambda v, o: v >= o), normal
        ),
    },
    "unbiased_mmd2": {
        "within the samples the kernel counts for, between them against": right(
            mmd2(unlike), lambda k_xx, k_yy, k_xy: -mmd2(unlike)(k_xx, k_yy, k_xy)
        ),
    },
    "middle_of_each_image": {
        "Average over the image's own codes instead": instead(
            lambda q: xlogy(q, ratio(q).exp()).sum((1, 2)),
            lambda q: xlogy(q.mean(0), ratio(q).exp()).sum().expand(len(q)),
        ),
    },
    "gaussian_dual": {
        "torch.linalg.inv take the covariance as it is": right(dual, lambda covariance: dual(covariance.inverse())),
        "of a Gaussian with that covariance": right(
            lambda covariance: (
                0.5
                * (
                    sum(torch.logdet(rest) for rest in leaving(covariance))
                    - (len(covariance) - 1) * torch.logdet(covariance)
                )
            ),
            lambda covariance: dual(covariance.inverse()),
        ),
    },
    "tc_with_dead_latent": {
        "write the covariance of z_1 and z_2": both_noises,
        "the first latent's noise is not in the covariance": slip(
            lambda spread, width, eps: rho(
                eps * (spread**2 + width**2), spread**2 + width**2, eps**2 * (spread**2 + width**2) + 1
            )
        ),
    },
    "tc_read": {
        "all latents count, not the largest alone": instead(
            lambda single, n: single.sum() - math.log(n), lambda single, n: single.max() - math.log(n)
        ),
    },
}
DECLARED = {
    "MendedVAE": {"no numbers in place of tensors between the weights and the loss": "what the slope of the loss needs"}
}
