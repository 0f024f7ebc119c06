"""The book's symbols: those that need no equation, and the definitions that every chapter shares."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from course_pkg.derivation.chain import GRIDS, TABLES, Definition, Derivation, Step, Wrong
from course_pkg.equations.notation.symbols import SYMBOLS
from course_pkg.tables import Table, code, in_turn, link, to_equation, typeset
from course_pkg.worlds import TabularWorld, kl


@dataclass(frozen=True)
class SymbolTable:
    """Every symbol of the book: those taken as given, then those that an equation defines, with a link to it."""

    definitions: tuple[tuple[str, Definition], ...]

    @classmethod
    def of(cls, equations: Iterable[tuple[str, Definition | Derivation]]) -> "SymbolTable":
        return cls(tuple((page, e) for page, e in equations if isinstance(e, Definition)))

    @property
    def table(self) -> Table:
        rows: list[tuple[object, ...]] = [
            (
                typeset(s.latex),
                s.meaning,
                code(s.code),
                in_turn("given", *(link(p, f"{p}.html") for p in s.pages.split())),
            )
            for s in SYMBOLS
        ]
        for page, d in self.definitions:
            rows.append((typeset(d.symbol), d.meaning, code(d.code), to_equation(d.label, page)))
        return Table(("symbol", "stands for", "in code", "defined in"), rows, "Symbols", "symbols")

    def __repr__(self) -> str:
        return repr(self.table)

    def _repr_html_(self) -> str:
        return self.table._repr_html_()


EXPECTATION = Definition(
    label="notation-expectation",
    latex=r"\mathbb{E}_{p(z)}\left[f(z)\right] := \int p(z)\, f(z)\, dz",
    symbol=r"\mathbb{E}_{p(z)}\left[f(z)\right]",
    meaning="expectation; a sum where z is discrete",
    code="worlds.expect",
)
ENTROPY = Definition(
    label="notation-entropy",
    latex=r"H(z) := -\mathbb{E}_{p(z)}\left[\log p(z)\right]",
    symbol=r"H(z)",
    meaning="entropy, in nats; differential where z is continuous, and then it may be negative",
    code="worlds.entropy",
)
KL = Definition(
    label="notation-kl",
    latex=r"D_{\mathrm{KL}}\left(q(z) \,\|\, p(z)\right) := \mathbb{E}_{q(z)}\left[\log \frac{q(z)}{p(z)}\right]",
    symbol=r"D_{\mathrm{KL}}\left(q(z) \,\|\, p(z)\right)",
    meaning="Kullback-Leibler divergence, in nats",
    code="worlds.kl",
    source="Kullback and Leibler (1951)",
)
AGGREGATE = Definition(
    label="notation-aggregate-posterior",
    latex=r"q_\phi(z) := \mathbb{E}_{p(x)}\left[q_\phi(z \mid x)\right]",
    symbol=r"q_\phi(z)",
    meaning="aggregate posterior: where the codes of the whole data set lie",
    code="TabularWorld.log_aggregate_posterior",
    source="Hoffman and Johnson (2016)",
)
RATE = Definition(
    label="notation-rate",
    latex=r"R := \mathbb{E}_{p(x)}\left[D_{\mathrm{KL}}\left(q_\phi(z \mid x) \,\|\, p(z)\right)\right]",
    symbol="R",
    meaning="rate: what the codes cost on average, in nats per image",
    code="TabularWorld.rate",
    source="Alemi et al. (2018)",
)
INFORMATION = Definition(
    label="notation-mutual-information",
    latex=r"I(x; z) := \mathbb{E}_{p(x)}\left[D_{\mathrm{KL}}\left(q_\phi(z \mid x) \,\|\, q_\phi(z)\right)\right]",
    symbol="I(x; z)",
    meaning="mutual information that the encoder's codes hold about the data",
    code="TabularWorld.mutual_information",
)
TOTAL_CORRELATION = Definition(
    label="notation-total-correlation",
    latex=r"\mathrm{TC}(z) := D_{\mathrm{KL}}\left(q_\phi(z) \,\|\, \prod_{j=1}^{d} q_\phi(z_j)\right)",
    symbol=r"\mathrm{TC}(z)",
    meaning="total correlation: how far the latents are from independent",
    code="TabularWorld.total_correlation",
    source="Watanabe (1960)",
)
DIMENSION_WISE = Definition(
    label="notation-dimension-wise-kl",
    latex=r"D_j := D_{\mathrm{KL}}\left(q_\phi(z_j) \,\|\, p(z_j)\right)",
    symbol="D_j",
    meaning="dimension-wise KL: how far latent j's codes are from its prior",
    code="TabularWorld.dimension_wise_kl",
    source="Chen et al. (2018)",
)


def divergence_from_prior(w: TabularWorld) -> Tensor:
    return kl(w.log_q_z_given_x, w.log_p_z)


def encoder_is_prior(seed: int) -> TabularWorld:
    """A table whose encoder ignores x."""
    w = TabularWorld.random(seed)
    return TabularWorld(w.log_p_z, w.log_p_x_given_z, w.log_p_z.expand_as(w.log_q_z_given_x), w.log_p_x, w.latents)


GIBBS = Derivation(
    label="notation-gibbs",
    steps=(
        Step(r"D_{\mathrm{KL}}\left(q(z) \,\|\, p(z)\right)", divergence_from_prior, "definition"),
        Step(
            "0",
            lambda w: torch.zeros_like(w.log_p_x),
            "Gibbs: log t is at most t - 1. Zero only where the two agree",
            relation=r"\ge",
            tight=encoder_is_prior,
            wrong=(
                Wrong("two distributions of the same codes do not differ", "0", relation="="),
                Wrong("it averages logarithms of numbers below one", "0", relation=r"\le"),
                Wrong("a divergence is at least one nat", "1", lambda w: torch.ones_like(w.log_p_x)),
            ),
        ),
    ),
    source="Kullback and Leibler (1951)",
    worlds=(TABLES, GRIDS),
    follows=("notation-kl", "notation-expectation"),
    where={"q(z)": r"q_\phi(z \mid x)"},
)

EQUATIONS: tuple[Definition | Derivation, ...] = (
    EXPECTATION,
    ENTROPY,
    KL,
    GIBBS,
    AGGREGATE,
    RATE,
    INFORMATION,
    TOTAL_CORRELATION,
    DIMENSION_WISE,
)
