"""What the questions of the chapter `bottleneck` say."""

import math

import torch

from course_pkg.questions.bottleneck.codes import coded, pairs, safe
from course_pkg.questions.bottleneck.degenerate import backwards, prior_part
from course_pkg.questions.bottleneck.splits import seen
from course_pkg.questions.shared import level
from course_pkg.worlds import entropy, expect, kl
from wording import as_if, every, fact, instead, on_side, right, slip, times

xlogy = torch.special.xlogy
joint_of = lambda log_p_x, log_q: log_p_x[:, None] + log_q
spending = lambda variances, price: 0.5 * (variances / price).clamp_min(1).log().sum()
at_gamma = lambda more: lambda variances, sigma, gamma, capacity: (
    spending(variances, (more + gamma) * sigma**2).clamp_min(capacity)
)  # fmt: skip
half_kl = lambda log_var: 0.5 * (log_var.exp() - 1 - log_var)
root_below = fact(
    lambda capacity, right: ((-(1 + 2 * capacity) <= right) & (right < 0)).all(),
    lambda capacity, right: ((right < -(1 + 2 * capacity)) | (right > 0)).any(),
)
one = lambda error: (1 - 2 * error) ** 2
missed = lambda miss: slip(lambda kl, gamma, right: gamma * miss(kl, right["capacity"]), "penalty")
no_floor = lambda variances, capacity: (
    (logs := 0.5 * variances.clamp_min(1e-300).log()) + (capacity - logs.sum()) / len(logs)
)  # fmt: skip


def information(table):
    """I of a joint table."""
    return (xlogy(table, table) - xlogy(table, table.sum(1, keepdim=True) * table.sum(0))).sum()


def of_y(p, given):
    """I(.; y), where p weighs what is given."""
    return information(p[:, None] * given)


def waste(p, q, prior, turned=False):
    aggregate = joint_of(p, q).logsumexp(0)
    return kl(prior, aggregate) if turned else kl(aggregate, prior)


def lowers(share):
    """Whether a faint code of the bit lowers the objective at this share of the price."""

    def check(error, looks, right):
        table, eps = seen(error, looks), 1e-3
        code = torch.tensor([[0.5 + eps, 0.5 - eps], [0.5 - eps, 0.5 + eps]]).double()
        return share * right * information(0.5 * code) - information(code @ table) < 0

    return check


def new(exponent, turned=False):
    """The new encoder from an exponent of q(z), the divergences, alpha and beta."""

    def answer(p_x, encoder, p_y_given_x, beta, alpha):
        tables = coded(p_x, encoder, p_y_given_x)
        x, z = p_y_given_x, safe(tables["p_y_given_z"])
        distance = pairs(z, safe(x)).T if turned else pairs(x, z)
        return exponent(tables["p_xz"].sum(0).log(), distance, beta, alpha).softmax(1)

    return answer


def bounds(log_q_xz, log_p_x_given_z, log_p_z):
    """Reconstruction with the data's entropy, information, rate."""
    x, z = log_q_xz.logsumexp(1), log_q_xz.logsumexp(0)
    mean = lambda values: expect(log_q_xz.flatten(), values.flatten())
    fit = entropy(x) + mean(log_p_x_given_z.expand_as(log_q_xz))
    return fit, mean(log_q_xz - x[:, None] - z), mean(log_q_xz - x[:, None] - log_p_z)


def decoder_halves(weigh=lambda q, each: expect(q.logsumexp(0), each), turned=False):
    def answer(beta, log_q_xz, log_p_x_given_z, log_p_z):
        q, likelihood = backwards(log_q_xz), log_p_x_given_z.T
        each = kl(likelihood, q.clamp_min(-20)) if turned else kl(q, likelihood)
        return weigh(log_q_xz, each) + beta * prior_part(log_q_xz, log_p_z)

    return answer


