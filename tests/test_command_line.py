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
    assert "usage: python -m course_pkg VERB" in capsys.readouterr().out


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
    done = subprocess.run(run, env=environment(), capture_output=True, text=True)
    assert (
        done.returncode == 2 and done.stderr.startswith("equations: expected the book's folder") and done.stdout == ""
    )


def fresh(code, **more):
    """What Python prints for this code in a process of its own."""
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=environment(**more), capture_output=True, text=True, check=True).stdout


HELP = """
import sys
from course_pkg.__main__ import main
try:
    main({argv})
except SystemExit:
    pass
print("imported", *sorted({heavy} & sys.modules.keys()))
"""


@pytest.mark.parametrize("verb", ["", "train", "sweep", "represent", "equations", "data", "doctor"])
def test_help_imports_nothing_that_it_does_not_need(verb):
    """Whoever asks for help waits for what is imported. What trains has its settings in modules that need torch."""
    heavy = {"sklearn", "sympy", "matplotlib", "h5py", "distributed"}
    heavy |= set() if verb in ("train", "sweep", "represent") else {"torch"}
    printed = fresh(HELP.format(argv=[verb, "--help"] if verb else ["--help"], heavy=heavy)).splitlines()
    assert printed[0].startswith("usage:") and printed[-1] == "imported"


POLICY = "import course_pkg, os; print(os.environ['OMP_WAIT_POLICY'])"


@pytest.mark.parametrize("given, wanted", [({}, "passive"), ({"OMP_WAIT_POLICY": "active"}, "active")])
def test_waiting_threads_sleep_unless_the_caller_wants_otherwise(given, wanted):
    assert fresh(POLICY, **given).strip() == wanted
    assert fresh("import sys, course_pkg; print('torch' in sys.modules)", **given).strip() == "False", (
        "OpenMP reads it when torch is loaded: course_pkg must say it before"
    )
