"""MMD against closed forms of Gaussians, plain double sums, enumerated permutations and scikit-learn's kernels."""

import itertools
import math

import pytest
import torch
from scipy import special
from sklearn.metrics.pairwise import rbf_kernel

from course_pkg.mmd import (
    closed_forms,
    estimates,
    fourier_features,
    gaussian_hsic,
    gaussian_mean,
    gaussian_mmd2,
    hsic,
    imq,
    kept,
    kernel_mean,
    median_distance,
    mmd2,
    mmd_vae,
    null_variance,
    permutation_test,
    rbf,
    taylor_features,
    witness,
)
from course_pkg.models.networks import mlp
from course_pkg.models.weights import lesson
from helpers import generator

SIGMAS = 4.5


def normals(n, d, seed=0):
    return torch.randn(n, d, generator=generator(seed), dtype=torch.float64)


def vector(*values):
    return torch.tensor(values, dtype=torch.float64)


# --- kernels ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("h", [0.3, 1.0, 4.0])
def test_the_rbf_is_scikit_learns(h):
    x, y = normals(7, 3), normals(9, 3, 1)
    torch.testing.assert_close(rbf(h)(x, y), torch.from_numpy(rbf_kernel(x.numpy(), y.numpy(), 1 / (2 * h * h))))


def test_the_rbf_is_a_sum_over_orders():
    """exp(-r^2 / 2) = exp(-x^2 / 2) exp(-y^2 / 2) sum_k (x y)^k / k!: the features are x^k exp(-x^2 / 2) / sqrt(k!)."""
    x, y = normals(6, 1), normals(5, 1, 1)
    k = torch.arange(40, dtype=torch.float64)
    phi = lambda v: v**k * (-0.5 * v.square()).exp() / torch.lgamma(k + 1).mul(0.5).exp()
    torch.testing.assert_close(phi(x) @ phi(y).T, rbf(1.0)(x, y), rtol=0, atol=1e-12)


def test_the_taylor_features_are_those_of_the_rbf():
    """By hand: x = 3, h = 2, order 2 is exp(-9/8) (3/2)^2 / sqrt(2); their products add up to the kernel."""
    x, y = 2 * normals(6, 1)[:, 0], 2 * normals(5, 1, 1)[:, 0]
    found = taylor_features(x, 2.0, 60) @ taylor_features(y, 2.0, 60).T
    torch.testing.assert_close(found, rbf(2.0)(x[:, None], y[:, None]), rtol=0, atol=1e-12)
    one = taylor_features(vector(3.0), 2.0, 3)[0]
    by_hand = vector(1, 1.5, 1.5**2 / 2**0.5) * math.exp(-9 / 8)
    torch.testing.assert_close(one, by_hand)
    with pytest.raises(ValueError, match="one order or more, got 0"):
        taylor_features(x, 2.0, 0)


def test_the_imq_at_known_distances():
    x = vector(0.0, 3.0)[:, None]
    torch.testing.assert_close(imq(2.0)(x, x), torch.tensor([[1.0, 2 / 11], [2 / 11, 1.0]], dtype=torch.float64))


@pytest.mark.parametrize(
    "make", [rbf, imq, lambda h: fourier_features(3, 2, h), lambda h: taylor_features(torch.zeros(2), h, 3)]
)
@pytest.mark.parametrize("width", [0.0, -1.0, math.nan, math.inf])
def test_a_width_that_is_none_is_refused(make, width):
    with pytest.raises(ValueError, match=r"width above 0, got"):
        make(width)


def test_points_of_other_widths_are_refused():
    with pytest.raises(ValueError, match=r"got \(3, 2\) and \(3, 1\)"):
        rbf(1.0)(torch.zeros(3, 2), torch.zeros(3, 1))


