"""What is told of a wrong answer is tried first: effects, bounds, changed arguments, slips but for a trap."""

import math

import pytest
import torch

from course_pkg.grading import Sheet
from course_pkg.grading.functions import relation
from course_pkg.grading.relations import Pair
from course_pkg.questions.bottleneck import QUESTIONS as BOTTLENECK
from course_pkg.questions.elbo import QUESTIONS as ELBO
from course_pkg.questions.elbo.debug import Mended
from course_pkg.questions.elbo.kl import kl_between
from course_pkg.questions.kkt import QUESTIONS as KKT
from course_pkg.questions.total_correlation import QUESTIONS as TOTAL_CORRELATION
from course_pkg.worlds import kl
from test_grading import verdict

BY_NAME = {question.name: question for question in (*ELBO, *KKT, *BOTTLENECK, *TOTAL_CORRELATION)}


def told(name, answer):
    """The rows of a verdict, as one text."""
    found = verdict(BY_NAME[name], answer)
    assert found.earned == 0, found
    return " ".join(f"{what}: {text}" for what, text in found.rows)


# --- an argument without effect ---------------------------------------------------------------------------------------


def test_an_argument_without_effect_where_it_is_wrong_is_not_said_to_have_none():
    text = told("missing_from_weighted", lambda beta, rate, gap: max(beta - 1, 0) * rate + gap)
    assert "`rate` has no effect on it" not in text
    assert "cases that are wrong `rate` has no effect, and should" in text


def test_a_count_that_moves_seldom_is_not_said_to_stand_still():
    def ninety_percent(variances, sigma):
        return int((variances.cumsum(0) / variances.sum() < 0.9).sum()) + 1

    text = told("latents_in_use", ninety_percent)
    assert "`sigma` has no effect on it, and should" in text and "`variances` has no effect" not in text


def test_an_argument_without_effect_anywhere_is_named():
    assert "`variances` has no effect on it, and should" in told(
        "latents_in_use", lambda variances, sigma: int(9 * sigma)
    )


# --- bounds, steps, changed arguments ---------------------------------------------------------------------------------


def test_a_number_that_is_no_bound_is_not_called_one():
    def ten_rounds(capacity):
        log_var = -1 - 2 * capacity
        for _ in range(10):
            log_var = log_var.exp() - 1 - 2 * capacity
        return log_var

    text = told("silent_rate", ten_rounds)
    assert "bound" not in text and "the KL at your log_var is C: not so" in text


def test_images_are_no_steps():
    def no_floor(log_prior, log_likelihood, distortion):
        low, high = torch.full((2, len(log_likelihood)), 1.0, dtype=torch.float64) * torch.tensor([[-90.0], [400.0]])
        for _ in range(100):
            middle = (low + high) / 2
            q = (log_prior + middle[:, None] * log_likelihood).softmax(1)
            bad = -(q * log_likelihood).sum(1) > distortion
            low, high = torch.where(bad, middle, low), torch.where(bad, high, middle)
        return middle

    text = told("price_of_quality", no_floor)
    assert "right up to number" not in text and "never negative: not so" in text


def test_a_change_that_these_cases_do_not_tell_from_another_is_not_told():
    text = told("held_by_gamma", lambda variances, sigma, gamma, capacity: capacity)
    assert "`variances` were half" not in text


def test_where_zero_explains_it_zero_is_told():
    def through_the_origin(a, normal, limit):
        multiplier = (a @ normal / (normal @ normal)).clamp_min(0)
        return {"x": a - multiplier * normal, "multiplier": multiplier}

    assert "if `limit` were zero" in told("nearest_point", through_the_origin)


def test_logarithms_and_probabilities_confused():
    text = told("correction_above", lambda log_posterior, log_q: -kl(log_posterior.exp(), log_q.exp()))
    assert "`log_posterior` and `log_q` were exp of themselves" in text


# --- a slip but for a trap --------------------------------------------------------------------------------------------


def test_a_slip_that_only_a_trap_contradicts_is_told_as_such():
    def clamped(mu_q, log_var_q, mu_p, log_var_p):
        return kl_between(mu_p, log_var_p, mu_q, log_var_q.clamp_min(-5)).sum(1)

    assert "but for a trap exactly what this slip gives: q and p exchanged" in told("kl_between_gaussians", clamped)


def test_one_case_beside_the_traps_that_contradicts_is_enough():
    def sometimes(mu_q, log_var_q, mu_p, log_var_p):
        right = kl_between(mu_q, log_var_q, mu_p, log_var_p).sum(1)
        return right if len(mu_q) == 2 else kl_between(mu_p, log_var_p, mu_q, log_var_q).sum(1)

    assert "what this slip gives" not in told("kl_between_gaussians", sometimes)


# --- relations --------------------------------------------------------------------------------------------------------

NUMBERS = [torch.tensor([0.0, 0.5, 4.0]).double(), torch.tensor([2.5, 1.25, 0.2, 3.7]).double()]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda v: torch.where(v == 0, 1e60, 1 / v), "the other way up, where that is a number"),
        (torch.floor, "rounded down"),
        (torch.ceil, "rounded up"),
    ],
)
def test_more_functions_of_the_right_number(change, says):
    assert says in relation([Pair(change(v), v) for v in NUMBERS], 1e-6).text


