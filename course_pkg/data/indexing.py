"""From an image's index to the settings of its factors and back, with the checks that both need."""

import operator
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor


def whole_numbers(numbers: Any, meaning: str) -> Tensor:
    """`numbers` as an int64 tensor; TypeError where they are not whole numbers (nothing is rounded)."""
    tensor = torch.as_tensor(numbers)
    if tensor.numel() == 0:
        return tensor.to(torch.int64)  # an empty list carries no type
    if tensor.is_floating_point() or tensor.is_complex() or tensor.dtype == torch.bool:
        raise TypeError(f"expected {meaning} as whole numbers, got {tensor.dtype}")
    return tensor.to(torch.int64)


def checked_indices(indices: Any, total: int) -> Tensor:
    """`indices` as an int64 tensor `(n,)`; IndexError where one is not in 0 .. total - 1."""
    tensor = whole_numbers(indices, "indices")
    if tensor.ndim != 1:
        raise ValueError(f"expected indices of shape (n,), got {tuple(tensor.shape)}")
    wrong = (tensor < 0) | (tensor >= total)
    if wrong.any():
        place = int(wrong.int().argmax())
        raise IndexError(f"expected indices in 0 .. {total - 1}, got {int(tensor[place])} at place {place}")
    return tensor


def checked_factors(factors: Any, names: Sequence[str], sizes: Sequence[int]) -> Tensor:
    """`factors` as an int64 tensor `(n, K)`; IndexError where a setting is not in 0 .. size - 1."""
    tensor = whole_numbers(factors, "factors")
    if tensor.ndim != 2 or tensor.shape[1] != len(names):
        raise ValueError(f"expected factors of shape (n, {len(names)}): {', '.join(names)}; got {tuple(tensor.shape)}")
    wrong = (tensor < 0) | (tensor >= torch.tensor(sizes, dtype=torch.int64, device=tensor.device))
    if wrong.any():
        row, column = wrong.nonzero()[0].tolist()
        checked_setting(names[column], int(tensor[row, column]), sizes[column])
    return tensor


def checked_setting(name: str, setting: Any, size: int) -> int:
    """One setting of one factor as an int; TypeError where it is no whole number, IndexError out of range."""
    try:
        number = operator.index(setting)
    except TypeError:
        raise TypeError(f"expected {name} as a whole number, got {setting}") from None
    if not 0 <= number < size:
        raise IndexError(f"expected {name} in 0 .. {size - 1}, got {number}")
    return number


def grid_index(factors: Tensor, sizes: Sequence[int]) -> Tensor:
    """Place `(n,)` of settings `(n, K)` in the grid of all combinations, the last factor running fastest."""
    index = torch.zeros_like(factors[:, 0])
    for column, size in enumerate(sizes):
        index = index * size + factors[:, column]
    return index


def grid_factors(indices: Tensor, sizes: Sequence[int]) -> Tensor:
    """Settings `(n, K)` at places `(n,)` of the grid: the inverse of `grid_index`."""
    columns = []
    for size in reversed(sizes):
        columns.append(indices % size)
        indices = indices // size
    return torch.stack(columns[::-1], dim=1)
