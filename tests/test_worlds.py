"""The two worlds against loops over states, closed forms, scipy, torch.distributions, Monte Carlo and each other.

Error bars. A table's quantities are float64 sums of at most a few hundred terms of size up to about 10, which keep
13 digits: EXACT. A Gaussian on a grid is summed over up to 1e7 cells and cut off at seven or more standard deviations:
GRID. Where a test samples, its bound is five standard errors, computed beside it.
"""

import itertools
import math
import re

import numpy as np
import pytest
import scipy.stats
import torch
from hypothesis import given
from hypothesis import strategies as st

from course_pkg.worlds import LinearGaussianWorld, TabularWorld, entropy, expect, gaussian_log_density, kl
from helpers import EXACT, same

GRID = {"rtol": 1e-10, "atol": 1e-10}

seeds = st.integers(0, 10_000)
shapes = st.lists(st.integers(1, 3), min_size=1, max_size=3).map(tuple)
tables = st.builds(TabularWorld.random, seeds, shapes, st.integers(1, 5), st.booleans())
gaussians = st.builds(LinearGaussianWorld.random, seeds, st.integers(1, 3), st.integers(1, 3))


class Loops:
    """Every quantity of a table from its definition, one state at a time, on plain Python floats."""

    def __init__(self, w):
        self.z = list(itertools.product(*(range(k) for k in w.latents)))
        self.x = range(len(w.log_p_x))
        over_z = lambda log_p: dict(zip(self.z, log_p.exp().tolist(), strict=True))
        over_xz = lambda log_p: {(x, z): p for x in self.x for z, p in over_z(log_p[x]).items()}
        self.p_z, self.p_x = over_z(w.log_p_z), w.log_p_x.exp().tolist()
        self.p_x_z, self.q = over_xz(w.log_p_x_given_z), over_xz(w.log_q_z_given_x)
        self.q_z = {z: sum(self.p_x[x] * self.q[x, z] for x in self.x) for z in self.z}
        self.d = len(w.latents)

    def evidence(self, x):
        return sum(self.p_x_z[x, z] * self.p_z[z] for z in self.z)

    def posterior(self, x, z):
        return self.p_x_z[x, z] * self.p_z[z] / self.evidence(x)

    def log_likelihood(self, x):
        return sum(self.q[x, z] * math.log(self.p_x_z[x, z]) for z in self.z if self.q[x, z])

    def kl(self, x):
        return sum(self.q[x, z] * math.log(self.q[x, z] / self.p_z[z]) for z in self.z if self.q[x, z])

    def elbo(self, x):
        joint = lambda z: self.p_x_z[x, z] * self.p_z[z]
        return sum(self.q[x, z] * math.log(joint(z) / self.q[x, z]) for z in self.z if self.q[x, z])

    def gap(self, x):
        return sum(self.q[x, z] * math.log(self.q[x, z] / self.posterior(x, z)) for z in self.z if self.q[x, z])

    def joint(self):
        return ((x, z, self.p_x[x] * self.q[x, z]) for x in self.x for z in self.z if self.p_x[x] * self.q[x, z])

    def rate(self):
        return sum(p * math.log(self.q[x, z] / self.p_z[z]) for x, z, p in self.joint())

    def information(self):
        return sum(p * math.log(p / (self.p_x[x] * self.q_z[z])) for x, z, p in self.joint())

    def entropy_z_given_x(self):
        return -sum(p * math.log(self.q[x, z]) for x, z, p in self.joint())

    def marginal(self, table, j):
        values = [0.0] * (1 + max(z[j] for z in self.z))
        for z in self.z:
            values[z[j]] += table[z]
        return values

    def total_correlation(self):
        marginals = [self.marginal(self.q_z, j) for j in range(self.d)]
        product = {z: math.prod(marginals[j][z[j]] for j in range(self.d)) for z in self.z}
        return sum(q * math.log(q / product[z]) for z, q in self.q_z.items() if q)

    def dimension_wise_kl(self):
        pairs = [(self.marginal(self.q_z, j), self.marginal(self.p_z, j)) for j in range(self.d)]
        return [sum(a * math.log(a / b) for a, b in zip(q, p, strict=True) if a) for q, p in pairs]


