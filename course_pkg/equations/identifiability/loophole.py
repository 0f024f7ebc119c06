"""What a diagonal encoder sees of a turn: equations of the chapter `identifiability`."""

import itertools
import math
from typing import NamedTuple

import numpy as np
import scipy.optimize
import scipy.special
import torch
from torch import Tensor

from course_pkg.derivation.chain import Definition, Derivation, Step, Worlds
from course_pkg.equations.kkt.axes import Turn, gap_of_turned, random_turn, turn
from course_pkg.identifiability import invertible, mean_field_gap, noisy_bits, relabelled
from course_pkg.worlds import Symbols, TabularWorld

CONTRAST = Definition(
    label="identifiability-contrast",
    latex=r"C(W) := \sum_{j=1}^{d} \log \|w_j\| - \frac{1}{2} \log \det W^\top W",
    symbol=r"C(W)",
    meaning="how far the columns w_j of W are from right angles: the contrast of independent mechanism analysis",
    code="identifiability.column_contrast",
    source="Gresele et al. (2021)",
)
TABLE_GAP = Definition(
    label="identifiability-table-gap",
    latex=r"\Delta(x) := \min_{q_1, \ldots, q_d} D_{\mathrm{KL}}\left(\prod_{j=1}^{d} q_j(z_j)"
    r" \,\|\, p_\theta(z \mid x)\right)",
    symbol=r"\Delta(x)",
    meaning="how far the nearest independent latents are from the posterior of an image",
    code="identifiability.mean_field_gap",
    source="Bishop (2006), section 10.1",
)
TURNED_COVARIANCE = Definition(
    label="identifiability-turned-covariance",
    latex=r"\Sigma_Q := Q^\top\, \mathrm{diag}(\lambda_1, \ldots, \lambda_d)\, Q",
    symbol=r"\Sigma_Q",
    meaning="covariance of what the images do along the latents in use, after a turn; lambda_j are its eigenvalues",
)


class Columns(NamedTuple):
    """A matrix of three columns, and a price."""

    W: Tensor
    beta: Tensor


def some_columns(seed: int) -> Columns:
    g = torch.Generator().manual_seed(seed)
    W = torch.randn(5, 3, generator=g, dtype=torch.float64)
    return Columns(W, 0.5 + 4 * torch.rand((), generator=g, dtype=torch.float64))


def at_right_angles(seed: int) -> Columns:
    w = some_columns(seed)
    return w._replace(W=torch.linalg.qr(w.W).Q * w.W.norm(dim=0))


def least_gap(information: np.ndarray, variance: float) -> float:
    """The least divergence of independent Gaussian latents from a posterior, by BFGS over the widths.

    Widths in units of sqrt(variance): the posterior's precision is information / variance, with the prior in it.
    """
    precision = information + variance * np.eye(len(information))

    def divergence(t: np.ndarray) -> tuple[float, np.ndarray]:
        trace = np.exp(t) * np.diag(precision)
        return 0.5 * (trace.sum() - len(t) - t.sum() - np.linalg.slogdet(precision)[1]), 0.5 * (trace - 1)

    return scipy.optimize.minimize(
        divergence, np.zeros(len(precision)), jac=True, method="BFGS", options={"gtol": 1e-10}
    ).fun


def columns(w: Columns) -> Symbols:
    d = float(w.W.shape[1])
    return Symbols(numbers={r"\beta": w.beta, "d": d}, arrays={"W": ("", w.W), "w_j": ("j", w.W.mT)})


def in_the_limit(w: Columns) -> Tensor:
    """beta times the least gap at three small noises, taken to none by a parabola."""
    G = (w.W.mT @ w.W).numpy()
    a, b, c = (least_gap(G, h) for h in (1e-4, 2e-4, 4e-4))
    return w.beta * (8 * a - 6 * b + c) / 3


def by_qr(w: Columns) -> Tensor:
    """Each column's length over its height above those before it."""
    heights = torch.linalg.qr(w.W).R.diagonal().abs()
    return w.beta * (w.W.norm(dim=0) / heights).log().sum()


LIMIT = Derivation(
    label="identifiability-limit",
    steps=(
        Step(
            r"\lim_{\sigma \to 0} \Delta_\beta(W)",
            in_the_limit,
            "three small noises, the best widths by BFGS, and an extrapolation",
        ),
        Step(
            r"\beta\, C(W)",
            lambda w: w.beta * (w.W.norm(dim=0).log().sum() - 0.5 * torch.logdet(w.W.mT @ w.W)),
            "the precision is W'W over the variance: both terms scale alike, and the scale cancels",
            also={"heights over the columns before, by QR": by_qr},
        ),
        Step(
            "0",
            lambda w: torch.zeros_like(w.beta),
            "Hadamard: a box of given edges is largest at right angles, and then nothing is missed",
            relation=r"\ge",
            tight=at_right_angles,
        ),
    ),
    source="Reizinger et al. (2022) prove it for nonlinear decoders, at beta 1",
    worlds=(Worlds("matrices and prices", some_columns, 12, 1e-6, symbols=columns),),
    follows=("identifiability-contrast", "kkt-axes-price", "kkt-diagonal"),
)


# The price of any axes is a total correlation -------------------------------------------------------------------------


def covariance(w: Turn) -> Tensor:
    Q = turn(w.angle)
    return Q.mT @ w.data.eigenvalues[:2].diag() @ Q


