"""Terms that mend two chains of the bottleneck: questions of the chapter `bottleneck`."""

import math

import numpy as np
import scipy.special
import torch
from torch import Tensor

from course_pkg.grading.draws import numbers
from course_pkg.grading.question import Case, Question, Wrong
from course_pkg.worlds import TabularWorld, expect, kl

# What a code loses --------------------------------------------------------------------------------

CODE_NAMES = ("p_xz", "p_y_given_x", "p_y_given_z")


def coded(p_x: Tensor, encoder: Tensor, p_y_given_x: Tensor) -> dict[str, Tensor]:
    """The tables of y <- x -> z: the joint of x and z, and what each of them says of y."""
    p_xz = p_x[:, None] * encoder
    q_z = p_xz.sum(0)
    p_y_given_z = p_xz.T @ p_y_given_x / torch.where(q_z > 0, q_z, torch.ones_like(q_z))[:, None]
    return dict(zip(CODE_NAMES, (p_xz, p_y_given_x, p_y_given_z), strict=True))


def dirichlet(seed: int, *shape: int) -> Tensor:
    """Rows of probabilities."""
    e = -torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).clamp_min(1e-12).log()
    return e / e.sum(-1, keepdim=True)


def code_cases(seed: int) -> tuple[Case, ...]:
    def case(rung: str, tables: dict[str, Tensor], told: str = "", counts: bool = True) -> Case:
        sizes = {"values of x": len(tables["p_xz"]), "values of z": tables["p_xz"].shape[1]}
        return Case(rung, tables, sizes, told, counts)

    def draw(s: int, x: int, z: int, y: int) -> tuple[Tensor, Tensor, Tensor]:
        return dirichlet(s, x), dirichlet(s + 10, x, z), dirichlet(s + 20, x, y)

    merged = coded(numbers([0.5, 0.5]), numbers([[1.0], [1.0]]), numbers([[1.0, 0.0], [0.5, 0.5]]))
    told = "two x, one half each, y certain given the first and a fair coin given the second; both have one code"
    p_x, _, p_y = draw(seed + 2, 4, 4, 3)
    zero, encoder, settled = draw(seed + 4, 4, 4, 4)
    settled[0], settled[1] = torch.eye(4, dtype=torch.float64)[:2]  # y is certain, so some probabilities are zero
    encoder[:2, 1:] = 0  # both have one code
    encoder[:2, 0] = 1
    return (
        case("hand", merged, told),
        case("random", coded(*draw(seed + 1, 5, 3, 4))),
        case("random", coded(p_x, torch.eye(4, dtype=torch.float64), p_y), counts=False),  # nothing is lost
        case("oracle", coded(*draw(seed + 3, 6, 4, 2))),
        case("trap", coded(zero, encoder, settled)),
    )


def pairs(p_y_given_x: Tensor, p_y_given_z: Tensor) -> Tensor:
    """D_KL(p(y|x) || p(y|z)) of every x with every z, shape (X, Z)."""
    return kl(p_y_given_x.log()[:, None], p_y_given_z.log()[None])


def weighed(p: Tensor, values: Tensor) -> Tensor:
    return expect(p.flatten().log(), values.flatten())


def lost_by_entropies(p_xz: Tensor, p_y_given_x: Tensor, p_y_given_z: Tensor) -> float:
    """H(y|z) - H(y|x)."""
    surprise = lambda p, given: float(p.numpy() @ scipy.special.entr(given.numpy()).sum(1))
    return surprise(p_xz.sum(0), p_y_given_z) - surprise(p_xz.sum(1), p_y_given_x)


def safe(p: Tensor) -> Tensor:
    """For a wrong answer that would meet log 0 first, and never show its own slip."""
    return p.clamp_min(1e-9)


def tables(f):
    return lambda p_xz, p_y_given_x, p_y_given_z: f(p_xz, p_y_given_x, p_y_given_z)


