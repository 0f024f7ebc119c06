"""What a printed best says: questions of the chapter `benchmark`."""

import math

import torch
from scipy import integrate, special, stats

from course_pkg.grading import Case, Question, Symmetry, Wrong
from course_pkg.questions.shared import at_least, at_most

# The others ------------------------------------------------------------------------------------------------


def lines(seed: int) -> tuple[Case, ...]:
    case = lambda rung, mean, sd, best, n, told="": Case(
        rung, {"mean": mean, "sd": sd, "best": best, "n": n}, {"runs": n}, told
    )
    u = torch.rand(6, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).tolist()
    return (
        case("hand", 2.0, 2.0, 4.0, 3, "mean {mean}, deviation {sd}, best {best}, {n:word} runs"),
        case("random", 70 + u[0], 5 + u[1], 77 + u[2], 10),
        case("oracle", 0.5 + u[3], 0.3, 0.9 + u[3], 5),
        case("trap", 82.0 + u[4], 0.9, 88.0 + u[5], 10),
    )


def rest(mean: float, sd: float, best: float, n: int) -> float:
    squares = (n - 1) * sd**2 - n / (n - 1) * (best - mean) ** 2
    return squares / (n - 2)


def by_sums(mean: float, sd: float, best: float, n: int) -> float:
    """From the sums of the numbers and of their squares, less those of the best."""
    total, squares = n * mean - best, (n - 1) * sd**2 + n * mean**2 - best**2
    return (squares - total**2 / (n - 1)) / (n - 2)


def with_squares(lost, divide=2):
    return lambda mean, sd, best, n: ((n - 1) * sd**2 - lost(n) * (best - mean) ** 2) / (n - divide)


REST = Question(
    name="variance_of_the_rest",
    kind="derive",
    title="What is left for the other runs",
    points=2,
    difficulty=3,
    importance=4,
    minutes=20,
    returns="one number; below 0 where no such runs exist",
    relation="the sample variance of the n - 1 runs besides the best, from the mean, deviation and best of all n",
    cases=lines,
    reference=rest,
    oracle=by_sums,
    wrong=(
        Wrong(
            "the mean of the others taken to be that of all",
            with_squares(lambda n: 1),
            "without the best the mean of the others is lower: their squares are taken around another mean.",
        ),
        Wrong(
            "divided by n - 1",
            with_squares(lambda n: n / (n - 1), 1),
            "n - 1 runs are left, so their sample variance is divided by n - 2.",
        ),
        Wrong(
            "the deviation with n for that with n - 1",
            lambda mean, sd, best, n: rest(mean, sd * math.sqrt(n / (n - 1)), best, n),
            "sd is the sample deviation: the squares of all add up to n - 1 times sd squared, not n times.",
        ),
        Wrong(
            "a variance that stops at 0",
            lambda mean, sd, best, n: max(0.0, rest(mean, sd, best, n)),
            "do not stop at 0: a negative variance is what shows that no such runs exist.",
        ),
        Wrong(
            "the deviation of the others",
            lambda mean, sd, best, n: math.copysign(math.sqrt(abs(rest(mean, sd, best, n))), rest(mean, sd, best, n)),
            "that is the deviation of the others: its square is asked for.",
        ),
        Wrong(
            "the distance of the best not squared",
            lambda mean, sd, best, n: ((n - 1) * sd**2 - n / (n - 1) * (best - mean)) / (n - 2),
            "the distance of the best from the mean must be squared before it is taken off.",
        ),
    ),
    symmetries=(
        Symmetry(
            "stay the same where every score is higher by one",
            lambda g: {"mean": g["mean"] + 1, "best": g["best"] + 1},
        ),
    ),
    hints={
        "not started": "the squared deviations of all n add up to (n - 1) sd squared. Take off those of the best.",
        "exception": "mean, sd and best are numbers, n a whole number above 2.",
        "shape": "return one number.",
        "trap": "no ten runs have these numbers: the answer must say so by its sign.",
        "different": "try three runs 0, 2 and 4: the other two have the variance 2.",
    },
)

# The best of many ------------------------------------------------------------------------------------------


def evaluations(seed: int) -> tuple[Case, ...]:
    case = lambda rung, share, votes, times, told="": Case(
        rung, {"share": share, "votes": votes, "times": times}, {"votes": votes, "evaluations": times}, told
    )
    u = torch.rand(3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).tolist()
    return (
        case("hand", 0.5, 1, 2, "share {share}, {votes:word} vote, {times:word} evaluations"),
        case("random", 0.3 + 0.4 * u[0], 12, 5),
        case("oracle", 0.6 + 0.3 * u[1], 40, 3),
        case("trap", 0.8 + 0.1 * u[2], 800, 30),
    )


