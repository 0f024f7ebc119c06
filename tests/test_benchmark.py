"""The benchmark: what is run and in which order, that it goes on and repeats itself, and what its numbers are."""

import json

import pytest
import torch

from course_pkg.benchmark import generated, kept, measure, study
from course_pkg.benchmark.protocols import PROTOCOLS, PUBLISHED, Protocol, ordered, rows, task_of
from course_pkg.benchmark.study import names_of
from course_pkg.benchmark.untrained import UNTRAINED
from course_pkg.commands import benchmark as command
from course_pkg.data.named import factors_of, named
from course_pkg.metrics import kim_mnih_exact
from course_pkg.models.mixed import Assigned
from course_pkg.models.posteriors import Codes, Gaussian, discrete
from course_pkg.runs import checked
from course_pkg.runs.start import given, net
from course_pkg.runs.sweep import sweep
from course_pkg.runs.systems import settings_of

SPARSE = "dsprites-16-sparse"
POCKET, FULL = PROTOCOLS["pocket"], PROTOCOLS["full"]
TINY = Protocol(SPARSE, {**POCKET.common, "steps": 3, "batch_size": 8})
CLOCK = {"seconds", "cpu_seconds", "images_per_second", "seconds_scored"}


def quick(model, source, factors, seed):
    """Some numbers of a model: where the study is looked at, not the metrics."""
    q = measure.whole_posterior(model, source)
    codes = q.codes(True, torch.Generator().manual_seed(seed))
    return {**measure.parts(q, seed), "kim_mnih": kim_mnih_exact(codes, factors, discrete=discrete(q)).value}


def without_clock(table):
    return [{name: value for name, value in row.items() if name not in CLOCK} for row in table]


# What is run --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", [POCKET, FULL], ids=["pocket", "full"])
def test_every_row_is_a_task_and_no_two_share_a_folder(protocol):
    names = list(rows(protocol))
    runs = list(ordered(protocol, names, list(range(protocol.seeds))))
    assert len({study.run_name(task) for *_, task in runs}) == len(runs) == len(names) * protocol.seeds
    assert all(task == checked(task) for *_, task in runs) and protocol.seeds >= 10


def test_runs_go_seed_by_seed_so_that_a_cut_leaves_whole_seeds():
    runs = [(seed, name) for name, seed, _ in ordered(POCKET, ["vae", "beta-tcvae", "labels"], [3, 1])]
    assert runs == [(3, "vae"), (3, "beta-tcvae"), (1, "vae"), (1, "beta-tcvae")]


def test_prices_are_the_published_ones_and_schedules_keep_their_share():
    """A small pixel weighs sixteen; everything else costs what it costs at 64 pixels."""
    small, large = rows(POCKET), rows(FULL)
    for name in large:
        here, there = task_of(POCKET, small[name], 0), task_of(FULL, large[name], 0)
        for key in {"over", "every"} & here.keys():
            assert here[key] / POCKET.steps == pytest.approx(there[key] / PUBLISHED, abs=0.5 / POCKET.steps), name
        prices = {
            "beta",
            "gamma",
            "low",
            "high",
            "lam",
            "alpha",
            "continuous",
            "discrete",
            "start",
            "end",
        } & here.keys()
        assert {key: here[key] for key in prices} == {key: there[key] for key in prices}, name
        if name != "info-gan":  # whose pixels cost nothing: a critic looks at them
            assert given(here, 100, (1, 16, 16))["weights"]["reconstruction"] == 16 == (64 / 16) ** 2


@pytest.mark.parametrize(
    "name, key",
    [
        ("capacity", "over"),
        ("hinge", "over"),
        ("cascade-vae-c", "every"),
        ("cascade-vae", "every"),
        ("joint-vae", "over"),
    ],
)
def test_the_full_protocol_moves_as_the_papers_do(name, key):
    assert task_of(FULL, rows(FULL)[name], 0)[key] == settings_of(rows(FULL)[name].system)[key].default


def test_steps_of_another_number_keep_the_shares_too():
    few = POCKET.at(300)
    assert task_of(few, rows(few)["cascade-vae-c"], 0)["every"] == 20 and POCKET.at(None) is POCKET


