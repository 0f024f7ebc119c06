"""What the questions of the chapter `kkt` say."""

import torch

from course_pkg.questions.kkt.ascent import tilted
from course_pkg.questions.kkt.quality import distortion_at
from course_pkg.worlds import expect, kl
from wording import axes, every, fact, instead, moved, right, slip, slip_moved, times

less = lambda v: 0.9 * v
excess = lambda a, normal, limit: (normal @ a - limit).clamp_min(0)
survive = lambda price: lambda variances, weight, latents: torch.tensor(
    min(latents, int((variances > price(weight, len(variances), latents)).sum()))
)  # fmt: skip
worth = right(survive(lambda w, D, d: w * D / (2 * d)), survive(lambda w, D, d: w * D / d))
weighted = lambda prior, likelihood: lambda beta, log_prior, log_likelihood: (
    beta * (log_prior * prior(beta) + log_likelihood * likelihood(beta)).logsumexp(1)
)  # fmt: skip
one, over = lambda beta: 1, lambda beta: 1 / beta
at_floor = lambda power: lambda variances, sigma, floor: (
    variances * torch.exp(torch.tensor(-power * floor)) / sigma**2
).clamp_max(1)  # fmt: skip


def first_step(f, g=None):
    """The first step of the path is that of a rate f of the images' rates, and the slip's is that of g."""

    def stepped(s, of, answers):
        for case, answer in zip(s.cases, answers, strict=True):
            a = case.arguments
            rates = kl(tilted(a["log_prior"], a["log_likelihood"], a["start"]), a["log_prior"])
            yield abs(answer[""][1] - max(0.0, a["start"] + a["lr"] * float(of(rates, a) - a["budget"]))) < 1e-9

    return fact(
        lambda s: all(stepped(s, f, s.answers())) and (not g or all(stepped(s, g, s.slipped()))),
        lambda s: all(stepped(s, g or f, s.answers() if g else s.slipped())),
    )


def step_from(offset):
    """Whether each step of the path uses the rate at the beta that stands so many places later."""

    def check(log_data, log_prior, log_likelihood, budget, lr, right):
        path = right.tolist()
        rate = lambda beta: float(expect(log_data, kl(tilted(log_prior, log_likelihood, beta), log_prior)))
        steps = [max(0.0, path[i] + lr * (rate(path[i + offset]) - budget)) for i in range(len(path) - 1)]
        return torch.allclose(torch.tensor(steps), torch.tensor(path[1:]))

    return check


def comes_back(path):
    zero = (path == 0).nonzero().flatten().tolist()
    return any((path[i:] > 0).any() for i in zero)


average = lambda rates, a: expect(a["log_data"], rates)

