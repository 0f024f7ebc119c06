"""The rate under a capacity that moves, or at a price that moves."""

from typing import Annotated, Any

from course_pkg.bottleneck.prices import Annealed, Capacity, Hinge, linear
from course_pkg.elbo import negative_elbo

Gamma = Annotated[float, "price of a nat away from C", 0]
Start = Annotated[float, "C at the first step, in nats", 0]
End = Annotated[float, "C at the last step of the way, in nats", 0]
Over = Annotated[int, "how many steps the way takes; constant from there on", 1]


def capacity(gamma: Gamma = 100.0, start: Start = 0.5, end: End = 25.0, over: Over = 100_000) -> dict[str, Any]:
    """The rate held at a capacity C that grows. Burgess et al. (2018), eq. 8.

    C is as there; gamma is the course's own choice, a tenth of theirs.
    """
    return {"objective": negative_elbo, "weights": {"kl": Capacity(gamma, linear(start, end, over))}}


def hinge(gamma: Gamma = 100.0, start: Start = 0.5, end: End = 25.0, over: Over = 100_000) -> dict[str, Any]:
    """The rate free up to a capacity C that grows, at a price above it: the half of `capacity` that is a constraint."""
    return {"objective": negative_elbo, "weights": {"kl": Hinge(gamma, linear(start, end, over))}}


def annealed(
    start: Annotated[float, "beta at the first step", 0] = 10.0,
    end: Annotated[float, "beta at the last step of the way", 0] = 1.0,
    over: Over = 10_000,
) -> dict[str, Any]:
    """A beta-VAE whose beta moves, from a very strict bottleneck to the ELBO; the other way round it is a warm-up.

    The way and its length are the course's own choice.
    """
    return {"objective": negative_elbo, "weights": {"kl": Annealed(linear(start, end, over))}}
