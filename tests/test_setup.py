"""tools/setup.py: by uv or by pip, at once where all is there, and one clear line where the machine lacks something."""

import ast
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from course_pkg.commands.doctor import python
from helpers import ROOT, environment, tool

SETUP = ROOT / "tools" / "setup.py"
# A uv that says what UV_SAYS holds, and stops there where it holds anything; it notes how it was called.
UV = """#!/bin/sh
echo "$@" >> "$UV_CALLS"; echo "$UV_INDEX $UV_FIND_LINKS $PYTHONUTF8" >> "$UV_CALLS"
if [ "$1" = venv ]; then mkdir -p .venv/bin; touch .venv/bin/python; exit 0; fi
touch .venv/half-written; [ -z "$UV_SAYS" ] || { echo "$UV_SAYS" >&2; exit 2; }
echo "Prepared 1 package in 1ms"; echo "Installed in a folder of Zoë"
"""


@pytest.fixture
def checkout(tmp_path):
    """A small checkout whose setup can be run: it asks for one package that no index has."""
    folder = tmp_path / "a folder of Zoë"
    (folder / "tools").mkdir(parents=True)
    shutil.copy(SETUP, folder / "tools")
    (folder / "requirements.txt").write_text("no-such-package-of-this-course==1.0\n", "utf-8")
    (folder / "pyproject.toml").write_text("[project]\nname = 'empty'\nversion = '0'\n", "utf-8")
    (tmp_path / "uv").write_text(UV, "utf-8")
    (tmp_path / "uv").chmod(0o755)
    return folder


def run(checkout, before="", uv=False, **more):
    """Run setup.py after the lines `before`, which may fake something, with the uv above or without any."""
    begin = f"import os, sys, platform, shutil, runpy\nshutil.which = lambda name: os.environ['UV'] or None\n{before}\n"
    code = begin + "runpy.run_path(os.environ['SCRIPT'], run_name='__main__')"
    ours = {"PIP_RETRIES": "1", "PIP_TIMEOUT": "2", "PIP_CONFIG_FILE": os.devnull, "PIP_EXTRA_INDEX_URL": ""}
    theirs = {"UV_CALLS": str(checkout.parent / "calls"), "UV_SAYS": "", "PYTHONUTF8": "0", "LC_ALL": "C.UTF-8"}
    paths = {"SCRIPT": str(checkout / "tools" / "setup.py"), "UV": str(checkout.parent / "uv") if uv else ""}
    env = environment(PYTHONPATH="") | ours | theirs | paths | more
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", env=env)


def one_line(ran):
    assert ran.returncode == 1, ran.stdout + ran.stderr
    lines = ran.stderr.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("setup: "), ran.stderr
    return lines[0]


