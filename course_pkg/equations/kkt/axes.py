"""What a posterior with independent latents pays for the axes that it stands on: equations of the chapter `kkt`.

The decoder is linear, with matrix W and noise of variance sigma^2. What is best for an encoder is found by optimisers
that know neither the posterior nor its precision.
"""

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import scipy.optimize
import torch
from torch import Tensor

from course_pkg.derivation.chain import Definition, Derivation, Step, Worlds
from course_pkg.equations.kkt.linear import Data, random_data, trained
from course_pkg.worlds import LinearGaussianWorld, Symbols
from course_pkg.worlds.kinds import numbers

Decoder = tuple[Tensor, Tensor, Tensor]


def a_decoder(seed: int) -> Decoder:
    """A matrix W of four pixels by three latents, a price, and the standard deviation sigma of the noise."""
    g = torch.Generator().manual_seed(seed)
    beta, sigma = numbers((0.3, 6), (0.4, 2))(seed)
    return torch.randn(4, 3, generator=g, dtype=torch.float64), beta, sigma


DECODERS = Worlds(
    "linear decoders with a price",
    a_decoder,
    symbols=lambda w: Symbols(
        numbers={r"\beta": w[1], r"\sigma": w[2]},
        arrays={"W": ("", w[0]), "I": ("", torch.eye(3, dtype=torch.float64))},
    ),
)

PRECISION = Definition(
    label="kkt-precision",
    latex=r"\Lambda_\beta := I + \frac{1}{\beta \sigma^2}\, W^\top W",
    symbol=r"\Lambda_\beta",
    meaning="precision of the best encoder of a linear decoder at the price beta; of the posterior at beta = 1",
    judge=lambda w: w[0].mT @ w[0] / (w[1] * w[2] ** 2) + torch.eye(3, dtype=torch.float64),
    worlds=DECODERS,
)
AXES_PRICE = Definition(
    label="kkt-axes-price",
    latex=r"\Delta_\beta(W) := \max_{q} \mathcal{L}_\beta(x) - \max_{\mu, \sigma} \mathcal{L}_\beta(x)",
    symbol=r"\Delta_\beta(W)",
    meaning="what a diagonal Gaussian encoder misses of the best objective, with the decoder's matrix W",
)


class Priced(NamedTuple):
    """A linear decoder, and a price."""

    world: LinearGaussianWorld
    beta: Tensor


