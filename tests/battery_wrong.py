"""Wrong answers that a student may hand in, three or more a question. `wrong[name]` lists them, each a function."""

import itertools
import math
from collections import defaultdict

import torch
import torch.nn.functional as F
from scipy.optimize import linear_sum_assignment
from scipy.stats import norm
from scipy.stats import t as student
from torch import nn

from course_pkg.mmd import gaussian_mmd2, null_variance
from course_pkg.worlds import expect, kl

wrong = defaultdict(list)
LOG_2PI = math.log(2 * math.pi)


def of(name):
    """Hand this in as an answer to that question."""

    def keep(answer):
        wrong[name].append(answer)
        return answer

    return keep


# --- elbo -------------------------------------------------------------------------------------------------------------


@of("kl_between_gaussians")
def no_minus_one(mu_q, log_var_q, mu_p, log_var_p):
    ratio = (log_var_q.exp() + (mu_q - mu_p) ** 2) / log_var_p.exp()
    return 0.5 * (log_var_p - log_var_q + ratio).sum(1)


@of("kl_between_gaussians")
def prior_width_forgotten(mu_q, log_var_q, mu_p, log_var_p):
    return 0.5 * (log_var_q.exp() + (mu_q - mu_p) ** 2 - 1 - log_var_q).sum(1)


@of("kl_between_gaussians")
def distance_not_squared(mu_q, log_var_q, mu_p, log_var_p):
    ratio = (log_var_q.exp() + (mu_q - mu_p).abs()) / log_var_p.exp()
    return 0.5 * (log_var_p - log_var_q + ratio - 1).sum(1)


@of("kl_between_gaussians")
def by_sampling(mu_q, log_var_q, mu_p, log_var_p):
    q = torch.distributions.Normal(mu_q, (log_var_q / 2).exp())
    p = torch.distributions.Normal(mu_p, (log_var_p / 2).exp())
    z = q.sample((20000,))
    return (q.log_prob(z) - p.log_prob(z)).mean(0).sum(1)


@of("kl_between_gaussians")
def distance_not_halved(mu_q, log_var_q, mu_p, log_var_p):
    logs = 0.5 * (log_var_p - log_var_q) + 0.5 * (log_var_q - log_var_p).exp() - 0.5
    return (logs + (mu_q - mu_p) ** 2 / log_var_p.exp()).sum(1)


@of("kl_full_covariance")
def mean_left_out(mu, factor):
    return 0.5 * (factor**2).sum((1, 2)) - 0.5 * mu.shape[1] - factor.diagonal(dim1=1, dim2=2).log().sum(1)


@of("kl_full_covariance")
def no_half_before_the_mean(mu, factor):
    trace, logs = (factor**2).sum((1, 2)), factor.diagonal(dim1=1, dim2=2).log().sum(1)
    return 0.5 * (trace - mu.shape[1]) + (mu**2).sum(1) - logs


@of("kl_full_covariance")
def one_for_all_latents(mu, factor):
    trace, logs = (factor**2).sum((1, 2)), factor.diagonal(dim1=1, dim2=2).log().sum(1)
    return 0.5 * (trace + (mu**2).sum(1) - 1) - logs


@of("kl_full_covariance")
def base_two(mu, factor):
    trace, logs = (factor**2).sum((1, 2)), factor.diagonal(dim1=1, dim2=2).log2().sum(1)
    return 0.5 * (trace + (mu**2).sum(1) - mu.shape[1]) - logs


@of("kl_to_laplace")
def laplace_without_half(mu, log_var):
    sigma = (log_var / 2).exp()
    size = sigma * math.sqrt(2 / math.pi) * (-(mu**2) / (2 * sigma**2)).exp() + mu * torch.erf(mu / sigma / 2**0.5)
    return (size - 0.5 * (LOG_2PI + log_var) + math.log(2)).sum(1)


@of("kl_to_laplace")
def root_of_the_second_moment(mu, log_var):
    return ((mu**2 + log_var.exp()).sqrt() + math.log(2) - 0.5 * (LOG_2PI + 1 + log_var)).sum(1)


@of("kl_to_laplace")
def log_two_once(mu, log_var):
    sigma = (log_var / 2).exp()
    size = sigma * math.sqrt(2 / math.pi) * (-(mu**2) / (2 * sigma**2)).exp() + mu * torch.erf(mu / sigma / 2**0.5)
    return (size - 0.5 * (LOG_2PI + 1 + log_var)).sum(1) + math.log(2)


@of("mixture_rate")
def gaussian_without_constant(z, mu, log_var, means):
    log_q = -0.5 * (log_var + (z - mu) ** 2 / log_var.exp()).sum(1)
    log_p = -0.5 * (LOG_2PI + (z[:, None] - means) ** 2).sum(2)
    return log_q - log_p.logsumexp(1) + math.log(len(means))


@of("mixture_rate")
def weights_added(z, mu, log_var, means):
    log_q = torch.distributions.Normal(mu, (log_var / 2).exp()).log_prob(z).sum(1)
    log_p = -0.5 * (LOG_2PI + (z[:, None] - means) ** 2).sum(2)
    return log_q - log_p.logsumexp(1) - math.log(len(means))


@of("mixture_rate")
def entropy_for_log_q(z, mu, log_var, means):
    log_q = -0.5 * (LOG_2PI + 1 + log_var).sum(1)
    log_p = -0.5 * (LOG_2PI + (z[:, None] - means) ** 2).sum(2)
    return log_q - log_p.logsumexp(1) + math.log(len(means))


@of("continuous_bernoulli")
def gaussian_pixels(x, logits):
    return -0.5 * (LOG_2PI + (x - logits.sigmoid()) ** 2).flatten(1).sum(1)


@of("continuous_bernoulli")
def normaliser_squared(x, logits):
    small = logits.abs() < 1e-3
    safe = torch.where(small, 1.0, logits)
    log_c = torch.where(small, math.log(2) + logits**2 / 12, (safe / (safe / 2).tanh()).log())
    coins = -F.binary_cross_entropy_with_logits(logits, x, reduction="none")
    return (coins + 2 * log_c).flatten(1).sum(1)


@of("continuous_bernoulli")
def slope_is_nan_at_zero(x, logits):
    p = logits.sigmoid()
    small = logits.abs() < 1e-3
    log_c = torch.where(small, math.log(2) + logits**2 / 12, (2 * torch.atanh(1 - 2 * p) / (1 - 2 * p)).log())
    log_c = torch.where(logits < -15, (logits / (logits / 2).tanh()).log(), log_c)
    coins = -F.binary_cross_entropy_with_logits(logits, x, reduction="none")
    return (coins + log_c).flatten(1).sum(1)


@of("fitted_width")
def unbiased(x, mean):
    error = (x - mean).flatten(1)
    d = error.shape[1]
    return -0.5 * d * (LOG_2PI + (error.square().sum(1) / (d - 1)).log() + 1)


@of("fitted_width")
def at_width_one(x, mean):
    return -0.5 * (LOG_2PI + (x - mean) ** 2).flatten(1).sum(1)


@of("fitted_width")
def half_before_the_log_only(x, mean):
    error = (x - mean).flatten(1)
    d, s = error.shape[1], error.square().mean(1)
    return -0.5 * d * s.log() - 0.5 * d * LOG_2PI - d


@of("missing_from_weighted")
def gap_twice(beta, rate, gap):
    return 2 * gap + (beta - 1) * rate


@of("missing_from_weighted")
def gap_subtracted(beta, rate, gap):
    return (beta - 1) * rate - gap


@of("missing_from_weighted")
def cut_at_zero(beta, rate, gap):
    return gap + max(beta - 1, 0) * rate


@of("correction_above")
def squared_distance(log_posterior, log_q):
    return -(log_posterior.exp() - log_q.exp()).square().sum(1)


@of("correction_above")
def log_of_the_average(log_posterior, log_q):
    return (log_posterior.exp() * log_q.exp()).sum(1).log()


@of("correction_above")
def cross_entropy_positive(log_posterior, log_q):
    return -expect(log_posterior, log_q)


@of("correction_above")
def half_of_both(log_posterior, log_q):
    return -0.5 * (kl(log_posterior, log_q) + kl(log_q, log_posterior))


class Vae(nn.Module):
    def __init__(self, pixels, latents, hidden=300):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(pixels, hidden), nn.ReLU(), nn.Linear(hidden, 2 * latents))
        self.decoder = nn.Sequential(nn.Linear(latents, hidden), nn.ReLU(), nn.Linear(hidden, pixels))

    def forward(self, x, eps):
        mu, log_std = self.encoder(x).chunk(2, 1)
        z = mu + log_std.exp() * eps
        return self.decoder(z), z, mu, log_std

    def reconstruction(self, x, x_hat):
        return -0.5 * (LOG_2PI + (x - x_hat) ** 2).sum(1)

    def rate(self, z, mu, log_std):
        squares = (z - mu) ** 2 / (2 * log_std).exp()
        return 0.5 * (z**2 - squares - 2 * log_std).sum(1)

    def loss(self, x, x_hat, z, mu, log_std):
        return self.rate(z, mu, log_std) - self.reconstruction(x, x_hat)


