"""Values as plain data: what a case gives and what an answer returns, as JSON could carry it to another process."""

import hashlib
import json
import math
import numbers
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import torch
from torch import Tensor

DTYPES = {"float64": torch.float64, "float32": torch.float32, "int64": torch.int64, "bool": torch.bool}
MANY = 1_000_000  # numbers in one value: more is no answer to any question


class NotPlain(TypeError):
    """A value that plain data cannot hold; `kind` is its type's name."""

    def __init__(self, value: object, kind: str = ""):
        self.kind = kind or type(value).__name__
        super().__init__(f"expected a number, text, a tensor, or a list or dict of these, got {self.kind}")


def encode(value: Any) -> Any:
    """The value as None, bool, int, float, str, list and dict alone. Raises NotPlain for anything else.

    A tensor or array becomes its dtype, shape and numbers (half precision and other odd dtypes become float64); a
    number of numpy or a fraction becomes a number.
    """
    if value is None or isinstance(value, bool | str) or type(value) is float:  # most are
        return value
    if isinstance(value, Tensor):
        return _tensor(value.detach())
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        return _tensor(torch.from_numpy(np.array(value, order="C")))  # of a copy, which torch may write to
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, numbers.Real | Decimal):
        return int(value) if isinstance(value, numbers.Integral) and abs(_float(value)) < 2**53 else _float(value)
    if isinstance(value, list | tuple):
        return [encode(v) for v in value]
    if isinstance(value, dict) and all(isinstance(k, str) for k in value):
        return {"dict": {k: encode(v) for k, v in value.items()}}
    raise NotPlain(value)


def _float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _tensor(value: Tensor) -> dict[str, Any]:
    if value.is_complex() or value.layout != torch.strided:
        raise NotPlain(value)
    if value.numel() > MANY:
        raise NotPlain(value, f"a tensor of shape {tuple(value.shape)}")
    name = str(value.dtype).removeprefix("torch.")
    if name not in DTYPES:
        name, value = "float64", value.double()
    return {"tensor": name, "shape": list(value.shape), "values": value.cpu().flatten().tolist()}


def decode(data: Any) -> Any:
    """What `encode` was given, tuples as lists. Always a fresh copy, so that no case sees another's changes."""
    if isinstance(data, list):
        return [decode(v) for v in data]
    if isinstance(data, dict) and "tensor" in data:
        return torch.tensor(data["values"], dtype=DTYPES[data["tensor"]]).reshape(data["shape"])
    if isinstance(data, dict):
        return {k: decode(v) for k, v in data["dict"].items()}
    return data


def key(arguments: Mapping[str, Any]) -> str:
    """What tells the arguments of one case from those of another."""
    return hashlib.sha256(json.dumps(encode(dict(arguments)), sort_keys=True).encode()).hexdigest()[:24]


@dataclass(frozen=True, eq=False)
class Recorded:
    """An answer of which no code is there, only what it gave on some cases: {key of the arguments: an outcome}."""

    found: Mapping[str, Mapping[str, Any]]

    def __call__(self, **arguments: Any) -> Any:
        """What it gave. Raises KeyError for a case that was not recorded."""
        return decode(self.found[key(arguments)]["value"])


def single(data: Any) -> bool:
    """Whether some tensor of encoded data is in single precision."""
    if isinstance(data, list):
        return any(single(v) for v in data)
    if isinstance(data, dict) and "tensor" in data:
        return bool(data["tensor"] == "float32")
    return isinstance(data, dict) and any(single(v) for v in data["dict"].values())


def parts(value: Any) -> dict[str, Tensor]:
    """A value as named float64 tensors: a dict's entries, or one named "". A list of numbers is a tensor.

    Raises NotPlain for what has no number.
    """
    if isinstance(value, dict):
        return {name: part(v) for name, v in value.items()}
    return {"": part(value)}


def part(value: Any) -> Tensor:
    if isinstance(value, Tensor):
        return value.double()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return torch.tensor(float(value), dtype=torch.float64)
    if isinstance(value, list) and value:
        rows = [part(v) for v in value]
        if all(row.shape == rows[0].shape for row in rows):
            return torch.stack(rows)
        raise NotPlain(value, "a list of unequal parts")
    raise NotPlain(value)


def finite(value: Tensor) -> bool:
    """Whether every number is finite; an empty tensor proves nothing and is not."""
    return value.numel() > 0 and math.isfinite(value.abs().max().item())