def test_lessons_are_scored_as_they_are(tmp_path, monkeypatch):
    """Each is a row of its own; nothing is trained, and the small images have no such rows."""
    lesson = PROTOCOLS["lesson"]
    assert rows(lesson) == {} and {"beta-4", "factor"} <= set(names_of(lesson)) and "beta-4" not in names_of(POCKET)
    assert names_of(FULL) == list(rows(FULL))
    seen = []
    monkeypatch.setattr(
        "course_pkg.benchmark.untrained.of_model",
        lambda model, *rest, logits: seen.append((model, logits)) or {"a": 1},
    )
    monkeypatch.setattr(study, "factors_of", lambda name, source: None)
    found = study.study(lesson, ["beta-4"], [0], tmp_path)
    assert found == [{"row": "beta-4", "seed": 0, "a": 1}] and seen[0][0].latents == 10 and seen[0][1]


# The study ----------------------------------------------------------------------------------------------------------


def test_a_study_goes_on_and_repeats_itself(tmp_path, monkeypatch):
    monkeypatch.setattr(study, "of_model", quick)
    names, folder = ["vae", "cascade-vae", "labels"], tmp_path / "a"
    first = study.study(TINY, names, [0], folder)
    found = study.study(TINY, names, [0, 1], folder)
    assert [(row["row"], row["seed"]) for row in found] == [
        ("labels", 0), ("vae", 0), ("vae", 1), ("cascade-vae", 0), ("cascade-vae", 1)
    ]  # fmt: skip
    assert found[0] == first[0] and found[1] == first[1], "what is done is not done again"
    assert found[1]["kim_mnih"] != found[2]["kim_mnih"] and "value_information" in found[3]
    logs = [line for log in folder.glob("*/log.txt") for line in log.read_text("utf-8").splitlines()]
    assert sum("training from step 0" in line for line in logs) == 4

    anew = study.study(TINY, ["vae"], [1], tmp_path / "b")
    assert without_clock(anew) == without_clock(found[2:3]), "from scratch, the same numbers"

    folder_of = folder / study.run_name(task_of(TINY, rows(TINY)["vae"], 0))
    (folder_of / study.SCORES).unlink()
    assert [row["row"] for row in study.table(TINY, ["vae"], [0], folder)] == []
    assert without_clock(study.study(TINY, ["vae"], [0], folder)) == without_clock(found[1:2])
    (folder_of / study.SCORES).write_text(json.dumps({"of": "another checkpoint", "kim_mnih": 2.0}), "utf-8")
    assert without_clock(study.study(TINY, ["vae"], [0], folder)) == without_clock(found[1:2])


def test_the_time_of_a_run_that_was_stopped_is_not_that_of_its_last_session(tmp_path, monkeypatch):
    monkeypatch.setattr(study, "of_model", quick)
    assert {"seconds", "cpu_seconds"} <= set(study.study(TINY, ["vae"], [0], tmp_path)[0])
    more = study.study(TINY.at(5), ["vae"], [0], tmp_path)[0]
    assert more["sessions"] == 2 and not {"seconds", "cpu_seconds"} & set(more) and more["images_per_second"] > 0
    row = tmp_path / study.run_name(task_of(TINY.at(5), rows(TINY)["vae"], 0)) / study.ROW
    row.write_text(json.dumps({**json.loads(row.read_text("utf-8")), "sessions": 1, "images_per_second": 0.0}), "utf-8")
    again = study.table(TINY.at(5), ["vae"], [0], tmp_path)[0]
    assert not {"seconds", "cpu_seconds"} & set(again), "a run that was done when it was called again took no second"


def test_a_run_that_cannot_be_measured_is_told_and_tried_again(tmp_path, monkeypatch):
    def fails(*_):
        raise ValueError("no posterior")

    with monkeypatch.context() as patch:
        patch.setattr(study, "of_model", fails)
        found = study.study(TINY, ["vae"], [0], tmp_path)
    assert found == [{"row": "vae", "seed": 0, "error": "ValueError: no posterior"}]
    again = study.study(TINY, ["vae"], [0], tmp_path)
    assert "error" not in again[0] and not list(tmp_path.glob("*/error.json"))