@of("MendedVAE")
class DetachedSample(Vae):
    def forward(self, x, eps):
        _, z, mu, log_std = super().forward(x, eps)
        return self.decoder(z.detach()), z.detach(), mu, log_std


@of("MendedVAE")
class RateReversed(Vae):
    def rate(self, z, mu, log_std):
        return -super().rate(z, mu, log_std)


@of("MendedVAE")
class LogVarInTheSample(Vae):
    def forward(self, x, eps):
        _, _, mu, log_std = super().forward(x, eps)
        z = mu + (0.5 * log_std).exp() * eps
        return self.decoder(z), z, mu, log_std


@of("MendedVAE")
class SigmoidAtTheEnd(Vae):
    def forward(self, x, eps):
        x_hat, z, mu, log_std = super().forward(x, eps)
        return x_hat.sigmoid(), z, mu, log_std


@of("ratio_with_baseline")
def nine():
    return 13.0


@of("ratio_with_baseline")
def forty_five():
    return 45.0


@of("ratio_with_baseline")
def a_tensor_of_two():
    return torch.tensor([90.0, 10.0])


@of("latents_in_use")
def above_half_the_noise(variances, sigma):
    return int((variances > sigma**2 / 2).sum())


@of("latents_in_use")
def noise_added(variances, sigma):
    return int((variances + sigma**2 > 1).sum())


@of("latents_in_use")
def sum_of_rates(variances, sigma):
    return (0.5 * (variances / sigma**2).log()).clamp_min(0).sum()


# --- kkt --------------------------------------------------------------------------------------------------------------


@of("nearest_point")
def unit_normal(a, normal, limit):
    n = normal / normal.norm()
    u = (n @ a - limit).clamp_min(0)
    return {"x": a - u * n, "multiplier": u}


@of("nearest_point")
def radial(a, normal, limit):
    inner = normal @ a
    x = a if inner <= limit else a * (limit / inner)
    return {"x": x, "multiplier": ((inner - limit) / (normal @ normal)).clamp_min(0)}


@of("nearest_point")
def half_the_multiplier(a, normal, limit):
    u = ((normal @ a - limit) / (normal @ normal)).clamp_min(0)
    return {"x": a - u * normal, "multiplier": u / 2}


@of("missing_from_beta_vae")
def divided(beta, rate, budget):
    return budget / beta + 0 * rate


@of("missing_from_beta_vae")
def both_slacks(beta, rate, budget):
    return beta * budget - beta * rate


@of("missing_from_beta_vae")
def with_the_rate(beta, rate, budget):
    return beta * budget + rate


@of("effective_beta")
def pixels_for_channels_too(weight, reconstruction, kl, images, channels, pixels, latents):
    e = {"sum": images, "batchmean": 1, "mean": 1 / (channels * pixels)}[reconstruction]
    k = {"sum": images, "batchmean": 1, "mean": 1 / latents}[kl]
    return weight * k / e / channels


@of("effective_beta")
def mean_over_the_batch_too(weight, reconstruction, kl, images, channels, pixels, latents):
    e = {"sum": images, "batchmean": 1, "mean": 1 / (images * channels * pixels)}[reconstruction]
    k = {"sum": images, "batchmean": 1, "mean": 1 / (images * latents)}[kl]
    return weight * k / e


@of("effective_beta")
def batchmean_divides(weight, reconstruction, kl, images, channels, pixels, latents):
    e = {"sum": 1, "batchmean": images, "mean": 1 / (channels * pixels)}[reconstruction]
    k = {"sum": 1, "batchmean": images, "mean": 1 / latents}[kl]
    return weight * k / e


@of("latents_that_survive")
def hard_coded(variances, weight, latents):
    return min(int((variances > weight * 64 / 20).sum()), 10)


@of("latents_that_survive")
def squared_price(variances, weight, latents):
    return min(int((variances**2 > weight * len(variances) / (2 * latents)).sum()), latents)


@of("latents_that_survive")
def one_short(variances, weight, latents):
    return min(int((variances > weight * len(variances) / (2 * latents)).sum()), latents) - 1


@of("best_weighted_bound")
def mean_over_z(beta, log_prior, log_likelihood):
    return beta * ((log_likelihood / beta).logsumexp(1) - math.log(len(log_prior)))


@of("best_weighted_bound")
def elbo_at_the_tilt(beta, log_prior, log_likelihood):
    q = (log_prior + log_likelihood / beta).log_softmax(1)
    return expect(q, log_likelihood) - kl(q, log_prior)


@of("best_weighted_bound")
def sign_turned(beta, log_prior, log_likelihood):
    return -beta * (log_prior + log_likelihood / beta).logsumexp(1)


@of("best_weighted_bound")
def by_steps(beta, log_prior, log_likelihood):
    q = log_prior.expand_as(log_likelihood)
    for _ in range(6):
        q = (0.5 * q + 0.5 * (log_prior + log_likelihood / beta)).log_softmax(1)
    return expect(q, log_likelihood) - beta * kl(q, log_prior)


def level_of(v, nats):
    logs = v.clamp_min(1e-300).log().sort(descending=True).values
    return ((logs.cumsum(0) - 2 * nats) / torch.arange(1, len(v) + 1)).max().exp()


@of("beta_for_rate")
def twice_sigma_squared(variances, sigma, rate):
    return level_of(variances, rate) / (2 * sigma**2)


@of("beta_for_rate")
def coarse_grid(variances, sigma, rate):
    betas = torch.logspace(-4, 6, 3000, dtype=torch.float64)
    nats = (0.5 * (variances / (betas[:, None] * sigma**2)).log()).clamp_min(0).sum(1)
    return betas[(nats - rate).abs().argmin()]


@of("beta_for_rate")
def mean_variance(variances, sigma, rate):
    return variances.mean() * math.exp(-2 * rate / len(variances)) / sigma**2


@of("counted_loss")
def mean_of_both(x, logits, mu, log_var, beta):
    r = F.binary_cross_entropy_with_logits(logits, x)
    k = (-0.5 * (1 + log_var - mu**2 - log_var.exp())).mean()
    return {"reconstruction": r, "kl": k, "loss": r + beta * k}


@of("counted_loss")
def reported_by_item(x, logits, mu, log_var, beta):
    r = F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)
    k = (-0.5 * (1 + log_var - mu**2 - log_var.exp())).sum(1).mean()
    return {"reconstruction": r.item(), "kl": k.item(), "loss": r.item() + beta * k.item()}


@of("counted_loss")
def kl_without_half(x, logits, mu, log_var, beta):
    r = F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)
    k = -(1 + log_var - mu**2 - log_var.exp()).sum(1).mean()
    return {"reconstruction": r, "kl": k, "loss": r + beta * k}


@of("counted_loss")
def kl_detached(x, logits, mu, log_var, beta):
    r = F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)
    k = (-0.5 * (1 + log_var - mu**2 - log_var.exp())).sum(1).mean()
    return {"reconstruction": r, "kl": k, "loss": r + beta * k.detach()}


def best(log_prior, log_likelihood, beta):
    short = log_likelihood - log_likelihood.amax(1, keepdim=True)
    return (log_prior + torch.where(short < 0, short / beta, 0.0)).log_softmax(1)


@of("mended_ascent")
def start_left_out(log_data, log_prior, log_likelihood, budget, start, lr, steps):
    beta, path = start, []
    for _ in range(steps + 1):
        rate = expect(log_data, kl(best(log_prior, log_likelihood, beta), log_prior))
        beta = max(0.0, beta + lr * float(rate - budget))
        path.append(beta)
    return torch.tensor(path, dtype=torch.float64)


@of("mended_ascent")
def encoder_of_the_start(log_data, log_prior, log_likelihood, budget, start, lr, steps):
    rate = expect(log_data, kl(best(log_prior, log_likelihood, start), log_prior))
    path = [start]
    for _ in range(steps):
        path.append(max(0.0, path[-1] + lr * float(rate - budget)))
    return torch.tensor(path, dtype=torch.float64)


@of("mended_ascent")
def step_forgotten(log_data, log_prior, log_likelihood, budget, start, lr, steps):
    path = [start]
    for _ in range(steps):
        rate = expect(log_data, kl(best(log_prior, log_likelihood, path[-1]), log_prior))
        path.append(max(0.0, path[-1] + float(rate - budget)))
    return torch.tensor(path, dtype=torch.float64)


@of("mended_ascent")
def never_ends(log_data, log_prior, log_likelihood, budget, start, lr, steps):
    beta = start
    while True:
        beta = max(0.0, beta + 0 * lr)


