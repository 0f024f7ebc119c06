"""What pairs and missing factors come to: questions of the chapter `metrics`."""

import math

import scipy.integrate
import scipy.stats
import torch
from torch import Tensor

from course_pkg.grading import Case, Question, Symmetry, Wrong
from course_pkg.questions.metrics.tables import seeded
from course_pkg.questions.shared import at_least, at_most, numbers

# Pairs of Gaussian codes --------------------------------------------------------------------------------------------


def variances_of(seed: int) -> tuple[Case, ...]:
    def case(rung: str, s: int, k: int, d: int) -> Case:
        variances = (1.5 * torch.randn(k, d, generator=seeded(s), dtype=torch.float64)).exp()
        if rung == "trap":
            variances[torch.arange(min(k, d)), torch.arange(min(k, d))] = 0.0  # each factor stands still in a latent
        return Case(rung, {"variances": variances}, {"factors": k, "latents": d})

    hand = {"variances": numbers([[math.pi, 4 * math.pi]])}
    told = "the variances of the latents within a setting are {variances}"
    return (
        Case("hand", hand, {"factors": 1, "latents": 2}, told),
        case("random", seed + 1, 3, 4),
        case("random", seed + 2, 5, 2),
        case("oracle", seed + 3, 2, 3),
        case("trap", seed + 4, 3, 5),
    )


def distance_by_quadrature(variances: Tensor) -> Tensor:
    """The mean of |z - z'| over the density of a difference."""

    def one(variance: float) -> float:
        if variance == 0:
            return 0.0
        width = math.sqrt(2 * variance)
        weighed = lambda u: 2 * u * scipy.stats.norm.pdf(u, scale=width)
        return float(scipy.integrate.quad(weighed, 0, 12 * width, epsabs=0, epsrel=1e-11, limit=200)[0])

    return numbers([[one(v) for v in row] for row in variances.tolist()])


def of_variance(f):
    return lambda variances: f(variances)


right_distance = of_variance(lambda v: (4 * v / math.pi).sqrt())

DISTANCE = Question(
    name="mean_distance",
    kind="derive",
    title="What Higgins' points come to",
    points=2,
    difficulty=2,
    importance=4,
    minutes=15,
    returns="a table (factors, latents)",
    relation="the mean of |z_j - z_j'| over independent pairs that share a setting, where z_j is Gaussian with the "
    "given "
    "variance within each setting",
    cases=variances_of,
    reference=right_distance,
    oracle=distance_by_quadrature,
    wrong=(
        Wrong(
            "one code alone, |z - mean|",
            of_variance(lambda v: (2 * v / math.pi).sqrt()),
            "that is the mean of |z - mean|. A pair has two independent codes: the variance of their difference is "
            "twice "
            "as large.",
        ),
        Wrong(
            "the root of the mean square",
            of_variance(lambda v: (2 * v).sqrt()),
            "that is the root of the mean of (z - z')^2. The mean of a size is less: by the root of 2 over pi.",
        ),
        Wrong(
            "the mean square",
            of_variance(lambda v: 2 * v),
            "that is the mean of (z - z')^2. Higgins et al. average distances, not squares.",
        ),
        Wrong(
            "one deviation",
            of_variance(lambda v: v.sqrt()),
            "that is the deviation of one code. Asked for is a mean distance of two.",
        ),
        Wrong(
            "the median distance",
            of_variance(lambda v: (2 * v).sqrt() * scipy.stats.norm.ppf(0.75)),
            "that is the distance that half of the pairs exceed. Large ones pull the mean up.",
        ),
        Wrong(
            "variances taken for deviations",
            of_variance(lambda v: 2 * v / math.sqrt(math.pi)),
            "the table holds variances: a distance grows with their root.",
        ),
    ),
    conditions=(at_least(0.0, "a distance is not negative"),),
    symmetries=(
        Symmetry(
            "double where variances are four times as large",
            lambda g: {"variances": 4 * g["variances"]},
            lambda g, v: 2 * v,
        ),
    ),
    hints={
        "not started": "what is the distribution of z - z'? Then the mean of the size of a Gaussian with mean 0.",
        "exception": "variances is a tensor; torch roots and products act on each entry.",
        "shape": "one number for each entry of the table.",
        "trap": "some latents stand still: their distance is 0.",
        "different": "z - z' is Gaussian with mean 0. What is its variance?",
    },
)

