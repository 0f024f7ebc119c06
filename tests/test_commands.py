"""python -m course_pkg train, sweep, represent: what they do, what they say, how they end."""

import re
import shlex
import signal
import subprocess
import sys

import numpy as np
import pytest
import torch
from dask.distributed import Client, LocalCluster

from course_pkg.__main__ import main
from course_pkg.commands.sweep import of_any_system
from course_pkg.runs import load
from course_pkg.runs.represent import represent
from course_pkg.runs.systems import SYSTEMS, settings_of
from course_pkg.runs.task import COMMON
from helpers import GUARD, environment, wait_for

SMALL = "--data digits --latents 2 --steps 6 --batch-size 8 --device cpu".split()


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DISENTANGLE_CACHE", str(tmp_path / "cache"))


def usage(argv, capsys):
    """The last line of what a wrong usage prints."""
    with pytest.raises(SystemExit) as end:
        main(argv)
    assert end.value.code == 2
    return capsys.readouterr().err.strip().splitlines()[-1]


# Help ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["train", "sweep", "represent"])
def test_help_explains_and_shows_an_example_that_parses(verb, capsys, monkeypatch):
    with pytest.raises(SystemExit) as end:
        main([verb, "--help"])
    printed = capsys.readouterr().out
    example = re.search(rf"example:\n  python -m course_pkg ({verb} .*)\n", printed)[1]
    assert end.value.code == 0 and (verb == "represent" or all(name in printed for name in SYSTEMS))
    ran = []
    for module in ("train", "sweep", "represent"):
        monkeypatch.setattr(f"course_pkg.commands.{module}.ended", lambda *args: ran.append(args) or 0)
    assert main(shlex.split(example)) == 0 and len(ran) == 1


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_options_of_a_system_are_its_settings(system, capsys):
    with pytest.raises(SystemExit):
        main(["train", system, "--help"])
    printed = " ".join(capsys.readouterr().out.split())
    for name, setting in {**settings_of(system), **COMMON}.items():
        assert f"--{name.replace('_', '-')} {setting.kind.__name__.upper()}" in printed and setting.meaning in printed
    others = set(of_any_system()) - set(settings_of(system))
    assert not any(f"--{name.replace('_', '-')} " in printed for name in others)


# Train --------------------------------------------------------------------------------------------------------------


def test_train_keeps_a_run_that_can_be_loaded_and_encoded(tmp_path, capsys):
    assert main(["train", "beta-vae", "--beta", "0.5", *SMALL]) == 0
    folder = "runs/beta-vae,data=digits,latents=2,batch_size=8,seed=0,beta=0.5"
    out = capsys.readouterr().out
    assert re.match(
        r"threads: \d[^\n]*\n"
        r"reconstruction [\d.]+, kl [\d.]+, rate [\d.]+, active \d \(terms in nats an image; [\d,]+ images/s\)\n",
        out,
    )
    model, task = load(folder)
    assert task["beta"] == 0.5 and task["steps"] == 6
    command = shlex.split(out.splitlines()[-1].split("course_pkg ")[1])
    assert command == ["represent", folder] and main([*command, "--out", "codes.npy"]) == 0
    assert "1,797 codes of 2 latents (encoded, " in capsys.readouterr().out
    assert torch.equal(torch.from_numpy(np.load("codes.npy")), represent(model, "digits").columns)
    assert main([*command, "--sample", "--seed", "3", "--out", "codes.npy"]) == 0
    assert "1,797 codes of 2 latents (read), kept in" in capsys.readouterr().out
    assert torch.equal(torch.from_numpy(np.load("codes.npy")), represent(model, "digits", sample=True, seed=3).columns)


def test_the_same_command_trains_nothing_again(tmp_path, capsys):
    assert main(["train", "vae", *SMALL, "--folder", "here"]) == 0
    first = capsys.readouterr().out
    assert main(["train", "vae", *SMALL, "--folder", "here"]) == 0 and capsys.readouterr().out == first
    assert (tmp_path / "here" / "log.txt").read_text("utf-8").count("training from") == 1


