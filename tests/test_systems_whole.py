"""Four systems that are more than a price: JointVAE with a discrete code, CascadeVAE with an assignment between steps
and a schedule, InfoGAN, a generator against a critic, and DC-IGN, which draws its own batches. Each is run, cut off,
resumed, encoded, looked at, and nothing that runs it knows what it is."""

import ast
from itertools import pairwise

import matplotlib.pyplot as plt
import pytest
import torch

from course_pkg.cascade import joint_vae
from course_pkg.data.named import named
from course_pkg.models.mixed import Relaxed
from course_pkg.runs import load, run
from course_pkg.runs.represent import represent
from course_pkg.show import explore
from course_pkg.training import checkpoint, train
from helpers import ROOT, generator

# What holds of each ---------------------------------------------------------------------------------------------------

SETTINGS = {
    "joint-vae": {"gamma": 30.0, "continuous": 4.0, "discrete": 1.5, "over": 100, "values": 10},
    "cascade-vae": {"every": 30, "before": 1, "values": 10, "lam": 0.1},
    "info-gan": {"values": 10, "noise": 8, "opponent_lr": 2e-3},
    "dc-ign": {"rest": "digit"},
}
KINDS = list(SETTINGS)
TASK = {"data": "digits", "latents": 2, "batch_size": 50, "lr": 2e-3, "steps": 60, "device": "cpu"}
each_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("DISENTANGLE_CACHE", str(tmp_path / "cache"))
    yield
    plt.close("all")


def trained(kind, folder, **changes):
    return run({**TASK, "system": kind, **SETTINGS[kind], **changes}, folder, save_every=25, progress=False)


@each_kind
def test_cut_off_at_any_checkpoint_it_ends_with_the_same_bits(tmp_path, monkeypatch, kind):
    """Cut off after step 25 and again after step 50: every tensor, the history included, is that of one session."""
    trained(kind, tmp_path / "whole")
    write = checkpoint.write

    def cut(path, tensors, note):
        write(path, tensors, note)
        raise KeyboardInterrupt

    monkeypatch.setattr(checkpoint, "write", cut)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            trained(kind, tmp_path / "cut")
    monkeypatch.setattr(checkpoint, "write", write)
    assert trained(kind, tmp_path / "cut")["sessions"] == 3
    digests = {checkpoint.digest(checkpoint.read(tmp_path / name / checkpoint.NAME)[0]) for name in ("whole", "cut")}
    assert len(digests) == 1


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "dc-ign"])
def test_its_codes_and_its_traversal(tmp_path, kind):
    """Two numbers and a value an image; the traversal moves the value through all ten."""
    trained(kind, tmp_path)
    codes = represent(tmp_path, device="cpu")
    assert codes.columns.shape == (1797, 3) and codes.discrete.tolist() == [False, False, True]
    model, source = load(tmp_path)[0], named("digits")
    x = source.prepare(source.images[:64])
    torch.testing.assert_close(codes.columns[:64], model.encode(x).codes(), rtol=1e-4, atol=1e-5)
    assert set(codes.columns[:, 2].tolist()) <= set(range(10))
    decoded, kl = explore.traverse(model, x[:1], x, steps=10)
    assert decoded.shape == (30, 1, 8, 8) and (kl.diff() <= 0).all()
    q, value = model.encode(x[:1]), int(model.encode(x).kl().mean(0).sort(descending=True).indices.tolist().index(2))
    by_hand = torch.cat([q.codes()[:, :2].expand(10, 2), torch.eye(10)], 1)
    torch.testing.assert_close(decoded[10 * value : 10 * value + 10], model.decode(by_hand))
    explore.show_traversal(model, x[:1], x, latents=3)
    explore.show_reconstructions(model, x[:3])


def test_each_part_of_a_joint_code_is_held_at_its_capacity(tmp_path):
    row = trained("joint-vae", tmp_path, steps=600)
    assert row["kl"] == pytest.approx(4.0, abs=0.4) and row["kl_discrete"] == pytest.approx(1.5, abs=0.15)
    assert row["rate"] == pytest.approx(row["kl"] + row["kl_discrete"], abs=0.5), "the usual summary asks for kl()"


def test_the_assigned_code_counts_from_its_step_on(tmp_path):
    """Before, all ten values cost the same; after, they differ, and more than one is taken."""
    trained("cascade-vae", tmp_path, steps=29)
    model, source = load(tmp_path)[0], named("digits")
    x = source.prepare(source.images[:200])
    costs = model.costs(x, model.encode(x).first.mu)
    assert model.counts == 0 and torch.equal(costs, costs[:, :1].expand_as(costs))
    trained("cascade-vae", tmp_path, steps=400)
    model = load(tmp_path)[0]
    taken = represent(tmp_path, device="cpu").columns[:, 2].long().bincount(minlength=10)
    assert model.counts == 1 and (taken > 0).sum() > 5
    with pytest.raises(ValueError, match="every is 30 there and 31 here"):
        trained("cascade-vae", tmp_path, steps=500, every=31)


def test_the_code_of_an_image_made_is_known_where_surprise_has_a_price(tmp_path):
    """Nothing is known of it where surprise costs nothing: the guess is a guess, and the bound 0 or less. The row holds
    the system's own summary."""
    dear, free = (trained("info-gan", tmp_path / str(w), steps=400, lam=w) for w in (1.0, 0.0))
    assert free["known"] < 0.1 and dear["known"] > 2 and "rate" not in dear


def test_weights_that_the_schedule_closes_do_not_move_and_go_on_where_they_stopped(tmp_path):
    """The decoder learns on even steps only; step 3 is the first after a checkpoint."""

    def alternately(model, step):
        model.decoder.requires_grad_(step % 2 == 0)

    def fit(steps, folder=None):
        model = Relaxed((1, 3, 3), 2, 0)
        x = torch.rand(12, 1, 3, 3, generator=generator(3)).round()
        options = {"batch_size": 4, "device": "cpu", "progress": False, "log_every": 10}
        train(model, joint_vae, x, steps=steps, folder=folder, schedule=alternately, **options)
        return {name: value.clone() for name, value in model.state_dict().items()}

    after = [fit(steps) for steps in range(1, 5)]
    moved = [{name.split(".")[0] for name in one if not torch.equal(one[name], other[name])}
             for one, other in pairwise(after)]  # fmt: skip
    assert moved == [{"encoder", "decoder"}, {"encoder"}, {"encoder", "decoder"}]
    fit(2, tmp_path)
    again = fit(4, tmp_path)
    assert all(torch.equal(again[name], value) for name, value in after[3].items())


def test_the_package_asks_no_posterior_of_what_kind_it_is():
    """What trains, runs and shows imports no kind of posterior, so it cannot ask for one."""
    neutral = {"Codes", "Posterior", "discrete", "packed", "unpacked"}
    for room in ("training", "runs", "show"):
        for path in sorted((ROOT / "course_pkg" / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.ImportFrom) and node.module == "course_pkg.models.posteriors":
                    names = {alias.name for alias in node.names}
                    assert names <= neutral, f"{path.relative_to(ROOT)} imports {sorted(names - neutral)}"
