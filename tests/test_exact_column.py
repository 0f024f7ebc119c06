"""The exact column on the lessons' cards: its parts add up, and fresh images of each model agree with it."""

import runpy

import pytest
import torch

from course_pkg.data import dsprites, small
from course_pkg.data.named import named
from course_pkg.models.adversarial import Critic, Generator, Paired
from course_pkg.models.mixed import Assigned, Relaxed
from course_pkg.models.networks import burgess, mlp
from course_pkg.models.weights import FOLDER, add_to_card, channels, data_of, keep, lesson, packed, rounded
from course_pkg.runs.represent import posteriors
from course_pkg.total_correlation import exact_split, read_split
from helpers import ROOT, generator

LESSONS = [path.stem for path in sorted(FOLDER.glob("*.json")) if "split" in lesson(path.stem)[1]]
TOOL = ROOT / "tools" / "split_lessons.py"
SIGMAS = 4.5


def test_the_lessons_that_the_chapters_compare_have_it():
    assert set(LESSONS) >= {"beta-1", "beta-4", "tc", "factor"}


@pytest.mark.parametrize("name", LESSONS)
def test_the_parts_add_up_to_the_rate(name):
    _, card = lesson(name)
    found = card["split"]
    nats, errors = found["nats"], found["errors"]
    whole = {"dsprites": dsprites.TOTAL, "dsprites-16": small.TOTAL}
    assert found["images"] == whole[data_of(name)] and len(found["latents"]) == len(card["kl"])
    assert abs(nats["information"] + nats["tc"] + nats["dimwise"] - nats["rate"]) < SIGMAS * sum(errors.values())
    assert sum(found["latents"]) == pytest.approx(nats["dimwise"], abs=0.006)
    # A tenth of a nat, or a fiftieth of a rate of 40 nats or more: a constant code of JointVAE, MMD-VAE's narrow ones.
    assert max(errors.values()) < max(0.1, 0.02 * nats["rate"])
    assert all(nats[part] >= -SIGMAS * errors[part] for part in errors)
    assert nats["rate"] == pytest.approx(card["rate"], rel=0.01)
    assert f"split_lessons.py {name}" in found["command"] and {"codes", "seed", "torch", "course"} <= set(found)


def test_the_lesson_that_pays_for_25_nats_says_nothing():
    """The absolute value drew it to the rate it was told, all of it the distance of q(z) from the prior."""
    _, card = lesson("capacity")
    nats, errors = card["split"]["nats"], card["split"]["errors"]
    assert nats["information"] == nats["tc"] == 0 and abs(nats["dimwise"] - nats["rate"]) < SIGMAS * errors["dimwise"]
    assert lesson("hinge")[1]["split"]["nats"]["information"] > 13


@pytest.mark.parametrize("name", ["tc", "factor"])
@torch.inference_mode()
def test_fresh_images_agree_with_the_card(name):
    """4,096 images: their mean KL is the rate; what they read of the information lies on either side of the truth."""
    model, card = lesson(name)
    nats, errors = card["split"]["nats"], card["split"]["errors"]
    chosen = torch.randint(dsprites.TOTAL, (4096,), generator=generator(3))
    q = [model.encode(dsprites.images(part)[:, None].float()) for part in chosen.split(64)]
    mu, log_var = (torch.cat([getattr(part, kind) for part in q]) for kind in ("mu", "log_var"))
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(1)
    assert abs(kl.mean().item() - nats["rate"]) < SIGMAS * (kl.std() / 64).item()
    below, above = (read_split(mu, log_var, own, 400, generator(4)) for own in (1 / 4096, 1 / dsprites.TOTAL))
    room = lambda part: SIGMAS * (errors["information"] + part.errors["information"].item())
    assert below.information - room(below) < nats["information"] < above.information + room(above)
    assert below.information < above.information - 1, "a batch of 4,096 leaves room between them"
    # Each latent is read from 4,096 images almost exactly: no single latent holds more than four nats.
    assert below.dimwise.sum().item() == pytest.approx(nats["dimwise"], abs=SIGMAS * 2 * errors["dimwise"] + 0.05)


