"""Wrong lines in the derivations of the bounds."""

import torch
from torch import Tensor

from course_pkg.derivation.chain import Wrong
from course_pkg.equations.elbo import bounds, samples
from course_pkg.worlds import LinearGaussianWorld, TabularWorld, expect, kl

# Jensen ----------------------------------------------------------------------------------------


def averaged_over_the_prior(w: TabularWorld) -> Tensor:
    return expect(w.log_p_z.expand_as(w.log_p_x_given_z), w.log_p_x_given_z)


def ratio_upside_down(w: TabularWorld) -> Tensor:
    return expect(w.log_q_z_given_x, w.log_p_x_given_z + (w.log_q_z_given_x - w.log_p_z))


def kl_turned_round(w: TabularWorld) -> Tensor:
    prior = w.log_p_z.expand_as(w.log_q_z_given_x)
    return expect(w.log_q_z_given_x, w.log_p_x_given_z) - kl(prior, w.log_q_z_given_x)


def likelihood(w: TabularWorld) -> Tensor:
    return expect(w.log_q_z_given_x, w.log_p_x_given_z)


def divided_only(w: TabularWorld) -> Tensor:
    return torch.logsumexp(w.log_p_x_given_z + w.log_p_z - w.log_q_z_given_x, 1)


JENSEN = (
    bounds.JENSEN.with_wrong(
        1,
        Wrong(
            "dividing by q changes nothing, so nothing must be multiplied",
            r"\log \int \frac{p_\theta(x \mid z)\, p(z)}{q_\phi(z \mid x)}\, dz",
            divided_only,
        ),
    )
    .with_wrong(
        2,
        Wrong(
            "the logarithm of a mean is at most the mean of the logarithms",
            r"\int q_\phi(z \mid x) \log \frac{p_\theta(x \mid z)\, p(z)}{q_\phi(z \mid x)}\, dz",
            relation=r"\le",
        ),
        Wrong(
            "a logarithm may always be taken inside an integral",
            r"\int q_\phi(z \mid x) \log \frac{p_\theta(x \mid z)\, p(z)}{q_\phi(z \mid x)}\, dz",
            relation="=",
        ),
    )
    .with_wrong(
        3,
        Wrong(
            "the divergence is added, so its ratio stands the other way up",
            r"\int q_\phi(z \mid x) \left[\log p_\theta(x \mid z) + \log \frac{q_\phi(z \mid x)}{p(z)}\right] dz",
            ratio_upside_down,
        ),
    )
    .with_wrong(
        4,
        Wrong(
            "a divergence is a distance, so its order does not matter",
            r"\mathbb{E}_{q_\phi(z \mid x)}\left[\log p_\theta(x \mid z)\right]"
            r" - D_{\mathrm{KL}}\left(p(z) \,\|\, q_\phi(z \mid x)\right)",
            kl_turned_round,
        ),
        Wrong(
            "the divergence is a penalty that was put in, and may be left out",
            r"\mathbb{E}_{q_\phi(z \mid x)}\left[\log p_\theta(x \mid z)\right]",
            likelihood,
        ),
    )
)

# The exact gap ---------------------------------------------------------------------------------


def posterior(w: TabularWorld) -> Tensor:
    return (w.log_p_x_given_z + w.log_p_z).log_softmax(1)


def elbo_minus_gap(w: TabularWorld) -> Tensor:
    return likelihood(w) - kl(w.log_q_z_given_x, w.log_p_z) - kl(w.log_q_z_given_x, posterior(w))


def elbo_plus_reverse_gap(w: TabularWorld) -> Tensor:
    return likelihood(w) - kl(w.log_q_z_given_x, w.log_p_z) + kl(posterior(w), w.log_q_z_given_x)


def elbo_alone(w: TabularWorld) -> Tensor:
    return likelihood(w) - kl(w.log_q_z_given_x, w.log_p_z)


GAP = (
    bounds.GAP.with_wrong(
        2,
        Wrong(
            "Bayes' rule says likelihood over posterior; the prior is no part of it",
            r"\mathbb{E}_{q_\phi(z \mid x)}\left[\log \frac{p_\theta(x \mid z)}{p_\theta(z \mid x)}\right]",
            lambda w: expect(w.log_q_z_given_x, w.log_p_x_given_z - posterior(w)),
        ),
    )
    .with_wrong(
        3,
        Wrong(
            "what is divided by q must be divided by q again",
            r"\mathbb{E}_{q_\phi(z \mid x)}\left[\log \frac{p_\theta(x \mid z)\, p(z)}{q_\phi(z \mid x)}\right]"
            r" - \mathbb{E}_{q_\phi(z \mid x)}\left[\log \frac{q_\phi(z \mid x)}{p_\theta(z \mid x)}\right]",
            elbo_minus_gap,
        ),
    )
    .with_wrong(
        4,
        Wrong(
            "the posterior is the truth, so the divergence is measured from it",
            r"\mathcal{L}(x) + D_{\mathrm{KL}}\left(p_\theta(z \mid x) \,\|\, q_\phi(z \mid x)\right)",
            elbo_plus_reverse_gap,
        ),
        Wrong("the ELBO is the log-evidence", r"\mathcal{L}(x)", elbo_alone),
    )
)

