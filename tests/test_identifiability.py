"""What data cannot tell, and what tells it: against enumeration, closed forms, quadrature and trained encoders.

Error bars. Closed forms to 1e-10 in float64. A correlation of N draws has a deviation of at most 1 / sqrt(N), a share
of N draws one of at most 1 / (2 sqrt(N)); 4.5 of them are allowed. What coordinate ascent finds from other starts may
differ by 1e-9.
"""

import itertools
import math

import numpy as np
import pytest
import torch

from course_pkg.identifiability import (
    best_angle,
    column_contrast,
    curved,
    darmois,
    fully_mixed,
    independent_components,
    invertible,
    is_axis_map,
    keeps_axes,
    label_risk,
    learnt_from_labels,
    linear_gap,
    log_relabellings,
    matched,
    mean_field_gap,
    noisy_bits,
    pair_columns,
    price_of_the_factors,
    relabelled,
    segments,
    shared_directions,
    turned_uniform,
)
from course_pkg.identifiability.correlated import oblique
from course_pkg.metrics import kim_mnih_exact, mig
from course_pkg.total_correlation.shapes import gaussian_tc, turned_square
from course_pkg.worlds import LinearGaussianWorld
from helpers import generator

SIGMAS = 4.5


def turn(degrees):
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return torch.tensor([[c, -s], [s, c]], dtype=torch.float64)


def uniform(n, d, seed=0):
    return torch.rand(n, d, generator=generator(seed), dtype=torch.float64)


def normals(n, d, seed=0):
    return torch.randn(n, d, generator=generator(seed), dtype=torch.float64)


# --- ID1: the theorem as a map and as a count -----------------------------------------------------------------------


@pytest.mark.parametrize("degrees", [10, 45, 70])
def test_the_map_keeps_the_volume_and_mixes(degrees):
    """|det| = 1 at every point, so that a uniform density stays one; the correlations are 6/pi arcsin(cos t / 2)."""
    points, Q = 0.02 + 0.96 * uniform(20, 2), turn(degrees)
    jacobians = [torch.autograd.functional.jacobian(lambda u: turned_uniform(u, Q), u) for u in points]
    densities = torch.stack([J.det().abs() for J in jacobians])
    assert torch.allclose(densities, torch.ones(20, dtype=torch.float64), atol=1e-9)
    u = uniform(200_000, 2, 1)
    seen = torch.corrcoef(torch.cat([turned_uniform(u, Q), u], 1).mT)[:2, 2:]
    exact = 6 / math.pi * (Q / 2).arcsin()
    assert (seen - exact).abs().max() < SIGMAS / math.sqrt(200_000)


def test_the_correlation_at_45_degrees():
    assert f"{6 / math.pi * math.asin(math.sqrt(0.5) / 2):.3f}" == "0.690"


def test_a_map_that_is_no_rotation_is_refused():
    for off in (2, 1 + 1e-5):
        with pytest.raises(ValueError, match="expected an orthogonal matrix"):
            turned_uniform(uniform(3, 2), off * turn(10))


@pytest.mark.parametrize("settings, factors", [(2, 2), (2, 3), (3, 1), (5, 1)])
def test_relabellings_counted_one_by_one(settings, factors):
    cells = settings**factors
    kept = sum(keeps_axes(torch.tensor(p), settings, factors) for p in itertools.permutations(range(cells)))
    few, all_of_them = log_relabellings(settings, factors)
    assert kept == round(math.exp(few)) and math.factorial(cells) == round(math.exp(all_of_them))


def test_the_counts_of_the_page():
    few, whole = log_relabellings(2, 3)
    assert round(math.exp(few)) == 48 and round(math.exp(whole)) == 40_320 and 0.0011 < 48 / 40_320 < 0.0013
    few, whole = log_relabellings(4, 3)
    assert (few - whole) / math.log(10) == pytest.approx(-84.2, abs=0.05)
    with pytest.raises(ValueError, match="one setting and one factor"):
        log_relabellings(0, 3)


