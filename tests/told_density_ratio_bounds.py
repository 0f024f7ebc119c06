"""What the questions of the chapter `density_ratio` say of readings and bounds."""

import math

from course_pkg.worlds import expect, kl
from told_density_ratio import differ, log_mass, log_normal, made, pays, two
from wording import axes, every, exchanged, fact, instead, right, slip, stays, times

TOLD = {
    "two_outputs": {
        "real and shuffled are (codes, 2)": every(
            axes("real", "codes", "classes"), axes("shuffled", "codes", "classes")
        ),
        "the real code's outputs differ by 1, the shuffled one's by 0": fact(
            lambda s: (differ(s.hand["real"]), differ(s.hand["shuffled"])) == (1, 0),
            lambda s: (differ(s.hand["real"]), differ(s.hand["shuffled"])) == (0, 1),
        ),
        "class 0 is the real deck. With this sign the model would raise what it should lower": times(-1, "tc"),
        "the total correlation is the average over real codes": instead(
            lambda real: differ(real), lambda shuffled: differ(shuffled), "tc"
        ),
        "no softmax before the difference": instead(
            lambda real: differ(real), lambda real: differ(real.softmax(1)), "tc"
        ),
        "a sum grows with the batch": times(lambda codes: codes, "tc"),
        "at chance it is log 2, and this is twice that": times(2, "loss"),
        "real codes are class 0: this loss teaches the opposite": every(
            instead(two(0, 1), two(1, 0), "loss"), exchanged("real", "shuffled", "loss")
        ),
        "the shuffled codes are class 1": instead(two(0, 1), two(0, 0), "loss"),
        "yours is there twice": slip(lambda real, shuffled: two(0, 1)(real.softmax(1), shuffled.softmax(1)), "loss"),
        "stay the same where both outputs rise by one": stays("loss", real=lambda v: v + 1, shuffled=lambda v: v + 1),
        "output 0 is for real codes, output 1 for shuffled ones, before a softmax; tc is the mean log ratio of "
        "the real codes": every(
            right(two(0, 1), two(1, 0), "loss"),
            right(
                lambda real: differ(real.log_softmax(1)),
                lambda shuffled: differ(shuffled),
                "tc",
            ),
        ),
    },
    "read_off": {
        "real and shuffled are tensors, (n,) and (m,)": fact(
            lambda real, shuffled, real_codes, shuffled_codes: (
                (real.shape, shuffled.shape) == ((real_codes,), (shuffled_codes,))
            ),
            lambda real, shuffled, real_codes, shuffled_codes: (
                (real.shape, shuffled.shape) == ((shuffled_codes,), (real_codes,))
            ),
        ),
        "few real codes and many shuffled ones: each kind has its own mean; and logits far below zero": fact(
            lambda s: (
                s.cases[-2].sizes["real codes"] < s.cases[-2].sizes["shuffled codes"] / 5
                and max(s.trap["real"].max(), s.trap["shuffled"].max()) < -100
            ),
            lambda s: s.cases[-2].sizes["real codes"] > s.cases[-2].sizes["shuffled codes"] or s.trap["real"].min() > 0,
        ),
        "the divergence is an average over real codes, the first deck": instead(
            lambda real: real.mean(), lambda shuffled: shuffled.mean(), "plug_in"
        ),
        "without the logarithm it is the other bound, and that has a one besides": slip(
            lambda real, shuffled: real.mean() - shuffled.exp().mean(), "donsker"
        ),
        "a mean is the sum over the number of shuffled codes": instead(
            lambda real, shuffled: real.mean() - (shuffled.logsumexp(0) - math.log(len(shuffled))),
            lambda real, shuffled: real.mean() - shuffled.logsumexp(0),
            "donsker",
        ),
        "has a large mass: it must be subtracted": instead(
            lambda real, shuffled: real.mean() - log_mass(shuffled),
            lambda real, shuffled: real.mean() + log_mass(shuffled),
            "donsker",
        ),
        "e^T has mean one over the second deck; over the first, it is chi square plus one": instead(
            lambda shuffled: shuffled.exp().mean(), lambda real: real.exp().mean(), "mass"
        ),
        "over shuffled codes it is e^T that has mean one, over real ones e^-T": instead(
            lambda shuffled: shuffled.exp().mean(), lambda shuffled: (-shuffled).exp().mean(), "mass"
        ),
        "a real code surprises where its logit is low: log(1 + e^-T)": instead(pays(1), pays(-1), "surprise"),
        "plug_in is the mean logit of real codes; mass the mean of its exponential over shuffled codes": every(
            right(lambda real: real.mean(), lambda shuffled: shuffled.mean(), "plug_in"),
            right(lambda shuffled: shuffled.exp().mean(), lambda real: real.exp().mean(), "mass"),
        ),
    },
    "missing_from_bound": {
        "Which density stands below q there": right(
            lambda log_q, log_bar, logit: kl(log_q, made(log_bar, logit)),
            lambda log_q, log_bar, logit: kl(made(log_bar, logit), log_q),
        ),
        "that is missing from E_q T - E e^T + 1, the bound without the logarithm": slip(
            lambda log_q, log_bar, logit: (
                kl(log_q, log_bar) - (expect(log_q, logit) - (log_bar + logit).exp().sum(1) + 1)
            )
        ),
        "the exponential is averaged over the second deck, q-bar, and the logit over the first": slip(
            lambda log_q, log_bar, logit: kl(log_q, log_bar) - (expect(log_q, logit) - (log_q + logit).logsumexp(1))
        ),
        "but it is weighed by q-bar, the second deck, not by q": instead(
            lambda log_q, log_bar, logit: expect(log_q, log_q - made(log_bar, logit)),
            lambda log_q, log_bar, logit: expect(log_bar, log_q - made(log_bar, logit)),
        ),
        "half of the variance of the logit's error is what small errors cost, to second order": slip(
            lambda log_q, log_bar, logit: (
                0.5 * (expect(log_q, (off := logit - log_q + log_bar).square()) - expect(log_q, off).square())
            )
        ),
    },
    "codes_needed": {
        "its logarithm has mean minus the divergence and twice that as variance": right(
            log_normal(lambda D: -D, lambda D: 2 * D), log_normal(lambda D: D, lambda D: 2 * D)
        ),
        "one is subtracted from the exponential, not in its exponent": instead(
            lambda divergence, error: (math.exp(2 * divergence) - 1) / error**2,
            lambda divergence, error: math.exp(2 * divergence - 1) / error**2,
        ),
        "one number, not rounded": fact(
            lambda s: any(float(v[""]) % 1 for v in s.answers()),
            lambda s: all(float(v[""]) % 1 == 0 for v in s.answers()),
        ),
    },
}
DECLARED = {}
