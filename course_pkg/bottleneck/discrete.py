"""The bottleneck on tables: informations, the Lagrangian, Blahut-Arimoto from many starts, and the binary channel.

Shapes: a joint p(x, y) (X, Y) of probabilities; an encoder q(z|x) (..., X, Z), whose leading axes are restarts.
"""

import math
from dataclasses import dataclass

import scipy.optimize
import scipy.special
import torch
from torch import Tensor

from course_pkg.worlds.checks import check_probabilities


def check_joint(joint: Tensor) -> None:
    """Raise ValueError unless the table (X, Y) is a distribution in which every x occurs."""
    if joint.ndim != 2 or 0 in joint.shape:
        raise ValueError(f"expected a joint table (X, Y), got shape {tuple(joint.shape)}")
    if not (joint >= 0).all() or not abs(joint.sum().item() - 1) < 1e-9:
        raise ValueError(
            f"expected probabilities that sum to one, got a sum of {joint.sum().item():.6g} and "
            f"a smallest of {joint.min().item():.3g}"
        )
    if not (joint.sum(1) > 0).all():
        raise ValueError("expected every x to occur, got a row of zeros: leave that x out")


def check_beta(beta: float) -> None:
    """Raise ValueError unless beta is positive and finite."""
    if not 0 < beta < math.inf:
        raise ValueError(f"expected a positive, finite beta, got {beta}")


def mutual_information(joint: Tensor) -> Tensor:
    """I of a joint table (..., A, B) and the product of its marginals, in nats. Shape (...,).

    ValueError where it is no distribution.
    """
    check_probabilities((-2, -1), joint=joint)
    product = joint.sum(-1, keepdim=True) * joint.sum(-2, keepdim=True)
    return (torch.xlogy(joint, joint) - torch.xlogy(joint, product)).sum((-2, -1))


def informations(joint: Tensor, encoder: Tensor) -> tuple[Tensor, Tensor]:
    """I(x; z) and I(z; y) of an encoder, in nats. z sees y through x alone. (..., X, Z) -> (...,) each.

    ValueError for a joint that is no distribution, or an encoder whose rows are none.
    """
    check_probabilities((-2, -1), joint=joint)
    check_probabilities(-1, encoder=encoder)
    return mutual_information(joint.sum(1)[:, None] * encoder), mutual_information(encoder.mT @ joint)


def lagrangian(joint: Tensor, encoder: Tensor, beta: float) -> Tensor:
    """beta I(x; z) - I(z; y), to be minimised, in nats. (..., X, Z) -> (...,). Tishby et al. (1999), eq. 15."""
    check_beta(beta)
    rate, relevance = informations(joint, encoder)
    return beta * rate - relevance


def random_encoders(restarts: int, x: int, z: int, generator: torch.Generator) -> Tensor:
    """Starts for `blahut_arimoto`: rows uniform on the simplex. (restarts, x, z), float64."""
    if min(restarts, x, z) < 1:
        raise ValueError(f"expected at least one restart, x and z, got {restarts}, {x} and {z}")
    log = torch.rand(restarts, x, z, generator=generator, dtype=torch.float64).clamp_min(1e-300).log()
    return log / log.sum(-1, keepdim=True)  # shares of exponential draws, whose sign cancels


def self_consistent(joint: Tensor, encoder: Tensor, beta: float) -> Tensor:
    """The right-hand side of the self-consistent equations, one step of Blahut-Arimoto. Shape of the encoder.

    q(z) exp(-KL(p(y|x) || q(y|z)) / beta), normalised over z. Tishby et al. (1999), eqs 28 and 31.
    """
    p_x = joint.sum(1)
    p_y_given_x = joint / p_x[:, None]
    q_z = p_x @ encoder
    q_zy = encoder.mT @ joint
    log_q_y_given_z = (q_zy / q_z[..., None].clamp_min(1e-300)).clamp_min(1e-300).log()
    # KL(p(y|x) || q(y|z)) less what depends on x alone, which the normaliser takes away.
    cross_entropy = -p_y_given_x @ log_q_y_given_z.mT
    return (q_z.log()[..., None, :] - cross_entropy / beta).softmax(-1)


@dataclass(frozen=True)
class Solutions:
    """What each start came to: encoder (R, X, Z), Lagrangian (R,), residual of self-consistency (R,), steps taken."""

    encoder: Tensor
    value: Tensor
    residual: Tensor
    steps: int

    @property
    def best(self) -> int:
        """The restart with the lowest Lagrangian."""
        return int(self.value.argmin())

    def distinct(self, tolerance: float = 1e-6) -> Tensor:
        """The Lagrangian's different values, lowest first: those that differ by more than the tolerance."""
        ordered = self.value.sort().values
        fresh = torch.cat([torch.ones(1, dtype=torch.bool), ordered.diff() > tolerance])
        return ordered[fresh]


def blahut_arimoto(
    joint: Tensor, beta: float, encoder: Tensor, tolerance: float = 1e-10, most_steps: int = 20_000
) -> Solutions:
    """Iterate the self-consistent equations from every start until no entry moves by more than the tolerance.

    The Lagrangian never rises on the way, but the end is only locally optimal: give many starts (R, X, Z).
    It may stop at `most_steps` with a larger residual, which is returned. ValueError for a joint that is no
    distribution, a beta that is not positive, or an encoder of another shape.
    """
    check_joint(joint)
    check_beta(beta)
    if encoder.ndim != 3 or encoder.shape[1] != len(joint):
        raise ValueError(f"expected encoders (restarts, {len(joint)}, Z), got {tuple(encoder.shape)}")
    check_probabilities(-1, encoder=encoder)
    if not tolerance >= 0 or most_steps < 1:
        raise ValueError(f"expected a tolerance of 0 or more and at least one step, got {tolerance} and {most_steps}")
    for steps in range(1, most_steps + 1):  # noqa: B007
        previous, encoder = encoder, self_consistent(joint, encoder, beta)
        if (encoder - previous).abs().max() <= tolerance:
            break
    residual = (self_consistent(joint, encoder, beta) - encoder).abs().amax((1, 2))
    return Solutions(encoder, lagrangian(joint, encoder, beta), residual, steps)


# The binary symmetric channel ----------------------------------------------------------------------


def binary_symmetric(flip: float) -> Tensor:
    """p(x, y) (2, 2) of a fair bit x and its copy y, flipped with probability `flip`. ValueError outside [0, 1/2]."""
    if not 0 <= flip <= 0.5:
        raise ValueError(f"expected a probability of flipping from 0 to 1/2, got {flip}")
    return torch.tensor([[1 - flip, flip], [flip, 1 - flip]], dtype=torch.float64) / 2


def binary_crossover(flip: float, beta: float) -> float:
    """How often the best code of a bit differs from it: 1/2 where beta reaches the critical price (1 - 2 flip)^2.

    The root a = 1 - 2 crossover of beta artanh(a) = c artanh(c a), c = 1 - 2 flip. Follows from Witsenhausen and
    Wyner (1975), who show that a symmetric channel is optimal.
    """
    binary_symmetric(flip)
    check_beta(beta)
    c = 1 - 2 * flip
    if beta >= c**2:
        return 0.5
    if c == 1:
        return 0.0
    slope = lambda u: beta * u - c * math.atanh(c * math.tanh(u))  # in u = artanh(a), which has room near a = 1
    u = scipy.optimize.brentq(slope, 1e-9, math.atanh(c) / beta)  # above the root by 1 / c, so that the sign is sure
    return float(scipy.special.expit(-2 * u))