def test_matrices_of_bits():
    M = invertible(3)
    assert len(M) == 168 == 7 * 6 * 4 and fully_mixed(M).sum() == 18 and is_axis_map(M).sum() == 6
    assert invertible(1).tolist() == [[[1]]] and len(invertible(2)) == 6 and not fully_mixed(invertible(2)).any()
    assert len({tuple(m.flatten().tolist()) for m in M}) == 168
    with pytest.raises(ValueError, match="1 to 4 bits"):
        invertible(5)


def information(a, b):
    """I of two columns of whole numbers over equally likely rows, in nats."""
    pairs = torch.stack([a, b], 1)
    entropy = lambda t: -sum((p := n / len(t)) * math.log(p) for n in t.unique(dim=0, return_counts=True)[1].tolist())
    return entropy(a[:, None]) + entropy(b[:, None]) - entropy(pairs)


def test_a_fully_mixed_code_says_nothing_of_any_factor_and_nothing_else_changes():
    f = torch.cartesian_prod(*[torch.arange(2)] * 3)
    world = noisy_bits(3, 0.1)
    assert abs(world.log_p_z.exp().sum().item() - 1) < 1e-14, "in double precision, like the rest of the world"
    for A in invertible(3)[fully_mixed(invertible(3))]:
        z = (f @ A.T) % 2
        assert len(z.unique(dim=0)) == 8
        assert max(information(z[:, i], f[:, j]) for i in range(3) for j in range(3)) < 1e-12
        assert kim_mnih_exact(z.double(), f).value <= 1 / 3 + 1e-12 and mig(z.double(), f, bins=2).value < 1e-12
        other = relabelled(world, A)
        assert torch.allclose(other.log_evidence(), world.log_evidence(), atol=1e-12)
        for name in ("rate", "mutual_information", "total_correlation", "dimension_wise_kl", "elbo"):
            assert torch.allclose(getattr(other, name)(), getattr(world, name)(), atol=1e-12), name


# --- ID2, ID3: the loophole -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("pair, price", [((4, 2), "0.0589"), ((4, 3.9), "0.00008"), ((4, 4), "0.00000")])
def test_what_a_turn_of_45_degrees_costs(pair, price):
    """At the optimum the precision is the eigenvalues over s^2: log of their arithmetic over their geometric mean."""
    a, b = pair
    W = (torch.tensor([a, b], dtype=torch.float64) - 0.3).sqrt().diag() @ turn(45)
    gap = linear_gap(W, 0.3).item()
    assert gap == pytest.approx(math.log((a + b) / 2 / math.sqrt(a * b)), abs=1e-12)
    assert f"{gap:.{len(price) - 2}f}" == price


@pytest.mark.parametrize("beta", [1.0, 4.0])
def test_the_gap_is_what_a_world_misses(beta):
    w = LinearGaussianWorld.random(3, d=3, n=4)
    noisy = LinearGaussianWorld(w.W, w.b, w.s * beta**0.5, w.V, w.c, w.S, w.m, w.C).with_exact_encoder()
    widths = torch.linalg.inv(noisy.S).diagonal().reciprocal().diag()
    best = LinearGaussianWorld(noisy.W, noisy.b, noisy.s, noisy.V, noisy.c, widths, noisy.m, noisy.C)
    assert beta * best.gap(best.m).item() == pytest.approx(linear_gap(w.W, w.s**2, beta).item(), abs=1e-10)


def test_without_noise_the_gap_is_the_contrast_of_columns():
    """W of seed 2: the error shrinks like the variance of the noise."""
    W = normals(4, 3, 2)
    off = [(column_contrast(W) - linear_gap(W, s * s)).item() for s in (0.1, 0.03, 0.01)]
    assert all(v > 0 for v in off) and off[0] / off[1] == pytest.approx(11.1, rel=0.15)
    assert off[1] / off[2] == pytest.approx(9, rel=0.05)
    assert column_contrast(torch.linalg.qr(W).Q * torch.tensor([1.0, 5, 0.1])).abs() < 1e-12 < column_contrast(W)


