"""What the questions of the chapter `elbo` say of sums and means, latents and codes, q and p, and in formulas."""

import math

import torch
from torch.distributions import Normal, kl_divergence

from course_pkg.elbo import gaussian_kl, gaussian_log_prob
from sayings import changed, right_over
from told_elbo import at_width, count, mse, over_posterior, own, pair
from told_formulas import bumps_each
from wording import addend, axes, every, fact, given_as, right, same, slip, stays, times, two

NODES = ((-math.sqrt(3), 1 / 6), (0.0, 2 / 3), (math.sqrt(3), 1 / 6))  # exact for the mean of a quadratic under N(0, 1)


def between(under, sign=1):
    """The mean of log q(z) - log p(z) under q or under p, of Gaussians."""

    def answer(mu_q, log_var_q, mu_p, log_var_p):
        mu, log_var = (mu_q, log_var_q) if under == "q" else (mu_p, log_var_p)
        at = lambda x: mu + x * (log_var / 2).exp()
        ratio = lambda z: gaussian_log_prob(z, mu_q, log_var_q) - gaussian_log_prob(z, mu_p, log_var_p)
        return sign * sum(weight * ratio(at(x)) for x, weight in NODES)

    return answer


def by_ratio(ratio):
    return lambda mu_q, log_var_q, mu_p, log_var_p: (
        0.5 * ((v := ratio(log_var_q, log_var_p)) - v.log() - 1 + (mu_q - mu_p) ** 2 / log_var_p.exp())
    ).sum(1)  # fmt: skip


def mixture(sign):
    def answer(z, mu, log_var, means):
        each = gaussian_log_prob(z[:, None], means, torch.zeros_like(means))
        return sign * (gaussian_log_prob(z, mu, log_var) - each.logsumexp(1) + math.log(len(means)))

    return answer


averaged = right(between("q"), between("p"))
diagonal = lambda factor: factor.diagonal(dim1=1, dim2=2)
loss_of = lambda found, sign: (found["loss"] + found["reconstruction"] + sign * found["rate"]).abs().max() < 1e-9
error_under_loss = fact(
    lambda s: all(loss_of(found, -1) for found in s.slipped()),
    lambda s: all(loss_of(found, 1) for found in s.slipped()),
)
sample = lambda sign: (
    lambda s: all(
        torch.allclose(found["z"], found["mu"] + sign * found["log_std"].exp() * case.arguments["eps"])
        for found, case in zip(s.answers(), s.cases, strict=True)
    )
)
lowest = lambda factor: lambda x, mean: (
    at_width(x, mean, mse(x, mean)) > at_width(x, mean, factor * mse(x, mean))
).all()  # fmt: skip


def with_baseline(share):
    """E[(S - E S)^2 z^2], S the sum of all latents' z^2 / 2 over this share."""
    of = lambda d: (15 / 4 + 3 * (d - 1) / 2 + (d**2 - 1) / 4) - d * (d + 2) / 2 + d**2 / 4
    return lambda latents: of(latents) / share**2


def to_laplace(sign):
    def answer(mu, log_var):
        normal, sigma = Normal(0.0, 1.0), (log_var / 2).exp()
        size = 2 * sigma * normal.log_prob(mu / sigma).exp() + mu * (2 * normal.cdf(mu / sigma) - 1)
        return (-Normal(mu, sigma).entropy() + sign * (math.log(2) + size)).sum(1)

    return answer


laplace = right(to_laplace(1), to_laplace(-1))