def test_a_row_that_there_is_not(tmp_path):
    with pytest.raises(ValueError, match="no row is called gan; there are labels, moments"):
        study.study(TINY, ["gan"], [0], tmp_path / "new")
    assert not (tmp_path / "new").exists() and names_of(POCKET)[: len(UNTRAINED)] == list(UNTRAINED)


def test_what_comes_after_a_run_is_done_by_the_sweep_that_trains_it(tmp_path):
    seen = []
    task = {"system": "vae", "data": "digits", "latents": 2, "steps": 2, "batch_size": 8}
    for _ in range(2):
        sweep([task], tmp_path, progress=False, then=lambda folder: seen.append(folder.name))
    assert len(seen) == 2 and len(set(seen)) == 1


# What is measured ---------------------------------------------------------------------------------------------------


def test_labels_are_the_ceiling_and_a_constant_is_refused():
    factors = factors_of(SPARSE)
    none = torch.zeros(5, dtype=torch.bool)
    found = measure.of_codes(Codes(factors.double(), none), factors, 0)
    assert found["kim_mnih_exact"] == found["kim_mnih"] == found["mig"] == found["infom"] == 1 and found["dci_d"] > 0.9
    assert set(found) <= set(measure.METRICS) and "accuracy" not in found
    with pytest.raises(ValueError, match="constant"):
        measure.of_codes(Codes(torch.zeros(len(factors), 5), none), factors, 0)


def test_the_numbers_of_a_model_are_those_of_its_posterior():
    source, factors, model = named(SPARSE), factors_of(SPARSE), net((1, 16, 16), 3, 0, "deep")
    found = measure.of_model(model, source, factors, 5)
    q = model.encode(source.prepare(source.images))
    assert found["rate"] == pytest.approx(q.kl().sum(1).mean().item(), abs=2e-5)
    assert found["kim_mnih_exact"] == pytest.approx(kim_mnih_exact(q.mu.detach(), factors).value, abs=1e-3)
    error = 4.5 * (found["error_information"] + found["error_tc"]) + 1e-4
    assert abs(found["information"] + found["tc"] + found["dimwise"] - found["rate"]) < error
    assert set(found) - {"error_information", "error_tc", "alive", "seconds_scored"} <= {
        *measure.EXACT, *measure.METRICS, *measure.CHANGES
    }  # fmt: skip
    assert set(measure.CHANGES) <= set(found)
    assert found["kim_mnih_best_of_30"] >= found["kim_mnih_800"]


def test_a_perfect_picture_costs_nothing_and_a_grey_one_what_it_is_off_by():
    """The cross-entropy of p against x, less that of x against itself: a divergence, zero at p = x."""
    source = named(SPARSE)

    class Copy:
        shape = source.shape

        def __init__(self, change):
            self.change = change

        def encode(self, x):
            self.x = x
            return self

        def sample(self, generator):
            return self.x

        def decode(self, x):
            return torch.logit(self.change(x).double().clamp(1e-12, 1 - 1e-12)).float()

    assert measure.distortion(Copy(lambda x: x), source, 0) == pytest.approx(0, abs=1e-3)
    half = measure.distortion(Copy(lambda x: torch.full_like(x, 0.5)), source, 0)
    x = source.prepare(source.images)
    entropy = (torch.special.entr(x) + torch.special.entr(1 - x)).flatten(1).sum(1).mean().item()
    assert half == pytest.approx(256 * torch.tensor(2.0).log().item() - entropy, abs=0.5)


def test_a_changed_protocol_changes_what_it_says():
    """Two latents say posX and posY, a third quietly the shape: three of five factors, two where it is not heard."""
    factors = factors_of(SPARSE)
    f = factors.double()
    mu = torch.stack([f[:, 3] - 1.5, f[:, 4] - 1.5, 0.01 * f[:, 0]], 1)
    still = measure.changes(Gaussian(mu, torch.full_like(mu, -30.0)), factors, 0)
    loud = measure.of_codes(Codes(mu, torch.zeros(3, dtype=torch.bool)), factors, 0)
    # Three of five factors have a latent; the others' votes go where luck sends them.
    assert loud["kim_mnih"] >= 0.6 - 0.03 and still["kim_mnih_of_samples"] == pytest.approx(loud["kim_mnih"], abs=0.03)
    # Without the quiet latent there are two of five.
    assert still["kim_mnih_std_pruned"] == pytest.approx(0.4, abs=0.03) and loud["kim_mnih"] < 0.63
    log_var = torch.zeros_like(mu)
    log_var[:, 2] = 3.0  # drowned: a posterior wider than the prior, whose KL is large
    drowned = measure.changes(Gaussian(mu, log_var), factors, 0)
    assert drowned["kim_mnih_of_samples"] < loud["kim_mnih"] - 0.1
    silent = Gaussian(0.01 * mu, log_var.fill_(0.0))
    assert measure.changes(silent, factors, 0)["kim_mnih_kl_pruned"] == pytest.approx(0.2), "none is left: chance"


