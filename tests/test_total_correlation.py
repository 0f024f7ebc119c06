"""The split of the KL against tables and Gaussians where it is exact, and the slips of public estimators, caught."""

import math
from functools import partial
from itertools import combinations, permutations

import pytest
import torch
from scipy import integrate
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal

from course_pkg import elbo
from course_pkg.models.networks import mlp
from course_pkg.total_correlation import beta_tcvae, log_densities, log_weights, split_kl
from course_pkg.training import train
from helpers import generator


def posteriors(n=6, d=2, seed=0):
    """Means and log variances (n, d) of n images' posteriors."""
    return torch.randn(2, n, d, generator=generator(seed), dtype=torch.float64).unbind()


def mixture(mu, log_var):
    """q(z) over all n images, and its marginals, as torch.distributions knows them."""
    alike = torch.zeros(len(mu), dtype=mu.dtype)
    scale = (0.5 * log_var).exp()
    joint = MixtureSameFamily(Categorical(logits=alike), Independent(Normal(mu, scale), 1))
    alone = [MixtureSameFamily(Categorical(logits=alike), Normal(mu[:, k], scale[:, k])) for k in range(mu.shape[1])]
    return joint, alone


def test_densities_are_torchs():
    mu, log_var = posteriors(5, 3)
    z = torch.randn(4, 3, generator=generator(1), dtype=torch.float64)
    expected = Normal(mu, (0.5 * log_var).exp()).log_prob(z[:, None])
    torch.testing.assert_close(log_densities(z, mu, log_var), expected, rtol=1e-12, atol=1e-12)


# The weights ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch, n", [(2, 2), (3, 5), (64, 737_280)])
def test_the_image_of_the_code_counts_one_in_n_and_each_row_sums_to_one(batch, n):
    """In five public repositories the weight 1/N fell on column 0 in place of the diagonal."""
    weights = log_weights(batch, n, like=torch.zeros(1, dtype=torch.float64)).exp()
    torch.testing.assert_close(weights.diagonal(), torch.full((batch,), 1 / n, dtype=torch.float64), rtol=1e-12, atol=0)
    torch.testing.assert_close(weights.sum(1), torch.ones(batch).double(), rtol=1e-12, atol=0)
    assert torch.unique(weights[~torch.eye(batch, dtype=torch.bool)]).numel() == 1


def papers_weights(batch, n):
    """Chen et al. (2018), appendix C.2, M = B - 1: 1/N, then 1/M for M - 1 images, (N - M) / (N M) for the last."""
    m = batch - 1
    return torch.tensor([1 / n, *[1 / m] * (m - 1), (n - m) / (n * m)], dtype=torch.float64)


def test_stratified_estimates_are_right_in_the_mean_and_vary_less_than_the_papers():
    """All batches of 3 out of 6 images that hold x_0, in every order: both averages are q(z) itself."""
    mu, log_var = posteriors()
    z = mu[:1] + 0.3
    q = log_densities(z, mu, log_var).sum(2).exp()[0]
    ours, papers = [], []
    weights = log_weights(3, 6, like=z).exp()[0]
    for others in permutations(range(1, 6), 2):
        batch = q[[0, *others]]
        ours.append(weights @ batch)
        papers.append(papers_weights(3, 6) @ batch)
    ours, papers = torch.stack(ours), torch.stack(papers)
    torch.testing.assert_close(ours.mean(), q.mean(), rtol=1e-12, atol=0)
    torch.testing.assert_close(papers.mean(), q.mean(), rtol=1e-12, atol=0)
    assert ours.var() < papers.var()


def test_our_weights_are_the_mean_of_the_papers_over_which_image_comes_last():
    batch, n = 5, 40
    first, *rest = papers_weights(batch, n)
    mean = torch.stack([torch.stack([first, *order]) for order in permutations(rest)]).mean(0)
    torch.testing.assert_close(log_weights(batch, n, like=mean).exp()[0], mean, rtol=1e-12, atol=0)


