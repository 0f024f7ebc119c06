"""The constraint on the rate, of each x or on average: equations of the chapter `kkt`, on tables.

One side is solved with no multiplier, by linear programs; the other has nothing but the multiplier.
"""

from dataclasses import replace

import numpy as np
import scipy.optimize
import scipy.special
import torch
from torch import Tensor

from course_pkg.derivation.chain import Derivation, Step, Worlds
from course_pkg.equations.kkt.encoder import Priced, random_price
from course_pkg.kkt import price_of_rate, rate_and_distortion
from course_pkg.worlds import TabularWorld, expect


def constrained(log_p_z: Tensor, log_p_x_given_z: Tensor, weights: Tensor, eps: float) -> Tensor:
    """max sum_x w_x E_q log p(x|z) subject to sum_x w_x KL(q || p) <= eps, over tables q, by linear programs. (G,).

    weights (G, X): a problem a row, and no x in two of them; all are solved in the same programs.
    A convex set is an intersection of half-spaces. Each program has one tangent more for each x, taken where the way
    from the prior to the last answer leaves the set (Veinott 1967). No multiplier and no logarithm of a zero appears.
    """
    X, K = log_p_x_given_z.shape
    p, w = log_p_z.exp().numpy(), weights.numpy()
    gain = w.sum(0)[:, None] * log_p_x_given_z.numpy()
    sums = np.hstack([np.kron(np.eye(X), np.ones(K)), np.zeros((X, X))])  # of q, then r: KL_x <= r_x
    cuts, limits = [*np.hstack([np.zeros((len(w), X * K)), w])], [eps] * len(w)
    rates = lambda q: scipy.special.rel_entr(q, p).sum(1)
    precise = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}
    bounds = [(0, 1)] * (X * K) + [(0, None)] * X
    paid = -np.concatenate([gain.ravel(), np.zeros(X)])
    for _ in range(300):
        found = scipy.optimize.linprog(paid, np.array(cuts), limits, sums, np.ones(X), bounds, options=precise)
        q = found.x[: X * K].reshape(X, K).clip(0)
        on_the_way = lambda s, q=q: p + ((w > 0).T @ s)[:, None] * (q - p)
        inside, outside = (w @ rates(q) <= eps).astype(float), np.ones(len(w))
        for _ in range(50):
            middle = (inside + outside) / 2
            within = w @ rates(on_the_way(middle)) <= eps
            inside, outside = np.where(within, middle, inside), np.where(within, outside, middle)
        edge = on_the_way(inside)
        if -found.fun - (gain * edge).sum() < 1e-8:
            break
        for x in np.flatnonzero((w > 0).T @ (inside < 1)):  # the others have their answer, which may hold zeros
            row = edge[x]
            slope = np.log(row / p) + 1
            cuts.append(np.concatenate([np.kron(np.eye(X)[x], slope), -np.eye(X)[x]]))
            limits.append(slope @ row - rates(edge)[x])
    return torch.from_numpy(w @ (log_p_x_given_z.numpy() * edge).sum(1))


def best_of_each(w: Priced) -> Tensor:
    rows = w.table.log_p_x_given_z
    return constrained(w.table.log_p_z, rows, torch.eye(len(rows)).double(), w.eps.item())


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
            r"\max_{q:\, D_{\mathrm{KL}}(q(z) \,\|\, p(z)) \le \epsilon}"
            r" \mathbb{E}_{q(z)}\left[\log p_\theta(x \mid z)\right]",
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
    follows=("kkt-strong-duality", "kkt-completed", "kkt-normaliser", "notation-kl"),
)


def mean_of_each(w: Priced) -> Tensor:
    return expect(w.table.log_p_x, best_of_each(w))


def best_on_average(w: Priced) -> Tensor:
    t = w.table
    return constrained(t.log_p_z, t.log_p_x_given_z, t.log_p_x.exp()[None], w.eps.item())[0]


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
            r"\max_{q:\, R \le \epsilon}"
            r" \mathbb{E}_{p(x)} \mathbb{E}_{q(z \mid x)}\left[\log p_\theta(x \mid z)\right]",
            best_on_average,
            "one constraint on the average, and one price: nats go where they buy most. Equal where all x are alike",
            r"\le",
            tight=all_alike,
            also={"q_beta at the beta that keeps to the rate": one_price},
        ),
    ),
    worlds=(replace(PROGRAMS, count=2),),
    follows=("kkt-exact-price", "notation-rate", "notation-kl"),
)
