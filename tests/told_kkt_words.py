"""What the questions of the chapter `kkt` say of sums and means, images and batches, p and q, and in formulas."""

import math

import torch

from course_pkg.elbo import gaussian_kl
from course_pkg.questions.kkt.ascent import tilted
from course_pkg.worlds import expect, kl
from told_kkt import average, one, over, survive, weighted, worth
from wording import as_if, every, fact, given_as, instead, right, same, slip, times

summed = lambda reduction: "batchmean" if reduction == "mean" else reduction
best = right(weighted(one, over), weighted(over, over))
rates = lambda variances, price: (0.5 * (variances / price).log()).clamp_min(0).sum()
likely = torch.nn.functional.binary_cross_entropy_with_logits
error = lambda x, logits: likely(logits, x, reduction="none").flatten(1).sum(1)
in_image = every(
    right(lambda x, logits: error(x, logits).mean(), lambda x, logits: error(x, logits).sum(), "reconstruction"),
    right(
        lambda mu, log_var: gaussian_kl(mu, log_var).sum(1).mean(),
        lambda mu, log_var: gaussian_kl(mu, log_var).sum(),
        "kl",
    ),
)
total = right(
    lambda beta, right: right["reconstruction"] + beta * right["kl"],
    lambda beta, right: right["reconstruction"] - beta * right["kl"],
    "loss",
)

of_image = lambda how, images, numbers: {"sum": images, "batchmean": 1, "mean": 1 / numbers}[how]
beta_of = lambda sign: lambda weight, reconstruction, kl, images, channels, pixels, latents: float(
    weight * of_image(kl, images, latents) * of_image(reconstruction, images, channels * pixels) ** sign
)  # fmt: skip
reduced = right(beta_of(-1), beta_of(1))


def met(of, other):
    """Of x and the multiplier that answer the first holds, and the other does not."""
    is_ = lambda s, f: all(
        torch.as_tensor(f(a["x"], a["multiplier"], **c.arguments)).abs().max() < 1e-9
        for a, c in zip(s.answers(), s.cases, strict=True)
    )
    return fact(lambda s: is_(s, of), lambda s: is_(s, other))


stationary = met(lambda x, u, a, normal, limit: x - a + u * normal, lambda x, u, a, normal, limit: x - a - u * normal)
slack = met(
    lambda x, u, a, normal, limit: u * (normal @ x - limit), lambda x, u, a, normal, limit: u * (normal @ x + limit)
)


def at_bound(log_q, beta, log_prior, log_likelihood):
    return expect(log_q, log_likelihood) - beta * kl(log_q, log_prior.expand_as(log_q))


def at(tilt):
    """The weighted bound where q is the prior times the likelihood to this power."""
    return lambda beta, log_prior, log_likelihood: at_bound(
        (log_prior + tilt(beta) * log_likelihood).log_softmax(1), beta, log_prior, log_likelihood
    )


def tilt_of(prior):
    """Whether q, this power of the prior times that power of the likelihood, reaches the distortion."""

    def check(log_prior, log_likelihood, distortion, right):
        q = (prior * log_prior + right[:, None] * log_likelihood).log_softmax(1)
        reached = -expect(q, log_likelihood)
        return bool(
            torch.isclose(reached, torch.as_tensor(distortion).double().expand_as(reached), rtol=1e-4)[right > 0].all()
        )

    return check


def least_values(of_half, keep):
    """The values of x A x / 2 at the points of the sphere whose multiplier passes, and at the centre."""

    def answer(A):
        values = torch.linalg.eigvalsh(A)
        return torch.cat([values[keep(values)] * of_half, torch.zeros(1).double()]).sort().values

    return answer


on_sphere = right(least_values(0.5, lambda v: v < 0), least_values(1.0, lambda v: v < 0))
log_steps = lambda s: all((a[""] > 0).all() for a in s.slipped()) and any((a[""] == 0).any() for a in s.answers())


def moves(of):
    """The first step adds the learning rate times how far this rate lies above the budget."""

    def check(log_data, log_prior, log_likelihood, budget, start, lr, right):
        each = kl(tilted(log_prior, log_likelihood, start), log_prior)
        return abs(right[1] - max(0.0, start + lr * float(of(each, {"log_data": log_data}) - budget))) < 1e-9

    return check


moves_first = fact(moves(average), moves(lambda rates, a: rates.sum()))