@pytest.mark.parametrize(
    "argv, told",
    [
        (["train"], "the following arguments are required: SYSTEM"),
        (["train", "gan"], "argument SYSTEM: invalid choice: 'gan'"),
        (["train", "vae", "--beta", "3"], "unrecognized arguments: --beta 3"),
        (["train", "beta-vae", "--beta", "much"], "argument --beta: invalid float value: 'much'"),
        (["train", "beta-vae", "--steps", "0"], "steps: expected a whole number of 1 or more, got 0"),
        (
            ["train", "vae", "--seed", "9" * 20],
            "seed: expected a whole number of 0 or more, at most 9223372036854775807",
        ),
        (["train", "vae", "--save-every", "0"], "argument --save-every: expected a whole number of 1 or more, at most"),
        (["sweep", "vae", "--jobs", "0"], "argument --jobs: expected a whole number of 1 or more, at most"),
        (["sweep", "vae", "--save-every", "x"], "argument --save-every: expected a whole number of 1 or more, at most"),
        (["represent", "x", "--seed", "9" * 20], "argument --seed: expected a whole number of 0 or more, at most"),
        (["train", "vae", "--\x1b[2J"], "unrecognized arguments: --\\x1b[2J"),
        (["sweep"], "the following arguments are required: SYSTEM"),
        (["sweep", "vae", "--beta", "3"], "none of vae has a setting beta"),
        (["sweep", "vae", "--seed", "1", "1"], "two tasks would share the folder vae,data=dsprites,seed=1"),
        (["represent"], "the following arguments are required: folder"),
    ],
)
def test_wrong_usage_ends_with_2_and_one_line(argv, told, capsys):
    assert f"error: {told}" in usage(argv, capsys)


@pytest.mark.parametrize(
    "argv, told",
    [
        (["train", "vae", *SMALL, "--device", "cuda:9"], "train: device cuda:9 is not there"),
        (
            ["train", "vae", *SMALL, "--data", "cifar"],
            "train: no data set is called 'cifar'; there are dsprites, digits",
        ),
        (["train", "vae", "--data", "mnist", "--path", "nowhere"], "train: MNIST: expected"),
        (
            ["train", "vae", *SMALL, "--folder", "a file/x"],
            "train: cannot use a file/x as a folder (Not a directory): ",
        ),
        (["train", "vae", *SMALL, "--folder", "a file"], "train: cannot use a file as a folder (File exists): "),
        (["train", "vae", *SMALL, "--folder", "here"], "train: cannot lock here/lock (Is a directory): move it away"),
        (["train", "vae", *SMALL, "--folder", "there"], "train: cannot write there/log.txt (Is a directory): move it"),
        (["train", "vae", *SMALL, "--device", "gpu"], "train: device 'gpu': expected cpu"),
        (["sweep", "vae", *SMALL, "--device", "gpu"], "sweep: device 'gpu': expected cpu"),
        (["sweep", "vae", *SMALL, "--folder", "a file"], "sweep: cannot use a file as a folder (File exists): "),
        (["represent", "a file"], "represent: cannot read a file/task.json (Not a directory): "),
        (["represent", "x", "--out", "here"], "represent: cannot write here (Is a directory): name another file"),
        (["data", "compare", "nowhere.npz"], "data: "),
        (["equations", "--root", "here"], "equations: expected the book's folder"),
        (["represent", "nowhere"], "represent: expected the folder of a run, found no task.json in nowhere"),
    ],
)
def test_what_cannot_be_done_ends_with_2_and_one_line(argv, told, capsys, tmp_path):
    (tmp_path / "a file").write_text("", "utf-8")
    for name in ("here/lock", "there/log.txt"):
        (tmp_path / name).mkdir(parents=True)
    assert main(argv) == 2
    last = capsys.readouterr().err.splitlines()
    assert last[-1].startswith(told) and len(last) == 1


def test_a_run_that_diverges_ends_with_1_and_one_line(capsys):
    assert main(["train", "vae", *SMALL, "--lr", "1e30"]) == 1
    assert capsys.readouterr().err.splitlines()[-1].startswith("train: term reconstruction and kl stopped being finite")


