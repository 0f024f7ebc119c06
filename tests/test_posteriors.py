"""Posteriors against torch.distributions: what they cost, what is drawn from them, what a metric sees of them."""

import math
import re

import pytest
import torch
from torch import distributions as D
from torch.distributions import kl_divergence

from course_pkg import elbo
from course_pkg.models import posteriors
from course_pkg.models.posteriors import Both, Categorical, Gaussian, discrete, packed, unpacked
from helpers import generator

N = 40_000


def normals(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=generator(seed), dtype=dtype)


def gaussian(b=5, d=3, seed=1, **kind):
    return Gaussian(normals(b, d, seed=seed, **kind), normals(b, d, seed=seed + 1, **kind))


def categorical(b=5, k=4, seed=3, temperature=None, **kind):
    return Categorical(2 * normals(b, k, seed=seed, **kind), temperature)


def joint(b=5, temperature=0.67, **kind):
    """Three Gaussian latents, then one of four values and one of two."""
    values = Both(categorical(b, temperature=temperature, **kind), categorical(b, 2, 5, temperature, **kind))
    return Both(gaussian(b, **kind), values)


KINDS = {
    "gaussian": gaussian,
    "categorical": categorical,
    "relaxed": lambda b=5: categorical(b, temperature=0.5),
    "both": joint,
}


def repeated(q, n):
    """The posterior of one image, n times."""
    return unpacked(packed(q)[:1].repeat(n, 1), q)


# What it costs -----------------------------------------------------------------------------------


def test_the_kl_is_that_of_torch_distributions():
    q = gaussian()
    expected = kl_divergence(D.Normal(q.mu, (q.log_var / 2).exp()), D.Normal(0.0, 1.0))
    torch.testing.assert_close(q.kl(), expected, rtol=1e-12, atol=1e-12)
    c = categorical()
    uniform = D.Categorical(logits=torch.zeros(4, dtype=torch.float64))
    torch.testing.assert_close(c.kl()[:, 0], kl_divergence(D.Categorical(logits=c.logits), uniform), rtol=1e-12, atol=0)
    torch.testing.assert_close(Both(q, c).kl(), torch.cat([q.kl(), c.kl()], 1), rtol=0, atol=0)


@pytest.mark.parametrize("k", [1, 2, 7])
def test_a_categorical_costs_nothing_to_log_k(k):
    assert Categorical(torch.full((2, k), 3.7)).kl().abs().max() < 1e-6
    index = torch.arange(k)
    torch.testing.assert_close(Categorical.assigned(index, k).kl(), torch.full((k, 1), math.log(k)))


def test_a_value_that_never_comes_costs_nothing_and_has_a_finite_gradient():
    """Two of three values, equally likely: log 3 - log 2 nats."""
    logits = torch.tensor([[0.0, 0.0, -math.inf]], dtype=torch.float64, requires_grad=True)
    kl = Categorical(logits).kl()
    assert kl.item() == pytest.approx(math.log(1.5), abs=1e-12)
    assert torch.autograd.grad(kl.sum(), logits)[0][0, :2].abs().max() < 1e-12
    far = torch.tensor([[800.0, -800.0]], dtype=torch.float64, requires_grad=True)
    assert Categorical(far).kl().item() == pytest.approx(math.log(2))
    assert torch.autograd.grad(Categorical(far).kl().sum(), far)[0].isfinite().all()


def test_a_value_that_there_is_not_shows_in_its_price():
    assert Categorical.assigned(torch.tensor([0, 3]), 3).kl().isnan().tolist() == [[False], [True]]


def test_the_gradient_of_the_kl_is_that_of_its_closed_form():
    for q in (gaussian(), categorical(), joint()):
        table = packed(q).requires_grad_()
        assert torch.autograd.gradcheck(lambda t, q=q: unpacked(t, q).kl(), table)


def test_the_temperature_does_not_change_what_a_code_costs():
    assert torch.equal(categorical(temperature=0.1).kl(), categorical().kl())


# What is drawn -----------------------------------------------------------------------------------