# What a diagonal encoder must pay ---------------------------------------------------------------


def posterior_precision(w: LinearGaussianWorld) -> Tensor:
    return torch.eye(w.W.shape[1], dtype=w.W.dtype) + w.W.mT @ w.W / w.s**2


def without_half(w: LinearGaussianWorld) -> Tensor:
    precision = posterior_precision(w)
    return precision.diagonal().log().sum() - torch.logdet(precision)


def marginal_widths(w: LinearGaussianWorld) -> Tensor:
    """The widths of the posterior's marginals, which are the best of the divergence turned round, pay this."""
    precision = posterior_precision(w)
    variances = torch.linalg.inv(precision).diagonal()
    spread = (precision.diagonal() * variances).sum() - len(variances)
    return 0.5 * (spread - variances.log().sum() - torch.logdet(precision))


MEAN_FIELD = bounds.MEAN_FIELD.with_wrong(
    1,
    Wrong(
        "each direction costs its logarithm: a factor of one half is lost",
        r"\sum_{j=1}^{d} \log \Lambda_{jj} - \log \det \Lambda",
        without_half,
    ),
    Wrong(
        "the best variances are those of the posterior's marginals",
        r"\frac{1}{2}\left(\sum_{j=1}^{d} \Lambda_{jj} (\Lambda^{-1})_{jj} - d"
        r" - \sum_{j=1}^{d} \log (\Lambda^{-1})_{jj} - \log \det \Lambda\right)",
        marginal_widths,
    ),
    Wrong("a diagonal Gaussian is flexible enough: nothing is paid", "0", lambda w: torch.zeros_like(w.s)),
)

# One sample, and more ---------------------------------------------------------------------------


def table_of(world: samples.Sampled) -> TabularWorld:
    return world[0]


SINGLE_SAMPLE = samples.SINGLE_SAMPLE.with_wrong(
    1,
    Wrong(
        "one sample of the ratio estimates the log-evidence",
        r"\log p_\theta(x)",
        lambda world: torch.logsumexp(table_of(world).log_p_x_given_z + table_of(world).log_p_z, 1),
    ),
    Wrong(
        "log q - log p averages to minus the divergence",
        r"\mathbb{E}_{q_\phi(z \mid x)}\left[\log p_\theta(x \mid z)\right]"
        r" + D_{\mathrm{KL}}\left(q_\phi(z \mid x) \,\|\, p(z)\right)",
        lambda world: likelihood(table_of(world)) + kl(table_of(world).log_q_z_given_x, table_of(world).log_p_z),
    ),
)


def two_over_three(w: TabularWorld) -> Tensor:
    """L_2 with its sum divided by three."""
    return samples.bound_with(2, w) + torch.tensor(2 / 3, dtype=torch.float64).log()


TIGHTENING = (
    samples.TIGHTENING.with_wrong(
        1,
        Wrong(
            "more samples overshoot: the bound comes from above",
            r"\mathcal{L}_3(x)",
            relation=r"\le",
        ),
        Wrong(
            "the mean of the weights is unbiased for the evidence, so its logarithm is for the log-evidence",
            r"\mathcal{L}_3(x)",
            relation="=",
        ),
    )
    .with_wrong(
        2,
        Wrong(
            "the sum over two is still divided by three",
            r"\mathbb{E}\left[\log \frac{1}{3} \sum_{k=1}^{2} \frac{p_\theta(x \mid z_k)\, p(z_k)}"
            r"{q_\phi(z_k \mid x)}\right]",
            two_over_three,
        ),
    )
    .with_wrong(
        3,
        Wrong("fewer samples give the larger bound", r"\mathcal{L}_1(x)", relation=r"\le"),
    )
    .with_wrong(
        4,
        Wrong(
            "one weight: its logarithm is the likelihood",
            r"\mathbb{E}_{q_\phi(z \mid x)}\left[\log p_\theta(x \mid z)\right]",
            likelihood,
        ),
    )
)
