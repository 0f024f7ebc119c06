"""A run that was stopped, killed or torn goes on to the same bits; a file that is not its own is refused."""

import copy
import os
import re
import signal
import subprocess
import sys
import time
from functools import partial

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from course_pkg import elbo
from course_pkg.bottleneck.prices import Capacity, linear
from course_pkg.kkt import DualAscent
from course_pkg.models.networks import burgess, mlp
from course_pkg.total_correlation import beta_tcvae
from course_pkg.training import checkpoint, train
from course_pkg.training.players import Player
from helpers import GUARD, environment, wait_for

FILE = checkpoint.NAME


class Multiplier(nn.Module):
    """A price with a state, as dual ascent has: it grows with what the term exceeds."""

    def __init__(self, start=1.0):
        super().__init__()
        self.start = start
        self.register_buffer("beta", torch.tensor(start))

    def forward(self, value, step):
        cost = self.beta.clone() * value.sum()
        self.beta += 0.01 * (value.detach().sum() - 1)
        return cost


def rival(model, batches, generator, critic):
    """Two players: the model wants its second batch scored high, the critic wants it low. Terms one number an image."""
    x, other = batches
    terms = elbo.negative_elbo(model, x, generator)
    score = critic(model.decode(elbo.reparameterise(*model.encode(other), generator)).flatten(1))[:, 0]
    return {**terms, "flattery": -score, "criticism": score.square() + score}


def some_images(seed=3):
    return torch.rand(10, 1, 3, 3, generator=torch.Generator().manual_seed(seed)).round()


def doubled(x):
    return 2 * x


def closes_at(first):
    def schedule(model, step):
        model.decoder.requires_grad_(step < first)

    return schedule


gaussian = partial(elbo.negative_elbo, log_likelihood=partial(elbo.gaussian_log_likelihood, sigma=0.5))


def run(steps, folder=None, players=1, images=None, hidden=4, objective=None, **options):
    """A small net on ten random images: (everything that was learnt, the history)."""
    images = some_images() if images is None else images
    net, prices = mlp((1, 3, 3), 2, hidden=hidden), {"kl": Multiplier()}
    critic = nn.Linear(9, 1)
    nn.init.constant_(critic.weight, 0.1)
    nn.init.zeros_(critic.bias)
    if players == 2:
        named = {"flattery": 1.0, **prices}
        more = {"batches": 2, "opponents": {"critic": Player(critic, {"criticism": 2.0}, lr=0.02, betas=(0.5, 0.9))}}
        options, prices = {**more, **options}, named
    options = {"batch_size": 3, "log_every": 4, "save_every": 5, "weights": prices, **options}
    objective = objective or (rival if players == 2 else elbo.negative_elbo)
    history = train(net, objective, images, steps=steps, folder=folder, device="cpu", progress=False, **options)
    return {**net.state_dict(), **critic.state_dict(), "beta": prices["kl"].beta}, history


def same(one, other):
    (weights, history), (others, other_history) = one, other
    assert all(torch.equal(weights[name], others[name]) for name in weights)
    assert history.steps == other_history.steps and set(history.terms) == set(other_history.terms)
    assert all(torch.equal(history[name], other_history[name]) for name in history.terms)


