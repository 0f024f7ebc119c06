"""The constrained problem turned round, a quality to reach at the least rate: a question of the chapter `kkt`."""

import scipy.optimize
import torch
from torch import Tensor

from course_pkg.grading import Case, Condition, Question, Symmetry, Wrong
from course_pkg.questions.shared import PRICE, numbers
from course_pkg.worlds import TabularWorld, expect

HALVES = 6  # of the range: then Newton's steps seldom lead out of what is left


def qualities(seed: int) -> tuple[Case, ...]:
    def case(rung: str, s: int, x: int, share: float, unit: float = 1.0) -> Case:
        """A distortion between what the prior gives and the least that any q gives, for every x."""
        world = TabularWorld.random(s, (2, 3), x=x)
        table = (world.log_p_x_given_z / 2).clamp_min(-3.0)
        table = table - expect(world.log_p_z.expand_as(table), table)[:, None]  # the prior's distortion is 0
        allowed = -share * float(table.amax(1).min())
        if rung == "trap":  # easier images: the prior is already good enough for every second one
            table = table + numbers([1.0 if i % 2 else 0.0 for i in range(x)])[:, None]
        arguments = {"log_prior": world.log_p_z, "log_likelihood": unit * table, "distortion": unit * allowed}
        return Case(rung, arguments, {"images": x, "latent values": 6})

    hand = {
        "log_prior": numbers([0.5, 0.5]).log(),
        "log_likelihood": numbers([[0.0, -1.0]]),
        "distortion": 0.25,
    }
    told = "prior {log_prior:exp}, log-likelihoods {log_likelihood}, a distortion of {distortion}"
    return (
        Case("hand", hand, {"images": 1, "latent values": 2}, told),
        case("random", seed + 1, 4, 0.6, unit=0.1),  # so small a difference between codes takes a large multiplier
        case("random", seed + 2, 2, 0.3),
        case("oracle", seed + 3, 4, 0.5),
        case("trap", seed + 4, 4, 0.4),
    )


def distortion_at(price: Tensor, log_prior: Tensor, log_likelihood: Tensor) -> Tensor:
    q = (log_prior + price[:, None] * log_likelihood).softmax(1)
    return -torch.where(q > 0, q * log_likelihood, 0.0).sum(1)  # as worlds.expect, without a logarithm on the way


def excess(u: Tensor, log_prior: Tensor, log_likelihood: Tensor, distortion: float) -> Tensor:
    """The distortion at these multipliers, less what is allowed."""
    return distortion_at(u, log_prior, log_likelihood) - distortion


def price(
    log_prior: Tensor, log_likelihood: Tensor, distortion: float, low: float = 0.0, average: bool = False
) -> Tensor:
    """The multiplier between `low` and 300: halved HALVES times, then Newton's steps, or halves where those lead out.

    average: one for all images, met on average. An image whose distortion is kept at `low` already stays there.
    """
    table = log_likelihood.clamp_min(-1e100)  # so that zero times it is zero
    lows, highs = torch.full_like(table[:, 0], low), torch.full_like(table[:, 0], 300.0)
    u = first = lows
    active = torch.ones_like(u, dtype=torch.bool)
    for i in range(64):
        q = (log_prior + u[:, None] * table).softmax(1)
        weighed = q * table
        mean = weighed.sum(1)
        too_bad = (mean.mean().expand_as(mean) if average else mean) < -distortion
        if i == 0:
            active = too_bad
        lows, highs = torch.where(too_bad, u, lows), torch.where(too_bad, highs, u)
        u, before = (lows + highs) / 2 if i else (first + 300.0) / 2, u
        if i > HALVES:
            variance = (weighed * table).sum(1) - mean.square()
            missing = -distortion - mean
            step = missing.mean() / variance.mean() if average else missing / variance
            u = torch.where((before + step >= lows) & (before + step <= highs), before + step, u)
            if bool(((u - before).abs() <= 1e-9 * u.abs())[active].all()):  # the next step would be below rounding
                break
    return torch.where(active, u, first)


