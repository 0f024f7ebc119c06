"""One Gaussian latent of a given KL: all of it information, or none. Questions of the chapter `bottleneck`."""

import math

import scipy.optimize
import scipy.special
import torch
from torch import Tensor

from course_pkg.grading import Case, Condition, Question, Wrong
from course_pkg.questions.shared import at_most, negated, numbers


def uniform(seed: int, n: int, low: float, high: float) -> Tensor:
    g = torch.Generator().manual_seed(seed)
    return low + (high - low) * torch.rand(n, generator=g, dtype=torch.float64)


# KL = C and I = 0 ---------------------------------------------------------------------------------


def silent_cases(seed: int) -> tuple[Case, ...]:
    def case(rung: str, capacity: Tensor, told: str = "") -> Case:
        return Case(rung, {"capacity": capacity}, {"latents": len(capacity)}, told)

    hand = 0.5 * (math.exp(-2) + 1)
    return (
        case("hand", numbers([hand]), "C is {capacity} nats"),
        case("random", uniform(seed + 1, 5, 0.2, 4.0)),
        case("oracle", uniform(seed + 2, 4, 0.1, 10.0)),
        case("trap", numbers([500.0, 1e-4])),
    )


def solved(capacity: Tensor, start: Tensor, half: float = 0.5) -> Tensor:
    """Newton's method on half (e^s - 1 - s) = C. The function is convex: from outside the root it never overshoots."""
    s = start
    for _ in range(200):
        slope = s.expm1()
        step = (half * (slope - s) - capacity) / (half * slope)
        s = s - step
        if not bool((step.abs() > 1e-15 * s.abs()).any()):  # also where there is no root
            break
    return s


def silent(capacity: Tensor) -> Tensor:
    return solved(capacity, -(1 + 2 * capacity))


def silent_by_lambert(capacity: Tensor) -> Tensor:
    """e^s - s = 1 + 2 C, by the principal branch of the function that inverts w e^w."""
    a = 1 + 2 * capacity.numpy()
    return torch.from_numpy(-a - scipy.special.lambertw(-torch.exp(-torch.from_numpy(a)).numpy()).real)


SILENT_RATE = Question(
    name="silent_rate",
    kind="implement",
    title="Paid for, and empty",
    points=3,
    difficulty=3,
    importance=4,
    minutes=20,
    returns="one negative number for each capacity, shape (latents,)",
    relation="(exp(log_var) - 1 - log_var) / 2 = C, with log_var below zero",
    cases=silent_cases,
    reference=silent,
    oracle=silent_by_lambert,
    wrong=(
        Wrong(
            "the wide solution, the code on the other side of the prior",
            lambda capacity: solved(capacity, 2 * capacity.sqrt()),
            "right KL, other side: a code wider than the prior costs too. Asked for is the narrow one, below zero.",
        ),
        Wrong(
            "exp(log_var) dropped",
            lambda capacity: -(1 + 2 * capacity),
            "you dropped exp(log_var) from the KL: good for many nats, wrong for few.",
        ),
        Wrong(
            "a code that wastes nothing",
            lambda capacity: -2 * capacity,
            "exp(-2C) is the variance of a code whose whole KL is information. Here the mean does not move.",
        ),
        Wrong(
            "the parabola: the KL near zero, log_var squared over four",
            lambda capacity: -2 * capacity.sqrt(),
            "log_var squared over four is the KL near zero only; solve the equation itself.",
        ),
        Wrong(
            "log sigma",
            lambda capacity: 0.5 * silent(capacity),
            "that is log sigma. The encoder's head gives log sigma squared, twice as much.",
        ),
        Wrong(
            "the half is missing",
            lambda capacity: solved(capacity, -(1 + capacity), half=1.0),
            "the KL of a Gaussian has a 1/2 in front: your code costs half of C.",
        ),
        Wrong(
            "sigma for its logarithm",
            lambda capacity: (0.5 * silent(capacity)).exp(),
            "that is sigma itself: asked for is the logarithm of its square, log_var.",
        ),
        Wrong(
            "the variance for log_var",
            lambda capacity: silent(capacity).exp(),
            "that is the variance, exp(log_var): asked for is log_var.",
        ),
        Wrong(
            "C in bits",
            lambda capacity: silent(capacity * math.log(2)),
            "you read C in bits; it is given in nats.",
        ),
        negated(
            silent, "minus it would be a wide code: a narrow one has a log_var below zero.", "minus it: a wide code"
        ),
        Wrong(
            "one log_var for all, a sum over latents",
            lambda capacity: silent(capacity).sum(),
            "each capacity has its own log_var: return one for each.",
        ),
    ),
    conditions=(
        at_most(0.0, "log_var is below zero"),
        Condition(
            "the KL at your log_var is C",
            lambda g, f: (0.5 * (f[""].clamp_max(50).expm1() - f[""]) - g["capacity"]) / g["capacity"].clamp_min(1),
        ),
    ),
    hints={
        "not started": "draw the KL over log_var, from -3 to 1: where is it zero, and how often does it reach C?",
        "exception": "capacity is a tensor (latents,). Bisect or iterate with tensor arithmetic; no loop over entries.",
        "not finite": "where does your iteration start? At log_var = 0 the slope is zero, and 500 nats lie far away.",
        "trap": "one capacity is 500 nats, one a ten-thousandth of a nat; the root lies between -(1 + 2C) and 0.",
        "different": "the root lies between -(1 + 2C) and 0, and the KL falls all the way: halve the interval.",
    },
)

