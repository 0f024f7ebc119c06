"""What the questions of the chapter `density_ratio` say."""

import math

import torch
import torch.nn.functional as F

from wording import addend, axes, every, fact, instead, moved, right, slip

more = lambda v: 1.1 * v
odds = lambda offset: lambda log_q, log_bar, real, shuffled: log_q - log_bar + offset(real, shuffled)
by_odds = odds(lambda n1, n0: math.log(n1 / n0))
alone = lambda q: torch.outer(q.sum(1), q.sum(0))
whole = lambda share: lambda q, batch: share(batch) * q + (1 - share(batch)) * alone(q)
of_rows = lambda power: lambda latents, batch: -math.log(batch ** -float(power(latents)))
whole_row = right(of_rows(lambda d: d - 1), of_rows(lambda d: d))
differ = lambda out: (out[:, 0] - out[:, 1]).mean()
surprise = lambda out, kind: F.cross_entropy(out, torch.full((len(out),), kind))
two = lambda a, b: lambda real, shuffled: 0.5 * (surprise(real, a) + surprise(shuffled, b))
pays = lambda sign: lambda real, shuffled: 0.5 * (F.softplus(-sign * real).mean() + F.softplus(sign * shuffled).mean())
log_mass = lambda zero: zero.logsumexp(0) - math.log(len(zero))
made = lambda log_bar, logit: (log_bar + logit).log_softmax(1)


def slope(pays):
    """The derivative of what a real code's logit costs."""

    def answer(gamma, probability):
        T = probability.logit().requires_grad_()
        return torch.autograd.grad((gamma * T + 0.5 * pays(T)).sum(), T)[0]

    return answer


def balanced(log_q, log_bar, real, shuffled, right):
    """Whether the cross-entropy over both kinds has no slope in this logit."""
    one = math.log(real) + log_q + F.logsigmoid(-right)
    return torch.allclose(one, math.log(shuffled) + log_bar + F.logsigmoid(right))


def log_normal(mean, variance):
    """The variance of a log-normal ratio whose logarithm has this mean and variance, over the squared error."""
    return lambda divergence, error: (
        math.expm1(variance(divergence)) * math.exp(2 * mean(divergence) + variance(divergence)) / error**2
    )


def farther(s, batch):
    """How far the law of a shuffled code is from independence, in each case."""
    answers = s.answers(batch=batch)
    return [float((a[""] - alone(c.arguments["q"])).abs().max()) for a, c in zip(answers, s.cases, strict=True)]


