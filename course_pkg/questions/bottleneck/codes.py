"""Tables of y <- x -> z, for the questions of the chapter `bottleneck`."""

import torch
from torch import Tensor

from course_pkg.worlds import kl

CODE_NAMES = ("p_xz", "p_y_given_x", "p_y_given_z")


def coded(p_x: Tensor, encoder: Tensor, p_y_given_x: Tensor) -> dict[str, Tensor]:
    """The tables of y <- x -> z: the joint of x and z, and what each of them says of y."""
    p_xz = p_x[:, None] * encoder
    q_z = p_xz.sum(0)
    p_y_given_z = p_xz.T @ p_y_given_x / torch.where(q_z > 0, q_z, torch.ones_like(q_z))[:, None]
    return dict(zip(CODE_NAMES, (p_xz, p_y_given_x, p_y_given_z), strict=True))


def dirichlet(seed: int, *shape: int) -> Tensor:
    """Rows of probabilities."""
    e = -torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).clamp_min(1e-12).log()
    return e / e.sum(-1, keepdim=True)


def pairs(p_y_given_x: Tensor, p_y_given_z: Tensor) -> Tensor:
    """D_KL(p(y|x) || p(y|z)) of every x with every z, shape (X, Z)."""
    return kl(p_y_given_x.log()[:, None], p_y_given_z.log()[None])


def safe(p: Tensor) -> Tensor:
    """For a wrong answer that would meet log 0 first, and never show its own slip."""
    return p.clamp_min(1e-9)
