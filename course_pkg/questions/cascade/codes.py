"""What small codes say and repeat: questions of the chapter `cascade`."""

import itertools
import math

import torch
from torch import Tensor

from course_pkg.grading import Case, Question, Wrong
from course_pkg.questions.shared import at_least, bits, numbers

# The missing term -----------------------------------------------------------------------------------------------


def tables(seed: int) -> tuple[Case, ...]:
    def case(rung: str, s: int, *shape: int, tied: float = 1.0) -> Case:
        g = torch.Generator().manual_seed(s)
        p = (1.5 * torch.randn(shape, generator=g, dtype=torch.float64)).exp()
        return Case(rung, {"p": p / p.sum()}, {"images": shape[0]})

    hand = numbers([[[0.25, 0.0], [0.0, 0.25]], [[0.25, 0.0], [0.25, 0.0]]])
    return (
        Case(
            "hand",
            {"p": hand},
            {"images": 2},
            "{images:word} images; the table of image, first and second latent is {p}",
        ),
        case("random", seed + 1, 4, 3, 2),
        case("oracle", seed + 2, 3, 2, 4),
        case("trap", seed + 3, 5, 2, 2),
    )


def h(p: Tensor, *axes: int) -> Tensor:
    """The entropy of some axes of p(x, z_1, z_2)."""
    rest = [axis for axis in range(3) if axis not in axes]
    kept = p.sum(rest) if rest else p
    return -torch.special.xlogy(kept, kept).sum()


def tied(p: Tensor) -> Tensor:
    return h(p, 0, 1) + h(p, 0, 2) - h(p, 0) - h(p, 0, 1, 2)


def image_by_image(p: Tensor) -> float:
    """For each image the divergence of its table from the product of its margins, cell by cell."""
    total = 0.0
    for rows in p.tolist():
        mass = sum(map(sum, rows))
        left, right = [sum(row) for row in rows], [sum(column) for column in zip(*rows, strict=True)]
        for (i, row), j in itertools.product(enumerate(rows), range(len(right))):
            if row[j]:
                total += row[j] * math.log(row[j] * mass / (left[i] * right[j]))
    return total


def twice_weighted(p: Tensor) -> Tensor:
    weights = p.sum((1, 2))
    each = [tied(table[None] / weight) for table, weight in zip(p, weights, strict=True)]
    return (weights.square() * torch.stack(each)).sum()


MISSING = Question(
    name="missing_term",
    kind="derive",
    title="The term that is not printed",
    points=3,
    difficulty=3,
    importance=5,
    minutes=20,
    returns="one number, in nats",
    relation="I(x; z_1, z_2) - I(x; z_1) - I(x; z_2) + I(z_1; z_2), of a table p(x, z_1, z_2)",
    cases=tables,
    reference=tied,
    oracle=image_by_image,
    wrong=(
        Wrong(
            "nothing is missing, as printed",
            lambda p: torch.zeros((), dtype=torch.float64),
            "as printed it holds only where the latents are independent given the image. Here they are not.",
        ),
        Wrong(
            "the tie over all images, not given one",
            lambda p: h(p, 1) + h(p, 2) - h(p, 1, 2),
            "that is I(z_1; z_2) over all images, which the relation holds already. This one is given the image.",
        ),
        Wrong(
            "the two ties subtracted",
            lambda p: tied(p) - (h(p, 1) + h(p, 2) - h(p, 1, 2)),
            "you subtracted I(z_1; z_2) once more: the relation adds it.",
        ),
        Wrong(
            "images that count alike",
            lambda p: tied(p / p.sum((1, 2), keepdim=True) / len(p)),
            "images do not count alike: the average over images has weights p(x), which are sums of the table.",
        ),
        Wrong(
            "summed over images, not averaged",
            lambda p: len(p) * tied(p / p.sum((1, 2), keepdim=True) / len(p)),
            "you summed over images: divergences given x are averaged, with weights p(x).",
        ),
        Wrong(
            "the entropy of x left out",
            lambda p: h(p, 0, 1) + h(p, 0, 2) - h(p, 0, 1, 2),
            "H(x) is in both pairs and in all three: of two in the sum and one taken off, the entropy of x is left.",
        ),
        Wrong(
            "weights p(x) multiplied in twice",
            twice_weighted,
            "the weights p(x) came in twice: the table p(x, z_1, z_2) holds them already.",
        ),
        bits(tied),
    ),
    terms=lambda given: {
        "": {
            "H(x, z_1)": h(given["p"], 0, 1),
            "H(x, z_2)": h(given["p"], 0, 2),
            "minus H(x)": -h(given["p"], 0),
            "minus H(x, z_1, z_2)": -h(given["p"], 0, 1, 2),
            "~H(z_1)": h(given["p"], 1),
            "~H(z_2)": h(given["p"], 2),
            "~H(z_1, z_2)": h(given["p"], 1, 2),
        }
    },
    hints={
        "not started": "write all four informations with entropies of the table's margins. What is left?",
        "exception": "p is one tensor (images, values of z_1, values of z_2); p.sum(axis) gives a margin.",
        "shape": "one number is left.",
        "type": "return one number.",
        "not finite": "cells may be zero: 0 log 0 is 0, torch.special.xlogy(p, p).",
        "trap": "two latents of two values each, five images: mind which axis is the image.",
        "different": "the answer is an information again: that of z_1 and z_2, given something.",
    },
)

