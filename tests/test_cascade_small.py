"""The small models of the chapter `cascade`: a linear VAE with graded prices, tables of bits, relaxed samples."""

import itertools
import math

import pytest
import scipy.integrate
import scipy.stats
import torch

from course_pkg.cascade import linear, relaxed, tables
from course_pkg.kkt import linear_optimum
from course_pkg.worlds import TabularWorld
from helpers import generator

EIGENVALUES = torch.tensor([4.0, 2.0, 1.0, 0.1], dtype=torch.float64)
PRICES, VARIANCE = torch.tensor([1.0, 1.3, 1.6], dtype=torch.float64), 0.3
AXES = torch.eye(4, dtype=torch.float64)


def number(value):
    return torch.tensor(value, dtype=torch.float64)


# A linear VAE ------------------------------------------------------------------------------------------------


def test_a_cost_by_hand_and_a_direction_that_does_not_pay():
    """Variance 4 at price 1 and pixels of 1/2: half a nat's worth is left, and (1/2) log 8 nats are said."""
    assert linear.cost(number(4.0), number(1.0), 0.5).item() == pytest.approx(0.5 + 0.5 * math.log(8))
    assert linear.cost(number(4.0), number(2.0), 0.5).item() == pytest.approx(1.0 + math.log(4))
    assert linear.cost(number(0.3), number(1.0), 0.5).item() == pytest.approx(0.3), "left as it is: nothing is said"


def test_at_equal_prices_it_is_the_optimum_of_kkt():
    for beta in (0.7, 1.5):
        rate, distortion = linear_optimum(EIGENVALUES, beta, number(VARIANCE), 3)
        constant = 2 * math.log(2 * math.pi * VARIANCE) + 0.1 / (2 * VARIANCE)
        found = constant + linear.pairing_costs(EIGENVALUES[:3], number([beta] * 3), VARIANCE, [(0, 1, 2)])[0]
        assert found.item() == pytest.approx((distortion + beta * rate).item(), rel=1e-12)


def test_the_loss_of_silent_weights_by_hand():
    silent = linear.Weights(torch.zeros(4, 3).double(), torch.zeros(4, 3).double(), torch.zeros(3).double())
    expected = 0.5 * (4 * math.log(2 * math.pi * VARIANCE) + 7.1 / VARIANCE)
    assert linear.loss(silent, EIGENVALUES.diag(), PRICES, VARIANCE).item() == pytest.approx(expected)
    assert torch.equal(silent.unflattened(silent.flat()).V, silent.V)


def test_each_latent_pays_its_own_price():
    start = linear.Weights.random(4, 3, generator())
    base = linear.loss(start, EIGENVALUES.diag(), torch.zeros(3).double(), VARIANCE)
    mean_square = (start.V * (EIGENVALUES[:, None] * start.V)).sum(0)
    rates = 0.5 * (mean_square + start.log_var.exp() - 1 - start.log_var)
    for k in range(3):
        alone = linear.loss(start, EIGENVALUES.diag(), 7 * torch.eye(3).double()[k], VARIANCE)
        assert (alone - base).item() == pytest.approx(7 * rates[k].item(), rel=1e-12)


def test_slopes_are_those_of_the_loss():
    start = linear.Weights.random(4, 3, generator())
    C = torch.cov(torch.randn(4, 9, generator=generator(1), dtype=torch.float64))
    flat = start.flat().requires_grad_()
    (expected,) = torch.autograd.grad(linear.loss(start.unflattened(flat), C, PRICES, VARIANCE), flat)
    torch.testing.assert_close(linear.slopes(start, C, PRICES, VARIANCE).flat(), expected, rtol=1e-12, atol=1e-12)


def test_opening_in_turn_reaches_the_optimum_where_training_together_does_not():
    start, cov = linear.Weights.random(4, 3, generator(7)), EIGENVALUES.diag()
    together = linear.fit(start, cov, PRICES, VARIANCE)
    in_turn = linear.open_in_turn(start, cov, PRICES, VARIANCE, generator=generator(7))
    best = linear.pairing_costs(EIGENVALUES[:3], PRICES, VARIANCE, [(0, 1, 2)])[0]
    constant = 2 * math.log(2 * math.pi * VARIANCE) + 0.1 / (2 * VARIANCE)
    assert linear.loss(together, cov, PRICES, VARIANCE) > best + constant + 0.1
    assert linear.loss(in_turn[-1], cov, PRICES, VARIANCE).item() == pytest.approx((best + constant).item(), abs=1e-9)
    assert linear.order(together, AXES) == [1, 0, 2] and linear.order(in_turn[-1], AXES) == [0, 1, 2]
    assert linear.curvature(together, cov, PRICES, VARIANCE)[0] > 0.01, "a true local optimum"
    assert len(in_turn) == 3 and in_turn[0].W[:, 1:].abs().max() < 0.01, "the others are silent in the first stage"


