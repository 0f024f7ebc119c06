"""How a relaxed sample of a discrete code is distributed: equations of the chapter `cascade`."""

from typing import NamedTuple

import sympy
import torch
from torch import Tensor

from course_pkg.derivation.chain import Definition, Derivation, Step, Worlds, Wrong
from course_pkg.worlds import Symbols
from course_pkg.worlds.kinds import numbers


def drawn_from(w: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Probabilities of three values, a point of the simplex, a temperature."""
    return w[:3] / w[:3].sum(), w[3:6] / w[3:6].sum(), w[6]


def on_the_simplex(w: Tensor) -> Symbols:
    pi, y, tau = drawn_from(w)
    return Symbols(numbers={"K": 3.0, r"\tau": tau}, arrays={r"\pi_k": ("k", pi), "y_k": ("k", y)})


def density_by_torch(w: Tensor) -> Tensor:
    pi, y, tau = drawn_from(w)
    return torch.distributions.RelaxedOneHotCategorical(tau, probs=pi).log_prob(y).exp()


RELAXED = Definition(
    label="cascade-relaxed",
    latex=r"q_\tau(y) := \frac{(K - 1)!\, \tau^{K-1}}{\left(\sum_{k=1}^{K} \pi_k y_k^{-\tau}\right)^K}"
    r" \prod_{k=1}^{K} \frac{\pi_k}{y_k^{\tau + 1}}",
    symbol=r"q_\tau(y)",
    meaning="density of a relaxed sample at temperature tau, on the simplex",
    judge=density_by_torch,
    worlds=Worlds("points of a simplex", numbers(*[(0.1, 1)] * 6, (0.3, 2)), symbols=on_the_simplex),
    code="cascade.relaxed.log_density",
    source="Maddison et al. (2017), definition 1; Jang et al. (2017)",
)


class Centre(NamedTuple):
    """A direction in the plane of the simplex, as long as it comes, and a temperature."""

    v: Tensor
    tau: float


def centre(seed: int) -> Centre:
    g = torch.Generator().manual_seed(seed)
    v = torch.randn(2 + seed % 4, generator=g, dtype=torch.float64)
    return Centre(v - v.mean(), 0.2 + 1.6 * torch.rand((), generator=g).item())


def log_height(w: Centre, t: Tensor) -> Tensor:
    """log q_tau at a step t from the centre, all values equally likely; constants left out."""
    k = len(w.v)
    y = 1 / k + t * w.v
    return -k * (-w.tau * y.log()).logsumexp(0) - (w.tau + 1) * y.log().sum()


def bend(w: Centre) -> Tensor:
    """The second derivative, by differentiating twice."""
    t = torch.zeros((), dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(log_height(w, t), t, create_graph=True)
    return torch.autograd.grad(slope, t)[0]


def bend_by_sympy(w: Centre) -> Tensor:
    t, k = sympy.Symbol("t"), len(w.v)
    y = [sympy.Rational(1, k) + t * value for value in w.v.tolist()]
    height = -k * sympy.log(sum(a**-w.tau for a in y)) - (w.tau + 1) * sum(map(sympy.log, y))
    return torch.tensor(float(sympy.diff(height, t, 2).subs(t, 0)), dtype=torch.float64)


def closed_bend(w: Centre) -> Tensor:
    return len(w.v) ** 2 * w.v.square().sum() * (1 - w.tau**2)


def centred(w: Centre) -> Symbols:
    return Symbols(numbers={"K": float(len(w.v)), r"\tau": w.tau, "v": w.v.norm()})  # |v| is the length of v


BEND = Derivation(
    label="cascade-bend",
    steps=(
        Step(
            r"\left.\frac{d^2}{dt^2} \log q_\tau\left(\frac{1}{K} + t v\right)\right|_{t = 0}",
            bend,
            "how the log density bends at the centre of the simplex, all values equally likely, along v",
            also={"sympy": bend_by_sympy},
        ),
        Step(
            r"K^2 |v|^2 (1 - \tau^2)",
            closed_bend,
            "two sums over the components, one of them differentiated within a logarithm",
            wrong=(
                Wrong(
                    "a relaxed sample is likeliest in the middle",
                    r"-K^2 |v|^2 (1 - \tau^2)",
                    lambda w: -closed_bend(w),
                ),
                Wrong(
                    "it bends in proportion to the temperature",
                    r"K^2 |v|^2 (1 - \tau)",
                    lambda w: len(w.v) ** 2 * w.v.square().sum() * (1 - w.tau),
                ),
            ),
        ),
    ),
    worlds=(Worlds("directions and temperatures", centre, 8, 1e-9, symbols=centred),),
    follows=("cascade-relaxed",),
)