def shares(q, drawn, k=4):
    """The share of each value, and its standard error under q."""
    p = q.logits[0].softmax(0)
    return torch.bincount(drawn, minlength=k) / len(drawn), p, (p * (1 - p) / len(drawn)).sqrt()


def test_one_hot_samples_have_the_probabilities_of_the_posterior():
    q = repeated(categorical(), N)
    z = q.sample(generator())
    assert ((z == 0) | (z == 1)).all() and (z.sum(1) == 1).all() and z.dtype == torch.float64
    found, p, error = shares(q, z.argmax(1))
    assert ((found - p).abs() < 5 * error).all()


@pytest.mark.parametrize("temperature", [0.1, 0.67, 3.0])
def test_the_largest_of_a_relaxed_sample_has_the_same_law_at_every_temperature(temperature):
    q = repeated(categorical(temperature=temperature), N)
    z = q.sample(generator(1))
    torch.testing.assert_close(z.sum(1), torch.ones(N, dtype=torch.float64))
    found, p, error = shares(q, z.argmax(1))
    assert ((z > 0).all() or temperature == 0.1) and ((found - p).abs() < 5 * error).all()


def test_a_relaxed_sample_follows_torchs_relaxed_one_hot():
    """Mean and second moment of each entry, of two independent sets of samples, within five standard errors."""
    q = repeated(categorical(temperature=0.67), N)
    ours = q.sample(generator(2))
    with torch.random.fork_rng():
        torch.manual_seed(3)
        theirs = D.RelaxedOneHotCategorical(torch.tensor(0.67), logits=q.logits[0]).sample((N,))
    for power in (1, 2):
        a, b = ours**power, theirs**power
        error = ((a.var(0) + b.var(0)) / N).sqrt()
        assert ((a.mean(0) - b.mean(0)).abs() < 5 * error).all()


def test_a_relaxed_sample_has_a_gradient_and_a_one_hot_sample_none():
    relaxed, hard = (Categorical(torch.zeros(2, 3, requires_grad=True), t) for t in (0.5, None))
    gradient = torch.autograd.grad(relaxed.sample(generator())[:, 0].sum(), relaxed.logits)[0]
    assert gradient.isfinite().all() and (gradient[:, 0] > 0).all() and not hard.sample(generator()).requires_grad


def test_a_gaussian_sample_is_the_reparameterised_one():
    q = gaussian()
    assert torch.equal(q.sample(generator(4)), elbo.reparameterise(*q, generator(4)))


@pytest.mark.parametrize("kind", KINDS)
def test_the_generator_that_is_given_decides_and_no_other(kind):
    q = KINDS[kind](50)
    for draw in (q.sample, lambda g: q.codes(True, g)):
        torch.manual_seed(0)
        first = draw(generator(3))
        torch.manual_seed(1)
        assert torch.equal(first, draw(generator(3))) and not torch.equal(first, draw(generator(4)))


def test_two_latents_are_drawn_independently():
    q = repeated(Both(categorical(), categorical()), N)
    a, b = q.codes(True, generator()).T
    p = q.first.logits[0].softmax(0)
    same = (p**2).sum()
    assert ((a == b).double().mean() - same).abs() < 5 * (same * (1 - same) / N).sqrt()


# What a metric sees ------------------------------------------------------------------------------


def test_codes_are_means_and_the_number_of_the_likeliest_value():
    q = Both(Gaussian(torch.tensor([[0.5, -2.0]]), torch.zeros(1, 2)), Categorical(torch.tensor([[0.0, 3.0, 1.0]])))
    assert q.codes().tolist() == [[0.5, -2.0, 1.0]] and q.values == (0, 0, 3)
    assert discrete(q).tolist() == [False, False, True]


def test_sampled_codes_have_the_law_of_the_posterior():
    q = repeated(joint(), N)
    codes = q.codes(True, generator())
    mu, log_var = q.first.mu[0], q.first.log_var[0]
    z = (codes[:, :3] - mu) / (log_var / 2).exp()
    assert (z.mean(0).abs() < 5 / N**0.5).all() and ((z.var(0) - 1).abs() < 5 * (2 / N) ** 0.5).all()
    found, p, error = shares(q.second.first, codes[:, 3].long())
    assert ((found - p).abs() < 5 * error).all()


