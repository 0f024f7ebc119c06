"""The bottleneck of Gaussians, in closed form: each direction is a soft threshold. Chechik et al. (2005).

Shapes: covariances Sx (n, n), Sxy (n, m), Sy (m, m); a code z = A x + noise with A (k, n), noise covariance (k, k).
In their paper beta multiplies the relevance: it is 1 / beta here.
"""

import torch
from torch import Tensor

from course_pkg.bottleneck.discrete import check_beta
from course_pkg.worlds.checks import check_covariance, check_within, known


def check_correlations(squared: Tensor) -> None:
    """Raise ValueError unless these are squares of correlations, 0 to below 1 (where informations are infinite)."""
    if known(squared) and not ((squared >= 0) & (squared < 1)).all():
        bad = squared[~((squared >= 0) & (squared < 1))][0].item()
        raise ValueError(f"expected squared correlations of 0 or more, below 1, got {bad:g}")


def conditional(Sx: Tensor, Sxy: Tensor, Sy: Tensor) -> Tensor:
    """The covariance of x given y, (n, n). ValueError for a covariance of y that is none."""
    check_within(Sx=Sx, Sxy=Sxy)
    check_covariance(Sy=Sy)
    return Sx - Sxy @ torch.linalg.solve(Sy, Sxy.mT)


def canonical(Sx: Tensor, Sxy: Tensor, Sy: Tensor) -> tuple[Tensor, Tensor]:
    """Squared canonical correlations of x and y, high to low (n,), and the directions of x that have them (n, n).

    Row i of the directions, v_i, is scaled so that v_i x has variance one. ValueError for covariances that do not fit
    together or are not positive definite.
    """
    n, m = Sxy.shape
    if Sx.shape != (n, n) or Sy.shape != (m, m):
        raise ValueError(f"expected covariances ({n}, {n}) and ({m}, {m}), got {tuple(Sx.shape)} and {tuple(Sy.shape)}")
    check_within(Sx=Sx, Sxy=Sxy, Sy=Sy)
    joint = torch.cat([torch.cat([Sx, Sxy], 1), torch.cat([Sxy.mT, Sy], 1)])
    smallest = torch.linalg.eigvalsh(joint)[0].item()
    if not smallest > 0:
        raise ValueError(
            f"expected a joint covariance that is positive definite, its least eigenvalue is {smallest:.3g}"
        )
    L = torch.linalg.cholesky(Sx)
    whitened = torch.linalg.solve_triangular(L, Sxy, upper=False)
    squared, U = torch.linalg.eigh(whitened @ torch.linalg.solve(Sy, whitened.mT))
    directions = torch.linalg.solve_triangular(L.mT, U, upper=True).mT
    return squared.flip(0).clamp_min(0), directions.flip(0)


def gaussian_rates(squared: Tensor, beta: float) -> Tensor:
    """I(x; z) of each direction at the optimum: (logit rho^2 - logit beta) / 2, or zero. Nats, shape of `squared`."""
    check_correlations(squared)
    check_beta(beta)
    price = torch.tensor(min(beta, 1.0), dtype=squared.dtype)  # from one on, nothing pays
    return 0.5 * (torch.logit(squared) - torch.logit(price)).clamp_min(0)


def gaussian_relevances(squared: Tensor, beta: float) -> Tensor:
    """I(z; y) of each direction at the optimum: (log(1 - beta) - log(1 - rho^2)) / 2, or zero. Nats."""
    check_correlations(squared)
    check_beta(beta)
    price = torch.tensor(min(beta, 1.0), dtype=squared.dtype)
    return 0.5 * (torch.log1p(-price) - torch.log1p(-squared)).clamp_min(0)


def gaussian_encoder(Sx: Tensor, Sxy: Tensor, Sy: Tensor, beta: float) -> Tensor:
    """The best A (n, n) at noise I: row i is v_i, times sqrt((rho^2 / beta - 1) / (1 - rho^2)) where that is positive.

    Chechik et al. (2005), theorem 3.1.
    """
    check_beta(beta)
    squared, directions = canonical(Sx, Sxy, Sy)
    return ((squared / beta - 1).clamp_min(0) / (1 - squared)).sqrt()[:, None] * directions


def gaussian_informations(Sx: Tensor, Sxy: Tensor, Sy: Tensor, A: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
    """I(x; z) and I(z; y) of z = A x + noise, in nats, from determinants. ValueError for covariances that are none."""
    check_covariance(Sx=Sx, noise=noise)
    check_within(A=A)
    log_det = lambda S: torch.logdet(A @ S @ A.mT + noise)
    total = log_det(Sx)
    return 0.5 * (total - torch.logdet(noise)), 0.5 * (total - log_det(conditional(Sx, Sxy, Sy)))


def gaussian_step(Sx: Tensor, Sxy: Tensor, Sy: Tensor, beta: float, A: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
    """One step of the self-consistent equations in the parameters A and noise. Chechik et al. (2005), section 5."""
    check_beta(beta)
    check_covariance(Sx=Sx, noise=noise)
    check_within(A=A)
    given_y = conditional(Sx, Sxy, Sy)
    of_z = torch.linalg.inv(A @ Sx @ A.mT + noise)
    of_z_given_y = torch.linalg.inv(A @ given_y @ A.mT + noise)
    noise = torch.linalg.inv(of_z_given_y / beta - (1 / beta - 1) * of_z)
    kept = torch.linalg.solve(Sx, Sx - given_y).mT
    return noise @ of_z_given_y @ A @ kept / beta, noise
