"""Prices that differ from latent to latent: questions of the chapter `cascade`."""

import torch
from torch import Tensor

from course_pkg.grading import Case, Question, Wrong
from course_pkg.questions.shared import at_least, bits, negated, numbers

# What an exchange costs -------------------------------------------------------------------------------------


def exchanges(seed: int) -> tuple[Case, ...]:
    def case(rung: str, s: int, told: str = "", spread: float = 0.3) -> Case:
        g = torch.Generator().manual_seed(s)
        u = torch.rand(4, generator=g, dtype=torch.float64)
        variances = torch.stack([6 + 4 * u[0], 3 + 2 * u[1]])
        prices = torch.stack([0.5 + u[2], 0.6 + u[2] + spread * u[3]])
        return Case(rung, {"variances": variances, "prices": prices}, {}, told)

    hand = {"variances": numbers([8.0, 2.0]), "prices": numbers([1.0, 1.5])}
    return (
        Case("hand", hand, {}, "variances {variances}, prices {prices}"),
        case("random", seed + 1),
        case("oracle", seed + 2),
        case("trap", seed + 3, spread=4.0),
    )


def exchanged(variances: Tensor, prices: Tensor) -> Tensor:
    return (prices[1] - prices[0]) / 2 * (variances[0] / variances[1]).log()


def by_four_costs(variances: Tensor, prices: Tensor) -> float:
    """The four costs, each direction left with its price times a pixel's variance, which cancels: here .01."""
    s2 = 0.01
    cost = lambda v, b: b / 2 + b / 2 * torch.log(v / (b * s2)).item()
    (large, small), (cheap, dear) = variances, prices.tolist()
    return cost(large, dear) + cost(small, cheap) - cost(large, cheap) - cost(small, dear)


EXCHANGE = Question(
    name="exchange_costs",
    kind="derive",
    title="Two latents change places",
    points=2,
    difficulty=2,
    importance=4,
    minutes=15,
    returns="one number, in nats",
    relation="the loss with the large direction at the dear latent, less the loss with it at the cheap one; both "
    "latents say something in either order",
    cases=exchanges,
    reference=exchanged,
    oracle=by_four_costs,
    wrong=(
        Wrong(
            "the difference of the variances, not their ratio",
            lambda variances, prices: (prices[1] - prices[0]) / 2 * (variances[0] - variances[1]),
            "a rate grows with the logarithm of a variance: what counts is the ratio, not the difference.",
        ),
        Wrong(
            "the half of a rate left out",
            lambda variances, prices: 2 * exchanged(variances, prices),
            "a direction's rate is half a logarithm.",
        ),
        Wrong(
            "one price for both: the mean",
            lambda variances, prices: prices.mean() / 2 * (variances[0] / variances[1]).log(),
            "with the mean for both prices nothing would depend on who holds what. It is their difference that acts.",
        ),
        Wrong(
            "the dear price alone",
            lambda variances, prices: prices[1] / 2 * (variances[0] / variances[1]).log(),
            "the dear latent says more now, but the cheap one says less: that is saved at the cheap price.",
        ),
        Wrong(
            "the logarithm of the prices",
            lambda variances, prices: (prices[1] / prices[0]).log() / 2 * (variances[0] / variances[1]).log(),
            "the loss is linear in a price. Only the variances stand in a logarithm.",
        ),
        negated(
            exchanged, "the sign is turned: more is said of a large direction, so it costs more at the dear latent."
        ),
        bits(exchanged),
    ),
    conditions=(at_least(0.0, "the exchange costs something where prices rise and variances fall"),),
    hints={
        "not started": "write the rate of each direction, half a logarithm, and pay it at each price.",
        "exception": "variances and prices are tensors of two numbers: large and small, cheap and dear.",
        "shape": "one number is left: a loss less another.",
        "type": "return one number.",
        "different": "what is left of a direction costs b / 2 whatever its variance. It cancels.",
    },
)

# Who pays what at a step ---------------------------------------------------------------------------------------


