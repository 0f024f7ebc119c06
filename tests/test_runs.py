"""A run by its task: the row it gives, the folder it keeps, how it goes on, how it is loaded, what is refused."""

import errno
import fcntl
import json
import os
import re
import shutil
import warnings

import pytest
import torch
from filelock import FileLock
from safetensors.torch import save_file

from course_pkg import elbo, runs, training
from course_pkg.data import named as names
from course_pkg.data.digits import binarised, digits
from course_pkg.runs import load, run
from course_pkg.training import checkpoint

TASK = {"system": "beta-vae", "beta": 0.5, "data": "digits", "latents": 3, "steps": 120, "lr": 2e-3, "device": "cpu"}


def quick(folder, **changes):
    return run({**TASK, **changes}, folder, progress=False)


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    return folder, quick(folder)


# The row ------------------------------------------------------------------------------------------------------------


def test_a_row_says_what_was_asked_and_what_came(done):
    _, row = done
    assert {name: row[name] for name in TASK} == TASK
    assert row["batch_size"] == 64 and row["seed"] == 0, "also what was left to its default"
    assert row["sessions"] == 1
    assert row["made by torch"] == torch.__version__ and row["made by device"] == "cpu"
    json.dumps(row)


@pytest.mark.parametrize("seconds", [0.000123456, 0.16, 7.5, 123456.7])
def test_a_row_keeps_the_digits_of_its_clock(tmp_path, monkeypatch, seconds):
    """The clock is the test's own: six digits, whether the run was short or long."""
    clock = iter([100.0, 100.0 + seconds])
    monkeypatch.setattr(runs.start, "perf_counter", lambda: next(clock))
    row = quick(tmp_path, steps=5)
    assert row["seconds"] == pytest.approx(seconds, rel=1e-5)
    assert row["images_per_second"] == pytest.approx(5 * 64 / seconds, rel=1e-5)


def test_rate_and_active_latents_are_those_of_the_loaded_model(done):
    """On all 1,797 digits, from the closed form by torch.distributions."""
    folder, row = done
    model, _ = load(folder)
    with torch.no_grad():
        mu, log_var = model.encode(binarised(digits().images))
    q = torch.distributions.Normal(mu.double(), (0.5 * log_var.double()).exp())
    kl = torch.distributions.kl_divergence(q, torch.distributions.Normal(0.0, 1.0)).mean(0)
    assert row["rate"] == pytest.approx(kl.sum().item(), abs=1e-3)
    assert row["active"] == int((kl > 0.1).sum()) >= 1


def test_terms_are_averaged_over_the_last_lines_of_the_log():
    history = training.History()
    for step in range(1, 21):
        history.log(step, {"reconstruction": torch.tensor(float(step)), "kl": torch.tensor([step, 1.0])})
    assert runs.start.final(history) == {"reconstruction": 15.5, "kl": 16.5}, "the mean of 11 .. 20; latents are summed"


def test_few_lines_are_averaged_all(done):
    folder, row = done
    tensors = checkpoint.read(folder / checkpoint.NAME)[0]
    assert tensors["history.reconstruction"].shape == (3,)
    assert row["reconstruction"] == pytest.approx(tensors["history.reconstruction"].mean().item(), abs=1e-4)


# The folder ---------------------------------------------------------------------------------------------------------


def trainings(folder):
    return [line for line in (folder / "log.txt").read_text("utf-8").splitlines() if "training from step" in line]


def test_a_finished_run_is_read_and_not_trained_again(done):
    folder, row = done
    before = (folder / checkpoint.NAME).stat().st_mtime_ns
    assert quick(folder) == row and (folder / checkpoint.NAME).stat().st_mtime_ns == before
    assert len(trainings(folder)) == 1


def test_more_steps_go_on_with_the_same_run(tmp_path):
    quick(tmp_path, steps=50)
    row, straight = quick(tmp_path, steps=100), quick(tmp_path / "straight", steps=100)
    assert row["sessions"] == 2 and row["rate"] == straight["rate"]
    assert [line.split(": ")[1] for line in trainings(tmp_path)] == [
        "training from step 0 to 50",
        "training from step 50 to 100",
    ]
    with pytest.raises(ValueError, match="is at step 100 already"):
        quick(tmp_path, steps=50)


