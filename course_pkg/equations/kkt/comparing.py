"""Models at two prices, and papers that count differently: equations of the chapter `kkt`."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from course_pkg.derivation.chain import Definition, Derivation, Step, Worlds
from course_pkg.elbo import bernoulli_log_likelihood, gaussian_kl
from course_pkg.equations.elbo.likelihoods import Codes, random_codes
from course_pkg.kkt import normalised_beta
from course_pkg.worlds import Symbols, TabularWorld, expect, kl
from course_pkg.worlds.kinds import numbers


class Menu(NamedTuple):
    """Rates and distortions of 40 encoders, which are all there is, and two prices, the first the smaller."""

    rate: Tensor
    distortion: Tensor
    low: Tensor
    high: Tensor


def random_menu(seed: int) -> Menu:
    """40 random encoders of one table, from the prior to the one it was drawn with and beyond: no convex set."""
    w = TabularWorld.random(seed)
    g = torch.Generator().manual_seed(seed)
    other = torch.randn(40, *w.log_q_z_given_x.shape, generator=g, dtype=torch.float64)
    heat = 6 * torch.rand(40, 1, 1, generator=g, dtype=torch.float64)
    log_q = (w.log_p_z + heat * (w.log_p_x_given_z + 0.2 * other)).log_softmax(-1)
    low, more = torch.rand(2, generator=g, dtype=torch.float64)
    distortion = -expect(w.log_p_x, expect(log_q, w.log_p_x_given_z))
    return Menu(expect(w.log_p_x, kl(log_q, w.log_p_z)), distortion, 0.1 + low, 0.1 + low + 2 * more)


def chosen(w: Menu, high: bool) -> int:
    """The global optimum at a price. Among equals: the smallest rate at the high one, the largest at the low one."""
    cost = w.distortion + (w.high if high else w.low) * w.rate
    equals = (cost < cost.min() + 1e-12).nonzero().flatten().tolist()
    return (min if high else max)(equals, key=lambda k: w.rate[k].item())


def saved(w: Menu) -> Tensor:
    return w.rate[chosen(w, False)] - w.rate[chosen(w, True)]


def two_of(w: Menu) -> Symbols:
    """The two that are chosen, and their prices: the lower one first."""
    pair = [chosen(w, False), chosen(w, True)]
    return Symbols(
        arrays={
            r"\beta_i": ("i", torch.stack([w.low, w.high])),
            "R_i": ("i", w.rate[pair]),
            r"\mathcal{D}_i": ("i", w.distortion[pair]),
        }
    )


def tie(seed: int) -> Menu:
    """Both prices at the one where two encoders are equally good."""
    w = random_menu(seed)
    first = chosen(w, True)
    cheaper = w.rate > w.rate[first] + 1e-9
    steep = (w.distortion[first] - w.distortion) / (w.rate - w.rate[first])
    price = steep[cheaper].max()
    return w._replace(low=price, high=price)


SECANT = Derivation(
    label="kkt-secant",
    steps=(
        Step(
            r"\beta_1 \left(R_1 - R_2\right)",
            lambda w: w.low * saved(w),
            "the rate that the higher price saves, at the lower price",
        ),
        Step(
            r"\mathcal{D}_2 - \mathcal{D}_1",
            lambda w: w.distortion[chosen(w, True)] - w.distortion[chosen(w, False)],
            "the first is a global optimum at its price: to move to the second does not pay. Equal where they tie",
            r"\le",
            tight=tie,
        ),
        Step(
            r"\beta_2 \left(R_1 - R_2\right)",
            lambda w: w.high * saved(w),
            "the second is a global optimum at its price: to move back does not pay. Equal where they tie",
            r"\le",
            tight=tie,
        ),
    ),
    worlds=(Worlds("menus of 40 encoders", random_menu, symbols=two_of),),
    follows=("kkt-distortion", "notation-rate"),
)

# Papers that count differently --------------------------------------------------------------------

Sizes = tuple[float, int, int]


def sizes(seed: int) -> Sizes:
    """A price, a number of latents, and one of pixels."""
    beta, latents, pixels = numbers((0.5, 8), (2, 20), (30, 5000))(seed).tolist()
    return beta, int(latents), int(pixels)


SIZES = Worlds(
    "prices and sizes", sizes, symbols=lambda w: Symbols(numbers=dict(zip((r"\beta", "d", "D"), w, strict=True)))
)


NORMALISED_BETA = Definition(
    label="kkt-normalised-beta",
    latex=r"\beta_{\mathrm{norm}} := \beta\, \frac{d}{D}",
    symbol=r"\beta_{\mathrm{norm}}",
    meaning="normalised beta: what a program that averages over pixels and over latents must call beta",
    code="kkt.normalised_beta",
    source="Higgins et al. (2017), section 2",
    judge=lambda w: torch.tensor(normalised_beta(*w), dtype=torch.float64),
    worlds=SIZES,
)


def loss_of_means(w: Codes) -> Tensor:
    """At beta = 4: torch's defaults, means over everything."""
    x, logits, mu, log_var = w
    normalised = 4.0 * mu.shape[1] / x[0].numel()
    q = torch.distributions.Normal(mu, (0.5 * log_var).exp())
    divergence = torch.distributions.kl_divergence(q, torch.distributions.Normal(0.0, 1.0))
    return F.binary_cross_entropy_with_logits(logits, x) + normalised * divergence.mean()


def loss_of_sums(w: Codes) -> Tensor:
    x, logits, mu, log_var = w
    loss = -bernoulli_log_likelihood(x, logits) + 4.0 * gaussian_kl(mu, log_var).sum(1)
    return loss.mean() / x[0].numel()


NORMALISED = Derivation(
    label="kkt-normalised",
    steps=(
        Step(
            r"\frac{1}{D} \sum_{i=1}^{D} \left(-\log p_\theta(x_i \mid z)\right)"
            r" + \beta_{\mathrm{norm}} \frac{1}{d}"
            r" \sum_{j=1}^{d} D_{\mathrm{KL}}\left(q_\phi(z_j \mid x) \,\|\, p(z_j)\right)",
            loss_of_means,
            "means over pixels, and over latents",
        ),
        Step(
            r"\frac{1}{D} \left[-\log p_\theta(x \mid z)"
            r" + \beta\, D_{\mathrm{KL}}\left(q_\phi(z \mid x) \,\|\, p(z)\right)\right]",
            loss_of_sums,
            "factor out 1 / D: what is left of d and D is what the definition put in",
        ),
    ),
    source="Higgins et al. (2017), section 2",
    worlds=(Worlds("random images and codes", random_codes, 10),),
    follows=("kkt-normalised-beta", "elbo-means", "notation-kl"),
)
