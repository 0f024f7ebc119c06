"""What a shuffled code is: the law by partitions against enumeration, the ceiling, and closed forms of two latents."""

import math

import pytest
import torch

from course_pkg import density_ratio
from course_pkg.density_ratio import (
    ceiling,
    gaussian_log_ratio,
    gaussian_reading,
    partitions,
    seen,
    shuffled_law,
    undone,
)
from course_pkg.worlds import TabularWorld, kl
from helpers import generator, same


def table(latents, seed=0):
    return TabularWorld.random(seed, latents).log_aggregate_posterior()


def by_choice_of_rows(log_q, latents, batch):
    """The law from the definition: every choice of a row for each latent, rows independent codes. No partitions."""
    q = log_q.exp().reshape(latents)
    law = torch.zeros(latents, dtype=q.dtype)
    for rows in torch.cartesian_prod(*[torch.arange(batch)] * len(latents)).reshape(-1, len(latents)).tolist():
        term = torch.ones(latents, dtype=q.dtype)
        for row in set(rows):
            others = [j for j, r in enumerate(rows) if r != row]
            term = term * (q.sum(others, keepdim=True) if others else q)
        law += term / batch ** len(latents)
    return law.reshape(-1)


@pytest.mark.parametrize("latents, bell", [(0, 1), (1, 1), (2, 2), (3, 5), (4, 15), (5, 52)])
def test_partitions_are_counted_by_bells_numbers(latents, bell):
    found = list(partitions(latents))
    assert len(found) == len({frozenset(map(frozenset, blocks)) for blocks in found}) == bell
    assert all(sorted(j for block in blocks for j in block) == list(range(latents)) for blocks in found)


@pytest.mark.parametrize("latents", [(4,), (2, 3), (3, 2, 2), (2, 2, 2, 2)])
@pytest.mark.parametrize("batch", [1, 2, 3, 5])
def test_the_law_is_that_of_every_choice_of_rows(latents, batch):
    log_q = table(latents)
    same(shuffled_law(log_q, latents, batch).exp(), by_choice_of_rows(log_q, latents, batch))


def test_a_batch_of_one_is_left_alone_and_a_large_one_is_nearly_independent():
    log_q = table((2, 3))
    same(shuffled_law(log_q, (2, 3), 1), log_q)
    row, column = (log_q.exp().reshape(2, 3).sum(axis) for axis in (1, 0))
    far = (shuffled_law(log_q, (2, 3), 10**6).exp() - torch.outer(row, column).reshape(-1)).abs().max()
    assert 1e-9 < far < 1e-6


def test_latents_that_repeat_one_another_come_near_the_ceiling_and_never_above():
    """k values, each latent the same one: the reading has a closed form, and rises to the ceiling with k."""
    for batch in (2, 3):
        for k in (2, 8, 40):
            q = torch.zeros(k, k, k, dtype=torch.float64)
            q[range(k), range(k), range(k)] = 1 / k
            log_q = q.reshape(-1).log()
            with_ties = (1 + 3 * (batch - 1) / k + (batch - 1) * (batch - 2) / k**2) / batch**2
            same(kl(log_q, shuffled_law(log_q, (k, k, k), batch)), -math.log(with_ties))
            assert -math.log(with_ties) < ceiling(3, batch)
        assert -math.log(with_ties) > ceiling(3, batch) - 0.15
    assert ceiling(3, 2) == pytest.approx(2 * math.log(2)) and ceiling(1, 64) == 0
    assert ceiling(2, 64) == pytest.approx(4.1589, abs=1e-4)


@pytest.mark.parametrize("batch", [1, 2, 7, 64])
def test_what_is_seen_is_the_ratio_to_the_law(batch):
    log_q = table((2, 3), seed=3)
    row, column = (log_q.exp().reshape(2, 3).sum(axis) for axis in (1, 0))
    log_ratio = log_q - torch.outer(row, column).reshape(-1).log()
    same(seen(log_ratio, batch), log_q - shuffled_law(log_q, (2, 3), batch))
    if batch > 1:
        same(undone(seen(log_ratio, batch), batch), log_ratio)


def test_far_from_zero_nothing_overflows():
    far = torch.tensor([-800.0, 800.0], dtype=torch.float64)
    same(seen(far, 4), [-800 - math.log(0.75), math.log(4)])
    same(undone(torch.tensor([-800.0], dtype=torch.float64), 4), [-800 + math.log(0.75)])


def test_what_says_nothing_is_refused():
    with pytest.raises(ValueError, match="expected a batch of one code or more, got 0"):
        ceiling(2, 0)
    with pytest.raises(ValueError, match=r"expected a table \(6,\) for latents \(2, 3\), got \(5,\)"):
        shuffled_law(torch.zeros(5), (2, 3), 2)
    with pytest.raises(ValueError, match="expected a batch of 2 codes or more, got 1"):
        undone(torch.zeros(3), 1)
    for logit in (math.log(4), 3.0, math.nan):
        with pytest.raises(ValueError, match="expected log ratios below log 4, got"):
            undone(torch.tensor([0.0, logit]), 4)
    with pytest.raises(ValueError, match="expected a total correlation of 0 or more, got -1"):
        gaussian_reading(-1, 64)