def entropy_of(probabilities):
    return -sum(p * math.log(p) for p in probabilities if p)


# Tables: every method against the loops ----------------------------------------------------------


@given(tables)
def test_per_image_quantities_are_their_sums_over_states(w):
    loops = Loops(w)
    same(w.log_evidence().exp(), [loops.evidence(x) for x in loops.x], EXACT)
    same(w.log_posterior().exp(), [[loops.posterior(x, z) for z in loops.z] for x in loops.x], EXACT)
    same(w.expected_log_likelihood(), [loops.log_likelihood(x) for x in loops.x], EXACT)
    same(w.kl(), [loops.kl(x) for x in loops.x], EXACT)
    same(w.elbo(), [loops.elbo(x) for x in loops.x], EXACT)
    same(w.gap(), [loops.gap(x) for x in loops.x], EXACT)


@given(tables)
def test_averages_over_the_data_are_their_sums_over_states(w):
    loops = Loops(w)
    same(w.log_aggregate_posterior().exp(), list(loops.q_z.values()), EXACT)
    same(w.rate(), loops.rate(), EXACT)
    same(w.mutual_information(), loops.information(), EXACT)
    same(w.entropy_x(), entropy_of(loops.p_x), EXACT)
    same(w.entropy_z(), entropy_of(loops.q_z.values()), EXACT)
    same(w.entropy_z_given_x(), loops.entropy_z_given_x(), EXACT)
    same(w.total_correlation(), loops.total_correlation(), EXACT)
    same(w.dimension_wise_kl(), loops.dimension_wise_kl(), EXACT)


@given(tables)
def test_marginals_are_sums_over_the_other_latents(w):
    loops = Loops(w)
    marginals = w.log_marginals(w.log_p_z)
    assert [tuple(m.shape) for m in marginals] == [(k,) for k in w.latents]
    for j, marginal in enumerate(marginals):
        same(marginal.exp(), loops.marginal(loops.p_z, j), EXACT)


def test_the_last_latent_is_the_fastest():
    p = torch.tensor([0.1, 0.2, 0.3, 0.05, 0.15, 0.2], dtype=torch.float64)
    w = TabularWorld.random(0, (2, 3))
    first, last = w.log_marginals(p.log())
    same(first.exp(), [0.6, 0.4], EXACT)
    same(last.exp(), [0.15, 0.35, 0.5], EXACT)


# Tables: relations between the quantities ---------------------------------------------------------


@given(tables)
def test_elbo_plus_gap_is_the_evidence(w):
    same(w.elbo() + w.gap(), w.log_evidence(), EXACT)


@given(tables)
def test_information_is_the_entropy_that_the_image_takes_away(w):
    same(w.mutual_information(), w.entropy_z() - w.entropy_z_given_x(), EXACT)


@given(seeds, shapes)
def test_rate_is_information_and_correlation_and_dimension_wise_kl(seed, latents):
    w = TabularWorld.random(seed, latents, factorised_prior=True)
    same(w.rate(), w.mutual_information() + w.total_correlation() + w.dimension_wise_kl().sum(), EXACT)


def test_rate_does_not_divide_so_where_the_prior_is_not_factorised():
    for seed in range(5):
        w = TabularWorld.random(seed, (2, 3), factorised_prior=False)
        divided = w.mutual_information() + w.total_correlation() + w.dimension_wise_kl().sum()
        assert abs(w.rate() - divided) > 1e-3
        same(w.rate(), w.mutual_information() + kl(w.log_aggregate_posterior(), w.log_p_z), EXACT)


@given(tables)
def test_nothing_that_is_a_divergence_is_negative(w):
    for value in (w.kl(), w.gap(), w.rate(), w.mutual_information(), w.total_correlation(), w.dimension_wise_kl()):
        assert (value >= -1e-12).all()
    assert -1e-12 <= w.entropy_z() <= math.log(math.prod(w.latents)) + 1e-12
    assert -1e-12 <= w.entropy_x() <= math.log(len(w.log_p_x)) + 1e-12


@given(tables)
def test_the_exact_encoder_closes_the_gap(w):
    exact = w.with_exact_encoder()
    same(exact.gap(), torch.zeros_like(exact.gap()), EXACT)
    same(exact.elbo(), w.log_evidence(), EXACT)
    same(exact.log_evidence(), w.log_evidence(), EXACT)


