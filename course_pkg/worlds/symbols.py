"""What the symbols of the book's formulas stand for on a world of tables."""

from dataclasses import dataclass, field

from torch import Tensor


@dataclass(frozen=True)
class Symbols:
    """Logarithms of probabilities, {LaTeX: (axes, table)}, and numbers, {LaTeX: value}.

    The axes are letters in the order of the table's dimensions: ("x z", log q(z|x) of shape (X, K)). `latents` says
    how many values each latent has, the last fastest; without it z is one latent.
    """

    logs: dict[str, tuple[str, Tensor]]
    numbers: dict[str, Tensor | float] = field(default_factory=dict)
    latents: tuple[int, ...] = ()
