"""The terms of the bound against torch.distributions, scipy and a linear-Gaussian world, where all of it is known.

Error bars. Closed forms are compared to 1e-12 in float64: a few dozen terms of size up to about 100 lose two or three
of sixteen digits. Sampled means are compared within five of their own standard errors, computed beside them.
"""

import math
import re
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import scipy.stats
import torch
from hypothesis import given
from hypothesis import strategies as st

from course_pkg import elbo
from course_pkg.models.networks import mlp
from course_pkg.models.posteriors import Gaussian
from course_pkg.worlds import LinearGaussianWorld
from helpers import generator, same

SEVERAL = 5  # standard errors; two-sided, a false alarm in 1.7 million comparisons

seeds = st.integers(0, 10_000)
codes = st.tuples(st.integers(1, 4), st.integers(1, 5))
images = st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 4), st.integers(1, 4))
flat_images = st.tuples(st.integers(1, 3), st.integers(1, 6))


def normals(seed, *shape):
    return torch.randn(shape, generator=generator(seed), dtype=torch.float64)


def sd(log_var):
    return (log_var / 2).exp()


def agrees(samples, expected, axis=0):
    """The mean of independent samples is what it should be, within its standard error."""
    error = samples.std(axis) / math.sqrt(samples.shape[axis])
    assert ((samples.mean(axis) - expected).abs() < SEVERAL * error).all(), (samples.mean(axis), expected, error)


# Gaussians ----------------------------------------------------------------------------------------


@given(codes, seeds)
def test_gaussian_kl_is_that_of_torch_for_each_latent(shape, seed):
    mu, log_var = normals(seed, 2, *shape)
    q = torch.distributions.Normal(mu, sd(log_var))
    same(elbo.gaussian_kl(mu, log_var), torch.distributions.kl_divergence(q, torch.distributions.Normal(0.0, 1.0)))


def test_gaussian_kl_is_zero_for_the_prior_and_half_the_squared_mean_beside_it():
    zero = torch.zeros(2, 3, dtype=torch.float64)
    same(elbo.gaussian_kl(zero, zero), zero)
    same(elbo.gaussian_kl(zero + 3, zero), zero + 4.5)


@given(codes, seeds)
def test_log_prob_is_that_of_torch_summed_over_latents(shape, seed):
    z, mu, log_var = normals(seed, 3, *shape)
    same(elbo.gaussian_log_prob(z, mu, log_var), torch.distributions.Normal(mu, sd(log_var)).log_prob(z).sum(-1))


def test_log_prob_broadcasts_points_against_posteriors():
    z, mu, log_var = normals(0, 7, 1, 2), normals(1, 3, 2), normals(2, 3, 2)
    table = elbo.gaussian_log_prob(z, mu, log_var)
    assert tuple(table.shape) == (7, 3)
    same(table[4, 1], elbo.gaussian_log_prob(z[4, 0], mu[1], log_var[1]).item())


def test_reparameterised_samples_have_the_mean_and_the_width():
    mu, log_var = torch.tensor([[1.0, -2.0]], dtype=torch.float64), torch.tensor([[0.7, -1.4]], dtype=torch.float64)
    z = elbo.reparameterise(mu.expand(40_000, 2), log_var.expand(40_000, 2), generator())
    agrees(z, mu[0])
    agrees((z - mu) ** 2, log_var[0].exp())
    agrees((z - mu).prod(1), 0.0)
    test = scipy.stats.kstest(((z - mu) / sd(log_var)).flatten().numpy(), "norm")
    assert test.pvalue > 1e-4


@given(codes, seeds)
def test_reparameterised_samples_move_with_mean_and_width(shape, seed):
    mu, log_var = normals(seed, 2, *shape).requires_grad_().unbind()
    z = elbo.reparameterise(mu, log_var, generator(seed))
    to_mu, to_log_var = torch.autograd.grad(z.sum(), (mu, log_var))
    same(to_mu, torch.ones(shape))
    same(to_log_var, 0.5 * (z - mu).detach())


@given(codes, seeds)
def test_a_generator_gives_the_same_noise_again(shape, seed):
    mu, log_var = normals(seed, 2, *shape)
    first, again = (elbo.reparameterise(mu, log_var, generator(seed)) for _ in range(2))
    assert torch.equal(first, again) and first.dtype == mu.dtype
    assert not torch.equal(first, elbo.reparameterise(mu, log_var, generator(seed + 1)))