@pytest.mark.parametrize("players", [1, 2])
@pytest.mark.parametrize("stop", [1, 3, 5, 8, 12])
def test_a_run_that_goes_on_ends_with_the_bits_of_one_that_never_stopped(tmp_path, players, stop):
    """Epochs of 3 (or 1) steps: the stops fall within an epoch, at its end, on and off a line of the log."""
    whole = run(20, players=players)
    first = run(stop, tmp_path, players)
    assert stop % 4 == 0 or first[1].steps[-1] == stop
    again = run(20, tmp_path, players)
    # The last step of a run is always logged; the run that went on has that line more.
    extra = set(first[1].steps) - set(whole[1].steps)
    keep = [k for k, step in enumerate(again[1].steps) if step not in extra]
    again[1].steps = [again[1].steps[k] for k in keep]
    again[1].terms = {name: [values[k] for k in keep] for name, values in again[1].terms.items()}
    same(whole, again)


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_convolutions_go_on_in_either_layout(tmp_path, layout):
    """The fused Adam walks through memory: a moment that lies otherwise than its weight would move other weights."""
    images = torch.rand(8, 3, 64, 64, generator=torch.Generator().manual_seed(3)).round()

    def weights(*stops, folder):
        for steps in stops:
            net = burgess(3, latents=2).to(memory_format=layout)
            options = {"batch_size": 4, "log_every": 1, "device": "cpu", "progress": False}
            train(net, elbo.negative_elbo, images, steps=steps, folder=folder, **options)
        return net.state_dict()

    whole, again = weights(4, folder=tmp_path / "whole"), weights(2, 4, folder=tmp_path / "again")
    assert all(torch.equal(whole[name], again[name]) for name in whole)


def test_a_finished_run_is_only_read(tmp_path):
    done, file = run(10, tmp_path), tmp_path / FILE
    before = file.stat().st_mtime_ns
    same(done, run(10, tmp_path))
    assert file.stat().st_mtime_ns == before


def test_the_state_of_a_price_is_logged(tmp_path):
    history = run(20)[1]
    assert history["kl.beta"].shape == (5,) and history["kl.beta"][0] != history["kl.beta"][4]


# Killed at any moment -------------------------------------------------------------------------------------------------

SCRIPT = """
import sys
import test_checkpoint
test_checkpoint.run(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), save_every=int(sys.argv[4]))
"""


def start(folder, players, steps=400, every=7):
    """The same run in a process of its own, which writes a checkpoint every few steps."""
    command = [sys.executable, "-c", SCRIPT, str(steps), str(folder), str(players), str(every)]
    return subprocess.Popen(command, env=environment(), stderr=subprocess.PIPE, encoding="utf-8")


def test_a_run_that_is_killed_goes_on_to_the_same_bits(tmp_path):
    """SIGKILL, which nothing can catch, at two moments; `tools/kill_runs.py` does it at random ones, many times."""
    whole = run(400, players=2)
    for delay in (0.0, 0.13):
        process = start(tmp_path, players=2)
        wait_for((tmp_path / FILE).exists, process)
        time.sleep(delay)
        process.kill()
        process.communicate()
        kept = checkpoint.read(tmp_path / FILE)[1]["step"]
        assert kept % 7 == 0 or kept == 400, "what is kept is whole, and from the end of a step"
    same(whole, run(400, tmp_path, 2, save_every=7))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_asked_to_stop_keeps_the_step_it_is_at(tmp_path, number):
    process = start(tmp_path, 1, steps=10**6, every=10)
    wait_for((tmp_path / FILE).exists, process)
    process.send_signal(number)
    last = process.communicate(timeout=GUARD)[1].strip().splitlines()[-1]
    step = checkpoint.read(tmp_path / FILE)[1]["step"]
    assert process.returncode != 0
    assert (
        last == f"KeyboardInterrupt: stopped after step {step} of 1000000; the same call goes on from {tmp_path / FILE}"
    )


def test_the_signals_are_given_back_and_a_second_one_does_not_wait():
    before = signal.getsignal(signal.SIGINT)
    with checkpoint.Patience() as patience:
        assert not patience.asked
        os.kill(os.getpid(), signal.SIGINT)
        assert patience.asked
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


# What is in the file --------------------------------------------------------------------------------------------------


def test_every_session_of_a_run_leaves_its_provenance(tmp_path):
    run(5, tmp_path)
    run(9, tmp_path)
    note = checkpoint.read(tmp_path / FILE)[1]
    assert note["step"] == 9 and len(note["provenance"]) == 2
    assert note["provenance"][0] == checkpoint.provenance(torch.device("cpu"))
    assert note["provenance"][0]["torch"] == torch.__version__ and note["provenance"][0]["device"] == "cpu"
    assert note["settings"]["seed"] == 0 and note["settings"]["players"]["model"]["weights"] == {
        "kl": "Multiplier(start=1.0)"
    }


