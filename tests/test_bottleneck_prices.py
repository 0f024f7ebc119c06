"""Prices of the rate: what they ask, the gradients that they send, and the schedules that move them.

Error bars. All values are sums of a few float64 numbers, compared to 1e-12.
"""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from course_pkg.bottleneck import Annealed, Capacity, Hinge, constant, linear

SIZES = st.floats(-50, 50)


def value_and_slope(price, kl, step=0):
    """A price at a KL (d,), and its gradient in it."""
    kl = torch.as_tensor(kl, dtype=torch.float64).requires_grad_()
    paid = price(kl, step)
    assert paid.shape == () and paid.dtype == torch.float64
    return paid.item(), torch.autograd.grad(paid, kl)[0].tolist()


def test_capacity_pulls_from_both_sides():
    price = Capacity(3.0, constant(4.0))
    assert value_and_slope(price, [1.0, 1.0]) == (6.0, [-3.0, -3.0])
    assert value_and_slope(price, [5.0, 1.0]) == (6.0, [3.0, 3.0])
    assert value_and_slope(price, 1.5) == (7.5, -3.0)  # a term that has one number an image


def test_hinge_pulls_from_above_only():
    price = Hinge(3.0, constant(4.0))
    assert value_and_slope(price, [1.0, 1.0]) == (0.0, [0.0, 0.0])
    assert value_and_slope(price, [5.0, 1.0]) == (6.0, [3.0, 3.0])


def test_annealed_is_beta_times_the_kl_at_each_step():
    price = Annealed(linear(10.0, 1.0, 100))
    assert value_and_slope(price, [2.0, 1.0], step=0) == (30.0, [10.0, 10.0])
    assert value_and_slope(price, [2.0, 1.0], step=50) == (16.5, [5.5, 5.5])
    assert value_and_slope(price, [2.0, 1.0], step=500) == (3.0, [1.0, 1.0])


@given(st.lists(SIZES, min_size=1, max_size=4), st.floats(0.1, 1000), SIZES)
def test_the_hinge_is_the_capacity_above_c_and_nothing_below(kl, gamma, c):
    kl = torch.tensor(kl, dtype=torch.float64)
    both, above = (price(gamma, constant(c))(kl, 7) for price in (Capacity, Hinge))
    torch.testing.assert_close(above, both if kl.sum() > c else torch.zeros_like(both))


@pytest.mark.parametrize("price", [Capacity, Hinge])
def test_c_moves_with_the_step(price):
    moving = price(2.0, linear(0.0, 10.0, 10))
    assert [moving(torch.tensor([9.0, 3.0]), step).item() for step in (0, 1, 9, 10, 11)] == [24, 22, 6, 4, 4]


@given(SIZES, SIZES, st.integers(1, 1000))
def test_linear_meets_its_ends_and_lies_between(start, end, steps):
    schedule = linear(start, end, steps)
    assert schedule(0) == start
    assert schedule(steps) == pytest.approx(end, abs=1e-12) == schedule(steps + 1) == schedule(10 * steps)
    middle = schedule(steps // 2) - start
    assert middle == pytest.approx((end - start) * (steps // 2) / steps, abs=1e-12)
    assert constant(start)(0) == constant(start)(steps) == start


@pytest.mark.parametrize("steps", [0, -5])
def test_a_schedule_without_steps_is_refused(steps):
    with pytest.raises(ValueError, match=f"^expected finite ends and at least one step, got 1.0 to 2.0 in {steps}$"):
        linear(1.0, 2.0, steps)


@pytest.mark.parametrize("ends", [(math.nan, 1.0), (0.0, math.inf)])
def test_a_schedule_to_nowhere_is_refused(ends):
    with pytest.raises(ValueError, match="expected finite ends"):
        linear(*ends, 10)


@pytest.mark.parametrize("price", [Capacity, Hinge])
@pytest.mark.parametrize("gamma", [0.0, -1.0, math.nan, math.inf])
def test_a_gamma_that_is_no_price_is_refused(price, gamma):
    with pytest.raises(ValueError, match=r"^expected a positive, finite gamma, got"):
        price(gamma, constant(1.0))


def test_prices_stay_on_the_device_and_in_the_type():
    """A tensor on the meta device has no value: whatever reads it back fails here."""
    for price in (Capacity(1.0, constant(1.0)), Hinge(1.0, constant(1.0)), Annealed(constant(1.0))):
        paid = price(torch.empty(3, device="meta", dtype=torch.float32), 1)
        assert paid.device.type == "meta" and paid.dtype == torch.float32 and paid.shape == ()
