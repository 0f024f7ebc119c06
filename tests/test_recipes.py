"""The published recipes as a table with sources, and the defaults of the course beside them: where a default is another
value than the papers', the table says so, and a changed default is seen."""

import ast
import inspect
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from course_pkg import metrics, training
from course_pkg.benchmark import protocols, published
from course_pkg.metrics import every
from course_pkg.models.networks import mlp
from course_pkg.runs import start
from course_pkg.runs.systems import SYSTEMS, arguments, settings_of
from course_pkg.runs.task import COMMON
from test_defaults import OWN, says, words

# (system, setting): (the default, where it is from).
RECIPES = {
    ("beta-vae", "beta"): (4.0, "Higgins et al. (2017), the sprites; public code"),
    ("constraint", "eps"): (20.0, OWN),
    ("constraint", "rate"): (0.001, OWN),
    ("constraint", "start"): (1.0, OWN + ": the ELBO"),
    ("beta-tcvae", "beta"): (6.0, "the command in the authors' public code, for the sprites"),
    ("factor-vae", "gamma"): (10.0, OWN + ": the range of Locatello et al. (2019) begins there"),
    ("factor-vae", "opponent_lr"): (1e-4, "Kim and Mnih (2018), appendix A"),
    ("factor-vae", "hidden"): (1000, "Kim and Mnih (2018), appendix A"),
    ("factor-vae", "layers"): (5, "Kim and Mnih (2018), appendix A: six layers, the last one of logits"),
    ("capacity", "gamma"): (100.0, OWN + ": a tenth of the paper's 1000"),
    ("capacity", "start"): (0.5, "Burgess et al. (2018), section 5"),
    ("capacity", "end"): (25.0, "Burgess et al. (2018), section 5"),
    ("capacity", "over"): (100_000, "Burgess et al. (2018), section 5"),
    ("hinge", "gamma"): (100.0, "as capacity"),
    ("hinge", "start"): (0.5, "as capacity"),
    ("hinge", "end"): (25.0, "as capacity"),
    ("hinge", "over"): (100_000, "as capacity"),
    ("cascade-vae-c", "low"): (1.0, "Jeong and Song (2019), the row with ten latents"),
    ("cascade-vae-c", "high"): (10.0, "the authors' public code"),
    ("cascade-vae-c", "every"): (20_000, "the authors' public code"),
    ("cascade-vae", "low"): (1.0, "Jeong and Song (2019), the row with six latents"),
    ("cascade-vae", "high"): (10.0, "the authors' public code"),
    ("cascade-vae", "every"): (20_000, "the authors' public code"),
    ("cascade-vae", "before"): (4, "the authors' public code"),
    ("cascade-vae", "values"): (3, "Jeong and Song (2019): as many as there are shapes"),
    ("cascade-vae", "lam"): (0.001, "the authors' public code"),
    ("joint-vae", "gamma"): (150.0, "the authors' public code, dSprites"),
    ("joint-vae", "continuous"): (40.0, "the authors' public code, dSprites"),
    ("joint-vae", "discrete"): (1.1, "the authors' public code, dSprites; log 3 is 1.0986"),
    ("joint-vae", "over"): (300_000, "the authors' public code, dSprites"),
    ("joint-vae", "values"): (3, "the authors' public code, dSprites"),
    ("joint-vae", "temperature"): (0.67, "the authors' public code"),
    ("info-gan", "lam"): (1.0, "Chen et al. (2016), section 6; the authors' public code, MNIST"),
    ("info-gan", "values"): (0, OWN + ": the paper's sets have codes of their own, MNIST ten values"),
    ("info-gan", "noise"): (62, "the authors' public code, MNIST"),
    ("info-gan", "opponent_lr"): (2e-4, "the authors' public code; their generator has 1e-3"),
    ("dc-ign", "invariance"): (0.01, "Kulkarni et al. (2015), section 3.2: a multiplier of 1/100"),
    ("dc-ign", "rest"): ("shape", "Kulkarni et al. (2015): what is intrinsic owns the latents that are left"),
    ("dc-ign", "share"): (10.0, "Kulkarni et al. (2015), section 3.2: a ratio of about 1:1:1:10"),
    ("mmd-vae", "alpha"): (1.0, "the lecture's MMD-VAE: MMD in the rate's place"),
    ("mmd-vae", "lam"): (100.0, OWN),
    ("mmd-vae", "width"): (1.0, OWN),
    ("annealed", "start"): (10.0, OWN),
    ("annealed", "end"): (1.0, OWN + ": the ELBO"),
    ("annealed", "over"): (10_000, OWN),
}
TABLED = sorted({system for system, _ in RECIPES})


@pytest.mark.parametrize("system, setting", RECIPES)
def test_a_systems_defaults_are_those_of_the_table(system, setting):
    expected, source = RECIPES[system, setting]
    assert settings_of(system)[setting].default == expected, f"{system} {setting}: {expected} is {source}"


