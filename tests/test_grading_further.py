"""Wrong answers that no catalogue knows: what the feedback says to each, and that it helps."""

import math

import numpy as np
import pytest
import torch

from course_pkg import elbo
from course_pkg.grading.calling import call_answer
from course_pkg.grading.judging import judge
from course_pkg.questions.elbo import QUESTIONS
from course_pkg.questions.elbo.debug import Mended, log_normal
from course_pkg.questions.elbo.kl import kl_between
from course_pkg.questions.elbo.mixture import log_components, right_rate
from course_pkg.questions.elbo.priors import HALF_NORMAL, against_laplace
from course_pkg.questions.elbo.tilted import kl_full
from course_pkg.questions.elbo.widths import fitted

BY_NAME = {question.name: question for question in QUESTIONS}


def but(**methods):
    return type("Theirs", (Mended,), methods)


def no_minus_one(mu_q, log_var_q, mu_p, log_var_p):
    return (kl_between(mu_q, log_var_q, mu_p, log_var_p) + 0.5).sum(1)


def in_bits(mu_q, log_var_q, mu_p, log_var_p):
    return kl_between(mu_q, log_var_q, mu_p, log_var_p).sum(1) / math.log(2)


def determinant_formed(mu, factor):
    covariance = factor @ factor.mT
    trace = covariance.diagonal(dim1=1, dim2=2).sum(1)
    return 0.5 * (trace + mu.square().sum(1) - mu.shape[1] - covariance.det().log())


def forgot_to_square(mu, factor):
    return kl_full(mu, factor) + 0.5 * (mu - mu.square()).sum(1)


def weights_twice(z, mu, log_var, means):
    return right_rate(z, mu, log_var, means) + math.log(len(means))


def densities_formed(z, mu, log_var, means):
    return elbo.gaussian_log_prob(z, mu, log_var) - log_components(z, means).exp().mean(1).log()


def erf_without_root_two(mu, log_var):
    def size(m, v):
        sigma = (0.5 * v).exp()
        return sigma * HALF_NORMAL * (-0.5 * (m / sigma) ** 2).exp() + m * torch.erf(m / sigma)

    return against_laplace(mu, log_var, size).sum(1)


def as_the_formula_stands(x, logits):
    p = logits.sigmoid()
    c = 2 * torch.atanh(1 - 2 * p) / (1 - 2 * p)
    return elbo.bernoulli_log_likelihood(x, logits) + c.log().flatten(1).sum(1)


def unbiased_variance(x, mean):
    pixels = x[0].numel()
    variance = (x - mean).flatten(1).square().sum(1) / (pixels - 1)
    return -0.5 * pixels * (elbo.LOG_2PI + variance.log() + 1)


def through_numpy(x, mean):
    return np.asarray(fitted(x, mean))


def three_values(self, x, eps):
    x_hat, _, mu, log_std = Mended.forward(self, x, eps)
    return x_hat, mu, log_std


def fed_with_x(self, x, eps):
    _, z, mu, log_std = Mended.forward(self, x, eps)
    return self.decoder(x), z, mu, log_std


def rate_reversed(self, z, mu, log_std):
    return (log_normal(z, 0.0, 0.0) - log_normal(z, mu, log_std)).sum(1)


def zero_times_infinity(log_posterior, log_q):
    return (log_posterior.exp() * (log_q - log_posterior)).sum(1)


# question, answer, status, what the feedback must say
FURTHER = [
    ("kl_between_gaussians", no_minus_one, "different", "too much by exactly 1/2 for each of the latents"),
    ("kl_between_gaussians", in_bits, "slip", "bits, not nats"),
    ("kl_full_covariance", determinant_formed, "not finite", "Add logarithms instead"),
    ("kl_full_covariance", forgot_to_square, "different", "random shapes"),  # by hand 1 squared is 1
    ("mixture_rate", weights_twice, "different", "the logarithm of the number of components"),
    ("mixture_rate", densities_formed, "not finite", "logsumexp"),
    ("kl_to_laplace", erf_without_root_two, "slip", "over the root of two"),
    ("continuous_bernoulli", as_the_formula_stands, "not finite", "The limit of C there is 2"),
    ("fitted_width", unbiased_variance, "slip", "unbiased, not most likely"),
    ("fitted_width", through_numpy, "holds", "log N(x; mean"),
    ("MendedVAE", but(forward=three_values), "exception", "forward gives back 3 values; expected 4"),
    ("MendedVAE", but(forward=fed_with_x), "exception", "who is fed what"),
    ("MendedVAE", but(rate=rate_reversed), "different", "rate: exactly minus what it should be: a sign"),
    ("correction_above", zero_times_infinity, "not finite", "must count as zero"),
    (
        "missing_from_weighted",
        lambda beta, rate, gap: beta * gap,
        "different",
        "yours is made of beta times the gap",
    ),
    ("ratio_with_baseline", lambda: 30.0, "different", "one latent's slope"),
    ("latents_in_use", lambda variances, sigma: variances > sigma**2, "shape", "count with"),
]


@pytest.mark.parametrize(
    ("name", "answer", "status", "says"), FURTHER, ids=[f"{n}: {getattr(a, '__name__', '')}" for n, a, *_ in FURTHER]
)
def test_feedback_to_an_answer_that_nobody_foresaw(name, answer, status, says):
    question = BY_NAME[name]
    found = judge(question, call_answer(answer, question.cases(0), question.call))
    assert found.status == status and (found.earned == 0 or status == "holds"), found
    assert bool(found.slip) == (status == "slip"), found
    assert says in " ".join(text for _, text in found.rows), found


def test_a_ratio_a_constant_and_a_sign_are_named():
    question = BY_NAME["fitted_width"]

    def says(change):
        found = judge(question, call_answer(lambda x, mean: change(fitted(x, mean), x), question.cases(0)))
        return dict(found.rows)["observed"]

    assert "one over the number of images" in says(lambda v, x: v / len(x))
    assert "the number of pixels" in says(lambda v, x: v * x[0].numel())
    assert says(lambda v, x: 2 * v) == "exactly twice what it should be"
    assert "always 0.3 times" in says(lambda v, x: 0.3 * v)
    assert "too little by exactly log 2: a constant" in says(lambda v, x: v - math.log(2))
    assert "too much by 0.1234, the same everywhere" in says(lambda v, x: v + 0.1234)
    assert says(lambda v, x: 0 * v) == "zero in every case"


def test_the_first_entry_that_is_off_is_the_one_that_is_spoken_of():
    def squared_error(self, x, x_hat):
        return (x - x_hat).square().sum(1)

    def not_summed(self, z, mu, log_std):
        return log_normal(z, mu, log_std) - log_normal(z, 0.0, 0.0)

    question = BY_NAME["MendedVAE"]
    both = but(reconstruction=squared_error, rate=not_summed)
    found = judge(question, call_answer(both, question.cases(0), question.call))
    assert found.slip == "a squared error, which falls, inside the bound"
    found = judge(question, call_answer(but(rate=not_summed), question.cases(0), question.call))
    assert found.slip == "a rate for each latent, not added" and dict(found.rows)["returns"].startswith(
        "rate: shape (1, 1)"
    )
