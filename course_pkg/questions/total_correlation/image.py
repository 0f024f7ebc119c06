"""The middle part of one image's rate: a question of the chapter `total_correlation`."""

import torch
from torch import Tensor

from course_pkg.grading import Case, Condition, Question, Wrong
from course_pkg.questions.shared import bits, negated, numbers
from course_pkg.worlds import TabularWorld


def cases(seed: int) -> tuple[Case, ...]:
    def case(rung: str, q: Tensor, told: str = "") -> Case:
        sizes = dict(zip(("images", "values of z_1", "values of z_2"), q.shape, strict=True))
        return Case(rung, {"q": q}, sizes, told)

    def draw(s: int, x: int, *latents: int) -> Tensor:
        return TabularWorld.random(s, latents, x).log_q_z_given_x.exp().reshape(x, *latents)

    hand = numbers([[[1.0, 0.0], [0.0, 0.0]], [[0.0, 0.0], [0.0, 1.0]]])
    sure = draw(seed + 3, 4, 4, 4)
    sure[0] = 0
    sure[0, 1, 2] = 1  # an image of one code
    return (
        case("hand", hand, "{images:word} images, with the tables {q}"),
        case("random", draw(seed + 1, 5, 2, 3)),
        case("oracle", draw(seed + 2, 3, 4, 2)),
        case("trap", sure),
    )


def ratio(q: Tensor) -> Tensor:
    """log q(z) / q(z_1) q(z_2), a table; 0 where q(z) is 0."""
    joint = q.mean(0)
    product = joint.sum(1)[:, None] * joint.sum(0)
    return torch.where(joint > 0, (joint / product).log(), torch.zeros_like(joint))


def middle(q: Tensor) -> Tensor:
    return (q * ratio(q)).flatten(1).sum(1)


def middle_by_loops(q: Tensor) -> Tensor:
    """Every image and every cell by itself, with torch's cross-entropies of the tables."""
    joint = q.mean(0)
    first, second = joint.sum(1), joint.sum(0)
    found = []
    for image in q:
        total = 0.0
        for a in range(q.shape[1]):
            for b in range(q.shape[2]):
                if image[a, b] > 0:
                    logs = joint[a, b].log() - first[a].log() - second[b].log()
                    total = total + image[a, b] * logs
        found.append(total)
    return torch.stack([torch.as_tensor(value, dtype=q.dtype) for value in found])


def own_ratio(q: Tensor) -> Tensor:
    """Each image's own total correlation."""
    singles = q.sum(2)[:, :, None] * q.sum(1)[:, None]
    return torch.special.xlogy(q, q / singles.clamp_min(1e-300)).flatten(1).sum(1)


def middle_terms(given):
    q = given["q"]
    joint = q.mean(0)
    over = lambda table: torch.special.xlogy(q, table.expand_as(q).clamp_min(1e-300)).flatten(1).sum(1)
    return {
        "": {
            "the average of log q(z)": over(joint),
            "minus the average of log q(z_1)": -over(joint.sum(1)[:, None]),
            "minus the average of log q(z_2)": -over(joint.sum(0)),
            "~the average of log q(z|x)": over(q),
            "~the average of log q(z_1|x)": over(q.sum(2, keepdim=True)),
            "~the average of log q(z_2|x)": over(q.sum(1, keepdim=True)),
        }
    }


MIDDLE = Question(
    name="middle_of_each_image",
    kind="implement",
    title="The middle part of one image",
    points=2,
    difficulty=2,
    importance=5,
    minutes=15,
    returns="one number an image, shape (images,)",
    relation="the average, over the image's own codes, of log q(z) - log q(z_1) - log q(z_2); q(z) is the mean of all "
    "images' posteriors",
    cases=cases,
    reference=middle,
    oracle=middle_by_loops,
    wrong=(
        Wrong(
            "the average over all images, repeated",
            lambda q: (q.mean(0) * ratio(q)).sum().expand(len(q)),
            "that is the average over all images, repeated for each. Average over the image's own codes instead.",
        ),
        Wrong(
            "one number for all",
            lambda q: (q.mean(0) * ratio(q)).sum(),
            "that is one number for all of the images, their total correlation. Each has its own.",
        ),
        Wrong(
            "the image's own latents",
            own_ratio,
            "you compared the image's posterior with its own marginals. The logarithm is of the aggregate posterior.",
        ),
        negated(middle, "the sign is turned: log q(z) comes first, and the logarithms of the marginals come off."),
        Wrong(
            "one latent",
            lambda q: (
                torch.where(
                    q > 0,
                    q * (q.mean(0).clamp_min(1e-300).log() - q.mean(0).sum(1).log()[:, None]),
                    torch.zeros_like(q),
                )
                .flatten(1)
                .sum(1)
            ),
            "both marginals come off, of the first latent and of the second.",
        ),
        Wrong(
            "a mean over codes",
            lambda q: (q * ratio(q)).flatten(1).mean(1),
            "the posterior weighs the codes: sum, do not average over the cells.",
        ),
        Wrong(
            "every code of the image alike",
            lambda q: ((q > 0) * ratio(q)).flatten(1).mean(1),
            "every code of the image counts alike here: the average weighs each of them by q(z|x).",
            (lambda q: ((q > 0) * ratio(q)).flatten(1).sum(1), lambda q: ratio(q).mean().expand(len(q))),
        ),
        bits(middle),
    ),
    terms=middle_terms,
    conditions=(
        Condition(
            "the mean over images is the total correlation of all codes",
            lambda given, found: found[""].mean() - middle(given["q"].mean(0, keepdim=True)),
        ),
    ),
    hints={
        "not started": "q(z) is q.mean(0), a table; its marginals are sums over one axis of it.",
        "exception": "the marginal of z_1, shape (k_1,), needs [:, None] to stand beside the columns.",
        "shape": "flatten(1).sum(1) leaves one number an image.",
        "not finite": "0 log 0 is 0: look at codes that no image, or only one, has.",
        "hand": "each image is sure of its code, and each code has probability 1/2, as have its two halves.",
        "trap": "one image has a single code: its posterior is zero elsewhere.",
        "different": "one table of logarithms, the same for all images; then each image's own average of it.",
    },
)
