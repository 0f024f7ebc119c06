"""What the questions of the chapter `mmd` say."""

import math

import torch
from scipy.optimize import minimize_scalar

from course_pkg.questions.mmd.experiment import mean_of_v
from course_pkg.questions.mmd.points import closed, in_deviations, least
from wording import every, fact, instead, moved, right, slip, times

off = lambda k: k.sum() - k.trace()
unlike = lambda k: off(k) / (len(k) * (len(k) - 1))
whole = lambda k: k.mean()
mmd2 = lambda within, cross=2: lambda k_xx, k_yy, k_xy: within(k_xx) + within(k_yy) - cross * k_xy.mean()
excess = lambda share: lambda n, m, within_x, within_y: share(n) * (1 - within_x) + share(m) * (1 - within_y)
kernel = lambda a, b, h: (-(a[:, None] - b).square().sum(-1) / (2 * h**2)).exp()
term = lambda within: lambda z, prior, h, weight: weight * mmd2(within)(
    kernel(z, z, h), kernel(prior, prior, h), kernel(z, prior, h)
)  # fmt: skip
rows = lambda k, l: (k.mean(1) * l.mean(1)).mean()
hsic = lambda k, l: (k * l).mean() + k.mean() * l.mean() - 2 * rows(k, l)
alone = lambda k: k - k.diagonal().diag()
no_diagonal = lambda cross: lambda k, l: unlike(k * l) + unlike(k) * unlike(l) - 2 * cross(k, l)
needed = lambda change=lambda signal, s2: (signal, s2), **how: lambda d, h, length: least(
    *change(*closed(d, h, length)), **how
)  # fmt: skip
enough = right(needed(), needed(deviations=1.0))
biased_mean = fact(
    lambda right, d, h2, n: all(
        mean_of_v(right, d, h2, n) <= mean_of_v(right + e, d, h2, n) for e in (-1e-3, 1e-3) if right + e >= 0
    ),
    lambda right, d, h2, n: mean_of_v(right, d, h2, n) > mean_of_v(right + 1e-3, d, h2, n),
)


def shifted(apart):
    """The points that a shift takes where the exponent is divided by apart + h^2."""

    def answer(d, h, length):
        signal = 2 * (1 + 2 / h**2) ** (-d / 2) * -math.expm1(-(length**2) / (2 * (apart + h**2)))
        return least(signal, closed(d, h, length)[1])

    return answer


def once_crossed(d, h2, n):
    f = lambda s: (1 - 1 / n) * (1 + 2 * s**2 / h2) ** (-d / 2) - (1 + (1 + s**2) / h2) ** (-d / 2)
    return float(minimize_scalar(f, bounds=(0, 2), method="bounded", options={"xatol": 1e-9}).x)


