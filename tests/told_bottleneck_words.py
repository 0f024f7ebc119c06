"""What the questions of the chapter `bottleneck` say of sums and means, codes and images, q and p, and in formulas."""

import math

import torch

from course_pkg.questions.bottleneck.codes import coded
from sayings import changed
from told_bottleneck import (
    at_gamma,
    bounds,
    joint_of,
    new,
    of_y,
    one,
    right_step,
    spending,
    waste,
    xlogy,
)
from wording import every, fact, instead, on_side, right, same, slip, times

seen_y = lambda counts: (counts / counts.sum(1, keepdim=True), counts.sum(0) / counts.sum())
says = lambda axis=1, sign=1: lambda counts: (
    xlogy((g := seen_y(counts))[0], g[0]) - sign * xlogy(g[0], g[1].expand_as(g[0]))
).sum(axis)  # fmt: skip
fall = lambda counts: -xlogy((g := seen_y(counts))[1], g[1]).sum() + xlogy(g[0], g[0]).sum(1)
weighed = lambda counts, values: (counts.sum(1) / counts.sum() * values).sum()
aggregate = lambda p, q: joint_of(p, q).logsumexp(0)
wasted = right(waste, lambda p, q, m: waste(p, q, m, turned=True))
missed = lambda miss: slip(lambda kl, gamma, right: gamma * miss(kl, right["capacity"]), "penalty")
loss = lambda sign: lambda log_likelihood, right: right["penalty"] - sign * log_likelihood.mean()
ramp = lambda step, start, end, steps: start + (end - start) * min(step / steps, 1)
penalty = lambda over, images: lambda kl, gamma, step, start, end, steps: (
    gamma * (images(over(kl)) - ramp(step, start, end, steps)).abs()
)  # fmt: skip
held = right(penalty(lambda kl: kl.sum(1), torch.mean), penalty(lambda kl: kl.mean(1), torch.mean), "penalty")
lost = lambda p_xz, p_y_given_x, p_y_given_z: (
    of_y(p_xz.sum(1), p_y_given_x) - of_y(p_xz.sum(0), p_y_given_z)
)  # fmt: skip
divided = lambda axis: lambda p_xz, p_y_given_x, p_y_given_z: sum(
    p_xz[x, z] * (xlogy(p_y_given_x[x], p_y_given_x[x]) - xlogy(p_y_given_x[x], p_y_given_z[z])).sum()
    for x, z in p_xz.nonzero().tolist()
)  # fmt: skip


def channel(width):
    """Of a channel with gain^2 v = 1 - noise and this noise: the KL, and the information."""

    def check(s):
        found = [
            (a["gain"] ** 2 * c.arguments["variance"], width * a["log_var"].exp())
            for a, c in zip(s.answers(), s.cases, strict=True)
        ]
        return all(torch.allclose(signal + noise, torch.ones_like(noise)) for signal, noise in found)

    return check


def rate_of(half):
    """C is this share of log(1 + signal / noise)."""

    def check(s):
        near = [c for c in s.cases if c.arguments["capacity"].max() < 100]
        found = s.answers()
        return all(
            torch.allclose(
                half * torch.log1p(a["gain"] ** 2 * c.arguments["variance"] / a["log_var"].exp()),
                c.arguments["capacity"],
            )
            for a, c in zip(found, s.cases, strict=True)
            if c in near
        )

    return check


def silent(s):
    """The slip's mean does not follow x, and its KL is C."""
    return all(
        not a["gain"].any() and torch.allclose(0.5 * (a["log_var"].exp() - 1 - a["log_var"]), c.arguments["capacity"])
        for a, c in zip(s.slipped(), s.cases, strict=True)
    )


beyond = lambda a: a["capacity"] == 0 and (a["variances"] < a["gamma"] * a["sigma"] ** 2).all()
looks = lambda s, n: same(s.slipped(looks=lambda _: n), s.answers(looks=lambda _: n))
objective = lambda sign: lambda beta, log_q_xz, log_p_x_given_z, log_p_z: (
    (1 - beta) * (b := bounds(log_q_xz, log_p_x_given_z, log_p_z))[1] - (b[0] - sign * beta * b[2])
)  # fmt: skip
parts = lambda beta, log_q_xz, log_p_x_given_z, log_p_z: (
    (b := bounds(log_q_xz, log_p_x_given_z, log_p_z))[1] - b[0] + beta * (b[2] - b[1])
)
unit = lambda x: x / x.sum(1, keepdim=True)
tables = lambda s: [coded(*(c.arguments[n] for n in ("p_x", "encoder", "p_y_given_x"))) for c in s.cases]
stepped = right(new(right_step), new(lambda q, d, b, a: (-d / b) / a))
met = lambda log_q_xz: (log_q_xz.logsumexp(0), log_q_xz.logsumexp(1))


def joint_step(p_x, encoder, p_y_given_x, beta, alpha):
    """p(y, z) in place of p(y|z)."""
    q = p_x @ encoder
    joint = (p_x[:, None] * encoder).T @ p_y_given_x
    distance = (xlogy(p_y_given_x, p_y_given_x).sum(1)[:, None]) - xlogy(
        p_y_given_x[:, None], joint.clamp_min(1e-300)
    ).sum(2)
    return ((q.log() - distance / beta) / alpha).softmax(1)


