"""What readers may believe instead of the lines of `identifiability`: each breaks its chain where it stands."""

import math

import torch
from torch import Tensor

from course_pkg.derivation.chain import Wrong
from course_pkg.equations.identifiability import astray, counted, identify, loophole, theorem
from course_pkg.equations.identifiability.theorem import Mapped, Turned
from course_pkg.equations.kkt.axes import Turn
from course_pkg.worlds import TabularWorld, kl
from course_pkg.worlds.tabular import product


def with_covariance(w: Turned, signal: Tensor, noise: float = 1.0) -> Tensor:
    return theorem.log_normal(w, signal + noise * w.world.s**2 * torch.eye(2, dtype=torch.float64))


def signal(w: Turned) -> Tensor:
    return w.world.W @ w.world.W.mT


EVIDENCE = theorem.EVIDENCE.with_wrong(
    1,
    Wrong(
        "the images are turned, too",
        r"\log \mathcal{N}\left(x;\, b,\, Q^\top W W^\top Q + \sigma^2 I\right)",
        lambda w: with_covariance(w, w.Q.mT @ signal(w) @ w.Q),
    ),
    Wrong(
        "latents that are turned are correlated, and their variances grow",
        r"\log \mathcal{N}\left(x;\, b,\, 2\, W W^\top + \sigma^2 I\right)",
        lambda w: with_covariance(w, 2 * signal(w)),
    ),
    Wrong(
        "the decoder is certain",
        r"\log \mathcal{N}\left(x;\, b,\, W W^\top\right)",
        lambda w: with_covariance(w, signal(w), 0.0),
    ),
)


def own_slopes(w: Mapped) -> Tensor:
    before, after = theorem.bells(w)
    return (w.Q.diagonal() * after / before).prod().abs()


VOLUME = theorem.VOLUME.with_wrong(
    1,
    Wrong(
        "each number is stretched by its own slope, and that is all",
        r"\prod_{j=1}^{d} \left|\frac{\partial m_j(u)}{\partial u_j}\right|",
        own_slopes,
    ),
    Wrong(
        "normal numbers are farther apart than uniform ones, and stay so",
        r"\prod_{j=1}^{d} \frac{1}{\mathcal{N}\left(\Phi^{-1}(u_j); 0, 1\right)}",
        lambda w: 1 / theorem.bells(w)[0].prod(),
    ),
)
MIXED = theorem.MIXED.with_wrong(
    1,
    Wrong("as much as the normal numbers", r"Q_{ij}", lambda Q: Q.clone()),
    Wrong(
        "the angle counts (true of Kendall's rank correlation)",
        r"\frac{2}{\pi}\, \mathrm{arcsin}\left(Q_{ij}\right)",
        lambda Q: 2 / math.pi * Q.clamp(-1, 1).arcsin(),
    ),
    Wrong(
        "what is uniform on a square has independent coordinates, whatever was done",
        "0",
        lambda Q: torch.zeros_like(Q),
    ),
)
COUNT = counted.COUNT.with_wrong(
    1,
    Wrong(
        "factors keep their places",
        r"\frac{(k!)^K}{\left(k^K\right)!}",
        lambda w: counted.counted(w, math.factorial(w.k) ** w.K),
    ),
    Wrong(
        "all factors reorder their settings alike",
        r"\frac{K!\, k!}{\left(k^K\right)!}",
        lambda w: counted.counted(w, math.factorial(w.K) * math.factorial(w.k)),
    ),
)
BITS = counted.BITS.with_wrong(
    1,
    Wrong("a sum says something of each of its terms", r"A_{ij} \log 2", lambda A: A * math.log(2)),
    Wrong(
        "the terms share the bit that their sum is",
        r"\frac{A_{ij}}{\sum_k A_{ik}} \log 2",
        lambda A: A / A.sum(1, keepdim=True) * math.log(2),
    ),
)
LIMIT = loophole.LIMIT.with_wrong(
    1,
    Wrong("the gap is a divergence, and counts once", r"C(W)", lambda w: loophole.by_qr(w._replace(beta=w.beta**0))),
    Wrong("without noise nothing is uncertain, so nothing is missed", "0", lambda w: torch.zeros_like(w.beta)),
    Wrong(
        "the determinant is that of the columns, not of their products",
        r"\beta \left[\sum_{j=1}^{d} \log \|w_j\| - \log \det W^\top W\right]",
        lambda w: w.beta * (w.W.norm(dim=0).log().sum() - torch.logdet(w.W.mT @ w.W)),
    ),
)


def of_the_posterior(w: Turn) -> Tensor:
    """The same excess, of eigenvalues above the water."""
    left = w.data._replace(eigenvalues=w.data.eigenvalues - w.data.beta * w.data.variance)
    return w.data.beta * loophole.half_excess(w._replace(data=left))


