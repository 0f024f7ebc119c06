"""Every number that a public function of the course's ideas, models and training takes by default, with its source. A
published value has it in its docstring, too: who reads the function sees whose number it is."""

import importlib
import inspect
import pkgutil
import re

import pytest

import course_pkg
from helpers import ROOT

ROOMS = ("benchmark", "bottleneck", "bugs", "cascade", "data", "density_ratio", "elbo", "identifiability", "kkt",
         "metrics", "mmd", "models", "total_correlation", "training")  # fmt: skip
# No choices of a method: the seed, how often something is kept, and 0 or 1, which add nothing.
FREE = ("seed", "save_every", "log_every")
OWN = "the course's own choice"
KINGMA = "Kingma and Ba (2015)"
# {function: {argument: (the default, where it is from)}}
DEFAULTS = {
    "benchmark.generated.of_generated": {"n": (2000, OWN)},
    "benchmark.protocols.Protocol": {"seeds": (10, OWN + ": as many as in the published tables")},
    "benchmark.statistics.mean_interval": {"level": (0.05, OWN)},
    "benchmark.statistics.welch": {"level": (0.05, OWN)},
    "benchmark.statistics.bootstrap_interval": {"draws": (10_000, OWN), "level": (0.05, OWN)},
    "benchmark.statistics.sd_interval": {"level": (0.05, OWN)},
    "benchmark.statistics.power": {"level": (0.05, OWN)},
    "benchmark.statistics.smallest_effect": {"wanted": (0.8, OWN), "level": (0.05, OWN)},
    "benchmark.statistics.seeds_needed": {"wanted": (0.8, OWN), "level": (0.05, OWN)},
    "benchmark.statistics.spearman": {"level": (0.05, OWN)},
    "benchmark.statistics.as_share": {"digits": (2, OWN)},
    "benchmark.statistics.share_of_shares": {"digits": (2, OWN)},
    "bottleneck.discrete.blahut_arimoto": {"tolerance": (1e-10, OWN), "most_steps": (20_000, OWN)},
    "bottleneck.factors.path": {"batch_size": (64, OWN)},
    "bugs.adversary.factor_vae": {"gamma": (6.0, OWN)},
    "bugs.evaluation.log_weights_of": {"samples": (50, OWN)},
    "bugs.gallery.curves": {"columns": (2, OWN), "height": (1.35, OWN)},
    "bugs.prior_term.held": {"gamma": (3.0, OWN), "capacity": (4.5, OWN)},
    "bugs.prior_term.kl_alone": {"n": (1500, OWN)},
    "bugs.prior_term.kl_by_batch": {"n": (1500, OWN)},
    "bugs.sampling.draws": {"n": (40_000, OWN), "log_var": (-2.0, OWN)},
    "bugs.total_correlation.priced": {"beta": (4.0, OWN)},
    "bugs.total_correlation.priced_as_small": {"beta": (0.003, OWN)},
    "bugs.total_correlation.with_weights": {"beta": (6.0, OWN + ": as the public command")},
    "bugs.total_correlation.on_tc": {"beta": (6.0, OWN + ": as the public command")},
    "bugs.trained.net": {"latents": (6, OWN)},
    "bugs.trained.truth": {"samples": (10, OWN)},
    "bugs.trained.vae": {"latents": (6, OWN)},
    "cascade.exact.mixed_split": {"codes": (500, OWN)},
    "cascade.linear.open_in_turn": {"closed": (1000.0, OWN), "nudge": (0.001, OWN)},
    "cascade.objectives.cascade_vae": {"lam": (0.001, "the authors' public code")},
    "data.digits.binarised": {"threshold": (0.5, OWN + ": the middle")},
    "data.pictures.chairs": {"size": (64, "the side of dSprites")},
    "data.pictures.celeba": {"size": (64, "the side of dSprites"), "crop": (148, OWN)},
    "data.pictures.faces": {"size": (64, "the side of dSprites"), "channels": (3, OWN)},
    "data.pictures.preloaded": {"batch_size": (256, OWN)},
    "data.polygons.fill": {"snap": (256, "polygons.SNAP")},
    "data.polygons.draw": {"size": (64, "dSprites")},
    "data.release.read_release": {"block": (1024, OWN)},
    "data.sprites.sprites": {"size": (64, "dSprites")},
    "density_ratio.reading.fit_logit": {"ridge": (1e-6, OWN), "steps": (100, OWN)},
    "density_ratio.shuffling.gaussian_reading": {"points": (601, OWN)},
    "elbo.evidence_on_grid": {"reach": (6.0, OWN), "points": (121, OWN)},
    "identifiability.curved.trained": {"steps": (4000, OWN), "variance": (0.003, OWN), "batch": (128, OWN)},
    "identifiability.curved.read": {"count": (2000, OWN)},
    "identifiability.loophole.mean_field_gap": {"starts": (20, OWN), "sweeps": (300, OWN)},
    "kkt.axes.code_precision": {"draws": (4, OWN)},
    "kkt.axes.turned": {"pair": ((0, 1), "the first two axes")},
    "kkt.axes.best_axes": {"sweeps": (6, OWN)},
    "metrics.dci.dci": {"train": (10_000, "public code"), "test": (5_000, "public code")},
    "metrics.higgins.higgins": {
        "pairs": (64, "public code"),
        "points": (10_000, "public code"),
        "test_points": (5_000, "public code"),
    },
    "metrics.higgins.descended": {
        "rate": (1e-2, "Higgins et al. (2017)"),
        "enough": (1e-3, OWN),
        "most": (10_000, OWN),
    },
    "metrics.infomec.infomec": {
        "bins": (20, "public code"),
        "train": (10_000, "public code"),
        "test": (5_000, "public code"),
    },
    "metrics.kim_mnih.kim_mnih": {"votes": (800, "Kim and Mnih (2018)"), "samples": (100, "Kim and Mnih (2018)")},
    "metrics.mig.mig": {"bins": (20, "public code")},
    "metrics.sap.sap": {"train": (10_000, "public code"), "test": (5_000, "public code")},
    "metrics.score.repeated": {"draws": (5, OWN)},
    "mmd.permutation.permutation_test": {"permutations": (99, OWN + ": the level is then .05 exactly")},
    "models.adversarial.Generator": {"noise": (62, "Chen et al. (2016), the authors' public code")},
    "models.channels.FactorChannels": {"hidden": (200, OWN)},
    "models.mixed.Relaxed": {"values": (3, OWN), "temperature": (0.67, "the authors' public code")},
    "models.mixed.Assigned": {"values": (3, OWN)},
    "models.networks.mlp_halves": {"hidden": (300, "as `mlp`")},
    "models.networks.mlp": {"hidden": (300, "the lecture")},
    "models.networks.deep_halves": {"hidden": (256, OWN)},
    "models.networks.burgess_halves": {"side": (64, "Burgess et al. (2018)")},
    "models.networks.burgess": {"latents": (10, "Burgess et al. (2018)")},
    "models.networks.discriminator": {"hidden": (1000, "Kim and Mnih (2018)"), "layers": (5, "Kim and Mnih (2018)")},
    "models.weights.packed": {"bits": (16, OWN)},
    "models.weights.rounded": {"bits": (16, OWN)},
    "total_correlation.exact.exact_split": {"codes": (500, OWN)},
    "total_correlation.exact.read_split": {"codes": (500, OWN)},
    "total_correlation.shapes.clusters": {"step": (0.3, OWN)},
    "training.loop.in_steps": {"batch_size": (64, OWN), "lr": (1e-3, KINGMA), "betas": ((0.9, 0.999), KINGMA)},
    "training.loop.train": {"batch_size": (64, OWN), "lr": (1e-3, KINGMA), "betas": ((0.9, 0.999), KINGMA)},
    "training.players.Player": {"lr": (1e-3, KINGMA), "betas": ((0.9, 0.999), KINGMA)},
}
PAPER = re.compile(r"[A-Z]\w+ (?:et al\.|and [A-Z]\w+) \(\d{4}\)")


