"""The bottleneck on tables, of Gaussians and of a trained encoder, against scipy, closed forms and other routes.

Error bars. Sums of a few dozen float64 terms are compared to 1e-12; what went through the inverse of a
covariance, whose condition is below a thousand, to 1e-9. Sampled means are compared within
five of their standard errors.
"""

import math

import numpy as np
import pytest
import scipy.special
import scipy.stats
import torch
from hypothesis import given
from hypothesis import strategies as st

from course_pkg import bottleneck, elbo
from course_pkg.bottleneck import discrete, gaussian
from helpers import generator, same

seeds = st.integers(0, 10_000)
sizes = st.tuples(st.integers(2, 5), st.integers(2, 5), st.integers(1, 5))


def joint_of(x, y, seed):
    return bottleneck.random_encoders(1, 1, x * y, generator(seed))[0].reshape(x, y)


def by_entropies(joint):
    """I = H(a) + H(b) - H(a, b) by scipy."""
    H = lambda p: scipy.stats.entropy(np.asarray(p).ravel())
    return H(joint.sum(0)) + H(joint.sum(1)) - H(joint)


# Tables -------------------------------------------------------------------------------------------


@given(sizes, seeds)
def test_informations_are_those_of_entropies(shape, seed):
    x, y, z = shape
    joint, encoder = joint_of(x, y, seed), bottleneck.random_encoders(3, x, z, generator(seed + 1))
    rate, relevance = bottleneck.informations(joint, encoder)
    assert rate.shape == relevance.shape == (3,)
    for k, q in enumerate(encoder):
        triple = joint[:, :, None] * q[:, None]
        same(rate[k], by_entropies(triple.sum(1)))
        same(relevance[k], by_entropies(triple.sum(0)))
        same(bottleneck.lagrangian(joint, encoder, 0.3)[k], 0.3 * rate[k].item() - relevance[k].item())
    assert (relevance <= rate + 1e-12).all() and (relevance <= by_entropies(joint) + 1e-12).all()


def test_information_of_tables_with_zeros():
    same(bottleneck.mutual_information(torch.eye(4, dtype=torch.float64) / 4), math.log(4))
    same(bottleneck.mutual_information(torch.outer(*torch.tensor([[0.0, 1.0], [0.25, 0.75]]).double())), 0.0)
    tables_of_three = torch.stack([joint_of(2, 3, s) for s in range(3)])
    same(bottleneck.mutual_information(tables_of_three), [by_entropies(t) for t in tables_of_three])


def test_starts_are_uniform_on_the_simplex_and_repeat_with_their_generator():
    starts = bottleneck.random_encoders(500, 2, 3, generator(4))
    assert starts.shape == (500, 2, 3) and starts.dtype == torch.float64
    same(starts.sum(-1), torch.ones(500, 2))
    first = starts[..., 0].flatten().numpy()  # Dirichlet(1, 1, 1): its first entry is Beta(1, 2)
    assert scipy.stats.kstest(first, scipy.stats.beta(1, 2).cdf).pvalue > 1e-3
    assert torch.equal(starts, bottleneck.random_encoders(500, 2, 3, generator(4)))


@given(sizes, seeds, st.floats(0.05, 2))
def test_a_step_is_the_right_hand_side_of_the_equation(shape, seed, beta):
    x, y, z = shape
    joint, encoder = joint_of(x, y, seed), bottleneck.random_encoders(2, x, z, generator(seed + 1))
    stepped = bottleneck.self_consistent(joint, encoder, beta)
    p_x = joint.sum(1)
    for q, new in zip(encoder, stepped, strict=True):
        q_z = p_x @ q
        q_y_given_z = q.mT @ joint / q_z[:, None]
        for i in range(x):
            weight = [
                q_z[k] * math.exp(-scipy.stats.entropy(joint[i] / p_x[i], q_y_given_z[k]) / beta) for k in range(z)
            ]
            same(new[i], torch.stack(weight) / sum(weight), {"rtol": 1e-9, "atol": 1e-12})


