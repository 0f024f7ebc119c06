"""The chapter's three systems on dSprites: the weights do what their cards say, and all seeds are told of."""

import json

import pytest
import torch

from course_pkg import cascade, elbo
from course_pkg.data import dsprites
from course_pkg.data.named import named
from course_pkg.models.networks import silent_units
from course_pkg.models.weights import FOLDER, lesson
from helpers import generator, tool

SIGMAS = 4.5
LESSONS = {"cascade-c": "cascade-vae-c", "cascade": "cascade-vae", "joint": "joint-vae"}
SCORED = 12_000  # images of a card's scores


def pictures(n, seed):
    chosen = torch.randint(dsprites.TOTAL, (n,), generator=generator(seed))
    return dsprites.images(chosen)[:, None].float(), dsprites.factors(chosen)


def kept(name):
    """The card of these weights among those of all seeds."""
    _, card = lesson(name)
    rows = cascade.on_dsprites()[LESSONS[name]]
    return next(r for r in rows if (r["seed"], r["learning rate"]) == (card["seed"], card["learning rate"]))


@pytest.mark.parametrize("name", LESSONS)
@torch.inference_mode()
def test_weights_score_what_their_card_says(name):
    """1,200 fresh images: means of either sample, each with its own error. The value is drawn, not relaxed."""
    model, card = lesson(name)
    x, _ = pictures(1200, 5)
    unrelaxed, draws = tool("train_lesson").unrelaxed, generator(6)
    terms = []
    for part in x.split(100):
        q = unrelaxed(model.encode(part))
        cost = -elbo.bernoulli_log_likelihood(part, model.decode(q.sample(draws)))
        terms.append(torch.cat([cost[:, None], q.kl()], 1))
    found = torch.cat(terms).double()
    told = torch.tensor([card["reconstruction"], *card["kl"]], dtype=torch.float64)
    room = SIGMAS * found.std(0) * (1 / len(x) + 1 / SCORED) ** 0.5 + 1e-3
    assert found.shape[1] == len(told) and ((found.mean(0) - told).abs() < room).all()
    assert (room < 0.1 * told.clamp_min(0.1)).all(), "an error that would show a model with other scores"


@pytest.mark.parametrize("name", ["cascade", "joint"])
@torch.inference_mode()
def test_a_value_is_used_as_is_told(name):
    """Value and shape of 1,000 fresh images: each cell as in the sample that is told of, and as in the whole set."""
    model, card = lesson(name)
    x, factors = pictures(1000, 7)
    value = torch.cat([model.encode(part).second.codes()[:, 0].long() for part in x.split(100)])
    accuracy = cascade.unsupervised_accuracy(value, factors[:, 0])
    for told in (kept(name)["value"], card["split"]["value"]):
        counts = torch.tensor(told["of each shape"])
        share, images = counts / counts.sum(), counts.sum().item()
        found = torch.zeros_like(share)
        found.index_put_((value, factors[:, 0]), torch.tensor(1 / len(x)), accumulate=True)
        spread = (share.clamp_min(1e-4) * (1 / len(x) + 1 / images)).sqrt()
        assert ((found - share).abs() < SIGMAS * spread).all()
        assert accuracy == pytest.approx(told["accuracy"], abs=SIGMAS * 0.5 * (1 / len(x) + 1 / images) ** 0.5)


@pytest.mark.parametrize("name", LESSONS)
def test_silent_units_are_those_that_are_told_of(name):
    """The same images, but another machine adds in another order: a unit that hardly speaks may be silent there."""
    model, _ = lesson(name)
    found, told = silent_units(model.encoder, tool("gather_lessons").drawn()[0]), kept(name)["silent"]["units"]
    assert all(a == b and abs(n - m) <= 2 for (n, a), (m, b) in zip(found, told, strict=True))


@pytest.mark.parametrize("name", LESSONS)
def test_all_seeds_are_told_of_and_seed_0_is_the_lesson(name):
    rows, card, mine = cascade.on_dsprites()[LESSONS[name]], lesson(name)[1], kept(name)
    same = mine.keys() - {"silent", "value"}
    assert {key: card[key] for key in same} == {key: mine[key] for key in same}
    rates = sorted({row["learning rate"] for row in rows})
    which = [(r["learning rate"], r["seed"], r.get("run", 1)) for r in rows]
    again = [] if name == "joint" else [(0.001, 2, 2)]
    assert which == sorted([(lr, seed, 1) for lr in rates for seed in range(3)] + again)
    assert rates == ([0.0005, 0.001] if name == "joint" else [0.001])


ALL = {
    f"{s}-{c['learning rate']}-{c['seed']}-{c.get('run', 1)}": c
    for s, cards in cascade.on_dsprites().items()
    for c in cards
}
SUMMED = {name: row for name, row in ALL.items() if "split" in row}


def test_the_seed_whose_weights_are_kept_is_summed_over_all_images():
    assert all("split" in kept(name) for name in LESSONS)


@pytest.mark.parametrize("row", SUMMED.values(), ids=SUMMED)
def test_the_split_adds_up(row):
    nats, errors = row["split"]["nats"], row["split"]["errors"]
    assert row["split"]["images"] == dsprites.TOTAL and len(row["split"]["latents"]) == len(row["kl"])
    parts = nats["information"] + nats["tc"] + nats["dimwise"]
    assert abs(parts - nats["rate"]) < SIGMAS * sum(errors.values()) + 0.002
    assert nats["rate"] == pytest.approx(row["rate"], rel=0.01) and all(
        errors[part] < max(0.2, 0.01 * nats[part]) for part in errors
    )


