"""The formulas inside the sentences of the solutions, from which the sheets are made: see inline.py."""

import math

import torch
from scipy.stats import binom
from torch.distributions import Bernoulli, ContinuousBernoulli, HalfNormal, Laplace, Normal, kl_divergence
from torch.nn.functional import softplus

from course_pkg.benchmark.statistics import Sample, welch
from course_pkg.bottleneck.discrete import binary_symmetric, informations, lagrangian
from course_pkg.bottleneck.prices import Capacity, constant
from course_pkg.density_ratio.shuffling import ceiling
from course_pkg.kkt import latent_rates
from course_pkg.mmd.kernels import rbf
from course_pkg.questions.bottleneck.steps import scores
from inline import NAME, At, In, Is, On
from inline_book import POINT, correlation, matrix, real_share

INSIDE = {"B": [2, 4, 64]}
VECTORS = {"x": matrix(3), "a": matrix(3, first=3), "w": matrix(3, first=6)}


def two_looks(c):
    """The price at which a code of two looks at a bit begins to speak: their squared maximal correlation with it."""
    look = binary_symmetric(float(1 - c) / 2)
    return correlation((look[:, :, None] * look[:, None] / 0.5).reshape(2, 4)) ** 2


def of_codes(w):
    """q(z)."""
    return w.joint.sum(1) @ w.encoder


def of_answers(w):
    """p(y|z)."""
    seen = w.encoder.mT @ w.joint
    return seen / seen.sum(1, keepdim=True)


def tilted(w, u):
    """p(z) p(x|z)^u, where p(x|z) is Bayes' rule's."""
    codes = w.joint.sum(1)[:, None] * w.encoder
    return w.prior * (codes / codes.sum(0)) ** u


def entropy(p):
    return -torch.xlogy(p, p).sum()


def slope_of_the_price(b, D, a):
    """Of a log(1 + e^-T) + b log(1 + e^T), at the T whose sigmoid is D."""
    T = torch.logit(D).requires_grad_()
    return torch.autograd.grad(a * softplus(-T) + b * softplus(T), T)[0]


def kl_to_standard(mean, deviation):
    return kl_divergence(Normal(mean, deviation), Normal(torch.zeros(()).double(), 1.0))


normaliser = lambda **coin: ContinuousBernoulli(**coin, lims=(0.499, 0.501))._cont_bern_log_norm().exp()


def freedom(v_a, v_b, n_a, n_b):
    """Welch's degrees of freedom of two rows whose squared deviations over their n are these."""
    rows = (Sample(0.0, math.sqrt(v * n), n) for v, n in ((v_a, n_a), (v_b, n_b)))
    return welch(*rows).df


def stepped(w, alpha):
    """One step of the bottleneck with two dials, but for a factor for each x."""
    answers, p_y = of_answers(w)[None], (w.joint / w.joint.sum(1, keepdim=True))[:, None]
    return scores(of_codes(w), torch.xlogy(p_y, p_y / answers).sum(2), w.beta, alpha).exp()


