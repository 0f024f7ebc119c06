"""How well a discrete code that nobody taught agrees with a label: its values are matched to the labels first."""

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor


def contingency(value: Tensor, label: Tensor) -> Tensor:
    """How many images have value k and label l. value, label (N,), long -> (K, L), long. ValueError for other ones."""
    if value.ndim != 1 or value.shape != label.shape or len(value) == 0 or {value.dtype, label.dtype} != {torch.long}:
        raise ValueError(
            f"expected whole numbers (N,) of values and of labels, got {value.dtype} {tuple(value.shape)} and "
            f"{label.dtype} {tuple(label.shape)}"
        )
    values, labels = int(value.max()) + 1, int(label.max()) + 1
    return (value * labels + label).bincount(minlength=values * labels).unflatten(0, (values, labels))


def unsupervised_accuracy(value: Tensor, label: Tensor, matching: str = "one-to-one") -> float:
    """The share of images whose value stands for their label, at the best matching of values to labels.

    matching: "one-to-one", no two values stand for one label (and a value more than there are labels for none), or
    "majority", each value stands for its most frequent label: never less, and 1 for a value an image.
    """
    table = contingency(value, label)
    if matching == "majority":
        return table.max(1).values.sum().item() / len(value)
    if matching != "one-to-one":
        raise ValueError(f"expected a matching one-to-one or majority, got {matching!r}")
    rows, columns = linear_sum_assignment(table.numpy(), maximize=True)
    return table[rows, columns].sum().item() / len(value)
