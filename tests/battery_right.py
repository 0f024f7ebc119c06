"""Right answers in an unusual form. `right[name]` lists them, each a function or a class."""

import functools
import math
from collections import OrderedDict, defaultdict
from fractions import Fraction

import numpy as np
import torch
from scipy import special, stats
from scipy.optimize import linear_sum_assignment, minimize_scalar
from torch import nn

from battery_wrong import Vae, bisected, capacity_of, level_of, newton, of_gaussians, stepped
from course_pkg.worlds import expect, kl

right = defaultdict(list)


def of(name):
    def keep(answer):
        right[name].append(answer)
        return answer

    return keep


def logged(f):
    """A decorator that hides the name and the arguments."""

    def wrapper(*args, **named):
        return f(*args, **named)

    return wrapper


of("kl_between_gaussians")(
    lambda m, lv, n, lw: 0.5 * (lw - lv + (lv - lw).exp() + (m - n) ** 2 * (-lw).exp() - 1).sum(-1)
)


@of("kl_between_gaussians")
@logged
def decorated(mu_q, log_var_q, mu_p, log_var_p):
    q = torch.distributions.Normal(mu_q, (log_var_q / 2).exp())
    return torch.distributions.kl_divergence(q, torch.distributions.Normal(mu_p, (log_var_p / 2).exp())).sum(1)


@of("kl_between_gaussians")
def other_order(*, log_var_p, log_var_q, mu_p, mu_q):
    return 0.5 * (log_var_p - log_var_q + (log_var_q - log_var_p).exp() + (mu_q - mu_p) ** 2 / log_var_p.exp() - 1).sum(
        1
    )


@of("kl_between_gaussians")
def one_image_at_a_time(mu_q, log_var_q, mu_p, log_var_p):
    rows = zip(mu_q.tolist(), log_var_q.tolist(), mu_p.tolist(), log_var_p.tolist(), strict=True)
    return [
        sum(0.5 * (d - b + (math.exp(b) + (a - c) ** 2) / math.exp(d) - 1) for a, b, c, d in zip(*row, strict=True))
        for row in rows
    ]


@of("kl_full_covariance")
def through_numpy(mu, factor):
    m, L = mu.numpy(), factor.numpy()
    return 0.5 * ((L**2).sum((1, 2)) + (m**2).sum(1) - m.shape[1]) - np.log(np.einsum("nii->ni", L)).sum(1)


@of("kl_full_covariance")
def with_slogdet(mean, cholesky, eps=0.0):
    trace = torch.einsum("nij,nij->n", cholesky, cholesky)
    logs = 2 * torch.linalg.slogdet(cholesky).logabsdet
    return (trace + mean.pow(2).sum(-1) - mean.size(-1) - logs) / 2


@of("kl_to_laplace")
def with_erfc(mu, log_var):
    s = (log_var / 2).exp()
    size = s * math.sqrt(2 / math.pi) * (-0.5 * (mu / s) ** 2).exp() + mu * (1 - torch.erfc(mu / (s * math.sqrt(2))))
    return (size + math.log(2) - 0.5 * math.log(2 * math.pi * math.e) - 0.5 * log_var).sum(1)


@of("mixture_rate")
def with_stacked_components(z, mu, log_var, means):
    normal = torch.distributions.Normal
    log_p = torch.stack([normal(m, 1.0).log_prob(z).sum(1) for m in means]) - math.log(len(means))
    return normal(mu, (log_var / 2).exp()).log_prob(z).sum(1) - torch.logsumexp(log_p, 0)


@of("continuous_bernoulli")
def by_torch(x, logits):
    return torch.distributions.ContinuousBernoulli(logits=logits).log_prob(x).flatten(1).sum(1)


@of("fitted_width")
def a_loop_over_images(x, mean):
    found = []
    for a, b in zip(x, mean, strict=True):
        sigma = (a - b).square().mean().sqrt()
        found.append(torch.distributions.Normal(b, sigma).log_prob(a).sum())
    return torch.stack(found)