def test_a_row_that_is_written_anew_does_not_pass_for_the_clock_of_the_run(tmp_path):
    quick(tmp_path)
    (tmp_path / "row.json").unlink()
    row = quick(tmp_path)
    assert row["images_per_second"] == 0 and row["sessions"] == 2


def test_a_run_that_was_cut_off_ends_with_the_row_of_one_that_was_not(tmp_path, monkeypatch):
    """Cut off after a checkpoint, before the row: the terms, the rate and the active latents are the same."""
    whole, write = quick(tmp_path / "whole"), checkpoint.write

    def cut(path, tensors, note):
        write(path, tensors, note)
        raise KeyboardInterrupt

    monkeypatch.setattr(checkpoint, "write", cut)
    with pytest.raises(KeyboardInterrupt):
        run(TASK, tmp_path / "cut", save_every=70, progress=False)
    monkeypatch.undo()
    again = quick(tmp_path / "cut")
    same = ["reconstruction", "kl", "rate", "active"]
    assert {name: again[name] for name in same} == {name: whole[name] for name in same} and again["sessions"] == 2


def test_another_task_is_refused_with_what_differs(done):
    folder, _ = done
    with pytest.raises(ValueError, match=r"holds another run \(beta is 0.5 there and 4.0 here\): name another folder"):
        quick(folder, beta=4.0)
    with pytest.raises(ValueError, match="system is beta-vae there and vae here"):
        run({"system": "vae", **{k: TASK[k] for k in ("data", "latents", "steps", "lr", "device")}}, folder)


def test_a_start_that_fails_leaves_the_folder_free(tmp_path):
    """NaN at step 2, then the smaller learning rate that the error advises, then another system: all in one folder."""
    with pytest.raises(FloatingPointError, match="Try a smaller lr"):
        quick(tmp_path, lr=1e30, steps=5)
    assert not (tmp_path / checkpoint.NAME).exists() and not (tmp_path / "row.json").exists()
    assert quick(tmp_path, lr=1e-3, steps=5)["lr"] == 1e-3
    with pytest.raises(ValueError, match=r"holds another run \(lr is 0\.001 there and 0\.002 here\)"):
        quick(tmp_path, steps=5)


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP])
def test_a_file_system_without_locks_is_told_and_used(tmp_path, monkeypatch, number):
    def none(*args):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", none)
    with pytest.warns(UserWarning, match=f"{re.escape(str(tmp_path / 'lock'))} has no locks"):
        assert quick(tmp_path, steps=5)["rate"] > 0


@pytest.mark.parametrize(
    "name, told", [("lock", "cannot lock"), ("log.txt", "cannot write"), ("row.json", "cannot read")]
)
def test_a_folder_where_a_file_should_be(tmp_path, name, told):
    (tmp_path / name).mkdir()
    with pytest.raises(OSError, match=f"^{told} {re.escape(str(tmp_path / name))} .*: move it away, or grant access"):
        quick(tmp_path, steps=5)


def test_a_file_where_the_folder_should_be(tmp_path):
    (tmp_path / "file").write_text("", "utf-8")
    for folder in (tmp_path / "file", tmp_path / "file" / "x"):
        with pytest.raises(OSError, match=f"^cannot use {re.escape(str(folder))} as a folder .*: name another one"):
            quick(folder, steps=5)


DAMAGE = ["", "[]", "3", '"text"', "null", '{"task": ', "[" * 5000]


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("name", ["row.json", "task.json", "error.json"])
def test_a_damaged_small_file_is_made_anew_and_told(tmp_path, done, name, damage):
    shutil.copytree(done[0], tmp_path / "run")
    (tmp_path / "run" / name).write_text(damage, "utf-8")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        row = quick(tmp_path / "run")
    same = ["reconstruction", "kl", "rate", "active", "steps"]
    assert {key: row[key] for key in same} == {key: done[1][key] for key in same}
    if name != "error.json":
        assert re.match(rf".*{name} is damaged \(.*\): it is made anew$", str(told[0].message), re.S)
        assert (tmp_path / "run" / name).read_text("utf-8") != damage
    assert load(tmp_path / "run")[1] == runs.checked(TASK)


