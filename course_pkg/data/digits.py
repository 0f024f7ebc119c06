"""The handwritten digits that scikit-learn ships: the small real data set that always works.

Source: E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning
Repository, 1998; `sklearn.datasets.load_digits` holds its test set of 1,797 digits.
"""

from typing import NamedTuple

import torch

from course_pkg.data.factors import FactorData


class Digits(NamedTuple):
    """Handwritten digits.

    images: float32 `(1797, 1, 8, 8)`, values 0, 1/16, ..., 1 (ink is bright).
    labels: int64 `(1797,)`, the digit 0..9.
    """

    images: torch.Tensor
    labels: torch.Tensor


def digits() -> Digits:
    """All 1,797 digits in scikit-learn's order; nothing is downloaded, nothing is random."""
    from sklearn.datasets import load_digits  # only here: scikit-learn takes as long to import as all the rest

    source = load_digits()
    images = torch.as_tensor(source.images, dtype=torch.float32) / 16
    return Digits(images.unsqueeze(1), torch.as_tensor(source.target, dtype=torch.int64))


def factor_data() -> FactorData:
    """The digits behind the API that all sets share: one factor, "digit"."""
    images, labels = digits()
    return FactorData(("digit",), (range(10),), lambda indices: images[indices], labels.unsqueeze(1))


def binarised(images: torch.Tensor, threshold: float = 0.5) -> torch.Tensor:
    """Black-and-white copy of `images`, any shape: 1 where a value is at least `threshold`, else 0.

    The dtype of `images` is kept. Raises ValueError where a value of `images` is not in [0, 1] (NaN
    included) or `threshold` is not in (0, 1].
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"binarised: expected a threshold in (0, 1], got {threshold}")
    if not ((images >= 0) & (images <= 1)).all():
        raise ValueError(
            "binarised: expected values in [0, 1], got "
            f"{images.min().item():.3g} to {images.max().item():.3g}; divide by the largest grey level first"
        )
    return (images >= threshold).to(images.dtype)
