"""What each metric asks of a table of codes: definitions of the chapter `metrics`, in the order of the page."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_pkg.derivation.chain import Definition, Worlds
from course_pkg.equations.metrics.votes import Coded, grid
from course_pkg.metrics import kim_mnih_exact, mig, sap
from course_pkg.metrics.dci import disentanglement
from course_pkg.metrics.infomec import largest_share
from course_pkg.metrics.information import entropy, mutual_information
from course_pkg.metrics.kim_mnih import whole_spread, within_settings
from course_pkg.metrics.score import measured, spread_of
from course_pkg.worlds import Symbols
from course_pkg.worlds.kinds import numbers


def random_codes(seed: int) -> Coded:
    """Four latents that mix three factors of 2, 3 and 4 settings, with some noise."""
    g = torch.Generator().manual_seed(seed)
    factors = grid(2, 3, 4)
    mixed = factors.double() @ torch.randn(3, 4, generator=g, dtype=torch.float64)
    return Coded(mixed + 0.5 * torch.randn(24, 4, generator=g, dtype=torch.float64), factors, seed)


def coded(symbols: Callable[[Coded], Symbols]) -> Worlds:
    return Worlds("codes of 24 images", random_codes, symbols=symbols)


def table(form: str, indices: str, values: Tensor, **numbers: float) -> Symbols:
    """One array, and its sizes."""
    return Symbols(numbers={name: float(n) for name, n in numbers.items()}, arrays={form: (indices, values)})


def weights(seed: int) -> Tensor:
    """What three factors weigh in four latents, (3, 4)."""
    return numbers(*[(0.1, 2)] * 12)(seed).reshape(3, 4)


PAIRS = Worlds(
    "codes of five pairs of images",
    lambda seed: torch.randn(2, 5, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64),
    symbols=lambda w: Symbols(
        numbers={"L": 5.0, "d": 3.0}, arrays={"z_j(x_l)": ("l j", w[0]), "z_j(x_l')": ("l j", w[1])}
    ),
)

POINT = Definition(
    label="metrics-point",
    latex=r"\bar{\Delta}_j := \frac{1}{L} \sum_{l=1}^{L} \left|z_j(x_l) - z_j(x_l')\right|",
    symbol=r"\bar{\Delta}_j",
    meaning="how far apart latent j is on average in L pairs of images; those of a pair share factor k's setting",
    code="metrics.higgins.differences",
    source="Higgins et al. (2017), section 3",
    judge=lambda w: torch.stack([(a - b).abs() for a, b in zip(w[0], w[1], strict=True)]).mean(0),
    worlds=PAIRS,
)
HIGGINS = Definition(
    label="metrics-higgins",
    latex=r"S_{\mathrm{H}} := \mathrm{Pr}\left[\hat{k}(\bar{\Delta}) = k\right]",
    symbol=r"S_{\mathrm{H}}",
    meaning="the metric of Higgins et al.: how often a linear classifier names the factor that the pairs share",
    code="metrics.higgins",
    source="Higgins et al. (2017), section 3",
)


def spreads(w: Coded) -> Symbols:
    """The variance of each latent among five images, and among all."""
    few, whole = w.codes[:5].var(0), w.codes.var(0)
    return Symbols(
        arrays={r"\widehat{\mathrm{Var}}_L(z_j)": ("j", few), r"\mathrm{Var}(z_j)": ("j", whole)},
    )


def least_among_five(w: Coded) -> Tensor:
    few = spread_of(w.codes[None, :5], torch.zeros(4, dtype=torch.bool))[0]
    return (few / whole_spread(measured(w.codes, w.factors))).argmin() + 1


WINNER = Definition(
    label="metrics-winner",
    latex=r"\hat{w} := \operatorname*{arg\,min}_j \frac{\widehat{\mathrm{Var}}_L(z_j)}{\mathrm{Var}(z_j)}",
    symbol=r"\hat{w}",
    meaning="the latent that a vote goes to: it moves least among L images that share the setting of a factor",
    code="metrics.kim_mnih.drawn_votes",
    source="Kim and Mnih (2018), section 4",
    judge=least_among_five,
    worlds=coded(spreads),
)
KIM_MNIH = Definition(
    label="metrics-kim-mnih",
    latex=r"S_{\mathrm{KM}} := \frac{\sum_j \max_k C_{kj}}{\sum_{k, j} C_{kj}}",
    symbol=r"S_{\mathrm{KM}}",
    meaning="the metric of Kim and Mnih: C_kj votes for factor k went to latent j; a latent stands for one factor",
    code="metrics.kim_mnih",
    source="Kim and Mnih (2018), section 4",
    judge=lambda w: kim_mnih_exact(w.codes, w.factors).value,
    worlds=coded(lambda w: table("C_{kj}", "k j", kim_mnih_exact(w.codes, w.factors).table)),
)


def setting(seed: int) -> tuple[int, int]:
    """A factor, counted from 0, and one of its settings."""
    return seed % 3, seed % 2


def spreads_within(w: Coded) -> Symbols:
    """The variance of each latent where a factor has one of its first two settings."""
    within = [[w.codes[w.factors[:, k] == v].var(0, correction=0) for v in range(2)] for k in range(3)]
    k, v = setting(w.seed)
    return Symbols(
        numbers={"k": k + 1.0, "v": v + 1.0},
        arrays={
            r"\mathrm{Var}(z_j \mid f_k = v)": ("k v j", torch.stack([torch.stack(row) for row in within])),
            r"\mathrm{Var}(z_j)": ("j", w.codes.var(0, correction=0)),
        },
    )


def least_within(w: Coded) -> Tensor:
    m, (k, v) = measured(w.codes, w.factors), setting(w.seed)
    return (within_settings(m, k, m.sizes[k])[1][v] / whole_spread(m)).argmin() + 1


LIMIT = Definition(
    label="metrics-limit",
    latex=r"w(k, v) := \operatorname*{arg\,min}_j \frac{\mathrm{Var}(z_j \mid f_k = v)}{\mathrm{Var}(z_j)}",
    symbol="w(k, v)",
    meaning="the latent that every vote for setting v of factor k goes to once L is large",
    code="metrics.kim_mnih.within_settings",
    judge=least_within,
    worlds=coded(spreads_within),
)


def informations(w: Coded) -> Symbols:
    """What each latent says about each factor, in five cells; and the factors' entropies."""
    said, of_factor = mutual_information(measured(w.codes, w.factors), 5)
    return Symbols(numbers={"K": 3.0}, arrays={"I(f_k; z_j)": ("k j", said), "H(f_k)": ("k", of_factor)})


