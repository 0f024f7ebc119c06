"""What the two players of FactorVAE pay, and the slopes they follow: equations of the chapter `density_ratio`."""

from dataclasses import replace

import torch
from torch import Tensor

from course_pkg import density_ratio
from course_pkg.derivation.chain import Derivation, Step, Worlds, Wrong
from course_pkg.equations.density_ratio.classifier import both, log_ratio
from course_pkg.worlds import Symbols, TabularWorld, expect, kl
from course_pkg.worlds.kinds import gaussian_grid

# The price list ---------------------------------------------------------------------------------

Priced = tuple[TabularWorld, Tensor]


def price(seed: int) -> Tensor:
    return 0.5 + 5 * torch.rand((), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def priced(w: Priced) -> Symbols:
    return replace(w[0].symbols(), numbers={r"\gamma": w[1]})


PRICED = (
    Worlds("tables", lambda s: (TabularWorld.random(s), price(s)), symbols=priced),
    Worlds("Gaussians on a grid", lambda s: (gaussian_grid(s), price(s)), 3),
)


def parts(world: Priced) -> tuple[Tensor, Tensor, Tensor]:
    """I, TC and the sum of D_j."""
    w, _ = world
    return w.mutual_information(), kl(*both(w)), w.dimension_wise_kl().sum()


def listed(world: Priced, on_tc: float = 1.0, on_dimensions: float = 0.0) -> Tensor:
    information, tc, dimensions = parts(world)
    gamma = world[1]
    return information + (on_tc + gamma) * tc + (1 + gamma * on_dimensions) * dimensions


PRICE = Derivation(
    label="density_ratio-price",
    steps=(
        Step(
            r"R + \gamma\, \mathrm{TC}(z)",
            lambda world: expect(world[0].log_p_x, world[0].kl()) + world[1] * kl(*both(world[0])),
            "what FactorVAE adds to the reconstruction",
        ),
        Step(
            r"I(x; z) + (1 + \gamma)\, \mathrm{TC}(z) + \sum_{j=1}^{d} D_j",
            listed,
            "the rate holds the total correlation once already",
            wrong=(
                Wrong(
                    "gamma is its price",
                    r"I(x; z) + \gamma\, \mathrm{TC}(z) + \sum_{j=1}^{d} D_j",
                    lambda world: listed(world, on_tc=0.0),
                ),
                Wrong(
                    "gamma makes each latent's own divergence dear, too",
                    r"I(x; z) + (1 + \gamma) \left(\mathrm{TC}(z) + \sum_{j=1}^{d} D_j\right)",
                    lambda world: listed(world, on_dimensions=1.0),
                ),
            ),
        ),
    ),
    source="Kim and Mnih (2018), eq. 2; Chen et al. (2018), eq. 4",
    worlds=PRICED,
    follows=(
        "notation-rate",
        "notation-total-correlation",
        "notation-mutual-information",
        "notation-dimension-wise-kl",
    ),
)

# The discriminator may be held fixed ----------------------------------------------------------------

Moved = tuple[TabularWorld, Tensor]


def with_direction(w: TabularWorld, seed: int) -> Moved:
    """A world, and a direction in which the encoder's log probabilities move with phi."""
    g = torch.Generator().manual_seed(seed)
    return w, torch.randn(w.log_q_z_given_x.shape, generator=g, dtype=torch.float64)


MOVED = (
    Worlds("tables, a direction each", lambda s: with_direction(TabularWorld.random(s), s)),
    Worlds("Gaussians on a grid, a direction each", lambda s: with_direction(gaussian_grid(s), s), 3),
)


def slope(world: Moved) -> Tensor:
    """By automatic differentiation, through q and through the product of its marginals."""
    w, direction = world
    phi = torch.zeros((), dtype=torch.float64, requires_grad=True)
    moved = replace(w, log_q_z_given_x=(w.log_q_z_given_x + phi * direction).log_softmax(1))
    (found,) = torch.autograd.grad(kl(*both(moved)), phi)
    return found


def change_of_q(world: Moved) -> Tensor:
    """dq(z) / dphi, by hand."""
    w, direction = world
    q = w.log_q_z_given_x.exp()
    return w.log_p_x.exp() @ (q * (direction - (q * direction).sum(1, keepdim=True)))


def change_of_product(world: Moved) -> Tensor:
    """d q-bar(z) / dphi: one marginal after the other."""
    w, _ = world
    marginals = [m.exp() for m in w.log_marginals(w.log_aggregate_posterior())]
    change, d = change_of_q(world).reshape(w.latents), len(w.latents)
    total = torch.zeros(len(w.log_p_z), dtype=torch.float64)
    for j in range(d):
        own = change.sum([k for k in range(d) if k != j]) if d > 1 else change
        factors = [own if k == j else m for k, m in enumerate(marginals)]
        term = factors[0]
        for factor in factors[1:]:
            term = (term[:, None] * factor).reshape(-1)
        total += term
    return total


def three_terms(world: Moved) -> Tensor:
    log_q, log_bar = both(world[0])
    own = change_of_q(world)
    through_bar = torch.where(log_bar.exp() > 0, (log_q - log_bar).exp() * change_of_product(world), 0.0)
    return (own * log_ratio(world[0])).sum() + own.sum() - through_bar.sum()


def held_fixed(world: Moved) -> Tensor:
    return (change_of_q(world) * log_ratio(world[0])).sum()


def held_fixed_in_batches(world: Moved) -> Tensor:
    """The logit that a classifier of batches of four would give."""
    return (change_of_q(world) * density_ratio.seen(log_ratio(world[0]), 4)).sum()


FIXED = Derivation(
    label="density_ratio-fixed",
    steps=(
        Step(
            r"\frac{\partial}{\partial \phi} D_{\mathrm{KL}}\left(q(z) \,\|\, \bar{q}(z)\right)",
            slope,
            "the slope of the total correlation in a weight of the encoder",
        ),
        Step(
            r"\int \frac{\partial q(z)}{\partial \phi} T^*(z)\, dz + \mathbb{E}_{q(z)}\left["
            r"\frac{\partial \log q(z)}{\partial \phi}\right] - \mathbb{E}_{q(z)}\left["
            r"\frac{\partial \log \bar{q}(z)}{\partial \phi}\right]",
            three_terms,
            "the codes move, and so do both densities inside the logarithm",
            wrong=(
                Wrong(
                    "the last two terms are zero, and the first weighs the change by the ratio itself",
                    r"\int \frac{\partial q(z)}{\partial \phi} e^{T^*(z)}\, dz",
                    lambda world: (change_of_q(world) * log_ratio(world[0]).exp()).sum(),
                ),
            ),
        ),
        Step(
            r"\int \frac{\partial q(z)}{\partial \phi} T^*(z)\, dz",
            held_fixed,
            "both means are zero: the first by the integral of q; the second is a sum over latents, and q's own"
            " marginals are those of the product",
            wrong=(
                Wrong(
                    "any law of shuffled codes will do",
                    r"\int \frac{\partial q(z)}{\partial \phi} T_4(z)\, dz",
                    held_fixed_in_batches,
                ),
                Wrong(
                    "a fixed discriminator gives half of the slope",
                    r"\frac{1}{2} \int \frac{\partial q(z)}{\partial \phi} T^*(z)\, dz",
                    lambda world: held_fixed(world) / 2,
                ),
            ),
        ),
    ),
    worlds=MOVED,
    follows=(
        "density_ratio-log-ratio",
        "density_ratio-product",
        "density_ratio-seen",
        "notation-kl",
    ),
)
