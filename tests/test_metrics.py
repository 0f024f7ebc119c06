"""Metrics of disentanglement against closed forms, against plain loops over the definition, and at their limits."""

import inspect
import itertools
import math

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from course_pkg.metrics import Score, dci, higgins, infomec, kim_mnih, kim_mnih_exact, mig, sap
from course_pkg.metrics import every as every_module
from course_pkg.metrics.dci import completeness, disentanglement
from course_pkg.metrics.higgins import descended, solved
from course_pkg.metrics.infomec import largest_share
from course_pkg.metrics.kim_mnih import drawn_votes, whole_spread
from course_pkg.metrics.score import measured
from helpers import generator

DRAWN = {
    "kim_mnih": lambda z, f: kim_mnih(z, f, generator(), votes=300),
    "higgins": lambda z, f: higgins(z, f, generator(), pairs=20, points=600, test_points=600),
    "dci": lambda z, f: dci(z, f, generator=generator(), train=5000, test=200),
    "infomec": lambda z, f: infomec(z, f, generator=generator(), train=500, test=200),
}
ALL = {"kim_mnih_exact": kim_mnih_exact, "mig": mig, "sap": sap, **DRAWN}


def grid(*sizes):
    """Every combination of settings, (N, K)."""
    return torch.tensor(list(itertools.product(*map(range, sizes))))


def centred(f):
    """Each factor as a number on [-1, 1], (N, K)."""
    return 2 * f.double() / f.amax(0) - 1


