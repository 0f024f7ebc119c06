"""The loop steps the loss that it says, repeats bit for bit, learns, and says in one line what is wrong."""

import math
import re
from collections import Counter
from dataclasses import replace
from functools import partial

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from course_pkg import elbo, training
from course_pkg.equations.elbo.bounds import precision_gap
from course_pkg.models.networks import mlp
from course_pkg.models.posteriors import Gaussian
from course_pkg.training import History, device_called, train
from course_pkg.training.batches import Epochs
from course_pkg.training.players import Player, loss_of
from course_pkg.worlds import LinearGaussianWorld
from helpers import generator

run = partial(train, device="cpu", progress=False)


def some_images(n=20, dtype=torch.float32):
    return torch.rand(n, 1, 3, 3, generator=generator(), dtype=dtype).round()


# The same seed, the same bits ---------------------------------------------------------------------


def trained(seed=0, **options):
    net = mlp((1, 3, 3), 2, hidden=4)
    history = run(net, elbo.negative_elbo, some_images(), steps=12, batch_size=8, seed=seed, log_every=5, **options)
    return net.state_dict(), history


def test_the_same_seed_gives_the_same_weights_and_history_bit_for_bit():
    (weights, history), (again, other_history) = trained(), trained()
    assert all(torch.equal(weights[name], again[name]) for name in weights)
    assert history.steps == other_history.steps
    assert all(torch.equal(history[name], other_history[name]) for name in history.terms)


def test_another_seed_gives_other_weights():
    weights, other = trained(0)[0], trained(1)[0]
    assert not any(torch.equal(weights[name], other[name]) for name in weights)


def test_training_neither_needs_nor_touches_the_global_generator():
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first = trained()[0]
    assert torch.equal(before, torch.get_rng_state())
    torch.manual_seed(6)
    assert torch.equal(first["decoder.0.weight"], trained()[0]["decoder.0.weight"])


# What is stepped ----------------------------------------------------------------------------------


class Weights(nn.Module):
    """Three numbers to train."""

    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.tensor([0.3, -0.7, 1.1], dtype=torch.float64))


def two_terms(model, x, generator):
    """reconstruction (B,) and kl (B, 3), whose gradients are easy to do by hand."""
    pixels = x.flatten(1)[:, :3]
    return {"reconstruction": ((model.w - pixels) ** 2).sum(1), "kl": (model.w**4).expand(len(x), 3)}


@pytest.mark.parametrize("weights", [None, {"kl": 4.0}, {"kl": 0.0}, {"reconstruction": 0.5, "kl": 2.0}])
def test_the_loss_is_the_weighted_sum_of_terms_averaged_over_images(weights):
    """One batch of all images: 2 (w - mean pixel) and 4 w^3, each times its weight (1 where not named)."""
    model, images = Weights(), some_images(6, torch.float64)
    start, pixels = model.w.detach().clone(), images.flatten(1)[:, :3].mean(0)
    weigh = {"reconstruction": 1.0, "kl": 1.0, **(weights or {})}
    by_hand = weigh["reconstruction"] * 2 * (start - pixels) + weigh["kl"] * 4 * start**3
    run(model, two_terms, images, steps=1, batch_size=6, lr=0.01, weights=weights)
    torch.testing.assert_close(model.w.grad, by_hand, rtol=1e-12, atol=1e-12)