def test_ctrl_c_ends_with_130_and_the_command_that_goes_on(tmp_path):
    """Started again as it is told, with fewer steps to come, it ends well."""
    run = ["train", "vae", "--data", "digits", "--steps", "1000000", "--folder", "a run", "--save-every", "20"]
    command = [sys.executable, "-m", "course_pkg", *run]
    process = subprocess.Popen(command, cwd=tmp_path, env=environment(), stderr=subprocess.PIPE, encoding="utf-8")
    wait_for((tmp_path / "a run" / "checkpoint.safetensors").exists, process)
    process.send_signal(signal.SIGINT)
    stopped, again = process.communicate(timeout=GUARD)[1].strip().splitlines()[-2:]
    assert process.returncode == 130
    step = int(re.search(r"stopped after step (\d+) of 1000000", stopped)[1])
    words = shlex.split(again.removeprefix("to go on:  python -m course_pkg "))
    assert words == run
    words[words.index("1000000")] = str(step + 10)
    assert main(words) == 0
    assert f"training from step {step} to {step + 10}" in (tmp_path / "a run" / "log.txt").read_text("utf-8")


@pytest.mark.parametrize("folder", ["it's", "a b", "$(touch bad)", "two\nlines", "\x1b[2J'\\", "plain"])
def test_the_command_that_is_printed_can_be_pasted(tmp_path, capsys, folder):
    """A shell reads it as the folder it is; what the terminal is sent holds no escape sequence."""
    assert main(["train", "vae", *SMALL, "--folder", folder]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    command = out.splitlines()[-1].split("represent ")[1]
    said = subprocess.run(
        ["bash", "-c", f"printf %s {command}"], env=environment(), capture_output=True, check=True
    ).stdout
    assert said.decode() == folder and not (tmp_path / "bad").exists()


@pytest.mark.parametrize("name", ["codes", "codes.npy", "codes.txt"])
def test_the_codes_are_in_the_file_that_is_named(tmp_path, capsys, name):
    assert main(["train", "vae", *SMALL, "--folder", "run"]) == 0
    assert main(["represent", "run", "--out", name]) == 0
    assert capsys.readouterr().out.endswith(f"written to {name}\n")
    assert np.load(tmp_path / name).shape == (1797, 2) and len(list(tmp_path.glob("codes*"))) == 1


def test_no_name_of_a_run_moves_the_terminal(tmp_path, capsys):
    (tmp_path / "all" / "\x1b[2J").mkdir(parents=True)
    (tmp_path / "all" / "\x1b[2J" / "error.json").write_text('{"error": "\\u001b]0;x\\u0007 \\u202e"}', "utf-8")
    assert main(["sweep", "vae", *SMALL, "--folder", "all"]) == 1
    out = capsys.readouterr().out
    assert out.splitlines()[0] == "\\x1b[2J: \\x1b]0;x\\x07 \\u202e"


# Sweep --------------------------------------------------------------------------------------------------------------


def test_sweep_gives_each_system_what_is_its_own(tmp_path, capsys):
    assert main(["sweep", "vae", "beta-vae", "--beta", "1", "4", "--seed", "0", "1", *SMALL, "--folder", "all"]) == 0
    assert capsys.readouterr().out == "6 runs done, 0 failed: all/results.csv\n"
    names = {path.parent.name for path in (tmp_path / "all").glob("*/row.json")}
    start = "data=digits,latents=2,batch_size=8"
    assert names == {f"vae,{start},seed={s}" for s in (0, 1)} | {
        f"beta-vae,{start},seed={s},beta={beta}" for s in (0, 1) for beta in (1, 4)
    }


def test_a_run_that_fails_is_named_and_ends_with_1(capsys):
    assert main(["sweep", "vae", *SMALL, "--lr", "1e30", "0.001"]) == 1
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith("vae,data=digits,latents=2,batch_size=8,lr=1e+30,seed=0: FloatingPointError: term ")
    assert out[1] == "1 runs done, 1 failed: sweep/results.csv"


def test_sweep_on_a_dask_scheduler(capsys):
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster):
        assert main(["sweep", "vae", "--seed", "0", "1", *SMALL, "--dask", cluster.scheduler_address]) == 0
    assert "2 runs done, 0 failed" in capsys.readouterr().out
