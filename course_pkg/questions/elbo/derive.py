"""Terms that mend a broken chain: questions of the chapter `elbo`.

A chain ends where it began, so any answer could copy its first line. Therefore a question asks for one term, as a
function of what that term may depend on.
"""

import torch
from torch import Tensor

from course_pkg.grading import Case, Question, Wrong
from course_pkg.questions.shared import at_most, bits, images_averaged, numbers
from course_pkg.worlds import TabularWorld, expect, kl

# A bound from above -------------------------------------------------------------------------------


def tables(rung: str, world: TabularWorld, told: str = "", counts: bool = True) -> Case:
    arguments = {"log_posterior": world.log_posterior(), "log_q": world.log_q_z_given_x}
    sizes = {"images": len(world.log_p_x), "latent values": len(world.log_p_z)}
    return Case(rung, arguments, sizes, told, counts)


def above_cases(seed: int) -> tuple[Case, ...]:
    hand = {"log_posterior": numbers([[0.5, 0.5]]).log(), "log_q": numbers([[0.25, 0.75]]).log()}
    world = TabularWorld.random(seed + 4, (2, 3), x=6)  # as many images as values of z
    zero = world.log_posterior().clone()
    zero[:, 0] = -torch.inf
    impossible = {"log_posterior": zero.log_softmax(1), "log_q": world.log_q_z_given_x}
    return (
        Case(
            "hand",
            hand,
            {"images": 1, "latent values": 2},
            "{latent_values:word} values of z, posterior {log_posterior:exp}, q {log_q:exp}",
        ),
        tables("random", TabularWorld.random(seed + 1, (2, 3), x=4)),
        tables("random", TabularWorld.random(seed + 2).with_exact_encoder(), counts=False),
        tables("oracle", TabularWorld.random(seed + 3, (3, 3), x=2)),
        Case("trap", impossible, {"images": 6, "latent values": 6}),
    )


def above_by_sums(log_posterior: Tensor, log_q: Tensor) -> Tensor:
    """Minus cross-entropy plus entropy, by torch."""
    p = torch.distributions.Categorical(logits=log_posterior)
    return p.entropy() - torch.nn.functional.cross_entropy(log_q, p.probs, reduction="none")


def right_above(log_posterior: Tensor, log_q: Tensor) -> Tensor:
    return -kl(log_posterior, log_q)


def above_terms(given):
    p, q = given["log_posterior"], given["log_q"]
    return {
        "": {
            "the posterior's average of log q": expect(p, q),
            "minus the posterior's average of its own logarithm": -expect(p, p),
            "~q's average of log q": expect(q, q),
            "~q's average of the posterior's logarithm": expect(q, p),
        }
    }


ABOVE = Question(
    name="correction_above",
    kind="derive",
    title="A bound from above",
    points=3,
    difficulty=3,
    importance=4,
    minutes=20,
    returns="one number an image, shape (images,)",
    relation="log p(x) minus the average over the posterior of log p(x|z) p(z) / q(z|x)",
    cases=above_cases,
    reference=right_above,
    oracle=above_by_sums,
    wrong=(
        Wrong(
            "averaged over q: the divergence the other way round",
            lambda log_posterior, log_q: -kl(log_q, log_posterior),
            "you averaged over q. In this chain everything is averaged over the posterior.",
        ),
        Wrong(
            "the sign: a plus, a bound from below",
            lambda log_posterior, log_q: kl(log_posterior, log_q),
            "with a plus the chain would bound from below, and its last line says from above.",
        ),
        Wrong(
            "the gap of the ELBO: the direction and the sign",
            lambda log_posterior, log_q: kl(log_q, log_posterior),
            "that is the gap of the ELBO. Here the average is over the posterior, and the term is subtracted.",
        ),
        Wrong(
            "the average of log q alone",
            lambda log_posterior, log_q: expect(log_posterior, log_q),
            "the average of log q alone; the logarithm of the posterior is missing.",
        ),
        Wrong(
            "the entropy of the posterior alone",
            lambda log_posterior, log_q: expect(log_posterior, -log_posterior),
            "the posterior's entropy does not know q, and the line above it does.",
        ),
        Wrong(
            "a mean over z that is not weighted",
            lambda log_posterior, log_q: (log_q - log_posterior).mean(1),
            "an expectation weighs each value of z by its probability.",
        ),
        Wrong(
            "logarithms for weights",
            lambda log_posterior, log_q: -(log_posterior * (log_posterior - log_q)).sum(1),
            "you weighed by the logarithms of the posterior: weights are probabilities.",
        ),
        images_averaged(right_above),
        bits(right_above),
    ),
    conditions=(at_most(0.0, "what makes a bound from above tight is never positive"),),
    terms=above_terms,
    hints={
        "not started": "write the last line's average beside that of the second line, and subtract the two logarithms.",
        "exception": "both tables are log probabilities (images, latent values); worlds.kl takes two of them.",
        "shape": "sum over the values of z, the last axis.",
        "not finite": "where the posterior is zero, zero times minus infinity must count as zero: see worlds.expect.",
        "different": "multiply and divide by q inside the logarithm, and average both ratios over the posterior.",
    },
)