def test_two_steps_are_adams():
    """The second moment's correction cancels in the first step, so two are done by hand."""
    model, images = Weights(), some_images(6, torch.float64)
    w, pixels, m, v = model.w.detach().clone(), images.flatten(1)[:, :3].mean(0), 0, 0
    for step in (1, 2):
        g = 2 * (w - pixels) + 3 * 4 * w**3
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        w = w - 0.01 * (m / (1 - 0.9**step)) / ((v / (1 - 0.999**step)).sqrt() + 1e-8)
    run(model, two_terms, images, steps=2, batch_size=6, lr=0.01, weights={"kl": 3.0})
    torch.testing.assert_close(model.w.detach(), w, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("who", ["model", "opponent"])
def test_the_betas_reach_adam(who):
    """Three steps by hand with betas (.5, .8): for the model as an argument of `train`, for an opponent as its own."""
    images, betas = some_images(6, torch.float64), (0.5, 0.8)
    model, rival = Weights(), Weights()
    pixels = images.flatten(1)[:, :3].mean(0)
    w, m, v = model.w.detach().clone(), 0, 0
    for step in (1, 2, 3):
        g = 2 * (w - pixels)
        m, v = betas[0] * m + (1 - betas[0]) * g, betas[1] * v + (1 - betas[1]) * g**2
        w = w - 0.01 * (m / (1 - betas[0] ** step)) / ((v / (1 - betas[1] ** step)).sqrt() + 1e-8)

    def terms(net, x, generator, other):
        distance = lambda some: ((some.w - x.flatten(1)[:, :3]) ** 2).sum(1)
        return {"mine": distance(net), "yours": distance(other)}

    own = {"betas": betas} if who == "model" else {}
    player = Player(rival, {"yours": 1.0}, 0.01, **({} if who == "model" else {"betas": betas}))
    run(model, terms, images, steps=3, batch_size=6, lr=0.01, opponents={"rival": player}, **own)
    given, usual = (model, rival) if who == "model" else (rival, model)
    torch.testing.assert_close(given.w.detach(), w, rtol=1e-10, atol=1e-10)
    assert not torch.allclose(usual.w.detach(), w, rtol=1e-6, atol=1e-6)


def test_the_usual_learning_rate_is_a_thousandth():
    model = Weights()
    before = model.w.detach().clone()
    run(model, two_terms, some_images(6, torch.float64), steps=1, batch_size=6)
    torch.testing.assert_close((model.w.detach() - before).abs(), torch.full((3,), 1e-3).double(), rtol=1e-6, atol=0)


def test_a_term_weighed_by_zero_moves_nothing():
    net = mlp((1, 3, 3), 2, hidden=4)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    only_kl = lambda model, x, g: {"kl": elbo.gaussian_kl(*model.encode(x))}
    run(net, only_kl, some_images(), steps=3, batch_size=8, weights={"kl": 0.0})
    assert all(torch.equal(before[name], value) for name, value in net.state_dict().items())


def test_a_term_is_summed_over_latents_and_never_averaged():
    means = {"reconstruction": torch.tensor(5.0), "kl": torch.tensor([3.0, 7.0])}
    assert loss_of(means, {"reconstruction": 1.0, "kl": 2.0}, 1) == 5 + 2 * (3 + 7)
    assert loss_of(means, {"kl": torch.tensor([10.0, 0.5])}, 1) == 10 * 3 + 0.5 * 7, "a price a latent"
    assert loss_of(means, {"kl": lambda kl, step: step * kl.max()}, 4) == 4 * 7, "a schedule"


def test_the_objective_gets_batches_of_the_images_and_the_generator():
    images, seen = some_images(10), []

    def spy(model, x, g):
        seen.append((tuple(x.shape), g.device.type, all(any(torch.equal(a, b) for b in images) for a in x)))
        return two_terms(model, x, g)

    run(Weights(), spy, images, steps=2, batch_size=4)
    assert seen == [((4, 1, 3, 3), "cpu", True)] * 2
    seen.clear()
    run(Weights(), spy, some_images(70), steps=1)
    assert seen[0][0] == (64, 1, 3, 3)


def test_a_model_in_evaluation_is_trained_in_training_mode():
    model = Weights().eval()
    run(model, two_terms, some_images(6, torch.float64), steps=1, batch_size=2)
    assert model.training


# Batches ------------------------------------------------------------------------------------------


def some_batches(n, size, count, seed=0):
    """The indices in `count` batches of `size` out of n images, each of which shows its own number."""
    epochs, g = Epochs(torch.arange(n), torch.device("cpu")), generator(seed)
    return [epochs(size, g) for _ in range(count)]


@given(st.integers(1, 40), st.integers(1, 12), st.integers(0, 1000))
def test_an_epoch_sees_each_image_at_most_once_and_as_many_as_fit(n, size, seed):
    size = min(n, size)
    per_epoch = n // size
    batches = some_batches(n, size, 3 * per_epoch, seed)
    assert all(tuple(batch.shape) == (size,) for batch in batches)
    for epoch in range(3):
        seen = Counter(torch.cat(batches[epoch * per_epoch : (epoch + 1) * per_epoch]).tolist())
        assert set(seen.values()) == {1} and set(seen) <= set(range(n)) and len(seen) == per_epoch * size


def test_every_epoch_has_an_order_of_its_own():
    batches = some_batches(50, 50, 3)
    assert not torch.equal(batches[0], batches[1]) and not torch.equal(batches[1], batches[2])


def test_over_the_epochs_every_image_is_seen_alike():
    """10 images in batches of 4: each is left out of an epoch with probability 0.2; 2,000 epochs, five errors."""
    seen = torch.cat(some_batches(10, 4, 4000))
    counts = torch.bincount(seen, minlength=10).double()
    assert ((counts - 1600).abs() < 5 * math.sqrt(2000 * 0.8 * 0.2)).all()


# What is logged -----------------------------------------------------------------------------------


def test_terms_are_logged_per_image_and_latent_before_the_weights():
    model, images = Weights(), some_images(6, torch.float64)
    start, pixels = model.w.detach().clone(), images.flatten(1)[:, :3]
    history = run(model, two_terms, images, steps=1, batch_size=6, weights={"kl": 9.0})
    assert history.steps == [1] and set(history.terms) == {"reconstruction", "kl"}
    torch.testing.assert_close(history["reconstruction"], ((start - pixels) ** 2).sum(1).mean()[None])
    torch.testing.assert_close(history["kl"], (start**4)[None])
    assert not history["kl"].requires_grad


@pytest.mark.parametrize("steps, every, logged", [(12, 5, [5, 10, 12]), (10, 5, [5, 10]), (3, 50, [3]), (2, 1, [1, 2])])
def test_the_last_step_is_always_logged(steps, every, logged):
    history = run(Weights(), two_terms, some_images(8), steps=steps, log_every=every, batch_size=8)
    assert history.steps == logged and tuple(history["kl"].shape) == (len(logged), 3)


def test_a_history_stacks_what_it_was_given():
    history = History()
    for step in (1, 2):
        history.log(step, {"kl": torch.full((2,), float(step), requires_grad=True)})
    assert history.steps == [1, 2] and history["kl"].tolist() == [[1, 1], [2, 2]]
    assert History().terms == {}, "each history has its own lists"


# It learns ----------------------------------------------------------------------------------------


class LinearEncoder(nn.Module):
    """An encoder of free linear maps and free widths in front of a fixed linear-Gaussian decoder."""

    def __init__(self, w):
        super().__init__()
        self.world = w
        self.linear = nn.Linear(3, 2, dtype=torch.float64)
        self.log_var = nn.Parameter(torch.zeros(2, dtype=torch.float64))

    def encode(self, x):
        mu = self.linear(x)
        return Gaussian(mu, self.log_var.expand_as(mu))

    def decode(self, z):
        return z @ self.world.W.mT + self.world.b

    def learnt(self):
        return replace(
            self.world, V=self.linear.weight.detach(), c=self.linear.bias.detach(), S=self.log_var.detach().exp().diag()
        )


@pytest.mark.parametrize("seed", [7, 11])
def test_a_trained_encoder_reaches_the_gap_that_no_diagonal_encoder_can_close(seed):
    """Gap of the learnt encoder, averaged over the data: never below the mean-field optimum (0.41 and 0.20 nats on
    these worlds), and within 0.05 nats of it: the noise of the steps left 0.0003 to 0.021 on twelve seeds."""
    w = LinearGaussianWorld.random(seed, d=2, n=3)
    torch.manual_seed(seed)
    x = w.m + torch.randn(2000, 3, generator=generator(seed), dtype=torch.float64) @ torch.linalg.cholesky(w.C).mT
    model = LinearEncoder(w)
    objective = partial(elbo.negative_elbo, log_likelihood=partial(elbo.gaussian_log_likelihood, sigma=w.s))
    before, best = model.learnt().gap(x).mean(), precision_gap(w)
    run(model, objective, x, steps=1500, batch_size=100, lr=0.01, seed=seed)
    after = model.learnt().gap(x).mean()
    assert best - 1e-12 < after < best + 0.05 < before


# Where it runs ------------------------------------------------------------------------------------


@pytest.mark.parametrize("cuda, mps, expected", [(True, True, "cuda"), (False, True, "mps"), (False, False, "cpu")])
def test_the_device_is_the_gpu_when_there_is_one(monkeypatch, cuda, mps, expected):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert device_called() == torch.device(expected)


@pytest.mark.parametrize("named, expected", [(None, "cpu"), ("cpu", "cpu"), (torch.device("cpu"), "cpu")])
def test_the_model_ends_on_the_device(monkeypatch, named, expected):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    model = Weights()
    train(model, two_terms, some_images(6), steps=1, batch_size=2, device=named, progress=False)
    assert model.w.device == torch.device(expected)


# What it prints -----------------------------------------------------------------------------------


def test_without_progress_nothing_is_printed(capfd):
    run(Weights(), two_terms, some_images(6), steps=2, batch_size=2)
    assert capfd.readouterr() == ("", "")


def test_with_progress_a_bar_counts_the_steps(capsys, monkeypatch):
    bars = []
    monkeypatch.setattr(
        training.loop, "tqdm", lambda steps, **options: bars.append((list(steps), options)) or bars[-1][0]
    )
    train(Weights(), two_terms, some_images(6), steps=3, batch_size=2, device="cpu")
    assert bars == [([1, 2, 3], {"desc": "training", "unit": "step", "initial": 0, "total": 3})]


# Bad input: one line, and what to do about it -----------------------------------------------------


def refused(message, error=ValueError, **changes):
    options = {"images": some_images(6), "steps": 2, "batch_size": 4, "objective": two_terms, **changes}
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        run(Weights(), options.pop("objective"), options.pop("images"), **options)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_images_that_are_not_finite_are_refused(bad):
    images = some_images(6)
    images[2, 0, 1, 1] = images[4, 0, 0, 0] = images[4, 0, 0, 1] = bad
    refused("expected finite pixels, got NaN or infinity in 2 images, the first at index 2", images=images)


def test_images_too_few_for_a_batch_are_refused():
    refused("expected at least 7 images (one batch), got shape (6, 1, 3, 3)", batch_size=7)
    refused("expected at least 4 images (one batch), got shape (0, 1, 3, 3)", images=some_images(0))
    refused("expected at least 4 images (one batch), got shape (9,)", images=torch.zeros(9))
    refused("expected at least 1 images (one batch), got shape (6, 1, 3, 3)", batch_size=0)


def test_as_many_images_as_a_batch_are_enough():
    assert run(Weights(), two_terms, some_images(6), steps=1, batch_size=6).steps == [1]
    assert run(Weights(), two_terms, some_images(6).flatten(1), steps=1, batch_size=1).steps == [1]


ADVICE = "one number an image or a latent in nats"


@pytest.mark.parametrize(
    "term, shape", [(torch.tensor(1.0), "()"), (torch.ones(1), "(1,)"), (torch.ones(4, 2, 2), "(4, 2, 2)")]
)
def test_a_term_that_is_no_number_an_image_is_refused(term, shape):
    refused(
        f"term kl: expected (4,) or (4, d), {ADVICE}, got {shape}; do not average over the batch, the loop does",
        objective=lambda model, x, g: {"reconstruction": model.w.sum().expand(len(x)), "kl": term},
    )


def test_a_weight_for_no_term_is_refused():
    message = "weights for unknown terms ['beta', 'tc']; the objective's terms are ['kl', 'reconstruction']"
    refused(message, weights={"tc": 1.0, "kl": 2.0, "beta": 3.0})


def test_opponents_that_pay_nothing_are_refused():
    message = "opponents ['idle'] pay nothing: name their terms in their weights, of ['kl', 'reconstruction']"
    opponents = {"idle": Player(Weights()), "busy": Player(Weights(), {"kl": 1.0})}
    refused(message, objective=lambda model, x, g, *others: two_terms(model, x, g), opponents=opponents)


@pytest.mark.parametrize("name", ["gpu", "cpu:", "cuda:x"])
def test_a_device_that_is_none_is_refused_with_those_there_are(name):
    with pytest.raises(ValueError, match=f"^device '{name}': expected .*cpu, which this machine and PyTorch have$"):
        device_called(name)


@pytest.mark.parametrize("steps, every, wrong", [(6, 50, 2), (6, 3, 1), (60, 50, 49)])
def test_a_term_that_stops_being_finite_is_named_with_the_step_at_which_it_did(steps, every, wrong):
    calls = []

    def diverging(model, x, g):
        calls.append(1)
        bad = math.nan if len(calls) >= wrong else 1.0
        return {"reconstruction": model.w.sum() * torch.tensor([1.0, bad, 1, 1]), "kl": torch.ones(4, 2) / 3}

    refused(
        f"term reconstruction stopped being finite at step {wrong}; now reconstruction nan, kl 0.6667. No checkpoint "
        "was kept. Try a smaller lr, and look at the images of that step",
        FloatingPointError, objective=diverging, steps=steps, log_every=every,
    )  # fmt: skip
    assert len(calls) == min(steps, every), "seen at the next line of the log: no step waits for the device"


def test_an_error_comes_before_the_weights_are_touched():
    model = Weights()
    before = model.w.detach().clone()
    with pytest.raises(ValueError):
        run(model, two_terms, some_images(6), steps=1, batch_size=2, weights={"tc": 1.0})
    assert torch.equal(before, model.w.detach())


@pytest.mark.parametrize(
    ("images", "told"),
    [
        (torch.zeros(8, 1, 4, 4).numpy(), r"got ndarray: give torch.from_numpy\(images\)"),
        (list(torch.zeros(8, 1, 4, 4)), r"got list: give torch.stack\(images\)"),
        (torch.utils.data.DataLoader(torch.zeros(8, 1, 4, 4)), r"got DataLoader: give a tensor of all images, or a fu"),
        (torch.utils.data.TensorDataset(torch.zeros(8, 1, 4, 4)), r"got TensorDataset: give a tensor, or a function"),
        (torch.zeros(8, 1, 4, 4, dtype=torch.uint8), "got torch.uint8: give images.to"),
        (torch.zeros(8, 1, 4, 4, dtype=torch.float64), r"got torch.float64: give images.to\(torch.float32\)"),
        (torch.zeros(8, 1, 4, 4) - 1, r"expects pixels in \[0, 1\], got -1 to -1: scale them, or take a Gaussian"),
    ],
)
def test_data_of_another_range_or_type(images, told):
    with pytest.raises(ValueError, match=told):
        train(mlp((1, 4, 4), 2), elbo.negative_elbo, images, steps=2, batch_size=4, device="cpu", progress=False)
