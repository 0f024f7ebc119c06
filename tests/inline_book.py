"""The formulas inside the sentences of the chapters, and what says that they are right: see inline.py."""

import math

import torch

from course_pkg.benchmark.statistics import sample
from course_pkg.bottleneck.discrete import binary_symmetric, informations
from course_pkg.bottleneck.prices import Capacity, constant
from course_pkg.cascade import tables
from course_pkg.data.dsprites import SIZES
from course_pkg.density_ratio.shuffling import ceiling, shuffled_law
from course_pkg.elbo import gaussian_log_likelihood
from course_pkg.mmd.kernels import imq, rbf
from course_pkg.models.channels import FactorChannels
from course_pkg.total_correlation.estimators import log_weights, own_weights
from helpers import generator
from inline import NAME, At, In, Is, Name, On

IMAGES = math.prod(SIZES)
ORIENTATIONS = 39  # in a turn: the last label is the first place again
POINT = torch.zeros(1, 1, dtype=torch.float64)


def matrix(*shape, first=0):
    """Three, from this seed on."""
    return [torch.randn(*shape, generator=generator(first + s), dtype=torch.float64) for s in range(3)]


def of_turned_latents(W, Q):
    """The matrix of a decoder that turns the latents first: its columns are the images of 1, 0 and of 0, 1."""
    return torch.stack([torch.mv(W, torch.mv(Q, latents)) for latents in torch.eye(2).double()], 1)


def of_one_far_from_equal_ones(n):
    """How many sample standard deviations it is above the mean."""
    found = sample([1.0] + [0.0] * (n - 1))
    return (1 - found.mean) / found.sd


def noise_of_a_channel(r):
    """The variance that a channel of r nats adds: before training each has the same share of the capacity."""
    channels = FactorChannels(side=4)
    channels.capacity = float(r) * channels.latents
    return channels.encode(torch.zeros(1, channels.latents)).log_var.detach().exp()[0, 0].double()


def correlation(joint):
    """The second singular value of a table divided by the root of its marginals' product."""
    return torch.linalg.svdvals(joint / (joint.sum(1, keepdim=True) * joint.sum(0)).sqrt())[1]


def earned_by_a_faint_code(rho):
    """Nats of relevance for a nat of rate."""
    rate, relevance = informations(binary_symmetric(float(1 - rho) / 2), binary_symmetric(0.5 - 1e-4) * 2)
    return relevance / rate


def counted_error(sigma):
    """The squared error over what it costs in the likelihood of one pixel."""
    one = torch.ones(1, 1, 1, 1, dtype=torch.float64)
    return 1 / (gaussian_log_likelihood(one, one, sigma) - gaussian_log_likelihood(one, 0 * one, sigma)).squeeze()


def slope_at_zero(kernel):
    """How fast it falls with the squared distance."""
    return (1 - kernel(POINT, POINT + 1e-4).squeeze()) / 1e-8


def lost_by_greed():
    """Nats that two bits say of four images less if the first is chosen alone: its best splits off the likely image."""
    p_x = torch.tensor([3, 1, 1, 1], dtype=torch.float64) / 6
    said = lambda a, b: tables.information(tables.bits(p_x, a, b), [0], [1, 2])
    return said((0, 0, 1, 1), (0, 1, 0, 1)) - said((0, 1, 1, 1), (0, 0, 1, 1))


def real_share(B):
    """How much of the law of a shuffled row of two latents is the law of real codes; the rest is the marginals'."""
    q = torch.tensor([0.5, 0.0, 0.0, 0.5], dtype=torch.float64)
    return (shuffled_law(q.log(), (2, 2), int(B)).exp()[0] - 0.25) / (0.5 - 0.25)


own = lambda weights: -weights[0, 0]  # of a code that no other image of its batch could have produced

