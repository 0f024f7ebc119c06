"""Readings of a logit against sums over tables, fits against scikit-learn, and what goes wrong in both."""

import math
import re

import pytest
import torch
import torch.nn.functional as F
from sklearn.linear_model import LogisticRegression

from course_pkg.density_ratio import fit_logit, logits, read, waymarks
from course_pkg.density_ratio.reading import Reading
from course_pkg.worlds import TabularWorld, kl
from course_pkg.worlds.tabular import product
from helpers import generator

SIGMAS = 5


@pytest.fixture(scope="module")
def tables():
    world = TabularWorld.random(4, (3, 3))
    log_q = world.log_aggregate_posterior()
    return log_q, product(world.log_marginals(log_q))


def draws(log_p, n, seed):
    return torch.multinomial(log_p.exp(), n, replacement=True, generator=generator(seed))


def exact(log_q, log_bar, T):
    q, bar = log_q.exp(), log_bar.exp()
    real = T > 0
    return {
        "plug_in": (q * T).sum(),
        "reverse": -(bar * T).sum(),
        "donsker": (q * T).sum() - (bar * T.exp()).sum().log(),
        "nwj": (q * T).sum() - (bar * T.exp()).sum() + 1,
        "mass": (bar * T.exp()).sum(),
        "mass_back": (q * (-T).exp()).sum(),
        "surprise": 0.5 * ((q * F.softplus(-T)).sum() + (bar * F.softplus(T)).sum()),
        "accuracy": 0.5 * (q[real].sum() + bar[~real].sum()),
    }


@pytest.mark.parametrize("off", [0.0, 0.7])
def test_every_reading_is_that_of_the_sums(tables, off):
    """200,000 codes of the one and 100,000 of the other; `off` makes the logit no log ratio."""
    log_q, log_bar = tables
    T = log_q - log_bar + off * torch.linspace(-1, 1, 9, dtype=torch.float64)
    found = read(T[draws(log_q, 200_000, 0)], T[draws(log_bar, 100_000, 1)])
    for name, value in exact(log_q, log_bar, T).items():
        assert abs(getattr(found, name) - value) < SIGMAS * found.errors[name], name
        assert found.errors[name] < 0.02


def test_the_errors_are_the_spread_of_repeated_readings(tables):
    """300 readings of 500 and 800 codes: each error within a fifth of the spread (its own error is a 24th)."""
    log_q, log_bar = tables
    T = log_q - log_bar + 0.3 * torch.linspace(-1, 1, 9, dtype=torch.float64)
    runs = [read(T[draws(log_q, 500, 2 * s)], T[draws(log_bar, 800, 2 * s + 1)]) for s in range(300)]
    for name in runs[0].errors:
        spread = torch.tensor([getattr(run, name) for run in runs]).std()
        claimed = sum(run.errors[name] for run in runs) / len(runs)
        assert 0.8 < claimed / spread < 1.25, name


def test_with_the_exact_logit_it_reads_divergences(tables):
    log_q, log_bar = tables
    T, middle = log_q - log_bar, torch.logaddexp(log_q, log_bar) - math.log(2)
    sums = exact(log_q, log_bar, T)
    close = lambda value: pytest.approx(value.item(), abs=1e-12)
    assert sums["plug_in"].item() == close(kl(log_q, log_bar)) == close(sums["donsker"]) == close(sums["nwj"])
    assert sums["reverse"].item() == close(kl(log_bar, log_q)) and sums["mass"].item() == close(sums["mass_back"])
    js = 0.5 * (kl(log_q, middle) + kl(log_bar, middle))
    assert sums["surprise"].item() == close(math.log(2) - js)
    assert sums["accuracy"].item() == close(0.5 + 0.25 * (log_q.exp() - log_bar.exp()).abs().sum())


def test_a_constant_on_the_logit_is_forgiven_by_one_bound_only(tables):
    log_q, log_bar = tables
    T = log_q - log_bar
    on = T[draws(log_q, 5000, 0)], T[draws(log_bar, 5000, 1)]
    plain, shifted = read(*on), read(*(t + math.log(3) for t in on))
    assert shifted.donsker == pytest.approx(plain.donsker, abs=1e-12)
    assert shifted.plug_in == pytest.approx(plain.plug_in + math.log(3))
    assert shifted.mass == pytest.approx(3 * plain.mass) and shifted.nwj < plain.nwj - 0.5


def test_a_large_logit_does_not_overflow_the_bound():
    found = read(torch.tensor([1000.0, 1001.0]), torch.tensor([900.0, 901.0]))
    assert found.donsker == pytest.approx(1000.5 - (901 + math.log1p(math.exp(-1)) - math.log(2)), abs=1e-9)


def test_logits_far_below_zero_have_the_error_of_those_near_it():
    """A constant on the logit moves the bound's two parts alike: neither it nor its error may see it."""
    one, zero = (torch.randn(50, generator=generator(s), dtype=torch.float64) for s in (1, 2))
    near, far = read(one, zero), read(one - 900, zero - 900)
    assert far.mass == 0
    assert far.donsker == pytest.approx(near.donsker) and far.errors["donsker"] == pytest.approx(near.errors["donsker"])


