"""The chapter `kkt`: conditions, best encoders, linear optima and dual ascent, each against something that knows no
closed form of the course.

Error bars. Closed forms on tables are compared to 1e-11 in float64, roots of a bisection to 1e-9 (it halves 120 units
of log beta seventy times). What is trained is compared as closely as the chapter promises: 1e-3 relative.
"""

import math
from dataclasses import replace

import numpy as np
import pytest
import scipy.optimize
import torch
from hypothesis import given
from hypothesis import strategies as st

import helpers
from course_pkg import kkt
from course_pkg.training import train
from course_pkg.worlds import LinearGaussianWorld, TabularWorld, expect

EXACT = {"rtol": 1e-11, "atol": 1e-11}
seeds = st.integers(0, 10_000)
prices = st.floats(0.05, 20)


def same(left, right, bound=EXACT):
    helpers.same(left, right, bound)


def tables(seed):
    w = TabularWorld.random(seed)
    return w, (w.log_p_z, w.log_p_x_given_z)


def double(*values):
    return torch.tensor(values, dtype=torch.float64)


# The four conditions ------------------------------------------------------------------------------

# Minimise |y - (3, 1)|^2 subject to y_1 <= 1 and y_2 <= 2: the optimum is (1, 1), with multipliers 4 and 0.
BOX = kkt.Problem(lambda y: (y - double(3, 1)).square().sum(), lambda y: y - double(1, 2))
FAILS = {
    "none": ((1, 1), (4, 0), (0, 0, 0, 0)),
    "stationarity": ((1, 1), (1, 0), (3, 0, 0, 0)),
    "primal feasibility": ((3, 1), (0, 0), (0, 2, 0, 0)),
    "dual feasibility": ((4, 1), (-2, 0), (0, 3, 2, 6)),
    "complementary slackness": ((1, 0), (4, 2), (0, 0, 0, 4)),
    "only the worst counts": ((0, 3), (0, 5), (9, 1, 0, 5)),
}


@pytest.mark.parametrize("y, beta, expected", FAILS.values(), ids=FAILS)
def test_each_condition_says_how_far_it_is_from_holding(y, beta, expected):
    found = BOX.conditions(double(*y), double(*beta))
    assert list(found) == ["stationarity", "primal feasibility", "dual feasibility", "complementary slackness"]
    assert [v.item() for v in found.values()] == list(expected)
    assert not any(v.requires_grad for v in found.values())


def test_the_lagrangian_adds_prices_times_constraints():
    assert BOX.lagrangian(double(2, 5), double(10, 100)).item() == 17 + 10 * 1 + 100 * 3


def test_the_point_may_come_from_a_graph_and_is_left_alone():
    y = double(1, 1).requires_grad_()
    assert BOX.conditions(2 * y / 2, double(4, 0))["stationarity"] == 0
    assert y.grad is None


def test_one_multiplier_for_each_constraint():
    with pytest.raises(ValueError, match=r"^expected one multiplier for each constraint, \(2,\), got \(1,\)$"):
        BOX.conditions(double(1, 1), double(1))


# The best encoder of a table --------------------------------------------------------------------


@given(seeds, prices)
def test_the_tilted_encoder_is_prior_times_likelihood_to_the_power_of_one_over_beta(seed, beta):
    w, model = tables(seed)
    q = w.log_p_z.exp() * w.log_p_x_given_z.exp() ** (1 / beta)
    same(kkt.tilted_encoder(*model, beta).exp(), q / q.sum(1, keepdim=True))


@given(seeds)
def test_at_one_it_is_the_posterior_and_at_infinity_the_prior(seed):
    w, model = tables(seed)
    same(kkt.tilted_encoder(*model, 1.0), w.log_posterior())
    same(kkt.tilted_encoder(*model, math.inf), w.log_p_z.expand(4, 6))


def test_at_zero_it_is_the_prior_on_the_likeliest():
    likelihood = double(0.1, 0.4, 0.4, 0.1).log().expand(1, 4)
    q = kkt.tilted_encoder(double(0.1, 0.2, 0.6, 0.1).log(), likelihood, 0.0).exp()
    same(q, [[0, 0.25, 0.75, 0]])


