"""The one loop, unchanged, runs what no named system has: prices by latent that open in turn, a discrete assignment
between gradient steps, batches in which one factor moves, two players who both pay for one term."""

from functools import partial

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy.optimize import linear_sum_assignment
from torch import nn

from course_pkg import elbo
from course_pkg.models.networks import mlp
from course_pkg.models.posteriors import Gaussian
from course_pkg.training import train
from course_pkg.training.players import Player
from helpers import generator

fit = partial(train, device="cpu", progress=False)


# (a) A price by latent: CascadeVAE opens one latent after another -----------------------------------------------------


def cascade(every, low, high):
    """The price of latent k falls from high to low at step k * every. CascadeVAE-C, stage floor(step / every)."""
    return lambda kl, step: (torch.where(torch.arange(len(kl)) <= step // every, low, high) * kl).sum()


class Linear(nn.Module):
    """x = W z and noise of variance 1: a model whose optimum is known at every price. Tipping and Bishop (1999)."""

    def __init__(self):
        super().__init__()
        self.W = nn.Parameter(0.1 * torch.randn(4, 2, generator=generator(1)))
        self.V = nn.Parameter(0.1 * torch.randn(4, 2, generator=generator(2)))
        self.log_var = nn.Parameter(torch.zeros(2))

    def encode(self, x):
        mu = x @ self.V
        return Gaussian(mu, self.log_var.expand_as(mu))

    def decode(self, z):
        return z @ self.W.T


def test_a_cascade_opens_its_latents_in_turn_and_each_takes_a_principal_component():
    """The data have variances 9, 4, .1, .1. Where a nat costs a nat, a latent of the optimum carries half the log of
    its component's variance; at 20 it carries nothing. So latent 0 has log 3 first, then latent 1 has log 2."""
    x = torch.randn(512, 4, generator=generator())
    x = (x - x.mean(0)) @ torch.linalg.inv(torch.linalg.cholesky(x.T.cov(correction=0)).mT)
    x = x * torch.tensor([9.0, 4.0, 0.1, 0.1]).sqrt()
    gaussian = partial(elbo.negative_elbo, log_likelihood=partial(elbo.gaussian_log_likelihood, sigma=1.0))
    options = {"steps": 2400, "batch_size": 512, "lr": 1e-2, "log_every": 100}
    kl = fit(Linear(), gaussian, x, weights={"kl": cascade(1200, 1.0, 20.0)}, **options)["kl"]
    first, second = torch.tensor([9.0, 0.0]), torch.tensor([9.0, 4.0])
    torch.testing.assert_close(kl[10], 0.5 * first.clamp_min(1).log(), rtol=0, atol=0.05)
    torch.testing.assert_close(kl[-1], 0.5 * second.log(), rtol=0, atol=0.05)


# (b) A discrete assignment inside the objective -----------------------------------------------------------------------


class Mixture(nn.Module):
    """K centres in the plane."""

    def __init__(self, k, seed):
        super().__init__()
        self.centres = nn.Parameter(torch.randn(k, 2, generator=generator(seed)))


def assigned(model, x, generator):
    """Each point to a centre, as many to each: the exact optimum of the assignment, then a gradient step on centres."""
    cost = (x[:, None] - model.centres).square().sum(2)
    places = len(x) // len(model.centres)
    slots = cost.detach().repeat_interleave(places, 1).numpy()
    choice = torch.from_numpy(linear_sum_assignment(slots)[1] // places)
    return {"distance": cost[torch.arange(len(x)), choice]}


@pytest.mark.parametrize("seed", range(5))
def test_an_assignment_between_gradient_steps_finds_separated_clusters(seed):
    """Four clusters 10 apart with deviation 0.5: accuracy 1 by the best matching of names, from five starts."""
    accuracy, model, x, found = clusters(assigned, seed)
    assert accuracy == 1.0
    means = torch.stack([x[found == k].mean(0) for k in range(4)])
    torch.testing.assert_close(model.centres.detach(), means, rtol=0, atol=0.05)


def test_without_the_assignment_some_start_leaves_two_clusters_to_one_centre():
    """Each point to its nearest centre: it is the assignment that solved the task above."""
    nearest = lambda model, x, g: {"distance": (x[:, None] - model.centres).square().sum(2).amin(1)}
    assert min(clusters(nearest, seed)[0] for seed in range(5)) <= 0.75


def clusters(objective, seed):
    """Accuracy by the best matching of names, the model, the points, and where each point went."""
    truth = torch.arange(200) % 4
    corners = torch.tensor([[5.0, 5], [-5, 5], [5, -5], [-5, -5]])
    x = corners[truth] + 0.5 * torch.randn(200, 2, generator=generator(9))
    model = Mixture(4, seed)
    fit(model, objective, x, steps=600, batch_size=200, lr=0.05)
    found = (x[:, None] - model.centres.detach()).square().sum(2).argmin(1)
    table = np.zeros((4, 4))
    np.add.at(table, (truth.numpy(), found.numpy()), 1)
    rows, columns = linear_sum_assignment(-table)
    return table[rows, columns].sum() / 200, model, x, found


# (c) Batches in which one factor moves, the other latents clamped: DC-IGN ---------------------------------------------


def clamped(model, drawn, generator):
    """Latent k is the factor that moves in this batch; the others are set to their mean over the batch before decoding,
    so that only latent k can tell the images apart. Kulkarni et al. (2015), section 3.2."""
    x, k = drawn
    q = model.encode(x)
    z = q.sample(generator)
    own = torch.arange(z.shape[1]) == k
    z = torch.where(own, z, z.mean(0, keepdim=True))
    return {"reconstruction": -elbo.bernoulli_log_likelihood(x, model.decode(z)), "kl": q.kl()}


def bars():
    """16 images of 4 x 4: a row and a column of ink that move independently, with a place in the set for each pair."""
    x = torch.zeros(4, 4, 2, 4, 4)
    for r in range(4):
        for c in range(4):
            x[r, c, 0, r], x[r, c, 1, :, c] = 1.0, 1.0
    return x


def test_with_clamped_batches_each_latent_takes_the_factor_that_moved():
    """Share of each latent's variance (of means over all 16 images) that its own factor explains: above 0.9 for both,
    and the other factor's below 0.1."""
    images = bars()

    def draw(n, generator):
        k = int(torch.randint(2, (), generator=generator))
        moving = torch.randint(4, (n,), generator=generator)
        still = torch.randint(4, (), generator=generator).expand(n)
        place = (moving, still) if k == 0 else (still, moving)
        return images[place], k

    model = mlp((2, 4, 4), 2, hidden=32)
    fit(model, clamped, draw, steps=2500, batch_size=16, lr=5e-3, weights={"kl": 0.1})
    with torch.no_grad():
        mu = model.encode(images.flatten(0, 1)).mu.reshape(4, 4, 2)
    total = mu.flatten(0, 1).var(0, unbiased=False)
    by_row, by_column = mu.mean(1).var(0, unbiased=False) / total, mu.mean(0).var(0, unbiased=False) / total
    assert by_row[0] > 0.9 and by_column[1] > 0.9 and by_row[1] < 0.1 and by_column[0] < 0.1


# (d) Two players who share a term: InfoGAN ----------------------------------------------------------------------------


class Generator(nn.Module):
    """From a code c of 3 and noise of 2 to a point of the plane."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(5, 32), nn.ReLU(), nn.Linear(32, 2))

    def forward(self, c, noise):
        return self.body(torch.cat([c, noise], 1))


class Critic(nn.Module):
    """A trunk, a head that says real or not, a head that guesses the code."""

    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(2, 32), nn.LeakyReLU(0.2))
        self.real, self.code = nn.Linear(32, 1), nn.Linear(32, 3)

    def forward(self, x):
        h = self.trunk(x)
        return self.real(h)[:, 0], self.code(h)


def info_gan(model, x, generator, critic):
    """Chen et al. (2016), eq. 3: `surprise` is -log q(c | G(c, noise)), its mean is H(c) less the bound on I(c; x)."""
    label = torch.randint(3, (len(x),), generator=generator)
    fake = model(F.one_hot(label, 3).float(), torch.randn(len(x), 2, generator=generator))
    logit, guess = critic(fake)
    return {
        "fooling": F.softplus(-logit),
        "telling": F.softplus(-critic(x)[0]) + F.softplus(critic(fake.detach())[0]),
        "surprise": F.cross_entropy(guess, label, reduction="none"),
    }


def players(weight, share=True):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model, critic = Generator(), Critic()
    pays = {"telling": 1.0, **({"surprise": weight} if share else {})}
    return model, critic, {"critic": Player(critic, pays, lr=2e-3, betas=(0.5, 0.999))}


def cloud(n=600):
    corners = 2 * torch.tensor([[1.0, 0], [-0.5, 0.866], [-0.5, -0.866]])
    return corners[torch.arange(n) % 3] + 0.1 * torch.randn(n, 2, generator=generator(2))


def test_both_players_pay_for_the_mutual_information():
    """One step: the gradient of the generator is that of fooling + surprise, the critic's that of telling + surprise,
    its shared trunk included; the generator pays because `weights` names the term, the critic because its own do."""
    x, (model, critic, opponents) = cloud(24), players(0.7)
    fit(model, info_gan, x, steps=1, batch_size=24, weights={"surprise": 0.7}, opponents=opponents, seed=5)
    alone, other, _ = players(0.7)
    g = generator(5)
    order = torch.randperm(24, generator=g)
    means = {name: term.mean() for name, term in info_gan(alone, x[order], g, other).items()}
    wanted = torch.autograd.grad(
        means["fooling"] + 0.7 * means["surprise"], list(alone.parameters()), retain_graph=True
    )
    theirs = torch.autograd.grad(means["telling"] + 0.7 * means["surprise"], list(other.parameters()))
    for net, gradients in ((model, wanted), (critic, theirs)):
        for p, gradient in zip(net.parameters(), gradients, strict=True):
            torch.testing.assert_close(p.grad, gradient, rtol=1e-5, atol=1e-7)


def test_infogan_finds_the_clusters_and_without_the_shared_term_it_does_not():
    """Three clusters, a code of three values. Paid by both, the bound on I(c; x) comes within 0.2 nats of log 3, its
    largest value, and each value of the code draws around one cluster. Priced at nothing, the guess stays a guess."""

    def bound(weight):
        model, _, opponents = players(weight)
        options = {"steps": 1500, "batch_size": 64, "lr": 1e-3, "betas": (0.5, 0.999), "log_every": 50}
        history = fit(
            model, info_gan, cloud(), weights={"surprise": weight}, opponents=opponents, **options
        )  # fmt: skip
        return np.log(3) - history["surprise"][-5:].mean().item(), model

    high, model = bound(1.0)
    assert np.log(3) - 0.2 < high <= np.log(3)
    with torch.no_grad():
        points = [model(F.one_hot(torch.full((200,), c), 3).float(), torch.randn(200, 2)) for c in range(3)]
    centres, spread = torch.stack([p.mean(0) for p in points]), max(p.std(0).max().item() for p in points)
    assert torch.pdist(centres).min() > 4 * spread
    assert bound(0.0)[0] < 0.2
