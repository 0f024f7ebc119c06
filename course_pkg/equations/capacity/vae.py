"""The degenerate bottleneck of a VAE, its rate and its two gaps: equations of the page `capacity`."""

import math
from dataclasses import replace

import torch
from torch import Tensor

from course_pkg.derivation.chain import GRIDS, TABLES, Derivation, Step, Worlds
from course_pkg.equations.bottleneck.variational import relative_entropy
from course_pkg.worlds import LinearGaussianWorld, TabularWorld, entropy, expect, kl

BETAS = torch.tensor([0.5, 1.0, 4.0], dtype=torch.float64)
THREE_PRICES = replace(TABLES, symbols=lambda w: replace(w.symbols(), numbers={r"\beta": BETAS}))


def of_joint(w: TabularWorld) -> Tensor:
    """I(x; z) of p(x) q(z|x), with entropies."""
    return w.entropy_z() - w.entropy_z_given_x()


def copied(w: TabularWorld) -> Tensor:
    """beta I(x; z) - I(z; y), y a copy of x: the joint of z and y as a table."""
    p_x, q = w.log_p_x.exp(), w.log_q_z_given_x.exp()
    q_zy = q.mT @ torch.diag(p_x)
    return BETAS * of_joint(w) - relative_entropy(q_zy, q_zy.sum(1, keepdim=True) * q_zy.sum(0))


SAME = Derivation(
    label="capacity-same",
    steps=(
        Step(
            r"\beta\, I(x; z) - I(z; x)",
            copied,
            "the bottleneck when the answer is the image itself, at prices below one, one and above",
        ),
        Step(r"(\beta - 1)\, I(x; z)", lambda w: (BETAS - 1) * of_joint(w), "information is symmetric"),
    ),
    worlds=(THREE_PRICES,),
    follows=("bottleneck-lagrangian", "bottleneck-relevance", "notation-mutual-information"),
)


def posterior_of_encoder(w: TabularWorld) -> Tensor:
    """q(x|z), (X, K)."""
    return (w.log_q_z_given_x + w.log_p_x[:, None]).log_softmax(0)


def beta_vae(w: TabularWorld) -> Tensor:
    rate = expect(w.log_p_x, kl(w.log_q_z_given_x, w.log_p_z))
    return BETAS * rate - expect(w.log_p_x, expect(w.log_q_z_given_x, w.log_p_x_given_z))


def dismantled(w: TabularWorld) -> Tensor:
    prior_gap = kl(w.log_aggregate_posterior(), w.log_p_z)
    decoder_gap = expect(w.log_aggregate_posterior(), kl(posterior_of_encoder(w).mT, w.log_p_x_given_z.mT))
    return entropy(w.log_p_x) + (BETAS - 1) * w.mutual_information() + BETAS * prior_gap + decoder_gap


BETA_VAE = Derivation(
    label="capacity-beta-vae",
    steps=(
        Step(r"\mathcal{D} + \beta R", beta_vae, "the loss of a beta-VAE, averaged over the data, for three prices"),
        Step(
            r"H(x) + (\beta - 1)\, I(x; z) + \beta\, G_p + G_\theta",
            dismantled,
            "the degenerate Lagrangian, and the two gaps that give it a shape",
        ),
    ),
    source="Alemi et al. (2018); Hoffman and Johnson (2016)",
    where={"y": "x"},
    worlds=(THREE_PRICES,),
    follows=(
        "bottleneck-vib",
        "capacity-same",
        "kkt-distortion",
        "bottleneck-decoder-gap",
        "bottleneck-prior-gap",
        "notation-entropy",
        "notation-mutual-information",
        "notation-rate",
    ),
)


def fitting_prior(seed: int) -> TabularWorld:
    """A table whose prior is its aggregate posterior."""
    w = TabularWorld.random(seed)
    return TabularWorld(w.log_aggregate_posterior(), w.log_p_x_given_z, w.log_q_z_given_x, w.log_p_x, w.latents)


