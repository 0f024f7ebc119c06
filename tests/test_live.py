"""Live figures, the Python side: what a page gets, what a kernel gets, and the lesson's weights with their card."""

import base64
import importlib
import io
import json
import re
import runpy
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from traitlets import TraitError

from course_pkg.elbo import gaussian_kl
from course_pkg.models.adversarial import Critic, Generator, Paired
from course_pkg.models.baselines import LinearCode
from course_pkg.models.mixed import Assigned, Relaxed
from course_pkg.models.networks import burgess, mlp
from course_pkg.models.weights import FOLDER, keep, lesson, rounded
from course_pkg.show import live
from course_pkg.show.live.decoder import described, latent_state
from course_pkg.show.live.lessons import told
from course_pkg.show.live.strips import in_words, png, strip
from helpers import ROOT, environment


def rate_figure():
    return live.rate_figure(lessons={2: "beta-4", 8: "beta-4"})


FIGURES = {
    "kl": live.kl_figure,
    "latents": live.latent_figure,
    "lessons": live.lessons_figure,
    "rate": rate_figure,
    "bottleneck": live.bottleneck_figure,
    "scores": live.scores_figure,
    "mmd": live.mmd_figure,
    "turn": live.turn_figure,
    "batch": live.batch_figure,
    "shuffle": live.shuffle_figure,
    "cascade": live.cascade_figure,
}
TOOL = ROOT / "tools" / "train_lesson.py"
LESSONS = sorted(path.stem for path in FOLDER.glob("*.safetensors"))


# --- pages ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FIGURES)
def test_html(name):
    figure = FIGURES[name]()
    page = figure._repr_html_()
    assert page == FIGURES[name]()._repr_html_(), "nbval compares HTML: it must not differ from run to run"
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", page), "a figure asks another host"
    assert "import(" not in page and not re.search(r"^import ", page, re.M), "a page on the disk may not load modules"
    assert page.count("</script>") == 2 + len(figure.also) and ' id="' not in page
    assert "A live figure" in repr(figure)


def test_state_cannot_end_its_script():
    figure = live.Figure("kl", {"text": "</script><b>"}, "words")
    assert figure._repr_html_().count("</script>") == 2


@pytest.mark.parametrize("wrong", [{"points": 4}, {"up": 3.5}, {"spread": 0.1}, {"h": 0.01}, {"h": float("nan")}])
def test_clouds_outside_the_figure(wrong):
    with pytest.raises(ValueError, match="expected 5 to 80 points"):
        live.mmd_figure(**wrong)


@pytest.mark.parametrize(("p_y", "beta"), [((), 0.1), ((0.2, 1.0), 0.1), ((0.2, 0.8), 0.0), ((0.2, 0.8), 2.0)])
def test_a_table_or_a_price_outside_the_figure(p_y, beta):
    with pytest.raises(ValueError, match=r"probabilities from \.01 to \.99 and a beta from \.001 to 1"):
        live.bottleneck_figure(p_y, beta)


@pytest.mark.parametrize("wrong", [{"turn": 91}, {"rho": 0.95}, {"ratio": 0.5}, {"beta": 7}, {"beta": float("nan")}])
def test_a_world_outside_the_figure(wrong):
    with pytest.raises(ValueError, match="expected a turn from 0 to 90 degrees, a correlation"):
        live.turn_figure(**wrong)


@pytest.mark.parametrize(
    "wrong", [{"latents": 1}, {"nats": 5}, {"rho": 1.0}, {"batch": 100}, {"batch": 0}, {"own": 0.0}, {"own": 1.5}]
)
def test_a_batch_outside_the_figure(wrong):
    with pytest.raises(ValueError, match=r"expected 2 to 10 latents of \.2 to 4 nats"):
        live.batch_figure(**wrong)


@pytest.mark.parametrize("wrong", [{"tc": 9}, {"batch": 3}, {"batch": 0}, {"z1": 4}, {"z2": float("nan")}])
def test_a_shuffle_outside_the_figure(wrong):
    with pytest.raises(ValueError, match="expected a total correlation from 0 to 8 nats, a batch"):
        live.shuffle_figure(**wrong)


@pytest.mark.parametrize("wrong", [{"prices": (1, 2)}, {"prices": (1, 2, 4)}, {"start": 0}, {"start": 13}])
def test_a_cascade_outside_the_figure(wrong):
    with pytest.raises(ValueError, match="expected three prices from 1 to 3 and a start from 1 to 12"):
        live.cascade_figure(**wrong)


