"""One optimum under four weights: a question of the chapter `bottleneck`."""

import math
from collections.abc import Callable

import torch

from course_pkg.grading import Case, Condition, Question, Wrong

NAMES = ("tishby", "share", "mean_pixels", "both_means")


def weight_cases(seed: int) -> tuple[Case, ...]:
    def case(rung: str, beta: float, pixels: int, latents: int, told: str = "") -> Case:
        sizes = {"pixels": pixels, "latents": latents}
        return Case(rung, {"beta": beta, "pixels": pixels, "latents": latents}, sizes, told)

    g = torch.Generator().manual_seed(seed)
    beta = 1.5 + 6 * torch.rand(2, generator=g).double()
    return (
        case("hand", 4.0, 4096, 10, "beta is {beta}, images of {pixels} pixels, {latents} latents"),
        case("random", round(beta[0].item(), 3), 784, 20),
        case("oracle", round(beta[1].item(), 3), 12288, 32),
        case("trap", 0.25, 6, 8),
    )


def weights(**changed: Callable[[float, int, int], float]) -> Callable:
    """The right conversions, but for those that are given."""
    right = {
        "tishby": lambda b, D, d: 1 / b,
        "share": lambda b, D, d: b / (1 + b),
        "mean_pixels": lambda b, D, d: b / D,
        "both_means": lambda b, D, d: b * d / D,
    }
    return lambda beta, pixels, latents: {n: {**right, **changed}[n](beta, pixels, latents) for n in NAMES}


def weights_by_slopes(beta: float, pixels: int, latents: int) -> dict[str, float]:
    """What each objective gains and pays when one nat of rate is added: at the optimum, reconstruction gains beta."""
    gain, pay = beta, 1.0  # the slope of the best reconstruction against the rate
    mean_gain, mean_pay = gain / pixels, pay / latents
    return {"tishby": pay / gain, "share": gain / (gain + pay), "mean_pixels": mean_gain / pay,
            "both_means": mean_gain / mean_pay}  # fmt: skip


SAME_OPTIMUM = Question(
    name="same_optimum",
    kind="derive",
    title="One optimum, four weights",
    points=2,
    difficulty=2,
    importance=5,
    minutes=15,
    returns='a dict of four numbers: "tishby", "share", "mean_pixels" and "both_means"',
    relation="all five objectives are one another times a positive number",
    cases=weight_cases,
    reference=weights(),
    oracle=weights_by_slopes,
    wrong=(
        Wrong(
            "the same beta: it asks for more information there",
            weights(tishby=lambda b, D, d: b),
            "in the bottleneck beta stands before the other half: a large one asks for more information, not for less.",
        ),
        Wrong(
            "the share of the reconstruction",
            weights(share=lambda b, D, d: 1 / (1 + b)),
            "that is what is left for the reconstruction; the rate has the rest.",
        ),
        Wrong(
            "beta, the ratio, for a share",
            weights(share=lambda b, D, d: b),
            "the two shares add up to one, and beta is their ratio.",
        ),
        Wrong(
            "beta less one as a weight: zero at beta one",
            weights(share=lambda b, D, d: (b - 1) / b),
            "a beta of one is no weight of zero: both terms then have the same share.",
        ),
        Wrong(
            "a weight multiplied by the pixels: it must shrink",
            weights(mean_pixels=lambda b, D, d: b * D),
            "a mean over pixels makes the reconstruction smaller, so the rate's weight must shrink with it.",
        ),
        Wrong(
            "dividing makes no difference",
            weights(mean_pixels=lambda b, D, d: b),
            "dividing one of two terms does: that is how a beta of thousands is set by a reduction.",
        ),
        Wrong(
            "rows for pixels: columns are not counted",
            weights(mean_pixels=lambda b, D, d: b / math.sqrt(D)),
            "an image has rows times columns pixels.",
        ),
        Wrong(
            "the weight does not grow with latents but shrinks",
            weights(both_means=lambda b, D, d: b / (d * D)),
            "the mean over latents makes the rate smaller, so its weight must grow again, by their number.",
        ),
        Wrong(
            "many pixels over latents: the other way up",
            weights(both_means=lambda b, D, d: b * D / d),
            "the other way up: many pixels make the mean smaller, and with it the weight.",
        ),
        Wrong(
            "both means cancel: as many latents as pixels",
            weights(both_means=lambda b, D, d: b),
            "they would, with as many latents as pixels.",
        ),
    ),
    conditions=(
        Condition("a share lies between zero and one", lambda g, f: f["share"] - f["share"].clamp(0, 1)),
        Condition("no weight is negative", lambda g, f: torch.stack([v.clamp_max(0) for v in f.values()])),
    ),
    independent=True,
    hints={
        "not started": "divide E - beta R by beta: which of the four is that already?",
        "type": 'return {"tishby": ..., "share": ..., "mean_pixels": ..., "both_means": ...}.',
        "exception": "three numbers come in; plus, times and divided by suffice.",
        "trap": "beta may be below one, and a toy image may have fewer pixels than the code has latents.",
        "different": "divide each objective by the weight of its reconstruction; read off what the rate is left with.",
    },
)
