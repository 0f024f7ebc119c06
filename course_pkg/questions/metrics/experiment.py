"""Predictions to commit before an experiment: questions of the chapter `metrics`."""

import math

import torch
from torch import Tensor

from course_pkg.grading import Case, Question, Wrong
from course_pkg.questions.metrics.tables import grid, seeded
from course_pkg.questions.shared import at_least, at_most, numbers

# Turns of any size --------------------------------------------------------------------------------------------------


def turns(seed: int) -> tuple[Case, ...]:
    of = lambda s, low, high: round(low + (high - low) * float(torch.rand((), generator=seeded(s))), 2)
    case = lambda rung, degrees, told="": Case(rung, {"degrees": degrees}, {}, told)
    return (
        case("hand", 30.0, "turned by {degrees} degrees"),
        case("random", of(seed + 1, 2, 43)),
        case("random", of(seed + 2, 47, 88)),
        case("oracle", of(seed + 3, 50, 80)),
        case("trap", of(seed + 4, 92, 178)),
    )


def by_tables(degrees: float) -> dict[str, Tensor]:
    """Both scores from the codes of 20 x 20 settings."""
    f = grid(20, 20).double() - 9.5
    t = math.radians(degrees)
    z = f @ numbers([[math.cos(t), math.sin(t)], [-math.sin(t), math.cos(t)]])
    votes = torch.zeros(2, 2, dtype=torch.float64)
    for k in range(2):
        for v in f[:, k].unique():
            rows = z[f[:, k] == v]
            votes[k, (rows.var(0) / z.var(0)).argmin()] += 0.05
    r2 = torch.corrcoef(torch.cat([f, z], 1).T)[:2, 2:].square()
    return {"kim_mnih": votes.amax(0).sum() / 2, "sap": (r2[:, 0] - r2[:, 1]).abs().mean()}


def says(kim_mnih, sap):
    def answer(degrees: float) -> dict[str, float]:
        t = math.radians(degrees)
        return {"kim_mnih": float(kim_mnih(t)), "sap": float(sap(t))}

    return answer


always, twice = lambda t: 1.0, lambda t: abs(math.cos(2 * t))
TURNED = Question(
    name="scores_of_a_turn",
    kind="experiment",
    title="Turned all the way round",
    points=3,
    difficulty=3,
    importance=4,
    minutes=20,
    returns='{"kim_mnih": one number, "sap": one number}',
    relation="both scores of two independent factors of equal variance, turned in their plane by any angle from 0 to "
    "180 "
    "degrees that is no odd multiple of 45; Kim and Mnih's in the limit, SAP by squared correlations",
    cases=turns,
    reference=says(always, twice),
    oracle=by_tables,
    wrong=(
        Wrong(
            "half of the votes beyond 45 degrees",
            says(lambda t: 1.0 if t < math.pi / 4 else 0.5, twice),
            "beyond 45 degrees the other latent follows the factor more, and names it: the votes agree again and the "
            "score is 1.",
        ),
        Wrong(
            "a negative gap",
            says(always, lambda t: math.cos(2 * t)),
            "a gap is the best less the second best, so it is never negative: take the size.",
        ),
        Wrong(
            "votes fall with the angle",
            says(twice, twice),
            "a vote asks which latent moves least, not by how much: nothing changes until the order does.",
        ),
        Wrong(
            "the best correlation alone",
            says(always, lambda t: max(math.cos(t) ** 2, math.sin(t) ** 2)),
            "that is how well the best latent predicts. The gap subtracts the second best.",
        ),
        Wrong(
            "correlations not squared",
            says(always, lambda t: abs(abs(math.cos(t)) - abs(math.sin(t)))),
            "the gap is between squared correlations.",
        ),
        Wrong(
            "degrees taken for radians",
            says(always, lambda t: abs(math.cos(2 * math.degrees(t)))),
            "the angle comes in degrees, and math.cos takes radians: math.radians(degrees).",
        ),
        Wrong(
            "half at every angle",
            says(lambda t: 0.5, twice),
            "half is the score where both latents follow either factor alike, at 45 degrees and nowhere else.",
        ),
        Wrong(
            "a corner: a straight line in the angle",
            says(always, lambda t: abs(1 - (math.degrees(t) % 90) / 45)),
            "a share of variance is a squared cosine: no straight line, and no corner where the turn begins.",
        ),
    ),
    conditions=(at_least(0.0, "a gap is not negative", "sap"), at_most(1.0, "a score is at most one", "kim_mnih")),
    hints={
        "not started": "fix one factor. By how much does each latent move, and which moves less?",
        "exception": 'degrees is a number; return a dict with "kim_mnih" and "sap".',
        "random": "the angle may be more than 45 degrees.",
        "trap": "the angle may be more than 90 degrees.",
        "different": "treat the scores apart: one knows an order only, the other knows sizes.",
    },
)