def test_a_turn_outside_the_figure():
    with pytest.raises(ValueError, match="a turn from 0 to 90 degrees, got 100"):
        live.scores_figure(100)


def test_size():
    import gzip

    page = live.latent_figure()._repr_html_().encode()
    assert len(gzip.compress(page)) < 1e6, "the page of a chapter must stay under 2 MB, compressed"


def test_size_of_strips():
    trained = {float(name.removeprefix("beta-")): name for name in LESSONS if name.startswith("beta-")}
    sweep = live.rate_figure(lessons=trained).state["sweep"]
    assert [s["beta"] for s in sweep] == sorted(trained) and len(trained) >= 3
    assert sum(len(row["src"]) for s in sweep for row in s["rows"]) < 100_000


# --- all lessons ------------------------------------------------------------------------------------------------------

CARD = {"title": "A system, beta = 2", "rate": 3.456, "seed": 1, "steps": 12000}


def test_each_lesson_is_listed_once_in_the_words_of_its_card():
    entries = live.lessons_figure().state["lessons"]
    assert sorted(entry["name"] for entry in entries) == LESSONS and len({entry["words"] for entry in entries}) == len(
        LESSONS
    )
    titles = runpy.run_path(str(TOOL))["TITLES"]
    assert all(lesson(entry["name"])[1]["title"] == entry["words"] == titles[entry["name"]] for entry in entries)
    betas = [float(entry["words"].split(" = ")[1]) for entry in entries if entry["name"].startswith("beta-")]
    assert betas == sorted(betas) and len(betas) >= 4, "a price of 16 does not stand before one of 2"
    assert live.lessons_figure("mmd").state["at"] == "mmd"
    with pytest.raises(FileNotFoundError, match="no lesson weights called 'beta-3'"):
        live.lessons_figure("beta-3")


def test_a_card_in_sentences():
    split = {"nats": {"rate": 3.4, "information": 3.0, "tc": 0.25, "dimwise": 0.125}, "images": 1000}
    split["errors"] = {"information": 0.04, "tc": 0.03, "dimwise": 0.0}
    assert told({**CARD, "split": split, "codes": "guesses"}).replace("\u00a0", " ") == (
        "Rate 3.40 nats, over all 1,000 images: information 3.00 ± 0.04, total correlation 0.25 ± 0.03, "
        "the latents' own divergences 0.12 ± 0.00. Seed 1, 12,000 steps. Its codes: guesses."
    )
    assert told(CARD) == (
        "Rate 3.46 nats, over some of the images; its card does not split it into parts. Seed 1, 12,000 steps."
    )
    fitted = {**{key: value for key, value in CARD.items() if key != "steps"}, "fitted": "fitted to 200 images"}
    assert told(fitted).endswith("into parts. Seed 1, fitted to 200 images.")


def test_a_build_writes_the_state_of_each_figure_beside_the_pages(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "book" / "_ext"))
    folder = tmp_path / "_static" / "lessons"
    folder.mkdir(parents=True)
    (folder / "gone.js").touch()
    app = SimpleNamespace(builder=SimpleNamespace(format="html"), outdir=str(tmp_path))
    write = importlib.import_module("lesson_scripts").write
    write(app, ValueError("the build failed"))
    assert [path.name for path in folder.iterdir()] == ["gone.js"]
    write(app, None)
    assert sorted(path.stem for path in folder.iterdir()) == LESSONS
    for name in LESSONS:
        before, _, state = (folder / f"{name}.js").read_text("utf-8").partition(" = ")
        assert json.loads(state.strip().removesuffix(";")) == live.latent_figure(name).state and f'["{name}"]' in before


def test_the_figure_holds_no_weights():
    assert len(live.lessons_figure()._repr_html_()) < 100_000


def test_the_page_shows_the_lessons_that_are_shipped():
    """The cards are in the page's output: whoever adds a lesson executes the page again."""
    notebook = json.loads((ROOT / "book" / "benchmark.ipynb").read_text("utf-8"))
    outputs = [out["data"] for cell in notebook["cells"] for out in cell.get("outputs", ()) if "data" in out]
    [shown] = [html for data in outputs if "<live-lessons>" in (html := "".join(data.get("text/html", "")))]
    state = re.search(r'<script type="application/json">(.*?)</script>', shown, re.S)[1]
    assert json.loads(state) == live.lessons_figure().state, "execute book/benchmark.md again (CONTRIBUTING.md)"


# --- strips -----------------------------------------------------------------------------------------------------------


def opened(src):
    return Image.open(io.BytesIO(base64.b64decode(src.removeprefix("data:image/png;base64,"))))