between = fact(
    lambda log_q_xz, log_p_x_given_z, log_p_z: (b := bounds(log_q_xz, log_p_x_given_z, log_p_z))[0] < b[1] < b[2],
    lambda log_q_xz, log_p_x_given_z, log_p_z: (b := bounds(log_q_xz, log_p_x_given_z, log_p_z))[0] > b[1] > b[2],
)
names = ("the decoder's divergence", "~the prior's divergence")
halves = lambda f: lambda beta, terms: f(beta, *(terms[""][name] for name in names))
right_step = lambda q, d, b, a: (q - d / b) / a

TOLD = {
    "same_optimum": {
        "plus, times and divided by suffice": right(
            lambda beta: beta / (1 + beta), lambda beta: beta / (1 - beta), "share"
        ),
        "beta may be below one, and a toy image may have fewer pixels than the code has latents": fact(
            lambda s: s.trap["beta"] < 1 and s.trap["pixels"] < s.trap["latents"],
            lambda s: s.trap["beta"] > 1 or s.trap["pixels"] > s.trap["latents"],
        ),
        "beta stands before the other half: a large one asks for more information, not for less": instead(
            lambda beta: 1 / beta, lambda beta: beta, "tishby"
        ),
        "makes the reconstruction smaller, so the rate's weight must shrink": instead(
            lambda beta, pixels: beta / pixels, lambda beta, pixels: beta * pixels, "mean_pixels"
        ),
        "an image has rows times columns pixels": slip(lambda beta, pixels: beta / math.sqrt(pixels), "mean_pixels"),
        "the mean over latents makes the rate smaller, so its weight must grow again, by their number": instead(
            lambda beta, pixels, latents: beta * latents / pixels,
            lambda beta, pixels, latents: beta / (latents * pixels),
            "both_means",
        ),
        "many pixels make the mean smaller, and with it the weight": instead(
            lambda beta, pixels, latents: beta * latents / pixels,
            lambda beta, pixels, latents: beta * pixels / latents,
            "both_means",
        ),
    },
    "mended_capacity": {
        "after `steps` the capacity keeps growing": slip(
            lambda step, start, end, steps: start + (end - start) * step / steps, "capacity"
        ),
        "the line begins at `start`, not at zero": instead(
            lambda step, start, end, steps: min(end, start + (end - start) * step / steps),
            lambda step, end, steps: min(end, end * step / steps),
            "capacity",
        ),
        "so its slope is their difference over `steps`; yours has no `start`": slip(
            lambda step, start, end, steps: min(end, start + end * step / steps), "capacity"
        ),
        "without it C is a constant of the loss": missed(lambda kl, c: kl.sum(1).mean() - c),
        "you hold every image at C. The capacity is that of the batch's mean: dear images may cost more": missed(
            lambda kl, c: (kl.sum(1) - c).abs().mean()
        ),
        "the hinge leaves a KL below C alone": missed(lambda kl, c: (kl.sum(1).mean() - c).clamp_min(0)),
        "a square is flat at its bottom": missed(lambda kl, c: (kl.sum(1).mean() - c) ** 2),
        "gamma multiplies the distance from C": times(lambda gamma: 1 / gamma, "penalty"),
        "one term summed over the batch, the other averaged: gamma now shrinks as the batch grows": slip(
            lambda log_likelihood, right: right["penalty"] - log_likelihood.sum(), "loss"
        ),
    },
    "best_channel": {
        "you read C in bits; it is given in nats": as_if("gain", capacity=lambda c: c * math.log(2)),
        "is the variance of the signal: take the root": slip(lambda right: right["gain"].square(), "gain"),
        "divide by the width of x, the root of its variance": as_if("gain", variance=torch.square),
        "the signal alone has variance one, so q(z) is wider than the prior, and that costs without telling": slip(
            lambda variance: 1 / variance.sqrt(), "gain"
        ),
    },
    "silent_rate": {
        "of a nat; the root lies between -(1 + 2C) and 0": root_below,
        "the root lies between -(1 + 2C) and 0, and the KL falls all the way": fact(
            lambda right: (half_kl(right) > half_kl(0.9 * right)).all(),
            lambda right: (half_kl(right) < half_kl(0.9 * right)).all(),
        ),
        "a code wider than the prior costs too. Asked for is the narrow one, below zero": every(
            on_side(1),
            fact(
                lambda s: all(
                    torch.allclose(half_kl(v[""]), c.arguments["capacity"])
                    for v, c in zip(s.slipped(), s.cases, strict=True)
                ),
                lambda s: any((v[""] < 0).any() for v in s.slipped()),
            ),
        ),
        "The encoder's head gives log sigma squared, twice as much": times(0.5),
        "you read C in bits; it is given in nats": as_if(capacity=lambda c: c * math.log(2)),
        "minus it would be a wide code": every(times(-1), on_side(1)),
        "log_var is below zero": fact(lambda right: (right < 0).all(), lambda right: (right > 0).any()),
        "(exp(log_var) - 1 - log_var) / 2 = C, with log_var below zero": every(
            root_below,
            fact(
                lambda capacity, right: torch.allclose((right.exp() - 1 - right) / 2, capacity),
                lambda capacity, right: torch.allclose((right.exp() - 1 + right) / 2, capacity),
            ),
        ),
    },
    "first_split": {
        "a second look says partly what the first one said. Beyond one no price is ever paid, and yours may be": every(
            slip(lambda error, looks: looks * one(error)),
            fact(
                lambda s: max(float(v[""]) for v in s.slipped()) > 1 > max(float(v[""]) for v in s.answers()),
                lambda s: max(float(v[""]) for v in s.slipped()) < 1,
            ),
        ),
        "cutting at one hides it: a second look says partly what the first one said": slip(
            lambda error, looks: min(1.0, looks * one(error))
        ),
        "a power of the looks falls with every further one": slip(lambda error, looks: one(error) ** looks),
        "the beta below which a faint code lowers beta I(x; z) - I(z; y)": fact(lowers(0.99), lowers(1.01)),
    },
    "nats_each": {
        "Lower it until the sum is C": fact(
            lambda variances, capacity: level(variances, 1.1 * capacity) < level(variances, capacity),
            lambda variances, capacity: level(variances, 1.1 * capacity) > level(variances, capacity),
        ),
        "each further nat saves less than the one before": slip(
            lambda variances, capacity: capacity * variances / variances.sum()
        ),
        "a direction below the level would have to give nats back. It gets none, and the level rises": every(
            slip(no_floor),
            fact(
                lambda s: any((v[""] < 0).any() for v in s.slipped()) and all((v[""] >= 0).all() for v in s.answers()),
                lambda s: any((v[""] < 0).any() for v in s.answers()),
            ),
        ),
        "find the level anew without those directions": slip(
            lambda variances, capacity: no_floor(variances, capacity).clamp_min(0)
        ),
        "one number for each direction, not negative": fact(
            lambda right: (right >= 0).all(), lambda right: (right < 0).any()
        ),
    },
    "held_by_gamma": {
        "above C a nat costs gamma, below it saves gamma": right(
            at_gamma(0),
            lambda variances, sigma, gamma, capacity: spending(variances, gamma * sigma**2).clamp_max(capacity),
        ),
        "Below C a nat saves errors and penalty at once": slip(
            lambda variances, sigma, gamma: spending(variances, gamma * sigma**2)
        ),
        "a direction whose variance is below the price has no nats, not a negative number of them": slip(
            lambda variances, sigma, gamma, capacity: (0.5 * (variances / (gamma * sigma**2)).log().sum()).clamp_min(
                capacity
            )
        ),
        "above C a nat costs gamma, not 1 + gamma": instead(at_gamma(0), at_gamma(1)),
        "the KL is not below C": fact(
            lambda right, capacity: right >= capacity, lambda right, capacity: right < capacity
        ),
        "that is in bits. This course counts in nats": slip(
            lambda variances, sigma, gamma, capacity: (spending(variances, gamma * sigma**2) / math.log(2)).clamp_min(
                capacity
            )
        ),
    },
}
DECLARED = {
    "what_each_says": {"and p(y) below them": "where the student writes it"},
    "nats_each": {"And the second?": "a question to the student"},
}