@pytest.mark.parametrize("flip, mixed, least", [(0.02, 0.0598, 0.0197), (0.1, 0.2891, 0.0861), (0.2, 0.5012, 0.1127)])
def test_noise_tells_the_bits(flip, mixed, least):
    M = invertible(3)
    world = noisy_bits(3, flip)
    said = math.log(2) + flip * math.log(flip) + (1 - flip) * math.log1p(-flip)  # by one bit of its noisy copy
    assert world.mutual_information().item() == pytest.approx(3 * said, abs=1e-13)
    assert world.rate().item() == pytest.approx(3 * said, abs=1e-13) and world.log_p_z.dtype == torch.float64
    of_one_image = torch.cat([relabelled(world, A).log_posterior()[:1] for A in M])
    gaps = mean_field_gap(of_one_image, (2, 2, 2), starts=20, sweeps=100)
    free = gaps < 1e-9
    assert (free == is_axis_map(M)).all() and gaps[free].abs().max() < 1e-9
    rounded = lambda values: {f"{v:.4f}" for v in values.tolist()}
    assert rounded(gaps[fully_mixed(M)]) == {f"{mixed:.4f}"} and rounded(gaps[~free].amin()[None]) == {f"{least:.4f}"}
    every_image = mean_field_gap(relabelled(world, M[fully_mixed(M)][0]).log_posterior(), (2, 2, 2), 20, 100)
    assert torch.allclose(every_image, gaps[fully_mixed(M)][0].expand(8), atol=1e-9)


def test_without_noise_all_bits_are_alike():
    """As the flips go to 0 the whole gap goes with them: at most the divergence from the mode."""
    M = invertible(3)[fully_mixed(invertible(3))]
    for flip in (1e-2, 1e-4):
        gap = mean_field_gap(relabelled(noisy_bits(3, flip), M[0]).log_posterior(), (2, 2, 2), 5, 60)
        assert (gap < -3 * math.log1p(-flip) + 1e-12).all() and (gap > 0.9 * 3 * flip).all()
    for wrong in (0.0, 0.5, 0.7):
        with pytest.raises(ValueError, match="between 0 and 0\\.5"):
            noisy_bits(3, wrong)


def test_the_mean_field_gap_of_a_table_by_a_fine_grid():
    table = normals(4, 6, 7).log_softmax(1)
    best = torch.full((4,), math.inf, dtype=torch.float64)
    simplex = [(a / 60, b / 60, 1 - (a + b) / 60) for a in range(61) for b in range(61 - a)]
    three = torch.tensor(simplex, dtype=torch.float64)
    for p in torch.linspace(0, 1, 61, dtype=torch.float64):
        q = (torch.stack([p, 1 - p])[:, None] * three[:, None]).reshape(-1, 1, 6)
        best = torch.minimum(best, (torch.special.xlogy(q, q) - q * table).sum(-1).amin(0))
    found = mean_field_gap(table, (2, 3))
    assert (found <= best + 1e-12).all() and (best - found).max() < 2e-3


# --- ID5, ID6: where it leads astray --------------------------------------------------------------------------------


@pytest.mark.parametrize("v, degrees", [(1, 45), (1.1, 38.3), (1.5, 22.2), (2, 14.7), (4, 7.5)])
def test_the_angle_of_correlated_factors(v, degrees):
    angle = best_angle(0.2, v)
    assert angle.rad2deg().item() == pytest.approx(degrees, abs=0.05)
    C = torch.tensor([[v, 0.2 * v**0.5], [0.2 * v**0.5, 1.0]], dtype=torch.float64)
    top = torch.linalg.eigh(C).eigenvectors[:, 1]
    assert abs(top @ torch.stack([angle.cos(), angle.sin()])) == pytest.approx(1, abs=1e-12)


def test_any_correlation_at_all_turns_equal_factors_by_45_degrees():
    assert all(best_angle(rho).rad2deg().item() == pytest.approx(45) for rho in (1e-9, 0.1, 0.9))
    assert best_angle(-1e-9).rad2deg().item() == pytest.approx(-45)