def test_noise_is_drawn_afresh_where_no_generator_is_given():
    zeros = torch.zeros(3, 2)
    torch.manual_seed(0)
    first = elbo.reparameterise(zeros, zeros)
    assert not torch.equal(first, elbo.reparameterise(zeros, zeros))
    torch.manual_seed(0)
    assert torch.equal(first, elbo.reparameterise(zeros, zeros))


# Likelihoods --------------------------------------------------------------------------------------


@given(st.one_of(images, flat_images), seeds)
def test_bernoulli_likelihood_is_that_of_torch_summed_over_pixels(shape, seed):
    logits = 3 * normals(seed, *shape)
    x = torch.bernoulli(logits.sigmoid(), generator=generator(seed))
    pixels = torch.distributions.Bernoulli(logits=logits).log_prob(x)
    same(elbo.bernoulli_log_likelihood(x, logits), [image.sum().item() for image in pixels])


@given(st.one_of(images, flat_images), seeds, st.floats(0.1, 3))
def test_gaussian_likelihood_is_that_of_scipy_summed_over_pixels(shape, seed, sigma):
    x, mean = normals(seed, 2, *shape)
    pixels = scipy.stats.norm(mean.numpy(), sigma).logpdf(x.numpy())
    expected = [image.sum() for image in pixels]
    same(elbo.gaussian_log_likelihood(x, mean, sigma), expected)
    same(elbo.gaussian_log_likelihood(x, mean, torch.tensor(sigma, dtype=torch.float64)), expected)
    assert elbo.gaussian_log_likelihood(x.float(), mean.float(), sigma).dtype == torch.float32


def test_the_slope_in_sigma_vanishes_at_the_mean_squared_error():
    x, mean = normals(0, 2, 1, 5, 5)
    sigma = (x - mean).square().mean().sqrt().requires_grad_()
    slope = torch.autograd.grad(elbo.gaussian_log_likelihood(x, mean, sigma).sum(), sigma)[0]
    assert abs(slope) < 1e-11
    smaller = (0.9 * sigma).detach().requires_grad_()
    assert torch.autograd.grad(elbo.gaussian_log_likelihood(x, mean, smaller).sum(), smaller)[0] > 1


LIKELIHOODS = {
    "bernoulli": lambda x, y: elbo.bernoulli_log_likelihood(x.sigmoid(), y),
    "gaussian": partial(elbo.gaussian_log_likelihood, sigma=0.7),
}


@pytest.mark.parametrize("likelihood", LIKELIHOODS.values(), ids=LIKELIHOODS)
@given(shape=images, seed=seeds)
def test_pixels_and_channels_are_summed_and_images_are_kept_apart(likelihood, shape, seed):
    x, y = normals(seed, 2, *shape)
    one = likelihood(x, y)
    tile = lambda *times: likelihood(x.repeat(*times), y.repeat(*times))
    assert tuple(one.shape) == shape[:1]
    same(tile(1, 1, 2, 1), 2 * one)
    same(tile(1, 1, 1, 2), 2 * one)
    same(tile(1, 3, 1, 1), 3 * one)
    same(tile(2, 1, 1, 1), torch.cat([one, one]))


# The bound, on a linear-Gaussian world, whose bound and evidence are known ------------------------


class Linear:
    """A linear-Gaussian world with a diagonal encoder, as a model."""

    def __init__(self, w):
        self.w = w

    def encode(self, x):
        mu = self.w.encode(x)
        return Gaussian(mu, self.w.S.diagonal().log().expand_as(mu))

    def decode(self, z):
        return z @ self.w.W.mT + self.w.b


def diagonal_world(seed, n=3):
    w = LinearGaussianWorld.random(seed, d=2, n=n)
    return replace(w, S=w.S.diagonal().diag())


def exact_world(seed, n=3):
    """A decoder with orthogonal columns: the posterior is diagonal, and the encoder gives it."""
    w = LinearGaussianWorld.random(seed, d=2, n=n)
    orthogonal = torch.linalg.qr(w.W).Q * torch.tensor([0.5, 1.5], dtype=torch.float64)
    w = replace(w, W=orthogonal).with_exact_encoder()
    return replace(w, S=w.S.diagonal().diag())


def likelihood_of(w):
    return partial(elbo.gaussian_log_likelihood, sigma=w.s)


