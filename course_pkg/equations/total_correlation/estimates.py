"""What a batch can say: equations of the chapter `total_correlation`. Averages over batches are finite sums."""

import itertools
import math
from dataclasses import dataclass, replace

import scipy.stats
import torch
from torch import Tensor

from course_pkg.derivation.chain import Definition, Derivation, Step, Worlds, Wrong
from course_pkg.total_correlation import expected_split, information_about_batch
from course_pkg.worlds import TabularWorld
from course_pkg.worlds.tabular import product

OWN = r"\log \frac{q_\phi(z \mid x)}{\hat{q}_w(z)}"
IN_BATCH, ABOUT_BATCH = r"I_{1/B}", "I(z; S)"

ESTIMATE = Definition(
    label="total_correlation-estimate",
    latex=r"\hat{q}_w(z) := w\, q_\phi(z \mid x)"
    r" + \frac{1 - w}{B - 1} \sum_{x' \in S,\; x' \neq x} q_\phi(z \mid x')",
    symbol=r"\hat{q}_w(z)",
    meaning="aggregate posterior as a batch S of B images sees it, at a code z of x in S; x itself counts w",
    code="total_correlation.own_weights",
    source="Chen et al. (2018), appendix C, with w = 1/N",
)
READ_INFORMATION = Definition(
    label="total_correlation-read-information",
    latex=r"I_w := \mathbb{E}\left[" + OWN + r"\right]",
    symbol="I_w",
    meaning="information as batches read it: averaged over batches, their images and codes of those",
    code="total_correlation.expected_split",
)
READ_TC = Definition(
    label="total_correlation-read-tc",
    latex=r"\mathrm{TC}_w := \mathbb{E}\left[\log \frac{\hat{q}_w(z)}{\prod_{j=1}^{d} \hat{q}_w(z_j)}\right]",
    symbol=r"\mathrm{TC}_w",
    meaning="total correlation as batches read it, averaged alike",
    code="total_correlation.expected_split",
)


@dataclass(frozen=True)
class Batches:
    """Images that are equally likely, and the size of the batches that are drawn of them."""

    table: TabularWorld
    size: int

    @property
    def n(self) -> int:
        return len(self.table.log_p_x)


def batches(seed: int, latents: tuple[int, ...] = (2, 3), n: int = 6) -> Batches:
    alike = torch.full((n,), -math.log(n), dtype=torch.float64)
    return Batches(replace(TabularWorld.random(seed, latents, n), log_p_x=alike), 2 + seed % (n - 2))


def all_alike(seed: int) -> Batches:
    """All images have one posterior: a batch of any size sees what there is to see."""
    w = batches(seed)
    first = w.table.log_q_z_given_x[:1].expand_as(w.table.log_q_z_given_x)
    return replace(w, table=replace(w.table, log_q_z_given_x=first))


TWO = Worlds("tables, all batches", batches, count=8)
THREE = Worlds("three latents, all batches", lambda s: batches(s, (2, 2, 2), 5), count=8)


def read(w: Batches, own: float) -> dict[str, Tensor]:
    return expected_split(w.table, w.size, own)


# In the mean, the weight 1/N is right -------------------------------------------------------------


def mean_density(w: Batches, own: float) -> Tensor:
    """The estimate at every value of z, averaged over the batches that hold the image (N, K)."""
    q = w.table.log_q_z_given_x.exp()
    rows = []
    for i in range(w.n):
        rest = [k for k in range(w.n) if k != i]
        seen = [q[list(others)].mean(0) for others in itertools.combinations(rest, w.size - 1)]
        rows.append(own * q[i] + (1 - own) * torch.stack(seen).mean(0))
    return torch.stack(rows)


def mean_by_hand(w: Batches) -> Tensor:
    q = w.table.log_q_z_given_x.exp()
    return q / w.n + (w.n - 1) / w.n * (q.sum(0) - q) / (w.n - 1)


