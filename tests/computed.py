"""Numbers that a sentence tells in words, and that the course's functions give: see judges.py."""

import ast
import json
import math
import re
from functools import cache
from inspect import getsource
from pathlib import Path
from typing import Any

import torch

from course_pkg import bottleneck
from course_pkg.benchmark.protocols import PROTOCOLS, rows
from course_pkg.bottleneck.discrete import binary_symmetric, informations
from course_pkg.bottleneck.gaussian import gaussian_rates, gaussian_relevances
from course_pkg.cascade import assign, linear
from course_pkg.classroom.catalogue import minutes_said
from course_pkg.density_ratio.adversary import cross_entropy
from course_pkg.elbo import gaussian_kl, gaussian_log_likelihood
from course_pkg.identifiability.curved import HALF
from course_pkg.metrics import kim_mnih_exact
from course_pkg.metrics.landmarks import moments
from course_pkg.models.weights import lesson
from course_pkg.runs.systems import settings_of
from helpers import ROOT, generator, tool
from numerals import WORDS

zero = torch.zeros((), dtype=torch.float64)
KNOWN = torch.tensor(0.8, dtype=torch.float64)  # a squared correlation


@cache
def card(name: str) -> dict[str, Any]:
    """What is kept beside the weights of a trained model."""
    return lesson(name)[1]


def default(system: str, setting: str) -> Any:
    return settings_of(system)[setting].default


def long_ramp() -> dict[str, Any]:
    return json.loads(Path(bottleneck.__file__).with_name("long_ramp.json").read_text("utf-8"))


def coin_that_says_nothing() -> float:
    """The error of a coin's code at which nothing gets through."""
    says = lambda error: informations(binary_symmetric(0.1), 2 * binary_symmetric(error))[0]
    return min((k / 100 for k in range(1, 51)), key=says)


def share_of_logits() -> torch.Tensor:
    return gaussian_rates(KNOWN, 0.3) / (torch.logit(KNOWN) - math.log(0.3 / 0.7))


def share_of_logs() -> torch.Tensor:
    return gaussian_relevances(KNOWN, 0.3) / (math.log(0.7) - torch.log1p(-KNOWN))


def share_of_what_is_left() -> torch.Tensor:
    """Of the trace, in the loss of a linear VAE: a latent that is too dear says nothing of a variance of one."""
    return linear.cost(zero + 1, zero + 9, 1.0)


def share_of_what_is_said() -> torch.Tensor:
    return (linear.cost(zero + 4, zero + 1, 1.0) - share_of_what_is_left()) / math.log(4)


def counted_error() -> torch.Tensor:
    """How often a squared error counts at a width of one."""
    one = torch.ones(1, 1, 1, 1, dtype=torch.float64)
    return (gaussian_log_likelihood(one, one, 1.0) - gaussian_log_likelihood(one, 0 * one, 1.0)).squeeze()


def moved_at_one_nat() -> torch.Tensor:
    """The share of images that the assignment of figure fig-cascade-crowd moves at a price of 1."""
    u = 10 * torch.randn(40, 64, 3, generator=generator(), dtype=torch.float64) + torch.tensor([0.0, 6.0, 12.0])
    return torch.stack([(assign(costs, 1.0) != costs.argmin(1)).double().mean() for costs in u]).mean()


def changed_price() -> float:
    starts = tool("joint_starts")
    return starts.WAYS["a fifth of the price"](40.0).gamma / starts.PRICE


def kl_of_shift(by: float = 1.0) -> torch.Tensor:
    return gaussian_kl(zero + by, zero)


def ranges_of_curved() -> float:
    return HALF[0] / HALF[1]


def variance_of_pairs() -> torch.Tensor:
    """A variance over the mean square of what two values differ by."""
    x = torch.tensor([0.0, 1.0, 5.0], dtype=torch.float64)
    return x.var() / ((x[:, None] - x).square().sum() / 6)


def lines_of_six_moments() -> int:
    """How many lines compute: without checks and the text above."""
    body = ast.parse(getsource(moments)).body[0].body
    return sum(not isinstance(statement, (ast.Expr, ast.If)) for statement in body)


def votes_at_45() -> float:
    factors = torch.cartesian_prod(torch.arange(4), torch.arange(4))
    turned = torch.tensor([[1.0, 1.0], [-1.0, 1.0]], dtype=torch.float64)
    return kim_mnih_exact(factors.double() @ turned, factors).value


def slow_rate() -> float:
    """The learning rate of the long runs over that of the lessons."""
    return PROTOCOLS["full"].common["lr"] / card("beta-1")["learning rate"]


def surprise(real: float, shuffled: float) -> torch.Tensor:
    return cross_entropy(zero[None] + real, zero[None] + shuffled)


def left_out_of_the_elbo() -> float:
    """The share of its minutes, by the hours that are left of them."""
    says = " ".join((ROOT / "book/intro.md").read_text("utf-8").split())
    hours = WORDS[re.search(r"a first reading may leave out, (\w+) hours", says)[1]]
    return 1 - 60 * hours / minutes_said((ROOT / "book/elbo.md").read_text("utf-8"))


def faults_of_public_code() -> int:
    """How many faults of the mended loss name a repository."""
    worked = (ROOT / "solutions/total_correlation.md").read_text("utf-8").partition("## 8. Five faults")[2]
    return len(re.findall(r"^\d\. .*\([\w-]+/[\w-]+\.\)$", worked.partition("\n## ")[0], re.M))


def installs_of_a_pack() -> int:
    says = (ROOT / "course_pkg/classroom/student.md").read_text("utf-8")
    return len(re.findall(r"^\.venv/bin/pip install", says, re.M))


def images_of_a_large_study() -> int:
    """In whole billions: ten seeds of each row, each with the steps and batches of Jeong and Song (2019)."""
    return 10 * len(rows(PROTOCOLS["pocket"])) * 300_000 * 64 // 10**9
