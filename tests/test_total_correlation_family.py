"""What batches read on average, by enumeration; and the public slips, each by the mark that it leaves."""

import itertools
import math
from dataclasses import replace

import pytest
import torch

from course_pkg.elbo import gaussian_kl, reparameterise
from course_pkg.kkt import tilted_encoder
from course_pkg.total_correlation import (
    expected_split,
    information_about_batch,
    log_densities,
    log_weights,
    own_weights,
    read_split,
    split_by,
    split_kl,
)
from course_pkg.worlds import TabularWorld, expect
from helpers import EXACT, generator

N = 737_280


def alike(seed, latents=(3, 3), n=8):
    """A table of images that are equally likely."""
    return replace(TabularWorld.random(seed, latents, n), log_p_x=torch.full((n,), -math.log(n), dtype=torch.float64))


@pytest.mark.parametrize("size", [2, 4, 6, 8])
def test_a_batch_that_counts_itself_alike_is_a_data_set_of_its_own(size):
    world = alike(1)
    read, about = expected_split(world, size, 1 / size), information_about_batch(world, size)
    joint, single = about["joint"], about["single"]
    torch.testing.assert_close(read["information"], world.mutual_information() - joint, **EXACT)
    torch.testing.assert_close(read["tc"], world.total_correlation() + joint - single.sum(), **EXACT)
    torch.testing.assert_close(read["dimwise"], world.dimension_wise_kl() + single, **EXACT)
    assert read["information"] <= min(world.mutual_information(), torch.tensor(math.log(size))) + 1e-12
    assert (joint > 1e-3) == (size < 8), "the whole set is one batch, about which a code says nothing"


def test_the_order_holds_in_sixty_worlds():
    for seed in range(60):
        world = alike(seed, (2, 3), 6)
        batch, stratified, without = (expected_split(world, 3, own)["information"] for own in (1 / 3, 1 / 6, 0.0))
        assert batch <= world.mutual_information() <= stratified <= without


def test_the_tc_has_no_order():
    """Where posteriors overlap the stratified reading is too low; where every image has its own corner, too high:
    each latent matches the other image's or not, and reads (4/7) log 8 for log 2, while the joint is right."""
    for seed in range(20):
        world = alike(seed, (2, 3), 6)
        assert expected_split(world, 3, 1 / 6)["tc"] < world.total_correlation()
    corners = replace(alike(0, (2, 2, 2), 8), log_q_z_given_x=torch.eye(8, dtype=torch.float64).log())
    assert abs(corners.total_correlation()) < 1e-12
    read = expected_split(corners, 2, 1 / 8)
    assert read["tc"].item() == pytest.approx((12 / 7 - 1) * math.log(8), rel=1e-12)
    assert read["information"].item() == pytest.approx(math.log(8), rel=1e-12)


def test_with_the_whole_set_all_is_exact_at_one_in_n():
    world = alike(2, (2, 3), 5)
    read = expected_split(world, 5, 1 / 5)
    torch.testing.assert_close(read["information"], world.mutual_information(), **EXACT)
    torch.testing.assert_close(read["tc"], world.total_correlation(), **EXACT)
    torch.testing.assert_close(read["dimwise"], world.dimension_wise_kl(), **EXACT)


@pytest.mark.parametrize("size", [2, 4, 7])
def test_weighted_sampling_in_the_mean(size):
    """1/(NB) each: E = q_i (N - B) / (N B (N - 1)) + q (B - 1) / (B (N - 1)), over all batches that hold image i."""
    n, world = 7, alike(3, (3, 3), 7)
    q = world.log_q_z_given_x.exp()
    for i in range(n):
        rest = [k for k in range(n) if k != i]
        seen = [(q[i] + q[list(others)].sum(0)) / (n * size) for others in itertools.combinations(rest, size - 1)]
        expected = q[i] * (n - size) / (n * size * (n - 1)) + q.mean(0) * (size - 1) / (size * (n - 1))
        torch.testing.assert_close(torch.stack(seen).mean(0), expected, rtol=0, atol=1e-16)
    assert log_weights(size, n, stratified=False).exp().sum().item() == pytest.approx(size / n)


@pytest.mark.parametrize("batch, own", [(1, 0.5), (9, 0.5), (3, -0.1), (3, 1.1)])
def test_batches_and_shares_that_are_none_are_refused(batch, own):
    with pytest.raises(ValueError, match=rf"expected a batch of 2 to 8 and an own weight from 0 to 1, got {batch}"):
        expected_split(alike(0), batch, own)


def test_images_that_are_not_alike_are_refused():
    for f in (lambda w: expected_split(w, 2, 0.5), lambda w: information_about_batch(w, 2)):
        with pytest.raises(ValueError, match="expected images that are equally likely"):
            f(TabularWorld.random(0))


