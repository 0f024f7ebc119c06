"""What the slips' messages say in formulas: the right one is that of the right answer, the other that of the slip."""

import math

import torch

from course_pkg.elbo import gaussian_kl, gaussian_log_prob
from course_pkg.questions.identifiability.labels import least as least_labels
from course_pkg.questions.mmd.experiment import best
from course_pkg.questions.mmd.points import closed, least
from course_pkg.questions.shared import level
from course_pkg.worlds import kl
from told_bottleneck import spending
from told_density_ratio import by_odds, odds, whole
from told_elbo import at_width, mse
from told_mmd import excess
from told_total_correlation import loss, rho
from wording import addend, as_if, every, fact, given_as, instead, plus, right, slip, times

log_sigma = given_as(lambda a: {n: 2 * v for n, v in a.items() if n.startswith("log_var")})
READ = "log_var is log sigma squared, so sigma is exp(log_var / 2): the variance is exp(log_var)"
HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)
t = torch.linspace(0, 1, 10_001, dtype=torch.float64)
dead = lambda correct: (
    lambda spread, width, eps: correct(eps * spread**2, spread**2 + width**2, (eps * spread) ** 2 + 1)
)
free = lambda unit, half=1: lambda variances, sigma, floor: (
    variances * math.exp(-2 * floor) / (half * sigma**unit)
).clamp_max(1)  # fmt: skip


def is_erf(integrand):
    return math.isclose(math.erf(1), 2 / math.sqrt(math.pi) * torch.trapezoid(integrand, t), rel_tol=1e-6)


def others(value):
    """Log weights of a batch: this of every other image, and one over n of the own one."""
    return lambda b, n: torch.full((b, b), value(b, n), dtype=torch.float64).fill_diagonal_(-math.log(n))


def bumps_each(z, mu, log_var, means):
    each = gaussian_log_prob(z[:, None, :, None], means[:, :, None], torch.zeros_like(means[:, :, None]))
    return gaussian_log_prob(z, mu, log_var) - (each.logsumexp(1) - math.log(len(means))).sum(1)