def turned(z, degrees):
    """The first two columns turned."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return torch.cat([z[:, :2] @ torch.tensor([[c, -s], [s, c]], dtype=z.dtype), z[:, 2:]], 1)


BITS = grid(2, 2, 2, 2)
PLANE = grid(32, 32)


# --- the representations on which the answer is known -----------------------------------------------------------------


@pytest.mark.parametrize("name", ALL)
def test_the_factors_themselves_score_one(name):
    score = ALL[name](centred(BITS), BITS)
    assert abs(score.value - 1) < (0.03 if name == "dci" else 1e-9), score


@pytest.mark.parametrize("order", [(3, 1, 0, 2), (1, 0, 3, 2)])
@pytest.mark.parametrize("name", ["kim_mnih_exact", "mig", "sap"])
def test_order_sign_and_scale_of_the_latents_are_nothing(name, order):
    f = grid(3, 4, 5, 2)
    z = centred(f) + 0.4 * torch.randn(len(f), 4, generator=generator(), dtype=torch.float64)
    changed = z[:, order] * torch.tensor([3.0, -1e-9, 100.0, -1.0]).double()
    assert abs(ALL[name](changed, f).value - ALL[name](z, f).value) < 0.02  # bins of a mirrored range break ties


@pytest.mark.parametrize("degrees, km", [(0, 1.0), (10, 1.0), (30, 1.0), (44, 1.0)])
def test_two_metrics_are_deaf_to_a_rotation_below_45_degrees(degrees, km):
    z = turned(centred(PLANE), degrees)
    assert kim_mnih_exact(z, PLANE).value == km
    assert higgins(z, PLANE, generator(), pairs=100, points=600, test_points=600).value > 0.99


@pytest.mark.parametrize("degrees", [1, 10, 20, 30, 44])
def test_sap_hears_the_rotation_as_the_cosine_of_twice_the_angle(degrees):
    assert abs(sap(turned(centred(PLANE), degrees), PLANE).value - math.cos(math.radians(2 * degrees))) < 1e-9


@pytest.mark.parametrize(
    "degrees, expected", [(0, 0.850), (1, 0.801), (5, 0.610), (10, 0.458), (20, 0.270), (30, 0.145), (44, 0.008)]
)
def test_mig_hears_the_rotation(degrees, expected):
    """Found independently with the same 20 bins on the same grid, printed to three digits."""
    assert abs(mig(turned(centred(PLANE), degrees), PLANE).value - expected) < 0.0006


@pytest.mark.parametrize("degrees", [1, 10, 30])
def test_linear_weights_of_a_rotation_have_a_closed_form(degrees):
    c, s = (abs(f(math.radians(degrees))) for f in (math.cos, math.sin))
    p = c / (c + s)
    entropy = -(p * math.log(p) + (1 - p) * math.log(1 - p)) / math.log(2)
    weights = torch.tensor([[c, s], [s, c]], dtype=torch.float64)
    assert abs(disentanglement(weights) - (1 - entropy)) < 1e-12
    assert abs(completeness(weights) - (1 - entropy)) < 1e-12


@pytest.mark.parametrize("missing, km, higgins_most", [(1, 0.75, 1.0), (2, 0.5, 0.75)])
def test_missing_factors(missing, km, higgins_most):
    """(K - m) / K; Higgins tells one missing factor by elimination, and guesses among more: (K - m + 1) / K."""
    z = centred(BITS)[:, missing:]
    assert kim_mnih_exact(z, BITS).value == pytest.approx(km, abs=1e-12)
    assert mig(z, BITS).value == pytest.approx(km, abs=1e-12)
    score = higgins(z, BITS, generator(), pairs=100, points=2000, test_points=2000)
    assert abs(score.value - higgins_most) < 4 * max(score.spread, 0.005), score


def test_packed_and_duplicated_codes_turn_the_metrics_round():
    packed = (BITS.double() * torch.tensor([8.0, 4.0, 2.0, 1.0])).sum(1, keepdim=True)
    packed = torch.cat([packed, torch.zeros(16, 3)], 1)
    twice = centred(BITS).repeat(1, 2)
    assert kim_mnih_exact(packed, BITS).value == 0.25 and mig(packed, BITS).value == pytest.approx(1.0, abs=1e-9)
    assert kim_mnih_exact(twice, BITS).value == 1.0 and mig(twice, BITS).value == pytest.approx(0.0, abs=1e-9)
    assert sap(twice, BITS).value == pytest.approx(0.0, abs=1e-9)
    found = dci(twice, BITS, generator=generator(), train=5000, test=200)
    assert found.value > 0.97 and found.further["C"] == pytest.approx(1 - math.log(2) / math.log(8), abs=0.02)


def test_a_scale_that_is_not_undone_lets_one_latent_win_every_vote():
    f = grid(3, 4, 5, 2)
    z = centred(f) + 0.3 * torch.randn(len(f), 4, generator=generator(), dtype=torch.float64)
    z[:, 0] *= 0.001
    assert kim_mnih_exact(z, f).value == 1.0 and kim_mnih_exact(z, f, normalise=False).value == 0.25


@pytest.mark.parametrize("bins, expected", [(10, 0.790), (20, 0.902), (32, 0.985), (40, 1.0), (50, 1.0)])
def test_the_perfect_representation_and_the_bins_of_mig(bins, expected):
    """The labels of dSprites: a gap is the entropy of its cells over the log of its settings."""
    f = torch.cartesian_prod(torch.arange(3), torch.arange(6), torch.arange(40), torch.arange(32)[:2], torch.arange(2))
    by_hand = []
    for size in (3, 6, 40, 32, 32):
        cells = torch.bincount(torch.tensor([min(int(v / (size - 1) * bins), bins - 1) for v in range(size)]))
        share = cells[cells > 0].double() / size
        by_hand.append(-(share * share.log()).sum().item() / math.log(size))
    assert abs(sum(by_hand) / 5 - expected) < 0.0006
    assert mig(centred(f)[:, :3], f[:, :3], bins).value == pytest.approx(sum(by_hand[:3]) / 3, abs=1e-9)


def test_names_are_counted_and_quantities_measured():
    """A categorical code that names the shape: its numbers mean nothing, so its spread is Gini's."""
    f = grid(3, 8)
    names = torch.tensor([2.0, 0.0, 1.0])[f[:, 0]]
    z = torch.stack([names.double(), centred(f)[:, 1]], 1)
    mask = torch.tensor([True, False])
    for score in (kim_mnih_exact(z, f, discrete=mask), kim_mnih(z, f, generator(), votes=200, discrete=mask)):
        assert score.value == 1.0
    assert mig(z, f, 20, discrete=mask).value == pytest.approx(1.0, abs=1e-9)
    scale = whole_spread(measured(z, f, discrete=mask))
    assert scale[0] == pytest.approx(2 / 3) and scale[1] == pytest.approx(centred(f)[:, 1].var(correction=0).item())


# --- the definition, a loop at a time ---------------------------------------------------------------------------------