@pytest.mark.parametrize("row", [pytest.param(row, id=name) for name, row in ALL.items() if "value" in row])
def test_what_a_value_says_fits_its_counts(row):
    told = row["value"]
    counts = torch.tensor(told["of each shape"])
    assert counts.sum() == told["images"]
    share = counts.sum(1) / told["images"]
    entropy = -torch.special.xlogy(share, share).sum().item()
    hard = row["net"] == "assigned"
    assert told["nats"] == pytest.approx(entropy, abs=1e-4) if hard else told["nats"] <= entropy + 0.01
    if "split" in row:
        whole = row["split"]["value"]
        assert told["accuracy"] == pytest.approx(whole["accuracy"], abs=SIGMAS * 0.5 / told["images"] ** 0.5)
        assert told["nats"] == pytest.approx(whole["nats"], abs=0.03)


def test_a_net_with_a_silent_layer_says_nothing():
    """JointVAE: a constant code at its capacities, whose decoder draws the mean image; no other net is dead."""
    for name, row in ALL.items():
        dead = any(silent == of for silent, of in row["silent"]["units"][:4])
        assert dead == (row["reconstruction"] > 500) == name.startswith("joint"), name
        assert not dead or (row["value"]["nats"] == 0 and abs(row["rate"] - 41.1) < 1), (
            "40 nats, and log 3 of the value"
        )
        assert "split" not in row or dead == (row["split"]["nats"]["information"] == 0), name


@torch.inference_mode()
def test_one_code_for_all_images_needs_no_sum():
    """Of the weights that are kept the claim is tried on fresh images: one code, to rounding, as some processors sum
    the last rows of a batch in another order. No code, no parts."""
    model, card = lesson("joint")
    q = model.encode(pictures(200, 8)[0])
    for each in (q.first.mu, q.first.log_var, q.second.logits):
        assert (each - each[0]).abs().max() < 1e-5 * each.abs().max()
    assert cascade.same_code(kept("joint")) and card["split"]["nats"]["dimwise"] == pytest.approx(
        card["rate"], abs=SIGMAS * card["split"]["errors"]["dimwise"]
    )
    for name, row in ALL.items():
        parts = cascade.parts_of_rate(row)
        assert cascade.same_code(row) == name.startswith("joint") and (parts is not None or "split" not in row), name
        if cascade.same_code(row):
            assert parts == {"information": 0.0, "tc": 0.0, "dimwise": row["rate"]}, name
        elif parts:
            assert parts == {part: row["split"]["nats"][part] for part in parts} and parts["information"] > 0, name
    assert cascade.parts_of_rate({key: value for key, value in kept("cascade").items() if key != "split"}) is None


def test_the_tool_gathers_by_system_and_leaves_out_what_only_a_figure_needs(tmp_path):
    for name in ("cascade-c", "cascade"):
        for end in ("json", "safetensors"):
            (tmp_path / f"{name}.{end}").write_bytes((FOLDER / f"{name}.{end}").read_bytes())
    gather = tool("gather_lessons")
    found = json.loads(json.dumps(gather.gathered([tmp_path], (), 20, 30)))
    assert list(found) == ["cascade-vae", "cascade-vae-c"] and found["cascade-vae"][0]["silent"]["images"] == 20
    assert found["cascade-vae"][0]["value"]["images"] == 30 and "value" not in found["cascade-vae-c"][0]
    row = found["cascade-vae-c"][0]
    assert not set(gather.LEFT_OUT) & set(row) and row["kl"] == lesson("cascade-c")[1]["kl"]
    assert list(gather.gathered([tmp_path], ["cascade-vae"], 20, 30)) == ["cascade-vae"]
    twice = gather.gathered([tmp_path, tmp_path], ["cascade-vae-c"], 20, 30)["cascade-vae-c"]
    assert [card.get("run", 1) for card in twice] == [1, 2] and [card["seed"] for card in twice] == [0, 0]


def test_the_first_steps_are_what_their_tool_trains(monkeypatch):
    runs, tools = cascade.first_steps(), tool("joint_starts")
    assert [(run["seed"], run["way"]) for run in runs] == [(s, way) for s in range(tools.SEEDS) for way in tools.WAYS]
    assert all(run["steps"] == list(range(50, tools.STEPS + 1, 50)) for run in runs)
    own = tool("train_lesson")
    assert (tools.LR, tools.LATENTS, tools.BATCH) == (own.lr_of("joint"), own.latents_of("joint"), own.BATCH)
    system, settings = own.lessons(own.STEPS)["joint"]
    facts = {"images": dsprites.TOTAL, "shape": (1, 64, 64), "net": None, "latents": tools.LATENTS, "seed": 0}
    lesson_pays = own.arguments(system, settings, facts)["weights"]
    value, ends = torch.tensor(3.0), tools.ENDS
    for step in (0, 500, 1000, 20_000):
        for name, end in ends.items():
            assert tools.WAYS["as it is"](end)(value, step) == pytest.approx(lesson_pays[name](value, step).item())
    monkeypatch.setattr(tools, "EVERY", 1)
    short = tools.run(tools.WAYS["hinge"], 0, named("dsprites"), 5)
    assert short["steps"] == [5] and short.keys() < runs[0].keys() and 500 < short["reconstruction"][0] < 5000