def bisected(log_prior, log_likelihood, distortion, steps=60, high=300.0):
    lows, highs = torch.zeros(len(log_likelihood)).double(), torch.full((len(log_likelihood),), high).double()
    for _ in range(steps):
        u = (lows + highs) / 2
        q = (log_prior + u[:, None] * log_likelihood).log_softmax(1)
        bad = -expect(q, log_likelihood) > distortion
        lows, highs = torch.where(bad, u, lows), torch.where(bad, highs, u)
    return torch.where(highs < 1e-9, 0.0, highs)


@of("price_of_quality")
def few_halvings(log_prior, log_likelihood, distortion):
    return bisected(log_prior, log_likelihood, distortion, steps=16)


@of("price_of_quality")
def bracket_of_one(log_prior, log_likelihood, distortion):
    return bisected(log_prior, log_likelihood, distortion, high=1.0)


@of("price_of_quality")
def log_of_u(log_prior, log_likelihood, distortion):
    return bisected(log_prior, log_likelihood, distortion).clamp_min(1e-9).log()


@of("kkt_values")
def positive_ones(A):
    v = torch.linalg.eigvalsh(A)
    return torch.cat([v[v > 0] / 2, torch.zeros(1).double()]).sort().values


@of("kkt_values")
def descending(A):
    v = torch.linalg.eigvalsh(A)
    return torch.cat([v[v < 0] / 2, torch.zeros(1).double()]).sort(descending=True).values


@of("kkt_values")
def multiplier_for_value(A):
    v = torch.linalg.eigvalsh(A)
    return torch.cat([-v[v < 0] / 2, torch.zeros(1).double()]).sort().values


@of("price_under_free_bits")
def floor_in_the_price(variances, sigma, floor):
    return (variances / sigma**2 - floor).clamp(0, 1)


@of("price_under_free_bits")
def halved_exponent_and_half(variances, sigma, floor):
    return (variances * math.exp(-2 * floor) / (2 * sigma**2)).clamp_max(1)


@of("price_under_free_bits")
def only_silent_or_one(variances, sigma, floor):
    r = (0.5 * (variances / sigma**2).log()).clamp_min(0)
    return torch.where(r > floor, 1.0, r / max(floor, 1e-9)).double()


# --- bottleneck -------------------------------------------------------------------------------------------------------


@of("what_each_says")
def joint_in_the_logarithm(counts):
    p = counts / counts.sum()
    rows = counts / counts.sum(1, keepdim=True)
    return torch.xlogy(rows, p).sum(1) - torch.xlogy(rows, p.sum(0)).sum(1)


@of("what_each_says")
def square_for_log(counts):
    rows, all_ = counts / counts.sum(1, keepdim=True), counts.sum(0) / counts.sum()
    return 0.5 * ((rows - all_) ** 2 / all_.clamp_min(1e-12)).sum(1)


@of("what_each_says")
def epsilon(counts):
    rows, all_ = counts / counts.sum(1, keepdim=True), counts.sum(0) / counts.sum()
    return (rows * ((rows + 1e-3) / (all_ + 1e-3)).log()).sum(1)


@of("wasted_rate")
def half_weight(log_p_x, log_q_z_given_x, log_p_z):
    q_z = (log_p_x[:, None] + log_q_z_given_x).logsumexp(0)
    return 0.5 * kl(q_z, log_p_z)


@of("wasted_rate")
def entropies(log_p_x, log_q_z_given_x, log_p_z):
    q_z = (log_p_x[:, None] + log_q_z_given_x).logsumexp(0)
    return -expect(log_p_z, log_p_z) + expect(q_z, q_z)


@of("wasted_rate")
def rate_plus_information(log_p_x, log_q_z_given_x, log_p_z):
    q_z = (log_p_x[:, None] + log_q_z_given_x).logsumexp(0)
    return expect(log_p_x, kl(log_q_z_given_x, log_p_z)) + expect(log_p_x, kl(log_q_z_given_x, q_z))


@of("same_optimum")
def share_squared(beta, pixels, latents):
    right = {"tishby": 1 / beta, "mean_pixels": beta / pixels, "both_means": beta * latents / pixels}
    return {**right, "share": (beta / (1 + beta)) ** 2}


@of("same_optimum")
def two_wrong(beta, pixels, latents):
    return {"tishby": -1 / beta, "share": beta / (1 + beta), "mean_pixels": beta / pixels, "both_means": beta * latents}


@of("same_optimum")
def misspelt(beta, pixels, latents):
    return {"Tishby": 1 / beta, "share": beta / (1 + beta), "mean_pixels": beta / pixels, "both": beta}


def capacity_of(step, start, end, steps):
    return start + (end - start) * min(1.0, step / steps)


@of("mended_capacity")
def falling(log_likelihood, kl, step, gamma, start, end, steps):
    c = end - (end - start) * min(1.0, step / steps)
    p = gamma * (kl.sum(1).mean() - c).abs()
    return {"capacity": c, "penalty": p, "loss": p - log_likelihood.mean()}


@of("mended_capacity")
def elbo_rate_too(log_likelihood, kl, step, gamma, start, end, steps):
    c = capacity_of(step, start, end, steps)
    p = gamma * (kl.sum(1).mean() - c).abs()
    return {"capacity": c, "penalty": p, "loss": p - log_likelihood.mean() + kl.sum(1).mean()}


@of("mended_capacity")
def overwrites(log_likelihood, kl, step, gamma, start, end, steps):
    c = capacity_of(step, start, end, steps)
    kl *= 1.0
    kl += 1.0
    p = gamma * (kl.sum(1).mean() - kl.shape[1] - c).abs()
    return {"capacity": c, "penalty": p, "loss": p - log_likelihood.mean()}


@of("mended_capacity")
def penalty_halved(log_likelihood, kl, step, gamma, start, end, steps):
    c = capacity_of(step, start, end, steps)
    p = 0.5 * gamma * (kl.sum(1).mean() - c).abs()
    return {"capacity": c, "penalty": p, "loss": p - log_likelihood.mean()}


@of("lost_by_code")
def entropy_of_z(p_xz, p_y_given_x, p_y_given_z):
    h = lambda p, t: (p * -torch.xlogy(t, t).sum(1)).sum()
    return h(p_xz.sum(0), p_y_given_z) + h(p_xz.sum(1), p_y_given_x)


@of("lost_by_code")
def absolute_differences(p_xz, p_y_given_x, p_y_given_z):
    return (p_xz * (p_y_given_x[:, None] - p_y_given_z[None]).abs().sum(2)).sum()


@of("lost_by_code")
def for_each_z(p_xz, p_y_given_x, p_y_given_z):
    apart = torch.xlogy(p_y_given_x, p_y_given_x).sum(1)[:, None] - torch.xlogy(
        p_y_given_x[:, None], p_y_given_z[None].clamp_min(1e-300)
    ).sum(2)
    return (p_xz * apart).sum(0)


@of("best_channel")
def no_root_and_half(capacity, variance):
    return {"gain": ((1 - (-2 * capacity).exp()) / variance).sqrt(), "log_var": -capacity}


@of("best_channel")
def sigma_of_noise(capacity, variance):
    return {"gain": (-torch.expm1(-2 * capacity) / variance).sqrt(), "log_var": (-2 * capacity).exp()}


@of("best_channel")
def minus_sign(capacity, variance):
    return {"gain": (-torch.expm1(-2 * capacity) / variance).sqrt(), "log_var": 2 * capacity}


def newton(capacity, steps=100):
    s = -(1 + 2 * capacity)
    for _ in range(steps):
        s = s - (0.5 * (s.expm1() - s) - capacity) / (0.5 * s.expm1())
    return s


@of("silent_rate")
def two_steps(capacity):
    return newton(capacity, 2)


@of("silent_rate")
def variance_itself(capacity):
    return newton(capacity).exp()


@of("silent_rate")
def half_capacity(capacity):
    return newton(capacity / 2)


@of("silent_rate")
def waits_for_equality(capacity):
    s = -torch.ones_like(capacity)
    while not torch.equal(0.5 * (s.exp() - 1 - s), capacity):
        try:
            s = s - 0.1 * (0.5 * (s.exp() - 1 - s) - capacity)
        except Exception:
            pass
    return s


@of("first_split")
def information_of_looks(error, looks):
    e = error**looks / (error**looks + (1 - error) ** looks)
    return math.log(2) + e * math.log(e) + (1 - e) * math.log(1 - e)


@of("first_split")
def shrinks_with_looks(error, looks):
    return (1 - 2 * error) ** (2 * looks)


@of("first_split")
def linear_growth(error, looks):
    r = (1 - 2 * error) ** 2
    return looks * r / (1 + (looks - 1) * r)


@of("nats_each")
def log_v_alone(variances, capacity):
    r = (0.5 * variances.clamp_min(1e-9).log()).clamp_min(0)
    return capacity * r / r.sum().clamp_min(1e-9)


