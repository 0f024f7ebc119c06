"""A p-value: a question of the chapter `mmd`."""

import torch
from torch import Tensor

from course_pkg.grading import Case, Question, Symmetry, Wrong
from course_pkg.questions.shared import numbers

# The p-value --------------------------------------------------------------------------------------------------


def permuted(seed: int) -> tuple[Case, ...]:
    def case(rung: str, observed: float, values: Tensor, told: str = "") -> Case:
        return Case(rung, {"observed": observed, "values": values}, {"permutations": len(values)}, told)

    g = torch.Generator().manual_seed(seed)
    draw = lambda n: torch.randn(n, generator=g, dtype=torch.float64)
    ties = torch.randint(-2, 3, (19,), generator=g).double()
    ties[:5] = numbers([1.0, 1.0, 1.0, 2.0, -2.0])
    return (
        case("hand", 2.0, numbers([1.0, 3.0, -1.0, 2.0]), "observed {observed}, permuted {values}"),
        case("random", 0.4, draw(39)),
        case("oracle", -0.3, draw(24)),
        case("trap", 1.0, ties),
    )


def p_value(observed: float, values: Tensor) -> float:
    return (float((values >= observed).sum()) + 1) / (len(values) + 1)


def by_rank(observed: float, values: Tensor) -> float:
    """The share of all labellings, the observed one included, that are at least as large."""
    every = sorted([*values.tolist(), observed], reverse=True)
    return (len(every) - every[::-1].index(observed)) / len(every)


P_VALUE = Question(
    name="p_value",
    kind="implement",
    title="One of M + 1",
    points=2,
    difficulty=2,
    importance=5,
    minutes=10,
    returns="one number between 1/(M + 1) and 1",
    relation="the share of all M + 1 labellings, the observed one included, whose value is at least as large",
    cases=permuted,
    reference=p_value,
    oracle=by_rank,
    wrong=(
        Wrong(
            "b / M: the observed labelling left out, it can be 0",
            lambda observed, values: float((values >= observed).sum()) / len(values),
            "the observed labelling is one of them: it can be 0 as it is, and rejects too often.",
        ),
        Wrong(
            "(b + 1) / M, one labelling more than M",
            lambda observed, values: (float((values >= observed).sum()) + 1) / len(values),
            "you counted it above, but the M + 1 labellings below are one more than M.",
        ),
        Wrong(
            "b / (M + 1): the observed one not above",
            lambda observed, values: float((values >= observed).sum()) / (len(values) + 1),
            "you counted the observed one below, but not above.",
        ),
        Wrong(
            "permuted values that are smaller counted, not as large",
            lambda observed, values: (float((values <= observed).sum()) + 1) / (len(values) + 1),
            "a large MMD speaks against one law: count the permuted values that are as large or larger.",
        ),
        Wrong(
            "ties do not count: strictly larger",
            lambda observed, values: (float((values > observed).sum()) + 1) / (len(values) + 1),
            "ties must count against you: as large or larger. Small samples and discrete data have many.",
        ),
        Wrong(
            "absolute values",
            lambda observed, values: (float((values.abs() >= abs(observed)).sum()) + 1) / (len(values) + 1),
            "a negative estimate is no evidence of a difference: no absolute values.",
        ),
        Wrong(
            "a p-value that is large where the observed value is large",
            lambda observed, values: 1 - (float((values >= observed).sum()) + 1) / (len(values) + 1),
            "a p-value is small where the observed value is large.",
        ),
        Wrong(
            "half of each tie",
            lambda observed, values: (
                (float((values > observed).sum()) + 0.5 * float((values == observed).sum()) + 1) / (len(values) + 1)
            ),
            "the mid-p value, which counts half of each tie, is too small for a level that holds: count it whole.",
        ),
        Wrong(
            "a normal law with the deviation of the permuted values",
            lambda observed, values: float(torch.special.ndtr(-(observed - values.mean()) / values.std())),
            "you took the permuted values for a normal law with their mean and deviation. Count them instead.",
        ),
    ),
    symmetries=(
        Symmetry(
            "stay the same where all values are doubled",
            lambda g: {"observed": 2 * g["observed"], "values": 2 * g["values"]},
        ),
    ),
    hints={
        "not started": "count the permuted values that are at least as large, and do not forget the observed one.",
        "exception": "observed is a number, values a tensor of M numbers.",
        "shape": "return one number.",
        "trap": "many values of this case are equal to the observed one.",
        "different": "how many labellings are there in all?",
    },
)
