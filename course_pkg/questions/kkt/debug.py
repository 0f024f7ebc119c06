"""A loss that counts wrongly: a question of the chapter `kkt`."""

import torch
import torch.nn.functional as F
from torch import Tensor

from course_pkg.grading import Case, Condition, Question, Wrong
from course_pkg.questions.shared import at_least, normals, numbers


def batches(seed: int) -> tuple[Case, ...]:
    def case(rung: str, beta: float, *tensors: Tensor, told: str = "") -> Case:
        given = dict(zip(("x", "logits", "mu", "log_var"), tensors, strict=True))
        sizes = dict(zip(("images", "channels", "rows", "columns"), given["x"].shape, strict=True))
        return Case(rung, {**given, "beta": beta}, {**sizes, "latents": given["mu"].shape[1]}, told)

    def draw(rung: str, s: int, shape: tuple[int, ...], latents: int, beta: float, spread: float = 1.0) -> Case:
        logits, noise = normals(s, 2, *shape)
        codes = [spread * v for v in normals(s + 50, 2, shape[0], latents)]
        return case(rung, beta, (noise > 0).double(), logits, *codes)

    sure = draw("trap", seed + 3, (5, 3, 3, 4), 7, 0.5)
    sure.arguments["logits"].mul_(200)  # a probability is 0 or 1 there, in any precision
    half = numbers([[[[1.0, 0.0]]]]), numbers([[[[0.0, 0.0]]]])
    told = "an image of pixels {x} and logits {logits}; a latent of mean {mu} and width {log_var:width}; beta is {beta}"
    return (
        case("hand", 3.0, *half, numbers([[2.0]]), numbers([[0.0]]), told=told),
        draw("random", seed + 1, (4, 3, 2, 5), 6, 4.0),
        draw("oracle", seed + 2, (3, 2, 4, 4), 5, 2.0, spread=0.25),  # of less than a nat
        sure,
    )


def terms(x: Tensor, logits: Tensor, mu: Tensor, log_var: Tensor) -> tuple[Tensor, Tensor]:
    errors = F.binary_cross_entropy_with_logits(logits, x, reduction="none")
    return errors, 0.5 * (mu**2 + log_var.exp() - 1 - log_var)


def per_image(term: Tensor) -> Tensor:
    return term.flatten(1).sum(1).mean()


def counted(error=per_image, rate=per_image, loss=lambda r, k, beta, n: r + beta * k):
    """An answer with one of its three parts changed; n is the number of images."""

    def answer(x: Tensor, logits: Tensor, mu: Tensor, log_var: Tensor, beta: float) -> dict[str, Tensor]:
        errors, kls = terms(x, logits, mu, log_var)
        r, k = error(errors), rate(kls)
        return {"reconstruction": r, "kl": k, "loss": loss(r, k, beta, len(x))}

    return answer


def counted_by_torch(x: Tensor, logits: Tensor, mu: Tensor, log_var: Tensor, beta: float) -> dict[str, Tensor]:
    """From torch.distributions."""
    D = torch.distributions
    r = -D.Independent(D.Bernoulli(logits=logits), 3).log_prob(x).mean()
    q, p = D.Normal(mu, (0.5 * log_var).exp()), D.Normal(torch.zeros_like(mu), 1.0)
    k = D.kl_divergence(D.Independent(q, 1), D.Independent(p, 1)).mean()
    return {"reconstruction": r, "kl": k, "loss": r + beta * k}


def counted_terms(given):
    r, k = (per_image(t) for t in terms(*(given[name] for name in ("x", "logits", "mu", "log_var"))))
    return {"loss": {"the reconstruction": r, "beta times the kl": given["beta"] * k, "~the kl": k}}


COUNTED_LOSS = Question(
    name="counted_loss",
    kind="debug",
    title="A beta that nobody chose",
    points=3,
    difficulty=3,
    importance=5,
    minutes=30,
    returns='a dict: "reconstruction", "kl" and "loss", one number each',
    relation="reconstruction is -log p(x|z) and kl the divergence from N(0, I), each summed in an image and averaged "
    "over images; loss is reconstruction + beta kl",
    cases=batches,
    reference=counted(),
    oracle=counted_by_torch,
    wrong=(
        Wrong(
            "channels are not counted",
            counted(error=lambda e: e.mean() * e.shape[2] * e.shape[3]),
            "a mean, times rows and columns, still is divided by the channels.",
        ),
        Wrong(
            "a mean over every number of the image",
            counted(error=lambda e: e.mean()),
            "the mean divides the reconstruction by every number of the image: beta is larger by as much.",
        ),
        Wrong(
            "pixels and the batch summed",
            counted(error=lambda e: e.sum()),
            "an image's pixels are summed, the images of a batch are averaged: else beta depends on the batch size.",
        ),
        Wrong(
            "a mean over latents",
            counted(rate=lambda k: k.mean()),
            "an image's latents are summed. Their mean divides beta by their number.",
        ),
        Wrong(
            "latents and the batch summed",
            counted(rate=lambda k: k.sum()),
            "an image's latents are summed, the images of a batch are averaged: else beta grows with the batch size.",
        ),
        Wrong(
            "beta is an argument that is not used",
            counted(loss=lambda r, k, beta, n: r + k),
            "beta is an argument, and the loss does not depend on it.",
        ),
        Wrong(
            "beta as a factor on the whole loss",
            counted(loss=lambda r, k, beta, n: beta * (r + k)),
            "a factor on the whole loss changes nothing but the learning rate.",
        ),
        Wrong(
            "beta, the price of rate, on the reconstruction",
            counted(loss=lambda r, k, beta, n: beta * r + k),
            "beta is the price of a nat of rate: it multiplies the KL.",
        ),
        Wrong(
            "averages over images divided by the batch once more",
            counted(loss=lambda r, k, beta, n: (r + beta * k) / n),
            "both terms are averages over images already.",
        ),
        Wrong(
            "a free nat: a capacity that nobody asked for",
            counted(loss=lambda r, k, beta, n: r + beta * (k - 1).clamp_min(0)),
            "no nat is free here: beta multiplies the whole KL.",
        ),
    ),
    conditions=(
        Condition(
            "the loss is your own reconstruction plus beta times your own kl",
            lambda g, f: f["loss"] - f["reconstruction"] - g["beta"] * f["kl"],
        ),
        at_least(0.0, "a divergence is never negative", "kl"),
    ),
    terms=counted_terms,
    trains={"loss": ("logits", "mu", "log_var")},
    independent=True,
    derived={"loss": ("reconstruction", "kl")},
    hints={
        "trap": "logits of hundreds: a sigmoid is 0 or 1 there, and its logarithm cut off. See the form with logits.",
        "not started": "count, for each term, over how many numbers its mean goes and over how many it should.",
        "slope": "all three entries stay tensors: no item(), no detach(), no no_grad().",
        "exception": "x and logits are (images, channels, rows, columns), mu and log_var (images, latents).",
        "type": 'return {"reconstruction": ..., "kl": ..., "loss": ...}.',
        "shape": "one number each: sum in an image, then average over images.",
        "not finite": "keep to binary_cross_entropy_with_logits: the logarithm of a sigmoid may be minus infinity.",
        "random": "three channels, two lengths, several latents: which of them does each reduction divide by?",
        "different": 'take reduction="none", look at the shape, and reduce by hand.',
    },
)
