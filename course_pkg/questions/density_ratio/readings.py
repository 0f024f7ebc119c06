"""Four readings of one logit: a question of the chapter `density_ratio`."""

import math

import numpy as np
import scipy.special
import torch
import torch.nn.functional as F
from torch import Tensor

from course_pkg.grading import Case, Condition, Question, Wrong
from course_pkg.questions.shared import at_least, normals, numbers


def logits(seed: int) -> tuple[Case, ...]:
    def case(rung: str, s: int, n: int, m: int, shift: float = 0.5, low: float = 0.0) -> Case:
        (real,), (shuffled,) = normals(s, 1, n), normals(s + 50, 1, m)
        given = {"real": real + shift - low, "shuffled": shuffled - shift - low}
        return Case(rung, given, {"real codes": n, "shuffled codes": m})

    hand = {"real": numbers([1.0, 2.0]), "shuffled": numbers([0.0, math.log(3)])}
    return (
        Case(
            "hand",
            hand,
            {"real codes": 2, "shuffled codes": 2},
            "logits {real} of the real codes and {shuffled} of the shuffled ones",
        ),
        case("random", seed + 1, 6, 6),
        case("random", seed + 2, 5, 9),
        case("oracle", seed + 3, 7, 4, 1.0),
        case("trap", seed + 4, 3, 40, 2.0),
        case("trap", seed + 5, 4, 6, low=850.0),
    )


def log_mass(zero: Tensor) -> Tensor:
    return zero.logsumexp(0) - math.log(len(zero))


PARTS = {
    "plug_in": lambda one, zero: one.mean(),
    "donsker": lambda one, zero: one.mean() - log_mass(zero),
    "mass": lambda one, zero: zero.exp().mean(),
    "surprise": lambda one, zero: 0.5 * (F.softplus(-one).mean() + F.softplus(zero).mean()),
}


def reading(**changed):
    parts = {**PARTS, **changed}
    return lambda real, shuffled: {name: f(real, shuffled) for name, f in parts.items()}


def by_scipy(real: Tensor, shuffled: Tensor) -> dict[str, float]:
    one, zero = real.detach().numpy(), shuffled.detach().numpy()
    log_mass = scipy.special.logsumexp(zero) - math.log(len(zero))
    pays = -np.mean(scipy.special.log_expit(one)) - np.mean(scipy.special.log_expit(-zero))
    return {
        "plug_in": float(np.mean(one)),
        "donsker": float(np.mean(one) - log_mass),
        "mass": float(np.exp(log_mass)),
        "surprise": float(pays / 2),
    }


READ_OFF = Question(
    name="read_off",
    kind="implement",
    title="Four readings of one logit",
    points=3,
    difficulty=2,
    importance=4,
    minutes=20,
    returns='a dict: "plug_in", "donsker", "mass" and "surprise", one number each',
    relation="plug_in is the mean logit of real codes; mass the mean of its exponential over shuffled codes; donsker "
    "is Donsker and Varadhan's bound; surprise the cross-entropy, averaged over both kinds",
    cases=logits,
    reference=reading(),
    oracle=by_scipy,
    wrong=(
        Wrong(
            "the divergence read on the second deck, not on real codes, the first",
            reading(plug_in=lambda one, zero: zero.mean()),
            "the divergence is an average over real codes, the first deck.",
        ),
        Wrong(
            "both decks: the divergence turned round added, Jeffreys' divergence",
            reading(plug_in=lambda one, zero: one.mean() - zero.mean()),
            "that adds the divergence turned round: together they are Jeffreys' divergence.",
        ),
        Wrong(
            "the mean of the logarithms",
            reading(donsker=lambda one, zero: one.mean() - zero.mean()),
            "the logarithm is taken of the mean of e^T. You took the mean of the logarithm of e^T.",
        ),
        Wrong(
            "without the logarithm: the other bound",
            reading(donsker=lambda one, zero: one.mean() - zero.exp().mean()),
            "without the logarithm it is the other bound, and that has a one besides.",
        ),
        Wrong(
            "NWJ's bound for Donsker and Varadhan's",
            reading(donsker=lambda one, zero: one.mean() - zero.exp().mean() + 1),
            "that is NWJ's bound, which is never above Donsker and Varadhan's.",
        ),
        Wrong(
            "a sum in logsumexp, not divided by the number",
            reading(donsker=lambda one, zero: one.mean() - zero.logsumexp(0)),
            "logsumexp adds; a mean is the sum over the number of shuffled codes.",
        ),
        Wrong(
            "a large mass added, not subtracted",
            reading(donsker=lambda one, zero: one.mean() + log_mass(zero)),
            "a logit that is too large everywhere has a large mass: it must be subtracted.",
        ),
        Wrong(
            "e^T over the first deck: chi square",
            reading(mass=lambda one, zero: one.exp().mean()),
            "e^T has mean one over the second deck; over the first, it is chi square plus one.",
        ),
        Wrong(
            "the mass turned round: e^-T over shuffled codes, e^T over real ones",
            reading(mass=lambda one, zero: (-zero).exp().mean()),
            "over shuffled codes it is e^T that has mean one, over real ones e^-T.",
        ),
        Wrong(
            "log 2 twice at chance: both kinds added",
            reading(surprise=lambda one, zero: F.softplus(-one).mean() + F.softplus(zero).mean()),
            "average over both kinds: chance is log 2.",
        ),
        Wrong(
            "the sign of T: a real code surprises where its logit is high",
            reading(surprise=lambda one, zero: 0.5 * (F.softplus(one).mean() + F.softplus(-zero).mean())),
            "a real code surprises where its logit is low: log(1 + e^-T).",
        ),
        Wrong(
            "more codes of one kind count more in one mean",
            reading(surprise=lambda one, zero: torch.cat([F.softplus(-one), F.softplus(zero)]).mean()),
            "where there are more codes of one kind they must not count more: average each kind first.",
        ),
    ),
    conditions=(
        Condition(
            "donsker is your own plug_in less the logarithm of your own mass",
            lambda given, found: (found["plug_in"] - found["donsker"]).exp() - found["mass"],
        ),
        at_least(0.0, "a surprise is never negative", "surprise"),
        at_least(0.0, "a mean of exponentials is positive", "mass"),
    ),
    independent=True,
    derived={"donsker": ("plug_in", "mass")},
    hints={
        "not started": "each is a mean or two. Write beside each over which deck it goes.",
        "exception": "real and shuffled are tensors, (n,) and (m,), and n need not be m.",
        "type": 'return {"plug_in": ..., "donsker": ..., "mass": ..., "surprise": ...}.',
        "shape": "one number each.",
        "not finite": "use logsumexp and softplus: an exponential may be zero or infinity, its logarithm lost.",
        "trap": "few real codes and many shuffled ones: each kind has its own mean; and logits far below zero.",
        "different": "by hand: the plain average is 3/2, and the mean of 1 and 3 is 2.",
    },
)