@pytest.mark.parametrize("kind", KINDS)
def test_each_column_has_its_nats_and_its_kind(kind):
    q = KINDS[kind]()
    assert q.kl().shape == q.codes().shape == (5, len(q.values)) and discrete(q).shape == (len(q.values),)
    assert q.as_input(q.codes()).shape == q.sample(generator()).shape


def test_codes_are_decoded_as_samples_are():
    """A one-hot sample is the input of its own code, and an assigned code comes back as it was given."""
    q = Both(gaussian(), categorical())
    assert torch.equal(q.as_input(q.codes(True, generator(6))), q.sample(generator(6)))
    index = torch.tensor([2, 0, 1])
    assigned = Categorical.assigned(index, 3, torch.float64)
    assert torch.equal(assigned.codes()[:, 0], index.double())
    assert torch.equal(assigned.sample(generator()), torch.eye(3, dtype=torch.float64)[index])
    relaxed = Categorical(assigned.logits, 0.5)
    assert torch.equal(relaxed.sample(generator()), assigned.sample(generator()))


def test_a_gaussian_unpacks_for_readers():
    q = gaussian()
    mu, log_var = q
    assert mu is q.mu and log_var is q.log_var and torch.equal(elbo.gaussian_kl(*q), q.kl())
    assert elbo.gaussian_kl is posteriors.gaussian_kl and elbo.reparameterise is posteriors.reparameterise


@pytest.mark.parametrize("kind", KINDS)
def test_a_posterior_becomes_a_table_and_itself_again(kind):
    q = KINDS[kind]()
    again = unpacked(packed(q), q)
    assert type(again) is type(q) and again.values == q.values and torch.equal(packed(again), packed(q))
    assert torch.equal(again.sample(generator()), q.sample(generator()))


# Where it is, and bad input ----------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("device, dtype", [("cpu", torch.float32), ("cpu", torch.float64), ("meta", torch.float32)])
def test_all_stays_on_its_device_in_its_type(kind, device, dtype):
    like = KINDS[kind]()
    q = unpacked(packed(like).to(device, dtype), like)
    g = torch.Generator() if device == "cpu" else None
    found = [q.kl(), q.sample(g), q.codes(), q.codes(True, g), q.as_input(q.codes())]
    assert {(t.device.type, t.dtype) for t in found} == {(device, dtype)}


@pytest.mark.parametrize(
    "make, told",
    [
        (lambda: Gaussian(torch.zeros(2, 3), torch.zeros(2, 4)), "expected one shape for all, got mu (2, 3)"),
        (lambda: Gaussian(torch.zeros(3), torch.zeros(3)), "expected mu and log_var (B, d), a row an image, got (3,)"),
        (lambda: Categorical(torch.zeros(3)), "expected logits (B, K), a row an image, got (3,)"),
        (lambda: Categorical(torch.zeros(3, 0)), "expected logits (B, K), a row an image, got (3, 0)"),
        (lambda: Categorical(torch.zeros(2, 3), 0.0), "expected a temperature above 0, or None"),
        (lambda: Categorical(torch.zeros(2, 3), math.nan), "expected a temperature above 0"),
        (lambda: Categorical.assigned(torch.zeros(2), 3), "expected whole numbers (B,), got torch.float32 (2,)"),
        (lambda: Both(gaussian(2), categorical(3)), "expected two posteriors of the same images, got one of 2"),
        (lambda: joint().as_input(torch.zeros(5, 4)), "expected codes (B, 5), got (5, 4)"),
        (lambda: gaussian().as_input(torch.zeros(5, 4)), "expected codes (B, 3), got (5, 4)"),
        (lambda: categorical().as_input(torch.zeros(5)), "expected codes (B, 1), got (5,)"),
    ],
)  # fmt: skip
def test_bad_input_is_one_clear_error(make, told):
    with pytest.raises(ValueError, match=f"^{re.escape(told)}"):
        make()