def test_what_the_true_axes_cost():
    """log AM/GM of 1 + rho and 1 - rho, whatever the noise, and the factors' own total correlation."""
    for rho, price in ((0.1, "0.005"), (0.5, "0.144")):
        exact = price_of_the_factors(rho).item()
        assert f"{exact:.3f}" == price
        assert exact == pytest.approx(math.log(1 / math.sqrt((1 + rho) * (1 - rho))), abs=1e-12)
        pair = torch.tensor([[1.0, rho], [rho, 1.0]], dtype=torch.float64)
        assert exact == pytest.approx(gaussian_tc(pair).item(), abs=1e-12)
        for noise in (0.1, 0.3):
            values, U = torch.linalg.eigh(pair)
            W = U @ (values - noise).sqrt().diag()
            gap = lambda Q, W=W, noise=noise: linear_gap(W @ Q, noise).item()
            assert gap(torch.eye(2).double()) == pytest.approx(0, abs=1e-12)
            assert gap(U.mT) == pytest.approx(exact, abs=1e-12)
            assert max(map(gap, map(turn, range(90)))) == pytest.approx(exact, abs=1e-4)
    assert price_of_the_factors(0.5, beta=6).item() == pytest.approx(0.863, abs=1e-3)
    with pytest.raises(ValueError, match="between -1 and 1"):
        price_of_the_factors(1.0)


def test_a_sample_of_equal_factors_points_anywhere():
    """Quartiles of the angle of 2,000 samples of 1,000: those of a uniform angle, 22.5, 45 and 67.5, within 4.5
    deviations of a quartile, 90 sqrt(3/16 or 1/4) / sqrt(2000)."""
    x = torch.randn(2000, 1000, 2, generator=generator(0), dtype=torch.float64)
    top = torch.linalg.eigh(x.mT @ x).eigenvectors[:, :, 1]
    angles = torch.atan2(top[:, 1], top[:, 0]).rad2deg() % 90
    quartiles = angles.quantile(torch.tensor([0.25, 0.5, 0.75], dtype=torch.float64))
    assert ((quartiles - torch.tensor([22.5, 45, 67.5])).abs() < SIGMAS * 90 * 0.5 / math.sqrt(2000)).all()


@pytest.mark.parametrize("degrees", [20, 60, 89])
def test_reproducible_is_not_true(degrees):
    W, U = oblique(math.radians(degrees))
    f = normals(200_000, 2)
    z = f @ W.mT @ U
    shares = torch.corrcoef(torch.cat([z, f], 1).mT)[:2, 2:].square()
    assert (shares - 0.5).abs().max() < SIGMAS * 2 / math.sqrt(200_000)
    if degrees == 60:
        assert sorted(round(abs(v), 3) for v in U.flatten().tolist()) == [0.5, 0.5, 0.866, 0.866]


# --- ID7, ID8: what identifies --------------------------------------------------------------------------------------


def sources(kinds, n=20_000, seed=0):
    u, g = uniform(n, len(kinds), seed), normals(n, len(kinds), seed + 1)
    laplace = -(2 * u - 1).sign() * torch.log1p(-(2 * u - 1).abs().clamp_max(1 - 1e-12))
    made = {"uniform": (u - 0.5) * math.sqrt(12), "laplace": laplace / math.sqrt(2), "normal": g}
    return torch.stack([made[kind][:, j] for j, kind in enumerate(kinds)], 1)


@pytest.mark.parametrize(
    "kinds, low, high",
    [
        (["uniform"] * 4, 0.999, 1),
        (["laplace"] * 4, 0.999, 1),
        (["uniform"] * 3 + ["normal"], 0.999, 1),
        (["uniform"] * 2 + ["normal"] * 2, 0.8, 0.99),
        (["normal"] * 4, 0.5, 0.95),
    ],
)
def test_ica_and_the_price_of_one_more_gaussian(kinds, low, high):
    f = sources(kinds)
    mixed = f @ normals(4, 4, 9).mT
    score = matched(independent_components(mixed, 4), f)
    assert low < score <= high + 1e-9


def test_mcc_finds_the_assignment():
    f = normals(500, 3)
    assert matched(f[:, [2, 0, 1]] * torch.tensor([-3.0, 0.1, 7.0]), f) == pytest.approx(1)
    twice = f[:, [0, 0, 1]]  # a latent may stand for one factor only
    assert matched(twice, f) == pytest.approx((2 + torch.corrcoef(f.mT)[[0, 2], [2, 0]].abs()[0].item()) / 3, abs=0.03)
    assert matched(torch.cat([f, torch.zeros(500, 1, dtype=torch.float64)], 1), f) == pytest.approx(1)


