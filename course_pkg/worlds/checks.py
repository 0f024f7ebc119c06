"""What a closed form asks of its numbers: finite, above 0, probabilities. A wrong one would give a plausible answer.

Nothing is asked of tensors without values: on the meta device, or while torch compiles.
"""

import math

import torch
from torch import Tensor

Number = float | Tensor
CLOSE = 1e-9  # how far a sum of probabilities may be from one, in double precision


def known(value: Tensor) -> bool:
    """Whether the numbers are there to be looked at."""
    return value.device.type != "meta" and not torch.compiler.is_compiling()


def check_within(least: float = -math.inf, strict: bool = False, **values: Number) -> None:
    """Raise ValueError unless each is finite and at least `least`, or above it where `strict`."""
    for name, value in values.items():
        _check(name, value, least, strict)


def _check(name: str, value: Number, least: float = -math.inf, strict: bool = False) -> None:
    tensor = torch.as_tensor(value)
    if known(tensor):
        right = tensor.isfinite() & ((tensor > least) if strict else (tensor >= least))
        if not right.all():
            limit = "" if least == -math.inf else f" {'above' if strict else 'of at least'} {least:g}"
            raise ValueError(f"{name}: expected finite numbers{limit}, got {tensor[~right].flatten()[0].item():g}")


def check_probabilities(axes: int | tuple[int, ...] = -1, **tables: Tensor) -> None:
    """Raise ValueError unless no entry is below 0 and the entries sum to one over the axes (within 1e-9; in single
    precision, within 1e-4)."""
    for name, table in tables.items():
        if not known(table):
            continue
        off = (table.sum(axes) - 1).abs().max().item()
        if not (table >= 0).all() or not off < (CLOSE if table.dtype == torch.float64 else 1e-4):
            least = table.min().item()
            raise ValueError(
                f"{name}: expected probabilities that sum to one, off by {off:.2g}, the least is {least:.2g}"
            )


def check_covariance(**matrices: Tensor) -> None:
    """Raise ValueError unless each is square, finite, symmetric and positive definite."""
    for name, matrix in matrices.items():
        if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
            raise ValueError(f"{name}: expected a covariance (n, n), got shape {tuple(matrix.shape)}")
        _check(name, matrix)
        if not known(matrix):
            continue
        if not torch.allclose(matrix, matrix.mT):
            raise ValueError(f"{name}: expected a covariance, which is symmetric")
        least = torch.linalg.eigvalsh(matrix)[0].item()
        if not least > 0:
            raise ValueError(f"{name}: expected a positive definite covariance, its least eigenvalue is {least:.3g}")
