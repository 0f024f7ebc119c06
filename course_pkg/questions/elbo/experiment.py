"""Predictions to commit before an experiment: questions of the chapter `elbo`."""

import math

import scipy.stats
import torch
from torch import Tensor

from course_pkg.grading import Case, Question, Symmetry, Wrong
from course_pkg.questions.shared import WHOLE, at_least, at_most, numbers

# A baseline ---------------------------------------------------------------------------------------

D = 16


def ratio_by_moments() -> float:
    """Var of the score-function estimator of a centred bowl over the pathwise one, from chi-square moments."""
    moment = scipy.stats.chi2(D).moment
    return float(moment(3) - 2 * D * moment(2) + D**2 * moment(1)) / (4 * D)


def says(value: float):
    return lambda: value


BASELINE = Question(
    name="ratio_with_baseline",
    kind="experiment",
    title="What a baseline is worth",
    points=2,
    difficulty=3,
    importance=3,
    minutes=20,
    returns="one number",
    relation="variance of the score-function gradient, the mean reward subtracted, over that of the pathwise one",
    cases=lambda seed: (Case("oracle", {}, {"latents": D}),),
    reference=says((D + 4) / 2),
    oracle=ratio_by_moments,
    wrong=(
        Wrong(
            "no effect: the ratio with no baseline",
            says((D + 2) * (D + 4) / 4),
            "that is the ratio with no baseline. Most of that variance was the reward's level times the score's noise.",
        ),
        Wrong(
            "a perfect cure: no spread stays",
            says(1.0),
            "the baseline removes the level of the reward. Its spread stays: every latent still pays for the others.",
        ),
        Wrong(
            "linear in the number of latents, with slope one",
            says(float(D)),
            "linear in d is the right growth; the slope is not one.",
        ),
        Wrong(
            "half the number of latents: some noise is left out",
            says(D / 2),
            "very near. Some of the noise is the latent's own.",
        ),
        Wrong(
            "the fall, not what is left",
            says((D + 2) * (D + 4) / 4 - (D + 4) / 2),
            "that is the fall of the ratio: what is left of it is asked for.",
            also=(says((D + 2) / 2),),
        ),
        Wrong(
            "the square of the mean reward taken off the ratio",
            says((D + 2) * (D + 4) / 4 - (D / 2) ** 2),
            "you took the square of the mean reward off the ratio: subtract the mean from the reward itself, before it "
            "is multiplied by the score and squared.",
        ),
        Wrong(
            "half the variance",
            says((D + 2) * (D + 4) / 8),
            "the baseline does more than halve the variance: it changes the growth, from quadratic to linear.",
        ),
    ),
    hints={
        "not started": "write both variances for one latent, with the reward's mean subtracted; then for d latents.",
        "exception": "the function takes nothing and returns a number, such as 3.5.",
        "type": "return a number, such as 3.5.",
        "different": "the reward is a sum over d latents. Which part of its variance concerns one latent's slope?",
    },
    conditions=(
        at_least(1.0, "less its mean, the reward still costs more than the pathwise gradient does"),
        at_most((D + 2) * (D + 4) / 8, "a baseline takes most of the variance away: what is left is less than half"),
        at_least(D / 2, "every latent pays for the spread of all the others: half a unit for each latent, at least"),
        at_most(float(D), "what is left is less than one unit for each latent"),
    ),
    tolerance=0.05,
)

# Which latents are worth their price ---------------------------------------------------------------


def spectra(seed: int) -> tuple[Case, ...]:
    def draw(s: int, n: int) -> Tensor:
        g = torch.Generator().manual_seed(s)
        return (0.02 + torch.rand(n, generator=g, dtype=torch.float64)).sort(descending=True).values

    def case(rung: str, variances: Tensor, sigma: float, *, told: str = "", counts: bool = True) -> Case:
        return Case(rung, {"variances": variances, "sigma": sigma}, {"directions": len(variances)}, told, counts)

    hand = numbers([0.9, 0.6, 0.4, 0.3, 0.1])
    faint = draw(seed + 1, 12)
    faint[4] = 1.03 * 0.65**2  # worth its price by hundredths of a nat
    return (
        case("hand", hand, 0.7, told="variances {variances} and a width of {sigma}"),
        case("random", faint, 0.65),
        case("random", draw(seed + 2, 9), 3.0, counts=False),
        case("oracle", draw(seed + 3, 15), 0.6),
        case("trap", 400 * draw(seed + 4, 24), 12.0),  # more of them than the net of the experiment has latents
    )


