"""Bugs of the rate: its sign, its constant, its distance from a capacity, and what scales it."""

import math

import torch
from torch import Tensor

from course_pkg.bottleneck.prices import Capacity, constant
from course_pkg.bugs.kinds import VALUES, kinds
from course_pkg.bugs.record import Bug, Part, Run, Seen
from course_pkg.bugs.trained import images, net, outcome, trained, vae
from course_pkg.elbo import gaussian_kl, negative_elbo
from course_pkg.models.networks import VAE
from course_pkg.models.posteriors import Categorical


def of_kinds(log_q: Tensor) -> Tensor:
    log_p = math.log(1 / VALUES)
    return (log_q.exp() * (log_q - log_p)).sum(-1)


def of_kinds_negated(log_q: Tensor) -> Tensor:
    log_p = math.log(1 / VALUES)
    return -(log_q.exp() * (log_q - log_p)).sum(-1)


def of_kinds_without_log(log_q: Tensor) -> Tensor:
    log_p = 1 / VALUES
    return (log_q.exp() * (log_q - log_p)).sum(-1)


def some_kinds() -> Tensor:
    return 2 * torch.randn(200, VALUES, generator=torch.Generator().manual_seed(0))


def never_negative(kl: Part) -> Seen:
    """A divergence is 0 where the two agree, and positive elsewhere."""
    logits = torch.cat([torch.zeros(1, VALUES), some_kinds()])
    expected, got = Categorical(logits).kl()[:, 0], kl(logits.log_softmax(-1))
    told = f"from {got.min():.2f} to {got.max():.2f} nats; expected {expected.min():.2f} to {expected.max():.2f}"
    return Seen(bool((got - expected).abs().max() < 1e-5), told)


def slope_of_kinds(kl: Part) -> Seen:
    """The gradient of a discrete code's rate in its logits: all that training asks of it."""
    logits = some_kinds().requires_grad_()
    got = torch.autograd.grad(kl(logits.log_softmax(-1)).sum(), logits)[0]
    expected = torch.autograd.grad(Categorical(logits).kl().sum(), logits)[0]
    worst = (got - expected).abs().max().item()
    return Seen(worst < 1e-5, f"the gradient is off by {worst:.4f} at most")


KL_REWARDED = Bug(
    "KL_REWARDED",
    what="A minus too many before the KL of a discrete code, which is bounded: the loss still has a least value.",
    source="dev4488/VAE_gumble_softmax, issue 1",
    symptom="too good",
    right=of_kinds,
    wrong=of_kinds_negated,
    train=kinds,
    number="loss less -ELBO",
    check=never_negative,
    by=Categorical.kl,
)
LOG_FORGOTTEN = Bug(
    "LOG_FORGOTTEN",
    what="The prior's probability of a value, where its logarithm belongs: the KL is off by a constant.",
    source="dev4488/VAE_gumble_softmax, issue 1, of another repository's code",
    symptom="score",
    right=of_kinds,
    wrong=of_kinds_without_log,
    train=kinds,
    number="loss less -ELBO",
    check=never_negative,
    by=Categorical.kl,
    blind=slope_of_kinds,
)


def of_the_mean(kl: Tensor, capacity: float) -> Tensor:
    return (kl.sum(1).mean() - capacity).abs()


def of_each(kl: Tensor, capacity: float) -> Tensor:
    return (kl.sum(1) - capacity).abs().mean()


def held(distance: Part, gamma: float = 3.0, capacity: float = 4.5) -> tuple[VAE, Run]:
    """A VAE whose rate is held at a capacity."""
    model = net()

    def objective(model: VAE, x: Tensor, generator: torch.Generator) -> dict[str, Tensor]:
        terms = negative_elbo(model, x, generator)
        return {"reconstruction": terms["reconstruction"], "away": distance(terms["kl"], capacity).expand(len(x))}

    history = trained(model, objective, images()[0], weights={"away": gamma})
    return model, outcome(model, history, {"reconstruction": 1.0, "away": gamma})


def average_rate(distance: Part) -> Seen:
    """Images may spend more or less than C, if they spend C on average: it is the mean that is held."""
    kl = torch.tensor([[1.0], [7.0]])
    got, expected = distance(kl, 4.0).item(), Capacity(1.0, constant(4.0))(kl.mean(0), 1).item()
    told = f"rates of 1 and 7 nats are {got:.1f} away from a capacity of 4; expected {expected:.1f}"
    return Seen(got == expected, told)


DISTANCE_OF_EACH = Bug(
    "DISTANCE_OF_EACH",
    what="The average distance from the capacity, for the distance of the average: every image must spend the same.",
    source="clementchadebec/benchmark_VAE (pythae), disentangled_beta_vae_model.py",
    symptom="loose",
    right=of_the_mean,
    wrong=of_each,
    train=held,
    number="spread of the rate",
    check=average_rate,
    by=Capacity,
)


def kl_alone(mu: Tensor, log_var: Tensor, n: int = 1500) -> Tensor:
    return gaussian_kl(mu, log_var)


def kl_by_batch(mu: Tensor, log_var: Tensor, n: int = 1500) -> Tensor:
    return gaussian_kl(mu, log_var) * len(mu) / n


def alone(kl: Part) -> Seen:
    """What an image's rate costs does not depend on the batch that it stands in."""
    mu, log_var = torch.randn(2, 64, 3, generator=torch.Generator().manual_seed(0))
    nats = gaussian_kl(mu[:8], log_var[:8]).sum()
    of_many, of_few = ((found / nats).item() for found in (kl(mu, log_var)[:8].sum(), kl(mu[:8], log_var[:8]).sum()))
    told = f"a nat costs {of_many:.3f} in a batch of 64 and {of_few:.3f} in one of 8; expected the same"
    return Seen(math.isclose(of_many, of_few, rel_tol=1e-5), told)


PRICE_BY_BATCH = Bug(
    "PRICE_BY_BATCH",
    what="The rate is weighed by the batch size over the size of the set: beta is 64 over 1,500, or what they are.",
    source="AntixK/PyTorch-VAE, issues 23 and 40",
    symptom="loose",
    right=kl_alone,
    wrong=kl_by_batch,
    train=lambda part: vae(kl=part),
    number="rate",
    plain=True,
    role="kl",
    check=alone,
    by=gaussian_kl,
)
