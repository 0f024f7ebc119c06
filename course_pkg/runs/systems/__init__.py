"""By name, what each system of the family gives to the one loop: its terms, what they cost, and who else plays.

A system is a function that returns arguments of `training.train`. Its arguments with a default are its settings, which
a task may name; those without (`images`, `latents`, `seed`) are facts of the run, which the run fills in.
"""

import inspect
import math
import typing
from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any, NamedTuple

from course_pkg.bottleneck.prices import Annealed, Capacity, Hinge, linear
from course_pkg.density_ratio import factor_vae
from course_pkg.elbo import negative_elbo
from course_pkg.kkt import DualAscent
from course_pkg.models.networks import discriminator
from course_pkg.total_correlation import beta_tcvae
from course_pkg.training.players import Player

Gamma = Annotated[float, "price of a nat away from C"]
Start = Annotated[float, "C at the first step, in nats"]
End = Annotated[float, "C at the last step of the way, in nats"]
Over = Annotated[int, "how many steps the way takes; constant from there on"]


def vae() -> dict[str, Any]:
    """The VAE: a nat of the rate costs a nat of the reconstruction. Kingma and Welling (2014)."""
    return {"objective": negative_elbo}


def beta_vae(beta: Annotated[float, "price of a nat of the rate"] = 4.0) -> dict[str, Any]:
    """The beta-VAE: the rate at a constant price. Higgins et al. (2017), eq. 4."""
    return {"objective": negative_elbo, "weights": {"kl": beta}}


def capacity(gamma: Gamma = 100.0, start: Start = 0.5, end: End = 25.0, over: Over = 100_000) -> dict[str, Any]:
    """The rate held at a capacity C that grows. Burgess et al. (2018), eq. 8; gamma and C as in public code."""
    return {"objective": negative_elbo, "weights": {"kl": Capacity(gamma, linear(start, end, over))}}


def hinge(gamma: Gamma = 100.0, start: Start = 0.5, end: End = 25.0, over: Over = 100_000) -> dict[str, Any]:
    """The rate free up to a capacity C that grows, at a price above it: the half of `capacity` that is a constraint."""
    return {"objective": negative_elbo, "weights": {"kl": Hinge(gamma, linear(start, end, over))}}


def annealed(
    start: Annotated[float, "beta at the first step"] = 10.0,
    end: Annotated[float, "beta at the last step of the way"] = 1.0,
    over: Over = 10_000,
) -> dict[str, Any]:
    """A beta-VAE whose beta moves, from a very strict bottleneck to the ELBO; the other way round it is a warm-up."""
    return {"objective": negative_elbo, "weights": {"kl": Annealed(linear(start, end, over))}}


def constraint(
    eps: Annotated[float, "the rate to be kept, in nats"] = 20.0,
    rate: Annotated[float, "what a step adds to beta for a nat above eps"] = 0.001,
    start: Annotated[float, "beta at the first step"] = 1.0,
) -> dict[str, Any]:
    """The beta-VAE as it was derived: beta is a multiplier, found by dual ascent. Higgins et al. (2017), eq. 2."""
    return {"objective": negative_elbo, "weights": {"kl": DualAscent(eps, rate, start)}}


def tcvae(images: int, beta: Annotated[float, "price of a nat of total correlation"] = 6.0) -> dict[str, Any]:
    """beta-TCVAE: of the three parts of the rate only the total correlation is dear. Chen et al. (2018), eq. 4."""
    return {"objective": partial(beta_tcvae, n=images), "weights": {"tc": beta}}


def factor(
    latents: int,
    seed: int,
    gamma: Annotated[float, "price of a nat of total correlation, besides the rate's"] = 10.0,
    opponent_lr: Annotated[float, "the discriminator's learning rate"] = 1e-4,
    hidden: Annotated[int, "units in a layer of the discriminator"] = 1000,
    layers: Annotated[int, "layers of the discriminator"] = 5,
) -> dict[str, Any]:
    """FactorVAE: a discriminator reads the total correlation off a second batch. Kim and Mnih (2018), Algorithm 2."""
    net = discriminator(latents, hidden, layers, seed)
    return {
        "objective": factor_vae,
        "weights": {"tc": gamma},
        "batches": 2,
        "opponents": {"discriminator": Player(net, {"cross_entropy": 1.0}, opponent_lr, (0.5, 0.9))},
    }


SYSTEMS: dict[str, Callable[..., dict[str, Any]]] = {
    "vae": vae,
    "beta-vae": beta_vae,
    "capacity": capacity,
    "hinge": hinge,
    "annealed": annealed,
    "constraint": constraint,
    "beta-tcvae": tcvae,
    "factor-vae": factor,
}


class Setting(NamedTuple):
    """What may be set: its type, what it is if nobody sets it, what it means, its least and its most."""

    kind: type
    default: Any
    meaning: str
    least: float = -math.inf
    most: float = math.inf

    def checked(self, name: str, value: Any) -> Any:
        """The value as the type says, or ValueError. A whole float is an int (JSON's 1e5); nothing infinite passes."""
        if value is None and self.default is None:
            return None
        number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
        right = isinstance(value, str) if self.kind is str else number and (self.kind is float or value == int(value))
        if not right or (self.kind is not str and not self.least <= value <= self.most):
            limit = "" if self.least == -math.inf else f" of {self.least:g} or more"
            limit += f", at most {self.most}" if right and value > self.most else ""
            kind = {str: "text", int: "a whole number", float: "a finite number"}[self.kind]
            raise ValueError(f"{name}: expected {kind}{limit}, got {value!r}")
        return self.kind(value)


def settings_of(system: str) -> dict[str, Setting]:
    """What may be set of that system: its arguments with a default. ValueError for a name that no system has."""
    if system not in SYSTEMS:
        raise ValueError(f"no system is called {system!r}; there are {', '.join(SYSTEMS)}")
    hints = typing.get_type_hints(SYSTEMS[system], include_extras=True)
    return {
        name: Setting(hints[name].__origin__, argument.default, hints[name].__metadata__[0])
        for name, argument in inspect.signature(SYSTEMS[system]).parameters.items()
        if argument.default is not argument.empty
    }


def arguments(system: str, settings: Mapping[str, Any], facts: Mapping[str, int]) -> dict[str, Any]:
    """What the system gives to `train`, with these settings and the facts of the run that it asks for."""
    settings_of(system)
    wanted = inspect.signature(SYSTEMS[system]).parameters
    return SYSTEMS[system](**{name: facts[name] for name in wanted if name in facts}, **settings)