@of("fitted_width")
def in_single_precision(x, mean):
    x, mean = x.float(), mean.float()
    s = (x - mean).square().flatten(1).mean(1)
    return -0.5 * x[0].numel() * (math.log(2 * math.pi) + s.log() + 1)


of("missing_from_weighted")(functools.partial(lambda one, beta, rate, gap: gap + (beta - one) * rate, 1))


@of("missing_from_weighted")
def single(beta, rate, gap):
    return (gap + (beta - 1) * rate).float()


@of("correction_above")
def by_categorical(log_posterior, log_q):
    p, q = (torch.distributions.Categorical(logits=t) for t in (log_posterior, log_q))
    return -torch.distributions.kl_divergence(p, q)


@of("MendedVAE")
class DecoderFirst(Vae):
    def __init__(self, pixels, latents, hidden=300):
        nn.Module.__init__(self)
        self.decoder = nn.Sequential(nn.Linear(latents, hidden), nn.ReLU(), nn.Linear(hidden, pixels))
        self.encoder = nn.Sequential(nn.Linear(pixels, hidden), nn.ReLU(), nn.Linear(hidden, 2 * latents))


@of("MendedVAE")
class AListComesBack(Vae):
    def forward(self, image, noise):
        return list(super().forward(image, noise))


@of("MendedVAE")
class InOneLoss(Vae):
    def loss(self, x, x_hat, z, mu, log_std):
        return -(self.reconstruction(x, x_hat) - self.rate(z, mu, log_std))


of("ratio_with_baseline")(lambda: Fraction(10))
of("ratio_with_baseline")(lambda: np.float32(10.5))
of("ratio_with_baseline")(lambda: torch.tensor(9.5))


@of("latents_in_use")
def numpy_integer(variances, sigma):
    return np.sum(variances.numpy() > sigma**2)


@of("latents_in_use")
def a_tensor_count(spectrum, width):
    return (spectrum > width**2).sum()


@of("nearest_point")
def an_ordered_dict(a, normal, limit):
    u = max(0.0, float(normal @ a - limit)) / float(normal @ normal)
    return OrderedDict(multiplier=u, x=a - u * normal)


@of("nearest_point")
def lists_in_the_dict(a, normal, limit):
    u = max(0.0, float((normal @ a - limit) / (normal @ normal)))
    return {"x": (a - u * normal).tolist(), "multiplier": u}


@of("missing_from_beta_vae")
def full_like(beta, rate, budget):
    return torch.full_like(rate, beta * budget, dtype=torch.float32)


@of("effective_beta")
def exact(weight, reconstruction, kl, images, channels, pixels, latents):
    k = {"sum": Fraction(images), "batchmean": Fraction(1), "mean": Fraction(1, latents)}[kl]
    return weight * k / {"sum": images, "batchmean": 1, "mean": Fraction(1, channels * pixels)}[reconstruction]


@of("latents_that_survive")
def a_float_count(variances, weight, latents):
    return float(min((variances > weight * len(variances) / 2 / latents).sum().item(), latents))


@of("best_weighted_bound")
def at_its_encoder(beta, log_prior, log_likelihood):
    q = (log_prior + log_likelihood / beta).log_softmax(-1)
    return expect(q, log_likelihood) - beta * kl(q, log_prior)


@of("beta_for_rate")
def a_numpy_scalar(variances, sigma, rate):
    low, high = -60.0, 60.0
    logs = np.log(variances.numpy()) - 2 * np.log(sigma)
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if np.maximum(0, (logs - middle) / 2).sum() > rate else (low, middle)
    return np.exp(middle)


@of("counted_loss")
def by_distributions(x, logits, mu, log_var, beta):
    r = -torch.distributions.Bernoulli(logits=logits).log_prob(x).flatten(1).sum(1).mean()
    q = torch.distributions.Normal(mu, (log_var / 2).exp())
    k = torch.distributions.kl_divergence(q, torch.distributions.Normal(0.0, 1.0)).sum(1).mean()
    return dict(loss=r + beta * k, kl=k, reconstruction=r)


