"""A rate held at a capacity, and the multiplier that it takes: equations of the page `capacity`."""

from dataclasses import replace

import numpy as np
import scipy.optimize
import torch
from torch import Tensor

from course_pkg import kkt
from course_pkg.bottleneck import Capacity, Hinge, constant
from course_pkg.derivation.chain import Definition, Derivation, Step, Worlds
from course_pkg.equations.bottleneck.fixed_points import exchanged
from course_pkg.equations.bottleneck.variational import distortion
from course_pkg.equations.bottleneck.worlds import PAIRS, Pair
from course_pkg.equations.capacity.frontier import Directions, random_directions
from course_pkg.worlds import TabularWorld
from course_pkg.worlds.kinds import numbers

Held = tuple[TabularWorld, Tensor, Tensor]


def around_a_rate(seed: int) -> Held:
    """A table, a multiplier gamma, and a capacity around its rate."""
    world, (gamma, share) = TabularWorld.random(seed), numbers((0.5, 3), (0.3, 1.7))(seed)
    return world, gamma, share * world.rate()


def distortion_of(w: TabularWorld) -> Tensor:
    return -w.log_p_x.exp() @ w.expected_log_likelihood()


HELD = Worlds(
    "tables with a capacity",
    around_a_rate,
    symbols=lambda w: replace(w[0].symbols(), numbers={r"\gamma": w[1], "C": w[2]}),
)

CAPACITY = Definition(
    label="capacity-loss",
    latex=r"\mathcal{J}_C := \mathcal{D} + \gamma\, |R - C|",
    symbol=r"\mathcal{J}_C",
    meaning="loss with controlled capacity: gamma pulls the rate to C nats from both sides",
    code="bottleneck.Capacity",
    source="Burgess et al. (2018), eq. 8",
    judge=lambda w: distortion_of(w[0]) + Capacity(w[1].item(), constant(w[2].item()))(w[0].rate(), 0),
    worlds=HELD,
)
HINGE = Definition(
    label="capacity-hinge",
    latex=r"\mathcal{J}_C^+ := \mathcal{D} + \gamma\, \max(0, R - C)",
    symbol=r"\mathcal{J}_C^+",
    meaning="loss with a hinge: only a rate above C nats costs",
    code="bottleneck.Hinge",
    judge=lambda w: distortion_of(w[0]) + Hinge(w[1].item(), constant(w[2].item()))(w[0].rate(), 0),
    worlds=HELD,
)


def rate_as_function(w: Pair, q: Tensor) -> Tensor:
    return (w.joint.sum(1, keepdim=True) * q * (q / w.prior).log()).sum()


def slope_without_bars(w: Pair) -> Tensor:
    """Of D + gamma (R - C), by autograd, with gamma = 1000 beta and C = 25."""
    q = w.encoder.clone().requires_grad_()
    loss = distortion(w._replace(encoder=q)) + 1000 * w.beta * (rate_as_function(w, q) - 25)
    return exchanged(w, torch.autograd.grad(loss, q)[0]) / (1000 * w.beta)


def slope_of_beta_vae(w: Pair) -> Tensor:
    p_y_given_x = w.joint / w.joint.sum(1, keepdim=True)
    value = 1000 * w.beta * (w.encoder / w.prior).log() - p_y_given_x @ w.decoder.log().mT
    return (value[:, :, None] - value[:, None]) / (1000 * w.beta)


NO_BARS = Derivation(
    label="capacity-no-bars",
    steps=(
        Step(
            r"\nabla_{\phi} \left[\mathcal{D} + \gamma\, (R - C)\right]",
            slope_without_bars,
            "the formula that has lost its bars, by autograd in the entries of the encoder",
        ),
        Step(
            r"\nabla_{\phi} \left[\mathcal{D} + \gamma R\right]",
            slope_of_beta_vae,
            "a constant has no slope: C is gone, and gamma is a beta. Differentiated by hand",
        ),
    ),
    worlds=(PAIRS,),
    follows=("kkt-distortion", "notation-rate"),
)


def held(w: Directions, hinge: bool) -> Tensor:
    """The rate at the minimum of D + gamma |R - C|, or of the hinge, by scipy's SLSQP over each direction's rate.

    The last variable t stands for the penalty: at least R - C, and at least C - R (for the hinge, at least 0).
    """
    variances, sigma, gamma, C = (v.numpy() for v in w)
    weight = variances / (2 * sigma**2)
    value = lambda v: (weight * np.exp(-2 * v[:-1])).sum() + gamma * v[-1]
    slope = lambda v: [*(-2 * weight * np.exp(-2 * v[:-1])), gamma]
    sign = [*[-1.0] * len(weight), 1.0]
    other = [*[0.0 if hinge else 1.0] * len(weight), 1.0]
    constraints = [
        {"type": "ineq", "fun": lambda v: v[-1] - v[:-1].sum() + C, "jac": lambda v: sign},
        {"type": "ineq", "fun": lambda v: v[-1] + (0 if hinge else v[:-1].sum() - C), "jac": lambda v: other},
    ]
    bounds = [(0, None)] * len(weight) + [(None, None)]
    start = [C / 4 + 0.1] * len(weight) + [10.0]
    options = {"ftol": 1e-16, "maxiter": 1000}
    found = scipy.optimize.minimize(value, start, jac=slope, bounds=bounds, constraints=constraints, options=options)
    return torch.tensor(found.x[:-1].sum(), dtype=torch.float64)


def larger_of_two(w: Directions) -> Tensor:
    variances, sigma, gamma, C = w
    return torch.maximum(C, kkt.latent_rates(variances, gamma.item(), sigma**2).sum())


EXACT_PENALTY = Derivation(
    label="capacity-exact-penalty",
    steps=(
        Step(
            r"\operatorname*{arg\,min}_{R} \left[\mathcal{D}^*(R) + \gamma\, |R - C|\right]",
            lambda w: held(w, hinge=False),
            "the rate that the penalty leads to, by scipy over the rates of all directions",
            also={"the hinge": lambda w: held(w, hinge=True)},
        ),
        Step(
            r"\max\left(C,\, R^*(\gamma)\right)",
            larger_of_two,
            "C if gamma is above the multiplier, the price at which C nats are bought; else a beta-VAE",
        ),
    ),
    source="Nocedal and Wright (2006), theorem 17.3",
    worlds=(Worlds("linear VAEs of four directions, held", random_directions, 12, 3e-7),),
    follows=("capacity-loss", "capacity-hinge", "capacity-best-rate", "kkt-linear-rates", "notation-rate"),
)
