"""What the questions of the chapter `cascade` say."""

import itertools
import math

import torch

from course_pkg.questions.cascade.greed import by_every_pair_of_bits
from wording import every, exchanged, fact, given_as, instead, plus, right, slip, times

xlogy = torch.special.xlogy
entropy = lambda p: -xlogy(p, p).sum()
mutual = lambda p: entropy(p.sum(0)) + entropy(p.sum(1)) - entropy(p)
halves = lambda between: lambda variances, prices: (prices[1] - prices[0]) / 2 * between(*variances)
cost = lambda variance, price: price / 2 * torch.log(variance / price)
four = lambda variances, prices: (
    cost(variances[0], prices[1]) + cost(variances[1], prices[0])
    - cost(variances[0], prices[0]) - cost(variances[1], prices[1])
)  # fmt: skip
cheap_first = fact(
    lambda variances, prices: variances[0] > variances[1] and prices[0] < prices[1],
    lambda variances, prices: variances[0] < variances[1] or prices[0] > prices[1],
)
opened = lambda count: lambda step, latents, low, high, every: torch.where(
    torch.arange(latents) < count(step, every), low, high
)  # fmt: skip
stages = right(opened(lambda step, n: (step - 1) // n + 1), opened(lambda step, n: step // n + 1))
gumbel = lambda u: -(-u.log()).log()
relaxed = lambda tau, axis=1: lambda logits, u, temperature: ((logits + gumbel(u)) * tau(temperature)).softmax(axis)
by_pairs = lambda n: n * (n - 1) / 2


def least(crowd):
    """The least of costs and lam times what `crowd` makes of the images at each value, over every assignment."""

    def answer(costs, lam):
        images, values = costs.shape
        chosen = torch.cartesian_prod(*[torch.arange(values)] * images)
        at = torch.nn.functional.one_hot(chosen, values).sum(1).double()
        return (costs[torch.arange(images), chosen].sum(1) + lam * crowd(at).sum(1)).min()

    return answer


def one_by_one(costs, lam):
    at, total = [0] * costs.shape[1], 0.0
    for row in costs.tolist():
        k = min(range(len(row)), key=lambda k: row[k] + lam * at[k])
        total, at[k] = total + row[k] + lam * at[k], at[k] + 1
    return total


def matching(which):
    """The share of images on a matching: the best (max) or the worst (min) of all."""

    def answer(table):
        values, labels = table.shape
        orders = itertools.permutations(range(values), labels)
        return which(float(table[list(order), range(labels)].sum()) for order in orders) / table.sum()

    return answer


TOLD = {
    "exchange_costs": {
        "large and small, cheap and dear": cheap_first,
        "a rate grows with the logarithm of a variance: what counts is the ratio, not the difference": instead(
            halves(lambda a, b: (a / b).log()), halves(lambda a, b: a - b)
        ),
        "the dear latent says more now, but the cheap one says less: that is saved at the cheap price": slip(
            lambda variances, prices: prices[1] / 2 * (variances[0] / variances[1]).log()
        ),
        "where prices rise and variances fall": every(
            cheap_first, fact(lambda right: right > 0, lambda right: right < 0)
        ),
        "the loss with the large direction at the dear latent, less the loss with it at the cheap one": right(
            four, lambda variances, prices: -four(variances, prices)
        ),
    },
    "prices_at": {
        "(step - 1) // every. How many latents are open there": stages,
        "which end begins to open": right(
            opened(lambda step, n: (step - 1) // n + 1),
            lambda step, latents, low, high, every: opened(lambda step, n: (step - 1) // n + 1)(
                step, latents, low, high, every
            ).flip(0),
        ),
        "look at the first step of a stage, and at the last step of the one before": fact(
            lambda s: (s.cases[3].arguments["step"] - 1) % s.cases[3].arguments["every"] == 0,
            lambda s: s.cases[3].arguments["step"] % s.cases[3].arguments["every"] == 0,
        ),
        "the first latent is open from the first step on": fact(
            lambda s: all(v[""][0] == 1.0 and (v[""][1:] == 10.0).all() for v in s.answers(step=lambda _: 1)),
            lambda s: any(v[""][-1] == 1.0 for v in s.answers(step=lambda _: 1)),
        ),
        "an open latent is the cheap one: you exchanged `low` and `high`": every(
            exchanged("low", "high"), fact(lambda low, high: low < high, lambda low, high: low > high), stages
        ),
        "whoever is open stays open": slip(
            lambda step, latents, low, high, every: torch.where(torch.arange(latents) == (step - 1) // every, low, high)
        ),
        "it begins with the first latent, not with the last": slip(lambda right: right.flip(0)),
        "a price falls at once when its stage begins": every(
            fact(
                lambda s: {v for a in s.answers() for v in a[""].tolist()} == {1.0, 10.0},
                lambda s: {v for a in s.slipped() for v in a[""].tolist()} == {1.0, 10.0},
            )
        ),
        "in the first stage one latent is open; you have two open there": given_as(
            lambda a: {"step": a["step"] + a["every"]}
        ),
        "once all latents are open there is no further one: yours grows beyond them": fact(
            lambda s: len(s.slipped()[-1][""]) > s.trap["latents"],
            lambda s: len(s.slipped()[-1][""]) <= s.trap["latents"],
        ),
        "once all are open they stay so": given_as(
            lambda a: {"step": (a["step"] - 1) % (a["latents"] * a["every"]) + 1}
        ),
    },
    "missing_term": {
        "you subtracted I(z_1; z_2) once more: the relation adds it": plus(lambda p: -mutual(p.sum(0))),
        "the weights p(x) came in twice": slip(
            lambda p: sum(table.sum() ** 2 * mutual(table / table.sum()) for table in p)
        ),
    },
    "lost_by_greed": {
        "bits of a table are not": fact(lambda right: right > 0, lambda right: right <= 0),
        "Subtract what greed finds": slip(entropy_of_images := lambda p_x: entropy(p_x)),
        "the second bit tells one of the three apart: two of them stay in one cell, not all three": slip(
            lambda p_x: entropy(p_x) - math.log(2)
        ),
        "less what they say if the first is chosen alone, the best one, and then the second": right(
            lambda p_x: by_every_pair_of_bits(p_x), lambda p_x: -by_every_pair_of_bits(p_x)
        ),
        "what two bits say": right(lambda p_x: by_every_pair_of_bits(p_x), entropy_of_images),
    },
    "hard_code": {
        "before the image is seen all values are equally likely: a rate is paid against the prior": instead(
            lambda values: math.log(values), lambda share: entropy(share), "rate"
        ),
        "that is in bits. This course counts in nats": times(1 / math.log(2), "rate"),
    },
    "least_cost": {
        "a pair is dear here": fact(
            lambda s: s.trap["lam"] > max(c.arguments["lam"] for c in s.cases[:-1]),
            lambda s: s.trap["lam"] < max(c.arguments["lam"] for c in s.cases[:-1]),
        ),
        "you paid n (n - 1) for n images at one value. That counts each pair twice": instead(
            least(by_pairs), least(lambda n: n * (n - 1))
        ),
        "you paid lam once for each further image at a value": instead(
            least(by_pairs), least(lambda n: (n - 1).clamp_min(0))
        ),
        "images came one by one and took what was cheapest then": slip(one_by_one),
        "of the images' costs plus lam for each pair": right(least(by_pairs), least(lambda n: -by_pairs(n))),
    },
    "relaxed_sample": {
        "at a very low temperature the largest of logit plus noise must win": fact(
            lambda s: all(
                torch.equal(a[""].argmax(1), (c.arguments["logits"] + gumbel(c.arguments["u"])).argmax(1))
                for a, c in zip(s.answers(temperature=lambda t: 1e-3), s.cases, strict=True)
            ),
            lambda s: all(
                torch.equal(a[""].argmax(1), (c.arguments["logits"] - gumbel(c.arguments["u"])).argmax(1))
                for a, c in zip(s.answers(temperature=lambda t: 1e-3), s.cases, strict=True)
            ),
        ),
        "it divides, and does not multiply": instead(relaxed(lambda t: 1 / t), relaxed(lambda t: t)),
        "the softmax runs over values, not over the batch": instead(
            relaxed(lambda t: 1 / t), relaxed(lambda t: 1 / t, axis=0)
        ),
    },
    "matched_accuracy": {
        "A matching uses each row and each column once": right(
            matching(max), lambda table: table.max(1).values.sum() / table.sum()
        ),
        "linear_sum_assignment minimises: that is the worst matching": instead(matching(max), matching(min)),
    },
}
DECLARED = {}