TOLD = {
    "kl_between_gaussians": {
        READ: log_sigma,
        "you read log_var as log sigma squared, in another as log sigma": slip(
            lambda mu_q, log_var_q, mu_p, log_var_p: 0.5 * (
                log_var_p - log_var_q + ((2 * log_var_q).exp() + (mu_q - mu_p) ** 2) / (2 * log_var_p).exp() - 1
            ).sum(1)
        ),
    },
    "fitted_width": {
        "divided by 2 sigma^2 it leaves D / 2": plus(lambda pixels: pixels / 2),
        "the mean squared error is sigma squared": right(
            lambda x, mean: at_width(x, mean, mse(x, mean)), lambda x, mean: at_width(x, mean, mse(x, mean).sqrt())
        ),
    },
    "kl_full_covariance": {
        "in the trace and in the determinant: it is L L^T": slip(
            lambda mu, factor: 0.5 * (
                (d := factor.diagonal(dim1=1, dim2=2)).sum(1) + mu.square().sum(1) - mu.shape[1] - d.log().sum(1)
            )
        ),
        "at mean 0 and covariance I your divergence is d/2": plus(lambda latents: latents / 2),
    },
    "mixture_rate": {
        READ: log_sigma,
        "Each has the weight 1/K": addend("the log K of the weights", -1),
        "a mixture in each latent has K^d bumps": slip(bumps_each),
    },
    "MendedVAE": {
        "the normaliser log(2 pi) / 2 is there for each pixel": plus(
            lambda pixels: (pixels - 1) * HALF_LOG_2PI, "reconstruction"
        ),
        "has the normaliser log(2 pi) / 2 for each pixel": plus(lambda pixels: pixels * HALF_LOG_2PI, "reconstruction"),
    },
    "kl_to_laplace": {
        READ: log_sigma,
        "sigma sqrt(2 / pi) is the mean of |z| only where mu is zero": slip(
            lambda log_var: (
                math.log(2) - HALF_LOG_2PI - 0.5 - 0.5 * log_var + (log_var / 2).exp() * math.sqrt(2 / math.pi)
            ).sum(1)
        ),
        "erf is the integral of exp(-t^2)": fact(
            lambda s: is_erf((-(t**2)).exp()), lambda s: is_erf((-(t**2) / 2).exp())
        ),
        "the Laplace density is exp(-|z|) divided by 2, in every latent": plus(lambda latents: -latents * math.log(2)),
        "the prior here has density exp(-|z|) / 2": slip(lambda mu, log_var: gaussian_kl(mu, log_var).sum(1)),
    },
    "best_channel": {
        "the code carries C / 2 nats: exp(-C) is its width, exp(-2C) its variance": every(
            as_if("gain", capacity=lambda c: c / 2), as_if("log_var", capacity=lambda c: c / 2)
        ),
    },
    "silent_rate": {
        "you dropped exp(log_var) from the KL": slip(lambda capacity: -(1 + 2 * capacity)),
        "exp(-2C) is the variance of a code whose whole KL is information": slip(lambda capacity: -2 * capacity),
        "that is the variance, exp(log_var)": slip(lambda right: right.exp()),
    },
    "nats_each": {
        "left with the error D, costs half of log(v / D)": slip(
            lambda variances, capacity: (variances / level(variances, capacity, half=1.0)).clamp_min(1).log()
        ),
    },
    "held_by_gamma": {
        "that is left with the error D has half of log(v / D) nats": slip(
            lambda variances, sigma, gamma, capacity: (2 * spending(variances, gamma * sigma**2)).clamp_min(capacity)
        ),
        "a variance is compared with gamma times sigma squared": slip(
            lambda variances, sigma, gamma, capacity: spending(variances, gamma * sigma).clamp_min(capacity)
        ),
        "an error becomes nats only when it is divided by sigma squared": slip(
            lambda variances, gamma, capacity: spending(variances, gamma).clamp_min(capacity)
        ),
    },
    "relaxed_sample": {
        "log(-log u) is Gumbel noise upside down": slip(
            lambda logits, u, temperature: ((logits + (-u.log()).log()) / temperature).softmax(1)
        ),
    },
    "best_logit": {
        "A logit is the logarithm of odds, n1 / n0": instead(by_odds, odds(lambda n1, n0: math.log(n1 / (n1 + n0)))),
    },
    "shuffled_table": {
        "count the pairs of rows: B^2 in all, and in B of them both are the same": instead(
            whole(lambda B: B / B**2), whole(lambda B: B / (B**2 + B))
        ),
    },
    "without_batch": {
        "the share q/B in m_B matters where q is large": slip(lambda logit, batch: logit - math.log(1 - 1 / batch)),
        "what is left of m_B is (1 - 1/B) q-bar": addend("the logarithm of 1 - 1/B", -1),
        "this makes q/m_B of q/q-bar": slip(
            lambda logit, batch: -(1 / batch + (1 - 1 / batch) * (-logit).exp()).log()
        ),
    },
    "two_outputs": {
        "that is log D. The log ratio is log D - log(1 - D)": instead(
            lambda real: (real.log_softmax(1)[:, 0] - real.log_softmax(1)[:, 1]).mean(),
            lambda real: real.log_softmax(1)[:, 0].mean(),
            "tc",
        ),
    },
    "read_off": {
        "is taken of the mean of e^T. You took the mean of the logarithm of e^T": instead(
            lambda real, shuffled: real.mean() - shuffled.logsumexp(0) + math.log(len(shuffled)),
            lambda real, shuffled: real.mean() - shuffled.mean(),
            "donsker",
        ),
    },
    "missing_from_bound": {
        "q-bar times e^T is no density yet": slip(lambda log_q, log_bar, logit: kl(log_q, log_bar + logit)),
    },
    "price_of_a_turn": {
        "cos x sin x is sin(2x) / 2": slip(
            lambda first, second, angle, beta: (
                beta / 2 * math.log1p((first - second) ** 2 / (first * second) * math.sin(2 * angle) ** 2)
            )
        ),
    },
    "price_of_truth": {
        "log(1 - rho^2) is negative": times(-1),
        "it is 1 - rho^2: the square of rho": slip(lambda rho, beta: -beta / 2 * math.log(1 - abs(rho))),
        "rho^2 / 2 is right to the first order only": slip(lambda rho, beta: beta * rho**2 / 2),
    },
    "labels_enough": {
        "1 + (d + 1) / n is right for many labels only": slip(
            lambda d, more: least_labels(d, more, lambda n: 1 + (d + 1) / n)
        ),
    },
    "best_weighted_bound": {
        "the power 1 / beta inside the sum is missing": slip(
            lambda beta, log_prior, log_likelihood: beta * (log_prior + log_likelihood).logsumexp(1)
        ),
    },
    "beta_for_rate": {
        "that is beta sigma^2, the error left": times(lambda sigma: sigma**2),
        "variances are compared with beta times sigma squared": times(lambda sigma: sigma),
    },
    "price_under_free_bits": {
        "that is the price at the best rate without a floor": slip(
            lambda variances, sigma: (variances / sigma**2).clamp_max(1)
        ),
        "an error is measured in units of sigma squared": instead(free(2), free(1)),
        "the derivative of exp(-2 rate) has a factor of two, which the half in front cancels": instead(
            free(2), free(2, half=2)
        ),
    },
    "mean_distance": {"that is the mean of (z - z')^2. Higgins": slip(lambda variances: 2 * variances)},
    "diagonal_excess": {
        "n points that meet themselves among n^2 pairs": instead(
            excess(lambda n: n / n**2), excess(lambda n: 1 / n**2)
        ),
    },
    "shrunken_width": {
        "right to first order in 1 / n": slip(lambda d, h2, n: 1 - (h2 + 2) / ((d + 2) * n)),
        "of n squared pairs n are a code and itself: a share of 1 / n": slip(lambda d, h2, n: best(d, h2, n - 1)),
    },
    "mended_term": {
        "the kernel is exp(-r^2 / 2 h^2); you left out the 2": as_if(h=lambda h: h / math.sqrt(2)),
        "an RBF MMD^2 is at most 2": fact(
            lambda right, weight: right / weight <= 2, lambda right, weight: right / weight > 2
        ),
    },
    "points_needed": {
        "the kernel is exp(-r^2 / 2 h^2)": as_if(h=math.sqrt),
        "s^2 depends on the dimension": slip(
            lambda d, h, length: least(closed(d, h, length)[0], closed(1, h, length)[1])
        ),
        "n^2 for n (n - 1) in the variance is right for large n": slip(
            lambda d, h, length: max(2, math.ceil(2 * math.sqrt(8 * closed(d, h, length)[1]) / closed(d, h, length)[0]))
        ),
    },
    "tc_read": {
        "Stratified, the own image counts 1/N": instead(
            lambda single, n: single.sum() + math.log(1 / n), lambda single, batch: single.sum() + math.log(1 / batch)
        ),
    },
    "batch_needed": {
        "e^I may be a power of two itself": slip(
            lambda information: torch.tensor(2.0 ** math.ceil(information / math.log(2)))
        ),
        "that is e^I, rounded up": slip(lambda information: math.ceil(math.exp(information))),
        "Here other images must come near: e^I": slip(lambda information: math.ceil(information**2)),
    },
    "mended_loss": {
        "1/(NB) for all images is weighted sampling; stratified, the own image counts 1/N": instead(
            loss(), loss(lambda b, n: torch.full((b, b), -math.log(n * b), dtype=torch.float64))
        ),
        "the others share what 1/N leaves": slip(loss(others(lambda b, n: -math.log(b - 1)))),
    },
    "tc_with_dead_latent": {
        "and adds (eps spread)^2": instead(
            dead(rho), lambda spread, width, eps: rho(eps * spread**2, spread**2 + width**2, 1.0)
        ),
        "is -log(1 - rho^2) / 2, with the square": slip(dead(lambda c, a, b: -0.5 * math.log1p(-c / math.sqrt(a * b)))),
        "is -log(1 - rho^2) / 2: the half is missing": times(2),
        "and the logarithm is of 1 - rho^2": slip(dead(lambda c, a, b: 0.5 * math.log1p(c**2))),
    },
}  # fmt: skip
DECLARED = {}
