"""What a diagonal posterior pays for its axes: against worlds, whole derivatives, and a fit by samples.

Error bars. Closed forms to 1e-10 in float64. What the estimate leaves out (the curvature of the logits) is judged by a
fit of each image's posterior that knows no precision: the mean difference may be four of its standard errors.
"""

import math

import pytest
import torch
import torch.nn.functional as F

from course_pkg.data.sprites import sprites
from course_pkg.elbo import gaussian_kl
from course_pkg.kkt.axes import best_axes, code_precision, diagonal_gap, turned
from course_pkg.models.networks import mlp
from course_pkg.models.weights import lesson
from course_pkg.worlds import LinearGaussianWorld
from helpers import generator


def optimum(eigenvalues, beta, variance):
    """The linear optimum of data with these variances, as a world: its encoder is the tilted one."""
    C = torch.tensor(eigenvalues, dtype=torch.float64).diag()
    W = (C - beta * variance * torch.eye(len(C))).sqrt()
    S = torch.linalg.inv(torch.eye(len(C)) + W @ W / (beta * variance))
    zero = torch.zeros(len(C), dtype=torch.float64)
    return LinearGaussianWorld(
        W, zero, torch.tensor(variance).double().sqrt(), S @ W / (beta * variance), zero, S, zero, C
    )


@pytest.mark.parametrize("seed", range(3))
def test_the_gap_is_that_of_the_best_diagonal_encoder(seed):
    w = LinearGaussianWorld.random(seed, d=3, n=4)
    precision = torch.eye(3) + w.W.mT @ w.W / w.s**2
    exact = w.with_exact_encoder()
    best = lambda factor: LinearGaussianWorld(
        w.W, w.b, w.s, exact.V, exact.c, (factor / precision.diagonal()).diag(), w.m, w.C
    )
    assert best(1).gap(w.m).item() == pytest.approx(diagonal_gap(precision).item(), abs=1e-10)
    assert all(best(factor).gap(w.m) > diagonal_gap(precision) + 1e-4 for factor in (0.95, 1.05))


def test_a_turn_by_hand():
    at = lambda *values: diagonal_gap(turned(torch.tensor(values, dtype=torch.float64).diag(), math.pi / 4)).item()
    assert at(4, 2) == pytest.approx(math.log(3 / math.sqrt(8)), abs=1e-12)
    assert f"{at(4, 2):.4f} {at(4, 3.9):.5f}" == "0.0589 0.00008" and abs(at(4, 4)) < 1e-12
    assert at(4, 2) == pytest.approx(at(40, 20), abs=1e-12)  # only the ratio counts


def test_only_the_pair_that_is_named_is_turned():
    precision = torch.tensor([5.0, 3.0, 2.0], dtype=torch.float64).diag()
    seen = turned(precision, 0.3, pair=(0, 2))
    assert seen[1].tolist() == [0, 3, 0] and seen[0, 2] != 0
    assert torch.allclose(torch.linalg.eigvalsh(seen), torch.linalg.eigvalsh(precision))
    assert torch.allclose(turned(seen, -0.3, pair=(0, 2)), precision)


def random_turn(seed):
    return torch.linalg.qr(torch.randn(3, 3, generator=generator(seed), dtype=torch.float64)).Q


@pytest.mark.parametrize("seed", range(3))
def test_the_best_axes_are_found_where_all_posteriors_share_them(seed):
    """To the finer grid, a fiftieth of a degree: what is left is second order in it."""
    widths = 1 + 20 * torch.rand(5, 3, generator=generator(seed), dtype=torch.float64)
    Q = random_turn(seed)
    hidden = Q @ widths.diag_embed() @ Q.mT
    found = best_axes(hidden)
    assert torch.allclose(found.mT @ found, torch.eye(3).double(), atol=1e-12)
    assert diagonal_gap(hidden).mean() > 0.01 and diagonal_gap(found.mT @ hidden @ found).mean() < 1e-5


def test_no_axes_are_better_where_they_are_not_shared():
    mixed = torch.stack(
        [random_turn(s) @ torch.tensor([9.0, 3, 1]).double().diag() @ random_turn(s).mT for s in (4, 5)]
    )
    Q = best_axes(mixed)
    gap = lambda P: diagonal_gap(P.mT @ mixed @ P).mean()
    assert all(gap(random_turn(s)) > gap(Q) for s in range(200))


