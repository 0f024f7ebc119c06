"""A loss with a capacity to mend: a question of the chapter `bottleneck`."""

import math
from collections.abc import Callable

import numpy as np
from torch import Tensor

from course_pkg.grading import Case, Condition, Question, Wrong
from course_pkg.questions.shared import at_least, normals, numbers


def capacity_cases(seed: int) -> tuple[Case, ...]:
    def case(rung: str, fit: Tensor, kl: Tensor, *, at: float, capacity: float, width: float, told: str = "") -> Case:
        """The ramp has come `at` of its way, and stands at this capacity."""
        start, steps = capacity - width * min(at, 1.0), 1000
        arguments = {
            "log_likelihood": fit, "kl": kl, "step": round(at * steps),
            "gamma": 10.0, "start": start, "end": start + width, "steps": steps,
        }  # fmt: skip
        return Case(rung, arguments, {"images": len(kl), "latents": kl.shape[1]}, told)

    def draw(s: int, images: int, latents: int) -> tuple[Tensor, Tensor]:
        kl = normals(s, 1, images, latents)[0].square()
        return -5 - normals(s + 50, 1, images)[0].square(), kl

    told = (
        "images of log-likelihood {log_likelihood}, KL {kl} nats, step {step} of {steps}, "
        "C from {start} to {end}, gamma {gamma}"
    )
    fit, kl = draw(seed + 1, 4, 5)
    fit2, kl2 = draw(seed + 2, 3, 6)
    fit3, kl3 = draw(seed + 3, 5, 5)
    mean = lambda kl: kl.sum(1).mean().item()
    hand = numbers([-1.0, -3.0]), numbers([[3.0, 0.0], [0.0, 1.0]])
    return (
        case("hand", *hand, at=0.5, capacity=2.5, width=1.0, told=told),
        case("random", fit, kl, at=0.3, capacity=mean(kl) + 0.2, width=4.0),
        case("random", fit2, kl2, at=0.8, capacity=mean(kl2) - 0.3, width=2.0),
        case("oracle", fit2, 2 * kl2, at=0.25, capacity=mean(2 * kl2) / 6, width=3.0),
        case("trap", fit3, kl3, at=2.5, capacity=mean(kl3) + 0.1, width=3.0),  # long after the ramp has ended
    )


def ramp(step: int, start: float, end: float, steps: int) -> float:
    return start + (end - start) * min(step / steps, 1.0)


def of_batch(kl: Tensor, capacity: float) -> Tensor:
    return (kl.sum(1).mean() - capacity).abs()


def capacity_loss(
    reach: Callable = ramp,
    miss: Callable = of_batch,
    total: Callable = lambda fit, penalty: penalty - fit.mean(),
    weigh: Callable = lambda miss, gamma: gamma * miss,
) -> Callable:
    """An answer made of four parts, three of them right where a wrong one changes the fourth."""

    def answer(
        log_likelihood: Tensor, kl: Tensor, step: int, gamma: float, start: float, end: float, steps: int
    ) -> dict[str, Tensor | float]:
        capacity = reach(step, start, end, steps)
        penalty = weigh(miss(kl, capacity), gamma)
        return {"capacity": capacity, "penalty": penalty, "loss": total(log_likelihood, penalty)}

    return answer


def capacity_by_numpy(
    log_likelihood: Tensor, kl: Tensor, step: int, gamma: float, start: float, end: float, steps: int
) -> dict[str, float]:
    """The ramp by interpolation, which ends where its table ends; one image at a time."""
    capacity = float(np.interp(step, [0, steps], [start, end]))
    rates = [sum(row) for row in kl.tolist()]
    penalty = gamma * math.sqrt((sum(rates) / len(rates) - capacity) ** 2)
    return {"capacity": capacity, "penalty": penalty, "loss": penalty - sum(log_likelihood.tolist()) / len(rates)}


