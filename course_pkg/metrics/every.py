"""Every metric of the course at once, each at its published settings: what `score` prints and a study keeps."""

import torch
from torch import Tensor

from course_pkg.metrics.dci import dci
from course_pkg.metrics.higgins import higgins
from course_pkg.metrics.infomec import infomec
from course_pkg.metrics.kim_mnih import kim_mnih, kim_mnih_exact
from course_pkg.metrics.mig import mig
from course_pkg.metrics.sap import sap
from course_pkg.metrics.score import Score


def every_metric(codes: Tensor, factors: Tensor, discrete: Tensor, seed: int) -> dict[str, Score]:
    """The scores of codes (N, d) beside factors (N, K), by name; those that draw all begin from the seed.

    discrete (d,): which columns hold names. Raises ValueError as `measured` does.
    """
    drawn = lambda: torch.Generator().manual_seed(seed)
    return {
        "kim_mnih_exact": kim_mnih_exact(codes, factors, discrete=discrete),
        "kim_mnih": kim_mnih(codes, factors, drawn(), 10_000, 64, 5_000, discrete=discrete),
        "higgins": higgins(codes, factors, drawn(), discrete=discrete),
        "mig": mig(codes, factors, discrete=discrete),
        "sap": sap(codes, factors, discrete=discrete),
        "sap_accuracy": sap(codes, factors, "accuracy", drawn(), discrete=discrete),
        "dci": dci(codes, factors, generator=drawn(), discrete=discrete),
        "infomec": infomec(codes, factors, generator=drawn(), discrete=discrete),
    }