# Weights, and batches of any size ---------------------------------------------------------------------------------


@pytest.mark.parametrize("own", [0.0, 0.2, 1.0])
def test_own_weights(own):
    weights = own_weights(5, own, torch.zeros(1, dtype=torch.float64)).exp()
    torch.testing.assert_close(weights.diagonal(), torch.full((5,), own, dtype=torch.float64), **EXACT)
    torch.testing.assert_close(weights.sum(1), torch.ones(5, dtype=torch.float64), **EXACT)


@pytest.mark.parametrize("batch, own", [(1, 0.5), (4, -0.1), (4, 1.5)])
def test_weights_that_are_none_are_refused(batch, own):
    with pytest.raises(ValueError, match=f"expected a batch of 2 or more and a share from 0 to 1, got {batch}"):
        own_weights(batch, own)


def a_batch(n=12, d=3):
    mu, log_var = torch.randn(2, n, d, generator=generator(4), dtype=torch.float64)
    return mu, log_var - 1


@pytest.mark.parametrize("own", [0.0, 1 / 12, 1 / 500])
def test_a_reading_is_the_mean_of_the_prices_that_training_would_see(own, monkeypatch):
    """The same codes by `split_by`, whose weights are a square; blocks of any size give the same."""
    mu, log_var = a_batch()
    read = read_split(mu, log_var, own, 50, generator(1))
    g = generator(1)
    which = torch.randint(12, (50,), generator=g)
    z = reparameterise(mu[which], log_var[which], g)
    prices = []
    for code, i in zip(z, which.tolist(), strict=True):
        codes = mu.clone()
        codes[i] = code  # row i of the square is the one for this code
        prices.append(
            {name: value[i] for name, value in split_by(codes, mu, log_var, own_weights(12, own, mu)).items()}
        )
    for name in ("information", "tc", "dimwise"):
        values = torch.stack([price[name] for price in prices])
        torch.testing.assert_close(getattr(read, name), values.mean(0), **EXACT)
        torch.testing.assert_close(read.errors[name], values.std(0) / math.sqrt(50), **EXACT)
    torch.testing.assert_close(read.rate, gaussian_kl(mu, log_var).sum(1).mean(), **EXACT)
    monkeypatch.setattr("course_pkg.total_correlation.exact.CODES", 3)
    torch.testing.assert_close(read_split(mu, log_var, own, 50, generator(1)).tc, read.tc, **EXACT)


@pytest.mark.parametrize(
    "shape, own, codes, told",
    [
        ((1, 2), 0.5, 9, "2 images"),
        ((4,), 0.5, 9, "2 images"),
        ((4, 2), 1.5, 9, "share"),
        ((4, 2), 0.5, 1, "2 codes"),
    ],
)
def test_readings_that_are_none_are_refused(shape, own, codes, told):
    with pytest.raises(ValueError, match=told):
        read_split(torch.zeros(shape), torch.zeros(shape), own, codes)


# Public slips: the mark of each, where the truth is known -----------------------------------------------------------


def independent(n, d, nats, g):
    sigma = math.exp(-nats)
    mu = math.sqrt(1 - sigma**2) * torch.randn(n, d, generator=g, dtype=torch.float64)
    return mu, torch.full_like(mu, 2 * math.log(sigma))


def readings(weights, batches=100, d=4, nats=2.0):
    g, found = generator(), []
    for _ in range(batches):
        mu, log_var = independent(64, d, nats, g)
        found.append(weights(reparameterise(mu, log_var, g), mu, log_var))
    return {name: torch.cat([f[name] for f in found]) for name in found[0]}


def test_right_weights_read_minus_four_where_the_truth_is_zero():
    """I 8, TC 0: the readings are off, and no single code is above log N."""
    read = readings(lambda *codes: split_kl(*codes, N))
    assert read["information"].mean().item() == pytest.approx(12.35, abs=0.2)
    assert read["tc"].mean().item() == pytest.approx(-3.67, abs=0.25)
    assert read["information"].max().item() == pytest.approx(math.log(N), abs=1e-6)


def first_column(dtype=torch.float64):
    """rtqichen/beta-tcvae, `_log_importance_weight_matrix`: a stride of one too few."""
    weights = torch.full((64, 64), (N - 1) / (N * 63), dtype=dtype)
    weights[:, 0] = 1 / N
    return weights.log()


def test_the_first_column_caps_the_information_near_that_of_the_batch():
    read = readings(lambda z, mu, log_var: split_by(z, mu, log_var, first_column()))
    assert read["information"].mean().item() == pytest.approx(4.23, abs=0.1)
    assert read["tc"].mean().item() == pytest.approx(3.38, abs=0.3)


