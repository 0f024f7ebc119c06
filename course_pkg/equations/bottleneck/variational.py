"""A bottleneck that a network can be trained on, and the iteration that it is: equations of `bottleneck`."""

import scipy.special
import torch
from torch import Tensor

from course_pkg.derivation.chain import Definition, Derivation, Step
from course_pkg.equations.bottleneck.fixed_points import entropies
from course_pkg.equations.bottleneck.worlds import PAIRS, Pair, random_pair

DISTORTION = Definition(
    label="bottleneck-distortion",
    latex=r"\mathcal{D}_y := -\mathbb{E}_{q_\phi(z, y)}\left[\log p_\theta(y \mid z)\right]",
    symbol=r"\mathcal{D}_y",
    meaning="distortion of an answer: the nats that the decoder still needs to name y",
    source="Alemi et al. (2018)",
)


def relative_entropy(p: Tensor, q: Tensor) -> Tensor:
    """Sum of p log p / q over everything, by scipy."""
    return torch.as_tensor(scipy.special.rel_entr(p.numpy(), q.expand_as(p).numpy())).sum()


def distortion(w: Pair) -> Tensor:
    return -(w.encoder.mT @ w.joint * w.decoder.log()).sum()


def rate(w: Pair) -> Tensor:
    p_x = w.joint.sum(1, keepdim=True)
    return relative_entropy(p_x * w.encoder, p_x * w.prior)


def loss(w: Pair) -> Tensor:
    return distortion(w) + w.beta * rate(w)


def with_both_gaps(w: Pair) -> Tensor:
    q_z, q_zy = w.joint.sum(1) @ w.encoder, w.encoder.mT @ w.joint
    of_y = -torch.special.xlogy(w.joint.sum(0), w.joint.sum(0)).sum()
    above = w.beta * relative_entropy(q_z, w.prior)
    return entropies(w, w.encoder) + of_y + above + relative_entropy(q_zy, q_z[:, None] * w.decoder)


def with_own_marginals(w: Pair) -> Pair:
    """The prior and the decoder that fit the encoder: q(z), q(y|z)."""
    q_z = w.joint.sum(1) @ w.encoder
    return w._replace(prior=q_z, decoder=w.encoder.mT @ w.joint / q_z[:, None])


PRIOR_GAP = Definition(
    label="bottleneck-prior-gap",
    latex=r"G_p := D_{\mathrm{KL}}\left(q_\phi(z) \,\|\, p(z)\right)",
    symbol="G_p",
    meaning="the prior's gap: what is paid because the codes do not lie where the prior is",
    source="Hoffman and Johnson (2016)",
)
DECODER_GAP = Definition(
    label="bottleneck-decoder-gap",
    latex=r"G_\theta := \mathbb{E}_{q_\phi(z)}\left["
    r"D_{\mathrm{KL}}\left(q_\phi(y \mid z) \,\|\, p_\theta(y \mid z)\right)\right]",
    symbol=r"G_\theta",
    meaning="the decoder's gap: what is lost because it does not draw from the codes all that they say",
)
VIB = Derivation(
    label="bottleneck-vib",
    steps=(
        Step(r"\mathcal{D}_y + \beta R", loss, "what a network can be trained on"),
        Step(
            r"\mathcal{B}_\beta + H(y)"
            r" + \beta\, G_p + G_\theta",
            with_both_gaps,
            "two models stand in for two marginals of the encoder, and each costs one divergence",
        ),
        Step(
            r"\mathcal{B}_\beta + H(y)",
            lambda w: entropies(w, w.encoder) - torch.special.xlogy(w.joint.sum(0), w.joint.sum(0)).sum(),
            "drop both. Equal where prior and decoder are the encoder's own marginals",
            relation=r"\ge",
            tight=lambda seed: with_own_marginals(random_pair(seed)),
        ),
    ),
    source="Alemi et al. (2017), eqs 12 to 17, with the gaps kept",
    worlds=(PAIRS,),
    follows=(
        "bottleneck-lagrangian",
        "bottleneck-distortion",
        "bottleneck-prior-gap",
        "bottleneck-decoder-gap",
        "notation-entropy",
        "notation-rate",
    ),
)

# Blahut-Arimoto never rises ------------------------------------------------------------------------


def stepped(w: Pair) -> Pair:
    """The encoder that is best for this prior and this decoder, which stay."""
    divergence = relative_entropies(w.joint / w.joint.sum(1, keepdim=True), w.decoder)
    q = (w.prior.log() - divergence / w.beta).softmax(-1)
    return w._replace(encoder=q)


def relative_entropies(p: Tensor, q: Tensor) -> Tensor:
    """All pairs of rows: (A, C), (B, C) -> (A, B)."""
    return torch.as_tensor(scipy.special.rel_entr(p[:, None].numpy(), q.numpy())).sum(-1)


def settled(seed: int) -> Pair:
    """A pair where the iteration has come to rest: a code that costs and says something, as the price is low."""
    w = random_pair(seed)
    w = w._replace(beta=0.2 * w.beta)
    for _ in range(10_000):
        before, w = w.encoder, stepped(with_own_marginals(w))
        if (w.encoder - before).abs().max() < 1e-10:
            break
    return w


MONOTONE = Derivation(
    label="bottleneck-monotone",
    steps=(
        Step(
            r"\mathcal{B}_\beta\left[q_\phi\right] + H(y)",
            lambda w: entropies(w, w.encoder) - torch.special.xlogy(w.joint.sum(0), w.joint.sum(0)).sum(),
            "before the step",
        ),
        Step(
            r"\min_{p, p_\theta} \left(\mathcal{D}_y + \beta R\right)\left[q_\phi, p, p_\theta\right]",
            lambda w: loss(with_own_marginals(w)),
            "prior and decoder take the encoder's marginals: both divergences vanish",
        ),
        Step(
            r"\min_{q_\phi'} \left(\mathcal{D}_y + \beta R\right)\left[q_\phi', p, p_\theta\right]",
            lambda w: loss(stepped(with_own_marginals(w))),
            "the encoder answers: the right-hand side of the self-consistent equation",
            relation=r"\ge",
            tight=settled,
        ),
        Step(
            r"\mathcal{B}_\beta\left[q_\phi'\right] + H(y)",
            lambda w: loss(with_own_marginals(stepped(with_own_marginals(w)))),
            "and the marginals follow it",
            relation=r"\ge",
            tight=settled,
        ),
    ),
    source="Tishby et al. (1999), theorem 5; Blahut (1972); Arimoto (1972)",
    worlds=(PAIRS,),
    follows=("bottleneck-vib", "bottleneck-self-consistent", "bottleneck-distortion", "notation-rate"),
)
