"""A loss with five faults to mend: a question of the chapter `total_correlation`."""

import math

import torch
from torch import Tensor

from course_pkg.grading import Case, Question, Wrong
from course_pkg.questions.shared import normals, numbers

NAMES = ("distortion", "log_q", "log_prior", "n", "beta")


def cases(seed: int) -> tuple[Case, ...]:
    def case(rung: str, *values, told: str = "") -> Case:
        log_q = values[1]
        sizes = {"codes": log_q.shape[0], "latents": log_q.shape[2]}
        return Case(rung, dict(zip(NAMES, values, strict=True)), sizes, told)

    def draw(s: int, b: int, d: int) -> list[Tensor]:
        return [normals(s, 1, b)[0].abs() * 10, normals(s + 50, 1, b, b, d)[0], normals(s + 90, 1, b, d)[0] - 1]

    hand = [numbers([10.0, 20.0]), numbers([[[1, 1], [0.5, 0.5]], [[0.5, 0.5], [1, 1]]]).log()]
    far = draw(seed + 3, 4, 4)
    far[1] = far[1] - 400
    far[1][range(4), range(4)] += 400
    return (
        case(
            "hand",
            *hand,
            numbers([[0.5, 0.5], [0.5, 0.5]]).log(),
            4,
            3.0,
            told="densities {log_q:exp}, code by code, image by image, latent by latent, "
            "and {log_prior:exp} of the prior; "
            "{n} images, beta {beta}, distortions {distortion:vector}",
        ),
        case("random", *draw(seed + 1, 5, 3), 50, 6.0),
        case("oracle", *draw(seed + 2, 4, 2), 1000, 2.5),
        case("trap", *far, 737_280, 4.0),
    )


def log_weights(b: int, n: int) -> Tensor:
    weights = torch.full((b, b), math.log((n - 1) / (n * (b - 1))), dtype=torch.float64)
    return weights.fill_diagonal_(-math.log(n))


def first_column(b: int, n: int) -> Tensor:
    weights = torch.full((b, b), math.log((n - 1) / (n * (b - 1))), dtype=torch.float64)
    weights[:, 0] = -math.log(n)
    return weights


def loss_of(distortion, log_q, log_prior, n, beta, weights=log_weights, each=False, prices=None, over=torch.sum):
    """The loss of each code. each: the weights once a latent; prices of the three parts; how latents are added."""
    w = weights(len(log_q), n)
    joint = (over(log_q, 2) + w * (log_q.shape[2] if each else 1)).logsumexp(1)
    single = over((log_q + w[:, :, None]).logsumexp(1), 1)
    own, prior = over(log_q.diagonal().mT, 1), over(log_prior, 1)
    a, b, c = prices or (1.0, beta, 1.0)
    return distortion + a * (own - joint) + b * (joint - single) + c * (single - prior)


def mended(distortion: Tensor, log_q: Tensor, log_prior: Tensor, n: int, beta: float) -> Tensor:
    return loss_of(distortion, log_q, log_prior, n, beta)


def mended_by_loops(distortion: Tensor, log_q: Tensor, log_prior: Tensor, n: int, beta: float) -> Tensor:
    """The whole log ratio at price one, and beta - 1 times the TC, one code at a time."""
    found = []
    b, _, d = log_q.shape
    for i in range(b):
        share = [-math.log(n) if k == i else math.log((n - 1) / (n * (b - 1))) for k in range(b)]
        joint = torch.logsumexp(torch.stack([log_q[i, k].sum() + share[k] for k in range(b)]), 0)
        alone = [torch.logsumexp(torch.stack([log_q[i, k, j] + share[k] for k in range(b)]), 0) for j in range(d)]
        sampled = log_q[i, i].sum() - log_prior[i].sum()
        found.append(distortion[i] + sampled + (beta - 1) * (joint - sum(alone)))
    return torch.stack(found)


def with_(**changes):
    def answer(distortion, log_q, log_prior, n, beta):
        given = {name: f(beta) if name == "prices" else f for name, f in changes.items()}
        return loss_of(distortion, log_q, log_prior, n, beta, **given)

    return answer