def test_a_strip_shows_what_the_decoder_draws():
    model, card = lesson("beta-4")
    rows = strip(model, card["kl"], card["starts"]["a heart"])
    order = sorted(range(10), key=lambda k: -card["kl"][k])
    assert [row["name"] for row in rows] == [
        f"latent {i + 1} ({card['kl'][k]:.2f} nats)" for i, k in enumerate(order[:3])
    ]
    z = torch.tensor([card["starts"]["a heart"]] * 9)
    z[:, order[1]] = torch.linspace(-3, 3, 9)
    with torch.no_grad():
        images = model.decode(z).sigmoid()[:, 0]
    picture = np.asarray(opened(rows[1]["src"]).convert("L")) / 255
    assert picture.shape == (32, 9 * 33 - 1)
    for tile, image in enumerate(images):
        seen = picture[:, 33 * tile : 33 * tile + 32]
        meant = image.unflatten(0, (32, 2)).unflatten(2, (32, 2)).mean((1, 3)).numpy()
        assert np.abs(seen - meant).max() <= 0.5 / 15 + 0.002, "more than half a grey off"
    assert in_words(images[0]) in rows[1]["alt"] and in_words(images[-1]) in rows[1]["alt"]


def test_a_picture_in_words():
    image = torch.zeros(64, 64)
    assert in_words(image) == "black"
    image[10:20, 40:50] = 1
    assert in_words(image) == "2.4% white, its centre 13 pixels right of and 17 above the middle"
    one_off = torch.zeros(64, 64)
    one_off[31:33, 32:34] = 1
    assert in_words(one_off) == "0.1% white, its centre 1 pixel right of and 0 above the middle"


def test_png_keeps_sixteen_greys():
    ramp = torch.linspace(-0.2, 1.2, 60).repeat(4, 1)
    picture = opened(png(ramp))
    assert picture.size == (60, 4) and len(picture.getcolors()) == 16
    assert np.abs(np.asarray(picture.convert("L")) / 255 - ramp.clamp(0, 1).numpy()).max() <= 0.5 / 15 + 1e-6


# --- rate against distortion ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"eigenvalues": ()}, "got none, 1 and 3"),
        ({"eigenvalues": (1.0, -2.0)}, r"got \[1.0, -2.0\]"),
        ({"eigenvalues": (1.0, float("nan"))}, "nan"),
        ({"variance": 0.0}, ", 0 and 3"),
        ({"beta": -1.0}, "-1"),
    ],
)
def test_rates_that_make_no_sense(given, message):
    with pytest.raises(ValueError, match=message):
        live.rate_figure(**given)


def test_an_unknown_lesson():
    with pytest.raises(FileNotFoundError, match="no lesson weights called 'beta-3'"):
        live.rate_figure(lessons={3: "beta-3"})


# --- decoders as data -------------------------------------------------------------------------------------------------


def decoded(weights, layers, z):
    """The layers with numpy, in the plainest way: what the JavaScript is told to do."""
    numbers, x = np.frombuffer(weights, "<f2").astype(np.float64), z.double().numpy()

    def take(*shape):
        nonlocal numbers
        n = int(np.prod(shape))
        taken, numbers = numbers[:n].reshape(shape), numbers[n:]
        return taken

    for layer in layers:
        if layer["kind"] == "linear":
            x = x @ take(layer["inputs"], layer["outputs"]) + take(layer["outputs"])
        elif layer["kind"] == "relu":
            x = np.maximum(x, 0)
        elif layer["kind"] == "unflatten":
            x = x.reshape(-1, layer["channels"], layer["height"], layer["width"])
        elif layer["kind"] == "flatten":
            x = x.reshape(len(x), -1)
        elif layer["kind"] == "up":
            h, w = layer["height"], layer["width"]
            kernel, bias = take(4, 4, layer["inputs"], layer["outputs"]), take(layer["outputs"])
            wide = np.zeros((len(x), layer["outputs"], 2 * h + 2, 2 * w + 2))
            for row in range(4):
                for column in range(4):
                    spread = np.einsum("bihw,io->bohw", x, kernel[row, column])
                    wide[:, :, row : row + 2 * h : 2, column : column + 2 * w : 2] += spread
            x = wide[:, :, 1:-1, 1:-1] + bias[:, None, None]
        else:
            assert layer["kind"] == "sigmoid"
            x = 1 / (1 + np.exp(-x))
    assert len(numbers) == 0
    return torch.from_numpy(x)


