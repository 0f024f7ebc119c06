"""Answers that no catalogue was written for: wrong ones get nothing and are told something, right ones hold.

A wrong answer is told something where it is named, or where a relation, a term, a condition that is not met, a pattern,
or a fault of its form was found: more than the side and the size of the difference.
"""

from functools import cache

import pytest

from battery_right import right
from battery_wrong import wrong
from test_grading import CHAPTERS, verdict

QUESTIONS = {question.name: question for questions in CHAPTERS.values() for question in questions}
SECONDS = 3.0  # of the answers here all but two need milliseconds


def ask(name, answer, seed=0):
    return verdict(QUESTIONS[name], answer, seed, seconds=SECONDS)


def listed(answers):
    return [pytest.param(n, a, id=f"{n}: {getattr(a, '__name__', 'partial')} {i}") for n, found in answers.items()
            for i, a in enumerate(found)]  # fmt: skip


def told(found):
    """Whether more than the side and the size is said."""
    rows = dict(found.rows)
    said = rows.get("observed", "").removeprefix(": ")
    bare = ("too large", "too small", "on both sides", "the largest difference", "in ")
    return found.status not in ("different", "slip") or bool(found.slip) or "not met" in rows or not any(
        said.split(": ")[-1].startswith(b) for b in bare)  # fmt: skip


def test_every_question_is_tried_twice_and_in_an_odd_form():
    assert set(wrong) == set(right) == set(QUESTIONS)
    assert min(map(len, wrong.values())) >= 2 and sum(map(len, wrong.values())) >= 100
    assert sum(map(len, right.values())) >= 40


@pytest.mark.parametrize(("name", "answer"), listed(right))
@pytest.mark.parametrize("seed", [0, 5])
def test_a_right_answer_in_an_odd_form_holds(name, answer, seed):
    found = ask(name, answer, seed)
    assert found.status == "holds", found


ANSWERS = {(name, answer.__name__): answer for name, answers in wrong.items() for answer in answers}


@cache
def verdict_on(key):
    """The verdict on a wrong answer: asked once for all tests of it."""
    return ask(key[0], ANSWERS[key])


def test_no_two_wrong_answers_have_one_name():
    assert len(ANSWERS) == sum(map(len, wrong.values()))


@pytest.mark.parametrize("key", ANSWERS, ids=": ".join)
def test_a_wrong_answer_is_not_accepted(key):
    assert not verdict_on(key).earned, verdict_on(key)


def test_nine_of_ten_are_told_something_of_their_own():
    silent = [key for key in ANSWERS if not told(verdict_on(key))]
    assert len(silent) <= 0.1 * len(ANSWERS), silent


NAMED = {  # whose slip stands in a catalogue, or whose entries have one each
    ("MendedVAE", "LogVarInTheSample"): "log_std used as a log variance",
    ("missing_from_beta_vae", "both_slacks"): "the slack: beta rate besides",
    ("kkt_values", "positive_ones"): "u is the eigenvalue, not minus it",
    ("counted_loss", "mean_of_both"): "a mean over every number of the image",
    ("nearest_point", "multiplier_over_the_length"): "the normal's length for its square: it enters twice",
    ("held_by_gamma", "no_more_than_free"): "C held by any gamma",
    ("best_of_evaluations", "a_normal_count"): "a normal law for the count",
    ("batch_needed", "ceiling"): "e^I itself, where that is a power of two",
    ("price_under_free_bits", "halved_exponent_and_half"): "the half of the likelihood twice",
}
OBSERVED = {  # what is true of them, one of each kind of evidence
    ("kl_between_gaussians", "no_minus_one"): "too much by exactly 1/2 for each of the latents",
    ("kl_between_gaussians", "by_sampling"): "two calls on the same input differ",
    ("kl_between_gaussians", "distance_not_halved"): "the squared distance of the means over p's variance enters twice",
    ("kl_between_gaussians", "distance_not_squared"): "not with `log_var_q`",
    ("mixture_rate", "entropy_for_log_q"): "has no effect on it, and should",
    ("kkt_values", "descending"): "the right numbers in reversed order",
    ("mended_ascent", "start_left_out"): "one step too early",
    ("same_optimum", "share_squared"): "share: exactly the square of what it should be",
    ("latents_in_use", "above_half_the_noise"): "exactly what is right if `variances` were twice as much",
    ("encoder_step", "beta_squared"): "exactly what is right if `beta` were squared",
    ("mended_capacity", "falling"): "capacity: exactly what is right if `start` and `end` were exchanged",
    ("beta_for_rate", "coarse_grid"): "near in every case and exact in none",
    ("latents_that_survive", "one_short"): "1 too few in each of",
    ("kl_between_gaussians", "a_width_for_the_variance"): "right as soon as `log_var_p` is zero",
    ("kl_between_gaussians", "both_directions_averaged"): "right as soon as `log_var_q` equals `log_var_p`",
    ("fitted_width", "a_width_for_each_channel"): "right where the number of channels is one",
    ("latents_in_use", "share_of_the_variance"): "`sigma` has no effect on it, and should",
    ("kl_to_laplace", "mean_and_width_added"): "right as soon as `mu` is zero",
    ("lost_by_code", "rows_of_no_weight"): "`p_xz` has no effect on it, and should",
    ("best_channel", "signal_of_one"): "gain: one over the root of `variance` and nothing else",
    ("missing_from_degenerate", "rate_for_the_aggregate"): "beta times I(x; z) enters, and should not",
    ("missing_from_beta_vae", "slack_cut_at_zero"): "where `rate` is zero, it should not be zero, and is",
    ("effective_beta", "batchmean_as_a_sum"): 'wrong wherever just one of the words is "batchmean"',
    ("codes_needed", "one_exponential"): "where `divergence` is zero, it should be zero, and is not",
    ("centre_of_white", "whatever_is_not_black"): "where `images` is cubed, it should change, and does not",
    ("price_of_truth", "rho_a_covariance"): "exactly what is right if `rho` were `rho` over the root of `v`",
    ("shrunken_width", "h_squared_twice"): "exactly what is right if `h2` were squared",
    ("labels_enough", "one_degree_too_many"): "exactly what is right if `d` were one less",
    ("read_from_batch", "joint_of_equal_weights"): "the logarithm of the joint estimate with equal weights enters",
    (
        "tc_with_dead_latent",
        "deviations_as_variances",
    ): "exactly what is right if `spread` and `width` were their roots",
}


@pytest.mark.parametrize("key", NAMED, ids=": ".join)
def test_a_slip_is_named(key):
    assert verdict_on(key).slip == NAMED[key], verdict_on(key)


@pytest.mark.parametrize("key", OBSERVED, ids=": ".join)
def test_what_is_observed(key):
    assert OBSERVED[key] in dict(verdict_on(key).rows)["observed"] and not verdict_on(key).slip, verdict_on(key)
