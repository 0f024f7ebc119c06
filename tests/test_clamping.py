"""DC-IGN: what the decoder sees of a clamped batch, which slopes come back, which batches are drawn; and on sprites."""

from functools import partial
from itertools import pairwise

import pytest
import torch

from course_pkg.data.digits import factor_data as digit_factors
from course_pkg.data.factors import FactorData
from course_pkg.data.named import Images, named
from course_pkg.data.sprites import sprites
from course_pkg.identifiability import dc_ign
from course_pkg.models.networks import mlp
from course_pkg.models.posteriors import Gaussian
from course_pkg.runs.systems import arguments
from course_pkg.training import train
from course_pkg.training.moving import OneMoves
from helpers import generator

CPU = torch.device("cpu")
OWNED = torch.tensor([[False, True, False]])


class Plain:
    """An encoder whose outputs are its weights, and a linear decoder that remembers what it saw."""

    def __init__(self):
        draw = partial(torch.randn, generator=generator(4), dtype=torch.float64)
        self.mu, self.log_var = draw(5, 3).requires_grad_(), draw(5, 3).requires_grad_()
        self.W = draw(4, 3).requires_grad_()

    def encode(self, x):
        return Gaussian(self.mu, self.log_var)

    def decode(self, z):
        self.seen = z
        return z @ self.W.T


def squares(x, mean):
    return -0.5 * (x - mean).square().sum(1)


def terms(model):
    x = torch.randn(5, 4, generator=generator(6), dtype=torch.float64)
    return x, dc_ign(model, (x, OWNED), generator(7), squares)


def test_the_decoder_sees_the_mean_of_the_batch_in_place_of_a_clamped_posterior():
    model = Plain()
    terms(model)
    eps = torch.randn(5, 3, generator=generator(7), dtype=torch.float64)
    mu, log_var = (t.detach().mean(0).expand(5, 3).clone() for t in (model.mu, model.log_var))
    mu[:, 1], log_var[:, 1] = model.mu.detach()[:, 1], model.log_var.detach()[:, 1]
    torch.testing.assert_close(model.seen.detach(), mu + (log_var / 2).exp() * eps)


def test_a_clamped_latent_moves_by_its_difference_from_the_mean_and_the_other_by_the_reconstruction():
    """Step 7 of the paper's procedure, for the price of one hundredth, without the rate."""
    model = Plain()
    x, found = terms(model)
    (found["reconstruction"].mean() + 0.01 * found["invariance"].mean(0).sum()).backward()
    mu, log_var, W = (t.detach() for t in (model.mu, model.log_var, model.W))
    away = (model.seen.detach() @ W.T - x) @ W / 5  # the slope of the mean reconstruction at what the decoder saw
    eps = torch.randn(5, 3, generator=generator(7), dtype=torch.float64)
    for values, slope, own in (
        (mu, model.mu.grad, away[:, 1]),
        (log_var, model.log_var.grad, (away * 0.5 * (log_var / 2).exp() * eps)[:, 1]),
    ):
        torch.testing.assert_close(slope[:, 1], own)
        for k in (0, 2):
            torch.testing.assert_close(slope[:, k], 0.01 * (values[:, k] - values[:, k].mean()) / 5)
    torch.testing.assert_close(model.W.grad, ((model.seen.detach() @ W.T - x) / 5).T @ model.seen.detach())


def test_the_rate_is_that_of_the_posterior_itself():
    model = Plain()
    found = terms(model)[1]
    torch.testing.assert_close(found["kl"], Gaussian(model.mu, model.log_var).kl())
    assert found["invariance"][:, 1].eq(0).all() and found["invariance"][:, [0, 2]].gt(0).all()


# Batches in which one factor moves ------------------------------------------------------------------------------------

GRID = torch.cartesian_prod(torch.arange(3), torch.arange(4), torch.arange(5))
HOLES = GRID[torch.randperm(60, generator=generator(8))[:41]]  # no full grid, in no order
LATENTS = torch.eye(3).bool()


def moves(factors, shares=(1.0, 1.0, 1.0)):
    return OneMoves(torch.arange(len(factors))[:, None], factors, LATENTS, shares, CPU)


@pytest.mark.parametrize("factors", [GRID, HOLES], ids=["grid", "holes"])
def test_in_a_batch_one_factor_moves_through_all_that_the_set_holds_of_it(factors):
    draw, g, seen = moves(factors), generator(), set()
    for _ in range(300):
        images, owned = draw(40, g)
        k = int(owned[0].nonzero())
        batch = factors[images[:, 0]]
        still = [j for j in range(3) if j != k]
        assert (batch[:, still] == batch[0, still]).all()
        there = factors[(factors[:, still] == batch[0, still]).all(1)][:, k].unique()
        seen.add((k, *batch[0, still].tolist()))
        # Of at most five images forty draws miss one with probability 5 (4/5)^40 = 7e-4 a batch; 300 batches.
        assert set(batch[:, k].tolist()) <= set(there.tolist())
        assert len(batch[:, k].unique()) >= len(there) - 1
    assert {k for k, *_ in seen} == {0, 1, 2} and len(seen) > 30


