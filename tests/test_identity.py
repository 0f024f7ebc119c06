"""What tells a run from another: the same text in every process, another text for what does another thing."""

import subprocess
import sys
from dataclasses import dataclass
from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from course_pkg import elbo
from course_pkg.bottleneck.prices import Annealed, Capacity, linear
from course_pkg.kkt import DualAscent
from course_pkg.models.networks import mlp
from course_pkg.training.identity import WHOLE, identity, net_identity, tensor_hash
from helpers import environment


@dataclass
class Price:
    rate: float

    def __call__(self, kl, step):
        return self.rate * kl.sum()

    def other(self, kl, step):
        return kl.sum()


def scaled(by, what=None):
    return lambda kl, step: by * kl.sum()


PAIRS = [
    (DualAscent(7, 0.5), DualAscent(2, 0.1)),
    (DualAscent(7, 0.5), DualAscent(7, 0.5, beta=1.0)),
    (Capacity(1.0, linear(0, 5, 10)), Capacity(1.0, linear(0, 6, 10))),
    (Capacity(1.0, linear(0, 5, 10)), Annealed(linear(0, 5, 10))),
    (Price(1.0), Price(2.0)),
    (Price(1.0), Price(1.0).other),
    (scaled(1.0), scaled(2.0)),
    (scaled(torch.ones(3)), scaled(torch.zeros(3))),
    (scaled(torch.ones(300)), scaled(torch.zeros(300))),
    (scaled(np.arange(300)), scaled(np.arange(300) + 1)),
    (scaled([1, (2, 3)]), scaled([1, (2, 4)])),
    (scaled({"a": 1}), scaled({"a": 2})),
    (lambda x: x + 1, lambda x: x * 1),
    (lambda x: x in {"a", "b"}, lambda x: x in {"a", "c"}),
    (lambda x, by=1: x * by, lambda x, by=2: x * by),
    (lambda x: (lambda y: y + 1)(x), lambda x: (lambda y: y + 2)(x)),
    (partial(elbo.negative_elbo, log_likelihood=elbo.bernoulli_log_likelihood), elbo.negative_elbo),
    (partial(scaled, 1), partial(scaled, 2)),
    (partial(scaled, what=1), partial(scaled, what=2)),
    (np.float64(1), np.float64(2)),
    (torch.float32, torch.bfloat16),
    (nn.Linear(2, 2), nn.Linear(2, 2)),
    (None, 0.0),
    (scaled("a" * 500), scaled("a" * 499 + "b")),
]


@pytest.mark.parametrize("one, other", PAIRS)
def test_what_does_another_thing_has_another_text(one, other):
    assert identity(one) != identity(other) and identity(one) == identity(one)
    assert max(len(identity(one)), len(identity(other))) < 200 and " at 0x" not in identity(one)


def test_a_name_an_argument_and_nothing_more():
    assert identity(elbo.negative_elbo) == "negative_elbo"
    assert identity(DualAscent(7, 0.5), buffers=False) == "DualAscent(eps=7, rate=0.5, start=0.0)"
    assert identity(partial(scaled, 1.0, what="x")) == "scaled(1.0, what='x')"
    assert identity(Capacity(2.0, linear(0, 5, 10))) == "Capacity(gamma=2.0, schedule=Linear(start=0, end=5, steps=10))"
    assert identity(torch.nn.functional.relu) == "relu" and identity(torch.relu).endswith("relu")


def test_the_state_of_a_price_moves_and_is_not_a_part_of_it():
    price = DualAscent(1.0, 0.5)
    before = identity(price, buffers=False), identity(price)
    price(torch.tensor(3.0), 1)
    assert identity(price, buffers=False) == before[0] and identity(price) != before[1]


def test_what_holds_itself_ends():
    def again(n):
        return again(n - 1) + len(around)

    around = []
    around.append(around)
    assert identity(again) == identity(again)


def test_a_net_is_its_layers_and_not_its_weights():
    net = mlp((1, 3, 3), 2, hidden=4)
    tanh = mlp((1, 3, 3), 2, hidden=4)
    tanh.encoder[2] = nn.Tanh()
    assert net_identity(net) == net_identity(mlp((1, 3, 3), 2, hidden=4, seed=1))
    assert len({net_identity(n) for n in (net, tanh, mlp((1, 3, 3), 2, hidden=5), nn.Linear(9, 4))}) == 4


def test_small_arrays_are_seen_whole():
    x = torch.arange(3000, dtype=torch.int16).reshape(30, 100)
    for change in (lambda y: y.mT, lambda y: y.flip(0), lambda y: y.view(torch.float16), lambda y: y.reshape(100, 30)):
        assert tensor_hash(change(x)) != tensor_hash(x)
    y = x.clone()
    y[29, 99] += 1
    assert tensor_hash(y) != tensor_hash(x) and tensor_hash(x.mT.contiguous().mT) == tensor_hash(x)
    assert tensor_hash(torch.empty(0, 3)) != tensor_hash(torch.empty(3, 0))


def test_of_a_large_array_blocks_at_even_distances_are_seen_and_its_ends():
    x = torch.randint(256, (3, WHOLE), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    before = tensor_hash(x)
    for row, column in ((0, 0), (2, WHOLE - 1)):
        y = x.clone()
        y[row, column] ^= 1
        assert tensor_hash(y) != before
    assert tensor_hash(x.roll(1)) != before and tensor_hash(x.flip(0)) != before


SCRIPT = """
from functools import partial
from course_pkg import elbo
from course_pkg.training.identity import identity
def of(by):
    def price(kl, step):
        return by * kl.sum() if step in {"one", "two", "three"} else (lambda: 0)()
    return price
print(identity(of({"a", "b", "c"})), identity(partial(elbo.negative_elbo, k=of(2))), identity(lambda x: x + 1))
"""


def test_every_process_says_the_same():
    """The hashes of text differ from process to process; addresses do, too."""
    said = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT], env=environment(PYTHONHASHSEED=seed),
            capture_output=True, encoding="utf-8", check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }  # fmt: skip
    assert len(said) == 1