@given(seeds, shapes)
def test_an_encoder_that_is_the_prior_costs_nothing_and_tells_nothing(seed, latents):
    w = TabularWorld.random(seed, latents)
    w = TabularWorld(w.log_p_z, w.log_p_x_given_z, w.log_p_z.expand_as(w.log_q_z_given_x), w.log_p_x, w.latents)
    for value in (w.rate(), w.mutual_information(), w.total_correlation(), w.dimension_wise_kl().sum()):
        same(value, 0.0, EXACT)


def test_one_latent_has_no_total_correlation():
    assert abs(TabularWorld.random(3, (5,)).total_correlation()) < 1e-12


def test_two_copies_of_a_coin_have_a_correlation_of_log_two():
    coins = torch.tensor([0.5, 0.0, 0.0, 0.5], dtype=torch.float64).log()
    fair = torch.full((4,), 0.25, dtype=torch.float64).log()
    w = TabularWorld(fair, torch.zeros(1, 4, dtype=torch.float64), coins[None], torch.zeros(1).double(), (2, 2))
    same(w.total_correlation(), math.log(2), EXACT)
    same(w.dimension_wise_kl(), [0.0, 0.0], EXACT)
    same(w.rate(), math.log(2), EXACT)


# Tables: zeros ------------------------------------------------------------------------------------


def test_zero_times_log_zero_is_zero():
    p = torch.tensor([0.5, 0.5, 0.0], dtype=torch.float64).log()
    same(entropy(p), math.log(2), EXACT)
    same(kl(p, torch.full((3,), 1 / 3, dtype=torch.float64).log()), math.log(1.5), EXACT)
    same(kl(p, p), 0.0, EXACT)
    same(expect(p, torch.tensor([1.0, 2.0, math.inf], dtype=torch.float64)), 1.5, EXACT)


def test_mass_where_the_other_has_none_costs_infinitely_much():
    p = torch.tensor([0.5, 0.5, 0.0], dtype=torch.float64).log()
    q = torch.tensor([1.0, 0.0, 0.0], dtype=torch.float64).log()
    assert kl(p, q) == math.inf and kl(q, p) == pytest.approx(math.log(2), abs=1e-12)


@given(tables, st.integers(0, 10**6))
def test_quantities_of_tables_with_zeros_are_finite_and_right(w, seed):
    """Cross out states in the encoder (never a whole row) and one x in the data."""
    rng = np.random.default_rng(seed)
    q, p_x = w.log_q_z_given_x.exp().numpy().copy(), w.log_p_x.exp().numpy().copy()
    crossed = rng.random(q.shape) < 0.4
    crossed[np.arange(len(q)), rng.integers(q.shape[1], size=len(q))] = False
    q[crossed] = 0
    p_x[0] = 0 if len(p_x) > 1 else 1
    log = lambda p: torch.as_tensor(p / p.sum(-1, keepdims=True)).log()
    w = TabularWorld(w.log_p_z, w.log_p_x_given_z, log(q), log(p_x), w.latents)
    loops = Loops(w)
    same(w.elbo(), [loops.elbo(x) for x in loops.x], EXACT)
    same(w.gap(), [loops.gap(x) for x in loops.x], EXACT)
    same(w.mutual_information(), loops.information(), EXACT)
    same(w.total_correlation(), loops.total_correlation(), EXACT)
    same(w.rate(), loops.rate(), EXACT)


# Tables: drawing them, and bad input --------------------------------------------------------------


def fields(w):
    return [value for value in vars(w).values() if isinstance(value, torch.Tensor)]


@given(seeds)
def test_a_seed_gives_the_same_bits_and_another_seed_others(seed):
    for draw in (TabularWorld.random, LinearGaussianWorld.random):
        first, again, other = (fields(draw(s)) for s in (seed, seed, seed + 1))
        assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
        assert not any(torch.equal(a, b) for a, b in zip(first, other, strict=True))
        assert all(value.dtype == torch.float64 and value.device.type == "cpu" for value in first)


def test_drawing_leaves_the_global_generator_alone():
    before = torch.get_rng_state()
    TabularWorld.random(0), LinearGaussianWorld.random(0)
    assert torch.equal(before, torch.get_rng_state())


