"""What is told of a wrong answer is true of it: orders of vanishing, entries of conditions, calls by position, ties."""

import math

import numpy as np
import pytest
import torch

from course_pkg.grading import Sheet
from course_pkg.grading.clock import one_thread
from course_pkg.grading.probes.limits import FAR, NEAR, SHARP, end
from course_pkg.questions.shared import numbers
from course_pkg.worlds import kl
from test_grading import CHAPTERS, verdict

QUESTIONS = {question.name: question for questions in CHAPTERS.values() for question in questions}


def told(name, answer, seed=0):
    found = verdict(QUESTIONS[name], answer, seed)
    assert found.earned == 0, found
    return " ".join(f"{what}: {text}" for what, text in found.rows)


def along(f, steps):
    return end([numbers([f(k)]) for k in steps], steps)


@pytest.mark.parametrize(("power", "near", "far"), [(1, "in proportion", "like one over it"),
                                                    (2, "with the square", "like one over its square")])  # fmt: skip
def test_how_fast_a_number_vanishes_is_counted_by_the_steps_that_were_gone(power, near, far):
    assert along(lambda k: 3 * k**power, NEAR) == f"goes to zero {near}"
    assert along(lambda k: 3 / k**power, FAR) == f"goes to zero {far}"


def test_what_vanishes_on_the_way_was_not_zero_all_along():
    assert along(lambda k: k**4 if k > 1e-4 else 0.0, NEAR) == "goes to zero with the fourth power"
    assert along(lambda k: k**8, NEAR) == "goes to zero"  # seen in one step only
    assert along(lambda k: 0.0, NEAR) == "is zero"
    assert along(lambda k: 1 / k, SHARP) == ""


def test_a_temperature_below_the_softmax():
    late = lambda logits, u, temperature: (logits - (-u.log()).log()).softmax(1) / temperature
    text = told("relaxed_sample", late)
    assert "each row sums to one: not so" in text and "with the square" not in text


def test_a_condition_says_of_which_entry_it_is():
    more = lambda factors, missing: {"higgins": (factors - missing + 1) / factors,
                                     "kim_mnih": (factors - missing) / factors}  # fmt: skip
    text = told("best_scores", more)
    assert "higgins: an accuracy is at most one: not so" in text and "met: kim_mnih: an accuracy is at most one" in text


def test_what_takes_anything_is_called_by_position():
    wanted = np.vectorize(lambda d, e: math.expm1(2 * d) / e**2)
    assert verdict(QUESTIONS["codes_needed"], wanted).status == "holds"

    def counting(f):
        return lambda *given, **named: f(*given, **named)

    assert verdict(QUESTIONS["codes_needed"], counting(lambda d, e: math.expm1(2 * d) / e**2)).status == "holds"


def test_a_way_through_without_a_return():
    def gives_up(d, more):
        for n in range(d + 3, 60):
            if (n + 1) * (n - 2) <= (1 + more) * n * (n - d - 2):
                return n

    assert "something in other cases: which way through it ends without a return?" in told("labels_enough", gives_up)
    assert "returns: nothing: is a return missing?" in told("labels_enough", lambda d, more: None)
    assert "returns: nothing: is a return missing?" in told("ratio_with_baseline", lambda: None)


@pytest.mark.parametrize("seed", range(5))
def test_a_limit_that_is_met_exactly_is_met(seed):
    """Each of the ties, which the two forms of the inequality compute without rounding."""

    def first(holds):
        return lambda d, more: next(n for n in range(d + 3, 10**5) if holds(n, d, more))

    divided = first(lambda n, d, more: (n + 1) * (n - 2) / (n * (n - d - 2)) <= 1 + more)
    multiplied = first(lambda n, d, more: (n + 1) * (n - 2) <= (1 + more) * n * (n - d - 2))
    below = first(lambda n, d, more: (n + 1) * (n - 2) < (1 + more) * n * (n - d - 2))
    assert all(verdict(QUESTIONS["labels_enough"], f, seed).status == "holds" for f in (divided, multiplied))
    assert "at most, not below" in told("labels_enough", below, seed)


def by_median(mu, log_var):
    ratio = (log_var[1] - log_var[0]).exp()
    delta = 0.5 * (ratio + (mu[1] - mu[0]).square() / log_var[0].exp() - 1 - ratio.log())
    shared = delta < delta.median()
    mean, width = mu.mean(0), log_var.exp().mean(0).log()
    return {"mu": torch.where(shared, mean, mu), "log_var": torch.where(shared, width, log_var)}


def test_latents_that_are_shared_by_another_bound():
    text = told("share", by_median)
    assert "the median" in text and "just the latents below the midpoint" in text


