"""What the questions of the chapter `identifiability` say."""

import math

import torch

from course_pkg.questions.identifiability.labels import least, risk
from course_pkg.questions.identifiability.maps import by_counting, turn
from wording import as_if, every, fact, instead, right, slip, stays, times

Phi = torch.distributions.Normal(0.0, 1.0)
mixed = lambda turned, first=Phi.icdf: lambda u, angle: Phi.cdf(first(u) @ turned(turn(angle)))
copies = lambda axis: lambda A: math.log(2) * A * (A.sum(axis, keepdim=True) == 1)
price = lambda sine: lambda first, second, angle, beta: (
    beta / 2 * math.log1p((first - second) ** 2 / (4 * first * second) * sine(angle) ** 2)
)  # fmt: skip
lengths = lambda axis: lambda W: W.norm(dim=axis).log().sum() - 0.5 * torch.logdet(W.mT @ W)
turned = lambda covariance: lambda rho, v: math.degrees(0.5 * math.atan2(2 * covariance(rho, v), v - 1))


def orthogonal(scaled):
    """The right contrast of a matrix with columns, or rows, at right angles."""
    Q = torch.linalg.qr(torch.arange(9.0).double().reshape(3, 3).sin() + torch.eye(3).double()).Q
    W = scaled(Q, torch.tensor([1.0, 2.0, 5.0]).double())
    return lambda s: all(abs(float(v[""])) < 1e-9 for v in s.of(s.question.reference, lambda a: {"W": W}))


def divergence(mu, log_var, a, b):
    ratio = (log_var[a] - log_var[b]).exp()
    return 0.5 * (ratio + (mu[a] - mu[b]).square() / log_var[b].exp() - 1 - log_var[a] + log_var[b])


def over_first_order(s, short):
    """How many times the slip's price the right one is, where the correlation falls so little short of 1."""
    near = {"rho": lambda _: 1 - short}
    return min(float(a[""] / b[""]) for a, b in zip(s.answers(**near), s.slipped(**near), strict=True))


middle = lambda delta: (delta.max() + delta.min()) / 2


def averaged(below=lambda delta: delta < middle(delta), delta=None, mean=None, width=None):
    """mu and log_var, where what is `below` has one mean and one variance."""

    def answer(mu, log_var):
        shared = below((delta or (lambda mu, log_var: divergence(mu, log_var, 1, 0)))(mu, log_var))
        one = (mean or (lambda mu: mu.mean(0)))(mu)
        variance = (width or (lambda log_var: log_var.exp().mean(0).log()))(log_var)
        return {"mu": torch.where(shared, one, mu), "log_var": torch.where(shared, variance, log_var)}

    return answer


midpoint = right(averaged(), averaged(lambda delta: delta >= middle(delta)), "mu")
instead_of = lambda entry="mu", **how: instead(averaged(), averaged(**how), entry)
until = lambda enough: next(n for n in range(1, 100_000) if enough(n))