MIG = Definition(
    label="metrics-mig",
    latex=r"\mathrm{MIG} := \frac{1}{K} \sum_{k=1}^{K} \frac{I(f_k; z_{(1)}) - I(f_k; z_{(2)})}{H(f_k)}",
    symbol=r"\mathrm{MIG}",
    meaning="mutual information gap, from the latent that says most about factor k to the one that says second most",
    code="metrics.mig",
    source="Chen et al. (2018), eq. 6",
    judge=lambda w: mig(w.codes, w.factors, 5).value,
    worlds=coded(informations),
)
SAP = Definition(
    label="metrics-sap",
    latex=r"\mathrm{SAP} := \frac{1}{K} \sum_{k=1}^{K} \left(r_{k(1)}^2 - r_{k(2)}^2\right)",
    symbol=r"\mathrm{SAP}",
    meaning="separated attribute predictability, from the latent that predicts factor k best to the second best",
    code="metrics.sap",
    source="Kumar et al. (2018), section 3",
    judge=lambda w: sap(w.codes, w.factors).value,
    worlds=coded(lambda w: table("r_{kj}^2", "k j", sap(w.codes, w.factors).table, K=3)),
)


def weighed(w: Tensor) -> Symbols:
    """The weights, and the entropy of each latent's shares."""
    return Symbols(numbers={"K": 3.0, "d": 4.0}, arrays={"W_{kj}": ("k j", w), "H(W_j)": ("j", entropy(w.T))})


DCI = Definition(
    label="metrics-dci",
    latex=r"\mathrm{DCI} := \sum_{j=1}^{d} \frac{\sum_k W_{kj}}{\sum_{k, j} W_{kj}}"
    r" \left(1 - \frac{H(W_j)}{\log K}\right)",
    symbol=r"\mathrm{DCI}",
    meaning="disentanglement of Eastwood and Williams: of latent j's weights over factors, their share and entropy",
    code="metrics.dci",
    source="Eastwood and Williams (2018), section 2",
    judge=disentanglement,
    worlds=Worlds("weights", weights, symbols=weighed),
)
INFOM = Definition(
    label="metrics-infom",
    latex=r"\mathrm{InfoM} := \frac{K}{K - 1} \left(\frac{1}{d} \sum_{j=1}^{d}"
    r" \frac{\max_k N_{kj}}{\sum_k N_{kj}} - \frac{1}{K}\right)",
    symbol=r"\mathrm{InfoM}",
    meaning="modularity: of what latent j says, in shares N_kj of H(f_k), how much is about one factor",
    code="metrics.infomec",
    source="Hsu et al. (2023), section 4",
    judge=lambda w: largest_share(w, 0),
    worlds=Worlds("informations", weights, symbols=lambda w: table("N_{kj}", "k j", w, K=3, d=4)),
)
