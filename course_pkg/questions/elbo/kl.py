"""The divergence of two diagonal Gaussians: a question of the chapter `elbo`."""

import math

import torch
from torch import Tensor

from course_pkg.elbo import gaussian_kl
from course_pkg.grading import Case, Question, Symmetry, Wrong
from course_pkg.questions.shared import (
    DIVERGENCE,
    bits,
    half_missing,
    images_averaged,
    log_sigma,
    normals,
    numbers,
)

# Two diagonal Gaussians ---------------------------------------------------------------------------


def two_gaussians(seed: int) -> tuple[Case, ...]:
    names = ("mu_q", "log_var_q", "mu_p", "log_var_p")

    def case(rung: str, tensors: list[Tensor], *, told: str = "", counts: bool = True) -> Case:
        sizes = dict(zip(("images", "latents"), tensors[0].shape, strict=True))
        return Case(rung, dict(zip(names, tensors, strict=True)), sizes, told, counts)

    told = "one latent, q of mean {mu_q} and width {log_var_q:width}, p of mean {mu_p} and width {log_var_p:width}"
    hand = [numbers([[2.0]]), numbers([[0.0]]), numbers([[0.0]]), numbers([[2 * math.log(2)]])]
    same = normals(seed + 1, 2, 2, 3)
    narrow = normals(seed + 4, 4, 4, 4)
    return (
        case("hand", hand, told=told),
        case("random", normals(seed + 2, 4, 3, 5)),
        case("random", same + same, counts=False),
        case("oracle", normals(seed + 3, 4, 2, 7)),
        case("trap", [narrow[0], narrow[1] - 9, narrow[2] + 3, narrow[3]]),
    )


def kl_between(mq: Tensor, lq: Tensor, mp: Tensor, lp: Tensor) -> Tensor:
    """Of each latent."""
    return 0.5 * (lp - lq + (lq.exp() + (mq - mp) ** 2) / lp.exp() - 1)


def kl_between_by_torch(mu_q: Tensor, log_var_q: Tensor, mu_p: Tensor, log_var_p: Tensor) -> Tensor:
    q = torch.distributions.Normal(mu_q, (0.5 * log_var_q).exp())
    p = torch.distributions.Normal(mu_p, (0.5 * log_var_p).exp())
    return torch.distributions.kl_divergence(q, p).sum(1)


def kl_between_terms(given):
    mq, lq, mp, lp = (given[name] for name in ("mu_q", "log_var_q", "mu_p", "log_var_p"))
    added = {
        "half of log_var_p": 0.5 * lp,
        "minus half of log_var_q": -0.5 * lq,
        "half of q's variance over p's": 0.5 * (lq - lp).exp(),
        "half of the squared distance of the means over p's variance": 0.5 * (mq - mp) ** 2 / lp.exp(),
        "the 1/2 that each latent subtracts": torch.full_like(mq, -0.5),
    }
    return {"": {name: term.sum(1) for name, term in added.items()}}


def of(f, reduce=lambda kl: kl.sum(1)):
    """An answer that computes f of each latent and reduces it."""
    return lambda mu_q, log_var_q, mu_p, log_var_p: reduce(f(mu_q, log_var_q, mu_p, log_var_p))


KL_BETWEEN_GAUSSIANS = Question(
    name="kl_between_gaussians",
    kind="implement",
    title="A prior that is not standard",
    points=2,
    difficulty=2,
    importance=5,
    minutes=15,
    returns="one number an image, shape (images,)",
    relation="the mean of log q(z) - log p(z) over samples of q, summed over latents, in nats",
    cases=two_gaussians,
    reference=of(kl_between),
    oracle=kl_between_by_torch,
    wrong=(
        log_sigma(of(kl_between), "log_var_q", "log_var_p"),
        bits(of(kl_between)),
        Wrong(
            "log_var read in two places, once as log sigma squared",
            of(lambda mq, lq, mp, lp: 0.5 * (lp - lq + ((2 * lq).exp() + (mq - mp) ** 2) / (2 * lp).exp() - 1)),
            "in one place you read log_var as log sigma squared, in another as log sigma.",
        ),
        Wrong(
            "q and p exchanged: the other direction",
            of(lambda mq, lq, mp, lp: kl_between(mp, lp, mq, lq)),
            "a divergence has a direction: the average is over q, so q's variance stands above p's.",
        ),
        Wrong(
            "the narrow q as a ruler: its own variance below",
            of(lambda mq, lq, mp, lp: 0.5 * (lp - lq + (lq - lp).exp() + (mq - mp) ** 2 / lq.exp() - 1)),
            "you took q's own variance as the ruler. The mean of p stands in log p, whose ruler is p's width.",
        ),
        Wrong(
            "two rates, subtracted",
            of(lambda mq, lq, mp, lp: gaussian_kl(mq, lq) - gaussian_kl(mp, lp)),
            "a divergence from p is no difference of two rates from N(0, I), one of q and one of p, subtracted.",
        ),
        Wrong(
            "the distance is not measured in widths of p",
            of(lambda mq, lq, mp, lp: 0.5 * (lp - lq + lq.exp() / lp.exp() + (mq - mp) ** 2 - 1)),
            "the squared distance of the means must be divided by p's variance too.",
        ),
        Wrong(
            "a mean over latents",
            of(kl_between, lambda kl: kl.mean(1)),
            "you averaged over latents; independent latents add their nats.",
        ),
        half_missing(of(kl_between)),
        Wrong(
            "the logarithms' signs: a narrow q costs less",
            of(lambda mq, lq, mp, lp: 0.5 * (lq - lp + (lq.exp() + (mq - mp) ** 2) / lp.exp() - 1)),
            "a narrow q says more, so it must cost more: minus log q's variance, plus log p's.",
        ),
        images_averaged(of(kl_between)),
        Wrong(
            "a sum over the first axis, the images, not the second",
            of(kl_between, lambda kl: kl.sum(0)),
            "you summed over the first axis, the images; the latents are the second.",
        ),
    ),
    conditions=(DIVERGENCE,),
    terms=kl_between_terms,
    symmetries=(
        Symmetry(
            "stay the same where both means move by one", lambda g: {"mu_q": g["mu_q"] + 1, "mu_p": g["mu_p"] + 1}
        ),
        Symmetry(
            "stay the same where all widths and both means are doubled",
            lambda g: {
                **{n: 2 * g[n] for n in ("mu_q", "mu_p")},
                **{n: g[n] + 2 * math.log(2) for n in ("log_var_q", "log_var_p")},
            },
        ),
    ),
    hints={
        "not started": "take one latent, and write log q(z) - log p(z) as a difference of two squares and a constant.",
        "exception": "all four arguments have the shape (images, latents); none needs reshaping.",
        "shape": "sum over latents, axis 1, and keep the images apart.",
        "not finite": "form the ratio of the variances as exp(log_var_q - log_var_p).",
        "different": "write log q(z) - log p(z) for one latent, and take the mean of each square under q.",
    },
)