def test_an_offset_that_is_the_logarithm_of_a_ratio():
    def per_latent(z, mu, log_var, means):
        return BY_NAME["mixture_rate"].reference(z, mu, log_var, means) - math.log(len(means) / z.shape[1])

    text = told("mixture_rate", per_latent)
    assert "the logarithm of the number of latents over the number of components" in text


def test_entries_that_changed_places():
    class Theirs(Mended):
        def forward(self, x, eps):
            x_hat, z, mu, log_std = super().forward(x, eps)
            return x_hat, mu, log_std, z

    assert "mu: the right numbers of log_std: entries changed places" in told("MendedVAE", Theirs)


def test_the_word_that_tells_right_from_wrong():
    def no_images(weight, reconstruction, kl, images, channels, pixels, latents):
        right = BY_NAME["effective_beta"].reference(weight, reconstruction, kl, images, channels, pixels, latents)
        return right * 3 if kl == "mean" else right

    assert 'where `kl` is "mean": exactly three times what it should be' in told("effective_beta", no_images)


def test_the_one_case_at_the_end_of_a_range():
    right = BY_NAME["batch_needed"].reference
    text = told("batch_needed", lambda information: max(8, right(information)))
    assert "wrong in just the cases where `information` is 0" in text


# --- errors, and what follows a right answer --------------------------------------------------------------------------


def test_a_name_that_is_not_there_gets_a_hint_about_names():
    text = told("kl_between_gaussians", lambda mu_q, log_var_q, mu_p, log_var_p: mu_r)  # noqa: F821
    assert "nothing has that name there" in text and "none needs reshaping" not in text


def test_a_logarithm_of_zero_gets_a_hint_about_zero():
    def by_math(variances, capacity):
        right = BY_NAME["nats_each"].reference(variances, capacity)
        return [r for r, v in zip(right.tolist(), variances.tolist(), strict=True) if math.log(v) < 99]

    assert "a zero or a negative number came to a logarithm" in told("nats_each", by_math)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda beta, budget, rate: beta * budget + 0 * rate, "it calls missing_from_beta_vae(beta, rate, budget)"),
        (lambda beta, rate, budget: [beta * budget for _ in rate], "goes on with tensors"),
    ],
)
def test_a_right_answer_that_the_derivation_cannot_use_says_so(answer, says):
    def then():
        return torch.zeros(3) + answer(2.0, torch.ones(3), 0.5) if isinstance(answer(1.0, [1.0], 1.0), list) else 1 / 0

    found = Sheet("kkt").check(answer, then=then, question="missing_from_beta_vae")
    assert found.status == "holds" and says in dict(found.rows)["but"]


# --- special values, positions, times --------------------------------------------------------------------------------


def test_a_value_at_which_a_slip_vanishes_is_told():
    def mean_whitened(mu, factor):
        turned = (factor @ mu[:, :, None])[:, :, 0]
        return BY_NAME["kl_full_covariance"].reference(turned, factor)

    text = told("kl_full_covariance", mean_whitened)
    assert "right as soon as `mu` is zero" in text and "a factor is one there, a term zero" in text


def test_two_arguments_that_hide_a_slip_where_they_are_equal():
    def both_directions(mu_q, log_var_q, mu_p, log_var_p):
        there, back = kl_between(mu_q, log_var_q, mu_p, log_var_p), kl_between(mu_p, log_var_p, mu_q, log_var_q)
        return 0.5 * (there + back).sum(1)

    assert "`log_var_q` equals `log_var_p`" in told("kl_between_gaussians", both_directions)


def test_a_value_at_which_everything_is_zero_tells_nothing():
    assert "right as soon as" not in told("kl_full_covariance", lambda mu, factor: 0.3 * factor.square().sum((1, 2)))


def test_which_of_a_few_numbers_is_wrong():
    text = told("prices_of", lambda rate, aggregate, tc: (rate + tc, rate + aggregate + tc, rate + aggregate))
    assert "number 1: too much by exactly `tc`" in text and "The others are right in every case" in text


def test_about_how_many_times_too_large():
    def ten_times(information):
        size = 1
        while size <= 10 * math.exp(information):
            size *= 2
        return size

    assert "in every case 8 to 16 times too large" in told("batch_needed", ten_times)


def test_a_factor_of_several_sizes():
    def per_pixel(x, logits, mu, log_var, beta):
        right = BY_NAME["counted_loss"].reference(x, logits, mu, log_var, beta)
        rate = right["kl"] * x[0].numel() / mu.shape[1]
        return {**right, "kl": rate, "loss": right["reconstruction"] + beta * rate}

    text = told("counted_loss", per_pixel)
    assert "the number of channels times the number of rows times the number of columns times one over" in text


def test_what_else_a_trap_has_is_not_told_of_it():
    def by_probabilities(x, logits, mu, log_var, beta):
        p = logits.sigmoid().clamp(1e-6, 1 - 1e-6)
        reconstruction = -(x * p.log() + (1 - x) * (1 - p).log()).flatten(1).sum(1).mean()
        kl = BY_NAME["counted_loss"].reference(x, logits, mu, log_var, beta)["kl"]
        return {"reconstruction": reconstruction, "kl": kl, "loss": reconstruction + beta * kl}

    text = told("counted_loss", by_probabilities)
    assert "small `beta`" not in text and "See the form with logits" in text