TOLD = {
    "unbiased_mmd2": {
        "that is the biased estimate: it compares each point with itself": instead(mmd2(unlike), mmd2(whole)),
        "there are n (n - 1) pairs of unlike points in a sample of n, not n - 1": instead(
            mmd2(unlike), mmd2(lambda k: off(k) / (len(k) - 1))
        ),
        "the square of a difference has twice the product": instead(mmd2(unlike), mmd2(unlike, 1)),
        "the estimate is unbiased because it may be negative": every(
            slip(lambda right: right.clamp_min(0)),
            fact(lambda s: s.answers()[-2][""] < 0, lambda s: s.slipped()[-2][""] < 0),
        ),
        "that is MMD, a root: asked for is MMD^2. The estimate may be negative, and then it has no root": slip(
            lambda right: right.abs().sqrt()
        ),
        "n (n - 1) counts each pair twice, i j and j i; a sum over i < j has it once": instead(
            lambda k_xx, k_yy, k_xy: mmd2(lambda k: 2 * k.triu(1).sum() / (len(k) * (len(k) - 1)))(k_xx, k_yy, k_xy),
            lambda k_xx, k_yy, k_xy: mmd2(lambda k: k.triu(1).sum() / (len(k) * (len(k) - 1)))(k_xx, k_yy, k_xy),
        ),
        "take its pairs by m (m - 1), not by the number of x": instead(
            mmd2(unlike),
            lambda k_xx, k_yy, k_xy: unlike(k_xx) + off(k_yy) / (len(k_xx) * (len(k_xx) - 1)) - 2 * k_xy.mean(),
        ),
        "the unbiased estimate of MMD^2: no point is compared with itself": right(mmd2(unlike), mmd2(whole)),
    },
    "diagonal_excess": {
        "a share of 1 / n, not 1 / (n - 1)": instead(excess(lambda n: 1 / n), excess(lambda n: 1 / (n - 1))),
        "that is a share of 1 / n, not of 1 / n^2": instead(excess(lambda n: 1 / n), excess(lambda n: 1 / n**2)),
        "the biased estimate is the larger one": fact(lambda right: right > 0, lambda right: right < 0),
        "the biased estimate less the unbiased one": right(
            lambda n, m, within_x, within_y: (
                (1 + (n - 1) * within_x) / n + (1 + (m - 1) * within_y) / m - within_x - within_y
            ),
            lambda n, m, within_x, within_y: (
                within_x + within_y - (1 + (n - 1) * within_x) / n - (1 + (m - 1) * within_y) / m
            ),
        ),
    },
    "p_value": {
        "for a normal law with their mean and deviation": slip(
            lambda observed, values: torch.special.ndtr((values.mean() - observed) / values.std())
        ),
    },
    "shrunken_width": {
        "that is where the unbiased estimate is least": slip(lambda: 1.0),
        "come off twice, as in the square of a difference": slip(once_crossed),
        "at which the mean of the biased estimate": biased_mean,
    },
    "prices_paid": {
        "the rate holds the divergence of all codes already, so that is paid twice over": slip(
            lambda own_price: own_price, "divergence"
        ),
        "the rate is the information plus the divergence: their prices add": instead(
            lambda rate_price, own_price: rate_price + own_price,
            lambda rate_price, own_price: own_price - rate_price,
            "divergence",
        ),
        "their prices are added, a product has no meaning here": instead(
            lambda rate_price, own_price: rate_price + own_price,
            lambda rate_price, own_price: rate_price * own_price,
            "divergence",
        ),
    },
    "mended_term": {
        "a code compared with itself makes the estimate biased": instead(term(unlike), term(whole)),
        "the term must not grow with the batch: means of the kernel, not sums": times(lambda codes: codes),
        "the term grows as codes leave the prior": every(times(-1), moved(1, z=lambda v: v + 5)),
        "without its weight it is nothing": times(lambda weight: 1 / weight),
        "MMD^2 has the unbiased estimate; its root has none": slip(
            lambda right, weight: weight * (right / weight).clamp_min(0).sqrt()
        ),
        "weight times the unbiased estimate of MMD^2": right(term(unlike), term(whole)),
    },
    "hsic_of_tables": {
        "for recombined pairs the mean of k l is the product of the means of k and of l": fact(
            lambda k, l: torch.isclose(torch.einsum("ij,pq->", k, l) / len(k) ** 4, k.mean() * l.mean()),
            lambda k, l: torch.isclose(torch.einsum("ij,pq->", k, l) / len(k) ** 4, k.mean() + l.mean()),
        ),
        "the mean of the product less the product of the means": slip(
            lambda k, l: (k * l).mean() - k.mean() * l.mean()
        ),
        "the square of a difference has twice the product": instead(hsic, lambda k, l: hsic(k, l) + rows(k, l)),
        "the same i and j: multiply entry by entry": instead(
            hsic, lambda k, l: (k @ l).mean() + k.mean() * l.mean() - 2 * rows(k, l)
        ),
        "The biased estimate keeps them all": slip(
            no_diagonal(
                lambda k, l: (alone(k).sum(1) * alone(l).sum(1)).mean() / (len(k) - 1) ** 2,
            )
        ),
        "the biased estimate is asked for: it keeps both diagonals": slip(no_diagonal(rows)),
        "the biased estimate of HSIC": right(hsic, no_diagonal(rows)),
    },
    "points_needed": {
        "two deviations were asked for": instead(needed(), needed(deviations=1.0)),
        "MMD^2 is to be compared with a deviation, the root of the variance": instead(needed(), needed(power=1.0)),
        "where the laws agree the variance of U falls like 1 / n^2": slip(
            lambda d, h, length: math.ceil(8 * (c := closed(d, h, length))[1] / (c[0] / 2) ** 2)
        ),
        "h is its width, not its square": slip(lambda d, h, length: least(*closed(d, math.sqrt(h), length))),
        "MMD^2 is E k within x plus E k within y less twice the cross term": slip(
            needed(lambda signal, s2: (signal / 2, s2))
        ),
        "you compared MMD, the root, with it": slip(needed(lambda signal, s2: (math.sqrt(signal), s2))),
        "has the variance 2, so the exponent is divided by 2 + h^2, not by 1 + h^2": instead(shifted(2), shifted(1)),
        "U estimates MMD squared, and so is its deviation": slip(needed(lambda signal, s2: (math.sqrt(signal), s2))),
        "at your number of points MMD^2 is two deviations or more": fact(
            lambda right, d, h, length: in_deviations(d, h, length, round(float(right))) >= 2,
            lambda right, d, h, length: in_deviations(d, h, length, round(float(right))) < 2,
        ),
        "is two deviations of U or more": enough,
    },
}
DECLARED = {"points_needed": {"both sides are closed forms": "a formula that is finite; nothing is open"}}