BOOK = {
    "benchmark": {
        r"n - 1": In("benchmark-furthest", 4),
        r"(n - 1) / \sqrt{n}": At(of_one_far_from_equal_ones, draws={"n": [3, 5, 10]}),
        r"\log 737280": At(lambda: math.log(IMAGES)),
    },
    "bottleneck": {
        r"p(x, y)": NAME,
        r"q_\phi(z \mid x)": Name(2),
        r"I(x; z)": Name(2),
        r"p(x, y)\, q_\phi(z \mid x)": On(lambda w: w.joint[..., None] * w.encoder[:, None]),
        r"I(x; z \mid y)": In("bottleneck-conversions"),
        r"q_\phi(y \mid z)": In("bottleneck-conditional", 3),
        r"\rho^2": At(earned_by_a_faint_code, 3, off=1e-6),
        r"p(x)\, p(y)": On(lambda w: w.joint.sum(1, keepdim=True) * w.joint.sum(0)),
        r"r(x)": Is("the distribution of x when a rare value is sent"),
        r"q_\phi(z)": Name(2),
        r"p(z)": NAME,
        r"p_\theta(y \mid z)": NAME,
        r"\delta^*": NAME,
        r"1 - 2 \delta^*": In("bottleneck-binary-optimum"),
        r"1 - 2 \kappa": At(lambda kappa: correlation(binary_symmetric(kappa)), draws={"kappa": [0.1, 0.2, 0.4]}),
    },
    "capacity": {
        r"V x + c": At(lambda V, x, c: torch.mv(V, x) + c, draws={"V": matrix(2, 3), "x": matrix(3), "c": matrix(2)}),
        r"e^{11.5}": At(lambda: 100_000, off=0.02),
        r"e^{-2 r}": At(noise_of_a_channel, off=1e-6),
        r"\gamma |R - C|": At(lambda gamma, R, C: Capacity(gamma, constant(C))(R, 0)),
    },
    "cascade": {
        r"s^2": Name(3),
        r"\mathrm{tr}(C (I + U U^{\top})^{-1}) / s^2": At(
            lambda C, I, U, s: torch.linalg.solve(I + U @ U.mT, C).trace() / s**2,
            draws={"C": [m @ m.mT for m in matrix(3, 3)], "I": [torch.eye(3).double()], "U": matrix(3, 2)},
        ),
        r"\sum_j b_j \log (1 + \|u_j\|^2)": At(
            lambda b_j, u_j: b_j @ u_j.square().sum(1).log1p(),
            draws={"b_j": [b.abs() for b in matrix(2)], "u_j": matrix(2, 3)},
        ),
        r"U^{\top} U": At(lambda U: U.mT @ U, draws={"U": matrix(3, 2)}),
        r"I(x; z_{1:i})": Is("what the first i latents say"),
        r"\log 3": At(lambda: math.log(SIZES[0]), 4),
        r"\frac{1}{3} \log 2": At(lost_by_greed),
        r"\min(1.1, \log 3)": At(lambda: math.log(3)),
        r"\log 737280": At(lambda: math.log(IMAGES)),
        r"B - 1": At(lambda B: B - 1),
        r"\lambda (B - 1)": At(lambda lambda_, B: lambda_ * (B - 1)),
        r"1 / (K - 1)": At(lambda K: 1 / (K - 1), draws={"K": [2, 3, 5]}),
        r"\log K": In("cascade-hard"),
        r"I(x; c)": In("cascade-hard"),
    },
    "data": {
        r"k + 1": At(lambda k: k + 1),
        r"k + 10": At(lambda k: k + round(ORIENTATIONS / 4), 3),
        r"k + 19": At(lambda k: k + ORIENTATIONS // 2, 2),
    },
    "density_ratio": {
        r"q(z)": In("density_ratio-log-ratio", 2),
        r"T(z)": NAME,
        r"\log 2": In("density_ratio-surprise", 3),
        r"\log B": At(lambda B: ceiling(2, B), 4, draws={"B": [2, 4, 64]}),
        r"B^{d-1}": At(lambda B, d: math.exp(ceiling(d, B)), draws={"B": [2, 4, 64], "d": [5, 3, 2]}),
        r"q / B": At(lambda q, B: q * real_share(B), draws={"B": [2, 4, 64]}, off=1e-6),
        r"1/B": At(real_share, draws={"B": [2, 4, 64]}, off=1e-6),
        r"D_{\mathrm{KL}}(q \,\|\, m_B)": Is("of real codes from shuffled ones, as in density_ratio-seen"),
        r"\log \bar{q}": In("density_ratio-fixed"),
        r"\log 3": At(lambda: math.log(3000 / 1000), 2),
        r"\log n": At(lambda n: math.log(n)),
        r"(k - 1)/n": At(lambda k, n: (k - 1) / n),
        r"e^T": At(lambda T: math.exp(T)),
    },
    "elbo": {
        r"p(z)": NAME,
        r"p_\theta(x \mid z)": NAME,
        r"\log 737{,}280": At(lambda: math.log(IMAGES)),
        r"q_\phi(z \mid x)": NAME,
        r"\log \sigma^2": NAME,
        r"\log \sigma": In("elbo-gaussian-kl"),
        r"f_\theta(z)": NAME,
        r"2\sigma^2": At(counted_error),
    },
    "equations": {
        r"p(x)": NAME,
        r"p(z)": NAME,
        r"p_\theta(x \mid z)": NAME,
        r"q_\phi(z \mid x)": NAME,
    },
    "identifiability": {
        r"\mathcal{N}(0, I)": Is("the standard normal law of the latents"),
        r"\sigma^2": NAME,
        r"W Q": At(of_turned_latents, draws={"W": matrix(2, 2), "Q": matrix(2, 2, first=3)}),
        r"10^{-84}": At(lambda: math.factorial(3) * math.factorial(4) ** 3 / math.factorial(64), off=0.5),
        r"W^*": NAME,
        r"\omega^*": NAME,
        r"-h": At(lambda h: -h),
        r"d + 1": At(lambda d: d + 1, 2),
        r"d + 3": At(lambda d: d + 3),
        r"d + 2": At(lambda d: d + 2),
        r"\tau^2": In("identifiability-labels"),
    },
    "kkt": {
        r"f(y)": Name(2),
        r"g_i(y)": NAME,
        r"y^*": Name(5),
        r"\beta \log Z_\beta(x)": In("kkt-completed"),
        r"\beta \sigma^2": In("kkt-linear-rates", 4),
        r"\sigma^2": Name(4),
        r"-\beta": In("kkt-slope"),
        r"W^*": NAME,
    },
    "metrics": {
        r"H(f_k)": In("metrics-mig"),
        r"e^{gz}": At(lambda g, z: math.exp(g * z)),
        r"q(z)": In("notation-kl"),
        r"\log N": In("capacity-ceiling", 2),
    },
    "mmd": {
        r"x^2": In("mmd-feature", 2),
        r"x^3": At(lambda x: x * x * x),
        r"x^4": At(lambda x: x * x * x * x),
        r"\varphi(x)": In("mmd-mean-feature"),
        r"k(x, y)": In("mmd-kernel-trick", 2),
        r"(1 + x y)^3": At(lambda x, y: sum(math.comb(3, k) * x**k * y**k for k in range(4))),
        r"1/h": At(lambda h: (2 * slope_at_zero(rbf(h))).sqrt(), off=1e-6),
        r"\sin(r/2) / (r/2)": At(lambda r: torch.sinc(r / (2 * math.pi))),
        r"1 - \alpha": In("mmd-infovae"),
        r"e^{-s r^2}": At(lambda s, r: rbf((2 * s) ** -0.5)(POINT, POINT + r).squeeze()),
        r"1 / C": At(lambda C: slope_at_zero(imq(C)), off=1e-6),
        r"\mathcal{N}(m, 1)": Is("the law that the figure moves"),
        r"h^2": In("mmd-feature"),
        r"\sqrt{10}": At(lambda: math.sqrt(10)),
        r"\log 10": At(lambda: math.log(10)),
    },
    "notation": {r"p(x)": Name(2), r"p(z)": NAME, r"q_\phi(z \mid x)": NAME},
    "total_correlation": {
        r"q_\phi(z)": Name(3),
        r"I(x; z)": NAME,
        r"\mathrm{TC}(z)": NAME,
        r"I(x; z_j)": In("total_correlation-repeated"),
        r"\log 2": At(lambda: math.log(2)),
        r"J(z)": NAME,
        r"1/N": At(lambda N: log_weights(4, N).exp()[0, 0], 4, draws={"N": [5, 10, 100]}, off=1e-6),
        r"\log N": At(lambda N: own(log_weights(4, N)), 11, draws={"N": [5, 10, 100]}, off=1e-6),
        r"d - 1": At(lambda d: d - 1),
        r"1/B": At(lambda B: own_weights(B, 1 / B).exp()[0, 0], 2, draws={"B": [2, 5, 7]}, off=1e-6),
        r"\log NB": At(
            lambda N, B: own(log_weights(B, N, stratified=False)), draws={"N": [9, 10], "B": [2, 5, 7]}, off=1e-6
        ),
        r"\log B": At(lambda B: own(own_weights(B, 1 / B)), 2, draws={"B": [2, 5, 7]}, off=1e-6),
        r"e^{-I}": At(lambda I: math.exp(-I)),
        r"B e^{-I}": At(lambda B, I: B / math.exp(I)),
        r"e^I": At(lambda I: math.exp(I), 4),
        r"\mathrm{TC}_\Sigma": NAME,
    },
}