def steps(seed: int) -> tuple[Case, ...]:
    g = torch.Generator().manual_seed(seed)
    u = torch.randint(2, 9, (4,), generator=g).tolist()

    def case(rung: str, step: int, latents: int, every: int, told: str = "") -> Case:
        given = {"step": step, "latents": latents, "low": 1.0, "high": 10.0, "every": every}
        return Case(rung, given, {"latents": latents}, told)

    return (
        case("hand", 25, 4, 10, "step {step}, {latents} latents, another every {every} steps, prices {low} and {high}"),
        case("random", 3 * u[0] + 2, 6, 3 + u[0]),
        case("oracle", 4 * u[1], 5, u[1]),
        case("trap", 2 * (u[2] + 1) + 1, 7, u[2] + 1),
        case("trap", 3 * u[3] + 2, 3, u[3]),  # after the stage of the last of them
    )


def priced(step: int, latents: int, low: float, high: float, every: int) -> Tensor:
    opened = (step - 1) // every + 1
    return torch.where(torch.arange(latents) < opened, low, high).double()


def counted_up(step: int, latents: int, low: float, high: float, every: int) -> Tensor:
    """The schedule lived through, step by step."""
    now = [high] * latents
    for k in range(step):
        if k % every == 0 and k // every < latents:
            now[k // every] = low
    return numbers(now)


PRICED = Question(
    name="prices_at",
    kind="implement",
    title="Who pays what",
    points=2,
    difficulty=2,
    importance=4,
    minutes=15,
    returns="the price of each latent, shape (latents,)",
    relation="steps count from 1; the first latent costs `low` from the first step on, one latent more from every "
    "`every` steps later on, the others `high`",
    cases=steps,
    reference=priced,
    oracle=counted_up,
    wrong=(
        Wrong(
            "steps counted from 0",
            lambda step, latents, low, high, every: priced(step + 1, latents, low, high, every),
            "the steps count from 1: the last step of a stage is a multiple of `every`, and opens nobody yet.",
        ),
        Wrong(
            "nobody in the first stage",
            lambda step, latents, low, high, every: priced(max(step - every, -every), latents, low, high, every),
            "the first latent is open from the first step on: in the first stage there is somebody.",
        ),
        Wrong(
            "low and high exchanged",
            lambda step, latents, low, high, every: priced(step, latents, high, low, every),
            "an open latent is the cheap one: you exchanged `low` and `high`.",
        ),
        Wrong(
            "doors that close again behind",
            lambda step, latents, low, high, every: torch.where(
                torch.arange(latents) == (step - 1) // every, low, high
            ).double(),
            "doors do not close again: whoever is open stays open, and keeps what he has learnt.",
        ),
        Wrong(
            "from the last latent on",
            lambda step, latents, low, high, every: priced(step, latents, low, high, every).flip(0),
            "the order is turned: it begins with the first latent, not with the last.",
        ),
        Wrong(
            "a ramp in place of stages",
            lambda step, latents, low, high, every: (
                high + (low - high) * ((step - torch.arange(latents).double() * every) / every).clamp(0, 1)
            ),
            "a price falls at once when its stage begins: there is no ramp.",
        ),
        Wrong(
            "a stage rounded to the nearest",
            lambda step, latents, low, high, every: priced(
                max(1, round(step / every)) * every, latents, low, high, every
            ),
            "a stage lasts `every` steps from its first: rounded to the nearest, a door opens half a stage early.",
        ),
        Wrong(
            "one open latent too many",
            lambda step, latents, low, high, every: priced(step + every, latents, low, high, every),
            "in the first stage one latent is open; you have two open there: one too many at every stage.",
        ),
        Wrong(
            "a list that grows beyond the latents",
            lambda step, latents, low, high, every: numbers(
                [low] * (opened := (step - 1) // every + 1) + [high] * (latents - opened)
            ),
            "once all latents are open there is no further one: yours grows beyond them, and has a price too many.",
        ),
        Wrong(
            "begun anew once all are open",
            lambda step, latents, low, high, every: priced(
                (step - 1) % (latents * every) + 1, latents, low, high, every
            ),
            "once all are open they stay so: the schedule is not begun anew.",
        ),
    ),
    hints={
        "not started": "which stage is a step in? (step - 1) // every. How many latents are open there?",
        "exception": "step, latents and every are whole numbers, low and high are prices.",
        "shape": "one price a latent: shape (latents,).",
        "type": "return a tensor.",
        "order": "which end begins to open?",
        "trap": "look at the first step of a stage, and at the last step of the one before.",
        "different": "write down the prices of steps 1 to 2 * every + 1 by hand.",
    },
)
