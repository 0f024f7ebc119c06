"""What the diagonal adds, and what InfoVAE's weights buy: questions of the chapter `mmd`."""

import torch
from torch import Tensor

from course_pkg.grading import Case, Question, Wrong
from course_pkg.questions.shared import at_least

# What the diagonal adds ------------------------------------------------------------------------------------


def diagonal_cases(seed: int) -> tuple[Case, ...]:
    def case(rung: str, n: int, m: int, a: float, b: float, told: str = "") -> Case:
        return Case(rung, {"n": n, "m": m, "within_x": a, "within_y": b}, {"points x": n, "points y": m}, told)

    g = torch.Generator().manual_seed(seed)
    u = torch.rand(6, generator=g, dtype=torch.float64).tolist()
    told = "{n} and {m} points; unlike points of x have a mean kernel of {within_x}, of y of {within_y}"
    return (
        case("hand", 4, 2, 0.5, 0.25, told),
        case("random", 7, 12, u[0], u[1]),
        case("oracle", 5, 9, u[2], u[3]),
        case("trap", 64, 3, 0.999 * u[4], 0.5 * u[5]),
    )


def excess(n: int, m: int, within_x: float, within_y: float) -> float:
    return (1 - within_x) / n + (1 - within_y) / m


def by_counting(n: int, m: int, within_x: float, within_y: float) -> float:
    """The mean over all n^2 entries, less that over those off the diagonal, for both."""
    whole = lambda count, a: (count + count * (count - 1) * a) / count**2
    return whole(n, within_x) - within_x + whole(m, within_y) - within_y


def shares(given):
    n, m, a, b = (given[name] for name in ("n", "m", "within_x", "within_y"))
    return {
        "": {
            "what the diagonal of x adds": torch.tensor((1 - a) / n, dtype=torch.float64),
            "what the diagonal of y adds": torch.tensor((1 - b) / m, dtype=torch.float64),
        }
    }


EXCESS = Question(
    name="diagonal_excess",
    kind="derive",
    title="What the diagonal adds",
    points=2,
    difficulty=2,
    importance=4,
    minutes=15,
    returns="one number",
    relation="the biased estimate less the unbiased one, of the same two samples, for a kernel that is 1 at distance 0",
    cases=diagonal_cases,
    reference=excess,
    oracle=by_counting,
    wrong=(
        Wrong(
            "the ones alone",
            lambda n, m, within_x, within_y: 1 / n + 1 / m,
            "the n ones also take part of the sum's weight away from the other pairs.",
        ),
        Wrong(
            "n - 1 below",
            lambda n, m, within_x, within_y: (1 - within_x) / (n - 1) + (1 - within_y) / (m - 1),
            "of the n squared pairs n are a point and itself: a share of 1 / n, not 1 / (n - 1).",
        ),
        Wrong(
            "the sign: with the diagonal the estimate is smaller",
            lambda n, m, within_x, within_y: -excess(n, m, within_x, within_y),
            "the diagonal holds the largest values there are, so with it the estimate is larger.",
        ),
        Wrong(
            "the number of points that belongs to the other sample",
            lambda n, m, within_x, within_y: (1 - within_x) / m + (1 - within_y) / n,
            "each sample's own points belong to its own number of points.",
        ),
        Wrong(
            "both samples averaged over one number of pairs",
            lambda n, m, within_x, within_y: (2 - within_x - within_y) / (n + m),
            "the two samples are averaged apart, each over its own pairs.",
        ),
        Wrong(
            "the cross term has a diagonal, too",
            lambda n, m, within_x, within_y: excess(n, m, within_x, within_y) - 2 / max(n, m),
            "x_i and y_i are no point and itself: the cross term is the same in both estimates.",
        ),
        Wrong(
            "a share of 1 / n^2",
            lambda n, m, within_x, within_y: (1 - within_x) / n**2 + (1 - within_y) / m**2,
            "there are n points that meet themselves among n^2 pairs: that is a share of 1 / n, not of 1 / n^2.",
        ),
        Wrong(
            "the mean itself for what is missing to one",
            lambda n, m, within_x, within_y: within_x / n + within_y / m,
            "a one takes the place of a mean, so what is gained is one less the mean, not the mean itself.",
        ),
        Wrong(
            "both means thrown together, one average for x and y",
            lambda n, m, within_x, within_y: (1 - (within_x + within_y) / 2) * (1 / n + 1 / m),
            "x gains one less its own mean, and so does y: do not throw both into one average.",
        ),
    ),
    conditions=(at_least(0.0, "the biased estimate is the larger one"),),
    terms=shares,
    hints={
        "not started": "the sum over all pairs of x is n ones and n (n - 1) other values; divide by n squared.",
        "exception": "n, m, within_x and within_y are numbers.",
        "type": "return one number.",
        "different": "write the mean over all pairs as a weighted mean of 1 and within_x. What are the weights?",
    },
)

