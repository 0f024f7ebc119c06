"""Sweeps: what is trained, once each; stopped, killed and resumed; failures told; two at once; over Dask."""

import contextlib
import csv
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import joblib
import pytest
import torch
from dask.distributed import Client, LocalCluster
from filelock import FileLock

from course_pkg import runs
from course_pkg.runs import checked, run_name
from course_pkg.runs import sweep as module
from course_pkg.runs.sweep import TABLE, rows, sweep, tasks
from helpers import GUARD, environment, wait_for

SMALL = {"data": "digits", "latents": 2, "steps": 4, "batch_size": 8, "device": "cpu"}


def lines(folder, what):
    return sum(what in line for log in folder.glob("*/log.txt") for line in log.read_text("utf-8").splitlines())


def table(folder):
    with open(folder / TABLE, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


# Which tasks --------------------------------------------------------------------------------------------------------


def test_every_combination_is_one_task():
    found = tasks({"beta-vae": {"beta": [1, 4]}, "vae": {}}, seed=range(3), lr=[1e-3, 1e-4], data="digits")
    assert len(found) == 2 * 3 * 2 + 3 * 2 and all(task == checked(task) for task in found)
    assert {(t["beta"], t["seed"], t["lr"]) for t in found if t["system"] == "beta-vae"} == {
        (beta, seed, lr) for beta in (1.0, 4.0) for seed in range(3) for lr in (1e-3, 1e-4)
    }
    assert [t["system"] for t in tasks(["vae", "hinge"])] == ["vae", "hinge"]


def test_a_name_says_what_is_particular():
    assert run_name({"system": "vae"}) == "vae,data=dsprites,seed=0"
    task = {"system": "beta-vae", "beta": 4, "data": "digits", "lr": 0.002, "seed": 3, "steps": 9, "device": "cpu"}
    assert run_name(task) == "beta-vae,data=digits,lr=0.002,seed=3,beta=4"
    assert run_name({**task, "beta": 10.5}).endswith(",beta=10.5")


def test_names_are_folders_on_every_system_and_all_different():
    found = tasks({"beta-vae": {"beta": [1, 1.5, 10, 100, 0.1]}, "capacity": {"gamma": [1, 10]}}, seed=range(3))
    names = [run_name(task) for task in found]
    assert len(set(names)) == len(names) == 21 and not any(re.search(r'[<>:"/\\|?*\s]', name) for name in names)


@pytest.mark.parametrize(
    "systems, common, told",
    [
        (["vae"], {"seed": [1, 1]}, "two tasks would share the folder vae,data=dsprites,seed=1"),
        (["vae"], {"steps": [10, 20]}, "two tasks would share the folder vae"),
        (["vae", "gan"], {}, "no system is called 'gan'"),
        (["vae"], {"beta": 3}, "vae has no setting beta"),
        ({"beta-vae": {"beta": ["a"]}}, {}, "beta: expected a finite number of 0 or more, got 'a'"),
    ],
)
def test_tasks_that_cannot_be(systems, common, told):
    with pytest.raises(ValueError, match=f"^{re.escape(told)}"):
        tasks(systems, **common)


# The table ----------------------------------------------------------------------------------------------------------


def test_one_row_a_run_with_settings_terms_and_provenance(tmp_path):
    found = tasks({"beta-vae": {"beta": [1, 4]}, "beta-tcvae": {}}, **SMALL)
    result, threads = sweep(found, tmp_path, progress=False), torch.get_num_threads()
    written = table(tmp_path)
    assert [row["run"] for row in result] == [row["run"] for row in written] == sorted(map(run_name, found))
    for row, kept in zip(result, written, strict=True):
        assert all(kept[name] == ("" if value is None else str(value)) for name, value in row.items())
        assert row["made by threads"] == 1 and row["made by torch"] == torch.__version__
    assert {row["run"]: row["tc"] != "" for row in written} == {
        c: c.startswith("beta-tcvae") for c in map(run_name, found)
    }
    assert torch.get_num_threads() == threads and not list(tmp_path.glob("*.part"))


def test_what_is_done_is_not_done_again_and_more_is_added(tmp_path):
    sweep(tasks(["vae"], seed=range(2), **SMALL), tmp_path, progress=False)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.glob("*/checkpoint.safetensors")}
    result = sweep(tasks(["vae"], seed=range(3), **SMALL), tmp_path, progress=False)
    assert len(result) == 3 and all(path.stat().st_mtime_ns == when for path, when in before.items())
    assert lines(tmp_path, "training from step 0") == 3


