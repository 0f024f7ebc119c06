"""What the questions of the chapter `benchmark` say."""

import math
from statistics import NormalDist

import numpy as np
import torch
from scipy import stats

from wording import as_if, every, fact, instead, right, slip, stays, times

z = NormalDist()
double = lambda v: 2 * v
higher = lambda v: v + 1
rest = lambda lost=lambda n: n / (n - 1), all_=lambda n: n - 1, power=2: lambda mean, sd, best, n: (
    (all_(n) * sd**2 - lost(n) * (best - mean) ** power) / (n - 2)
)  # fmt: skip
summed = lambda of, first=0: lambda share, votes, times: (
    float(of(stats.binom.cdf(range(first, first + votes), votes, share), times).sum()) / votes
)  # fmt: skip
at_most = lambda below, times: 1 - below**times
binomial = lambda share, votes: math.sqrt(share * (1 - share) / votes)
last = lambda own, fresh: fresh[:, :, -1]
gap = lambda scores=last: lambda own, fresh: (means := scores(own, fresh).mean(1))[0] - means[1]


def error(scores=last, runs=lambda own: own.shape[1], added=lambda e: e.square().sum().sqrt(), less=1):
    """The standard error of a difference of two systems."""

    def answer(own, fresh):
        x = scores(own, fresh)
        return added(x.var(1, correction=less).sqrt() / math.sqrt(runs(own)))

    return answer


both_runs = lambda own: own.shape[1] * own.shape[2]
agree = lambda p: p**2 + (1 - p) ** 2


def freedom(sd, n):
    v = sd.square() / n
    return float(v.sum() ** 2 / (v.square() / (n - 1)).sum())


def interval(error=lambda sd, n: (sd.square() / n).sum().sqrt(), away=lambda sd, n: stats.t.isf(0.025, freedom(sd, n))):
    return lambda mean, sd, n: (
        mean[0] - mean[1] + torch.tensor([-1.0, 1.0]).double() * float(away(sd, n)) * error(sd, n)
    )


welch_ends = right(interval(), lambda mean, sd, n: interval()(mean.flip(0), sd, n))
seen = lambda error: lambda sd, n, tests, power: (
    error(sd, n) * (z.inv_cdf(1 - 0.025 / tests) + z.inv_cdf(power))
)  # fmt: skip
scaled = lambda changes: lambda s, factor: all(
    torch.allclose(a[""], factor * b[""]) for a, b in zip(s.answers(**changes), s.answers(), strict=True)
)  # fmt: skip


def doubles(*names):
    """The right answer doubles where these arguments do."""
    asked = scaled(dict.fromkeys(names, double))
    return fact(lambda s: asked(s, 2), lambda s: asked(s, 1) or asked(s, 0.5))


def holm(factor=lambda k, n: n - k, keep=True):
    def answer(p):
        order = p.argsort()
        found = p[order] * torch.tensor([float(factor(k, len(p))) for k in range(len(p))])
        return (found.cummax(0).values if keep else found).clamp_max(1)[order.argsort()]

    return answer


def second_below(s, of):
    """Whether two of the nearly equal p of the trap turn round where each is multiplied alone."""
    p = s.trap["p"].sort().values
    found = of(holm(keep=False))(p) if of else holm()(p)
    return any(found[k + 1] < found[k] for k in range(len(p) - 1))


def joined(sort=True, ends=False):
    """The system's score less the family's, by np.interp; ends: also those outside, at the family's end."""

    def answer(family_information, family_score, information, score):
        apart, count = [], 0
        rows = zip(*(t.numpy() for t in (family_information, family_score, information, score)), strict=True)
        for xs, ys, x, y in rows:
            order = xs.argsort() if sort else np.arange(len(xs))
            count += 1
            if ends or xs.min() <= x <= xs.max():
                apart.append(float(y - np.interp(x, xs[order], ys[order])))
        return {"above": sum(apart) / len(apart), "all": sum(apart) / count}

    return answer