PRICE = loophole.PRICE.with_wrong(
    1,
    Wrong(
        "a rotation leaves the prior and p(x) as they are, and so the loss",
        "0",
        lambda w: torch.zeros_like(w.angle),
    ),
    Wrong(
        "what counts is how far the variances stand above beta times the noise",
        r"\frac{\beta}{2} \left[\sum_{j=1}^{d} \log (\Sigma_Q - \beta \sigma^2 I)_{jj}"
        r" - \log \det \left(\Sigma_Q - \beta \sigma^2 I\right)\right]",
        of_the_posterior,
    ),
    Wrong(
        "beta prices the rate, and the rate is the same",
        r"\frac{1}{2} \left[\sum_{j=1}^{d} \log (\Sigma_Q)_{jj} - \log \det \Sigma_Q\right]",
        loophole.half_excess,
    ),
)


def of_marginals(w: TabularWorld) -> Tensor:
    """D_KL, from each posterior, of the product of its own marginals."""
    found = []
    for row in w.log_posterior():
        alone = product(w.log_marginals(row))
        found.append(kl(alone, row))
    return torch.stack(found)


MODE = loophole.MODE.with_wrong(
    1,
    Wrong(
        "the bits are independent, whatever they are called",
        "0",
        lambda w: torch.zeros_like(w.log_p_x),
    ),
    Wrong(
        "independent latents do best with the posterior's own marginals",
        r"D_{\mathrm{KL}}\left(\prod_{j=1}^{d} p_\theta(z_j \mid x) \,\|\, p_\theta(z \mid x)\right)",
        of_marginals,
    ),
)


ANGLE = astray.ANGLE.with_wrong(
    1,
    Wrong(
        "the correlation is the covariance",
        r"\frac{2 \rho}{v - 1}",
        lambda w: 2 * w.rho / (w.v - 1),
    ),
    Wrong(
        "the variances add up",
        r"\frac{2 \rho \sqrt{v}}{v + 1}",
        lambda w: 2 * w.rho * w.v.sqrt() / (w.v + 1),
    ),
    Wrong(
        "the factors' axes are best, for each acts alone",
        "0",
        lambda w: torch.zeros_like(w.rho),
    ),
)
TRUTH = astray.TRUTH.with_wrong(
    1,
    Wrong(
        "the truth costs nothing",
        "0",
        lambda w: torch.zeros_like(w.rho),
    ),
    Wrong(
        "to first order in the squared correlation",
        r"\frac{\beta}{2}\, \rho^2",
        lambda w: w.beta / 2 * w.rho**2,
    ),
    Wrong(
        "both latents pay",
        r"-\beta \log \left(1 - \rho^2\right)",
        lambda w: -w.beta * torch.log1p(-(w.rho**2)),
    ),
)


def by_the_nearer(angle: Tensor) -> Tensor:
    return ((1 + angle.cos()) / 2).expand(2)


SHARES = astray.SHARES.with_wrong(
    1,
    Wrong("the axis lies between the two, so both are near", r"\frac{1 + \cos t}{2}", by_the_nearer),
    Wrong("it depends on the angle", r"\cos^2 t", lambda angle: angle.cos().square().expand(2)),
)
DARMOIS = identify.DARMOIS.with_wrong(
    1,
    Wrong(
        "x_2 has the same range at every x_1",
        r"\frac{1}{2} + \frac{x_2}{\sqrt{2}}",
        lambda x: 0.5 + x[1] / math.sqrt(2),
    ),
    Wrong(
        "the range is h wide, not 2 h",
        r"\frac{x_2 + h(x_1)}{h(x_1)}",
        lambda x: (x[1] + math.sqrt(0.5) - x[0].abs()) / (math.sqrt(0.5) - x[0].abs()),
    ),
)
RATIOS = identify.RATIOS.with_wrong(
    1,
    Wrong("the second segment over the first", r"\frac{v_i'}{v_i}", lambda w: w.v_new / w.v),
    Wrong("a change is a difference", r"v_i - v_i'", lambda w: w.v - w.v_new),
    Wrong(
        "the mixture's own sizes count",
        r"\|A_i\|^2\, \frac{v_i}{v_i'}",
        lambda w: w.A.norm(dim=1).square() * w.v / w.v_new,
    ),
)
LABELS = identify.LABELS.with_wrong(
    1,
    Wrong(
        "each coefficient costs one label's noise",
        r"\tau^2 \left(1 + \frac{d + 1}{n}\right)",
        lambda w: w.tau**2 * (1 + (w.d + 1) / w.n),
    ),
    Wrong(
        "d + 1 labels are enough",
        r"\tau^2",
        lambda w: w.tau**2,
    ),
    Wrong(
        "the error of the labels themselves",
        r"\tau^2\, \frac{n - d - 1}{n}",
        lambda w: w.tau**2 * (w.n - w.d - 1) / w.n,
    ),
)
