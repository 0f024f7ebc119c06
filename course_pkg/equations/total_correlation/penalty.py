"""What a higher price on the total correlation can do at best: an equation of the chapter `total_correlation`."""

from dataclasses import dataclass, replace

import scipy.stats
import torch
from torch import Tensor

from course_pkg.derivation.chain import Derivation, Step, Worlds, Wrong
from course_pkg.equations.total_correlation.split import PARTS_OF_RATE, aggregate, averaged, by_scipy, rate
from course_pkg.worlds import Symbols, TabularWorld, kl
from course_pkg.worlds.tabular import product

PENALISED = r"\mathcal{D} + I(x; z) + \beta\, \mathrm{TC}(z) + \sum_{j=1}^{d} D_j"


@dataclass(frozen=True)
class Weighted:
    """A table, and the price of its total correlation: one or more."""

    table: TabularWorld
    beta: Tensor


def weighted(seed: int, latents: tuple[int, ...] = (2, 3)) -> Weighted:
    g = torch.Generator().manual_seed(seed)
    return Weighted(TabularWorld.random(seed, latents), 1 + 5 * torch.rand((), generator=g, dtype=torch.float64))


def with_price(w: Weighted) -> Symbols:
    return replace(w.table.symbols(), numbers={r"\beta": w.beta})


def independent(seed: int) -> Weighted:
    """The model's own evidence, encoded exactly: q(z) is the prior, a product."""
    w = weighted(seed)
    table = w.table.with_exact_encoder()
    return replace(w, table=replace(table, log_p_x=table.log_evidence()))


def distortion(w: TabularWorld) -> Tensor:
    return -averaged(w, w.log_p_x_given_z)


def repeated(w: TabularWorld) -> Tensor:
    q = aggregate(w)
    return kl(q, product(w.log_marginals(q)))


def by_numpy(w: Weighted) -> Tensor:
    """The whole from probabilities: minus the mean log likelihood, entropies by scipy, and TC as entropies too."""
    t = w.table
    p_x, q = t.log_p_x.exp().numpy(), t.log_q_z_given_x.exp().numpy()
    q_z = p_x @ q
    cube = q_z.reshape(t.latents)
    singles = [cube.sum(tuple(a for a in range(cube.ndim) if a != axis)) for axis in range(cube.ndim)]
    repeats = sum(map(scipy.stats.entropy, singles)) - scipy.stats.entropy(q_z)
    paid = -(p_x[:, None] * q * t.log_p_x_given_z.numpy()).sum()
    return torch.as_tensor(paid + (w.beta.item() - 1) * repeats) + by_scipy(t)


def penalised(w: Weighted) -> Tensor:
    t = w.table
    return distortion(t) + t.mutual_information() + w.beta * repeated(t) + t.dimension_wise_kl().sum()


INERT = Derivation(
    label="total_correlation-penalty",
    steps=(
        Step(
            PENALISED,
            penalised,
            "what beta-TCVAE minimises",
            also={"scipy's entropies": by_numpy},
        ),
        Step(
            r"\mathcal{D} + R + (\beta - 1)\, \mathrm{TC}(z)",
            lambda w: distortion(w.table) + rate(w.table) + (w.beta - 1) * repeated(w.table),
            "the split of the rate",
            wrong=(
                Wrong(
                    "the whole rate stands there, and beta beside it",
                    r"\mathcal{D} + R + \beta\, \mathrm{TC}(z)",
                    lambda w: distortion(w.table) + rate(w.table) + w.beta * repeated(w.table),
                ),
                Wrong(
                    "a price on a part is a price on the whole",
                    r"\mathcal{D} + \beta R",
                    lambda w: distortion(w.table) + w.beta * rate(w.table),
                ),
            ),
        ),
        Step(
            r"\mathcal{D} + R",
            lambda w: distortion(w.table) + rate(w.table),
            "a divergence, at a price of one or more. Equal where the latents are independent",
            relation=r"\ge",
            tight=independent,
            wrong=(Wrong("at the optimum the penalty is paid off anyway", r"\mathcal{D} + R", relation="="),),
        ),
    ),
    source="Chen et al. (2018), eq. 4",
    worlds=(
        Worlds("tables whose TC has a price", weighted, symbols=with_price),
        Worlds("three latents whose TC has a price", lambda s: weighted(s, (2, 2, 3)), count=8, symbols=with_price),
    ),
    follows=(
        *(label for label in PARTS_OF_RATE if "aggregate" not in label),
        "total_correlation-split",
        "kkt-distortion",
    ),
)
