"""The split of the rate over a whole set, against quadrature of the same mixtures and against its own identity."""

import math

import pytest
import torch

from course_pkg.elbo import gaussian_kl
from course_pkg.total_correlation import exact, exact_split

SIGMAS = 4.5  # one false alarm in 150,000 comparisons


def posteriors_of(n, d, seed=0):
    g = torch.Generator().manual_seed(seed)
    mu = 1.5 * torch.randn(n, d, generator=g, dtype=torch.float64)
    mu[:, 1:] = 0.7 * mu[:, :1] + 0.5 * mu[:, 1:]  # latents that repeat one another: TC is far from zero
    return mu, torch.randn(n, d, generator=g, dtype=torch.float64).clamp(-2, 1) - 1.0


def by_quadrature(mu, log_var, points=1200, reach=12.0):
    """I, TC and each D_j of two latents, summed on a square grid."""
    axis = torch.linspace(-reach, reach, points, dtype=torch.float64)
    step = axis[1] - axis[0]
    normal = torch.distributions.Normal(mu[:, :, None], (0.5 * log_var).exp()[:, :, None])
    single = normal.log_prob(axis).exp()  # (N, 2, points)
    q_j = single.mean(0)
    q = torch.einsum("na,nb->ab", single[:, 0], single[:, 1]) / len(mu)
    p = torch.distributions.Normal(0.0, 1.0).log_prob(axis).exp()
    entropy = lambda density, cell: -torch.special.xlogy(density, density).sum() * cell
    noise = 0.5 * (math.log(2 * math.pi * math.e) + log_var).sum(1).mean()
    dimwise = torch.stack([(torch.special.xlogy(r, r) - torch.special.xlogy(r, p)).sum() * step for r in q_j])
    joint = entropy(q, step**2)
    return joint - noise, sum(entropy(r, step) for r in q_j) - joint, dimwise


@pytest.mark.parametrize("seed", range(3))
def test_the_parts_are_those_of_quadrature(seed):
    mu, log_var = posteriors_of(6, 2, seed)
    found = exact_split(mu, log_var, 20_000, torch.Generator().manual_seed(seed))
    information, tc, dimwise = by_quadrature(mu, log_var)
    assert abs(found.information - information) < SIGMAS * found.errors["information"]
    assert abs(found.tc - tc) < SIGMAS * found.errors["tc"] and tc > 0.1
    assert ((found.dimwise - dimwise).abs() < SIGMAS * found.errors["dimwise"]).all()
    torch.testing.assert_close(information + tc + dimwise.sum(), found.rate, rtol=0, atol=1e-6)


