"""The digits: shapes, ranges, agreement with scikit-learn, and black-and-white copies."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from course_pkg.data.digits import binarised, digits, factor_data


def test_shapes_and_dtypes():
    images, labels = digits()
    assert images.shape == (1797, 1, 8, 8) and images.dtype == torch.float32
    assert labels.shape == (1797,) and labels.dtype == torch.int64


def test_images_are_sixteenths_and_in_order():
    images, labels = digits()
    source = load_digits()
    np.testing.assert_array_equal((images[:, 0] * 16).numpy(), source.images)  # exact: 1/16 is a power of two
    np.testing.assert_array_equal(labels.numpy(), source.target)
    assert images.min() == 0 and images.max() == 1


def test_every_digit_occurs():
    assert torch.bincount(digits().labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_factor_data():
    data = factor_data()
    images, labels = digits()
    assert len(data) == 1797 and data.names == ("digit",) and data.sizes == (10,)
    assert torch.equal(data.images(range(1797)), images)
    sevens = data.sample(200, torch.Generator().manual_seed(0), fixed={"digit": 7})
    assert (labels[sevens] == 7).all() and len(sevens.unique()) > 100
    assert data.index([[7], [0]]).tolist() == [7, 0]  # the first seven and the first zero


def test_binarised_by_hand():
    grey = torch.tensor([0.0, 0.4999, 0.5, 1.0])
    assert binarised(grey).tolist() == [0, 0, 1, 1]
    assert binarised(grey, threshold=1.0).tolist() == [0, 0, 0, 1]


def test_binarised_keeps_shape_and_dtype_and_the_original():
    images = digits().images
    before = images.clone()
    black_and_white = binarised(images)
    assert black_and_white.shape == images.shape and black_and_white.dtype == images.dtype
    assert set(black_and_white.unique().tolist()) == {0.0, 1.0}
    assert torch.equal(images, before)
    assert torch.equal(binarised(black_and_white), black_and_white)  # twice is once


@pytest.mark.parametrize("bad", [16.0, -0.1, float("nan")])
def test_binarised_refuses_values_outside_the_unit_interval(bad):
    with pytest.raises(ValueError, match=r"expected values in \[0, 1\]"):
        binarised(torch.tensor([0.5, bad]))


@pytest.mark.parametrize("threshold", [0.0, -1.0, 1.5, float("nan")])
def test_binarised_refuses_a_threshold_that_decides_nothing(threshold):
    with pytest.raises(ValueError, match="expected a threshold"):
        binarised(torch.tensor([0.5]), threshold)
