"""The bound from one sample, and from more: equations of the chapter `elbo`."""

import math

import torch
from torch import Tensor

from course_pkg.derivation.agreement import Estimate
from course_pkg.derivation.chain import TABLES, Definition, Derivation, Step, Worlds
from course_pkg.equations.elbo.bounds import exact_table, likelihood_minus_kl, log_of_integral
from course_pkg.worlds import TabularWorld, expect

# One sample ------------------------------------------------------------------------------------

Sampled = tuple[TabularWorld, torch.Generator]
SAMPLED = Worlds(
    "tables, 20 000 samples",
    lambda s: (TabularWorld.random(s), torch.Generator().manual_seed(s)),
    count=5,
    symbols=lambda world: world[0].symbols(),
)


def single_sample(world: Sampled) -> Estimate:
    w, g = world
    z = torch.multinomial(w.log_q_z_given_x.exp(), 20_000, replacement=True, generator=g)
    pick = lambda log_p: log_p.expand_as(w.log_q_z_given_x).gather(1, z)
    return Estimate.of((pick(w.log_p_x_given_z) - (pick(w.log_q_z_given_x) - pick(w.log_p_z))).T)


SINGLE_SAMPLE = Derivation(
    label="elbo-single-sample",
    steps=(
        Step(
            r"\mathbb{E}_{z \sim q_\phi(z \mid x)}\left[\log p_\theta(x \mid z)"
            r" - \left(\log q_\phi(z \mid x) - \log p(z)\right)\right]",
            single_sample,
            "what a training step evaluates, at one z",
        ),
        Step(r"\mathcal{L}(x)", lambda world: likelihood_minus_kl(world[0]), "unbiased: its mean is the ELBO"),
    ),
    source="Kingma and Welling (2014), eq. 6",
    worlds=(SAMPLED,),
    follows=(
        "elbo-elbo",
        "notation-expectation",
    ),
)

# More samples ----------------------------------------------------------------------------------

IWAE = Definition(
    label="elbo-importance-weighted",
    latex=r"\mathcal{L}_K(x) := \mathbb{E}_{z_1, \ldots, z_K \sim q_\phi(z \mid x)}"
    r"\left[\log \frac{1}{K} \sum_{k=1}^{K} \frac{p_\theta(x \mid z_k)\, p(z_k)}{q_\phi(z_k \mid x)}\right]",
    symbol=r"\mathcal{L}_K(x)",
    meaning="importance-weighted bound with K samples",
    code="elbo.importance_weighted",
    source="Burda et al. (2016), eq. 8",
)


def bound_with(samples: int, w: TabularWorld) -> Tensor:
    """L_K by enumerating all tuples of latents: no sampling."""
    log_w = w.log_p_x_given_z + w.log_p_z - w.log_q_z_given_x
    log_prob, log_sum = w.log_q_z_given_x, log_w
    for _ in range(samples - 1):
        log_prob = (log_prob[:, :, None] + w.log_q_z_given_x[:, None]).flatten(1)
        log_sum = torch.logaddexp(log_sum[:, :, None], log_w[:, None]).flatten(1)
    return expect(log_prob, log_sum - math.log(samples))


TIGHTENING = Derivation(
    label="elbo-tightening",
    steps=(
        Step(r"\log p_\theta(x)", log_of_integral, "definition of the evidence"),
        Step(
            r"\mathcal{L}_3(x)",
            lambda w: bound_with(3, w),
            "Jensen: the mean of the weights is unbiased for the evidence, its logarithm is not",
            relation=r"\ge",
            tight=exact_table,
        ),
        Step(
            r"\mathcal{L}_2(x)",
            lambda w: bound_with(2, w),
            "Jensen again: a mean of three is the mean over its pairs",
            relation=r"\ge",
            tight=exact_table,
        ),
        Step(
            r"\mathcal{L}_1(x)",
            lambda w: bound_with(1, w),
            "and so down to one sample",
            relation=r"\ge",
            tight=exact_table,
        ),
        Step(r"\mathcal{L}(x)", likelihood_minus_kl, "one weight: the ELBO"),
    ),
    source="Burda et al. (2016), theorem 1",
    worlds=(TABLES,),
    follows=("elbo-importance-weighted", "elbo-jensen", "elbo-elbo", "elbo-evidence"),
)