@pytest.mark.parametrize("stratified, too_small", [(True, 0.0), (False, math.log(6))])
def test_with_all_images_the_batch_is_the_set(stratified, too_small):
    """B = N: stratified is exact; weighted is too small by log N in every log q, which are constants, not nats of the
    data: they shift the information by log N and the total correlation by (d - 1) log N."""
    mu, log_var = posteriors()
    z = elbo.reparameterise(mu, log_var, generator(1))
    joint, alone = mixture(mu, log_var)
    log_q_zk = torch.stack([m.log_prob(z[:, k]) for k, m in enumerate(alone)], 1)
    own = Normal(mu, (0.5 * log_var).exp()).log_prob(z).sum(1)
    got = split_kl(z, mu, log_var, 6, stratified)
    exactly = partial(torch.testing.assert_close, rtol=1e-10, atol=1e-10)
    exactly(got["information"], own - joint.log_prob(z) + too_small)
    exactly(got["tc"], joint.log_prob(z) - log_q_zk.sum(1) + (2 - 1) * too_small)
    exactly(got["dimwise"], log_q_zk - Normal(0.0, 1.0).log_prob(z) - too_small)


@pytest.mark.parametrize("batch, n", [(1, 5), (6, 5), (0, 0)])
def test_a_batch_that_is_none_of_the_set_is_refused(batch, n):
    with pytest.raises(ValueError, match=f"got a batch of {batch} and n = {n}"):
        log_weights(batch, n)


@pytest.mark.parametrize("z, mu", [((3, 2), (3, 3)), ((3,), (3, 2)), ((3, 2), (2,))])
def test_codes_and_posteriors_of_other_sizes_are_refused(z, mu):
    with pytest.raises(ValueError, match=r"expected codes \(B, d\) and posteriors \(n, d\)"):
        log_densities(torch.zeros(z), torch.zeros(mu), torch.zeros(mu))


# The three prices -------------------------------------------------------------------------------------------------


def test_the_prices_add_up_to_the_kl_whatever_the_estimate():
    mu, log_var = posteriors(8, 3)
    z = elbo.reparameterise(mu, log_var, generator())
    expected = elbo.gaussian_log_prob(z, mu, log_var) - elbo.gaussian_log_prob(z, 0 * z, 0 * z)
    for n, stratified in ((8, True), (1000, True), (1000, False)):
        split = split_kl(z, mu, log_var, n, stratified)
        torch.testing.assert_close(split["information"] + split["tc"] + split["dimwise"].sum(1), expected)


def test_the_averages_are_the_exact_prices_of_a_gaussian():
    """x ~ N(0, I), mu = A x, noise s: q(z) = N(0, A A' + s^2 I), and all three prices are closed forms. Batches of 400
    of 40,000 images, 100 of them: each average within five of its standard errors, and 0.01 nats for the bias of
    the log of an estimate (about variance / 2B)."""
    a = torch.tensor([[0.9, 0.5], [0.0, 0.7]], dtype=torch.float64)
    s, n = 0.6, 40_000
    c = a @ a.T + s**2 * torch.eye(2).double()
    exact = {
        "information": 0.5 * (torch.logdet(c) - 2 * math.log(s**2)),
        "tc": 0.5 * (c.diagonal().log().sum() - torch.logdet(c)),
        "dimwise": 0.5 * (c.diagonal() - 1 - c.diagonal().log()),
    }
    x, g = torch.randn(n, 2, generator=generator(), dtype=torch.float64), generator(1)
    log_var = torch.full((400, 2), 2 * math.log(s), dtype=torch.float64)
    means = {name: [] for name in exact}
    for part in x.split(400):
        mu = part @ a.T
        for name, value in split_kl(elbo.reparameterise(mu, log_var, g), mu, log_var, n).items():
            means[name].append(value.mean(0))
    for name, values in means.items():
        got = torch.stack(values)
        error = got.std(0) / math.sqrt(len(got))
        assert ((got.mean(0) - exact[name]).abs() < 5 * error + 0.01).all(), name


def test_the_total_correlation_is_an_integral():
    """Two images, two latents: KL(q(z) || q(z1) q(z2)) by quadrature, and the average of tc over 8,000 codes."""
    mu = torch.tensor([[1.0, 1.0], [-1.0, -1.0]], dtype=torch.float64)
    log_var = torch.full((2, 2), -1.0, dtype=torch.float64)
    joint, alone = mixture(mu, log_var)

    axis = torch.linspace(-7, 7, 301, dtype=torch.float64)
    z = torch.cartesian_prod(axis, axis)
    log_q = joint.log_prob(z)
    inside = log_q.exp() * (log_q - alone[0].log_prob(z[:, 0]) - alone[1].log_prob(z[:, 1]))
    exact = integrate.simpson(integrate.simpson(inside.reshape(301, 301), x=axis), x=axis)
    g = generator()
    draws = torch.cat([split_kl(elbo.reparameterise(mu, log_var, g), mu, log_var, 2)["tc"] for _ in range(4000)])
    assert abs(draws.mean().item() - exact) < 5 * draws.std().item() / math.sqrt(len(draws))
    assert exact > 0.3, "two images on a diagonal are tied"


