"""Maps that keep the prior and mix the factors: of the plane, and of tables, where they can be counted.

Locatello et al. (2019), theorem 1: for independent factors there are infinitely many such maps, so no set of images,
however large, tells the factors from a mixture of them. Hyvarinen and Pajunen (1999) say so of nonlinear ICA.
"""

import itertools
import math

import torch
from torch import Tensor

NORMAL = torch.distributions.Normal(0.0, 1.0)


def turned_uniform(u: Tensor, Q: Tensor) -> Tensor:
    """Phi(Q Phi^-1(u)) for u (..., d) between 0 and 1 and a rotation Q (d, d): uniform again, and mixed. (..., d).

    Uniform numbers are made normal one by one, turned, and made uniform again. ValueError for a Q that is no rotation.
    """
    eye = torch.eye(Q.shape[-1], dtype=Q.dtype, device=Q.device)
    if not torch.allclose(Q @ Q.mT, eye, atol=1e-6):
        raise ValueError(
            f"expected an orthogonal matrix, got one whose Q Q' is off by {(Q @ Q.mT - eye).abs().max():g}"
        )
    return NORMAL.cdf(NORMAL.icdf(u) @ Q.mT)


def log_relabellings(settings: int, factors: int) -> tuple[float, float]:
    """log of how many permutations of a grid keep its axes, K! (k!)^K, and of how many there are, (k^K)!.

    k settings of each of K factors. A permutation of the cells of a uniform grid keeps the prior, whatever it mixes.
    ValueError for fewer than one of either.
    """
    if settings < 1 or factors < 1:
        raise ValueError(f"expected one setting and one factor or more, got {settings} and {factors}")
    log_factorial = lambda n: math.lgamma(n + 1)
    return log_factorial(factors) + factors * log_factorial(settings), log_factorial(settings**factors)


def keeps_axes(permutation: Tensor, settings: int, factors: int) -> bool:
    """Whether each new factor is a function of one old one. permutation (k^K,): where each cell goes, the last factor
    fastest."""
    grid = torch.cartesian_prod(*[torch.arange(settings)] * factors).reshape(-1, factors)
    new = grid[permutation]
    for j in range(factors):
        if not any(all(len(new[grid[:, i] == v, j].unique()) == 1 for v in range(settings)) for i in range(factors)):
            return False
    return True


def invertible(bits: int) -> Tensor:
    """Every matrix (M, bits, bits) of zeros and ones that is invertible modulo 2. ValueError for more than 4 bits."""
    if not 1 <= bits <= 4:
        raise ValueError(f"expected 1 to 4 bits, of which all matrices can be listed, got {bits}")
    rows = torch.tensor(list(itertools.product((0, 1), repeat=bits)))[1:]
    found = [matrix for matrix in itertools.permutations(rows, bits)]
    stacked = torch.stack([torch.stack(matrix) for matrix in found])
    odd = torch.linalg.det(stacked.double()).round().long() % 2 == 1
    return stacked[odd]


def fully_mixed(matrices: Tensor) -> Tensor:
    """Which matrices (M, K, K) leave no bit as it was: every row adds two bits or more. (M,)."""
    return (matrices.sum(-1) >= 2).all(-1)


def is_axis_map(matrices: Tensor) -> Tensor:
    """Which matrices (M, K, K) only reorder the bits. (M,)."""
    return (matrices.sum(-1) == 1).all(-1) & (matrices.sum(-2) == 1).all(-1)