@pytest.mark.parametrize("name", [path.stem for path in sorted(FOLDER.glob("*.safetensors"))])
@torch.inference_mode()
def test_each_lesson_reloads_to_the_scores_of_its_card(name):
    """The rate and the cost of the pixels, of 400 other images: within the error of their averages and the card's."""
    tool = runpy.run_path(str(ROOT / "tools" / "train_lesson.py"))
    model, card = lesson(name)
    part = tool["chosen"](model, 400, generator(5))
    q = tool["unrelaxed"](model.encode(tool["taken"](model, part)))
    x, what = tool["pictures"](model, part), tool["cost_name"](model)
    drawn = model.decode(q.sample(generator(6))).view_as(x)
    for found, told in ((q.kl().sum(1), card["rate"]), (tool["cost"](model, x, drawn), card[what])):
        error = found.std().item() * (1 / 400 + 1 / (tool["SEEN"] + tool["HELD_OUT"])) ** 0.5
        assert abs(found.mean().item() - told) < SIGMAS * error + 0.005, (found.mean(), told, error)


def test_the_tool_writes_what_the_function_finds_and_leaves_the_rest(tmp_path, monkeypatch):
    monkeypatch.setenv("DISENTANGLE_CACHE", str(tmp_path / "cache"))
    model = mlp((1, 8, 8), 3, hidden=8)
    tool = runpy.run_path(str(TOOL))
    found = tool["column"](model, "digits", codes=50, seed=1)
    q = posteriors(model, "digits", "cpu")
    own = exact_split(q.mu.double(), q.log_var.double(), 50, generator(1))
    assert found["images"] == 1797 and found["codes"] == 50
    assert found["nats"]["tc"] == pytest.approx(own.tc.item(), abs=6e-4)
    assert found["nats"]["rate"] == pytest.approx(own.rate.item(), abs=6e-4)
    assert found["errors"]["dimwise"] == pytest.approx(own.errors["dimwise_sum"].item(), abs=6e-4)
    assert found["latents"] == pytest.approx(own.dimwise.tolist(), abs=6e-4)

    keep("small", lesson("beta-1")[0], {"seed": 7}, tmp_path)
    weights = (tmp_path / "small.safetensors").read_bytes()
    add_to_card("small", {"split": found}, tmp_path)
    card = lesson("small", tmp_path)[1]
    assert card["split"] == found and card["seed"] == 7 and (tmp_path / "small.safetensors").read_bytes() == weights


@pytest.mark.parametrize("kind", [Relaxed, Assigned])
def test_the_tool_splits_a_code_with_a_value_and_says_how_the_value_is_used(tmp_path, monkeypatch, kind):
    monkeypatch.setenv("DISENTANGLE_CACHE", str(tmp_path / "cache"))
    model = kind((1, 8, 8), 2, 0)
    found = runpy.run_path(str(TOOL))["column"](model, "digits", codes=400, seed=1)
    nats, errors = found["nats"], found["errors"]
    assert found["images"] == 1797 and len(found["latents"]) == 3
    assert abs(nats["information"] + nats["tc"] + nats["dimwise"] - nats["rate"]) < SIGMAS * sum(errors.values())
    assert sum(found["value"]["shares"]) == pytest.approx(1, abs=2e-4) and len(found["value"]["shares"]) == 3
    if kind is Assigned:  # before its step every value costs the same, and the first is taken
        assert found["value"] == {"nats": 0.0, "shares": [1.0, 0.0, 0.0]}


