"""The numbers of course_pkg/show/quiz/mmd.md: each is computed, and then looked for in the text."""

import math

import torch

from course_pkg.mmd import gaussian_mean, gaussian_mmd2, null_variance, rbf
from helpers import generator, said


def gaussian(d):
    return torch.zeros(d, dtype=torch.float64), torch.eye(d, dtype=torch.float64)


def test_the_fourth_moments():
    x = torch.linspace(-60, 60, 2_400_001, dtype=torch.float64)
    step = x[1] - x[0]
    normal = torch.exp(-0.5 * x.square()) / math.sqrt(2 * math.pi)
    laplace = torch.exp(-math.sqrt(2) * x.abs()) / math.sqrt(2)
    fourth = [(law * x**4).sum() * step for law in (normal, laplace)]
    said("mmd", f"the fourth: {fourth[0]:.0f} and {fourth[1]:.0f}")


def test_frequencies_that_are_not_shared():
    zero, eye = gaussian(1)
    own = gaussian_mean(1.0, zero, 2 * eye).item()
    cross = gaussian_mean(1.0, zero, eye).item() ** 2  # E k(x, 0) E k(0, y)
    said(
        "mmd",
        f"k, {own:.3f}, the cross term has {cross:.3f}",
        f"twice the difference, {2 * (own - cross):.3f}, is left",
    )
    said("mmd", "draws 50 frequencies for the first sample and 50 others")


def test_negative_values():
    g, k, n = generator(1), rbf(1.0), 64
    x, y = (torch.randn(4000, n, 1, generator=g, dtype=torch.float64) for _ in range(2))
    own = lambda s: (k(s, s).sum((1, 2)) - n) / (n * (n - 1))
    share = (own(x) + own(y) - 2 * k(x, y).mean((1, 2)) < 0).double().mean().item()
    assert abs(share - 0.63) < 4.5 * math.sqrt(0.25 / 4000)
    said(
        "mmd", "in about 63 % of all batches", f"about 1 − 1/64 = {1 - 1 / 64:.3f}", "With 64 codes", "prints −0.003 in"
    )
    assert null_variance(1.0, 1, n) > 0


def test_levels():
    said(
        "mmd", f"p-value is 1/101 = {1 / 101:.4f}", "one of the 101, too", "compute 100 permutations", "for level .05,"
    )
    said(
        "mmd",
        f"in 6 of 101 cases, .{1e4 * 6 / 101:04.0f}",
        f"in 5 of 101, .{1e4 * 5 / 101:04.0f}",
        "is (0 + 1)/(100 + 1)",
    )


def test_the_price_of_collapse_and_the_pull():
    zero, eye = gaussian(10)
    collapse = gaussian_mmd2(10**0.5, zero, torch.zeros_like(eye), zero, eye)
    said("mmd", f"constant code costs about {collapse:.2f}", f"h² = 10 the price of total collapse is {collapse:.3f}")
    said("mmd", "is about 100 nats", "Beside 100 nats", "distance of 10 the")
    zero, eye = gaussian(1)
    mean = torch.tensor([10.0], dtype=torch.float64, requires_grad=True)
    gaussian_mmd2(1.0, mean, eye, zero, eye).backward()
    said("mmd", f"a force of {mean.grad.item():.1e}".replace("e-0", "e-"))