@pytest.mark.parametrize("text", ['{"task": 3, "shape": [1]}', '{"task": {}}', "[]"])
def test_a_task_of_another_kind_is_damaged(tmp_path, text):
    (tmp_path / "task.json").write_text(text, "utf-8")
    refused(ValueError, f"{tmp_path / 'task.json'} is damaged (", load, tmp_path)


def test_weights_that_are_not_numbers_are_not_loaded(tmp_path, done):
    shutil.copytree(done[0], tmp_path / "run")
    path = tmp_path / "run" / checkpoint.NAME
    tensors, note = checkpoint.read(path)
    tensors["net.model.decoder.0.bias"][0] = torch.nan
    checkpoint.write(path, tensors, note)
    refused(ValueError, f"{path} is damaged or no checkpoint (not finite: net.model.decoder.0.bias)", load, path.parent)


def test_a_small_file_reaches_the_disk_before_its_name(tmp_path, monkeypatch):
    order = []
    sync, move = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda number: order.append("sync") or sync(number))
    monkeypatch.setattr(os, "replace", lambda part, path: order.append("rename") or move(part, path))
    runs.files.write_json(tmp_path / "row.json", {"a": 1})
    assert order == ["sync", "rename"]


def test_a_folder_in_which_another_process_trains_is_refused(tmp_path):
    with FileLock(tmp_path / "lock"), pytest.raises(BlockingIOError, match="another process is training there"):
        quick(tmp_path)


# Loading ------------------------------------------------------------------------------------------------------------


def test_a_loaded_model_is_the_one_that_was_trained(done):
    folder, _ = done
    model, task = load(folder)
    tensors = checkpoint.read(folder / checkpoint.NAME)[0]
    assert all(torch.equal(value, tensors[f"net.model.{name}"]) for name, value in model.state_dict().items())
    assert task == runs.checked(TASK) and not model.training
    x = binarised(digits().images)
    start = elbo.negative_elbo(runs.start.net((1, 8, 8), 3, 0), x, torch.Generator().manual_seed(0))
    terms = elbo.negative_elbo(model, x, torch.Generator().manual_seed(0))
    assert terms["reconstruction"].mean() < start["reconstruction"].mean() - 1


def test_the_net_of_64_by_64_pixels_is_loaded_in_the_same_layout(tmp_path):
    held = {"task": runs.checked({"system": "vae"}), "shape": [1, 64, 64], "images": 9}
    runs.files.write_json(tmp_path / "task.json", held)
    net = runs.start.net((1, 64, 64), 10, seed=3)
    checkpoint.write(tmp_path / checkpoint.NAME, {f"net.model.{k}": v for k, v in net.state_dict().items()}, {})
    model, _ = load(tmp_path)
    weight = model.encoder[2].weight
    assert torch.equal(weight, net.encoder[2].weight) and weight.is_contiguous(memory_format=torch.channels_last)


# What is refused ----------------------------------------------------------------------------------------------------


def refused(error, told, call, *args, **options):
    with pytest.raises(error, match=f"^{re.escape(told)}"):
        call(*args, **options)


