"""The chapter `cascade`: what is open at a step, who takes which value, what the parts of such a rate are."""

import itertools
import math

import pytest
import scipy.stats
import torch
from torch import nn

from course_pkg import cascade
from course_pkg.models.mixed import Assigned, Relaxed
from course_pkg.models.posteriors import Both, Categorical, Gaussian
from course_pkg.total_correlation import exact_split
from course_pkg.training import checkpoint, train
from helpers import generator

# What is open -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step, opened", [(1, 1), (20, 1), (21, 2), (80, 4), (81, 5), (101, 6)])
def test_one_latent_more_is_open_at_each_stage(step, opened):
    assert cascade.Graded(1.0, 10.0, 20).opened(step) == opened
    assert cascade.Graded(1.0, 10.0, 20).prices(6, step).tolist() == [1.0] * opened + [10.0] * (6 - opened)


@pytest.mark.parametrize("step, opened", [(60, 3), (80, 4), (81, 4), (100, 4), (101, 5), (121, 6), (999, 49)])
def test_the_discrete_code_has_a_stage_of_its_own(step, opened):
    """Stages 0 to 3 open latents 1 to 4, stage 4 the code, 5 and 6 the last two: as the authors' code has it."""
    price = cascade.Graded(1.0, 10.0, 20, before=4)
    assert price.opened(step) == opened
    kl = torch.arange(1.0, 7.0)
    assert price(kl, step).item() == pytest.approx(kl[:opened].sum().item() + 10 * kl[opened:].sum().item())


def test_what_the_decoder_sees_of_the_code_before_and_after_its_step():
    model, schedule = Assigned((1, 3, 3), 2, seed=0), cascade.CountsFrom(5)
    z = torch.randn(4, 2, generator=generator())
    codes = [torch.cat([z, torch.eye(3)[[k] * 4]], 1) for k in range(3)]
    schedule(model, 4)
    assert all(torch.equal(model.decode(codes[0]), model.decode(code)) for code in codes)
    schedule(model, 5)
    assert not torch.equal(model.decode(codes[0]), model.decode(codes[1]))


@pytest.mark.parametrize("low, high, every", [(2.0, 1.0, 3), (-1.0, 1.0, 3), (1.0, math.inf, 3), (1.0, 2.0, 0)])
def test_prices_that_make_no_sense_are_refused(low, high, every):
    with pytest.raises(ValueError, match="expected prices 0 <= low <= high"):
        cascade.Graded(low, high, every)


# Who takes which value -------------------------------------------------------------------------------------


def brute_force(costs, lam):
    """The least cost over every assignment, and every assignment that has it."""
    images, values = costs.shape
    every = [torch.tensor(chosen) for chosen in itertools.product(range(values), repeat=images)]
    totals = torch.stack([cascade.total_cost(costs, chosen, lam) for chosen in every])
    return totals.min(), [a.tolist() for a, t in zip(every, totals, strict=True) if t < totals.min() + 1e-12]


@pytest.mark.parametrize("seed", range(50))
def test_the_assignment_is_that_of_brute_force(seed):
    costs = torch.randn(6, 3, generator=generator(seed), dtype=torch.float64)
    lam = 10 ** (seed % 4 - 2.0)
    least, best = brute_force(costs, lam)
    chosen = cascade.assign(costs, lam)
    assert cascade.total_cost(costs, chosen, lam).item() == pytest.approx(least.item(), abs=1e-12)
    assert chosen.tolist() in best


def test_a_total_cost_by_hand():
    """Two images at value 0, one at 1: costs 1 + 2 + 5, one pair at .5."""
    costs = torch.tensor([[1.0, 9.0], [2.0, 9.0], [9.0, 5.0]])
    assert cascade.total_cost(costs, torch.tensor([0, 0, 1]), 0.5).item() == pytest.approx(8.5)
    assert cascade.assign(costs).tolist() == [0, 0, 1]
    assert cascade.assign(costs, 100.0).bincount(minlength=2).max() == 2


@pytest.mark.parametrize("seed", range(300))
def test_nobody_leaves_his_best_value_for_more_than_a_crowd_costs(seed):
    """A gap above lam (B - 1) is never crossed: to go back would add at most B - 1 pairs."""
    costs = torch.randn(64, 3, generator=generator(seed), dtype=torch.float64)
    lam = 10 ** (-3 + 3 * torch.rand((), generator=generator(seed + 1000)).item())
    chosen = cascade.assign(costs, lam)
    gap = costs.gather(1, chosen[:, None])[:, 0] - costs.min(1).values
    assert gap.max() <= lam * 63 + 1e-12


def test_without_a_price_each_image_has_its_best_value():
    costs = torch.randn(40, 5, generator=generator())
    assert torch.equal(cascade.assign(costs), costs.argmin(1))


@pytest.mark.parametrize("costs, lam, told", [
    (torch.zeros(3), 0.0, r"expected costs \(B, K\)"), (torch.zeros(0, 3), 0.0, "at least one image"),
    (torch.zeros(3, 2), -1.0, "expected a price on crowds of 0 or more"),
    (torch.tensor([[0.0, math.nan]]), 0.0, "expected finite costs"),
])  # fmt: skip
def test_costs_that_cannot_be_assigned(costs, lam, told):
    with pytest.raises(ValueError, match=told):
        cascade.assign(costs, lam)


