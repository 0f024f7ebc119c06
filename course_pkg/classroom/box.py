"""The box: bubblewrap around one Python that has torch, this course without its questions, and nothing else.

No network, no home, no other file of this machine but the interpreter and its packages, to be read; an empty
environment; its own processes. Each question runs in a fork with namespaces of its own inside (see `worker`), so the
answers of two students, or two of one, cannot see each other. `probed` looks from the inside whether all this is so.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import course_pkg
from course_pkg.classroom.wire import Garbled, Gone, Late, outcome_of, receive, send
from course_pkg.grading.calling import SECONDS, Outcome
from course_pkg.grading.plain import decode, encode
from course_pkg.grading.question import Case

NOBODY = 65534
START, SETUP, GRACE = 120.0, 30.0, 5.0  # seconds: to import torch; to run what an answer needs; beyond the inner clock
FURTHER = 60.0  # seconds that all further calls of one question may take: they serve its feedback alone
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


def mounts() -> list[str]:
    """What the box sees of this machine, all of it read-only, as options of bubblewrap."""
    prefixes = {os.path.realpath(p) for p in (sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix)}
    found = ["--ro-bind", "/usr", "/usr"]
    for path in [*sorted(Path("/").glob("lib*")), Path("/bin"), Path("/sbin")]:
        if path.is_symlink():
            found += ["--symlink", os.readlink(path), str(path)]
        elif path.exists():
            found += ["--ro-bind", str(path), str(path)]
    found += ["--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"]
    others = sorted(p for p in prefixes if not p.startswith("/usr/"))
    for folder in sorted({str(up) for p in [*others, "/course/course_pkg/x"] for up in Path(p).parents} - {"/"}):
        found += ["--perms", "0755", "--dir", folder]
    for prefix in others:
        found += ["--ro-bind", prefix, prefix]
    for path in sorted(COURSE.iterdir()):
        if path.name not in WITHOUT and not path.name.startswith("__pycache"):
            found += ["--ro-bind", str(path), f"/course/course_pkg/{path.name}"]
    for name in WITHOUT:  # where the course is itself among the packages
        if any((COURSE / name).is_relative_to(p) for p in prefixes):
            found += ["--tmpfs", str(COURSE / name)]
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
    python = str(Path(os.path.realpath(sys.prefix), "bin", "python"))
    own = {
        "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/tmp", "PYTHONPATH": "/course", "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "TQDM_DISABLE": "1",
        "MPLBACKEND": "Agg", "MPLCONFIGDIR": "/tmp", "NESTED": str(int(isolated)),
    }  # fmt: skip
    run = ["-P", "-s", "-m", "course_pkg.classroom.worker"]
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


class Box:
    """A worker, started. Raises NoBox where it does not start."""

    def __init__(self, isolated: bool = True):
        self.isolated = isolated
        line, own = command(isolated)
        self.control, theirs = socket.socketpair()
        self.errors = tempfile.TemporaryFile()
        line.append(str(theirs.fileno()))
        self.process = subprocess.Popen(
            line, env=own, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stdout=self.errors,
            stderr=self.errors, start_new_session=True,
        )  # fmt: skip
        theirs.close()
        try:
            receive(self.control, START)
        except (Gone, Late, Garbled) as error:
            why = self.complaint() or str(error)
            self.close()
            raise NoBox(f"the box did not start: {why}") from None

    def complaint(self) -> str:
        """The last line that the worker printed; student code prints nothing here."""
        self.errors.seek(0)
        said = self.errors.read(10_000).decode(errors="replace").strip().splitlines()
        return said[-1] if said else ""

    def ask(self, cells: Sequence[str], question: str, call: str = "function", seconds: float = SECONDS) -> "Talk":
        """A process of its own for one question of one notebook."""
        return Talk(self, {"cells": list(cells), "question": question, "call": call, "seconds": seconds})

    def close(self) -> None:
        self.control.close()
        self.process.kill()
        self.process.wait()
        self.errors.close()

    def __enter__(self) -> "Box":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Talk:
    """One question to one notebook: outcomes of cases, until it is closed, and everything that it started ended."""

    def __init__(self, box: Box, asked: Mapping[str, Any]):
        self.asked, self.cells, self.over, self.left = asked, tuple(asked["cells"]), "", FURTHER
        self.there, theirs = socket.socketpair()
        alive, self.alive = os.pipe()
        try:
            socket.send_fds(box.control, [b"?"], [theirs.fileno(), alive])
        except OSError as error:
            box.close()
            os.close(self.alive)
            raise Ended(f"the box has ended: {error}") from None
        finally:
            theirs.close()
            os.close(alive)

    def first(self, cases: Sequence[Case], trains: Mapping[str, Sequence[str]]) -> list[Outcome]:
        """The outcomes that are judged."""
        request = {**self.asked, "trains": {k: list(v) for k, v in trains.items()}}
        return self._outcomes(request, cases, SETUP, 1 + len(trains))

    def again(self, cases: Sequence[Case]) -> list[Outcome]:
        """The outcomes of further cases; "not tried" as soon as these took too long."""
        began = time.monotonic()
        found = self._outcomes({}, cases, 0.0, 1) if self.left > 0 else [Outcome("not tried") for _ in cases]
        self.left -= time.monotonic() - began
        return found

    def _outcomes(self, request: Mapping[str, Any], cases: Sequence[Case], setup: float, calls: int) -> list[Outcome]:
        """One record a case; the first that comes counts. After one that did not end nothing is tried."""
        found: list[Outcome] = []
        each = calls * (self.asked["seconds"] + GRACE)
        try:
            if not self.over:
                arguments = [encode(dict(case.arguments)) for case in cases]
                send(self.there, {**request, "cases": arguments}, GRACE)
                for i in range(len(cases)):
                    found.append(outcome_of(receive(self.there, each + setup * (i == 0)), self.cells))
                    if found[-1].status == "endless":
                        self.over = found[-1].detail
                        break
        except Late:
            self.over = f"no answer after {each:g} seconds"
            found.append(Outcome("endless", detail=self.over))
        except Gone:
            self.over = "it ended the process that ran it"
            found.append(Outcome("endless", detail=self.over))
        except Garbled as error:
            self.over = f"it sent what no answer is: {error}"
            found.append(Outcome("endless", detail=self.over))
        return found + [Outcome("not tried") for _ in range(len(cases) - len(found))]

    def close(self) -> None:
        self.there.close()
        os.close(self.alive)

    def __enter__(self) -> "Talk":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


PROBE = """
def probe(secrets):
    import os, socket
    names = ("others", "written", "network", "root", "secrets")
    found = {"pid": os.getpid(), **dict.fromkeys(names, 0)}
    found["others"] = len([p for p in os.listdir("/proc") if p.isdigit() and int(p) != os.getpid()])
    for folder in ("/", "/usr", "/course", "/dev", "/proc/sys/kernel", "/home", "/root", "/etc"):
        try:
            open(folder + "/probe", "w").close()
            found["written"] += 1
        except OSError:
            pass
    found["network"] = len([name for _, name in socket.if_nameindex() if name != "lo"])
    for forbidden in (lambda: os.setuid(0), lambda: os.chroot("/tmp"), lambda: os.nice(-5)):
        try:
            forbidden()
            found["root"] += 1
        except OSError:
            pass
    found["secrets"] = sum(map(os.path.exists, secrets))
    return {name: float(value) for name, value in found.items()}
