"""What readers may believe instead of the lines of `metrics`: each breaks its chain where it stands."""

import math

import numpy as np
import torch
from torch import Tensor

from course_pkg.derivation.chain import Wrong
from course_pkg.equations.metrics import counted, turning, votes
from course_pkg.equations.metrics.counted import Binned
from course_pkg.equations.metrics.votes import Coded


def pairs(z: Tensor, power: float) -> Tensor:
    return torch.tensor((np.abs(np.subtract.outer(z.numpy(), z.numpy())) ** power).mean())


PAIRS = votes.PAIRS.with_wrong(
    1,
    Wrong(
        "a sample varies less than what it was drawn from",
        r"\frac{L - 1}{L}\, \mathrm{Var}(z_j \mid f_k = v)",
        lambda z: 2 / 3 * z.var(correction=0),
    ),
).with_wrong(
    2,
    Wrong(
        "the mean squared distance of a pair is the variance",
        r"\mathbb{E}\left[\left(z_j(x) - z_j(x')\right)^2\right]",
        lambda z: pairs(z, 2),
    ),
    Wrong(
        "what Higgins et al. average, squared",
        r"\frac{1}{2}\, \mathbb{E}\left[\left|z_j(x) - z_j(x')\right|\right]^2",
        lambda z: pairs(z, 1) ** 2 / 2,
    ),
)


def not_normalised(w: Coded) -> Tensor:
    votes_of = torch.zeros_like(votes.table(w))
    for k, v, share in votes.settings(w):
        votes_of[k, w.codes[w.factors[:, k] == v].var(0, correction=0).argmin()] += share
    return votes_of.amax(0).sum() / len(votes_of)


EXACT = votes.EXACT.with_wrong(
    1,
    Wrong(
        "the variances need no scale, since all latents have the same prior",
        r"\frac{1}{K} \sum_{j=1}^{d} \max_k \sum_{v} \mathrm{Pr}\left[f_k = v,"
        r" \operatorname*{arg\,min}_i \mathrm{Var}(z_i \mid f_k = v) = j\right]",
        not_normalised,
    ),
    Wrong(
        "each factor is scored by its best latent",
        r"\frac{1}{K} \sum_{k=1}^{K} \max_j \sum_{v \,:\, w(k, v) = j} \mathrm{Pr}[f_k = v]",
        lambda w: votes.table(w).amax(1).mean(),
    ),
    Wrong(
        "each latent counts alike",
        r"\frac{1}{d} \sum_{j=1}^{d} \max_k \sum_{v \,:\, w(k, v) = j} \mathrm{Pr}[f_k = v]",
        lambda w: votes.table(w).amax(0).mean(),
    ),
)
MISSING = votes.MISSING.with_wrong(
    1,
    Wrong("one missing factor is told by elimination", r"\frac{K - m + 1}{K}", lambda w: shares(w, 1)),
    Wrong(
        "votes for a missing factor still hit with chance",
        r"\frac{K - m}{K} + \frac{m}{K^2}",
        lambda w: shares(w, votes.missing(w)[1] / votes.missing(w)[0]),
    ),
)
BY_ELIMINATION = votes.BY_ELIMINATION.with_wrong(
    1,
    Wrong("a missing factor is never named", r"\frac{K - m}{K}", lambda w: shares(w, 0)),
    Wrong(
        "all missing factors are told by elimination",
        "1",
        lambda w: torch.tensor(1.0, dtype=torch.float64),
    ),
)


def shares(w: Coded, more: float) -> Tensor:
    factors, gone = votes.missing(w)
    return votes.share(factors - gone + more, factors)


STILL = turning.STILL.with_wrong(
    1,
    Wrong("a turned latent moves by the sine", r"\frac{\sin t}{\cos t}", lambda w: w.angle.tan()),
    Wrong("the second latent does not notice the turn", r"\sin^2 t", lambda w: w.angle.sin() ** 2),
    Wrong(
        "a turn mixes both latents alike, so that neither is still",
        "1",
        lambda w: torch.ones_like(w.angle),
    ),
)
TURNED_SAP = turning.TURNED_SAP.with_wrong(
    1,
    Wrong("the second best latent says nothing", r"\cos^2 t", lambda w: w.angle.cos() ** 2),
    Wrong(
        "the gap of the correlations, not of their squares",
        r"\cos t - \sin t",
        lambda w: w.angle.cos() - w.angle.sin(),
    ),
).with_wrong(2, Wrong("the double angle of the sine", r"1 - \sin 2 t", lambda w: 1 - (2 * w.angle).sin()))
TURNED_DCI = turning.TURNED_DCI.with_wrong(
    1,
    Wrong(
        "weights are squared coefficients, shares of a variance",
        r"1 - \frac{1}{\log 2}\, h\left(\cos^2 t\right)",
        lambda w: 1 - turning.coin(w.angle.cos() ** 2) / math.log(2),
    ),
    Wrong(
        "it hears no turn below 45 degrees either",
        "1",
        lambda w: torch.ones_like(w.angle),
    ),
    Wrong(
        "the entropy is in nats, and log K is left out",
        r"1 - h\left(\frac{\cos t}{\cos t + \sin t}\right)",
        lambda w: 1 - turning.coin(w.angle.cos() / (w.angle.cos() + w.angle.sin())),
    ),
)


def even(w: Binned) -> Tensor:
    return counted.mean_over_factors(w, lambda n: math.log(min(w.bins, n)) / math.log(n))


LABELS = counted.LABELS.with_wrong(
    1,
    Wrong("the factors themselves are perfect", "1", lambda w: torch.tensor(1.0, dtype=torch.float64)),
    Wrong(
        "settings fall evenly into the cells",
        r"\frac{1}{K} \sum_{k=1}^{K} \frac{\log \min(B, n_k)}{\log n_k}",
        even,
    ),
)
CIRCLE = counted.CIRCLE.with_wrong(
    2,
    Wrong(
        "every height is shared by two angles",
        r"\log n - \log 2",
        lambda n: torch.tensor(math.log(n / 2), dtype=torch.float64),
    ),
    Wrong(
        "the cosine says which angle it is",
        r"\log n",
        lambda n: torch.tensor(math.log(n), dtype=torch.float64),
    ),
    Wrong(
        "two latents share what there is to know",
        r"\frac{1}{2} \log n",
        lambda n: torch.tensor(math.log(n) / 2, dtype=torch.float64),
    ),
)