def test_random_features_are_unbiased_over_frequencies_and_must_be_shared():
    x, y = normals(40, 2), normals(40, 2, 1) + 0.5
    truth = mmd2(rbf(1.0), x, y, biased=True)
    read, apart = [], []
    for seed in range(400):
        phi, other = fourier_features(20, 2, 1.0, generator(seed)), fourier_features(20, 2, 1.0, generator(seed + 9999))
        read.append((phi(x).mean(0) - phi(y).mean(0)).square().sum())
        apart.append((phi(x).mean(0) - other(y).mean(0)).square().sum())
    read, apart = torch.stack(read), torch.stack(apart)
    assert abs(read.mean() - truth) < SIGMAS * read.std() / 20
    origin = torch.zeros(1, 2, dtype=torch.float64)  # all that independent frequencies agree on is where 0 lies
    cross = kernel_mean(rbf(1.0), x, origin) * kernel_mean(rbf(1.0), y, origin)
    without = kernel_mean(rbf(1.0), x) + kernel_mean(rbf(1.0), y) - 2 * cross
    assert abs(apart.mean() - without) < SIGMAS * apart.std() / 20 and apart.mean() > 2 * truth


def test_the_median_distance():
    x = vector(0.0, 1.0)[:, None]
    assert median_distance(x, vector(3.0)[:, None]) == 2.0  # of 1, 2, 3
    with pytest.raises(ValueError, match="coincide"):
        median_distance(torch.zeros(5, 1), torch.ones(1, 1))


# --- closed forms -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "d, h, c", [(2, 2**0.5, 0.1667), (10, 10**0.5, 0.1600), (50, 50**0.5, 0.1561), (2, 1.0, 0.3333)]
)
def test_the_whole_price_of_collapse(d, h, c):
    zero, eye = torch.zeros(d, dtype=torch.float64), torch.eye(d, dtype=torch.float64)
    by_hand = 1 - 2 * (1 + 1 / h**2) ** (-d / 2) + (1 + 2 / h**2) ** (-d / 2)
    found = gaussian_mmd2(h, zero, torch.zeros_like(eye), zero, eye)
    assert abs(found - by_hand) < 1e-12 and abs(found - c) < 6e-5


@pytest.mark.parametrize("m, slope", [(3, 0.258), (5, 0.0298), (10, 2.2e-7)])
def test_far_away_nothing_pulls(m, slope):
    mean = vector(float(m)).requires_grad_()
    one = torch.ones(1, 1, dtype=torch.float64)
    gaussian_mmd2(1.0, mean, one, vector(0.0), one).backward()
    assert mean.grad.item() == pytest.approx(slope, rel=0.03)


def test_gaussian_means_against_draws():
    delta, covariance = vector(0.3, -0.7), torch.tensor([[1.0, 0.4], [0.4, 2.0]], dtype=torch.float64)
    r = delta + normals(400_000, 2) @ torch.linalg.cholesky(covariance).T
    for exact, values in (
        (gaussian_mean(1.3, delta, covariance).item(), (-r.square().sum(1) / (2 * 1.3**2)).exp()),
        (
            closed_forms.imq_gaussian_mean(2.0, delta, vector(1.0, 2.0)),
            2 / (2 + (delta + normals(400_000, 2, 1) * vector(1.0, 2.0).sqrt()).square().sum(1)),
        ),
    ):
        assert abs(values.mean() - exact) < SIGMAS * values.std() / 400_000**0.5


@pytest.mark.parametrize("c, v", [(0.5, 1.0), (2.0, 1.0), (4.0, 0.3)])
def test_the_imq_of_isotropic_gaussians(c, v):
    one = closed_forms.imq_gaussian_mean(c, vector(0.0), vector(v))
    two = closed_forms.imq_gaussian_mean(c, vector(0.0, 0.0), vector(v, v))
    u = c / (2 * v)
    assert abs(one - math.sqrt(math.pi * u) * special.erfcx(math.sqrt(u))) < 1e-12
    assert abs(two - u * math.exp(u) * special.exp1(u)) < 1e-11


# --- estimates --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("biased", [True, False])
def test_mmd2_is_a_double_sum_whatever_the_blocks(biased, monkeypatch):
    x, y = normals(11, 2), normals(7, 2, 1) + 0.4
    k = lambda a, b: math.exp(-(a - b).square().sum().item() / 2)
    mean = lambda s, t, keep: [k(a, b) for i, a in enumerate(s) for j, b in enumerate(t) if keep or i != j]
    average = lambda values: sum(values) / len(values)
    by_hand = average(mean(x, x, biased)) + average(mean(y, y, biased)) - 2 * average(mean(x, y, True))
    for block in (1, 4, 2048):
        monkeypatch.setattr(estimates, "BLOCK", block)
        assert abs(mmd2(rbf(1.0), x, y, biased) - by_hand) < 1e-12


