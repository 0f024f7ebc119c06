"""Bugs of the sampled code: noise of a wrong width, of a wrong law, that is none, or that lets no gradient through."""

import math

import torch
from torch import Tensor

from course_pkg.bugs.record import Bug, Part, Run, Seen
from course_pkg.bugs.trained import images, net, outcome, trained, vae
from course_pkg.elbo import bernoulli_log_likelihood, gaussian_kl, gaussian_log_prob, pathwise_gradient, reparameterise
from course_pkg.models.networks import VAE
from course_pkg.worlds import LOG_2PI

Generator = torch.Generator


def normal(mu: Tensor, generator: Generator) -> Tensor:
    return torch.empty_like(mu).normal_(generator=generator)


def uniform(mu: Tensor, generator: Generator) -> Tensor:
    return torch.empty_like(mu).uniform_(generator=generator)


def right_noise(mu: Tensor, log_var: Tensor, generator: Generator) -> Tensor:
    eps = normal(mu, generator)
    return mu + (0.5 * log_var).exp() * eps


def variance_as_width(mu: Tensor, log_var: Tensor, generator: Generator) -> Tensor:
    eps = normal(mu, generator)
    return mu + log_var.exp() * eps


def uniform_noise(mu: Tensor, log_var: Tensor, generator: Generator) -> Tensor:
    eps = uniform(mu, generator)
    return mu + (0.5 * log_var).exp() * eps


def little_noise(mu: Tensor, log_var: Tensor, generator: Generator) -> Tensor:
    eps = 0.01 * normal(mu, generator)
    return mu + (0.5 * log_var).exp() * eps


def noise_forgotten(mu: Tensor, log_var: Tensor, generator: Generator) -> Tensor:
    eps, std = normal(mu, generator), 1.0  # noqa: F841
    return mu + (0.5 * log_var).exp() * std


def without_path(mu: Tensor, log_var: Tensor, generator: Generator) -> Tensor:
    return torch.normal(mu, (0.5 * log_var).exp(), generator=generator)


def draws(sample: Part, n: int = 40_000, log_var: float = -2.0) -> tuple[Tensor, Tensor, Tensor]:
    """Codes of one posterior, N(1, exp(log_var)), and its two numbers: (n, 1) each."""
    mu, wide = torch.ones(n, 1), torch.full((n, 1), log_var)
    return sample(mu, wide, torch.Generator().manual_seed(0)), mu, wide


def entropy(sample: Part) -> Seen:
    """Codes of q have an average log density under q: minus its entropy, in closed form. It knows mean and width."""
    z, mu, log_var = draws(sample)
    values = gaussian_log_prob(z, mu, log_var)
    expected = -0.5 * (1 + LOG_2PI + log_var[0].item())
    error = math.sqrt(0.5 / len(z))  # the density of a Gaussian's own draw varies by 1/2
    told = f"log q of its own codes is {values.mean():.2f} on average; expected {expected:.2f}"
    return Seen(abs(values.mean().item() - expected) < 5 * error, told)


def mean_of_codes(sample: Part) -> Seen:
    """The average code is the mean that the encoder said."""
    z, mu, log_var = draws(sample)
    told = f"the average code is {z.mean():.3f}; expected {mu.mean():.3f}"
    return Seen(abs(z.mean() - mu.mean()).item() < 5 * math.exp(0.5 * log_var[0].item()) / math.sqrt(len(z)), told)


def differ(sample: Part) -> Seen:
    """Codes of one posterior vary about their mean, as much as `log_var` says."""
    z = draws(sample)[0]
    expected = reparameterise(*draws(reparameterise)[1:], torch.Generator().manual_seed(1)).std().item()
    told = f"codes of one image vary by {z.std():.3f}; expected {expected:.3f}"
    return Seen(abs(z.std().item() - expected) < 0.02 * expected, told)


def path(sample: Part) -> Seen:
    """The slope of the average of z^2 in mu is 2 mu, and the sample has to carry it."""
    n = 40_000
    mu, log_var = torch.ones(n, 1, requires_grad=True), torch.full((n, 1), -2.0)
    z = sample(mu, log_var, torch.Generator().manual_seed(0))
    slopes = torch.autograd.grad(z.square().sum(), mu)[0] if z.requires_grad else torch.zeros(n, 1)
    noise = normal(log_var, torch.Generator().manual_seed(1))
    expected = pathwise_gradient(lambda z: z.square().sum(1), mu.detach(), log_var, noise)
    told = f"the gradient that reaches the encoder is {slopes.mean():.2f}; expected {expected.mean():.2f}"
    error = math.sqrt(2 / n) * expected.std().item()  # of the difference of two means
    return Seen(abs(slopes.mean() - expected.mean()).item() < 5 * error, told)