LOST = Question(
    name="lost_by_code",
    kind="derive",
    title="What a code loses",
    points=3,
    difficulty=3,
    importance=4,
    minutes=15,
    returns="one number",
    relation="I(x; y) - I(z; y), as an average divergence, never negative",
    cases=code_cases,
    reference=tables(lambda p, x, z: weighed(p, pairs(x, z))),
    oracle=lost_by_entropies,
    wrong=(
        Wrong(
            "the divergence the other way round",
            tables(lambda p, x, z: weighed(p, pairs(safe(z), safe(x)).T)),
            "y is drawn given x, so the average inside is over p(y|x); the code's guess stands below it.",
        ),
        Wrong(
            "x and z as if they were independent",
            tables(lambda p, x, z: weighed(p.sum(1)[:, None] * p.sum(0), pairs(safe(x), safe(z)))),
            "you weighed each pair by p(x) q(z). A code meets the x that chose it: weigh by the joint.",
        ),
        Wrong(
            "a mean that is not weighted",
            tables(lambda p, x, z: pairs(safe(x), safe(z)).mean()),
            "an average over pairs weighs each by its probability.",
        ),
        Wrong(
            "the sign",
            tables(lambda p, x, z: -weighed(p, pairs(x, z))),
            "what was lost must be added to what is left: the term is positive.",
        ),
        Wrong(
            "what the code keeps",
            tables(lambda p, x, z: weighed(p.sum(0), kl(z.log(), (p.sum(0) @ z).log()))),
            "that is I(z; y), what is left. Asked for is what is missing.",
        ),
        Wrong(
            "what there was",
            tables(lambda p, x, z: weighed(p.sum(1), kl(x.log(), (p.sum(1) @ x).log()))),
            "that is I(x; y), all there was before the code.",
        ),
        Wrong(
            "all that the code leaves open",
            tables(lambda p, x, z: weighed(p.sum(0), expect(z.log(), -z.log()))),
            "H(y|z) is what is unknown after the code. Some of it was unknown before: subtract H(y|x).",
        ),
        Wrong(
            "bits",
            tables(lambda p, x, z: weighed(p, pairs(x, z)) / math.log(2)),
            "that is in bits. This course counts in nats: the natural logarithm.",
        ),
    ),
    hints={
        "exception": "p_xz is (X, Z), p_y_given_x (X, Y), p_y_given_z (Z, Y): give each an axis that the other lacks.",
        "shape": "one number: sum over y, then average over the pairs of x and z.",
        "not finite": "0 log 0 counts as zero, and pairs that never meet count for nothing: see worlds.expect.",
        "trap": "y may be certain, and some pairs of x and z may never meet.",
        "different": "I(x; y) averages log p(y|x) / p(y), I(z; y) averages log p(y|z) / p(y), over the same triples.",
    },
)

# Y = X --------------------------------------------------------------------------------------------

XX_NAMES = ("beta", "log_q_xz", "log_p_x_given_z", "log_p_z")


def degenerate_cases(seed: int) -> tuple[Case, ...]:
    def case(rung: str, beta: float, world: TabularWorld, **changed: Tensor) -> Case:
        joint = world.log_p_x[:, None] + world.log_q_z_given_x
        values = {"beta": beta, "log_q_xz": joint, "log_p_x_given_z": world.log_p_x_given_z, "log_p_z": world.log_p_z}
        return Case(rung, {**values, **changed}, {"images": len(world.log_p_x), "values of z": len(world.log_p_z)})

    half = numbers([[0.5, 0.0], [0.0, 0.5]]).log()
    told = "two images, two codes, each image its own; beta 2, decoder 3/4 and 1/4, prior 1/4 and 3/4"
    hand = (2.0, half, numbers([[0.75, 0.25], [0.25, 0.75]]).log(), numbers([0.25, 0.75]).log())
    world = TabularWorld.random(seed + 4, (2, 3), x=6)
    holes = (world.log_p_x[:, None] + world.log_q_z_given_x).exp()
    holes[0, :4] = holes[2:, 5] = 0
    return (
        Case("hand", dict(zip(XX_NAMES, hand, strict=True)), {"images": 2, "values of z": 2}, told),
        case("random", 4.0, TabularWorld.random(seed + 1)),
        case("random", 1.5, TabularWorld.random(seed + 2, x=7)),
        case("oracle", 2.5, TabularWorld.random(seed + 3, (3, 3), x=5)),
        case("trap", 0.5, world, log_q_xz=(holes / holes.sum()).log()),
    )


def prior_part(joint: Tensor, m: Tensor) -> Tensor:
    """D_KL(q(z) || p(z))."""
    return kl(joint.logsumexp(0), m)


def backwards(joint: Tensor) -> Tensor:
    """log q(x|z), shape (Z, X)."""
    return (joint - joint.logsumexp(0)).T


def decoder_part(joint: Tensor, likelihood: Tensor) -> Tensor:
    """The mean over q(z) of D_KL(q(x|z) || p(x|z))."""
    return expect(joint.logsumexp(0), kl(backwards(joint), likelihood.T))


