"""The short trainings of the gallery: small nets on digits or sprites, a second each, and what is true of them."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn

from course_pkg.bugs.record import Run
from course_pkg.data.digits import binarised, digits
from course_pkg.elbo import Likelihood, bernoulli_log_likelihood, gaussian_kl, reparameterise
from course_pkg.models.networks import VAE, mlp
from course_pkg.total_correlation import exact_split
from course_pkg.training import History, train
from course_pkg.training.players import Weights

STEPS, LATENTS, HIDDEN = 600, 6, 96
ACTIVE = 0.05  # nats: a latent below says next to nothing


@cache
def images() -> tuple[Tensor, Tensor]:
    """1,500 black-and-white digits to train on and 297 to ask."""
    all_of_them = binarised(digits().images)
    return all_of_them[:1500], all_of_them[1500:]


def net(latents: int = LATENTS) -> VAE:
    return mlp((1, 8, 8), latents, HIDDEN)


def trained(model: nn.Module, objective: Callable[..., dict[str, Tensor]], data: Any, **settings: Any) -> History:
    """The course's own loop, as all of the gallery calls it."""
    settings = {"steps": STEPS, "lr": 2e-3, "device": "cpu", "log_every": 20, "progress": False, **settings}
    return train(model, objective, data, **settings)


def curve(history: History, prices: Mapping[str, float]) -> list[float]:
    """The loss as the program logs it: its terms at their prices."""
    parts = [price * history[name].flatten(1).sum(1) if history[name].ndim > 1 else price * history[name]
             for name, price in prices.items()]  # fmt: skip
    return torch.stack(parts).sum(0).tolist()


@torch.no_grad()
def truth(model: VAE, samples: int = 10) -> dict[str, float]:
    """What the course measures of a net, whatever it was trained with."""
    seen, new = images()
    g = torch.Generator().manual_seed(0)
    mu, log_var = model.encode(new)
    kl = gaussian_kl(mu, log_var)
    draws = [-bernoulli_log_likelihood(new, model.decode(reparameterise(mu, log_var, g))) for _ in range(samples)]
    whole = model.encode(seen)
    split = exact_split(whole.mu.double(), whole.log_var.double(), 400, g)
    return {
        "held-out": (torch.stack(draws).mean() + kl.sum(1).mean()).item(),
        "rate": kl.sum(1).mean().item(),
        "spread of the rate": kl.sum(1).std().item(),
        "active": float((kl.mean(0) > ACTIVE).sum()),
        "information": split.information.item(),
        "tc": split.tc.item(),
        "deviation of the codes": (mu.square().mean(0) + log_var.exp().mean(0)).mean().sqrt().item(),
    }


def outcome(
    model: VAE, history: History, prices: Mapping[str, float] | None = None, more: Mapping[str, float] | None = None
) -> Run:
    """What a run logged, at its prices (1 where none is given), and what is true of the net."""
    loss = curve(history, prices or dict.fromkeys(history.terms, 1.0))
    return Run(history.steps, loss, {**truth(model), **(more or {})})


def vae(
    sample: Callable[..., Tensor] = reparameterise,
    log_likelihood: Likelihood = bernoulli_log_likelihood,
    kl: Callable[[Tensor, Tensor], Tensor] = gaussian_kl,
    data: Any = None,
    reconstruction: Callable[[Tensor], Tensor] = lambda term: term,
    weights: Weights | None = None,
    latents: int = LATENTS,
) -> tuple[VAE, Run]:
    """A VAE on digits, one part of it replaced."""
    model = net(latents)

    def objective(model: VAE, x: Tensor, generator: torch.Generator) -> dict[str, Tensor]:
        mu, log_var = model.encode(x)
        logits = model.decode(sample(mu, log_var, generator))
        return {"reconstruction": reconstruction(-log_likelihood(x, logits)), "kl": kl(mu, log_var)}

    history = trained(model, objective, images()[0] if data is None else data, weights=weights)
    return model, outcome(model, history)


@cache
def plain() -> tuple[VAE, Run]:
    """The VAE with nothing replaced: the right lines of many bugs."""
    return vae()
