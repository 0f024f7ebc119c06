"""The amounts in words of the chapters on the VAE, its prices and its parts: see amounts.py and judges.py."""

import math

from computed import card, coin_that_says_nothing, counted_error, long_ramp, share_of_logits, share_of_logs, zero
from course_pkg.kkt import latent_rates
from judges import (
    CITED,
    DEFINED,
    READ,
    SPOKEN,
    Asserts,
    Declared,
    Is,
    Lists,
    Sets,
    Shows,
    first,
    last,
    length,
    middle,
    one_over,
)

FOUR_PRICES = Sets("for beta in (1, 2, 4, 16)", length)
THREE_IN_USE = Asserts("for _, card in loaded.values()} == {3}")
THREE_RUNS = Lists(
    'runs = {"eps 5, step 0.005": kkt.DualAscent(5.0, 0.005), "eps 5, step 0.1": kkt.DualAscent(5.0, 0.1), '
    '"eps 1000": kkt.DualAscent(1000.0, 0.005)}'
)


def in_use(price):
    """How many values of the code the page asserts at a price."""
    words = "for price in (0.9, 0.89, 0.86, 0.8, 0.5)] == [4, 5, 6, 7, 10]"
    return Asserts(words, lambda *n: dict(zip(n[:5], n[5:], strict=True))[price])


