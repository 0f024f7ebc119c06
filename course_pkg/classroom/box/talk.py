"""A box, started, and the talk with it: a request for each question, outcomes as records that are checked."""

import math
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from typing import Any

from course_pkg.classroom.box.around import Ended, NoBox, command
from course_pkg.classroom.box.wire import Garbled, Gone, Late, outcome_of, receive, send
from course_pkg.grading.calling import SECONDS, Outcome
from course_pkg.grading.plain import encode
from course_pkg.grading.question import Case

START, SETUP, GRACE = 120.0, 30.0, 5.0  # seconds: to import torch; to run what an answer needs; beyond the inner clock
PASSED_OVER = 50  # records that were not asked for, before this is the end
FURTHER = 60.0  # seconds that all further calls of one question may take: they serve its feedback alone


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
        self.number, self.broken = 0, ""  # of the next case; why nothing more can come
        self.copies = 1  # answers of this name in the notebook, of which the last counts
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
        return self._outcomes(request, cases, 1 + len(trains))

    def again(self, cases: Sequence[Case]) -> list[Outcome]:
        """The outcomes of further cases; "not tried" as soon as these took too long."""
        began = time.monotonic()
        found = self._outcomes({}, cases, 1) if self.left > 0 else [Outcome("not tried") for _ in cases]
        self.left -= time.monotonic() - began
        return found

    def _outcomes(self, request: Mapping[str, Any], cases: Sequence[Case], calls: int) -> list[Outcome]:
        """One record a case; the first with its number counts. After one that did not end nothing is tried."""
        found: list[Outcome] = []
        end = math.inf if request else time.monotonic() + self.left
        try:
            if not self.over:
                send(self.there, {**request, "cases": [encode(dict(case.arguments)) for case in cases]}, GRACE)
            if request and not self.over:
                copies = self._record("begun", True, SETUP).get("copies")
                self.copies = copies if type(copies) is int and 0 < copies < 1000 else 1
            while len(found) < len(cases) and not self.over:
                left = end - time.monotonic()
                data = self._record("case", self.number, max(0.0, min(left, calls * (self.asked["seconds"] + GRACE))))
                found.append(outcome_of(data, self.cells))
                self.number += 1
                self.over = found[-1].detail if found[-1].status == "endless" else ""
        except Late as error:
            self.over = str(error)
        except Gone:
            self.over = self.broken = "it ended the process that ran it"
        except Garbled as error:
            self.over = self.broken = f"it sent what no answer is: {error}"
        if len(found) < len(cases) and (not found or found[-1].status != "endless"):
            found.append(Outcome("endless", detail=self.over))
        return found + [Outcome("not tried") for _ in range(len(cases) - len(found))]

    def _record(self, name: str, value: Any, seconds: float) -> dict[str, Any]:
        """The next record in which this name has this value; others, such as those of a copy, are passed over."""
        for _ in range(PASSED_OVER):
            data = receive(self.there, seconds)
            if isinstance(data, dict) and data.get(name) == value:
                return data
        raise Garbled("records that nobody asked for")

    def close(self) -> None:
        self.there.close()
        os.close(self.alive)

    def __enter__(self) -> "Talk":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