@of("mended_ascent")
def a_plain_list(log_data, log_prior, log_likelihood, budget, start, lr, steps):
    path = [start]
    short = log_likelihood - log_likelihood.amax(1, keepdim=True)
    while len(path) <= steps:
        tilt = torch.where(short < 0, short / path[-1], 0.0) if path[-1] else torch.where(short < 0, -torch.inf, 0.0)
        q = (log_prior + tilt).log_softmax(1)
        path += [max(0.0, path[-1] + lr * (expect(log_data, kl(q, log_prior)).item() - budget))]
    return tuple(path)


of("price_of_quality")(lambda prior, ll, d: tuple(bisected(prior, ll, d, steps=70).tolist()))


@of("kkt_values")
def by_numpy(A):
    v = np.linalg.eigvalsh(A.numpy())
    return np.sort(np.append(v[v < 0] / 2, 0.0))


@of("price_under_free_bits")
def minimum(variances, sigma, floor):
    return torch.minimum(variances * math.exp(-2 * floor) / sigma**2, torch.ones_like(variances))


@of("what_each_says")
def with_xlogy(table):
    rows, all_ = table / table.sum(1, keepdim=True), table.sum(0) / table.sum()
    return (torch.xlogy(rows, rows) - torch.xlogy(rows, all_)).sum(1)


@of("wasted_rate")
def difference(log_p_x, log_q_z_given_x, log_p_z):
    q_z = (log_p_x[:, None] + log_q_z_given_x).logsumexp(0)
    return (expect(log_p_x, kl(log_q_z_given_x, log_p_z)) - expect(log_p_x, kl(log_q_z_given_x, q_z))).numpy()


@of("same_optimum")
def fractions(beta, pixels, latents):
    b = Fraction(beta)
    return {"both_means": b * latents / pixels, "mean_pixels": b / pixels, "share": b / (b + 1), "tishby": 1 / b}


@of("mended_capacity")
def tensors_everywhere(log_likelihood, kl, step, gamma, start, end, steps):
    c = torch.tensor(capacity_of(step, start, end, steps), dtype=torch.float64)
    p = gamma * torch.relu(kl.sum(1).mean() - c) + gamma * torch.relu(c - kl.sum(1).mean())
    return {"loss": p - log_likelihood.mean(), "capacity": c, "penalty": p}


@of("lost_by_code")
def by_entropies(p_xz, p_y_given_x, p_y_given_z):
    h = lambda p, t: -(p[:, None] * torch.xlogy(t, t)).sum()
    return h(p_xz.sum(0), p_y_given_z) - h(p_xz.sum(1), p_y_given_x)


@of("best_channel")
def expm1(c, v):
    return {"log_var": -2 * c, "gain": torch.sqrt(-torch.expm1(-2 * c)) / torch.sqrt(v)}


of("silent_rate")(lambda capacity: [newton(c[None], 200).item() for c in capacity])


@of("first_split")
def by_binomials(error, looks):
    way = lambda e, k: math.comb(looks, k) * e**k * (1 - e) ** (looks - k)
    p = [(way(error, k), way(1 - error, k)) for k in range(looks + 1)]
    return np.float64(sum((a - b) ** 2 / (a + b) / 2 for a, b in p))


@of("nats_each")
def from_the_level(variances, capacity):
    return [max(0.0, 0.5 * math.log(v / level_of(variances, capacity))) if v > 0 else 0.0 for v in variances.tolist()]


@of("held_by_gamma")
def by_loop(variances, sigma, gamma, capacity):
    return max(capacity, sum(max(0.0, 0.5 * math.log(v / gamma / sigma**2)) for v in variances.tolist()))


@of("missing_from_degenerate")
def by_parts(beta, joint, decoder, prior):
    q_z = joint.logsumexp(0)
    inner = torch.where(joint > -torch.inf, joint.exp() * (joint - q_z - decoder), 0.0).sum()
    return float(inner + beta * kl(q_z, prior))


