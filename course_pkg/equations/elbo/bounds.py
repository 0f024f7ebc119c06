"""The evidence and its bounds: equations of the chapter `elbo`, in the order of the page.

Every line is computed from densities and sums of its world alone, so that no line borrows what it should prove.
"""

from dataclasses import replace

import torch
from torch import Tensor

from course_pkg.derivation.chain import Definition, Derivation, Step, Worlds
from course_pkg.worlds import LinearGaussianWorld, Symbols, TabularWorld, expect, kl

EVIDENCE = Definition(
    label="elbo-evidence",
    latex=r"p_\theta(x) := \int p_\theta(x \mid z)\, p(z)\, dz",
    symbol=r"p_\theta(x)",
    meaning="evidence: how probable the model finds x",
    code="TabularWorld.log_evidence",
    source="Kingma and Welling (2014)",
)
POSTERIOR = Definition(
    label="elbo-posterior",
    latex=r"p_\theta(z \mid x) := \frac{p_\theta(x \mid z)\, p(z)}{p_\theta(x)}",
    symbol=r"p_\theta(z \mid x)",
    meaning="posterior: the latents that explain x, by Bayes' rule",
    code="TabularWorld.log_posterior",
    source="Bayes",
)
ELBO = Definition(
    label="elbo-elbo",
    latex=r"\mathcal{L}(x) := \mathbb{E}_{q_\phi(z \mid x)}\left[\log p_\theta(x \mid z)\right]"
    r" - D_{\mathrm{KL}}\left(q_\phi(z \mid x) \,\|\, p(z)\right)",
    symbol=r"\mathcal{L}(x)",
    meaning="evidence lower bound (ELBO)",
    code="TabularWorld.elbo",
    source="Jordan et al. (1999); Kingma and Welling (2014), eq. 3",
)


def exact_table(seed: int) -> TabularWorld:
    """A table whose encoder is its posterior: every bound on the evidence is tight."""
    return TabularWorld.random(seed).with_exact_encoder()


# Jensen ----------------------------------------------------------------------------------------


def log_of_integral(w: TabularWorld) -> Tensor:
    return torch.logsumexp(w.log_p_x_given_z + w.log_p_z, 1)


def multiplied_by_one(w: TabularWorld) -> Tensor:
    ratio = w.log_p_x_given_z + w.log_p_z - w.log_q_z_given_x
    return expect(w.log_q_z_given_x, ratio.exp()).log()


def log_inside(w: TabularWorld) -> Tensor:
    return expect(w.log_q_z_given_x, w.log_p_x_given_z + w.log_p_z - w.log_q_z_given_x)


def split_ratio(w: TabularWorld) -> Tensor:
    return expect(w.log_q_z_given_x, w.log_p_x_given_z + (w.log_p_z - w.log_q_z_given_x))


def likelihood_minus_kl(w: TabularWorld) -> Tensor:
    return expect(w.log_q_z_given_x, w.log_p_x_given_z) - kl(w.log_q_z_given_x, w.log_p_z)


JENSEN = Derivation(
    label="elbo-jensen",
    steps=(
        Step(r"\log p_\theta(x)", log_of_integral, "definition of the evidence"),
        Step(
            r"\log \int q_\phi(z \mid x)\, \frac{p_\theta(x \mid z)\, p(z)}{q_\phi(z \mid x)}\, dz",
            multiplied_by_one,
            "multiply and divide by q, which must be positive where the joint is",
        ),
        Step(
            r"\int q_\phi(z \mid x) \log \frac{p_\theta(x \mid z)\, p(z)}{q_\phi(z \mid x)}\, dz",
            log_inside,
            "Jensen: the logarithm is concave. Equal where the ratio is constant in z: where q is the posterior",
            relation=r"\ge",
            tight=exact_table,
        ),
        Step(
            r"\int q_\phi(z \mid x) \left[\log p_\theta(x \mid z) + \log \frac{p(z)}{q_\phi(z \mid x)}\right] dz",
            split_ratio,
            "the logarithm of a product",
        ),
        Step(
            r"\mathbb{E}_{q_\phi(z \mid x)}\left[\log p_\theta(x \mid z)\right]"
            r" - D_{\mathrm{KL}}\left(q_\phi(z \mid x) \,\|\, p(z)\right)",
            likelihood_minus_kl,
            "the integral of a sum, and the definition of the KL divergence",
        ),
    ),
    source="Kingma and Welling (2014), section 2.2",
    follows=(
        "elbo-evidence",
        "notation-kl",
        "notation-expectation",
    ),
)

# The exact gap ---------------------------------------------------------------------------------


def log_joint(w: TabularWorld) -> Tensor:
    return w.log_p_x_given_z + w.log_p_z


