"""Three systems that are more than a price: JointVAE with a discrete code, CascadeVAE with an assignment between steps
and a schedule, and, which the course itself has not, a generator against a critic. Each is run, cut off, resumed,
encoded, looked at, and nothing that runs it knows what it is."""

import ast
import math
from itertools import pairwise
from typing import Annotated

import matplotlib.pyplot as plt
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from course_pkg import elbo
from course_pkg.cascade import joint_vae
from course_pkg.data.named import named
from course_pkg.models.mixed import Relaxed
from course_pkg.models.networks import seeded
from course_pkg.models.posteriors import Both, Categorical, Gaussian
from course_pkg.runs import load, run
from course_pkg.runs.represent import represent
from course_pkg.runs.systems import SYSTEMS
from course_pkg.show import explore
from course_pkg.training import checkpoint, train
from course_pkg.training.players import Player
from helpers import ROOT, generator


def dense(n, hidden, m):
    return nn.Sequential(nn.Linear(n, hidden), nn.ReLU(), nn.Linear(hidden, m))


# A generator against a critic who also guesses the code: InfoGAN ------------------------------------------------------


class Generator(nn.Module):
    """From a code (one of 10 values, and numbers) and noise to the pixels of an image."""

    def __init__(self, shape, latents, seed):
        super().__init__()
        self.shape, self.latents = shape, latents
        with seeded(seed):
            self.body = dense(latents + 10 + 8, 64, math.prod(shape))

    def forward(self, code, noise):
        return self.body(torch.cat([code, noise], 1)).unflatten(1, self.shape)


class Critic(nn.Module):
    """A trunk, a head that says real or not, a head that guesses the code."""

    def __init__(self, pixels, latents, seed):
        super().__init__()
        self.latents = latents
        with seeded(seed):
            self.trunk, self.real = nn.Linear(pixels, 64), nn.Linear(64, 1)
            self.code = nn.Linear(64, 2 * latents + 10)

    def forward(self, x):
        h = F.leaky_relu(self.trunk(x.flatten(1)), 0.2)
        mu, log_var, logits = self.code(h).tensor_split([self.latents, 2 * self.latents], 1)
        return self.real(h)[:, 0], Both(Gaussian(mu, log_var), Categorical(logits))


def surprise(q, numbers, value):
    """-log q(code | x) of each latent. (B, latents + 1)."""
    each = [elbo.gaussian_log_prob(*(t[:, k : k + 1] for t in (numbers, *q.first))) for k in range(numbers.shape[1])]
    return -torch.stack([*each, -F.cross_entropy(q.second.logits, value, reduction="none")], 1)


def drawn(n, latents, generator):
    numbers, noise = torch.randn(n, latents, generator=generator), torch.randn(n, 8, generator=generator)
    value = torch.randint(10, (n,), generator=generator)
    return numbers, value, torch.cat([numbers, F.one_hot(value, 10)], 1), noise


def info_gan_terms(model, x, generator, critic):
    numbers, value, code, noise = drawn(len(x), model.latents, generator)
    fake = model(code, noise).sigmoid()
    logit, q = critic(fake)
    return {
        "fooling": F.softplus(-logit),
        "telling": F.softplus(-critic(x)[0]) + F.softplus(critic(fake.detach())[0]),
        "surprise": surprise(q, numbers, value),
    }


class Seen(nn.Module):
    """The two nets as one that encodes by the critic's guess and decodes by the generator, at no noise."""

    def __init__(self, model, critic):
        super().__init__()
        self.shape, self.latents, self.model, self.critic = model.shape, model.latents, model, critic

    def encode(self, x):
        return self.critic(x)[1]

    def decode(self, z):
        return self.model(z, torch.zeros(len(z), 8))


@torch.no_grad()
def known(whole, source, seed):
    """The bound on the mutual information of code and image, entropy less surprise. Chen et al. (2016), eq. 5."""
    numbers, value, code, noise = drawn(500, whole.latents, generator(seed))
    told = surprise(whole.encode(whole.model(code, noise).sigmoid()), numbers, value).sum(1).mean()
    entropy = whole.latents * 0.5 * math.log(2 * math.pi * math.e) + math.log(10)
    return {"known": entropy - told.item()}


def info_gan(latents, seed, weight: Annotated[float, "price of a nat of surprise", 0] = 1.0):
    """InfoGAN. Chen et al. (2016), eq. 6."""
    critic = Player(Critic(64, latents, seed), {"telling": 1.0, "surprise": weight}, 1e-3, (0.5, 0.999))
    return {
        "net": Generator, "objective": info_gan_terms, "weights": {"surprise": weight}, "betas": (0.5, 0.999),
        "opponents": {"critic": critic}, "whole": Seen, "summary": known,
    }  # fmt: skip


# What holds of each ---------------------------------------------------------------------------------------------------

SETTINGS = {
    "joint-vae": {"gamma": 30.0, "continuous": 4.0, "discrete": 1.5, "over": 100, "values": 10},
    "cascade-vae": {"every": 30, "before": 1, "values": 10, "lam": 0.1},
    "info-gan": {},
}
KINDS = list(SETTINGS)
TASK = {"data": "digits", "latents": 2, "batch_size": 50, "lr": 2e-3, "steps": 60, "device": "cpu"}
each_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(autouse=True)
def known_by_name(tmp_path, monkeypatch):
    """As if it stood in a file of runs/systems, which tests/test_systems.py shows to be found."""
    monkeypatch.setitem(SYSTEMS, "info-gan", info_gan)
    monkeypatch.setenv("DISENTANGLE_CACHE", str(tmp_path / "cache"))
    yield
    plt.close("all")


