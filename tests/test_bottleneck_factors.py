"""The factors' channels: features of mean 0 and variance 1, rates that are KLs, and a decoder that sees only codes."""

import math

import pytest
import torch

from course_pkg import bottleneck, elbo
from course_pkg.bottleneck import factors
from course_pkg.data import dsprites
from course_pkg.training import train


def test_features_have_mean_zero_and_variance_one_over_all_settings():
    settings = torch.cartesian_prod(*(torch.arange(n) for n in (3, 6, 40)))
    settings = torch.cat([settings, settings[:, :2] % 32], 1)
    f = factors.features(settings)
    assert f.shape == (720, 8) and f.dtype == torch.float32
    assert f[:, :4].mean(0).abs().max() < 1e-6 and (f[:, :4].var(0, correction=0) - 1).abs().max() < 1e-5
    rows = torch.zeros(32, 5, dtype=torch.int64)
    rows[:, 3] = torch.arange(32)
    rows[:, 4] = torch.arange(32).flip(0)
    x, y = factors.features(rows)[:, 6:].T
    assert abs(x.mean()) < 1e-6 and abs(x.var(correction=0) - 1) < 1e-5 and torch.allclose(x, -y, atol=1e-6)


def test_an_orientation_lies_on_a_circle_and_its_last_setting_is_its_first():
    settings = torch.zeros(40, 5, dtype=torch.int64)
    settings[:, 2] = torch.arange(40)
    circle = factors.features(settings)[:, 4:6]
    assert torch.allclose(circle.norm(dim=1), torch.full((40,), math.sqrt(2)), atol=1e-5)
    assert torch.allclose(circle[0], circle[39], atol=1e-5) and not torch.allclose(circle[0], circle[38], atol=1e-2)
    assert torch.allclose(circle[0], torch.tensor([math.sqrt(2), 0.0]), atol=1e-6)


def test_a_shape_is_one_of_three_corners():
    settings = torch.zeros(3, 5, dtype=torch.int64)
    settings[:, 0] = torch.arange(3)
    corners = factors.features(settings)[:, :3]
    assert torch.allclose(corners.sum(1), torch.zeros(3), atol=1e-6)
    assert (corners.argmax(1) == torch.arange(3)).all()


def test_features_refuse_another_number_of_factors():
    with pytest.raises(ValueError, match=r"^expected settings \(n, 5\), got \(3, 6\)$"):
        factors.features(torch.zeros(3, 6, dtype=torch.int64))
    with pytest.raises(ValueError, match=r"got \(5,\)$"):
        factors.features(torch.zeros(5, dtype=torch.int64))


def test_sprites_are_small_black_and_white_and_repeat_with_their_seed():
    images, settings = factors.sprites(50, 16, seed=3)
    assert images.shape == (50, 1, 16, 16) and settings.shape == (50, 5)
    assert set(images.unique().tolist()) == {0.0, 1.0}
    again, same = factors.sprites(50, 16, seed=3)
    assert torch.equal(images, again) and torch.equal(settings, same)
    assert not torch.equal(settings, factors.sprites(50, 16, seed=4)[1])
    whole, its = factors.sprites(20, 64, seed=5)
    assert torch.equal(whole[:, 0], dsprites.images(dsprites.index(its)).float())
    half = torch.nn.functional.avg_pool2d(whole, 2) >= 0.5
    assert torch.equal(factors.sprites(20, 32, seed=5)[0], half.float())


def test_a_sprite_of_one_pixel_is_dark_as_no_sprite_fills_half_the_picture():
    images, _ = factors.sprites(3, 1, seed=0)
    assert images.shape == (3, 1, 1, 1) and (images == 0).all()


@pytest.mark.parametrize("side", [0, -4, 24])
def test_a_side_that_does_not_divide_64_is_refused(side):
    with pytest.raises(ValueError, match=f"^expected a side that divides 64, got {side}$"):
        factors.sprites(2, side, 0)


def rows_of(n=4000, side=16, seed=0):
    images, settings = factors.sprites(n, side, seed)
    return torch.cat([factors.features(settings), images.flatten(1)], 1)


