"""A relaxed sample and a matched accuracy, as found and mended: questions of the chapter `cascade`."""

import itertools
import math

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from course_pkg.grading import Case, Question, Wrong
from course_pkg.questions.shared import ROWS, at_least, numbers

# A relaxed sample -------------------------------------------------------------------------------------------------


def draws(seed: int) -> tuple[Case, ...]:
    def case(rung: str, s: int, batch: int, values: int, tau: float, steep: float = 1.0) -> Case:
        g = torch.Generator().manual_seed(s)
        given = {
            "logits": steep * torch.randn(batch, values, generator=g, dtype=torch.float64),
            "u": 0.02 + 0.96 * torch.rand(batch, values, generator=g, dtype=torch.float64),
            "temperature": tau,
        }
        return Case(rung, given, {"batch": batch, "values": values})

    hand = {"logits": numbers([[0.0, 0.0]]), "u": numbers([[0.5, 0.25]]), "temperature": 1.0}
    return (
        Case("hand", hand, {"batch": 1, "values": 2}, "logits {logits}, uniform numbers {u}, at {temperature}"),
        case("random", seed + 1, 5, 3, 0.67),
        case("oracle", seed + 2, 4, 6, 0.4),
        case("trap", seed + 3, 3, 3, 1.7, 3.0),
    )


def sample(logits: Tensor, u: Tensor, temperature: float) -> Tensor:
    return ((logits - (-u.log()).log()) / temperature).softmax(1)


def by_powers(logits: Tensor, u: Tensor, temperature: float) -> list[list[float]]:
    """(e^logit / -log u)^(1 / tau), divided by their sum."""
    found = []
    for row, noise in zip(logits.tolist(), u.tolist(), strict=True):
        heights = [(math.exp(a) / -math.log(b)) ** (1 / temperature) for a, b in zip(row, noise, strict=True)]
        found.append([value / sum(heights) for value in heights])
    return torch.tensor(found, dtype=torch.float64)  # type: ignore[return-value]


SAMPLE = Question(
    name="relaxed_sample",
    kind="debug",
    title="A sample that trains",
    points=3,
    difficulty=3,
    importance=4,
    minutes=20,
    returns="relaxed one-hot rows, shape (batch, values)",
    relation="softmax of (logits + Gumbel noise) / temperature, the noise -log(-log u) of uniform numbers u",
    cases=draws,
    reference=sample,
    oracle=by_powers,
    wrong=(
        Wrong(
            "one logarithm only: exponential noise",
            lambda logits, u, temperature: ((logits - u.log()) / temperature).softmax(1),
            "-log u is exponential noise. Gumbel noise takes another logarithm, and another minus.",
        ),
        Wrong(
            "uniform numbers added as they are",
            lambda logits, u, temperature: ((logits + u) / temperature).softmax(1),
            "uniform numbers are no Gumbel noise as they are: they need two logarithms, each with a minus.",
        ),
        Wrong(
            "Gaussian, not Gumbel",
            lambda logits, u, temperature: ((logits + torch.special.ndtri(u)) / temperature).softmax(1),
            "a Gaussian addend does not let each value be the largest as often as it is probable: Gumbel's law does.",
        ),
        Wrong(
            "the minus in front forgotten",
            lambda logits, u, temperature: ((logits + (-u.log()).log()) / temperature).softmax(1),
            "log(-log u) is Gumbel noise upside down: there is a minus in front.",
        ),
        Wrong(
            "the temperature multiplies",
            lambda logits, u, temperature: ((logits - (-u.log()).log()) * temperature).softmax(1),
            "a low temperature must bring the sample near a corner: it divides, and does not multiply.",
        ),
        Wrong(
            "only the logits cooled",
            lambda logits, u, temperature: (logits / temperature - (-u.log()).log()).softmax(1),
            "logits and noise are divided together; with cooled logits alone the values come at other rates.",
        ),
        Wrong(
            "only the noise cooled",
            lambda logits, u, temperature: (logits - (-u.log()).log() / temperature).softmax(1),
            "the noise is divided by the temperature, and the logits with it.",
        ),
        Wrong(
            "softmax over the batch",
            lambda logits, u, temperature: ((logits - (-u.log()).log()) / temperature).softmax(0),
            "each row is a sample: the softmax runs over values, not over the batch.",
        ),
        Wrong(
            "probabilities for logits",
            lambda logits, u, temperature: ((logits.softmax(1) - (-u.log()).log()) / temperature).softmax(1),
            "the noise is added to logits, which are logarithms; you added it to probabilities.",
        ),
    ),
    conditions=(ROWS, at_least(0.0, "a share is not negative")),
    hints={
        "not started": "read it from the inside: noise, sum, temperature, softmax. What differs from the relation?",
        "exception": "logits and u are (batch, values), temperature is a number.",
        "shape": "a row a sample: the axes are those of the logits.",
        "type": "return a tensor.",
        "not finite": "u lies strictly between 0 and 1: both logarithms exist.",
        "trap": "a temperature above one flattens.",
        "different": "at a very low temperature the largest of logit plus noise must win.",
    },
)