# What a weight costs ------------------------------------------------------------------------------


def weighted_cases(seed: int) -> tuple[Case, ...]:
    def case(rung: str, beta: float, world: TabularWorld) -> Case:
        arguments = {"beta": beta, "rate": world.kl(), "gap": world.gap()}
        return Case(rung, arguments, {"images": len(world.log_p_x)})

    draw = TabularWorld.random
    hand = {"beta": 3.0, "rate": numbers([2.0]), "gap": numbers([0.5])}
    return (
        Case("hand", hand, told="beta is {beta}, the rate {rate} nats, the gap {gap} nats"),
        case("random", 4.0, draw(seed + 1)),
        case("random", 1.7, draw(seed + 2, x=7)),
        case("oracle", 2.5, draw(seed + 3)),
        case("trap", 0.0, draw(seed + 4)),
    )


def weighted_by_bounds(beta: float, rate: Tensor, gap: Tensor) -> Tensor:
    """log p(x) - L_beta(x), with the evidence 0 and the likelihood solved from log p = likelihood - rate + gap."""
    likelihood = rate - gap
    return -(likelihood - beta * rate)


def weighted_terms(given):
    beta, rate, gap = given["beta"], given["rate"], given["gap"]
    return {
        "": {
            "the gap": gap,
            "beta times the rate": beta * rate,
            "minus the rate": -rate,
            "~beta times the gap": beta * gap,
        }
    }


WEIGHTED = Question(
    name="missing_from_weighted",
    kind="derive",
    title="What a weight on the rate costs",
    points=2,
    difficulty=2,
    importance=5,
    minutes=15,
    returns="one number an image, shape (images,)",
    relation="log p(x) minus the weighted bound, E_q log p(x|z) - beta * rate",
    cases=weighted_cases,
    reference=lambda beta, rate, gap: gap + (beta - 1) * rate,
    oracle=weighted_by_bounds,
    wrong=(
        Wrong(
            "the whole of beta: the rate paid once more",
            lambda beta, rate, gap: gap + beta * rate,
            "the ELBO itself already pays the rate once; only what beta adds to that is missing.",
        ),
        Wrong(
            "the sign: a larger beta misses less",
            lambda beta, rate, gap: gap + (1 - beta) * rate,
            "a larger beta pushes the weighted bound further down, so more is missing.",
        ),
        Wrong(
            "the gap alone: what the ELBO misses",
            lambda beta, rate, gap: gap,
            "that is what the ELBO misses; a beta other than one moves the bound away from the ELBO.",
        ),
        Wrong(
            "how far the weight lowers the ELBO, alone",
            lambda beta, rate, gap: (beta - 1) * rate,
            "that is how far the weighted bound lies below the ELBO, which lies below the evidence too.",
        ),
        Wrong(
            "the weight on the gap",
            lambda beta, rate, gap: rate + (beta - 1) * gap,
            "beta weighs the divergence from the prior (the rate), not that from the posterior (the gap).",
        ),
        Wrong(
            "beta multiplies everything",
            lambda beta, rate, gap: beta * (gap + rate),
            "beta multiplies the rate only.",
        ),
    ),
    terms=weighted_terms,
    hints={
        "not started": "take the case by hand: put a number of your own for E_q log p(x|z) and compute both bounds.",
        "trap": "beta may be less than one, even zero. Then the weighted bound may lie above the evidence.",
        "exception": "beta is a number, rate and gap are tensors of one shape: plus, minus and times suffice.",
        "shape": "return one number an image.",
        "different": "write the evidence as the ELBO plus the gap, then the ELBO as the weighted bound plus a rest.",
    },
)
