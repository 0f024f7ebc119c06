"""The self-check says what is wrong, in one line that names what to do."""

import os
import shutil
import subprocess
import sys
from collections import namedtuple

import pytest
import torch

from course_pkg.commands import doctor
from helpers import environment

Usage = namedtuple("Usage", "total used free")


def test_every_check_is_one_plain_line():
    checks = doctor.report()
    assert [check.about for check in checks] == [
        "Python", "packages", "pins", "device", "threads", "disk", "cache", "browser"
    ]  # fmt: skip
    assert all("\n" not in str(check) and check.state in ("ok", "note", "fix") for check in checks)


def test_command_line():
    ran = subprocess.run(
        [sys.executable, "-m", "course_pkg", "doctor"], env=environment(), capture_output=True, encoding="utf-8"
    )
    assert ran.returncode == (1 if "fix:" in ran.stdout else 0), ran.stdout + ran.stderr
    assert "Python" in ran.stdout and "device" in ran.stdout


def test_exit_code_follows_the_worst_check(monkeypatch, capsys):
    monkeypatch.setattr(doctor, "report", lambda: [doctor.Check("ok", "a", "fine"), doctor.Check("note", "b", "hm")])
    assert doctor.main([]) == 0
    monkeypatch.setattr(doctor, "report", lambda: [doctor.Check("fix", "a", "mend it")])
    assert doctor.main([]) == 1
    assert "fix:   a: mend it\n\n1 to fix." in capsys.readouterr().out


def test_help_and_unknown_options(capsys):
    assert doctor.main(["--help"]) == 0
    assert doctor.main(["--everything"]) == 2
    assert "usage" in capsys.readouterr().out


@pytest.mark.parametrize(
    "version, state", [((3, 10, 9), "fix"), ((3, 11, 4), "fix"), ((3, 11, 5), "ok"), ((4, 0, 0), "ok")]
)
def test_python(version, state):
    assert doctor.python(version).state == state


def test_versions_that_do_not_meet_a_requirement():
    elsewhere = ["no-such-package==1; python_version < '3'", "no-such-package==1; extra == 'x'"]
    assert doctor.disagreements(["numpy>=1", *elsewhere]) == []
    wrong = doctor.disagreements(["numpy<1", "no-such-package==1"])
    assert wrong[0].startswith("numpy<1 (found ") and wrong[1] == "no-such-package==1 (not installed)"


def test_pins(tmp_path):
    file = tmp_path / "requirements.txt"
    assert doctor.pins(file).state == "note"
    file.write_text("# a comment\nnumpy==0.1\n", "utf-8")
    assert "numpy==0.1 (found" in doctor.pins(file).says
    file.write_text(f"numpy=={doctor.installed('numpy')}\n", "utf-8")
    assert doctor.pins(file).state == "ok"


def test_packages(monkeypatch):
    monkeypatch.setattr(doctor.metadata, "requires", lambda name: ["numpy>=1000"])
    assert doctor.packages().state == "fix" and "numpy>=1000 (found" in doctor.packages().says
    monkeypatch.setattr(doctor, "installed", lambda name: None)
    assert "not installed" in doctor.packages().says


def test_a_full_disk(monkeypatch, tmp_path):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10**12, 10**12, 10**8))
    assert doctor.disk(tmp_path).state == "fix" and "0.1 GB free" in doctor.disk(tmp_path).says
    assert doctor.cache_folder(tmp_path).state == "fix"


def test_a_cache_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("", "utf-8")
    check = doctor.cache_folder(tmp_path / "file" / "cache")
    assert check.state == "fix" and "DISENTANGLE_CACHE" in check.says
    assert doctor.cache_folder(tmp_path / "new").state == "ok" and not os.listdir(tmp_path / "new")


def test_a_missing_browser_stops_nothing(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert doctor.chromium().state == "note"
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/chromium")
    assert doctor.chromium().state == "ok"


def test_devices(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert doctor.device().says.startswith("mps")
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert doctor.device().says.startswith("cpu")
    Properties = namedtuple("Properties", "name total_memory")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda i: Properties("A card", 2**33))
    assert doctor.device().says.startswith("cuda (A card, 8 GiB)")