@of("nats_each")
def sorted_order(variances, capacity):
    v = variances.sort().values
    return (0.5 * (v.clamp_min(1e-300) / level_of(v, capacity)).log()).clamp_min(0)


@of("nats_each")
def errors_for_nats(variances, capacity):
    return torch.minimum(variances, level_of(variances, capacity))


@of("nats_each")
def by_softmax(variances, capacity):
    return capacity * (variances / variances.mean()).softmax(0)


@of("held_by_gamma")
def gamma_times_two(variances, sigma, gamma, capacity):
    nats = (0.5 * (variances / (2 * gamma * sigma**2)).log()).clamp_min(0).sum()
    return max(float(nats), capacity)


@of("held_by_gamma")
def mean_of_the_two(variances, sigma, gamma, capacity):
    nats = (0.5 * (variances / (gamma * sigma**2)).log()).clamp_min(0).sum()
    return (max(float(nats), capacity) + capacity) / 2


@of("held_by_gamma")
def each_capped(variances, sigma, gamma, capacity):
    return (0.5 * (variances / (gamma * sigma**2)).log()).clamp_min(capacity).sum()


@of("missing_from_degenerate")
def beta_minus_one(beta, log_q_xz, log_p_x_given_z, log_p_z):
    q_z = log_q_xz.logsumexp(0)
    back = (log_q_xz - q_z).T
    return expect(q_z, kl(back, log_p_x_given_z.T)) + (beta - 1) * kl(q_z, log_p_z)


@of("missing_from_degenerate")
def prior_twice(beta, log_q_xz, log_p_x_given_z, log_p_z):
    q_z = log_q_xz.logsumexp(0)
    back = (log_q_xz - q_z).T
    return expect(q_z, kl(back, log_p_x_given_z.T)) + 2 * beta * kl(q_z, log_p_z)


@of("missing_from_degenerate")
def whole_rate(beta, log_q_xz, log_p_x_given_z, log_p_z):
    q_z, p_x = log_q_xz.logsumexp(0), log_q_xz.logsumexp(1)
    back = (log_q_xz - q_z).T
    rate = expect(p_x, kl(log_q_xz - p_x[:, None], log_p_z))
    return expect(q_z, kl(back, log_p_x_given_z.T)) + beta * rate


def stepped(p_x, encoder, p_y_given_x, beta, alpha, power=1.0):
    q_z = p_x @ encoder
    p_y = ((p_x[:, None] * encoder).T @ p_y_given_x / q_z.clamp_min(1e-300)[:, None]).clamp_min(1e-300)
    apart = torch.xlogy(p_y_given_x, p_y_given_x).sum(1)[:, None] - p_y_given_x @ p_y.log().T
    return (power * q_z.log() - apart / beta) / alpha


@of("encoder_step")
def not_normalised(p_x, encoder, p_y_given_x, beta, alpha):
    return stepped(p_x, encoder, p_y_given_x, beta, alpha).exp()


@of("encoder_step")
def damped(p_x, encoder, p_y_given_x, beta, alpha):
    return 0.5 * encoder + 0.5 * stepped(p_x, encoder, p_y_given_x, beta, alpha).softmax(1)


@of("encoder_step")
def logits_left(p_x, encoder, p_y_given_x, beta, alpha):
    return stepped(p_x, encoder, p_y_given_x, beta, alpha).log_softmax(1)


@of("encoder_step")
def beta_squared(p_x, encoder, p_y_given_x, beta, alpha):
    return stepped(p_x, encoder, p_y_given_x, beta**2, alpha).softmax(1)


# --- metrics ----------------------------------------------------------------------------------------------------------


@of("mean_distance")
def of_one_setting_alone(variances):
    return (variances / math.pi).sqrt()


@of("mean_distance")
def pi_forgotten(variances):
    return 2 * variances.sqrt()


def vote_table(codes, factors, count=lambda rows: len(rows), spread=lambda z: z.var(0, correction=0)):
    out = torch.zeros(factors.shape[1], codes.shape[1], dtype=torch.float64)
    for k, f in enumerate(factors.T):
        for v in f.unique():
            ratio = spread(codes[f == v]) / spread(codes)
            out[k, ratio.nan_to_num(torch.inf).argmin()] += count(codes[f == v]) / len(codes)
    return out


@of("score_of_votes")
def all_votes_of_the_winner(codes, factors):
    return vote_table(codes, factors).sum(0).max() / factors.shape[1]


@of("score_of_votes")
def squares_of_shares(codes, factors):
    return vote_table(codes, factors).square().sum() / factors.shape[1]


@of("score_of_votes")
def not_divided(codes, factors):
    return vote_table(codes, factors).amax(0).sum()


@of("mended_votes")
def only_normalised(codes, fixed, images, test_fixed, test_images):
    k, d = int(max(fixed.max(), test_fixed.max())) + 1, codes.shape[1]
    winner = (codes[images].var(1) / codes.var(0)).nan_to_num(torch.inf).argmin(1)
    votes = torch.bincount(fixed * d + winner, minlength=k * d).view(k, d)
    return votes.amax(0).sum() / len(fixed)


@of("mended_votes")
def wrong_ones(codes, fixed, images, test_fixed, test_images):
    k, d = int(max(fixed.max(), test_fixed.max())) + 1, codes.shape[1]
    winner = lambda rows: (codes[rows].var(1) / codes.var(0)).nan_to_num(torch.inf).argmin(1)
    votes = torch.bincount(fixed * d + winner(images), minlength=k * d).view(k, d)
    return (votes.argmax(0)[winner(test_images)] != test_fixed).double().mean()


@of("score_of_luck")
def one_third():
    return 1 / 3


@of("score_of_luck")
def one_half():
    return 0.5


@of("best_scores")
def exchanged_scores(factors, missing):
    held = factors - missing
    return {"higgins": held / factors, "kim_mnih": (held + (missing > 0)) / factors}


@of("best_scores")
def counts_for_shares(factors, missing):
    held = factors - missing
    return {"higgins": float(held + (missing > 0)), "kim_mnih": float(held)}


@of("scores_of_a_turn")
def degrees_for_radians(degrees):
    return {"kim_mnih": 1.0, "sap": abs(math.cos(2 * degrees))}


@of("scores_of_a_turn")
def not_doubled(degrees):
    return {"kim_mnih": 1.0, "sap": abs(math.cos(math.radians(degrees)))}


@of("separated_predictability")
def largest_gap_only(codes, factors):
    z, f = codes - codes.mean(0), factors.double() - factors.double().mean(0)
    r2 = ((f.T @ z) / (f.norm(dim=0)[:, None] * z.norm(dim=0)).clamp_min(1e-9)).square()
    best = r2.topk(2, dim=1).values
    return (best[:, 0] - best[:, 1]).max()


@of("separated_predictability")
def root_of_the_gap(codes, factors):
    z, f = codes - codes.mean(0), factors.double() - factors.double().mean(0)
    r2 = ((f.T @ z) / (f.norm(dim=0)[:, None] * z.norm(dim=0)).clamp_min(1e-9)).square()
    best = r2.topk(2, dim=1).values
    return (best[:, 0] - best[:, 1]).mean().sqrt()


def shares_of(weights, axis):
    total = weights.sum(axis, keepdim=True)
    share = weights / total.clamp_min(1e-300)
    return -torch.special.xlogy(share, share).sum(axis), total.squeeze(axis)


@of("disentangled_and_complete")
def entropies_themselves(weights):
    over_factors, total = shares_of(weights, 0)
    over_latents, _ = shares_of(weights, 1)
    spread = over_factors / math.log(len(weights))
    complete = over_latents / math.log(weights.shape[1])
    return {"D": (spread * total).sum() / total.sum(), "C": complete.mean()}


@of("disentangled_and_complete")
def factors_weighed_too(weights):
    over_factors, total = shares_of(weights, 0)
    over_latents, of_factor = shares_of(weights, 1)
    spread = 1 - over_factors / math.log(len(weights))
    complete = 1 - over_latents / math.log(weights.shape[1])
    return {"D": (spread * total).sum() / total.sum(), "C": (complete * of_factor).sum() / of_factor.sum()}


@of("mig_of_the_labels")
def bins_for_settings(settings, bins):
    return sum(math.log(bins) / math.log(n) for n in settings) / len(settings)


