"""Call an answer on cases. The only module that runs a student's code; it knows cases, no expected value.

What comes out is plain data, so the same can be done in another process, out of reach of what judges it.
"""

import inspect
import linecache
import sysconfig
import traceback
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from types import FunctionType
from typing import Any

import torch
from torch import Tensor, nn

import course_pkg
from course_pkg.grading.clock import Endless, Stopped, within
from course_pkg.grading.plain import NotPlain, Recorded, decode, encode, key
from course_pkg.grading.question import Case

SECONDS = 10.0  # for one case: answers take milliseconds
HEAD, TAIL = 1000, 300  # characters of a long reason that are kept, of its beginning and of its end
INSTALLED = [str(sysconfig.get_path(name)) for name in ("stdlib", "purelib", "platlib")]
FOREIGN = tuple({str(Path(p).resolve()) for p in [*INSTALLED, str(Path(str(course_pkg.__file__)).parent)]})
INNER = ("<frozen", "<__array_function__", "<eval_with_key>")


@dataclass(frozen=True)
class Outcome:
    """What one case gave.

    status: "value" (encoded), "missing", "arguments" (it takes others), "not started", "exception", "endless",
    "not tried" (after an endless one), or "type" for what is no data.
    detail: the error's type and message, or the type's name; line: the student's own line that led to the error.
    changed: the arguments that the answer wrote to. slopes: the derivatives by each argument that the question trains,
    None for one that the answer does not depend on; slopes_error: why there are none.
    """

    status: str
    value: Any = None
    detail: str = ""
    line: str = ""
    changed: tuple[str, ...] = ()
    slopes: Any = None
    slopes_error: str = ""


class OtherArguments(TypeError):
    """The answer cannot be called with the arguments of its question."""