def test_two_independent_codes_that_are_no_factors():
    """Of the turned square: uniform and independent, and each knows .41 to .44 nats of each factor, of log 20 = 3.0."""
    f = uniform(400_000, 2)
    z = darmois((f - 0.5) @ turn(45).mT)
    assert z.min() >= 0 and z.max() <= 1 and len(z) == len(f)
    cells = lambda t, k=20: (t * k).long().clamp_max(k - 1)

    def said(a, b, k=20):
        joint = torch.zeros(k * k, dtype=torch.float64)
        joint = joint.index_add(0, cells(a, k) * k + cells(b, k), torch.ones(len(a), dtype=torch.float64)) / len(a)
        joint = joint.view(k, k)
        return (torch.special.xlogy(joint, joint) - torch.special.xlogy(joint, joint.sum(1, True) * joint.sum(0))).sum()

    assert said(z[:, 0], z[:, 1]) < 19 * 19 / (2 * 400_000) * 1.25  # the bias of 361 free cells, and a quarter of it
    between = [said(z[:, i], f[:, j]).item() for i in range(2) for j in range(2)]
    assert sorted(round(v, 2) for v in between) == pytest.approx([0.41, 0.41, 0.44, 0.44], abs=0.011)
    by_numbers = (f - 0.5) @ turn(45).mT
    order = by_numbers[:, 0].argsort().argsort().double() / len(f)  # the empirical F(x1)
    assert (order - z[:, 0]).abs().max() < SIGMAS * 0.5 / math.sqrt(400_000)


def test_the_contrast_of_ica_is_the_tc_of_a_turned_square():
    values = turned_square(torch.linspace(0, math.pi / 4, 46, dtype=torch.float64))
    assert (values.diff() > 0).all() and values[-1] == pytest.approx(1 - math.log(2))


def test_two_segments_unmix_exactly_and_a_pool_does_not():
    A, v = normals(4, 4, 5), torch.tensor([1.0, 1, 4, 5]).double()
    w = torch.tensor([3.0, 2, 2, 0.5]).double()  # ratios 1/3, 1/2, 2, 10
    ratios, U = segments(A @ v.diag() @ A.mT, A @ w.diag() @ A.mT)
    assert torch.allclose(ratios, (v / w).sort().values, atol=1e-10)
    unmixing = (U @ A).abs()
    assert torch.allclose(
        unmixing / unmixing.amax(1, keepdim=True), torch.eye(4).double()[(v / w).argsort()], atol=1e-9
    )
    f = torch.cat([normals(50_000, 4) * v.sqrt(), normals(50_000, 4, 1) * w.sqrt()])
    pooled = torch.linalg.eigh(A @ (v + w).diag() @ A.mT / 2).eigenvectors
    assert matched(f @ A.mT @ U.mT, f) > 0.99999 > 0.9 > matched(f @ A.mT @ pooled, f)


def test_equal_ratios_leave_a_plane_free():
    A, v, w = normals(3, 3, 5), torch.tensor([1.0, 2, 4]).double(), torch.tensor([2.0, 4, 1]).double()
    f = normals(20_000, 3) * v.sqrt()
    score = matched(f @ A.mT @ segments(A @ v.diag() @ A.mT, A @ w.diag() @ A.mT)[1].mT, f)
    assert score < 0.99


@pytest.mark.parametrize("n, low, high", [(100, 0.9, 0.99), (1_000, 0.985, 0.9995), (10_000, 0.998, 0.99999)])
def test_more_of_a_segment_unmixes_better(n, low, high):
    A, v, w = normals(4, 4, 5), torch.tensor([1.0, 1, 4, 5]).double(), torch.tensor([3.0, 2, 2, 0.5]).double()
    scores = []
    for seed in range(20):
        first, second = normals(n, 4, seed) * v.sqrt(), normals(n, 4, 1000 + seed) * w.sqrt()
        U = segments(torch.cov((first @ A.mT).mT), torch.cov((second @ A.mT).mT))[1]
        scores.append(matched(torch.cat([first, second]) @ A.mT @ U.mT, torch.cat([first, second])))
    assert low < torch.tensor(scores).median() < high