@pytest.mark.parametrize("seed", range(3))
def test_the_mean_of_the_single_sample_objective_is_the_exact_elbo(seed):
    w = diagonal_world(seed)
    x = w.m + normals(seed, 3)
    batch = x.expand(20_000, 3)
    terms = elbo.negative_elbo(Linear(w), batch, generator(seed), likelihood_of(w))
    assert list(terms) == ["reconstruction", "kl"]
    assert tuple(terms["reconstruction"].shape) == (20_000,) and tuple(terms["kl"].shape) == (20_000, 2)
    same(terms["kl"][0].sum(), w.kl(x).item())
    agrees(terms["reconstruction"], -w.expected_log_likelihood(x))
    agrees(-terms["reconstruction"] - terms["kl"].sum(1), w.elbo(x))


@pytest.mark.parametrize("seed", range(3))
def test_one_importance_sample_is_an_estimate_of_the_elbo(seed):
    w = diagonal_world(seed)
    x = w.m + normals(seed, 3)
    agrees(elbo.importance_weighted(Linear(w), x.expand(20_000, 3), 1, generator(seed), likelihood_of(w)), w.elbo(x))


@pytest.mark.parametrize("seed", range(3))
def test_the_bound_rises_with_samples_towards_the_evidence(seed):
    w = diagonal_world(seed)
    x = w.m + normals(seed, 3)
    draw = lambda k: elbo.importance_weighted(Linear(w), x.expand(4000, 3), k, generator(k), likelihood_of(w))
    one, five, fifty = (draw(k) for k in (1, 5, 50))
    rises = lambda a, b: (b.mean() - a.mean()) / ((a.var() + b.var()) / 4000).sqrt()
    assert rises(one, five) > SEVERAL and rises(five, fifty) > SEVERAL
    assert fifty.mean() < w.log_evidence(x) + SEVERAL * fifty.std() / math.sqrt(4000)


@pytest.mark.parametrize("samples", [1, 3, 10])
def test_the_exact_encoder_gives_the_evidence_at_every_draw(samples):
    w = exact_world(1)
    x = w.m + normals(1, 6, 3)
    drawn = elbo.importance_weighted(Linear(w), x, samples, generator(samples), likelihood_of(w))
    assert drawn.dtype == torch.float64
    same(drawn, w.log_evidence(x))


class Coins:
    """Two latents, five pixels, logits linear in the latents; a posterior of any width."""

    def __init__(self, seed, log_var):
        self.W, self.b, self.V, self.log_var = (
            normals(seed, 2, 5),
            normals(seed + 1, 5),
            normals(seed + 2, 5, 2),
            log_var,
        )

    def encode(self, x):
        mu = x @ self.V
        return Gaussian(mu, torch.full_like(mu, self.log_var))

    def decode(self, z):
        return z @ self.W + self.b


def test_without_a_likelihood_pixels_are_coins():
    x = torch.bernoulli(torch.full((6, 5), 0.5, dtype=torch.float64), generator=generator())
    sharp = Coins(0, -1000.0)  # a posterior without width: the sample is the mean
    coins = torch.distributions.Bernoulli(logits=sharp.decode(sharp.encode(x).mu))
    same(elbo.negative_elbo(sharp, x)["reconstruction"], -coins.log_prob(x).sum(1))


def test_the_objective_repeats_with_its_generator():
    x, model = torch.ones(2, 5, dtype=torch.float64), Coins(1, -0.5)
    torch.manual_seed(0)  # the generator that is given decides, and no other
    first, again, other = (elbo.negative_elbo(model, x, generator(s))["reconstruction"] for s in (3, 3, 4))
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_importance_weights_are_joint_over_posterior():
    """The same three draws, weighed by torch.distributions."""
    x = torch.bernoulli(torch.full((6, 5), 0.5, dtype=torch.float64), generator=generator())
    model = Coins(3, -0.5)
    q, noise = torch.distributions.Normal(model.encode(x).mu, math.exp(-0.25)), generator(7)
    weights = []
    for _ in range(3):
        z = q.loc + q.scale * torch.randn(6, 2, generator=noise, dtype=torch.float64)
        joint = torch.distributions.Bernoulli(logits=model.decode(z)).log_prob(x).sum(1)
        joint += torch.distributions.Normal(0.0, 1.0).log_prob(z).sum(1)
        weights.append((joint - q.log_prob(z).sum(1)).exp())
    expected = torch.stack(weights).mean(0).log()
    same(elbo.importance_weighted(model, x, 3, generator(7)), expected)