def test_what_is_written_is_read_again_and_nothing_else_is_left(tmp_path):
    tensors = {"a": torch.arange(6.0).reshape(2, 3).mT, "b": torch.tensor(3), "empty": torch.empty(0)}
    checkpoint.write(tmp_path / "deep" / FILE, tensors, {"step": 1, "list": [1, None]})
    again, note = checkpoint.read(tmp_path / "deep" / FILE)
    assert note == {"step": 1, "list": [1, None]} and [p.name for p in (tmp_path / "deep").iterdir()] == [FILE]
    assert again.keys() == tensors.keys() and all(torch.equal(again[name], tensors[name]) for name in tensors)


# Bad files, full disks: one line, and what to do about it -------------------------------------------------------------


def refused(error, pattern, call, *args, **options):
    with pytest.raises(error, match=pattern):
        call(*args, **options)


@pytest.mark.parametrize("damage", ["cut", "flipped", "no safetensors", "empty"])
def test_a_damaged_checkpoint_is_refused_and_left_as_it_is(tmp_path, damage):
    run(5, tmp_path)
    file = tmp_path / FILE
    data = bytearray(file.read_bytes())
    data[-100] ^= 1
    bad = {"cut": data[:-50], "flipped": data, "no safetensors": b"a text\n" * 9, "empty": b""}[damage]
    file.write_bytes(bad)
    refused(ValueError, "damaged.*move it away to start anew", run, 9, tmp_path)
    assert file.read_bytes() == bytes(bad)


def test_a_file_of_another_program_is_refused(tmp_path):
    save_file({"weight": torch.zeros(2)}, tmp_path / FILE)
    refused(ValueError, "holds no checkpoint of this course.*name another folder", run, 9, tmp_path)


@pytest.mark.parametrize(
    "changed, told",
    [
        ({"seed": 1}, "seed is 0 there and 1 here"),
        ({"batch_size": 4}, "batch_size is 3 there and 4 here"),
        ({"lr": 0.5}, "players.model.lr is 0.001 there and 0.5 here"),
        ({"betas": (0.5, 0.9)}, "players.model.betas is [0.9, 0.999] there and [0.5, 0.9] here"),
        ({"weights": {"kl": 3.0}}, "players.model.weights.kl is Multiplier(start=1.0) there and 3.0 here"),
        ({"weights": {"kl": Multiplier(2.0)}}, "kl is Multiplier(start=1.0) there and Multiplier(start=2.0) here"),
        ({"weights": {}}, "kl is Multiplier(start=1.0) there and None here"),
        ({"hidden": 5}, "players.model.net is VAE "),
        ({"images": some_images(4)}, "data is (10, 1, 3, 3) float32 "),
        ({"images": some_images() * 255, "objective": gaussian}, "data is (10, 1, 3, 3) float32 "),
        ({"images": some_images().double()}, "data is (10, 1, 3, 3) float32 "),
        ({"prepare": doubled}, "prepare is unchanged there and doubled here"),
        ({"schedule": closes_at(3)}, "schedule is nothing there and closes_at.<locals>.schedule["),
        (
            {"objective": gaussian},
            "negative_elbo there and negative_elbo(log_likelihood=gaussian_log_likelihood(sigma=0.5)) here",
        ),
    ],
)
def test_a_folder_of_another_run_is_refused_with_what_differs(tmp_path, changed, told):
    run(5, tmp_path)
    refused(ValueError, f"holds another run.*{re.escape(told)}.*name another folder", run, 9, tmp_path, **changed)