def bound(answer: Callable, arguments: Mapping[str, Any]) -> tuple[tuple, dict[str, Any]]:
    """Arguments for the call. A parameter with an argument's name takes it, the others take what is left, in order.

    So other names are allowed where the order is kept. What takes anything, as under a decorator that does not say for
    whom it stands, is called by position. Raises OtherArguments where too few or too many are taken.
    """
    try:
        signature = read_once(answer) if isinstance(answer, FunctionType) else inspect.signature(answer)
    except (TypeError, ValueError):  # written in C: by position
        return tuple(arguments.values()), {}
    taken = list(signature.parameters.values())
    kinds = {p.kind for p in taken}
    plain = [p for p in taken if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    left = [name for name in arguments if name not in {p.name for p in plain}]
    if inspect.Parameter.VAR_POSITIONAL in kinds and left and (not plain or inspect.Parameter.VAR_KEYWORD not in kinds):
        return tuple(arguments.values()), {}
    given = OrderedDict((p.name, arguments[p.name]) for p in plain if p.name in arguments)
    for p in plain:
        if p.name not in given and left:
            if inspect.Parameter.VAR_KEYWORD in kinds and p.default is not p.empty:
                continue
            given[p.name] = arguments[left.pop(0)]
    lacking = [p.name for p in plain if p.name not in given and p.default is p.empty]
    if lacking or (left and inspect.Parameter.VAR_KEYWORD not in kinds):
        found = ", ".join(p.name for p in plain) or "nothing"
        what = f"nothing is there for {', '.join(lacking)}" if lacking else f"no place for {', '.join(left)}"
        raise OtherArguments(f"it is called with {', '.join(arguments) or 'nothing'}; yours takes {found}: {what}")
    ordered = OrderedDict((p.name, given[p.name]) for p in plain if p.name in given)
    call = inspect.BoundArguments(signature, ordered)
    return call.args, {**call.kwargs, **{name: arguments[name] for name in left}}


@lru_cache(maxsize=256)
def read_once(answer: FunctionType) -> inspect.Signature:
    """The signature of a function: a wrong answer is called hundreds of times, and to read it takes longer than most
    calls."""
    return inspect.signature(answer)


def as_function(answer: Callable, arguments: dict[str, Any]) -> Any:
    args, named = bound(answer, arguments)
    return answer(*args, **named)


def made(answer: Callable, arguments: dict[str, Any]) -> Any:
    """A net of that class, filled with numbers from a seed: the encoder's weights first, whenever they were made."""
    if isinstance(answer, nn.Module):
        raise OtherArguments("expected the class itself, not a net that was made from it")
    x, eps = arguments["x"], arguments["eps"]
    net = answer(x.shape[1], eps.shape[1], arguments["hidden"]).double()
    g = torch.Generator().manual_seed(arguments["seed"])
    with torch.no_grad():
        for weights in ordered(net):
            weights.copy_(0.5 * torch.randn(weights.shape, generator=g, dtype=torch.float64))
    return net


def ordered(net: nn.Module) -> list[Tensor]:
    """All weights: those of `encoder`, those of `decoder`, the rest."""
    first = [w for name in ("encoder", "decoder") for w in getattr(net, name, nn.Identity()).parameters()]
    return first + [w for w in net.parameters() if not any(w is f for f in first)]


def as_vae(answer: Callable, arguments: dict[str, Any]) -> dict[str, Any]:
    """Report every quantity that a net of that class computes.

    The losses are called on given values, so that a slip in one method does not hide another's.
    """
    x, eps = arguments["x"], arguments["eps"]
    net = made(answer, arguments)
    with torch.no_grad():
        given_back = net(x, eps)
        if not (isinstance(given_back, tuple | list) and len(given_back) == 4):
            count = len(given_back) if isinstance(given_back, tuple | list) else 1
            raise ValueError(f"forward gives back {count} values; expected 4, in the order x_hat, z, mu, log_std")
        x_hat, z, mu, log_std = given_back
        given = [arguments[name] for name in ("x_hat", "z", "mu", "log_std")]
        found = {"mu": mu, "log_std": log_std, "z": z, "x_hat": x_hat}
        found["reconstruction"] = net.reconstruction(x, given[0])
        found["rate"] = net.rate(*given[1:])
        return {**found, "loss": net.loss(x, *given)}


CALLS: dict[str, Callable[[Callable, dict[str, Any]], Any]] = {"function": as_function, "vae": as_vae}


def slopes(answer: Callable, arguments: dict[str, Any], call: str, entry: str, names: Sequence[str]) -> dict[str, Any]:
    """The derivatives of the sum of an entry by each of these arguments, or by the weights of a net."""
    if call == "vae":
        net = made(answer, arguments)
        leaves = dict(zip(names, ([*net.encoder.parameters()], [*net.decoder.parameters()]), strict=True))
        value = net.loss(arguments["x"], *net(arguments["x"], arguments["eps"])).sum()
    else:
        leaves = {name: [arguments[name].requires_grad_()] for name in names}
        found = as_function(answer, arguments)
        value = found[entry] if entry else found
        if not isinstance(value, Tensor):
            raise TypeError(f"what it returns is no tensor: {type(value).__name__}")
        value = value.sum()
    flat = [leaf for group in leaves.values() for leaf in group]
    grads = iter(torch.autograd.grad(value, flat, allow_unused=True))
    result = {}
    for name, group in leaves.items():
        mine = [next(grads) for _ in group]
        result[name] = None if any(m is None for m in mine) else torch.cat([m.flatten() for m in mine])
    return result


def call_answer(
    answer: Callable | None,
    cases: Sequence[Case],
    call: str = "function",
    trains: Mapping[str, Sequence[str]] | None = None,
    seconds: float | None = SECONDS,
) -> list[Outcome]:
    """The outcome of every case, each on its own copy of the arguments. After an endless one nothing is tried.

    seconds: for each; None for the course's own answers, which end, and need no thread that could be given up.
    """
    if answer is None:
        return [Outcome("missing") for _ in cases]
    if isinstance(answer, Recorded):
        return [Outcome(**answer.found.get(key(case.arguments), {"status": "not tried"})) for case in cases]
    found: list[Outcome] = []
    for case in cases:
        over = any(outcome.status == "endless" for outcome in found)
        found.append(Outcome("not tried") if over else _one(answer, dict(case.arguments), call, trains or {}, seconds))
    return found


def _one(answer: Callable, given: dict[str, Any], call: str, trains: Mapping[str, Sequence[str]],
         seconds: float | None) -> Outcome:  # fmt: skip
    kept = encode(given)
    arguments = decode(kept)
    try:
        value = within(seconds, lambda: CALLS[call](answer, arguments))
    except Endless as error:
        left = "" if error.stopped else "; it catches every exception and runs on: restart the kernel"
        return Outcome("endless", detail=f"{error}{left}")
    except OtherArguments as error:
        return Outcome("arguments", detail=str(error))
    except (KeyboardInterrupt, Stopped):
        raise
    except BaseException as error:
        line, innermost = own_line(error)
        if isinstance(error, NotImplementedError) and innermost:
            return Outcome("not started")
        return Outcome("exception", detail=reason(error), line=line)
    try:
        outcome = encode(value)
    except NotPlain as error:
        return Outcome("type", detail=error.kind)
    except Exception:  # a list that holds itself, a tensor without numbers
        return Outcome("type", detail=type(value).__name__)
    changed = tuple(name for name in given if encode(arguments[name]) != kept["dict"][name])
    derived: dict[str, Any] = {}
    by: dict[str, Any] = {}
    for entry, names in trains.items():
        of = f", of {entry}" if len(trains) > 1 else ""
        try:
            fresh = decode(kept)
            with torch.enable_grad():
                found = within(seconds, partial(slopes, answer, fresh, call, entry, names))
            by |= {name + of: slope for name, slope in found.items()}
            derived = {"slopes": encode(by)}
        except (Endless, Exception) as error:
            derived = {"slopes_error": f"{reason(error)}{of}"}
            break
    return Outcome("value", outcome, changed=changed, **derived)


def reason(error: BaseException) -> str:
    """The type and the whole message, and those of what caused it; only the middle of a very long one is left out."""
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    if error.__cause__:
        text += f" (because of {type(error.__cause__).__name__}: {error.__cause__})"
    return text if len(text) <= HEAD + TAIL else f"{text[:HEAD]} [...] {text[-TAIL:]}"


def own_line(error: BaseException) -> tuple[str, bool]:
    """The last line of the student's own that the error passed through, and whether the error was raised there.

    Their own is what neither Python, nor an installed package, nor this course holds: a cell, another cell's helper,
    a file of theirs. An error before any line of theirs has none.
    """
    frames = traceback.extract_tb(error.__traceback__)
    own = [i for i, f in enumerate(frames) if not f.filename.startswith(INNER) and not _foreign(f.filename)]
    if not own:
        return "", False
    frame = frames[own[-1]]
    text = (linecache.getline(frame.filename, frame.lineno or 0) or frame.line or "").strip()
    return text[: HEAD + TAIL], own[-1] == len(frames) - 1


def _foreign(filename: str) -> bool:
    return str(Path(filename).resolve()).startswith(FOREIGN) if not filename.startswith("<") else False