def test_the_default_table_is_small():
    w = TabularWorld.random(0)
    assert w.latents == (2, 3) and tuple(w.log_p_x_given_z.shape) == (4, 6)


@given(seeds, st.integers(2, 3), st.integers(2, 3))
def test_a_factorised_prior_is_the_product_of_its_marginals(seed, a, b):
    rank = lambda w: torch.linalg.matrix_rank(w.log_p_z.exp().reshape(a, b), rtol=1e-9).item()
    assert rank(TabularWorld.random(seed, (a, b))) == 1
    assert rank(TabularWorld.random(seed, (a, b), factorised_prior=False)) > 1


def test_tables_are_uniform_on_the_simplex():
    """Dirichlet(1) over K states: each probability is Beta(1, K - 1), checked by Kolmogorov and Smirnov at 1e-4."""
    worlds = [TabularWorld.random(seed, (2, 2), x=3, factorised_prior=False) for seed in range(300)]
    columns = {
        "prior": ([w.log_p_z.exp() for w in worlds], 4),
        "encoder": ([w.log_q_z_given_x.exp()[0] for w in worlds], 4),
        "likelihood": ([w.log_p_x_given_z.exp()[:, 0] for w in worlds], 3),
        "data": ([w.log_p_x.exp() for w in worlds], 3),
    }
    for name, (rows, states) in columns.items():
        for k in range(states):
            test = scipy.stats.kstest([row[k].item() for row in rows], scipy.stats.beta(1, states - 1).cdf)
            assert test.pvalue > 1e-4, name


NAMES = ("log_p_z", "log_p_x_given_z", "log_q_z_given_x", "log_p_x")


def table_with(name, value):
    w = TabularWorld.random(0)
    return TabularWorld(**{n: value if n == name else getattr(w, n) for n in NAMES}, latents=w.latents)


@pytest.mark.parametrize(
    "name, expected", [("log_p_z", "(6,)"), ("log_p_x_given_z", "(4, 6)"), ("log_q_z_given_x", "(4, 6)")]
)
def test_a_wrong_shape_is_refused(name, expected):
    message = f"{name}: expected shape {expected}, got (2, 2, 2)"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        table_with(name, torch.zeros(2, 2, 2))


def test_data_of_another_length_or_shape_are_refused():
    with pytest.raises(ValueError, match=r"^log_p_x_given_z: expected shape \(5, 6\), got \(4, 6\)$"):
        table_with("log_p_x", torch.zeros(5))
    with pytest.raises(ValueError, match=r"^log_p_x: expected shape \(4,\), got \(4, 1\)$"):
        table_with("log_p_x", torch.zeros(4, 1))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("factor, off", [(1.25, "0.25"), (0.75, "0.25"), (1 + 3e-9, "3e-09"), (math.nan, "nan")])
def test_a_table_that_is_no_distribution_is_refused(name, factor, off):
    wrong = getattr(TabularWorld.random(0), name).clone()
    wrong[..., -1:] += math.log(factor)  # one state, or one column, is wrong
    if name != "log_p_x_given_z":
        wrong = getattr(TabularWorld.random(0), name) + math.log(factor)
    with pytest.raises(ValueError, match=rf"^{name}: expected probabilities that sum to one, off by {re.escape(off)}$"):
        table_with(name, wrong)


@pytest.mark.parametrize("name", NAMES)
def test_rounding_is_not_refused(name):
    table_with(name, getattr(TabularWorld.random(0), name) + 3e-10)


# Gaussians against scipy, torch.distributions and samples -----------------------------------------


def normal(mean, covariance):
    return torch.distributions.MultivariateNormal(mean, covariance)


def some_points(w, n=4, seed=0):
    g = torch.Generator().manual_seed(seed)
    return w.m + 1.5 * torch.randn(n, len(w.m), generator=g, dtype=torch.float64)


@given(gaussians)
def test_log_density_is_that_of_scipy(w):
    x, covariance = some_points(w), w.C
    expected = scipy.stats.multivariate_normal(w.m.numpy(), covariance.numpy()).logpdf(x.numpy())
    same(gaussian_log_density(x, w.m, covariance), np.reshape(expected, 4), EXACT)