SHAPE = (1, 64, 64)
OTHERS = {
    "relaxed": lambda: Relaxed(SHAPE, 6, 3),
    "assigned": lambda: Assigned(SHAPE, 6, 3),
    "paired": lambda: Paired(Generator(SHAPE, 6, 3, noise=5), Critic(SHAPE, 6, 3)),
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_card_with_a_net_of_another_kind_builds_it_again(tmp_path, name):
    tool = runpy.run_path(str(ROOT / "tools" / "train_lesson.py"))
    model = OTHERS[name]()
    keep("small", tool["rounded"](model), {"seed": 3, **tool["net_of"](model)}, tmp_path)
    again, card = lesson("small", tmp_path)
    assert card["net"] == name and card["values"] == model.values and type(again) is type(model)
    assert all(torch.equal(value, model.state_dict()[key]) for key, value in again.state_dict().items())
    assert tool["net_of"](mlp((1, 8, 8), 2)) == {}


TERMS = {"dc-ign": "invariance", "annealed": "kl", "channels": "reconstruction"}


@pytest.mark.parametrize("name", TERMS)
def test_a_system_that_is_not_a_vae_at_a_price_is_trained_like_the_others(name):
    """Two steps: batches of its own, a schedule, and a model that encodes and decodes at the end."""
    tool = runpy.run_path(str(ROOT / "tools" / "train_lesson.py"))
    (system, settings), latents = tool["lessons"](2)[name], 8 if name == "channels" else 6
    facts = {"images": dsprites.TOTAL, "shape": SHAPE, "net": None, "latents": latents, "seed": 0}
    model, history, _ = tool["train_model"](tool["asked_of"](system, settings, facts), 2, None, latents=latents)
    x = tool["taken"](model, torch.arange(3))
    assert model.decode(model.encode(x).codes()).numel() == 3 * 64 * 64
    assert TERMS[name] in history.terms


def test_channels_come_back_with_their_capacity_and_are_split_over_every_setting(tmp_path):
    """The card says the capacity; the rate is that number, as the features have variance one."""
    tool = runpy.run_path(str(ROOT / "tools" / "train_lesson.py"))
    model = channels(6.0, seed=2)
    with torch.no_grad():
        model.shares.copy_(torch.tensor([0.0, 0.05, -0.05, 0.1, 0.0, -0.1, 0.2, 0.15]))
    keep("small", tool["rounded"](model, 8), {"bits": 8, **tool["net_of"](model)}, tmp_path)
    again, card = lesson("small", tmp_path)
    assert card["capacity"] == again.capacity == 6 and card["latents"] == 8
    assert torch.equal(again.rates(), model.rates()) and torch.equal(again.decoder[0].weight, model.decoder[0].weight)
    with pytest.raises(ValueError, match=r"told the factors and encode no image: .* got \(1, 1, 64, 64\)"):
        again.encode(torch.zeros(1, *SHAPE))
    nats = runpy.run_path(str(TOOL))["column"](again, "dsprites", codes=10)["nats"]
    assert nats["rate"] == pytest.approx(6, abs=0.01)  # an orientation occurs twice: its variance is not quite one
    assert tool["starts"](again)["a heart"][3] == pytest.approx(
        again.encode(tool["rows"](dsprites.index([tool["STARTS"]["a heart"]]))).mu[0, 3].item(), abs=0.005
    )


@pytest.mark.parametrize("name", ["pca", "ica"])
def test_a_fitted_lesson_is_linear_and_comes_back(tmp_path, monkeypatch, name):
    """Its decoder as one layer draws what it draws; eight bits move each weight by half a step of its row at most."""
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    tool = runpy.run_path(str(ROOT / "tools" / "fit_lesson.py"))
    model, told = tool["fitted"](name, images=400, seed=1)
    z = torch.randn(5, model.latents, generator=generator(2))
    before = model.decode(z)
    assert torch.allclose(model.decoder(z).view_as(before), before, atol=1e-5)
    keep("small", rounded(model, 8), {"bits": 8, **told, **tool["net_of"](model)}, tmp_path)
    again, card = lesson("small", tmp_path)
    assert torch.equal(again.decode(z), model.decode(z)) and "steps" not in card and "fitted" in card
    half_a_step = model.W.abs().amax(1).view(before.shape[1:]) * 0.502 / 127  # at most: a row's scale is bfloat16
    most = half_a_step * z.abs().sum(1).view(-1, 1, 1, 1) + 2**-11 * model.mean.max()
    assert ((again.decode(z) - before).abs() <= most + 1e-5).all()
    found = runpy.run_path(str(ROOT / "tools" / "train_lesson.py"))["scores"](again, seen=60, held_out=30)
    assert found["squared error"] > 0 and "reconstruction" not in found
    assert found["rate"] == pytest.approx(sum(found["kl"]), abs=0.02)


def test_the_dense_lesson_is_a_run_of_the_study_on_small_images(tmp_path, monkeypatch):
    """A small image that is drawn of a large one is that of the set; its nats count for the pixels it stands for."""
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    fit, train = (runpy.run_path(str(ROOT / "tools" / f"{name}_lesson.py")) for name in ("fit", "train"))
    model, told = fit["of_the_study"]("mlp", tmp_path / "runs", steps=2)
    assert told["steps"] == 2 and model.shape == (1, 16, 16)
    keep("small", rounded(model, 8), {"bits": 8, **told, **train["net_of"](model)}, tmp_path)
    again, _ = lesson("small", tmp_path)
    assert data_of("small", tmp_path) == "dsprites-16" and data_of("../small", tmp_path) == "dsprites"
    at = torch.tensor([0, 5, small.TOTAL - 1])
    x = train["pictures"](again, small.in_large(at))
    source = named("dsprites-16")
    assert torch.equal(x, source.prepare(source.images[at]))
    flat = torch.zeros_like(x)  # a logit of zero costs log 2 a pixel, of the 4,096 that the small ones stand for
    assert train["cost"](again, x, flat) == pytest.approx([4096 * 0.6931472] * 3, rel=1e-6)
    places = train["chosen"](again, 50, generator(3))
    assert len(places.unique()) == 50 and (dsprites.factors(places) % small.EVERY == 0).all()


def test_a_pair_on_small_images_comes_back(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    tool = runpy.run_path(str(ROOT / "tools" / "fit_lesson.py"))
    model, told = tool["of_the_study"]("info-gan", tmp_path / "runs", steps=2)
    keep("small", rounded(model, 8), {"bits": 8, **told, **tool["net_of"](model)}, tmp_path)
    again, card = lesson("small", tmp_path)
    z = torch.randn(3, model.latents, generator=generator(0))
    assert torch.equal(again.decode(z), model.decode(z)) and again.shape == (1, 16, 16)
    assert card["noise"] == 62 and data_of("small", tmp_path) == "dsprites-16"


@pytest.mark.parametrize("bits", [8, 16])
def test_weights_come_back_as_they_were_rounded(tmp_path, bits):
    """A model that was rounded rounds to itself; in eight bits no weight is off by more than half a step of its row."""
    model = burgess(seed=4)
    before = {key: value.clone() for key, value in model.state_dict().items()}
    rounded(model, bits)
    keep("small", model, {"bits": bits}, tmp_path)
    again, card = lesson("small", tmp_path)
    for key, value in again.state_dict().items():
        assert torch.equal(value, model.state_dict()[key])
        if value.ndim > 1:
            off, most = (value - before[key]).flatten(1).abs().amax(1), before[key].flatten(1).abs().amax(1)
            assert (off <= most * (0.502 / 127 if bits == 8 else 2**-11)).all()
    rounded(again, bits)
    assert all(torch.equal(value, model.state_dict()[key]) for key, value in again.state_dict().items())
    assert card["bytes"] < (520_000 if bits == 8 else 1_010_000)


def test_a_row_of_zeros_and_other_bits():
    model = mlp((1, 2, 2), 2, hidden=3)
    with torch.no_grad():
        model.encoder[1].weight[0] = 0
    assert (rounded(model, 8).encoder[1].weight[0] == 0).all() and model.encoder[1].weight[1].abs().max() > 0
    with pytest.raises(ValueError, match="expected weights of 8 or 16 bits, got 4"):
        packed(model, 4)