def some_representation(seed, n=400, d=5):
    g = generator(seed)
    f = torch.stack([torch.randint(size, (n,), generator=g) for size in (3, 5, 4)], 1)
    mix = torch.randn(3, d, generator=g, dtype=torch.float64)
    return (f.double() @ mix).sin() + 0.5 * torch.randn(n, d, generator=g, dtype=torch.float64), f


@pytest.mark.parametrize("seed", range(10))
def test_the_exact_score_is_a_loop_over_settings(seed):
    z, f = some_representation(seed)
    votes = torch.zeros(3, 5, dtype=torch.float64)
    for k in range(3):
        for v in f[:, k].unique():
            rows = z[f[:, k] == v]
            votes[k, (rows.var(0, correction=0) / z.var(0, correction=0)).argmin()] += len(rows) / len(z)
    score = kim_mnih_exact(z, f)
    torch.testing.assert_close(score.table, votes)
    assert score.value == pytest.approx(votes.amax(0).sum().item() / 3, abs=1e-12)


@pytest.mark.parametrize("seed", range(10))
def test_drawn_votes_are_a_loop_over_votes_with_the_same_draws(seed):
    z, f = some_representation(seed)
    m = measured(z, f)
    found = drawn_votes(m, whole_spread(m), 60, 7, generator(seed))
    g = generator(seed)
    which, anchor = torch.randint(3, (60,), generator=g), torch.randint(400, (60,), generator=g)
    u = torch.rand(60, 7, generator=g, dtype=torch.float64)
    votes = torch.zeros(3, 5, dtype=torch.float64)
    for k, a, row in zip(which.tolist(), anchor.tolist(), u, strict=True):
        same = (f[:, k] == f[a, k]).nonzero()[:, 0]
        part = z[same[(row * len(same)).long()]]
        votes[k, (part.var(0) / z.var(0, correction=0)).argmin()] += 1
    assert torch.equal(found, votes)


@pytest.mark.parametrize("seed", range(10))
def test_drawn_scores_approach_the_exact_one(seed):
    z, f = some_representation(seed)
    exact = kim_mnih_exact(z, f)
    drawn = kim_mnih(z, f, generator(seed), votes=3000, samples=4000, test_votes=3000)
    assert abs(drawn.value - exact.value) < 4.5 * drawn.spread + 0.02, (drawn, exact)  # 0.02: near ties, L is finite


@pytest.mark.parametrize("seed", range(10))
def test_mutual_information_is_that_of_scikit_learn(seed):
    from sklearn.metrics import mutual_info_score

    z, f = some_representation(seed)
    cells = ((z - z.amin(0)) / (z.amax(0) - z.amin(0)) * 20).long().clamp_max(19)
    table = mig(z, f).table
    expected = [[mutual_info_score(f[:, k], cells[:, j]) for j in range(5)] for k in range(3)]
    torch.testing.assert_close(table, torch.tensor(expected, dtype=torch.float64), rtol=0, atol=1e-12)


def test_chance_on_ones_own_votes_is_above_one_in_k_and_held_out_votes_undo_it():
    """Noise, 800 votes, d = 10, K = 5: own votes read .260 (a multinomial's row maxima), others .200."""
    g = generator(1)
    f = torch.randint(3, (20_000, 5), generator=g)
    z = torch.randn(20_000, 10, generator=g, dtype=torch.float64)
    own = torch.tensor([kim_mnih(z, f, generator(s), 800, 20).value for s in range(30)])
    held = torch.tensor([kim_mnih(z, f, generator(s), 800, 20, test_votes=800).value for s in range(30)])
    error = own.std() / math.sqrt(30)
    assert abs(own.mean() - 0.260) < 4 * error + 0.002
    assert abs(held.mean() - 0.200) < 4 * held.std() / math.sqrt(30) + 0.002


@pytest.mark.parametrize("name", DRAWN)
def test_the_same_generator_gives_the_same_score_and_no_other_is_asked(name):
    z, f = some_representation(0)
    everyones = torch.get_rng_state()
    assert DRAWN[name](z, f).value == DRAWN[name](z, f).value
    assert torch.equal(torch.get_rng_state(), everyones)