@pytest.mark.parametrize("biased", [True, False])
def test_no_table_is_larger_than_a_block_however_many_points(biased):
    """5 x 7 blocks of unlike sizes: the kernel is never asked for more than one block, and the value is the same."""
    x, y, asked = normals(4 * estimates.BLOCK + 3, 1), normals(6 * estimates.BLOCK + 5, 1, 1) + 0.2, []

    def watched(a, b):
        asked.append(a.shape[-2] * b.shape[-2])
        return rbf(1.0)(a, b)

    found = mmd2(watched, x, y, biased)
    own = lambda s: (
        (rbf_kernel(s.numpy(), gamma=0.5).sum() - (not biased) * len(s)) / (len(s) * (len(s) - (not biased)))
    )
    cross = rbf_kernel(x.numpy(), y.numpy(), 0.5).mean()
    assert abs(found - (own(x) + own(y) - 2 * cross)) < 1e-12
    assert max(asked) == estimates.BLOCK**2 and len(asked) == 5 * 6 // 2 + 7 * 8 // 2 + 5 * 7


@pytest.mark.parametrize("biased", [True, False])
def test_gradients_go_through_the_blocks(biased, monkeypatch):
    """Of both estimates, as of one table of all pairs written out."""
    x, y = normals(9, 2).requires_grad_(), normals(7, 2, 1)
    k, less = rbf(1.1), 0 if biased else 1
    own = lambda s: (k(s, s).sum() - less * len(s)) / (len(s) * (len(s) - less))
    whole = torch.autograd.grad(own(x) + own(y) - 2 * k(x, y).mean(), x)[0]
    monkeypatch.setattr(estimates, "BLOCK", 4)
    torch.testing.assert_close(torch.autograd.grad(mmd2(k, x, y, biased), x)[0], whole)


def test_the_biased_estimate_is_the_distance_of_mean_features_and_the_mean_of_the_witness():
    x, y = normals(30, 1), normals(20, 1, 1)
    k = torch.arange(60, dtype=torch.float64)
    phi = lambda v: (v**k * (-0.5 * v.square()).exp() / torch.lgamma(k + 1).mul(0.5).exp()).mean(0)
    found = mmd2(rbf(1.0), x, y, biased=True)
    torch.testing.assert_close((phi(x) - phi(y)).square().sum(), found, rtol=0, atol=1e-12)
    w = lambda at: witness(rbf(1.0), x, y, at).mean()
    torch.testing.assert_close(w(x) - w(y), found, rtol=0, atol=1e-12)


@pytest.mark.parametrize("d, h, n", [(1, 1.0, 20), (10, 10**0.5, 20)])
def test_the_null_law(d, h, n):
    """Mean 0 and the closed variance for U, 2 (1 - E k) / n for the mean of V; U is negative more often than not."""
    draws = 4000
    g = generator(3)
    x, y = (torch.randn(draws, n, d, generator=g, dtype=torch.float64) for _ in range(2))
    k = rbf(h)
    own = lambda s: (k(s, s).sum((1, 2)) - n) / (n * (n - 1))
    u = own(x) + own(y) - 2 * k(x, y).mean((1, 2))
    v = k(x, x).mean((1, 2)) + k(y, y).mean((1, 2)) - 2 * k(x, y).mean((1, 2))
    mean = (1 + 2 / h**2) ** (-d / 2)
    assert abs(u.mean()) < SIGMAS * u.std() / draws**0.5
    assert abs(v.mean() - 2 * (1 - mean) / n) < SIGMAS * v.std() / draws**0.5
    kurtosis = ((u - u.mean()) ** 4).mean() / u.var() ** 2
    assert abs(u.var() / null_variance(h, d, n) - 1) < SIGMAS * ((kurtosis - 1) / draws) ** 0.5
    assert (u < 0).double().mean() > 0.53


def test_the_biased_gradient_pulls_the_codes_together():
    """grad V = c grad U + the rest: with h^2 = d the best width of N(0, s^2 I) is 1 - 1/n."""
    n, d = 64, 10
    h2 = float(d)

    def mean_of_v(s):
        within = (1 + 2 * s * s / h2) ** (-d / 2)
        return within + (1 - within) / n - 2 * (1 + (1 + s * s) / h2) ** (-d / 2)

    s = torch.linspace(0.9, 1.05, 30_001, dtype=torch.float64)
    best = s[mean_of_v(s).argmin()].item()
    assert best == pytest.approx(1 - 1 / n, abs=1e-3) and best < 0.99


