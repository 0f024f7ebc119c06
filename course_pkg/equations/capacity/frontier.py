"""What a price buys, and a soft threshold to compare it with: equations of the page `capacity`."""

import torch
from sklearn.linear_model import Lasso
from torch import Tensor

from course_pkg.derivation.chain import Definition, Derivation, Step, Worlds
from course_pkg.worlds import Symbols

Directions = tuple[Tensor, Tensor, Tensor, Tensor]


def random_directions(seed: int) -> Directions:
    """Four variances from 0.05 to 20, a pixel width sigma, a price, and a capacity from 0.5 to 5 nats."""
    u = torch.rand(7, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    variances = 0.05 * (400 ** u[:4])
    return variances, 0.3 + 0.5 * u[4], 0.3 + 3 * u[5], 0.5 + 4.5 * u[6]


BEST_RATE = Definition(
    label="capacity-best-rate",
    latex=r"R^*(\beta) := \operatorname*{arg\,min}_{R} \left[\mathcal{D}^*(R) + \beta R\right]",
    symbol=r"R^*(\beta)",
    meaning="the rate that is bought at a price of beta",
)
Regression = tuple[Tensor, Tensor, Tensor]


def random_regression(seed: int) -> Regression:
    """Twelve observations of four orthonormal columns, an answer, and a penalty."""
    g = torch.Generator().manual_seed(seed)
    U = torch.linalg.qr(torch.randn(12, 4, generator=g, dtype=torch.float64)).Q
    answer = 2 * torch.randn(12, generator=g, dtype=torch.float64)
    return U, answer, 0.2 + torch.rand((), generator=g, dtype=torch.float64)


def lasso(w: Regression) -> Tensor:
    U, answer, penalty = w
    model = Lasso(alpha=penalty.item() / len(U), fit_intercept=False, tol=1e-15, max_iter=10_000)
    return torch.as_tensor(model.fit(U.numpy(), answer.numpy()).coef_)


LASSO = Definition(
    label="capacity-lasso",
    latex=r"b^* := \operatorname*{arg\,min}_{b} \left[\frac{1}{2} \|a - U b\|^2 + \lambda\, \|b\|_1\right]",
    symbol="b^*",
    meaning="the LASSO: coefficients of the columns u_i of U that explain a, at a price of lambda for their size",
    source="Tibshirani (1996)",
)
SOFT = Derivation(
    label="capacity-soft-threshold",
    steps=(
        Step(
            r"\|b^*\|_1",
            lambda w: lasso(w).abs().sum(),
            "the LASSO on orthonormal columns, by scikit-learn: the sum of the sizes of its coefficients",
        ),
        Step(
            r"\sum_i \max\left(0,\, |u_i^\top a| - \lambda\right)",
            lambda w: ((w[0].mT @ w[1]).abs() - w[2]).clamp_min(0).sum(),
            "a soft threshold in each column",
        ),
    ),
    source="Tibshirani (1996), section 2.2",
    worlds=(
        Worlds(
            "regressions on orthonormal columns",
            random_regression,
            20,
            1e-9,
            symbols=lambda w: Symbols(numbers={r"\lambda": w[2]}, arrays={"u_i": ("i", w[0].mT), "a": ("", w[1])}),
        ),
    ),
    follows=("capacity-lasso",),
)
