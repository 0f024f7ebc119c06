"""Two outputs for one logit, and a shuffle that shuffles something else: questions of the chapter `density_ratio`."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from course_pkg.grading import Case, Condition, Question, Symmetry, Wrong
from course_pkg.questions.shared import at_least, normals, numbers

# A shuffle ----------------------------------------------------------------------------------------------


def batches(seed: int) -> tuple[Case, ...]:
    def case(rung: str, s: int, codes: int, latents: int) -> Case:
        z, keys = normals(s, 2, codes, latents)
        return Case(rung, {"z": z, "keys": keys}, {"codes": codes, "latents": latents})

    hand = {
        "z": numbers([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]]),
        "keys": numbers([[0.7, 0.2], [0.1, 0.9], [0.4, 0.5]]),
    }
    told = "codes of {latents:word} latents, {z}, with keys {keys}, row by row"
    return (
        Case("hand", hand, {"codes": 3, "latents": 2}, told),
        case("random", seed + 1, 6, 3),
        case("random", seed + 2, 4, 5),
        case("oracle", seed + 3, 8, 2),
        case("trap", seed + 4, 5, 5),
    )


def shuffle_by(z: Tensor, keys: Tensor) -> Tensor:
    return z.gather(0, keys.argsort(0))


def by_numpy(z: Tensor, keys: Tensor) -> Tensor:
    """One latent after the other, in lists."""
    found = np.empty(z.shape)
    for j in range(z.shape[1]):
        order = sorted(range(len(z)), key=lambda i: float(keys[i, j]))
        found[:, j] = [float(z[i, j]) for i in order]
    return torch.from_numpy(found)


SHUFFLE_BY = Question(
    name="shuffle_by",
    kind="debug",
    title="A shuffle that shuffles something else",
    points=2,
    difficulty=2,
    importance=5,
    minutes=15,
    returns="the shuffled codes, shape (codes, latents)",
    relation="latent j of the first row comes from the code with the smallest of keys[:, j], and so on, for each j",
    cases=batches,
    reference=shuffle_by,
    oracle=by_numpy,
    wrong=(
        Wrong(
            "latents mixed within a code: values not kept",
            lambda z, keys: z.gather(1, keys.argsort(1)),
            "you mixed the latents of each code. Each latent must keep its own values, and lose its companions.",
        ),
        Wrong(
            "whole codes",
            lambda z, keys: z[keys[:, 0].argsort()],
            "one order for all latents keeps every code whole: nothing is cut.",
        ),
        Wrong(
            "ranks for orders",
            lambda z, keys: z.gather(0, keys.argsort(0).argsort(0)),
            "that puts each value where its key's rank says; the question asks which value comes first.",
        ),
        Wrong(
            "the values sorted",
            lambda z, keys: z.sort(0).values,
            "the keys decide the order, not the values. Sorted latents are tied again: small with small.",
        ),
        Wrong(
            "the largest key first",
            lambda z, keys: z.gather(0, keys.argsort(0, descending=True)),
            "the smallest key comes first.",
        ),
        Wrong("codes as they were", lambda z, keys: z.clone(), "the codes are as they were."),
        Wrong(
            "the first latent left alone, without an order of its own",
            lambda z, keys: torch.cat([z[:, :1], shuffle_by(z, keys)[:, 1:]], 1),
            "it would do for the law of one row with two latents; here every latent has its own order.",
        ),
    ),
    conditions=(
        Condition(
            "each latent keeps its own values",
            lambda given, found: found[""].sort(0).values - given["z"].sort(0).values,
        ),
    ),
    symmetries=(
        Symmetry(
            "follow where the latents come in another order",
            lambda g: {"z": g["z"].flip(1), "keys": g["keys"].flip(1)},
            lambda g, v: v.flip(1),
        ),
    ),
    hints={
        "not started": "which axis does the handed-out code sort along? Do the case of three codes by hand.",
        "exception": "z and keys are (codes, latents). gather takes the axis first, then the indices.",
        "shape": "return as many codes of as many latents as came in.",
        "trap": "as many codes as latents: a wrong axis has the right shape.",
        "different": "argsort along the codes, one order a latent; then gather along the same axis.",
    },
)

# Two outputs --------------------------------------------------------------------------------------------


def outputs(seed: int) -> tuple[Case, ...]:
    def case(rung: str, s: int, codes: int, scale: float = 1.0) -> Case:
        real, shuffled = normals(s, 2, codes, 2)
        real = real + torch.tensor([0.5, 0.0])
        return Case(rung, {"real": scale * real, "shuffled": scale * shuffled}, {"codes": codes, "classes": 2})

    hand = {"real": numbers([[1.0, 0.0]]), "shuffled": numbers([[2.0, 2.0]])}
    told = "outputs of {real} for the real code and {shuffled} for the shuffled one"
    return (
        Case("hand", hand, {"codes": 1, "classes": 2}, told),
        case("random", seed + 1, 6),
        case("random", seed + 2, 5),
        case("oracle", seed + 3, 8),
        case("trap", seed + 4, 4, scale=400.0),
    )


def surprise(out: Tensor, kind: int) -> Tensor:
    return F.cross_entropy(out, torch.full((len(out),), kind))


def answer(tc=lambda a, b: (a[:, 0] - a[:, 1]).mean(), loss=lambda a, b: 0.5 * (surprise(a, 0) + surprise(b, 1))):
    return lambda real, shuffled: {"tc": tc(real, shuffled), "loss": loss(real, shuffled)}


def by_logits(real: Tensor, shuffled: Tensor) -> dict[str, Tensor]:
    """From one logit, the difference of the two outputs."""
    one, zero = real[:, 0] - real[:, 1], shuffled[:, 0] - shuffled[:, 1]
    return {"tc": one.sum() / len(one), "loss": (F.softplus(-one).sum() / len(one) + F.softplus(zero).mean()) / 2}


TWO_OUTPUTS = Question(
    name="two_outputs",
    kind="debug",
    title="Two outputs for one logit",
    points=3,
    difficulty=3,
    importance=5,
    minutes=25,
    returns='a dict: "tc" and "loss", one number each',
    relation="output 0 is for real codes, output 1 for shuffled ones, before a softmax; tc is the mean log ratio of "
    "the real codes; loss the mean surprise, over both kinds and over codes",
    cases=outputs,
    reference=answer(),
    oracle=by_logits,
    wrong=(
        Wrong(
            "the sign of the reading: raised what it should lower",
            answer(tc=lambda a, b: (a[:, 1] - a[:, 0]).mean()),
            "class 0 is the real deck. With this sign the model would raise what it should lower.",
        ),
        Wrong(
            "the average over shuffled codes for the total correlation",
            answer(tc=lambda a, b: (b[:, 0] - b[:, 1]).mean()),
            "the total correlation is the average over real codes.",
        ),
        Wrong(
            "log D for the difference log D - log(1 - D)",
            answer(tc=lambda a, b: a.log_softmax(1)[:, 0].mean()),
            "that is log D. The log ratio is log D - log(1 - D), the difference of the outputs.",
        ),
        Wrong(
            "a softmax before the difference: outputs are logarithms already",
            answer(tc=lambda a, b: (a.softmax(1)[:, 0] - a.softmax(1)[:, 1]).mean()),
            "the outputs are logarithms already: no softmax before the difference.",
        ),
        Wrong(
            "the half of the loss in the reading, a mean of two surprises",
            answer(tc=lambda a, b: (a[:, 0] - a[:, 1]).mean() / 2),
            "the half belongs to the loss, which is a mean of two surprises.",
        ),
        Wrong(
            "a sum that grows with the batch",
            answer(tc=lambda a, b: (a[:, 0] - a[:, 1]).sum()),
            "average over the codes: a sum grows with the batch.",
        ),
        Wrong(
            "log 2 twice at chance: a mean over both kinds left out",
            answer(loss=lambda a, b: surprise(a, 0) + surprise(b, 1)),
            "the mean over both kinds: at chance it is log 2, and this is twice that.",
        ),
        Wrong(
            "the opposite taught: real codes are not class 0",
            answer(loss=lambda a, b: 0.5 * (surprise(a, 1) + surprise(b, 0))),
            "real codes are class 0: this loss teaches the opposite.",
        ),
        Wrong(
            "one class for all: nothing to learn",
            answer(loss=lambda a, b: 0.5 * (surprise(a, 0) + surprise(b, 0))),
            "the shuffled codes are class 1: with one class for all, there is nothing to learn.",
        ),
        Wrong(
            "the loss summed: no average over the codes as well",
            answer(loss=lambda a, b: 0.5 * len(a) * (surprise(a, 0) + surprise(b, 1))),
            "average over the codes as well as over the two kinds.",
        ),
        Wrong(
            "a softmax twice: cross_entropy has its own",
            answer(loss=lambda a, b: 0.5 * (surprise(a.softmax(1), 0) + surprise(b.softmax(1), 1))),
            "F.cross_entropy takes outputs and has a softmax of its own: yours is there twice.",
        ),
        Wrong(
            "the ratio of mean probabilities: a logarithm after the mean",
            answer(tc=lambda a, b: a.softmax(1).mean(0).log()[0] - a.softmax(1).mean(0).log()[1]),
            "you took the logarithm of mean probabilities. Each code has a log ratio: logarithm first, then mean.",
        ),
    ),
    conditions=(at_least(0.0, "a surprise is never negative", "loss"),),
    independent=True,
    trains={"tc": ("real",), "loss": ("real", "shuffled")},
    symmetries=(
        Symmetry(
            "stay the same where both outputs rise by one",
            lambda g: {"real": g["real"] + 1, "shuffled": g["shuffled"] + 1},
        ),
    ),
    hints={
        "not started": "a softmax of two outputs is a sigmoid of their difference: whose probability is it?",
        "slope": "both entries stay tensors: no item(), no detach(), no no_grad().",
        "exception": "real and shuffled are (codes, 2); cross_entropy takes outputs and whole numbers.",
        "type": 'return {"tc": ..., "loss": ...}.',
        "shape": "one number each: average over the codes.",
        "not finite": "keep to cross_entropy: the logarithm of a softmax may be minus infinity.",
        "trap": "the outputs are in the hundreds: probabilities of zero and one.",
        "different": "by hand: the real code's outputs differ by 1, the shuffled one's by 0.",
    },
)
