"""The linear VAE of Gaussian data, all weights free, solved: equations of the chapter `kkt`.

One side is trained: every weight of the encoder and the decoder by L-BFGS, on a loss that is written out here. The
other side is the closed form. Between them stands water-filling: one scalar problem for each direction, by scipy.
"""

import math
from typing import NamedTuple

import scipy.optimize
import torch
from torch import Tensor

from course_pkg.derivation.chain import Definition, Derivation, Step, Worlds
from course_pkg.kkt import critical_betas, latent_rates, linear_optimum
from course_pkg.worlds import Symbols, TabularWorld, kl


def rates_of_marginals(w: TabularWorld) -> Tensor:
    """What each latent of a table costs, from its own columns."""
    prior = w.log_marginals(w.log_p_z)
    rows = [[kl(q, p) for q, p in zip(w.log_marginals(row), prior, strict=True)] for row in w.log_q_z_given_x]
    return w.log_p_x.exp() @ torch.tensor(rows, dtype=torch.float64)


LATENT_RATE = Definition(
    label="kkt-latent-rate",
    latex=r"R_j := \mathbb{E}_{p(x)}\left[D_{\mathrm{KL}}\left(q_\phi(z_j \mid x) \,\|\, p(z_j)\right)\right]",
    symbol="R_j",
    meaning="rate of latent j",
    judge=rates_of_marginals,
)


class Data(NamedTuple):
    """Gaussian data of five pixels: covariance, its eigenvalues, largest first; a price, a variance, three latents."""

    covariance: Tensor
    eigenvalues: Tensor
    beta: Tensor
    variance: Tensor
    latents: int


def random_data(seed: int) -> Data:
    """Eigenvalues a factor of 1.5 to 3 apart, and beta sigma^2 in the middle of a gap: no latent is about to fall."""
    g = torch.Generator().manual_seed(seed)
    steps, u = torch.rand(2, 5, generator=g, dtype=torch.float64)
    eigenvalues = 4 * (-(0.4 + 0.7 * steps).cumsum(0)).exp()
    rotation = torch.linalg.qr(torch.randn(5, 5, generator=g, dtype=torch.float64)).Q
    water = (eigenvalues[seed % 4] * eigenvalues[seed % 4 + 1]).sqrt()
    beta = 0.5 + 3 * u[0]
    return Data(rotation @ eigenvalues.diag() @ rotation.mT, eigenvalues, beta, water / beta, 3)


def random_data_of_learnt_variance(seed: int) -> Data:
    """beta above 1, and no critical one."""
    w = random_data(seed)
    critical = critical_betas(w.eigenvalues)
    between = torch.cat([critical[:1] * 1.3, (critical[:-1] * critical[1:]).sqrt()])
    return w._replace(beta=between[seed % 4])


class Trained(NamedTuple):
    rates: Tensor
    loss: Tensor
    variance: Tensor
    decoder: Tensor


def trained(w: Data, learn: bool = False) -> Trained:
    """D + beta R at its minimum over V, W, the latents' widths, and sigma^2 where it is to be learnt."""
    D, C = len(w.eigenvalues), w.covariance
    g = torch.Generator().manual_seed(0)
    V, W = (0.3 * torch.randn(2, D, w.latents, generator=g, dtype=torch.float64)).requires_grad_().unbind()
    V, W = V.detach().requires_grad_(), W.detach().requires_grad_()
    log_var = torch.full((w.latents,), -0.5, dtype=torch.float64, requires_grad=True)
    log_s = w.variance.log().clone().requires_grad_(learn)

    def terms() -> tuple[Tensor, Tensor]:
        rest = torch.eye(D, dtype=C.dtype) - W @ V.mT
        error = torch.trace(rest @ C @ rest.mT) + (W.square() * log_var.exp()).sum()
        distortion = 0.5 * (D * (math.log(2 * math.pi) + log_s) + error / log_s.exp())
        return distortion, 0.5 * ((V * (C @ V)).sum(0) + log_var.exp() - 1 - log_var)

    weights = [V, W, log_var] + ([log_s] if learn else [])
    optimiser = torch.optim.LBFGS(
        weights, max_iter=4000, history_size=50, tolerance_grad=1e-11, tolerance_change=0, line_search_fn="strong_wolfe"
    )

    def closure() -> Tensor:
        optimiser.zero_grad()
        distortion, rates = terms()
        loss = distortion + w.beta * rates.sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    with torch.no_grad():
        distortion, rates = terms()
    return Trained(
        rates.sort(descending=True).values, distortion + w.beta * rates.sum(), log_s.detach().exp(), W.detach()
    )