@given(gaussians)
def test_evidence_is_the_density_of_z_pushed_through_the_decoder(w):
    x = some_points(w)
    covariance = w.W.numpy() @ w.W.numpy().T + w.s.item() ** 2 * np.eye(len(w.b))
    expected = scipy.stats.multivariate_normal(w.b.numpy(), covariance).logpdf(x.numpy())
    same(w.log_evidence(x), np.reshape(expected, 4), EXACT)


def conditioned(w, x):
    """p(z|x) by conditioning the joint Gaussian of z and x: another road than the precision's."""
    d, n = len(w.c), len(w.b)
    joint = torch.eye(d + n, dtype=torch.float64)
    joint[:d, d:] = w.W.mT
    joint[d:, :d] = w.W
    joint[d:, d:] = w.W @ w.W.mT + w.s**2 * torch.eye(n, dtype=torch.float64)
    gain = joint[:d, d:] @ torch.linalg.inv(joint[d:, d:])
    return (x - w.b) @ gain.mT, joint[:d, :d] - gain @ joint[d:, :d]


@given(gaussians)
def test_the_exact_encoder_is_the_conditional_of_the_joint(w):
    x, exact = some_points(w), w.with_exact_encoder()
    mean, covariance = conditioned(w, x)
    same(exact.encode(x), mean, EXACT)
    same(exact.S, covariance, EXACT)
    same(exact.gap(x), torch.zeros(4, dtype=torch.float64), EXACT)
    same(exact.elbo(x), w.log_evidence(x), EXACT)


@given(gaussians)
def test_kl_and_gap_are_those_of_torch(w):
    x = some_points(w)
    q = normal(w.encode(x), w.S)
    prior = normal(torch.zeros_like(w.c), torch.eye(len(w.c), dtype=torch.float64))
    same(w.kl(x), torch.distributions.kl_divergence(q, prior), EXACT)
    same(w.gap(x), torch.distributions.kl_divergence(q, normal(*conditioned(w, x))), EXACT)


@given(gaussians)
def test_gaussian_elbo_plus_gap_is_the_evidence(w):
    x = some_points(w)
    same(w.elbo(x) + w.gap(x), w.log_evidence(x), EXACT)
    same(w.elbo(x), w.expected_log_likelihood(x) - w.kl(x), EXACT)


@given(gaussians)
def test_points_may_have_any_number_of_leading_axes(w):
    x = some_points(w, 6)
    for method in (w.log_evidence, w.expected_log_likelihood, w.kl, w.elbo, w.gap):
        same(method(x.reshape(3, 2, -1)), method(x).reshape(3, 2), EXACT)
        same(method(x[0]), method(x)[0], EXACT)


@pytest.mark.parametrize("default", [torch.float32, torch.float64])
def test_closed_forms_keep_the_precision_of_their_world(default):
    w = LinearGaussianWorld.random(0, d=2, n=3)
    single, x = LinearGaussianWorld(*(value.float() for value in fields(w))), some_points(w).float()
    before = torch.get_default_dtype()
    torch.set_default_dtype(default)
    try:
        values = [*fields(single.with_exact_encoder()), *single.aggregate_posterior(), *single.data_grid(3)]
        values += [single.log_evidence(x), single.expected_log_likelihood(x), single.kl(x), single.elbo(x)]
        values += [single.rate(), single.mutual_information(), single.total_correlation(), single.dimension_wise_kl()]
        values += [single.entropy_x(), single.entropy_z(), single.entropy_z_given_x(), single.gap(x)]
    finally:
        torch.set_default_dtype(before)
    assert {value.dtype for value in values} == {torch.float32}


@pytest.mark.parametrize("seed", range(5))
def test_expected_log_likelihood_is_the_mean_over_samples(seed):
    w = LinearGaussianWorld.random(seed, d=2, n=3)
    x = some_points(w, 1)
    torch.manual_seed(seed)
    z = normal(w.encode(x), w.S).sample((40_000,))
    noise = torch.distributions.Normal(z @ w.W.mT + w.b, w.s)
    samples = noise.log_prob(x).sum(-1)
    error = samples.std().item() / 200
    assert abs(samples.mean() - w.expected_log_likelihood(x)) < 5 * error