@pytest.mark.parametrize(
    "changes, told",
    [
        ({"system": "bvae"}, "no system is called 'bvae'; there are beta-tcvae, beta-vae, "),
        ({"gamma": 3.0}, "beta-vae has no setting gamma; there are data, path, latents, "),
        ({"data": "cifar"}, "no data set is called 'cifar'; there are dsprites, digits, dsprites-16, "),
        ({"data": "mnist"}, "data mnist is read from your own copy: give its path"),
        ({"path": "/data"}, "data digits takes no path, got /data; from a path there are dsprites-file, mnist, "),
        ({"steps": 0}, "steps: expected a whole number of 1 or more, got 0"),
        ({"latents": 2.5}, "latents: expected a whole number of 1 or more, got 2.5"),
        ({"lr": -1.0}, "lr: expected a finite number of 0 or more, got -1.0"),
        ({"seed": 10**19}, "seed: expected a whole number of 0 or more, at most 9223372036854775807, got 1000000"),
        ({"device": "gpu"}, "device 'gpu': expected "),
        ({"seed": "one"}, "seed: expected a whole number of 0 or more, got 'one'"),
        ({"device": "cuda:9"}, "device cuda:9 is not there: this machine and this PyTorch have "),
        ({"batch_size": 2000}, "expected at least 2000 images (one batch), got shape (1797, 1, 8, 8)"),
    ],
)
def test_a_wrong_task_is_one_clear_line(tmp_path, changes, told):
    refused(ValueError, told, quick, tmp_path / "run", **changes)


def test_a_task_without_a_system():
    refused(ValueError, "no system is called ''; there are beta-tcvae", runs.checked, {"data": "digits"})


def test_a_wrong_path_leaves_no_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match="MNIST: expected"):
        quick(tmp_path / "run", data="mnist", path=str(tmp_path / "nowhere"))
    assert not (tmp_path / "run").exists()


def test_folders_that_hold_no_run(tmp_path):
    refused(ValueError, f"expected the folder of a run, found no task.json in {tmp_path}", load, tmp_path)
    runs.files.write_json(tmp_path / "task.json", {"task": runs.checked(TASK), "shape": [1, 8, 8]})
    refused(ValueError, f"{tmp_path} holds a task, but no checkpoint yet: train it first", load, tmp_path)
    (tmp_path / "task.json").write_text('{"task": ', "utf-8")
    refused(ValueError, f"{tmp_path / 'task.json'} is damaged", load, tmp_path)


def test_a_checkpoint_of_another_run_is_refused(tmp_path, done):
    folder, _ = done
    quick(tmp_path, steps=2, latents=5)
    os.replace(tmp_path / checkpoint.NAME, tmp_path / "moved")
    (tmp_path / checkpoint.NAME).write_bytes((folder / checkpoint.NAME).read_bytes())
    refused(ValueError, f"{tmp_path / checkpoint.NAME} is not of the net that task.json", load, tmp_path)
    save_file({"weight": torch.zeros(2)}, tmp_path / checkpoint.NAME)
    refused(ValueError, f"{tmp_path / checkpoint.NAME} holds no checkpoint of this course", load, tmp_path)


def test_a_checkpoint_alone_is_not_overwritten(tmp_path):
    checkpoint.write(tmp_path / checkpoint.NAME, {"a": torch.zeros(1)}, {})
    refused(ValueError, f"{tmp_path} holds a checkpoint, but no task.json: name another folder", quick, tmp_path)


def test_on_a_full_disk_a_small_file_stays_as_it_was(tmp_path, monkeypatch):
    runs.files.write_json(tmp_path / "row.json", {"a": 1})

    def full(part, path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    told = f"cannot write {tmp_path / 'row.json'} (No space left on device): make room"
    refused(OSError, told, runs.files.write_json, tmp_path / "row.json", {"a": 2})
    assert runs.files.read(tmp_path / "row.json") == {"a": 1} and len(list(tmp_path.iterdir())) == 1


# Data by name -------------------------------------------------------------------------------------------------------


def test_every_set_that_the_course_holds_gives_pixels():
    for name in names.OURS:
        source = names.named(name)
        x = source.prepare(source.images[:3])
        values = [k / 16 for k in range(17)] if name.startswith("dsprites-16") else [0.0, 1.0]
        assert x.shape == (3, *source.shape) and x.dtype == torch.float32 and set(x.unique().tolist()) <= set(values)
    assert torch.equal(names.scaled(names.named("digits").images[:3]), binarised(digits().images[:3]))
