"""Values for the images of a batch, relaxed and matched: questions of the chapter `cascade`."""

import itertools

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from course_pkg.grading import Case, Question, Symmetry, Wrong
from course_pkg.questions.shared import normals, numbers

# The assignment of least cost --------------------------------------------------------------------------------------


def batches(seed: int) -> tuple[Case, ...]:
    def case(rung: str, s: int, images: int, values: int, lam: float) -> Case:
        costs = 2 + normals(s, 1, images, values)[0]
        costs[:, 0] = costs[:, 0] - 2
        return Case(rung, {"costs": costs, "lam": lam}, {"images": images, "values": values})

    hand = {"costs": numbers([[1.0, 2.0], [1.0, 1.5], [1.0, 3.0]]), "lam": 0.75}
    told = "{images:word} images, {values:word} values, costs {costs}, and {lam} for each pair at one value"
    return (
        Case("hand", hand, {"images": 3, "values": 2}, told),
        case("random", seed + 1, 7, 3, 0.2),
        case("random", seed + 4, 7, 5, 1.0),
        case("oracle", seed + 2, 6, 2, 0.3),
        case("trap", seed + 3, 8, 3, 1.5),
    )


def crowd(chosen: Tensor, values: int) -> Tensor:
    return torch.bincount(chosen, minlength=values).double()


def least(costs: Tensor, lam: float) -> Tensor:
    places = (costs[:, :, None] + lam * torch.arange(len(costs), dtype=costs.dtype)).flatten(1).numpy()
    return torch.as_tensor(places[linear_sum_assignment(places)].sum())


def least_by_trying(costs: Tensor, lam: float) -> float:
    images, values = costs.shape
    table = costs.tolist()

    def price(chosen: tuple[int, ...]) -> float:
        pairs = sum(a == b for a, b in itertools.combinations(chosen, 2))
        return sum(table[i][k] for i, k in enumerate(chosen)) + lam * pairs

    return min(price(chosen) for chosen in itertools.product(range(values), repeat=images))


def at_best(costs: Tensor, lam: float) -> Tensor:
    n = crowd(costs.argmin(1), costs.shape[1])
    return costs.min(1).values.sum() + lam * (n * (n - 1)).sum() / 2


def one_by_one(costs: Tensor, lam: float) -> Tensor:
    n, total = costs.new_zeros(costs.shape[1]), costs.new_zeros(())
    for row in costs:
        k = (row + lam * n).argmin()
        total, n[k] = total + row[k] + lam * n[k], n[k] + 1
    return total


def in_equal_shares(costs: Tensor, lam: float) -> Tensor:
    places = -(-len(costs) // costs.shape[1])
    table = costs.repeat_interleave(places, 1).numpy()
    chosen = torch.from_numpy(linear_sum_assignment(table)[1] // places)
    n = crowd(chosen, costs.shape[1])
    return costs.gather(1, chosen[:, None]).sum() + lam * (n * (n - 1)).sum() / 2


def within_equal_shares(costs: Tensor, lam: float) -> Tensor:
    """The least cost among assignments with no more at one value than an equal share, rounded up."""
    share = -(-len(costs) // costs.shape[1])
    places = (costs[:, :, None] + lam * torch.arange(share, dtype=costs.dtype)).flatten(1).numpy()
    return torch.as_tensor(places[linear_sum_assignment(places)].sum())


def once_each(costs: Tensor, lam: float) -> Tensor:
    places = (costs[:, :, None] + lam * (torch.arange(len(costs)) > 0).to(costs)).flatten(1).numpy()
    return torch.as_tensor(places[linear_sum_assignment(places)].sum())


LEAST = Question(
    name="least_cost",
    kind="implement",
    title="The assignment of least cost",
    points=3,
    difficulty=4,
    importance=5,
    minutes=30,
    returns="one number, in nats",
    relation="the least, over every way to give each image one value, of the images' costs plus lam for each pair of "
    "images at one value",
    cases=batches,
    reference=least,
    oracle=least_by_trying,
    wrong=(
        Wrong(
            "each image at its best value, and then the pairs",
            at_best,
            "you chose the best value of each image first and paid for the pairs afterwards. Both are chosen together.",
        ),
        Wrong(
            "without the price of crowds",
            lambda costs, lam: costs.min(1).values.sum(),
            "the price of crowds is left out: lam for each pair at one value.",
        ),
        Wrong(
            "each pair paid twice",
            lambda costs, lam: least(costs, 2 * lam),
            "you paid n (n - 1) for n images at one value. That counts each pair twice.",
        ),
        Wrong(
            "lam once for each further image",
            once_each,
            "you paid lam once for each further image at a value. It makes a pair with every image that is there.",
        ),
        Wrong(
            "an image that crowds with itself",
            lambda costs, lam: least(costs + lam / 2, lam),
            "n squared over two: an image makes no pair with itself.",
        ),
        Wrong(
            "images one by one, in the order of the batch",
            one_by_one,
            "images came one by one and took what was cheapest then. The order of a batch means nothing.",
        ),
        Wrong(
            "equal shares for all values",
            in_equal_shares,
            "nothing asks for equal shares: a value may be crowded if that is worth its price.",
            also=(within_equal_shares,),
        ),
        Wrong(
            "a mean over the batch",
            lambda costs, lam: least(costs, lam) / len(costs),
            "the whole batch is asked for: you gave its mean.",
        ),
    ),
    symmetries=(Symmetry("stay the same where images change places", lambda given: {"costs": given["costs"].flip(0)}),),
    hints={
        "not started": "give each value a place for each image; the m-th place costs m lam more. Then it is a linear "
        "assignment (scipy.optimize.linear_sum_assignment).",
        "exception": "costs is (images, values) and lam a number; flatten (images, values, places) to two axes.",
        "shape": "sum over the images: one number is left.",
        "type": "return one number.",
        "trap": "a pair is dear here, so many images give up their best value.",
        "different": "count the pairs of three images at one value: three. What do places 0, 1 and 2 add up to?",
    },
)
