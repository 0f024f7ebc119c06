"""What the questions of the chapter `identifiability` say of latents and factors, of two, and in formulas."""

import math

import torch

from course_pkg.questions.identifiability.labels import risk
from sayings import changed
from told_identifiability import Phi, instead_of, mixed, price
from wording import every, fact, right, same, slip


def turned_covariance(square):
    """The price of a turn from the 2 by 2 covariance of the turned coordinates."""

    def answer(first, second, angle, beta):
        Q = torch.tensor([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]).double()
        cov = Q @ torch.diag(torch.tensor([first, second]).double()) @ Q.mT
        r = cov[0, 1] / (cov[0, 0] * cov[1, 1]).sqrt()
        return -0.5 * beta * torch.log(1 - (r**2 if square else r.abs()))

    return answer


def parity(s):
    """Of z2 = f1 + f2 modulo 2, with z1 = f1, the answer says that z2 alone tells nothing of either bit."""
    A = torch.tensor([[1.0, 0.0], [1.0, 1.0]]).double()
    return s.of(s.question.reference, lambda a: {"A": A})[0][""]


correlated = right(lambda rho, beta: -beta / 2 * math.log(1 - rho**2), lambda rho, beta: -beta * math.log(1 - rho**2))

TOLD = {
    "mixed_uniform": {
        "become one less each where u is replaced by 1 - u": every(
            changed(lambda a: {"u": 1 - a["u"]}, lambda a: {"u": 1 + a["u"]}),
            fact(
                lambda s: same(s.answers(u=lambda u: 1 - u), [{"": 1 - a[""]} for a in s.answers()]),
                lambda s: same(s.answers(u=lambda u: 1 - u), s.answers()),
            ),
        ),
        "m(u) = Phi(Q Phi^-1(u)), with Q": right(mixed(lambda Q: Q.mT), mixed(lambda Q: Q.mT, Phi.cdf)),
    },
    "bits_said": {
        "take z2 = f1 + f2 modulo 2": fact(
            lambda s: parity(s)[1].tolist() == [0, 0] and parity(s)[0, 0] > 0, lambda s: (parity(s)[1] > 0).any()
        ),
    },
    "price_of_a_turn": {
        "then -(1/2) log(1 - r^2)": right(turned_covariance(True), turned_covariance(False)),
        "beta times the total correlation of the images' coordinates along two axes turned by the angle": right(
            turned_covariance(True), price(math.sin)
        ),
    },
    "price_of_truth": {
        "the price is far from rho squared over two": fact(
            lambda s: float(s.answers()[-1][""]) > 2 * s.trap["beta"] * s.trap["rho"] ** 2 / 2,
            lambda s: abs(float(s.answers()[-1][""]) / (s.trap["beta"] * s.trap["rho"] ** 2 / 2) - 1) < 0.1,
        ),
        "along the factors the images have two variances and a covariance": right(
            lambda rho, v, beta: -beta / 2 * math.log((v - rho**2 * v) / v),
            lambda rho, v, beta: -beta / 2 * math.log((v + rho**2 * v) / v),
        ),
        "what latents that are the factors cost more than the best axes, two factors": correlated,
    },
    "degrees_off": {
        "the covariance of the two factors, and predict first: what happens at v = 1": fact(
            lambda s: all(math.isclose(float(a[""]), 45) for a in s.answers(v=lambda _: 1.0)),
            lambda s: all(math.isclose(float(a[""]), 0, abs_tol=1e-9) for a in s.answers(v=lambda _: 1.0)),
        ),
        "where the two factors change places": changed(lambda a: {"v": 1 / a["v"]}, lambda a: {"v": a["v"]}),
    },
    "share": {
        "a latent that differs is one whose factor changed": instead_of(
            below=lambda delta: delta >= (delta.max() + delta.min()) / 2
        ),
        "not all latents: the two images would have one code": every(
            slip(lambda mu: mu.mean(0).expand(2, -1), "mu"),
            fact(
                lambda s: all(torch.allclose(*a["mu"]) for a in s.slipped()),
                lambda s: any(torch.allclose(*a["mu"]) for a in s.answers()),
            ),
        ),
    },
    "labels_enough": {
        "the least number of labels at which the mean squared error is at most (1 + more) times": fact(
            lambda d, more, right: (
                risk(round(float(right)), d) <= (1 + more) * (1 + 1e-9)
                and not (risk(round(float(right)) - 1, d) <= 1 + more)
            ),
            lambda d, more, right: risk(round(float(right)) - 1, d) <= 1 + more,
        ),
    },
}
DECLARED = {}
