"""A world where everything is Gaussian, so that every integral has a closed form."""

import math
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from course_pkg.worlds.checks import check_covariance, check_within
from course_pkg.worlds.tabular import TabularWorld

LOG_2PI = math.log(2 * math.pi)


def gaussian_log_density(x: Tensor, mean: Tensor, covariance: Tensor) -> Tensor:
    """log N(x; mean, covariance) for x, mean (..., n), covariance (n, n). Shape (...,)."""
    r = (x - mean).unsqueeze(-1)
    quadratic = (r.mT @ torch.linalg.solve(covariance, r))[..., 0, 0]
    return -0.5 * (quadratic + torch.logdet(covariance) + x.shape[-1] * LOG_2PI)


@dataclass(frozen=True)
class LinearGaussianWorld:
    """p(z) = N(0, I), p(x|z) = N(W z + b, s^2 I), q(z|x) = N(V x + c, S), data p(x) = N(m, C).

    W (n, d), b (n,), s scalar, V (d, n), c (d,), S (d, d), m (n,), C (n, n); x is (..., n).
    The model is probabilistic PCA (Tipping and Bishop 1999), so its posterior is known. ValueError where a shape
    disagrees, s is not above 0, S or C is no covariance, or a number is not finite.
    """

    W: Tensor
    b: Tensor
    s: Tensor
    V: Tensor
    c: Tensor
    S: Tensor
    m: Tensor
    C: Tensor

    def __post_init__(self) -> None:
        n, d = self.W.shape
        for name, shape in {"b": (n,), "s": (), "V": (d, n), "c": (d,), "S": (d, d), "m": (n,), "C": (n, n)}.items():
            found = tuple(getattr(self, name).shape)
            if found != shape:
                raise ValueError(f"{name}: expected shape {shape} beside W {(n, d)}, got {found}")
        check_within(W=self.W, b=self.b, V=self.V, c=self.c, m=self.m)
        check_within(0.0, strict=True, s=self.s)
        check_covariance(S=self.S, C=self.C)

    @classmethod
    def random(cls, seed: int, d: int = 2, n: int = 2) -> "LinearGaussianWorld":
        """A world whose widths all lie between about 0.4 and 2, so that a grid can resolve it."""
        g = torch.Generator().manual_seed(seed)
        normal = lambda *shape: torch.randn(shape, generator=g, dtype=torch.float64)
        uniform = lambda lo, hi: lo + (hi - lo) * torch.rand((), generator=g, dtype=torch.float64)

        def covariance(k: int) -> Tensor:
            rotation = torch.linalg.qr(normal(k, k)).Q
            widths = torch.stack([uniform(0.4, 1.0) for _ in range(k)])
            return rotation @ torch.diag(widths**2) @ rotation.mT

        return cls(
            W=normal(n, d), b=0.5 * normal(n), s=uniform(0.6, 1.2),
            V=0.4 * normal(d, n), c=0.3 * normal(d), S=covariance(d),
            m=0.5 * normal(n), C=covariance(n),
        )  # fmt: skip

    def with_exact_encoder(self) -> "LinearGaussianWorld":
        """The same world with q(z|x) = p_theta(z|x): the ELBO's gap closes."""
        S = torch.linalg.inv(torch.eye(self.W.shape[1], dtype=self.W.dtype) + self.W.mT @ self.W / self.s**2)
        V = S @ self.W.mT / self.s**2
        return replace(self, V=V, c=-V @ self.b, S=S)

    def encode(self, x: Tensor) -> Tensor:
        """The mean of q(z|x), shape (..., d)."""
        return x @ self.V.mT + self.c

    def log_evidence(self, x: Tensor) -> Tensor:
        """log N(x; b, W W^T + s^2 I)."""
        covariance = self.W @ self.W.mT + self.s**2 * torch.eye(len(self.b), dtype=self.W.dtype)
        return gaussian_log_density(x, self.b, covariance)

    def expected_log_likelihood(self, x: Tensor) -> Tensor:
        """E_q(z|x)[log p_theta(x|z)]: the density at the mean, minus tr(W S W^T) / (2 s^2)."""
        noise = self.s**2 * torch.eye(len(self.b), dtype=self.W.dtype)
        at_mean = gaussian_log_density(x, self.encode(x) @ self.W.mT + self.b, noise)
        return at_mean - 0.5 * torch.trace(self.W @ self.S @ self.W.mT) / self.s**2

    def kl(self, x: Tensor) -> Tensor:
        """D_KL(q(z|x) || N(0, I))."""
        d = len(self.c)
        return 0.5 * (torch.trace(self.S) + self.encode(x).square().sum(-1) - d - torch.logdet(self.S))

    def elbo(self, x: Tensor) -> Tensor:
        """Expected log-likelihood minus KL."""
        return self.expected_log_likelihood(x) - self.kl(x)

    def gap(self, x: Tensor) -> Tensor:
        """D_KL(q(z|x) || p_theta(z|x)) between two Gaussians."""
        exact = self.with_exact_encoder()
        r = (exact.encode(x) - self.encode(x)).unsqueeze(-1)
        quadratic = (r.mT @ torch.linalg.solve(exact.S, r))[..., 0, 0]
        trace = torch.trace(torch.linalg.solve(exact.S, self.S))
        return 0.5 * (trace + quadratic - len(self.c) + torch.logdet(exact.S) - torch.logdet(self.S))

    def rate(self) -> Tensor:
        """E_p(x) D_KL(q(z|x) || p(z))."""
        return self.kl(self.m) + 0.5 * torch.trace(self.V @ self.C @ self.V.mT)

    def aggregate_posterior(self) -> tuple[Tensor, Tensor]:
        """q(z) is Gaussian: its mean (d,) and covariance (d, d)."""
        return self.encode(self.m), self.V @ self.C @ self.V.mT + self.S

    def entropy_x(self) -> Tensor:
        """Differential entropy of the data."""
        return 0.5 * (torch.logdet(self.C) + len(self.m) * (1 + LOG_2PI))

    def entropy_z(self) -> Tensor:
        """Differential entropy of q(z)."""
        return 0.5 * (torch.logdet(self.aggregate_posterior()[1]) + len(self.c) * (1 + LOG_2PI))

    def entropy_z_given_x(self) -> Tensor:
        """Differential entropy of q(z|x), the same for every x."""
        return 0.5 * (torch.logdet(self.S) + len(self.c) * (1 + LOG_2PI))

    def mutual_information(self) -> Tensor:
        """I_q(x; z) = (log det of q(z)'s covariance - log det S) / 2."""
        return 0.5 * (torch.logdet(self.aggregate_posterior()[1]) - torch.logdet(self.S))

    def total_correlation(self) -> Tensor:
        """(sum_j log Sigma_jj - log det Sigma) / 2, Sigma the covariance of q(z)."""
        covariance = self.aggregate_posterior()[1]
        return 0.5 * (covariance.diagonal().log().sum() - torch.logdet(covariance))

    def dimension_wise_kl(self) -> Tensor:
        """D_KL(q(z_j) || N(0, 1)) of each latent, shape (d,)."""
        mean, covariance = self.aggregate_posterior()
        var = covariance.diagonal()
        return 0.5 * (var + mean**2 - 1 - var.log())

    def data_grid(self, points: int = 21, reach: float = 7.0) -> tuple[Tensor, Tensor]:
        """A grid over the data distribution: x (points^n, n) and log weights that sum to one."""
        axis = torch.linspace(-reach, reach, points, dtype=self.m.dtype)
        u = torch.cartesian_prod(*[axis] * len(self.m)).reshape(-1, len(self.m))
        return self.m + u @ torch.linalg.cholesky(self.C).mT, torch.log_softmax(-0.5 * u.square().sum(1), 0)

    def tabulate(self, x: Tensor, log_p_x: Tensor | None = None) -> tuple[TabularWorld, Tensor]:
        """This world as a table: the points x (X, n), uniform unless log_p_x is given, and a fine grid over z.

        A trapezoid sum of Gaussians spaced by 0.7 of the narrowest width is exact to about 1e-15, so the table's
        sums over z are the world's integrals. A density becomes a probability when multiplied by a cell, so a
        last x, "elsewhere", takes what the points leave (its encoder is the prior, and the data never show it).
        Returns the table and log(cell): the table's log p(x|z), log evidence and ELBO exceed the densities' by it;
        divergences and informations need no correction.
        """
        exact = self.with_exact_encoder()
        narrowest = min(torch.linalg.eigvalsh(S)[0].sqrt().item() for S in (self.S, exact.S))
        means = torch.cat([self.encode(x), exact.encode(x)])
        reach = means.abs().max().item() + 8.5
        axis = torch.linspace(-reach, reach, math.ceil(2 * reach / (0.7 * narrowest)), dtype=x.dtype)
        z = torch.cartesian_prod(*[axis] * len(self.c)).reshape(-1, len(self.c))
        log_dz = len(self.c) * (axis[1] - axis[0]).log()

        noise = self.s**2 * torch.eye(len(self.b), dtype=x.dtype)
        log_p_z = -0.5 * (z.square().sum(1) + len(self.c) * LOG_2PI) + log_dz
        log_q = gaussian_log_density(z, self.encode(x)[:, None], self.S) + log_dz
        density = gaussian_log_density(x[:, None], z @ self.W.mT + self.b, noise)
        log_cell = -math.log(2) - density.logsumexp(0).max()
        elsewhere = torch.log1p(-(density + log_cell).logsumexp(0).exp())
        if log_p_x is None:
            log_p_x = torch.full((len(x),), -math.log(len(x)), dtype=x.dtype)
        table = TabularWorld(
            log_p_z=log_p_z,
            log_p_x_given_z=torch.cat([density + log_cell, elsewhere[None]]),
            log_q_z_given_x=torch.cat([log_q, log_p_z[None]]),
            log_p_x=F.pad(log_p_x, (0, 1), value=-math.inf),
            latents=(len(axis),) * len(self.c),
        )
        return table, log_cell
