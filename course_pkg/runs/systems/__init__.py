"""By name, what each system of the family gives to the one loop: its terms, what they cost, and who else plays.

A system is a public function of a file of this folder, found there; its name has a - for each _. It returns arguments
of `training.train` (objective, weights, opponents, batches, schedule, ...), and where its net is another:

    net      builds the model: net(shape, latents, seed), and with layers=... of the layers of that name
    whole    of the nets of all players, the model first, what encodes and decodes (without it: the model)
    summary  sums it up in numbers for the row: summary(whole, source, seed)
    draws    what `train` draws from, and what makes of it what the objective takes: draws(source, device)

Its arguments with a default are its settings, which a task may name: Annotated[kind, meaning], or with the least value
that makes sense, Annotated[kind, meaning, least]. Those without (`images`, `shape`, `net`, `latents`, `seed`) are
facts of the run.
"""

import importlib
import inspect
import math
import pkgutil
import typing
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

System = Callable[..., dict[str, Any]]


def found() -> dict[str, System]:
    """Every system of this folder by its name. ValueError for two of one name."""
    systems: dict[str, System] = {}
    for place in pkgutil.iter_modules(__path__, f"{__name__}."):
        module = importlib.import_module(place.name)
        for key, value in vars(module).items():
            if inspect.isfunction(value) and value.__module__ == module.__name__ and not key.startswith("_"):
                name = key.replace("_", "-")
                if name in systems:
                    raise ValueError(f"two systems are called {name}: in {systems[name].__module__} and {place.name}")
                systems[name] = value
    return systems


SYSTEMS = found()


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
        name: setting_of(system, name, hints.get(name), argument.default)
        for name, argument in inspect.signature(SYSTEMS[system]).parameters.items()
        if argument.default is not argument.empty
    }


def setting_of(system: str, name: str, hint: Any, default: Any) -> Setting:
    """What an argument with a default says of itself. TypeError where it does not say what kind it is and means."""
    said = getattr(hint, "__metadata__", ())
    if not said or not isinstance(said[0], str) or hint.__origin__ not in (int, float, str):
        raise TypeError(
            f"setting {name} of system {system}: expected Annotated[int, float or str, what it means, and if you like "
            f"its least value], got {'no annotation' if hint is None else hint}"
        )
    return Setting(hint.__origin__, default, *said[:2])


def arguments(system: str, settings: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """What the system gives to `train`, with these settings and the facts of the run that it asks for."""
    settings_of(system)
    wanted = inspect.signature(SYSTEMS[system]).parameters
    return SYSTEMS[system](**{name: facts[name] for name in wanted if name in facts}, **settings)