@given(sizes, seeds, st.floats(0.05, 1.2))
def test_no_step_raises_the_lagrangian(shape, seed, beta):
    x, y, z = shape
    joint, encoder = joint_of(x, y, seed), bottleneck.random_encoders(4, x, z, generator(seed + 1))
    before = bottleneck.lagrangian(joint, encoder, beta)
    for _ in range(10):
        encoder = bottleneck.self_consistent(joint, encoder, beta)
        after = bottleneck.lagrangian(joint, encoder, beta)
        assert (after <= before + 1e-12).all()
        before = after


def test_a_code_value_that_no_x_uses_stays_unused():
    joint = joint_of(3, 3, 1)
    encoder = torch.tensor([[1.0, 0, 0], [0, 1, 0], [0, 1, 0]]).double()[None]
    stepped = bottleneck.self_consistent(joint, encoder, 0.2)
    assert torch.isfinite(stepped).all() and (stepped[..., 2] == 0).all()


def test_the_solution_is_self_consistent_and_reports_what_it_is():
    joint = joint_of(5, 4, 3)
    starts = bottleneck.random_encoders(30, 5, 3, generator())
    found = bottleneck.blahut_arimoto(joint, 0.1, starts, tolerance=1e-12)
    assert found.encoder.shape == (30, 5, 3) and found.residual.shape == found.value.shape == (30,)
    assert found.residual.max() < 1e-11 and 1 < found.steps < 20_000
    same(found.value, bottleneck.lagrangian(joint, found.encoder, 0.1))
    moved = (bottleneck.self_consistent(joint, found.encoder, 0.1) - found.encoder).abs().amax((1, 2))
    same(found.residual, moved)
    assert found.value[found.best] == found.value.min()
    assert found.value.min() <= bottleneck.lagrangian(joint, starts, 0.1).min()


def test_iteration_stops_where_it_is_told_to_and_says_how_far_it_is():
    joint, starts = joint_of(5, 4, 3), bottleneck.random_encoders(3, 5, 3, generator())
    found = bottleneck.blahut_arimoto(joint, 0.1, starts, tolerance=1e-12, most_steps=7)
    seven = starts
    for _ in range(7):
        seven = bottleneck.self_consistent(joint, seven, 0.1)
    assert found.steps == 7 and torch.equal(found.encoder, seven) and found.residual.max() > 1e-12
    assert bottleneck.blahut_arimoto(joint, 0.1, starts, tolerance=1.0).steps == 1
    silent = torch.ones(1, 5, 1).double()  # one code value: nothing can move
    assert bottleneck.blahut_arimoto(joint, 0.1, silent, tolerance=0.0).steps == 1


def test_by_default_it_stops_at_1e_10():
    joint, starts = joint_of(4, 3, 5), bottleneck.random_encoders(4, 4, 3, generator())
    found = bottleneck.blahut_arimoto(joint, 0.2, starts)
    before = bottleneck.blahut_arimoto(joint, 0.2, starts, tolerance=0.0, most_steps=found.steps - 1)
    two_before = bottleneck.blahut_arimoto(joint, 0.2, starts, tolerance=0.0, most_steps=found.steps - 2)
    assert (found.encoder - before.encoder).abs().max() < 1e-10 <= (before.encoder - two_before.encoder).abs().max()


def test_values_that_differ_are_counted_once_each():
    values = torch.tensor([3.0, 1.0, 1.0 + 5e-7, 2.0, 3.0 + 5e-7, 1.0]).double()
    found = bottleneck.Solutions(torch.zeros(6, 1, 1), values, torch.zeros(6), 1)
    assert found.distinct().tolist() == [1.0, 2.0, 3.0] and found.best == 1
    two = bottleneck.Solutions(torch.zeros(2, 1, 1), torch.tensor([0.0, 1.0]), torch.zeros(2), 1)
    assert len(two.distinct(tolerance=1.0)) == 1 and len(two.distinct(tolerance=0.5)) == 2
    assert len(found.distinct(tolerance=1.5)) == 1 and len(found.distinct(tolerance=1e-8)) == 5


