"""What the questions of all chapters say of the whole of something, and of what is always so."""

import math

import torch

from told_benchmark_orders import row_first
from told_metrics_words import by_latent
from told_mmd_words import counted
from told_total_correlation import leaving, xlogy
from wording import fact, instead, right, same, slip, times

single = fact(lambda right: right.numel() == 1, lambda right: right.numel() > 1)
half_ties = lambda observed, values: (
    ((values > observed).sum() + 0.5 * (values == observed).sum() + 1) / (len(values) + 1)
)  # fmt: skip
certain = lambda share: torch.eye(len(share)).double()[0]
informed = lambda s, change: [float(a["information"]) for a in s.of(s.question.reference, change)]
kept = lambda s, answers: all(
    {*map(tuple, a[""].tolist())} <= {*map(tuple, c.arguments["z"].tolist())}
    for a, c in zip(answers, s.cases, strict=True)
)  # fmt: skip

TOLD = {
    "first_split": {
        "a witness who nearly always lies is as good as one who rarely does": fact(
            lambda s: same(s.answers(error=lambda e: 1 - e), s.answers()),
            lambda s: same(s.answers(error=lambda e: e / 2), s.answers()),
        ),
    },
    "hard_code": {
        "A value that always comes says nothing": fact(
            lambda s: max(map(abs, informed(s, lambda a: {"share": certain(a["share"])}))) < 1e-12,
            lambda s: max(map(abs, informed(s, lambda a: {"share": 0 * a["share"] + 1 / len(a["share"])}))) < 1e-12,
        ),
    },
    "votes_of_a_run": {
        "which need not be whole": fact(
            lambda s: any(float(a[""]) % 1 for a in s.answers()),
            lambda s: all(float(a[""]) % 1 == 0 for a in s.answers()),
        ),
    },
    "centre_of_white": {"times its number, summed, over the whole": row_first},
    "wasted_rate": {"one number for the whole table": single},
    "shuffle_by": {
        "one order for all latents keeps every code whole": fact(
            lambda s: kept(s, s.slipped()), lambda s: kept(s, s.answers())
        ),
    },
    "missing_from_beta_vae": {
        "F pays back the whole budget": right(
            lambda beta, rate, budget: beta * budget + 0 * rate, lambda beta, rate, budget: beta * budget / 2 + 0 * rate
        ),
    },
    "beta_for_rate": {
        "the largest direction need not take the whole budget: its price falls until the next one is worth it": slip(
            lambda variances, sigma, rate: variances.max() * math.exp(-2 * rate) / sigma**2
        ),
    },
    "price_under_free_bits": {"you let a whole nat pass": times((1 - math.exp(-2)) / 2)},
    "disentangled_and_complete": {
        "a latent's weights are made shares by its own sum; you divided by the sum of the whole table": by_latent,
    },
    "p_value": {
        "is too small for a level that holds: count it whole": instead(counted(lambda v, o: v >= o), half_ties),
    },
    "missing_for_prior": {"the whole divergence: take off": slip(lambda q, p: xlogy(q, q / p).sum())},
    "gaussian_dual": {
        "determinants with one latent left out, and the whole one": right(
            lambda covariance: (
                0.5
                * (
                    sum(torch.logdet(rest) for rest in leaving(covariance))
                    - (len(covariance) - 1) * torch.logdet(covariance)
                )
            ),
            lambda covariance: 0.5 * sum(torch.logdet(rest) for rest in leaving(covariance)),
        ),
    },
    "mended_loss": {
        "all three parts at beta are the whole rate at beta": slip(
            lambda distortion, log_q, log_prior, beta: distortion + beta * (log_q.diagonal().sum(0) - log_prior.sum(1))
        ),
    },
}
DECLARED = {}