def test_each_x_may_have_its_price():
    _, model = tables(3)
    beta = double(0.5, 0, 1, 7)
    rows = kkt.tilted_encoder(*model, beta)
    for k in range(4):
        same(rows[k], kkt.tilted_encoder(*model, beta[k])[k])


def test_one_x_alone_and_many_prices_at_once():
    _, model = tables(5)
    rows = torch.stack([kkt.tilted_encoder(*model, beta) for beta in (0.3, 2.0, 9.0)])
    same(kkt.tilted_encoder(model[0], model[1][2], 2.0), rows[1, 2])
    same(kkt.tilted_encoder(*model, double(0.3, 2, 9)[:, None]), rows)


@pytest.mark.parametrize("beta", [-0.5, double(1, 1, -0.5, 0)])
def test_a_negative_price_is_refused(beta):
    with pytest.raises(ValueError, match=r"^expected a price of 0 or more, got -0\.5$"):
        kkt.tilted_encoder(*tables(0)[1], beta)


@given(seeds, prices)
def test_rate_and_distortion_are_those_of_a_table_with_that_encoder(seed, beta):
    w, model = tables(seed)
    w = replace(w, log_q_z_given_x=kkt.tilted_encoder(*model, beta))
    rate, distortion = kkt.rate_and_distortion(*model, beta)
    same(rate, w.kl())
    same(-distortion, w.expected_log_likelihood())


@given(seeds, st.floats(0.01, 0.95))
def test_the_price_of_a_rate_keeps_to_it(seed, share):
    """At a share of the largest useful rate: on average with one price, on each x with its own."""
    w, model = tables(seed)
    free = kkt.rate_and_distortion(*model, 0.0)[0]
    eps = share * expect(w.log_p_x, free).item()
    one = kkt.price_of_rate(*model, eps, w.log_p_x)
    assert one.shape == () and one > 0
    same(expect(w.log_p_x, kkt.rate_and_distortion(*model, one)[0]), eps, {"rtol": 1e-9, "atol": 1e-9})
    each = kkt.price_of_rate(*model, eps)
    assert each.shape == (4,) and ((each > 0) == (free > eps)).all()
    spent = kkt.rate_and_distortion(*model, each)[0]
    same(spent, free.clamp_max(eps), {"rtol": 1e-9, "atol": 1e-9})


@given(seeds)
def test_beyond_the_useful_rate_the_price_is_zero(seed):
    w, model = tables(seed)
    free = kkt.rate_and_distortion(*model, 0.0)[0]
    assert kkt.price_of_rate(*model, expect(w.log_p_x, free).item() + 1e-9, w.log_p_x) == 0
    assert (kkt.price_of_rate(*model, free.max().item()) == 0).all()


def test_no_rate_has_no_price():
    w, model = tables(0)
    assert (kkt.price_of_rate(*model, 0.0) == math.inf).all()
    assert kkt.price_of_rate(*model, 0.0, w.log_p_x) == math.inf


def test_no_rate_has_no_price_where_even_the_sharpest_code_is_worth_less_than_a_nat():
    fair = double(0.5, 0.5).log()
    half = double(0.5)[0]
    known = torch.stack([torch.stack([0.9 * half, half]), torch.stack([1 - 0.9 * half, half])]).log()
    assert (kkt.rate_and_distortion(fair, known, 0.0)[0] < 1).all()
    assert (kkt.price_of_rate(fair, known, 0.0) == math.inf).all()


def test_a_decoder_that_ignores_the_code_needs_no_price():
    log_p_z = double(0.2, 0.3, 0.5).log()
    deaf = double(0.3, 0.7).log()[:, None].expand(2, 3)
    for eps in (0.0, 0.1):
        assert (kkt.price_of_rate(log_p_z, deaf, eps) == 0).all()
    assert (kkt.rate_and_distortion(log_p_z, deaf, 0.0)[0].abs() < 1e-12).all()


def test_a_price_is_found_over_many_orders_of_magnitude():
    w, model = tables(1)
    for beta in (1e-2, 1e-1, 1.0, 1e2, 1e4):
        eps = expect(w.log_p_x, kkt.rate_and_distortion(*model, beta)[0]).item()
        assert kkt.price_of_rate(*model, eps, w.log_p_x).item() == pytest.approx(beta, rel=1e-5)


