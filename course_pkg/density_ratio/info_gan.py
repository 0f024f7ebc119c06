"""InfoGAN: the terms of a generator and of a critic who guesses the code, and the bound that the guess is.

Chen et al. (2016), "InfoGAN: Interpretable Representation Learning by Information Maximizing Generative Adversarial
Nets", section 5; Barber and Agakov (2003) for the bound. In nats.
"""

from collections.abc import Callable
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from course_pkg.models.posteriors import Posterior


class Maker(Protocol):
    """What the terms ask of a generator: `models.adversarial.Generator` is one."""

    def draw(self, n: int, generator: torch.Generator | None) -> Tensor: ...

    def as_input(self, codes: Tensor) -> Tensor: ...

    def __call__(self, code: Tensor, generator: torch.Generator | None) -> Tensor: ...


Guess = Callable[[Tensor], tuple[Tensor, Posterior]]


def told_apart(real: Tensor, made: Tensor) -> Tensor:
    """What the critic pays for an image and one that was made: the sum of its two surprises. (B,), (B,) -> (B,).

    Goodfellow et al. (2014), eq. 1, its sign changed. Least where the logit is the log of the ratio of the two
    densities; then its mean is 2 log 2 less twice their Jensen-Shannon divergence.
    """
    if real.ndim != 1 or real.shape != made.shape:
        raise ValueError(f"expected logits (B,) and (B,), got {tuple(real.shape)} and {tuple(made.shape)}")
    return F.softplus(-real) + F.softplus(made)


def info_gan(model: Maker, x: Tensor, generator: torch.Generator | None, critic: Guess) -> dict[str, Tensor]:
    """fooling (B,), told_apart (B,), surprise (B, d): -log q(c|x) of the code of an image that was made.

    The entropy of the code less the mean surprise is a lower bound of I(c; x), exact where q is the posterior (Chen et
    al., eq. 4 and 5): a nat of surprise saved is a nat of information gained, for whoever pays for it. The generator
    pays `fooling`, -log D(G(c, noise)), whose slope does not vanish where the critic is right (Goodfellow et al.
    (2014), section 3). One look of the critic at what was made serves both: the loop keeps each player's slopes to
    its own weights.
    """
    codes = model.draw(len(x), generator)
    made, q = critic(model(model.as_input(codes), generator).sigmoid())
    return {
        "fooling": F.softplus(-made),
        "told_apart": told_apart(critic(x)[0], made),
        "surprise": -q.log_prob(codes),
    }
