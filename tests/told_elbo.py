"""What the questions of the chapter `elbo` say."""

import math

import torch
from torch.distributions import MultivariateNormal, Normal, kl_divergence

from course_pkg.elbo import gaussian_kl, gaussian_log_prob
from course_pkg.worlds import expect, kl
from wording import addend, as_if, axes, every, exchanged, fact, instead, moved, plus, right, slip, times

mse = lambda x, mean: (x - mean).square().mean((1, 2, 3))
at_width = lambda x, mean, v, k=1.0: (
    -0.5 * x[0].numel() * (math.log(2 * math.pi) + k * v.log() + mse(x, mean) / v)
)  # fmt: skip
count = lambda used: torch.as_tensor(used).sum()
no_baseline = lambda latents: (latents + 2) * (latents + 4) / 4
baseline = right(lambda latents: (latents + 4) / 2, no_baseline)
over_posterior = right(
    lambda log_posterior, log_q: expect(log_posterior, log_q) - expect(log_posterior, log_posterior),
    lambda log_posterior, log_q: expect(log_q, log_q) - expect(log_q, log_posterior),
)
lower_triangle = fact(lambda factor: (factor.triu(1) == 0).all(), lambda factor: (factor.tril(-1) == 0).all())


def widths_used(half):
    """z is mu + exp(half log_std) eps, with the answer's own mu and log_std."""
    return lambda found, case: found["z"] - found["mu"] - (half * found["log_std"]).exp() * case.arguments["eps"]


def own(residual, other):
    """Of the slip's entries this residual is zero, and of the right answer's the other."""
    zero = lambda answers, s, f: all(f(a, c).abs().max() < 1e-9 for a, c in zip(answers, s.cases, strict=True))
    return fact(
        lambda s: zero(s.slipped(), s, residual) and zero(s.answers(), s, other),
        lambda s: zero(s.slipped(), s, other) or zero(s.answers(), s, residual),
    )


def sees_noise(s, answer):
    """Whether what is decoded changes with the noise."""
    noise = lambda a: {"eps": a["eps"] + 1}
    pairs = zip(s.of(answer, noise), s.of(answer, lambda a: {}), strict=True)
    return all(not torch.allclose(one["x_hat"], other["x_hat"]) for one, other in pairs)


def half_of_output(mu, other):
    """The slip's mu is this of the right mu and log_std, which are the halves of the encoder's output."""
    is_ = lambda s, f: all(
        torch.allclose(a["mu"], f(b["mu"], b["log_std"])) for a, b in zip(s.slipped(), s.answers(), strict=True)
    )
    return fact(lambda s: is_(s, mu), lambda s: is_(s, other))


