"""The command line of the box: bubblewrap, with what it sees of this machine and the whole environment."""

import os
import shutil
import sys
from pathlib import Path

import course_pkg

NOBODY = 65534
VENV = "/venv"
COURSE = Path(str(course_pkg.__file__)).resolve().parent
WITHOUT = ("questions",)
REMEDY = (
    "grade runs students' code in a box made by bubblewrap (Linux: apt-get install bubblewrap, or dnf; in a container "
    "it needs user namespaces, and on macOS or Windows a Linux container). --no-isolation grades without a box, only "
    "for code that you trust with your account; every output says so"
)


class NoBox(OSError):
    """No box can be made here: why, and what to do."""

    def __init__(self, why: str):
        super().__init__(f"{why}. {REMEDY}")


class Ended(NoBox):
    """A box that has ended meanwhile."""


def packages() -> dict[str, str]:
    """{a folder with the interpreter or its packages: where the box sees it}.

    The virtual environment has a place of its own there: it may lie below /tmp, which each answer has for itself.
    """
    found = {os.path.realpath(p): os.path.realpath(p) for p in (sys.base_prefix, sys.base_exec_prefix)}
    return {os.path.realpath(sys.prefix): VENV, **found}


def mounts() -> list[str]:
    """What the box sees of this machine, all of it read-only, as options of bubblewrap."""
    found = ["--ro-bind", "/usr", "/usr"]
    for path in [*sorted(Path("/").glob("lib*")), Path("/bin"), Path("/sbin")]:
        if path.is_symlink():
            found += ["--symlink", os.readlink(path), str(path)]
        elif path.exists():
            found += ["--ro-bind", str(path), str(path)]
    found += ["--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"]
    places = {p: place for p, place in packages().items() if not place.startswith("/usr/")}
    for folder in sorted(
        {str(up) for p in [*places.values(), "/course/course_pkg/x"] for up in Path(p).parents} - {"/"}
    ):
        found += ["--perms", "0755", "--dir", folder]
    for prefix, place in places.items():
        found += ["--ro-bind", prefix, place]
    for path in sorted(COURSE.iterdir()):
        if path.name not in WITHOUT and not path.name.startswith("__pycache"):
            found += ["--ro-bind", str(path), f"/course/course_pkg/{path.name}"]
    for name in WITHOUT:  # where the course is itself among the packages
        for prefix, place in packages().items():
            if COURSE.is_relative_to(prefix):
                found += ["--tmpfs", str(Path(place, COURSE.relative_to(prefix), name))]
    return [
        *found,
        "--dev",
        "/dev",
        "--proc",
        "/proc",
        "--perms",
        "1777",
        "--tmpfs",
        "/tmp",
        "--remount-ro",
        "/dev",
        "--remount-ro",
        "/",
    ]


def command(isolated: bool) -> tuple[list[str], dict[str, str]]:
    """The command line and the whole environment of a worker, but for the number of its socket."""
    python = str(Path(packages()[os.path.realpath(sys.prefix)], "bin", "python"))
    own = {
        "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/tmp", "PYTHONPATH": "/course", "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "TQDM_DISABLE": "1",
        "MPLBACKEND": "Agg", "MPLCONFIGDIR": "/tmp", "NESTED": str(int(isolated)),
    }  # fmt: skip
    run = ["-P", "-s", "-m", "course_pkg.classroom.box.worker"]
    if not isolated:
        return [sys.executable, *run], {**own, "PYTHONPATH": str(COURSE.parent)}
    wrap = shutil.which("bwrap")
    if not sys.platform.startswith("linux") or not wrap:
        raise NoBox("bubblewrap (the program bwrap) is not here")
    rights = ["--unshare-user"]
    if os.getuid() == 0:  # a user of its own, so that limits hold, and no file of root's is open to it
        rights = ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
        own["UNPRIVILEGED"] = str(NOBODY)
    apart = ["--unshare-pid", "--unshare-ipc", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    stay = ["--hostname", "box", "--die-with-parent", "--new-session", "--chdir", "/"]
    return [wrap, *rights, *apart, *stay, *mounts(), python, *run], own