def of_many(share: float, votes: int, times: int) -> float:
    below = stats.binom.cdf(range(votes), votes, share)
    return float((1 - below**times).sum()) / votes


def by_their_law(share: float, votes: int, times: int) -> float:
    """The chance that the largest is k, times k, with every binomial chance by its logarithm."""
    log_choose = lambda k: math.lgamma(votes + 1) - math.lgamma(k + 1) - math.lgamma(votes - k + 1)
    chance = [
        math.exp(log_choose(k) + k * math.log(share) + (votes - k) * math.log1p(-share)) for k in range(votes + 1)
    ]
    at_most = [math.fsum(chance[: k + 1]) for k in range(votes + 1)]
    below = [0.0, *at_most[:-1]]
    return math.fsum(k * (a**times - b**times) for k, (a, b) in enumerate(zip(at_most, below, strict=True))) / votes


def summed(of_cdf, first: int = 0):
    """The sum over as many counts as there are votes, the first of them usually 0."""

    def answer(share: float, votes: int, times: int) -> float:
        return float(of_cdf(stats.binom.cdf(range(first, first + votes), votes, share), times).sum()) / votes

    return answer


def largest_normal(times: int) -> float:
    """The mean of the largest of so many standard normal numbers."""
    density = lambda x: times * math.exp(-(x**2) / 2) / math.sqrt(2 * math.pi) * special.ndtr(x) ** (times - 1)
    return integrate.quad(lambda x: x * density(x), -10, 10)[0]


def of_normals(deviations):
    """An answer: the share, and so many deviations of one evaluation."""
    return lambda share, votes, times: share + deviations(times) * math.sqrt(share * (1 - share) / votes)


OF_MANY = Question(
    name="best_of_evaluations",
    kind="experiment",
    title="The best of thirty",
    points=2,
    difficulty=3,
    importance=5,
    minutes=20,
    returns="one number, a share from 0 to 1",
    relation="the mean of the largest of several independent binomial counts, over the number of votes",
    cases=evaluations,
    reference=of_many,
    oracle=by_their_law,
    wrong=(
        Wrong(
            "the mean of one evaluation",
            lambda share, votes, times: share,
            "that is the mean of one evaluation. The best is chosen among several.",
        ),
        Wrong(
            "the number of evaluations as a factor",
            summed(lambda below, times: times * (1 - below)),
            "that adds the chances of all evaluations, as a factor: two that are above at once count twice.",
        ),
        Wrong(
            "the smallest for the largest",
            summed(lambda below, times: (1 - below) ** times),
            "all are above: that is the smallest. The largest is at most v where all are at most v.",
        ),
        Wrong(
            "a count for a share",
            lambda share, votes, times: votes * of_many(share, votes, times),
            "that is a count of right votes: divide it by the votes to have a share.",
        ),
        Wrong(
            "one vote too few in the sum",
            lambda share, votes, times: of_many(share, votes, times) - (1 - (1 - share) ** (votes * times)) / votes,
            "the sum begins at no right vote, v = 0: you have left out one of its terms, a vote too few.",
        ),
        Wrong(
            "fewer than v, for at most v",
            summed(lambda below, times: 1 - below**times, first=-1),
            "the chance of fewer than v stands where that of at most v belongs: the sum has a term too many.",
        ),
        Wrong(
            "one deviation above the mean",
            lambda share, votes, times: share + math.sqrt(share * (1 - share) / votes),
            "one deviation above the mean is a rule of thumb: it does not depend on how many are compared.",
        ),
        Wrong(
            "a normal law for the count",
            of_normals(largest_normal),
            "a count of votes has no normal law: add up over the counts, with binom.cdf.",
            also=(
                of_normals(lambda times: stats.norm.ppf(times / (times + 1))),
                of_normals(lambda times: stats.norm.ppf((times - 0.375) / (times + 0.25))),
            ),
        ),
        Wrong(
            "a normal bound: so many deviations above, the root of twice the log of their number",
            lambda share, votes, times: share + math.sqrt(2 * math.log(times)) * math.sqrt(share * (1 - share) / votes),
            "the root of twice the log of their number, in deviations, is a bound for very many normal numbers. These "
            "are a few binomial counts.",
        ),
    ),
    conditions=(at_least(0.0, "a share is never negative"), at_most(1.0, "a share is never above 1")),
    hints={
        "not started": "scipy.stats.binom.cdf: the chance of at most v; for all of several it is that to a power.",
        "exception": "share is between 0 and 1, votes and times are whole numbers.",
        "shape": "return one number.",
        "trap": "800 votes: sum over all counts, not over drawn ones.",
        "different": "two evaluations of one fair vote: three of four times one of them is right.",
    },
)
