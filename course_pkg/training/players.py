"""Who learns and what it costs: nets with their prices, and terms in nats per image summed into a loss.

A *price* says what a term costs: a number, or a function of the term's mean and of the step (a schedule, a capacity,
a multiplier). A *player* is a net with its own prices and optimiser: one in most systems, two with an adversary.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from course_pkg.training.identity import identity, net_identity

# An objective maps (model, batch, generator, *nets of the opponents) to named terms, each (B,) or (B, d): a number an
# image, or a latent. With `batches=2` the batch is a pair of independent ones.
Objective = Callable[..., Mapping[str, Tensor]]
# A price maps a term's mean over the batch, () or (d,), and the step (1, 2, ...) to what it adds to the loss, ().
# One that is a module keeps its state in buffers: the loop moves, saves and logs them.
Price = Callable[[Tensor, int], Tensor]
Weights = Mapping[str, float | Tensor | Price]
# A schedule maps the model and the step (1, 2, ...) to nothing; it says what is open. It may write into a buffer of the
# model, which checkpoints hold, or let weights learn or not (`requires_grad_`), and knows nothing but the step and what
# is in such buffers.
Schedule = Callable[[Any, int], None]


@dataclass
class Player:
    """A net, what it pays for the terms that it names, and its Adam, by default as in Kingma and Ba (2015)."""

    net: nn.Module
    weights: Weights = field(default_factory=dict)
    lr: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.999)

    def settings(self) -> dict[str, Any]:
        """As JSON, the same in every process: a price by its name and its arguments, its state left out."""
        prices = {term: float(price) if isinstance(price, int) else price for term, price in self.weights.items()}
        weights = {term: identity(price, buffers=False) for term, price in prices.items()}
        return {"net": net_identity(self.net), "weights": weights, "lr": self.lr, "betas": list(self.betas)}


def check_terms(terms: Mapping[str, Tensor], players: Mapping[str, Player], batch_size: int) -> None:
    """Raise ValueError unless each term is one number an image (or a latent), and each weight names a term."""
    for name, term in terms.items():
        if term.ndim not in (1, 2) or len(term) != batch_size:
            raise ValueError(
                f"term {name}: expected ({batch_size},) or ({batch_size}, d), one number an image or a latent in nats, "
                f"got {tuple(term.shape)}; do not average over the batch, the loop does"
            )
    idle = [name for name, player in players.items() if name != "model" and not player.weights]
    if idle:
        raise ValueError(f"opponents {idle} pay nothing: name their terms in their weights, of {sorted(terms)}")
    unknown = sorted({name for player in players.values() for name in player.weights} - set(terms))
    if unknown:
        raise ValueError(f"weights for unknown terms {unknown}; the objective's terms are {sorted(terms)}")


def loss_of(means: Mapping[str, Tensor], weights: Weights, step: int) -> Tensor:
    """The sum over the priced terms; a number weighs the sum over latents, never their average."""
    prices = [(weights[name], means[name]) for name in means if name in weights]
    return torch.stack([price(m, step) if callable(price) else (price * m).sum() for price, m in prices]).sum()
