"""The codes of a batch, all together, at a price; one code by itself may be free."""

import math
from functools import partial
from typing import Annotated, Any

from course_pkg import mmd


def mmd_vae(
    latents: int,
    alpha: Annotated[float, "how much of the rate's price is taken off: 1 all of it, 0 nothing"] = 1.0,
    lam: Annotated[float, "InfoVAE's lambda; a unit of MMD^2 costs alpha + lambda - 1", 0] = 100.0,
    width: Annotated[float, "the kernel's h, over the square root of the number of latents", 0] = 1.0,
) -> dict[str, Any]:
    """InfoVAE with MMD: the rate at 1 - alpha, MMD^2(q(z), p(z)) at alpha + lambda - 1. Zhao et al. (2017).

    At alpha = 1 the rate is free: MMD-VAE as in the lecture; lam and width are the course's own choice. At alpha = 0
    and lambda = 1 it is the VAE. ValueError where either price would be negative: that rewards codes for leaving the
    prior. A batch's MMD^2 is noisy: where lambda times its deviation (`mmd.null_variance`) exceeds what the codes are
    worth, they drown; with 64 images, at about 1,000.
    """
    rate, divergence = 1 - alpha, alpha + lam - 1
    if min(rate, divergence) < 0:
        raise ValueError(
            f"expected alpha of 1 or less and alpha + lam of 1 or more, got alpha = {alpha:g} and lam = {lam:g}: a nat "
            f"of the rate would cost {rate:g}, a unit of MMD^2 {divergence:g}"
        )
    kernel = mmd.rbf(width * math.sqrt(latents))
    return {"objective": partial(mmd.mmd_vae, kernel=kernel), "weights": {"kl": rate, "mmd": divergence}}
