"""The numbers of the quiz of both pages."""

import math

import torch

from course_pkg import bottleneck, elbo
from course_pkg.show.quiz import quiz


def test_each_page_has_five_questions():
    assert len(quiz("bottleneck").questions) == len(quiz("capacity").questions) == 5


def test_the_ceiling_of_a_batch():
    assert round(math.log(64), 2) == 4.16 > 4.15 and round(11 - 4.15, 2) == 6.85


def test_the_first_of_two_directions_gets_nine_tenths_of_a_nat():
    rates = bottleneck.gaussian_rates(torch.tensor([0.9, 0.5], dtype=torch.float64), 0.6)
    assert round(rates[0].item(), 2) == 0.90 and rates[1].item() == 0
    assert round((0.9 - 0.6) / 2, 2) == 0.15


def test_the_ceiling_of_a_thousand_images():
    assert round(math.log(1000), 1) == 6.9 and round(12 - math.log(1000), 1) == 5.1


def test_a_narrow_code_without_a_mean_costs_25_nats_and_says_nothing():
    mu, log_var = torch.zeros(50, 1, dtype=torch.float64), torch.full((50, 1), -51.0, dtype=torch.float64)
    assert abs(elbo.gaussian_kl(mu, log_var).mean().item() - 25) < 1e-12
    assert bottleneck.channel_capacity(mu, log_var).abs().item() < 1e-12
    assert bottleneck.information_samples(mu, log_var, 3, torch.Generator().manual_seed(0)).abs().max() < 1e-9


def test_a_target_has_no_slope():
    kl = torch.tensor([1.0, 2.0], requires_grad=True)
    slopes = [torch.autograd.grad(1000 * (kl.sum() - c), kl)[0] for c in (25, 5, -100)]
    assert all(torch.equal(slope, torch.full((2,), 1000.0)) for slope in slopes)