@pytest.mark.parametrize("name", ["kim_mnih_exact", "kim_mnih", "higgins", "mig"])
def test_what_a_name_is_called_is_nothing_to_a_metric_that_is_told_of_names(name):
    """Two names and two quantities; the names are called otherwise, by numbers far apart."""
    metrics = {
        "kim_mnih_exact": kim_mnih_exact, "mig": mig,
        "kim_mnih": lambda z, f, discrete: kim_mnih(z, f, generator(), 60, 7, 40, discrete=discrete),
        "higgins": lambda z, f, discrete: higgins(z, f, generator(), 3, 90, 60, discrete=discrete),
    }  # fmt: skip
    z, f = some_representation(6)
    names = torch.stack([(f[:, 0] + (z[:, 2] > 0)) % 3, (f[:, 1] + (z[:, 3] > 1)) % 4], 1)
    called = torch.tensor([[5.0, -40.0, 1.0, 0.5], [9.0, 2.0, 70.0, 3.0]], dtype=torch.float64)
    one, other = names.double(), torch.stack([called[j][names[:, j]] for j in range(2)], 1)
    mask = torch.tensor([True, True, False, False])
    found = [metrics[name](torch.cat([part, z[:, :2]], 1), f, discrete=mask) for part in (one, other)]
    torch.testing.assert_close(found[0].table, found[1].table)
    assert found[0].value == pytest.approx(found[1].value, abs=1e-12)
    told_nothing = metrics[name](torch.cat([other, z[:, :2]], 1), f, discrete=None)
    assert not torch.equal(told_nothing.table, found[1].table), "otherwise nothing is tested"


def test_trees_lean_on_the_latent_that_holds_the_factor():
    """Shuffled, it leaves half of the answers right; the others leave all. What they shuffle by is their own."""
    everyones = lambda: np.random.get_state()[1].tolist()  # noqa: NPY002 - what scikit-learn takes unasked
    before, f = everyones(), grid(2, 2)
    z = torch.cat([centred(f), torch.ones(4, 1)], 1)
    score = dci(z, f, "boosted", generator(), 60, 100)
    assert score.table[:, :2].diagonal().tolist() == pytest.approx([0.5] * 2, abs=4.5 * 0.5 / math.sqrt(3 * 100))
    assert torch.equal(score.table, torch.eye(2, 3) * score.table)
    assert score.value == pytest.approx(1) and dict(score.further) == pytest.approx({"C": 1, "I": 1})
    assert everyones() == before


def test_adagrad_and_the_solver_agree_where_both_converge():
    z, f = centred(BITS), BITS
    fits = [higgins(z, f, generator(), 50, 500, 500, by=by) for by in ("solver", "adagrad")]
    assert fits[0].value == fits[1].value == 1.0 and fits[1].further["steps"] >= 100 > fits[0].further["steps"]


def test_the_solver_ends_where_the_penalised_likelihood_has_no_slope():
    """Of 300 noisy labels: the mean negative log likelihood and |W|^2 / (2 n C), with C = 1e4."""
    z, k = (
        torch.randn(300, 2, generator=generator(), dtype=torch.float64),
        torch.randint(3, (300,), generator=generator(1)),
    )
    weight, bias, steps = solved(z, k, 3)
    left = torch.nn.functional.one_hot(k, 3).double() - (z @ weight.T + bias).softmax(1)
    slope = -left.T @ z / 300 + weight / (300 * 1e4)
    assert slope.abs().max() < 1e-4 and left.mean(0).abs().max() < 1e-4 and steps >= 1
    assert weight.abs().max() > 0.05, "so that a penalty ten thousand times as strong has a slope of 1e-4 or more"


def test_silent_latents_are_told_and_no_score_is_nan():
    """A parity says nothing about any single factor: public code divides 0 by 0 there."""
    f = grid(2, 2, 2)
    parity = f.sum(1, keepdim=True) % 2
    score = infomec(torch.cat([f, parity], 1).double(), f, generator=generator(), train=200, test=100)
    assert score.value == pytest.approx(1.0) and score.further["silent"] == 1
    alone = infomec(f[:, :1].double(), f, generator=generator(), train=200, test=100)
    assert alone.further["InfoC"] == 1.0 and largest_share(torch.zeros(0, 3), 0) == 0.0
    only = infomec(parity.double(), f, generator=generator(), train=200, test=100)
    assert only.value == 0.0 and only.further["silent"] == 1


