"""What the questions of the chapter `total_correlation` say of sums and means, codes and images, and in formulas."""

import math

import torch

from course_pkg.questions.total_correlation.batch import parts, weights
from told_formulas import dead
from told_total_correlation import alone, entropy, estimate, in_column, loss, rho, single_estimates, step_to, xlogy
from wording import axes, every, fact, plus, right, same, slip, times

ratio = lambda q: torch.where(
    q.mean(0) > 0, (q.mean(0) / alone(q.mean(0)).clamp_min(1e-300)).clamp_min(1e-300).log(), 0.0
)
of_image = right(lambda q: (q * ratio(q)).sum((1, 2)), lambda q: (q.mean(0) * ratio(q)).sum().expand(len(q)))
shared = right(estimate(1), estimate(0), "information")
axes_of_batch = axes("log_q", "codes", "codes", "latents")
next_power = right(step_to(lambda i: math.floor(i / math.log(2)) + 1), step_to(lambda i: math.ceil(i / math.log(2))))
prices = lambda rate, aggregate, tc: torch.tensor([rate, rate + aggregate + tc, rate + aggregate]).double()
split = right(
    prices, lambda rate, aggregate, tc: torch.tensor([rate, rate + aggregate - tc, rate + aggregate]).double()
)
rest = lambda q, p: xlogy(q, q / p).sum() - xlogy(q, q / alone(q)).sum() - xlogy(q, alone(q) / alone(p)).sum()
missing = right(rest, lambda q, p: -rest(q, p))
gaussian = right(dead(rho), lambda spread, width, eps: 2 * dead(rho)(spread, width, eps))
stratified = right(loss(), loss(lambda b, n: torch.full((b, b), -math.log(b), dtype=torch.float64)))


def ignores(s, name):
    """Whether the tc that is read stays where this argument doubles."""
    return same(s.answers(**{name: lambda v: 2 * v}), s.answers())


def at_one(sign):
    return lambda s: same(
        s.answers(beta=lambda _: 1.0),
        s.parts(lambda distortion, log_q, log_prior: distortion + log_q.diagonal().sum(0) + sign * log_prior.sum(1)),
    )


far = lambda log_q: (
    log_q.diagonal().sum(0) - log_q.sum(2).masked_fill(torch.eye(len(log_q)).bool(), -math.inf).amax(1)
).min()
no_other = fact(lambda s: far(s.trap["log_q"]) > 100, lambda s: far(s.hand["log_q"]) > 100)