def test_one_lagged_covariance_does_what_a_second_segment_does():
    A, rho = normals(4, 4, 5), torch.tensor([0.9, 0.5, 0.2, -0.4]).double()
    U = segments(A @ rho.diag() @ A.mT, A @ A.mT)[1]
    unmixing = (U @ A).abs()
    assert torch.allclose(unmixing / unmixing.amax(1, keepdim=True), torch.eye(4).double()[rho.argsort()], atol=1e-9)


# --- a curved surface -------------------------------------------------------------------------------------------------


def test_what_is_read_of_a_decoder_whose_slopes_are_known():
    """An encoder that knows the factors, crossed and one of them turned round; a decoder W z: its slopes are W."""
    f = curved.drawn(500, generator(3))
    W = torch.randn(10, 2, generator=generator(4))
    A = torch.linalg.lstsq(curved.surface(f), f.flip(1) * torch.tensor([1.0, -1.0])).solution
    encoder = lambda x: torch.cat([x @ A, torch.zeros(len(x), 2)], 1)
    found = curved.read(curved.Trained(encoder, lambda z: z @ W.mT, 0.0), 500, 3)
    z = curved.surface(f) @ A
    expected = [np.corrcoef(z[:, 1 - k].numpy(), f[:, k].numpy())[0, 1] for k in range(2)]
    assert sorted(found.correlations.tolist()) == pytest.approx(sorted(map(abs, expected)), abs=1e-4)
    assert found.correlations.min() > 0.5
    u = W / W.norm(dim=0)
    assert found.cosine == pytest.approx((u[:, 0] @ u[:, 1]).abs().item(), abs=1e-5)
    assert found.contrast == pytest.approx(column_contrast(W[None]).item(), abs=1e-5)


@pytest.mark.parametrize("full", [False, True])
def test_a_few_steps_on_the_surface_lower_the_loss_and_repeat(full):
    before, after, again = (curved.trained(full, 1, steps) for steps in (2, 120, 120))
    assert after.loss < before.loss and after.loss == again.loss
    said = after.encoder(curved.surface(curved.drawn(3, generator())))
    assert said.shape == (3, 5 if full else 4) and after.decoder(said[:, :2]).shape == (3, 10)


@pytest.mark.parametrize("full", [False, True])
def test_a_step_on_the_surface_pays_the_pixels_and_the_divergence_that_torch_says(full):
    """By torch's own Gaussians, from the same draws. Adam's first step is as long as its rate, for every weight: 2e-3,
    and 3e-4 from three quarters of the steps on."""
    torch.manual_seed(5)
    nets, g = (curved.net(10, 5 if full else 4), curved.net(2, 10)), generator(1005)
    x, eps = curved.surface(curved.drawn(40, g)), torch.randn(40, 2, generator=g)
    mu, log_width, below = nets[0](x).tensor_split([2, 4], 1)
    factor = log_width.exp().diag_embed() + (torch.tensor([[0.0, 0], [1, 0]]) * below[..., None] if full else 0)
    q = torch.distributions.MultivariateNormal(mu, scale_tril=factor)
    rate = torch.distributions.kl_divergence(q, torch.distributions.MultivariateNormal(torch.zeros(2), torch.eye(2)))
    z = mu + (factor @ eps[..., None])[..., 0]
    loss = ((x - nets[1](z)).square().sum(1) / (2 * 0.2) + rate).mean().item()
    for steps, longest in ((1, 3e-4), (2, 2e-3 + 3e-4)):
        model = curved.trained(full, 5, steps, variance=0.2, batch=40)
        moved = [
            (new - old).abs().max().item()
            for new, old in zip(
                [*model.encoder.parameters(), *model.decoder.parameters()],
                [*nets[0].parameters(), *nets[1].parameters()],
                strict=True,
            )
        ]
        assert max(moved) == pytest.approx(longest, rel=0.05), moved
        if steps == 1:
            assert model.loss == pytest.approx(loss, rel=1e-5)


