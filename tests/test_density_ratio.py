"""FactorVAE's terms against closed forms and independent computations, and the slips of public code (two optimisers
on one graph, one batch used twice, latents shuffled within a row), each caught."""

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from torch import nn

from course_pkg import elbo
from course_pkg.density_ratio import cross_entropy, factor_vae, permute_dims
from course_pkg.models.networks import discriminator, mlp
from course_pkg.models.posteriors import Gaussian
from course_pkg.training import TrainingState, train
from course_pkg.training.players import Player
from helpers import generator

# Shuffling --------------------------------------------------------------------------------------------------------


@given(st.integers(2, 30), st.integers(1, 5), st.integers(0, 1000))
def test_each_latent_keeps_its_values_and_moves_on_its_own(batch, latents, seed):
    z = torch.randn(batch, latents, generator=generator(seed))
    assert torch.equal(permute_dims(z, generator(seed)).sort(0).values, z.sort(0).values)


def test_rows_are_torn_apart_and_every_order_is_as_likely():
    """Two latents of 3 rows: 36 pairs of orders, 3,600 draws; chi-square with 35 degrees, five deviations."""
    z, g = torch.tensor([[0.0, 10], [1, 11], [2, 12]]), generator()
    counts = {}
    for _ in range(3600):
        key = tuple(permute_dims(z, g).flatten().tolist())
        counts[key] = counts.get(key, 0) + 1
    assert len(counts) == 36
    statistic = sum((count - 100) ** 2 / 100 for count in counts.values())
    assert statistic < 35 + 5 * math.sqrt(70)


def test_shuffled_codes_have_no_tie_left():
    """Correlation .9 becomes 0 within five standard errors, the marginals stay."""
    z = torch.randn(4000, 2, generator=generator()) @ torch.tensor([[1.0, 0.9], [0.0, math.sqrt(1 - 0.81)]])
    shuffled = permute_dims(z, generator(1))
    assert torch.corrcoef(z.T)[0, 1] > 0.88 and torch.corrcoef(shuffled.T)[0, 1].abs() < 5 / math.sqrt(4000)


@pytest.mark.parametrize("shape", [(1, 3), (4,), (2, 3, 4), (0, 3)])
def test_codes_that_cannot_be_shuffled_are_refused(shape):
    with pytest.raises(ValueError, match=r"expected codes \(B, d\) with B of 2 or more, got \("):
        permute_dims(torch.zeros(shape))


# What the players pay ---------------------------------------------------------------------------------------------


def test_the_cross_entropy_is_torchs_over_both_classes():
    logit, logit_perm = torch.randn(2, 50, generator=generator(), dtype=torch.float64) * 5
    both = torch.cat([logit, logit_perm])
    labels = torch.cat([torch.ones(50), torch.zeros(50)]).double()
    expected = F.binary_cross_entropy_with_logits(both, labels)
    torch.testing.assert_close(cross_entropy(logit, logit_perm).mean(), expected, rtol=1e-12, atol=0)
    assert cross_entropy(torch.zeros(1), torch.zeros(1)) == pytest.approx(math.log(2)), "at chance: log 2"


class Correlated(nn.Module):
    """An encoder that ignores its image's shape: codes are drawn with correlation rho through x itself."""

    def __init__(self, rho, noise=0.3):
        super().__init__()
        self.mix = torch.tensor([[1.0, rho], [0.0, math.sqrt(1 - rho**2)]], dtype=torch.float64)
        self.log_var = math.log(noise**2)

    def encode(self, x):
        mu = x @ self.mix
        return Gaussian(mu, torch.full_like(mu, self.log_var))

    def decode(self, z):
        return z


def exact(rho, noise=0.3):
    """q(z) = N(0, C), C = mix' mix + noise^2 I: its log ratio to the product of marginals, and the TC."""
    c = torch.tensor([[1.0, rho], [rho, 1.0]], dtype=torch.float64) + noise**2 * torch.eye(2).double()
    joint = torch.distributions.MultivariateNormal(torch.zeros(2).double(), c)
    alone = torch.distributions.Normal(torch.zeros(2).double(), c.diagonal().sqrt())
    tc = 0.5 * (c.diagonal().log().sum() - torch.logdet(c))
    return lambda z: joint.log_prob(z) - alone.log_prob(z).sum(1), tc


