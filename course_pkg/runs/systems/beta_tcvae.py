"""The three parts of the rate, from a batch."""

from functools import partial
from typing import Annotated, Any

from course_pkg import total_correlation


def beta_tcvae(images: int, beta: Annotated[float, "price of a nat of total correlation", 0] = 6.0) -> dict[str, Any]:
    """beta-TCVAE: of the three parts of the rate only the total correlation is dear. Chen et al. (2018), eq. 4.

    beta is that of the command in the authors' public code for the sprites.
    """
    return {"objective": partial(total_correlation.beta_tcvae, n=images), "weights": {"tc": beta}}
