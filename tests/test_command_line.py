"""python -m course_pkg VERB: the verbs, what they return, and what an unknown one gets."""

import importlib
import subprocess
import sys

import pytest

from course_pkg.__main__ import VERBS, main
from helpers import environment


@pytest.mark.parametrize("argv", [[], ["-h"], ["--help"]])
def test_help_lists_every_verb(argv, capsys):
    assert main(argv) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("usage: python -m course_pkg VERB [options]\n")
    for verb, (_, text) in VERBS.items():
        assert any(line.split(maxsplit=1) == [verb, text] for line in printed.splitlines())


@pytest.mark.parametrize("argv", [["equation"], ["--version"], ["help", "equations"]])
def test_an_unknown_verb_gets_the_help_and_two(argv, capsys):
    assert main(argv) == 2
    printed = capsys.readouterr()
    assert "usage: python -m course_pkg VERB" in printed.out and f"no verb {argv[0]!r}" in printed.err


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_run_by_its_own_module_with_the_rest_of_the_line(verb, monkeypatch):
    module, seen = importlib.import_module(VERBS[verb][0]), []
    monkeypatch.setattr(module, "main", lambda argv: seen.append(argv) or 7)
    assert main([verb, "--a", "b"]) == 7 and seen == [["--a", "b"]]


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_its_options(verb, capsys):
    try:
        code = main([verb, "--help"])
    except SystemExit as done:
        code = done.code
    assert code == 0 and verb in capsys.readouterr().out


def test_the_exit_code_reaches_the_shell(tmp_path):
    run = [sys.executable, "-m", "course_pkg", "equations", "--root", str(tmp_path)]
    done = subprocess.run(run, env=environment(), capture_output=True, encoding="utf-8")
    assert (
        done.returncode == 2 and done.stderr.startswith("equations: expected the book's folder") and done.stdout == ""
    )


def test_another_python_is_told_which_one_to_use():
    """Python without the course's packages, as /usr/bin/python3: what a reader types who has not seen .venv."""
    bare = [sys.executable, "-S", "-m", "course_pkg", "doctor"]  # -S: without what was installed
    done = subprocess.run(bare, env=environment(), capture_output=True, encoding="utf-8")
    assert done.returncode == 2 and done.stdout == "" and len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith(f"doctor: this Python ({sys.executable}) has no ")
    assert ".venv/bin/python" in done.stderr and "make setup" in done.stderr


def test_a_missing_module_of_the_course_itself_is_no_fault_of_the_installation(monkeypatch):
    monkeypatch.setitem(VERBS, "doctor", ("course_pkg.commands.nowhere", ""))
    with pytest.raises(ModuleNotFoundError):
        main(["doctor"])


def fresh(code, **more):
    """What Python prints for this code in a process of its own."""
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=environment(**more), capture_output=True, encoding="utf-8", check=True).stdout


HELP = """
import sys
from course_pkg.__main__ import main
try:
    main({argv})
except SystemExit:
    pass
print("imported", *sorted({heavy} & sys.modules.keys()))
"""


@pytest.mark.parametrize(
    "verb", ["", "train", "sweep", "represent", "equations", "data", "doctor", "export", "assign", "report", "slides"]
)
def test_help_imports_nothing_that_it_does_not_need(verb):
    """Whoever asks for help waits for what is imported. What trains has its settings in modules that need torch."""
    heavy = {"sklearn", "sympy", "matplotlib", "h5py", "distributed"}
    heavy |= set() if verb in ("train", "sweep", "represent") else {"torch"}
    printed = fresh(HELP.format(argv=[verb, "--help"] if verb else ["--help"], heavy=heavy)).splitlines()
    assert printed[0].startswith("usage:") and printed[-1] == "imported"


WAITING = "import course_pkg, os; print([os.environ.get(n) for n in ('OMP_WAIT_POLICY', 'GOMP_SPINCOUNT')])"


@pytest.mark.parametrize(
    "given, wanted",
    [
        ({}, ["passive", "1000"]),
        ({"OMP_WAIT_POLICY": "active"}, ["active", None]),
        ({"GOMP_SPINCOUNT": "5"}, [None, "5"]),
    ],
)
def test_waiting_threads_soon_sleep_unless_the_caller_wants_otherwise(given, wanted):
    assert fresh(WAITING, **given).strip() == str(wanted)
    assert fresh("import sys, course_pkg; print('torch' in sys.modules)", **given).strip() == "False", (
        "OpenMP reads it when torch is loaded: course_pkg must say it before"
    )


# A machine whose locale is not UTF-8 ----------------------------------------------------------------------------------

VERBS_IN_TURN = r"""
import os, runpy, sys
small = "--data digits --latents 2 --steps 3 --batch-size 8 --device cpu".split()
for argv in (
    ["--help"], ["train", "--help"], ["train", "vae", *small, "--folder", "\u03b2 \u00e9"],
    ["represent", "\u03b2 \u00e9"], ["represent", "\u03b2 \u00e9", "--out", "\u03b2.npy"], ["score", "\u03b2"],
    ["sweep", "vae", *small, "--folder", "\u03b2s"], ["equations", "--latex", "elbo-\u03b2"], ["doctor"],
    ["represent", "no\u03b2"], ["train", "vae", "--data", "\u03b2"], ["data", "compare", "\u03b2.npz"],
):
    sys.argv = ["course_pkg", *(os.fsdecode(word.encode()) for word in argv)]  # as a terminal would give them
    try:
        runpy.run_module("course_pkg", run_name="__main__")
    except SystemExit as end:
        print("ended", argv[0], end.code, flush=True)
"""


@pytest.mark.parametrize(
    "locale, shown", [({"LC_ALL": "C"}, r"\udcce\udcb2 \udcc3\udca9"), ({"PYTHONIOENCODING": "ascii"}, r"\u03b2 \xe9")]
)
def test_every_verb_speaks_where_the_terminal_cannot_show_every_letter(tmp_path, locale, shown):
    """Files and terminal of ASCII, or the terminal alone: a letter that is not there is spelt out, no verb ends in an
    error of Python. 12 commands, each with the code that it ends with anywhere; the doctor's is its machine's."""
    env = environment(**{"PYTHONUTF8": "0", "DISENTANGLE_CACHE": str(tmp_path / "cache"), **locale})
    done = subprocess.run([sys.executable, "-c", VERBS_IN_TURN], env=env, cwd=tmp_path, capture_output=True)
    out, err = done.stdout.decode("ascii"), done.stderr.decode("ascii")
    assert done.returncode == 0 and "Traceback" not in err, err
    ended = [line.removeprefix("ended ") for line in out.splitlines() if line.startswith("ended ")]
    wanted = ["--help 0", "train 0", "train 0", "represent 0", "represent 0", "score 2", "sweep 0", "equations 2"]
    wanted += ["doctor", "represent 2", "train 2", "data 2"]
    assert [line for line in ended if "doctor" not in line] == [line for line in wanted if line != "doctor"]
    assert f"kept in {shown}\n" in out and len(ended) == len(wanted)
    assert (tmp_path / "\u03b2 \u00e9" / "row.json").exists() and (tmp_path / "\u03b2.npy").exists()