def gaussian(mean, x):
    return elbo.gaussian_log_likelihood(x, mean, 1.0)


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9])
def test_with_the_exact_ratio_the_tc_term_averages_to_the_total_correlation(rho):
    """200,000 codes; the average within five of its own standard errors of 0.5 (sum log C_kk - log det C)."""
    ratio, tc = exact(rho)
    x = torch.randn(2, 200_000, 2, generator=generator(), dtype=torch.float64)
    terms = factor_vae(Correlated(rho), (x[0], x[1]), generator(1), ratio, gaussian)
    error = terms["tc"].std() / math.sqrt(200_000)
    assert (terms["tc"].mean() - tc).abs() <= 5 * error + 1e-12


def test_a_trained_logit_is_the_log_ratio():
    """The log ratio of two Gaussians is a quadratic of z, so a logistic regression on z z' can reach it: the
    coefficients within five standard errors (by Fisher's information) of the exact ones."""
    rho, n = 0.6, 100_000
    ratio, _ = exact(rho)
    model = Correlated(rho)
    x = torch.randn(n, 2, generator=generator(), dtype=torch.float64)
    z = elbo.reparameterise(*model.encode(x), generator(1))
    z_perm = permute_dims(z.flip(0), generator(2))
    features = lambda z: torch.stack([z[:, 0] ** 2, z[:, 1] ** 2, z[:, 0] * z[:, 1]], 1).numpy()
    both, labels = torch.cat([z, z_perm]), [1] * n + [0] * n
    fit = LogisticRegression(C=1e8, tol=1e-10, max_iter=1000).fit(features(both), labels)
    p = torch.from_numpy(fit.predict_proba(features(both))[:, 1])
    design = torch.cat([torch.ones(2 * n, 1).double(), torch.from_numpy(features(both))], 1)
    error = torch.linalg.inv(design.T @ (design * (p * (1 - p))[:, None])).diagonal().sqrt()
    points = torch.tensor([[0.0, 0], [1, 0], [0, 1], [1, 1]], dtype=torch.float64)
    at = ratio(points)
    expected = torch.stack([at[1] - at[0], at[2] - at[0], at[3] - at[1] - at[2] + at[0]])
    assert ((torch.from_numpy(fit.coef_[0]) - expected).abs() < 5 * error[1:]).all()
    assert abs(fit.intercept_[0] - at[0]) < 5 * error[0]


def test_reconstruction_and_kl_are_the_elbos():
    model, x = mlp((1, 3, 3), 2, hidden=4), torch.rand(2, 8, 1, 3, 3, generator=generator()).round()
    terms = factor_vae(model, (x[0], x[1]), generator(5), discriminator(2, hidden=5))
    expected = elbo.negative_elbo(model, x[0], generator(5))
    assert torch.equal(terms["kl"], expected["kl"]) and torch.equal(terms["reconstruction"], expected["reconstruction"])
    assert all(term.shape[0] == 8 for term in terms.values())


def test_the_shuffled_codes_come_from_the_second_batch_alone():
    """One batch used twice is the slip: then z_perm and z share their images. Here the second batch is constant."""
    seen = []

    def spy(z):
        seen.append(z.detach())
        return z.sum(1)

    x = torch.randn(6, 2, generator=generator(), dtype=torch.float64)
    factor_vae(Correlated(0.5, noise=1e-6), (x, torch.full_like(x, 7.0)), generator(), spy, gaussian)
    first, second = seen
    assert torch.allclose(first, Correlated(0.5).encode(x).mu, atol=1e-4)
    assert torch.allclose(second, Correlated(0.5).encode(torch.full_like(x, 7.0)).mu, atol=1e-4)


# Two players on one graph -----------------------------------------------------------------------------------------


def gradients(gamma=6.4):
    """A step of the loop, and each player's loss differentiated alone, on copies that share nothing."""
    x = torch.rand(2, 8, 1, 3, 3, generator=generator()).round()

    def fresh():
        model, disc = mlp((1, 3, 3), 2, hidden=4).double(), discriminator(2, hidden=6, layers=2).double()
        terms = factor_vae(model, (x[0].double(), x[1].double()), generator(3), disc)
        return model, disc, {name: term.mean(0) for name, term in terms.items()}

    model, disc, means = fresh()
    players = {
        "model": Player(model, {"tc": gamma}),
        "discriminator": Player(disc, {"cross_entropy": 1.0}, lr=1e-4, betas=(0.5, 0.9)),
    }
    TrainingState(players, lambda n, g: None, torch.device("cpu"), 0).move(means)
    alone, _, means = fresh()
    (means["reconstruction"] + means["kl"].sum() + gamma * means["tc"]).backward()
    _, other, means = fresh()
    means["cross_entropy"].backward()
    return model, alone, disc, other