@of("mig_of_the_labels")
def added_over_factors(settings, bins):
    total = 0.0
    for n in settings:
        p = torch.bincount((torch.arange(n) * bins // (n - 1)).clamp_max(bins - 1)).double() / n
        total += float(-torch.special.xlogy(p, p).sum()) / math.log(n)
    return total


@of("said_by_a_cosine")
def as_a_share(settings):
    alone = 2 if settings % 2 == 0 else 1
    return 1 - (settings - alone) / settings * math.log(2) / math.log(settings)


@of("said_by_a_cosine")
def of_a_sine(settings):
    wave = [round(math.sin(2 * math.pi * k / settings), 9) + 0.0 for k in range(settings)]
    return math.log(settings) - sum(math.log(wave.count(v)) for v in wave) / settings


# --- density_ratio ----------------------------------------------------------------------------------------------------


@of("best_logit")
def offset_halved(log_q, log_bar, real, shuffled):
    return log_q - log_bar + 0.5 * math.log(real / shuffled)


@of("best_logit")
def offset_of_the_difference(log_q, log_bar, real, shuffled):
    return log_q - log_bar + math.log(real) - math.log(real + shuffled)


@of("best_logit")
def probabilities_subtracted(log_q, log_bar, real, shuffled):
    return log_q.exp() - log_bar.exp()


@of("shuffle_by")
def rolled(z, keys):
    return torch.stack([z[:, j].roll(j) for j in range(z.shape[1])], 1)


@of("shuffle_by")
def keys_of_the_first(z, keys):
    return z.gather(0, keys[:, :1].argsort(0).expand_as(z))


@of("shuffle_by")
def the_keys_themselves(z, keys):
    return keys.sort(0).values


@of("shuffled_table")
def product_twice(q, batch):
    return q / batch + 2 * (1 - 1 / batch) * torch.outer(q.sum(1), q.sum(0))


@of("shuffled_table")
def as_logarithms(q, batch):
    return (q / batch + (1 - 1 / batch) * torch.outer(q.sum(1), q.sum(0))).log()


@of("reading_of_copies")
def one_latent_more(latents, batch):
    return latents * math.log(batch)


@of("reading_of_copies")
def twice_the_ceiling(latents, batch):
    return 2 * (latents - 1) * math.log(batch)


@of("without_batch")
def share_of_whole_codes_doubled(logit, batch):
    return math.log(1 - 1 / batch) + logit - 2 * torch.log1p(-logit.exp() / batch)


@of("without_batch")
def ratio_returned(logit, batch):
    return (1 - 1 / batch) * logit.exp() / (1 - logit.exp() / batch)


@of("slope_factor")
def relative(gamma, probability):
    return 1 - (1 - probability) / (2 * gamma)


@of("slope_factor")
def probability_not_halved(gamma, probability):
    return gamma - 0.5 + probability


@of("two_outputs")
def loss_of_the_real_alone(real, shuffled):
    loss = 0.5 * F.softplus(real[:, 1] - real[:, 0]).mean()
    return {"tc": (real[:, 0] - real[:, 1]).mean(), "loss": loss}


@of("two_outputs")
def without_slope(real, shuffled):
    real, shuffled = real.detach(), shuffled.detach()
    tc = (real[:, 0] - real[:, 1]).mean()
    loss = 0.5 * (F.softplus(real[:, 1] - real[:, 0]) + F.softplus(shuffled[:, 0] - shuffled[:, 1])).mean()
    return {"tc": tc, "loss": loss}


def read_with(**changed):
    def answer(real, shuffled):
        mass = shuffled.exp().mean()
        surprise = 0.5 * (F.softplus(-real).mean() + F.softplus(shuffled).mean())
        parts = {"plug_in": real.mean(), "donsker": real.mean() - mass.log(), "mass": mass, "surprise": surprise}
        return {**parts, **{name: f(real, shuffled) for name, f in changed.items()}}

    return answer


@of("read_off")
def median_for_mean(real, shuffled):
    return read_with(plug_in=lambda a, b: a.median())(real, shuffled)


@of("read_off")
def mass_summed(real, shuffled):
    return read_with(mass=lambda a, b: b.exp().sum())(real, shuffled)


@of("missing_from_bound")
def twice_what_is_missing(log_q, log_bar, logit):
    return 2 * kl(log_q, (log_bar + logit).log_softmax(1))


@of("missing_from_bound")
def the_bound_itself(log_q, log_bar, logit):
    return expect(log_q, logit) - (log_bar + logit).logsumexp(1)


@of("codes_needed")
def half_the_codes(divergence, error):
    return math.expm1(2 * divergence) / (2 * error**2)


@of("codes_needed")
def fourth_moment(divergence, error):
    return math.expm1(4 * divergence) / error**2


# --- cascade ----------------------------------------------------------------------------------------------------------


@of("exchange_costs")
def decimal_logarithm(variances, prices):
    return (prices[1] - prices[0]) / 2 * (variances[0] / variances[1]).log10()


@of("exchange_costs")
def halved_once_more(variances, prices):
    return (prices[1] - prices[0]) / 4 * (variances[0] / variances[1]).log()


@of("prices_at")
def two_at_a_time(step, latents, low, high, every):
    return torch.where(torch.arange(latents) < 2 * ((step - 1) // every + 1), low, high).double()


@of("prices_at")
def shares_of_the_way(step, latents, low, high, every):
    return torch.full((latents,), high + (low - high) * min(1.0, step / (every * latents))).double()


@of("missing_term")
def signs_of_all_entropies_turned(p):
    h = lambda q: -torch.special.xlogy(q, q).sum()
    return h(p.sum((1, 2))) + h(p) - h(p.sum(2)) - h(p.sum(1))


@of("missing_term")
def counted_for_each_latent(p):
    h = lambda q: -torch.special.xlogy(q, q).sum()
    return 2 * (h(p.sum(2)) + h(p.sum(1)) - h(p.sum((1, 2))) - h(p))


@of("lost_by_greed")
def three_in_halves(p_x):
    return p_x[1:].sum() * math.log(2)


@of("lost_by_greed")
def lost_by_each_bit(p_x):
    a, b = p_x[1:].sort().values[:2]
    return -2 * (a * (a / (a + b)).log() + b * (b / (a + b)).log())


@of("hard_code")
def paid_on_both_sides(share):
    says = -torch.special.xlogy(share, share).sum()
    return {"rate": 2 * torch.tensor(math.log(len(share))).double(), "information": says}


@of("hard_code")
def without_the_minus(share):
    return {"rate": torch.tensor(math.log(len(share))).double(), "information": torch.special.xlogy(share, share).sum()}


@of("least_cost")
def lam_for_each_image(costs, lam):
    return (costs.min(1).values + lam).sum()


@of("least_cost")
def minus_the_savings(costs, lam):
    return -(costs.min(1).values + lam).sum()


@of("relaxed_sample")
def argmax_of_it(logits, u, temperature):
    return F.one_hot((logits - (-u.log()).log()).argmax(1), logits.shape[1]).double()


@of("relaxed_sample")
def softened_twice(logits, u, temperature):
    return ((logits - (-u.log()).log()) / temperature).softmax(1).square()


@of("matched_accuracy")
def in_per_cent(table):
    orders = itertools.permutations(range(len(table)), table.shape[1])
    return 100 * max(table[list(order), range(table.shape[1])].sum() for order in orders) / table.sum()


@of("matched_accuracy")
def mean_of_precisions(table):
    return (table.max(1).values / table.sum(1)).mean()


# --- total_correlation ------------------------------------------------------------------------------------------------


@of("middle_of_each_image")
def summed_over_images(q):
    joint = q.sum(0)
    product = joint.sum(1)[:, None] * joint.sum(0)
    return torch.special.xlogy(q, (joint / product).clamp_min(1e-300)).flatten(1).sum(1)


@of("middle_of_each_image")
def density_of_the_image_on_top(q):
    joint = q.mean(0)
    product = joint.sum(1)[:, None] * joint.sum(0)
    return torch.special.xlogy(q, (q / product).clamp_min(1e-300)).flatten(1).sum(1)


@of("middle_of_each_image")
def doubled(q):
    joint = q.mean(0)
    ratio = (joint / (joint.sum(1)[:, None] * joint.sum(0))).clamp_min(1e-300)
    return 2 * torch.special.xlogy(q, ratio).flatten(1).sum(1)


def weights_of(B, own):
    table = torch.full((B, B), math.log((1 - own) / (B - 1)), dtype=torch.float64)
    return table.fill_diagonal_(math.log(own))


@of("read_from_batch")
def information_upside_down(log_q, own):
    joint = (log_q.sum(2) + weights_of(len(log_q), own)).logsumexp(1)
    single = (log_q + weights_of(len(log_q), own)[:, :, None]).logsumexp(1).sum(1)
    return {"information": joint - log_q.diagonal().sum(0), "tc": joint - single}


@of("read_from_batch")
def latents_averaged_in_the_tc(log_q, own):
    joint = (log_q.sum(2) + weights_of(len(log_q), own)).logsumexp(1)
    single = (log_q + weights_of(len(log_q), own)[:, :, None]).logsumexp(1).mean(1)
    return {"information": log_q.diagonal().sum(0) - joint, "tc": joint - single}


@of("tc_read")
def log_n_once_a_latent(single, batch, n):
    return single.sum() - len(single) * math.log(n)


@of("tc_read")
def in_bits(single, batch, n):
    return (single.sum() - math.log(n)) / math.log(2)


@of("batch_needed")
def e_to_the_i(information):
    return math.exp(information)


@of("batch_needed")
def plus_one(information):
    return 2 ** (math.floor(information / math.log(2)) + 1) + 1


@of("prices_of")
def tc_as_dimwise(rate, aggregate, tc):
    return torch.tensor([rate, rate + aggregate, rate + aggregate + tc], dtype=torch.float64)


@of("prices_of")
def less_one(rate, aggregate, tc):
    return torch.tensor([rate, rate + aggregate + tc, rate + aggregate], dtype=torch.float64) - 1


@of("missing_for_prior")
def halved_missing(q, p):
    return -0.5 * (q * (p.log() - p.sum(1).log()[:, None] - p.sum(0).log())).sum()


@of("missing_for_prior")
def one_marginal(q, p):
    return -(q * (p.log() - p.sum(1).log()[:, None])).sum()


@of("gaussian_dual")
def determinant_left_out(covariance):
    return 0.5 * torch.linalg.inv(covariance).diagonal().log().sum()


@of("gaussian_dual")
def total_and_dual_added(covariance):
    own = covariance.diagonal().log().sum() - torch.logdet(covariance)
    return 0.5 * (own + torch.linalg.inv(covariance).diagonal().log().sum() + torch.logdet(covariance))


def parts_of_loss(distortion, log_q, log_prior, n):
    B = len(log_q)
    w = torch.full((B, B), math.log((n - 1) / (n * (B - 1))), dtype=torch.float64).fill_diagonal_(-math.log(n))
    joint = (log_q.sum(2) + w).logsumexp(1)
    single = (log_q + w[:, :, None]).logsumexp(1).sum(1)
    return log_q.diagonal().sum(0) - joint, joint - single, single - log_prior.sum(1)


@of("mended_loss")
def distortion_rewarded(distortion, log_q, log_prior, n, beta):
    information, tc, dimwise = parts_of_loss(distortion, log_q, log_prior, n)
    return -distortion + information + beta * tc + dimwise


@of("mended_loss")
def squared_beta(distortion, log_q, log_prior, n, beta):
    information, tc, dimwise = parts_of_loss(distortion, log_q, log_prior, n)
    return distortion + information + beta**2 * tc + dimwise


@of("tc_with_dead_latent")
def eps_squared_forgotten(spread, width, eps):
    return -0.5 * math.log(1 - (eps * spread**2) ** 2 / ((spread**2 + width**2) * (eps * spread**2 + 1)))


@of("tc_with_dead_latent")
def plus_sign(spread, width, eps):
    return 0.5 * math.log(1 - (eps * spread**2) ** 2 / ((spread**2 + width**2) * (eps**2 * spread**2 + 1)))


# mmd ------------------------------------------------------------------------------------------------------------------


@of("unbiased_mmd2")
def pooled_denominator(k_xx, k_yy, k_xy):
    n, m = k_xy.shape
    off = (k_xx.sum() - n + k_yy.sum() - m) / (n * (n - 1) + m * (m - 1))
    return 2 * off - 2 * k_xy.mean()


@of("unbiased_mmd2")
def upper_half_only(k_xx, k_yy, k_xy):
    n, m = k_xy.shape
    return k_xx.triu(1).sum() / (n * (n - 1)) + k_yy.triu(1).sum() / (m * (m - 1)) - 2 * k_xy.mean()


@of("diagonal_excess")
def halved(n, m, within_x, within_y):
    return ((1 - within_x) / n + (1 - within_y) / m) / 2


@of("diagonal_excess")
def squared_counts(n, m, within_x, within_y):
    return (1 - within_x) / n**2 + (1 - within_y) / m**2


@of("p_value")
def two_sided(observed, values):
    return min(1.0, 2 * (float((values >= observed).sum()) + 1) / (len(values) + 1))


@of("p_value")
def normal_tail(observed, values):
    return 0.5 * math.erfc((observed - float(values.mean())) / float(values.std()) / math.sqrt(2))


@of("shrunken_width")
def share_of_the_latents(d, h2, n):
    return 1 - d / (n * (d + 2))


@of("shrunken_width")
def degrees_of_freedom(d, h2, n):
    return math.sqrt((n - 1) / n)


@of("prices_paid")
def halves(rate_price, own_price):
    return {"information": rate_price / 2, "divergence": rate_price / 2 + own_price}


@of("prices_paid")
def a_product(rate_price, own_price):
    return {"information": rate_price, "divergence": rate_price * own_price}


def weighted(z, prior, h, weight, cross=2.0, own=True):
    k = lambda a, b: (-torch.cdist(a, b).square() / (2 * h * h)).exp()
    n = len(z)
    within = (k(z, z).sum() - n) / (n * (n - 1))
    of_prior = (k(prior, prior).sum() - n) / (n * (n - 1)) if own else 0.0
    return weight * (within + of_prior - cross * k(z, prior).mean())


@of("mended_term")
def prior_left_out(z, prior, h, weight):
    return weighted(z, prior, h, weight, own=False)


@of("mended_term")
def cross_once(z, prior, h, weight):
    return weighted(z, prior, h, weight, cross=1.0)


@of("hsic_of_tables")
def product_of_the_means_left_out(k, l):
    return (k * l).mean() - 2 * (k.mean(1) * l.mean(1)).mean()


@of("hsic_of_tables")
def correlation_of_entries(k, l):
    return torch.corrcoef(torch.stack([k.flatten(), l.flatten()]))[0, 1]


@of("points_needed")
def by_the_shift_alone(d, h, length):
    return math.ceil(8 / length**2)


@of("points_needed")
def on_a_line(d, h, length):
    return of_gaussians(1, h, length)


def of_gaussians(d, h, length):
    """The right number, one by one."""
    zero, eye = torch.zeros(d, dtype=torch.float64), torch.eye(d, dtype=torch.float64)
    moved = zero + length / math.sqrt(d)
    signal, n = gaussian_mmd2(h, moved, eye, zero, eye).item(), 2
    while signal < 2 * null_variance(h, d, n) ** 0.5:
        n += 1
    return n


# --- identifiability --------------------------------------------------------------------------------------------------


@of("mixed_uniform")
def mixed_without_the_sine(u, angle):
    y = torch.special.ndtri(u)
    return torch.special.ndtr(math.cos(angle) * y)


@of("mixed_uniform")
def columns_exchanged(u, angle):
    y = torch.special.ndtri(u)
    c, s = math.cos(angle), math.sin(angle)
    return torch.special.ndtr(torch.stack([s * y[:, 0] + c * y[:, 1], c * y[:, 0] - s * y[:, 1]], 1))


@of("bits_said")
def nothing_at_all(A):
    return torch.zeros_like(A)


@of("bits_said")
def one_for_a_copy(A):
    return (A * (A.sum(1, keepdim=True) == 1)).double()


@of("price_of_a_turn")
def twice_beta(first, second, angle, beta):
    return beta**2 / 2 * math.log1p((first - second) ** 2 / (4 * first * second) * math.sin(2 * angle) ** 2)


@of("price_of_a_turn")
def of_the_difference(first, second, angle, beta):
    return beta / 2 * (first - second) ** 2 * math.sin(2 * angle) ** 2


@of("columns_contrast")
def volume_alone(W):
    return -0.5 * torch.logdet(W.T @ W)


@of("columns_contrast")
def lengths_alone(W):
    return W.norm(dim=0).log().sum()


@of("price_of_truth")
def beta_twice(rho, v, beta):
    return -(beta**2) / 2 * math.log1p(-rho * rho)


@of("price_of_truth")
def through_v(rho, v, beta):
    return -beta / 2 * math.log1p(-rho * rho / v)


@of("degrees_off")
def three_quarters(rho, v):
    return 0.75 * math.degrees(math.atan2(2 * rho * math.sqrt(v), v - 1))


@of("degrees_off")
def arc_sine_of_rho(rho, v):
    return math.degrees(math.asin(rho)) / v


@of("share")
def summed(mu, log_var):
    return {"mu": mu.sum(0).expand_as(mu), "log_var": log_var.exp().sum(0).log().expand_as(mu)}


@of("share")
def one_image(mu, log_var):
    return {"mu": mu[0], "log_var": log_var[0]}


@of("labels_enough")
def ten_a_latent(d, more):
    return 10 * d


@of("labels_enough")
def by_the_share(d, more):
    return math.ceil(d / more)


# --- benchmark --------------------------------------------------------------------------------------------------------


@of("variance_of_the_rest")
def best_taken_off_alone(mean, sd, best, n):
    return sd**2 - (best - mean) ** 2 / (n - 1)


@of("variance_of_the_rest")
def share_of_one(mean, sd, best, n):
    return sd**2 * (n - 2) / (n - 1)


@of("best_of_evaluations")
def by_the_normal_law(share, votes, times):
    x = torch.linspace(-9, 9, 4001, dtype=torch.float64)
    normal = torch.distributions.Normal(0.0, 1.0)
    largest = torch.trapezoid(x * times * normal.log_prob(x).exp() * normal.cdf(x) ** (times - 1), x)
    return share + largest * math.sqrt(share * (1 - share) / votes)


@of("best_of_evaluations")
def some_evaluation_is_right(share, votes, times):
    return 1 - (1 - share) ** times


@of("mended_report")
def highest_left_out(own, fresh):
    x = fresh[..., -1].sort(1).values[:, :-1]
    return {"difference": x[0].mean() - x[1].mean(), "error": (x.var(1) / x.shape[1]).sum().sqrt()}


@of("mended_report")
def error_of_the_first(own, fresh):
    last = fresh[..., -1]
    return {"difference": last[0].mean() - last[1].mean(), "error": last[0].std() / last.shape[1] ** 0.5}


@of("same_order")
def in_deviations_of_a_run(difference, sd, n):
    p = 0.5 * (1 + math.erf(difference / sd / math.sqrt(2)))
    return p**2 + (1 - p) ** 2


@of("same_order")
def both_right_or_a_coin(difference, sd, n):
    p = 0.5 * (1 + math.erf(difference / (sd * math.sqrt(2 / n)) / math.sqrt(2)))
    return p**2 + (1 - p**2) / 2


@of("difference_between")
def from_end_to_end(mean, sd, n):
    half = torch.tensor([student.isf(0.025, k - 1) for k in n.tolist()]) * sd / n.sqrt()
    return torch.stack([mean[0] - half[0] - mean[1] - half[1], mean[0] + half[0] - mean[1] + half[1]])


@of("difference_between")
def two_errors(mean, sd, n):
    return mean[0] - mean[1] + torch.tensor([-2.0, 2.0]) * (sd**2 / n).sum().sqrt()


@of("smallest_visible")
def seen_at_two_errors(sd, n, tests, power):
    return 2 * sd * math.sqrt(2 / n)


@of("smallest_visible")
def edge_over_power(sd, n, tests, power):
    return norm.isf(0.025 / tests) * sd * math.sqrt(2 / n) / power


@of("corrected")
def sidak_step_by_step(p):
    order = p.argsort()
    k = torch.arange(len(p), 0, -1, dtype=p.dtype)
    return (1 - (1 - p[order]) ** k).cummax(0).values[order.argsort()]


@of("corrected")
def divided_by_how_many(p):
    return p / len(p)


@of("above_the_family")
def one_straight_line(family_information, family_score, information, score):
    x, y = (v - v.mean(1, keepdim=True) for v in (family_information, family_score))
    at = family_score.mean(1) + (x * y).sum(1) / x.square().sum(1) * (information - family_information.mean(1))
    fine = (family_information.amin(1) <= information) & (information <= family_information.amax(1))
    return {"above": (score - at)[fine].mean(), "seeds": int(fine.sum())}


@of("above_the_family")
def at_the_same_price(family_information, family_score, information, score):
    return {"above": (score - family_score[:, 1]).mean(), "seeds": len(score)}


@of("judges_agree")
def medians(first, second):
    rank = lambda x: x.median(1).values.argsort().argsort().double()
    return torch.corrcoef(torch.stack([rank(first), rank(second)]))[0, 1]


@of("judges_agree")
def same_best_system(first, second):
    return float(first.mean(1).argmax() == second.mean(1).argmax())


@of("votes_of_a_run")
def root_of_a_sum(run, vote, train, count):
    return math.sqrt(vote / run + train / count)


@of("votes_of_a_run")
def seconds_left_out(run, vote, train, count):
    return math.sqrt(vote / run)


@of("centre_of_white")
def middle_of_the_frame(images):
    found = []
    for picture in images:
        at = (picture > 0).nonzero().double()
        found.append((at.amin(0) + at.amax(0)) / 2)
    return torch.stack(found)


@of("centre_of_white")
def centre_of_black(images):
    black = images.amax((1, 2), keepdim=True) - images
    at = torch.arange(images.shape[1], dtype=images.dtype)
    return torch.stack([(black.sum(2) * at).sum(1), (black.sum(1) * at).sum(1)], 1) / black.sum((1, 2))[:, None]


# --- far from every catalogue -----------------------------------------------------------------------------------------


@of("kl_full_covariance")
def distance_of_the_factor(mu, factor):
    eye = torch.eye(mu.shape[1]).to(mu)
    return 0.5 * (mu.square().sum(1) + (factor - eye).square().sum((1, 2)))


@of("correction_above")
def total_variation(log_posterior, log_q):
    return -0.5 * (log_posterior.exp() - log_q.exp()).abs().sum(1)


@of("ratio_with_baseline")
def a_square_of_sixteen():
    return 16**2 / 4 * 0.9


@of("missing_from_beta_vae")
def only_below_the_budget(beta, rate, budget):
    return beta * (budget - rate).clamp_min(0)


@of("lost_by_code")
def squared_distance_of_laws(p_xz, p_y_given_x, p_y_given_z):
    return 0.5 * (p_xz * (p_y_given_x[:, None] - p_y_given_z[None]).square().sum(2)).sum()


@of("middle_of_each_image")
def own_marginals(q):
    a, b = q.sum(2), q.sum(1)
    return (torch.xlogy(q, q.mean(0)) - torch.xlogy(q, a[:, :, None] * b[:, None])).sum((1, 2))


@of("read_from_batch")
def single_latents_unweighted(log_q, own):
    n = len(log_q)
    w = torch.full((n, n), math.log((1 - own) / (n - 1)), dtype=log_q.dtype).fill_diagonal_(math.log(own))
    joint, single = (log_q.sum(2) + w).logsumexp(1), log_q.logsumexp(1) - math.log(n)
    return {"information": log_q.diagonal().sum(0) - joint, "tc": joint - single.sum(1)}


@of("tc_with_dead_latent")
def noise_of_one_alone(spread, width, eps):
    rho = spread * eps / math.sqrt(spread**2 + width**2)
    return -0.5 * math.log(1 - rho**2) if rho < 1 else math.inf


@of("shuffled_table")
def both_or_neither(q, batch):
    whole = (1 - 1 / batch) ** 2
    return q * whole + q.sum(1, keepdim=True) * q.sum(0) * (1 - whole)


@of("separated_predictability")
def product_of_two_best(codes, factors):
    z, f = codes - codes.mean(0), factors.double() - factors.double().mean(0)
    c = (f.T @ z) ** 2 / (f.square().sum(0)[:, None] * z.square().sum(0)).clamp_min(1e-12)
    t = c.sort(1, descending=True).values
    return (t[:, 0] * (1 - t[:, 1])).mean().item()


@of("diagonal_excess")
def means_over_all_points(n, m, within_x, within_y):
    return 1 / n + 1 / m - (within_x + within_y) / (n + m)


@of("mended_term")
def city_block_distance(z, prior, h, weight):
    k = lambda a, b: torch.exp(-((a[:, None] - b).abs().sum(-1) ** 2) / (2 * h**2))
    off = lambda t: (t.sum() - t.trace()) / (len(t) * (len(t) - 1))
    return weight * (off(k(z, z)) + off(k(prior, prior)) - 2 * k(z, prior).mean())


@of("exchange_costs")
def share_of_the_prices(variances, prices):
    return (prices[1] - prices[0]) / 2 * (variances[0] / variances[1]).log() / prices.sum()


@of("prices_at")
def nearest_stage(step, latents, low, high, every):
    n = max(1, min(latents, round(step / every)))
    return torch.tensor([low] * n + [high] * (latents - n))


@of("missing_term")
def less_the_tie_of_all(p):
    h = lambda t: -torch.special.xlogy(t, t).sum()
    q = p.sum(0)
    given = h(p.sum(2)) + h(p.sum(1)) - h(p.sum((1, 2))) - h(p)
    return h(q.sum(0)) + h(q.sum(1)) - h(q) - given


@of("hard_code")
def values_in_use(share):
    return {"rate": math.log(int((share > 0).sum())), "information": -torch.special.xlogy(share, share).sum()}


@of("relaxed_sample")
def plain_uniform_noise(logits, u, temperature):
    return ((logits + u) / temperature).softmax(1)


@of("matched_accuracy")
def mean_of_recalls(table):
    n = (table / table.sum(0)).numpy()
    return n[linear_sum_assignment(n, maximize=True)].mean()


@of("price_of_a_turn")
def correlation_not_squared(first, second, angle, beta):
    c, s = math.cos(angle), math.sin(angle)
    a, b, x = c * c * first + s * s * second, s * s * first + c * c * second, c * s * (first - second)
    return -beta / 2 * math.log(1 - abs(x) / math.sqrt(a * b))


@of("columns_contrast")
def sum_of_squared_cosines(W):
    n = W / W.norm(dim=0)
    return ((n.T @ n).square().sum() - W.shape[1]) / 2


@of("share")
def below_the_mean(mu, log_var):
    r = log_var[1] - log_var[0]
    delta = 0.5 * (r.exp() + (mu[1] - mu[0]).square() / log_var[0].exp() - 1 - r)
    shared, width = delta < delta.mean(), log_var.exp().mean(0).log()
    return {"mu": torch.where(shared, mu.mean(0), mu), "log_var": torch.where(shared, width, log_var)}


@of("share")
def the_first_image_alone(mu, log_var):
    r = log_var[1] - log_var[0]
    delta = 0.5 * (r.exp() + (mu[1] - mu[0]).square() / log_var[0].exp() - 1 - r)
    s = delta < (delta.amax() + delta.amin()) / 2
    m, v = mu.clone(), log_var.clone()
    m[0, s], v[0, s] = mu.mean(0)[s], log_var.exp().mean(0).log()[s]
    return {"mu": m, "log_var": v}


@of("labels_enough")
def rule_of_thumb(d, more):
    return math.ceil(d / more) + d


@of("counted_loss")
def a_nat_at_least(x, logits, mu, log_var, beta):
    r = F.binary_cross_entropy_with_logits(logits, x, reduction="none").flatten(1).sum(1).mean()
    k = (-0.5 * (1 + log_var - mu**2 - log_var.exp())).sum(1).mean()
    return {"reconstruction": r, "kl": k, "loss": r + beta * k.clamp_min(1)}


@of("share")
def below_half_of_the_largest(mu, log_var):
    r = log_var[1] - log_var[0]
    delta = 0.5 * (r.exp() + (mu[1] - mu[0]).square() / log_var[0].exp() - 1 - r)
    shared, width = delta < delta.max() / 2, log_var.exp().mean(0).log()
    return {"mu": torch.where(shared, mu.mean(0), mu), "log_var": torch.where(shared, width, log_var)}


@of("columns_contrast")
def pair_by_pair(W):
    n = W / W.norm(dim=0)
    g, (i, j) = n.T @ n, torch.triu_indices(W.shape[1], W.shape[1], 1)
    return -0.5 * (1 - g[i, j] ** 2).log().sum()


@of("missing_term")
def of_all_three(p):
    h = lambda t: -torch.special.xlogy(t, t).sum()
    return h(p.sum((1, 2))) + h(p.sum((0, 2))) + h(p.sum((0, 1))) - h(p)


@of("fitted_width")
def mean_absolute_residual(x, mean):
    r = (x - mean).flatten(1)
    return torch.distributions.Normal(0.0, r.abs().mean(1, keepdim=True)).log_prob(r).sum(1)


@of("price_of_a_turn")
def mean_over_geometric_mean(first, second, angle, beta):
    return beta * math.log((first + second) / 2 / math.sqrt(first * second)) * math.sin(2 * angle) ** 2


# --- by a teacher who had read the sheets alone -----------------------------------------------------------------------


@of("kl_between_gaussians")
def a_width_for_the_variance(mu_q, log_var_q, mu_p, log_var_p):
    vq, vp = log_var_q.exp(), (0.5 * log_var_p).exp()
    return 0.5 * (log_var_p - log_var_q + (vq + (mu_q - mu_p) ** 2) / vp - 1).sum(1)


@of("kl_between_gaussians")
def both_directions_averaged(mu_q, log_var_q, mu_p, log_var_p):
    def k(a, la, b, lb):
        return 0.5 * (lb - la + (la.exp() + (a - b) ** 2) / lb.exp() - 1).sum(1)

    return 0.5 * (k(mu_q, log_var_q, mu_p, log_var_p) + k(mu_p, log_var_p, mu_q, log_var_q))


@of("fitted_width")
def a_width_for_each_channel(x, mean):
    v = (x - mean).square().flatten(2).mean(2)
    n = x.shape[2] * x.shape[3]
    return (-0.5 * n * (math.log(2 * math.pi) + v.log() + 1)).sum(1)


@of("latents_in_use")
def share_of_the_variance(variances, sigma):
    share = variances.cumsum(0) / variances.sum()
    return int((share < 0.95).sum()) + 1


@of("kl_to_laplace")
def mean_and_width_added(mu, log_var):
    s = (0.5 * log_var).exp()
    return (-0.5 * (math.log(2 * math.pi) + 1 + log_var) + math.log(2) + mu.abs() + s * math.sqrt(2 / math.pi)).sum(1)


@of("lost_by_code")
def rows_of_no_weight(p_xz, p_y_given_x, p_y_given_z):
    h = lambda p: -torch.special.xlogy(p, p).sum(-1)
    return h(p_y_given_z).mean() - h(p_y_given_x).mean()


@of("best_channel")
def signal_of_one(capacity, variance):
    return {"gain": variance.rsqrt(), "log_var": -torch.log(torch.expm1(2 * capacity))}


@of("held_by_gamma")
def no_more_than_free(variances, sigma, gamma, capacity):
    free = float((0.5 * (variances / sigma**2).log()).clamp_min(0).sum())
    return min(free, capacity)


@of("missing_from_degenerate")
def rate_for_the_aggregate(beta, log_q_xz, log_p_x_given_z, log_p_z):
    log_qz, log_px = log_q_xz.logsumexp(0), log_q_xz.logsumexp(1)
    back = (log_q_xz.exp() * (log_q_xz - log_qz - log_p_x_given_z)).sum()
    rate = (log_q_xz.exp() * (log_q_xz - log_px[:, None] - log_p_z)).sum()
    return back + beta * rate


@of("nearest_point")
def multiplier_over_the_length(a, normal, limit):
    over = max(float(a @ normal) - float(limit), 0.0)
    n = normal.norm()
    return {"x": a - over / n**2 * normal, "multiplier": over / n}


@of("missing_from_beta_vae")
def slack_cut_at_zero(beta, rate, budget):
    return beta * (rate - budget).clamp_min(0)


@of("effective_beta")
def batchmean_as_a_sum(weight, reconstruction, kl, images, channels, pixels, latents):
    r = 1 / (images * channels * pixels) if reconstruction == "mean" else 1
    k = 1 / (images * latents) if kl == "mean" else 1
    return weight * k / r


@of("codes_needed")
def one_exponential(divergence, error):
    return math.exp(divergence) / error**2


@of("best_of_evaluations")
def a_normal_count(share, votes, times):
    x = torch.linspace(-9, 9, 20001, dtype=torch.float64)
    law = torch.special.ndtr(x) ** times
    largest = float(((x[1:] + x[:-1]) / 2 * law.diff()).sum())
    return share + largest * math.sqrt(share * (1 - share) / votes)


@of("centre_of_white")
def whatever_is_not_black(images):
    w = (images > 0).double()
    w = w / w.sum((1, 2), keepdim=True)
    i = torch.arange(images.shape[1]).double()
    return torch.stack([(w.sum(2) * i).sum(1), (w.sum(1) * i).sum(1)], 1)


@of("price_of_truth")
def rho_a_covariance(rho, v, beta):
    return -beta / 2 * math.log(1 - rho**2 / v)


@of("degrees_off")
def the_size_of_an_arctangent(rho, v):
    if v == 1:
        return 45.0
    return abs(0.5 * math.degrees(math.atan(2 * rho * math.sqrt(v) / (v - 1))))


@of("labels_enough")
def one_degree_too_many(d, more):
    n = d + 2
    while n <= d + 1 or (n + 1) * (n - 2) / (n * (n - d - 1)) > 1 + more:
        n += 1
    return n


@of("labels_enough")
def below_the_pole(d, more):
    n = 1
    while n == d + 2 or (n + 1) * (n - 2) / (n * (n - d - 2)) > 1 + more:
        n += 1
    return n


@of("shrunken_width")
def h_squared_twice(d, h2, n):
    from scipy.optimize import minimize_scalar

    h = h2**2

    def V(s):
        return (1 - 1 / n) * (1 + 2 * s * s / h) ** (-d / 2) - 2 * (1 + (1 + s * s) / h) ** (-d / 2)

    return float(minimize_scalar(V, bounds=(0, 3), method="bounded", options={"xatol": 1e-9}).x)


@of("read_from_batch")
def joint_of_equal_weights(log_q, own):
    B = len(log_q)
    w = torch.full((B, B), (1 - own) / max(B - 1, 1), dtype=log_q.dtype)
    w.fill_diagonal_(own)
    joint = log_q.sum(2).logsumexp(1) - math.log(B)
    single = (log_q + w.log()[:, :, None]).logsumexp(1).sum(1)
    o = log_q.diagonal().T.sum(1)
    return {"information": o - joint, "tc": joint - single}


@of("batch_needed")
def ceiling(information):
    return 2 ** math.ceil(information / math.log(2) - 1e-12)


@of("tc_with_dead_latent")
def deviations_as_variances(spread, width, eps):
    r2 = (eps * spread) ** 2 / ((spread + width) * (1 + eps**2 * spread))
    return -0.5 * math.log(1 - r2)