@pytest.mark.parametrize("samples", [0, -1])
def test_no_importance_samples_are_refused(samples):
    with pytest.raises(ValueError, match=f"^expected at least one sample, got {samples}$"):
        elbo.importance_weighted(Coins(0, 0.0), torch.zeros(1, 5), samples)


# The evidence on a grid ---------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_evidence_on_a_grid_is_the_closed_form(seed):
    """Widths are 0.2 or more, so cells of 0.1 integrate exactly; what lies beyond 9 is below 1e-12."""
    w = exact_world(seed)
    x = w.b + 0.5 * normals(seed, 4, 3)
    evidence, posterior, z = elbo.evidence_on_grid(Linear(w), x, likelihood_of(w), reach=9.0, points=181)
    same(evidence, w.log_evidence(x), {"rtol": 1e-10, "atol": 1e-10})
    same(posterior.exp().sum(1), torch.ones(4))
    density = torch.distributions.Normal(w.encode(x)[:, None], w.S.diagonal().sqrt()).log_prob(z).sum(-1)
    same(posterior - 2 * math.log(0.1), density, {"rtol": 1e-9, "atol": 1e-9})


def test_the_grid_has_its_second_latent_fastest_and_reaches_six():
    z = elbo.evidence_on_grid(Coins(0, 0.0), torch.zeros(1, 5, dtype=torch.float64))[2]
    assert tuple(z.shape) == (121**2, 2) and z.dtype == torch.float64
    same(z[[0, 1, 121, -1]], [[-6.0, -6.0], [-6.0, -5.9], [-5.9, -6.0], [6.0, 6.0]])


def test_evidence_of_coins_is_their_integral_over_the_prior():
    model, x = Coins(5, 0.0), torch.tensor([[1.0, 0, 1, 1, 0], [0, 0, 1, 0, 1]], dtype=torch.float64)
    axis = np.linspace(-9, 9, 400)
    z = np.stack(np.meshgrid(axis, axis, indexing="ij"), -1)
    probability = 1 / (1 + np.exp(-(z @ model.W.numpy() + model.b.numpy())))
    prior = scipy.stats.norm.pdf(z).prod(-1)
    for image, log_evidence in zip(x.numpy(), elbo.evidence_on_grid(model, x)[0], strict=True):
        likelihood = np.where(image == 1, probability, 1 - probability).prod(-1)
        integral = np.trapezoid(np.trapezoid(prior * likelihood, axis), axis)
        assert log_evidence.item() == pytest.approx(math.log(integral), abs=1e-7)  # the grid ends at six deviations


# Overlap of posteriors ----------------------------------------------------------------------------


def test_overlap_is_one_half_where_posteriors_agree():
    mu, log_var = normals(0, 1, 3), normals(1, 1, 3)
    assert elbo.posterior_overlap(mu, log_var, mu, log_var, 3, generator()).tolist() == [[0.5]]


def test_overlap_of_equal_widths_is_the_normal_distribution_function_of_half_the_distance():
    a, b, sigma, n = normals(0, 2, 3), normals(1, 4, 3), 0.8, 4000
    log_var = lambda mu: torch.full_like(mu, 2 * math.log(sigma))
    overlap = elbo.posterior_overlap(a, log_var(a), b, log_var(b), n, generator())
    assert tuple(overlap.shape) == (2, 4)
    expected = torch.as_tensor(scipy.stats.norm.cdf(-torch.cdist(a, b).numpy() / (2 * sigma)))
    error = (expected * (1 - expected) / n).sqrt()
    assert ((overlap - expected).abs() < SEVERAL * error).all()


def test_overlap_of_unequal_widths_is_what_integration_gives():
    """Codes are drawn from the first: a wide posterior lies over a narrow one otherwise than the other way round."""
    mu, log_var, n = torch.tensor([[0.0], [0.5]]).double(), torch.tensor([[0.0], [-2.0]]).double(), 4000
    overlap = elbo.posterior_overlap(mu, log_var, mu, log_var, n, generator())
    z = np.linspace(-10, 10, 200_001)
    wide, narrow = scipy.stats.norm(0, 1).pdf(z), scipy.stats.norm(0.5, math.exp(-1)).pdf(z)
    for found, p, q in ((overlap[0, 1], wide, narrow), (overlap[1, 0], narrow, wide)):
        expected = np.trapezoid(p * (q > p), z)
        assert abs(found - expected) < SEVERAL * math.sqrt(expected * (1 - expected) / n)