def test_the_mixtures_are_sums_over_all_images_whatever_the_blocks(monkeypatch):
    mu, log_var = posteriors_of(50, 3)
    z = torch.randn(17, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    log_q = torch.distributions.Normal(mu, (0.5 * log_var).exp()).log_prob(z[:, None])  # (17, 50, 3)
    joint, single = log_q.sum(2).logsumexp(1) - math.log(50), log_q.logsumexp(1) - math.log(50)
    for codes, images in ((8, 16_384), (3, 7), (1, 1), (17, 50)):
        monkeypatch.setattr(exact, "CODES", codes)
        monkeypatch.setattr(exact, "IMAGES", images)
        found = exact.log_mixtures(z, mu, log_var)
        torch.testing.assert_close(found[0], joint, rtol=0, atol=1e-12)
        torch.testing.assert_close(found[1], single, rtol=0, atol=1e-12)


def test_the_three_parts_add_up_to_the_rate_within_their_error():
    mu, log_var = posteriors_of(40, 5, 3)
    found = exact_split(mu, log_var, 4000, torch.Generator().manual_seed(0))
    torch.testing.assert_close(found.rate, gaussian_kl(mu, log_var).sum(1).mean())
    total = found.information + found.tc + found.dimwise.sum()
    bound = sum(found.errors[name] for name in ("information", "tc", "dimwise_sum"))  # whatever their correlation
    assert abs(total - found.rate) < SIGMAS * bound
    assert found.information < math.log(40)


def test_images_that_cannot_be_told_apart_say_nothing():
    mu, log_var = torch.zeros(9, 2), torch.full((9, 2), 0.3)
    found = exact_split(mu, log_var, 100, torch.Generator().manual_seed(0))
    assert abs(found.information) < 1e-6 and abs(found.tc) < 1e-6, "one Gaussian for all: only the D_j are paid"
    assert found.errors["information"] < 1e-6


def test_errors_shrink_with_the_root_of_the_codes_and_shapes_and_types_are_kept():
    mu, log_var = (part.float() for part in posteriors_of(30, 4))
    few, many = (exact_split(mu, log_var, n, torch.Generator().manual_seed(0)) for n in (500, 8000))
    assert 3.2 < few.errors["tc"] / many.errors["tc"] < 4.8, "16 times the codes: a quarter of the error"
    assert many.dimwise.shape == (4,) and many.tc.dtype == torch.float32
    assert "TC" in str(many) and "8000 codes" in many._repr_html_()


def test_the_same_generator_draws_the_same_codes():
    mu, log_var = posteriors_of(12, 2)
    first, again = (exact_split(mu, log_var, 50, torch.Generator().manual_seed(7)) for _ in range(2))
    assert first.tc == again.tc and first.tc != exact_split(mu, log_var, 50, torch.Generator().manual_seed(8)).tc


@pytest.mark.parametrize(
    "mu, log_var, codes, told",
    [
        (torch.zeros(5, 2), torch.zeros(5, 3), 10, "shape"),
        (torch.zeros(5), torch.zeros(5), 10, r"\(N, d\)"),
        (torch.zeros(5, 2), torch.zeros(5, 2), 1, "expected 2 codes or more, got 1"),
    ],
)
def test_what_is_no_set_of_posteriors_is_refused(mu, log_var, codes, told):
    with pytest.raises(ValueError, match=told):
        exact_split(mu, log_var, codes)


def test_codes_of_another_width_are_refused():
    with pytest.raises(ValueError, match=r"got \(3, 4\) and \(5, 2\)"):
        exact.log_mixtures(torch.zeros(3, 4), torch.zeros(5, 2), torch.zeros(5, 2))


@pytest.mark.parametrize("log_var", [-60.0, -100.0, -170.0])
def test_codes_that_are_their_means_tell_every_image(log_var):
    """Narrower than float32 can say: no NaN, and the information is log N, for no two images share a code."""
    mu = torch.randn(500, 3, generator=torch.Generator().manual_seed(0))
    found = exact_split(mu, torch.full_like(mu, log_var), 100, torch.Generator().manual_seed(1))
    assert found.information.item() == pytest.approx(math.log(500), abs=1e-4)
    assert found.errors["information"] < 1e-4 and found.tc.isfinite() and found.dimwise.isfinite().all()


def test_widths_that_float32_cannot_divide_by_are_refused():
    mu = torch.randn(500, 3, generator=torch.Generator().manual_seed(0))
    with pytest.raises(
        ValueError, match=r"expected posteriors whose width the type can divide by, .*: give them in float64"
    ):
        exact_split(mu, torch.full_like(mu, -200.0), 100)
    assert exact_split(mu.double(), torch.full_like(mu, -200.0).double(), 100).information.isfinite()


def test_in_float64_the_parts_of_narrow_codes_add_up_to_the_rate():
    """Deviations of 5e-9: below the last digit of most means in float32, not in float64. Four standard errors."""
    mu = torch.randn(500, 3, generator=torch.Generator().manual_seed(0)).double()
    found = exact_split(mu, torch.full_like(mu, -38.0), 2000, torch.Generator().manual_seed(1))
    total = found.information + found.tc + found.dimwise.sum()
    assert abs(total - found.rate) < 4 * (found.errors["tc"] ** 2 + found.errors["dimwise_sum"] ** 2) ** 0.5
