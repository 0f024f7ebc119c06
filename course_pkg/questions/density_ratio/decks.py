"""The logit of two decks: a question of the chapter `density_ratio`."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from course_pkg.grading import Case, Question, Symmetry, Wrong
from course_pkg.questions.shared import bits, normals, numbers

# The best logit -------------------------------------------------------------------------------------


def decks(seed: int) -> tuple[Case, ...]:
    def case(rung: str, cells: int, s: int, real: float, shuffled: float, low: float = 0.0) -> Case:
        q, bar = (t.log_softmax(0) - low for t in normals(s, 2, cells))
        return Case(rung, {"log_q": q, "log_bar": bar, "real": real, "shuffled": shuffled}, {"codes": cells})

    hand = {"log_q": numbers([0.5, 0.5]).log(), "log_bar": numbers([0.25, 0.75]).log(), "real": 6.0, "shuffled": 2.0}
    told = "{codes:word} codes, of probability {log_q:exp} and {log_bar:exp}; {real} real and {shuffled} shuffled"
    return (
        Case("hand", hand, {"codes": 2}, told),
        case("random", 7, seed + 1, 300.0, 100.0),
        case("random", 4, seed + 2, 20.0, 70.0),
        case("oracle", 9, seed + 3, 64.0, 640.0),
        case("trap", 5, seed + 4, 3.0, 50.0, low=900.0),
    )


def best_logit(log_q: Tensor, log_bar: Tensor, real: float, shuffled: float) -> Tensor:
    return log_q - log_bar + math.log(real / shuffled)


def logit_by_search(log_q: Tensor, log_bar: Tensor, real: float, shuffled: float) -> Tensor:
    """Where the slope of n_1 q log(1 + e^-T) + n_0 q-bar log(1 + e^T) changes its sign, by bisection of logarithms."""
    low, high = torch.full_like(log_q, -1e4), torch.full_like(log_q, 1e4)
    for _ in range(80):
        T = (low + high) / 2
        falls = math.log(real) + log_q + F.logsigmoid(-T) > math.log(shuffled) + log_bar + F.logsigmoid(T)
        low, high = torch.where(falls, T, low), torch.where(falls, high, T)
    return (low + high) / 2


def logit_terms(given):
    return {
        "": {
            "the logarithm of q over the product": given["log_q"] - given["log_bar"],
            "the logarithm of the number of real codes": torch.full_like(given["log_q"], math.log(given["real"])),
            "minus the logarithm of the number of shuffled ones": torch.full_like(
                given["log_q"], -math.log(given["shuffled"])
            ),
        }
    }


def but(f):
    """An answer from the log ratio and the two numbers."""
    return lambda log_q, log_bar, real, shuffled: f(log_q - log_bar, real, shuffled)


BEST_LOGIT = Question(
    name="best_logit",
    kind="derive",
    title="Two decks of unequal size",
    points=2,
    difficulty=2,
    importance=5,
    minutes=15,
    returns="one number a code, shape (codes,)",
    relation="the logit that minimises the cross-entropy, summed over all real and all shuffled codes",
    cases=decks,
    reference=best_logit,
    oracle=logit_by_search,
    wrong=(
        Wrong(
            "decks of one size: the numbers left out",
            but(lambda T, n1, n0: T),
            "that is right for decks of one size. A classifier learns how common each kind is, too.",
        ),
        Wrong(
            "the offset upside down",
            but(lambda T, n1, n0: T - math.log(n1 / n0)),
            "the more real codes there are, the likelier a code is to be real: the offset must raise the logit.",
        ),
        Wrong(
            "the share for the odds",
            but(lambda T, n1, n0: T + math.log(n1 / (n1 + n0))),
            "n1 / (n1 + n0) is the share of real codes. A logit is the logarithm of odds, n1 / n0.",
        ),
        Wrong(
            "ratios added where they multiply, without the second logarithm",
            but(lambda T, n1, n0: T + n1 / n0),
            "the ratios multiply, so their logarithms add: the second needs its logarithm as well.",
        ),
        Wrong(
            "the probability for the logit",
            but(lambda T, n1, n0: (T + math.log(n1 / n0)).sigmoid()),
            "that is the probability D. The logit is what the sigmoid is taken of.",
        ),
        Wrong(
            "the ratio upside down: positive where the product is larger",
            but(lambda T, n1, n0: -T + math.log(n1 / n0)),
            "the logit is positive where q is larger than the product.",
        ),
        Wrong(
            "the numbers for the ratio",
            but(lambda T, n1, n0: T * n1 / n0),
            "the numbers multiply the ratio, not its logarithm.",
        ),
        bits(best_logit),
        Wrong(
            "logarithms weighed by the numbers, as shares of the decks",
            lambda log_q, log_bar, real, shuffled: (real * log_q - shuffled * log_bar) / (real + shuffled),
            "you weighed logarithms by the decks' shares. A number multiplies a density: its logarithm is added.",
        ),
    ),
    terms=logit_terms,
    symmetries=(
        Symmetry(
            "change sign where the two decks are exchanged",
            lambda g: {"log_q": g["log_bar"], "log_bar": g["log_q"], "real": g["shuffled"], "shuffled": g["real"]},
            lambda g, v: -v,
        ),
    ),
    hints={
        "not started": "of all codes at one place, how many are real ones? Write it by Bayes' rule, and take the odds.",
        "exception": "log_q and log_bar are tensors (codes,), real and shuffled numbers: math.log takes numbers.",
        "shape": "log_q has one number a code; so has your answer.",
        "not finite": "stay with logarithms: a code may be so rare that its probability is zero in the computer.",
        "trap": "these codes are very rare in both decks. Their ratio is not.",
        "different": "set the slope of n1 q log(1 + e^-T) + n0 q-bar log(1 + e^T) in T to zero, and solve for T.",
    },
)
