"""Random inputs for the cases of any chapter: float64, from a seed."""

import torch
from torch import Tensor


def normals(seed: int, count: int, *shape: int) -> list[Tensor]:
    """That many standard normal tensors of one shape."""
    g = torch.Generator().manual_seed(seed)
    return [torch.randn(shape, generator=g, dtype=torch.float64) for _ in range(count)]


def numbers(values: list) -> Tensor:
    """A float64 tensor of given numbers."""
    return torch.tensor(values, dtype=torch.float64)