def bayes_posterior(w: TabularWorld) -> Tensor:
    return log_joint(w).log_softmax(1)  # normalised by torch, not by the evidence of the first line


def averaged_over_q(w: TabularWorld) -> Tensor:
    evidence = log_joint(w).exp().sum(1, keepdim=True)  # summed here, not taken from the line above
    return expect(w.log_q_z_given_x, evidence.log().expand_as(w.log_q_z_given_x))


def joint_over_posterior(w: TabularWorld) -> Tensor:
    return expect(w.log_q_z_given_x, log_joint(w) - bayes_posterior(w))


def two_ratios(w: TabularWorld) -> Tensor:
    q = w.log_q_z_given_x
    return expect(q, log_joint(w) - q) + expect(q, q - bayes_posterior(w))


def elbo_plus_gap(w: TabularWorld) -> Tensor:
    return likelihood_minus_kl(w) + kl(w.log_q_z_given_x, bayes_posterior(w))


GAP = Derivation(
    label="elbo-gap",
    steps=(
        Step(r"\log p_\theta(x)", log_of_integral, "definition of the evidence"),
        Step(
            r"\mathbb{E}_{q_\phi(z \mid x)}\left[\log p_\theta(x)\right]",
            averaged_over_q,
            "a constant in z, and q integrates to one",
        ),
        Step(
            r"\mathbb{E}_{q_\phi(z \mid x)}\left[\log \frac{p_\theta(x \mid z)\, p(z)}{p_\theta(z \mid x)}\right]",
            joint_over_posterior,
            "Bayes' rule, solved for the evidence: true at every z",
        ),
        Step(
            r"\mathbb{E}_{q_\phi(z \mid x)}\left[\log \frac{p_\theta(x \mid z)\, p(z)}{q_\phi(z \mid x)}\right]"
            r" + \mathbb{E}_{q_\phi(z \mid x)}\left[\log \frac{q_\phi(z \mid x)}{p_\theta(z \mid x)}\right]",
            two_ratios,
            "multiply and divide by q",
        ),
        Step(
            r"\mathcal{L}(x) + D_{\mathrm{KL}}\left(q_\phi(z \mid x) \,\|\, p_\theta(z \mid x)\right)",
            elbo_plus_gap,
            "the first term is the ELBO, the second a KL divergence",
        ),
    ),
    source="Jordan et al. (1999)",
    follows=(
        "elbo-evidence",
        "elbo-posterior",
        "elbo-elbo",
        "notation-kl",
        "notation-expectation",
    ),
)

# What a diagonal encoder must pay ---------------------------------------------------------------


def best_diagonal_gap(w: LinearGaussianWorld) -> Tensor:
    """Minimise the gap at x = m over the means and widths of a diagonal q, numerically."""
    c = w.c.clone().requires_grad_()
    log_var = torch.zeros_like(c, requires_grad=True)
    optimiser = torch.optim.LBFGS([c, log_var])

    def gap() -> Tensor:
        return replace(w, c=c, S=log_var.exp().diag()).gap(w.m)

    def closure() -> Tensor:
        optimiser.zero_grad()
        loss = gap()
        loss.backward()
        return loss

    optimiser.step(closure)
    return gap().detach()


def precision(w: LinearGaussianWorld) -> Tensor:
    return torch.eye(w.W.shape[1]) + w.W.mT @ w.W / w.s**2


def precision_gap(w: LinearGaussianWorld) -> Tensor:
    return 0.5 * (precision(w).diagonal().log().sum() - torch.logdet(precision(w)))


MEAN_FIELD = Derivation(
    label="elbo-mean-field-gap",
    steps=(
        Step(
            r"\min_{\mu, \sigma} D_{\mathrm{KL}}\left(\mathcal{N}(\mu, \mathrm{diag}\, \sigma^2)"
            r" \,\|\, \mathcal{N}(m, \Lambda^{-1})\right)",
            best_diagonal_gap,
            "the best diagonal Gaussian, found by L-BFGS on linear-Gaussian worlds",
        ),
        Step(
            r"\frac{1}{2}\left(\sum_{j=1}^{d} \log \Lambda_{jj} - \log \det \Lambda\right)",
            precision_gap,
            "the minimum is at the mean m and at variances one over the diagonal of the precision",
        ),
    ),
    source="Bishop (2006), section 10.1.2",
    worlds=(
        Worlds(
            "linear-Gaussian worlds",
            lambda s: LinearGaussianWorld.random(s, d=3, n=4),
            10,
            1e-7,
            symbols=lambda w: Symbols(
                numbers={"d": 3.0}, arrays={r"\Lambda": ("", precision(w)), r"\Lambda_{ij}": ("i j", precision(w))}
            ),
        ),
    ),
    follows=("elbo-gap", "notation-kl"),
)
