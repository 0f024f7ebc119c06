"""The three parts as a batch reads them: a question of the chapter `total_correlation`."""

import math

import torch
from torch import Tensor

from course_pkg.grading import Case, Question, Wrong
from course_pkg.questions.shared import after, bits, normals, numbers


def cases(seed: int) -> tuple[Case, ...]:
    def case(rung: str, log_q: Tensor, own: float, told: str = "") -> Case:
        sizes = {"codes": log_q.shape[0], "latents": log_q.shape[2]}
        return Case(rung, {"log_q": log_q, "own": own}, sizes, told)

    hand = numbers([[[1.0, 1.0], [0.5, 0.25]], [[0.5, 0.25], [1.0, 1.0]]]).log()
    far = normals(seed + 3, 1, 4, 4, 4)[0] - 700
    far[range(4), range(4)] += 700  # only a code's own image accounts for it
    return (
        case(
            "hand",
            hand,
            0.25,
            "densities {log_q:exp}, code by code, image by image, latent by latent; the own image counts {own}",
        ),
        case("random", normals(seed + 1, 1, 5, 5, 3)[0], 0.05),
        case("oracle", normals(seed + 2, 1, 4, 4, 2)[0] - 500, 0.4),  # two such densities: their product is zero
        case("trap", far, 0.01),
    )


def table(n: int, others: float, own: float) -> Tensor:
    """Log weights: this for every other image, the logarithm of `own` for the own one."""
    return torch.full((n, n), others, dtype=torch.float64).fill_diagonal_(math.log(own))


def weights(n: int, own: float) -> Tensor:
    return table(n, math.log((1 - own) / (n - 1)), own)


def parts(log_q: Tensor, log_w: Tensor, joint_w: Tensor | None = None) -> dict[str, Tensor]:
    """From log weights of the single latents, and of the joint where they differ."""
    joint_w = log_w if joint_w is None else joint_w
    joint = (log_q.sum(2) + joint_w).logsumexp(1)
    single = (log_q + log_w[:, :, None]).logsumexp(1)
    own = log_q.diagonal().sum(0)
    return {"information": own - joint, "tc": joint - single.sum(1)}


def read(log_q: Tensor, own: float) -> dict[str, Tensor]:
    return parts(log_q, weights(len(log_q), own))


def read_by_loops(log_q: Tensor, own: float) -> dict[str, Tensor]:
    """Densities in exact steps: each code's own image, then the others, by torch's logaddexp."""
    information, tc = [], []
    n, _, d = log_q.shape
    for i in range(n):
        joint, single = log_q[i, i].sum() + math.log(own), [log_q[i, i, j] + math.log(own) for j in range(d)]
        for k in (k for k in range(n) if k != i):
            share = math.log((1 - own) / (n - 1))
            joint = torch.logaddexp(joint, log_q[i, k].sum() + share)
            single = [torch.logaddexp(s, log_q[i, k, j] + share) for j, s in enumerate(single)]
        information.append(log_q[i, i].sum() - joint)
        tc.append(joint - sum(single))
    return {"information": torch.stack(information), "tc": torch.stack(tc)}


def first_column(log_q: Tensor, own: float) -> dict[str, Tensor]:
    n = len(log_q)
    log_w = torch.full((n, n), math.log((1 - own) / (n - 1)), dtype=torch.float64)
    log_w[:, 0] = math.log(own)
    return parts(log_q, log_w)


def but(**entries):
    return lambda log_q, own: {**read(log_q, own), **{name: f(log_q, own) for name, f in entries.items()}}


def read_terms(given):
    log_q = given["log_q"]
    n = len(log_q)
    log_w = weights(n, given["own"])
    own = log_q.diagonal().sum(0)
    joint, single = (log_q.sum(2) + log_w).logsumexp(1), (log_q + log_w[:, :, None]).logsumexp(1).sum(1)
    alike = {
        "~the logarithm of the joint estimate with equal weights": log_q.sum(2).logsumexp(1) - math.log(n),
        "~the logarithms of the single estimates with equal weights": (log_q.logsumexp(1) - math.log(n)).sum(1),
    }
    return {
        "information": {
            "log q(z|x) of the own image": own,
            "minus the logarithm of the joint estimate": -joint,
            **alike,
        },
        "tc": {
            "the logarithm of the joint estimate": joint,
            "minus the logarithms of the single estimates": -single,
            "~log q(z|x) of the own image": own,
            **alike,
        },
    }


