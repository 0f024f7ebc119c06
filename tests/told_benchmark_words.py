"""What the questions of the chapter `benchmark` say of sums and means, of two, and in formulas."""

import math

import torch
from scipy import stats

from told_benchmark import agree, at_most, family, freedom, interval, rest, seen, spearman, summed, z
from wording import every, fact, instead, plus, right, slip, times, two

of_both = lambda p: lambda difference, sd, n: p(z.cdf(difference / (sd * math.sqrt(2 / n))))
together = right(of_both(agree), of_both(lambda p: 2 * p * (1 - p)))
others = lambda s: s.of(s.question.reference, lambda a: {"mean": 2.0, "sd": 2.0, "best": 4.0, "n": 3})
of_two = right(seen(lambda sd, n: sd * math.sqrt(2 / n)), seen(lambda sd, n: sd * math.sqrt(1 / n)))
halved = lambda share: lambda sd, n, tests, power: (
    sd * math.sqrt(2 / n) * (z.inv_cdf(1 - share * 0.05 / tests) + z.inv_cdf(power))
)  # fmt: skip
no_ties = lambda t: all(len(x.mean(1).unique()) == len(x) for x in (t["first"], t["second"]))
shortcut = lambda s: [
    abs(float(a[""] - b[""])) < 1e-9 for a, b in zip(s.slipped(), s.answers(), strict=True)
]  # fmt: skip

TOLD = {
    "variance_of_the_rest": {
        "the other two have the variance 2": fact(
            lambda s: math.isclose(float(others(s)[0][""]), 2), lambda s: math.isclose(float(others(s)[0][""]), 1)
        ),
        "n - 1 runs are left, so their sample variance is divided by n - 2": times(lambda n: (n - 2) / (n - 1)),
        "the sample variance of the n - 1 runs besides the best": right(rest(), rest(all_=lambda n: n)),
    },
    "best_of_evaluations": {
        "two evaluations of one fair vote": fact(
            lambda s: (s.hand["times"], s.hand["votes"], s.hand["share"]) == (2, 1, 0.5), lambda s: s.hand["times"] == 1
        ),
        "that is the mean of one evaluation. The best": slip(lambda share: share),
        "the sum begins at no right vote, v = 0": plus(
            lambda share, votes, times: -(1 - float(stats.binom.cdf(0, votes, share)) ** times) / votes
        ),
        "the mean of the largest of several independent binomial counts": right(
            summed(at_most), summed(lambda below, times: (1 - below) ** times)
        ),
    },
    "same_order": {
        "the difference of two means of n is normal, with the variance 2 sd squared over n": together,
        "that is how often one study has the true order. Two are asked for": slip(of_both(lambda p: p)),
        "that is how often the two studies disagree": slip(of_both(lambda p: 2 * p * (1 - p))),
        "two coins of one kind agree at least half of the time": fact(
            lambda right: right >= 0.5, lambda right: right < 0.5
        ),
        "that two independent studies, each of n seeds a side, put the two means in the same order": together,
    },
    "difference_between": {
        "v = sd squared over n for each row": right(interval(), interval(lambda sd, n: (sd / n).sum().sqrt())),
        "mean, sd and n are tensors (2,), the two rows": two(lambda s: s.hand["mean"].numel()),
        "n - 1 of both rows added is what equal spreads would give": slip(
            interval(away=lambda sd, n: stats.t.isf(0.025, float((n - 1).sum())))
        ),
        "the interval has two ends: half of the level is in one tail": every(
            two(lambda s: s.answers()[0][""].numel()),
            slip(interval(away=lambda sd, n: stats.t.isf(0.05, freedom(sd, n)))),
        ),
        "independent errors add by their squares. The sum of errors asks whether two intervals overlap": slip(
            interval(lambda sd, n: (sd.square() / n).sqrt().sum())
        ),
    },
    "smallest_visible": {
        "draw two bells, one around zero, one around the difference": of_two,
        "the test has two sides: half of the level is on one side": instead(halved(0.5), halved(1)),
        "the true difference of two means of n runs each": of_two,
        "has two sides and is divided among the tests": right(halved(0.5), halved(1)),
    },
    "above_the_family": {
        "find the two around the system, weigh them": right(family(), family(ends=True), "above"),
        "the best member says something else: that compares two prices": slip(
            lambda family_information, family_score, information, score: (score - family_score.amax(1))[
                (family_information.amin(1) <= information) & (information <= family_information.amax(1))
            ].mean(),
            "above",
        ),
    },
    "judges_agree": {
        "holds where no two are alike, and here some are": fact(
            lambda s: (
                all(same or not no_ties(c.arguments) for same, c in zip(shortcut(s), s.cases, strict=True))
                and not all(shortcut(s))
            ),
            lambda s: all(shortcut(s)),
        ),
        "Spearman's correlation of two metrics over systems": every(
            two(lambda s: len(s.hand)), right(spearman(), spearman(lambda x: x.flatten()))
        ),
    },
    "centre_of_white": {
        "take the mean over all": slip(
            lambda images: torch.stack(
                [(at := images.flatten(1).argmax(1)) // images.shape[2], at % images.shape[2]], 1
            ).double()
        ),
        "you count from the middle of the picture. As a code": plus(lambda images: -(images.shape[1] - 1) / 2),
    },
}
DECLARED = {}