def price_by_duality(log_prior: Tensor, log_likelihood: Tensor, distortion: float) -> Tensor:
    """The multiplier maximises the dual function -log E_p[p(x|z)^u] - u distortion over u >= 0: scipy, Newton-like."""

    def one(row: Tensor) -> float:
        def minus_dual(u: list[float]) -> tuple[float, list[float]]:
            log_sum = (log_prior + float(u[0]) * row).logsumexp(0)
            slope = ((log_prior + float(u[0]) * row - log_sum).exp() * row).sum() + distortion
            return float(log_sum + u[0] * distortion), [float(slope)]

        found = scipy.optimize.minimize(
            minus_dual, [1.0], jac=True, bounds=[(0, None)], method="L-BFGS-B", options={"gtol": 1e-13, "ftol": 1e-16}
        )
        return float(found.x[0])

    return numbers([one(row) for row in log_likelihood])


def by_price(f, **how):
    return lambda log_prior, log_likelihood, distortion: f(price(log_prior, log_likelihood, distortion, **how))


PRICE_OF_QUALITY = Question(
    name="price_of_quality",
    kind="implement",
    title="A quality to reach",
    points=4,
    difficulty=4,
    importance=4,
    minutes=35,
    returns="one number an image, shape (images,)",
    relation="with q proportional to p(z) p(x|z)^u, the multiplier u >= 0 of -E_q log p(x|z) - distortion <= 0: "
    "zero, or the distortion is reached exactly",
    cases=qualities,
    reference=price,
    oracle=price_by_duality,
    wrong=(
        Wrong(
            "the price of a nat in units of distortion: beta, not one over it",
            by_price(lambda u: 1 / u),
            "that is the price of a nat in units of distortion. Here the rate is the objective and the distortion has "
            "the multiplier, which is one over it.",
        ),
        Wrong(
            "one multiplier for all images: met on average",
            by_price(lambda u: u, average=True),
            "you met the distortion on average. It is to be met by every image, so each has a multiplier of its own.",
        ),
        Wrong(
            "a negative multiplier where the prior is good enough",
            by_price(lambda u: u, low=-300.0),
            "where the prior already is good enough the constraint is not active and its multiplier is zero; yours is "
            "negative, which makes the picture worse on purpose.",
        ),
        Wrong(
            "a multiplier of one where it is zero: not active",
            by_price(lambda u: torch.where(u == 0, 1.0, u)),
            "where the prior already is good enough the constraint is not active and its multiplier is zero.",
        ),
        Wrong(
            "the sign of u in the Lagrangian",
            by_price(lambda u: -u),
            "for a minimum under g <= 0 the Lagrangian is f + u g, and u is not negative.",
        ),
        Wrong(
            "p(z) is left out: every z equally probable",
            lambda log_prior, log_likelihood, distortion: price(
                torch.zeros_like(log_prior), log_likelihood, distortion
            ),
            "q is proportional to p(z) times a power of the likelihood: you took every z as equally probable.",
        ),
        Wrong(
            "log-likelihoods averaged over the prior",
            lambda log_prior, log_likelihood, distortion: (
                expect(log_prior.expand_as(log_likelihood), -log_likelihood) - distortion
            ).clamp_min(0),
            "that is by how much the prior misses the distortion; the multiplier is the power of the likelihood that "
            "mends it.",
        ),
    ),
    conditions=(
        PRICE,
        Condition("at your u the distortion is kept", lambda g, f: excess(f[""], **g).clamp_min(0)),
        Condition(
            "where u is above zero the distortion is reached exactly (slackness)",
            lambda g, f: torch.where(f[""] > 1e-9, excess(f[""], **g), 0.0),
        ),
    ),
    symmetries=(
        Symmetry(
            "halve where log-likelihoods and distortion are doubled",
            lambda g: {"log_likelihood": 2 * g["log_likelihood"], "distortion": 2 * g["distortion"]},
            lambda g, v: v / 2,
        ),
    ),
    hints={
        "not started": "for the case by hand, find q from the distortion first, and then the u that gives that q.",
        "exception": "log_prior (latent values,) is added to every row of log_likelihood (images, latent values).",
        "shape": "one multiplier an image: bisect on a vector of them, with torch.where.",
        "not finite": "bisect on u itself, from zero; u may be zero, and one over it may not be formed.",
        "random": "the prior is not uniform, and each image needs another u.",
        "trap": "for some images the prior itself reaches the distortion.",
        "different": "the distortion falls as u grows: bracket u between zero and something large, and halve.",
    },
    tolerance=1e-5,
)
