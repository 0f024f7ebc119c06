"""What the questions of the chapter `bottleneck` say of tables: of losses, bounds and steps."""

from course_pkg.questions.bottleneck.codes import pairs, safe
from course_pkg.worlds import expect, kl
from told_bottleneck import between, decoder_halves, halves, information, joint_of, new, of_y, right_step, waste, xlogy
from wording import addend, every, fact, instead, right, slip, stays, times

TOLD = {
    "what_each_says": {
        "also in an empty column": fact(
            lambda s: (s.trap["counts"].sum(0) == 0).any(), lambda s: (s.trap["counts"].sum(1) == 0).any()
        ),
        "you multiplied by p(x) already: that is what x adds to I(x; y), not what it says when it comes": times(
            lambda counts: counts.sum(1) / counts.sum()
        ),
        "that is how surprising y is, not how much less surprising x makes it": slip(
            lambda counts: -xlogy(counts / counts.sum(1, keepdim=True), counts.sum(0) / counts.sum()).sum(1)
        ),
        "stay the same where every pair came twice as often": stays(counts=lambda v: 2 * v),
    },
    "wasted_rate": {
        "write both averages with the same E over x and z, and subtract under it": right(
            lambda log_p_x, log_q_z_given_x, log_p_z: (
                expect(log_p_x, kl(log_q_z_given_x, log_p_z)) - information(joint_of(log_p_x, log_q_z_given_x).exp())
            ),
            lambda log_p_x, log_q_z_given_x, log_p_z: (
                information(joint_of(log_p_x, log_q_z_given_x).exp()) - expect(log_p_x, kl(log_q_z_given_x, log_p_z))
            ),
        ),
        "so the average is over q(z), not over the prior": instead(
            lambda log_p_x, log_q_z_given_x, log_p_z: waste(log_p_x, log_q_z_given_x, log_p_z),
            lambda log_p_x, log_q_z_given_x, log_p_z: waste(log_p_x, log_q_z_given_x, log_p_z, turned=True),
        ),
        "q(z) weighs each image's code by p(x); yours weighs all alike": slip(
            lambda log_q_z_given_x, log_p_z: kl(log_q_z_given_x.exp().mean(0).log(), log_p_z)
        ),
    },
    "lost_by_code": {
        "as averages over the same triples x, y, z, and subtract": right(
            lambda p_xz, p_y_given_x, p_y_given_z: of_y(p_xz.sum(1), p_y_given_x) - of_y(p_xz.sum(0), p_y_given_z),
            lambda p_xz, p_y_given_x, p_y_given_z: of_y(p_xz.sum(0), p_y_given_z) - of_y(p_xz.sum(1), p_y_given_x),
        ),
        "so the average inside is over p(y|x); the code's guess stands below it": instead(
            lambda p_xz, p_y_given_x, p_y_given_z: (p_xz * pairs(p_y_given_x, safe(p_y_given_z))).sum(),
            lambda p_xz, p_y_given_x, p_y_given_z: (p_xz * pairs(safe(p_y_given_z), safe(p_y_given_x)).T).sum(),
        ),
        "you weighed each pair by p(x) q(z). A code meets the x that chose it: weigh by the joint": instead(
            lambda p_xz, p_y_given_x, p_y_given_z: (p_xz * pairs(p_y_given_x, safe(p_y_given_z))).sum(),
            lambda p_xz, p_y_given_x, p_y_given_z: (
                p_xz.sum(1)[:, None] * p_xz.sum(0) * pairs(safe(p_y_given_x), safe(p_y_given_z))
            ).sum(),
        ),
        "that is I(x; y), all there was before the code": slip(
            lambda p_xz, p_y_given_x: of_y(p_xz.sum(1), p_y_given_x)
        ),
        "H(y|z) is what is unknown after the code. Some of it was unknown before: subtract H(y|x)": addend(
            "minus H(y|x)", -1
        ),
    },
    "missing_from_degenerate": {
        "beta may be below one": fact(lambda s: s.trap["beta"] < 1, lambda s: s.hand["beta"] < 1),
        "the reconstruction has no beta before it, so the decoder's part has none": instead(
            halves(lambda b, decoder, prior: decoder + b * prior),
            halves(lambda b, decoder, prior: b * (decoder + prior)),
        ),
        "it belongs to the prior's part, not to the decoder's": instead(
            halves(lambda b, decoder, prior: decoder + b * prior), halves(lambda b, decoder, prior: b * decoder + prior)
        ),
        "the reconstruction bounds I from below; the rate bounds it from above, and its slack is missing": every(
            between, addend("beta times the prior's divergence", -1)
        ),
        "the rate bounds I from above; the reconstruction bounds it from below, and its slack is missing": every(
            between, addend("the decoder's divergence", -1)
        ),
        "the average inside is over it, not over the decoder": instead(decoder_halves(), decoder_halves(turned=True)),
        "codes come from q(z): the average is over q(z), not over the prior": slip(
            lambda beta, log_q_xz, log_p_z, terms: (
                terms[""]["the decoder's divergence"] + beta * kl(log_p_z, log_q_xz.logsumexp(0))
            )
        ),
        "the decoder's divergence is averaged over q(z): codes that are never used count for nothing": instead(
            decoder_halves(), decoder_halves(lambda q, each: each.mean())
        ),
        "the decoder's divergence is averaged over the codes that the encoder uses, q(z); you took those of p(z)": slip(
            lambda beta, log_q_xz, log_p_x_given_z, log_p_z: decoder_halves(lambda q, each: expect(log_p_z, each))(
                beta, log_q_xz, log_p_x_given_z, log_p_z
            )
        ),
    },
    "encoder_step": {
        "one row for each x, one column for each code": fact(
            lambda right, values_of_x, values_of_z: right.shape == (values_of_x, values_of_z),
            lambda right, values_of_x, values_of_z: right.shape == (values_of_z, values_of_x),
        ),
        "the average inside is over p(y|x), and the code's guess p(y|z) stands below it": instead(
            new(right_step), new(right_step, turned=True)
        ),
        "a code that is used more is cheaper: its logarithm belongs into the exponent": instead(
            new(right_step), new(lambda q, d, b, a: -d / b / a)
        ),
        "you multiplied by p(x)": times(lambda p_x: p_x[:, None]),
        "must become less likely, not more": instead(new(right_step), new(lambda q, d, b, a: (q + d / b) / a)),
    },
}
DECLARED = {}
