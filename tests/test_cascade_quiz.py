"""The numbers of course_pkg/show/quiz/cascade.md: each is computed, and then looked for in the text."""

import itertools
import math

import pytest
import torch

from course_pkg import cascade
from course_pkg.cascade import linear, tables
from helpers import said


def test_the_price_of_an_exchange():
    cost = lambda value, price: linear.cost(torch.tensor(value).double(), torch.tensor(price).double(), 0.25).item()
    more = cost(8.0, 1.5) + cost(2.0, 1.0) - cost(8.0, 1.0) - cost(2.0, 1.5)
    assert more == pytest.approx(math.log(4) / 4) and round(more, 2) == 0.35
    assert (1.5 - 1) / 2 * (8 - 2) == 1.5 and round(0.5 * math.log(4), 2) == 0.69
    said(
        "cascade",
        "at prices 1 and 1.5; the data have variances 8 and 2, the pixels .25.",
        "the logarithm of 4: 0.35 nats",
        "1.5 nats: half",
        "0.69 nats: the difference of the prices times the logarithm of 4",
        "ratio 4",
        "not the difference 6",
    )


def test_seven_of_twelve_and_twelve_of_twelve():
    eigenvalues, prices = torch.tensor([4.0, 2.0, 1.0, 0.1]).double(), torch.tensor([1.0, 1.3, 1.6]).double()
    ends = {"together": [], "in turn": []}
    for seed in range(12):
        start = linear.Weights.random(4, 3, torch.Generator().manual_seed(seed))
        generator = torch.Generator().manual_seed(seed)
        found = {
            "together": linear.fit(start, eigenvalues.diag(), prices, 0.3),
            "in turn": linear.open_in_turn(start, eigenvalues.diag(), prices, 0.3, generator=generator)[-1],
        }
        for name, weights in found.items():
            ends[name].append(linear.loss(weights, eigenvalues.diag(), prices, 0.3).item())
    best = min(ends["together"])
    reached = {name: sum(value < best + 1e-6 for value in values) for name, values in ends.items()}
    assert reached == {"together": 7, "in turn": 12} and max(ends["together"]) - best == pytest.approx(0.10, abs=0.005)
    said("cascade", "0.10 nats above", "all 12 starts", "and 7 without")


def test_two_coins_and_their_parity():
    p = torch.zeros(4, 2, 2, 2, dtype=torch.float64)
    for x, (a, b) in enumerate(itertools.product((0, 1), repeat=2)):
        p[x, a, b, a ^ b] = 0.25
    for order in itertools.permutations((1, 2, 3)):
        assert tables.summands(p, order).tolist() == pytest.approx([0.0, math.log(2)], abs=1e-12)
    assert round(math.log(2), 2) == 0.69
    said("cascade", "repeats log 2, 0.69 nats. It is the second summand", "these 0.69 nats")
    said("cascade", "it is always log 2, and the second is", "The total is log 2 in all", "third summand is log 2.")


def test_a_tie_of_half_a_nat():
    assert 0.9 - 0.4 == pytest.approx(0.5)
    said("cascade", "is 0.9 nats", "give 0.4", "by 0.5 nats.", "by 0.5 nats over", "Proposition 2 is")


def test_a_gap_above_all_crowds():
    costs = torch.full((64, 3), 500.0, dtype=torch.float64)
    costs[:, 2] = 70.0  # everybody else is at value 2
    costs[0] = torch.tensor([500.0, 71.0, 70.9])
    assert cascade.assign(costs, 0.001)[0] == 2 and 0.001 * 63 == pytest.approx(0.063) and 71.0 - 70.9 > 0.063
    costs[0, 2] = 70.95
    assert cascade.assign(costs, 0.001)[0] == 1
    said("cascade", "batch of 64", "0.001 nats", "71.0 nats with value 1 and 70.9 with value 2.", "0.063 nats or less")
    said(
        "cascade",
        "Value 1, if",
        "batch has value 2",
        "Value 2, whatever",
        f"costs {71.0 - 70.9:.1f} nats and saves at most",
    )
    said("cascade", f"0.001 times {64 - 1}, or {0.001 * 63:.3f}.")


def test_what_is_merged_and_what_is_chance():
    shape = torch.arange(3).repeat(100)
    merged = cascade.unsupervised_accuracy((shape > 0).long(), shape)
    assert round(100 * merged, 1) == 66.7 and round(100 * 4 / 9, 1) == 44.4 and round(44.6 - 100 / 3) == 11
    said("cascade", "44.6 per cent", "Eleven points", "has 66.7", "four ninths, 44.4", "would be 66.7", "3-means on")