# Matched values ---------------------------------------------------------------------------------------------------


def counted(seed: int) -> tuple[Case, ...]:
    def case(rung: str, s: int, values: int, labels: int) -> Case:
        g = torch.Generator().manual_seed(s)
        table = torch.randint(1, 30, (values, labels), generator=g)
        table[1] = table[0] + torch.randint(0, 3, (labels,), generator=g)
        return Case(rung, {"table": table.double()}, {"values": values, "labels": labels})

    hand = numbers([[20.0, 10.0, 0.0], [30.0, 0.0, 10.0], [0.0, 20.0, 10.0]])
    return (
        Case("hand", {"table": hand}, {"values": 3, "labels": 3}, "a table of values and labels: {table}"),
        case("random", seed + 1, 3, 3),
        case("oracle", seed + 2, 4, 4),
        case("trap", seed + 3, 5, 3),
    )


def matched(table: Tensor) -> Tensor:
    rows, columns = linear_sum_assignment(table.numpy(), maximize=True)
    return table[rows, columns].sum() / table.sum()


def by_permutations(table: Tensor) -> float:
    counts = table.tolist()
    values, labels = len(counts), len(counts[0])
    orders = itertools.permutations(range(values), labels)
    best = max(sum(counts[k][label] for label, k in enumerate(order)) for order in orders)
    return best / sum(map(sum, counts))


def taken_in_turn(table: Tensor) -> Tensor:
    left, total = table.clone(), 0.0
    for _ in range(min(table.shape)):
        i, j = np.unravel_index(int(left.argmax()), tuple(left.shape))
        total += left[i, j].item()
        left[i], left[:, j] = -1, -1
    return torch.as_tensor(total).double() / table.sum()


ACCURACY = Question(
    name="matched_accuracy",
    kind="debug",
    title="An accuracy that flatters",
    points=2,
    difficulty=2,
    importance=5,
    minutes=15,
    returns="one number from 0 to 1",
    relation="the share of images on a best matching, one value for each label and one label for each value at most; "
    "table[k, l] counts images of value k and label l, with as many values as labels or more",
    cases=counted,
    reference=matched,
    oracle=by_permutations,
    wrong=(
        Wrong(
            "by majority: two values for one label",
            lambda table: table.max(1).values.sum() / table.sum(),
            "by majority two values may stand for one label. A value an image would score 1 that way.",
        ),
        Wrong(
            "each label's best value",
            lambda table: table.max(0).values.sum() / table.sum(),
            "each label has its best value here, so that one value may stand for several labels.",
        ),
        Wrong(
            "matched by number",
            lambda table: table.diagonal().sum() / table.sum(),
            "numbers are names: value 0 need not stand for label 0. Find the best matching.",
        ),
        Wrong(
            "the largest cell first",
            taken_in_turn,
            "the largest cell first, then the next, is greedy: it may leave a bad rest.",
        ),
        Wrong(
            "each label counted alike: recalls averaged",
            lambda table: (lambda rows, columns: (table[rows, columns] / table.sum(0)[columns]).mean())(
                *linear_sum_assignment(table.numpy(), maximize=True)
            ),
            "you averaged recalls, so that each label counts alike. Asked is the share of images.",
        ),
        Wrong(
            "divided by the images of the matched values alone",
            lambda table: (lambda rows, columns: table[rows, columns].sum() / table[rows].sum())(
                *linear_sum_assignment(table.numpy(), maximize=True)
            ),
            "you divided by the images of the matched values: those of the other values are wrong, and count, too.",
        ),
        Wrong(
            "the worst matching",
            lambda table: (lambda rows, columns: table[rows, columns].sum() / table.sum())(
                *linear_sum_assignment(table.numpy())
            ),
            "linear_sum_assignment minimises: that is the worst matching. Ask for maximize=True.",
        ),
    ),
    hints={
        "not started": "which line lets two values stand for one label? A matching uses each row and each column once.",
        "exception": "table is (values, labels), numbers of images as floats; scipy takes table.numpy().",
        "shape": "one number is left.",
        "type": "return one number.",
        "trap": "there are more values than labels: some stand for none.",
        "different": "try every way to give the labels different values, and take the best.",
    },
)