def test_above_a_price_of_one_the_code_is_empty_and_at_a_low_one_it_is_the_answer():
    joint = torch.block_diag(joint_of(2, 2, 0), joint_of(3, 2, 1)) / 2  # two blocks that never mix
    starts = bottleneck.random_encoders(20, 5, 2, generator())
    dear = bottleneck.blahut_arimoto(joint, 1.1, starts)
    assert bottleneck.informations(joint, dear.encoder)[0].max() < 1e-6
    block = bottleneck.blahut_arimoto(joint, 0.9, starts)
    rate, relevance = bottleneck.informations(joint, block.encoder[block.best])
    same(rate, math.log(2), {"rtol": 0, "atol": 1e-6})
    same(relevance, math.log(2), {"rtol": 0, "atol": 1e-6})


@pytest.mark.parametrize(
    ("joint", "says"),
    [
        (torch.ones(4) / 4, r"^expected a joint table \(X, Y\), got shape \(4,\)$"),
        (torch.ones(0, 4), r"^expected a joint table \(X, Y\), got shape \(0, 4\)$"),
        (torch.ones(2, 2), r"^expected probabilities that sum to one, got a sum of 4 and a smallest of 1$"),
        (torch.ones(2, 2) / 8, "got a sum of 0.5 and a smallest of 0.125$"),
        (torch.tensor([[1.5, 0.0], [0.0, -0.5]]), "smallest of -0.5"),
        (torch.tensor([[0.5, math.nan], [0.5, 0.0]]), "sum to one, got a sum of nan"),
        (torch.tensor([[0.5, 0.5], [0.0, 0.0]]), "^expected every x to occur, got a row of zeros: leave that x out$"),
    ],
)
def test_a_joint_that_is_no_distribution_is_refused(joint, says):
    with pytest.raises(ValueError, match=says):
        bottleneck.blahut_arimoto(joint.double(), 0.5, bottleneck.random_encoders(1, 2, 2, generator()))


@pytest.mark.parametrize("beta", [0.0, -1.0, math.nan, math.inf])
def test_a_beta_that_is_no_price_is_refused(beta):
    with pytest.raises(ValueError, match=r"^expected a positive, finite beta, got"):
        bottleneck.blahut_arimoto(joint_of(2, 2, 0), beta, bottleneck.random_encoders(1, 2, 2, generator()))


@pytest.mark.parametrize("shape", [(2, 2), (1, 3, 2), (1, 1, 2, 2)])
def test_an_encoder_of_another_shape_is_refused(shape):
    with pytest.raises(ValueError, match=r"^expected encoders \(restarts, 2, Z\), got"):
        bottleneck.blahut_arimoto(joint_of(2, 2, 0), 0.5, torch.ones(shape).double() / 2)


# The binary symmetric channel ---------------------------------------------------------------------


@pytest.mark.parametrize("flip", [0.0, 0.05, 0.2, 0.45])
@pytest.mark.parametrize("share", [0.01, 0.3, 0.7, 0.95])
def test_the_crossover_makes_the_lagrangian_stationary(flip, share):
    """In u = artanh(1 - 2 delta); at flip 0 any price below one makes the code the bit itself."""
    beta = share * (1 - 2 * flip) ** 2
    delta = bottleneck.binary_crossover(flip, beta)
    assert 0 <= delta < 0.5
    lagrangian = lambda d: bottleneck.lagrangian(
        bottleneck.binary_symmetric(flip), 2 * bottleneck.binary_symmetric(d)[None], beta
    ).item()
    best = lagrangian(delta)
    assert best < 0
    for other in np.linspace(0, 0.5, 101):
        assert best <= lagrangian(float(other)) + 1e-12


