"""Whether the box is closed, seen from the inside, and a supply of boxes that are."""

import os
import sys
from pathlib import Path

from course_pkg.classroom.box.around import COURSE, WITHOUT, NoBox
from course_pkg.classroom.box.talk import Box
from course_pkg.grading.plain import decode
from course_pkg.grading.question import Case

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
    for forbidden in (lambda: os.setuid(0), lambda: os.chroot("/tmp"), lambda: os.setgroups([0])):
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
