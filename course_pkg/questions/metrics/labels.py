"""What a mutual information gap says of the factors themselves: a question of the chapter `metrics`."""

import math

import numpy as np
import torch
from sklearn.metrics import mutual_info_score
from torch import Tensor

from course_pkg.grading import Case, Question, Wrong
from course_pkg.questions.metrics.tables import disorder, seeded
from course_pkg.questions.shared import after, at_least, at_most, numbers


def for_labels(seed: int) -> tuple[Case, ...]:
    def case(rung: str, sizes: list[int], bins: int, told: str = "") -> Case:
        return Case(rung, {"settings": sizes, "bins": bins}, {"factors": len(sizes)}, told)

    of = lambda s, low, high, n: torch.randint(low, high, (n,), generator=seeded(s)).tolist()
    return (
        case("hand", [5, 5], 2, "factors with {settings} settings, {bins} bins"),
        case("random", of(seed + 1, 9, 30, 3), 8),
        case("random", of(seed + 2, 21, 60, 4), 20),
        case("random", [7, 11, 12], 4),
        case("oracle", [3, 6, 40, 32, 32], 20),
        case("trap", [2, 3, *of(seed + 4, 13, 40, 2)], 12),
    )


def cells(size: int, bins: int, own: bool = False) -> Tensor:
    """How many settings fall into each bin. own: the largest gets a bin of its own."""
    at = torch.arange(size) * bins // (size - 1)
    return torch.bincount(at if own else at.clamp_max(bins - 1)).double()


def heard(size: int, bins: int, **how: bool) -> Tensor:
    """The entropy of the bin."""
    return disorder(cells(size, bins, **how) / size, 0)


def of_counts(at: list[int]) -> Tensor:
    """The entropy of where the settings are."""
    return disorder(torch.bincount(torch.tensor(at)).double() / len(at), 0)


def labels_by_scikit_learn(settings: list[int], bins: int) -> float:
    found = []
    for size in settings:
        f = np.arange(size)
        bin_of = np.clip(np.digitize(f / (size - 1), np.linspace(0, 1, bins + 1) - 1e-12) - 1, 0, bins - 1)
        found.append(mutual_info_score(f, bin_of) / math.log(size))
    return float(np.mean(found))


def over_factors(f):
    return lambda settings, bins: numbers([float(f(n, bins)) for n in settings]).mean()


right_labels = over_factors(lambda n, b: heard(n, b) / math.log(n))

LABELS = Question(
    name="mig_of_the_labels",
    kind="derive",
    title="What the labels get",
    points=3,
    difficulty=3,
    importance=4,
    minutes=20,
    returns="one number",
    relation="MIG, with bins of equal width, of the representation whose latents are the factors themselves, evenly "
    "from "
    "0 to 1, on a full grid",
    cases=for_labels,
    reference=right_labels,
    oracle=labels_by_scikit_learn,
    wrong=(
        Wrong(
            "a latent says every setting",
            lambda settings, bins: 1.0,
            "with fewer bins than settings a latent cannot say which setting it is.",
        ),
        Wrong(
            "settings fall evenly",
            over_factors(lambda n, b: math.log(min(n, b)) / math.log(n)),
            "if the bins do not divide the settings, some bins hold more of them: count, and take the entropy.",
        ),
        Wrong(
            "bins filled in turn, the last with the rest",
            over_factors(lambda n, b: of_counts([i // math.ceil(n / b) for i in range(n)]) / math.log(n)),
            "you filled each bin in turn, and the last took the rest. Bins of equal width hold as many, to within one.",
        ),
        Wrong(
            "in units of the bins",
            over_factors(lambda n, b: heard(n, b) / math.log(b)),
            "the gap is divided by the entropy of the factor, log n, whatever the bins are.",
        ),
        Wrong(
            "the last setting in a bin of its own",
            over_factors(lambda n, b: heard(n, b, own=True) / math.log(n)),
            "the value 1 belongs into the last bin: there are no more than B of them.",
        ),
        Wrong(
            "settings told apart, counted",
            over_factors(lambda n, b: min(n, b) / n),
            "that counts how many settings could be told apart. An information is an entropy: logarithms.",
        ),
        Wrong(
            "what the bins hide",
            lambda settings, bins: 1 - right_labels(settings, bins),
            "that is what the bins hide; asked for is what is left.",
        ),
        Wrong(
            "the ratio in another unit",
            after(right_labels, lambda v: v / math.log(2)),
            "both entropies in one unit: a ratio has none.",
        ),
        Wrong(
            "an information, not divided by an entropy",
            over_factors(heard),
            "that is the information itself, in nats: divide it by the entropy of the factor.",
        ),
        Wrong(
            "a ratio of sums",
            lambda settings, bins: sum(float(heard(n, bins)) for n in settings) / sum(map(math.log, settings)),
            "the gap is a ratio for each factor, averaged then. You divided one sum by another.",
        ),
        Wrong(
            "settings rounded to the nearest bin",
            over_factors(lambda n, b: of_counts([round(i / (n - 1) * (b - 1)) for i in range(n)]) / math.log(n)),
            "bins of equal width are cut, floor(B f): rounded to the nearest, the two outer bins are half as wide.",
            also=(  # what lies half way between two goes up
                over_factors(
                    lambda n, b: of_counts([int(i / (n - 1) * (b - 1) + 0.5) for i in range(n)]) / math.log(n)
                ),
            ),
        ),
    ),
    conditions=(at_least(0.0, "a share is not negative"), at_most(1.0, "a share is at most one")),
    hints={
        "not started": "one factor: which settings share a bin? Its information is the entropy of the bin.",
        "exception": "settings is a list of whole numbers, bins a whole number.",
        "shape": "one number, the average over factors.",
        "hand": "0, 1/4, 1/2, 3/4, 1 in two bins: two settings and three.",
        "trap": "some factors have fewer settings than there are bins.",
        "different": "the other latents are independent of the factor, so the second best says nothing.",
    },
)