TOLD = {
    "kl_between_gaussians": {
        "write log q(z) - log p(z) as a difference of two squares and a constant": averaged,
        "write log q(z) - log p(z) for one latent, and take the mean of each square under q": averaged,
        "the mean of log q(z) - log p(z) over samples of q": averaged,
        "form the ratio of the variances as exp(log_var_q - log_var_p)": right(
            by_ratio(lambda q, p: (q - p).exp()), by_ratio(lambda q, p: (p - q).exp())
        ),
        "a divergence has a direction: the average is over q": given_as(
            lambda a: {"mu_q": a["mu_p"], "log_var_q": a["log_var_p"], "mu_p": a["mu_q"], "log_var_p": a["log_var_q"]}
        ),
        "you took q's own variance as the ruler. The mean of p stands in log p, whose ruler is p's width": slip(
            lambda mu_q, log_var_q, mu_p, log_var_p: (
                0.5 * (log_var_p - log_var_q + (log_var_q - log_var_p).exp() + (mu_q - mu_p) ** 2 / log_var_q.exp() - 1)
            ).sum(1)
        ),
    },
    "missing_from_weighted": {
        "log p(x) minus the weighted bound, E_q log p(x|z) - beta * rate": right(
            lambda beta, rate, gap: -(rate - gap - beta * rate), lambda beta, rate, gap: -(rate - gap + beta * rate)
        ),
    },
    "fitted_width": {
        "put sigma^2 = mean squared error into the Gaussian log-likelihood": right(
            lambda x, mean: at_width(x, mean, mse(x, mean)), lambda x, mean: at_width(x, mean, mse(x, mean).square())
        ),
        "the width is an average, the log-likelihood is a sum": times(lambda pixels: 1 / pixels),
        "of log N(x; mean, sigma^2), at the sigma that makes it largest": every(
            right(
                lambda x, mean: Normal(mean, mse(x, mean).sqrt()[:, None, None, None]).log_prob(x).sum((1, 2, 3)),
                lambda x, mean: Normal(mean, mse(x, mean)[:, None, None, None]).log_prob(x).sum((1, 2, 3)),
            ),
            fact(lowest(1.1), lambda x, mean: not lowest(0.9)(x, mean)),
        ),
    },
    "latents_in_use": {
        "with signal-to-noise v / sigma^2": right(
            lambda variances, sigma: count(variances / sigma**2 > 1),
            lambda variances, sigma: count(variances / sigma > 1),
        ),
    },
    "kl_full_covariance": {
        "start from two latents whose L is diagonal: there you know the answer, in variances": every(
            two(lambda s: s.hand["mu"].shape[1]),
            fact(
                lambda s: same(
                    s.of(s.question.reference, lambda a: {"factor": torch.diag_embed(diagonal(a["factor"]))}),
                    s.parts(lambda mu, factor: gaussian_kl(mu, 2 * diagonal(factor).log()).sum(1)),
                ),
                lambda s: same(
                    s.answers(), s.parts(lambda mu, factor: gaussian_kl(mu, 2 * diagonal(factor).log()).sum(1))
                ),
            ),
        ),
        "Sum over the last two and keep the first": fact(
            lambda factor, right: factor.sum((1, 2)).shape == right.shape,
            lambda factor, right: factor.sum((0, 1)).shape == right.shape,
        ),
        "is the diagonal of each image's factor": fact(
            lambda factor, images, latents: diagonal(factor).shape == (images, latents),
            lambda factor, images, latents: diagonal(factor).shape == (latents, images),
        ),
        "the divergence of d latents": times(lambda latents: 1 / latents),
        "where the mean changes its sign": stays(mu=torch.neg),
        "the mean of log q(z) - log p(z) over samples of q, for p = N(0, I)": right(
            lambda mu, factor: kl_divergence(*pair(mu, factor)),
            lambda mu, factor: kl_divergence(*pair(mu, factor)[::-1]),
        ),
    },
    "mixture_rate": {
        "K densities, added, integrate to K": addend("the log K of the weights", -1),
        "a component is one point in all latents: add over latents first": slip(bumps_each),
        "a rate is log q minus log p": times(-1),
        "log q(z|x) minus log p(z) at the sample z, p the mixture, summed over latents": right(mixture(1), mixture(-1)),
        "one number an image: add over latents, then over components inside the logarithm": right(
            mixture(1), bumps_each
        ),
        "log densities of independent latents add": times(lambda latents: 1 / latents),
    },
    "correction_above": {
        "worlds.kl takes two of them": two(lambda s: len(s.hand)),
        "sum over the values of z, the last axis": every(
            axes("log_q", "images", "latent values"), right_over("latent values", mean=False)
        ),
        "log p(x) minus the average over the posterior of log p(x|z) p(z) / q(z|x)": over_posterior,
    },
    "MendedVAE": {
        "the head of this net means log sigma": own(
            lambda found, case: found["z"] - found["mu"] - (0.5 * found["log_std"]).exp() * case.arguments["eps"],
            lambda found, case: found["z"] - found["mu"] - found["log_std"].exp() * case.arguments["eps"],
        ),
        "Inside -(reconstruction - rate) it would be maximised": error_under_loss,
        "two faults in one: an error has the wrong sign here, and it must be summed over pixels": slip(
            lambda x, x_hat: (x - x_hat).square().mean(1), "reconstruction"
        ),
        "independent latents add their nats; averaging them changes beta": times(lambda latents: 1 / latents, "rate"),
        "right on average, and a good idea": slip(lambda mu, log_std: gaussian_kl(mu, 2 * log_std).sum(1), "rate"),
        "Optimisers minimise, so the loss is minus the bound": times(-1, "loss"),
        "z is mu + exp(log_std) eps": fact(sample(1), sample(-1)),
        "loss = -(reconstruction - rate), where reconstruction is log N(x; x_hat, I) and rate is "
        "log q(z|x) - log N(z; 0, I), each summed over its dimensions": every(
            fact(
                lambda s: all(loss_of(found, -1) for found in s.answers()),
                lambda s: all(loss_of(found, 1) for found in s.answers()),
            ),
            right(lambda x, x_hat: Normal(x_hat, 1.0).log_prob(x).sum(1), entry="reconstruction"),
            right(
                lambda z, mu, log_std: (Normal(mu, log_std.exp()).log_prob(z) - Normal(0.0, 1.0).log_prob(z)).sum(1),
                entry="rate",
            ),
        ),
        "return one number an image; the training loop averages over images": slip(
            lambda right: right["loss"].mean(), "loss"
        ),
    },
    "ratio_with_baseline": {
        "the reward is a sum over d latents": right(with_baseline(1), with_baseline(16)),
        "half a unit for each latent, at least": fact(
            lambda right, latents: right >= latents / 2, lambda right, latents: right < latents / 2
        ),
    },
    "continuous_bernoulli": {
        "you averaged over pixels; pixels are independent given z, so their nats add": times(lambda pixels: 1 / pixels),
        "at p = 1/2 the formula is 0 / 0": fact(
            lambda s: math.atanh(1 - 2 * 0.5) == 1 - 2 * 0.5 == 0, lambda s: math.atanh(1 - 2 * 0.4) == 1 - 2 * 0.4
        ),
        "in logits l, 1 - 2p is -tanh(l / 2)": fact(
            lambda logits: torch.allclose(1 - 2 * logits.sigmoid(), -(logits / 2).tanh()),
            lambda logits: torch.allclose(1 - 2 * logits.sigmoid(), -logits.tanh()),
        ),
        "at p = 1/2 the coins' density is flat: 1/2 at every x": fact(
            lambda x: torch.allclose(0.5**x * 0.5 ** (1 - x), torch.full_like(x, 0.5)),
            lambda x: torch.allclose(0.4**x * 0.6 ** (1 - x), torch.full_like(x, 0.5)),
        ),
        "you averaged over channels": times(lambda channels: 1 / channels),
        "where black and white are exchanged (1 - x, minus the logits)": changed(
            lambda a: {"x": 1 - a["x"], "logits": -a["logits"]}, lambda a: {"x": 1 - a["x"], "logits": a["logits"]}
        ),
    },
    "kl_to_laplace": {
        "What is left is the mean of -log p, and in it that of |z|": laplace,
        "every step works on each number alone until the sum": right_over("latents", mean=False),
        "every latent has its own number; sum them over axis 1": every(
            axes("mu", "images", "latents"), right_over("latents", mean=False)
        ),
        "the mean of log q(z) - log p(z) over samples of q, p the Laplace prior, summed over latents": laplace,
    },
}
DECLARED = {}
