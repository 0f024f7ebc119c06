"""The Gaussian bottleneck: critical prices and soft thresholds: equations of the chapter `bottleneck`."""

import math
from collections.abc import Callable

import scipy.linalg
import torch
from torch import Tensor

from course_pkg.bottleneck import gaussian_encoder, gaussian_informations, gaussian_rates, gaussian_relevances
from course_pkg.bottleneck import gaussian_step as course_step
from course_pkg.derivation.chain import Derivation, Step, Worlds
from course_pkg.equations.bottleneck.worlds import GAUSSIANS, Gaussians, random_gaussians
from course_pkg.worlds import Symbols


def kept_eigenvalues(w: Gaussians) -> Tensor:
    """1 - lambda, lambda the eigenvalues of Sigma_x|y Sigma_x^-1, by scipy, high to low."""
    given_y = w.Sx - w.Sxy @ torch.linalg.inv(w.Sy) @ w.Sxy.mT
    found = scipy.linalg.eigh(given_y.numpy(), w.Sx.numpy(), eigvals_only=True)
    return 1 - torch.as_tensor(found)


def inverse_root(S: Tensor) -> Tensor:
    values, vectors = torch.linalg.eigh(S)
    return vectors @ (values.rsqrt()[:, None] * vectors.mT)


def correlations(w: Gaussians) -> Tensor:
    """Singular values of the whitened cross-covariance."""
    return torch.linalg.svdvals(inverse_root(w.Sx) @ w.Sxy @ inverse_root(w.Sy))


CANONICAL = Derivation(
    label="bottleneck-canonical",
    steps=(
        Step(
            r"1 - \lambda_i\left(\Sigma_{x \mid y} \Sigma_x^{-1}\right)",
            kept_eigenvalues,
            "how much of direction i's variance y takes away: the eigenvalues that the paper uses",
        ),
        Step(
            r"\rho_i^2",
            lambda w: correlations(w) ** 2,
            "the squared canonical correlations of x and y: singular values of the whitened cross-covariance",
        ),
    ),
    source="Hotelling (1936); Chechik et al. (2005)",
    worlds=(GAUSSIANS,),
)