TOLD = {
    "mixed_uniform": {
        "points are rows: Q y for each of them is y @ Q transposed": instead(mixed(lambda Q: Q.mT), mixed(lambda Q: Q)),
        "the first step goes from uniform to normal: the inverse of Phi": instead(
            mixed(lambda Q: Q.mT), mixed(lambda Q: Q.mT, Phi.cdf)
        ),
        "the angle comes in radians, not in degrees": as_if(angle=math.radians),
    },
    "bits_said": {
        "a row with one 1 copies a bit; all other rows hide each of their bits": right(copies(1), copies(0)),
        "you took the inverse of A, which undoes the sums: rows of A itself say what a new bit is": instead(
            copies(1), lambda A: copies(1)((torch.linalg.inv(A) * torch.linalg.det(A)).round() % 2)
        ),
        "it does not matter how many new bits (columns) an old one enters": instead(copies(1), copies(0)),
        "row i for new bit i, column j for old bit j": right(copies(1), lambda A: copies(1)(A).mT),
        "of fair independent bits f and z' = A f modulo 2": right(
            lambda A: torch.tensor(by_counting(A)), lambda A: torch.tensor(by_counting(A.mT))
        ),
    },
    "price_of_a_turn": {
        "first, second, angle and beta are numbers": fact(
            lambda first, second, angle, beta: {type(first), type(second), type(angle), type(beta)} == {float},
            lambda first, second: torch.is_tensor(first) or torch.is_tensor(second),
        ),
        "beta of the objective multiplies it": times(lambda beta: 1 / beta),
        "has cos times sin: the sine of twice the angle": instead(price(lambda a: math.sin(2 * a)), price(math.sin)),
        "The posterior of an image is not": every(
            slip(lambda: 0.0), fact(lambda right: right > 0, lambda right: right <= 0)
        ),
    },
    "columns_contrast": {
        "and the norm of each column": right(lengths(0), lengths(1)),
        "W is (n, d) with d of n or fewer": fact(
            lambda W: W.shape[1] <= W.shape[0], lambda W: W.shape[0] <= W.shape[1]
        ),
        "the columns have very unlike lengths here": fact(
            lambda s: (n := s.trap["W"].norm(dim=0)).max() > 1e3 * n.min(),
            lambda s: (n := s.trap["W"].norm(dim=1)).max() > 1e3 * n.min(),
        ),
        "try it on columns at right angles": fact(
            orthogonal(lambda Q, scale: Q * scale), orthogonal(lambda Q, scale: scale[:, None] * Q)
        ),
        "latents are columns: take the lengths of columns, not of rows": instead(lengths(0), lengths(1)),
        "you took squared lengths: their logarithms are twice those of the lengths": slip(
            lambda W: 2 * W.norm(dim=0).log().sum() - 0.5 * torch.logdet(W.mT @ W)
        ),
        "each column adds its own: no mean over columns": times(lambda columns: 1 / columns),
        "stay the same where all columns are doubled": stays(W=lambda W: 2 * W),
        "stay the same where the first column alone is doubled": stays(
            W=lambda W: torch.cat([2 * W[:, :1], W[:, 1:]], 1)
        ),
        "stay the same where the columns change places": stays(W=lambda W: W.flip(1)),
        "the logarithms of the columns' lengths, added, less half": right(lengths(0), lengths(1)),
    },
    "price_of_truth": {
        "every nat that the posterior misses costs beta": times(lambda beta: 1 / beta),
        "near 1 the logarithm grows without bound": every(
            slip(lambda rho, beta: beta / 2 * rho**2),
            fact(lambda s: over_first_order(s, 1e-12) > 20, lambda s: over_first_order(s, 1e-12) < 2),
        ),
        "Independent latents cannot follow their posterior": every(
            slip(lambda: 0.0), fact(lambda right: right > 0, lambda right: right <= 0)
        ),
    },
    "degrees_off": {
        "where v is below 1 the arctangent of the quotient picks the smaller axis": slip(
            lambda rho, v: 45.0 if v == 1 else math.degrees(0.5 * math.atan(2 * rho * math.sqrt(v) / (v - 1)))
        ),
        "that is twice the angle: the formula gives the tangent of 2 omega": times(2),
        "the covariance is rho times both deviations: the square root of v": instead(
            turned(lambda rho, v: rho * math.sqrt(v)), turned(lambda rho, v: rho * v)
        ),
        "the factor's own axis is best only without any correlation": every(
            slip(lambda: 0.0), fact(lambda right: right > 0, lambda right: right <= 0)
        ),
    },
    "share": {
        "you average the second image's mean with itself: the first one is lost": instead_of(mean=lambda mu: mu[1]),
        "the mean of their logarithms is the log of their geometric mean": instead_of(
            "log_var", width=lambda log_var: log_var.mean(0)
        ),
        "average those below the midpoint, not above": instead_of(below=lambda delta: delta >= middle(delta)),
        "the divergence goes from the second image's posterior to the first's": instead_of(
            delta=lambda mu, log_var: divergence(mu, log_var, 0, 1)
        ),
        "a squared distance of means counts for more where the posterior is narrow": instead_of(
            delta=lambda mu, log_var: (mu[1] - mu[0]).square()
        ),
        "the bound is the midpoint of the largest and the smallest divergence; you took the mean of all": instead_of(
            below=lambda delta: delta < delta.mean()
        ),
        "your bound lies below the midpoint of largest and smallest divergence, as half of the largest does": every(
            instead_of(below=lambda delta: delta < delta.max() / 2),
            fact(
                lambda mu, log_var: (d := divergence(mu, log_var, 1, 0)).max() / 2 <= middle(d),
                lambda mu, log_var: (d := divergence(mu, log_var, 1, 0)).max() / 2 > middle(d),
            ),
        ),
        "half way between the largest and the smallest divergence; you took the median of all": instead_of(
            below=lambda delta: delta < delta.median()
        ),
        "you averaged deviations: variances were asked for": instead_of(
            "log_var", width=lambda log_var: 2 * (log_var / 2).exp().mean(0).log()
        ),
        "just the latents below the midpoint of the divergences have one mean for both": midpoint,
        "latents below the midpoint of the divergences have the mean of both means and of both variances": midpoint,
    },
    "labels_enough": {
        "with d + 1 labels the line goes through the noise: that suffices without noise only": slip(lambda d: d + 1),
        "it cannot be below 1": every(
            slip(lambda d, more: least(d, more, lambda n: risk(n, d) - 1)),
            fact(lambda right, d: risk(round(float(right)), d) > 1, lambda right, d: risk(round(float(right)), d) < 1),
        ),
        "at most, not below: where the mean error is the limit exactly": instead(
            lambda d, more: until(lambda n: risk(n, d) <= 1 + more),
            lambda d, more: until(lambda n: risk(n, d) < 1 + more),
        ),
        "twice the latents is a rule of thumb": slip(lambda d: 2 * d),
    },
}
DECLARED = {}