@of("encoder_step")
def softmax_of_scores(p_x, encoder, p_y_given_x, beta, alpha):
    return stepped(p_x, encoder, p_y_given_x, beta, alpha).softmax(-1).tolist()


@of("mean_distance")
def by_distances(variances):
    return [[2 / math.sqrt(math.pi) * math.sqrt(v) for v in row] for row in variances.tolist()]


@of("score_of_votes")
def by_bincount(codes, factors):
    z = codes - codes.mean(0)
    alive = codes.amax(0) > codes.amin(0)
    total = 0.0
    votes = defaultdict(lambda: [0] * factors.shape[1])
    for k, f in enumerate(factors.T):
        for v in set(f.tolist()):
            rows = z[f == v]
            ratio = (rows.square().mean(0) - rows.mean(0) ** 2) / z.square().mean(0)
            ratio[~alive] = math.inf
            votes[int(ratio.argmin())][k] += len(rows)
    total = sum(max(column) for column in votes.values())
    return total / factors.numel()


@of("mended_votes")
def by_dictionary(codes, fixed, images, test_fixed, test_images):
    alive = [j for j in range(codes.shape[1]) if codes[:, j].amax() > codes[:, j].amin()]
    winner = lambda rows: min(alive, key=lambda j: float(codes[rows, j].var() / codes[:, j].var()))
    votes = defaultdict(lambda: defaultdict(int))
    for k, rows in zip(fixed.tolist(), images, strict=True):
        votes[winner(rows)][k] += 1
    name = {j: max(sorted(c), key=lambda k: c[k]) for j, c in votes.items()}
    hits = [name.get(winner(rows), 0) == k for k, rows in zip(test_fixed.tolist(), test_images, strict=True)]
    return np.mean(hits)


@of("score_of_luck")
def by_drawing():
    rng = np.random.default_rng(0)
    tables = rng.multinomial(800, np.full(50, 0.02), size=2000).reshape(2000, 5, 10)
    return tables.max(1).sum(1).mean() / 800


@of("best_scores")
def by_fractions(factors, missing):
    held = Fraction(factors - missing, factors)
    return {"kim_mnih": float(held), "higgins": float(min(Fraction(1), held + Fraction(1, factors)))}


@of("scores_of_a_turn")
def by_squares(degrees):
    t = math.radians(degrees)
    return {"sap": torch.tensor(math.cos(t) ** 2 - math.sin(t) ** 2).abs(), "kim_mnih": 1}


@of("separated_predictability")
def by_numpy_correlations(codes, factors):
    moving = np.ptp(codes.numpy(), axis=0) > 0
    gaps = []
    for f in factors.numpy().T:
        found = [np.corrcoef(f, z)[0, 1] ** 2 if ok else 0.0 for z, ok in zip(codes.numpy().T, moving, strict=True)]
        gaps.append(sorted(found)[-1] - sorted(found)[-2])
    return np.mean(gaps)


@of("disentangled_and_complete")
def by_logs_of_shares(weights):
    w = weights[:, weights.sum(0) > 0]
    share = w / w.sum(0)
    spread = torch.where(share > 0, share * share.clamp_min(1e-300).log(), 0).sum(0) / math.log(len(w))
    row = weights / weights.sum(1, keepdim=True)
    complete = torch.where(row > 0, row * row.clamp_min(1e-300).log(), 0).sum(1) / math.log(weights.shape[1])
    return OrderedDict(C=float(1 + complete.mean()), D=float(1 + (spread * w.sum(0)).sum() / w.sum()))


@of("mig_of_the_labels")
def by_counting(settings, bins):
    gaps = []
    for n in settings:
        inside = defaultdict(int)
        for v in range(n):
            inside[min(math.floor(Fraction(v, n - 1) * bins), bins - 1)] += 1
        gaps.append(1 - sum(c * math.log(c) for c in inside.values()) / n / math.log(n))
    return sum(gaps) / len(gaps)


