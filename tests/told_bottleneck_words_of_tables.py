"""What the questions of the chapter `bottleneck` on tables say of sums and means, codes and images, q and p."""

import torch

from course_pkg.worlds import expect, kl
from told_bottleneck import (
    bounds,
    decoder_halves,
    information,
    joint_of,
    new,
    of_y,
    right_step,
    waste,
)
from told_bottleneck_words import (
    aggregate,
    divided,
    fall,
    joint_step,
    lost,
    met,
    objective,
    parts,
    says,
    stepped,
    tables,
    weighed,
)
from wording import as_if, axes, every, fact, instead, right, slip, times

TOLD = {
    "what_each_says": {
        "divide, take logarithms, sum over axis 1": right(says(), lambda counts: says(0)(counts)),
        "sum over y, axis 1, and keep the values of x apart": every(
            axes("counts", "values of x", "values of y"), right(says())
        ),
        "H(y) - H(y|x) has the same mean over x, but for one x it is another number, and may be negative": every(
            slip(fall),
            fact(
                lambda counts: torch.isclose(weighed(counts, fall(counts)), weighed(counts, says()(counts))),
                lambda counts: not torch.isclose(weighed(counts, fall(counts)), weighed(counts, says()(counts))),
            ),
        ),
        "rows are values of x: divide each row by its own sum": slip(lambda counts: says()(counts.T)),
        "adding to the counts avoids log 0 by changing the table": as_if(counts=lambda v: v + 1),
        "the mean of log p(y|x) - log p(y) over y given x": right(says(), says(sign=-1)),
    },
    "wasted_rate": {
        "a code that no image uses has q(z) = 0, and adds nothing": fact(
            lambda s: any(
                (aggregate(c.arguments["log_p_x"], c.arguments["log_q_z_given_x"]).isinf()).any() for c in s.cases
            ),
            lambda s: any(c.arguments["log_p_x"].isinf().any() for c in s.cases),
        ),
        "write log q(z|x) - log p(z) as (log q(z|x) - log q(z)) + (log q(z) - log p(z)), and average": right(
            lambda log_p_x, log_q_z_given_x, log_p_z: (
                expect(log_p_x, kl(log_q_z_given_x, log_p_z)) - information(joint_of(log_p_x, log_q_z_given_x).exp())
            ),
            lambda log_p_x, log_q_z_given_x, log_p_z: (
                expect(log_p_x, kl(log_q_z_given_x, log_p_z)) + information(joint_of(log_p_x, log_q_z_given_x).exp())
            ),
        ),
        "you averaged log q(z|x). What is averaged over images is the probability, its logarithm comes after": every(
            slip(
                lambda log_p_x, log_q_z_given_x, log_p_z: kl(
                    (log_p_x.exp()[:, None] * log_q_z_given_x.clamp_min(-50)).sum(0).log_softmax(0), log_p_z
                )
            ),
            right(lambda log_p_x, log_q_z_given_x, log_p_z: waste(log_p_x, log_q_z_given_x, log_p_z)),
        ),
        "the mean of -log p(z) alone; the logarithm of q(z) is missing": slip(
            lambda log_p_x, log_q_z_given_x, log_p_z: expect(aggregate(log_p_x, log_q_z_given_x), -log_p_z)
        ),
    },
    "lost_by_code": {
        "sum over y, then average over the pairs of x and z": right(divided(0)),
        "I(x; y) averages log p(y|x) / p(y), I(z; y) averages log p(y|z) / p(y), over the same triples": right(
            lost, lambda p_xz, p_y_given_x, p_y_given_z: -lost(p_xz, p_y_given_x, p_y_given_z)
        ),
        "what was lost must be added to what is left: the term is positive": times(-1),
        "I(x; y) - I(z; y), as an average divergence": right(
            lost, lambda p_xz, p_y_given_x, p_y_given_z: of_y(p_xz.sum(1), p_y_given_x) + of_y(p_xz.sum(0), p_y_given_z)
        ),
    },
    "missing_from_degenerate": {
        "by how much two bounds of I miss it": fact(
            lambda log_q_xz, log_p_x_given_z, log_p_z: (
                (b := bounds(log_q_xz, log_p_x_given_z, log_p_z))[0] <= b[1] <= b[2]
            ),
            lambda log_q_xz, log_p_x_given_z, log_p_z: (b := bounds(log_q_xz, log_p_x_given_z, log_p_z))[0] > b[1],
        ),
        "logsumexp over axis 0 gives log q(z), over axis 1 log p(x)": fact(
            lambda log_q_xz, log_p_z, images: (
                met(log_q_xz)[0].shape == log_p_z.shape and len(met(log_q_xz)[1]) == images
            ),
            lambda log_q_xz, log_p_z: met(log_q_xz)[1].shape == log_p_z.shape,
        ),
        "both divergences are averaged over everything": right(
            decoder_halves(), decoder_halves(lambda q, each: each.sum())
        ),
        "treat the halves apart: I less (H(x) + E log p(x|z)), then R less I, and only then beta": right(
            parts, objective(-1)
        ),
        "images come from q(x|z), the encoder turned round": slip(decoder_halves(turned=True)),
        "(1 - beta) I(x; z) minus the objective H(x) + E log p(x|z) - beta R": right(objective(1), objective(-1)),
    },
    "encoder_step": {
        "compute q(z) and p(y|z) of the case by hand; the rest is one line": stepped,
        "first q(z) (Z,), then p(y|z) (Z, Y) by Bayes' rule": fact(
            lambda s: all(
                t["p_y_given_z"].shape == (c.arguments["encoder"].shape[1], c.arguments["p_y_given_x"].shape[1])
                for t, c in zip(tables(s), s.cases, strict=True)
            ),
            lambda s: all(
                t["p_y_given_z"].shape == (c.arguments["p_y_given_x"].shape[1], c.arguments["encoder"].shape[1])
                for t, c in zip(tables(s), s.cases, strict=True)
            ),
        ),
        "print q(z), p(y|z) and the divergences for the case by hand": stepped,
        "alpha divides the whole exponent, log q(z) too": instead(
            new(right_step), new(lambda q, d, b, a: q - d / b / a)
        ),
        "alpha divides the whole exponent, the divergence too": instead(
            new(right_step), new(lambda q, d, b, a: q / a - d / b)
        ),
        "your p(y|z) is the probability of y and z together: divide by q(z)": slip(joint_step),
        "q(z) and p(y|z) are averages over p(x)": as_if(p_x=lambda p: torch.full_like(p, 1 / len(p))),
        "you multiplied by p(x): asked for is q(z|x), whose rows sum to one": times(lambda p_x: p_x[:, None]),
        "from the q(z) and p(y|z) of the encoder that came in": stepped,
    },
}
DECLARED = {}
