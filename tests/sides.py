"""What the texts of the questions say of larger and smaller, above and below, rising and falling, and how it is
computed.

A claim is a phrase with its word of direction, and beside it what must be true: of the answer that makes the slip whose
message holds the phrase, beside the right one (`than`), of the right answer when an argument changes (`moves`), or of
the right answer alone.
"""

import torch

from course_pkg.grading.calling import call_answer
from course_pkg.grading.evidence import parts_of
from course_pkg.grading.question import words

EQUAL = 1e-9  # of the larger side: what differs by less is rounding


class Seen:
    """A question as a claim asks it: its cases, its right answers, and the slip whose message holds the phrase."""

    def __init__(self, question, phrase):
        self.question, self.phrase, self.cases = question, phrase, question.cases(0)
        self.slip = next((w for w in question.wrong if phrase in words(w.message)), None)

    def answers(self, answer=None, **changes):
        """What an answer gives in each case, {entry: numbers}: the right one, of changed arguments, or another."""
        given = [
            type(case)(
                "random", {**case.arguments, **{n: f(case.arguments[n]) for n, f in changes.items()}}, case.sizes
            )
            for case in self.cases
        ]
        answer = answer or self.question.reference
        return [parts_of(outcome) for outcome in call_answer(answer, given, self.question.call, seconds=None)]

    def slipped(self, **changes):
        assert self.slip, f"{self.question.name}: the message of no slip says {self.phrase!r}"
        return self.answers(self.slip.answer, **changes)


def side(ones, others, entry="", of=lambda v: v):
    """On which side of others the ones lie: 1 above, -1 below, 0 where that differs or nothing does.

    Numbers are compared one by one; where an answer has another shape, or none, it says nothing."""
    found = set()
    for one, other in zip(ones, others, strict=True):
        if entry in one and entry in other and one[entry].shape == other[entry].shape:
            a, b = of(one[entry].double()), of(other[entry].double())
            apart = (a - b)[
                ((a - b).abs() > EQUAL * (1 + torch.maximum(a.abs(), b.abs()))) & a.isfinite() & b.isfinite()
            ]
            found |= set(apart.sign().flatten().tolist())
    return found.pop() if len(found) == 1 else 0


def than(way, entry="", of=lambda v: v):
    """The answer that makes the slip lies above the right one (1), or below it (-1), wherever the two differ."""
    return lambda s: side(s.slipped(), s.answers(), entry, of) == way


def moves(way, entry="", **changes):
    """The right answer rises (1), or falls (-1), when arguments change so."""
    return lambda s: side(s.answers(**changes), s.answers(), entry) == way


def above_zero(s):
    zero = [{name: torch.zeros_like(v) for name, v in parts.items()} for parts in s.answers()]
    return side(s.answers(), zero) == 1


def more(v):
    return 1.1 * v


def long(ends):
    """How far the two ends of an interval lie apart."""
    return ends[1] - ends[0]


def first_step(way, slipped, **changes):
    """A path goes up (1) or down (-1) at its first step."""
    return lambda s: all(
        (path[""][1] - path[""][0]) * way > 0
        for path in (s.slipped if slipped else s.answers)(**changes)
    )  # fmt: skip