"""


def probed(box: Box) -> None:
    """Look from the inside. Raises NoBox, naming what is open that should be closed."""
    secrets = [COURSE / name for name in WITHOUT] + [COURSE.parent / name for name in ("solutions", "tests", ".git")]
    secrets += [Path("/course/course_pkg") / name for name in WITHOUT] + [Path("/etc/passwd"), Path("/etc/shadow")]
    home = Path(os.path.expanduser("~"))
    secrets += [path for path in home.glob("*") if not Path(sys.base_prefix).is_relative_to(path)]
    with box.ask([PROBE], "probe") as talk:
        outcome = talk.first([Case("random", {"secrets": [str(path) for path in secrets]})], {})[0]
    if outcome.status != "value":
        raise NoBox(f"the box does not answer: {box.complaint() or outcome.detail or outcome.status}")
    found = decode(outcome.value)
    open_ = [f"{name}: {found[name]:g}" for name in found if name != "pid" and found[name]]
    if open_ or found["pid"] != 1:
        raise NoBox(f"the box is not closed ({', '.join(open_) or 'its processes are not its own'})")


class Supply:
    """A box as often as one is needed: the same, or a new one where that has ended. Each is probed when it is new."""

    def __init__(self, isolated: bool):
        self.isolated = isolated
        self.box: Box | None = None

    def take(self) -> Box:
        if self.box is None or self.box.process.poll() is not None:
            self.box = Box(self.isolated)
            if self.isolated:
                probed(self.box)
        return self.box

    def close(self) -> None:
        if self.box:
            self.box.close()
