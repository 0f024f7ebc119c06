"""Wrong lines about informations and the loss that a network is trained on, on tables."""

from torch import Tensor

from course_pkg.derivation.chain import Wrong
from course_pkg.equations.bottleneck import informations, variational
from course_pkg.equations.bottleneck.worlds import Pair


def information(table: Tensor) -> Tensor:
    """I(a; b) of a table (A, B) without zeros, by its logarithms."""
    return (table * (table / (table.sum(1, keepdim=True) * table.sum(0))).log()).sum()


def of_y(w: Pair) -> Tensor:
    return information(w.encoder.mT @ w.joint)


def of_x(w: Pair) -> Tensor:
    return information(w.joint.sum(1, keepdim=True) * w.encoder)


def entropy_of_y(w: Pair) -> Tensor:
    p_y = w.joint.sum(0)
    return -(p_y * p_y.log()).sum()


PROCESSING = informations.PROCESSING.with_wrong(
    1,
    Wrong(
        "what is lost on the way to the code is what the code says of x alone",
        r"I(z; y) + I(x; z)",
        lambda w: of_y(w) + of_x(w),
    ),
    Wrong(
        "what x says of y is what it says to its code",
        "I(x; z)",
        of_x,
    ),
).with_wrong(
    2,
    Wrong("a good code brings out what the data hide", "I(z; y)", relation=r"\le"),
    Wrong("a code that is a function of x loses nothing", "I(z; y)", relation="="),
)
CONVERSIONS = informations.CONVERSIONS.with_wrong(
    1,
    Wrong(
        "beta weighs the relevance here as there",
        r"I(x; z) - \beta\, I(z; y)",
        lambda w: of_x(w) - w.beta * of_y(w),
    ),
    Wrong(
        "one over our beta is theirs; no factor is left in front",
        r"I(x; z) - \frac{1}{\beta}\, I(z; y)",
        lambda w: of_x(w) - of_y(w) / w.beta,
    ),
).with_wrong(
    2,
    Wrong(
        "what is not about y is paid for, and the relevance is counted whole",
        r"\beta\, I(x; z \mid y) - I(z; y)",
        lambda w: w.beta * (of_x(w) - of_y(w)) - of_y(w),
    ),
)

# What a network is trained on ----------------------------------------------------------------------


def rate_of_prior(w: Pair) -> Tensor:
    return (w.joint.sum(1, keepdim=True) * w.encoder * (w.encoder / w.prior).log()).sum()


def distortion(w: Pair) -> Tensor:
    return -(w.encoder.mT @ w.joint * w.decoder.log()).sum()


def prior_gap(w: Pair) -> Tensor:
    q_z = w.joint.sum(1) @ w.encoder
    return (q_z * (q_z / w.prior).log()).sum()


def decoder_gap(w: Pair) -> Tensor:
    q_zy = w.encoder.mT @ w.joint
    return (q_zy * (q_zy / q_zy.sum(1, keepdim=True) / w.decoder).log()).sum()


def bottleneck(w: Pair) -> Tensor:
    return w.beta * of_x(w) - of_y(w)


VIB = variational.VIB.with_wrong(
    1,
    Wrong(
        "each model costs one divergence",
        r"\mathcal{B}_\beta + H(y) + G_p + G_\theta",
        lambda w: bottleneck(w) + entropy_of_y(w) + prior_gap(w) + decoder_gap(w),
    ),
    Wrong(
        "the entropy of y is a constant and may be dropped",
        r"\mathcal{B}_\beta + \beta\, G_p + G_\theta",
        lambda w: bottleneck(w) + w.beta * prior_gap(w) + decoder_gap(w),
    ),
    Wrong(
        "a decoder can only lose, so its gap is taken off",
        r"\mathcal{B}_\beta + H(y) + \beta\, G_p - G_\theta",
        lambda w: bottleneck(w) + entropy_of_y(w) + w.beta * prior_gap(w) - decoder_gap(w),
    ),
).with_wrong(
    2,
    Wrong("a variational bound lies below", r"\mathcal{B}_\beta + H(y)", relation=r"\le"),
)
MONOTONE = variational.MONOTONE.with_wrong(
    1,
    Wrong(
        "the loss with the prior and the decoder that one has",
        r"\left(\mathcal{D}_y + \beta R\right)\left[q_\phi, p, p_\theta\right]",
        lambda w: distortion(w) + w.beta * rate_of_prior(w),
    ),
).with_wrong(
    2,
    Wrong(
        "the encoder stays where it is: the step moves along a level",
        r"\min_{q_\phi'} \left(\mathcal{D}_y + \beta R\right)\left[q_\phi', p, p_\theta\right]",
        relation="=",
    ),
    Wrong(
        "a step towards a fixed point may go uphill first",
        r"\min_{q_\phi'} \left(\mathcal{D}_y + \beta R\right)\left[q_\phi', p, p_\theta\right]",
        relation=r"\le",
    ),
)
