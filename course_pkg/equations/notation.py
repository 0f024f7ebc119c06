"""The book's symbols: those that need no equation, and the definitions that every chapter shares."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from course_pkg.derivation.chain import GRIDS, TABLES, Definition, Derivation, Step, Wrong
from course_pkg.tables import Table, code, link, typeset
from course_pkg.worlds import TabularWorld, kl


class Symbol(NamedTuple):
    """A symbol that the book takes as given: its LaTeX, what it stands for, its name in code, and where it does so.

    Without pages it means that on every page. A letter may have two meanings where the pages of both are named.
    """

    latex: str
    meaning: str
    code: str
    pages: str = ""


SYMBOLS = (
    Symbol("x", "an image, or any observation; D pixels, channels included", "x (B, C, H, W)"),
    Symbol("x_i", "pixel i of x", ""),
    Symbol("D", "how many pixels, channels included", ""),
    Symbol("z", "latents, or a sample of them; d in number", "z (B, d)"),
    Symbol("z_j", "latent j", "z[:, j]"),
    Symbol("z_k", "sample k of the latents", ""),
    Symbol("d", "how many latents", ""),
    Symbol("K", "how many samples", "samples", "elbo"),
    Symbol(r"p(x)", "the data distribution", "TabularWorld.log_p_x"),
    Symbol(r"p(z)", "the prior; unless said otherwise standard normal", "log_p_z"),
    Symbol(r"p_\theta(x \mid z)", "the likelihood: what the decoder with weights theta gives", "decode"),
    Symbol(r"q_\phi(z \mid x)", "the encoder's posterior, with weights phi: an approximation", "encode"),
    Symbol(r"\mathcal{N}(\mu, \sigma^2)", "a Gaussian with mean mu and variance sigma squared", ""),
    Symbol(r"\mu", "mean of the encoder's Gaussian", "mu (B, d)"),
    Symbol(r"\sigma", "standard deviation: of a latent, or of a pixel in the Gaussian likelihood", "sigma"),
    Symbol(r"\log \sigma^2", "what an encoder gives for the width", "log_var (B, d)"),
    Symbol(r"\varepsilon", "standard normal noise", "eps"),
    Symbol(r"f_\theta(z)", "the decoder's output as the mean of a Gaussian", "decode(z)"),
    Symbol(r"f(z)", "any function of z, with slope f'", ""),
    Symbol("p_i", "the decoder's probability that pixel i is one", "sigmoid(logits)"),
    Symbol(r"m, \Lambda", "mean and precision (inverse covariance) of a Gaussian posterior", "", "elbo"),
    Symbol(r"I, \mathrm{diag}\, \sigma^2", "the identity matrix; the matrix with these variances on its diagonal", ""),
    Symbol(r"\Phi", "the standard normal distribution function", "scipy.stats.norm.cdf"),
    Symbol(r"x', \mu'", "another image, and the mean of its posterior; but f' is the slope of f", ""),
    Symbol(r"\mathrm{Pr}", "probability", ""),
    Symbol(r"\mathrm{Var}", "variance", ""),
    Symbol("y", "an answer that goes with x: a class, another view", "joint (X, Y)", "bottleneck"),
    Symbol(r"p(x, y), p_\theta(y \mid z)", "data with answers; the likelihood of an answer", "", "bottleneck"),
    Symbol("z'", "another code", "", "bottleneck"),
    Symbol(r"\gamma, C", "weight of a penalty on the rate; the rate aimed at", "gamma, schedule", "capacity"),
    Symbol(r"\kappa, \delta, \delta^*", "how often a channel, a code, the best code flips", "flip", "bottleneck"),
    Symbol(r"\rho_i, \Sigma_{x \mid y}", "canonical correlations; covariance of x, given y", "canonical", "bottleneck"),
    Symbol("z^*", "the best code", "", "bottleneck"),
    Symbol(r"\mathrm{logit}\, p, \mathrm{artanh}", "log of p / (1 - p); inverse of tanh", "", "bottleneck"),
    Symbol(r"W(x)", "Lambert's function, the w whose w e^w is x", "scipy.special.lambertw", "capacity"),
    Symbol(
        r"a, U, u_i, b, \lambda", "of a regression: answer, columns, column i, coefficients, penalty", "", "capacity"
    ),
    Symbol(r"\lambda_i(A)", "eigenvalue i of a matrix A", ""),
    Symbol(r"V, c, S, m", "of a linear encoder: matrix, shift, noise; mean of the data", "worlds", "capacity"),
    Symbol(r"\Sigma_x, V^\top", "covariance of x; transpose", ""),
    Symbol("N", "how many images", "", "capacity total_correlation"),
    Symbol("S", "a batch, as the set of its images", "", "total_correlation"),
    Symbol(
        r"\alpha, \Sigma",
        "how far a square is turned, or a weight of InfoVAE; covariance of all codes",
        "",
        "total_correlation",
    ),
    Symbol(r"p, q", "any two distributions of one variable", "log_p, log_q"),
    Symbol(r"y, f(y), g_i(y)", "a point to choose, what is minimised, what may not be positive", "kkt.Problem", "kkt"),
    Symbol(r"y^*", "the point that is best among those allowed", "", "kkt"),
    Symbol(r"\beta_i, \beta", "price (multiplier) of constraint i; of the one on the rate", "beta"),
    Symbol(r"b_i, b", "room of constraint i; of all", "", "kkt"),
    Symbol(r"\nabla", "gradient", ""),
    Symbol(r"\epsilon", "the rate that is allowed, in nats per image (not the noise)", "eps", "kkt"),
    Symbol(r"\lambda_j", "eigenvalues of the data's covariance, the largest first", "eigenvalues", "kkt"),
    Symbol(r"C, N", "covariance of the pixels; what a silent decoder leaves each, on a diagonal", "", "kkt"),
    Symbol(r"W, W^*, Q_\omega", "a linear decoder; the best; a turn of two latents", "decoder.weight", "kkt"),
    Symbol(r"R_1, \mathcal{D}_1", "rate and distortion of the model of the first of two prices", "", "kkt"),
    Symbol("B", "how many codes, or images, in a batch", "batch", "density_ratio"),
    Symbol("T(z)", "logit of a classifier: an estimate of a log density ratio", "log_ratio", "density_ratio"),
    Symbol(r"n_1, n_0", "how many real codes, and how many shuffled ones", "", "density_ratio"),
    Symbol(r"z^{(i)}, z_{-j}", "code i of a batch; all latents but latent j", "", "density_ratio"),
    Symbol(r"\delta(u)", "one where u is zero and zero elsewhere; a density where u is continuous", ""),
    Symbol(r"\pi, b", "a partition of the latents, of |pi| blocks b", "partitions", "density_ratio"),
    Symbol(r"p_0, \ldots, p_n", "densities on a way from the first to the last", "", "density_ratio"),
    Symbol(r"\rho", "correlation of two latents", "rho", "density_ratio"),
    Symbol("u", "corner of a sprite at home; u_j is the j-th of J", "corners (V, 2)", "data"),
    Symbol(r"v_0, s, \alpha", "centre, scale and orientation of a sprite", "posX, posY, scale, orientation", "data"),
    Symbol(r"o_i", "centre of pixel i", "", "data"),
    Symbol(r"t", "where on a closed curve, from 0 to a full turn", "", "data"),
    Symbol("k", "orientation label of dSprites", "", "data"),
    Symbol(r"f_k, v, n_k, K", "factor k of K, a setting of it, how many it has", "factors (N, K)", "metrics"),
    Symbol(r"x_l, x_l'; L", "images of a pair, or of a vote; how many pairs or images", "pairs, samples", "metrics"),
    Symbol(r"\widehat{\mathrm{Var}}_L", "variance of a sample of L images, divided by L - 1", "", "metrics"),
    Symbol(
        r"C_{kj}, W_{kj}, N_{kj}",
        "of factor k and latent j: votes; weights; shares of H(f_k)",
        "Score.table",
        "metrics",
    ),
    Symbol(r"\hat{k}, m", "the factor that a classifier names; how many factors are missing", "", "metrics"),
    Symbol(
        r"z_{(1)}, r_{k(1)}^2",
        "latent that says most of a factor; the largest squared correlation with it",
        "",
        "metrics",
    ),
    Symbol(
        r"\lfloor B f_k \rfloor, t",
        "which of B cells of equal width factor k is in; an angle of turning",
        "bins",
        "metrics",
    ),
    Symbol(r"\eta, n", "share of wrong images, and how many were compared; n-fold symmetry of a sprite", "", "data"),
)


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
            (typeset(s.latex), s.meaning, code(s.code), ", ".join(["given", *s.pages.split()])) for s in SYMBOLS
        ]
        for page, d in self.definitions:
            rows.append((typeset(d.symbol), d.meaning, code(d.code), link(d.label, f"{page}.html#equation-{d.label}")))
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
    follows=("notation-kl",),
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
