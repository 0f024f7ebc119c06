"""An encoder that is told the factors, and sends each through noisy channels. After Burgess et al. (2018)."""

import torch
from torch import Tensor, nn

from course_pkg.models.networks import seeded
from course_pkg.models.posteriors import Gaussian

# The factor that each channel carries: three for the shape (a one-hot code), two for the orientation (on a circle).
CHANNELS = ("shape",) * 3 + ("scale",) + ("orientation",) * 2 + ("posX", "posY")


class FactorChannels(nn.Module):
    """A Gaussian channel for each feature, whose rates add up to a capacity, and a decoder that draws the sprite.

    A channel of rate r sends sqrt(1 - e^(-2r)) feature + e^(-r) noise: signal and noise add up to the prior's variance
    of one, so r nats are its KL and its Gaussian capacity too. What is learnt is how the capacity is shared out.
    A row of the input holds the 8 features, then the pixels: encode reads the former, the objective the latter.
    decoder: another one, which makes the logits of side * side pixels (B, side * side) of 8 numbers.
    ValueError for images in place of such rows.
    """

    def __init__(self, side: int, hidden: int = 200, seed: int = 0, decoder: nn.Module | None = None):
        super().__init__()
        self.shape, self.latents, self.capacity = (1, side, side), len(CHANNELS), 0.0
        # Adam moves every weight by about its learning rate: ten times that for the shares, which the decoder follows.
        self.shares = nn.Parameter(torch.zeros(len(CHANNELS)))
        if decoder is None:
            with seeded(seed):
                layers = [nn.Linear(len(CHANNELS), hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU()]
                decoder = nn.Sequential(*layers, nn.Linear(hidden, side * side))
        self.decoder = decoder

    def rates(self) -> Tensor:
        """Nats of each channel (8,): shares of the capacity."""
        return self.capacity * (10 * self.shares).softmax(0)

    def encode(self, rows: Tensor) -> Gaussian:
        check_rows(rows)
        log_var = -2 * self.rates()
        mu = (1 - log_var.exp()).clamp_min(1e-12).sqrt() * rows[:, : len(CHANNELS)]
        return Gaussian(mu, log_var.expand_as(mu))

    def decode(self, z: Tensor) -> Tensor:
        return self.decoder(z)


def check_rows(rows: Tensor) -> None:
    """Raise ValueError for images, or other rows without the features."""
    if rows.ndim != 2 or rows.shape[1] < len(CHANNELS):
        raise ValueError(
            "these channels are told the factors and encode no image: expected rows "
            f"(B, {len(CHANNELS)} or more), the features of the factors first, got {tuple(rows.shape)}"
        )
