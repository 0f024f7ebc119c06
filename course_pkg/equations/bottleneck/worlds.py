"""Worlds of the chapter `bottleneck`: a joint p(x, y) with an encoder and a decoder, as tables; Gaussian pairs."""

from typing import NamedTuple

import torch
from torch import Tensor

from course_pkg.derivation.chain import Worlds
from course_pkg.worlds import Symbols


class Pair(NamedTuple):
    """p(x, y) (X, Y), an encoder q(z|x) (X, Z), a prior p(z) (Z,), a decoder p(y|z) (Z, Y), and a price beta."""

    joint: Tensor
    encoder: Tensor
    prior: Tensor
    decoder: Tensor
    beta: Tensor

    def symbols(self) -> Symbols:
        tables = {
            "p(x, y)": ("x y", self.joint.log()),
            r"q_\phi(z \mid x)": ("x z", self.encoder.log()),
            "p(z)": ("z", self.prior.log()),
            r"p_\theta(y \mid z)": ("z y", self.decoder.log()),
        }
        return Symbols(tables, {r"\beta": self.beta})


def distributions(g: torch.Generator, *shape: int) -> Tensor:
    """Dirichlet(1) over the last axis."""
    e = -torch.rand(shape, generator=g, dtype=torch.float64).clamp_min(1e-12).log()
    return e / e.sum(-1, keepdim=True)


def random_pair(seed: int, x: int = 4, y: int = 3, z: int = 3) -> Pair:
    """Every table from Dirichlet(1); a price from 0.05 to 0.65."""
    g = torch.Generator().manual_seed(seed)
    joint = distributions(g, x * y).reshape(x, y)
    beta = 0.05 + 0.6 * torch.rand((), generator=g, dtype=torch.float64)
    return Pair(joint, distributions(g, x, z), distributions(g, z), distributions(g, z, y), beta)


def lossless(seed: int) -> Pair:
    """A pair whose code is the data themselves: nothing is lost."""
    return random_pair(seed, z=4)._replace(encoder=torch.eye(4, dtype=torch.float64))


def binary_pair(seed: int) -> Pair:
    """Two values of x and of z, three of y; a price from 0.5 to 0.8 of the one at which the empty code is unstable."""
    w = random_pair(seed, x=2, z=2)
    normalised = w.joint / (w.joint.sum(1, keepdim=True) * w.joint.sum(0)).sqrt()
    share = 0.5 + 0.3 * torch.rand((), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return w._replace(beta=share * torch.linalg.svdvals(normalised)[1] ** 2)


PAIRS = Worlds("pairs of tables", random_pair)


class Gaussians(NamedTuple):
    """Covariances of x (3, 3), of x with y (3, 3), of y (3, 3); a price."""

    Sx: Tensor
    Sxy: Tensor
    Sy: Tensor
    beta: Tensor


def random_gaussians(seed: int) -> Gaussians:
    """A random joint covariance of six variables; a price from 0.02 to 0.32, so that one to three directions count."""
    g = torch.Generator().manual_seed(seed)
    M = torch.randn(6, 6, generator=g, dtype=torch.float64)
    S = M @ M.mT / 6 + 0.1 * torch.eye(6, dtype=torch.float64)
    beta = 0.02 + 0.3 * torch.rand((), generator=g, dtype=torch.float64)
    return Gaussians(S[:3, :3], S[:3, 3:], S[3:, 3:], beta)


GAUSSIANS = Worlds("Gaussian pairs", random_gaussians, 10)
