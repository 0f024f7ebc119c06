"""Bugs of a FactorVAE: which codes its classifier sees, and what it is asked to say."""

import math

import torch
from torch import Tensor

from course_pkg.bugs.record import Bug, Part, Run, Seen
from course_pkg.bugs.trained import images, net, outcome, trained
from course_pkg.density_ratio import cross_entropy, permute_dims
from course_pkg.elbo import bernoulli_log_likelihood, gaussian_kl
from course_pkg.models.networks import VAE, discriminator
from course_pkg.models.posteriors import Gaussian
from course_pkg.total_correlation import gaussian_tc
from course_pkg.training.players import Player

GAMMA = 6.0


def codes_of(q: Gaussian, z: Tensor) -> Tensor:
    return z


def means_of(q: Gaussian, z: Tensor) -> Tensor:
    return q.mu


def factor_vae(judged: Part = codes_of, pays: Part = cross_entropy, gamma: float = GAMMA) -> tuple[VAE, Run]:
    """A FactorVAE: which codes are judged, what the classifier pays for two logits, and what the model pays of one."""
    model, judge = net(), discriminator(6, hidden=64, layers=2)

    def objective(
        model: VAE, batches: tuple[Tensor, Tensor], generator: torch.Generator, judge: torch.nn.Module
    ) -> dict[str, Tensor]:
        x, other = batches
        q = model.encode(x)
        z = q.sample(generator)
        with torch.no_grad():
            q_other = model.encode(other)
            shuffled = permute_dims(judged(q_other, q_other.sample(generator)), generator)
        logit = judge(judged(q, z))
        return {
            "reconstruction": -bernoulli_log_likelihood(x, model.decode(z)),
            "kl": gaussian_kl(*q),
            "tc": logit,
            "cross_entropy": pays(logit, judge(shuffled)),
        }

    player = Player(judge, {"cross_entropy": 1.0}, lr=2e-3, betas=(0.5, 0.9))
    history = trained(model, objective, images()[0], weights={"tc": gamma}, opponents={"judge": player}, batches=2)
    said = history["tc"][-10:].mean().item()
    return model, outcome(model, history, {"reconstruction": 1.0, "kl": 1.0, "tc": gamma}, {"tc in the log": said})


def ties_of_codes(judged: Part) -> Seen:
    """Two latents that share a mean, and noise that drowns it: their codes are hardly tied, their means fully."""
    g = torch.Generator().manual_seed(0)
    mean = torch.randn(20_000, 1, generator=g)
    q = Gaussian(mean.expand(-1, 2) + 0.1 * torch.randn(20_000, 2, generator=g), torch.full((20_000, 2), 2.0))
    read = gaussian_tc(torch.cov(judged(q, q.sample(g)).T)).item()
    variance = 1.01 + math.exp(2.0)
    expected = -0.5 * math.log(1 - 1 / variance**2)
    told = f"what the classifier sees has a total correlation of {read:.2f} nats; the codes have {expected:.2f}"
    return Seen(abs(read - expected) < 0.02, told)


def columns_kept(judged: Part) -> Seen:
    """The shuffled batch holds, latent by latent, what the classifier saw unshuffled."""
    g = torch.Generator().manual_seed(0)
    q = Gaussian(*torch.randn(2, 64, 4, generator=g))
    seen = judged(q, q.sample(g))
    kept = torch.equal(permute_dims(seen, g).sort(0).values, seen.sort(0).values)
    return Seen(kept, "each latent keeps its values" if kept else "a latent has other values")


MEANS_JUDGED = Bug(
    "MEANS_JUDGED",
    what="The classifier sees the means of the posteriors, the decoder their samples.",
    source="YannDubs/disentangling-vae, mended in pull request 17",
    symptom="stuck",
    right=codes_of,
    wrong=means_of,
    train=lambda part: factor_vae(judged=part),
    number="held-out",
    check=ties_of_codes,
    by=gaussian_tc,
    blind=columns_kept,
)


def odds(logit: Tensor, shuffled: Tensor) -> Tensor:
    return cross_entropy(logit, shuffled)


def odds_of_a_softmax(logit: Tensor, shuffled: Tensor) -> Tensor:
    p = lambda t: torch.stack([t / 2, -t / 2], -1).softmax(-1)
    difference = lambda t: p(t)[..., 0] - p(t)[..., 1]
    return cross_entropy(difference(logit), difference(shuffled))


def best_logit(pays: Part) -> Seen:
    """Where codes are twice as likely as shuffled ones, the logit that pays least is the log of two."""
    logit = torch.linspace(-4, 4, 8001)
    cost = (2 * pays(logit, torch.full_like(logit, -50.0)) + pays(torch.full_like(logit, 50.0), logit)) / 3
    best, expected = logit[cost.argmin()].item(), math.log(2)
    return Seen(abs(best - expected) < 2e-3, f"at odds of two the best logit is {best:.2f}; expected {expected:.2f}")


SOFTMAX_TWICE = Bug(
    "SOFTMAX_TWICE",
    what="A classifier that ends in a softmax, under a loss that has one inside: its logit is twice the log odds.",
    source="NaJaeMin92/pytorch-DANN, issue 7; asked in eriklindernoren/PyTorch-GAN, issue 84",
    symptom="score",
    right=odds,
    wrong=odds_of_a_softmax,
    train=lambda part: factor_vae(pays=part, gamma=0.0),
    number="tc in the log",
    role="cross_entropy",
    check=best_logit,
    by=cross_entropy,
)
