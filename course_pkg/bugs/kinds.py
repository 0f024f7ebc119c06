"""The net and the short training of bugs in a discrete code: three latents of ten values, relaxed in training."""

import torch
from torch import Tensor, nn

from course_pkg.bugs.record import Part, Run
from course_pkg.bugs.trained import HIDDEN, curve, images, trained
from course_pkg.elbo import bernoulli_log_likelihood
from course_pkg.models.networks import mlp_halves
from course_pkg.models.posteriors import Categorical

CODES, VALUES, TEMPERATURE = 3, 10, 0.67


class Kinds(nn.Module):
    """encode: (B, 1, 8, 8) -> log q of each latent's values (B, 3, 10); decode: (B, 3, 10) -> logits."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.decoder = mlp_halves((1, 8, 8), CODES * VALUES, CODES * VALUES, HIDDEN)

    def encode(self, x: Tensor) -> Tensor:
        return self.encoder(x).unflatten(1, (CODES, VALUES)).log_softmax(-1)

    def decode(self, z: Tensor) -> Tensor:
        return self.decoder(z.flatten(1)).unflatten(1, (1, 8, 8))


def drawn(log_q: Tensor, temperature: float | None, generator: torch.Generator) -> Tensor:
    return Categorical(log_q.flatten(0, 1), temperature).sample(generator).view_as(log_q)


def kinds(kl: Part) -> tuple[Kinds, Run]:
    """A VAE of discrete codes with this KL of log q (B, 3, 10) -> (B, 3)."""
    model = Kinds()

    def objective(model: Kinds, x: Tensor, generator: torch.Generator) -> dict[str, Tensor]:
        log_q = model.encode(x)
        logits = model.decode(drawn(log_q, TEMPERATURE, generator))
        return {"reconstruction": -bernoulli_log_likelihood(x, logits), "kl": kl(log_q)}

    history = trained(model, objective, images()[0])
    loss = curve(history, {"reconstruction": 1.0, "kl": 1.0})
    with torch.no_grad():
        new, g = images()[1], torch.Generator().manual_seed(0)
        log_q = model.encode(new)
        draws = [bernoulli_log_likelihood(new, model.decode(drawn(log_q, None, g))) for _ in range(20)]
        rate = Categorical(log_q.flatten(0, 1)).kl().sum() / len(new)
        truth = {"held-out": (rate - torch.stack(draws).mean()).item(), "rate": rate.item()}
        truth["loss less -ELBO"] = (kl(log_q).sum(1).mean() - rate).item()
    return model, Run(history.steps, loss, truth)