def test_the_table_names_every_reading(tables):
    found = read(torch.tensor([0.5, 1.0]), torch.tensor([0.0, -1.0]))
    names = [name for name in Reading.__dataclass_fields__ if name != "errors"]
    assert list(found.errors) == names and all(name in repr(found) for name in names)
    assert found._repr_html_().count("<tr>") == 1 + len(names)
    assert found.accuracy == 1.0, "a logit of zero calls a code shuffled"


@pytest.mark.parametrize("one, zero", [((3, 1), (3,)), ((3,), (3, 1)), ((1,), (3,)), ((3,), (1,)), ((0,), (3,))])
def test_logits_of_other_shapes(one, zero):
    with pytest.raises(ValueError, match=r"expected logits \(n,\) and \(m,\) of two codes or more each, got"):
        read(torch.zeros(one), torch.zeros(zero))


# Fits ---------------------------------------------------------------------------------------------------------------


def decks(n, m, k, seed=0, shift=1.0):
    g = generator(seed)
    draw = lambda count: torch.randn(count, k, generator=g, dtype=torch.float64)
    return draw(n) + shift * torch.arange(k), draw(m)


@pytest.mark.parametrize("ridge", [1e-6, 0.5, 20.0])
def test_the_fit_is_that_of_scikit_learn(ridge):
    """Their penalty is half the squared coefficients over C, and leaves the constant free; ours holds it as well."""
    one, zero = decks(80, 50, 3)
    x = torch.cat([torch.ones(130, 1, dtype=torch.float64), torch.cat([one, zero])], 1)
    theirs = LogisticRegression(C=1 / (2 * ridge), tol=1e-12, max_iter=10_000, fit_intercept=False)
    theirs.fit(x.numpy(), [1] * 80 + [0] * 50)
    torch.testing.assert_close(fit_logit(one, zero, ridge), torch.from_numpy(theirs.coef_[0]), rtol=1e-4, atol=1e-5)


def test_at_the_fit_the_slope_is_zero():
    one, zero = decks(60, 90, 4, seed=1)
    w = fit_logit(one, zero, ridge=0.1).requires_grad_()
    loss = F.softplus(-logits(w, one)).sum() + F.softplus(logits(w, zero)).sum() + 0.1 * w.square().sum()
    (slope,) = torch.autograd.grad(loss, w)
    # A step is taken where the loss falls, and the loss, some fifty, is known to 1e-16 of it: that leaves a slope of
    # sqrt(2 * curvature * 50 * 1e-16), where the curvature is at most a quarter of the 150 points.
    assert slope.abs().max() < math.sqrt(2 * 150 / 4 * 50 * 1e-16)


def test_the_offset_is_the_logarithm_of_the_decks_sizes():
    """No difference but in number: the constant is log n/m, to the error of 1/n + 1/m."""
    one, zero = decks(30_000, 10_000, 1, shift=0.0)
    assert abs(fit_logit(one, zero)[0] - math.log(3)) < SIGMAS * math.sqrt(1 / 30_000 + 1 / 10_000)


def test_decks_that_a_plane_separates_have_an_answer():
    w = fit_logit(torch.tensor([[1.0], [2.0]]).double(), torch.tensor([[-1.0], [-2.0]]).double())
    assert torch.isfinite(w).all() and w[1] > 5 and w[0].abs() < 1e-6


def test_optimism_on_the_codes_of_the_fit():
    """Three weights, no difference: (k - 1) / n on its own codes, none on fresh ones, half of those negative."""
    n, g, own, fresh = 200, generator(), [], []
    for _ in range(200):
        one, zero, other = (torch.randn(n, 2, generator=g, dtype=torch.float64) for _ in range(3))
        w = fit_logit(one, zero)
        own.append(logits(w, one).mean())
        fresh.append(logits(w, other).mean())
    own, fresh = torch.stack(own), torch.stack(fresh)
    assert abs(own.mean() - 2 / n) < SIGMAS * own.std() / math.sqrt(200) + 4 / n**2
    assert abs(fresh.mean()) < SIGMAS * fresh.std() / math.sqrt(200)
    assert 60 <= (fresh < 0).sum() <= 140


@pytest.mark.parametrize("one, zero", [((3,), (3, 1)), ((3, 1), (3,)), ((3, 2), (3, 1))])
def test_features_of_other_shapes(one, zero):
    with pytest.raises(ValueError, match=re.escape(f"expected features (n, k) and (m, k), got {one} and {zero}")):
        fit_logit(torch.zeros(one), torch.zeros(zero))


# Bridges --------------------------------------------------------------------------------------------------------------


def test_waymarks_go_from_the_one_deck_to_the_other_and_keep_the_variance():
    z, other = decks(4000, 4000, 2, shift=0.0)
    first, middle, last = waymarks(z, other, [0.0, 0.6, 1.0])
    assert torch.equal(first, z) and torch.equal(last, other)
    torch.testing.assert_close(middle, 0.8 * z + 0.6 * other)
    assert (middle.var(0) - 1).abs().max() < SIGMAS * math.sqrt(2 / 4000)


@pytest.mark.parametrize("shape, shares", [((3, 2), [0.5]), ((4, 2), [-0.1]), ((4, 2), [0.5, 1.1])])
def test_waymarks_of_what_does_not_fit(shape, shares):
    with pytest.raises(ValueError, match="expected codes of one shape and shares from 0 to 1, got"):
        waymarks(torch.zeros(4, 2), torch.zeros(shape), shares)
