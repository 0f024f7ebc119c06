"""Other readings of the best logit, and the marks of a ratio: equations of the chapter `density_ratio`."""

import torch
import torch.nn.functional as F
from torch import Tensor

from course_pkg.derivation.chain import GRIDS, TABLES, Definition, Derivation, Step, Worlds, Wrong
from course_pkg.equations.density_ratio.classifier import both, least, log_ratio
from course_pkg.worlds import TabularWorld, expect, kl

JS = Definition(
    label="density_ratio-js",
    latex=r"\mathrm{JS}(q, p) := \frac{1}{2} D_{\mathrm{KL}}\left(q \,\|\, \frac{q + p}{2}\right)"
    r" + \frac{1}{2} D_{\mathrm{KL}}\left(p \,\|\, \frac{q + p}{2}\right)",
    symbol=r"\mathrm{JS}(q, p)",
    meaning="Jensen-Shannon divergence, from 0 to log 2",
    source="Lin (1991)",
)
TV = Definition(
    label="density_ratio-tv",
    latex=r"\mathrm{TV}(q, p) := \frac{1}{2} \int \left|q(z) - p(z)\right| dz",
    symbol=r"\mathrm{TV}(q, p)",
    meaning="total variation, from 0 to 1",
)


def independent(seed: int) -> TabularWorld:
    """A table whose latents are independent: the encoder ignores x, and is a product."""
    w = TabularWorld.random(seed)
    _, log_bar = both(w)
    return TabularWorld(w.log_p_z, w.log_p_x_given_z, log_bar.expand_as(w.log_q_z_given_x), w.log_p_x, w.latents)


# Surprise ----------------------------------------------------------------------------------------


def least_surprise(w: TabularWorld) -> Tensor:
    log_q, log_bar = both(w)
    T = least(log_q, log_bar)
    return 0.5 * (expect(log_q, F.softplus(-T)) + expect(log_bar, F.softplus(T)))


def js(log_q: Tensor, log_p: Tensor) -> Tensor:
    middle = torch.logaddexp(log_q, log_p) - torch.tensor(2.0, dtype=log_q.dtype).log()
    return 0.5 * (kl(log_q, middle) + kl(log_p, middle))


LOG_2 = torch.tensor(2.0, dtype=torch.float64).log()
SURPRISE = Derivation(
    label="density_ratio-surprise",
    steps=(
        Step(
            r"\min_{T(z)} \frac{1}{2} \left\{ \mathbb{E}_{q(z)}\left[\log (1 + e^{-T(z)})\right]"
            r" + \mathbb{E}_{\bar{q}(z)}\left[\log (1 + e^{T(z)})\right] \right\}",
            least_surprise,
            "what the best classifier of as many codes of both kinds still pays",
        ),
        Step(
            r"\log 2 - \mathrm{JS}(q, \bar{q})",
            lambda w: LOG_2 - js(*both(w)),
            "put the best logit in, and multiply by one half",
            wrong=(
                Wrong(
                    "it has learnt the total correlation", r"\log 2 - \mathrm{TC}(z)", lambda w: LOG_2 - kl(*both(w))
                ),
                Wrong("what it pays is the divergence", r"\mathrm{JS}(q, \bar{q})", lambda w: js(*both(w))),
            ),
        ),
    ),
    source="Goodfellow et al. (2014), theorem 1",
    worlds=(TABLES, GRIDS),
    follows=(
        "density_ratio-js",
        "density_ratio-classifier",
        "density_ratio-product",
    ),
)

# Accuracy -----------------------------------------------------------------------------------------


def best_of_all(w: TabularWorld) -> Tensor:
    """The best of all 2^K ways to call each code real or shuffled."""
    log_q, log_bar = both(w)
    calls = torch.cartesian_prod(*[torch.tensor([0.0, 1.0], dtype=torch.float64)] * len(log_q))
    return (0.5 * (calls @ log_q.exp() + (1 - calls) @ log_bar.exp())).max()


def variation(w: TabularWorld) -> Tensor:
    log_q, log_bar = both(w)
    return 0.5 * (log_q.exp() - log_bar.exp()).abs().sum()


def by_the_ratio(w: TabularWorld) -> Tensor:
    log_q, log_bar = both(w)
    real = log_ratio(w) > 0
    return 0.5 * (log_q.exp()[real].sum() + log_bar.exp()[~real].sum())


