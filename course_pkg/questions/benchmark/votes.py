"""How many votes a run deserves: a question of the chapter `benchmark`."""

import math

import torch
from scipy import optimize

from course_pkg.grading import Case, Question, Symmetry, Wrong
from course_pkg.questions.shared import at_least


def budgets(seed: int) -> tuple[Case, ...]:
    case = lambda rung, run, vote, train, count, told="": Case(
        rung, {"run": run, "vote": vote, "train": train, "count": count}, {}, told
    )
    u = torch.rand(9, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).tolist()
    told = "variances: of a run {run}, of a vote {vote}; seconds: to train {train}, to count a vote {count}"
    return (
        case("hand", 1.0, 4.0, 9.0, 1.0, told),
        case("random", 0.5 + u[0], 5 + 10 * u[1], 30 + 20 * u[2], 0.1 + 0.2 * u[3]),
        case("random", 2 + u[4], 1 + u[5], 10 * u[6] + 5, 0.02 + 0.01 * u[7]),
        case("oracle", 0.3 + u[8], 20.0, 40 + 5 * u[0], 0.5),
        case("trap", 0.01 + 0.001 * u[1], 0.15 + 0.01 * u[2], 35.0 + u[3], 0.001 + 0.0002 * u[4]),
    )


def deserved(run: float, vote: float, train: float, count: float) -> float:
    return math.sqrt(vote / run * train / count)


def by_descent(run: float, vote: float, train: float, count: float) -> float:
    """The votes at which a second buys most: the variance of a mean times what its runs cost, as low as it goes."""
    price = lambda log_v: math.log((run + vote * math.exp(-log_v)) * (train + count * math.exp(log_v)))
    return math.exp(optimize.minimize_scalar(price, bracket=(-3.0, 3.0), tol=1e-12).x)


DESERVED = Question(
    name="votes_of_a_run",
    kind="derive",
    title="How many votes does a run deserve?",
    points=2,
    difficulty=3,
    importance=3,
    minutes=20,
    returns="one number, which need not be whole",
    relation="the votes to a run at which the mean over runs has the smallest variance that the seconds can buy",
    cases=budgets,
    reference=deserved,
    oracle=by_descent,
    wrong=(
        Wrong(
            "no root",
            lambda run, vote, train, count: vote / run * train / count,
            "set the derivative to zero: the square of the votes stands there, so a root is to be taken.",
        ),
        Wrong(
            "the ratio upside down",
            lambda run, vote, train, count: 1 / deserved(run, vote, train, count),
            "the dearer a run and the noisier a vote, the more votes: your ratio is upside down.",
        ),
        Wrong(
            "the variances exchanged",
            lambda run, vote, train, count: deserved(vote, run, train, count),
            "where runs differ much more runs are worth more than votes: the variances are exchanged.",
        ),
        Wrong(
            "the seconds exchanged",
            lambda run, vote, train, count: deserved(run, vote, count, train),
            "where training is dear, votes are worth it: the seconds are exchanged.",
        ),
        Wrong(
            "as much noise of votes as of runs",
            lambda run, vote, train, count: vote / run,
            "you made the noise of votes equal to that of runs, whatever they cost: the price counts as well.",
        ),
        Wrong(
            "as many seconds for votes as for training",
            lambda run, vote, train, count: train / count,
            "as many seconds for the votes as for the training is a rule of thumb: how noisy they are counts as well.",
        ),
        Wrong(
            "variances taken for deviations and squared",
            lambda run, vote, train, count: vote / run * math.sqrt(train / count),
            "run and vote are variances already: you took them for deviations and squared them.",
        ),
        Wrong(
            "deviations for variances, one root more",
            lambda run, vote, train, count: (vote / run) ** 0.25 * math.sqrt(train / count),
            "you took one root more of the variances: deviations do not add, variances do.",
        ),
    ),
    conditions=(at_least(0.0, "a number of votes is not negative"),),
    symmetries=(
        Symmetry(
            "stay the same in other seconds (both doubled)",
            lambda g: {"train": 2 * g["train"], "count": 2 * g["count"]},
        ),
        Symmetry(
            "stay the same where both variances are doubled", lambda g: {"run": 2 * g["run"], "vote": 2 * g["vote"]}
        ),
    ),
    hints={
        "not started": "n runs of V votes: write down the variance of their mean and what they cost, and multiply.",
        "exception": "run, vote, train and count are numbers.",
        "shape": "return one number.",
        "different": "in the product of variance and cost only the terms V and 1 / V change: where are they equal?",
    },
)