def channels(capacity=6.0, seed=0):
    model = factors.FactorChannels(16, seed=seed)
    model.capacity = capacity
    with torch.no_grad():
        model.shares.copy_(torch.tensor([0.0, 0.05, -0.05, 0.1, 0.0, -0.1, 0.2, 0.15]))
    return model


def test_rates_are_shares_of_the_capacity_and_the_kl_of_a_gaussian_message():
    model = channels()
    rates = model.rates()
    assert abs(rates.sum() - 6) < 1e-5
    expected = 6 * torch.tensor([0.0, 0.5, -0.5, 1.0, 0.0, -1.0, 2.0, 1.5]).softmax(0)
    assert torch.allclose(rates, expected, atol=1e-5)
    mu, log_var = model.encode(rows_of())
    assert mu.shape == log_var.shape == (4000, 8)
    kl = elbo.gaussian_kl(mu, log_var).mean(0)
    assert (kl - rates).abs().max() < 0.05  # the features' variance is one up to sampling: 4000 of them
    capacity = bottleneck.channel_capacity(mu.double(), log_var.double())
    assert (capacity - rates).abs().max() < 0.03


def test_without_capacity_nothing_is_sent():
    assert (factors.FactorChannels(16).rates() == 0).all()
    mu, log_var = channels(0.0).encode(rows_of(20))
    assert mu.abs().max() < 1e-4 and log_var.abs().max() == 0


def test_the_decoder_sees_codes_and_the_objective_the_pixels():
    model, rows = channels(), rows_of(30)
    g = lambda: torch.Generator().manual_seed(1)
    term = factors.objective(model, rows, g())["reconstruction"]
    z = elbo.reparameterise(*model.encode(rows), g())
    assert torch.equal(term, -elbo.bernoulli_log_likelihood(rows[:, 8:], model.decode(z)))
    blank = torch.cat([rows[:, :8], torch.zeros(30, 256)], 1)
    assert torch.equal(model.encode(blank).mu, model.encode(rows).mu)


def test_by_factor_sums_the_channels_of_each():
    kl = torch.arange(1.0, 9.0)
    assert factors.by_factor(kl).tolist() == [7.0, 8.0, 4.0, 6.0, 11.0]
    assert factors.by_factor(kl.expand(3, 8)).shape == (3, 5)


def test_the_first_weights_are_decided_by_the_seed():
    first, again, other = (factors.FactorChannels(16, seed=s).decoder[0].weight for s in (0, 0, 1))
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_a_path_is_one_training_after_the_other():
    rows, model = rows_of(200), factors.FactorChannels(16, hidden=8)
    shared, errors = factors.path(model, rows, torch.tensor([1.0, 2.0]), steps=10, batch_size=32, seed=3)
    by_hand = factors.FactorChannels(16, hidden=8)
    for k in (0, 1):
        by_hand.capacity = k + 1.0
        options = {"batch_size": 32, "seed": 3 + k, "log_every": 1, "device": "cpu", "progress": False}
        history = train(by_hand, factors.objective, rows, steps=10, **options)["reconstruction"]
        torch.testing.assert_close(errors[k], history[4::5].mean())
        torch.testing.assert_close(shared[k], factors.by_factor(by_hand.rates().detach()))
    assert not shared.requires_grad and not errors.requires_grad


def test_a_path_spends_each_capacity_and_gives_positions_the_first_nats():
    model, rows = factors.FactorChannels(16, hidden=64), rows_of(3000)
    capacities = torch.linspace(0.25, 2.5, 10)
    shared, distortion = factors.path(model, rows, capacities, steps=80)
    assert shared.shape == (10, 5) and distortion.shape == (10,)
    assert torch.allclose(shared.sum(1), capacities, atol=1e-4)
    assert shared[-1, :2].sum() > 0.7 * 2.5 and distortion[-1] < 0.7 * distortion[0]
    again = factors.path(factors.FactorChannels(16, 64, seed=0), rows, capacities[:1], 80, batch_size=64, seed=0)
    assert torch.equal(again[0][0], shared[0])