# Missing factors ----------------------------------------------------------------------------------------------------


def with_missing(seed: int) -> tuple[Case, ...]:
    def case(rung: str, factors: int, missing: int, told: str = "") -> Case:
        return Case(rung, {"factors": factors, "missing": missing}, {"factors": factors, "missing": missing}, told)

    of = lambda s, low, high: int(torch.randint(low, high, (), generator=seeded(s)))
    many = of(seed + 2, 7, 12)
    return (
        case("hand", 4, 2, "{factors} factors, {missing} of them missing"),
        case("random", 6, of(seed + 1, 3, 6)),
        case("random", many, many - 3),
        case("oracle", 9, 5),
        case("trap", of(seed + 3, 3, 9), 0),
    )


def best_by_enumeration(factors: int, missing: int) -> dict[str, float]:
    """Signatures of fixed factors, and the best guess among those that look alike."""
    present = factors - missing
    looks = [tuple(j != k for j in range(present)) for k in range(factors)]
    winners = [k if k < present else 0 for k in range(factors)]  # no latent is still: any of them wins
    best = lambda names: len(set(names)) / factors
    return {"higgins": best(looks), "kim_mnih": best(winners)}


def for_missing(higgins, kim_mnih):
    return lambda factors, missing: {"higgins": higgins(factors, missing), "kim_mnih": kim_mnih(factors, missing)}


by_elimination = lambda k, m: (k - m + (m > 0)) / k
by_votes = lambda k, m: (k - m) / k

AT_BEST = Question(
    name="best_scores",
    kind="derive",
    title="The price of a missing factor",
    points=2,
    difficulty=2,
    importance=5,
    minutes=15,
    returns='{"higgins": one number, "kim_mnih": one number}',
    relation="the best that both scores can be, with many pairs and many images to a vote, if so many factors are "
    "missing "
    "and each of the others is alone in a latent",
    cases=with_missing,
    reference=for_missing(by_elimination, by_votes),
    oracle=best_by_enumeration,
    wrong=(
        Wrong(
            "no latent still, and nothing concluded",
            for_missing(by_votes, by_votes),
            "if no latent is still, the fixed factor is one of the missing: a classifier learns to name one of them.",
        ),
        Wrong(
            "votes that conclude",
            for_missing(by_elimination, by_elimination),
            "a vote always goes to a latent, and each latent stands for a factor that is there: nobody stands for a "
            "missing one.",
        ),
        Wrong(
            "each missing factor named apart",
            for_missing(lambda k, m: 1.0, by_votes),
            "missing factors look alike to the classifier: it names one of them, and is right with one of m.",
        ),
        Wrong(
            "elimination where nothing is missing",
            for_missing(lambda k, m: (k - m + 1) / k, by_votes),
            "if no factor is missing there is none to tell by elimination: no accuracy is above 1.",
        ),
        Wrong(
            "a guess among all factors",
            for_missing(lambda k, m: (k - m) / k + m / k**2, by_votes),
            "the guess is among the missing factors only, for the others have a latent that is still.",
        ),
        Wrong(
            "shares of what is missing",
            for_missing(lambda k, m: m / k, lambda k, m: m / k),
            "m of K are missing; asked for is what is still right.",
        ),
        Wrong(
            "a guess that is not weighed",
            for_missing(lambda k, m: min(1.0, (k - m) / k + 1 / m) if m else 1.0, by_votes),
            "a guess is right in one of m cases, and such cases are m of K: it must be weighed by that share.",
        ),
    ),
    conditions=(
        at_most(1.0, "an accuracy is at most one", "higgins"),
        at_most(1.0, "an accuracy is at most one", "kim_mnih"),
    ),
    hints={
        "not started": "list, for each fixed factor, which latents are still. Which of the lists are the same?",
        "exception": 'factors and missing are whole numbers; return a dict with "higgins" and "kim_mnih".',
        "trap": "nothing may be missing.",
        "hand": "four factors, two missing: what does the classifier see when a missing factor is fixed?",
        "different": "treat the judges apart: a vote cannot say none, a classifier can.",
    },
)