# InfoVAE's weights ------------------------------------------------------------------------------------------


def weight_cases(seed: int) -> tuple[Case, ...]:
    g = torch.Generator().manual_seed(seed)
    u = (3 * torch.rand(4, generator=g, dtype=torch.float64)).tolist()
    case = lambda rung, rate, own, told="": Case(rung, {"rate_price": rate, "own_price": own}, {}, told)
    told = "the rate at {rate_price}, the divergence of all codes at {own_price}"
    return (
        case("hand", 0.25, 3.0, told),
        case("random", u[0], 2 + u[1]),
        case("oracle", u[2] + 0.1, u[3]),
        case("trap", 0.5, -0.47),
    )


def bought(rate_price: float, own_price: float) -> dict[str, float]:
    return {"information": rate_price, "divergence": rate_price + own_price}


def by_two_worlds(rate_price: float, own_price: float) -> dict[str, Tensor]:
    """Solve for the two prices from the losses of two codes: (I, KL) of (1, 0) and of (2, 3)."""
    parts = torch.tensor([[1.0, 0.0], [2.0, 3.0]], dtype=torch.float64)
    losses = torch.stack([rate_price * row.sum() + own_price * row[1] for row in parts])
    found = torch.linalg.solve(parts, losses)
    return {"information": found[0], "divergence": found[1]}


def instead(information, divergence):
    return lambda rate_price, own_price: {
        "information": information(rate_price, own_price),
        "divergence": divergence(rate_price, own_price),
    }


BOUGHT = Question(
    name="prices_paid",
    kind="derive",
    title="What two weights buy",
    points=2,
    difficulty=2,
    importance=5,
    minutes=15,
    returns='{"information": number, "divergence": number}',
    relation="the prices of a nat of I(x; z) and of a nat of KL(q(z) || p(z)), where the loss weighs R and that KL",
    cases=weight_cases,
    reference=bought,
    oracle=by_two_worlds,
    wrong=(
        Wrong(
            "the divergence paid twice over",
            instead(lambda r, o: r, lambda r, o: o),
            "the rate holds the divergence of all codes already, so that is paid twice over.",
        ),
        Wrong(
            "the information pays both",
            instead(lambda r, o: r + o, lambda r, o: o),
            "the information stands in the rate only; it is the divergence that stands in both.",
        ),
        Wrong(
            "alpha for 1 - alpha, its complement",
            instead(lambda r, o: 1 - r, lambda r, o: r + o),
            "you gave InfoVAE's alpha. The price of the rate is 1 - alpha, and it was given as it is.",
        ),
        Wrong(
            "the prices subtracted, not added: information less divergence",
            instead(lambda r, o: r, lambda r, o: o - r),
            "the rate is the information plus the divergence: their prices add.",
        ),
        Wrong(
            "the ones do not cancel in lambda",
            instead(lambda r, o: r, lambda r, o: r + o + 1),
            "lambda is (1 - alpha) + (alpha + lambda - 1): the ones cancel.",
        ),
        Wrong(
            "the larger price for what stands in one term",
            instead(lambda r, o: r + o, lambda r, o: r),
            "the larger price is that of what stands in both terms, the divergence.",
        ),
        Wrong(
            "a product of two prices",
            instead(lambda r, o: r, lambda r, o: r * o),
            "two terms of a sum that hold the same quantity: their prices are added, a product has no meaning here.",
        ),
        Wrong(
            "the rate less the divergence, the information at a difference",
            instead(lambda r, o: r - o, lambda r, o: r + o),
            "the information is the rate less the divergence as a quantity; its price is no difference of the two.",
        ),
    ),
    hints={
        "not started": "put R = I + KL(q(z) || p(z)) into the loss, and collect.",
        "exception": "rate_price and own_price are numbers.",
        "type": "return a dict with the keys information and divergence.",
        "missing": "two entries: information and divergence.",
        "trap": "a weight may be negative. Then say what it buys, and do not use it.",
        "different": "how many times does each of the two stand in the loss?",
    },
)
