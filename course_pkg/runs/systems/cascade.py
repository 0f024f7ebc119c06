"""Latents that open one after the other, by themselves or beside a discrete code that is assigned."""

from functools import partial
from typing import Annotated, Any

from course_pkg import cascade
from course_pkg.elbo import negative_elbo
from course_pkg.models.mixed import Assigned

Low = Annotated[float, "price of a nat in an open latent", 0]
High = Annotated[float, "price of a nat in a latent before its turn", 0]
Every = Annotated[int, "steps from one opening to the next", 1]


def cascade_vae_c(low: Low = 1.0, high: High = 10.0, every: Every = 20_000) -> dict[str, Any]:
    """CascadeVAE-C: the price of one latent after the other falls. Jeong and Song (2019).

    The published rows have low = 1 for ten latents, 0.7 for five; the rest is as in the authors' public code. Their L2
    penalty on the weights is left out.
    """
    return {"objective": negative_elbo, "weights": {"kl": cascade.Graded(low, high, every)}}


def cascade_vae(
    low: Low = 1.0,
    high: High = 10.0,
    every: Every = 20_000,
    before: Annotated[int, "latents that open before the discrete code does", 1] = 4,
    values: Annotated[int, "values of the discrete code", 2] = 3,
    lam: Annotated[float, "price of two images of a batch at one value", 0] = 0.001,
) -> dict[str, Any]:
    """CascadeVAE: after some latents a discrete code opens, assigned for each batch. Jeong and Song (2019), Alg. 1.

    The published rows have six latents at low = 1, four at low = 2; the rest is as in the authors' public code. Their
    optimiser starts anew at each stage and they penalise the squares of the weights; here it goes on, and nothing does.
    """
    return {
        "net": partial(Assigned, values=values),
        "objective": partial(cascade.cascade_vae, lam=lam),
        "weights": {"kl": cascade.Graded(low, high, every, before)},
        "schedule": cascade.CountsFrom(before * every + 1),
    }