@pytest.mark.parametrize("flip", [0.0, 0.1, 0.3])
def test_from_the_critical_price_on_the_bit_is_not_sent(flip):
    critical = (1 - 2 * flip) ** 2
    assert bottleneck.binary_crossover(flip, critical) == bottleneck.binary_crossover(flip, 5.0) == 0.5
    assert bottleneck.binary_crossover(flip, critical * (1 - 1e-3)) < 0.5
    assert bottleneck.binary_crossover(0.5, 0.1) == 0.5


def test_the_code_of_a_bit_is_found_at_every_price_below_the_critical_one():
    """Also where tanh(u) rounds to one; the residual of the root's equation by u = log((1 - delta) / delta) / 2."""
    for flip in (1e-17, 1e-16, 1e-12, *np.linspace(0.01, 0.49, 49)):
        c = 1 - 2 * flip
        for share in (*np.geomspace(1e-6, 0.9, 40), 1 - 1e-6, 1 - 1e-12):
            delta = bottleneck.binary_crossover(flip, share * c**2)
            assert 0 <= delta < 0.5
            if delta > 1e-300:
                u = 0.5 * (math.log1p(-delta) - math.log(delta))
                assert abs(share * c**2 * u - c * math.atanh(c * math.tanh(u))) < 1e-11


def test_the_binary_table_is_a_fair_bit_and_its_copy():
    same(bottleneck.binary_symmetric(0.1), [[0.45, 0.05], [0.05, 0.45]])
    for flip in (-0.01, 0.51, math.nan):
        with pytest.raises(ValueError, match=r"^expected a probability of flipping from 0 to 1/2, got"):
            bottleneck.binary_crossover(flip, 0.1)
    with pytest.raises(ValueError, match=r"^expected a positive, finite beta"):
        bottleneck.binary_crossover(0.1, -0.1)


# Gaussians ----------------------------------------------------------------------------------------


def covariances(seed, n=3, m=2):
    M = torch.randn(n + m, n + m, generator=generator(seed), dtype=torch.float64)
    S = M @ M.mT / (n + m) + 0.1 * torch.eye(n + m, dtype=torch.float64)
    return S[:n, :n], S[:n, n:], S[n:, n:]


@given(seeds, st.integers(1, 4), st.integers(1, 4))
def test_canonical_directions_whiten_x_and_correlate_as_they_say(seed, n, m):
    Sx, Sxy, Sy = covariances(seed, n, m)
    squared, V = bottleneck.canonical(Sx, Sxy, Sy)
    loose = {"rtol": 1e-9, "atol": 1e-9}
    same(V @ Sx @ V.mT, torch.eye(n), loose)
    explained = V @ Sxy @ torch.linalg.solve(Sy, Sxy.mT) @ V.mT
    same(explained, squared.diag(), loose)
    assert (squared[:-1] >= squared[1:]).all() and (squared[m:].abs() < 1e-9).all() and (squared >= 0).all()


@given(seeds)
def test_the_conditional_covariance_is_that_of_scipys_precision(seed):
    Sx, Sxy, Sy = covariances(seed)
    joint = np.block([[Sx.numpy(), Sxy.numpy()], [Sxy.mT.numpy(), Sy.numpy()]])
    same(gaussian.conditional(Sx, Sxy, Sy), np.linalg.inv(np.linalg.inv(joint)[:3, :3]), {"rtol": 1e-8, "atol": 1e-9})


@given(seeds, st.floats(0.02, 0.95))
def test_the_encoders_informations_are_the_soft_thresholds(seed, beta):
    S = covariances(seed)
    squared, _ = bottleneck.canonical(*S)
    A, noise = bottleneck.gaussian_encoder(*S, beta), torch.eye(3, dtype=torch.float64)
    rate, relevance = bottleneck.gaussian_informations(*S, A, noise)
    rates, relevances = bottleneck.gaussian_rates(squared, beta), bottleneck.gaussian_relevances(squared, beta)
    loose = {"rtol": 1e-9, "atol": 1e-9}
    same(rates.sum(), rate.item(), loose)
    same(relevances.sum(), relevance.item(), loose)
    used = squared > beta
    assert ((rates > 0) == used).all() and ((relevances > 0) == used).all()
    same(rates[used], 0.5 * (scipy.special.logit(squared[used].numpy()) - scipy.special.logit(beta)))