SOLUTIONS = {
    "benchmark": {
        r"\left(v_a + v_b\right)^2 \Big/ \left(\frac{v_a^2}{n_a - 1} + \frac{v_b^2}{n_b - 1}\right)": At(
            freedom, draws={"n_a": [2, 5, 3], "n_b": [7, 2, 4]}
        ),
    },
    "bottleneck": {
        r"p(y \mid x)": In("bottleneck-misfit", 2),
        r"p(y)": In("bottleneck-relevance", 2),
        r"I_q(x; z)": Is("the information of the encoder's codes"),
        r"p(z)": NAME,
        r"q(z)": In("notation-kl", 9),
        r"E - \beta R": At(lambda E, beta, R: E - beta * R),
        r"1/b": At(lambda b: b.reciprocal()),
        r"s / (1 - s)": At(lambda s: torch.logit(s).exp()),
        r"n D / d": At(lambda n, D, d: n / (d / D)),
        r"p(y|x) / p(y)": On(lambda w: w.joint / w.joint.sum(1, keepdim=True) / w.joint.sum(0)),
        r"p(y|z) / p(y)": On(lambda w: (of_answers(w) / w.joint.sum(0)).mT),
        r"p(y|x) / p(y|z)": On(lambda w: (w.joint / w.joint.sum(1, keepdim=True))[:, :, None] / of_answers(w).mT),
        r"p(y|x)": On(lambda w: w.joint / w.joint.sum(1, keepdim=True)),
        r"\mathcal{N}(0, 1)": In("capacity-empty"),
        r"e^{-2C}": At(lambda C: 1 / math.exp(C) ** 2),
        r"e^s - 1 - s": At(lambda s: 2 * kl_to_standard(torch.zeros(()).double(), (s / 2).exp())),
        r"-(1 + 2C)": At(lambda C: -1 - C - C),
        r"\gamma |KL - C|": At(lambda gamma, K, L, C: Capacity(gamma, constant(C))(K * L, 0), 2),  # KL reads as K L
        r"\beta I(x; z) - I(z; y)": On(lambda w: lagrangian(w.joint, w.encoder, w.beta)),
        r"2c^2 / (1 + c^2)": At(two_looks),
        r"D / (2\sigma^2)": At(lambda D, sigma: D / 2 / sigma.square()),
        r"v e^{-2R}": At(lambda v, R: v / math.exp(2 * R)),
        r"D / \sigma^2": At(lambda D, sigma: D / sigma.square()),
        r"(1 - \beta)\, I(x; z)": On(lambda w: (1 - w.beta) * informations(w.joint, w.encoder)[0]),
        r"H(x) + E": At(lambda H_x, E: H_x + E),
        r"q(x|z)": On(lambda w: w.joint.sum(1)[:, None] * w.encoder / of_codes(w), 2),
        r"(1 - \beta) I": At(lambda beta, I: I - beta * I),
        r"I(x; z)": NAME,
        r"H(z) - H(z \mid x)": At(lambda H_z, H_zx: H_z - H_zx),
        r"H(z) - \alpha H(z \mid x)": At(lambda H_z, alpha, H_zx: H_z - alpha * H_zx),
        r"\beta\,(H(z) - \alpha H(z \mid x)) - I(z; y)": At(
            lambda beta, H_z, alpha, H_zx, I_zy: beta * H_z - beta * alpha * H_zx - I_zy
        ),
        r"\exp\left[\frac{1}{\alpha}\left(\log q(z) - "
        r"\frac{1}{\beta} D_{\mathrm{KL}}\left(p(y \mid x) \,\|\, p(y \mid z)\right)\right)\right]": On(stepped),
        r"q(z \mid x)": On(lambda w: w.encoder),
        r"p(y|z)": On(lambda w: of_answers(w).mT, 2),
        r"p(x) q(z|x)": On(lambda w: w.joint.sum(1)[:, None] * w.encoder),
        r"\log q(z)": On(lambda w: of_codes(w).log()),
    },
    "density_ratio": {
        r"a \log(1 + e^{-T}) + b \log(1 + e^{T})": At(lambda a, b, T: a * softplus(-T) + b * softplus(T)),
        r"b D - a (1 - D)": At(slope_of_the_price),
        r"D / (1 - D)": At(lambda D: torch.logit(D).exp()),
        r"a / b": At(lambda a, b: a / b),
        r"B^2": At(lambda B: B * B),
        r"B^{-(d-1)}": At(lambda B, d: math.exp(-ceiling(d, B)), draws=INSIDE | {"d": [5, 3, 2]}),
        r"q / m_B": At(lambda q, m_B: q / m_B),
        r"q / \bar{q}": At(lambda q, q_bar: q / q_bar),
        r"1/B": At(real_share, draws=INSIDE, off=1e-6),
        r"1 - 1/B": At(lambda B: 1 - real_share(B), draws=INSIDE, off=1e-6),
        r"\log B": At(lambda B: ceiling(2, B), 2, draws=INSIDE),
        r"\gamma T(z)": At(lambda gamma, T_z: gamma * T_z),
        r"\log(1 + e^{-T(z)})": At(lambda T_z: softplus(-T_z)),
        r"D(z)": NAME,
        r"\log(1 + e^{-T})": At(lambda T: softplus(-T)),
        r"1 + e^{T}": At(lambda T: 1 / torch.sigmoid(-T)),
        r"e^T": At(lambda T: T.exp(), 2),
        r"\bar{q} e^T": At(lambda q_bar, T: (q_bar.log() + T).exp()),
        r"\mathcal{N}(m, 1)": In("density_ratio-noise"),
        r"\mathcal{N}(0, 1)": In("density_ratio-noise", 2),
        r"m^2": In("density_ratio-noise", 2),
        r"e^{m z - m^2/2}": At(lambda m, z: (Normal(m, 1).log_prob(z) - Normal(0 * m, 1).log_prob(z)).exp()),
        r"e^{m^2} - 1": In("density_ratio-noise"),
    },
    "elbo": {
        r"\mathcal{N}(0, I)": In("elbo-gaussian-kl"),
        r"e^{\log r} - \log r - 1": At(lambda r: 2 * kl_to_standard(torch.zeros(()).double(), r.sqrt())),
        r"R(x)": NAME,
        r"v - \sigma^2": At(lambda v, sigma: v - sigma.square()),
        r"v / \sigma^2": At(lambda v, sigma: v / sigma.square()),
        r"L L^\top": At(lambda L: L @ L.mT, 2, draws={"L": matrix(2, 2)}),
        r"\log \sigma": In("elbo-gaussian-kl"),
        r"-(s - d) / 2": At(lambda s, d: (d - s) / 2),
        r"(s - d)^2 s / d": At(lambda s, d: (d - s).square() * s / d),
        r"p^x (1 - p)^{1 - x}": At(lambda p, x: Bernoulli(p, validate_args=False).log_prob(x).exp()),
        r"C(p)": Is("the factor that the sentence defines"),
        r"\frac{2\, \mathrm{artanh}(1 - 2p)}{1 - 2p}": At(lambda p: normaliser(probs=p)),
        r"1 - 2p": At(lambda p: -torch.tanh(torch.logit(p) / 2)),
        r"l / 2": At(lambda l: l / 2, 2),
        r"\frac{l}{\tanh(l / 2)}": At(lambda l: normaliser(logits=l)),
        r"\frac{1}{2} e^{-|z|}": At(lambda z: Laplace(0 * z, 1.0).log_prob(z).exp()),
        r"|z|": At(lambda z: max(z, -z), 2, draws={"z": [-0.7, 0.2]}),
        r"|\mu|": At(lambda mu: max(mu, -mu), draws={"mu": [-0.7, 0.2]}),
        r"\sigma \sqrt{2 / \pi}": At(lambda sigma: HalfNormal(sigma).mean),
    },
    "kkt": {
        r"\frac{1}{2} \|x - a\|^2": At(lambda x, a: (x - a).square().sum() / 2, 2, draws=VECTORS),
        r"x - a + u w": At(lambda x, a, u, w: x - a + u * w, draws=VECTORS),
        r"2s / D": At(lambda s, D: 2 * s / D),
        r"1/d": At(lambda d: d.reciprocal()),
        r"2s/D": At(lambda s, D: 2 * s / D),
        r"D / (2 s d)": At(lambda D, s, d: (1 / d) / (2 * s / D)),
        r"D / (2d)": At(lambda D, d: D / d / 2),
        r"p(z)\, p(x \mid z)^{1/\beta}": On(lambda w: tilted(w, 1 / w.beta)),
        r"q(z)": In("kkt-exact-price"),
        r"\log Z": In("kkt-completed"),
        r"\frac{1}{2} \log \frac{v}{\beta \sigma^2}": At(
            lambda v, beta, sigma: latent_rates(v[None], beta, sigma.square())[0],
            draws={"v": [torch.tensor(v).double() for v in (2.0, 3.0, 5.0)]},
        ),
        r"2/k": At(lambda k: 2 / k),
        r"p(x)": NAME,
        r"p(z)\, p(x \mid z)^u": On(tilted),
        r"1/u": At(lambda u: u.reciprocal()),
        r"e^{u}": At(lambda u: u.exp()),
        r"\frac{1}{2} x^\top A x": At(
            lambda x, A: torch.dot(x, A @ x) / 2, draws=VECTORS | {"A": [m + m.mT for m in matrix(3, 3)]}
        ),
        r"\frac{1}{2}(\|x\|^2 - 1)": At(lambda x: (torch.dot(x, x) - 1) / 2, draws=VECTORS),
        r"\max(f, r)": At(lambda f, r: torch.maximum(f, r)),
        r"v e^{-2r}": At(lambda v, r: v / math.exp(2 * r)),
        r"\frac{v}{2 \sigma^2} e^{-2r}": At(lambda v, sigma, r: v / math.exp(2 * r) / (2 * sigma.square())),
        r"v / \sigma^2": At(lambda v, sigma: v / sigma.square()),
    },
    "metrics": {
        r"|z_j - z_j'|": Is("what Higgins et al. average"),
        r"s \sqrt{2/\pi}": At(lambda s: HalfNormal(s).mean),
        r"4v/\pi": At(lambda v: HalfNormal((2 * v).sqrt()).mean.square()),
        r"\sqrt{80 \cdot 0.2 \cdot 0.8}": At(lambda: binom(80, 0.2).std()),
        r"\tan^2": Is("the squared tangent of the angle"),
        r"\cos^2": In("metrics-turned-votes"),
        r"\sin^2": In("metrics-turned-votes"),
        r"\log K": In("metrics-dci"),
        r"\log d": At(lambda d: d.log(), 2),
        r"\log 3": At(lambda: entropy(torch.ones(3).double() / 3)),
        r"\log 5": At(lambda: entropy(torch.ones(5).double() / 5)),
        r"n - k": At(lambda n, k: n - k),
        r"\log 2": In("metrics-circle"),
    },
    "mmd": {
        r"\mathcal{N}(0, s^2 I)": Is("the law of the codes"),
        r"s^2": NAME,
        r"1 + s^2": At(lambda s: 1 + s.square()),
        r"D_{\mathrm{KL}}\left(q_\phi(z) \,\|\, p(z)\right)": In("mmd-divergence"),
        r"e^{-r^2 / (2 h^2)}": At(lambda r, h: rbf(h)(POINT, POINT + r).squeeze()),
        r"e^{-1/2}": At(lambda: rbf(2.0)(POINT, POINT + 2).squeeze(), 3),
        r"e^{-1/8}": At(lambda: rbf(2.0)(POINT, POINT + 1).squeeze(), 3),
    },
    "total_correlation": {
        r"\log N": In("capacity-ceiling"),
        r"e^I": At(lambda I: I.exp()),
        r"1 - \alpha": In("total_correlation-infovae", 2),
        r"\alpha + \lambda - 1": In("total_correlation-infovae"),
        r"-\log p(z) / \prod_j p(z_j)": Is("what the average over codes is of"),
    },
}