TOLD = {
    "nearest_point": {
        "normal @ a is their product": fact(
            lambda a, normal: torch.isclose(normal @ a, (normal * a).sum()),
            lambda a, normal: torch.isclose(normal @ a, (normal + a).sum()),
        ),
        "the normal enters twice, in the step and in the product: divide by its length squared": instead(
            lambda a, normal, limit: excess(a, normal, limit) / normal.square().sum(),
            lambda a, normal, limit: excess(a, normal, limit) / normal.norm(),
            "multiplier",
        ),
        "Yours is twice as steep, and so is its multiplier": times(2, "multiplier"),
        "for a minimum under g(x) <= 0 the Lagrangian is f + u g, and u is not negative": times(-1, "multiplier"),
        "that is the minimum without the constraint": slip(lambda a: a, "x"),
    },
    "missing_from_beta_vae": {
        "write F and L one below the other and subtract": right(
            lambda beta, rate, budget: -beta * (rate - budget) - (-beta * rate),
            lambda beta, rate, budget: -beta * rate + beta * (rate - budget),
        ),
        "multiply the bracket in F out": right(lambda beta, rate, budget: beta * budget + 0 * rate),
        "that is what L lies below the expected log-likelihood": slip(lambda beta, rate: beta * rate),
        "the budget stands inside the bracket that beta multiplies": instead(
            lambda beta, rate, budget: beta * budget + 0 * rate, lambda rate, budget: budget + 0 * rate
        ),
    },
    "effective_beta": {
        "divide the loss by what multiplies the reconstruction of one image": fact(
            lambda s: float(s.answers()[0][""]) == s.hand["weight"] / s.hand["images"],
            lambda s: float(s.answers()[0][""]) == s.hand["weight"] * s.hand["images"],
        ),
        "beta goes up, not down": slip(lambda weight, right: weight**2 / right),
    },
    "latents_that_survive": {
        "what the loss gains and pays when its rate rises a little from zero": worth,
        "Only their product matters": worth,
        "the error falls by a factor of e squared": instead(
            survive(lambda w, D, d: w * D / (2 * d)), survive(lambda w, D, d: w * D / d)
        ),
        "over more pixels makes a direction's saving smaller, and so the price higher": instead(
            survive(lambda w, D, d: w * D / (2 * d)), survive(lambda w, D, d: w * d / (2 * D))
        ),
        "averaged over all pixels plus the weight times the KL averaged over all latents": worth,
    },
    "best_weighted_bound": {
        "here nats are cheap": fact(
            lambda s: s.trap["beta"] < min(c.arguments["beta"] for c in s.cases[:-1]),
            lambda s: s.trap["beta"] > min(c.arguments["beta"] for c in s.cases[:-1]),
        ),
        "multiply by beta at the end": times(lambda beta: 1 / beta),
        "beta multiplies the whole KL, so after dividing by it only the likelihood has the power 1 / beta": instead(
            weighted(one, over), weighted(over, over)
        ),
        "the likelihood has the power 1 / beta: a dearer nat makes it count for less": instead(
            weighted(one, over),
            lambda beta, log_prior, log_likelihood: (log_prior + beta * log_likelihood).logsumexp(1) / beta,
        ),
        "rise by one where every log-likelihood does": moved(1, log_likelihood=lambda v: v + 1),
    },
    "beta_for_rate": {
        "Too much? Then a higher beta": moved(1, rate=less),
        "you shared the budget among all directions. One whose variance is below the level": slip(
            lambda variances, sigma, rate: (variances.log().mean() - 2 * rate / len(variances)).exp() / sigma**2
        ),
        "its price falls until the next one is worth it": slip(
            lambda variances, sigma, rate: variances.max() * torch.exp(torch.tensor(-2 * rate)) / sigma**2
        ),
        "a higher price buys fewer nats; yours falls as the budget falls": every(
            moved(1, rate=less), slip_moved(-1, rate=less)
        ),
    },
    "counted_loss": {
        "x and logits are (images, channels, rows, columns)": axes("x", "images", "channels", "rows", "columns"),
        "a mean, times rows and columns, still is divided by the channels": times(
            lambda channels: 1 / channels, "reconstruction"
        ),
        "else beta grows with the batch size": times(lambda images: images, "kl"),
        "it multiplies the KL": slip(lambda beta, right: beta * right["reconstruction"] + right["kl"], "loss"),
        "no nat is free here: beta multiplies the whole KL": slip(
            lambda beta, right: right["reconstruction"] + beta * (right["kl"] - 1).clamp_min(0), "loss"
        ),
        "your own reconstruction plus beta times your own kl": right(
            lambda beta, right: right["reconstruction"] + beta * right["kl"],
            lambda beta, right: right["reconstruction"] - beta * right["kl"],
            "loss",
        ),
    },
    "mended_ascent": {
        "each step uses the beta before it": fact(step_from(0), step_from(1)),
        "a price below zero has no best q: is beta kept at zero or above": fact(
            lambda right: (right >= 0).all(), lambda right: (right <= 0).all()
        ),
        "the budget is on the average over p(x), not on the sum over images": first_step(
            average, lambda rates, a: rates.sum()
        ),
        "each is held on its own here, not their average": first_step(
            average, lambda rates, a: a["budget"] + average((rates - a["budget"]).clamp_min(0), a)
        ),
        "you ended for good where beta is zero. There the code is dear again: the next step leads up": fact(
            lambda s: comes_back(s.answers()[-1][""]) and not comes_back(s.slipped()[-1][""]),
            lambda s: comes_back(s.slipped()[-1][""]),
        ),
    },
    "price_of_quality": {
        "the distortion falls as u grows": fact(
            lambda log_prior, log_likelihood, right: (
                distortion_at(right + 1, log_prior, log_likelihood) < distortion_at(right, log_prior, log_likelihood)
            ).all(),
            lambda log_prior, log_likelihood, right: (
                distortion_at(right + 1, log_prior, log_likelihood) > distortion_at(right, log_prior, log_likelihood)
            ).all(),
        ),
        "its multiplier is zero; yours is negative": fact(
            lambda s: (s.slipped()[-1][""][s.answers()[-1][""] == 0] < 0).all(),
            lambda s: (s.slipped()[-1][""][s.answers()[-1][""] == 0] > 0).all(),
        ),
        "for a minimum under g <= 0 the Lagrangian is f + u g, and u is not negative": times(-1),
    },
    "kkt_values": {
        "that is the answer to the problem, not to the question": slip(lambda right: right[:1]),
        "each value is asked for once, and yours stand there twice": slip(
            lambda right: torch.cat([right[:-1].repeat_interleave(2), right[-1:]])
        ),
        "each value once": fact(
            lambda right: len(right.unique()) == len(right), lambda right: len(right.unique()) < len(right)
        ),
    },
    "price_under_free_bits": {
        "with a floor of zero there are no free bits": fact(
            lambda s: s.trap["floor"] == 0, lambda s: s.hand["floor"] == 0
        ),
        "below the floor nats are free, so no direction stays there: it goes up to the floor": instead(
            at_floor(2), lambda variances, sigma, floor: (at_floor(2)(variances, sigma, floor) == 1).double()
        ),
        "by e squared, not by e": instead(at_floor(2), at_floor(1)),
    },
}
DECLARED = {
    "beta_for_rate": {"before any sum of exponentials": "an order of steps in code that is the student's"},
}