def half_excess(w: Turn) -> Tensor:
    Q = torch.matrix_exp(w.angle * torch.tensor([[0.0, -1.0], [1.0, 0.0]], dtype=torch.float64))
    values = w.data.eigenvalues[:2]
    along = (values[:, None] * Q.square()).sum(0)
    return 0.5 * (along.log().sum() - values.log().sum())


def divergence(w: Turn) -> Tensor:
    """torch's own divergence of two Gaussians."""
    S, zero = covariance(w), torch.zeros(2, dtype=torch.float64)
    normal = torch.distributions.MultivariateNormal
    return w.data.beta * torch.distributions.kl_divergence(normal(zero, S), normal(zero, S.diagonal().diag()))


def by_correlation(w: Turn) -> Tensor:
    c, s = w.angle.cos(), w.angle.sin()
    a, b = w.data.eigenvalues[:2]
    r2 = ((a - b) * c * s) ** 2 / ((a * c**2 + b * s**2) * (a * s**2 + b * c**2))
    return -w.data.beta / 2 * torch.log1p(-r2)


PRICE = Derivation(
    label="identifiability-price",
    steps=(
        Step(
            r"\Delta_\beta(W^* Q)",
            gap_of_turned,
            "the best linear decoder, turned and held; the best diagonal encoder for it, by scipy",
        ),
        Step(
            r"\frac{\beta}{2} \left[\sum_{j=1}^{d} \log (\Sigma_Q)_{jj} - \log \det \Sigma_Q\right]",
            lambda w: w.data.beta * half_excess(w),
            "at the optimum the precision has the eigenvalues lambda_j over beta sigma squared, and the scale cancels",
        ),
        Step(
            r"\beta\, D_{\mathrm{KL}}\left(\mathcal{N}(0, \Sigma_Q)"
            r" \,\|\, \prod_{j=1}^{d} \mathcal{N}(0, (\Sigma_Q)_{jj})\right)",
            divergence,
            "which is the total correlation of the images' coordinates along the turned axes",
            also={"from the correlation of the two": by_correlation},
        ),
    ),
    worlds=(Worlds("linear VAEs, turned", random_turn, 8, 3e-7),),
    follows=("identifiability-turned-covariance", "kkt-axes-price", "kkt-turn", "notation-kl"),
)


# On tables ------------------------------------------------------------------------------------------------------------


def some_bits(seed: int) -> TabularWorld:
    """Three noisy bits, seen one by one and then called otherwise."""
    g = torch.Generator().manual_seed(seed)
    flip = 0.03 + 0.3 * torch.rand((), generator=g).item()
    return relabelled(noisy_bits(3, flip), invertible(3)[int(torch.randint(168, (), generator=g))])


def two_corners(seed: int) -> TabularWorld:
    """Two bits of which an image says that they are alike, or unlike, and hardly anything else."""
    rare = 10.0 ** -(14 + seed % 3)
    alike = torch.eye(2, dtype=torch.float64).flatten()
    p_x = torch.stack([(1 - rare) * alike + rare * (1 - alike), rare * alike + (1 - rare) * (1 - alike)])
    flat = torch.full((4,), -math.log(4), dtype=torch.float64)
    half = torch.full((2,), -math.log(2), dtype=torch.float64)
    return TabularWorld(flat, p_x.log(), flat.expand(2, 4), half, (2, 2)).with_exact_encoder()


def missed(w: TabularWorld) -> Tensor:
    """log p(x) less the best ELBO of independent bits, image by image: scipy's BFGS on their logits, from six
    starts."""
    cells = np.array(list(itertools.product((0, 1), repeat=len(w.latents))))
    joint = (w.log_p_x_given_z + w.log_p_z).numpy()
    rng = np.random.default_rng(0)
    starts = 3 * rng.standard_normal((6, len(w.latents)))

    def loss(t: np.ndarray, log_p: np.ndarray) -> tuple[float, np.ndarray]:
        p = scipy.special.expit(t)
        log_q = scipy.special.log_expit(np.where(cells, t, -t)).sum(1)
        q, terms = np.exp(log_q), log_q - log_p
        return q @ terms, (cells - p).T @ (q * terms)

    least = lambda row: min(
        scipy.optimize.minimize(loss, t, row, jac=True, method="BFGS", options={"gtol": 1e-9}).fun for t in starts
    )
    return torch.tensor([scipy.special.logsumexp(row) + least(row) for row in joint], dtype=torch.float64)


MODE = Derivation(
    label="identifiability-mode",
    steps=(
        Step(
            r"\log p_\theta(x) - \max_{q_1, \ldots, q_d} \mathcal{L}(x)",
            missed,
            "noisy bits, called otherwise; independent latents by BFGS",
        ),
        Step(
            r"\Delta(x)",
            lambda w: mean_field_gap(w.log_posterior(), w.latents, starts=20, sweeps=200),
            "what the ELBO misses is a divergence from the posterior; by coordinate ascent",
        ),
        Step(
            r"-\log \max_z p_\theta(z \mid x)",
            lambda w: -w.log_posterior().amax(1),
            "a point has independent latents",
            relation=r"\le",
            tight=two_corners,
        ),
    ),
    worlds=(Worlds("noisy bits, relabelled", some_bits, 5, 1e-7),),
    follows=("identifiability-table-gap", "elbo-elbo", "elbo-gap"),
)
