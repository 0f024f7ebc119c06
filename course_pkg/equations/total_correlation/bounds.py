"""The order of what batches read, and its ceiling: equations of the chapter `total_correlation`."""

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from course_pkg.derivation.chain import Derivation, Step, Worlds, Wrong
from course_pkg.equations.total_correlation.estimates import (
    IN_BATCH,
    OWN,
    THREE,
    TWO,
    Batches,
    all_alike,
    batch_information,
    read,
)
from course_pkg.equations.total_correlation.split import aggregate, averaged
from course_pkg.total_correlation import log_densities, own_weights, split_by


def whole(w: Batches) -> Tensor:
    return averaged(w.table, w.table.log_q_z_given_x - aggregate(w.table))


ORDER = Derivation(
    label="total_correlation-order",
    steps=(
        Step(IN_BATCH, batch_information, "the batch as a set of its own"),
        Step(
            "I(x; z)",
            whole,
            "what is said about the batch is never negative. Equal where images do not differ",
            relation=r"\le",
            tight=all_alike,
            wrong=(Wrong("a batch is unbiased", "I(x; z)", relation="="),),
        ),
        Step(
            r"I_{1/N}",
            lambda w: read(w, 1 / w.n)["information"],
            "Jensen: unbiased for q(z), too low for its logarithm",
            relation=r"\le",
            tight=all_alike,
            wrong=(
                Wrong("an unbiased density gives an unbiased information", r"I_{1/N}", relation="="),
                Wrong("a batch holds less than the set, so it says less", r"I_{1/N}", relation=r"\ge"),
            ),
        ),
        Step(
            "I_0",
            lambda w: read(w, 0.0)["information"],
            "the divergence from a mixture with the own image falls as that image counts more",
            relation=r"\le",
            tight=all_alike,
            wrong=(Wrong("without the own image the reading is fairer, so lower", "I_0", relation=r"\ge"),),
        ),
    ),
    source="the middle: Jensen's inequality; the ends: convexity of the divergence",
    worlds=(TWO, THREE),
    follows=(
        "notation-mutual-information",
        "total_correlation-read-information",
        "total_correlation-unbiased",
        "total_correlation-own-set",
    ),
)

# One code -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Codes:
    """Codes of a batch with their Gaussian posteriors, (B, d) each, and the weight of the own image."""

    z: Tensor
    mu: Tensor
    log_var: Tensor
    own: float

    def log_ratio(self) -> tuple[Tensor, Tensor]:
        """log q(z|x) / q_w(z) of each code (B,), and of each of its latents (B, d): from densities alone."""
        log_q = log_densities(self.z, self.mu, self.log_var)
        weights = own_weights(len(self.z), self.own, self.z).exp()
        density = log_q.exp()
        joint = torch.einsum("ij,ij->i", weights, density.prod(2))
        single = torch.einsum("ij,ijk->ik", weights, density)
        own = log_q.diagonal().mT
        return own.sum(1) - joint.log(), own - single.log()


def codes(seed: int, spread: float = 1.0) -> Codes:
    g = torch.Generator().manual_seed(seed)
    mu, noise = torch.randn(2, 6, 3, generator=g, dtype=torch.float64)
    log_var = 0.5 * torch.randn(6, 3, generator=g, dtype=torch.float64) - 1
    return Codes(spread * mu + noise * (0.5 * log_var).exp(), spread * mu, log_var, 1 / (8 + seed % 50))


def far_apart(seed: int) -> Codes:
    """Posteriors that do not meet: no other image accounts for a code."""
    w = codes(seed)
    mu = 40.0 * torch.arange(6, dtype=torch.float64)[:, None].expand(6, 3)
    return replace(w, z=mu.clone(), mu=mu.clone())


GAUSSIANS = Worlds("batches of Gaussian codes", codes, count=20, tolerance=1e-9)
CEILING = Derivation(
    label="total_correlation-ceiling",
    steps=(
        Step(OWN, lambda w: w.log_ratio()[0], "what one code says, as its batch reads it"),
        Step(
            r"\log \frac{1}{w}",
            lambda w: torch.full_like(w.z[:, 0], -math.log(w.own)),
            "the others only add. Equal where no other image accounts for the code",
            relation=r"\le",
            tight=far_apart,
            wrong=(
                Wrong(
                    "a code tells its image from B - 1 others, whatever the weights",
                    r"\log (B - 1)",
                    lambda w: torch.full_like(w.z[:, 0], math.log(len(w.z) - 1)),
                ),
                Wrong("a large data set makes it at least that", r"\log \frac{1}{w}", relation=r"\ge"),
            ),
        ),
    ),
    worlds=(GAUSSIANS, Worlds("codes that overlap", lambda s: codes(s, 0.3), count=10, tolerance=1e-9)),
    follows=("total_correlation-estimate",),
)

READ = Derivation(
    label="total_correlation-read",
    steps=(
        Step(
            r"\log \frac{\hat{q}_w(z)}{\prod_{j=1}^{d} \hat{q}_w(z_j)}",
            lambda w: split_by(w.z, w.mu, w.log_var, own_weights(6, w.own, w.z))["tc"],
            "what a training log averages",
        ),
        Step(
            r"\sum_{j=1}^{d} \log \frac{q_\phi(z_j \mid x)}{\hat{q}_w(z_j)} - " + OWN,
            lambda w: w.log_ratio()[1].sum(1) - w.log_ratio()[0],
            "a diagonal encoder: its density is the product of its latents'",
            wrong=(
                Wrong(
                    "what latents say together, beyond each alone",
                    OWN + r" - \sum_{j=1}^{d} \log \frac{q_\phi(z_j \mid x)}{\hat{q}_w(z_j)}",
                    lambda w: w.log_ratio()[0] - w.log_ratio()[1].sum(1),
                ),
                Wrong(
                    "no other image accounts for a code, so the last term is at its ceiling",
                    r"\sum_{j=1}^{d} \log \frac{q_\phi(z_j \mid x)}{\hat{q}_w(z_j)} - \log \frac{1}{w}",
                    lambda w: w.log_ratio()[1].sum(1) + math.log(w.own),
                ),
            ),
        ),
    ),
    worlds=(GAUSSIANS, Worlds("codes that overlap", lambda s: codes(s, 0.3), count=10, tolerance=1e-9)),
    follows=("total_correlation-estimate", "total_correlation-repeated"),
)