def test_a_net_of_the_surface_is_two_layers_of_tanh_and_a_line():
    net, x = curved.net(3, 2), torch.randn(5, 3, generator=generator(1))
    W = list(net.parameters())
    assert [tuple(w.shape) for w in W] == [(64, 3), (64,), (64, 64), (64,), (2, 64), (2,)]
    torch.testing.assert_close(net(x), ((x @ W[0].T + W[1]).tanh() @ W[2].T + W[3]).tanh() @ W[4].T + W[5])


def test_a_matrix_is_an_axis_map_only_with_one_of_each_row_and_each_column():
    rows = torch.tensor([[[1, 0], [1, 0]], [[1, 1], [0, 0]], [[0, 1], [1, 0]], [[1, 1], [0, 1]]])
    assert is_axis_map(rows).tolist() == [False, False, True, False]
    assert not is_axis_map(torch.tensor([[[1, 0, 0], [0, 1, 0], [0, 1, 0]]])).any()  # a column of each kind


def test_how_far_a_map_is_from_a_rotation_is_told():
    with pytest.raises(ValueError, match=r"whose Q Q' is off by 3$"):
        turned_uniform(uniform(3, 2), 2 * torch.eye(2, dtype=torch.float64))


# --- ID9: pairs and labels ------------------------------------------------------------------------------------------


def test_one_pair_for_each_factor_gives_its_column():
    W, f = normals(6, 3, 2), normals(3, 3)
    pairs = torch.stack([W @ torch.nn.functional.one_hot(torch.tensor(k), 3).double() * (1 + k) for k in range(3)])
    found = pair_columns(pairs)
    assert torch.allclose(found, W / W.norm(dim=0), atol=1e-12)
    assert matched(f @ W.mT @ torch.linalg.pinv(found).mT, f) == pytest.approx(1)


def test_pairs_that_share_a_factor_leave_its_direction():
    """Differences in all other factors span their columns; what is at right angles sees the shared one alone."""
    A = normals(4, 4, 3)
    for shared in range(4):
        change = normals(3, 4, shared)
        change[:, shared] = 0
        direction = shared_directions(change @ A.mT)
        seen = direction @ A
        assert seen.abs().max() == seen[shared].abs() > 1e-3
        assert torch.cat([seen[:shared], seen[shared + 1 :]]).abs().max() < 1e-10
    with pytest.raises(ValueError, match="expected 3 differences"):
        shared_directions(normals(2, 4))


def r2(n, noise, seed, d=10, images=2000):
    """R^2 on new images, the mean over all d factors."""
    f = normals(n + images, d, seed)
    z = f + noise * normals(n + images, d, 10_000 + seed)
    rest = f[n:] - learnt_from_labels(z[:n], f[:n], z[n:])
    return 1 - (rest.square().mean(0) / f[n:].var(0)).mean().item()


def test_without_noise_d_plus_1_labels_are_enough():
    assert r2(11, 0.0, 0) == pytest.approx(1, abs=1e-9) and r2(10, 0.0, 0) < 0.999


def test_the_worst_number_of_labels_is_the_one_that_suffices_without_noise():
    medians = {
        n: torch.tensor([r2(n, 0.3, seed) for seed in range(100)]).median().item() for n in (5, 10, 11, 12, 20, 100)
    }
    assert min(medians, key=medians.get) == 11 and medians[11] < -1
    assert all(-0.6 < medians[n] < 0.4 for n in (10, 12)) and 0.75 < medians[20] < 0.88 and 0.89 < medians[100] < 0.917


@pytest.mark.parametrize("n", [30, 60])
def test_the_risk_of_labels(n):
    """Of 4,000 designs: the mean risk within 4.5 standard errors."""
    z = torch.cat([torch.ones(4000, n, 1), torch.randn(4000, n, 10, generator=generator(0))], 2).double()
    risk = 0.09 * (1 + torch.linalg.inv(z.mT @ z).diagonal(dim1=1, dim2=2).sum(1))
    assert abs(risk.mean() - label_risk(n, 10, 0.09)) < SIGMAS * risk.std() / math.sqrt(4000)
    assert label_risk(13, 10, 1.0) == pytest.approx(14 * 11 / 13), "13 are enough: a mean, and a large one"
    with pytest.raises(ValueError, match="13 labels or more"):
        label_risk(12, 10, 1.0)