@of("said_by_a_cosine")
def by_shared_heights(settings):
    alone = len({0, settings / 2} & set(range(settings)))
    return np.float64((alone * math.log(settings) + (settings - alone) * math.log(settings / 2)) / settings)


# --- density_ratio ----------------------------------------------------------------------------------------------------


@of("best_logit")
def one_code_at_a_time(log_q, log_bar, real, shuffled):
    return [a - b + math.log(real) - math.log(shuffled) for a, b in zip(log_q.tolist(), log_bar.tolist(), strict=True)]


@of("shuffle_by")
def by_columns(z, keys):
    return np.stack([z.numpy()[np.argsort(keys.numpy()[:, j]), j] for j in range(z.shape[1])], 1)


@of("shuffled_table")
def by_einsum(q, batch):
    pairs = torch.einsum("ab,cd->ad", q, q)
    return torch.lerp(pairs, q, 1 / batch)


of("reading_of_copies")(lambda latents, batch: torch.tensor(batch, dtype=torch.float64).log() * (latents - 1))


@of("without_batch")
def through_the_inverse(logit, batch):
    found = (1 - 1 / batch) / ((-logit).exp() - 1 / batch)
    return torch.where(logit < -50, logit + math.log(1 - 1 / batch), found.log())


@of("slope_factor")
def from_the_logit(gamma, probability):
    return gamma - torch.nn.functional.softplus(-probability.logit()).neg().expm1().neg() / 2


@of("two_outputs")
def by_log_softmax(real, shuffled):
    one, zero = real.log_softmax(1), shuffled.log_softmax(1)
    return {"loss": -(one[:, 0].mean() + zero[:, 1].mean()) / 2, "tc": (one[:, 0] - one[:, 1]).mean()}


@of("read_off")
def by_numpy_means(real, shuffled):
    a, b = real.numpy(), shuffled.numpy()
    top = b.max()
    surprise = (np.logaddexp(0, -a).mean() + np.logaddexp(0, b).mean()) / 2
    donsker = a.mean() - top - np.log(np.exp(b - top).mean())
    return {"plug_in": a.mean(), "donsker": donsker, "mass": np.exp(b).mean(), "surprise": surprise}


@of("missing_from_bound")
def difference_of_the_two(log_q, log_bar, logit):
    q = log_q.exp()
    return (q * (log_q - log_bar)).sum(1) - (q * logit).sum(1) + (log_bar + logit).logsumexp(1)


of("codes_needed")(lambda divergence, error: (math.exp(divergence * 2) - 1) * error**-2)


# --- cascade ----------------------------------------------------------------------------------------------------------


of("exchange_costs")(
    lambda variances, prices: float(np.diff(prices.numpy()).item() * -np.diff(np.log(variances.numpy())).item() / 2)
)
of("prices_at")(lambda step, latents, low, high, every: [low if step > k * every else high for k in range(latents)])


@of("missing_term")
def averaged_divergences(p):
    given = p / p.sum((1, 2), keepdim=True)
    product = given.sum(2, keepdim=True) * given.sum(1, keepdim=True)
    return float((torch.xlogy(p, given) - torch.xlogy(p, product)).sum())


@of("lost_by_greed")
def with_sorted_images(p_x):
    a, b = sorted(p_x[1:].tolist())[:2]
    return a * math.log((a + b) / a) + b * math.log((a + b) / b)


of("hard_code")(
    lambda share: {"information": torch.special.entr(share).sum().item(), "rate": np.log(np.float64(len(share)))}
)


@of("least_cost")
def filled_value_by_value(costs, lam):
    best = {(0,) * costs.shape[1]: 0.0}
    for row in costs.tolist():
        following = {}
        for filled, spent in best.items():
            for k, cost in enumerate(row):
                state = tuple(n + (j == k) for j, n in enumerate(filled))
                following[state] = min(following.get(state, math.inf), spent + cost + lam * filled[k])
        best = following
    return np.float64(min(best.values()))