# Tables ---------------------------------------------------------------------------------------------------------


def some_table(seed=0):
    p = torch.rand(3, 2, 3, 2, generator=generator(seed), dtype=torch.float64)
    return p / p.sum()


def test_entropies_and_informations_are_scipys():
    p = some_table()
    assert tables.entropy(p).item() == pytest.approx(scipy.stats.entropy(p.numpy().ravel()))
    both, one, other = (scipy.stats.entropy(p.numpy().sum(axes).ravel()) for axes in ((1, 3), (1, 2, 3), (0, 1, 3)))
    assert tables.information(p, [0], [2]).item() == pytest.approx(one + other - both)


def test_a_conditional_information_is_an_average_over_what_is_known():
    p = some_table(1).sum(3)
    each = [tables.information(row / row.sum(), [0], [1]) * row.sum() for row in p]
    assert tables.given(p, [1], [2]).item() == pytest.approx(sum(each).item())


def test_summands_add_up_to_the_total_correlation_in_every_order():
    w = TabularWorld.random(3, (2, 2, 3))
    p = (w.log_p_x[:, None] + w.log_q_z_given_x).exp().reshape(4, 2, 2, 3)
    for order in itertools.permutations((1, 2, 3)):
        assert tables.summands(p, order).sum().item() == pytest.approx(w.total_correlation().item(), abs=1e-13)


@pytest.mark.parametrize("coin", [0.0, 0.3, 0.5, 1.0])
def test_three_images_say_everything_whatever_the_coin(coin):
    p = tables.three_images(coin)
    assert p.sum().item() == pytest.approx(1.0) and (3 * p[0, 1]).tolist() == pytest.approx([1 - coin, coin], abs=1e-15)
    assert tables.information(p, [0], [1, 2]).item() == pytest.approx(math.log(3))
    assert (tables.information(p, [1], [2]) < 1e-12) == (coin == 0.5)


def test_bits_are_functions_of_the_image():
    p_x = number([0.5, 0.25, 0.25])
    p = tables.bits(p_x, (0, 1, 1), (0, 0, 1))
    assert p.shape == (3, 2, 2) and torch.equal(p.sum((1, 2)), p_x)
    assert p[0, 0, 0] == 0.5 and p[1, 1, 0] == 0.25 and p[2, 1, 1] == 0.25


def test_an_assigned_value_is_the_one_that_costs_least_at_its_code():
    q = number([[0.5, 0.5], [0.1, 0.9]])
    costs = number([[[1.0, 2.0], [2.0, 1.0]], [[1.0, 2.0], [1.0, 2.0]]])
    p = tables.assigned(q, costs)
    assert p[0].tolist() == [[0.25, 0.0], [0.0, 0.25]] and p[1].tolist() == [[0.05, 0.0], [0.45, 0.0]]
    assert tables.given(p, [1], [2]).item() == pytest.approx(0.5 * math.log(2))


# Relaxed samples --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tau", [0.5, 1.0, 1.6])
def test_the_density_of_two_values_integrates_to_one_and_is_that_of_the_samples(tau):
    log_pi = number([0.7, 0.3]).log()
    density = lambda y: relaxed.log_density(number([y, 1 - y]), log_pi, tau).exp().item()
    below = scipy.integrate.quad(density, 0, 0.4)[0]
    assert below + scipy.integrate.quad(density, 0.4, 1)[0] == pytest.approx(1, abs=1e-6)
    y = relaxed.relaxed(log_pi.expand(40_000, 2), tau, generator())[:, 0]
    assert abs((y < 0.4).double().mean().item() - below) < 4.5 * math.sqrt(below * (1 - below) / 40_000)


def test_its_largest_entry_has_the_law_of_the_values():
    pi = number([0.6, 0.3, 0.1])
    taken = relaxed.relaxed(pi.log().expand(40_000, 3), 0.67, generator()).argmax(1).bincount(minlength=3) / 40_000
    assert (taken - pi).abs().max() < 4.5 * math.sqrt(0.25 / 40_000)
