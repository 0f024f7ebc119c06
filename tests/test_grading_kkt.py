"""The sheet of the chapter `kkt`: what the feedback says to wrong answers that its catalogue does not know."""

import math

import pytest
import torch

from course_pkg import elbo
from course_pkg.grading.calling import Outcome, call_answer
from course_pkg.grading.judging import judge
from course_pkg.grading.plain import decode, encode
from course_pkg.questions.kkt import QUESTIONS
from course_pkg.questions.kkt.ascent import average, tilted
from course_pkg.questions.kkt.conditions import nearest
from course_pkg.questions.kkt.quality import price
from course_pkg.questions.kkt.water import slope
from course_pkg.questions.shared import level

BY_NAME = {question.name: question for question in QUESTIONS}


def verdict(name, answer):
    question = BY_NAME[name]
    return judge(question, call_answer(answer, question.cases(0), question.call))


def point_alone(a, normal, limit):
    return nearest(a, normal, limit)["x"]


def clipped_point(a, normal, limit):
    # A box in place of the wall: every coordinate is cut off on its own.
    found = nearest(a, normal, limit)
    return {**found, "x": torch.minimum(a, found["x"].max())}


def beta_alone(beta, rate, budget):
    return beta * budget


def probabilities_formed(beta, log_prior, log_likelihood):
    return beta * (log_prior.exp() * log_likelihood.exp() ** (1 / beta)).sum(1).log()


def without_prior(beta, log_prior, log_likelihood):
    return beta * (log_likelihood / beta).logsumexp(1)


def mean_of_images(weight, reconstruction, kl, images, channels, pixels, latents):
    return {"sum": 1, "batchmean": images, "mean": 1}[kl] * weight


def a_mask(variances, weight, latents):
    return variances > weight * len(variances) / (2 * latents)


def strictly_half(variances, sigma, rate):
    on = variances > variances.median()
    return ((variances[on].log().sum() - 2 * rate) / on.sum()).exp() / sigma**2


def twice_the_beta(variances, sigma, rate):
    return 2 * level(variances, rate) / sigma**2


def unstable_sigmoid(x, logits, mu, log_var, beta):
    p = (100 * logits).sigmoid()
    r = -(x * p.log() + (1 - x) * (1 - p).log()).flatten(1).sum(1).mean()
    k = elbo.gaussian_kl(mu, log_var).sum(1).mean()
    return {"reconstruction": r, "kl": k, "loss": r + beta * k}


def per_image_terms(x, logits, mu, log_var, beta):
    r = -elbo.bernoulli_log_likelihood(x, logits)
    k = elbo.gaussian_kl(mu, log_var).sum(1)
    return {"reconstruction": r, "kl": k, "loss": r + beta * k}


def beta_squared(x, logits, mu, log_var, beta):
    r = -elbo.bernoulli_log_likelihood(x, logits).mean()
    k = elbo.gaussian_kl(mu, log_var).sum(1).mean()
    return {"reconstruction": r, "kl": k, "loss": r + beta**2 * k}


def ascent_that_tires(log_data, log_prior, log_likelihood, budget, start, lr, steps):
    path = [start]
    for _ in range(steps):
        rate = average(log_data, tilted(log_prior, log_likelihood, path[-1]), log_prior)
        path.append(max(0.0, path[-1] + lr / (len(path) + 1) * float(rate - budget)))
    return torch.tensor(path)


def without_start(log_data, log_prior, log_likelihood, budget, start, lr, steps):
    answer = BY_NAME["mended_ascent"].reference
    return answer(log_data, log_prior, log_likelihood, budget, start, lr, steps)[1:]


def bracket_too_small(log_prior, log_likelihood, distortion):
    return price(log_prior, log_likelihood, distortion).clamp_max(0.5)


def squares_for_forms(A):
    return (torch.linalg.eigvalsh(A @ A) / 2).sort().values[: len(BY_NAME["kkt_values"].reference(A))]


def price_at_double_floor(variances, sigma, floor):
    return slope(variances, sigma, 2 * floor).clamp_max(1)


# question, answer, status, what the feedback must say
FURTHER = [
    ("nearest_point", point_alone, "type", 'a dict: "x"'),
    ("nearest_point", clipped_point, "different", "random shapes"),  # by hand the box and the wall agree
    ("missing_from_beta_vae", beta_alone, "shape", "add it to a tensor of zeros"),
    ("best_weighted_bound", probabilities_formed, "not finite", "logsumexp"),
    ("best_weighted_bound", without_prior, "different", "What is its sum?"),
    ("effective_beta", mean_of_images, "different", 'where `reconstruction` is "mean" and `kl` is "sum"'),
    ("latents_that_survive", a_mask, "shape", "count with"),
    ("beta_for_rate", strictly_half, "different", "a sum of k logarithms"),
    ("beta_for_rate", twice_the_beta, "different", "exactly twice"),
    ("counted_loss", unstable_sigmoid, "not finite", "the logarithm of a sigmoid"),
    ("counted_loss", per_image_terms, "shape", "then average over images"),
    ("counted_loss", beta_squared, "different", "loss: "),
    ("mended_ascent", ascent_that_tires, "different", "right up to number 1"),
    ("mended_ascent", without_start, "shape", "its start"),
    ("price_of_quality", bracket_too_small, "different", "bracket u"),
    ("kkt_values", squares_for_forms, "different", "u >= 0 only"),
    ("price_under_free_bits", price_at_double_floor, "different", "two kinds of direction"),
]


@pytest.mark.parametrize(
    ("name", "answer", "status", "says"), FURTHER, ids=[f"{n}: {getattr(a, '__name__', '')}" for n, a, *_ in FURTHER]
)
def test_feedback_to_an_answer_that_nobody_foresaw(name, answer, status, says):
    found = verdict(name, answer)
    assert found.status == status and found.earned == 0 and not found.slip, found
    assert says in " ".join(text for _, text in found.rows), found


def test_every_question_is_tried():
    assert {name for name, *_ in FURTHER} == set(BY_NAME)


def changed(value, change):
    if isinstance(value, dict):
        return {name: changed(v, change) for name, v in value.items()}
    return change(torch.as_tensor(value, dtype=torch.float64))


@pytest.mark.parametrize("change", [lambda v: 1.37 * v, lambda v: v + 0.11, lambda v: v.abs() ** 1.1 + 0.02])
@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.name)
def test_no_slip_is_named_where_none_was_made(question, change):
    outcomes = call_answer(question.reference, question.cases(0), question.call)
    theirs = [Outcome("value", encode(changed(decode(outcome.value), change))) for outcome in outcomes]
    found = judge(question, theirs)
    assert found.earned == 0 and not found.slip, found


def test_two_slips_at_once_get_no_false_name():
    # Neither the projection nor the weights: each is a name, both together are none of the catalogue.
    def both(log_data, log_prior, log_likelihood, budget, start, lr, steps):
        path = [start]
        for _ in range(steps):
            log_q = tilted(log_prior, log_likelihood, path[-1])
            rate = (log_q.exp() * (log_q - log_prior)).sum(1).mean()
            path.append(path[-1] + lr * float(rate - budget))
        return torch.tensor(path, dtype=torch.float64)

    assert not verdict("mended_ascent", both).slip

    def upside_down_in_bits(variances, sigma, rate):
        return sigma**2 / level(variances, rate * math.log(2))

    assert not verdict("beta_for_rate", upside_down_in_bits).slip