def test_overlap_repeats_with_its_generator_and_keeps_double_precision():
    mu, log_var = normals(0, 3, 2), normals(1, 3, 2)
    first, again, other = (elbo.posterior_overlap(mu, log_var, mu, log_var, 50, generator(s)) for s in (3, 3, 4))
    assert torch.equal(first, again) and not torch.equal(first, other) and first.dtype == torch.float64


def test_posteriors_far_apart_do_not_overlap():
    mu, log_var = torch.zeros(1, 2), torch.full((1, 2), -4.0)
    assert elbo.posterior_overlap(mu, log_var, mu + 10, log_var, 100, generator()).item() == 0.0


# Two estimators of one gradient -------------------------------------------------------------------


def wave(z):
    return (z.sin() + z**2).sum(1)


def test_the_pathwise_gradient_is_the_slope_at_each_sample():
    mu, log_var = normals(0, 2, 3)
    eps = normals(1, 50, 3)
    z = mu + sd(log_var) * eps
    same(elbo.pathwise_gradient(wave, mu, log_var, eps), z.cos() + 2 * z)


def test_the_score_gradient_is_the_reward_times_the_slope_of_the_log_density():
    mu, log_var = normals(0, 2, 3)
    eps = normals(1, 50, 3)
    z = mu + sd(log_var) * eps
    centre = mu.expand(50, 3).clone().requires_grad_()
    score = torch.autograd.grad(torch.distributions.Normal(centre, sd(log_var)).log_prob(z).sum(), centre)[0]
    same(elbo.score_function_gradient(wave, mu, log_var, eps), wave(z)[:, None] * score)


@pytest.mark.parametrize("gradient", [elbo.pathwise_gradient, elbo.score_function_gradient])
def test_both_gradients_are_unbiased(gradient):
    """d/d mu of E[sin z + z^2] = E[sin(mu + sigma eps)] + mu^2 + sigma^2: the slope is cos(mu) exp(-var / 2) + 2 mu."""
    mu, log_var = normals(4, 2, 2)
    samples = gradient(wave, mu, log_var, normals(5, 40_000, 2))
    agrees(samples, mu.cos() * (-log_var.exp() / 2).exp() + 2 * mu)


def test_neither_gradient_needs_or_touches_a_graph():
    mu, log_var = normals(0, 2, 3).requires_grad_().unbind()
    assert not elbo.pathwise_gradient(wave, mu, log_var, normals(1, 4, 3)).requires_grad


# Shapes that disagree -----------------------------------------------------------------------------

WRONG = {
    "gaussian_kl": (lambda a, b: elbo.gaussian_kl(a, b), "mu", "log_var"),
    "reparameterise": (lambda a, b: elbo.reparameterise(a, b), "mu", "log_var"),
    "bernoulli_log_likelihood": (lambda a, b: elbo.bernoulli_log_likelihood(a, b), "x", "logits"),
    "gaussian_log_likelihood": (lambda a, b: elbo.gaussian_log_likelihood(a, b, 1.0), "x", "mean"),
}


@pytest.mark.parametrize("function, first, second", WRONG.values(), ids=WRONG)
def test_shapes_that_disagree_are_refused(function, first, second):
    message = f"expected one shape for all, got {first} (2, 3), {second} (2, 1)"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        function(torch.zeros(2, 3), torch.zeros(2, 1))


def test_a_decoder_of_another_size_is_refused_by_the_objective():
    class Larger(Coins):
        def decode(self, z):
            return torch.cat([super().decode(z)] * 2, 1)

    with pytest.raises(ValueError, match=r"^expected one shape for all, got x \(2, 5\), logits \(2, 10\)$"):
        elbo.negative_elbo(Larger(0, 0.0), torch.zeros(2, 5, dtype=torch.float64))


# Other people's images ---------------------------------------------------------------------------------------


def pixels(low=0.0, high=1.0, dtype=torch.float32):
    return torch.linspace(low, high, 2 * 16, dtype=torch.float32).reshape(2, 1, 4, 4).to(dtype)


@pytest.mark.parametrize(("low", "high", "told"), [(-1, 1, "-1 to 1"), (0, 255, "0 to 255"), (0, 1.001, "0 to 1.001")])
def test_a_bernoulli_likelihood_refuses_pixels_of_another_range(low, high, told):
    x = pixels(low, high)
    with pytest.raises(ValueError, match=rf"expects pixels in \[0, 1\], got {told}: scale them, or take a Gaussian"):
        elbo.bernoulli_log_likelihood(x, torch.zeros_like(x))
    assert elbo.gaussian_log_likelihood(x, torch.zeros_like(x), 1.0).isfinite().all(), "a Gaussian takes any range"


