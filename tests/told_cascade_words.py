"""What the questions of the chapter `cascade` say of sums and means, codes and images, of two, and in formulas."""

import itertools
import math

import torch

from told_cascade import by_pairs, entropy, gumbel, least, mutual
from wording import entries, every, fact, instead, plus, right, same, slip, times, two

given = lambda p, weights: (weights * torch.stack([mutual(table / table.sum()) for table in p])).sum()
by_table = lambda p: given(p, p.sum((1, 2)))
relation = lambda sign: lambda p: (
    mutual(p.flatten(1)) - mutual(p.sum(2)) - mutual(p.sum(1)) + sign * mutual(p.sum(0))
)  # fmt: skip
together = lambda p, i, j: (p[i] + p[j]) * entropy(torch.stack([p[i], p[j]]) / (p[i] + p[j]))
greedy = lambda which: lambda p_x: which(together(p_x, i, j) for i, j in itertools.combinations((1, 2, 3), 2))
sample = lambda noise: lambda logits, u, temperature: ((logits + noise(u)) / temperature).softmax(1)


def by_places(costs, lam):
    """The m-th place of a value costs m lam more: one row an image, one column for each value and place."""
    from scipy.optimize import linear_sum_assignment

    table = (costs[:, :, None] + lam * torch.arange(len(costs))).flatten(1)
    return table[linear_sum_assignment(table)].sum()


TOLD = {
    "exchange_costs": {
        "are tensors of two numbers": two(lambda s: s.hand["variances"].numel()),
        "what is left of a direction costs b / 2 whatever its variance": fact(
            lambda variances, prices: torch.allclose(variances * (-(variances / prices).log()).exp() / 2, prices / 2),
            lambda variances, prices: torch.allclose(variances * (-(variances / prices).log()).exp() / 2, prices),
        ),
    },
    "prices_at": {
        "the prices of steps 1 to 2 * every + 1": fact(
            lambda s: all(
                (a[""] == 1.0).sum() == 3
                for a in s.of(s.question.reference, lambda a: {"step": 2 * a["every"] + 1, "low": 1.0, "high": 10.0})
            ),
            lambda s: any(
                (a[""] == 1.0).sum() == 3
                for a in s.of(s.question.reference, lambda a: {"step": 2 * a["every"], "low": 1.0, "high": 10.0})
            ),
        ),
    },
    "missing_term": {
        "two latents of two values each": fact(
            lambda s: s.hand["p"].shape[1:] == (2, 2), lambda s: s.hand["p"].shape[1:] == (3, 3)
        ),
        "the average over images has weights p(x), which are sums of the table": instead(
            by_table, lambda p: given(p, torch.full((len(p),), 1 / len(p)).double())
        ),
        "you summed over images: divergences given x are averaged, with weights p(x)": instead(
            by_table, lambda p: given(p, torch.ones(len(p)).double())
        ),
        "of two in the sum and one taken off, the entropy of x is left": plus(lambda p: entropy(p.sum((1, 2)))),
        "I(x; z_1, z_2) - I(x; z_1) - I(x; z_2) + I(z_1; z_2), of a table p(x, z_1, z_2)": right(
            relation(1), relation(-1)
        ),
    },
    "lost_by_greed": {
        "if one image has half of the probability": fact(
            lambda p_x: (p_x == 0.5).sum() == 1, lambda p_x: (p_x == 0.5).sum() == 2
        ),
        "one costs least": right(greedy(min), greedy(max)),
        "images in one cell lose the entropy of which of them it is, weighed by how likely the cell is": right(
            greedy(min),
            lambda p_x: min(together(p_x, i, j) / (p_x[i] + p_x[j]) for i, j in itertools.combinations((1, 2, 3), 2)),
        ),
        "greed keeps together the pair that costs least, not the likeliest two": instead(
            greedy(min), lambda p_x: together(p_x, *(1 + p_x[1:].argsort(descending=True)[:2]).tolist())
        ),
        "the first image has probability 1/2": fact(lambda p_x: p_x[0] == 0.5, lambda p_x: p_x[1] == 0.5),
    },
    "hard_code": {
        "two entries: rate and information": two(entries),
        "one of the two does not depend on the shares, only on how many there are": right(
            lambda share: math.log(len(share)), lambda share: entropy(share), "rate"
        ),
        "the rate and I(x; c) of a code that gives each image one of K values": every(
            right(lambda share: math.log(len(share)), lambda share: entropy(share), "rate"),
            right(lambda share: entropy(share), lambda share: math.log(len(share)), "information"),
        ),
    },
    "least_cost": {
        "flatten (images, values, places) to two axes": right(by_places, lambda costs, lam: by_places(costs, 2 * lam)),
        "What do places 0, 1 and 2 add up to": fact(
            lambda s: sum(range(3)) == by_pairs(3), lambda s: sum(range(3)) / 3 == by_pairs(3)
        ),
        "n squared over two: an image makes no pair with itself": slip(least(lambda n: n**2 / 2)),
        "The order of a batch means nothing": fact(
            lambda s: same(s.answers(costs=lambda c: c.flip(0)), s.answers()),
            lambda s: same(s.slipped(costs=lambda c: c.flip(0)), s.slipped()),
        ),
        "the whole batch is asked for: you gave its mean": times(lambda images: 1 / images),
        "sum over the images: one number is left": every(
            right(by_places, lambda costs, lam: by_places(costs, lam) / len(costs)),
            fact(lambda right: right.numel() == 1, lambda right: right.numel() > 1),
        ),
    },
    "relaxed_sample": {
        "they need two logarithms, each with a minus": instead(sample(gumbel), sample(lambda u: u)),
        "softmax of (logits + Gumbel noise) / temperature, the noise -log(-log u)": right(
            sample(gumbel), sample(lambda u: -gumbel(u))
        ),
    },
    "matched_accuracy": {
        "by majority two values may stand for one label": every(
            slip(lambda table: table.max(1).values.sum() / table.sum()),
            fact(
                lambda s: any(table.argmax(1).bincount().max() == 2 for table in tables(s)),
                lambda s: all(table.argmax(1).bincount().max() == 1 for table in tables(s)),
            ),
        ),
    },
}
DECLARED = {"matched_accuracy": {"lets two values stand for one label": "of the code on the sheet"}}


def tables(s):
    return [case.arguments["table"] for case in s.cases]