def random_priced(seed: int) -> Priced:
    """Three latents, four pixels; beta from 0.3 to 6."""
    u = torch.rand((), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return Priced(LinearGaussianWorld.random(seed, d=3, n=4), 0.3 * 20**u)


def most(w: Priced, diagonal: bool) -> Tensor:
    """The largest objective of any Gaussian q at x = m, or of any that is diagonal: L-BFGS over mean and factor."""
    d = w.world.W.shape[1]
    c = torch.zeros(d, dtype=torch.float64, requires_grad=True)
    log_width, below = torch.zeros_like(c, requires_grad=True), torch.zeros(d, d, dtype=c.dtype, requires_grad=True)
    chosen = [c, log_width] if diagonal else [c, log_width, below]
    optimiser = torch.optim.LBFGS(
        chosen, max_iter=500, tolerance_grad=1e-11, tolerance_change=0, line_search_fn="strong_wolfe"
    )

    def objective() -> Tensor:
        factor = log_width.exp().diag() + below.tril(-1)
        q = replace(w.world, V=torch.zeros_like(w.world.V), c=c, S=factor @ factor.mT)
        return q.expected_log_likelihood(q.m) - w.beta * q.kl(q.m)

    def closure() -> Tensor:
        optimiser.zero_grad()
        loss = -objective()
        loss.backward()
        return loss

    optimiser.step(closure)
    return objective().detach()


def gap_of_a_noisier_world(w: Priced) -> Tensor:
    """beta times the least gap, between two Gaussians, in the world whose noise is beta sigma^2: by scipy."""
    noisy = replace(w.world, s=w.world.s * w.beta.sqrt(), V=torch.zeros_like(w.world.V))
    d = len(noisy.c)

    def gap(y: np.ndarray) -> tuple[float, np.ndarray]:
        t = torch.as_tensor(y).requires_grad_()
        value = replace(noisy, c=t[:d], S=t[d:].exp().diag()).gap(noisy.m)
        return value.item(), torch.autograd.grad(value, t)[0].numpy()

    return w.beta * scipy.optimize.minimize(gap, np.zeros(2 * d), jac=True, method="BFGS", options={"gtol": 1e-10}).fun


def precision(w: Priced) -> Tensor:
    W = w.world.W
    return torch.eye(W.shape[1], dtype=W.dtype) + W.mT @ W / (w.beta * w.world.s**2)


def priced_symbols(w: Priced) -> Symbols:
    P = precision(w)
    return Symbols(
        numbers={r"\beta": w.beta, "d": float(len(P))},
        arrays={r"\Lambda_\beta": ("", P), r"(\Lambda_\beta)_{ij}": ("i j", P)},
    )


DIAGONAL = Derivation(
    label="kkt-diagonal",
    steps=(
        Step(
            r"\Delta_\beta(W)",
            lambda w: most(w, diagonal=False) - most(w, diagonal=True),
            "the best encoder of any covariance, less the best with independent latents, both by L-BFGS",
            also={"the gap of a world with the noise beta sigma squared, by scipy": gap_of_a_noisier_world},
        ),
        Step(
            r"\frac{\beta}{2} \left[\sum_{j=1}^{d} \log (\Lambda_\beta)_{jj} - \log \det \Lambda_\beta\right]",
            lambda w: w.beta / 2 * (precision(w).diagonal().log().sum() - torch.logdet(precision(w))),
            "beta divergences from the tilted encoder, the posterior of a decoder with noise beta sigma squared",
        ),
    ),
    source="Lucas et al. (2019) at beta = 1",
    worlds=(Worlds("linear decoders with a price", random_priced, 10, 1e-7, symbols=priced_symbols),),
    follows=("kkt-axes-price", "kkt-precision", "kkt-completed", "kkt-beta-elbo", "elbo-mean-field-gap"),
)

# At the optimum, turned -----------------------------------------------------------------------------


class Turn(NamedTuple):
    """Gaussian data with two latents in use, and an angle."""

    data: Data
    angle: Tensor


def random_turn(seed: int) -> Turn:
    """The water at a third to two thirds of the second eigenvalue; angles below a quarter turn."""
    w = random_data(seed)
    u, v = torch.rand(2, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    variance = w.eigenvalues[1] * (1 + u) / 3 / w.beta
    return Turn(w._replace(variance=variance, latents=2), 0.1 + 1.3 * v)


def turn(angle: Tensor) -> Tensor:
    c, s = angle.cos(), angle.sin()
    return torch.stack([torch.stack([c, -s]), torch.stack([s, c])])


def loss_of_turned(w: Turn) -> Tensor:
    """All weights trained; then the decoder turned and held, and the encoder trained again: what the loss has risen."""
    C, beta, variance = w.data.covariance, w.data.beta, w.data.variance
    best = trained(w.data)
    W, D = best.decoder @ turn(w.angle), len(C)
    V = torch.zeros_like(W, requires_grad=True)
    log_var = torch.full((2,), -0.5, dtype=W.dtype, requires_grad=True)
    optimiser = torch.optim.LBFGS(
        [V, log_var], max_iter=2000, tolerance_grad=1e-11, tolerance_change=0, line_search_fn="strong_wolfe"
    )

    def loss() -> Tensor:
        rest = torch.eye(D, dtype=C.dtype) - W @ V.mT
        error = torch.trace(rest @ C @ rest.mT) + (W.square() * log_var.exp()).sum()
        rate = 0.5 * ((V * (C @ V)).sum() + (log_var.exp() - 1 - log_var).sum())
        return 0.5 * (D * (2 * math.pi * variance).log() + error / variance) + beta * rate

    def closure() -> Tensor:
        optimiser.zero_grad()
        value = loss()
        value.backward()
        return value

    optimiser.step(closure)
    return loss().detach() - best.loss


def gap_of_turned(w: Turn) -> Tensor:
    """The optimal decoder written down, turned, and the least gap of a diagonal encoder found by scipy."""
    data = w.data
    values, vectors = torch.linalg.eigh(data.covariance)
    turned = torch.matrix_exp(w.angle * torch.tensor([[0.0, -1.0], [1.0, 0.0]], dtype=values.dtype))
    W = vectors[:, -2:].flip(1) * (values[-2:].flip(0) - data.beta * data.variance).sqrt() @ turned
    zero = torch.zeros(len(W), dtype=W.dtype)
    world = LinearGaussianWorld(
        W, zero, data.variance.sqrt(), torch.zeros_like(W.mT), zero[:2], torch.eye(2).double(), zero, data.covariance
    )
    return gap_of_a_noisier_world(Priced(world, data.beta))


def closed_turn(w: Turn) -> Tensor:
    first, second = w.data.eigenvalues[:2]
    return w.data.beta / 2 * torch.log1p((first - second) ** 2 / (4 * first * second) * (2 * w.angle).sin() ** 2)


TURN = Derivation(
    label="kkt-turn",
    steps=(
        Step(
            r"\Delta_\beta(W^* Q_\omega)",
            loss_of_turned,
            "the optimal decoder of two latents in use, trained, then turned and held while the encoder is trained",
            also={"the gap of the optimum written down, by scipy": gap_of_turned},
        ),
        Step(
            r"\frac{\beta}{2} \log \left(1"
            r" + \frac{(\lambda_1 - \lambda_2)^2}{4 \lambda_1 \lambda_2} \sin^2 2 \omega\right)",
            closed_turn,
            "at the optimum the precision has the eigenvalues lambda_j / (beta sigma squared), and the scale cancels",
        ),
    ),
    source="Lucas et al. (2019), Rolinek et al. (2019) and Kumar and Poole (2020) find the same preference of axes",
    worlds=(
        Worlds(
            "linear VAEs, trained and turned",
            random_turn,
            count=8,
            tolerance=3e-7,
            symbols=lambda w: Symbols(
                numbers={r"\beta": w.data.beta, r"\omega": w.angle}, arrays={r"\lambda_j": ("j", w.data.eigenvalues)}
            ),
        ),
    ),
    follows=("kkt-axes-price", "kkt-diagonal", "kkt-linear-optimum", "kkt-linear-rates"),
)
