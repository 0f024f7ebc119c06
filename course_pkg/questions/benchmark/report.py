"""A loop over seeds with four faults: a question of the chapter `benchmark`."""

import math
from collections.abc import Callable
from statistics import fmean, stdev

import torch
from torch import Tensor

from course_pkg.grading import Case, Question, Symmetry, Wrong
from course_pkg.questions.shared import at_least, numbers


def studies(seed: int) -> tuple[Case, ...]:
    """Scores of two systems during training: (2, seeds, evaluations), those on own votes a little higher."""

    def case(rung: str, s: int, seeds: int, evaluations: int, failed: bool = False) -> Case:
        g = torch.Generator().manual_seed(1000 * seed + s)
        rand = lambda *shape: torch.rand(shape, generator=g, dtype=torch.float64)
        fresh = 0.5 + 0.2 * rand(2, seeds, 1) + 0.08 * rand(2, seeds, evaluations)
        fresh[1] -= 0.1
        if failed:
            fresh[0, seeds // 2] -= 0.3
        own = fresh + 0.05 * rand(2, seeds, evaluations)
        return Case(rung, {"own": own, "fresh": fresh}, {"seeds": seeds, "evaluations": evaluations})

    own = numbers([[[0.6, 0.5], [0.7, 0.8], [0.9, 0.7]], [[0.4, 0.5], [0.6, 0.4], [0.7, 0.6]]])
    fresh = numbers([[[0.6, 0.5], [0.6, 0.7], [0.8, 0.6]], [[0.3, 0.4], [0.5, 0.3], [0.4, 0.5]]])
    hand = Case("hand", {"own": own, "fresh": fresh}, {"seeds": 3, "evaluations": 2}, "own {own}, fresh {fresh}")
    return (
        hand,
        case("random", 1, 10, 6),
        case("random", 2, 7, 4),
        case("random", 3, 5, 8),
        case("oracle", 4, 8, 5),
        case("trap", 5, 10, 5, failed=True),
    )


last = lambda own, fresh: fresh[:, :, -1]
of_seeds = lambda own: own.shape[1]


squares = lambda errors: errors.square().sum().sqrt()


def reported(scores: Callable = last, runs: Callable = of_seeds, added: Callable = squares, more: int = 1):
    """An answer. scores: one a run, (2, seeds); runs: how many there are; added: two errors; more: 1 for n - 1."""

    def answer(own: Tensor, fresh: Tensor) -> dict[str, Tensor]:
        x = scores(own, fresh)
        mean = x.mean(1)
        deviation = ((x - mean[:, None]).square().sum(1) / (x.shape[1] - more)).sqrt()  # of one run NaN, unwarned
        return {"difference": mean[0] - mean[1], "error": added(deviation / math.sqrt(runs(own)))}

    return answer


def one_heap(own: Tensor, fresh: Tensor) -> Tensor:
    return fresh.flatten(1)


def chosen_by_own(own: Tensor, fresh: Tensor) -> Tensor:
    return fresh.gather(2, own.argmax(2, keepdim=True))[:, :, 0]


every = lambda own: own.shape[1] * own.shape[2]
COUNTS = {"evaluations": every, "seeds": of_seeds, "seeds that are left": lambda own: own.shape[1] - 1}


def with_faults(votes: bool = False, best: bool = False, lowest: bool = False, count: str = "seeds"):
    """What the code on the sheet gives where some of its faults are mended: each argument is one that is left."""

    def scores(own: Tensor, fresh: Tensor) -> Tensor:
        x = own if votes else fresh
        x = x.amax(2) if best else x[:, :, -1]
        return x.sort(1).values[:, 1:] if lowest else x

    return reported(scores, COUNTS[count])


# Which faults may be left behind the first one that is told: those of the runs that count, and of how many they are.
LEFT = [(False, "seeds"), (False, "evaluations"), *((True, count) for count in COUNTS)]
SHEET = (True, "evaluations")


def best_seeds(own: Tensor, fresh: Tensor) -> dict[str, Tensor]:
    best = last(own, fresh).amax(1)
    return {**reported()(own, fresh), "difference": best[0] - best[1]}


def by_number(own: Tensor, fresh: Tensor) -> dict[str, Tensor]:
    """Run k of one system less run k of the other."""
    x = last(own, fresh)
    apart = x[0] - x[1]
    return {"difference": apart.mean(), "error": apart.std() / math.sqrt(len(apart))}


def turned(own: Tensor, fresh: Tensor) -> dict[str, Tensor]:
    found = reported()(own, fresh)
    return {**found, "difference": -found["difference"]}


def run_by_run(own: Tensor, fresh: Tensor) -> dict[str, float]:
    a, b = ([run[-1] for run in system] for system in fresh.tolist())
    return {
        "difference": fmean(a) - fmean(b),
        "error": math.hypot(stdev(a) / len(a) ** 0.5, stdev(b) / len(b) ** 0.5),
    }


REPORT = Question(
    name="mended_report",
    kind="debug",
    title="A loop over seeds with four faults",
    points=3,
    difficulty=2,
    importance=5,
    minutes=25,
    returns='{"difference": one number, "error": one number}',
    relation="the first system's mean less the second's and its standard error: a run counts once, by the fresh votes "
    "at its last step, and all of them count",
    cases=studies,
    reference=reported(),
    oracle=run_by_run,
    wrong=(
        Wrong(
            "own votes scored",
            with_faults(votes=True),
            "you scored a run on its own votes, those that named its latents: fresh ones are there.",
            (
                *(with_faults(True, False, *rest) for rest in LEFT[1:]),
                *(with_faults(True, True, *rest) for rest in LEFT if rest != SHEET),
            ),
        ),
        Wrong(
            "the best evaluation for the last",
            with_faults(best=True),
            "the best of several evaluations is higher without being better: take the last one.",
            tuple(with_faults(False, True, *rest) for rest in LEFT[1:]),
        ),
        Wrong(
            "an evaluation chosen by own votes",
            reported(chosen_by_own),
            "the evaluation was chosen, though by other votes: when to stop was to be fixed before.",
        ),
        Wrong(
            "the lowest seed left out",
            with_faults(lowest=True),
            "a seed that came out low is a result: you left out the lowest of each system.",
            tuple(with_faults(lowest=True, count=count) for count in COUNTS if count != "seeds"),
        ),
        Wrong(
            "evaluations counted as runs",
            with_faults(count="evaluations"),
            "evaluations of one run are not further runs: the root is that of how many seeds there are.",
        ),
        Wrong(
            "all evaluations in one heap",
            reported(one_heap, every),
            "you put all evaluations into one heap: those of one run are alike, and the error comes out too small.",
        ),
        Wrong(
            "a mean over the evaluations",
            reported(lambda own, fresh: fresh.mean(2)),
            "you took a mean over the training: the model that is left is the one at its last step.",
        ),
        Wrong(
            "errors added, not their squares",
            reported(added=lambda e: e.sum()),
            "independent errors add by their squares, not as they are.",
        ),
        Wrong(
            "the deviation with n for that with n - 1",
            reported(more=0),
            "the sample deviation is divided by n - 1: you divided by n, which is too small for so few.",
        ),
        Wrong(
            "the deviation of a run for that of a mean",
            reported(runs=lambda own: 1),
            "that is the deviation of a run. A mean's is smaller by a root.",
        ),
        Wrong(
            "runs paired by their number",
            by_number,
            "you paired runs by their number: no run of one system belongs to one of the other.",
        ),
        Wrong(
            "the best seed of each system",
            best_seeds,
            "you compared the best seed of one system with that of the other: means were asked for.",
        ),
        Wrong(
            "the second less the first, a sign",
            turned,
            "it is the first less the second: you have the other sign.",
        ),
        Wrong(
            "the code on the sheet, still to be mended",
            with_faults(True, True, *SHEET),
            "that is what the code on the sheet gives: votes, evaluations, seeds and error are still to be mended.",
        ),
    ),
    conditions=(at_least(0.0, "a standard error is not negative", "error"),),
    symmetries=(
        Symmetry(
            "stay the same where the seeds come in another order",
            lambda g: {"own": g["own"].flip(1), "fresh": g["fresh"].flip(1)},
        ),
        Symmetry("stay the same whatever the own votes say", lambda g: {"own": g["own"] + 0.1}),
    ),
    hints={
        "not started": "copy the handed-out function, and say of each of its lines which scores it looks at.",
        "exception": "own and fresh are (2, seeds, evaluations): the last axis is time.",
        "shape": "return one number for the difference, and one for its error.",
        "trap": "one run of this case went wrong. It was run.",
        "different": "four questions: whose votes, which evaluation, which seeds, and the root of how many?",
    },
)