@pytest.mark.parametrize(
    "first, other",
    [
        ({"weights": {"kl": DualAscent(2, 0.1)}}, {"weights": {"kl": DualAscent(7, 0.5)}}),
        ({"weights": {"kl": DualAscent(2, 0.1)}}, {"weights": {"kl": DualAscent(2, 0.1, beta=1.0)}}),
        ({"weights": {"kl": Capacity(10.0, linear(0, 9, 50))}}, {"weights": {"kl": Capacity(10.0, linear(0, 9, 60))}}),
        ({"weights": {"kl": lambda kl, step: 2 * kl.sum()}}, {"weights": {"kl": lambda kl, step: 3 * kl.sum()}}),
        ({"objective": partial(beta_tcvae, n=10)}, {"objective": partial(beta_tcvae, n=11)}),
        ({"schedule": closes_at(3)}, {"schedule": closes_at(4)}),
        ({"images": lambda n, g: torch.ones(n, 1, 3, 3)}, {"images": lambda n, g: torch.zeros(n, 1, 3, 3)}),
    ],
)
def test_another_argument_of_a_price_or_an_objective_is_another_run(tmp_path, first, other):
    options = {"weights": {}, **first}
    run(5, tmp_path, **options)
    run(6, tmp_path, **copy.deepcopy(options))
    refused(ValueError, "holds another run .*there and .* here", run, 9, tmp_path, **{**options, **other})


def test_a_checkpoint_from_before_there_were_schedules_goes_on(tmp_path):
    run(5, tmp_path)
    tensors, note = checkpoint.read(tmp_path / FILE)
    del note["settings"]["schedule"]
    checkpoint.write(tmp_path / FILE, tensors, note)
    run(6, tmp_path)
    checkpoint.write(tmp_path / FILE, tensors, note)
    refused(ValueError, "schedule is nothing there and closes_at", run, 9, tmp_path, schedule=closes_at(3))


def test_a_whole_number_is_the_same_price(tmp_path):
    run(5, tmp_path, weights={"kl": 3})
    run(9, tmp_path, weights={"kl": 3.0})


def test_an_opponents_price_and_rate_are_its_runs(tmp_path):
    run(5, tmp_path, players=2)
    critic = nn.Linear(9, 1)
    other = {"critic": Player(critic, {"criticism": 1.0}, lr=0.02, betas=(0.5, 0.9))}
    told = "players.critic.weights.criticism is 2.0 there and 1.0 here"
    refused(ValueError, re.escape(told), run, 9, tmp_path, 2, opponents=other)


@pytest.mark.parametrize("steps", [-1, 0, 2.5, True, "9"])
def test_steps_that_are_no_count_are_refused(tmp_path, steps):
    refused(ValueError, f"^steps: expected a whole number of 1 or more, got {steps!r}$", run, steps, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["save_every", "log_every", "batches"])
def test_other_counts_too(name):
    refused(ValueError, f"^{name}: expected a whole number of 1 or more, got 0$", run, 9, **{name: 0})


def test_a_seed_that_no_generator_takes_is_refused():
    refused(ValueError, r"^seed: expected a whole number from 0 to 2\^63 - 1, got 1000000", run, 9, seed=10**19)


def test_a_checkpoint_of_an_earlier_version_says_so(tmp_path):
    save_file({"steps": torch.zeros(1)}, tmp_path / FILE, {"format": "course_pkg checkpoint 1", "note": "{}"})
    refused(ValueError, "is of an earlier version of this course .* name another folder", run, 9, tmp_path)


def rewritten(folder, change):
    """The checkpoint of a run of 5 steps of two players, changed, under checksums that are right."""
    run(5, folder, players=2)
    tensors, note = checkpoint.read(folder / FILE)
    tensors, note = change(tensors, note) or (tensors, note)
    checkpoint.write(folder / FILE, tensors, note)
    return (folder / FILE).read_bytes()


def set_nan(name):
    def change(tensors, note):
        tensors[name].fill_(torch.nan)

    return change


def drop(prefix, listed=True):
    def change(tensors, note):
        for name in [name for name in tensors if name.startswith(prefix)]:
            del tensors[name]
            if not listed:
                note["holds"].remove(name)

    return change