UNBIASED = Derivation(
    label="total_correlation-unbiased",
    steps=(
        Step(
            r"\mathbb{E}_S\left[\hat{q}_{1/N}(z)\right]",
            lambda w: mean_density(w, 1 / w.n),
            "over all batches that hold x",
        ),
        Step(
            r"\frac{1}{N}\, q_\phi(z \mid x)"
            r" + \frac{N - 1}{N} \cdot \frac{1}{N - 1} \sum_{x' \neq x} q_\phi(z \mid x')",
            mean_by_hand,
            "every other image is in the batch as often as any",
            wrong=(
                Wrong(
                    "an image of the batch counts like any other of the batch",
                    r"\frac{1}{B}\, q_\phi(z \mid x) + \frac{B - 1}{B} \cdot \frac{1}{N - 1}"
                    r" \sum_{x' \neq x} q_\phi(z \mid x')",
                    lambda w: mean_density(w, 1 / w.size),
                ),
            ),
        ),
        Step(
            r"q_\phi(z)",
            lambda w: w.table.log_aggregate_posterior().exp().expand(w.n, -1),
            "the mean over all images",
            wrong=(
                Wrong(
                    "the own image should not count: the code was drawn from it",
                    r"\frac{1}{N - 1} \sum_{x' \neq x} q_\phi(z \mid x')",
                    lambda w: mean_density(w, 0.0),
                ),
            ),
        ),
    ),
    source="Chen et al. (2018), appendix C",
    worlds=(TWO, THREE),
    follows=("total_correlation-estimate", "notation-aggregate-posterior"),
)

# The batch is a data set of its own -----------------------------------------------------------------


def batch_information(w: Batches) -> Tensor:
    """The mutual information of each batch as a world of its own, averaged: by scipy's entropies."""
    q = w.table.log_q_z_given_x.exp().numpy()
    found = []
    for chosen in itertools.combinations(range(w.n), w.size):
        part = q[list(chosen)]
        found.append(scipy.stats.entropy(part.mean(0)) - scipy.stats.entropy(part, axis=1).mean())
    return torch.tensor(found, dtype=torch.float64).mean()


OWN_SET = Derivation(
    label="total_correlation-own-set",
    steps=(
        Step(
            IN_BATCH,
            lambda w: read(w, 1 / w.size)["information"],
            "the batch for the set",
            also={"each batch as a set, by scipy": batch_information},
        ),
        Step(
            r"I(x; z) - " + ABOUT_BATCH,
            lambda w: w.table.mutual_information() - information_about_batch(w.table, w.size)["joint"],
            "chain rule: the code says which batch, then which of its images; the batch says nothing beyond the image",
            wrong=(
                Wrong("right on average over batches", "I(x; z)", lambda w: w.table.mutual_information()),
                Wrong(
                    "the batch adds what it says",
                    r"I(x; z) + " + ABOUT_BATCH,
                    lambda w: w.table.mutual_information() + information_about_batch(w.table, w.size)["joint"],
                ),
            ),
        ),
    ),
    worlds=(TWO, THREE),
    follows=("total_correlation-read-information", "notation-mutual-information"),
)


def batch_tc(w: Batches) -> Tensor:
    """The total correlation of each batch as a world of its own, averaged."""
    found = []
    for chosen in itertools.combinations(range(w.n), w.size):
        here = w.table.log_q_z_given_x[list(chosen)].exp().mean(0)
        singles = product(w.table.log_marginals(here.log())).exp()
        found.append(scipy.stats.entropy(here.numpy(), singles.numpy()))
    return torch.tensor(found, dtype=torch.float64).mean()


def own_set_tc(w: Batches, sign: float = 1.0) -> Tensor:
    about = information_about_batch(w.table, w.size)
    return w.table.total_correlation() + sign * (about["joint"] - about["single"].sum())


OWN_SET_TC = Derivation(
    label="total_correlation-own-set-tc",
    steps=(
        Step(
            r"\mathrm{TC}_{1/B}",
            lambda w: read(w, 1 / w.size)["tc"],
            "the batch for the set",
            also={"each batch as a set, by scipy": batch_tc},
        ),
        Step(
            r"\mathrm{TC}(z) + I(z; S) - \sum_{j=1}^{d} I(z_j; S)",
            own_set_tc,
            "entropies within a batch, on average: what the batch says comes off the code's and off each latent's",
            wrong=(
                Wrong(
                    "a batch sees less, so less of the total correlation",
                    r"\mathrm{TC}(z) - I(z; S)",
                    lambda w: w.table.total_correlation() - information_about_batch(w.table, w.size)["joint"],
                ),
                Wrong(
                    "what the batch says comes off the whole code, and is added for each latent",
                    r"\mathrm{TC}(z) - I(z; S) + \sum_{j=1}^{d} I(z_j; S)",
                    lambda w: own_set_tc(w, -1.0),
                ),
            ),
        ),
    ),
    worlds=(TWO, THREE),
    follows=("total_correlation-read-tc", "notation-total-correlation"),
)
