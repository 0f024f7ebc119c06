"""What the rate is made of, and what it costs: equations of the chapter `total_correlation`, in the order of the page.

Every line is computed from tables alone: logarithms averaged, or entropies taken by scipy.
"""

from functools import reduce

import numpy as np
import scipy.stats
import torch
from torch import Tensor

from course_pkg.derivation.chain import GRIDS, TABLES, Definition, Derivation, Step, Worlds, Wrong
from course_pkg.worlds import TabularWorld, expect, kl
from course_pkg.worlds.tabular import product

PARTS = r"I(x; z) + \mathrm{TC}(z) + \sum_{j=1}^{d} D_j"
PARTS_OF_RATE = (
    "notation-rate",
    "notation-aggregate-posterior",
    "notation-mutual-information",
    "notation-total-correlation",
    "notation-dimension-wise-kl",
)
MEAN = "notation-expectation"
PRIOR_KL = r"D_{\mathrm{KL}}\left(q_\phi(z) \,\|\, p(z)\right)"


def over_latents(w: TabularWorld, log_joint: Tensor) -> Tensor:
    """The product of a table's marginals, as a table again."""
    return product(w.log_marginals(log_joint))


def averaged(w: TabularWorld, values: Tensor) -> Tensor:
    """E over p(x) q(z|x) of a table of values (K,) or (X, K)."""
    return expect(w.log_p_x, expect(w.log_q_z_given_x, values.expand_as(w.log_q_z_given_x)))


def aggregate(w: TabularWorld) -> Tensor:
    return (w.log_p_x.exp() @ w.log_q_z_given_x.exp()).log()


def rate(w: TabularWorld) -> Tensor:
    return averaged(w, w.log_q_z_given_x - w.log_p_z)


def three_ratios(w: TabularWorld) -> Tensor:
    q = aggregate(w)
    singles = over_latents(w, q)
    return averaged(w, w.log_q_z_given_x - q) + averaged(w, q - singles) + averaged(w, singles - w.log_p_z)


def parts(w: TabularWorld) -> Tensor:
    return w.mutual_information() + w.total_correlation() + w.dimension_wise_kl().sum()


def by_scipy(w: TabularWorld) -> Tensor:
    """The same three parts from entropies and relative entropies, in numpy."""
    p_x, q = w.log_p_x.exp().numpy(), w.log_q_z_given_x.exp().numpy()
    q_z = p_x @ q
    h = scipy.stats.entropy
    each = [t.exp().numpy() for t in w.log_marginals(torch.as_tensor(q_z).log())]
    prior = [t.exp().numpy() for t in w.log_marginals(w.log_p_z)]
    information = h(q_z) - p_x @ h(q, axis=1)
    tc = sum(map(h, each)) - h(q_z)
    return torch.as_tensor(information + tc + sum(h(a, b) for a, b in zip(each, prior, strict=True)))


def singles_of(w: TabularWorld) -> list[Tensor]:
    """q(z_j|x) of each latent: d tables (X, k_j)."""
    rows = [w.log_marginals(row) for row in w.log_q_z_given_x]
    return [torch.stack(column) for column in zip(*rows, strict=True)]


def single_informations(w: TabularWorld) -> Tensor:
    """I(x; z_j) of each latent, (d,)."""
    return torch.stack([expect(w.log_p_x, kl(q, (w.log_p_x[:, None] + q).logsumexp(0))) for q in singles_of(w)])


SPLIT = Derivation(
    label="total_correlation-split",
    steps=(
        Step("R", rate, "definition of the rate"),
        Step(
            r"\mathbb{E}_{p(x)\, q_\phi(z \mid x)}\left[\log \frac{q_\phi(z \mid x)}{q_\phi(z)}"
            r" + \log \frac{q_\phi(z)}{\prod_{j=1}^{d} q_\phi(z_j)}"
            r" + \log \frac{\prod_{j=1}^{d} q_\phi(z_j)}{p(z)}\right]",
            three_ratios,
            "multiply and divide by q(z), and by the product of its marginals",
            wrong=(
                Wrong(
                    "the marginals stand once, so the last ratio may have q(z) on top",
                    r"\mathbb{E}_{p(x)\, q_\phi(z \mid x)}\left[\log \frac{q_\phi(z \mid x)}{q_\phi(z)}"
                    r" + \log \frac{q_\phi(z)}{\prod_{j=1}^{d} q_\phi(z_j)} + \log \frac{q_\phi(z)}{p(z)}\right]",
                    lambda w: three_ratios(w) + w.total_correlation(),
                ),
            ),
        ),
        Step(
            PARTS,
            parts,
            "each average is a divergence; the prior is the product of its own marginals, so the last one falls apart",
            also={"scipy's entropies": by_scipy},
            wrong=(
                Wrong(
                    "the code's information is what its latents say, added",
                    r"\sum_{j=1}^{d} I(x; z_j) + \mathrm{TC}(z) + \sum_{j=1}^{d} D_j",
                    lambda w: parts(w) - w.mutual_information() + single_informations(w).sum(),
                ),
                Wrong(
                    "what latents repeat is paid only once, so it comes off",
                    r"I(x; z) - \mathrm{TC}(z) + \sum_{j=1}^{d} D_j",
                    lambda w: parts(w) - 2 * w.total_correlation(),
                ),
            ),
        ),
    ),
    source="Chen et al. (2018), eq. 2",
    worlds=(TABLES, GRIDS),
    follows=(*PARTS_OF_RATE, "notation-expectation"),
)


def hoffman(w: TabularWorld) -> Tensor:
    return w.mutual_information() + kl(aggregate(w), w.log_p_z)


