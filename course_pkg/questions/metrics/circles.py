"""What a cosine says of its angle: a question of the chapter `metrics`."""

import math
from collections.abc import Callable

import numpy as np
import torch

from course_pkg.grading import Case, Question, Wrong
from course_pkg.questions.metrics.tables import seeded
from course_pkg.questions.shared import at_least, bits


def circles(seed: int) -> tuple[Case, ...]:
    case = lambda rung, n, told="": Case(rung, {"settings": n}, {"settings": n}, told)
    of = lambda s: int(torch.randint(4, 20, (), generator=seeded(s)))
    return (
        case("hand", 4, "an angle of {settings} settings"),
        case("random", 4 * of(seed + 1)),
        case("random", 4 * of(seed + 2) + 2),
        case("oracle", 10),
        case("trap", 2 * of(seed + 3) + 1),
    )


def counted(settings: int, wave: Callable = np.cos) -> float:
    """H(f) - H(f | height), by counting which angles share a height."""
    heights = wave(2 * np.pi * np.arange(settings) / settings).round(9) + 0.0
    shared = np.unique(heights, return_counts=True)[1]
    return math.log(settings) - float((shared / settings * np.log(shared)).sum())


def floats_apart(settings: int) -> float:
    """The entropy of the cosines, where rounding tells equal ones apart."""
    heights = [math.cos(2 * math.pi * i / settings) for i in range(settings)]
    shared = [heights.count(v) / settings for v in set(heights)]
    return -sum(p * math.log(p) for p in shared)


def of_settings(f):
    return lambda settings: f(settings)


right_circle = of_settings(lambda n: math.log(n) - (n - (2 if n % 2 == 0 else 1)) / n * math.log(2))

COSINE = Question(
    name="said_by_a_cosine",
    kind="derive",
    title="Half a circle",
    points=3,
    difficulty=3,
    importance=3,
    minutes=20,
    returns="one number, nats",
    relation="I(f; cos alpha) for an angle alpha of so many equally likely settings, evenly around the circle from 0 "
    "on, "
    "every value of the cosine counted by itself",
    cases=circles,
    reference=right_circle,
    oracle=counted,
    wrong=(
        Wrong(
            "every height is shared",
            of_settings(lambda n: math.log(n / 2)),
            "the top of the circle, and for an even number the bottom, have their height for themselves.",
        ),
        Wrong(
            "half a turn for every number",
            of_settings(lambda n: math.log(n) - (n - 2) / n * math.log(2)),
            "half a turn is among the settings only where their number is even.",
        ),
        Wrong(
            "no setting at half a turn",
            of_settings(lambda n: math.log(n) - (n - 1) / n * math.log(2)),
            "where the number is even there is a setting at half a turn too, and it shares its height with none.",
        ),
        Wrong(
            "the whole angle",
            of_settings(math.log),
            "a cosine does not tell an angle from its mirror image.",
        ),
        Wrong(
            "what the cosine leaves open",
            of_settings(lambda n: (n - (2 if n % 2 == 0 else 1)) / n * math.log(2)),
            "that is what the cosine leaves open, H(f | cos alpha). Asked for is what it says.",
        ),
        Wrong(
            "half of the angle",
            of_settings(lambda n: math.log(n) / 2),
            "two latents do not divide the information between them: each of them says more than half.",
        ),
        Wrong(
            "divided by the entropy",
            of_settings(lambda n: right_circle(n) / math.log(n)),
            "asked for is the information itself, in nats; you divided it by the entropy of the angle.",
        ),
        Wrong(
            "the sine",
            of_settings(lambda n: counted(n, np.sin)),
            "that is what the sine says. The two agree where a quarter of a turn is a setting, and only there.",
        ),
        bits(right_circle),
        Wrong(
            "heights counted, as if equally likely",
            of_settings(lambda n: math.log(n // 2 + 1)),
            "that is the logarithm of how many heights there are. They are not equally likely: most are met twice.",
        ),
        Wrong(
            "equal floats told apart by their last digit",
            of_settings(floats_apart),
            "equal cosines differ in their last digit as floats: your count told them apart. Round them first.",
        ),
        Wrong(
            "what is open added, not taken off",
            of_settings(lambda n: math.log(n) + (n - (2 if n % 2 == 0 else 1)) / n * math.log(2)),
            "what the cosine leaves open is taken off log n: you added it, and say more than there is to know.",
        ),
    ),
    conditions=(at_least(0.0, "an information is not negative"),),
    hints={
        "not started": "which settings have the same cosine? What is left open where two have it, and where one has?",
        "exception": "settings is a whole number.",
        "hand": "0, 90, 180, 270 degrees: which of them share a cosine?",
        "trap": "the number of settings may be odd.",
        "different": "I is H(f) less the average of what is open: log 2 for a shared height, 0 for one that is not.",
    },
)