TOLD = {
    "kl_between_gaussians": {
        "no difference of two rates from N(0, I), one of q and one of p, subtracted": slip(
            lambda mu_q, log_var_q, mu_p, log_var_p: (gaussian_kl(mu_q, log_var_q) - gaussian_kl(mu_p, log_var_p)).sum(
                1
            )
        ),
        "a narrow q says more, so it must cost more: minus log q's variance, plus log p's": every(
            moved(1, log_var_q=lambda v: v - 20),
            plus(lambda log_var_q, log_var_p: (log_var_q - log_var_p).sum(1)),
        ),
        "you summed over the first axis, the images; the latents are the second": every(
            axes("mu_q", "images", "latents"),
            slip(
                lambda mu_q, log_var_q, mu_p, log_var_p: (
                    0.5 * (log_var_p - log_var_q + (log_var_q.exp() + (mu_q - mu_p) ** 2) / log_var_p.exp() - 1)
                ).sum(0)
            ),
        ),
    },
    "missing_from_weighted": {
        "plus, minus and times suffice": right(lambda beta, rate, gap: gap + beta * rate - rate),
        "the evidence as the ELBO plus the gap, then the ELBO as the weighted bound plus a rest": right(
            lambda beta, rate, gap: gap + (beta - 1) * rate, lambda beta, rate, gap: (beta - 1) * rate - gap
        ),
        "already pays the rate once; only what beta adds": addend("minus the rate", -1),
        "how far the weighted bound lies below the ELBO, which lies below the evidence too": every(
            slip(lambda beta, rate: (beta - 1) * rate), fact(lambda gap: (gap > 0).all(), lambda gap: (gap < 0).all())
        ),
        "from the prior (the rate), not that from the posterior (the gap)": exchanged("rate", "gap"),
        "beta multiplies the rate only": instead(
            lambda beta, rate, gap: gap - rate + beta * rate, lambda beta, rate, gap: beta * (gap + rate)
        ),
    },
    "fitted_width": {
        "the root of the mean squared error. Then two log densities, added": right(
            lambda x, mean: Normal(mean, mse(x, mean).sqrt().reshape(-1, 1, 1, 1)).log_prob(x).sum((1, 2, 3)),
            lambda x, mean: Normal(mean, mse(x, mean).reshape(-1, 1, 1, 1)).log_prob(x).sum((1, 2, 3)),
        ),
        "the normaliser log(2 pi sigma^2) / 2 entered once; it is there for each pixel": plus(
            lambda x, mean, pixels: 0.5 * (pixels - 1) * (2 * math.pi * mse(x, mean)).log()
        ),
        "the normaliser holds log sigma squared, not log sigma": instead(
            lambda x, mean: at_width(x, mean, mse(x, mean)), lambda x, mean: at_width(x, mean, mse(x, mean), 0.5)
        ),
        "n - 1 makes a variance unbiased, not most likely": slip(
            lambda x, mean, pixels: at_width(x, mean, mse(x, mean) * pixels / (pixels - 1))
        ),
        "without 2 pi it is no density; it drops out of a gradient, not out of a likelihood": plus(
            lambda pixels: 0.5 * pixels * math.log(2 * math.pi)
        ),
        "D counts rows times columns only; a colour image has D pixels for each channel": times(
            lambda channels: 1 / channels
        ),
    },
    "latents_in_use": {
        "you compared a variance with a standard deviation": slip(lambda variances, sigma: count(variances > sigma)),
        "you compared a standard deviation with a variance": slip(
            lambda variances, sigma: count(variances.sqrt() > sigma**2)
        ),
        "its variance exceeds the noise, not twice the noise": instead(
            lambda variances, sigma: count(variances > sigma**2),
            lambda variances, sigma: count(variances > 2 * sigma**2),
        ),
    },
    "kl_full_covariance": {
        "images, rows, columns": lower_triangle,
        "log det L L^T is twice the sum of the logarithms on the diagonal of L": fact(
            lambda factor: torch.allclose(
                torch.logdet(factor @ factor.mT), 2 * factor.diagonal(dim1=1, dim2=2).log().sum(1)
            ),
            lambda factor: torch.allclose(
                2 * torch.logdet(factor @ factor.mT), factor.diagonal(dim1=1, dim2=2).log().sum(1)
            ),
        ),
        "you took log det L for log det L L^T, which is twice as much": plus(
            lambda factor: 0.5 * factor.diagonal(dim1=1, dim2=2).log().sum(1)
        ),
        "on the diagonal of L L^T, not of L: their sum is the sum of all squares in L": plus(
            lambda factor: 0.5 * (factor.diagonal(dim1=1, dim2=2).sum(1) - factor.square().sum((1, 2)))
        ),
        "everything below the diagonal of L": every(
            as_if(factor=lambda L: torch.diag_embed(L.diagonal(dim1=1, dim2=2))), lower_triangle
        ),
        "yours averages over N(0, I), and here the average is over q": instead(
            lambda mu, factor: kl_divergence(*pair(mu, factor)),
            lambda mu, factor: kl_divergence(*pair(mu, factor)[::-1]),
        ),
        "is one number, not an average over them": times(lambda latents: 1 / latents),
    },
    "mixture_rate": {
        "so log K must be subtracted": addend("the log K of the weights", -1),
        "adding log densities multiplies the densities; a mixture adds them": slip(
            lambda z, mu, log_var, means: (
                gaussian_log_prob(z, mu, log_var)
                - gaussian_log_prob(z[:, None], means, torch.zeros_like(means)).exp().log().sum(1)
            )
        ),
    },
    "correction_above": {
        "where the posterior is zero": fact(
            lambda s: s.trap["log_posterior"].isinf().any(), lambda s: s.trap["log_q"].isinf().any()
        ),
        "multiply and divide by q inside the logarithm, and average both ratios over the posterior": over_posterior,
        "you averaged over q. In this chain everything is averaged over the posterior": exchanged(
            "log_posterior", "log_q"
        ),
        "with a plus the chain would bound from below, and its last line says from above": every(
            times(-1), fact(lambda right: (right <= 1e-12).all(), lambda right: (right >= 0).all())
        ),
        "that is the gap of the ELBO. Here the average is over the posterior, and the term is subtracted": every(
            slip(lambda log_posterior, log_q: kl(log_q, log_posterior)),
            right(lambda log_posterior, log_q: -kl(log_posterior, log_q)),
        ),
        "the logarithm of the posterior is missing": addend("minus the posterior's average of its own logarithm", -1),
        "the posterior's entropy does not know q": slip(
            lambda log_posterior: torch.distributions.Categorical(logits=log_posterior).entropy()
        ),
        "you weighed by the logarithms of the posterior": slip(
            lambda log_posterior, log_q: -(log_posterior * (log_posterior - log_q)).sum(1)
        ),
        "minus the average over the posterior of log p(x|z) p(z) / q(z|x)": over_posterior,
    },
    "MendedVAE": {
        "sigma is exp(log_std), without a half": own(widths_used(0.5), widths_used(1.0)),
        "the decoder must be given the sample z. With the mean it would never see the noise": fact(
            lambda s: sees_noise(s, s.question.reference) and not sees_noise(s, s.slip.answer),
            lambda s: sees_noise(s, s.slip.answer),
        ),
        "the first half of the encoder's output is mu, the second log_std.": half_of_output(
            lambda mu, log_std: log_std, lambda mu, log_std: mu
        ),
        "the first half of the encoder's output is mu, the second log_std; you took every other number": half_of_output(
            lambda mu, log_std: torch.cat([mu, log_std], 1)[:, ::2], lambda mu, log_std: mu
        ),
        "a squared error falls as the net gets better": slip(
            lambda x, x_hat: (x - x_hat).square().sum(1), "reconstruction"
        ),
        "is a log standard deviation. Width one is 0": slip(
            lambda z, mu, log_std: (Normal(mu, log_std.exp()).log_prob(z) - Normal(0.0, math.e).log_prob(z)).sum(1),
            "rate",
        ),
        "with this sign the loss falls as codes move away from the prior": own(
            lambda found, case: found["loss"] + found["reconstruction"] + found["rate"],
            lambda found, case: found["loss"] + found["reconstruction"] - found["rate"],
        ),
    },
    "ratio_with_baseline": {
        "with the reward's mean subtracted": baseline,
        "the mean reward subtracted": baseline,
        "that is the fall of the ratio": slip(lambda latents: no_baseline(latents) - (latents + 4) / 2),
        "subtract the mean from the reward itself, before it is multiplied by the score and squared": slip(
            lambda latents: no_baseline(latents) - (latents / 2) ** 2
        ),
    },
    "continuous_bernoulli": {
        "sum over channels, rows and columns and keep the images apart": right(
            lambda x, logits: torch.distributions.ContinuousBernoulli(logits=logits).log_prob(x).flatten(1).sum(1),
            lambda x, logits: torch.distributions.ContinuousBernoulli(logits=logits).log_prob(x).mean(1).sum((1, 2)),
        ),
        "the normaliser entered once an image; there is one for each pixel": plus(
            lambda terms, pixels: (1 / pixels - 1) * terms[""]["the sum of log C over pixels"]
        ),
        "the density is multiplied by C, so log C is added": slip(
            lambda logits, terms: terms[""]["the coins' log-likelihood"] + (logits / (logits / 2).tanh()).sum((1, 2, 3))
        ),
        "so C must be 2 there. Yours is 1": plus(lambda pixels: -pixels * math.log(2)),
    },
    "kl_to_laplace": {
        "without a half: it takes mu over sigma and over the root of two": plus(
            lambda mu, log_var: (
                mu * (torch.erf(mu / (log_var / 2).exp()) - torch.erf(mu / (log_var / 2).exp() / math.sqrt(2)))
            ).sum(1)
        ),
    },
}


def pair(mu, factor):
    """q, and the standard normal."""
    return MultivariateNormal(mu, scale_tril=factor), MultivariateNormal(
        torch.zeros_like(mu), torch.eye(mu.shape[1]).to(mu)
    )


DECLARED = {
    "latents_in_use": {"true of the net below": "where the sheet trains it"},
    "correction_above": {
        "beside that of the second line, and subtract the two logarithms": "of the chain that the sheet prints",
    },
    "MendedVAE": {"from forward": "a method's name"},
}