def encoder_gap(joint: Tensor, likelihood: Tensor, m: Tensor) -> Tensor:
    """What the ELBO misses: the mean over p(x) of D_KL(q(z|x) || p(z|x))."""
    log_p_x = joint.logsumexp(1)
    return expect(log_p_x, kl(joint - log_p_x[:, None], (likelihood + m).log_softmax(1)))


def degenerate_by_difference(beta: float, log_q_xz: Tensor, log_p_x_given_z: Tensor, log_p_z: Tensor) -> float:
    """(1 - beta) I less H(x) + E log p(x|z) - beta R, each from probabilities."""
    q, likelihood, prior = (t.exp().numpy() for t in (log_q_xz, log_p_x_given_z, log_p_z))
    p_x, q_z = q.sum(1), q.sum(0)
    information = scipy.special.rel_entr(q, np.outer(p_x, q_z)).sum()
    rate = scipy.special.rel_entr(q, np.outer(p_x, prior)).sum()
    fit = scipy.special.xlogy(q, likelihood).sum() + scipy.special.entr(p_x).sum()
    return float((1 - beta) * information - (fit - beta * rate))


def both(f):
    return lambda beta, log_q_xz, log_p_x_given_z, log_p_z: f(beta, log_q_xz, log_p_x_given_z, log_p_z)


DEGENERATE = Question(
    name="missing_from_degenerate",
    kind="derive",
    title="The bottleneck with y = x",
    points=4,
    difficulty=4,
    importance=5,
    minutes=20,
    returns="one number",
    relation="(1 - beta) I(x; z) minus the objective H(x) + E log p(x|z) - beta R",
    cases=degenerate_cases,
    reference=both(lambda b, q, l, m: decoder_part(q, l) + b * prior_part(q, m)),
    oracle=degenerate_by_difference,
    wrong=(
        Wrong(
            "beta forgotten",
            both(lambda b, q, l, m: decoder_part(q, l) + prior_part(q, m)),
            "the rate enters beta times, and with it what the prior wastes of it.",
        ),
        Wrong(
            "beta on both",
            both(lambda b, q, l, m: b * (decoder_part(q, l) + prior_part(q, m))),
            "the reconstruction has no beta before it, so the decoder's part has none.",
        ),
        Wrong(
            "beta on the wrong half",
            both(lambda b, q, l, m: b * decoder_part(q, l) + prior_part(q, m)),
            "beta weighs the rate: it belongs to the prior's part, not to the decoder's.",
        ),
        Wrong(
            "the decoder's half alone",
            both(lambda b, q, l, m: decoder_part(q, l)),
            "the reconstruction bounds I from below; the rate bounds it from above, and its slack is missing.",
        ),
        Wrong(
            "the prior's half alone",
            both(lambda b, q, l, m: b * prior_part(q, m)),
            "the rate bounds I from above; the reconstruction bounds it from below, and its slack is missing.",
        ),
        Wrong(
            "the gap of the ELBO",
            both(lambda b, q, l, m: encoder_gap(q, l, m)),
            "that compares the objective at beta one with the evidence. Here it is compared with an information.",
        ),
        Wrong(
            "the decoder's divergence the other way round",
            both(
                lambda b, q, l, m: expect(q.logsumexp(0), kl(l.T, backwards(q).clamp_min(-20))) + b * prior_part(q, m)
            ),
            "images come from q(x|z), the encoder turned round; the average inside is over it, not over the decoder.",
        ),
        Wrong(
            "the prior's divergence the other way round",
            both(lambda b, q, l, m: decoder_part(q, l) + b * kl(m, q.logsumexp(0))),
            "codes come from q(z): the average is over q(z), not over the prior.",
        ),
        Wrong(
            "codes counted alike",
            both(lambda b, q, l, m: kl(backwards(q), l.T).mean() + b * prior_part(q, m)),
            "the decoder's divergence is averaged over q(z): codes that are never used count for nothing.",
        ),
        Wrong(
            "the sign of the prior's half",
            both(lambda b, q, l, m: decoder_part(q, l) - b * prior_part(q, m)),
            "the rate is too large and enters with a minus, so the objective is too small: both halves add.",
        ),
    ),
    hints={
        "exception": "log_q_xz is (X, Z): logsumexp over axis 0 gives log q(z), over axis 1 log p(x).",
        "shape": "one number: both divergences are averaged over everything.",
        "not finite": "some pairs of x and z never occur; use worlds.kl and worlds.expect, where 0 log 0 is 0.",
        "trap": "beta may be below one, and some pairs of x and z may never occur.",
        "different": "treat the halves apart: I less (H(x) + E log p(x|z)), then R less I, and only then beta.",
    },
)