TOLD = {
    "middle_of_each_image": {
        "its marginals are sums over one axis of it": of_image,
        "look at codes that no image, or only one, has": fact(
            lambda s: any((c.arguments["q"] > 0).sum(0).min() <= 1 for c in s.cases),
            lambda s: all((c.arguments["q"] > 0).sum(0).min() > 1 for c in s.cases),
        ),
        "each image is sure of its code, and each code has probability 1/2, as have its two halves": fact(
            lambda s: (
                s.hand["q"].amax((1, 2)).eq(1).all()
                and sorted(s.hand["q"].mean(0).flatten().tolist()) == [0, 0, 0.5, 0.5]
                and s.hand["q"].mean(0).sum(1).tolist() == s.hand["q"].mean(0).sum(0).tolist() == [0.5, 0.5]
            ),
            lambda s: s.hand["q"].amax((1, 2)).eq(0.5).all(),
        ),
        "that is the average over all images, repeated for each. Average over the image's own codes": slip(
            lambda q: (q.mean(0) * ratio(q)).sum().expand(len(q))
        ),
        "every code of the image counts alike here: the average weighs each of them by q(z|x)": slip(
            lambda q: ((q > 0) * ratio(q)).flatten(1).mean(1)
        ),
        "the mean over images is the total correlation of all codes": fact(
            lambda q, right: torch.isclose(right.mean(), (q.mean(0) * ratio(q)).sum()),
            lambda q, right: torch.isclose(right.sum(), (q.mean(0) * ratio(q)).sum()),
        ),
        "the average, over the image's own codes, of log q(z) - log q(z_1) - log q(z_2); q(z) is the mean": of_image,
    },
    "read_from_batch": {
        "make the log weights as a table (codes, images); then it is two logsumexps over images": every(
            shared, right(single_estimates(False), single_estimates(True), "tc")
        ),
        "weights (codes, images) need [:, :, None] to be added to log_q (codes, images, latents)": fact(
            lambda log_q, own: torch.allclose(
                (log_q + weights(len(log_q), own)[:, :, None])[0, 1], log_q[0, 1] + weights(len(log_q), own)[0, 1]
            ),
            lambda log_q, own: torch.allclose((log_q + weights(len(log_q), own)[:, :, None])[0, 1], log_q[0, 1]),
        ),
        "no other image accounts for a code: what": no_other,
        "look at one code: its own image has one weight, the others share the rest": shared,
        "you averaged over codes: return what each code reads; whoever needs the mean takes it": slip(
            lambda right: right["tc"].mean(), "tc"
        ),
        "the others share what `own` leaves, 1 - own": slip(
            lambda log_q, own: parts(
                log_q,
                torch.full((len(log_q),) * 2, -math.log(len(log_q) - 1)).double().fill_diagonal_(math.log(own)),
            )["tc"],
            "tc",
        ),
        "average the densities, then take the logarithm: logsumexp": slip(
            lambda log_q, own: log_q.diagonal().sum(0) - (weights(len(log_q), own).exp() * log_q.sum(2)).sum(1),
            "information",
        ),
        "the logarithms of the single latents add up in the tc; you averaged them": slip(
            lambda log_q, own: (
                (log_q.sum(2) + weights(len(log_q), own)).logsumexp(1)
                - (log_q + weights(len(log_q), own)[:, :, None]).logsumexp(1).mean(1)
            ),
            "tc",
        ),
        "information = log q(z|x) - log of the estimate; tc = log of the estimate less those of the latents. In an "
        "estimate the code's own image has the weight `own`": every(
            shared, right(single_estimates(False), lambda log_q, own: -single_estimates(False)(log_q, own), "tc")
        ),
    },
    "tc_read": {
        "then the own image's density times its weight": right(
            lambda single, n: single.sum() + math.log(1 / n), lambda single, n: single.sum() + math.log(n)
        ),
        "n a number: math.log(n)": right(lambda single, n: single.sum() - math.log(n)),
        "TC read = sum of the single informations read - the information read": right(
            lambda single, n: single.sum() - math.log(n), lambda single, n: single.sum() + math.log(n)
        ),
        "that is the ceiling of a batch whose images all count alike": slip(
            lambda single, batch: single.sum() - math.log(batch)
        ),
        "where no other image of the batch accounts for a whole code": fact(
            lambda s: ignores(s, "batch"), lambda s: ignores(s, "n")
        ),
        "add over latents: one number": right(
            lambda single, n: single.sum() - math.log(n), lambda single, n: single.mean() - math.log(n)
        ),
    },
    "batch_needed": {
        "a code of I nats is shared by a fraction e^-I of the images. How many of a batch": fact(
            lambda right, information: right * math.exp(-information) > 1 >= right / 2 * math.exp(-information),
            lambda right, information: right * math.exp(information) <= 1,
        ),
        "e^I just above a power of two, or one itself": fact(
            lambda s: sorted(round(i / math.log(2), 2) % 1 for i in traps(s))[0] < 0.1,
            lambda s: all(0.1 < i / math.log(2) % 1 < 0.9 for i in traps(s)),
        ),
        "the power of two that is nearest may lie below e^I: round up, never down": slip(
            step_to(lambda i: round(i / math.log(2)))
        ),
        "Asked is the next power of two": next_power,
        "a batch holds two images or more": fact(lambda right: right >= 2, lambda right: right < 2),
        "for codes that hold I nats about N images, N far larger": next_power,
    },
    "prices_of": {
        "R is I + TC + sum of D_j; KL(q(z) || p(z)) is TC + sum of D_j": split,
        "FactorVAE: information 1, total correlation 1 + gamma, each D_j 1": fact(
            lambda s: (
                s.hand["aggregate"] == 0
                and s.answers()[0][""].tolist()
                == [s.hand["rate"], s.hand["rate"] + s.hand["tc"], s.hand["rate"]]
                == [1, 1 + s.hand["tc"], 1]
            ),
            lambda s: s.answers()[0][""].tolist() == [1, s.hand["tc"], 1],
        ),
        "put the two identities of the chapter in": split,
        "the rate holds all of them, the aggregate's divergence two": slip(
            lambda rate, aggregate, tc: torch.tensor([rate, tc, aggregate])
        ),
        "rate R + aggregate KL(q(z) || p(z)) + tc TC(z) is": split,
    },
    "missing_for_prior": {
        "sum over all codes: one number": missing,
        "codes that never occur have q = 0, and 0 times anything finite is 0": fact(
            lambda s: any((c.arguments["q"] == 0).any() for c in s.cases),
            lambda s: any((c.arguments["p"] == 0).any() for c in s.cases),
        ),
        "R minus I(x; z), TC(z) and the sum of D_j": missing,
    },
    "gaussian_dual": {
        "the entropy of d latents is half of log det + d (1 + log 2 pi); write it for d - 1 of them": fact(
            lambda covariance: torch.isclose(
                torch.distributions.MultivariateNormal(torch.zeros(len(covariance)).double(), covariance).entropy(),
                entropy(covariance),
            ),
            lambda covariance: torch.isclose(
                torch.distributions.MultivariateNormal(torch.zeros(len(covariance)).double(), covariance).entropy(),
                2 * entropy(covariance),
            ),
        ),
        "add over latents: one number": right(
            lambda covariance: 0.5 * (torch.logdet(covariance) + torch.linalg.inv(covariance).diagonal().log().sum()),
            lambda covariance: 0.5 * (torch.logdet(covariance) + torch.linalg.inv(covariance).diagonal().log().mean()),
        ),
    },
    "mended_loss": {
        "log_q (codes, images, latents) needs weights[:, :, None]": fact(
            lambda log_q, distortion: log_q.shape[:2] == (len(distortion),) * 2,
            lambda log_q, distortion: log_q.shape[1:] == (len(distortion),) * 2,
        ),
        "one number a code: sum over latents, logsumexp over images": stratified,
        "no other image accounts for a code, and N is large": every(
            no_other, fact(lambda s: s.trap["n"] > 1e4, lambda s: s.hand["n"] > 1e4)
        ),
        "set beta to 1: the loss must then be distortion + log q(z|x) - log p(z), whatever the weights": fact(
            at_one(-1), at_one(1)
        ),
        "you averaged log p(z_j) over latents: the prior factorises, so its logarithms add": plus(
            lambda log_prior: log_prior.sum(1) - log_prior.mean(1)
        ),
        "a mean divides by d; a sum is right, since log densities of independent codes add": fact(
            lambda s: same([{"": a[""]} for a in s.slipped()], s.parts(over_mean)),
            lambda s: same(s.answers(), s.parts(over_mean)),
        ),
        "return one number a code; the training loop averages": slip(lambda right: right.mean()),
        "the own image is on the diagonal; and the tc is added, not taken off": slip(
            loss(in_column, tc=lambda beta: -beta)
        ),
        "distortion + information + beta tc + the D_j, with stratified weights: the own image counts 1/N": stratified,
    },
    "tc_with_dead_latent": {
        "TC of two Gaussian latents is -log(1 - rho^2) / 2, with the square": slip(
            dead(lambda c, a, b: -0.5 * math.log1p(-c / math.sqrt(a * b)))
        ),
        "TC of two Gaussian latents is -log(1 - rho^2) / 2: the half is missing": times(2),
        "you added the width where its square, the variance, belongs": slip(
            lambda spread, width, eps: rho(eps * spread**2, spread**2 + width, (eps * spread) ** 2 + 1)
        ),
        "the Gaussian TC of codes z_1 ~ N(m, width^2), z_2 ~ N(eps m, 1), where m ~ N(0, spread^2) is the "
        "image's": gaussian,
    },
}
DECLARED = {}


def traps(s):
    return [c.arguments["information"] for c in s.cases if c.rung == "trap"]


def over_mean(distortion, log_q, log_prior, n, beta):
    """The loss with means over latents where sums belong."""
    from course_pkg.questions.total_correlation.debug import loss_of

    return loss_of(distortion, log_q, log_prior, n, beta, over=torch.mean)
