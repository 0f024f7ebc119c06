"""Numbers and a discrete code, each held at a capacity of its own."""

import math
from functools import partial
from typing import Annotated, Any

from course_pkg.bottleneck.prices import Capacity, linear
from course_pkg.cascade import joint_vae as terms
from course_pkg.models.mixed import Relaxed


def joint_vae(
    gamma: Annotated[float, "price of a nat away from either capacity", 0] = 150.0,
    continuous: Annotated[float, "capacity of the numbers at the end of the way, in nats", 0] = 40.0,
    discrete: Annotated[float, "capacity of the discrete code there, in nats; at most log K", 0] = 1.1,
    over: Annotated[int, "how many steps the way takes; constant from there on", 1] = 300_000,
    values: Annotated[int, "values of the discrete code", 2] = 3,
    temperature: Annotated[float, "of the relaxed sample of the discrete code", 0] = 0.67,
) -> dict[str, Any]:
    """JointVAE: a Gumbel-softmax code beside the numbers, and two capacities that grow. Dupont (2018), eq. 7.

    The settings are those of the authors' public code for dSprites.
    """
    ends = {"kl": continuous, "kl_discrete": min(discrete, math.log(values))}
    return {
        "net": partial(Relaxed, values=values, temperature=temperature),
        "objective": terms,
        "weights": {name: Capacity(gamma, linear(0.0, end, over)) for name, end in ends.items()},
    }