def test_an_average_of_both_directions_is_taken_apart():
    both = lambda log_posterior, log_q: -(kl(log_posterior, log_q) + kl(log_q, log_posterior)) / 2
    assert "plus half of q's average of the posterior's logarithm" in told("correction_above", both)


def test_the_processor_s_threads_are_given_back():
    before = torch.get_num_threads()
    with pytest.raises(KeyError), one_thread():
        assert torch.get_num_threads() == 1
        raise KeyError
    assert torch.get_num_threads() == before


# --- what blind answers found wanting: see that each sentence is true -------------------------------------------------


def test_a_root_goes_to_zero_and_does_not_settle():
    for late in (0.0, 1.0):  # the root alone, and with what vanishes faster
        assert along(lambda k, late=late: math.sqrt(k) + late * k, NEAR) == "goes to zero with the root"
    assert along(lambda k: math.sqrt(k) + 0.01, NEAR) == ""  # which will settle, and cannot be seen to do so yet
    assert along(lambda k: math.sqrt(k) + 1e-3, NEAR) == ""
    assert along(lambda k: 1 + k**0.6, NEAR) == "settles at another number than zero"


def test_a_bracket_that_ends_on_both_sides():
    def within(variances, sigma, rate):
        low, high = 0.01, 100.0
        for _ in range(100):
            middle = (low + high) / 2
            spent = 0.5 * (variances / (middle * sigma**2)).log().clamp_min(0).sum()
            low, high = (middle, high) if spent > rate else (low, middle)
        return high

    assert "wherever it is wrong, yours stands at 0.01 or 100" in told("beta_for_rate", within)


def test_the_middle_and_half_of_the_width_for_both_ends():
    right = QUESTIONS["difference_between"].reference

    def centred(mean, sd, n):
        low, high = right(mean, sd, n)
        return torch.stack([(low + high) / 2, (high - low) / 2])

    text = told("difference_between", centred)
    assert "your first is half of the first plus half of the second" in text
    assert "your second is half of the second less half of the first" in text


def test_a_constant_of_few_digits_is_the_slip_that_it_is_near_to():
    def with_two_digits(mean, sd, n):
        away = 1.96 * (sd**2 / n).sum().sqrt()
        return mean[0] - mean[1] + torch.stack([-away, away])

    assert "to within 0.01 percent of its largest number what this slip gives: the normal law" in told(
        "difference_between", with_two_digits
    )
    wider = lambda **given: 1.01 * with_two_digits(**given)
    assert "the normal law" not in told("difference_between", wider)


def test_a_slip_beside_holes_that_were_dropped():
    def other_way(p_xz, p_y_given_x, p_y_given_z):
        parts = p_y_given_z[None] * (p_y_given_z[None] / p_y_given_x[:, None]).log()
        return (p_xz * torch.where(parts.isfinite(), parts, 0.0).sum(2)).sum()

    assert "where nothing that comes in is zero, exactly what this slip gives" in told("lost_by_code", other_way)


def test_what_is_missing_to_one_has_another_unit():
    right = QUESTIONS["disentangled_and_complete"].reference
    text = told("disentangled_and_complete", lambda weights: {n: 1 - 2 * (1 - v) for n, v in right(weights).items()})
    assert "D: what is missing to one is exactly twice what it should be" in text


def test_a_count_and_one_more():
    right = QUESTIONS["best_of_evaluations"].reference
    text = told("best_of_evaluations", lambda share, votes, times: right(share, votes, times) * votes / (votes + 1))
    assert "exactly `votes` over one more than it times what it should be" in text


def test_the_entry_that_is_off_first_is_named_first():
    right = QUESTIONS["mended_capacity"].reference

    def too_fast(log_likelihood, kl, step, gamma, start, end, steps):
        later = min(start + 3 * (end - start) * (step / steps) ** 2, end)
        return right(log_likelihood, kl, steps, gamma, later, later, steps)

    observed = told("mended_capacity", too_fast).split("observed: ")[1]
    assert observed.startswith("capacity: ") and "penalty: " in observed


def test_one_seed_says_more_than_two_systems():
    ties = lambda x: ((x[:, None] > x).double() + 0.5 * (x[:, None] == x).double()).sum(1).mean(1)
    text = told("judges_agree", lambda first, second: torch.corrcoef(torch.stack([ties(first), ties(second)]))[0, 1])
    assert "right as soon as there is only one of the seeds" in text and "only two" not in text


def test_an_answer_without_a_name_is_told_how_to_say_which_it_answers():
    sheet, nameless = Sheet("kkt"), [lambda variances, sigma, rate: 1.0]
    with pytest.raises(ValueError, match=r"has no name .* check\(answer, question=\"nearest_point\"\)"):
        sheet.check(nameless[0])
    assert sheet.check(nameless[0], question="beta_for_rate").earned == 0