@pytest.mark.parametrize("beta", [0.5, 1.0, 2.0, 4.0])
def test_total_correlation_is_zero_at_the_linear_optimum_at_every_beta_and_does_not_feel_a_turn(beta):
    w = optimum([4.0, 2.0, 1.0], beta, 0.2)
    Q = random_turn(0)
    other = LinearGaussianWorld(w.W @ Q, w.b, w.s, Q.mT @ w.V, w.c, Q.mT @ w.S @ Q, w.m, w.C)
    for world in (w, other):
        assert world.total_correlation().abs() < 1e-10 and world.dimension_wise_kl().abs().max() < 1e-10
    objective = lambda v: v.expected_log_likelihood(v.m) - beta * v.kl(v.m)
    assert torch.allclose(objective(w), objective(other), atol=1e-10)


def test_the_precision_is_that_of_derivatives_taken_whole():
    net = mlp(shape=(1, 3, 3), latents=3, hidden=8, seed=1)
    x = torch.rand(4, 1, 3, 3, generator=generator(0)).round()
    mu, log_var = (t.detach() for t in net.encode(x))
    draw = generator(5)
    expected = torch.zeros(4, 2, 2)
    for _ in range(2):
        z = mu + (0.5 * log_var).exp() * torch.empty_like(mu).normal_(generator=draw)
        for k in range(4):
            J = torch.autograd.functional.jacobian(lambda c: net.decode(c[None]).flatten(), z[k])[:, [2, 0]]
            p = net.decode(z[k : k + 1]).detach().flatten().sigmoid()
            expected[k] += J.T @ (p * (1 - p)).diag() @ J / 2
    found = code_precision(net, x, [2, 0], 4.0, generator(5), draws=2)
    assert torch.allclose(found, torch.eye(2).double() + expected.double() / 4, rtol=1e-4, atol=1e-5)


def fitted(net, x, used, angle, beta, draws=8, steps=50):
    """D + beta R of each image with the best diagonal Gaussian on axes of which two are turned: Adam, on samples."""
    mu, log_var = (t.detach() for t in net.encode(x))
    Q = torch.eye(len(used))
    Q[:2, :2] = torch.tensor([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    mean = (mu[:, used] @ Q).requires_grad_()
    log_width = (0.5 * (log_var[:, used].exp() @ Q.square()).log() - 0.1).detach().requires_grad_()
    g = generator(1)

    def distortion():
        half = torch.randn(draws // 2, *mean.shape, generator=g)
        z = (mu + (0.5 * log_var).exp() * torch.randn(draws, *mu.shape, generator=g)).clone()
        z[:, :, used] = (mean + log_width.exp() * torch.cat([half, -half])) @ Q.T
        logits = net.decode(z.flatten(0, 1))
        loss = F.binary_cross_entropy_with_logits(logits, x.repeat(draws, 1, 1, 1), reduction="none")
        return loss.flatten(1).sum(1).view(draws, -1).mean(0)

    optimiser = torch.optim.Adam([mean, log_width], lr=0.02)
    for k in range(steps):
        optimiser.param_groups[0]["lr"] = 0.02 if k < 0.6 * steps else 0.004
        optimiser.zero_grad()
        (distortion() + beta * gaussian_kl(mean, 2 * log_width).sum(1)).sum().backward()
        optimiser.step()
    with torch.no_grad():
        mean_distortion = torch.stack([distortion() for _ in range(12)]).mean(0)
        return mean_distortion + beta * gaussian_kl(mean, 2 * log_width).sum(1)


def test_a_fit_by_samples_pays_for_a_turn_what_the_precision_says():
    every = sprites()
    x = every.images(torch.randperm(len(every), generator=generator(0))[:16])
    net, _ = lesson("beta-4")
    used = net.encode(x).kl().mean(0).topk(3).indices.tolist()
    precision = code_precision(net, x, used, 4.0, generator(0))
    wanted = 4 * (diagonal_gap(turned(precision, math.pi / 4)) - diagonal_gap(precision))
    paid = fitted(net, x, used, math.pi / 4, 4.0) - fitted(net, x, used, 0.0, 4.0)
    off = paid - wanted
    assert abs(off.mean()) < 4 * off.std() / 4
    assert paid.mean() > 4 * off.std() / 4  # and it would have noticed a price of nothing
