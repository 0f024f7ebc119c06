"""Information about y, and its price: equations of the chapter `bottleneck`, in the order of the page."""

import scipy.special
import torch
from torch import Tensor

from course_pkg.bottleneck import lagrangian, mutual_information
from course_pkg.derivation.chain import Definition, Derivation, Step
from course_pkg.equations.bottleneck.worlds import PAIRS, Pair, lossless

JOINT = Definition(
    label="bottleneck-joint",
    latex=r"q_\phi(z, y) := \sum_x p(x, y)\, q_\phi(z \mid x)",
    symbol=r"q_\phi(z, y)",
    meaning="codes and answers together: z sees y through x alone",
    source="Tishby et al. (1999)",
)
RELEVANCE = Definition(
    label="bottleneck-relevance",
    latex=r"I(z; y) := D_{\mathrm{KL}}\left(q_\phi(z, y) \,\|\, q_\phi(z)\, p(y)\right)",
    symbol="I(z; y)",
    meaning="relevance: what the codes say about y, in nats",
    code="bottleneck.mutual_information",
    source="Tishby et al. (1999)",
)
CONDITIONAL = Definition(
    label="bottleneck-conditional",
    latex=r"I(x; y \mid z) := \mathbb{E}_{q_\phi(z)}\left[D_{\mathrm{KL}}\left("
    r"q_\phi(x, y \mid z) \,\|\, q_\phi(x \mid z)\, q_\phi(y \mid z)\right)\right]",
    symbol=r"I(x; y \mid z)",
    meaning="conditional mutual information; I(x; z | y) with y and z exchanged",
)
LAGRANGIAN = Definition(
    label="bottleneck-lagrangian",
    latex=r"\mathcal{B}_\beta := \beta\, I(x; z) - I(z; y)",
    symbol=r"\mathcal{B}_\beta",
    meaning="the bottleneck's Lagrangian, to be minimised; beta is the price of a nat of rate",
    code="bottleneck.lagrangian",
    source="Tishby et al. (1999), eq. 15",
)


def triple(w: Pair) -> Tensor:
    """p(x, y) q(z|x) as a table (X, Y, Z)."""
    return w.joint[:, :, None] * w.encoder[:, None, :]


def by_scipy(table: Tensor) -> Tensor:
    """Mutual information of a table (A, B): scipy's relative entropy to the product of its marginals."""
    product = table.sum(1, keepdim=True) * table.sum(0)
    return torch.as_tensor(scipy.special.rel_entr(table.numpy(), product.numpy())).sum()


def given_last(table: Tensor) -> Tensor:
    """I(a; b | c) of a table (A, B, C): for each c the information of its slice, averaged over c."""
    slices = [(part.sum(), part / part.sum()) for part in table.unbind(2)]
    return torch.stack([weight * by_scipy(part) for weight, part in slices]).sum()


PROCESSING = Derivation(
    label="bottleneck-processing",
    steps=(
        Step("I(x; y)", lambda w: by_scipy(w.joint), "what there is to know"),
        Step(
            r"I(z; y) + I(x; y \mid z)",
            lambda w: mutual_information(triple(w).sum(0).mT) + given_last(triple(w)),
            "the chain rule, both ways round; given x, the code knows nothing more of y",
        ),
        Step(
            "I(z; y)",
            lambda w: mutual_information(w.encoder.mT @ w.joint),
            "no information is negative. Equal where the code keeps all that x says of y",
            relation=r"\ge",
            tight=lossless,
            also={"scipy": lambda w: by_scipy(w.encoder.mT @ w.joint)},
        ),
    ),
    source="Cover and Thomas (2006), theorem 2.8.1",
    worlds=(PAIRS,),
    follows=("bottleneck-relevance", "bottleneck-conditional"),
)


def rate_and_relevance(w: Pair) -> tuple[Tensor, Tensor]:
    t = triple(w)
    return by_scipy(t.sum(1)), by_scipy(t.sum(0))


def tishby(w: Pair) -> Tensor:
    rate, relevance = rate_and_relevance(w)
    return w.beta * (rate - relevance / w.beta)


def conditional_form(w: Pair) -> Tensor:
    t = triple(w)
    return w.beta * given_last(t.transpose(1, 2)) - (1 - w.beta) * by_scipy(t.sum(0))


CONVERSIONS = Derivation(
    label="bottleneck-conversions",
    steps=(
        Step(
            r"\mathcal{B}_\beta",
            lambda w: lagrangian(w.joint, w.encoder, w.beta.item()),
            "the convention of this book: beta is what a nat of rate costs",
        ),
        Step(
            r"\beta \left[I(x; z) - \frac{1}{\beta}\, I(z; y)\right]",
            tishby,
            "Tishby's and Chechik's: their beta multiplies the relevance, and is one over ours",
        ),
        Step(
            r"\beta\, I(x; z \mid y) - (1 - \beta)\, I(z; y)",
            conditional_form,
            "Fischer's: pay only for what is not about y, since I(x; z) holds I(z; y) whole",
        ),
    ),
    source="Tishby et al. (1999); Chechik et al. (2005); Fischer (2020)",
    worlds=(PAIRS,),
    follows=(
        "bottleneck-lagrangian",
        "bottleneck-processing",
        "bottleneck-relevance",
        "bottleneck-conditional",
        "notation-mutual-information",
    ),
)