of("relaxed_sample")(
    lambda logits, u, temperature: torch.nn.functional.normalize(
        (logits.exp() / -u.log()) ** (1 / temperature), p=1, dim=-1
    )
)


@of("matched_accuracy")
def recursively(table):
    def best(rows, label):
        if label == table.shape[1]:
            return 0.0
        return max(table[k, label].item() + best(rows - {k}, label + 1) for k in rows)

    return best(frozenset(range(len(table))), 0) / table.sum()


# --- total_correlation ------------------------------------------------------------------------------------------------


@of("middle_of_each_image")
def averaged_by_einsum(q):
    joint = q.mean(0).clamp_min(1e-300)
    logs = joint.log() - q.mean(0).sum(1).log()[:, None] - q.mean(0).sum(0).log()
    return torch.einsum("xab,ab->x", q, torch.nan_to_num(logs, 0.0, 0.0, 0.0))


@of("read_from_batch")
def row_by_row(log_q, own):
    found = {"tc": [], "information": []}
    for i, rows in enumerate(log_q):
        shares = torch.full((len(rows),), (1 - own) / (len(rows) - 1), dtype=torch.float64)
        shares[i] = own
        joint = torch.logsumexp(rows.sum(1) + shares.log(), 0)
        found["tc"].append(joint - torch.logsumexp(rows + shares.log()[:, None], 0).sum())
        found["information"].append(rows[i].sum() - joint)
    return {name: torch.stack(values) for name, values in found.items()}


of("tc_read")(lambda single, batch, n: float(single.numpy().sum() - np.log(n)))
of("batch_needed")(lambda information: next(2**k for k in range(99) if 2**k > math.exp(information)))
of("prices_of")(logged(lambda rate, aggregate, tc: np.cumsum([rate, aggregate, tc])[[0, 2, 1]]))


@of("missing_for_prior")
def by_cross_entropies(q, p):
    return (q.sum(1) * p.sum(1).log()).sum() + (q.sum(0) * p.sum(0).log()).sum() - (q * p.log()).sum()


@of("gaussian_dual")
def by_minors(covariance):
    d = len(covariance)
    kept = [[k for k in range(d) if k != j] for j in range(d)]
    minors = torch.stack([torch.linalg.slogdet(covariance[rows][:, rows])[1] for rows in kept])
    return (minors.sum() - (d - 1) * torch.linalg.slogdet(covariance)[1]) / 2


@of("mended_loss")
def rate_and_a_further_tc(distortion, log_q, log_prior, n, beta):
    B, own = len(log_q), torch.eye(len(log_q), dtype=torch.float64)
    w = (own / n + (1 - own) * (n - 1) / n / (B - 1)).log()
    tc = (log_q.sum(2) + w).logsumexp(1) - (log_q + w[..., None]).logsumexp(1).sum(1)
    return distortion + (log_q.diagonal().mT - log_prior).sum(1) + (beta - 1) * tc


@of("tc_with_dead_latent")
def by_determinant(spread, width, eps):
    a, b, c = spread**2 + width**2, eps**2 * spread**2 + 1, eps * spread**2
    return (math.log(a) + math.log(b) - math.log(a * b - c * c)) / 2


# mmd ------------------------------------------------------------------------------------------------------------------


@of("unbiased_mmd2")
def upper_halves(k_xx, k_yy, k_xy):
    mean_above = lambda k: k[tuple(torch.triu_indices(len(k), len(k), 1))].mean()
    return float(mean_above(k_xx) + mean_above(k_yy) - 2 * k_xy.mean())


@of("diagonal_excess")
def in_fractions(n, m, within_x, within_y):
    return float((1 - Fraction(within_x)) / n + (1 - Fraction(within_y)) / m)


@of("p_value")
def mean_of_all(observed, values):
    return np.mean([True, *(v >= observed for v in values.tolist())])


