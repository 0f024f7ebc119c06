"""What the questions of the chapter `total_correlation` say."""

import math

import torch

from course_pkg.questions.total_correlation.batch import parts, table, weights
from course_pkg.questions.total_correlation.debug import log_weights
from wording import addend, every, fact, given_as, instead, plus, right, slip, times

xlogy = torch.special.xlogy
alone = lambda p: p.sum(1)[:, None] * p.sum(0)
rho = lambda covariance, one, other: -0.5 * torch.log1p(torch.tensor(-(covariance**2) / (one * other)).double())
both_noises = right(
    lambda spread, width, eps: rho(eps * spread**2, spread**2 + width**2, (eps * spread) ** 2 + 1),
    lambda spread, width, eps: rho(eps * spread**2, spread**2, (eps * spread) ** 2 + 1),
)
average_of_prior = lambda weight: lambda q, p: -(weight(q) * (p / alone(p)).log()).sum()
entropy = lambda covariance: 0.5 * (torch.logdet(covariance) + len(covariance) * (1 + math.log(2 * math.pi)))
step_to = lambda power: lambda information: torch.tensor(2.0 ** power(information))


def leaving(covariance):
    """The covariances of all latents but one."""
    kept = [[k for k in range(len(covariance)) if k != j] for j in range(len(covariance))]
    return [covariance[rows][:, rows] for rows in kept]


def first_column(own, others, n):
    found = torch.full((n, n), others, dtype=torch.float64)
    found[:, 0] = own
    return found


def read(weigh, joint=lambda w, d: w):
    """A slip that reads a batch with other weights."""
    made = lambda log_q, own: parts(log_q, w := weigh(len(log_q), own), joint(w, log_q.shape[2]))
    return every(slip(made, "information"), slip(made, "tc"))


def single_estimates(inside):
    def tc(log_q, own):
        w = weights(len(log_q), own)
        single = (log_q + w[:, :, None]).logsumexp(1).sum(1) if not inside else (log_q.sum(2) + w).logsumexp(1)
        return (log_q.sum(2) + w).logsumexp(1) - single

    return tc


def estimate(axis):
    return lambda log_q, own: log_q.diagonal().sum(0) - (log_q.sum(2) + weights(len(log_q), own)).logsumexp(axis)


def loss(weigh=log_weights, joint=lambda w, d: w, tc=lambda beta: beta):
    """The loss with other weights, of the joint alone, or another price of the tc."""

    def answer(distortion, log_q, log_prior, n, beta):
        w = weigh(len(log_q), n)
        whole = (log_q.sum(2) + joint(w, log_q.shape[2])).logsumexp(1)
        single = (log_q + w[:, :, None]).logsumexp(1).sum(1)
        own = log_q.diagonal().sum(0)
        return distortion + own - whole + tc(beta) * (whole - single) + single - log_prior.sum(1)

    return answer


in_column = lambda b, n: first_column(-math.log(n), math.log((n - 1) / (n * (b - 1))), b)
d_times = lambda w, d: d * w

