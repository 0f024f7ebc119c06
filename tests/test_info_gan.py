"""InfoGAN on worlds that are finite, where its bound, its critic's optimum and its slopes are known; and on sprites."""

import math

import pytest
import torch
from scipy.special import rel_entr
from torch import nn

from course_pkg.benchmark.diversity import diversity
from course_pkg.benchmark.generated import from_prior
from course_pkg.data.named import Images
from course_pkg.data.sprites import sprites
from course_pkg.density_ratio import info_gan, told_apart
from course_pkg.models.adversarial import EDGE, Critic, Generator, Paired
from course_pkg.models.posteriors import Both, Categorical, Gaussian
from course_pkg.runs.systems import arguments
from course_pkg.training import train
from helpers import generator

# A code of three values and a noise of four, all twelve pairs equally likely; each makes one of five images.
MADE = torch.tensor([[0, 0, 1, 2], [1, 1, 1, 3], [4, 4, 2, 4]])
JOINT = torch.zeros(3, 5, dtype=torch.float64).index_put(
    (torch.arange(3).repeat_interleave(4), MADE.flatten()), torch.tensor(1 / 12, dtype=torch.float64), accumulate=True
)  # p(c, x)


class Enumerated:
    """A generator that makes every pair of a code and a noise once. An image is a one among five pixels."""

    def draw(self, n, generator):
        return torch.arange(3.0, dtype=torch.float64).repeat_interleave(4)[:, None]

    def as_input(self, codes):
        return codes

    def __call__(self, code, generator):
        return 100.0 * (2 * nn.functional.one_hot(MADE.flatten(), 5) - 1).double()


def guessing(q):
    """A critic that says q(c|x), a table (5, 3), and a logit of 0."""
    return lambda x: (torch.zeros(len(x)), Categorical(q[x.argmax(1)].log()))


def bound(q):
    terms = info_gan(Enumerated(), torch.zeros(12, 5), None, guessing(q))
    return math.log(3) - terms["surprise"].sum(1).mean().item()


def information():
    """I(c; x) of the table, by its definition."""
    apart = JOINT.sum(1, keepdim=True) * JOINT.sum(0, keepdim=True)
    return float(rel_entr(JOINT.numpy(), apart.numpy()).sum())


def test_entropy_less_surprise_is_the_information_where_the_guess_is_the_posterior():
    assert bound((JOINT / JOINT.sum(0)).T) == pytest.approx(information(), abs=1e-9)
    assert 0.3 < information() < math.log(3)


def test_any_other_guess_loses_its_divergence_from_the_posterior():
    posterior = (JOINT / JOINT.sum(0)).T
    for seed in range(5):
        q = torch.rand(5, 3, dtype=torch.float64, generator=generator(seed)).add(0.05)
        q /= q.sum(1, keepdim=True)
        lost = (JOINT.sum(0) * torch.from_numpy(rel_entr(posterior.numpy(), q.numpy())).sum(1)).sum().item()
        assert bound(q) == pytest.approx(information() - lost, abs=1e-9) and lost > 0.01


def test_the_critics_optimum_is_the_log_ratio_and_its_cost_is_log_4_less_twice_the_jensen_shannon_divergence():
    real, made = (torch.rand(7, dtype=torch.float64, generator=generator(s)) for s in (1, 2))
    real, made = real / real.sum(), made / made.sum()
    logit = (real / made).log().requires_grad_()
    both = torch.arange(7)
    cost = lambda t: (real[:, None] * made * told_apart(*(t[i] for i in torch.cartesian_prod(both, both).T))
                      .unflatten(0, (7, 7))).sum()  # fmt: skip
    middle = (real + made) / 2
    divergence = sum(0.5 * rel_entr(p.numpy(), middle.numpy()).sum() for p in (real, made))
    assert cost(logit).item() == pytest.approx(2 * math.log(2) - 2 * divergence, abs=1e-12)
    slope = torch.autograd.grad(cost(logit), logit)[0]
    assert slope.abs().max() < 1e-12
    for seed in range(5):
        assert cost(logit + 0.3 * torch.randn(7, dtype=torch.float64, generator=generator(seed))) > cost(logit)


def test_the_critic_wants_as_many_images_of_both_kinds():
    with pytest.raises(ValueError, match=r"expected logits \(B,\) and \(B,\), got \(3,\) and \(4,\)"):
        told_apart(torch.zeros(3), torch.zeros(4))


# Codes ----------------------------------------------------------------------------------------------------------------


def test_a_code_has_mean_0_and_variance_1_and_its_values_are_equally_likely():
    """20,000 draws: a mean's standard error is .007, that of a share of a third .0033, of a variance .0063."""
    net = Generator((1, 4, 4), 2, 0, values=3, noise=2)
    codes = net.draw(20_000, generator())
    numbers, value = codes.split([2, 1], 1)
    assert numbers.mean(0).abs().max() < 0.035 and (numbers.var(0) - 1).abs().max() < 0.032
    assert numbers.abs().max() <= EDGE < numbers.abs().max() + 0.001
    shares = value[:, 0].long().bincount(minlength=3) / len(value)
    assert (shares - 1 / 3).abs().max() < 0.017
    assert net.as_input(codes[:5]).sum(1).tolist() == pytest.approx((numbers[:5].sum(1) + 1).tolist(), abs=1e-6)
    assert net.entropy() == pytest.approx(2 * math.log(math.sqrt(12)) + math.log(3))
    assert Generator((1, 4, 4), 2, 0, noise=2).draw(3, generator()).shape == (3, 2)