def test_every_pair_of_batch_and_image_counts_in_the_estimate():
    """Summing logs over latents before adding the weights, or the weight once a latent, are slips that still train:
    here they would differ from the enumeration of all batches of 2 out of 4 images."""
    mu, log_var = posteriors(4, 2, seed=3)
    z = mu + 0.1
    q = log_densities(z, mu, log_var).exp()
    for i, j in combinations(range(4), 2):
        pair = torch.tensor([i, j])
        got = split_kl(z[pair], mu[pair], log_var[pair], 4)
        weight = torch.tensor([1 / 4, 3 / 4], dtype=torch.float64)
        joint = (weight * q[i, pair].prod(1)).sum().log()
        alone = (weight[:, None] * q[i, pair]).sum(0).log()
        torch.testing.assert_close(got["tc"][0], joint - alone.sum(), rtol=1e-10, atol=1e-12)
        own = q[i, i].prod().log()
        torch.testing.assert_close(got["information"][0], own - joint, rtol=1e-10, atol=1e-12)


# The objective ----------------------------------------------------------------------------------------------------


def test_at_equal_prices_it_is_the_elbo_of_one_sample():
    """reconstruction + information + tc + dimwise, all at price 1: -log p(x|z) + log q(z|x) - log p(z)."""
    model, x = mlp((1, 3, 3), 2, hidden=4), torch.rand(8, 1, 3, 3, generator=generator()).round()
    terms = beta_tcvae(model, x, generator(5), n=100)
    mu, log_var = model.encode(x)
    z = elbo.reparameterise(mu, log_var, generator(5))
    expected = -elbo.bernoulli_log_likelihood(x, model.decode(z)) + elbo.gaussian_log_prob(z, mu, log_var)
    expected = expected - elbo.gaussian_log_prob(z, torch.zeros_like(z), torch.zeros_like(z))
    total = terms["reconstruction"] + terms["information"] + terms["tc"] + terms["dimwise"].sum(1)
    torch.testing.assert_close(total, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("stratified", [True, False])
def test_the_parts_of_the_objective_are_those_of_its_codes_by_the_weights_that_were_asked(stratified):
    model, x = mlp((1, 8, 8), 3, 16), (torch.rand(20, 1, 8, 8, generator=generator()) > 0.5).float()
    found = beta_tcvae(model, x, generator(5), 100, stratified)
    mu, log_var = model.encode(x)
    z = mu + (0.5 * log_var).exp() * torch.randn(mu.shape, generator=generator(5))
    parts = split_kl(z, mu, log_var, 100, stratified)
    for name, value in parts.items():
        torch.testing.assert_close(found[name], value)
    other = split_kl(z, mu, log_var, 100, not stratified)
    assert not torch.allclose(parts["tc"], other["tc"], atol=1e-3)
    by_default = beta_tcvae(model, x, generator(5), 100)
    assert torch.equal(by_default["tc"], found["tc"]) == stratified


def test_the_price_of_the_tc_is_beta_and_the_whole_kl_is_not_scaled():
    """Public code scaled all three by beta, or the tc by beta - 1: here one step's gradient is compared."""
    x = torch.rand(8, 1, 3, 3, generator=generator()).round().double()
    objective = partial(beta_tcvae, n=100)
    stepped, alone = (mlp((1, 3, 3), 2, hidden=4).double() for _ in range(2))
    train(stepped, objective, lambda n, g: x, steps=1, weights={"tc": 6.0}, batch_size=8, device="cpu", progress=False)
    terms = objective(alone, x, generator(0))
    loss = terms["reconstruction"] + terms["information"] + 6 * terms["tc"] + terms["dimwise"].sum(1)
    loss.mean().backward()
    for p, q in zip(stepped.parameters(), alone.parameters(), strict=True):
        torch.testing.assert_close(p.grad, q.grad, rtol=1e-10, atol=1e-13)