# KL = C and I = C ---------------------------------------------------------------------------------


def channel_cases(seed: int) -> tuple[Case, ...]:
    def case(rung: str, capacity: Tensor, variance: Tensor, told: str = "") -> Case:
        return Case(rung, {"capacity": capacity, "variance": variance}, {"latents": len(capacity)}, told)

    told = "C is {capacity} and x has variance {variance}"
    return (
        case("hand", numbers([math.log(2)]), numbers([3.0]), told),
        case("random", uniform(seed + 1, 5, 0.1, 3.0), uniform(seed + 2, 5, 0.2, 4.0)),
        case("oracle", uniform(seed + 3, 4, 0.1, 5.0), uniform(seed + 4, 4, 0.2, 4.0)),
        case("trap", numbers([400.0, 0.5]), numbers([0.04, 900.0])),
    )


def channel(gain, log_var=lambda c, v: -2 * c):
    return lambda capacity, variance: {"gain": gain(capacity, variance), "log_var": log_var(capacity, variance)}


def shrunk(nats: Tensor, variance: Tensor) -> Tensor:
    """The gain that leaves room for a noise of variance exp(-2 nats)."""
    return (-torch.expm1(-2 * nats) / variance).sqrt()


def channel_by_roots(capacity: Tensor, variance: Tensor) -> dict[str, Tensor]:
    """With q(z) = p(z), find the noise at which half the logarithm of one plus signal over noise is C."""
    found = []
    for c in capacity.tolist():
        short = lambda s, c=c: 0.5 * math.log1p((1 - math.exp(s)) / math.exp(s)) - c if s > -700 else -0.5 * s - c
        found.append(scipy.optimize.brentq(short, -2 * c - 1, -1e-12, xtol=1e-13))
    log_var = numbers(found)
    return {"gain": ((1 - log_var.exp()) / variance).sqrt(), "log_var": log_var}


def signal(given, found) -> Tensor:
    """The variance of what the answer's channel carries."""
    return given["variance"] * found["gain"].square()


CHANNEL = Question(
    name="best_channel",
    kind="implement",
    title="A channel that wastes nothing",
    points=3,
    difficulty=3,
    importance=5,
    minutes=20,
    returns='a dict: "gain" and "log_var", each one number for each latent, shape (latents,)',
    relation="the mean KL is C, and so is I(x; z): nothing of it is wasted",
    cases=channel_cases,
    reference=channel(shrunk),
    oracle=channel_by_roots,
    wrong=(
        Wrong(
            "C for C / 2: exp(-C) as variance, or twice too much",
            channel(lambda c, v: shrunk(c / 2, v), lambda c, v: -c),
            "with that noise the code carries C / 2 nats: exp(-C) is its width, exp(-2C) its variance.",
        ),
        Wrong(
            "bits",
            channel(lambda c, v: shrunk(c * math.log(2), v), lambda c, v: -2 * c * math.log(2)),
            "you read C in bits; it is given in nats.",
        ),
        Wrong(
            "a gain for x of unit variance",
            channel(lambda c, v: shrunk(c, torch.ones_like(v))),
            "x has the variance that is given: the gain is in units of z for one unit of x.",
        ),
        Wrong(
            "a squared gain: the root is not taken",
            channel(lambda c, v: -torch.expm1(-2 * c) / v),
            "gain squared times the variance of x is the variance of the signal: take the root.",
        ),
        Wrong(
            "divided by the variance of x, whose units differ from its width's",
            channel(lambda c, v: shrunk(c, v**2)),
            "divide by the width of x, the root of its variance; their units differ.",
        ),
        Wrong(
            "a signal of variance one, wider than the prior with its noise",
            channel(lambda c, v: 1 / v.sqrt()),
            "the signal alone has variance one, so q(z) is wider than the prior, and that costs without telling.",
        ),
        Wrong(
            "noise of width one",
            channel(lambda c, v: (torch.expm1((2 * c).clamp_max(600)) / v).sqrt(), lambda c, v: 0 * c),
            "right information, but the prior charges more than C for it: scale signal and noise down together.",
        ),
        Wrong(
            "a mean that does not follow x: no information, KL = C",
            channel(lambda c, v: 0 * c, lambda c, v: silent(c)),
            "KL = C, but the mean does not follow x, so the code carries no information at all.",
        ),
    ),
    conditions=(
        Condition(
            "I(x; z) is C",
            lambda g, f: 0.5 * torch.log1p(signal(g, f) / f["log_var"].exp().clamp_min(1e-300)) - g["capacity"],
        ),
        Condition(
            "the mean KL is C",
            lambda g, f: 0.5 * (signal(g, f) + f["log_var"].clamp_max(50).exp() - 1 - f["log_var"]) - g["capacity"],
        ),
    ),
    hints={
        "not started": "write z = gain x + noise: which variance has z, and which should it have for q(z) = p(z)?",
        "type": 'return {"gain": ..., "log_var": ...}, both tensors.',
        "exception": "capacity and variance have one shape (latents,): each step works on every number alone.",
        "not finite": "at 400 nats exp(-2C) is zero in float64, and its logarithm is lost: give -2C directly.",
        "different": "rate = I + KL(q(z) || p(z)): when is that KL zero? Then C = log(1 + signal / noise) / 2.",
    },
)
