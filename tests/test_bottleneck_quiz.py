"""The numbers of the quiz of both pages."""

import math

import torch

from course_pkg import bottleneck, elbo
from course_pkg.show.quiz import quiz
from helpers import said


def test_each_page_has_five_questions():
    assert len(quiz("bottleneck").questions) == len(quiz("capacity").questions) == 5


def test_the_ceiling_of_a_batch():
    assert round(math.log(64), 2) == 4.16 > 4.15
    said("capacity", "batches of 64 images", "to say 4.15 nats", "Its rate is 11.", "batch of 64 can", "Any 64 images")
    said("capacity", f"{11 - 4.15:.2f} nats: the rate less", f"cannot exceed log 64, which is {math.log(64):.2f} nats")
    said("capacity", "the estimate is log 64. That it is log 64", "4.15 nats: on average half")


def test_the_first_of_two_directions_gets_nine_tenths_of_a_nat():
    rates = bottleneck.gaussian_rates(torch.tensor([0.9, 0.5], dtype=torch.float64), 0.6)
    assert rates[1].item() == 0
    said(
        "bottleneck",
        "correlations of .9 and .5.",
        "at a price of .6?",
        f"{rates[0]:.1f} nats of the first direction and nothing of the second. Half",
    )
    said("bottleneck", f"Half of logit .9 less logit .6 is {rates[0]:.2f} nats.", "below a price of .5 only")
    said("bottleneck", f"{(0.9 - 0.6) / 2:.2f} nats of the first and nothing of the second: half of .9 less .6")
    said("bottleneck", "which costs .6", "earns up to .9")


def test_two_conventions():
    said("bottleneck", "at beta = 20, another at beta = 0.05", f"1 / 20 = {1 / 20:.2f}", "At 0.05 and at 20 in one")


def test_two_cases():
    said("bottleneck", "residual of 1e-12", "price of .55 no faint")


def test_the_ceiling_of_a_thousand_images():
    said(
        "capacity",
        "with 10 latents",
        "on 1,000 different images",
        "its rate is 12 nats",
        f"{12 * 10} nats: 12 for each of the 10 l",
    )
    said(
        "capacity",
        "12 nats: the rate",
        "The rate of 12 nats",
        f"{math.log(1000):.1f} nats at most. There are 1,000 images",
    )
    said("capacity", f"log 1,000 = {math.log(1000):.1f}. At least {12 - math.log(1000):.1f} nats of the rate")
    said("capacity", f"{2 * math.log(1000):.1f} nats at most: 1,000 images, and 1,000 codes", "exceed log 1,000")
    said("capacity", "says more about 1,000 images")


def test_a_narrow_code_without_a_mean_costs_25_nats_and_says_nothing():
    mu, log_var = torch.zeros(50, 1, dtype=torch.float64), torch.full((50, 1), -51.0, dtype=torch.float64)
    assert abs(elbo.gaussian_kl(mu, log_var).mean().item() - 25) < 1e-12
    said(
        "capacity",
        "`log_var` = −51. Its KL is 25 nats",
        "25 nats: such",
        "All 25 nats",
        f"{-log_var[0, 0]:.0f} nats, twice",
    )
    assert bottleneck.channel_capacity(mu, log_var).abs().item() < 1e-12
    assert bottleneck.information_samples(mu, log_var, 3, torch.Generator().manual_seed(0)).abs().max() < 1e-9


def test_a_target_has_no_slope():
    kl = torch.tensor([1.0, 2.0], requires_grad=True)
    slopes = [torch.autograd.grad(1000 * (kl.sum() - c), kl)[0] for c in (25, 5, -100)]
    assert all(torch.equal(slope, torch.full((2,), 1000.0)) for slope in slopes)
    said(
        "capacity",
        "`1000 * (kl - 25)`",
        "target of 25 nats",
        "With 5, or with minus 100",
        "beta = 1,000. The slope is 1,000 times",
    )
    said("capacity", "starts below 25, so")


def test_a_force_below_the_price():
    """A case of the question's own: the absolute value pulls as hard as gamma, on either side of C."""
    kl, slope = torch.tensor([11.0, 3.0], requires_grad=True), torch.tensor([0.5, -0.5])
    assert torch.equal(torch.autograd.grad((0.5 * (kl - 5).abs()).sum(), kl)[0], slope)
    said(
        "capacity",
        "gamma of 0.5 the KL settles at 11 nats, although C is 5.",
        "At 11 it pushes down",
        "until there are 11 of",
    )
    said("capacity", "same 11 nats", "price at which 5 nats are bought", "with beta = 0.5")
