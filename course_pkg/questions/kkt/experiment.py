"""A prediction to commit before an experiment: a question of the chapter `kkt`."""

import math

import torch
from torch import Tensor

from course_pkg.grading import Case, Condition, Question, Symmetry, Wrong
from course_pkg.questions.shared import WHOLE, numbers


def spectra(seed: int) -> tuple[Case, ...]:
    def draw(s: int, n: int) -> Tensor:
        g = torch.Generator().manual_seed(s)
        return torch.rand(n, generator=g, dtype=torch.float64).sort(descending=True).values

    def case(rung: str, variances: Tensor, weight: float, latents: int, told: str = "") -> Case:
        sizes = {"directions": len(variances), "latents": latents}
        return Case(rung, {"variances": variances, "weight": weight, "latents": latents}, sizes, told)

    def spread(rung: str, s: int, n: int, latents: int, share: float, scale: float = 1.0) -> Case:
        """Variances over four powers of ten around the price, so that every wrong factor in it is seen."""
        variances = scale * 10 ** (4 * draw(s, n) - 4)
        price = float(variances[int(share * n)])
        variances[int(share * n) - 1] = 1.04 * price  # worth its price by hundredths of a nat
        return case(rung, variances, 1.01 * price * 2 * latents / n, latents)

    hand = numbers([0.9, 0.5, 0.3, 0.1])
    told = "variances {variances} of {directions:word} pixels; {latents:word} latents, weight {weight}"
    return (
        case("hand", hand, 0.3, 3, told),
        spread("random", seed + 1, 40, 32, 0.4),
        spread("random", seed + 2, 24, 22, 0.3),
        spread("oracle", seed + 3, 50, 20, 0.16),
        spread("trap", seed + 4, 40, 24, 0.3, scale=4e4),
        case("trap", 1 + draw(seed + 5, 20), 0.001, 7),
    )


def survivors_by_search(variances: Tensor, weight: float, latents: int) -> float:
    """Of each direction, whether the loss falls when its rate rises from zero, on a grid; the largest come first."""
    rates = torch.linspace(0, 8, 40_001, dtype=variances.dtype)
    loss = variances[:, None] * (-2 * rates).exp() / len(variances) + weight * rates / latents
    return float((loss.argmin(1) > 0).sort(descending=True).values[:latents].sum())


def counting(price, cap: bool = True):
    def answer(variances: Tensor, weight: float, latents: int) -> int:
        above = int((variances > price(variances, weight, latents)).sum())
        return min(above, latents) if cap else above

    return answer


SURVIVE = Question(
    name="latents_that_survive",
    kind="experiment",
    title="How many latents survive a weight",
    points=3,
    difficulty=4,
    importance=5,
    minutes=30,
    returns="a whole number",
    relation="how many latents of the best linear VAE have a rate above zero, where the loss is the squared error "
    "averaged over all pixels plus the weight times the KL averaged over all latents",
    cases=spectra,
    reference=counting(lambda v, w, d: w * len(v) / (2 * d)),
    oracle=survivors_by_search,
    wrong=(
        Wrong(
            "the weight is the price",
            counting(lambda v, w, d: w),
            "you compared the variance with the weight, as if the loss were in nats with a width of one.",
        ),
        Wrong(
            "the half is missing: two nats for one",
            counting(lambda v, w, d: w * len(v) / d),
            "a nat of rate takes two off the error's logarithm: the error falls by a factor of e squared, at first by "
            "two for each nat.",
        ),
        Wrong(
            "as if the half were in the error",
            counting(lambda v, w, d: w * len(v) / (4 * d)),
            "the mean squared error has no half in front: a Gaussian of which width has it for its loss?",
        ),
        Wrong(
            "pixels are not counted",
            counting(lambda v, w, d: w / (2 * d)),
            "the error is averaged over pixels: what one direction saves is divided by their number.",
        ),
        Wrong(
            "a KL averaged over latents that are not counted",
            counting(lambda v, w, d: w * len(v) / 2),
            "the KL is averaged over latents: what one latent costs is divided by their number.",
        ),
        Wrong(
            "a smaller price for more pixels: the ratio upside down",
            counting(lambda v, w, d: w * d / (2 * len(v))),
            "an average over more pixels makes a direction's saving smaller, and so the price higher.",
        ),
        Wrong(
            "widths for variances: units not squared",
            counting(lambda v, w, d: (w * len(v) / (2 * d)) ** 2),
            "the price is already in squared units of a pixel. Change the units, from [0, 1] to [0, 255], and see.",
        ),
        Wrong(
            "more directions than the net has latents",
            counting(lambda v, w, d: w * len(v) / (2 * d), cap=False),
            "more directions are worth their price than the net has latents.",
        ),
        Wrong(
            "a threshold of .03 nats",
            counting(lambda v, w, d: w * len(v) / (2 * d) * math.exp(0.06)),
            "the table needs a threshold of .03 nats for nets that were trained; a rule needs none: any rate counts.",
        ),
        Wrong(
            "64 pixels written into the code",
            counting(lambda v, w, d: w * 64 / (2 * d)),
            "The pixels of the digits are written into it: here as many come in as there are variances.",
        ),
        Wrong(
            "the means divide alike and cancel",
            counting(lambda v, w, d: w / 2),
            "the means do not cancel: one divides by the pixels, the other by the latents.",
        ),
        Wrong(
            "every latent used, whatever it saves",
            lambda variances, weight, latents: latents,
            "a latent is used only where it saves more error than its rate costs.",
        ),
    ),
    conditions=(
        WHOLE,
        Condition("no more latents than there are", lambda g, f: (f[""] - g["latents"]).clamp_min(0)),
    ),
    symmetries=(
        Symmetry(
            "stay the same in other units of the pixels (variances and weight times 4)",
            lambda g: {"variances": 4 * g["variances"], "weight": 4 * g["weight"]},
        ),
    ),
    hints={
        "not started": "one direction: write what the loss gains and pays when its rate rises a little from zero.",
        "no effect": "the sizes come in as arguments: len(variances) pixels, and `latents`. Other sizes come too.",
        "exception": "variances is a tensor, weight and latents are numbers; compare, then count.",
        "type": "count with int((...).sum()).",
        "shape": "count with int((...).sum()).",
        "trap": "some spectra are in other units; some have more large variances than there are latents.",
        "different": "write the loss as a number times (squared error / (2 sigma^2) + beta rate), and read off beta "
        "sigma^2. Only their product matters.",
    },
)