TOLD = {
    "middle_of_each_image": {
        "needs [:, None] to stand beside the columns": fact(
            lambda q, values_of_z_1: q.mean(0).sum(1)[:, None].shape == (values_of_z_1, 1),
            lambda q, values_of_z_1: q.mean(0).sum(1)[:, None].shape == (1, values_of_z_1),
        ),
        "one image has a single code: its posterior is zero elsewhere": fact(
            lambda s: (s.trap["q"] > 0).sum((1, 2)).min() == 1, lambda s: (s.trap["q"] > 0).sum((1, 2)).max() == 1
        ),
        "the image's posterior with its own marginals. The logarithm is of the aggregate posterior": slip(
            lambda q: xlogy(q, q / (q.sum(2)[:, :, None] * q.sum(1)[:, None]).clamp_min(1e-300)).sum((1, 2))
        ),
        "both marginals come off, of the first latent and of the second": addend("minus the average of log q(z_2)", -1),
        "the posterior weighs the codes: sum, do not average": times(
            lambda values_of_z_1, values_of_z_2: 1 / (values_of_z_1 * values_of_z_2)
        ),
    },
    "read_from_batch": {
        "sum over images inside the logarithm, over latents outside it": right(
            single_estimates(False), single_estimates(True), "tc"
        ),
        "the joint estimate of each code is": fact(
            lambda s: torch.allclose(joint_by_hand(s), torch.tensor(1 / 4 + 3 / 32).double()),
            lambda s: torch.allclose(joint_by_hand(s), torch.tensor((1 / 4 + 3 / 8) * (1 / 4 + 3 / 16)).double()),
        ),
        "the weight `own` stands in the first column. A code's own image is on the diagonal": read(
            lambda n, own: first_column(math.log(own), math.log((1 - own) / (n - 1)), n)
        ),
        "you added the log weight before the sum over latents, so the joint has it d times": read(weights, d_times),
        "a share multiplies a density, so add its logarithm": read(lambda n, own: weights(n, own).exp()),
        "it is divided among B - 1 others, not all of the batch": read(
            lambda n, own: table(n, math.log((1 - own) / n), own)
        ),
        "the axes are exchanged: the first is the code, the second the image that the mixture runs over": every(
            given_as(lambda a: {"log_q": a["log_q"].transpose(0, 1)}, "information"),
            right(estimate(1), estimate(0), "information"),
        ),
        "the sign of the tc is turned: the joint estimate comes first": times(-1, "tc"),
        "that is in bits. This course counts in nats": times(1 / math.log(2), "information"),
    },
    "tc_read": {
        "that is for weights of 1/(NB), and only the joint is at its ceiling here": slip(
            lambda single, n, latents: single.sum() - (latents - 1) * math.log(n)
        ),
    },
    "batch_needed": {
        "divide I by log 2: it is the exponent, in bits; then the next whole number above it": right(
            step_to(lambda i: math.floor(i / math.log(2)) + 1), step_to(lambda i: math.floor(i) + 1)
        ),
        "2 to the I would be right in bits. In nats it is e to the I": slip(step_to(lambda i: math.floor(i) + 1)),
        "a power of two below e^I": slip(step_to(lambda i: math.floor(i / math.log(2)))),
        "a square is for error bars that shrink with a root": slip(
            lambda information: torch.tensor(float(math.ceil(information**2)))
        ),
        "the smallest power of two above e^I": fact(
            lambda right, information: right / 2 <= math.exp(information) < right,
            lambda right, information: right <= math.exp(information) or math.exp(information) < right / 2,
        ),
    },
    "prices_of": {
        "collect what multiplies each part": right(
            lambda rate, aggregate, tc: torch.tensor([rate, rate + aggregate + tc, rate + aggregate]),
            lambda rate, aggregate, tc: torch.tensor([rate, rate + aggregate, rate + aggregate + tc]),
        ),
        "the D_j are in that divergence, of q(z) from a product": slip(
            lambda rate, aggregate, tc: torch.tensor([rate, rate + aggregate + tc, rate])
        ),
        "the aggregate posterior knows of no single image": slip(
            lambda rate, aggregate, tc: torch.tensor([rate + aggregate, rate + aggregate + tc, rate + aggregate])
        ),
        "what is added comes on top of one": slip(
            lambda rate, aggregate, tc: torch.tensor([rate, tc, rate + aggregate])
        ),
    },
    "missing_for_prior": {
        "an average over q of the logarithm of p over the product of p's marginals": right(
            average_of_prior(lambda q: q), average_of_prior(alone)
        ),
        "such a rate is lower where codes lie as expected": times(-1),
        "TC and the D_j together are the divergence from a product of marginals": slip(
            lambda q, p: xlogy(q, q / alone(p)).sum()
        ),
        "average over q(z) itself, not over the product of its marginals": instead(
            average_of_prior(lambda q: q), average_of_prior(alone)
        ),
    },
    "gaussian_dual": {
        "that compares the variances with the determinant: TC, not its dual": slip(
            lambda covariance: 0.5 * (covariance.diagonal().log().sum() - torch.logdet(covariance))
        ),
        "the entropy of a Gaussian has a 1/2 before the log determinant": times(2),
        "the whole entropy comes off d - 1 times, not d times": plus(lambda covariance: -entropy(covariance)),
        "the whole entropy comes off d - 1 times, not once": plus(
            lambda covariance: (len(covariance) - 2) * entropy(covariance)
        ),
        "a diagonal entry of the inverse is one over the variance given the rest: yours is upside down": slip(
            lambda covariance: 0.5 * (torch.logdet(covariance) - torch.linalg.inv(covariance).diagonal().log().sum())
        ),
        "the sum over j of H(z without j) less (d - 1) H(z)": right(
            lambda covariance: (
                sum(entropy(rest) for rest in leaving(covariance)) - (len(covariance) - 1) * entropy(covariance)
            ),
            lambda covariance: (
                sum(entropy(v.reshape(1, 1)) for v in covariance.diagonal())
                - (len(covariance) - 1) * entropy(covariance)
            ),
        ),
    },
    "mended_loss": {
        "the joint needs them as they are": right(loss(), loss(joint=d_times)),
        "the joint is the own density over N": fact(
            lambda s: torch.allclose(joint_of_trap(s), s.trap["log_q"].diagonal().sum(0) - math.log(s.trap["n"])),
            lambda s: torch.allclose(joint_of_trap(s), s.trap["log_q"].diagonal().sum(0)),
        ),
        "the weight 1/N stands in the first column, the own image is on the diagonal": slip(loss(in_column)),
        "the log weight enters the joint d times": slip(loss(joint=d_times)),
        "the price is beta, not beta less one": instead(loss(), loss(tc=lambda beta: beta - 1)),
        "with this sign the loss falls as latents repeat each other": addend("beta times the tc", -2),
        "without the D_j nothing holds": addend("the D_j", -1),
        "without the information the loss is no bound": addend("the information", -1),
        "and the tc is added, not taken off": slip(loss(in_column, tc=lambda beta: -beta)),
    },
    "tc_with_dead_latent": {
        "each is that of a mean plus noise": both_noises,
        "without noise the squared correlation is 1": fact(
            lambda spread, eps: math.isclose((eps * spread**2) ** 2, spread**2 * (eps * spread) ** 2),
            lambda spread, width, eps: math.isclose(
                (eps * spread**2) ** 2, (spread**2 + width**2) * ((eps * spread) ** 2 + 1)
            ),
        ),
        "rho^2 = covariance^2 over the product of the variances, each with its noise": both_noises,
        "you took one width for both latents; that of the second is 1": slip(
            lambda spread, width, eps: rho(eps * spread**2, spread**2 + width**2, (eps * spread) ** 2 + width**2)
        ),
        "the first latent's posterior is no point: codes vary by its width too": slip(
            lambda spread, eps: rho(eps * spread**2, spread**2, (eps * spread) ** 2 + 1)
        ),
        "the mean of the second follows the mean of the first, not its code": slip(
            lambda spread, width, eps: rho(eps * (v := spread**2 + width**2), v, eps**2 * (spread**2 + width**2) + 1)
        ),
        "divide the covariance by both standard deviations": slip(
            lambda spread, eps: 0.5 * math.log1p((eps * spread**2) ** 2)
        ),
        "the second mean is eps times the first, so its variance has eps squared": slip(
            lambda spread, width, eps: rho(eps * spread**2, spread**2 + width**2, eps * spread**2 + 1)
        ),
    },
}


def joint_by_hand(s):
    """The joint estimates of the case by hand, each the own density over what its logarithm tells."""
    return (s.hand["log_q"].diagonal().sum(0) - s.answers()[0]["information"]).exp()


def joint_of_trap(s):
    log_q = s.trap["log_q"]
    return (log_q.sum(2) + log_weights(len(log_q), s.trap["n"])).logsumexp(1)


DECLARED = {}