def test_a_discrete_code_is_scored_as_names_and_for_its_accuracy():
    source, factors = named(SPARSE), factors_of(SPARSE)
    model = Assigned(source.shape, 2, 0, layers="deep")
    model.counts.fill_(1)
    found = measure.of_model(model, source, factors, 0)
    assert 1 / 3 <= found["accuracy"] < 0.6 and 0 <= found["value_information"] <= 1.0987


@pytest.mark.parametrize("name", ["projections", "untrained", "ica"])
def test_a_row_without_training_depends_on_its_seed_alone(name, monkeypatch):
    """By all metrics of codes and of models; a second model, whose codes alone are in question, by a few."""
    source, factors = named(SPARSE), factors_of(SPARSE)
    if name == "ica":  # of the sparse set FastICA finds no ten directions: every 21st small image instead
        whole = named("dsprites-16")
        source, factors = whole._replace(images=whole.images[::21]), factors_of("dsprites-16")[::21]
        monkeypatch.setattr("course_pkg.benchmark.untrained.of_model", lambda *given, logits: quick(*given))
    one, again, other = (UNTRAINED[name].measure(source, factors, seed, "deep") for seed in (0, 0, 1))
    one, again, other = without_clock([one, again, other])
    assert one == again != other and UNTRAINED[name].varies