@pytest.mark.parametrize("logits", [True, False])
@pytest.mark.parametrize("model", [burgess(channels=3, latents=4), mlp((2, 5, 7), latents=3)], ids=["burgess", "mlp"])
def test_layers_say_what_the_decoder_does(model, logits):
    z = torch.randn(3, model.latents, generator=torch.Generator().manual_seed(0))
    weights, state = latent_state(model, logits=logits)
    with torch.no_grad():
        expected = rounded(model).double().decode(z.double())
    model.float()
    expected = (expected.sigmoid() if logits else expected).flatten(1)
    assert torch.allclose(decoded(weights, state["layers"], z), expected, atol=1e-12)


SHAPE = (1, 8, 8)
MIXED = {
    "relaxed": lambda: Relaxed(SHAPE, 2, 0, 4),
    "assigned": lambda: Assigned(SHAPE, 2, 0, 4),
    "paired": lambda: Paired(Generator(SHAPE, 2, 0, 4, noise=5), Critic(SHAPE, 2, 0, 4)),
}


@pytest.mark.parametrize("name", MIXED)
def test_a_value_is_the_last_number_of_a_code_and_a_one_among_the_decoders_inputs(name):
    model, g = MIXED[name](), torch.Generator().manual_seed(0)
    if name == "assigned":
        model.counts.fill_(1)  # before its step the decoder is given no value
    images = torch.rand(20, *SHAPE, generator=g)
    widget = live.explorer(model, images[:1], images)
    assert (widget.values, widget.uniform) == (4, name == "paired")
    assert len(widget.z) == 3 and widget.z[-1] in range(4) and sorted(widget.order) == [0, 1, 2]
    assert live.explorer(model).z == [0, 0, 0] and live.explorer(mlp(SHAPE, 2)).values == 0
    code = torch.cat([torch.randn(4, 2, generator=g), torch.eye(4)], 1)
    with torch.no_grad():
        expected = rounded(model).decode(code).sigmoid().flatten(1)
    found = decoded(widget.weights, widget.layers, code)
    assert torch.allclose(found, expected.double(), atol=1e-5) and found.std(0).max() > 1e-3


@pytest.mark.parametrize(
    "layer",
    [
        nn.Tanh(),
        nn.Linear(2, 3, bias=False),
        nn.ConvTranspose2d(2, 1, 3),
        nn.ConvTranspose2d(2, 2, 4, 2, 1, groups=2),
        nn.ConvTranspose2d(2, 1, 4, 2, 1, bias=False),
    ],
)
def test_other_layers_are_refused(layer):
    with pytest.raises(ValueError, match="expected a decoder made of"):
        described(nn.Sequential(nn.Unflatten(1, (2, 1, 1)), layer))


def test_weights_that_float16_cannot_hold():
    model = mlp((1, 8, 8), latents=2)
    with torch.no_grad():
        next(model.decoder.parameters()).fill_(1e5)
    with pytest.raises(ValueError, match="float16"):
        latent_state(model)


# --- widgets ----------------------------------------------------------------------------------------------------------


def test_explorer():
    model, g = mlp((1, 8, 8), latents=3), torch.Generator().manual_seed(0)
    images = torch.rand(40, 1, 8, 8, generator=g)
    widget = live.explorer(model, images[:1], images)
    assert widget.z == pytest.approx(model.encode(images[:1]).mu[0].tolist())
    assert sorted(widget.order) == [0, 1, 2] and widget.kl[widget.order[0]] == max(widget.kl)
    assert live.explorer(model).z == [0, 0, 0] and live.explorer(model).order == [0, 1, 2]
    seen = []
    widget.observe(lambda change: seen.append(change["new"]), "z")
    widget.z = [1.0, 2.0, 3.0]
    assert seen == [[1.0, 2.0, 3.0]]


def test_kl_explorer():
    widget = live.kl_explorer(mu_q=0.7, log_var_q=-1.5)
    forward, reverse = widget.kl()
    assert forward == pytest.approx(gaussian_kl(torch.tensor([[0.7]]), torch.tensor([[-1.5]])).item())
    q, p = torch.distributions.Normal(0.7, np.exp(-0.75)), torch.distributions.Normal(0.0, 1.0)
    assert reverse == pytest.approx(torch.distributions.kl_divergence(p, q).item())


def test_bottleneck_explorer():
    widget, seen = live.bottleneck_explorer(beta=0.2), []
    widget.observe(lambda change: seen.append(change["new"]), "beta")
    widget.beta = 0.05
    widget.p_y = [0.1, 0.9]
    assert seen == [0.05]
    with pytest.raises(TraitError):
        widget.p_y = [0.1, 1.5]