@pytest.mark.parametrize("system", TABLED)
def test_the_table_holds_every_setting_of_its_systems(system):
    missing = settings_of(system).keys() - {setting for name, setting in RECIPES if name == system}
    assert not missing, f"say in RECIPES what the default of {system}'s {sorted(missing)} is, and where it is from"


def test_every_system_with_a_setting_is_in_the_table():
    assert set(TABLED) == {system for system in SYSTEMS if settings_of(system)}


@pytest.mark.parametrize("system", TABLED)
def test_a_system_names_the_sources_of_its_defaults(system):
    found = {setting: source for (name, setting), (_, source) in RECIPES.items() if name == system}
    own = "the course's own" in words(inspect.getdoc(SYSTEMS[system]))
    mute = {setting: source for setting, source in found.items() if source.startswith(OWN) and not own}
    unsaid = mute | {setting: source for setting, source in found.items() if not says(SYSTEMS[system], source)}
    assert not unsaid, f"say in the docstring of {system} where it is from, or that it is the course's own: {unsaid}"


# What all systems have in common; the papers take 300,000 steps and a learning rate of 1e-4.
COMMON_RECIPE = {
    "latents": (10, "Higgins et al. (2017); Locatello et al. (2019)"),
    "batch_size": (64, "Locatello et al. (2019), table 1"),
    "steps": (12_000, OWN),
    "lr": (5e-4, OWN),
    "seed": (0, OWN),
    "data": ("dsprites", OWN),
}


@pytest.mark.parametrize("setting", COMMON_RECIPE)
def test_the_common_defaults(setting):
    assert COMMON[setting].default == COMMON_RECIPE[setting][0]


def test_the_discriminators_opponent_learns_as_in_the_paper():
    player = arguments("factor-vae", {}, {"images": 20, "latents": 3, "seed": 0})["opponents"]["discriminator"]
    assert {"lr": player.lr, "betas": player.betas} == {"lr": 1e-4, "betas": (0.5, 0.9)}
    kinds = [layer for layer in player.net if isinstance(layer, nn.LeakyReLU)]
    assert len(kinds) == 5 and {layer.negative_slope for layer in kinds} == {0.2}


def test_a_players_betas_reach_its_optimiser(monkeypatch):
    given = []
    adam = torch.optim.Adam
    monkeypatch.setattr(
        torch.optim, "Adam", lambda p, lr, betas, **more: given.append((lr, betas)) or adam(p, lr, betas)
    )
    settings = {"hidden": 4, "layers": 1, "opponent_lr": 3e-4}
    arguments_ = arguments("factor-vae", settings, {"images": 20, "latents": 2, "seed": 0})
    training.train(
        mlp((1, 3, 3), 2, hidden=4), arguments_.pop("objective"), torch.rand(20, 1, 3, 3), steps=1, lr=2e-3,
        betas=(0.7, 0.8), batch_size=4, device="cpu", progress=False, **arguments_,
    )  # fmt: skip
    assert given == [(2e-3, (0.7, 0.8)), (3e-4, (0.5, 0.9))]


def test_a_latent_is_active_above_a_tenth_of_a_nat():
    assert start.ACTIVE == 0.1


# Numbers that stand in calls of others' classes, by file: what is not said there is not in this table.
CALLS = {
    "LinearSVC": {"sap.py": {"C": 0.01}},  # public code
    "LogisticRegression": {
        "higgins.py": {"C": 1e4, "max_iter": 2000},
        "dci.py": {"max_iter": 500},
        "infomec.py": {"C": 1000.0, "max_iter": 300, "tol": 1e-3},
    },
    "HistGradientBoostingClassifier": {"dci.py": {"max_iter": 50, "random_state": 0}},
}