def sampler(name: str, wrong: Part, what: str, source: str, symptom: str, check: Part = entropy, **more: object) -> Bug:
    """A bug whose wrong part is another sample; `more`: what differs from the most frequent answers."""
    given = {"number": "held-out", "by": gaussian_log_prob, **more}
    return Bug(name, what=what, source=source, symptom=symptom, right=right_noise, wrong=wrong,
               train=lambda part: vae(sample=part), plain=True, role="sample", check=check, **given)  # type: ignore[arg-type]  # fmt: skip


VARIANCE_AS_WIDTH = sampler(
    "VARIANCE_AS_WIDTH", variance_as_width,
    "The sample takes the variance for the standard deviation, the rate does not.",
    "rachtsingh/ibp_vae, issue 3; asked in zfjsail/gae-pytorch, issue 8", "too good", blind=mean_of_codes,
)  # fmt: skip
UNIFORM_NOISE = sampler(
    "UNIFORM_NOISE", uniform_noise,
    "`rand` for `randn`: noise from 0 to 1, a third of the width and off its mean.",
    "dferendo/RecommendationSystem, issue 3", "too good",
)  # fmt: skip
LITTLE_NOISE = sampler(
    "LITTLE_NOISE", little_noise,
    "The noise has a hundredth of the width that the rate is paid for.",
    "keras-team/keras, pull request 4211", "too good", blind=mean_of_codes,
)  # fmt: skip
NOISE_FORGOTTEN = sampler(
    "NOISE_FORGOTTEN", noise_forgotten,
    "Noise is drawn, and its standard deviation is used in its place: every code is the mean and a width.",
    "twairball/keras_lstm_vae, issue 1", "too good", differ, by=reparameterise, blind=entropy,
)  # fmt: skip
NO_PATH = sampler(
    "NO_PATH", without_path,
    "A sample that is drawn, not computed: no gradient of the reconstruction reaches the encoder.",
    "Unity-Technologies/ml-agents, pull request 5546", "stuck", path, by=pathwise_gradient, number="information",
    blind=entropy,
)  # fmt: skip


def look_and_return(model: VAE) -> None:
    model.eval()
    model.decode(model.encode(images()[1]).mu)
    model.train()


def look(model: VAE) -> None:
    model.eval()
    model.decode(model.encode(images()[1]).mu)


def moody(model: VAE, x: Tensor, generator: Generator) -> dict[str, Tensor]:
    """An objective that samples in training and takes the mean when evaluated, as many public nets do."""
    mu, log_var = model.encode(x)
    z = reparameterise(mu, log_var, generator) if model.training else mu
    return {"reconstruction": -bernoulli_log_likelihood(x, model.decode(z)), "kl": gaussian_kl(mu, log_var)}


def evaluated_once(evaluate: Part) -> tuple[VAE, Run]:
    model = net()
    schedule = lambda model, step: evaluate(model) if step == 100 else None
    return model, outcome(model, trained(model, moody, images()[0], schedule=schedule))


def still_samples(evaluate: Part) -> Seen:
    """After an evaluation the terms of one image still differ from draw to draw."""
    model, g = net(), torch.Generator().manual_seed(0)
    evaluate(model)
    with torch.no_grad():
        terms = torch.stack([moody(model, images()[1][:8], g)["reconstruction"] for _ in range(20)])
    told = f"after an evaluation the reconstruction varies by {terms.std(0).mean():.2f} nats from draw to draw"
    return Seen(bool((terms.std(0) > 0).all()), told)


EVALUATED_EVER_AFTER = Bug(
    "EVALUATED_EVER_AFTER",
    what="After the first evaluation no one says `train()`: from then on the code is the mean, and has no noise.",
    source="asked in tejaslodaya/timeseries-clustering-vae, issue 14; the missing call: tk-rusch/coRNN, issue 1",
    symptom="too good",
    right=look_and_return,
    wrong=look,
    train=evaluated_once,
    number="held-out",
    plain=True,
    check=still_samples,
    by=reparameterise,
)