# Luck ---------------------------------------------------------------------------------------------------------------

VOTES, LATENTS, FACTORS = 800, 10, 5
TABLES = 4000


def majority_of_luck() -> Tensor:
    """The mean share of votes in the majorities of their latents, over tables of votes that fall anywhere."""
    cells = torch.randint(LATENTS * FACTORS, (TABLES, VOTES), generator=seeded(0))
    cells = cells + LATENTS * FACTORS * torch.arange(TABLES)[:, None]
    tables = torch.bincount(cells.flatten(), minlength=TABLES * LATENTS * FACTORS).view(TABLES, FACTORS, LATENTS)
    return tables.amax(1).sum(1).double().mean() / VOTES


def value(v: float):
    return lambda: v


LUCK = Question(
    name="score_of_luck",
    kind="experiment",
    title="What nothing scores",
    points=2,
    difficulty=3,
    importance=4,
    minutes=15,
    returns="one number",
    relation="the mean score of codes that know nothing: 800 votes of ten latents for five factors, scored on the "
    "votes "
    "that made the majorities",
    cases=lambda seed: (Case("oracle", {}, {"votes": VOTES, "latents": LATENTS, "factors": FACTORS}),),
    reference=value(0.2593),
    oracle=majority_of_luck,
    wrong=(
        Wrong(
            "luck not counted",
            value(1 / FACTORS),
            "so it is where other votes are scored. These votes chose the majority, and luck is counted twice.",
        ),
        Wrong(
            "a latent to be named",
            value(1 / LATENTS),
            "it is the factor that has to be named, one of five, not the latent.",
        ),
        Wrong(
            "the share of one cell",
            value(1 / (LATENTS * FACTORS)),
            "that is the share of one cell of the table. Each of ten latents adds its largest.",
        ),
        Wrong(
            "the luck of all 800 votes",
            value(1 / FACTORS + math.sqrt(0.16 / VOTES)),
            "each latent takes the largest of five counts, of 80 votes only: the luck of 80 votes, not of 800.",
        ),
        Wrong(
            "one standard error of a latent's votes",
            value(1 / FACTORS + math.sqrt(0.16 * LATENTS / VOTES)),
            "the right size of luck. But the largest of five counts lies more than one standard error above their "
            "mean.",
        ),
        Wrong(
            "votes of one factor for each latent",
            value(1.0),
            "only if each latent got the votes of one factor. Here they come from all five alike.",
        ),
        Wrong(
            "counts that do not know of each other",
            value(1 / FACTORS + 1.163 * math.sqrt(0.16 * LATENTS / VOTES)),
            "five counts that add up to 80 know of each other: where one is large others are small, and they lie "
            "further apart by the root of 5/4.",
        ),
        Wrong(
            "two standard errors",
            value(1 / FACTORS + 2 * math.sqrt(0.16 * LATENTS / VOTES)),
            "two standard errors is a bound for one count. The largest of five lies about 1.16 above, on average.",
        ),
        Wrong(
            "the floor of the limit",
            value(0.46),
            "that is the floor of the score in the limit, where each of few settings is a vote. Here votes are drawn.",
        ),
    ),
    conditions=(
        at_least(0.0, "a score is not negative"),
        at_most(1.0, "a score is at most one"),
        at_least(1 / FACTORS, "who guesses is right once for each of the factors: no score of luck is lower"),
        at_least(1 / FACTORS + 0.02, "the largest of several counts lies clearly above their mean"),
        at_most(
            1 / FACTORS + 3 * math.sqrt(0.16 * LATENTS / VOTES),
            "luck is a matter of a few standard errors of the votes that a latent gets",
        ),
    ),
    hints={
        "not started": "a latent gets about 80 votes, 16 for each factor, give or take four. How large is the largest "
        "of five?",
        "exception": "the function takes nothing and returns a number, such as 0.5.",
        "type": "return a number, such as 0.5.",
        "different": "the largest of five normal numbers is 1.16 standard deviations above their mean.",
    },
    tolerance=0.006,
)