@of("shrunken_width")
def by_golden_section(d, h2, n):
    within = lambda s: (1 + 2 * s * s / h2) ** (-d / 2)
    value = lambda s: (1 - 1 / n) * within(s) - 2 * (1 + (1 + s * s) / h2) ** (-d / 2)
    return minimize_scalar(value, bounds=(0.0, 1.2), method="bounded", options={"xatol": 1e-9}).x


@of("prices_paid")
def as_tensors(own_price, rate_price):
    return {"divergence": torch.tensor(own_price + rate_price).double(), "information": rate_price}


@of("mended_term")
def by_cdist(z, prior, h, weight):
    k = lambda a, b: ((a[:, None] - b) / h).square().sum(-1).mul(-0.5).exp()
    n = len(z)
    return weight * ((k(z, z) + k(prior, prior)).sum() / (n * (n - 1)) - 2 / (n - 1) - 2 * k(z, prior).mean())


@of("hsic_of_tables")
def doubly_centred(k, l):
    centred = lambda t: t - t.mean(0) - t.mean(1)[:, None] + t.mean()
    return (centred(k) * centred(l)).mean().item()


of("points_needed")(of_gaussians)


# identifiability ------------------------------------------------------------------------------------------------------


@of("mixed_uniform")
def as_complex_numbers(u, angle):
    y = torch.special.ndtri(u)
    turned = torch.complex(y[:, 0], y[:, 1]) * complex(math.cos(angle), math.sin(angle))
    return torch.special.ndtr(torch.view_as_real(turned))


@of("bits_said")
def bit_by_bit(A):
    return [[math.log(2) if row.count(1.0) == 1 and v else 0.0 for v in row] for row in A.tolist()]


@of("price_of_a_turn")
def of_two_entropies(first, second, angle, beta):
    along = [first * math.cos(t) ** 2 + second * math.sin(t) ** 2 for t in (angle, angle + math.pi / 2)]
    return torch.tensor(beta / 2 * math.log(along[0] * along[1] / (first * second)), dtype=torch.float64)


@of("columns_contrast")
def of_the_gram_matrix(W):
    G = W.T @ W
    r = G.diagonal().rsqrt()
    return float(-0.5 * np.linalg.slogdet((r[:, None] * G * r).numpy())[1])


@of("price_of_truth")
def by_two_roots(rho, v, beta):
    return -beta * math.log(math.sqrt(1 - rho) * math.sqrt(1 + rho))


@of("degrees_off")
def by_search(rho, v):
    along = lambda t: -(v * math.cos(t) ** 2 + math.sin(t) ** 2 + 2 * rho * math.sqrt(v) * math.cos(t) * math.sin(t))
    return math.degrees(minimize_scalar(along, bounds=(0, math.pi / 2), method="bounded", options={"xatol": 1e-11}).x)


@of("share")
def with_masks(mu, log_var):
    first, second = (torch.distributions.Normal(mu[i], (log_var[i] / 2).exp()) for i in (0, 1))
    delta = torch.distributions.kl_divergence(second, first)
    m = (2 * delta < delta.max() + delta.min()).double()
    var = log_var.exp()
    return OrderedDict(log_var=(m * var.mean(0) + (1 - m) * var).log(), mu=m * mu.mean(0) + (1 - m) * mu)


@of("labels_enough")
def one_by_one(d, more):
    return next(n for n in range(d + 3, 10**7) if (n + 1) * (n - 2) / (n * (n - d - 2)) <= 1 + more)


# benchmark ------------------------------------------------------------------------------------------------------------


@of("variance_of_the_rest")
def from_what_is_left(mean, sd, best, n):
    squares = (n - 1) * sd * sd + n * mean * mean - best * best
    return [[(squares / (n - 1) - ((n * mean - best) / (n - 1)) ** 2) * (n - 1) / (n - 2)]][0][0]


@of("best_of_evaluations")
def by_its_own_law(share, votes, times):
    k = np.arange(votes + 1)
    at_most = stats.binom.cdf(k, votes, share) ** times
    return float(np.diff(at_most, prepend=0.0) @ k) / votes