RATE_GAP = Derivation(
    label="capacity-rate-gap",
    steps=(
        Step("R", lambda w: expect(w.log_p_x, kl(w.log_q_z_given_x, w.log_p_z)), "definition of the rate"),
        Step(
            r"I(x; z) + G_p",
            lambda w: of_joint(w) + kl(w.log_aggregate_posterior(), w.log_p_z),
            "what the codes say, and what is paid because they do not lie where the prior is",
        ),
        Step(
            "I(x; z)",
            of_joint,
            "the gap is a divergence. Zero where the codes of all images together fill the prior",
            relation=r"\ge",
            tight=fitting_prior,
            also={"table of x and z": lambda w: w.mutual_information()},
        ),
    ),
    source="Hoffman and Johnson (2016)",
    worlds=(TABLES, GRIDS),
    follows=("notation-rate", "notation-mutual-information", "bottleneck-prior-gap"),
)


def gaussian_gap(w: LinearGaussianWorld) -> Tensor:
    """D_KL(N(mean, S) || N(0, I)) by torch.distributions."""
    mean, covariance = w.aggregate_posterior()
    prior = torch.distributions.MultivariateNormal(torch.zeros_like(mean), torch.eye(len(mean), dtype=mean.dtype))
    codes = torch.distributions.MultivariateNormal(mean, covariance)
    return torch.distributions.kl_divergence(codes, prior)


RATE_GAP_GAUSSIAN = Derivation(
    label="capacity-rate-gap-gaussian",
    steps=(
        Step(
            r"R - I(x; z)",
            lambda w: w.rate() - w.mutual_information(),
            "a linear encoder of Gaussian data: both are closed forms",
        ),
        Step(
            r"D_{\mathrm{KL}}\left(\mathcal{N}(V m + c,\, V \Sigma_x V^\top + S) \,\|\, \mathcal{N}(0, I)\right)",
            gaussian_gap,
            "the codes of all data together are Gaussian: divergence by torch.distributions",
        ),
    ),
    source="Hoffman and Johnson (2016)",
    worlds=(Worlds("linear-Gaussian worlds", LinearGaussianWorld.random, 20),),
    follows=("capacity-rate-gap", "notation-kl", "notation-mutual-information", "notation-rate"),
)


def fitting(seed: int) -> TabularWorld:
    """A table whose prior and whose decoder are the encoder's own."""
    w = TabularWorld.random(seed)
    return TabularWorld(w.log_aggregate_posterior(), posterior_of_encoder(w), w.log_q_z_given_x, w.log_p_x, w.latents)


SANDWICH = Derivation(
    label="capacity-sandwich",
    steps=(
        Step("R", lambda w: expect(w.log_p_x, kl(w.log_q_z_given_x, w.log_p_z)), "what the codes cost"),
        Step(
            "I(x; z)",
            of_joint,
            "above by the misfit of the prior",
            relation=r"\ge",
            tight=fitting,
        ),
        Step(
            r"H(x) - \mathcal{D}",
            lambda w: entropy(w.log_p_x) + expect(w.log_p_x, expect(w.log_q_z_given_x, w.log_p_x_given_z)),
            "below by the misfit of the decoder",
            relation=r"\ge",
            tight=fitting,
        ),
    ),
    source="Alemi et al. (2018), eq. 4",
    worlds=(TABLES,),
    follows=("capacity-rate-gap", "kkt-distortion", "notation-mutual-information", "notation-rate", "notation-entropy"),
)


def named(seed: int) -> TabularWorld:
    """A table of four equally likely x, each with a code of its own."""
    w = TabularWorld.random(seed, latents=(2, 2))
    own = torch.eye(4, dtype=torch.float64).log()
    even = torch.full((4,), -math.log(4), dtype=torch.float64)
    return TabularWorld(w.log_p_z, w.log_p_x_given_z, own, even, w.latents)


CEILING = Derivation(
    label="capacity-ceiling",
    steps=(
        Step(
            r"G_p",
            lambda w: kl(w.log_aggregate_posterior(), w.log_p_z),
            "what the rate pays for besides information",
        ),
        Step(
            r"R - I(x; z)",
            lambda w: expect(w.log_p_x, kl(w.log_q_z_given_x, w.log_p_z)) - of_joint(w),
            "the gap, solved for",
        ),
        Step(
            r"R - \log N",
            lambda w: expect(w.log_p_x, kl(w.log_q_z_given_x, w.log_p_z)) - math.log(len(w.log_p_x)),
            "N images can be told apart by log N nats, and no code says more. Equal where each has a code of its own",
            relation=r"\ge",
            tight=named,
        ),
    ),
    worlds=(TABLES,),
    follows=("capacity-rate-gap", "bottleneck-prior-gap", "notation-mutual-information", "notation-rate"),
)