TOLD = {
    "nearest_point": {
        "the objective is half the squared distance, with the gradient x - a": fact(
            lambda a, normal: torch.allclose(torch.func.grad(lambda x: (x - a).square().sum() / 2)(normal), normal - a),
            lambda a, normal: torch.allclose(torch.func.grad(lambda x: (x - a).square().sum() / 2)(normal), normal + a),
        ),
        "x - a + u normal = 0: the step goes against the normal": stationary,
        "x - a + u normal = 0 (stationarity)": stationary,
        "u (normal . x - limit) = 0 (slackness)": slack,
        "x minimises half the squared distance to a where normal . x <= limit; with the multiplier u of "
        "normal . x - limit <= 0, x - a + u normal = 0, u >= 0 and u (normal . x - limit) = 0": every(
            stationary, slack
        ),
    },
    "missing_from_beta_vae": {
        "beta (rate - budget) = 0, at an optimum. It says nothing of beta budget": slip(lambda rate: 0 * rate),
        "inside it the budget has two minus signs": times(-1),
        "F minus L, where F = E_q log p(x|z) - beta (rate - budget) and L = E_q log p(x|z) - beta rate": right(
            lambda beta, rate, budget: -beta * (rate - budget) - (-beta * rate),
            lambda beta, rate, budget: -beta * (rate + budget) - (-beta * rate),
        ),
    },
    "effective_beta": {
        'what does "mean" divide each term by? Images cancel only where both terms have them': fact(
            lambda s: same(
                s.answers(reconstruction=lambda _: "mean", kl=lambda _: "mean"),
                s.answers(reconstruction=lambda _: "mean", kl=lambda _: "mean", images=lambda n: 2 * n),
            ),
            lambda s: same(
                s.answers(reconstruction=lambda _: "mean", kl=lambda _: "sum"),
                s.answers(reconstruction=lambda _: "mean", kl=lambda _: "sum", images=lambda n: 2 * n),
            ),
        ),
        'here the KL, or both terms, are summed over the batch ("sum")': fact(
            lambda s: all(c.arguments["kl"] == "sum" for c in s.cases if c.rung == "trap"),
            lambda s: all(c.arguments["reconstruction"] == "sum" for c in s.cases if c.rung == "trap"),
        ),
        '"batchmean" divides by the images of the batch alone; "mean" divides by every number': given_as(
            lambda a: {n: a[n].replace("batchmean", "mean") for n in ("reconstruction", "kl")}
        ),
        '"mean" divides by channels times pixels: a colour image has three': as_if(channels=lambda n: 1),
        '"mean" divides the KL by the number of latents too; the rate of an image is their sum': as_if(kl=summed),
        '"mean" divides the reconstruction by the number of pixels too; that of an image is their sum': as_if(
            reconstruction=summed
        ),
        '"sum" adds over the images of a batch too. Where only one term does, beta depends on the batch size': as_if(
            images=lambda n: 1
        ),
        "the code's loss is a positive number times (reconstruction + beta rate), both summed over their numbers in "
        "each image and averaged over images": reduced,
        "compare each term with its sum per image, averaged over images": reduced,
    },
    "latents_that_survive": {
        "write the loss as a number times (squared error / (2 sigma^2) + beta rate), and read off beta sigma^2": worth,
        "a nat of rate takes two off the error's logarithm": instead(
            survive(lambda w, D, d: w * D / (2 * d)), survive(lambda w, D, d: w * D / d)
        ),
        "at first by two for each nat": every(
            worth,
            fact(
                lambda s: abs((1 - math.exp(-2e-6)) / 1e-6 - 2) < 1e-3,
                lambda s: abs((1 - math.exp(-1e-6)) / 1e-6 - 2) < 1e-3,
            ),
        ),
    },
    "best_weighted_bound": {
        "p(x|z) to the power 1 / beta is zero in float64": fact(
            lambda s: ((s.trap["log_likelihood"] / s.trap["beta"]).exp() == 0).any(),
            lambda s: ((s.trap["log_likelihood"] * s.trap["beta"]).exp() == 0).any(),
        ),
        "log p(x) is the most that the bound with beta 1 can reach": slip(
            lambda log_prior, log_likelihood: (log_prior + log_likelihood).logsumexp(1)
        ),
        "that is the weighted bound at q = p(z|x)": slip(at(lambda beta: 1)),
        "that is the bound at q = p(z), the best at an infinite price": slip(at(lambda beta: 0)),
        "the best q reaches at least what q = p(z) reaches": fact(
            lambda beta, log_prior, log_likelihood, right: (
                right >= at(lambda b: 0)(beta, log_prior, log_likelihood) - 1e-9
            ).all(),
            lambda beta, log_prior, log_likelihood, right: (
                right < at(lambda b: 0)(beta, log_prior, log_likelihood)
            ).any(),
        ),
        "over every distribution q of z, of E_q log p(x|z) - beta KL(q || p(z))": every(
            best, right(at(lambda beta: 1 / beta), at(lambda beta: beta))
        ),
        "sum over the values of z, axis 1": best,
    },
    "kkt_values": {
        "first the points with u = 0, then those with |x| = 1; keep those with u >= 0 only": on_sphere,
        "at x = 0 the gradient vanishes and the constraint is not active": slip(lambda right: right[:-1]),
        "v and -v are two points with one value": fact(
            lambda A: torch.isclose((v := torch.linalg.eigh(A).eigenvectors[:, 0]) @ A @ v, -v @ A @ -v),
            lambda A: torch.isclose((v := torch.linalg.eigh(A).eigenvectors[:, 0]) @ A @ v, v @ A @ -v),
        ),
        "A x + u x = 0 on an eigenvector says u is minus the eigenvalue": slip(least_values(0.5, lambda v: v > 0)),
        "x A x / 2 at each x with A x + u x = 0, |x| <= 1, u >= 0 and u (|x|^2 - 1) = 0": on_sphere,
    },
}
DECLARED = {}
