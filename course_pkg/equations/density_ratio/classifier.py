"""What the best classifier of codes and shuffled codes knows: equations of the chapter `density_ratio`."""

from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor

from course_pkg.derivation.chain import GRIDS, TABLES, Definition, Derivation, Step, Worlds, Wrong
from course_pkg.worlds import Symbols, TabularWorld, entropy, expect, kl
from course_pkg.worlds.kinds import gaussian_grid, numbers
from course_pkg.worlds.tabular import product

PRODUCT = Definition(
    label="density_ratio-product",
    latex=r"\bar{q}(z) := \prod_{j=1}^{d} q(z_j)",
    symbol=r"\bar{q}(z)",
    meaning="product of the marginals: the codes, had their latents nothing to do with each other",
)
LOG_RATIO = Definition(
    label="density_ratio-log-ratio",
    latex=r"T^*(z) := \log \frac{q(z)}{\bar{q}(z)}",
    symbol=r"T^*(z)",
    meaning="log ratio: how much likelier a code is than its shuffled kind; T is an estimate of it",
)
LOGITS = Worlds("logits", numbers((-4, 4)), 5, symbols=lambda w: Symbols(arrays={"T(z)": ("", w[0])}))

DISCRIMINATOR = Definition(
    label="density_ratio-discriminator",
    latex=r"D(z) := \frac{1}{1 + e^{-T(z)}}",
    symbol="D(z)",
    meaning="discriminator: the probability, by a logit T, that a code is no shuffled one",
    source="Goodfellow et al. (2014)",
    judge=lambda w: torch.sigmoid(w[0]),
    worlds=LOGITS,
)


def both(w: TabularWorld) -> tuple[Tensor, Tensor]:
    """log q and log q-bar."""
    log_q = w.log_aggregate_posterior()
    return log_q, product(w.log_marginals(log_q))


def log_ratio(w: TabularWorld) -> Tensor:
    log_q, log_bar = both(w)
    return log_q - log_bar


# The classifier ---------------------------------------------------------------------------------

Decks = tuple[TabularWorld, Tensor]


def counts(seed: int) -> Tensor:
    """How many codes of both kinds: n_1, n_0."""
    return torch.randint(1, 100, (2,), generator=torch.Generator().manual_seed(seed)).double()


def decks(w: Decks) -> Symbols:
    return replace(w[0].symbols(), numbers={"n_1": w[1][0], "n_0": w[1][1]})


DECKS = (
    Worlds("tables, two decks", lambda s: (TabularWorld.random(s), counts(s)), 20, symbols=decks),
    Worlds("Gaussians on a grid, two decks", lambda s: (gaussian_grid(s), counts(s)), 3),
)


def least(log_a: Tensor, log_b: Tensor) -> Tensor:
    """The T that minimises a log(1 + e^-T) + b log(1 + e^T), code by code: where the slope changes its sign."""
    low, high = torch.full_like(log_a, -2000.0), torch.full_like(log_a, 2000.0)
    for _ in range(70):
        middle = (low + high) / 2
        falls = log_a + F.logsigmoid(-middle) > log_b + F.logsigmoid(middle)
        low, high = torch.where(falls, middle, low), torch.where(falls, high, middle)
    return (low + high) / 2


def minimiser(world: Decks) -> Tensor:
    w, n = world
    log_q, log_bar = both(w)
    return least(n[0].log() + log_q, n[1].log() + log_bar)


def odds(world: Decks) -> Tensor:
    """By Bayes' rule: how many of the codes at z come from which deck."""
    w, n = world
    log_q, log_bar = both(w)
    return (n[0].log() + log_q) - (n[1].log() + log_bar)


def ratio_and_offset(world: Decks) -> Tensor:
    w, n = world
    return log_ratio(w) + (n[0] / n[1]).log()


CLASSIFIER = Derivation(
    label="density_ratio-classifier",
    steps=(
        Step(
            r"\operatorname*{arg\,min}_{T(z)} \left\{ n_1 \mathbb{E}_{q(z)}\left[\log (1 + e^{-T(z)})\right]"
            r" + n_0 \mathbb{E}_{\bar{q}(z)}\left[\log (1 + e^{T(z)})\right] \right\}",
            minimiser,
            "cross-entropy of n_1 codes and n_0 shuffled ones, minimised at each z by bisection",
        ),
        Step(
            r"\log \frac{n_1\, q(z)}{n_0\, \bar{q}(z)}",
            odds,
            "the slope is zero where the logit is the log odds of the two decks at z",
            wrong=(
                Wrong(
                    "the best answer is the probability itself",
                    r"\frac{n_1\, q(z)}{n_1\, q(z) + n_0\, \bar{q}(z)}",
                    lambda world: odds(world).sigmoid(),
                ),
            ),
        ),
        Step(
            r"T^*(z) + \log \frac{n_1}{n_0}",
            ratio_and_offset,
            "the logarithm of a product",
            wrong=(
                Wrong("how many codes of each kind does not matter", "T^*(z)", lambda world: log_ratio(world[0])),
                Wrong(
                    "more codes of one kind make it less surprising",
                    r"T^*(z) - \log \frac{n_1}{n_0}",
                    lambda world: 2 * log_ratio(world[0]) - ratio_and_offset(world),
                ),
            ),
        ),
    ),
    source="Goodfellow et al. (2014), proposition 1",
    worlds=DECKS,
    follows=("density_ratio-product", "density_ratio-log-ratio"),
)

# What it reads ------------------------------------------------------------------------------------


def mean_ratio(w: TabularWorld) -> Tensor:
    return expect(w.log_aggregate_posterior(), log_ratio(w))


def entropies(w: TabularWorld) -> Tensor:
    log_q = w.log_aggregate_posterior()
    return torch.stack([entropy(m) for m in w.log_marginals(log_q)]).sum() - entropy(log_q)


READING = Derivation(
    label="density_ratio-reading",
    steps=(
        Step(r"\mathbb{E}_{q(z)}\left[T^*(z)\right]", mean_ratio, "the best logit, averaged over codes"),
        Step(
            r"\sum_{j=1}^{d} H(z_j) - H(z)",
            entropies,
            "the logarithm of a product; latent j's share needs its own marginal only",
            wrong=(
                Wrong(
                    "the whole holds more than its parts",
                    r"H(z) - \sum_{j=1}^{d} H(z_j)",
                    lambda w: -entropies(w),
                ),
            ),
        ),
        Step(
            r"\mathrm{TC}(z)",
            lambda w: kl(*both(w)),
            "definition",
            also={"its own method": TabularWorld.total_correlation},
            wrong=(
                Wrong(
                    "a divergence may be averaged over either of its two",
                    r"D_{\mathrm{KL}}\left(\bar{q}(z) \,\|\, q(z)\right)",
                    lambda w: kl(*reversed(both(w))),
                ),
                Wrong(
                    "a classifier of two decks gives half of it",
                    r"\frac{1}{2} \mathrm{TC}(z)",
                    lambda w: kl(*both(w)) / 2,
                ),
            ),
        ),
    ),
    source="Kim and Mnih (2018), eq. 3",
    worlds=(TABLES, GRIDS),
    follows=(
        "density_ratio-log-ratio",
        "notation-total-correlation",
        "notation-entropy",
        "notation-expectation",
    ),
)