def trained(kind, folder, **changes):
    return run({**TASK, "system": kind, **SETTINGS[kind], **changes}, folder, save_every=25, progress=False)


@each_kind
def test_cut_off_at_any_checkpoint_it_ends_with_the_same_bits(tmp_path, monkeypatch, kind):
    """Cut off after step 25 and again after step 50: every tensor, the history included, is that of one session."""
    trained(kind, tmp_path / "whole")
    write = checkpoint.write

    def cut(path, tensors, note):
        write(path, tensors, note)
        raise KeyboardInterrupt

    monkeypatch.setattr(checkpoint, "write", cut)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            trained(kind, tmp_path / "cut")
    monkeypatch.setattr(checkpoint, "write", write)
    assert trained(kind, tmp_path / "cut")["sessions"] == 3
    digests = {checkpoint.digest(checkpoint.read(tmp_path / name / checkpoint.NAME)[0]) for name in ("whole", "cut")}
    assert len(digests) == 1


@each_kind
def test_its_codes_and_its_traversal(tmp_path, kind):
    """Two numbers and a value an image; the traversal moves the value through all ten."""
    trained(kind, tmp_path)
    codes = represent(tmp_path, device="cpu")
    assert codes.columns.shape == (1797, 3) and codes.discrete.tolist() == [False, False, True]
    model, source = load(tmp_path)[0], named("digits")
    x = source.prepare(source.images[:64])
    torch.testing.assert_close(codes.columns[:64], model.encode(x).codes(), rtol=1e-4, atol=1e-5)
    assert set(codes.columns[:, 2].tolist()) <= set(range(10))
    decoded, kl = explore.traverse(model, x[:1], x, steps=10)
    assert decoded.shape == (30, 1, 8, 8) and (kl.diff() <= 0).all()
    q, value = model.encode(x[:1]), int(model.encode(x).kl().mean(0).sort(descending=True).indices.tolist().index(2))
    by_hand = torch.cat([q.codes()[:, :2].expand(10, 2), torch.eye(10)], 1)
    torch.testing.assert_close(decoded[10 * value : 10 * value + 10], model.decode(by_hand))
    explore.show_traversal(model, x[:1], x, latents=3)
    explore.show_reconstructions(model, x[:3])


def test_each_part_of_a_joint_code_is_held_at_its_capacity(tmp_path):
    row = trained("joint-vae", tmp_path, steps=600)
    assert row["kl"] == pytest.approx(4.0, abs=0.4) and row["kl_discrete"] == pytest.approx(1.5, abs=0.15)
    assert row["rate"] == pytest.approx(row["kl"] + row["kl_discrete"], abs=0.5), "the usual summary asks for kl()"


def test_the_assigned_code_counts_from_its_step_on(tmp_path):
    """Before, all ten values cost the same; after, they differ, and more than one is taken."""
    trained("cascade-vae", tmp_path, steps=29)
    model, source = load(tmp_path)[0], named("digits")
    x = source.prepare(source.images[:200])
    costs = model.costs(x, model.encode(x).first.mu)
    assert model.counts == 0 and torch.equal(costs, costs[:, :1].expand_as(costs))
    trained("cascade-vae", tmp_path, steps=400)
    model = load(tmp_path)[0]
    taken = represent(tmp_path, device="cpu").columns[:, 2].long().bincount(minlength=10)
    assert model.counts == 1 and (taken > 0).sum() > 5
    with pytest.raises(ValueError, match="every is 30 there and 31 here"):
        trained("cascade-vae", tmp_path, steps=500, every=31)


def test_the_code_of_an_image_made_is_known_where_surprise_has_a_price(tmp_path):
    """Nothing is known of it where surprise costs nothing: the guess is a guess, and the bound 0 or less. The row holds
    the system's own summary."""
    dear, free = (trained("info-gan", tmp_path / str(w), steps=400, weight=w) for w in (1.0, 0.0))
    assert free["known"] < 0.1 and dear["known"] > 2 and "rate" not in dear


def test_weights_that_the_schedule_closes_do_not_move_and_go_on_where_they_stopped(tmp_path):
    """The decoder learns on even steps only; step 3 is the first after a checkpoint."""

    def alternately(model, step):
        model.decoder.requires_grad_(step % 2 == 0)

    def fit(steps, folder=None):
        model = Relaxed((1, 3, 3), 2, 0)
        x = torch.rand(12, 1, 3, 3, generator=generator(3)).round()
        options = {"batch_size": 4, "device": "cpu", "progress": False, "log_every": 10}
        train(model, joint_vae, x, steps=steps, folder=folder, schedule=alternately, **options)
        return {name: value.clone() for name, value in model.state_dict().items()}

    after = [fit(steps) for steps in range(1, 5)]
    moved = [{name.split(".")[0] for name in one if not torch.equal(one[name], other[name])}
             for one, other in pairwise(after)]  # fmt: skip
    assert moved == [{"encoder", "decoder"}, {"encoder"}, {"encoder", "decoder"}]
    fit(2, tmp_path)
    again = fit(4, tmp_path)
    assert all(torch.equal(again[name], value) for name, value in after[3].items())


def test_the_package_asks_no_posterior_of_what_kind_it_is():
    """What trains, runs and shows imports no kind of posterior, so it cannot ask for one."""
    neutral = {"Codes", "Posterior", "discrete", "packed", "unpacked"}
    for room in ("training", "runs", "show"):
        for path in sorted((ROOT / "course_pkg" / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.ImportFrom) and node.module == "course_pkg.models.posteriors":
                    names = {alias.name for alias in node.names}
                    assert names <= neutral, f"{path.relative_to(ROOT)} imports {sorted(names - neutral)}"
