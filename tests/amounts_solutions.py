"""The amounts in words of the solutions: see amounts.py and judges.py."""

import math

import torch

from computed import counted_error, faults_of_public_code, surprise, votes_at_45, zero
from course_pkg.cascade import linear
from course_pkg.elbo import gaussian_kl
from course_pkg.kkt import latent_rates
from judges import CITED, DEFINED, READ, SPOKEN, Asserts, ByHand, Declared, Is, Sets, first, last, middle

TEN_SEEDS = Sets("studies=400, seeds=10", last)
THREE_SEEDS = Asserts("same_order(0.5, 1.0, 3)", last)
HALF_THE_LOGARITHM = Is(lambda: latent_rates(zero + 4, 1.0, 1.0) / math.log(4))

TABLES = {
    "solutions/benchmark": {
        "Two of three pairs": ByHand("judges_agree", lambda s: 3 - 2 * (1 - s.right())),
        "two of its four terms": Declared(DEFINED, "of the product multiplied out"),
        "two of five factors": Declared(DEFINED, "row and column name the position"),
        "three runs or more": Declared(DEFINED, "the fewest of the question"),
        "the best of ten": Asserts("best_of_evaluations(0.6, 200, 10)", last),
        "so three of four": Asserts("best_of_evaluations(0.5, 1, 2) == 0.75", lambda *n: 4 * n[-1]),
        "a half of an": Asserts("round(in_deviations, 1) == 1.5", lambda _, most: most - 1),
        "ten seeds a side": TEN_SEEDS,
        "of ten seeds should": TEN_SEEDS,
        "than half of": Asserts("loud > 0.5"),
        "three seeds of each": THREE_SEEDS,
        "half of a": Asserts("same_order(0.5, 1.0, 3)", first),
        "three seeds the two": THREE_SEEDS,
        "holds over three seeds": THREE_SEEDS,
        "half a deviation": Asserts("math.sqrt(1 / 3) > 0.5", last),
        "agree half of": Asserts("same_order(0.0, 1.0, 3) == 0.5", last),
        "$v$ is a half": ByHand("difference_between", lambda s: s.hand.sd[0] ** 2 / s.hand.n[0]),
        "power of a half": Asserts("smallest_visible(1.0, 2, 1, 0.5)", last),
        "With ten seeds": TEN_SEEDS,
        "called half of": Asserts("smallest_visible(1.0, 2, 1, 0.5)", last),
        "the same ten seeds": TEN_SEEDS,
        "a quarter of the": ByHand("above_the_family", lambda s: (s.hand.information[0] - 4) / (8 - 4)),
        "Ten seeds of one": TEN_SEEDS,
        "correlation is a half": ByHand("judges_agree", lambda s: s.right()),
        "six times in ten": Sets("0.6 * 0.4, 30.0", lambda right, *_: 6 / right),
        "half a minute": Declared(DEFINED, "seconds that the question assumes"),
        "Five times the 800": Asserts("round(best / 800) == 5", last),
        "three quarters of it": ByHand("centre_of_white", lambda s: 2 - s.right()[1]),
    },
    "solutions/bottleneck": {
        "says half of": ByHand("what_each_says", lambda s: s.hand.counts[0, 0] / s.hand.counts[0].sum()),
        "half of log(3/2": ByHand("what_each_says", lambda s: s.hand.counts[0, 1] / s.hand.counts[0].sum()),
        "which is half": ByHand("what_each_says", lambda s: s.right()[0] / math.log(9 / 8)),
        "Three of them have been": Declared(CITED, "the faults that were published"),
        "half a nat from": ByHand("mended_capacity", lambda s: s.right()["capacity"] - s.hand.kl.sum(1).mean()),
        "cost ten times $C$": Declared(DEFINED, "a mean of the ten latents is a tenth of their sum"),
        "Half of log": ByHand("lost_by_code", lambda s: s.hand.p_xz[0, 0]),
        "log(4/3), plus half": ByHand("lost_by_code", lambda s: s.hand.p_xz[1, 0]),
        "half of log(2/3": ByHand("lost_by_code", lambda s: s.hand.p_y_given_x[1, 0]),
        "half of log 2": ByHand("lost_by_code", lambda s: s.hand.p_y_given_x[1, 1]),
        "information, half of": ByHand("best_channel", lambda s: s.hand.capacity / math.log(1 + 3 / 4 / (1 / 4))),
        "noise), is half": ByHand("best_channel", lambda s: s.hand.capacity / -s.right()["log_var"][0]),
        "a tenth of a": Sets("C, v = torch.tensor([0.1, 1.0, 5.0])", first),
        "five times what was": Asserts("rate[0] > 5 * C[0]", lambda _, times, __: times),
        "half of $e^s": Is(lambda: gaussian_kl(zero, zero + 1) / (math.e - 2)),
        "one time in four": ByHand("first_split", lambda s: 1 / s.hand.error),
        "twice one look": ByHand("first_split", lambda s: s.right(error=0.45) / (1 - 2 * 0.45) ** 2),
        "three looks on, a code": Is(
            lambda: next(looks for looks in range(1, 9) if looks + 1 > len(("no", "a tie", "yes")))
        ),
        "cost half of": HALF_THE_LOGARITHM,
        "half of log(16": ByHand("nats_each", lambda s: s.hand.capacity / math.log(16)),
        "and half a": ByHand("held_by_gamma", lambda s: s.hand.capacity),
        "beta: half of": HALF_THE_LOGARITHM,
        "buys half of": ByHand("held_by_gamma", lambda s: s.right() / math.log(4)),
        "half and half": ByHand("missing_from_degenerate", lambda s: s.hand.log_q_xz.exp().sum(0)[0]),
        "so half of": Is(lambda: (math.log(2) + math.log(2 / 3)) / 2 / math.log(4 / 3)),
        "and twice that": ByHand("missing_from_degenerate", lambda s: s.hand.beta),
        "one half each": ByHand("encoder_step", lambda s: s.hand.p_x[0]),
        "by half of": ByHand(
            "encoder_step", lambda s: math.log(s.right()[0][0] / s.right()[0][1]) / 2 / math.log(5 / 3)
        ),
    },
    "solutions/cascade": {
        "half the price of": Is(lambda: linear.cost(zero + 4, zero + 1, 1.0) - math.log(4) / 2),
        "a quarter of log": ByHand("exchange_costs", lambda s: s.right() / math.log(4)),
        "is half of": ByHand("missing_term", lambda s: s.right() / math.log(2)),
        "half of the": ByHand("lost_by_greed", lambda s: s.hand.p_x[0]),
    },
    "solutions/density_ratio": {
        "Two of the four readings": Declared(DEFINED, "which terms a reading has"),
        "half of the shuffled": ByHand("shuffled_table", lambda s: (s.right()[0][0] - 1 / 4) / (1 / 2 - 1 / 4)),
        "three times log 2": ByHand("reading_of_copies", lambda s: s.right() / math.log(2)),
        "half of $\\log": Is(lambda: surprise(1.0, -99.0) / math.log1p(math.exp(-1))),
        "Half of it": ByHand("slope_factor", lambda s: (s.hand.gamma - s.right()) / (1 - s.hand.probability)),
        "half of 3/4": ByHand("slope_factor", lambda s: (s.hand.gamma - s.right()) / (1 - s.hand.probability)),
        "loss is half": ByHand("two_outputs", lambda s: s.right()["loss"] / (math.log1p(1 / math.e) + math.log(2))),
        "plus half of log": ByHand("two_outputs", lambda s: s.right()["loss"] / (math.log1p(1 / math.e) + math.log(2))),
        "half of its mean over real": Is(lambda: surprise(1.0, -99.0) / math.log1p(math.exp(-1))),
        "half of its mean over shuffled": Is(lambda: surprise(99.0, -1.0) / math.log1p(math.exp(-1))),
        "one is half": Declared(SPOKEN, "half of the question"),
        "half of the two": ByHand(
            "read_off",
            lambda s: (
                s.right()["surprise"] / ((-s.hand.real).exp().log1p().mean() + s.hand.shuffled.exp().log1p().mean())
            ),
        ),
        "half of log 2 less": ByHand("missing_from_bound", lambda s: s.right() / (math.log(2) - math.log(3 / 2))),
        "2 less half": ByHand("missing_from_bound", lambda s: s.right() / (math.log(2) - math.log(3 / 2))),
        "which is half": ByHand("missing_from_bound", lambda s: s.right() / math.log(4 / 3)),
        "half of $m^2$": Is(lambda: gaussian_kl(zero + 3, zero) / 3**2),
        "twice the divergence": Is(lambda: 3**2 / gaussian_kl(zero + 3, zero)),
    },
    "solutions/elbo": {
        "so half of": ByHand("kl_between_gaussians", lambda s: s.right() / (1 / 4 + math.log(4))),
        "half the number": Is(counted_error),
        "twice the variance": Is(lambda: 1 / counted_error()),
        "half the logarithm": HALF_THE_LOGARITHM,
        "widths near a thousandth": ByHand(
            "kl_full_covariance", lambda s: s.trap.factor.diagonal(dim1=-2, dim2=-1).median(), near=0.3
        ),
        "Half of": ByHand("kl_full_covariance", lambda s: s.right() / (6 + 1 - 2 - math.log(4))),
        "a quarter of the": Declared(DEFINED, "the square of the score's half"),
        "is half of": Is(lambda: math.atanh(1 / 2) / math.log(3)),
        "minus half of": Is(lambda: torch.distributions.Normal(0.0, 2.0).entropy() / math.log(8 * math.pi * math.e)),
        "twice the root": ByHand("kl_to_laplace", lambda s: (s.hand.log_var / 2).exp()),
    },
    "solutions/identifiability": {
        "a quarter turn of": ByHand("mixed_uniform", lambda s: s.hand.angle / (2 * math.pi)),
        "which is a half": ByHand("mixed_uniform", lambda s: s.right()[0][0]),
        "half a right": ByHand("price_of_a_turn", lambda s: s.hand.angle / (math.pi / 2)),
        "twice the log": ByHand("price_of_a_turn", lambda s: s.right() / math.log(2.5 / 2)),
        "half of log": ByHand("columns_contrast", lambda s: s.right() / math.log(2)),
        "correlation of three fifths": ByHand("price_of_truth", lambda s: s.hand.rho),
        "of a hundredth": Declared(DEFINED, "what the question asks for"),
    },
    "solutions/kkt": {
        "256, less than four": Is(lambda: 1000 / 256, near=0.05),
        "few thousandths of a": Declared(READ, "what such nets keep, below what the question counts"),
        "twice that amount": Is(lambda: 1 / counted_error()),
        "seven latents of ten": Sets("latents=10, columns=8", first),
        "ten latents are the": Sets("latents=10, columns=8", first),
        "a third of the": Declared(DEFINED, "one channel of three"),
        "three times as large": Declared(DEFINED, "three channels for one"),
        "doubles the batch": Asserts("found[0]['loss'] - 2 * found[1]['loss']", lambda *n: n[1]),
    },
    "solutions/metrics": {
        "a quarter over 4": ByHand("score_of_votes", lambda s: s.hand.codes[[0, 2], 1].var(correction=0)),
        "Eight hundred votes for five": ByHand("score_of_luck", lambda s: s.hand.votes / 100),
        "is one in five": ByHand("score_of_luck", lambda s: s.hand.factors),
        "two of them missing": ByHand("best_scores", lambda s: s.hand.missing),
        "it is one half": Is(votes_at_45),
        "answer for multiples of four": ByHand("said_by_a_cosine", lambda s: s.hand.settings),
        "half a turn": Is(lambda: next(k for k in range(1, 8) if (8 - k) == k) / 8),
        "less half of": ByHand("said_by_a_cosine", lambda s: (math.log(4) - s.right()) / math.log(2)),
        "a quarter of a": Is(lambda: math.asin(1) / (2 * math.pi)),
    },
    "solutions/mmd": {
        "doubles the latents": Declared(SPOKEN, "an example"),
        "a quarter of 1": ByHand("mended_term", lambda s: 1 / (len(s.hand.z) * len(s.hand.prior))),
        ".9, a tenth": ByHand("hsic_of_tables", lambda s: s.right()),
        "least two deviations": Sets("while signal < 2 * null_variance", first),
        "half the shift": Asserts("3.8 < more / few < 4.2", lambda low, high: ((low + high) / 2) ** -0.5),
        "a quarter of the": Asserts("3.8 < more / few < 4.2", lambda low, high: 2 / (low + high)),
        "four times the points": Asserts("3.8 < more / few < 4.2", middle),
    },
    "solutions/total_correlation": {
        "more than ten of fifty": Asserts("(each.min(1).values < 0).sum() > 10", last),
        "eight times as large": Sets("for factor in (1 / 8, 1, 8)", last),
        "by a fifth of a nat": Declared(READ, "the last column of the experiment"),
        "two of the faults": Is(faults_of_public_code),
        "With at a thousandth": Asserts("tc_with_dead_latent(1.0, 0.1, 0.001)", last),
        "a millionth of a": Asserts("tc_with_dead_latent(1.0, 0.1, 0.001) < 1e-06", last),
    },
}
