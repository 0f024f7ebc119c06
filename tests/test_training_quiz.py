"""The numbers of course_pkg/show/quiz/training.md: each is computed, and then looked for in the text."""

import pytest
import torch

from course_pkg import elbo
from course_pkg.models.networks import mlp
from course_pkg.runs.sweep import tasks
from course_pkg.training import train
from course_pkg.training.players import loss_of
from helpers import said


def test_what_is_logged_and_what_is_paid():
    means = {"reconstruction": torch.tensor(20.0), "kl": torch.tensor([3.0, 1.5, 0.5])}
    paid = loss_of(means, {"reconstruction": 1.0, "kl": 4.0}, 1).item()
    free = loss_of(means, {"reconstruction": 1.0, "kl": 1.0}, 1).item()
    more_latents = means | {"kl": torch.tensor([3.0, 1.5, 0.5, 0.0, 0.0])}
    assert loss_of(more_latents, {"reconstruction": 1.0, "kl": 4.0}, 1).item() == paid
    said(
        "training",
        "reconstruction of 20",
        f"A KL of {means['kl'].sum():.0f} for all latents together, and a loss of {paid:.0f}.",
    )
    said(
        "training",
        f"A KL of 5, and a loss of {free:.0f}. A loss of {free:.0f} is",
        "paid: 20 plus 4 times 5",
        '`weights={"kl": 4.0}`',
    )
    said(
        "training",
        f"A KL of {4 * means['kl'].sum():.0f}, and a loss of {paid:.0f}. That",
        "A KL of 5, and a loss that",
        "add up to 5",
    )


def test_a_fourth_beta():
    asked = lambda *betas: tasks({"beta-vae": {"beta": list(betas)}}, seed=[0, 1], data="digits", latents=4, steps=1)
    first, second = asked(1, 2, 4), asked(1, 2, 4, 8)
    new = [task for task in second if task not in first]
    assert (len(first), len(second), len(new)) == (6, 8, 2)
    said("training", "stopped at step 100 and goes on to step 200")  # a case of the question's own
    said("training", "Six runs: three betas, two seeds", "Eight, since", "Two. One beta, two seeds")


def test_a_term_that_was_averaged_is_refused():
    averaged = lambda model, x, generator: {"kl": elbo.negative_elbo(model, x, generator)["kl"].mean()}
    with pytest.raises(ValueError, match="one number an image or a latent"):
        train(mlp((1, 8, 8), 2), averaged, torch.zeros(64, 1, 8, 8), steps=1, device="cpu", progress=False)
    said("training", "It refuses, and says that it wants one number an image or a latent")