def test_a_bernoulli_likelihood_refuses_nan():
    x = pixels()
    x[1, 0, 2, 2] = torch.nan
    with pytest.raises(ValueError, match=r"expects pixels in \[0, 1\], got nan"):
        elbo.bernoulli_log_likelihood(x, torch.zeros_like(x))


@pytest.mark.parametrize("dtype", [torch.uint8, torch.bool, torch.int64])
def test_a_bernoulli_likelihood_refuses_whole_numbers(dtype):
    x = pixels(dtype=dtype)
    with pytest.raises(ValueError, match=rf"as floating-point numbers, got {dtype}: divide bytes by 255"):
        elbo.bernoulli_log_likelihood(x, torch.zeros(x.shape))


def test_where_nobody_may_look_an_image_outside_is_nan(monkeypatch):
    monkeypatch.setattr(elbo, "_readable", lambda t: False)  # as on a GPU
    x = torch.stack([pixels()[0], pixels(-1)[0]])
    found = elbo.bernoulli_log_likelihood(x, torch.zeros_like(x))
    assert found[0].item() == pytest.approx(-16 * math.log(2)) and found[1].isnan()


@pytest.mark.parametrize("sigma", [0.0, -0.5, math.nan, math.inf, torch.tensor([1.0] * 15 + [0.0])])
def test_a_gaussian_needs_a_width(sigma):
    with pytest.raises(ValueError, match="expected a sigma above 0 and finite, got"):
        elbo.gaussian_log_likelihood(pixels(), pixels(), sigma)


@pytest.mark.parametrize("shape", [(2,), (3,), (2, 15), (1, 1, 16)])
def test_a_width_of_another_shape(shape):
    with pytest.raises(ValueError, match=r"expected sigma as one number, .* \(2, 16\), got"):
        elbo.gaussian_log_likelihood(pixels(), pixels(), torch.ones(shape))


@pytest.mark.parametrize("dtype", [torch.uint8, torch.bool, torch.int64, torch.float64])
def test_a_gaussian_keeps_its_width_whatever_the_images_are(dtype):
    """sigma = 2.5 was cast to the type of the images: bytes made 2 of it."""
    x, mean = pixels(0, 200).to(dtype), pixels()
    torch_s = torch.distributions.Normal(mean.double(), 2.5).log_prob(x.double()).flatten(1).sum(1)
    torch.testing.assert_close(elbo.gaussian_log_likelihood(x, mean, 2.5).double(), torch_s, rtol=1e-5, atol=0)


def test_a_gaussian_of_whole_numbers_alone_is_refused():
    x = pixels(0, 9, torch.int64)
    with pytest.raises(ValueError, match=r"as floating-point numbers, got torch.int64 and torch.int64"):
        elbo.gaussian_log_likelihood(x, x, 1.0)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.bool, torch.float16, torch.float64])
def test_images_of_another_type_than_the_weights(dtype):
    with pytest.raises(ValueError, match=rf"of the type of the weights, torch.float32, got {dtype}: give images.to"):
        elbo.negative_elbo(mlp((1, 4, 4), 2), pixels(dtype=dtype))


def test_log_prob_needs_as_many_latents_in_each():
    with pytest.raises(ValueError, match=r"expected d latents in each, got shapes \(3, 2\), \(3, 1\) and \(3, 2\)"):
        elbo.gaussian_log_prob(torch.zeros(3, 2), torch.zeros(3, 1), torch.zeros(3, 2))


@pytest.mark.parametrize("wrong", [{"points": 1}, {"reach": 0.0}, {"reach": math.nan}])
def test_a_grid_that_is_none(wrong):
    with pytest.raises(ValueError, match="expected two points or more and a finite reach above 0"):
        elbo.evidence_on_grid(mlp((1, 4, 4), 2), pixels(), **wrong)


def test_posterior_overlap_of_other_shapes():
    two, three = torch.zeros(4, 2), torch.zeros(4, 3)
    with pytest.raises(ValueError, match="at least one sample, got 0"):
        elbo.posterior_overlap(two, two, two, two, 0, None)
    with pytest.raises(ValueError, match=r"expected \(A, d\) and \(B, d\), got \(4, 2\) and \(4, 3\)"):
        elbo.posterior_overlap(two, two, three, three, 1, None)
