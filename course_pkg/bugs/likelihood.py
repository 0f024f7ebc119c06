"""Bugs of the reconstruction: what a decoder's outputs are taken for, and over what they are summed."""

import math
from itertools import product

import torch
import torch.nn.functional as F
from torch import Tensor

from course_pkg.bugs.record import Bug, Part, Seen
from course_pkg.bugs.trained import images, net, vae
from course_pkg.elbo import bernoulli_log_likelihood, negative_elbo


def bernoulli(x: Tensor, logits: Tensor) -> Tensor:
    loss = F.binary_cross_entropy_with_logits(logits, x, reduction="none")
    return -loss.flatten(1).sum(1)


def bernoulli_of_a_sigmoid(x: Tensor, logits: Tensor) -> Tensor:
    loss = F.binary_cross_entropy_with_logits(logits.sigmoid(), x, reduction="none")
    return -loss.flatten(1).sum(1)


def sure_and_right(log_likelihood: Part) -> Seen:
    """A decoder that is sure of every pixel, and right, has nothing to pay."""
    x = images()[1][:4]
    pays, least = (-f(x, 20 * (2 * x - 1)).mean().item() for f in (log_likelihood, bernoulli_log_likelihood))
    return Seen(abs(pays - least) < 1e-3, f"sure and right, a decoder pays {pays:.1f} nats; expected {abs(least):.1f}")


def all_images(log_likelihood: Part) -> Seen:
    """The probabilities of all images of 2 x 3 pixels add up to one, whatever the logits."""
    every = torch.tensor(list(product([0.0, 1.0], repeat=6))).view(-1, 1, 2, 3)
    logits = torch.randn(1, 1, 2, 3, generator=torch.Generator().manual_seed(0)).expand_as(every)
    total = log_likelihood(every, logits).exp().sum().item()
    return Seen(abs(total - 1) < 1e-5, f"the probabilities of all 64 images add up to {total:.3f}; expected 1")


SIGMOID_TWICE = Bug(
    "SIGMOID_TWICE",
    what="A decoder that ends in a sigmoid, under a loss that has one inside: no pixel is ever surer than .73.",
    source="yudi-mars/daisyRec, pull request 15; Turoad/lanedet, issue 32",
    symptom="stuck",
    right=bernoulli,
    wrong=bernoulli_of_a_sigmoid,
    train=lambda part: vae(log_likelihood=part),
    number="held-out",
    plain=True,
    role="likelihood",
    check=sure_and_right,
    by=bernoulli_log_likelihood,
    blind=all_images,
)


def zero_to_one(grey: Tensor) -> Tensor:
    return grey


def minus_one_to_one(grey: Tensor) -> Tensor:
    return 2 * grey - 1


def possible(prepare: Part) -> Seen:
    """A coin shows 0 or 1; the course's likelihood refuses pixels that are neither, nor between."""
    x = prepare(images()[1][:4])
    try:
        bernoulli_log_likelihood(x, torch.zeros_like(x))
    except ValueError as error:
        return Seen(False, str(error).split(":")[0])
    return Seen(True, f"pixels from {x.min():g} to {x.max():g}")


PIXELS_BELOW_ZERO = Bug(
    "PIXELS_BELOW_ZERO",
    what="Images from -1 to 1, as other losses like them, under a cross-entropy: it has no least value.",
    source="mlpack/mlpack, issue 3601; asked in Lasagne/Recipes, issue 54",
    symptom="too good",
    right=zero_to_one,
    wrong=minus_one_to_one,
    train=lambda part: vae(log_likelihood=bernoulli, data=part(images()[0])),
    number="held-out",
    plain=True,
    check=possible,
    by=bernoulli_log_likelihood,
)


def of_each_image(term: Tensor) -> Tensor:
    return term


def of_the_batch(term: Tensor) -> Tensor:
    return term.sum().expand(len(term))


def of_one_image(reduce: Part) -> Seen:
    """What an image costs does not depend on how many stand beside it: a batch twice over has the same mean."""
    with torch.no_grad():
        once = negative_elbo(net(), images()[1][:8], torch.Generator().manual_seed(0))["reconstruction"]
    ratio = (reduce(torch.cat([once, once])).mean() / reduce(once).mean()).item()
    told = f"the mean of a batch twice over is {ratio:.2f} times that of the batch; expected 1"
    return Seen(math.isclose(ratio, 1, rel_tol=1e-5), told)


BATCH_SUMMED = Bug(
    "BATCH_SUMMED",
    what="The reconstruction is summed over the batch, the rate averaged: a nat of rate is 64 times too cheap.",
    source="Lidonghao1996/MATH-5472-project1, train.py",
    symptom="loose",
    right=of_each_image,
    wrong=of_the_batch,
    train=lambda part: vae(reconstruction=part),
    number="rate",
    plain=True,
    check=of_one_image,
    by=negative_elbo,
)