@given(gaussians)
def test_aggregate_posterior_has_the_moments_of_the_mixture(w):
    """E[z] = E[E[z|x]] and Cov[z] = E[S] + Cov[E[z|x]], with x on the 2 n sigma points of N(m, C)."""
    n = len(w.m)
    root = math.sqrt(n) * torch.linalg.cholesky(w.C).mT
    codes = w.encode(torch.cat([w.m + root, w.m - root]))
    mean, covariance = w.aggregate_posterior()
    same(mean, codes.mean(0), EXACT)
    same(covariance, w.S + torch.cov(codes.mT, correction=0), EXACT)


@given(gaussians)
def test_entropies_are_those_of_torch(w):
    same(w.entropy_x(), normal(w.m, w.C).entropy(), EXACT)
    same(w.entropy_z(), normal(*w.aggregate_posterior()).entropy(), EXACT)
    same(w.entropy_z_given_x(), normal(w.c, w.S).entropy(), EXACT)


@given(gaussians)
def test_gaussian_information_is_the_divergence_of_the_joint_from_its_marginals(w):
    mean, covariance = w.aggregate_posterior()
    cross = w.C @ w.V.mT
    joint = torch.cat([torch.cat([w.C, cross], 1), torch.cat([cross.mT, covariance], 1)])
    both = torch.cat([w.m, mean])
    expected = torch.distributions.kl_divergence(normal(both, joint), normal(both, torch.block_diag(w.C, covariance)))
    same(w.mutual_information(), expected, EXACT)
    same(w.mutual_information(), w.entropy_z() - w.entropy_z_given_x(), EXACT)


@given(gaussians)
def test_gaussian_correlation_and_dimension_wise_kl_are_those_of_torch(w):
    mean, covariance = w.aggregate_posterior()
    product = normal(mean, covariance.diagonal().diag())
    same(w.total_correlation(), torch.distributions.kl_divergence(normal(mean, covariance), product), EXACT)
    each = torch.distributions.Normal(mean, covariance.diagonal().sqrt())
    same(w.dimension_wise_kl(), torch.distributions.kl_divergence(each, torch.distributions.Normal(0.0, 1.0)), EXACT)


@given(gaussians)
def test_gaussian_rate_is_information_and_correlation_and_dimension_wise_kl(w):
    same(w.rate(), w.mutual_information() + w.total_correlation() + w.dimension_wise_kl().sum(), EXACT)


# Gaussians against their own table ----------------------------------------------------------------


@pytest.mark.parametrize("seed, d, n", [(0, 2, 2), (1, 2, 2), (2, 1, 3), (3, 2, 1), (4, 1, 1), (5, 2, 3)])
def test_closed_forms_are_the_sums_of_the_table(seed, d, n):
    w = LinearGaussianWorld.random(seed, d, n)
    x = some_points(w, 3, seed)
    table, log_cell = w.tabulate(x)
    same(table.log_evidence()[:-1] - log_cell, w.log_evidence(x), GRID)
    same(table.elbo()[:-1] - log_cell, w.elbo(x), GRID)
    same(table.kl()[:-1], w.kl(x), GRID)
    same(table.gap()[:-1], w.gap(x), GRID)
    assert table.log_p_x.tolist() == [-math.log(3)] * 3 + [-math.inf]
    same(table.rate(), w.kl(x).mean(), GRID)


@pytest.mark.parametrize("seed, d, n", [(0, 2, 1), (1, 1, 1), (2, 2, 2), (3, 1, 2)])
def test_averages_are_the_sums_over_a_grid_of_the_data(seed, d, n):
    w = LinearGaussianWorld.random(seed, d, n)
    table, _ = w.tabulate(*w.data_grid())
    same(table.rate(), w.rate(), GRID)
    same(table.mutual_information(), w.mutual_information(), GRID)
    same(table.total_correlation(), w.total_correlation(), GRID)
    same(table.dimension_wise_kl(), w.dimension_wise_kl(), GRID)