@pytest.mark.parametrize("seed", range(5))
def test_the_iteration_meets_the_closed_form(seed):
    S = covariances(seed, m=3)
    for beta in (0.02, 0.1, 0.5):
        A = torch.randn(3, 3, generator=generator(seed), dtype=torch.float64)
        noise = torch.eye(3, dtype=torch.float64)
        for _ in range(1500):
            before = A
            A, noise = bottleneck.gaussian_step(*S, beta, A, noise)
            if torch.allclose(A, before, rtol=0, atol=1e-13):  # what is left of the way is rounding
                break
        best = bottleneck.gaussian_informations(*S, bottleneck.gaussian_encoder(*S, beta), torch.eye(3).double())
        for found, closed in zip(bottleneck.gaussian_informations(*S, A, noise), best, strict=True):
            assert abs(found - closed) < 1e-8


def test_informations_of_a_gaussian_code_are_those_of_its_joint():
    """With a code of two dimensions and noise of any shape: by log determinants of the joint covariances."""
    Sx, Sxy, Sy = covariances(7)
    A = torch.randn(2, 3, generator=generator(1), dtype=torch.float64)
    noise = torch.tensor([[0.5, 0.1], [0.1, 0.3]]).double()
    rate, relevance = bottleneck.gaussian_informations(Sx, Sxy, Sy, A, noise)
    Sz, Szx, Szy = A @ Sx @ A.mT + noise, A @ Sx, A @ Sxy
    information = lambda Sa, Sab, Sb: (
        0.5
        * (
            torch.logdet(Sa)
            + torch.logdet(Sb)
            - torch.logdet(torch.cat([torch.cat([Sa, Sab], 1), torch.cat([Sab.mT, Sb], 1)]))
        )
    )
    same(rate, information(Sz, Szx, Sx).item())
    same(relevance, information(Sz, Szy, Sy).item())


def test_at_a_price_of_one_or_more_no_direction_pays():
    squared = torch.tensor([0.9, 0.1]).double()
    for beta in (1.0, 1.5, 3.0):
        for f in (bottleneck.gaussian_rates, bottleneck.gaussian_relevances):
            assert f(squared, beta).tolist() == [0.0, 0.0]


def test_gaussian_functions_refuse_what_is_no_price_and_no_covariance():
    S = covariances(0)
    squared = torch.tensor([0.5]).double()
    for call in (
        lambda b: bottleneck.gaussian_rates(squared, b),
        lambda b: bottleneck.gaussian_relevances(squared, b),
        lambda b: bottleneck.gaussian_encoder(*S, b),
    ):
        with pytest.raises(ValueError, match=r"^expected a positive, finite beta, got"):
            call(-0.1)
    with pytest.raises(ValueError, match=r"^expected covariances \(3, 3\) and \(2, 2\), got \(2, 2\) and \(3, 3\)$"):
        bottleneck.canonical(S[2], S[1], S[0])
    for Sx, Sy in ((S[0], S[0]), (S[2], S[2])):
        with pytest.raises(ValueError, match=r"^expected covariances \(3, 3\) and \(2, 2\), got"):
            bottleneck.canonical(Sx, S[1], Sy)
    with pytest.raises(
        ValueError, match=r"^expected a joint covariance that is positive definite, its least eigenvalue is -"
    ):
        bottleneck.canonical(S[0], 10 * S[1], S[2])
    one_is_wrong = torch.eye(2).double(), torch.tensor([[1.5], [0.0]]).double(), torch.eye(1).double()
    with pytest.raises(ValueError, match=r"its least eigenvalue is -0\.5$"):
        bottleneck.canonical(*one_is_wrong)
    with pytest.raises(ValueError, match=r"its least eigenvalue is 0$"):
        bottleneck.canonical(
            torch.tensor([[1.0, 0.0], [0.0, 0.0]]).double(), torch.zeros(2, 1).double(), one_is_wrong[2]
        )


