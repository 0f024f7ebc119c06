"""The total correlation, from a second player."""

from typing import Annotated, Any

from course_pkg import density_ratio
from course_pkg.models.networks import discriminator
from course_pkg.training.players import Player


def factor_vae(
    latents: int,
    seed: int,
    gamma: Annotated[float, "price of a nat of total correlation, besides the rate's", 0] = 10.0,
    opponent_lr: Annotated[float, "the discriminator's learning rate", 0] = 1e-4,
    hidden: Annotated[int, "units in a layer of the discriminator", 1] = 1000,
    layers: Annotated[int, "layers of the discriminator", 1] = 5,
) -> dict[str, Any]:
    """FactorVAE: a discriminator reads the total correlation off a second batch. Kim and Mnih (2018), Algorithm 2.

    The discriminator is theirs; gamma is the course's own choice, the least in the range of Locatello et al. (2019).
    """
    net = discriminator(latents, hidden, layers, seed)
    return {
        "objective": density_ratio.factor_vae,
        "weights": {"tc": gamma},
        "batches": 2,
        "opponents": {"discriminator": Player(net, {"cross_entropy": 1.0}, opponent_lr, (0.5, 0.9))},
    }