def test_a_run_that_fails_is_told_and_stops_nothing(tmp_path):
    """A learning rate of 1e30 leaves no finite number; the second sweep tries it again, and tells it again."""
    found = tasks(["vae"], lr=[1e30, 1e-3], **SMALL)
    for _ in range(2):
        result = {row["lr"]: row for row in sweep(found, tmp_path, progress=False)}
        assert re.match("FloatingPointError: term .* stopped being finite", result[1e30]["error"])
        assert "error" not in result[1e-3] and result[1e-3]["rate"] > 0
        assert [bool(row["error"]) for row in table(tmp_path)] == [row["lr"] == "1e+30" for row in table(tmp_path)]
    assert lines(tmp_path, "done at step") == 1


@pytest.mark.parametrize("damage", ["", "[]", '{"steps": 4}', "null"])
@pytest.mark.parametrize("name", ["row.json", "task.json", "error.json"])
def test_a_damaged_file_stops_no_sweep(tmp_path, name, damage):
    """The other runs go on; the damaged file is made anew, and told in the table until then."""
    found = tasks(["vae"], seed=range(2), **SMALL)
    whole = sweep(found, tmp_path, progress=False)
    first = tmp_path / run_name(found[0])
    (first / name).write_text(damage, "utf-8")
    if name == "error.json":
        (first / "row.json").unlink()
    told = rows(tmp_path)
    assert len(told) == 2 and "error" not in told[1]
    if name != "task.json" and not damage.startswith("{"):
        assert f"{name} is damaged" in told[0]["error"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        again = sweep(found, tmp_path, progress=False)
    assert [row["rate"] for row in again] == [row["rate"] for row in whole] and not any("error" in row for row in again)
    assert json.loads((first / "row.json").read_text("utf-8"))["rate"] == whole[0]["rate"]


@pytest.mark.parametrize("n_jobs", [0, 1.5, True])
def test_a_number_of_jobs_that_is_none(tmp_path, n_jobs):
    with pytest.raises(ValueError, match=f"^n_jobs: expected how many runs at once, .* got {n_jobs}$"):
        sweep(tasks(["vae"], **SMALL), tmp_path, n_jobs=n_jobs, progress=False)


def test_no_more_processes_than_runs(tmp_path, monkeypatch):
    asked = []
    parallel = module.Parallel
    monkeypatch.setattr(module, "Parallel", lambda n_jobs, **more: asked.append(n_jobs) or parallel(n_jobs=1, **more))
    sweep(tasks(["vae"], **SMALL), tmp_path, n_jobs=12, progress=False)
    sweep(tasks(["vae"], seed=range(3), **SMALL), tmp_path, n_jobs=2, progress=False)
    assert asked == [1, 2]


def test_no_cell_is_a_formula_and_none_moves_the_terminal(tmp_path):
    row = {"steps": 4, "rate": -1.5, "=1+1": "=cmd()", "b": "+1", "c": "-1", "d": "@x", "e": "  =2", "f": "a\x1b[2Jb"}
    (tmp_path / "-run").mkdir()
    (tmp_path / "-run" / "row.json").write_text(json.dumps(row), "utf-8")
    sweep([], tmp_path, progress=False)
    wanted = {"run": "'-run", "steps": "4", "rate": "-1.5", "'=1+1": "'=cmd()", "b": "'+1", "c": "'-1", "d": "'@x"}
    assert table(tmp_path) == [{**wanted, "e": "'  =2", "f": "a\\x1b[2Jb"}]


@pytest.mark.parametrize("tries", [1, 100])
def test_a_table_that_another_program_holds_open_stops_no_run(tmp_path, monkeypatch, tries):
    """As where a spreadsheet has it: once, or to the end. Every run is trained; the same call writes the table."""
    move, held = os.replace, []

    def refused(part, path):
        if Path(path).name == TABLE and len(held) < tries:
            held.append(path)
            raise PermissionError(13, "Permission denied")
        return move(part, path)

    monkeypatch.setattr(os, "replace", refused)
    told = rf"cannot write {re.escape(str(tmp_path / TABLE))} \(Permission denied\).*close the program that has it open"
    ends = contextlib.nullcontext() if tries == 1 else pytest.raises(OSError, match=told)
    with pytest.warns(UserWarning, match=told), ends:
        sweep(tasks(["vae"], seed=range(3), **SMALL), tmp_path, progress=False)
    assert len(list(tmp_path.glob("*/row.json"))) == 3
    assert tries > 1 or len(table(tmp_path)) == 3
    monkeypatch.setattr(os, "replace", move)
    sweep(tasks(["vae"], seed=range(3), **SMALL), tmp_path, progress=False)
    assert len(table(tmp_path)) == 3 and lines(tmp_path, "training from") == 3
    assert not list(tmp_path.glob("*.part"))


def test_a_failure_that_was_mended_is_forgotten(tmp_path, monkeypatch):
    found = tasks(["vae"], **SMALL)
    with monkeypatch.context() as broken:
        broken.setattr(runs.start, "named", lambda *args: (_ for _ in ()).throw(OSError("no such disk")))
        assert sweep(found, tmp_path, progress=False)[0]["error"] == "OSError: no such disk"
    assert "error" not in sweep(found, tmp_path, progress=False)[0]


def test_a_wrong_task_is_refused_before_anything_is_trained(tmp_path):
    with pytest.raises(ValueError, match="no setting beta"):
        sweep([*tasks(["vae"], **SMALL), {"system": "vae", "beta": 2}], tmp_path, progress=False)
    assert not list(tmp_path.iterdir())


# Stopped, killed, resumed -------------------------------------------------------------------------------------------

SCRIPT = """
import signal, sys
import course_pkg.runs.sweep as s
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell makes what it starts with & deaf to Ctrl-C
found = s.tasks({"beta-vae": {"beta": [1, 4]}}, seed=range(4), **%r)
s.sweep(found, sys.argv[1], n_jobs=int(sys.argv[2]), save_every=20, progress=False)
"""
EIGHT = {**SMALL, "steps": 100}


def start(folder, jobs):
    """A sweep of 8 runs of 100 steps, in a group of processes of its own."""
    command = [sys.executable, "-c", SCRIPT % EIGHT, str(folder), str(jobs)]
    return subprocess.Popen(
        command, env=environment(), start_new_session=True, stderr=subprocess.PIPE, encoding="utf-8"
    )


@pytest.fixture(scope="module")
def straight(tmp_path_factory):
    """The rows of the same eight runs, never stopped."""
    found = tasks({"beta-vae": {"beta": [1, 4]}}, seed=range(4), **EIGHT)
    return {row["run"]: row for row in sweep(found, tmp_path_factory.mktemp("straight"), progress=False)}


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_sweep_of_eight_that_is_stopped_and_killed_finishes_with_none_trained_twice(tmp_path, jobs, straight):
    """Ctrl-C after two runs, SIGKILL to all its processes after four, then to the end. What was done when it was
    stopped is not touched again; each run ends once; the numbers are those of a sweep that was never stopped.

    Two tasks are held as by another sweep until then: however late the signals come, the sweep is not through."""
    kept = {}
    with contextlib.ExitStack() as held:
        for task in tasks({"beta-vae": {"beta": [1, 4]}}, seed=range(4), **EIGHT)[::4]:
            (tmp_path / run_name(task)).mkdir()
            held.enter_context(FileLock(tmp_path / run_name(task) / "lock"))
        for number, done in ((signal.SIGINT, 2), (signal.SIGKILL, 4)):
            process = start(tmp_path, jobs)
            wait_for(lambda done=done: lines(tmp_path, "done at step") >= done, process)
            os.killpg(process.pid, number)
            process.communicate(timeout=GUARD)
            assert process.returncode != 0 and lines(tmp_path, "done at step") <= 6
            for folder in tmp_path.iterdir():
                if (folder / "row.json").exists():
                    kept.setdefault(folder.name, (folder / "log.txt").read_text("utf-8"))
    process = start(tmp_path, jobs)
    process.communicate(timeout=GUARD)
    assert process.returncode == 0
    logs = {folder.name: (folder / "log.txt").read_text("utf-8") for folder in tmp_path.iterdir() if folder.is_dir()}
    assert len(logs) == 8 and len(kept) >= 4
    assert all(log.count("done at step 100") == 1 for log in logs.values()), "each ended once"
    assert all(logs[name] == log for name, log in kept.items()), "none that was done was trained again"
    for row in rows(tmp_path):
        assert all(row[name] == straight[row["run"]][name] for name in ("reconstruction", "kl", "rate", "active"))


def test_two_sweeps_on_one_folder_train_nothing_twice(tmp_path):
    pair = [start(tmp_path, 1), start(tmp_path, 1)]
    for process in pair:
        errors = process.communicate(timeout=GUARD)[1]
        assert process.returncode == 0, errors
    assert lines(tmp_path, "training from step") == lines(tmp_path, "done at step 100") == 8
    assert len(table(tmp_path)) == 8


def test_a_task_that_another_trains_comes_last_and_is_then_taken_over(tmp_path):
    """Its lock is held, as by another sweep, until the other task is done, and then given up with nothing trained."""
    found = tasks(["vae"], seed=range(2), **SMALL)
    first, second = (tmp_path / run_name(task) for task in found)
    first.mkdir()
    held = threading.Event()

    def hold():
        with FileLock(first / "lock"):
            held.set()
            while not (second / "row.json").exists():
                time.sleep(0.01)
            time.sleep(0.5)  # the sweep comes back to it meanwhile, and waits

    helper = threading.Thread(target=hold)
    helper.start()
    held.wait()
    result = sweep(found, tmp_path, progress=False)
    helper.join()
    assert len(result) == 2 and (second / "row.json").stat().st_mtime_ns < (first / "row.json").stat().st_mtime_ns


# On a cluster -------------------------------------------------------------------------------------------------------


def test_the_same_call_runs_on_a_dask_cluster(tmp_path):
    """Two workers of a local cluster, each a process; on SLURM or Kubernetes only the line with the cluster differs."""
    found = tasks({"beta-vae": {"beta": [1, 4]}}, seed=range(2), **SMALL)
    here = {row["run"]: row for row in sweep(found, tmp_path / "here", progress=False)}
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
        joblib.parallel_config("dask"),
    ):
        there = sweep(found, tmp_path / "there", progress=False)
        deaf = client.submit(lambda: threading.current_thread() is not threading.main_thread()).result()
    assert deaf, "a run there hears no SIGTERM: the page of the training says that it goes on from the last checkpoint"
    assert {row["run"] for row in there} == set(here)
    for row in there:
        assert all(row[name] == here[row["run"]][name] for name in ("reconstruction", "kl", "rate"))
    pids = {re.search(r"process (\d+)", log.read_text("utf-8"))[1] for log in (tmp_path / "there").glob("*/log.txt")}
    assert str(os.getpid()) not in pids and len(pids) == 2
    assert json.loads((tmp_path / "there" / there[0]["run"] / "task.json").read_text("utf-8"))["task"] == found[0]


def test_a_worker_that_is_lost_costs_nothing(tmp_path):
    """Two workers; the first to end a run is killed before it can say so. All runs end, none is trained twice."""
    found, folder, killed = tasks(["vae"], seed=range(6), **SMALL), tmp_path / "runs", str(tmp_path / "killed")

    def lost(folder):
        try:
            with open(killed, "x", encoding="utf-8") as file:
                file.write(folder.name)
        except FileExistsError:
            return
        os.kill(os.getpid(), signal.SIGKILL)

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster),
        joblib.parallel_config("dask"),
    ):
        result = sweep(found, folder, progress=False, then=lost)
    assert [row["seed"] for row in result] == list(range(6)) and not any("error" in row for row in result)
    assert lines(folder, "training from step") == lines(folder, "done at step") == 6, "each once"
    assert (folder / Path(killed).read_text("utf-8") / "row.json").exists()


def test_rows_of_a_folder_with_other_things_in_it(tmp_path):
    (tmp_path / "notes").mkdir()
    (tmp_path / "a file").write_text("text", "utf-8")
    assert rows(tmp_path) == [] and Path(tmp_path / "notes").exists()
