"""Two factors turned by an angle, and what each metric says: equations of the chapter `metrics`."""

import math
from typing import NamedTuple

import numpy as np
import scipy.stats
import torch
from torch import Tensor

from course_pkg.derivation.chain import Derivation, Step, Worlds
from course_pkg.equations.metrics.votes import grid
from course_pkg.metrics import sap
from course_pkg.metrics.dci import disentanglement
from course_pkg.worlds import Symbols


class Turned(NamedTuple):
    """An angle from 0 to 45 degrees, settings of either factor, images to a vote, and a seed for what is drawn."""

    angle: Tensor
    size: int
    images: int
    seed: int


def some_turn(seed: int) -> Turned:
    g = torch.Generator().manual_seed(seed)
    angle = (0.03 + 0.94 * torch.rand((), generator=g, dtype=torch.float64)) * math.pi / 4
    of = lambda low, high: int(torch.randint(low, high, (), generator=g))
    return Turned(angle, of(3, 12), of(2, 9), seed)


TURNS = Worlds("angles below 45 degrees", some_turn, symbols=lambda w: Symbols(numbers={"t": w.angle}))


def factors(w: Turned) -> Tensor:
    """Two factors on a grid, with mean 0, (N, 2)."""
    return grid(w.size, w.size).double() - (w.size - 1) / 2


def turn(w: Turned, f: Tensor) -> Tensor:
    c, s = w.angle.cos(), w.angle.sin()
    return torch.stack([c * f[:, 0] - s * f[:, 1], s * f[:, 0] + c * f[:, 1]], 1)


def one_vote(w: Turned) -> Tensor:
    """Codes (L, 2) of L images that share the first factor and do not all share the second."""
    g = torch.Generator().manual_seed(w.seed)
    first = torch.randint(w.size, (), generator=g).double()
    second = torch.randint(w.size, (w.images,), generator=g).double()
    second[0] = (second[1] + 1) % w.size
    return turn(w, torch.stack([first.expand(w.images), second], 1))


def by_numpy(w: Turned) -> Tensor:
    variance = np.var(one_vote(w).numpy(), axis=0, ddof=1)
    return torch.tensor(variance[0] / variance[1])


STILL = Derivation(
    label="metrics-turned-votes",
    steps=(
        Step(
            r"\frac{\widehat{\mathrm{Var}}_L(z_1)}{\widehat{\mathrm{Var}}_L(z_2)}",
            lambda w: one_vote(w).var(0)[0] / one_vote(w).var(0)[1],
            "L images that share the first factor; codes are both factors turned by t",
            also={"numpy": by_numpy},
        ),
        Step(
            r"\frac{\sin^2 t}{\cos^2 t}",
            lambda w: w.angle.sin() ** 2 / w.angle.cos() ** 2,
            "only the second factor moves, and both latents are straight lines in it: it cancels, whatever was drawn",
        ),
    ),
    worlds=(TURNS,),
    follows=("metrics-winner",),
)


def best_less_second(w: Turned) -> Tensor:
    """The gaps of r squared by scipy, averaged over the two factors."""
    f, z = factors(w).numpy(), turn(w, factors(w)).numpy()
    r2 = np.array([[scipy.stats.linregress(z[:, j], f[:, k]).rvalue ** 2 for j in range(2)] for k in range(2)])
    return torch.tensor(abs(r2[:, 0] - r2[:, 1]).mean())


TURNED_SAP = Derivation(
    label="metrics-turned-sap",
    steps=(
        Step(
            r"\mathrm{SAP}",
            best_less_second,
            "of two factors turned by t",
            also={
                "the package": lambda w: torch.tensor(
                    sap(turn(w, factors(w)), grid(w.size, w.size)).value, dtype=torch.float64
                )
            },
        ),
        Step(
            r"\cos^2 t - \sin^2 t",
            lambda w: w.angle.cos() ** 2 - w.angle.sin() ** 2,
            "a factor is cos t of one latent and sin t of the other; equal variances, so these are the correlations",
        ),
        Step(r"\cos 2 t", lambda w: (2 * w.angle).cos(), "the double angle"),
    ),
    worlds=(TURNS,),
    follows=("metrics-sap",),
)


def fitted_weights(w: Turned) -> Tensor:
    """The sizes of the coefficients of both factors in both latents, by least squares, (K, d)."""
    z = turn(w, factors(w))
    scaled = z / z.std(0)
    return torch.linalg.lstsq(scaled, factors(w)).solution.T.abs()


def by_scipy(w: Turned) -> Tensor:
    weights = fitted_weights(w).numpy()
    each = 1 - scipy.stats.entropy(weights, base=2, axis=0)
    return torch.tensor(np.average(each, weights=weights.sum(0)))


def coin(p: Tensor) -> Tensor:
    return -(p * p.log() + (1 - p) * (1 - p).log())


TURNED_DCI = Derivation(
    label="metrics-turned-dci",
    steps=(
        Step(
            r"\mathrm{DCI}",
            lambda w: torch.tensor(disentanglement(fitted_weights(w)), dtype=torch.float64),
            "its weights are the sizes of the coefficients of a linear regression",
            also={"scipy": by_scipy},
        ),
        Step(
            r"1 - \frac{1}{\log 2}\, h\left(\frac{\cos t}{\cos t + \sin t}\right)",
            lambda w: 1 - coin(w.angle.cos() / (w.angle.cos() + w.angle.sin())) / math.log(2),
            "each latent has the weights cos t and sin t, up to a factor; h is the entropy of a coin",
        ),
    ),
    worlds=(TURNS,),
    follows=("metrics-dci", "bottleneck-binary-entropy"),
)
