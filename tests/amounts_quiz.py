"""The amounts in words of the quizzes and of the glossary: see amounts.py and judges.py.

What a quiz says may be judged by its chapter's code. It has wrong answers, too: the amount of one is declared, and
cannot be changed unseen.
"""

import math

from computed import kl_of_shift, votes_at_45, zero
from course_pkg.benchmark.published import SEEDS
from course_pkg.kkt import latent_rates
from judges import DEFINED, Asserts, Declared, Is, first, last

ASKED = Declared(DEFINED, "a case of the question's own")
WRONG = Declared(DEFINED, "a wrong answer, or the way to its number")
HALF_A_LOGARITHM = Is(lambda: latent_rates(zero + 4, 1.0, 1.0) / math.log(4))
COIN = Declared(DEFINED, "an accuracy of one half says nothing")
BY_WIDTH = Is(lambda: (0.1 / 0.2) ** 2)  # sigma squared, of the question's two widths
HALF_NEGATIVE = Asserts("0.58 < (unbiased < 0).double().mean() < 0.68", first, near=0.2)

TABLES = {
    "glossary.yml": {
        "two of them measured": Declared(DEFINED, "the name: InfoM and InfoC are informations, InfoE is none"),
        "Half the integral": Is(lambda: 1 / (abs(1 - 0) + abs(0 - 1))),
    },
    "quiz/benchmark": {
        "of 87, of ten runs": ASKED,
        "one of ten may be": WRONG,
        "the same ten runs": ASKED,
        "97, ten seeds each": Is(lambda: SEEDS),
        "size four times in five": Declared(DEFINED, "a power of 80 percent"),
        "ten seeds cannot help": WRONG,
    },
    "quiz/bottleneck": {
        "Half of logit": WRONG,
        "half a nat for": Declared(DEFINED, "the squared correlation of the second direction"),
        "half of .9 less": WRONG,
        "a tenth above its": Declared(DEFINED, "the table of the page: between its two prices"),
    },
    "quiz/bugs": {
        "a tenth of it": ASKED,
        "one half for each": Is(kl_of_shift),
    },
    "quiz/capacity": {
        "twice the KL, as": WRONG,
        "half a nat here": ASKED,
        "half of the codes": WRONG,
    },
    "quiz/cascade": {
        "A quarter of the logarithm": Is(lambda: (1.5 - 1.0) * HALF_A_LOGARITHM.function()),
        "Half the difference of the prices, times the logarithm": HALF_A_LOGARITHM,
        "half the difference of the prices, times the difference": WRONG,
        "half of this": Is(lambda: 1.5 - 1.0),
        "five of six orders came": Asserts("linear.order(weights, axes_of_data)) for weights in equal}) >= 5", last),
        "2 in all six orders": Is(lambda: math.factorial(3)),
        "a third of the batch": WRONG,
        "quota of a third": WRONG,
        "a tenth of a nat": Is(lambda: 71.0 - 70.9),
        "has four ninths": Asserts("abs(by_size - 4 / 9)", lambda four, nine: four / nine),
        "a third of what there": WRONG,
        "One of the three shapes": WRONG,
    },
    "quiz/density_ratio": {
        "twice the excess over": WRONG,
        "excess over one half": COIN,
        "Twice the excess is": Is(lambda: (abs(0.6 - 0.4) + abs(0.4 - 0.6)) / 2 / (0.6 - 0.5)),
        "discriminator is near one half": COIN,
        "At one half it takes": COIN,
        "half of one minus": ASKED,
        "and not a half": WRONG,
        "is near one half the encoder": COIN,
    },
    "quiz/elbo": {
        "twice the truth": Is(lambda: 0.27 / 0.125, near=0.1),
        "Half the weight on": WRONG,
        "now a quarter of what": BY_WIDTH,
        "A quarter of the weight": BY_WIDTH,
        "the KL a quarter": BY_WIDTH,
    },
    "quiz/identifiability": {
        "Five seeds of a": ASKED,
        "five trainings would": ASKED,
        "half of both factors": Declared(DEFINED, "two directions at 60 degrees"),
        "peak by one label": Asserts("min(at, key=at.get) == 11", lambda worst: worst - 10),
    },
    "quiz/kkt": {
        "a hundredth of the rate": WRONG,
        "rate, a hundred times the price": WRONG,
        "over twice the square": Is(lambda: 1 / 0.5),
        "a tenth of the root": Is(lambda: math.sqrt(0.0001 / 0.01)),
        "root, ten times the price": Is(lambda: math.sqrt(0.01 / 0.0001)),
        "Half the logarithm of 5": HALF_A_LOGARITHM,
        "half the logarithm of 3": HALF_A_LOGARITHM,
        "only half of it": WRONG,
        "three times the water's": Is(lambda: 0.3 / 0.1),
        "Four times the logarithm": ASKED,
    },
    "quiz/metrics": {
        "half of either factor": WRONG,
        "half of the time": Is(votes_at_45),
    },
    "quiz/mmd": {
        "twice the difference, 0": Is(lambda: 0.155 / (0.577 - 0.5), near=0.02),
        "twice as many frequencies": WRONG,
        "half of the batches": HALF_NEGATIVE,
        "half of the values": HALF_NEGATIVE,
    },
    "quiz/total_correlation": {
        "two of the bits": ASKED,
        "2 nats each, three of them": ASKED,
        "is two times that": Is(lambda: 27.0 / 13.5),
        "Six of ten latents": ASKED,
    },
    "quiz/training": {"Six runs": Is(lambda: 3 * 2)},
}