def test_a_negative_rate_is_refused():
    with pytest.raises(ValueError, match=r"^expected a rate of 0 or more, got -0\.1: no divergence is negative$"):
        kkt.price_of_rate(*tables(0)[1], -0.1)


@given(prices, st.integers(1, 100), st.integers(1, 10_000))
def test_normalised_beta_is_the_papers(beta, latents, pixels):
    assert kkt.normalised_beta(beta, latents, pixels) == pytest.approx(beta / (pixels / latents), rel=1e-12)


# The linear VAE ---------------------------------------------------------------------------------

SPECTRUM = double(4, 2, 1, 0.5, 0.25, 0.12)


def test_rates_by_hand():
    """Water of depth 1: half a log 4, half a log 2, then nothing, also at the edge itself."""
    same(kkt.latent_rates(SPECTRUM, 5.0, 0.2), [math.log(2), math.log(2) / 2, 0, 0, 0, 0])


def loss_of_shares(shares, beta, variance, latents, spectrum):
    """D + beta R where direction j is left with lambda_j exp(-share_j)."""
    error = (spectrum[:latents] * np.exp(-shares)).sum() + spectrum[latents:].sum()
    return len(spectrum) / 2 * math.log(2 * math.pi * variance) + error / (2 * variance) + beta * shares.sum() / 2


@pytest.mark.parametrize("latents", [0, 2, 4, 6])
@pytest.mark.parametrize("beta", [0.7, 3.0, 9.0, 30.0])
def test_no_allotment_of_rates_is_better_than_the_linear_optimum(beta, latents):
    rate, distortion = kkt.linear_optimum(SPECTRUM, beta, 0.2, latents)
    expected = loss_of_shares(np.zeros(0), beta, 0.2, 0, SPECTRUM.numpy())
    if latents:
        arguments = (beta, 0.2, latents, SPECTRUM.numpy())
        found = scipy.optimize.minimize(
            loss_of_shares,
            np.ones(latents),
            arguments,
            bounds=[(0, 20)] * latents,
            options={"ftol": 1e-15, "gtol": 1e-9},
        )
        expected = found.fun
        assert rate.item() == pytest.approx(found.x.sum() / 2, abs=1e-4)
    assert (distortion + beta * rate).item() == pytest.approx(expected, rel=1e-9)


@given(seeds, st.floats(0.3, 12), st.integers(0, 6))
def test_the_learnt_variance_is_the_mean_error_that_it_leaves(seed, beta, latents):
    """A fixed point, found here by bisection: it moves up from zero where the error is larger than it is."""
    g = torch.Generator().manual_seed(seed)
    spectrum = (4 * torch.rand(6, generator=g, dtype=torch.float64) + 0.01).sort(descending=True).values
    found = kkt.learnt_variance(spectrum, beta, latents)
    assert found.shape == ()
    if latents == 6 and beta <= 1:
        assert found == 0 or beta == 1
        return

    def excess(s):
        return s - (spectrum[:latents].clamp_max(beta * s).sum() + spectrum[latents:].sum()).item() / 6

    expected = scipy.optimize.brentq(excess, 1e-8, 10, xtol=1e-14)
    assert found.item() == pytest.approx(expected, rel=1e-9)


def test_at_beta_one_it_is_that_of_probabilistic_pca():
    same(kkt.learnt_variance(SPECTRUM, 1.0, 4), (0.25 + 0.12) / 2)
    same(kkt.learnt_variance(SPECTRUM, 1.0, 0), SPECTRUM.mean())
    same(kkt.learnt_variance(SPECTRUM, 1.0, 6), 0.12)  # the largest of those that are equally good


def test_with_as_many_latents_as_pixels_and_a_price_below_one_there_is_no_width():
    assert kkt.learnt_variance(SPECTRUM, 0.9, 6) == 0
    assert kkt.learnt_variance(SPECTRUM, 1.1, 6) > 0


def test_critical_betas_by_hand():
    same(kkt.critical_betas(double(6, 3, 1), variance=0.5), [12, 6, 2])
    same(kkt.critical_betas(double(6, 3, 1)), [3 * 6 / 10, 3 * 3 / 7, 3 * 1 / 3])


