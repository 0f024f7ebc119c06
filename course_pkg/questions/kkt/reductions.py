"""What a loss's reductions do to beta: a question of the chapter `kkt`."""

import torch

from course_pkg.grading import Case, Question, Wrong
from course_pkg.questions.shared import at_least

WAYS = ("sum", "batchmean", "mean")


def codes(seed: int) -> tuple[Case, ...]:
    g = torch.Generator().manual_seed(seed)

    def draw(low: int, high: int) -> int:
        return int(torch.randint(low, high, (), generator=g))

    def case(rung: str, reconstruction: str, kl: str, told: str = "", **given: int) -> Case:
        sizes = {"images": draw(20, 70), "channels": 3, "pixels": draw(100, 900), "latents": draw(5, 12)}
        sizes |= {name: n for name, n in given.items() if name in sizes}
        weight = given.get("weight", draw(2, 9))
        return Case(rung, {"weight": weight, "reconstruction": reconstruction, "kl": kl, **sizes}, sizes, told)

    hand = {"weight": 1000, "images": 256, "channels": 1, "pixels": 4096, "latents": 10}
    told = (
        "weight {weight}, reconstruction {reconstruction}, kl {kl}, {images} images, {pixels} pixels, {latents} latents"
    )
    return (
        case("hand", "sum", "batchmean", told, **hand),
        case("random", "mean", "batchmean"),
        case("random", "batchmean", "mean"),
        case("random", "mean", "mean"),
        case("random", "batchmean", "batchmean"),
        case("random", "batchmean", "sum"),
        case("oracle", "sum", "mean"),
        case("trap", "mean", "sum"),
        case("trap", "sum", "sum", channels=1),
    )


def times(how: str, images: int, numbers: int) -> float:
    """What a reduction makes of a term, over its sum per image averaged over images."""
    return {"sum": float(images), "batchmean": 1.0, "mean": 1 / numbers}[how]


def effective(weight: float, reconstruction: str, kl: str, images: int, channels: int, pixels: int, latents: int):
    return weight * times(kl, images, latents) / times(reconstruction, images, channels * pixels)


def effective_by_slopes(
    weight: float, reconstruction: str, kl: str, images: int, channels: int, pixels: int, latents: int
):
    """The loss on tensors of ones: its slope in one latent's KL over its slope in one pixel's error."""
    terms = [torch.ones(images, n, dtype=torch.float64, requires_grad=True) for n in (channels * pixels, latents)]

    def reduced(term: torch.Tensor, how: str) -> torch.Tensor:
        return term.mean() if how == "mean" else term.sum() / (len(term) if how == "batchmean" else 1)

    loss = reduced(terms[0], reconstruction) + weight * reduced(terms[1], kl)
    error, rate = torch.autograd.grad(loss, terms)
    return float(rate[0, 0] / error[0, 0])


def but(**changes):
    """The right answer to other facts."""

    def answer(**given):
        return effective(**{**given, **{name: change(given) for name, change in changes.items()}})

    return answer


def summed_in_an_image(how: str) -> str:
    return "batchmean" if how == "mean" else how


EFFECTIVE_BETA = Question(
    name="effective_beta",
    kind="implement",
    title="The same beta in two papers",
    points=3,
    difficulty=2,
    importance=5,
    minutes=20,
    returns="one number",
    relation="the code's loss is a positive number times (reconstruction + beta rate), both summed over their "
    "numbers in each image and averaged over images",
    cases=codes,
    reference=effective,
    oracle=effective_by_slopes,
    wrong=(
        Wrong(
            "the weight as it stands",
            lambda weight, **rest: float(weight),
            "a weight is a beta only where both terms are summed over the same things.",
        ),
        Wrong(
            '"batchmean" taken for the mean over every number',
            but(
                reconstruction=lambda given: given["reconstruction"].replace("batchmean", "mean"),
                kl=lambda given: given["kl"].replace("batchmean", "mean"),
            ),
            '"batchmean" divides by the images of the batch alone; "mean" divides by every number.',
        ),
        Wrong(
            "upside down",
            lambda weight, **rest: weight * weight / effective(weight, **rest),
            "a reconstruction that is divided by more makes the rate count for more: beta goes up, not down.",
        ),
        Wrong(
            "channels are not counted",
            but(channels=lambda given: 1),
            '"mean" divides by channels times pixels: a colour image has three numbers a pixel.',
        ),
        Wrong(
            "the mean over latents is forgotten",
            but(kl=lambda given: summed_in_an_image(given["kl"])),
            '"mean" divides the KL by the number of latents too; the rate of an image is their sum.',
        ),
        Wrong(
            "the mean over pixels is forgotten",
            but(reconstruction=lambda given: summed_in_an_image(given["reconstruction"])),
            '"mean" divides the reconstruction by the number of pixels too; that of an image is their sum.',
        ),
        Wrong(
            "the batch is forgotten",
            but(images=lambda given: 1),
            '"sum" adds over the images of a batch too. Where only one term does, beta depends on the batch size.',
        ),
        Wrong(
            "the reduction of the KL is not looked at",
            but(kl=lambda given: "batchmean"),
            "the KL has a reduction of its own.",
        ),
    ),
    conditions=(at_least(0.0, "a beta that stands for a positive weight is positive"),),
    hints={
        "not started": "write down what each word does to a term of ones: 256 images of 4096 numbers.",
        "exception": "reconstruction and kl are one of the three words; the rest are numbers.",
        "type": "return one number.",
        "hand": "divide the loss by what multiplies the reconstruction of one image.",
        "random": 'what does "mean" divide each term by? Images cancel only where both terms have them.',
        "trap": 'here the KL, or both terms, are summed over the batch ("sum").',
        "different": "compare each term with its sum per image, averaged over images; beta is weight times a ratio.",
    },
)