@pytest.mark.parametrize("rho", [0.3, 0.8])
def test_hsic_against_its_closed_form(rho):
    n = 1500
    g = generator(5)
    z = torch.randn(12, n, 2, generator=g, dtype=torch.float64)
    found = torch.stack(
        [hsic((rbf(1.0), rbf(1.0)), a[:, :1], rho * a[:, :1] + (1 - rho**2) ** 0.5 * a[:, 1:]) for a in z]
    )
    assert abs(found.mean() - gaussian_hsic(1.0, rho)) < SIGMAS * found.std() / 12**0.5 + 1.0 / n


def test_hsic_is_the_mmd_between_pairs_and_all_recombined_pairs():
    x, y = normals(12, 1), normals(12, 2, 1)
    paired = torch.cat([x, y], 1)
    every = torch.stack([torch.cat([a, b]) for a, b in itertools.product(x, y)])
    product = lambda s, t: rbf(1.0)(s[..., :1], t[..., :1]) * rbf(0.7)(s[..., 1:], t[..., 1:])
    torch.testing.assert_close(hsic((rbf(1.0), rbf(0.7)), x, y), mmd2(product, paired, every, biased=True))


# --- the test ---------------------------------------------------------------------------------------------------------


def test_the_permuted_values_are_estimates_of_permuted_samples():
    x, y = normals(5, 2), normals(4, 2, 1)
    verdict = permutation_test(rbf(1.0), x, y, 200, generator(0))
    assert verdict.mmd2 == pytest.approx(mmd2(rbf(1.0), x, y).item(), abs=1e-12)
    joint = torch.cat([x, y])
    every = {
        round(mmd2(rbf(1.0), joint[list(c)], joint[[i for i in range(9) if i not in c]]).item(), 9)
        for c in itertools.combinations(range(9), 5)
    }
    assert {round(v, 9) for v in verdict.null.tolist()} <= every and len(set(verdict.null.tolist())) > 50


def test_the_level_is_what_was_asked():
    """1,000 null draws, M = 99: five of a hundred p values at 0.05 or below, within the binomial's 3.5 errors."""
    p = []
    for seed in range(1000):
        g = generator(seed)
        x, y = (torch.randn(12, 1, generator=g, dtype=torch.float64) for _ in range(2))
        p.append(permutation_test(rbf(1.0), x, y, 99, g).p_value)
    share = sum(value <= 0.05 for value in p) / 1000
    assert abs(share - 0.05) < 3.5 * (0.05 * 0.95 / 1000) ** 0.5
    assert min(p) >= 0.01


def test_a_comb_is_seen_at_its_own_width_and_not_at_the_median_distance():
    """q = N(0, 1) (1 + cos 8x): its KL from N(0, 1) is 1 - log 2, and a kernel of the usual width sees nothing."""

    def comb(n, g):
        kept = []
        while sum(map(len, kept)) < n:
            z = torch.randn(4 * n, generator=g, dtype=torch.float64)
            kept.append(z[2 * torch.rand(len(z), generator=g, dtype=torch.float64) < 1 + (8 * z).cos()])
        return torch.cat(kept)[:n, None]

    power = {}
    for h in (1.0, 0.12):
        hits = []
        for seed in range(30):
            g = generator(seed)
            y = torch.randn(200, 1, generator=g, dtype=torch.float64)
            hits.append(permutation_test(rbf(h), comb(200, g), y, 99, g).p_value <= 0.05)
        power[h] = sum(hits) / 30
    assert power[1.0] < 0.25 and power[0.12] > 0.95, power


# --- what was computed beforehand ------------------------------------------------------------------------------------


