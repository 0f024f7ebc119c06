"""The rate at a price: a constant one, or a multiplier that keeps it at a constraint."""

from typing import Annotated, Any

from course_pkg.elbo import negative_elbo
from course_pkg.kkt import DualAscent


def beta_vae(beta: Annotated[float, "price of a nat of the rate", 0] = 4.0) -> dict[str, Any]:
    """The beta-VAE: the rate at a constant price. Higgins et al. (2017), eq. 4."""
    return {"objective": negative_elbo, "weights": {"kl": beta}}


def constraint(
    eps: Annotated[float, "the rate to be kept, in nats", 0] = 20.0,
    rate: Annotated[float, "what a step adds to beta for a nat above eps", 0] = 0.001,
    start: Annotated[float, "beta at the first step", 0] = 1.0,
) -> dict[str, Any]:
    """The beta-VAE as it was derived: beta is a multiplier, found by dual ascent. Higgins et al. (2017), eq. 2.

    eps, rate and start are the course's own choice.
    """
    return {"objective": negative_elbo, "weights": {"kl": DualAscent(eps, rate, start)}}
