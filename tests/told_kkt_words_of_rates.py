"""What the questions of the chapter `kkt` on rates and budgets say of sums and means, p and q, and in formulas."""

import math

from told_kkt import at_floor, average, first_step
from told_kkt_words import in_image, log_steps, moves_first, rates, tilt_of, total
from wording import every, fact, right, slip, times

TOLD = {
    "beta_for_rate": {
        "the sum over directions of max(0, log(variance / (beta sigma^2)) / 2) is the given rate": fact(
            lambda variances, sigma, rate, right: math.isclose(rates(variances, right * sigma**2), rate, rel_tol=1e-6),
            lambda variances, sigma, rate, right: math.isclose(
                2 * rates(variances, right * sigma**2), rate, rel_tol=1e-6
            ),
        ),
    },
    "counted_loss": {
        "one number each: sum in an image, then average over images": in_image,
        "an image's pixels are summed, the images of a batch are averaged": times(
            lambda images: images, "reconstruction"
        ),
        "an image's latents are summed. Their mean divides": times(lambda latents: 1 / latents, "kl"),
        "an image's latents are summed, the images of a batch are averaged": times(lambda images: images, "kl"),
        "else beta depends on the batch size": times(lambda images: images, "reconstruction"),
        "a factor on the whole loss changes nothing but the learning rate": slip(
            lambda beta, right: beta * (right["reconstruction"] + right["kl"]), "loss"
        ),
        "each summed in an image and averaged over images; loss is reconstruction + beta kl": every(in_image, total),
        "two lengths, several latents": fact(
            lambda s: s.cases[1].sizes["rows"] != s.cases[1].sizes["columns"],
            lambda s: s.cases[1].sizes["rows"] == s.cases[1].sizes["columns"],
        ),
    },
    "mended_ascent": {
        "what does the first step add to beta": moves_first,
        "the budget is on the average over p(x), and here the images are not": first_step(
            average, lambda rates, a: rates.mean()
        ),
        "you weighed the images by log p(x)": first_step(average, lambda rates, a: (a["log_data"] * rates).sum()),
        "the step is added to beta itself, and zero can be reached": fact(
            log_steps, lambda s: any((a[""] == 0).any() for a in s.slipped())
        ),
        "shape (steps + 1,)": fact(
            lambda right, steps: right.shape == (steps + 1,), lambda right, steps: right.shape == (steps - 1,)
        ),
        "the average over p(x) of KL(q(z|x) || p(z)) is at most the budget": moves_first,
    },
    "price_of_quality": {
        "you met the distortion on average": fact(
            lambda s: all(len(a[""].unique()) <= 2 for a in s.slipped()),
            lambda s: all(len(a[""].unique()) <= 2 for a in s.answers()),
        ),
        "q is proportional to p(z) times a power of the likelihood": fact(tilt_of(1), tilt_of(0)),
        "with q proportional to p(z) p(x|z)^u, the multiplier u >= 0 of -E_q log p(x|z) - distortion <= 0": fact(
            tilt_of(1), tilt_of(0)
        ),
    },
    "price_under_free_bits": {
        "nothing is divided by but sigma squared": right(
            at_floor(2), lambda variances, floor: at_floor(2)(variances, 1, floor)
        ),
        "two kinds of direction: those that stop at the floor, and those that go beyond it": fact(
            lambda s: {bool(p == 1) for a in s.answers() for p in a[""]} == {True, False},
            lambda s: len({bool(p == 1) for a in s.answers() for p in a[""]}) == 1,
        ),
        "minus the slope of variance exp(-2 rate) / (2 sigma^2) in the rate": right(at_floor(2), at_floor(1)),
    },
}
DECLARED = {}
