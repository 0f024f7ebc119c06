"""The numbers of course_pkg/show/quiz/total_correlation.md: each is computed, and then looked for in the text."""

import math

import pytest
import torch

from course_pkg.elbo import reparameterise
from course_pkg.models.weights import lesson
from course_pkg.total_correlation import split_by, split_kl, total_and_dual
from course_pkg.worlds import TabularWorld, expect
from course_pkg.worlds.tabular import product
from helpers import generator, said

N = 737_280
QUIZ = "total_correlation"


def test_one_image():
    below = 0
    for seed in range(200):
        world = TabularWorld.random(seed)
        q, own = world.log_aggregate_posterior(), world.log_q_z_given_x
        below += (expect(own, (q - product(world.log_marginals(q))).expand_as(own)) < 0).sum().item()
    said(QUIZ, f"below zero for {below} of {4 * 200}.", "codes, is −0.4.")


def test_parity():
    table = torch.zeros(2, 2, 2, dtype=torch.float64)
    for a, b in ((0, 0), (0, 1), (1, 0), (1, 1)):
        table[a, b, a ^ b] = 0.25
    tc, _ = total_and_dual(table.log())
    torch.testing.assert_close(table.sum(0), torch.full((2, 2), 0.25, dtype=torch.float64))
    said(QUIZ, "One bit for three binary latents", f"log 2, or {tc:.2f} nats")
    assert tc.item() == pytest.approx(math.log(2))


def test_the_log_of_the_course():
    _, card = lesson("tc")
    last = {name: sum(card["path"][name][-1]) for name in ("information", "tc")}
    said(QUIZ, f"information {last['information']:.1f}, TC −{-last['tc']:.1f}, and the rate is {card['rate']:.1f}")
    said(
        QUIZ,
        f"batches of {card['batch']} out of {N:,}",
        f"exp(8.6) is about {100 * round(math.exp(8.6) / 100):,}",
    )
    g, sigma = generator(), math.exp(-2)
    readings = []
    for _ in range(200):
        mu = math.sqrt(1 - sigma**2) * torch.randn(64, 3, generator=g, dtype=torch.float64)
        log_var = torch.full_like(mu, 2 * math.log(sigma))
        readings.append(split_kl(reparameterise(mu, log_var, g), mu, log_var, N)["tc"].mean())
    said(QUIZ, f"the same setting reads −{-torch.stack(readings).mean():.1f}.", "latents of 2 nats each")


def test_one_code_above_log_n():
    """Two latents, and a weight that each of them gets: an own image alone reads 2 log N."""
    mu = 50.0 * torch.arange(64, dtype=torch.float64)[:, None].expand(64, 2)
    log_var = torch.zeros_like(mu)
    weights = torch.full((64, 64), -20.0, dtype=torch.float64).fill_diagonal_(-math.log(N))
    right = split_by(mu, mu, log_var, weights)["information"].max()
    assert right.item() == pytest.approx(math.log(N))
    said(
        QUIZ, f"log N, which is {right:.1f}, and", f"code is {2 * math.log(N):.1f} nats", f"N = {N:,} and batches of 64"
    )
    said(QUIZ, f"above log N, {right:.1f} nats. {2 * right:.1f} is two", f"image of {N:,}, which is {right:.1f} nats")


def test_means_and_samples():
    said(QUIZ, "4 nats for means and 0.006 for samples")  # measured on the page, and over all images for the card