def test_a_crowd_costs_nothing_unless_it_has_a_price():
    costs, chosen = torch.tensor([[1.0, 9.0], [2.0, 9.0], [4.0, 9.0]]), torch.tensor([0, 0, 0])
    assert cascade.total_cost(costs, chosen) == 7 and cascade.total_cost(costs, chosen, 0.5) == 8.5  # three pairs


def test_the_number_of_a_value_for_each_image_is_asked_for():
    with pytest.raises(ValueError, match="expected the number of a value for each of 3 images"):
        cascade.total_cost(torch.zeros(3, 2), torch.tensor([0, 1]))


# The nets ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Relaxed, Assigned])
def test_a_net_of_both_kinds_of_code(kind):
    model, x = kind((1, 64, 64), 6, seed=0), torch.rand(5, 1, 64, 64, generator=generator()).round()
    q = model.encode(x)
    assert q.values == (0,) * 6 + (3,) and q.kl().shape == (5, 7)
    assert model.decode(q.sample(generator())).shape == x.shape
    codes = model.represent(x)
    assert codes.columns.shape == (5, 7) and codes.discrete.tolist() == [False] * 6 + [True]
    assert torch.equal(codes.columns, q.codes())
    for wrong in (torch.zeros(5, 6), torch.zeros(0, 9), torch.zeros(9)):
        with pytest.raises(ValueError, match=r"expected codes \(B, 6 \+ 3\)"):
            model.decode(wrong)
    with pytest.raises(ValueError, match=r"expected images \(B, 1, 64, 64\)"):
        model.encode(x[0])
    with pytest.raises(ValueError, match="two values or more"):
        kind((1, 8, 8), 2, seed=0, values=1)


def test_an_images_value_is_the_one_with_which_its_pixels_cost_least():
    model, x = Assigned((1, 3, 3), 2, seed=1), torch.rand(9, 1, 3, 3, generator=generator()).round()
    model.counts.fill_(1.0)
    q = model.encode(x)
    for i in range(9):
        costs = []
        for k in range(3):
            logits = model.decode(torch.cat([q.first.mu[i : i + 1], torch.eye(3)[[k]]], 1))
            costs.append(nn.functional.binary_cross_entropy_with_logits(logits, x[i : i + 1], reduction="sum").item())
        assert q.second.codes()[i].item() == costs.index(min(costs))
        assert model.costs(x[i : i + 1], q.first.mu[i : i + 1])[0].tolist() == pytest.approx(costs, rel=1e-5)
    assert q.second.kl().flatten().tolist() == pytest.approx([math.log(3)] * 9)


def test_a_step_pays_for_the_values_of_its_batch():
    """The value of each image is that of the whole batch's assignment, at the sample of the code."""
    model, x = Assigned((1, 3, 3), 2, seed=1), torch.rand(12, 1, 3, 3, generator=generator()).round()
    model.counts.fill_(1.0)
    terms = cascade.cascade_vae(model, x, generator(5), lam=1.0)
    z = model.gaussian(x).sample(generator(5))
    costs = model.costs(x, z)
    chosen = cascade.assign(costs, 1.0)
    assert not torch.equal(chosen, costs.argmin(1)), "the price of crowds decides, here"
    expected = costs.gather(1, chosen[:, None])[:, 0]
    torch.testing.assert_close(terms["reconstruction"], expected)
    torch.testing.assert_close(terms["kl"], model.gaussian(x).kl())
    published = cascade.cascade_vae(model, x, generator(5))["reconstruction"]
    torch.testing.assert_close(published, costs.gather(1, cascade.assign(costs, 0.001)[:, None])[:, 0])


@pytest.mark.parametrize("kind, objective", [(Relaxed, cascade.joint_vae), (Assigned, cascade.cascade_vae)])
def test_cut_off_it_ends_with_the_same_bits(tmp_path, kind, objective):
    x = torch.rand(40, 1, 3, 3, generator=generator()).round()
    prices = {"kl": cascade.Graded(0.5, 4.0, 3, before=1)}

    def fit(steps, folder):
        options = {
            "batch_size": 8,
            "save_every": 4,
            "log_every": 4,
            "device": "cpu",
            "progress": False,
            "folder": folder,
        }
        schedule = {"schedule": cascade.CountsFrom(4)} if kind is Assigned else {}
        model = kind((1, 3, 3), 2, seed=0)
        train(model, objective, x, steps=steps, weights=prices, **options, **schedule)
        return checkpoint.digest(checkpoint.read(folder / checkpoint.NAME)[0])

    whole = fit(12, tmp_path / "whole")
    for steps in (4, 8):
        fit(steps, tmp_path / "cut")
    assert fit(12, tmp_path / "cut") == whole


# What such a rate is made of -------------------------------------------------------------------------------