def test_the_cards_of_three_seeds_are_those_of_the_same_runs():
    """The first is the lesson that ships; the others differ from it in the seed alone."""
    cards, shipped = kept.on_dsprites(), lesson("mmd")[1]
    assert [card["seed"] for card in cards] == [0, 1, 2]
    assert all(value == shipped[key] for key, value in cards[0].items())
    for card in cards:
        same = ("what", "steps", "batch", "learning rate", "course", "torch", "latents")
        assert [card[key] for key in same] == [shipped[key] for key in same]
        seed = f" --seed {card['seed']}" if card["seed"] else ""
        assert f"train_lesson.py mmd{seed} --device cuda" in card["command"]
        assert sum(card["kl"]) == pytest.approx(card["rate"], abs=0.02) and len(card["kl"]) == card["latents"]
        assert set(card["r_squared"]) == set(shipped["r_squared"])
    # What the parts of the first should add up to is asked of every lesson, in test_exact_column.


def test_what_was_measured_of_the_cost_is_one_value_by_all_ways():
    """No speed is judged here: the ways agree, and the estimate's memory holds no table of the larger samples."""
    measured = kept.cost()
    assert {"command", "processor", "torch", "course", "load_average"} <= set(measured["card"])
    for row in measured["speed"]:
        assert row["apart"] < 1e-12 and row["parts"]["package"]["cpu_ratio"] == 1
    ours = {row["points"]: row for row in measured["memory"] if row["way"] == "package"}
    largest = max(ours)
    assert largest == 100_000 and ours[largest]["megabytes"] * 1e6 < 8 * largest**2 / 50
    g = generator(0)
    x, y = (torch.randn(1000, 2, generator=g, dtype=torch.float64) for _ in range(2))
    assert ours[1000]["value"] == pytest.approx(mmd2(rbf(1.0), x, y).item(), abs=1e-12)


# --- the objective ----------------------------------------------------------------------------------------------------


def test_the_objective_is_one_number_a_batch_and_moves_the_encoder():
    model = mlp((1, 8, 8), 2, hidden=16, seed=0)
    x = torch.rand(32, 1, 8, 8, generator=generator()).round()
    terms = mmd_vae(model, x, generator(1), rbf(2.0**0.5))
    assert terms["reconstruction"].shape == terms["mmd"].shape == (32,) and terms["mmd"].unique().numel() == 1
    torch.testing.assert_close(terms["kl"], model.encode(x).kl())
    terms["mmd"].mean().backward()
    assert any(p.grad is not None and p.grad.abs().sum() > 0 for p in model.parameters())


def test_the_terms_of_the_objective_are_what_they_are_called():
    """Pixels cost minus their log likelihood, the codes' distance is from the prior's draws after the codes' own."""
    model, x = mlp((1, 8, 8), 2, 16), (torch.rand(32, 1, 8, 8, generator=generator()) > 0.5).float()
    for biased in (False, True):
        terms = mmd_vae(model, x, generator(1), rbf(2.0**0.5), biased)
        g = generator(1)
        z = model.encode(x).sample(g)
        prior = torch.empty_like(z).normal_(generator=g)
        pixels = torch.nn.functional.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none")
        torch.testing.assert_close(terms["reconstruction"], pixels.flatten(1).sum(1))
        torch.testing.assert_close(terms["mmd"], mmd2(rbf(2.0**0.5), z, prior, biased).expand(32))
    own = mmd_vae(model, x, generator(1), rbf(1.0), log_likelihood=lambda x, logits: 7 + 0 * logits.flatten(1).sum(1))
    assert (own["reconstruction"] == -7).all()
    assert set(terms) == {"reconstruction", "kl", "mmd"}


def test_two_points_and_one_coordinate_are_enough():
    x = vector(0.0, 1.0)[:, None]
    assert len(permutation_test(rbf(1.0), x, x + 0.5, 3, generator()).null) == 3
    assert fourier_features(4, 1, 1.0, generator())(x).shape[0] == 2


@pytest.mark.parametrize(
    "call, told",
    [
        (lambda: mmd2(rbf(1.0), torch.zeros(1, 2), torch.zeros(5, 2)), "two points or more"),
        (lambda: hsic((rbf(1.0), rbf(1.0)), torch.zeros(3, 1), torch.zeros(4, 1)), "expected pairs"),
        (lambda: permutation_test(rbf(1.0), torch.zeros(3, 1), torch.zeros(4, 1), 0), "a permutation"),
    ],
)
def test_samples_that_make_no_sense_are_refused(call, told):
    with pytest.raises(ValueError, match=told):
        call()
