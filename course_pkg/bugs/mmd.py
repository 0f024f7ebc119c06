"""Bugs of an MMD that is paid for: its sign, and the width of its kernel."""

import torch
from torch import Tensor

from course_pkg.bugs.record import Bug, Part, Run, Seen
from course_pkg.bugs.trained import LATENTS, images, net, outcome, trained
from course_pkg.elbo import bernoulli_log_likelihood
from course_pkg.mmd import gaussian_mmd2, mmd2, rbf
from course_pkg.models.networks import VAE

WIDTH = LATENTS**0.5  # h^2 = d: two draws of the prior are two of these apart, squared
PRICE = 100.0


MEANT = rbf(WIDTH)


def judged(combine: Part, kernel: Part = MEANT) -> tuple[VAE, Run]:
    """A VAE whose rate has no price, and whose codes, all together, should look like the prior."""
    model = net()

    def objective(model: VAE, x: Tensor, generator: torch.Generator) -> dict[str, Tensor]:
        z = model.encode(x).sample(generator)
        prior = torch.empty_like(z).normal_(generator=generator)
        pixels = -bernoulli_log_likelihood(x, model.decode(z))
        return {"loss": combine(pixels, PRICE * mmd2(kernel, z, prior))}

    history = trained(model, objective, images()[0])
    g = torch.Generator().manual_seed(0)
    with torch.no_grad():
        z = model.encode(images()[0]).sample(g)
        apart = mmd2(MEANT, z, torch.randn(z.shape, generator=g)).item()
    return model, outcome(model, history, more={"MMD² of the codes": apart})


def added(reconstruction: Tensor, mmd: Tensor) -> Tensor:
    return reconstruction + mmd


def taken_off(reconstruction: Tensor, mmd: Tensor) -> Tensor:
    return reconstruction - mmd


def nearer_is_cheaper(combine: Part) -> Seen:
    """Codes that lie like the prior cost less than the same codes, moved away."""
    g = torch.Generator().manual_seed(0)
    z, prior = torch.randn(2, 200, LATENTS, generator=g)
    far, near = (combine(torch.zeros(()), mmd2(rbf(WIDTH), code, prior)).item() for code in (z + 2, z))
    return Seen(far > near, f"codes moved away from the prior cost {far - near:+.2f}; expected more than 0")


MMD_REWARDED = Bug(
    "MMD_REWARDED",
    what="The distance from the prior is taken off the loss. It is bounded, so the loss still has a least value.",
    source="schelotto/Wasserstein-AutoEncoders, mended in pull request 10; clementchadebec/benchmark_VAE, by default",
    symptom="loose",
    right=added,
    wrong=taken_off,
    train=judged,
    number="MMD² of the codes",
    check=nearer_is_cheaper,
    by=mmd2,
)


def squares_summed(x: Tensor, y: Tensor) -> Tensor:
    d = x.shape[-1]
    squares = (x[..., :, None, :] - y[..., None, :, :]).square().sum(-1)
    return (-squares / (2 * d)).exp()


def squares_averaged(x: Tensor, y: Tensor) -> Tensor:
    d = x.shape[-1]
    squares = (x[..., :, None, :] - y[..., None, :, :]).square().mean(-1)
    return (-squares / (2 * d)).exp()


def collapse(kernel: Part) -> Seen:
    """What it costs that all codes are one point: known in closed form for the width that was meant."""
    g = torch.Generator().manual_seed(0)
    point, prior = torch.zeros(1000, LATENTS), torch.randn(1000, LATENTS, generator=g)
    got = mmd2(kernel, point, prior).item()
    zero, eye = torch.zeros(LATENTS), torch.eye(LATENTS)
    expected = gaussian_mmd2(WIDTH, zero, 0 * eye, zero, eye).item()
    return Seen(abs(got - expected) < 0.02, f"codes that are one point are {got:.3f} away; expected {expected:.3f}")


def no_distance(kernel: Part) -> Seen:
    """Two samples of one law are 0 apart on average."""
    g = torch.Generator().manual_seed(0)
    values = torch.stack([mmd2(kernel, *torch.randn(2, 50, LATENTS, generator=g)) for _ in range(200)])
    error = values.std().item() / 200**0.5
    return Seen(abs(values.mean().item()) < 4 * error, f"two samples of one law are {abs(values.mean()):.3f} apart")


DIVIDED_TWICE = Bug(
    "DIVIDED_TWICE",
    what="The kernel averages the squares over the latents, and divides by their number again: it is too wide to see.",
    source="theislab/trVAE, issue 5; Saswatm123/MMD-VAE, issue 1",
    symptom="idle",
    right=squares_summed,
    wrong=squares_averaged,
    train=lambda part: judged(added, part),
    number="held-out",
    role="kernel",
    check=collapse,
    by=gaussian_mmd2,
    blind=no_distance,
)
