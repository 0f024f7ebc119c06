"""Total correlations that are known, against integrals, bits and bounds; and what is refused."""

import math

import pytest
import torch
from scipy import integrate

from course_pkg.total_correlation import clusters, gaussian_tc, total_and_dual, turned_square
from helpers import EXACT, generator

LOG_2 = math.log(2)
PAIR = torch.tensor([[1, 1], [-1, -1]], dtype=torch.float64)
CUBE = torch.tensor([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]], dtype=torch.float64)


@pytest.mark.parametrize("degrees", [1, 10, 22.5, 30, 45])
def test_the_turned_square_is_an_integral(degrees):
    """Both coordinates have the density of cos(t) u + sin(t) v: convolved here by quadrature, 1e-8."""
    t = math.radians(degrees)
    c, s = math.cos(t), math.sin(t)

    def surprise(x):
        p = max(0.0, min(c, x) - max(0.0, x - s)) / (
            c * s
        )  # the overlap of two boxes, over the product of their widths
        return -p * math.log(p) if p > 0 else 0.0

    entropy = sum(integrate.quad(surprise, a, b)[0] for a, b in ((0, s), (s, c), (c, c + s)))
    found = turned_square(torch.tensor(t, dtype=torch.float64)).item()
    assert found == pytest.approx(2 * entropy, abs=1e-8)


def test_the_square_has_a_kink_at_zero_and_ends_at_one_less_log_two():
    tiny = torch.tensor(1e-4, dtype=torch.float64)
    assert (turned_square(tiny) / tiny).item() == pytest.approx(1, abs=1e-3), "a slope of one: no quadratic minimum"
    assert turned_square(torch.tensor(math.pi / 4, dtype=torch.float64)).item() == pytest.approx(1 - LOG_2)


@pytest.mark.parametrize("angle", [-0.1, 1.0])
def test_angles_beyond_an_eighth_of_a_turn_are_refused(angle):
    with pytest.raises(ValueError, match="expected angles from 0 to pi / 4"):
        turned_square(torch.tensor([0.1, angle]))


def test_the_gaussian_value_is_that_of_two_correlated_gaussians_and_knows_no_scale():
    rho = 0.6
    covariance = torch.tensor([[1, rho], [rho, 1]], dtype=torch.float64)
    assert gaussian_tc(covariance).item() == pytest.approx(-0.5 * math.log(1 - rho**2), rel=1e-12)
    scale = torch.diag(torch.tensor([1e-3, 50], dtype=torch.float64))
    torch.testing.assert_close(gaussian_tc(scale @ covariance @ scale), gaussian_tc(covariance), **EXACT)
    both = torch.stack([covariance, torch.eye(2, dtype=torch.float64)])
    torch.testing.assert_close(gaussian_tc(both), torch.stack([gaussian_tc(part) for part in both]), **EXACT)


def test_small_correlations_cost_half_their_squares():
    """What DIP-VAE prices is the second order of the Gaussian value: five pairs of small correlations."""
    rho = 0.02 * torch.randn(5, 5, generator=generator(), dtype=torch.float64).tril(-1)
    covariance = torch.eye(5, dtype=torch.float64) + rho + rho.mT
    assert gaussian_tc(covariance).item() == pytest.approx(0.5 * rho.square().sum().item(), rel=0.05)


@pytest.mark.parametrize(
    "means, true, gaussian",
    [
        (PAIR, 0.1736, 0.1438), (3 * PAIR, 0.6855, 0.8304), (8 * PAIR, 0.6931, 1.7445),
        (CUBE, 0.0917, 0.0), (2 * CUBE, 0.5306, 0.0), (4 * CUBE, 0.6929, 0.0),
    ],
)  # fmt: skip
def test_clusters(means, true, gaussian):
    found = clusters(means)
    assert [v.item() for v in found] == pytest.approx([true, gaussian], abs=6e-5)
    finer = clusters(means, step=0.2)
    torch.testing.assert_close(found[0], finer[0], rtol=0, atol=1e-7)


def test_two_clusters_by_adaptive_quadrature():
    """The share of one bit, E log q(z) / q(z1) q(z2): along the diagonals it is an integral in one dimension each."""
    a = 1.5

    def density(u, v):
        bell = math.exp(-0.5 * (u * u + v * v)) / (2 * math.pi)
        return bell * math.exp(-a * a) * math.cosh(a * (u + v))

    def single(u):
        return math.exp(-0.5 * (u * u + a * a)) * math.cosh(a * u) / math.sqrt(2 * math.pi)

    inside = lambda v, u: density(u, v) * math.log(density(u, v) / (single(u) * single(v)))
    expected = integrate.dblquad(inside, -9, 9, -9, 9, epsabs=1e-7)[0]
    assert clusters(a * PAIR)[0].item() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("two", [(0, 1), (0, 2), (1, 2)])
def test_pairs_of_the_parity_cube_are_independent(two):
    assert abs(clusters(4 * CUBE[:, two])[0]) < 1e-12


def test_clusters_in_four_dimensions_are_refused():
    with pytest.raises(ValueError, match="expected clusters of 3 latents or fewer, got 4"):
        clusters(torch.zeros(2, 4))


def of(corners):
    table = torch.zeros(2, 2, 2, dtype=torch.float64)
    for corner in corners:
        table[corner] = 1 / len(corners)
    return table.log()


def test_total_and_dual_of_copies_and_of_parity():
    copies = total_and_dual(of([(0, 0, 0), (1, 1, 1)]))
    parity = total_and_dual(of([(0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0)]))
    assert [v.item() / LOG_2 for v in (*copies, *parity)] == pytest.approx([2, 1, 1, 2])


def test_independent_latents_have_neither_and_two_latents_have_both_alike():
    a, b, c = (torch.rand(k, generator=generator(k), dtype=torch.float64).log_softmax(0) for k in (2, 3, 4))
    joint = a[:, None, None] + b[:, None] + c
    assert max(abs(v.item()) for v in total_and_dual(joint)) < 1e-12
    table = torch.rand(12, generator=generator(9), dtype=torch.float64).log_softmax(0).reshape(3, 4)
    total, dual = total_and_dual(table)
    torch.testing.assert_close(total, dual, **EXACT)  # both are the mutual information
    assert total > 0
    assert [v.item() for v in total_and_dual(a)] == pytest.approx([0, 0])  # one latent