@pytest.mark.parametrize("variance", [0.2, None])
def test_a_latent_falls_silent_at_its_critical_beta(variance):
    for j, critical in enumerate(kkt.critical_betas(SPECTRUM, variance)[:4].tolist()):
        for beta, speaks in ((0.999 * critical, True), (1.001 * critical, False)):
            s = kkt.learnt_variance(SPECTRUM, beta, 4) if variance is None else variance
            assert bool(kkt.latent_rates(SPECTRUM, beta, s)[j] > 0) == speaks


@pytest.mark.parametrize("constant", [0.0, 0.5, 1.0])
def test_silence_is_the_largest_eigenvalue_of_the_correlations_of_pixels(constant):
    g = np.random.default_rng(0)
    x = (g.random((50, 6)) < 0.3 + 0.4 * g.random((50, 1))).astype(float)
    x[:, 4] = constant  # a pixel that never changes has no correlation
    expected = np.linalg.eigvalsh(np.corrcoef(np.delete(x, 4, 1).T))[-1]
    assert kkt.silent_beta(torch.tensor(x)).item() == pytest.approx(expected, rel=1e-12)
    assert kkt.silent_beta(torch.tensor(x).view(50, 1, 2, 3)).item() == pytest.approx(expected, rel=1e-12)


def test_pixels_that_are_one_pixel_repeated_fall_silent_at_their_number():
    x = torch.tensor([0.0, 1.0, 1.0]).double()[:, None].expand(3, 7)
    assert kkt.silent_beta(x).item() == pytest.approx(7)


def linear_model(seed=0, pixels=4, latents=2):
    model = kkt.LinearVAE(pixels, latents, seed).double()
    with torch.no_grad():
        model.log_var.copy_(torch.linspace(-1, 0.5, latents))
    return model


def test_linear_terms_are_those_of_a_linear_gaussian_world():
    model, x = linear_model(), torch.randn(5, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    terms = kkt.linear_terms(model, x, 0.3)
    world = LinearGaussianWorld(
        W=model.decoder.weight, b=model.decoder.bias, s=double(0.3).sqrt()[0],
        V=model.encoder.weight, c=model.encoder.bias, S=model.log_var.exp().diag(), m=x[0], C=torch.eye(4).double(),
    )  # fmt: skip
    assert tuple(terms["reconstruction"].shape) == (5,) and tuple(terms["kl"].shape) == (5, 2)
    same(terms["reconstruction"], -world.expected_log_likelihood(x))
    same(terms["kl"].sum(1), world.kl(x))
    same(terms["kl"][:, 0], 0.5 * (model.encode(x).mu[:, 0] ** 2 + math.exp(-1) - 1 + 1))


def test_linear_nets_come_from_their_seed_and_need_a_latent():
    weights = lambda seed: torch.cat([p.flatten() for p in kkt.LinearVAE(4, 2, seed).parameters()])
    assert torch.equal(weights(3), weights(3)) and not torch.equal(weights(3), weights(4))
    assert torch.equal(weights(0), torch.cat([p.flatten() for p in kkt.LinearVAE(4, 2).parameters()]))
    with pytest.raises(ValueError, match="at least one latent"):
        kkt.LinearVAE(4, 0)
    mu, log_var = kkt.LinearVAE(4, 3).encode(torch.zeros(5, 4))
    assert tuple(mu.shape) == tuple(log_var.shape) == (5, 3) and (log_var == 0).all()
    assert tuple(kkt.LinearVAE(4, 3).decode(mu).shape) == (5, 4)


BETAS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)  # critical ones are 20, 10, 5, 2.5 for the four latents


