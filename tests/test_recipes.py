"""The published recipes as a table with sources, and the defaults of the course beside them: where a default is another
value than the papers', the table says so, and a changed default is seen."""

import inspect

import pytest
import torch
from torch import nn

from course_pkg import metrics, training
from course_pkg.models.networks import discriminator, mlp
from course_pkg.runs import start
from course_pkg.runs.systems import SYSTEMS, arguments, settings_of
from course_pkg.runs.task import COMMON
from course_pkg.training.players import Player

OWN = "the course's own choice"
# (system, setting): (the default, where it is from).
RECIPES = {
    ("beta-vae", "beta"): (4.0, "Higgins et al. (2017), the sprites; public code"),
    ("constraint", "eps"): (20.0, OWN),
    ("constraint", "rate"): (0.001, OWN),
    ("constraint", "start"): (1.0, OWN + ": the ELBO"),
    ("beta-tcvae", "beta"): (6.0, "the command in the authors' public code, for the sprites"),
    ("factor-vae", "gamma"): (10.0, OWN + ": the paper's range for the sprites begins there"),
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


def test_systems_of_the_table_are_there():
    assert set(TABLED) <= set(SYSTEMS)


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


def default(function, argument):
    return inspect.signature(function).parameters[argument].default


@pytest.mark.parametrize(
    "function, argument, expected",
    [
        (training.train, "betas", (0.9, 0.999)),  # Kingma and Ba (2015), and Locatello et al. (2019), table 1
        (training.train, "batch_size", 64),
        (training.train, "lr", 1e-3),  # Kingma and Ba (2015)
        (Player, "betas", (0.9, 0.999)),
        (discriminator, "hidden", 1000),
        (discriminator, "layers", 5),
    ],
)
def test_the_defaults_of_training(function, argument, expected):
    assert default(function, argument) == expected


def test_the_discriminators_opponent_learns_as_in_the_paper():
    player = arguments("factor-vae", {}, {"images": 20, "latents": 3, "seed": 0})["opponents"]["discriminator"]
    assert (player.lr, player.betas) == (1e-4, (0.5, 0.9))
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


# Thresholds and numbers of samples of what is measured.
MEASURES = {
    ("mig", "bins"): 20,  # Locatello et al. (2019), appendix
    ("infomec", "bins"): 20,
    ("higgins", "pairs"): 64,  # public code
    ("kim_mnih", "votes"): 800,  # Kim and Mnih (2018): 800 votes of 100 images
    ("kim_mnih", "samples"): 100,
}


@pytest.mark.parametrize("metric, argument", MEASURES)
def test_the_defaults_of_a_metric(metric, argument):
    assert default(getattr(metrics, metric), argument) == MEASURES[metric, argument]


def test_a_latent_is_active_above_a_tenth_of_a_nat():
    assert start.ACTIVE == 0.1