def test_the_channels_of_the_factors_are_told_them():
    source, factors = named(SPARSE), factors_of(SPARSE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("course_pkg.benchmark.untrained.STEPS", 1)
        found = UNTRAINED["factor-channels"].measure(source, factors, 0, "deep")
    assert found["kim_mnih_exact"] > 0.99
    assert sum(found[f"nats_{name}"] for name in ("posX", "posY", "scale", "shape", "orientation")) == pytest.approx(25)


# What a model makes by itself -----------------------------------------------------------------------------------------


class Makes:
    """A model that makes these images, over and over."""

    def __init__(self, images):
        self.images = images

    def generate(self, n, generator):
        return self.images[torch.arange(n) % len(self.images)]


def test_a_generator_is_near_and_of_many_kinds_or_it_is_not():
    source, factors = named(SPARSE), factors_of(SPARSE)
    x = source.prepare(source.images)
    whole, one = (generated.of_generated(Makes(images), source, factors, 0, 1440) for images in (x, x[700:701]))
    assert whole["made_distance"] == pytest.approx(0, abs=1e-5) and whole["made_kinds"] > 1, "each once, not drawn"
    assert one["made_distance"] == pytest.approx(0, abs=1e-5) and one["made_kinds"] < 0.01, "one kind of 288"
    fog = generated.of_generated(Makes(x.mean(0, keepdim=True)), source, factors, 0, 100)
    assert 0.2 < fog["made_distance"] < 1
    with pytest.raises(ValueError, match="expected the small sprites"):
        generated.of_generated(Makes(x), named("digits"), factors, 0)


def test_the_nearest_image_is_the_nearest(monkeypatch):
    monkeypatch.setattr(generated, "BLOCK", 500)
    source = named(SPARSE)
    made = torch.rand(5, 1, 16, 16, generator=torch.Generator().manual_seed(0))
    apart, which = generated.nearest(made, source)
    each = (made[:, None] - source.prepare(source.images)[None]).square().flatten(2).sum(2)
    assert torch.equal(which, each.argmin(1)) and torch.allclose(apart, each.min(1).values, atol=1e-3)


@pytest.mark.parametrize("values", [0, 3])
def test_codes_of_the_prior_are_decoded_with_every_value(values):
    shape = (1, 16, 16)
    model = Assigned(shape, 2, 0, values, layers="deep") if values else net(shape, 2, 0, "deep")
    if values:
        model.counts.fill_(1)
    made = generated.from_prior(model, 50, torch.Generator().manual_seed(0))
    assert made.shape == (50, *shape) and 0 <= made.min() and made.max() <= 1 and made.std(0).min() > 0


def test_pictures_are_looked_at_where_they_are_asked_for(tmp_path, monkeypatch):
    monkeypatch.setattr(study, "of_model", quick)
    assert "made_kinds" not in study.study(TINY, ["vae"], [0], tmp_path)[0]
    found = [study.study(TINY, ["vae"], [0], tmp_path, pictures=True)[0] for _ in range(2)]
    assert found[0] == found[1] and found[0]["made_distance"] > 0
    assert study.table(TINY, ["vae"], [0], tmp_path) == found[:1]


# The table ----------------------------------------------------------------------------------------------------------


def test_the_command_writes_a_table_that_says_where_it_is_from(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(command.PROTOCOLS, "pocket", TINY)
    argv = ["--systems", "labels", "vae", "--seeds", "0", "--folder", str(tmp_path / "runs")]
    assert command.main([*argv, "--table", str(tmp_path / "pocket.json")]) == 0
    assert "2 runs done, 0 failed" in capsys.readouterr().out
    written = kept.kept("pocket", tmp_path)
    assert [run["row"] for run in written["runs"]] == ["labels", "vae"] and written["card"]["common"]["steps"] == 3
    assert written["card"]["command"].startswith("python -m course_pkg benchmark --systems labels vae")
    assert written["card"]["rows"]["beta-vae-10"] == {"system": "beta-vae", "beta": 10.0}
    assert "comparisons written down in" in written["card"]
    before = (tmp_path / "pocket.json").read_bytes()
    assert command.main([*argv, "--table", str(tmp_path / "pocket.json"), "--only-table"]) == 0
    kept.kept.cache_clear()
    assert kept.kept("pocket", tmp_path)["runs"] == written["runs"] and len(before) > 0
    with pytest.raises(FileNotFoundError, match="benchmark --protocol lesson"):
        kept.kept("lesson", tmp_path)
    assert kept.values(written["runs"], "vae", "kim_mnih") == [written["runs"][1]["kim_mnih"]]
    assert kept.values(written["runs"], "labels", "rate") == []


def test_a_wrong_row_ends_the_command_before_it_begins(tmp_path, capsys):
    with pytest.raises(SystemExit) as end:
        command.main(["--systems", "gan", "--folder", str(tmp_path / "new")])
    assert end.value.code == 2 and "no row is called gan" in capsys.readouterr().err


def test_the_protocol_is_what_the_trial_chose():
    """The lowest objective at the published price of four, on a seed that the study does not use."""
    trial = kept.kept("trial")
    at_four = {run["way"]: run["objective"] for run in trial["runs"] if run["row"] == "beta-vae-4"}
    taken = trial["card"]["ways"][min(at_four, key=at_four.get)]
    assert len(at_four) == 3 and trial["card"]["seed"] not in range(POCKET.seeds)
    assert {name: POCKET.common[name] for name in ("batch_size", "lr")} == {
        name: taken[name] for name in ("batch_size", "lr")
    }
    assert POCKET.steps <= taken["steps"] and trial["card"]["common"] == dict(POCKET.common)


def test_what_was_reached_of_the_full_protocol_says_how_far_and_where():
    found = kept.kept("full")
    assert found["card"]["common"] == dict(FULL.common) and found["card"]["protocol"] == "full"
    which = [(run["row"], run["seed"], run.get("run", 1)) for run in found["runs"]]
    assert which == sorted(which, key=lambda one: (list(rows(FULL)).index(one[0]), *one[1:])) and len(set(which)) == 5
    for run in found["runs"]:
        assert run["row"] in rows(FULL) and 0 < run["step"] <= FULL.steps
        assert {"device", "torch", "course"} <= run.keys() and set(measure.EXACT) <= run.keys()
        parts = run["information"] + run["tc"] + run["dimwise"]
        assert abs(parts - run["rate"]) < run["error_tc"]  # the parts are averages over codes drawn, the rate is exact
