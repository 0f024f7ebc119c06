"""Wrong answers on the bottleneck that its catalogue does not know: what the feedback says, and no false name."""

import math

import numpy as np
import pytest
import torch

from course_pkg.grading.calling import call_answer
from course_pkg.grading.judging import judge
from course_pkg.questions.bottleneck import QUESTIONS
from course_pkg.questions.bottleneck.capacity import capacity_loss, of_batch, ramp
from course_pkg.questions.bottleneck.channel import shrunk, silent
from course_pkg.questions.bottleneck.degenerate import decoder_part, prior_part
from course_pkg.questions.bottleneck.informations import each_says, information
from course_pkg.questions.bottleneck.steps import step
from course_pkg.questions.bottleneck.weights import weights
from course_pkg.questions.shared import level

BY_NAME = {question.name: question for question in QUESTIONS}


def verdict(name, answer, seed=0):
    question = BY_NAME[name]
    return judge(question, call_answer(answer, question.cases(seed), question.call), seed)


def by_hand_logs(counts):
    rows, all_ = counts / counts.sum(1, keepdim=True), counts.sum(0) / counts.sum()
    return (rows * (rows / all_).log()).sum(1)


def by_hand_with_epsilon(counts):
    rows, all_ = counts / counts.sum(1, keepdim=True), counts.sum(0) / counts.sum()
    return (rows * ((rows + 1e-12) / (all_ + 1e-12)).log()).sum(1)


def forms_probabilities(log_p_x, log_q_z_given_x, log_p_z):
    q_z = log_p_x.exp() @ log_q_z_given_x.exp()
    return (q_z * (q_z.log() - log_p_z)).sum()


def newton_from_zero(capacity):
    s = torch.zeros_like(capacity)
    for _ in range(50):
        s = s - (0.5 * (s.exp() - 1 - s) - capacity) / (0.5 * (s.exp() - 1))
    return s


def logarithm_of_the_noise(capacity, variance):
    noise = (-2 * capacity).exp()
    return {"gain": ((1 - noise) / variance).sqrt(), "log_var": noise.log()}


def gain_and_width(capacity, variance):
    return {"gain": shrunk(capacity, variance), "sigma": (-capacity).exp()}


def exponentials(p_x, encoder, p_y_given_x, beta, alpha):
    q_z = p_x @ encoder
    p_y = (p_x[:, None] * encoder).T @ p_y_given_x / q_z.clamp_min(1e-300)[:, None]
    apart = torch.xlogy(p_y_given_x, p_y_given_x).sum(1)[:, None] - p_y_given_x @ p_y.clamp_min(1e-300).log().T
    new = (q_z * (-apart / beta).exp()) ** (1 / alpha)
    return new / new.sum(1, keepdim=True)


def too_low_a_level(variances, capacity):
    return 0.5 * (variances / (0.9 * level(variances, capacity))).clamp_min(1).log()