def water_filling(w: Data) -> Tensor:
    """The error that each direction is left with: a scalar problem each, by scipy. Shape (latents,)."""
    beta, s = w.beta.item(), w.variance.item()

    def cost(share: float, variance: float) -> float:  # share = log(variance / error), twice the rate
        return variance * math.exp(-share) / (2 * s) + beta * share / 2

    found = [
        scipy.optimize.minimize_scalar(cost, bounds=(0, 20), args=(v,), method="bounded", options={"xatol": 1e-12})
        for v in w.eigenvalues[: w.latents].tolist()
    ]
    shares = [f.x if f.fun < cost(0, v) else 0.0 for f, v in zip(found, w.eigenvalues.tolist(), strict=False)]
    return 0.5 * torch.tensor(shares, dtype=torch.float64)


def cost_of_water(w: Data) -> Tensor:
    D, rates = len(w.eigenvalues), water_filling(w)
    kept, lost = w.eigenvalues[: w.latents], w.eigenvalues[w.latents :]
    error = (kept * (-2 * rates).exp()).sum() + lost.sum()
    return D / 2 * (2 * math.pi * w.variance).log() + error / (2 * w.variance) + w.beta * rates.sum()


def closed_cost(w: Data) -> Tensor:
    rate, distortion = linear_optimum(w.eigenvalues, w.beta.item(), w.variance, w.latents)
    return distortion + w.beta * rate


def spectrum(w: Data) -> Symbols:
    """The eigenvalues, D of them, of which d latents take one each; the price, and the noise sigma."""
    numbers: dict[str, Tensor | float] = {
        "D": float(len(w.eigenvalues)),
        "d": float(w.latents),
        r"\beta": w.beta,
        r"\sigma": w.variance.sqrt(),
    }
    return Symbols(numbers=numbers, arrays={r"\lambda_j": ("j", w.eigenvalues)})


TRAINED = Worlds("linear VAEs trained by L-BFGS", random_data, count=8, tolerance=3e-7, symbols=spectrum)
RATES = Derivation(
    label="kkt-linear-rates",
    steps=(
        Step(
            r"R_j",
            lambda w: trained(w).rates,
            "at the optimum, all weights trained; latents in the order of their rates",
            also={"a scalar problem each, by scipy": lambda w: water_filling(w)},
        ),
        Step(
            r"\max\left(0, \frac{1}{2} \log \frac{\lambda_j}{\beta \sigma^2}\right)",
            lambda w: latent_rates(w.eigenvalues[: w.latents], w.beta.item(), w.variance),
            "a nat divides the error of its direction by e squared; it pays until that error is beta sigma squared",
        ),
    ),
    source="Tipping and Bishop (1999) and Lucas et al. (2019) at beta = 1; Shannon (1959)",
    worlds=(TRAINED,),
    follows=("kkt-latent-rate", "elbo-gaussian-likelihood"),
)
COST = Derivation(
    label="kkt-linear-optimum",
    steps=(
        Step(
            r"\min_{\theta, \phi} \left\{\mathcal{D} + \beta R\right\}",
            lambda w: trained(w).loss,
            "over all weights, but sigma, trained",
            also={"a scalar problem each, by scipy": cost_of_water},
        ),
        Step(
            r"\frac{D}{2} \log (2 \pi \sigma^2) + \frac{1}{2 \sigma^2}"
            r" \left[\sum_{j \le d} \min(\lambda_j, \beta \sigma^2) + \sum_{j > d} \lambda_j\right] + \beta \sum_j R_j",
            closed_cost,
            "what is encoded is left with the error beta sigma squared, the rest keeps its variance",
        ),
    ),
    worlds=(TRAINED,),
    follows=("kkt-linear-rates", "kkt-distortion", "kkt-latent-rate", "notation-rate"),
)
