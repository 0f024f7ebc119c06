"""Which factor gets its nats when: the true factors of a sprite, each sent through noisy channels into a decoder.

No encoder has to discover anything: it has a gain and a noise for each channel and is linear. What is learnt is how
the allowed nats are shared out, and a decoder that draws from them. After Burgess et al. (2018), section 4.2.
"""

import math

import torch
from torch import Tensor, nn

from course_pkg.data import dsprites
from course_pkg.elbo import bernoulli_log_likelihood
from course_pkg.models.channels import CHANNELS, FactorChannels
from course_pkg.training.loop import train

FACTORS = ("posX", "posY", "scale", "shape", "orientation")


def features(settings: Tensor) -> Tensor:
    """Settings of dSprites' factors (n, 5) as what the channels carry (n, 8): mean 0, variance 1 over all settings.

    An orientation is a point of a circle. ValueError for another number of factors.
    """
    if settings.ndim != 2 or settings.shape[1] != len(dsprites.NAMES):
        raise ValueError(f"expected settings (n, {len(dsprites.NAMES)}), got {tuple(settings.shape)}")
    shape, scale, orientation, x, y = settings.T
    one_hot = (torch.nn.functional.one_hot(shape, 3) - 1 / 3) * math.sqrt(9 / 2)
    angle = orientation * (2 * math.pi / 39)
    even = lambda s, n: (s - (n - 1) / 2) / math.sqrt((n * n - 1) / 12)
    circle = [math.sqrt(2) * angle.cos(), math.sqrt(2) * angle.sin()]
    columns = [*one_hot.T, even(scale, 6), *circle, even(x, 32), even(y, 32)]
    return torch.stack([column.float() for column in columns], 1)


def sprites(n: int, side: int, seed: int) -> tuple[Tensor, Tensor]:
    """n random sprites, black and white, of side x side pixels: images (n, 1, side, side) and settings (n, 5).

    ValueError for a side that does not divide 64.
    """
    if side < 1 or 64 % side:
        raise ValueError(f"expected a side that divides 64, got {side}")
    indices = torch.randint(dsprites.TOTAL, (n,), generator=torch.Generator().manual_seed(seed))
    whole = dsprites.images(indices)[:, None].float()
    return (nn.functional.avg_pool2d(whole, 64 // side) >= 0.5).float(), dsprites.factors(indices)


def objective(model: FactorChannels, rows: Tensor, generator: torch.Generator | None = None) -> dict[str, Tensor]:
    """Reconstruction (B,), in nats an image; the rate is what it is."""
    logits = model.decode(model.encode(rows).sample(generator))
    return {"reconstruction": -bernoulli_log_likelihood(rows[:, len(CHANNELS) :], logits)}


def by_factor(kl: Tensor) -> Tensor:
    """KL of each channel (..., 8) as nats of each factor (..., 5), in the order of FACTORS."""
    return torch.stack([kl[..., [c == factor for c in CHANNELS]].sum(-1) for factor in FACTORS], -1)


def path(
    model: FactorChannels, rows: Tensor, capacities: Tensor, steps: int, batch_size: int = 64, seed: int = 0
) -> tuple[Tensor, Tensor]:
    """Train the model while its capacity grows, `steps` steps at each: (n,) nats.

    Returns the nats of each factor at the end of each capacity (n, 5), and the mean reconstruction there (n,), of every
    fifth step. The k-th capacity draws its batches from seed + k.
    """
    shared, errors = [], []
    for k, capacity in enumerate(capacities.tolist()):
        model.capacity = capacity
        history = train(
            model, objective, rows, steps=steps, batch_size=batch_size, seed=seed + k, log_every=5,
            device="cpu", progress=False,
        )  # fmt: skip
        shared.append(by_factor(model.rates().detach()))
        errors.append(history["reconstruction"].mean())
    return torch.stack(shared), torch.stack(errors)