@given(gaussians)
def test_the_data_grid_has_the_moments_of_the_data(w):
    x, log_p = w.data_grid()
    assert tuple(x.shape) == (21 ** len(w.m), len(w.m)) and x.dtype == log_p.dtype == torch.float64
    p = log_p.exp()
    mean = p @ x
    same(p.sum(), 1.0, EXACT)
    same(mean, w.m, GRID)
    same((p[:, None] * (x - mean)).mT @ (x - mean), w.C, GRID)


def test_the_data_grid_reaches_seven_deviations_unless_told_otherwise():
    w = LinearGaussianWorld.random(0, n=1)
    deviations = lambda x: ((x - w.m) / w.C.sqrt()).flatten()
    same(deviations(w.data_grid()[0])[[0, -1]], [-7.0, 7.0], EXACT)
    same(deviations(w.data_grid(3, 2.0)[0]), [-2.0, 0.0, 2.0], EXACT)


@pytest.mark.parametrize("seed", range(6))
def test_the_grid_is_as_wide_and_as_fine_as_it_must_be_and_no_more(seed):
    """One latent: log p(z) is -z^2 / 2 at the cells, so its second difference is minus the spacing squared."""
    w = LinearGaussianWorld.random(seed, d=1, n=1)
    x = some_points(w)
    log_p_z = w.tabulate(x)[0].log_p_z
    spacing = (2 * log_p_z[1] - log_p_z[0] - log_p_z[2]).sqrt().item()
    mean, variance = conditioned(w, x)
    farthest = torch.cat([w.encode(x), mean]).abs().max().item()
    assert spacing * (len(log_p_z) - 1) / 2 == pytest.approx(farthest + 8.5, rel=1e-6)
    assert 0.68 < spacing / min(w.S.sqrt().item(), variance.sqrt().item()) < 0.72  # cells are whole: 0.7, within 3 %


def test_elsewhere_costs_nothing_and_is_never_seen():
    w = LinearGaussianWorld.random(0)
    table, _ = w.tabulate(some_points(w))
    assert table.log_p_x[-1] == -math.inf and abs(table.kl()[-1]) < 1e-12
    assert table.log_p_x_given_z[:-1].logsumexp(0).exp().max() == pytest.approx(0.5, abs=1e-12)


def test_a_table_may_weigh_its_points():
    w = LinearGaussianWorld.random(0)
    x, p = some_points(w, 2), torch.tensor([0.9, 0.1], dtype=torch.float64)
    same(w.tabulate(x, p.log())[0].rate(), (p * w.kl(x)).sum(), GRID)


@given(seeds, st.integers(1, 3), st.integers(1, 3))
def test_widths_can_be_resolved_by_a_grid(seed, d, n):
    w = LinearGaussianWorld.random(seed, d, n)
    assert tuple(w.W.shape) == (n, d) and tuple(w.V.shape) == (d, n)
    assert tuple(w.b.shape) == tuple(w.m.shape) == (n,) and tuple(w.c.shape) == (d,)
    for covariance in (w.S, w.C):
        widths = torch.linalg.eigvalsh(covariance).sqrt()
        assert 0.4 - 1e-9 <= widths.min() and widths.max() <= 1.0 + 1e-9
        same(covariance, covariance.mT, EXACT)
    assert 0.6 <= w.s <= 1.2


def test_random_gaussian_worlds_have_two_latents_two_pixels_and_the_declared_scales():
    """400 worlds: a standard deviation from 800 or more normal draws is known to 2.5 %, bound at five times that."""
    worlds = [LinearGaussianWorld.random(seed) for seed in range(400)]
    for name, scale in {"W": 1.0, "b": 0.5, "V": 0.4, "c": 0.3, "m": 0.5}.items():
        draws = torch.stack([getattr(w, name) for w in worlds])
        assert tuple(draws.shape) in ((400, 2, 2), (400, 2))
        assert draws.std().item() == pytest.approx(scale, rel=0.125), name
        assert abs(draws.mean()) < 5 * scale / math.sqrt(draws.numel()), name
    uniform = [((w.s - 0.6) / 0.6).item() for w in worlds]
    assert scipy.stats.kstest(uniform, "uniform").pvalue > 1e-4
    widths = torch.stack([torch.linalg.eigvalsh(w.S).sqrt() for w in worlds])
    assert scipy.stats.kstest(((widths - 0.4) / 0.6).flatten().tolist(), "uniform").pvalue > 1e-4