def test_a_factor_moves_as_often_as_its_share_and_every_image_is_as_likely():
    """6,000 batches of one image: shares 1 : 0 : 3 within four standard errors, each of 60 images within five."""
    draw, g = moves(GRID, (1.0, 0.0, 3.0)), generator(1)
    found = [draw(1, g) for _ in range(6_000)]
    often = torch.cat([owned for _, owned in found]).double().mean(0)
    assert often[1] == 0 and abs(often[0] - 0.25) < 4 * (0.25 * 0.75 / 6_000) ** 0.5
    counts = torch.cat([images for images, _ in found]).flatten().bincount(minlength=60)
    assert (counts - 100).abs().max() < 50


def test_the_same_generator_gives_the_same_batches():
    one, other = (moves(GRID)(8, generator(3)) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))
    g = generator(3)
    batches = [moves(GRID)(8, g)[0] for _ in range(4)]
    assert not any(torch.equal(a, b) for a, b in pairwise(batches))


@pytest.mark.parametrize(
    "images, owned, shares, told",
    [
        (60, LATENTS[:2], (1, 1, 1), r"expected 3 factors of 60 images.*got \(60, 3\), \(2, 3\) and 3"),
        (59, LATENTS, (1, 1, 1), "expected 3 factors of 59 images"),
        (60, LATENTS, (1, 1), "with as many rows of owned latents and shares"),
        (60, LATENTS, (1, -1, 1), "expected shares of 0 or more, not all 0"),
        (60, LATENTS, (0, 0, 0), "expected shares of 0 or more, not all 0"),
    ],
)
def test_tables_that_do_not_fit_are_refused(images, owned, shares, told):
    with pytest.raises(ValueError, match=told):
        OneMoves(torch.zeros(images, 1), GRID, owned, shares, CPU)


# The system -----------------------------------------------------------------------------------------------------------


def draws(source, latents=3, **settings):
    facts = {"images": len(source.images), "shape": source.shape, "net": None, "latents": latents, "seed": 0}
    return arguments("dc-ign", settings, facts)["draws"](source, CPU)


def set_of(names):
    table = torch.zeros(6, len(names), dtype=torch.long)
    data = FactorData(names, tuple(range(2) for _ in names), lambda i: torch.zeros(len(i), 1, 2, 2), table)
    return Images("toy", torch.zeros(6, 1, 2, 2), lambda x: x, (1, 2, 2), data if names else None)


def test_each_factor_owns_a_latent_and_the_intrinsic_one_what_is_left():
    data, _ = draws(set_of(("scale", "shape", "posX")), latents=5)
    assert data.owned.long().tolist() == [[1, 0, 0, 0, 0], [0, 0, 1, 1, 1], [0, 1, 0, 0, 0]]
    assert data.ends.tolist() == [1.0, 11.0, 12.0]


@pytest.mark.parametrize(
    "names, settings, told",
    [
        ((), {}, "dc-ign is told which factor moves: expected a set with a factor shape, toy comes without factors"),
        (("digit",), {}, "expected a set with a factor shape, toy has the factors digit"),
        (("a", "b", "c", "shape"), {}, "each of a, b, c, shape owns a latent: expected 4 or more, got 3"),
    ],
)
def test_a_set_that_cannot_be_clamped_is_refused(names, settings, told):
    with pytest.raises(ValueError, match=told):
        draws(set_of(names), **settings)


def test_the_named_sets_know_their_factors():
    digits = named("digits")
    assert torch.equal(digits.factors.factors([0, 5]), digit_factors().factors([0, 5]))
    images, owned = draws(digits, rest="digit")[1](draws(digits, rest="digit")[0](7, generator()))
    assert images.shape == (7, 1, 8, 8) and images.max() == 1 and owned.tolist() == [[True] * 3]


def test_on_sprites_each_place_takes_the_latent_that_it_owns():
    """Of the variance of a place's own latent the share that this place explains, and the share that the other one
    does: own above .7 once trained, the other below .3. Untrained, neither latent has a place of its own. A pixel
    stands for the sixteen that it was drawn from, and costs as much."""
    places = torch.linspace(0, 1, 8).tolist()
    data = sprites([1, 3], [1.0], [0.0], places, places, size=16)
    images = data.images(torch.arange(128))
    own = FactorData(("shape", "posX", "posY"), (range(2), range(8), range(8)), data.look_up)
    source = Images("sprites", images, lambda x: x, (1, 16, 16), own)
    x, prepare = draws(source)

    def explained(model):
        with torch.no_grad():
            mu = model.encode(images).mu.unflatten(0, (2, 8, 8))
        total = mu.flatten(0, 2).var(0, unbiased=False)
        return torch.stack([mu.mean(others).var(0, unbiased=False) / total for others in ((0, 2), (0, 1))])

    model = mlp((1, 16, 16), 3)
    before = explained(model)
    facts = {"images": 128, "shape": (1, 16, 16), "net": None, "latents": 3, "seed": 0}
    given = arguments("dc-ign", {"share": 1.0}, facts)
    given["weights"]["reconstruction"] = 16.0
    objective, _ = given.pop("objective"), given.pop("draws")
    train(model, objective, x, prepare=prepare, steps=2_000, lr=2e-3, device="cpu", progress=False, **given)
    after = explained(model)
    assert after.diagonal().min() > 0.7 > 0.3 > max(after[0, 1], after[1, 0])
    assert before.diagonal().min() < 0.5