TOLD = {
    "same_optimum": {
        "divide E - beta R by beta": right(lambda beta: 1 / beta, lambda beta: beta, "tishby"),
        "the two shares add up to one, and beta is their ratio": fact(
            lambda s: all(
                math.isclose(float(a["share"] / (1 - a["share"])), c.arguments["beta"], rel_tol=1e-9)
                for a, c in zip(s.answers(), s.cases, strict=True)
            ),
            lambda s: any(float(a["share"]) > 1 for a in s.answers()),
        ),
        "a mean over pixels makes the reconstruction smaller, so the rate's weight must shrink": instead(
            lambda beta, pixels: beta / pixels, lambda beta, pixels: beta * pixels, "mean_pixels"
        ),
    },
    "mended_capacity": {
        "means over images, sums over latents": held,
        "the code is forced to spend nats that it has no use for": every(
            on_side(1, "capacity"),
            fact(lambda s: s.trap["step"] > s.trap["steps"], lambda s: s.hand["step"] > s.hand["steps"]),
        ),
        "its gradient is that of a beta-VAE with beta = gamma": missed(lambda kl, c: kl.sum(1).mean() - c),
        "the nats of a code add up over its latents; a mean lets it spend that many times C": missed(
            lambda kl, c: (kl.mean(1).mean() - c).abs()
        ),
        "two faults in one: sum over latents, and take the absolute value after the mean over images": missed(
            lambda kl, c: (kl.mean(1) - c).abs().mean()
        ),
        "two faults in one: sum over latents, and take the absolute value of what is left": missed(
            lambda kl, c: kl.mean(1).mean() - c
        ),
        "the KL is summed over latents and averaged over images": missed(lambda kl, c: (kl.sum() - c).abs()),
        "that is what is to be maximised. Optimisers minimise: the loss is minus that": times(-1, "loss"),
        "the penalty is one number for the batch, so the loss is too: average the log-likelihood": every(
            slip(lambda log_likelihood, right: right["penalty"] - log_likelihood, "loss"),
            fact(
                lambda s: all(a["penalty"].numel() == 1 for a in s.answers()),
                lambda s: any(a["loss"].numel() > 1 for a in s.answers()),
            ),
        ),
        "loss = gamma |mean KL - C(step)| - mean log-likelihood; KL summed over latents, means over images": every(
            held, right(loss(1), loss(-1), "loss")
        ),
    },
    "best_channel": {
        "write z = gain x + noise: which variance has z, and which should it have for q(z) = p(z)": fact(
            channel(1), channel(2)
        ),
        "rate = I + KL(q(z) || p(z)): when is that KL zero? Then C = log(1 + signal / noise) / 2": every(
            fact(channel(1), channel(2)), fact(rate_of(0.5), rate_of(1))
        ),
        "exp(-2C) is zero in float64, and its logarithm is lost: give -2C directly": fact(
            lambda s: math.exp(-2 * s.trap["capacity"].max()) == 0, lambda s: math.exp(-s.trap["capacity"].max()) == 0
        ),
        "KL = C, but the mean does not follow x": fact(silent, lambda s: all(a["gain"].any() for a in s.slipped())),
    },
    "silent_rate": {
        "At log_var = 0 the slope is zero": fact(
            lambda s: torch.func.grad(lambda v: 0.5 * (v.exp() - 1 - v))(torch.tensor(0.0)) == 0,
            lambda s: torch.func.grad(lambda v: 0.5 * (v.exp() - 1 - v))(torch.tensor(1.0)) == 0,
        ),
    },
    "first_split": {
        "right for one and two looks: that is how Gaussian noise averages. Three looks at a bit": every(
            slip(lambda error, looks: looks * one(error) / (1 + (looks - 1) * one(error))),
            fact(lambda s: looks(s, 1) and looks(s, 2), lambda s: looks(s, 3)),
        ),
        "nobody tells you which look is right: two that differ cancel": slip(lambda error, looks: one(error**looks)),
        "where every look says the opposite (1 - error)": changed(
            lambda a: {"error": 1 - a["error"]}, lambda a: {"error": 1 + a["error"]}
        ),
        "be (1 - 2 error)^2 with one look": fact(
            lambda s: same(s.answers(looks=lambda _: 1), s.parts(lambda error: (1 - 2 * error) ** 2)),
            lambda s: same(s.answers(looks=lambda _: 1), s.parts(lambda error: 1 - 2 * error)),
        ),
    },
    "nats_each": {
        "any v above it costs half of log(v / D)": fact(
            lambda variances, capacity: math.isclose(at_level(variances, capacity, 0.5), capacity),
            lambda variances, capacity: math.isclose(at_level(variances, capacity, 1), capacity),
        ),
    },
    "held_by_gamma": {
        "with a gamma beyond every direction's worth and C = 0": fact(
            lambda s: beyond(s.cases[-2].arguments), lambda s: beyond(s.trap)
        ),
        "two cases: gamma is large enough to hold C, or nats pay beyond it": right(
            at_gamma(0),
            lambda variances, sigma, gamma, capacity: spending(variances, gamma * sigma**2).clamp_max(capacity),
        ),
        "that is a beta-VAE of beta = gamma": slip(
            lambda variances, sigma, gamma: spending(variances, gamma * sigma**2)
        ),
        "the total of nats at which reconstruction + gamma |KL - C| is least": right(at_gamma(0), at_gamma(1)),
    },
}
DECLARED = {"same_optimum": {"dividing one of two terms does": "the slip leaves the weight as it is"}}


def at_level(variances, capacity, half):
    from course_pkg.questions.shared import level

    return float(half * (variances / level(variances, capacity)).clamp_min(1).log().sum())