TABLES = {
    "elbo": {
        "more than four latents": Asserts("2 <= active[1] <= 4", last),
        "two of the five factors": Declared(READ, "shape and orientation, in the table of R squared"),
        "about five sixths": Shows(17.12, -20.41, of=lambda left, whole: -left / whole),
        "a tenth of a": Asserts("new_best) < 0.25", lambda n: n, near=0.6),
        "four times the samples": Asserts("== [42]", lambda at_ten: at_ten * 3 * 5 / (12 * 14)),
        "Half the squared": Is(counted_error),
        "to about 7 nats": Shows(7.28),
        "Three latents are in": Asserts("(kl[:3] > 3).all()", first),
        "Seven latents are silent": Asserts("(kl[3:] < 0.03).all()", lambda used, _: 10 - used),
        "in these three seeds": Sets("for seed in range(3)", last),
        "three seeds that is": Sets("for seed in range(3)", last),
        "to a few hundredths": Shows(0.39, 0.04, of=last),
        "half as often in": Asserts("at_mean[3] < 0.5 * at_mean[2]", lambda _, share, __: share),
        "below a thousandth of": Asserts("wasted < 0.0008", near=0.25),
        "two ways to count": Declared(SPOKEN, "what follows is one way for both"),
    },
    "kkt": {
        "shows four of them": FOUR_PRICES,
        "about half as dear": Asserts("told[-1] < 0.55 * told[0]", lambda _, share, __: share),
        "four models make of": FOUR_PRICES,
        "a sixth is easily": Declared(SPOKEN, "an ordinal: the sixth claim"),
        "half the squared": Declared(DEFINED, "the cost of the example"),
        "seven times that of": Asserts("7 * reconstruction(speaking)"),
        "Three of the claims can": Declared(DEFINED, "the claims of the list that need no more"),
        "one half of it": Declared(DEFINED, "the decoder is held fixed, one of the two networks is left"),
        "with five models": Sets("for beta in (1, 2, 4, 6, 8)", length),
        "three of four secants": Asserts("== [True] * 3 + [False]"),
        "cost more than six": Sets("for beta in (1, 2, 4, 6, 8)}", lambda *prices: prices[-2]),
        "a hundredth of a": Asserts("rates[-2] < 0.01", last),
        "half the logarithm": Is(lambda: latent_rates(zero + 4, 1.0, 1.0) / math.log(4)),
        "three runs on the": THREE_RUNS,
        "three runs each": THREE_RUNS,
        "settles at 5 nats": Asserts("abs(held[0].mean() - 5) < 0.3", lambda _, at, __: at),
        "about 2 and 7": Declared(READ, "the lower end of a curve's swings"),
        "buys seven tenths of": Asserts("0.7 < D[-1] - D[at_half] < 0.75", first),
        "one and a quarter": Asserts("1.2 < D[at_half] - D[0] < 1.3", lambda low, _, high: (low + high) / 2 - 1),
        "about a tenth of": Asserts("(minimisers > 0.1) & (minimisers < 0.68)", first),
        "half a nat": Sets("kkt.DualAscent(0.5, 0.02), starts", first),
        "the four models of": FOUR_PRICES,
        "Every model uses three latents": THREE_IN_USE,
        "a third or more": Asserts("low < 0.68 * high", lambda left: 1 - left),
        "sixteen times as high": Sets("for beta in (1, 2, 4, 16)", lambda *betas: betas[-1] / betas[0]),
        "the three latents in": THREE_IN_USE,
        "are three latents in": THREE_IN_USE,
        "half of them": Asserts("sum(falls > 5) == 5", lambda _, on: on / 10),
        "two of its latents": Declared(DEFINED, "the turn that follows"),
        "from five starts": Sets("for seed in range(5)] for name, full in", first),
        "for the four models": FOUR_PRICES,
        "than a fifth of": Asserts("own_axes[1] - best_ones[1] < 0.2", last),
        "a half nats on": Asserts("2.3 < at_random[4] < 2.8", lambda low, _, high: (low + high) / 2 - 2),
        "within a tenth of": Asserts("best_ones[b] + 0.1"),
        "cost two thirds of": Asserts("0.6 < by_45(4, (0, 1))[0] < 0.75", middle),
    },
    "capacity": {
        "three in a thousand": Asserts(
            "3 < shares[3] * 1499 < 5.5", lambda low, _, others, high: (low + high) / 2 / others
        ),
        "more than five nats": Asserts("plane[1.0][0] > 5 > plane[2.0][0]", lambda *n: n[2]),
        "two of six stay": Asserts("(logs['hinge, ramped']['kl'][-1] < 0.3).sum() == 2", last),
        "Eight of the 737": Sets("show_images(sprites, 8, axes=ax)"),
        "a half nats name": Asserts("sum(nats.values()) - 13.51", lambda n: n - 13),
        "seven models that differ": Lists("for beta in (1.0, 2.0, 4.0, 10.0)", lambda n: 3 + n),
        "one half the two can": Declared(DEFINED, "two posteriors that cannot be told apart are an even coin"),
        "in three at four": Sets("for beta in (1.0, 2.0, 4.0, 10.0)", lambda *betas: betas[5 - 3]),
        "Five sixths of its": Asserts("0.8 < (R[0] - I[0]) / R[0] < 0.87", middle),
        "nat and a half": Asserts("1 < R[3] - I[3] < 2", lambda low, _, __, high: (low + high) / 2 - 1),
        "half the prior's": Asserts("log_ratio(noise).min().exp() >= 0.5"),
        "half of its codes": Asserts("log_ratio(noise).min().exp() >= 0.5"),
        "five and a half": Asserts("5 < rows[1][3] < 6", lambda *n: (n[0] + n[-1]) / 2 - 5),
        "three times what there": Asserts("2.6 < rows[0][2] / H < 3.4", middle),
        "at about 3 nats": Asserts("2.5 < enters['scale'] < 4.5", middle, near=0.2),
        "shape at about 9": Asserts(
            "7.5 < enters['shape'] < enters['orientation'] - 2", lambda low, less: (low + 13 - less) / 2
        ),
        "half as many pixels": Asserts("apart['posX'] / 2", one_over),
        "it stands at five": Asserts("abs(held[30.0][0] - 5) < 0.5", lambda *n: n[2]),
        "a fifth of the": Sets('total["beta, high to low"][:10].max()', lambda n: n / 50),
        "a third of a": Asserts("total['beta, high to low'][:10].max() < 0.3", last),
        "five times as much": Asserts("5 * said['sum', '|R - C|']"),
        "two of them a price holds": Lists('for m in (lessons["capacity"][0], lessons["hinge"][0])'),
        "ten latents are in": Is(lambda: len(card("capacity")["kl"])),
        "seven of its ten latents": Asserts("len(idle) == 7"),
        "ended a fifth of": Asserts("split['capacity']['rate'] == 25.195", lambda rate: rate - 25),
        "about half a": Asserts("0.5 < lessons['hinge'][1]['kl'][j]", first),
        "say a tenth of": Asserts("0.07 < said_about(lessons['hinge'][0], 4096, idle) < 0.15", middle),
        "twice its rate": Asserts("2 * table['beta-1'][0]", first),
        "falls to about 8": Is(lambda: long_ramp()["runs"][-1]["path"][-1]),
        "one fewer than three": Asserts("fast['information'] < 3 < 8.4", first),
        "ten latents have left": Is(lambda: long_ramp()["card"]["latents"]),
        "above half a": Sets("kl[:, kl[-1] > 0.5]", last),
        "four cases of five": Sets("delta * n**0.5 / spread) - 0.2", lambda *n: 1 / n[-1]),
        "a sixth of 5": Asserts("0.05 / 6", lambda _, n: 1 / n),
        "of half a": Asserts("== [(30.0, 0.5)]", last),
        "is a sixth of": Asserts("0.12 < hinge_mean - bars_mean < 0.2", middle),
        "half the rate": Asserts(
            "0.5 < others[1000.0, 'rate at the end'][1] / others[1000.0, 'rate at the end'][0] < 0.6", first
        ),
    },
    "bottleneck": {
        "five at .89": in_use(0.89),
        "six at .86": in_use(0.86),
        "seven at .8": in_use(0.8),
        "ten at .5": in_use(0.5),
        "five of the hundred starts": Asserts("hits[-1] <= 5", last),
        "1 to one half": Asserts("(0.9, 0.89, 0.86, 0.8, 0.5)", last),
        "to about 2 nats": Asserts("relevances[-1] > 1.8", last, near=0.12),
        "a tenth above the": Sets("1.1 * faint", lambda n: n - 1),
        "a tenth of a": Asserts("own - best < 0.1"),
        "close to one half": Is(coin_that_says_nothing),
        "one half only where": Is(coin_that_says_nothing),
        "half the difference": Is(share_of_logits),
        "half a difference": Is(share_of_logs),
    },
    "total_correlation": {
        "four latents are said": Asserts("alive.sum() == 4"),
        "four times $\\log N$": Asserts("4 * math.log(N)"),
        "more than four nats, about": Asserts("3.9 < max((max(kl) for kl in held.values())) < 4", last),
        "more than four nats. Then": Asserts("4.1 < too_high < 4.6", first, near=0.05),
        "1 to about 9": Asserts("abs(lower[-1] - 8.4) < 0.3", lambda _, low, __: low + 1 / 2),
        "falls from above 4": Shows(4.23),
        "three times as many": Sets("sizes = (64, 512, 4096, 16_384)", lambda *sizes: sizes[-1] / 5687),
        "by half a": Asserts("0.4 < at('tc')[0] - at('beta-4')[0] < 0.7", middle),
        "scatter of five models": Lists('names = ("beta-1", "beta-2", "beta-4", "tc", "factor")'),
        "information, FactorVAE by a third": Asserts("0.3 < below_line['factor'] < 0.4", middle),
        "three models is no": Lists('names = ("beta-1", "beta-2", "beta-4", "tc", "factor")', holding="beta"),
        "it: FactorVAE by a third": Asserts("0.3 < below_line['factor'] < 0.4", middle),
        "less than a tenth": Asserts("below_line['tc'] < 0.1"),
        "a millionth of its": Declared(SPOKEN, "however small"),
        "the six dead latents included": Asserts("alive.sum() == 4", lambda alive: 10 - alive),
        "still half a": Asserts("0.4 < by_size[1024][0] - 6 < 0.9", lambda low, *_: low, near=0.25),
        "a half times that": Asserts("2.4 < 1024 / math.exp(6) < 2.6", lambda low, _, __, high: (low + high) / 2 - 2),
        "half of it": Declared(CITED, "Hoffman and Johnson (2016) have two of the split's parts in one"),
    },
}