@pytest.mark.parametrize(
    "weights, information", [(own_weights(64, 1 / N, torch.zeros(1).double()), 36.1), (first_column(), 16.84)]
)
def test_a_weight_for_each_latent_puts_single_codes_at_d_times_log_n(weights, information):
    """YannDubs/disentangling-vae, losses.py, which has both slips: the second row."""

    def slip(z, mu, log_var):
        log_q = log_densities(z, mu, log_var)
        weighted = weights[:, :, None] + log_q
        own, joint = log_q.diagonal().sum(0), weighted.sum(2).logsumexp(1)
        return {"information": own - joint, "tc": joint - weighted.logsumexp(1).sum(1)}

    read = readings(slip)
    assert read["information"].mean().item() == pytest.approx(information, abs=1.0)
    assert read["information"].max().item() == pytest.approx(4 * math.log(N), abs=1e-6)


# What a price does -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("beta", [0.5, 1.5, 2.0, 4.0, 8.0])
def test_every_other_beta_ties_the_latents_of_a_model_that_is_right(beta):
    """The data are the model's own; the encoder is the best one for a fixed decoder. At beta 1 q(z) is the prior."""
    for seed in range(100):
        world = TabularWorld.random(seed)
        world = replace(world, log_p_x=world.log_evidence())
        at_one, tilted = (
            replace(world, log_q_z_given_x=tilted_encoder(world.log_p_z, world.log_p_x_given_z, price))
            for price in (1.0, beta)
        )
        assert abs(at_one.total_correlation()) < 1e-14 and tilted.total_correlation() > 1e-10


def test_a_price_on_a_tc_that_is_read_moves_widths_that_a_true_one_would_leave():
    """Independent latents: TC is zero at any width. The reading's slope with log sigma is not, and has either sign."""
    for d, nats, expected in ((3, 2.0, 0.98), (4, 3.0, -1.58)):
        g, slopes = generator(), []
        for _ in range(100):
            mu, log_var = independent(64, d, nats, g)
            log_sigma = (0.5 * log_var[0]).requires_grad_()
            widths = (2 * log_sigma).expand(64, d)
            split_kl(reparameterise(mu, widths, g), mu, widths, N)["tc"].mean().backward()
            slopes.append(log_sigma.grad.mean())
        slopes = torch.stack(slopes)
        assert abs(slopes.mean().item() - expected) < 0.1 > 3 * slopes.std().item() / 10
        # far from others, a code's reading is the sum of its latents' less log N
        if nats == 3.0:
            read = split_kl(reparameterise(mu, log_var, g), mu, log_var, N)
            single = split_by_latent(reparameterise(mu, log_var, generator(5)), mu, log_var)
            assert abs(read["information"].mean().item() - math.log(N)) < 0.2 and single > 12


def split_by_latent(z, mu, log_var):
    """The sum over latents of the single informations that the batch reads, averaged."""
    log_q = log_densities(z, mu, log_var)
    single = (own_weights(len(z), 1 / N, z)[:, :, None] + log_q).logsumexp(1)
    return (log_q.diagonal().mT - single).sum(1).mean().item()


def test_the_split_needs_a_prior_that_factorises():
    """Without the further term the line is off by -0.20 to 1.45 nats, over 200 tables."""
    off = []
    for seed in range(200):
        w = TabularWorld.random(seed, factorised_prior=False)
        line = w.mutual_information() + w.total_correlation() + w.dimension_wise_kl().sum()
        q, marginals = w.log_aggregate_posterior(), w.log_marginals(w.log_p_z)
        ratio = w.log_p_z - (marginals[0][:, None] + marginals[1]).flatten()
        torch.testing.assert_close(w.rate(), line - expect(q, ratio), rtol=0, atol=1e-12)
        off.append((w.rate() - line).item())
    assert (min(off), max(off)) == pytest.approx((-0.20, 1.45), abs=0.01)


def test_an_image_has_two_informations_of_one_mean_and_only_one_of_them_is_never_negative():
    divergences, falls = [], []
    for seed in range(200):
        w = TabularWorld.random(seed)
        q, own = w.log_aggregate_posterior(), w.log_q_z_given_x
        divergences.append(expect(own, own - q))
        falls.append(expect(own, own) - expect(q, q))  # H(z) less H(z | x)
        torch.testing.assert_close(expect(w.log_p_x, divergences[-1]), w.mutual_information())
        torch.testing.assert_close(expect(w.log_p_x, falls[-1]), w.mutual_information())
    assert torch.cat(divergences).min() > 0 and (torch.cat(falls) < 0).sum() == 76