TOLD = {
    "best_logit": {
        "of all codes at one place, how many are real ones": right(
            lambda log_q, log_bar, real, shuffled: (
                (real * log_q.exp()) / (real * log_q.exp() + shuffled * log_bar.exp())
            ).logit(),
            lambda log_q, log_bar, real, shuffled: (
                (shuffled * log_bar.exp()) / (real * log_q.exp() + shuffled * log_bar.exp())
            ).logit(),
        ),
        "log_q and log_bar are tensors (codes,), real and shuffled numbers": fact(
            lambda log_q, log_bar, real, shuffled: (
                log_q.shape == log_bar.shape and {type(real), type(shuffled)} == {float}
            ),
            lambda log_q, log_bar, real, shuffled: {type(log_q), type(log_bar)} == {float},
        ),
        "the more real codes there are, the likelier a code is to be real": moved(1, real=more),
        "n1 / (n1 + n0) is the share of real codes": slip(odds(lambda n1, n0: math.log(n1 / (n1 + n0)))),
        "the ratios multiply, so their logarithms add: the second needs its logarithm as well": instead(
            by_odds, odds(lambda n1, n0: n1 / n0)
        ),
        "the logit is positive where q is larger than the product": slip(
            lambda log_q, log_bar, real, shuffled: log_bar - log_q + math.log(real / shuffled)
        ),
        "the numbers multiply the ratio, not its logarithm": instead(
            by_odds, lambda log_q, log_bar, real, shuffled: (log_q - log_bar) * real / shuffled
        ),
        "A number multiplies a density: its logarithm is added": slip(
            lambda log_q, log_bar, real, shuffled: (real * log_q - shuffled * log_bar) / (real + shuffled)
        ),
        "that minimises the cross-entropy, summed over all real and all shuffled codes": fact(
            balanced, lambda log_q, log_bar, real, shuffled, right: balanced(log_q, log_bar, shuffled, real, right)
        ),
    },
    "shuffle_by": {
        "the smallest key comes first": instead(
            lambda z, keys: z.gather(0, keys.argsort(0)), lambda z, keys: z.gather(0, (-keys).argsort(0))
        ),
        "the shuffled codes, shape": fact(
            lambda z, right: torch.equal(right.sort(0).values, z.sort(0).values) and not torch.equal(right, z),
            lambda z, right: torch.equal(right, z),
        ),
        "from the code with the smallest of keys[:, j]": fact(
            lambda z, keys, right: torch.equal(right[0], z.gather(0, keys.argmin(0)[None])[0]),
            lambda z, keys, right: torch.equal(right[0], z.gather(0, keys.argmax(0)[None])[0]),
        ),
    },
    "shuffled_table": {
        "draw the row of the first latent, then that of the second. How often is it the same one": right(
            whole(lambda B: 1 / B), whole(lambda B: 1 - 1 / B)
        ),
        "q is a tensor (rows, columns); sums over each axis give the marginals, torch.outer a product": axes(
            "q", "rows", "columns"
        ),
        "B of the B^2 pairs of rows are the same row twice: one in B": instead(
            whole(lambda B: B / B**2), whole(lambda B: 1 / B**2)
        ),
        "that holds for a batch of two. The share of whole codes falls with the batch": every(
            slip(whole(lambda B: 1 / 2)),
            fact(
                lambda s: all(a < b for a, b in zip(farther(s, lambda B: 2 * B), farther(s, lambda B: B), strict=True)),
                lambda s: all(a > b for a, b in zip(farther(s, lambda B: 2 * B), farther(s, lambda B: B), strict=True)),
            ),
        ),
        "that is the law of a code before it is shuffled": slip(lambda q: q),
        "the second latent is drawn from all B codes, the first one's own among them, not from B - 1 others": instead(
            whole(lambda B: 1 / B), whole(lambda B: 1 / (B - 1))
        ),
    },
    "reading_of_copies": {
        "two codes of the second deck look real: when does a shuffled row look like a real code": whole_row,
        "the second deck has a share of whole codes, so a limit": whole_row,
        "a shuffled row looks real only where all its latents come from one row": whole_row,
        "once the others come from the first one's row, all pairs agree: count choices of rows, not pairs": slip(
            lambda latents, batch: latents * (latents + 1) / 2 * math.log(batch)
        ),
        "a latent may come from its own row: one of B, not of B - 1": slip(
            lambda latents, batch: (latents - 1) * math.log(batch - 1) if batch > 2 else -1.0
        ),
        "here the chances multiply, so their logarithms add": slip(lambda latents, batch: (latents - 1.0) * batch),
        "that is the chance that a shuffled row is whole": slip(lambda latents, batch: batch ** (1.0 - latents)),
        "of one continuous latent and the second deck is shuffled in batches": whole_row,
    },
    "without_batch": {
        "one logit is just below log B, one is far below zero": fact(
            lambda s: (-1e-3 < s.trap["logit"].max() - math.log(s.trap["batch"]) < 0) and s.trap["logit"].min() < -100,
            lambda s: s.trap["logit"].max() > math.log(s.trap["batch"]) or s.trap["logit"].min() > 0,
        ),
        "q/B is to be subtracted before you divide by 1 - 1/B": slip(
            lambda logit, batch: logit + math.log(1 - 1 / batch)
        ),
        "(1 - 1/B) multiplies the ratio: its logarithm is added": addend("the logarithm of 1 - 1/B", -2),
    },
    "slope_factor": {
        "plus, minus and times suffice": right(
            lambda gamma, probability: gamma - 0.5 + 0.5 * probability,
            lambda gamma, probability: gamma - 0.5 - 0.5 * probability,
        ),
        "the discriminator wants the logit of a real code to rise": instead(
            slope(lambda T: F.softplus(-T)), slope(lambda T: -F.softplus(-T))
        ),
        "that is the slope of log(1 + e^T), which shuffled codes pay. Real ones pay log(1 + e^-T)": instead(
            slope(lambda T: (1 + (-T).exp()).log()), slope(lambda T: (1 + T.exp()).log())
        ),
        "gamma multiplies the model's loss only. The discriminator's has no gamma": slip(
            lambda gamma, probability: gamma - gamma * (1 - probability) / 2
        ),
    },
}
DECLARED = {
    "shuffled_table": {
        "the first latent goes down, the second across": "how a table is printed",
    },
}
