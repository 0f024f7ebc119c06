"""Do two judges rank alike? A question of the chapter `benchmark`."""

from collections.abc import Callable

import torch
from scipy import stats
from torch import Tensor

from course_pkg.grading import Case, Question, Symmetry, Wrong
from course_pkg.questions.shared import after, at_least, at_most, numbers


def judged(seed: int) -> tuple[Case, ...]:
    """Scores of some systems by two judges that see something alike: (systems, seeds) each."""

    def case(rung: str, s: int, systems: int, seeds: int, full: int = 0) -> Case:
        g = torch.Generator().manual_seed(1000 * seed + s)
        rand = lambda *shape: torch.rand(shape, generator=g, dtype=torch.float64)
        level = rand(systems, 1)
        first, second = (0.4 * level**power + 0.3 * rand(systems, 1) + 0.2 * rand(systems, seeds) for power in (1, 4))
        second[:full] = 1.0
        return Case(rung, {"first": first, "second": second}, {"systems": systems, "seeds": seeds})

    first = numbers([[0.1, 0.3], [0.4, 0.6], [0.7, 0.9]])
    second = numbers([[0.2, 0.4], [0.9, 0.9], [0.8, 0.4]])
    told = "by the first judge {first}, by the second {second}"
    return (
        Case("hand", {"first": first, "second": second}, {"systems": 3, "seeds": 2}, told),
        case("random", 1, 8, 5),
        case("random", 2, 12, 3),
        case("random", 3, 6, 10),
        case("oracle", 4, 10, 4, full=2),
        case("trap", 5, 9, 4, full=4),
    )


def places(x: Tensor) -> Tensor:
    """1 for the smallest; those that are alike share the mean of their places."""
    return (x[:, None] > x).double().sum(1) + 0.5 * ((x[:, None] == x).double().sum(1) + 1)


def tied(a: Tensor, b: Tensor) -> Tensor:
    a, b = a - a.mean(), b - b.mean()
    return a @ b / (a.norm() * b.norm())


def agreement(of: Callable = lambda x: x.mean(1), rank: Callable = places):
    """An answer. of: one number a system (or more)."""
    return lambda first, second: tied(rank(of(first)), rank(of(second)))


def seed_by_seed(first: Tensor, second: Tensor) -> Tensor:
    return torch.stack([tied(places(a), places(b)) for a, b in zip(first.mT, second.mT, strict=True)]).mean()


def by_distances(first: Tensor, second: Tensor) -> Tensor:
    """The textbook's shortcut, which knows no ties."""
    n = len(first)
    return 1 - 6 * (places(first.mean(1)) - places(second.mean(1))).square().sum() / (n * (n**2 - 1))


def pairs_in_order(first: Tensor, second: Tensor) -> float:
    return float(stats.kendalltau(first.mean(1).numpy(), second.mean(1).numpy(), variant="b").statistic)


def by_scipy(first: Tensor, second: Tensor) -> float:
    return float(stats.spearmanr(first.numpy().mean(1), second.numpy().mean(1)).statistic)


JUDGES = Question(
    name="judges_agree",
    kind="implement",
    title="Do the judges rank alike?",
    points=2,
    difficulty=2,
    importance=4,
    minutes=15,
    returns="one number from -1 to 1",
    relation="Spearman's correlation of two metrics over systems, each of which counts once, by its mean over seeds; "
    "systems that are alike share a rank",
    cases=judged,
    reference=agreement(),
    oracle=by_scipy,
    wrong=(
        Wrong(
            "each run a system",
            agreement(lambda x: x.flatten()),
            "you ranked runs: a further run of one system is no further system.",
        ),
        Wrong(
            "the means themselves, not their ranks",
            agreement(rank=lambda x: x),
            "that is the correlation of the means themselves. A ranking knows no distances.",
        ),
        Wrong(
            "a mean over seeds of their own correlations",
            seed_by_seed,
            "you correlated within each of the seeds and took the mean: noise lowers each. Take the means first.",
        ),
        Wrong(
            "ties broken by their place",
            agreement(rank=lambda x: x.argsort(stable=True).argsort().double()),
            "systems that are alike share a rank: their place in the table must not break ties.",
        ),
        Wrong(
            "argsort for the ranks: who is at a place, not which place",
            agreement(rank=lambda x: x.argsort(stable=True).double()),
            "argsort says who stands at each place; a rank is the place that each has: argsort of that argsort.",
        ),
        Wrong(
            "the shortcut of squared distances",
            by_distances,
            "the shortcut with squared distances of ranks holds where no two are alike, and here some are.",
        ),
        Wrong(
            "the share of pairs in order",
            pairs_in_order,
            "that counts pairs in order: Kendall's tau, not Spearman's correlation.",
        ),
        Wrong(
            "one ranking upside down",
            after(agreement(), lambda v: -v),
            "one of your rankings begins with the best, the other with the worst: it is upside down.",
        ),
        Wrong(
            "the best run of a system for its mean",
            agreement(lambda x: x.amax(1)),
            "a system counts by its mean, not by its best run.",
        ),
        Wrong(
            "squared, how much one says of the other",
            after(agreement(), lambda v: v**2),
            "squared it forgets its sign: judges that contradict each other would agree.",
        ),
    ),
    conditions=(at_least(-1.0, "a correlation is -1 or more"), at_most(1.0, "a correlation is at most 1")),
    symmetries=(
        Symmetry("stay the same where one judge uses another scale", lambda g: {"first": 10 * g["first"] + 1}),
        Symmetry(
            "stay the same where the systems come in another order",
            lambda g: {"first": g["first"].flip(0), "second": g["second"].flip(0)},
        ),
    ),
    hints={
        "not started": "a mean for each system, a rank for each mean, then torch.corrcoef of both.",
        "exception": "first and second are (systems, seeds).",
        "shape": "return one number, the entry beside the diagonal of torch.corrcoef.",
        "trap": "the second judge gives several systems the same.",
        "different": "the best judge of your code is scipy.stats.spearmanr, of the means.",
    },
)
