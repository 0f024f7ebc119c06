"""What a leak leaves of gamma: a question of the chapter `density_ratio`."""

import torch
import torch.nn.functional as F
from torch import Tensor

from course_pkg.grading import Case, Question, Wrong
from course_pkg.questions.shared import normals, numbers

# The slope that arrives -------------------------------------------------------------------------------


def players(seed: int) -> tuple[Case, ...]:
    def case(rung: str, codes: int, s: int, gamma: float, steep: float = 1.0) -> Case:
        (T,) = normals(s, 1, codes)
        return Case(rung, {"gamma": gamma, "probability": (steep * T).sigmoid()}, {"codes": codes})

    return (
        Case(
            "hand",
            {"gamma": 6.0, "probability": numbers([0.25])},
            {"codes": 1},
            "gamma is {gamma}, and the discriminator gives the code a probability of {probability}",
        ),
        case("random", 6, seed + 1, 6.4),
        case("random", 5, seed + 2, 35.0),
        case("oracle", 8, seed + 3, 2.0),
        case("trap", 7, seed + 4, 0.3, steep=4.0),
    )


def slope_by_autograd(gamma: float, probability: Tensor) -> Tensor:
    T = probability.logit().requires_grad_()
    (found,) = torch.autograd.grad((gamma * T - 0.5 * F.logsigmoid(T)).sum(), T)
    return found


def slope_factor(gamma: float, probability: Tensor) -> Tensor:
    return gamma - (1 - probability) / 2


SLOPE_FACTOR = Question(
    name="slope_factor",
    kind="derive",
    title="What a leak leaves of gamma",
    points=2,
    difficulty=3,
    importance=4,
    minutes=20,
    returns="one number a code, shape (codes,)",
    relation="the derivative of gamma T + (1/2) log(1 + e^-T) with respect to T",
    cases=players,
    reference=slope_factor,
    oracle=slope_by_autograd,
    wrong=(
        Wrong(
            "no leak: what should arrive",
            lambda gamma, probability: torch.full_like(probability, gamma),
            "that is what should arrive. The discriminator's loss has a slope in the code as well.",
        ),
        Wrong(
            "one half left out of the mean of two surprises",
            lambda gamma, probability: gamma - (1 - probability),
            "the cross-entropy is the mean of two surprises, so each counts one half.",
        ),
        Wrong(
            "the sign: a loss that does not fall with T, the logit of a real code",
            lambda gamma, probability: gamma + (1 - probability) / 2,
            "the discriminator wants the logit of a real code to rise: its loss falls with T.",
        ),
        Wrong(
            "the shuffled code's surprise",
            lambda gamma, probability: gamma + probability / 2,
            "that is the slope of log(1 + e^T), which shuffled codes pay. Real ones pay log(1 + e^-T).",
        ),
        Wrong(
            "a quarter: right at one half, not elsewhere",
            lambda gamma, probability: torch.full_like(probability, gamma - 0.25),
            "right where the discriminator is at one half. Elsewhere it depends on the probability.",
        ),
        Wrong(
            "the leak grows with the probability that a code is recognised",
            lambda gamma, probability: gamma - probability / 2,
            "a code that is recognised already has little to gain: the leak falls with the probability.",
        ),
        Wrong(
            "the leak times gamma",
            lambda gamma, probability: gamma * (1 - (1 - probability) / 2),
            "gamma multiplies the model's loss only. The discriminator's has no gamma.",
        ),
        Wrong(
            "the slope of D itself, D (1 - D)",
            lambda gamma, probability: gamma - probability * (1 - probability) / 2,
            "D (1 - D) is the slope of D itself. The discriminator pays -log D, whose slope is that over D.",
        ),
        Wrong(
            "a sigmoid of the probability, taken for a logit",
            lambda gamma, probability: gamma - (1 - probability.sigmoid()) / 2,
            "the probability has been through its sigmoid already: you have taken it for a logit.",
        ),
    ),
    terms=lambda given: {
        "": {
            "gamma": torch.full_like(given["probability"], given["gamma"]),
            "minus one half": torch.full_like(given["probability"], -0.5),
            "half of the probability": given["probability"] / 2,
        }
    },
    hints={
        "not started": "differentiate log(1 + e^-T), and write the result with the probability 1 / (1 + e^-T).",
        "exception": "gamma is a number, probability a tensor: plus, minus and times suffice.",
        "shape": "one number a code, as the probabilities.",
        "trap": "gamma is small here: what arrives may even be negative.",
        "different": "the slope of log(1 + e^-T) is minus one, times the probability of the other answer.",
    },
)
