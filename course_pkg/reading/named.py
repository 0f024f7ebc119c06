"""Numbers on named axes: a table of q(z|x) has the axes x and z, whatever order a world keeps them in.

A positive table keeps its logarithm, so that the tails of a density do not vanish. Zero times anything is zero, as in
0 log 0; a ratio of two zeros has no value, and is never seen where it is weighed by zero.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Union

import torch
from torch import Tensor

Number = Union["Named", float]


@dataclass(frozen=True)
class Named:
    """data has one dimension an axis; where `log` is set it holds the logarithms of the numbers."""

    axes: tuple[str, ...]
    data: Tensor
    log: bool = False

    @classmethod
    def of(cls, value: Number) -> "Named":
        """A plain number has no axes; above zero it keeps its logarithm."""
        if isinstance(value, Named):
            return value
        if value > 0:
            return cls((), torch.tensor(math.log(value), dtype=torch.float64), True)
        return cls((), torch.tensor(value, dtype=torch.float64))

    @property
    def values(self) -> Tensor:
        return self.data.exp() if self.log else self.data

    @property
    def logarithm(self) -> "Named":
        return Named(self.axes, self.data if self.log else self.data.log())

    @property
    def whole(self) -> int:
        """A whole number, such as the value of an index: its logarithm rounds."""
        return round(self.values.item())

    def exp(self) -> "Named":
        return Named(self.axes, self.values, True)

    def over(self, axes: tuple[str, ...], data: Tensor) -> Tensor:
        """Data of this array's axes, with a dimension of one for each of `axes` that it lacks."""
        own = [a for a in axes if a in self.axes]
        moved = data.permute([self.axes.index(a) for a in own])
        return moved[tuple(slice(None) if a in self.axes else None for a in axes)]

    def with_other(self, other: Number, function: Callable[[Tensor, Tensor], Tensor], log: bool) -> "Named":
        other = Named.of(other)
        axes = (*self.axes, *(a for a in other.axes if a not in self.axes))
        left, right = (n.over(axes, n.data if log else n.values) for n in (self, other))
        return Named(axes, function(left, right), log)

    def __mul__(self, other: Number) -> "Named":
        other = Named.of(other)
        if self.log and other.log:
            nothing = lambda a, b: a.isneginf() | b.isneginf()
            return self.with_other(other, lambda a, b: torch.where(nothing(a, b), -torch.inf, a + b), True)
        return self.with_other(other, lambda a, b: torch.where((a == 0) | (b == 0), 0.0, a * b), False)

    def __truediv__(self, other: Number) -> "Named":
        other = Named.of(other)
        both = self.log and other.log
        return self.with_other(other, torch.sub if both else torch.div, both)

    def __add__(self, other: Number) -> "Named":
        other = Named.of(other)
        both = self.log and other.log
        return self.with_other(other, torch.logaddexp if both else torch.add, both)

    def __neg__(self) -> "Named":
        return Named(self.axes, -self.values)

    def __sub__(self, other: Number) -> "Named":
        return self.with_other(other, torch.sub, False)

    def __pow__(self, other: Number) -> "Named":
        other = Named.of(other)
        if self.log:
            axes = (*self.axes, *(a for a in other.axes if a not in self.axes))
            return Named(axes, self.over(axes, self.data) * other.over(axes, other.values), True)
        return self.with_other(other, torch.pow, False)

    def largest(self, other: Number) -> "Named":
        return self.with_other(other, torch.maximum, False)

    def above(self, other: Number) -> "Named":
        """One where this is larger than the other, else zero."""
        return self.with_other(other, lambda a, b: (a > b).double(), False)

    def size(self) -> "Named":
        return Named(self.axes, self.values.abs())

    def sum(self, axes: tuple[str, ...]) -> "Named":
        """The sum over axes; one that is not there counts as often as it is asked to by the caller: it is refused."""
        missing = [a for a in axes if a not in self.axes]
        if missing:
            raise KeyError(missing[0])
        kept = tuple(a for a in self.axes if a not in axes)
        if not axes:
            return self
        places = [self.axes.index(a) for a in axes]
        return Named(kept, self.data.logsumexp(places) if self.log else self.data.sum(places), self.log)

    def renamed(self, names: dict[str, str]) -> "Named":
        return Named(tuple(names.get(a, a) for a in self.axes), self.data, self.log)


def total(terms: list[tuple[int, Named]]) -> Named:
    """The sum of terms with their signs, +1 or -1."""
    sign, result = terms[0]
    result = result if sign > 0 else -result
    for sign, term in terms[1:]:
        result = result + term if sign > 0 else result - term
    return result


def one_by_one(function: Callable[[Tensor], Tensor]) -> Callable[[Named], Named]:
    return lambda value: Named(value.axes, function(value.values))


ELEMENTWISE: dict[str, Callable[[Named], Named]] = {
    r"\sin": one_by_one(torch.sin),
    r"\cos": one_by_one(torch.cos),
    r"\tan": one_by_one(torch.tan),
    r"\operatorname{tanh}": one_by_one(torch.tanh),
    r"\mathrm{arcsin}": one_by_one(torch.arcsin),
    r"\mathrm{artanh}": one_by_one(torch.atanh),
    r"\mathrm{logit}": one_by_one(torch.logit),
    r"\floor": one_by_one(lambda x: (x + 1e-12).floor()),  # what should be a whole number may have rounded below it
}
