"""Values over a socket between the grader and a box: JSON with its length before it, never pickle.

The side of the grader believes nothing that comes back. A record has a size and a clock, and an outcome is built anew
from numbers, text, lists and tensors of known kinds; anything else is Garbled. Text that a student chose is cleaned of
long numbers, so that no error message carries a hidden input out of the box.
"""

import json
import math
import re
import socket
import time
from typing import Any

from course_pkg.grading.calling import HEAD, TAIL, Outcome
from course_pkg.grading.plain import DTYPES

LIMIT = 8 * 2**20  # bytes of one record
NUMBERS, AXES, DEPTH, TEXT = 100_000, 8, 6, 10_000  # of one value: numbers in all, axes, nesting, letters of a text
STATUSES = ("value", "missing", "arguments", "not started", "exception", "endless", "type")
NO_ANSWER = "it did not end in its time"
LONG = re.compile(r"[-+]?(?:\d+\.\d*|\.\d+)(?:[eE][-+]?\d+)?|\d{5,}|[-+]?\d+[eE][-+]?\d+")


class Garbled(ValueError):
    """What came is no record of ours."""


class Late(TimeoutError):
    """Nothing came in time."""


class Gone(EOFError):
    """The other side has ended."""


def send(there: socket.socket, data: Any, seconds: float | None = None) -> None:
    """Raises Late where the other side does not read in time, and Gone where it is no more."""
    text = json.dumps(data).encode()
    there.settimeout(seconds)
    try:
        there.sendall(len(text).to_bytes(4, "big") + text)
    except TimeoutError:
        raise Late("it does not read") from None
    except OSError as error:
        raise Gone(str(error)) from None


def receive(there: socket.socket, seconds: float | None = None) -> Any:
    """The next record. Raises Late, Gone, or Garbled for one that is too large or no JSON."""
    end = None if seconds is None else time.monotonic() + seconds
    size = int.from_bytes(_exactly(there, 4, end), "big")
    if size > LIMIT:
        raise Garbled(f"a record of {size} bytes, of which {LIMIT} are allowed")
    try:
        return json.loads(_exactly(there, size, end))
    except (ValueError, RecursionError) as error:
        raise Garbled(f"no JSON: {error}") from None


def _exactly(there: socket.socket, count: int, end: float | None) -> bytes:
    parts, left = [], count
    while left:
        if end is not None and end <= time.monotonic():
            raise Late(NO_ANSWER)
        there.settimeout(None if end is None else max(1e-3, end - time.monotonic()))
        try:
            part = there.recv(min(left, 2**20))
        except TimeoutError:
            raise Late(NO_ANSWER) from None
        except OSError as error:
            raise Gone(str(error)) from None
        if not part:
            raise Gone("it has ended")
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


# An outcome, from data that anyone may have written -----------------------------------------------------------------


def outcome_of(data: Any, cells: tuple[str, ...] = ()) -> Outcome:
    """The outcome that a record says, checked. A line is kept only where it stands in one of the cells."""
    if not isinstance(data, dict) or data.get("status") not in STATUSES:
        raise Garbled(f"no outcome: {data!r:.60}")
    left = [NUMBERS]
    value = clean(data["value"], left) if data.get("value") is not None else None
    slopes = clean(data["slopes"], left) if data.get("slopes") is not None else None
    if slopes is not None and not (isinstance(slopes, dict) and isinstance(slopes.get("dict"), dict)):
        raise Garbled("derivatives that have no names")
    changed = data.get("changed") or []
    if not isinstance(changed, list) or not all(isinstance(name, str) for name in changed):
        raise Garbled("arguments without names")
    line = str(data.get("line") or "")[: HEAD + TAIL].strip()
    known = line and any(line in own.strip() for cell in cells for own in cell.splitlines())
    return Outcome(
        data["status"], value, said(data.get("detail")), line if known else "", tuple(map(said, changed)), slopes,
        said(data.get("slopes_error")),
    )  # fmt: skip


def said(text: Any) -> str:
    """Text from the box: no longer than an error may be, printable, long numbers replaced by three dots."""
    shown = "".join(c if c.isprintable() or c == "\n" else "?" for c in str(text or "")[: HEAD + TAIL + 10])
    return LONG.sub("...", shown)


def clean(data: Any, left: list[int], depth: int = 0) -> Any:
    """Encoded data as `plain.encode` writes it, every part looked at. Raises Garbled."""
    if depth > DEPTH:
        raise Garbled("a value inside a value, too often")
    if data is None or isinstance(data, bool):
        return data
    if isinstance(data, int | float):
        _spend(left, 1)
        if isinstance(data, int) and abs(data) >= 2**53:
            raise Garbled("a whole number without end")
        return data
    if isinstance(data, str):
        return said(data[:TEXT])
    if isinstance(data, list):
        _spend(left, 1)
        return [clean(v, left, depth + 1) for v in data]
    if isinstance(data, dict) and set(data) == {"dict"} and isinstance(data["dict"], dict):
        _spend(left, len(data["dict"]))
        return {"dict": {said(k): clean(v, left, depth + 1) for k, v in data["dict"].items()}}
    if isinstance(data, dict) and set(data) == {"tensor", "shape", "values"}:
        return _tensor(data["tensor"], data["shape"], data["values"], left)
    raise Garbled(f"no value: {type(data).__name__}")


def _tensor(kind: Any, shape: Any, values: Any, left: list[int]) -> dict[str, Any]:
    whole = isinstance(shape, list) and len(shape) <= AXES and all(type(n) is int and n >= 0 for n in shape)
    if (
        not isinstance(kind, str)
        or kind not in DTYPES
        or not whole
        or not isinstance(values, list)
        or math.prod(shape) != len(values)
    ):
        raise Garbled("no tensor")
    _spend(left, len(values))
    allowed = {"bool": (bool,), "int64": (int,)}.get(kind, (int, float))
    if not all(type(v) in allowed for v in values) or (kind == "int64" and any(abs(v) >= 2**63 for v in values)):
        raise Garbled(f"a tensor of {kind} that holds something else")
    return {"tensor": kind, "shape": shape, "values": values}


def _spend(left: list[int], count: int) -> None:
    left[0] -= count
    if left[0] < 0:
        raise Garbled(f"more than {NUMBERS} numbers in one answer")