MENDED_CAPACITY = Question(
    name="mended_capacity",
    kind="debug",
    title="Four faults in three lines",
    points=4,
    difficulty=3,
    importance=5,
    minutes=30,
    returns='a dict of three numbers: "capacity", "penalty" and "loss"',
    relation="loss = gamma |mean KL - C(step)| - mean log-likelihood; KL summed over latents, means over images, "
    "C on a straight line until `steps` and constant after",
    cases=capacity_cases,
    reference=capacity_loss(),
    oracle=capacity_by_numpy,
    wrong=(
        Wrong(
            "a ramp that keeps growing after `steps`",
            capacity_loss(reach=lambda step, start, end, steps: start + (end - start) * step / steps),
            "after `steps` the capacity keeps growing, and the code is forced to spend nats that it has no use for.",
        ),
        Wrong(
            "a ramp from zero",
            capacity_loss(reach=lambda step, start, end, steps: min(end, end * step / steps)),
            "the line begins at `start`, not at zero.",
        ),
        Wrong(
            "a slope without `start`, which stands before it alone",
            capacity_loss(reach=lambda step, start, end, steps: min(end, start + end * step / steps)),
            "the line goes from `start` to `end`, so its slope is their difference over `steps`; yours has no `start`.",
        ),
        Wrong(
            "no absolute value: C is a constant of the loss",
            capacity_loss(miss=lambda kl, c: kl.sum(1).mean() - c),
            "without it C is a constant of the loss: its gradient is that of a beta-VAE with beta = gamma.",
        ),
        Wrong(
            "every image held at C",
            capacity_loss(miss=lambda kl, c: (kl.sum(1) - c).abs().mean()),
            "you hold every image at C. The capacity is that of the batch's mean: dear images may cost more.",
        ),
        Wrong(
            "a mean over latents, whose nats do not add up",
            capacity_loss(miss=lambda kl, c: (kl.mean(1).mean() - c).abs()),
            "the nats of a code add up over its latents; a mean lets it spend that many times C.",
        ),
        Wrong(
            "two faults: a mean over latents, and each image's absolute value before the mean",
            capacity_loss(miss=lambda kl, c: (kl.mean(1) - c).abs().mean()),
            "two faults in one: sum over latents, and take the absolute value after the mean over images.",
        ),
        Wrong(
            "two faults: a mean over latents, no absolute value of what is left",
            capacity_loss(miss=lambda kl, c: kl.mean(1).mean() - c),
            "two faults in one: sum over latents, and take the absolute value of what is left.",
        ),
        Wrong(
            "a KL summed over images, not averaged",
            capacity_loss(miss=lambda kl, c: (kl.sum() - c).abs()),
            "C is in nats an image: the KL is summed over latents and averaged over images.",
        ),
        Wrong(
            "a hinge",
            capacity_loss(miss=lambda kl, c: (kl.sum(1).mean() - c).clamp_min(0)),
            "a good idea, and another objective: the hinge leaves a KL below C alone, and this one does not.",
        ),
        Wrong(
            "a square",
            capacity_loss(miss=lambda kl, c: (kl.sum(1).mean() - c) ** 2),
            "a square is flat at its bottom, so no finite gamma holds the constraint exactly; an absolute value can.",
        ),
        Wrong(
            "gamma left out",
            capacity_loss(weigh=lambda miss, gamma: miss),
            "gamma multiplies the distance from C.",
        ),
        Wrong(
            "one term summed over the batch",
            capacity_loss(total=lambda fit, penalty: penalty - fit.sum()),
            "one term summed over the batch, the other averaged: gamma now shrinks as the batch grows.",
        ),
        Wrong(
            "a log-likelihood without its minus",
            capacity_loss(total=lambda fit, penalty: penalty + fit.mean()),
            "a loss is minimised, so the log-likelihood enters with a minus.",
        ),
        Wrong(
            "what is maximised, for the loss",
            capacity_loss(total=lambda fit, penalty: fit.mean() - penalty),
            "that is what is to be maximised. Optimisers minimise: the loss is minus that.",
        ),
        Wrong(
            "a penalty an image, not one number for the batch",
            capacity_loss(total=lambda fit, penalty: penalty - fit),
            "the penalty is one number for the batch, so the loss is too: average the log-likelihood.",
        ),
    ),
    conditions=(
        Condition(
            "the loss is your own penalty minus the mean log-likelihood",
            lambda g, f: f["loss"] - f["penalty"] + g["log_likelihood"].mean(),
        ),
        Condition(
            "the capacity stays between start and end",
            lambda g, f: f["capacity"] - f["capacity"].clamp(g["start"], g["end"]),
        ),
        at_least(0.0, "a distance from C, times gamma, is never negative", "penalty"),
    ),
    trains={"loss": ("log_likelihood", "kl")},
    independent=True,
    derived={"loss": ("penalty",)},
    hints={
        "not started": "take the case by hand: C first, then the mean KL of an image, then how far apart they are.",
        "slope": "penalty and loss stay tensors: no item(), no float(), no detach().",
        "type": 'return {"capacity": ..., "penalty": ..., "loss": ...}.',
        "exception": "log_likelihood is (images,), kl (images, latents), the rest are numbers.",
        "shape": "all three are single numbers: means over images, sums over latents.",
        "trap": "training may go on after the ramp has ended.",
        "different": "the entry named first is the first that is off: the capacity, then the penalty, then the loss.",
    },
)