@pytest.mark.parametrize("beta", BETAS)
def test_training_reaches_the_linear_optimum(beta):
    """Objective and rate of each latent within 1e-3, by the course's loop, from a seed that nobody chose."""
    assert ((beta / kkt.critical_betas(SPECTRUM, 0.2)).log().abs() > 0.05).all()
    g = torch.Generator().manual_seed(7)
    rotation = torch.linalg.qr(torch.randn(6, 6, generator=g)).Q
    x = torch.cat([torch.eye(6), -torch.eye(6)]) * (6 * SPECTRUM.float()).sqrt() @ rotation
    model, terms = kkt.LinearVAE(6, 4, seed=1), lambda m, x, generator: kkt.linear_terms(m, x, 0.2)
    steps = 1200 if beta < 2 else 600  # a low price bends the objective little: its optimum is slow to reach
    for lr in (1e-2, 1e-3):
        train(model, terms, x, steps=steps, weights={"kl": beta}, batch_size=12, lr=lr, device="cpu", progress=False)
    with torch.no_grad():
        found = {name: term.mean(0).double() for name, term in terms(model, x, None).items()}
    rate, distortion = kkt.linear_optimum(SPECTRUM, beta, 0.2, 4)
    loss = found["reconstruction"] + beta * found["kl"].sum()
    assert loss.item() == pytest.approx((distortion + beta * rate).item(), rel=1e-3)
    rates = found["kl"].sort(descending=True).values
    same(rates, kkt.latent_rates(SPECTRUM[:4], beta, 0.2), {"rtol": 1e-3, "atol": 1e-4})


# Dual ascent ------------------------------------------------------------------------------------


def test_dual_ascent_charges_the_price_of_before_and_then_moves_it():
    price = kkt.DualAscent(eps=2.0, rate=0.5, beta=1.0)
    value = torch.tensor([3.0, 2.0], requires_grad=True)
    cost = price(value, 1)
    assert cost.item() == 1.0 * (5 - 2) and price.beta.item() == 1.0 + 0.5 * 3
    cost.backward()
    assert value.grad.tolist() == [1.0, 1.0], "the price is a constant to the weights, and that of before the step"
    assert not price.beta.requires_grad


def test_dual_ascent_stops_at_zero_and_starts_there():
    price = kkt.DualAscent(eps=2.0, rate=0.5)
    assert price.beta.item() == 0.0 and price(torch.tensor(1.0), 1).item() == 0.0
    assert price.beta.item() == 0.0
    price(torch.tensor(2.5), 2)
    assert price.beta.item() == 0.25


def test_dual_ascent_keeps_its_state_in_a_buffer():
    price = kkt.DualAscent(eps=1.0, rate=0.1, beta=3.0)
    assert list(price.state_dict()) == ["beta"] and not list(price.parameters())
    price(torch.tensor(2.0, requires_grad=True), 1)
    again = kkt.DualAscent(eps=1.0, rate=0.1)
    again.load_state_dict(price.state_dict())
    assert again.beta.item() == pytest.approx(3.1)


@pytest.mark.parametrize(
    "options",
    [
        (-1.0, 0.1, 0.0),
        (1.0, 0.0, 0.0),
        (1.0, 0.1, -1.0),
        (math.nan, 0.1, 0.0),
        (math.inf, 0.1, 0.0),
        (1.0, 0.1, math.inf),
        (1.0, math.inf, 0.0),
    ],
)
def test_dual_ascent_refuses_what_cannot_be(options):
    with pytest.raises(ValueError, match=r"^expected eps >= 0, beta >= 0 and rate > 0, all finite, got "):
        kkt.DualAscent(*options)


def test_nothing_allowed_is_a_rate_that_can_be_asked_for():
    kkt.DualAscent(0.0, 1.0, 0.0)


def test_dual_ascent_holds_the_rate_of_a_linear_vae_at_the_price_that_theory_gives():
    """Active: beta solves sum_j R_j = 1.5. Inactive: with room for 50 nats beta ends at 0."""
    x = torch.cat([torch.eye(6), -torch.eye(6)]) * (6 * SPECTRUM.float()).sqrt()
    terms = lambda m, x, generator: kkt.linear_terms(m, x, 0.2)
    needed = scipy.optimize.brentq(lambda b: kkt.latent_rates(SPECTRUM[:4], b, 0.2).sum().item() - 1.5, 0.1, 19)
    for eps, beta in ((1.5, needed), (50.0, 0.0)):
        model, price = kkt.LinearVAE(6, 4), kkt.DualAscent(eps, 0.02, beta=1.0)
        log = train(
            model, terms, x, steps=2500, weights={"kl": price}, batch_size=12, lr=5e-3, device="cpu", progress=False
        )
        rate = log["kl"][-1].sum().item()
        assert log["kl.beta"][-1].item() == pytest.approx(beta, rel=1e-2, abs=1e-12)
        assert rate == pytest.approx(1.5, rel=1e-2) if beta else rate < 50