@pytest.mark.parametrize(
    "change, told",
    [
        (lambda t, n: n.pop("step") and None, "its note lacks step, or holds another kind there"),
        (lambda t, n: n.pop("settings") and None, "its note lacks settings"),
        (lambda t, n: n.update(step="5"), "its note lacks step"),
        (lambda t, n: n.update(step=4), "its note says step 4, its tensors 5"),
        (lambda t, n: (t, {}), "its note lacks step, settings, provenance, holds"),
        (lambda t, n: (t, [1]), "its note is a list, expected named entries"),
        (lambda t, n: (t, None), "its note is a NoneType"),
        (drop("net.model.encoder.1.weight", False), "it lacks net.model.encoder.1.weight"),
        (drop("net.critic", False), "it lacks net.critic.bias, net.critic.weight"),
        (drop("price.", False), "it lacks price.model.kl.beta"),
        (drop("generator", False), "it lacks generator"),
        (drop("steps", False), "it lacks steps"),
        (drop("data.", False), "it lacks data.before, data.used"),
        (drop("history.kl"), "it lacks history.kl, history.kl.beta"),
        (drop("adam.model.2"), "it lacks adam.model.2.exp_avg, adam.model.2.exp_avg_sq, adam.model.2.step"),
        (drop("adam.model.2.exp_avg_sq", False), "it lacks adam.model.2.exp_avg_sq"),
        (drop("adam.critic", False), "it lacks adam.critic.0.exp_avg, "),
        (
            lambda t, n: t.update({"net.model.encoder.1.weight": t["net.model.encoder.1.weight"].mT}),
            "net.model.encoder.1.weight is (9, 4) of torch.float32, expected (4, 9) of torch.float32",
        ),
        (
            lambda t, n: t.update({"adam.model.0.exp_avg": t["adam.model.0.exp_avg"].mT}),
            "adam.model.0.exp_avg is (9, 4)",
        ),
        (
            lambda t, n: t.update({"net.critic.bias": t["net.critic.bias"].double()}),
            "net.critic.bias is (1,) of torch.float64",
        ),
        (lambda t, n: t.update({"history.kl": t["history.kl"][:1]}), "history.kl: not a line for each of the 2 logged"),
        (lambda t, n: t.update({"net.model.more": torch.zeros(1)}), "it holds net.model.more, which this run has not"),
        (set_nan("net.model.decoder.0.weight"), "not finite: net.model.decoder.0.weight"),
        (set_nan("adam.critic.0.exp_avg_sq"), "not finite: adam.critic.0.exp_avg_sq"),
        (set_nan("price.model.kl.beta"), "not finite: price.model.kl.beta"),
    ],
)
def test_a_checkpoint_that_is_not_whole_is_refused_with_the_cause(tmp_path, change, told):
    before = rewritten(tmp_path, change)
    pattern = (
        f"^{re.escape(str(tmp_path / FILE))} is damaged or no checkpoint .{re.escape(told)}.*move it away to start"
    )
    refused(ValueError, pattern, run, 9, tmp_path, 2)
    assert (tmp_path / FILE).read_bytes() == before


def test_what_was_rewritten_as_it_was_goes_on(tmp_path):
    """So that the refusals above are due to the change alone."""
    rewritten(tmp_path, lambda tensors, note: None)
    run(9, tmp_path, 2)


@pytest.mark.parametrize("old, new", [(b'\\"step\\": 5', b'\\"step\\": 4'), (b'\\"seed\\": 0', b'\\"seed\\": 1')])
def test_a_note_that_was_altered_is_noticed(tmp_path, old, new):
    run(5, tmp_path)
    data = (tmp_path / FILE).read_bytes()
    assert data.count(old) == 1
    (tmp_path / FILE).write_bytes(data.replace(old, new))
    for call in (checkpoint.note, checkpoint.read):
        refused(ValueError, "the checksum of its note differs.: move it away to start anew", call, tmp_path / FILE)
    refused(ValueError, "the checksum of its note differs", run, 9, tmp_path)