def test_rate_explorer():
    widget = live.rate_explorer(torch.tensor([4.0, 1.0]), variance=0.5, beta=2.0)
    assert (widget.eigenvalues, widget.variance, widget.beta, widget.sweep) == ([4.0, 1.0], 0.5, 2.0, [])


@pytest.mark.parametrize("name", ["scores", "mmd", "turn", "batch", "shuffle", "cascade"])
def test_a_widget_holds_what_the_page_holds(name):
    """The explorers of small worlds: a trait for each number of the figure, which refuses what the figure refuses."""
    state, widget = FIGURES[name]().state, getattr(live, f"{name}_explorer")()
    assert {key: getattr(widget, key) for key in state} == state
    assert set(state) <= set(widget.trait_names(sync=True))
    key = {"scores": "turn", "mmd": "up", "turn": "turn", "batch": "nats", "shuffle": "tc", "cascade": "start"}[name]
    with pytest.raises(TraitError):
        setattr(widget, key, 1000)
    with pytest.raises((ValueError, TraitError)):
        getattr(live, f"{name}_explorer")(**{key: 1000})


def test_a_page_needs_no_widgets():
    code = "import sys; from course_pkg.show import live; live.kl_figure(); sys.exit('ipywidgets' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], env=environment()).returncode == 0


# --- lesson weights ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LESSONS)
def test_card(name):
    model, card = lesson(name)
    assert card["bytes"] == (FOLDER / f"{name}.safetensors").stat().st_size <= 2**20
    told = {"command", "seed", "torch", "cpu minutes", "rate", "kl", "r_squared", "sha256"}
    fitted = isinstance(model, LinearCode)
    assert told | ({"squared error", "fitted"} if fitted else {"reconstruction", "steps"}) <= set(card)
    parts = model.latents + (card.get("values", 0) > 0)  # a discrete code is one more
    assert card["cpu minutes"] <= 30 and len(card["kl"]) == parts and card["latents"] == model.latents
    assert sum(card["kl"]) == pytest.approx(card["rate"], abs=0.02)
    assert all(len(code) == parts for code in card["starts"].values())


@pytest.mark.parametrize("name", LESSONS)
def test_each_lesson_has_a_figure_whose_decoder_takes_its_codes(name):
    """As many inputs as the code has numbers, and ones for a value."""
    state = live.latent_figure(name).state
    inputs = len(state["z"]) + max(state["values"] - 1, 0)
    assert state["layers"][0]["inputs"] == inputs and len(state["kl"]) == len(state["order"]) == len(state["z"])


def test_the_weights_of_all_lessons_take_12_mb():
    assert sum(file.stat().st_size for file in FOLDER.iterdir() if file.suffix != ".py") <= 12 * 2**20


def test_the_lesson_scores_what_its_card_says():  # on fewer images than the card, so less exactly
    model, card = lesson("beta-4")
    found = runpy.run_path(str(TOOL))["scores"](model, seen=1000, held_out=500)
    assert found["reconstruction"] == pytest.approx(card["reconstruction"], rel=0.1)
    assert found["kl"] == pytest.approx(card["kl"], abs=0.15)
    for factor, values in card["r_squared"].items():
        for k, value in enumerate(values):
            if value > 0.9:
                assert found["r_squared"][factor][k] > 0.85, f"latent {k} does not tell the {factor}"


def test_the_command_on_the_card_repeats(tmp_path):
    for folder in ("one", "two"):
        small = ["--steps", "20", "--seen", "800", "--folder", str(tmp_path / folder), "--runs", str(tmp_path / folder)]
        command = [sys.executable, str(TOOL), "beta-1", *small]
        subprocess.run(command, env=environment(), check=True, capture_output=True)
    one, two = ((tmp_path / folder / "beta-1.safetensors").read_bytes() for folder in ("one", "two"))
    assert one == two
    assert lesson("beta-1", tmp_path / "one")[1]["seed"] == 0


def test_altered_and_unknown_weights(tmp_path):
    keep("small", burgess(), {"starts": {}}, tmp_path)
    lesson("small", tmp_path)
    file = tmp_path / "small.safetensors"
    file.write_bytes(file.read_bytes()[:-1] + b"!")
    with pytest.raises(ValueError, match=r"small\.safetensors is not the file"):
        lesson("small", tmp_path)
    with pytest.raises(FileNotFoundError, match="no lesson weights called 'large'; there are: small"):
        lesson("large", tmp_path)
