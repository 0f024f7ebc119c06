"""A generator against a critic who also guesses the code."""

from functools import partial
from typing import Annotated, Any

import torch

from course_pkg import density_ratio
from course_pkg.data.named import Images
from course_pkg.models.adversarial import Critic, Generator, Paired
from course_pkg.training.players import Player


def info_gan(
    shape: tuple[int, ...],
    net: str | None,
    latents: int,
    seed: int,
    lam: Annotated[float, "price of a nat of surprise at the code, for both players", 0] = 1.0,
    values: Annotated[int, "values of a discrete code beside the numbers; 0 for none", 0] = 0,
    noise: Annotated[int, "numbers of noise beside the code", 0] = 62,
    opponent_lr: Annotated[float, "the critic's learning rate", 0] = 2e-4,
) -> dict[str, Any]:
    """InfoGAN: a generator whose code its critic can guess. Chen et al. (2016), eq. 6.

    There is no encoder: the code of an image is the critic's guess. The numbers of the code are uniform. Without the
    batch normalisation of the authors' public code, whose settings for MNIST these are; how many values the code has is
    the course's own choice.
    """
    critic = Critic(shape, latents, seed, values, net)
    return {
        "net": partial(Generator, values=values, noise=noise),
        "objective": density_ratio.info_gan,
        "weights": {"surprise": lam},
        "betas": (0.5, 0.999),
        "opponents": {"critic": Player(critic, {"told_apart": 1.0, "surprise": lam}, opponent_lr, (0.5, 0.999))},
        "whole": Paired,
        "summary": _known,
    }


@torch.no_grad()
def _known(whole: Paired, source: Images, seed: int, n: int = 4096) -> dict[str, float]:
    """How much an image that was made is known to say of its code, in nats: the bound of Chen et al., eq. 5."""
    device = next(whole.parameters()).device
    generator, surprise = torch.Generator(device).manual_seed(seed), 0.0
    for _ in range(n // 256):
        codes = whole.generator.draw(256, generator)
        x = whole.generator(whole.generator.as_input(codes), generator).sigmoid()
        surprise -= whole.encode(x).log_prob(codes).sum().item() / n
    return {"known": round(whole.generator.entropy() - surprise, 4)}