def in_use_by_likelihood(variances: Tensor, sigma: float) -> float:
    """Count the directions where some loading w > 0 makes N(0, w^2 + sigma^2) fit better than none does."""
    w = torch.linspace(0, 2 * float(variances.max()) ** 0.5, 4001, dtype=variances.dtype)
    total = w**2 + sigma**2
    log_likelihood = -0.5 * (total.log() + variances[:, None] / total)
    return float((log_likelihood.argmax(1) > 0).sum())


def counting(rule):
    return lambda variances, sigma: int(rule(variances, sigma).sum())


IN_USE = Question(
    name="latents_in_use",
    kind="experiment",
    title="Which latents are worth their price",
    points=3,
    difficulty=4,
    importance=5,
    minutes=30,
    returns="a whole number",
    relation="the number of latents that the best linear VAE of that width uses, given as many as it likes",
    cases=spectra,
    reference=counting(lambda v, s: v > s**2),
    oracle=in_use_by_likelihood,
    wrong=(
        Wrong(
            "compared: a variance with a standard deviation",
            counting(lambda v, s: v > s),
            "you compared a variance with a standard deviation. Their units differ.",
        ),
        Wrong(
            "compared: a standard deviation with a variance",
            counting(lambda v, s: v.sqrt() > s**2),
            "you compared a standard deviation with a variance. Their units differ.",
        ),
        Wrong(
            "every direction used, whatever it saves",
            counting(lambda v, s: v > 0),
            "a latent is used only where it saves more nats of reconstruction than its rate costs.",
        ),
        Wrong(
            "the noise counted twice",
            counting(lambda v, s: v > 2 * s**2),
            "a direction is worth coding as soon as its variance exceeds the noise, not twice the noise.",
        ),
        Wrong(
            "a threshold of .03 nats",
            counting(lambda v, s: 0.5 * (v / s**2).log() > 0.03),
            "the table needs a threshold of .03 nats for nets that were trained; a rule needs none: any rate counts.",
        ),
        Wrong(
            "never more than ten, the latents of that net",
            lambda variances, sigma: min(10, int((variances > sigma**2).sum())),
            "No more latents than that is true of the net below. Asked is how many the best uses, given all it likes.",
        ),
        Wrong(
            "the directions hidden in the noise",
            counting(lambda v, s: v < s**2),
            "you counted the directions that are hidden in the noise.",
        ),
        Wrong(
            "none: the rate collapses",
            counting(lambda v, s: v > math.inf),
            "the rate collapses altogether only where the width exceeds every direction's own.",
        ),
    ),
    conditions=(WHOLE, at_least(0.0, "a number of latents is not negative")),
    symmetries=(
        Symmetry(
            "stay the same in other units of the pixels (variances times 4, sigma times 2)",
            lambda g: {"variances": 4 * g["variances"], "sigma": 2 * g["sigma"]},
        ),
        Symmetry("follow where the directions come in another order", lambda g: {"variances": g["variances"].flip(0)}),
    ),
    hints={
        "not started": "one direction: write its loss as a function of its rate, and look at the slope at rate zero.",
        "exception": "variances is a tensor, sigma a number; compare, then count.",
        "type": "count with int((...).sum()).",
        "shape": "count with int((...).sum()).",
        "trap": "change the units of the pixels, from [0, 1] to [0, 255]: the answer must not change.",
        "different": "one direction of variance v, coded with signal-to-noise v / sigma^2: when is its rate not zero?",
    },
)