# What a hard code pays --------------------------------------------------------------------------------------------


def uses(seed: int) -> tuple[Case, ...]:
    def case(rung: str, s: int, values: int, width: float = 1.0, unused: int = 0) -> Case:
        g = torch.Generator().manual_seed(s)
        logits = width * torch.randn(values, generator=g, dtype=torch.float64)
        logits[:unused] = -torch.inf
        share = logits.softmax(0)
        return Case(rung, {"share": share}, {"values": values})

    return (
        Case("hand", {"share": numbers([0.5, 0.25, 0.25, 0.0])}, {"values": 4}, "shares {share} of {values} values"),
        case("random", seed + 1, 3),
        case("oracle", seed + 2, 6),
        case("trap", seed + 3, 10, 3.0),
        case("trap", seed + 4, 7, unused=2),
    )


def paid(share: Tensor) -> dict[str, Tensor]:
    says = -torch.special.xlogy(share, share).sum()
    return {"rate": share.new_tensor(math.log(len(share))), "information": says}


def by_counting(share: Tensor) -> dict[str, float]:
    """An image at value k: its rate is the surprise of k under the prior; what it says, that under the shares."""
    prior = 1 / len(share)
    each = [(s, -math.log(prior), -math.log(s)) for s in share.tolist() if s]
    return {"rate": sum(s * a for s, a, _ in each), "information": sum(s * b for s, _, b in each)}


def but(name, f):
    return lambda share: {**paid(share), name: f(share)}


PAID = Question(
    name="hard_code",
    kind="derive",
    title="What a hard code pays, and says",
    points=2,
    difficulty=2,
    importance=5,
    minutes=15,
    returns='{"rate": number, "information": number}, in nats',
    relation="the rate and I(x; c) of a code that gives each image one of K values; `share` says how often each comes",
    cases=uses,
    reference=paid,
    oracle=by_counting,
    wrong=(
        Wrong(
            "the rate is what is said",
            but("rate", lambda share: paid(share)["information"]),
            "before the image is seen all values are equally likely: a rate is paid against the prior, not the shares.",
        ),
        Wrong(
            "everything paid is said: information without a use",
            but("information", lambda share: share.new_tensor(math.log(len(share)))),
            "that would be so if all values were used alike. A value that always comes says nothing: look at the use.",
        ),
        Wrong(
            "the divergence from the prior for the rate",
            but("rate", lambda share: math.log(len(share)) - paid(share)["information"]),
            "that is the divergence of the shares from the prior: the part of the rate that says nothing.",
        ),
        Wrong(
            "the waste for the information",
            but("information", lambda share: math.log(len(share)) - paid(share)["information"]),
            "log K less what is said is the waste: what the rate pays beyond the information.",
        ),
        Wrong(
            "only values in use counted in the rate",
            but("rate", lambda share: (share > 0).sum().double().log()),
            "the prior knows all K values, also those that are not in use: count them all.",
        ),
        Wrong(
            "collisions: Renyi's entropy of order two",
            but("information", lambda share: -share.square().sum().log()),
            "that is minus the logarithm of the collisions, Renyi's entropy. The information is Shannon's.",
        ),
        Wrong(
            "logarithms averaged over values, not images",
            but("information", lambda share: -share[share > 0].log().mean()),
            "you averaged over values as if all were met alike: weigh each logarithm with its share of the images.",
            also=(but("information", lambda share: -(share.clamp_min(1e-12)).log().mean()),),
        ),
        bits(paid),
    ),
    conditions=(at_least(0.0, "an information is never negative", "information"),),
    hints={
        "not started": "what does one image at value k pay? What does that average to?",
        "exception": "share is a tensor of K probabilities.",
        "type": "return a dict with the keys rate and information.",
        "missing": "two entries: rate and information.",
        "shape": "one number an entry.",
        "not finite": "a share may be zero: then 0 log 0 is 0.",
        "trap": "some shares are very small here; the rate does not notice.",
        "different": "one of the two does not depend on the shares, only on how many there are.",
    },
)
