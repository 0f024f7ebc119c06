"""Looks at this machine and says, in plain words, whether the course will run on it: python -m course_pkg doctor."""

import os
import re
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from packaging.requirements import Requirement

from course_pkg.commands.options import BAD, DONE, REFUSED, say
from course_pkg.data import cache

ROOT = Path(__file__).resolve().parents[2]
FREE_GB = 2.0  # the largest data set drawn takes 0.7 GB; a build and its caches take the rest


@dataclass(frozen=True)
class Check:
    """One thing looked at. `fix` must be mended; `note` is good to know and stops nothing."""

    state: Literal["ok", "note", "fix"]
    about: str
    says: str

    def __str__(self) -> str:
        return f"{self.state + ':':<6} {self.about}: {self.says}"


def report() -> list[Check]:
    """Every check of this machine, in the order in which a reader would mend them."""
    return [python(), packages(), pins(), device(), threads(), disk(), cache_folder(), chromium()]


def python(version: tuple[int, ...] = tuple(sys.version_info[:3])) -> Check:
    """Python 3.11.5 or newer."""
    found = ".".join(map(str, version))
    if version < (3, 11, 5):
        return Check("fix", "Python", f"{found} is too old; install 3.11.5 or newer and run `make setup` with it")
    return Check("ok", "Python", f"{found} at {sys.executable}")


def installed(name: str) -> str | None:
    """The version of a package, None where it is not there."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def disagreements(requirements: Sequence[str]) -> list[str]:
    """Which of these requirements the installed packages do not meet, each with what is there instead."""
    wrong = []
    for requirement in map(Requirement, requirements):
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        found = installed(requirement.name)
        if found is None:
            wrong.append(f"{requirement} (not installed)")
        elif not requirement.specifier.contains(found, prereleases=True):
            wrong.append(f"{requirement} (found {found})")
    return wrong


def packages() -> Check:
    """What course_pkg needs, as its metadata says."""
    import torch  # not for --help, which would wait for it

    if installed("course-pkg") is None:
        return Check("fix", "packages", "course_pkg is not installed; run `pip install -e .` in its folder")
    wanted = metadata.requires("course-pkg") or []
    wrong = disagreements(wanted)
    if wrong:
        return Check("fix", "packages", f"expected {', '.join(wrong)}; run `pip install -e .` in its folder")
    return Check("ok", "packages", f"the {len(wanted)} that course_pkg needs are there (torch {torch.__version__})")


def pins(requirements: Path = ROOT / "requirements.txt") -> Check:
    """The exact versions with which the stored outputs of the book were made."""
    if not requirements.exists():
        return Check("note", "pins", "no requirements.txt beside the package: the book itself is not here")
    lines = [line for line in requirements.read_text("utf-8").splitlines() if re.match(r"\w", line)]
    wrong = disagreements(lines)
    if wrong:
        shown = ", ".join(wrong[:5]) + (f" and {len(wrong) - 5} more" if len(wrong) > 5 else "")
        mend = "delete .venv and run `make setup` to have the book's own versions"
        return Check("note", "pins", f"the stored outputs were made with {shown}; {mend}")
    return Check("ok", "pins", f"all {len(lines)} packages are those of requirements.txt")


def device() -> Check:
    """Where torch will train."""
    import torch

    if torch.cuda.is_available():
        properties = torch.cuda.get_device_properties(0)
        memory = f"{properties.total_memory / 2**30:.0f} GiB"
        return Check("ok", "device", f"cuda ({properties.name}, {memory}): used by default, also for full-scale runs")
    if torch.backends.mps.is_available():
        return Check("ok", "device", "mps (Apple): used by default; some operations may fall back to the CPU")
    return Check("ok", "device", "cpu: enough for every page and exercise; full-scale training would take days")


def threads() -> Check:
    """How many processor cores torch uses."""
    import torch

    text = f"torch uses {torch.get_num_threads()} of {os.cpu_count()} cores"
    return Check("ok", "threads", f"{text} (OMP_NUM_THREADS sets another number)")


def disk(folder: Path = ROOT) -> Check:
    """Room beside the book for a build."""
    free = shutil.disk_usage(folder).free / 1e9
    if free < FREE_GB:
        return Check("fix", "disk", f"{free:.1f} GB free at {folder}, expected {FREE_GB:.0f}; free some space")
    return Check("ok", "disk", f"{free:.0f} GB free at {folder}")


def cache_folder(folder: Path | None = None) -> Check:
    """Where computed data is kept: it can be made and written."""
    folder = folder or cache.folder()
    probe = folder / f"doctor-{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_text("probe", "utf-8")
        probe.unlink()
    except OSError as error:
        mend = "grant access, or name another folder in DISENTANGLE_CACHE"
        return Check("fix", "cache", f"cannot write to {folder} ({error.strerror or error}); {mend}")
    free = shutil.disk_usage(folder).free / 1e9
    if free < FREE_GB:
        mend = "free some space, or name another folder in DISENTANGLE_CACHE"
        return Check("fix", "cache", f"{free:.1f} GB free at {folder}, expected {FREE_GB:.0f}; {mend}")
    return Check("ok", "cache", f"computed data is kept in {folder}")


def find_chromium() -> str | None:
    """The path of a Chromium or Chrome, None where there is none."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
    mac = (f"/Applications/{name}.app/Contents/MacOS/{name}" for name in ("Chromium", "Google Chrome"))
    return next((path for path in map(shutil.which, [*names, *mac]) if path), None)


def find_firefox() -> str | None:
    """The path of a Firefox, None where there is none. `make firefox` looks for it, nothing else does."""
    names = ("firefox-esr", "firefox", "/Applications/Firefox.app/Contents/MacOS/firefox")
    return next((path for path in map(shutil.which, names) if path), None)


def chromium() -> Check:
    """A browser, for `make browser` and `make pdf` alone."""
    found = find_chromium()
    if found:
        return Check("ok", "browser", f"{found}, for `make browser` and `make pdf`")
    install = "Debian: sudo apt-get install chromium; macOS: brew install --cask chromium"
    return Check("note", "browser", f"no Chromium; only `make browser` and `make pdf` need one ({install})")


def main(argv: Sequence[str] = ()) -> int:
    """Print the report. Returns an exit code of `options`: 1 where something must be fixed."""
    if argv:
        say("usage: python -m course_pkg doctor\n\n" + (__doc__ or ""))
        return DONE if argv[0] in ("-h", "--help") else REFUSED
    checks = report()
    say("\n".join(map(str, checks)))
    broken = sum(check.state == "fix" for check in checks)
    say(f"\n{broken} to fix." if broken else "\nThe course will run here.")
    return BAD if broken else DONE