family = lambda key="above", **how: lambda family_information, family_score, information, score: joined(**how)(
    family_information, family_score, information, score
)[key]  # fmt: skip
spearman = lambda of=lambda x: x.mean(1): lambda first, second: float(
    stats.spearmanr(of(first).numpy(), of(second).numpy()).statistic
)  # fmt: skip
votes = lambda power, noise=1.0: (
    lambda run, vote, train, count: (vote / run) ** (power * noise) * (train / count) ** power
)
cost = lambda V, run, vote, train, count: (run + vote / V) * (train + count * V)

cheapest = fact(
    lambda right, run, vote, train, count: all(
        cost(right, run, vote, train, count) < cost(right * f, run, vote, train, count) for f in (0.9, 1.1)
    ),
    lambda right, run, vote, train, count: any(
        cost(right, run, vote, train, count) > cost(right * f, run, vote, train, count) for f in (0.9, 1.1)
    ),
)


def centre(images):
    x, at = images, torch.arange(images.shape[1]).double()
    return torch.stack([(x.sum(2) * at).sum(1), (x.sum(1) * at).sum(1)], 1) / x.sum((1, 2))[:, None]


row_first = right(centre, lambda images: centre(images).flip(1))

TOLD = {
    "variance_of_the_rest": {
        "the squared deviations of all n add up to (n - 1) sd squared": right(rest(), rest(all_=lambda n: n)),
        "without the best the mean of the others is lower": every(
            instead(rest(), rest(lambda n: 1)),
            fact(
                lambda mean, best, n: (n * mean - best) / (n - 1) < mean,
                lambda mean, best, n: (n * mean - best) / (n - 1) > mean,
            ),
        ),
        "sd is the sample deviation: the squares of all add up to n - 1 times sd squared, not n times": instead(
            rest(), rest(all_=lambda n: n)
        ),
        "that is the deviation of the others: its square": slip(lambda right: right.sign() * right.abs().sqrt()),
        "the distance of the best from the mean must be squared before it is taken off": instead(rest(), rest(power=1)),
        "stay the same where every score is higher by one": stays(mean=higher, best=higher),
        "below 0 where no such runs exist": fact(lambda s: s.answers()[-1][""] < 0, lambda s: s.answers()[0][""] < 0),
        "from the mean, deviation and best of all n": right(
            rest(), lambda mean, sd, best, n: rest()(mean, math.sqrt(sd), best, n)
        ),
    },
    "best_of_evaluations": {
        "sum over all counts, not over drawn ones": right(summed(at_most), lambda share: share),
        "two that are above at once count twice": instead(
            summed(at_most), summed(lambda below, times: times * (1 - below))
        ),
        "the chance of fewer than v stands where that of at most v belongs": instead(
            summed(at_most), summed(at_most, first=-1)
        ),
        "one deviation above the mean is a rule of thumb": slip(lambda share, votes: share + binomial(share, votes)),
        "the root of twice the log of their number, in deviations": slip(
            lambda share, votes, times: share + math.sqrt(2 * math.log(times)) * binomial(share, votes)
        ),
    },
    "mended_report": {
        "and the root of how many": right(error(), error(runs=both_runs), "error"),
        "the best of several evaluations is higher without being better": every(
            slip(gap(lambda own, fresh: fresh.amax(2)), "difference"),
            fact(
                lambda fresh: (fresh.amax(2) >= fresh[:, :, -1]).all(),
                lambda fresh: (fresh.amax(2) <= fresh[:, :, -1]).all(),
            ),
        ),
        "when to stop was to be fixed before": slip(
            gap(lambda own, fresh: fresh.gather(2, own.argmax(2, keepdim=True))[:, :, 0]), "difference"
        ),
        "you left out the lowest of each system": slip(
            gap(lambda own, fresh: last(own, fresh).sort(1).values[:, 1:]), "difference"
        ),
        "the root is that of how many seeds there are": instead(error(), error(runs=both_runs), "error"),
        "independent errors add by their squares, not as they are": instead(error(), error(added=torch.sum), "error"),
        "the sample deviation is divided by n - 1: you divided by n": instead(error(), error(less=0), "error"),
        "that is the deviation of a run. A mean's is smaller by a root": instead(
            error(), error(runs=lambda own: 1), "error"
        ),
        "it is the first less the second: you have the other sign": times(-1, "difference"),
        "the first system's mean less the second's and its standard error: a run counts once": every(
            right(gap(), lambda own, fresh: gap()(own.flip(0), fresh.flip(0)), "difference"),
            right(error(), error(runs=both_runs), "error"),
        ),
    },
    "same_order": {
        "without any true difference two studies agree half of the time": fact(
            lambda s: all(abs(v[""] - 0.5) < 1e-12 for v in s.answers(difference=lambda v: 0.0)),
            lambda s: all(abs(v[""] - 0.5) < 1e-12 for v in s.answers(difference=lambda v: 1.0)),
        ),
        "a factor of two is missing under the root. A difference of two means has twice the variance of one mean, and "
        "Phi(x) is (1 + erf(x / root of 2)) / 2": every(
            as_if(n=double),
            fact(
                lambda s: math.isclose(z.cdf(0.7), (1 + math.erf(0.7 / math.sqrt(2))) / 2),
                lambda s: math.isclose(z.cdf(0.7), (1 + math.erf(0.7 / 2)) / 2),
            ),
        ),
        "sd is the deviation of a run; that of a mean is smaller by the root of n": as_if(n=lambda n: 1),
        "the error of a mean falls with the root of n, not with n": as_if(n=lambda n: n**2),
        "Student's t is for a deviation that the runs themselves estimate": slip(
            lambda difference, sd, n: agree(float(stats.t.cdf(difference / (sd * math.sqrt(2 / n)), 2 * n - 2)))
        ),
        "stay the same in other units (difference and deviation doubled)": stays(difference=double, sd=double),
    },
    "difference_between": {
        "The error is the root of their sum": right(interval(), interval(lambda sd, n: (sd.square() / n).sum())),
        "the row with the larger spread has the fewer seeds": fact(
            lambda s: s.trap["sd"].argmax() == s.trap["n"].argmin(),
            lambda s: s.trap["sd"].argmax() == s.trap["n"].argmax(),
        ),
        "n - 1 of the smaller sample is on the safe side": slip(
            interval(away=lambda sd, n: stats.t.isf(0.025, int(n.min()) - 1))
        ),
        "the deviations are estimates of few runs": slip(interval(away=lambda sd, n: stats.norm.isf(0.025))),
        "sd is the deviation of a run; that of a mean is smaller by the root of n": slip(
            interval(lambda sd, n: sd.square().sum().sqrt())
        ),
        "the error of a mean falls with the root of n, not with n": instead(
            interval(lambda sd, n: (sd / n.sqrt()).square().sum().sqrt()),
            interval(lambda sd, n: (sd / n).square().sum().sqrt()),
        ),
        "sd is a deviation: its square, the variance, is divided by n": instead(
            interval(), interval(lambda sd, n: (sd / n).sum().sqrt())
        ),
        "it is the first less the second: you have the other sign": slip(lambda right: -right.flip(0)),
        "stay the same where both means are higher by one": stays(mean=higher),
        "double in other units (means and deviations doubled)": doubles("mean", "sd"),
        "the lower and the upper end (2,)": fact(lambda right: right[0] < right[1], lambda right: right[0] > right[1]),
        "of the first mean less the second, by Welch: each row has its own deviation": welch_ends,
    },
    "smallest_visible": {
        "the edge itself is missing, so you are without level": slip(
            lambda sd, n, power: sd * math.sqrt(2 / n) * z.inv_cdf(power)
        ),
        "both means have an error: the variance of their difference is twice that of one": instead(
            seen(lambda sd, n: sd * math.sqrt(2 / n)), seen(lambda sd, n: sd * math.sqrt(1 / n))
        ),
        "sd is the deviation of a run; that of a mean is smaller by the root of n": times(lambda n: math.sqrt(n)),
        "the error falls with the root of n, not with n": instead(
            seen(lambda sd, n: sd * math.sqrt(2) / math.sqrt(n)), seen(lambda sd, n: sd * math.sqrt(2) / n)
        ),
        "double where the deviation is doubled": doubles("sd"),
    },
}
DECLARED = {}
