"""What runs in the box: it imports torch once, and forks for each question a process that runs a student's code.

    python -m course_pkg.classroom.box.worker FD

The grader sends two descriptors over the socket FD for each question: a socket to talk over, and a pipe that lives as
long as the grader wants the answer. The fork gets namespaces of its own (processes, mounts, network, users), so that
it sees no other student's, and is killed whole when the pipe closes. Nothing here knows an expected value.
"""

import ctypes
import importlib
import os
import pkgutil
import re
import resource
import select
import signal
import socket
import sys
import traceback
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

import course_pkg
from course_pkg.classroom.box.notebook import Answer, answer_of
from course_pkg.classroom.box.wire import receive, send
from course_pkg.grading.calling import call_answer
from course_pkg.grading.plain import decode
from course_pkg.grading.question import Case

MEMORY = 4 * 2**30  # address space of a process; torch alone takes 0.8 GB
FILES = 64 * 2**20  # bytes of a file, and of all files
OPEN = 128  # descriptors
LIMITS = {"FSIZE": FILES, "NOFILE": OPEN, "CORE": 0, "CPU": 300}
IN_A_BOX = {"AS": MEMORY, "NPROC": 64}  # the second is of a user, who is another one only there
NEW = 0x00020000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000  # CLONE_NEWNS, IPC, USER, PID, NET
FLAGS = 2 | 4 | 8  # MS_NOSUID, MS_NODEV, MS_NOEXEC
ELSEWHERE = tuple(f"course_pkg.{room}" for room in ("classroom", "commands", "equations", "runs", "show", "__main__"))
LIBRARIES = ("scipy.optimize", "scipy.stats", "scipy.special", "sklearn.datasets", "torch.distributions", "sympy")
PRIVATE = ("/tmp", "/dev/shm")
NO_NEW_PRIVILEGES, DUMPABLE = 38, 4
LIBC = ctypes.CDLL(None, use_errno=True)


def main(argv: list[str]) -> None:
    """Serve until the grader hangs up."""
    control = socket.socket(fileno=int(argv[0]))
    if os.getuid() == 0 and os.environ.get("UNPRIVILEGED"):
        leave_root(int(os.environ.pop("UNPRIVILEGED")))
    torch.set_num_threads(1)
    preload()
    send(control, {"ready": os.getpid()})
    nested = bool(int(os.environ.get("NESTED", "0")))
    while True:
        data, fds, _, _ = socket.recv_fds(control, 1, 2)
        if not data:
            return
        if os.fork() == 0:
            control.close()
            keep(fds[0], fds[1], nested)
        for fd in fds:
            os.close(fd)
        while True:  # those that ended since
            try:
                if os.waitpid(-1, os.WNOHANG)[0] == 0:
                    break
            except ChildProcessError:
                break


def preload() -> None:
    """Import once what answers may need, so that no fork does it again: what this course is made of, and libraries."""
    rooms = [m for m in pkgutil.iter_modules(course_pkg.__path__, "course_pkg.") if m.name not in ELSEWHERE]
    names = [m.name for m in rooms]
    for module in names:
        path = getattr(importlib.import_module(module), "__path__", [])
        names += [m.name for m in pkgutil.iter_modules(path, f"{module}.")]
    for name in LIBRARIES:
        importlib.import_module(name)


def leave_root(uid: int) -> None:
    """Limits on processes do not bind root, and files of root's are open to it."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    done(LIBC.prctl(DUMPABLE, 1, 0, 0, 0), "dumpable")  # else its own /proc belongs to root still


def keep(there: int, alive: int, nested: bool) -> None:
    """Fork the process of one question into its own namespaces; kill it with all its own as soon as `alive` closes."""
    try:
        if nested:
            Path("/proc/self/oom_score_adj").write_text("1000", "utf-8")  # where memory is short, this goes first
            apart()
        child = os.fork()
        if child == 0:
            os.close(alive)
            confined(there, nested)
        os.close(there)
        select.select([alive], [], [])
        os.kill(child, signal.SIGKILL)  # not reaped yet, so its number is no one else's; its namespace goes with it
        if not nested:
            os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)


def apart() -> None:
    """New namespaces, in which this user is the only one. Raises OSError where the system does not allow it."""
    uid, gid = os.getuid(), os.getgid()
    done(LIBC.unshare(NEW), "unshare")
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        Path(f"/proc/self/{name}").write_text(text, "utf-8")


def own_files() -> None:
    """Empty folders of its own where all may write, and a /proc that shows only its own processes, or nothing."""
    for folder in PRIVATE:
        options = f"size={FILES},mode=1777".encode()
        done(LIBC.mount(b"tmpfs", folder.encode(), b"tmpfs", FLAGS, options), f"mount {folder}")
    if LIBC.mount(b"proc", b"/proc", b"proc", FLAGS, None):  # not allowed where the outer one is covered in parts
        done(LIBC.mount(b"tmpfs", b"/proc", b"tmpfs", FLAGS | 1, b"size=4096"), "mount over /proc")


def done(code: int, what: str) -> None:
    if code:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def confined(there: int, nested: bool) -> None:
    """Limits, no rights, no way to print; then the question. Never returns."""
    try:
        if nested:
            own_files()
        os.setsid()
        for name, value in {**LIMITS, **(IN_A_BOX if nested else {})}.items():
            kind = getattr(resource, f"RLIMIT_{name}")
            hard = resource.getrlimit(kind)[1]
            low = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(kind, (low, low))
        if nested:
            no_rights()
        null = os.open(os.devnull, os.O_RDWR)
        for fd in range(3):
            os.dup2(null, fd)
        there = os.dup2(there, 3)
        os.closerange(4, OPEN)
        os.chdir("/tmp")
        os.environ.update(HOME="/tmp", TMPDIR="/tmp")
        serve(socket.socket(fileno=there))
    except BaseException:
        traceback.print_exc()  # for the grader, as long as the question has not begun
    finally:
        os._exit(0)


def no_rights() -> None:
    """Drop the capabilities that new namespaces gave, for good."""
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    done(LIBC.capset(header, (ctypes.c_uint32 * 6)()), "capset")
    done(LIBC.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0), "no new privileges")


def serve(there: socket.socket) -> None:
    """Find the answer in the cells, then call it on the cases of every request: a record when it is found, and one,
    with its number, for each case."""
    asked = receive(there)
    torch.manual_seed(0)
    answer = answer_of(asked["cells"], asked["question"], asked["seconds"])
    send(there, {"begun": True, "copies": answer.copies})
    number = 0
    while True:
        for arguments in asked["cases"]:
            send(there, {"case": number, **called(answer, decode(arguments), asked)})
            number += 1
        asked = {**asked, "trains": {}, **receive(there)}


def called(answer: Answer, arguments: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    """The outcome of one case, as a record; where a name is missing because its own line stopped, why that did."""
    if answer.stopped:
        return answer.stopped
    case = Case("random", arguments)
    found = asdict(call_answer(answer.call, [case], asked["call"], asked["trains"], asked["seconds"])[0])
    lost = re.match(r"NameError: name '(\w+)' is not defined", found["detail"])
    return answer.lacks.get(lost[1], found) if lost else found


if __name__ == "__main__":
    main(sys.argv[1:])
