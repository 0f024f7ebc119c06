"""What a run is: its objective, data and prices as text, the same in every process, another for another thing.

Seen: a function's name and what it encloses; where no import finds it (a lambda, a function of a notebook or within
another) also its code and its defaults; the arguments of a `partial`; what an object holds as attributes, but for
the buffers of a price, which move; arrays by a hash. Not seen: what a function reads from the surrounding module, and
the code of a function that has a name: mended code goes on with the run. Python's own next version may compile other
code from the same source, and then takes a lambda for another one.
"""

import dataclasses
import functools
import hashlib
import json
import os
import types
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

WHOLE = 2**24  # bytes: what is larger is hashed in blocks
BLOCK = 2**12
LONG = 160  # characters: what is longer is cut, and hashed
DEEP = 8


def short_hash(*parts: bytes) -> str:
    """Twelve digits of a SHA-256."""
    total = hashlib.sha256()
    for part in parts:
        total.update(part)
    return total.hexdigest()[:12]


def tensor_hash(values: Tensor) -> str:
    """Shape, type and a hash: of all bytes up to 16 MiB, else of 4,096 blocks of 4 KiB at even distances.

    So in a large set another order, scale or source is always seen, and a few changed images only where a block falls
    on them. The last block ends with the array.
    """
    flat = values.detach().contiguous().flatten().view(torch.uint8)
    if len(flat) > WHOLE:
        starts = torch.linspace(0, len(flat) - BLOCK, WHOLE // BLOCK, dtype=torch.float64).long().tolist()
        parts = [flat[start : start + BLOCK].cpu().numpy().tobytes() for start in starts]
    else:
        parts = [flat.cpu().numpy().tobytes()]
    return f"{tuple(values.shape)} {str(values.dtype).removeprefix('torch.')} {short_hash(*parts)}"


def code_hash(code: types.CodeType) -> str:
    """Of what it does: its instructions, names and constants, not of where it stands."""

    def constant(c: Any) -> str:
        if isinstance(c, (tuple, frozenset)):
            parts = list(map(constant, c))
            return repr(parts if isinstance(c, tuple) else sorted(parts))  # a set has no order of its own
        return code_hash(c) if isinstance(c, types.CodeType) else repr(c)

    constants = list(map(constant, code.co_consts))
    names = [code.co_names, code.co_varnames, code.co_freevars, constants]
    return short_hash(code.co_code, json.dumps(names).encode())


def identity(thing: Any, buffers: bool = True) -> str:
    """The text of one thing, at most about 160 characters. buffers: whether those of a module are a part of it."""
    text = _said(thing, buffers, ())
    return text if len(text) <= LONG else f"{text[:LONG]}... {short_hash(text.encode())}"


def _said(thing: Any, buffers: bool, above: tuple[int, ...]) -> str:
    if thing is None or isinstance(thing, (bool, int, float, complex, str, bytes, torch.dtype, torch.device)):
        return str(thing) if isinstance(thing, (torch.dtype, torch.device)) else repr(thing)
    if id(thing) in above or len(above) > DEEP:
        return "..."
    said = functools.partial(_said, buffers=buffers, above=(*above, id(thing)))
    if isinstance(thing, Tensor):
        return f"tensor {thing.tolist()}" if thing.numel() <= 16 else f"tensor {tensor_hash(thing)}"
    if isinstance(thing, os.PathLike):
        return repr(os.fspath(thing))
    if isinstance(thing, types.ModuleType):
        return thing.__name__
    if isinstance(thing, np.generic):
        return repr(thing.item())
    if isinstance(thing, np.ndarray) and thing.dtype.kind in "biufc":
        return f"array {tensor_hash(torch.from_numpy(np.ascontiguousarray(thing)))}"
    if isinstance(thing, Mapping):
        return "{" + ", ".join(f"{said(key)}: {said(value)}" for key, value in thing.items()) + "}"
    if isinstance(thing, (set, frozenset)):
        return "{" + ", ".join(sorted(map(said, thing))) + "}"
    if isinstance(thing, (list, tuple)):
        return f"({', '.join(map(said, thing))})"
    if isinstance(thing, functools.partial):
        given = [*map(said, thing.args), *(f"{key}={said(value)}" for key, value in sorted(thing.keywords.items()))]
        return f"{said(thing.func)}({', '.join(given)})"
    if isinstance(thing, types.MethodType):
        return f"{said(thing.__self__)}.{thing.__name__}"
    if isinstance(thing, types.FunctionType):
        return _function(thing, said)
    if isinstance(thing, type) or not hasattr(thing, "__dict__"):
        return str(getattr(thing, "__qualname__", getattr(thing, "__name__", type(thing).__qualname__)))
    return f"{type(thing).__qualname__}({', '.join(f'{k}={said(v)}' for k, v in _attributes(thing, buffers).items())})"


def _function(function: types.FunctionType, said: Any) -> str:
    """A name, and in brackets what else makes the function what it is."""
    unnamed = "<" in function.__qualname__ or function.__module__ == "__main__"
    more = []
    if unnamed:
        more = [f"code {code_hash(function.__code__)}", *(said(value) for value in function.__defaults__ or ())]
        more += [f"{key}={said(value)}" for key, value in (function.__kwdefaults__ or {}).items()]
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            more.append(f"{name}={said(cell.cell_contents)}")
        except ValueError:  # a name that is not bound yet
            more.append(name)
    return f"{function.__qualname__}[{', '.join(more)}]" if more else function.__qualname__


def _attributes(thing: Any, buffers: bool) -> dict[str, Any]:
    """What an object holds: its fields, or of a module its plain attributes, its parts and its state."""
    if not isinstance(thing, nn.Module):
        fields = dataclasses.fields(thing) if dataclasses.is_dataclass(thing) else None
        return vars(thing) if fields is None else {field.name: getattr(thing, field.name) for field in fields}
    plain = {k: v for k, v in vars(thing).items() if not k.startswith("_") and k != "training"}
    state = dict(thing._parameters) | (dict(thing._buffers) if buffers else {})
    return {**plain, **{k: v for k, v in (state | dict(thing._modules)).items() if v is not None}}


def net_identity(net: nn.Module) -> str:
    """A net by its class and a hash of its layers, not by its weights, which a checkpoint holds."""
    shapes = [(name, tuple(value.shape)) for name, value in net.state_dict().items()]
    return f"{type(net).__name__} {short_hash(f'{net} {shapes}'.encode())}"