def numbers_in_calls(folder, names):
    """{class: {file: {argument: number}}} of every call of these classes."""
    found = {}
    for path in sorted(folder.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                given = {k.arg: k.value.value for k in node.keywords if isinstance(k.value, ast.Constant)}
                plain = {k: v for k, v in given.items() if isinstance(v, (int, float)) and not isinstance(v, bool)}
                found.setdefault(node.func.id, {})[path.name] = plain
    return found


def test_the_numbers_of_classifiers_within_the_metrics():
    assert numbers_in_calls(Path(metrics.__file__).parent, CALLS) == CALLS


def test_a_classifier_with_another_number_is_seen(tmp_path):
    (tmp_path / "sap.py").write_text("svm = LinearSVC(C=1.0, dual=False)", "utf-8")
    assert numbers_in_calls(tmp_path, CALLS) == {"LinearSVC": {"sap.py": {"C": 1.0}}}


def noting(asked, name, signature):
    """A function that only notes how it was called, but for its data."""

    def noted(*given, **more):
        bound = signature.bind(*given, **more).arguments
        free = {"codes", "factors", "generator", "discrete"}
        asked.setdefault(name, []).append({k: v for k, v in bound.items() if k not in free})

    return noted


def test_every_metric_at_once_is_at_its_published_settings(monkeypatch):
    """Kim and Mnih's as public code has it: 10,000 votes of 64 images, scored on 5,000 others; the rest by default."""
    asked = {}
    for name in ("kim_mnih_exact", "kim_mnih", "higgins", "mig", "sap", "dci", "infomec"):
        monkeypatch.setattr(every, name, noting(asked, name, inspect.signature(getattr(every, name))))
    every.every_metric(torch.zeros(1, 1), torch.zeros(1, 1), torch.zeros(1), 0)
    assert asked.pop("kim_mnih") == [{"votes": 10_000, "samples": 64, "test_votes": 5_000}]
    assert asked.pop("sap") == [{}, {"by": "accuracy"}]
    assert set(map(str, asked.values())) == {"[{}]"}


# The benchmark: what its protocols set, and what its rows set beside them.
PROTOCOL = {
    "pocket": {"net": "deep", "steps": 6_000, "batch_size": 128, "lr": 1e-3, "latents": 10, "pixel_weight": 16.0},
    "lesson": {"steps": 12_000},
    "full": {"steps": 300_000, "batch_size": 64, "lr": 1e-4, "latents": 10},  # Locatello et al. (2019)
}
ROWS = {
    "vae": {},
    "beta-vae-0.5": {"beta": 0.5},
    "beta-vae-2": {"beta": 2.0},
    "beta-vae-4": {"beta": 4.0},
    "beta-vae-10": {"beta": 10.0},
    "beta-vae-16": {"beta": 16.0},
    "annealed": {"over": 100_000},  # a third of the run
    "capacity": {"over": 100_000},  # Burgess et al. (2018), section 5
    "hinge": {"over": 100_000},  # as capacity
    "beta-tcvae": {},
    "factor-vae": {"gamma": 35.0},  # within the range of Locatello et al. (2019), 10 to 100
    "cascade-vae-c": {"every": 20_000},  # the authors' public code
    "cascade-vae": {"every": 20_000, "latents": 6},
    "joint-vae": {"over": 300_000, "latents": 6},
    "mmd-vae": {},
    "info-gan": {"pixel_weight": None, "lr": 1e-3},
    "dc-ign": {},
}
# Of the small images alone, or otherwise there; schedules take the same share of 6,000 steps as of 300,000.
SMALL = {
    "vae-conv": {"net": "burgess"},
    "beta-vae-4-sparse": {"beta": 4.0, "data": "dsprites-16-sparse"},
    "annealed": {"over": 2_000},
    "capacity": {"over": 2_000},
    "hinge": {"over": 2_000},
    "factor-vae": {"gamma": 35.0, "hidden": 200, "layers": 4, "opponent_lr": 1e-3},
    "cascade-vae-c": {"every": 400},
    "cascade-vae": {"every": 400, "latents": 6},
    "joint-vae": {"over": 6_000, "latents": 6},
}


def differing(found, expected):
    """{name: (what is found, what is expected)} where the two differ."""
    either = {n: (found.get(n), expected.get(n)) for n in {**found, **expected}}
    return {name: both for name, both in either.items() if both[0] != both[1]}


def test_the_protocols_of_the_benchmark_and_their_rows():
    assert protocols.PROTOCOLS.keys() == PROTOCOL.keys()
    for name, protocol in protocols.PROTOCOLS.items():
        assert differing(protocol.common, PROTOCOL[name]) == {}, f"{name}: {{setting: (here, of the protocol)}}"
    assert {name: p.seeds for name, p in protocols.PROTOCOLS.items()} == {"pocket": 10, "lesson": 1, "full": 10}
    settings = lambda name: {k: dict(row.settings) for k, row in protocols.rows(protocols.PROTOCOLS[name]).items()}
    assert settings("full") == ROWS
    assert settings("pocket") == ROWS | SMALL
    assert settings("lesson") == {}


# Jeong and Song (2019), tables 1 and 2, entered a second time: latents, mean, deviation and best of ten seeds.
PAPER = """
    5 70.11 7.54 84.62    10 74.41 7.68 88.38    5 81.09 2.63 85.12    10 82.15 0.88 88.25    5 81.69 3.14 88.38
    10 81.74 2.97 87.38    6 74.51 5.17 91.75    4 73.06 2.18 75.38    6 90.49 5.28 99.50    4 91.34 7.36 98.62
    6 44.79 3.88 53.14    4 43.99 3.94 54.11    6 78.84 15.65 99.66    4 76.00 22.16 98.72
"""


def test_the_published_table_is_that_of_the_paper():
    rows = [(kind, *row) for kind in ("SCORES", "ACCURACIES") for row in getattr(published, kind).items()]
    printed = np.array(PAPER.split(), float).reshape(-1, len(published.Published._fields)).tolist()
    for (kind, name, row), numbers in zip(rows, printed, strict=True):
        assert differing(row._asdict(), dict(zip(row._fields, numbers, strict=True))) == {}, f"{kind}, {name}"