TWO_STEPS = Derivation(
    label="total_correlation-two-steps",
    steps=(
        Step("R", rate, "definition of the rate"),
        Step(
            r"I(x; z) + " + PRIOR_KL,
            hoffman,
            "multiply and divide by q(z) alone",
            wrong=(
                Wrong(
                    "all that the prior did not say is information",
                    "I(x; z)",
                    lambda w: w.mutual_information(),
                ),
                Wrong(
                    "information is what is left of the divergence",
                    r"I(x; z) - " + PRIOR_KL,
                    lambda w: w.mutual_information() - kl(aggregate(w), w.log_p_z),
                ),
            ),
        ),
        Step(
            PARTS,
            parts,
            "a divergence from a product: first from the marginals' product, then latent by latent",
            also={"scipy's entropies": by_scipy},
        ),
    ),
    source="Hoffman and Johnson (2016)",
    worlds=(TABLES, GRIDS),
    follows=(*PARTS_OF_RATE, "notation-kl", "total_correlation-split", "notation-expectation"),
)

# What the textbook line leaves out -----------------------------------------------------------------


def prior_term(w: TabularWorld) -> Tensor:
    """E over q(z) of log p(z) / prod_j p(z_j)."""
    return expect(aggregate(w), w.log_p_z - over_latents(w, w.log_p_z))


def prior_term_by_numpy(w: TabularWorld) -> Tensor:
    """The same from probabilities: q(z) p(z) is weighed against the outer product of the prior's sums over axes."""
    p = w.log_p_z.exp().numpy().reshape(w.latents)
    q_z = w.log_p_x.exp().numpy() @ w.log_q_z_given_x.exp().numpy()
    axes = range(p.ndim)
    singles = reduce(np.multiply.outer, (p.sum(tuple(a for a in axes if a != axis)) for axis in axes))
    return torch.as_tensor((q_z * np.log(p / singles).ravel()).sum())


PRIOR = Derivation(
    label="total_correlation-prior",
    steps=(
        Step("R", rate, "a prior whose latents may depend on one another"),
        Step(
            PARTS + r" - \mathbb{E}_{q_\phi(z)}\left[\log \frac{p(z)}{\prod_{j=1}^{d} p(z_j)}\right]",
            lambda w: parts(w) - prior_term(w),
            "the D_j hold the prior's marginals; what their product lacks of the prior is left over",
            also={"scipy's entropies": lambda w: by_scipy(w) - prior_term_by_numpy(w)},
            wrong=(
                Wrong("the split holds for any prior", PARTS, parts),
                Wrong(
                    "what is left over is the prior's own total correlation",
                    PARTS + r" - D_{\mathrm{KL}}\left(p(z) \,\|\, \prod_{j=1}^{d} p(z_j)\right)",
                    lambda w: parts(w) - kl(w.log_p_z, over_latents(w, w.log_p_z)),
                ),
            ),
        ),
    ),
    worlds=(
        Worlds("tables of two latents, any prior", lambda s: TabularWorld.random(s, factorised_prior=False)),
        Worlds("three latents, any prior", lambda s: TabularWorld.random(s, (2, 2, 3), factorised_prior=False)),
    ),
    follows=(*PARTS_OF_RATE, "total_correlation-split", "notation-expectation"),
)


def each_image(w: TabularWorld) -> Tensor:
    q, own = aggregate(w), w.log_q_z_given_x
    singles, priors = over_latents(w, q), over_latents(w, w.log_p_z)
    middle = expect(own, (q - singles).expand_as(own))
    return kl(own, q.expand_as(own)) + middle + expect(own, (singles - priors).expand_as(own))


def each_image_by_scipy(w: TabularWorld) -> Tensor:
    """Cross-entropies of numpy arrays."""
    q, p = w.log_q_z_given_x.exp().numpy(), w.log_p_z.exp().numpy()
    return torch.as_tensor(-scipy.stats.entropy(q, axis=1)) - torch.as_tensor(q) @ torch.as_tensor(p).log()


RATE_OF_X = Definition(
    label="total_correlation-rate-of-x",
    latex=r"R(x) := D_{\mathrm{KL}}\left(q_\phi(z \mid x) \,\|\, p(z)\right)",
    symbol="R(x)",
    meaning="rate of one image: what its codes cost, in nats",
    code="TabularWorld.kl",
)
PER_IMAGE = Derivation(
    label="total_correlation-per-image",
    steps=(
        Step(
            "R(x)",
            each_image_by_scipy,
            "what one image pays",
        ),
        Step(
            r"\mathbb{E}_{q_\phi(z \mid x)}\left[\log \frac{q_\phi(z \mid x)}{q_\phi(z)}"
            r" + \log \frac{q_\phi(z)}{\prod_{j=1}^{d} q_\phi(z_j)}"
            r" + \sum_{j=1}^{d} \log \frac{q_\phi(z_j)}{p(z_j)}\right]",
            each_image,
            "the same two insertions, averaged over this image's codes: the last two terms are no divergences",
            wrong=(
                Wrong(
                    "what holds on average holds for each image",
                    PARTS,
                    lambda w: parts(w).expand_as(w.log_p_x),
                ),
                Wrong(
                    "only the information is this image's own; the rest is the model's",
                    r"D_{\mathrm{KL}}\left(q_\phi(z \mid x) \,\|\, q_\phi(z)\right)"
                    r" + \mathrm{TC}(z) + \sum_{j=1}^{d} D_j",
                    lambda w: kl(w.log_q_z_given_x, aggregate(w)) + w.total_correlation() + w.dimension_wise_kl().sum(),
                ),
            ),
        ),
    ),
    worlds=(TABLES, GRIDS),
    follows=("total_correlation-rate-of-x", "notation-aggregate-posterior", "total_correlation-split", MEAN),
)