def exact_dual_ascent(factor, rounds=300):
    """Dual ascent on a table with the best encoder each time, by a step in units of the largest stable one."""
    w, model = tables(0)
    rate = lambda beta: expect(w.log_p_x, kkt.rate_and_distortion(*model, beta)[0])
    best = kkt.price_of_rate(*model, 0.4, w.log_p_x)
    steepness = (rate(best * 0.9999) - rate(best * 1.0001)) / (0.0002 * best)
    price = kkt.DualAscent(0.4, (factor * 2 / steepness).item(), beta=best.item() * 1.01).double()
    seen = []
    for step in range(rounds):
        price(rate(price.beta.clone()), step)
        seen.append(price.beta.item())
    return np.array(seen) - best.item()


def test_dual_ascent_settles_below_the_critical_step_and_swings_above():
    assert abs(exact_dual_ascent(0.9)[-1]) < 1e-9
    swinging = exact_dual_ascent(1.1)
    assert abs(swinging[-1]) > 0.05 and swinging[-1] * swinging[-2] < 0
    assert swinging[-1] == pytest.approx(swinging[-3], abs=1e-6), "a cycle of two"


# Devices ----------------------------------------------------------------------------------------

DEVICES = ["meta"] + (["cuda"] if torch.cuda.is_available() else [])
CALLS = {
    "tilted_encoder": lambda p, l, e: kkt.tilted_encoder(p, l, 0.5),
    "rate_and_distortion": lambda p, l, e: kkt.rate_and_distortion(p, l, 0.5),
    "price_of_rate": lambda p, l, e: kkt.price_of_rate(p, l, 0.1),
    "latent_rates": lambda p, l, e: kkt.latent_rates(e, 2.0, 0.1),
    "linear_optimum": lambda p, l, e: kkt.linear_optimum(e, 2.0, 0.1, 2),
    "learnt_variance": lambda p, l, e: kkt.learnt_variance(e, 2.0, 2),
    "critical_betas": lambda p, l, e: kkt.critical_betas(e),
    "silent_beta": lambda p, l, e: kkt.silent_beta(l + torch.eye(2, 3, device=l.device, dtype=l.dtype)),
    "DualAscent": lambda p, l, e: kkt.DualAscent(1.0, 0.1).to(e.device)(e, 1),
    "linear_terms": lambda p, l, e: tuple(
        kkt.linear_terms(kkt.LinearVAE(3, 2).to(e.device, e.dtype), e[None], 0.1).values()
    ),
}


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_results_stay_on_their_device_and_keep_their_precision(call, dtype, device):
    inputs = [torch.full(shape, 0.5, device=device, dtype=dtype) for shape in ((3,), (2, 3), (3,))]
    found = call(*inputs)
    for tensor in found if isinstance(found, tuple) else (found,):
        assert tensor.device.type == device and tensor.dtype == dtype


def test_what_is_not_a_number_has_no_price():
    """A NaN compares as false, and false was "not active": a price of zero."""
    table = torch.zeros(2, 2, dtype=torch.float64).log_softmax(1)
    with pytest.raises(ValueError, match="expected a rate of 0 or more, got nan"):
        kkt.price_of_rate(table[0], table, math.nan)
    with pytest.raises(ValueError, match="expected log probabilities, got NaN"):
        kkt.price_of_rate(table[0], table * math.nan, 0.1)


@pytest.mark.parametrize(
    "x", [torch.full((3, 2), math.nan), torch.zeros(0, 4), torch.zeros(3), torch.zeros(3, 2, dtype=torch.uint8)]
)
def test_silence_of_no_images(x):
    with pytest.raises(ValueError, match=r"expected images \(N, ...\) of finite floating-point pixels, got torch"):
        kkt.silent_beta(x)


def test_pixels_that_are_not_finite_are_called_so_and_others_are_not():
    with pytest.raises(ValueError, match=r"of shape \(3, 2\) with NaN or infinity$"):
        kkt.silent_beta(torch.full((3, 2), math.inf))
    with pytest.raises(ValueError, match=r"got torch.uint8 of shape \(3, 2\)$"):
        kkt.silent_beta(torch.zeros(3, 2, dtype=torch.uint8))