def test_the_gaussian_log_ratio_is_that_of_torchs_densities():
    z = 3 * torch.randn(50, 2, generator=generator(), dtype=torch.float64)
    for rho in (-0.9, 0.0, 0.3, 0.99):
        C = torch.tensor([[1.0, rho], [rho, 1.0]], dtype=torch.float64)
        joint = torch.distributions.MultivariateNormal(torch.zeros(2, dtype=torch.float64), C).log_prob(z)
        alone = torch.distributions.Normal(torch.zeros((), dtype=torch.float64), 1.0).log_prob(z).sum(1)
        same(gaussian_log_ratio(z, rho), joint - alone, {"rtol": 1e-9, "atol": 1e-9})


# Of two Gaussian latents: the best reading at a batch of 16, 64, 256, 1,024.
READINGS = {1: (0.841, 0.950, 0.986, 0.996), 3: (2.115, 2.656, 2.887, 2.966), 8: (2.76, 4.12, 5.42, 6.55)}


@pytest.mark.parametrize("tc", READINGS)
def test_the_best_reading_of_two_gaussian_latents(tc):
    """Against 400,000 codes, by five of their errors; against the values that the page shows; and in the limit."""
    rho, n = math.sqrt(-math.expm1(-2 * tc)), 400_000
    u = torch.randn(n, 2, generator=generator(tc), dtype=torch.float64)
    z = torch.stack([u[:, 0], rho * u[:, 0] + math.sqrt(1 - rho**2) * u[:, 1]], 1)
    for batch, shown in zip((16, 64, 256, 1024), READINGS[tc], strict=True):
        says = seen(gaussian_log_ratio(z, rho), batch)
        found = gaussian_reading(tc, batch)
        assert abs(found - says.mean()) < 5 * says.std() / math.sqrt(n)
        assert abs(found - shown) < 0.006 and found < min(tc * (1 - 1 / batch), math.log(batch))
    assert gaussian_reading(tc, 10**12) == pytest.approx(tc, rel=1e-8)
    assert gaussian_reading(0, 64) == pytest.approx(0, abs=1e-12)


# permute_dims ------------------------------------------------------------------------------------------------------


def drawn(log_q, latents, count, g):
    index = torch.multinomial(log_q.exp(), count, replacement=True, generator=g)
    return torch.stack(torch.unravel_index(index, latents), 1).double()


def test_a_row_of_permute_dims_has_this_law_and_not_the_product():
    """10,000 batches of 4 codes, two latents that often agree: every frequency within five errors of m_B, and the worst
    more than ten from the product."""
    latents, batch, batches, g = (3, 3), 4, 10_000, generator()
    log_q = (torch.eye(3, dtype=torch.float64) + 0.2).div(4.8).log().reshape(-1)
    z = drawn(log_q, latents, batch * batches, g).reshape(batches, batch, 2)
    rows = torch.stack([density_ratio.permute_dims(part, g)[0] for part in z])
    found = torch.bincount((rows[:, 0] * 3 + rows[:, 1]).long(), minlength=9) / batches
    law = shuffled_law(log_q, latents, batch).exp()
    error = (law * (1 - law) / batches).sqrt()
    assert ((found - law).abs() < 5 * error).all()
    q = log_q.exp().reshape(latents)
    assert ((found - torch.outer(q.sum(1), q.sum(0)).reshape(-1)).abs() > 10 * error).any()


def test_one_batch_or_two_have_the_same_mean_gradient_and_one_has_less_noise():
    """2,000 batches of 16, two latents of correlation .6: five standard errors for the means, half for the noise."""
    rho, batch, trials, g = 0.6, 16, 2000, generator()

    def codes():
        u = torch.randn(trials, batch, 2, generator=g, dtype=torch.float64)
        return torch.stack([u[..., 0], rho * u[..., 0] + math.sqrt(1 - rho**2) * u[..., 1]], -1)

    def gradient(z, other):
        shuffled = torch.stack([density_ratio.permute_dims(part, g) for part in other])
        pays = lambda z: gaussian_log_ratio(z, rho).sigmoid()[..., None]
        features = lambda z: torch.cat([z, z**2, z.prod(-1, keepdim=True)], -1)
        return 0.5 * ((pays(shuffled) * features(shuffled)).mean(1) - ((1 - pays(z)) * features(z)).mean(1))

    z = codes()
    one, two = gradient(z, z), gradient(codes(), codes())
    error = ((one.var(0) + two.var(0)) / trials).sqrt()
    assert ((one.mean(0) - two.mean(0)).abs() < 5 * error).all()
    assert (one.var(0)[:4] < 0.7 * two.var(0)[:4]).all()


def test_shuffled_within_a_row_a_classifier_reads_another_thing():
    """Independent latents of widths 1 and 2: 0.170 nats of nothing. permute_dims keeps each latent's values."""
    z = torch.randn(200_000, 2, generator=generator(), dtype=torch.float64) * torch.tensor([1.0, 2.0])
    density = lambda z: torch.distributions.Normal(0.0, torch.tensor([1.0, 2.0]).double()).log_prob(z).sum(1)
    reads = density(z) - torch.logaddexp(density(z), density(z.flip(1))) + math.log(2)
    assert abs(reads.mean() - 0.170) < 5 * reads.std() / math.sqrt(len(z)) + 0.0005
    assert torch.equal(density_ratio.permute_dims(z, generator()).sort(0).values, z.sort(0).values)
    within = z.gather(1, torch.rand(z.shape, generator=generator()).argsort(1))
    assert not torch.equal(within.sort(0).values, z.sort(0).values)