def test_no_players_loss_leaks_into_the_others_gradient():
    """In public code 4 to 5 per cent of the TC's gradient was undone by the discriminator's, through z."""
    model, alone, disc, other = gradients()
    for stepped, expected in ((model, alone), (disc, other)):
        for p, q in zip(stepped.parameters(), expected.parameters(), strict=True):
            torch.testing.assert_close(p.grad, q.grad, rtol=1e-12, atol=1e-14)


def test_both_move_and_each_by_its_own_adam():
    """Adam's first step is its learning rate times the sign of the gradient."""
    model, alone, disc, other = gradients()
    for stepped, start, lr in ((model, alone, 1e-3), (disc, other, 1e-4)):
        for p, q in zip(stepped.parameters(), start.parameters(), strict=True):
            moved, where = q.detach() - p.detach(), q.grad.abs() > 1e-4
            torch.testing.assert_close(moved[where], lr * q.grad.sign()[where], rtol=1e-3, atol=0)


def counting(module, name, calls):
    """The module, whose method is counted in `calls`."""
    method = getattr(module, name)

    def counted(*args):
        calls[name] = calls.get(name, 0) + 1
        return method(*args)

    setattr(module, name, counted)
    return module


def test_no_pass_is_thrown_away_and_both_players_move_at_every_step():
    """Public code encoded 128 images more a step than it used, and had two optimisers count one step: nothing in the
    numbers shows the first, so the passes are counted."""
    model, disc, calls = mlp((1, 3, 3), 2, hidden=4), discriminator(2, hidden=5, layers=1), {}
    counting(counting(model, "encode", calls), "decode", calls)
    counting(disc, "forward", calls)
    x = torch.rand(32, 1, 3, 3, generator=generator()).round()
    train(
        model, factor_vae, x, steps=7, weights={"tc": 5.0}, lr=1e-3, batches=2, batch_size=8,
        opponents={"discriminator": Player(disc, {"cross_entropy": 1.0})}, device="cpu", progress=False,
    )  # fmt: skip
    assert calls == {"encode": 14, "decode": 7, "forward": 14}


def test_a_step_between_the_graph_and_its_second_use_is_an_error():
    """The order of public code: the model's weights move, then the discriminator's loss is differentiated through z."""
    model, disc = mlp((1, 3, 3), 2, hidden=4), discriminator(2, hidden=5, layers=1)
    x = torch.rand(2, 8, 1, 3, 3, generator=generator()).round()
    terms = factor_vae(model, (x[0], x[1]), generator(1), disc)
    optimiser = torch.optim.Adam(model.parameters())
    (terms["reconstruction"] + terms["tc"]).mean().backward(retain_graph=True)
    optimiser.step()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        terms["cross_entropy"].mean().backward()


def test_it_trains_and_lowers_the_total_correlation():
    """Codes that start tied (both latents see the same pixel) are pulled apart; the same run with gamma = 0 stays."""
    x = torch.randn(512, 2, generator=generator()) @ torch.tensor([[1.0, 0.9], [0.0, 0.44]])

    class Linear(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight, self.log_var = nn.Parameter(torch.eye(2)), nn.Parameter(torch.full((2,), -3.0))

        def encode(self, x):
            mu = x @ self.weight
            return Gaussian(mu, self.log_var.expand_as(mu))

        def decode(self, z):
            return z @ torch.linalg.pinv(self.weight.detach())

    def correlation(gamma):
        model = Linear()
        disc = Player(discriminator(2, hidden=32, layers=2), {"cross_entropy": 1.0}, lr=1e-2)
        objective = lambda *args: factor_vae(*args, log_likelihood=gaussian)
        train(
            model, objective, x, steps=400, weights={"tc": gamma, "kl": 0.0}, lr=1e-2, batches=2,
            opponents={"discriminator": disc}, device="cpu", progress=False,
        )  # fmt: skip
        return torch.corrcoef(model.encode(x).mu.T)[0, 1].abs().item()

    assert correlation(0.0) > 0.85 and correlation(10.0) < 0.3


@pytest.mark.parametrize(("one", "other"), [((4,), (3,)), ((4, 1), (4,)), ((4,), (1,)), ((), ())])
def test_cross_entropy_of_other_lengths(one, other):
    """(4, 1) against (4,) would give sixteen prices."""
    with pytest.raises(ValueError, match=r"expected logits \(B,\) and \(B,\), got"):
        cross_entropy(torch.zeros(one), torch.zeros(other))