ACCURACY = Derivation(
    label="density_ratio-accuracy",
    steps=(
        Step(
            r"\max_{T(z)} \frac{1}{2} \left( \mathrm{Pr}_{q}\left[T(z) > 0\right]"
            r" + \mathrm{Pr}_{\bar{q}}\left[T(z) \le 0\right] \right)",
            best_of_all,
            "how often the best classifier is right",
            also={"calling a code real where its ratio is above one": by_the_ratio},
        ),
        Step(
            r"\frac{1}{2} + \frac{1}{2} \mathrm{TV}(q, \bar{q})",
            lambda w: 0.5 + 0.5 * variation(w),
            "it calls a code real where q is the larger of the two",
            wrong=(
                Wrong("it is right as often as they differ", r"\mathrm{TV}(q, \bar{q})", variation),
                Wrong(
                    "half of the codes it must guess",
                    r"\frac{1}{2} + \mathrm{TV}(q, \bar{q})",
                    lambda w: 0.5 + variation(w),
                ),
            ),
        ),
        Step(
            r"\frac{1}{2} + \sqrt{\frac{\mathrm{TC}(z)}{8}}",
            lambda w: 0.5 + (kl(*both(w)).clamp_min(0) / 8).sqrt(),
            "Pinsker: TV is at most the root of half the divergence. Equal where the latents are independent",
            relation=r"\le",
            tight=independent,
            wrong=(
                Wrong(
                    "the better a classifier is, the larger the divergence",
                    r"\frac{1}{2} + \sqrt{\frac{\mathrm{TC}(z)}{8}}",
                    relation=r"\ge",
                ),
            ),
        ),
    ),
    source="Le Cam; Pinsker",
    worlds=(Worlds("tables", TabularWorld.random, tolerance=1e-7),),  # a root: of 1e-15 it leaves 3e-8
    follows=(
        "density_ratio-tv",
        "notation-total-correlation",
        "density_ratio-product",
    ),
)

# Two marks of a ratio -----------------------------------------------------------------------------

LARGER = Worlds("tables of three latents", lambda s: TabularWorld.random(s, (2, 2, 3)))
MASS = Derivation(
    label="density_ratio-mass",
    steps=(
        Step(
            r"\mathbb{E}_{\bar{q}(z)}\left[e^{T^*(z)}\right]",
            lambda w: expect(both(w)[1], log_ratio(w).exp()),
            "the ratio, averaged over shuffled codes",
        ),
        Step(
            "1",
            lambda w: torch.ones((), dtype=torch.float64),
            "it is the integral of q",
            wrong=(
                Wrong("the mean of a logarithm that is zero on average", "0", lambda w: torch.zeros(()).double()),
                Wrong(
                    "it is averaged over the codes that it favours",
                    r"\mathbb{E}_{q(z)}\left[e^{T^*(z)}\right]",
                    lambda w: expect(both(w)[0], log_ratio(w).exp()),
                ),
            ),
        ),
        Step(
            r"\mathbb{E}_{q(z)}\left[e^{-T^*(z)}\right]",
            lambda w: expect(both(w)[0], (-log_ratio(w)).exp()),
            "and the other way about: the integral of the product",
        ),
    ),
    worlds=(TABLES, LARGER),
    follows=(
        "density_ratio-log-ratio",
        "density_ratio-product",
        "notation-expectation",
    ),
)
CHI_SQUARE = Derivation(
    label="density_ratio-chi-square",
    steps=(
        Step(
            r"\int \frac{\left(q(z) - \bar{q}(z)\right)^2}{\bar{q}(z)}\, dz",
            lambda w: ((both(w)[0].exp() - both(w)[1].exp()) ** 2 / both(w)[1].exp()).sum(),
            "the chi-square divergence",
        ),
        Step(
            r"\mathbb{E}_{\bar{q}(z)}\left[e^{2 T^*(z)}\right] - 1",
            lambda w: expect(both(w)[1], (2 * log_ratio(w)).exp()) - 1,
            "multiply the square out; both densities integrate to one",
            wrong=(
                Wrong(
                    "the square of the mean",
                    r"\left(\mathbb{E}_{\bar{q}(z)}\left[e^{T^*(z)}\right]\right)^2 - 1",
                    lambda w: expect(both(w)[1], log_ratio(w).exp()) ** 2 - 1,
                ),
            ),
        ),
        Step(
            r"\mathbb{E}_{q(z)}\left[e^{T^*(z)}\right] - 1",
            lambda w: expect(both(w)[0], log_ratio(w).exp()) - 1,
            "one of the two ratios turns an average over shuffled codes into one over codes",
            wrong=(
                Wrong(
                    "the exponent stays",
                    r"\mathbb{E}_{q(z)}\left[e^{2 T^*(z)}\right] - 1",
                    lambda w: expect(both(w)[0], (2 * log_ratio(w)).exp()) - 1,
                ),
            ),
        ),
    ),
    source="Pearson (1900)",
    worlds=(TABLES, LARGER),
    follows=(
        "density_ratio-log-ratio",
        "density_ratio-mass",
        "density_ratio-product",
        "notation-expectation",
    ),
)
