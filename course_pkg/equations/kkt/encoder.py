"""The constrained VAE, and the best encoder at a price: equations of the chapter `kkt`, on tables.

Every side is computed from the world's tables; the optima of one side come from scipy or from an iteration that knows no
closed form.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import scipy.optimize
import scipy.special
import torch
from torch import Tensor

from course_pkg.derivation import Definition, Derivation, Step, Worlds
from course_pkg.kkt import price_of_rate, rate_and_distortion
from course_pkg.worlds import TabularWorld, expect, kl

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
            r"\log p_\theta(x)", lambda w: torch.logsumexp(w.table.log_p_x_given_z + w.table.log_p_z, -1), "the evidence"
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
    follows=("elbo-jensen", "kkt-beta-elbo"),
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
    follows=("kkt-beta-elbo", "kkt-normaliser", "kkt-tilted", "notation-gibbs"),
)


def best_by_scipy(w: Priced) -> Tensor:
    """The best q of each x: L-BFGS over its logits, which are free of all constraints."""
    rows = []
    for row in w.table.log_p_x_given_z:

        def loss(logits: np.ndarray, row: Tensor = row) -> tuple[float, np.ndarray]:
            t = torch.as_tensor(logits).requires_grad_()
            log_q = t.log_softmax(-1)
            value = (log_q.exp() * (w.beta * (log_q - w.table.log_p_z) - row)).sum()
            value.backward()
            return value.item(), t.grad.numpy()

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
    follows=("kkt-completed",),
)

# The constraint -------------------------------------------------------------------------------------


def constrained(log_p_z: Tensor, log_p_x_given_z: Tensor, weights: Tensor, eps: float) -> float:
    """max sum_x w_x E_q log p(x|z) subject to sum_x w_x KL(q || p) <= eps, over tables q, by linear programs.

    A convex set is an intersection of half-spaces. Each program has one tangent more for each x, taken where the way from
    the prior to the last answer leaves the set (Veinott 1967). No multiplier and no logarithm of a zero appears.
    """
    X, K = log_p_x_given_z.shape
    p, w = log_p_z.exp().numpy(), weights.numpy()
    gain = np.concatenate([(w[:, None] * log_p_x_given_z.numpy()).ravel(), np.zeros(X)])  # q, then r: KL_x <= r_x
    sums, budget = np.hstack([np.kron(np.eye(X), np.ones(K)), np.zeros((X, X))]), np.concatenate([np.zeros(X * K), w])
    cuts, limits = [budget], [eps]
    rates = lambda q: scipy.special.rel_entr(q, p).sum(1)
    precise = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}
    for _ in range(300):
        bounds = [(0, 1)] * (X * K) + [(0, None)] * X
        found = scipy.optimize.linprog(-gain, np.array(cuts), limits, sums, np.ones(X), bounds, options=precise)
        q = found.x[: X * K].reshape(X, K).clip(0)
        on_the_way = lambda s, q=q: p + s * (q - p)
        inside, outside = (0.0, 1.0) if w @ rates(q) > eps else (1.0, 1.0)
        for _ in range(50):
            middle = (inside + outside) / 2
            inside, outside = (middle, outside) if w @ rates(on_the_way(middle)) <= eps else (inside, middle)
        edge = on_the_way(inside)
        value = (w[:, None] * edge * log_p_x_given_z.numpy()).sum()
        if -found.fun - value < 1e-8:
            break
        for x, row in enumerate(edge):
            slope = np.log(row / p) + 1
            cuts.append(np.concatenate([np.kron(np.eye(X)[x], slope), -np.eye(X)[x]]))
            limits.append(slope @ row - rates(edge)[x])
    return value


def best_of_each(w: Priced) -> Tensor:
    one = torch.ones(1, dtype=torch.float64)
    rows = w.table.log_p_x_given_z
    return torch.tensor([constrained(w.table.log_p_z, row[None], one, w.eps.item()) for row in rows]).double()


def at_the_price_of_each(w: Priced) -> Tensor:
    beta = price_of_rate(w.table.log_p_z, w.table.log_p_x_given_z, w.eps.item())
    return -rate_and_distortion(w.table.log_p_z, w.table.log_p_x_given_z, beta)[1]


def lowest_dual(w: Priced) -> Tensor:
    """The price of each x that is worst for it, by scipy. A price of nearly nothing stands for none."""

    def value(log_beta: float, row: Tensor) -> float:
        beta = np.exp(log_beta)
        return beta * (torch.logsumexp(w.table.log_p_z + row / beta, -1).item() + w.eps.item())

    rows = w.table.log_p_x_given_z
    found = [scipy.optimize.minimize_scalar(value, bounds=(-25, 10), args=(r,), options={"xatol": 1e-9}) for r in rows]
    return torch.tensor([f.fun for f in found], dtype=torch.float64)


PROGRAMS = Worlds("tables with a rate, by linear programs", random_price, count=4, tolerance=1e-7)
EXACT_PRICE = Derivation(
    label="kkt-exact-price",
    steps=(
        Step(
            r"\max_{q:\, D_{\mathrm{KL}}(q(z) \,\|\, p(z)) \le \epsilon} \mathbb{E}_{q(z)}\left[\log p_\theta(x \mid z)\right]",
            best_of_each,
            "for one x, over all distributions of z",
            also={"q_beta at the beta that keeps to the rate": at_the_price_of_each},
        ),
        Step(
            r"\min_{\beta \ge 0} \beta \left(\log Z_\beta(x) + \epsilon\right)",
            lowest_dual,
            "convex, and q = p has room to spare: no gap. Each x has a price of its own",
        ),
    ),
    worlds=(PROGRAMS,),
    follows=("kkt-strong-duality", "kkt-completed"),
)


def mean_of_each(w: Priced) -> Tensor:
    return expect(w.table.log_p_x, best_of_each(w))


def best_on_average(w: Priced) -> Tensor:
    t = w.table
    return torch.tensor(constrained(t.log_p_z, t.log_p_x_given_z, t.log_p_x.exp(), w.eps.item())).double()


def one_price(w: Priced) -> Tensor:
    t = w.table
    beta = price_of_rate(t.log_p_z, t.log_p_x_given_z, w.eps.item(), t.log_p_x)
    return expect(t.log_p_x, -rate_and_distortion(t.log_p_z, t.log_p_x_given_z, beta)[1])


def all_alike(seed: int) -> Priced:
    """Each x is as hard as any other: the rows of the likelihood are one row, shifted."""
    w = random_price(seed)
    row = TabularWorld.random(seed, (4,)).log_p_z
    shifted = torch.stack([row.roll(k) for k in range(4)])
    uniform = torch.full((4,), 0.25, dtype=torch.float64).log()
    return w._replace(table=TabularWorld(uniform, shifted, shifted, uniform, (4,)))


AVERAGE = Derivation(
    label="kkt-average",
    steps=(
        Step(
            r"\mathbb{E}_{p(x)}\left[\max_{q:\, D_{\mathrm{KL}}(q(z \mid x) \,\|\, p(z)) \le \epsilon}"
            r" \mathbb{E}_{q(z \mid x)}\left[\log p_\theta(x \mid z)\right]\right]",
            mean_of_each,
            "a constraint, and so a price, for each x",
        ),
        Step(
            r"\max_{q:\, R \le \epsilon} \mathbb{E}_{p(x)} \mathbb{E}_{q(z \mid x)}\left[\log p_\theta(x \mid z)\right]",
            best_on_average,
            "one constraint on the average, and one price: nats go where they buy most. Equal where all x are alike",
            r"\le",
            tight=all_alike,
            also={"q_beta at the beta that keeps to the rate": one_price},
        ),
    ),
    worlds=(replace(PROGRAMS, count=2),),
    follows=("kkt-exact-price", "notation-rate"),
)
