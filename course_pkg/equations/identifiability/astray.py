"""Where the preference for axes misleads: equations of the chapter `identifiability`."""

import math
from typing import NamedTuple

import numpy as np
import scipy.optimize
import torch
from torch import Tensor

from course_pkg.derivation.chain import Derivation, Step, Worlds
from course_pkg.equations.identifiability.loophole import least_gap
from course_pkg.worlds import Symbols


class Pair(NamedTuple):
    """Two factors: their correlation, the variance of the first (the second has 1), and a price."""

    rho: Tensor
    v: Tensor
    beta: Tensor


def some_pair(seed: int) -> Pair:
    a, b, c = torch.rand(3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return Pair(0.1 + 0.8 * a, 1.2 + 2 * b, 0.5 + 4 * c)


def pair_symbols(w: Pair) -> Symbols:
    return Symbols(numbers={r"\rho": w.rho, "v": w.v, r"\beta": w.beta})


def of_the_factors(w: Pair) -> np.ndarray:
    off = (w.rho * w.v.sqrt()).item()
    return np.array([[w.v.item(), off], [off, 1.0]])


def by_eigenvectors(w: Pair) -> Tensor:
    x, y = np.linalg.eigh(of_the_factors(w))[1][:, 1]
    return torch.tensor(2 * x * y / (x * x - y * y))


def by_decorrelating(w: Pair) -> Tensor:
    """The turn that leaves the two coordinates uncorrelated, by bisection."""
    C = of_the_factors(w)

    def left(t: float) -> float:
        c, s = math.cos(t), math.sin(t)
        return np.array([c, s]) @ C @ np.array([-s, c])

    return torch.tensor(math.tan(2 * scipy.optimize.brentq(left, 0, math.pi / 4, xtol=1e-15)), dtype=w.v.dtype)


ANGLE = Derivation(
    label="identifiability-angle",
    steps=(
        Step(
            r"\tan 2 \omega^*",
            by_eigenvectors,
            "the angle of the first principal axis from the factor with variance v",
            also={"the turn after which nothing is correlated": by_decorrelating},
        ),
        Step(
            r"\frac{2 \rho \sqrt{v}}{v - 1}",
            lambda w: 2 * w.rho * w.v.sqrt() / (w.v - 1),
            "the covariance of both coordinates, turned by the angle, is set to zero",
        ),
    ),
    worlds=(Worlds("two correlated factors", some_pair, 20, 1e-8, symbols=pair_symbols),),
)


def gap_of_the_factors(w: Pair) -> Tensor:
    """The optimum for these factors, seen along the factors' own axes: the best widths by BFGS."""
    noise = 0.05 / w.beta.item()
    values, U = np.linalg.eigh(of_the_factors(w))
    W = U @ np.diag(np.sqrt(values - noise * w.beta.item())) @ U.T
    return w.beta * least_gap(W.T @ W, noise * w.beta.item())


def by_entropies(w: Pair) -> Tensor:
    """beta times the factors' total correlation, from entropies of Gaussians."""
    C = of_the_factors(w)
    entropy = lambda S: 0.5 * np.linalg.slogdet(2 * math.pi * math.e * np.atleast_2d(S))[1]
    return w.beta * (entropy(C[0, 0]) + entropy(C[1, 1]) - entropy(C))


TRUTH = Derivation(
    label="identifiability-truth",
    steps=(
        Step(
            r"\Delta_\beta(W^* Q)",
            gap_of_the_factors,
            "two correlated factors; Q turns the best axes back to the true ones",
            also={"entropies": by_entropies},
        ),
        Step(
            r"-\frac{\beta}{2} \log \left(1 - \rho^2\right)",
            lambda w: -w.beta / 2 * torch.log1p(-w.rho.square()),
            "the total correlation of two Gaussians; neither their variances nor the noise matter",
        ),
    ),
    worlds=(Worlds("two correlated factors", some_pair, 20, 1e-8, symbols=pair_symbols),),
    follows=("kkt-axes-price", "identifiability-price"),
)


# Columns that are not at right angles ---------------------------------------------------------------------------------


def some_angle(seed: int) -> Tensor:
    """Between two directions, from 6 to 84 degrees."""
    return math.pi / 180 * (6 + 78 * torch.rand((), generator=torch.Generator().manual_seed(seed), dtype=torch.float64))


def by_moments(angle: Tensor) -> Tensor:
    W = np.array([[1.0, math.cos(angle)], [0.0, math.sin(angle)]])
    axis = np.linalg.svd(W)[0][:, 0]
    return torch.tensor((axis @ W) ** 2 / (axis @ W @ W.T @ axis))


def by_bisecting(angle: Tensor) -> Tensor:
    """The first axis halves the angle: both factors reach equally far along it."""
    reach = (angle / 2).cos().expand(2)
    return reach.square() / reach.square().sum()


SHARES = Derivation(
    label="identifiability-shares",
    steps=(
        Step(
            r"\mathrm{Corr}(y_1, f_k)^2",
            by_moments,
            "y_1 is the first principal coordinate of two equal factors whose directions meet at any angle",
            also={"the axis halves the angle": by_bisecting},
        ),
        Step(
            r"\frac{1}{2}",
            lambda angle: torch.full((2,), 0.5, dtype=torch.float64),
            "the two are exchanged by a reflection, which the covariance does not notice",
        ),
    ),
    worlds=(Worlds("angles between two directions", some_angle),),
)