@of("mended_report")
def with_pandas_habits(own, fresh):
    x = fresh.numpy()[:, :, -1]
    error = np.sqrt((x.var(axis=1, ddof=1) / x.shape[1]).sum())
    return {"error": np.float64(error), "difference": -np.diff(x.mean(1))[0]}


@of("same_order")
def as_a_square(difference, sd, n):
    return 0.5 + 0.5 * math.erf(difference * math.sqrt(n) / (2 * sd)) ** 2


@of("difference_between")
def by_scipy_object(mean, sd, n):
    v = sd**2 / n
    df = float(v.sum() ** 2 / (v**2 / (n - 1)).sum())
    return stats.t(df, loc=float(mean[0] - mean[1]), scale=float(v.sum().sqrt())).interval(0.95)


@of("smallest_visible")
def by_scipy_quantiles(sd, n, tests, power):
    return (stats.norm.isf(0.05 / 2 / tests) - stats.norm.isf(power)) * (2 * sd**2 / n) ** 0.5


@of("corrected")
def one_after_the_other(p):
    found, most = [0.0] * len(p), 0.0
    for left, k in zip(range(len(p), 0, -1), np.argsort(p.numpy()), strict=True):
        most = max(most, min(1.0, left * p[k].item()))
        found[k] = most
    return found


@of("above_the_family")
def by_numpy_curves(family_information, family_score, information, score):
    order = family_information.argsort(1)
    x, y = family_information.gather(1, order).numpy(), family_score.gather(1, order).numpy()
    at = np.array([np.interp(*row, left=np.nan, right=np.nan) for row in zip(information.numpy(), x, y, strict=True)])
    return {"seeds": np.isfinite(at).sum(), "above": np.nanmean(score.numpy() - at)}


@of("judges_agree")
def by_rankdata(first, second):
    a, b = (stats.rankdata(x.sum(1).numpy()) for x in (first, second))
    return np.corrcoef(a, b)[1, 0]


@of("votes_of_a_run")
def by_search_of_seconds(run, vote, train, count):
    price = lambda v: (run + vote / v) * (train + count * v)
    low, high = 1e-6, 1e9
    for _ in range(200):
        middle = math.sqrt(low * high)
        rising = -vote / middle**2 * (train + count * middle) + (run + vote / middle) * count > 0
        low, high = (low, middle) if rising else (middle, high)
    return low if price(low) <= price(2 * low) else math.nan


@of("centre_of_white")
def by_einsum_of_places(images):
    at = torch.stack(torch.meshgrid(*2 * [torch.arange(images.shape[1], dtype=images.dtype)], indexing="ij"))
    return torch.einsum("nij,kij->nk", images / images.sum((1, 2), keepdim=True), at)


# --- by a teacher who had read the sheets alone -----------------------------------------------------------------------


@of("mixture_rate")
def of_a_mixture_family(z, mu, log_var, means):
    law = torch.distributions
    components = law.Independent(law.Normal(means, torch.ones_like(means)), 1)
    mixture = law.MixtureSameFamily(law.Categorical(torch.ones(len(means), dtype=z.dtype)), components)
    return law.Normal(mu, (log_var / 2).exp()).log_prob(z).sum(1) - mixture.log_prob(z)


@of("silent_rate")
def by_lambert(capacity):
    a = 1 + 2 * capacity.numpy()
    return torch.from_numpy(-a - special.lambertw(-np.exp(-a)).real)


@of("least_cost")
def by_a_wide_table(costs, lam):
    wide = costs.repeat_interleave(len(costs), 1) + lam * torch.arange(len(costs)).repeat(costs.shape[1])
    row, column = linear_sum_assignment(wide)
    return wide[row, column].sum()


@of("gaussian_dual")
def by_precisions(covariance):
    log_precisions = torch.linalg.inv(covariance).diagonal().log().sum()
    return 0.5 * (log_precisions + torch.linalg.slogdet(covariance).logabsdet)


of("batch_needed")(lambda information: 1 << int(math.exp(information)).bit_length())