# question, answer, status, what the feedback must say
FURTHER = [
    ("what_each_says", by_hand_logs, "not finite", "must count as zero"),
    ("what_each_says", lambda counts: each_says(counts)[:, None], "shape", "shape (2, 1)"),
    ("what_each_says", lambda counts: np.asarray(each_says(counts)), "holds", "log p(y|x)"),
    ("what_each_says", lambda counts: each_says(counts) + math.log(2), "different", "too much by exactly log 2"),
    ("wasted_rate", forms_probabilities, "not finite", "a code that no image uses"),
    (
        "wasted_rate",
        lambda log_p_x, log_q_z_given_x, log_p_z: log_p_z.exp().sum(),
        "different",
        "the sum of exp(`log_p_x`) and nothing else",
    ),
    ("same_optimum", weights(share=lambda b, D, d: b / (2 + b)), "different", "share: "),
    ("same_optimum", weights(both_means=lambda b, D, d: b * d * d / D), "different", "exactly `latents` times"),
    ("same_optimum", lambda **k: {"tishby": 0.25}, "type", "other entries"),
    ("mended_capacity", capacity_loss(reach=lambda *a: ramp(*a) / 2), "different", "capacity: exactly half"),
    ("mended_capacity", capacity_loss(total=lambda fit, p: p - fit.max()), "different", "loss: "),
    ("lost_by_code", lambda p_xz, p_y_given_x, p_y_given_z: p_xz @ p_y_given_z, "shape", "one number"),
    ("best_channel", logarithm_of_the_noise, "not finite", "its logarithm is lost"),
    ("best_channel", gain_and_width, "type", "other entries"),
    ("silent_rate", newton_from_zero, "not finite", "At log_var = 0 the slope is zero"),
    ("silent_rate", lambda capacity: silent(capacity).abs(), "slip", "minus what it should be: a sign"),
    ("first_split", lambda error, looks: 0.3, "different", "average its square"),
    ("nats_each", too_low_a_level, "different", "choose a level D"),
    ("held_by_gamma", lambda variances, sigma, gamma, capacity: variances, "shape", "shape (3,)"),
    ("held_by_gamma", lambda **k: 1000.0, "different", "1000 in every case, whatever comes in"),
    ("missing_from_degenerate", lambda beta, log_q_xz, **k: log_q_xz.sum(), "not finite", "use worlds.kl"),
    ("encoder_step", exponentials, "not finite", "exp alone underflows"),
    ("encoder_step", lambda **k: step()(**k).round(decimals=2), "different", "rounded to two digits"),
]


@pytest.mark.parametrize(
    ("name", "answer", "status", "says"), FURTHER, ids=[f"{i} {n}" for i, (n, *_) in enumerate(FURTHER)]
)
def test_feedback_to_an_answer_that_nobody_foresaw(name, answer, status, says):
    found = verdict(name, answer)
    assert found.status == status and (found.earned == 0 or status == "holds"), found
    assert bool(found.slip) == (status == "slip"), found
    assert says in " ".join(text for _, text in found.rows), found


def test_a_tiny_epsilon_is_no_slip():
    assert verdict("what_each_says", by_hand_with_epsilon).status == "holds"


@pytest.mark.parametrize("seed", [0, 3])
def test_another_way_to_the_same_number_holds(seed):
    def by_difference(log_p_x, log_q_z_given_x, log_p_z):
        rate = log_p_x.exp() @ torch.xlogy(log_q_z_given_x.exp(), log_q_z_given_x.exp()).sum(1)
        rate = rate - log_p_x.exp() @ (log_q_z_given_x.exp() @ log_p_z)
        return rate - information(log_p_x, log_q_z_given_x)

    def bisected(capacity):
        low, high = -(1 + 2 * capacity), torch.zeros_like(capacity)
        for _ in range(100):
            middle = (low + high) / 2
            dear = (middle.expm1() - middle) / 2 > capacity
            low, high = torch.where(dear, middle, low), torch.where(dear, high, middle)
        return middle

    def from_the_fourfold(beta, log_q_xz, log_p_x_given_z, log_p_z):
        return decoder_part(log_q_xz, log_p_x_given_z) + beta * prior_part(log_q_xz, log_p_z)

    for name, answer in (
        ("wasted_rate", by_difference),
        ("silent_rate", bisected),
        ("missing_from_degenerate", from_the_fourfold),
    ):
        assert verdict(name, answer, seed).status == "holds"


def test_the_first_entry_that_is_off_is_the_one_that_is_spoken_of():
    worse = capacity_loss(reach=lambda step, start, end, steps: end * step / steps, miss=lambda kl, c: kl.sum() - c)
    assert dict(verdict("mended_capacity", worse).rows)["observed"].startswith("capacity: ")
    per_image = capacity_loss(
        miss=lambda kl, c: (kl.sum(1) - c).abs().mean(), total=lambda fit, penalty: penalty - fit.sum()
    )
    assert verdict("mended_capacity", per_image).slip == "every image held at C"
    summed = capacity_loss(miss=of_batch, total=lambda fit, penalty: penalty - fit.sum())
    assert verdict("mended_capacity", summed).slip == "one term summed over the batch"
