"""Bugs of what is reported of a net that was trained well."""

import math
from collections.abc import Sequence
from functools import cache

import torch
from torch import Tensor

from course_pkg.bugs.record import Bug, Part, Run, Seen
from course_pkg.bugs.trained import HIDDEN, curve, images, plain, trained, vae
from course_pkg.data.sprites import sprites
from course_pkg.elbo import evidence_on_grid, importance_weighted, negative_elbo
from course_pkg.metrics import kim_mnih_exact, mig
from course_pkg.models.networks import VAE, mlp
from course_pkg.training import History

SAMPLES = 50


def log_mean(log_w: Tensor) -> Tensor:
    return log_w.logsumexp(0) - math.log(len(log_w))


def log_sum(log_w: Tensor) -> Tensor:
    return log_w.logsumexp(0)


@torch.no_grad()
def log_weights_of(model: VAE, x: Tensor, samples: int = SAMPLES) -> Tensor:
    """log p(x, z) / q(z|x) of that many codes of each image, (samples, B)."""
    g = torch.Generator().manual_seed(0)
    return torch.stack([importance_weighted(model, x, 1, g) for _ in range(samples)])  # of one code: its weight


@cache
def two_latents() -> tuple[VAE, Run]:
    return vae(latents=2)


def bounded(bound: Part) -> tuple[VAE, Run]:
    model, run = two_latents()
    above = (evidence() - bound(log_weights_of(model, images()[1]))).mean().item()
    return model, Run(run.steps, run.loss, {**run.truth, "reported, less -log p(x)": above})


@cache
@torch.no_grad()
def evidence() -> Tensor:
    return evidence_on_grid(two_latents()[0], images()[1], points=81)[0]


def below_the_evidence(bound: Part) -> Seen:
    """A bound on the evidence is below it. With two latents, the evidence is a sum over a grid."""
    above = (bound(log_weights_of(two_latents()[0], images()[1])) - evidence()).mean().item()
    return Seen(above < 0.05, f"the bound lies {above:+.2f} nats above the evidence on average; expected at most 0")


def slope_of_bound(bound: Part) -> Seen:
    """The gradient of the bound in its log weights, by which a net is trained, adds up to one an image."""
    log_w = torch.randn(SAMPLES, 100, generator=torch.Generator().manual_seed(0)).requires_grad_()
    total = torch.autograd.grad(bound(log_w).sum(), log_w)[0].sum(0)
    return Seen(bool((total - 1).abs().max() < 1e-5), f"the gradient adds up to {total.mean():.3f}; expected 1")


LOG_K_FORGOTTEN = Bug(
    "LOG_K_FORGOTTEN",
    what="The importance-weighted bound takes the sum of its weights for their mean: too good by a log of 50.",
    source="YosefLab/scVI-dev, issue 8: a first sketch, mended there",
    symptom="score",
    right=log_mean,
    wrong=log_sum,
    train=bounded,
    number="reported, less -log p(x)",
    role="bound",
    check=below_the_evidence,
    by=evidence_on_grid,
    blind=slope_of_bound,
)


def after_the_loop(losses: Sequence[Tensor]) -> float:
    total = 0.0
    for loss in losses:
        total += loss.mean().item()
    return total / len(losses)


def inside_the_loop(losses: Sequence[Tensor]) -> float:
    total = 0.0
    for loss in losses:
        total += loss.mean().item()
        return total / len(losses)
    return total / len(losses)


@torch.no_grad()
def losses_of(model: VAE) -> list[Tensor]:
    """-ELBO of the test digits, five batches."""
    terms = negative_elbo(model, images()[1], torch.Generator().manual_seed(0))
    return list((terms["reconstruction"] + terms["kl"].sum(1)).split(60))


def reported(mean: Part) -> tuple[VAE, Run]:
    model, run = plain()
    return model, Run(run.steps, run.loss, {**run.truth, "held-out, as reported": mean(losses_of(model))})


def every_batch(mean: Part) -> Seen:
    """A set that is there twice has the same mean loss."""
    losses = losses_of(two_latents()[0])
    once, twice = mean(losses), mean([*losses, *losses])
    told = f"the set twice over is reported at {twice / once:.2f} of its loss; expected 1.00"
    return Seen(math.isclose(once, twice, rel_tol=1e-6), told)


RETURN_INSIDE = Bug(
    "RETURN_INSIDE",
    what="A `return` one step too far to the right: the first batch alone, divided by the number of batches.",
    source="YannDubs/disentangling-vae, issue 70",
    symptom="score",
    right=after_the_loop,
    wrong=inside_the_loop,
    train=reported,
    number="held-out, as reported",
    check=every_batch,
    by=negative_elbo,
)


def by_latent(codes: Tensor) -> Tensor:
    return codes.T


def by_latent_viewed(codes: Tensor) -> Tensor:
    n, d = codes.shape
    return codes.view(d, n)


@cache
def of_sprites() -> tuple[VAE, History, Tensor, Tensor]:
    """A VAE on hearts of 16 x 16 pixels, 16 x 8 places, and their two factors."""
    x, y = torch.linspace(0, 1, 16).tolist(), torch.linspace(0.3, 0.7, 8).tolist()
    data = sprites(shape=[3], orientation=[0.0], scale=[1.0], posX=x, posY=y, size=16)
    every = torch.arange(len(data))
    pictures, factors = data.images(every), data.factors(every)
    moving = [k for k in range(factors.shape[1]) if len(factors[:, k].unique()) > 1]
    model = mlp((1, 16, 16), 3, HIDDEN)
    history = trained(model, negative_elbo, pictures)
    return model, history, model.represent(pictures).columns.contiguous(), factors[:, moving]


def scored(transpose: Part) -> tuple[VAE, Run]:
    model, history, codes, factors = of_sprites()
    loss = curve(history, {"reconstruction": 1.0, "kl": 1.0})
    return model, Run(history.steps, loss, {"Kim-Mnih score": kim_mnih_exact(transpose(codes).T, factors).value})


def of_the_factors(transpose: Part) -> Seen:
    """Codes that are the factors themselves have the best score that there is: their gap is their entropy."""
    factors = of_sprites()[3]
    score = mig(transpose(factors.double().contiguous()).T, factors, bins=None).value
    return Seen(math.isclose(score, 1, abs_tol=1e-9), f"the factors have a MIG of {score:.2f}; expected 1.00")


VIEW_FOR_TRANSPOSE = Bug(
    "VIEW_FOR_TRANSPOSE",
    what="A `view` to the transposed shape moves no number: the latents are cut from the rows, across images.",
    source="YannDubs/disentangling-vae, issue 64",
    symptom="score",
    right=by_latent,
    wrong=by_latent_viewed,
    train=scored,
    number="Kim-Mnih score",
    check=of_the_factors,
    by=mig,
)