def complete_venv(checkout, pins):
    """A .venv that counts as complete for these pins, and whose Python runs this Python's pip at once."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", checkout / ".venv"], env=environment(), check=True)
    site = next((checkout / ".venv").glob("lib/python*/site-packages"))
    (site / "borrowed.pth").write_text(str(Path(importlib.util.find_spec("pip").origin).parents[1]), "utf-8")
    spec = importlib.util.spec_from_file_location("setup_tool", checkout / "tools" / "setup.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    owner, ours = tool.stamp()
    (checkout / ".venv" / "course-stamp").write_bytes(owner + (pins or ours))


def test_it_parses_on_an_old_python():
    ast.parse(SETUP.read_text("utf-8"), feature_version=(3, 6))


def test_an_old_python(checkout):
    line = one_line(run(checkout, "sys.version_info = (3, 11, 4); platform.python_version = lambda: '3.11.4'"))
    assert "expected Python 3.11.5 or newer, found 3.11.4" in line and "PYTHON=" in line and "3.13" in line


def test_another_system(checkout):
    line = one_line(run(checkout, "platform.system = lambda: 'Windows'"))
    assert "expected Linux or macOS, found Windows" in line and "WSL" in line


def test_a_full_disk(checkout):
    line = one_line(run(checkout, "shutil.disk_usage = lambda path: type('U', (), {'free': 4 * 10**8})"))
    assert "expected 3.0 GB free" in line and "found 0.4 GB" in line
    assert not (checkout / ".venv").exists()


def test_the_network_is_away(checkout):
    complete_venv(checkout, b"other pins")
    line = one_line(run(checkout, PIP_INDEX_URL="http://127.0.0.1:9/simple"))
    assert "check the network" in line and "course-setup.log" in line
    assert not (checkout / ".venv" / "course-stamp").exists(), "a set-up that failed must not count as done"


def test_no_wheel_for_this_python(checkout):
    complete_venv(checkout, b"other pins")
    line = one_line(run(checkout, PIP_NO_INDEX="1", PIP_FIND_LINKS=str(checkout.parent)))
    assert "holds nothing for Python 3." in line and "no-such-package-of-this-course==1.0" in line
    assert "supported: Python 3.11.5 to 3.13" in line and "network" not in line


def test_the_disk_fills_up_while_pip_writes(checkout):
    complete_venv(checkout, b"other pins")
    fail = "sys.exit('OSError: [Errno 28] No space left on device')"
    (checkout / "sitecustomize.py").write_text(f"import sys\nif 'install' in sys.orig_argv: {fail}\n", "utf-8")
    assert "the disk is full" in one_line(run(checkout, PYTHONPATH=str(checkout)))


@pytest.mark.parametrize(
    "said, expected",
    [
        ("error: Request failed\n  cause: dns error", "check the network"),
        (
            "error: No solution\n  cause: Because torch==2.13.0 has no wheels with a matching Python ABI tag",
            "torch==2.13",
        ),
        ("error: No solution\n  cause: Because there is no version of torch==9.1", "holds nothing for Python 3."),
        ("error: failed to copy: No space left on device (os error 28)", "the disk is full"),
        ("error: something of its own\nmore", "failed: error: something of its own"),
    ],
)
def test_what_uv_says_is_understood(checkout, said, expected):
    assert expected in one_line(run(checkout, uv=True, UV_SAYS=said))


def test_an_interrupted_set_up_starts_again_from_nothing(checkout):
    one_line(run(checkout, uv=True, UV_SAYS="error: stopped"))
    (checkout / ".venv" / "half-written").rename(checkout / ".venv" / "left over")
    again = run(checkout, uv=True)
    assert again.returncode == 0, again.stderr
    assert "Prepared 1 package" in again.stdout and not (checkout / ".venv" / "left over").exists()
    assert run(checkout, uv=True).stdout == "", "complete, yet it did something"


def test_uv_looks_where_pip_would(checkout):
    links = {"PIP_EXTRA_INDEX_URL": "https://a.example https://b.example", "PIP_FIND_LINKS": "/x /y"}
    forget = "[os.environ.pop(name, None) for name in ('UV_INDEX', 'UV_FIND_LINKS')]"
    assert run(checkout, forget, uv=True, **links).returncode == 0
    made, _, installed, where, *_ = (checkout.parent / "calls").read_text("utf-8").splitlines()
    assert made.startswith("venv ") and installed.startswith("pip install ")
    assert where == "https://a.example https://b.example /x,/y 1"


def test_no_venv_module(checkout):
    line = one_line(run(checkout, "sys.modules['ensurepip'] = None"))
    assert "has no venv module" in line and "-venv" in line and "uv" in line


def test_it_does_nothing_when_all_is_there(checkout):
    complete_venv(checkout, None)
    ran = run(checkout)
    assert ran.returncode == 0 and ran.stdout == ran.stderr == ""
    (checkout / "requirements.txt").write_text("another-package==2.0\n", "utf-8")
    line = one_line(run(checkout, PIP_NO_INDEX="1"))
    assert "another-package==2.0" in line, "a changed pin must install"


def test_a_locale_that_is_not_utf_8(checkout):
    ascii_only = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}
    line = one_line(run(checkout, uv=True, UV_SAYS="error: of Zoë", **ascii_only))
    assert "setup: installing failed: error: of Zo" in line
    once, again = (run(checkout, uv=True, **ascii_only) for _ in range(2))
    assert once.returncode == again.returncode == 0, once.stderr + again.stderr
    assert "Installed in a folder of Zo" in once.stdout and again.stdout == ""


# Which Pythons --------------------------------------------------------------------------------------------------------


def test_the_pythons_that_are_named_are_those_that_every_pin_takes():
    """The oldest is needed: some pin refuses the one before. Setup, package, doctor, README, Makefile say the same."""
    lines = [line for line in (ROOT / "requirements.txt").read_text("utf-8").splitlines() if re.match(r"\w", line)]
    pins = {canonicalize_name(Requirement(line).name) for line in lines}
    here = {canonicalize_name(one.metadata["Name"]): one.metadata for one in metadata.distributions()}
    takes = {name: SpecifierSet(here[name].get("Requires-Python") or "") for name in pins & here.keys()}
    refusing = lambda version: [name for name, spec in takes.items() if not spec.contains(version)]
    oldest = tool("setup").OLDEST
    assert refusing(f"{oldest[0]}.{oldest[1]}.{oldest[2] - 1}"), "an older Python would do: name it"
    for version in (".".join(map(str, oldest)), "3.12.0", "3.13.0"):
        assert not refusing(version)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    named = ".".join(map(str, oldest))
    assert project["requires-python"] == f">={named}"
    kinds = [c.rpartition(" ")[2] for c in project["classifiers"] if "Python :: 3." in c]
    assert kinds == ["3.11", "3.12", "3.13"] and f"Python {named} to {kinds[-1]}" in tool("setup").SUPPORTED
    for page in ("README.md", "book/intro.md"):
        assert f"Python {named} to {kinds[-1]}" in (ROOT / page).read_text("utf-8")
    assert f"Python {named} or newer" in (ROOT / "Makefile").read_text("utf-8")
    assert python(oldest).state == "ok" and python((*oldest[:2], oldest[2] - 1)).state == "fix"
