"""An encoder with a full covariance: a question of the chapter `elbo`."""

import torch
from torch import Tensor

from course_pkg.grading import Case, Question, Symmetry, Wrong
from course_pkg.questions.shared import (
    DIVERGENCE,
    bits,
    half_missing,
    images_averaged,
    mean_for_sum,
    normals,
    numbers,
)

# A full covariance --------------------------------------------------------------------------------


def full_covariances(seed: int) -> tuple[Case, ...]:
    def case(rung: str, mu: Tensor, factor: Tensor, *, told: str = "", counts: bool = True) -> Case:
        sizes = dict(zip(("images", "latents"), mu.shape, strict=True))
        return Case(rung, {"mu": mu, "factor": factor}, sizes, told, counts)

    def draw(s: int, images: int, latents: int) -> tuple[Tensor, Tensor]:
        (mu,), (square,) = normals(s, 1, images, latents), normals(s + 100, 1, images, latents, latents)
        return mu, 0.5 * square.tril(-1) + torch.diag_embed(square.diagonal(dim1=1, dim2=2).abs() + 0.2)

    mu, factor = draw(seed + 4, 2, 60)
    hand = numbers([[1.0, 0.0]]), numbers([[[2.0, 0.0], [1.0, 1.0]]])
    return (
        case("hand", *hand, told="{latents:word} latents, mean {mu:vector}, factor with rows {factor}"),
        case("random", *draw(seed + 1, 3, 5)),
        case("random", torch.zeros(2, 3).double(), torch.eye(3).double().repeat(2, 1, 1), counts=False),
        case("oracle", *draw(seed + 2, 2, 4)),
        case("trap", mu, 1e-3 * factor.tril()),
    )


def half_squares(mu: Tensor, factor: Tensor) -> Tensor:
    return 0.5 * (factor.square().sum((1, 2)) + mu.square().sum(1))


def log_det(factor: Tensor) -> Tensor:
    return factor.diagonal(dim1=1, dim2=2).log().sum(1)


def kl_full(mu: Tensor, factor: Tensor) -> Tensor:
    return half_squares(mu, factor) - 0.5 * mu.shape[1] - log_det(factor)


def kl_full_by_axes(mu: Tensor, factor: Tensor) -> Tensor:
    """Along the axes of each covariance, where latents are independent: a KL of torch.distributions for each axis."""
    variances, axes = torch.linalg.eigh(factor @ factor.mT)
    along = torch.distributions.Normal((axes.mT @ mu[:, :, None])[:, :, 0], variances.sqrt())
    return torch.distributions.kl_divergence(along, torch.distributions.Normal(0.0, 1.0)).sum(1)


def kl_full_terms(given):
    mu, factor = given["mu"], given["factor"]
    return {
        "": {
            "half of the trace of the covariance": 0.5 * factor.square().sum((1, 2)),
            "half of the squared length of the mean": 0.5 * mu.square().sum(1),
            "the 1/2 that each latent subtracts": mu.new_full((len(mu),), -0.5 * mu.shape[1]),
            "minus half of the log determinant of the covariance": -log_det(factor),
        }
    }


def other_direction(mu: Tensor, factor: Tensor) -> Tensor:
    """D_KL(N(0, I) || q): the trace and the mean are measured in q's covariance."""
    root = torch.linalg.inv(factor)
    return half_squares((root @ mu[:, :, None])[:, :, 0], root) - 0.5 * mu.shape[1] + log_det(factor)


KL_FULL_COVARIANCE = Question(
    name="kl_full_covariance",
    kind="implement",
    title="An encoder that may tilt",
    points=3,
    difficulty=3,
    importance=4,
    minutes=20,
    returns="one number an image, shape (images,)",
    relation="the mean of log q(z) - log p(z) over samples of q, for p = N(0, I), in nats",
    cases=full_covariances,
    reference=kl_full,
    oracle=kl_full_by_axes,
    wrong=(
        Wrong(
            "log det of the factor L, for that of L L^T",
            lambda mu, factor: kl_full(mu, factor) + 0.5 * log_det(factor),
            "you took log det L for log det L L^T, which is twice as much.",
        ),
        Wrong(
            "the trace of the factor: a sum of L's diagonal, not of variances",
            lambda mu, factor: (
                kl_full(mu, factor) + 0.5 * (factor.diagonal(dim1=1, dim2=2).sum(1) - factor.square().sum((1, 2)))
            ),
            "the variances are on the diagonal of L L^T, not of L: their sum is the sum of all squares in L.",
        ),
        Wrong(
            "the diagonal alone, nothing below it",
            lambda mu, factor: kl_full(mu, torch.diag_embed(factor.diagonal(dim1=1, dim2=2))),
            "everything below the diagonal of L adds to a variance too.",
        ),
        Wrong(
            "the factor L for the covariance",
            lambda mu, factor: (
                0.5 * (factor.diagonal(dim1=1, dim2=2).sum(1) + mu.square().sum(1) - mu.shape[1] - log_det(factor))
            ),
            "you took the factor L itself for the covariance, in the trace and in the determinant: it is L L^T.",
        ),
        Wrong(
            "q and p exchanged: the other direction",
            other_direction,
            "a divergence has a direction: yours averages over N(0, I), and here the average is over q.",
        ),
        mean_for_sum(
            kl_full,
            "latents",
            lambda mu, factor: mu.shape[1],
            "the divergence of d latents is one number, not an average over them.",
        ),
        bits(kl_full),
        Wrong(
            "the d / 2 of covariance I is left out",
            lambda mu, factor: kl_full(mu, factor) + 0.5 * mu.shape[1],
            "at mean 0 and covariance I your divergence is d/2, and it should be nothing.",
        ),
        Wrong(
            "the sign of the logarithm: a precise code costs less",
            lambda mu, factor: kl_full(mu, factor) + 2 * log_det(factor),
            "a small determinant is a precise code, which must cost more: the logarithm is subtracted.",
        ),
        half_missing(kl_full),
        images_averaged(kl_full),
    ),
    conditions=(DIVERGENCE,),
    terms=kl_full_terms,
    symmetries=(Symmetry("stay the same where the mean changes its sign", lambda g: {"mu": -g["mu"]}),),
    hints={
        "not started": "start from two latents whose L is diagonal: there you know the answer, in variances.",
        "shape": "factor has three axes: images, rows, columns. Sum over the last two and keep the first.",
        "exception": "factor.diagonal(dim1=1, dim2=2) is the diagonal of each image's factor.",
        "not finite": "60 variances of a millionth multiply to zero in float64. Add logarithms instead.",
        "different": "log det L L^T is twice the sum of the logarithms on the diagonal of L.",
    },
)
