"""A term of a loss with four faults: a question of the chapter `mmd`."""

import math

import torch
from torch import Tensor

from course_pkg.grading import Case, Question, Symmetry, Wrong


def clouds(seed: int) -> tuple[Case, ...]:
    def draw(s: int, n: int, d: int) -> Tensor:
        return torch.randn(n, d, generator=torch.Generator().manual_seed(s), dtype=torch.float64)

    def case(rung: str, z: Tensor, prior: Tensor, h: float, weight: float, told: str = "") -> Case:
        sizes = {"codes": len(z), "latents": z.shape[1]}
        return Case(rung, {"z": z, "prior": prior, "h": h, "weight": weight}, sizes, told)

    hand = torch.tensor([[0.0], [2.0]], dtype=torch.float64), torch.tensor([[0.0], [1.0]], dtype=torch.float64)
    told = "codes {z}, draws of the prior {prior}, width {h}, weight {weight}"
    return (
        case("hand", *hand, 2.0, 3.0, told),
        case("random", draw(seed + 1, 6, 3) + 0.5, draw(seed + 2, 6, 3), 1.7, 10.0),
        case("oracle", 2 * draw(seed + 3, 5, 2), draw(seed + 4, 5, 2), 1.3, 4.0),
        case("trap", draw(seed + 5, 4, 4) + 3, draw(seed + 6, 4, 4), 2.5, 100.0),
    )


def kernel(a: Tensor, b: Tensor, scale: float) -> Tensor:
    return (-(a[:, None] - b).square().sum(-1) / scale).exp()


def term(z: Tensor, prior: Tensor, scale: float, weight: float) -> Tensor:
    n = len(z)
    within = lambda s: (kernel(s, s, scale).sum() - n) / (n * (n - 1))
    return weight * (within(z) + within(prior) - 2 * kernel(z, prior, scale).mean())


def mended(z: Tensor, prior: Tensor, h: float, weight: float) -> Tensor:
    return term(z, prior, 2 * h * h, weight)


def pair_by_pair(z: Tensor, prior: Tensor, h: float, weight: float) -> float:
    k = lambda a, b: math.exp(-sum((u - v) ** 2 for u, v in zip(a, b, strict=True)) / (2 * h**2))
    x, y = z.tolist(), prior.tolist()
    unlike = lambda s: [k(a, b) for i, a in enumerate(s) for j, b in enumerate(s) if i != j]
    average = lambda values: sum(values) / len(values)
    return weight * (average(unlike(x)) + average(unlike(y)) - 2 * average([k(a, b) for a in x for b in y]))


def biased(z: Tensor, prior: Tensor, h: float, weight: float) -> Tensor:
    mean = lambda a, b: kernel(a, b, 2 * h * h).mean()
    return weight * (mean(z, z) + mean(prior, prior) - 2 * mean(z, prior))


def parts(given):
    z, prior, scale, weight = given["z"], given["prior"], 2 * given["h"] ** 2, given["weight"]
    n = len(z)
    within = lambda s: (kernel(s, s, scale).sum() - n) / (n * (n - 1))
    return {
        "": {
            "the weighted mean over unlike codes": weight * within(z),
            "the weighted mean over unlike draws of the prior": weight * within(prior),
            "minus twice the weighted mean between the two": -2 * weight * kernel(z, prior, scale).mean(),
        }
    }


MENDED = Question(
    name="mended_term",
    kind="debug",
    title="Four faults in one term",
    points=3,
    difficulty=3,
    importance=5,
    minutes=25,
    returns="one number: what the batch's codes add to the loss",
    relation="weight times the unbiased estimate of MMD^2 of codes and prior, kernel exp(-r^2 / 2 h^2)",
    cases=clouds,
    reference=mended,
    oracle=pair_by_pair,
    wrong=(
        Wrong(
            "a kernel divided by the latents once more",
            lambda z, prior, h, weight: term(z, prior, 2 * h * h * z.shape[1], weight),
            "the squared distance is a sum over latents and h is given: the kernel divides by nothing else.",
        ),
        Wrong(
            "exp(-r^2 / h^2): the 2 left out",
            lambda z, prior, h, weight: term(z, prior, h * h, weight),
            "the kernel is exp(-r^2 / 2 h^2); you left out the 2.",
        ),
        Wrong(
            "h not squared",
            lambda z, prior, h, weight: term(z, prior, 2 * h, weight),
            "h is a width, in the units of the codes; a squared distance is divided by its square.",
        ),
        Wrong(
            "a code compared with itself",
            biased,
            "a code compared with itself makes the estimate biased, and draws the codes together.",
        ),
        Wrong(
            "sums that grow with the batch, not means",
            lambda z, prior, h, weight: mended(z, prior, h, weight) * len(z),
            "the term must not grow with the batch: means of the kernel, not sums.",
        ),
        Wrong(
            "a term subtracted, not added to the loss",
            lambda z, prior, h, weight: -mended(z, prior, h, weight),
            "it is added to a loss that is minimised: the term grows as codes leave the prior.",
        ),
        Wrong(
            "the weight is forgotten",
            lambda z, prior, h, weight: mended(z, prior, h, 1.0),
            "an RBF MMD^2 is at most 2: without its weight it is nothing beside a reconstruction.",
        ),
        Wrong(
            "the square root",
            lambda z, prior, h, weight: weight * (mended(z, prior, h, weight) / weight).clamp_min(0).sqrt(),
            "MMD^2 has the unbiased estimate; its root has none, and an infinite slope at 0.",
        ),
        Wrong(
            "pairs left out between codes and prior",
            lambda z, prior, h, weight: (
                mended(z, prior, h, weight)
                + 2 * weight * kernel(z, prior, 2 * h * h).mean()
                - 2
                * weight
                * (kernel(z, prior, 2 * h * h).sum() - kernel(z, prior, 2 * h * h).diagonal().sum())
                / (len(z) * (len(z) - 1))
            ),
            "a code and a draw of the prior are never the same point: between codes and prior no pair is left out.",
        ),
    ),
    trains={"": ("z",)},
    terms=parts,
    symmetries=(
        Symmetry(
            "stay the same where codes and prior move by one", lambda g: {"z": g["z"] + 1, "prior": g["prior"] + 1}
        ),
        Symmetry(
            "stay the same in other units (codes, prior and h doubled)",
            lambda g: {"z": 2 * g["z"], "prior": 2 * g["prior"], "h": 2 * g["h"]},
        ),
    ),
    hints={
        "not started": "take two codes and two draws by hand, and write down all the kernel's values.",
        "exception": "z and prior are (n, d), h and weight numbers.",
        "shape": "return one number for the batch.",
        "slope": "the codes must be able to learn from it: no .detach(), no .item().",
        "different": "compare each of the three means with one that you compute in two loops.",
    },
)
