"""What the symbols of the book's formulas stand for on a world of tables, or of numbers and arrays."""

from dataclasses import dataclass, field

from torch import Tensor


@dataclass(frozen=True)
class Symbols:
    """Logarithms of probabilities, {LaTeX: (axes, table)}, and numbers, {LaTeX: value}.

    The axes are letters in the order of the table's dimensions: ("x z", log q(z|x) of shape (X, K)). `latents` says
    how many values each latent has, the last fastest; without it z is one latent.

    arrays: what is written with indices, {r"C_{kj}": ("k j", C)}, an index for each of the first dimensions; further
    ones make it a vector or a matrix. What stands here is no definition's.
    """

    logs: dict[str, tuple[str, Tensor]] = field(default_factory=dict)
    numbers: dict[str, Tensor | float] = field(default_factory=dict)
    latents: tuple[int, ...] = ()
    arrays: dict[str, tuple[str, Tensor]] = field(default_factory=dict)