def loss_terms(given):
    """The addends of the loss, and what else the price may stand at."""
    log_q, beta = given["log_q"], given["beta"]
    zero = torch.zeros(len(log_q), dtype=log_q.dtype)
    part = lambda a, b, c: loss_of(zero, log_q, given["log_prior"], given["n"], beta, prices=(a, b, c))
    return {
        "": {
            "the distortion": given["distortion"],
            "the information": part(1.0, 0.0, 0.0),
            "beta times the tc": part(0.0, beta, 0.0),
            "the D_j": part(0.0, 0.0, 1.0),
            "~beta times the information": part(beta, 0.0, 0.0),
            "~the tc itself": part(0.0, 1.0, 0.0),
            "~beta times the D_j": part(0.0, 0.0, beta),
        }
    }


MENDED_LOSS = Question(
    name="mended_loss",
    kind="debug",
    title="Five faults in a loss that trains",
    points=4,
    difficulty=4,
    importance=5,
    minutes=35,
    returns="one number a code, shape (codes,)",
    relation="distortion + information + beta tc + the D_j, with stratified weights: the own image counts 1/N, the "
    "others share the rest",
    cases=cases,
    reference=mended,
    oracle=mended_by_loops,
    wrong=(
        Wrong(
            "the weight 1/N in a column",
            with_(weights=first_column),
            "the weight 1/N stands in the first column, the own image is on the diagonal.",
        ),
        Wrong(
            "the weight once a latent",
            with_(each=True),
            "the log weight enters the joint d times: add it after the sum over latents.",
        ),
        Wrong(
            "all three parts at beta",
            with_(prices=lambda beta: (beta, beta, beta)),
            "all three parts at beta are the whole rate at beta: a beta-VAE.",
        ),
        Wrong(
            "beta less one",
            with_(prices=lambda beta: (1.0, beta - 1, 1.0)),
            "the price is beta, not beta less one: no rate stands in the loss beside it.",
        ),
        Wrong(
            "the sign of the tc",
            with_(prices=lambda beta: (1.0, -beta, 1.0)),
            "with this sign the loss falls as latents repeat each other.",
        ),
        Wrong(
            "weighted sampling: the same weight for all",
            with_(weights=lambda b, n: torch.full((b, b), -math.log(n * b), dtype=torch.float64)),
            "1/(NB) for all images is weighted sampling; stratified, the own image counts 1/N and the others the rest.",
        ),
        Wrong(
            "the others have the whole weight",
            with_(weights=lambda b, n: (log_weights(b, n) - math.log1p(-1 / n)).fill_diagonal_(-math.log(n))),
            "the weights of a row add up to more than one: the others share what 1/N leaves.",
        ),
        Wrong(
            "log p averaged over latents",
            lambda log_prior, **rest: mended(log_prior=log_prior, **rest) + log_prior.sum(1) - log_prior.mean(1),
            "you averaged log p(z_j) over latents: the prior factorises, so its logarithms add.",
        ),
        Wrong(
            "a mean, not a sum",
            with_(over=torch.mean),
            "a mean divides by d; a sum is right, since log densities of independent codes add.",
        ),
        Wrong(
            "the D_j are missing",
            with_(prices=lambda beta: (1.0, beta, 0.0)),
            "without the D_j nothing holds the codes near the prior.",
        ),
        Wrong(
            "the information is missing",
            with_(prices=lambda beta: (0.0, beta, 1.0)),
            "without the information the loss is no bound on the evidence any more, at any beta.",
        ),
        Wrong(
            "the first column for the diagonal, and tc taken off",
            with_(weights=first_column, prices=lambda beta: (1.0, -beta, 1.0)),
            "the own image is on the diagonal; and the tc is added, not taken off.",
        ),
        Wrong(
            "the batch is averaged",
            lambda **given: mended(**given).mean(),
            "return one number a code; the training loop averages.",
        ),
    ),
    terms=loss_terms,
    hints={
        "not started": "copy the handed-out function, and compare line by line with the three parts of the chapter.",
        "exception": "log_q (codes, images, latents) needs weights[:, :, None]; the joint needs them as they are.",
        "shape": "one number a code: sum over latents, logsumexp over images.",
        "not finite": "stay in logarithms.",
        "hand": "joint 1/4 + 3/4 of 1/4, single 1/4 + 3/8 each; the own log density is 0, the prior's is -log 4.",
        "trap": "no other image accounts for a code, and N is large: the joint is the own density over N.",
        "different": "set beta to 1: the loss must then be distortion + log q(z|x) - log p(z), whatever the weights.",
    },
)