def test_a_mask_takes_latents_out():
    z = torch.cat([centred(BITS), centred(BITS)], 1)
    mask = torch.arange(8) < 4
    assert mig(z, BITS, active=mask).value == pytest.approx(1.0) and "z0,z1,z2,z3" in str(mig(z, BITS, active=mask))


def test_every_metric_is_each_one_alone_at_the_published_settings_from_the_same_seed(monkeypatch):
    """Each is called once, with the codes, the factors, the names and, where it draws, a new generator of the seed."""
    settings = {
        "kim_mnih_exact": {},
        "kim_mnih": {"votes": 10_000, "samples": 64, "test_votes": 5_000},
        "higgins": {},
        "mig": {},
        "sap": {},
        "sap_accuracy": {"by": "accuracy"},
        "dci": {},
        "infomec": {},
    }
    drawing, calls = {"kim_mnih", "higgins", "sap_accuracy", "dci", "infomec"}, []
    functions = {
        name.removesuffix("_accuracy"): getattr(every_module, name.removesuffix("_accuracy")) for name in settings
    }
    for name, metric in functions.items():
        signature = inspect.signature(metric)

        def recorded(*args, name=name, signature=signature, **named):
            calls.append((name, signature.bind(*args, **named).arguments))
            return calls[-1]

        monkeypatch.setattr(every_module, name, recorded)
    z, f, names = torch.zeros(3, 2), torch.zeros(3, 4), torch.zeros(2, dtype=torch.bool)
    found = every_module.every_metric(z, f, names, 7)
    assert list(found) == list(settings) and len(calls) == len(settings)
    generators = []
    for name, (called, given) in found.items():
        assert called == name.removesuffix("_accuracy")
        assert given.pop("codes") is z and given.pop("factors") is f and given.pop("discrete") is names
        if name in drawing:
            generators.append(given.pop("generator"))
            assert generators[-1].initial_seed() == 7
        assert given == settings[name], name
    assert len(set(map(id, generators))) == len(drawing), "each begins anew: no metric's draws depend on another's"