def some_posterior(images=60, values=3, hard=False, seed=0):
    g = generator(seed)
    mu, log_var = torch.randn(2, images, 2, generator=g, dtype=torch.float64)
    logits = torch.randn(images, values, generator=g, dtype=torch.float64) * 2
    second = Categorical.assigned(logits.argmax(1), values, torch.float64) if hard else Categorical(logits)
    return Both(Gaussian(mu, log_var - 1), second)


@pytest.mark.parametrize("hard", [False, True])
def test_what_a_value_says_of_the_image(hard):
    q = some_posterior(hard=hard)
    p = q.second.logits.softmax(1).numpy()
    expected = scipy.stats.entropy(p.mean(0)) - scipy.stats.entropy(p, axis=1).mean()
    assert cascade.value_information(q.second).item() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("hard", [False, True])
def test_the_parts_of_a_rate_of_both_kinds_add_up_and_are_those_of_a_grid(hard):
    """The numbers on a fine grid, the value by itself: informations as sums over a table."""
    q = some_posterior(images=5, hard=hard, seed=3)
    axis = torch.linspace(-7, 7, 141, dtype=torch.float64)
    z = torch.cartesian_prod(axis, axis)
    each = torch.distributions.Normal(q.first.mu[:, None], (q.first.log_var / 2).exp()[:, None]).log_prob(z).sum(2)
    law = each.softmax(1)[:, :, None] * q.second.logits.softmax(1)[:, None]  # (images, grid, values)
    table = (law / 5).reshape(5, 141, 141, 3)
    found = cascade.mixed_split(q, 4000, generator(1))
    h = lambda *axes: scipy.stats.entropy(table.numpy().sum(tuple(k for k in range(4) if k not in axes)).ravel())
    information = h(0) + h(1, 2, 3) - h(0, 1, 2, 3)
    tc = h(1) + h(2) + h(3) - h(1, 2, 3)
    assert abs(found.information - information) < 4.5 * found.errors["information"]
    assert abs(found.tc - tc) < 4.5 * found.errors["tc"]
    assert abs(found.dimwise[2] - (math.log(3) - h(3))) < 4.5 * found.errors["dimwise"][2] + 1e-12
    parts, error = (
        found.information + found.tc + found.dimwise.sum(),
        sum(found.errors[k] for k in ("information", "tc", "dimwise_sum")),
    )
    assert found.rate.item() == pytest.approx(q.kl().sum(1).mean().item()) and abs(parts - found.rate) < 4.5 * error


def test_with_a_value_that_says_nothing_the_split_is_that_of_the_numbers():
    q = some_posterior(images=30)
    q = Both(q.first, Categorical(torch.zeros(30, 3, dtype=torch.float64)))
    found, alone = cascade.mixed_split(q, 3000, generator(2)), exact_split(*q.first, 3000, generator(3))
    for part in ("information", "tc"):
        a, b = getattr(found, part), getattr(alone, part)
        assert abs(a - b) < 4.5 * (found.errors[part] + alone.errors[part])
    assert found.dimwise[2].abs() < 1e-12 and found.rate.item() == pytest.approx(alone.rate.item())


def test_a_posterior_of_another_kind_is_refused():
    q = some_posterior()
    with pytest.raises(ValueError, match="expected numbers and then a value, got Categorical and Gaussian"):
        cascade.mixed_split(Both(q.second, q.first))
    with pytest.raises(ValueError, match="expected 2 codes or more"):
        cascade.mixed_split(q, 1)


# Accuracy ------------------------------------------------------------------------------------------------------


def test_the_matching_is_stated_and_decides():
    """Four values, three labels: one label in two halves, the others merged."""
    label = torch.tensor([0, 0, 1, 1, 2, 2, 2, 2])
    value = torch.tensor([1, 1, 1, 1, 2, 2, 3, 3])
    assert cascade.unsupervised_accuracy(value, label) == pytest.approx(4 / 8)
    assert cascade.unsupervised_accuracy(value, label, "majority") == pytest.approx(6 / 8)
    own = torch.arange(8)
    assert cascade.unsupervised_accuracy(own, label, "majority") == 1.0
    assert cascade.unsupervised_accuracy(own, label) == pytest.approx(3 / 8)


def test_accuracies_landmarks_by_hand():
    label = torch.arange(3).repeat(10)
    assert cascade.unsupervised_accuracy(torch.zeros_like(label), label) == pytest.approx(1 / 3)
    assert cascade.unsupervised_accuracy((label > 0).long(), label) == pytest.approx(2 / 3)
    assert cascade.unsupervised_accuracy((label + 1) % 3, label) == 1.0
    assert cascade.contingency(label, label).tolist() == (10 * torch.eye(3, dtype=torch.long)).tolist()


@pytest.mark.parametrize("bad", [torch.zeros(3), torch.zeros(2, 2).long(), torch.zeros(0).long()])
def test_values_that_are_no_numbers_of_values(bad):
    with pytest.raises(ValueError, match="expected whole numbers"):
        cascade.contingency(bad, bad)
    with pytest.raises(ValueError, match="a matching one-to-one or majority, got 'best'"):
        cascade.unsupervised_accuracy(torch.tensor([0]), torch.tensor([0]), "best")