# A trained encoder --------------------------------------------------------------------------------


def posteriors(seed, n=6, d=2):
    g = generator(seed)
    return torch.randn(n, d, generator=g, dtype=torch.float64), torch.randn(n, d, generator=g, dtype=torch.float64) - 1


@pytest.mark.parametrize("seed", range(3))
def test_the_aggregate_is_the_mixture_of_torch(seed):
    mu, log_var = posteriors(seed)
    parts = torch.distributions.Independent(torch.distributions.Normal(mu, (log_var / 2).exp()), 1)
    mixture = torch.distributions.MixtureSameFamily(torch.distributions.Categorical(torch.ones(6).double()), parts)
    z = torch.randn(600, 2, generator=generator(9), dtype=torch.float64)
    same(bottleneck.log_aggregate(z, mu, log_var), mixture.log_prob(z))


@pytest.mark.parametrize("seed", range(3))
def test_the_information_is_what_quadrature_gives(seed):
    mu, log_var = posteriors(seed, d=1)
    grid = torch.linspace(-12, 12, 20_001, dtype=torch.float64)
    density = torch.distributions.Normal(mu, (log_var / 2).exp()).log_prob(grid).exp()
    cell = grid[1] - grid[0]
    exact = (torch.xlogy(density, density / density.mean(0)).sum(1) * cell).mean()
    drawn = bottleneck.information_samples(mu, log_var, 4000, generator(seed))
    assert drawn.shape == (4000, 6)
    error = drawn.mean(1).std() / 4000**0.5
    assert abs(drawn.mean() - exact) < 5 * error


def test_codes_that_do_not_touch_say_which_image_it_was_and_no_more():
    mu, log_var = 100 * torch.arange(8.0)[:, None].double(), torch.zeros(8, 1, dtype=torch.float64)
    same(
        bottleneck.information_samples(mu, log_var, 2, generator()),
        torch.full((2, 8), math.log(8), dtype=torch.float64),
    )
    assert bottleneck.information_samples(mu, log_var, 1, generator()).shape == (1, 8)
    with pytest.raises(ValueError, match=r"^expected at least one draw, got 0$"):
        bottleneck.information_samples(mu, log_var, 0, generator())
    with pytest.raises(ValueError, match=r"^expected one shape for all"):
        bottleneck.log_aggregate(mu, mu, log_var[:3])


def test_samples_repeat_with_their_generator():
    first, again, other = (bottleneck.information_samples(*posteriors(0), 2, generator(s)) for s in (1, 1, 2))
    assert torch.equal(first, again) and not torch.equal(first, other) and not torch.equal(first[0], first[1])


def test_the_capacity_is_shannons_for_one_width():
    mu = torch.tensor([[-3.0, 1.0], [3.0, 1.0]]).double()
    log_var = torch.tensor([[0.0, 2.0]]).double().expand(2, 2)
    same(bottleneck.channel_capacity(mu, log_var), [math.log(10) / 2, 0.0])
    with pytest.raises(ValueError, match=r"^expected one shape for all"):
        bottleneck.channel_capacity(mu, log_var[:1])


@given(seeds)
def test_information_of_a_latent_is_below_its_capacity_and_that_below_its_kl(seed):
    mu, log_var = posteriors(seed, n=40, d=3)
    capacity, rate = bottleneck.channel_capacity(mu, log_var), elbo.gaussian_kl(mu, log_var).mean(0)
    assert (capacity <= rate + 1e-12).all()
    for j in range(3):
        drawn = bottleneck.information_samples(mu[:, j : j + 1], log_var[:, j : j + 1], 50, generator(seed))
        assert drawn.mean() < capacity[j] + 5 * drawn.mean(1).std() / 50**0.5


def test_what_the_chapter_names_is_there():
    assert all(hasattr(bottleneck, name) for name in bottleneck.__all__)
    assert discrete.check_beta(0.5) is None
