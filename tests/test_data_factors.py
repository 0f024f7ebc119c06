"""The factor API, on a grid and on a table: what is fixed stays fixed, the rest has the right distribution."""

import itertools

import numpy as np
import pytest
import torch
from scipy import stats

from course_pkg.data.factors import Dependence, FactorData, correlated
from helpers import generator

SIZES = (2, 3, 4)
GRID_TABLE = torch.tensor(list(itertools.product(*map(range, SIZES))))


def look_up(indices):
    """Images of one pixel that holds the index."""
    return indices.float().reshape(-1, 1, 1, 1)


def data(kind):
    """The same 24 images, once as a grid, once as a table of their factors."""
    values = tuple(np.arange(size) for size in SIZES)
    return FactorData(("a", "b", "c"), values, look_up, None if kind == "grid" else GRID_TABLE)


both = pytest.mark.parametrize("kind", ["grid", "table"])


def assert_drawn_from(indices, probabilities):
    """Pearson's chi-squared test at 1e-4; what has probability 0 never occurs."""
    counts = torch.bincount(indices, minlength=len(probabilities)).numpy()
    possible = probabilities > 0
    assert counts[~possible].sum() == 0
    if possible.sum() == 1:
        return  # all are in the one possible place
    expected = probabilities[possible] / probabilities.sum() * len(indices)
    assert stats.chisquare(counts[possible], expected).pvalue > 1e-4


@both
def test_index_and_factors_are_inverse(kind):
    d = data(kind)
    assert len(d) == 24 and d.sizes == SIZES
    assert torch.equal(d.factors(torch.arange(24)), GRID_TABLE)
    assert torch.equal(d.index(GRID_TABLE), torch.arange(24))
    assert d.images([3, 5]).flatten().tolist() == [3, 5]


@both
def test_sample_is_uniform(kind):
    assert_drawn_from(data(kind).sample(24_000, generator()), np.ones(24))


@both
def test_fixed_stays_and_the_rest_is_uniform(kind):
    d = data(kind)
    indices = d.sample(24_000, generator(), fixed={"b": 2, "a": 0})
    assert_drawn_from(indices, ((GRID_TABLE[:, 1] == 2) & (GRID_TABLE[:, 0] == 0)).numpy().astype(float))


@both
@pytest.mark.parametrize("fixed", [{}, {"a": 1}, {"b": 2}, {"c": 3}, {"c": 3, "b": 2}, {"b": 0, "c": 0, "a": 0}])
def test_dependent_factors_follow_their_weights(kind, fixed):
    """A pair in both orders, with zeros; the third factor stays uniform; what is fixed conditions the pair."""
    weights = torch.tensor([[3.0, 1, 0, 0], [0, 2, 2, 0], [1, 0, 1, 5]])
    wanted = weights[GRID_TABLE[:, 1], GRID_TABLE[:, 2]].numpy().astype(float)
    for name, setting in fixed.items():
        wanted *= (GRID_TABLE[:, "abc".index(name)] == setting).numpy()
    for pair in [Dependence("b", "c", weights), Dependence("c", "b", weights.T)]:
        assert_drawn_from(data(kind).sample(24_000, generator(), fixed, [pair]), wanted)


@both
def test_fixing_a_combination_of_weight_0_leaves_nothing(kind):
    weights = torch.tensor([[1.0, 1, 1], [1, 1, 0]])
    with pytest.raises(LookupError, match="no image has the fixed settings with a weight above 0"):
        data(kind).sample(1, generator(), {"a": 1, "b": 2}, [Dependence("a", "b", weights)])


@both
def test_a_combination_held_back_never_comes(kind):
    weights = torch.ones(2, 3)
    weights[1, 2] = 0
    d = data(kind)
    factors = d.factors(d.sample(5_000, generator(), dependent=[Dependence("a", "b", weights)]))
    assert not ((factors[:, 0] == 1) & (factors[:, 1] == 2)).any()
    assert {tuple(f) for f in factors[:, :2].tolist()} == {(0, 0), (0, 1), (0, 2), (1, 0), (1, 1)}


def test_correlated_is_a_ridge():
    joint = correlated("b", "c", (3, 5), width=0.2).weights
    assert joint.shape == (3, 5)
    assert joint[0, 0] == joint[1, 2] == joint[2, 4] == 1  # the same place on [0, 1]
    torch.testing.assert_close(joint[0, 4], torch.tensor(np.exp(-1 / (2 * 0.2**2))), rtol=1e-12, atol=0)
    assert torch.equal(joint, joint.flip(0, 1))


def test_a_narrow_ridge_correlates_and_a_wide_one_does_not():
    d = FactorData(("a", "b"), (range(10), range(10)), look_up)
    n, found = 10_000, []
    for width in [0.1, 100.0]:
        factors = d.factors(d.sample(n, generator(), dependent=[correlated("a", "b", (10, 10), width)]))
        found.append(float(torch.corrcoef(factors.T.double())[0, 1]))
    assert found[0] > 0.9
    assert abs(found[1]) < 5 / np.sqrt(n)


@both
def test_same_seed_same_draw(kind):
    d, pair = data(kind), [correlated("b", "c", (3, 4), 0.3)]
    for dependent in [(), pair]:
        first, again, other = (d.sample(50, generator(s), {"a": 1}, dependent) for s in (0, 0, 1))
        assert torch.equal(first, again) and not torch.equal(first, other)


