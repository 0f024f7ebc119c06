"""How much of a set was drawn: counts on sets that are small enough to count by hand."""

import math

import pytest
import torch

from course_pkg.benchmark.diversity import coverage, diversity, evenness, stability
from course_pkg.data.named import Images
from helpers import generator

FACTORS = torch.cartesian_prod(torch.arange(3), torch.arange(4))
IMAGES = torch.rand(12, 1, 2, 3, generator=generator(1))
SOURCE = Images("toy", IMAGES, lambda x: x, (1, 2, 3))


def test_the_set_itself_is_at_no_distance_covers_what_it_should_and_is_even():
    found = diversity(IMAGES, SOURCE, FACTORS)
    assert found.distance == pytest.approx(0, abs=1e-6)
    torch.testing.assert_close(found.entropies, torch.ones(2, dtype=torch.float64))
    assert found.coverage == pytest.approx(12 / (12 * (1 - (11 / 12) ** 12)))


def test_coverage_is_1_in_the_mean_for_draws_of_the_set():
    """2,000 times 20 draws of 12: by the exact count of different ones."""
    each = [coverage(torch.randint(12, (20,), generator=generator(s)), 12) for s in range(2_000)]
    error = torch.tensor(each).std().item() / math.sqrt(len(each))
    assert sum(each) / len(each) == pytest.approx(1, abs=4 * error)


def test_a_generator_that_draws_one_image_covers_one_and_has_no_entropy():
    found = diversity(IMAGES[3:4].expand(50, -1, -1, -1), SOURCE, FACTORS)
    assert found.coverage == pytest.approx(1 / (12 * (1 - (11 / 12) ** 50))) and found.entropies.tolist() == [0, 0]


def test_the_entropy_of_a_factor_that_lost_one_of_its_settings():
    """Factor 0 keeps two of three settings, evenly; factor 1 keeps all four; a third has only one."""
    factors = torch.cat([FACTORS, torch.zeros(12, 1, dtype=torch.long)], 1)
    expected = torch.tensor([math.log(2) / math.log(3), 1.0, 1.0], dtype=torch.float64)
    torch.testing.assert_close(evenness(torch.arange(8), factors), expected)


def test_the_distance_is_that_to_the_nearest_over_the_size_of_an_image():
    made = torch.rand(40, 1, 2, 3, generator=generator(2))
    squares = (made[:, None] - IMAGES).flatten(2).square().sum(2).amin(1)
    expected = (squares.mean() / IMAGES.flatten(1).square().sum(1).mean()).item()
    assert diversity(made, SOURCE, FACTORS).distance == pytest.approx(expected, rel=1e-4)


def test_images_of_another_size_are_refused():
    with pytest.raises(ValueError, match=r"expected images \(n, 1, 2, 3\), got \(4, 1, 3, 3\)"):
        diversity(torch.zeros(4, 1, 3, 3), SOURCE, FACTORS)


def test_codes_are_the_same_up_to_order_and_sign_and_independent_ones_are_not():
    z = torch.randn(4_000, 3, generator=generator(4))
    other = torch.randn(4_000, 3, generator=generator(5))
    found = stability([z, -2 * z[:, [2, 0, 1]] + 5, other])
    assert found[0].item() == pytest.approx(1, abs=1e-6) and found[1:].max() < 0.08
    with pytest.raises(ValueError, match="the codes of two seeds or more, got 1"):
        stability([z])