FEW = {"train": 300, "test": 90, "generator": generator(1)}
SAID = {
    "Kim-Mnih, exact": (
        lambda z, f, a: kim_mnih_exact(z, f, a), "Kim-Mnih", "0", "share of a factor's votes",
        {"L": "infinite", "normalised": True}, set(),
    ),
    "Kim-Mnih": (
        lambda z, f, a: kim_mnih(z, f, generator(), 90, 7, active=a), "Kim-Mnih", 90, "votes",
        {"L": 7, "votes": 90, "scored on": "the same", "normalised": True}, set(),
    ),
    "Kim-Mnih, held out": (
        lambda z, f, a: kim_mnih(z, f, generator(), 90, 7, 50, a, normalise=False), "Kim-Mnih", 50, "votes",
        {"L": 7, "votes": 90, "scored on": "50 others", "normalised": False}, set(),
    ),
    "Higgins": (
        lambda z, f, a: higgins(z, f, generator(), 3, 80, 70, active=a), "Higgins", 70, "weights of the classifier",
        {"L": 3, "points": 80, "scored on": 70, "by": "solver", "standardised": True}, {"steps"},
    ),
    "MIG": (
        lambda z, f, a: mig(z, f, 6, a), "MIG", "0", "mutual information in nats", {"bins": 6},
        {"factor 0", "factor 1", "factor 2"},
    ),
    "SAP": (
        lambda z, f, a: sap(z, f, active=a), "SAP", "0", "r2 of one latent alone", {"by": "r2"},
        {"factor 0", "factor 1", "factor 2"},
    ),
    "SAP, accuracy": (
        lambda z, f, a: sap(z, f, "accuracy", active=a, **FEW), "SAP", None, "accuracy of one latent alone",
        {"by": "accuracy", "train": 300, "test": 90}, {"factor 0", "factor 1", "factor 2"},
    ),
    "DCI": (
        lambda z, f, a: dci(z, f, "linear", active=a, **FEW), "DCI: D", None, "weight of each latent",
        {"by": "linear", "train": 300, "test": 90}, {"C", "I"},
    ),
    "InfoMEC": (
        lambda z, f, a: infomec(z, f, 6, active=a, **FEW), "InfoM", "0", "mutual information in nats",
        {"bins": 6, "train": 300, "test": 90}, {"InfoC", "InfoE", "silent"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("metric", SAID)
def test_a_score_says_what_it_is_and_how_it_was_made(metric):
    """Its name, its standard error (binomial where votes were drawn), its settings, and what the table holds."""
    call, name, of, means, settings, further = SAID[metric]
    z, f = some_representation(2)
    score = call(z, f, torch.tensor([True, True, False, True, True]))
    assert (score.name, score.means) == (name, means)
    assert dict(score.settings) == {**settings, "latents": "z0,z1,z3,z4"}
    assert set(score.further) == further and score.table.shape == (3, 5)
    if isinstance(of, int):
        assert 0 < score.value < 1 and score.spread == pytest.approx(math.sqrt(score.value * (1 - score.value) / of))
    else:
        assert score.spread == {"0": 0.0, None: None}[of]
    assert (score.table[:, 2] == 0).all() or metric in ("MIG", "InfoMEC"), "a latent that is left out has no vote"


@pytest.mark.parametrize("metric", [kim_mnih_exact, mig, sap, dci, infomec])
def test_names_that_are_no_mask_are_refused_by_every_metric(metric):
    with pytest.raises(ValueError, match=r"^expected discrete as a mask of 4 booleans, got \(3,\) torch.bool$"):
        metric(centred(BITS), BITS, discrete=torch.ones(3, dtype=torch.bool))
    with pytest.raises(ValueError, match=r"^expected active as a mask of 4 booleans, got \(4,\) torch.float32$"):
        metric(centred(BITS), BITS, active=torch.ones(4))


def test_published_sizes_are_the_defaults():
    given = {metric: inspect.signature(metric).parameters for metric in (kim_mnih, higgins, mig, sap, dci, infomec)}
    default = lambda metric, *names: tuple(given[metric][name].default for name in names)
    assert default(kim_mnih, "votes", "samples", "test_votes", "normalise") == (800, 100, None, True)
    assert default(higgins, "pairs", "points", "test_points", "standardise", "by") == (
        64,
        10_000,
        5_000,
        True,
        "solver",
    )
    assert default(sap, "by", "train", "test") == ("r2", 10_000, 5_000)
    assert default(dci, "train", "test") == default(infomec, "train", "test") == (10_000, 5_000)
    assert default(mig, "bins") == default(infomec, "bins") == (20,)


def test_accuracies_are_those_of_a_classifier_of_one_latent_fitted_here():
    z, f = some_representation(3)
    drawn = torch.randint(len(z), (390,), generator=generator(5))
    x, y = z[drawn].numpy(), f[drawn].numpy()
    expected = torch.zeros(3, 5, dtype=torch.float64)
    for k, j in itertools.product(range(3), range(5)):
        fitted = LinearSVC(C=0.01, class_weight="balanced", dual=False).fit(x[:300, j : j + 1], y[:300, k])
        expected[k, j] = float(np.mean(fitted.predict(x[300:, j : j + 1]) == y[300:, k]))
    found = sap(z, f, "accuracy", generator(5), 300, 90)
    torch.testing.assert_close(found.table, expected)
    best = expected.sort(1, descending=True).values
    assert found.value == pytest.approx((best[:, 0] - best[:, 1]).mean().item())


def test_explicitness_is_one_less_the_cross_entropy_over_that_of_the_shares():
    """By scikit-learn's own probabilities, which the code does not ask."""
    z, f = some_representation(4)
    drawn = torch.randint(len(z), (390,), generator=generator(6))
    cells = ((z - z.amin(0)) / (z.amax(0) - z.amin(0)) * 6).long().clamp_max(5)[drawn]
    x = torch.nn.functional.one_hot(cells, 6).flatten(1).double().numpy()
    scores = []
    for k in range(3):
        y = f[drawn, k].numpy()
        fitted = LogisticRegression(C=1e3, max_iter=300, tol=1e-3).fit(x[:300], y[:300])
        said = np.log(fitted.predict_proba(x[300:]))[np.arange(90), y[300:]].mean()
        share = np.log([(y[:300] == v).mean() for v in y[300:]]).mean()
        scores.append(max(0.0, 1 - said / share))
    found = infomec(z, f, 6, generator(6), 300, 90).further["InfoE"]
    assert 0 < found < 1 and found == pytest.approx(np.mean(scores), abs=1e-3)  # sparse or dense: another rounding


def test_adagrad_takes_as_many_steps_as_it_is_given_where_none_is_enough():
    z, k = torch.randn(40, 2, generator=generator(), dtype=torch.float64), torch.arange(40) % 3
    weight, bias, steps = descended(z, k, 3, rate=0.1, enough=0.0, most=3)
    assert steps == 3
    once = descended(z, k, 3, rate=0.1, enough=0.0, most=1)
    gradient = (torch.full((40, 3), 1 / 3).double() - torch.nn.functional.one_hot(k, 3)).mT @ z / 40
    torch.testing.assert_close(once[0], -0.1 * gradient.sign(), rtol=1e-6, atol=1e-6)  # Adagrad's first step
    assert not torch.equal(weight, once[0]) and bias.shape == (3,)


# --- what is refused --------------------------------------------------------------------------------------------------


def with_(z, place, value):
    z = z.clone()
    z[place] = value
    return z


BAD = {
    "NaN": (with_(centred(BITS), (3, 1), math.nan), BITS, "1 of 16 codes are not finite, the first of image 3"),
    "infinite": (with_(centred(BITS), (5, 0), math.inf), BITS, "the first of image 5"),
    "lengths": (centred(BITS)[:9], BITS, r"same N images, got \(9, 4\) and \(16, 4\)"),
    "empty": (torch.zeros(0, 4), torch.zeros(0, 4, dtype=torch.long), "at least one image"),
    "constant": (torch.ones(16, 4), BITS, "every active latent is constant"),
    "one setting": (centred(BITS), BITS * torch.tensor([1, 0, 1, 1]), "factor 1 has one setting only"),
    "factors as floats": (centred(BITS), BITS.double(), "whole numbers from 0"),
    "negative": (centred(BITS), BITS - 1, "the least -1"),
    "one image's row": (centred(BITS)[0], BITS, "codes"),
}


@pytest.mark.parametrize("metric", ALL)
@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_one_clear_error(metric, case):
    z, f, told = BAD[case]
    with pytest.raises(ValueError, match=told):
        ALL[metric](z, f)


@pytest.mark.parametrize(
    "call, told",
    [
        (lambda z, f: kim_mnih(z, f, samples=1), "one image has no variance"),
        (lambda z, f: kim_mnih(z, f, votes=0), "votes=0"),
        (lambda z, f: higgins(z, f, pairs=0), "pairs=0"),
        (lambda z, f: higgins(z, f, by="sgd"), "by='sgd'"),
        (lambda z, f: higgins(z, f[:, :1]), "two factors or more"),
        (lambda z, f: mig(z, f, bins=1), "2 bins or more"),
        (lambda z, f: sap(z, f, by="svm"), "by='accuracy', got 'svm'"),
        (lambda z, f: dci(z, f, by="forest"), "by='boosted', got 'forest'"),
        (lambda z, f: mig(z, f, active=torch.ones(3, dtype=torch.bool)), "mask of 4 booleans"),
        (lambda z, f: mig(z, f, active=torch.zeros(4, dtype=torch.bool)), "every active latent"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(call, told):
    with pytest.raises(ValueError, match=told):
        call(centred(BITS), BITS)


@pytest.mark.parametrize("spread, shown", [(0.0123, " ± 0.012"), (0.0, ""), (None, " ± ?")])
def test_a_score_shows_its_spread_or_that_one_run_cannot_tell_it(spread, shown):
    score = Score("S", 0.5, spread, {"L": 3, "by": "r2"}, torch.eye(2), "votes", {"C": 0.25})
    assert repr(score) == f"S 0.500{shown}, C 0.250 (L=3, by=r2)"
    assert f"{score!r}: votes" in score._repr_html_() and "<td>1</td><td>0</td>" in score._repr_html_()


def test_a_score_shows_itself():
    score = kim_mnih(centred(BITS), BITS, generator(), votes=50, samples=80)
    assert float(score) == 1.0 and "L=80, votes=50, scored on=the same" in str(score)
    assert score._repr_html_().count("<tr>") == 5 and score.table.sum() == 50
