"""What the questions of the chapter `density_ratio` say of sums and means, of two, and in formulas."""

import math

import torch
import torch.nn.functional as F

from course_pkg.worlds import kl
from sayings import changed
from told_density_ratio import log_mass, made, slope, whole
from wording import every, fact, instead, right, same, slip, stays, times
from wording import two as there_are_two

T = torch.linspace(-3, 3, 7, dtype=torch.float64, requires_grad=True)
slope_of = lambda f: torch.autograd.grad(f(T).sum(), T)[0]
no_slope = lambda sign: lambda log_q, log_bar, real, shuffled, right: torch.allclose(
    *(part.exp() for part in (
        math.log(real) + log_q + F.logsigmoid(-sign * right), math.log(shuffled) + log_bar + F.logsigmoid(sign * right)
    ))
)  # fmt: skip
from_ratio = lambda f: lambda logit, batch: f(logit, 1 / batch)
undone = right(
    from_ratio(lambda logit, share: -(((-logit).exp() - share) / (1 - share)).log()),
    from_ratio(lambda logit, share: -((-logit).exp() * (1 - share) + share).log()),
)
kinds = lambda s: len([n for n in s.hand if n in ("real", "shuffled")])
missing = right(
    lambda log_q, log_bar, logit: kl(log_q, made(log_bar, logit)),
    lambda log_q, log_bar, logit: kl(log_q, log_bar + logit),
)
surprise_slope = every(
    right(
        lambda gamma, probability: gamma - 0.5 * (1 - probability), lambda gamma, probability: gamma - 0.5 * probability
    ),
    fact(
        lambda s: torch.allclose(slope_of(lambda t: (1 + (-t).exp()).log()), -(1 - 1 / (1 + (-T).exp()))),
        lambda s: torch.allclose(slope_of(lambda t: (1 + (-t).exp()).log()), -1 / (1 + (-T).exp())),
    ),
)

TOLD = {
    "best_logit": {
        "set the slope of n1 q log(1 + e^-T) + n0 q-bar log(1 + e^T) in T to zero": fact(no_slope(1), no_slope(-1)),
        "where the two decks are exchanged": changed(
            lambda a: {"log_q": a["log_bar"], "log_bar": a["log_q"], "real": a["shuffled"], "shuffled": a["real"]},
            lambda a: {"log_q": a["log_bar"], "log_bar": a["log_q"]},
        ),
    },
    "shuffle_by": {
        "it would do for the law of one row with two latents": slip(
            lambda z, keys: torch.cat([z[:, :1], z.gather(0, keys.argsort(0))[:, 1:]], 1)
        ),
    },
    "shuffled_table": {
        "with a chance of 1/B a code is whole, otherwise its latents are independent": right(
            whole(lambda B: 1 / B), whole(lambda B: 1 - 1 / B)
        ),
        "the two shares must add up to one": fact(
            lambda s: any(abs(float(a[""].sum()) - 1) > 1e-3 for a in s.slipped()),
            lambda s: any(abs(float(a[""].sum()) - 1) > 1e-3 for a in s.answers()),
        ),
        "a marginal adds up what the other latent may be; you averaged": slip(
            lambda q, batch: q / batch + (1 - 1 / batch) * torch.outer(q.mean(1), q.mean(0))
        ),
        "where each of two latents comes from any of B independent codes": right(
            whole(lambda B: 1 / B), whole(lambda B: 1 / B**2)
        ),
    },
    "reading_of_copies": {
        "that holds for two latents. Each further copy": fact(
            lambda s: same(s.slipped(latents=lambda _: 2), s.answers(latents=lambda _: 2)),
            lambda s: same(s.slipped(latents=lambda _: 1), s.answers(latents=lambda _: 1)),
        ),
    },
    "without_batch": {
        "one over the ratio that you have is 1/B + (1 - 1/B) over the one you want": undone,
        "a ratio q/m_B of 2 means m_B = q/2. How much of it is q-bar's": undone,
        "log q/q-bar, from the logit log q/m_B, where m_B = q/B + (1 - 1/B) q-bar": undone,
    },
    "slope_factor": {
        "differentiate log(1 + e^-T), and write the result with the probability 1 / (1 + e^-T)": surprise_slope,
        "the slope of log(1 + e^-T) is minus one, times the probability of the other answer": surprise_slope,
        "the cross-entropy is the mean of two surprises, so each counts one half": slip(
            lambda gamma, probability: gamma - (1 - probability)
        ),
        "D (1 - D) is the slope of D itself. The discriminator pays -log D, whose slope is that over D": slip(
            lambda gamma, probability: gamma - probability * (1 - probability) / 2
        ),
        "the derivative of gamma T + (1/2) log(1 + e^-T) with respect to T": right(
            slope(lambda T: (1 + (-T).exp()).log()), slope(lambda T: (1 + T.exp()).log())
        ),
    },
    "two_outputs": {
        "a softmax of two outputs is a sigmoid of their difference": fact(
            lambda real: torch.allclose(real.softmax(1)[:, 0], (real[:, 0] - real[:, 1]).sigmoid()),
            lambda real: torch.allclose(real.softmax(1)[:, 0], (real[:, 1] - real[:, 0]).sigmoid()),
        ),
        "the half belongs to the loss, which is a mean of two surprises": times(0.5, "tc"),
        "average over the codes as well as over the two kinds": every(
            there_are_two(kinds), times(lambda codes: codes, "loss")
        ),
    },
    "read_off": {
        "each is a mean or two. Write beside each over which deck": every(
            right(lambda real: real.mean(), lambda real: real.sum(), "plug_in"),
            right(lambda real, shuffled: real.mean() - log_mass(shuffled), lambda real: real.mean(), "donsker"),
        ),
        "that adds the divergence turned round: together they are Jeffreys' divergence": slip(
            lambda real, shuffled: real.mean() - shuffled.mean(), "plug_in"
        ),
        "logsumexp adds; a mean is the sum over the number of shuffled codes": instead(
            lambda real, shuffled: real.mean() - log_mass(shuffled),
            lambda real, shuffled: real.mean() - shuffled.logsumexp(0),
            "donsker",
        ),
    },
    "missing_from_bound": {
        "worlds.kl takes two tables of log probabilities": missing,
        "for the sum of exponentials, which may be infinity": missing,
        "q-bar e^T, divided by its sum, is a density": missing,
        "q-bar times e^T is no density yet: divide by its sum": slip(
            lambda log_q, log_bar, logit: kl(log_q, log_bar + logit)
        ),
        "stay the same where a constant is added to the logit": stays(logit=lambda v: v + 3),
        "sum over the codes, the last axis": fact(
            lambda log_q, rows, codes: log_q.shape == (rows, codes),
            lambda log_q, rows, codes: log_q.shape == (codes, rows),
        ),
    },
}
DECLARED = {}
