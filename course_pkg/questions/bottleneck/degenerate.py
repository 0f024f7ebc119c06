"""The bottleneck with y = x, and what a beta-VAE's two halves add: a question of the chapter `bottleneck`."""

import numpy as np
import scipy.special
from torch import Tensor

from course_pkg.grading import Case, Question, Wrong
from course_pkg.questions.shared import DIVERGENCE, bits, numbers
from course_pkg.worlds import TabularWorld, expect, kl

XX_NAMES = ("beta", "log_q_xz", "log_p_x_given_z", "log_p_z")


def degenerate_cases(seed: int) -> tuple[Case, ...]:
    def case(rung: str, beta: float, world: TabularWorld, **changed: Tensor) -> Case:
        joint = world.log_p_x[:, None] + world.log_q_z_given_x
        values = {"beta": beta, "log_q_xz": joint, "log_p_x_given_z": world.log_p_x_given_z, "log_p_z": world.log_p_z}
        return Case(rung, {**values, **changed}, {"images": len(world.log_p_x), "values of z": len(world.log_p_z)})

    half = numbers([[0.5, 0.0], [0.0, 0.5]]).log()
    told = "joint {log_q_xz:exp}, decoder {log_p_x_given_z:exp}, prior {log_p_z:exp}, beta {beta}"
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


def right_degenerate(beta: float, log_q_xz: Tensor, log_p_x_given_z: Tensor, log_p_z: Tensor) -> Tensor:
    return decoder_part(log_q_xz, log_p_x_given_z) + beta * prior_part(log_q_xz, log_p_z)


def degenerate_terms(given):
    beta, joint = given["beta"], given["log_q_xz"]
    decoder, prior = decoder_part(joint, given["log_p_x_given_z"]), prior_part(joint, given["log_p_z"])
    information = expect(joint.logsumexp(0), kl(backwards(joint), joint.logsumexp(1)))
    return {"": {"the decoder's divergence": decoder, "beta times the prior's divergence": beta * prior,
                 "~the prior's divergence": prior, "~beta times the decoder's divergence": beta * decoder,
                 "~I(x; z)": information, "~beta times I(x; z)": beta * information}}  # fmt: skip


DEGENERATE = Question(
    name="missing_from_degenerate",
    kind="derive",
    title="The bottleneck with y = x",
    points=4,
    difficulty=4,
    importance=5,
    minutes=30,
    returns="one number",
    relation="(1 - beta) I(x; z) minus the objective H(x) + E log p(x|z) - beta R",
    cases=degenerate_cases,
    reference=right_degenerate,
    oracle=degenerate_by_difference,
    wrong=(
        Wrong(
            "the rate without beta",
            both(lambda b, q, l, m: decoder_part(q, l) + prior_part(q, m)),
            "the rate enters beta times, and with it what the prior wastes of it.",
        ),
        Wrong(
            "beta on the reconstruction's part too",
            both(lambda b, q, l, m: b * (decoder_part(q, l) + prior_part(q, m))),
            "the reconstruction has no beta before it, so the decoder's part has none.",
        ),
        Wrong(
            "beta on the decoder's half, for the prior's",
            both(lambda b, q, l, m: b * decoder_part(q, l) + prior_part(q, m)),
            "beta weighs the rate: it belongs to the prior's part, not to the decoder's.",
        ),
        Wrong(
            "the decoder's half alone: the slack above is missing",
            both(lambda b, q, l, m: decoder_part(q, l)),
            "the reconstruction bounds I from below; the rate bounds it from above, and its slack is missing.",
        ),
        Wrong(
            "the prior's half alone: the slack below is missing",
            both(lambda b, q, l, m: b * prior_part(q, m)),
            "the rate bounds I from above; the reconstruction bounds it from below, and its slack is missing.",
        ),
        Wrong(
            "compared with the evidence: the gap of the ELBO at beta one",
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
            "the prior's divergence, averaged over the prior, not over q(z)",
            both(lambda b, q, l, m: decoder_part(q, l) + b * kl(m, q.logsumexp(0))),
            "codes come from q(z): the average is over q(z), not over the prior.",
        ),
        bits(right_degenerate),
        Wrong(
            "the decoder's divergence with codes counted alike, also those never used",
            both(lambda b, q, l, m: kl(backwards(q), l.T).mean() + b * prior_part(q, m)),
            "the decoder's divergence is averaged over q(z): codes that are never used count for nothing.",
        ),
        Wrong(
            "the decoder's divergence, met at the codes of p(z), not of q(z)",
            both(lambda b, q, l, m: expect(m, kl(backwards(q), l.T)) + b * prior_part(q, m)),
            "the decoder's divergence is averaged over the codes that the encoder uses, q(z); you took those of p(z).",
        ),
        Wrong(
            "the rate's half does not add: the sign with which it enters",
            both(lambda b, q, l, m: decoder_part(q, l) - b * prior_part(q, m)),
            "the rate is too large and enters with a minus, so the objective is too small: both halves add.",
        ),
    ),
    conditions=(DIVERGENCE,),
    terms=degenerate_terms,
    hints={
        "not started": "put beta one: what is left of the question is by how much two bounds of I miss it.",
        "exception": "log_q_xz is (X, Z): logsumexp over axis 0 gives log q(z), over axis 1 log p(x).",
        "shape": "one number: both divergences are averaged over everything.",
        "not finite": "some pairs of x and z never occur; use worlds.kl and worlds.expect, where 0 log 0 is 0.",
        "trap": "beta may be below one, and some pairs of x and z may never occur.",
        "different": "treat the halves apart: I less (H(x) + E log p(x|z)), then R less I, and only then beta.",
    },
)