def test_a_shape_that_was_altered_in_the_file_is_noticed(tmp_path):
    checkpoint.write(tmp_path / FILE, {"a": torch.arange(6.0).reshape(2, 3)}, {})
    data = (tmp_path / FILE).read_bytes()
    (tmp_path / FILE).write_bytes(data.replace(b"[2,3]", b"[3,2]"))
    refused(ValueError, "the checksum of its tensors differs", checkpoint.read, tmp_path / FILE)


def test_weights_that_are_not_finite_are_never_kept(tmp_path):
    """Finite terms whose gradient is not: the square root of zero. What was kept before is the last good one."""

    def rooted(net, x, generator):
        terms = elbo.negative_elbo(net, x, generator)
        calls.append(1)
        zero = 0 * net.encoder[1].weight.sum()
        return {**terms, "root": (zero.sqrt() if len(calls) % 8 == 0 else zero).expand(len(x))}

    calls = []
    fit = partial(train, objective=rooted, images=some_images(), batch_size=3, device="cpu", progress=False)
    pattern = (
        f"net.model.encoder.1.bias.* stopped being finite by step 8. {re.escape(str(tmp_path / FILE))} holds step 4"
    )
    pattern = pattern.replace("net.model.encoder.1.bias.*", "adam.model.0.exp_avg.*")
    refused(FloatingPointError, pattern, fit, mlp((1, 3, 3), 2), steps=8, folder=tmp_path, save_every=4)
    assert checkpoint.read(tmp_path / FILE)[1]["step"] == 4
    refused(FloatingPointError, "No checkpoint was kept", fit, mlp((1, 3, 3), 2), steps=8)


def test_an_infinite_mask_is_no_damage(tmp_path):
    class Masked(nn.Module):
        def __init__(self):
            super().__init__()
            self.w = nn.Parameter(torch.ones(3))
            self.register_buffer("mask", torch.tensor([-torch.inf, 0.0, 1.0]))

    def term(net, x, generator):
        return {"square": (net.w - x[:, :3]).square().sum(1)}

    for steps in (4, 8):
        train(
            Masked(), term, torch.ones(5, 4), steps=steps, batch_size=5, folder=tmp_path, device="cpu", progress=False
        )


def test_a_start_that_fails_leaves_the_folder_free(tmp_path):
    """NaN at step 2; then the smaller learning rate that the error advises, in the same folder."""
    refused(FloatingPointError, "No checkpoint was kept. Try a smaller lr", run, 9, tmp_path, lr=1e30)
    run(9, tmp_path, lr=1e-3)
    assert checkpoint.note(tmp_path / FILE)["step"] == 9


def test_fewer_steps_than_were_done_are_refused(tmp_path):
    run(9, tmp_path)
    refused(ValueError, "is at step 9 already: ask for that many steps", run, 5, tmp_path)


def test_on_a_full_disk_the_checkpoint_before_stays(tmp_path, monkeypatch):
    run(5, tmp_path)
    before = (tmp_path / FILE).read_bytes()

    def full(number):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    refused(OSError, "No space left on device.*make room.*goes on from it", run, 9, tmp_path)
    assert (tmp_path / FILE).read_bytes() == before and [p.name for p in tmp_path.iterdir()] == [FILE]
    refused(OSError, "none was kept", run, 9, tmp_path / "other")


def test_where_a_run_went_wrong_and_where_it_was_last_right(tmp_path):
    def poisoned(net, x, generator):
        terms = elbo.negative_elbo(net, x, generator)
        steps.append(1)
        return {**terms, "kl": terms["kl"] * (torch.inf if len(steps) >= 12 else 1.0)}

    steps = []
    images = torch.ones(10, 1, 3, 3)
    pattern = f"term kl stopped being finite at step 12.*{re.escape(str(tmp_path / FILE))} holds step 10, the last good"
    fit = partial(train, mlp((1, 3, 3), 2), poisoned, images, batch_size=3, device="cpu", progress=False)
    refused(FloatingPointError, pattern, fit, steps=100, folder=tmp_path, save_every=5, log_every=20)
    assert checkpoint.read(tmp_path / FILE)[1]["step"] == 10
