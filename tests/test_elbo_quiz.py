"""The numbers of course_pkg/show/quiz/elbo.md: each is computed, and then looked for in the text."""

import math

import torch

from course_pkg import elbo
from helpers import gaussian_gradients, said


def test_a_negative_log_var():
    mu, log_var = torch.zeros(1, 1), torch.full((1, 1), -4.0)
    said("elbo", f"variance is exp(−4) = {math.exp(-4):.3f}", f"exp(2) = {math.exp(abs(-4) / 2):.1f}")
    said("elbo", f"exp(−2) = {math.exp(-2):.3f}", f"costs {elbo.gaussian_kl(mu, log_var).item():.2f} nats")
    assert round(1 / math.exp(-2)) == 7 and math.exp(abs(-4) / 2) > 1
    said(
        "elbo",
        "about seven times sharper",
        "mean 0 and `log_var` 0 for every",
        "price of 0 nats",
        "gives `log_var` = −4",
    )
    assert elbo.gaussian_kl(mu, torch.zeros(1, 1)).item() == 0  # the collapsed latent


def test_a_rising_kl():
    said("elbo", "steps 1,000 and 2,000", "rises by 3 nats", "falls by 5", f"risen by {5 - 3} nats", "looser by 3 nats")


def test_two_means():
    g = torch.Generator().manual_seed(0)
    logits = torch.randn(6, 1, 64, 64, generator=g, dtype=torch.float64)
    x = torch.bernoulli(logits.sigmoid(), generator=g)
    mu, log_var = torch.randn(2, 6, 10, generator=g, dtype=torch.float64)
    kl = elbo.gaussian_kl(mu, log_var)
    program = torch.nn.functional.binary_cross_entropy_with_logits(logits, x) + kl.mean()
    beta = (program * 4096 + elbo.bernoulli_log_likelihood(x, logits).mean()) / kl.sum(1).mean()
    said(
        "elbo",
        f"KL counts {beta:.1f} times",
        f"counts 1 / {beta:.1f} times",
        "carries 4,096 / 10",
        "have 64 × 64 black",
    )
    said(
        "elbo",
        "codes have 10 latents",
        f"{64**2:,} for the pixels, 10 for",
        f"the loss by {64**2:,}",
        f"divisor, {64**2:,}",
    )


def test_a_sampled_kl():
    def phi(t):
        return 0.5 * (1 + math.erf(t / math.sqrt(2)))

    # log q(z) - log p(z) = 0.5 z - 0.125 at z ~ N(0.5, 1): normal, with mean 0.125 and deviation 0.5.
    mean, deviation = elbo.gaussian_kl(torch.tensor([[0.5]]), torch.zeros(1, 1)).item(), 0.5
    t = mean / deviation
    clamped = deviation * math.exp(-t * t / 2) / math.sqrt(2 * math.pi) + mean * phi(t)
    said("elbo", f"the KL is {mean:.3f} nats, and {100 * phi(-t):.0f} % of single samples")
    said("elbo", "prints −0.2.", "a code of mean 0.5 and", f"average {clamped:.2f} nats")
    assert clamped > 2 * mean
    z = 0.5 + torch.randn(200_000, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    samples = elbo.gaussian_log_prob(z[:, None], torch.full((1,), 0.5), torch.zeros(1)) - elbo.gaussian_log_prob(
        z[:, None], torch.zeros(1), torch.zeros(1)
    )
    assert abs(samples.clamp_min(0).mean() - clamped) < 0.005 and abs((samples < 0).double().mean() - phi(-t)) < 0.005


def test_a_halved_sigma():
    ratio = gaussian_gradients(0.1, 1.0) / gaussian_gradients(0.2, 0.25)
    assert torch.allclose(ratio, torch.full_like(ratio, 4.0))
    said("elbo", "A quarter of the weight", "error counts four times", "sigma = 0.1 in place of 0.2", "by 2 sigma²")