def words(text):
    return " ".join((text or "").split())


def says(function, source):
    """Whether the docstring of a function, or of its module, names the source of a default, a paper with its year."""
    doc = words(inspect.getdoc(function)) + " " + words(inspect.getdoc(inspect.getmodule(function)))
    if source.startswith("as "):
        return source.removeprefix("as ") in doc
    if source.startswith(OWN):
        return True
    papers = PAPER.findall(source)
    marks = [mark for mark in ("public code", "the lecture") if mark in source]
    return all(paper in doc for paper in papers) and (papers or not marks or any(m in doc.lower() for m in marks))


def numeric(default):
    """A number, or a pair of them, other than 0 and 1."""
    if isinstance(default, tuple):
        return bool(default) and all(isinstance(part, (int, float)) for part in default)
    return isinstance(default, (int, float)) and not isinstance(default, bool) and default not in (0, 1)


def defaults_of(function):
    """{argument: default} of those that are numbers."""
    try:
        arguments = inspect.signature(function).parameters
    except (TypeError, ValueError):  # a class without one
        return {}
    return {name: a.default for name, a in arguments.items() if name not in FREE and numeric(a.default)}


def functions():
    """Every public function and class of those rooms: {its place without the package: itself}."""
    found = {}
    for place in pkgutil.walk_packages(course_pkg.__path__, "course_pkg."):
        name = place.name.removeprefix("course_pkg.")
        if name.split(".")[0] not in ROOMS:
            continue
        for key, value in vars(importlib.import_module(place.name)).items():
            if callable(value) and getattr(value, "__module__", "") == place.name and not key.startswith("_"):
                found[f"{name}.{key}"] = value
    return found


