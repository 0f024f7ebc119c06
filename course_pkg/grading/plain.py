"""Values as plain data: what a case gives and what an answer returns, as JSON could carry it to another process."""

import math
from typing import Any

import torch
from torch import Tensor

DTYPES = {"float64": torch.float64, "float32": torch.float32, "int64": torch.int64, "bool": torch.bool}


class NotPlain(TypeError):
    """A value that plain data cannot hold; `kind` is its type's name."""

    def __init__(self, value: object):
        self.kind = type(value).__name__
        super().__init__(f"expected a number, text, a tensor, or a list or dict of these, got {self.kind}")


def encode(value: Any) -> Any:
    """The value as None, bool, int, float, str, list and dict alone. Raises NotPlain for anything else.

    A tensor becomes its dtype, shape and numbers; half precision and other odd dtypes become float64.
    """
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Tensor):
        value = value.detach().cpu()
        name = str(value.dtype).removeprefix("torch.")
        if name not in DTYPES:
            name, value = ("float64", value.double()) if not value.is_complex() else (name, value)
        if value.is_complex():
            raise NotPlain(value)
        return {"tensor": name, "shape": list(value.shape), "values": value.flatten().tolist()}
    if isinstance(value, list | tuple):
        return [encode(v) for v in value]
    if isinstance(value, dict) and all(isinstance(k, str) for k in value):
        return {"dict": {k: encode(v) for k, v in value.items()}}
    raise NotPlain(value)


def decode(data: Any) -> Any:
    """What `encode` was given, tuples as lists. Always a fresh copy, so that no case sees another's changes."""
    if isinstance(data, list):
        return [decode(v) for v in data]
    if isinstance(data, dict) and "tensor" in data:
        return torch.tensor(data["values"], dtype=DTYPES[data["tensor"]]).reshape(data["shape"])
    if isinstance(data, dict):
        return {k: decode(v) for k, v in data["dict"].items()}
    return data


def parts(value: Any) -> dict[str, Tensor]:
    """A value as named float64 tensors: a dict's entries, or one named "". Raises NotPlain for what has no number."""
    if isinstance(value, dict):
        return {name: part for name, v in value.items() for part in parts(v).values()}
    if isinstance(value, Tensor):
        return {"": value.double()}
    if isinstance(value, int | float) and not isinstance(value, bool):
        return {"": torch.tensor(float(value), dtype=torch.float64)}
    raise NotPlain(value)


def finite(value: Tensor) -> bool:
    """Whether every number is finite; an empty tensor proves nothing and is not."""
    return value.numel() > 0 and math.isfinite(value.abs().max().item())