def test_the_log_probability_of_a_code():
    """A density that integrates to one, probabilities that sum to one, and side by side both; a value that never comes
    has none, and does not spoil the others."""
    q = Gaussian(torch.tensor([[0.3, -1.0]]), torch.tensor([[0.2, -2.0]]))
    axis = torch.linspace(-12, 12, 20_001)
    density = Gaussian(q.mu.expand(20_001, 2), q.log_var.expand(20_001, 2)).log_prob(axis[:, None].expand(-1, 2)).exp()
    assert torch.trapezoid(density, axis, dim=0).tolist() == pytest.approx([1, 1], abs=1e-5)
    value = Categorical(torch.tensor([[0.5, -math.inf, 2.0]]))
    each = torch.cat([value.log_prob(torch.tensor([[float(k)]])) for k in range(3)])
    assert each.exp().sum().item() == pytest.approx(1) and each[1].item() == -math.inf
    both = Both(q, value).log_prob(torch.tensor([[0.1, 0.2, 2.0]]))
    torch.testing.assert_close(both, torch.cat([q.log_prob(torch.tensor([[0.1, 0.2]])), each[2:]], 1))


@pytest.mark.parametrize("values", [1, -2])
def test_a_value_that_has_no_choice_is_refused(values):
    for make in (lambda: Generator((1, 4, 4), 2, 0, values), lambda: Critic((1, 4, 4), 2, 0, values)):
        with pytest.raises(
            ValueError, match=f"expected a discrete latent of two values or more, or 0 for none, got {values}"
        ):
            make()


def test_images_and_codes_of_another_size_are_refused():
    whole = Paired(Generator((1, 4, 4), 2, 0, 3, 2), Critic((1, 4, 4), 2, 0, 3))
    with pytest.raises(ValueError, match=r"expected images \(B, 1, 4, 4\)"):
        whole.encode(torch.zeros(2, 1, 5, 5))
    with pytest.raises(ValueError, match=r"expected codes \(B, 5\) with B > 0, got \(2, 2\)"):
        whole.decode(torch.zeros(2, 2))


# Slopes ---------------------------------------------------------------------------------------------------------------


def test_each_player_moves_by_what_it_pays_and_nothing_of_the_other():
    """One step of the system: its gradients are those of each player's own loss, the other held."""
    facts = {"images": 8, "shape": (1, 4, 4), "net": None, "latents": 2, "seed": 3}
    given = arguments("info-gan", {"lam": 0.7, "values": 3, "noise": 2}, facts)
    critic = given["opponents"]["critic"].net
    other = arguments("info-gan", {"values": 3}, facts)["opponents"]["critic"].net
    model, alone = given.pop("net")((1, 4, 4), 2, 3), Generator((1, 4, 4), 2, 3, 3, 2)
    x = torch.rand(8, 1, 4, 4, generator=generator()).round()
    for extra in ("whole", "summary"):
        given.pop(extra)
    train(model, given.pop("objective"), x, steps=1, batch_size=8, seed=5, device="cpu", progress=False, **given)

    g = generator(5)
    x = x[torch.randperm(8, generator=g)]
    codes = alone.draw(8, g)
    fake = alone(alone.as_input(codes), g).sigmoid()
    logit, q = other(fake)
    (-logit.sigmoid().log() - 0.7 * q.log_prob(codes).sum(1)).mean().backward(inputs=list(alone.parameters()))
    logit, q = other(fake.detach())
    pays = -other(x)[0].sigmoid().log() - (1 - logit.sigmoid()).log() - 0.7 * q.log_prob(codes).sum(1)
    pays.mean().backward()
    for net, expected in ((model, alone), (critic, other)):
        for p, like in zip(net.parameters(), expected.parameters(), strict=True):
            torch.testing.assert_close(p.grad, like.grad, rtol=1e-4, atol=1e-7)


# On sprites -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small_sprites():
    """Two shapes of one size at 8 by 8 places, 16 pixels a side."""
    places = torch.linspace(0, 1, 8).tolist()
    data = sprites([1, 3], [1.0], [0.0], places, places, size=16)
    return Images("sprites", data.images(torch.arange(128)), lambda x: x, (1, 16, 16), data)


def trained(source, steps):
    facts = {"images": 128, "shape": (1, 16, 16), "net": None, "latents": 3, "seed": 0}
    given = arguments("info-gan", {"noise": 4}, facts)
    model, whole, summary = given.pop("net")((1, 16, 16), 3, 0), given.pop("whole"), given.pop("summary")
    objective, critic = given.pop("objective"), given["opponents"]["critic"].net
    if steps:
        train(model, objective, source.images, steps=steps, lr=1e-3, device="cpu", progress=False, **given)
    pair = whole(model, critic)
    factors = source.factors.factors(torch.arange(128))
    return summary(pair, source, 0)["known"], diversity(from_prior(pair, 512, generator()), source, factors)


def test_it_learns_to_draw_sprites_whose_code_can_be_guessed(small_sprites):
    """Untrained, an image says nothing of its code and is far from every sprite. Trained, it is known to say some nats,
    and is less than half as far from the nearest sprite."""
    before, after = (trained(small_sprites, steps) for steps in (0, 1_200))
    assert before[0] < 0.1 and after[0] > 5
    assert after[1].distance < 0.5 * before[1].distance


def test_a_pair_decodes_by_its_generator_without_noise():
    """The generator's layers from the code and noise at its middle, 0; so the same code is the same image."""
    made, critic = Generator((1, 8, 8), 2, 0, values=3, noise=4), Critic((1, 8, 8), 2, 1, values=3)
    code = made.as_input(made.draw(5, generator()))
    still = made.body(torch.cat([code, torch.zeros(5, 4)], 1)).view(5, 1, 8, 8)
    found = Paired(made, critic).decode(code)
    assert found.shape == (5, 1, 8, 8)
    torch.testing.assert_close(found, still)