def minimised(loss: Callable[[Tensor], Tensor], start: Tensor) -> Tensor:
    """A minimum, by L-BFGS and some steps of Newton's method, which leaves flat directions alone."""
    a = start.clone().requires_grad_()
    optimiser = torch.optim.LBFGS([a], max_iter=500, tolerance_grad=1e-12, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimiser.zero_grad()
        value = loss(a)
        value.backward()
        return value

    optimiser.step(closure)
    at = a.detach()
    for _ in range(3):
        gradient = torch.autograd.functional.jacobian(loss, at).flatten()
        hessian = torch.autograd.functional.hessian(loss, at).reshape(len(gradient), -1)
        at = at - (torch.linalg.pinv(hessian, rtol=1e-7, hermitian=True) @ gradient).reshape(at.shape)
    return at


def best_ratio(w: Gaussians) -> Tensor:
    """The largest I(z; y) / I(x; z) over one projection of x that hides in noise, by minimising its opposite."""
    given_y = w.Sx - w.Sxy @ torch.linalg.solve(w.Sy, w.Sxy.mT)
    signal = 1e-9  # variance of the projection, against noise of variance one: the ratio is largest as it fades

    def minus_ratio(a: Tensor) -> Tensor:
        share = (a @ given_y @ a) / (a @ w.Sx @ a)  # of the projection's variance, what y leaves
        return (torch.log1p(signal * share) - math.log1p(signal)) / math.log1p(signal)

    return -minus_ratio(minimised(minus_ratio, torch.ones(3, dtype=torch.float64)))


def growth(w: Gaussians) -> Tensor:
    """By how much one step of the iteration stretches a tiny code, times beta: power iteration."""
    A, noise = 1e-9 * torch.ones(1, 3, dtype=torch.float64), torch.eye(1, dtype=torch.float64)
    for _ in range(400):
        stepped, _ = course_step(w.Sx, w.Sxy, w.Sy, w.beta.item(), A, noise)
        factor = stepped.norm() / A.norm()
        A = stepped / stepped.norm() * 1e-9
    return w.beta * factor


CRITICAL = Derivation(
    label="bottleneck-critical",
    steps=(
        Step(
            r"\sup_{q_\phi(z \mid x)} \frac{I(z; y)}{I(x; z)}",
            best_ratio,
            "the most that a nat of rate can buy: the dearest price at which a code pays. By gradient ascent",
            also={"growth of a tiny code under the iteration": growth},
        ),
        Step(
            r"\rho_1^2",
            lambda w: correlations(w)[0] ** 2,
            "the first critical price: the first squared canonical correlation",
        ),
    ),
    source="Chechik et al. (2005), section 3; Anantharam et al. (2013)",
    worlds=(Worlds("Gaussian pairs, searched", random_gaussians, 6, 1e-7),),
    follows=("bottleneck-canonical", "bottleneck-lagrangian", "bottleneck-relevance", "notation-mutual-information"),
)


def correlated(w: Gaussians) -> Symbols:
    return Symbols(numbers={r"\beta": w.beta}, arrays={r"\rho_i": ("i", correlations(w))})


def by_determinants(w: Gaussians) -> Tensor:
    """I(x; z) and I(z; y) of the paper's encoder."""
    Sx, Sxy, Sy, beta = w
    A = gaussian_encoder(Sx, Sxy, Sy, beta.item())
    return torch.stack(gaussian_informations(Sx, Sxy, Sy, A, torch.eye(3, dtype=torch.float64)))


def by_iteration(w: Gaussians) -> Tensor:
    """The same two of what the parameter iteration comes to from a random code, by entropies of torch.distributions."""
    A = torch.randn(3, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    noise = torch.eye(3, dtype=torch.float64)
    for _ in range(1500):
        before = A
        A, noise = course_step(w.Sx, w.Sxy, w.Sy, w.beta.item(), A, noise)
        if torch.allclose(A, before, rtol=0, atol=1e-13):  # what is left of the way is rounding
            break
    rest = w.Sx - w.Sxy @ torch.linalg.inv(w.Sy) @ w.Sxy.mT
    centre = torch.zeros(3, dtype=torch.float64)
    of_z, given_x, given_y = (
        torch.distributions.MultivariateNormal(centre, (S + S.mT) / 2).entropy()
        for S in (A @ w.Sx @ A.mT + noise, noise, A @ rest @ A.mT + noise)
    )
    return torch.stack([of_z - given_x, of_z - given_y])


def by_descent(w: Gaussians) -> Tensor:
    """The same two of the code that L-BFGS and Newton's method find, with torch.linalg alone."""
    given_y = w.Sx - w.Sxy @ torch.linalg.solve(w.Sy, w.Sxy.mT)
    one = torch.eye(3, dtype=torch.float64)

    def both(a: Tensor) -> Tensor:
        of_z, of_rest = (torch.linalg.slogdet(a @ S @ a.mT + one).logabsdet for S in (w.Sx, given_y))
        return torch.stack([of_z, of_z - of_rest]) / 2

    start = 0.5 * torch.randn(3, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    a = minimised(lambda a: both(a)[0] * w.beta - both(a)[1], start)
    return both(a)


RATES = Derivation(
    label="bottleneck-gaussian-rate",
    steps=(
        Step(
            r"I(x; z^*)",
            lambda w: by_determinants(w)[0],
            "of the best linear code with Gaussian noise, from the paper's theorem",
            also={"parameter iteration": lambda w: by_iteration(w)[0], "L-BFGS": lambda w: by_descent(w)[0]},
        ),
        Step(
            r"\frac{1}{2} \sum_i \max\left(0,\, \mathrm{logit}\, \rho_i^2 - \mathrm{logit}\, \beta\right)",
            lambda w: gaussian_rates(correlations(w) ** 2, w.beta.item()).sum(),
            "a soft threshold in each direction, where the logits of correlation and of price are compared",
        ),
    ),
    source="Chechik et al. (2005), section 6, rewritten",
    worlds=(Worlds("Gaussian pairs, optimised", random_gaussians, 4, 1e-8, symbols=correlated),),
    follows=("bottleneck-canonical", "bottleneck-lagrangian"),
)

RELEVANCES = Derivation(
    label="bottleneck-gaussian-relevance",
    steps=(
        Step(
            r"I(z^*; y)",
            lambda w: by_determinants(w)[1],
            "what that code says of y",
            also={"parameter iteration": lambda w: by_iteration(w)[1], "L-BFGS": lambda w: by_descent(w)[1]},
        ),
        Step(
            r"\frac{1}{2} \sum_i \max\left(0,\, \log (1 - \beta) - \log (1 - \rho_i^2)\right)",
            lambda w: gaussian_relevances(correlations(w) ** 2, w.beta.item()).sum(),
            "another soft threshold, with the same kinks",
        ),
    ),
    source="Chechik et al. (2005), section 6, rewritten",
    worlds=(Worlds("Gaussian pairs, optimised", random_gaussians, 4, 1e-8, symbols=correlated),),
    follows=("bottleneck-gaussian-rate",),
)
