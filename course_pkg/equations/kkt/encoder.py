"""The constrained VAE, and the best encoder at a price: equations of the chapter `kkt`, on tables.

Every side is computed from the world's tables; the optima of one side come from scipy or from an iteration that knows
no closed form.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import scipy.optimize
import scipy.special
import torch
from torch import Tensor

from course_pkg.derivation.chain import Definition, Derivation, Step, Worlds
from course_pkg.worlds import Symbols, TabularWorld, expect, kl

OBJECTIVE = Definition(
    label="kkt-objective",
    latex=r"\mathcal{F}_\beta(x) := \mathbb{E}_{q_\phi(z \mid x)}\left[\log p_\theta(x \mid z)\right]"
    r" - \beta \left(D_{\mathrm{KL}}\left(q_\phi(z \mid x) \,\|\, p(z)\right) - \epsilon\right)",
    symbol=r"\mathcal{F}_\beta(x)",
    meaning="minus the Lagrangian of the constrained VAE, for one x",
    source="Higgins et al. (2017), eq. 3",
)
BETA_ELBO = Definition(
    label="kkt-beta-elbo",
    latex=r"\mathcal{L}_\beta(x) := \mathbb{E}_{q_\phi(z \mid x)}\left[\log p_\theta(x \mid z)\right]"
    r" - \beta\, D_{\mathrm{KL}}\left(q_\phi(z \mid x) \,\|\, p(z)\right)",
    symbol=r"\mathcal{L}_\beta(x)",
    meaning="the objective of a beta-VAE, for one x",
    source="Higgins et al. (2017), eq. 4",
)
NORMALISER = Definition(
    label="kkt-normaliser",
    latex=r"Z_\beta(x) := \int p(z)\, p_\theta(x \mid z)^{1/\beta}\, dz",
    symbol=r"Z_\beta(x)",
    meaning="what makes the tilted encoder a distribution; the evidence at beta = 1",
)
TILTED = Definition(
    label="kkt-tilted",
    latex=r"q_\beta(z \mid x) := \frac{p(z)\, p_\theta(x \mid z)^{1/\beta}}{Z_\beta(x)}",
    symbol=r"q_\beta(z \mid x)",
    meaning="tilted encoder: the best one at the price beta; the posterior at beta = 1",
    code="kkt.tilted_encoder",
)


class Priced(NamedTuple):
    """A table, a price and a rate."""

    table: TabularWorld
    beta: Tensor
    eps: Tensor

    def symbols(self) -> Symbols:
        return replace(self.table.symbols(), numbers={r"\beta": self.beta, r"\epsilon": self.eps})


def random_price(seed: int) -> Priced:
    """beta from 0.2 to 5, eps from 0.05 to 2: small enough to matter for some x, too large for others."""
    g = torch.Generator().manual_seed(seed)
    u, v = torch.rand(2, generator=g, dtype=torch.float64)
    return Priced(TabularWorld.random(seed), 0.2 * 25**u, 0.05 * 40**v)


def free_of_charge(seed: int) -> Priced:
    """beta eps = 0: no price, or no room."""
    w = random_price(seed)
    return w._replace(beta=0 * w.beta) if seed % 2 else w._replace(eps=0 * w.eps)


PRICED = Worlds("tables with a price", random_price)


def likelihood(w: Priced) -> Tensor:
    return expect(w.table.log_q_z_given_x, w.table.log_p_x_given_z)


def divergence(w: Priced) -> Tensor:
    return kl(w.table.log_q_z_given_x, w.table.log_p_z)


def sum_of_ratios(w: Priced) -> Tensor:
    """The three terms under one sum over z."""
    t = w.table
    ratio = t.log_q_z_given_x - t.log_p_z
    return (t.log_q_z_given_x.exp() * (t.log_p_x_given_z - w.beta * ratio)).sum(-1) + w.beta * w.eps


LOWER_BOUND = Derivation(
    label="kkt-lower-bound",
    steps=(
        Step(r"\mathcal{F}_\beta(x)", lambda w: likelihood(w) - w.beta * (divergence(w) - w.eps), "definition"),
        Step(r"\mathcal{L}_\beta(x) + \beta \epsilon", sum_of_ratios, "the bracket multiplied out"),
        Step(
            r"\mathcal{L}_\beta(x)",
            lambda w: likelihood(w) - w.beta * divergence(w),
            "beta eps is 0 or more, as both are: dual feasibility, and a divergence that no eps below 0 could bound",
            r"\ge",
            tight=free_of_charge,
        ),
    ),
    source="Higgins et al. (2017), eq. 4",
    worlds=(PRICED,),
    follows=("kkt-objective", "kkt-beta-elbo", "kkt-dual-feasibility"),
)


def dear(seed: int) -> Priced:
    w = random_price(seed)
    return w._replace(beta=1 + w.beta)


def at_par(seed: int) -> Priced:
    return random_price(seed)._replace(beta=torch.ones((), dtype=torch.float64))


BETA_BOUND = Derivation(
    label="kkt-beta-bound",
    steps=(
        Step(
            r"\log p_\theta(x)",
            lambda w: torch.logsumexp(w.table.log_p_x_given_z + w.table.log_p_z, -1),
            "the evidence",
        ),
        Step(
            r"\mathcal{L}(x)",
            lambda w: likelihood(w) - divergence(w),
            "Jensen. Equal where q is the posterior",
            r"\ge",
            tight=lambda seed: dear(seed)._replace(table=TabularWorld.random(seed).with_exact_encoder()),
        ),
        Step(
            r"\mathcal{L}_\beta(x)",
            lambda w: likelihood(w) - w.beta * divergence(w),
            "for a beta of 1 or more: (beta - 1) KL is taken off. Equal at beta = 1",
            r"\ge",
            tight=at_par,
        ),
    ),
    worlds=(Worlds("tables with a price above 1", dear),),
    follows=("elbo-jensen", "kkt-beta-elbo", "elbo-elbo", "elbo-evidence"),
)

# The best encoder -----------------------------------------------------------------------------------


def log_normaliser(w: Priced) -> Tensor:
    return torch.logsumexp(w.table.log_p_z + w.table.log_p_x_given_z / w.beta, -1)


def tilted(w: Priced) -> Tensor:
    joint = w.table.log_p_z.exp() * w.table.log_p_x_given_z.exp() ** (1 / w.beta)
    return joint / joint.sum(-1, keepdim=True)


def with_tilted_encoder(seed: int) -> Priced:
    w = random_price(seed)
    return w._replace(table=replace(w.table, log_q_z_given_x=tilted(w).log()))


COMPLETED = Derivation(
    label="kkt-completed",
    steps=(
        Step(r"\mathcal{L}_\beta(x)", lambda w: likelihood(w) - w.beta * divergence(w), "for any encoder"),
        Step(
            r"\beta \log Z_\beta(x) - \beta\, D_{\mathrm{KL}}\left(q_\phi(z \mid x) \,\|\, q_\beta(z \mid x)\right)",
            lambda w: w.beta * log_normaliser(w) - w.beta * kl(w.table.log_q_z_given_x, tilted(w).log()),
            "log p(x|z) is beta times the logarithm of q_beta Z_beta / p: the prior cancels",
        ),
        Step(
            r"\beta \log Z_\beta(x)",
            lambda w: w.beta * log_normaliser(w),
            "a divergence is never negative. Equal where q is the tilted encoder, and nowhere else",
            r"\le",
            tight=with_tilted_encoder,
        ),
    ),
    worlds=(PRICED,),
    follows=(
        "kkt-beta-elbo",
        "kkt-normaliser",
        "kkt-tilted",
        "notation-gibbs",
        "notation-kl",
        "notation-expectation",
    ),
)


def best_by_scipy(w: Priced) -> Tensor:
    """The best q of each x: L-BFGS over its logits, which are free of all constraints."""
    rows = []
    for row in w.table.log_p_x_given_z:

        def loss(logits: np.ndarray, row: Tensor = row) -> tuple[float, np.ndarray]:
            t = torch.as_tensor(logits).requires_grad_()
            log_q = t.log_softmax(-1)
            value = (log_q.exp() * (w.beta * (log_q - w.table.log_p_z) - row)).sum()
            return value.item(), torch.autograd.grad(value, t)[0].numpy()

        found = scipy.optimize.minimize(loss, np.zeros(len(row)), jac=True, method="BFGS", options={"gtol": 1e-11})
        rows.append(torch.as_tensor(found.x).softmax(-1))
    return torch.stack(rows)


def best_by_mirror_ascent(w: Priced) -> Tensor:
    """The best q of each x: uphill by multiplication, half the step that would arrive at once, sixty times."""
    log_q = torch.full_like(w.table.log_p_x_given_z, 0.0).log_softmax(-1)
    for _ in range(60):
        slope = w.table.log_p_x_given_z - w.beta * (log_q - w.table.log_p_z + 1)
        log_q = (log_q + 0.5 / w.beta * slope).log_softmax(-1)
    return log_q.exp()


OPTIMAL = Derivation(
    label="kkt-optimal-encoder",
    steps=(
        Step(
            r"\operatorname*{arg\,max}_{q} \left\{\mathbb{E}_{q(z)}\left[\log p_\theta(x \mid z)\right]"
            r" - \beta\, D_{\mathrm{KL}}\left(q(z) \,\|\, p(z)\right)\right\}",
            best_by_scipy,
            "over all distributions of z, found by scipy",
            also={"mirror ascent": best_by_mirror_ascent},
        ),
        Step(r"q_\beta(z \mid x)", tilted, "the bound is reached there, and nowhere else"),
    ),
    worlds=(Worlds("tables with a price, by scipy", random_price, count=10, tolerance=1e-7),),
    follows=("kkt-completed", "kkt-tilted", "notation-kl"),
)
