"""What the questions of the chapter `mmd` say of sums and means, of two, and in formulas."""

import math

from told_mmd import biased_mean, enough, hsic, mmd2, shifted, term, unlike
from wording import entries, every, fact, instead, right, same, slip, times, two

collected = every(
    right(lambda rate_price: rate_price, lambda own_price: own_price, "information"),
    right(lambda rate_price, own_price: rate_price + own_price, lambda rate_price, own_price: own_price, "divergence"),
)
counted = lambda above: lambda observed, values: (above(values, observed).sum() + 1) / (len(values) + 1)
samples = two(lambda s: len({"n", "m"} & s.hand.keys()))
points = fact(lambda right: right >= 2, lambda right: right < 2)
rbf = right(term(unlike), lambda z, prior, h, weight: term(unlike)(z, prior, h / math.sqrt(2), weight))

TOLD = {
    "unbiased_mmd2": {
        "two samples are nearly the same: the answer is negative": fact(
            lambda s: s.answers()[-2][""] < 0, lambda s: s.answers()[0][""] < 0
        ),
        "k - k.diag() subtracts the diagonal as a row, from every row": slip(
            mmd2(lambda k: (k - k.diag()).sum() / (len(k) * (len(k) - 1)))
        ),
        "x_i and y_i are two independent points like any other pair: the cross table is used whole": instead(
            mmd2(unlike),
            lambda k_xx, k_yy, k_xy: (
                unlike(k_xx)
                + unlike(k_yy)
                - 2 * (k_xy.sum() - k_xy.diagonal().sum()) / (k_xy.numel() - min(k_xy.shape))
            ),
        ),
        "k_xx is (n, n), k_yy (m, m), k_xy (n, m); n and m may differ": fact(
            lambda k_xx, k_yy, k_xy: k_xy.shape == (len(k_xx), len(k_yy)),
            lambda s: all(
                c.arguments["k_xy"].shape == (len(c.arguments["k_yy"]), len(c.arguments["k_xx"])) for c in s.cases
            ),
        ),
    },
    "diagonal_excess": {
        "the sum over all pairs of x is n ones and n (n - 1) other values; divide by n squared": right(
            lambda n, m, within_x, within_y: (
                (n + n * (n - 1) * within_x) / n**2 - within_x + (m + m * (m - 1) * within_y) / m**2 - within_y
            ),
            lambda n, m, within_x, within_y: (
                (n + n * (n + 1) * within_x) / n**2 - within_x + (m + m * (m + 1) * within_y) / m**2 - within_y
            ),
        ),
        "the n ones also take part of the sum's weight": slip(lambda n, m: 1 / n + 1 / m),
        "the two samples are averaged apart, each over its own pairs": slip(
            lambda n, m, within_x, within_y: (2 - within_x - within_y) / (n + m)
        ),
        "of the same two samples": samples,
    },
    "p_value": {
        "one number between 1/(M + 1) and 1": fact(
            lambda right, values: 1 / (len(values) + 1) <= right <= 1,
            lambda right, values: right < 1 / (len(values) + 1),
        ),
        "the share of all M + 1 labellings, the observed one included, whose value is at least as large": right(
            counted(lambda v, o: v >= o), counted(lambda v, o: v <= o)
        ),
        "count the permuted values that are at least as large": right(
            counted(lambda v, o: v >= o), counted(lambda v, o: v > o)
        ),
    },
    "shrunken_width": {
        "a formula of first order in 1 / n will not do": fact(
            lambda d, h2, n, right: abs(1 - (h2 + 2) / ((d + 2) * n) - right) > 1e-4,
            lambda d, h2, n, right: abs(1 - (h2 + 2) / ((d + 2) * n) - right) < 1e-9,
        ),
        "at which the mean of the biased estimate, n codes of N(0, s^2 I) and n of N(0, I), is least": biased_mean,
    },
    "prices_paid": {
        "put R = I + KL(q(z) || p(z)) into the loss": collected,
        "two entries: information and divergence": two(entries),
        "how many times does each of the two stand in the loss": collected,
        "The price of the rate is 1 - alpha, and it was given as it is": slip(
            lambda rate_price: 1 - rate_price, "information"
        ),
        "lambda is (1 - alpha) + (alpha + lambda - 1): the ones cancel": fact(
            lambda s: all(
                math.isclose(float(a["divergence"]), 0.7)
                for a in s.answers(rate_price=lambda _: 1 - 0.4, own_price=lambda _: 0.4 + 0.7 - 1)
            ),
            lambda s: all(
                math.isclose(float(a["divergence"]), 0.7)
                for a in s.answers(rate_price=lambda _: 1 - 0.4, own_price=lambda _: 0.4 + 0.7 + 1)
            ),
        ),
        "two terms of a sum that hold the same quantity": instead(
            lambda rate_price, own_price: rate_price + own_price,
            lambda rate_price, own_price: rate_price * own_price,
            "divergence",
        ),
        "its price is no difference of the two": slip(
            lambda rate_price, own_price: rate_price - own_price, "information"
        ),
        "the prices of a nat of I(x; z) and of a nat of KL(q(z) || p(z))": collected,
    },
    "mended_term": {
        "take two codes and two draws by hand": fact(
            lambda s: len(s.hand["z"]) == len(s.hand["prior"]) == 2, lambda s: len(s.hand["z"]) == 1
        ),
        "with one that you compute in two loops": rbf,
        "of codes and prior, kernel exp(-r^2 / 2 h^2)": rbf,
    },
    "hsic_of_tables": {
        "the trace of KHLH adds up n squared pairs; their mean is asked for": times(lambda pairs: pairs**2),
        "where the two variables are exchanged": fact(
            lambda s: same(s.of(s.question.reference, lambda a: {"k": a["l"], "l": a["k"]}), s.answers()),
            lambda s: same(s.of(s.question.reference, lambda a: {"k": a["l"]}), s.answers()),
        ),
        "MMD^2 between the pairs and all recombined pairs": right(hsic, lambda k, l: hsic(k, l).sqrt()),
    },
    "points_needed": {
        "or few points: n (n - 1) is not n^2": fact(
            lambda s: min(float(a[""]) for a in s.answers()) < 10,
            lambda s: min(float(a[""]) for a in s.answers()) > 1000,
        ),
        "compute MMD^2 and the": enough,
        "the difference of two points has the variance 2, so the exponent is divided by 2 + h^2, not by 1 "
        "+ h^2": instead(shifted(2), shifted(1)),
        "a sample has two points or more": points,
        "the least n at which MMD^2 between N(0, I) and N(delta, I)": enough,
    },
}
DECLARED = {}
