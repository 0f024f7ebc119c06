"""A case in words, made from its numbers: what is told and what is computed cannot part."""

import math
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import torch

COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def number(value: float) -> str:
    """A number as a person would write it: 3, 1/4, log 2, 0.7."""
    if value == round(value) and abs(value) < 1e6:
        return str(round(value))
    exact = Fraction(value).limit_denominator(8)
    if math.isclose(exact, value, rel_tol=1e-12) and exact.denominator != 5:
        return str(exact)
    for n in range(2, 17):
        if math.isclose(abs(value), math.log(n), rel_tol=1e-12):
            return ("-" if value < 0 else "") + f"log {n}"
    return f"{value:.4g}"


def joined(texts: list[str]) -> str:
    """a, b and c."""
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)


def vector(values: list[float]) -> str:
    return "(" + ", ".join(number(v) for v in values) + ")"


class Shown:
    """A value that a template shows. {x} as it is, {x:exp} its exponential, {x:width} sigma where x is log sigma^2,
    {x:vector} in brackets, {x:word} a count in words."""

    def __init__(self, value: Any):
        self.value = value

    def __format__(self, how: str) -> str:
        value = self.value
        if isinstance(value, str):
            return f'"{value}"'
        tensor = torch.as_tensor(value, dtype=torch.float64)
        if how == "word":
            return COUNTS[int(tensor)]
        if how in ("exp", "width"):
            tensor = (tensor if how == "exp" else tensor / 2).exp()
        while tensor.ndim > 1 and 1 in (len(tensor), tensor.shape[-1]):
            tensor = tensor[0] if len(tensor) == 1 else tensor[..., 0]
        if tensor.ndim == 1 and len(tensor) == 1:
            tensor = tensor[0]
        if tensor.ndim == 0:
            return number(tensor.item())
        if tensor.ndim == 1 and how == "vector":
            return vector(tensor.tolist())
        if tensor.ndim == 1:
            return joined([number(v) for v in tensor.tolist()])
        return joined([vector(row) for row in tensor.flatten(0, -2).tolist()])


def tell(template: str, arguments: Mapping[str, Any], sizes: Mapping[str, int]) -> str:
    """The template with the numbers of a case. Raises KeyError for a name that the case lacks."""
    return template.format_map({**{k.replace(" ", "_"): Shown(n) for k, n in sizes.items()},
                                **{k: Shown(v) for k, v in arguments.items()}})  # fmt: skip


def told_apart(template: str) -> str:
    """What of a template is a number that does not come from the case; nothing where all do."""
    bare = re.sub(r"\{[^}]*\}", "", template)
    found = re.search(r"\d|\b(" + "|".join(COUNTS[2:]) + r")\b", bare)
    return found[0] if found else ""