SPLIT_OF_BATCH = Question(
    name="read_from_batch",
    kind="implement",
    title="What a batch reads",
    points=3,
    difficulty=3,
    importance=5,
    minutes=25,
    returns='a dict of "information" and "tc", each with one number a code, shape (codes,)',
    relation="information = log q(z|x) - log of the estimate; tc = log of the estimate less those of the latents. In "
    "an estimate the code's own image has the weight `own`, the others share the rest alike",
    cases=cases,
    reference=read,
    oracle=read_by_loops,
    wrong=(
        Wrong(
            "the weight on the first image",
            first_column,
            "the weight `own` stands in the first column. A code's own image is on the diagonal.",
        ),
        Wrong(
            "the weight once a latent",
            lambda log_q, own: parts(log_q, weights(len(log_q), own), log_q.shape[2] * weights(len(log_q), own)),
            "you added the log weight before the sum over latents, so the joint has it d times.",
        ),
        Wrong(
            "shares for their logarithms",
            lambda log_q, own: parts(log_q, weights(len(log_q), own).exp()),
            "you added the shares themselves to log densities: a share multiplies a density, so add its logarithm.",
        ),
        Wrong(
            "codes averaged",
            after(read, lambda v: v.mean()),
            "you averaged over codes: return what each code reads; whoever needs the mean takes it.",
        ),
        Wrong(
            "every image counts one over B",
            lambda log_q, own: read(log_q, 1 / len(log_q)),
            "every image counts one over B here; the own should count `own`.",
        ),
        Wrong(
            "the others have the whole weight",
            lambda log_q, own: parts(log_q, table(len(log_q), -math.log(len(log_q) - 1), own)),
            "the weights of a row add up to more than one: the others share what `own` leaves, 1 - own.",
            also=(lambda log_q, own: parts(log_q, table(len(log_q), math.log1p(-own), own)),),
        ),
        Wrong(
            "a share among all of the batch",
            lambda log_q, own: parts(log_q, table(len(log_q), math.log((1 - own) / len(log_q)), own)),
            "the own image has no share in what is left: it is divided among B - 1 others, not all of the batch.",
            (
                lambda log_q, own: parts(
                    log_q,
                    torch.full((len(log_q),) * 2, (1 - own) / len(log_q), dtype=torch.float64)
                    .fill_diagonal_(own + (1 - own) / len(log_q))
                    .log(),
                ),
            ),
        ),
        Wrong(
            "a mean of logarithms",
            lambda log_q, own: {
                "information": log_q.diagonal().sum(0) - (weights(len(log_q), own).exp() * log_q.sum(2)).sum(1),
                "tc": (weights(len(log_q), own).exp() * log_q.sum(2)).sum(1)
                - (weights(len(log_q), own).exp()[:, :, None] * log_q).sum(1).sum(1),
            },
            "average the densities, then take the logarithm: logsumexp.",
        ),
        Wrong(
            "axes exchanged",
            lambda log_q, own: read(log_q.transpose(0, 1), own),
            "the axes are exchanged: the first is the code, the second the image that the mixture runs over.",
        ),
        Wrong(
            "the sign of the tc",
            but(tc=lambda log_q, own: -read(log_q, own)["tc"]),
            "the sign of the tc is turned: the joint estimate comes first.",
        ),
        Wrong(
            "the single latents averaged",
            but(
                tc=lambda log_q, own: (
                    (log_q.sum(2) + weights(len(log_q), own)).logsumexp(1)
                    - (log_q + weights(len(log_q), own)[:, :, None]).logsumexp(1).mean(1)
                )
            ),
            "the logarithms of the single latents add up in the tc; you averaged them.",
        ),
        bits(read),
    ),
    terms=read_terms,
    hints={
        "not started": "make the log weights as a table (codes, images); then it is two logsumexps over images.",
        "exception": "weights (codes, images) need [:, :, None] to be added to log_q (codes, images, latents).",
        "type": 'return {"information": ..., "tc": ...}.',
        "shape": "sum over images inside the logarithm, over latents outside it.",
        "not finite": "densities of far images underflow: stay in logarithms, with logsumexp.",
        "hand": "the joint estimate of each code is 1/4 + 3/4 of 1/8; the single ones 1/4 + 3/8 and 1/4 + 3/16.",
        "trap": "no other image accounts for a code: what is its information then?",
        "different": "look at one code: its own image has one weight, the others share the rest.",
    },
)
