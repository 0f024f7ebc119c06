"""Run an answer on cases. The only module that calls a student's code; it knows cases, no expected value.

What comes out is plain data, so the same can be done in another process, out of reach of what judges it.
"""

import linecache
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from course_pkg.grading.plain import NotPlain, decode, encode
from course_pkg.grading.question import Case

SHOWN = 200  # characters of an error's message, or of a line, that a student sees


@dataclass(frozen=True)
class Outcome:
    """What one case gave: "value" (encoded), "missing", "not started", "exception", or "type" for what is no data.

    detail: the error's type and message, or the type's name; line: the student's own line that led to the error.
    """

    status: str
    value: Any = None
    detail: str = ""
    line: str = ""


def as_function(answer: Callable, arguments: dict[str, Any]) -> Any:
    return answer(**arguments)


def as_vae(answer: Callable, arguments: dict[str, Any]) -> dict[str, Any]:
    """Make a net of that class, fill it with numbers from a seed, and report every quantity it computes.

    The losses are called on given values, so that a slip in one method does not hide another's.
    """
    x, eps, seed = arguments["x"], arguments["eps"], arguments["seed"]
    net = answer(x.shape[1], eps.shape[1], arguments["hidden"]).double()
    g = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weights in net.parameters():
            weights.copy_(0.5 * torch.randn(weights.shape, generator=g, dtype=torch.float64))
        given_back = net(x, eps)
        if not (isinstance(given_back, tuple) and len(given_back) == 4):
            count = len(given_back) if isinstance(given_back, tuple) else 1
            raise ValueError(f"forward gives back {count} values; expected 4, in the order x_hat, z, mu, log_std")
        x_hat, z, mu, log_std = given_back
        given = [arguments[name] for name in ("x_hat", "z", "mu", "log_std")]
        found = {"mu": mu, "log_std": log_std, "z": z, "x_hat": x_hat}
        found["reconstruction"] = net.reconstruction(x, given[0])
        found["rate"] = net.rate(*given[1:])
        return {**found, "loss": net.loss(x, *given)}


CALLS: dict[str, Callable[[Callable, dict[str, Any]], Any]] = {"function": as_function, "vae": as_vae}


def run(answer: Callable | None, cases: Sequence[Case], call: str = "function") -> list[Outcome]:
    """The outcome of every case, each on its own copy of the arguments."""
    if answer is None:
        return [Outcome("missing") for _ in cases]
    return [run_one(answer, encode(dict(case.arguments)), call) for case in cases]


def run_one(answer: Callable, arguments: Any, call: str) -> Outcome:
    try:
        value = CALLS[call](answer, decode(arguments))
    except Exception as error:
        line, innermost = own_line(answer, error)
        if isinstance(error, NotImplementedError) and innermost:
            return Outcome("not started")
        return Outcome("exception", detail=f"{type(error).__name__}: {error}"[:SHOWN], line=line[:SHOWN])
    try:
        return Outcome("value", encode(value))
    except NotPlain as error:
        return Outcome("type", detail=error.kind)


def own_files(answer: Callable) -> set[str]:
    """The files that hold the answer's code: a notebook's cell is one."""
    members = vars(answer).values() if isinstance(answer, type) else (answer,)
    return {member.__code__.co_filename for member in members if hasattr(member, "__code__")}


def own_line(answer: Callable, error: Exception) -> tuple[str, bool]:
    """The last line of the student's own that the error passed through, and whether the error was raised there.

    An error before any line of theirs (a missing argument, say) has none.
    """
    files = own_files(answer)
    frames = traceback.extract_tb(error.__traceback__)
    own = [i for i, frame in enumerate(frames) if frame.filename in files]
    if not own:
        return "", False
    frame = frames[own[-1]]
    text = (linecache.getline(frame.filename, frame.lineno or 0) or frame.line or "").strip()
    return text, own[-1] == len(frames) - 1
