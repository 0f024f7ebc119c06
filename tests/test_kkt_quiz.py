"""The numbers of course_pkg/show/quiz/kkt.md: each is computed, and then looked for in the text."""

import math

import pytest
import torch

from course_pkg import kkt
from course_pkg.kkt.axes import diagonal_gap, turned
from course_pkg.worlds import TabularWorld
from helpers import gaussian_gradients, said


def test_slackness():
    said("kkt", "rate is 3 nats where 5", "multiplier reads 0.4", f"0.4 times minus {5 - 3} is not 0")


def test_a_tenth_of_the_root():
    w = TabularWorld.random(0)
    price = lambda eps: kkt.price_of_rate(w.log_p_z, w.log_p_x_given_z, eps, w.log_p_x).item()
    assert price(1e-6) / price(1e-4) == pytest.approx(10, rel=0.02)
    said("kkt", "0.01 nats at a price of 8", "keep it to 0.0001 nats", "At 0.0001 nats")
    said(
        "kkt",
        f"{8 * math.sqrt(0.01 / 0.0001):.0f}. A small rate",
        f"{8 * 0.01 / 0.0001:.0f}: a hundredth",
        "8.1, since nearly",
    )


def test_two_widths():
    ratio = gaussian_gradients(0.1, 4.0) / gaussian_gradients(0.2, 1.0)
    assert torch.allclose(ratio, torch.full_like(ratio, 4.0))
    said(
        "kkt",
        f"4 times {0.1**2:.2f} is 1 times {0.2**2:.2f}",
        f"*squared* width, here {0.2**2:.2f}",
        "Beta 1. 4 times",
        "width 0.1, beta 4. A",
        "width of 0.2",
    )
    said("kkt", "Beta 4: the", "Beta 2. What", "Beta 16, because")


def test_three_eigenvalues():
    rates = kkt.latent_rates(torch.tensor([0.5, 0.3, 0.05], dtype=torch.float64), 10.0, 0.1**2)
    assert (rates > 0).tolist() == [True, True, False]
    said("kkt", f"Two; {rates.sum():.2f} nats. Half the logarithm of 5, and half the logarithm of 3.", "here 0.1")
    said("kkt", f"Two; {2 * rates.sum():.2f} nats. That is the sum", f"One; {rates[0]:.1f} nats")
    said(
        "kkt",
        "covariance are 0.5, 0.3 and 0.05 (and",
        "width of 0.1 is trained at beta 10",
        "eigenvalue, 0.3, is three times the water's 0.1",
    )


def test_a_secant_out_of_its_interval():
    said(
        "kkt", "falls by 3 nats", "rises by 15", f"price of a nat is {15 // 3}", f"price of 4, so {3 * 4}, and save 15"
    )
    assert not 2 <= 15 / 3 <= 4
    said("kkt", "Two betas, 2 and 4.", "between 2 and 4.", "cost 3 nats", "beta 4 than the model trained there")


def test_silence_is_a_saddle():
    """All weights at zero: no slope, and downhill in both directions of one latent that would pay for itself."""

    def loss(y, beta=1.0):
        v, w, log_s = y
        distortion = (4 * (1 - w * v) ** 2 + w**2 * log_s.exp()) / 0.4
        return distortion + beta * 0.5 * (4 * v**2 + log_s.exp() - 1 - log_s)

    zero = torch.zeros(3, dtype=torch.float64)
    assert (torch.func.grad(loss)(zero) == 0).all()
    curvature = torch.linalg.eigvalsh(torch.func.hessian(loss)(zero))
    assert curvature[0] < -1 < 0 < curvature[-1]


def test_the_price_of_a_turn():
    """Of the precisions at the optimum, whatever the water is."""
    for water in (0.1, 1.0):
        precision = torch.tensor([4.0, 2.0], dtype=torch.float64).diag() / water
        gap = diagonal_gap(turned(precision, math.pi / 4)).item()
        assert gap == pytest.approx(math.log(3 / math.sqrt(8)), abs=1e-12)
    said("kkt", "eigenvalues 4 and 2", f"{gap:.3f} nats, whatever beta is", f"{4 * gap:.2f} nats. Four times")
    said("kkt", "logarithm of 3 over the root of 8", "both of them by 45 degrees", "lost at beta 4")