@both
def test_batches(kind):
    d = data(kind)
    stream = d.batches(7, generator(), fixed={"b": 1})
    again = generator()
    for images, factors in itertools.islice(stream, 3):
        assert images.shape == (7, 1, 1, 1) and (factors[:, 1] == 1).all()
        indices = d.sample(7, again, fixed={"b": 1})
        assert torch.equal(images, d.images(indices)) and torch.equal(factors, d.factors(indices))


@both
def test_in_order_gives_every_image_once(kind):
    images, factors = (torch.cat(parts) for parts in zip(*data(kind).in_order(7), strict=True))
    assert images.flatten().tolist() == list(range(24))
    assert torch.equal(factors, GRID_TABLE)


def test_table_with_gaps_and_repeats():
    d = FactorData(("a",), (range(4),), look_up, torch.tensor([[2], [0], [2], [0], [0]]))
    assert d.index([[0], [2]]).tolist() == [1, 0]  # the first that has it
    with pytest.raises(LookupError, match=r"no image has \{'a': 3\}"):
        d.index([[3]])
    with pytest.raises(LookupError, match="no image has the fixed settings"):
        d.sample(1, generator(), fixed={"a": 3})
    assert_drawn_from(d.sample(5_000, generator(), fixed={"a": 0}), np.array([0.0, 1, 0, 1, 1]))


def test_a_set_without_factors():
    d = FactorData((), (), look_up, torch.empty(6, 0, dtype=torch.int64))
    assert len(d) == 6 and d.factors([1, 2]).shape == (2, 0)
    assert_drawn_from(d.sample(6_000, generator()), np.ones(6))
    with pytest.raises(KeyError, match="no factors"):
        d.sample(1, generator(), fixed={"a": 0})


def test_a_grid_too_large_for_a_list():
    d = FactorData(("a", "b"), (range(10**6), range(10**6)), look_up)
    assert len(d) == 10**12
    indices = d.sample(100, generator(), fixed={"b": 999_999})
    assert (d.factors(indices)[:, 1] == 999_999).all()
    assert torch.equal(d.index(d.factors(indices)), indices)


@both
def test_none_drawn(kind):
    d = data(kind)
    assert d.sample(0, generator()).shape == (0,)
    assert d.images([]).shape == (0, 1, 1, 1) and d.factors([]).shape == (0, 3)
    assert d.index(torch.empty(0, 3)).shape == (0,)


ones = torch.ones(3, 4)


@both
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"fixed": {"colour": 0}}, KeyError, "unknown factor 'colour'; this set has: a, b, c"),
        ({"fixed": {"b": 3}}, IndexError, "expected b in 0 .. 2, got 3"),
        ({"fixed": {"b": -1}}, IndexError, "expected b in 0 .. 2, got -1"),
        ({"fixed": {"b": float("nan")}}, TypeError, "expected b as a whole number, got nan"),
        ({"fixed": {"b": 1.0}}, TypeError, "expected b as a whole number, got 1.0"),
        ({"n": -1}, ValueError, "expected n of 0 or more, got -1"),
        ({"dependent": [Dependence("b", "d", ones)]}, KeyError, "unknown factor 'd'"),
        ({"dependent": [Dependence("c", "b", ones)]}, ValueError, r"weights of shape \(4, 3\), got \(3, 4\)"),
        ({"dependent": [Dependence("b", "c", -ones)]}, ValueError, "weights of 0 or more, all finite"),
        ({"dependent": [Dependence("b", "c", ones * torch.nan)]}, ValueError, "weights of 0 or more, all finite"),
        ({"dependent": [Dependence("b", "c", ones * 0)]}, LookupError, "weight above 0"),
        ({"dependent": [Dependence("b", "b", torch.ones(3, 3))]}, ValueError, "in more than one pair"),
        ({"dependent": [Dependence("b", "c", ones)] * 2}, ValueError, "in more than one pair"),
    ],
)
def test_wrong_requests(kind, arguments, error, message):
    with pytest.raises(error, match=message):
        data(kind).sample(**{"n": 4, "generator": generator(), **arguments})


@both
def test_wrong_indices_factors_and_batches(kind):
    d = data(kind)
    with pytest.raises(IndexError, match=r"expected indices in 0 \.\. 23, got 24 at place 0"):
        d.images([24])
    with pytest.raises(IndexError, match=r"expected indices in 0 \.\. 23, got -1"):
        d.factors([-1])
    with pytest.raises(TypeError, match="whole numbers"):
        d.index([[0, 0, float("nan")]])
    with pytest.raises(ValueError, match=r"expected factors of shape \(n, 3\): a, b, c; got \(1, 2\)"):
        d.index([[0, 0]])
    with pytest.raises(ValueError, match="a batch of 1 image or more"):
        next(d.batches(0, generator()))
    with pytest.raises(ValueError, match="a batch of 1 image or more"):
        next(d.in_order(0))


@pytest.mark.parametrize("width", [0.0, -1.0, float("nan")])
def test_a_ridge_needs_a_width(width):
    with pytest.raises(ValueError, match="expected a width above 0"):
        correlated("a", "b", (2, 2), width)
