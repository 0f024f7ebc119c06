"""What is told of answers that are right in part: their wrong numbers alone, the values at which they are right; and
slips that answers made which no catalogue knew."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy import stats

from course_pkg.grading.evidence import by_slip
from test_grading import CHAPTERS, verdict

QUESTIONS = {question.name: question for questions in CHAPTERS.values() for question in questions}


def told(name, answer, seed=0):
    found = verdict(QUESTIONS[name], answer, seed)
    assert found.earned == 0, found
    return " ".join(f"{what}: {text}" for what, text in found.rows)


def averaged(mu, log_var, of_both):
    ratio = log_var[1] - log_var[0]
    apart = ratio.exp() + (mu[1] - mu[0]).square() / log_var[0].exp() - ratio
    shared = apart < (apart.amax() + apart.amin()) / 2
    return {"mu": torch.where(shared, mu.mean(0), mu), "log_var": torch.where(shared, of_both(log_var), log_var)}


def test_the_wrong_numbers_alone_have_a_relation():
    variance = lambda mu, log_var: averaged(mu, log_var, lambda v: v.exp().mean(0))
    assert "log_var: where it is wrong, exactly the exponential of what it should be" in told("share", variance)
    assert verdict(
        QUESTIONS["share"], lambda mu, log_var: averaged(mu, log_var, lambda v: v.exp().mean(0).log())
    ).earned


def test_wrong_numbers_without_a_relation_are_given_none():
    odd = lambda mu, log_var: averaged(mu, log_var, lambda v: v.exp().mean(0).log() + 0.1 * mu.mean(0))
    assert "where it is wrong" not in told("share", odd)
    still = lambda mu, log_var: averaged(mu, log_var, lambda v: 0.5 + 0 * v[0])
    assert "where it is wrong, " not in told("share", still)  # that is told as where it stands


def grey(width, least):
    def continuous_bernoulli(x, logits):
        p = logits.sigmoid()
        near = (p - 0.5).abs() < width
        q = torch.where(near, 0.3, p)
        c = torch.where(near, 2.0, 2 * torch.atanh(1 - 2 * q) / (1 - 2 * q))
        coins = F.binary_cross_entropy_with_logits(logits, x, reduction="none")
        coins = -x * p.clamp_min(least).log() - (1 - x) * (1 - p).clamp_min(least).log() if least else coins
        return (c.log() - coins).flatten(1).sum(1)

    return continuous_bernoulli


def test_a_band_around_zero_is_told_by_its_values():
    tried = "right at the other 13 that were tried, from -30 to 30"
    assert f"wrong where every number of `logits` is plus or minus 0.01 or 0.1, {tried}" in told(
        "continuous_bernoulli", grey(0.05, 0.0)
    )
    both = told("continuous_bernoulli", grey(0.05, 1e-6))
    assert "plus or minus 0.01, 0.1 or 30" in both and "take one that is wrong and one that is right" in both


def test_no_values_are_told_of_what_is_wrong_nearly_everywhere():
    assert "were tried" not in told("continuous_bernoulli", lambda x, logits: (x * logits).flatten(1).sum(1) - 0.3)


def test_a_ratio_is_said_as_one():
    text = told("votes_of_a_run", lambda run, vote, train, count: math.sqrt(run * train / (vote * count)))
    assert "exactly `run` over `vote` times what it should be" in text


def test_a_mean_is_asked_for_where_a_number_of_things_is_the_factor():
    def evaluations_counted(own, fresh):
        last, n = fresh[:, :, -1], fresh[0].numel()
        return {"difference": last[0].mean() - last[1].mean(), "error": (last.var(1) / n).sum().sqrt()}

    text = told("mended_report", evaluations_counted)
    assert "one over the root of the number of evaluations" in text and "was a mean taken" not in text
    half = lambda mu, log_var: QUESTIONS["kl_to_laplace"].reference(mu, log_var) / mu.shape[1]
    assert "was a mean taken where a sum belongs?" in told("kl_to_laplace", half)


def test_what_is_no_number_has_a_hint_in_every_question():
    bare = [q for q in QUESTIONS.values() if "not finite" not in q.hints and q.kind != "experiment"]
    assert bare
    for question in bare[:5]:
        nothing = lambda question=question, **given: spoilt(question.reference(**given))
        found = dict(verdict(question, nothing).rows)
        assert "returns" not in found or "which logarithm, root, division" in found["hint"], found


def spoilt(value):
    return {k: spoilt(v) for k, v in value.items()} if isinstance(value, dict) else torch.as_tensor(value) * math.nan


def test_a_length_of_zero_has_no_slope():
    def term(z, prior, h, weight):
        kernel = lambda a, b: (-((a[:, None] - b).square().sum(-1).sqrt() ** 2) / (2 * h**2)).exp()
        off = lambda k: (k.sum() - k.trace()) / (len(k) * (len(k) - 1))
        return weight * (off(kernel(z, z)) + off(kernel(prior, prior)) - 2 * kernel(z, prior).mean())

    assert "a root or a length of zero has no slope" in told("mended_term", term)


def by_cdf(share, votes, times):
    return sum(1 - stats.binom.cdf(v - 1, votes, share) ** times for v in range(votes)) / votes


def textbook(d, more):
    return math.ceil((d + 1) / more)


def rounded(settings, bins):
    at = [np.round(np.arange(n) / (n - 1) * (bins - 1)).astype(int) for n in settings]
    return float(np.mean([stats.entropy(np.bincount(a)) / math.log(len(a)) for a in at]))


def among_tests(codes, fixed, images, test_fixed, test_images):
    return QUESTIONS["mended_votes"].reference(codes, test_fixed, test_images, test_fixed, test_images)


def carried_over(spread, width, eps):
    code = spread**2 + width**2
    return -0.5 * math.log(1 - (eps * code) ** 2 / (code * (eps**2 * code + 1)))


def each_the_rest(log_q, own):
    w = torch.full((len(log_q),) * 2, 1 - own, dtype=log_q.dtype).fill_diagonal_(own).log()
    joint, single = (log_q.sum(2) + w).logsumexp(1), (log_q + w[:, :, None]).logsumexp(1).sum(1)
    return {"information": log_q.diagonal().sum(0) - joint, "tc": joint - single}


def inside(family_information, family_score, information, score):
    low, high = family_information.amin(1), family_information.amax(1)
    kept = (low < information) & (information < high)
    given = [v[kept] for v in (family_information, family_score, information, score)]
    return QUESTIONS["above_the_family"].reference(*given)


def by_student(difference, sd, n):
    p = stats.t.cdf(difference / (sd * (2 / n) ** 0.5), 2 * n - 2)
    return p**2 + (1 - p) ** 2


FOUND = {
    "above_the_family": (inside, "a system at an end left out"),
    "same_order": (by_student, "Student's t for the normal law"),
    "best_of_evaluations": (by_cdf, "fewer than v, for at most v"),
    "labels_enough": (textbook, "one label a coefficient: 1 + (d + 1) / n"),
    "mig_of_the_labels": (rounded, "settings rounded to the nearest bin"),
    "mended_votes": (among_tests, "its own votes scored"),
    "tc_with_dead_latent": (carried_over, "the noise of the first carried over"),
    "read_from_batch": (each_the_rest, "the others have the whole weight"),
}


@pytest.mark.parametrize("name", FOUND)
def test_a_slip_that_an_answer_made_is_named(name):
    answer, slip = FOUND[name]
    assert verdict(QUESTIONS[name], answer).slip == slip


def test_a_word_that_is_wrong_in_either_place():
    def counts_exchanged(weight, reconstruction, kl, images, channels, pixels, latents):
        given = {"images": images, "channels": 1, "pixels": latents, "latents": channels * pixels}
        return QUESTIONS["effective_beta"].reference(weight, reconstruction, kl, **given)

    assert 'wrong wherever one of the words is "mean", right wherever none is' in told(
        "effective_beta", counts_exchanged
    )


def test_an_entropy_in_units_of_its_largest():
    right = QUESTIONS["hard_code"].reference
    answer = lambda share: {**right(share), "information": right(share)["information"] / math.log(len(share))}
    assert "information: exactly one over the logarithm of the number of values times" in told("hard_code", answer)


def test_a_determinant_of_the_other_product():
    """W W' is singular where W is tall: a processor may round its determinant to next to nothing, here it is zero."""

    def other(W):
        tall = len(W) > W.shape[1]
        log_det = torch.tensor(-torch.inf, dtype=W.dtype) if tall else torch.logdet(W @ W.mT)
        return W.norm(dim=0).log().sum() - 0.5 * log_det

    found = told("columns_contrast", other)
    assert "W W' is n by n, and where n is larger than d its determinant is zero" in found


def test_what_the_course_s_own_answers_give_leaves_the_case_as_it_was():
    question = QUESTIONS["nearest_point"]
    case = question.cases(0)[1]
    before = {n: torch.as_tensor(v).clone() for n, v in case.arguments.items()}

    def writes(a, normal, limit):
        a -= 1
        return {"x": a, "multiplier": 0.0}

    assert by_slip(question, writes, case)["x"].equal(before["a"] - 1)
    assert all(torch.as_tensor(v).equal(before[n]) for n, v in case.arguments.items())
    assert by_slip(question, lambda a, normal, limit: 1 / 0, case) == {}