FOUND = functions()


def test_the_table_holds_every_default():
    untold = {name: set(defaults_of(f)) - set(DEFAULTS.get(name, {})) for name, f in FOUND.items()}
    untold = {name: arguments for name, arguments in untold.items() if arguments}
    assert not untold, f"say in DEFAULTS what these are and where they are from: {untold}"
    assert DEFAULTS.keys() <= FOUND.keys(), f"no longer there: {DEFAULTS.keys() - FOUND.keys()}"


@pytest.mark.parametrize("name", DEFAULTS)
def test_a_default_is_that_of_the_table(name):
    expected = {argument: value for argument, (value, _) in DEFAULTS[name].items()}
    assert defaults_of(FOUND[name]) == expected, f"{name}: {DEFAULTS[name]}"


@pytest.mark.parametrize("name", DEFAULTS)
def test_a_published_default_has_its_source_in_the_docstring(name):
    unsaid = {argument: source for argument, (_, source) in DEFAULTS[name].items() if not says(FOUND[name], source)}
    assert not unsaid, f"name the source in the docstring of {name}: {unsaid}"


def test_a_default_without_a_source_is_seen():
    def quiet(votes=800):
        """The score by drawn votes."""

    def named(votes=800):
        """The score by 800 drawn votes, as Kim and Mnih (2018) have it."""

    assert defaults_of(quiet) == {"votes": 800}
    assert not says(quiet, "Kim and Mnih (2018)") and says(named, "Kim and Mnih (2018)")
    assert not says(named, "public code") and says(quiet, OWN)
    assert not says(named, "Kim and Mnih (2019)")


def test_a_level_of_a_twentieth_is_exact_with_these_permutations():
    labellings = DEFAULTS["mmd.permutation.permutation_test"]["permutations"][0] + 1
    assert labellings % 20 == 0


def test_every_way_to_train_keeps_a_checkpoint_as_often_as_its_page_says():
    """But for a study, whose runs are long: it and its command take twice as many steps."""
    from course_pkg.benchmark.study import study
    from course_pkg.commands import benchmark, sweep, train
    from course_pkg.runs import start
    from course_pkg.runs import sweep as sweeps
    from course_pkg.training import loop

    (said,) = re.findall(
        r"`save_every` steps back at most \(([\d,]+) unless", (ROOT / "book/training.md").read_text("utf-8")
    )
    said = int(said.replace(",", ""))
    default = lambda function: inspect.signature(function).parameters["save_every"].default
    ways = (loop.in_steps, loop.train, start.run, start.in_turns, sweeps.sweep, sweeps.side_by_side)
    asked = lambda command: int(re.search(r'"--save-every".*?default=(\d+)', inspect.getsource(command))[1])
    assert {default(way) for way in ways} == {asked(train), asked(sweep)} == {said}
    assert default(study) == asked(benchmark) == 2 * said