SIDES = {
    "best_of_evaluations": {
        "all are above: that is the smallest. The largest is at most v": than(-1),
        "a vote too few": than(-1),
        "a term too many": than(1),
    },
    "difference_between": {
        "Welch's number is lower": than(-1, of=long),  # fewer degrees of freedom, a wider interval
        "wider than Welch's interval": than(1, of=long),
        "that of a mean is smaller": than(1, of=long),
    },
    "mended_report": {
        "the error comes out too small": than(-1, "error"),
        "which is too small": than(-1, "error"),
        "A mean's is smaller": than(1, "error"),
    },
    "smallest_visible": {
        "lies above the edge: the power's part is added": than(-1),
        "that of a mean is smaller": than(1),
    },
    "votes_of_a_run": {
        "the dearer a run and the noisier a vote, the more votes": moves(1, train=more, vote=more),
        "where runs differ much more runs are worth more than votes": moves(-1, run=more),
        "where training is dear, votes are worth it": moves(1, train=more),
    },
    "missing_from_degenerate": {"so the objective is too small": above_zero, "the rate is too large": above_zero},
    "held_by_gamma": {"the KL ends above C, not below": than(-1)},
    "nats_each": {"you spend more than C": than(1, of=torch.sum)},
    "same_optimum": {
        "the rate's weight must shrink": than(1, "mean_pixels"),
        "its weight must grow again": than(-1, "both_means"),
    },
    "silent_rate": {
        "Asked for is the narrow one, below zero": than(1),
        "a narrow one has a log_var below zero": than(1),
    },
    "exchange_costs": {"it costs more at the dear latent": above_zero},
    "prices_at": {"one too many at every stage": than(-1)},
    "codes_needed": {"falls with the root of the number of codes": moves(-1, error=more)},
    "best_logit": {"the offset must raise the logit": moves(1, real=more)},
    "slope_factor": {
        "its loss falls with T": than(1),
        "the leak falls with the probability": moves(1, probability=lambda p: 0.9 * p + 0.1),
    },
    "lost_by_greed": {"the pair that costs least": than(1)},
    "missing_from_weighted": {"further down, so more is missing": moves(1, beta=more)},
    "kl_between_gaussians": {
        "q's variance stands above p's": lambda s: side(
            s.answers(log_var_q=lambda v: v + 20), s.answers(log_var_p=lambda v: v + 20)
        ) == 1,
        "it must cost more": moves(1, log_var_q=lambda v: v - 20),
    },
    "continuous_bernoulli": {"so C is larger than one": than(-1)},
    "mixture_rate": {"its logarithm comes after, and is larger": than(1)},
    "kl_to_laplace": {
        "the mean of |z| is larger than |mu|": than(-1),
        "a narrow q must cost more": moves(1, log_var=lambda v: v - 20),
    },
    "kl_full_covariance": {"which must cost more: the logarithm is subtracted": moves(1, factor=lambda v: 1e-9 * v)},
    "degrees_off": {
        "A larger ratio holds the axis closer to the stronger factor": moves(-1, v=more),
        "here v is below 1: the other factor is the stronger one": lambda s: s.cases[-1].arguments["v"] < 1,
    },
    "labels_enough": {"the error is still above the limit": than(-1), "one label less than yours will do": than(1)},
    "columns_contrast": {"a box is larger than what it holds": above_zero},
    "mended_ascent": {
        "the price must rise. Yours falls": lambda s: (
            first_step(1, False, budget=lambda b: -1.0)(s) and first_step(-1, True, budget=lambda b: -1.0)(s)
        ),
        "the price must rise, and it may not become negative": first_step(1, False, budget=lambda b: -1.0),
        "the price falls to zero, no further": first_step(-1, False, budget=lambda b: b + 10),
    },
    "missing_from_beta_vae": {
        "F is the larger one": above_zero,
        "where less than that is spent": than(-1),
    },
    "best_weighted_bound": {"makes it count for less": moves(-1, beta=more)},
    "beta_for_rate": {"a higher price buys fewer nats": moves(-1, rate=more)},
    "mean_distance": {"The mean of a size is less": than(1)},
    "score_of_luck": {"lies more than one standard error above": than(-1), "lies about 1.16 above": than(1)},
    "separated_predictability": {
        "with more of them the score must not grow": than(1),
        "is what the best one is compared with, not the worst": than(1),
        "lowers the score": than(1),
    },
    "p_value": {
        "the M + 1 labellings below are one more than M": than(1),
        "you counted the observed one below, but not above": than(-1),
        "a large MMD speaks against one law": moves(-1, observed=lambda v: v + 100),
        "a p-value is small where the observed value is large": moves(-1, observed=lambda v: v + 100),
        "is too small for a level that holds": than(-1),
    },
    "diagonal_excess": {"so with it the estimate is larger": above_zero},
    "points_needed": {"the least n may then be one too small": than(-1), "4 s^2 / n^2 more": than(-1)},
    "missing_for_prior": {"is larger than the average of the logarithms": than(1)},
    "batch_needed": {
        "may lie below e^I: round up, never down": than(-1),
        "is one step too low": than(-1),
        "one power too many: it is above e^I": than(1),
    },
    "gaussian_dual": {"is less than that diagonal entry of the inverse": than(-1)},
}  # fmt: skip
