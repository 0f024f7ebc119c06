"""What a log will say: predictions to commit before an experiment, of the chapter `total_correlation`."""

import math

import torch
from torch import Tensor

from course_pkg.grading import Case, Question, Wrong
from course_pkg.questions.shared import WHOLE, at_least, numbers

# A reading at its ceiling -------------------------------------------------------------------------


def reading_cases(seed: int) -> tuple[Case, ...]:
    def case(rung: str, single: Tensor, batch: int, n: int, told: str = "") -> Case:
        return Case(rung, {"single": single, "batch": batch, "n": n}, {"latents": len(single)}, told)

    g = torch.Generator().manual_seed(seed)
    draw = lambda d: 0.5 + 3 * torch.rand(d, generator=g, dtype=torch.float64)
    return (
        case(
            "hand",
            numbers([2.0, 3.0]),
            8,
            1000,
            "latents of which {single} nats are read, batches of {batch} out of {n} images",
        ),
        case("random", draw(5), 64, 50_000 + seed),
        case("oracle", draw(3), 128, 737_280),
        case("trap", draw(10), 32, 60_000),
    )


def reading(single: Tensor, batch: int, n: int) -> Tensor:
    return single.sum() - math.log(n)


def reading_by_densities(single: Tensor, batch: int, n: int) -> Tensor:
    """One code: density 1 of its own image; in latent j the others account for exp(-I_j), for none jointly."""
    joint = 1 / n
    alone = torch.exp(-single)
    return torch.as_tensor(joint, dtype=torch.float64).log() - alone.log().sum()


READING = Question(
    name="tc_read",
    kind="experiment",
    title="What will the log say?",
    points=2,
    difficulty=3,
    importance=5,
    minutes=20,
    returns="one number",
    relation="the TC that stratified weights read where no other image of the batch accounts for a whole code, and "
    "of every latent it reads single[j] nats",
    cases=reading_cases,
    reference=reading,
    oracle=reading_by_densities,
    wrong=(
        Wrong(
            "the truth",
            lambda single, batch, n: 0 * single.sum(),
            "that is the truth, if the latents are independent. What is read?",
        ),
        Wrong(
            "the batch for the set",
            lambda single, batch, n: single.sum() - math.log(batch),
            "that is the ceiling of a batch whose images all count alike. Stratified, the own image counts 1/N.",
        ),
        Wrong(
            "the ceiling first",
            lambda single, batch, n: math.log(n) - single.sum(),
            "the ceiling does not come first, it comes off what the single latents say.",
        ),
        Wrong(
            "minus log N alone",
            lambda single, batch, n: 0 * single.sum() - math.log(n),
            "minus log N alone leaves out what the single latents say, which it comes off.",
        ),
        Wrong(
            "a ceiling for each latent but one",
            lambda single, batch, n: single.sum() - (len(single) - 1) * math.log(n),
            "that is for weights of 1/(NB), and only the joint is at its ceiling here.",
        ),
        Wrong(
            "the others' share",
            lambda single, batch, n: single.sum() - math.log(n) + math.log(batch - 1),
            "the others account for nothing of the code, so their number cannot matter.",
        ),
        Wrong(
            "the dearest latent",
            lambda single, batch, n: single.max() - math.log(n),
            "all latents count, not the largest alone.",
        ),
    ),
    hints={
        "not started": "the estimate of q(z) is then the own image's density times its weight. What is I? Then TC.",
        "exception": "single is a tensor, n a number: math.log(n).",
        "type": "return one number.",
        "shape": "add over latents: one number.",
        "hand": "2 + 3 less log 1000.",
        "trap": "many latents: the reading may be far above zero.",
        "different": "TC read = sum of the single informations read - the information read, code by code.",
    },
    tolerance=1e-6,
)

# How large a batch ------------------------------------------------------------------------------------


def size_cases(seed: int) -> tuple[Case, ...]:
    def case(rung: str, information: float, told: str = "") -> Case:
        return Case(rung, {"information": information}, {"latents": 2}, told)

    g = torch.Generator().manual_seed(seed)
    some = torch.randint(0, 20, (3,), generator=g).tolist()
    return (
        case("hand", 3.0, "codes that hold {information} nats"),
        case("random", 4.35 + 0.01 * some[0]),  # e^I from 78 to 94
        case("oracle", 8.65 + 0.01 * some[1]),  # 5,700 to 6,900
        case("trap", 0.0),  # e^0 is a power of two itself
        case("trap", 6.95 + 0.01 * some[2]),  # 1,044 to 1,261: just above a power of two
    )


def batch_needed(information: float) -> int:
    return 2 ** (math.floor(information / math.log(2)) + 1)


def batch_by_doubling(information: float) -> Tensor:
    """Double until an other image is expected that accounts for the code: B exp(-I) above one."""
    size = 1
    while size * math.exp(-information) <= 1:
        size *= 2
    return torch.tensor(float(size), dtype=torch.float64)


BATCH_NEEDED = Question(
    name="batch_needed",
    kind="experiment",
    title="How large a batch?",
    points=2,
    difficulty=2,
    importance=5,
    minutes=20,
    returns="a whole number",
    relation="the smallest power of two above e^I, for codes that hold I nats about N images, N far larger",
    cases=size_cases,
    reference=batch_needed,
    oracle=batch_by_doubling,
    wrong=(
        Wrong(
            "bits for nats",
            lambda information: 2 ** (math.floor(information) + 1),
            "2 to the I would be right in bits. In nats it is e to the I.",
            also=(lambda information: 2 ** math.ceil(information),),
        ),
        Wrong(
            "the power of two that is nearest",
            lambda information: 2 ** round(information / math.log(2)),
            "the power of two that is nearest may lie below e^I: round up, never down.",
        ),
        Wrong(
            "a power below e^I",
            lambda information: 2 ** math.floor(information / math.log(2)),
            "a power of two below e^I is one step too low.",
        ),
        Wrong(
            "e^I itself, where that is a power of two",
            lambda information: 2 ** math.ceil(information / math.log(2)),
            "e^I may be a power of two itself, as for codes that say nothing: then the next one is asked.",
        ),
        Wrong(
            "no power of two",
            lambda information: math.ceil(math.exp(information)),
            "that is e^I, rounded up. Asked is the next power of two.",
        ),
        Wrong(
            "the usual 64",
            lambda information: 64 if abs(information - 4.25) > 0.2 else 32,
            "64 is a habit, and serves codes of four nats.",
            also=(lambda information: max(64, batch_needed(information)),),
        ),
        Wrong(
            "a power too many",
            lambda information: 2 ** (math.floor(information / math.log(2)) + 2),
            "one power too many: it is above e^I, and so is half of it.",
        ),
        Wrong(
            "as for an average of errors",
            lambda information: math.ceil(information**2),
            "a square is for error bars that shrink with a root. Here other images must come near: e^I.",
        ),
    ),
    conditions=(WHOLE, at_least(2.0, "a batch holds two images or more")),
    hints={
        "not started": "a code of I nats is shared by a fraction e^-I of the images. How many of a batch are that?",
        "exception": "information is a number: math.exp, math.log, math.floor.",
        "type": "return an int.",
        "shape": "return an int.",
        "hand": "the powers of two around 20 are 16 and 32.",
        "trap": "e^I just above a power of two, or one itself: the next one is asked.",
        "different": "divide I by log 2: it is the exponent, in bits; then the next whole number above it.",
    },
    tolerance=1e-9,
)
