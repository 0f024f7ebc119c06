"""What latents repeat, and what a family of objectives prices: equations of the chapter `total_correlation`."""

from dataclasses import dataclass, replace

import scipy.stats
import torch
from torch import Tensor

from course_pkg.derivation.chain import Definition, Derivation, Step, Worlds, Wrong
from course_pkg.equations.total_correlation.split import PARTS_OF_RATE, PRIOR_KL, aggregate, rate, single_informations
from course_pkg.worlds import TabularWorld, expect, kl
from course_pkg.worlds.tabular import product

TC_LATEX = r"\mathrm{TC}(z)"

# What latents repeat -------------------------------------------------------------------------------

CONDITIONAL = Definition(
    label="total_correlation-given-x",
    latex=r"\mathrm{TC}(z \mid x) := \mathbb{E}_{p(x)}\left[D_{\mathrm{KL}}\left("
    r"q_\phi(z \mid x) \,\|\, \prod_{j=1}^{d} q_\phi(z_j \mid x)\right)\right]",
    symbol=r"\mathrm{TC}(z \mid x)",
    meaning="total correlation within an image's posterior; zero for a diagonal encoder",
)


def conditional_tc(w: TabularWorld) -> Tensor:
    return expect(w.log_p_x, torch.stack([kl(row, product(w.log_marginals(row))) for row in w.log_q_z_given_x]))


def factorised(seed: int) -> TabularWorld:
    """A table of three latents whose encoder is a product for each x, as that of a VAE is."""
    w = TabularWorld.random(seed, (2, 2, 3))
    return replace(w, log_q_z_given_x=torch.stack([product(w.log_marginals(row)) for row in w.log_q_z_given_x]))


def tc_by_entropies(w: TabularWorld) -> Tensor:
    q = aggregate(w)
    each = sum(scipy.stats.entropy(t.exp().numpy()) for t in w.log_marginals(q))
    return torch.as_tensor(each - scipy.stats.entropy(q.exp().numpy()))


REPEATED = Derivation(
    label="total_correlation-repeated",
    steps=(
        Step(TC_LATEX, lambda w: w.total_correlation(), "definition", also={"scipy's entropies": tc_by_entropies}),
        Step(
            r"\sum_{j=1}^{d} I(x; z_j) - I(x; z) + \mathrm{TC}(z \mid x)",
            lambda w: single_informations(w).sum() - w.mutual_information() + conditional_tc(w),
            "entropies of latents, of the code, and of both given x",
            wrong=(
                Wrong(
                    "it is what the latents say together, beyond what they say alone",
                    r"I(x; z) - \sum_{j=1}^{d} I(x; z_j) + \mathrm{TC}(z \mid x)",
                    lambda w: w.mutual_information() - single_informations(w).sum() + conditional_tc(w),
                ),
                Wrong(
                    "what x explains comes off on both sides",
                    r"\sum_{j=1}^{d} I(x; z_j) - I(x; z) - \mathrm{TC}(z \mid x)",
                    lambda w: single_informations(w).sum() - w.mutual_information() - conditional_tc(w),
                ),
            ),
        ),
    ),
    worlds=(
        Worlds("tables of three latents", lambda s: TabularWorld.random(s, (2, 2, 3))),
        Worlds("three latents, diagonal encoders", factorised),
    ),
    follows=("notation-total-correlation", "total_correlation-given-x", "notation-mutual-information"),
)

# What a family of objectives prices ---------------------------------------------------------------


@dataclass(frozen=True)
class Priced:
    """A table, and the two weights of InfoVAE."""

    table: TabularWorld
    alpha: Tensor
    penalty: Tensor


def priced(seed: int) -> Priced:
    g = torch.Generator().manual_seed(seed)
    alpha, penalty = 2 * torch.rand(2, generator=g, dtype=torch.float64)
    return Priced(TabularWorld.random(seed), alpha - 0.5, penalty + 0.5)


def infovae(w: Priced) -> Tensor:
    t = w.table
    return (1 - w.alpha) * rate(t) + (w.alpha + w.penalty - 1) * kl(aggregate(t), t.log_p_z)


def infovae_prices(w: Priced) -> Tensor:
    t = w.table
    return (1 - w.alpha) * t.mutual_information() + w.penalty * (t.total_correlation() + t.dimension_wise_kl().sum())


def infovae_by_scipy(w: Priced) -> Tensor:
    t = w.table
    q, p_x = t.log_q_z_given_x.exp().numpy(), t.log_p_x.exp().numpy()
    prior, q_z = t.log_p_z.exp().numpy(), p_x @ q
    information = sum(weight * scipy.stats.entropy(row, q_z) for weight, row in zip(p_x, q, strict=True))
    return (1 - w.alpha) * information + w.penalty * scipy.stats.entropy(q_z, prior)


INFOVAE = Derivation(
    label="total_correlation-infovae",
    steps=(
        Step(
            r"(1 - \alpha)\, R + (\alpha + \lambda - 1)\, " + PRIOR_KL,
            infovae,
            "the penalty of InfoVAE as it is written",
        ),
        Step(
            r"(1 - \alpha)\, I(x; z) + \lambda \left(\mathrm{TC}(z) + \sum_{j=1}^{d} D_j\right)",
            infovae_prices,
            "the rate in two steps: alpha is what information is forgiven, lambda the price of the rest",
            also={"scipy's entropies": infovae_by_scipy},
            wrong=(
                Wrong(
                    "lambda weighs the divergence as written, beside the rate",
                    r"(1 - \alpha)\, I(x; z) + (\alpha + \lambda - 1) \left(\mathrm{TC}(z) + \sum_{j=1}^{d} D_j\right)",
                    lambda w: infovae_prices(replace(w, penalty=w.alpha + w.penalty - 1)),
                ),
                Wrong(
                    "alpha is the price of information",
                    r"\alpha\, I(x; z) + \lambda \left(\mathrm{TC}(z) + \sum_{j=1}^{d} D_j\right)",
                    lambda w: infovae_prices(replace(w, alpha=1 - w.alpha)),
                ),
            ),
        ),
    ),
    source="Zhao et al. (2019)",
    worlds=(
        Worlds(
            "tables with two weights",
            priced,
            symbols=lambda w: replace(w.table.symbols(), numbers={r"\alpha": w.alpha, r"\lambda": w.penalty}),
        ),
    ),
    follows=("notation-expectation", *PARTS_OF_RATE, "notation-kl", "total_correlation-two-steps"),
)
